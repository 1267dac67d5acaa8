/* judge.c - facts and rules over events: what a scan and a watch do to each. */
#include "facts/facts.h"
#include "sigma/sigma.h"
#include "street/street.h"

#include <stdlib.h>

/* Records handed in twice, as when syslog and mail.log, or mail.log and the journal, are given. */
enum { RECENT = 1 << 13, SEED = 0x5eed };
#define APART_US                                                                                   \
	(3 * CLOCK_SECOND / 2) /* one logger writes whole seconds, the other all of them           \
				*/

struct recent {
	uint64_t hash;
	int64_t time_us, pid;
	uint32_t input;
};

/* Where an event came from that a rule matched, by its place: correlations keep no more of it. */
enum { ORIGINS = 1 << 12 };
struct origin_row {
	struct place at;
	bool has_source;
	struct address source;
};

struct judge {
	struct facts *facts;
	struct sigma *sigma;
	bool knows;                  /* networks and databases could be read */
	uint64_t asked[FIELD_WORDS]; /* fields that rules ask for */
	struct recent recent[RECENT];
	uint8_t
	    traces[RECENT]; /* a byte of each hash: the rows seldom lie in the cache, these do */
	struct origin_row origins[ORIGINS];
	judge_hit *on_hit;
	judge_saw *on_event;
	void *ctx;
};

static const char *const levels[] = {"informational", "low", "medium", "high", "critical"};

static struct origin_row *origin_at(struct judge *j, const struct place *p)
{
	return &j->origins[hash_quick((slice){(const char *)p, sizeof *p}, SEED) % ORIGINS];
}

static void keep_origin(struct judge *j, const struct hit *h, const struct event *e)
{
	*origin_at(j, &e->place) = (struct origin_row){e->place, h->has_source, h->source};
}

/*
 * Which event comes last is the reader's doing where logs of two daemons come at once, and one of
 * them may say no address: a correlation has that of its events, if they have but one.
 */
static void source_of_all(struct judge *j, const struct sigma_hit *s, struct hit *h)
{
	struct hit all = {.has_source = h->has_source, .source = h->source};
	for (size_t i = 0; i < s->token_count; i++) {
		struct place p;
		memcpy(&p, s->tokens[i].word, sizeof p);
		const struct origin_row *o = origin_at(j, &p);
		if (memcmp(&o->at, &p, sizeof p) != 0 || !o->has_source)
			continue;
		if (all.has_source && !address_eq(&all.source, &o->source))
			return;
		all.has_source = true;
		all.source = o->source;
	}
	h->has_source = all.has_source;
	h->source = all.source;
}

/* A correlation names its account and source by its groups; a plain rule by its event. */
static void name_hit(struct hit *h, const struct sigma_hit *s, const struct event *e,
		     char room[ACCOUNT_MOST])
{
	const struct address *ip = event_get_address(e, F_SOURCE_IP);
	h->account = event_get(e, F_ACCOUNT);
	h->has_source = ip && !event_has(e, F_VIA) && !address_is_loopback(ip);
	if (ip)
		h->source = *ip;
	bool by_source = false, by_account = false;
	for (size_t i = 0; i < s->group_count; i++) {
		by_source |= strcmp(s->group_fields[i], "source.ip") == 0;
		by_account |= strcmp(s->group_fields[i], "tocsin.account") == 0;
	}
	if (s->rule->correlation && by_source && !by_account)
		h->account = (slice){0};
	h->account = facts_account_key(h->account, room);
}

/* A tenant's directory says who, but seldom from where: his sign-in does, and may match no rule. */
static void keep_sign_in(struct judge *j, const struct event *e)
{
	const struct address *ip = event_get_address(e, F_SOURCE_IP);
	if (e->action != ACT_LOGIN || !event_has(e, F_OPERATION) || !ip)
		return;
	struct hit h = {.has_source = !address_is_loopback(ip), .source = *ip};
	keep_origin(j, &h, e);
}

