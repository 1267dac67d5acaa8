/* index.c - which texts rules need, put where an event can find them: see index.h. */
#include "index.h"

#include <stdio.h>
#include <stdlib.h>

enum { LEARN_FIRST = 500, LEARN_AGAIN = 8 }; /* events */
/* Rules of a bucket for which it pays to bring an event's texts into one run first. */
enum { GATHER_LEAST = 48 };

/* --- atoms --- */

static unsigned end_class(size_t len)
{
	unsigned c = 0;
	while (c < END_LENGTHS - 1 && end_lengths[c] > len)
		c++;
	return c;
}

static slice folded(struct arena *a, slice text)
{
	char *out = arena_take(a, text.len);
	for (size_t i = 0; i < text.len; i++)
		out[i] =
		    (char)(text.at[i] >= 'A' && text.at[i] <= 'Z' ? text.at[i] | 32 : text.at[i]);
	return (slice){out, text.len};
}

static struct atom *atom_new(struct index *x)
{
	if (x->count == x->room)
		x->atoms = list_grow(x->atoms, &x->room, sizeof *x->atoms);
	return &x->atoms[x->count++];
}

/* Two atoms with the same image say the same. */
static slice image_of(struct out *o, const struct atom *a)
{
	const int32_t front[] = {a->field, a->place, a->check};
	o->len = 0;
	out_slice(o, (slice){(const char *)front, sizeof front});
	if (a->check)
		out_slice(o, (slice){(const char *)&a->test, sizeof a->test});
	out_slice(o, a->text);
	return (slice){o->at, o->len};
}

static void add(struct sigma *s, const struct atom *made, const struct ref *ref)
{
	struct index *x = s->index;
	bool fresh = true;
	uint32_t *number = table_put(&x->known, image_of(&x->image, made), &fresh);
	if (fresh) {
		*number = (uint32_t)x->count;
		*atom_new(x) = *made;
	}
	x->atoms[*number].ref_count++;
	*list_add(&x->found) = (struct atom_ref){*number, *ref};
}

/* The piece of a pattern that is looked for; false if none is long enough to be. */
static bool piece_of(const struct pattern *p, struct atom *a)
{
	uint32_t best = 0;
	if (p->regex || p->beyond) {
		a->text = p->run;
		a->place = ANYWHERE;
		return p->run.len >= SHORT_GRAM;
	}
	if (p->count == 0) {
		a->place = WHOLE;
		return !p->head_open;
	}
	for (uint32_t i = 1; i < p->count; i++)
		if (p->pieces[i].text.len > p->pieces[best].text.len)
			best = i;
	bool head = best == 0 && !p->head_open, tail = best == p->count - 1 && !p->tail_open;
	a->text = p->pieces[best].text;
	a->place = head && tail ? WHOLE : head ? HEAD : tail ? TAIL : ANYWHERE;
	a->check = p->count > 1 || p->cased ? CHECK_PATTERN : CHECK_NONE;
	return a->place != ANYWHERE || a->text.len >= SHORT_GRAM;
}

/* A text that is an address, a number or a flag too is found by what those look like. */
static void add_meanings(struct sigma *s, const struct leaf *l, const struct test *t,
			 const struct ref *ref)
{
	static const char *const flags[] = {"false", "true"};
	char room[VALUE_TEXT];
	struct atom a = {.field = l->field, .place = WHOLE, .check = CHECK_VALUE, .test = t};
	if (t->is_address) {
		struct sigma_value v = {.kind = SIGMA_ADDRESS, .address = t->address};
		a.text = folded(&s->arena, value_text(&v, room));
		add(s, &a, ref);
	}
	if (t->is_flag) {
		a.text = folded(&s->arena, slice_of(flags[t->flag]));
		add(s, &a, ref);
	}
	struct sigma_value v = {.kind = SIGMA_NUMBER, .number = t->number};
	slice digits = t->is_number ? value_text(&v, room) : SLICE(""), text;
	if (!t->is_number || !pattern_literal(&t->pattern, &text) || slice_eq(digits, text))
		return;
	a.text = folded(&s->arena, digits);
	add(s, &a, ref);
}

