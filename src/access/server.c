/*
 * server.c - the decisions over HTTP, on an address of the host itself.
 *
 * By libmicrohttpd, one thread.  A request that cannot be read is let in and counted: Dovecot would
 * do the same if nobody answered (auth_policy_server_timeout_msecs), and posture lockdown refuses
 * what names no account by itself.
 */
#include "access/outbound_server.h"
#include "access/reopened.h"
#include "base/listen.h"
#include "sandbox/sandbox.h"

#include <errno.h>
#include <microhttpd.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <systemd/sd-daemon.h>
#include <time.h>
#include <unistd.h>

enum { BODY_MOST = 64 << 10, LOOK_AGAIN_S = 1, CONNECTIONS_MOST = 1000 };

struct server {
	const char *path;
	struct access_rules *rules;
	struct access *access;
	struct outbound_server *outbound; /* NULL: Postfix is not served */
	struct arena scratch;
	struct timespec read_at;
	struct reopened reopened;
	uint64_t asked, refused, unreadable;
};

struct body {
	char *at;
	size_t len;
	bool too_long;
};

static int64_t now_us(void)
{
	struct timespec t;
	clock_gettime(CLOCK_REALTIME_COARSE, &t);
	return t.tv_sec * CLOCK_SECOND + t.tv_nsec / 1000;
}

/* --- rules that change --- */

static bool read_text(const char *path, struct arena *a, slice *text, struct timespec *changed)
{
	struct stat st;
	FILE *f = fopen(path, "re");
	char *room = arena_take(a, (1 << 20) + 1);
	size_t n = f ? fread(room, 1, 1 << 20, f) : 0;
	bool fine = f && !ferror(f) && fstat(fileno(f), &st) == 0;
	if (fine)
		*changed = st.st_mtim;
	if (f)
		fclose(f);
	*text = (slice){room, n};
	return fine;
}

/* Says so when it changes. */
static void lower_bounds(struct server *s)
{
	unsigned percent = reopened_percent(&s->reopened, s->rules, now_us());
	if (percent == s->rules->percent)
		return;
	access_lower(s->rules, percent);
	fprintf(stderr, "tocsin: %u %% of every bound is in force%s\n", percent,
		percent < 100 ? ": an isolated host was opened again" : "");
}

/* The old rules stay while the new ones are broken. */
static bool take_rules(struct server *s)
{
	struct access_rules *fresh = must_alloc(sizeof *fresh);
	struct arena a = {0};
	char why[512] = "";
	slice text;
	bool fine = read_text(s->path, &a, &text, &s->read_at);
	if (!fine)
		snprintf(why, sizeof why, "%s", strerror(errno));
	fine = fine && access_read(fresh, text, why, sizeof why);
	arena_free(&a);
	if (!fine) {
		fprintf(stderr, "tocsin: %s: %s (%s)\n", s->path, why,
			s->rules ? "the rules of before stay in force"
				 : "mend it, then start again");
		access_rules_free(fresh);
		free(fresh);
		return false;
	}
	if (s->access)
		access_use(s->access, fresh);
	else
		s->access = access_new(fresh);
	if (s->outbound)
		outbound_take(s->outbound, &fresh->outbound);
	if (s->rules) {
		access_rules_free(s->rules);
		free(s->rules);
	}
	s->rules = fresh;
	fprintf(stderr, "tocsin: posture %s\n", posture_names[fresh->posture]);
	lower_bounds(s);
	return true;
}

static bool has_changed(const struct server *s)
{
	struct stat st;
	return stat(s->path, &st) == 0 &&
	       (st.st_mtim.tv_sec != s->read_at.tv_sec || st.st_mtim.tv_nsec != s->read_at.tv_nsec);
}

/* --- one request --- */

