/*
 * sentence.c - daemons that say all that matters in a handful of sentences, by syslog.
 *
 * Sources: webmin miniserv.pl (handle_login, syslog lines), froxlor lib/Froxlor/FroxlorLogger.php,
 * pure-ftpd src/log.c and ftpd.c, proftpd modules/mod_auth.c and src/log.c, vsftpd logging.c, login
 * and su of shadow and util-linux, phpMyAdmin's Logging.php, OpenVPN src/openvpn/ssl_verify.c.
 */
#include "shape.h"

const struct format format_webmin = {"webmin", "Webmin, Usermin, Virtualmin: sign-ins, actions",
				     'F'};
const struct format format_froxlor = {"froxlor", "Froxlor: sign-ins", 'F'};
const struct format format_ftpd = {"ftpd", "vsftpd, ProFTPD, Pure-FTPd: sign-ins, files", 'F'};
const struct format format_suhosin = {"suhosin", "Suhosin: attacks on PHP", 'F'};
const struct format format_su = {"su", "su and login of the host", 'F'};
const struct format format_phpmyadmin = {"phpmyadmin", "phpMyAdmin: sign-ins", 'F'};
const struct format format_csf = {"csf", "ConfigServer firewall: what its lfd blocked", 'F'};
const struct format format_openvpn = {"openvpn", "OpenVPN: sign-ins", 'F'};

static const struct said webmin[] = {
    {"Successful login as {U} from {x}", ACT_LOGIN, OUT_SUCCESS},
    {"Successful login as {U} from {x} with {.}", ACT_LOGIN, OUT_SUCCESS},
    {"Invalid login as {U} from {x}", ACT_LOGIN, OUT_FAILURE},
    {"Non-existent login as {U} from {x}", ACT_LOGIN, OUT_FAILURE},
    {"Logout by {U} from {x}", ACT_LOGOUT, OUT_NONE},
    {"Timeout of session for {U}", ACT_LOGOUT, OUT_NONE},
    {"Timeout of {U} from {x}", ACT_LOGOUT, OUT_NONE},
    {"Security alert: Host {x} blocked after {n} failed logins for user {U}", ACT_LOGIN,
     OUT_FAILURE},
    {"Security alert: Host {x} blocked after {.}", ACT_LOGIN, OUT_FAILURE},
    {"Webmin starting", ACT_DAEMON_START, OUT_NONE},
    {NULL, ACT_MESSAGE, OUT_NONE},
};

static const struct said froxlor[] = {
    {"[Login Action {a}] Unknown user '{U}' tried to login.", ACT_LOGIN, OUT_FAILURE},
    {"[Login Action {a}] User '{U}' tried to login with wrong password.", ACT_LOGIN, OUT_FAILURE},
    {"[Login Action {a}] {U} logged in{.}", ACT_LOGIN, OUT_SUCCESS},
    {"[{.} Action {U}] logged in{.}", ACT_LOGIN, OUT_SUCCESS},
    {"froxlor.WARNING: {.} tried to login{.}\"user\":\"{a}\"{.}", ACT_LOGIN, OUT_FAILURE},
    {"froxlor.{.}: {.} wrong password{.}\"user\":\"{a}\"{.}", ACT_LOGIN, OUT_FAILURE},
    {"froxlor.NOTICE: User '{U}' logged in{.}", ACT_LOGIN, OUT_SUCCESS},
    {NULL, ACT_MESSAGE, OUT_NONE},
};

static const struct said pureftpd[] = {
    {"(?@{x}) [WARNING] Authentication failed for user [{U}]", ACT_LOGIN, OUT_FAILURE},
    {"({.}@{x}) [WARNING] Authentication failed for user [{U}]", ACT_LOGIN, OUT_FAILURE},
    {"({.}@{x}) [INFO] {U} is now logged in", ACT_LOGIN, OUT_SUCCESS},
    {"({.}@{x}) [INFO] New connection from {.}", ACT_CONNECT, OUT_NONE},
    {"({u}@{x}) [INFO] Logout.", ACT_LOGOUT, OUT_NONE},
    {"({u}@{x}) [NOTICE] {.} downloaded {.}", ACT_MESSAGE, OUT_SUCCESS},
    {NULL, ACT_MESSAGE, OUT_NONE},
};

