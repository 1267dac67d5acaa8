/* scene.c - see scene.h. */
#include "scene.h"

#include <fcntl.h>
#include <ftw.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

void scene_start(struct scene *s)
{
	*s = (struct scene){.dir = "/tmp/tocsin-mailstore-XXXXXX", .notes = {.fd = -1}};
	assert_non_null(mkdtemp(s->dir));
}

static int drop(const char *path, const struct stat *st, int type, struct FTW *at)
{
	return remove(path);
}

void scene_end(struct scene *s)
{
	nftw(s->dir, drop, 16, FTW_DEPTH | FTW_PHYS);
	out_close(&s->notes);
}

void scene_put(const struct scene *s, const char *path, slice text)
{
	char full[512];
	snprintf(full, sizeof full, "%s/%s", s->dir, path);
	for (char *p = full + strlen(s->dir) + 1; (p = strchr(p, '/')); *p++ = '/') {
		*p = 0;
		mkdir(full, 0700);
	}
	if (full[strlen(full) - 1] == '/')
		return;
	FILE *f = fopen(full, "wb");
	assert_non_null(f);
	assert_int_equal(fwrite(text.at, 1, text.len, f), text.len);
	assert_int_equal(fclose(f), 0);
}

void scene_note(void *ctx, const char *path, uint64_t line, const char *what, const char *remedy)
{
	struct scene *s = ctx;
	slice name = slice_of(path);
	if (slice_starts(name, slice_of(s->dir)))
		name = slice_from(name, strlen(s->dir) + 1);
	assert_true(remedy && *remedy);
	out_slice(&s->notes, name);
	out_format(&s->notes, ":%d: %s; %s\n", (int)line, what, remedy);
}

struct mailstore *scene_open(struct scene *s, const char *path)
{
	char full[512];
	snprintf(full, sizeof full, "%s/%s", s->dir, path);
	s->notes.len = 0;
	return mailstore_open(full, scene_note, s);
}

bool scene_noted(const struct scene *s, const char *text)
{
	slice notes = {s->notes.at, s->notes.len};
	return slice_search(notes, slice_of(text)) != SIZE_MAX;
}
