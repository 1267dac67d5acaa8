/*
 * webmail_post.c - what a webmail handed over where its URLs do not name it: a message asked for by
 * POST (Horde's dynamic and mobile views), a folder taken whole.
 *
 * The sign-in names the account, the access line the moment, the mail server what it opened there
 * and then for the webmail.  That is proof only if nobody else's browser could have asked for it.
 * Apache stamps a request's beginning, nginx its end.
 */
#include "inquiry.h"

#define BEFORE_US (2 * CLOCK_SECOND)
#define AFTER_US  (3 * CLOCK_SECOND)

static bool near(const struct request *r, int64_t when)
{
	return when >= r->time_us - BEFORE_US && when < r->time_us + AFTER_US;
}

/* Within that distance of each other two browsers may have caused the same session. */
static bool too_close(int64_t one, int64_t other)
{
	return one - other <= BEFORE_US + AFTER_US && other - one <= BEFORE_US + AFTER_US;
}

/* Another browser, of that account or of whose nobody knows. */
void saw_rival(struct inquiry *q, int64_t time_us)
{
	q->rival_us = time_us;
	for (size_t i = q->requests.len; i-- > 0;) {
		struct request *r = &q->requests.at[i];
		if (!too_close(r->time_us, time_us))
			break;
		r->crowded = true;
	}
}

bool is_crowded(const struct inquiry *q, int64_t time_us)
{
	return q->rival_us != CLOCK_NONE && too_close(q->rival_us, time_us);
}

static enum certainty certainty_of(const struct inquiry *q, const struct request *r)
{
	if (!r->account.len)
		return POSSIBLE;
	return r->stated && !r->crowded && !q->groups.at[r->group].known_network ? PROVEN : LIKELY;
}

static bool of_account(const struct seen *s, const struct request *r)
{
	return s->local && r->account.len && slice_eq(r->account, s->account);
}

static void opened_for(struct inquiry *q, const struct request *r, const struct seen *s,
		       const struct opened *o, enum access_how how)
{
	struct access a = {
	    .account = s->account,
	    .folder = o->folder,
	    .uid = o->uid,
	    .bytes = o->size,
	    .time_us = o->time_us,
	    .kind = KIND_MESSAGE,
	    .how = how,
	    .certainty = o->hint ? LIKELY : certainty_of(q, r),
	    .source = r->ip,
	    .has_source = true,
	};
	cite(&add_access(q, r->group, &a, &r->place)->evidence, &o->place);
}

/* So many bodies were read for it, and nothing names them. */
static void counted_by_post(struct inquiry *q, const struct request *r, const struct seen *s)
{
	struct access a = {
	    .account = r->account,
	    .uid = UNKNOWN,
	    .bytes = UNKNOWN,
	    .time_us = r->time_us,
	    .kind = KIND_MESSAGE,
	    .how = HOW_WEBMAIL_SHOW,
	    .certainty = r->account.len ? LIKELY : POSSIBLE,
	    .source = r->ip,
	    .has_source = true,
	};
	struct access *got = add_access(q, r->group, &a, &r->place);
	if (s && s->bodies > 1)
		got->times += (uint32_t)(s->bodies - 1);
	if (s && s->evidence.len)
		cite(&got->evidence, &s->evidence.at[s->evidence.len - 1].place);
}

/* The sessions that a request opened, each of one request alone; how many handed something over. */
void join_post(struct inquiry *q, const struct request *r)
{
	size_t found = 0;
	for (size_t i = 0; i < q->seen.len; i++) {
		struct seen *s = q->seen.at[i];
		bool mine = of_account(s, r) && s->group < 0 && near(r, s->first_us);
		if (!mine || (s->bodies <= 0 && !s->opened.len))
			continue;
		for (size_t k = 0; k < s->opened.len; k++)
			if (s->opened.at[k].kind == KIND_MESSAGE)
				opened_for(q, r, s, &s->opened.at[k], HOW_WEBMAIL_SHOW);
		if (!s->opened.len)
			counted_by_post(q, r, s);
		s->group = r->group;
		s->certainty = LIKELY;
		found++;
	}
	if (!found && slice_eq(r->action, SLICE("show")))
		counted_by_post(q, r, NULL);
}

/* What the server opened in a folder for the request that took it whole. */
void prove_folder(struct inquiry *q, const struct request *r)
{
	for (size_t i = 0; i < q->seen.len; i++) {
		struct seen *s = q->seen.at[i];
		if (!of_account(s, r) || !near(r, s->first_us))
			continue;
		for (size_t k = 0; k < s->opened.len; k++) {
			const struct opened *o = &s->opened.at[k];
			if (o->kind == KIND_MESSAGE && slice_eq(o->folder, r->folder))
				opened_for(q, r, s, o, HOW_WEBMAIL_EXPORT);
		}
		s->group = r->group;
		s->certainty = LIKELY;
	}
}
