/*
 * words.h - for daemons whose lines are told apart by the words that they begin with.
 *
 *	static const struct wording rows[] = {
 *	    WORDS("LOGIN FAILED, ", LOGIN, FAILURE, read_client),
 *	    WORDS("", MESSAGE, NONE, NULL),                       the rest; without it: unknown
 *	    END_OF_WORDS,
 *	};
 */
#ifndef TOCSIN_FORMAT_WORDS_H
#define TOCSIN_FORMAT_WORDS_H

#include "format/part.h"

/* Gets what follows the words; false if that is malformed or cut off. */
typedef bool words_reader(slice rest, struct event *e);

struct wording {
	slice head;
	enum action action;
	enum result outcome;
	words_reader *read; /* may be NULL; may call event_act() once more */
};
/* clang-format off */
#define WORDS(text, act, out, fn) {SLICE_INIT(text), ACT_##act, OUT_##out, fn}
#define END_OF_WORDS {{NULL, 0}, ACT_MESSAGE, OUT_NONE, NULL}
/* clang-format on */

/* By the first row whose words `body` begins with; DECODED_UNKNOWN if there is none. */
enum decoded words_decode(const struct format *f, const struct wording *rows, slice body,
			  struct event *e);

enum words_side { WORDS_CLIENT, WORDS_NEXT_HOP };
/*
 * "name [address]", "name[address]", "[address]:port" off the front, into the fields of a side;
 * a name holds no blanks.  False, and `s` as it was, if it does not stand there.
 */
bool words_take_peer(slice *s, struct event *e, enum words_side side);
/* The same behind the last `mark`. */
bool words_last_peer(slice text, slice mark, struct event *e, enum words_side side);
/* An address alone, [in brackets] or not, "IPv6:" before it or not. */
bool words_address(slice text, struct event *e, enum field f);
/*
 * The address behind `mark`, up to `end`.  Where clients' text stands on both sides, a second mark
 * with another address may be the true one: then none is believed.
 */
bool words_only_address(slice text, slice mark, const char *ends, struct event *e, enum field f);
/* "<a@b>" off the front, past what is quoted in it; without its brackets. */
bool words_take_path(slice *s, slice *path);
/* A row's reader for a client here, and for one behind the next or last " from ". */
words_reader words_peer_here, words_peer_from, words_reason;

/* logfmt: key=value or key="value" off the front, escapes of a quoted value resolved. */
bool words_take_pair(slice *s, slice *key, slice *value, struct arena *scratch);

#endif
