/*
 * google.c - Google Workspace: activities of its Reports API, the same as Cloud Logging hands them
 * on, and rows of its audit pages and of GAM (answer.c makes objects of those).
 *
 *	{"kind":"admin#reports#activity","id":{"time":T,"applicationName":"login"},"actor":
 *	    {"email":U},"ipAddress":A,"events":[{"name":"login_failure","parameters":[
 *	    {"name":"login_failure_type","value":"..."}]}]}                   (in one line)
 *	{"Event":"Failed login","Date":T,"Actor":U,"IP address":A}
 *
 * (developers.google.com/admin-sdk/reports/reference/rest/v1/activities, .../v1/appendix/activity;
 * support.google.com/a/answer/4580120: what the console calls them)
 *
 * Law: of a record's events the first that is known counts.
 */
#include "web.h"

#include "base/json.h"

const struct format format_google = {
    "google", "Google Workspace: sign-ins, forwarding, consents, files of Drive", 'E'};

/* Names of the API, and of the console in small letters with '_' for all that is no letter. */
static const struct {
	slice name;
	enum action action;
	enum result outcome;
} acts[] = {
    {SLICE_INIT("login_success"), ACT_LOGIN, OUT_SUCCESS},
    {SLICE_INIT("successful_login"), ACT_LOGIN, OUT_SUCCESS},
    {SLICE_INIT("login_failure"), ACT_LOGIN, OUT_FAILURE},
    {SLICE_INIT("failed_login"), ACT_LOGIN, OUT_FAILURE},
    {SLICE_INIT("logout"), ACT_LOGOUT, OUT_NONE},
    {SLICE_INIT("login_challenge"), ACT_AUTH_CHECK, OUT_NONE},
    {SLICE_INIT("login_verification"), ACT_AUTH_CHECK, OUT_NONE},
    {SLICE_INIT("risky_sensitive_action_blocked"), ACT_ALERT, OUT_FAILURE},
    {SLICE_INIT("suspicious_login"), ACT_ALERT, OUT_NONE},
    {SLICE_INIT("suspicious_login_less_secure_app"), ACT_ALERT, OUT_NONE},
    {SLICE_INIT("suspicious_login_blocked"), ACT_ALERT, OUT_FAILURE},
    {SLICE_INIT("suspicious_programmatic_login"), ACT_ALERT, OUT_NONE},
    {SLICE_INIT("gov_attack_warning"), ACT_ALERT, OUT_NONE},
    {SLICE_INIT("account_disabled_hijacked"), ACT_ALERT, OUT_NONE},
    {SLICE_INIT("account_disabled_password_leak"), ACT_ALERT, OUT_NONE},
    {SLICE_INIT("2sv_disable"), ACT_AUTH_METHOD_CHANGE, OUT_SUCCESS},
    {SLICE_INIT("2sv_enroll"), ACT_AUTH_METHOD_CHANGE, OUT_SUCCESS},
    {SLICE_INIT("2_step_verification_disable"), ACT_AUTH_METHOD_CHANGE, OUT_SUCCESS},
    {SLICE_INIT("2_step_verification_enroll"), ACT_AUTH_METHOD_CHANGE, OUT_SUCCESS},
    {SLICE_INIT("recovery_email_edit"), ACT_AUTH_METHOD_CHANGE, OUT_SUCCESS},
    {SLICE_INIT("recovery_phone_edit"), ACT_AUTH_METHOD_CHANGE, OUT_SUCCESS},
    {SLICE_INIT("password_edit"), ACT_PASSWORD_CHANGE, OUT_SUCCESS},
    {SLICE_INIT("account_password_change"), ACT_PASSWORD_CHANGE, OUT_SUCCESS},
    {SLICE_INIT("change_password"), ACT_PASSWORD_CHANGE, OUT_SUCCESS},
    {SLICE_INIT("email_forwarding_out_of_domain"), ACT_MAIL_FORWARDING, OUT_SUCCESS},
    {SLICE_INIT("out_of_domain_email_forwarding_enabled"), ACT_MAIL_FORWARDING, OUT_SUCCESS},
    {SLICE_INIT("authorize"), ACT_APP_CONSENT, OUT_SUCCESS},
    {SLICE_INIT("assign_role"), ACT_ROLE_CHANGE, OUT_SUCCESS},
    {SLICE_INIT("grant_admin_privilege"), ACT_ROLE_CHANGE, OUT_SUCCESS},
    {SLICE_INIT("grant_delegated_admin_privileges"), ACT_ROLE_CHANGE, OUT_SUCCESS},
    {SLICE_INIT("create_user"), ACT_ACCOUNT_CHANGE, OUT_SUCCESS},
    {SLICE_INIT("email_log_search"), ACT_MAIL_SEARCH, OUT_SUCCESS},
    {SLICE_INIT("create_email_monitor"), ACT_MAIL_FORWARDING, OUT_SUCCESS},
    {SLICE_INIT("customer_takeout_created"), ACT_MAIL_EXPORT, OUT_SUCCESS},
    {SLICE_INIT("view"), ACT_CLOUD_FILE_OPEN, OUT_NONE},
    {SLICE_INIT("download"), ACT_CLOUD_FILE_GET, OUT_NONE},
};

