/*
 * serving.c - whose session ends, where the line of its end does not say.
 *
 * Cyrus names account and address when somebody signs in, and from then on the session or the
 * process alone: "auditlog: traffic sessionid=<S>", "counts: retr=<19>", "USAGE ana user: ..".  A
 * process serves one client at a time: what it writes belongs to who signed in there last.
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