static enum hit_network network_of(slice state)
{
	if (slice_eq(state, SLICE("known")))
		return NETWORK_KNOWN;
	if (slice_eq(state, SLICE("new")))
		return NETWORK_NEW;
	bool unused = slice_eq(state, SLICE("early")) || slice_eq(state, SLICE("first"));
	return unused ? NETWORK_UNUSED : NETWORK_UNTOLD;
}

/* Whoever was refused did not use it: strangers who guess at a stolen account are not its thief.
 * Of a suspected account a new network is what rules ask for: that it is proves no more. */
static enum hit_network network_used(const struct event *e)
{
	bool untold =
	    e->outcome == OUT_FAILURE || (event_has(e, F_NAMED) && !event_has(e, F_NET_HOSTILE));
	return untold ? NETWORK_UNTOLD : network_of(event_get(e, F_NET_STATE));
}

static void matched(void *ctx, const struct sigma_hit *s)
{
	struct judge *j = ctx;
	struct event none;
	const struct event *e = s->event ? s->event : &none; /* decided by time alone: no event */
	char room[ACCOUNT_MOST];
	event_make(&none);
	struct hit h = {
	    .rule = s->rule->number,
	    .rule_id = s->rule->id ? s->rule->id : "",
	    .title = s->rule->title ? s->rule->title : "",
	    .description = s->rule->description ? s->rule->description : "",
	    .level_name = levels[s->rule->level],
	    .level = (int)s->rule->level,
	    .method = s->rule->custom_method,
	    .tags = s->rule->tags,
	    .network = network_used(e),
	    .first_us = s->first,
	    .time_us = s->time,
	    .count = s->count ? s->count : 1,
	    .agent = event_get(e, F_USER_AGENT),
	    .login = e->action == ACT_FILE_OPEN ? event_get(e, F_USER_ID) : (slice){0},
	    .host = e->action == ACT_FILE_OPEN ? event_get(e, F_HOST) : (slice){0},
	};
	name_hit(&h, s, e, room);
	if (s->rule->correlation)
		source_of_all(j, s, &h);
	else if (s->event)
		keep_origin(j, &h, e);
	if (e->action == ACT_COMMAND) { /* a login of the host, no mail account */
		h.login = h.account;
		h.account = (slice){0};
	}
	for (size_t i = 0; i < s->token_count && h.place_count < HIT_PLACES; i++)
		memcpy(&h.places[h.place_count++], s->tokens[i].word, sizeof(struct place));
	j->on_hit(j->ctx, &h, e);
}

_Static_assert(sizeof(struct place) == sizeof(struct sigma_token), "a token holds a place");

static void feed(void *ctx, const struct event *e)
{
	struct judge *j = ctx;
	struct sigma_token token;
	memcpy(token.word, &e->place, sizeof token.word);
	keep_sign_in(j, e);
	sigma_feed(j->sigma, e, event_get_number(e, F_TIME, 0), &token, matched, j);
	if (j->on_event)
		j->on_event(j->ctx, e);
}

/* Of what the daemon said, and which host's it was. */
static uint64_t hash_words(const struct event *e)
{
	slice words = e->body.len ? e->body : e->raw, host = event_get(e, F_HOST);
	return hash_quick(words, hash_quick(slice_until(&host, '.'), SEED));
}

/* A guess of many in one second, where the daemon writes nothing that tells them apart. */
static bool is_nameless_failure(const struct event *e)
{
	return e->action == ACT_LOGIN && e->outcome == OUT_FAILURE && !event_has(e, F_PID) &&
	       !event_has(e, F_SESSION) && !event_has(e, F_SOURCE_PORT);
}

/* Access lines have no ids and may rightly be equal. */
static bool may_be_copy(const struct event *e)
{
	return e->action != ACT_HTTP && e->action != ACT_FILE_OPEN && event_has(e, F_TIME);
}

/*
 * A copy within one input bears the same words, process and time to the letter: queue and session
 * ids make it the same record.  Another logger's copy has another envelope: its time may be cut to
 * seconds and the process missing.
 */