static bool set_act(struct event *e, slice name, struct arena *scratch)
{
	char *to = arena_take(scratch, name.len ? name.len : 1);
	for (size_t i = 0; i < name.len; i++) {
		char c = name.at[i] >= 'A' && name.at[i] <= 'Z' ? name.at[i] | 0x20 : name.at[i];
		bool word = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
		to[i] = word ? c : '_';
	}
	for (size_t i = 0; i < sizeof acts / sizeof *acts; i++)
		if (slice_eq(acts[i].name, (slice){to, name.len})) {
			event_act(e, acts[i].action, acts[i].outcome);
			return true;
		}
	return false;
}

static slice words(const struct json_tape *t, const struct json_node *box, slice name,
		   struct arena *scratch)
{
	const struct json_node *n = json_get(t, box, name);
	return n && n->kind == JSON_IS_STRING ? json_words(n, scratch) : (slice){0};
}

static void set_if(struct event *e, enum field f, slice value)
{
	if (value.len)
		event_text(e, f, value);
}

/* ---- parameters ---- */

static const struct {
	slice name;
	enum field field;
} parameters[] = {
    {SLICE_INIT("login_failure_type"), F_REASON},
    {SLICE_INIT("email_forwarding_destination_address"), F_RULE_TO},
    {SLICE_INIT("EMAIL_MONITOR_DEST_EMAIL"), F_RULE_TO},
    {SLICE_INIT("USER_EMAIL"), F_TARGET_USER},
    {SLICE_INIT("ROLE_NAME"), F_ROLE},
    {SLICE_INIT("app_name"), F_APP_NAME},
    {SLICE_INIT("client_id"), F_CONSENT_APP},
    {SLICE_INIT("doc_title"), F_FILE_PATH},
};

/* {"name":"scope","value":"x"}, or with many: "multiValue":["x","y"] */
static void read_parameter(const struct json_tape *t, const struct json_node *p, struct event *e,
			   struct arena *scratch)
{
	slice name = words(t, p, SLICE("name"), scratch);
	slice value = words(t, p, SLICE("value"), scratch);
	const struct json_node *many = json_get(t, p, SLICE("multiValue"));
	for (size_t i = 0; i < sizeof parameters / sizeof *parameters; i++)
		if (slice_eq(parameters[i].name, name))
			set_if(e, parameters[i].field, value);
	if (!slice_eq(name, SLICE("scope")) || e->action != ACT_APP_CONSENT)
		return;
	set_if(e, F_SCOPES, value);
	for (const struct json_node *n = json_first(t, many); n; n = json_after(t, many, n)) {
		slice old = event_get(e, F_SCOPES), more = json_words(n, scratch);
		event_text(e, F_SCOPES,
			   old.len ? arena_format(scratch, "%.*s %.*s", (int)old.len, old.at,
						  (int)more.len, more.at)
				   : more);
	}
}

/* The array of events, and in each the name and the array of its parameters. */
static void read_events(const struct json_tape *t, const struct json_node *events, slice name_key,
			slice parameters_key, struct event *e, struct arena *scratch)
{
	for (const struct json_node *n = json_first(t, events); n; n = json_after(t, events, n)) {
		const struct json_node *box = json_get(t, n, parameters_key);
		if (!set_act(e, words(t, n, name_key, scratch), scratch))
			continue;
		for (const struct json_node *p = json_first(t, box); p; p = json_after(t, box, p))
			read_parameter(t, p, e, scratch);
		return;
	}
}

/* ---- dresses ---- */

