/*
 * site.c - webmail's site off and on: 503 with Retry-After to all but some networks.
 *
 * For when accounts one by one are too slow, or webmail itself is what the intruder came in by.
 * Everybody who uses webmail is hit, so a person pulls it by name (respond.c).  IMAP, submission
 * and incoming mail go on.
 *
 * The server that names the site is told by its own dump: `nginx -T`, `apachectl -t -D
 * DUMP_VHOSTS`.  What is written is tested before the server is told to read it; if the test or the
 * reload fails, or the site goes on answering, what was there is put back.  A server reads anew in
 * its own time and keeps the old configuration if it does not like the new one, saying so in its
 * log alone: the site itself is asked (ask.c).
 */
#include "respond/ask.h"
#include "respond/pull.h"
#include "respond/rest.h"
#include "respond/site.h"
#include "settings/settings.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { SETTLE_MS = 10000, LOOK_MS = 50, CALM_LOOKS = 8, WORDS = 6 };

static const struct web_server {
	const char *name, *program, *pid_file; /* Debian's */
	const char *const dump[WORDS], *const test[WORDS], *const reload[WORDS];
	site_paths_of *paths;
	site_each *each;
	site_say *say;
} web_servers[] = {
    {"nginx",
     "nginx",
     "/run/nginx.pid",
     {"nginx", "-T"},
     {"nginx", "-t"},
     {"nginx", "-s", "reload"},
     site_paths_nginx,
     site_each_nginx,
     site_say_nginx},
    {"Apache",
     "apachectl",
     "/run/apache2/apache2.pid",
     {"apachectl", "-t", "-D", "DUMP_VHOSTS"},
     {"apachectl", "configtest"},
     {"apachectl", "graceful"},
     site_paths_apache,
     site_each_apache,
     site_say_apache},
};
enum { WEB_SERVERS = sizeof web_servers / sizeof *web_servers };

/* --- what is wanted --- */

struct reading_site {
	struct settings *s;
	struct site_wish *to;
};

