/*
 * serving.c - whose session it is, where a line does not say.
 *
 * Cyrus names account and address when somebody signs in, and from then on the session or the
 * process alone: "auditlog: traffic sessionid=<S>", "counts: retr=<19>", "USAGE ana user: ..".  A
 * process serves one client at a time: what it writes belongs to who signed in there last.
 *
 * OpenSMTPD names the address when somebody connects, the account when he signs in, and of a
 * message nothing but its id: the session ties them.  sendmail names both when he signs in, and of
 * a message the address: the process ties them, one for each connection.
 */
#include "known.h"

#include <stdio.h>

enum { KEY_MOST = 160 };

static slice process_key(const struct event *e, char room[KEY_MOST])
{
	slice host = slice_first(event_get(e, F_HOST), 64),
	      name = slice_first(event_get(e, F_PROCESS), 64);
	if (!event_has(e, F_PID))
		return (slice){0};
	int n = snprintf(room, KEY_MOST, "%.*s %.*s %lld", (int)host.len, host.len ? host.at : "",
			 (int)name.len, name.len ? name.at : "", (long long)e->v[F_PID].number);
	return (slice){room, (size_t)n};
}

static void remember(struct facts *f, slice key, const struct event *e)
{
	struct served *s = key.len ? table_put(&f->served, key, NULL) : NULL;
	if (!s)
		return;
	name_keep(&s->account, event_get(e, F_USER));
	name_keep(&s->session, event_get(e, F_SESSION));
	s->ip = e->v[F_SOURCE_IP].address;
	s->us = event_get_number(e, F_TIME, 0);
}

void serving_began(struct facts *f, const struct event *e)
{
	char room[KEY_MOST];
	if (!slice_eq(event_get(e, F_MODULE), SLICE("cyrus")))
		return;
	remember(f, process_key(e, room), e);
	remember(f, event_get(e, F_SESSION), e);
}

void serving_ended(struct facts *f, struct event *e)
{
	char room[KEY_MOST];
	if (event_has(e, F_SOURCE_IP) || !slice_eq(event_get(e, F_MODULE), SLICE("cyrus")))
		return;
	slice key = event_has(e, F_SESSION) ? event_get(e, F_SESSION) : process_key(e, room);
	const struct served *s = key.len ? table_get(&f->served, key) : NULL;
	if (!s || !s->account.len ||
	    (event_has(e, F_USER) && !slice_eq(event_get(e, F_USER), name_of(&s->account))))
		return;
	event_text(e, F_USER, name_of(&s->account));
	event_address(e, F_SOURCE_IP, s->ip);
	if (s->session.len)
		event_text(e, F_SESSION, name_of(&s->session));
}

/* --- mail that is handed in --- */

/* Nobody hands in mail for longer; a process's number comes again. */
#define SUBMISSION_US CLOCK_HOUR

static void complete(const struct served *s, struct event *e)
{
	if (!event_has(e, F_SOURCE_IP))
		event_address(e, F_SOURCE_IP, s->ip);
	if (e->action != ACT_SMTP_QUEUE || !s->account.len || event_has(e, F_USER) ||
	    !address_eq(&s->ip, &e->v[F_SOURCE_IP].address))
		return;
	event_text(e, F_USER, name_of(&s->account));
	event_act(e, ACT_SMTP_CLIENT, OUT_SUCCESS);
}

void facts_submission(struct facts *f, struct event *e)
{
	char room[KEY_MOST];
	bool begins =
	    e->action == ACT_CONNECT || (e->action == ACT_SMTP_CLIENT && event_has(e, F_USER));
	if (!begins && e->action != ACT_LOGIN && e->action != ACT_AUTH_CHECK &&
	    e->action != ACT_SMTP_QUEUE && e->action != ACT_SMTP_REJECT)
		return;
	bool by_session = slice_eq(event_get(e, F_MODULE), SLICE("opensmtpd"));
	if (!by_session && !slice_eq(event_get(e, F_MODULE), SLICE("sendmail")))
		return;
	slice key = by_session ? event_get(e, F_SESSION) : process_key(e, room);
	if (begins && event_has(e, F_SOURCE_IP)) {
		remember(f, key, e);
		return;
	}
	struct served *s = key.len ? table_get(&f->served, key) : NULL;
	int64_t now = event_get_number(e, F_TIME, 0);
	if (!s || now < s->us || now - s->us > SUBMISSION_US)
		return;
	if (e->action == ACT_LOGIN && e->outcome == OUT_SUCCESS && event_has(e, F_USER))
		name_keep(&s->account, event_get(e, F_USER));
	complete(s, e);
}
