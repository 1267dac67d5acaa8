/*
 * sight.h - what the logs at hand can show, and what not: so that silence is never taken for
 * safety.
 *
 *	struct sight s = {0};
 *	sight_record(&s, e);       each record of a walk, those that nobody understands too
 *	sight_event(&s, e);        each event that rules judge, with its facts
 *	sight_rules(&s, sigma);    at the end: which rules were blind
 *	sight_free(&s);
 *
 * A rule is
 *	seeing  events occur that have all the fields it needs, or the daemon that would log them is
 *	        there and logs them unasked: nothing of the kind has happened
 *	blind   the log is missing, or not switched on, or lacks a field: with the setting that
 *	        opens its eyes
 * Law: a rule is never called seeing on the strength of a daemon that logs such things only when
 * told.
 */
#ifndef TOCSIN_SIGHT_H
#define TOCSIN_SIGHT_H

#include "event/event.h"

struct sigma;
struct drift_table;

enum { SIGHT_KINDS = 2048, DAEMONS_MOST = 256, DRIFT_SAMPLES = 3 };

/* Events of one module and action: how many, and which fields any of them had. */
struct sight_kind {
	slice module;
	enum action action;
	uint32_t next; /* of the same action, + 1 */
	uint64_t records;
	uint64_t has[FIELD_WORDS];
};

/* What a blind rule waits for: a setting of what is at hand, a log of this house that was not
 * given, or a tenant of Microsoft 365, where none is seen. */
enum sight_needs { NEEDS_SETTING, NEEDS_LOG, NEEDS_TENANT, SIGHT_NEEDS };
extern const char *const sight_needs_names[SIGHT_NEEDS];

struct sight_rule {
	slice id, title, method; /* method: the way in that it tells of; or empty */
	const char *level;
	bool seeing, happened; /* happened: events it could match are there */
	slice why;             /* blind: what is missing */
	slice setting;         /* and what would switch it on */
	enum sight_needs needs;
};

/* One source in one hour. */
struct sight_hour {
	uint64_t records, unknown;
};

struct sight_source {
	int64_t first_hour; /* since 1970 */
	LIST(struct sight_hour) hours;
	uint64_t records, unknown;
};

/*
 * A daemon of which a growing share is not understood: its words have changed, or a hand was in it.
 */
struct sight_drift {
	slice daemon;
	int64_t from_us;        /* start of the day on which it fell */
	unsigned before, since; /* percent recognised */
	uint64_t unknown;
	slice samples[DRIFT_SAMPLES];
	size_t sample_count;
};

/* Zeroes: nothing was looked at. */
struct sight {
	LIST(struct sight_kind) kinds;
	uint32_t first[ACTION_COUNT]; /* into kinds, + 1 */
	LIST(struct sight_rule) rules;
	LIST(struct sight_source) sources; /* by number of the input */
	LIST(struct sight_drift) drifts;
	LIST(slice) unseen; /* ways in of which every rule is blind */
	size_t seeing, blind;
	struct drift_table *drift;
	struct arena arena;
};

void sight_record(struct sight *s, const struct event *e);
void sight_event(struct sight *s, const struct event *e);
/* Rules against what occurred; and drift is told. */
void sight_rules(struct sight *s, struct sigma *sigma);
void sight_free(struct sight *s); /* and is empty again */

/* The first rule that waits for the setting of rule `i`, which is blind: groups of them. */
bool sight_is_first_of_setting(const struct sight *s, size_t i);
/* A way in that only a tenant's records would show, and there is none. */
bool sight_is_tenants_way(const struct sight *s, slice way);

/* What one column of a heat map holds: hours joined. */
struct sight_hour sight_column(const struct sight_source *s, int64_t from, int64_t hours);
void sight_range(const struct sight *s, int64_t *first, int64_t *last);

#endif
