/*
 * street.h - the street: source -> record -> event -> facts -> findings -> incident.
 *
 *	struct street *s = street_open(paths, n, &options, note, ctx);
 *	street_walk(s, CLOCK_NONE, INT64_MAX, on_event, ctx);     every event, in time order
 *	street_walk(s, from, to, on_event, ctx);                  a stretch of it again
 *	street_close(&s);
 *
 * Inputs of one rotated set follow one another; sets of several daemons and hosts are merged by
 * time.  Records are read once to judge; the stretch in which an incident lies is read once more to
 * tell what was opened, so that memory grows with the intruder's acts and never with the lines.
 */
#ifndef TOCSIN_STREET_H
#define TOCSIN_STREET_H

#include "format/format.h"
#include "incident/incident.h"
#include "input/input.h"

/* The zone of clocks that name none in inputs whose path `pattern` fits: a glob, or the folder or
 * file itself; HOST:PATTERN, only where the records are HOST's. */
struct source_zone {
	const char *pattern;
	struct zone *zone;
};

struct street_options {
	struct zone *zone;               /* of clocks that name none; NULL: this machine's */
	const struct source_zone *zones; /* the first that fits outranks `zone` */
	size_t zone_count;
	bool zone_is_usual; /* `zone` was not asked for: what the disk of a host says outranks it */
	const struct format *format; /* of all records; NULL: each as it is */
	bool progress;               /* draw it on stderr */
	bool hash;                   /* SHA-256 of each input on the first walk */
	bool in_input_order;         /* as given, not merged by time */
	bool unknown_too;            /* hand out records that no format owns, with no module */
	bool once;  /* no second walk, and nobody asks what the first one counted */
	bool ahead; /* read and decode in a thread of its own; who is told stays in the caller's */
	const struct input_limits *limits; /* NULL: the usual ones */
};

typedef void street_event(void *ctx, struct event *e);

struct street;
struct street *street_open(const char *const *paths, size_t n, const struct street_options *o,
			   input_note *note, void *ctx);
void street_close(struct street **s);
size_t street_inputs(const struct street *s);
size_t street_refused(const struct street *s); /* not read, or not to the end */
const char *street_path(const struct street *s, size_t input);
/* Where the mail lies on the first disk of a host among the paths that has some; NULL: nowhere. */
const char *street_store(const struct street *s);

void street_walk(struct street *s, int64_t from_us, int64_t to_us, street_event *on, void *ctx);

/* --- going on where an earlier process stopped --- */

/* What tells an input under any name: its first record, and the last one that was judged. */
struct street_mark {
	uint64_t first, last;          /* hashes of the records' text; last 0: not known */
	uint64_t offset, line, length; /* of the last one; line 0: there is none */
	int64_t last_us;               /* when the decoder saw a time last, and of which year */
	int64_t year;
};
/* The hash of an input's first record; 0: it has none. */
uint64_t street_first(const struct street *s, size_t input);
uint64_t street_hash(slice record);
/* Before the first walk: it begins this input behind the mark.  False if that is not there. */
bool street_go_on(struct street *s, size_t input, const struct street_mark *m);
/* Where the decoder of an input stood at the end of the walk. */
void street_stood(const struct street *s, size_t input, struct street_mark *m);
/* True if records of it are put in order before they are judged: then no mark means anything. */
bool street_is_shuffled(const struct street *s, size_t input);

/* After the first walk: true if the clocks of hosts turned out to be apart.  Their records then get
 * the times of one clock, and the first walk must be made again, with all that came of it. */
bool street_mend_clocks(struct street *s);

/* What the first walk counted, into the report: inputs, counters, hosts. */
void street_count(struct street *s, struct report *r);
/* Sieve scripts on the disks of hosts, told to the inquiry before it ends. */
void street_scripts(const struct street *s, struct inquiry *to);
/* Reads cited records again and fills digest and quote; sorted by place, each input opened once. */
void street_quote(struct street *s, struct evidence **cited, size_t n, struct arena *keep);

/* --- the whole of a scan --- */

