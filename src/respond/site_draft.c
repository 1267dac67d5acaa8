/*
 * site_draft.c - webmail.yml, written for a person to look over: which site is webmail.
 *
 * The servers' own dumps name their files; a site looks like webmail if its block names a webmail
 * program, or its own name begins as webmails are called.
 */
#include "respond/site.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

struct site_draft {
	struct site_name {
		slice name, file;
		const char *server, *word; /* why it looks like webmail; NULL: it does not */
	} * at;
	size_t len, room;
	const char *server;
	const char *path;
	struct work *w;
};

/* `word` is in small letters. */
static bool has_word(slice text, const char *word)
{
	size_t len = strlen(word);
	for (size_t i = 0; i + len <= text.len; i++) {
		size_t n = 0;
		while (n < len && tolower((unsigned char)text.at[i + n]) == word[n])
			n++;
		if (n == len)
			return true;
	}
	return false;
}

static const char *looks_like_webmail(slice name, slice block)
{
	static const char *const words[] = {"roundcube", "sogo",   "horde",        "snappymail",
					    "rainloop",  "zimbra", "squirrelmail", "cypht",
					    "nextcloud", "webmail"};
	static const char *const heads[] = {"webmail.", "mail.", "courriel.", "post."};
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (has_word(block, words[i]))
			return words[i];
	for (size_t i = 0; i < sizeof heads / sizeof *heads; i++)
		if (slice_starts(name, slice_of(heads[i])))
			return heads[i];
	return NULL;
}

static void on_site_name(void *ctx, slice name, const struct site_block *b, slice text)
{
	struct site_draft *d = ctx;
	if (!site_is_name(name) || slice_eq(name, SLICE("localhost")))
		return;
	for (size_t i = 0; i < d->len; i++)
		if (slice_eq_nocase(d->at[i].name, name)) {
			d->at[i].word =
			    d->at[i].word ? d->at[i].word : looks_like_webmail(name, text);
			return;
		}
	*list_add(d) = (struct site_name){arena_copy(d->w->arena, name), slice_of(d->path),
					  d->server, looks_like_webmail(name, text)};
}

static bool on_site_file(struct work *w, const char *path, slice text, site_each *each, void *ctx)
{
	struct site_draft *d = ctx;
	d->path = path;
	each(text, on_site_name, d);
	return true;
}

static void put_site(struct out *o, const struct site_name *s, bool chosen)
{
	out_format(o, "%ssite: %.*s  # %s, ", chosen ? "" : "# ", (int)s->name.len, s->name.at,
		   s->server);
	out_plain(o, s->file);
	if (s->word)
		out_format(o, ", names %s", s->word);
	out_text(o, "\n");
}

static int put_draft(struct out *o, const struct site_draft *d)
{
	int likely = 0;
	out_text(o, "# Which site tocsin contain apply --only webmail-off closes: one of those "
		    "that the web\n# server reads.  Look it over.\n");
	for (size_t i = 0; i < d->len; i++)
		if (d->at[i].word)
			put_site(o, &d->at[i], likely++ == 0);
	for (size_t i = 0; i < d->len; i++)
		if (!d->at[i].word)
			put_site(o, &d->at[i], false);
	out_text(o, "# Networks that are served as before, such as [198.51.100.0/24]; not this "
		    "host itself.\nallow: []\n");
	return likely;
}

int respond_draft_site(struct out *draft, char *why, size_t size)
{
	struct arena a = {0};
	struct work w = {.arena = &a};
	struct site_draft d = {.w = &w};
	const struct web_server *v;
	for (size_t i = 0; (v = site_server(i, &d.server)); i++)
		site_each_file(&w, v, on_site_file, &d);
	int likely = d.len ? put_draft(draft, &d) : -1;
	if (likely < 0)
		snprintf(why, size, "%s",
			 w.why[0] ? w.why : "neither nginx nor Apache has a site with a name here");
	free(d.at);
	arena_free(&a);
	return likely;
}
