/*
 * rules.c - the administrator's words on who may sign in.
 *
 *	posture: normal               # heightened: only from networks, and essential accounts
 *	                              # lockdown: only essential accounts, from networks,
 *	                              # by protocols
 *	listen: 127.0.0.1:4001
 *	networks: [192.0.2.0/24]
 *	essential: [garde@example.org]
 *	protocols: [imap, submission]
 *	denied: [ana@example.org]
 *	failures: 10                  # of one address in `within` seconds, then it waits
 *	within: 600
 *	delay: 2
 *	accounts-a-password: 5        # on which one password may fail within that time
 *	reopened:                     # once an isolation was taken back
 *	  days: 30  percent: 50       # so much of every bound for so long
 *	  state: /var/lib/tocsin      # where its journal lies
 *	outbound:                     # what Postfix asks of who signed in
 *	  listen: 127.0.0.1:4002
 *	  within: 3600
 *	  messages: 200  recipients: 1000  new-recipients: 100  megabytes: 1000
 *	  answer: hold                # or defer
 *	  learn: 7                    # days in which an account's recipients are learnt
 *	  remember: /var/lib/tocsin/recipients
 */
#include "access/access.h"
#include "settings/settings.h"

#include <stdio.h>

enum { NUMBER_MOST = 1000000 };

struct reading_access {
	struct access_rules *r;
	struct settings *s;
};

static bool read_posture(struct reading_access *x, struct fy_node *n)
{
	for (int i = POSTURE_NORMAL; i <= POSTURE_LOCKDOWN; i++)
		if (slice_eq(settings_text(n), slice_of(posture_names[i]))) {
			x->r->posture = (enum posture)i;
			return true;
		}
	return settings_wrong(x->s, n, "a posture is normal, heightened or lockdown");
}

static bool read_listen(struct reading_access *x, struct fy_node *n)
{
	if (!settings_text(n).len)
		return settings_wrong(x->s, n, "an address and a port are wanted here");
	x->r->listen = arena_copy(&x->r->arena, settings_text(n));
	return true;
}

static bool read_networks(struct reading_access *x, struct fy_node *n)
{
	struct access_rules *r = x->r;
	slice *names;
	if (!settings_list(x->s, n, &r->arena, ACCESS_NETWORKS_MOST, &names, &r->networks.len))
		return false;
	r->networks.at = arena_take(&r->arena, r->networks.len * sizeof *r->networks.at);
	for (size_t i = 0; i < r->networks.len; i++)
		if (!cidr_parse(names[i], &r->networks.at[i]))
			return settings_wrong(x->s, n, "%.60s is no network (192.0.2.0/24)",
					      names[i].at);
	return true;
}

static bool read_essential(struct reading_access *x, struct fy_node *n)
{
	return settings_list(x->s, n, &x->r->arena, ACCESS_NAMES_MOST, &x->r->essential.at,
			     &x->r->essential.len);
}

static bool read_denied(struct reading_access *x, struct fy_node *n)
{
	return settings_list(x->s, n, &x->r->arena, ACCESS_NAMES_MOST, &x->r->denied.at,
			     &x->r->denied.len);
}

static bool read_protocols(struct reading_access *x, struct fy_node *n)
{
	return settings_list(x->s, n, &x->r->arena, ACCESS_PROTOCOLS_MOST, &x->r->protocols.at,
			     &x->r->protocols.len);
}

static bool read_failures(struct reading_access *x, struct fy_node *n)
{
	return settings_number(x->s, n, NUMBER_MOST, &x->r->failures_most);
}

static bool read_within(struct reading_access *x, struct fy_node *n)
{
	return settings_number(x->s, n, NUMBER_MOST, &x->r->failures_s);
}

static bool read_delay(struct reading_access *x, struct fy_node *n)
{
	return settings_number(x->s, n, NUMBER_MOST, &x->r->delay_s);
}

static bool read_accounts(struct reading_access *x, struct fy_node *n)
{
	return settings_number(x->s, n, ACCESS_ACCOUNTS_MOST, &x->r->accounts_most);
}

/* --- outbound --- */

static bool read_answer(struct reading_access *x, struct fy_node *n)
{
	x->r->outbound.defer = slice_eq(settings_text(n), SLICE("defer"));
	return x->r->outbound.defer || slice_eq(settings_text(n), SLICE("hold")) ||
	       settings_wrong(x->s, n, "an answer is hold or defer");
}

static bool read_words(struct reading_access *x, struct fy_node *n, slice *to)
{
	*to = arena_copy(&x->r->arena, settings_text(n));
	return to->len || settings_wrong(x->s, n, "a text is wanted here");
}

