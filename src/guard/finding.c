/*
 * finding.c - a finding is told once: by rule, account, source and time it is looked up in a
 * journal of its own (STATE/watch), which survives kill -9 and a restart that reads the past again.
 * What is alike within an hour is counted, not told: the first one says what is going on.
 */
#include "guard/parent.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <sys/stat.h>
#include <syslog.h>

/* What makes two findings alike; with `when`, the same. */
static slice key_of(const struct guard_message *m, bool when, char *room, size_t size)
{
	char ip[ADDRESS_TEXT] = "";
	if (m->has_source)
		address_format(&m->source, ip);
	int n = snprintf(room, size, "%.*s|%.*s|%s|%lld", m->rule_len, m->rule, m->account_len,
			 m->account, ip, when ? (long long)m->time_us : 0);
	return (slice){room, (size_t)n < size ? (size_t)n : size - 1};
}

/* Of many findings half a digest is kept: a key is long, and who chooses it finds no other alike.
 */
slice finding_short_key(slice key, struct digest *d)
{
	*d = digest_of(key);
	return (slice){(const char *)d->b, sizeof d->b / 2};
}

static void print_finding(const struct guard *g, const struct guard_message *m)
{
	struct out o = {.fd = 1};
	char ip[ADDRESS_TEXT] = "";
	if (g->o->json) {
		alert_write_finding(m, &o);
	} else {
		if (m->has_source)
			address_format(&m->source, ip);
		out_time(&o, m->time_us);
		out_format(&o, "  %-8s  ", guard_levels[m->level]);
		out_plain(&o, (slice){m->title, m->title_len});
		out_text(&o, "  ");
		out_plain(&o, guard_account(m));
		out_format(&o, "%s%s", *ip ? "  from " : "", ip);
		out_text(&o, m->past ? "  (before the start)" : "");
	}
	out_text(&o, "\n");
	out_close(&o);
}

static void tell_syslog(const struct guard_message *m)
{
	struct out o = {.fd = -1};
	out_plain(&o, (slice){m->title, m->title_len});
	out_text(&o, ", account ");
	out_plain(&o, guard_account(m));
	syslog(m->level >= 3 ? LOG_ALERT : LOG_WARNING, "%.*s", (int)o.len, o.at);
	out_close(&o);
}

static bool keep_finding(struct guard *g, const struct guard_message *m, slice key, bool ordered)
{
	struct out o = {.fd = -1};
	out_text(&o, "{\"key\":");
	out_json(&o, key);
	out_text(&o, ",\"finding\":");
	alert_write_finding(m, &o);
	out_text(&o, ordered ? ",\"ordered\":true}" : "}");
	bool fine = journal_add(g->journal, "finding", (slice){o.at, o.len});
	if (!fine)
		fprintf(stderr,
			"tocsin: %s/watch/journal: %s; findings go on, but are told again "
			"after a restart (%s)\n",
			g->o->state, strerror(errno), beat_remedy(g, errno));
	out_close(&o);
	return fine;
}

/*
 * Found in what was there before the start.  What an engine or a watch before this one had not
 * judged when it ended is present, for an hour: nobody has acted on it.  By its place where an
 * engine's memory was kept, for a forged time must not hide what follows; else by its time.
 */
static bool is_past(const struct guard *g, const struct guard_message *m)
{
	int64_t judged_us = g->status.judged_us;
	bool was_judged = !m->since_kept && (judged_us == CLOCK_NONE || m->time_us <= judged_us);
	return m->past && (was_judged || clock_now() - m->time_us > CLOCK_HOUR);
}

static bool is_of_a_flood(struct guard *g, const struct guard_message *m)
{
	char ip[ADDRESS_TEXT] = "";
	if (m->has_source)
		address_format(&m->source, ip);
	return !flood_takes(&g->floods, *ip ? slice_of(ip) : guard_account(m), m->level,
			    is_past(g, m) ? m->time_us : clock_now());
}

