/*
 * m365.c - records of Microsoft 365: unified audit log, sign-ins, directory audit, message trace,
 * in JSON or as rows of a CSV file, bare or in somebody's envelope.
 *
 * Law: what an envelope says is overruled by the record inside it.
 */
#include "m365.h"

#include "base/csv.h"

const struct format format_m365 = {"m365", "Microsoft 365 audit log, Entra sign-ins, message trace",
				   'A'};

/* ---- values ---- */

static bool is_container(const struct json_node *n)
{
	return n->kind == JSON_IS_OBJECT || n->kind == JSON_IS_ARRAY;
}

static slice characters(const struct json_node *n, struct arena *a)
{
	return n->kind == JSON_IS_NULL || is_container(n) ? (slice){0} : json_words(n, a);
}

static struct json_tape *read_tape(struct m365_view *v, slice text)
{
	struct json_tape *t = arena_new(v->scratch, struct json_tape);
	struct json_fault fault;
	t->arena = v->scratch;
	if (!json_read(t, text, &fault))
		v->broken = true;
	return t->len ? t : NULL;
}

const struct json_node *m365_box(struct m365_view *v, enum m365_slot s,
				 const struct json_tape **tape)
{
	struct m365_value *value = &v->at[s];
	if (!value->node || !is_container(value->node)) {
		slice text = slice_trim(value->text);
		if (!text.len || (text.at[0] != '[' && text.at[0] != '{'))
			return NULL;
		value->tape = read_tape(v, text);
		value->node = value->tape ? value->tape->at : NULL;
	}
	*tape = value->tape;
	return value->node && is_container(value->node) ? value->node : NULL;
}

slice m365_member(const struct m365_view *v, const struct json_tape *t,
		  const struct json_node *object, slice name)
{
	const struct json_node *n = json_get(t, object, name);
	return n ? characters(n, v->scratch) : (slice){0};
}

static slice pair_name(const struct m365_view *v, const struct json_tape *t,
		       const struct json_node *n)
{
	slice name = m365_member(v, t, n, SLICE("Name"));
	if (!name.len)
		name = m365_member(v, t, n, SLICE("displayName"));
	return name.len ? name : m365_member(v, t, n, SLICE("Key"));
}

static slice pair_value(const struct m365_view *v, const struct json_tape *t,
			const struct json_node *n)
{
	static const slice names[] = {SLICE_INIT("Value"), SLICE_INIT("NewValue"),
				      SLICE_INIT("newValue"), SLICE_INIT("value")};
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		const struct json_node *value = json_get(t, n, names[i]);
		if (value && value->kind != JSON_IS_NULL)
			return is_container(value) ? value->text : json_words(value, v->scratch);
	}
	return (slice){0};
}

void m365_pairs(struct m365_view *v, enum m365_slot s, m365_pair_seen *seen, void *ctx)
{
	const struct json_tape *t;
	const struct json_node *box = m365_box(v, s, &t);
	for (const struct json_node *n = json_first(t, box); n; n = json_after(t, box, n)) {
		if (box->kind == JSON_IS_OBJECT)
			seen(ctx, json_name(n, v->scratch),
			     is_container(n) ? n->text : characters(n, v->scratch));
		else if (n->kind == JSON_IS_OBJECT)
			seen(ctx, pair_name(v, t, n), pair_value(v, t, n));
	}
}

struct wanted_pair {
	slice name, value;
};

static void look_for_pair(void *ctx, slice name, slice value)
{
	struct wanted_pair *w = ctx;
	if (slice_eq(name, w->name))
		w->value = value;
}

slice m365_pair(struct m365_view *v, enum m365_slot s, slice name)
{
	struct wanted_pair w = {name, {0}};
	m365_pairs(v, s, look_for_pair, &w);
	return w.value;
}

/* ---- names to slots ---- */

static bool is_blank(slice s)
{
	return s.len == 0 || slice_eq(s, SLICE("Not Available")) || slice_eq(s, SLICE("-"));
}

/* A name that one can write to outranks an id, whichever stands first. */
static bool is_better(const struct m365_view *v, enum m365_slot s, slice text)
{
	slice old = v->at[s].text;
	return s != M365_USER || slice_find(text, '@') < text.len ||
	       slice_find(old, '@') == old.len;
}

