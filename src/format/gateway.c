/*
 * gateway.c - filtering gateways and list servers: ASSP, MailScanner, Sympa, Mailman,
 * and what fetches mail from elsewhere: fetchmail, getmail.
 */
#include "words.h"

#include <stdio.h>

const struct format format_assp = {"assp", "ASSP: Anti-Spam SMTP Proxy", 'F'};
const struct format format_mailscanner = {"mailscanner", "MailScanner", 'F'};
const struct format format_sympa = {"sympa", "Sympa and its web pages", 'F'};
const struct format format_mailman = {"mailman", "Mailman", 'F'};
const struct format format_fetchmail = {"fetchmail", "fetchmail, getmail", 'F'};

/* ---- ASSP: its own file, "Apr-07-13 07:08:36 [m1-12345-67890 ][[label] ...]A ..." ---- */

static bool two_digits(slice s, size_t at, int *n)
{
	if (at + 2 > s.len || s.at[at] < '0' || s.at[at] > '9' || s.at[at + 1] < '0' ||
	    s.at[at + 1] > '9')
		return false;
	*n = (s.at[at] - '0') * 10 + (s.at[at + 1] - '0');
	return true;
}

/* "Apr-07-13 07:08:36 " off the front, through the zone. */
static bool take_time(struct format_state *st, slice *s, int64_t *usec)
{
	enum { LENGTH = sizeof "Apr-07-13 07:08:36 " - 1 };
	char iso[32];
	int day, year, month;
	if (s->len < LENGTH || s->at[3] != '-' || s->at[6] != '-' || s->at[9] != ' ' ||
	    (month = clock_month(slice_first(*s, 3))) == 0 || !two_digits(*s, 4, &day) ||
	    !two_digits(*s, 7, &year))
		return false;
	int n = snprintf(iso, sizeof iso, "20%02d-%02d-%02d %.8s ", year, month, day, s->at + 10);
	slice text = {iso, (size_t)n};
	if (!envelope_time(st, &text, usec))
		return false;
	*s = slice_from(*s, LENGTH);
	return true;
}

static void eat_labels(slice *s)
{
	while (s->len && s->at[0] == '[') {
		slice_until(s, ']');
		slice_eat(s, " ");
	}
}

/* m1-25391-06124, id-25391-06124 and the blank behind it */
static void eat_mail_id(slice *s)
{
	slice word = slice_first(*s, slice_find(*s, ' '));
	size_t dash = slice_find(word, '-');
	int n;
	if (dash + 6 < word.len && two_digits(word, dash + 1, &n) &&
	    slice_find(word, '.') == word.len)
		*s = slice_from(*s, word.len + 1);
}

/* What makes a line a refusal; a client's own text comes behind his address. */
static const struct {
	slice words;
	enum action action;
} refusals[] = {
    {SLICE_INIT("535 "), ACT_LOGIN},
    {SLICE_INIT("authentication failed"), ACT_LOGIN},
    {SLICE_INIT("max sender authentication errors"), ACT_LOGIN},
    {SLICE_INIT("too much AUTH errors"), ACT_SMTP_REJECT},
    {SLICE_INIT("SSL negotiation with client failed"), ACT_TLS_START},
    {SLICE_INIT("relay attempt blocked"), ACT_SMTP_REJECT},
    {SLICE_INIT("[spam found]"), ACT_SMTP_REJECT},
    {SLICE_INIT("blocked"), ACT_SMTP_REJECT},
    {SLICE_INIT("rejected"), ACT_SMTP_REJECT},
};

static void read_assp(slice s, struct event *e)
{
	slice said = s;
	slice_eat(&s, "Blocking ");
	slice word = slice_first(s, slice_find(s, ' '));
	if (words_address(word, e, F_SOURCE_IP)) {
		if (slice_eq(word, SLICE("0.0.0.0"))) /* it does not know him */
			event_drop(e, F_SOURCE_IP);
		said = slice_trim(slice_from(s, word.len));
		eat_labels(&said);
	}
	event_text(e, F_REASON, said);
	for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++)
		if (slice_search(said, refusals[i].words) != SIZE_MAX) {
			event_act(e, refusals[i].action, OUT_FAILURE);
			return;
		}
}

