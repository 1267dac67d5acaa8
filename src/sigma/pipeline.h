/*
 * pipeline.h - processing pipelines: a rule's YAML rewritten before it is compiled, so that rules
 * written for other field names and log sources fit the events at hand.  The form is pySigma's
 * (https://sigmahq-pysigma.readthedocs.io, Processing Pipelines); the words are its own: a pipeline
 * is a list of steps ("transformations"), each with conditions on the rule, on a line of its
 * detection ("detection item") and on that line's field name.
 *
 *	pipeline.c           files to steps: what is known, what is asked, places of mistakes
 *	pipeline_if.c        conditions
 *	pipeline_rule.c      steps that change the rule: log source, added condition, state
 *	pipeline_line.c      steps that change a line: field names, dropped lines, hashes
 *	pipeline_value.c     steps that change values: texts, placeholders, types
 *	pipeline_extract.c   a value of several to lines
 *	pipeline_apply.c     a rule's YAML to terms and back, every step in its turn
 *	pipeline_regex.c     expressions with captures, within limits
 *
 * Unlike there, values are seen as the rule writes them: `contains: a` is shown to conditions and
 * text steps as "*a*"; lines whose values are no plain texts (re, cidr, base64 ...) are left alone
 * by text steps.
 */
#ifndef TOCSIN_SIGMA_PIPELINE_H
#define TOCSIN_SIGMA_PIPELINE_H

#include "internal.h"

enum {
	STEPS_TOTAL_MOST = 1 << 12, /* of all pipelines, nested ones too */
	NEST_MOST = 8,              /* `nest` within `nest` */
	CHECKS_MOST = 64,           /* conditions of one step */
	REWRITE_WORK = 1 << 23,     /* bytes made and lines looked at, for one rule */
	CAPTURE_WORK = 1 << 14,     /* tries of one expression on one text */
	CAPTURE_COST = 512,
};

/* ---- expressions ---- */

struct capture;
struct capture *capture_new(struct yaml *y, const struct yaml_node *n);
void capture_free(struct capture *c);
/* From the first byte on, as Python's re.match(). */
bool capture_matches(const struct capture *c, slice text);
/* Groups with names; what the last match found of one of them: the text is the same. */
size_t capture_names(const struct capture *c);
bool capture_named(const struct capture *c, slice text, size_t i, slice *name, slice *found);
/* Every match replaced, as Python's re.sub(); false: it took more than CAPTURE_WORK tries. */
bool capture_replace(const struct capture *c, slice text, slice with, struct out *o);

/* ---- steps ---- */

struct rewriting;
struct term;
struct step;

struct check;
struct check_kind {
	const char *name;
	const char *const *params; /* a ! before those that must be there; ends with NULL */
	bool (*rule)(struct rewriting *w, const struct check *c);
	bool (*line)(struct rewriting *w, const struct check *c, const struct term *t);
	bool (*field)(struct rewriting *w, const struct check *c, const struct term *t, slice name);
};
extern const struct check_kind check_kinds[]; /* end with a row without name */

struct check {
	const struct check_kind *kind;
	const struct yaml_node *params;
	slice name; /* in an expression */
	struct capture *captures[CHECKS_MOST];
	size_t capture_count;
};

/* Conditions of one kind: all, one of them, or as an expression says. */
struct checks {
	struct check **at;
	size_t count;
	bool any, negated;
	slice expression;
};
enum check_level { CHECK_RULE, CHECK_LINE, CHECK_FIELD };
struct loading;
bool checks_take(struct loading *l, const struct yaml_node *item, enum check_level level,
		 struct checks *c);
bool checks_rule(struct rewriting *w, const struct checks *c);
bool checks_line(struct rewriting *w, const struct checks *c, const struct term *t);
bool checks_field(struct rewriting *w, const struct checks *c, const struct term *t, slice name);

struct values;
struct step_kind {
	const char *name;
	const char *const *params;
	bool (*prepare)(struct loading *l, struct step *step);
	bool (*rule)(struct rewriting *w);
	/* The line changed or replaced; itself if nothing is to be done; NULL: dropped. */
	struct term *(*line)(struct rewriting *w, struct term *t);
	/* The name or list of names in place of this one (of keywords: none); NULL: it stays. */
	const struct yaml_node *(*field)(struct rewriting *w, const struct term *t, slice name,
					 bool keyword);
	/* Puts what stands for a value (shown in full) into `out`; false: it stays as it is. */
	bool (*value)(struct rewriting *w, const struct term *t, const struct yaml_node *value,
		      struct values *out);
	const char *unoffered; /* why there is none */
};
extern const struct step_kind rule_steps[], line_steps[], value_steps[], extract_steps[],
    other_steps[];

