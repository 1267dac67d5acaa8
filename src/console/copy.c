/* copy.c - the commands that come next, to be copied to a shell of the host. */
#include "part.h"

#include <stdio.h>

static bool is_plain(slice s)
{
	for (size_t i = 0; i < s.len; i++) {
		unsigned char c = (unsigned char)s.at[i], letter = c | 0x20;
		if (!(letter >= 'a' && letter <= 'z') && !(c >= '0' && c <= '9') &&
		    !strchr("/._-+", c))
			return false;
	}
	return s.len > 0;
}

/* As one word of a shell. */
static void put_word(struct out *o, slice s)
{
	if (is_plain(s)) {
		out_slice(o, s);
		return;
	}
	out_char(o, '\'');
	for (size_t i = 0; i < s.len; i++)
		if (s.at[i] == '\'')
			out_text(o, "'\\''");
		else
			out_char(o, s.at[i]);
	out_char(o, '\'');
}

/* What is said of `--state` where it is not the usual one. */
static void put_state(struct out *o, const struct console_files *f)
{
	if (strcmp(f->state, "/var/lib/tocsin") == 0)
		return;
	out_text(o, " --state ");
	put_word(o, slice_of(f->state));
}

void copy_report_path(const struct console_files *f, char path[COMMAND_MOST])
{
	snprintf(path, COMMAND_MOST, "%s/report.json", f->state);
}

void copy_plan(struct out *o, const struct console_files *f, slice id)
{
	char report[COMMAND_MOST];
	copy_report_path(f, report);
	out_text(o, "tocsin contain plan");
	put_state(o, f);
	out_char(o, ' ');
	put_word(o, slice_of(report));
	out_char(o, ' ');
	put_word(o, id);
}

static void verb_command(struct out *o, const struct console_files *f, const char *verb, slice id)
{
	out_format(o, "tocsin contain %s", verb);
	put_state(o, f);
	out_char(o, ' ');
	put_word(o, id);
	if (strcmp(verb, "verify") == 0)
		out_text(o, " --logs /var/log");
}

static void put_command(struct out *o, const char *what, struct out *command)
{
	out_format(o, "<div class=command><span>%s</span><code>", what);
	out_html(o, (slice){command->at, command->len});
	out_text(o, "</code></div>");
	command->len = 0;
}

/* What comes next: the plan, then carrying it out, then measuring. */
void copy_commands(struct out *o, const struct console_files *f, slice id, const struct done *d,
		   bool all)
{
	struct out text = {.fd = -1};
	if (all || !d->plans) {
		copy_plan(&text, f, id);
		put_command(o, "Plan", &text);
	}
	if (all || (d->plans && !d->applied)) {
		verb_command(&text, f, "apply", id);
		put_command(o, "Carry out", &text);
	}
	if (all || d->applied) {
		verb_command(&text, f, "verify", id);
		put_command(o, "Measure", &text);
	}
	if (all) {
		verb_command(&text, f, "undo", id);
		put_command(o, "Take back", &text);
	}
	out_close(&text);
}
