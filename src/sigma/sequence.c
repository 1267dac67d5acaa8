/*
 * sequence.c - temporal_ordered: the rules of a correlation one after the other.
 *
 * For each step the last STEP_EVENTS events are kept, each with the latest start from which the
 * steps before it lead there.  The latest start is always the best one, and of events in order of
 * time the last one of a step always has it: so nothing is missed, however many events of one step
 * come. Late events are put in their place among what is kept.
 */
#include "internal.h"

struct step {
	int64_t time, start; /* start: CLOCK_NONE if no way leads here */
	int64_t first;       /* when what the first step counted began */
	uint64_t number;     /* of the event */
	struct sigma_token tokens[];
};

size_t sequence_cell(uint32_t steps)
{
	return sizeof(struct step) + steps * sizeof(struct sigma_token);
}

void sequence_clear(const struct sequence *q)
{
	for (uint32_t i = 0; i < q->steps * STEP_EVENTS; i++)
		if (q->places[i])
			cell_drop(q->cells, q->places[i]);
	memset(q->places, 0, q->steps * STEP_EVENTS * sizeof *q->places);
}

/* NULL: the place is free, and so are those behind it. */
static struct step *step_at(const struct sequence *q, uint32_t step, uint32_t i)
{
	uint32_t cell = q->places[step * STEP_EVENTS + i];
	return cell ? cell_at(q->cells, cell) : NULL;
}

/* A free place, or the oldest one. */
static struct step *place_for(const struct sequence *q, uint32_t step)
{
	struct step *oldest = step_at(q, step, 0);
	for (uint32_t i = 0; i < STEP_EVENTS; i++) {
		struct step *s = step_at(q, step, i);
		if (!s) {
			q->places[step * STEP_EVENTS + i] = cell_new(q->cells);
			return step_at(q, step, i);
		}
		if (s->time < oldest->time)
			oldest = s;
	}
	return oldest;
}

/* In order of time; of the same time as they came.  No event precedes itself. */
static bool precedes(const struct step *a, const struct step *b)
{
	return a->time < b->time || (a->time == b->time && a->number < b->number);
}

/* Finds the latest start from which `s` can be reached as step `step`; true if that is better. */
static bool lead_to(const struct sequence *q, uint32_t step, struct step *s)
{
	const struct step *best = NULL;
	for (uint32_t i = 0; i < STEP_EVENTS; i++) {
		const struct step *from = step_at(q, step - 1, i);
		bool leads = from && from->start != CLOCK_NONE && precedes(from, s) &&
			     from->start >= s->time - q->span;
		if (leads && (!best || from->start > best->start))
			best = from;
	}
	if (!best || best->start <= s->start)
		return false;
	s->start = best->start;
	s->first = best->first;
	memcpy(s->tokens, best->tokens, step * sizeof *s->tokens);
	return true;
}

/* What came before this event in the file, but after it in time. */
static struct step *lead_on(const struct sequence *q, uint32_t step, int64_t time)
{
	struct step *reached = NULL;
	bool better = true;
	while (better && ++step < q->steps) {
		better = false;
		for (uint32_t i = 0; i < STEP_EVENTS; i++) {
			struct step *later = step_at(q, step, i);
			if (!later || later->time < time || !lead_to(q, step, later))
				continue;
			better = true;
			reached = step == q->steps - 1 ? later : NULL;
		}
	}
	return reached;
}

bool sequence_add(const struct sequence *q, uint32_t step, uint64_t number,
		  const struct occasion *o, int64_t *first, const struct sigma_token **tokens)
{
	struct step *s = place_for(q, step);
	if (s->number && s->time > o->time)
		return false;
	s->time = o->time;
	s->start = step ? CLOCK_NONE : o->time;
	s->first = o->first;
	s->number = number;
	s->tokens[step] = o->token ? *o->token : (struct sigma_token){{0}};
	if (step && !lead_to(q, step, s))
		return false;
	if (step < q->steps - 1)
		s = lead_on(q, step, o->time);
	if (!s)
		return false;
	*first = s->first;
	*tokens = s->tokens;
	return true;
}
