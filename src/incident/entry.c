/*
 * entry.c - how they got in.
 *
 * Laws: (1) what a server took for a secret is named: a token is no password; (2) "never seen" and
 * "no failed try" are said of what the facts hold of these very addresses, and of nothing else;
 * (3) an address of the house's own that many use may be a proxy's: whose client stood behind it
 * is not known, so it is possible and no more.
 */
#include "inquiry.h"

/* What a SASL mechanism hands over instead of a password (RFC 7628, RFC 4752, RFC 4422 appendix A;
 * XOAUTH2 is Google's and Microsoft's). */
static const struct instead {
	slice mechanism;
	enum entry_method method;
	const char *what, *settles;
} instead[] = {
    {SLICE_INIT("OAUTHBEARER"), ENTRY_TOKEN, "Token",
     "the sign-in log of the provider that issues the tokens: to whom, and by which consent"},
    {SLICE_INIT("XOAUTH2"), ENTRY_TOKEN, "Token",
     "the sign-in log of the provider that issues the tokens: to whom, and by which consent"},
    {SLICE_INIT("GSSAPI"), ENTRY_TOKEN, "Kerberos ticket",
     "the log of the Kerberos server: which machine asked for that ticket"},
    {SLICE_INIT("GSS-SPNEGO"), ENTRY_TOKEN, "Kerberos ticket",
     "the log of the Kerberos server: which machine asked for that ticket"},
    {SLICE_INIT("EXTERNAL"), ENTRY_UNKNOWN, "Client certificate",
     "where the private key of that certificate lies, and who had it"},
};

/* Cyrus writes "XOAUTH2+TLS". */
static const struct instead *instead_of_password(const struct group *g)
{
	slice said = slice_first(g->login_mechanism, slice_find(g->login_mechanism, '+'));
	for (size_t i = 0; i < sizeof instead / sizeof *instead; i++)
		if (slice_eq_nocase(said, instead[i].mechanism))
			return &instead[i];
	return NULL;
}

/*
 * Before anything is said: rules know of stolen passwords alone; and whoever guessed at others, and
 * never at the accounts that let him in, had their passwords.
 */
void settle_secret(struct group *g)
{
	if (g->method == ENTRY_BRUTE && g->guesses && g->guesses_aside == g->guesses)
		g->method = ENTRY_STOLEN;
	const struct instead *row = g->method == ENTRY_STOLEN ? instead_of_password(g) : NULL;
	if (row)
		g->method = row->method;
}

static const struct address *way_in(const struct group *g)
{
	return g->has_login_ip ? &g->login_ip : g->suspects.len ? &g->suspects.at[0].ip : NULL;
}

static slice say_address(struct inquiry *q, const struct group *g)
{
	char text[ADDRESS_TEXT];
	const struct address *ip = way_in(g);
	if (!ip)
		return SLICE("an unknown address");
	address_format(ip, text);
	struct where w = facts_where(q->facts, ip);
	slice owner = w.operator.len ? w.operator: w.name;
	if (!owner.len)
		return arena_format(q->keep, "%s", text);
	return arena_format(q->keep, "%s (%.*s%s%.*s)", text, (int)owner.len, owner.at,
			    w.country.len ? ", " : "", (int)w.country.len,
			    w.country.len ? w.country.at : "");
}

static slice entry_account(const struct group *g)
{
	return g->login_account.len ? g->login_account
	       : g->accounts.len    ? g->accounts.at[0]
				    : (slice){0};
}

/* Tries that failed from where he came in, on any account, before he did. */
static bool has_failures(struct inquiry *q, const struct group *g)
{
	for (size_t i = 0; i < g->suspects.len; i++) {
		const struct address *ip = &g->suspects.at[i].ip;
		int64_t since = facts_guesser_since(q->facts, ip);
		if (facts_failed_accounts(q->facts, ip) && since != CLOCK_NONE &&
		    (g->login_us == CLOCK_NONE || since < g->login_us))
			return true;
	}
	return g->login_failed_before;
}

/* A session of his was under way as the logs begin: he came in before. */
static bool was_inside_before(struct inquiry *q, const struct group *g)
{
	return g->first_us < facts_since(q->facts);
}

/* What is known of the place, to that account. */
static slice say_history(struct inquiry *q, const struct group *g)
{
	const struct address *ip = way_in(g);
	int64_t since = ip ? facts_habit_since(q->facts, entry_account(g), ip) : CLOCK_NONE;
	bool before =
	    since != CLOCK_NONE && g->login_us != CLOCK_NONE && since < g->login_us - CLOCK_MINUTE;
	if (before)
		return arena_format(q->keep, "a network that the account uses since %.*s",
				    SAY(say_when(q, since)));
	if (was_inside_before(q, g))
		return SLICE("there already as the logs begin");
	return SLICE("never seen for this account before");
}

