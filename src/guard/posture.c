/*
 * posture.c - who may sign in, as the rules of tocsin access say: looked at when their file
 * changes, and shown.
 *
 * Whose the file is may change it, and nobody else but root; since when a posture holds is the time
 * of the change that brought it, which outlives a restart.  While the file is broken what stood
 * there before goes on, as it does for tocsin access.
 */
#include "access/access.h"
#include "guard/parent.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { RULES_MOST = 1 << 20, MISSING = -1 };

static void say_owner(uid_t uid, char *to, size_t size)
{
	const struct passwd *p = getpwuid(uid);
	if (p)
		snprintf(to, size, "%s", p->pw_name);
	else
		snprintf(to, size, "user %u", (unsigned)uid);
}

static void take(struct guard_status *s, const struct access_rules *r, const struct stat *st)
{
	const char *now = posture_names[r->posture];
	if (strcmp(s->posture, now) == 0 && s->posture_us != CLOCK_NONE)
		return;
	snprintf(s->posture, sizeof s->posture, "%s", now);
	say_owner(st->st_uid, s->posture_by, sizeof s->posture_by);
	s->posture_us = st->st_mtim.tv_sec * CLOCK_SECOND + st->st_mtim.tv_nsec / 1000;
}

static void read_rules(struct guard *g, int fd, const struct stat *st)
{
	struct access_rules *r = must_alloc(sizeof *r);
	char *text = must_alloc(RULES_MOST), why[512];
	ssize_t n = read(fd, text, RULES_MOST);
	if (n >= 0 && access_read(r, (slice){text, (size_t)n}, why, sizeof why))
		take(&g->status, r, st);
	else
		fprintf(stderr,
			"tocsin: %s: %s (the posture of before is shown: tocsin access check)\n",
			g->o->access, n < 0 ? strerror(errno) : why);
	access_rules_free(r);
	free(r);
	free(text);
}

void posture_look(struct guard *g)
{
	struct stat st;
	int fd = g->o->access ? open(g->o->access, O_RDONLY | O_CLOEXEC | O_NONBLOCK) : -1;
	if (fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode)) {
		int64_t changed = st.st_mtim.tv_sec * 1000000000 + st.st_mtim.tv_nsec;
		if (changed != g->posture_looked_ns)
			read_rules(g, fd, &st);
		g->posture_looked_ns = changed;
	}
	if (fd < 0 && g->o->access && g->posture_looked_ns != MISSING) {
		fprintf(stderr, "tocsin: --access %s: %s (the posture is not known)\n",
			g->o->access, strerror(errno));
		g->posture_looked_ns = MISSING;
	}
	if (fd >= 0)
		close(fd);
}
