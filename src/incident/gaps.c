/*
 * gaps.c - what the records cannot show, and the setting that would have shown it.
 * Law: silence is never taken for calm; each gap says what it hides.
 */
#include "inquiry.h"

static struct gap *add_gap(struct inquiry *q, slice source, slice kind, slice hides, slice remedy)
{
	struct gap *g = list_add(&q->report->gaps);
	*g = (struct gap){source, CLOCK_NONE, CLOCK_NONE, kind,          hides,
			  remedy, {0},        {0},        CERTAINTY_NONE};
	return g;
}

int64_t end_of_records(const struct inquiry *q)
{
	int64_t end = CLOCK_NONE;
	for (size_t i = 0; i < q->report->inputs.len; i++)
		if (q->report->inputs.at[i].last_us > end)
			end = q->report->inputs.at[i].last_us;
	return end;
}

/* Logs that the daemons at work here would write if they were told to. */
static void never_logged(struct inquiry *q)
{
	bool mailboxes = q->dovecot || q->courier || q->cyrus;
	const struct {
		bool blind;
		const char *source, *hides, *remedy;
	} rows[] = {
	    {q->dovecot && !q->exporter, "Dovecot's event exporter",
	     "which messages an IMAP or POP3 session opened: Dovecot counts bodies and bytes "
	     "per "
	     "session, it names no message",
	     "event_exporter with filter event=mail_opened (man tocsin-scan has the block)"},
	    {q->courier, "a record of what Courier's sessions fetch",
	     "which and how many messages an IMAP or POP3 session opened: Courier counts bytes "
	     "per session",
	     "no setting writes one; keep a copy of the Maildirs, whose file names tell what was "
	     "marked as read"},
	    {q->cyrus && !q->cyrus_audit, "Cyrus' auditlog",
	     "which messages a session marked as read, deleted or copied, and how much it moved",
	     "auditlog: yes (imapd.conf)"},
	    {q->cyrus, "Cyrus' telemetry",
	     "which messages a session opened: auditlog names no more than those that it marked "
	     "as read",
	     "a folder log/USER in configdirectory makes imapd write USER's sessions down "
	     "(imapd(8))"},
	    {q->web_requests && !q->web_logins, "Roundcube's userlogins.log",
	     "who signed in to webmail and from where; tocsin joins requests to accounts by "
	     "time",
	     "$config['log_logins'] = true;"},
	    {q->local_sessions && !q->web_requests, "the web server's access log",
	     "the client address of webmail sessions, and what webmail showed",
	     "give the access log of the webmail host to tocsin scan as well"},
	    {mailboxes && !q->audit, "audit of the mail store",
	     "mail files read on the host itself, past IMAP and webmail",
	     "auditctl -a always,exit -F arch=b64 -F dir=/var/vmail -F perm=r -F "
	     "uid!=vmail -k mailstore"},
	    {q->tenant && !q->tenant_read_records, "MailItemsAccessed in the audit log",
	     "which messages were opened in the tenant's mailboxes",
	     "give the whole audit log; Set-Mailbox -AuditOwner @{Add='MailItemsAccessed'} if it "
	     "is "
	     "not among the audited actions"},
	    {q->dovecot && !q->postfix, "Postfix's log",
	     "mail sent with a stolen password, and mail forwarded by filters",
	     "give mail.log of the sending host to tocsin scan as well"},
	    {mailboxes && !q->dovecot && !q->postfix, "the sending server's log",
	     "mail sent with a stolen password, and mail forwarded by filters",
	     "give the log of the sending host to tocsin scan as well"},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (rows[i].blind)
			add_gap(q, slice_of(rows[i].source), SLICE("never-logged"),
				slice_of(rows[i].hides), slice_of(rows[i].remedy))
			    ->state = SLICE("never-on");
}

static slice path_of(const struct inquiry *q, uint32_t input)
{
	return input < q->report->inputs.len ? q->report->inputs.at[input].path : SLICE("");
}

/* A session's end without its start: lines are missing where the start should stand. */
static void orphans(struct inquiry *q)
{
	for (size_t i = 0; i < q->orphans.len; i++) {
		const struct lost *o = &q->orphans.at[i];
		struct gap *g = add_gap(
		    q, path_of(q, o->place.input), SLICE("tampered"),
		    arena_format(
			q->keep,
			"the sign-in of a session of %.*s is not in the log, though the "
			"session's end is and its id dates the sign-in: lines were lost or cut",
			(int)o->account.len, o->account.at ? o->account.at : ""),
		    SLICE("ship logs to another host as they are written"));
		g->from_us = o->from_us;
		g->to_us = o->from_us;
		g->state = SLICE("tampered");
		g->certainty = LIKELY;
		cite(&g->evidence, &o->place);
	}
}

static void dropped(struct inquiry *q)
{
	for (size_t i = 0; i < q->dropped.len; i++) {
		const struct lost *d = &q->dropped.at[i];
		struct gap *g = add_gap(
		    q, path_of(q, d->place.input), SLICE("missing"),
		    d->count < 0
			? SLICE("the logger dropped lines by its rate limit, it does not "
				"say how many")
			: arena_format(q->keep, "the logger dropped %lld lines by its rate limit",
				       (long long)d->count),
		    SLICE(
			"RateLimitBurst=0 in journald.conf, imuxsock's ratelimit off in rsyslog"));
		g->from_us = g->to_us = d->from_us;
		g->state = SLICE("rate-limited");
		g->certainty = PROVEN;
		cite(&g->evidence, &d->place);
	}
}

/* On the first days of the records nothing is usual for anybody yet, so nothing can be new. */
static void short_history(struct inquiry *q)
{
	int64_t since = facts_since(q->facts), end = end_of_records(q);
	bool mail = q->dovecot || q->courier || q->cyrus || q->tenant || q->web_requests;
	int64_t days = since == CLOCK_NONE || end == CLOCK_NONE
			   ? FACTS_LEARNING_DAYS
			   : end / CLOCK_DAY - since / CLOCK_DAY;
	if (!mail || days >= FACTS_LEARNING_DAYS)
		return;
	struct gap *g = add_gap(
	    q, SLICE("the days before these records"), SLICE("missing"),
	    SLICE("what is usual for each account: a network, a program or a recipient can be "
		  "called new from an account's third day on; a stolen password that was used "
		  "before may have gone unnoticed"),
	    SLICE("give older logs as well (mail.log.1, mail.log.2.gz ...)"));
	g->to_us = since;
	g->state = SLICE("short");
	g->certainty = PROVEN;
}

void find_gaps(struct inquiry *q)
{
	short_history(q);
	never_logged(q);
	orphans(q);
	forged_gaps(q);
	dropped(q);
	throttle_gaps(q);
}

static void copy_gap(struct incident *inc, const struct gap *g)
{
	struct gap *to = list_add(&inc->gaps);
	*to = *g;
	to->evidence = (struct evidences){0};
	for (size_t i = 0; i < g->evidence.len; i++)
		cite(&to->evidence, &g->evidence.at[i].place);
}

/* Nothing counts what it read: its end is not in the log, or names the account alone. */
static bool is_open(const struct seen *s, int group, bool joined)
{
	bool counted = s->ended && !s->joined;
	return s->group == group && !s->local && !counted && !s->exporter && s->evidence.len &&
	       s->joined == joined;
}

/* One gap for all of a kind: a guesser's may be hundreds. */
static void open_sessions_of(struct inquiry *q, int group, bool joined)
{
	struct gap g = {.to_us = CLOCK_NONE, .kind = SLICE("missing")};
	slice who = {0};
	int64_t n = 0;
	for (size_t i = 0; i < q->seen.len; i++) {
		const struct seen *s = q->seen.at[i];
		if (!is_open(s, group, joined))
			continue;
		if (!n++) {
			g.from_us = s->first_us;
			g.source = path_of(q, s->evidence.at[0].place.input);
			who = s->account;
		}
		g.from_us = s->first_us < g.from_us ? s->first_us : g.from_us;
		if (n <= CITED_MOST)
			cite(&g.evidence, &s->evidence.at[0].place);
		else
			g.evidence.more++;
		if (!slice_eq(s->account, who))
			who.len = 0; /* several */
	}
	if (!n)
		return;
	slice sessions = n == 1 ? SLICE("a session") : say_plural(q, n, "session", "sessions");
	g.hides = arena_format(
	    q->keep, "what %.*s%s%.*s read: %s", SAY(sessions), who.len ? " of " : "", SAY(who),
	    joined   ? "the end names the account alone and is joined to it by time"
	    : n == 1 ? "its end is not in the log, so no count of bodies exists"
		     : "their ends are not in the log, so no count of bodies exists");
	*list_add(&q->groups.at[group].incident->gaps) = g;
}

static void open_sessions(struct inquiry *q, int group)
{
	open_sessions_of(q, group, false);
	open_sessions_of(q, group, true);
}

static void hide_reading(struct incident *inc, slice source, slice remedy)
{
	*list_add(&inc->gaps) = (struct gap){
	    .source = source,
	    .from_us = CLOCK_NONE,
	    .to_us = CLOCK_NONE,
	    .kind = SLICE("never-logged"),
	    .hides = SLICE("which and how many messages were opened: nothing here counts them"),
	    .remedy = remedy};
}

/* Why no bound can be given where servers tell who came in, and no more. */
static void uncounted(struct inquiry *q, int group)
{
	struct group *g = &q->groups.at[group];
	if (g->uncounted.len)
		hide_reading(g->incident,
			     arena_format(q->keep, "what sessions of %.*s read",
					  (int)g->uncounted.len, g->uncounted.at),
			     SLICE("the mail store, backups of it and the proxy's log may tell"));
	else if (!reads_are_logged(q, g) && !q->tenant)
		hide_reading(g->incident, SLICE("the log of the mailbox server"),
			     SLICE("give the log of the IMAP, POP3 or webmail server as well"));
	for (size_t i = 0; g->tenant && q->tenant_read_records && i < g->accounts.len; i++)
		if (!is_recorded_mailbox(q, g->accounts.at[i]))
			hide_reading(g->incident,
				     arena_format(q->keep, "MailItemsAccessed of %.*s",
						  (int)g->accounts.at[i].len, g->accounts.at[i].at),
				     SLICE("Set-Mailbox -AuditOwner @{Add='MailItemsAccessed'}"));
}

/* The store was changed since: its names are not those of what was read. */
static void renumbered(struct inquiry *q, int group)
{
	const struct group *g = &q->groups.at[group];
	if (!g->renumbered)
		return;
	struct gap *gap = list_add(&g->incident->gaps);
	*gap = (struct gap){
	    .source = SLICE("the mail store"),
	    .from_us = CLOCK_NONE,
	    .to_us = CLOCK_NONE,
	    .kind = SLICE("missing"),
	    .certainty = LIKELY,
	    .hides = arena_format(q->keep,
				  "which messages %llu of the UIDs were: other ones lie under them "
				  "now, so a folder was made anew since",
				  (unsigned long long)g->renumbered),
	    .remedy = SLICE("a backup of the mail store from the time of the logs")};
}

static void carried_off(struct inquiry *q, int group)
{
	const struct group *g = &q->groups.at[group];
	if (g->method == ENTRY_SHELL)
		*list_add(&g->incident->gaps) = (struct gap){
		    .source = SLICE("the host's own traffic"),
		    .from_us = CLOCK_NONE,
		    .to_us = CLOCK_NONE,
		    .kind = SLICE("never-logged"),
		    .hides = SLICE("how much a shell carried off, and where to: no log here counts "
				   "it"),
		    .remedy = SLICE("flow records of the firewall or of the provider")};
}

static void cut_off(struct inquiry *q, int group)
{
	const struct group *g = &q->groups.at[group];
	if (begins_with_logs(q, g))
		*list_add(&g->incident->gaps) = (struct gap){
		    .source = SLICE("what was before the logs"),
		    .from_us = CLOCK_NONE,
		    .to_us = g->first_us,
		    .kind = SLICE("missing"),
		    .hides = SLICE("what was opened before: the intruder is in the first hour of "
				   "these logs already, so no upper bound can be given"),
		    .remedy = SLICE("give older logs as well (mail.log.1, mail.log.2.gz ...)")};
}

void incident_gaps(struct inquiry *q, int group)
{
	struct group *g = &q->groups.at[group];
	for (size_t i = 0; i < q->report->gaps.len; i++) {
		const struct gap *gap = &q->report->gaps.at[i];
		bool touches = gap->from_us == CLOCK_NONE || gap->to_us == CLOCK_NONE ||
			       gap->to_us >= g->first_us - CLOCK_DAY;
		if (touches)
			copy_gap(g->incident, gap);
	}
	open_sessions(q, group);
	uncounted(q, group);
	renumbered(q, group);
	cut_off(q, group);
	carried_off(q, group);
	gap_of_others(q, group);
	gap_of_unexplained(q, group);
}
