/*
 * clocks.c - how far the clocks of hosts are apart.
 *
 * A mail that one host hands to another is logged by both: the sender has the receiver's answer,
 * "250 2.0.0 Ok: queued as X" (Postfix) or "250 OK id=X" (Exim), the receiver queues X within the
 * same second.  What lies between the two times, again and again, is what lies between the clocks.
 * The clock of a webmail's host is measured by its sign-ins (visits.h).  Its own files name no
 * host: they are the webmail's, and so are access logs that name none, unless there are several.
 *
 * Law: clocks are mended only if HANDED_LEAST mails agree within a second or two; a clock that was
 *      set meanwhile does not agree with itself, and is told but left alone.
 */
#include "clocks.h"
#include "visits.h"

#include <inttypes.h>
#include <stdlib.h>

enum { HOSTS_MOST = 16, HANDED_MOST = 1 << 15, SAMPLES = 256, HANDED_LEAST = 3 };
#define FAR_US    (3 * CLOCK_SECOND / 2) /* below that it is the grain of clocks in seconds */
#define SPREAD_US (3 * CLOCK_SECOND)
#define MOST_US   (36 * CLOCK_HOUR) /* farther apart is another mail of the same name */

struct handed {
	int64_t time_us;
	uint8_t host; /* + 1 */
	bool queued;  /* it is the receiver's record */
};

/* What host `to` is ahead of host `from`, from mail to mail. */
struct pair {
	size_t seen, kept;
	bool visits; /* by sign-ins to webmail, not by mails */
	int64_t ahead_us[SAMPLES], middle_us, spread_us;
};

struct clocks {
	struct table mails;
	struct arena arena;
	slice hosts[HOSTS_MOST];
	size_t host_count;
	struct pair pairs[HOSTS_MOST][HOSTS_MOST];
	int64_t shift_us[HOSTS_MOST];
	bool known[HOSTS_MOST], is_web[HOSTS_MOST], settled;
	size_t web; /* the one host whose webmail stated sign-ins; HOSTS_MOST: none, or several */
	struct visits *visits;
	size_t reference;
};

struct clocks *clocks_new(void)
{
	struct clocks *c = must_alloc(sizeof *c);
	table_init(&c->mails, sizeof(struct handed), HANDED_MOST);
	c->visits = visits_new();
	c->web = HOSTS_MOST;
	return c;
}

void clocks_free(struct clocks **c)
{
	if (!*c)
		return;
	table_free(&(*c)->mails);
	visits_free(&(*c)->visits);
	arena_free(&(*c)->arena);
	free(*c);
	*c = NULL;
}

/* --- what is seen --- */

static size_t find_host(const struct clocks *c, slice name)
{
	size_t i = 0;
	while (i < c->host_count && !slice_eq(c->hosts[i], name))
		i++;
	return i;
}

static size_t number_of(struct clocks *c, slice name)
{
	size_t i = find_host(c, name);
	if (i == c->host_count && i < HOSTS_MOST)
		c->hosts[c->host_count++] = arena_copy(&c->arena, name);
	return i;
}

/* The receiver's name of the mail, in its answer. */
static slice queued_as(slice answer)
{
	static const slice words[] = {SLICE_INIT("queued as "), SLICE_INIT("OK id=")};
	for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
		size_t at = slice_search_last(answer, words[i]);
		if (at == SIZE_MAX)
			continue;
		slice id = slice_from(answer, at + words[i].len), rest = id;
		id = slice_until(&rest, ' ');
		while (id.len && memchr(")\"',;", id.at[id.len - 1], 5))
			id.len--;
		return id;
	}
	return (slice){"", 0};
}

static void add_sample(struct pair *p, int64_t ahead_us)
{
	if (llabs(ahead_us) <= MOST_US)
		p->ahead_us[p->seen++ % SAMPLES] = ahead_us;
	p->kept = p->seen < SAMPLES ? p->seen : SAMPLES;
}

static void met(struct clocks *c, slice id, const struct handed *now)
{
	bool fresh;
	struct handed *first = table_put(&c->mails, id, &fresh);
	if (fresh) {
		*first = *now;
		return;
	}
	if (first->queued == now->queued || first->host == now->host)
		return;
	const struct handed *sent = now->queued ? first : now, *queued = now->queued ? now : first;
	add_sample(&c->pairs[sent->host - 1][queued->host - 1], queued->time_us - sent->time_us);
}

