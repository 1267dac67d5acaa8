/*
 * fields.h - what the columns of a CSV or W3C log hold, as its "#Fields:" line names them.
 *
 * A header holds for the lines of its input up to the next one.  Where it is missing, only a layout
 * that a line shows beyond doubt is read; else the line is broken, and says so.
 */
#ifndef TOCSIN_FORMAT_FIELDS_H
#define TOCSIN_FORMAT_FIELDS_H

#include "web.h"

/* X(id, names in headers) */
enum column {
	COL_OTHER,
	COL_DATE,
	COL_CLOCK,
	COL_WHEN, /* both */
	COL_SESSION,
	COL_SERVER,
	COL_SERVER_PORT,
	COL_CLIENT,
	COL_CLIENT_PORT,
	COL_USER,
	COL_METHOD,
	COL_STEM,
	COL_QUERY,
	COL_STATUS,
	COL_BYTES_OUT,
	COL_BYTES_IN,
	COL_AGENT,
	COL_REFERRER,
	COL_FORWARDED,
	COL_COMMAND,
	COL_PARAMETERS,
	COL_CONTEXT,
	COL_EVENT,
	COL_DATA,
	COL_EVENT_ID,
	COL_SOURCE,
	COL_QUEUE_ID,
	COL_MESSAGE_ID,
	COL_RECIPIENTS,
	COL_SENDER,
	COL_SUBJECT,
	COL_SIZE,
	COL_RECIPIENT_COUNT,
	COL_TRUE_CLIENT,
	COL_SIGNED_IN,
	COL_COUNT
};

/* Reads "#Fields: a b c" or "#Fields: a,b,c" into st->columns; false if `line` is none. */
bool fields_header(struct format_state *st, slice line);
/* The values of one line by column, the first column being number `from`; how many there were. */
size_t fields_split(const uint8_t *columns, size_t count, size_t from, char divider, slice line,
		    slice values[COL_COUNT]);
/* "a ""b"" c" without its quotes. */
slice fields_unquote(slice value, struct arena *scratch);
/* DOMAIN\user or user@domain: user.name is the user alone where a domain stands before it. */
void fields_user(struct event *e, slice user);

#endif
