/*
 * verdict.c - the six answers, each with reasons and with what would settle it.
 * Law: an answer's certainty is that of the weakest record it needs; unknown is a fine answer.
 */
#include "inquiry.h"

#include <stdio.h>
#include <stdlib.h>

enum { REASONS_MOST = 12 };

void because(struct inquiry *q, struct verdict *v, slice text)
{
	if (!v->because)
		v->because = arena_take(q->keep, REASONS_MOST * sizeof(slice));
	if (v->because_count < REASONS_MOST)
		v->because[v->because_count++] = text;
}

void would_settle(struct inquiry *q, struct verdict *v, slice text)
{
	if (!v->would_settle)
		v->would_settle = arena_take(q->keep, REASONS_MOST * sizeof(slice));
	if (v->would_settle_count < REASONS_MOST)
		v->would_settle[v->would_settle_count++] = text;
}

/* A change by which mail goes elsewhere; the target of others is whom or what they favour. */
bool forwards(const struct change *c)
{
	return c->target.len && slice_eq(c->kind, SLICE("forwarding-rule"));
}

/* --- since when --- */

/* "9 s later", as a person counts on from the time before. */
static slice say_finding(struct inquiry *q, const struct group *g)
{
	int64_t later = g->first_finding_us - g->first_us;
	if (later < 0 || later >= CLOCK_DAY)
		return arena_format(q->keep, "; first finding %.*s",
				    SAY(say_when(q, g->first_finding_us)));
	if (later < CLOCK_SECOND)
		return SLICE("; found in the same second");
	return arena_format(q->keep, "; first finding %.*s later", SAY(say_duration(q, later)));
}

static void judge_since(struct inquiry *q, struct group *g, struct verdict *v)
{
	int64_t inside = g->last_us - (g->login_us != CLOCK_NONE ? g->login_us : g->first_us);
	v->answer = arena_format(q->keep, "%.*s%.*s", SAY(say_when(q, g->first_us)),
				 SAY(say_finding(q, g)));
	if (inside >= CLOCK_SECOND)
		v->answer = arena_format(q->keep, "%.*s; %.*s from first sign-in to last act seen",
					 SAY(v->answer), SAY(say_duration(q, inside)));
	v->short_answer = v->answer;
	bool inferred = g->known_network || g->method == ENTRY_SHELL || g->method == ENTRY_CONSENT;
	slice doubts[START_DOUBTS];
	size_t n = start_doubts(q, g, doubts);
	v->certainty = inferred || n ? LIKELY : PROVEN;
	because(
	    q, v,
	    inferred
		? SLICE("it is the first act in the logs given that is taken for the intruder's")
		: SLICE("it is the first record of the intruder's addresses in the logs given"));
	for (size_t i = 0; i < n; i++)
		because(q, v, doubts[i]);
	if (g->method != ENTRY_SHELL && !g->known_network)
		would_settle(q, v,
			     SLICE("older logs, and a copy of these on another host: an earlier "
				   "visit from another address would not be linked by them, and a "
				   "piece cut out of a quiet log leaves no trace"));
}

/* --- what was opened --- */

static size_t count_accesses(const struct incident *inc, enum access_kind kind,
			     enum certainty least)
{
	size_t n = 0;
	for (size_t i = 0; i < inc->accesses.len; i++)
		n += inc->accesses.at[i].kind == kind && inc->accesses.at[i].certainty >= least;
	return n;
}

/* Parts that no search for secrets looked into: PDF, pictures, archives. */
static int64_t not_looked_into(const struct inquiry *q, const struct incident *inc)
{
	int64_t n = 0;
	for (size_t i = 0; i < inc->accesses.len; i++) {
		const struct access *a = &inc->accesses.at[i];
		const struct mail *m = q->store && a->looked && a->kind == KIND_MESSAGE &&
					       a->certainty >= LIKELY && a->uid >= 0
					   ? mailstore_find(q->store, a->account, a->folder, a->uid)
					   : NULL;
		for (size_t k = 0; m && k < m->part_count; k++)
			n += m->parts[k].opaque;
	}
	return n;
}