/* Who wrote a record that names no host. */
static slice unnamed(const struct event *e)
{
	return visit_is_stated(e) ? SLICE("the webmail") : SLICE("the mailbox server");
}

static void saw_visit(struct clocks *c, const struct event *e)
{
	slice host = event_get(e, F_HOST);
	size_t number = number_of(c, host.len ? host : unnamed(e));
	if (number == HOSTS_MOST)
		return;
	c->is_web[number] |= visit_is_stated(e);
	visits_saw(c->visits, e, number);
}

void clocks_saw(struct clocks *c, const struct event *e)
{
	bool queued = e->action == ACT_SMTP_QUEUE, sent = e->action == ACT_SMTP_DELIVER;
	slice host = event_get(e, F_HOST);
	if (e->action == ACT_LOGIN && (visit_is_stated(e) || visit_is_served(e)))
		saw_visit(c, e);
	if ((!queued && !sent) || !host.len || !event_has(e, F_TIME))
		return;
	slice id = queued ? event_get(e, F_QUEUE_ID) : queued_as(event_get(e, F_REASON));
	size_t number = id.len > 5 ? number_of(c, host) : HOSTS_MOST;
	if (number == HOSTS_MOST)
		return;
	const struct handed now = {e->v[F_TIME].number, (uint8_t)(number + 1), queued};
	met(c, id, &now);
}

/* --- what it comes to --- */

static int by_size(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
	return (x > y) - (x < y);
}

static void measure(struct pair *p)
{
	if (p->kept == 0)
		return;
	qsort(p->ahead_us, p->kept, sizeof *p->ahead_us, by_size);
	p->middle_us = p->ahead_us[p->kept / 2];
	p->spread_us = p->ahead_us[p->kept * 3 / 4] - p->ahead_us[p->kept / 4];
}

static bool is_sure(const struct pair *p)
{
	return p->kept >= HANDED_LEAST && p->spread_us <= SPREAD_US;
}

/* Mails that two hosts handed to each other, either way, with the sign of the first one. */
static bool between(const struct clocks *c, size_t from, size_t to, int64_t *ahead_us)
{
	const struct pair *there = &c->pairs[from][to], *back = &c->pairs[to][from];
	const struct pair *best = there->kept >= back->kept ? there : back;
	*ahead_us = best == there ? best->middle_us : -best->middle_us;
	return is_sure(best);
}

/* Of clocks that are as good: a host's own before a web server's, then by name. */
static bool rather(const struct clocks *c, size_t i, size_t than)
{
	if (c->is_web[i] != c->is_web[than])
		return c->is_web[than];
	return slice_compare(c->hosts[i], c->hosts[than]) < 0;
}

/* The clock that the others are measured by: of the host with most hand-overs. */
static size_t choose(const struct clocks *c)
{
	size_t best = 0, most = 0;
	for (size_t i = 0; i < c->host_count; i++) {
		size_t n = 0;
		for (size_t k = 0; k < c->host_count; k++)
			n += c->pairs[i][k].kept + c->pairs[k][i].kept;
		if (n > most || (n && n == most && rather(c, i, best))) {
			most = n;
			best = i;
		}
	}
	return best;
}

static void spread_from_reference(struct clocks *c)
{
	c->known[c->reference] = true;
	for (size_t round = 0; round < c->host_count; round++)
		for (size_t i = 0; i < c->host_count; i++)
			for (size_t k = 0; k < c->host_count; k++) {
				int64_t ahead;
				if (!c->known[i] || c->known[k] || !between(c, i, k, &ahead))
					continue;
				c->known[k] = true;
				c->shift_us[k] = c->shift_us[i] - ahead;
			}
}

/* A pair of hosts between which mails tell nothing. */
static void measure_web(struct clocks *c, size_t mail, size_t web)
{
	int64_t ahead;
	size_t agree;
	struct pair *p = &c->pairs[mail][web];
	if (p->kept || c->pairs[web][mail].kept ||
	    !visits_ahead(c->visits, web, mail, &ahead, &agree))
		return;
	p->visits = true;
	p->kept = p->seen = agree;
	p->middle_us = ahead;
}

