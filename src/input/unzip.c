/*
 * unzip.c - gzip (RFC 1952) by zlib.
 *
 * Not by libarchive, for two reasons that matter to evidence: libarchive 3.6 drops the last 64 KiB
 * before a cut, and does not verify the check sum.  Members may follow one another (RFC 1952 2.2),
 * zero padding may follow them; anything else behind them is told.
 *
 * A compressed tar is read once to list it, and then by each of its members from the member's own
 * place on.  So that this does not unpack all that lies before it each time, the first pass leaves
 * marks: places at the edge of a deflate block from which, with the 32 KiB of text before them,
 * inflating can begin (RFC 1951 2: no block refers further back).  The check sum was verified by
 * then; what begins at a mark has none.
 */
#include "room.h"

#include <stdlib.h>
#include <zlib.h>

enum { GZIP_ONLY = 15 + 16, RAW_DEFLATE = -15 }; /* zlib.h, inflateInit2() */
enum { PACKED_BLOCK = 1 << 16, WINDOW = 1 << 15, MARKS_MOST = 1024, MARKS_APART = 1 << 22 };

struct mark {
	uint64_t packed, plain; /* bytes before it */
	int bits;               /* of the last packed byte that belong behind it */
	uInt window_len;
	Bytef window[WINDOW];
};

struct marks {
	LIST(struct mark) list;
	uint64_t apart;
};

struct gzip {
	struct layer layer;
	z_stream z;
	bool between; /* members: another may begin */
	bool done;
	bool raw; /* begun at a mark: the trailer of this member is ours to pass by */
	struct marks *marks;
	char in[PACKED_BLOCK];
};

/* False at the end of the packed bytes. */
static bool refill(struct gzip *g)
{
	if (g->z.avail_in)
		return true;
	ssize_t got = layer_read(g->layer.below, g->in, sizeof g->in);
	g->z.next_in = (Bytef *)g->in;
	g->z.avail_in = (uInt)got;
	return got > 0;
}

static void end(struct gzip *g, const char *why)
{
	g->done = true;
	if (why)
		layer_fail(&g->layer, INPUT_CUT, why);
}

/* Between members: is there another one? */
static bool begin(struct gzip *g)
{
	while (refill(g) && *g->z.next_in == 0) {
		g->z.next_in++;
		g->z.avail_in--;
	}
	if (!refill(g)) {
		end(g, NULL);
		return false;
	}
	if (*g->z.next_in != 0x1f) {
		end(g, "bytes that are not gzip follow the compressed data");
		return false;
	}
	inflateReset2(&g->z, GZIP_ONLY);
	g->between = g->raw = false;
	return true;
}

/* The check sum and length behind a member that was begun at a mark (RFC 1952 2.3.1). */
static void pass_trailer(struct gzip *g)
{
	for (int left = 8; left && refill(g); left--) {
		g->z.next_in++;
		g->z.avail_in--;
	}
}

/* Half as many, twice as far apart. */
static void thin_out(struct marks *m)
{
	m->list.len /= 2;
	for (size_t i = 0; i < m->list.len; i++)
		m->list.at[i] = m->list.at[2 * i];
	m->apart *= 2;
}

static uint64_t made(const struct gzip *g, size_t asked)
{
	return g->layer.made + (asked - g->z.avail_out);
}

/* zlib.h, inflate(): data_type says 128 at the end of a block, 64 in the last one, and the bits. */
static void leave_mark(struct gzip *g, uint64_t plain)
{
	struct marks *m = g->marks;
	uint64_t last = m->list.len ? m->list.at[m->list.len - 1].plain : 0;
	if ((g->z.data_type & (128 + 64)) != 128 || plain - last < m->apart)
		return;
	if (m->list.len == MARKS_MOST)
		thin_out(m);
	struct mark *k = list_add(&m->list);
	k->packed = g->layer.below->at - g->z.avail_in;
	k->plain = plain;
	k->bits = g->z.data_type & 7;
	inflateGetDictionary(&g->z, k->window, &k->window_len);
}

static void step(struct gzip *g, size_t asked)
{
	if (g->between && !begin(g))
		return;
	bool fed = refill(g); /* if not, zlib may still hold what it had no room to hand out */
	int r = inflate(&g->z, g->marks ? Z_BLOCK : Z_NO_FLUSH);
	if (r == Z_OK && g->marks)
		leave_mark(g, made(g, asked));
	if (r == Z_STREAM_END && g->raw)
		pass_trailer(g);
	if (r == Z_STREAM_END)
		g->between = true;
	else if (r == Z_BUF_ERROR && !fed)
		end(g, "the compressed data ends early");
	else if (r != Z_OK &&
		 r != Z_BUF_ERROR) /* an empty block can come out of the bits at hand */
		end(g, g->z.msg ? g->z.msg : "the compressed data is damaged");
}

static ssize_t gzip_read(struct layer *l, char *to, size_t n)
{
	struct gzip *g = (struct gzip *)l;
	if (n > 1u << 30)
		n = 1u << 30;
	g->z.next_out = (Bytef *)to;
	g->z.avail_out = (uInt)n;
	while (g->z.avail_out && !g->done)
		step(g, n);
	return (ssize_t)(n - g->z.avail_out);
}

static void gzip_close(struct layer *l)
{
	inflateEnd(&((struct gzip *)l)->z);
}

struct layer *layer_gzip(struct layer *below)
{
	struct layer *l = layer_new(sizeof(struct gzip), below);
	struct gzip *g = (struct gzip *)l;
	l->read = gzip_read;
	l->close = gzip_close;
	if (inflateInit2(&g->z, GZIP_ONLY) != Z_OK) {
		layer_fail(l, INPUT_CUT, "no memory to decompress it");
		g->done = true;
	}
	return l;
}

struct marks *layer_gzip_marks(struct layer *l)
{
	if (l->read != gzip_read || !layer_is_file(l->below))
		return NULL;
	struct gzip *g = (struct gzip *)l;
	g->marks = must_alloc(sizeof *g->marks);
	g->marks->apart = MARKS_APART;
	return g->marks;
}

uint64_t marks_apart(const struct marks *m)
{
	return m->apart;
}

void marks_free(struct marks **m)
{
	if (*m)
		list_free(&(*m)->list);
	free(*m);
	*m = NULL;
}

static const struct mark *last_before(const struct marks *m, uint64_t plain)
{
	size_t low = 0, high = m->list.len;
	while (low < high) {
		size_t mid = low + (high - low) / 2;
		if (m->list.at[mid].plain <= plain)
			low = mid + 1;
		else
			high = mid;
	}
	return low ? &m->list.at[low - 1] : NULL;
}

/* A file that changed under us gives rubbish here, which inflate() or the tar above finds out. */
static void begin_at(struct gzip *g, const struct mark *k)
{
	layer_file_seek(g->layer.below, k->packed - (k->bits ? 1 : 0));
	g->z.avail_in = 0;
	inflateReset2(&g->z, RAW_DEFLATE);
	if (k->bits && refill(g)) {
		inflatePrime(&g->z, k->bits, *g->z.next_in++ >> (8 - k->bits));
		g->z.avail_in--;
	}
	inflateSetDictionary(&g->z, k->window, k->window_len);
	g->raw = true;
	g->layer.at = k->plain;
}

bool layer_skip_by(struct layer *l, const struct marks *m, uint64_t to)
{
	const struct mark *k = m && l->read == gzip_read ? last_before(m, to) : NULL;
	if (k && k->plain > l->at)
		begin_at((struct gzip *)l, k);
	return layer_skip(l, to - l->at);
}
