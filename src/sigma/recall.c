/*
 * recall.c - what lines said of a value, when it comes again: for events that courses ask about
 * (course.c).  The paths of requests, reasons of failures and names of programs are few, and many
 * lines of many rules ask for them.
 *
 * Laws: (1) only answers that hang on the field's text alone are kept, and equal means equal bytes;
 *       (2) memory is fixed: of two values that meet in one place the older gives way; (3) a field
 *           whose values seldom come again is let alone for a while.
 */
#include "internal.h"

#include <stdlib.h>

enum {
	PLACES = 256,
	TEXT_MOST = 80,   /* bytes of a value that is kept */
	LINES_LEAST = 3,  /* lines that ask for a field, from which on it pays */
	LINES_MOST = 64,  /* a bit each */
	ROW = 256,        /* values of a field, of which so many */
	KNOWN_LEAST = 96, /* are to be known, or so many */
	SKIP = 1 << 13,   /* are not asked for */
};

struct heard {
	uint64_t hash, known, holds;
	int field;
	uint32_t len;
	char text[TEXT_MOST];
};

struct recall {
	struct heard places[PLACES];
	struct asked_field {
		uint64_t event; /* of which `now` is */
		struct heard *now;
		uint32_t lines, tried, known, skip;
	} fields[SIGMA_PRESENT];
};

static bool by_text_alone(const struct leaf *l)
{
	for (size_t i = 0; i < l->count; i++)
		for (const struct test *t = &l->tests[i]; t; t = t->otherwise)
			if (t->kind != TEST_PATTERN && t->kind != TEST_REGEX)
				return false;
	return l->part == PART_NONE;
}

bool recall_line(struct sigma *s, struct leaf *l)
{
	if (l->line)
		return true;
	if (l->field < 0 || l->field >= SIGMA_PRESENT || !by_text_alone(l))
		return false;
	if (!s->recall)
		s->recall = must_alloc(sizeof *s->recall);
	struct asked_field *f = &s->recall->fields[l->field];
	if (f->lines == LINES_MOST)
		return false;
	l->line = ++f->lines;
	return true;
}

/* Of a row of values too few were known: the next ones are not asked for. */
static bool is_skipped(struct asked_field *f)
{
	if (f->skip) {
		f->skip--;
		return true;
	}
	if (++f->tried < ROW)
		return false;
	f->skip = f->known < KNOWN_LEAST ? SKIP : 0;
	f->tried = f->known = 0;
	return false;
}

static struct heard *hear(struct sigma *s, struct asked_field *f, int field)
{
	struct sigma_value v = {SIGMA_ABSENT};
	if (f->lines < LINES_LEAST || is_skipped(f))
		return NULL;
	s->schema->value(s->event, field, &v);
	if (v.kind != SIGMA_TEXT || v.text.len > TEXT_MOST || !v.text.len)
		return NULL;
	uint64_t hash = hash_quick(v.text, (unsigned)field);
	struct heard *h = &s->recall->places[hash % PLACES];
	if (h->hash == hash && h->field == field && h->len == v.text.len &&
	    word_same(h->text, v.text.at, v.text.len)) {
		f->known++;
		return h;
	}
	*h = (struct heard){.hash = hash, .field = field, .len = (uint32_t)v.text.len};
	memcpy(h->text, v.text.at, v.text.len);
	return h;
}

bool recall_holds(struct sigma *s, const struct leaf *l)
{
	struct asked_field *f = &s->recall->fields[l->field];
	if (f->event != s->event_number) {
		f->event = s->event_number;
		f->now = hear(s, f, l->field);
	}
	uint64_t bit = UINT64_C(1) << (l->line - 1);
	struct heard *h = f->now;
	if (!h)
		return leaf_holds(s, l);
	if (!(h->known & bit)) {
		h->known |= bit;
		h->holds |= leaf_holds(s, l) ? bit : 0;
	}
	return h->holds & bit;
}

size_t recall_bytes(const struct sigma *s)
{
	return s->recall ? sizeof *s->recall : 0;
}

void recall_free(struct sigma *s)
{
	free(s->recall);
	s->recall = NULL;
}
