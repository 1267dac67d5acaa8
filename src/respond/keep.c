/*
 * keep.c - mail kept in Postfix's queue, and let go in order.
 *
 * Mail that would be delivered here is sent to an LMTP socket that does not exist: each message is
 * taken from outside, made safe on disk, and waits in "deferred", whatever is tried.  Two plainer
 * ways do not keep: defer_transports, for `postqueue -f`, a cron job's say, delivers in spite of
 * it; the transport "retry", for smtpd then takes no such recipient. While mail waits nothing may
 * bounce: lifetimes are raised, soft_bounce keeps what would be returned.
 *
 * Postfix tries deferred mail in the order of its folders, which is none.  So at restore all of it
 * is put on hold first - only what lies in "deferred", for a message in "active" may be half
 * delivered and would arrive twice - then main.cf goes back, and it is let go the oldest first,
 * some hundred at a time, each lot delivered before the next: so the mailbox server is not flooded
 * either.  What tocsin put on hold is in a list on disk before it is done; what others put there
 * stays.
 */
#include "respond/pull.h"
#include "respond/queue.h"

#include <stdio.h>
#include <time.h>

enum { LOT = 200, STALLED_MS = 15000, LOOK_MS = 200, LOOKS = 25 };

/* --- patience: nothing bounces --- */

/* The longer of what is set and what is wanted. */
static bool lifetime_line(struct work *w, const char *name, struct out *lines, struct out *saved)
{
	enum { DAY = 86400 };
	slice set;
	if (!main_cf_value(w, name, true, &set))
		return false;
	int64_t now = postfix_seconds(set, DAY), wanted = postfix_seconds(w->target, DAY);
	slice value = now > wanted ? set : w->target;
	out_format(lines, "%s = %.*s\n", name, (int)value.len, value.at);
	out_format(saved, "\"%s\":", name);
	out_json(saved, set);
	return now >= 0 || work_fail(w, "%s is \"%.*s\", no time that is understood", name,
				     (int)set.len, set.at);
}

bool patience_prepare(struct work *w, struct out *saved)
{
	struct out lines = {.fd = -1};
	struct queue_list now = {0};
	out_text(saved, "{");
	bool fine = lifetime_line(w, "maximal_queue_lifetime", &lines, saved);
	out_text(saved, ",");
	fine = fine && lifetime_line(w, "bounce_queue_lifetime", &lines, saved);
	out_text(&lines, "soft_bounce = yes\ndelay_warning_time = 0h\n");
	fine = fine && queue_read(w, &now) && queue_keep(w, QUEUE_BEFORE, &now) &&
	       main_cf_prepare(w, saved, "patience", (slice){lines.at, lines.len});
	out_text(saved, "}");
	out_close(&lines);
	list_free(&now);
	return fine;
}

bool patience_apply(struct work *w)
{
	static const char *const names[] = {"maximal_queue_lifetime", "bounce_queue_lifetime",
					    "soft_bounce", "delay_warning_time", NULL};
	return main_cf_apply(w, "patience", names);
}

/* How many would be returned to their senders soon with the lifetimes of before, if their next try
 * failed. */
static size_t overdue(struct work *w, const struct queue_list *l)
{
	enum { DAY = 86400, MARGIN_PART = 5 };
	int64_t of[2] = {postfix_seconds(saved_text(w, "maximal_queue_lifetime"), DAY),
			 postfix_seconds(saved_text(w, "bounce_queue_lifetime"), DAY)};
	int64_t now = time_now_s();
	size_t n = 0;
	for (size_t i = 0; i < l->len; i++) {
		int64_t life = of[l->at[i].from_daemon];
		int64_t margin = life / MARGIN_PART < DAY ? life / MARGIN_PART : DAY;
		n += !queue_is_on_hold(&l->at[i]) && now - l->at[i].arrived_s > life - margin;
	}
	return n;
}

