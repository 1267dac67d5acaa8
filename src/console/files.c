/*
 * files.c - incidents as the last whole report has them, and what was done against each: told by a
 * process that ends with it.
 */
#include "part.h"

#include <stdio.h>

static bool give_sight(int fd, const struct console_files *f, const struct report *r)
{
	struct out o = {.fd = -1};
	const struct report_style style = {.zone = f->zone};
	out_text(&o, "<section id=journals><h2>Journals, to be noted elsewhere</h2><p "
		     "class=lead>Who becomes root can write them anew, but not to the same head: "
		     "<code>tocsin journal verify</code>.</p><dl class=strip>");
	put_html(&o, "<div><dt>What was done</dt><dd class=sha>",
		 f->journal_head.len ? f->journal_head : SLICE("nothing yet"), "</dd></div>");
	put_html(&o, "<div><dt>What was found</dt><dd class=sha>",
		 f->watch_head.len ? f->watch_head : SLICE("nothing yet"), "</dd></div>");
	out_text(&o, "</dl></section>\n");
	if (r) {
		out_text(&o, "<div id=sight>");
		report_blind_html(r, &style, &o);
		out_text(&o, "</div>\n");
	} else {
		out_text(&o, "<section id=blind><h2>Rules that could not see</h2><p class=lead>Not "
			     "known before the first whole report; now: <code>tocsin visibility "
			     "/var/log</code>.</p></section>\n");
	}
	struct console_view v = {.name = SLICE("sight"), .text = {o.at, o.len}, .of_edition = true};
	bool given = console_give(fd, &v, true);
	out_close(&o);
	return given;
}

bool console_tell_files(int fd, const struct console_files *f)
{
	struct report r;
	char why[512];
	bool loaded = f->report.len && report_load(f->report, &r, why, sizeof why);
	const struct report *at = loaded ? &r : NULL;
	if (f->report.len && !loaded)
		fprintf(stderr, "tocsin: report.json: %s (the console shows none)\n", why);
	bool given = console_begin(fd);
	given = given && give_incidents(fd, f, at);
	given = given && give_sight(fd, f, at);
	given = given && give_short(fd, f, at);
	for (size_t i = 0; given && loaded && i < r.incidents.len; i++)
		given = give_incident(fd, f, &r, i);
	given = given && (!loaded || give_parts(fd, f));
	given = given && console_end(fd);
	if (loaded)
		report_free(&r);
	return given;
}
