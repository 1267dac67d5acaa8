/*
 * windows.c - mail servers that come from Windows and write files of their own.
 *
 *	Kerio Connect  [18/Jan/2014 06:41:25] Failed SMTP login from A with SASL method CRAM-MD5.
 *	Domino         [28325:00010-3735542592] 22-06-2014 09:56:12   smtp: U [A] auth...
 *	hMailServer    "IMAPD" 5436 2 "2020-02-28 15:06:25.909" "A" "RECEIVED: 3 login ..."
 *	SmarterMail    [2020.01.31] 12:00:01.123 [A][12345678] cmd: AUTH LOGIN
 *	MailEnable     04/15/13 10:00:00 SMTP-IN ABCD.MAI 1234 A EHLO ...
 *
 * Tabs divide the columns of hMailServer and MailEnable.
 *
 * Kerio Connect's administrator's guide ("Logs"); hMailServer source/Server/Common/Application/
 * Logger.cpp; HCL Domino's console messages; SmarterMail's and MailEnable's knowledge bases.
 */
#include "shape.h"

const struct format format_kerio = {"kerio", "Kerio Connect: security, mail, audit", 'E'};
const struct format format_domino = {"domino", "HCL Domino: console log", 'E'};
const struct format format_hmailserver = {"hmailserver",
					  "hMailServer: sessions, command by command", 'A'};
const struct format format_smartermail = {"smartermail",
					  "SmarterMail: sessions, command by command", 'C'};
const struct format format_mailenable = {"mailenable", "MailEnable: activity logs", 'C'};

/* ---- Kerio ---- */

static const struct said kerio[] = {
    {"Failed {o} login from {a} with SASL method {w}.", ACT_LOGIN, OUT_FAILURE},
    {"Failed {o} login from {a}, user {U}", ACT_LOGIN, OUT_FAILURE},
    {"Failed {o} login from {a}", ACT_LOGIN, OUT_FAILURE},
    {"Failed {o} login from {a}.", ACT_LOGIN, OUT_FAILURE},
    {"SMTP Spam attack detected from {a}, {r}", ACT_SMTP_REJECT, OUT_FAILURE},
    {"IP address {a} found in DNS blacklist {.}, mail from <{f}> to <{t}> rejected",
     ACT_SMTP_REJECT, OUT_FAILURE},
    {"IP address {a} found in DNS blacklist {.}, mail from <{f}> to <{t}>", ACT_SMTP_REJECT,
     OUT_FAILURE},
    {"IP address {a} found in DNS blacklist {.}", ACT_SMTP_REJECT, OUT_FAILURE},
    {"IP address {a} found in {.}", ACT_SMTP_REJECT, OUT_FAILURE},
    {"Relay attempt from IP address {a}, mail from <{f}> to <{t}> rejected", ACT_SMTP_REJECT,
     OUT_FAILURE},
    {"Relay attempt from IP address {a}{.}", ACT_SMTP_REJECT, OUT_FAILURE},
    {"Attempt to deliver to unknown recipient <{t}>, from <{F}>, IP address {a}", ACT_SMTP_REJECT,
     OUT_FAILURE},
    {"Message from IP address {a}, sender <{f}> rejected: {r}", ACT_SMTP_REJECT, OUT_FAILURE},
    {"Client with IP address {a} has no reverse DNS entry, {r}", ACT_SMTP_REJECT, OUT_FAILURE},
    {"Connection from {a} rejected{.}", ACT_SMTP_REJECT, OUT_FAILURE},
    {"Connection attempt to service {.} from IP address {a} rejected{.}", ACT_SMTP_REJECT,
     OUT_FAILURE},
    {"Administration login into {.} from {a} failed: {r}", ACT_LOGIN, OUT_FAILURE},
    {"Account {U} has been blocked{.}", ACT_WARNING, OUT_NONE},
    {"Recv: Queue-ID: {q}, Service: {o}, From: <{f}>, To: <{t}>, Size: {z}, Sender-Host: {a}, {.}",
     ACT_SMTP_QUEUE, OUT_NONE},
    {"Recv: Queue-ID: {q}, {.}", ACT_SMTP_QUEUE, OUT_NONE},
    {"Sent: Queue-ID: {q}, Recipient: <{t}>, Result: delivered, {.}", ACT_SMTP_DELIVER,
     OUT_SUCCESS},
    {"Sent: Queue-ID: {q}, Recipient: <{t}>, Result: {r}, {.}", ACT_SMTP_DELIVER, OUT_FAILURE},
    {"{o}: Invalid password for user {U}. Attempt from IP address {a}.", ACT_LOGIN, OUT_FAILURE},
    {"{o}: User {U} doesn't exist. Attempt from IP address {a}.", ACT_LOGIN, OUT_FAILURE},
    {"{o}: Authentication failed for user {U}. Attempt from IP address {a}. {r}", ACT_LOGIN,
     OUT_FAILURE},
    {"{o}: Account {U} is locked{.} from IP address {a}.", ACT_LOGIN, OUT_FAILURE},
    {"{o}: {.} user {U}. Attempt from IP address {a}. {r}", ACT_LOGIN, OUT_FAILURE},
    {"{o}: {.} user {U}. Attempt from IP address {a}.", ACT_LOGIN, OUT_FAILURE},
    {"{o}: User {U} logged in from {a}", ACT_LOGIN, OUT_SUCCESS},
    {"{o}: User {U} logged in from IP address {a}", ACT_LOGIN, OUT_SUCCESS},
    {"{o}: User {U} logged in from {a} {.}", ACT_LOGIN, OUT_SUCCESS},
    {"{o}: User {U} logged out{.}", ACT_LOGOUT, OUT_NONE},
    {NULL, ACT_MESSAGE, OUT_NONE},
};

