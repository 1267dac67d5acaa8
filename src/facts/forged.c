/*
 * forged.c - lines that a hand may have written: whoever has a shell on the host, or reaches a port
 * on which syslog listens, writes into its log what he likes.
 *
 * (1) Dovecot's session id tells when and from where its client came (login-common,
 *     client_get_session_id()).  On a host whose ids do so, a line with an id that does not, or
 *     that tells of another address than the line, was written or changed by hand, or a proxy
 *     handed its own id on.  It counts all the same, for nothing is excluded by it; but it is told,
 *     and proves nothing.
 * (2) Daemons write in order of time.  A sign-in that stands among lines more than an hour younger
 *     is learnt as of those: nobody gets a past in an account by lines of today.
 * What neither tells from an honest line nothing here can: the writer of a line is known to the
 * journal alone (format/writer.c).
 */
#include "format/format.h"
#include "known.h"

#define BEHIND_US CLOCK_HOUR
/* So many in a row: the log goes on from there, as after a clock was set. */
enum { BEHIND_RUN = 20 };

/* Of a proxy, or the webmail's own host, whose id it may be. */
static bool is_relay(const struct facts *f, const struct event *e, const struct address *ip)
{
	const struct address *server = event_get_address(e, F_DESTINATION_IP);
	return address_is_private(ip) || address_is_loopback(ip) || facts_is_web_host(f, ip) ||
	       (server && address_eq(ip, server));
}

enum told { TOLD_NOTHING, TOLD_SAME, TOLD_OTHER, TOLD_NONSENSE };

/* What the session id says, beside the line's own words. */
static enum told told_by_id(const struct facts *f, const struct event *e, struct address *from)
{
	int64_t start, port;
	slice id = event_get(e, F_SESSION);
	const struct address *ip = event_get_address(e, F_SOURCE_IP);
	if (!id.len || !ip || !slice_eq(event_get(e, F_MODULE), SLICE("dovecot")))
		return TOLD_NOTHING;
	if (!dovecot_session_decode(id, e->v[F_TIME].number, &start, &port, from))
		return TOLD_NONSENSE;
	if (address_eq(from, ip))
		return TOLD_SAME;
	return is_relay(f, e, from) || is_relay(f, e, ip) ? TOLD_NOTHING : TOLD_OTHER;
}

/* Of the account as somebody's name alone: no rule is to take it for the intruder's. */
static void tell(const struct event *line, enum told what, uint32_t times, facts_emit *emit,
		 void *ctx)
{
	struct event e;
	event_make(&e);
	event_act(&e, ACT_LOG_INCONSISTENT, OUT_NONE);
	event_number(&e, F_TIME, line->v[F_TIME].number);
	event_text(&e, F_MODULE, SLICE("dovecot"));
	event_text(&e, F_ORPHAN, SLICE("session-id"));
	event_number(&e, F_ORPHAN_KEPT, times);
	event_text(&e, F_USER, event_get(line, F_ACCOUNT));
	event_text(&e, F_SESSION, line->v[F_SESSION].text);
	event_text(&e, F_REASON,
		   what == TOLD_OTHER ? SLICE("it tells of another address")
				      : SLICE("no id that Dovecot makes"));
	event_address(&e, F_SOURCE_IP, line->v[F_SOURCE_IP].address);
	if (event_has(line, F_HOST))
		event_text(&e, F_HOST, line->v[F_HOST].text);
	e.place = line->place;
	emit(ctx, &e);
}

bool tell_forged(struct facts *f, const struct event *e, struct address *from, facts_emit *emit,
		 void *ctx)
{
	enum told what = e->action == ACT_LOGIN ? told_by_id(f, e, from) : TOLD_NOTHING;
	bool bound = false;
	if (what == TOLD_SAME)
		law_kept(f, LAW_ID, e);
	else if (what != TOLD_NOTHING)
		bound = law_broken(f, LAW_ID, e);
	if (bound)
		tell(e, what, law_host(f, e)->laws[LAW_ID].kept, emit, ctx);
	return bound && what == TOLD_OTHER;
}

int64_t time_to_learn(struct facts *f, const struct event *e, int64_t now)
{
	struct order *o = &f->orders[e->place.input % ORDERS];
	if (o->input != e->place.input + 1)
		*o = (struct order){.input = e->place.input + 1, .newest_us = now};
	if (now >= o->newest_us - BEHIND_US) {
		o->newest_us = now > o->newest_us ? now : o->newest_us;
		o->behind = 0;
		return now;
	}
	if (++o->behind < BEHIND_RUN)
		return o->newest_us;
	*o = (struct order){.input = o->input, .newest_us = now};
	return now;
}
