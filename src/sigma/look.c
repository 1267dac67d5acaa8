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
/* Events of which leaves are counted: the first ones, then some. */
enum { COUNT_ALL = 512, COUNT_EACH = 8 };
/* Blocks of a value that are looked at in one go. */
enum { BLOCKS_MOST = 64 };
struct pending {
	struct atom *atoms;
	const char *at; /* where the gram begins */
	uint32_t key, part;
	int field;
	uint8_t place;
	bool note; /* what is seen there is noted: see remember.c */
};

struct look {
	struct sigma *s;
	struct index *x;
	const char *run;
	const struct sigma_parts *parts;
	const char *from, *to; /* of the part at hand */
	uint32_t part;
	uint32_t first; /* of a row of parts that only keywords ask for, and is not looked at yet */
	uint32_t last;  /* behind the parts that are being looked at */
	bool keywords;  /* they are looked for in these */
	bool note;      /* what is seen in the part at hand is noted */
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

/* Were all of its tests, now that this one is? */
static bool all_seen(const struct look *k, struct mark *m, uint32_t test)
{
	uint64_t event = k->s->event_number;
	if (m->event != event) {
		m->event = event;
		m->seen = 0;
	}
	m->seen |= UINT64_C(1) << test;
	return m->seen == m->full;
}

static inline void leaf_seen(struct look *k, const struct ref *ref)
{
	struct index *x = k->x;
	struct mark *m = &x->marks[ref->leaf];
	uint64_t bit = UINT64_C(1) << ref->leaf % 64, *seen = &x->seen[ref->leaf / 64];
	if (*seen & bit || (ref->bit != ONE_OF && !all_seen(k, m, ref->bit)))
		return;
	*seen |= bit;
	if (x->counting)
		m->held++;
	if (x->waited[ref->leaf / 64] & bit)
		ask(x, x->waiting + m->waiting, m->waiting_count);
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
	k->s->schema->value(k->s->event, a->field, &v);
	return test_any(k->s, a->test, &v);
}

static void atom_seen(struct look *k, struct atom *a, bool note)
{
	if (note && a->check == CHECK_VALUE)
		memory_note_change(k->x, k->part);
	if (a->check && !holds(k, a))
		return;
	const struct ref *refs = &k->x->refs[a->refs];
	for (uint32_t i = 0; i < a->ref_count; i++)
		leaf_seen(k, &refs[i]);
	if (note)
		memory_note(k->x, k->part, refs, a->ref_count);
}

/* Both can be read for eight bytes more. */
static inline bool same_folded(const char *text, slice folded)
{
	size_t i = 0;
	for (; i + 8 <= folded.len; i += 8)
		if (word_fold(word_load(text + i)) != word_load(folded.at + i))
			return false;
	if (i == folded.len)
		return true;
	uint64_t differ = word_fold(word_load(text + i)) ^ word_load(folded.at + i);
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
	for (struct atom *a = p->atoms; a->key == p->key; a++) {
		const char *from = p->at - a->offset;
		if (p->at - k->from >= (ptrdiff_t)a->offset &&
		    k->to - from >= (ptrdiff_t)a->text.len && a->field == p->field &&
		    a->place == ANYWHERE && same_folded(from, a->text))
			atom_seen(k, a, p->note);
	}
}

static void see_end(struct look *k, const struct pending *p)
{
	size_t len = (size_t)(k->to - k->from);
	for (struct atom *a = p->atoms; a->key == p->key; a++) {
		if (a->field != p->field || a->place != p->place || a->text.len > len ||
		    (p->place == WHOLE && a->text.len != len))
			continue;
		if (same_folded(p->place == TAIL ? k->to - a->text.len : k->from, a->text))
			atom_seen(k, a, p->note);
	}
}

static void see_pending(struct look *k)
{
	uint32_t part = k->part, count = 0;
	for (uint32_t i = 0; i < k->count; i++) {
		struct atom *atoms = atoms_of(k->x, k->pending[i].key);
		__builtin_prefetch(atoms);
		k->pending[count] = k->pending[i];
		k->pending[count].atoms = atoms;
		count += atoms != NULL;
	}
	for (uint32_t i = 0; i < count; i++) {
		__builtin_prefetch(k->pending[i].atoms->text.at);
		__builtin_prefetch(&k->x->refs[k->pending[i].atoms->refs]);
	}
	for (uint32_t i = 0; i < count; i++) {
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
	k->pending[k->count++] = (struct pending){.at = at,
						  .key = key,
						  .part = k->part,
						  .field = field,
						  .place = (uint8_t)place,
						  .note = k->note};
}

static inline bool has_bit(const struct wants *w, uint32_t hash)
{
	uint32_t word, bits = bloom_bits(w, hash, &word);
	return (w->bloom[word] & bits) == bits;
}

/* Of this field, and of keywords; `field` may be theirs. */
static void follow_grams(struct look *k, const char *at, uint32_t hash, int field)
{
	const struct index *x = k->x;
	if (k->keywords && x->wants[x->keywords].bloom && has_bit(&x->wants[x->keywords], hash))
		put_pending(k, gram_key(hash, x->keywords), at, x->keywords, ANYWHERE);
	if (field != x->keywords)
		put_pending(k, gram_key(hash, field), at, field, ANYWHERE);
}

/*
 * First which places are worth a look, without a branch, then those: a mask of each block.  Reads
 * beyond the part, within the run and its pad.
 */
static void masks_plain(const struct wants *w, const char *p, size_t blocks, bool shorts,
			uint16_t *masks)
{
	for (size_t b = 0; b < blocks; b++) {
		uint32_t places = 0;
		for (unsigned i = 0; i < BLOCK_BYTES; i++) {
			uint32_t gram = word_half(p + b * BLOCK_BYTES + i);
			bool is = has_bit(w, shorts ? short_hash(gram) : gram_hash(gram));
			places |= (uint32_t)is << i;
		}
		masks[b] = (uint16_t)places;
	}
}

#ifdef __x86_64__
#define WITH_AVX2 __attribute__((target("avx2")))

/* Eight places in a register. */
WITH_AVX2 static inline uint32_t mask_of_eight(const struct wants *w, __m256i both, __m256i factor,
					       __m256i keep)
{
	const __m256i windows = _mm256_setr_epi8(0, 1, 2, 3, 1, 2, 3, 4, 2, 3, 4, 5, 3, 4, 5, 6, 4,
						 5, 6, 7, 5, 6, 7, 8, 6, 7, 8, 9, 7, 8, 9, 10);
	const __m256i low = _mm256_set1_epi32(31);
	const int *bloom = (const int *)(const void *)w->bloom;
	__m256i grams = _mm256_and_si256(_mm256_shuffle_epi8(both, windows), keep);
	__m256i hash = _mm256_mullo_epi32(grams, factor);
	__m256i bit = _mm256_srl_epi32(hash, _mm_cvtsi32_si128((int)w->shift));
	__m256i more = _mm256_srl_epi32(hash, _mm_cvtsi32_si128((int)w->shift - 5));
	__m256i words = _mm256_i32gather_epi32(bloom, _mm256_srli_epi32(bit, 5), 4);
	/* the bit that is meant becomes the sign */
	__m256i one = _mm256_sllv_epi32(words, _mm256_andnot_si256(bit, low));
	__m256i two = _mm256_sllv_epi32(words, _mm256_andnot_si256(more, low));
	return (uint32_t)_mm256_movemask_ps(_mm256_castsi256_ps(_mm256_and_si256(one, two)));
}

WITH_AVX2 static void masks_wide(const struct wants *w, const char *p, size_t blocks, bool shorts,
				 uint16_t *masks)
{
	const __m256i factor = _mm256_set1_epi32((int)(shorts ? SHORT_FACTOR : GRAM_FACTOR));
	const __m256i keep = _mm256_set1_epi32(shorts ? 0xFFFFFF : -1);
	const __m256i fold = _mm256_set1_epi8(0x20);
	for (size_t b = 0; b < blocks; b++, p += BLOCK_BYTES) {
		const __m128i *at = (const __m128i *)(const void *)p;
		const __m128i *behind = (const __m128i *)(const void *)(p + BLOCK_BYTES / 2);
		__m256i first = _mm256_broadcastsi128_si256(_mm_loadu_si128(at));
		__m256i second = _mm256_broadcastsi128_si256(_mm_loadu_si128(behind));
		uint32_t low = mask_of_eight(w, _mm256_or_si256(first, fold), factor, keep);
		uint32_t high = mask_of_eight(w, _mm256_or_si256(second, fold), factor, keep);
		masks[b] = (uint16_t)(low | high << BLOCK_BYTES / 2);
	}
}
#else
#define masks_wide masks_plain
#endif

/* Of bytes of one value, or (keywords) of several: the part is the one in which a place lies. */
static void look_bytes(struct look *k, const char *from, const char *to, int field, bool shorts)
{
	const struct wants *w = &k->x->wants[field];
	uint16_t masks[BLOCKS_MOST];
	size_t blocks = ((size_t)(to - from) + BLOCK_BYTES - 1) / BLOCK_BYTES;
	if (k->x->wide)
		masks_wide(w, from, blocks, shorts, masks);
	else
		masks_plain(w, from, blocks, shorts, masks);
	for (size_t b = 0; b < blocks; b++) {
		const char *p = from + b * BLOCK_BYTES;
		uint32_t places = masks[b];
		if (to - p < BLOCK_BYTES)
			places &= (1U << (to - p)) - 1;
		for (; places; places &= places - 1) {
			const char *at = p + __builtin_ctz(places);
			uint32_t gram = word_half(at);
			while (at >= k->to && k->part + 1 < k->last)
				part_at(k, k->part + 1);
			follow_grams(k, at, shorts ? short_hash(gram) : gram_hash(gram), field);
		}
	}
}

static void look_for(struct look *k, const char *to, int field, bool shorts)
{
	enum { STRIDE = BLOCKS_MOST * BLOCK_BYTES };
	for (const char *p = k->from; p + SHORT_GRAM <= to; p += STRIDE)
		look_bytes(k, p, to - p < STRIDE ? to : p + STRIDE, field, shorts);
}

/* Parts that only keywords ask for, up to this one. */
static void look_keywords(struct look *k, uint32_t last)
{
	if (k->first == last)
		return;
	const char *to = k->run + k->parts->at[last - 1].to;
	k->last = last;
	k->keywords = true;
	part_at(k, k->first);
	look_for(k, to, k->x->keywords, false);
}

static void look_anywhere(struct look *k, int field)
{
	look_for(k, k->to, field, false);
	if (k->x->wants[field].bits & WANTS_SHORT)
		look_for(k, k->to, field, true);
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

/* What stands at ends. */
static void look_field(struct look *k, int field)
{
	const struct wants *w = &k->x->wants[field];
	if (w->bits & WANTS_WHOLE)
		look_whole(k, field);
	if (w->bits >= WANTS_HEAD)
		look_ends(k, field, w->bits);
}

/* What is asked of a part. */
struct asked {
	uint64_t hash;  /* of a value that may be known */
	uint32_t bits;  /* by all fields but keywords */
	bool keywords;  /* they are looked for in it */
	bool is_wanted; /* more than keywords are */
};

/* Who waits for the fields of the part is told that they are there. */
static struct asked ask_fields(struct look *k, uint32_t number)
{
	struct index *x = k->x;
	const struct sigma_part *part = &k->parts->at[number];
	struct asked a = {0, 0, false, false};
	for (uint32_t i = 0; i < part->field_count; i++) {
		int field = part->fields[i];
		if ((size_t)field >= x->fields)
			continue;
		struct wants *w = &x->wants[field];
		if (x->counting)
			w->seen++;
		if (w->rule_count)
			ask(x, x->present + w->rules, w->rule_count);
		if (field == x->keywords)
			a.keywords = w->bits & WANTS_ANYWHERE;
		else
			a.bits |= w->bits;
		a.is_wanted |= (w->bits & ~(field == x->keywords ? WANTS_ANYWHERE : 0U)) != 0;
	}
	a.hash = a.is_wanted ? memory_hash(x, k->parts, number) : 0;
	return a;
}

static void look_at_part(struct look *k, const struct sigma_part *part)
{
	const struct index *x = k->x;
	for (uint32_t i = 0; i < part->field_count; i++) {
		int field = part->fields[i];
		if ((size_t)field >= x->fields)
			continue;
		look_field(k, field);
		if (field != x->keywords && x->wants[field].bits & WANTS_ANYWHERE)
			look_anywhere(k, field);
	}
}

/* The part may stay in a row of those that only keywords ask for: see look_keywords(). */
static void look_part(struct look *k, uint32_t number, const struct asked *asked)
{
	bool row = !(asked->bits & WANTS_ANYWHERE);
	if (!row || !asked->keywords) {
		look_keywords(k, number);
		k->first = number + 1;
	}
	if (!asked->is_wanted)
		return;
	const struct known *known = memory_find(k->x, k->parts, number, asked->hash, &k->note);
	if (!known) {
		part_at(k, number);
		k->keywords = !row && asked->keywords;
		k->last = number + 1;
		look_at_part(k, &k->parts->at[number]);
	}
	for (uint32_t i = 0; known && i < known->ref_count; i++)
		leaf_seen(k, &known->refs[i]);
	k->note = false;
}

/* A few at a time: what is known of the later ones comes while the first are looked at. */
static void look_parts(struct look *k)
{
	enum { BATCH = 32, AHEAD = 4 };
	struct asked asked[BATCH];
	for (uint32_t from = 0; from < k->parts->count; from += BATCH) {
		uint32_t left = (uint32_t)k->parts->count - from, n = left < BATCH ? left : BATCH;
		for (uint32_t i = 0; i < n; i++)
			asked[i] = ask_fields(k, from + i);
		for (uint32_t i = 0; i < n; i++) {
			if (i + AHEAD < n)
				memory_hint(k->x, asked[i + AHEAD].hash);
			look_part(k, from + i, &asked[i]);
		}
	}
}

const uint64_t *index_look(struct sigma *s, const struct sigma_parts *parts)
{
	struct index *x = s->index;
	struct look k;
	k.s = s;
	k.x = x;
	k.run = parts->run.at;
	k.parts = parts;
	k.count = k.first = k.last = 0;
	k.note = false;
	memcpy(x->asked, x->always, x->words * sizeof *x->asked);
	memset(x->seen, 0, x->leaf_words * sizeof *x->seen);
	x->counting = x->events < COUNT_ALL || x->events % COUNT_EACH == 0;
	x->counted += x->counting;
	look_parts(&k);
	look_keywords(&k, (uint32_t)parts->count);
	if (k.count)
		see_pending(&k);
	if (x->memory.fresh.len)
		memory_keep(x, parts);
	x->parts += parts->run.len + 1;
	if (++x->events == x->learn_at)
		index_learn(s);
	return x->asked;
}