static void put_text(struct m365_view *v, enum m365_slot s, slice text)
{
	if (s != M365_SLOTS && !is_blank(text) && is_better(v, s, text))
		v->at[s] = (struct m365_value){.text = text};
}

static void put_node(struct m365_view *v, const struct json_tape *t, const struct json_node *n)
{
	enum m365_slot s = m365_slot_of(n->key);
	if (s == M365_SLOTS || n->kind == JSON_IS_NULL)
		return;
	if (is_container(n))
		v->at[s] = (struct m365_value){{0}, n, t};
	else
		put_text(v, s, characters(n, v->scratch));
}

static void put_members(struct m365_view *v, const struct json_tape *t,
			const struct json_node *object)
{
	for (const struct json_node *n = json_first(t, object); n; n = json_after(t, object, n))
		put_node(v, t, n);
}

/* Elastic's: {"o365": {"audit": {...}}}. */
static const struct json_node *elastic(const struct json_tape *t, const struct json_node *object)
{
	const struct json_node *bare = json_get(t, object, SLICE("o365audit"));
	return bare ? bare : json_get(t, json_get(t, object, SLICE("o365")), SLICE("audit"));
}

/* Envelopes lie in envelopes: an export of Elastic holds _source, that holds o365.audit. */
static void open_envelopes(struct m365_view *v, const struct json_tape *t,
			   const struct json_node *object)
{
	for (int depth = 0; depth < 4; depth++) {
		const struct json_node *inner = elastic(t, object);
		if (!inner && (v->at[M365_INNER].node || v->at[M365_INNER].text.len))
			inner = m365_box(v, M365_INNER, &t);
		if (!inner || inner->kind != JSON_IS_OBJECT)
			return;
		v->at[M365_INNER] = (struct m365_value){0};
		put_members(v, t, inner);
		object = inner;
	}
}

/* ---- the event ---- */

/* All in UTC, with or without a zone to say so; ConvertTo-Json writes /Date(milliseconds)/. */
static bool set_time(struct event *e, slice text)
{
	int64_t usec;
	bool zone;
	slice s = slice_trim(text);
	if (slice_eat(&s, "/Date(") && slice_number(&s, &usec) && usec < INT64_MAX / 1000) {
		event_number(e, F_TIME, usec * 1000);
		return true;
	}
	s = slice_trim(text);
	if (!clock_parse_iso(&s, &usec, &zone) && !column_culture_time(slice_trim(text), &usec))
		return false;
	event_number(e, F_TIME, usec);
	return true;
}

static bool is_unspecified(const struct address *a)
{
	static const struct address none;
	struct address v4;
	return address_eq(a, &none) || (address_parse(SLICE("0.0.0.0"), &v4) && address_eq(a, &v4));
}

/* 192.0.2.1, 192.0.2.1:443, [2001:db8::1]:443, [::ffff:192.0.2.1]:443, 2001:db8::1. */
static bool set_address(struct event *e, slice s)
{
	struct address a;
	slice port = {0};
	s = slice_trim(s);
	if (s.len && s.at[0] == '[') {
		size_t end = slice_find(s, ']');
		port = slice_from(s, end + 2);
		s = slice_first(slice_from(s, 1), end ? end - 1 : 0);
	} else if (!address_parse(s, &a)) {
		size_t colon = slice_search_last(s, SLICE(":"));
		if (colon == SIZE_MAX)
			return false;
		port = slice_from(s, colon + 1);
		s = slice_first(s, colon);
	}
	if (!address_parse(s, &a) || is_unspecified(&a))
		return false;
	event_address(e, F_SOURCE_IP, a);
	if (port.len)
		event_parse_number(e, F_SOURCE_PORT, port);
	return true;
}

