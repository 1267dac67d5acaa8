/*
 * engine.c - the process that judges; what it finds goes to the parent.
 *
 * The past it reads itself, for rotated and packed logs are merged by time: it may open what lies
 * under the given paths, and nothing else.  Then it gives that up too (sandbox_narrow()), and takes
 * lines from the reader alone.
 */
#include "facts/facts.h"
#include "guard/engine.h"
#include "sigma/sigma.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { WAIT_MS = 1000 };
#define PRESENT_US (5 * CLOCK_SECOND)

static uint8_t keep_text(char *room, size_t size, slice text)
{
	size_t n = text.len < size ? text.len : size - 1;
	memcpy(room, text.at ? text.at : "", n);
	return (uint8_t)n;
}

void engine_tell(struct engine *g, const struct guard_message *m)
{
	if (send(g->to_parent, m, sizeof *m, MSG_NOSIGNAL) != (ssize_t)sizeof *m)
		_exit(2); /* the parent is gone */
}

/* As respond/case.c has it of a report. */
static bool is_of_tenant(const struct event *e)
{
	slice module = event_get(e, F_MODULE);
	return slice_eq(module, SLICE("m365")) || slice_eq(module, SLICE("google"));
}

static void on_hit(void *ctx, const struct hit *h, const struct event *e)
{
	struct engine *g = ctx;
	struct guard_message m = {.kind = MESSAGE_FINDING,
				  .level = (uint8_t)h->level,
				  .past = g->past,
				  .has_source = h->has_source,
				  .known_place = h->network == NETWORK_KNOWN,
				  .refused = e->outcome == OUT_FAILURE,
				  .tenant = is_of_tenant(e),
				  .since_kept = g->past && g->keep.kept->size,
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
	engine_tell(g, &m);
}

int64_t engine_passed_us(void)
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
	g->newest_at_us = engine_passed_us();
}

/* Time goes on though nothing is logged; by the logs' clock, which may be another than ours. */
static void let_time_pass(struct engine *g)
{
	int64_t passed = engine_passed_us() - g->newest_at_us;
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
	engine_tell(g, &m);
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
		if (f->twin && f->twin->records) {
			m.records += f->twin->records;
			if (f->twin->newest_us > m.time_us)
				m.time_us = f->twin->newest_us;
		}
		m.path_len = keep_text(m.path, sizeof m.path, slice_of(f->path));
		f->told_records = f->records;
		engine_tell(g, &m);
	}
}

static void say_present(struct engine *g, enum message_kind kind)
{
	struct guard_message m = {.kind = kind,
				  .records = g->records,
				  .line = g->feed_count,
				  .behind = g->behind,
				  .shed = facts_shed(judge_facts(g->judge)) +
					  sigma_lost(judge_rules(g->judge)),
				  .resumed = g->keep.resumed,
				  .time_us = g->newest_us};
	say_sources(g);
	g->told_us = engine_passed_us();
	engine_tell(g, &m);
}

void engine_say_in_time(struct engine *g, enum message_kind kind)
{
	if (engine_passed_us() - g->told_us > PRESENT_US)
		say_present(g, kind);
}

void engine_count(struct feed *f, const struct event *e)
{
	int64_t us = event_get_number(e, F_TIME, CLOCK_NONE);
	if (!f->records++ || us > f->newest_us)
		f->newest_us = us;
}

void engine_judge(struct engine *g, struct event *e)
{
	take_time(g, e);
	if (g->o->policy->mail_count && (e->action == ACT_LOGIN || e->action == ACT_SESSION_END))
		look_for_hosted(g, e);
	judge_add(g->judge, e);
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
	if (s->past_input && !engine_was_past(g, s->past_input - 1, offset, text))
		s->past_input = 0;
	if (s->past_input || (d != DECODED_EVENT && d != DECODED_BROKEN))
		return;
	writer_judge(&w, &g->e, &g->scratch);
	g->e.raw = text;
	g->e.place = (struct place){offset, h->input, (uint32_t)text.len, s->line};
	g->records++;
	engine_count(s, &g->e);
	engine_judge(g, &g->e);
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
		slice first = slice_first(rest, slice_find(rest, '\n'));
		s->past_input = s->line == 1 ? engine_past_input(g, s->path, first) : 0;
		s->line = 1;
		engine_mark_fresh(g, s, first);
	}
	while (rest.len) {
		size_t n = slice_find(rest, '\n');
		slice line = slice_first(rest, n);
		take_line(g, s, h, line, offset);
		rest = slice_from(rest, n < rest.len ? n + 1 : n);
		if (!rest.len)
			engine_mark_line(g, s, line, offset);
		offset += n + 1;
		s->line++;
	}
}

/* A name has two files while it is rotated. */
static bool find_twin(struct engine *g, struct feed *s)
{
	for (size_t i = 0; i < READER_INPUTS && !s->twin; i++)
		if (&g->feeds[i] != s && g->feeds[i].path && !g->feeds[i].twin &&
		    strcmp(g->feeds[i].path, s->path) == 0) {
			s->twin = &g->feeds[i];
			s->twin->twin = s;
		}
	return s->twin;
}

static void take_input(struct engine *g, const struct reader_head *h)
{
	struct feed *s = &g->feeds[h->input];
	if (s->path)
		_exit(2);
	s->path = must_alloc(h->len + 1);
	memcpy(s->path, g->chunk, h->len); /* the path ends with NUL, the first line follows */
	slice first = slice_from((slice){g->chunk, h->len}, strlen(s->path) + 1);
	s->first = first.len ? street_hash(engine_line_text(first)) : 0;
	s->is_journal = h->is_journal;
	s->border = h->offset;
	s->line = 1;
	s->state = must_alloc(sizeof *s->state);
	format_start(s->state, g->o->scan->zone, 0);
	if (!find_twin(g, s))
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
		engine_say_in_time(g, MESSAGE_PRESENT);
		bool quiet = poll(&p, 1, WAIT_MS) <= 0;
		if (!quiet)
			take(g);
		else
			let_time_pass(g);
		engine_keep(g, quiet);
	}
}

void engine_no_note(void *ctx, enum input_trouble kind, const char *path, uint64_t line,
		    const char *what, const char *remedy)
{
}

bool engine_could_run(const struct guard_options *o)
{
	const struct scan_notes notes = {engine_no_note, o->notes->file, o->notes->line};
	bool fine = true;
	struct judge *j = judge_open(o->scan, &notes, &fine);
	judge_close(&j);
	return fine;
}

static void confine(const struct engine *g)
{
	size_t n;
	char why[256];
	const char *const *paths = engine_paths(g, &n);
	sandbox_enter(SANDBOX_READER, SANDBOX_NOBODY, paths, n, why, sizeof why);
	if (why[0])
		fprintf(stderr, "tocsin: the engine is less confined than it should be: %s\n", why);
}

void engine_run(const struct guard_options *o, int from_reader, int to_parent,
		const struct kept *kept)
{
	struct engine *g = must_alloc(sizeof *g);
	const struct scan_notes notes = {engine_no_note, o->notes->file, o->notes->line};
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
		engine_remember(g);
	confine(g);
	while (take(g) != READER_READY)
		;
	engine_past(g);
	sandbox_narrow(SANDBOX_ENGINE, why, sizeof why);
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
