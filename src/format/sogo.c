/*
 * sogo.c - SOGo: what sogod says of sign-ins, its access lines, and its URLs wherever they are
 * logged.
 *
 *	Mar 24 08:58:32 sogod [26818]: SOGoRootPage Login from 'A' for user 'U' might not ...
 *	... sogod [57]: A "GET /SOGo/so/U/Mail/0/folderINBOX/330/2/asAttachment/x.pdf HTTP/1.1"
 *	    200 34/38 0.311 - - 2M                                        (in one line)
 *
 * UI/MainUI/SOGoRootPage.m connectAction; sope-appserver WOHttpTransaction.m; UI/MailerUI/
 * product.plist names the methods of folders and messages.  A message's URL is its IMAP folder, UID
 * and part, and SOGo serves /so/U/Mail to U alone: an answer of success proves who opened what.
 *
 * Laws: (1) the tail behind the request's last quote is sogod's own, numbers and no words;
 *       (2) a folder's name is percent-decoded, then what asCSSIdentifier escaped
 *       (SoObjects/SOGo/NSString+Utilities.m);
 *       (3) of archives (exportFolder, saveMessages, archiveAttachments) sogod counts no bytes, it
 *       says 0 of each (measured, 5.8 and 5.12): that is unknown, hence absent; of all else 0 bytes
 *       are nothing handed over: it answers 200 and nothing when the source of a message is asked
 *       for that is not there.
 */
#include "shape.h"

const struct format format_sogo = {"sogo", "SOGo: sign-ins, access lines with folder, UID, part",
				   'A'};

static const struct said lines[] = {
    {"Login from '{a}' for user '{U}' might not have worked - {.}", ACT_LOGIN, OUT_FAILURE},
    {"Login from '{a}' for user '{U}' might not have worked", ACT_LOGIN, OUT_FAILURE},
    {"successful login from '{a}' for user '{U}' - expire = {.}", ACT_LOGIN, OUT_SUCCESS},
    {"successful login from '{a}' for user '{U}'", ACT_LOGIN, OUT_SUCCESS},
    {"user '{U}' logged off", ACT_LOGOUT, OUT_NONE},
    {"Invalid TOTP key for '{U}'", ACT_AUTH_CHECK, OUT_FAILURE},
    {"Missing TOTP key for '{U}', asking it..", ACT_AUTH_CHECK, OUT_NONE},
    {"New TOTP key for '{U}' must be created", ACT_AUTH_CHECK, OUT_NONE},
    {"SAML2 IdP-initiated SLO for user '{U}'", ACT_LOGOUT, OUT_NONE},
    {"Password recovery exception for user {U} : {r}", ACT_WEB_ERROR, OUT_FAILURE},
    {"No recovery email found for password recovery for user {U}", ACT_WEB_ERROR, OUT_FAILURE},
    {"Expired session received, redirecting to login page.", ACT_MESSAGE, OUT_NONE},
    {"EAS - Forbidden access for user {U}", ACT_WEB_ERROR, OUT_FAILURE},
    {"Mail - Forbidden access for user {U}", ACT_WEB_ERROR, OUT_FAILURE},
    {"Calendar - Forbidden access for user {U}", ACT_WEB_ERROR, OUT_FAILURE},
    {"Authenticated with multidomain source but login is not an email ({U}).", ACT_WARNING,
     OUT_FAILURE},
    {"Could not login '{U}' on Sieve server: {r}", ACT_WARNING, OUT_FAILURE},
    {"{.}REASON:operation bind failed: Invalid credentials{.}", ACT_WARNING, OUT_NONE},
    {"SMTP: STARTTLS successfully performed", ACT_TLS_START, OUT_SUCCESS},
    /* of a start, and of each child's */
    {"version {.} -- starting", ACT_DAEMON_START, OUT_NONE},
    {"vmem size check enabled: {.}", ACT_DAEMON_START, OUT_NONE},
    {"SOGo products loaded from {.}", ACT_DAEMON_START, OUT_NONE},
    {"  {.}.SOGo", ACT_DAEMON_START, OUT_NONE},
    {"All products loaded - {.}", ACT_DAEMON_START, OUT_NONE},
    {"listening on {.}", ACT_DAEMON_START, OUT_NONE},
    {"watchdog process pid: {.}", ACT_DAEMON_START, OUT_NONE},
    {"watchdog request timeout set to {.}", ACT_DAEMON_START, OUT_NONE},
    {"preparing {.} children", ACT_DAEMON_START, OUT_NONE},
    {"child spawned with pid {.}", ACT_DAEMON_START, OUT_NONE},
    {"notified the watchdog that we are ready", ACT_DAEMON_START, OUT_NONE},
    {"Cache cleanup interval set every {.}", ACT_DAEMON_START, OUT_NONE},
    {"Using host(s) {.} as server(s)", ACT_DAEMON_START, OUT_NONE},
    {NULL, ACT_MESSAGE, OUT_NONE},
};

