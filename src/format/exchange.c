/*
 * exchange.c - Exchange Server on premises: protocol logs of IMAP4, POP3 and SMTP, HttpProxy,
 * message tracking (CSV), and IIS (W3C extended log) with the URLs of OWA, EWS, ActiveSync, MAPI
 * and ECP.
 *
 *	2022-07-20T21:28:50.530Z,000000000000000E,2,S:143,A:35070,U,168,31,31,authenticate,PLAIN,"R=..."
 *	2022-07-20T21:12:06.270Z,EX\Default Frontend,08DA4F7C11473A60,9,S:25,A:53722,>,535 ...,
 *	2021-01-12 17:20:52 S POST /owa/auth.owa - 443 U A Mozilla/5.0 - 302 0 0 14
 *
 * Microsoft's documents: "Protocol logging", "POP3 and IMAP4 protocol logging", "Message tracking",
 * "W3C Logging" (IIS).  IIS writes spaces of a client's text as +, Exchange quotes what holds a
 * comma, so that columns cannot be forged.  Times are UTC.
 */
#include "fields.h"

const struct format format_exchange = {
    "exchange", "Exchange Server: IMAP4, POP3, SMTP, HttpProxy, tracking; its URLs in IIS", 'A'};
const struct format format_iis = {"iis", "Microsoft IIS (W3C extended log)", 'C'};

/* ---- layouts without a header, told by what their columns hold ---- */

static const uint8_t imap_columns[] = {COL_SESSION, COL_OTHER,      COL_SERVER,   COL_CLIENT,
				       COL_USER,    COL_OTHER,      COL_BYTES_IN, COL_BYTES_OUT,
				       COL_COMMAND, COL_PARAMETERS, COL_CONTEXT};
static const uint8_t smtp_columns[] = {COL_OTHER,  COL_SESSION, COL_OTHER, COL_SERVER,
				       COL_CLIENT, COL_EVENT,   COL_DATA,  COL_CONTEXT};
static const uint8_t proxy_columns[] = {
    COL_SESSION, COL_OTHER, COL_OTHER,  COL_OTHER,     COL_OTHER, COL_OTHER, COL_OTHER, COL_OTHER,
    COL_STEM,    COL_OTHER, COL_OTHER,  COL_SIGNED_IN, COL_USER,  COL_OTHER, COL_OTHER, COL_AGENT,
    COL_CLIENT,  COL_OTHER, COL_STATUS, COL_OTHER,     COL_OTHER, COL_METHOD};

/* Exchange 2010 to 2019: what stands behind date-time; COL_EVENT_ID shows it */
static const uint8_t tracking_columns[] = {
    COL_CLIENT, COL_OTHER,    COL_SERVER,          COL_OTHER,      COL_OTHER, COL_OTHER,
    COL_SOURCE, COL_EVENT_ID, COL_QUEUE_ID,        COL_MESSAGE_ID, COL_OTHER, COL_RECIPIENTS,
    COL_OTHER,  COL_SIZE,     COL_RECIPIENT_COUNT, COL_OTHER,      COL_OTHER, COL_SUBJECT,
    COL_SENDER, COL_OTHER,    COL_OTHER,           COL_OTHER,      COL_OTHER, COL_TRUE_CLIENT};

static bool is_hex(slice s, size_t digits)
{
	for (size_t i = 0; i < s.len; i++)
		if (!(s.at[i] >= '0' && s.at[i] <= '9') && !(s.at[i] >= 'A' && s.at[i] <= 'F') &&
		    !(s.at[i] >= 'a' && s.at[i] <= 'f') && s.at[i] != '-')
			return false;
	return s.len == digits;
}

static bool is_peer(slice s)
{
	struct address a;
	int64_t port;
	const char *colon = s.len ? memrchr(s.at, ':', s.len) : NULL;
	size_t at = colon ? (size_t)(colon - s.at) : 0;
	return colon && slice_is_number(slice_from(s, at + 1), &port) &&
	       address_parse(slice_first(s, at), &a);
}