static void measure_webs(struct clocks *c)
{
	size_t webs = 0;
	for (size_t web = 0; web < c->host_count; web++) {
		if (!c->is_web[web])
			continue;
		c->web = webs++ ? HOSTS_MOST : web;
		for (size_t mail = 0; mail < c->host_count; mail++)
			if (mail != web)
				measure_web(c, mail, web);
	}
}

bool clocks_settle(struct clocks *c)
{
	bool far = false;
	if (c->settled)
		return false;
	c->settled = true;
	for (size_t i = 0; i < c->host_count; i++)
		for (size_t k = 0; k < c->host_count; k++)
			measure(&c->pairs[i][k]);
	measure_webs(c);
	c->reference = choose(c);
	if (c->host_count > 1)
		spread_from_reference(c);
	for (size_t i = 0; i < c->host_count; i++) {
		if (llabs(c->shift_us[i]) <= FAR_US)
			c->shift_us[i] = 0;
		far |= c->shift_us[i] != 0;
	}
	return far;
}

/* Access logs of web servers name no host: theirs is the webmail's. */
static size_t host_of_event(const struct clocks *c, const struct event *e)
{
	slice host = event_get(e, F_HOST);
	if (host.len)
		return find_host(c, host);
	bool web = e->action == ACT_HTTP || slice_eq(event_get(e, F_MODULE), SLICE("roundcube"));
	return web ? c->web : c->host_count;
}

int64_t clocks_shift(const struct clocks *c, const struct event *e)
{
	size_t i = c->settled ? host_of_event(c, e) : c->host_count;
	return i < c->host_count ? c->shift_us[i] : 0;
}

int64_t clocks_least_shift(const struct clocks *c)
{
	int64_t least = 0;
	for (size_t i = 0; c->settled && i < c->host_count; i++)
		if (c->shift_us[i] < least)
			least = c->shift_us[i];
	return least;
}

static void add_row(const struct clocks *c, size_t host, slice hides, struct report *r)
{
	*list_add(&r->gaps) = (struct gap){
	    .source = arena_format(&r->arena, "the clock of %.*s", (int)c->hosts[host].len,
				   c->hosts[host].at),
	    .from_us = CLOCK_NONE,
	    .to_us = CLOCK_NONE,
	    .kind = SLICE("missing"),
	    .state = SLICE("clock"),
	    .hides = hides,
	    .remedy = SLICE("let all hosts keep their time by NTP"),
	};
}

static bool is_by_visits(const struct clocks *c, size_t host)
{
	for (size_t i = 0; i < c->host_count; i++)
		if (c->pairs[i][host].visits)
			return true;
	return false;
}

static size_t mails_between(const struct clocks *c, size_t host)
{
	size_t n = 0;
	for (size_t i = 0; i < c->host_count; i++)
		n += c->pairs[i][host].kept + c->pairs[host][i].kept;
	return n;
}

/* It does not agree with itself: it was set, or runs fast. */
static bool wavers(const struct clocks *c, size_t host)
{
	for (size_t i = 0; i < c->host_count; i++) {
		const struct pair *p = &c->pairs[i][host];
		if (p->kept >= HANDED_LEAST && !is_sure(p))
			return true;
	}
	return false;
}

void clocks_tell(const struct clocks *c, struct report *r)
{
	for (size_t i = 0; c->settled && i < c->host_count; i++) {
		slice to = c->hosts[c->reference];
		int64_t ahead = -c->shift_us[i];
		if (ahead)
			add_row(c, i,
				arena_format(
				    &r->arena,
				    "the true time of its records: it is %.1f s %s that of "
				    "%.*s (likely, by %zu %s); its "
				    "times are given as if it went right",
				    (double)llabs(ahead) / 1e6, ahead > 0 ? "ahead of" : "behind",
				    (int)to.len, to.at, mails_between(c, i),
				    is_by_visits(c, i) ? "sign-ins to webmail"
						       : "mails that were handed over"),
				r);
		else if (wavers(c, i))
			add_row(
			    c, i,
			    SLICE("the true time of its records: mails handed over show that it "
				  "was set, or runs fast or slow; its times stand as they were "
				  "written (possible)"),
			    r);
	}
}
