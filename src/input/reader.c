/*
 * reader.c - bytes into records: lines, or what split.c tells apart.
 *
 * Laws: (1) every byte of the input is in a record, a line end, a hole, the mark of the byte order,
 *           the counted rest of a cut line, or what stands between elements of JSON;
 *       (2) memory is one block and one line, whatever the input holds;
 *       (3) a record's offset and line lead back to it with input_seek() and input_quote().
 *
 * One block is read again and again: a line that is not complete at its end moves in front of
 * the next one.  Reading and splitting 1 GB of 165-byte lines from the page cache, ns a line:
 *
 *	read, 64 KiB 24    128 KiB 25    256 KiB 22    512 KiB 21    1 MiB 20    mmap 13
 *
 * mmap() would save 8 ns of a line's 400, and end the process by SIGBUS when a log shrinks under
 * it; so read, by blocks that stay in the second-level cache together with what parses them.
 * A digest costs 96 ns a line more (SHA-NI).  Made by a second thread on alternate blocks it would
 * cost 106 to 125 and, with a parser of 200 ns, save 30 % of the wall time if a core is idle; it is
 * made inline, for where a core is idle reading and decoding go there as a whole: street/ahead.c.
 */
#include "room.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { BLOCK = 1 << 18, ROOM = BLOCK + INPUT_LINE_MOST };

struct input_reader {
	struct input_set *set;
	const struct input *in;
	struct stack stack;
	const char *from;           /* of the block, what lies in front of `at` was handed out */
	const char *at, *end;       /* bytes not yet handed out */
	uint64_t end_offset;        /* of `end` in the input */
	uint64_t line;              /* of the last record */
	uint64_t cuts, first_cut;   /* lines cut, and the first of them */
	uint64_t holes, first_hole; /* bytes in holes, and the line behind the first one */
	bool lost;                  /* it went on where nobody knows the line */
	bool skipping;              /* the rest of a cut line comes next */
	bool ended;
	bool whole; /* the digest is of all bytes */
	struct digest digest;
	char *room; /* a line's length, then the block */
	enum wide wide;
	char *text; /* of UTF-16, the line as UTF-8 */
};

static uint64_t offset_of(const struct input_reader *r, const char *at)
{
	return r->end_offset - (uint64_t)(r->end - at);
}

/* Once, however often the input is read. */
static void tell(struct input_reader *r, enum input_trouble t, uint64_t line, const char *what,
		 const char *remedy)
{
	struct input *in = &r->set->inputs.at[r->in - r->set->inputs.at];
	if (!(in->told & 1u << t))
		note_it(r->set, t, in->info.path, line, what, remedy);
	in->told |= 1u << t;
}

/* Moves what is left in front of the block and reads the next one behind it. */
static bool refill(struct input_reader *r)
{
	size_t left = (size_t)(r->end - r->at);
	char *block = r->room + INPUT_LINE_MOST;
	if (left)
		memmove(block - left, r->at, left);
	ssize_t got = r->stack.top ? layer_read(r->stack.top, block, BLOCK) : 0;
	r->at = block - left;
	r->end = block + got;
	if (r->end_offset == 0)
		r->at += wide_mark((slice){block, (size_t)got}, r->wide);
	r->from = r->at;
	r->end_offset += (uint64_t)got;
	return got > 0;
}

static size_t line_most(const struct input_reader *r)
{
	return r->wide ? WIDE_LINE_MOST : INPUT_LINE_MOST;
}

/* Where the line ends that begins at `r->at`, and what lies behind that. */
static const char *line_end(const struct input_reader *r)
{
	if (r->wide)
		return wide_line_end(r->at, r->end, r->wide);
	return memchr(r->at, '\n', (size_t)(r->end - r->at));
}

static const char *behind(const struct input_reader *r, const char *lf)
{
	return lf + (r->wide ? 2 : 1);
}

/* NULs where a line should begin: a power cut or copytruncate left a hole. */
static void pass_hole(struct input_reader *r)
{
	const char *from = r->at;
	size_t unit = r->wide ? 2 : 1;
	while (r->at + unit <= r->end && r->at[0] == '\0' && r->at[unit - 1] == '\0')
		r->at += unit;
	if (r->at > from && r->holes == 0)
		r->first_hole = r->line + 1;
	r->holes += (uint64_t)(r->at - from);
}

static void note_cut(struct input_reader *r)
{
	if (r->cuts++ == 0)
		r->first_cut = r->line;
}

/* A record of the first `len` bytes left. */
static inline void give(struct input_reader *r, struct record *record, size_t len)
{
	*record =
	    (struct record){{r->at, len}, {r->at, len}, offset_of(r, r->at), ++r->line, false};
	if (len && r->at[len - 1] == '\r')
		record->text.len = record->raw.len = len - 1;
}

