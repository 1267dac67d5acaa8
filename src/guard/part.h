/* part.h - for the files of this room alone. */
#ifndef TOCSIN_GUARD_PART_H
#define TOCSIN_GUARD_PART_H

#include "guard/guard.h"

/* engine.c: never returns. */
void engine_run(const struct guard_options *o, int to_parent) __attribute__((noreturn));

/* sandbox.c: takes from this process all that judging does not need. What the kernel cannot do is
 * in `why`, empty if all was done. */
void sandbox_enter(const char *const *paths, size_t n, char *why, size_t size);

#endif
