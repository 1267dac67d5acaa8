/*
 * tell.c - alerts on their way: a process of its own, so that a mail server or a webhook that does
 * not answer delays nothing.
 *
 * Its queue is the buffer of the socket between: a full one is said to the watch, which counts.  It
 * is nobody where the watch is root, has read its secrets before, and writes and starts nothing: a
 * host that it speaks with may be hostile.  When the watch is gone it delivers what still waits,
 * and ends.  A webhook gets the alert as
 * JSON, signed: Tocsin-Signature: t=SECONDS,v1=HEX, HMAC-SHA256 (RFC 2104) with the shared secret
 * over "SECONDS.BODY".
 */
#include "guard/part.h"

#include <curl/curl.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum {
	SECRET_LEAST = 16,
	SECRET_MOST = 4096,
	CONNECT_S = 10,
	WHOLE_S = 30,
	TRIES = 3,
};

struct teller {
	const struct guard_policy *p;
	int fd, post; /* who starts programs: see post.c */
	char secret[SECRET_MOST + 1], login[SECRET_MOST + 1];
	size_t secret_len;
};

/* --- secrets --- */

/* The first line of a file that only its owner reads, who is root or we. */
static bool read_secret(const char *path, char *to, size_t *len, size_t least, char *why,
			size_t size)
{
	struct stat st;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	ssize_t n = -1;
	const char *what = NULL;
	if (fd < 0 || fstat(fd, &st) != 0)
		what = strerror(errno);
	else if (!S_ISREG(st.st_mode) || (st.st_uid != 0 && st.st_uid != geteuid()) ||
		 st.st_mode & 077)
		what = "others than root can read or change it (chown root, chmod 600)";
	else if ((n = read(fd, to, SECRET_MOST)) < 0)
		what = strerror(errno);
	if (fd >= 0)
		close(fd);
	*len = n > 0 ? slice_find((slice){to, (size_t)n}, '\n') : 0;
	to[*len] = 0;
	if (!what && (*len < least || strlen(to) != *len))
		what = "its first line is too short for a secret, or holds NUL";
	if (what)
		snprintf(why, size, "%s: %s", path, what);
	return !what;
}

/* --- mail --- */

static void write_mail(const struct teller *t, const struct alert *a, struct out *o)
{
	char date[64];
	time_t now = time(NULL);
	struct tm tm;
	gmtime_r(&now, &tm);
	strftime(date, sizeof date, "%a, %d %b %Y %H:%M:%S +0000", &tm); /* RFC 5322, 3.3 */
	out_format(o, "From: %s\r\nTo: ", t->p->mail_from);
	for (size_t i = 0; i < t->p->mail_count; i++)
		out_format(o, "%s%s", i ? ", " : "", t->p->mail[i]);
	out_format(o, "\r\nSubject: %s\r\nDate: %s\r\n", a->subject, date);
	out_text(o, "Auto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\n" /* RFC 3834 */
		    "Content-Type: text/plain; charset=utf-8\r\n"
		    "Content-Transfer-Encoding: 8bit\r\n\r\n");
	for (slice rest = slice_of(a->body); rest.len;) {
		out_slice(o, slice_until(&rest, '\n'));
		out_text(o, "\r\n");
	}
}

static bool say_why(char *why, size_t size, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
static bool say_why(char *why, size_t size, const char *format, ...)
{
	va_list ap;
	va_start(ap, format);
	vsnprintf(why, size, format, ap);
	va_end(ap);
	return false;
}

static bool by_program(const struct teller *t, enum post_what what, slice text, char *why,
		       size_t size)
{
	struct alert_result r;
	if (!post_give(t->post, what, text, &r))
		_exit(2); /* the watch starts both again */
	snprintf(why, size, "%s", r.why);
	return r.fine;
}

/* Line ends are the host's. */
static bool mail_by_program(const struct teller *t, slice mail, char *why, size_t size)
{
	struct out plain = {.fd = -1};
	for (size_t i = 0; i < mail.len; i++)
		if (mail.at[i] != '\r')
			out_char(&plain, mail.at[i]);
	bool fine = by_program(t, POST_MAIL, (slice){plain.at, plain.len}, why, size);
	out_close(&plain);
	return fine;
}

/* --- by libcurl --- */

static size_t give_mail(char *to, size_t size, size_t n, void *ctx)
{
	slice *rest = ctx;
	slice part = slice_first(*rest, size * n);
	if (part.len)
		memcpy(to, part.at, part.len);
	*rest = slice_from(*rest, part.len);
	return part.len;
}

static size_t take_nothing(char *at, size_t size, size_t n, void *ctx)
{
	return size * n;
}

static CURL *open_curl(const char *url, const char *protocols, char *error)
{
	CURL *c = curl_easy_init();
	if (!c)
		return NULL;
	error[0] = 0;
	curl_easy_setopt(c, CURLOPT_URL, url);
	curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, protocols);
	curl_easy_setopt(c, CURLOPT_ERRORBUFFER, error);
	curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT, (long)CONNECT_S);
	curl_easy_setopt(c, CURLOPT_TIMEOUT, (long)WHOLE_S);
	curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, take_nothing);
	return c;
}

