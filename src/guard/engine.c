/*
 * engine.c - the process that judges; what it finds goes to the parent.
 *
 * The past it reads itself, for rotated and packed logs are merged by time: it may open what lies
 * under the given paths, and nothing else.  Then it gives that up too (sandbox_narrow()), and takes
 * lines from the reader alone.
 */
#include "facts/facts.h"
#include "guard/part.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { WAIT_MS = 1000, LOOK_AT_CLOCK = 4096 };
#define PRESENT_US (5 * CLOCK_SECOND)

/* What the reader hands over lines of. */
struct feed {
	char *path; /* NULL: there is none with this number */
	bool is_journal;
	uint64_t records, told_records; /* judged; and what the parent was told of them */
	int64_t newest_us;              /* of them */
	uint64_t border, line; /* of the next line; where the past ends: a journal's is a time */
	size_t mark;           /* number + 1 of its mark; 0: it has none */
	struct format_state *state;
};

struct engine {
	const struct guard_options *o;
	struct street *street;
	struct feed feeds[READER_INPUTS];
	size_t feed_count;
	uint64_t behind;
	struct feed **past_feeds; /* by the street's numbers; NULL: the past's alone */
	struct judge *judge;
	struct arena scratch;
	struct event e;
	char *chunk;
	int to_parent, from_reader;
	bool past, hosted_told;
	uint64_t records;
	int64_t told_us; /* the last sign of life */
	struct keeping {
		const struct kept *kept;
		bool may;                       /* the memory is ours to write */
		LIST(struct street_mark) marks; /* of each file: how far it was judged */
		size_t *of_past;                /* by the street's numbers */
		uint64_t resumed;               /* records judged by an earlier engine */
		bool never;                     /* what is judged has no place in a file */
		uint64_t records, bytes;        /* as it was kept last */
		int64_t at_us;
	} keep;
	int64_t newest_us,
	    newest_at_us; /* of all records; and when it came, since the host started */
};

static uint8_t keep_text(char *room, size_t size, slice text)
{
	size_t n = text.len < size ? text.len : size - 1;
	memcpy(room, text.at ? text.at : "", n);
	return (uint8_t)n;
}

/* Waits while the parent is busy: nothing is dropped. */
static void tell(struct engine *g, const struct guard_message *m)
{
	if (send(g->to_parent, m, sizeof *m, MSG_NOSIGNAL) != (ssize_t)sizeof *m)
		_exit(2); /* the parent is gone */
}

static void on_hit(void *ctx, const struct hit *h, const struct event *e)
{
	struct engine *g = ctx;
	struct guard_message m = {.kind = MESSAGE_FINDING,
				  .level = (uint8_t)h->level,
				  .past = g->past,
				  .has_source = h->has_source,
				  .known_place = h->network == NETWORK_KNOWN,
				  .source = h->source,
				  .time_us = h->time_us,
				  .records = g->records};
	m.account_len = keep_text(m.account, sizeof m.account, h->account);
	m.title_len = keep_text(m.title, sizeof m.title, slice_of(h->title));
	m.rule_len = keep_text(m.rule, sizeof m.rule, slice_of(h->rule_id));
	m.method_len = keep_text(m.method, sizeof m.method, slice_of(h->method ? h->method : ""));
	if (h->place_count) {
		const struct place *p = &h->places[h->place_count - 1];
		bool is_feed = !g->past && p->input < READER_INPUTS && g->feeds[p->input].path;
		const char *path = g->past   ? street_path(g->street, p->input)
				   : is_feed ? g->feeds[p->input].path
					     : "";
		m.path_len = keep_text(m.path, sizeof m.path, slice_of(path));
		m.line = p->line;
	}
	tell(g, &m);
}

/* Since the host started: a clock that is set forward must not decide what waits for silence. */
static int64_t passed_us(void)
{
	struct timespec t;
	clock_gettime(CLOCK_BOOTTIME, &t);
	return t.tv_sec * CLOCK_SECOND + t.tv_nsec / 1000;
}

