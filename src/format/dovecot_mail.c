/*
 * dovecot_mail.c - lines of the mail_log plugin: what became of messages and folders.
 *
 *	save: box=INBOX, uid=7, msgid=<a@b>, size=99               2.3 and before
 *	Mailbox INBOX: save: box=INBOX, uid=7, ...                 2.4
 *
 * Law: the folder's name is the owner's text, Message-ID, From and Subject are the sender's.  Where
 * a name or a Message-ID makes a second reading possible, what the two do not agree on is left out.
 */
#include "dovecot.h"

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

/* mail_log's fields behind box=, in its order; all but the first may be missing. */
static const slice log_fields[] = {
    SLICE_INIT(", uid="),    SLICE_INIT(", msgid="), SLICE_INIT(", size="),
    SLICE_INIT(", vsize="),  SLICE_INIT(", from="),  SLICE_INIT(", subject="),
    SLICE_INIT(", flags=("),
};
enum { UID_FIELD, MSGID_FIELD, SIZE_FIELD, VSIZE_FIELD, LOG_FIELDS = 7 };

/* Which field from `first` on stands here, LOG_FIELDS: the end; -1: neither. */
static int field_here(slice s, int first)
{
	for (int i = first; i < LOG_FIELDS; i++)
		if (slice_starts(s, log_fields[i]))
			return i;
	return s.len == 0 ? LOG_FIELDS : -1;
}

