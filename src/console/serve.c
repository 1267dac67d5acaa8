/*
 * serve.c - the console's process: HTTP by libmicrohttpd, one thread, views handed out.
 *
 * Laws: (1) SEATS connections, no more, and who holds the key goes first (seats.c); (2) a page is
 * put together from views that are held until it is sent (answer.c).
 */
#include "serve.h"

#include <errno.h>
#include <poll.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum {
	MEMORY_MOST = 16 << 10, /* of a connection: its request's head, and what answers */
	SILENT_MS = 20000,      /* signs of life come every five seconds */
};

struct console {
	struct console_options o;
	struct console_gate gate;
	struct MHD_Daemon *daemon;
	struct shelf shelf;
	struct seats seats;
};

static int64_t now_s(void)
{
	struct timespec t;
	clock_gettime(CLOCK_REALTIME, &t);
	return t.tv_sec;
}

/* --- connections --- */

static void on_connection(void *ctx, struct MHD_Connection *connection, void **own,
			  enum MHD_ConnectionNotificationCode what)
{
	struct console *c = ctx;
	struct seat *s = *own;
	if (what == MHD_CONNECTION_NOTIFY_STARTED) {
		const union MHD_ConnectionInfo *fd =
		    MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
		*own = seats_take(&c->seats, fd->connect_fd);
	} else if (s) {
		seats_leave(&c->seats, s);
		*own = NULL;
	}
}

static struct seat *seat_of(struct MHD_Connection *connection)
{
	const union MHD_ConnectionInfo *i =
	    MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
	return i ? i->socket_context : NULL;
}

/* --- views as pages --- */

static const struct page {
	const char *path, *views[ANSWER_VIEWS];
	enum console_kind kind;
} pages[] = {
    {"/", {"incidents", "now"}, CONSOLE_HTML},
    {"/guard", {"guard", "sight"}, CONSOLE_HTML},
    {"/api/status", {"api/status"}, CONSOLE_JSON},
    {"/api/incidents", {"api/incidents"}, CONSOLE_JSON},
    {"/api/visibility", {"api/visibility"}, CONSOLE_JSON},
};

static void hold(struct console *c, struct answer *a, slice name, enum console_kind kind)
{
	struct view *v = shelf_find(&c->shelf, name);
	if (v && v->kind == kind && a->view_count < ANSWER_VIEWS)
		a->views[a->view_count++] = view_hold(v);
}

/* Which views a path shows; false: none are of that name. */
static bool gather(struct console *c, struct answer *a, slice path, enum console_kind *kind)
{
	for (size_t i = 0; i < sizeof pages / sizeof *pages; i++) {
		if (!slice_eq(path, slice_of(pages[i].path)))
			continue;
		*kind = pages[i].kind;
		for (size_t k = 0; k < ANSWER_VIEWS && pages[i].views[k]; k++)
			hold(c, a, slice_of(pages[i].views[k]), *kind);
		return true;
	}
	bool api = slice_starts(path, SLICE("/api/incident/"));
	if (!api && !slice_starts(path, SLICE("/incident/")))
		return false;
	*kind = api ? CONSOLE_JSON : CONSOLE_HTML;
	hold(c, a, slice_from(path, 1), *kind);
	return a->view_count > 0;
}

/* For how long the watch has said nothing, if that is too long; else 0. */
static int64_t silent_s(const struct console *c)
{
	const struct view *v = shelf_find(&c->shelf, SLICE("now"));
	int64_t silent = v ? serve_ms() - v->given_ms : 0;
	return silent > SILENT_MS ? silent / 1000 : 0;
}

static void etag_of(const struct answer *a, bool silent, char out[32])
{
	uint64_t hash = silent;
	for (size_t i = 0; i < a->view_count; i++) {
		uint64_t both[] = {hash, a->views[i]->hash};
		hash = hash_bytes(both, sizeof both);
	}
	snprintf(out, 32, "\"%016llx\"", (unsigned long long)hash);
}

static enum MHD_Result not_changed(struct MHD_Connection *connection, struct answer *a,
				   const char *etag)
{
	answer_free(a);
	struct MHD_Response *r = MHD_create_response_from_buffer(0, "", MHD_RESPMEM_PERSISTENT);
	MHD_add_response_header(r, "ETag", etag);
	MHD_add_response_header(r, "Cache-Control", "no-store");
	return answer_queue(connection, MHD_HTTP_NOT_MODIFIED, r);
}