static const struct {
	enum m365_slot slot;
	enum field field;
} plain[] = {
    {M365_WORKLOAD, F_WORKLOAD},
    {M365_TENANT, F_TENANT},
    {M365_ID, F_EVENT_ID},
    {M365_MAILBOX, F_MAILBOX},
    {M365_APP_ID, F_APP_ID},
    {M365_CLIENT_APP_ID, F_APP_ID},
    {M365_APP_NAME, F_APP_NAME},
    {M365_SESSION, F_SESSION},
    {M365_ERROR_TEXT, F_REASON},
    {M365_NEEDS, F_SIGN_IN_NEEDS},
    {M365_RISK, F_SIGN_IN_RISK},
    {M365_POLICY, F_SIGN_IN_POLICY},
    {M365_SENDER, F_FROM},
    {M365_RECIPIENT, F_TO},
    {M365_SUBJECT, F_SUBJECT},
    {M365_PROGRAM, F_PROCESS},
    {M365_CLIENT_INFO, F_USER_AGENT},
    {M365_USER_AGENT, F_USER_AGENT},
    {M365_TARGET, F_TARGET_USER},
    {M365_OBJECT, F_TARGET_USER},
    {M365_USER_NAMED, F_USER},
    {M365_USER, F_USER},
    {M365_QUERY, F_WEB_SEARCH},
    {M365_COUNTRY, F_COUNTRY},
};

static void set_plain(const struct m365_view *v, struct event *e)
{
	for (size_t i = 0; i < sizeof plain / sizeof *plain; i++)
		if (!is_blank(m365_text(v, plain[i].slot)))
			event_text(e, plain[i].field, m365_text(v, plain[i].slot));
}

/* Containers that hold one thing worth a field. */
static const struct {
	enum m365_slot slot;
	slice member;
	enum m365_slot into;
} members[] = {
    {M365_STATUS, SLICE_INIT("errorCode"), M365_ERROR},
    {M365_STATUS, SLICE_INIT("failureReason"), M365_ERROR_TEXT},
    {M365_LOCATION, SLICE_INIT("countryOrRegion"), M365_COUNTRY},
    {M365_CONTEXT, SLICE_INIT("AADSessionId"), M365_SESSION},
    {M365_CONTEXT, SLICE_INIT("ClientAppId"), M365_CLIENT_APP_ID},
};

static void unfold(struct m365_view *v)
{
	for (size_t i = 0; i < sizeof members / sizeof *members; i++) {
		const struct json_tape *t;
		const struct json_node *box = m365_box(v, members[i].slot, &t);
		slice text = box ? m365_member(v, t, box, members[i].member) : (slice){0};
		if (text.len && !m365_text(v, members[i].into).len)
			v->at[members[i].into].text = text;
	}
	if (!m365_text(v, M365_USER_AGENT).len && m365_has(v, M365_EXTENDED))
		v->at[M365_USER_AGENT].text = m365_pair(v, M365_EXTENDED, SLICE("UserAgent"));
	if (!m365_text(v, M365_SESSION).len && m365_has(v, M365_DEVICE))
		v->at[M365_SESSION].text = m365_pair(v, M365_DEVICE, SLICE("SessionId"));
	m365_who(v);
}

static const struct {
	slice part, protocol;
} client_apps[] = {
    {SLICE_INIT("IMAP"), SLICE_INIT("imap")},
    {SLICE_INIT("POP"), SLICE_INIT("pop3")},
    {SLICE_INIT("SMTP"), SLICE_INIT("smtp")},
};

/* Old protocols are named; all else comes over HTTPS. */
static slice protocol_of(const struct m365_view *v)
{
	slice app = m365_text(v, M365_CLIENT_APP), info = m365_text(v, M365_CLIENT_INFO);
	for (size_t i = 0; i < sizeof client_apps / sizeof *client_apps; i++)
		if (slice_search(app, client_apps[i].part) != SIZE_MAX ||
		    (slice_starts(info, SLICE("Client=")) &&
		     slice_starts(slice_from(info, 7), client_apps[i].part)))
			return client_apps[i].protocol;
	return SLICE("http");
}

