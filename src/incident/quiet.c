/*
 * quiet.c - the pauses of each host's mail log.
 *
 * A piece cut out of a busy log is told (street/lull.c); where a log pauses for ten minutes of its
 * own accord, a piece that was cut out looks the same.  So "since when" is proven only if the log
 * had no such pause in the day before.
 */
#include "inquiry.h"

enum { PAUSES_MOST = 65536, HOSTS_MOST = 1024 }; /* a year and more of nothing else */
#define PAUSE_US (10 * CLOCK_MINUTE)

struct pause {
	int64_t from_us, to_us;
};

struct quiet {
	int64_t last_us;
	LIST(struct pause) pauses; /* by time */
	bool more;
};

/* Who lets people in and moves mail; a web server, sshd and the audit have logs of their own. */
static bool is_mail(const struct event *e)
{
	static const slice others[] = {SLICE_INIT("http"), SLICE_INIT("ssh")};
	if (e->action != ACT_LOGIN)
		return e->action != ACT_HTTP && e->action != ACT_FILE_OPEN &&
		       !event_has(e, F_OPERATION);
	return !slice_eq(event_get(e, F_PROTOCOL), others[0]) &&
	       !slice_eq(event_get(e, F_PROTOCOL), others[1]);
}

static slice host_key(slice host)
{
	return host.len ? slice_first(host, ACCOUNT_MOST) : SLICE("-");
}

static void add_pause(struct quiet *h, int64_t now)
{
	if (now - h->last_us >= PAUSE_US) {
		h->more = h->pauses.len == PAUSES_MOST;
		if (!h->more)
			*list_add(&h->pauses) = (struct pause){h->last_us, now};
	}
	h->last_us = now > h->last_us ? now : h->last_us;
}

/* Most records are of the host of the one before. */
static struct quiet *quiet_of(struct inquiry *q, slice host, int64_t now)
{
	bool fresh;
	if (q->quiet_host && slice_eq(table_key(q->quiet_host), host))
		return q->quiet_host;
	if (q->quiet.len >= HOSTS_MOST && !table_get(&q->quiet, host))
		return NULL; /* names that somebody makes up */
	q->quiet_host = table_put(&q->quiet, host, &fresh);
	if (fresh)
		q->quiet_host->last_us = now;
	return q->quiet_host;
}

void saw_pause(struct inquiry *q, const struct event *e)
{
	if (!event_has(e, F_TIME) || !is_mail(e))
		return;
	int64_t now = e->v[F_TIME].number;
	struct quiet *h = quiet_of(q, host_key(event_get(e, F_HOST)), now);
	if (h)
		add_pause(h, now);
}

/* What lies of it between the two, if it is a pause yet; 0: nothing. */
static int64_t within(const struct pause *p, int64_t from_us, int64_t to_us)
{
	int64_t from = p->from_us > from_us ? p->from_us : from_us;
	int64_t to = p->to_us < to_us ? p->to_us : to_us;
	return to - from >= PAUSE_US ? to - from : 0;
}

static int64_t pause_of(const struct quiet *h, int64_t from_us, int64_t to_us, int64_t *at_us)
{
	int64_t longest = 0;
	for (size_t i = 0; i < h->pauses.len; i++) {
		int64_t length = within(&h->pauses.at[i], from_us, to_us);
		if (length <= longest)
			continue;
		longest = length;
		*at_us = h->pauses.at[i].from_us;
	}
	if (h->more && !longest) { /* the rest was not kept */
		*at_us = h->pauses.at[h->pauses.len - 1].from_us;
		longest = PAUSE_US;
	}
	return longest;
}

/* A log that is no mail log, as a webmail's: an earlier visit may stand in any mail log. */
static int64_t pause_of_any(struct inquiry *q, int64_t from_us, int64_t to_us, int64_t *at_us)
{
	int64_t longest = 0, at = CLOCK_NONE;
	for (struct quiet *h = NULL; (h = table_next(&q->quiet, h));) {
		int64_t length = pause_of(h, from_us, to_us, &at);
		if (length <= longest)
			continue;
		longest = length;
		*at_us = at;
	}
	return longest;
}

int64_t longest_pause(struct inquiry *q, slice host, int64_t from_us, int64_t to_us, int64_t *at_us)
{
	const struct quiet *h = table_get(&q->quiet, host_key(host));
	if (!h && q->quiet.len >= HOSTS_MOST) { /* this host was not kept */
		*at_us = from_us;
		return to_us - from_us;
	}
	return h ? pause_of(h, from_us, to_us, at_us) : pause_of_any(q, from_us, to_us, at_us);
}

void quiet_free(struct inquiry *q)
{
	for (struct quiet *h = NULL; (h = table_next(&q->quiet, h));)
		list_free(&h->pauses);
	table_free(&q->quiet);
}

void quiet_init(struct inquiry *q)
{
	table_init(&q->quiet, sizeof(struct quiet), 0);
}
