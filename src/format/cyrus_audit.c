/*
 * cyrus_audit.c - what Cyrus' auditlog names: messages that came, went or changed their flags, and
 * what a session moved.  imap/mailbox.c, imap/mboxlist.c, imap/imapd.c up to 3.12; imap/auditlog.c,
 * imap/loginlog.c and lib/logfmt.c of later ones.
 *
 *	auditlog: touched sessionid=<S> mailbox=<B> uid=<N> ... oldflags=<> sysflags=<\Seen>
 *	event=auditlog.touched r.sessionid=S mbox.name=B ... msg.imapuid=N old.msg.sysflags="" ...
 */
#include "cyrus.h"

/* By the name of an act, with its prefix "auditlog." in logfmt. */
static const struct {
	slice name;
	enum action action;
} acts[] = {
    {SLICE_INIT("append"), ACT_MAIL_SAVE},     {SLICE_INIT("expunge"), ACT_MAIL_EXPUNGE},
    {SLICE_INIT("touched"), ACT_MAIL_FLAG},    {SLICE_INIT("create"), ACT_FOLDER_CHANGE},
    {SLICE_INIT("delete"), ACT_FOLDER_CHANGE}, {SLICE_INIT("rename"), ACT_FOLDER_CHANGE},
    {SLICE_INIT("acl"), ACT_FOLDER_CHANGE},    {SLICE_INIT("traffic"), ACT_SESSION_END},
    {SLICE_INIT("redirect"), ACT_REDIRECT},    {SLICE_INIT("reject"), ACT_SIEVE},
    {SLICE_INIT("discard"), ACT_SIEVE},        {SLICE_INIT("vacation"), ACT_SIEVE},
};

static void set_act(struct event *e, slice name)
{
	event_act(e, ACT_MESSAGE, OUT_NONE);
	for (size_t i = 0; i < sizeof acts / sizeof *acts; i++)
		if (slice_eq(name, acts[i].name))
			event_act(e, acts[i].action, OUT_NONE);
}

/* What each key says, in the old style and in logfmt. */
static const struct {
	slice key;
	enum field field;
} keys[] = {
    {SLICE_INIT("sessionid"), F_SESSION},
    {SLICE_INIT("r.sessionid"), F_SESSION},
    {SLICE_INIT("mailbox"), F_FOLDER},
    {SLICE_INIT("mbox.name"), F_FOLDER},
    {SLICE_INIT("newmailbox"), F_FOLDER},
    {SLICE_INIT("uid"), F_UID},
    {SLICE_INIT("msg.imapuid"), F_UID},
    {SLICE_INIT("size"), F_SIZE},
    {SLICE_INIT("msg.size"), F_SIZE},
    {SLICE_INIT("messageid"), F_MESSAGE_ID},
    {SLICE_INIT("message-id"), F_MESSAGE_ID},
    {SLICE_INIT("msg.id"), F_MESSAGE_ID},
    {SLICE_INIT("sysflags"), F_FLAGS},
    {SLICE_INIT("msg.sysflags"), F_FLAGS},
    {SLICE_INIT("bytes_in"), F_SOURCE_BYTES},
    {SLICE_INIT("used.bytes.in"), F_SOURCE_BYTES},
    {SLICE_INIT("bytes_out"), F_DESTINATION_BYTES},
    {SLICE_INIT("used.bytes.out"), F_DESTINATION_BYTES},
    {SLICE_INIT("userid"), F_USER},
    {SLICE_INIT("u.username"), F_USER},
    {SLICE_INIT("target"), F_SIEVE_TARGET},
    {SLICE_INIT("sieve.target"), F_SIEVE_TARGET},
    {SLICE_INIT("login.mech"), F_AUTH_METHOD},
    {SLICE_INIT("msg.subject"), F_SUBJECT},
    {SLICE_INIT("error"), F_REASON},
};

/* "[example.org!]user.ana[.Sent]": ana's. */
static slice owner_of(slice name)
{
	slice rest = slice_from(name, slice_find(name, '!') + 1);
	if (rest.len == 0)
		rest = name;
	bool dots = slice_eat(&rest, "user.");
	if (!dots && !slice_eat(&rest, "user/"))
		return (slice){0};
	return slice_first(rest, slice_find(rest, dots ? '.' : '/'));
}

/* "[example.org!]user.ana[.Sent]": as its owner sees it, INBOX or the rest. */
static slice folder_of(slice name)
{
	slice rest = slice_from(name, slice_find(name, '!') + 1);
	if (rest.len == 0)
		rest = name;
	bool dots = slice_eat(&rest, "user.");
	if (!dots && !slice_eat(&rest, "user/"))
		return name;
	rest = slice_from(rest, slice_find(rest, dots ? '.' : '/') + 1);
	return rest.len ? rest : SLICE("INBOX");
}

/* SE|DE or \Seen \Deleted: what index.c's flags_to_str() makes of them */
static bool has_flag(slice flags, slice brief, slice whole)
{
	for (slice rest = flags; rest.len;) {
		slice flag = slice_until(&rest, '|');
		if (slice_eq(flag, brief))
			return true;
	}
	return slice_search(flags, whole) != SIZE_MAX;
}

