/*
 * webmail_redis.c - Roundcube's sessions in redis, by hiredis.
 *
 * A key is the session's name, its value serialize(['changed' => .., 'ip' => .., 'vars' => ..]),
 * and it expires (Roundcube, session/redis.php).  Other keys of the database, its cache say, are
 * not looked at.  Put back is the same value with what is left of its time; what would have expired
 * meanwhile stays gone.
 */
#include "respond/webmail.h"

#include <errno.h>
#include <hiredis/hiredis.h>
#include <sodium.h>
#include <stdlib.h>
#include <time.h>

enum { REDIS_SECONDS = 10, REDIS_PORT = 6379, REDIS_MOST = 32 << 20 };
static const long long STEPS_MOST = 1000000;

/* --- one word, one answer --- */

static redisReply *redis_fail(struct work *w, redisContext *c, redisReply *r)
{
	if (r)
		work_fail(w, "redis: %.200s",
			  r->type == REDIS_REPLY_ERROR ? r->str : "no such answer");
	else
		work_fail(w, "redis: %s", c && c->err ? c->errstr : strerror(errno));
	freeReplyObject(r);
	return NULL;
}

enum { WORDS_MOST = 6 };

/* An answer of the type, or nil; NULL with w->why. */
static redisReply *redis_ask(struct work *w, redisContext *c, int type, const slice *words, int n)
{
	const char *at[WORDS_MOST];
	size_t len[WORDS_MOST];
	for (int i = 0; i < n; i++) {
		at[i] = words[i].at ? words[i].at : "";
		len[i] = words[i].len;
	}
	redisReply *r = redisCommandArgv(c, n, at, len);
	return r && (r->type == type || r->type == REDIS_REPLY_NIL) ? r : redis_fail(w, c, r);
}

static bool redis_does(struct work *w, redisContext *c, int type, const slice *words, int n)
{
	redisReply *r = redis_ask(w, c, type, words, n);
	freeReplyObject(r);
	return r != NULL;
}

static redisContext *redis_open(struct work *w, const struct webmail_place *p)
{
	const struct timeval limit = {REDIS_SECONDS, 0};
	redisContext *c =
	    p->path.len
		? redisConnectUnixWithTimeout(arena_text(w->arena, p->path), limit)
		: redisConnectWithTimeout(p->host.len ? arena_text(w->arena, p->host) : "127.0.0.1",
					  p->port ? (int)p->port : REDIS_PORT, limit);
	if (!c || c->err) {
		redis_fail(w, c, NULL);
		if (c)
			redisFree(c);
		return NULL;
	}
	redisSetTimeout(c, limit);
	if ((p->password.len && !redis_does(w, c, REDIS_REPLY_STATUS,
					    (const slice[]){SLICE("AUTH"), p->password}, 2)) ||
	    (p->database.len && !redis_does(w, c, REDIS_REPLY_STATUS,
					    (const slice[]){SLICE("SELECT"), p->database}, 2))) {
		redisFree(c);
		return NULL;
	}
	return c;
}

static bool redis_reach(struct work *w, const struct webmail_place *p)
{
	redisContext *c = redis_open(w, p);
	bool fine = c && redis_does(w, c, REDIS_REPLY_STATUS, (const slice[]){SLICE("PING")}, 1);
	if (c)
		redisFree(c);
	return fine;
}

/* --- reading --- */