static slice say_secrets(struct inquiry *q, const struct incident *inc)
{
	if (!inc->secret_messages)
		return (slice){0};
	slice kinds = {0};
	for (int k = 0; k < SECRET_COUNT; k++)
		if (inc->secrets[k])
			kinds =
			    arena_format(q->keep, "%.*s%s%.*s", SAY(kinds), kinds.len ? ", " : "",
					 SAY(say_plural(q, (int64_t)inc->secrets[k],
							secret_texts[k][0], secret_texts[k][1])));
	return arena_format(
	    q->keep, "; %.*s (%.*s): rotate them",
	    SAY(say_plural(q, (int64_t)inc->secret_messages, "holds secrets", "hold secrets")),
	    SAY(kinds));
}

/* No host of ours has a store, or counts, of what was done there. */
static bool in_tenant(const struct group *g)
{
	return g->tenant || g->method == ENTRY_CONSENT || g->method == ENTRY_TOKEN;
}

struct opened_sums {
	int64_t proven, likely, most; /* messages; most: UNKNOWN if nothing bounds them */
	int64_t stored, cloud; /* files, proven: of the mail store on its host, of the tenant */
	int64_t parts;
	int64_t bodies; /* times that one was handed over, as sessions count */
};

static int64_t count_files(const struct incident *inc, bool cloud)
{
	int64_t n = 0;
	for (size_t i = 0; i < inc->accesses.len; i++) {
		const struct access *a = &inc->accesses.at[i];
		n += a->kind == KIND_FILE && a->certainty == PROVEN &&
		     (a->how == HOW_CLOUD_FILE) == cloud;
	}
	return n;
}

static int64_t count_bodies(const struct incident *inc)
{
	int64_t n = 0;
	for (size_t i = 0; i < inc->sessions.len; i++)
		if (inc->sessions.at[i].bodies > 0 && inc->sessions.at[i].certainty >= LIKELY)
			n += inc->sessions.at[i].bodies;
	return n;
}

static struct opened_sums opened_sums(const struct incident *inc)
{
	return (struct opened_sums){
	    .proven = inc->messages.proven,
	    .likely = (int64_t)count_accesses(inc, KIND_MESSAGE, LIKELY),
	    .most = inc->messages.at_most,
	    .stored = count_files(inc, false),
	    .cloud = count_files(inc, true),
	    .parts = (int64_t)count_accesses(inc, KIND_ATTACHMENT, LIKELY),
	    .bodies = count_bodies(inc),
	};
}

/* What is likely only is not named beside files: those are proven. */
static slice say_things(struct inquiry *q, const struct opened_sums *n)
{
	bool files = n->stored || n->cloud;
	int64_t messages = n->proven || files ? n->proven : n->likely;
	const struct {
		int64_t n;
		const char *one, *many;
	} rows[] = {{messages, "message", "messages"},
		    {files || !n->proven ? 0 : n->likely - n->proven, "more likely", "more likely"},
		    {files && !messages ? 0 : n->parts, "attachment", "attachments"},
		    {n->stored, "file of the mail store", "files of the mail store"},
		    {n->cloud, "file of the tenant", "files of the tenant"}};
	slice said = {0};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (rows[i].n > 0)
			said =
			    arena_format(q->keep, "%.*s%s%.*s", SAY(said), said.len ? ", " : "",
					 SAY(say_plural(q, rows[i].n, rows[i].one, rows[i].many)));
	if (said.len)
		return said;
	if (n->most == 0)
		return SLICE("no message by the records given");
	if (n->bodies == 0)
		return SLICE("messages that no record names");
	return arena_format(q->keep,
			    "bodies were handed over %.*s, of messages that no record names",
			    SAY(say_plural(q, n->bodies, "time", "times")));
}

static slice say_bound(struct inquiry *q, const struct opened_sums *n)
{
	if (n->most < 0)
		return SLICE("; no upper bound can be given");
	if (n->most <= n->proven || n->most <= n->likely)
		return (slice){0};
	return arena_format(q->keep, "; at most %.*s", SAY(say_figure(q, n->most)));
}

