/*
 * doubt.c - what may have happened besides, because records of it may be gone.
 *
 * Law: "since" is proven only if the records reach back a day before the first act without a hole
 * or a pause in which one would not show, their clock is sound, nobody else uses the address, and
 * the accounts were used from nowhere else that is strange to them.  A day, because an intruder
 * comes back within hours, and no log reaches back for ever.  Where lines were cut on purpose a day
 * is no measure: then as far back as hits still belong together.
 */
#include "inquiry.h"

enum { TOLD_MOST = 3 };
#define BACK_US CLOCK_DAY

static bool is(slice word, const char *what)
{
	return slice_eq(word, slice_of(what));
}

/* Lines that were once written, or would have been: not what a daemon never writes.  What is
 * throttled is a mailbox's own matter, see tenant.c; what precedes all records doubt_beginning()
 * weighs. */
static bool loses_lines(const struct gap *g)
{
	return !is(g->kind, "never-logged") && !is(g->state, "clock") &&
	       !is(g->state, "throttled") && !is(g->state, "short");
}

static bool reaches(const struct gap *g, int64_t since_us)
{
	return g->to_us == CLOCK_NONE || g->to_us >= since_us;
}

bool lines_are_lost_since(const struct inquiry *q, int64_t since_us)
{
	for (size_t i = 0; i < q->report->gaps.len; i++)
		if (loses_lines(&q->report->gaps.at[i]) &&
		    reaches(&q->report->gaps.at[i], since_us))
			return true;
	return false;
}

/* --- why an earlier visit may not be seen --- */

struct doubts {
	struct inquiry *q;
	const struct group *g;
	slice *why;
	size_t len;
};

static void doubt(struct doubts *d, slice why)
{
	if (d->len < START_DOUBTS)
		d->why[d->len++] = why;
}

static bool cites(const struct evidences *e, size_t input)
{
	for (size_t i = 0; i < e->len; i++)
		if (e->at[i].place.input == input)
			return true;
	return false;
}

/* An input that shows the intruder coming in; all of them, if none is known to. */
static bool shows_start(const struct group *g, size_t input)
{
	return !(g->login_evidence.len + g->guess_evidence.len) ||
	       cites(&g->login_evidence, input) || cites(&g->guess_evidence, input);
}

static bool are_alike(const struct input_row *a, const struct input_row *b)
{
	for (size_t i = 0; i < a->format_count; i++)
		for (size_t k = 0; k < b->format_count; k++)
			if (slice_eq(a->formats[i].name, b->formats[k].name))
				return slice_eq(a->host, b->host);
	return false;
}

/* When the logs begin that would have shown him earlier. */
static int64_t logs_begin(const struct doubts *d)
{
	int64_t begin = CLOCK_NONE;
	const struct report *r = d->q->report;
	for (size_t i = 0; i < r->inputs.len; i++)
		for (size_t k = 0; shows_start(d->g, i) && k < r->inputs.len; k++) {
			int64_t first = r->inputs.at[k].first_us;
			if (first != CLOCK_NONE && (begin == CLOCK_NONE || first < begin) &&
			    (i == k || are_alike(&r->inputs.at[i], &r->inputs.at[k])))
				begin = first;
		}
	return begin;
}

bool begins_with_logs(struct inquiry *q, const struct group *g)
{
	const struct doubts d = {q, g, NULL, 0};
	int64_t begin = logs_begin(&d);
	return begin != CLOCK_NONE && g->first_us - begin < CLOCK_HOUR;
}

static void doubt_beginning(struct doubts *d)
{
	int64_t begin = logs_begin(d), before = d->g->first_us - begin;
	if (begin == CLOCK_NONE || before >= BACK_US)
		return;
	if (before < CLOCK_MINUTE)
		doubt(d, SLICE("the logs begin with it: what was before they do not hold"));
	else
		doubt(d, arena_format(d->q->keep,
				      "the logs begin only %.*s before it: an earlier visit "
				      "would not be in them",
				      SAY(say_duration(d->q, before - before % CLOCK_MINUTE))));
}

static const char *what_is_lost(const struct gap *g)
{
	static const struct {
		const char *state, *what;
	} rows[] = {{"tampered", "lines were lost or cut out"},
		    {"silent", "a busy log is silent for a while"},
		    {"rotated", "a file of the rotated set was not given"},
		    {"rate-limited", "the logger dropped lines"},
		    {"cut", "a log could not be read in full"}};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (is(g->state, rows[i].state))
			return rows[i].what;
	return "a log could not be read";
}

/* It lies before the first act; what somebody cut out at any time may have been that. */
static bool hides_start(const struct doubts *d, const struct gap *g)
{
	bool cut = is(g->kind, "tampered");
	bool earlier = g->from_us == CLOCK_NONE || g->from_us <= d->g->first_us;
	return loses_lines(g) && (cut || earlier) &&
	       reaches(g, d->g->first_us - (cut ? CAMPAIGN_US : BACK_US));
}

/* One source's like losses are told once. */
static bool is_told(const struct doubts *d, const struct gap *g)
{
	for (const struct gap *o = d->q->report->gaps.at; o < g; o++)
		if (slice_eq(o->source, g->source) && slice_eq(o->state, g->state) &&
		    hides_start(d, o))
			return true;
	return false;
}

