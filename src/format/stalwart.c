/*
 * stalwart.c - Stalwart: its own log file (or stdout), and its events as JSON.
 *
 *	TIME INFO Authentication successful (auth.success) listenerId = "imaps", localPort = 993,
 *	    remoteIp = A, remotePort = 51234, accountName = "U", accountId = 5     (in one line)
 *	{"createdAt":"TIME","type":"auth.failed","data":{"remoteIp":"A","accountName":"U",...}}
 *
 * crates/trc: serializers/text.rs and json.rs, event/enums_impl.rs (names of events and keys);
 * crates/common/src/auth/authentication.rs (a failure's own remoteIp is put behind all else).
 *
 * Law: in text a quote within a value stands as it is, so a name may imitate pairs: what the
 * listener knows stands before any client's text; without it the last pair counts.
 */
#include "web.h"

const struct format format_stalwart = {"stalwart", "Stalwart: sign-ins, folders, mail in and out",
				       'D'};

static const struct act {
	slice type; /* of the event, or what it begins with */
	enum action action;
	enum result outcome;
} acts[] = {
    {SLICE_INIT("auth.success"), ACT_LOGIN, OUT_SUCCESS},
    {SLICE_INIT("auth.failed"), ACT_LOGIN, OUT_FAILURE},
    {SLICE_INIT("auth.token-expired"), ACT_LOGIN, OUT_FAILURE},
    {SLICE_INIT("auth.credential-expired"), ACT_LOGIN, OUT_FAILURE},
    {SLICE_INIT("auth.mfa-required"), ACT_LOGIN, OUT_FAILURE},
    {SLICE_INIT("auth.missing-totp"), ACT_LOGIN, OUT_FAILURE},
    {SLICE_INIT("auth.too-many-attempts"), ACT_WARNING, OUT_FAILURE},
    {SLICE_INIT("auth.error"), ACT_AUTH_CHECK, OUT_NONE},
    {SLICE_INIT("security.authentication-ban"), ACT_LOGIN, OUT_FAILURE},
    {SLICE_INIT("security.unauthorized"), ACT_WARNING, OUT_FAILURE},
    {SLICE_INIT("security."), ACT_WARNING, OUT_FAILURE},
    {SLICE_INIT("imap.connection-start"), ACT_CONNECT, OUT_NONE},
    {SLICE_INIT("imap.connection-end"), ACT_DISCONNECT, OUT_NONE},
    {SLICE_INIT("imap.logout"), ACT_LOGOUT, OUT_NONE},
    {SLICE_INIT("imap.append"), ACT_MAIL_SAVE, OUT_NONE},
    {SLICE_INIT("imap.copy"), ACT_MAIL_COPY, OUT_NONE},
    {SLICE_INIT("imap.expunge"), ACT_MAIL_EXPUNGE, OUT_NONE},
    {SLICE_INIT("imap.create-mailbox"), ACT_FOLDER_CHANGE, OUT_NONE},
    {SLICE_INIT("imap.delete-mailbox"), ACT_FOLDER_CHANGE, OUT_NONE},
    {SLICE_INIT("imap.rename-mailbox"), ACT_FOLDER_CHANGE, OUT_NONE},
    {SLICE_INIT("imap.set-acl"), ACT_FOLDER_CHANGE, OUT_NONE},
    {SLICE_INIT("pop3.connection-start"), ACT_CONNECT, OUT_NONE},
    {SLICE_INIT("pop3.connection-end"), ACT_DISCONNECT, OUT_NONE},
    {SLICE_INIT("pop3.quit"), ACT_LOGOUT, OUT_NONE},
    {SLICE_INIT("smtp.connection-start"), ACT_CONNECT, OUT_NONE},
    {SLICE_INIT("smtp.connection-end"), ACT_DISCONNECT, OUT_NONE},
    {SLICE_INIT("smtp.mail-from-un"), ACT_SMTP_REJECT, OUT_FAILURE},
    {SLICE_INIT("smtp.relay-not-allowed"), ACT_SMTP_REJECT, OUT_FAILURE},
    {SLICE_INIT("smtp.mailbox-does-not-exist"), ACT_SMTP_REJECT, OUT_FAILURE},
    {SLICE_INIT("manage-sieve.create-script"), ACT_SCRIPT_SAVE, OUT_NONE},
    {SLICE_INIT("manage-sieve.update-script"), ACT_SCRIPT_SAVE, OUT_NONE},
    {SLICE_INIT("manage-sieve.set-active"), ACT_SCRIPT_ACTIVATE, OUT_NONE},
    {SLICE_INIT("manage-sieve.delete-script"), ACT_SCRIPT_DELETE, OUT_NONE},
    {SLICE_INIT("queue.authenticated-message-queued"), ACT_SMTP_CLIENT, OUT_SUCCESS},
    {SLICE_INIT("queue.message-queued"), ACT_SMTP_QUEUE, OUT_NONE},
    {SLICE_INIT("delivery.delivered"), ACT_SMTP_DELIVER, OUT_SUCCESS},
    {SLICE_INIT("server.startup"), ACT_DAEMON_START, OUT_NONE},
    {SLICE_INIT("server.shutdown"), ACT_DAEMON_STOP, OUT_NONE},
};

