/*
 * small.c - daemons of which a mail host has one or another: TLS in front of a mail server
 * (stunnel), what starts servers (xinetd, inetd), small SSH (dropbear), Proxmox' gateway for mail,
 * mailers of hosts that hand all on (ssmtp, msmtp, nullmailer, DMA), Haraka.
 *
 * Words as in stunnel's client.c and log.c, dropbear's svr-auth.c, svr-session.c, svr-authpasswd.c,
 * xinetd's log.c, PVE::HTTPServer and PVE::AccessControl, ssmtp.c, nullmailer's send.cc, Haraka's
 * connection.js, logger.js and auth_base.js.
 */
#include "envelope.h"
#include "shape.h"

const struct format format_stunnel = {"stunnel", "stunnel in front of IMAP, POP3, SMTP", 'F'};
const struct format format_inetd = {"inetd", "xinetd, inetd: servers that they start", 'F'};
const struct format format_dropbear = {"dropbear", "Dropbear's SSH server", 'F'};
const struct format format_proxmox = {"proxmox", "Proxmox Mail Gateway: sign-ins, its filter", 'F'};
const struct format format_mailer = {"mailer", "ssmtp, msmtp, nullmailer, DragonFly's dma", 'F'};
const struct format format_haraka = {"haraka", "Haraka: connections, refusals", 'D'};

static const struct said stunnel[] = {
    {"Service [{o}] accepted connection from {a}", ACT_CONNECT, OUT_NONE},
    {"Service {o} accepted connection from {a}", ACT_CONNECT, OUT_NONE},
    {"Service [{o}] accepted (FD={n}) from {a}", ACT_CONNECT, OUT_NONE},
    {"{o} accepted FD={n} from {a}", ACT_CONNECT, OUT_NONE},
    {"{o} connected from {a}", ACT_CONNECT, OUT_NONE},
    {"SSL_accept from {a} : {r}", ACT_TLS_START, OUT_FAILURE},
    {"SSL_accept: {r}", ACT_TLS_START, OUT_FAILURE},
    {"Service [{o}] connected from {a}", ACT_CONNECT, OUT_NONE},
    {"Connection from {a} REFUSED by libwrap", ACT_CONNECT, OUT_FAILURE},
    {"Service [{o}] rejected connection from {a}{.}", ACT_CONNECT, OUT_FAILURE},
    {"Rejected by CERT at {.}", ACT_TLS_START, OUT_FAILURE},
    {"CERT: {r}", ACT_TLS_START, OUT_FAILURE},
    {"Connection closed: {.}", ACT_DISCONNECT, OUT_NONE},
    {"Connection reset: {.}", ACT_DISCONNECT, OUT_NONE},
    {"stunnel {.} on {.}", ACT_DAEMON_START, OUT_NONE},
    {"Received signal {.}; terminating", ACT_DAEMON_STOP, OUT_NONE},
    {NULL, ACT_MESSAGE, OUT_NONE},
};

static const struct said inetd[] = {
    {"START: {o} pid={n} from={a}", ACT_CONNECT, OUT_NONE},
    {"START: {o} from={a}", ACT_CONNECT, OUT_NONE},
    {"FAIL: {o} {r} from={a}", ACT_CONNECT, OUT_FAILURE},
    {"EXIT: {o} {.}", ACT_DISCONNECT, OUT_NONE},
    {"connection from {x} ({a}), service {o} ({.})", ACT_CONNECT, OUT_NONE},
    {"refused connection from {x}, service {o} ({.})", ACT_CONNECT, OUT_FAILURE},
    {"{o} from {a} exceeded counts/min{.}", ACT_CONNECT, OUT_FAILURE},
    {NULL, ACT_MESSAGE, OUT_NONE},
};

