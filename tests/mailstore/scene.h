/* scene.h - a temporary directory to lay mail in, and a list of what was noted. */
#ifndef TOCSIN_TEST_SCENE_H
#define TOCSIN_TEST_SCENE_H

#include "mailstore/mailstore.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <cmocka.h>

struct scene {
	char dir[64];
	struct out notes; /* PATH:LINE: WHAT; REMEDY, one a line, PATH without the directory */
};

void scene_start(struct scene *s);
void scene_end(struct scene *s); /* removes everything */
/* Writes `text` to PATH under the directory, making what leads there. */
void scene_put(const struct scene *s, const char *path, slice text);
struct mailstore *scene_open(struct scene *s, const char *path);
bool scene_noted(const struct scene *s, const char *text);
void scene_note(void *ctx, const char *path, uint64_t line, const char *what, const char *remedy);

#define assert_text(got, want)                                                                     \
	do {                                                                                       \
		slice got_ = (got), want_ = slice_of(want);                                        \
		if (!slice_eq(got_, want_))                                                        \
			fail_msg("%s: got \"%.*s\", want \"%s\"", #got, (int)got_.len, got_.at,    \
				 (want));                                                          \
	} while (0)

#endif
