/* inputs.c - the end of the page: what was read, and how to check what is said of it. */
#include "web.h"

static void input_formats(struct web *w, const struct input_row *in)
{
	web_say(w);
	for (size_t i = 0; i < in->format_count; i++) {
		out_text(&w->raw, i ? ", " : "");
		out_slice(&w->raw, in->formats[i].name);
	}
	web_said(w);
}

static void input_row(struct web *w, const struct input_row *in)
{
	char hex[65] = "";
	if (in->has_digest)
		digest_hex(&in->digest, hex);
	web_text(w, "<tr><td class=t>");
	web_slice(w, in->path);
	out_format(w->o, "<br><span class=sha>%s</span></td><td>", hex);
	web_slice(w, in->host);
	web_text(w, "</td><td>");
	input_formats(w, in);
	web_text(w, "</td>");
	tables_number(w, "Records");
	say_exact(w->o, in->records);
	web_text(w, "</td>");
	tables_number(w, "Not understood");
	say_exact(w->o, in->unrecognised);
	web_text(w, "</td>");
	tables_number(w, "Size");
	if (in->bytes != UNKNOWN)
		say_bytes(web_say(w), in->bytes), web_said(w);
	web_text(w, "</td><td>");
	say_span(web_say(w), &w->when, in->first_us, in->last_us);
	web_said(w);
	web_text(w, "</td></tr>\n");
}

static void shed_findings(struct web *w)
{
	const struct report *r = w->r;
	for (size_t i = 0; i < r->sheds.len && i < ROWS_MOST; i++) {
		web_text(w, "<p class=remainder>Shed findings of \"");
		web_slice(w, r->sheds.at[i].rule_title);
		web_text(w, "\" (");
		web_slice(w, r->sheds.at[i].level);
		web_text(w, "): ");
		say_exact(w->o, r->sheds.at[i].count);
		web_text(w, ".</p>\n");
	}
}

static void losses(struct web *w)
{
	if (!w->r->malformed && !w->r->shed)
		return;
	web_text(w, "<p class=remainder>Broken records: ");
	say_exact(w->o, w->r->malformed);
	web_text(w, "; entries shed to keep memory in bounds: ");
	say_exact(w->o, w->r->shed);
	web_text(w, ".</p>");
}

void inputs_print(struct web *w)
{
	if (!w->r->inputs.len)
		return;
	web_text(w, "<section id=inputs><div class=scroll role=region tabindex=0 aria-label=Inputs>"
		    "<table class=inputs><caption>What was read <span class=count>");
	say_exact(w->o, w->r->inputs.len);
	web_text(
	    w, "</span></caption>\n<thead><tr><th scope=col>Input and SHA-256</th><th scope=col>"
	       "Host</th><th scope=col>Formats</th><th scope=col class=n>Records</th><th scope=col "
	       "class=n>Not understood</th><th scope=col class=n>Size</th><th scope=col>Time</th>"
	       "</tr></thead>\n<tbody>\n");
	for (size_t i = 0; i < w->r->inputs.len && i < ROWS_MOST; i++)
		input_row(w, &w->r->inputs.at[i]);
	web_text(w, "</tbody></table></div>\n");
	if (w->r->inputs.len > ROWS_MOST)
		out_format(w->o,
			   "<p class=remainder>The other %zu inputs are in the JSON report.</p>",
			   w->r->inputs.len - ROWS_MOST);
	losses(w);
	shed_findings(w);
	web_text(w, "</section>\n");
}

void inputs_foot(struct web *w)
{
	web_text(w,
		 "<section id=check class=check><h2>How to check this report</h2>\n<p>Every claim "
		 "names the records it rests on by input, byte and SHA-256. With the logs at hand, "
		 "<code>tocsin verify ");
	web_slice(w, slice_of(w->style->json_path ? w->style->json_path : "REPORT.json"));
	web_text(
	    w, " LOGS...</code> reads each of them again and says which still stand as quoted. "
	       "Without tocsin, <code>sha256sum</code> of an input must give the sum listed above, "
	       "and of the bytes at the offset the sum beside the quotation.</p>\n<p>Certainty: ");
	static const struct {
		const char *name, *means;
	} words[] = {
	    {"proven", "a record says so"},
	    {"likely", "the records leave one sensible reading"},
	    {"possible", "the records allow it"},
	    {"excluded", "the records rule it out"},
	};
	for (size_t i = 0; i < 4; i++) {
		web_mark(w, words[i].name);
		out_format(w->o, " %s%s", words[i].means, i < 3 ? "; " : ".");
	}
	web_text(w, "</p></section>\n</main>\n</body>\n</html>\n");
}