static slice say_opened(struct inquiry *q, const struct group *g, const struct opened_sums *n)
{
	const struct incident *inc = g->incident;
	slice said = say_things(q, n);
	size_t folders = synchronised_folders(inc);
	if (folders)
		said = arena_format(q->keep, "%.*s, every message of %.*s", SAY(said),
				    SAY(say_plural(q, (int64_t)folders, "folder", "folders")));
	said = arena_format(q->keep, "%.*s%.*s%.*s", SAY(said), SAY(say_bound(q, n)),
			    SAY(say_secrets(q, inc)));
	if (g->headers > 0)
		said = arena_format(q->keep, "%.*s; headers alone were handed over %.*s", SAY(said),
				    SAY(say_plural(q, (int64_t)g->headers, "time", "times")));
	if (g->topped > 0)
		said = arena_format(q->keep,
				    "%.*s; headers, or as many lines as he liked, were handed over "
				    "%.*s (TOP)",
				    SAY(said),
				    SAY(say_plural(q, (int64_t)g->topped, "time", "times")));
	if (inc->listed)
		said = arena_format(q->keep, "%.*s; %.*s listed by subject", SAY(said),
				    SAY(say_plural(q, inc->listed, "further message was",
						   "further messages were")));
	return said;
}

static void reason_opened(struct inquiry *q, const struct group *g, const struct opened_sums *n,
			  bool uncounted, struct verdict *v)
{
	const struct {
		bool holds;
		const char *why;
	} rows[] = {
	    {uncounted, "Dovecot's records count bodies and bytes per session and name none"},
	    {q->courier, "Courier's records count bytes per session and name no message"},
	    {q->cyrus && n->likely,
	     "Cyrus names what a session marked as read: most clients do so as they open it, and "
	     "may open without"},
	    {n->most < 0,
	     "records that would count what was read are missing: see what was not seen"},
	    {uncounted && q->store,
	     "names are inferred from sizes in the mail store, which add up exactly; what was "
	     "deleted since, or is newer than the store, is not among them"}};
	slice why[TENANT_REASONS];
	size_t whys;
	reason_owners(q, g, v);
	if (g->asked)
		because(q, v,
			arena_format(q->keep,
				     "the webmail's log tells of %.*s for a message from the "
				     "intruder's addresses, and does not name which",
				     SAY(say_plural(q, g->asked, "request", "requests"))));
	if (n->proven)
		because(q, v,
			SLICE("the server's own events, or audit records, name each of them"));
	tenant_reasons(q, g, why, &whys);
	for (size_t i = 0; i < whys; i++)
		because(q, v, why[i]);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (rows[i].holds)
			because(q, v, slice_of(rows[i].why));
	int64_t opaque = not_looked_into(q, g->incident);
	if (opaque)
		because(q, v,
			arena_format(q->keep,
				     "%.*s of them (PDF, pictures, archives) %s not searched for "
				     "secrets",
				     SAY(say_plural(q, opaque, "part", "parts")),
				     opaque == 1 ? "was" : "were"));
}

/* What was cut out of a log that pauses anyhow leaves no trace, and is in no bound. */
static void reason_pause(struct inquiry *q, const struct group *g, struct verdict *v)
{
	int64_t at = CLOCK_NONE;
	int64_t length = longest_pause(q, g->login_host, g->login_us, g->last_accepted_us, &at);
	if (length)
		because(q, v,
			arena_format(q->keep,
				     "the mail log is quiet for %.*s from %.*s on, between his "
				     "acts: sessions cut out there would be in no bound",
				     SAY(say_duration(q, length - length % CLOCK_MINUTE)),
				     SAY(say_when(q, at))));
}

static void judge_opened(struct inquiry *q, struct group *g, struct verdict *v)
{
	struct opened_sums n = opened_sums(g->incident);
	bool others = q->courier || q->cyrus || q->tenant || q->wire;
	bool uncounted = !q->exporter && (q->dovecot || !others);
	v->short_answer = v->answer = say_opened(q, g, &n);
	v->certainty = n.proven || n.stored || n.cloud ? PROVEN
		       : n.likely || n.most == 0       ? LIKELY
						       : POSSIBLE;
	reason_opened(q, g, &n, uncounted, v);
	if (n.most >= 0 && !in_tenant(g) && g->login_us != CLOCK_NONE)
		reason_pause(q, g, v);
	if (in_tenant(g))
		would_settle(
		    q, v,
		    SLICE("the tenant's whole audit log: MailItemsAccessed of these accounts, "
			  "if it is recorded for them"));
	else if (!q->store)
		would_settle(q, v,
			     SLICE("the mail store: tocsin scan --mail-store, to name messages"));
	if (uncounted)
		would_settle(q, v,
			     SLICE("a packet capture or a rawlog of the time; from now on: the "
				   "event exporter"));
}

