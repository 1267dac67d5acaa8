/* web.c - people at the webmail: the lines of its web server, and the IMAP sessions behind them. */
#include "gen.h"

#include <stdio.h>
#include <time.h>

static const char *const agents[] = {
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:136.0) Gecko/20100101 Firefox/136.0",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/134.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/18.3 Safari/605.1.15",
    "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_3 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like "
    "Gecko) Version/18.3 Mobile/15E148 Safari/604.1",
    "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/134.0.0.0 "
    "Mobile Safari/537.36",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/134.0.0.0 Safari/537.36 Edg/134.0.0.0",
};

static void access_url(struct out *o, const struct event *e)
{
	u64 r = e->id;
	u32 uid = 1 + (u32)(r >> 8) % 4000;
	switch (e->style) {
	case W_HOME:
		LIT(o, "GET / HTTP/1.1\" 200 "), num(o, 5200 + r % 300);
		break;
	case W_LOGIN:
		LIT(o, "POST /?_task=login HTTP/1.1\" 302 5");
		break;
	case W_LOGIN_FAIL:
		LIT(o, "POST /?_task=login HTTP/1.1\" 401 "), num(o, 5400 + r % 300);
		break;
	case W_MAIL:
		LIT(o, "GET /?_task=mail&_token="), hex(o, r, 16, LOWER), hex(o, mix(r), 16, LOWER);
		LIT(o, " HTTP/1.1\" 200 "), num(o, 9000 + r % 4000);
		break;
	case W_LIST:
		LIT(o, "GET /?_task=mail&_action=list&_mbox=INBOX&_remote=1&_unlock=loading"),
		    num(o, r % 1000000);
		LIT(o, "&_="), num(o, e->start / 1000), LIT(o, " HTTP/1.1\" 200 "),
		    num(o, 1200 + r % 9000);
		break;
	case W_PREVIEW:
		LIT(o, "GET "
		       "/?_task=mail&_caps=pdf%3D1%2Cflash%3D0%2Ctiff%3D0%2Cwebp%3D1%2Cpgpmime%3D0&"
		       "_uid="),
		    num(o, uid);
		LIT(o, "&_mbox=INBOX&_framed=1&_action=preview HTTP/1.1\" 200 "),
		    num(o, 3000 + r % 9000);
		break;
	case W_SHOW:
		LIT(o, "GET /?_task=mail&_mbox=INBOX&_uid="), num(o, uid),
		    LIT(o, "&_action=show HTTP/1.1\" 200 ");
		num(o, 9000 + r % 20000);
		break;
	case W_PART:
		LIT(o, "GET /?_task=mail&_action=get&_mbox=INBOX&_uid="), num(o, uid),
		    LIT(o, "&_part="), num(o, 2 + (r & 1));
		str(o, r & 2 ? "&_download=1" : ""), LIT(o, " HTTP/1.1\" 200 "), num(o, e->bytes);
		break;
	case W_REFRESH:
		LIT(o, "POST /?_task=mail&_action=refresh HTTP/1.1\" 200 "), num(o, 130 + r % 400);
		break;
	case W_UNREAD:
		LIT(o, "GET /?_task=mail&_action=getunread&_page=1&_remote=1&_unlock=0&_="),
		    num(o, e->start / 1000);
		LIT(o, " HTTP/1.1\" 200 "), num(o, 150 + r % 90);
		break;
	case W_FILTERS:
		LIT(o, "GET /?_task=settings&_action=plugin.managesieve HTTP/1.1\" 200 "),
		    num(o, 4100 + r % 300);
		break;
	case W_FILTER_SAVE:
		LIT(o, "POST /?_task=settings&_action=plugin.managesieve-save HTTP/1.1\" 200 "),
		    num(o, 700 + r % 200);
		break;
	case W_LOGOUT:
		LIT(o, "GET /?_task=logout&_token="), hex(o, r, 16, LOWER),
		    hex(o, mix(r), 16, LOWER);
		LIT(o, " HTTP/1.1\" 200 "), num(o, 5200 + r % 300);
		break;
	case W_STATIC: {
		static const char *const files[] = {"skins/elastic/styles/styles.min.css",
						    "skins/elastic/ui.min.js",
						    "program/js/jquery.min.js",
						    "program/js/app.min.js",
						    "skins/elastic/images/logo.svg",
						    "plugins/managesieve/managesieve.min.js"};
		LIT(o, "GET /"), str(o, files[r % COUNT(files)]), LIT(o, "?s=1716"),
		    num(o, 100000 + r % 7);
		str(o, r >> 20 & 1 ? " HTTP/1.1\" 304 0" : " HTTP/1.1\" 200 ");
		if (!(r >> 20 & 1))
			num(o, 2000 + (r >> 24) % 90000);
		break;
	}
	default: {
		static const char *const probes[] = {
		    ".env",       "wp-login.php",           ".git/config",
		    "xmlrpc.php", "owa/auth/logon.aspx",    "phpmyadmin/index.php",
		    "robots.txt", "boaform/admin/formLogin"};
		LIT(o, "GET /"), str(o, probes[r % COUNT(probes)]), LIT(o, " HTTP/1.1\" 404 153");
	}
	}
}