/* host (client[address]) - text, or host (client[address]): text */
static const struct said proftpd[] = {
    {"{.} ({.}[{a}]){.} USER {U}: no such user found from {.}", ACT_LOGIN, OUT_FAILURE},
    {"{.} ({.}[{a}]){.} USER {U} (Login failed): {.}", ACT_LOGIN, OUT_FAILURE},
    {"{.} ({.}[{a}]){.} USER {U}: Login successful.", ACT_LOGIN, OUT_SUCCESS},
    {"{.} ({.}[{a}]){.} USER {U}: Login successful", ACT_LOGIN, OUT_SUCCESS},
    {"{.} ({.}[{a}]){.} ANON {U}: Login successful.", ACT_LOGIN, OUT_SUCCESS},
    {"{.} ({.}[{a}]){.} ANONYMOUS {U}: Login successful.", ACT_LOGIN, OUT_SUCCESS},
    {"{.} ({.}[{a}]){.} Maximum login attempts ({n}) exceeded{.}", ACT_LOGIN, OUT_FAILURE},
    {"{.} ({.}[{a}]){.} SECURITY VIOLATION: {U} login attempted", ACT_LOGIN, OUT_FAILURE},
    {"{.} ({.}[{a}]){.} SECURITY VIOLATION: {.}", ACT_LOGIN, OUT_FAILURE},
    {"{.} ({.}[{a}]){.} FTP session opened.", ACT_CONNECT, OUT_NONE},
    {"{.} ({.}[{a}]){.} FTP session closed.", ACT_DISCONNECT, OUT_NONE},
    {"{.} ({.}[{a}]){.}", ACT_MESSAGE, OUT_NONE},
    {NULL, ACT_MESSAGE, OUT_NONE},
};

static const struct said vsftpd[] = {
    {"[{U}] OK LOGIN: Client \"{a}\"", ACT_LOGIN, OUT_SUCCESS},
    {"[{U}] OK LOGIN: Client \"{a}\", {.}", ACT_LOGIN, OUT_SUCCESS},
    {"[{U}] FAIL LOGIN: Client \"{a}\"", ACT_LOGIN, OUT_FAILURE},
    {"[{U}] FAIL LOGIN: Client \"{a}\", \"{r}\"", ACT_LOGIN, OUT_FAILURE},
    {"[{U}] OK DOWNLOAD: Client \"{a}\", {.}", ACT_MESSAGE, OUT_SUCCESS},
    {"[{U}] FAIL DOWNLOAD: Client \"{a}\", {.}", ACT_MESSAGE, OUT_FAILURE},
    {"[{U}] OK UPLOAD: Client \"{a}\", {.}", ACT_MESSAGE, OUT_SUCCESS},
    {"[{U}] FTP response: Client \"{a}\", \"530 {r}\"", ACT_WARNING, OUT_FAILURE},
    {"[{U}] {.}: Client \"{a}\"", ACT_MESSAGE, OUT_NONE},
    {"[{U}] {.}: Client \"{a}\", {.}", ACT_MESSAGE, OUT_NONE},
    {"CONNECT: Client \"{a}\"", ACT_CONNECT, OUT_NONE},
    {"CONNECT: Client \"{a}\", {.}", ACT_CONNECT, OUT_NONE},
    {NULL, ACT_MESSAGE, OUT_NONE},
};

static const struct said wuftpd[] = {
    {"failed login from {.} [{a}]", ACT_LOGIN, OUT_FAILURE},
    {"repeated login failures from {a} ({.})", ACT_LOGIN, OUT_FAILURE},
    {NULL, ACT_MESSAGE, OUT_NONE},
};

static const struct said suhosin[] = {
    {"ALERT - {R} (attacker '{a}', file '{.}", ACT_WEB_ERROR, OUT_FAILURE},
    {NULL, ACT_MESSAGE, OUT_NONE},
};

static const struct said logind[] = {
    {"New session {.} of user {U}.", ACT_MESSAGE, OUT_NONE}, /* PAM says who came in */
    {NULL, ACT_MESSAGE, OUT_NONE},
};

