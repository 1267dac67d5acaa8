/*
 * unnamed.c - whose session ended, where the line names its account alone: "imap(ana):
 * Disconnected: Logged out in=97 out=4321", as Dovecot writes it before 2.3 or with a
 * mail_log_prefix of its own.
 *
 * Law: such an end is joined only if every session of that account and protocol that is open came
 * from one address; what it says is then likely, for one that began before the records may have
 * ended instead.  Nothing is remembered of anybody until the first such line.
 */
#include "known.h"

/* None is open for longer whose end was not lost. */
#define OPEN_US CLOCK_DAY

static bool is_dovecot(const struct event *e)
{
	return slice_eq(event_get(e, F_MODULE), SLICE("dovecot"));
}

static slice key_of(const struct event *e, uint64_t room[1])
{
	char name[ACCOUNT_MOST];
	slice protocol = event_get(e, F_PROTOCOL), host = event_get(e, F_HOST),
	      account = facts_account_key(event_get(e, F_USER), name);
	room[0] = hash_bytes(account.at, account.len);
	room[0] = room[0] * 31 + hash_bytes(protocol.at ? protocol.at : "", protocol.len);
	room[0] = room[0] * 31 + hash_bytes(host.at ? host.at : "", host.len);
	return (slice){(const char *)room, sizeof room[0]};
}

static void began(struct facts *f, const struct event *e, int64_t now)
{
	uint64_t room[1];
	bool fresh;
	struct unnamed *u = table_put(&f->unnamed, key_of(e, room), &fresh);
	slice session = event_get(e, F_SESSION);
	const struct address *ip = &e->v[F_SOURCE_IP].address;
	if (fresh || now < u->us || now - u->us > OPEN_US) /* records may be read again */
		u->open = 0;
	u->mixed = u->open && (u->mixed || !address_eq(&u->ip, ip));
	u->open++;
	u->us = now;
	u->ip = *ip;
	u->session_len = session.len <= sizeof u->session ? (uint8_t)session.len : 0;
	memcpy(u->session, session.at ? session.at : "", u->session_len);
}

static void ended(struct facts *f, struct event *e, int64_t now)
{
	uint64_t room[1];
	struct unnamed *u = table_get(&f->unnamed, key_of(e, room));
	f->unnamed_ends = true;
	if (!u || !u->open || now < u->us || now - u->us > OPEN_US)
		return;
	if (!u->mixed) {
		event_address(e, F_SOURCE_IP, u->ip);
		event_number(e, F_JOINED, 1);
	}
	if (!u->mixed && u->session_len)
		event_text(e, F_SESSION, (slice){u->session, u->session_len});
	u->open--;
}

void facts_unnamed(struct facts *f, struct event *e)
{
	int64_t now = event_get_number(e, F_TIME, CLOCK_NONE);
	if (now == CLOCK_NONE || !event_has(e, F_USER))
		return;
	if (e->action == ACT_LOGIN) {
		if (f->unnamed_ends && e->outcome == OUT_SUCCESS && event_has(e, F_SOURCE_IP) &&
		    is_dovecot(e))
			began(f, e, now);
	} else if (e->action == ACT_SESSION_END && !event_has(e, F_SESSION) &&
		   !event_has(e, F_SOURCE_IP) && is_dovecot(e)) {
		ended(f, e, now);
	}
}
