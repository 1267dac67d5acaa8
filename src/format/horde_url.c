/*
 * horde_url.c - what a URL of Horde's asks IMP for, of its dynamic, basic, minimal and mobile
 * views.
 *
 *	GET /horde/services/download/?app=imp&actionID=download_attach&id=2&muid=%7B5%7DINBOX37&...
 *	GET /horde/imp/dynamic.php?page=message&mailbox=SU5CT1g&buid=37
 *	POST /horde/services/ajax.php/imp/showMessage
 *
 * imp/view.php, imp/lib/Application.php download(), lib/Contents/View.php, lib/Indices/Mailbox.php,
 * and the handlers of lib/Ajax/Application (IMP 6.2); IMP 4's message.php had mailbox and index in
 * the open.
 *
 * Laws: (1) the dynamic and the mobile view ask for a message by POST: their URLs say that one was
 *       shown, and not which; (2) of a search the numbers are its own, and name no message;
 *       (3) a folder taken whole is one only if the request names one alone.
 */
#include "web.h"

struct asked {
	slice action, folder;
	int64_t uid; /* -1: none is named */
	bool download;
};

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

/* mailbox=SU5CT1g&buid=37: as IMP's own pages link; uid=37 is IMP 5's. */
static bool read_buid(slice query, struct asked *a, struct arena *scratch)
{
	slice number = web_query_value(query, SLICE("buid"));
	if (!number.len)
		number = web_query_value(query, SLICE("uid"));
	a->folder = form_mailbox(web_query_value(query, SLICE("mailbox")), scratch);
	return a->folder.len && slice_is_number(number, &a->uid);
}

static bool read_message(slice query, struct asked *a, struct arena *scratch)
{
	slice muid = web_decoded(web_query_value(query, SLICE("muid")), scratch);
	return muid.len ? read_muid(muid, &a->folder, &a->uid) : read_buid(query, a, scratch);
}

/* IMP's actionID in the words of webmail.action. */
static const struct {
	slice id, action;
	bool download;
} actions[] = {
    {SLICE_INIT("download_attach"), SLICE_INIT("get"), true},
    {SLICE_INIT("download_render"), SLICE_INIT("get"), true},
    {SLICE_INIT("view_attach"), SLICE_INIT("get"), false},
    {SLICE_INIT("print_attach"), SLICE_INIT("get"), false},
    {SLICE_INIT("download_all"), SLICE_INIT("archiveAttachments"), true},
    {SLICE_INIT("save_message"), SLICE_INIT("viewsource"), true},
    {SLICE_INIT("view_source"), SLICE_INIT("viewsource"), false},
};

/* mbox_list: ["SU5CT1g"], or the name alone */
static slice only_folder(slice list, struct arena *scratch)
{
	slice name = web_decoded(list, scratch);
	if (slice_eat(&name, "[\"") && !slice_ends(name, SLICE("\"]")))
		return (slice){0};
	if (slice_ends(name, SLICE("\"]")))
		name.len -= 2;
	return form_mailbox(name, scratch);
}

static void read_action(slice query, struct asked *a, struct arena *scratch)
{
	slice id = web_query_value(query, SLICE("actionID"));
	if (slice_eq(id, SLICE("download_mbox"))) {
		a->folder = only_folder(web_query_value(query, SLICE("mbox_list")), scratch);
		a->action = SLICE("exportFolder");
		a->download = true;
	}
	for (size_t i = 0; i < sizeof actions / sizeof *actions; i++)
		if (slice_eq(id, actions[i].id) && read_message(query, a, scratch)) {
			a->action = actions[i].action;
			a->download = actions[i].download;
		}
}

/* page=message of dynamic.php, basic.php and minimal.php; a message by POST is named in no URL. */
static void read_page(slice query, struct asked *a, struct arena *scratch)
{
	slice page = web_query_value(query, SLICE("page"));
	if (slice_eq(page, SLICE("message")) && read_buid(query, a, scratch))
		a->action = SLICE("show");
	else if (slice_eq(page, SLICE("compose")))
		a->action = (read_buid(query, a, scratch), SLICE("compose"));
	else if (slice_eq(page, SLICE("mailbox")))
		a->action = (read_buid(query, a, scratch), SLICE("list"));
}

