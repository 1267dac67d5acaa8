/*
 * rules-examples.c - any bytes as examples beside rules.
 * Laws: what is refused is noted with its place and a remedy; what is read names a rule, has
 * records, and repeats itself within bounds.
 */
#include "cmd/cmd.h"
#include "cmd/rules_example.h"

#include <assert.h>

static int notes;

void note_line(void *ctx, const char *path, int line, const char *what, const char *remedy)
{
	assert(path && line >= 0 && *what && *remedy);
	notes++;
}

static void check_steps(const struct example_steps *steps)
{
	for (size_t i = 0; i < steps->len; i++) {
		const struct example_step *s = &steps->at[i];
		assert(s->repeat >= 1 && s->repeat <= 100000 && s->every_us >= 0);
		assert((s->log.len > 0) != (s->event_count > 0));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct examples x = {0};
	notes = 0;
	examples_read_text(&x, "fuzz.examples", (slice){(const char *)data, size});
	assert(!x.refused == !notes);
	for (size_t i = 0; i < x.list.len; i++) {
		const struct example *e = &x.list.at[i];
		assert(e->rule.len && (e->steps.len || e->recording));
		check_steps(&e->steps);
	}
	examples_free(&x);
	return 0;
}