/* Of the flags of a message, before and after, the one that it got. */
static void set_flags(struct event *e, slice old, slice new)
{
	static const slice seen[] = {SLICE_INIT("SE"), SLICE_INIT("\\Seen")},
			   deleted[] = {SLICE_INIT("DE"), SLICE_INIT("\\Deleted")};
	if (has_flag(new, seen[0], seen[1]) && !has_flag(old, seen[0], seen[1]))
		event_text(e, F_FLAGS, seen[1]);
	else if (has_flag(new, deleted[0], deleted[1]) && !has_flag(old, deleted[0], deleted[1]))
		event_text(e, F_FLAGS, deleted[1]);
	else
		event_drop(e, F_FLAGS);
}

void cyrus_set(struct event *e, slice key, slice value)
{
	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
		enum field f = keys[i].field;
		if (!slice_eq(key, keys[i].key) || value.len == 0)
			continue;
		if (event_fields[f].kind == KIND_NUMBER)
			event_parse_number(e, f, value);
		else {
			event_text(e, f,
				   f == F_MESSAGE_ID ? part_unbracket(value)
				   : f == F_FOLDER   ? folder_of(value)
						     : value);
		}
		if (f == F_FOLDER && owner_of(value).len)
			event_text(e, F_MAILBOX, owner_of(value));
		return;
	}
}

/*
 * The value of `text`, "<...>" at its front.  A Message-ID is its sender's and may hold all; it is
 * followed by the size alone, or by nothing.  A mailbox's name is its owner's, but has no brackets
 * (imap/mboxname.c, GOODCHARS): what looks like its end behind it is somebody else's.
 */
static slice take_value(slice *text, bool mailbox, bool id)
{
	static const slice behind = SLICE_INIT("> uniqueid=<"), size = SLICE_INIT("> size=<");
	size_t end = mailbox ? slice_search(*text, behind) : SIZE_MAX;
	if (id) {
		end = slice_search_last(*text, size);
		if (end == SIZE_MAX && slice_ends(*text, SLICE(">")))
			end = text->len - 1;
	}
	if (end == SIZE_MAX)
		end = slice_find(*text, '>');
	slice value = slice_first(*text, end);
	*text = slice_from(*text, end + 1);
	return value;
}

/* ACTION sessionid=<S> mailbox=<B> ... messageid=<M> size=<N>: an id has its own brackets */
bool cyrus_read_audit(slice rest, struct event *e)
{
	enum { MAILBOXES_MOST = 2 }; /* of a rename */
	slice action = slice_until(&rest, ' '), old = {0};
	int mailboxes = 0;
	if (slice_eq(action, SLICE("LMTP")))
		action = slice_until(&rest, ' ');
	if (slice_ends(action, SLICE(":")))
		action.len--;
	set_act(e, action);
	while (rest.len) {
		size_t n = slice_find(rest, '=');
		slice key = slice_first(rest, n);
		size_t blank = slice_search_last(key, SLICE(" "));
		key = slice_from(key, blank == SIZE_MAX ? 0 : blank + 1);
		rest = slice_from(rest, n + 1);
		if (!slice_eat(&rest, "<"))
			continue;
		bool mailbox = slice_ends(key, SLICE("mailbox")) && mailboxes++ < MAILBOXES_MOST;
		slice value = take_value(&rest, mailbox, slice_eq(key, SLICE("messageid")));
		slice_eat(&rest, " ");
		if (slice_eq(key, SLICE("oldflags")))
			old = value;
		cyrus_set(e, key, value);
	}
	if (e->action == ACT_MAIL_FLAG)
		set_flags(e, old, event_get(e, F_FLAGS));
	return true;
}

static void set_client(struct event *e, slice value)
{
	if (!words_take_peer(&value, e, WORDS_CLIENT))
		words_address(value, e, F_SOURCE_IP);
}

bool cyrus_read_logfmt(slice body, struct event *e, struct arena *scratch)
{
	slice key, value, old = {0};
	if (!words_take_pair(&body, &key, &value, scratch) || !slice_eq(key, SLICE("event")))
		return false;
	event_act(e, ACT_MESSAGE, OUT_NONE);
	if (slice_eq(value, SLICE("login.good")))
		event_act(e, ACT_LOGIN, OUT_SUCCESS);
	else if (slice_eq(value, SLICE("login.bad")))
		event_act(e, ACT_LOGIN, OUT_FAILURE);
	else if (slice_eat(&value, "auditlog."))
		set_act(e, value);
	while (words_take_pair(&body, &key, &value, scratch)) {
		if (slice_eq(key, SLICE("r.clienthost")))
			set_client(e, value);
		else if (slice_eq(key, SLICE("login.tls")))
			event_number(e, F_TLS, slice_eq(value, SLICE("1")));
		else if (slice_eq(key, SLICE("old.msg.sysflags")))
			old = value;
		else
			cyrus_set(e, key, value);
	}
	if (e->action == ACT_MAIL_FLAG)
		set_flags(e, old, event_get(e, F_FLAGS));
	return true;
}
