/*
 * remember.c - values that come again: what is in them is known without a look.
 *
 * Most values of most fields come again and again: programs, accounts, channels, hosts.  Which
 * atoms are in one depends on its text and its fields alone, but for the few that are checked
 * against the event's own value.
 *
 * Laws: (1) what is known of a value is what a look at it would see; equal means equal bytes, a
 *           hash only finds; (2) a value is kept from its second time on: what comes once costs a
 *           hash, and a field whose values seldom come again not even that; (3) memory is bounded;
 * of two that meet in one place the older gives way.
 */
#include "index.h"

#include <stdlib.h>

enum {
	SETS_BITS = 12,
	SETS = 1 << SETS_BITS,
	WAYS = 2,
	TEXT_MOST = 512, /* bytes of a value that is kept */
	REFS_MOST = 64,
	ROW = 128,           /* values of a field, of which so many */
	KNOWN_LEAST = 32,    /* are to be known, or so many more */
	SKIP = 2048,         /* are not asked for */
	CHANGE = UINT32_MAX, /* a leaf's number */
};

static bool same_fields(const struct known *k, const struct sigma_part *part)
{
	bool same = k->field_count == part->field_count;
	for (uint32_t i = 0; same && i < part->field_count; i++)
		same = k->fields[i] == part->fields[i];
	return same;
}

static struct known *set_of(const struct index *x, uint64_t hash)
{
	return &x->memory.known[(hash >> (64 - SETS_BITS)) * WAYS];
}

static bool is_it(const struct known *k, const struct sigma_part *part, slice text)
{
	return k->len == text.len && same_fields(k, part) &&
	       word_same((const char *)(k->refs + k->ref_count), text.at, text.len);
}

/* Seen for the first time: of it only the hash is kept. */
static void meet(struct index *x, struct known *set, uint64_t hash)
{
	struct known *oldest = set;
	for (struct known *k = set; k < set + WAYS; k++)
		if ((int32_t)(k->used - oldest->used) < 0)
			oldest = k;
	oldest->hash = hash;
	oldest->state = ONCE;
	oldest->used = (uint32_t)x->parts;
}

static struct wants *wants_of(struct index *x, const struct sigma_part *part)
{
	size_t field = (size_t)part->fields[0];
	return &x->wants[field < x->fields ? field : x->fields];
}

static slice text_of(const struct sigma_parts *parts, uint32_t part)
{
	const struct sigma_part *p = &parts->at[part];
	return (slice){parts->run.at + p->from, p->to - p->from};
}

/* Of a row of values of a field too few were known: the next ones are not asked for. */
static bool is_skipped(struct wants *w)
{
	if (w->skip) {
		w->skip--;
		return true;
	}
	if (++w->tried < ROW)
		return false;
	w->skip = w->known < KNOWN_LEAST ? SKIP : 0;
	w->tried = w->known = 0;
	return false;
}

uint64_t memory_hash(struct index *x, const struct sigma_parts *parts, uint32_t part)
{
	const struct sigma_part *p = &parts->at[part];
	slice text = text_of(parts, part);
	uint64_t fields = 0;
	if (text.len > TEXT_MOST || p->field_count > VALUE_FIELDS || is_skipped(wants_of(x, p)))
		return 0;
	if (!x->memory.known)
		x->memory.known = must_alloc(SETS * WAYS * sizeof *x->memory.known);
	for (uint32_t i = 0; i < p->field_count; i++)
		fields = fields * 31 + (unsigned)p->fields[i] + 1;
	uint64_t hash = hash_bytes(text.at, text.len) ^ fields * UINT64_C(0x9E3779B97F4A7C15);
	hash |= 1;
	__builtin_prefetch(set_of(x, hash));
	return hash;
}

void memory_hint(const struct index *x, uint64_t hash)
{
	const struct known *k = hash ? set_of(x, hash) : NULL;
	for (int i = 0; k && i < WAYS; i++, k++)
		if (k->hash == hash && k->refs)
			__builtin_prefetch(k->refs);
}

const struct known *memory_find(struct index *x, const struct sigma_parts *parts, uint32_t part,
				uint64_t hash, bool *note)
{
	*note = false;
	if (!hash)
		return NULL;
	struct known *set = set_of(x, hash);
	for (struct known *k = set; k < set + WAYS; k++) {
		if (k->hash != hash)
			continue;
		k->used = (uint32_t)x->parts;
		if (k->state == KEPT && is_it(k, &parts->at[part], text_of(parts, part))) {
			wants_of(x, &parts->at[part])->known++;
			return k;
		}
		*note = k->state == ONCE;
		if (*note)
			*list_add(&x->memory.fresh) = (struct fresh){hash, part};
		return NULL;
	}
	meet(x, set, hash);
	return NULL;
}

void memory_note(struct index *x, uint32_t part, const struct ref *refs, size_t count)
{
	for (size_t i = 0; i < count; i++)
		*list_add(&x->memory.noted) = (struct noted){part, refs[i]};
}

void memory_note_change(struct index *x, uint32_t part)
{
	struct ref change = {.leaf = CHANGE};
	memory_note(x, part, &change, 1);
}

static void keep(struct memory *m, struct known *k, const struct sigma_part *part, slice text,
		 const struct noted *noted, size_t count)
{
	size_t need = count * sizeof *k->refs + text.len;
	if (k->room < need) {
		m->bytes += need - k->room;
		k->refs = must_realloc(k->refs, need);
		k->room = (uint32_t)need;
	}
	for (size_t i = 0; i < count; i++)
		k->refs[i] = noted[i].ref;
	if (text.len)
		memcpy(k->refs + count, text.at, text.len);
	memcpy(k->fields, part->fields, part->field_count * sizeof *k->fields);
	k->field_count = part->field_count;
	k->ref_count = (uint16_t)count;
	k->len = (uint16_t)text.len;
	k->state = KEPT;
}

/* What was noted of one part stands together. */
static void keep_part(struct index *x, const struct sigma_parts *parts, const struct fresh *fresh,
		      size_t *at)
{
	const struct sigma_part *part = &parts->at[fresh->part];
	struct noted *noted = x->memory.noted.at + *at;
	size_t count = 0;
	bool changes = false;
	for (; *at < x->memory.noted.len && noted[count].part == fresh->part; count++, ++*at)
		changes |= noted[count].ref.leaf == CHANGE;
	struct known *k = set_of(x, fresh->hash);
	for (int i = 0; i < WAYS && k->hash != fresh->hash; i++)
		k++;
	if (k->hash != fresh->hash || k->state != ONCE)
		return; /* another took its place, or the same came twice */
	if (changes || count > REFS_MOST)
		k->state = CHANGES;
	else
		keep(&x->memory, k, part, text_of(parts, fresh->part), noted, count);
}

void memory_keep(struct index *x, const struct sigma_parts *parts)
{
	size_t at = 0;
	for (size_t i = 0; i < x->memory.fresh.len; i++)
		keep_part(x, parts, &x->memory.fresh.at[i], &at);
	x->memory.fresh.len = x->memory.noted.len = 0;
}

size_t memory_bytes(const struct memory *m)
{
	return m->bytes + (m->known ? SETS * WAYS * sizeof *m->known : 0);
}

void memory_free(struct memory *m)
{
	for (size_t i = 0; m->known && i < SETS * WAYS; i++)
		free(m->known[i].refs);
	free(m->known);
	list_free(&m->noted);
	list_free(&m->fresh);
}