static void set_details(struct m365_view *v, struct event *e)
{
	static const slice logons[] = {SLICE_INIT("owner"), SLICE_INIT("admin"),
				       SLICE_INIT("delegate")};
	slice error = m365_text(v, M365_ERROR), logon = m365_text(v, M365_LOGON_TYPE);
	int64_t number;
	if (error.len && !slice_eq(error, SLICE("0")))
		event_text(e, F_ERROR_CODE, error);
	if (slice_is_number(logon, &number) && number < 3)
		event_text(e, F_LOGON_TYPE, logons[number]);
	for (size_t i = 0; i < 3; i++)
		if (slice_eq_nocase(logon, logons[i]))
			event_text(e, F_LOGON_TYPE, logons[i]);
	event_parse_number(e, F_SIZE, m365_text(v, M365_SIZE));
	slice id = part_unbracket(slice_trim(m365_text(v, M365_MESSAGE_ID)));
	if (id.len)
		event_text(e, F_MESSAGE_ID, id);
	slice saved = m365_text(v, M365_SAVED);
	if (saved.len)
		event_number(e, F_SENT_COPY, slice_eq_nocase(saved, SLICE("true")));
	if (e->action != ACT_MESSAGE_TRACE)
		event_text(e, F_PROTOCOL, protocol_of(v));
}

/* One of message trace; in its extended form the recipients stand with what became of each. */
static bool is_trace(const struct m365_view *v)
{
	return m365_has(v, M365_SENDER) &&
	       (m365_has(v, M365_RECIPIENT) ||
		(m365_has(v, M365_RESULT) && m365_has(v, M365_MESSAGE_ID)));
}

/* "a@x##Receive, Deliver;b@y##Fail": the first of them, and its last word. */
static void read_recipients(struct m365_view *v)
{
	slice first = m365_text(v, M365_RESULT);
	size_t at = slice_search(first, SLICE("##"));
	if (!is_trace(v) || m365_has(v, M365_RECIPIENT) || at == SIZE_MAX)
		return;
	slice rest = slice_from(first, at + 2), fate = slice_until(&rest, ';');
	for (slice more = fate; more.len;)
		fate = slice_trim(slice_until(&more, ','));
	v->at[M365_RECIPIENT].text = slice_first(first, at);
	v->at[M365_RESULT].text = fate;
}

/* What a record of this shape is called, where it does not say. */
static slice operation_of(struct m365_view *v)
{
	slice operation = slice_trim(m365_text(v, M365_OPERATION));
	if (slice_ends(operation, SLICE(".")))
		operation.len--;
	if (operation.len)
		return operation;
	if (is_trace(v))
		return SLICE("MessageTrace");
	if (m365_has(v, M365_APP_NAME) || m365_has(v, M365_CLIENT_APP) || m365_has(v, M365_NEEDS))
		return SLICE("Sign-in activity");
	return operation;
}

static bool has_time(const struct m365_view *v)
{
	return m365_has(v, M365_TIME) || m365_has(v, M365_TIME_LATER);
}

/* Does the record bear enough marks of the tenant's own to be nobody else's? */
static bool is_sign_in(const struct m365_view *v)
{
	return (m365_has(v, M365_USER) || m365_has(v, M365_USER_NAMED)) &&
	       (m365_has(v, M365_APP_NAME) || m365_has(v, M365_APP_ID)) &&
	       (m365_has(v, M365_NEEDS) || m365_has(v, M365_POLICY) ||
		m365_has(v, M365_CLIENT_APP) || m365_has(v, M365_STATUS) ||
		m365_has(v, M365_ERROR));
}

static bool is_act(const struct m365_view *v)
{
	return m365_has(v, M365_MAILBOX) || m365_has(v, M365_PARAMETERS) ||
	       m365_has(v, M365_ACTOR) || m365_has(v, M365_TARGETS) || m365_has(v, M365_TARGET);
}

/* A diagnostic category of Entra's, which Azure Monitor sends on under that name. */
static bool is_entra(slice category)
{
	static const slice names[] = {
	    SLICE_INIT("MicrosoftGraphActivityLogs"),
	    SLICE_INIT("UserRiskEvents"),
	    SLICE_INIT("RiskyUsers"),
	    SLICE_INIT("ServicePrincipalRiskEvents"),
	    SLICE_INIT("RiskyServicePrincipals"),
	    SLICE_INIT("ServicePrincipalSignInLogs"),
	    SLICE_INIT("ManagedIdentitySignInLogs"),
	    SLICE_INIT("NonInteractiveUserSignInLogs"),
	    SLICE_INIT("SignInLogs"),
	    SLICE_INIT("ProvisioningLogs"),
	};
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (slice_eq(category, names[i]))
			return true;
	return false;
}