void on_web_line(const struct event *e, u64 t)
{
	static u64 second = UINT64_MAX;
	static char stamp[40];
	static size_t n;
	struct out *o = &access_log;
	if (o->p > o->limit)
		flush(o);
	if (t / SEC != second) {
		second = t / SEC;
		time_t s = (time_t)(second + offset_at(t) * 3600);
		struct tm tm;
		gmtime_r(&s, &tm);
		n = strftime(stamp, sizeof stamp, "%d/%b/%Y:%H:%M:%S +0", &tm);
		n += (size_t)snprintf(stamp + n, sizeof stamp - n, "%u00", (u32)offset_at(t));
	}
	address(o, &e->from), LIT(o, " - - ["), put(o, stamp, n), LIT(o, "] \""), access_url(o, e);
	if (e->style == W_PROBE)
		LIT(o, " \"-\" \"");
	else
		str(o, e->style == W_HOME
			   ? " \"-\" \""
			   : " \"https://webmail.example.org/?_task=mail&_mbox=INBOX\" \"");
	str(o, e->style == W_PROBE ? "Mozilla/5.0 zgrab/0.x" : agents[e->count % COUNT(agents)]);
	LIT(o, "\"\n");
	lines_written++, lines_access++;
}

/* One request: the web server answers when Roundcube has closed its own IMAP session, if it needed
 * one. */
void request(u64 t, u32 who, struct addr from, u32 agent, enum page page)
{
	u64 imap = 0;
	struct event w = {.kind = WEB_LINE,
			  .who = who,
			  .from = from,
			  .style = page,
			  .count = agent,
			  .id = rnd(),
			  .start = t};
	switch (page) {
	case W_LOGIN:
	case W_MAIL:
	case W_LIST:
	case W_REFRESH:
	case W_UNREAD:
	case W_PREVIEW:
	case W_SHOW:
	case W_PART: {
		u32 bodies = page == W_PREVIEW || page == W_SHOW || page == W_PART;
		imap = span(15000, 160000);
		struct event e = {.kind = LOGIN,
				  .service = IMAP,
				  .who = who,
				  .from = loopback,
				  .port = any_port(),
				  .start = t + 8000,
				  .count = bodies,
				  .lasts = imap,
				  .bytes = messages_size(bodies) / 2};
		w.bytes = e.bytes + e.bytes / 4096 * 7 + 10;
		later(e.start + span(2000, 9000), e);
		break;
	}
	case W_FILTERS:
	case W_FILTER_SAVE:
		imap = span(20000, 90000);
		session(t + 9000, SIEVE, who, loopback, 0, imap, 0);
		break;
	case W_LOGIN_FAIL:
		imap = 2 * SEC + span(20000, 200000);
		failure(t + 8000, IMAP, who, loopback, 1, imap, 1);
		break;
	default:
		break;
	}
	later(t + 8000 + imap + span(18000, 40000), w);
}

/* Somebody reads mail in the browser; each event is one step of the visit. */
void on_visit(struct event *e, u64 t)
{
	u32 n = e->stage++;
	u64 wait = span(3 * SEC, 70 * SEC);
	if (n == 0) {
		request(t, e->who, e->from, e->pid, W_HOME);
		for (u32 i = 0; i < e->count % 4; i++)
			request(t + 90000 + i * 30000, e->who, e->from, e->pid, W_STATIC);
		wait = span(4 * SEC, 20 * SEC);
	} else if (n == 1 && e->style) { /* a slip of the fingers */
		e->style--, e->stage--;
		request(t, e->who, e->from, e->pid, W_LOGIN_FAIL);
		wait = span(6 * SEC, 15 * SEC);
	} else if (n == 1) {
		request(t, e->who, e->from, e->pid, W_LOGIN);
		request(t + 350000, e->who, e->from, e->pid, W_MAIL);
		for (u32 i = 0; i < e->count % 5; i++)
			request(t + 600000 + i * 20000, e->who, e->from, e->pid, W_STATIC);
		request(t + 900000, e->who, e->from, e->pid, W_LIST);
	} else if (n >= e->left) {
		if (e->count & 1)
			request(t, e->who, e->from, e->pid, W_LOGOUT);
		return;
	} else if (n == 2 && e->service) { /* the owner edits a filter, as people do */
		request(t, e->who, e->from, e->pid, W_FILTERS);
		request(t + 30 * SEC, e->who, e->from, e->pid, W_FILTER_SAVE);
		wait = 45 * SEC;
	} else {
		static const u8 pages[] = {W_PREVIEW, W_PREVIEW, W_PREVIEW, W_SHOW,   W_PART,
					   W_REFRESH, W_REFRESH, W_LIST,    W_UNREAD, W_STATIC};
		request(t, e->who, e->from, e->pid, pages[below(COUNT(pages))]);
	}
	later(t + wait, *e);
}

void visit(u64 t, u32 who, struct addr from, u32 slips, bool filters)
{
	struct event e = {.kind = VISIT,
			  .who = who,
			  .from = from,
			  .left = between(6, 22),
			  .style = (u8)slips,
			  .service = filters,
			  .pid = accounts[who].agent,
			  .count = below(1000)};
	later(t, e);
}