static slice say_right_secret(struct inquiry *q, const struct group *g, slice account,
			      slice address)
{
	const struct instead *row = instead_of_password(g);
	const char *tries = g->login_failed_before ? "accepted after failures"
			    : has_failures(q, g) || was_inside_before(q, g)
				? "accepted"
				: "first and only try accepted";
	slice history = say_history(q, g);
	if (!row && g->master.len)
		return arena_format(q->keep,
				    "Stolen password of the master user %.*s, which opens every "
				    "mailbox: %s, %.*s, from %.*s, %.*s",
				    SAY(g->master), tries, SAY(account), SAY(address),
				    SAY(history));
	if (!row)
		return arena_format(q->keep, "Stolen password: %s, %.*s, from %.*s, %.*s", tries,
				    SAY(account), SAY(address), SAY(history));
	return arena_format(q->keep,
			    "%s, no password (%.*s): %s, %.*s, from %.*s, %.*s; stolen, consented "
			    "to, or obtained with a stolen password elsewhere",
			    row->what, SAY(row->mechanism), tries, SAY(account), SAY(address),
			    SAY(history));
}

static slice say_guessed(struct inquiry *q, const struct group *g, slice account, slice address)
{
	const char *how = g->method == ENTRY_SPRAY ? "Password spraying" : "Guessing";
	unsigned long long before = g->guesses_before, later = g->guesses - g->guesses_before;
	slice more = later ? arena_format(q->keep, "; %llu failed after it", later) : (slice){0};
	if (before)
		return arena_format(
		    q->keep,
		    "%s: %llu failed tries, then the password of %.*s was accepted, from %.*s%.*s",
		    how, before, SAY(account), SAY(address), SAY(more));
	return arena_format(q->keep,
			    "%s: the password of %.*s was accepted, with no failed try before it, "
			    "from %.*s%.*s",
			    how, SAY(account), SAY(address), SAY(more));
}

static slice entry_sentence(struct inquiry *q, const struct group *g)
{
	slice address = say_address(q, g), account = entry_account(g);
	if (!account.len)
		account = SLICE("an account");
	switch (g->method) {
	case ENTRY_SPRAY:
	case ENTRY_BRUTE:
		return say_guessed(q, g, account, address);
	case ENTRY_STOLEN:
	case ENTRY_TOKEN:
		return say_right_secret(q, g, account, address);
	case ENTRY_WEBMAIL_SESSION:
		return arena_format(
		    q->keep,
		    "The webmail session of %.*s itself, from its usual address %.*s, "
		    "walked through mail at machine rhythm: a script in the browser",
		    SAY(account), SAY(address));
	case ENTRY_CONSENT:
		return arena_format(q->keep,
				    "Consent: %.*s allowed an application to act on its mail; no "
				    "password is needed for that",
				    SAY(account));
	case ENTRY_SHELL:
		return arena_format(
		    q->keep,
		    "A shell on the mail host: files of the mail store were read past "
		    "IMAP; last sign-in before it: %.*s from %.*s",
		    SAY(account), SAY(address));
	default:
		return instead_of_password(g)
			   ? say_right_secret(q, g, account, address)
			   : SLICE("Unknown: the records show what was done, not how the way in "
				   "was found");
	}
}

bool is_house_door(const struct group *g, const struct address *ip)
{
	for (size_t i = 0; i < g->suspects.len; i++)
		if (address_eq(&g->suspects.at[i].ip, ip))
			return address_is_private(ip) && !g->suspects.at[i].exclusive &&
			       !g->known_network;
	return false;
}

/* The failed tries that make it a guess contradict themselves. */
static bool is_said_by_forgers(const struct group *g)
{
	return (g->method == ENTRY_SPRAY || g->method == ENTRY_BRUTE) && g->guesses &&
	       g->forged_guesses >= g->guesses;
}

static enum certainty sureness(struct inquiry *q, const struct group *g)
{
	const struct address *ip = way_in(g);
	if (g->method == ENTRY_UNKNOWN)
		return CERTAINTY_NONE;
	return g->shell_unsure || is_said_by_forgers(g) || rests_on_forged(g) ||
		       was_inside_before(q, g) || (ip && (is_house_door(g, ip) || is_front(g, ip)))
		   ? POSSIBLE
		   : LIKELY;
}

static bool was_guessed_at(struct inquiry *q, const struct group *g)
{
	int64_t when = g->login_us != CLOCK_NONE ? g->login_us : g->first_finding_us;
	int64_t since = facts_guessed_since(q->facts, entry_account(g), when);
	return since != CLOCK_NONE && since < when;
}

struct reason {
	bool holds;
	const char *why, *settles;
};

static void say_reasons(struct inquiry *q, struct verdict *v, const struct reason *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (rows[i].holds && rows[i].why)
			because(q, v, slice_of(rows[i].why));
		if (rows[i].holds && rows[i].settles)
			would_settle(q, v, slice_of(rows[i].settles));
	}
}

