/*
 * hits.c - what rules said on the first walk, added up, in bounded memory.
 * Laws: (1) small findings, however many somebody causes, push out none that makes an incident;
 * (2) the rule that holds the most gives way first, so a noisy one lets go of its own; (3) what is
 * let go is counted by rule.
 */
#include "inquiry.h"

#include <stdlib.h>

enum {
	KEY_MOST = ACCOUNT_MOST + 256,
	SMALL_MOST = HITS_MOST / 2,
	SPARED_MOST = 16, /* passed by before one is let go, whatever speaks for it */
};

/* What a rule holds, in the order in which it is let go. */
struct share {
	struct added_hit *first, *last;
	uint32_t held;
	int level;
	uint64_t shed;
	const char *rule_id, *title, *level_name;
};

void hits_init(struct inquiry *q)
{
	table_init(&q->hits, sizeof(struct added_hit), HITS_MOST);
	table_init(&q->shares, sizeof(struct share), 0);
	table_init(&q->named, 0, HITS_MOST);
}

void hits_free(struct inquiry *q)
{
	for (struct added_hit *a = NULL; (a = table_next(&q->hits, a));)
		free(a->words);
	table_free(&q->hits);
	table_free(&q->shares);
	table_free(&q->named);
}

static slice hit_key(const struct hit *h, char room[KEY_MOST])
{
	size_t n = 0;
	memcpy(room, &h->rule, sizeof h->rule);
	n += sizeof h->rule;
	if (h->has_source)
		memcpy(room + n, h->source.b, 16);
	else
		memset(room + n, 0, 16);
	n += 16;
	slice account = slice_first(h->account, ACCOUNT_MOST);
	const slice parts[] = {account, slice_first(h->login, 60), slice_first(h->host, 100)};
	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
		memcpy(room + n, parts[i].at ? parts[i].at : "", parts[i].len);
		n += parts[i].len;
		room[n++] = 0;
	}
	return (slice){room, n};
}

/* --- who is named by what makes an incident --- */

static slice source_key(const struct hit *h)
{
	return (slice){(const char *)h->source.b, h->has_source ? sizeof h->source.b : 0};
}

static void name_high(struct inquiry *q, const struct hit *h)
{
	const slice keys[] = {slice_first(h->account, ACCOUNT_MOST), source_key(h)};
	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
		if (keys[i].len && h->level >= LEVEL_HIGH)
			table_put(&q->named, keys[i], NULL);
}

static bool is_named(struct inquiry *q, const struct hit *h)
{
	const slice keys[] = {slice_first(h->account, ACCOUNT_MOST), source_key(h)};
	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
		if (keys[i].len && table_get(&q->named, keys[i]))
			return true;
	return false;
}

/* --- shares --- */

static bool is_small(const struct share *s)
{
	return s->level < LEVEL_HIGH;
}

/* Low findings give way before medium ones: a low one weighs as much as two of them, an
 * informational one as three. */
static uint32_t load_of(const struct share *s)
{
	return is_small(s) ? s->held * (uint32_t)(LEVEL_HIGH - s->level) : s->held;
}

static struct share *share_of(struct inquiry *q, const struct hit *h)
{
	bool fresh;
	slice key = {(const char *)&h->rule, sizeof h->rule};
	struct share *s = table_put(&q->shares, key, &fresh);
	if (fresh)
		*s = (struct share){.level = h->level,
				    .rule_id = h->rule_id,
				    .title = h->title,
				    .level_name = h->level_name};
	return s;
}

static void append(struct share *s, struct added_hit *a)
{
	a->next = NULL;
	*(s->last ? &s->last->next : &s->first) = a;
	s->last = a;
}

static struct added_hit *take_first(struct share *s)
{
	struct added_hit *a = s->first;
	s->first = a->next;
	if (!s->first)
		s->last = NULL;
	return a;
}

static struct share *heaviest(struct inquiry *q, bool small)
{
	struct share *best = small ? q->heaviest : NULL;
	for (struct share *s = NULL; !(small && q->heaviest) && (s = table_next(&q->shares, s));)
		if (s->held && is_small(s) == small && (!best || load_of(s) > load_of(best)))
			best = s;
	if (small)
		q->heaviest = best;
	return best;
}

