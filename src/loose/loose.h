/*
 * loose.h - events of any shape: a JSON object as Sigma rules see it.
 *
 *	struct loose *l = loose_new();
 *	loose_source(l, product, category, service)   what events do not say of themselves
 *	struct sigma *s = sigma_new(loose_schema(l), note, ctx);  ... rules loaded, sigma_ready(s)
 *	if (loose_read(l, text, &used, &fault))       the object that begins `text`
 *		sigma_feed(s, l, loose_time(l), &token, hit, ctx);
 *	loose_free(&l);                               behind sigma_free()
 *
 * How a field of a rule is found in an event:
 *   - `a.b.c` is key c in object b in object a, or a key "a.b", as it comes; an array adds nothing
 *     to the path, and one element that fits is enough; letter case counts;
 *   - spaces in keys do not count ("New Value" is `NewValue`; rules specification, Field Usage);
 *   - of a Windows event in JSON (`Event` with `System`), what lies in EventData and UserData goes
 *     by its own name, as does what lies in System; an attribute is `Provider_Name`;
 *   - keywords are looked for in all values, never in keys.
 * A field that holds an object is the object's text to a rule.
 *
 * What an event is of it says in an object `logsource`: {product, category, service}; where it does
 * not, it meets every rule.
 */
#ifndef TOCSIN_LOOSE_H
#define TOCSIN_LOOSE_H

#include "base/json.h"
#include "sigma/sigma.h"

struct loose;
struct loose *loose_new(void);
void loose_free(struct loose **l);
/* The event is the `struct loose` itself. Good as long as that. */
const struct sigma_schema *loose_schema(struct loose *l);
void loose_source(struct loose *l, slice product, slice category, slice service);

/* False and a fault if no JSON object begins `text`.  What it holds is good until the next one, and
 * as long as `text` is. */
bool loose_read(struct loose *l, slice text, size_t *used, struct json_fault *fault);
/* When it happened, by the first that is there of @timestamp, timestamp, UtcTime, TimeCreated ...;
 * CLOCK_NONE: it does not say. */
int64_t loose_time(const struct loose *l);
size_t loose_bytes(const struct loose *l);

#endif
