/*
 * sequence.c - temporal_ordered: the rules of a correlation one after the other.
 *
 * For each step the last KEPT events are kept, each with the latest start from which the steps
 * before it lead there.  The latest start is always the best one, and of events in order of time
 * the last one of a step always has it: so nothing is missed, however many events of one step come.
 * Late events are put in their place among what is kept.
 */
#include "internal.h"

enum { KEPT = 4 };

struct step {
	int64_t time, start; /* start: CLOCK_NONE if no way leads here */
	uint64_t number;     /* of the event; 0: free */
	struct sigma_token tokens[];
};

static size_t step_size(uint32_t steps)
{
	return sizeof(struct step) + steps * sizeof(struct sigma_token);
}

size_t sequence_size(uint32_t steps)
{
	return step_size(steps) * steps * KEPT;
}

static struct step *step_at(void *sequence, uint32_t steps, uint32_t step, uint32_t i)
{
	return (struct step *)((char *)sequence + step_size(steps) * (step * KEPT + i));
}

/* A free place, or the oldest one. */
static struct step *place_for(void *sequence, uint32_t steps, uint32_t step)
{
	struct step *oldest = step_at(sequence, steps, step, 0);
	for (uint32_t i = 0; i < KEPT; i++) {
		struct step *s = step_at(sequence, steps, step, i);
		if (!s->number)
			return s;
		if (s->time < oldest->time)
			oldest = s;
	}
	return oldest;
}

/* Finds the latest start from which step `step` can be reached by event `s`; true if it is better. */
static bool lead_to(void *sequence, uint32_t steps, uint32_t step, struct step *s, int64_t span)
{
	const struct step *best = NULL;
	for (uint32_t i = 0; step && i < KEPT; i++) {
		const struct step *from = step_at(sequence, steps, step - 1, i);
		bool leads = from->number && from->start != CLOCK_NONE && from->time <= s->time &&
			     from->number != s->number && from->start >= s->time - span;
		if (leads && (!best || from->start > best->start))
			best = from;
	}
	int64_t start = !step ? s->time : best ? best->start : CLOCK_NONE;
	if (start == CLOCK_NONE || start <= s->start)
		return false;
	s->start = start;
	if (best)
		memcpy(s->tokens, best->tokens, step * sizeof *s->tokens);
	return true;
}

bool sequence_add(void *sequence, uint32_t steps, int64_t span, const struct sequence_event *e,
		  int64_t *start, const struct sigma_token **tokens)
{
	struct step *s = place_for(sequence, steps, e->step);
	const struct step *reached = NULL;
	if (s->number && s->time > e->time)
		return false;
	s->time = e->time;
	s->start = CLOCK_NONE;
	s->number = e->number;
	s->tokens[e->step] = e->token ? *e->token : (struct sigma_token){{0}};
	bool better = lead_to(sequence, steps, e->step, s, span);
	if (better && e->step == steps - 1)
		reached = s;
	/* what came before this event in the file, but after it in time */
	for (uint32_t step = e->step + 1; better && step < steps; step++) {
		better = false;
		for (uint32_t i = 0; i < KEPT; i++) {
			struct step *later = step_at(sequence, steps, step, i);
			if (!later->number || later->time < e->time ||
			    !lead_to(sequence, steps, step, later, span))
				continue;
			better = true;
			if (step == steps - 1)
				reached = later;
		}
	}
	if (!reached)
		return false;
	*start = reached->start;
	*tokens = reached->tokens;
	return true;
}
