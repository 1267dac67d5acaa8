/*
 * copies.c - mail of an account that Postfix copies to somebody outside.
 *
 * sender_bcc_maps and recipient_bcc_maps (postconf(5)) add a recipient that nobody sees; who has
 * the server writes himself one.  Only what goes to another domain than the account's is put to
 * rest: an archive of the organisation's own lies within it.  Tables that are text files are
 * reached, and what postmap(1) makes of them is kept and given back too; always_bcc is told, and
 * left to a person.
 */
#include "respond/pull.h"
#include "respond/rest.h"

#include <errno.h>
#include <stdio.h>

static const char *const parameters[] = {"sender_bcc_maps", "recipient_bcc_maps"};
static const struct {
	slice type;
	const char *made; /* the ending of what postmap makes; NULL: nothing is made */
} table_types[] = {{SLICE_INIT("hash"), ".db"},
		   {SLICE_INIT("btree"), ".db"},
		   {SLICE_INIT("lmdb"), ".lmdb"},
		   {SLICE_INIT("cdb"), ".cdb"},
		   {SLICE_INIT("texthash"), NULL}};

typedef bool each_table(struct work *w, const char *path, slice type, const char *made, void *ctx);

static bool one_table(struct work *w, slice table, each_table *on, void *ctx)
{
	slice path = table, type = slice_until(&path, ':');
	for (size_t i = 0; i < sizeof table_types / sizeof *table_types; i++) {
		char *file = arena_text(w->arena, path);
		if (slice_eq(type, table_types[i].type) && file_exists(file))
			return on(w, file, type, table_types[i].made, ctx);
	}
	return true;
}

static bool tables_of(struct work *w, slice value, each_table *on, void *ctx)
{
	while (value.len) {
		slice word;
		while (value.len && strchr(" ,\t", value.at[0]))
			value = slice_from(value, 1);
		word = slice_first(value, 0);
		while (word.len < value.len && !strchr(" ,\t", value.at[word.len]))
			word.len++;
		value = slice_from(value, word.len);
		if (word.len && !one_table(w, word, on, ctx))
			return false;
	}
	return true;
}

static bool each_bcc_table(struct work *w, each_table *on, void *ctx)
{
	slice value;
	for (size_t i = 0; i < sizeof parameters / sizeof *parameters; i++)
		if (!main_cf_value(w, parameters[i], true, &value) || !tables_of(w, value, on, ctx))
			return false;
	return true;
}

static slice domain_of(slice address)
{
	slice_until(&address, '@');
	return address;
}

/* ACCOUNT  somebody@elsewhere */
static bool leads_outside(struct work *w, slice line, void *ctx)
{
	size_t n = 0;
	while (n < line.len && !strchr(" \t", line.at[n]))
		n++;
	slice to = slice_trim(slice_from(line, n)), domain = domain_of(to);
	return slice_eq_nocase(slice_first(line, n), w->target) && domain.len &&
	       !slice_eq_nocase(domain, domain_of(w->target));
}

static bool count_copies(struct work *w, const char *path, slice type, const char *made, void *n)
{
	slice text;
	if (!file_must_read(w, path, &text))
		return false;
	*(size_t *)n += rest_count(w, text, leads_outside, NULL);
	return true;
}

bool copies_there(struct work *w)
{
	size_t n = 0;
	return has_program("postconf") && each_bcc_table(w, count_copies, &n) && n > 0;
}

/* --- the lever --- */

static const char *made_path(struct work *w, const char *path, const char *made)
{
	return arena_text(w->arena, arena_format(w->arena, "%s%s", path, made));
}

struct looking {
	const char *path;
	bool is_table, is_made;
};

static bool find_table(struct work *w, const char *path, slice type, const char *made, void *ctx)
{
	struct looking *l = ctx;
	l->is_table |= strcmp(path, l->path) == 0;
	l->is_made |= made && strcmp(made_path(w, path, made), l->path) == 0;
	return true;
}

static bool names_table(struct work *w, const char *path)
{
	struct looking l = {.path = path};
	return each_bcc_table(w, find_table, &l) && (l.is_table || l.is_made);
}

