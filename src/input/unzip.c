/*
 * unzip.c - gzip (RFC 1952) by zlib.
 *
 * Not by libarchive, for two reasons that matter to evidence: libarchive 3.6 drops the last 64 KiB
 * before a cut, and does not verify the check sum.  Members may follow one another (RFC 1952 2.2),
 * zero padding may follow them; anything else behind them is told.
 */
#include "room.h"

#include <zlib.h>

enum { PACKED_BLOCK = 1 << 16 };

struct gzip {
	struct layer layer;
	z_stream z;
	bool between; /* members: another may begin */
	bool done;
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
	inflateReset(&g->z);
	g->between = false;
	return true;
}

static void step(struct gzip *g)
{
	if (g->between && !begin(g))
		return;
	if (!refill(g)) {
		end(g, "the compressed data ends early");
		return;
	}
	int r = inflate(&g->z, Z_NO_FLUSH);
	if (r == Z_STREAM_END)
		g->between = true;
	else if (r != Z_OK)
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
		step(g);
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
	if (inflateInit2(&g->z, 15 + 16) != Z_OK) { /* 16: gzip and nothing else */
		layer_fail(l, INPUT_CUT, "no memory to decompress it");
		g->done = true;
	}
	return l;
}
