/* look.c - the texts of all rules in one event: see index.h. */
#include "index.h"

#ifdef __x86_64__
#include <immintrin.h>
#endif

/*
 * What is worth a look is gathered first, its slot and its atoms on their way from memory
 * meanwhile; then it is looked at.
 */
enum { PENDING_MOST = 128 };
struct pending {
	struct atom *atoms;
	const char *at; /* where the gram begins */
	uint32_t key, part;
	int field;
	enum place place;
};

struct look {
	struct sigma *s;
	struct index *x;
	const char *run;
	const struct sigma_parts *parts;
	const char *from, *to; /* of the part at hand */
	uint32_t part;
	uint32_t count;
	struct pending pending[PENDING_MOST];
};

static inline void part_at(struct look *k, uint32_t part)
{
	k->part = part;
	k->from = k->run + k->parts->at[part].from;
	k->to = k->run + k->parts->at[part].to;
}

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
	bool whole = true;
	if (ref->bit != ONE_OF) {
		if (m->event != event) {
			m->event = event;
			m->seen = 0;
		}
		if (m->seen == m->full)
			return;
		m->seen |= UINT64_C(1) << ref->bit;
		if (m->seen != m->full)
			return;
		whole = !k->s->all_leaves.at[ref->leaf]->partly;
	}
	if (*memo == (event << 1 | 1))
		return;
	if (whole)
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

/* ASCII letters of eight bytes in lower case. */
static inline uint64_t fold_word(uint64_t w)
{
	uint64_t low = w & ~WORD_HIGH;
	uint64_t upper = (low + WORD_EACH(0x80 - 'A')) ^ (low + WORD_EACH(0x7F - 'Z'));
	return w | (upper & ~w & WORD_HIGH) >> 2;
}

/* Both can be read for eight bytes more. */
static inline bool same_folded(const char *text, slice folded)
{
	size_t i = 0;
	for (; i + 8 <= folded.len; i += 8)
		if (fold_word(word_load(text + i)) != word_load(folded.at + i))
			return false;
	if (i == folded.len)
		return true;
	uint64_t differ = fold_word(word_load(text + i)) ^ word_load(folded.at + i);
	return differ << (64 - 8 * (folded.len - i)) == 0;
}

/* The atoms of a key, up to the first of another; NULL: there are none. */
static inline struct atom *atoms_of(const struct index *x, uint32_t key)
{
	uint32_t end = UINT32_MAX >> x->shift, i = key >> x->shift;
	while (x->slots[i].atom && x->slots[i].key != key)
		i = (i + 1) & end;
	return x->slots[i].atom ? &x->atoms[x->slots[i].atom - 1] : NULL;
}

static void see_gram(struct look *k, const struct pending *p)
{
	for (struct atom *a = p->atoms; a && a->key == p->key; a++) {
		const char *from = p->at - a->offset;
		if (p->at - k->from >= (ptrdiff_t)a->offset &&
		    k->to - from >= (ptrdiff_t)a->text.len && a->field == p->field &&
		    a->place == ANYWHERE && same_folded(from, a->text))
			atom_seen(k, a);
	}
}

static void see_end(struct look *k, const struct pending *p)
{
	size_t len = (size_t)(k->to - k->from);
	for (struct atom *a = p->atoms; a && a->key == p->key; a++) {
		if (a->field != p->field || a->place != p->place || a->text.len > len ||
		    (p->place == WHOLE && a->text.len != len))
			continue;
		if (same_folded(p->place == TAIL ? k->to - a->text.len : k->from, a->text))
			atom_seen(k, a);
	}
}

static void see_pending(struct look *k)
{
	uint32_t part = k->part;
	for (uint32_t i = 0; i < k->count; i++) {
		struct pending *p = &k->pending[i];
		p->atoms = atoms_of(k->x, p->key);
		__builtin_prefetch(p->atoms);
	}
	for (uint32_t i = 0; i < k->count; i++) {
		const struct pending *p = &k->pending[i];
		part_at(k, p->part);
		if (p->place == ANYWHERE)
			see_gram(k, p);
		else
			see_end(k, p);
	}
	k->count = 0;
	part_at(k, part);
}

static inline void put_pending(struct look *k, uint32_t key, const char *at, int field,
			       enum place place)
{
	if (k->count == PENDING_MOST)
		see_pending(k);
	__builtin_prefetch(&k->x->slots[key >> k->x->shift]);
	k->pending[k->count++] =
	    (struct pending){.at = at, .key = key, .part = k->part, .field = field, .place = place};
}

static inline bool has_bit(const struct wants *w, uint32_t hash)
{
	uint32_t bit = hash >> w->shift;
	return w->bloom[bit / 64] >> bit % 64 & 1;
}

/* Of this field, and of keywords; `field` may be theirs. */
static void follow_grams(struct look *k, const char *at, uint32_t hash, int field)
{
	const struct index *x = k->x;
	if (x->keywords >= 0 && x->wants[x->keywords].bloom &&
	    has_bit(&x->wants[x->keywords], hash))
		put_pending(k, gram_key(hash, x->keywords), at, x->keywords, ANYWHERE);
	if (field != x->keywords)
		put_pending(k, gram_key(hash, field), at, field, ANYWHERE);
}

/*
 * First which places are worth a look, without a branch, then those; reads beyond the part, within
 * the run and its pad.
 */
