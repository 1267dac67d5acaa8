/*
 * sender.c - how much an account writes to the outside, against what is usual for it.
 *
 * A newsletter goes to as many as last month; who sells a taken account's name writes to people the
 * account never wrote to, many of whom do not exist.  Counters of a day end a day after it began;
 * what was most in them is usual from then on.
 */
#include "known.h"

static void most(uint32_t *usual, uint32_t *today)
{
	if (*today > *usual)
		*usual = *today;
	*today = 0;
}

static void turn_sender(struct sender *s, int64_t now)
{
	uint32_t now_s = second_of(now);
	if (now_s - s->hour_s >= HOUR_S) {
		s->hour_s = now_s;
		s->hour = 0;
	}
	if (now_s - s->day_s < DAY_S)
		return;
	s->day_s = now_s;
	s->days++;
	most(&s->day_usual, &s->day);
	most(&s->hour_usual, &s->hour_most);
	most(&s->recipients_usual, &s->recipients);
	s->strangers = s->refused = s->decided = 0;
}

static struct sender *know_sender(struct facts *f, slice account, int64_t now)
{
	bool fresh;
	struct sender *s = table_put(&f->senders, account, &fresh);
	if (fresh)
		s->day_s = s->hour_s = second_of(now);
	turn_sender(s, now);
	return s;
}

uint32_t first_notched(struct notches *m, const uint64_t pair[2], int64_t now)
{
	bool fresh;
	uint32_t *first = notches_put(m, hash_bytes(pair, 2 * sizeof *pair), &fresh);
	if (fresh)
		*first = second_of(now);
	return *first;
}

/* True if the account wrote to that address before today. */
static bool wrote_before(struct facts *f, slice account, slice to, int64_t now)
{
	char room[ACCOUNT_MOST];
	slice name = facts_account_key(to, room);
	uint64_t pair[2] = {hash_bytes(account.at, account.len), hash_bytes(name.at, name.len)};
	return first_notched(&f->recipients, pair, now) + DAY_S <= second_of(now);
}

static void count_outside(struct facts *f, struct sender *s, slice account, slice to, int64_t now)
{
	s->day++;
	s->hour++;
	s->strangers += !wrote_before(f, account, to, now);
	if (s->hour > s->hour_most)
		s->hour_most = s->hour;
}

/* "Usual" needs an earlier day on which the account wrote at all. */
static void state_sender(struct event *e, const struct sender *s)
{
	event_number(e, F_SENT_HOUR, s->hour);
	event_number(e, F_SENT_DAY, s->day);
	event_number(e, F_SENT_REFUSED, s->refused);
	if (s->days) {
		event_number(e, F_SENT_HOUR_USUAL, s->hour_usual);
		event_number(e, F_SENT_USUAL, s->day_usual);
		if (s->day)
			event_number(e, F_SENT_NEW_SHARE, (int64_t)s->strangers * 100 / s->day);
	}
	if (s->decided)
		event_number(e, F_SENT_REFUSED_SHARE, (int64_t)s->refused * 100 / s->decided);
}

void sender_delivered(struct facts *f, struct event *e, slice account, bool outside, int64_t now)
{
	slice status = event_get(e, F_SMTP_STATUS);
	bool sent = slice_eq(status, SLICE("sent")), refused = slice_eq(status, SLICE("bounced"));
	if (!account.len || (!sent && !refused))
		return; /* deferred mail has no fate yet */
	struct sender *s = know_sender(f, account, now);
	s->decided++;
	s->refused += refused;
	if (sent && outside)
		count_outside(f, s, account, event_get(e, F_TO), now);
	state_sender(e, s);
}

/* The queue manager tells of a message anew at each try: what counts is the most, once. */
void sender_queued(struct facts *f, struct event *e, slice account, int64_t now)
{
	int64_t n = event_get_number(e, F_RECIPIENTS, 0);
	if (!account.len || n <= 0)
		return;
	struct sender *s = know_sender(f, account, now);
	if (n > s->recipients)
		s->recipients = (uint32_t)(n < UINT32_MAX ? n : UINT32_MAX);
	event_text(e, F_ACCOUNT, account);
	event_number(e, F_JOINED, 1);
	if (s->days)
		event_number(e, F_RECIPIENTS_USUAL, s->recipients_usual);
}
