/*
 * portal.c - single sign-on in front of webmail: Authelia, Keycloak, authentik, LemonLDAP::NG; and
 * ViMbAdmin, where accounts are managed.
 *
 *	time="T" level=error msg="Unsuccessful 1FA authentication attempt by user 'U': why"
 *	    method=POST path=/api/firstfactor remote_ip=A          (in one line; or as JSON)
 *	T WARN  [org.keycloak.events] (thread) type=LOGIN_ERROR, ..., ipAddress=A, ..., username=U
 *	{"action": "login_failed", ..., "client_ip": "A", "context": {"username": "U", ...}, ...}
 *	lemonldap-ng[1]: Lemonldap::NG : Bad password for U (A)
 *	T NOTICE (5) [A]: Authentication failure for U
 *
 * (authelia internal/handlers and internal/regulation; keycloak JBossLoggingEventListenerProvider;
 * authentik events/models.py, flows/stage.py; lemonldap-ng Portal/Auth, ViMbAdmin AuthController.)
 */
#include "shape.h"
#include "words.h"

const struct format format_authelia = {"authelia", "Authelia: sign-ins", 'F'};
const struct format format_keycloak = {"keycloak", "Keycloak: sign-ins", 'F'};
const struct format format_authentik = {"authentik", "authentik: sign-ins", 'F'};
const struct format format_lemonldap = {"lemonldap", "LemonLDAP::NG: sign-ins", 'F'};
const struct format format_vimbadmin = {"vimbadmin", "ViMbAdmin: sign-ins", 'F'};

/* ---- Authelia ---- */

static const struct said authelia[] = {
    {"Unsuccessful {w} authentication attempt by user '{U}': {.}", ACT_LOGIN, OUT_FAILURE},
    {"Unsuccessful {w} authentication attempt by user '{U}'", ACT_LOGIN, OUT_FAILURE},
    {"Unsuccessful {w} authentication attempt by user '{U}' and they are banned until {.}",
     ACT_LOGIN, OUT_FAILURE},
    {"Successful {w} authentication attempt made by user '{U}'", ACT_LOGIN, OUT_SUCCESS},
    {"Error occurred getting details for user with username input '{U}' which usually indicates "
     "they do not exist",
     ACT_LOGIN, OUT_FAILURE},
    {NULL, ACT_MESSAGE, OUT_NONE},
};

/* The message, and what stands beside it: logfmt's names are JSON's. */
struct beside {
	slice message, when, from, reason;
};

static void put_beside(struct beside *b, slice key, slice value)
{
	if (slice_eq(key, SLICE("msg")) && !b->message.len)
		b->message = value;
	else if (slice_eq(key, SLICE("time")) && !b->when.len)
		b->when = value;
	else if (slice_eq(key, SLICE("remote_ip")))
		b->from = value;
	else if (slice_eq(key, SLICE("error")) && !b->reason.len)
		b->reason = value;
}

static enum decoded read_authelia(struct format_state *st, const struct beside *b, struct event *e)
{
	int64_t usec;
	if (!web_iso(st, b->when, &usec))
		return DECODED_UNKNOWN;
	event_module(e, &format_authelia);
	event_text(e, F_PROTOCOL, SLICE("http"));
	if (!said_find(authelia, b->message, e))
		event_act(e, ACT_MESSAGE, OUT_NONE);
	else if (e->outcome == OUT_FAILURE && b->reason.len)
		event_text(e, F_REASON, b->reason);
	event_number(e, F_TIME, usec);
	event_parse_address(e, F_SOURCE_IP, b->from);
	return DECODED_EVENT;
}

/* time="T" level=L msg="..." and keys that its handlers give it; others' programs write likewise */
enum decoded authelia_decode(struct format_state *st, slice line, struct event *e,
			     struct arena *scratch)
{
	struct beside b = {{0}};
	slice s = line, key, value;
	if (!slice_starts(line, SLICE("time=\"")) ||
	    slice_search(line, SLICE(" remote_ip=")) == SIZE_MAX)
		return DECODED_UNKNOWN;
	while (words_take_pair(&s, &key, &value, scratch))
		put_beside(&b, key, value);
	return read_authelia(st, &b, e);
}

