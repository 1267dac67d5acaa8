/* done.c - what was done against an incident, as the journal of the responses has it. */
#include "part.h"

bool done_is_about(const struct response *p, const struct incident *in)
{
	if (slice_eq(p->incident, in->id))
		return true;
	for (size_t i = 0; i < p->accounts.len; i++)
		for (size_t k = 0; k < in->accounts.len; k++)
			if (slice_eq(p->accounts.at[i], in->accounts.at[k].name))
				return true;
	return false;
}

static void add_step(struct done *d, const struct respond_action *a)
{
	if (a->refused.len && !a->in_force)
		return;
	d->steps++;
	d->applied += a->state == ACTION_APPLIED;
	d->failed += a->state == ACTION_FAILED || a->state == ACTION_UNDO_FAILED;
	d->undone += a->state == ACTION_UNDONE;
	d->waiting +=
	    a->state == ACTION_PLANNED || a->state == ACTION_BEGUN || a->state == ACTION_UNDO_BEGUN;
	if (a->state == ACTION_APPLIED && a->done_us > d->last_us)
		d->last_us = a->done_us;
}

struct done done_against(const struct console_files *f, const struct incident *in)
{
	struct done d = {.last_us = CLOCK_NONE};
	for (size_t i = 0; f->respond && i < respond_count(f->respond); i++) {
		const struct response *p = respond_at(f->respond, i);
		if (p->mode == RESPOND_ISOLATE || !done_is_about(p, in))
			continue;
		d.plans++;
		for (size_t k = 0; k < p->actions.len; k++)
			add_step(&d, &p->actions.at[k]);
		if (p->measured_us != CLOCK_NONE &&
		    (!d.measured || p->measured_us > d.measured->measured_us))
			d.measured = p;
	}
	if (d.measured && d.measured->measured_us < d.last_us)
		d.measured = NULL;
	return d;
}

static void say_whether_out(struct out *o, const struct console_files *f, const struct done *d)
{
	if (!d->measured) {
		out_text(o,
			 "; whether he is out, only <code>tocsin contain verify</code> measures");
		return;
	}
	out_format(o, "; measured <b class=%s>%s</b>, ",
		   d->measured->measured == MEASURED_OUT      ? "fine"
		   : d->measured->measured == MEASURED_INSIDE ? "bad"
							      : "warn",
		   measured_names[d->measured->measured]);
	say_clock_of(o, f->zone, d->measured->measured_us);
}

void done_say(struct out *o, const struct console_files *f, const struct done *d)
{
	if (!d->plans) {
		out_text(o, "<span class=\"state warn\">no: nothing was planned</span>");
		return;
	}
	if (!d->applied) {
		out_format(o,
			   "<span class=\"state warn\">no: %zu steps planned, none in "
			   "force</span>",
			   d->steps);
	} else {
		bool whole = d->applied == d->steps;
		out_format(o, "<span class=\"state %s\">%zu of %zu steps in force</span>",
			   whole ? "fine" : "warn", d->applied, d->steps);
		if (d->last_us != CLOCK_NONE) {
			out_text(o, ", the last since ");
			say_clock_of(o, f->zone, d->last_us);
		}
	}
	if (d->failed)
		out_format(o, "; <b class=bad>%zu failed</b>", d->failed);
	if (d->undone)
		out_format(o, "; %zu taken back", d->undone);
	if (d->applied)
		say_whether_out(o, f, d);
}