static const struct said dropbear[] = {
    {"Bad password attempt for '{U}' from {a}", ACT_LOGIN, OUT_FAILURE},
    {"bad password attempt for '{U}' from {a}", ACT_LOGIN, OUT_FAILURE},
    {"Bad PAM password attempt for '{U}' from {a}", ACT_LOGIN, OUT_FAILURE},
    {"bad PAM password attempt for '{U}' from {a}", ACT_LOGIN, OUT_FAILURE},
    {"Login attempt for nonexistent user from {a}", ACT_LOGIN, OUT_FAILURE},
    {"login attempt for nonexistent user from {a}", ACT_LOGIN, OUT_FAILURE},
    {"Login attempt for nonexistent user '{U}' from {a}", ACT_LOGIN, OUT_FAILURE},
    {"Login attempt with wrong user {U} from {a}", ACT_LOGIN, OUT_FAILURE},
    {"root login rejected{.}", ACT_LOGIN, OUT_FAILURE},
    {"User '{U}' has invalid shell, rejected", ACT_LOGIN, OUT_FAILURE},
    {"User account '{U}' is locked{.}", ACT_LOGIN, OUT_FAILURE},
    {"Password auth succeeded for '{U}' from {a}", ACT_LOGIN, OUT_SUCCESS},
    {"password auth succeeded for '{U}' from {a}", ACT_LOGIN, OUT_SUCCESS},
    {"PAM password auth succeeded for '{U}' from {a}", ACT_LOGIN, OUT_SUCCESS},
    {"Auth succeeded with blank password for '{U}' from {a}", ACT_LOGIN, OUT_SUCCESS},
    {"Pubkey auth succeeded for '{U}' with {.} key {.} from {a}", ACT_LOGIN, OUT_SUCCESS},
    {"pubkey auth succeeded for '{U}' with key {.} from {a}", ACT_LOGIN, OUT_SUCCESS},
    {"Child connection from {a}", ACT_CONNECT, OUT_NONE},
    {"Max auth tries reached - user '{U}' from {a}", ACT_AUTH_CHECK, OUT_FAILURE},
    {"Exit before auth from <{a}>: (user '{u}', {n} fails): {r}", ACT_AUTH_CHECK, OUT_FAILURE},
    {"Exit before auth from <{a}>: Max auth tries reached{r}", ACT_AUTH_CHECK, OUT_FAILURE},
    {"Exit before auth from <{a}>: {r}", ACT_LOGIN_NONE, OUT_NONE},
    {"Exit before auth (user '{U}', {n} fails): {.} - user '{.}' from {a}", ACT_AUTH_CHECK,
     OUT_FAILURE},
    {"Exit before auth (user '{U}', {n} fails): {r}", ACT_AUTH_CHECK, OUT_FAILURE},
    {"Exit before auth: {r}", ACT_LOGIN_NONE, OUT_NONE},
    {"Exit ({U}) from <{a}>: {r}", ACT_SESSION_END, OUT_NONE},
    {"Exit ({U}): {r}", ACT_SESSION_END, OUT_NONE},
    {NULL, ACT_MESSAGE, OUT_NONE},
};

static const struct said proxmox[] = {
    {"authentication failure; rhost={a} user={U} msg={r}", ACT_LOGIN, OUT_FAILURE},
    {"<{.}> authentication failure; rhost={a} user={U} msg={r}", ACT_LOGIN, OUT_FAILURE},
    {"<{.}> successful auth for user '{U}'", ACT_LOGIN, OUT_SUCCESS},
    {"successful auth for user '{U}'", ACT_LOGIN, OUT_SUCCESS},
    {NULL, ACT_MESSAGE, OUT_NONE},
};

static const struct said mailer[] = {
    {"Sent mail for {F} ({.}) uid={n} username={u} outbytes={z}", ACT_SMTP_DELIVER, OUT_SUCCESS},
    {"new mail from user={u} uid={n} envelope_from=<{F}>", ACT_SMTP_PICKUP, OUT_NONE},
    {"mail to=<{T}> queued as {.}", ACT_SMTP_QUEUE, OUT_NONE},
    {"delivery successful", ACT_SMTP_DELIVER, OUT_SUCCESS},
    {"delivery failed, bouncing as {.}", ACT_SMTP_DELIVER, OUT_FAILURE},
    {"Sent file.", ACT_SMTP_DELIVER, OUT_SUCCESS},
    {"Sending failed: {r}", ACT_SMTP_DELIVER, OUT_FAILURE},
    {"Cannot open {.}", ACT_WARNING, OUT_NONE},
    {"Authorization failed ({r})", ACT_SMTP_DELIVER, OUT_FAILURE},
    {"Unable to locate {.}", ACT_WARNING, OUT_NONE},
    {NULL, ACT_MESSAGE, OUT_NONE},
};

