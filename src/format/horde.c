/*
 * horde.c - Horde and IMP: horde.log by file or syslog.
 *
 *	Dec 15 08:59:59 HORDE [error] [imp] FAILED LOGIN for U [A] to {h:993 [imap/ssl]} [pid 68394
 *on ...] TIME NOTICE: HORDE [imp] Login success for U (A) to {imap://h/} [pid 1 on line 2 of "..."]
 *
 * horde/base login.php, imp lib/Auth.php and lib/Compose.php, Horde_Log.  " (forwarded for [B])"
 * repeats a header that a client may send: it stands behind the address that Horde saw.
 */
#include "shape.h"

const struct format format_horde = {"horde",
				    "Horde and IMP: sign-ins, mails sent, URLs of messages", 'E'};

/* By what ends a line: "to horde (A)", "(A) to {server}", "[A] to {server}", or the user's name. */
static const struct said ends_in_client[] = {
    {"FAILED LOGIN for {U} to {.} ({a}) (forwarded for [{.}])", ACT_LOGIN, OUT_FAILURE},
    {"FAILED LOGIN for {U} to {.} ({a})", ACT_LOGIN, OUT_FAILURE},
    {"Login success for {U} to {.} ({a}) (forwarded for [{.}])", ACT_LOGIN, OUT_SUCCESS},
    {"Login success for {U} to {.} ({a})", ACT_LOGIN, OUT_SUCCESS},
    {"User {U} logged out of Horde ({a}) (forwarded for [{.}])", ACT_LOGOUT, OUT_NONE},
    {"User {U} logged out of Horde ({a})", ACT_LOGOUT, OUT_NONE},
    {"Message sent to {T} from {u} ({a})", ACT_MAIL_SENT, OUT_SUCCESS},
    {NULL, ACT_MESSAGE, OUT_NONE},
};

static const struct said round_client[] = {
    {"FAILED LOGIN for {U} ({a}) (forwarded for [{.}]) to {.}", ACT_LOGIN, OUT_FAILURE},
    {"FAILED LOGIN for {U} ({a}) to {.}", ACT_LOGIN, OUT_FAILURE},
    {"Login success for {U} ({a}) (forwarded for [{.}]) to {.}", ACT_LOGIN, OUT_SUCCESS},
    {"Login success for {U} ({a}) to {.}", ACT_LOGIN, OUT_SUCCESS},
    {NULL, ACT_MESSAGE, OUT_NONE},
};

static const struct said square_client[] = {
    {"FAILED LOGIN for {U} [{a}] to {.}", ACT_LOGIN, OUT_FAILURE},
    {"FAILED LOGIN {a} to {.} as {U}", ACT_LOGIN, OUT_FAILURE},
    {"Login success for {U} [{a}] to {.}", ACT_LOGIN, OUT_SUCCESS},
    {"Login {a} to {.} as {U}", ACT_LOGIN, OUT_SUCCESS}, /* IMP 2 */
    {"FAILED {a} to {.} as {U}", ACT_LOGIN, OUT_FAILURE},
    {"Logout {a} from {.} as {U}", ACT_LOGOUT, OUT_NONE},
    {"Logout for {U} [{a}] from {.}", ACT_LOGOUT, OUT_NONE},
    {"User {U} [{a}] logged out of Horde{.}", ACT_LOGOUT, OUT_NONE},
    {"Message sent to {T} from {u}", ACT_MAIL_SENT, OUT_SUCCESS},
    {NULL, ACT_MESSAGE, OUT_NONE},
};

/* A name may hold either kind of bracket: that which stands last is Horde's. */
static const struct said *table_of(slice s)
{
	size_t round = slice_search_last(s, SLICE(") to ")),
	       square = slice_search_last(s, SLICE("] to "));
	if (slice_ends(s, SLICE(")")) || slice_ends(s, SLICE("])")))
		return ends_in_client;
	return round != SIZE_MAX && (square == SIZE_MAX || square < round) ? round_client
									   : square_client;
}

/* The place in the source that ends a line is Horde's own: [pid 1 on line 2 of "..."], [on line ...
 */
static slice without_place(slice s)
{
	size_t pid = slice_search_last(s, SLICE(" [pid ")),
	       on = slice_search_last(s, SLICE(" [on line "));
	size_t at = pid != SIZE_MAX ? pid : on;
	if (!slice_ends(slice_trim(s), SLICE("\"]"))) /* then it is none of Horde's */
		return slice_trim(s);
	return slice_trim(at == SIZE_MAX ? s : slice_first(s, at));
}

static enum decoded read_text(slice s, struct event *e)
{
	event_module(e, &format_horde);
	event_text(e, F_PROCESS, SLICE("HORDE"));
	for (int i = 0; i < 2 && slice_starts(s, SLICE("[")); i++) { /* [error] [imp] */
		slice_until(&s, ']');
		slice_eat(&s, " ");
	}
	s = without_place(s);
	slice mark = SLICE("(forwarded for [");
	bool forged = slice_search(s, mark) != slice_search_last(s, mark);
	if (!said_find(table_of(s), s, e))
		event_act(e, ACT_MESSAGE, OUT_NONE);
	else if (e->action == ACT_LOGIN)
		event_text(e, F_PROTOCOL, SLICE("http"));
	slice user = event_get(e, F_USER);
	size_t horde_user = slice_search_last(user, SLICE(" (Horde user "));
	if (horde_user != SIZE_MAX && horde_user > 0 && slice_ends(user, SLICE(")")))
		event_text(e, F_USER, slice_first(user, horde_user));
	if (forged) /* the header says so itself: what stands before which mark, nobody knows */
		event_drop(e, F_SOURCE_IP);
	return DECODED_EVENT;
}