static const struct said su[] = {
    {"FAILED SU (to {v}) {U} on {.}", ACT_LOGIN, OUT_FAILURE},
    {"BAD SU {u} to {V} on {.}", ACT_LOGIN, OUT_FAILURE},
    {"failed: {.} changing from {u} to {V}", ACT_LOGIN, OUT_FAILURE},
    {"succeeded: {.} changing from {u} to {V}", ACT_LOGIN, OUT_SUCCESS},
    {"'su {v}' failed for {U} on {.}", ACT_LOGIN, OUT_FAILURE},
    {"'su {v}' succeeded for {U} on {.}", ACT_LOGIN, OUT_SUCCESS},
    {"FAILED su for {v} by {U}", ACT_LOGIN, OUT_FAILURE},
    {"Successful su for {v} by {U}", ACT_LOGIN, OUT_SUCCESS},
    {"(to {v}) {U} on {.}", ACT_LOGIN, OUT_SUCCESS},
    {"+ {.} {u}:{v}", ACT_LOGIN, OUT_SUCCESS},
    {"- {.} {u}:{v}", ACT_LOGIN, OUT_FAILURE},
    {"FAILED LOGIN {.} FROM {x} FOR '{U}', {r}", ACT_LOGIN, OUT_FAILURE},
    {"FAILED LOGIN {.} FROM {x} FOR {U}, {r}", ACT_LOGIN, OUT_FAILURE},
    {"FAILED LOGIN SESSION FROM {x} FOR {U}, {r}", ACT_LOGIN, OUT_FAILURE},
    {"FAILED LOGIN ({n}) on {.} from '{x}' FOR '{U}', {r}", ACT_LOGIN, OUT_FAILURE},
    {"FAILED LOGIN ({n}) on {.} FOR '{U}', {r}", ACT_LOGIN, OUT_FAILURE},
    {"FAILED LOGIN ({n}) on {.} from {x} FOR {U}, {r}", ACT_LOGIN, OUT_FAILURE},
    {"FAILED LOGIN ({n}) on {.} FOR {U}, {r}", ACT_LOGIN, OUT_FAILURE},
    {"FAILED LOGIN ({n}) on {.} FOR {U}", ACT_LOGIN, OUT_FAILURE},
    {"TOO MANY LOGIN TRIES ({n}) FROM {x} FOR {U}, {r}", ACT_LOGIN, OUT_FAILURE},
    {"invalid password for {U} on {.} from {x}", ACT_LOGIN, OUT_FAILURE},
    {"invalid password for {U} on {.}", ACT_LOGIN, OUT_FAILURE},
    {"ROOT LOGIN ON {.} FROM {x}", ACT_LOGIN, OUT_SUCCESS},
    {"ROOT LOGIN ON {.}", ACT_LOGIN, OUT_SUCCESS},
    {"ROOT LOGIN on {.}", ACT_LOGIN, OUT_SUCCESS},
    {"LOGIN ON {.} BY {U} FROM {x}", ACT_LOGIN, OUT_SUCCESS},
    {"LOGIN ON {.} BY {U}", ACT_LOGIN, OUT_SUCCESS},
    {"{u} to {V} on {.}", ACT_LOGIN, OUT_SUCCESS},
    {"DIALUP AT {.} BY {U}", ACT_LOGIN, OUT_SUCCESS},
    {NULL, ACT_MESSAGE, OUT_NONE},
};

static const struct said phpmyadmin[] = {
    {"user denied: {U} ({r}) from {a}", ACT_LOGIN, OUT_FAILURE},
    {"user authenticated: {U} from {a}", ACT_LOGIN, OUT_SUCCESS},
    {NULL, ACT_MESSAGE, OUT_NONE},
};

/* lfd counts what other daemons logged: it is no sign-in of its own. */
static const struct said lfd[] = {
    {"({.}) Failed {.} login from {a} ({.}", ACT_WARNING, OUT_FAILURE},
    {"({.}) {a} ({.}", ACT_WARNING, OUT_FAILURE},
    {"*{.}* from {a}{.}", ACT_WARNING, OUT_FAILURE},
    {"*SSH login* from {a} into the {u} account using {.}", ACT_WARNING, OUT_NONE},
    {"{.} from {a}{.} *Blocked in csf*{.}", ACT_WARNING, OUT_FAILURE},
    {NULL, ACT_MESSAGE, OUT_NONE},
};

