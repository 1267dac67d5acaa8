/*
 * plot.c - who did what when, one lane for each account and source; below it the bytes that went
 * out.
 *
 * Places are in percent and sizes in pixels, so the picture keeps its letters readable on any
 * width without script.  Laws: (1) marks of one kind that would lie upon each other are one mark
 * that says how many; (2) lanes beyond LANES_MOST share the last one, and the caption says so.
 */
#include "plot.h"

#include <stdlib.h>

enum { LANES_MOST = 24, LANE_HEIGHT = 46, BYTES_HEIGHT = 96, AXIS_HEIGHT = 40, MARKS = 160 };

struct lane {
	slice account;
	bool has_source;
	struct address source;
};

struct plot {
	struct web *w;
	const struct incident *in;
	LIST(struct deed) deeds;
	struct lane lanes[LANES_MOST];
	uint32_t lane_count;
	bool shared; /* the last lane is that of many */
	struct axis axis;
	int64_t opened_bytes, sent_bytes;
};

static const struct {
	const char *id, *one, *many, *shape;
} kinds[DEED_KINDS] = {
    [FAILURE] = {"failure", "failed sign-in", "failed sign-ins",
		 "<path d=\"M-4-4L4 4M-4 4L4-4\"/>"},
    [SIGN_IN] = {"signin", "sign-in", "sign-ins", "<path d=\"M0-6L6 5H-6z\"/>"},
    [LISTED] = {"listed", "listing or search", "listings or searches", "<circle r=4 />"},
    [OPENED] = {"opened", "opening", "openings", "<circle r=5 />"},
    [CHANGED] = {"changed", "change", "changes", "<path d=\"M0-6.5L6.5 0L0 6.5L-6.5 0z\"/>"},
    [SENT] = {"sent", "mail sent", "mails sent", "<path d=\"M-5-5L6 0L-5 5z\"/>"},
};

/* ------------------------------------------------------------------ deeds */

static uint32_t lane_of(struct plot *p, slice account, bool has_source, struct address source)
{
	for (uint32_t i = 0; i < p->lane_count; i++) {
		const struct lane *l = &p->lanes[i];
		if (slice_eq(l->account, account) && l->has_source == has_source &&
		    (!has_source || address_eq(&l->source, &source)))
			return i;
	}
	if (p->lane_count == LANES_MOST) {
		p->shared = true;
		return LANES_MOST - 1;
	}
	p->lanes[p->lane_count] = (struct lane){account, has_source, source};
	return p->lane_count++;
}

/* What names no source is drawn on the first lane of its account. */
static uint32_t lane_of_account(struct plot *p, slice account)
{
	for (uint32_t i = 0; i < p->lane_count; i++)
		if (slice_eq(p->lanes[i].account, account))
			return i;
	return lane_of(p, account, false, (struct address){{0}});
}

static void add(struct plot *p, struct deed d)
{
	if (d.us != CLOCK_NONE)
		*list_add(&p->deeds) = d;
}

static void add_sessions(struct plot *p)
{
	for (size_t i = 0; i < p->in->sessions.len; i++) {
		const struct session_row *s = &p->in->sessions.at[i];
		add(p, (struct deed){s->first_us, SIGN_IN,
				     lane_of(p, s->account, s->has_source, s->source), UNKNOWN,
				     false, s->protocol, 1});
	}
}

static void add_accesses(struct plot *p)
{
	for (size_t i = 0; i < p->in->accesses.len; i++) {
		const struct access *a = &p->in->accesses.at[i];
		bool opened = a->kind <= KIND_FILE;
		if (a->certainty < LIKELY)
			continue;
		add(p, (struct deed){a->time_us, opened ? OPENED : LISTED,
				     lane_of(p, a->account, a->has_source, a->source), a->bytes,
				     opened,
				     a->name.len      ? a->name
				     : a->subject.len ? a->subject
						      : a->folder,
				     1});
	}
}