void finding_take(struct guard *g, const struct guard_message *m)
{
	char room[768];
	bool fresh;
	slice key = key_of(m, true, room, sizeof room);
	if (m->level < guard_policy_tell(g->o->policy, beat_is_reopened(g)))
		return;
	struct digest known, like;
	slice brief = finding_short_key(key, &known);
	if (table_get(&g->told, brief))
		return;
	if (is_of_a_flood(g, m)) {
		g->status.flooded++;
		g->scan_wanted = true;
		hand_order(g, m, is_past(g, m), m->past);
		return;
	}
	bool ordered = hand_order(g, m, is_past(g, m), false); /* before anything that takes time */
	table_put(&g->told, brief, NULL);
	g->status.findings++;
	g->status.by_level[m->level]++;
	keep_finding(g, m, key, ordered);
	console_note_finding(g, m);
	g->scan_wanted = true;
	slice alike = finding_short_key(key_of(m, false, room, sizeof room), &like);
	int64_t *last = table_put(&g->alike, alike, &fresh);
	bool again = !fresh && m->time_us - *last < CLOCK_HOUR;
	*last = m->time_us;
	g->status.repeated += again;
	if (!again) {
		print_finding(g, m);
		if (g->o->policy->syslog)
			tell_syslog(m);
		notify_alert(g, m);
	}
	fflush(stdout);
}

/* --- what was told before --- */

/* What is like it within the hour is not told either: its key ends with 0 for the time. */
static void remember_alike(struct guard *g, slice key)
{
	char room[768];
	size_t end = slice_search_last(key, SLICE("|"));
	int64_t when;
	if (end == SIZE_MAX || !slice_is_number(slice_from(key, end + 1), &when))
		return;
	struct digest d;
	int n = snprintf(room, sizeof room, "%.*s|0", (int)end, key.at);
	if (n > 0 && (size_t)n < sizeof room)
		*(int64_t *)table_put(&g->alike, finding_short_key((slice){room, (size_t)n}, &d),
				      NULL) = when;
}

static bool remember(void *ctx, const struct journal_entry *e)
{
	struct guard *g = ctx;
	json_t *data = json_loadb(e->data.at, e->data.len, 0, NULL);
	const json_t *key = json_object_get(data, "key");
	slice text = {json_string_value(key), json_string_length(key)};
	struct digest d;
	if (json_is_string(key)) {
		table_put(&g->told, finding_short_key(text, &d), NULL);
		remember_alike(g, text);
	}
	json_decref(data);
	return true;
}

void finding_go_on(struct guard *g)
{
	struct guard_status s;
	char why[512];
	if (!guard_status_read(g->o->state, &s, why, sizeof why))
		return;
	g->status.judged_us = s.judged_us;
	if (!g->o->access)
		return;
	memcpy(g->status.posture, s.posture, sizeof s.posture);
	memcpy(g->status.posture_by, s.posture_by, sizeof s.posture_by);
	g->status.posture_us = s.posture_us;
}

static bool open_own(struct guard *g, const char *path, char *why, size_t size)
{
	g->journal = journal_open(path, false, why, size);
	if (!g->journal)
		return false;
	if (journal_each(g->journal, remember, g))
		return true;
	snprintf(why, size, "%s", journal_why(g->journal));
	journal_close(&g->journal);
	return false;
}

/* What was told does not hold any more: nobody is watched the less for that.  What holds of it goes
 * on in a new one, the rest is told again, and a person hears of it. */
static bool renew_own(struct guard *g, const char *path, const char *what)
{
	struct journal_renewed r;
	char why[1024];
	if (!journal_renew(path, &r, why, sizeof why) || !open_own(g, path, why, sizeof why)) {
		fprintf(stderr, "tocsin: %s\n", what);
		return false;
	}
	snprintf(g->status.trouble, sizeof g->status.trouble,
		 "the list of findings that were told was altered: the former one is kept in "
		 "watch/%s",
		 r.folder);
	fprintf(stderr,
		"tocsin: %s/journal: %s; %llu of %llu entries hold: the watch goes on with them "
		"and tells the others again (the former one is kept in %s/%s: see who could write "
		"there)\n",
		path, r.what, (unsigned long long)r.held.entries, (unsigned long long)r.lines, path,
		r.folder);
	return true;
}

bool finding_open_journal(struct guard *g)
{
	char path[4096], why[1024];
	snprintf(path, sizeof path, "%s/watch", g->o->state);
	if (mkdir(g->o->state, 0700) != 0 && errno != EEXIST) {
		fprintf(stderr, "tocsin: %s: %s (name a folder with --state)\n", g->o->state,
			strerror(errno));
		return false;
	}
	return open_own(g, path, why, sizeof why) || renew_own(g, path, why);
}
