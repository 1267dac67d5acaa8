/* programs.c - for programs: incidents in short, and parts of the report as they stand in its file.
 */
#include "part.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

static bool give_part(int fd, const char *name, const json_t *value)
{
	char *text = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
	struct console_view v = {.name = slice_of(name),
				 .kind = CONSOLE_JSON,
				 .text = slice_of(text ? text : "{}"),
				 .of_edition = true};
	bool given = console_give(fd, &v, true);
	free(text);
	return given;
}

bool give_parts(int fd, const struct console_files *f)
{
	json_t *root = json_loadb(f->report.at, f->report.len, JSON_ALLOW_NUL, NULL);
	const json_t *incidents = json_object_get(root, "incidents");
	const json_t *sight = json_object_get(root, "visibility");
	bool given = !sight || give_part(fd, "api/visibility", sight);
	for (size_t i = 0; i < json_array_size(incidents); i++) {
		const json_t *row = json_array_get(incidents, i);
		const char *id = json_string_value(json_object_get(row, "id"));
		char name[CONSOLE_NAME];
		int n = snprintf(name, sizeof name, "api/incident/%s", id ? id : "");
		if (n > 0 && (size_t)n < sizeof name)
			given &= give_part(fd, name, row);
	}
	json_decref(root);
	return given;
}

static void json_case(struct out *o, const struct console_files *f, const struct incident *in,
		      size_t number)
{
	struct done d = done_against(f, in);
	struct out text = {.fd = -1};
	bool first = o->at[o->len - 1] == '[';
	out_text(o, first ? "{\"id\":" : ",{\"id\":");
	out_json(o, in->id);
	put_json(o, "severity", in->severity);
	put_json(o, "title", in->title);
	put_json_time(o, "first_malicious", in->first_us);
	put_json_time(o, "last_malicious", in->last_us);
	for (int q = 0; q < QUESTION_COUNT; q++) {
		text.len = 0;
		say_answer(&text, in, (enum question)q);
		out_format(o, ",\"%s\":{\"certainty\":\"%s\"", question_ids[q],
			   say_certainty(in->verdicts[q].certainty));
		put_json(o, "answer", (slice){text.at, text.len});
		out_text(o, "}");
	}
	out_format(o, ",\"plans\":%zu,\"steps\":%zu,\"applied\":%zu,\"failed\":%zu,\"undone\":%zu",
		   d.plans, d.steps, d.applied, d.failed, d.undone);
	if (d.measured) {
		out_format(o, ",\"measured\":\"%s\",\"measured_at\":\"",
			   measured_names[d.measured->measured]);
		out_time(o, d.measured->measured_us);
		out_text(o, "\"");
	}
	text.len = 0;
	copy_plan(&text, f, in->id);
	put_json(o, "plan", (slice){text.at, text.len});
	out_text(o, "}");
	out_close(&text);
}

bool give_short(int fd, const struct console_files *f, const struct report *r)
{
	struct out o = {.fd = -1};
	out_text(&o, "{\"schema\":\"tocsin.console.incidents/1\"");
	if (r)
		put_json_time(&o, "report", r->created_us);
	if (f->queue) {
		out_format(&o, ",\"isolation\":{\"messages\":%zu", f->queue->messages);
		put_json_time(&o, "first_bounce", f->queue->first_bounce_us);
		put_json_time(&o, "disk_full", f->queue->full_us);
		out_text(&o, "}");
	}
	put_json(&o, "journal_altered", f->altered);
	out_text(&o, ",\"incidents\":[");
	if (r)
		cases_each(r, &o, f, json_case);
	out_text(&o, "]}\n");
	struct console_view v = {.name = SLICE("api/incidents"),
				 .kind = CONSOLE_JSON,
				 .text = {o.at, o.len},
				 .of_edition = true};
	bool given = console_give(fd, &v, true);
	out_close(&o);
	return given;
}
