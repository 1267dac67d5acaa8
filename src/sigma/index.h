/*
 * index.h - the texts of all rules, looked for in an event in one pass.
 *
 * An atom is a text that a field must hold: somewhere, at its head, its tail, or as the whole.
 * Those at an end are found by a hash of up to eight bytes there; those anywhere by a run of four
 * bytes ("gram"), chosen to be rare among all rules: for each byte of the event one bit says
 * whether any atom has the gram that begins there.
 *
 * Laws: (1) a leaf that is indexed holds if, and only if, atoms of it were seen: it is never tested
 *           again; (2) a rule is asked only if something without which it cannot hold was seen;
 *       (3) what is asked then is the same tree as without an index: the verdict is the same.
 */
#ifndef TOCSIN_SIGMA_INDEX_H
#define TOCSIN_SIGMA_INDEX_H

#include "internal.h"

enum {
	GRAM = 4,
	SHORT_GRAM = 3,
	BLOOM_BITS = 18,
	CHAIN_BITS = 15,
	ALL_MOST = 64, /* tests of a leaf of which all must hold */
};

enum place { ANYWHERE, HEAD, TAIL, WHOLE };
enum check { CHECK_NONE, CHECK_PATTERN, CHECK_VALUE }; /* if seen, is it true? */

struct ref {
	const struct leaf *leaf;
	uint64_t bit; /* of the test, if all must hold */
};

struct atom {
	slice text; /* ASCII letters folded */
	int field;
	enum place place;
	enum check check;
	const struct test *test; /* what is checked */
	LIST(struct ref) refs;
	uint64_t checked; /* the part in which it was last */
	uint32_t gram;    /* hash; anywhere: of the bytes from `offset` on */
	uint32_t offset;
	uint32_t next; /* of the same chain, + 1 */
};

/* What fields ask for. */
enum { WANTS_ANYWHERE = 1, WANTS_WHOLE = 2, WANTS_HEAD = 4, WANTS_TAIL = WANTS_HEAD << 8 };
struct wants {
	uint32_t bits;  /* WANTS_HEAD << class, WANTS_TAIL << class */
	uint32_t rules; /* asked if the field is there: first in `present`, + 1 */
	uint32_t rule_count;
};

struct index {
	struct atom *atoms;
	size_t count, room;
	struct table known;     /* image of an atom -> its number */
	uint32_t *grams, *ends; /* chains */
	uint64_t *bloom, *short_bloom;
	struct wants *wants; /* of each field */
	size_t fields;
	uint32_t *present; /* rules */
	size_t present_count;
	uint64_t *always, *asked; /* bits of rules */
	size_t words;
	struct mask {
		uint64_t event, seen, full;
	} * masks;      /* of each leaf: which of its tests were seen */
	uint64_t parts; /* looked at so far, over all events */
};

/* Lengths by which texts at an end are hashed: the greatest that is not above the text's own. */
static const unsigned end_lengths[] = {8, 6, 5, 4, 3, 2, 1};
enum { END_LENGTHS = sizeof end_lengths / sizeof *end_lengths };

static inline uint32_t gram_hash(uint32_t w)
{
	return (w | 0x20202020u) * 0x9E3779B1u;
}

static inline uint32_t short_hash(uint32_t w)
{
	return ((w | 0x20202020u) & 0xFFFFFFu) * 0x85EBCA6Bu;
}

/* Of the `n` lowest bytes of a word at a text's end. */
static inline uint32_t end_hash(uint64_t word, unsigned n, int field, enum place place)
{
	uint64_t w = (word | WORD_EACH(0x20)) << (64 - 8 * n);
	w ^= ((uint64_t)(unsigned)field << 8 | (unsigned)place << 4 | n) *
	     UINT64_C(0x9E3779B97F4A7C15);
	w *= UINT64_C(0xD6E8FEB86659FD93);
	return (uint32_t)(w >> 32);
}

void index_build(struct sigma *s);
void index_free(struct sigma *s);
size_t index_bytes(const struct index *x);
/* Sets bits of the rules that can hold for the event at hand; its leaves' memos are then set. */
const uint64_t *index_look(struct sigma *s, const struct sigma_parts *parts);

#endif
