/*
 * report.h - a report as people and programs read it.
 *
 * Log text is the attacker's: every writer here escapes it.  `zone` is that of times on the
 * terminal and in HTML (both name it); JSON is UTC.
 */
#ifndef TOCSIN_REPORT_H
#define TOCSIN_REPORT_H

#include "incident/incident.h"

struct report_style {
	bool colour;      /* the terminal understands SGR sequences */
	unsigned columns; /* at least 60; texts fit 100 */
	bool details;     /* also every access, session and finding */
	struct zone *zone;
	const char *html_path, *json_path; /* to be named at the end; NULL: none */
};

void report_text(const struct report *r, const struct report_style *style, struct out *o);
/* The same of one of its incidents, without the head. */
void report_incident_text(const struct report *r, const struct incident *in,
			  const struct report_style *style, struct out *o);
void report_html(const struct report *r, const struct report_style *style, struct out *o);
/* Parts of that page, for another page that has report_css() in its style: one incident, which
 * begins with a heading of level 2, and the rules that could not see (nothing if there are none).
 */
void report_incident_html(const struct report *r, size_t incident, const struct report_style *style,
			  struct out *o);
void report_blind_html(const struct report *r, const struct report_style *style, struct out *o);
slice report_css(void);
/* Raw text, to be escaped by whoever shows it: the short answer, with the word for the loss before
 * it if the answer has one; and its certainty, "unknown" for none. */
void say_answer(struct out *o, const struct incident *in, enum question q);
const char *say_certainty(enum certainty c);
void report_json(const struct report *r, struct out *o); /* tocsin.report/1 */

/* One citation of a JSON report, as verify needs it. */
struct citation {
	size_t input;
	uint64_t offset;
	uint32_t length;
	uint64_t line;
	struct digest digest;
	slice where; /* "incidents[0].accesses[3].evidence[0]" */
};
struct report_file {
	struct {
		struct input_row *at;
		size_t len, room;
	} inputs; /* path, digest, bytes */
	struct {
		struct citation *at;
		size_t len, room;
	} citations;
	uint64_t uncited; /* claims that cite nothing, though each such claim of tocsin's does */
	struct arena arena;
};
/* False with a message (where, what, remedy) in `why` if the text is no report. */
bool report_read(slice json, struct report_file *f, char *why, size_t why_size);
void report_file_free(struct report_file *f);

/*
 * The same text as data again, so that the writers above can show it; report_free() it.  Evidence
 * is not loaded, nor what JSON does not carry (seconds, time zone).  False with a message if it is
 * no report.
 */
bool report_load(slice json, struct report *r, char *why, size_t why_size);

#endif
