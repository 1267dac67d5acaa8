/*
 * table.c - open addressing with linear probing and backward-shift deletion.
 * Laws: (1) an entry never moves; (2) slots are at most three quarters full; (3) with a bound,
 * an entry that was touched since the hand passed it stays.
 */
#include "table.h"
#include "arena.h"
#include "image.h"

#include <stdio.h>
#include <stdlib.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

enum { CHUNK_ENTRIES = 64, SLOTS_FIRST = 64, KEY_ROOM = 24 };

/*
 * In front of the value; in front of itself is the key, its last byte (or that of a word) nearest.
 */
struct head {
	uint32_t number; /* + 1; 0 when dropped */
	uint32_t key_len : 30, away : 1, touched : 1;
};
_Static_assert(sizeof(struct head) == 8, "values are aligned");

static size_t words(size_t n)
{
	return (n + 7) & ~(size_t)7;
}

uint64_t hash_bytes(const void *p, size_t len)
{
	return XXH3_64bits(p, len);
}

__extension__ typedef unsigned __int128 twice;

static inline uint64_t fold(uint64_t a, uint64_t b)
{
	twice product = (twice)a * b;
	return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static inline uint64_t fold_blocks(slice s, uint64_t seed)
{
	for (size_t i = 0; i + 16 < s.len; i += 16)
		seed = fold(word_load(s.at + i) ^ seed,
			    word_load(s.at + i + 8) ^ UINT64_C(0x8ebc6af09c88c6e3));
	return seed;
}

/* Sixteen bytes a product, as in wyhash: the last ones may be some of those before them. */
static inline uint64_t hash_seeded(slice s, uint64_t seed)
{
	uint64_t a = 0, b = 0;
	size_t n = s.len;
	if (n > 16)
		seed = fold_blocks(s, seed);
	if (n >= 8) {
		a = word_load(n > 16 ? s.at + n - 16 : s.at);
		b = word_load(s.at + n - 8);
	} else if (n >= 4) {
		a = word_half(s.at);
		b = word_half(s.at + n - 4);
	} else {
		for (size_t i = 0; i < n; i++)
			a = a << 8 | (uint8_t)s.at[i];
	}
	return fold(a ^ seed, b ^ n ^ UINT64_C(0xa0761d6478bd642f));
}

uint64_t hash_quick(slice s, uint64_t seed)
{
	return hash_seeded(s, seed);
}

/* The seed is nobody's to know, lest keys be chosen that meet in one place. */
static inline uint32_t hash_key(const struct table *t, slice key)
{
	return (uint32_t)hash_seeded(key, t->seed);
}

void table_init_keyed(struct table *t, size_t key_room, size_t value_size, uint32_t most)
{
	size_t room = words(key_room ? key_room : 1);
	*t = (struct table){.entry_size = room + sizeof(struct head) + words(value_size),
			    .key_room = (uint32_t)room,
			    .seed = fold((uintptr_t)t, UINT64_C(0xe7037ed1a0b428db)),
			    .most = most};
}

void table_init(struct table *t, size_t value_size, uint32_t most)
{
	table_init_keyed(t, KEY_ROOM, value_size, most);
}

static struct head *head_at(const struct table *t, uint32_t n)
{
	char *entry = t->chunks[n / CHUNK_ENTRIES] + n % CHUNK_ENTRIES * t->entry_size;
	return (struct head *)(entry + t->key_room);
}

static struct head *head_of(const void *entry)
{
	return (struct head *)((char *)(uintptr_t)entry - sizeof(struct head));
}

/* Where a key elsewhere lies, or, of an entry that was dropped, the next such. */
static char **away_of(const struct head *h)
{
	return (char **)(uintptr_t)h - 1;
}

static const char *key_at(const struct head *h)
{
	return h->away ? *away_of(h) : (const char *)h - words(h->key_len);
}

void table_free(struct table *t)
{
	for (uint32_t i = 0; i < t->used; i++)
		if (head_at(t, i)->away)
			free(*away_of(head_at(t, i)));
	for (uint32_t i = 0; i < t->used; i += CHUNK_ENTRIES)
		free(t->chunks[i / CHUNK_ENTRIES]);
	free(t->chunks);
	free(t->slots);
	*t = (struct table){0};
}

/* --- slots --- */

/* Where the key of a hash stands if there is no other: slots are any number, not a power of two. */
static inline size_t home_of(const struct table *t, uint32_t hash)
{
	return (size_t)((uint64_t)hash * t->slot_count >> 32);
}

static inline size_t slot_behind(const struct table *t, size_t at)
{
	return at + 1 == t->slot_count ? 0 : at + 1;
}

/* How far a slot lies behind another, round the end. */
static inline size_t slots_between(const struct table *t, size_t from, size_t to)
{
	return to >= from ? to - from : to + t->slot_count - from;
}

/* Twice as many, but not more than the bound will ever need. */
static size_t more_slots(const struct table *t)
{
	size_t n = t->slot_count ? t->slot_count * 2 : SLOTS_FIRST;
	size_t enough = ((size_t)t->most / 3 + 1) * 4;
	return t->most && n > enough && enough > t->slot_count ? enough : n;
}

/* Entries without a size would lie in one another, and beyond their chunk. */
static void check_init(const struct table *t)
{
	if (t->entry_size)
		return;
	fputs("tocsin: broken: a table is filled that table_init() never saw\n", stderr);
	exit(2);
}

static void grow_slots(struct table *t)
{
	check_init(t); /* the first entry of all comes by here */
	struct table_slot *old = t->slots;
	size_t old_n = t->slot_count;
	t->slot_count = more_slots(t);
	t->slots = must_alloc(t->slot_count * sizeof *t->slots);
	t->bytes += (t->slot_count - old_n) * sizeof *t->slots;
	for (size_t i = 0; i < old_n; i++) {
		if (!old[i].entry)
			continue;
		size_t at = home_of(t, old[i].hash);
		while (t->slots[at].entry)
			at = slot_behind(t, at);
		t->slots[at] = old[i];
	}
	free(old);
}

/* The slot of `key`, or the free one where it would stand. */
static size_t find_slot(const struct table *t, slice key, uint32_t hash)
{
	size_t at = home_of(t, hash);
	for (; t->slots[at].entry; at = slot_behind(t, at)) {
		if (t->slots[at].hash != hash)
			continue;
		const struct head *h = head_at(t, t->slots[at].entry - 1);
		__builtin_prefetch((const char *)h + LINE_BYTES); /* of rows with several */
		if (h->key_len == key.len && word_same(key_at(h), key.at, key.len))
			break;
	}
	return at;
}

const void *table_peek(const struct table *t, slice key)
{
	if (!t->slots)
		return NULL;
	size_t at = find_slot(t, key, hash_key(t, key));
	return t->slots[at].entry ? head_at(t, t->slots[at].entry - 1) + 1 : NULL;
}

void *table_get(struct table *t, slice key)
{
	if (!t->slots)
		return NULL;
	size_t at = t->found = find_slot(t, key, hash_key(t, key));
	if (!t->slots[at].entry)
		return NULL;
	struct head *h = head_at(t, t->slots[at].entry - 1);
	h->touched = 1;
	return h + 1;
}

static struct head *dropped_entry(struct table *t)
{
	struct head *h = head_at(t, t->free_entry - 1);
	uint32_t number = t->free_entry;
	memcpy(&t->free_entry, away_of(h), sizeof t->free_entry);
	memset((char *)h - t->key_room, 0, t->entry_size);
	h->number = number;
	return h;
}

static void *new_chunk(size_t entry_size)
{
	size_t size = CHUNK_ENTRIES * entry_size;
	return entry_size % LINE_BYTES ? must_alloc(size) : must_alloc_lines(size);
}

static struct head *new_entry(struct table *t)
{
	if (t->free_entry)
		return dropped_entry(t);
	if (t->used % CHUNK_ENTRIES == 0) {
		size_t chunk = t->used / CHUNK_ENTRIES;
		t->chunks = must_realloc(t->chunks, (chunk + 1) * sizeof *t->chunks);
		t->chunks[chunk] = new_chunk(t->entry_size);
		t->bytes += CHUNK_ENTRIES * t->entry_size;
	}
	struct head *h = head_at(t, t->used);
	h->number = ++t->used;
	return h;
}

static void keep_key(struct table *t, struct head *h, slice key)
{
	h->key_len = (uint32_t)key.len & 0x3fffffff;
	h->away = key.len > t->key_room;
	if (h->away) {
		*away_of(h) = must_alloc(key.len);
		t->bytes += key.len;
	}
	if (key.len)
		memcpy((char *)(uintptr_t)key_at(h), key.at, key.len);
}

void *table_stalest(struct table *t)
{
	struct head *h;
	if (!t->len)
		return NULL;
	for (;; t->hand++) {
		if (t->hand >= t->used)
			t->hand = 0;
		h = head_at(t, t->hand);
		if (h->number && !h->touched)
			return h + 1;
		h->touched = 0;
	}
}

static void shed_one(struct table *t)
{
	void *entry = table_stalest(t);
	if (t->shed)
		t->shed(t->shed_ctx, entry);
	t->shed_count++;
	table_drop(t, entry);
}

void *table_put(struct table *t, slice key, bool *fresh)
{
	if (t->len >= t->slot_count / 4 * 3)
		grow_slots(t);
	uint32_t hash = hash_key(t, key);
	size_t at = find_slot(t, key, hash);
	bool is_new = !t->slots[at].entry;
	if (fresh)
		*fresh = is_new;
	if (!is_new) {
		struct head *h = head_at(t, t->slots[at].entry - 1);
		h->touched = 1;
		return h + 1;
	}
	if (t->most && t->len >= t->most) {
		shed_one(t);
		at = find_slot(t, key, hash); /* deletion may have shifted it */
	}
	struct head *h = new_entry(t);
	h->touched = 1;
	keep_key(t, h, key);
	t->slots[at] = (struct table_slot){hash, h->number};
	t->len++;
	return h + 1;
}

static void close_hole(struct table *t, size_t hole)
{
	for (size_t at = slot_behind(t, hole); t->slots[at].entry; at = slot_behind(t, at)) {
		size_t home = home_of(t, t->slots[at].hash);
		if (slots_between(t, home, at) >= slots_between(t, hole, at)) {
			t->slots[hole] = t->slots[at];
			hole = at;
		}
	}
	t->slots[hole] = (struct table_slot){0};
}

static void drop_slot(struct table *t, size_t at)
{
	uint32_t number = t->slots[at].entry;
	struct head *h = head_at(t, number - 1);
	close_hole(t, at);
	if (h->away) {
		t->bytes -= h->key_len;
		free(*away_of(h));
	}
	*h = (struct head){0};
	memcpy(away_of(h), &t->free_entry, sizeof t->free_entry);
	t->free_entry = number;
	t->len--;
}

void table_drop(struct table *t, void *entry)
{
	struct head *h = head_of(entry);
	slice key = {key_at(h), h->key_len};
	bool just_found = t->found < t->slot_count && t->slots[t->found].entry == h->number;
	drop_slot(t, just_found ? t->found : find_slot(t, key, hash_key(t, key)));
}

bool table_remove(struct table *t, slice key)
{
	if (!t->slots)
		return false;
	size_t at = find_slot(t, key, hash_key(t, key));
	bool there = t->slots[at].entry != 0;
	if (there)
		drop_slot(t, at);
	return there;
}

void table_touch(void *entry)
{
	head_of(entry)->touched = 1;
}

slice table_key(const void *entry)
{
	const struct head *h = head_of(entry);
	return (slice){key_at(h), h->key_len};
}

uint32_t table_number(const void *entry)
{
	return head_of(entry)->number - 1;
}

void table_hint(const struct table *t, uint32_t number)
{
	if (number >= t->used)
		return;
	const char *entry = (const char *)head_at(t, number) - t->key_room;
	__builtin_prefetch(entry);
	__builtin_prefetch(entry + LINE_BYTES);
}

void *table_at(const struct table *t, uint32_t number)
{
	if (number >= t->used || !head_at(t, number)->number)
		return NULL;
	return head_at(t, number) + 1;
}

void *table_next(const struct table *t, void *entry)
{
	uint32_t n = entry ? table_number(entry) + 1 : 0;
	while (n < t->used && !head_at(t, n)->number)
		n++;
	return n < t->used ? head_at(t, n) + 1 : NULL;
}

/* --- as an image --- */

static void image_keys(struct image *im, struct table *t)
{
	for (uint32_t i = 0; i < t->used && !im->bad; i++) {
		struct head *h = head_at(t, i);
		if (!h->away)
			continue;
		if (!im->writes)
			*away_of(h) = NULL;
		im->bad |= im->rest.len < h->key_len && !im->writes;
		if (im->bad)
			h->away = 0;
		else if (!im->writes)
			*away_of(h) = must_alloc(h->key_len);
		if (!im->bad)
			image_bytes(im, *away_of(h), h->key_len);
	}
}

/* Numbers that lead nowhere would be followed. */
static bool is_whole(const struct table *t)
{
	bool fine = t->len <= t->used && t->free_entry <= t->used;
	for (size_t i = 0; fine && i < t->slot_count; i++)
		fine = t->slots[i].entry <= t->used;
	for (uint32_t i = 0; fine && i < t->used; i++)
		fine = head_at(t, i)->number == 0 || head_at(t, i)->number == i + 1;
	return fine;
}

static void image_entries(struct image *im, struct table *t)
{
	for (uint32_t i = 0; i < t->used && !im->bad; i += CHUNK_ENTRIES) {
		if (!im->writes)
			t->chunks[i / CHUNK_ENTRIES] = new_chunk(t->entry_size);
		image_bytes(im, t->chunks[i / CHUNK_ENTRIES], CHUNK_ENTRIES * t->entry_size);
	}
}

/* Of which a part was read, or that leads nowhere: what lies elsewhere is not looked for. */
static void forget_image(struct table *t)
{
	for (uint32_t i = 0; i < t->used; i += CHUNK_ENTRIES)
		free(t->chunks[i / CHUNK_ENTRIES]);
	memset(t->slots, 0, t->slot_count * sizeof *t->slots);
	t->used = t->len = t->hand = t->free_entry = 0;
}

void image_table(struct image *im, struct table *t)
{
	struct table was = *t;
	void *slots = t->slots;
	image_mark(im, t->entry_size);
	image_mark(im, (uint64_t)(t->most != 0) << 32 | t->key_room);
	if (!t->entry_size)
		return; /* nobody uses it */
	image_bytes(im, &was, sizeof was);
	image_list(im, &slots, &was.slot_count, sizeof *t->slots, SIZE_MAX / 64);
	if (!im->writes) {
		struct table fresh = {.entry_size = t->entry_size,
				      .key_room = t->key_room,
				      .most = was.most, /* a bound may grow with what it bounds */
				      .shed = t->shed,
				      .shed_ctx = t->shed_ctx,
				      .slots = slots,
				      .slot_count = was.slot_count,
				      .seed = was.seed,
				      .used = was.used,
				      .len = was.len,
				      .hand = was.hand,
				      .free_entry = was.free_entry,
				      .shed_count = was.shed_count,
				      .bytes = was.bytes};
		t->slots = NULL;
		table_free(t);
		*t = fresh;
		im->bad |= t->used / CHUNK_ENTRIES > im->rest.len / CHUNK_ENTRIES / t->entry_size;
		t->used = im->bad ? 0 : t->used;
		t->chunks = must_alloc((t->used / CHUNK_ENTRIES + 1) * sizeof *t->chunks);
	}
	image_entries(im, t);
	image_keys(im, t);
	if (im->writes)
		return;
	im->bad = im->bad || !is_whole(t);
	if (im->bad)
		forget_image(t);
}
