/*
 * graph.c - any bytes as graph.yml.
 * Laws: a refusal names a line; the token goes nowhere in clear but to this host itself.
 */
#include "respond/graph.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena a = {0};
	struct work w = {.arena = &a};
	slice base, token;
	if (!graph_read(&w, (slice){(const char *)data, size}, &base, &token))
		assert(strncmp(w.why, "line ", 5) == 0);
	else
		assert(token.len && slice_find(base, '@') == base.len &&
		       (slice_starts(base, SLICE("https://")) ||
			slice_starts(base, SLICE("http://127.0.0.1")) ||
			slice_starts(base, SLICE("http://localhost")) ||
			slice_starts(base, SLICE("http://[::1]"))));
	arena_free(&a);
	return 0;
}