static bool is_guessing(const struct finding *f)
{
	char id[TECHNIQUE_TEXT];
	for (const char *const *tag = f->tags; tag && *tag; tag++)
		if (technique(*tag, id) && memcmp(id, "T1110", 5) == 0)
			return true;
	return false;
}

static void add_failures(struct plot *p)
{
	for (size_t i = 0; i < p->in->findings.len; i++) {
		const struct finding *f = &p->in->findings.at[i];
		if (!is_guessing(f))
			continue;
		uint32_t lane = lane_of(p, f->account, f->has_source, f->source);
		struct deed d = {f->time_us, FAILURE,       lane,    UNKNOWN,
				 false,      f->rule_title, f->count};
		add(p, d);
		d.us = f->first_us;
		if (f->first_us != f->time_us)
			add(p, d);
	}
}

static void add_changes_and_sent(struct plot *p)
{
	for (size_t i = 0; i < p->in->changes.len; i++) {
		const struct change *c = &p->in->changes.at[i];
		add(p, (struct deed){c->time_us, CHANGED, lane_of_account(p, c->account), UNKNOWN,
				     false, c->target, 1});
	}
	for (size_t i = 0; i < p->in->sent.len; i++) {
		const struct sent *s = &p->in->sent.at[i];
		add(p, (struct deed){s->time_us, SENT, lane_of_account(p, s->account), s->bytes,
				     s->external, s->to_count ? s->to[0] : s->queue_id, 1});
	}
}

static int compare_deeds(const void *a, const void *b)
{
	const struct deed *x = a, *y = b;
	int d = (x->us > y->us) - (x->us < y->us);
	return d ? d : (int)x->kind - (int)y->kind;
}

/* The axis covers deeds and ends of sessions. */
static struct axis axis_of_all(const struct plot *p)
{
	const struct incident *in = p->in;
	int64_t *times = must_alloc((p->deeds.len + in->sessions.len) * sizeof *times);
	size_t n = 0;
	for (size_t i = 0; i < in->sessions.len; i++)
		if (in->sessions.at[i].first_us != CLOCK_NONE &&
		    in->sessions.at[i].last_us != CLOCK_NONE)
			times[n++] = in->sessions.at[i].last_us;
	for (size_t i = 0; i < p->deeds.len; i++)
		times[n++] = p->deeds.at[i].us;
	struct axis a = axis_of(times, n);
	free(times);
	return a;
}

/* ---------------------------------------------------------------- drawing */

static void percent(struct web *w, const char *name, double share)
{
	out_format(w->o, " %s=\"%.2f%%\"", name, share * 100);
}

static void draw_pauses(struct plot *p, unsigned height)
{
	for (size_t i = 0; i + 1 < p->axis.len; i++) {
		const struct stretch *s = &p->axis.at[i], *next = s + 1;
		web_text(p->w, "<rect class=pause y=0");
		out_format(p->w->o, " height=%u", height);
		percent(p->w, "x", s->x + s->width);
		percent(p->w, "width", next->x - s->x - s->width);
		web_text(p->w, "><title>Nothing for ");
		say_lasting(web_say(p->w), next->first_us - s->last_us);
		web_said(p->w);
		web_text(p->w, "</title></rect>\n");
	}
}

static unsigned lane_y(uint32_t lane)
{
	return lane * LANE_HEIGHT + 31;
}

static void draw_lane(struct plot *p, uint32_t i)
{
	const struct lane *l = &p->lanes[i];
	out_format(p->w->o, "<text class=lane x=0 y=%u>", lane_y(i) - 17);
	out_slice(web_say(p->w), slice_first(l->account, text_fit(l->account, 40)));
	if (l->has_source)
		out_text(&p->w->raw, l->account.len ? " from " : "from ");
	say_address(&p->w->raw, l->has_source, &l->source);
	if (p->shared && i == LANES_MOST - 1)
		out_text(&p->w->raw, " and all others");
	web_said(p->w);
	out_format(p->w->o, "</text><line class=rail x1=0 x2=\"100%%\" y1=%u y2=%u />\n", lane_y(i),
		   lane_y(i));
}