/* ---- URLs ---- */

static int base64url_digit(char c)
{
	static const char digits[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
	const char *p = c ? strchr(digits, c) : NULL;
	return p ? (int)(p - digits) : -1;
}

/* A mailbox as IMP_Mailbox::formTo() writes it (RFC 4648 5); empty if it is none, or no folder. */
static slice form_mailbox(slice form, struct arena *scratch)
{
	char *out = arena_take(scratch, form.len + 1);
	uint32_t bits = 0;
	size_t n = 0;
	for (size_t i = 0, have = 0; i < form.len; i++) {
		int digit = base64url_digit(form.at[i]);
		if (digit < 0)
			return (slice){0};
		bits = bits << 6 | (uint32_t)digit;
		have += 6;
		if (have >= 8) {
			have -= 8;
			out[n++] = (char)(bits >> have & 0xff);
		}
	}
	slice name = {out, n};
	bool text = n && slice_not_text(name) == n && out[0] >= ' ';
	return text && !slice_starts(name, SLICE("impsearch")) ? name : (slice){0};
}

/* {5}INBOX37: a mailbox with its length, and the UID (Horde_Imap_Client_Utils) */
static bool read_muid(slice muid, slice *folder, int64_t *uid)
{
	int64_t len;
	return slice_eat(&muid, "{") && slice_number(&muid, &len) && slice_eat(&muid, "}") &&
	       len > 0 && (uint64_t)len < muid.len &&
	       (*folder = slice_first(muid, (size_t)len), true) &&
	       slice_is_number(slice_from(muid, (size_t)len), uid);
}

/* IMP's actionID (lib/Contents/View.php, view.php) in the words of webmail.action. */
static const struct {
	slice id, action;
	bool download;
} actions[] = {
    {SLICE_INIT("download_attach"), SLICE_INIT("get"), true},
    {SLICE_INIT("download_render"), SLICE_INIT("get"), true},
    {SLICE_INIT("view_attach"), SLICE_INIT("get"), false},
    {SLICE_INIT("print_attach"), SLICE_INIT("get"), false},
    {SLICE_INIT("download_all"), SLICE_INIT("show"), true},
    {SLICE_INIT("save_message"), SLICE_INIT("viewsource"), true},
    {SLICE_INIT("view_source"), SLICE_INIT("viewsource"), false},
};

void horde_query(slice path, slice query, struct event *e, struct arena *scratch)
{
	slice folder = {0}, action = {0};
	int64_t uid;
	bool imp = slice_search(path, SLICE("/imp/")) != SIZE_MAX;
	if (!imp && slice_search(path, SLICE("/services/download")) == SIZE_MAX)
		return;
	slice id = web_query_value(query, SLICE("actionID"));
	slice muid = web_decoded(web_query_value(query, SLICE("muid")), scratch);
	for (size_t i = 0; i < sizeof actions / sizeof *actions; i++)
		if (slice_eq(id, actions[i].id) && read_muid(muid, &folder, &uid)) {
			action = actions[i].action;
			if (actions[i].download)
				event_number(e, F_WEB_DOWNLOAD, 1);
		}
	bool page = slice_eq(web_query_value(query, SLICE("page")), SLICE("message"));
	if (!action.len && page && slice_is_number(web_query_value(query, SLICE("buid")), &uid)) {
		folder = form_mailbox(web_query_value(query, SLICE("mailbox")), scratch);
		action = folder.len ? SLICE("show") : action;
	}
	if (!action.len)
		return;
	event_text(e, F_WEB_TASK, SLICE("mail"));
	event_text(e, F_WEB_ACTION, action);
	event_text(e, F_FOLDER, web_folder_name(folder, scratch));
	event_number(e, F_UID, uid);
	slice part = web_query_value(query, SLICE("id"));
	if (slice_eq(action, SLICE("get")) && part.len)
		event_text(e, F_PART, part);
}

/* ---- lines ---- */

enum decoded horde_decode(slice program, slice body, struct event *e, struct arena *scratch)
{
	return read_text(body, e);
}

/* Whatever name syslog was told: "[imp] Login success ..." is nobody else's. */
enum decoded horde_tagged_decode(slice body, struct event *e)
{
	slice s = body, level = s;
	if (slice_eat(&level, "[") && slice_find(level, ']') < 10 &&
	    (slice_until(&level, ']'), slice_starts(level, SLICE(" ["))))
		s = slice_from(level, 1);
	if (!slice_starts(s, SLICE("[imp] ")) && !slice_starts(s, SLICE("[horde] ")) &&
	    !slice_starts(s, SLICE("[ingo] ")))
		return DECODED_UNKNOWN;
	return read_text(body, e);
}

/* Its own file, behind the time: "HORDE [error] ...", "NOTICE: HORDE [imp] ..." */
enum decoded horde_file_decode(struct format_state *st, slice line, struct event *e,
			       struct arena *scratch)
{
	slice s = line;
	if (!slice_starts(s, SLICE("HORDE "))) {
		size_t colon = slice_find(slice_first(s, 12), ':');
		if (colon >= 12 || colon >= s.len)
			return DECODED_UNKNOWN;
		s = slice_from(s, colon + 2);
	}
	if (!slice_eat(&s, "HORDE ") || !slice_starts(s, SLICE("[")))
		return DECODED_UNKNOWN;
	event_no_origin(e);
	return read_text(s, e);
}