static bool on_outbound(void *ctx, slice key, struct fy_node *key_node, struct fy_node *value)
{
	struct reading_access *x = ctx;
	struct outbound_rules *o = &x->r->outbound;
	const struct {
		slice key;
		unsigned *to;
	} numbers[] = {
	    {SLICE("within"), &o->within_s},       {SLICE("messages"), &o->messages},
	    {SLICE("recipients"), &o->recipients}, {SLICE("new-recipients"), &o->new_recipients},
	    {SLICE("megabytes"), &o->megabytes},   {SLICE("learn"), &o->learn_days}};
	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
		if (slice_eq(key, numbers[i].key))
			return settings_number(x->s, value, NUMBER_MOST, numbers[i].to);
	if (slice_eq(key, SLICE("listen")))
		return read_words(x, value, &o->listen);
	if (slice_eq(key, SLICE("remember")))
		return read_words(x, value, &o->remember);
	if (slice_eq(key, SLICE("answer")))
		return read_answer(x, value);
	return settings_wrong(x->s, key_node, "outbound has no \"%.*s\" (see tocsin-access(1))",
			      (int)slice_first(key, 60).len, key.at ? key.at : "");
}

static bool read_outbound(struct reading_access *x, struct fy_node *n)
{
	if (!settings_each(x->s, n, on_outbound, x))
		return false;
	return x->r->outbound.listen.len ||
	       settings_wrong(x->s, n, "outbound: listen: an address and a port are wanted");
}

/* --- reopened --- */

static bool on_reopened(void *ctx, slice key, struct fy_node *key_node, struct fy_node *value)
{
	enum { DAYS_MOST = 365, PERCENT_MOST = 100 };
	struct reading_access *x = ctx;
	if (slice_eq(key, SLICE("days")))
		return settings_number(x->s, value, DAYS_MOST, &x->r->reopened.days);
	if (slice_eq(key, SLICE("percent")))
		return settings_number(x->s, value, PERCENT_MOST, &x->r->reopened.percent) &&
		       (x->r->reopened.percent > 0 ||
			settings_wrong(x->s, value, "at least 1 percent of a bound is wanted"));
	if (slice_eq(key, SLICE("state")))
		return read_words(x, value, &x->r->reopened.state);
	return settings_wrong(x->s, key_node, "reopened has no \"%.*s\" (see tocsin-access(1))",
			      (int)slice_first(key, 60).len, key.at ? key.at : "");
}

static bool read_reopened(struct reading_access *x, struct fy_node *n)
{
	return settings_each(x->s, n, on_reopened, x);
}

static const struct {
	slice key;
	bool (*read)(struct reading_access *x, struct fy_node *n);
} keys[] = {
    {SLICE_INIT("posture"), read_posture},   {SLICE_INIT("listen"), read_listen},
    {SLICE_INIT("networks"), read_networks}, {SLICE_INIT("essential"), read_essential},
    {SLICE_INIT("denied"), read_denied},     {SLICE_INIT("protocols"), read_protocols},
    {SLICE_INIT("failures"), read_failures}, {SLICE_INIT("within"), read_within},
    {SLICE_INIT("delay"), read_delay},       {SLICE_INIT("accounts-a-password"), read_accounts},
    {SLICE_INIT("outbound"), read_outbound}, {SLICE_INIT("reopened"), read_reopened},
};

static bool on_pair(void *ctx, slice key, struct fy_node *key_node, struct fy_node *value)
{
	struct reading_access *x = ctx;
	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
		if (slice_eq(key, keys[i].key))
			return keys[i].read(x, value);
	return settings_wrong(x->s, key_node, "there is no \"%.*s\" (see tocsin-access(1))",
			      (int)slice_first(key, 60).len, key.at ? key.at : "");
}

void access_usual(struct access_rules *r)
{
	*r = (struct access_rules){.listen = SLICE("127.0.0.1:4001"),
				   .failures_most = 10,
				   .failures_s = 600,
				   .delay_s = 2,
				   .accounts_most = 5,
				   .reopened = {SLICE("/var/lib/tocsin"), 30, 50},
				   .percent = 100,
				   .outbound = {.within_s = 3600,
						.messages = 200,
						.recipients = 1000,
						.new_recipients = 100,
						.megabytes = 1000,
						.learn_days = 7}};
}

bool access_read(struct access_rules *r, slice yaml, char *why, size_t size)
{
	access_usual(r);
	struct settings *s = settings_open(yaml, why, size);
	struct reading_access x = {r, s};
	bool fine = s && settings_each(s, settings_root(s), on_pair, &x);
	if (fine && r->posture != POSTURE_NORMAL && !r->essential.len && !r->networks.len)
		fine = settings_wrong(s, NULL,
				      "this posture would let nobody in: name networks or "
				      "essential accounts");
	settings_close(&s);
	return fine;
}

void access_lower(struct access_rules *r, unsigned percent)
{
	r->percent = r->outbound.percent = percent;
}

void access_rules_free(struct access_rules *r)
{
	arena_free(&r->arena);
}