bool site_is_name(slice s)
{
	for (size_t i = 0; i < s.len; i++) {
		char c = s.at[i];
		if (!(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') && !(c >= '0' && c <= '9') &&
		    c != '.' && (c != '-' || i == 0))
			return false;
	}
	return s.len > 0 && s.len <= 253;
}

static bool on_allowed(void *ctx, slice text, struct fy_node *item)
{
	struct reading_site *r = ctx;
	if (r->to->allow_count == SITE_ALLOW_MOST)
		return settings_wrong(r->s, item, "up to %d networks are let in", SITE_ALLOW_MOST);
	return cidr_parse(text, &r->to->allow[r->to->allow_count++]) ||
	       settings_wrong(r->s, item, "\"%.*s\" is no network", (int)slice_first(text, 60).len,
			      text.at ? text.at : "");
}

static bool on_site_key(void *ctx, slice key, struct fy_node *key_node, struct fy_node *value)
{
	struct reading_site *r = ctx;
	if (slice_eq(key, SLICE("allow")))
		return settings_items(r->s, value, on_allowed, r);
	if (!slice_eq(key, SLICE("site")))
		return settings_wrong(r->s, key_node, "there is no \"%.*s\"; site and allow are",
				      (int)slice_first(key, 40).len, key.at);
	r->to->name = settings_text(value);
	return site_is_name(r->to->name) ||
	       settings_wrong(r->s, value,
			      "the name of the site is wanted, as server_name or "
			      "ServerName has it");
}

bool site_read(struct work *w, slice yaml, struct site_wish *to)
{
	struct reading_site r = {.to = to};
	*to = (struct site_wish){0};
	r.s = settings_open(yaml, w->why, sizeof w->why);
	bool fine = r.s && settings_each(r.s, settings_root(r.s), on_site_key, &r);
	to->name = arena_copy(w->arena, to->name);
	settings_close(&r.s);
	return fine && (to->name.len || work_fail(w, "line 1: site: the name of the site is "
						     "wanted"));
}

static char *site_yml(struct work *w)
{
	return arena_text(w->arena, arena_format(w->arena, "%s/webmail.yml", w->state_dir));
}

bool site_there(struct work *w)
{
	return w->state_dir && file_exists(site_yml(w));
}

static bool read_wish(struct work *w, struct site_wish *s)
{
	slice yaml;
	char *file = site_yml(w), why[sizeof w->why];
	if (!file_read(w, file, &yaml))
		return work_fail(w, "no site of webmail is configured: %s: %s", file,
				 strerror(errno));
	if (site_read(w, yaml, s))
		return true;
	memcpy(why, w->why, sizeof why);
	return work_fail(w, "%s: %.300s", file, why);
}

bool site_able(struct work *w)
{
	struct site_wish s;
	if (!read_wish(w, &s))
		return false;
	for (size_t i = 0; i < WEB_SERVERS; i++)
		if (has_program(web_servers[i].program))
			return true;
	return work_fail(w, "neither nginx nor apachectl is on this host");
}

/* --- which files --- */

/* sites-enabled holds links: what is replaced is what they lead to. */
static char *real_path(struct work *w, slice path)
{
	char *real = realpath(arena_text(w->arena, path), NULL);
	char *kept = real ? arena_text(w->arena, slice_of(real)) : NULL;
	free(real);
	return kept;
}

/* Two links may lead to one file. */
static bool is_known(const struct site_paths *l, const char *path)
{
	for (size_t i = 0; i < l->len; i++)
		if (slice_eq(l->at[i], slice_of(path)))
			return true;
	return false;
}

const struct web_server *site_server(size_t i, const char **name)
{
	const struct web_server *v = i < WEB_SERVERS ? &web_servers[i] : NULL;
	*name = v ? v->name : NULL;
	return v;
}

/* What its dump names. */
static bool dump_paths(struct work *w, const struct web_server *v, struct site_paths *all)
{
	if (!has_program(v->program))
		return false;
	struct ran r = run(w, v->dump, (slice){0});
	if (r.status == 0)
		v->paths(r.out, all);
	else if (!w->why[0])
		work_fail(w, "%s: its configuration is not good as it is: %.*s", v->name,
			  (int)slice_first(r.err, 300).len, r.err.at ? r.err.at : "");
	return r.status == 0;
}

bool site_each_file(struct work *w, const struct web_server *v, site_file *on, void *ctx)
{
	struct site_paths all = {0}, seen = {0};
	bool fine = dump_paths(w, v, &all);
	for (size_t i = 0; fine && i < all.len; i++) {
		slice text, was;
		char *path = real_path(w, all.at[i]);
		if (!path || is_known(&seen, path))
			continue;
		*list_add(&seen) = slice_of(path);
		if (file_read(w, path, &text) && site_on(w, text, &was))
			fine = on(w, path, was, v->each, ctx);
	}
	list_free(&all);
	list_free(&seen);
	return fine;
}

struct files_wanted {
	slice name;
	struct site_paths *to;
};

static bool take_file(struct work *w, const char *path, slice text, site_each *each, void *ctx)
{
	struct files_wanted *f = ctx;
	struct site_blocks l = {0};
	site_find(each, text, f->name, &l);
	if (l.len)
		*list_add(f->to) = slice_of(path);
	list_free(&l);
	return true;
}

static bool files_of(struct work *w, const struct web_server *v, slice name, struct site_paths *to)
{
	struct files_wanted f = {name, to};
	return site_each_file(w, v, take_file, &f) && to->len > 0;
}

struct site_file_wanted {
	const char *path;
	bool is;
};

static bool find_site_file(struct work *w, const char *path, slice text, site_each *each, void *ctx)
{
	struct site_file_wanted *f = ctx;
	f->is = f->is || strcmp(f->path, path) == 0;
	return true;
}

static bool names_site_file(struct work *w, const char *path)
{
	struct site_file_wanted f = {path, false};
	for (size_t i = 0; !f.is && i < WEB_SERVERS; i++)
		if (slice_eq(slice_of(web_servers[i].name), saved_text(w, "server")))
			site_each_file(w, &web_servers[i], find_site_file, &f);
	return f.is;
}

static const struct rest_place site_place = {
    "webmail-off", {"/etc/nginx", "/etc/apache2"}, names_site_file};

static bool keep_files(struct work *w, const struct site_paths *l, struct out *saved)
{
	bool fine = true;
	out_text(saved, ",\"files\":[");
	for (size_t i = 0; fine && i < l->len; i++) {
		out_text(saved, i ? "," : "");
		fine = rest_keep(w, &site_place, i, arena_text(w->arena, l->at[i]), saved);
	}
	out_text(saved, "]}");
	return fine;
}

bool site_prepare(struct work *w, struct out *saved)
{
	struct site_wish s;
	struct site_paths files = {0};
	const struct web_server *v = NULL;
	if (!read_wish(w, &s))
		return false;
	w->why[0] = 0;
	for (size_t i = 0; !v && i < WEB_SERVERS; i++)
		v = files_of(w, &web_servers[i], s.name, &files) ? &web_servers[i] : NULL;
	if (!v)
		return w->why[0] ? false
				 : work_fail(w,
					     "no file of nginx or Apache has a server with the "
					     "name %.*s",
					     (int)s.name.len, s.name.at);
	out_format(saved, "{\"server\":\"%s\",\"site\":", v->name);
	out_json(saved, s.name);
	bool fine = keep_files(w, &files, saved);
	list_free(&files);
	return fine;
}

/* --- off and on --- */

static const struct web_server *server_of(const struct work *w)
{
	slice name = saved_text(w, "server");
	for (size_t i = 0; i < WEB_SERVERS; i++)
		if (slice_eq(slice_of(web_servers[i].name), name))
			return &web_servers[i];
	return NULL;
}

/* What is written is said by webmail.yml, not by what was kept. */
static slice text_off(struct work *w, const struct site_wish *s, slice text,
		      const struct site_blocks *l)
{
	struct out before = {.fd = -1}, inside = {.fd = -1};
	server_of(w)->say(s, &before, &inside);
	slice off =
	    site_off(w, text, l, (slice){before.at, before.len}, (slice){inside.at, inside.len});
	out_close(&before);
	out_close(&inside);
	return off;
}

static bool file_off(struct work *w, const char *path, const slice *former)
{
	slice text;
	struct site_wish s;
	struct site_blocks l = {0};
	if (!file_must_read(w, path, &text))
		return false;
	if (site_is_off(text))
		return true;
	if (!read_wish(w, &s) || !slice_eq(s.name, saved_text(w, "site")))
		return w->why[0] ? false : work_fail(w, "webmail.yml names another site by now");
	site_find(server_of(w)->each, text, s.name, &l);
	bool fine = l.len ? file_replace(w, path, text_off(w, &s, text, &l), 0644)
			  : work_fail(w, "%s names the site no longer", path);
	list_free(&l);
	return fine;
}

static bool file_on(struct work *w, const char *path, const slice *former)
{
	slice text, was;
	return file_must_read(w, path, &text) && site_on(w, text, &was) &&
	       (slice_eq(text, was) || file_replace(w, path, was, 0644));
}

static bool test_and_reload(struct work *w)
{
	const struct web_server *v = server_of(w);
	/* apachectl would start it */
	if (v->each == site_each_apache && !file_exists(v->pid_file))
		return work_fail(w, "Apache does not run: there is no %s", v->pid_file);
	return run_fine(w, v->test) && run_fine(w, v->reload);
}

/* Whatever comes of it, the reason that is told is the first. */
static bool put_back(struct work *w)
{
	char why[sizeof w->why];
	memcpy(why, w->why, sizeof why);
	bool back = rest_each_saved(w, &site_place, file_on), read = back && test_and_reload(w);
	return work_fail(w, "%.380s; %s", why,
			 read   ? "what was there is back"
			 : back ? "what was there is back, but the server did not read it anew"
				: "what was there could not be put back whole: undo does it");
}

/* While old and new workers listen side by side the site is now off, now on (nginx lets the old
 * ones stay 100 ms): it is off when it was so for a while.  Where nobody can tell, verify says so.
 */
static bool is_answering(struct work *w)
{
	static const struct timespec pause = {.tv_nsec = LOOK_MS * 1000000L};
	struct out how = {.fd = -1};
	int calm = 0;
	for (int ms = 0; calm < CALM_LOOKS && ms < SETTLE_MS; ms += LOOK_MS) {
		nanosleep(&pause, NULL);
		how.len = 0;
		enum closed c = site_closed(w, &how);
		calm = c == CLOSED_NO ? 0 : c == CLOSED_YES ? calm + 1 : CALM_LOOKS;
	}
	if (calm < CALM_LOOKS)
		work_fail(w, "the site was told to close and goes on: %.*s", (int)how.len, how.at);
	out_close(&how);
	return calm < CALM_LOOKS;
}

static bool is_off_everywhere(struct work *w, const char *path, const slice *former)
{
	slice text;
	return file_must_read(w, path, &text) && site_is_off(text);
}

bool site_apply(struct work *w)
{
	if (!server_of(w))
		return work_fail(w, "what was kept names no server");
	if (w->done_before && rest_each_saved(w, &site_place, is_off_everywhere))
		return true; /* by another plan */
	if (!rest_each_saved(w, &site_place, file_off) || !test_and_reload(w) || is_answering(w))
		return put_back(w);
	w->why[0] = 0;
	return true;
}

bool site_undo(struct work *w)
{
	const struct web_server *v = server_of(w);
	if (!v)
		return true; /* nothing was begun */
	if (!rest_each_saved(w, &site_place, file_on))
		return false;
	/* one that does not run reads it when it starts */
	return test_and_reload(w) || !file_exists(v->pid_file);
}

/* --- is it off? --- */

static bool lets_itself_in(const struct site_wish *s)
{
	struct address here;
	bool in = false;
	address_parse(SLICE("127.0.0.1"), &here);
	for (size_t i = 0; i < s->allow_count; i++)
		in = in || cidr_holds(&s->allow[i], &here);
	return in;
}

enum closed site_closed(struct work *w, struct out *how)
{
	struct site_wish s;
	slice name = saved_text(w, "site");
	if (!read_wish(w, &s)) {
		if (!name.len)
			return CLOSED_UNKNOWN;
		s.allow_count = 0;
	}
	if (lets_itself_in(&s)) {
		work_fail(w, "this host itself is let in, and cannot ask for others");
		return CLOSED_UNKNOWN;
	}
	return ask_site(w, name.len ? name : s.name, how);
}