struct layout {
	const uint8_t *columns;
	size_t count, from; /* the time, or date and time, went already */
};

/* "SMTP,RECEIVE" in the seventh and eighth column, or what other sources are called. */
static bool is_tracking(slice line)
{
	static const slice sources[] = {
	    SLICE_INIT("SMTP"),         SLICE_INIT("STOREDRIVER"),
	    SLICE_INIT("ROUTING"),      SLICE_INIT("DNS"),
	    SLICE_INIT("AGENT"),        SLICE_INIT("DSN"),
	    SLICE_INIT("GATEWAY"),      SLICE_INIT("MAILBOXRULE"),
	    SLICE_INIT("PICKUP"),       SLICE_INIT("REDUNDANCY"),
	    SLICE_INIT("RESOLVER"),     SLICE_INIT("QUEUE"),
	    SLICE_INIT("PUBLICFOLDER"), SLICE_INIT("SAFETYNET"),
	    SLICE_INIT("ORAR"),         SLICE_INIT("ADMIN"),
	    SLICE_INIT("APPROVAL"),     SLICE_INIT("MEETINGMESSAGEPROCESSOR"),
	};
	slice v[COL_COUNT] = {{0}};
	size_t count = sizeof tracking_columns;
	if (fields_split(tracking_columns, count, 0, ',', line, v) < 18)
		return false;
	for (size_t i = 0; i < sizeof sources / sizeof *sources; i++)
		if (slice_eq(v[COL_SOURCE], sources[i]))
			return v[COL_EVENT_ID].len > 2 && v[COL_EVENT_ID].at[0] >= 'A' &&
			       v[COL_EVENT_ID].at[0] <= 'Z';
	return false;
}

static bool guess(slice line, struct layout *l)
{
	slice v[6] = {{0}}, s = line;
	for (size_t i = 0; i < 6; i++)
		v[i] = slice_until(&s, ',');
	if (is_hex(v[0], 16) && is_peer(v[2]) && is_peer(v[3]))
		*l = (struct layout){imap_columns, sizeof imap_columns, 0};
	else if (is_hex(v[1], 16) && is_peer(v[3]) && is_peer(v[4]) && v[5].len == 1)
		*l = (struct layout){smtp_columns, sizeof smtp_columns, 0};
	else if (is_hex(v[0], 36))
		*l = (struct layout){proxy_columns, sizeof proxy_columns, 0};
	else if (is_tracking(line))
		*l = (struct layout){tracking_columns, sizeof tracking_columns, 0};
	else
		return false;
	return true;
}

/* ---- what they say ---- */

static void set_peer(struct event *e, enum field ip, enum field port, slice s)
{
	if (!event_parse_peer(e, ip, port, s))
		event_parse_address(e, ip, s);
}

static void set_if(struct event *e, enum field f, slice s)
{
	if (s.len && !slice_eq(s, SLICE("-")))
		event_text(e, f, s);
}

static bool is_one_of(slice s, const slice *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (slice_eq_nocase(s, list[i]))
			return true;
	return false;
}

/* R=ok, R="+OK ...", R="2 OK ...", behind the client's tag; or R="-ERR ..." and R="2 NO ...": what
 * the server answered, first in the context */
static enum result answer(slice context)
{
	if (!slice_eat(&context, "R="))
		return OUT_NONE;
	slice_eat(&context, "\"");
	if (slice_starts(context, SLICE("ok")) || slice_starts(context, SLICE("OK")) ||
	    slice_starts(context, SLICE("+OK")))
		return OUT_SUCCESS;
	slice_until(&context, ' ');
	return slice_starts(context, SLICE("OK ")) ? OUT_SUCCESS : OUT_FAILURE;
}