static void take_time(struct engine *g, const struct event *e)
{
	int64_t now = event_get_number(e, F_TIME, CLOCK_NONE);
	if (now <= g->newest_us)
		return;
	g->newest_us = now;
	g->newest_at_us = passed_us();
}

/* Time goes on though nothing is logged; by the logs' clock, which may be another than ours. */
static void let_time_pass(struct engine *g)
{
	int64_t passed = passed_us() - g->newest_at_us;
	if (g->newest_us != CLOCK_NONE && passed > 0)
		judge_time(g->judge, g->newest_us + passed);
}

/* An alert about a break-in must not lie in a mailbox that is broken into: is its domain one of
 * those whose people sign in here, or whose mail is put into mailboxes here? */
static void look_for_hosted(struct engine *g, const struct event *e)
{
	slice domain = event_get(e, F_USER);
	slice_until(&domain, '@');
	if (g->hosted_told || !domain.len || e->outcome == OUT_FAILURE ||
	    !guard_policy_mails(g->o->policy, domain))
		return;
	struct guard_message m = {.kind = MESSAGE_HOSTED};
	m.account_len = keep_text(m.account, sizeof m.account, domain);
	g->hosted_told = true;
	tell(g, &m);
}

/* Sources of which something came since. */
static void say_sources(struct engine *g)
{
	for (size_t i = 0; g->o->console && i < READER_INPUTS; i++) {
		struct feed *f = &g->feeds[i];
		if (!f->path || f->records == f->told_records)
			continue;
		struct guard_message m = {
		    .kind = MESSAGE_SOURCE, .records = f->records, .time_us = f->newest_us};
		m.path_len = keep_text(m.path, sizeof m.path, slice_of(f->path));
		f->told_records = f->records;
		tell(g, &m);
	}
}

static void say_present(struct engine *g, enum message_kind kind)
{
	struct guard_message m = {.kind = kind,
				  .records = g->records,
				  .line = g->feed_count,
				  .behind = g->behind,
				  .shed = facts_shed(judge_facts(g->judge)),
				  .resumed = g->keep.resumed,
				  .time_us = g->newest_us};
	say_sources(g);
	g->told_us = passed_us();
	tell(g, &m);
}

static void count_record(struct feed *f, const struct event *e)
{
	int64_t us = event_get_number(e, F_TIME, CLOCK_NONE);
	if (!f->records++ || us > f->newest_us)
		f->newest_us = us;
}

static void judge_one(struct engine *g, struct event *e)
{
	take_time(g, e);
	if (g->o->policy->mail_count && (e->action == ACT_LOGIN || e->action == ACT_SESSION_END))
		look_for_hosted(g, e);
	judge_add(g->judge, e);
}

/* --- what is kept for the next start --- */

enum { KEEP_LEAST_US = 1000000, KEEP_BYTES_A_SECOND = 512 << 10, MARKS_MOST = 1 << 16 };

static void mark_record(struct street_mark *m, slice text, const struct place *p)
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
	g->keep.at_us = passed_us();
	if (im.bad || size <= 0)
		return;
	g->keep.records = g->records;
	g->keep.bytes = (uint64_t)size;
	g->keep.may = false;
	tell(g, &(struct guard_message){.kind = MESSAGE_KEPT, .behind = g->keep.bytes});
}

/* So often that the disk has half a megabyte a second of it at most, in a quiet moment if one
 * comes.
 */
static void keep_if_due(struct engine *g, bool quiet)
{
	struct pollfd p = {g->to_parent, POLLIN, 0};
	char word;
	int64_t ago = passed_us() - g->keep.at_us;
	int64_t due = KEEP_LEAST_US + (int64_t)(g->keep.bytes / KEEP_BYTES_A_SECOND) * CLOCK_SECOND;
	if (g->keep.kept->fd < 0 || g->keep.never || g->records == g->keep.records ||
	    ago < (quiet ? due : 4 * due))
		return;
	if (!g->keep.may && poll(&p, 1, 0) > 0)
		g->keep.may = read(g->to_parent, &word, 1) == 1;
	if (g->keep.may)
		keep(g);
}

/* --- the past --- */