static bool atom_of(const struct test *t, struct atom *a)
{
	a->test = t;
	if (t->kind == TEST_PATTERN)
		return piece_of(&t->pattern, a);
	a->text = t->needs.text;
	a->place = ANYWHERE;
	return t->kind == TEST_REGEX && a->text.len >= SHORT_GRAM;
}

static bool test_indexed(const struct test *t)
{
	for (; t; t = t->otherwise) {
		struct atom a = {.field = 0};
		if (t->kind != TEST_NEVER && !atom_of(t, &a))
			return false;
	}
	return true;
}

/* Expressions cost too much to be tried before anybody asks: their text is, and then the leaf. */
static void add_test(struct sigma *s, struct leaf *l, const struct test *t, const struct ref *ref)
{
	for (; t; t = t->otherwise) {
		struct atom a = {.field = l->field};
		if (t->kind == TEST_NEVER)
			continue;
		l->partly |= t->kind == TEST_REGEX || t->pattern.regex || t->pattern.beyond;
		atom_of(t, &a);
		a.text = folded(&s->arena, a.text);
		add(s, &a, ref);
		if (t->kind == TEST_PATTERN)
			add_meanings(s, l, t, ref);
	}
}

/* Of what must all hold, what is indexed is enough to wait for. */
static void add_all(struct sigma *s, struct leaf *l)
{
	struct mark *m = &s->index->marks[l->number];
	for (size_t i = 0; i < l->count; i++) {
		struct ref ref = {l->number, (uint32_t)i};
		if (i >= ALL_MOST || !test_indexed(&l->tests[i])) {
			l->partly = true;
			continue;
		}
		add_test(s, l, &l->tests[i], &ref);
		m->full |= UINT64_C(1) << i;
	}
	l->indexed = m->full;
}

static void add_leaf(struct sigma *s, struct leaf *l)
{
	bool fine = l->field >= 0 && !l->negated && l->part == PART_NONE;
	if (fine && l->all) {
		add_all(s, l);
		return;
	}
	for (size_t i = 0; fine && i < l->count; i++)
		fine = test_indexed(&l->tests[i]);
	l->indexed = fine;
	for (size_t i = 0; fine && i < l->count; i++) {
		struct ref ref = {l->number, ONE_OF};
		add_test(s, l, &l->tests[i], &ref);
	}
}

/* --- chains --- */

static uint32_t gram_at(slice text, size_t i)
{
	uint32_t w = 0;
	memcpy(&w, text.at + i, GRAM);
	return le32toh(w) | 0x20202020u;
}

/* How often each gram is in the texts of rules, by its hash: what is common there is common in
 * events too. */
static uint16_t *count_grams(const struct index *x)
{
	uint16_t *often = must_alloc((1 << 16) * sizeof *often);
	for (size_t i = 0; i < x->count; i++)
		for (size_t k = 0; k + GRAM <= x->atoms[i].text.len; k++) {
			uint16_t *n = &often[gram_hash(gram_at(x->atoms[i].text, k)) >> 16];
			*n += *n < UINT16_MAX;
		}
	return often;
}

static uint32_t short_gram(const struct atom *a)
{
	uint32_t w = 0;
	memcpy(&w, a->text.at, SHORT_GRAM);
	return le32toh(w);
}

/* The gram's hash. */
static uint32_t choose_gram(struct atom *a, const uint16_t *often)
{
	unsigned least = UINT32_MAX;
	uint32_t best = 0;
	if (a->text.len < GRAM)
		return short_hash(short_gram(a));
	for (size_t k = 0; k + GRAM <= a->text.len; k++) {
		uint32_t h = gram_hash(gram_at(a->text, k));
		if (often[h >> 16] < least) {
			least = often[h >> 16];
			best = h;
			a->offset = (uint32_t)k;
		}
	}
	return best;
}

static uint64_t end_word(slice text, unsigned n, bool tail)
{
	uint64_t w = 0;
	memcpy(&w, tail ? text.at + text.len - n : text.at, n);
	return le64toh(w);
}