enum decoded assp_decode(struct format_state *st, slice line, struct event *e,
			 struct arena *scratch)
{
	int64_t usec;
	if (!take_time(st, &line, &usec))
		return DECODED_UNKNOWN;
	event_module(e, &format_assp);
	event_act(e, ACT_MESSAGE, OUT_NONE);
	event_number(e, F_TIME, usec);
	event_text(e, F_PROTOCOL, SLICE("smtp"));
	eat_mail_id(&line);
	eat_labels(&line);
	read_assp(line, e);
	return DECODED_EVENT;
}

/* ---- MailScanner ---- */

/* ID from A (F) to D is spam, SpamAssassin (...) */
static bool read_scanned(slice rest, struct event *e)
{
	event_text(e, F_QUEUE_ID, slice_until(&rest, ' '));
	if (!slice_eat(&rest, "from "))
		return true;
	words_address(slice_until(&rest, ' '), e, F_SOURCE_IP);
	size_t end = slice_search(rest, SLICE(") to "));
	if (slice_eat(&rest, "(") && end != SIZE_MAX && end > 0) {
		event_text(e, F_FROM, slice_first(rest, end - 1));
		rest = slice_from(rest, end + 4);
	}
	event_text(e, F_REASON, rest);
	return true;
}

static const struct wording scanner_rows[] = {
    WORDS("Message ", MESSAGE, NONE, read_scanned),
    WORDS("MailScanner E-Mail Virus Scanner version ", DAEMON_START, NONE, words_reason),
    WORDS("MailScanner Email Processor version ", DAEMON_START, NONE, words_reason),
    WORDS("", MESSAGE, NONE, words_reason),
    END_OF_WORDS,
};

enum decoded mailscanner_decode(slice program, slice body, struct event *e, struct arena *scratch)
{
	return words_decode(&format_mailscanner, scanner_rows, body, e);
}

/* ---- Sympa ---- */

/* info main:: [robot R] [session S] [client A] [user U] [list L] what */
enum decoded sympa_decode(slice program, slice body, struct event *e, struct arena *scratch)
{
	slice s = body, label;
	event_module(e, &format_sympa);
	event_act(e, ACT_MESSAGE, OUT_NONE);
	s = slice_from(s, slice_find(s, '['));
	for (; slice_eat(&s, "["); slice_eat(&s, " ")) {
		label = slice_until(&s, ']');
		if (slice_eat(&label, "client "))
			words_address(label, e, F_SOURCE_IP);
		else if (slice_eat(&label, "user "))
			event_text(e, F_USER, label);
		else if (slice_eat(&label, "session "))
			event_text(e, F_SESSION, label);
	}
	event_text(e, F_REASON, s.len ? s : body);
	bool failed = slice_search(s, SLICE("Authentication failed")) != SIZE_MAX ||
		      slice_search(s, SLICE("Incorrect password")) != SIZE_MAX;
	if (failed)
		event_act(e, ACT_LOGIN, OUT_FAILURE);
	return DECODED_EVENT;
}

/* ---- lists and fetchers ---- */

static enum decoded text_of(const struct format *f, slice body, struct event *e)
{
	event_module(e, f);
	event_act(e, ACT_MESSAGE, OUT_NONE);
	event_text(e, F_REASON, body);
	return DECODED_EVENT;
}

enum decoded mailman_decode(slice program, slice body, struct event *e, struct arena *scratch)
{
	return text_of(&format_mailman, body, e);
}

/* Sign-ins of ours at other hosts: no client's. */
enum decoded fetchmail_decode(slice program, slice body, struct event *e, struct arena *scratch)
{
	return text_of(&format_fetchmail, body, e);
}
