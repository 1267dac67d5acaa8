/*
 * hint.c - what facts_add() will look up for an event, asked for while others are judged.
 *
 * The tables of a busy host do not fit into the cache, and each look-up would wait for memory in
 * turn; hints wait together.  A key's place comes first, its entry next, what hangs on it last.
 */
#include "known.h"

typedef void table_hinter(const struct table *, slice);

/* Names are mostly written as they are kept. */
static void hint_account(const struct facts *f, const struct event *e, table_hinter *hint)
{
	if (event_has(e, F_USER))
		hint(&f->accounts, e->v[F_USER].text);
}

static void hint_browser(const struct facts *f, const struct event *e, table_hinter *hint)
{
	char room[24];
	const struct address *ip = event_get_address(e, F_SOURCE_IP);
	if (!ip || !event_has(e, F_WEB_TASK))
		return;
	hint(&f->browsers, browser_key(ip, (slice){0}, room));
	hint(&f->browsers, browser_key(ip, event_get(e, F_USER_AGENT), room));
}

static void hint_login(const struct facts *f, const struct event *e, table_hinter *hint)
{
	const struct address *ip = event_get_address(e, F_SOURCE_IP);
	hint_account(f, e, hint);
	if (e->outcome == OUT_FAILURE && ip)
		guess_hint(f, event_get(e, F_USER), ip, hint);
}

static void hint_keys(const struct facts *f, const struct event *e, table_hinter *hint)
{
	switch (e->action) {
	case ACT_LOGIN:
		hint_login(f, e, hint);
		break;
	case ACT_SESSION_END:
	case ACT_SMTP_CLIENT:
		hint_account(f, e, hint);
		break;
	case ACT_SMTP_MESSAGE:
		message_hint(f, e, hint);
		break;
	case ACT_HTTP:
		hint_browser(f, e, hint);
		break;
	default:
		break;
	}
}

/* The network that the account used last is most often the next one too. */
static void hint_habit(const struct facts *f, const struct event *e)
{
	bool signs =
	    e->action == ACT_LOGIN || e->action == ACT_SESSION_END || e->action == ACT_SMTP_CLIENT;
	const struct account_known *a =
	    signs && event_has(e, F_USER) ? table_peek(&f->accounts, e->v[F_USER].text) : NULL;
	if (a && a->last_habit)
		table_hint_number(&f->habits, a->last_habit - 1);
}

void facts_hint(const struct facts *f, const struct event *e, unsigned before)
{
	if (before >= 3)
		hint_keys(f, e, table_hint);
	else if (before == 2)
		hint_keys(f, e, table_hint_entry);
	else
		hint_habit(f, e);
}