static void chain_end(struct index *x, struct atom *a)
{
	struct wants *w = &x->wants[a->field];
	unsigned c = end_class(a->text.len), n = end_lengths[c];
	uint64_t word;
	if (a->place == WHOLE) {
		n = a->text.len < 8 ? (unsigned)a->text.len : 8;
		word = end_word(a->text, n, true);
		w->bits |= WANTS_WHOLE;
	} else {
		word = end_word(a->text, n, a->place == TAIL);
		w->bits |= (uint32_t)(a->place == HEAD ? WANTS_HEAD : WANTS_TAIL) << c;
	}
	a->key = n ? end_hash(word, n, a->field, (enum place)a->place) : empty_key(a->field);
	if (!w->ends)
		w->ends = must_alloc(END_WORDS * sizeof *w->ends);
	w->ends[end_bit(a->key) / 64] |= UINT64_C(1) << end_bit(a->key) % 64;
}

static void put_bit(struct wants *w, uint32_t hash)
{
	uint32_t word, bits = bloom_bits(w, hash, &word);
	w->bloom[word] |= bits;
}

/* Keywords are looked for in every field: their grams are in each bloom. */
static void bloom_start(struct index *x, struct wants *w)
{
	unsigned bits = BLOOM_LEAST;
	const struct wants *keywords = x->keywords >= 0 ? &x->wants[x->keywords] : w;
	if (w != keywords) {
		w->grams += keywords->grams;
	}
	while (bits < BLOOM_MOST && (UINT64_C(1) << bits) < (uint64_t)SPARSE * w->grams)
		bits++;
	w->shift = 32 - bits;
	w->bloom = must_alloc((size_t)1 << bits >> 3);
}

static void put_gram(struct index *x, const struct atom *a, uint32_t hash)
{
	if (a->field != x->keywords)
		put_bit(&x->wants[a->field], hash);
	for (size_t i = 0; a->field == x->keywords && i < x->fields; i++)
		if (x->wants[i].bloom)
			put_bit(&x->wants[i], hash);
}

static int by_key(const void *a, const void *b)
{
	const struct atom *x = a, *y = b;
	return (x->key > y->key) - (x->key < y->key);
}

/* A slot for each key; the atoms of one key stand together, and behind the last is another key. */
static void put_all(struct index *x)
{
	unsigned bits = 8;
	size_t keys = 1;
	if (x->count)
		qsort(x->atoms, x->count, sizeof *x->atoms, by_key);
	for (size_t i = 1; i < x->count; i++)
		keys += x->atoms[i].key != x->atoms[i - 1].key;
	while (((size_t)1 << bits) < 2 * keys)
		bits++;
	size_t size = (size_t)1 << bits;
	x->shift = 32 - bits;
	x->slots = must_alloc(size * sizeof *x->slots);
	for (size_t i = 0; i < x->count; i++) {
		size_t at = x->atoms[i].key >> x->shift;
		if (i && x->atoms[i].key == x->atoms[i - 1].key)
			continue;
		while (x->slots[at].atom)
			at = (at + 1) & (size - 1);
		x->slots[at] = (struct slot){x->atoms[i].key, (uint32_t)i + 1};
	}
	uint32_t last = x->count ? x->atoms[x->count - 1].key : 0;
	atom_new(x)->key = ~last;
	x->count--;
}

/*
 * Keywords of three bytes are looked for in every value, where a second hash at each byte would
 * cost more than they do as grams of four, with every byte that may follow.
 */
static void spread_shorts(struct index *x)
{
	for (size_t i = 0, count = x->count; i < count; i++) {
		struct atom a = x->atoms[i];
		if (a.place != ANYWHERE || a.text.len >= GRAM || a.field != x->keywords)
			continue;
		for (unsigned next = 0; next < 256; next++) {
			a.next = (uint8_t)next;
			if (!next)
				x->atoms[i].next = 0x20;
			else if (next & 0x20 && next != 0x20)
				*atom_new(x) = a;
		}
	}
}

