/*
 * serve.c - the console's process: HTTP by libmicrohttpd, one thread, views handed out.
 *
 * Laws: (1) SEATS connections, no more; when few seats are left the oldest without a session gives
 * way, so that nobody who only connects can keep out who holds the key; (2) a request that is not
 * whole after HEAD_MS is ended, however slowly it trickles; (3) strangers together get so many
 * answers a second, who holds the key does not wait for them; (4) a page is put together from views
 * that are held until it is sent.
 */
#include "part.h"

#include <errno.h>
#include <microhttpd.h>
#include <poll.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
	SEATS = 64,
	SEATS_KEPT = 16,
	YOUNG_MS = 50, /* whoever sat down just now may ask first */
	HEAD_MS = 10000,
	IDLE_MS = 60000,
	SEND_MS = 600000,
	MEMORY_MOST = 16 << 10, /* of a connection: its request's head, and what answers */
	STRANGERS_A_S = 50,
	STRANGERS_MOST = 200,
	SILENT_MS = 20000, /* signs of life come every five seconds */
	PARTS_MOST = 4,
};

/* What is left to it: it can accept at the one socket, and take messages from the parent. */
struct seat {
	int fd; /* -1: free */
	int64_t since_ms;
	bool trusted, busy, ending;
};

struct console {
	struct console_options o;
	struct console_gate gate;
	struct MHD_Daemon *daemon;
	struct shelf shelf;
	struct seat seats[SEATS];
	size_t taken, ending, left; /* left: how often one was */
	int64_t purse_ms;           /* when the strangers' purse was filled last */
	unsigned purse;
};