static void set_act(struct event *e, slice type)
{
	event_act(e, ACT_MESSAGE, OUT_NONE);
	for (size_t i = 0; i < sizeof acts / sizeof *acts; i++)
		if (slice_starts(type, acts[i].type)) {
			event_act(e, acts[i].action, acts[i].outcome);
			return;
		}
}

static const struct {
	slice head, protocol;
} protocols[] = {
    {SLICE_INIT("imap"), SLICE_INIT("imap")},
    {SLICE_INIT("pop3"), SLICE_INIT("pop3")},
    {SLICE_INIT("submission"), SLICE_INIT("submission")},
    {SLICE_INIT("smtp"), SLICE_INIT("smtp")},
    {SLICE_INIT("manage-sieve"), SLICE_INIT("managesieve")},
    {SLICE_INIT("sieve"), SLICE_INIT("managesieve")},
    {SLICE_INIT("http"), SLICE_INIT("http")},
    {SLICE_INIT("jmap"), SLICE_INIT("http")},
};

/* By the listener's name, which is the admin's, or the event's; of what is there, the first. */
static void set_protocol(struct event *e, slice name)
{
	for (size_t i = 0; i < sizeof protocols / sizeof *protocols; i++)
		if (slice_starts(name, protocols[i].head) && !event_has(e, F_PROTOCOL))
			event_text(e, F_PROTOCOL, protocols[i].protocol);
}

static const struct {
	slice key;
	enum field field;
} texts[] = {
    {SLICE_INIT("accountName"), F_USER},
    {SLICE_INIT("mailboxName"), F_FOLDER},
    {SLICE_INIT("reason"), F_REASON},
    {SLICE_INIT("from"), F_FROM},
    {SLICE_INIT("to"), F_TO},
    {SLICE_INIT("messageId"), F_MESSAGE_ID},
};

static const struct {
	slice key;
	enum field field;
} numbers[] = {
    {SLICE_INIT("remotePort"), F_SOURCE_PORT},
    {SLICE_INIT("localPort"), F_DESTINATION_PORT},
    {SLICE_INIT("size"), F_SIZE},
};

static bool is_text(slice key)
{
	bool text = false;
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		text |= slice_eq(texts[i].key, key);
	return text;
}

static void set_pair(struct event *e, slice key, slice value)
{
	if (slice_eq(key, SLICE("remoteIp")))
		event_parse_address(e, F_SOURCE_IP, value);
	else if (slice_eq(key, SLICE("queueId")))
		event_text(e, F_QUEUE_ID, value);
	else if (slice_eq(key, SLICE("listenerId")))
		set_protocol(e, value);
	else if (slice_eq(key, SLICE("id")) && e->action >= ACT_SCRIPT_SAVE &&
		 e->action <= ACT_SCRIPT_DELETE)
		event_text(e, F_SIEVE_SCRIPT, value);
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		if (slice_eq(texts[i].key, key) && value.len)
			event_text(e, texts[i].field, value);
	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
		if (slice_eq(numbers[i].key, key))
			event_parse_number(e, numbers[i].field, value);
}

/* ---- text ---- */

static bool is_key(slice s)
{
	for (size_t i = 0; i < s.len; i++)
		if ((s.at[i] | 0x20) < 'a' || (s.at[i] | 0x20) > 'z')
			return false;
	return s.len > 0;
}

/* Whether a pair begins `s`, or nothing is left. */
static bool begins_pair(slice s)
{
	slice key = slice_first(s, slice_find(s, ' '));
	return s.len == 0 || (is_key(key) && slice_starts(slice_from(s, key.len), SLICE(" = ")));
}