static const struct said openvpn[] = {
    {"{a} TLS Auth Error: Auth Username/Password verification failed for peer", ACT_LOGIN,
     OUT_FAILURE},
    {"{a} TLS: Username/Password authentication succeeded for username '{U}'{.}", ACT_LOGIN,
     OUT_SUCCESS},
    {"{a} TLS: Username/Password authentication deferred for username '{U}'{.}", ACT_AUTH_CHECK,
     OUT_NONE},
    {"{a} VERIFY ERROR: {.}", ACT_LOGIN, OUT_FAILURE},
    {"{a} [{U}] Peer Connection Initiated with {.}", ACT_CONNECT, OUT_NONE},
    {"{a} PLUGIN_CALL: {.}: user '{u}' failed to authenticate{.}", ACT_LOGIN, OUT_FAILURE},
    {"{a} TLS Error: {r}", ACT_WARNING, OUT_FAILURE},
    {"{a} TCP connection established with {.}", ACT_CONNECT, OUT_NONE},
    {"{a}/{u} Authentication succeeded", ACT_LOGIN, OUT_SUCCESS},
    {"{a}/{u} {.}", ACT_MESSAGE, OUT_NONE},
    {"{u}/{a} AUTH: Received control message: AUTH_FAILED{.}", ACT_LOGIN, OUT_FAILURE},
    {"{a} AUTH: Received control message: AUTH_FAILED{.}", ACT_LOGIN, OUT_FAILURE},
    {"{u}/{a} {.}", ACT_MESSAGE, OUT_NONE},
    {"{a} {.}", ACT_MESSAGE, OUT_NONE},
    {NULL, ACT_MESSAGE, OUT_NONE},
};

enum { OPENVPN };

/* By what a program's name begins with. */
static const struct {
	slice program;
	const struct format *format;
	const struct said *said;
	slice protocol;
} daemons[] = {
    [OPENVPN] = {SLICE_INIT("openvpn"), &format_openvpn, openvpn, SLICE_INIT("openvpn")},
    {SLICE_INIT("webmin"), &format_webmin, webmin, SLICE_INIT("http")},
    {SLICE_INIT("usermin"), &format_webmin, webmin, SLICE_INIT("http")},
    {SLICE_INIT("Froxlor"), &format_froxlor, froxlor, SLICE_INIT("http")},
    {SLICE_INIT("froxlor"), &format_froxlor, froxlor, SLICE_INIT("http")},
    {SLICE_INIT("pure-ftpd"), &format_ftpd, pureftpd, SLICE_INIT("ftp")},
    {SLICE_INIT("proftpd"), &format_ftpd, proftpd, SLICE_INIT("ftp")},
    {SLICE_INIT("vsftpd"), &format_ftpd, vsftpd, SLICE_INIT("ftp")},
    {SLICE_INIT("wu-ftpd"), &format_ftpd, wuftpd, SLICE_INIT("ftp")},
    {SLICE_INIT("ftpd"), &format_ftpd, wuftpd, SLICE_INIT("ftp")},
    {SLICE_INIT("suhosin"), &format_suhosin, suhosin, SLICE_INIT("http")},
    {SLICE_INIT("lfd"), &format_csf, lfd, SLICE_INIT("")},
    {SLICE_INIT("systemd-logind"), &format_su, logind, SLICE_INIT("")},
    {SLICE_INIT("su"), &format_su, su, SLICE_INIT("")},
    {SLICE_INIT("login"), &format_su, su, SLICE_INIT("")},
    {SLICE_INIT("phpMyAdmin"), &format_phpmyadmin, phpmyadmin, SLICE_INIT("http")},
    {SLICE_INIT("ovpn-"), &format_openvpn, openvpn, SLICE_INIT("openvpn")},
};

enum { DAEMONS = sizeof daemons / sizeof *daemons };

static enum decoded said_by(size_t i, slice body, struct event *e)
{
	event_module(e, daemons[i].format);
	if (!said_find(daemons[i].said, body, e))
		event_act(e, ACT_MESSAGE, OUT_NONE);
	else if (daemons[i].protocol.len)
		event_text(e, F_PROTOCOL, daemons[i].protocol);
	return DECODED_EVENT;
}

enum decoded sentence_decode(slice program, slice body, struct event *e, struct arena *scratch)
{
	enum decoded d = pam_decode(program, body, e, scratch);
	if (d != DECODED_UNKNOWN)
		return d;
	for (size_t i = 0; i < DAEMONS; i++)
		if (slice_starts(program, daemons[i].program))
			return said_by(i, body, e);
	return DECODED_UNKNOWN;
}