static void read_imap(slice v[COL_COUNT], struct event *e, struct arena *scratch)
{
	static const slice logins[] = {SLICE_INIT("login"), SLICE_INIT("authenticate"),
				       SLICE_INIT("auth"), SLICE_INIT("pass")};
	static const slice ends[] = {SLICE_INIT("logout"), SLICE_INIT("quit"),
				     SLICE_INIT("CloseSession")};
	static const slice pop[] = {SLICE_INIT("auth"), SLICE_INIT("pass"), SLICE_INIT("user"),
				    SLICE_INIT("stat"), SLICE_INIT("retr"), SLICE_INIT("top"),
				    SLICE_INIT("uidl"), SLICE_INIT("list"), SLICE_INIT("dele"),
				    SLICE_INIT("quit"), SLICE_INIT("stls"), SLICE_INIT("capa")};
	slice command = slice_trim(v[COL_COMMAND]);
	slice context = fields_unquote(v[COL_CONTEXT], scratch);
	int64_t port = event_get_number(e, F_DESTINATION_PORT, 0);
	bool pop3 = port == 110 || port == 995 ||
		    (port != 143 && port != 993 && is_one_of(command, pop, 6));
	event_text(e, F_PROTOCOL, pop3 ? SLICE("pop3") : SLICE("imap"));
	if (is_one_of(command, logins, 4))
		event_act(e, ACT_LOGIN, answer(context));
	else if (is_one_of(command, ends, 3))
		event_act(e, ACT_LOGOUT, OUT_NONE);
	else if (slice_eq_nocase(command, SLICE("OpenSession")))
		event_act(e, ACT_CONNECT, OUT_NONE);
	else
		event_act(e, ACT_MESSAGE, OUT_NONE);
	slice parameters = fields_unquote(v[COL_PARAMETERS], scratch);
	if (e->action == ACT_MESSAGE && wire_command(command, parameters, e, scratch)) {
		event_act(e, e->action, answer(context));
		event_parse_number(e, F_DESTINATION_BYTES, v[COL_BYTES_OUT]);
	} else if (e->action == ACT_MESSAGE) {
		set_if(e, F_IMAP_COMMAND, command);
		set_if(e, F_IMAP_ARGUMENTS, parameters);
	}
	if (e->action == ACT_LOGIN)
		set_if(e, F_AUTH_METHOD, slice_first(slice_trim(parameters), 16));
	if (e->outcome == OUT_FAILURE)
		event_text(e, F_REASON, context);
}

/* MAIL FROM:<a> and RCPT TO:<b> */
static void read_smtp_command(slice data, struct event *e)
{
	slice s = data;
	if (slice_eat(&s, "MAIL FROM:<"))
		event_text(e, F_FROM, slice_until(&s, '>'));
	else if (slice_eat(&s, "RCPT TO:<"))
		event_text(e, F_TO, slice_until(&s, '>'));
}

static void read_smtp(slice v[COL_COUNT], struct event *e, struct arena *scratch)
{
	slice data = fields_unquote(v[COL_DATA], scratch),
	      context = fields_unquote(v[COL_CONTEXT], scratch);
	char what = v[COL_EVENT].len ? v[COL_EVENT].at[0] : ' ';
	event_text(e, F_PROTOCOL, SLICE("smtp"));
	event_act(e, ACT_MESSAGE, OUT_NONE);
	if (what == '+')
		event_act(e, ACT_CONNECT, OUT_NONE);
	else if (what == '-')
		event_act(e, ACT_DISCONNECT, OUT_NONE);
	else if (what == '<')
		read_smtp_command(data, e);
	else if (what == '>' && slice_starts(data, SLICE("535")))
		event_act(e, ACT_LOGIN, OUT_FAILURE);
	else if (what == '>' && slice_starts(data, SLICE("235")))
		event_act(e, ACT_AUTH_CHECK, OUT_SUCCESS);
	else if (what == '>' && slice_starts(data, SLICE("5")))
		event_act(e, ACT_SMTP_REJECT, OUT_FAILURE);
	else if (what == '*' && slice_eq(context, SLICE("authenticated")) && data.len) {
		event_act(e, ACT_LOGIN, OUT_SUCCESS);
		fields_user(e, data);
	}
	if (e->outcome == OUT_FAILURE)
		event_text(e, F_REASON, data);
}