/* ---- Keycloak ---- */

static const struct {
	slice type;
	enum action action;
	enum result outcome;
} keycloak[] = {
    {SLICE_INIT("LOGIN"), ACT_LOGIN, OUT_SUCCESS},
    {SLICE_INIT("LOGIN_ERROR"), ACT_LOGIN, OUT_FAILURE},
    {SLICE_INIT("IDENTITY_PROVIDER_LOGIN_ERROR"), ACT_LOGIN, OUT_FAILURE},
    {SLICE_INIT("USER_DISABLED_BY_TEMPORARY_LOCKOUT"), ACT_WARNING, OUT_FAILURE},
    {SLICE_INIT("USER_DISABLED_BY_PERMANENT_LOCKOUT"), ACT_WARNING, OUT_FAILURE},
    {SLICE_INIT("LOGOUT"), ACT_LOGOUT, OUT_NONE},
    {SLICE_INIT("UPDATE_PASSWORD"), ACT_PASSWORD_CHANGE, OUT_SUCCESS},
    {SLICE_INIT("UPDATE_TOTP"), ACT_AUTH_METHOD_CHANGE, OUT_SUCCESS},
    {SLICE_INIT("REMOVE_TOTP"), ACT_AUTH_METHOD_CHANGE, OUT_SUCCESS},
    {SLICE_INIT("UPDATE_CREDENTIAL"), ACT_AUTH_METHOD_CHANGE, OUT_SUCCESS},
    {SLICE_INIT("REMOVE_CREDENTIAL"), ACT_AUTH_METHOD_CHANGE, OUT_SUCCESS},
};

/* KEY=V or KEY="V", of pairs divided by ", "; whichever of its kind stands first, or last. */
static slice keycloak_value(slice s, slice mark, bool last)
{
	size_t at = last ? slice_search_last(s, mark) : slice_search(s, mark);
	slice value = slice_from(s, at == SIZE_MAX ? s.len : at + mark.len);
	if (slice_eat(&value, "\""))
		return slice_first(value, slice_find(value, '"'));
	if (slice_eat(&value, "'"))
		return slice_first(value, slice_find(value, '\''));
	return slice_first(value, slice_find(value, ','));
}

/* "type=.., realmId=.., clientId=.., userId=.., ipAddress=A": the server's own; then details */
static void read_keycloak(slice s, struct event *e)
{
	slice type = keycloak_value(s, SLICE("type="), false);
	slice user = keycloak_value(s, SLICE(", username="), true);
	slice error = keycloak_value(s, SLICE(", error="), false);
	slice id = keycloak_value(s, SLICE(", userId="), false);
	event_module(e, &format_keycloak);
	event_text(e, F_PROTOCOL, SLICE("http"));
	event_act(e, ACT_MESSAGE, OUT_NONE);
	for (size_t i = 0; i < sizeof keycloak / sizeof *keycloak; i++)
		if (slice_eq(type, keycloak[i].type))
			event_act(e, keycloak[i].action, keycloak[i].outcome);
	event_parse_address(e, F_SOURCE_IP, keycloak_value(s, SLICE(", ipAddress="), false));
	if (user.len)
		event_text(e, F_USER, user);
	if (id.len && !slice_eq(id, SLICE("null")))
		event_text(e, F_USER_ID, id);
	if (error.len)
		event_text(e, F_REASON, error);
}

/* LEVEL  [org.keycloak.events] (thread) type=..., behind the clock */
enum decoded keycloak_decode(struct format_state *st, slice line, struct event *e,
			     struct arena *scratch)
{
	slice s = line;
	size_t open = slice_search(slice_first(line, 48), SLICE("[org.key"));
	size_t type = slice_search(line, SLICE(") type="));
	if (open == SIZE_MAX || open > 8 || type == SIZE_MAX)
		return DECODED_UNKNOWN;
	event_no_origin(e);
	read_keycloak(slice_from(s, type + 2), e);
	return DECODED_EVENT;
}