/* vsftpd's own file, behind its time: [pid 27202] [user] FAIL LOGIN: Client "A" */
enum decoded vsftpd_file_decode(struct format_state *st, slice line, struct event *e,
				struct arena *scratch)
{
	slice s = line;
	int64_t pid;
	if (!slice_eat(&s, "[pid ") || !slice_number(&s, &pid) || !slice_eat(&s, "] "))
		return DECODED_UNKNOWN;
	event_no_origin(e);
	event_number(e, F_PID, pid);
	event_module(e, &format_ftpd);
	event_text(e, F_PROTOCOL, SLICE("ftp"));
	if (!said_find(vsftpd, s, e))
		event_act(e, ACT_MESSAGE, OUT_NONE);
	return DECODED_EVENT;
}

static bool is_peer(slice s)
{
	struct address a;
	int64_t port;
	const char *colon = s.len ? memrchr(s.at, ':', s.len) : NULL;
	size_t at = colon ? (size_t)(colon - s.at) : s.len;
	return colon && slice_is_number(slice_from(s, at + 1), &port) &&
	       address_parse(slice_first(s, at), &a);
}

/* Words of the server itself, of no client; all begin with a capital or "net_". */
static bool is_openvpn_itself(slice s)
{
	static const char *const heads[] = {"OpenVPN ",
					    "net_route_v",
					    "net_addr_",
					    "net_iface_",
					    "TUN/TAP device",
					    "UDPv4 link",
					    "UDPv6 link",
					    "TCPv4_SERVER",
					    "Socket Buffers: ",
					    "MULTI: ",
					    "IFCONFIG POOL",
					    "SENT CONTROL [",
					    "ROUTE_GATEWAY ",
					    "Diffie-Hellman initialized",
					    "Initialization Sequence Completed",
					    "Incoming Control Channel",
					    "Outgoing Control Channel",
					    "ifconfig_pool_",
					    "LDAP bind failed: "};
	bool may =
	    s.len && ((s.at[0] >= 'A' && s.at[0] <= 'U') || s.at[0] == 'n' || s.at[0] == 'i');
	for (size_t i = 0; may && i < sizeof heads / sizeof *heads; i++)
		if (slice_starts(s, slice_of(heads[i])))
			return true;
	return false;
}

/* OpenVPN's own file, behind its time: A:P TLS ..., user/A:P MULTI: ... */
enum decoded openvpn_file_decode(struct format_state *st, slice line, struct event *e,
				 struct arena *scratch)
{
	static const char *const words[] = {"TLS",
					    "VERIFY",
					    "TCP conn",
					    "[",
					    "MULTI",
					    "PUSH",
					    "PLUGIN_CALL",
					    "SENT CONTROL",
					    "peer info",
					    "Control Channel",
					    "Connection reset",
					    "AUTH: ",
					    "Authentication",
					    "Peer Conn",
					    "OpenSSL: ",
					    "SIGTERM",
					    "SIGUSR1",
					    "Incoming Data",
					    "Timers: ",
					    "Data Channel"};
	int64_t micros;
	slice t = line;
	if (slice_eat(&t, "us=") && slice_number(&t, &micros) && slice_eat(&t, " "))
		line = t;
	slice peer = slice_first(line, slice_find(line, ' '));
	const char *slash = peer.len ? memrchr(peer.at, '/', peer.len) : NULL;
	slice rest = slice_from(line, peer.len + 1);
	bool known = false;
	if (is_openvpn_itself(line)) {
		event_no_origin(e);
		event_module(e, &format_openvpn);
		event_act(e, ACT_MESSAGE, OUT_NONE);
		return DECODED_EVENT;
	}
	size_t at = slash ? (size_t)(slash - peer.at) : peer.len;
	if (!is_peer(slice_from(peer, slash ? at + 1 : 0)) && !is_peer(slice_first(peer, at)))
		return DECODED_UNKNOWN;
	for (size_t i = 0; !known && i < sizeof words / sizeof *words; i++)
		known = slice_starts(rest, slice_of(words[i]));
	if (!known)
		return DECODED_UNKNOWN;
	event_no_origin(e);
	said_by(OPENVPN, line, e);
	slice right = slice_from(peer, slash ? at + 1 : peer.len);
	if (is_peer(right)) { /* a certificate's name may hold a slash, and an address before it */
		event_parse_peer(e, F_SOURCE_IP, F_SOURCE_PORT, right);
		event_text(e, F_USER, slice_first(peer, at));
	}
	return DECODED_EVENT;
}
