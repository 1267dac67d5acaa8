/*
 * dovecot_delivery.c - deliveries and what Sieve scripts did: "[sieve: ]msgid=<...>: ...".
 *
 * Law: the Message-ID is the sender's text, folder names and redirect targets are the owner's;
 * neither may write the other's part.  The Message-ID comes first, and a reading counts only if it
 * explains the line to its last byte; of two readings what both say is true.
 */
#include "dovecot.h"
#include "words.h"

/* 'NAME', or for some 'NAME' (OTHER): the name. */
static bool quoted(slice s, slice *name)
{
	if (s.len < 2 || s.at[0] != '\'')
		return false;
	bool closed = s.at[s.len - 1] == '\'' || s.at[s.len - 1] == ')';
	*name = slice_from(s, 1);
	name->len = slice_ends(s, SLICE("'")) ? name->len - 1 : slice_find(*name, '\'');
	return closed;
}

/* <ADDRESS> up to the end, where only a quoted local part may hold a '>'. */
static bool bracketed(slice s, slice *address)
{
	return words_take_path(&s, address) && s.len == 0;
}

enum argument { MAILBOX, NAME, ADDRESS, TEXT };

static const struct verb {
	slice words;
	enum argument argument;
	enum action action;
} verbs[] = {
    {SLICE_INIT("saved mail to "), NAME, ACT_DELIVERY},
    {SLICE_INIT("stored mail into mailbox "), MAILBOX, ACT_DELIVERY},
    {SLICE_INIT("forwarded to "), ADDRESS, ACT_REDIRECT},
    {SLICE_INIT("left message in mailbox "), MAILBOX, ACT_SIEVE},
    {SLICE_INIT("store into mailbox "), TEXT, ACT_SIEVE},
    {SLICE_INIT("not forwarding message to "), TEXT, ACT_SIEVE},
    {SLICE_INIT("Marked message to be discarded"), TEXT, ACT_SIEVE},
    {SLICE_INIT("marked message to be discarded"), TEXT, ACT_SIEVE},
    {SLICE_INIT("discarded duplicate "), TEXT, ACT_SIEVE},
    {SLICE_INIT("discarded vacation "), TEXT, ACT_SIEVE},
    {SLICE_INIT("sent vacation response to "), TEXT, ACT_SIEVE},
    {SLICE_INIT("discarding vacation response "), TEXT, ACT_SIEVE},
    {SLICE_INIT("not sending vacation "), TEXT, ACT_SIEVE},
    {SLICE_INIT("not sending notification "), TEXT, ACT_SIEVE},
    {SLICE_INIT("not sending reject message "), TEXT, ACT_SIEVE},
    {SLICE_INIT("piped message to program "), TEXT, ACT_SIEVE},
    {SLICE_INIT("sent mail notification to "), TEXT, ACT_SIEVE},
    {SLICE_INIT("sent report "), TEXT, ACT_SIEVE},
    {SLICE_INIT("sent '"), TEXT, ACT_SIEVE},
    {SLICE_INIT("sent `"), TEXT, ACT_SIEVE},
    {SLICE_INIT("rejected message from "), TEXT, ACT_SIEVE},
    {SLICE_INIT("rejected: "), TEXT, ACT_SIEVE},
    {SLICE_INIT("failed to redirect message to "), TEXT, ACT_SIEVE},
    {SLICE_INIT("failed to store into mailbox "), TEXT, ACT_SIEVE},
    {SLICE_INIT("failed to send "), TEXT, ACT_SIEVE},
    {SLICE_INIT("failed to pipe message "), TEXT, ACT_SIEVE},
    {SLICE_INIT("Auto-submitted message discarded: "), TEXT, ACT_SIEVE},
    {SLICE_INIT("Permanently failed to send rejection: "), TEXT, ACT_SIEVE},
    {SLICE_INIT("Return-Path missing, rejection reason: "), TEXT, ACT_SIEVE},
    {SLICE_INIT("save failed to "), TEXT, ACT_SIEVE},
};

/* "redirect action: " off the front, as Pigeonhole 0.5.14 and later name what acts. */
static void take_action_name(slice *s)
{
	size_t n = slice_search(slice_first(*s, 40), SLICE(" action: "));
	if (n != SIZE_MAX && slice_find(slice_first(*s, n), ' ') == n)
		*s = slice_from(*s, n + sizeof " action: " - 1);
}

