/*
 * fortimail.c - Fortinet FortiMail: key=value, key="value", divided by blanks or by commas
 * (FortiMail Log Message Reference, 5.0 to 7.6).
 *
 *	date=D time=T device_id=X log_id=N type=event subtype=webmail ... msg="WebMail: ..."
 *
 * Law: sender, subject and message hold what clients sent, and the address stands before them: the
 * first value of a key counts, an empty one too.
 */
#include "shape.h"
#include "words.h"

const struct format format_fortimail = {"fortimail", "Fortinet FortiMail", 'D'};

enum key {
	ADDRESS,
	SRC,
	TYPE,
	SUBTYPE,
	ACTION,
	STATUS,
	USER,
	UI,
	MSG,
	DATE,
	CLOCK,
	PLAIN,
	KEYS = 18
};

static const struct {
	slice key;
	enum field field;
} keys[KEYS] = {
    [ADDRESS] = {SLICE_INIT("client_ip"), F_SOURCE_IP},
    [SRC] = {SLICE_INIT("src"), F_SOURCE_IP},
    [TYPE] = {SLICE_INIT("type"), FIELD_COUNT},
    [SUBTYPE] = {SLICE_INIT("subtype"), FIELD_COUNT},
    [ACTION] = {SLICE_INIT("action"), FIELD_COUNT},
    [STATUS] = {SLICE_INIT("status"), FIELD_COUNT},
    [USER] = {SLICE_INIT("user"), FIELD_COUNT},
    [UI] = {SLICE_INIT("ui"), FIELD_COUNT},
    [MSG] = {SLICE_INIT("msg"), F_REASON},
    [DATE] = {SLICE_INIT("date"), FIELD_COUNT},
    [CLOCK] = {SLICE_INIT("time"), FIELD_COUNT},
    [PLAIN] = {SLICE_INIT("client_name"), F_SOURCE_DOMAIN},
    {SLICE_INIT("from"), F_FROM},
    {SLICE_INIT("to"), F_TO},
    {SLICE_INIT("subject"), F_SUBJECT},
    {SLICE_INIT("message_id"), F_MESSAGE_ID},
    {SLICE_INIT("session_id"), F_QUEUE_ID},
    {SLICE_INIT("disposition"), F_SMTP_STATUS},
};

/* True if `s` goes on with the end of the line or with another key. */
static bool is_between(slice s)
{
	if (s.len && s.at[0] != ' ' && s.at[0] != ',')
		return false;
	while (slice_eat(&s, " ") || slice_eat(&s, ","))
		;
	size_t n = 0;
	while (n < s.len && ((s.at[n] >= 'a' && s.at[n] <= 'z') || s.at[n] == '_'))
		n++;
	return s.len == 0 || (n && n < s.len && s.at[n] == '=');
}

/* A value in quotes ends at the first quote that another key or the end follows. */
static slice take_value(slice *s)
{
	char quote = s->len ? s->at[0] : '\0';
	if (quote != '"' && quote != '\'') {
		size_t n = 0;
		while (n < s->len && s->at[n] != ' ' && s->at[n] != ',')
			n++;
		slice word = slice_first(*s, n);
		*s = slice_from(*s, n);
		return word;
	}
	*s = slice_from(*s, 1);
	for (size_t n = 0; (n += slice_find(slice_from(*s, n), quote)) < s->len; n++)
		if (is_between(slice_from(*s, n + 1))) {
			slice value = slice_first(*s, n);
			*s = slice_from(*s, n + 1);
			return value;
		}
	slice rest = *s;
	*s = slice_from(*s, s->len);
	return rest;
}

static void take_pairs(slice s, slice values[KEYS])
{
	bool seen[KEYS] = {false};
	while (s.len) {
		while (slice_eat(&s, " ") || slice_eat(&s, ","))
			;
		size_t n = slice_find(s, '=');
		slice key = slice_first(s, n);
		s = slice_from(s, n + 1);
		slice value = take_value(&s);
		size_t i = 0;
		while (i < KEYS && !slice_eq(key, keys[i].key))
			i++;
		if (i == KEYS || seen[i])
			continue;
		values[i] = value;
		seen[i] = true;
	}
}

/* date=2026-03-17 and time=13:05:00.123, of the device's own zone */
static void set_time(struct format_state *st, const slice *v, struct event *e)
{
	char iso[40];
	int64_t usec;
	size_t day = v[DATE].len, n = day + 1 + v[CLOCK].len;
	if (!day || !v[CLOCK].len || n > sizeof iso)
		return;
	memcpy(iso, v[DATE].at, day);
	iso[day] = ' ';
	memcpy(iso + day + 1, v[CLOCK].at, v[CLOCK].len);
	if (web_iso(st, (slice){iso, n}, &usec))
		event_number(e, F_TIME, usec);
}

