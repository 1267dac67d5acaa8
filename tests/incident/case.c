/* case.c - see case.h. */
#include "case.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static void on_note(void *ctx, const char *path, uint64_t line, const char *what,
		    const char *remedy)
{
	fail_msg("mail store, line %d: %s", (int)line, what);
}

static struct mailstore *open_store(const char *catalogue)
{
	char path[] = "/tmp/tocsin-catalogue-XXXXXX.jsonl";
	int fd = mkstemps(path, 6);
	assert_true(fd >= 0);
	size_t len = strlen(catalogue);
	assert_int_equal(write(fd, catalogue, len), len);
	close(fd);
	struct mailstore *m = mailstore_open(path, on_note, NULL);
	unlink(path);
	assert_non_null(m);
	return m;
}

void inquest_start(struct inquest *c, const char *catalogue)
{
	*c = (struct inquest){.said = {.fd = -1}};
	story_start(&c->story);
	c->store = catalogue ? open_store(catalogue) : NULL;
	struct input_row *input = list_add(&c->report.inputs);
	*input = (struct input_row){.path = SLICE("mail.log"), .last_us = STORY_BEGAN + CLOCK_DAY};
	c->inquiry = inquiry_new(c->story.facts, c->store, &c->report);
}

static void saw(void *ctx, const struct event *e)
{
	inquiry_saw(((struct inquest *)ctx)->inquiry, e);
}

static void match(struct inquest *c, const struct event *e, const char *method)
{
	char name[40];
	slice rest = slice_of(method), first = slice_until(&rest, ' ');
	bool known = slice_eq(rest, SLICE("known")), medium = slice_eq(first, SLICE("medium"));
	const struct address *ip = event_get_address(e, F_SOURCE_IP);
	snprintf(name, sizeof name, "%.*s", (int)first.len, first.at);
	char *kept = arena_text(&c->story.arena, slice_of(name));
	struct hit h = {
	    .rule = (unsigned)hash_bytes(first.at, first.len),
	    .rule_id = kept,
	    .title = kept,
	    .description = "",
	    .level_name = medium ? "medium" : "high",
	    .level = medium ? 2 : 3,
	    .method = medium ? NULL : kept,
	    .account = event_get(e, F_ACCOUNT),
	    .has_source = ip != NULL,
	    .network = known ? NETWORK_KNOWN : NETWORK_NEW,
	    .agent = event_get(e, F_USER_AGENT),
	    .login = event_get(e, F_USER_ID),
	    .first_us = e->v[F_TIME].number,
	    .time_us = e->v[F_TIME].number,
	    .count = 1,
	    .places = {e->place},
	    .place_count = 1,
	};
	if (ip)
		h.source = *ip;
	inquiry_hit(c->inquiry, &h);
}

void inquest_hold(struct inquest *c, const struct row *rows, size_t n)
{
	int64_t from, to;
	for (size_t i = 0; i < n && rows[i].event; i++) {
		struct event e = story_event(&c->story, rows[i].at, rows[i].event);
		facts_add(c->story.facts, &e, saw, c);
		saw(c, &e);
		if (rows[i].hit)
			match(c, &e, rows[i].hit);
	}
	c->story.line = 0;
	bool any = inquiry_window(c->inquiry, &from, &to);
	for (size_t i = 0; any && i < n && rows[i].event; i++) {
		struct event e = story_event(&c->story, rows[i].at, rows[i].event);
		if (e.v[F_TIME].number >= from && e.v[F_TIME].number <= to)
			inquiry_add(c->inquiry, &e);
	}
	inquiry_finish(c->inquiry);
}

void inquest_end(struct inquest *c)
{
	report_adopt(&c->report, &c->store);
	inquiry_free(&c->inquiry);
	assert_null(c->inquiry);
	report_free(&c->report);
	story_end(&c->story);
	out_close(&c->said);
}

#define SAY(s) (int)(s).len, (s).len ? (s).at : ""

static double since(int64_t usec)
{
	return usec == CLOCK_NONE ? -1 : (double)(usec - STORY_BEGAN) / 1e6;
}

static void say_access(struct out *o, const struct access *a)
{
	out_format(o, "%s %.*s %.*s", access_kind_names[a->kind], SAY(a->account), SAY(a->folder));
	if (a->uid >= 0)
		out_format(o, " %lld", (long long)a->uid);
	if (a->part.len)
		out_format(o, " part %.*s", SAY(a->part));
	if (a->subject.len)
		out_format(o, " \"%.*s\"", SAY(a->subject));
	out_format(o, " %s %s x%u\n", access_how_names[a->how], certainty_names[a->certainty],
		   a->times);
}