/* "HTTP/WebMail", "SMTP" and so on in the words of network.protocol */
static void plain_protocol(struct event *e)
{
	static const struct {
		slice said, name;
	} names[] = {
	    {SLICE_INIT("SMTP"), SLICE_INIT("smtp")}, {SLICE_INIT("IMAP"), SLICE_INIT("imap")},
	    {SLICE_INIT("POP3"), SLICE_INIT("pop3")}, {SLICE_INIT("POP"), SLICE_INIT("pop3")},
	    {SLICE_INIT("HTTP"), SLICE_INIT("http")}, {SLICE_INIT("WebMail"), SLICE_INIT("http")},
	    {SLICE_INIT("Secure "), SLICE_INIT("")},  {SLICE_INIT("LDAP"), SLICE_INIT("ldap")},
	    {SLICE_INIT("smtp"), SLICE_INIT("smtp")}, {SLICE_INIT("imap"), SLICE_INIT("imap")},
	    {SLICE_INIT("pop3"), SLICE_INIT("pop3")}, {SLICE_INIT("http"), SLICE_INIT("http")}};
	slice said = event_get(e, F_PROTOCOL);
	slice_eat(&said, "Secure ");
	for (size_t i = 0; said.len && i < sizeof names / sizeof *names; i++)
		if (names[i].name.len && slice_starts(said, names[i].said)) {
			event_text(e, F_PROTOCOL, names[i].name);
			return;
		}
	event_drop(e, F_PROTOCOL);
}

/* ", User: U, " of a mail line; the subject stands behind it */
static void kerio_sender(slice s, struct event *e)
{
	slice user;
	size_t subject = slice_search(s, SLICE(", Subject: "));
	if (e->action == ACT_SMTP_QUEUE &&
	    part_first(slice_first(s, subject), SLICE(", User: "), ',', &user) && user.len)
		event_text(e, F_USER, user);
}

enum decoded kerio_decode(struct format_state *st, slice line, struct event *e,
			  struct arena *scratch)
{
	int64_t usec;
	slice s = slice_from(line, 1);
	if (line.len < 24 || line.at[3] != '/' || line.at[7] != '/' || line.at[12] != ' ' ||
	    line.at[21] != ']')
		return DECODED_UNKNOWN;
	if (!web_time(st, slice_until(&s, ']'), &usec))
		return DECODED_UNKNOWN;
	event_number(e, F_TIME, usec);
	event_module(e, &format_kerio);
	slice_eat(&s, " ");
	if (!said_find(kerio, s, e))
		event_act(e, ACT_MESSAGE, OUT_NONE);
	plain_protocol(e);
	kerio_sender(s, e);
	return DECODED_EVENT;
}

/* ---- Domino ---- */