/* --- did data leave --- */

/* How sure it is that mail left: as sure as the surest record of a way on which it did. */
static enum certainty sureness_of_loss(const struct incident *inc)
{
	enum certainty best = CERTAINTY_NONE;
	for (size_t i = 0; i < inc->sessions.len; i++)
		if (inc->sessions.at[i].bodies > 0 && inc->sessions.at[i].certainty > best)
			best = inc->sessions.at[i].certainty;
	for (size_t i = 0; i < inc->accesses.len; i++)
		if (inc->accesses.at[i].kind <= KIND_ATTACHMENT &&
		    inc->accesses.at[i].certainty > best)
			best = inc->accesses.at[i].certainty;
	for (size_t i = 0; i < inc->sent.len; i++)
		if (inc->sent.at[i].external && inc->sent.at[i].certainty > best)
			best = inc->sent.at[i].certainty;
	for (size_t i = 0; i < inc->changes.len; i++)
		if (inc->changes.at[i].used && inc->changes.at[i].certainty > best)
			best = inc->changes.at[i].certainty;
	return best;
}

/* Mail that went the way of a change of the intruder's. */
static int64_t count_forwarded(const struct inquiry *q, const struct incident *inc)
{
	uint64_t n = 0;
	for (size_t i = 0; i < q->redirects.len; i++)
		for (size_t k = 0; k < inc->changes.len; k++)
			if (slice_eq(inc->changes.at[k].target, q->redirects.at[i].target) &&
			    slice_eq(inc->changes.at[k].account, q->redirects.at[i].account))
				n += q->redirects.at[i].count;
	return (int64_t)n;
}

static int64_t count_outside(const struct incident *inc)
{
	int64_t n = 0;
	for (size_t i = 0; i < inc->sent.len; i++)
		n += inc->sent.at[i].external;
	return n;
}

static slice suspect_loss(struct inquiry *q, const struct incident *inc, int64_t forwarded)
{
	if (forwarded)
		return arena_format(
		    q->keep,
		    "suspected-loss: %.*s forwarded outside by a filter that may be the intruder's",
		    SAY(say_plural(q, forwarded, "later mail was", "later mails were")));
	if (count_files(inc, false))
		return SLICE("suspected-loss: files were read on the host; where they went no "
			     "record here shows");
	if (count_files(inc, true))
		return SLICE("suspected-loss: files of the tenant were opened; whether they were "
			     "kept no record here shows");
	if (inc->bytes_out.proven > 0)
		return arena_format(q->keep,
				    "suspected-loss: %.*s sent to the intruder's client, listings "
				    "or mail: no record tells which",
				    SAY(say_volume(q, inc->bytes_out.proven)));
	return SLICE("suspected-loss: nothing in these records shows mail leaving, nor rules it "
		     "out");
}

/* Each way on which mail left, one behind the other; none counted is not none sent. */
static slice confirm_loss(struct inquiry *q, const struct incident *inc, int64_t forwarded)
{
	int64_t outside = count_outside(inc), named = q->tenant ? inc->messages.proven : 0;
	int64_t stored = count_files(inc, false), cloud = count_files(inc, true);
	int64_t bodies = inc->bytes_out.proven > 0 ? 0 : count_bodies(inc);
	const struct {
		bool holds;
		slice what;
		const char *how;
	} ways[] = {
	    {inc->bytes_out.proven > 0, say_volume(q, inc->bytes_out.proven),
	     "sent to the intruder's client"},
	    {bodies > 0, say_plural(q, bodies, "message body", "message bodies"),
	     "handed to the intruder's client"},
	    {named > 0, say_plural(q, named, "message", "messages"), "opened that records name"},
	    {outside > 0, say_plural(q, outside, "mail", "mails"), "sent to outside recipients"},
	    {forwarded > 0, say_plural(q, forwarded, "later mail", "later mails"),
	     "forwarded by a filter"},
	    {stored > 0, say_plural(q, stored, "file", "files"),
	     "read on the host; where they went no record shows"},
	    {cloud > 0, say_plural(q, cloud, "file", "files"), "of the tenant opened"}};
	slice said = SLICE("confirmed-loss");
	const char *joint = ": ";
	for (size_t i = 0; i < sizeof ways / sizeof *ways; i++)
		if (ways[i].holds) {
			said = arena_format(q->keep, "%.*s%s%.*s %s", SAY(said), joint,
					    SAY(ways[i].what), ways[i].how);
			joint = "; ";
		}
	return said;
}

