/* scan.c - the whole of a scan: two walks along the street, and the report. */
#include "facts/facts.h"
#include "mailstore/mailstore.h"
#include "street/street.h"
#include "sigma/sigma.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

/* Records handed in twice, as when syslog and mail.log are both given, count once. */
enum { RECENT = 256 };

struct recent {
	uint64_t hash;
	int64_t time_us;
};

struct scanning {
	struct facts *facts;
	struct sigma *sigma;
	struct inquiry *inquiry;
	struct report *report;
	struct recent recent[RECENT];
	LIST(struct input_trouble_row) troubles;
};

/* What could not be read is a gap in the report, not only a line on stderr. */
struct input_trouble_row {
	enum input_trouble kind;
	slice path, what;
	uint64_t line;
};

/* --- the first walk --- */

static const char *const levels[] = {"informational", "low", "medium", "high", "critical"};

/* A correlation names its account and source by its groups; a plain rule by its event. */
static void name_hit(struct hit *h, const struct sigma_hit *s, const struct event *e,
		     char room[ACCOUNT_MOST])
{
	const struct address *ip = event_get_address(e, F_SOURCE_IP);
	h->account = event_get(e, F_ACCOUNT);
	h->has_source = ip && !event_has(e, F_VIA) && !address_is_loopback(ip);
	if (ip)
		h->source = *ip;
	bool by_source = false, by_account = false;
	for (size_t i = 0; i < s->group_count; i++) {
		by_source |= strcmp(s->group_fields[i], "source.ip") == 0;
		by_account |= strcmp(s->group_fields[i], "tocsin.account") == 0;
	}
	if (s->rule->correlation && by_source && !by_account)
		h->account = (slice){0};
	h->account = facts_account_key(h->account, room);
}

static enum hit_network network_of(slice state)
{
	if (slice_eq(state, SLICE("known")))
		return NETWORK_KNOWN;
	if (slice_eq(state, SLICE("new")))
		return NETWORK_NEW;
	bool unused = slice_eq(state, SLICE("early")) || slice_eq(state, SLICE("first"));
	return unused ? NETWORK_UNUSED : NETWORK_UNTOLD;
}

/* Whoever was refused did not use it: strangers who guess at a stolen account are not its thief. */
static enum hit_network network_used(const struct event *e)
{
	return e->outcome == OUT_FAILURE ? NETWORK_UNTOLD : network_of(event_get(e, F_NET_STATE));
}

static void on_hit(void *ctx, const struct sigma_hit *s)
{
	struct scanning *scan = ctx;
	struct event none;
	const struct event *e = s->event ? s->event : &none; /* decided by time alone: no event */
	char room[ACCOUNT_MOST];
	event_clear(&none);
	struct hit h = {
	    .rule = s->rule->number,
	    .rule_id = s->rule->id ? s->rule->id : "",
	    .title = s->rule->title ? s->rule->title : "",
	    .description = s->rule->description ? s->rule->description : "",
	    .level_name = levels[s->rule->level],
	    .level = (int)s->rule->level,
	    .method = s->rule->custom_method,
	    .tags = s->rule->tags,
	    .network = network_used(e),
	    .first_us = s->first,
	    .time_us = s->time,
	    .count = s->count ? s->count : 1,
	    .agent = event_get(e, F_USER_AGENT),
	    .login = e->action == ACT_FILE_OPEN ? event_get(e, F_USER_ID) : (slice){0},
	};
	name_hit(&h, s, e, room);
	if (e->action == ACT_COMMAND) { /* a login of the host, no mail account */
		h.login = h.account;
		h.account = (slice){0};
	}
	for (size_t i = 0; i < s->token_count && h.place_count < HIT_PLACES; i++)
		memcpy(&h.places[h.place_count++], s->tokens[i].word, sizeof(struct place));
	inquiry_hit(scan->inquiry, &h);
}

_Static_assert(sizeof(struct place) == sizeof(struct sigma_token), "a token holds a place");

static void judge(void *ctx, const struct event *e)
{
	struct scanning *scan = ctx;
	struct sigma_token token;
	memcpy(token.word, &e->place, sizeof token.word);
	sigma_feed(scan->sigma, e, event_get_number(e, F_TIME, 0), &token, on_hit, scan);
	inquiry_saw(scan->inquiry, e);
}

/*
 * A copy bears the same time to the letter, as does the whole line: process numbers, queue and
 * session ids make it the same record.  Access lines have none of these and may rightly be equal.
 */
