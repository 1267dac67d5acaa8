/*
 * panel.c - hosting panels and small webmails that write files of their own, without syslog.
 *
 *	[2022-06-29 14:06:40 +1000] info [cpaneld] A - U "POST /login/ HTTP/1.1" FAILED LOGIN ...
 *	[2014-01-06 10:59:38]LOGIN FAILED for user: "U" from IP: A
 *	2014:07:02-13:07:40: 'A' 13 failed login attempts. Account 'U'
 *	2025-01-22 01:26:34 U A failed to login
 *	10/06/2013 15:50:41 [LOGIN_ERROR] U (domain) from A: reason
 *
 * Sources: cPanel's login_log and session_log, Group-Office's Log class, DirectAdmin's login.log,
 * HestiaCP's bin/v-log-user-login, SquirrelMail's plugin squirrel_logger, RainLoop and SnappyMail's
 * auth_logging_format, Mailu core/admin limiter.py and views, ISPConfig's auth.log, Plesk's
 * panel.log, Webmin's webmin.log, Tine 2.0's Tinebase_Controller, OpenWebMail's log.
 */
#include "shape.h"

const struct format format_cpanel = {"cpanel", "cPanel and WHM: sign-ins, sessions, access", 'F'};
const struct format format_groupoffice = {"groupoffice", "Group-Office: sign-ins", 'F'};
const struct format format_directadmin = {"directadmin", "DirectAdmin: sign-ins", 'F'};
const struct format format_hestiacp = {"hestiacp", "HestiaCP, VestaCP: sign-ins", 'F'};
const struct format format_squirrelmail = {"squirrelmail", "SquirrelMail: sign-ins, mails sent",
					   'E'};
const struct format format_snappymail = {"snappymail", "SnappyMail, RainLoop: sign-ins", 'E'};
const struct format format_mailu = {"mailu", "Mailu: front and admin", 'F'};
const struct format format_ispconfig = {"ispconfig", "ISPConfig: sign-ins", 'F'};
const struct format format_plesk = {"plesk", "Plesk: sign-ins", 'F'};
const struct format format_tine20 = {"tine20", "Tine: sign-ins", 'E'};
const struct format format_openwebmail = {"openwebmail", "OpenWebMail: sign-ins", 'E'};
const struct format format_mailcow = {"mailcow", "mailcow: netfilter, watchdog, api", 'F'};
const struct format format_litespeed = {"litespeed", "LiteSpeed, CyberPanel: errors, sign-ins",
					'F'};

/* ---- [time] text ---- */

static const struct said cpanel[] = {
    {" info [{.}] {a} - {U} \"{.}\" FAILED LOGIN {r}", ACT_LOGIN, OUT_FAILURE},
    {" info [{.}] {a} - {U} \"{.}\" DEFERRED LOGIN {r}", ACT_AUTH_CHECK, OUT_NONE},
    {" info [{.}] {a} - {U} \"{.}\" SUCCESSFUL LOGIN{.}", ACT_LOGIN, OUT_SUCCESS},
    {" info [{.}] {a} NEW {U}:{.} address={.}", ACT_LOGIN, OUT_SUCCESS},
    {" info [{.}] {a} PURGE {U}:{.} {.}", ACT_LOGOUT, OUT_NONE},
    {" info [{.}] {a} {.} {U}:{.} {.}", ACT_MESSAGE, OUT_NONE},
    {" info [cpaneld] {.}", ACT_MESSAGE, OUT_NONE},
    {" info [whostmgrd] {.}", ACT_MESSAGE, OUT_NONE},
    {" info [webmaild] {.}", ACT_MESSAGE, OUT_NONE},
    {" info [cpsrvd] {.}", ACT_MESSAGE, OUT_NONE},
    {" info [cpdavd] {.}", ACT_MESSAGE, OUT_NONE},
    {NULL, ACT_MESSAGE, OUT_NONE},
};

static const struct said groupoffice[] = {
    {"LOGIN FAILED for user: \"{U}\" from IP: {a}", ACT_LOGIN, OUT_FAILURE},
    {"LOGIN SUCCESS for user: \"{U}\" from IP: {a}", ACT_LOGIN, OUT_SUCCESS},
    {"LOGOUT {.} for user: \"{U}\" from IP: {a}", ACT_LOGOUT, OUT_NONE},
    {NULL, ACT_MESSAGE, OUT_NONE},
};