static const struct {
	slice id;
	enum action action;
	enum result outcome;
} tracked[] = {
    {SLICE_INIT("RECEIVE"), ACT_SMTP_QUEUE, OUT_NONE},
    {SLICE_INIT("SUBMIT"), ACT_SMTP_QUEUE, OUT_NONE},
    {SLICE_INIT("SEND"), ACT_SMTP_DELIVER, OUT_SUCCESS},
    {SLICE_INIT("SENDEXTERNAL"), ACT_SMTP_DELIVER, OUT_SUCCESS},
    {SLICE_INIT("DELIVER"), ACT_DELIVERY, OUT_SUCCESS},
    {SLICE_INIT("FAIL"), ACT_SMTP_DELIVER, OUT_FAILURE},
    {SLICE_INIT("DSN"), ACT_MESSAGE, OUT_NONE},
    {SLICE_INIT("REDIRECT"), ACT_REDIRECT, OUT_SUCCESS},
    {SLICE_INIT("DEFER"), ACT_SMTP_DELIVER, OUT_NONE},
};

static void read_tracking(slice v[COL_COUNT], struct event *e, struct arena *scratch)
{
	event_act(e, ACT_MESSAGE, OUT_NONE);
	for (size_t i = 0; i < sizeof tracked / sizeof *tracked; i++)
		if (slice_eq(v[COL_EVENT_ID], tracked[i].id))
			event_act(e, tracked[i].action, tracked[i].outcome);
	slice recipients = fields_unquote(v[COL_RECIPIENTS], scratch);
	set_if(e, F_MESSAGE_ID, part_unbracket(fields_unquote(v[COL_MESSAGE_ID], scratch)));
	set_if(e, F_QUEUE_ID, v[COL_QUEUE_ID]);
	set_if(e, F_SUBJECT, fields_unquote(v[COL_SUBJECT], scratch));
	set_if(e, F_TO, slice_first(recipients, slice_find(recipients, ';')));
	if (v[COL_SENDER].len)
		event_text(e, F_FROM,
			   slice_eq(v[COL_SENDER], SLICE("<>"))
			       ? slice_first(v[COL_SENDER], 0)
			       : fields_unquote(v[COL_SENDER], scratch));
	event_parse_number(e, F_SIZE, v[COL_SIZE]);
	event_parse_number(e, F_RECIPIENTS, v[COL_RECIPIENT_COUNT]);
	event_text(e, F_PROTOCOL, SLICE("smtp"));
	if (v[COL_TRUE_CLIENT].len)
		event_parse_address(e, F_SOURCE_IP, v[COL_TRUE_CLIENT]);
}

static bool starts_nocase(slice s, slice head)
{
	return slice_eq_nocase(slice_first(s, head.len), head);
}