static void say_gaps(struct out *o, const struct gap *g, size_t n)
{
	for (size_t i = 0; i < n; i++)
		out_format(o, "gap %.*s %.*s: %.*s\n", SAY(g[i].kind), SAY(g[i].source),
			   SAY(g[i].hides));
}

static void say_incident(struct out *o, const struct incident *x)
{
	char ip[ADDRESS_TEXT] = "nowhere";
	if (x->entry.has_source)
		address_format(&x->entry.source, ip);
	out_format(o, "incident %.*s\n", SAY(x->severity));
	out_format(o, "entry %s %.*s %s at %g %s\n", entry_names[x->entry.method],
		   SAY(x->entry.account), ip, since(x->entry.time_us),
		   certainty_names[x->entry.certainty]);
	out_format(o, "from %g to %g finding %g\n", since(x->first_us), since(x->last_us),
		   since(x->first_finding_us));
	for (size_t i = 0; i < x->accounts.len; i++)
		out_format(o, "account %.*s %s\n", SAY(x->accounts.at[i].name),
			   certainty_names[x->accounts.at[i].compromised]);
	for (size_t i = 0; i < x->sources.len; i++) {
		address_format(&x->sources.at[i].ip, ip);
		out_format(o, "source %s %s\n", ip, certainty_names[x->sources.at[i].certainty]);
	}
	for (size_t i = 0; i < x->sessions.len; i++)
		out_format(o, "session %.*s %.*s %lld %s\n", SAY(x->sessions.at[i].id),
			   SAY(x->sessions.at[i].account), (long long)x->sessions.at[i].bodies,
			   certainty_names[x->sessions.at[i].certainty]);
	for (size_t i = 0; i < x->accesses.len; i++)
		say_access(o, &x->accesses.at[i]);
	for (size_t i = 0; i < x->changes.len; i++)
		out_format(o, "change %.*s %.*s %.*s %s\n", SAY(x->changes.at[i].kind),
			   SAY(x->changes.at[i].account), SAY(x->changes.at[i].target),
			   certainty_names[x->changes.at[i].certainty]);
	for (size_t i = 0; i < x->sent.len; i++)
		out_format(o, "sent %.*s %.*s%s %s\n", SAY(x->sent.at[i].account),
			   SAY(x->sent.at[i].to_count ? x->sent.at[i].to[0] : SLICE("-")),
			   x->sent.at[i].external ? " outside" : "",
			   certainty_names[x->sent.at[i].certainty]);
	out_format(o, "messages %lld of %lld\nattachments %lld of %lld\nfiles %lld of %lld\n",
		   (long long)x->messages.proven, (long long)x->messages.at_most,
		   (long long)x->attachments.proven, (long long)x->attachments.at_most,
		   (long long)x->files.proven, (long long)x->files.at_most);
	say_gaps(o, x->gaps.at, x->gaps.len);
	for (int k = 0; k < QUESTION_COUNT; k++)
		out_format(o, "%s %s: %.*s\n", question_ids[k],
			   certainty_names[x->verdicts[k].certainty], SAY(x->verdicts[k].answer));
	int weight = 0;
	for (size_t i = 0; i < x->hypotheses.len; i++)
		weight += x->hypotheses.at[i].weight;
	out_format(o, "weights %d\n", weight);
	for (size_t i = 0; i < x->findings.len; i++)
		out_format(o, "finding %.*s x%llu\n", SAY(x->findings.at[i].rule_id),
			   (unsigned long long)x->findings.at[i].count);
}

static void say_report(struct inquest *c)
{
	struct report *r = &c->report;
	out_format(&c->said, "\nincidents %zu\n", r->incidents.len);
	for (size_t i = 0; i < r->incidents.len; i++)
		say_incident(&c->said, &r->incidents.at[i]);
	for (size_t i = 0; i < r->findings.len; i++)
		out_format(&c->said, "alone %.*s x%llu\n", SAY(r->findings.at[i].rule_id),
			   (unsigned long long)r->findings.at[i].count);
	say_gaps(&c->said, r->gaps.at, r->gaps.len);
}

void inquest_says(struct inquest *c, const char *name, const char *want)
{
	struct arena scratch = {0};
	if (!c->said.len)
		say_report(c);
	slice text = {c->said.at, c->said.len}, rest = slice_of(want);
	while (rest.len) {
		slice line = slice_until(&rest, '|');
		bool absent = slice_eat(&line, "!");
		slice whole = arena_format(&scratch, "\n%.*s", SAY(line));
		if ((slice_search(text, whole) != SIZE_MAX) == absent)
			fail_msg("%s: %s \"%.*s\" in%.*s", name, absent ? "there is" : "no",
				 SAY(line), SAY(text));
	}
	arena_free(&scratch);
}