static enum MHD_Result show(struct console *c, struct MHD_Connection *connection, slice path)
{
	static const struct notice lost = {
	    404, "There is no such page",
	    "The incident may have another number since the last report: <a href=\"/\">all "
	    "incidents</a>."};
	struct answer *a = answer_new();
	enum console_kind kind = CONSOLE_HTML;
	char etag[32];
	if (!gather(c, a, path, &kind)) {
		answer_free(a);
		return answer_say(connection, &lost, false);
	}
	int64_t silent = silent_s(c);
	etag_of(a, silent > 0, etag);
	const char *given =
	    MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "If-None-Match");
	if (given && strcmp(given, etag) == 0)
		return not_changed(connection, a, etag);
	if (kind == CONSOLE_HTML) {
		page_head(&a->head, a->view_count ? slice_of(a->views[0]->title) : SLICE(""),
			  path.at, silent);
		if (!a->view_count)
			out_text(&a->head, "<p class=lead>The watch is starting: it reads what is "
					   "there. This page fills by itself.</p>");
		page_foot(&a->foot);
	} else if (!a->view_count) {
		out_text(&a->head, "{}\n");
	}
	struct MHD_Response *r =
	    answer_response(a, kind == CONSOLE_HTML ? ANSWER_HTML : "application/json");
	if (r)
		MHD_add_response_header(r, "ETag", etag);
	return answer_queue(connection, MHD_HTTP_OK, r);
}

static const struct asset {
	const char *path, *type, *at;
	const size_t *len;
} assets[] = {
    {"/style.css", "text/css; charset=utf-8", console_css, &console_css_len},
    {"/console.js", "text/javascript; charset=utf-8", console_js, &console_js_len},
    {"/icon.svg", "image/svg+xml", console_icon, &console_icon_len},
};

static enum MHD_Result show_asset(struct MHD_Connection *connection, slice path)
{
	for (size_t i = 0; i < sizeof assets / sizeof *assets; i++) {
		if (!slice_eq(path, slice_of(assets[i].path)))
			continue;
		struct answer *a = answer_new();
		if (strcmp(path.at, "/style.css") == 0)
			out_slice(&a->head, report_css());
		out_slice(&a->head, (slice){assets[i].at, *assets[i].len});
		return answer_queue(connection, MHD_HTTP_OK, answer_response(a, assets[i].type));
	}
	return MHD_NO;
}

/* A page of ours leads on: a request that another site led here would not bring the cookie. */
static enum MHD_Result let_in(struct console *c, struct MHD_Connection *connection)
{
	char cookie[256], hex[65];
	struct console_key id = console_admit(&c->gate, now_s());
	struct answer *a = answer_new();
	key_hex(&id, hex);
	snprintf(cookie, sizeof cookie,
		 "tocsin=%s; Path=/; HttpOnly; SameSite=Strict; Max-Age=%d%s", hex,
		 CONSOLE_LONGEST_S, c->o.name ? "; Secure" : "");
	page_notice(&a->head, "Signed in", "<a href=\"/\">To the incidents</a>");
	struct MHD_Response *r = answer_response(a, ANSWER_HTML);
	sodium_memzero(hex, sizeof hex);
	if (r) {
		MHD_add_response_header(r, "Set-Cookie", cookie);
		MHD_add_response_header(r, "Refresh", "0; url=/");
	}
	fprintf(stderr, "tocsin: the console let somebody in by a link\n");
	return answer_queue(connection, MHD_HTTP_OK, r);
}

/* --- a request --- */

struct count {
	const char *name;
	slice *to;
	unsigned *n;
};

static enum MHD_Result count_header(void *ctx, enum MHD_ValueKind kind, const char *name,
				    const char *value)
{
	struct count *rows = ctx;
	for (; rows->name; rows++) {
		if (!slice_eq_nocase(slice_of(name), slice_of(rows->name)))
			continue;
		++*rows->n;
		*rows->to = slice_of(value ? value : "");
	}
	return MHD_YES;
}

static void read_head(struct MHD_Connection *connection, struct console_ask *q)
{
	unsigned bodies = 0, sites = 0;
	slice body = {0};
	struct count rows[] = {{"Host", &q->host, &q->hosts},
			       {"Cookie", &q->cookie, &q->cookies},
			       {"Authorization", &q->bearer, &q->bearers},
			       {"Sec-Fetch-Site", &q->site, &sites},
			       {"Content-Length", &body, &bodies},
			       {"Transfer-Encoding", &body, &bodies},
			       {"Expect", &body, &bodies},
			       {"Upgrade", &body, &bodies},
			       {0}};
	MHD_get_connection_values(connection, MHD_HEADER_KIND, count_header, rows);
	q->has_body = bodies > 0;
	q->until =
	    slice_of(MHD_lookup_connection_value(connection, MHD_GET_ARGUMENT_KIND, "until"));
	q->key = slice_of(MHD_lookup_connection_value(connection, MHD_GET_ARGUMENT_KIND, "key"));
}

