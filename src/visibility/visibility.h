/*
 * visibility.h - what the logs at hand can show, and what not: so that silence is never taken for
 * safety.
 *
 *	struct visibility v;
 *	visibility_look(&v, &scan_options, &notes);
 *	visibility_text(&v, columns, colour, &out);   _json(), _html()
 *	visibility_free(&v);
 *
 * A rule is
 *	seeing  events occur that have all the fields it needs, or the daemon that would log them is
 *	        there and logs them unasked: nothing of the kind has happened
 *	blind   the log is missing, or not switched on, or lacks a field: with the setting that
 *opens its eyes Law: a rule is never called seeing on the strength of a daemon that logs such
 *things only when told.
 */
#ifndef TOCSIN_VISIBILITY_H
#define TOCSIN_VISIBILITY_H

#include "street/street.h"

enum { KINDS_MOST = 2048, DAEMONS_MOST = 256, SAMPLES = 3, WHY_PARTS = 8 };

/* Events of one module and action: how many, and which fields any of them had. */
struct sight_kind {
	slice module;
	enum action action;
	uint64_t records;
	uint64_t has[FIELD_WORDS];
};

struct sight_rule {
	const char *id, *title, *level;
	bool seeing, happened; /* happened: events it could match are there */
	slice why;             /* blind: what is missing */
	slice setting;         /* and what would switch it on */
};

/* One source in one hour. */
struct sight_hour {
	uint64_t records, unknown;
};

struct sight_source {
	slice path;
	int64_t first_hour; /* since 1970 */
	LIST(struct sight_hour) hours;
	uint64_t records, unknown;
};

/* A daemon of which a growing share is not understood: its words have changed, or a hand was in it.
 */
struct sight_drift {
	slice daemon;
	int64_t from_us;        /* start of the day on which it fell */
	unsigned before, since; /* percent recognised */
	uint64_t unknown;
	slice samples[SAMPLES];
	size_t sample_count;
};

struct visibility {
	LIST(struct sight_kind) kinds;
	LIST(struct sight_rule) rules;
	LIST(struct sight_source) sources;
	LIST(struct sight_drift) drifts;
	LIST(struct gap) gaps;
	size_t seeing, blind;
	struct report report; /* of inputs and gaps */
	struct arena arena;
};

/* False if anything could not be read: it has been noted, the rest was looked at. */
bool visibility_look(struct visibility *v, const struct scan_options *o,
		     const struct scan_notes *notes);
void visibility_text(const struct visibility *v, unsigned columns, bool colour, struct out *o);
void visibility_json(const struct visibility *v, struct out *o);
void visibility_html(const struct visibility *v, struct out *o);
void visibility_free(struct visibility *v);

#endif
