/*
 * site_text.c - configuration of nginx and Apache: the blocks of a site, and what turns it off.
 *
 * All that is put in stands between two comments, each on a line of its own, so that taking it out
 * gives back what was there, byte for byte, whatever somebody has written around it since.
 *
 * nginx (ngx_conf_file.c; http_rewrite, http_geo): `return` of a server comes before any location,
 * password or redirect of the site; a named location may add the header, for an error too.
 * Apache 2.4 (core <If>, mod_rewrite, mod_alias, mod_headers): RewriteRule of a virtual host is
 * asked when a name is translated, before any password (request.c); where the virtual host switches
 * it off again, Redirect with a status that is no redirect, which needs no address, is done in the
 * fixups, before PHP, files or a proxy are asked, but behind a password.
 */
#include "respond/site.h"

#include <stdlib.h>

#define RETRY_S "3600"
#define SORRY   "Webmail is closed for the moment. Mail goes on arriving."

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* --- nginx --- */

struct token {
	char kind; /* w: a word; { } ;  0: the end */
	size_t at, end;
};

static size_t skip_blank(slice text, size_t i)
{
	while (i < text.len && (is_space(text.at[i]) || text.at[i] == '#'))
		if (text.at[i] == '#')
			i += slice_find(slice_from(text, i), '\n');
		else
			i++;
	return i;
}

static size_t quoted_end(slice text, size_t i)
{
	char quote = text.at[i++];
	while (i < text.len && text.at[i] != quote)
		i += text.at[i] == '\\' ? 2 : 1;
	return i + 1 < text.len ? i + 1 : text.len;
}

/* A brace behind $ belongs to the word: ${host} */
static size_t word_end(slice text, size_t i)
{
	for (; i < text.len && !is_space(text.at[i]) && text.at[i] != ';'; i++) {
		if (text.at[i] == '{' && (i == 0 || text.at[i - 1] != '$'))
			break;
		if (text.at[i] == '\\')
			i++;
	}
	return i < text.len ? i : text.len;
}

static struct token next_token(slice text, size_t i)
{
	i = skip_blank(text, i);
	if (i >= text.len)
		return (struct token){0, text.len, text.len};
	char c = text.at[i];
	if (c == '{' || c == '}' || c == ';')
		return (struct token){c, i, i + 1};
	return (struct token){'w', i,
			      c == '"' || c == '\'' ? quoted_end(text, i) : word_end(text, i)};
}

static slice token_text(slice text, struct token t)
{
	slice s = slice_first(slice_from(text, t.at), t.end - t.at);
	bool quoted = s.len > 1 && (s.at[0] == '"' || s.at[0] == '\'');
	return quoted ? (slice){s.at + 1, s.len - 2} : s;
}

struct reading_nginx {
	slice text, first; /* first: word of the statement that is read */
	struct token first_token;
	size_t words, depth, server_depth; /* 0: in no server block */
	struct site_block block;
	LIST(slice) names; /* of the block */
	site_heard *on;
	void *ctx;
};

static void on_word(struct reading_nginx *r, struct token t)
{
	slice s = token_text(r->text, t);
	if (r->words++ == 0) {
		r->first = s;
		r->first_token = t;
	} else if (r->server_depth && r->depth == r->server_depth &&
		   slice_eq(r->first, SLICE("server_name")))
		*list_add(&r->names) = s;
}

static void on_open(struct reading_nginx *r, struct token t)
{
	r->depth++;
	if (r->server_depth || r->words != 1 || !slice_eq(r->first, SLICE("server")))
		return;
	r->server_depth = r->depth;
	r->names.len = 0;
	r->block = (struct site_block){r->first_token.at, t.end};
}

static void on_close(struct reading_nginx *r, struct token t)
{
	if (r->server_depth && r->depth == r->server_depth) {
		for (size_t i = 0; i < r->names.len; i++)
			r->on(r->ctx, r->names.at[i], &r->block,
			      (slice){r->text.at + r->block.open, t.end - r->block.open});
		r->server_depth = 0;
	}
	r->depth -= r->depth > 0;
}

void site_each_nginx(slice text, site_heard *on, void *ctx)
{
	struct reading_nginx r = {.text = text, .on = on, .ctx = ctx};
	for (struct token t = next_token(text, 0); t.kind; t = next_token(text, t.end)) {
		if (t.kind == 'w') {
			on_word(&r, t);
			continue;
		}
		if (t.kind == '{')
			on_open(&r, t);
		else if (t.kind == '}')
			on_close(&r, t);
		r.words = 0;
	}
	list_free(&r.names);
}

