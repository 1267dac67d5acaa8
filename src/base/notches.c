/* notches.c - lines of eight, the one asked for last in front. */
#include "notches.h"
#include "arena.h"
#include "image.h"

#include <stdlib.h>

_Static_assert(NOTCHES_IN_LINE * sizeof(struct notch) == LINE_BYTES, "a cache line");

void notches_init(struct notches *m, uint32_t most)
{
	uint32_t bits = 0;
	while ((uint32_t)NOTCHES_IN_LINE << bits < most)
		bits++;
	*m = (struct notches){.line_bits = bits};
}

void notches_free(struct notches *m)
{
	free(m->memory);
	*m = (struct notches){0};
}

static size_t line_count(const struct notches *m)
{
	return (size_t)1 << m->line_bits;
}

/* The bits of the line are the highest, the tag the lowest. */
static size_t line_of(const struct notches *m, uint64_t hash)
{
	return m->line_bits ? (size_t)(hash >> (64 - m->line_bits)) : 0;
}

/* Zeroed memory of the system's is not there until it is touched. */
static void make_lines(struct notches *m)
{
	m->memory = must_alloc((line_count(m) + 1) * LINE_BYTES);
	m->lines = (void *)(((uintptr_t)m->memory + LINE_BYTES - 1) & -(uintptr_t)LINE_BYTES);
}

uint32_t *notches_put(struct notches *m, uint64_t hash, bool *fresh)
{
	if (!m->lines)
		make_lines(m);
	struct notch *line = m->lines[line_of(m, hash)];
	struct notch found = {(uint32_t)hash | 1, 0};
	size_t i = 0;
	while (i < NOTCHES_IN_LINE && line[i].tag && line[i].tag != found.tag)
		i++;
	bool full = i == NOTCHES_IN_LINE;
	*fresh = full || !line[i].tag;
	m->shed_count += full;
	m->len += *fresh && !full;
	i -= full;
	if (!*fresh)
		found = line[i];
	memmove(line + 1, line, i * sizeof *line);
	line[0] = found;
	return &line[0].number;
}

uint32_t *notches_next(struct notches *m, size_t *at, uint64_t *hash)
{
	size_t end = m->lines ? line_count(m) * NOTCHES_IN_LINE : 0;
	for (; *at < end; ++*at) {
		size_t line = *at / NOTCHES_IN_LINE;
		struct notch *notch = &m->lines[line][*at % NOTCHES_IN_LINE];
		if (!notch->tag)
			continue;
		*hash = notch->tag;
		*hash |= m->line_bits ? (uint64_t)line << (64 - m->line_bits) : 0;
		++*at;
		return &notch->number;
	}
	return NULL;
}

size_t notches_bytes(const struct notches *m)
{
	return m->lines ? (line_count(m) + 1) * LINE_BYTES : 0;
}

void image_notches(struct image *im, struct notches *m)
{
	uint8_t there = m->lines != NULL;
	image_mark(im, m->line_bits);
	image_bytes(im, &there, sizeof there);
	image_bytes(im, &m->len, sizeof m->len);
	image_bytes(im, &m->shed_count, sizeof m->shed_count);
	if (im->bad || !there)
		return;
	if (!m->lines)
		make_lines(m);
	image_bytes(im, m->lines, line_count(m) * LINE_BYTES);
}
