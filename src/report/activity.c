/* activity.c - what the intruder did over time, as one line of blocks. */
#include "brief.h"

enum { BARS = 40 };

struct bars {
	int64_t first_us, last_us; /* CLOCK_NONE: nothing yet */
	unsigned at[BARS], most;
};

static void reach(struct bars *t, int64_t usec)
{
	if (usec == CLOCK_NONE)
		return;
	t->first_us = t->first_us == CLOCK_NONE || usec < t->first_us ? usec : t->first_us;
	t->last_us = t->last_us == CLOCK_NONE || usec > t->last_us ? usec : t->last_us;
}

static void count(struct bars *t, int64_t usec)
{
	if (usec == CLOCK_NONE)
		return;
	double span = (double)(t->last_us - t->first_us) + 1;
	size_t bar = (size_t)((double)(usec - t->first_us) / span * BARS);
	unsigned n = ++t->at[bar < BARS ? bar : BARS - 1];
	t->most = n > t->most ? n : t->most;
}

/* All that the intruder did by hand: mail that a rule forwards later says nothing of presence. */
static void each_deed(struct bars *t, const struct incident *in,
		      void (*note)(struct bars *, int64_t))
{
	for (size_t i = 0; i < in->sessions.len; i++)
		note(t, in->sessions.at[i].first_us);
	for (size_t i = 0; i < in->accesses.len; i++)
		if (in->accesses.at[i].certainty >= LIKELY)
			note(t, in->accesses.at[i].time_us);
	for (size_t i = 0; i < in->changes.len; i++)
		note(t, in->changes.at[i].time_us);
}

void brief_activity(struct briefing *b, const struct incident *in)
{
	static const char *const blocks[] = {"·", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
	struct page *p = &b->page;
	struct bars t = {.first_us = CLOCK_NONE, .last_us = CLOCK_NONE};
	each_deed(&t, in, reach);
	if (t.first_us == t.last_us)
		return;
	each_deed(&t, in, count);
	brief_label(p, "Activity");
	page_say(p);
	for (unsigned i = 0; i < BARS; i++)
		out_text(&p->raw, blocks[t.at[i] ? 1 + (t.at[i] * 7ull + t.most / 2) / t.most : 0]);
	page_said(p, INK_PLAIN);
	page_to(p, p->col + 2);
	say_span(page_say(p), p->when, t.first_us, t.last_us);
	page_said(p, INK_PLAIN);
	page_end(p);
}
