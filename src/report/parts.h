/*
 * parts.h - what the files of this room share: how things are said, and which columns tables have.
 *
 * Sayings and cells are raw text: whoever prints them escapes them, once, for where they go.
 */
#ifndef TOCSIN_REPORT_PARTS_H
#define TOCSIN_REPORT_PARTS_H

#include "mailstore/mailstore.h"
#include "report/report.h"

#define NBSP "\xc2\xa0" /* keeps a number and its unit on one line */

/* ---------------------------------------------------------------- named.c */

/* True if the incident has it among its accounts, or an address of it among its sources. */
bool incident_names(const struct incident *in, slice what);
void say_named(struct out *o, const struct report *r, slice what); /* and in which incidents */

/* ------------------------------------------------------------------ say.c */

/* How times are said: in one zone, with the offset on each if the report spans two. */
struct when {
	struct zone *zone;
	bool mixed;                /* the offset changes within the report */
	bool years;                /* so does the year */
	bool minutes;              /* seconds do not matter */
	int64_t first_us, last_us; /* of all inputs and incidents; CLOCK_NONE: nothing has a time */
};
struct when when_of(const struct report *r, struct zone *zone);

void say_count(struct out *o, uint64_t n); /* 12,345 or 41.2 million */
void say_exact(struct out *o, uint64_t n); /* 41,234,567 */
void say_bytes(struct out *o, int64_t n);  /* 118 KB, in steps of 1000 */
void say_seconds(struct out *o, double s);
void say_share(struct out *o, uint64_t part, uint64_t whole);     /* never 100 % of almost all */
void say_time(struct out *o, const struct when *w, int64_t usec); /* 17 Mar 13:05:00 */
void say_hour(struct out *o, const struct when *w, int64_t usec); /* 13:05, or 13:05:21 */
void say_date(struct out *o, const struct when *w, int64_t usec); /* 17 Mar */
int64_t when_day(const struct when *w, int64_t usec);             /* days since 1970 in that zone */
void say_lasting(struct out *o, int64_t usec);                    /* 3 h, roughly */
void say_span(struct out *o, const struct when *w, int64_t first, int64_t last);
/* All of it: 12 Mar 2026 06:25 to 19 Mar 07:02 UTC+01:00 */
void say_stretch(struct out *o, const struct when *w);
void say_zone(struct out *o, const struct when *w, int64_t usec); /* UTC+01:00 */
void say_address(struct out *o, bool has, const struct address *a);
void say_secrets(struct out *o, uint32_t bits);          /* password, private key */
void say_words(struct out *o, slice kind);               /* "never-logged" is never logged */
void say_loss(struct out *o, const struct incident *in); /* confirmed loss, or loss unknown */
/* The first `most` accounts of an incident, and how many more. */
void say_accounts(struct out *o, const struct incident *in, size_t most);

enum { TECHNIQUE_TEXT = 12 };
/* "attack.t1110.003" is T1110.003; false for every other tag. */
bool technique(const char *tag, char out[TECHNIQUE_TEXT]);
void say_techniques(struct out *o, const char *const *tags);

/* ---------------------------------------------------------------- blind.c */

/* Blind rules that wait for one setting. */
struct blind_group {
	slice setting;
	const struct sight_rule *worst; /* the gravest of them */
	size_t rules;
};
/* Those of what is at hand first, of a tenant that is not seen last; the gravest first of them.
 * The caller frees them. */
struct blind_group *blind_groups(const struct sight *s, size_t *n);
enum { WAYS_MOST = 16 };
/* "An intrusion by oauth consent or token replay would not have been noticed here ..."; nothing if
 * all would. */
void say_ways(struct out *o, const struct sight *s);
void say_drift(struct out *o, const struct sight_drift *d);

/* ---------------------------------------------------------------- sheet.c */

struct rows {
	const char *at;
	size_t len;
};

enum { RIGHT = 1, FLEX = 2, MARK = 4, CODE = 8, SPARE = 16 };
struct column {
	const char *head;
	unsigned flags; /* RIGHT aligned; FLEX may be cut; MARK certainty; SPARE goes first */
	void (*cell)(struct out *o, const struct when *w, const void *row);
};

/* One kind of table: where its rows lie in an incident, and what is said of each. */
struct sheet {
	const char *title, *key; /* "What was opened", "access" */
	const struct column *columns;
	size_t column_count, row_size;
	size_t list;     /* offset in struct incident */
	size_t evidence; /* offset in a row, or NO_EVIDENCE */
};
#define NO_EVIDENCE SIZE_MAX
enum sheet_id {
	SHEET_ACCESS,
	SHEET_SESSION,
	SHEET_CHANGE,
	SHEET_SENT,
	SHEET_FINDING,
	SHEET_GAP,
	SHEET_SOURCE,
	SHEET_ACCOUNT,
	SHEET_COUNT
};
extern const struct sheet sheets[SHEET_COUNT];
struct rows sheet_rows(const struct sheet *s, const struct incident *in);
const struct evidences *sheet_evidence(const struct sheet *s, const void *row);

/* A column's head within a sentence: in lower case, abbreviations as they are. */
void say_head(struct out *o, const char *head);
enum { SAID_MOST = 40 }; /* what all rows share is said once if it is no longer */

/* Less than half of the records was understood. */
static inline bool report_says_little(const struct report *r)
{
	return r->recognised * 2 < r->records;
}
int severity_rank(slice severity); /* 0: critical, 3: low, 4: a word of somebody else's */
/* The gravest first; the caller frees it. */
const struct incident **incidents_ranked(const struct report *r);
/* The gaps, those that hide most first; the caller frees it. */
struct gap *gaps_ranked(const struct gap *at, size_t n);

/* ----------------------------------------------------------------- next.c */

/* What to do now, a step at a time, the most urgent first. */
enum step_is { STEP_ACTS, STEP_SETTLES }; /* the latter settles an open question */
typedef void next_step(void *ctx, enum step_is is, slice text);
void next_steps(const struct report *r, const struct incident *in, const struct report_style *style,
		next_step *step, void *ctx);

/* --------------------------------------------------------------- common.c */

/* What several incidents of a report share: gaps, and what would settle their questions. */
struct common {
	struct table rows;
	struct out key; /* scratch */
	uint32_t at;    /* the incident that is counted, from 1 */
};
struct common_row {
	uint32_t incidents, last; /* of how many; the last that was counted */
	const struct gap *gap;    /* NULL: a step, whose text is the row's table_key() */
};
/* Nothing of a report of one incident, or of NULL. */
struct common common_of(const struct report *r, const struct report_style *style);
void common_free(struct common *c);
bool is_common_gap(struct common *c, const struct gap *g);
bool is_common_step(struct common *c, slice text);
/* What at least two share: for (row = NULL; (row = common_next(c, row));) */
const struct common_row *common_next(const struct common *c, const struct common_row *row);
void say_of_all(struct out *o, const struct common_row *row, const struct report *r);
/* The gaps among them, which the caller frees. */
size_t common_gaps(const struct common *c, struct gap **at);

/* ----------------------------------------------------------------- read.c */

/* The text of a report as jansson has it, its schema known; the caller's to json_decref(). NULL
 * with a message. */
struct json_t *report_parse(slice json, char *why, size_t why_size);

/* ---------------------------------------------------------------- width.c */

/* Columns that valid UTF-8 takes on a terminal. */
unsigned text_width(slice s);
/* How many bytes off the front fit into `most` columns, whole characters only. */
size_t text_fit(slice s, unsigned most);

#endif
