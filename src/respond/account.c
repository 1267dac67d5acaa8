/*
 * account.c - every message of an isolation by its queue id: delivered, or still there.
 *
 * Three lists of the queue (when it began, when it was taken back, now) name the messages; the logs
 * name those that came and went in between, and say of each how it left.  Without logs, one that
 * left the queue is only gone.
 */
#include "respond/plan.h"
#include "respond/queue.h"

#include "base/table.h"

#include <stdio.h>
#include <sys/statvfs.h>

const char *const fate_names[FATES] = {
    "waiting", "on-hold", "delivered", "bounced", "delivered-and-bounced", "gone"};

struct message {
	int64_t arrived_s;
	bool listed, waits, on_hold, sent, bounced, removed;
};

struct counting {
	struct table messages;
	int64_t since_us;
	struct mail_account *account;
};

/* When the first step was taken. */
static int64_t begun_us(const struct response *p)
{
	for (size_t i = 0; i < p->actions.len; i++)
		if (p->actions.at[i].begun_us != CLOCK_NONE && p->actions.at[i].begun_us > 0)
			return p->actions.at[i].begun_us;
	return p->planned_us;
}

static struct message *message_of(struct counting *c, slice id, int64_t arrived_s)
{
	bool fresh;
	struct message *m = table_put(&c->messages, id, &fresh);
	if (fresh)
		m->arrived_s = arrived_s;
	return m;
}

static void on_event(void *ctx, struct event *e)
{
	struct counting *c = ctx;
	slice id = event_get(e, F_QUEUE_ID), status = event_get(e, F_SMTP_STATUS);
	int64_t when = event_get_number(e, F_TIME, CLOCK_NONE);
	if (!id.len || when == CLOCK_NONE || when < c->since_us)
		return;
	c->account->logs_end_us = when > c->account->logs_end_us ? when : c->account->logs_end_us;
	if (e->action != ACT_SMTP_DELIVER && e->action != ACT_SMTP_REMOVE &&
	    e->action != ACT_SMTP_QUEUE)
		return;
	struct message *m = message_of(c, id, when / CLOCK_SECOND);
	m->sent |= e->action == ACT_SMTP_DELIVER && slice_eq(status, SLICE("sent"));
	m->bounced |= slice_eq(status, SLICE("bounced")) || slice_eq(status, SLICE("expired"));
	m->removed |= e->action == ACT_SMTP_REMOVE;
}

static enum fate fate_of(const struct message *m)
{
	if (m->waits)
		return m->on_hold ? FATE_ON_HOLD : FATE_WAITING;
	if (m->sent && m->bounced)
		return FATE_BOTH;
	if (m->bounced)
		return FATE_BOUNCED;
	return m->sent ? FATE_DELIVERED : FATE_GONE;
}

static bool add_list(struct counting *c, struct work *w, const char *name, size_t *n)
{
	struct queue_list l = {0};
	bool fine = queue_kept(w, name, &l);
	for (size_t i = 0; i < l.len; i++)
		message_of(c, l.at[i].id, l.at[i].arrived_s)->listed = true;
	*n = l.len;
	list_free(&l);
	return fine;
}

static bool add_now(struct counting *c, struct work *w)
{
	struct queue_list l = {0};
	bool fine = queue_read(w, &l);
	for (size_t i = 0; i < l.len; i++) {
		struct message *m = message_of(c, l.at[i].id, l.at[i].arrived_s);
		m->waits = true;
		m->on_hold = queue_is_on_hold(&l.at[i]);
	}
	list_free(&l);
	return fine;
}

static void walk_logs(struct counting *c, const char *const *paths, size_t n, input_note *note)
{
	struct street_options o = {0};
	struct street *street = street_open(paths, n, &o, note, NULL);
	street_walk(street, c->since_us, INT64_MAX, on_event, c);
	street_close(&street);
}

/* A line a message into the evidence, the counts into the journal. */
static bool write_down(struct counting *c, struct respond *r, struct work *w)
{
	struct mail_account *acc = c->account;
	struct out o = {.fd = -1}, entry = {.fd = -1};
	char hex[65];
	for (struct message *m = NULL; (m = table_next(&c->messages, m));) {
		slice id = table_key(m);
		enum fate fate = fate_of(m);
		acc->fates[fate]++;
		acc->messages++;
		out_format(&o, "%.*s %lld %s\n", (int)id.len, id.at, (long long)m->arrived_s,
			   fate_names[fate]);
	}
	struct digest d = digest_of((slice){o.at, o.len});
	digest_hex(&d, hex);
	acc->path = evidence_keep(w, QUEUE_FILE, (slice){o.at, o.len});
	out_text(&entry, "{\"incident\":");
	out_json(&entry, w->incident);
	out_format(&entry, ",\"messages\":%zu", acc->messages);
	for (size_t i = 0; i < FATES; i++)
		out_format(&entry, ",\"%s\":%zu", fate_names[i], acc->fates[i]);
	out_format(&entry, ",\"sha256\":\"%s\"}", hex);
	bool fine = acc->path.len && plan_note(r, "mail-account", (slice){entry.at, entry.len});
	out_close(&o);
	out_close(&entry);
	return fine;
}