static inline uint32_t bits_of_block(const uint64_t *bloom, unsigned shift, const char *p,
				     bool shorts)
{
	uint32_t places = 0;
	for (unsigned half = 0; half < BLOCK_BYTES; half += 4) {
		uint64_t word = word_load(p + half) | WORD_EACH(0x20);
		for (unsigned i = half; i < half + 4; i++, word >>= 8) {
			uint32_t gram = (uint32_t)word;
			if (shorts)
				gram &= 0xFFFFFF;
			uint32_t bit = gram * (shorts ? SHORT_FACTOR : GRAM_FACTOR) >> shift;
			places |= (uint32_t)(bloom[bit / 64] >> bit % 64 & 1) << i;
		}
	}
	return places;
}

#ifdef __x86_64__
/* The same, eight places in a register. */
__attribute__((target("avx2"))) static uint32_t bits_of_eight(const uint64_t *bloom, __m128i shift,
							      const char *p, bool shorts)
{
	const __m256i windows = _mm256_setr_epi8(0, 1, 2, 3, 1, 2, 3, 4, 2, 3, 4, 5, 3, 4, 5, 6, 4,
						 5, 6, 7, 5, 6, 7, 8, 6, 7, 8, 9, 7, 8, 9, 10);
	const __m256i one = _mm256_set1_epi32(1), low = _mm256_set1_epi32(31);
	__m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)p);
	__m256i both = _mm256_broadcastsi128_si256(_mm_or_si128(bytes, _mm_set1_epi8(0x20)));
	__m256i grams = _mm256_shuffle_epi8(both, windows);
	if (shorts)
		grams = _mm256_and_si256(grams, _mm256_set1_epi32(0xFFFFFF));
	__m256i factor = _mm256_set1_epi32((int)(shorts ? SHORT_FACTOR : GRAM_FACTOR));
	__m256i bit = _mm256_srl_epi32(_mm256_mullo_epi32(grams, factor), shift);
	__m256i words =
	    _mm256_i32gather_epi32((const int *)(const void *)bloom, _mm256_srli_epi32(bit, 5), 4);
	__m256i found = _mm256_and_si256(_mm256_srlv_epi32(words, _mm256_and_si256(bit, low)), one);
	found = _mm256_slli_epi32(found, 31);
	return (uint32_t)_mm256_movemask_ps(_mm256_castsi256_ps(found));
}

__attribute__((target("avx2"))) static uint32_t bits_fast(const uint64_t *bloom, unsigned shift,
							  const char *p, bool shorts)
{
	__m128i by = _mm_cvtsi32_si128((int)shift);
	return bits_of_eight(bloom, by, p, shorts) | bits_of_eight(bloom, by, p + 8, shorts) << 8;
}
#else
#define bits_fast bits_of_block
#endif

static inline uint32_t bits_at(const struct look *k, const struct wants *w, const char *p,
			       bool shorts)
{
	return k->x->wide ? bits_fast(w->bloom, w->shift, p, shorts)
			  : bits_of_block(w->bloom, w->shift, p, shorts);
}

static inline void look_for(struct look *k, int field, const struct wants *w, bool shorts)
{
	/* not GRAM: a keyword of three bytes is a gram of four with what stands behind the value */
	for (const char *p = k->from; p + SHORT_GRAM <= k->to; p += BLOCK_BYTES) {
		uint32_t places = bits_at(k, w, p, shorts);
		if (k->to - p < BLOCK_BYTES)
			places &= (1U << (k->to - p)) - 1;
		for (; places; places &= places - 1) {
			const char *at = p + __builtin_ctz(places);
			uint32_t gram = word_half(at);
			follow_grams(k, at, shorts ? short_hash(gram) : gram_hash(gram), field);
		}
	}
}

static void look_anywhere(struct look *k, int field)
{
	const struct wants *w = &k->x->wants[field];
	look_for(k, field, w, false);
	if (w->bits & WANTS_SHORT)
		look_for(k, field, w, true);
}

static void follow_ends(struct look *k, uint32_t key, int field, enum place place)
{
	uint32_t bit = end_bit(key);
	if (k->x->wants[field].ends[bit / 64] >> bit % 64 & 1)
		put_pending(k, key, k->from, field, place);
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
	uint64_t head = word_load(k->from);
	for (uint32_t left = bits / WANTS_HEAD; left; left &= left - 1) {
		unsigned c = (unsigned)__builtin_ctz(left);
		bool tail = c >= 8;
		unsigned n = end_lengths[c % 8];
		if (n > len)
			continue;
		enum place place = tail ? TAIL : HEAD;
		uint64_t word = tail ? word_load(k->to - n) : head;
		follow_ends(k, end_hash(word, n, field, place), field, place);
	}
}

static void look_part(struct look *k)
{
	const struct index *x = k->x;
	const struct sigma_part *part = &k->parts->at[k->part];
	bool looked = false;
	int keywords = -1;
	for (uint32_t i = 0; i < part->field_count; i++) {
		int field = part->fields[i];
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
	struct look k;
	k.s = s;
	k.x = x;
	k.run = parts->run.at;
	k.parts = parts;
	k.count = 0;
	memcpy(x->asked, x->always, x->words * sizeof *x->asked);
	for (uint32_t i = 0; i < parts->count; i++) {
		part_at(&k, i);
		look_part(&k);
	}
	if (k.count)
		see_pending(&k);
	x->parts += parts->run.len + 1;
	if (++x->events == x->learn_at)
		index_learn(s);
	return x->asked;
}