static const struct rest_place tables_place = {"postfix-copies", {"/etc/postfix"}, names_table};

struct keeping_tables {
	struct out *saved;
	size_t files;
};

static bool keep_one(struct work *w, struct keeping_tables *k, const char *path)
{
	out_text(k->saved, k->files ? "," : "");
	return rest_keep(w, &tables_place, k->files++, path, k->saved);
}

static bool keep_table(struct work *w, const char *path, slice type, const char *made, void *ctx)
{
	return keep_one(w, ctx, path) && (!made || !file_exists(made_path(w, path, made)) ||
					  keep_one(w, ctx, made_path(w, path, made)));
}

bool copies_prepare(struct work *w, struct out *saved)
{
	struct keeping_tables k = {saved, 0};
	out_text(saved, "{\"files\":[");
	bool fine = each_bcc_table(w, keep_table, &k);
	out_text(saved, "]}");
	return fine;
}

static bool postmap(struct work *w, const char *path, slice type)
{
	slice table = arena_format(w->arena, "%.*s:%s", (int)type.len, type.at, path);
	return RUN_FINE(w, "postmap", arena_text(w->arena, table));
}

static bool rest_table(struct work *w, const char *path, slice type, const char *made, void *ctx)
{
	slice former;
	w->why[0] = 0;
	if (!rest_kept(w, &tables_place, path, &former))
		return !w->why[0];
	return rest_apply(w, path, leads_outside, NULL) && (!made || postmap(w, path, type));
}

bool copies_apply(struct work *w)
{
	return each_bcc_table(w, rest_table, NULL) && RUN_FINE(w, "postfix", "reload");
}

static bool is_made(const char *path)
{
	for (size_t i = 0; i < sizeof table_types / sizeof *table_types; i++)
		if (table_types[i].made &&
		    slice_ends(slice_of(path), slice_of(table_types[i].made)))
			return true;
	return false;
}

/* What postmap had made comes back as well, byte for byte; of a table that is asked no more it is
 * left. */
static bool give_back(struct work *w, const char *path, const slice *former)
{
	struct looking l = {.path = path};
	slice text;
	if (!is_made(path))
		return rest_undo(w, path, former, leads_outside, NULL);
	if (!former || !each_bcc_table(w, find_table, &l))
		return false;
	return !l.is_made || (file_read(w, path, &text) && slice_eq(*former, text)) ||
	       file_replace(w, path, *former, 0644);
}

/* Somebody wrote to the table since: what postmap makes of it now is what holds. */
static bool remake_table(struct work *w, const char *path, slice type, const char *made, void *ctx)
{
	slice now, former;
	w->why[0] = 0;
	if (!made || !rest_kept(w, &tables_place, path, &former))
		return !w->why[0];
	if (!file_must_read(w, path, &now))
		return false;
	return slice_eq(now, former) || postmap(w, path, type);
}

bool copies_undo(struct work *w)
{
	return rest_each_saved(w, &tables_place, give_back) &&
	       each_bcc_table(w, remake_table, NULL) && RUN_FINE(w, "postfix", "reload");
}

enum closed copies_closed(struct work *w, struct out *how)
{
	size_t n = 0;
	if (!each_bcc_table(w, count_copies, &n))
		return CLOSED_UNKNOWN;
	out_format(how, "%zu %s to another domain", n, n == 1 ? "copy goes" : "copies go");
	return n ? CLOSED_NO : CLOSED_YES;
}

/* --- always_bcc --- */

bool always_copy_there(struct work *w)
{
	slice to;
	return has_program("postconf") && main_cf_value(w, "always_bcc", true, &to) && to.len > 0;
}

bool always_copy_able(struct work *w)
{
	slice to;
	return main_cf_value(w, "always_bcc", true, &to) &&
	       work_fail(w, "always_bcc = %.*s: only a person can tell whether that is yours",
			 (int)slice_first(to, 200).len, to.at);
}

/* Never: able() says why. */
bool always_copy_apply(struct work *w)
{
	return always_copy_able(w);
}