/* Whether what mail_log writes behind a size stands here; else a Message-ID wrote it. */
static bool ends_size(slice s)
{
	return field_here(s, VSIZE_FIELD) >= 0;
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

/* Where, from `at` on, ", uid=N" stands with nothing or another field behind it. */
static size_t find_uid(slice s, size_t at)
{
	for (size_t next; (next = slice_search(slice_from(s, at), SLICE(", uid="))) != SIZE_MAX;
	     at += 6) {
		int64_t n;
		at += next;
		slice rest = slice_from(s, at + 6);
		if ((slice_eat(&rest, "error") || slice_number(&rest, &n)) &&
		    field_here(rest, MSGID_FIELD) >= 0)
			return at;
	}
	return SIZE_MAX;
}

enum {
	NAME_LOGGED = 64,
	HEADER_LOGGED = 80
}; /* mail-log-plugin.c: *_LOG_LEN; longer ones end in "..." */

/* box=NAME, and nothing or another field behind it */
static bool is_box_of(slice s, slice name)
{
	return name.len && name.len <= NAME_LOGGED && slice_eat(&s, "box=") &&
	       slice_starts(s, name) &&
	       (s.len == name.len || slice_starts(slice_from(s, name.len), SLICE(", ")));
}

/*
 * How long the mailbox's name is that begins `s`; `known` if the line told it before.  False if
 * the owner, by a name, or a sender, by a Message-ID, may have written one of several ", uid=N".
 */
static bool box_length(slice s, slice known, size_t *n)
{
	*n = known.len;
	if (known.len)
		return true;
	*n = find_uid(s, 0);
	if (*n == SIZE_MAX) {
		*n = slice_search(s, SLICE(", "));
		return true;
	}
	return find_uid(s, *n + 6) > NAME_LOGGED;
}

/*
 * The Message-ID up to the '>' that another field, or nothing, follows.  False if that is found
 * twice: a sender may have written the first.
 */
static bool take_msgid(slice *s, struct event *e)
{
	slice id, text = *s;
	if (!slice_eat(&text, "msgid=<")) {
		if (take_value(s, SLICE("msgid="), SLICE(", "), &id) && id.len)
			event_text(e, F_MESSAGE_ID, id);
		return true;
	}
	size_t end = 0;
	int next = -1;
	for (size_t at = 0; at < text.len && at <= HEADER_LOGGED; at++) {
		at += slice_find(slice_from(text, at), '>');
		int field = field_here(slice_from(text, at + 1), SIZE_FIELD);
		if (at >= text.len || field < 0 || (next >= 0 && field != next))
			continue;
		if (next >= 0 && at <= HEADER_LOGGED)
			return false;
		end = next < 0 ? at : end;
		next = field;
	}
	end = next < 0 ? slice_find(text, '>') : end;
	if (end)
		event_text(e, F_MESSAGE_ID, slice_first(text, end));
	*s = slice_from(text, end + 1);
	slice_eat(s, ", ");
	return true;
}

/*
 * box=, uid=, msgid=, size=, vsize=, from=, subject=, flags=(): always in this order
 * (mail-log-plugin.c), some missing.
 */
static void read_fields(slice s, slice known, struct event *e)
{
	slice value;
	size_t n;
	if (slice_eat(&s, "box=")) {
		if (!box_length(s, known, &n))
			return;
		value = slice_first(s, n);
		event_text(e, F_FOLDER, value);
		s = slice_from(s, value.len);
		slice_eat(&s, ", ");
	}
	if (slice_eat(&s, "uid=")) {
		event_parse_number(e, F_UID, slice_first(s, slice_find(s, ',')));
		slice_until(&s, ',');
		slice_eat(&s, " ");
	}
	if (!take_msgid(&s, e))
		return;
	take_size(&s, SLICE("size="), e);
	take_size(&s, SLICE("vsize="), e); /* what IMAP calls its size, so it replaces the other */
	if (slice_ends(s, SLICE(")"))) {
		bool only = slice_starts(s, SLICE("flags=("));
		n = only ? 0 : slice_search_last(s, SLICE(", flags=("));
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

/* Where the fields of "FOLDER: box=..." or "FOLDER: uid=..." begin; SIZE_MAX if they do not. */
static size_t copy_fields(slice s, slice known)
{
	size_t box = slice_search(s, SLICE(": box="));
	for (size_t at = box; known.len && at != SIZE_MAX;) {
		if (is_box_of(slice_from(s, at + 2), known))
			return at;
		size_t next = slice_search(slice_from(s, at + 2), SLICE(": box="));
		at = next == SIZE_MAX ? next : at + 2 + next;
	}
	box = box == SIZE_MAX ? slice_search(s, SLICE(": uid=")) : box;
	return box == SIZE_MAX ? slice_search(s, SLICE(": ")) : box;
}

/* "copy from FOLDER: box=..." or "copy -> FOLDER: uid=...". */
static bool read_copy(slice s, slice known, struct event *e)
{
	bool old = slice_eat(&s, "copy -> ");
	slice start = s;
	if (!old && !slice_eat(&s, "copy from "))
		return false;
	size_t n = copy_fields(s, known);
	if (n == SIZE_MAX)
		return false;
	event_act(e, ACT_MAIL_COPY, OUT_NONE);
	event_text(e, F_REASON, (slice){start.at, (size_t)(s.at - start.at) + n});
	if (old)
		event_text(e, F_FOLDER, slice_first(s, n));
	read_fields(slice_from(s, n + 2), known, e);
	return true;
}

static const struct log_verb *find_log_verb(slice s)
{
	for (size_t i = 0; i < sizeof log_verbs / sizeof *log_verbs; i++)
		if (slice_starts(s, log_verbs[i].words))
			return &log_verbs[i];
	return NULL;
}

/* `known`: the mailbox, if the line told it before, else empty. */
static bool read_log_verb(slice s, slice known, struct event *e)
{
	const struct log_verb *v = find_log_verb(s);
	if (!v)
		return read_copy(s, known, e);
	event_act(e, v->action, OUT_NONE);
	read_fields(slice_from(s, v->words.len), known, e);
	return true;
}

/* ---- "Mailbox NAME: ..." ---- */

/*
 * A reading of the line: 2.4 puts the mailbox's name in front of what it did, 2.3 behind "Mailbox
 * created: ".  A name may hold all that follows one, so every ": " is tried.
 */
struct reading {
	enum action action; /* ACT_MESSAGE: none */
	slice name, rest;
	bool told_twice; /* the name stands in a box= of its own, too */
};

static bool is_opened(slice s)
{
	int64_t uid;
	return slice_eat(&s, "UID ") && slice_number(&s, &uid) &&
	       slice_starts(s, SLICE(": Opened mail"));
}

static struct reading reading_of(slice name, slice rest)
{
	struct reading r = {ACT_MESSAGE, name, rest, false};
	const struct log_verb *v = find_log_verb(rest);
	size_t n;
	if (v) {
		r.action = v->action;
		r.told_twice = is_box_of(slice_from(rest, v->words.len), name);
	} else if (slice_starts(rest, SLICE("copy from ")) &&
		   (n = copy_fields(rest, name)) != SIZE_MAX) {
		r.action = ACT_MAIL_COPY;
		r.told_twice = is_box_of(slice_from(rest, n + 2), name);
	} else if (slice_eq(rest, SLICE("Mailbox created")) ||
		   slice_eq(rest, SLICE("Mailbox deleted")) ||
		   slice_starts(rest, SLICE("Mailbox renamed: "))) {
		r.action = ACT_FOLDER_CHANGE;
	} else if (is_opened(rest)) {
		r.action = ACT_MAIL_OPENED;
	}
	return r;
}

/* "created: NAME", "deleted: NAME", "renamed: A -> B", of 2.3, behind "Mailbox " */
static struct reading reading_in_front(slice s)
{
	struct reading r = {ACT_MESSAGE, {0}, s, false};
	if (slice_eat(&s, "created: ") || slice_eat(&s, "deleted: ") || slice_eat(&s, "renamed: "))
		r = (struct reading){ACT_FOLDER_CHANGE, s, r.rest, false};
	return r;
}

/*
 * What all readings agree on: the one, the one that tells its name twice, or an action alone.  A
 * line of 2.3 may hold one of 2.4, as the name of a folder.
 */
static struct reading sum_up(const struct reading *all, size_t count, bool in_front)
{
	struct reading r = {.action = ACT_MESSAGE};
	size_t twice = 0;
	for (size_t i = 0; i < count; i++)
		if (all[i].told_twice && twice++ == 0)
			r = all[i];
	if ((twice == 1 && !in_front) || count == 0)
		return r;
	r = all[0];
	for (size_t i = 1; i < count; i++)
		if (all[i].action != r.action)
			r.action = ACT_MESSAGE;
	if (count > 1)
		r.rest.len = 0;
	return r;
}

static void apply_reading(const struct reading *r, struct event *e)
{
	slice s = r->rest;
	int64_t uid;
	event_act(e, r->action, OUT_NONE);
	if (r->action == ACT_FOLDER_CHANGE) {
		size_t arrow = slice_search(s, SLICE(" -> "));
		bool renamed = arrow != SIZE_MAX && (slice_starts(s, SLICE("renamed: ")) ||
						     slice_starts(s, SLICE("Mailbox renamed: ")));
		event_text(e, F_FOLDER, renamed ? slice_from(s, arrow + 4) : r->name);
		event_text(e, F_REASON, s);
	} else if (r->action == ACT_MAIL_OPENED) {
		event_text(e, F_FOLDER, r->name);
		slice_eat(&s, "UID ");
		if (slice_number(&s, &uid))
			event_number(e, F_UID, uid);
		if (slice_eat(&s, ": Opened mail because: "))
			event_text(e, F_READ_REASON, s);
	} else {
		read_log_verb(s, r->told_twice ? r->name : (slice){0}, e);
		if (!event_has(e, F_FOLDER))
			event_text(e, F_FOLDER, r->name);
	}
}

static enum decoded read_mailbox(slice text, struct event *e)
{
	enum { READINGS = 4, TRIES = 48 };
	struct reading all[READINGS], next;
	slice s = slice_from(text, sizeof "Mailbox " - 1), rest = s;
	size_t count = 0;
	all[0] = reading_in_front(s);
	bool in_front = all[0].action != ACT_MESSAGE;
	count += in_front;
	for (int i = 0; i < TRIES && count < READINGS; i++) {
		size_t n = slice_search(rest, SLICE(": "));
		if (n == SIZE_MAX)
			break;
		rest = slice_from(rest, n + 2);
		next = reading_of(slice_first(s, (size_t)(rest.at - s.at) - 2), rest);
		if (next.action != ACT_MESSAGE)
			all[count++] = next;
	}
	if (count == 0)
		return DECODED_UNKNOWN;
	next = sum_up(all, count, in_front);
	event_act(e, next.action, OUT_NONE);
	if (next.rest.len)
		apply_reading(&next, e);
	else
		event_text(e, F_REASON, text);
	return DECODED_EVENT;
}

enum decoded dovecot_read_mail_log(slice text, struct event *e, struct arena *scratch)
{
	if (slice_starts(text, SLICE("Mailbox ")))
		return read_mailbox(text, e);
	return read_log_verb(text, (slice){0}, e) ? DECODED_EVENT : DECODED_UNKNOWN;
}
