/*
 * dovecot_mail.c - lines of deliveries, Sieve and the mail_log plugin, behind
 * "imap(user)<pid><session>: ".
 *
 * Laws: (1) Message-ID, From and Subject are the sender's text, folder names and redirect targets
 * the owner's; neither may write the other's part.  In mail_log lines the sender's text comes last,
 * so they are read from the left.  In deliveries the Message-ID comes first and a reading counts
 * only if it explains the line to its last byte.
 */
#include "dovecot.h"
#include "words.h"

/* ---- deliveries and Sieve ---- */

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
 * "<a@b>, from=<c@d>" */
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
	return action == ACT_REDIRECT || (action == ACT_DELIVERY && event_has(e, F_FOLDER) &&
					  event_get(e, F_FOLDER).at[-1] == '\'');
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
		event_text(e, F_MESSAGE_ID, message_id(slice_first(s, at - 2)));
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

/* ---- mail_log ---- */

static const struct log_verb {
	slice words;
	enum action action;
} log_verbs[] = {
    {SLICE_INIT("save: "), ACT_MAIL_SAVE},        {SLICE_INIT("expunge: "), ACT_MAIL_EXPUNGE},
    {SLICE_INIT("delete: "), ACT_MAIL_DELETE},    {SLICE_INIT("flag_change: "), ACT_MAIL_FLAG},
    {SLICE_INIT("undelete: "), ACT_MAIL_FLAG},    {SLICE_INIT("autoexpunge: "), ACT_MAIL_EXPUNGE},
    {SLICE_INIT("expunged: "), ACT_MAIL_EXPUNGE}, /* the first three: before 1.2 */
    {SLICE_INIT("deleted: "), ACT_MAIL_DELETE},   {SLICE_INIT("undeleted: "), ACT_MAIL_FLAG},
};

/* Behind `key`, up to the first `next`, which stays; to the end if `next` is not there. */
static bool take_value(slice *s, slice key, slice next, slice *value)
{
	if (!slice_starts(*s, key))
		return false;
	*s = slice_from(*s, key.len);
	size_t n = next.len ? slice_search(*s, next) : SIZE_MAX;
	*value = slice_first(*s, n);
	*s = slice_from(*s, value->len);
	slice_eat(s, ", ");
	return true;
}

/* Whether what mail_log writes behind a size stands here; else a Message-ID wrote it. */
static bool ends_size(slice s)
{
	static const slice next[] = {SLICE_INIT(", vsize="), SLICE_INIT(", from="),
				     SLICE_INIT(", subject="), SLICE_INIT(", flags=(")};
	bool fits = s.len == 0;
	for (size_t i = 0; i < sizeof next / sizeof *next; i++)
		fits |= slice_starts(s, next[i]);
	return fits;
}

static bool take_size(slice *s, slice key, struct event *e)
{
	slice value;
	if (!slice_starts(*s, key))
		return false;
	*s = slice_from(*s, key.len);
	value = slice_first(*s, slice_find(*s, ','));
	*s = slice_from(*s, value.len);
	if (ends_size(*s))
		event_parse_number(e, F_SIZE, value);
	slice_eat(s, ", ");
	return true;
}

/* <ADDRESS> at the end of a From header, or all of it. */
static slice header_address(slice s)
{
	slice inside;
	return slice_ends(s, SLICE(">")) && part_last(s, SLICE("<"), '>', &inside) ? inside : s;
}

/* Where ", uid=N" with nothing but digits begins: the folder ends there. */
static size_t find_uid(slice s)
{
	for (size_t at = 0;;) {
		int64_t n;
		size_t next = slice_search(slice_from(s, at), SLICE(", uid="));
		if (next == SIZE_MAX)
			return SIZE_MAX;
		at += next;
		slice digits = slice_from(s, at + 6);
		if (slice_starts(digits, SLICE("error")) || slice_number(&digits, &n))
			return at;
		at += 6;
	}
}

/* The Message-ID: "<...>", or what stands before the size. */
static void take_msgid(slice *s, struct event *e)
{
	slice id;
	if (!take_value(s, SLICE("msgid="),
			slice_starts(*s, SLICE("msgid=<")) ? SLICE(">") : SLICE(", "), &id))
		return;
	if (id.len && id.at[0] == '<') {
		id = slice_from(id, 1);
		slice_eat(s, ">"), slice_eat(s, ", ");
	}
	if (id.len)
		event_text(e, F_MESSAGE_ID, id);
}

/*
 * box=, uid=, msgid=, size=, vsize=, from=, subject=, flags=(): always in this order
 * (mail-log-plugin.c), some missing.
 */
