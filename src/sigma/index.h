/*
 * index.h - the texts of all rules, looked for in an event in one pass.
 *
 * An atom is a text that a field must hold: somewhere, at its head, its tail, or as the whole.
 * Those at an end are found by a hash of up to eight bytes there; those anywhere by a run of four
 * bytes ("gram"), chosen to be rare among all rules: for each byte of the event one bit says
 * whether any atom has the gram that begins there.
 *
 * Laws: (1) a leaf that is indexed holds if, and only if, atoms of it were seen, and is never
 *           tested again; one that is so only in part is tested once they were; (2) a rule is asked
 * only if something without which it cannot hold was seen; (3) what is asked then is the same tree
 * as without an index: the verdict is the same.
 */
#ifndef TOCSIN_SIGMA_INDEX_H
#define TOCSIN_SIGMA_INDEX_H

#include "internal.h"

#include "base/out.h"

enum {
	GRAM = 4,
	SHORT_GRAM = 3,
	BLOOM_LEAST = 12, /* bits of a field's bloom: at least 2^12, and SPARSE for each gram */
	BLOOM_MOST = 20,
	SPARSE = 16,
	END_WORDS = 64,
	ALL_MOST = 64, /* tests of a leaf of which all must hold */
	ONE_OF = 64,   /* no bit: one test is enough */
};

enum place { ANYWHERE, HEAD, TAIL, WHOLE };
enum check { CHECK_NONE, CHECK_PATTERN, CHECK_VALUE }; /* if seen, is it true? */

struct ref {
	uint32_t leaf;
	uint32_t bit; /* of the test, if all must hold */
};

struct atom {
	slice text; /* ASCII letters folded */
	int field;
	uint8_t place, check;
	uint8_t next;             /* of a keyword of three bytes: what follows, in lower case */
	uint32_t refs, ref_count; /* in the index's list */
	uint32_t offset;          /* of its gram */
	uint32_t key;             /* by which it is found; see chain() */
	const struct test *test;  /* what is checked */
	uint64_t checked;         /* the part in which it was last */
};

/* What fields ask for. */
enum { WANTS_ANYWHERE = 1, WANTS_WHOLE = 2, WANTS_SHORT = 4, WANTS_HEAD = 8 };
enum { WANTS_TAIL = WANTS_HEAD << 8 };
struct wants {
	uint32_t bits;               /* WANTS_HEAD << class, WANTS_TAIL << class */
	bool used;                   /* by any rule */
	uint32_t rules, rule_count;  /* asked if the field is there: of `present` */
	uint32_t grams;              /* how many begin in it, those of keywords too */
	uint16_t tried, known, skip; /* values: see remember.c */
	unsigned shift;              /* of a hash, to a bit of the bloom; see bloom_bits() */
	uint32_t *bloom;
	uint64_t seen;  /* events in which it was there */
	uint64_t *ends; /* a bloom of the keys of what stands at ends; NULL: nothing */
};

/*
 * A rule's tree as steps: one leaf each, and where to go on if it holds and if it does not.  They
 * stand one before the other in memory, so that a rule that is asked costs few looks at it.
 */
struct step {
	uint32_t leaf;
	uint32_t yes, no; /* a step, or one of these */
};
#define STEP_TRUE  UINT32_MAX
#define STEP_FALSE (UINT32_MAX - 1)
/* Which leaves are only tested if their bit says so, or whatever it says: in `leaf`. */
#define STEP_LEAF  UINT32_C(0x3FFFFFFF)
#define STEP_MAYBE UINT32_C(0x40000000)
#define STEP_TEST  UINT32_C(0x80000000)

/* A value that came before, of the same fields, and what is seen in it: see remember.c. */
enum { VALUE_FIELDS = 4 };
struct known {
	uint64_t hash;    /* 0: none */
	uint32_t used;    /* the part that used it last, cut to 32 bits */
	uint32_t room;    /* bytes at `refs` */
	struct ref *refs; /* behind them the text */
	uint16_t ref_count, len;
	enum { ONCE, KEPT, CHANGES } state;
	int fields[VALUE_FIELDS];
	uint32_t field_count;
};
struct memory {
	struct known *known;
	LIST(struct noted {
		uint32_t part;
		struct ref ref;
	})
	noted; /* what was seen in the parts that are to be kept, in the event at hand */
	LIST(struct fresh {
		uint64_t hash;
		uint32_t part;
	})
	fresh; /* those parts */
	size_t bytes;
};