/* The same where it is too long, or UTF-16. */
static void give_slowly(struct input_reader *r, struct record *record, size_t len)
{
	size_t most = line_most(r);
	give(r, record, len < most ? len : most);
	record->cut = len > most;
	if (record->cut) {
		record->text.len = record->raw.len = most;
		note_cut(r);
	}
	if (!r->wide)
		return;
	record->text = wide_text((slice){r->at, len < most ? len : most}, r->wide, r->text);
	if (!record->cut && record->text.len && record->text.at[record->text.len - 1] == '\r') {
		record->text.len--;
		len -= 2;
	}
	record->raw = (slice){r->at, len < most ? len : most};
}

/* The bytes behind the first INPUT_LINE_MOST of a line, up to its end. */
static bool skip_line(struct input_reader *r)
{
	for (;;) {
		const char *lf = line_end(r), *rest = r->end;
		if (r->wide) /* half a unit waits for the other half */
			rest -= (r->end - r->at) & 1;
		r->at = lf ? behind(r, lf) : rest;
		r->skipping = !lf;
		if (lf || !refill(r))
			return lf;
	}
}

/* What happened to the file meanwhile.  True if bytes follow those that were read. */
static bool has_grown(struct input_reader *r)
{
	struct stat st;
	const struct input *in = r->in;
	if (!in->file || fstat(layer_file_fd(r->stack.file), &st) != 0)
		return false;
	if (st.st_size > in->size)
		tell(r, INPUT_CHANGED, 0, "it grew; what came later was not read",
		     "run again for the rest");
	else if (st.st_mtim.tv_sec != in->mtime.tv_sec || st.st_mtim.tv_nsec != in->mtime.tv_nsec)
		tell(r, INPUT_CHANGED, 0, "it was written to while it was read", "work on a copy");
	return st.st_size > in->size;
}

/* The digest is of all bytes: those behind the compressed data belong to it. */
static void end_digest(struct input_reader *r)
{
	struct layer *tap = r->stack.tap;
	if (!tap || !tap->tap)
		return;
	while (layer_read(tap, r->room + INPUT_LINE_MOST, BLOCK) > 0)
		;
	r->digest = digest_end(&tap->tap);
	r->whole = !layer_fault(tap);
}

/* One note for each kind, however many there were: a log full of them must not fill the screen. */
static void tell_sums(struct input_reader *r)
{
	char what[120];
	if (r->lost) /* who reads all of it tells them */
		return;
	snprintf(what, sizeof what,
		 "lines longer than 1 MiB: %" PRIu64 "; their rest was passed by", r->cuts);
	if (r->cuts)
		tell(r, INPUT_LINE_CUT, r->first_cut, what, "look whether it is a log at all");
	snprintf(what, sizeof what, "NUL bytes where lines should be: %" PRIu64, r->holes);
	if (r->holes)
		tell(r, INPUT_HOLE, r->first_hole, what,
		     "records were lost: a crash, or rotation by copytruncate");
}

/* Says once how the input ended.  True if that was in the middle of something. */
static bool finish(struct input_reader *r)
{
	r->ended = true;
	if (!r->stack.top)
		return true;
	const struct layer *fault = layer_fault(r->stack.top);
	if (fault) {
		tell(r, fault->trouble, r->line, fault->why,
		     "what came before was read; look for another copy");
		r->set->broken++;
	}
	if (r->wide && (r->end - r->at) & 1)
		tell(r, INPUT_CUT, r->line + 1, "it ends in the middle of a character of UTF-16",
		     "what came before was read; look for another copy");
	tell_sums(r);
	end_digest(r);
	return has_grown(r) || fault;
}

static bool last_record(struct input_reader *r, struct record *record)
{
	if (r->ended)
		return false;
	bool torn = finish(r);
	size_t left = r->skipping ? 0 : (size_t)(r->end - r->at);
	if (left) {
		give_slowly(r, record, left);
		record->cut |= torn || (r->wide && left & 1);
		r->at = r->end;
	}
	return left;
}

/* No line end in the block: more of it, a line too long, or the end. */
static bool next_slowly(struct input_reader *r, struct record *record)
{
	while (!r->ended) {
		if (r->skipping && !skip_line(r))
			break;
		pass_hole(r);
		size_t left = (size_t)(r->end - r->at), most = line_most(r);
		const char *lf = line_end(r);
		if (lf) {
			give_slowly(r, record, (size_t)(lf - r->at));
			r->at = behind(r, lf);
			return true;
		}
		if (left > most) {
			give_slowly(r, record, left);
			r->at += most;
			r->skipping = true;
			return true;
		}
		if (!refill(r))
			break;
	}
	return last_record(r, record);
}

static uint64_t lines_in(const char *from, const char *to)
{
	uint64_t n = 0;
	while ((from = memchr(from, '\n', (size_t)(to - from))) != NULL) {
		n++;
		from++;
	}
	return n;
}

/* r->line is that in front of `r->at` all the time. */
static void give_piece(struct input_reader *r, struct record *record, const struct piece *p)
{
	const char *from = r->at + p->from, *to = r->at + p->to, *behind = r->at + p->behind;
	uint64_t line = r->line + lines_in(r->at, from);
	slice text = {from, (size_t)(to - from)};
	if (text.len && to[-1] == '\r')
		text.len--;
	*record = (struct record){text, text, offset_of(r, from), line + 1, p->cut};
	r->line = line + lines_in(from, behind);
	r->at = behind;
	if (p->cut && p->to - p->from == INPUT_LINE_MOST)
		note_cut(r);
}

