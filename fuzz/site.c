/*
 * site.c - any bytes as configuration of nginx and of Apache, as their dumps, and as webmail.yml.
 * Laws: blocks come in order and do not overlap; turned off and on again, a file is what it was.
 */
#include "respond/site.h"

#include <assert.h>
#include <stdlib.h>

static void off_and_on(struct work *w, slice text, site_each *each)
{
	struct site_blocks l = {0};
	slice was;
	size_t done = 0;
	site_find(each, text, SLICE("a"), &l);
	for (size_t i = 0; i < l.len; i++) {
		assert(l.at[i].open >= done && l.at[i].inside >= l.at[i].open);
		done = l.at[i].inside;
	}
	assert(done <= text.len);
	if (slice_search(text, SLICE("# tocsin contain")) != SIZE_MAX)
		site_on(w, text, &was);
	else
		assert(site_on(w, site_off(w, text, &l, SLICE("x\n"), SLICE("y\n")), &was) &&
		       slice_eq(was, text));
	list_free(&l);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena a = {0};
	struct work w = {.arena = &a};
	struct site_paths paths = {0};
	struct site_wish wish;
	slice text = {(const char *)data, size};
	off_and_on(&w, text, site_each_nginx);
	off_and_on(&w, text, site_each_apache);
	site_paths_nginx(text, &paths);
	site_paths_apache(text, &paths);
	site_read(&w, text, &wish);
	list_free(&paths);
	arena_free(&a);
	return 0;
}
