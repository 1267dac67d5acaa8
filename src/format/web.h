/* web.h - what the decoders of web server logs and of Roundcube share. */
#ifndef TOCSIN_FORMAT_WEB_H
#define TOCSIN_FORMAT_WEB_H

#include "format/part.h"

/*
 * The whole of `text` as 17/Mar/2026:13:05:00 +0100 or 17-Mar-2026 12:05:00.123456 +0000.  Without
 * a zone it goes through st->zone; `st` may be NULL behind an envelope that tells the time better.
 */
bool web_time(struct format_state *st, slice text, int64_t *usec);

/* The whole of `text` in ISO 8601, with a fraction, and perhaps a zone behind a space. */
bool web_iso(struct format_state *st, slice text, int64_t *usec);
/*
 * Digits alone, and a clock behind a space, off the front: 10/06/2013 and 04/15/13 have the month
 * first, 22-06-2014 and 22.06.2014 the day, unless the first is no month.
 */
bool web_digits_day(struct format_state *st, slice *s, char divider, int64_t *usec);

/* Error lines; `st` is NULL behind a syslog envelope, which has told the time already. */
enum decoded nginx_error_read(struct format_state *st, slice line, struct event *e);
enum decoded apache_error_read(struct format_state *st, slice line, struct event *e);

/* A request's fields, one by one: module and kind, "METHOD target HTTP/1.1", the target, the
 * status. */
void web_event(struct event *e, const struct format *f);
void web_request(slice request, struct event *e, struct arena *scratch);
void web_target(slice url, struct event *e, struct arena *scratch);
void web_status(struct event *e, int64_t status);

/* %xx, + and \xHH of a URL resolved; folder names out of modified UTF-7 (RFC 3501 5.1.3). */
slice web_decoded(slice text, struct arena *scratch);
slice web_folder_name(slice name, struct arena *scratch);

/* wire.c: a command of IMAP or POP3 about mail, as a client sent it; false: no such command. */
bool wire_command(slice command, slice arguments, struct event *e, struct arena *scratch);

/* The value that counts of a name in a query, as sent: the last one. Names in either case. */
slice web_query_value(slice query, slice name);

/* What a URL of Horde's asks IMP for, if `path` is one of its pages; `query` may be empty. */
void horde_url(slice path, slice query, struct event *e, struct arena *scratch);

/* What Zimbra's REST servlet is asked for: a part of an item, or a folder whole. */
void zimbra_query(slice path, slice query, struct event *e, struct arena *scratch);

/* What a path of SOGo, and of Exchange's virtual directories, asks for; the second: is it one? */
void sogo_path(slice path, struct event *e, struct arena *scratch);
bool exchange_path(slice path, slice query, struct event *e);

/* What the query of a Roundcube URL asks for: webmail.*, mail.uid, mail.folder, mail.part. */
void roundcube_query(slice query, struct event *e, struct arena *scratch);

/*
 * The client of a list as X-Forwarded-For holds it: its left part is the client's own word, so
 * the last address that is not private; if all are, the last.
 */
bool web_forwarded(slice list, struct address *a);

#endif
