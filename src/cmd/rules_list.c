/* rules_list.c - tocsin rules list: a row for each rule, or an object. */
#include "rules.h"

#include <errno.h>
#include <stdio.h>

struct filter {
	int least; /* level */
	const char *tag;
	struct rules_source source;
};

static bool take_level(const char *text, struct filter *f)
{
	f->least = 0;
	if (!text)
		return true;
	for (int i = 0; rules_levels[i]; i++)
		if (slice_eq_nocase(slice_of(text), slice_of(rules_levels[i]))) {
			f->least = i;
			return true;
		}
	return complain("there is no such level",
			"informational, low, medium, high or critical: that, and what is above") <
	       0;
}

/* attack.t1110 finds attack.t1110.003 as well. */
static bool has_tag(const struct sigma_rule *r, const char *wanted)
{
	slice want = slice_of(wanted);
	for (const char *const *t = r->tags; wanted && *t; t++) {
		slice tag = slice_of(*t);
		bool longer = tag.len > want.len && tag.at[want.len] == '.';
		if (slice_eq_nocase(slice_first(tag, want.len), want) &&
		    (tag.len == want.len || longer))
			return true;
	}
	return !wanted;
}

static bool is_wanted(const struct filter *f, const struct sigma_rule *r)
{
	return (int)r->level >= f->least && has_tag(r, f->tag) && rules_source_fits(&f->source, r);
}

static void put_texts(struct out *o, const char *name, const char *const *texts)
{
	out_text(o, name);
	for (size_t i = 0; texts && texts[i]; i++) {
		out_text(o, i ? "," : "");
		out_json(o, slice_of(texts[i]));
	}
	out_text(o, "]");
}

static void put_text(struct out *o, const char *name, slice text)
{
	if (!text.len)
		return;
	out_text(o, name);
	out_json(o, text);
}

static void put_object(struct out *o, const struct sigma_rule *r)
{
	put_text(o, "{\"level\":", slice_of(rules_levels[r->level]));
	put_text(o, ",\"id\":", slice_of(r->id));
	put_text(o, ",\"name\":", slice_of(r->name));
	put_text(o, ",\"title\":", slice_of(r->title));
	put_text(o, ",\"status\":", slice_of(r->status));
	put_text(o, ",\"description\":", slice_of(r->description));
	put_text(o, ",\"product\":", r->product);
	put_text(o, ",\"category\":", r->category);
	put_text(o, ",\"service\":", r->service);
	put_texts(o, ",\"tags\":[", r->tags);
	put_texts(o, ",\"references\":[", r->references);
	put_texts(o, ",\"falsepositives\":[", r->falsepositives);
	out_format(o, ",\"correlation\":%s,\"enabled\":%s,\"occurs\":%s",
		   r->correlation ? "true" : "false", r->enabled ? "true" : "false",
		   r->correlation || r->occurs ? "true" : "false");
	put_text(o, ",\"file\":", slice_of(r->path));
	out_format(o, ",\"line\":%d}\n", r->line);
}

static void put_cell(struct out *o, slice text, size_t columns)
{
	slice cut = text;
	size_t count = 0;
	while (cut.len && count < columns) { /* whole characters */
		slice_point(&cut);
		count++;
	}
	out_plain(o, slice_first(text, text.len - cut.len));
	for (; count < columns; count++)
		out_char(o, ' ');
}

static void put_row(struct out *o, const struct sigma_rule *r)
{
	put_cell(o, slice_of(rules_levels[r->level]), 13);
	out_text(o, " ");
	put_cell(o, slice_of(*r->id ? r->id : r->name), 36);
	out_text(o, " ");
	out_plain(o, slice_of(r->title));
	out_text(o, r->enabled ? "\n" : " (off)\n");
}

int rules_list(const struct rules_options *o, const char *const *args, size_t n)
{
	struct filter f = {.tag = o->tag};
	struct out out = {.fd = 1};
	size_t shown = 0;
	if (!take_level(o->level, &f) ||
	    (o->logsource && !rules_source_parse(o->logsource, &f.source)))
		return EXIT_TROUBLE;
	struct sigma *s = scan_rules(args, n, NULL);
	for (size_t i = 0; i < sigma_count(s); i++) {
		const struct sigma_rule *r = sigma_rule(s, i);
		if (!is_wanted(&f, r))
			continue;
		shown++;
		if (o->json)
			put_object(&out, r);
		else
			put_row(&out, r);
	}
	if (!o->json)
		out_format(&out, "%zu of %zu rules\n", shown, sigma_count(s));
	bool refused = sigma_refused(s);
	sigma_free(&s);
	if (!said_all(&out))
		return EXIT_TROUBLE;
	return refused ? EXIT_TROUBLE : shown ? EXIT_FOUND : EXIT_NONE;
}
