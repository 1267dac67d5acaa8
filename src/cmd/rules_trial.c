/* rules_trial.c - an example beside a rule, walked along the street. */
#include "rules_trial.h"
#include "facts/facts.h"
#include "rules_reason.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { YEAR_UNSTATED = 2026, FILES_MOST = 64 };

static void on_trial_hit(void *ctx, const struct sigma_hit *hit)
{
	struct trial *t = ctx;
	const struct event *e = hit->event;
	if (hit->rule != t->rule)
		return;
	if (!t->hits++) {
		t->first_us = hit->time;
		t->first = e ? arena_copy(&t->kept, e->raw) : (slice){0};
	}
}

static void judge_event(void *ctx, const struct event *e)
{
	struct trial *t = ctx;
	struct sigma_token token;
	memcpy(token.word, &e->place, sizeof token.word);
	sigma_feed(t->sigma, e, event_get_number(e, F_TIME, 0), &token, on_trial_hit, t);
}

static void keep_last(struct trial *t, const struct event *e)
{
	struct reasons reasons = {0};
	t->last.len = 0;
	if (t->why) {
		sigma_explain(t->sigma, t->rule, e, reasons_take, &reasons);
		reasons_text(&reasons, false, &t->last);
		reasons_free(&reasons);
		return;
	}
	event_json(e, slice_of(t->x->path), false, &t->last);
}

static void walk_event(void *ctx, struct event *e)
{
	struct trial *t = ctx;
	if (!t->stated)
		facts_add(t->facts, e, judge_event, t);
	judge_event(t, e);
}

static void shift_event(struct trial *t, struct event *e)
{
	if (!event_has(e, F_TIME))
		event_number(e, F_TIME, t->now - t->shift_us);
	e->v[F_TIME].number += t->shift_us;
	if (event_has(e, F_START))
		e->v[F_START].number += t->shift_us;
	t->now = e->v[F_TIME].number;
}

/* The text with the number of the turn for each {n}. */
static slice expand(struct arena *a, slice text, int64_t turn)
{
	const slice mark = SLICE("{n}");
	struct out o = {.fd = -1};
	size_t at;
	while ((at = slice_search(text, mark)) != SIZE_MAX) {
		out_slice(&o, slice_first(text, at));
		out_number(&o, turn);
		text = slice_from(text, at + mark.len);
	}
	out_slice(&o, text);
	slice full = arena_copy(a, (slice){o.at, o.len});
	out_close(&o);
	return full;
}

static void walk_log(struct trial *t, slice log, bool last)
{
	struct format_state state;
	struct arena scratch = {0};
	struct event e;
	bool part = false;
	format_start(&state, t->zone, YEAR_UNSTATED);
	while (log.len) {
		slice record = slice_until(&log, '\n');
		if (!record.len)
			continue;
		if (!part) {
			arena_reset(&scratch);
			event_clear(&e);
		}
		enum decoded decoded = format_decode(&state, record, &e, &scratch);
		part = decoded == DECODED_PART;
		t->unread += decoded == DECODED_UNKNOWN || decoded == DECODED_BROKEN;
		if (decoded != DECODED_EVENT)
			continue;
		e.raw = record;
		e.place = (struct place){.line = ++t->records, .length = (uint32_t)record.len};
		shift_event(t, &e);
		walk_event(t, &e);
		if (last)
			keep_last(t, &e);
	}
	arena_free(&scratch);
}

static void walk_step(struct trial *t, const struct example_step *s, bool last)
{
	struct arena room = {0};
	t->stated = s->event_count > 0;
	for (int64_t i = 0; i < s->repeat; i++) {
		t->shift_us = i * s->every_us;
		for (size_t k = 0; k < s->event_count; k++) {
			struct event e = *s->events[k];
			e.place = (struct place){.line = ++t->records};
			shift_event(t, &e);
			walk_event(t, &e);
			if (last && i + 1 == s->repeat)
				keep_last(t, &e);
		}
		arena_reset(&room);
		if (s->log.len)
			walk_log(t, expand(&room, s->log, i + 1), last && i + 1 == s->repeat);
	}
	arena_free(&room);
}

/* --- a recording --- */

static int is_log(const struct dirent *d)
{
	return strstr(d->d_name, ".log") != NULL;
}

/* False if there is no such folder: recordings need not be installed. */
static bool walk_recording(struct trial *t)
{
	const char *folder = t->x->recording, *paths[FILES_MOST];
	struct dirent **entries;
	int n = scandir(folder, &entries, is_log, alphasort), count = 0;
	if (n < 0)
		return false;
	for (int i = 0; i < n; i++) {
		if (count < FILES_MOST)
			paths[count++] =
			    arena_format(&t->kept, "%s/%s", folder, entries[i]->d_name).at;
		free(entries[i]);
	}
	free(entries);
	const char *networks = arena_format(&t->kept, "%s/networks.yaml", folder).at;
	if (access(networks, R_OK) == 0)
		facts_networks(t->facts, networks, note_line, NULL);
	struct street_options o = {.zone = t->zone};
	struct street *street = street_open(paths, (size_t)count, &o, note_input, NULL);
	street_walk(street, CLOCK_NONE, INT64_MAX, walk_event, t);
	street_close(&street);
	return count > 0;
}

/* --- the whole of it --- */

static void take_networks_of(struct trial *t)
{
	slice text = t->x->networks;
	int fd = text.len ? memfd_create("networks", MFD_CLOEXEC) : -1;
	if (fd < 0)
		return;
	if (write(fd, text.at, text.len) == (ssize_t)text.len)
		facts_networks(t->facts, arena_format(&t->kept, "/proc/self/fd/%d", fd).at,
			       note_line, NULL);
	close(fd);
}

bool trial_walk(struct trial *t)
{
	t->facts = facts_new();
	t->now = 0;
	take_networks_of(t);
	bool there = !t->x->recording || walk_recording(t);
	for (size_t i = 0; there && i < t->x->steps.len; i++)
		walk_step(t, &t->x->steps.at[i], i + 1 == t->x->steps.len);
	sigma_time(t->sigma, INT64_MAX, on_trial_hit, t);
	facts_free(&t->facts);
	return there;
}

void trial_free(struct trial *t)
{
	arena_free(&t->kept);
	out_close(&t->last);
}
