/*
 * shell.c - an intruder on the host itself: whose sign-in it was, and IMAP sessions that came from
 * the host though no webmail request explains them.
 */
#include "inquiry.h"

/* Nobody came from there a day before: a place that people know is another's first. */
static bool is_strange(struct inquiry *q, const struct group *g, const struct shell_login *s)
{
	int64_t since = facts_network_since(q->facts, &s->ip);
	return since == CLOCK_NONE || since > g->first_finding_us - CLOCK_DAY;
}

/*
 * The last sign-in before the first file was read names the address; its first one, the way in.
 * Where several had a shell by then no record says whose it was: one from a strange place goes
 * before one from people's own, and either is possible at most.
 */
static const struct shell_login *way_in(struct inquiry *q, struct group *g)
{
	const struct shell_login *last = NULL;
	for (size_t i = 0; i < q->shells.len; i++) {
		const struct shell_login *s = &q->shells.at[i];
		if (s->time_us > g->first_finding_us + CLOCK_SECOND)
			continue;
		g->shell_unsure |= last && !address_eq(&last->ip, &s->ip);
		if (!last || is_strange(q, g, s) >= is_strange(q, g, last))
			last = s;
	}
	for (size_t i = 0; last && i < q->shells.len; i++)
		if (address_eq(&q->shells.at[i].ip, &last->ip))
			return &q->shells.at[i];
	return last;
}

static void take_logins(struct inquiry *q, struct group *g, const struct shell_login *in)
{
	g->login_us = in->time_us;
	g->login_account = in->account;
	g->login_ip = in->ip;
	g->has_login_ip = true;
	for (size_t i = 0; i < q->shells.len; i++) {
		const struct shell_login *s = &q->shells.at[i];
		if (!address_eq(&s->ip, &in->ip))
			continue;
		cite(&g->login_evidence, &s->place);
		if (g->first_us == CLOCK_NONE || s->time_us < g->first_us)
			g->first_us = s->time_us;
		if (s->time_us > g->last_us)
			g->last_us = s->time_us;
		if (s->time_us > g->last_accepted_us)
			g->last_accepted_us = s->time_us;
	}
}

enum { SECONDS_MOST = 1 << 20 }; /* twelve days of a request in each */

void saw_web_second(struct inquiry *q, int64_t now)
{
	int64_t second = now - now % CLOCK_SECOND;
	if (q->web_seconds.len && second <= q->web_seconds.at[q->web_seconds.len - 1])
		return;
	q->web_seconds_more |= q->web_seconds.len == SECONDS_MOST;
	if (!q->web_seconds_more)
		*list_add(&q->web_seconds) = second;
}

/* One that may: what was not kept may, too. */
static bool request_explains(const struct inquiry *q, const struct lost *o)
{
	size_t low = 0, high = q->web_seconds.len;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (q->web_seconds.at[middle] + CLOCK_SECOND <= o->from_us)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == q->web_seconds.len)
		return q->web_seconds_more;
	return q->web_seconds.at[low] <= o->to_us + 2 * CLOCK_SECOND;
}

/*
 * A session from the host itself whose sign-in is missing from the log, in a second without a
 * webmail request, while a shell was open: nobody but somebody on the host can have made it.
 */
static void take_orphan(struct inquiry *q, int group, const struct lost *o)
{
	struct group *g = &q->groups.at[group];
	struct seen **s = table_get(&q->sessions, o->session);
	if (!address_is_loopback(&o->ip) || o->from_us < g->first_us || request_explains(q, o))
		return;
	group_add_account(q, g, o->account);
	if (!s)
		return;
	(*s)->group = group;
	(*s)->local = false;
	(*s)->certainty = q->web_requests ? PROVEN : LIKELY;
	if ((*s)->last_us > g->last_us)
		g->last_us = (*s)->last_us;
	if ((*s)->last_us > g->last_accepted_us)
		g->last_accepted_us = (*s)->last_us;
}

void settle_shells(struct inquiry *q)
{
	for (size_t i = 0; i < q->groups.len; i++) {
		struct group *g = &q->groups.at[i];
		if (g->method != ENTRY_SHELL)
			continue;
		const struct shell_login *in = way_in(q, g);
		if (in)
			take_logins(q, g, in);
		for (size_t k = 0; k < q->orphans.len; k++)
			take_orphan(q, (int)i, &q->orphans.at[k]);
	}
}

/* A Maildir message: its unique name begins with the second of its delivery. */
bool is_mail_file(slice path)
{
	size_t at = path.len;
	while (at > 0 && path.at[at - 1] != '/')
		at--;
	slice name = slice_from(path, at);
	int64_t second;
	return slice_number(&name, &second) && second > 100000000 && name.len && name.at[0] == '.';
}
