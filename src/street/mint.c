/*
 * mint.c - clocks that contradict themselves.
 *
 * Honest and silent: records a quarter of an hour out of order (forwarding, access logs), the hour
 * that a clock without a zone shows twice in autumn, steps of NTP below that, letters that took a
 * while to come in.  A single letter out of step with all the others was moved or written by hand;
 * all of them out of step by the same time are a zone that was read wrong.
 */
#include "mint.h"

enum { BEHIND_LEAST = 20, KEPT_BY = 20, SHIFTED_LEAST = 3 };
#define OUT_OF_ORDER_US (15 * CLOCK_MINUTE)
#define EARLY_US        CLOCK_MINUTE     /* an id cannot be younger than its record */
#define SLOW_US         (2 * CLOCK_HOUR) /* nor, of a letter that just came in, so much older */
#define AHEAD_US        CLOCK_HOUR
#define ZONE_US         (15 * CLOCK_MINUTE) /* zones differ by so much */

static int64_t digits(slice text, const char *alphabet)
{
	int64_t value = 0, base = (int64_t)strlen(alphabet);
	for (size_t i = 0; i < text.len; i++) {
		const char *at = text.at[i] ? strchr(alphabet, text.at[i]) : NULL;
		if (!at)
			return -1;
		value = value * base + (at - alphabet);
	}
	return value;
}

static int64_t postfix_time(slice id)
{
	static const char safe[] = "0123456789BCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz";
	if (id.len < 12 || id.at[10] != 'z')
		return CLOCK_NONE;
	int64_t seconds = digits(slice_first(id, 6), safe);
	int64_t usec = digits(slice_first(slice_from(id, 6), 4), safe);
	bool fine = seconds > 0 && usec >= 0 && usec < CLOCK_SECOND &&
		    digits(slice_from(id, 11), safe) >= 0;
	return fine ? seconds * CLOCK_SECOND + usec : CLOCK_NONE;
}

