/*
 * own.c - the organisation's own addresses: an intruder in the office's network is not blocked with
 * everybody who works there.
 *
 * networks.yaml says which networks are trusted; the file of habits, which accounts have come from
 * a network (/24, /48, or what networks.yaml names) on other days.  Accounts of the incident itself
 * do not count.  From four others on it is an office, as incident/group.c has it.
 */
#include "respond/own.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

enum { NAMES_SHOWN = 5 };

struct own {
	struct facts *facts;
};

struct own *own_new(void)
{
	struct own *o = must_alloc(sizeof *o);
	o->facts = facts_new();
	return o;
}

void own_free(struct own **o)
{
	if (!*o)
		return;
	facts_free(&(*o)->facts);
	free(*o);
	*o = NULL;
}

/* A file of habits that is not there would be made, and nobody be spared for its sake. */
static bool are_there(const char *habits, facts_note *note)
{
	if (access(habits, R_OK) == 0)
		return true;
	note(NULL, habits, 0, strerror(errno), "give the file that tocsin scan --state keeps");
	return false;
}

bool own_read(struct own *o, const char *networks, const char *habits, facts_note *note)
{
	return (!networks || facts_networks(o->facts, networks, note, NULL)) &&
	       (!habits || (are_there(habits, note) && facts_state(o->facts, habits, note, NULL)));
}

/* --- people --- */

struct people {
	const slice *suspects;
	size_t suspect_count, n;
	struct out names;
};

static void count_person(void *ctx, slice account)
{
	struct people *p = ctx;
	for (size_t i = 0; i < p->suspect_count; i++)
		if (slice_eq_nocase(p->suspects[i], account))
			return;
	if (p->n < NAMES_SHOWN) {
		out_text(&p->names, p->n ? ", " : "");
		out_slice(&p->names, account);
	} else if (p->n == NAMES_SHOWN)
		out_text(&p->names, " ...");
	p->n++;
}

/* Of networks that nobody outside can have. */
static bool is_private(const struct address *ip)
{
	static const char *const nets[] = {"10.0.0.0/8",    "172.16.0.0/12", "192.168.0.0/16",
					   "100.64.0.0/10", "fc00::/7",      "fe80::/10"};
	struct cidr c;
	for (size_t i = 0; i < sizeof nets / sizeof *nets; i++)
		if (cidr_parse(slice_of(nets[i]), &c) && cidr_holds(&c, ip))
			return true;
	return false;
}

static slice hits_of(struct arena *a, const struct people *p, const struct where *w)
{
	struct out o = {.fd = -1};
	if (w->name.len) {
		out_text(&o, "everybody in ");
		out_slice(&o, w->name);
		out_text(&o, p->n ? "; " : "");
	}
	if (p->n) {
		out_format(&o, "%zu account%s from this network before: ", p->n,
			   p->n == 1 ? " came" : "s came");
		out_slice(&o, (slice){p->names.at, p->names.len});
	}
	slice said = arena_copy(a, (slice){o.at, o.len});
	out_close(&o);
	return said;
}

struct own_said own_judge(struct own *o, struct arena *a, const struct address *ip,
			  const slice *suspects, size_t suspect_count)
{
	struct people p = {
	    .suspects = suspects, .suspect_count = suspect_count, .names = {.fd = -1}};
	struct where w = facts_where(o->facts, ip);
	facts_people(o->facts, ip, count_person, &p);
	struct own_said said = {.hits = hits_of(a, &p, &w)};
	if (w.trusted)
		said.refused = SLICE("it is in a network that networks.yaml trusts; plan with "
				     "--force blocks it all the same");
	else if (is_private(ip))
		said.refused = SLICE("it is a private address, of somebody within; plan with "
				     "--force blocks it all the same");
	else if (p.n >= OFFICE_PEOPLE)
		said.refused = SLICE("others work from this network, as in an office; plan with "
				     "--force blocks it all the same");
	out_close(&p.names);
	return said;
}
