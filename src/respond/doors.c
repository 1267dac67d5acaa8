/*
 * doors.c - the ports through which people reach their mail, shut to all but essential networks.
 *
 * A door is a service; each has chains of its own in tocsin's table, so that restore opens one
 * after the other.  A client gets a reset at once (reject with tcp reset, nft(8)), also in a
 * connection that is open; what the daemon would still send into it does not leave.  Loopback is
 * not touched: the daemons of the host go on talking to each other.  Port 25 is never shut.
 */
#include "respond/pull.h"

#include <stdio.h>

static const struct {
	const char *name, *ports;
} doors[] = {
    {"submission", "465, 587"}, {"imap", "143, 993"},   {"pop3", "110, 995"},
    {"sieve", "2000, 4190"},    {"webmail", "80, 443"},
};
enum { DOORS = sizeof doors / sizeof *doors };

slice door_name(size_t i)
{
	return slice_of(i < DOORS ? doors[i].name : NULL);
}

bool door_is_port(slice target)
{
	enum { SMTP = 25, PORT_MOST = 65535 };
	int64_t port;
	return target.len && target.at[0] != '0' && slice_is_number(target, &port) && port > 0 &&
	       port <= PORT_MOST && port != SMTP;
}

/* The ports of a door: those of a service, or the one that its name is. */
static bool ports_of(struct work *w, slice *ports)
{
	for (size_t i = 0; i < DOORS; i++)
		if (slice_eq(slice_of(doors[i].name), w->target))
			return *ports = slice_of(doors[i].ports), true;
	*ports = w->target;
	return door_is_port(w->target) || work_fail(w, "no service or port that can be shut");
}

static const char set_commands[] =
    "add table inet tocsin\n"
    "add set inet tocsin essential4 { type ipv4_addr; flags interval; }\n"
    "add set inet tocsin essential6 { type ipv6_addr; flags interval; }\n";

static slice list_command(struct work *w)
{
	return arena_format(w->arena, "list chain inet tocsin door_%.*s", (int)w->target.len,
			    w->target.at);
}

static void add_rule(struct out *o, slice name, const char *direction, const char *rule)
{
	out_format(o, "add rule inet tocsin door_%.*s%s %s\n", (int)name.len, name.at, direction,
		   rule);
}

static void add_chain(struct out *o, slice name, const char *direction, const char *hook)
{
	out_format(o,
		   "add chain inet tocsin door_%.*s%s { type filter hook %s priority -150; policy "
		   "accept; }\n",
		   (int)name.len, name.at, direction, hook);
}

/* One transaction: the door is shut whole, or not at all. */
static void shut_commands(struct work *w, struct out *o, slice ports)
{
	char rule[128];
	slice name = w->target;
	out_text(o, set_commands);
	add_chain(o, name, "", "input");
	add_rule(o, name, "", "iifname \"lo\" accept");
	add_rule(o, name, "", "ip saddr @essential4 accept");
	add_rule(o, name, "", "ip6 saddr @essential6 accept");
	snprintf(rule, sizeof rule, "tcp dport { %.*s } reject with tcp reset", (int)ports.len,
		 ports.at);
	add_rule(o, name, "", rule);
	snprintf(rule, sizeof rule, "udp dport { %.*s } drop", (int)ports.len, ports.at);
	add_rule(o, name, "", rule);
	add_chain(o, name, "_out", "output");
	add_rule(o, name, "_out", "oifname \"lo\" accept");
	add_rule(o, name, "_out", "ip daddr @essential4 accept");
	add_rule(o, name, "_out", "ip6 daddr @essential6 accept");
	add_rule(o, name, "_out", "tcp flags & rst == rst accept");
	snprintf(rule, sizeof rule, "tcp sport { %.*s } drop", (int)ports.len, ports.at);
	add_rule(o, name, "_out", rule);
	snprintf(rule, sizeof rule, "udp sport { %.*s } drop", (int)ports.len, ports.at);
	add_rule(o, name, "_out", rule);
}

static bool is_shut(struct work *w)
{
	bool shut = nft_run(w, arena_text(w->arena, list_command(w)), NULL);
	w->why[0] = 0;
	return shut;
}

bool door_apply(struct work *w)
{
	slice ports;
	if (!ports_of(w, &ports))
		return false;
	if (is_shut(w))
		return true;
	struct out o = {.fd = -1};
	shut_commands(w, &o, ports);
	char *commands = arena_text(w->arena, (slice){o.at, o.len});
	out_close(&o);
	return nft_run(w, commands, NULL);
}

bool door_undo(struct work *w)
{
	slice name = w->target, command;
	if (!is_shut(w))
		return nft_tidy(w);
	command = arena_format(w->arena,
			       "flush chain inet tocsin door_%.*s\n"
			       "flush chain inet tocsin door_%.*s_out\n"
			       "delete chain inet tocsin door_%.*s\n"
			       "delete chain inet tocsin door_%.*s_out\n",
			       (int)name.len, name.at, (int)name.len, name.at, (int)name.len,
			       name.at, (int)name.len, name.at);
	return nft_run(w, arena_text(w->arena, command), NULL) && nft_tidy(w);
}

enum closed door_closed(struct work *w, struct out *how)
{
	slice said, list = list_command(w);
	bool there = nft_run(w, arena_text(w->arena, list), &said);
	w->why[0] = 0;
	if (there && slice_search(said, SLICE("reject with tcp reset")) == SIZE_MAX) {
		out_text(how, "its chain in the firewall was changed");
		return CLOSED_NO;
	}
	out_text(how, there ? "refused by the firewall" : "the firewall lets it pass");
	return there ? CLOSED_YES : CLOSED_NO;
}

/* --- essential networks --- */

/* The target as nft is to read it: parsed and written again. */
static bool network(struct work *w, const char *verb, slice *command)
{
	struct cidr c;
	char text[ADDRESS_TEXT];
	enum { V4_BEGINS = 96 };
	if (!cidr_parse(w->target, &c))
		return work_fail(w, "not a network");
	bool v4 = address_is_v4(&c.net) && c.bits >= V4_BEGINS;
	address_format(&c.net, text);
	*command = arena_format(w->arena, "%s element inet tocsin essential%c { %s/%u }", verb,
				v4 ? '4' : '6', text, c.bits - (v4 ? V4_BEGINS : 0));
	return true;
}

static bool is_admitted(struct work *w)
{
	slice command;
	bool is = network(w, "get", &command) && nft_run(w, arena_text(w->arena, command), NULL);
	w->why[0] = 0;
	return is;
}

bool admit_apply(struct work *w)
{
	slice command;
	if (is_admitted(w))
		return true;
	return nft_run(w, set_commands, NULL) && network(w, "add", &command) &&
	       nft_run(w, arena_text(w->arena, command), NULL);
}

bool admit_undo(struct work *w)
{
	slice command;
	if (is_admitted(w) &&
	    (!network(w, "delete", &command) || !nft_run(w, arena_text(w->arena, command), NULL)))
		return false;
	return nft_tidy(w);
}

enum closed admit_closed(struct work *w, struct out *how)
{
	out_text(how, is_admitted(w) ? "may pass" : "is not among the essential networks");
	return CLOSED_UNKNOWN; /* it shuts nothing */
}
