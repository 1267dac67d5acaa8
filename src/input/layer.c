/*
 * layer.c - what all layers have in common, and the lowest one: a file.
 *
 * Laws: (1) a layer hands out its bytes once and in order, and `at` counts them;
 *       (2) what was made before a fault is handed out before the fault is told;
 *       (3) more bytes than the limits allow, or more for each byte on disk once INPUT_FREE are
 *           exceeded, never come out of one stack.
 */
#include "room.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct file {
	struct layer layer;
	int fd;
	bool owned, part;
	uint64_t from, place, size; /* place: from `from` on */
};

struct layer *layer_new(size_t size, struct layer *below)
{
	struct layer *l = must_alloc(size);
	l->below = below;
	l->limits = below ? below->limits : &input_limits_usual;
	return l;
}

void layer_fail(struct layer *l, enum input_trouble t, const char *why)
{
	if (l->trouble != INPUT_FINE)
		return;
	l->trouble = t;
	snprintf(l->why, sizeof l->why, "%s", why);
}

const struct layer *layer_fault(const struct layer *top)
{
	const struct layer *fault = NULL;
	for (; top; top = top->below)
		if (top->trouble != INPUT_FINE)
			fault = top;
	return fault;
}

/* Law 3: a few kilobytes on disk must not keep us busy for a day. */
static bool is_bomb(const struct layer *l)
{
	if (!l->below || l->made <= INPUT_FREE)
		return false;
	const struct layer *file = l;
	while (file->below)
		file = file->below;
	return l->made > l->limits->bytes || l->made / l->limits->ratio > file->made;
}

static ssize_t make(struct layer *l, char *to, size_t n)
{
	if (is_bomb(l)) {
		layer_fail(l, INPUT_REFUSED,
			   "it unpacks to far more than a log would (limits ratio, bytes)");
		return 0;
	}
	ssize_t got = l->read(l, to, n);
	l->made += (uint64_t)got;
	return got;
}

static ssize_t take_peeked(struct layer *l, char *to, size_t n)
{
	size_t left = l->peek_len - l->peek_at;
	n = n < left ? n : left;
	memcpy(to, l->peeked + l->peek_at, n);
	l->peek_at += n;
	return (ssize_t)n;
}

ssize_t layer_read(struct layer *l, char *to, size_t n)
{
	ssize_t got = l->peek_at < l->peek_len ? take_peeked(l, to, n) : make(l, to, n);
	l->at += (uint64_t)got;
	if (l->tap && got > 0)
		digest_add(l->tap, (slice){to, (size_t)got});
	return got;
}

slice layer_peek(struct layer *l)
{
	if (l->peek_len && l->peek_at == 0)
		return (slice){l->peeked, l->peek_len};
	l->peeked = must_realloc(l->peeked, INPUT_SNIFF);
	l->peek_at = l->peek_len = 0;
	while (l->peek_len < INPUT_SNIFF) {
		ssize_t got = make(l, l->peeked + l->peek_len, INPUT_SNIFF - l->peek_len);
		if (got <= 0)
			break;
		l->peek_len += (size_t)got;
	}
	return (slice){l->peeked, l->peek_len};
}

bool layer_skip(struct layer *l, uint64_t n)
{
	if (layer_is_file(l) && !l->tap) {
		layer_file_seek(l, l->at + n);
		return true;
	}
	char scratch[1 << 14];
	while (n) {
		ssize_t got =
		    layer_read(l, scratch, n < sizeof scratch ? (size_t)n : sizeof scratch);
		if (got <= 0)
			return false;
		n -= (uint64_t)got;
	}
	return true;
}

void layer_close(struct layer **l)
{
	if (!*l)
		return;
	if ((*l)->close)
		(*l)->close(*l);
	free((*l)->peeked);
	free(*l);
	*l = NULL;
}

/* Never past the size that the file had when the set was opened: a live log grows under us. */
static ssize_t file_read(struct layer *l, char *to, size_t n)
{
	struct file *f = (struct file *)l;
	uint64_t left = f->place < f->size ? f->size - f->place : 0;
	if (left == 0)
		return 0;
	ssize_t got;
	do
		got = pread(f->fd, to, n < left ? n : (size_t)left, (off_t)(f->from + f->place));
	while (got < 0 && errno == EINTR);
	if (got < 0) {
		layer_fail(l, INPUT_MISSING, strerror(errno));
		return 0;
	}
	if (got == 0)
		layer_fail(l, INPUT_CHANGED, "it shrank while it was read");
	f->place += (uint64_t)got;
	return got;
}

static void file_close(struct layer *l)
{
	struct file *f = (struct file *)l;
	if (f->owned)
		close(f->fd);
}

struct layer *layer_file_part(int fd, uint64_t from, uint64_t size,
			      const struct input_limits *limits)
{
	struct layer *l = layer_new(sizeof(struct file), NULL);
	struct file *f = (struct file *)l;
	l->read = file_read;
	l->close = file_close;
	l->limits = limits;
	f->fd = fd;
	f->from = from;
	f->part = true;
	f->size = size;
	return l;
}

struct layer *layer_file(int fd, uint64_t size, const struct input_limits *limits)
{
	struct layer *l = layer_file_part(fd, 0, size, limits);
	((struct file *)l)->part = false;
	return l;
}

void layer_file_own(struct layer *l)
{
	((struct file *)l)->owned = true;
}

int layer_file_fd(const struct layer *l)
{
	return ((const struct file *)l)->fd;
}

bool layer_is_whole_file(const struct layer *l)
{
	return layer_is_file(l) && !((const struct file *)l)->part;
}

uint64_t layer_file_size(const struct layer *l)
{
	return ((const struct file *)l)->size;
}

bool layer_is_file(const struct layer *l)
{
	return l->read == file_read;
}

void layer_file_seek(struct layer *l, uint64_t to)
{
	struct file *f = (struct file *)l;
	f->place = l->at = to;
	l->peek_at = l->peek_len = 0;
}