static void chain(struct index *x)
{
	uint16_t *often = count_grams(x);
	uint32_t *hashes = must_alloc((x->count + 1) * sizeof *hashes);
	for (size_t i = 0; i < x->count; i++) {
		struct atom *a = &x->atoms[i];
		struct wants *w = &x->wants[a->field];
		if (a->place != ANYWHERE) {
			chain_end(x, a);
			continue;
		}
		hashes[i] = a->text.len < GRAM && a->field == x->keywords
				? gram_hash(short_gram(a) | (uint32_t)a->next << 24)
				: choose_gram(a, often);
		a->key = gram_key(hashes[i], a->field);
		bool is_short = a->text.len < GRAM && a->field != x->keywords;
		w->bits |= WANTS_ANYWHERE | (is_short ? WANTS_SHORT : 0);
		w->grams++;
	}
	for (size_t i = 0; i < x->fields; i++)
		if (x->wants[i].bits & WANTS_ANYWHERE)
			bloom_start(x, &x->wants[i]);
	for (size_t i = 0; i < x->count; i++)
		if (x->atoms[i].place == ANYWHERE)
			put_gram(x, &x->atoms[i], hashes[i]);
	free(hashes);
	free(often);
	put_all(x);
}

/* What refers to one atom stands together. */
static void gather_refs(struct index *x)
{
	uint32_t at = 0;
	x->refs = must_alloc((x->found.len + 1) * sizeof *x->refs);
	for (size_t i = 0; i < x->count; i++) {
		x->atoms[i].refs = at;
		at += x->atoms[i].ref_count;
		x->atoms[i].ref_count = 0;
	}
	for (size_t i = 0; i < x->found.len; i++) {
		struct atom *a = &x->atoms[x->found.at[i].atom];
		x->refs[a->refs + a->ref_count++] = x->found.at[i].ref;
	}
}

/* --- what a rule cannot do without --- */

struct need {
	bool known;  /* false: it may hold whatever is seen */
	double odds; /* a guess how often that is */
	LIST(const struct leaf *) leaves;
	LIST(int) fields;
};

static void need_free(struct need *n)
{
	list_free(&n->leaves);
	list_free(&n->fields);
}

static double odds_of_test(const struct test *t)
{
	static const double anywhere[] = {1, 1, 1, .2, .1, .05, .03, .02, .01};
	double odds = 0;
	for (; t; t = t->otherwise) {
		struct atom a = {.field = 0};
		if (t->kind == TEST_NEVER)
			continue;
		atom_of(t, &a);
		size_t len = a.text.len < 8 ? a.text.len : 8;
		odds += a.place == ANYWHERE ? anywhere[len]
			: a.place == WHOLE  ? (a.text.len < 5 ? .05 : .005)
					    : (a.text.len < 5 ? .1 : .01);
	}
	return odds;
}

/* How often it was there; before events have told, a guess. */
static double odds_of(const struct index *x, const struct leaf *l)
{
	double odds = l->all ? 1 : 0;
	if (x->counted)
		return ((double)x->marks[l->number].held + .5) / ((double)x->counted + 1);
	for (size_t i = 0; i < l->count; i++) {
		double one = odds_of_test(&l->tests[i]);
		odds = !l->all ? odds + one : one < odds ? one : odds;
	}
	return odds;
}

static struct need need_of_leaf(const struct index *x, const struct leaf *l)
{
	enum {
		PRESENCE = 1 << TEST_PATTERN | 1 << TEST_REGEX | 1 << TEST_CIDR |
			   1 << TEST_COMPARE | 1 << TEST_FIELD | 1 << TEST_NEVER
	};
	struct need n = {.known = l->field >= 0 && !l->negated};
	if (l->field < 0)
		return n;
	if (l->indexed) {
		*list_add(&n.leaves) = l;
		n.odds = odds_of(x, l);
		return n;
	}
	for (size_t i = 0; n.known && i < l->count; i++)
		for (const struct test *t = &l->tests[i]; t; t = t->otherwise)
			n.known &= PRESENCE >> t->kind & 1;
	if (n.known)
		*list_add(&n.fields) = l->field;
	n.odds = x->counted ? (double)x->wants[l->field].seen / (double)x->counted : .6;
	return n;
}

static void need_both(struct need *n, struct need *more)
{
	for (size_t i = 0; i < more->leaves.len; i++)
		*list_add(&n->leaves) = more->leaves.at[i];
	for (size_t i = 0; i < more->fields.len; i++)
		*list_add(&n->fields) = more->fields.at[i];
	n->odds += more->odds;
	n->known &= more->known;
	need_free(more);
}