/* A journal first: its files may lie under a given path too. */
static struct feed *find_feed(struct engine *g, const char *path)
{
	for (size_t i = READER_INPUTS; i-- > 0;) {
		struct feed *f = &g->feeds[i];
		if (f->path && f->is_journal && slice_starts(slice_of(path), slice_of(f->path)))
			return f;
		if (f->path && !f->is_journal && strcmp(f->path, path) == 0)
			return f;
	}
	return NULL;
}

/* It came while the past was read, or is not whole yet: the reader hands it over. */
static bool is_present(struct engine *g, const struct event *e)
{
	struct feed *s = g->past_feeds[e->place.input];
	if (!s)
		return false;
	if (s->is_journal)
		return event_get_number(e, F_TIME, 0) > (int64_t)s->border;
	if (e->place.offset >= s->border)
		return true;
	s->line = e->place.line + 1;
	return false;
}

static void on_past(void *ctx, struct event *e)
{
	struct engine *g = ctx;
	if (is_present(g, e))
		return;
	if (g->keep.kept->fd >= 0)
		mark_record(&g->keep.marks.at[g->keep.of_past[e->place.input]], e->raw, &e->place);
	if (!event_has(e, F_MODULE))
		return;
	if (g->records++ % LOOK_AT_CLOCK == 0 && passed_us() - g->told_us > PRESENT_US)
		say_present(g, MESSAGE_READING);
	if (g->past_feeds[e->place.input])
		count_record(g->past_feeds[e->place.input], e);
	judge_one(g, e);
}

static void quiet_note(void *ctx, enum input_trouble kind, const char *path, uint64_t line,
		       const char *what, const char *remedy)
{
}

/* A journal that lies under a given path is walked with it. */
static const char *const *past_paths(const struct engine *g, size_t *n)
{
	const struct scan_options *s = g->o->scan;
	const char **paths = must_alloc((s->path_count + 1) * sizeof *paths);
	bool given = !g->o->journal;
	for (*n = 0; *n < s->path_count; ++*n) {
		paths[*n] = s->paths[*n];
		given = given || slice_starts(slice_of(g->o->journal), slice_of(paths[*n]));
	}
	if (!given)
		paths[(*n)++] = g->o->journal;
	return paths;
}

/* The mark of the input under whatever name it has now; a file without one was not judged yet.
 * False: it is one that was judged, and is not what it was. */
static bool go_on(struct engine *g, size_t input, const struct street_mark *old, size_t n,
		  struct street_mark *m)
{
	bool known = false;
	*m = (struct street_mark){.first = street_first(g->street, input)};
	if (!m->first)
		return true;
	for (size_t i = n; i-- > 0;) {
		known |= old[i].first == m->first && old[i].line;
		if (old[i].first == m->first && old[i].line &&
		    street_go_on(g->street, input, &old[i])) {
			*m = old[i];
			return true;
		}
	}
	return !known;
}

static void mark_past(struct engine *g)
{
	size_t n = street_inputs(g->street), old_count = g->keep.marks.len;
	struct street_mark *old = g->keep.marks.at;
	g->keep.marks.at = must_alloc((n + 1) * sizeof *old);
	g->keep.marks.len = g->keep.marks.room = n;
	g->keep.of_past = must_alloc((n + 1) * sizeof *g->keep.of_past);
	for (size_t i = 0; i < n; i++) {
		g->keep.of_past[i] = i;
		if (go_on(g, i, old, old_count, &g->keep.marks.at[i]) &&
		    !(old_count && street_is_shuffled(g->street, i)))
			continue;
		fprintf(stderr, "tocsin: %s: this file is not the one that was judged before\n",
			street_path(g->street, i));
		_exit(ENGINE_ANEW);
	}
	free(old);
}

/* What the decoders saw last, and whose marks go on with what comes. */
static void leave_past(struct engine *g)
{
	for (size_t i = 0; i < street_inputs(g->street); i++) {
		if (g->keep.marks.at[i].line)
			street_stood(g->street, i, &g->keep.marks.at[i]);
		if (street_is_shuffled(g->street, i))
			g->keep.never = true;
		if (!g->past_feeds[i])
			continue;
		g->past_feeds[i]->mark = i + 1;
		if (g->past_feeds[i]->line < g->keep.marks.at[i].line + 1)
			g->past_feeds[i]->line = g->keep.marks.at[i].line + 1;
	}
}

