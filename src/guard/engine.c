/* engine.c - the process that reads and judges; what it finds goes to the parent. */
#include "facts/facts.h"
#include "guard/part.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { WAIT_MS = 1000, LOOK_AT_CLOCK = 4096 };
#define PRESENT_US (5 * CLOCK_SECOND)

struct engine {
	const struct guard_options *o;
	struct street *street;
	struct follow *follow;
	struct judge *judge;
	int to_parent;
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
		    g->past ? street_path(g->street, p->input) : follow_path(g->follow, p->input);
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

static void say_present(struct engine *g, enum message_kind kind)
{
	struct guard_message m = {.kind = kind,
				  .records = g->records,
				  .line = follow_files(g->follow),
				  .behind = follow_behind(g->follow),
				  .shed = facts_shed(judge_facts(g->judge)),
				  .time_us = g->newest_us};
	g->told_us = passed_us();
	tell(g, &m);
}

static void on_past(void *ctx, struct event *e)
{
	struct engine *g = ctx;
	const char *path = street_path(g->street, e->place.input);
	if (e->place.offset >= follow_border(g->follow, path))
		return; /* it came while the past was read, or is not whole yet */
	follow_line(g->follow, path, e->place.line + 1);
	if (!event_has(e, F_MODULE))
		return;
	if (g->records++ % LOOK_AT_CLOCK == 0 && passed_us() - g->told_us > PRESENT_US)
		say_present(g, MESSAGE_READING);
	take_time(g, e);
	if (g->o->policy->mail_count && (e->action == ACT_LOGIN || e->action == ACT_SESSION_END))
		look_for_hosted(g, e);
	judge_add(g->judge, e);
}

static void on_new(void *ctx, struct event *e)
{
	struct engine *g = ctx;
	g->records++;
	take_time(g, e);
	if (g->o->policy->mail_count && (e->action == ACT_LOGIN || e->action == ACT_SESSION_END))
		look_for_hosted(g, e);
	judge_add(g->judge, e);
}

static void quiet_note(void *ctx, enum input_trouble kind, const char *path, uint64_t line,
		       const char *what, const char *remedy)
{
}

static void walk_past(struct engine *g)
{
	const struct scan_options *s = g->o->scan;
	const struct street_options so = {
	    .zone = s->zone, .limits = s->limits, .unknown_too = true};
	g->past = true;
	g->street = street_open(s->paths, s->path_count, &so, quiet_note, NULL);
	street_walk(g->street, CLOCK_NONE, INT64_MAX, on_past, g);
	g->past = false;
}

static void follow_on(struct engine *g)
{
	for (;;) {
		if (passed_us() - g->told_us > PRESENT_US)
			say_present(g, MESSAGE_PRESENT);
		if (follow_read(g->follow, on_new, g))
			continue;
		follow_wait(g->follow, WAIT_MS);
		if (follow_lost_ground(g->follow))
			exit(ENGINE_AGAIN);
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

void engine_run(const struct guard_options *o, int to_parent)
{
	struct engine g = {.o = o, .to_parent = to_parent, .newest_us = CLOCK_NONE};
	const struct scan_notes notes = {quiet_note, o->notes->file, o->notes->line};
	char why[256];
	bool fine = true;
	g.judge = judge_open(o->scan, &notes, &fine);
	judge_tell(g.judge, on_hit, NULL, &g);
	g.follow = follow_open(o->scan->paths, o->scan->path_count, o->scan->zone);
	sandbox_enter(o->scan->paths, o->scan->path_count, why, sizeof why);
	if (why[0])
		fprintf(stderr, "tocsin: the engine is less confined than it should be: %s\n", why);
	walk_past(&g);
	while (follow_read(g.follow, on_new, &g))
		;
	say_present(&g, MESSAGE_PRESENT);
	if (o->until_quiet)
		exit(0);
	follow_on(&g);
	exit(0);
}