static enum MHD_Result reply(struct MHD_Connection *c, unsigned code, const char *text, size_t len)
{
	struct MHD_Response *r =
	    MHD_create_response_from_buffer(len, (void *)(uintptr_t)text, MHD_RESPMEM_MUST_COPY);
	MHD_add_response_header(r, "Content-Type", "application/json");
	enum MHD_Result done = MHD_queue_response(c, code, r);
	MHD_destroy_response(r);
	return done;
}

static enum MHD_Result answer(struct server *s, struct MHD_Connection *c, slice body)
{
	struct access_request q;
	struct access_answer n = {0, "accepted"};
	char text[160], why[128];
	const char *command = MHD_lookup_connection_value(c, MHD_GET_ARGUMENT_KIND, "command");
	arena_reset(&s->scratch);
	s->asked++;
	if (!access_parse(body, &q, &s->scratch, why, sizeof why)) {
		s->unreadable++;
		q = (struct access_request){0};
	}
	if (command && strcmp(command, "report") == 0)
		access_report(s->access, &q, now_us());
	else
		n = access_ask(s->access, &q, now_us());
	s->refused += n.status < 0;
	int len =
	    snprintf(text, sizeof text, "{\"status\":%d,\"msg\":\"%s\"}", n.status, n.because);
	return reply(c, MHD_HTTP_OK, text, (size_t)len);
}

static enum MHD_Result on_request(void *ctx, struct MHD_Connection *c, const char *url,
				  const char *method, const char *version, const char *upload,
				  size_t *size, void **own)
{
	struct body *b = *own;
	if (!b) {
		*own = must_alloc(sizeof *b);
		return MHD_YES;
	}
	if (*size) {
		b->too_long |= b->len + *size > BODY_MOST;
		if (!b->too_long) {
			b->at = must_realloc(b->at, b->len + *size);
			memcpy(b->at + b->len, upload, *size);
			b->len += *size;
		}
		*size = 0;
		return MHD_YES;
	}
	if (strcmp(method, "POST") != 0)
		return reply(c, MHD_HTTP_METHOD_NOT_ALLOWED, "{}", 2);
	return answer(ctx, c, b->too_long ? (slice){0} : (slice){b->at, b->len});
}

static void on_end(void *ctx, struct MHD_Connection *c, void **own,
		   enum MHD_RequestTerminationCode code)
{
	struct body *b = *own;
	if (b)
		free(b->at);
	free(b);
	*own = NULL;
}

/* --- the server --- */

static struct MHD_Daemon *start(struct server *s)
{
	int fd = listen_here(s->rules->listen);
	struct MHD_Daemon *d =
	    fd < 0 ? NULL
		   : MHD_start_daemon(MHD_USE_EPOLL, 0, NULL, NULL, on_request, s,
				      MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_NOTIFY_COMPLETED,
				      on_end, NULL, MHD_OPTION_CONNECTION_LIMIT,
				      (unsigned)CONNECTIONS_MOST, MHD_OPTION_CONNECTION_TIMEOUT,
				      120u, MHD_OPTION_END);
	if (!d)
		fprintf(stderr,
			"tocsin: %s: listen: %.*s: %s (an address of this host itself and a port "
			"of its own are wanted, such as 127.0.0.1:4001)\n",
			s->path, (int)s->rules->listen.len, s->rules->listen.at, listen_why(errno));
	return d;
}

/* SIGTERM and SIGINT wait until they are asked for. */
static sigset_t hold_signals(void)
{
	sigset_t ends;
	sigemptyset(&ends);
	sigaddset(&ends, SIGTERM);
	sigaddset(&ends, SIGINT);
	sigprocmask(SIG_BLOCK, &ends, NULL);
	return ends;
}

static bool is_asked_to_end(const sigset_t *ends)
{
	const struct timespec at_once = {0};
	return sigtimedwait(ends, NULL, &at_once) > 0;
}

