/*
 * bound.c - what a session's end says when nothing names the messages: so many bodies, so many
 * bytes.
 *
 * Sizes add up exactly (body_bytes is the sum of RFC822.SIZE when whole messages were fetched), so
 * with the mail store a count and a sum can single out messages.  That is arithmetic over an
 * assumption (whole messages, each once), hence never more than likely, and only where chance would
 * not find such a sum by itself.  A message delivered after the session's end cannot have been read
 * in it and is left out.
 */
#include "inquiry.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { CANDIDATES_MOST = 250000, SINGLED_MOST = 50000, COUNT_MOST = 5000 };

struct candidates {
	const struct mail **mails;
	int64_t *sizes;
	size_t n;
	bool more; /* there are, and are not among them: no arithmetic holds of a part */
};

static bool is_inbox(slice folder)
{
	return slice_eq_nocase(folder, SLICE("INBOX"));
}

/*
 * Dovecot's POP3 counts its "+OK n octets" line with each message; Courier's two count what lies on
 * the disk, line ends of one byte (both measured).
 */
static int64_t size_in(const struct seen *s, const struct mail *m)
{
	char line[48];
	if (s->courier)
		return m->size < 0 || m->lines < 0 ? -1 : m->size - m->lines;
	int extra =
	    s->pop3 ? snprintf(line, sizeof line, "+OK %lld octets\r\n", (long long)m->size) : 0;
	return m->size < 0 ? -1 : m->size + extra;
}

static struct candidates candidates_of(struct inquiry *q, const struct seen *s, slice folder)
{
	struct candidates c = {0};
	size_t n = 0;
	const struct mail *const *all =
	    q->store ? mailstore_account(q->store, s->account, &n) : NULL;
	c.mails = must_alloc((n + 1) * sizeof *c.mails);
	c.sizes = must_alloc((n + 1) * sizeof *c.sizes);
	for (size_t i = 0; i < n; i++) {
		const struct mail *m = all[i];
		bool late =
		    m->delivered_us != CLOCK_NONE && m->delivered_us > s->last_us + CLOCK_MINUTE;
		if (late || (s->pop3 && !is_inbox(m->folder)) ||
		    (folder.len && !slice_eq(m->folder, folder)))
			continue;
		c.more = c.n == CANDIDATES_MOST;
		if (c.more)
			break;
		c.mails[c.n] = m;
		c.sizes[c.n++] = size_in(s, m);
	}
	return c;
}

static void candidates_free(struct candidates *c)
{
	free(c->mails);
	free(c->sizes);
}

/* How many sets of `count` would hit the sum by chance: sets, over the spread of their sums. */
static double chance(const struct candidates *c, size_t count)
{
	double mean = 0, square = 0, sets = 0;
	if (count == c->n)
		return 0;
	for (size_t i = 0; i < c->n; i++) {
		mean += (double)c->sizes[i];
		square += (double)c->sizes[i] * (double)c->sizes[i];
	}
	mean /= (double)c->n;
	double spread = sqrt((square / (double)c->n - mean * mean) * (double)count) * 2.5 + 1;
	sets = lgamma((double)c->n + 1) - lgamma((double)count + 1) -
	       lgamma((double)(c->n - count) + 1);
	return exp(sets) / spread;
}

static void name_one(struct inquiry *q, int group, const struct seen *s, const struct mail *m,
		     enum certainty certainty)
{
	struct access a = {
	    .account = s->account,
	    .folder = m->folder,
	    .uid = m->uid,
	    .bytes = m->size,
	    .time_us = s->last_us,
	    .kind = KIND_MESSAGE,
	    .how = HOW_BODY_COUNT,
	    .certainty = certainty,
	    .source = s->ip,
	    .has_source = s->has_ip,
	    .session = (uint32_t)s->row,
	};
	if (m->uid < 0) /* without a UID the Message-ID tells messages apart */
		a.name = m->message_id;
	add_access(q, group, &a,
		   s->evidence.len ? &s->evidence.at[s->evidence.len - 1].place : NULL);
}