bool respond_account(struct respond *r, const struct response *p, const char *const *logs, size_t n,
		     input_note *note, struct mail_account *acc, char *why, size_t size)
{
	struct work w = plan_work(r, p->incident, (slice){0});
	*acc = (struct mail_account){.logs_end_us = CLOCK_NONE};
	struct counting c = {.since_us = begun_us(p), .account = acc};
	table_init(&c.messages, sizeof(struct message), 0);
	bool fine = add_list(&c, &w, QUEUE_BEFORE, &acc->before) &&
		    add_list(&c, &w, QUEUE_RESTORE, &acc->at_restore);
	if (fine && n)
		walk_logs(&c, logs, n, note);
	fine = fine && add_now(&c, &w) && write_down(&c, r, &w);
	if (!fine)
		snprintf(why, size, "%s", w.why[0] ? w.why : "the journal could not be written");
	table_free(&c.messages);
	return fine;
}

bool respond_note_queue(struct respond *r, const struct response *p, char *why, size_t size)
{
	struct work w = plan_work(r, p->incident, (slice){0});
	struct queue_list l = {0};
	bool fine = queue_read(&w, &l) && queue_kept(&w, QUEUE_RESTORE, &l);
	queue_sort(&l);
	fine = fine && queue_keep(&w, QUEUE_RESTORE, &l);
	if (!fine)
		snprintf(why, size, "%s", w.why);
	list_free(&l);
	return fine;
}

/* --- how long it can go on --- */

static bool lifetimes(struct work *w, int64_t of[2])
{
	enum { DAY = 86400 };
	slice text;
	if (!main_cf_value(w, "maximal_queue_lifetime", true, &text))
		return false;
	of[0] = postfix_seconds(text, DAY);
	if (!main_cf_value(w, "bounce_queue_lifetime", true, &text))
		return false;
	of[1] = postfix_seconds(text, DAY);
	return of[0] >= 0 && of[1] >= 0;
}

static void count_kept(struct queue_state *s, const struct queue_list *l, const int64_t life[2],
		       int64_t since_us)
{
	s->first_bounce_us = s->oldest_us = CLOCK_NONE;
	for (size_t i = 0; i < l->len; i++) {
		const struct queued *m = &l->at[i];
		int64_t end = (m->arrived_s + life[m->from_daemon]) * CLOCK_SECOND;
		s->messages++;
		s->bytes += m->size;
		s->bytes_since += m->arrived_s * CLOCK_SECOND >= since_us ? m->size : 0;
		s->messages_since += m->arrived_s * CLOCK_SECOND >= since_us;
		s->on_hold += queue_is_on_hold(m);
		if (s->oldest_us == CLOCK_NONE)
			s->oldest_us = m->arrived_s * CLOCK_SECOND;
		if (!queue_is_on_hold(m) &&
		    (s->first_bounce_us == CLOCK_NONE || end < s->first_bounce_us))
			s->first_bounce_us = end;
	}
}

/* Free for Postfix, and when it is used up at the pace since the isolation began. */
static bool measure_disk(struct work *w, struct queue_state *s, int64_t since_us)
{
	struct statvfs v;
	slice folder;
	if (!main_cf_value(w, "queue_directory", true, &folder) ||
	    statvfs(arena_text(w->arena, folder), &v) != 0)
		return false;
	int64_t span = s->now_us - since_us;
	s->free_bytes = (int64_t)v.f_bavail * (int64_t)v.f_frsize;
	s->free_files = (int64_t)v.f_favail;
	s->full_us = CLOCK_NONE;
	if (span >= CLOCK_MINUTE && s->bytes_since > 0)
		s->full_us = s->now_us + (int64_t)((double)s->free_bytes / (double)s->bytes_since *
						   (double)span);
	return true;
}

bool respond_queue_state(struct respond *r, const struct response *p, struct queue_state *s,
			 char *why, size_t size)
{
	struct work w = plan_work(r, p->incident, (slice){0});
	struct queue_list l = {0};
	int64_t life[2];
	*s = (struct queue_state){.now_us = time_now_s() * CLOCK_SECOND};
	bool fine = lifetimes(&w, life) && queue_read(&w, &l);
	if (fine) {
		count_kept(s, &l, life, begun_us(p));
		s->lifetime_s = life[0];
		fine = measure_disk(&w, s, begun_us(p));
	}
	list_free(&l);
	if (!fine)
		snprintf(why, size, "%s", w.why[0] ? w.why : "Postfix does not say its lifetimes");
	return fine;
}

/* Somebody listens on port 25: mail from outside is taken. */
enum closed respond_takes_mail(struct respond *r)
{
	struct work w = plan_work(r, (slice){0}, (slice){0});
	struct ran ran = RUN(&w, "ss", "-ltnH", "sport = :25");
	if (ran.status != 0)
		return CLOSED_UNKNOWN;
	return slice_trim(ran.out).len ? CLOSED_NO : CLOSED_YES;
}