static const struct said haraka[] = {
    {"connect ip={a} port={p} {.}", ACT_CONNECT, OUT_NONE},
    {"disconnect ip={a} {.}", ACT_DISCONNECT, OUT_NONE},
    {"client dropped connection ip={a}{.}", ACT_DISCONNECT, OUT_NONE},
    {"recipient <{T}> code=DENY{.} msg={.} sender={.}", ACT_SMTP_REJECT, OUT_FAILURE},
    {"sender <{F}> code=DENY{.} msg={.}", ACT_SMTP_REJECT, OUT_FAILURE},
    {NULL, ACT_MESSAGE, OUT_NONE},
};

/* host=H tls=on auth=on user=U from=F recipients=T mailsize=N smtpstatus=S ... exitcode=EX_OK */
static void read_msmtp(slice body, struct event *e)
{
	slice value;
	size_t end = slice_search_last(body, SLICE(" exitcode="));
	bool sent = end != SIZE_MAX && slice_eq(slice_from(body, end + 10), SLICE("EX_OK"));
	event_act(e, ACT_SMTP_DELIVER, sent ? OUT_SUCCESS : OUT_FAILURE);
	event_text(e, F_SMTP_STATUS, sent ? SLICE("sent") : SLICE("bounced"));
	if (part_first(body, SLICE("host="), ' ', &value) && value.len)
		event_text(e, F_DESTINATION_DOMAIN, value);
	size_t from = slice_search(body, SLICE(" from=")),
	       to = slice_search(body, SLICE(" recipients="));
	if (from == SIZE_MAX || to == SIZE_MAX || from > to ||
	    to != slice_search_last(body, SLICE(" recipients=")))
		return;
	if (to > from + 6)
		event_text(e, F_FROM, slice_first(slice_from(body, from + 6), to - from - 6));
	if (part_first(slice_from(body, to), SLICE(" recipients="), ' ', &value) && value.len)
		event_text(e, F_TO, slice_first(value, slice_find(value, ',')));
	if (part_last(body, SLICE(" mailsize="), ' ', &value))
		event_parse_number(e, F_SIZE, value);
}

/* "LOG5[28228:140093368055552]: " of stunnel; "[825] Jul 10 23:53:52 " of dropbear -E, off the
 * front */
static slice without_mark(slice s)
{
	int64_t pid;
	slice t = s;
	if (slice_starts(s, SLICE("LOG")) && slice_find(slice_first(s, 40), ']') < 40) {
		slice_until(&t, ']');
		slice_eat(&t, ": ");
	} else if (slice_eat(&t, "[") && slice_number(&t, &pid) && slice_eat(&t, "] ") &&
		   t.len > 16 && t.at[15] == ' ' && t.at[9] == ':') {
		t = slice_from(t, 16);
	} else
		return s;
	return t;
}

static const struct small {
	slice program;
	const struct format *format;
	const struct said *said;
	slice protocol; /* empty: what the words say */
} smalls[] = {
    {SLICE_INIT("stunnel"), &format_stunnel, stunnel, SLICE_INIT("")},
    {SLICE_INIT("xinetd"), &format_inetd, inetd, SLICE_INIT("")},
    {SLICE_INIT("inetd"), &format_inetd, inetd, SLICE_INIT("")},
    {SLICE_INIT("dropbear"), &format_dropbear, dropbear, SLICE_INIT("ssh")},
    {SLICE_INIT("pve"), &format_proxmox, proxmox, SLICE_INIT("http")},
    {SLICE_INIT("pmg"), &format_proxmox, proxmox, SLICE_INIT("http")},
    {SLICE_INIT("sSMTP"), &format_mailer, mailer, SLICE_INIT("smtp")},
    {SLICE_INIT("ssmtp"), &format_mailer, mailer, SLICE_INIT("smtp")},
    {SLICE_INIT("msmtp"), &format_mailer, mailer, SLICE_INIT("smtp")},
    {SLICE_INIT("nullmailer"), &format_mailer, mailer, SLICE_INIT("smtp")},
    {SLICE_INIT("dma"), &format_mailer, mailer, SLICE_INIT("smtp")},
};

