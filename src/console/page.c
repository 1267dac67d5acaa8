/* page.c - what stands around views, and pages that the console writes by itself. */
#include "part.h"

#include <stdio.h>

const char console_css[] =
#include <console_css.inc>
    ;
const char console_js[] =
#include <console_js.inc>
    ;
const char console_icon[] =
    "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"-3 -2 28 28\"><rect x=\"-3\" y=\"-2\" "
    "width=\"28\" height=\"28\" rx=\"6\" fill=\"#97281b\"/><g fill=\"#fff\"><path d=\"M11 "
    "1.5c-4.2 0-6.6 3-6.6 7.2 0 5-1.4 6.8-2.9 8.3h19c-1.5-1.5-2.9-3.3-2.9-8.3 0-4.2-2.4-7.2-6.6-"
    "7.2z\"/><path d=\"M8.2 19.4a2.9 2.9 0 0 0 5.6 0z\"/></g></svg>\n";
const size_t console_css_len = sizeof console_css - 1, console_js_len = sizeof console_js - 1,
	     console_icon_len = sizeof console_icon - 1;

#define BELL                                                                                       \
	"<svg width=18 height=20 viewBox=\"0 0 22 24\" aria-hidden=true><path d=\"M11 1.5c-4.2 "   \
	"0-6.6 3-6.6 7.2 0 5-1.4 6.8-2.9 8.3h19c-1.5-1.5-2.9-3.3-2.9-8.3 "                         \
	"0-4.2-2.4-7.2-6.6-7.2z\" "                                                                \
	"fill=currentColor /><path d=\"M8.2 19.4a2.9 2.9 0 0 0 5.6 0z\" fill=currentColor "        \
	"/></svg>"

static void write_head(struct out *o, slice title, bool live)
{
	out_text(o, "<!DOCTYPE html>\n<html lang=en>\n<head>\n<meta charset=utf-8>\n<meta "
		    "name=viewport content=\"width=device-width, initial-scale=1\">\n<meta "
		    "name=color-scheme content=\"light dark\">\n<title>");
	out_html(o, title);
	out_text(o, title.len ? " - tocsin</title>\n" : "tocsin</title>\n");
	out_text(o, "<link rel=stylesheet href=\"/style.css\">\n<link rel=icon "
		    "type=\"image/svg+xml\" href=\"/icon.svg\">\n");
	if (live)
		out_text(o, "<script src=\"/console.js\" defer></script>\n<noscript><meta "
			    "http-equiv=refresh content=20></noscript>\n");
	out_text(o, "</head>\n<body class=console>\n");
}

static void menu(struct out *o, const char *here)
{
	static const struct {
		const char *path, *name;
	} rows[] = {{"/", "Incidents"}, {"/guard", "The guard"}};
	out_text(o, "<nav aria-label=Pages>");
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		out_format(o, "<a href=\"%s\"%s>%s</a>", rows[i].path,
			   strcmp(rows[i].path, here) == 0 ? " aria-current=page" : "",
			   rows[i].name);
	out_text(o, "</nav>");
}

void page_head(struct out *o, slice title, const char *here, int64_t silent)
{
	write_head(o, title, true);
	out_text(o, "<a class=skip href=\"#main\">To what is going on</a>\n<header class=bar><a "
		    "class=brand href=\"/\">" BELL "tocsin</a>");
	menu(o, here);
	out_text(o, "<p id=live class=live role=status></p><a class=leave "
		    "href=\"/leave\">Sign out</a></header>\n<main id=main tabindex=-1>\n");
	if (silent)
		out_format(o,
			   "<p id=silent class=alarm role=alert><b>The watch has said nothing for "
			   "%lld s.</b> What stands here may be old: look on the host, "
			   "<code>tocsin status</code>.</p>\n",
			   (long long)silent);
}

void page_foot(struct out *o)
{
	out_text(o, "</main>\n</body>\n</html>\n");
}

void page_notice(struct out *o, const char *title, const char *text)
{
	write_head(o, slice_of(title), false);
	out_format(o,
		   "<main class=notice><p class=brand>" BELL
		   "tocsin</p><h1>%s</h1><p class=lead>%s</p></main>\n</body>\n</html>\n",
		   title, text);
}