/* Up to the first ", KEY = " or the end; of text in quotes, up to the quote before that. */
static slice take_value(slice *s)
{
	bool quoted = slice_eat(s, "\"");
	slice mark = quoted ? SLICE("\", ") : SLICE(", "), all = *s;
	for (size_t at = 0;;) {
		size_t n = slice_search(slice_from(all, at), mark);
		if (n == SIZE_MAX)
			break;
		*s = slice_from(all, at + n + mark.len);
		if (begins_pair(*s))
			return slice_first(all, at + n);
		at += n + mark.len;
	}
	*s = (slice){"", 0};
	if (quoted && slice_ends(all, SLICE("\"")))
		all.len--;
	return all;
}

/* KEY = value, KEY = "value", ...: of a text the first counts, of an address see above. */
static void read_pairs(slice s, struct event *e)
{
	bool listener = slice_starts(s, SLICE("listenerId = ")), client = false;
	while (s.len) {
		size_t n = slice_search(s, SLICE(" = "));
		slice key = slice_first(s, n);
		if (n == SIZE_MAX || !is_key(key))
			return;
		s = slice_from(s, n + 3);
		slice value = take_value(&s);
		bool text = is_text(key), name = slice_eq(key, SLICE("accountName"));
		if (name ? !client : text || !(listener && client))
			set_pair(e, key, value);
		client |= text;
	}
}

static bool eat_level(slice *s)
{
	static const char *const levels[] = {"INFO ", "WARN ", "ERROR ", "DEBUG ", "TRACE "};
	for (size_t i = 0; i < sizeof levels / sizeof *levels; i++)
		if (slice_eat_n(s, levels[i], strlen(levels[i])))
			return true;
	return false;
}

static bool is_type(slice s)
{
	bool dot = false;
	for (size_t i = 0; i < s.len; i++) {
		dot |= s.at[i] == '.';
		if (!(s.at[i] >= 'a' && s.at[i] <= 'z') && !(s.at[i] >= '0' && s.at[i] <= '9') &&
		    s.at[i] != '-' && s.at[i] != '.')
			return false;
	}
	return dot && s.len < 64;
}

/* LEVEL What it is in words (type.name) pairs */
enum decoded stalwart_decode(struct format_state *st, slice line, struct event *e,
			     struct arena *scratch)
{
	slice s = line;
	if (!eat_level(&s))
		return DECODED_UNKNOWN;
	size_t open = slice_search(s, SLICE(" ("));
	slice rest = slice_from(s, open == SIZE_MAX ? s.len : open + 2);
	slice type = slice_until(&rest, ')');
	if (open > 80 || !is_type(type) || (rest.len && !slice_eat(&rest, " ")) ||
	    !begins_pair(rest))
		return DECODED_UNKNOWN;
	event_no_origin(e);
	event_module(e, &format_stalwart);
	set_act(e, type);
	read_pairs(rest, e);
	set_protocol(e, type);
	return DECODED_EVENT;
}

/* ---- JSON ---- */

/* {"id":"..","createdAt":"..","type":"auth.success","data":{...}}: a webhook's, a trace's */
enum decoded stalwart_json_decode(struct format_state *st, slice line, struct event *e,
				  struct arena *scratch)
{
	struct json j;
	struct json_member m;
	slice type = {0}, data = {0}, when = {0};
	bool object;
	int64_t usec;
	if (!json_open(&j, line) ||
	    slice_search(slice_first(line, 512), SLICE("\"createdAt\"")) == SIZE_MAX)
		return DECODED_UNKNOWN;
	while (json_next_whole(&j, &m, &object))
		if (slice_eq(m.key, SLICE("type")))
			type = m.value;
		else if (slice_eq(m.key, SLICE("createdAt")))
			when = m.value;
		else if (slice_eq(m.key, SLICE("data")) && object)
			data = m.value;
	if (!is_type(type) || !data.at || !web_iso(st, when, &usec))
		return DECODED_UNKNOWN;
	event_number(e, F_TIME, usec);
	event_module(e, &format_stalwart);
	set_act(e, type);
	j = (struct json){.rest = data};
	while (json_next_whole(&j, &m, &object))
		if (!object)
			set_pair(e, m.key, json_text(&m, scratch));
	set_protocol(e, type);
	return DECODED_EVENT;
}