static const struct said domino[] = {
    {"{o} Server: Authentication failed for user {U} ; connecting host {a}", ACT_LOGIN,
     OUT_FAILURE},
    {"{o} Server: Authentication failed for user {U} ; connecting host [{a}]", ACT_LOGIN,
     OUT_FAILURE},
    {"{o} Server [{.}] Authentication failed for user {U} ; connecting host [{a}]", ACT_LOGIN,
     OUT_FAILURE},
    {"{o} Server [{.}] Authentication failed for user {U} ; connecting host {a}", ACT_LOGIN,
     OUT_FAILURE},
    {"{o}: {U} [{a}] authentication failure using internet password", ACT_LOGIN, OUT_FAILURE},
    {"{o}: {U} {a} authentication failure using internet password", ACT_LOGIN, OUT_FAILURE},
    {"{o}: {U} [{a}] authentication failure{.}", ACT_LOGIN, OUT_FAILURE},
    {"{o} Server [{.}] Connection from [{a}] rejected for policy reasons. {r}", ACT_SMTP_REJECT,
     OUT_FAILURE},
    {"{o} Server: Connection from {a} rejected for policy reasons. {r}", ACT_SMTP_REJECT,
     OUT_FAILURE},
    {"{o} Server: {x} connected", ACT_CONNECT, OUT_NONE},
    {"{o} Server: {x} disconnected. {.}", ACT_DISCONNECT, OUT_NONE},
    {"{o} Server [{.}] {x} connected", ACT_CONNECT, OUT_NONE},
    {"{o} Server [{.}] {x} disconnected. {.}", ACT_DISCONNECT, OUT_NONE},
    {"{o}: {U} [{a}] {.}", ACT_MESSAGE, OUT_NONE},
    {NULL, ACT_MESSAGE, OUT_NONE},
};

static bool is_domino(slice s)
{
	static const char *const heads[] = {
	    "smtp: ",      "imap: ",      "pop3: ",          "http: ",      "ldap: ",
	    "SMTP Server", "IMAP Server", "POP3 Server",     "HTTP Server", "LDAP Server",
	    "SMTP: ",      "IMAP: ",      "HTTP Web Server", "Router: "};
	for (size_t i = 0; i < sizeof heads / sizeof *heads; i++)
		if (slice_starts(s, slice_of(heads[i])))
			return true;
	return false;
}

static enum decoded domino_text(slice s, struct event *e)
{
	event_no_origin(e);
	event_module(e, &format_domino);
	if (!said_find(domino, s, e))
		event_act(e, ACT_MESSAGE, OUT_NONE);
	plain_protocol(e);
	return DECODED_EVENT;
}

/* Behind an ISO time, and two or three spaces. */
enum decoded domino_dated_decode(struct format_state *st, slice line, struct event *e,
				 struct arena *scratch)
{
	return is_domino(line) ? domino_text(line, e) : DECODED_UNKNOWN;
}

/* [pid:thread] 22-06-2014 09:56:12   text, in the order that the host's locale has */
enum decoded domino_decode(struct format_state *st, slice line, struct event *e,
			   struct arena *scratch)
{
	slice s = line;
	int64_t usec;
	if (s.len && s.at[0] == '[') {
		slice id = slice_until(&s, ']');
		if (id.len > 40 || slice_find(id, ':') > 9 || !slice_eat(&s, " "))
			return DECODED_UNKNOWN;
	}
	if (s.len < 26)
		return DECODED_UNKNOWN;
	bool iso = s.at[4] == '-';
	if (iso ? !envelope_time(st, &s, &usec)
		: (s.at[2] != s.at[5] || !web_digits_day(st, &s, s.at[2], &usec)))
		return DECODED_UNKNOWN;
	slice_eat(&s, " AM");
	s = slice_trim(s);
	if (!is_domino(s))
		return DECODED_UNKNOWN;
	event_number(e, F_TIME, usec);
	return domino_text(s, e);
}

/* ---- hMailServer ---- */

/* "text" off the front, and the tab behind it; what a client sent may hold quotes, but no tab. */
static slice take_quoted(slice *s)
{
	slice field = slice_until(s, '\t');
	return field.len > 1 && field.at[0] == '"' && field.at[field.len - 1] == '"'
		   ? (slice){field.at + 1, field.len - 2}
		   : field;
}

/*
 * IMAP: "3 NO Invalid user name or password." POP3: "-ERR ..." SMTP: "535 Authentication failed..."
 */
