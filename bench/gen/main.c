/*
 * gen: writes the log of a mail host that never was, with intrusions in it whose truth is known.
 *
 * Output: DIR/mail.log   Postfix 3.7 and Dovecot 2.3.19 as Debian 12's rsyslog writes them
 *         DIR/access.log nginx "combined" in front of Roundcube, about a tenth of all lines
 *         DIR/truth.json the embedded attacks; whoever is not in it is innocent
 *
 * How: people and machines arrive at random (a daily and weekly rhythm on top of a flat
 * background). An arrival is a chain of events; an event waits in a heap for its moment, writes its
 * line and becomes the next event of its chain. So the log comes out in order of time, and memory
 * holds accounts and open chains, never lines.
 *
 * Addresses are synthetic: 2001:db8::/32 and IPv4 blocks that carry no public mail clients.
 */
#include "gen.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

/* ---- the day's traffic ---- */

static void ordinary_session(u64 t, u32 who, struct addr from)
{
	u32 mood = below(100);
	u32 count = mood < 45   ? 0
		    : mood < 85 ? between(1, 6)
		    : mood < 98 ? between(5, 25)
				: between(25, 60);
	u8 style = (u8)(mood % 5 < 2 ? 0 : mood % 5 - 1);
	u64 lasts = style == 3   ? 1800 * SEC + span(0, 900 * SEC)
		    : style == 1 ? span(30 * SEC, 29 * MINUTE)
				 : span(SEC / 3, 90 * SEC);
	session(t, IMAP, who, from, count, lasts, style);
}

static void pop_session(u64 t, u32 who)
{
	struct account *a = &accounts[who];
	u32 held = a->traits & LEAVES_MAIL ? a->messages : below(4);
	u32 count = a->traits & LEAVES_MAIL ? (percent(30) ? between(1, 4) : 0) : held;
	struct event e = {.kind = LOGIN,
			  .service = POP3,
			  .who = who,
			  .from = usual(who, t),
			  .port = any_port(),
			  .start = t,
			  .count = count,
			  .left = held,
			  .lasts = span(SEC / 4, 8 * SEC),
			  .bytes = messages_size(count),
			  .style = a->traits & LEAVES_MAIL ? 1 : 0};
	later(t + span(40000, 380000), e);
}

static void slips(u64 t, u32 who)
{
	struct addr from = usual(who, t);
	for (u32 n = between(1, 3); n--; t += span(5 * SEC, 20 * SEC))
		failure(t, IMAP, who, from, 1, span(2 * SEC, 9 * SEC), (u8)below(2));
	ordinary_session(t + 4 * SEC, who, from);
}

static void on_stale(struct event *e, u64 t)
{
	if (t > t_end)
		return;
	if (!--e->left) {
		ordinary_session(t, e->who, e->from);
		return;
	}
	if (!e->style) /* the phone walks about; a PC stays */
		failure(t, IMAP, e->who, e->from, 1, span(2 * SEC, 3 * SEC), 0);
	else
		failure(t, IMAP, e->who, percent(30) ? mobile_of(e->who) : e->from, 1,
			span(2 * SEC, 3 * SEC), 0);
	later(t + e->every + span(0, 4 * SEC), *e);
}

static void on_trip(struct event *e, u64 t)
{
	if (t > t_end || !e->left--)
		return;
	ordinary_session(t, e->who, e->from);
	later(t + span(40 * MINUTE, 5 * HOUR), *e);
}

/* One mail to many, every working morning, in lots of fifty. */
static void on_newsletter(struct event *e, u64 t)
{
	if (t > t_end)
		return;
	if (weekday_of(t) % 6)
		for (u32 i = 0; i < e->count; i++)
			submission(t + i * 2 * SEC, e->who, e->from, 50);
	later(t + DAY + span(0, MINUTE), *e);
}

static void noise(u64 t)
{
	u32 mood = below(100);
	struct event e = {
	    .from = scanner(), .port = any_port(), .start = t, .id = rnd(), .who = NOBODY};
	if (mood < 35) {
		u32 tries = percent(30) ? 2 : 1;
		for (u32 i = 0; i < tries; i++)
			failure(t + i * 9 * SEC, percent(20) ? POP3 : IMAP, NOBODY, e.from, 1,
				span(2 * SEC, 20 * SEC), (u8)below(3));
		return;
	}
	if (mood < 55)
		e.kind = SASL_FAIL, e.style = (u8)below(2);
	else if (mood < 78)
		e.kind = REJECT;
	else if (mood < 94)
		e.kind = CHATTER, e.style = (u8)below(4);
	else
		e.kind = WEB_LINE, e.style = W_PROBE;
	later(t + (e.kind == CHATTER ? (e.id % 4) * SEC + 200000 : 0), e);
}