/* message.php?mailbox=INBOX&index=37 of IMP 4 */
static void read_index(slice query, struct asked *a, struct arena *scratch)
{
	a->folder = web_decoded(web_query_value(query, SLICE("mailbox")), scratch);
	if (a->folder.len && slice_is_number(web_query_value(query, SLICE("index")), &a->uid))
		a->action = SLICE("show");
}

/*
 * The calls of the views that are scripts, in the words of webmail.action; others as they stand.
 * With each of these that shows, lists or flags may come the next message, unasked (msgload).
 */
static const struct {
	slice call, action;
	bool unnamed;
} calls[] = {
    {SLICE_INIT("showMessage"), SLICE_INIT("show"), true},
    {SLICE_INIT("smartmobileShowMessage"), SLICE_INIT("show"), true},
    {SLICE_INIT("dynamicInit"), SLICE_INIT("list"), true},
    {SLICE_INIT("flagMessages"), SLICE_INIT("flagMessages"), true},
    {SLICE_INIT("viewPort"), SLICE_INIT("list"), false},
    {SLICE_INIT("sendMessage"), SLICE_INIT("send"), false},
    {SLICE_INIT("redirectMessage"), SLICE_INIT("send"), false},
    {SLICE_INIT("smartmobileSendMessage"), SLICE_INIT("send"), false},
};

static void read_call(slice call, struct asked *a, struct event *e)
{
	a->action = call;
	for (size_t i = 0; i < sizeof calls / sizeof *calls; i++)
		if (slice_eq(calls[i].call, call)) {
			a->action = calls[i].action;
			if (calls[i].unnamed)
				event_number(e, F_WEB_UNNAMED, 1);
		}
}

static void tell(const struct asked *a, slice query, struct event *e, struct arena *scratch)
{
	event_text(e, F_WEB_TASK, SLICE("mail"));
	event_text(e, F_WEB_ACTION, a->action);
	if (a->download)
		event_number(e, F_WEB_DOWNLOAD, 1);
	if (a->folder.len)
		event_text(e, F_FOLDER, web_folder_name(a->folder, scratch));
	if (a->uid >= 0)
		event_number(e, F_UID, a->uid);
	slice part = web_query_value(query, SLICE("id"));
	if (slice_eq(a->action, SLICE("get")) && part.len)
		event_text(e, F_PART, part);
}

/* What stands behind `mark` in the path, without a trailing slash; at NULL if it is not there. */
static slice behind(slice path, slice mark)
{
	size_t at = slice_search(path, mark);
	return at == SIZE_MAX ? (slice){0} : slice_from(path, at + mark.len);
}

static void read_download(slice query, struct asked *a, struct event *e, struct arena *scratch)
{
	slice app = web_query_value(query, SLICE("app"));
	if (slice_eq(app, SLICE("imp")) || !app.len) {
		read_action(query, a, scratch);
	} else if (slice_eq(app, SLICE("turba")) &&
		   slice_eq(web_query_value(query, SLICE("actionID")), SLICE("export"))) {
		event_text(e, F_WEB_TASK, SLICE("addressbook"));
		event_text(e, F_WEB_ACTION, SLICE("export"));
	}
}

void horde_url(slice path, slice query, struct event *e, struct arena *scratch)
{
	struct asked a = {.uid = -1};
	slice script;
	if ((script = behind(path, SLICE("/services/ajax.php/imp/"))).len) {
		read_call(slice_first(script, slice_find(script, '/')), &a, e);
	} else if (slice_search(path, SLICE("/services/download")) != SIZE_MAX) {
		read_download(query, &a, e, scratch);
	} else if ((script = behind(path, SLICE("/imp/"))).len) {
		if (slice_eq(script, SLICE("message.php")))
			read_index(query, &a, scratch);
		else if (web_query_value(query, SLICE("actionID")).len)
			read_action(query, &a, scratch);
		else
			read_page(query, &a, scratch);
	} else if (slice_ends(path, SLICE("/horde/login.php"))) {
		bool out = web_query_value(query, SLICE("horde_logout_token")).len > 0;
		event_text(e, F_WEB_TASK, out ? SLICE("logout") : SLICE("login"));
	}
	if (a.action.len)
		tell(&a, query, e, scratch);
}