/* Of the place that he came from. */
static void reason_place(struct inquiry *q, const struct group *g, struct verdict *v)
{
	const struct address *ip = way_in(g);
	const struct reason rows[] = {
	    {g->shell_unsure,
	     "others had a shell on a host by then as well: no record joins a sign-in to what was "
	     "read",
	     NULL},
	    {ip && facts_where(q->facts, ip).hostile,
	     "that address was named as an intruder's, by --suspect or in networks.yaml: what is "
	     "said here of whom it was rests on that",
	     "who named it, and since when it is known to be an intruder's"},
	    {ip && is_house_door(g, ip),
	     "that address is the house's own and others come from it: a proxy that hides its "
	     "clients, or a machine that several use",
	     "the proxy's own log; let it hand the client's address on (X-Forwarded-For, PROXY "
	     "protocol, login_trusted_networks)"},
	    {ip && is_front(g, ip),
	     "that address is one of Microsoft's own, before Exchange Online: whose client stood "
	     "behind it the record does not say",
	     "the sign-in logs of Microsoft Entra for that account and time"},
	};
	say_reasons(q, v, rows, sizeof rows / sizeof *rows);
}

static void reason_entry(struct inquiry *q, const struct group *g, struct verdict *v)
{
	const struct instead *row = instead_of_password(g);
	const struct address *ip = way_in(g);
	bool guessed = g->method == ENTRY_SPRAY || g->method == ENTRY_BRUTE;
	bool right = g->method == ENTRY_STOLEN || g->method == ENTRY_TOKEN;
	bool joined = g->guesses && g->login_us != CLOCK_NONE && !g->login_joined;
	bool same = ip && facts_failed_accounts(q->facts, ip);
	const struct reason rows[] = {
	    {is_said_by_forgers(g),
	     "the failed tries contradict their own session ids: somebody may have written them "
	     "to be taken for a guesser, and have had the password",
	     "the journal, which names who wrote a line; a copy of the log on another host"},
	    {guessed && joined && same,
	     "the failures and the accepted sign-in bear the same address", NULL},
	    {guessed && joined && !same,
	     "the failures bear other addresses than the accepted sign-in: account and time join "
	     "them",
	     NULL},
	    {was_inside_before(q, g),
	     "a session of his was under way as the logs begin: how he came in they do not hold",
	     "older logs"},
	    {right && !has_failures(q, g) && !was_inside_before(q, g),
	     "the records hold no failed try from the intruder's addresses before it", NULL},
	    {right && was_guessed_at(q, g),
	     "strangers failed at that account within a day before, from other addresses: one of "
	     "them may have guessed the password",
	     NULL},
	    {right && g->guesses_aside,
	     "the tries that failed from there were at other accounts, none at this one", NULL},
	    {right && !row && g->master.len,
	     "the server's record names the master user beside the mailbox: its owner's own "
	     "password need not have been known",
	     "who keeps the master password, and where it stands in clear: backups, migrations, "
	     "scripts; all sign-ins made with it"},
	    {right && !row && !g->master.len, NULL,
	     "ask the owner; look for the password in leaks and in phishing mail delivered before"},
	    {row && !guessed, "the server's record names the mechanism of the sign-in",
	     row ? row->settles : NULL},
	    {g->method == ENTRY_WEBMAIL_SESSION,
	     "messages were opened faster and more evenly than a person does",
	     "examine the message that was open when it began, and the owner's browser"},
	    {g->method == ENTRY_SHELL, NULL,
	     "a disk image of the host; how the host's own account fell"},
	};
	say_reasons(q, v, rows, sizeof rows / sizeof *rows);
}

void judge_how(struct inquiry *q, struct group *g, struct verdict *v)
{
	const struct address *ip = way_in(g);
	v->short_answer = v->answer = entry_sentence(q, g);
	v->certainty = sureness(q, g);
	reason_place(q, g, v);
	reason_entry(q, g, v);
	struct entry *entry = &g->incident->entry;
	*entry = (struct entry){.method = g->method,
				.account = entry_account(g),
				.time_us = g->login_us != CLOCK_NONE ? g->login_us : g->first_us,
				.certainty = v->certainty,
				.because = v->answer,
				.has_source = ip != NULL};
	if (ip)
		entry->source = *ip;
	for (size_t i = 0; i < g->login_evidence.len; i++)
		cite(&entry->evidence, &g->login_evidence.at[i].place);
	for (size_t i = 0; i < g->guess_evidence.len; i++)
		cite(&entry->evidence, &g->guess_evidence.at[i].place);
	for (size_t i = 0; i < g->master_evidence.len; i++)
		cite(&entry->evidence, &g->master_evidence.at[i].place);
}
