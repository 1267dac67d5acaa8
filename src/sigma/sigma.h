/*
 * sigma.h - Sigma rules over any kind of event (specification 2.1.0,
 * https://github.com/SigmaHQ/sigma-specification).  Knows nothing of mail.
 *
 *	struct sigma *s = sigma_new(&schema, note, ctx);
 *	sigma_placeholders(s, "values.yml");          only if rules have placeholders
 *	sigma_load(s, "rules");                       files and directories, as often as needed
 *	sigma_ready(s);                               references followed, rules compiled
 *	sigma_feed(s, event, when, &token, hit, ctx); in time order, as far as the caller can
 *
 * What an event is, only the schema knows: it turns field names into small numbers once, and
 * numbers into values at each event.  A rule is evaluated only if its logsource fits and the event
 * has the value of the schema's key field that the rule demands.  Correlation state is bounded for
 * each rule; the oldest group is shed first, and counted.
 */
#ifndef TOCSIN_SIGMA_H
#define TOCSIN_SIGMA_H

#include "base/base.h"

enum sigma_kind {
	SIGMA_ABSENT,
	SIGMA_NULL,
	SIGMA_TEXT,
	SIGMA_NUMBER,
	SIGMA_FLAG,
	SIGMA_ADDRESS,
	SIGMA_LIST
};

/* A number that is not whole is a SIGMA_TEXT: "1.5". */
struct sigma_value {
	enum sigma_kind kind;
	union {
		slice text;
		int64_t number;
		struct address address;
		struct {
			const struct sigma_value *items; /* none of them a list; */
			size_t count;                    /* one that fits is enough */
		};
	};
};

/*
 * All texts of an event in one run of bytes, so that those of all rules are looked for in one pass;
 * without it they are brought into one where many rules ask.  A part is one value that is neither
 * absent nor null, with the numbers of the fields that have it; parts stand in order and do not
 * overlap, and a byte or more lies between them.  SIGMA_PAD bytes behind the run can be read.
 */
enum { SIGMA_PAD = 32 };
struct sigma_part {
	uint32_t from, to;
	const int *fields;
	uint32_t field_count;
};
struct sigma_parts {
	slice run;
	const struct sigma_part *at;
	size_t count;
};

enum { SIGMA_PRESENT = 256 };
struct sigma_schema {
	/* Number of the field so named, or -1: it never occurs (the rule gets a warning).  Keywords
	 * are looked for in the text, or texts, of field "event.original", if there is one. */
	int (*field)(void *ctx, slice name);
	void *ctx; /* of field() */
	void (*value)(const void *event, int field, struct sigma_value *out);
	/* The field by which rules are sorted into buckets, and the number of its value in an event
	 * (below `key_count`); key_of(text), in any letter case, is -1 for a text it never has. -1:
	 * no such field.
	 */
	int key_field;
	unsigned key_count;
	unsigned (*key)(const void *event);
	int (*key_of)(slice text);
	/* A bit for each of the first `present_count` fields (at most SIGMA_PRESENT), 0 where
	 * value() would say absent: rules that cannot hold without what is not there are not asked.
	 * NULL: all are. */
	const uint64_t *(*present)(const void *event);
	int present_count;
	/* What kind of event it is: events of one number have the same values of the fields for
	 * which of_kind() is true, and are of the same log sources.  NULL: nothing is known of
	 * that. */
	uint64_t (*kind)(const void *event);
	bool (*of_kind)(int field);
	/* True if this event is of this product, category, service (empty: any). NULL: every event
	 * meets every rule. */
	const struct sigma_parts *(*parts)(const void *event); /* NULL: none */
	bool (*logsource)(const void *event, slice product, slice category, slice service);
	/* True if such an event can occur at all; else the rule gets a warning. NULL: any can. */
	bool (*occurs)(slice product, slice category, slice service);
	const char *const *field_names; /* for "did you mean"; ends with NULL */
};

enum sigma_level { SIGMA_INFORMATIONAL, SIGMA_LOW, SIGMA_MEDIUM, SIGMA_HIGH, SIGMA_CRITICAL };

struct sigma_rule {
	const char *id, *title, *name, *path;
	const char *description;
	enum sigma_level level;
	const char *const *tags; /* ends with NULL; "attack.t1110.003" */
	bool correlation;
	bool generate; /* false: only feeds correlations, makes no hit of its own */
	bool enabled;
	const char *custom_method; /* the value of the custom attribute `tocsin.method`, or NULL */
	unsigned number;           /* small, stable within one run */
	uint64_t shed;             /* correlation groups dropped for want of room */
	uint64_t late;             /* events too far behind their correlation group to be counted */
	const char *status, *author;
	const char *const *references, *const *falsepositives; /* end with NULL */
	int line;                                              /* in `path` */
	slice product, category, service;                      /* its log source */
	bool occurs;                                           /* events of that log source */
};

/* The caller's handle of an event, kept with correlations so that a hit can name its events. */
struct sigma_token {
	uint64_t word[3];
};

enum {
	SIGMA_EVENTS_MOST = 32
}; /* tokens kept per correlation group: the first ones and the last */