/* True if `v` explains all of `s`; then its argument is in the event. */
static bool apply(const struct verb *v, slice s, struct event *e)
{
	slice arg = slice_from(s, v->words.len), inside;
	enum field f = v->action == ACT_REDIRECT ? F_SIEVE_TARGET : F_FOLDER;
	if (v->argument == ADDRESS && !bracketed(arg, &inside))
		return false;
	if (v->argument == MAILBOX && !quoted(arg, &inside))
		return false;
	if (v->argument == ADDRESS)
		event_text(e, F_SIEVE_TARGET, inside);
	else if (v->argument != TEXT)
		event_text(e, f, v->argument == MAILBOX ? inside : arg);
	event_act(e, v->action, OUT_NONE);
	if (v->action == ACT_SIEVE)
		event_text(e, F_REASON, s);
	return true;
}

static bool read_verb(slice s, struct event *e)
{
	take_action_name(&s);
	for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++)
		if (slice_starts(s, verbs[i].words))
			return apply(&verbs[i], s, e);
	return false;
}

/* Where a Message-ID ends that others follow, of a deliver_log_format of somebody's own:
 * "<a@b>, from=<c@d>"; a sender who writes that himself gains nothing, he may choose any. */
static slice message_id(slice s)
{
	size_t end = s.len && s.at[0] == '<' ? slice_find(s, '>') : s.len;
	slice next = slice_from(s, end + 1);
	slice_eat(&next, ",");
	bool other = slice_eat(&next, " ") && slice_find(next, '=') < slice_find(next, ' ');
	return part_unbracket(slice_trim(other ? slice_first(s, end + 1) : s));
}

/* "redirect action: " belongs to its verb: its colon ends no Message-ID. */
static size_t behind_action_name(slice s, size_t at)
{
	slice rest = slice_from(s, at), verb = rest;
	take_action_name(&verb);
	return at + (rest.len - verb.len);
}

/* Where nothing can follow what a verb says: it ends with the line, in brackets or quotes. */
static bool is_closed(enum action action, const struct event *e)
{
	slice folder = event_get(e, F_FOLDER);
	return action == ACT_REDIRECT ||
	       (action == ACT_DELIVERY && folder.len && folder.at[-1] == '\'' &&
		slice_find(folder, '\'') == folder.len);
}

/* Of two readings: what both say is true.  A Message-ID, or a folder's name, wrote one of them. */
static void read_both(enum action first, slice text, struct event *e)
{
	event_drop(e, F_FOLDER);
	event_drop(e, F_SIEVE_TARGET);
	event_drop(e, F_MESSAGE_ID);
	if (e->action == first)
		return;
	event_act(e, ACT_SIEVE, OUT_NONE);
	event_text(e, F_REASON, text);
}

/* s: behind "msgid=".  The ": " at which the rest reads as a whole ends the Message-ID. */
static enum decoded read_msgid(slice s, struct event *e)
{
	enum { LONGEST = 32 }; /* readings tried */
	enum action first = ACT_MESSAGE;
	size_t at = 0;
	for (int i = 0; i < LONGEST; i++) {
		size_t n = slice_search(slice_from(s, at), SLICE(": "));
		if (n == SIZE_MAX)
			break;
		at += n + 2;
		if (!read_verb(slice_from(s, at), e))
			continue;
		if (first != ACT_MESSAGE) {
			read_both(first, s, e);
			return DECODED_EVENT;
		}
		first = e->action;
		slice id = message_id(slice_first(s, at - 2));
		if (id.len)
			event_text(e, F_MESSAGE_ID, id);
		if (is_closed(first, e))
			return DECODED_EVENT;
		at = behind_action_name(s, at);
	}
	if (first == ACT_MESSAGE)
		event_act(e, ACT_MESSAGE, OUT_NONE);
	return DECODED_EVENT;
}

enum decoded dovecot_read_delivery(slice text, struct event *e, struct arena *scratch)
{
	slice_eat(&text, "imapsieve: ");
	slice_eat(&text, "sieve: ");
	bool ahead = slice_starts(text, SLICE("from=")) || slice_starts(text, SLICE("subject="));
	size_t id = ahead ? slice_search_last(text, SLICE(" msgid=")) : SIZE_MAX;
	if (id != SIZE_MAX) /* deliver_log_format in another order */
		text = slice_from(text, id + 1);
	if (slice_eat(&text, "msgid="))
		return read_msgid(text, e);
	if (!read_verb(text, e))
		event_act(e, ACT_MESSAGE, OUT_NONE);
	return DECODED_EVENT;
}
