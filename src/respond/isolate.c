/*
 * isolate.c - the plan of an isolation: which doors, which transports, who is carried on.
 *
 * The levers stand in the order in which they are pulled, and are let go backwards: mail is
 * released first, then doors open, submission last; that nothing bounces stays in force until the
 * end.
 */
#include "respond/plan.h"
#include "respond/pull.h"
#include "respond/queue.h"

#include <stdio.h>

const struct lever isolation_levers[] = {
    {"patience", "queue", ON_NAMED,
     "mail may wait in the queue for %s, and nothing is returned to its sender", "",
     "senders hear later than usual that a message cannot be delivered",
     "in main.cf: maximal_queue_lifetime, bounce_queue_lifetime, soft_bounce = yes; postfix reload",
     postfix_able, patience_prepare, patience_apply, patience_undo, patience_closed},
    {"admit", "network", ON_NAMED, "%s is an essential network: it may pass every door", "", "",
     "let the network pass in the firewall", nft_able, NULL, admit_apply, admit_undo, admit_closed},
    {"door", "network", ON_NAMED,
     "%s is refused to all but essential networks, also in connections that are open",
     "everybody who is in no essential network; port 80 is also how certificates renew",
     "what the intruder tries next at this door",
     "drop its ports in the firewall, but not on loopback", nft_able, NULL, door_apply, door_undo,
     door_closed},
    {"keep", "queue", ON_NAMED,
     "mail is taken from outside and kept in the queue; nothing is delivered by %s",
     "mail that transport_maps sends by other transports goes on as before", "",
     "in main.cf: these parameters = lmtp:unix:private/tocsin-kept; postfix reload", postfix_able,
     keep_prepare, keep_apply, keep_undo, keep_closed},
    {"standby-list", "standby", ON_NAMED,
     "Postfix asks a list of accounts that %s carries on before any other transport map", "", "",
     "a transport map of your own put first in transport_maps; postfix reload", postfix_able,
     standby_prepare, standby_apply, standby_undo, standby_closed},
    {"carry", "standby", ON_NAMED, "mail for %s", "what arrives there has to be fetched back later",
     "", "a line in your transport map", postfix_able, carry_prepare, carry_apply, carry_undo,
     carry_closed},
    {0},
};

static const struct lever *lever_of(const char *name)
{
	return lever_named(slice_of(name));
}

struct planning {
	struct respond *r;
	struct work w;
	struct out out;
	const struct isolation_wish *wish;
};

static void plan_one(struct planning *p, const char *lever, slice target)
{
	plan_action(p->r, &p->out, lever_of(lever), p->w.incident, target);
}

/* --- transports --- */

/* The parameters whose mail is kept; empty: none. */
static slice kept_parameters(const struct isolation_wish *wish)
{
	if (wish->deliver)
		return wish->hold_outbound ? SLICE("default_transport") : (slice){0};
	return wish->hold_outbound ? SLICE("virtual_transport, local_transport, default_transport")
				   : SLICE("virtual_transport, local_transport");
}

/* --- the standby --- */

/* HOST, HOST:PORT, an IPv6 address: as a transport map's next hop, [HOST]:PORT. */
static bool next_hop(struct planning *p, slice host, slice *hop)
{
	struct address a;
	slice port = {0}, name = host;
	bool is_address = address_parse(host, &a);
	if (!is_address && slice_find(host, ':') < host.len) {
		name = slice_until(&host, ':');
		port = host;
		is_address = address_parse(name, &a);
	}
	int64_t n;
	if (!respond_is_account(name) && !is_address)
		return work_fail(&p->w, "--standby is no name or address of a host");
	if (port.len && (!slice_is_number(port, &n) || n < 1 || n > 65535))
		return work_fail(&p->w, "--standby: \"%.*s\" is no port", (int)port.len, port.at);
	*hop = arena_format(p->w.arena, "[%s%.*s]%s%.*s",
			    is_address && !address_is_v4(&a) ? "ipv6:" : "", (int)name.len, name.at,
			    port.len ? ":" : "", (int)port.len, port.at);
	return true;
}

static bool plan_standby(struct planning *p)
{
	const struct isolation_wish *wish = p->wish;
	slice hop;
	if (!wish->standby)
		return !wish->essential_count ||
		       work_fail(&p->w, "--essential needs --standby, the host that carries on");
	if (!next_hop(p, slice_of(wish->standby), &hop))
		return false;
	plan_one(p, "standby-list", hop);
	for (size_t i = 0; i < wish->essential_count; i++) {
		if (!respond_is_account(slice_of(wish->essential[i])))
			return work_fail(&p->w, "--essential %.200s: no account",
					 wish->essential[i]);
		plan_one(p, "carry",
			 arena_format(p->w.arena, "%s via relay:%.*s", wish->essential[i],
				      (int)hop.len, hop.at));
	}
	return wish->essential_count ||
	       work_fail(&p->w, "--standby needs --essential, the accounts it carries on");
}