static void draw_session(struct plot *p, const struct session_row *s)
{
	if (s->first_us == CLOCK_NONE)
		return;
	uint32_t lane = lane_of(p, s->account, s->has_source, s->source);
	double x = axis_x(&p->axis, s->first_us);
	double end = s->last_us == CLOCK_NONE ? 1 : axis_x(&p->axis, s->last_us);
	out_format(p->w->o, "<rect class=\"session%s\" y=%u height=14 rx=3",
		   s->last_us == CLOCK_NONE ? " open" : "", lane_y(lane) - 7);
	percent(p->w, "x", x);
	percent(p->w, "width", end > x + 0.002 ? end - x : 0.002);
	web_text(p->w, "><title>Session, ");
	say_span(web_say(p->w), &p->w->when, s->first_us, s->last_us);
	out_text(&p->w->raw, s->last_us == CLOCK_NONE ? ", no end is recorded" : "");
	web_said(p->w);
	web_text(p->w, "</title></rect>\n");
}

/* Deeds that stand on one place: first, last, how many. */
struct pile {
	const struct deed *first, *last;
	uint64_t n;
	int place;
};

static void draw_pile(struct plot *p, const struct pile *m)
{
	const struct deed *d = m->first;
	if (!m->n)
		return;
	out_format(p->w->o, "<use class=%s href=\"#m-%s\" y=%u", kinds[d->kind].id,
		   kinds[d->kind].id, lane_y(d->lane));
	percent(p->w, "x", axis_x(&p->axis, d->us));
	web_text(p->w, "><title>");
	say_span(web_say(p->w), &p->w->when, d->us, m->last->us);
	out_text(&p->w->raw, ": ");
	if (m->n > 1)
		say_exact(&p->w->raw, m->n), out_text(&p->w->raw, " ");
	out_text(&p->w->raw, m->n > 1 ? kinds[d->kind].many : kinds[d->kind].one);
	if (d->what.len && m->first == m->last) {
		out_text(&p->w->raw, ": ");
		out_slice(&p->w->raw, slice_first(d->what, text_fit(d->what, 80)));
	}
	web_said(p->w);
	web_text(p->w, "</title></use>\n");
}

static void draw_deeds(struct plot *p)
{
	struct pile *piles = must_alloc(LANES_MOST * DEED_KINDS * sizeof *piles);
	for (size_t i = 0; i < p->deeds.len; i++) {
		const struct deed *d = &p->deeds.at[i];
		struct pile *m = &piles[d->lane * DEED_KINDS + d->kind];
		int place = (int)(axis_x(&p->axis, d->us) * MARKS);
		if (m->n && m->place != place) {
			draw_pile(p, m);
			m->n = 0;
		}
		if (!m->n)
			*m = (struct pile){d, d, 0, place};
		m->last = d;
		m->n += d->count;
	}
	for (size_t i = 0; i < LANES_MOST * DEED_KINDS; i++)
		draw_pile(p, &piles[i]);
	free(piles);
}

/* ------------------------------------------------------------------ bytes */

static void sum_bytes(struct plot *p)
{
	for (size_t i = 0; i < p->deeds.len; i++) {
		const struct deed *d = &p->deeds.at[i];
		if (d->leaves && d->bytes > 0)
			*(d->kind == SENT ? &p->sent_bytes : &p->opened_bytes) += d->bytes;
	}
}

/* Bytes to height: 0 is the floor, 100 under it. */
static double height_of(int64_t sum, int64_t most)
{
	return 100 - 94.0 * (double)sum / (double)most;
}

