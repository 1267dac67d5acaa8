/* regular.h - files that are files: opened without following a link or waiting for anybody. */
#ifndef TOCSIN_REGULAR_H
#define TOCSIN_REGULAR_H

#include <stdbool.h>
#include <sys/types.h>

/* openat(2); a link in the file's place is not followed, and what is no regular file (a pipe, a
 * socket, a device, a folder) is not opened: -1 and errno, which regular_why() puts in words. */
int regular_open(int dir, const char *name, int flags, mode_t mode);
/* The same question of a path that somebody else will open; true also if nothing is there. */
bool regular_or_none(const char *path);
const char *regular_why(int error);
/* Does something else stand in the file's place? */
bool regular_bars(int error);

#endif
