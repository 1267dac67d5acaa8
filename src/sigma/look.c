/* look.c - the texts of all rules in one event: see index.h. */
#include "index.h"

struct look {
	struct sigma *s;
	struct index *x;
	const char *run;
	const struct sigma_part *part;
	const char *from, *to; /* of the part at hand */
};

static void ask(struct index *x, const uint32_t *rules, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		x->asked[rules[i] / 64] |= UINT64_C(1) << rules[i] % 64;
}

static inline void leaf_seen(struct look *k, const struct ref *ref)
{
	uint64_t event = k->s->event_number;
	uint64_t *memo = &k->s->memo[ref->leaf];
	struct mark *m = &k->x->marks[ref->leaf];
	if (ref->bit != ONE_OF) {
		if (m->event != event) {
			m->event = event;
			m->seen = 0;
		}
		m->seen |= UINT64_C(1) << ref->bit;
		if (m->seen != m->full)
			return;
	}
	if (*memo == (event << 1 | 1))
		return;
	*memo = event << 1 | 1;
	m->held++;
	ask(k->x, k->x->waiting + m->waiting, m->waiting_count);
}

/* Once a part: a check takes time by its length. */
static bool holds(struct look *k, struct atom *a)
{
	uint64_t here = k->x->parts + (uint64_t)(k->from - k->run) + 1;
	slice text = {k->from, (size_t)(k->to - k->from)};
	struct sigma_value v;
	if (a->checked == here)
		return false;
	a->checked = here;
	if (a->check == CHECK_PATTERN)
		return pattern_holds(k->s, &a->test->pattern, text);
	if (a->check == CHECK_REGEX)
		return regex_holds(k->s, a->test->regex, text);
	k->s->schema->value(k->s->event, a->field, &v);
	return test_any(k->s, a->test, &v);
}

static void atom_seen(struct look *k, struct atom *a)
{
	if (a->check && !holds(k, a))
		return;
	for (uint32_t i = 0; i < a->ref_count; i++)
		leaf_seen(k, &k->x->refs[a->refs + i]);
}

static inline bool same_folded(const char *text, slice folded)
{
	for (size_t i = 0; i < folded.len; i++) {
		unsigned char c = (unsigned char)text[i];
		c = (unsigned char)(c + ((unsigned)(c - 'A') < 26) * 32);
		if ((char)c != folded.at[i])
			return false;
	}
	return true;
}

static void find_gram(struct look *k, const char *at, uint32_t hash, int field)
{
	const struct index *x = k->x;
	uint32_t key = gram_key(hash, field), end = UINT32_MAX >> x->shift;
	for (uint32_t i = key >> x->shift; x->tags[i]; i = (i + 1) & end) {
		if (x->tags[i] != key_tag(key))
			continue;
		struct atom *a = &x->atoms[x->slots[i]];
		const char *from = at - a->offset;
		if (a->key == key && (size_t)(at - k->from) >= a->offset &&
		    (size_t)(k->to - from) >= a->text.len && a->field == field &&
		    a->place == ANYWHERE && same_folded(from, a->text))
			atom_seen(k, a);
	}
}

static inline bool has_bit(const struct wants *w, uint32_t hash)
{
	uint32_t bit = hash >> w->shift;
	return w->bloom[bit / 64] >> bit % 64 & 1;
}

/* Of this field, and of keywords; `field` may be theirs. */
static __attribute__((noinline)) void follow_grams(struct look *k, const char *at, uint32_t hash,
						   int field)
{
	const struct index *x = k->x;
	if (x->keywords >= 0 && x->wants[x->keywords].bloom &&
	    has_bit(&x->wants[x->keywords], hash))
		find_gram(k, at, hash, x->keywords);
	if (field != x->keywords)
		find_gram(k, at, hash, field);
}

