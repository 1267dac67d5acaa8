/*
 * cut.c - connections to Postfix that outlive its reload.
 *
 * A reload lets each smtpd finish the session that it has, with the rules of before (postfix(1)):
 * an intruder who stays connected goes on sending.  ss(8) names the process of each connection;
 * only smtpd's own are ended.  The client sees a lost connection, as with any restart.
 */
#include "respond/pull.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/types.h>

bool cut_able(struct work *w)
{
	return has_program("ss") || work_fail(w, "there is no ss (package iproute2) on this host");
}

/* "203.0.113.147:51234" or "[2001:db8::1]:51234", perhaps "[::ffff:203.0.113.147]:51234". */
static bool is_target(struct work *w, slice peer)
{
	struct address a, wanted;
	for (size_t i = peer.len; i-- > 0;)
		if (peer.at[i] == ':')
			return address_parse(slice_first(peer, i), &a) &&
			       address_parse(w->target, &wanted) && address_eq(&a, &wanted);
	return false;
}

/* users:(("smtpd",pid=123,fd=9)) */
static int64_t smtpd_of(slice users)
{
	static const slice head = SLICE_INIT("users:((\"smtpd\",pid=");
	int64_t pid;
	if (!slice_starts(users, head))
		return 0;
	users = slice_from(users, head.len);
	return slice_number(&users, &pid) && pid > 1 ? pid : 0;
}

static slice next_word(slice *line)
{
	while (slice_eat(line, " "))
		;
	return slice_until(line, ' ');
}

/* The processes that serve the address: ended, if `end`; how many, or -1. */
static int serving(struct work *w, bool end)
{
	struct ran r = RUN(w, "ss", "-tnpH", "state", "established");
	slice rest = r.out;
	int n = 0;
	if (r.status != 0)
		return -1;
	while (rest.len) {
		slice line = slice_until(&rest, '\n');
		next_word(&line); /* received, sent, own address */
		next_word(&line);
		next_word(&line);
		slice peer = next_word(&line);
		int64_t pid = smtpd_of(next_word(&line));
		if (!pid || !is_target(w, peer))
			continue;
		n++;
		if (end && kill((pid_t)pid, SIGTERM) != 0 && errno != ESRCH)
			return work_fail(w, "smtpd %lld could not be ended", (long long)pid), -1;
	}
	return n;
}

bool ready_end(const struct address *source, char *why, size_t size)
{
	struct arena a = {0};
	char text[ADDRESS_TEXT];
	struct work w = {.arena = &a, .target = {text, address_format(source, text)}};
	bool fine = cut_able(&w) && cut_apply(&w);
	snprintf(why, size, "%s", w.why);
	arena_free(&a);
	return fine;
}

bool cut_apply(struct work *w)
{
	return serving(w, true) >= 0 || (w->why[0] ? false : work_fail(w, "ss gives no answer"));
}

enum closed cut_closed(struct work *w, struct out *how)
{
	int n = serving(w, false);
	if (n < 0)
		return CLOSED_UNKNOWN;
	out_format(how, "%d connection%s of this address with Postfix", n, n == 1 ? "" : "s");
	return n ? CLOSED_NO : CLOSED_YES;
}
