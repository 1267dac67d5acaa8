/*
 * json.c - any bytes as a JSON text.
 * Laws: what jansson, another reader, takes is taken, and has the same strings in the same order;
 * what it refuses is refused, but for half surrogate pairs and numbers beyond its own; a fault has
 * a place within the text; what was read before it can be walked; every slice lies in the text.
 */
#include "base/base.h"

#include <assert.h>
#include <jansson.h>
#include <stdlib.h>

struct strings {
	const struct json_leaf *leaves;
	size_t n, at;
	struct arena *a;
};

static void follow(json_t *v, struct strings *s)
{
	const char *key;
	json_t *inner;
	size_t i;
	if (json_is_object(v)) {
		json_object_foreach(v, key, inner) follow(inner, s);
	} else if (json_is_array(v)) {
		json_array_foreach(v, i, inner) follow(inner, s);
	} else {
		assert(s->at < s->n);
		const struct json_node *n = s->leaves[s->at++].node;
		slice words = json_words(n, s->a);
		assert((n->kind == JSON_IS_STRING) == json_is_string(v));
		if (json_is_string(v))
			assert(
			    slice_eq(words, (slice){json_string_value(v), json_string_length(v)}));
	}
}

static bool may_differ(const json_error_t *e)
{
	enum json_error_code code = json_error_code(e);
	return code == json_error_numeric_overflow || code == json_error_duplicate_key ||
	       strstr(e->text, "surrogate") || strstr(e->text, "Unicode") ||
	       code == json_error_null_byte_in_key || code == json_error_null_character;
}

static void within(const struct json_tape *t, slice text)
{
	for (size_t i = 0; i < t->len; i++) {
		const struct json_node *n = &t->at[i];
		assert(n->next > i && n->next <= t->len);
		assert(n->text.at >= text.at && n->text.at + n->text.len <= text.at + text.len);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct json_tape t = {0};
	struct arena a = {0};
	struct json_fault f;
	json_error_t error;
	struct json_leaf *leaves;
	slice text = {(const char *)data, size};
	bool taken = json_read(&t, text, &f);
	size_t n = json_leaves(&t, &leaves, &a);
	json_t *value = json_loadb(
	    text.at, size, JSON_DECODE_ANY | JSON_ALLOW_NUL | JSON_REJECT_DUPLICATES, &error);
	within(&t, text);
	assert(taken ? !f.why || f.at == 0 : f.why && f.at <= size);
	if (value) {
		struct strings s = {leaves, n, 0, &a};
		/* jansson lets a NUL end the text */
		assert(taken || strstr(f.why, "deeply") || memchr(text.at, 0, size));
		if (taken)
			follow(value, &s), assert(s.at == n);
	} else
		assert(!taken || may_differ(&error));
	json_decref(value);
	arena_free(&a);
	json_free(&t);
	return 0;
}