static bool close_curl(CURL *c, CURLcode done, const char *error, const char *what, char *why,
		       size_t size)
{
	curl_easy_cleanup(c);
	return done == CURLE_OK ||
	       say_why(why, size, "%s: %s", what, error[0] ? error : curl_easy_strerror(done));
}

static bool mail_by_smtp(const struct teller *t, slice mail, char *why, size_t size)
{
	char error[CURL_ERROR_SIZE];
	struct curl_slist *to = NULL;
	CURL *c = open_curl(t->p->smtp, "smtp,smtps", error);
	if (!c)
		return say_why(why, size, "smtp: out of memory");
	for (size_t i = 0; i < t->p->mail_count; i++)
		to = curl_slist_append(to, t->p->mail[i]);
	curl_easy_setopt(c, CURLOPT_MAIL_FROM, t->p->mail_from);
	curl_easy_setopt(c, CURLOPT_MAIL_RCPT, to);
	curl_easy_setopt(c, CURLOPT_USE_SSL, (long)(t->login[0] ? CURLUSESSL_ALL : CURLUSESSL_TRY));
	if (t->login[0])
		curl_easy_setopt(c, CURLOPT_USERPWD, t->login);
	curl_easy_setopt(c, CURLOPT_READFUNCTION, give_mail);
	curl_easy_setopt(c, CURLOPT_READDATA, &mail);
	curl_easy_setopt(c, CURLOPT_UPLOAD, 1L);
	CURLcode done = curl_easy_perform(c);
	curl_slist_free_all(to);
	return close_curl(c, done, error, "smtp", why, size);
}

void alert_signature(slice secret, int64_t seconds, slice body, char out[ALERT_SIGNATURE])
{
	unsigned char mac[EVP_MAX_MD_SIZE];
	unsigned len = 0;
	struct out o = {.fd = -1};
	out_format(&o, "%lld.", (long long)seconds);
	out_slice(&o, body);
	HMAC(EVP_sha256(), secret.at, (int)secret.len, (const unsigned char *)o.at, o.len, mac,
	     &len);
	out_close(&o);
	int n = snprintf(out, ALERT_SIGNATURE, "Tocsin-Signature: t=%lld,v1=", (long long)seconds);
	for (unsigned i = 0; i < len && n > 0; i++)
		n += snprintf(out + n, ALERT_SIGNATURE - (size_t)n, "%02x", mac[i]);
}

static bool call_webhook(const struct teller *t, const struct alert *a, char *why, size_t size)
{
	char error[CURL_ERROR_SIZE], signature[ALERT_SIGNATURE];
	struct curl_slist *heads = curl_slist_append(NULL, "Content-Type: application/json");
	CURL *c = open_curl(t->p->webhook, "http,https", error);
	long code = 0;
	if (!c)
		return say_why(why, size, "webhook: out of memory");
	if (t->secret_len) {
		alert_signature((slice){t->secret, t->secret_len}, time(NULL), slice_of(a->json),
				signature);
		heads = curl_slist_append(heads, signature);
	}
	curl_easy_setopt(c, CURLOPT_HTTPHEADER, heads);
	curl_easy_setopt(c, CURLOPT_USERAGENT, "tocsin/" TOCSIN_VERSION);
	curl_easy_setopt(c, CURLOPT_POSTFIELDSIZE, (long)strlen(a->json));
	curl_easy_setopt(c, CURLOPT_POSTFIELDS, a->json);
	CURLcode done = curl_easy_perform(c);
	curl_easy_getinfo(c, CURLINFO_RESPONSE_CODE, &code);
	curl_slist_free_all(heads);
	bool fine = close_curl(c, done, error, "webhook", why, size);
	if (fine && (code < 200 || code > 299))
		return say_why(why, size, "webhook: it answered %ld", code);
	return fine;
}

/* --- the process --- */

typedef bool deliver(const struct teller *t, const struct alert *a, char *why, size_t size);

static bool by_mail(const struct teller *t, const struct alert *a, char *why, size_t size)
{
	struct out o = {.fd = -1};
	write_mail(t, a, &o);
	bool fine =
	    (t->p->smtp ? mail_by_smtp : mail_by_program)(t, (slice){o.at, o.len}, why, size);
	out_close(&o);
	return fine;
}

