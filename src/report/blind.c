/*
 * blind.c - rules that could not see, by what opens their eyes; as part of the page and of JSON.
 * Law: which rules were blind is never left out: silence is not safety.
 */
#include "web.h"

#include <stdlib.h>

static int worse(const char *level)
{
	static const char *const levels[] = {"informational", "low", "medium", "high", "critical"};
	int rank = 4;
	while (rank > 0 && strcmp(level, levels[rank]) != 0)
		rank--;
	return rank;
}

static int by_weight(const void *a, const void *b)
{
	const struct blind_group *x = a, *y = b;
	int d = (int)x->worst->needs - (int)y->worst->needs;
	if (d == 0)
		d = worse(y->worst->level) - worse(x->worst->level);
	if (d == 0)
		d = (x->rules < y->rules) - (x->rules > y->rules);
	return d ? d : slice_compare(x->setting, y->setting);
}

struct blind_group *blind_groups(const struct sight *s, size_t *n)
{
	struct blind_group *groups = must_alloc((s->blind + 1) * sizeof *groups);
	*n = 0;
	for (size_t i = 0; i < s->rules.len; i++) {
		if (s->rules.at[i].seeing || !sight_is_first_of_setting(s, i))
			continue;
		struct blind_group *g = &groups[(*n)++];
		*g = (struct blind_group){s->rules.at[i].setting, &s->rules.at[i], 0};
		for (size_t k = i; k < s->rules.len; k++) {
			const struct sight_rule *r = &s->rules.at[k];
			if (r->seeing || !slice_eq(r->setting, g->setting))
				continue;
			g->rules++;
			if (worse(r->level) > worse(g->worst->level))
				g->worst = r;
		}
	}
	if (*n)
		qsort(groups, *n, sizeof *groups, by_weight);
	return groups;
}

void say_ways(struct out *o, const struct sight *s)
{
	slice ways[WAYS_MOST];
	size_t n = 0;
	for (size_t i = 0; i < s->unseen.len && n < WAYS_MOST; i++)
		if (!sight_is_tenants_way(s, s->unseen.at[i]))
			ways[n++] = s->unseen.at[i];
	for (size_t i = 0; i < n; i++) {
		out_text(o, i == 0 ? "An intrusion by " : i + 1 == n ? " or " : ", ");
		say_words(o, ways[i]);
	}
	if (n)
		out_text(o, " would not have been noticed here: every rule that tells of it is "
			    "blind");
}

/* ------------------------------------------------------------------- page */

static void rule_line(struct web *w, const struct sight_rule *r)
{
	web_slice(w, slice_of(r->level));
	web_text(w, ": ");
	web_slice(w, r->title);
	web_text(w, " (");
	web_slice(w, r->why);
	web_text(w, ")<br>");
}

/* The gravest of its rules first. */
static void group_row(struct web *w, const struct blind_group *g)
{
	const struct sight *s = &w->r->sight;
	web_text(w, "<tr><td class=t>");
	web_slice(w, g->setting);
	web_text(w, "</td><td class=t>");
	for (int level = worse("critical"); level >= 0; level--)
		for (size_t i = 0; i < s->rules.len; i++) {
			const struct sight_rule *r = &s->rules.at[i];
			if (!r->seeing && worse(r->level) == level &&
			    slice_eq(r->setting, g->setting))
				rule_line(w, r);
		}
	web_text(w, "</td></tr>\n");
}

static void drift_rows(struct web *w)
{
	const struct sight *s = &w->r->sight;
	for (size_t i = 0; i < s->drifts.len; i++) {
		const struct sight_drift *d = &s->drifts.at[i];
		web_text(w, "<p><b>Drift:</b> ");
		say_drift(web_say(w), d);
		web_said(w);
		web_text(w, ".</p>\n<ul>");
		for (size_t k = 0; k < d->sample_count; k++) {
			web_text(w, "<li><code>");
			web_slice(w, d->samples[k]);
			web_text(w, "</code></li>");
		}
		web_text(w, "</ul>\n");
	}
}

void blind_print(struct web *w)
{
	const struct sight *s = &w->r->sight;
	size_t n;
	if (!s->blind && !s->drifts.len)
		return;
	struct blind_group *groups = blind_groups(s, &n);
	out_format(w->o,
		   "<section id=blind><h2>Rules that could not see: %zu of %zu</h2>\n<p>What they "
		   "look for may have happened: these logs would not show it. ",
		   s->blind, s->seeing + s->blind);
	say_ways(web_say(w), s);
	web_said(w);
	web_text(w, w->raw.len ? ".</p>\n" : "</p>\n");
	drift_rows(w);
	web_text(w, "<div class=scroll role=region tabindex=0 aria-label=\"Blind rules\"><table>"
		    "<caption>By what would open their eyes</caption>\n<thead><tr><th "
		    "scope=col>What opens their eyes</th><th scope=col>Blind "
		    "rules</th></tr></thead>\n<tbody>\n");
	for (size_t i = 0; i < n; i++)
		group_row(w, &groups[i]);
	web_text(w, "</tbody></table></div></section>\n");
	free(groups);
}

void say_drift(struct out *o, const struct sight_drift *d)
{
	char day[CLOCK_TEXT];
	clock_format(d->from_us, day);
	out_slice(o, d->daemon);
	out_format(o, ": %u %% of its records were understood, since %.10s %u %%", d->before, day,
		   d->since);
}