/* --- doors --- */

static bool plan_doors(struct planning *p)
{
	const struct isolation_wish *wish = p->wish;
	struct cidr net;
	for (size_t i = 0; i < wish->allow_count; i++) {
		if (!cidr_parse(slice_of(wish->allow[i]), &net))
			return work_fail(&p->w, "--allow %.200s: no network", wish->allow[i]);
		plan_one(p, "admit", slice_of(wish->allow[i]));
	}
	for (size_t i = 0; door_name(i).len; i++)
		plan_one(p, "door", door_name(i));
	for (size_t i = 0; i < wish->close_count; i++) {
		if (!door_is_port(slice_of(wish->close[i])))
			return work_fail(&p->w,
					 "--close %.200s: no port that can be shut (25 stays open)",
					 wish->close[i]);
		if (!wish->allow_count)
			return work_fail(&p->w, "--close needs --allow, a network from which this "
						"host can still be reached");
		plan_one(p, "door", slice_of(wish->close[i]));
	}
	return true;
}

static bool plan_all(struct planning *p)
{
	slice names = kept_parameters(p->wish),
	      lifetime = slice_of(p->wish->lifetime ? p->wish->lifetime : "30d");
	if (postfix_seconds(lifetime, 86400) < 86400)
		return work_fail(&p->w, "--lifetime %.40s: no time of a day or more (30d, 2w)",
				 p->wish->lifetime);
	plan_one(p, "snapshot", SLICE("host"));
	plan_one(p, "patience", lifetime);
	if (!plan_doors(p))
		return false;
	if (names.len)
		plan_one(p, "keep", names);
	return plan_standby(p);
}

/* isolation-20260317T130500 */
static slice isolation_name(struct arena *a)
{
	struct civil c = clock_to_civil(time_now_s() * CLOCK_SECOND);
	return arena_format(a, "isolation-%04d%02d%02dT%02d%02d%02d", c.year, c.month, c.day,
			    c.hour, c.minute, c.second);
}

int64_t respond_reopened(const struct respond *r)
{
	int64_t last = CLOCK_NONE;
	for (size_t i = 0; i < respond_count(r); i++) {
		const struct response *p = respond_at(r, i);
		for (size_t k = 0; p->mode == RESPOND_ISOLATE && k < p->actions.len; k++)
			if (p->actions.at[k].state == ACTION_UNDONE &&
			    p->actions.at[k].done_us > last)
				last = p->actions.at[k].done_us;
	}
	return last;
}

struct response *respond_isolation(struct respond *r)
{
	for (size_t i = respond_count(r); i-- > 0;)
		if (respond_at(r, i)->mode == RESPOND_ISOLATE)
			return respond_at(r, i);
	return NULL;
}

bool respond_could_isolate(char *why, size_t size)
{
	struct arena a = {0};
	struct work w = {.arena = &a};
	bool could = postfix_able(&w);
	if (!could)
		snprintf(why, size,
			 "%s: run it on the mail server itself; it isolates a host whose mail "
			 "Postfix takes (apt install postfix)",
			 w.why);
	arena_free(&a);
	return could;
}

struct response *respond_plan_isolation(struct respond *r, const struct isolation_wish *wish,
					char *why, size_t size)
{
	struct response *now = respond_isolation(r), *planned = NULL;
	if (now && plan_is_begun(now)) {
		snprintf(why, size,
			 "this host is being isolated (tocsin isolate status; tocsin "
			 "restore before planning anew)");
		return NULL;
	}
	if (!respond_could_isolate(why, size))
		return NULL;
	struct planning p = {.r = r, .out = {.fd = -1}, .wish = wish};
	p.w = plan_work(r, (slice){0}, (slice){0});
	p.w.incident = isolation_name(p.w.arena);
	out_text(&p.out, "{\"incident\":");
	out_json(&p.out, p.w.incident);
	out_text(&p.out, ",\"title\":\"mail server isolated, mail kept\",\"mode\":\"isolate\","
			 "\"actions\":[");
	bool fine = plan_all(&p);
	out_text(&p.out, "]}");
	if (fine)
		planned = plan_keep(r, p.w.incident, (slice){p.out.at, p.out.len}, why, size);
	else
		snprintf(why, size, "%s", p.w.why);
	out_close(&p.out);
	return planned;
}