static void read_fields(slice s, struct event *e)
{
	slice value;
	if (slice_eat(&s, "box=")) {
		size_t n = find_uid(s);
		value = n == SIZE_MAX ? slice_first(s, slice_search(s, SLICE(", ")))
				      : slice_first(s, n);
		event_text(e, F_FOLDER, value);
		s = slice_from(s, value.len);
		slice_eat(&s, ", ");
	}
	if (slice_eat(&s, "uid=")) {
		event_parse_number(e, F_UID, slice_first(s, slice_find(s, ',')));
		slice_until(&s, ',');
		slice_eat(&s, " ");
	}
	take_msgid(&s, e);
	take_size(&s, SLICE("size="), e);
	take_size(&s, SLICE("vsize="), e); /* what IMAP calls its size, so it replaces the other */
	if (slice_ends(s, SLICE(")"))) {
		bool only = slice_starts(s, SLICE("flags=("));
		size_t n = only ? 0 : slice_search_last(s, SLICE(", flags=("));
		if (n != SIZE_MAX) {
			value = slice_from(s, n + (only ? 7 : 9));
			event_text(e, F_FLAGS, slice_first(value, value.len - 1));
			s = slice_first(s, n);
		}
	}
	if (take_value(&s, SLICE("from="), SLICE(", subject="), &value))
		event_text(e, F_FROM, header_address(value));
	if (slice_eat(&s, "subject="))
		event_text(e, F_SUBJECT, s);
}

/* "copy from FOLDER: box=..." or "copy -> FOLDER: uid=...". */
static bool read_copy(slice s, struct event *e)
{
	bool old = slice_eat(&s, "copy -> ");
	slice start = s;
	if (!old && !slice_eat(&s, "copy from "))
		return false;
	size_t n = slice_search(s, SLICE(": box="));
	n = n == SIZE_MAX ? slice_search(s, SLICE(": uid=")) : n;
	if (n == SIZE_MAX)
		n = slice_search(s, SLICE(": "));
	if (n == SIZE_MAX)
		return false;
	event_act(e, ACT_MAIL_COPY, OUT_NONE);
	event_text(e, F_REASON, (slice){start.at, (size_t)(s.at - start.at) + n});
	if (old)
		event_text(e, F_FOLDER, slice_first(s, n));
	read_fields(slice_from(s, n + 2), e);
	return true;
}

/* "Mailbox created: NAME" (2.3); "Mailbox NAME: Mailbox created" (2.4) has the name in front. */
static bool read_folder(slice s, slice before, struct event *e)
{
	slice name = before, text = s;
	if (!slice_eat(&s, "Mailbox created") && !slice_eat(&s, "Mailbox deleted") &&
	    !slice_eat(&s, "Mailbox renamed"))
		return false;
	if (slice_eat(&s, ": "))
		name = s;
	else if (before.len == 0 || s.len)
		return false;
	size_t arrow = slice_search(name, SLICE(" -> "));
	event_act(e, ACT_FOLDER_CHANGE, OUT_NONE);
	event_text(e, F_REASON, text);
	event_text(e, F_FOLDER, arrow == SIZE_MAX ? name : slice_from(name, arrow + 4));
	return true;
}

static bool read_log_verb(slice s, struct event *e)
{
	for (size_t i = 0; i < sizeof log_verbs / sizeof *log_verbs; i++)
		if (slice_starts(s, log_verbs[i].words)) {
			event_act(e, log_verbs[i].action, OUT_NONE);
			read_fields(slice_from(s, log_verbs[i].words.len), e);
			return true;
		}
	return read_copy(s, e);
}

/* "UID 37: Opened mail because: full mail" (mail_debug, or log_debug=event=mail_opened). */
static bool read_opened(slice s, slice folder, struct event *e)
{
	int64_t uid;
	if (!slice_eat(&s, "UID ") || !slice_number(&s, &uid) || !slice_eat(&s, ": Opened mail"))
		return false;
	event_act(e, ACT_MAIL_OPENED, OUT_NONE);
	event_text(e, F_FOLDER, folder);
	event_number(e, F_UID, uid);
	if (slice_eat(&s, " because: "))
		event_text(e, F_READ_REASON, s);
	return true;
}

/* "Mailbox NAME: ..." where NAME may hold ": ", so each is tried. */
static bool read_in_mailbox(slice s, struct event *e)
{
	enum { TRIES = 16 };
	slice name = slice_from(s, sizeof "Mailbox " - 1), rest = name;
	for (int i = 0; i < TRIES; i++) {
		size_t n = slice_search(rest, SLICE(": "));
		if (n == SIZE_MAX)
			return false;
		rest = slice_from(rest, n + 2);
		slice folder = slice_first(name, (size_t)(rest.at - name.at) - 2);
		if (read_folder(rest, folder, e) || read_opened(rest, folder, e))
			return true;
		if (read_log_verb(rest, e)) {
			if (!event_has(e, F_FOLDER))
				event_text(e, F_FOLDER, folder);
			return true;
		}
	}
	return false;
}

enum decoded dovecot_read_mail_log(slice text, struct event *e, struct arena *scratch)
{
	if (slice_starts(text, SLICE("Mailbox "))) {
		if (read_folder(text, (slice){0}, e) || read_in_mailbox(text, e))
			return DECODED_EVENT;
		return DECODED_UNKNOWN;
	}
	return read_log_verb(text, e) ? DECODED_EVENT : DECODED_UNKNOWN;
}