static const struct said snappymail[] = {
    {" Auth failed: ip={a} user={U} host={.} port={.}", ACT_LOGIN, OUT_FAILURE},
    {" Auth failed: ip={a} user={U}", ACT_LOGIN, OUT_FAILURE},
    {" Login success: ip={a} user={U} host={.} port={.}", ACT_LOGIN, OUT_SUCCESS},
    {" Auth success: ip={a} user={U} host={.} port={.}", ACT_LOGIN, OUT_SUCCESS},
    {NULL, ACT_MESSAGE, OUT_NONE},
};

static const struct said mailu[] = {
    {" WARNING in limiter: Authentication attempt from {a} has been rate-limited.", ACT_LOGIN,
     OUT_FAILURE},
    {" WARNING in limiter: Authentication attempt from {a} for {U} has been rate-limited.",
     ACT_LOGIN, OUT_FAILURE},
    {" WARNING in sso: Login failed for {U} from {a}.", ACT_LOGIN, OUT_FAILURE},
    {" WARNING in sso: Login failed for {U} from {a}", ACT_LOGIN, OUT_FAILURE},
    {" INFO in sso: Login succeeded for {U} from {a}.", ACT_LOGIN, OUT_SUCCESS},
    {" INFO in sso: Login successful for {U} from {a}.", ACT_LOGIN, OUT_SUCCESS},
    {" INFO in sso: Login succeeded for {U} from {a} pwned={.}", ACT_LOGIN, OUT_SUCCESS},
    {" INFO in sso: Login attempt for: {U} from: {a}: success{.}", ACT_LOGIN, OUT_SUCCESS},
    {" INFO in sso: Login attempt for: {U} from: {a}: failed{.}", ACT_LOGIN, OUT_FAILURE},
    {" WARNING in {.}: {.}", ACT_MESSAGE, OUT_NONE},
    {" INFO in {.}: {.}", ACT_MESSAGE, OUT_NONE},
    {" ERROR in {.}: {.}", ACT_MESSAGE, OUT_NONE},
    {NULL, ACT_MESSAGE, OUT_NONE},
};

static const struct said plesk[] = {
    {" {.}ERR [{.}] {.}Failed login attempt with login '{U}' from IP {a}", ACT_LOGIN, OUT_FAILURE},
    {" ERR [{.}] {.}Failed login attempt with login '{U}' from IP {a}", ACT_LOGIN, OUT_FAILURE},
    {" ERR [{.}] {.}", ACT_MESSAGE, OUT_NONE},
    {" {n}:{.} ERR [{.}] {.}", ACT_MESSAGE, OUT_NONE},
    {NULL, ACT_MESSAGE, OUT_NONE},
};

/* The first whose sentence fits. All but cPanel and Plesk are told by their first words. */
static const struct {
	const struct format *format;
	const struct said *said;
} bracketed[] = {
    {&format_groupoffice, groupoffice},
    {&format_snappymail, snappymail},
    {&format_mailu, mailu},
    {&format_plesk, plesk},
    {&format_cpanel, cpanel},
};

/* [2022-06-29 14:06:40 +1000] text; [2023-03-28 03:09:25,112] text */
enum decoded panel_bracket_decode(struct format_state *st, slice line, struct event *e,
				  struct arena *scratch)
{
	slice s = line;
	int64_t usec;
	if (s.len < 24 || !slice_eat(&s, "[2") || s.at[3] != '-')
		return DECODED_UNKNOWN;
	s = slice_from(line, 1);
	slice clock = slice_until(&s, ']');
	if (!web_iso(st, clock, &usec) || !s.len)
		return DECODED_UNKNOWN;
	for (size_t i = 0; i < sizeof bracketed / sizeof *bracketed; i++) {
		if (!said_find(bracketed[i].said, (slice){s.at, s.len}, e))
			continue;
		event_number(e, F_TIME, usec);
		event_module(e, bracketed[i].format);
		event_text(e, F_PROTOCOL, SLICE("http"));
		return DECODED_EVENT;
	}
	return DECODED_UNKNOWN;
}