static int64_t exim_time(slice id)
{
	static const char safe[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
	if (id.len < 16 || id.at[6] != '-')
		return CLOCK_NONE;
	int64_t seconds = digits(slice_first(id, 6), safe);
	return seconds > 0 ? seconds * CLOCK_SECOND : CLOCK_NONE;
}

int64_t mint_time(slice module, slice queue_id)
{
	if (slice_eq(module, SLICE("postfix")))
		return postfix_time(queue_id);
	return slice_eq(module, SLICE("exim")) ? exim_time(queue_id) : CLOCK_NONE;
}

/* A letter that just came in. */
static void compare_id(struct mint *m, const struct event *e, const struct place *p, int64_t now)
{
	int64_t made = mint_time(event_get(e, F_MODULE), event_get(e, F_QUEUE_ID));
	if (made == CLOCK_NONE)
		return;
	int64_t late = now - made;
	if (late >= -EARLY_US && late <= SLOW_US) {
		m->kept++;
		return;
	}
	if (!m->odd)
		m->shift_us = late;
	m->shifts_differ |= late - m->shift_us > ZONE_US || m->shift_us - late > ZONE_US;
	if (m->odd < MINT_ODD) {
		m->odds[m->odd].record_us = now;
		m->odds[m->odd].id_us = made;
		m->odds[m->odd].place = *p;
	}
	m->odd++;
}

static void compare_order(struct mint *m, const struct place *p, int64_t now)
{
	if (!m->newest_us || now + OUT_OF_ORDER_US >= m->newest_us) {
		if (now > m->newest_us + OUT_OF_ORDER_US) {
			m->before_us = m->newest_us;
			m->run = 0;
		}
		m->run++;
		m->newest_us = now > m->newest_us ? now : m->newest_us;
		m->behind = 0;
		return;
	}
	if (!m->behind++) {
		m->behind_at = *p;
		m->behind_us = now;
	}
	if (m->behind < BEHIND_LEAST)
		return;
	bool astray = m->run < BEHIND_LEAST && m->behind_us + OUT_OF_ORDER_US >= m->before_us;
	if (!astray && !m->back.place.length) {
		m->back.from_us = m->behind_us;
		m->back.to_us = m->newest_us;
		m->back.place = m->behind_at;
	}
	m->newest_us = now; /* it goes on from here */
	m->behind = 0;
}

void mint_record(struct mint *m, const struct event *e, const struct place *p)
{
	int64_t now = event_get_number(e, F_TIME, CLOCK_NONE);
	if (now == CLOCK_NONE || now <= 0)
		return;
	compare_order(m, p, now);
	bool came_in = e->action == ACT_SMTP_CLIENT || e->action == ACT_SMTP_PICKUP;
	if (came_in && event_has(e, F_QUEUE_ID))
		compare_id(m, e, p, now);
}

/* --- telling --- */

static struct gap *add(struct report *r, slice path, slice kind, slice state, enum certainty c)
{
	struct gap *g = list_add(&r->gaps);
	*g = (struct gap){.source = arena_copy(&r->arena, path),
			  .from_us = CLOCK_NONE,
			  .to_us = CLOCK_NONE,
			  .kind = kind,
			  .state = state,
			  .certainty = c};
	return g;
}

static void tell_odd(const struct mint *m, slice path, struct report *r)
{
	char made[CLOCK_TEXT];
	for (size_t i = 0; i < m->odd && i < MINT_ODD; i++) {
		struct gap *g = add(r, path, SLICE("tampered"), SLICE("tampered"), LIKELY);
		clock_format(m->odds[i].id_us, made);
		g->from_us = g->to_us = m->odds[i].record_us;
		g->hides = arena_format(
		    &r->arena,
		    "when a letter came in: its queue id was made at %.19s UTC, as no other's of "
		    "%llu was so far from its record: the line was moved, or written by hand",
		    made, (unsigned long long)m->kept);
		g->remedy = SLICE("ship logs to another host as they are written");
		list_add(&g->evidence)->place = m->odds[i].place;
	}
}

static void tell_shift(const struct mint *m, slice path, struct report *r)
{
	struct gap *g = add(r, path, SLICE("missing"), SLICE("clock"), LIKELY);
	g->hides = arena_format(&r->arena,
				"the true time of its records: by the queue ids of %llu letters "
				"they are read %.2f h %s",
				(unsigned long long)m->odd,
				(double)(m->shift_us < 0 ? -m->shift_us : m->shift_us) / CLOCK_HOUR,
				m->shift_us < 0 ? "too early" : "too late");
	g->remedy = SLICE("name the zone of this log: --timezone PATH=ZONE");
	list_add(&g->evidence)->place = m->odds[0].place;
}

static void tell_back(const struct mint *m, slice path, bool zoneless, struct report *r)
{
	int64_t length = m->back.to_us - m->back.from_us;
	if (!m->back.place.length || (zoneless && length <= CLOCK_HOUR + OUT_OF_ORDER_US))
		return;
	struct gap *g = add(r, path, SLICE("missing"), SLICE("clock"), POSSIBLE);
	g->from_us = m->back.from_us;
	g->to_us = m->back.to_us;
	g->hides = arena_format(&r->arena,
				"the true order of its records: their time goes back by %lld min "
				"in the file; the clock was set, or files were joined",
				(long long)(length / CLOCK_MINUTE));
	g->remedy = SLICE("let all hosts keep their time by NTP");
	list_add(&g->evidence)->place = m->back.place;
}

void mint_tell(const struct mint *m, slice path, bool zoneless, int64_t mtime_us, struct report *r)
{
	if (m->odd && m->kept >= KEPT_BY * m->odd)
		tell_odd(m, path, r);
	else if (m->odd >= SHIFTED_LEAST && !m->kept && !m->shifts_differ)
		tell_shift(m, path, r);
	tell_back(m, path, zoneless, r);
	if (mtime_us == CLOCK_NONE || !m->newest_us || m->newest_us <= mtime_us + AHEAD_US)
		return;
	struct gap *g = add(r, path, SLICE("missing"), SLICE("clock"), POSSIBLE);
	g->hides = arena_format(&r->arena,
				"the true time of its records: the last is %lld min younger than "
				"the file that holds it",
				(long long)((m->newest_us - mtime_us) / CLOCK_MINUTE));
	g->remedy = SLICE("name the zone of this log: --timezone PATH=ZONE");
}
