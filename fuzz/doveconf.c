/*
 * doveconf.c - any bytes as what doveconf says, as a file whose lines are put to rest, and as a
 * path. Laws: woken, a file is byte for byte what it was; a path has no variable left in it.
 */
#include "respond/rest.h"

#include <assert.h>
#include <stdlib.h>

static bool every_second(struct work *w, slice line, void *ctx)
{
	return line.len % 2 == 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena a = {0};
	struct work w = {.arena = &a};
	struct passdbs l = {0};
	slice text = {(const char *)data, size};
	doveconf_passdbs(&w, text, &l);
	for (size_t i = 0; i < l.len; i++) {
		slice path = doveconf_path(&w, l.at[i].path, SLICE("ana@example.org"));
		assert(slice_find(path, '%') == path.len);
	}
	slice rest = rest_of(&w, text, every_second, NULL);
	assert(rest_count(&w, rest, every_second, NULL) <=
	       rest_count(&w, text, every_second, NULL));
	assert(slice_eq(woken_of(&w, rest, text, every_second, NULL), text));
	free(l.at);
	arena_free(&a);
	return 0;
}