/* ---- DirectAdmin ---- */

static const struct said directadmin[] = {
    {"'{a}' {n} failed login attempts. Account '{U}'", ACT_LOGIN, OUT_FAILURE},
    {"'{a}' {n} failed login attempt. Account '{U}'", ACT_LOGIN, OUT_FAILURE},
    {"'{a}' {n} failed login attempts. Account '{u}' via '{v}'", ACT_LOGIN, OUT_FAILURE},
    {"'{a}' {n} failed login attempts. Invalid account '{U}'", ACT_LOGIN, OUT_FAILURE},
    {"'{a}' {n} failed login attempt. Invalid account '{U}'", ACT_LOGIN, OUT_FAILURE},
    {"'{a}' successful login to '{U}' after {n} attempts", ACT_LOGIN, OUT_SUCCESS},
    {"'{a}' successful login to '{U}'{.}", ACT_LOGIN, OUT_SUCCESS},
    {"'{a}' {.}", ACT_MESSAGE, OUT_NONE},
    {NULL, ACT_MESSAGE, OUT_NONE},
};

/* yyyy:mm:dd-hh:mm:ss */
static bool directadmin_time(struct format_state *st, slice s, int64_t *usec)
{
	char text[19];
	bool zone;
	memcpy(text, s.at, sizeof text);
	text[4] = text[7] = '-';
	text[10] = 'T';
	slice iso = {text, sizeof text};
	if (!clock_parse_iso(&iso, usec, &zone))
		return false;
	*usec = st->zone ? zone_to_utc(st->zone, *usec) : *usec;
	return true;
}

enum decoded directadmin_decode(struct format_state *st, slice line, struct event *e,
				struct arena *scratch)
{
	int64_t usec;
	if (line.len < 23 || line.at[4] != ':' || line.at[10] != '-' || line.at[19] != ':' ||
	    !directadmin_time(st, line, &usec))
		return DECODED_UNKNOWN;
	event_number(e, F_TIME, usec);
	event_module(e, &format_directadmin);
	event_text(e, F_PROTOCOL, SLICE("http"));
	if (!said_find(directadmin, slice_from(line, 21), e))
		event_act(e, ACT_MESSAGE, OUT_NONE);
	return DECODED_EVENT;
}

/* ---- behind a time that the envelope took ---- */

static const struct said hestiacp[] = {
    {"{U} {x} failed to login", ACT_LOGIN, OUT_FAILURE},
    {"{U} {x} successfully logged in", ACT_LOGIN, OUT_SUCCESS},
    {"{U} {x} failed to login with 2FA", ACT_LOGIN, OUT_FAILURE},
    {NULL, ACT_MESSAGE, OUT_NONE},
};

enum decoded hestiacp_decode(struct format_state *st, slice line, struct event *e,
			     struct arena *scratch)
{
	slice s = slice_trim(line);
	if (!slice_ends(s, SLICE(" failed to login")) && !slice_ends(s, SLICE(" logged in")) &&
	    !slice_ends(s, SLICE(" with 2FA")))
		return DECODED_UNKNOWN;
	if (!said_find(hestiacp, s, e))
		return DECODED_UNKNOWN;
	event_no_origin(e);
	event_module(e, &format_hestiacp);
	event_text(e, F_PROTOCOL, SLICE("http"));
	return DECODED_EVENT;
}

static const struct said mailcow[] = {
    {"CRIT: Banning {x} for {.}", ACT_WARNING, OUT_NONE},
    {"CRIT: Unbanning {x}", ACT_WARNING, OUT_NONE},
    {"CRIT: Added host/network {x} to {.}", ACT_WARNING, OUT_NONE},
    {"CRIT: Removed host/network {x} from {.}", ACT_WARNING, OUT_NONE},
    {"CRIT: {r}", ACT_WARNING, OUT_NONE},
    {"WARN: {a} matched rule id {.}", ACT_WARNING, OUT_NONE},
    {"WARN: {n} more attempts in the next {.} until {x} is banned", ACT_WARNING, OUT_NONE},
    {"WARN: {r}", ACT_WARNING, OUT_NONE},
    {"INFO: {.}", ACT_MESSAGE, OUT_NONE},
    {NULL, ACT_MESSAGE, OUT_NONE},
};

