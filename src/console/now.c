/* now.c - the watch as its parent knows it: how it is, what it follows, what it found last. */
#include "part.h"

#include <stdio.h>

static const char *const levels[] = {"informational", "low", "medium", "high", "critical"};
/* Of an engine that gave no sign of life so long something is wrong. */
#define SILENT_US (60 * CLOCK_SECOND)

static const char *state_of(const struct console_now *n)
{
	if (!n->past_read)
		return "reading the past";
	return n->now_us - n->beat_us > SILENT_US ? "silent" : "well";
}

/* --- on the page of incidents --- */

static void fact(struct out *o, const char *name)
{
	out_format(o, "<div><dt>%s</dt><dd>", name);
}

static void end_fact(struct out *o)
{
	out_text(o, "</dd></div>");
}

/* Its age is as of the last look; pages say how old that is. */
static void newest_record(struct out *o, const struct console_now *n)
{
	fact(o, "Newest record");
	say_moment(o, n->zone, n->newest_us);
	if (n->newest_us != CLOCK_NONE && n->newest_us <= n->now_us) {
		out_text(o, ", ");
		say_length(o, n->now_us - n->newest_us);
		out_text(o, " ago");
	}
	end_fact(o);
}

static void watch_state(struct out *o, const struct console_now *n)
{
	const char *state = state_of(n);
	bool well = strcmp(state, "well") == 0;
	fact(o, "Watch");
	out_format(o, "<span class=\"state %s\">%s</span>", well ? "fine" : "warn",
		   well           ? "running, and well"
		   : n->past_read ? "running; its engine is silent: tocsin status"
				  : "still reading the past: nothing new is judged yet");
	end_fact(o);
}

/* Who may sign in. */
static void posture(struct out *o, const struct console_now *n)
{
	if (!n->posture || !n->posture[0])
		return;
	fact(o, "Posture");
	out_format(o, "<span class=\"state %s\">",
		   strcmp(n->posture, "normal") == 0 ? "fine" : "warn");
	put_html(o, "", slice_of(n->posture), "</span>, since ");
	say_moment(o, n->zone, n->posture_us);
	put_html(o, ", by ", slice_of(n->posture_by), "");
	end_fact(o);
}

static void strip(struct out *o, const struct console_now *n)
{
	out_text(o, "<dl class=strip>");
	watch_state(o, n);
	posture(o, n);
	fact(o, "Logs");
	say_number(o, n->files);
	out_format(o, " file%s, ", n->files == 1 ? "" : "s");
	say_number(o, n->records);
	out_text(o, " records judged");
	end_fact(o);
	fact(o, "Behind");
	say_number(o, n->behind);
	out_text(o, n->behind ? " bytes" : " bytes: nothing waits");
	end_fact(o);
	newest_record(o, n);
	fact(o, "Without asking");
	out_html(o, slice_of(n->policy));
	end_fact(o);
	out_text(o, "</dl>");
}

static void finding_row(struct out *o, const struct console_now *n, const struct console_finding *f)
{
	const char *level = levels[f->level < 5 ? f->level : 0];
	out_format(o, "<tr><td><span class=\"severity %s\">%s</span></td><td class=when>", level,
		   level);
	say_clock_of(o, n->zone, f->time_us);
	out_text(o, "</td>");
	out_text(o, "<td class=t>");
	out_html(o, f->title);
	if (f->past)
		out_text(o, " <span class=more>(before the start)</span>");
	out_text(o, "</td><td class=\"t code\">");
	out_html(o, f->account);
	out_text(o, "</td><td class=code>");
	out_html(o, f->source);
	out_text(o, "</td></tr>\n");
}