/* Exchange's virtual directories, and what is asked of them. */
bool exchange_path(slice path, slice query, struct event *e)
{
	static const slice heads[] = {SLICE_INIT("/owa"),          SLICE_INIT("/ews"),
				      SLICE_INIT("/mapi/"),        SLICE_INIT("/ecp"),
				      SLICE_INIT("/autodiscover"), SLICE_INIT("/oab"),
				      SLICE_INIT("/rpc/rpcproxy"), SLICE_INIT("/powershell")};
	if (starts_nocase(path, SLICE("/Microsoft-Server-ActiveSync"))) {
		slice command = web_query_value(query, SLICE("Cmd"));
		event_text(e, F_WEB_TASK, SLICE("activesync"));
		set_if(e, F_WEB_ACTION, command);
		return true;
	}
	if (starts_nocase(path, SLICE("/owa/auth.owa")) ||
	    starts_nocase(path, SLICE("/owa/auth/logon.aspx")))
		event_text(e, F_WEB_TASK, SLICE("login"));
	if (starts_nocase(path, SLICE("/owa/service.svc"))) {
		event_text(e, F_WEB_TASK, SLICE("mail"));
		set_if(e, F_WEB_ACTION, web_query_value(query, SLICE("action")));
		if (slice_search(path, SLICE("GetFileAttachment")) != SIZE_MAX ||
		    slice_search(path, SLICE("GetAllAttachmentsAsZip")) != SIZE_MAX) {
			event_text(e, F_WEB_ACTION, SLICE("get"));
			event_number(e, F_WEB_DOWNLOAD, 1);
		}
	}
	for (size_t i = 0; i < sizeof heads / sizeof *heads; i++)
		if (starts_nocase(path, heads[i]))
			return true;
	return false;
}

/* stem?query */
static slice joined(slice stem, slice query, struct arena *scratch)
{
	char *text = arena_take(scratch, stem.len + query.len + 1);
	memcpy(text, stem.at, stem.len);
	text[stem.len] = '?';
	memcpy(text + stem.len + 1, query.at, query.len);
	return (slice){text, stem.len + query.len + 1};
}

static void read_web(slice v[COL_COUNT], struct event *e, struct arena *scratch)
{
	int64_t status;
	slice query = slice_eq(v[COL_QUERY], SLICE("-")) ? (slice){0} : v[COL_QUERY];
	bool own = exchange_path(v[COL_STEM], query, e);
	event_module(e, own ? &format_exchange : &format_iis);
	event_text(e, F_PROTOCOL, SLICE("http"));
	event_act(e, ACT_HTTP, OUT_NONE);
	set_if(e, F_METHOD, v[COL_METHOD]);
	set_if(e, F_URL_PATH, v[COL_STEM]);
	set_if(e, F_URL, v[COL_STEM]);
	if (query.len) {
		event_text(e, F_URL_QUERY, query);
		event_text(e, F_URL, joined(v[COL_STEM], query, scratch));
	}
	set_if(e, F_USER_AGENT, v[COL_AGENT]);
	set_if(e, F_REFERRER, v[COL_REFERRER]);
	if (slice_is_number(v[COL_STATUS], &status))
		web_status(e, status);
	event_parse_number(e, F_RESPONSE_BYTES, v[COL_BYTES_OUT]);
	struct address a;
	if (v[COL_FORWARDED].len > 1 && web_forwarded(v[COL_FORWARDED], &a))
		event_address(e, F_SOURCE_IP, a);
}

static enum decoded read_values(slice v[COL_COUNT], struct event *e, struct arena *scratch)
{
	event_no_origin(e);
	event_module(e, &format_exchange);
	set_peer(e, F_SOURCE_IP, F_SOURCE_PORT, v[COL_CLIENT]);
	set_peer(e, F_DESTINATION_IP, F_DESTINATION_PORT, v[COL_SERVER]);
	event_parse_number(e, F_DESTINATION_PORT, v[COL_SERVER_PORT]);
	set_if(e, F_SESSION, v[COL_SESSION]);
	fields_user(e, fields_unquote(v[COL_USER], scratch));
	if (v[COL_COMMAND].at)
		read_imap(v, e, scratch);
	else if (v[COL_EVENT].at)
		read_smtp(v, e, scratch);
	else if (v[COL_EVENT_ID].at)
		read_tracking(v, e, scratch);
	else if (v[COL_STEM].at)
		read_web(v, e, scratch);
	else
		event_act(e, ACT_MESSAGE, OUT_NONE);
	return DECODED_EVENT;
}

/* Which column stands behind those that the envelope took as time. */
static size_t behind_time(const struct format_state *st)
{
	size_t i = 0;
	while (i < st->column_count && (st->columns[i] == COL_DATE || st->columns[i] == COL_CLOCK ||
					st->columns[i] == COL_WHEN))
		i++;
	return i;
}