static void walk_past(struct engine *g)
{
	const struct scan_options *s = g->o->scan;
	const struct street_options so = {
	    .zone = s->zone, .limits = s->limits, .unknown_too = true};
	size_t n;
	const char *const *paths = past_paths(g, &n);
	g->past = true;
	g->street = street_open(paths, n, &so, quiet_note, NULL);
	n = street_inputs(g->street);
	g->past_feeds = must_alloc((n + 1) * sizeof(struct feed *));
	for (size_t i = 0; i < n; i++)
		g->past_feeds[i] = find_feed(g, street_path(g->street, i));
	if (g->keep.kept->fd >= 0)
		mark_past(g);
	street_walk(g->street, CLOCK_NONE, INT64_MAX, on_past, g);
	if (g->keep.kept->fd >= 0)
		leave_past(g);
	g->past = false;
	g->keep.at_us = passed_us();
}

/* --- the present --- */

static void take_line(struct engine *g, struct feed *s, const struct reader_head *h, slice text,
		      uint64_t offset)
{
	const struct writer w = {.uid = h->uid};
	if (text.len && text.at[text.len - 1] == '\r')
		text.len--;
	arena_reset(&g->scratch);
	enum decoded d = format_decode(s->state, text, &g->e, &g->scratch);
	if (d != DECODED_EVENT && d != DECODED_BROKEN)
		return;
	writer_judge(&w, &g->e, &g->scratch);
	g->e.raw = text;
	g->e.place = (struct place){offset, h->input, (uint32_t)text.len, s->line};
	g->records++;
	count_record(s, &g->e);
	judge_one(g, &g->e);
}

/* The text of a line as the street reads it. */
static slice line_text(slice line)
{
	if (slice_starts(line, SLICE("\xef\xbb\xbf")))
		line = slice_from(line, 3);
	return slice_first(line, line.len - (line.len && line.at[line.len - 1] == '\r'));
}

/* A file that was not there before, or was cut: what was judged of the one before stays known. */
static void mark_fresh(struct engine *g, struct feed *s, slice first)
{
	if (g->keep.kept->fd < 0 || g->keep.never)
		return;
	g->keep.never = g->keep.marks.len == MARKS_MOST;
	*list_add(&g->keep.marks) = (struct street_mark){.first = street_hash(line_text(first))};
	s->mark = g->keep.marks.len;
}

static void mark_line(struct engine *g, const struct feed *s, slice line, uint64_t offset)
{
	if (!s->mark)
		return;
	struct street_mark *m = &g->keep.marks.at[s->mark - 1];
	slice text = line_text(line);
	mark_record(m, text, &(struct place){offset, 0, (uint32_t)text.len, s->line});
	m->year = s->state->year ? s->state->year : m->year;
	if (s->state->last_us > m->last_us || !m->last_us)
		m->last_us = s->state->last_us;
}

static void take_lines(struct engine *g, const struct reader_head *h)
{
	struct feed *s = &g->feeds[h->input];
	slice rest = {g->chunk, h->len};
	uint64_t offset = h->offset;
	if (!s->path)
		_exit(2);
	if (h->fresh) {
		format_start(s->state, g->o->scan->zone, 0);
		s->line = 1;
		mark_fresh(g, s, slice_first(rest, slice_find(rest, '\n')));
	}
	while (rest.len) {
		size_t n = slice_find(rest, '\n');
		slice line = slice_first(rest, n);
		take_line(g, s, h, line, offset);
		rest = slice_from(rest, n < rest.len ? n + 1 : n);
		if (!rest.len)
			mark_line(g, s, line, offset);
		offset += n + 1;
		s->line++;
	}
}

