/*
 * tenant.c - what people do in a tenant of Microsoft 365: judged by the habits of their sign-ins,
 * whether these are told by the same tenant or by a mail host of the same people.
 */
#include "known.h"

/* Of several addresses, "a@x;b@y": is any of them not ours? */
static bool any_outside(struct facts *f, slice addresses)
{
	while (addresses.len) {
		slice one = slice_trim(slice_until(&addresses, ';'));
		size_t at = slice_search_last(one, SLICE("@"));
		slice domain = at == SIZE_MAX ? (slice){0} : slice_from(one, at + 1);
		if (domain.len && !facts_domain_is_ours(f, domain))
			return true;
	}
	return false;
}

/* A thing done for the first time, or known for a day, or since before anything could be new. */
static slice first_done(struct facts *f, slice who, slice what, int64_t now)
{
	uint64_t pair[2] = {hash_bytes(who.at, who.len), hash_bytes(what.at, what.len)};
	uint32_t first = first_notched(&f->targets, pair, now);
	bool old = first + DAY_S <= second_of(now) ||
		   first < second_of(f->since_us) + FACTS_LEARNING_DAYS * DAY_S;
	return old ? SLICE("known") : SLICE("new");
}

/* Which application opens mail, and in whose name somebody sends. */
static void state_acts(struct facts *f, struct event *e, slice account, int64_t now)
{
	slice app = event_get(e, F_APP_ID);
	char room[ACCOUNT_MOST];
	if (e->action == ACT_MAIL_ACCESS && app.len)
		event_text(e, F_APP_STATE, first_done(f, SLICE("application"), app, now));
	slice owner = facts_account_key(event_get(e, F_MAILBOX), room);
	if (e->action == ACT_MAIL_SENT && owner.len && account.len && !slice_eq(owner, account))
		event_text(e, F_TARGET_STATE, first_done(f, account, owner, now));
}

/* A record of another's mailbox opened is as much of a reading as one's own. */
void tenant_act(struct facts *f, struct event *e, slice account, const struct address *ip,
		int64_t now)
{
	if (event_get_number(e, F_SERVICE, 0))
		return;
	if (event_has(e, F_RULE_TO))
		event_number(e, F_TO_EXTERNAL, any_outside(f, e->v[F_RULE_TO].text));
	state_acts(f, e, account, now);
	if (!account.len || !ip)
		return;
	bool bind = slice_eq(event_get(e, F_MAIL_ACCESS), SLICE("bind"));
	struct who w = who_is(f, account, ip, now);
	add_reads(f, e, &w, bind ? (uint32_t)e->item_count : 0, 0);
}

/*
 * Sign-ins fail for many reasons, and most are no guess: a second factor is asked for, a session is
 * too old, a policy wants another device (learn.microsoft.com/entra/identity-platform/reference-
 * error-codes).  A record that gives no number may be a guess.
 */
bool tenant_guessed(const struct event *e)
{
	static const slice guesses[] = {
	    SLICE_INIT("50034"), /* no such account */
	    SLICE_INIT("50053"), /* locked, or from an address known for guessing */
	    SLICE_INIT("50055"), /* the right password, but expired */
	    SLICE_INIT("50056"),
	    SLICE_INIT("50057"), /* none set; account disabled */
	    SLICE_INIT("50064"),
	    SLICE_INIT("50126"), /* wrong */
	    SLICE_INIT("50144"),
	    SLICE_INIT("81016"),
	    /* the right password, stopped later: whoever has it may have guessed it */
	    SLICE_INIT("50074"),
	    SLICE_INIT("50076"),
	    SLICE_INIT("50079"),
	    SLICE_INIT("50158"),
	    SLICE_INIT("53003"),
	    SLICE_INIT("500121"),
	};
	slice error = event_get(e, F_ERROR_CODE);
	for (size_t i = 0; i < sizeof guesses / sizeof *guesses; i++)
		if (slice_eq(error, guesses[i]))
			return true;
	return error.len == 0;
}