static void put_network(struct out *o, const struct cidr *c)
{
	enum { V4_BEGINS = 96 };
	char text[ADDRESS_TEXT];
	bool v4 = address_is_v4(&c->net) && c->bits >= V4_BEGINS;
	address_format(&c->net, text);
	out_format(o, "%s/%u", text, c->bits - (v4 ? V4_BEGINS : 0));
}

void site_say_nginx(const struct site_wish *s, struct out *before, struct out *inside)
{
	out_text(before, "geo $tocsin_webmail_off {\n\tdefault 1;\n");
	for (size_t i = 0; i < s->allow_count; i++) {
		out_text(before, "\t");
		put_network(before, &s->allow[i]);
		out_text(before, " 0;\n");
	}
	out_text(before, "}\n");
	out_text(inside, "error_page 503 @tocsin_webmail_off;\n"
			 "if ($tocsin_webmail_off) {\n\treturn 503;\n}\n"
			 "location @tocsin_webmail_off {\n"
			 "\tdefault_type text/plain;\n"
			 "\tadd_header Retry-After " RETRY_S " always;\n"
			 "\tadd_header Cache-Control no-store always;\n"
			 "\treturn 503 \"" SORRY "\\n\";\n"
			 "}\n");
}

/* --- Apache --- */

/* A word off the front, perhaps in quotes. */
static slice apache_word(slice *rest)
{
	*rest = slice_trim(*rest);
	if (rest->len && rest->at[0] == '"') {
		*rest = slice_from(*rest, 1);
		return slice_until(rest, '"');
	}
	size_t n = 0;
	while (n < rest->len && !is_space(rest->at[n]))
		n++;
	slice word = slice_first(*rest, n);
	*rest = slice_from(*rest, n);
	return word;
}

/* [scheme://]name[:port] */
static slice bare_name(slice s)
{
	size_t scheme = slice_search(s, SLICE("://"));
	if (scheme != SIZE_MAX)
		s = slice_from(s, scheme + 3);
	return slice_first(s, slice_find(s, ':'));
}

static void hear_names(slice line, site_heard *on, void *ctx, const struct site_block *b,
		       slice whole)
{
	slice first = apache_word(&line);
	if (!slice_eq_nocase(first, SLICE("ServerName")) &&
	    !slice_eq_nocase(first, SLICE("ServerAlias")))
		return;
	while ((line = slice_trim(line)).len)
		on(ctx, bare_name(apache_word(&line)), b, whole);
}

static bool begins_nocase(slice line, slice head)
{
	return slice_eq_nocase(slice_first(line, head.len), head);
}

void site_each_apache(slice text, site_heard *on, void *ctx)
{
	struct site_block block = {0};
	bool within = false;
	for (slice rest = text; rest.len;) {
		size_t at = text.len - rest.len;
		slice whole = slice_until(&rest, '\n'), line = slice_trim(whole);
		if (!within && begins_nocase(line, SLICE("<VirtualHost"))) {
			block = (struct site_block){at, at + whole.len};
			within = true;
		} else if (within && begins_nocase(line, SLICE("</VirtualHost"))) {
			slice all = {text.at + block.open, at - block.open};
			for (slice lines = all; lines.len;)
				hear_names(slice_until(&lines, '\n'), on, ctx, &block, all);
			within = false;
		}
	}
}

static void put_outside(struct out *o, const struct site_wish *s)
{
	out_text(o, "\"true");
	for (size_t i = 0; i < s->allow_count; i++) {
		out_text(o, " && ! -R '");
		put_network(o, &s->allow[i]);
		out_text(o, "'");
	}
	out_text(o, "\"");
}