static bool is_ours(const struct m365_view *v)
{
	bool act = m365_has(v, M365_OPERATION);
	if (!has_time(v))
		return false;
	if (act && m365_has(v, M365_TENANT) && is_entra(m365_text(v, M365_CATEGORY)))
		return true;
	if (m365_has(v, M365_RECORD_TYPE) || (act && m365_has(v, M365_WORKLOAD)))
		return true;
	if (m365_has(v, M365_NETWORK_ID) && is_trace(v))
		return true;
	bool entra =
	    m365_has(v, M365_NEEDS) || m365_has(v, M365_POLICY) || m365_has(v, M365_CLIENT_APP);
	if (!m365_has(v, M365_TIME) && entra && is_sign_in(v) && m365_has(v, M365_IP))
		return true;
	if (!m365_has(v, M365_TIME))
		return act && m365_has(v, M365_USER) && m365_has(v, M365_TENANT) &&
		       (m365_has(v, M365_APP_NAME) || m365_has(v, M365_ACTOR) ||
			m365_has(v, M365_OBJECT));
	if (is_trace(v))
		return m365_has(v, M365_MESSAGE_ID) || m365_has(v, M365_STATUS);
	return is_sign_in(v) || (act && is_act(v));
}

static enum decoded make_event(struct m365_view *v, struct event *e)
{
	unfold(v);
	if (!is_ours(v))
		return DECODED_UNKNOWN;
	event_module(e, &format_m365);
	read_recipients(v);
	slice operation = operation_of(v);
	m365_operation(v, e, operation);
	bool timed =
	    set_time(e, m365_text(v, M365_TIME)) || set_time(e, m365_text(v, M365_TIME_LATER));
	set_plain(v, e);
	if (!set_address(e, m365_text(v, M365_IP)))
		set_address(e, m365_text(v, M365_IP_MORE));
	set_details(v, e);
	m365_messages(v, e);
	m365_settings(v, e);
	if (m365_is_service(v, e))
		event_number(e, F_SERVICE, 1);
	return timed && !v->broken ? DECODED_EVENT : DECODED_BROKEN;
}

/* Names that one of the shapes has in front: a record without any is somebody else's, unread. */
static bool may_be_ours(slice line)
{
	static const slice marks[] = {
	    SLICE_INIT("\"CreationTime\""),
	    SLICE_INIT("\"AuditData\""),
	    SLICE_INIT("reatedDateTime\""),
	    SLICE_INIT("ctivityDateTime\""),
	    SLICE_INIT("\"properties\""),
	    SLICE_INIT("\"OfficeWorkload\""),
	    SLICE_INIT("\"TimeGenerated"),
	    SLICE_INIT("\"RawEventData\""),
	    SLICE_INIT("\"o365"),
	    SLICE_INIT("\"LastAccessed\""),
	    SLICE_INIT("\"CmdletName\""),
	    SLICE_INIT("enderAddress\""),
	    SLICE_INIT("\"NetworkMessageId\""),
	};
	for (size_t i = 0; i < sizeof marks / sizeof *marks; i++)
		if (slice_search(line, marks[i]) != SIZE_MAX)
			return true;
	return false;
}

enum decoded m365_json_decode(struct format_state *st, slice line, struct event *e,
			      struct arena *scratch)
{
	if (!may_be_ours(line))
		return DECODED_UNKNOWN;
	struct m365_view v = {.scratch = scratch};
	struct json_tape *t = read_tape(&v, line);
	if (!t || t->at[0].kind != JSON_IS_OBJECT)
		return DECODED_UNKNOWN;
	put_members(&v, t, t->at);
	open_envelopes(&v, t, t->at);
	return make_event(&v, e);
}

/* ---- rows of a CSV file ---- */

static slice without_mark(slice line)
{
	slice_eat(&line, "\xef\xbb\xbf"); /* of byte order */
	return line;
}

