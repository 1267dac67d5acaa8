/* answer.c - an answer put together, with the heads that all have; what the console says itself. */
#include "serve.h"

#include <stdlib.h>

void answer_free(void *ctx)
{
	struct answer *a = ctx;
	for (size_t i = 0; i < a->view_count; i++)
		view_let_go(a->views[i]);
	out_close(&a->head);
	out_close(&a->foot);
	free(a);
}

struct answer *answer_new(void)
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

struct MHD_Response *answer_response(struct answer *a, const char *type)
{
	size_t n = 0;
	add_part(a, &n, a->head.at, a->head.len);
	for (size_t i = 0; i < a->view_count; i++)
		add_part(a, &n, a->views[i]->at, a->views[i]->len);
	add_part(a, &n, a->foot.at, a->foot.len);
	struct MHD_Response *r =
	    MHD_create_response_from_iovec(a->parts, (unsigned)n, answer_free, a);
	if (r)
		add_usual(r, type);
	else
		answer_free(a);
	return r;
}

enum MHD_Result answer_queue(struct MHD_Connection *connection, unsigned code,
			     struct MHD_Response *r)
{
	if (!r)
		return MHD_NO;
	enum MHD_Result done = MHD_queue_response(connection, code, r);
	MHD_destroy_response(r);
	return done;
}

/* --- what the console says itself --- */

static const struct notice notices[CONSOLE_VERDICTS] = {
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

const struct notice *answer_notice(enum console_verdict v)
{
	return &notices[v];
}

enum MHD_Result answer_say(struct MHD_Connection *connection, const struct notice *n, bool ends)
{
	struct answer *a = answer_new();
	page_notice(&a->head, n->title, n->text);
	struct MHD_Response *r = answer_response(a, ANSWER_HTML);
	if (r && n->code == 405)
		MHD_add_response_header(r, "Allow", "GET, HEAD");
	if (r && n->code == 401)
		MHD_add_response_header(r, "WWW-Authenticate", "Bearer");
	if (r && n->code == 429)
		MHD_add_response_header(r, "Retry-After", "1");
	if (r && ends)
		MHD_add_response_header(r, "Connection", "close");
	return answer_queue(connection, n->code, r);
}
