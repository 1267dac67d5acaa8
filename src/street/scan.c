/* scan.c - the whole of a scan: two walks along the street, and the report. */
#include "facts/facts.h"
#include "mailstore/mailstore.h"
#include "sigma/sigma.h"
#include "street/street.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

struct scanning {
	struct judge *judge;
	struct inquiry *inquiry;
	struct report *report;
	LIST(struct input_trouble_row) troubles;
};

/* What could not be read is a gap in the report, not only a line on stderr. */
struct input_trouble_row {
	enum input_trouble kind;
	slice path, what;
	uint64_t line;
};

static void on_hit(void *ctx, const struct hit *h, const struct event *e)
{
	struct scanning *scan = ctx;
	inquiry_hit(scan->inquiry, h);
}

static void on_saw(void *ctx, const struct event *e)
{
	struct scanning *scan = ctx;
	inquiry_saw(scan->inquiry, e);
	sight_event(&scan->report->sight, e);
}

static void first_walk(void *ctx, struct event *e)
{
	struct scanning *scan = ctx;
	sight_record(&scan->report->sight, e);
	if (event_has(e, F_MODULE))
		judge_add(scan->judge, e);
}

static void second_walk(void *ctx, struct event *e)
{
	struct scanning *scan = ctx;
	if (!event_has(e, F_MODULE))
		return;
	bool minded = inquiry_minds(e);
	if (minded && judge_is_copy(scan->judge, e))
		return;
	facts_submission(judge_facts(scan->judge), e);
	facts_unnamed(judge_facts(scan->judge), e);
	if (minded)
		inquiry_add(scan->inquiry, e);
}

/* --- troubles --- */

struct noting {
	struct scanning *scan;
	input_note *on;
	void *ctx;
};

static void keep_trouble(void *ctx, enum input_trouble kind, const char *path, uint64_t line,
			 const char *what, const char *remedy)
{
	struct noting *n = ctx;
	n->on(n->ctx, kind, path, line, what, remedy);
	if (kind == INPUT_SKIPPED || kind == INPUT_EMPTY || kind == INPUT_CLOCK ||
	    kind == INPUT_LEARNT)
		return;
	struct arena *a = &n->scan->report->arena;
	*list_add(&n->scan->troubles) = (struct input_trouble_row){
	    kind, arena_copy(a, slice_of(path)), arena_copy(a, slice_of(what)), line};
}

static void add_troubles(struct scanning *scan)
{
	struct report *r = scan->report;
	for (size_t i = 0; i < scan->troubles.len; i++) {
		const struct input_trouble_row *t = &scan->troubles.at[i];
		bool cut =
		    t->kind == INPUT_CUT || t->kind == INPUT_LINE_CUT || t->kind == INPUT_CHANGED;
		struct gap *g = list_add(&r->gaps);
		*g = (struct gap){
		    .source = t->path,
		    .from_us = CLOCK_NONE,
		    .to_us = CLOCK_NONE,
		    .kind = cut ? SLICE("truncated") : SLICE("missing"),
		    .state = cut ? SLICE("cut") : SLICE(""),
		    .certainty = PROVEN,
		    .hides = arena_format(&r->arena, "what it held could not be read%s: %.*s",
					  cut ? " in full" : "", (int)t->what.len, t->what.at)};
	}
}

/* --- all of it --- */

/*
 * False, and nothing is held, if a report would not be what was asked for: better told now than
 * after an hour.  A rule that is refused, or habits that cannot be used, are said in `fine`.
 */
static bool prepare(struct scanning *scan, const struct scan_options *o, struct mailstore **store,
		    const struct scan_notes *notes, bool *fine)
{
	scan->judge = judge_open(o, notes, fine);
	bool usable = judge_knows(scan->judge) && sigma_count(judge_rules(scan->judge)) > 0;
	if (o->mail_store) {
		*store = mailstore_open(o->mail_store, notes->file, NULL);
		usable &= *store && mailstore_count(*store) > 0;
	}
	if (!usable) {
		judge_close(&scan->judge);
		mailstore_close(store);
	}
	return usable;
}

