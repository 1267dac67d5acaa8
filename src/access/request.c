/*
 * request.c - what Dovecot sends:
 * {"login":"ana","pwhash":"1f","remote":"192.0.2.7","protocol":"imap", "success":false,...}.  Names
 * are those of auth_policy_request_attributes as shipped (2.3), and of the fields that a report
 * adds; the login is whoever's choice.
 */
#include "access/access.h"

#include <stdio.h>

enum { REQUEST_NODES = 256, LOGIN_MOST = 255 };

static slice text_of(const struct json_tape *t, const char *key, struct arena *a)
{
	const struct json_node *n = json_get(t, t->at, slice_of(key));
	return n && n->kind == JSON_IS_STRING ? json_words(n, a) : (slice){0};
}

static bool flag_of(const struct json_tape *t, const char *key)
{
	const struct json_node *n = json_get(t, t->at, slice_of(key));
	return n && n->kind == JSON_IS_TRUE;
}

bool access_parse(slice json, struct access_request *q, struct arena *a, char *why, size_t size)
{
	struct json_tape t = {.arena = a};
	struct json_fault f;
	*q = (struct access_request){0};
	if (!json_read(&t, json, &f)) {
		snprintf(why, size, "byte %zu: %s", f.at, f.why);
		return false;
	}
	if (t.at->kind != JSON_IS_OBJECT) {
		snprintf(why, size, "byte 0: an object is wanted");
		return false;
	}
	q->login = slice_first(text_of(&t, "login", a), LOGIN_MOST);
	q->password_hash = slice_first(text_of(&t, "pwhash", a), LOGIN_MOST);
	q->protocol = slice_first(text_of(&t, "protocol", a), LOGIN_MOST);
	q->has_remote = address_parse(text_of(&t, "remote", a), &q->remote);
	q->success = flag_of(&t, "success");
	q->after = json_get(&t, t.at, SLICE("success")) != NULL;
	return true;
}
