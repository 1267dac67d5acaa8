/*
 * dovecot_event.c - events that Dovecot exports as JSON (event_exporter, format = json), by its log
 * or as lines of their own:
 *
 *	{"event":"mail_opened","hostname":"m","start_time":"...","fields":{"user":"ana","uid":7,...}}
 *
 * stats/event-exporter-fmt-json.c and the events' documentation say which fields there are.  Texts
 * over 1,000 bytes end in "..." there; a line that syslog cut keeps what was read.
 */
#include "dovecot.h"

enum what { TEXT, NUMBER, ADDRESS, EVENT, WHEN, SUCCESS, ERROR, REASONS, CATEGORIES };

struct key {
	slice name;
	enum what what;
	enum field field;
};

/* By length of the name, so that a look-up compares few. */
enum { LONGEST = 16, A_LENGTH = 6 };
static const struct key keys[LONGEST + 1][A_LENGTH] = {
    [3] = {{SLICE_INIT("uid"), NUMBER, F_UID}},
    [4] = {{SLICE_INIT("user"), TEXT, F_USER}},
    [5] = {{SLICE_INIT("event"), EVENT, F_ACTION}, {SLICE_INIT("error"), ERROR, F_REASON}},
    [6] = {{SLICE_INIT("reason"), TEXT, F_REASON}},
    [7] = {{SLICE_INIT("session"), TEXT, F_SESSION},
	   {SLICE_INIT("mailbox"), TEXT, F_FOLDER},
	   {SLICE_INIT("success"), SUCCESS, F_OUTCOME},
	   {SLICE_INIT("service"), TEXT, F_PROTOCOL},
	   {SLICE_INIT("rcpt_to"), TEXT, F_TO}},
    [8] = {{SLICE_INIT("cmd_name"), TEXT, F_IMAP_COMMAND},
	   {SLICE_INIT("cmd_args"), TEXT, F_IMAP_ARGUMENTS},
	   {SLICE_INIT("protocol"), TEXT, F_PROTOCOL},
	   {SLICE_INIT("hostname"), TEXT, F_HOST},
	   {SLICE_INIT("bytes_in"), NUMBER, F_SOURCE_BYTES},
	   {SLICE_INIT("end_time"), WHEN, F_TIME}},
    [9] = {{SLICE_INIT("remote_ip"), ADDRESS, F_SOURCE_IP},
	   {SLICE_INIT("bytes_out"), NUMBER, F_DESTINATION_BYTES},
	   {SLICE_INIT("mechanism"), TEXT, F_AUTH_METHOD},
	   {SLICE_INIT("mail_from"), TEXT, F_FROM},
	   {SLICE_INIT("transport"), TEXT, F_TLS}},
    [10] = {{SLICE_INIT("message_id"), TEXT, F_MESSAGE_ID},
	    {SLICE_INIT("categories"), CATEGORIES, F_PROTOCOL},
	    {SLICE_INIT("login_user"), TEXT, F_USER_EFFECTIVE}},
    [11] = {{SLICE_INIT("reason_code"), REASONS, F_READ_REASON},
	    {SLICE_INIT("remote_port"), NUMBER, F_SOURCE_PORT},
	    {SLICE_INIT("script_name"), TEXT, F_SIEVE_SCRIPT}},
    [12] = {{SLICE_INIT("net_in_bytes"), NUMBER, F_SOURCE_BYTES},
	    {SLICE_INIT("message_size"), NUMBER, F_SIZE}},
    [13] = {{SLICE_INIT("net_out_bytes"), NUMBER, F_DESTINATION_BYTES},
	    {SLICE_INIT("auth_attempts"), NUMBER, F_AUTH_ATTEMPTS}},
    [15] = {{SLICE_INIT("redirect_target"), TEXT, F_SIEVE_TARGET},
	    {SLICE_INIT("message_subject"), TEXT, F_SUBJECT},
	    {SLICE_INIT("new_script_name"), TEXT, F_SIEVE_SCRIPT}},
    [16] = {{SLICE_INIT("fileinto_mailbox"), TEXT, F_REASON}},
};

