/*
 * copy.c - messages that go out, and no copy of them comes into a folder.
 *
 * Mail programs and webmail save what they send; a script with somebody's password seldom does, as
 * the owner would read it.  Only where the store's saves are logged with their Message-ID
 * (mail_log, or the event exporter) and only of an account that has sent before: then the share of
 * its earlier messages that were saved is told with the message that was not.
 */
#include "known.h"

/* A slow line saves a large message; the save may also come before the message is sent. */
#define COPY_US (15 * CLOCK_MINUTE)

static uint64_t copy_key(slice account, slice message_id)
{
	return hash_bytes(account.at ? account.at : "", account.len) ^
	       hash_bytes(message_id.at, message_id.len);
}

/* A save by the account itself; what the delivery agent lays down is no copy. */
void copy_saved(struct facts *f, const struct event *e, slice account, int64_t now)
{
	slice id = event_get(e, F_MESSAGE_ID);
	if (!account.len || !id.len || !slice_eq(event_get(e, F_PROTOCOL), SLICE("imap")))
		return;
	uint64_t key = copy_key(account, id);
	int64_t *when = table_put(&f->copies, (slice){(const char *)&key, sizeof key}, NULL);
	*when = now;
}

void copy_sent(struct facts *f, const struct event *e, int64_t now)
{
	slice queue = event_get(e, F_QUEUE_ID), id = event_get(e, F_MESSAGE_ID);
	const struct queued *q = queue.len && id.len ? table_get(&f->queues, queue) : NULL;
	if (!q || f->unfiled_count == UNFILED_MOST)
		return; /* too many at once: those are not judged */
	struct unfiled *u = &f->unfiled[(f->unfiled_at + f->unfiled_count++) % UNFILED_MOST];
	*u = (struct unfiled){.us = now,
			      .key = copy_key(name_of(&q->account), id),
			      .account = q->account,
			      .ip = q->ip,
			      .place = e->place};
	name_keep(&u->queue_id, queue);
}

static void tell(const struct unfiled *u, const struct sender *s, facts_emit *emit, void *ctx)
{
	struct event e;
	uint32_t all = s->copies + s->unfiled;
	event_make(&e);
	event_act(&e, ACT_MAIL_UNFILED, OUT_NONE);
	event_number(&e, F_TIME, u->us);
	event_text(&e, F_MODULE, SLICE("postfix"));
	event_text(&e, F_USER, name_of(&u->account));
	event_text(&e, F_ACCOUNT, name_of(&u->account));
	event_text(&e, F_QUEUE_ID, name_of(&u->queue_id));
	if (!address_is_loopback(&u->ip))
		event_address(&e, F_SOURCE_IP, u->ip);
	event_number(&e, F_SENT_COPIES, (int64_t)s->copies * 100 / all);
	event_number(&e, F_SENT_COPIES_OF, all);
	e.place = u->place;
	emit(ctx, &e);
}

/* Without any copy before, nothing tells that this account's are logged at all. */
static void judge(struct facts *f, const struct unfiled *u, facts_emit *emit, void *ctx)
{
	bool saved = table_remove(&f->copies, (slice){(const char *)&u->key, sizeof u->key});
	struct sender *s = table_put(&f->senders, name_of(&u->account), NULL);
	if (!saved && s->copies)
		tell(u, s, emit, ctx);
	s->copies += saved;
	s->unfiled += !saved;
}

void copies_judge(struct facts *f, int64_t now, facts_emit *emit, void *ctx)
{
	while (f->unfiled_count && now - f->unfiled[f->unfiled_at].us > COPY_US) {
		struct unfiled u = f->unfiled[f->unfiled_at];
		f->unfiled_at = (f->unfiled_at + 1) % UNFILED_MOST;
		f->unfiled_count--;
		judge(f, &u, emit, ctx);
	}
}