struct scan_options {
	const char *const *paths;
	size_t path_count;
	const char *const *rules; /* none: the project's own */
	size_t rule_count;
	const char *networks, *mail_store, *state;
	const char *const *geo; /* databases */
	size_t geo_count;
	const char *const *suspects; /* addresses, networks, accounts: facts_suspect() */
	size_t suspect_count;
	struct zone *zone;
	const struct source_zone *zones;
	size_t zone_count;
	bool zone_is_usual;
	const struct format *format;
	const struct input_limits *limits; /* NULL: the usual ones */
	bool progress, ahead;              /* as in street_options */
};
/* Who is told of trouble; each note says what is wrong and what the reader can do. */
struct scan_notes {
	input_note *input;
	void (*file)(void *ctx, const char *path, uint64_t line, const char *what,
		     const char *remedy);
	void (*line)(void *ctx, const char *path, int line, const char *what, const char *remedy);
};
/*
 * False if anything given could not be read or loaded: it has been noted, the rest was scanned; but
 * with networks, a database or a mail store that cannot be used, or with no rule at all, no log was
 * looked at, and `r->created_us` is 0: a report would not be what was asked for.
 */
bool scan(const struct scan_options *o, const struct scan_notes *notes, struct report *r);

/*
 * --- judge.c: facts and rules over events, in order of time: what scan and watch do to each ---
 *
 *	struct judge *j = judge_open(&options, &notes, &fine);     its paths are not looked at
 *	judge_tell(j, on_hit, on_event, ctx);
 *	judge_add(j, e);                                           for each event
 */
struct judge;
/* A rule matched; `e` is the deciding event (without fields, if time alone decided). */
typedef void judge_hit(void *ctx, const struct hit *h, const struct event *e);
typedef void judge_saw(void *ctx, const struct event *e); /* with its facts */
/* Never NULL; `fine` becomes false if anything given could not be read: it has been noted. */
struct judge *judge_open(const struct scan_options *o, const struct scan_notes *notes, bool *fine);
void judge_tell(struct judge *j, judge_hit *on_hit, judge_saw *on_event, void *ctx);
void judge_add(struct judge *j, struct event *e);
/* Time went on: correlations that wait for silence are decided. INT64_MAX: the input ended. */
void judge_time(struct judge *j, int64_t now_us);
/* The same at the end of all input: rules judge no more, and what they remember is given back. */
void judge_rest(struct judge *j);
/* A record that was handed in before, as when syslog and mail.log are both given. */
bool judge_is_copy(struct judge *j, const struct event *e);
/* All that facts and rules remember, of a judge opened alike: see base/image.h. */
void judge_image(struct judge *j, struct image *im);
void judge_forget_copies(struct judge *j); /* before the second walk */
struct facts;
struct facts *judge_facts(struct judge *j);
struct sigma;
struct sigma *judge_rules(struct judge *j);
bool judge_knows(const struct judge *j); /* all of the networks and databases that it was given */
void judge_close(struct judge **j);

/*
 * Rules over tocsin's events, the shipped pipelines applied to them; `n` 0: the project's own. With
 * scan_rules() refusals are told on stderr and warnings counted there, and the bits of the fields
 * that rules ask for are set in `asked` (or NULL), which outlives them; with the other two all goes
 * to `note` (a sigma_note), also what comes up while they are loaded.
 */
struct sigma *scan_rules(const char *const *paths, size_t n, uint64_t *asked);
typedef void scan_note(void *ctx, bool warning, const char *path, int line, int column,
		       const char *what, const char *expected);
struct sigma *scan_rules_new(scan_note *note, void *ctx);
void scan_rules_load(struct sigma *s, const char *const *paths, size_t n);
/* A complaint about a rule on stderr: a sigma_note. */
void scan_note_rule(void *ctx, bool warning, const char *path, int line, int column,
		    const char *what, const char *expected);
/* Where rules and pipelines lie: $TOCSIN_RULES, $TOCSIN_PIPELINES, beside the build, or where they
 * were installed. */
const char *scan_rules_path(char *room, size_t size);
const char *scan_pipelines_path(char *room, size_t size);

#endif
