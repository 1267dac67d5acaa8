/* outgoing.c - mail on its way out: what suspected accounts sent, and what filters sent on. */
#include "inquiry.h"

static struct outgoing *find_outgoing(struct inquiry *q, slice id, int64_t now, bool make)
{
	bool fresh = false;
	if (!id.len)
		return NULL;
	struct outgoing **at = make ? table_put(&q->queues, id, &fresh) : table_get(&q->queues, id);
	if (!at || !fresh)
		return at ? *at : NULL;
	struct outgoing *o = arena_new(&q->own, struct outgoing);
	o->group = -1;
	o->size = UNKNOWN;
	o->time_us = now;
	*at = o;
	*list_add(&q->outgoing) = o;
	return o;
}

/* By its Message-ID, which has an @ where no queue id has one. */
struct outgoing *outgoing_named(struct inquiry *q, slice id, int64_t now)
{
	return find_outgoing(q, id, now, true);
}

static struct outgoing *queued(struct inquiry *q, const struct event *e, bool make)
{
	slice id = event_get(e, F_QUEUE_ID);
	struct outgoing *o = find_outgoing(q, id, e->v[F_TIME].number, make);
	if (o && !o->queue_id.len)
		o->queue_id = keep_slice(q, id);
	return o;
}

static void see_smtp_client(struct inquiry *q, const struct event *e, slice account)
{
	struct suspect *who = NULL;
	const struct address *ip = event_get_address(e, F_SOURCE_IP);
	if (!account.len || !ip)
		return;
	int group = suspect_group(q, ip, account, e->v[F_TIME].number, &who);
	bool local = is_local_client(q, e, ip);
	if (group < 0 && !(local && any_group_has(q, account)))
		return;
	struct outgoing *o = queued(q, e, true);
	if (!o)
		return;
	o->account = keep_slice(q, account);
	o->ip = *ip;
	o->group = group;
	o->local = local;
	cite(&o->evidence, &e->place);
	if (group < 0)
		return;
	touch_accepted(&q->groups.at[group], who, e->v[F_TIME].number);
	group_add_account(q, &q->groups.at[group], account);
	first_sign_in(q, &q->groups.at[group], e, account);
}

void see_smtp(struct inquiry *q, const struct event *e, slice account)
{
	struct outgoing *o = queued(q, e, false);
	if (!o)
		return;
	if (event_has(e, F_MESSAGE_ID) && !o->message_id.len)
		o->message_id = keep_slice(q, e->v[F_MESSAGE_ID].text);
	if (event_has(e, F_SUBJECT) && !o->subject.len)
		o->subject = keep_slice(q, e->v[F_SUBJECT].text);
	o->size = event_get_number(e, F_SIZE, o->size);
	/* what bounced, or waits, went to nobody */
	if (e->action == ACT_SMTP_DELIVER && e->outcome == OUT_SUCCESS && event_has(e, F_TO))
		*list_add(&o->to) = keep_slice(q, e->v[F_TO].text);
	if (e->action != ACT_SMTP_REMOVE && e->action != ACT_SMTP_CLIENT)
		cite(&o->evidence, &e->place);
}

void see_redirect(struct inquiry *q, const struct event *e, slice account)
{
	slice target = event_get(e, F_SIEVE_TARGET);
	if (!account.len || !target.len || !any_group_has(q, account))
		return;
	struct redirected *r = NULL;
	for (size_t i = 0; i < q->redirects.len && !r; i++)
		if (slice_eq(q->redirects.at[i].account, account) &&
		    slice_eq(q->redirects.at[i].target, target))
			r = &q->redirects.at[i];
	if (!r) {
		r = list_add(&q->redirects);
		r->account = keep_slice(q, account);
		r->target = keep_slice(q, target);
		r->first_us = e->v[F_TIME].number;
	}
	r->last_us = e->v[F_TIME].number;
	r->count++;
	cite(&r->evidence, &e->place);
}

/* Exim says all of a message in one line. */
void see_client(struct inquiry *q, const struct event *e, slice account)
{
	see_smtp_client(q, e, account);
	see_smtp(q, e, account);
}
