/*
 * Law: a condition is refused with a place in its own text, or means something: it and its
 * negation never hold for the same event.
 */
#include "sigma/sigma.h"

#include <stdlib.h>

enum { FIELDS = 4 };

static int field(void *ctx, slice name)
{
	return name.len == 1 && name.at[0] >= 'a' && name.at[0] < 'a' + FIELDS ? name.at[0] - 'a'
									       : -1;
}

static void value(const void *event, int f, struct sigma_value *out)
{
	*out = (struct sigma_value){SIGMA_NUMBER, .number = *(const unsigned *)event >> f & 1};
}

static void note(void *ctx, bool warning, const char *path, int line, int column, const char *what,
		 const char *expected)
{
	/* a section that the condition does not ask for is warned of where it stands */
	bool place = warning ? line >= 5 && line <= 8 : line == 8;
	if (!place || column < 1 || !what)
		abort();
}

static void hit(void *ctx, const struct sigma_hit *h)
{
	++*(unsigned *)ctx;
}

/* The condition as a single-quoted YAML text, on line 8. */
static struct sigma *rules(const struct sigma_schema *schema, slice condition, const char *before,
			   const char *behind)
{
	struct out o = {.fd = -1};
	out_text(&o,
		 "title: t\nid: 00000000-0000-4000-8000-000000000001\nlogsource: {}\ndetection:\n"
		 "    s_a: {a: 1}\n    s_b: {b: 1}\n    _c: {c: 1}\n    condition: '");
	out_text(&o, before);
	out_slice(&o, condition);
	out_text(&o, behind);
	out_text(&o, "'\n");
	struct sigma *s = sigma_new(schema, note, NULL);
	sigma_load_text(s, "fuzz.yml", (slice){o.at, o.len});
	sigma_ready(s);
	out_close(&o);
	return s;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct sigma_schema schema = {.field = field, .value = value, .key_field = -1};
	for (size_t i = 0; i < size; i++)
		if (data[i] < ' ' || data[i] > '~' || data[i] == '\'')
			return 0;
	slice text = {(const char *)data, size};
	struct sigma *yes = rules(&schema, text, "", ""), *no = rules(&schema, text, "not (", ")");
	for (unsigned event = 0; event < 1U << FIELDS; event++) {
		unsigned hits = 0;
		sigma_feed(yes, &event, 0, NULL, hit, &hits);
		sigma_feed(no, &event, 0, NULL, hit, &hits);
		if (sigma_count(yes) && sigma_count(no) && hits != 1)
			abort();
	}
	sigma_free(&yes);
	sigma_free(&no);
	return 0;
}