bool judge_is_copy(struct judge *j, const struct event *e)
{
	if (!may_be_copy(e))
		return false;
	const struct recent now = {hash_words(e), e->v[F_TIME].number,
				   event_get_number(e, F_PID, -1), e->place.input};
	struct recent *r = &j->recent[now.hash % RECENT];
	uint8_t *trace = &j->traces[now.hash % RECENT], of_now = (uint8_t)(now.hash >> 56);
	if (*trace != of_now) {
		*trace = of_now;
		*r = now;
		return false;
	}
	bool here = r->input == now.input;
	bool same =
	    r->hash == now.hash && (here ? r->pid == now.pid && r->time_us == now.time_us
					 : (r->pid == now.pid || r->pid < 0 || now.pid < 0) &&
					       llabs(r->time_us - now.time_us) <= APART_US);
	if (here && is_nameless_failure(e))
		same = false;
	if (!same || here) /* the first one stays, for a third copy to be seen */
		*r = now;
	return same;
}

static bool suspect(struct judge *j, const char *what, const struct scan_notes *notes)
{
	if (facts_suspect(j->facts, slice_of(what)))
		return true;
	notes->file(NULL, what, 0, "this is no address, no network, no account",
		    "--suspect 203.0.113.147, 203.0.113.0/24, 2001:db8::/48 or anna@example.org");
	return false;
}

struct judge *judge_open(const struct scan_options *o, const struct scan_notes *notes, bool *fine)
{
	struct judge *j = must_alloc(sizeof *j);
	j->facts = facts_new();
	facts_zone(j->facts, o->zone);
	j->knows = !o->networks || facts_networks(j->facts, o->networks, notes->line, NULL);
	for (size_t i = 0; i < o->geo_count; i++)
		j->knows &= facts_geo(j->facts, o->geo[i], notes->line, NULL);
	for (size_t i = 0; i < o->suspect_count; i++)
		j->knows &= suspect(j, o->suspects[i], notes);
	*fine &= j->knows;
	if (o->state)
		*fine &= facts_state(j->facts, o->state, notes->line, NULL);
	j->sigma = scan_rules(o->rules, o->rule_count, j->asked);
	facts_wants(j->facts, j->asked);
	if (sigma_count(j->sigma) == 0)
		notes->file(
		    NULL, o->rule_count ? o->rules[0] : "rules", 0, "there is no rule in it",
		    o->rule_count ? "give Sigma rules, or leave out --rules for tocsin's own"
				  : "tocsin's own come with it: make install, or --rules PATH");
	*fine &= sigma_refused(j->sigma) == 0 && sigma_count(j->sigma) > 0;
	return j;
}

void judge_tell(struct judge *j, judge_hit *on_hit, judge_saw *on_event, void *ctx)
{
	j->on_hit = on_hit;
	j->on_event = on_event;
	j->ctx = ctx;
}

void judge_add(struct judge *j, struct event *e)
{
	if (judge_is_copy(j, e)) {
		facts_copied(j->facts, e);
		return;
	}
	facts_add(j->facts, e, feed, j);
	feed(j, e);
}

void judge_time(struct judge *j, int64_t now_us)
{
	sigma_time(j->sigma, now_us, matched, j);
}

void judge_rest(struct judge *j)
{
	judge_time(j, INT64_MAX);
	sigma_rest(j->sigma);
}

void judge_forget_copies(struct judge *j)
{
	memset(j->recent, 0, sizeof j->recent);
}

void judge_image(struct judge *j, struct image *im)
{
	facts_image(j->facts, im);
	if (!im->bad)
		sigma_image(j->sigma, im);
	image_bytes(im, j->recent, sizeof j->recent);
	image_bytes(im, j->traces, sizeof j->traces);
	image_bytes(im, j->origins, sizeof j->origins);
}

struct facts *judge_facts(struct judge *j)
{
	return j->facts;
}

bool judge_knows(const struct judge *j)
{
	return j->knows;
}

struct sigma *judge_rules(struct judge *j)
{
	return j->sigma;
}

void judge_close(struct judge **j)
{
	if (!*j)
		return;
	sigma_free(&(*j)->sigma);
	facts_free(&(*j)->facts);
	free(*j);
	*j = NULL;
}