/* One person does one thing. Weights in ten-thousandths; they set the mix of the log. */
static void somebody(u64 t)
{
	u32 mood = below(10000), who = anybody();
	struct account *a = &accounts[who];

	if (mood < 5600) {
		ordinary_session(t, who, usual(who, t));
	} else if (mood < 6300) {
		for (u32 i = 0; i < 40 && !(a->traits & USES_POP); i++)
			who = anybody(), a = &accounts[who];
		if (a->traits & USES_POP)
			pop_session(t, who);
	} else if (mood < 8900) {
		delivery(t, who);
	} else if (mood < 9300) {
		submission(t, who, usual(who, t), percent(80) ? 1 : between(2, 6));
	} else if (mood < 9640) {
		for (u32 i = 0; i < 40 && !(a->traits & USES_WEB); i++)
			who = anybody(), a = &accounts[who];
		bool filters = a->traits & FILTERS && !below(25);
		n_filters += filters;
		visit(t, who, usual(who, t), percent(6) ? between(1, 2) : 0, filters);
	} else if (mood < 9980) {
		slips(t, who);
	} else if (a->touched || who > n_accounts / 2) {
		ordinary_session(
		    t, who,
		    usual(who, t)); /* the rare ones below befall the busy and unconcerned */
	} else if (mood < 9991) {
		struct event e = {
		    .kind = TRIP, .who = who, .from = hotel(), .left = between(3, 14)};
		n_trips++, a->touched = 1;
		later(t, e);
	} else if (mood < 9996) {
		u32 count = between(400, 1 + (a->messages < 5000 ? a->messages + 400 : 5000));
		n_phones++, a->touched = 1;
		session(t, IMAP, who, home_of(who, t, false), count, 30 * SEC + count * 60000ULL,
			2);
	} else if (n_stale < 8 + lines_written / 12000) {
		struct event e = {.kind = STALE,
				  .who = who,
				  .from = usual(who, t),
				  .left = between(60, 500),
				  .every = span(2 * MINUTE, 12 * MINUTE),
				  .style = (u8)below(2)};
		n_stale++, a->touched = 1;
		later(t, e);
	}
}

static void happen(struct event *e, u64 t)
{
	switch ((enum kind)e->kind) {
	case LOGIN:
		on_login(e, t);
		break;
	case END:
		write_end(e, t);
		break;
	case FAIL:
		on_fail(e, t);
		break;
	case AUTH_LINE:
		on_auth_line(e, t);
		break;
	case DELIVERY:
		on_delivery(e, t);
		break;
	case OUTBOUND:
		on_outbound(e, t);
		break;
	case SUBMISSION:
		on_submission(e, t);
		break;
	case SASL_FAIL:
		on_sasl_fail(e, t);
		break;
	case REJECT:
		on_reject(e, t);
		break;
	case CHATTER:
		on_chatter(e, t);
		break;
	case WEB_LINE:
		on_web_line(e, t);
		break;
	case VISIT:
		on_visit(e, t);
		break;
	case STALE:
		on_stale(e, t);
		break;
	case TRIP:
		on_trip(e, t);
		break;
	case NEWSLETTER:
		on_newsletter(e, t);
		break;
	case ATTACK:
		on_attack(e, t);
		break;
	}
}

/* ---- the rhythm ---- */

#define BACKGROUND 0.14 /* machines, against people at their busiest = 1 */

static double activity(u64 t)
{
	static const double by_hour[24] = {.06, .04, .03, .03, .04, .09, .25, .55,
					   .90, 1.,  1.,  .95, .75, .85, .95, .95,
					   .90, .75, .55, .45, .40, .35, .25, .12};
	u32 d = weekday_of(t);
	return by_hour[hour_of(t)] * (d == 0 || d == 6 ? .3 : 1.);
}

/* What is left of the days' activity after t: the arrivals are dealt out along it, so that N lines
 * come out. */
static double *rest;
static u64 hours;