/* data/Dockerfiles/netfilter/main.py: 2026-05-09 13:51:30 CRIT: Banning A/32 for 120 minutes */
enum decoded mailcow_decode(struct format_state *st, slice line, struct event *e,
			    struct arena *scratch)
{
	if (line.len < 7 || line.at[4] != ':' || !said_find(mailcow, line, e))
		return DECODED_UNKNOWN;
	event_no_origin(e);
	event_module(e, &format_mailcow);
	return DECODED_EVENT;
}

static const struct said openwebmail[] = {
    {"- [{n}] ({a}) {U} - login error - {r}", ACT_LOGIN, OUT_FAILURE},
    {"- [{n}] ({a}) {U} - userinfo error - {r}", ACT_AUTH_CHECK, OUT_FAILURE},
    {"- [{n}] ({a}) {U} - login - {.}", ACT_LOGIN, OUT_SUCCESS},
    {"- [{n}] ({a}) {U} - logout - {.}", ACT_LOGOUT, OUT_NONE},
    {"- [{n}] ({a}) {u} - {.}", ACT_MESSAGE, OUT_NONE},
    {NULL, ACT_MESSAGE, OUT_NONE},
};

enum decoded openwebmail_decode(struct format_state *st, slice line, struct event *e,
				struct arena *scratch)
{
	if (!slice_starts(line, SLICE("- [")) || !said_find(openwebmail, line, e))
		return DECODED_UNKNOWN;
	event_no_origin(e);
	event_module(e, &format_openwebmail);
	event_text(e, F_PROTOCOL, SLICE("http"));
	return DECODED_EVENT;
}

static const struct said litespeed[] = {
    {"[{.}] [{.}] [{.}] [STDERR] [{.}] Failed Login Attempt - username:{U} ip:{a} url:{.}",
     ACT_LOGIN, OUT_FAILURE},
    {"[{.}] [{.}] [{x}] {.} Failed Login Attempt - username:{U} ip:{a} url:{.}", ACT_LOGIN,
     OUT_FAILURE},
    {"[{.}] [{n}] [{.}] User '{U}' failed to authenticate.", ACT_LOGIN, OUT_FAILURE},
    {"[{.}] [{n}] [{.}] {.}", ACT_MESSAGE, OUT_NONE},
    {"[NOTICE] {.}", ACT_MESSAGE, OUT_NONE},
    {NULL, ACT_MESSAGE, OUT_NONE},
};

/* The third bracket: A:P[-connection][:HTTP2-stream]#virtual host */
static void litespeed_client(slice line, struct event *e)
{
	for (int i = 0; i < 2; i++)
		slice_until(&line, ']');
	if (!slice_eat(&line, " ["))
		return;
	slice peer = slice_first(line, slice_find(line, ']'));
	size_t end = 0;
	while (end < peer.len && peer.at[end] != '-' && peer.at[end] != '#')
		end++;
	peer = slice_first(peer, end);
	if (slice_ends(peer, SLICE(":HTTP2")))
		peer.len -= 6;
	event_parse_peer(e, F_SOURCE_IP, F_SOURCE_PORT, peer);
}

enum decoded litespeed_decode(struct format_state *st, slice line, struct event *e,
			      struct arena *scratch)
{
	static const char *const levels[] = {"[NOTICE] [", "[INFO] [", "[WARN] [", "[ERROR] [",
					     "[DEBUG] ["};
	size_t i = 0;
	while (i < sizeof levels / sizeof *levels && !slice_starts(line, slice_of(levels[i])))
		i++;
	if (i == sizeof levels / sizeof *levels)
		return DECODED_UNKNOWN;
	event_no_origin(e);
	event_module(e, &format_litespeed);
	event_text(e, F_PROTOCOL, SLICE("http"));
	if (!said_find(litespeed, line, e))
		event_act(e, ACT_MESSAGE, OUT_NONE);
	litespeed_client(line,
			 e); /* the connection's, where it is said: a name stands before ip: */
	return DECODED_EVENT;
}