/* ---- URLs ---- */

static const struct {
	const char *text;
	char c;
} escapes[] = {
    {"_U_", '_'},  {"_D_", '.'},  {"_H_", '#'},  {"_A_", '@'},  {"_S_", '*'},
    {"_C_", ':'},  {"_SC_", ';'}, {"_CO_", ','}, {"_SP_", ' '}, {"_SQ_", '\''},
    {"_DQ_", '"'}, {"_LP_", '('}, {"_RP_", ')'}, {"_LS_", '['}, {"_RS_", ']'},
    {"_LC_", '{'}, {"_RC_", '}'}, {"_AM_", '&'}, {"_P_", '+'},  {"_DS_", '$'},
};

static bool take_escape(slice *s, char *c)
{
	for (size_t i = 0; i < sizeof escapes / sizeof *escapes; i++)
		if (slice_eat_n(s, escapes[i].text, strlen(escapes[i].text))) {
			*c = escapes[i].c;
			return true;
		}
	return false;
}

/* Appends a folder's name to `out`, which has room for all of it. */
static size_t put_folder(slice name, char *out)
{
	size_t n = 0;
	if (name.len > 1 && name.at[0] == '_' && name.at[1] >= '0' && name.at[1] <= '9')
		name = slice_from(name, 1);
	while (name.len) {
		char c = name.at[0];
		if (c != '_' || !take_escape(&name, &c))
			name = slice_from(name, 1);
		out[n++] = c;
	}
	return n;
}

/* folderA/folderB off the front of a path, as A/B. */
static slice take_folder(slice *path, struct arena *scratch)
{
	char *out = arena_take(scratch, path->len + 1);
	size_t n = 0;
	while (slice_starts(*path, SLICE("folder"))) {
		slice name = slice_from(slice_until(path, '/'), 6);
		if (n)
			out[n++] = '/';
		n += put_folder(web_decoded(name, scratch), out + n);
	}
	return web_folder_name((slice){out, n}, scratch);
}

/* 2/6 off the front of a path, as IMAP's 2.6 */
static slice take_part(slice *path, struct arena *scratch)
{
	char *out = arena_take(scratch, path->len + 1);
	size_t n = 0;
	int64_t number;
	for (;;) {
		slice rest = *path, step = slice_until(&rest, '/');
		if (!slice_is_number(step, &number))
			return (slice){out, n};
		if (n)
			out[n++] = '.';
		memcpy(out + n, step.at, step.len);
		n += step.len;
		*path = rest;
	}
}

/* SOGo's methods in the words that webmail.action has for the same thing; others as they stand. */
static const struct {
	slice method, action;
	bool download;
} methods[] = {
    {SLICE_INIT("view"), SLICE_INIT("show"), false},
    {SLICE_INIT("popupview"), SLICE_INIT("show"), false},
    {SLICE_INIT("viewplain"), SLICE_INIT("show"), false},
    {SLICE_INIT("viewRaw"), SLICE_INIT("show"), false},
    {SLICE_INIT("viewsource"), SLICE_INIT("viewsource"), false},
    {SLICE_INIT("export"), SLICE_INIT("viewsource"), true},
    {SLICE_INIT("archiveAttachments"), SLICE_INIT("archiveAttachments"), true},
    {SLICE_INIT("reply"), SLICE_INIT("compose"), false},
    {SLICE_INIT("replyall"), SLICE_INIT("compose"), false},
    {SLICE_INIT("forward"), SLICE_INIT("compose"), false},
    {SLICE_INIT("edit"), SLICE_INIT("compose"), false},
    {SLICE_INIT(""), SLICE_INIT("show"), false},
};

