/*
 * cut.c - connections by which mail is handed in, and which outlive a reload of Postfix.
 *
 * A reload lets each smtpd finish the session that it has, with the rules of before (postfix(1)):
 * an intruder who stays connected goes on sending.  So what his address has open with a port of
 * submission is ended, whichever process holds it: a proxy on this host that stands before Postfix
 * loses its client as well, and lets go of the session behind.  The ports are those of RFC 6409 and
 * 8314, 25, and what master.cf names for smtpd (master(5)).  The client sees a lost connection.
 */
#include "respond/others.h"
#include "respond/plan.h"
#include "respond/pull.h"
#include "respond/sockets.h"

#include <ctype.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>

#define MASTER_CF "/etc/postfix/master.cf"
enum { PORTS_MOST = 64, SMTPD_WORD = 8 };

struct cut {
	struct work *w;
	struct address wanted;
	uint16_t ports[PORTS_MOST];
	size_t port_count;
	bool end, failed;
	int n;
};

static void add_port(struct cut *c, int64_t port)
{
	enum { PORT_MOST = 65535 };
	if (port > 0 && port <= PORT_MOST && c->port_count < PORTS_MOST)
		c->ports[c->port_count++] = (uint16_t)port;
}

static slice next_word(slice *line)
{
	while (line->len && isspace((unsigned char)line->at[0]))
		*line = slice_from(*line, 1);
	size_t n = 0;
	while (n < line->len && !isspace((unsigned char)line->at[n]))
		n++;
	slice word = slice_first(*line, n);
	*line = slice_from(*line, n);
	return word;
}

/* "submission", "10587", "192.0.2.1:587", "[::1]:smtps": what stands behind the last colon. */
static void add_service(struct cut *c, slice name)
{
	int64_t port;
	size_t colon = slice_search_last(name, SLICE(":"));
	if (colon != SIZE_MAX)
		name = slice_from(name, colon + 1);
	if (slice_is_number(name, &port)) {
		add_port(c, port);
		return;
	}
	const struct servent *s = getservbyname(arena_text(c->w->arena, name), "tcp");
	add_port(c, s ? ntohs((uint16_t)s->s_port) : 0);
}

/* NAME inet private unpriv chroot wakeup maxproc COMMAND; a line that begins with a blank goes on
 * with options. */
static void add_services(struct cut *c, slice master)
{
	while (master.len) {
		slice line = slice_until(&master, '\n'), word[SMTPD_WORD];
		if (line.len && (isspace((unsigned char)line.at[0]) || line.at[0] == '#'))
			continue;
		for (size_t i = 0; i < SMTPD_WORD; i++)
			word[i] = next_word(&line);
		if (slice_eq(word[1], SLICE("inet")) &&
		    slice_eq(word[SMTPD_WORD - 1], SLICE("smtpd")))
			add_service(c, word[0]);
	}
}

static void name_ports(struct cut *c)
{
	static const uint16_t usual[] = {25, 465, 587};
	slice master;
	for (size_t i = 0; i < sizeof usual / sizeof *usual; i++)
		add_port(c, usual[i]);
	if (file_read(c->w, MASTER_CF, &master))
		add_services(c, master);
}

static bool is_port(const struct cut *c, uint16_t port)
{
	for (size_t i = 0; i < c->port_count; i++)
		if (c->ports[i] == port)
			return true;
	return false;
}

static void look_at(void *ctx, const struct tcp_socket *s)
{
	struct cut *c = ctx;
	if (!address_eq(&s->peer, &c->wanted) || !is_port(c, s->own_port))
		return;
	c->n++;
	if (c->end && !socket_end(c->w, s))
		c->failed = true;
}

/* The connections of the address: ended, if `end`; how many, or -1 with w->why. */
static int each_connection(struct work *w, bool end)
{
	struct cut c = {.w = w, .end = end};
	if (!address_parse(w->target, &c.wanted))
		return work_fail(w, "not an address"), -1;
	name_ports(&c);
	return sockets_each(w, SOCKET_ESTABLISHED, look_at, &c) && !c.failed ? c.n : -1;
}

bool cut_apply(struct work *w)
{
	if (others_do(w))
		return others_ask(w, OTHER_CUT, w->target, NULL) != 0;
	return each_connection(w, true) >= 0;
}

bool respond_end_mail(struct respond *r, const struct address *source, char *why, size_t size)
{
	struct arena a = {0};
	char text[ADDRESS_TEXT];
	struct work w = plan_work(r, (slice){0}, (slice){text, address_format(source, text)});
	w.arena = &a;
	bool fine = cut_apply(&w);
	snprintf(why, size, "%s", w.why);
	arena_free(&a);
	return fine;
}

enum closed cut_closed(struct work *w, struct out *how)
{
	int n = each_connection(w, false);
	if (n < 0)
		return CLOSED_UNKNOWN;
	out_format(how, "%d connection%s of this address with ports of submission", n,
		   n == 1 ? "" : "s");
	return n ? CLOSED_NO : CLOSED_YES;
}