static const struct {
	slice name;
	enum action action;
} events[] = {
    {SLICE_INIT("imap_command_finished"), ACT_IMAP},
    {SLICE_INIT("mail_opened"), ACT_MAIL_OPENED},
    {SLICE_INIT("auth_request_finished"), ACT_AUTH_CHECK},
    {SLICE_INIT("pop3_command_finished"), ACT_POP3},
    {SLICE_INIT("mail_expunged"), ACT_MAIL_EXPUNGE},
    {SLICE_INIT("mail_expunge_requested"), ACT_MAIL_DELETE},
    {SLICE_INIT("mail_delivery_finished"), ACT_DELIVERY},
    {SLICE_INIT("mail_user_session_finished"), ACT_LOGOUT}, /* the log line is the session's end */
    {SLICE_INIT("imap_id_received"), ACT_CLIENT_ID},
    {SLICE_INIT("managesieve_command_finished"), ACT_MANAGESIEVE},
    {SLICE_INIT("sieve_storage_save_finished"), ACT_SCRIPT_SAVE},
    {SLICE_INIT("sieve_script_renamed"), ACT_SCRIPT_SAVE},
    {SLICE_INIT("sieve_script_activated"), ACT_SCRIPT_ACTIVATE},
    {SLICE_INIT("sieve_storage_deactivated"), ACT_SCRIPT_ACTIVATE},
    {SLICE_INIT("sieve_script_deleted"), ACT_SCRIPT_DELETE},
    {SLICE_INIT("sieve_action_finished"), ACT_SIEVE},
    {SLICE_INIT("proxy_session_finished"), ACT_LOGOUT},
};

static const struct key *find_key(slice name)
{
	if (name.len > LONGEST)
		return NULL;
	const struct key *k = keys[name.len];
	for (int i = 0; i < A_LENGTH && k[i].name.len; i++)
		if (k[i].name.at[0] == name.at[0] && slice_eq(k[i].name, name))
			return &k[i];
	return NULL;
}

static bool find_event(slice name, enum action *action)
{
	for (size_t i = 0; i < sizeof events / sizeof *events; i++)
		if (slice_eq(events[i].name, name)) {
			*action = events[i].action;
			return true;
		}
	return false;
}

/* One string of an array's text off the front. */
static bool take_item(slice *array, slice *item)
{
	slice_until(array, '"');
	*item = slice_until(array, '"');
	return item->len > 0;
}

/*
 * Why a message was opened, in one word: reason_code lists all reasons of a command, of which the
 * one that hands content over weighs most.
 */
static slice main_reason(slice array)
{
	slice item, last = {0};
	while (take_item(&array, &item)) {
		if (slice_eq(item, SLICE("imap:fetch_body")) ||
		    slice_eq(item, SLICE("pop3:cmd_retr")))
			return item;
		last = item;
	}
	return last;
}

/* ["imap","service:imap"]: the protocol is the service that is not auth. */
static slice protocol_of(slice array)
{
	slice item;
	while (take_item(&array, &item))
		if (slice_eat(&item, "service:") && !slice_eq(item, SLICE("auth")))
			return item;
	return (slice){0};
}

/* Facts of one object that are no field yet. */
struct facts {
	enum action action;
	bool named, success, error;
};

static void set_time(struct event *e, slice text)
{
	int64_t usec;
	bool zone;
	if (!event_has(e, F_TIME) && clock_parse_iso(&text, &usec, &zone) && text.len == 0)
		event_number(e, F_TIME, usec);
}

static void set_some(struct event *e, enum field f, slice text)
{
	if (text.len)
		event_text(e, f, text);
}

static void set_text(struct event *e, enum field f, const struct json_member *m,
		     struct arena *scratch)
{
	slice text = json_text(m, scratch);
	if (f == F_TLS) {
		if (slice_eq_nocase(text, SLICE("TLS")))
			event_number(e, F_TLS, 1);
	} else if (f == F_MESSAGE_ID)
		event_text(e, f, part_unbracket(text));
	else if ((text.len || f == F_FROM) && !(f == F_PROTOCOL && event_has(e, f)) &&
		 !(f == F_HOST && event_has(e, f)))
		event_text(e, f, text);
}