static bool is_copy(struct scanning *scan, const struct event *e)
{
	if (e->action == ACT_HTTP || e->action == ACT_FILE_OPEN || !event_has(e, F_TIME))
		return false;
	uint64_t hash = hash_bytes(e->raw.at, e->raw.len);
	struct recent *r = &scan->recent[hash % RECENT];
	bool same = r->hash == hash && r->time_us == e->v[F_TIME].number;
	*r = (struct recent){hash, e->v[F_TIME].number};
	return same;
}

static void first_walk(void *ctx, struct event *e)
{
	struct scanning *scan = ctx;
	if (is_copy(scan, e))
		return;
	facts_add(scan->facts, e, judge, scan);
	judge(scan, e);
}

static void second_walk(void *ctx, struct event *e)
{
	struct scanning *scan = ctx;
	if (!is_copy(scan, e))
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
	if (kind == INPUT_SKIPPED || kind == INPUT_EMPTY)
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
		    .hides = arena_format(&r->arena, "what it held could not be read%s: %.*s",
					  cut ? " in full" : "", (int)t->what.len, t->what.at)};
	}
}

/* --- all of it --- */

static bool prepare(struct scanning *scan, const struct scan_options *o, struct mailstore **store,
		    const struct scan_notes *notes)
{
	bool fine = true;
	scan->facts = facts_new();
	facts_zone(scan->facts, o->zone);
	if (o->networks)
		fine &= facts_networks(scan->facts, o->networks, notes->line, NULL);
	if (o->geo)
		fine &= facts_geo(scan->facts, o->geo, notes->line, NULL);
	if (o->state)
		fine &= facts_state(scan->facts, o->state, notes->line, NULL);
	if (o->mail_store) {
		*store = mailstore_open(o->mail_store, notes->file, NULL);
		fine &= *store && mailstore_count(*store) > 0;
	}
	scan->sigma = scan_rules(o->rules, o->rule_count);
	if (sigma_count(scan->sigma) == 0)
		notes->file(NULL, o->rule_count ? o->rules[0] : "rules", 0,
			    "there is no rule in it",
			    "give Sigma rules, or leave out --rules for tocsin's own");
	return fine && sigma_refused(scan->sigma) == 0 && sigma_count(scan->sigma) > 0;
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
	bool fine = facts_keep(scan->facts, doubts.at, doubts.len);
	list_free(&doubts);
	return fine;
}

static void quote_evidence(struct street *street, struct report *r)
{
	size_t n;
	struct evidence **cited = report_cited(r, &n);
	street_quote(street, cited, n, &r->arena);
	free(cited);
}

bool scan(const struct scan_options *o, const struct scan_notes *notes, struct report *r)
{
	struct scanning s = {.report = r};
	struct noting noting = {&s, notes->input, NULL};
	struct mailstore *store = NULL;
	struct timespec began, ended, wall;
	int64_t from, to;
	clock_gettime(CLOCK_MONOTONIC, &began);
	clock_gettime(CLOCK_REALTIME, &wall);
	r->zone = o->zone;
	r->tool_version = SLICE(TOCSIN_VERSION);
	r->created_us = wall.tv_sec * CLOCK_SECOND + wall.tv_nsec / 1000;
	bool fine = prepare(&s, o, &store, notes);
	const struct street_options so = {
	    .zone = o->zone, .progress = o->progress, .hash = true, .limits = o->limits};
	struct street *street = street_open(o->paths, o->path_count, &so, keep_trouble, &noting);
	s.inquiry = inquiry_new(s.facts, store, r);
	street_walk(street, CLOCK_NONE, INT64_MAX, first_walk, &s);
	sigma_time(s.sigma, INT64_MAX, on_hit, &s);
	street_count(street, r);
	add_troubles(&s);
	memset(s.recent, 0, sizeof s.recent);
	if (inquiry_window(s.inquiry, &from, &to))
		street_walk(street, from, to, second_walk, &s);
	inquiry_finish(s.inquiry);
	quote_evidence(street, r);
	fine &= keep_habits(&s);
	fine &= street_refused(street) == 0 && street_inputs(street) > 0;
	report_adopt(r, &store);
	inquiry_free(&s.inquiry);
	sigma_free(&s.sigma);
	facts_free(&s.facts);
	street_close(&street);
	list_free(&s.troubles);
	clock_gettime(CLOCK_MONOTONIC, &ended);
	r->seconds =
	    (double)(ended.tv_sec - began.tv_sec) + (double)(ended.tv_nsec - began.tv_nsec) / 1e9;
	return fine;
}
