/*
 * maddy.c - maddy: NAME: message, a tab, and pairs as a JSON object.
 *
 *	submission: authentication failed\t{"reason":"...","src_ip":"A:P","username":"U"}
 *	submission: incoming message\t{"msg_id":"I","sender":"F","src_ip":"A:P","username":"U"}
 *
 * framework/log/log.go (the shape; keys are sorted), internal/auth/sasl.go, internal/endpoint.
 * The clock, if there is one, stands before it, or syslog's envelope.
 */
#include "web.h"

const struct format format_maddy = {"maddy", "maddy: sign-ins that fail, mail in and out", 'D'};

static const struct {
	slice words;
	enum action action;
	enum result outcome;
} acts[] = {
    {SLICE_INIT("authentication failed due to an internal error"), ACT_AUTH_CHECK, OUT_NONE},
    {SLICE_INIT("authentication failed"), ACT_LOGIN, OUT_FAILURE},
    {SLICE_INIT("incoming message"), ACT_SMTP_CLIENT, OUT_NONE},
    {SLICE_INIT("RCPT ok"), ACT_MESSAGE, OUT_NONE},
    {SLICE_INIT("accepted"), ACT_MESSAGE, OUT_NONE},
    {SLICE_INIT("delivered"), ACT_SMTP_DELIVER, OUT_SUCCESS},
    {SLICE_INIT("MAIL FROM error"), ACT_SMTP_REJECT, OUT_FAILURE},
    {SLICE_INIT("RCPT error"), ACT_SMTP_REJECT, OUT_FAILURE},
    {SLICE_INIT("DATA error"), ACT_SMTP_REJECT, OUT_FAILURE},
    {SLICE_INIT("too many RCPT errors"), ACT_WARNING, OUT_FAILURE},
    {SLICE_INIT("listening on "), ACT_DAEMON_START, OUT_NONE},
};

static const struct {
	slice key;
	enum field field;
} keys[] = {
    {SLICE_INIT("username"), F_USER},   {SLICE_INIT("reason"), F_REASON},
    {SLICE_INIT("sender"), F_FROM},     {SLICE_INIT("rcpt"), F_TO},
    {SLICE_INIT("msg_id"), F_QUEUE_ID},
};

static void read_pairs(slice text, struct event *e, struct arena *scratch)
{
	struct json j;
	struct json_member m;
	bool object;
	if (!json_open(&j, text))
		return;
	while (json_next_whole(&j, &m, &object)) {
		slice value = object ? (slice){0} : json_text(&m, scratch);
		if (slice_eq(m.key, SLICE("src_ip")) && !event_parse_address(e, F_SOURCE_IP, value))
			event_parse_peer(e, F_SOURCE_IP, F_SOURCE_PORT, value);
		for (size_t i = 0; value.len && i < sizeof keys / sizeof *keys; i++)
			if (slice_eq(m.key, keys[i].key))
				event_text(e, keys[i].field, value);
	}
}

static void set_protocol(struct event *e, slice name)
{
	static const slice names[] = {SLICE_INIT("submission"), SLICE_INIT("smtp"),
				      SLICE_INIT("imap"), SLICE_INIT("lmtp")};
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (slice_starts(name, names[i]))
			event_text(e, F_PROTOCOL, names[i]);
}

static bool is_name(slice s)
{
	for (size_t i = 0; i < s.len; i++)
		if (!(s.at[i] >= 'a' && s.at[i] <= 'z') && !(s.at[i] >= '0' && s.at[i] <= '9') &&
		    !memchr("_-./", s.at[i], 5))
			return false;
	return s.len > 0 && s.len < 64;
}

/* Without a program it must look like it: a tab and an object end it. */
static enum decoded read_line(slice s, bool sure, struct event *e, struct arena *scratch)
{
	slice_eat(&s, "[debug] ");
	size_t colon = slice_search(s, SLICE(": ")), tab = slice_find(s, '\t');
	slice name = slice_first(s, colon), text = s;
	bool named = colon != SIZE_MAX && is_name(name);
	slice pairs = slice_from(s, tab + 1);
	if (!sure && (!named || tab == s.len || (pairs.len && !slice_ends(pairs, SLICE("}")))))
		return DECODED_UNKNOWN;
	if (named)
		text = slice_from(s, colon + 2);
	event_module(e, &format_maddy);
	event_act(e, ACT_MESSAGE, OUT_NONE);
	for (size_t i = 0; i < sizeof acts / sizeof *acts; i++)
		if (slice_starts(text, acts[i].words)) {
			event_act(e, acts[i].action, acts[i].outcome);
			break;
		}
	set_protocol(e, named ? name : (slice){0});
	read_pairs(pairs, e, scratch);
	if (e->action == ACT_SMTP_CLIENT && event_has(e, F_USER))
		event_act(e, ACT_SMTP_CLIENT, OUT_SUCCESS);
	return DECODED_EVENT;
}

enum decoded maddy_decode(slice program, slice body, struct event *e, struct arena *scratch)
{
	return read_line(body, true, e, scratch);
}

/* Behind its own clock. */
enum decoded maddy_dated_decode(struct format_state *st, slice line, struct event *e,
				struct arena *scratch)
{
	enum decoded d = read_line(line, false, e, scratch);
	if (d != DECODED_UNKNOWN)
		event_no_origin(e);
	return d;
}