/* A record that is no line: split.c knows where it ends. */
static bool next_piece(struct input_reader *r, struct record *record)
{
	bool more = true;
	while (!r->ended) {
		struct piece p;
		slice bytes = {r->at, (size_t)(r->end - r->at)};
		enum piece_is is = split_piece(r->in->split, bytes, !more, &p);
		if (is == PIECE_WHOLE) {
			give_piece(r, record, &p);
			return true;
		}
		if (is == PIECE_NONE) {
			r->line += lines_in(r->at, r->end);
			r->at = r->end;
		}
		more = r->end - r->at <= INPUT_LINE_MOST && refill(r);
		if (!more && is == PIECE_NONE)
			finish(r);
	}
	return false;
}

/* Where the line ends, if it is whole and nothing but a line; else NULL. */
static const char *plain_end(const struct input_reader *r)
{
	const char *lf = memchr(r->at, '\n', (size_t)(r->end - r->at));
	bool plain = lf && !r->skipping && *r->at && !r->wide && lf - r->at <= INPUT_LINE_MOST;
	return plain ? lf : NULL;
}

bool input_next(struct input_reader *r, struct record *record)
{
	if (r->in->split.on)
		return next_piece(r, record);
	const char *lf = plain_end(r);
	if (!lf)
		return next_slowly(r, record);
	give(r, record, (size_t)(lf - r->at));
	r->at = lf + 1;
	return true;
}

struct input_reader *input_read(struct input_set *set, size_t i, bool hash)
{
	struct input_reader *r = must_alloc(sizeof *r);
	r->set = set;
	r->in = &set->inputs.at[i];
	r->room = must_realloc(NULL, ROOM); /* not zeroed: most of it is never touched */
	r->from = r->at = r->end = r->room;
	r->wide = r->in->wide;
	if (r->wide)
		r->text = must_realloc(NULL, WIDE_LINE_MOST / 2 * 3);
	stack_open(set, r->in, hash, &r->stack);
	return r;
}

static void drop_digest(struct input_reader *r)
{
	if (r->stack.tap && r->stack.tap->tap)
		digest_end(&r->stack.tap->tap);
	r->whole = false;
}

/* In the block at hand.  A packed input is not begun anew for what was just unpacked. */
static bool is_at_hand(const struct input_reader *r, uint64_t offset)
{
	return offset <= r->end_offset && r->end_offset - offset <= (uint64_t)(r->end - r->from) &&
	       r->stack.top && r->stack.top->at == r->end_offset;
}

void input_seek(struct input_reader *r, uint64_t offset, uint64_t line)
{
	drop_digest(r);
	if (is_at_hand(r, offset)) {
		r->at = r->end - (r->end_offset - offset);
	} else {
		stack_seek(r->set, r->in, &r->stack, offset);
		r->from = r->at = r->end = r->room;
		r->end_offset = offset;
	}
	r->line = line ? line - 1 : 0;
	r->lost = line == 0;
	r->cuts = r->holes = 0;
	r->skipping = r->ended = false;
}

/* The digest of bytes that lie in several lines, with the ends of these. */
static bool digest_lines(struct input_reader *r, uint64_t offset, uint32_t length, struct digest *d)
{
	struct digest_run *run = digest_start();
	uint64_t left = length;
	input_seek(r, offset, 0);
	while (left && (r->at < r->end || refill(r))) {
		size_t some = (size_t)(r->end - r->at) < left ? (size_t)(r->end - r->at) : left;
		digest_add(run, (slice){r->at, some});
		r->at += some;
		left -= some;
	}
	*d = digest_end(&run);
	return left == 0;
}

bool input_cite(struct input_reader *r, uint64_t offset, uint64_t line, uint32_t length,
		struct arena *a, struct input_citation *c)
{
	struct record record;
	input_seek(r, offset, line);
	if (!input_next(r, &record) || record.offset != offset)
		return false;
	*c = (struct input_citation){
	    digest_of(record.raw), record.raw.len,
	    arena_copy(a,
		       slice_first(record.text, record.text.len < 4096 ? record.text.len : 4096))};
	if (record.raw.len >= length)
		return true;
	while (c->length < length && input_next(r, &record))
		c->length = record.offset - offset + record.raw.len;
	return digest_lines(r, offset, length, &c->digest);
}

int64_t input_at(const struct input_reader *r)
{
	return r->stack.tap ? (int64_t)r->stack.tap->at : 0;
}

bool input_digest(struct input_reader *r, struct digest *d)
{
	*d = r->digest;
	return r->whole;
}

void input_close(struct input_reader **r)
{
	if (!*r)
		return;
	stack_close(&(*r)->stack);
	free((*r)->room);
	free((*r)->text);
	free(*r);
	*r = NULL;
}