static void take_input(struct engine *g, const struct reader_head *h)
{
	struct feed *s = &g->feeds[h->input];
	if (s->path)
		_exit(2);
	s->path = must_alloc(h->len + 1);
	memcpy(s->path, g->chunk, h->len);
	s->is_journal = h->is_journal;
	s->border = h->offset;
	s->line = 1;
	s->state = must_alloc(sizeof *s->state);
	format_start(s->state, g->o->scan->zone, 0);
	g->feed_count++;
}

static bool read_all(int fd, void *to, size_t size)
{
	for (size_t at = 0; at < size;) {
		ssize_t n = read(fd, (char *)to + at, size - at);
		if (n == 0 || (n < 0 && errno != EINTR))
			return false;
		at += n > 0 ? (size_t)n : 0;
	}
	return true;
}

static enum reader_kind take(struct engine *g)
{
	struct reader_head h;
	if (!read_all(g->from_reader, &h, sizeof h) || !reader_head_is_sound(&h) ||
	    !read_all(g->from_reader, g->chunk, h.len))
		_exit(ENGINE_READER_GONE);
	g->behind = h.behind;
	if (h.kind == READER_INPUT)
		take_input(g, &h);
	else if (h.kind == READER_LINES)
		take_lines(g, &h);
	return h.kind;
}

static void follow_on(struct engine *g)
{
	for (;;) {
		struct pollfd p = {g->from_reader, POLLIN, 0};
		if (passed_us() - g->told_us > PRESENT_US)
			say_present(g, MESSAGE_PRESENT);
		bool quiet = poll(&p, 1, WAIT_MS) <= 0;
		if (!quiet)
			take(g);
		else
			let_time_pass(g);
		keep_if_due(g, quiet);
	}
}

bool engine_could_run(const struct guard_options *o)
{
	const struct scan_notes notes = {quiet_note, o->notes->file, o->notes->line};
	bool fine = true;
	struct judge *j = judge_open(o->scan, &notes, &fine);
	judge_close(&j);
	return fine;
}

static void confine(const struct engine *g)
{
	size_t n;
	char why[256];
	const char *const *paths = past_paths(g, &n);
	sandbox_enter(paths, n, false, why, sizeof why);
	if (why[0])
		fprintf(stderr, "tocsin: the engine is less confined than it should be: %s\n", why);
}

/* What an earlier engine remembered, all of it or nothing. */
static void remember(struct engine *g)
{
	size_t size = g->keep.kept->size;
	void *at = mmap(NULL, size, PROT_READ, MAP_SHARED, g->keep.kept->fd, 0);
	if (at == MAP_FAILED)
		_exit(ENGINE_ANEW);
	struct image im = {.rest = {at, size}};
	image_engine(g, &im);
	if (im.bad || im.rest.len)
		_exit(ENGINE_ANEW);
	g->newest_at_us = passed_us();
	g->keep.resumed = g->records;
	munmap(at, size);
	if (ftruncate(g->keep.kept->fd, 0) != 0)
		g->keep.may = false; /* it is written over later, or not at all */
}

void engine_run(const struct guard_options *o, int from_reader, int to_parent,
		const struct kept *kept)
{
	struct engine *g = must_alloc(sizeof *g);
	const struct scan_notes notes = {quiet_note, o->notes->file, o->notes->line};
	char why[256];
	bool fine = true;
	g->o = o;
	g->from_reader = from_reader;
	g->to_parent = to_parent;
	g->newest_us = CLOCK_NONE;
	g->chunk = must_alloc(READER_CHUNK);
	g->judge = judge_open(o->scan, &notes, &fine);
	judge_tell(g->judge, on_hit, NULL, g);
	g->keep.kept = kept;
	g->keep.may = true;
	if (kept->size)
		remember(g);
	confine(g);
	while (take(g) != READER_READY)
		;
	walk_past(g);
	sandbox_narrow(why, sizeof why);
	if (why[0])
		fprintf(stderr, "tocsin: the engine is less confined than it should be: %s\n", why);
	while (take(g) != READER_QUIET)
		;
	say_present(g, MESSAGE_PRESENT);
	if (o->until_quiet)
		exit(0);
	follow_on(g);
	exit(0);
}