static void newest(struct out *o, const struct console_now *n)
{
	out_text(o, "<section id=newest><h2>Newest findings</h2>");
	if (n->scanning)
		out_text(o, "<p class=lead>A whole report is being made: what is newer than the "
			    "incidents above is judged together with them.</p>");
	if (!n->newest_count) {
		out_text(o, "<p class=lead>None since this watch was started.</p></section>\n");
		return;
	}
	out_text(o, "<div class=scroll role=region tabindex=0 aria-label=\"Newest "
		    "findings\"><table class=newest><caption class=quiet>Newest first, times in ");
	say_offset_of(o, n->zone, n->newest[0].time_us);
	out_text(o, "</caption><thead><tr><th scope=col>Level</th><th scope=col>Time</th><th "
		    "scope=col>What a rule found</th><th scope=col>Account</th><th scope=col>From"
		    "</th></tr></thead>\n<tbody>\n");
	for (size_t i = 0; i < n->newest_count; i++)
		finding_row(o, n, &n->newest[i]);
	out_text(o, "</tbody></table></div></section>\n");
}

static bool give_now(int fd, const struct console_now *n)
{
	struct out o = {.fd = -1};
	out_text(&o, "<section id=watch class=watch aria-label=\"State of the watch\">");
	strip(&o, n);
	out_text(&o, "</section>\n");
	newest(&o, n);
	struct console_view v = {
	    .name = SLICE("now"), .title = SLICE("Incidents"), .text = {o.at, o.len}};
	bool given = console_give(fd, &v, false);
	out_close(&o);
	return given;
}

/* --- the page of the guard --- */

static void source_row(struct out *o, const struct console_now *n, const struct console_source *s)
{
	out_text(o, "<tr><td class=\"t code\">");
	out_html(o, s->path);
	out_text(o, "</td><td class=n data-name=Records>");
	say_number(o, s->lines);
	out_text(o, "</td><td>");
	say_clock_of(o, n->zone, s->newest_us);
	out_text(o, "</td><td class=n data-name=\"Behind the newest\">");
	if (s->newest_us != CLOCK_NONE && n->newest_us != CLOCK_NONE)
		say_length(o, n->newest_us - s->newest_us);
	out_text(o, "</td></tr>\n");
}

static void sources(struct out *o, const struct console_now *n)
{
	out_text(o, "<section id=sources><h2>What is followed</h2>");
	if (!n->source_count) {
		out_text(o, "<p class=lead>The engine has named no source yet.</p></section>\n");
		return;
	}
	out_text(o, "<div class=scroll role=region tabindex=0 aria-label=\"What is followed\">"
		    "<table class=sources><caption class=quiet>Times in ");
	say_offset_of(o, n->zone, n->now_us);
	out_text(o, "</caption><thead><tr><th scope=col>Source</th><th scope=col class=n>Records "
		    "since the start</th><th scope=col>Newest record</th><th scope=col class=n>"
		    "Behind the newest</th></tr></thead>\n<tbody>\n");
	for (size_t i = 0; i < n->source_count; i++)
		source_row(o, n, &n->sources[i]);
	out_text(o, "</tbody></table></div>");
	if (n->source_more)
		out_format(o, "<p class=remainder>%zu more sources are followed.</p>",
			   n->source_more);
	out_text(o, "</section>\n");
}

static void counts(struct out *o, const struct console_now *n)
{
	out_text(o, "<section id=counts><h2>Counts since the start</h2><dl class=counts>");
	for (size_t i = 0; i < n->count_count; i++) {
		out_format(o, "<div%s><dt>", n->counts[i].n ? "" : " class=none");
		slice about = slice_of(n->counts[i].about); /* a sentence */
		out_html(o, slice_first(about, about.len - slice_ends(about, SLICE("."))));
		out_text(o, "</dt><dd>");
		say_number(o, n->counts[i].n);
		out_text(o, "</dd></div>");
	}
	out_text(o, "</dl></section>\n");
}