static enum MHD_Result answer_stranger(struct console *c, struct MHD_Connection *connection,
				       const struct console_ask *q, enum console_verdict v)
{
	static const struct notice busy = {429, "Too many requests without a session",
					   "Wait a second. A link that lets in is always taken."};
	if (!seats_spend(&c->seats))
		return answer_say(connection, &busy, true);
	if (v == CONSOLE_PUBLIC)
		return show_asset(connection, q->path);
	return answer_say(connection, answer_notice(v),
			  v == CONSOLE_BAD_REQUEST || v == CONSOLE_BAD_METHOD ||
			      v == CONSOLE_BAD_HOST);
}

static enum MHD_Result on_request(void *ctx, struct MHD_Connection *connection, const char *url,
				  const char *method, const char *version, const char *upload,
				  size_t *size, void **own)
{
	struct console *c = ctx;
	struct console_ask q = {.method = slice_of(method), .path = slice_of(url)};
	struct seat *seat = seat_of(connection);
	read_head(connection, &q);
	enum console_verdict v = console_judge(&c->gate, &q, now_s());
	if (seat) {
		seat->since_ms = serve_ms();
		seat->trusted = v == CONSOLE_SHOW || v == CONSOLE_ENTER;
		seat->busy = true;
	}
	switch (v) {
	case CONSOLE_SHOW:
		return show(c, connection, q.path);
	case CONSOLE_ENTER:
		return let_in(c, connection);
	case CONSOLE_LEAVE:
		return answer_say(connection, answer_notice(v), true);
	default:
		return answer_stranger(c, connection, &q, v);
	}
}

static void on_done(void *ctx, struct MHD_Connection *connection, void **own,
		    enum MHD_RequestTerminationCode code)
{
	struct seat *seat = seat_of(connection);
	if (seat) {
		seat->busy = false;
		seat->since_ms = serve_ms();
	}
}

/* --- the process --- */

struct console *console_open(const struct console_options *o, char *why, size_t size)
{
	struct console *c = must_alloc(sizeof *c);
	c->o = *o;
	c->gate.key = *o->key;
	c->gate.where = o->where;
	c->gate.name = o->name;
	seats_init(&c->seats);
	tzset(); /* reads a file: now, or never */
	c->daemon = MHD_start_daemon(
	    MHD_USE_EPOLL, 0, NULL, NULL, on_request, c, MHD_OPTION_LISTEN_SOCKET, o->listen_fd,
	    MHD_OPTION_NOTIFY_COMPLETED, on_done, c, MHD_OPTION_NOTIFY_CONNECTION, on_connection, c,
	    MHD_OPTION_CONNECTION_LIMIT, (unsigned)SEATS, MHD_OPTION_CONNECTION_TIMEOUT,
	    (unsigned)(SEAT_IDLE_MS / 1000), MHD_OPTION_CONNECTION_MEMORY_LIMIT,
	    (size_t)MEMORY_MOST, MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_END);
	if (c->daemon)
		return c;
	snprintf(why, size, "%s: the console cannot serve there: %s", o->where, strerror(errno));
	free(c);
	return NULL;
}

/* Where it has left the listening socket aside, for no seat was free, it takes it up again only
 * the next time. */
static void run(struct console *c)
{
	size_t before = c->seats.left;
	MHD_run(c->daemon);
	if (c->seats.left != before)
		MHD_run(c->daemon);
}

void console_serve(struct console *c)
{
	int epoll_fd = MHD_get_daemon_info(c->daemon, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd;
	for (;;) {
		struct pollfd p[] = {{epoll_fd, POLLIN, 0}, {c->o.from_parent, POLLIN, 0}};
		MHD_UNSIGNED_LONG_LONG wait;
		int most = seats_wait_ms(&c->seats);
		if (most < 0 || MHD_get_timeout(c->daemon, &wait) != MHD_YES ||
		    wait > (unsigned)most)
			wait = (unsigned)most;
		poll(p, 2, (int)wait);
		if (p[1].revents && !shelf_take(&c->shelf, c->o.from_parent, serve_ms()))
			_exit(0); /* the watch is gone */
		if (p[0].revents || c->seats.taken)
			run(c);
		seats_end_overdue(&c->seats);
		seats_make_room(&c->seats);
	}
}