struct sigma_hit {
	const struct sigma_rule *rule;
	int64_t time, first;              /* of the deciding event, of the first one counted */
	uint64_t count;                   /* events, or distinct values, that the correlation saw */
	bool has_value;                   /* a correlation over numbers: */
	double value;                     /* the sum, average or percentile; a share in per cent */
	const struct sigma_token *tokens; /* in order of time */
	size_t token_count;
	const struct sigma_token *token; /* of the deciding event; if time alone decided, of the
					  * last one counted; NULL: none */
	const void *event;               /* the deciding event; NULL if time alone decided */
	/* group-by values of a correlation, in the rule's order */
	const struct sigma_value *group;
	const char *const *group_fields;
	size_t group_count;
};
typedef void sigma_on_hit(void *ctx, const struct sigma_hit *hit);

/* What a rule for another log source is told. */
#define SIGMA_ELSEWHERE "no event is of this log source"
/* What is told of YAML that lies among rules and is none. */
#define SIGMA_NO_RULE "no rule: it is passed over"
/* What is wrong with a rule: it is refused (or, `warning`, loaded all the same). */
typedef void sigma_note(void *ctx, bool warning, const char *path, int line, int column,
			const char *what, const char *expected);

struct sigma;
struct sigma *sigma_new(const struct sigma_schema *schema, sigma_note *note, void *ctx);
bool sigma_load(struct sigma *s, const char *path); /* false if any rule was refused */
bool sigma_load_text(struct sigma *s, const char *name,
		     slice text); /* the same, of a file's text */
/*
 * What `%name%` stands for in values with modifier `expand`, in rules loaded from then on: texts
 * that may hold wildcards; of an empty list nothing matches.  A rule with another placeholder loads
 * with a warning, and holds only where it would whatever that stood for: the value matches nothing,
 * and under `not` anything.
 */
void sigma_placeholder(struct sigma *s, const char *name, const char *const *values, size_t count);
bool sigma_placeholders(struct sigma *s, const char *path); /* YAML: `name: [value, ...]` */
/*
 * Processing pipelines (files or directories of them, in pySigma's YAML form), applied in the order
 * of their priority to rules loaded from then on: field names, log sources, values, conditions.
 * False if any of them was refused; what they cannot carry over refuses the rule.
 */
bool sigma_pipeline(struct sigma *s, const char *path);
bool sigma_pipeline_text(struct sigma *s, const char *name, slice text);
bool sigma_ready(struct sigma *s);
/* Before sigma_ready(): without index and courses, each rule by itself. The verdict is the same;
 * for tests. */
void sigma_plainly(struct sigma *s);
void sigma_feed(struct sigma *s, const void *event, int64_t time_us,
		const struct sigma_token *token, sigma_on_hit *hit, void *ctx);
/* Time went on, or (at INT64_MAX) the input ended: correlations such as "fewer than five in an
 * hour" are decided once their hour and five minutes for late events are over. */
void sigma_time(struct sigma *s, int64_t time_us, sigma_on_hit *hit, void *ctx);
/* All that correlations remember, of an engine with the same rules: see base/image.h. */
struct image;
void sigma_image(struct sigma *s, struct image *im);

/*
 * Why a rule holds for an event, or does not: each part of its condition, its searches, their lines
 * and values, from the top down.  sigma_reasons() comes before rules are loaded, since an engine
 * without it joins parts and sorts them.
 */
enum sigma_reason_kind {
	SIGMA_REASON_SOURCE, /* the log source; text: what the rule says of it */
	SIGMA_REASON_RULE,   /* one that a correlation refers to; text: its title */
	SIGMA_REASON_PART,   /* of the condition; text: and, or, not, 1 of x*, all of x* */
	SIGMA_REASON_SEARCH, /* text: its name */
	SIGMA_REASON_LINE,   /* text: field|modifiers, empty of keywords */
	SIGMA_REASON_VALUE,  /* text: one of a line's values */
};
struct sigma_reason {
	enum sigma_reason_kind kind;
	unsigned depth;
	bool holds;
	slice text;
	slice field;                     /* of a line: as its event has it */
	const struct sigma_value *value; /* of a line: the event's; NULL: of anything else */
};
typedef void sigma_on_reason(void *ctx, const struct sigma_reason *reason);
void sigma_reasons(struct sigma *s);
void sigma_explain(struct sigma *s, const struct sigma_rule *rule, const void *event,
		   sigma_on_reason *on, void *ctx);
/*
 * Could a rule ever hold over events such as `example`, of which only the fields for which `occurs`
 * is true ever have a value?  Fields that are `fixed` have the example's.  What it would have
 * needed goes to `lacks`.  A correlation: ask its parts.
 */
struct sigma_sight {
	bool (*occurs)(void *ctx, int field);
	bool (*fixed)(void *ctx, int field);
	void (*lacks)(void *ctx, int field); /* or NULL */
	void *ctx;
};
bool sigma_could(struct sigma *s, const struct sigma_rule *rule, const void *example,
		 const struct sigma_sight *sight);
/* The rules that a correlation refers to, at most `most`; 0 of a plain rule. */
size_t sigma_parts(const struct sigma *s, const struct sigma_rule *rule,
		   const struct sigma_rule **parts, size_t most);
/* Of a correlation: must all of them happen, not one? */
bool sigma_needs_all_parts(const struct sigma *s, const struct sigma_rule *rule);
size_t sigma_count(const struct sigma *s);
const struct sigma_rule *sigma_rule(const struct sigma *s, size_t i);
size_t sigma_refused(const struct sigma *s);
size_t sigma_bytes(const struct sigma *s);  /* memory held */
uint64_t sigma_lost(const struct sigma *s); /* of all rules, `shed` and `late` */
/* No event comes any more: what is remembered of those that came is given back, the rules stay. */
void sigma_rest(struct sigma *s);
void sigma_free(struct sigma **s);

#endif
