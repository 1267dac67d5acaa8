/*
 * servant.c - whose session a process serves: Dovecot names the process when somebody signs in, and
 * that process tells the end.
 *
 * The row of the process stands for the session as well: where ends lead to it, none is kept by id.
 * The first end that leads to none, and whose start does not follow, has all of them kept by id
 * too, from then on (a log without process numbers, or one with lines taken out).
 */
#include "known.h"

#include <stdlib.h>

static slice servant_key(struct facts *f, const struct event *e, int64_t pid, uint64_t key[2])
{
	key[0] = law_host(f, e)->hash;
	key[1] = (uint64_t)pid;
	return (slice){(const char *)key, 16};
}

static uint64_t hash_of(slice s)
{
	return hash_bytes(s.at ? s.at : "", s.len);
}

/* --- names --- */

static const char *names_of(const struct servant *s)
{
	bool here = s->account_len + s->session_len <= SERVED_HERE;
	return here ? s->names.here : s->names.away;
}

static slice session_of(const struct servant *s)
{
	return (slice){names_of(s) + s->account_len, s->session_len};
}

static void forget_names(struct servant *s)
{
	if (s->account_len + s->session_len > SERVED_HERE)
		free(s->names.away);
	s->account_len = s->session_len = 0;
}

static void keep_names(struct servant *s, slice account, slice session)
{
	forget_names(s);
	account = slice_first(account, NAME_MOST);
	session = slice_first(session, NAME_MOST);
	size_t len = account.len + session.len;
	char *to = len > SERVED_HERE ? s->names.away = must_alloc(len) : s->names.here;
	memcpy(to, account.at ? account.at : "", account.len);
	memcpy(to + account.len, session.at ? session.at : "", session.len);
	s->account_len = (uint16_t)account.len;
	s->session_len = (uint16_t)session.len;
}

/* --- sessions by id --- */

static void keep_by_id(struct facts *f, const struct servant *s)
{
	if (!f->by_id && s->session_len)
		table_put(&f->sessions, session_of(s), NULL);
}

void servants_by_id(struct facts *f)
{
	for (struct servant *s = NULL; (s = table_next(&f->servants, s));)
		keep_by_id(f, s);
	f->by_id = true;
}

bool servant_holds(const struct facts *f, const struct event *e)
{
	return !f->by_id && event_has(e, F_MAIL_PID) && event_get(e, F_SESSION).len <= NAME_MOST;
}

void servant_shed(void *ctx, void *servant)
{
	keep_by_id(ctx, servant);
	forget_names(servant);
}

void servants_free(struct facts *f)
{
	for (void *s = NULL; (s = table_next(&f->servants, s));)
		forget_names(s);
}

static void drop_servant(struct facts *f, struct servant *s)
{
	forget_names(s);
	table_drop(&f->servants, s);
}

/* --- beginning and end --- */

/* The event of the session that went before in the same process, as if it ended now. */
static void suspect_end(struct facts *f, const struct servant *s, const struct event *e)
{
	struct event last;
	event_make(&last);
	event_number(&last, F_TIME, e->v[F_TIME].number);
	event_number(&last, F_START, s->us);
	event_text(&last, F_ACCOUNT, (slice){names_of(s), s->account_len});
	event_text(&last, F_SESSION, session_of(s));
	event_address(&last, F_SOURCE_IP, s->ip);
	if (event_has(e, F_HOST))
		event_text(&last, F_HOST, e->v[F_HOST].text);
	last.place = s->place;
	law_suspect(f, LAW_END, 0, s->session, &last);
}

struct servant *servant_began(struct facts *f, const struct event *e, slice account, int64_t now)
{
	uint64_t key[2];
	bool fresh;
	slice session = event_get(e, F_SESSION);
	uint64_t hash = hash_of(session);
	struct servant *s =
	    table_put(&f->servants, servant_key(f, e, e->v[F_MAIL_PID].number, key), &fresh);
	if (!fresh && s->us > f->restarted_us && s->session != hash)
		suspect_end(f, s, e);
	if (!fresh && s->session != hash)
		keep_by_id(f, s);
	s->us = now;
	s->session = hash;
	s->place = e->place;
	s->ip = event_has(e, F_SOURCE_IP) ? e->v[F_SOURCE_IP].address : (struct address){{0}};
	s->account = s->habit = 0;
	keep_names(s, account, session);
	return s;
}

/* A session's id that does not decode to its client (made by hand, or made unknowable): the process
 * knows who signed in. */
void servant_tells(struct facts *f, struct event *e)
{
	static const struct address none;
	uint64_t key[2];
	if (event_has(e, F_SOURCE_IP) || !event_has(e, F_PID) || !event_has(e, F_SESSION))
		return;
	const struct servant *s =
	    table_get(&f->servants, servant_key(f, e, e->v[F_PID].number, key));
	if (!s || s->session != hash_of(event_get(e, F_SESSION)) || address_eq(&s->ip, &none))
		return;
	event_address(e, F_SOURCE_IP, s->ip);
	if (!event_has(e, F_START))
		event_number(e, F_START, s->us);
}

bool servant_ended(struct facts *f, const struct event *e)
{
	uint64_t key[2], session = hash_of(event_get(e, F_SESSION));
	if (!f->servants.len || !event_has(e, F_PID))
		return false;
	struct servant *s = table_get(&f->servants, servant_key(f, e, e->v[F_PID].number, key));
	bool its_own = s && s->session == session;
	if (its_own) {
		table_hint(&f->habits, s->habit - 1);
		if (s->account) /* it is asked for next */
			f->account = table_at(&f->accounts, s->account - 1);
		drop_servant(f, s);
		law_kept(f, LAW_END, e);
	} else if (f->suspect_count) {
		law_acquit(f, LAW_END, session);
	}
	return its_own;
}

/* "service(imap): child 4242 killed with signal 11": it will tell no end. */
void servant_crashed(struct facts *f, const struct event *e)
{
	uint64_t key[2];
	int64_t pid = 0;
	slice why = event_get(e, F_REASON);
	size_t at = slice_search(why, SLICE(": child "));
	if (at == SIZE_MAX || !f->servants.len)
		return;
	for (size_t i = at + 8;
	     i < why.len && why.at[i] >= '0' && why.at[i] <= '9' && pid < INT32_MAX; i++)
		pid = pid * 10 + (why.at[i] - '0');
	struct servant *s = table_get(&f->servants, servant_key(f, e, pid, key));
	if (s) {
		keep_by_id(f, s);
		drop_servant(f, s);
	}
}

void servants_image(struct facts *f, struct image *im)
{
	for (struct servant *s = NULL; (s = table_next(&f->servants, s));) {
		size_t len = (size_t)s->account_len + s->session_len;
		if (len <= SERVED_HERE)
			continue;
		if (!im->writes)
			s->names.away = must_alloc(len);
		image_bytes(im, s->names.away, len);
	}
}