/* A step line of what one kind adds up to; at most one step for each place. */
static void draw_steps(struct plot *p, bool sent, int64_t most)
{
	enum { PLACES = 1000 };
	int64_t sum = 0;
	int place = -1;
	out_format(p->w->o, "<path class=\"bytes %s\" d=\"", sent ? "sent" : "opened");
	for (size_t i = 0; i < p->deeds.len; i++) {
		const struct deed *d = &p->deeds.at[i];
		if (!d->leaves || d->bytes <= 0 || (d->kind == SENT) != sent)
			continue;
		int at = (int)(axis_x(&p->axis, d->us) * PLACES);
		if (place < 0)
			out_format(p->w->o, "M%d 102", at);
		else if (at != place)
			out_format(p->w->o, "V%.1fH%d", height_of(sum, most), at);
		place = at;
		sum += d->bytes;
	}
	out_format(p->w->o, "V%.1fH1010V102z\"/>", height_of(sum, most));
}

/* The scale: a line at the most, and how much that is. */
static void draw_scale(struct plot *p, unsigned y, int64_t most)
{
	out_format(p->w->o,
		   "<line class=tick x1=0 x2=\"100%%\" y1=%u y2=%u /><text class=tick "
		   "text-anchor=end x=\"100%%\" y=%u>",
		   y, y, y - 5);
	say_bytes(web_say(p->w), most);
	web_said(p->w);
	web_text(p->w, "</text>\n");
}

static void draw_bytes(struct plot *p, unsigned y)
{
	int64_t most = p->opened_bytes > p->sent_bytes ? p->opened_bytes : p->sent_bytes;
	unsigned height = BYTES_HEIGHT - 24;
	out_format(p->w->o, "<text class=lane x=0 y=%u>Bytes, adding up</text>", y + 14);
	draw_scale(p, y + 22 + height * 6 / 100, most);
	out_format(p->w->o,
		   "<svg x=0 y=%u width=\"100%%\" height=%u viewBox=\"0 0 1000 100\" "
		   "preserveAspectRatio=none>",
		   y + 22, height);
	if (p->opened_bytes)
		draw_steps(p, false, most);
	if (p->sent_bytes)
		draw_steps(p, true, most);
	web_text(p->w, "</svg>\n");
}

/* ------------------------------------------------------------------- axis */

struct tick {
	struct plot *p;
	unsigned y;
	int64_t day; /* of the label before */
	bool odd;    /* every other label is left out where there is no room */
};

static void draw_tick(void *ctx, double x, int64_t usec)
{
	struct tick *t = ctx;
	struct web *w = t->p->w;
	const char *anchor = x < 0.04 ? "start" : "middle";
	web_text(w, "<line class=tick y1=0");
	out_format(w->o, " y2=%u", t->y + 4);
	percent(w, "x1", x);
	percent(w, "x2", x);
	out_format(w->o, " /><text class=\"tick%s\" text-anchor=%s y=%u", t->odd ? " odd" : "",
		   anchor, t->y + 18);
	percent(w, "x", x);
	web_text(w, ">");
	say_hour(web_say(w), &w->when, usec);
	web_said(w);
	web_text(w, "</text>");
	int64_t day = when_day(&w->when, usec);
	if (day != t->day) {
		out_format(w->o, "<text class=\"tick day\" text-anchor=%s y=%u", anchor, t->y + 33);
		percent(w, "x", x);
		web_text(w, ">");
		say_date(web_say(w), &w->when, usec);
		web_said(w);
		web_text(w, "</text>");
	}
	t->day = day;
	t->odd = !t->odd;
	web_text(w, "\n");
}

/* ------------------------------------------------------------- the figure */

static void byte_sums(struct plot *p)
{
	if (!p->opened_bytes && !p->sent_bytes)
		return;
	const struct {
		int64_t bytes;
		const char *what;
	} sums[] = {{p->opened_bytes, " opened"}, {p->sent_bytes, " sent outside (dashed)"}};
	out_text(web_say(p->w), "Bytes:");
	for (size_t i = 0; i < 2; i++)
		if (sums[i].bytes) {
			out_text(&p->w->raw, i && sums[0].bytes ? ", " : " ");
			say_bytes(&p->w->raw, sums[i].bytes);
			out_text(&p->w->raw, sums[i].what);
		}
	out_text(&p->w->raw, ": the sizes of things that are at least likely. What servers counted "
			     "as handed out stands above.");
	web_text(p->w, "<p>");
	web_said(p->w);
	web_text(p->w, "</p>");
}