/* Of what must all hold the rarest is enough to wait for; of alternatives each one counts. */
static struct need need_of(const struct index *x, const struct node *node)
{
	if (node->kind == NODE_LEAF)
		return need_of_leaf(x, node->leaf);
	if (node->kind == NODE_NOT || node->count == 0)
		return (struct need){.known = false};
	struct need best = need_of(x, node->kids[0]);
	for (uint32_t i = 1; i < node->count; i++) {
		struct need kid = need_of(x, node->kids[i]);
		if (node->kind == NODE_ANY) {
			need_both(&best, &kid);
		} else if (kid.known && (!best.known || kid.odds < best.odds)) {
			need_free(&best);
			best = kid;
		} else {
			need_free(&kid);
		}
	}
	return best;
}

struct waiting {
	LIST(uint32_t) rules;
};

static void wait_for(struct sigma *s, uint32_t rule, struct waiting *leaves, struct waiting *fields)
{
	struct index *x = s->index;
	struct need n = need_of(x, s->rules.at[rule]->tree);
	if (!n.known)
		x->always[rule / 64] |= UINT64_C(1) << rule % 64;
	for (size_t i = 0; n.known && i < n.leaves.len; i++)
		*list_add(&leaves[n.leaves.at[i]->number].rules) = rule;
	for (size_t i = 0; n.known && i < n.fields.len; i++)
		*list_add(&fields[n.fields.at[i]].rules) = rule;
	need_free(&n);
}

/* The lists one behind the other; each says where its own begins. */
static uint32_t *keep_lists(struct waiting *lists, size_t n, uint32_t *begins, size_t *total)
{
	size_t sum = 0;
	for (size_t i = 0; i < n; i++)
		sum += lists[i].rules.len;
	uint32_t *all = must_alloc((sum + 1) * sizeof *all);
	*total = 0;
	for (size_t i = 0; i < n; i++) {
		begins[i] = (uint32_t)*total;
		if (lists[i].rules.len)
			memcpy(all + *total, lists[i].rules.at, lists[i].rules.len * sizeof *all);
		*total += lists[i].rules.len;
		list_free(&lists[i].rules);
	}
	begins[n] = (uint32_t)*total;
	return all;
}

static void keep_waiting(struct sigma *s, struct waiting *leaves, struct waiting *fields)
{
	struct index *x = s->index;
	size_t total, most = s->leaf_count > x->fields ? s->leaf_count : x->fields;
	uint32_t *begins = must_alloc((most + 1) * sizeof *begins);
	x->waiting = keep_lists(leaves, s->leaf_count, begins, &total);
	for (size_t i = 0; i < s->leaf_count; i++) {
		x->marks[i].waiting = begins[i];
		x->marks[i].waiting_count = begins[i + 1] - begins[i];
		if (begins[i + 1] > begins[i])
			x->waited[i / 64] |= UINT64_C(1) << i % 64;
	}
	x->present = keep_lists(fields, x->fields, begins, &x->present_count);
	for (size_t i = 0; i < x->fields; i++) {
		x->wants[i].rules = begins[i];
		x->wants[i].rule_count = begins[i + 1] - begins[i];
	}
	free(begins);
}

/* --- the whole --- */

static size_t fields_of(const struct sigma *s)
{
	int most = s->raw_field;
	for (size_t i = 0; i < s->all_leaves.len; i++)
		most = s->all_leaves.at[i]->field > most ? s->all_leaves.at[i]->field : most;
	return (size_t)(most + 1);
}

static bool is_judged(const struct sigma *s, const struct bucket *b)
{
	return s->schema->parts || b->count >= GATHER_LEAST;
}

bool index_pays(const struct sigma *s)
{
	for (size_t i = 0; i < s->bucket_count; i++)
		if (is_judged(s, &s->buckets[i]))
			return true;
	return false;
}

static void mask_buckets(struct sigma *s)
{
	struct index *x = s->index;
	for (size_t i = 0; i < s->bucket_count; i++) {
		struct bucket *b = &s->buckets[i];
		if (!is_judged(s, b))
			continue;
		b->mask = arena_take(&s->arena, (x->words + 1) * sizeof *b->mask);
		for (size_t k = 0; k < b->count; k++) {
			uint32_t rule = b->rules[k].rule->public.number;
			b->mask[rule / 64] |= UINT64_C(1) << rule % 64;
			x->judged[rule / 64] |= UINT64_C(1) << rule % 64;
		}
	}
}

