/*
 * json.h - one JSON text (RFC 8259), read once into a flat list of nodes.
 *
 *	struct json_tape tape = {0};
 *	struct json_fault fault;
 *	if (!json_read(&tape, record, &fault)) ... fault.why, fault.at (byte offset)
 *	const struct json_node *user = json_get(&tape, tape.at, SLICE("UserId"));
 *	slice name = json_words(user, &arena);          escapes resolved
 *	n = json_leaves(&tape, &leaves, &arena);        every value with its path: a.b.c
 *	json_free(&tape)
 *
 * Nodes stand in the order of the text: behind an object or array comes what it holds, up to its
 * `next`.  Nothing is copied: keys and values are slices of the text, and the tape is used again
 * for the next one.  The reader is strict: what RFC 8259 and RFC 3629 forbid is a fault with its
 * place; only half of a surrogate pair is let pass, as U+FFFD.  `tape.len` nodes were read before
 * the fault, and hold; containers that were not closed then end where the text was left.
 */
#ifndef TOCSIN_JSON_H
#define TOCSIN_JSON_H

#include "arena.h"

/* Limits against hostile text. A text of 4 GiB or more is refused whole. */
enum {
	JSON_DEPTH_MOST = 64,      /* containers within each other */
	JSON_NODES_MOST = 1 << 20, /* values of one text: 48 MiB of nodes */
	JSON_PATH_MOST = 256,      /* bytes of a path in front of its last key; cut there */
};

enum json_kind {
	JSON_IS_NULL,
	JSON_IS_FALSE,
	JSON_IS_TRUE,
	JSON_IS_NUMBER,
	JSON_IS_STRING,
	JSON_IS_OBJECT,
	JSON_IS_ARRAY,
};

struct json_node {
	slice key;     /* name in its object, as it stands; of an element and the root: empty */
	slice text;    /* a string without its quotes, escapes as they stand; all else: its text */
	uint32_t next; /* index of the first node behind it and all that it holds */
	uint8_t kind;  /* enum json_kind */
	bool escaped, key_escaped; /* holds a backslash: ask json_words(), json_name() */
};

struct json_tape {
	struct json_node *at; /* [0] is the root */
	size_t len, room;
	struct arena *arena; /* whose memory the nodes are; NULL: their own, see json_free() */
};

struct json_fault {
	const char *why; /* a literal */
	size_t at;       /* byte offset in the text */
};

/* The whole of `text` is one value, white space around it. */
bool json_read(struct json_tape *t, slice text, struct json_fault *f);
/* The value that begins `text`; `*used` is where it ends.  Texts that follow each other. */
bool json_read_first(struct json_tape *t, slice text, size_t *used, struct json_fault *f);
void json_free(struct json_tape *t); /* not of a tape in an arena */

/* The member `name` of an object; of several of that name the last, as nearly all readers have
 * it.  NULL: there is none, or `object` is none.  `name` holds no characters that need escapes. */
const struct json_node *json_get(const struct json_tape *t, const struct json_node *object,
				 slice name);

/* for (n = json_first(t, box); n; n = json_after(t, box, n)): what a container holds. */
static inline const struct json_node *
json_after(const struct json_tape *t, const struct json_node *box, const struct json_node *n)
{
	return n->next < box->next ? &t->at[n->next] : NULL;
}

static inline const struct json_node *json_first(const struct json_tape *t,
						 const struct json_node *box)
{
	return box && box->next > (size_t)(box - t->at) + 1 ? box + 1 : NULL;
}

/* A string's or key's characters, escapes resolved, in `a` if there were any; of other values their
 * text.  \u0000 is a NUL byte. */
slice json_words(const struct json_node *n, struct arena *a);
slice json_name(const struct json_node *n, struct arena *a);
/* The number as an integer, if it is one and fits; as a double, HUGE_VAL where it is too great. */
bool json_to_integer(const struct json_node *n, int64_t *value);
bool json_to_real(const struct json_node *n, double *value);

/* Every value that holds no others, in order of the text. The path joins keys by dots; an array
 * adds nothing to it, so its elements share one.  Empty objects and arrays have no leaf. */
struct json_leaf {
	slice path;
	const struct json_node *node;
};
size_t json_leaves(const struct json_tape *t, struct json_leaf **leaves, struct arena *a);

/* A text with escapes resolved into `a`: what stands between the quotes of a string. */
slice json_unescape(slice text, struct arena *a);

#endif