static void set_member(struct event *e, const struct json_member *m, struct facts *facts,
		       struct arena *scratch)
{
	const struct key *k = find_key(m->key);
	if (!k)
		return;
	switch (k->what) {
	case EVENT:
		facts->named = true;
		if (!find_event(m->value, &facts->action))
			facts->action = ACT_MESSAGE;
		break;
	case NUMBER:
		event_parse_number(e, k->field, m->value);
		break;
	case ADDRESS:
		event_parse_address(e, k->field, m->value);
		break;
	case WHEN:
		set_time(e, m->value);
		break;
	case SUCCESS:
		facts->success = slice_eq(m->value, SLICE("yes"));
		break;
	case REASONS:
		set_some(e, k->field, m->text ? m->value : main_reason(m->value));
		break;
	case CATEGORIES:
		set_some(e, k->field, protocol_of(m->value));
		break;
	case ERROR:
		facts->error = true;
		set_text(e, k->field, m, scratch);
		break;
	default:
		set_text(e, k->field, m, scratch);
	}
}

/* ---- what the arguments of IMAP commands say ---- */

/* "BODY.PEEK[2.1]<0.100>": the part's number; false where the section is a header or all. */
static bool take_section(slice s, slice *part)
{
	size_t n = 0;
	while (n < s.len && ((s.at[n] >= '0' && s.at[n] <= '9') || s.at[n] == '.'))
		n++;
	*part = slice_first(s, n);
	return n > 0 && n < s.len && s.at[n] == ']' && s.at[n - 1] != '.';
}

/* The first MIME part that a FETCH asks for. */
static void set_part(slice args, struct event *e)
{
	slice part;
	while (args.len) {
		slice_until(&args, '[');
		if (take_section(args, &part)) {
			event_text(e, F_PART, part);
			return;
		}
	}
}

static void set_command(struct event *e)
{
	slice name = event_get(e, F_IMAP_COMMAND), args = event_get(e, F_IMAP_ARGUMENTS);
	bool by_uid = slice_eat(&name, "UID ");
	if (args.len == 0)
		return;
	if (slice_eq(name, SLICE("FETCH")))
		set_part(args, e);
	if (by_uid && !slice_eq(name, SLICE("SEARCH")))
		event_text(e, F_UIDS, slice_first(args, slice_find(args, ' ')));
	if ((slice_eq(name, SLICE("SELECT")) || slice_eq(name, SLICE("EXAMINE"))) &&
	    !event_has(e, F_FOLDER)) {
		bool quoted = args.len > 2 && args.at[0] == '"' && args.at[args.len - 1] == '"';
		event_text(e, F_FOLDER, quoted ? (slice){args.at + 1, args.len - 2} : args);
	}
}

static void conclude(struct event *e, const struct facts *facts)
{
	enum action action = facts->action;
	enum result outcome = OUT_NONE;
	if (action == ACT_AUTH_CHECK) /* a failure says nothing of success */
		outcome = facts->success ? OUT_SUCCESS : OUT_FAILURE;
	if (action == ACT_SIEVE && event_has(e, F_SIEVE_TARGET))
		action = ACT_REDIRECT;
	/* a command that failed changed nothing */
	bool changes = action == ACT_SCRIPT_SAVE || action == ACT_SCRIPT_ACTIVATE ||
		       action == ACT_SCRIPT_DELETE || action == ACT_DELIVERY;
	if (facts->error && changes)
		action = ACT_MESSAGE;
	if (action == ACT_IMAP)
		set_command(e);
	event_act(e, action, outcome);
	if (event_has(e, F_SESSION) && !event_has(e, F_SOURCE_IP))
		dovecot_session(e, e->v[F_SESSION].text);
}

enum decoded dovecot_event_decode(slice text, struct event *e, struct arena *scratch)
{
	struct json j;
	struct json_member m;
	struct facts facts = {.action = ACT_MESSAGE};
	if (!json_open(&j, text))
		return DECODED_UNKNOWN;
	while (json_next(&j, &m))
		set_member(e, &m, &facts, scratch);
	conclude(e, &facts);
	return j.cut ? DECODED_BROKEN : DECODED_EVENT;
}

/* The same as a line of its own (transport = file). */
enum decoded dovecot_json_decode(struct format_state *st, slice line, struct event *e,
				 struct arena *scratch)
{
	if (!slice_starts(line, SLICE("{\"event\":\"")))
		return DECODED_UNKNOWN;
	enum decoded d = dovecot_event_decode(line, e, scratch);
	event_module(e, &format_dovecot);
	return d;
}
