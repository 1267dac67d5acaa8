/*
 * toy.h - a small schema for tests: events are written as "action=login;user=ana;ip=192.0.2.1".
 * A field without "=" is null. Kinds: port is a number, ok a flag, ip and peer addresses.
 */
#ifndef TOY_H
#define TOY_H

#include "sigma/sigma.h"

enum toy_field {
	TOY_ACTION,
	TOY_USER,
	TOY_HOST,
	TOY_IP,
	TOY_PEER,
	TOY_PORT,
	TOY_OK,
	TOY_LINE,
	TOY_NAME,
	TOY_WHEN,
	TOY_RAW,
	TOY_FIELDS
};

struct toy_event {
	struct sigma_value v[TOY_FIELDS];
	uint64_t has[SIGMA_PRESENT / 64]; /* a bit for each field that is not absent */
};

struct toy_notes {
	char text[4096]; /* "error 3:5 what [expected]\n" or "warning ..." */
	size_t len;
};

extern const struct sigma_schema toy_schema, toy_schema_unkeyed, toy_schema_kinds;
struct toy_event toy_event(slice text);
void toy_note(void *ctx, bool warning, const char *path, int line, int column, const char *what,
	      const char *expected);
/* Rules from a text; fails the test if one is refused. */
struct sigma *toy_rules(const char *text);
/* One rule with this detection section, each line indented by four. */
struct sigma *toy_rule(const struct sigma_schema *schema, const char *detection,
		       struct toy_notes *notes);
/* Does any rule hold for the event? */
bool toy_hits(struct sigma *s, const char *event);

#endif
