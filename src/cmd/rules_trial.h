/*
 * rules_trial.h - an example beside a rule, walked along the street: decoded, given its facts,
 * judged by all rules.
 *
 *	struct trial t = {.x = &example, .rule = rule, .sigma = s, .zone = zone,
 *			  .last = {.fd = -1}};
 *	if (trial_walk(&t)) ... t.hits
 *	trial_free(&t);
 */
#ifndef TOCSIN_RULES_TRIAL_H
#define TOCSIN_RULES_TRIAL_H

#include "cmd.h"
#include "rules_example.h"
#include "sigma/sigma.h"

struct trial {
	const struct example *x;
	const struct sigma_rule *rule;
	struct sigma *sigma;
	struct facts *facts;
	struct zone *zone;
	struct arena kept;
	int64_t now, shift_us;
	bool stated;   /* events say their facts themselves */
	uint64_t hits; /* of the rule */
	int64_t first_us;
	slice first;     /* its record */
	struct out last; /* the last event, as JSON; or why the rule does not hold for it */
	bool why;
	uint64_t records, unread; /* events; records that no format owns */
};

/* False if the example's recording is not here. */
bool trial_walk(struct trial *t);
void trial_free(struct trial *t);

#endif