/* Exchange's CSV behind its time: ,field,field */
enum decoded exchange_decode(struct format_state *st, slice line, struct event *e,
			     struct arena *scratch)
{
	slice v[COL_COUNT] = {{0}}, s = slice_from(line, 1);
	struct layout l = {st->columns, st->column_count, behind_time(st)};
	bool stated = st->column_divider == ',' && l.from == 1;
	if (!stated && !guess(s, &l))
		return DECODED_UNKNOWN;
	fields_split(l.columns, l.count, l.from, ',', s, v);
	return read_values(v, e, scratch);
}

/*
 * A W3C line behind its time, if no header says what stands where.  IIS lets columns be left out
 * but keeps their order: site, host, server, METHOD, stem, query, port, user, client, version,
 * agent, cookie, referrer, host, status, substatus, win32 status, ...
 */
enum { WORDS_MOST = 32, BEFORE_METHOD_MOST = 3 };

static bool is_upper(slice s)
{
	for (size_t i = 0; i < s.len; i++)
		if ((s.at[i] < 'A' || s.at[i] > 'Z') && s.at[i] != '_' && s.at[i] != '-')
			return false;
	return s.len > 1;
}

static size_t find_method(const slice *w, size_t n)
{
	for (size_t i = 0; i <= BEFORE_METHOD_MOST && i + 6 < n; i++)
		if (is_upper(w[i]) && slice_starts(w[i + 1], SLICE("/")))
			return i;
	return n;
}

/* status, substatus and win32 status, one behind the other */
static size_t find_status(const slice *w, size_t n, size_t from)
{
	int64_t status, number;
	for (size_t i = from; i + 2 < n; i++)
		if (w[i].len == 3 && slice_is_number(w[i], &status) && status > 99 &&
		    status < 600 && slice_is_number(w[i + 1], &number) &&
		    slice_is_number(w[i + 2], &number))
			return i;
	return n;
}

static bool shows_itself(slice line, slice v[COL_COUNT])
{
	struct address a;
	slice w[WORDS_MOST];
	size_t n = 0;
	int64_t port;
	for (slice rest = line; rest.len && n < WORDS_MOST; n++)
		w[n] = slice_until(&rest, ' ');
	size_t m = find_method(w, n), status = find_status(w, n, m + 6);
	if (m == n || status == n || !slice_is_number(w[m + 3], &port) ||
	    !address_parse(w[m + 5], &a))
		return false;
	static const uint8_t behind[] = {COL_METHOD,      COL_STEM, COL_QUERY,
					 COL_SERVER_PORT, COL_USER, COL_CLIENT};
	for (size_t i = 0; i < sizeof behind; i++)
		v[behind[i]] = w[m + i];
	if (m > 0 && address_parse(w[m - 1], &a))
		v[COL_SERVER] = w[m - 1];
	size_t agent = m + 6 + slice_starts(w[m + 6], SLICE("HTTP/"));
	if (agent < status)
		v[COL_AGENT] = w[agent];
	v[COL_STATUS] = w[status];
	return true;
}

/* Its clock is UTC whatever the host's zone ("W3C Logging"). */
static void clock_is_utc(struct event *e)
{
	int64_t usec;
	bool zone;
	slice raw = e->raw;
	if (clock_parse_iso(&raw, &usec, &zone) && !zone)
		event_number(e, F_TIME, usec);
}