struct step {
	const struct step_kind *kind;
	const struct yaml_node *params;
	slice id;
	struct checks checks[3];
	struct capture *capture;
	struct table mapping; /* name -> const struct yaml_node * */
	bool has_mapping;
	struct step **nested;
	size_t nested_count;
	const struct pipeline *in;
};

struct pipeline {
	slice name;
	const char *path;
	int64_t priority;
	const struct yaml_node *vars;
	struct step **steps;
	size_t count;
	struct arena arena; /* its YAML */
};

struct pipelines {
	LIST(struct pipeline *) all; /* lowest priority first */
	LIST(struct step *) steps;
	LIST(struct capture *) captures;
	size_t added; /* searches made by add_condition */
};

struct loading {
	struct yaml *y;
	struct pipeline *pipeline;
	unsigned depth;
};
bool step_list(struct loading *l, const struct yaml_node *list, struct step ***steps,
	       size_t *count);
bool params_known(struct loading *l, const struct yaml_node *map, const char *const *params,
		  const char *const *common, const char *what);
struct capture *loading_capture(struct loading *l, const struct yaml_node *n);
const char *arena_near(struct sigma *s, slice name, const char *const *names,
		       const char *otherwise);

/* ---- a rule while it is rewritten ---- */

struct mark { /* a step with an id that was applied */
	const struct step *step;
	const struct mark *next;
};

struct term {
	enum { TERM_LINE, TERM_ALL, TERM_ANY } kind;
	const struct yaml_node *at; /* where it stands in the rule */
	/* TERM_LINE */
	bool keyword;           /* no field: values are looked for in the whole record */
	bool mapped;            /* its field is one that a mapping knows */
	slice field, modifiers; /* "|contains|all" */
	const struct yaml_node **values;
	bool list;
	const struct mark *marks;
	/* others */
	struct term **kids;
	size_t count; /* of values, of kids */
};

struct values {
	const struct yaml_node **at;
	size_t len, room;
};

struct named_term {
	const struct yaml_node *key;
	struct term *term;
};

struct state_entry {
	slice key;
	const struct yaml_node *val;
	const struct state_entry *next;
};

struct rewriting {
	struct yaml *y; /* the rule's */
	struct sigma *s;
	struct yaml_node *root;
	LIST(struct named_term) searches;
	LIST(struct yaml_node *) added; /* conditions: key, value, key, value */
	const struct mark *marks;
	const struct state_entry *state;
	const struct step *step; /* the one at work */
	size_t work;
	bool failed;
};

bool rewrite_step(struct rewriting *w, const struct step *step);
bool rewrite_fail(struct rewriting *w, const struct yaml_node *at, const char *expected,
		  const char *format, ...) __attribute__((format(printf, 4, 5)));
/* Work done; false, after a complaint, when it is too much. */
bool rewrite_spend(struct rewriting *w, size_t n);
bool rewrite_marked(const struct mark *marks, slice id);
struct yaml_node *rewrite_text(struct rewriting *w, const struct yaml_node *like, slice text);
struct yaml_node *rewrite_map(struct rewriting *w, const struct yaml_node *like, size_t pairs);
/* A map with `key` set to `value` (NULL: without it). */
struct yaml_node *rewrite_set(struct rewriting *w, const struct yaml_node *map, const char *key,
			      struct yaml_node *value);
struct term *term_new(struct rewriting *w, const struct yaml_node *at, size_t kids);
struct term *term_of_search(struct rewriting *w, const struct yaml_node *value);
void term_mark(struct rewriting *w, struct term *t); /* the step at work was applied to it */
bool term_has(const struct term *t, const char *modifier);
void term_without(struct rewriting *w, struct term *t, const char *modifier);
/* Its values are texts with wildcards, not expressions, networks or the like. */
bool term_is_text(const struct term *t);
/* A value as conditions and text steps see it. */
slice term_shown(struct rewriting *w, const struct term *t, const struct yaml_node *value);
/* In letters of another case: lower, upper, snake_case. */
slice text_cased(struct rewriting *w, slice text, slice how);
slice rewrite_logsource(const struct rewriting *w, const char *part);
/* What the step's mapping says of a name; NULL: nothing. */
const struct yaml_node *rewrite_names(struct rewriting *w, slice name, bool keyword);

#endif
