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
		const char *path =
		    g->past ? street_path(g->street, p->input) : g->feeds[p->input].path;
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
	if (is_present(g, e) || !event_has(e, F_MODULE))
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
	street_walk(g->street, CLOCK_NONE, INT64_MAX, on_past, g);
	g->past = false;
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
	}
	while (rest.len) {
		size_t n = slice_find(rest, '\n');
		take_line(g, s, h, slice_first(rest, n), offset);
		offset += n + 1;
		s->line++;
		rest = slice_from(rest, n < rest.len ? n + 1 : n);
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
		if (poll(&p, 1, WAIT_MS) > 0)
			take(g);
		else
			let_time_pass(g);
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

void engine_run(const struct guard_options *o, int from_reader, int to_parent)
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
