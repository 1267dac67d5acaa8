/*
 * nextcloud.c - nextcloud.log and audit.log, a JSON object a line (lib/private/Log/LogDetails.php).
 *
 *	{"reqId":"x","level":2,"time":"...","remoteAddr":"A","user":"--","app":"core",
 *	 "method":"POST","url":"/login","message":"Login failed: U (Remote IP: A)",...}
 *
 * remoteAddr is the client as Nextcloud's trusted_proxies have it; the message holds what a client
 * chose.  `user` is who is signed in, "--" nobody.
 */
#include "shape.h"

const struct format format_nextcloud = {"nextcloud", "Nextcloud: sign-ins, audit", 'F'};

enum member { WHEN, CLIENT, USER, APP, METHOD, TARGET, MESSAGE, AGENT, MEMBERS };

static const slice names[MEMBERS] = {
    [WHEN] = SLICE_INIT("time"),       [CLIENT] = SLICE_INIT("remoteAddr"),
    [USER] = SLICE_INIT("user"),       [APP] = SLICE_INIT("app"),
    [METHOD] = SLICE_INIT("method"),   [TARGET] = SLICE_INIT("url"),
    [MESSAGE] = SLICE_INIT("message"), [AGENT] = SLICE_INIT("userAgent"),
};

static const struct said messages[] = {
    {"Login failed: '{U}' (Remote IP: '{a}')", ACT_LOGIN, OUT_FAILURE},
    {"Login failed: {U} (Remote IP: '{a}')", ACT_LOGIN, OUT_FAILURE},
    {"Login failed: {U} (Remote IP: {a})", ACT_LOGIN, OUT_FAILURE},
    {"Login failed: {U}", ACT_LOGIN, OUT_FAILURE},
    {"Two-factor challenge failed: {U} (Remote IP: {a})", ACT_LOGIN, OUT_FAILURE},
    {"Login successful: \"{U}\"", ACT_LOGIN, OUT_SUCCESS},
    {"Login attempt: \"{U}\"", ACT_AUTH_CHECK, OUT_NONE},
    {"Logout occurred", ACT_LOGOUT, OUT_NONE},
    {"Bruteforce attempt from \"{.}\" detected for action \"{.}\".", ACT_WARNING, OUT_NONE},
    {"Trusted domain error. \"{.}\" tried to access using \"{.}\" as host.", ACT_WARNING, OUT_NONE},
    {"Password of user \"{U}\" has been changed", ACT_PASSWORD_CHANGE, OUT_SUCCESS},
    {NULL, ACT_MESSAGE, OUT_NONE},
};

static void set_if(struct event *e, enum field f, slice s)
{
	if (s.len && !slice_eq(s, SLICE("--")))
		event_text(e, f, s);
}

static void read_members(struct json *j, slice v[MEMBERS], struct arena *scratch)
{
	struct json_member m;
	while (json_next(j, &m))
		for (int i = 0; i < MEMBERS; i++) {
			if (v[i].at || !slice_eq(m.key, names[i]))
				continue;
			v[i] = json_text(&m, scratch);
			break;
		}
}

/* "{core} Login failed: 'U' (Remote IP: 'A')", where log_type is syslog. */
enum decoded nextcloud_syslog_decode(slice program, slice body, struct event *e,
				     struct arena *scratch)
{
	slice app = body, rest = body;
	if (!slice_eat(&rest, "{") || (app = slice_until(&rest, '}'), app.len > 64))
		return DECODED_UNKNOWN;
	event_module(e, &format_nextcloud);
	event_text(e, F_PROTOCOL, SLICE("http"));
	if (!slice_eat(&rest, " ") || !said_find(messages, rest, e))
		event_act(e, ACT_MESSAGE, OUT_NONE);
	return DECODED_EVENT;
}

enum decoded nextcloud_decode(struct format_state *st, slice line, struct event *e,
			      struct arena *scratch)
{
	struct json j;
	slice v[MEMBERS] = {{0}};
	int64_t usec;
	if (!slice_starts(line, SLICE("{\"reqId\":")) || !json_open(&j, line))
		return DECODED_UNKNOWN;
	read_members(&j, v, scratch);
	event_module(e, &format_nextcloud);
	event_text(e, F_PROTOCOL, SLICE("http"));
	if (web_iso(st, v[WHEN], &usec))
		event_number(e, F_TIME, usec);
	set_if(e, F_USER, v[USER]);
	if (!said_find(messages, v[MESSAGE], e))
		event_act(e, ACT_MESSAGE, OUT_NONE);
	event_parse_address(e, F_SOURCE_IP, v[CLIENT]);
	set_if(e, F_METHOD, v[METHOD]);
	set_if(e, F_URL, v[TARGET]);
	set_if(e, F_USER_AGENT, v[AGENT]);
	return j.cut ? DECODED_BROKEN : DECODED_EVENT;
}