/* Debian has these modules beside Apache, and does not load them unasked. */
void site_say_apache(const struct site_wish *s, struct out *before, struct out *inside)
{
	out_text(before, "<IfModule !mod_headers.c>\n"
			 "LoadModule headers_module /usr/lib/apache2/modules/mod_headers.so\n"
			 "</IfModule>\n"
			 "<IfModule !mod_rewrite.c>\n"
			 "LoadModule rewrite_module /usr/lib/apache2/modules/mod_rewrite.so\n"
			 "</IfModule>\n");
	out_text(inside, "RewriteEngine On\nRewriteCond expr ");
	put_outside(inside, s);
	out_text(inside, "\nRewriteRule ^ - [R=503,L]\n<If ");
	put_outside(inside, s);
	out_text(inside, ">\nRedirect 503 /\n"
			 "Header always set Retry-After " RETRY_S "\n"
			 "Header always set Cache-Control no-store\n"
			 "ErrorDocument 503 \"" SORRY "\"\n"
			 "</If>\n");
}

/* --- those of one name --- */

struct finding_site {
	slice name;
	struct site_blocks *found;
};

static void on_name(void *ctx, slice name, const struct site_block *b, slice text)
{
	struct finding_site *f = ctx;
	struct site_blocks *l = f->found;
	bool known = l->len && l->at[l->len - 1].open == b->open;
	if (!known && slice_eq_nocase(name, f->name))
		*list_add(l) = *b;
}

void site_find(site_each *each, slice text, slice name, struct site_blocks *l)
{
	struct finding_site f = {name, l};
	each(text, on_name, &f);
}

/* --- off and on --- */

bool site_is_off(slice text)
{
	return slice_search(text, SLICE(SITE_HEAD)) != SIZE_MAX;
}

static void put_marked(struct out *o, slice what)
{
	out_text(o, SITE_HEAD);
	out_slice(o, what);
	out_text(o, SITE_TAIL);
}

slice site_off(struct work *w, slice text, const struct site_blocks *l, slice before, slice inside)
{
	struct out o = {.fd = -1};
	size_t done = 0;
	for (size_t i = 0; i < l->len; i++) {
		const struct site_block *b = &l->at[i];
		out_slice(&o, slice_first(slice_from(text, done), b->open - done));
		put_marked(&o, before);
		out_slice(&o, slice_first(slice_from(text, b->open), b->inside - b->open));
		put_marked(&o, inside);
		done = b->inside;
	}
	out_slice(&o, slice_from(text, done));
	slice made = arena_copy(w->arena, (slice){o.at, o.len});
	out_close(&o);
	return made;
}

bool site_on(struct work *w, slice text, slice *was)
{
	struct out o = {.fd = -1};
	slice rest = text;
	size_t head, tail = 0;
	while ((head = slice_search(rest, SLICE(SITE_HEAD))) != SIZE_MAX) {
		slice behind = slice_from(rest, head + sizeof SITE_HEAD - 1);
		tail = slice_search(behind, SLICE(SITE_TAIL));
		if (tail == SIZE_MAX)
			break;
		out_slice(&o, slice_first(rest, head));
		rest = slice_from(behind, tail + sizeof SITE_TAIL - 1);
	}
	bool fine = tail != SIZE_MAX && slice_search(rest, SLICE(SITE_TAIL)) == SIZE_MAX;
	out_slice(&o, rest);
	*was = arena_copy(w->arena, (slice){o.at, o.len});
	out_close(&o);
	return fine || work_fail(w, "one of the two comments around the lines of tocsin contain, "
				    "webmail-off, is gone: take the lines out by hand");
}

/* --- files --- */

static void add_path(struct site_paths *l, slice path)
{
	for (size_t i = 0; i < l->len; i++)
		if (slice_eq(l->at[i], path))
			return;
	if (path.len && path.at[0] == '/')
		*list_add(l) = path;
}

/* nginx -T: # configuration file /etc/nginx/nginx.conf: */
void site_paths_nginx(slice dump, struct site_paths *l)
{
	while (dump.len) {
		slice line = slice_until(&dump, '\n');
		if (slice_eat(&line, "# configuration file ") && slice_ends(line, SLICE(":")))
			add_path(l, slice_first(line, line.len - 1));
	}
}

/* apachectl -t -D DUMP_VHOSTS: ... webmail.example (/etc/apache2/sites-enabled/webmail.conf:1) */
void site_paths_apache(slice dump, struct site_paths *l)
{
	while (dump.len) {
		slice line = slice_trim(slice_until(&dump, '\n'));
		size_t at = slice_search_last(line, SLICE(" (/"));
		size_t colon = slice_search_last(line, SLICE(":"));
		if (at != SIZE_MAX && colon != SIZE_MAX && colon > at)
			add_path(l, slice_first(slice_from(line, at + 2), colon - at - 2));
	}
}