static int64_t now_ms(void)
{
	struct timespec t;
	clock_gettime(CLOCK_BOOTTIME, &t);
	return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static int64_t now_s(void)
{
	struct timespec t;
	clock_gettime(CLOCK_REALTIME, &t);
	return t.tv_sec;
}

/* --- seats --- */

static void end_seat(struct console *c, struct seat *s)
{
	if (s->ending)
		return;
	shutdown(s->fd, SHUT_RDWR); /* libmicrohttpd sees the end, and closes */
	s->ending = true;
	c->ending++;
}

static struct seat *oldest_stranger(struct console *c)
{
	struct seat *oldest = NULL;
	for (size_t i = 0; i < SEATS; i++) {
		struct seat *s = &c->seats[i];
		if (s->fd >= 0 && !s->trusted && !s->ending &&
		    (!oldest || s->since_ms < oldest->since_ms))
			oldest = s;
	}
	return oldest;
}

static bool is_full(const struct console *c)
{
	return c->taken - c->ending > SEATS - SEATS_KEPT;
}

static void make_room(struct console *c)
{
	struct seat *old;
	int64_t now = now_ms();
	while (is_full(c) && (old = oldest_stranger(c)) && now - old->since_ms >= YOUNG_MS)
		end_seat(c, old);
}

static void take_seat(struct console *c, int fd, void **own)
{
	for (size_t i = 0; i < SEATS; i++) {
		if (c->seats[i].fd >= 0)
			continue;
		c->seats[i] = (struct seat){.fd = fd, .since_ms = now_ms()};
		*own = &c->seats[i];
		c->taken++;
		return;
	}
}

static void on_connection(void *ctx, struct MHD_Connection *connection, void **own,
			  enum MHD_ConnectionNotificationCode what)
{
	struct console *c = ctx;
	struct seat *s = *own;
	if (what == MHD_CONNECTION_NOTIFY_STARTED) {
		const union MHD_ConnectionInfo *fd =
		    MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
		take_seat(c, fd->connect_fd, own);
	} else if (s) {
		s->fd = -1;
		c->taken--;
		c->ending -= s->ending;
		c->left++;
		*own = NULL;
	}
}

static struct seat *seat_of(struct MHD_Connection *connection)
{
	const union MHD_ConnectionInfo *i =
	    MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
	return i ? i->socket_context : NULL;
}

static void end_overdue(struct console *c)
{
	int64_t now = now_ms();
	for (size_t i = 0; i < SEATS; i++) {
		struct seat *s = &c->seats[i];
		int64_t most = !s->trusted ? HEAD_MS : s->busy ? SEND_MS : IDLE_MS;
		if (s->fd >= 0 && now - s->since_ms > most)
			end_seat(c, s);
	}
}

/* True if a stranger may have an answer now. */
static bool spend(struct console *c)
{
	int64_t now = now_ms(), more = (now - c->purse_ms) * STRANGERS_A_S / 1000;
	if (more > 0) {
		c->purse_ms = now;
		c->purse =
		    more + c->purse > STRANGERS_MOST ? STRANGERS_MOST : c->purse + (unsigned)more;
	}
	if (!c->purse)
		return false;
	c->purse--;
	return true;
}

/* --- an answer --- */

struct answer {
	struct out head, foot;
	struct view *views[PARTS_MOST];
	size_t view_count;
	struct MHD_IoVec parts[PARTS_MOST + 2];
};

static void free_answer(void *ctx)
{
	struct answer *a = ctx;
	for (size_t i = 0; i < a->view_count; i++)
		view_let_go(a->views[i]);
	out_close(&a->head);
	out_close(&a->foot);
	free(a);
}

static struct answer *new_answer(void)
{
	struct answer *a = must_alloc(sizeof *a);
	a->head.fd = a->foot.fd = -1;
	return a;
}

static const struct {
	const char *name, *value;
} usual[] = {
    {"Content-Security-Policy",
     "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src "
     "'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"},
    {"X-Content-Type-Options", "nosniff"},
    {"X-Frame-Options", "DENY"},
    {"Referrer-Policy", "no-referrer"},
    {"Cross-Origin-Opener-Policy", "same-origin"},
    {"Cross-Origin-Resource-Policy", "same-origin"},
    {"Permissions-Policy", "camera=(), microphone=(), geolocation=(), payment=(), usb=()"},
    {"Cache-Control", "no-store"},
    {"X-Robots-Tag", "noindex"},
};

static void add_usual(struct MHD_Response *r, const char *type)
{
	for (size_t i = 0; i < sizeof usual / sizeof *usual; i++)
		MHD_add_response_header(r, usual[i].name, usual[i].value);
	MHD_add_response_header(r, "Content-Type", type);
}

static void add_part(struct answer *a, size_t *n, const char *at, size_t len)
{
	if (len)
		a->parts[(*n)++] = (struct MHD_IoVec){at, len};
}

/* `r` as it will be sent; the answer goes with it. */
static struct MHD_Response *response_of(struct answer *a, const char *type)
{
	size_t n = 0;
	add_part(a, &n, a->head.at, a->head.len);
	for (size_t i = 0; i < a->view_count; i++)
		add_part(a, &n, a->views[i]->at, a->views[i]->len);
	add_part(a, &n, a->foot.at, a->foot.len);
	struct MHD_Response *r =
	    MHD_create_response_from_iovec(a->parts, (unsigned)n, free_answer, a);
	if (r)
		add_usual(r, type);
	else
		free_answer(a);
	return r;
}

static enum MHD_Result queue(struct MHD_Connection *connection, unsigned code,
			     struct MHD_Response *r)
{
	if (!r)
		return MHD_NO;
	enum MHD_Result done = MHD_queue_response(connection, code, r);
	MHD_destroy_response(r);
	return done;
}

/* --- what the console says itself --- */

static const struct notice {
	unsigned code;
	const char *title, *text; /* text: HTML of our own */
} notices[CONSOLE_VERDICTS] = {
    [CONSOLE_STRANGER] = {401, "Sign in by a link",
			  "Ask for one on the host, as root: <code>tocsin status "
			  "--console-link</code>. It lets in for ten minutes; a session ends after "
			  "an hour without use, or twelve."},
    [CONSOLE_STALE_LINK] = {403, "This link does not let in",
			    "It is older than ten minutes, or was cut. Ask for a new one on the "
			    "host: <code>tocsin status --console-link</code>."},
    [CONSOLE_BAD_METHOD] = {405, "Only GET and HEAD are answered",
			    "The console shows; it changes nothing. What is to be done is done on "
			    "the host: <code>tocsin help contain</code>."},
    [CONSOLE_BAD_REQUEST] = {400, "This request cannot be read",
			     "It has a body, no Host or two of them. The console takes none of "
			     "that."},
    [CONSOLE_BAD_HOST] = {421, "The console is not called so",
			  "It answers to an address or to localhost, so that a name somewhere "
			  "else cannot lead a browser here. Where a proxy stands in front, tell "
			  "the watch its name: <code>--console-name</code>."},
    [CONSOLE_BAD_SITE] = {403, "Another page asked for this",
			  "Open the console by itself: <a href=\"/\">go on</a>."},
    [CONSOLE_LEAVE] = {200, "The session has ended",
		       "A new link: <code>tocsin status --console-link</code> on the host."},
};

static enum MHD_Result say_notice(struct MHD_Connection *connection, const struct notice *n,
				  bool ends)
{
	struct answer *a = new_answer();
	page_notice(&a->head, n->title, n->text);
	struct MHD_Response *r = response_of(a, "text/html; charset=utf-8");
	if (r && n->code == 405)
		MHD_add_response_header(r, "Allow", "GET, HEAD");
	if (r && n->code == 401)
		MHD_add_response_header(r, "WWW-Authenticate", "Bearer");
	if (r && n->code == 429)
		MHD_add_response_header(r, "Retry-After", "1");
	if (r && ends)
		MHD_add_response_header(r, "Connection", "close");
	return queue(connection, n->code, r);
}

/* --- views as pages --- */

static const struct page {
	const char *path, *views[PARTS_MOST];
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
	if (v && v->kind == kind && a->view_count < PARTS_MOST)
		a->views[a->view_count++] = view_hold(v);
}

/* Which views a path shows; false: none are of that name. */
static bool gather(struct console *c, struct answer *a, slice path, enum console_kind *kind)
{
	for (size_t i = 0; i < sizeof pages / sizeof *pages; i++) {
		if (!slice_eq(path, slice_of(pages[i].path)))
			continue;
		*kind = pages[i].kind;
		for (size_t k = 0; k < PARTS_MOST && pages[i].views[k]; k++)
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
	int64_t silent = v ? now_ms() - v->given_ms : 0;
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
	free_answer(a);
	struct MHD_Response *r = MHD_create_response_from_buffer(0, "", MHD_RESPMEM_PERSISTENT);
	MHD_add_response_header(r, "ETag", etag);
	MHD_add_response_header(r, "Cache-Control", "no-store");
	return queue(connection, MHD_HTTP_NOT_MODIFIED, r);
}

static enum MHD_Result show(struct console *c, struct MHD_Connection *connection, slice path)
{
	static const struct notice lost = {
	    404, "There is no such page",
	    "The incident may have another number since the last report: <a href=\"/\">all "
	    "incidents</a>."};
	struct answer *a = new_answer();
	enum console_kind kind = CONSOLE_HTML;
	char etag[32];
	if (!gather(c, a, path, &kind)) {
		free_answer(a);
		return say_notice(connection, &lost, false);
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
	    response_of(a, kind == CONSOLE_HTML ? "text/html; charset=utf-8" : "application/json");
	if (r)
		MHD_add_response_header(r, "ETag", etag);
	return queue(connection, MHD_HTTP_OK, r);
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
		struct answer *a = new_answer();
		if (strcmp(path.at, "/style.css") == 0)
			out_slice(&a->head, report_css());
		out_slice(&a->head, (slice){assets[i].at, *assets[i].len});
		return queue(connection, MHD_HTTP_OK, response_of(a, assets[i].type));
	}
	return MHD_NO;
}

/* A page of ours leads on: a request that another site led here would not bring the cookie. */
static enum MHD_Result let_in(struct console *c, struct MHD_Connection *connection)
{
	char cookie[256], hex[65];
	struct console_key id = console_admit(&c->gate, now_s());
	struct answer *a = new_answer();
	key_hex(&id, hex);
	snprintf(cookie, sizeof cookie,
		 "tocsin=%s; Path=/; HttpOnly; SameSite=Strict; Max-Age=%d%s", hex,
		 CONSOLE_LONGEST_S, c->o.name ? "; Secure" : "");
	page_notice(&a->head, "Signed in", "<a href=\"/\">To the incidents</a>");
	struct MHD_Response *r = response_of(a, "text/html; charset=utf-8");
	sodium_memzero(hex, sizeof hex);
	if (r) {
		MHD_add_response_header(r, "Set-Cookie", cookie);
		MHD_add_response_header(r, "Refresh", "0; url=/");
	}
	fprintf(stderr, "tocsin: the console let somebody in by a link\n");
	return queue(connection, MHD_HTTP_OK, r);
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
	if (!spend(c))
		return say_notice(connection, &busy, true);
	if (v == CONSOLE_PUBLIC)
		return show_asset(connection, q->path);
	return say_notice(connection, &notices[v],
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
		seat->since_ms = now_ms();
		seat->trusted = v == CONSOLE_SHOW || v == CONSOLE_ENTER;
		seat->busy = true;
	}
	switch (v) {
	case CONSOLE_SHOW:
		return show(c, connection, q.path);
	case CONSOLE_ENTER:
		return let_in(c, connection);
	case CONSOLE_LEAVE:
		return say_notice(connection, &notices[v], true);
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
		seat->since_ms = now_ms();
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
	for (size_t i = 0; i < SEATS; i++)
		c->seats[i].fd = -1;
	c->purse = STRANGERS_MOST;
	c->purse_ms = now_ms();
	tzset(); /* reads a file: now, or never */
	c->daemon = MHD_start_daemon(
	    MHD_USE_EPOLL, 0, NULL, NULL, on_request, c, MHD_OPTION_LISTEN_SOCKET, o->listen_fd,
	    MHD_OPTION_NOTIFY_COMPLETED, on_done, c, MHD_OPTION_NOTIFY_CONNECTION, on_connection, c,
	    MHD_OPTION_CONNECTION_LIMIT, (unsigned)SEATS, MHD_OPTION_CONNECTION_TIMEOUT,
	    (unsigned)(IDLE_MS / 1000), MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)MEMORY_MOST,
	    MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_END);
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
	size_t before = c->left;
	MHD_run(c->daemon);
	if (c->left != before)
		MHD_run(c->daemon);
}

void console_serve(struct console *c)
{
	int epoll_fd = MHD_get_daemon_info(c->daemon, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd;
	for (;;) {
		struct pollfd p[] = {{epoll_fd, POLLIN, 0}, {c->o.from_parent, POLLIN, 0}};
		MHD_UNSIGNED_LONG_LONG wait, most = is_full(c) ? YOUNG_MS / 5 : 1000;
		if (MHD_get_timeout(c->daemon, &wait) != MHD_YES || wait > most)
			wait = most;
		poll(p, 2, c->taken ? (int)wait : -1);
		if (p[1].revents && !shelf_take(&c->shelf, c->o.from_parent, now_ms()))
			_exit(0); /* the watch is gone */
		if (p[0].revents || c->taken)
			run(c);
		end_overdue(c);
		make_room(c);
	}
}
