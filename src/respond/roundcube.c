/*
 * roundcube.c - webmail sessions ended where Roundcube keeps them.
 *
 * A session holds what PHP's session_encode wrote; the account stands in it as
 * username|s:LENGTH:"NAME";.  In SQL a row of the table "session" has it in base64; in redis a
 * key's value is serialize(['changed', 'ip', 'vars']).  What is ended is kept first, a line each,
 * and undo puts it back; who came with the old cookie meanwhile was given an empty session of the
 * same name, which it replaces.  It is kept in the journal itself, which has to reach the disk
 * before anything is changed: so one wait for the disk lies before the end of a session, not three.
 * Among the evidence it stands as soon as they are ended, with those that came later.
 *
 * A request that was under way writes its session back at its end: into redis always, into a table
 * where it took more than half a second or signed in (rcube_session: get_cache, sess_write).  But
 * it has the database open from before it looks for its session until it is over.  So, once no
 * session is left, all who have it open are noted, and what they write is ended until none of them
 * is there any more; if anything came meanwhile, once more.  Then nobody is left who ever saw one.
 */
#include "respond/pull.h"
#include "respond/webmail.h"

#include <errno.h>
#include <jansson.h>
#include <poll.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { VARS_MOST = 32 << 20, FIELDS = 4, ROUNDS_MOST = 20, LOOK_MS = 10, LOOK_MOST_MS = 500 };
enum { JOURNAL_MOST = 64 << 10 }; /* of sessions in an entry; more of them are kept in a file */

static const struct webmail_store *const stores[WEBMAIL_KINDS] = {
    [WEBMAIL_SQLITE] = &webmail_sqlite,
    [WEBMAIL_MYSQL] = &webmail_sql,
    [WEBMAIL_PGSQL] = &webmail_sql,
    [WEBMAIL_REDIS] = &webmail_redis,
};

/* --- whose session --- */

/*
 * username|s:26:"c.martin@interieur.example"; the first of a value of redis stands behind a quote
 */
static bool names_account(slice vars, slice account)
{
	static const slice key = SLICE_INIT("username|s:");
	for (size_t at; (at = slice_search(vars, key)) != SIZE_MAX;
	     vars = slice_from(vars, at + key.len)) {
		slice rest = slice_from(vars, at + key.len);
		int64_t len;
		bool begins = at == 0 || strchr(";}\"", vars.at[at - 1]);
		if (begins && slice_number(&rest, &len) && slice_eat(&rest, ":\"") && len >= 0 &&
		    slice_eq_nocase(slice_first(rest, (size_t)len), account))
			return true;
	}
	return false;
}

bool webmail_is_of(slice vars, slice account)
{
	size_t len = 0;
	if (vars.len > VARS_MOST)
		return false;
	char *plain = must_alloc(vars.len + 1);
	bool decoded = sodium_base642bin((uint8_t *)plain, vars.len, vars.at, vars.len, " \r\n",
					 &len, NULL, sodium_base64_VARIANT_ORIGINAL) == 0;
	bool is = names_account(decoded ? (slice){plain, len} : vars, account);
	free(plain);
	return is;
}

/* --- those of the account --- */

struct sessions {
	struct webmail_session *at;
	size_t len, room;
};

static bool take_session(struct work *w, const struct webmail_session *s, void *ctx)
{
	struct sessions *l = ctx;
	if (!webmail_is_of(s->vars, w->target))
		return true;
	*list_add(l) =
	    (struct webmail_session){arena_copy(w->arena, s->id), arena_copy(w->arena, s->changed),
				     arena_copy(w->arena, s->ip), arena_copy(w->arena, s->vars)};
	return true;
}

static bool sessions_at(struct work *w, const struct webmail_place *p, struct sessions *l)
{
	return stores[p->kind]->each(w, p, take_session, l);
}

static bool sessions_now(struct work *w, struct webmail_place *p, struct sessions *l)
{
	return webmail_find(w, p) && sessions_at(w, p, l);
}

bool roundcube_able(struct work *w)
{
	struct webmail_place p;
	return webmail_find(w, &p) && stores[p.kind]->reach(w, &p);
}

/* --- kept --- */

static void keep_session(struct out *o, const struct webmail_session *s)
{
	const slice fields[FIELDS] = {s->id, s->changed, s->ip, s->vars};
	for (int i = 0; i < FIELDS; i++) {
		out_text(o, i ? "," : "[");
		out_json(o, fields[i]);
	}
	out_text(o, "]\n");
}

static bool is_moment(slice s)
{
	enum { MOST = 16 };
	for (size_t i = 0; i < s.len; i++)
		if (hex_digit(s.at[i]) < 0)
			return false;
	return s.len > 0 && s.len <= MOST;
}

