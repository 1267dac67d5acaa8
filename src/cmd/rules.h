/* rules.h - what the verbs of `tocsin rules` share. */
#ifndef TOCSIN_CMD_RULES_H
#define TOCSIN_CMD_RULES_H

#include "cmd.h"
#include "sigma/sigma.h"

struct rules_options {
	bool json;
	struct option_list rules, pipelines, placeholders;
	const char *level, *tag, *logsource, *colour;
};

typedef int rules_verb(const struct rules_options *o, const char *const *args, size_t n);
rules_verb rules_check, rules_list, rules_explain, rules_test;

extern const char *const rules_levels[]; /* by enum sigma_level; ends with NULL */
/* The options' pipelines and placeholders, then the rules at `paths` (0: tocsin's own). */
struct sigma *rules_load(const struct rules_options *o, const char *const *paths, size_t n,
			 scan_note *note, void *ctx, bool reasons);
/* product=linux,service=sshd: false, after a complaint, if it is nothing of the kind. */
struct rules_source {
	slice product, category, service;
};
bool rules_source_parse(const char *text, struct rules_source *s);
bool rules_source_fits(const struct rules_source *wanted, const struct sigma_rule *r);
/* "linux/process_creation" , "webserver", "any" */
slice rules_source_text(struct arena *a, const struct sigma_rule *r);

#endif
