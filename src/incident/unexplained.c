/*
 * unexplained.c - webmail's sessions on the mail host, which no request explains.
 *
 * Where the log of a web server begins later, ends earlier, or is that of one of several, the mail
 * host still tells that webmail opened an intruded account.  Whose browser it was is in no record:
 * what was read then is within the upper bounds, and nothing before it is proven.
 */
#include "inquiry.h"

#define BEFORE_US (2 * CLOCK_SECOND)
#define AFTER_US  (3 * CLOCK_SECOND)
#define BACK_US   CLOCK_DAY /* as in doubt.c */
#define FAR_US    CLOCK_MINUTE

/* Apache stamps a request's beginning, nginx its end; SOGo keeps a session for many requests. */
static void explain(struct seen *s, int64_t request_us)
{
	bool begun = s->first_us < request_us + AFTER_US;
	bool over = s->ended && s->last_us < request_us - BEFORE_US;
	s->explained |= begun && !over && (s->ended || s->first_us >= request_us - FAR_US);
}

/* A request of a browser at an account: what it was shown, its own record tells. */
void saw_owner(struct inquiry *q, slice account, int64_t time_us)
{
	if (!account.len || !table_peek(&q->accounts, account))
		return;
	*(int64_t *)table_put(&q->owners, account, NULL) = time_us;
	for (size_t i = q->seen.len; i-- > 0 && q->seen.at[i]->first_us > time_us - FAR_US;)
		if (q->seen.at[i]->local && slice_eq(q->seen.at[i]->account, account))
			explain(q->seen.at[i], time_us);
}

/* When something of a session is seen: the request may stand before it. */
void explain_session(struct inquiry *q, struct seen *s)
{
	const int64_t *last = s->local ? table_get(&q->owners, s->account) : NULL;
	if (last)
		explain(s, *last);
}

bool is_unexplained_session(const struct inquiry *q, const struct group *g, const struct seen *s)
{
	bool read = s->bodies > 0 || s->body_bytes > 0 || s->opened.len || !s->ended;
	return q->web_requests && s->local && s->group < 0 && !s->explained && read &&
	       !g->known_network && slice_eq(s->protocol, SLICE("imap")) &&
	       s->first_us >= g->first_us - BACK_US && group_has_account(g, s->account);
}

const struct seen *unexplained_before(const struct inquiry *q, const struct group *g)
{
	for (size_t i = 0; i < q->seen.len; i++)
		if (is_unexplained_session(q, g, q->seen.at[i]) &&
		    q->seen.at[i]->first_us < g->first_us)
			return q->seen.at[i];
	return NULL;
}

void gap_of_unexplained(struct inquiry *q, int group)
{
	struct group *g = &q->groups.at[group];
	const struct seen *first = NULL, *last = NULL;
	size_t n = 0;
	for (size_t i = 0; i < q->seen.len; i++) {
		const struct seen *s = q->seen.at[i];
		if (!is_unexplained_session(q, g, s))
			continue;
		first = first ? first : s;
		last = s;
		n++;
	}
	if (!n)
		return;
	struct gap *gap = list_add(&g->incident->gaps);
	*gap = (struct gap){
	    .source = SLICE("requests to the webmail"),
	    .from_us = first->first_us,
	    .to_us = last->first_us > first->first_us ? last->first_us : first->first_us,
	    .kind = SLICE("missing"),
	    .hides = arena_format(
		q->keep,
		"whose browser opened %.*s through webmail: of %zu sessions on the mail host no "
		"request is told; what they read is in the upper bounds alone",
		SAY(first->account), n),
	    .remedy = SLICE("give the access log of every webmail host, for the whole time")};
	if (first->evidence.len)
		cite(&gap->evidence, &first->evidence.at[0].place);
}