/* {"timestamp":T,"loggerName":"org.keycloak.events","message":"type=\"LOGIN_ERROR\", ..."} */
static enum decoded keycloak_json(struct format_state *st, slice line, struct event *e,
				  struct arena *scratch)
{
	struct json j = {.rest = slice_from(line, 1)};
	struct json_member m;
	slice when = {0}, message = {0};
	bool object, in_utc;
	int64_t usec;
	while (json_next_whole(&j, &m, &object))
		if (slice_eq(m.key, SLICE("timestamp")) || slice_eq(m.key, SLICE("@timestamp")))
			when = m.value; /* the latter where it writes as Elastic wants it */
		else if (slice_eq(m.key, SLICE("message")) && m.text)
			message = json_text(&m, scratch);
	if (!slice_starts(message, SLICE("type=")) || !column_time(st, when, &usec, &in_utc))
		return DECODED_UNKNOWN;
	read_keycloak(message, e);
	event_number(e, F_TIME, usec);
	return DECODED_EVENT;
}

/* ---- authentik ---- */

static const struct {
	slice action;
	enum action act;
	enum result outcome;
} authentik[] = {
    {SLICE_INIT("login"), ACT_LOGIN, OUT_SUCCESS},
    {SLICE_INIT("login_failed"), ACT_LOGIN, OUT_FAILURE},
    {SLICE_INIT("invalid_identifier"), ACT_LOGIN, OUT_FAILURE},
    {SLICE_INIT("logout"), ACT_LOGOUT, OUT_NONE},
    {SLICE_INIT("password_set"), ACT_PASSWORD_CHANGE, OUT_SUCCESS},
    {SLICE_INIT("authorize_application"), ACT_APP_CONSENT, OUT_SUCCESS},
};

/* What of a record counts; `within` is the object that holds it, empty for the record itself. */
struct gist {
	slice action, from, when, logger, identifier, tried, person, agent;
};

static void put_gist(struct gist *g, slice within, slice key, slice value)
{
	bool top = within.len == 0, name = slice_eq(key, SLICE("username"));
	if (top && slice_eq(key, SLICE("action")))
		g->action = value;
	else if (top && slice_eq(key, SLICE("client_ip")))
		g->from = value;
	else if (top && slice_eq(key, SLICE("timestamp")))
		g->when = value;
	else if (top && slice_eq(key, SLICE("logger")))
		g->logger = value;
	else if (top && slice_eq(key, SLICE("identifier")))
		g->identifier = value;
	else if (name && slice_eq(within, SLICE("context")))
		g->tried = value;
	else if (name && slice_eq(within, SLICE("user")))
		g->person = value;
}

static void gather_gist(struct gist *g, slice members, slice within, struct arena *scratch)
{
	struct json j = {.rest = members};
	struct json_member m;
	bool object;
	while (json_next_whole(&j, &m, &object))
		if (!object)
			put_gist(g, within, m.key, json_text(&m, scratch));
		else if (!within.len)
			gather_gist(g, m.value, m.key, scratch);
}

static enum decoded read_authentik(struct format_state *st, const struct gist *g, struct event *e)
{
	int64_t usec;
	if (!slice_starts(g->logger, SLICE("authentik.")) || !web_iso(st, g->when, &usec))
		return DECODED_UNKNOWN;
	event_number(e, F_TIME, usec);
	event_module(e, &format_authentik);
	event_text(e, F_PROTOCOL, SLICE("http"));
	event_act(e, ACT_MESSAGE, OUT_NONE);
	for (size_t i = 0; i < sizeof authentik / sizeof *authentik; i++)
		if (slice_eq(g->action, authentik[i].action))
			event_act(e, authentik[i].act, authentik[i].outcome);
	slice user = g->identifier.len ? g->identifier : g->tried.len ? g->tried : g->person;
	if (user.len)
		event_text(e, F_USER, user);
	event_parse_address(e, F_SOURCE_IP, g->from);
	return DECODED_EVENT;
}

