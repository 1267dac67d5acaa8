/*
 * passwords.c - further ways past an account's own password: Dovecot's master users, and passwords
 * for applications.
 *
 * Who knows a master password signs in as anybody, also as an account that is denied: a passdb with
 * deny = yes is not asked where a master passdb has said yes (auth-request.c; without pass = yes).
 * So their lines are put to rest where the intruder may have the server (mode quiet): he may have
 * read or written them.
 * App passwords are lines for the same account in a passwd-file behind the first database.  Denied,
 * none of them lets in; at rest, they stay shut when the account is let in again alone.
 */
#include "respond/pull.h"
#include "respond/rest.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

typedef bool each_file(struct work *w, const char *path, const struct passdb *p, void *ctx);

static bool is_file(const struct passdb *p)
{
	return slice_eq(p->driver, SLICE("passwd-file")) && p->path.len && !p->deny;
}

static bool each_master(struct work *w, each_file *on, void *ctx)
{
	struct passdbs l = {0};
	bool fine = doveconf_read(w, &l);
	for (size_t i = 0; fine && i < l.len; i++) {
		char *path = arena_text(w->arena, l.at[i].path);
		if (l.at[i].master && is_file(&l.at[i]) && file_exists(path))
			fine = on(w, path, &l.at[i], ctx);
	}
	free(l.at);
	return fine;
}

/* --- lines --- */

/* Whoever has a password in it: not a comment, and no line without a name. */
static bool any_user(struct work *w, slice line, void *ctx)
{
	return line.len && line.at[0] != '#' && line.at[0] != ':';
}

static bool is_account(struct work *w, slice line, void *ctx)
{
	const struct passdb *p = ctx;
	slice name = slice_until(&line, ':'), domain = w->target;
	slice local = slice_until(&domain, '@');
	bool by_local = slice_eq(p->format, SLICE("%n")) ||
			slice_search(p->format, SLICE("username")) != SIZE_MAX;
	return slice_eq_nocase(name, by_local ? local : w->target);
}

/* Of a file for the account alone, not for its domain, all lines are meant. */
static bool is_meant(struct work *w, slice line, void *ctx)
{
	static const slice names[] = {SLICE_INIT("%u"), SLICE_INIT("%n"), SLICE_INIT("%{user}"),
				      SLICE_INIT("%{user | username}"),
				      SLICE_INIT("%{user|username}")};
	const struct passdb *p = ctx;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (slice_search(p->path, names[i]) != SIZE_MAX)
			return any_user(w, line, NULL);
	return is_account(w, line, ctx);
}

/* --- master users --- */

static bool count_users(struct work *w, const char *path, const struct passdb *p, void *n)
{
	slice text;
	if (!file_must_read(w, path, &text))
		return false;
	*(size_t *)n += rest_count(w, text, any_user, NULL);
	return true;
}

bool masters_there(struct work *w)
{
	size_t n = 0;
	return has_program("doveconf") && each_master(w, count_users, &n) && n > 0;
}

struct looking {
	const char *path;
	struct passdb found;
	bool is;
};

static bool find_file(struct work *w, const char *path, const struct passdb *p, void *ctx)
{
	struct looking *l = ctx;
	if (strcmp(l->path, path) == 0) {
		l->found = *p;
		l->is = true;
	}
	return true;
}

static bool names_master(struct work *w, const char *path)
{
	struct looking l = {.path = path};
	return each_master(w, find_file, &l) && l.is;
}

static const struct rest_place masters_place = {
    "dovecot-master-users", {"/etc/dovecot"}, names_master};

struct keeping {
	struct out *saved;
	const struct rest_place *at;
	size_t files;
};

static bool keep_file(struct work *w, const char *path, const struct passdb *p, void *ctx)
{
	struct keeping *k = ctx;
	out_text(k->saved, k->files ? "," : "");
	return rest_keep(w, k->at, k->files++, path, k->saved);
}

bool masters_prepare(struct work *w, struct out *saved)
{
	struct keeping k = {saved, &masters_place, 0};
	out_text(saved, "{\"files\":[");
	bool fine = each_master(w, keep_file, &k);
	out_text(saved, "]}");
	return fine;
}

