/* parent.c - what every file of the parent needs: its clock, names, and what a child lets go. */
#include "guard/parent.h"

#include <time.h>
#include <unistd.h>

/* Since the host started: nobody sets this clock, and it goes on while the host sleeps. */
int64_t guard_now_ms(void)
{
	struct timespec t;
	clock_gettime(CLOCK_BOOTTIME, &t);
	return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

slice guard_account(const struct guard_message *m)
{
	return (slice){m->account, m->account_len};
}

void guard_leave(struct guard *g, enum guard_child who)
{
	close(g->signals);
	const int ends[] = {g->from_engine, g->to_teller,      g->to_hand,
			    g->to_console,  g->console_listen, g->from_lister};
	for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
		if (ends[i] >= 0)
			close(ends[i]);
	for (size_t i = 0; who != CHILD_READER && i <= GUARD_SOCKETS; i++)
		if (g->sockets[i] >= 0)
			close(g->sockets[i]);
	if (who != CHILD_ENGINE && g->kept.fd >= 0)
		close(g->kept.fd);
	journal_close(&g->journal); /* with its lock */
}
