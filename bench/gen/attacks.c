/* attacks.c - the intrusions, and the truth about them. */
#include "gen.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum attack_kind { SPRAY, BRUTE, STOLEN, POP_PULL, SIEVE_FORWARD, ATTACK_KINDS };
static const char *const attack_name[] = {"password-spray", "brute-force", "stolen-password",
					  "pop3-pull", "sieve-forward"};

struct attack {
	enum attack_kind kind;
	struct addr from;
	u32 victim, n_targets, targets[160], messages;
	u64 first, last, bytes;
};
static struct attack attacks[64];
u32 n_attacks;
u32 n_trips, n_phones, n_stale, n_filters;

/* Somebody busy enough to have a history and not yet in a story. */
u32 cast(bool no_pop)
{
	for (;;) {
		u32 who = n_accounts / 100 + below(n_accounts / 20);
		struct account *a = &accounts[who % n_accounts];
		if (a->touched || a->traits & FORWARDS || (no_pop && a->traits & USES_POP))
			continue;
		a->touched = 1;
		return who % n_accounts;
	}
}

static void note(struct attack *a, u64 t)
{
	if (!a->first || t < a->first)
		a->first = t;
	if (t > a->last)
		a->last = t;
}

static void bulk(struct attack *a, u64 t, enum service service, u32 count)
{
	u64 lasts = 20 * SEC + (u64)count * span(40000, 120000);
	struct event e = {.kind = LOGIN,
			  .service = service,
			  .who = a->victim,
			  .from = a->from,
			  .port = any_port(),
			  .start = t,
			  .count = count,
			  .lasts = lasts,
			  .left = count,
			  .style = service == POP3,
			  .bytes = messages_size(count)};
	a->messages += count, a->bytes += e.bytes;
	note(a, t), note(a, t + lasts);
	later(t + span(60000, 300000), e);
}

void on_attack(struct event *e, u64 t)
{
	struct attack *a = &attacks[e->count];
	u32 n = e->stage++;
	u64 wait;

	note(a, t);
	switch (a->kind) {
	case SPRAY:
		wait = span(4 * SEC, 25 * SEC);
		if (n < a->n_targets) {
			failure(t, IMAP, a->targets[n], a->from, 1, span(2 * SEC, 3 * SEC), 0);
		} else if (n == a->n_targets) {
			session(t, IMAP, a->victim, a->from, 0, span(SEC / 2, 2 * SEC), 0);
			wait = span(3 * MINUTE, 40 * MINUTE);
		} else {
			bulk(a, t, IMAP, between(220, 700));
			wait = span(4 * MINUTE, 9 * MINUTE);
		}
		if (n >= a->n_targets + 2)
			return;
		break;
	case BRUTE:
		failure(t, IMAP, a->victim, a->from, 1, span(2 * SEC, 4 * SEC), 0);
		wait = span(8 * SEC, 50 * SEC);
		if (n == 59)
			return;
		break;
	case STOLEN:
		bulk(a, t, IMAP, n ? between(250, 900) : between(1, 4));
		wait = span(2 * MINUTE, 8 * MINUTE);
		if (n == 3)
			return;
		break;
	case POP_PULL:
		bulk(a, t, POP3, accounts[a->victim].messages);
		return;
	default:
		if (n == 0) {
			static const enum page way[] = {W_HOME,    W_LOGIN,       W_MAIL,
							W_LIST,    W_PREVIEW,     W_PREVIEW,
							W_FILTERS, W_FILTER_SAVE, W_LOGOUT};
			for (u32 i = 0; i < COUNT(way); i++) {
				request(t, a->victim, a->from, 3, way[i]);
				note(a, t);
				t += span(4 * SEC, 40 * SEC);
			}
			a->messages = 2;
			forward_target[a->victim] = INTRUDERS_TARGET + e->count;
		} else {
			delivery(t, a->victim); /* so that there is something to forward */
		}
		wait = span(5 * MINUTE, 50 * MINUTE);
		if (n == 12)
			return;
	}
	later(t + wait, *e);
}