/* JSON of Authelia, or of authentik */
enum decoded portal_json_decode(struct format_state *st, slice line, struct event *e,
				struct arena *scratch)
{
	struct gist g = {{0}};
	struct beside b = {{0}};
	struct json j;
	struct json_member m;
	bool object;
	if (!json_open(&j, line))
		return DECODED_UNKNOWN;
	if (slice_search(line, SLICE("\"org.keycloak.events\"")) != SIZE_MAX)
		return keycloak_json(st, line, e, scratch);
	if (slice_search(line, SLICE("\"authentik.")) != SIZE_MAX) {
		gather_gist(&g, slice_from(line, 1), (slice){"", 0}, scratch);
		return read_authentik(st, &g, e);
	}
	if (slice_search(line, SLICE("\"remote_ip\":")) == SIZE_MAX ||
	    slice_search(line, SLICE("\"path\":\"/api/")) == SIZE_MAX)
		return DECODED_UNKNOWN;
	while (json_next_whole(&j, &m, &object))
		if (!object)
			put_beside(&b, m.key, json_text(&m, scratch));
	return b.message.len ? read_authelia(st, &b, e) : DECODED_UNKNOWN;
}

/* ---- LemonLDAP::NG, ViMbAdmin ---- */

static const struct said lemonldap[] = {
    {"Bad password for {U} ({a})", ACT_LOGIN, OUT_FAILURE},
    {"{U} was not found in LDAP directory ({a})", ACT_LOGIN, OUT_FAILURE},
    {"{U} was not found in DBI backend ({a})", ACT_LOGIN, OUT_FAILURE},
    {"User {U} successfully authenticated at level {.} ({a})", ACT_LOGIN, OUT_SUCCESS},
    {"User {U} successfully authenticated at level {.}", ACT_LOGIN, OUT_SUCCESS},
    {"Session granted for {U} by {.} ({a})", ACT_SESSION_START, OUT_NONE},
    {"User {U} has been disconnected from {.} ({a})", ACT_LOGOUT, OUT_NONE},
    {"User {U} has been disconnected{.}", ACT_LOGOUT, OUT_NONE},
    {NULL, ACT_MESSAGE, OUT_NONE},
};

enum decoded lemonldap_decode(slice program, slice body, struct event *e, struct arena *scratch)
{
	slice s = body;
	slice_eat(&s, "Lemonldap::NG : ");
	if (slice_eat(&s, "[")) { /* the level */
		slice_until(&s, ']');
		slice_eat(&s, " ");
	}
	event_module(e, &format_lemonldap);
	event_text(e, F_PROTOCOL, SLICE("http"));
	if (!said_find(lemonldap, s, e))
		event_act(e, ACT_MESSAGE, OUT_NONE);
	return DECODED_EVENT;
}

static const struct said vimbadmin[] = {
    {"{.} ({n}) [{a}]: Authentication failure for {U}", ACT_LOGIN, OUT_FAILURE},
    {"{.} ({n}) [{a}]: Authentication failure for", ACT_LOGIN, OUT_FAILURE},
    {"{.} ({n}) [{a}]: {U} logged in", ACT_LOGIN, OUT_SUCCESS},
    {"{.} ({n}) [{a}]: {U} logged out", ACT_LOGOUT, OUT_NONE},
    {NULL, ACT_MESSAGE, OUT_NONE},
};

enum decoded vimbadmin_decode(struct format_state *st, slice line, struct event *e,
			      struct arena *scratch)
{
	if (slice_search(slice_first(line, 24), SLICE(") [")) == SIZE_MAX ||
	    !said_find(vimbadmin, line, e))
		return DECODED_UNKNOWN;
	event_no_origin(e);
	event_module(e, &format_vimbadmin);
	event_text(e, F_PROTOCOL, SLICE("http"));
	return DECODED_EVENT;
}
