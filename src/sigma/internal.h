/*
 * internal.h - the sigma room's own words; nobody else includes it.
 *
 *	sigma.c        the public functions, files and directories
 *	feed.c         events to rules
 *	course.c       alike events, alike questions
 *	yaml.c         one YAML document at a time, with places, within limits
 *	collection.c   documents of a file: global ones
 *	filter.c       conditions for many rules
 *	placeholder.c  what %name% stands for
 *	rule.c         document -> rule: what every rule says of itself
 *	detection.c    `detection` -> tree of leaves
 *	modifier.c     the table of modifiers
 *	condition.c    `condition` -> tree
 *	aggregation.c  what conditions of old say, as a correlation
 *	pattern.c      texts with wildcards
 *	letters.c      lower case beyond ASCII
 *	correlation.c  `correlation` -> plan, references
 *	regex.c        expressions in linear time
 *	bucket.c       which key values a tree needs
 *	match.c        does a tree hold for an event
 *	correlate.c    groups and their windows
 *	window.c       the entries of one group
 *	backlog.c      late events put in order
 *	temporal.c     conditions that are expressions over rules
 *	sequence.c     the steps of one
 *	cells.c        what both are made of
 *
 * Everything that belongs to rules lives in one arena and dies with the engine.
 */
#ifndef TOCSIN_SIGMA_INTERNAL_H
#define TOCSIN_SIGMA_INTERNAL_H

#include "base/out.h"
#include "base/word.h"
#include "sigma.h"

struct hs_database;
struct hs_scratch;

/* Limits against hostile rule files. What is beyond one is refused with its number. */
enum {
	FILE_MOST = 64 << 20,        /* bytes of a file of rules */
	DOCUMENT_MOST = 1 << 20,     /* bytes of one rule */
	FOLDERS_MOST = 32,           /* directories within directories */
	VISITS_MOST = 1 << 16,       /* YAML nodes read in one rule, again for each alias */
	BRACKETS_MOST = 1024,        /* brackets and braces open at once, in texts too */
	YAML_DEPTH_MOST = 48,        /* brackets and indents before a node */
	MENDED_MOST = 16,            /* times a document is read again: see yaml.c */
	SEARCHES_MOST = 1024,        /* search identifiers of one rule */
	MODIFIERS_MOST = 8,          /* modifiers of one field */
	CONDITION_MOST = 1 << 14,    /* bytes of one condition */
	CONDITION_DEPTH_MOST = 64,   /* parentheses within parentheses */
	NAME_MOST = 256,             /* bytes of a search identifier, a field, a rule's name */
	TREE_MOST = 1 << 14,         /* nodes of one rule's tree, `of` written out */
	PATTERN_MOST = 1 << 14,      /* glyphs of one text */
	REGEX_MOST = 4096,           /* bytes of one expression */
	REGEX_POSITIONS_MOST = 512,  /* its atoms, repeats of groups written out: compiling
				      * can take time by their square */
	REGEX_WRITTEN_BYTES = 15000, /* the same of a text with ? or dashes */
	REGEX_WRITTEN_MOST = 1024,
	REGEX_TOTAL_MOST = 1 << 18,   /* atoms of all expressions */
	REFERENCES_MOST = 64,         /* rules that one correlation refers to */
	STEPS_MOST = 16,              /* if in order */
	GROUP_FIELDS_MOST = 16,       /* its group-by */
	CHAIN_MOST = 16,              /* correlations of correlations of ... */
	THRESHOLD_MOST = 1 << 15,     /* number in a correlation's condition */
	GROUPS_MOST = 1 << 14,        /* groups kept for one correlation, oldest shed first */
	GROUPS_BYTES_MOST = 32 << 20, /* fewer of them if one is large */
	ENTRIES_MOST = 1 << 15,       /* events remembered for one correlation */
	GROUP_VALUE_MOST = 256,       /* bytes kept of a group's value; the rest is hashed */
};

#define LATENESS (5 * CLOCK_MINUTE) /* how far behind the newest event one may come */

/* ---- where something stands in a rule file, and complaints about it ---- */

