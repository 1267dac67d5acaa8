/*
 * origin.c - who fits: competing hypotheses, weighed openly (analysis of competing hypotheses:
 * R. Heuer, Psychology of Intelligence Analysis, ch. 8).
 *
 * Each observed trait speaks for or against each hypothesis by a small step; steps are added and
 * turned into shares.  Logs of one host say little about origin: the answer is "unknown" unless one
 * hypothesis stands far above the rest, and even then it is possible at most.
 */
#include "inquiry.h"

#include <math.h>

enum { H_STATE, H_ACTIVIST, H_CRIMINAL, H_INSIDER, H_TEST, HYPOTHESES };
static const char *const names[HYPOTHESES] = {"state", "activist", "criminal", "insider", "test"};

/* What can be seen in the records, and how it speaks (steps of log-odds, in tenths). */
static const struct trait {
	const char *text;
	int speaks[HYPOTHESES]; /* state activist criminal insider test */
} traits[] = {
    {"a forwarding rule keeps copies flowing without further sign-ins", {12, 0, 4, 4, -10}},
    {"few messages were chosen rather than everything taken", {10, 2, -2, 8, 0}},
    {"whole mailboxes were taken", {2, 8, 6, -4, 0}},
    {"passwords were guessed noisily", {-6, 4, 8, -10, 6}},
    {"guesses were spread thinly over accounts and hours", {10, -4, 2, -8, 2}},
    {"the password was right at the first try", {4, 0, 4, 8, 2}},
    {"the network is not one of the organisation's or its people's", {3, 3, 3, -8, 2}},
    {"the victim's own browser and address were used", {10, 0, 0, 8, -4}},
    {"mail was sent out of the account to the outside", {0, 2, 8, 4, -6}},
    {"a shell on the host was used", {4, 2, 2, 8, 2}},
    {"lines are missing from the logs", {8, -2, 2, 6, -10}},
    {"messages that hold passwords or keys were opened", {4, 4, 6, 0, 0}},
};
enum { TRAITS = sizeof traits / sizeof *traits };

static bool is_seen(const struct inquiry *q, const struct group *g, size_t trait)
{
	const struct incident *inc = g->incident;
	size_t likely = 0;
	bool forwarding = false;
	for (size_t i = 0; i < inc->accesses.len; i++)
		likely += inc->accesses.at[i].kind == KIND_MESSAGE &&
			  inc->accesses.at[i].certainty >= LIKELY;
	for (size_t i = 0; i < inc->changes.len; i++)
		forwarding |=
		    inc->changes.at[i].target.len > 0 && inc->changes.at[i].time_us != CLOCK_NONE;
	bool guessed = g->method == ENTRY_SPRAY || g->method == ENTRY_BRUTE;
	bool slow = guessed && g->login_us != CLOCK_NONE && g->login_us - g->first_us > CLOCK_DAY;
	const bool seen[TRAITS] = {
	    forwarding,
	    likely > 0 && likely <= 30 && !g->known_network,
	    inc->messages.at_most > 100 || likely > 100,
	    guessed && !slow,
	    slow,
	    g->method == ENTRY_STOLEN && !g->login_failed_before,
	    g->suspects.len > 0 && !g->known_network,
	    g->known_network,
	    inc->sent.len > 0,
	    g->method == ENTRY_SHELL,
	    q->orphans.len > 0,
	    inc->secret_messages > 0,
	};
	return seen[trait];
}

static void argue(struct inquiry *q, struct hypothesis *h, int hypothesis, const bool seen[TRAITS])
{
	h->in_favour = arena_take(q->keep, TRAITS * sizeof(slice));
	h->against = arena_take(q->keep, TRAITS * sizeof(slice));
	for (size_t t = 0; t < TRAITS; t++) {
		int step = seen[t] ? traits[t].speaks[hypothesis] : 0;
		if (step >= 4)
			h->in_favour[h->for_count++] = slice_of(traits[t].text);
		else if (step <= -4)
			h->against[h->against_count++] = slice_of(traits[t].text);
	}
}

void weigh_origins(struct inquiry *q, int group)
{
	struct group *g = &q->groups.at[group];
	bool seen[TRAITS];
	double odds[HYPOTHESES], sum = 0;
	int left = 100;
	for (size_t t = 0; t < TRAITS; t++)
		seen[t] = is_seen(q, g, t);
	for (int h = 0; h < HYPOTHESES; h++) {
		int steps = 0;
		for (size_t t = 0; t < TRAITS; t++)
			steps += seen[t] ? traits[t].speaks[h] : 0;
		/* Records of one host carry little: steps are damped, so that none runs away. */
		odds[h] = exp(steps / 25.0);
		sum += odds[h];
	}
	for (int h = 0; h < HYPOTHESES; h++) {
		struct hypothesis *out = list_add(&g->incident->hypotheses);
		out->name = slice_of(names[h]);
		out->weight = h == HYPOTHESES - 1 ? left : (int)(100 * odds[h] / sum + 0.5);
		left -= out->weight;
		argue(q, out, h, seen);
	}
}