static const struct said hmail[] = {
    {"SENT: 535 {r}", ACT_LOGIN, OUT_FAILURE},
    {"SENT: 235 {.}", ACT_LOGIN, OUT_SUCCESS},
    {"SENT: -ERR Invalid user name or password{.}", ACT_LOGIN, OUT_FAILURE},
    {"SENT: +OK Mailbox locked and ready", ACT_LOGIN, OUT_SUCCESS},
    {"SENT: {.} NO Invalid user name or password{.}", ACT_LOGIN, OUT_FAILURE},
    {"SENT: {.} OK LOGIN completed", ACT_LOGIN, OUT_SUCCESS},
    {"RECEIVED: {.} login \"{U}\" ***", ACT_MESSAGE, OUT_NONE},
    {"RECEIVED: {.} LOGIN \"{U}\" ***", ACT_MESSAGE, OUT_NONE},
    {"RECEIVED: {.} login {U} ***", ACT_MESSAGE, OUT_NONE},
    {"RECEIVED: {.} LOGIN {U} ***", ACT_MESSAGE, OUT_NONE},
    {"RECEIVED: USER {U}", ACT_MESSAGE, OUT_NONE},
    {NULL, ACT_MESSAGE, OUT_NONE},
};

/* "3 UID FETCH 5 (BODY[])", behind its tag, and "RETR 5". */
static void read_hmail_command(slice s, bool imap, struct event *e, struct arena *scratch)
{
	if (!slice_eat(&s, "RECEIVED: "))
		return;
	if (imap)
		slice_until(&s, ' ');
	slice command = slice_until(&s, ' ');
	wire_command(command, s, e, scratch);
}

/*
 * The line that names somebody is one, the answer to it another, and what he asks for has neither:
 * the name is kept by session.  A refusal forgets it.
 */
static void join_person(struct format_state *st, size_t kind, slice id, struct event *e,
			struct arena *scratch)
{
	int64_t session;
	if (!slice_is_number(id, &session))
		return;
	struct format_person *p = &st->people[(uint64_t)session % FORMAT_PEOPLE];
	slice user = event_get(e, F_USER);
	if (user.len) {
		bool fits = user.len <= sizeof p->name;
		*p = (struct format_person){
		    session, (uint8_t)kind, fits ? (uint8_t)user.len : 0, {0}};
		memcpy(p->name, user.at, p->len);
	} else if (p->len && p->session == session && p->kind == kind) {
		event_text(e, F_USER, arena_copy(scratch, (slice){p->name, p->len}));
		if (e->outcome == OUT_FAILURE)
			p->len = 0;
	}
}

static const struct said hmail_network[] = {
    {"TCP - {a} connected to {.}", ACT_CONNECT, OUT_NONE},
    {NULL, ACT_MESSAGE, OUT_NONE},
};

enum decoded hmailserver_decode(struct format_state *st, slice line, struct event *e,
				struct arena *scratch)
{
	static const slice kinds[] = {SLICE_INIT("SMTPD"), SLICE_INIT("IMAPD"), SLICE_INIT("POP3D"),
				      SLICE_INIT("SMTPC"), SLICE_INIT("POP3C")};
	static const slice protocols[] = {SLICE_INIT("smtp"), SLICE_INIT("imap"),
					  SLICE_INIT("pop3"), SLICE_INIT("smtp"),
					  SLICE_INIT("pop3")};
	slice s = line, kind = take_quoted(&s);
	int64_t usec, n;
	size_t k = 0, count = sizeof kinds / sizeof *kinds;
	while (k < count && !slice_eq(kinds[k], kind))
		k++;
	bool session = k < count;
	bool other = slice_eq(kind, SLICE("TCPIP")) || slice_eq(kind, SLICE("APPLICATION")) ||
		     slice_eq(kind, SLICE("DEBUG")) || slice_eq(kind, SLICE("ERROR"));
	if (!session && !other)
		return DECODED_UNKNOWN;
	if (!slice_is_number(slice_until(&s, '\t'), &n))
		return DECODED_UNKNOWN;
	slice id = session ? slice_until(&s, '\t') : (slice){0};
	if (!web_iso(st, take_quoted(&s), &usec))
		return DECODED_UNKNOWN;
	event_number(e, F_TIME, usec);
	event_number(e, F_PID, n);
	event_module(e, &format_hmailserver);
	event_act(e, ACT_MESSAGE, OUT_NONE);
	if (!session) {
		said_find(hmail_network, take_quoted(&s), e);
		return DECODED_EVENT;
	}
	event_text(e, F_SESSION, id);
	event_text(e, F_PROTOCOL, protocols[k]);
	/* SMTPC and POP3C: the peer is a server that this one is the client of */
	event_parse_address(e, k < 3 ? F_SOURCE_IP : F_DESTINATION_IP, take_quoted(&s));
	s = s.len > 1 && s.at[0] == '"' ? (slice){s.at + 1, s.len - 1} : s;
	s = slice_ends(s, SLICE("\"")) ? slice_first(s, s.len - 1) : s;
	if (k < 3 && said_find(hmail, s, e))
		join_person(st, k, id, e, scratch);
	else if (k == 1 || k == 2) {
		read_hmail_command(s, k == 1, e, scratch);
		if (e->action != ACT_MESSAGE)
			join_person(st, k, id, e, scratch);
	}
	return DECODED_EVENT;
}