/* Reads beyond the part, within the run and its pad. */
static void look_anywhere(struct look *k, int field)
{
	const struct wants *w = &k->x->wants[field];
	const char *p = k->from;
	if (!(w->bits & WANTS_SHORT)) {
		for (; p + GRAM <= k->to; p++) {
			uint32_t h = gram_hash(word_half(p));
			if (has_bit(w, h))
				follow_grams(k, p, h, field);
		}
		return;
	}
	for (; p + SHORT_GRAM <= k->to; p++) {
		uint32_t word = word_half(p), h = gram_hash(word), h3 = short_hash(word);
		if (has_bit(w, h))
			follow_grams(k, p, h, field);
		if (has_bit(w, h3))
			follow_grams(k, p, h3, field);
	}
}

static void follow_ends(struct look *k, uint32_t key, int field, enum place place)
{
	const struct index *x = k->x;
	size_t len = (size_t)(k->to - k->from);
	uint32_t bit = end_bit(key), end = UINT32_MAX >> x->shift;
	if (!(x->wants[field].ends[bit / 64] >> bit % 64 & 1))
		return;
	for (uint32_t i = key >> x->shift; x->tags[i]; i = (i + 1) & end) {
		struct atom *a = &x->atoms[x->slots[i]];
		if (x->tags[i] != key_tag(key) || a->key != key || a->field != field ||
		    a->place != place || a->text.len > len ||
		    (place == WHOLE && a->text.len != len))
			continue;
		if (same_folded(place == TAIL ? k->to - a->text.len : k->from, a->text))
			atom_seen(k, a);
	}
}

static void look_whole(struct look *k, int field)
{
	size_t len = (size_t)(k->to - k->from);
	unsigned n = len < 8 ? (unsigned)len : 8;
	uint64_t word = word_load(k->to - n);
	if (n && n < 8)
		word &= UINT64_MAX >> (64 - 8 * n);
	uint32_t h = n ? end_hash(word, n, field, WHOLE) : empty_key(field);
	follow_ends(k, h, field, WHOLE);
}

static void look_ends(struct look *k, int field, uint32_t bits)
{
	size_t len = (size_t)(k->to - k->from);
	for (unsigned c = 0; c < END_LENGTHS; c++) {
		unsigned n = end_lengths[c];
		if (n > len)
			continue;
		if (bits & (uint32_t)WANTS_HEAD << c)
			follow_ends(k, end_hash(word_load(k->from), n, field, HEAD), field, HEAD);
		if (bits & (uint32_t)WANTS_TAIL << c)
			follow_ends(k, end_hash(word_load(k->to - n), n, field, TAIL), field, TAIL);
	}
}

static void look_part(struct look *k)
{
	const struct index *x = k->x;
	bool looked = false;
	int keywords = -1;
	for (uint32_t i = 0; i < k->part->field_count; i++) {
		int field = k->part->fields[i];
		if ((size_t)field >= x->fields)
			continue;
		struct wants *w = &x->wants[field];
		w->seen++;
		ask(k->x, x->present + w->rules, w->rule_count);
		if (w->bits & WANTS_WHOLE)
			look_whole(k, field);
		if (w->bits >= WANTS_HEAD)
			look_ends(k, field, w->bits);
		if (!(w->bits & WANTS_ANYWHERE))
			continue;
		if (field == x->keywords) {
			keywords = field;
		} else {
			look_anywhere(k, field);
			looked = true;
		}
	}
	if (keywords >= 0 && !looked)
		look_anywhere(k, keywords);
}

const uint64_t *index_look(struct sigma *s, const struct sigma_parts *parts)
{
	struct index *x = s->index;
	struct look k = {.s = s, .x = x, .run = parts->run.at};
	memcpy(x->asked, x->always, x->words * sizeof *x->asked);
	for (size_t i = 0; i < parts->count; i++) {
		k.part = &parts->at[i];
		k.from = k.run + k.part->from;
		k.to = k.run + k.part->to;
		look_part(&k);
	}
	x->parts += parts->run.len + 1;
	if (++x->events == x->learn_at)
		index_learn(s);
	return x->asked;
}