/* Until one of the two has something to do, a second at most. */
static void serve_both(struct server *s, struct MHD_Daemon *d)
{
	const union MHD_DaemonInfo *info = MHD_get_daemon_info(d, MHD_DAEMON_INFO_EPOLL_FD);
	struct pollfd p[] = {{info->epoll_fd, POLLIN, 0}, {outbound_ready(s->outbound), POLLIN, 0}};
	MHD_UNSIGNED_LONG_LONG wait = LOOK_AGAIN_S * 1000;
	if (MHD_get_timeout(d, &wait) != MHD_YES || wait > LOOK_AGAIN_S * 1000)
		wait = LOOK_AGAIN_S * 1000;
	int n = poll(p, 2, (int)wait);
	if (n <= 0 || p[0].revents)
		MHD_run(d);
	if (n > 0 && p[1].revents)
		outbound_work(s->outbound, now_us());
}

static void say_how_it_is(struct server *s)
{
	sd_notifyf(0,
		   "WATCHDOG=1\nSTATUS=posture %s, %u %% of bounds, %llu asked, %llu refused, of "
		   "Postfix %llu, %llu stopped",
		   posture_names[s->rules->posture], s->rules->percent,
		   (unsigned long long)s->asked, (unsigned long long)s->refused,
		   (unsigned long long)(s->outbound ? outbound_asked(s->outbound) : 0),
		   (unsigned long long)(s->outbound ? outbound_stopped(s->outbound) : 0));
}

static void serve(struct server *s, struct MHD_Daemon *d)
{
	enum { KEEP_S = 60 };
	time_t looked = 0, kept = time(NULL);
	const sigset_t ends = hold_signals();
	sd_notify(0, "READY=1");
	while (!is_asked_to_end(&ends)) {
		if (s->outbound)
			serve_both(s, d);
		else
			MHD_run_wait(d, LOOK_AGAIN_S * 1000);
		time_t now = time(NULL);
		if (now == looked)
			continue;
		looked = now;
		say_how_it_is(s);
		if (s->outbound && now - kept >= KEEP_S) {
			outbound_keep(s->outbound);
			kept = now;
		}
		if (has_changed(s))
			take_rules(s);
		else
			lower_bounds(s);
	}
}

/* Whoever may ask is not trusted: what parses his questions reads its rules, writes the one file of
 * recipients, and answers.  It stays who it is, for rules belong to whoever started it. */
static void shut_in(const struct server *s)
{
	struct arena a = {0};
	char why[256];
	slice kept = s->rules->outbound.remember;
	const char *paths[] = {kept.len ? arena_text(&a, kept) : NULL};
	sandbox_name("access");
	sandbox_enter(SANDBOX_DOORMAN, 0, paths, kept.len ? 1 : 0, why, sizeof why);
	if (why[0])
		fprintf(stderr, "tocsin: it is less confined than it should be: %s\n", why);
	arena_free(&a);
}

int access_serve(const char *path, access_opened *opened)
{
	struct server s = {.path = path, .reopened.opened = opened};
	struct MHD_Daemon *d = take_rules(&s) ? start(&s) : NULL;
	bool both = d && s.rules->outbound.listen.len;
	s.outbound = both ? outbound_serve(&s.rules->outbound, path) : NULL;
	bool fine = d && (!both || s.outbound);
	if (fine) {
		shut_in(&s);
		serve(&s, d);
	}
	if (fine && both)
		printf("of Postfix %llu asked, %llu stopped\n",
		       (unsigned long long)outbound_asked(s.outbound),
		       (unsigned long long)outbound_stopped(s.outbound));
	if (d)
		MHD_stop_daemon(d);
	if (fine) {
		printf("%llu asked, %llu refused, %llu could not be read\n",
		       (unsigned long long)s.asked, (unsigned long long)s.refused,
		       (unsigned long long)s.unreadable);
	}
	outbound_end(&s.outbound);
	reopened_free(&s.reopened);
	access_free(&s.access);
	if (s.rules)
		access_rules_free(s.rules);
	free(s.rules);
	arena_free(&s.scratch);
	return fine ? 0 : 2;
}