bool patience_undo(struct work *w)
{
	struct queue_list l = {0};
	bool fine = queue_read(w, &l);
	size_t n = fine ? overdue(w, &l) : 0;
	list_free(&l);
	if (n)
		return work_fail(
		    w,
		    "%zu messages in the queue are older than the lifetime of before "
		    "and would be returned to their senders at the next failure; "
		    "deliver them (postqueue -p names the reasons), then restore again",
		    n);
	return fine && main_cf_undo(w, "patience");
}

enum closed patience_closed(struct work *w, struct out *how)
{
	slice soft, life;
	if (!main_cf_value(w, "soft_bounce", true, &soft) ||
	    !main_cf_value(w, "maximal_queue_lifetime", true, &life))
		return CLOSED_UNKNOWN;
	out_text(how, "mail may wait for ");
	out_plain(how, life);
	out_format(how, ", soft_bounce is ");
	out_plain(how, soft);
	return slice_eq(soft, SLICE("yes")) ? CLOSED_YES : CLOSED_NO;
}

/* --- kept --- */

#define KEEPS "lmtp:unix:private/tocsin-kept"

static bool has_lmtp(struct work *w)
{
	struct ran r = RUN(w, "postconf", "-M", "lmtp/unix");
	return (r.status == 0 && slice_starts(r.out, SLICE("lmtp"))) ||
	       work_fail(w, "master.cf has no service lmtp: add \"lmtp unix - - y - - lmtp\"");
}

bool keep_prepare(struct work *w, struct out *saved)
{
	struct out lines = {.fd = -1};
	slice rest = w->target;
	while (rest.len) {
		slice name = slice_trim(slice_until(&rest, ','));
		out_format(&lines, "%.*s = " KEEPS "\n", (int)name.len, name.at);
	}
	out_text(saved, "{\"keeps\":");
	out_json(saved, w->target);
	bool fine = has_lmtp(w) && main_cf_prepare(w, saved, "keep", (slice){lines.at, lines.len});
	out_text(saved, "}");
	out_close(&lines);
	return fine;
}

bool keep_apply(struct work *w)
{
	static const char *const names[] = {"virtual_transport", "local_transport",
					    "default_transport", NULL};
	return main_cf_apply(w, "keep", names);
}

enum closed keep_closed(struct work *w, struct out *how)
{
	slice set, rest = w->target;
	while (rest.len) {
		slice name = slice_trim(slice_until(&rest, ','));
		if (!main_cf_value(w, arena_text(w->arena, name), true, &set))
			return CLOSED_UNKNOWN;
		if (slice_eq(set, SLICE(KEEPS)))
			continue;
		out_plain(how, name);
		out_text(how, " delivers: ");
		out_plain(how, set);
		return CLOSED_NO;
	}
	out_text(how, "kept in the queue");
	return CLOSED_YES;
}

/* --- let go --- */

static bool postsuper(struct work *w, const char *const *argv, const struct queue_list *l,
		      size_t from, size_t to)
{
	struct out ids = {.fd = -1};
	for (size_t i = from; i < to; i++) {
		out_slice(&ids, l->at[i].id);
		out_text(&ids, "\n");
	}
	w->why[0] = 0;
	struct ran r = run(w, argv, (slice){ids.at, ids.len});
	out_close(&ids);
	return r.status == 0 ||
	       (w->why[0] ? false
			  : work_fail(w, "postsuper: exit status %d: %.*s", r.status,
				      (int)slice_first(r.err, 300).len, r.err.at ? r.err.at : ""));
}

static int by_id(const void *a, const void *b)
{
	const struct queued *x = a, *y = b;
	return slice_compare(x->id, y->id);
}

static void pause_ms(int ms)
{
	const struct timespec t = {.tv_nsec = ms * 1000000L};
	nanosleep(&t, NULL);
}

/* One look: what lies in "deferred" is noted as ours, then put on hold.  `more`: there was some, or
 * Postfix has messages in its hands that it will put back there. */