static void read_method(slice method, struct event *e)
{
	slice action = method;
	for (size_t i = 0; i < sizeof methods / sizeof *methods; i++)
		if (slice_eq(methods[i].method, method)) {
			action = methods[i].action;
			if (methods[i].download)
				event_number(e, F_WEB_DOWNLOAD, 1);
		}
	event_text(e, F_WEB_ACTION, action);
}

/* Of a message of one part the link has no part: "2/Sans%20titre-1.txt"; no method has a dot. */
static bool is_file_name(slice path)
{
	return slice_find(path, '/') == path.len && slice_find(path, '.') < path.len;
}

/* UID, then a method, or a part and perhaps asAttachment */
static void read_message(slice path, struct event *e, struct arena *scratch)
{
	int64_t uid;
	slice_number(&path, &uid);
	slice_eat(&path, "/");
	event_number(e, F_UID, uid);
	slice part = take_part(&path, scratch);
	if (part.len == 0 && !slice_starts(path, SLICE("asAttachment")) && !is_file_name(path)) {
		read_method(slice_first(path, slice_find(path, '/')), e);
		return;
	}
	event_text(e, F_WEB_ACTION, SLICE("get"));
	if (part.len)
		event_text(e, F_PART, part);
	if (slice_starts(path, SLICE("asAttachment")))
		event_number(e, F_WEB_DOWNLOAD, 1);
}

static bool is_uid(slice path)
{
	int64_t uid;
	return slice_is_number(slice_first(path, slice_find(path, '/')), &uid);
}

/* exportFolder, saveMessages; of a draft that is being written, newDraft1772427632-1/send */
static void read_folder_method(slice path, struct event *e)
{
	slice name = slice_until(&path, '/'), method = path.len ? path : name;
	event_text(e, F_WEB_ACTION, slice_first(method, slice_find(method, '/')));
	if (slice_eq(method, SLICE("exportFolder")) || slice_eq(method, SLICE("saveMessages")))
		event_number(e, F_WEB_DOWNLOAD, 1);
}

/* ACCOUNT/folderINBOX/..., account 0 being the user's own; others lie on other servers */
static void read_mail(slice path, struct event *e, struct arena *scratch)
{
	event_text(e, F_WEB_TASK, SLICE("mail"));
	slice account = slice_until(&path, '/'), folder = take_folder(&path, scratch);
	bool own = slice_eq(account, SLICE("0"));
	if (folder.len && own)
		event_text(e, F_FOLDER, folder);
	else if (folder.len)
		event_text(e, F_FOLDER,
			   arena_format(scratch, "account %.*s:%.*s", (int)account.len, account.at,
					(int)folder.len, folder.at));
	if (folder.len && is_uid(path))
		read_message(path, e, scratch);
	else if (slice_eq(path, SLICE("view")) || slice_eq(path, SLICE("headers")))
		event_text(e, F_WEB_ACTION, SLICE("list"));
	else if (path.len)
		read_folder_method(path, e);
}

static void read_module(slice path, struct event *e, struct arena *scratch)
{
	slice module = slice_until(&path, '/');
	if (slice_eq(module, SLICE("Mail"))) {
		read_mail(path, e, scratch);
	} else if (slice_eq(module, SLICE("Contacts"))) {
		event_text(e, F_WEB_TASK, SLICE("addressbook"));
		if (slice_ends(path, SLICE("/export")))
			event_text(e, F_WEB_ACTION, SLICE("export"));
	} else if (slice_eq(module, SLICE("Preferences"))) {
		event_text(e, F_WEB_TASK, SLICE("settings"));
		event_text(e, F_WEB_ACTION, slice_first(path, slice_find(path, '/')));
	}
}

/*
 * With SOGoURLEncryptionEnabled (5.8.3 on) the user's name is AES in base64, of which '+', '/' and
 * '=' are '.', '_' and '-': 24, 44 or 64 letters, the first two padded, that name nobody.
 */