/* Who signs in to its webmail says the message; to its own pages, user= and ui=GUI(A). */
static void read_login(const slice *v, struct event *e)
{
	static const struct said said[] = {
	    {"WebMail: Login for '{U}' from {a} failed", ACT_LOGIN, OUT_FAILURE},
	    {"WebMail: User {U} from {a} logged in.", ACT_LOGIN, OUT_SUCCESS},
	    {"WebMail: User {U} from {a} logged in", ACT_LOGIN, OUT_SUCCESS},
	    {"WebMail: User {U} from {a} logged out{.}", ACT_LOGOUT, OUT_NONE},
	    {NULL, ACT_MESSAGE, OUT_NONE},
	};
	if (said_find(said, v[MSG], e))
		return;
	slice ui = v[UI], way = slice_until(&ui, '(');
	bool person = v[USER].len && !slice_eq(v[USER], v[UI]) && !slice_eq(v[USER], SLICE("N/A"));
	if (person) /* a daemon of its own names itself twice */
		event_text(e, F_USER, v[USER]);
	if (way.len && slice_ends(ui, SLICE(")")))
		event_parse_address(e, F_SOURCE_IP, slice_first(ui, ui.len - 1));
	if (!person || !slice_eq(v[ACTION], SLICE("login")))
		return;
	bool failed = slice_eq(v[STATUS], SLICE("failure")) || slice_eq(v[STATUS], SLICE("failed"));
	if (failed || slice_eq(v[STATUS], SLICE("success")))
		event_act(e, ACT_LOGIN, failed ? OUT_FAILURE : OUT_SUCCESS);
}

static void read_fields(const slice *v, struct event *e)
{
	for (size_t i = 0; i < KEYS; i++) {
		if (v[i].len == 0 || keys[i].field == FIELD_COUNT)
			continue;
		if (keys[i].field != F_SOURCE_IP)
			event_text(e, keys[i].field, v[i]);
		else if (!event_has(e, F_SOURCE_IP))
			words_address(v[i], e, F_SOURCE_IP);
	}
	bool sandbox = slice_eq(v[SUBTYPE], SLICE("fortisandbox"));
	if ((slice_eq(v[TYPE], SLICE("virus")) && !sandbox) ||
	    slice_starts(event_get(e, F_SMTP_STATUS), SLICE("Reject")))
		event_act(e, ACT_SMTP_REJECT, OUT_FAILURE);
	else if (!slice_eq(v[TYPE], SLICE("spam")) && !slice_eq(v[TYPE], SLICE("statistics")))
		read_login(v, e);
}

/* Where its first key stands, past its host; SIZE_MAX if nothing of the kind does. */
static size_t first_key(slice body)
{
	slice head = slice_first(body, 280);
	size_t at = slice_search(head, SLICE("date="));
	if (at == SIZE_MAX)
		at = slice_search(head, SLICE("time="));
	slice rest = slice_first(slice_from(body, at == SIZE_MAX ? body.len : at), 200);
	size_t device = slice_search(rest, SLICE("device_id="));
	size_t log = slice_search(rest, SLICE("log_id="));
	bool fits = device < 60 && log != SIZE_MAX && log > device;
	bool wall = slice_search(rest, SLICE(" devname=")) != SIZE_MAX; /* FortiGate */
	return fits && !wall ? at : SIZE_MAX;
}

enum decoded fortimail_dated_decode(struct format_state *st, slice body, struct event *e,
				    struct arena *scratch)
{
	slice values[KEYS] = {{0}};
	size_t at = first_key(body);
	if (at == SIZE_MAX)
		return DECODED_UNKNOWN;
	event_module(e, &format_fortimail);
	event_act(e, ACT_MESSAGE, OUT_NONE);
	event_drop(e, F_PROCESS);
	take_pairs(slice_from(body, at), values);
	if (!event_has(e, F_TIME))
		set_time(st, values, e);
	read_fields(values, e);
	return DECODED_EVENT;
}

/* Without an envelope. */
enum decoded fortimail_decode(struct format_state *st, slice line, struct event *e,
			      struct arena *scratch)
{
	if (!slice_starts(line, SLICE("date=")) && !slice_starts(line, SLICE("time=")))
		return DECODED_UNKNOWN;
	return fortimail_dated_decode(st, line, e, scratch);
}
