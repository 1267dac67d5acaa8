/* engine_keep.c - what is kept for the next start, and how far each file was judged. */
#include "guard/engine.h"

#include <poll.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

enum { KEEP_LEAST_US = 1000000, KEEP_BYTES_A_SECOND = 512 << 10, MARKS_MOST = 1 << 16 };

void engine_mark(struct street_mark *m, slice text, const struct place *p)
{
	m->offset = p->offset;
	m->line = p->line;
	m->length = p->length;
	m->last = text.len == p->length ? street_hash(text) : 0;
}

/* Both ways: what is remembered besides facts and rules. */
static void image_engine(struct engine *g, struct image *im)
{
	struct digest fits = g->keep.kept->fits;
	void *marks = g->keep.marks.at;
	image_bytes(im, &fits, sizeof fits);
	im->bad |= memcmp(fits.b, g->keep.kept->fits.b, sizeof fits.b) != 0;
	image_list(im, &marks, &g->keep.marks.len, sizeof *g->keep.marks.at, MARKS_MOST);
	g->keep.marks.at = marks;
	if (!im->writes)
		g->keep.marks.room = g->keep.marks.len + !g->keep.marks.len;
	image_bytes(im, &g->records, sizeof g->records);
	image_bytes(im, &g->newest_us, sizeof g->newest_us);
	image_bytes(im, &g->hosted_told, sizeof g->hosted_told);
	if (!im->bad)
		judge_image(g->judge, im);
	image_mark(im, g->keep.marks.len);
}

static void keep(struct engine *g)
{
	struct image im = {.writes = true, .out = {.fd = g->keep.kept->fd}};
	if (ftruncate(g->keep.kept->fd, 0) != 0 || lseek(g->keep.kept->fd, 0, SEEK_SET) != 0)
		return;
	image_engine(g, &im);
	im.bad |= !out_close(&im.out);
	off_t size = lseek(g->keep.kept->fd, 0, SEEK_CUR);
	g->keep.at_us = engine_passed_us();
	if (im.bad || size <= 0)
		return;
	g->keep.records = g->records;
	g->keep.bytes = (uint64_t)size;
	g->keep.may = false;
	engine_tell(g, &(struct guard_message){.kind = MESSAGE_KEPT, .behind = g->keep.bytes});
}

void engine_keep(struct engine *g, bool quiet)
{
	struct pollfd p = {g->to_parent, POLLIN, 0};
	char word;
	int64_t ago = engine_passed_us() - g->keep.at_us;
	int64_t due = KEEP_LEAST_US + (int64_t)(g->keep.bytes / KEEP_BYTES_A_SECOND) * CLOCK_SECOND;
	if (g->keep.kept->fd < 0 || g->keep.never || g->records == g->keep.records ||
	    ago < (quiet ? due : 4 * due))
		return;
	if (!g->keep.may && poll(&p, 1, 0) > 0)
		g->keep.may = read(g->to_parent, &word, 1) == 1;
	if (g->keep.may)
		keep(g);
}

slice engine_line_text(slice line)
{
	if (slice_starts(line, SLICE("\xef\xbb\xbf")))
		line = slice_from(line, 3);
	return slice_first(line, line.len - (line.len && line.at[line.len - 1] == '\r'));
}

void engine_mark_fresh(struct engine *g, struct feed *s, slice first)
{
	if (g->keep.kept->fd < 0 || g->keep.never)
		return;
	g->keep.never = g->keep.marks.len == MARKS_MOST;
	*list_add(&g->keep.marks) =
	    (struct street_mark){.first = street_hash(engine_line_text(first))};
	s->mark = g->keep.marks.len;
}

void engine_mark_line(struct engine *g, const struct feed *s, slice line, uint64_t offset)
{
	if (!s->mark)
		return;
	struct street_mark *m = &g->keep.marks.at[s->mark - 1];
	slice text = engine_line_text(line);
	engine_mark(m, text, &(struct place){offset, 0, (uint32_t)text.len, s->line});
	m->year = s->state->year ? s->state->year : m->year;
	if (s->state->last_us > m->last_us || !m->last_us)
		m->last_us = s->state->last_us;
}

void engine_remember(struct engine *g)
{
	size_t size = g->keep.kept->size;
	void *at = mmap(NULL, size, PROT_READ, MAP_SHARED, g->keep.kept->fd, 0);
	if (at == MAP_FAILED)
		_exit(ENGINE_ANEW);
	struct image im = {.rest = {at, size}};
	image_engine(g, &im);
	if (im.bad || im.rest.len)
		_exit(ENGINE_ANEW);
	g->newest_at_us = engine_passed_us();
	g->keep.resumed = g->records;
	munmap(at, size);
	if (ftruncate(g->keep.kept->fd, 0) != 0)
		g->keep.may = false; /* it is written over later, or not at all */
}