/* Plesk since 18 writes its time without brackets. */
enum decoded plesk_decode(struct format_state *st, slice line, struct event *e,
			  struct arena *scratch)
{
	static const struct said said[] = {
	    {"ERR [{.}] {.}Failed login attempt with login '{U}' from IP {a}", ACT_LOGIN,
	     OUT_FAILURE},
	    {"ERR [{.}] Failed login attempt with login '{U}' from IP {a}", ACT_LOGIN, OUT_FAILURE},
	    {NULL, ACT_MESSAGE, OUT_NONE},
	};
	if (!said_find(said, line, e))
		return DECODED_UNKNOWN;
	event_no_origin(e);
	event_module(e, &format_plesk);
	event_text(e, F_PROTOCOL, SLICE("http"));
	return DECODED_EVENT;
}

/* ---- webmin.log: 1690466804.2161.0 [27/Jul/2023 16:06:44] user session address ... ---- */

static const struct said webmin_actions[] = {
    {"{U} {s} {a} global miniserv.pl \"failed\" \"{.}", ACT_LOGIN, OUT_FAILURE},
    {"{U} {s} {a} global miniserv.pl \"login\" \"{.}", ACT_LOGIN, OUT_SUCCESS},
    {"{U} {s} {a} global miniserv.pl \"logout\" \"{.}", ACT_LOGOUT, OUT_NONE},
    {"{u} {s} {a} {.} {.} \"failed\" \"{.}", ACT_LOGIN, OUT_FAILURE},
    {"{u} {s} {a} {.} {.} \"wrongpass\" \"{.}", ACT_LOGIN, OUT_FAILURE},
    {"{u} {s} {a} {.} {.} \"login\" \"{.}", ACT_LOGIN, OUT_SUCCESS},
    {"{u} {s} {a} {.} {.} \"logout\" \"{.}", ACT_LOGOUT, OUT_NONE},
    {"{u} {s} {a} {.}", ACT_MESSAGE, OUT_NONE},
    {NULL, ACT_MESSAGE, OUT_NONE},
};

/*
 * What follows the seconds: the fraction is a process number, and another dot and a count follow.
 */
enum decoded webmin_decode(struct format_state *st, slice line, struct event *e,
			   struct arena *scratch)
{
	slice s = line;
	int64_t n, usec = event_get_number(e, F_TIME, 0);
	if (!slice_eat(&s, ".") || !slice_number(&s, &n) || !slice_eat(&s, " [") || s.len < 20 ||
	    s.at[2 - (s.at[1] == '/')] != '/')
		return DECODED_UNKNOWN;
	slice_until(&s, ']');
	slice_eat(&s, " ");
	if (!said_find(webmin_actions, s, e))
		return DECODED_UNKNOWN;
	event_no_origin(e);
	event_number(e, F_TIME, usec - usec % CLOCK_SECOND);
	event_module(e, &format_webmin);
	event_text(e, F_PROTOCOL, SLICE("http"));
	if (slice_eq(event_get(e, F_SESSION), SLICE("-")))
		event_drop(e, F_SESSION);
	return DECODED_EVENT;
}

/* ---- SquirrelMail ---- */

static const struct said squirrelmail[] = {
    {"[LOGIN_ERROR] {U} ({.}) from {a}: {r}", ACT_LOGIN, OUT_FAILURE},
    {"[LOGIN] {U} ({.}) from {a}:{.}", ACT_LOGIN, OUT_SUCCESS},
    {"[LOGIN] {U} ({.}) from {a}", ACT_LOGIN, OUT_SUCCESS},
    {"[LOGOUT] {U} ({.}) from {a}:{.}", ACT_LOGOUT, OUT_NONE},
    {"[LOGOUT] {U} ({.}) from {a}", ACT_LOGOUT, OUT_NONE},
    {"[OUTGOING_MAIL] {U} ({.}) from {a}: {.}", ACT_MAIL_SENT, OUT_SUCCESS},
    {"[MASS_MAILING] {U} ({.}) from {a}: {.}", ACT_MAIL_SENT, OUT_SUCCESS},
    {"[ERROR] {U} ({.}) from {a}: {r}", ACT_WARNING, OUT_NONE},
    {"[{.}] {U} ({.}) from {a}{.}", ACT_MESSAGE, OUT_NONE},
    {NULL, ACT_MESSAGE, OUT_NONE},
};