static int64_t now_ms(void)
{
	struct timespec t;
	clock_gettime(CLOCK_REALTIME, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static slice to_base64(struct work *w, slice plain)
{
	size_t room = sodium_base64_ENCODED_LEN(plain.len, sodium_base64_VARIANT_ORIGINAL);
	char *to = arena_take(w->arena, room);
	sodium_bin2base64(to, room, (const uint8_t *)plain.at, plain.len,
			  sodium_base64_VARIANT_ORIGINAL);
	return slice_of(to);
}

static slice said(const redisReply *r)
{
	return (slice){r->str, r->len};
}

/* When the key expires, in milliseconds; "0": never. Empty: it is gone. */
static slice expiry(struct work *w, redisContext *c, slice key)
{
	enum { GONE = -2, NEVER = -1 };
	redisReply *r =
	    redis_ask(w, c, REDIS_REPLY_INTEGER, (const slice[]){SLICE("PTTL"), key}, 2);
	long long left = r ? r->integer : GONE;
	freeReplyObject(r);
	if (left <= GONE)
		return (slice){0};
	return arena_format(w->arena, "%lld", left == NEVER ? 0 : (long long)now_ms() + left);
}

/* A key of another type than text has no GET: it is no session. */
static bool hear_key(struct work *w, redisContext *c, slice key, session_heard *on, void *ctx)
{
	static const slice head = SLICE_INIT("a:3:{s:7:\"changed\";i:");
	const char *const at[] = {"GET", key.at};
	const size_t len[] = {3, key.len};
	redisReply *r = redisCommandArgv(c, 2, (const char **)(uintptr_t)at, len);
	bool fine = true;
	if (!r)
		return redis_fail(w, c, NULL) != NULL;
	if (r->type == REDIS_REPLY_STRING && slice_starts(said(r), head) && r->len <= REDIS_MOST) {
		slice when = expiry(w, c, key);
		struct webmail_session s = {key, when, {0}, to_base64(w, said(r))};
		fine = when.len ? on(w, &s, ctx) : !w->why[0];
	}
	freeReplyObject(r);
	return fine;
}

/* One step of SCAN; keys may come twice, which ends them twice. */
static bool hear_keys(struct work *w, redisContext *c, slice *cursor, session_heard *on, void *ctx)
{
	redisReply *r =
	    redis_ask(w, c, REDIS_REPLY_ARRAY,
		      (const slice[]){SLICE("SCAN"), *cursor, SLICE("COUNT"), SLICE("500")}, 4);
	bool fine = r && r->elements == 2 && r->element[1]->type == REDIS_REPLY_ARRAY &&
		    r->element[0]->type == REDIS_REPLY_STRING;
	if (!fine)
		return r ? redis_fail(w, c, r) != NULL : false;
	*cursor = arena_copy(w->arena, said(r->element[0]));
	for (size_t i = 0; fine && i < r->element[1]->elements; i++)
		if (r->element[1]->element[i]->type == REDIS_REPLY_STRING)
			fine = hear_key(w, c, said(r->element[1]->element[i]), on, ctx);
	freeReplyObject(r);
	return fine;
}

static bool redis_each(struct work *w, const struct webmail_place *p, session_heard *on, void *ctx)
{
	w->why[0] = 0;
	redisContext *c = redis_open(w, p);
	slice cursor = SLICE("0");
	bool fine = c != NULL;
	for (long long i = 0; fine && i < STEPS_MOST; i++) {
		fine = hear_keys(w, c, &cursor, on, ctx);
		if (slice_eq(cursor, SLICE("0")))
			break;
	}
	if (c)
		redisFree(c);
	return fine;
}

/* --- changes --- */

/* The value that a session had when it was read. */
static bool value_of(struct work *w, const struct webmail_session *s, slice *value)
{
	size_t len = 0;
	uint8_t *to = arena_take(w->arena, s->vars.len);
	if (sodium_base642bin(to, s->vars.len, s->vars.at, s->vars.len, "", &len, NULL,
			      sodium_base64_VARIANT_ORIGINAL) != 0)
		return work_fail(w, "the kept sessions cannot be read");
	*value = (slice){(const char *)to, len};
	return true;
}

static bool is_still(struct work *w, redisContext *c, slice key, slice value, bool *still)
{
	redisReply *r = redis_ask(w, c, REDIS_REPLY_STRING, (const slice[]){SLICE("GET"), key}, 2);
	*still = r && r->type == REDIS_REPLY_STRING && slice_eq(said(r), value);
	freeReplyObject(r);
	return r != NULL;
}

/* WATCH: somebody who writes it before EXEC makes that do nothing. */
static bool end_key(struct work *w, redisContext *c, const struct webmail_session *s)
{
	slice value;
	bool still;
	if (!value_of(w, s, &value) ||
	    !redis_does(w, c, REDIS_REPLY_STATUS, (const slice[]){SLICE("WATCH"), s->id}, 2) ||
	    !is_still(w, c, s->id, value, &still))
		return false;
	if (!still)
		return redis_does(w, c, REDIS_REPLY_STATUS, (const slice[]){SLICE("UNWATCH")}, 1);
	return redis_does(w, c, REDIS_REPLY_STATUS, (const slice[]){SLICE("MULTI")}, 1) &&
	       redis_does(w, c, REDIS_REPLY_STATUS, (const slice[]){SLICE("DEL"), s->id}, 2) &&
	       redis_does(w, c, REDIS_REPLY_ARRAY, (const slice[]){SLICE("EXEC")}, 1);
}

static bool redis_end(struct work *w, const struct webmail_place *p,
		      const struct webmail_session *at, size_t n)
{
	redisContext *c = redis_open(w, p);
	bool fine = c != NULL;
	for (size_t i = 0; fine && i < n; i++)
		fine = end_key(w, c, &at[i]);
	if (c)
		redisFree(c);
	return fine;
}

static bool put_key(struct work *w, redisContext *c, const struct webmail_session *s)
{
	int64_t when, left;
	slice value;
	if (!value_of(w, s, &value))
		return false;
	if (!slice_is_number(s->changed, &when))
		return work_fail(w, "the kept sessions cannot be read");
	left = when ? when - now_ms() : 0;
	if (left < 0)
		return true;
	slice words[] = {SLICE("SET"), s->id, value, SLICE("PX"),
			 arena_format(w->arena, "%lld", (long long)left)};
	return redis_does(w, c, REDIS_REPLY_STATUS, words, left ? 5 : 3);
}

static bool redis_put_back(struct work *w, const struct webmail_place *p,
			   const struct webmail_session *at, size_t n)
{
	redisContext *c = redis_open(w, p);
	bool fine = c != NULL;
	for (size_t i = 0; fine && i < n; i++)
		fine = put_key(w, c, &at[i]);
	if (c)
		redisFree(c);
	return fine;
}

/* --- who is connected --- */

/* The value of NAME=value in a line of CLIENT LIST. */
static slice client_word(slice line, slice name)
{
	while (line.len) {
		slice word = slice_until(&line, ' ');
		if (slice_eat_n(&word, name.at, name.len))
			return word;
	}
	return (slice){0};
}

static void put_clients(struct out *o, slice list, slice own, slice database)
{
	while (list.len) {
		slice line = slice_until(&list, '\n'), id = client_word(line, SLICE("id="));
		if (!id.len || slice_eq(id, own) ||
		    !slice_eq(client_word(line, SLICE("db=")), database))
			continue;
		out_slice(o, id);
		out_text(o, "\n");
	}
}

/* In one and the same database; a number is never given twice. */
static bool redis_under_way(struct work *w, const struct webmail_place *p, slice *lines)
{
	struct out o = {.fd = -1};
	redisContext *c = redis_open(w, p);
	redisReply *id = NULL, *list = NULL;
	if (c)
		id = redis_ask(w, c, REDIS_REPLY_INTEGER,
			       (const slice[]){SLICE("CLIENT"), SLICE("ID")}, 2);
	if (id)
		list = redis_ask(w, c, REDIS_REPLY_STRING,
				 (const slice[]){SLICE("CLIENT"), SLICE("LIST")}, 2);
	if (list)
		put_clients(&o, said(list), arena_format(w->arena, "%lld", id->integer),
			    p->database.len ? p->database : SLICE("0"));
	*lines = arena_copy(w->arena, (slice){o.at, o.len});
	bool fine = list != NULL;
	freeReplyObject(id);
	freeReplyObject(list);
	if (c)
		redisFree(c);
	out_close(&o);
	return fine;
}

const struct webmail_store webmail_redis = {redis_reach, redis_each, redis_end, redis_put_back,
					    redis_under_way};