static void guard_facts(struct out *o, const struct console_now *n)
{
	out_text(o, "<dl class=strip>");
	watch_state(o, n);
	fact(o, "Started");
	say_moment(o, n->zone, n->started_us);
	end_fact(o);
	fact(o, "Last sign of life of the engine");
	say_moment(o, n->zone, n->beat_us);
	end_fact(o);
	newest_record(o, n);
	fact(o, "Without asking");
	out_html(o, slice_of(n->policy));
	end_fact(o);
	if (n->lowered_until_us != CLOCK_NONE) {
		fact(o, "Thresholds lowered after the isolation until");
		say_moment(o, n->zone, n->lowered_until_us);
		end_fact(o);
	}
	if (n->trouble[0]) {
		fact(o, "Alerts");
		out_text(o, "<span class=\"state warn\">");
		out_html(o, slice_of(n->trouble));
		out_text(o, "</span>");
		end_fact(o);
	}
	out_text(o, "</dl>");
}

static bool give_guard(int fd, const struct console_now *n)
{
	struct out o = {.fd = -1};
	out_text(&o, "<section id=state><h1>The guard</h1>");
	guard_facts(&o, n);
	out_text(&o, "</section>\n");
	sources(&o, n);
	counts(&o, n);
	struct console_view v = {
	    .name = SLICE("guard"), .title = SLICE("The guard"), .text = {o.at, o.len}};
	bool given = console_give(fd, &v, false);
	out_close(&o);
	return given;
}

/* --- for programs --- */

static void json_sources(struct out *o, const struct console_now *n)
{
	out_text(o, ",\"sources\":[");
	for (size_t i = 0; i < n->source_count; i++) {
		out_text(o, i ? ",{\"path\":" : "{\"path\":");
		out_json(o, n->sources[i].path);
		out_format(o, ",\"records\":%llu", (unsigned long long)n->sources[i].lines);
		put_json_time(o, "newest_record", n->sources[i].newest_us);
		out_text(o, "}");
	}
	out_text(o, "]");
}

static void json_findings(struct out *o, const struct console_now *n)
{
	out_text(o, ",\"newest_findings\":[");
	for (size_t i = 0; i < n->newest_count; i++) {
		const struct console_finding *f = &n->newest[i];
		out_format(o, "%s{\"level\":\"%s\"", i ? "," : "",
			   levels[f->level < 5 ? f->level : 0]);
		put_json_time(o, "time", f->time_us);
		put_json(o, "title", f->title);
		put_json(o, "rule", f->rule);
		put_json(o, "account", f->account);
		put_json(o, "source_ip", f->source);
		out_format(o, ",\"past\":%s}", f->past ? "true" : "false");
	}
	out_text(o, "]");
}

static bool give_json(int fd, const struct console_now *n)
{
	struct out o = {.fd = -1};
	out_format(&o, "{\"schema\":\"tocsin.console.status/1\",\"state\":\"%s\"", state_of(n));
	put_json_time(&o, "started", n->started_us);
	put_json_time(&o, "beat", n->beat_us);
	put_json_time(&o, "newest_record", n->newest_us);
	put_json_time(&o, "lowered_until", n->lowered_until_us);
	put_json(&o, "posture", slice_of(n->posture));
	put_json(&o, "posture_by", slice_of(n->posture_by));
	put_json_time(&o, "posture_since", n->posture_us);
	out_format(&o, ",\"past_read\":%s,\"report_in_the_making\":%s",
		   n->past_read ? "true" : "false", n->scanning ? "true" : "false");
	put_json(&o, "policy", slice_of(n->policy));
	put_json(&o, "alert_trouble", slice_of(n->trouble));
	for (size_t i = 0; i < n->count_count; i++)
		out_format(&o, ",\"%s\":%llu", n->counts[i].name,
			   (unsigned long long)n->counts[i].n);
	json_sources(&o, n);
	json_findings(&o, n);
	out_text(&o, "}\n");
	struct console_view v = {
	    .name = SLICE("api/status"), .kind = CONSOLE_JSON, .text = {o.at, o.len}};
	bool given = console_give(fd, &v, false);
	out_close(&o);
	return given;
}

bool console_tell_now(int fd, const struct console_now *n)
{
	bool given = give_now(fd, n);
	given &= give_guard(fd, n);
	return given & give_json(fd, n);
}