static enum decoded say(const struct small *d, slice body, struct event *e)
{
	event_module(e, d->format);
	if (d->said == mailer && slice_starts(body, SLICE("host=")))
		read_msmtp(body, e);
	else if (!said_find(d->said, body, e))
		event_act(e, ACT_MESSAGE, OUT_NONE);
	if (d->protocol.len && e->action != ACT_MESSAGE)
		event_text(e, F_PROTOCOL, d->protocol);
	return DECODED_EVENT;
}

enum decoded small_decode(slice program, slice body, struct event *e, struct arena *scratch)
{
	enum decoded d = pam_decode(program, body, e, scratch);
	for (size_t i = 0; d == DECODED_UNKNOWN && i < sizeof smalls / sizeof *smalls; i++)
		if (slice_starts(program, smalls[i].program))
			d = say(&smalls[i], without_mark(body), e);
	return d;
}

/* 2011.11.21 14:29:16 LOG3[28228:140093368055552]: words; stunnel's own file */
enum decoded stunnel_file_decode(struct format_state *st, slice line, struct event *e,
				 struct arena *scratch)
{
	enum { CLOCK = sizeof "2011.11.21 14:29:16 " - 1 };
	char text[CLOCK + 1];
	int64_t usec;
	slice when = {text, CLOCK};
	if (line.len < CLOCK + 8 || line.at[4] != '.' || line.at[7] != '.' ||
	    !slice_starts(slice_from(line, CLOCK), SLICE("LOG")))
		return DECODED_UNKNOWN;
	memcpy(text, line.at, CLOCK);
	text[4] = text[7] = '-';
	text[CLOCK] = '\0';
	if (!envelope_time(st, &when, &usec))
		return DECODED_UNKNOWN;
	event_number(e, F_TIME, usec);
	return say(&smalls[0], without_mark(slice_from(line, CLOCK)), e);
}

/* ---- Haraka ---- */

/* "[inside] " off the front */
static bool take_label(slice *s, slice *inside)
{
	if (!slice_eat(s, "["))
		return false;
	*inside = slice_until(s, ']');
	return inside->len && inside->len < 64 && slice_eat(s, " ");
}

/* 3D5A1B1C-96E0-4F35-9C4C-A7F8B9A8A5F1[.1] */
static bool is_uuid(slice s)
{
	return s.len >= 36 && s.at[8] == '-' && s.at[13] == '-' && s.at[18] == '-' &&
	       s.at[23] == '-';
}

/* [NOTICE] [UUID.1] [core] words */
static enum decoded read_haraka(slice s, struct event *e)
{
	static const char *const levels[] = {"DATA", "PROTOCOL", "DEBUG", "INFO",  "NOTICE",
					     "WARN", "ERROR",    "CRIT",  "ALERT", "EMERG"};
	slice level, id, origin;
	bool known = false;
	if (!take_label(&s, &level) || !take_label(&s, &id) || !take_label(&s, &origin))
		return DECODED_UNKNOWN;
	for (size_t i = 0; i < sizeof levels / sizeof *levels; i++)
		known |= slice_eq(level, slice_of(levels[i]));
	if (!known || !is_uuid(id))
		return DECODED_UNKNOWN;
	event_module(e, &format_haraka);
	event_text(e, F_PROTOCOL, SLICE("smtp"));
	event_text(e, F_SESSION, slice_first(id, slice_find(id, '.')));
	if (slice_starts(origin, SLICE("auth")) && slice_starts(s, SLICE("delaying for ")))
		event_act(e, ACT_LOGIN, OUT_FAILURE); /* it answers a wrong password late */
	else if (!said_find(haraka, s, e))
		event_act(e, ACT_MESSAGE, OUT_NONE);
	return DECODED_EVENT;
}

enum decoded haraka_decode(slice program, slice body, struct event *e, struct arena *scratch)
{
	enum decoded d = read_haraka(body, e);
	if (d != DECODED_UNKNOWN)
		return d;
	event_module(e, &format_haraka);
	event_act(e, ACT_MESSAGE, OUT_NONE);
	return DECODED_EVENT;
}

/* Its output, behind the clock. */
enum decoded haraka_dated_decode(struct format_state *st, slice body, struct event *e,
				 struct arena *scratch)
{
	enum decoded d = read_haraka(body, e);
	if (d != DECODED_UNKNOWN)
		event_no_origin(e);
	return d;
}