/* What incidents name is not learnt: their accounts, their sources, their time. */
static bool keep_habits(struct scanning *scan)
{
	LIST(struct facts_doubt) doubts = {0};
	for (size_t i = 0; i < scan->report->incidents.len; i++) {
		const struct incident *in = &scan->report->incidents.at[i];
		for (size_t k = 0; k < in->accounts.len; k++)
			list_add(&doubts)->account = in->accounts.at[k].name;
		for (size_t k = 0; k < in->sources.len; k++)
			*list_add(&doubts) = (struct facts_doubt){.has_source = true,
								  .source = in->sources.at[k].ip};
		*list_add(&doubts) =
		    (struct facts_doubt){.from_us = in->first_us, .to_us = in->last_us};
	}
	bool fine = facts_keep(judge_facts(scan->judge), doubts.at, doubts.len);
	list_free(&doubts);
	return fine;
}

/* What the rules would have needed. */
static void look_at_rules(struct judge *j, struct report *r)
{
	while (r->sight.sources.len < r->inputs.len)
		list_add(&r->sight.sources); /* those without a record too */
	sight_rules(&r->sight, judge_rules(j));
}

static void quote_evidence(struct street *street, struct report *r)
{
	size_t n;
	struct evidence **cited = report_cited(r, &n);
	street_quote(street, cited, n, &r->arena);
	free(cited);
}

static void walk_first(struct scanning *s, struct street *street, struct mailstore *store)
{
	s->inquiry = inquiry_new(judge_facts(s->judge), store, s->report);
	judge_tell(s->judge, on_hit, on_saw, s);
	street_walk(street, CLOCK_NONE, INT64_MAX, first_walk, s);
}

bool scan(const struct scan_options *o, const struct scan_notes *notes, struct report *r)
{
	struct scanning s = {.report = r};
	struct noting noting = {&s, notes->input, NULL};
	struct mailstore *store = NULL;
	struct timespec began, ended;
	int64_t from, to;
	clock_gettime(CLOCK_MONOTONIC, &began);
	r->zone = o->zone;
	r->tool_version = SLICE(TOCSIN_VERSION);
	bool fine = true;
	if (!prepare(&s, o, &store, notes, &fine))
		return false;
	r->created_us = clock_now();
	for (size_t i = 0; i < o->suspect_count; i++)
		*list_add(&r->suspects) = slice_of(o->suspects[i]);
	const struct street_options so = {.zone = o->zone,
					  .progress = o->progress,
					  .ahead = o->ahead,
					  .hash = true,
					  .unknown_too = true,
					  .limits = o->limits,
					  .zones = o->zones,
					  .zone_count = o->zone_count,
					  .zone_is_usual = o->zone_is_usual,
					  .format = o->format};
	struct street *street = street_open(o->paths, o->path_count, &so, keep_trouble, &noting);
	if (!o->mail_store && street_store(street))
		store = mailstore_open(street_store(street), notes->file, NULL);
	walk_first(&s, street, store);
	if (street_mend_clocks(street)) {
		inquiry_free(&s.inquiry);
		judge_close(&s.judge);
		sight_free(&r->sight);
		s.judge = judge_open(o, notes, &fine);
		walk_first(&s, street, store);
	}
	judge_rest(s.judge);
	street_count(street, r);
	add_troubles(&s);
	look_at_rules(s.judge, r);
	judge_forget_copies(s.judge);
	if (inquiry_window(s.inquiry, &from, &to))
		street_walk(street, from, to, second_walk, &s);
	street_scripts(street, s.inquiry);
	inquiry_finish(s.inquiry);
	r->shed += sigma_lost(judge_rules(s.judge));
	fine &= keep_habits(&s);
	fine &= street_refused(street) == 0 && street_inputs(street) > 0;
	report_adopt(r, &store);
	inquiry_free(&s.inquiry);
	judge_close(&s.judge);
	quote_evidence(street, r); /* last: quotes come where facts were */
	street_close(&street);
	list_free(&s.troubles);
	clock_gettime(CLOCK_MONOTONIC, &ended);
	r->seconds =
	    (double)(ended.tv_sec - began.tv_sec) + (double)(ended.tv_nsec - began.tv_nsec) / 1e9;
	return fine;
}
