/*
 * reopened.c - bounds lowered once an isolated host was opened again, as the journal of its
 * isolation tells.
 *
 * Whoever was inside before knows passwords, and tries them when doors open.  The watch lowers what
 * it tells and contains in the same days (guard/policy.c).
 */
#include "access/reopened.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

enum { WHOLE = 100 };

static void begin(struct reopened *o, slice state)
{
	if (o->state && slice_eq(slice_of(o->state), state))
		return;
	reopened_free(o);
	o->state = must_alloc(state.len + 1);
	memcpy(o->state, state.at, state.len);
	o->journal_bytes = 0;
	o->opened_us = CLOCK_NONE;
	o->complained = false;
}

/* 0: there is none, and nothing was ever isolated; -1: it is not to be seen. */
static int64_t journal_bytes(const struct reopened *o)
{
	struct stat st;
	char path[4096];
	snprintf(path, sizeof path, "%s/journal", o->state);
	if (stat(path, &st) == 0)
		return st.st_size;
	return errno == ENOENT ? 0 : -1;
}

static void complain(struct reopened *o, const char *why)
{
	if (!o->complained)
		fprintf(stderr,
			"tocsin: whether an isolation was taken back is not known, bounds stay as "
			"they are: %s (reopened: state: names the folder; this process has to be "
			"allowed to read it)\n",
			why);
	o->complained = true;
}

static void look(struct reopened *o)
{
	char why[256];
	int64_t bytes = journal_bytes(o);
	if (bytes < 0)
		complain(o, strerror(errno));
	if (bytes <= 0 || bytes == o->journal_bytes)
		return;
	o->journal_bytes = bytes;
	int64_t when;
	if (!o->opened(o->state, &when, why, sizeof why)) {
		complain(o, why);
		return;
	}
	o->opened_us = when;
	o->complained = false;
}

unsigned reopened_percent(struct reopened *o, const struct access_rules *r, int64_t now_us)
{
	begin(o, r->reopened.state);
	look(o);
	bool lowered =
	    o->opened_us != CLOCK_NONE && now_us < o->opened_us + r->reopened.days * CLOCK_DAY;
	return lowered ? r->reopened.percent : WHOLE;
}

void reopened_free(struct reopened *o)
{
	free(o->state);
	o->state = NULL;
}
