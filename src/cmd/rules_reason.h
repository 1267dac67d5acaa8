/* rules_reason.h - why a rule holds, collected and shown: as a tree on the terminal, as JSON. */
#ifndef TOCSIN_RULES_REASON_H
#define TOCSIN_RULES_REASON_H

#include "sigma/sigma.h"

struct reasons {
	LIST(struct sigma_reason) list;
	LIST(struct sigma_value) values; /* of lines: the reasons' own are gone after each */
	LIST(size_t) value_of;           /* index + 1 in `values`; 0: none */
};

void reasons_take(void *ctx, const struct sigma_reason *r); /* a sigma_on_reason */
void reasons_free(struct reasons *r);
/* Does the rule hold: log source and condition; of a correlation: does one of its rules? */
bool reasons_hold(const struct reasons *r);
void reasons_text(const struct reasons *r, bool colour, struct out *o);
void reasons_json(const struct reasons *r, struct out *o);
void reason_value_json(struct out *o, const struct sigma_value *v); /* null if there is none */

#endif