static bool begin(struct format_state *st, struct event *e, slice when, slice from, slice user)
{
	int64_t usec;
	bool in_utc;
	if (!web_iso(st, when, &usec) && !column_time(st, when, &usec, &in_utc))
		return false;
	event_number(e, F_TIME, usec);
	event_module(e, &format_google);
	event_text(e, F_PROTOCOL, SLICE("http"));
	event_act(e, ACT_MESSAGE, OUT_NONE);
	event_parse_address(e, F_SOURCE_IP, from);
	set_if(e, F_USER, user);
	return true;
}

static bool read_activity(struct format_state *st, const struct json_tape *t, struct event *e,
			  struct arena *a)
{
	const struct json_node *id = json_get(t, t->at, SLICE("id"));
	const struct json_node *actor = json_get(t, t->at, SLICE("actor"));
	if (!begin(st, e, words(t, id, SLICE("time"), a), words(t, t->at, SLICE("ipAddress"), a),
		   words(t, actor, SLICE("email"), a)))
		return false;
	set_if(e, F_WORKLOAD, words(t, id, SLICE("applicationName"), a));
	read_events(t, json_get(t, t->at, SLICE("events")), SLICE("name"), SLICE("parameters"), e,
		    a);
	return true;
}

/* An entry of Cloud Logging: protoPayload.metadata.event[].eventName */
static bool read_entry(struct format_state *st, const struct json_tape *t, struct event *e,
		       struct arena *a)
{
	const struct json_node *p = json_get(t, t->at, SLICE("protoPayload"));
	const struct json_node *who = json_get(t, p, SLICE("authenticationInfo"));
	const struct json_node *from = json_get(t, p, SLICE("requestMetadata"));
	const struct json_node *what = json_get(t, p, SLICE("metadata"));
	if (!what ||
	    !begin(st, e, words(t, t->at, SLICE("timestamp"), a),
		   words(t, from, SLICE("callerIp"), a), words(t, who, SLICE("principalEmail"), a)))
		return false;
	read_events(t, json_get(t, what, SLICE("event")), SLICE("eventName"), SLICE("parameter"), e,
		    a);
	return true;
}

/* The value of the first of these names that has one. */
static slice either(const struct json_tape *t, const slice *names, struct arena *a)
{
	slice value = {0};
	for (; names->len && !value.len; names++)
		value = words(t, t->at, *names, a);
	return value;
}

static bool read_row(struct format_state *st, const struct json_tape *t, struct event *e,
		     struct arena *a)
{
	static const slice when[] = {SLICE_INIT("Date"), SLICE_INIT("id.time"), {0}},
			   from[] = {SLICE_INIT("IP address"),
				     SLICE_INIT("IP Address"),
				     SLICE_INIT("ipAddress"),
				     {0}},
			   who[] = {SLICE_INIT("Actor"),
				    SLICE_INIT("User"),
				    SLICE_INIT("actor.email"),
				    SLICE_INIT("Owner"),
				    {0}},
			   what[] = {SLICE_INIT("Event"),
				     SLICE_INIT("Event name"),
				     SLICE_INIT("name"),
				     {0}},
			   file[] = {SLICE_INIT("Title"), SLICE_INIT("doc_title"), {0}},
			   id[] = {SLICE_INIT("Message ID"), {0}};
	if (!begin(st, e, either(t, when, a), either(t, from, a), either(t, who, a)))
		return false;
	slice message = either(t, id, a);
	set_act(e, either(t, what, a), a);
	if (message.len) { /* of Gmail, where files of Drive are none */
		event_act(e, ACT_MESSAGE, OUT_NONE);
		event_text(e, F_MESSAGE_ID, part_unbracket(message));
	}
	set_if(e, F_FILE_PATH, either(t, file, a));
	return true;
}

enum decoded google_decode(struct format_state *st, slice line, struct event *e,
			   struct arena *scratch)
{
	struct json_tape t = {.arena = scratch};
	struct json_fault fault;
	bool activity =
		 slice_search(slice_first(line, 512), SLICE("admin#reports#activity")) != SIZE_MAX,
	     entry = !activity && slice_search(line, SLICE("\"protoPayload\"")) != SIZE_MAX,
	     row = slice_search(line, SLICE("\"Event")) != SIZE_MAX ||
		   slice_search(line, SLICE("\"id.time\"")) != SIZE_MAX;
	if ((!activity && !entry && !(row && st->answer.count)) || !json_read(&t, line, &fault))
		return DECODED_UNKNOWN;
	bool read = activity ? read_activity(st, &t, e, scratch)
		    : entry  ? read_entry(st, &t, e, scratch)
			     : read_row(st, &t, e, scratch);
	return read ? DECODED_EVENT : DECODED_UNKNOWN;
}
