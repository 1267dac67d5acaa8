/*
 * Law: rules say the same of an event with the index of their texts as without it, however often it
 * comes, and so does an expression of its text whether or not the bytes that it needs are looked
 * for first.
 * Input: up to eight lines `key: value` of searches, a zero byte, JSON objects one behind the
 * other.
 */
#include "loose/loose.h"

#include <stdlib.h>

enum { LINES_MOST = 8, HITS_MOST = 64, AGAIN = 3 };

struct seen {
	unsigned rules[HITS_MOST];
	size_t count;
};

static void hit(void *ctx, const struct sigma_hit *h)
{
	struct seen *s = ctx;
	if (s->count < HITS_MOST)
		s->rules[s->count++] = h->rule->number;
}

static void quote(struct out *o, slice text)
{
	out_char(o, '\'');
	for (size_t i = 0; i < text.len; i++) {
		if ((unsigned char)text.at[i] >= ' ' && (unsigned char)text.at[i] < 0x7F)
			out_char(o, text.at[i]);
		if (text.at[i] == '\'')
			out_char(o, '\'');
	}
	out_char(o, '\'');
}

/* A rule for each line, and one of all of them. */
static void put_rule(struct out *o, size_t number, slice lines, bool any)
{
	out_format(o,
		   "---\ntitle: t\nid: 00000000-0000-4000-8000-%012zu\nlogsource: {}\ndetection:\n",
		   number);
	for (int i = 0; lines.len && i < LINES_MOST; i++) {
		slice value = slice_until(&lines, '\n'), key = slice_until(&value, ':');
		out_format(o, "    s%d:\n        ", i);
		quote(o, key);
		out_text(o, ": ");
		slice_eat(&value, " ");
		bool list = slice_find(value, ',') < value.len;
		out_text(o, list ? "[" : "");
		while (value.len) {
			quote(o, slice_until(&value, ','));
			out_text(o, value.len ? ", " : "");
		}
		out_text(o, list ? "]\n" : "\n");
	}
	out_text(o, any ? "    condition: 1 of s*\n" : "    condition: all of s*\n");
}

static struct sigma *rules(struct loose *l, slice lines, bool plain)
{
	struct out o = {.fd = -1};
	struct sigma *s = sigma_new(loose_schema(l), NULL, NULL);
	size_t number = 0;
	put_rule(&o, number++, lines, false);
	put_rule(&o, number++, lines, true);
	while (lines.len && number < LINES_MOST)
		put_rule(&o, number++, slice_until(&lines, '\n'), true);
	if (plain)
		sigma_plainly(s);
	sigma_load_text(s, "fuzz.yml", (slice){o.at, o.len});
	sigma_ready(s);
	out_close(&o);
	return s;
}

/* What is known of a value from its second time on is what was seen in it. */
static void same(struct sigma *fast, struct loose *l, const struct seen *wanted)
{
	struct seen is = {.count = 0};
	sigma_feed(fast, l, loose_time(l), NULL, hit, &is);
	if (is.count != wanted->count ||
	    memcmp(is.rules, wanted->rules, is.count * sizeof *is.rules) != 0)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	slice text = {(const char *)data, size}, lines = slice_until(&text, '\0');
	struct loose *l = loose_new();
	struct sigma *fast = rules(l, lines, false), *plain = rules(l, lines, true);
	struct json_fault fault;
	for (size_t used; text.len && loose_read(l, text, &used, &fault);
	     text = slice_from(text, used)) {
		struct seen plainly = {.count = 0};
		sigma_feed(plain, l, loose_time(l), NULL, hit, &plainly);
		for (int again = 0; again < AGAIN; again++)
			same(fast, l, &plainly);
		if (used == 0)
			break;
	}
	sigma_free(&fast);
	sigma_free(&plain);
	loose_free(&l);
	return 0;
}