static void start(struct sigma *s)
{
	struct index *x = must_alloc(sizeof *x);
	s->index = x;
	x->fields = fields_of(s);
	x->words = (s->rules.len + 63) / 64;
	x->wants = must_alloc((x->fields + 1) * sizeof *x->wants);
	x->marks = must_alloc((s->leaf_count + 1) * sizeof *x->marks);
	x->keywords = s->raw_field;
	x->image.fd = -1;
#ifdef __x86_64__
	x->wide = __builtin_cpu_supports("avx2");
#endif
	x->judged = must_alloc((x->words + 1) * sizeof *x->judged);
	x->always = must_alloc((x->words + 1) * sizeof *x->always);
	x->asked = must_alloc((x->words + 1) * sizeof *x->asked);
	x->leaf_words = s->leaf_count / 64 + 1;
	x->seen = must_alloc(x->leaf_words * sizeof *x->seen);
	x->waited = must_alloc(x->leaf_words * sizeof *x->waited);
	table_init(&x->known, sizeof(uint32_t), 0);
	x->gathered.numbers = must_alloc((x->fields + 1) * sizeof *x->gathered.numbers);
	for (size_t i = 0; i < x->fields; i++)
		x->gathered.numbers[i] = (int)i;
	for (size_t i = 0; i < s->all_leaves.len; i++)
		if (s->all_leaves.at[i]->field >= 0)
			x->wants[s->all_leaves.at[i]->field].used = true;
	mask_buckets(s);
}

void index_build(struct sigma *s)
{
	start(s);
	struct index *x = s->index;
	for (size_t i = 0; i < s->all_leaves.len; i++)
		add_leaf(s, s->all_leaves.at[i]);
	gather_refs(x);
	spread_shorts(x);
	chain(x);
	table_free(&x->known);
	out_close(&x->image);
	list_free(&x->found);
	programs_make(s);
	index_learn(s);
}

void index_learn(struct sigma *s)
{
	struct index *x = s->index;
	free(x->waiting);
	free(x->present);
	memset(x->always, 0, x->words * sizeof *x->always);
	memset(x->waited, 0, x->leaf_words * sizeof *x->waited);
	x->learn_at = x->events ? x->events * LEARN_AGAIN : LEARN_FIRST;
	struct waiting *leaves = must_alloc((s->leaf_count + 1) * sizeof *leaves);
	struct waiting *fields = must_alloc((x->fields + 1) * sizeof *fields);
	for (uint32_t i = 0; i < s->rules.len; i++)
		if (bit_of(x->judged, i))
			wait_for(s, i, leaves, fields);
	keep_waiting(s, leaves, fields);
	free(leaves);
	free(fields);
}

size_t index_bytes(const struct index *x)
{
	size_t bytes = sizeof *x + x->room * sizeof *x->atoms;
	for (size_t i = 0; i < x->count; i++)
		bytes += x->atoms[i].ref_count * sizeof *x->refs;
	for (size_t i = 0; i < x->fields; i++)
		bytes += sizeof *x->wants +
			 (x->wants[i].ends ? END_WORDS * sizeof *x->wants->ends : 0) +
			 (x->wants[i].bloom ? (size_t)1 << (32 - x->wants[i].shift) >> 3 : 0);
	bytes += ((size_t)1 << (32 - x->shift)) * sizeof *x->slots;
	bytes += x->steps.room * sizeof *x->steps.at + memory_bytes(&x->memory);
	return bytes + x->present_count * sizeof *x->present;
}

void index_free(struct sigma *s)
{
	struct index *x = s->index;
	if (!x)
		return;
	for (size_t i = 0; i < x->fields; i++) {
		free(x->wants[i].bloom);
		free(x->wants[i].ends);
	}
	free(x->atoms);
	table_free(&x->known);
	list_free(&x->found);
	free(x->refs);
	free(x->slots);
	free(x->wants);
	free(x->present);
	free(x->waiting);
	free(x->always);
	free(x->asked);
	free(x->marks);
	free(x->judged);
	free(x->gathered.numbers);
	memory_free(&x->memory);
	out_close(&x->gathered.run);
	list_free(&x->gathered.parts);
	free(x->seen);
	free(x->waited);
	free(x->plots);
	list_free(&x->steps);
	free(x);
	s->index = NULL;
}