struct where {
	const char *path;
	int line, column; /* from 1 */
};

/* The rule is refused: always false. `expected` may be NULL. */
bool refuse(struct sigma *s, struct where at, const char *expected, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
void warn(struct sigma *s, struct where at, const char *expected, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* "did you mean 'x'?" for the nearest of the names offered (base/nearest.h), or `otherwise`. */
const char *nearest_say(struct sigma *s, const struct nearest *n, const char *otherwise);

/* ---- yaml.c ---- */

enum yaml_kind { YAML_MAP, YAML_LIST, YAML_TEXT, YAML_NUMBER, YAML_FLAG, YAML_NULL };

struct yaml_node {
	enum yaml_kind kind;
	int line, column;        /* from 1, in the file */
	bool quoted, plain;      /* plain: in no quotes and no block */
	bool group;              /* a key that pipelines made: its value is a search of its own */
	size_t lead, skip;       /* bytes that pipelines put before the text, in place of so many */
	size_t at;               /* byte of the document where its text begins, behind the quote */
	slice text;              /* of a scalar */
	struct yaml_node **kids; /* of a list; of a map: key, value, key, value */
	size_t count;            /* of kids: of pairs in a map */
};

/* What is kept from one document of a file to the next: see collection.c. */
struct yaml_file {
	const char *path;
	struct kept {
		struct arena arena;
		struct yaml_node *node; /* NULL: nothing */
	} global, last;
	bool repeats; /* `last` may be asked for */
};

/* One document. */
struct yaml {
	struct sigma *s;
	const char *path;
	struct yaml_file *file;
	slice text;
	int line_above;     /* lines of the file before it */
	struct arena arena; /* of its nodes */
	struct table names; /* of anchors, and of the keys of each map */
	unsigned visits, mended;
	bool bad; /* a complaint was made that stops the walk */
};

typedef void yaml_take(struct yaml *y, const struct yaml_node *root);
/* Each document of a file's text, on its own: a broken one does not touch the others. */
void yaml_each(struct sigma *s, const char *path, slice text, yaml_take *take);

const char *yaml_kind_name(enum yaml_kind kind);
bool yaml_true(const struct yaml_node *n); /* of a YAML_FLAG */
struct where yaml_where(const struct yaml *y, const struct yaml_node *n);
/* Of byte `offset` in a scalar's text. */
struct where yaml_where_in(const struct yaml *y, const struct yaml_node *n, size_t offset);
/* Kid `i`, counted against VISITS_MOST since aliases let a small text stand for a huge one. */
struct yaml_node *yaml_kid(struct yaml *y, const struct yaml_node *n, size_t i);
struct yaml_node *yaml_get(const struct yaml_node *map, const char *key);
struct yaml_node *yaml_get_n(const struct yaml_node *map, slice key);
static inline bool yaml_scalar(const struct yaml_node *n)
{
	return n->kind >= YAML_TEXT;
}
/* A list's items, or a lone scalar, as texts that last; NULL at the end. */
const char *const *yaml_texts(struct yaml *y, const struct yaml_node *n);

/* ---- collection.c: the documents of a file ---- */

void file_start(struct yaml_file *f, const char *path, slice text);
void file_end(struct yaml_file *f);
void document_take(struct yaml *y, const struct yaml_node *root);
/*
 * The hook of pipelines: a document becomes another before anything is read from it.  What is new
 * is taken from y->arena and has the place of what it stands for; NULL, after a complaint, if there
 * is nothing to load.
 */
typedef const struct yaml_node *yaml_transform(void *ctx, struct yaml *y,
					       const struct yaml_node *root);

/* ---- pipeline.c: see pipeline.h ---- */

struct pipelines;
void pipeline_take(struct yaml *y, const struct yaml_node *root);
const struct yaml_node *pipelines_apply(void *ctx, struct yaml *y, const struct yaml_node *root);
void pipelines_free(struct sigma *s);

/* ---- placeholder.c ---- */

typedef LIST(slice) expanded;
/* The texts that a value stands for; none if a placeholder has no values, `unknown` if nobody said
 * whether it has any. */
bool placeholders_fill(struct yaml *y, const struct yaml_node *value, expanded *out, bool *unknown);
void placeholders_take(struct yaml *y, const struct yaml_node *root);

/* ---- regex.c ---- */

enum regex_flag {
	REGEX_CASELESS = 1,
	REGEX_LINES = 2,
	REGEX_DOTALL = 4,
};

/* Compiled when it is first asked: that takes milliseconds, and most never are. */
struct regex {
	struct automaton {
		struct hs_database *database;
		const char *text; /* NULL: none of this kind */
		unsigned flags;   /* of the compiler */
		unsigned least;   /* bytes of the shortest text that it matches */
		bool refused;
	} bytes, letters;
	bool beyond;  /* ASCII: it means letters in a text that is all ASCII as well */
	bool unasked; /* whether `letters` is sound */
	struct where at;
};
/* NULL and a complaint if it is none. */
struct regex *regex_new(struct sigma *s, struct where at, slice text, unsigned flags);
/* The same of what tocsin wrote itself, for any bytes. */
struct regex *regex_written(struct sigma *s, struct where at, slice bytes, unsigned flags);
/* The longest text that stands in all that it matches, in one letter case or another; "": none.
 * `marks`: one of these bytes does, none a letter; how many. */
enum { MARKS_MOST = 4 };
slice regex_needs(struct arena *a, slice text, char marks[MARKS_MOST], unsigned *count);
bool regex_holds(struct sigma *s, struct regex *r, slice text);
bool beyond_ascii(slice text);
void regex_free(struct sigma *s);

/* ---- letters.c ---- */

/* A text in lower case, in `o` until the next one. */
slice letters_fold(struct out *o, slice text);
bool letter_has_cases(int32_t point);

/* ---- pattern.c ---- */

/* A rule's text after wildcards and escapes are understood: bytes and these. */
enum { ANY_RUN = 256, ANY_ONE, ANY_DASH };
typedef LIST(uint16_t) glyphs;

struct piece {
	slice text;           /* lower case unless the pattern is cased */
	const uint16_t *fall; /* Knuth-Morris-Pratt: how much of it still matches after a miss */
};

struct pattern {
	struct piece *pieces; /* in order, anything between them */
	uint32_t count;
	bool head_open, tail_open; /* anything before the first, behind the last */
	bool cased;
	bool beyond;         /* it has letters beyond ASCII of two cases, here in lower case: what
			      * is all ASCII does not hold, and the rest is folded first */
	struct regex *regex; /* used instead if there are wildcards for one character */
	slice run;           /* of both: the longest text of ASCII that must be there */
};

void glyphs_parse(glyphs *g, slice text, bool wildcards);
bool glyphs_plain(const glyphs *g);
bool pattern_make(struct sigma *s, struct where at, const glyphs *g, bool cased, struct pattern *p);
bool pattern_holds(struct sigma *s, const struct pattern *p, slice text);
/* The text that alone satisfies it, ASCII letters folded; false if there is no single one. */
bool pattern_literal(const struct pattern *p, slice *text);

/* ---- seek.c ---- */

static inline unsigned char byte_fold(unsigned char c)
{
	return (unsigned char)(c + ((unsigned)(c - 'A') < 26) * 32);
}
/* So many bytes of a text as the piece has, which is in lower case unless `cased`. */
bool piece_same(const char *text, slice piece, bool cased);
/* The rest of `text` behind the first place where the piece stands; false: nowhere. */
bool piece_seek(slice *text, const struct piece *piece, bool cased);
/* A piece of a pattern: bytes, in lower case unless `cased`. */
struct piece piece_make(struct arena *a, slice text, bool cased);
/* Any of these bytes. */
bool holds_byte(slice text, const char *bytes, size_t count);

/* ---- modifier.c ---- */

enum modifier_flag {
	M_ALL = 1 << 0,
	M_CASED = 1 << 1,
	M_RE = 1 << 2,
	M_CIDR = 1 << 3,
	M_EXISTS = 1 << 4,
	M_NEQ = 1 << 5,
	M_FIELD = 1 << 6,
	M_PLACE = 1 << 7, /* contains, startswith, endswith */
	M_CODE = 1 << 8,  /* base64, utf16 and the like */
	M_LESS = 1 << 9,
	M_LESS_EQUAL = 1 << 10,
	M_MORE = 1 << 11,
	M_MORE_EQUAL = 1 << 12,
	M_CASELESS = 1 << 13, /* of re */
	M_LINES = 1 << 14,
	M_DOTALL = 1 << 15,
	M_PART = 1 << 16, /* of a time */
	M_DASH = 1 << 17,
	M_EXPAND = 1 << 18,
	M_HEAD = 1 << 19, /* startswith, contains: open at the tail; M_TAIL the other way */
	M_TAIL = 1 << 20,
	M_COMPARE = M_LESS | M_LESS_EQUAL | M_MORE | M_MORE_EQUAL,
};

enum time_part { PART_NONE, PART_MINUTE, PART_HOUR, PART_DAY, PART_WEEK, PART_MONTH, PART_YEAR };

typedef LIST(glyphs) variants;

struct modifier {
	const char *name;
	unsigned sets, needs, against;
	enum time_part part;
	/* Makes one or more texts of each; NULL: it changes how values are compared, not the
	 * values. */
	void (*change)(const glyphs *in, variants *out);
};

struct plan {
	slice field; /* empty: keywords */
	unsigned flags;
	enum time_part part;
	const struct modifier *steps[MODIFIERS_MOST + 1]; /* and one that keywords imply */
	size_t count, twice;                              /* twice: named before, and passed over */
};
/* `field|modifier|...` */
bool plan_parse(struct yaml *y, const struct yaml_node *key, struct plan *plan);
/* What a list of plain texts means: each is looked for in the whole record. */
void plan_keywords(struct plan *plan);
/* The texts that a value stands for after the plan's modifiers, in their order. */
bool plan_apply(struct yaml *y, const struct yaml_node *value, const struct plan *plan,
		variants *out);
void variants_free(variants *v);

/* ---- the compiled rule ---- */

enum test_kind {
	TEST_NEVER,
	TEST_NULL,
	TEST_EXISTS,
	TEST_PATTERN,
	TEST_REGEX,
	TEST_CIDR,
	TEST_COMPARE,
	TEST_FIELD
};

struct test {
	enum test_kind kind;
	struct pattern pattern;
	struct regex *regex;
	struct piece needs;     /* TEST_REGEX: the longest text that must be there, */
	char marks[MARKS_MOST]; /* and bytes of which one must */
	unsigned mark_count;
	struct cidr cidr;
	int64_t least, most;    /* TEST_COMPARE: in this range, if it is whole */
	double bound;           /* otherwise compared with this, as `flags` say */
	int64_t number;         /* TEST_PATTERN: if the text is one */
	struct address address; /* TEST_PATTERN: likewise */
	int field;              /* TEST_FIELD */
	unsigned flags;         /* TEST_FIELD: M_HEAD, M_TAIL, M_CASED; TEST_COMPARE */
	bool flag;              /* TEST_EXISTS */
	bool is_number, is_address, is_flag;
	const struct test *otherwise; /* another text that the same value stands for */
};

struct leaf {
	int field; /* -1: it never occurs */
	bool all;  /* every test must hold, not one */
	bool negated;
	enum time_part part;
	uint32_t number; /* of its memo */
	unsigned cost;
	unsigned asked; /* by so many lines of rules */
	uint32_t line;  /* of those of its field, from 1; 0: none. See recall.c */
	bool indexed;   /* its bit is set when its texts are seen: see index.h */
	bool partly;    /* but some of it is not known by that: it is tested then */
	bool unknown;   /* nobody said what one of its placeholders stands for */
	enum {
		LEAF_OTHER,
		LEAF_WORDS, /* its tests are plain words, of which one must be the whole value */
		LEAF_RANGE, /* its test is one comparison */
		LEAF_TEXTS, /* its tests are texts with wildcards: one must fit */
	} sort;
	struct test *tests;
	size_t count;
};

enum node_kind { NODE_LEAF, NODE_ALL, NODE_ANY, NODE_NOT };

struct node {
	enum node_kind kind;
	bool gone;    /* pipelines dropped all of it */
	bool unknown; /* under `not` it is another: see node_not() */
	bool told;    /* `says` and `text` are set: see explain.c */
	enum sigma_reason_kind says;
	slice text, field;
	unsigned cost; /* set by tree_order() */
	uint32_t count;
	union {
		const struct leaf *leaf;
		struct node **kids;
	};
	struct node *other; /* of a line that is unknown: what it is under `not` */
};

struct search {
	slice name;
	struct node *node;
	const struct yaml_node *key;
	bool asked; /* by the condition */
};
typedef LIST(struct search) searches;

struct logsource {
	slice product, category, service;
	uint64_t memo; /* event number * 2 + does it fit */
	bool occurs;
};

struct correlation;

struct link {
	struct rule *upper;
	uint32_t index; /* which of its references this is */
};

struct rule {
	struct sigma_rule public;
	struct where at;
	struct node *tree;
	struct logsource *logsource;
	struct correlation *correlation;
	LIST(struct link) links; /* correlations that refer to this rule */
	bool refused, generate_asked, generate_wanted, wanted;
	bool referred;
	bool shares_id;                        /* the id is that of a whole collection */
	enum { UNSEEN, UNDERWAY, SEEN } visit; /* while references are followed */
};

typedef LIST(struct node *) nodes;
/* A node of `kids`, cheapest first; a single kid is itself. */
struct node *node_join(struct sigma *s, enum node_kind kind, const nodes *kids);
void tree_order(struct node *n);
struct node *node_not(struct sigma *s, struct node *kid);
struct node *node_leaf(struct sigma *s, const struct leaf *leaf);

/* ---- explain.c: what nodes stand for, if sigma_reasons() was asked for ---- */

/* The node itself where nothing is to be told. */
struct node *node_tell(struct sigma *s, struct node *n, enum sigma_reason_kind says, slice text);

bool rule_take(struct yaml *y, const struct yaml_node *root, struct rule *r);
enum { UUID_LENGTH = 36 };
bool is_uuid(slice s);
/* The rule of that id, in any letter case, or name; NULL: none. */
struct rule *rule_called(struct sigma *s, slice name);
void rule_add(struct yaml *y, const struct yaml_node *root);
struct logsource *logsource_take(struct yaml *y, const struct yaml_node *root);
/* The tree of a section of searches and a condition, named `what` in complaints. */
struct node *detection_tree(struct yaml *y, const struct yaml_node *section, const char *what);

/* ---- filter.c ---- */

struct filter;
void filter_take(struct yaml *y, const struct yaml_node *root);
void filters_apply(struct sigma *s);
struct node *condition_take(struct yaml *y, const struct yaml_node *n, searches *all,
			    unsigned *room);
/* aggregation.c: does `count(` or the like stand here; the correlation to write in its place. */
bool is_aggregation(slice text);
const char *aggregation_instead(struct sigma *s, slice text);
int field_number(struct sigma *s, struct where at, slice name);

/* ---- bucket.c ---- */

/* A bit for each field of which events tell whether it is there. */
struct fields {
	uint64_t bits[SIGMA_PRESENT / 64];
};
/* The rules that can hold for an event of one key, each with what it cannot hold without. */
struct bucket {
	struct candidate {
		struct rule *rule;
		const struct leaf *gate; /* it cannot hold if this does not; NULL: unknown */
		struct fields needs;
	} * rules;
	size_t count;
	struct fields asks; /* what any of them looks at */
	uint64_t *mask;     /* bits of its rules, if the index says which are asked; else NULL */
	const struct course *last; /* of the event before; the next is often alike */
};
void buckets_fill(struct sigma *s);

/* ---- feed.c, course.c, recall.c ---- */

/* The rule holds for the event at hand. */
void event_fits(struct sigma *s, struct rule *r);
struct course;
/* What is asked of events such as the one at hand; NULL: all rules of the bucket are. */
const struct course *course_of(struct sigma *s, struct bucket *b);
void course_run(struct sigma *s, const struct course *c);
size_t courses_bytes(const struct sigma *s);
/* recall.c: true if what the leaf says of a value is kept; then it may be asked so. */
bool recall_line(struct sigma *s, struct leaf *l);
bool recall_holds(struct sigma *s, const struct leaf *l);
size_t recall_bytes(const struct sigma *s);
void recall_free(struct sigma *s);
void courses_free(struct sigma *s);

/* ---- match.c ---- */

bool tree_holds(struct sigma *s, const struct node *n);
bool leaf_holds(struct sigma *s, const struct leaf *l);
bool test_any(struct sigma *s, const struct test *t, const struct sigma_value *v);
bool logsource_fits(struct sigma *s, struct logsource *l);
bool value_number(const struct sigma_value *v, int64_t *number);
bool decimal_parse(slice text, double *value);
enum { VALUE_TEXT = 64 };
slice value_text(const struct sigma_value *v, char room[VALUE_TEXT]);

/* ---- correlations ---- */

enum correlation_type {
	EVENT_COUNT,
	VALUE_COUNT,
	TEMPORAL,
	TEMPORAL_ORDERED,
	VALUE_SUM, /* from here on over numbers: metric.c */
	VALUE_AVG,
	VALUE_PERCENTILE,
	VALUE_MEDIAN
};
enum how { HOW_GT, HOW_GTE, HOW_LT, HOW_LTE, HOW_EQ, HOW_NEQ };
enum { BOUNDS_MOST = 6 };

struct reference {
	slice name;
	struct where at;
	struct rule *rule;
	int *group;  /* field number of each group-by in this rule's events */
	int *values; /* and of each field that value_count counts */
};

struct alias {
	slice name, rule, field;
	struct where at;
};

struct correlation {
	enum correlation_type type;
	struct reference *references;
	uint32_t reference_count;
	const char **group_fields;
	struct where *group_at;
	uint32_t group_count;
	const char **value_fields;
	struct where *value_at;
	uint32_t value_count;
	LIST(struct alias) aliases;
	int64_t span;
	int64_t least, most; /* the count that fulfils it; `not_equal` turns it round */
	bool not_equal;
	struct bound {
		enum how how;
		double than;
	} bounds[BOUNDS_MOST]; /* of a number */
	unsigned bound_count;
	double percentile;
	bool has_percentile;
	bool at_close; /* only the whole window can tell: the condition has an upper end */
	int64_t delay; /* how far behind the newest event the correlations below may tell of it */
	struct expression *expression; /* of the rules, in place of a count; NULL: none */
	struct state *state;
};

/* What happened to one rule: an event, or a correlation fulfilled by it. */
struct occasion {
	const void *event; /* NULL: time alone decided */
	int64_t time, first;
	double amount; /* what a correlation over numbers takes of it */
	const struct sigma_token *token;
	/* when there is no event: the values that are known of it */
	const struct sigma_value *group;
	const int *group_numbers;
	size_t group_count;
};

bool correlation_take(struct yaml *y, const struct yaml_node *root, struct rule *r);
void correlations_resolve(struct sigma *s);
void correlate_start(const struct sigma *s, struct rule *r);
/* Windows that ended before the newest event less the lateness; all of them with `end`. */
void correlate_close(struct sigma *s, bool end);
size_t correlate_bytes(const struct rule *r);
void correlate_free(struct rule *r);
/* A rule holds: its hit, and what it means to the correlations above it.  `fired`: it makes a hit
 * of this, and is not only still true. */
void rule_holds(struct sigma *s, const struct rule *r, const struct occasion *o,
		struct sigma_hit *hit, bool fired);

/* ---- temporal.c: a condition that is an expression over rules ---- */

/* The last event of a rule of the correlation, in one group: kept if time alone decides. */
struct seen {
	int64_t time;    /* CLOCK_NONE: there was none */
	uint64_t number; /* of the event: what comes first of what happens at one time */
	struct sigma_token token;
};
/* Gives the correlation its references, too, if it has none. */
bool expression_take(struct yaml *y, const struct yaml_node *n, struct correlation *c);
size_t expression_size(const struct correlation *c);
void expression_start(const struct correlation *c, struct seen *seen);
/* Does an event of this rule begin a window? */
bool expression_begins(const struct correlation *c, uint32_t index);
/* Of the rules that happened, a bit for each. */
bool expression_fulfilled(const struct correlation *c, uint64_t rules);
/* For the window of a timespan that begins at `from`. */
bool expression_holds(const struct correlation *c, const struct seen *seen, int64_t from);
/* What happened in the window, and how many rules. */
size_t expression_tokens(const struct correlation *c, const struct seen *seen, int64_t from,
			 uint64_t *count, struct sigma_token out[SIGMA_EVENTS_MOST]);
/* ---- cells.c: rows of one size, numbered from 1; 0 is none ---- */

struct cells {
	char *at;
	size_t size, len, room;
	uint32_t free, used;
};
uint32_t cell_new(struct cells *c); /* zeroed */
void cell_drop(struct cells *c, uint32_t n);
void cells_free(struct cells *c);
static inline void *cell_at(const struct cells *c, uint32_t n)
{
	return c->at + (n - 1) * c->size;
}

/* ---- window.c: the events, or distinct values, of one group in order of time ---- */

/* Of what only some correlations keep there is no more than they do. */
struct entry {
	int64_t time;
	uint32_t newer, older;
	struct sigma_token token;
	union {
		uint64_t value; /* hashed; what makes it distinct, or is counted */
		double amount;  /* of a number that is summed up */
		int64_t first;  /* of what a correlation below counted */
		struct {        /* entries of the same value; later: 0 of its last */
			uint32_t earlier, later;
		} same;
	} more[];
};

struct window {
	int64_t newest;
	uint32_t first, last;   /* oldest and newest entry kept */
	uint32_t start;         /* the first within `span` of the newest */
	uint32_t count, inside; /* of distinct values: how many there are */
	uint32_t told : 31;     /* of the oldest entries: how many a hit has counted already */
	uint32_t tabled : 1;    /* its values are in the pool's table: see window.c */
	double sum;             /* of the amounts of those inside */
	uint64_t beyond;        /* dropped for want of room since the last hit, */
	int64_t began;          /* the first of them at this time */
};

struct pool {
	struct cells entries;
	bool valued, summed;  /* each entry's `more` begins with a value; with an amount */
	bool dated;           /* then comes `first`, for it is not its time */
	bool distinct, rules; /* rules: the value is a rule's number */
	bool recurs;          /* and ends with `same`: a value is kept at several times */
	struct table values;  /* (window number, value) -> its last entry's number */
	int64_t span, reach;  /* entries are kept for `reach` behind the newest */
	uint32_t most;        /* entries of one window */
};

void pool_start(struct pool *p); /* once the flags are set */
static inline struct entry *entry_at(const struct pool *p, uint32_t e)
{
	return cell_at(&p->entries, e);
}
int64_t entry_first(const struct pool *p, uint32_t e);

/* Puts an event in; its entry, 0 if it is too late, or nothing new. */
uint32_t window_add(struct pool *p, struct window *w, uint32_t number, const struct occasion *o,
		    uint64_t value);
/* Once what it led to was told: entries go that say nothing more. */
void window_settle(struct pool *p, struct window *w, uint32_t number, uint32_t e);
/* What happened within `span` up to `to`. */
struct stretch {
	int64_t to;
	uint32_t first, last;
	uint32_t count; /* of events, or of distinct values */
	double sum;
	uint64_t rules; /* a bit for each, if values are rules */
};
/* The one that ends with entry `e`; the next one that holds it and ends with a later entry. */
struct stretch stretch_at(const struct pool *p, const struct window *w, uint32_t e);
bool stretch_next(const struct pool *p, uint32_t e, struct stretch *x);
/* The next entry of a stretch, from its first on, that is not of a value which comes again; 0. */
uint32_t stretch_entry(const struct pool *p, const struct stretch *x, uint32_t before);
void window_clear(struct pool *p, struct window *w, uint32_t number);

/* ---- backlog.c: what came for correlations that time decides, until it is in order ---- */

struct waiter {
	int64_t time, first;
	uint64_t number; /* of the event */
	uint64_t value;
	double amount;
	uint32_t index, group, serial; /* of its rule; of the group */
	struct sigma_token token;
};

struct backlog {
	struct waiter *at; /* a heap: the earliest first */
	size_t len, room;
};

void backlog_put(struct backlog *w, const struct waiter *x);
struct waiter backlog_take(struct backlog *w);

/* ---- metric.c ---- */

static inline bool is_metric(const struct correlation *c)
{
	return c->type >= VALUE_SUM;
}
bool metric_of_value(const struct sigma_value *v, double *amount);
bool metric_fulfils(const struct correlation *c, double v);
/* Of a window that is over: what it came to. */
bool metric_holds(const struct pool *p, const struct window *w, const struct correlation *c,
		  double total, uint64_t tally, double *value);

/* ---- sequence.c: the steps of temporal_ordered ---- */

/* A group has a number of a cell for each step, and each cell that is in use these bytes. */
enum { STEP_EVENTS = 16 };
size_t sequence_cell(uint32_t steps);
struct sequence {
	uint32_t steps;
	int64_t span, settled; /* settled: nothing comes any more that is earlier */
	uint32_t *newest;      /* of each step; 0: none */
	struct cells *cells;
};
void sequence_clear(const struct sequence *q);
/* True if with this event all steps are there within `span`: when the first began, and each step's
 * token.  `number` tells events apart, for one event cannot be two steps. */
bool sequence_add(const struct sequence *q, uint32_t step, uint64_t number,
		  const struct occasion *o, int64_t *first, struct sigma_token tokens[STEPS_MOST]);

/* correlate.c: what a correlation remembers of its groups */
void correlate_image(struct rule *r, struct image *im);

/* ---- the engine ---- */

struct sigma {
	struct sigma_schema schema[1]; /* a copy: the caller's may be gone */
	sigma_note *note;
	void *note_ctx;
	const char *wanted; /* what the file at hand should be */
	struct arena arena;
	LIST(struct rule *) rules;
	LIST(struct logsource *) logsources;
	LIST(struct regex *) regexes;
	LIST(struct rule *) closing; /* correlations with windows to close */
	LIST(struct filter *) filters;
	yaml_transform *transform; /* NULL: none */
	void *transform_ctx;
	struct pipelines *pipelines;
	struct table leaves; /* image -> struct leaf *: equal leaves are tested once an event */
	struct table ids;    /* id or name -> struct rule * */
	struct table placeholders;
	LIST(struct leaf *) all_leaves;
	struct index *index; /* NULL: each rule of a bucket is asked */
	bool plain;
	struct hs_scratch *scratch;
	uint64_t *memo; /* of each leaf: event number * 2 + does it hold */
	struct bucket *buckets;
	size_t bucket_count;
	struct courses *courses; /* NULL: none yet */
	struct recall *recall;   /* likewise */
	size_t regex_bytes;
	uint64_t regex_positions;
	size_t complaints; /* one for each rule refused */
	size_t leaf_count;
	int raw_field;  /* of the whole record, for keywords */
	bool reasons;   /* nodes are told what they stand for, and stay as they are written */
	bool in_folder; /* files are read because they lie there, not because they were named */
	bool elsewhere; /* the rule at hand is for another log source: its fields are no matter */
	bool ready;
	LIST(uint32_t) fall;    /* scratch of comparisons between two fields, */
	struct out compared[2]; /* both in lower case */
	struct folded {         /* a text of the event in lower case: see pattern_holds() */
		const char *at;
		size_t len;
		uint64_t event;
		struct out text;
	} folded;

	/* while an event is judged */
	const void *event;
	int64_t time;
	const struct sigma_token *token;
	uint64_t event_number;
	int64_t newest, close_at;
	sigma_on_hit *hit;
	void *hit_ctx;
};

#endif
