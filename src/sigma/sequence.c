/*
 * sequence.c - temporal_ordered: the rules of a correlation one after the other.
 *
 * Laws: (1) the events of each step are kept in order of time, each with the latest start from
 * which the steps before it lead there.  The latest start is always the best one, and it grows with
 * time: so the last event of a step before another is all that needs to be asked; (2) before the
 * time of which nothing can come any more, one event of each step is enough; after it all are kept,
 * so that what comes late finds its place: of more than STEP_EVENTS goes the one that lies closest
 * to the next.
 */
#include "internal.h"

struct step {
	int64_t time, start; /* start: CLOCK_NONE if no way leads here */
	int64_t first;       /* when what the first step counted began */
	uint64_t number;     /* of the event */
	uint32_t newer, older;
	struct sigma_token tokens[];
};

size_t sequence_cell(uint32_t steps)
{
	return sizeof(struct step) + steps * sizeof(struct sigma_token);
}

static struct step *step_at(const struct sequence *q, uint32_t cell)
{
	return cell_at(q->cells, cell);
}

static void drop(const struct sequence *q, uint32_t step, uint32_t cell)
{
	struct step *s = step_at(q, cell);
	*(s->newer ? &step_at(q, s->newer)->older : &q->newest[step]) = s->older;
	if (s->older)
		step_at(q, s->older)->newer = s->newer;
	cell_drop(q->cells, cell);
}

void sequence_clear(const struct sequence *q)
{
	for (uint32_t i = 0; i < q->steps; i++)
		while (q->newest[i])
			drop(q, i, q->newest[i]);
}

/* In order of time; of the same time as they came.  No event precedes itself. */
static bool precedes(const struct step *a, const struct step *b)
{
	return a->time < b->time || (a->time == b->time && a->number < b->number);
}

static uint32_t put(const struct sequence *q, uint32_t step, uint64_t number,
		    const struct occasion *o)
{
	uint32_t cell = cell_new(q->cells), newer = 0, older = q->newest[step];
	struct step *s = step_at(q, cell);
	s->time = o->time;
	s->start = step ? CLOCK_NONE : o->time;
	s->first = o->first;
	s->number = number;
	if (o->token)
		s->tokens[step] = *o->token;
	for (; older && precedes(s, step_at(q, older)); older = step_at(q, older)->older)
		newer = older;
	s->newer = newer;
	s->older = older;
	*(newer ? &step_at(q, newer)->older : &q->newest[step]) = cell;
	if (older)
		step_at(q, older)->newer = cell;
	return cell;
}

/* Finds the latest start from which `s` can be reached as step `step`; true if that is better. */
static bool lead_to(const struct sequence *q, uint32_t step, struct step *s)
{
	uint32_t cell = q->newest[step - 1];
	while (cell && !precedes(step_at(q, cell), s))
		cell = step_at(q, cell)->older;
	const struct step *from = cell ? step_at(q, cell) : NULL;
	if (!from || from->start == CLOCK_NONE || from->start < s->time - q->span ||
	    from->start <= s->start)
		return false;
	s->start = from->start;
	s->first = from->first;
	memcpy(s->tokens, from->tokens, step * sizeof *s->tokens);
	return true;
}

/* What came before this event in the file, but after it in time, may begin later now. */
static void lead_on(const struct sequence *q, uint32_t step, const struct step *from)
{
	bool better = true;
	while (better && ++step < q->steps) {
		better = false;
		for (uint32_t cell = q->newest[step]; cell; cell = step_at(q, cell)->older) {
			if (!precedes(from, step_at(q, cell)))
				break;
			better |= lead_to(q, step, step_at(q, cell));
		}
	}
}

/* The soonest end that can be reached from `s`, within the span. */
static bool reaches(const struct sequence *q, uint32_t step, const struct step *s,
		    struct sigma_token tokens[STEPS_MOST])
{
	int64_t start = s->start;
	if (start == CLOCK_NONE)
		return false;
	memcpy(tokens, s->tokens, (step + 1) * sizeof *tokens);
	while (++step < q->steps) {
		const struct step *next = NULL;
		uint32_t cell = q->newest[step];
		for (; cell && precedes(s, step_at(q, cell)); cell = step_at(q, cell)->older)
			next = step_at(q, cell);
		if (!next)
			return false;
		tokens[step] = next->tokens[step];
		s = next;
	}
	return s->time - start <= q->span;
}

/* Law 2. */
static void shed(const struct sequence *q, uint32_t step)
{
	uint32_t count = 1, closest = 0, cell = q->newest[step], older;
	int64_t gap = INT64_MAX;
	for (; (older = step_at(q, cell)->older); cell = older) {
		if (step_at(q, cell)->time < q->settled)
			break;
		count++;
		int64_t apart = step_at(q, cell)->time - step_at(q, older)->time;
		closest = apart < gap ? older : closest;
		gap = apart < gap ? apart : gap;
	}
	while ((older = step_at(q, cell)->older))
		drop(q, step, older);
	if (count > STEP_EVENTS)
		drop(q, step, closest);
}

bool sequence_add(const struct sequence *q, uint32_t step, uint64_t number,
		  const struct occasion *o, int64_t *first, struct sigma_token tokens[STEPS_MOST])
{
	uint32_t cell = put(q, step, number, o);
	struct step *s = step_at(q, cell);
	if (step)
		lead_to(q, step, s);
	lead_on(q, step, s);
	*first = s->first;
	bool reached = reaches(q, step, s, tokens);
	shed(q, step);
	return reached;
}