/* 10/06/2013 15:50:41, the month first as the plugin ships it */
enum decoded squirrelmail_decode(struct format_state *st, slice line, struct event *e,
				 struct arena *scratch)
{
	slice s = line;
	int64_t usec;
	if (s.len < 24 || s.at[2] != '/' || s.at[19] != ' ' || s.at[20] != '[' ||
	    !web_digits_day(st, &s, '/', &usec) || !slice_eat(&s, " "))
		return DECODED_UNKNOWN;
	if (!said_find(squirrelmail, s, e))
		return DECODED_UNKNOWN;
	event_number(e, F_TIME, usec);
	event_module(e, &format_squirrelmail);
	event_text(e, F_PROTOCOL, SLICE("http"));
	return DECODED_EVENT;
}

/* ---- Tine: 8e035 ffff3 -- none -- - TIME WARN (4): Tinebase_Controller::login::106 ... ---- */

static const struct said tine20[] = {
    {"{.} Login with username {U} from {a} failed ({.})!", ACT_LOGIN, OUT_FAILURE},
    {"{.} Login with username {U} from {a} succeeded.", ACT_LOGIN, OUT_SUCCESS},
    {"{.} Login with username {U} from {a} successful{.}", ACT_LOGIN, OUT_SUCCESS},
    {"{.} Tinebase_Controller::{.} Login with username {U} from {a} failed ({.})!", ACT_LOGIN,
     OUT_FAILURE},
    {NULL, ACT_MESSAGE, OUT_NONE},
};

enum decoded tine20_decode(struct format_state *st, slice line, struct event *e,
			   struct arena *scratch)
{
	slice s = line;
	int64_t usec;
	bool ids = s.len > 40 && s.at[5] == ' ' && slice_starts(slice_from(s, 11), SLICE(" -- "));
	for (size_t i = 0; ids && i < 11; i++)
		ids = i == 5 || (s.at[i] >= '0' && s.at[i] <= '9') ||
		      (s.at[i] >= 'a' && s.at[i] <= 'f');
	size_t at = ids ? slice_search(slice_first(s, 160), SLICE(" - 2")) : SIZE_MAX;
	if (at == SIZE_MAX)
		return DECODED_UNKNOWN;
	s = slice_from(s, at + 3);
	if (!envelope_time(st, &s, &usec) || !slice_eat(&s, " "))
		return DECODED_UNKNOWN;
	event_number(e, F_TIME, usec);
	event_module(e, &format_tine20);
	event_text(e, F_PROTOCOL, SLICE("http"));
	if (!said_find(tine20, s, e))
		event_act(e, ACT_MESSAGE, OUT_NONE);
	return DECODED_EVENT;
}

/* ---- ISPConfig: Failed login for user 'U' from A at 2015-10-04 13:35:27 ---- */

enum decoded ispconfig_decode(struct format_state *st, slice line, struct event *e,
			      struct arena *scratch)
{
	static const struct said said[] = {
	    {"Failed login for user '{U}' from {a} at {r} with session ID {.}", ACT_LOGIN,
	     OUT_FAILURE},
	    {"Failed login for user '{U}' from {a} at {r}", ACT_LOGIN, OUT_FAILURE},
	    {"Successful login for user '{U}' from {a} at {r} with session ID {.}", ACT_LOGIN,
	     OUT_SUCCESS},
	    {"Successful login for user '{U}' from {a} at {r}", ACT_LOGIN, OUT_SUCCESS},
	    {NULL, ACT_MESSAGE, OUT_NONE},
	};
	int64_t usec;
	if (!slice_starts(line, SLICE("Failed login for user '")) &&
	    !slice_starts(line, SLICE("Successful login for user '")))
		return DECODED_UNKNOWN;
	if (!said_find(said, line, e) || !web_iso(st, event_get(e, F_REASON), &usec))
		return DECODED_UNKNOWN;
	event_drop(e, F_REASON);
	event_number(e, F_TIME, usec);
	event_module(e, &format_ispconfig);
	event_text(e, F_PROTOCOL, SLICE("http"));
	return DECODED_EVENT;
}