/* The oldest goes first: what an incident rests on was mostly seen not long before it. */
static bool is_spared(struct inquiry *q, struct added_hit *a)
{
	bool again = a->again;
	a->again = false;
	return again || is_named(q, &a->hit);
}

static void let_go(struct inquiry *q, struct share *s, const struct share *for_whom)
{
	for (int i = 0; i < SPARED_MOST && is_spared(q, s->first); i++)
		append(s, take_first(s));
	struct added_hit *a = take_first(s);
	free(a->words);
	table_drop(&q->hits, a);
	s->held--;
	s->shed++;
	q->small_held -= is_small(s);
	if (s != for_whom) /* else it is about to have as many again */
		q->heaviest = NULL;
}

/* False: all there is makes incidents, and this does not. */
static bool make_room(struct inquiry *q, struct share *s)
{
	bool small = is_small(s);
	if (q->hits.len < HITS_MOST && !(small && q->small_held >= SMALL_MOST))
		return true;
	if (small && !q->small_held) {
		s->shed++;
		return false;
	}
	let_go(q, heaviest(q, q->small_held > 0), s);
	return true;
}

/* --- hits --- */

/* What may be let go again lies in no arena. */
static void keep_words(struct added_hit *a)
{
	slice *const parts[] = {&a->hit.account, &a->hit.agent, &a->hit.login, &a->hit.host};
	size_t size = 0, n = sizeof parts / sizeof *parts;
	for (size_t i = 0; i < n; i++)
		size += parts[i]->len;
	a->words = size ? must_alloc(size) : NULL;
	size = 0;
	for (size_t i = 0; i < n; i++) {
		slice s = *parts[i];
		*parts[i] = s.len ? (slice){a->words + size, s.len} : (slice){0};
		if (s.len)
			memcpy(a->words + size, s.at, s.len);
		size += s.len;
	}
}

static void add_new(struct inquiry *q, struct share *s, slice key, const struct hit *h)
{
	struct added_hit *a = table_put(&q->hits, key, NULL);
	*a = (struct added_hit){.hit = *h, .group = -1, .last_us = h->time_us};
	keep_words(a);
	append(s, a);
	s->held++;
	q->small_held += is_small(s);
	if (is_small(s) && q->heaviest && load_of(s) > load_of(q->heaviest))
		q->heaviest = s;
}

static void add_up(struct added_hit *a, const struct hit *h)
{
	a->again = true;
	a->hit.count += h->count;
	if (h->first_us < a->hit.first_us)
		a->hit.first_us = h->first_us;
	if (h->time_us > a->last_us)
		a->last_us = h->time_us;
	for (size_t i = 0; i < h->place_count && a->hit.place_count < HIT_PLACES; i++)
		a->hit.places[a->hit.place_count++] = h->places[i];
}

void inquiry_hit(struct inquiry *q, const struct hit *h)
{
	char room[KEY_MOST];
	slice key = hit_key(h, room);
	name_high(q, h);
	struct added_hit *a = table_get(&q->hits, key);
	if (a) {
		add_up(a, h);
		return;
	}
	struct share *s = share_of(q, h);
	if (make_room(q, s))
		add_new(q, s, key, h);
}

/* --- what was let go --- */

static int most_first(const void *a, const void *b)
{
	const struct shed_row *x = a, *y = b;
	if (x->count != y->count)
		return x->count > y->count ? -1 : 1;
	return slice_compare(x->rule_id, y->rule_id);
}

uint64_t tell_shed(struct inquiry *q)
{
	struct report *r = q->report;
	uint64_t sum = 0;
	for (struct share *s = NULL; (s = table_next(&q->shares, s)); sum += s->shed)
		if (s->shed)
			*list_add(&r->sheds) =
			    (struct shed_row){.rule_id = keep_slice(q, slice_of(s->rule_id)),
					      .rule_title = keep_slice(q, slice_of(s->title)),
					      .level = keep_slice(q, slice_of(s->level_name)),
					      .count = s->shed};
	if (r->sheds.len)
		qsort(r->sheds.at, r->sheds.len, sizeof *r->sheds.at, most_first);
	return sum;
}
