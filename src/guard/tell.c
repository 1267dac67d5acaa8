/*
 * tell.c - alerts on their way: a process of its own, so that a mail server or a webhook that does
 * not answer delays nothing.
 *
 * Its queue is the buffer of the socket between: a full one is said to the watch, which counts.  It
 * is nobody where the watch is root, and has read its secrets before.  When the watch is gone it
 * delivers what still waits, and ends.  A webhook gets the alert as
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
#include <spawn.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
	SECRET_LEAST = 16,
	SECRET_MOST = 4096,
	CONNECT_S = 10,
	WHOLE_S = 30,
	SENDMAIL_MS = 30000,
	TRIES = 3,
};

struct teller {
	const struct guard_policy *p;
	int fd;
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

static bool wait_for(pid_t pid, int *status)
{
	const struct timespec moment = {0, 20 * 1000 * 1000};
	for (int ms = 0; ms < SENDMAIL_MS; ms += 20) {
		if (waitpid(pid, status, WNOHANG) == pid)
			return true;
		nanosleep(&moment, NULL);
	}
	kill(pid, SIGKILL);
	waitpid(pid, status, 0);
	return false;
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

/* sendmail(1), as Postfix, Exim and others have it: line ends are the host's. */
static bool mail_by_program(const struct teller *t, slice mail, char *why, size_t size)
{
	const char *argv[8 + POLICY_MAIL] = {t->p->sendmail, "-i", "-f", t->p->mail_from, "--"};
	posix_spawn_file_actions_t fa;
	int pipes[2], status = 0;
	pid_t pid;
	struct out plain = {.fd = -1};
	for (size_t i = 0; i < t->p->mail_count; i++)
		argv[5 + i] = t->p->mail[i];
	if (pipe2(pipes, O_CLOEXEC) != 0)
		return say_why(why, size, "sendmail: %s", strerror(errno));
	posix_spawn_file_actions_init(&fa);
	posix_spawn_file_actions_adddup2(&fa, pipes[0], 0);
	int error = posix_spawn(&pid, argv[0], &fa, NULL, (char *const *)(uintptr_t)argv,
				(char *const[]){"PATH=/usr/sbin:/usr/bin:/bin", NULL});
	posix_spawn_file_actions_destroy(&fa);
	close(pipes[0]);
	for (size_t i = 0; i < mail.len; i++)
		if (mail.at[i] != '\r')
			out_char(&plain, mail.at[i]);
	bool sent = !error && write(pipes[1], plain.at, plain.len) == (ssize_t)plain.len;
	close(pipes[1]);
	out_close(&plain);
	if (error)
		return say_why(why, size, "%s: %s", argv[0], strerror(error));
	if (!wait_for(pid, &status))
		return say_why(why, size, "%s did not end within 30 s", argv[0]);
	if (!sent || !WIFEXITED(status) || WEXITSTATUS(status))
		return say_why(why, size, "%s refused it, exit status %d", argv[0],
			       WIFEXITED(status) ? WEXITSTATUS(status) : -1);
	return true;
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

/* Tried again a little later; who waits behind it waits in the queue. */
static void try_to(struct teller *t, deliver *how, const struct alert *a)
{
	struct alert_result r = {.fine = false};
	for (unsigned i = 0; i < TRIES && !r.fine; i++) {
		if (i)
			sleep(2 * i);
		r.fine = how(t, a, r.why, sizeof r.why);
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

void tell_run(const struct guard_policy *p, int fd, const struct tell_secrets *s)
{
	struct teller t = {.p = p, .fd = fd, .secret_len = s->webhook_len};
	struct alert a;
	char host[256] = "localhost", from[300];
	struct guard_policy own = *p;
	gethostname(host, sizeof host - 1);
	snprintf(from, sizeof from, "tocsin@%s", host);
	own.mail_from = p->mail_from ? p->mail_from : from;
	t.p = &own;
	memcpy(t.secret, s->webhook, sizeof t.secret);
	memcpy(t.login, s->login, sizeof t.login);
	if (!sandbox_be_nobody(0))
		_exit(2);
	signal(SIGPIPE, SIG_IGN);
	curl_global_init(CURL_GLOBAL_DEFAULT);
	for (ssize_t n; (n = recv(fd, &a, sizeof a, 0)) != 0;) {
		/* ECONNRESET, once: the watch is gone and had not read a result; the queue holds */
		if (n < 0 && (errno == ECONNRESET || errno == EINTR))
			continue;
		if (n != (ssize_t)sizeof a || !alert_is_sound(&a))
			break;
		if (p->mail_count)
			try_to(&t, by_mail, &a);
		if (p->webhook)
			try_to(&t, call_webhook, &a);
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