static void reason_loss(struct inquiry *q, const struct group *g, struct verdict *v)
{
	because(q, v,
		SLICE("the server's own counts say that message bodies were handed to the "
		      "intruder's client, or Postfix that mail was accepted outside"));
	if (!g->known_network)
		return;
	v->certainty = LIKELY;
	because(q, v,
		SLICE("they were handed to the victim's own browser; what the script did with "
		      "them no server record shows"));
	would_settle(q, v, SLICE("the web proxy's or firewall's log of the victim's machine"));
}

/* Every session of his was counted to its end, none was handed a message, whole or in part, and
 * the log is there that would tell of mail sent or forwarded. */
static bool is_nothing_read(const struct inquiry *q, const struct group *g)
{
	const struct incident *inc = g->incident;
	size_t ended = 0;
	for (size_t i = 0; i < inc->sessions.len; i++)
		ended += inc->sessions.at[i].bodies == 0;
	return q->postfix && ended && ended == inc->sessions.len && inc->messages.at_most == 0 &&
	       !inc->accesses.len && !inc->changes.len && !inc->sent.len && !in_tenant(g);
}

static void judge_nothing_read(struct inquiry *q, const struct group *g, struct verdict *v)
{
	int64_t bytes = g->incident->bytes_out.proven;
	slice what = g->headers > 0 ? SLICE("suspected-loss: headers (who wrote, about what) were "
					    "handed over, no message was")
				    : SLICE("none: no message was handed over");
	v->answer = bytes > 0 ? arena_format(q->keep,
					     "%.*s; %.*s of lists and answers went to the "
					     "intruder's client",
					     SAY(what), SAY(say_volume(q, bytes)))
			      : what;
	v->certainty = LIKELY;
	because(q, v,
		SLICE("the server counted every session of his to its end, and no body in any"));
	would_settle(q, v, SLICE("flow records or firewall counters of the host for the time"));
}

static void judge_left(struct inquiry *q, struct group *g, struct verdict *v)
{
	struct incident *inc = g->incident;
	int64_t forwarded = count_forwarded(q, inc);
	enum certainty sure = sureness_of_loss(inc);
	v->certainty = sure < LIKELY ? POSSIBLE : sure;
	if (sure < LIKELY && is_nothing_read(q, g)) {
		judge_nothing_read(q, g, v);
	} else if (sure < LIKELY) {
		v->answer = suspect_loss(q, inc, forwarded);
		would_settle(q, v,
			     in_tenant(g)
				 ? SLICE("the tenant's whole audit log: what was synchronised, "
					 "downloaded and forwarded")
				 : SLICE("flow records or firewall counters of the host for "
					 "the time"));
	} else {
		v->answer = confirm_loss(q, inc, forwarded);
		reason_loss(q, g, v);
	}
	v->short_answer = v->answer;
}

/* --- who --- */

static void judge_who(struct inquiry *q, struct group *g, struct verdict *v)
{
	struct incident *inc = g->incident;
	const struct hypothesis *best = NULL;
	for (size_t i = 0; i < inc->hypotheses.len; i++)
		if (!best || inc->hypotheses.at[i].weight > best->weight)
			best = &inc->hypotheses.at[i];
	bool stands_out = best && best->weight >= 60;
	v->certainty = stands_out ? POSSIBLE : CERTAINTY_NONE;
	v->answer =
	    stands_out ? arena_format(q->keep, "fits %.*s best (%d %%), by conduct alone; no proof",
				      SAY(best->name), best->weight)
		       : arena_format(q->keep,
				      "too little to tell; %zu hypotheses are weighed in the "
				      "report",
				      inc->hypotheses.len);
	v->short_answer = v->answer;
	because(q, v, SLICE("records of a mail host show conduct, not persons"));
	would_settle(q, v,
		     SLICE("who runs the addresses at these times (their operators), malware or "
			   "mail that preceded, claims and demands"));
}