/* Each time that it is applied has a file of its own: none from before is taken for it. */
static const char *rows_begun(struct work *w, slice begun)
{
	bool own = is_moment(begun);
	return arena_text(w->arena, arena_format(w->arena, "%s%.*s%s%.*s",
						 own ? "webmail-" : "roundcube-sessions-",
						 (int)w->target.len, w->target.at, own ? "-" : "",
						 own ? (int)begun.len : 0, own ? begun.at : ""));
}

static const char *rows_name(struct work *w)
{
	return rows_begun(w, saved_text(w, "begun"));
}

static void put_sessions(struct out *rows, const struct sessions *l)
{
	for (size_t i = 0; i < l->len; i++)
		keep_session(rows, &l->at[i]);
}

static slice keep_sessions(struct work *w, const struct sessions *l)
{
	struct out rows = {.fd = -1};
	put_sessions(&rows, l);
	slice kept = evidence_keep(w, rows_name(w), (slice){rows.at, rows.len});
	out_close(&rows);
	return kept;
}

static bool read_session(struct work *w, slice line, struct webmail_session *s)
{
	slice *const fields[FIELDS] = {&s->id, &s->changed, &s->ip, &s->vars};
	json_t *root = json_loadb(line.at, line.len, 0, NULL);
	bool fine = json_array_size(root) == FIELDS;
	for (size_t i = 0; fine && i < FIELDS; i++) {
		const json_t *v = json_array_get(root, i);
		*fields[i] =
		    arena_copy(w->arena, (slice){json_string_value(v), json_string_length(v)});
	}
	json_decref(root);
	return fine || work_fail(w, "the kept sessions cannot be read");
}

/* Those of the journal's entry, or of the file that holds them and what came later. */
static bool rows_kept(struct work *w, slice *rows)
{
	slice kept = saved_text(w, "rows");
	bool in_journal = !kept.len;
	if (in_journal)
		kept = saved_text(w, "file"); /* of the incident that ended them */
	if (evidence_read(w, kept, rows_name(w), rows))
		return true;
	if (in_journal && errno == ENOENT)
		return *rows = saved_text(w, "sessions"), true;
	return work_fail(w, "the kept sessions are gone: %.*s: %s", (int)kept.len, kept.at,
			 strerror(errno));
}

static bool sessions_kept(struct work *w, struct sessions *l)
{
	slice rows;
	if (!rows_kept(w, &rows))
		return false;
	while (rows.len)
		if (!read_session(w, slice_until(&rows, '\n'), list_add(l)))
			return false;
	return true;
}

/* True if it was not kept, or not as it is now. */
static bool add_newer(struct sessions *kept, const struct webmail_session *now)
{
	for (size_t i = 0; i < kept->len; i++) {
		struct webmail_session *s = &kept->at[i];
		if (!slice_eq(s->id, now->id))
			continue;
		bool newer = !slice_eq(s->vars, now->vars);
		*s = newer ? *now : *s;
		return newer;
	}
	*list_add(kept) = *now;
	return true;
}

/* What came or was written since is kept too, before it is ended. */
static bool keep_newer(struct work *w, const struct sessions *now)
{
	struct sessions kept = {0};
	bool fine = sessions_kept(w, &kept), newer = false;
	for (size_t i = 0; fine && i < now->len; i++)
		newer = add_newer(&kept, &now->at[i]) || newer;
	fine = fine && (!newer || keep_sessions(w, &kept).len > 0);
	list_free(&kept);
	return fine;
}

/* Among the evidence, once they are ended. */
static bool show_kept(struct work *w)
{
	struct sessions kept = {0};
	slice rows;
	if (saved_text(w, "rows").len ||
	    evidence_read(w, saved_text(w, "file"), rows_name(w), &rows))
		return true;
	bool fine = sessions_kept(w, &kept) && keep_sessions(w, &kept).len > 0;
	list_free(&kept);
	return fine;
}

/* --- the lever --- */

/* Where they stand among the evidence once they are ended. */
static void save_file(struct work *w, struct out *saved)
{
	slice begun = arena_format(w->arena, "%llx", (unsigned long long)clock_now());
	out_text(saved, ",\"begun\":");
	out_json(saved, begun);
	out_text(saved, ",\"file\":");
	out_json(saved, evidence_path(w, rows_begun(w, begun)));
}

static bool save_sessions(struct work *w, const struct sessions *l, struct out *saved)
{
	struct out rows = {.fd = -1};
	put_sessions(&rows, l);
	bool small = rows.len <= JOURNAL_MOST;
	slice kept = small ? (slice){rows.at, rows.len} : keep_sessions(w, l);
	out_text(saved, small ? "{\"sessions\":" : "{\"rows\":");
	out_json(saved, kept);
	if (small)
		save_file(w, saved);
	out_text(saved, "}");
	out_close(&rows);
	return small || kept.len;
}

