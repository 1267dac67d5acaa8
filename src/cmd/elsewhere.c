/*
 * elsewhere.c - the commands that act, in the program that only reads logs.
 *
 * Two programs are one tocsin.  The one that people start reads and judges, and holds no code that
 * changes a host, opens a port or speaks with one: it starts in half the time, and whatever hostile
 * logs make of it, no lever lies in its memory.  For a command that acts it becomes the other one.
 */
#include "cmd.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Beside this program, as the build puts it, or as an installed tree has it; else as configured. */
static const char *const places[] = {"/tocsin-act", "/../libexec/tocsin/tocsin-act"};

static void become(const char *path, int argc, char **argv)
{
	char **words = must_alloc((size_t)(argc + 2) * sizeof *words);
	words[0] = (char[]){"tocsin"};
	memcpy(words + 1, argv, (size_t)(argc + 1) * sizeof *words);
	execv(path, words);
	free(words);
}

static int run_elsewhere(int argc, char **argv)
{
	char own[PATH_MAX], path[PATH_MAX + 64];
	ssize_t n = readlink("/proc/self/exe", own, sizeof own - 1);
	own[n > 0 ? n : 0] = '\0';
	char *name = strrchr(own, '/');
	for (size_t i = 0; name && i < sizeof places / sizeof *places; i++) {
		*name = '\0';
		snprintf(path, sizeof path, "%s%s", own, places[i]);
		become(path, argc, argv);
	}
	become(TOCSIN_ACT, argc, argv);
	snprintf(path, sizeof path, "%s cannot be started: %s", TOCSIN_ACT, strerror(errno));
	return complain(path, "it is a part of tocsin: install it again");
}

#define ELSEWHERE(name, brief)                                                                     \
	const struct command command_##name = {#name, run_elsewhere, brief, NULL, NULL, NULL};
ELSEWHERE(access, BRIEF_ACCESS)
ELSEWHERE(contain, BRIEF_CONTAIN)
ELSEWHERE(isolate, BRIEF_ISOLATE)
ELSEWHERE(restore, BRIEF_RESTORE)
ELSEWHERE(status, BRIEF_STATUS)
ELSEWHERE(watch, BRIEF_WATCH)