static bool single_out(struct inquiry *q, int group, const struct seen *s,
		       const struct candidates *c)
{
	size_t count = (size_t)s->bodies;
	if (!c->n || s->bodies < 0 || s->body_bytes < 0 || count > c->n || count > COUNT_MOST ||
	    c->n > SINGLED_MOST)
		return false;
	for (size_t i = 0; i < c->n; i++)
		if (c->sizes[i] < 0)
			return false;
	size_t *chosen = must_alloc(count * sizeof *chosen);
	bool one = chance(c, count) < 0.01 &&
		   subset_find(c->sizes, c->n, count, s->body_bytes, chosen) == SUBSET_ONE;
	for (size_t i = 0; one && i < count; i++)
		name_one(q, group, s, c->mails[chosen[i]], LIKELY);
	free(chosen);
	return one;
}

/* No store, no mail of the account in it, or too much: the count itself is all that can be said. */
static void count_alone(struct inquiry *q, int group, const struct seen *s)
{
	struct access a = {
	    .account = s->account,
	    .uid = UNKNOWN,
	    .name = s->id,
	    .bytes = s->body_bytes,
	    .time_us = s->last_us,
	    .kind = KIND_MESSAGE,
	    .how = HOW_BODY_COUNT,
	    .certainty = POSSIBLE,
	    .source = s->ip,
	    .has_source = s->has_ip,
	    .session = (uint32_t)s->row,
	};
	struct access *got = add_access(
	    q, group, &a, s->evidence.len ? &s->evidence.at[s->evidence.len - 1].place : NULL);
	got->times = s->bodies > 0 ? (uint32_t)s->bodies : 1; /* Courier counts bytes alone */
	got->name = (slice){0};
}

/* All folders, one after the other. */
static bool whole_mailbox(struct inquiry *q, int group, const struct seen *s,
			  const struct candidates *all)
{
	int64_t bytes = 0;
	for (size_t i = 0; i < all->n; i++) {
		if (all->sizes[i] < 0)
			return false;
		bytes += all->sizes[i];
	}
	if (bytes != s->body_bytes || (s->bodies >= 0 && (uint64_t)s->bodies != all->n))
		return false;
	for (size_t i = 0; i < all->n; i++)
		name_one(q, group, s, all->mails[i], LIKELY);
	return true;
}

/* The folder all of whose messages have just this count and sum, if there is one and no other. */
static bool whole_folder(struct inquiry *q, int group, const struct seen *s,
			 const struct candidates *all)
{
	size_t begin = 0, end = 0, found = 0;
	for (size_t from = 0, to; from < all->n; from = to) {
		int64_t bytes = 0, least = 0;
		for (to = from;
		     to < all->n && slice_eq(all->mails[to]->folder, all->mails[from]->folder);
		     to++) {
			bytes += all->sizes[to];
			least = all->sizes[to] < least ? all->sizes[to] : least;
		}
		bool all_of_them = s->bodies < 0 || (int64_t)(to - from) == s->bodies;
		if (least < 0 || !all_of_them || bytes != s->body_bytes)
			continue;
		found++;
		begin = from;
		end = to;
	}
	for (size_t i = begin; found == 1 && i < end; i++)
		name_one(q, group, s, all->mails[i], LIKELY);
	return found == 1;
}

/* Any of so many may be meant: the list would say no more than the count. */
static void name_any(struct inquiry *q, int group, const struct seen *s, const struct candidates *c)
{
	for (size_t i = 0; i < c->n && c->n <= SINGLED_MOST; i++)
		name_one(q, group, s, c->mails[i], POSSIBLE);
	if (c->n > SINGLED_MOST)
		count_alone(q, group, s);
}

void bound_session(struct inquiry *q, int group, struct seen *s)
{
	struct candidates c = candidates_of(q, s, (slice){0});
	if (!c.n || c.more)
		count_alone(q, group, s);
	else if (!whole_mailbox(q, group, s, &c) && !whole_folder(q, group, s, &c) &&
		 !single_out(q, group, s, &c))
		name_any(q, group, s, &c);
	candidates_free(&c);
}