static void build_rhythm(void)
{
	hours = (t_end - t_begin) / HOUR;
	rest = calloc(hours + 2, sizeof *rest);
	if (!rest)
		die("out of memory");
	for (u64 h = hours; h--;)
		rest[h] = rest[h + 1] + activity(t_begin + h * HOUR) + BACKGROUND;
}

static void live(u64 lines)
{
	u64 t = t_begin, arrivals = 0;
	double per_arrival = 5.;
	while (t < t_end) {
		u64 h = (t - t_begin) / HOUR;
		double now = activity(t) + BACKGROUND, part = (double)((t - t_begin) % HOUR) / HOUR;
		double ahead = rest[h + 1] + now * (1 - part);
		double left = lines > lines_written ? (double)(lines - lines_written) : 1;
		double per_hour = left / per_arrival * now / (ahead > .01 ? ahead : .01);
		u64 gap = (u64)(-log(1 - unit()) / per_hour * HOUR);
		t += gap < HOUR ? gap : HOUR;
		while (next_time() <= t) {
			struct event e;
			u64 when = next_event(&e);
			happen(&e, when);
		}
		if (unit() * now < BACKGROUND)
			noise(t);
		else
			somebody(t);
		if (++arrivals % 4096 == 0)
			per_arrival = (double)lines_written / (double)arrivals;
	}
	while (next_time() != NEVER) { /* let those who are in finish */
		struct event e;
		u64 when = next_event(&e);
		happen(&e, when);
	}
}

static void newsletter(u64 lines, u64 days)
{
	struct event e = {
	    .kind = NEWSLETTER, .who = cast(false), .count = 1 + (u32)(lines / days / 12000)};
	e.from = office_of(e.who);
	later(t_begin + 7 * HOUR + 12 * MINUTE, e);
}

int main(int argc, char **argv)
{
	u64 lines = 1000000, seed = 1, days = 7;
	const char *dir = NULL, *start = "2026-03-01";

	for (int i = 1; i < argc; i++) {
		const char *arg = argv[i], *value = i + 1 < argc ? argv[i + 1] : NULL;
		if (!strcmp(arg, "--auth-verbose")) {
			auth_verbose = true;
			continue;
		}
		if (!value)
			die("usage: gen --lines N --out DIR [--accounts N] [--seed S] [--days D] "
			    "[--year-start DATE] [--auth-verbose]");
		i++;
		if (!strcmp(arg, "--lines"))
			lines = strtoull(value, NULL, 10);
		else if (!strcmp(arg, "--accounts"))
			n_accounts = (u32)strtoul(value, NULL, 10);
		else if (!strcmp(arg, "--seed"))
			seed = strtoull(value, NULL, 10);
		else if (!strcmp(arg, "--days"))
			days = strtoull(value, NULL, 10);
		else if (!strcmp(arg, "--out"))
			dir = value;
		else if (!strcmp(arg, "--year-start"))
			start = value;
		else
			die("unknown option %s", arg);
	}
	struct tm tm = {0};
	if (!dir || !lines || !days || n_accounts < 500 || !strptime(start, "%Y-%m-%d", &tm))
		die("needs --out DIR; at least one line and day, 500 accounts, and a date "
		    "YYYY-MM-DD");
	if (mkdir(dir, 0755) && errno != EEXIST)
		die("%s: %s", dir, strerror(errno));

	seed_state = mix(seed), salt = mix(seed + 77);
	t_begin = (u64)timegm(&tm) * SEC, t_end = t_begin + days * DAY;
	t_begin -= HOUR, t_end -= HOUR; /* midnight here is 23:00 UTC */
	open_out(&mail_log, dir, "mail.log");
	open_out(&access_log, dir, "access.log");
	build_accounts();
	build_rhythm();
	forward_target = calloc(n_accounts, sizeof *forward_target);
	if (!forward_target)
		die("out of memory");
	for (u32 i = 0; i < n_accounts; i++)
		forward_target[i] = accounts[i].traits & FORWARDS ? 1 + i : 0;
	newsletter(lines, days);
	plan_attacks(lines);
	live(lines);
	flush(&mail_log), flush(&access_log);
	write_truth(dir, seed);
	fprintf(stderr,
		"gen: %llu lines (%llu of them access.log), %u attacks, at most %u chains open\n",
		(unsigned long long)lines_written, (unsigned long long)lines_access, n_attacks,
		most_waiting());
	return 0;
}