/* --- the incident as a whole --- */

/* Accounts that were used, as far as records tell; at least one, where any is named. */
static size_t used_accounts(const struct group *g)
{
	const struct incident *inc = g->incident;
	size_t n = 0;
	for (size_t i = 0; i < inc->accounts.len; i++)
		n += inc->accounts.at[i].compromised >= LIKELY;
	return n || !g->accounts.len ? n : 1;
}

/* Whose mail was read, without a sentence on how their owners' passwords fared. */
static size_t read_accounts(const struct incident *inc)
{
	size_t n = 0;
	for (size_t i = 0; i < inc->accounts.len; i++)
		n += inc->accounts.at[i].read >= LIKELY;
	return n;
}

static void name_incident(struct inquiry *q, struct group *g, int number)
{
	struct incident *inc = g->incident;
	size_t used = used_accounts(g);
	struct civil c = clock_to_civil(g->first_us);
	inc->id = arena_format(q->keep, "T-%04d%02d%02d-%d", c.year, c.month, c.day, number + 1);
	inc->first_us = g->first_us;
	inc->last_us = g->last_us;
	inc->first_finding_us = g->first_finding_us;
	bool forwarding = false;
	for (size_t i = 0; i < inc->changes.len; i++)
		forwarding |=
		    forwards(&inc->changes.at[i]) &&
		    inc->changes.at[i].time_us != CLOCK_NONE; /* else nobody knows whose */
	bool critical = g->level > LEVEL_HIGH || forwarding || inc->secret_messages ||
			g->method == ENTRY_SHELL || used >= 3;
	inc->severity = critical ? SLICE("critical") : SLICE("high");
	static const char *const through[] = {[ENTRY_UNKNOWN] = "by an unknown way",
					      [ENTRY_SPRAY] = "after password spraying",
					      [ENTRY_BRUTE] = "after password guessing",
					      [ENTRY_STOLEN] = "with the right password",
					      [ENTRY_WEBMAIL_SESSION] =
						  "through its owner's own webmail session",
					      [ENTRY_WEBMAIL_EXPLOIT] = "through a webmail exploit",
					      [ENTRY_SHELL] = "from a shell on the mail host",
					      [ENTRY_CONSENT] = "by a consented application",
					      [ENTRY_TOKEN] = "with a token, no password"};
	slice who = used == 1 ? SLICE("One account") : arena_format(q->keep, "%zu accounts", used);
	inc->title =
	    arena_format(q->keep, "%.*s used by an intruder %s%s", SAY(who), through[g->method],
			 forwarding ? "; mail is forwarded outside" : "");
	if (rests_on_forged(g))
		inc->title = arena_format(q->keep, "%.*s, as lines say that contradict themselves",
					  SAY(inc->title));
	size_t read = read_accounts(inc);
	if (!g->accounts.len)
		inc->title =
		    read ? arena_format(q->keep, "Mail of %.*s read %s",
					SAY(say_plural(q, (int64_t)read, "account", "accounts")),
					through[g->method])
			 : SLICE("Findings that name no account");
	if (g->method == ENTRY_SHELL && !g->accounts.len)
		inc->title = SLICE("Files of the mail store read from a shell on the mail host");
	else if (g->method == ENTRY_SHELL)
		inc->title = arena_format(
		    q->keep, "Mail of %.*s read from a shell on the mail host",
		    SAY(say_plural(q, (int64_t)g->accounts.len, "account", "accounts")));
}

void judge_group(struct inquiry *q, int group)
{
	struct group *g = &q->groups.at[group];
	struct verdict *v = g->incident->verdicts;
	settle_secret(g);
	judge_how(q, g, &v[Q_HOW]);
	judge_since(q, g, &v[Q_SINCE]);
	judge_opened(q, g, &v[Q_OPENED]);
	judge_left(q, g, &v[Q_LEFT]);
	judge_inside(q, g, &v[Q_INSIDE]);
	judge_who(q, g, &v[Q_WHO]);
	doubt_forged(q, g, v);
	name_incident(q, g, group);
}