/* ---- SmarterMail ---- */

static const struct said smarter[] = {
    {"rsp: 535 {r}", ACT_LOGIN, OUT_FAILURE},
    {"rsp: 235 {.}", ACT_LOGIN, OUT_SUCCESS},
    {"Authenticating as {U}", ACT_MESSAGE, OUT_NONE},
    {"Authentication failed{.}", ACT_LOGIN, OUT_FAILURE},
    {"{.} login failed: {r}", ACT_LOGIN, OUT_FAILURE},
    {"Login failed: {r}", ACT_LOGIN, OUT_FAILURE},
    {"{U} logged in", ACT_LOGIN, OUT_SUCCESS},
    {"connected at {.}", ACT_CONNECT, OUT_NONE},
    {"disconnected at {.}", ACT_DISCONNECT, OUT_NONE},
    {NULL, ACT_MESSAGE, OUT_NONE},
};

/* yyyy.mm.dd and a clock behind "] " */
static bool smarter_time(struct format_state *st, slice day, slice *s, int64_t *usec)
{
	char text[40];
	slice clock = slice_first(*s, slice_find(*s, ' '));
	if (day.len != 10 || day.at[4] != '.' || day.at[7] != '.' || clock.len < 8 ||
	    clock.len > 16)
		return false;
	memcpy(text, day.at, 10);
	text[4] = text[7] = '-';
	text[10] = 'T';
	memcpy(text + 11, clock.at, clock.len);
	*s = slice_from(*s, clock.len + 1);
	return web_iso(st, (slice){text, 11 + clock.len}, usec);
}

enum decoded smartermail_decode(struct format_state *st, slice line, struct event *e,
				struct arena *scratch)
{
	slice s = slice_from(line, 1), day = slice_until(&s, ']');
	int64_t usec;
	if (line.len < 24 || line.at[5] != '.' || !slice_eat(&s, " ") ||
	    !smarter_time(st, day, &s, &usec))
		return DECODED_UNKNOWN;
	event_number(e, F_TIME, usec);
	event_module(e, &format_smartermail);
	event_act(e, ACT_MESSAGE, OUT_NONE);
	if (slice_eat(&s, "["))
		event_parse_address(e, F_SOURCE_IP, slice_until(&s, ']'));
	if (slice_eat(&s, "["))
		event_text(e, F_SESSION, slice_until(&s, ']'));
	slice_eat(&s, " ");
	said_find(smarter, s, e);
	return DECODED_EVENT;
}

/* ---- MailEnable: time, kind, file, socket, address, command, text, answer ..., divided by tabs
 * ---- */

enum decoded mailenable_decode(struct format_state *st, slice line, struct event *e,
			       struct arena *scratch)
{
	slice s = line, f[9] = {{0}};
	int64_t usec;
	size_t n = 0;
	if (s.len < 24 || s.at[2] != '/' || s.at[17] != '\t' || !web_digits_day(st, &s, '/', &usec))
		return DECODED_UNKNOWN;
	slice_eat(&s, "\t");
	while (s.len && n < 9)
		f[n++] = slice_until(&s, '\t');
	bool in = slice_ends(f[0], SLICE("-IN"));
	if (!in && !slice_ends(f[0], SLICE("-OU")))
		return DECODED_UNKNOWN;
	event_number(e, F_TIME, usec);
	event_module(e, &format_mailenable);
	event_act(e, ACT_MESSAGE, OUT_NONE);
	event_parse_address(e, in ? F_SOURCE_IP : F_DESTINATION_IP, f[3]);
	event_text(e, F_PROTOCOL, f[0]);
	plain_protocol(e);
	if (in && slice_eq(f[4], SLICE("AUTH"))) {
		bool good = slice_starts(f[6], SLICE("235")), bad = slice_starts(f[6], SLICE("5"));
		if (good || bad)
			event_act(e, ACT_LOGIN, good ? OUT_SUCCESS : OUT_FAILURE);
	}
	slice user = slice_trim(slice_until(&s, '\t'));
	if (e->action == ACT_LOGIN && e->outcome == OUT_SUCCESS && user.len)
		event_text(e, F_USER, user);
	return DECODED_EVENT;
}