static bool rest_masters(struct work *w, const char *path, const slice *former)
{
	return rest_apply(w, path, any_user, NULL);
}

static bool wake_masters(struct work *w, const char *path, const slice *former)
{
	return rest_undo(w, path, former, any_user, NULL);
}

/* Dovecot reads a file that has changed anew; what it keeps in its cache goes. */
static bool forget(struct work *w)
{
	return RUN_FINE(w, "doveadm", "auth", "cache", "flush");
}

bool masters_apply(struct work *w)
{
	return rest_each_saved(w, &masters_place, rest_masters) && forget(w);
}

bool masters_undo(struct work *w)
{
	return rest_each_saved(w, &masters_place, wake_masters) && forget(w);
}

enum closed masters_closed(struct work *w, struct out *how)
{
	size_t n = 0;
	if (!each_master(w, count_users, &n))
		return CLOSED_UNKNOWN;
	out_format(how, "%zu master user%s may sign in", n, n == 1 ? "" : "s");
	return n ? CLOSED_NO : CLOSED_YES;
}

/* --- app passwords --- */

/* The first database that is neither master's nor a denial has the account's own password. */
static bool each_further(struct work *w, each_file *on, void *ctx)
{
	struct passdbs l = {0};
	bool fine = doveconf_read(w, &l), first = true;
	for (size_t i = 0; fine && i < l.len; i++) {
		if (l.at[i].master || l.at[i].deny)
			continue;
		slice path = doveconf_path(w, l.at[i].path, w->target);
		if (!first && is_file(&l.at[i]) && path.len &&
		    file_exists(arena_text(w->arena, path)))
			fine = on(w, arena_text(w->arena, path), &l.at[i], ctx);
		first = false;
	}
	free(l.at);
	return fine;
}

static bool count_theirs(struct work *w, const char *path, const struct passdb *p, void *n)
{
	slice text;
	if (!file_must_read(w, path, &text))
		return false;
	*(size_t *)n += rest_count(w, text, is_meant, (void *)(uintptr_t)p);
	return true;
}

bool app_passwords_there(struct work *w)
{
	size_t n = 0;
	return has_program("doveconf") && each_further(w, count_theirs, &n) && n > 0;
}

static bool names_further(struct work *w, const char *path)
{
	struct looking l = {.path = path};
	return each_further(w, find_file, &l) && l.is;
}

static const struct rest_place theirs_place = {
    "dovecot-app-passwords", {"/etc/dovecot"}, names_further};

bool app_passwords_prepare(struct work *w, struct out *saved)
{
	struct keeping k = {saved, &theirs_place, 0};
	out_text(saved, "{\"files\":[");
	bool fine = each_further(w, keep_file, &k);
	out_text(saved, "]}");
	return fine;
}

/* Never a file that was not kept before: one that came since is left to the next plan. */
static bool rest_theirs(struct work *w, const char *path, const struct passdb *p, void *ctx)
{
	slice former;
	w->why[0] = 0;
	return rest_kept(w, &theirs_place, path, &former)
		   ? rest_apply(w, path, is_meant, (void *)(uintptr_t)p)
		   : !w->why[0];
}

bool app_passwords_apply(struct work *w)
{
	return each_further(w, rest_theirs, NULL) && forget(w);
}

/* Also where the database is configured no more. */
static bool wake_theirs(struct work *w, const char *path, const slice *former)
{
	struct looking l = {.path = path};
	return each_further(w, find_file, &l) && rest_undo(w, path, former, is_meant, &l.found);
}

bool app_passwords_undo(struct work *w)
{
	return rest_each_saved(w, &theirs_place, wake_theirs) && forget(w);
}

enum closed app_passwords_closed(struct work *w, struct out *how)
{
	size_t n = 0;
	if (!each_further(w, count_theirs, &n))
		return CLOSED_UNKNOWN;
	out_format(how, "%zu further password%s", n, n == 1 ? "" : "s");
	return n ? CLOSED_NO : CLOSED_YES;
}