static void doubt_gaps(struct doubts *d)
{
	size_t told = 0;
	for (size_t i = 0; i < d->q->report->gaps.len && told < TOLD_MOST; i++) {
		const struct gap *g = &d->q->report->gaps.at[i];
		if (!hides_start(d, g) || is_told(d, g))
			continue;
		doubt(d,
		      arena_format(d->q->keep, "%s (%.*s): an earlier visit may have stood there",
				   what_is_lost(g), (int)g->source.len, g->source.at));
		told++;
	}
}

static bool is_clock_of(const struct gap *g, const struct input_row *row)
{
	slice host = g->source;
	slice own = row->host.len ? row->host : SLICE("the webmail");
	return slice_eq(g->source, row->path) ||
	       (slice_eat(&host, "the clock of ") && slice_eq(host, own));
}

static void doubt_clock(struct doubts *d)
{
	const struct report *r = d->q->report;
	for (size_t i = 0; i < r->gaps.len; i++)
		for (size_t k = 0; is(r->gaps.at[i].state, "clock") && k < r->inputs.len; k++) {
			if (!shows_start(d->g, k) || !is_clock_of(&r->gaps.at[i], &r->inputs.at[k]))
				continue;
			doubt(d, SLICE("the clock that dates it is doubtful: see what was not "
				       "seen"));
			return;
		}
}

static void doubt_zone(struct doubts *d)
{
	for (size_t i = 0; i < d->q->report->inputs.len; i++)
		if (d->q->report->inputs.at[i].zone_assumed && shows_start(d->g, i)) {
			doubt(d, SLICE("the clock that dates it names no zone: it is read in this "
				       "machine's own (--timezone names another)"));
			return;
		}
}

/* Who else comes from where the first act came from. */
static void doubt_place(struct doubts *d)
{
	char text[ADDRESS_TEXT];
	for (size_t i = 0; i < d->g->suspects.len; i++) {
		const struct suspect *s = &d->g->suspects.at[i];
		if (s->exclusive || s->first_us != d->g->first_us || d->g->known_network)
			continue;
		address_format(&s->ip, text);
		doubt(d, arena_format(d->q->keep,
				      s->neighbour
					  ? "the first came from %s, of the network that findings "
					    "name but not one of their addresses"
					  : "others come from %s as well: what is his and what is "
					    "theirs the account alone tells",
				      text));
		return;
	}
}

static void doubt_others(struct doubts *d)
{
	char net[ADDRESS_TEXT];
	const struct other *o = earlier_other(d->g);
	if (!o)
		return;
	address_format(&o->net, net);
	doubt(d,
	      arena_format(d->q->keep,
			   "%.*s was used before from %s%s, not known as a place of its owner's: "
			   "ask him, for it may have been the intruder",
			   (int)o->account.len, o->account.at, net,
			   address_is_v4(&o->net) ? "/24" : "/48"));
}

static void doubt_quiet(struct doubts *d)
{
	const struct report *r = d->q->report;
	int64_t longest = 0, at = CLOCK_NONE, own;
	for (size_t i = 0; i < r->inputs.len; i++) {
		int64_t length = shows_start(d->g, i)
				     ? longest_pause(d->q, r->inputs.at[i].host,
						     d->g->first_us - BACK_US, d->g->first_us, &own)
				     : 0;
		if (length <= longest)
			continue;
		longest = length;
		at = own;
	}
	if (longest)
		doubt(d,
		      arena_format(d->q->keep,
				   "the mail log is quiet for %.*s from %.*s on: a piece cut out "
				   "there would leave no trace",
				   SAY(say_duration(d->q, longest - longest % CLOCK_MINUTE)),
				   SAY(say_when(d->q, at))));
}

static void doubt_mates(struct doubts *d)
{
	if (d->g->mates.len)
		doubt(d,
		      arena_format(d->q->keep,
				   "%.*s was used from the intruder's address as well, before him "
				   "or with nothing earlier known: ask its owner",
				   (int)d->g->mates.at[0].len, d->g->mates.at[0].at));
}

/* Through webmail, of which the mail host alone tells. */
static void doubt_web(struct doubts *d)
{
	const struct inquiry *q = d->q;
	const struct seen *s = unexplained_before(q, d->g);
	if (s)
		doubt(d,
		      arena_format(q->keep,
				   "%.*s was opened through webmail before, %.*s, and no request "
				   "tells whose browser it was",
				   SAY(s->account), SAY(say_when(d->q, s->first_us))));
	if (q->local_sessions && q->web_from_us != CLOCK_NONE &&
	    d->g->first_us - q->web_from_us < BACK_US)
		doubt(d,
		      SLICE("the log of the webmail begins less than a day before it: an earlier "
			    "visit by webmail would not be in it"));
}

size_t start_doubts(struct inquiry *q, const struct group *g, slice why[START_DOUBTS])
{
	struct doubts d = {q, g, why, 0};
	doubt_beginning(&d);
	doubt_gaps(&d);
	doubt_clock(&d);
	doubt_zone(&d);
	doubt_place(&d);
	doubt_others(&d);
	doubt_mates(&d);
	doubt_quiet(&d);
	doubt_web(&d);
	return d.len;
}