/* A row that names columns, enough of them to be ours: they are kept for the rows that follow. */
static bool is_header(struct format_state *st, slice line, struct arena *scratch)
{
	struct m365_view v = {.scratch = scratch};
	struct format_tenant c = {.separator = csv_separator(line)};
	struct csv row = csv_open(line, c.separator);
	slice name;
	size_t known = 0;
	if (!c.separator || line.len > 8192)
		return false;
	while (c.count < FORMAT_COLUMNS_MOST && csv_next(&row, &name, scratch)) {
		enum m365_slot s = m365_slot_of(name);
		c.slot[c.count++] = (uint8_t)s;
		known += s != M365_SLOTS;
		if (s != M365_SLOTS)
			v.at[s].text = SLICE("x");
	}
	if (known < 3 ||
	    (!is_ours(&v) && !(m365_has(&v, M365_INNER) && m365_has(&v, M365_OPERATION))))
		return false;
	st->tenant = c;
	return true;
}

enum { ROW_LINES_MOST = 64 };

static bool ends_in_quotes(slice line, bool within)
{
	unsigned quotes = within;
	size_t i = 0;
	for (; i + BLOCK_BYTES <= line.len; i += BLOCK_BYTES)
		quotes += (unsigned)__builtin_popcount(block_mask(line.at + i, '"'));
	for (; i < line.len; i++)
		quotes += line.at[i] == '"';
	return quotes % 2;
}

static enum decoded decode_row(struct format_state *st, slice line, struct event *e,
			       struct arena *scratch)
{
	struct m365_view v = {.scratch = scratch};
	struct csv row = csv_open(line, st->tenant.separator);
	slice field;
	bool goes_on = ends_in_quotes(line, false), needed = false;
	for (size_t i = 0; csv_next(&row, &field, scratch) && i < st->tenant.count; i++) {
		enum m365_slot slot = (enum m365_slot)st->tenant.slot[i];
		needed = slot != M365_SLOTS;
		put_text(&v, slot, field);
	}
	const struct json_tape *t = NULL;
	v.broken = row.broken && (!goes_on || needed); /* else a cell that says nothing goes on */
	if (m365_has(&v, M365_INNER))
		open_envelopes(&v, t, NULL);
	st->tenant.open = goes_on && !v.broken;
	return make_event(&v, e);
}

/* A line behind an open row: the rest of a cell, unless it is a whole row by itself. */
static enum decoded decode_rest(struct format_state *st, slice line, struct event *e,
				struct arena *scratch)
{
	uint8_t lines = st->tenant.open;
	if (!ends_in_quotes(line, false) && decode_row(st, line, e, scratch) == DECODED_EVENT)
		return DECODED_EVENT;
	event_clear(e);
	bool more = ends_in_quotes(line, true) && lines < ROW_LINES_MOST;
	st->tenant.open = more ? (uint8_t)(lines + 1) : 0;
	st->behind = true;
	return DECODED_PART;
}

/*
 * Only the first record can be a header, so that no line of a log can make a table of it; and later
 * ones of what is a table already: two files joined.
 */
static bool may_be_header(const struct format_state *st, slice line)
{
	bool letter = line.len && (line.at[0] | 0x20) >= 'a' && (line.at[0] | 0x20) <= 'z';
	if (!letter && (!line.len || line.at[0] != '"'))
		return false;
	if (st->tenant.count)
		return slice_search(line, SLICE("CreationDate")) < 128;
	return !st->begun || st->tenant.announced;
}

enum decoded m365_csv_decode(struct format_state *st, slice line, struct event *e,
			     struct arena *scratch)
{
	line = without_mark(line);
	if (!st->begun && slice_starts(line, SLICE("#TYPE "))) {
		st->tenant.announced = true;
		return table_header(st);
	}
	bool header = !st->tenant.open && may_be_header(st, line) && is_header(st, line, scratch);
	st->tenant.announced = false;
	if (header)
		return table_header(st);
	if (!st->tenant.count)
		return DECODED_UNKNOWN;
	return st->tenant.open ? decode_rest(st, line, e, scratch)
			       : decode_row(st, line, e, scratch);
}