static void legend(struct plot *p)
{
	bool used[DEED_KINDS] = {false};
	for (size_t i = 0; i < p->deeds.len; i++)
		used[p->deeds.at[i].kind] = true;
	web_text(p->w, "<ul class=legend>");
	for (int k = 0; k < DEED_KINDS; k++)
		if (used[k])
			out_format(p->w->o,
				   "<li><svg width=16 height=16 viewBox=\"-8 -8 16 16\" "
				   "aria-hidden=true><use class=%s href=\"#m-%s\"/></svg>%s</li>",
				   kinds[k].id, kinds[k].id, kinds[k].one);
	web_text(p->w, "</ul>");
	byte_sums(p);
	if (p->axis.len > 1)
		web_text(p->w, "<p>Hatched: a pause, not drawn to length.</p>");
	if (p->shared)
		out_format(p->w->o, "<p>Accounts and sources beyond %d share the last lane.</p>",
			   LANES_MOST);
}

static void draw(struct plot *p, size_t number)
{
	struct web *w = p->w;
	bool bytes = p->opened_bytes || p->sent_bytes;
	unsigned lanes = p->lane_count * LANE_HEIGHT + 8;
	unsigned floor = lanes + (bytes ? BYTES_HEIGHT : 0);
	out_format(w->o,
		   "<figure class=plot><h3>Timeline</h3>\n<div class=canvas><svg width=\"100%%\" "
		   "height=%u role=img aria-labelledby=\"i%zu-plot-title\"><title "
		   "id=\"i%zu-plot-title\">What was done when, by account and source; the tables "
		   "below say the same in words</title>\n",
		   floor + AXIS_HEIGHT, number, number);
	draw_pauses(p, floor);
	struct tick t = {p, floor, INT64_MIN, false};
	axis_ticks(&p->axis, &w->when, 0.17, draw_tick, &t);
	for (uint32_t i = 0; i < p->lane_count; i++)
		draw_lane(p, i);
	for (size_t i = 0; i < p->in->sessions.len; i++)
		draw_session(p, &p->in->sessions.at[i]);
	draw_deeds(p);
	if (bytes)
		draw_bytes(p, lanes);
	out_format(w->o,
		   "<line class=floor x1=0 x2=\"100%%\" y1=%u y2=%u /></svg></div>\n<figcaption>",
		   floor, floor);
	legend(p);
	web_text(w, "</figcaption></figure>\n");
}

void plot_print(struct web *w, const struct incident *in, size_t number)
{
	struct plot p = {.w = w, .in = in};
	add_sessions(&p);
	add_accesses(&p);
	add_failures(&p);
	add_changes_and_sent(&p);
	if (p.deeds.len) {
		qsort(p.deeds.at, p.deeds.len, sizeof *p.deeds.at, compare_deeds);
		p.axis = axis_of_all(&p);
		sum_bytes(&p);
		draw(&p, number);
	}
	list_free(&p.deeds);
}

void plot_shapes(struct web *w)
{
	web_text(w, "<svg width=0 height=0 class=shapes aria-hidden=true><defs>");
	for (int k = 0; k < DEED_KINDS; k++)
		out_format(w->o, "<g id=\"m-%s\">%s</g>", kinds[k].id, kinds[k].shape);
	web_text(
	    w,
	    "<pattern id=hatch width=6 height=6 patternUnits=userSpaceOnUse "
	    "patternTransform=\"rotate(45)\"><line class=hatch y2=6 /></pattern></defs></svg>\n");
}
