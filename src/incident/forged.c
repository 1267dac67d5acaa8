/*
 * forged.c - sign-ins whose session id says something else than their line (facts/forged.c).
 *
 * Laws: (1) such a line proves nothing: an account of which nothing else tells is possible, or
 * likely where no line of the incident is better, and then no answer is more than possible; (2) it
 * excuses nobody; (3) that lines were forged is a gap: nothing is bounded and no beginning proven
 * where they stand.
 */
#include "inquiry.h"

enum { FORGED_MOST = 4096, FORGED_TOLD = 6, LOOKED_BACK = 64 };

static slice place_key(const struct place *p, uint64_t key[2])
{
	key[0] = p->input;
	key[1] = p->offset;
	return (slice){(const char *)key, 16};
}

void forged_init(struct inquiry *q)
{
	table_init(&q->forged_at, 1, FORGED_MOST);
	table_init(&q->forged_as, 1, FORGED_MOST);
}

void forged_free(struct inquiry *q)
{
	table_free(&q->forged_at);
	table_free(&q->forged_as);
	list_free(&q->forged);
}

void saw_forged(struct inquiry *q, const struct event *e)
{
	uint64_t key[2];
	if (!slice_eq(event_get(e, F_ORPHAN), SLICE("session-id")) || !event_has(e, F_SOURCE_IP))
		return;
	const struct address *ip = &e->v[F_SOURCE_IP].address;
	table_put(&q->forged_at, place_key(&e->place, key), NULL);
	table_put(&q->forged_as, event_get(e, F_SESSION), NULL);
	table_put(&q->forged_as, (slice){(const char *)ip->b, sizeof ip->b}, NULL);
	if (q->forged.len < FORGED_MOST)
		*list_add(&q->forged) = (struct lost){
		    .from_us = e->v[F_TIME].number,
		    .count = slice_eq(event_get(e, F_REASON), SLICE("it tells of another address")),
		    .account = keep_slice(q, event_get(e, F_USER)),
		    .place = e->place};
}

bool is_forged_from(struct inquiry *q, const struct address *ip)
{
	return q->forged.len &&
	       table_get(&q->forged_as, (slice){(const char *)ip->b, sizeof ip->b});
}

bool is_forged_session(struct inquiry *q, slice id)
{
	return q->forged.len && id.len && table_get(&q->forged_as, id);
}

static bool is_among(const slice *at, size_t len, slice account)
{
	for (size_t i = 0; i < len; i++)
		if (slice_eq(at[i], account))
			return true;
	return false;
}

void see_forged(struct inquiry *q, const struct event *e, slice account)
{
	uint64_t key[2];
	struct suspect *who = NULL;
	int group = q->forged.len ? suspect_group(q, event_get_address(e, F_SOURCE_IP), account,
						  e->v[F_TIME].number, &who)
				  : -1;
	if (group < 0)
		return;
	struct group *g = &q->groups.at[group];
	bool forged = table_get(&q->forged_at, place_key(&e->place, key)) != NULL;
	g->forged_guesses += forged && e->outcome == OUT_FAILURE;
	if (e->outcome != OUT_SUCCESS)
		return;
	if (forged && !is_among(g->told.at, g->told.len, account))
		*list_add(&g->told) = keep_slice(q, account);
	if (!forged && !is_among(g->sound.at, g->sound.len, account))
		*list_add(&g->sound) = keep_slice(q, account);
}

enum certainty sureness_of_account(const struct group *g, slice account, enum certainty sure)
{
	bool told = is_among(g->told.at, g->told.len, account) &&
		    !is_among(g->sound.at, g->sound.len, account);
	if (!told)
		return sure;
	return g->sound.len ? POSSIBLE : LIKELY;
}

bool rests_on_forged(const struct group *g)
{
	return g->told.len && !g->sound.len;
}

/* Somebody may have been accused by lines that were written for it: it is said at each answer. */
void doubt_forged(struct inquiry *q, const struct group *g, struct verdict v[QUESTION_COUNT])
{
	static const enum question asked[] = {Q_HOW, Q_SINCE, Q_OPENED, Q_LEFT};
	for (size_t i = 0; rests_on_forged(g) && i < sizeof asked / sizeof *asked; i++) {
		struct verdict *doubted = &v[asked[i]];
		if (doubted->certainty > POSSIBLE)
			doubted->certainty = POSSIBLE;
		because(q, doubted,
			SLICE("every sign-in of it contradicts its own session id, as hardly "
			      "another does here: lines written to accuse the account's owner, or "
			      "a proxy that handed its own ids on"));
		would_settle(q, doubted,
			     SLICE("the journal, which names who wrote a line; a copy of the log "
				   "on another host; whether a proxy stands before the server"));
	}
}

static bool is_listed(const struct inquiry *q, size_t i)
{
	const struct lost *f = &q->forged.at[i];
	for (size_t k = i > LOOKED_BACK ? i - LOOKED_BACK : 0; k < i; k++)
		if (q->forged.at[k].count == f->count &&
		    slice_eq(q->forged.at[k].account, f->account))
			return true;
	return false;
}

/* Whose sign-ins such lines claim, those that tell of another address (`other`) or of nothing. */
static size_t claimed(struct inquiry *q, bool other, slice *who, struct gap *g)
{
	size_t n = 0, names = 0;
	for (size_t i = 0; i < q->forged.len; i++) {
		const struct lost *f = &q->forged.at[i];
		if (f->count != other)
			continue;
		g->from_us = n++ ? g->from_us : f->from_us;
		g->to_us = f->from_us;
		if (n <= CITED_MOST)
			cite(&g->evidence, &f->place);
		else
			g->evidence.more++;
		if (is_listed(q, i) || ++names > FORGED_TOLD)
			continue;
		*who = arena_format(q->keep, "%.*s%s%.*s", SAY(*who), who->len ? ", " : "",
				    SAY(f->account));
	}
	if (names > FORGED_TOLD)
		*who = arena_format(q->keep, "%.*s and %zu more", SAY(*who), names - FORGED_TOLD);
	return n;
}

void forged_gaps(struct inquiry *q)
{
	static const char *const why[] = {
	    "is none that Dovecot makes, as all others here are: written or changed by hand",
	    "tells of another address, as no other's here: changed by hand, or a proxy handed its "
	    "own on"};
	for (int other = 0; other < 2; other++) {
		struct gap g = {.kind = SLICE("tampered"),
				.state = SLICE("tampered"),
				.certainty = other ? POSSIBLE : LIKELY};
		slice who = {0};
		size_t n = claimed(q, other, &who, &g);
		if (!n)
			continue;
		g.source = SLICE("the mail log");
		g.hides = arena_format(q->keep,
				       "whether sign-ins of %.*s took place: the session id of "
				       "%.*s %s",
				       SAY(who), SAY(say_plural(q, (int64_t)n, "line", "lines")),
				       why[other]);
		g.remedy = SLICE("ship logs to another host as they are written; give the journal, "
				 "which names who wrote a line");
		*list_add(&q->report->gaps) = g;
	}
}