enum decoded iis_decode(struct format_state *st, slice line, struct event *e, struct arena *scratch)
{
	slice v[COL_COUNT] = {{0}};
	if (st->column_divider == ' ' && st->column_count > 3) {
		fields_split(st->columns, st->column_count, behind_time(st), ' ', line, v);
		if (!v[COL_STEM].at)
			return DECODED_UNKNOWN;
		clock_is_utc(e);
		return read_values(v, e, scratch);
	}
	if (shows_itself(line, v)) {
		clock_is_utc(e);
		return read_values(v, e, scratch);
	}
	slice first = slice_first(line, slice_find(line, ' ')),
	      rest = slice_from(line, first.len + 1);
	struct address a;
	slice method = slice_first(rest, slice_find(rest, ' '));
	if (!address_parse(first, &a) || !is_upper(method) ||
	    !slice_starts(slice_from(rest, method.len), SLICE(" /")))
		return DECODED_UNKNOWN;
	clock_is_utc(e);
	event_no_origin(e);
	event_module(e, &format_iis);
	event_act(e, ACT_MESSAGE, OUT_NONE);
	event_text(e, F_REASON, SLICE("no #Fields line before it says what its columns are"));
	return DECODED_BROKEN;
}

/*
 * IIS's own form of old, 15 values between ", ": A, user, 11/20/2023, 15:44:03, W3SVC1, host,
 * server, msec, bytes in, bytes out, status, 0, GET, /target, query,
 */
enum decoded iis_native_decode(struct format_state *st, slice line, struct event *e,
			       struct arena *scratch)
{
	static const uint8_t columns[] = {COL_CLIENT,   COL_USER,      COL_DATE,   COL_CLOCK,
					  COL_OTHER,    COL_OTHER,     COL_SERVER, COL_OTHER,
					  COL_BYTES_IN, COL_BYTES_OUT, COL_STATUS, COL_OTHER,
					  COL_METHOD,   COL_STEM,      COL_QUERY};
	slice v[COL_COUNT] = {{0}}, s = line;
	int64_t usec;
	struct address a;
	slice client = slice_first(s, slice_find(s, ','));
	if (!slice_starts(slice_from(s, client.len), SLICE(", ")) || !address_parse(client, &a) ||
	    fields_split(columns, sizeof columns, 0, ',', s, v) < 15)
		return DECODED_UNKNOWN;
	for (int i = 0; i < COL_COUNT; i++)
		v[i] = v[i].at ? slice_trim(v[i]) : v[i];
	slice when = arena_format(scratch, "%.*s %.*s", (int)v[COL_DATE].len, v[COL_DATE].at,
				  (int)v[COL_CLOCK].len, v[COL_CLOCK].at);
	if (!web_digits_day(st, &when, '/', &usec) || when.len)
		return DECODED_UNKNOWN;
	event_number(e, F_TIME, usec);
	return read_values(v, e, scratch);
}

/* A line of values behind its time, under a header that said what they are. */
enum decoded columns_decode(struct format_state *st, slice line, struct event *e,
			    struct arena *scratch)
{
	slice v[COL_COUNT] = {{0}};
	size_t from = behind_time(st);
	if (st->column_divider == ',' ? from != 1 : st->column_count <= 3)
		return DECODED_UNKNOWN;
	fields_split(st->columns, st->column_count, from, st->column_divider, line, v);
	if (st->column_divider == ' ' && !v[COL_STEM].at)
		return DECODED_UNKNOWN;
	return read_values(v, e, scratch);
}

/* #Software, #Version, #Date, #Fields, and the bare header of Exchange's CSV */
enum decoded fields_decode(struct format_state *st, slice line, struct event *e,
			   struct arena *scratch)
{
	static const slice heads[] = {SLICE_INIT("#Software: "),   SLICE_INIT("#Version: "),
				      SLICE_INIT("#Log-type: "),   SLICE_INIT("#Date: "),
				      SLICE_INIT("#Start-Date: "), SLICE_INIT("#End-Date: "),
				      SLICE_INIT("#Remark: ")};
	if (fields_header(st, line))
		return table_header(st);
	for (size_t i = 0; i < sizeof heads / sizeof *heads; i++)
		if (slice_starts(line, heads[i]))
			return table_header(st);
	return DECODED_UNKNOWN;
}