static bool hold_deferred(struct work *w, struct queue_list *ours, bool *more)
{
	static const char *const hold[] = {"postsuper", "-h", "-", "deferred", NULL};
	struct queue_list now = {0}, waits = {0};
	bool fine = queue_read(w, &now);
	*more = false;
	for (size_t i = 0; i < now.len; i++) {
		*more = *more || !queue_is_on_hold(&now.at[i]);
		if (slice_eq(now.at[i].queue, SLICE("deferred")))
			*list_add(&waits) = *list_add(ours) = now.at[i];
	}
	fine = fine && (waits.len == 0 || (queue_keep(w, QUEUE_RELEASE, ours) &&
					   postsuper(w, hold, &waits, 0, waits.len)));
	list_free(&now);
	list_free(&waits);
	return fine;
}

/* What is on hold and ours, the oldest first. */
static bool list_ours(struct work *w, struct queue_list *ours, struct queue_list *l)
{
	struct queue_list now = {0};
	bool fine = queue_read(w, &now);
	if (ours->len)
		qsort(ours->at, ours->len, sizeof *ours->at, by_id);
	for (size_t i = 0; i < now.len; i++)
		if (queue_is_on_hold(&now.at[i]) && ours->len &&
		    bsearch(&now.at[i], ours->at, ours->len, sizeof *ours->at, by_id))
			*list_add(l) = now.at[i];
	list_free(&now);
	return fine;
}

/* All that waits is on hold when this returns true, and `l` names it.  Mail that goes on coming in
 * does not keep it busy for ever. */
static bool put_on_hold(struct work *w, struct queue_list *l)
{
	struct queue_list ours = {0};
	bool more = true, fine = queue_kept(w, QUEUE_RELEASE, &ours);
	for (int look = 0; fine && more && look < LOOKS; look++) {
		if (look)
			pause_ms(LOOK_MS);
		fine = hold_deferred(w, &ours, &more);
	}
	fine = fine && list_ours(w, &ours, l);
	list_free(&ours);
	return fine;
}

/* How many of a lot are still in the queue; SIZE_MAX: not known. */
static size_t left_of(struct work *w, const struct queued *lot, size_t n)
{
	struct queue_list now = {0};
	size_t left = 0;
	bool fine = queue_read(w, &now);
	if (now.len)
		qsort(now.at, now.len, sizeof *now.at, by_id);
	for (size_t i = 0; fine && now.len && i < n; i++)
		left += bsearch(&lot[i], now.at, now.len, sizeof *now.at, by_id) != NULL;
	list_free(&now);
	return fine ? left : SIZE_MAX;
}

/* Until a lot is delivered, or nothing of it is any more; false in that case. */
static bool wait_for_lot(struct work *w, const struct queued *lot, size_t n)
{
	size_t left = n;
	for (int still = 0; left && still < STALLED_MS; still += LOOK_MS) {
		pause_ms(LOOK_MS);
		size_t now = left_of(w, lot, n);
		still = now < left ? 0 : still;
		left = now < left ? now : left;
	}
	return left == 0;
}

/* Once a lot is stuck the others are let go without waiting: Postfix tries them in its own time. */
static bool let_go(struct work *w, const struct queue_list *l)
{
	static const char *const release[] = {"postsuper", "-H", "-", NULL};
	bool flows = true;
	for (size_t i = 0; i < l->len; i += LOT) {
		size_t n = l->len - i < LOT ? l->len - i : LOT;
		if (!postsuper(w, release, l, i, i + n) || !RUN_FINE(w, "postqueue", "-f"))
			return false;
		flows = flows && wait_for_lot(w, l->at + i, n);
	}
	return true;
}

bool keep_undo(struct work *w)
{
	struct queue_list l = {0};
	bool fine = put_on_hold(w, &l) && main_cf_undo(w, "keep") && let_go(w, &l);
	list_free(&l);
	return fine;
}