bool roundcube_prepare(struct work *w, struct out *saved)
{
	struct webmail_place p;
	struct sessions l = {0};
	bool fine = sessions_now(w, &p, &l) && save_sessions(w, &l, saved);
	list_free(&l);
	return fine;
}

/* Those that a look finds. */
static bool end_found(struct work *w, const struct webmail_place *p, size_t *found)
{
	struct sessions l = {0};
	bool fine = sessions_at(w, p, &l);
	*found = l.len;
	fine = fine && (!l.len || (keep_newer(w, &l) && stores[p->kind]->end(w, p, l.at, l.len)));
	list_free(&l);
	return fine;
}

/* Until a look finds none; `found` is raised by those that were. */
static bool end_all(struct work *w, const struct webmail_place *p, size_t *found)
{
	for (int round = 0; round < ROUNDS_MOST; round++) {
		size_t n;
		bool fine = end_found(w, p, &n);
		*found += n;
		if (!fine || !n)
			return fine;
	}
	return work_fail(w, "webmail sessions of the account come again and again");
}

/* --- requests that were under way --- */

struct outlasting {
	const struct webmail_place *p;
	int64_t end_ms;
	size_t found, left; /* left: are there still when time is over */
	bool unseen;        /* who is there cannot be told */
};

static int64_t now_ms(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static size_t still_there(slice before, slice now)
{
	size_t n = 0;
	while (before.len)
		n += line_is_in(now, slice_until(&before, '\n'));
	return n;
}

static bool under_way(struct work *w, struct outlasting *o, slice *lines)
{
	o->unseen = !stores[o->p->kind]->under_way(w, o->p, lines);
	return !o->unseen;
}

/* Until those are gone, or time is over; what they write meanwhile is ended. */
static bool wait_for(struct work *w, struct outlasting *o, slice before)
{
	struct pollfd hurry = {w->hurry, POLLIN, 0};
	slice now;
	for (int ms = LOOK_MS; under_way(w, o, &now); ms = ms < LOOK_MOST_MS ? 2 * ms : ms) {
		o->left = still_there(before, now);
		if (!end_all(w, o->p, &o->found))
			return false;
		if (!o->left || now_ms() >= o->end_ms || poll(&hurry, 1, ms) != 0)
			return true;
	}
	return false;
}

static bool outlast(struct work *w, struct outlasting *o)
{
	size_t found;
	slice before;
	do {
		found = o->found;
		if (!under_way(w, o, &before) || !wait_for(w, o, before))
			return false;
	} while (o->found != found && !o->left);
	return true;
}

static void say_outlasted(struct work *w, const struct outlasting *o)
{
	if (o->unseen)
		snprintf(w->note, sizeof w->note,
			 "requests under way cannot be seen, and may write a session back, verify "
			 "looks again: %.80s",
			 w->why);
	else if (o->left)
		snprintf(w->note, sizeof w->note,
			 "%zu of webmail's connections from before are open still: a request there "
			 "may write a session back, verify looks again",
			 o->left);
	else if (o->found)
		snprintf(w->note, sizeof w->note,
			 "written anew by requests under way, and ended: %zu; all requests from "
			 "before are over",
			 o->found);
	w->why[0] = 0;
}

bool roundcube_apply(struct work *w)
{
	struct webmail_place p;
	struct outlasting o = {.p = &p};
	size_t first;
	/* what a second look finds was written by a request under way */
	if (!webmail_find(w, &p) || !end_found(w, &p, &first) || !end_all(w, &p, &o.found) ||
	    !show_kept(w))
		return false;
	o.end_ms = now_ms() + w->linger_ms;
	if (w->linger_ms > 0 && !outlast(w, &o) && !o.unseen)
		return false;
	say_outlasted(w, &o);
	return true;
}

bool roundcube_undo(struct work *w)
{
	struct webmail_place p;
	struct sessions l = {0};
	bool fine = webmail_find(w, &p) && sessions_kept(w, &l) &&
		    (!l.len || stores[p.kind]->put_back(w, &p, l.at, l.len));
	list_free(&l);
	return fine;
}

enum closed roundcube_closed(struct work *w, struct out *how)
{
	struct webmail_place p;
	struct sessions l = {0};
	bool fine = sessions_now(w, &p, &l);
	size_t n = l.len;
	list_free(&l);
	if (!fine)
		return CLOSED_UNKNOWN;
	out_format(how, "%zu webmail session%s", n, n == 1 ? "" : "s");
	return n ? CLOSED_NO : CLOSED_YES;
}
