/*
 * console.h - what the watch knows, as pages in a browser, from a process that can do nothing else.
 *
 *	struct console *c = console_open(&options, why, sizeof why);     in the child, not shut in
 *	console_serve(c);                                                shut in; never returns
 *
 * Who knows something gives finished views; the console only hands them out:
 *
 *	struct console_view v = {SLICE("now"), CONSOLE_HTML, SLICE("title"), html};
 *	console_give(fd, &v, false);
 *
 * A view is a name, a title and the text of a page's part or of an answer in JSON.  Its text goes
 * over in sealed memory (memfd_create(2), F_ADD_SEALS), its head in a message with a checked
 * cursor.  The way back is shut: the console can tell nobody anything but those who ask it.
 *
 * Laws: (1) nothing is shown without the key, or a session that began with it; (2) GET and HEAD
 * only, no body is ever read; (3) a request whose Host is a name that nobody gave is refused (DNS
 * rebinding); (4) connections, views, sessions and headers have bounds, and who holds the key goes
 * first; (5) all log text in a view has gone through out_html() or out_json().
 * Sources: RFC 9110, 9112 (HTTP), 6265bis (cookies), W3C CSP 3, Fetch Metadata.
 */
#ifndef TOCSIN_CONSOLE_H
#define TOCSIN_CONSOLE_H

#include "report/report.h"
#include "respond/respond.h"

/* --- where it listens --- */

enum { CONSOLE_WHERE = 256 };
/* "127.0.0.1:4004", "[::1]:4004", "unix:/run/tocsin/console": a listening socket; -1 with a
 * message.  `outside`: it is no address of this host itself. */
int console_listen(const char *where, bool *outside, char *why, size_t size);
/* Is it spelled so?  Nothing is opened. */
bool console_where(slice where, bool *outside, char *why, size_t size);

/* --- the key --- */

struct console_key {
	uint8_t b[32];
};
/* STATE/console.key, 64 hexadecimal digits that only their owner reads; `make`: where there is
 * none it is made.  False with a message. */
bool console_key_read(const char *state, bool make, struct console_key *k, char *why, size_t size);
enum { CONSOLE_LINK_S = 600, CONSOLE_LINK = 512 };
/* A link that lets in for ten minutes.  `where` as above; `name`: that of a proxy with TLS, or
 * NULL. */
void console_link(const struct console_key *k, const char *where, const char *name, int64_t now_s,
		  char out[CONSOLE_LINK]);

/* --- views --- */

enum console_kind { CONSOLE_HTML, CONSOLE_JSON, CONSOLE_KINDS };
enum { CONSOLE_NAME = 128, CONSOLE_TITLE = 512, CONSOLE_MESSAGE = 1024 };
struct console_view {
	slice name; /* letters, digits, - . _ and / */
	enum console_kind kind;
	slice title, text;
	bool of_edition; /* goes with the next edition that lacks it */
};
/* False: it was not taken; with `wait` only if the console is gone. */
bool console_give(int fd, const struct console_view *v, bool wait);
/* An edition: what is of one and was not given between the two goes. */
bool console_begin(int fd);
bool console_end(int fd);

/* The head of a message, as the console checks it; exposed to be fuzzed. */
enum console_what { CONSOLE_PUT, CONSOLE_ADD, CONSOLE_BEGIN, CONSOLE_END, CONSOLE_WHATS };
struct console_head {
	enum console_what what;
	enum console_kind kind;
	slice name, title; /* point into the message */
	uint64_t size, hash;
};
bool console_read_head(slice message, struct console_head *h);

/* --- the process --- */

struct console_options {
	int listen_fd, from_parent;
	const struct console_key *key;
	const char *where;
	const char *name; /* of a proxy with TLS in front; NULL: none */
	bool outside;
};
struct console;
struct console *console_open(const struct console_options *o, char *why, size_t size);
void console_serve(struct console *c) __attribute__((noreturn));

/* --- a request, judged; exposed to be tested and fuzzed --- */

struct console_ask {
	slice method, path;
	slice host, cookie, bearer, site; /* headers; absent: NULL.  site: Sec-Fetch-Site */
	unsigned hosts, cookies, bearers; /* how often each was given */
	bool has_body;
	slice until, key; /* arguments of a link */
};
enum console_verdict {
	CONSOLE_SHOW,       /* whose session it is has been found */
	CONSOLE_PUBLIC,     /* style, script, icon: they say nothing */
	CONSOLE_ENTER,      /* a link that holds: a session begins */
	CONSOLE_LEAVE,      /* the session ends */
	CONSOLE_STRANGER,   /* no session */
	CONSOLE_STALE_LINK, /* a link that does not hold, or not any more */
	CONSOLE_BAD_METHOD,
	CONSOLE_BAD_REQUEST,
	CONSOLE_BAD_HOST,
	CONSOLE_BAD_SITE,
	CONSOLE_VERDICTS
};
enum { CONSOLE_SESSIONS = 32, CONSOLE_IDLE_S = 3600, CONSOLE_LONGEST_S = 12 * 3600 };
struct console_session {
	struct console_key id;
	int64_t began_s, seen_s; /* began_s: 0: there is none */
};
struct console_gate {
	struct console_key key;
	const char *where, *name;
	struct console_session sessions[CONSOLE_SESSIONS];
};
enum console_verdict console_judge(struct console_gate *g, const struct console_ask *q,
				   int64_t now_s);
/* A new session in place of the one that was idle longest; its id. */
struct console_key console_admit(struct console_gate *g, int64_t now_s);

/* --- what is said --- */

struct console_source {
	slice path;
	uint64_t lines;
	int64_t newest_us; /* of its records; CLOCK_NONE */
};
struct console_finding {
	int64_t time_us;
	unsigned level; /* 0 to 4 */
	bool past;      /* found in what was there before the start */
	slice title, account, rule, source;
};
struct console_count {
	const char *name, *about;
	uint64_t n;
};
/* The watch as its parent knows it. */
struct console_now {
	int64_t now_us, started_us, beat_us, newest_us, lowered_until_us;
	const char *posture,
	    *posture_by; /* who may sign in; empty: not known.  Whose file says so */
	int64_t posture_us;
	bool past_read, scanning;
	uint64_t files, records, behind, findings;
	const char *trouble; /* of alerts; empty: none */
	const char *policy;  /* what may be done without asking, in a sentence */
	const struct console_source *sources;
	size_t source_count, source_more;     /* more: not shown */
	const struct console_finding *newest; /* the newest first */
	size_t newest_count;
	const struct console_count *counts;
	size_t count_count;
	struct zone *zone;
};
/* Gives "now", "guard" and "api/status". */
bool console_tell_now(int fd, const struct console_now *n);

/* The last whole report, and what was done: read by a process that ends when it has told them. */
struct console_files {
	const char *state;
	slice report;   /* its text; empty: there is none yet */
	bool too_large; /* there is one, and its text is not given */
	struct respond *respond;
	slice journal_head, watch_head; /* "1,204 entries, the last one 3f2a..."; empty: none */
	slice altered; /* what is wrong with a journal that does not hold; empty: nothing */
	const struct queue_state *queue; /* of an isolated server; NULL: none */
	struct zone *zone;
	int64_t now_us;
};
/* Gives "incidents", "sight", "incident/ID" and their like under "api/". */
bool console_tell_files(int fd, const struct console_files *f);

#endif