static bool by_command(const struct teller *t, const struct alert *a, char *why, size_t size)
{
	struct out o = {.fd = -1};
	out_text(&o, a->json);
	out_text(&o, "\n");
	bool fine = by_program(t, POST_COMMAND, (slice){o.at, o.len}, why, size);
	out_close(&o);
	return fine;
}

static bool wants_mail(const struct guard_policy *p)
{
	return p->mail_count > 0;
}

static bool wants_webhook(const struct guard_policy *p)
{
	return p->webhook;
}

static bool wants_command(const struct guard_policy *p)
{
	return p->command[0];
}

/* The command last, and once: what it did by halves it would do twice. */
static const struct way {
	bool (*is_wanted)(const struct guard_policy *p);
	deliver *how;
	unsigned tries;
} ways[] = {
    {wants_mail, by_mail, TRIES},
    {wants_webhook, call_webhook, TRIES},
    {wants_command, by_command, 1},
};

bool tell_is_wanted(const struct guard_policy *p)
{
	for (size_t i = 0; i < sizeof ways / sizeof *ways; i++)
		if (ways[i].is_wanted(p))
			return true;
	return false;
}

/* Tried again a little later; who waits behind it waits in the queue. */
static void try_to(const struct teller *t, const struct way *w, const struct alert *a)
{
	struct alert_result r = {.fine = false};
	for (unsigned i = 0; i < w->tries && !r.fine; i++) {
		if (i)
			sleep(2 * i);
		r.fine = w->how(t, a, r.why, sizeof r.why);
	}
	if (r.fine)
		r.why[0] = 0;
	send(t->fd, &r, sizeof r, MSG_NOSIGNAL | MSG_DONTWAIT);
}

/* As text: it ends, and a subject is one line. */
bool alert_is_sound(const struct alert *a)
{
	size_t n = strnlen(a->subject, sizeof a->subject);
	return n < sizeof a->subject && strnlen(a->body, sizeof a->body) < sizeof a->body &&
	       strnlen(a->json, sizeof a->json) < sizeof a->json &&
	       slice_find((slice){a->subject, n}, '\n') == n &&
	       slice_find((slice){a->subject, n}, '\r') == n;
}

/* Who speaks with other hosts starts no program: that is another's, who is there before it is shut
 * in. */
static void shut_in(struct teller *t, const struct guard_policy *p, struct tell_secrets *s)
{
	char why[256];
	t->post = post_start(p, s);
	memcpy(t->secret, s->webhook, sizeof t->secret);
	memcpy(t->login, s->login, sizeof t->login);
	explicit_bzero(s, sizeof *s);
	signal(SIGPIPE, SIG_IGN);
	curl_global_init(CURL_GLOBAL_DEFAULT);
	bool fine = t->post >= 0 &&
		    sandbox_enter(SANDBOX_SPEAKER, SANDBOX_NOBODY, NULL, 0, why, sizeof why);
	if (!fine || why[0])
		fprintf(stderr, "tocsin: the process that tells %s: %s\n",
			fine ? "is less confined than it should be" : "cannot start",
			t->post < 0 ? strerror(errno) : why);
	if (!fine)
		_exit(2);
}

void tell_run(const struct guard_policy *p, int fd, struct tell_secrets *s)
{
	struct teller t = {.fd = fd, .secret_len = s->webhook_len};
	struct alert a;
	char host[256] = "localhost", from[300];
	struct guard_policy own = *p;
	gethostname(host, sizeof host - 1);
	snprintf(from, sizeof from, "tocsin@%s", host);
	own.mail_from = p->mail_from ? p->mail_from : from;
	t.p = &own;
	shut_in(&t, &own, s);
	for (ssize_t n; (n = recv(fd, &a, sizeof a, 0)) != 0;) {
		/* ECONNRESET, once: the watch is gone and had not read a result; the queue holds */
		if (n < 0 && (errno == ECONNRESET || errno == EINTR))
			continue;
		if (n != (ssize_t)sizeof a || !alert_is_sound(&a))
			break;
		for (size_t i = 0; i < sizeof ways / sizeof *ways; i++)
			if (ways[i].is_wanted(p))
				try_to(&t, &ways[i], &a);
	}
	_exit(0);
}

bool tell_read_secrets(const struct guard_policy *p, struct tell_secrets *s, char *why, size_t size)
{
	size_t n;
	*s = (struct tell_secrets){.webhook_len = 0};
	if (p->webhook_secret &&
	    !read_secret(p->webhook_secret, s->webhook, &s->webhook_len, SECRET_LEAST, why, size))
		return false;
	return !p->smtp_login || read_secret(p->smtp_login, s->login, &n, 3, why, size);
}
