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

/* A record of another's mailbox opened is as much of a reading as one's own. */
void tenant_act(struct facts *f, struct event *e, slice account, const struct address *ip,
		int64_t now)
{
	if (event_get_number(e, F_SERVICE, 0))
		return;
	if (event_has(e, F_RULE_TO))
		event_number(e, F_TO_EXTERNAL, any_outside(f, e->v[F_RULE_TO].text));
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