void plan_attacks(u64 lines)
{
	u32 each = 1;
	for (u64 n = lines / 1000000; n > 1; n /= 2)
		each++;
	u64 third = (t_end - t_begin) / 3;
	for (u32 i = 0; i < each * ATTACK_KINDS && i < COUNT(attacks); i++) {
		struct attack *a = &attacks[n_attacks];
		u64 h = rnd();
		a->kind = i % ATTACK_KINDS;
		a->from = four(29, h & 255, h >> 8 & 255, 1 + (h >> 16) % 250);
		a->victim = cast(true);
		if (a->kind == SPRAY) {
			a->n_targets = between(60, 150);
			for (u32 k = 0; k < a->n_targets; k++)
				a->targets[k] = below(n_accounts);
		}
		struct event e = {.kind = ATTACK, .count = n_attacks++};
		later(t_begin + 2 * third + span(third / 20, third * 8 / 10), e);
	}
}

static void print_time(FILE *f, u64 t)
{
	time_t s = (time_t)(t / SEC);
	struct tm tm;
	gmtime_r(&s, &tm);
	fprintf(f, "\"%04d-%02d-%02dT%02d:%02d:%02d.%03uZ\"", tm.tm_year + 1900, tm.tm_mon + 1,
		tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec, (u32)(t % SEC / 1000));
}

void write_truth(const char *dir, u64 seed)
{
	char path[4096], text[64];
	snprintf(path, sizeof path, "%s/truth.json", dir);
	FILE *f = fopen(path, "w");
	if (!f)
		die("%s: %s", path, strerror(errno));
	fprintf(f,
		"{\"schema\": \"tocsin.bench-truth/1\", \"seed\": %llu, \"lines\": %llu, "
		"\"access_lines\": %llu, "
		"\"accounts\": %u,\n \"innocent\": \"every account and address that stands in no "
		"attack\",\n"
		" \"lookalikes\": {\"travellers\": %u, \"new_phones\": %u, \"stale_devices\": %u, "
		"\"own_filters\": %u, "
		"\"offices\": %u},\n \"attacks\": [",
		(unsigned long long)seed, (unsigned long long)lines_written,
		(unsigned long long)lines_access, n_accounts, n_trips, n_phones, n_stale, n_filters,
		n_offices);
	for (u32 i = 0; i < n_attacks; i++) {
		struct attack *a = &attacks[i];
		struct out o = {0};
		o.p = o.buf;
		address(&o, &a->from);
		snprintf(text, sizeof text, "%.*s", (int)(o.p - o.buf), o.buf);
		bool in = a->kind != BRUTE;
		fprintf(f,
			"%s\n  {\"id\": %u, \"kind\": \"%s\", \"source\": \"%s\", \"accounts\": "
			"[%s%s%s], \"targeted\": [",
			i ? "," : "", i + 1, attack_name[a->kind], text, in ? "\"" : "",
			in ? accounts[a->victim].name : "", in ? "\"" : "");
		if (!in)
			fprintf(f, "\"%s\"", accounts[a->victim].name);
		for (u32 k = 0; k < a->n_targets; k++)
			fprintf(f, "%s\"%s\"", k ? ", " : "", accounts[a->targets[k]].name);
		fprintf(f, "], \"messages\": %u, \"bytes\": %llu, \"first\": ", a->messages,
			(unsigned long long)a->bytes);
		print_time(f, a->first), fputs(", \"last\": ", f), print_time(f, a->last);
		if (a->kind == SIEVE_FORWARD)
			fprintf(f, ", \"forward_to\": \"archive.%u@boite-libre.example\"", i);
		fputc('}', f);
	}
	fputs("\n ]}\n", f);
	if (fclose(f))
		die("%s: %s", path, strerror(errno));
}