struct index {
	struct atom *atoms;
	size_t count, room;
	struct table known; /* image of an atom -> its number */
	struct out image;   /* while it is built */
	LIST(struct atom_ref {
		uint32_t atom;
		struct ref ref;
	})
	found; /* while it is built */
	struct ref *refs;
	struct slot {
		uint32_t key, atom; /* atom + 1; 0: free */
	} * slots;                  /* open addressing by the high bits of a key */
	unsigned shift;             /* of a key, to its slot */
	struct wants *wants;        /* of each field */
	size_t fields;
	int keywords;
	uint32_t *present; /* rules */
	size_t present_count;
	uint32_t *waiting;                 /* rules that wait for leaves */
	uint64_t *judged, *always, *asked; /* bits of rules; judged: those of buckets with a mask */
	size_t words;
	uint64_t *seen, *waited; /* bits of leaves: seen in the event; a rule waits for it */
	size_t leaf_words;
	struct mark {
		uint64_t event, seen, full; /* which of its tests were seen, if all must hold */
		uint32_t waiting, waiting_count;
		uint64_t held; /* in so many of the events that were counted */
	} * marks;             /* of each leaf */
	struct plot {
		struct logsource *source;
		uint32_t start;
	} * plots; /* of each rule */
	LIST(struct step) steps;
	struct gathered {
		struct out run;
		LIST(struct sigma_part) parts;
		struct sigma_parts whole;
		int *numbers; /* of each field its own number */
	} gathered;           /* see parts.c */
	struct memory memory;
	uint64_t events, learn_at, counted;
	bool counting;  /* the event at hand */
	bool wide;      /* the processor has AVX2 */
	uint64_t parts; /* looked at so far, over all events */
};

/* Lengths by which texts at an end are hashed: the greatest that is not above the text's own. */
static const unsigned end_lengths[] = {8, 6, 5, 4, 3, 2, 1};
enum { END_LENGTHS = sizeof end_lengths / sizeof *end_lengths };

#define GRAM_FACTOR  0x9E3779B1u
#define SHORT_FACTOR 0x85EBCA6Bu
static inline uint32_t gram_hash(uint32_t w)
{
	return (w | 0x20202020u) * GRAM_FACTOR;
}

/* The same gram in two fields is two things. */
static inline uint32_t gram_key(uint32_t hash, int field)
{
	hash ^= (unsigned)field * 0x27D4EB2Fu;
	hash = (hash ^ hash >> 15) * 0xC2B2AE35u;
	return hash ^ hash >> 13;
}

static inline uint32_t short_hash(uint32_t w)
{
	return ((w | 0x20202020u) & 0xFFFFFFu) * SHORT_FACTOR;
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

static inline uint32_t empty_key(int field)
{
	return (unsigned)field * 0x9E3779B1u;
}

static inline uint32_t end_bit(uint32_t key)
{
	return key % (END_WORDS * 64);
}

/* Two bits of one word of a field's bloom stand for a gram; its word is `*word`. */
static inline uint32_t bloom_bits(const struct wants *w, uint32_t hash, uint32_t *word)
{
	*word = hash >> w->shift >> 5;
	return UINT32_C(1) << (hash >> w->shift & 31) | UINT32_C(1)
							    << (hash >> (w->shift - 5) & 31);
}

/* Leaves: each that is indexed has a bit, set if it was seen in the event at hand. */
static inline bool bit_of(const uint64_t *bits, uint32_t i)
{
	return bits[i / 64] >> i % 64 & 1;
}

/* program.c: the tree of each rule as steps that stand together. */
void programs_make(struct sigma *s);
bool program_holds(struct sigma *s, const struct plot *plot);

/* parts.c: the texts of the event at hand in one run, of a schema that has none ready. */
const struct sigma_parts *parts_gather(struct sigma *s);

/*
 * remember.c: what is known of a value of these fields; NULL: a look is needed, and what is then
 * seen is to be noted if `*note`.  The hash is asked for first, of several parts, so that what is
 * known is on its way from memory meanwhile; 0: nothing will be known.
 */
uint64_t memory_hash(struct index *x, const struct sigma_parts *parts, uint32_t part);
void memory_hint(const struct index *x, uint64_t hash);
const struct known *memory_find(struct index *x, const struct sigma_parts *parts, uint32_t part,
				uint64_t hash, bool *note);
void memory_note(struct index *x, uint32_t part, const struct ref *refs, size_t count);
/* It depends on more than its text. */
void memory_note_change(struct index *x, uint32_t part);
/* At the end of an event: what was noted is kept. */
void memory_keep(struct index *x, const struct sigma_parts *parts);
size_t memory_bytes(const struct memory *m);
void memory_free(struct memory *m);

/* Whether there is so much to ask of an event that an index pays. */
bool index_pays(const struct sigma *s);
void index_build(struct sigma *s);
/* Chooses anew what rules wait for, by what was rare in the events so far. */
void index_learn(struct sigma *s);
void index_free(struct sigma *s);
size_t index_bytes(const struct index *x);
/* The bits of the rules that can hold for the event at hand; those of its leaves are then set. */
const uint64_t *index_look(struct sigma *s, const struct sigma_parts *parts);

#endif
