/*
 * ask.c - who asks, and may he?  A request judged by its head alone; nothing is done here.
 *
 * Whoever can make a browser send requests (a page that the administrator opens, a name that
 * resolves to this host: DNS rebinding) has no session, for its cookie is SameSite=Strict and its
 * Host is not ours; both are looked at all the same, and what the browser says of the page that
 * asks (Fetch Metadata).
 */
#include "part.h"

static const slice public_paths[] = {SLICE_INIT("/style.css"), SLICE_INIT("/console.js"),
				     SLICE_INIT("/icon.svg")};

/* --- Host --- */

/* "name:port" is name, "[::1]:port" is ::1. */
static slice host_of(slice s)
{
	if (s.len && s.at[0] == '[') {
		size_t end = slice_find(s, ']');
		slice rest = slice_from(s, end + 1);
		if (end == s.len || (rest.len && rest.at[0] != ':'))
			return (slice){0};
		return slice_first(slice_from(s, 1), end - 1);
	}
	slice host = slice_until(&s, ':');
	int64_t port;
	return !s.len || slice_is_number(s, &port) ? host : (slice){0};
}

/* A literal address is nobody's name: no resolver stands between it and the console. */
static bool is_our_host(const struct console_gate *g, slice text)
{
	struct address a;
	slice host = host_of(text);
	if (g->name && slice_eq_nocase(text, slice_of(g->name)))
		return true;
	if (slice_eq_nocase(host, SLICE("localhost")))
		return true;
	return host.len && address_parse(host, &a);
}

/* --- sessions --- */

static bool is_over(const struct console_session *s, int64_t now_s)
{
	return !s->began_s || now_s - s->seen_s > CONSOLE_IDLE_S ||
	       now_s - s->began_s > CONSOLE_LONGEST_S || now_s < s->began_s;
}

/* All are compared, whichever fits. */
static struct console_session *session_of(struct console_gate *g, const struct console_key *id,
					  int64_t now_s)
{
	struct console_session *found = NULL;
	for (size_t i = 0; i < CONSOLE_SESSIONS; i++)
		if (key_same(&g->sessions[i].id, id) && !is_over(&g->sessions[i], now_s))
			found = &g->sessions[i];
	return found;
}

struct console_key console_admit(struct console_gate *g, int64_t now_s)
{
	struct console_session *oldest = &g->sessions[0];
	for (size_t i = 0; i < CONSOLE_SESSIONS; i++) {
		struct console_session *s = &g->sessions[i];
		if (is_over(s, now_s))
			s->began_s = s->seen_s = 0;
		if (s->seen_s < oldest->seen_s)
			oldest = s;
	}
	*oldest = (struct console_session){key_random(), now_s, now_s};
	return oldest->id;
}

/* "a=1; tocsin=HEX": the one of that name; given twice, neither. */
static bool read_cookie(slice cookie, struct console_key *id)
{
	unsigned found = 0;
	bool fine = false;
	while (cookie.len) {
		slice pair = slice_trim(slice_until(&cookie, ';'));
		if (!slice_eat(&pair, "tocsin="))
			continue;
		found++;
		fine = key_parse(pair, id);
	}
	return fine && found == 1;
}

static struct console_session *whose(struct console_gate *g, const struct console_ask *q,
				     int64_t now_s)
{
	struct console_key id;
	if (q->cookies != 1 || !read_cookie(q->cookie, &id))
		return NULL;
	return session_of(g, &id, now_s);
}

/* "Authorization: Bearer HEX", for programs: the key itself. */
static bool has_key(const struct console_gate *g, const struct console_ask *q)
{
	struct console_key k;
	slice text = q->bearer;
	if (q->bearers != 1 || text.len < 7 ||
	    !slice_eq_nocase(slice_first(text, 7), SLICE("Bearer ")))
		return false;
	return key_parse(slice_trim(slice_from(text, 7)), &k) && key_same(&k, &g->key);
}

static bool link_holds(const struct console_gate *g, const struct console_ask *q, int64_t now_s)
{
	struct console_key given, right;
	int64_t until;
	if (!slice_is_number(q->until, &until) || !key_parse(q->key, &given))
		return false;
	right = key_of_link(&g->key, until);
	return key_same(&given, &right) && until >= now_s && until <= now_s + CONSOLE_LINK_S;
}

/* --- the judgement --- */

static bool is_public(slice path)
{
	for (size_t i = 0; i < sizeof public_paths / sizeof *public_paths; i++)
		if (slice_eq(path, public_paths[i]))
			return true;
	return false;
}

enum console_verdict console_judge(struct console_gate *g, const struct console_ask *q,
				   int64_t now_s)
{
	if (!slice_eq(q->method, SLICE("GET")) && !slice_eq(q->method, SLICE("HEAD")))
		return CONSOLE_BAD_METHOD;
	if (q->has_body || q->hosts != 1 || !q->path.len || q->path.at[0] != '/')
		return CONSOLE_BAD_REQUEST;
	if (!is_our_host(g, q->host))
		return CONSOLE_BAD_HOST;
	if (slice_eq(q->path, SLICE("/enter")))
		return link_holds(g, q, now_s) ? CONSOLE_ENTER : CONSOLE_STALE_LINK;
	if (q->site.len && !slice_eq(q->site, SLICE("same-origin")) &&
	    !slice_eq(q->site, SLICE("none")))
		return CONSOLE_BAD_SITE;
	if (is_public(q->path))
		return CONSOLE_PUBLIC;
	struct console_session *s = whose(g, q, now_s);
	if (!s)
		return has_key(g, q) ? CONSOLE_SHOW : CONSOLE_STRANGER;
	if (slice_eq(q->path, SLICE("/leave"))) {
		*s = (struct console_session){0};
		return CONSOLE_LEAVE;
	}
	s->seen_s = now_s;
	return CONSOLE_SHOW;
}
