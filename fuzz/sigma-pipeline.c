/*
 * Laws: whatever a pipeline holds, it is loaded or refused with a place inside its file; a rule
 * that it rewrites is loaded or refused with a place inside the rule; a pipeline that was refused
 * changes no verdict.
 */
#include "sigma/sigma.h"

#include <stdlib.h>

#define RULES                                                                                      \
	"title: a\nid: 00000000-0000-4000-8000-000000000001\nname: a\nlogsource: {product: toy}\n" \
	"tags: [attack.t1]\ndetection:\n    s: {a|contains: [x, 'y*'], b|expand: ['%v%', z]}\n"    \
	"    t:\n        - evil\n        - {c|re: '^a', d: null, a|fieldref: b}\n"                 \
	"    condition: s or not t\n---\ntitle: b\nname: b\ncorrelation: {type: event_count, "     \
	"rules: "                                                                                  \
	"[a], group-by: [a], timespan: 1h, condition: {gte: 2}}\n"

static int field(void *ctx, slice name)
{
	return name.len ? (unsigned char)name.at[0] % 4 : -1;
}

static void value(const void *event, int f, struct sigma_value *out)
{
	*out = ((const struct sigma_value *)event)[f];
}

static void note(void *ctx, bool warning, const char *path, int line, int column, const char *what,
		 const char *expected)
{
	if (!path || !what || line < 1 || line > *(int *)ctx + 1 || column < 1)
		abort();
}

static void hit(void *ctx, const struct sigma_hit *h)
{
	++*(unsigned *)ctx;
}

/* Hits of the rules after the pipeline; `*refused`: there was none. */
static unsigned judge(slice pipeline, bool *refused)
{
	const struct sigma_schema schema = {.field = field, .value = value, .key_field = -1};
	const struct sigma_value events[][4] = {
	    {{SIGMA_TEXT, .text = SLICE("x")}, {SIGMA_TEXT, .text = SLICE("z")}},
	    {{SIGMA_TEXT, .text = SLICE("abc")}, {SIGMA_NUMBER, .number = 7}}};
	unsigned hits = 0;
	int lines = 20;
	for (size_t i = 0; i < pipeline.len; i++)
		lines += pipeline.at[i] == '\n' || pipeline.at[i] == '\r';
	struct sigma *s = sigma_new(&schema, note, &lines);
	*refused = !sigma_pipeline_text(s, "pipeline.yml", pipeline);
	sigma_load_text(s, "rule.yml", SLICE(RULES));
	sigma_ready(s);
	for (int64_t i = 0; i < 4; i++)
		sigma_feed(s, events[i % 2], i * CLOCK_MINUTE, NULL, hit, &hits);
	sigma_free(&s);
	return hits;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	bool refused, none;
	slice text = {(const char *)data, size};
	unsigned hits = judge(text, &refused);
	/* of several documents those that are good stay; `---`, `...` or a directive ends one (YAML
	 * 9) */
	bool several = slice_search(text, SLICE("---")) != SIZE_MAX ||
		       slice_search(text, SLICE("...")) != SIZE_MAX ||
		       memchr(text.at, '%', text.len);
	if (refused && !several && hits != judge(SLICE("name: none\n"), &none))
		abort();
	return 0;
}
