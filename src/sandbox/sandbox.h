/*
 * sandbox.h - what a process keeps once it reads what an intruder may have written.
 *
 *	sandbox_enter(SANDBOX_READER, SANDBOX_NOBODY, paths, n, why, sizeof why);
 *	...                                                     reads logs under `paths`
 *	sandbox_narrow(SANDBOX_ENGINE, why, sizeof why);
 *	...                                                     opens nothing any more
 *
 * Each process is a row (sandbox.c): its capabilities, whether it may write files, whether it ends
 * with its parent; which system calls it has stands in one table of them (calls.c).  What is
 * taken away does not come back.
 *
 * By seccomp(2) and libseccomp, landlock(7) of Linux 5.13 on, capabilities(7), prctl(2).
 */
#ifndef TOCSIN_SANDBOX_H
#define TOCSIN_SANDBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum sandbox_who {
	SANDBOX_READER,         /* opens logs below its paths, makes nothing of them */
	SANDBOX_SERVING_READER, /* the same, and accepts at a socket that is open */
	SANDBOX_ENGINE,         /* opens nothing: what is open is read and written */
	SANDBOX_PAINTER,        /* the same, and hands memory over by a socket that is open */
	SANDBOX_CONSOLE,        /* serves at an open socket; what it can write never runs */
	SANDBOX_TOUCHER,        /* sees which programs run, by /proc; writes to its own folder */
	SANDBOX_BLOCKER,        /* speaks with the kernel alone, by netlink */
	SANDBOX_SPEAKER,        /* speaks with other hosts */
	SANDBOX_DOORMAN,        /* answers at open sockets, keeps a file of its own */
	SANDBOX_WHO
};

enum { SANDBOX_NOBODY = 65534 };
/* As ps(1) shows it: "tocsin-NAME", 15 bytes at most. */
void sandbox_name(const char *name);
/*
 * Where this process is root it becomes `user`, else it stays who it is.  `paths`: folders, or
 * files, for then the folder that they lie in, that stay readable; "=PATH" is itself meant,
 * "+PATH" a folder for files without a name too; both may be missing.  `why` says what could not be
 * done, empty if all was.  False if it was more than Landlock, which a kernel may lack: who acts or
 * speaks does not go on then.
 */
bool sandbox_enter(enum sandbox_who who, uint32_t user, const char *const *paths, size_t n,
		   char *why, size_t size);
/* Of a reader that becomes less: files and system calls alone, it is who it is. */
bool sandbox_narrow(enum sandbox_who who, char *why, size_t size);
/* That user, if this process is root, and of its capabilities these alone. */
bool sandbox_be(uint32_t user, uint32_t capabilities);

#endif