static bool is_cipher(slice user)
{
	slice end = slice_from(user, user.len > 2 ? user.len - 2 : 0);
	bool padded = user.len == 24   ? slice_eq(end, SLICE("--"))
		      : user.len == 44 ? slice_ends(end, SLICE("-"))
				       : user.len == 64;
	return padded && slice_find(user, '@') == user.len;
}

void sogo_path(slice path, struct event *e, struct arena *scratch)
{
	slice s = path;
	if (!slice_eat(&s, "/SOGo/"))
		return;
	if (slice_eq(s, SLICE("connect")))
		event_text(e, F_WEB_TASK, SLICE("login"));
	if (!slice_eat(&s, "so/"))
		return;
	slice user = web_decoded(slice_until(&s, '/'), scratch);
	if (!user.len || !s.len)
		return;
	read_module(s, e, scratch);
	if (event_has(e, F_WEB_TASK) && !event_has(e, F_USER) && !is_cipher(user)) {
		event_text(e, F_USER, user);
		event_number(e, F_WEB_NAMED, 1);
	}
}

/* ---- lines ---- */

/* One that is streamed while it is made. */
static bool is_archive(const struct event *e)
{
	static const slice names[] = {SLICE_INIT("exportFolder"), SLICE_INIT("saveMessages"),
				      SLICE_INIT("archiveAttachments")};
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (slice_eq(event_get(e, F_WEB_ACTION), names[i]))
			return true;
	return false;
}

/* What sogod writes behind a request: status, bytes, seconds, how well it was packed, memory; a
 * name in a sign-in line has words of sogod's behind it. */
static bool is_measures(slice s)
{
	static const slice letters = SLICE_INIT("0123456789/.-% KMGT");
	for (size_t i = 0; i < s.len; i++)
		if (slice_find(letters, s.at[i]) == letters.len)
			return false;
	return true;
}

/* A "GET target HTTP/1.1" 200 34/38 0.311 - - 2M */
static bool read_access(slice s, struct event *e, struct arena *scratch)
{
	size_t open = slice_search(s, SLICE(" \"")), close = slice_search_last(s, SLICE("\" "));
	struct address a;
	int64_t status, bytes;
	if (open == SIZE_MAX || close == SIZE_MAX || close < open + 2)
		return false;
	slice client = slice_first(s, open), tail = slice_from(s, close + 2);
	if (!(slice_find(client, ',') < client.len ? web_forwarded(client, &a)
						   : address_parse(client, &a)) ||
	    !is_measures(tail) || !slice_number(&tail, &status))
		return false;
	web_event(e, &format_sogo);
	event_address(e, F_SOURCE_IP, a);
	web_request((slice){s.at + open + 2, close - open - 2}, e, scratch);
	web_status(e, status);
	if (slice_eat(&tail, " ") && slice_number(&tail, &bytes) && (bytes || !is_archive(e)))
		event_number(e, F_RESPONSE_BYTES, bytes);
	return true;
}

/* "[ERROR] ", "<0x0x55c9[SOGoRootPage]> ", "SOGoRootPage " off the front; true if it is graded. */
static bool skip_origin(slice *s)
{
	size_t end = slice_starts(*s, SLICE("[")) ? slice_search(slice_first(*s, 12), SLICE("] "))
						  : SIZE_MAX;
	bool graded = end != SIZE_MAX;
	if (graded)
		*s = slice_from(*s, end + 2);
	end = slice_starts(*s, SLICE("<0x")) ? slice_search(slice_first(*s, 80), SLICE("> "))
					     : SIZE_MAX;
	if (end != SIZE_MAX)
		*s = slice_from(*s, end + 2);
	if (!slice_eat(s, "SOGoRootPage "))
		slice_eat(s, "SOGoUserHomePage ");
	slice_eat(s, "|SOGo| ");
	return graded;
}

enum decoded sogo_decode(slice program, slice body, struct event *e, struct arena *scratch)
{
	slice s = body;
	if (read_access(s, e, scratch))
		return DECODED_EVENT;
	event_module(e, &format_sogo);
	bool graded = skip_origin(&s);
	if (!said_find(lines, s, e))
		event_act(e, graded ? ACT_WARNING : ACT_MESSAGE, OUT_NONE);
	else if (e->action == ACT_LOGIN)
		event_text(e, F_PROTOCOL, SLICE("http"));
	return DECODED_EVENT;
}
