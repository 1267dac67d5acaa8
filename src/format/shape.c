/*
 * shape.c - sentences of daemons, as they stand in their sources, with holes for what varies.
 *
 *	{"Login from '{a}' for user '{U}' might not have worked - {.}", ACT_LOGIN, OUT_FAILURE}
 *
 * Law: a shape has one capital hole at most, for what a client may write as he likes.  All before
 * it is read from the left, each hole up to the first place of what follows; all behind it from the
 * right, each literal at its last place; so that what is written into the capital hole never moves
 * the others.
 */
#include "shape.h"

enum { HOLES_MOST = 8, LITERALS_MOST = HOLES_MOST + 1 };

struct filled {
	char letter;
	slice text;
};

/* The literal that a shape begins with, up to its next hole: a few bytes, not worth a call. */
static inline slice literal_of(const char *shape)
{
	size_t n = 0;
	while (shape[n] && shape[n] != '{')
		n++;
	return (slice){shape, n};
}

static inline slice next_literal(const char **shape)
{
	slice s = literal_of(*shape);
	*shape += s.len;
	return s;
}

/* What stands behind the capital hole, taken from the right; false if it does not fit. */
static bool fit_right(const char *shape, slice *text, struct filled *f, size_t *n)
{
	slice literals[LITERALS_MOST];
	char letters[LITERALS_MOST];
	size_t count = 0;
	for (; *shape; count++) {
		if (count == LITERALS_MOST)
			return false;
		literals[count] = next_literal(&shape);
		letters[count] = *shape ? shape[1] : '\0';
		shape += *shape ? 3 : 0;
	}
	while (count--) {
		slice l = literals[count];
		bool ends = letters[count] == '\0';
		size_t at = !ends                  ? slice_search_last(*text, l)
			    : slice_ends(*text, l) ? text->len - l.len
						   : SIZE_MAX;
		if (at == SIZE_MAX || (!ends && *n == HOLES_MOST))
			return false;
		if (!ends)
			f[(*n)++] = (struct filled){letters[count], slice_from(*text, at + l.len)};
		*text = slice_first(*text, at);
	}
	return true;
}

static bool fill(const char *shape, slice text, struct filled *f, size_t *n)
{
	for (;;) {
		slice l = next_literal(&shape);
		if (!slice_starts(text, l))
			return false;
		text = slice_from(text, l.len);
		if (!*shape)
			return text.len == 0;
		char letter = shape[1];
		shape += 3;
		if (*n == HOLES_MOST)
			return false;
		slice rest = text;
		if (letter >= 'A' && letter <= 'Z') {
			if (!fit_right(shape, &rest, f, n) || *n == HOLES_MOST)
				return false;
			f[(*n)++] = (struct filled){letter, rest};
			return true;
		}
		slice until = literal_of(shape);
		size_t end = until.len ? slice_search(text, until) : text.len;
		if (end == SIZE_MAX)
			return false;
		f[(*n)++] = (struct filled){letter, slice_first(text, end)};
		text = slice_from(text, end);
	}
}

/* An address; one of a list; with a port behind it. */
static bool read_address(slice s, struct event *e)
{
	struct address a;
	s = slice_trim(s);
	if (s.len > 1 && s.at[0] == '"' && s.at[s.len - 1] == '"')
		s = (slice){s.at + 1, s.len - 2};
	if (slice_find(s, ',') < s.len ? web_forwarded(s, &a) : address_parse(s, &a)) {
		event_address(e, F_SOURCE_IP, a);
		return true;
	}
	return event_parse_peer(e, F_SOURCE_IP, F_SOURCE_PORT, s);
}

static const struct {
	char letter;
	enum field field;
} names[] = {
    {'u', F_USER},     {'d', F_SOURCE_DOMAIN}, {'s', F_SESSION},
    {'r', F_REASON},   {'f', F_FROM},          {'t', F_TO},
    {'q', F_QUEUE_ID}, {'w', F_AUTH_METHOD},   {'m', F_MESSAGE_ID},
    {'o', F_PROTOCOL}, {'g', F_USER_AGENT},    {'v', F_USER_EFFECTIVE},
};

static void set_text(struct event *e, char letter, slice text)
{
	if (letter == '.' || text.len == 0)
		return;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (names[i].letter == letter) {
			event_text(e, names[i].field, text);
			return;
		}
}

/* A hole that must hold an address or a number; true for all others. */
static bool set_checked(struct event *e, const struct filled *f)
{
	int64_t n;
	switch (f->letter | 0x20) {
	case 'a':
		return read_address(f->text, e);
	case 'p':
		return event_parse_number(e, F_SOURCE_PORT, f->text);
	case 'z':
		return event_parse_number(e, F_SIZE, f->text);
	case 'n':
		return slice_is_number(slice_trim(f->text), &n);
	case 'x':
		if (!read_address(f->text, e))
			set_text(e, 'd', f->text);
		return true;
	default:
		return true;
	}
}

bool shape_fits(const char *shape, slice text, struct event *e)
{
	static const enum field checked[] = {F_SOURCE_IP, F_SOURCE_PORT, F_SIZE, F_SOURCE_DOMAIN};
	struct filled f[HOLES_MOST];
	size_t n = 0;
	bool fits = fill(shape, text, f, &n);
	for (size_t i = 0; fits && i < n; i++)
		fits = set_checked(e, &f[i]);
	for (size_t i = 0; !fits && n && i < sizeof checked / sizeof *checked; i++)
		event_drop(e, checked[i]);
	for (size_t i = 0; fits && i < n; i++)
		set_text(e, (char)(f[i].letter | 0x20), f[i].text);
	return fits;
}

/* Most rows differ in their first two bytes. */
static inline bool may_fit(const char *shape, slice text)
{
	if (shape[0] == '{' || shape[1] == '{')
		return true;
	return text.len > 1 && shape[0] == text.at[0] && shape[1] == text.at[1];
}

const struct said *said_find(const struct said *rows, slice text, struct event *e)
{
	while (text.len && (text.at[text.len - 1] == ' ' || text.at[text.len - 1] == '\r'))
		text.len--;
	for (; rows->shape; rows++) {
		if (!may_fit(rows->shape, text) || !shape_fits(rows->shape, text, e))
			continue;
		event_act(e, rows->action, rows->outcome);
		if (rows->outcome == OUT_FAILURE && !event_has(e, F_REASON))
			event_text(e, F_REASON, text);
		return rows;
	}
	return NULL;
}
