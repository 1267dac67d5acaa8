/* test_seen.c - what logs say of an intruder, and how far they can speak of each layer. */
#include "respond/plan.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#define AT(time, host, rest) "2026-03-17T" time ".000000+00:00 " host " " rest "\n"
#define LOGIN(time, host, user, ip)                                                                \
	AT(time, host,                                                                             \
	   "dovecot: imap-login: Login: user=<" user ">, method=PLAIN, rip=" ip                    \
	   ", lip=192.0.2.25, mpid=7, TLS, session=<abcdefgh" host ">")
#define END(time, host, user)                                                                      \
	AT(time, host,                                                                             \
	   "dovecot: imap(" user ")<7><abcdefgh" host ">: Disconnected: Logged out in=90 out=900 " \
	   "deleted=0 expunged=0 trashed=0 hdr_count=0 hdr_bytes=0 body_count=0 body_bytes=0")
#define SENT(time, host, user, ip)                                                                 \
	AT(time, host,                                                                             \
	   "postfix/submission/smtpd[9]: 4gBvXy1Zz1z2k: client=unknown[" ip "], sasl_method=PLAIN" \
	   ", sasl_username=" user)
#define QUEUED(time, host)                                                                         \
	AT(time, host,                                                                             \
	   "postfix/qmgr[3]: 4gBvXy1Zz1z2m: from=<x@example.net>, size=1, nrcpt=1 "                \
	   "(queue active)")
#define STORED(time, host, user)                                                                   \
	AT(time, host,                                                                             \
	   "dovecot: lmtp(" user                                                                   \
	   ")<8><x>: sieve: msgid=<a@example.net>: stored mail into mailbox "                      \
	   "'INBOX'")
#define WEB(time, target)                                                                          \
	"198.51.100.7 - - [17/Mar/2026:" time " +0000] \"GET " target " HTTP/1.1\" 200 9 \"-\" "   \
	"\"x\"\n"

#define ANA  "ana@example.org"
#define BOB  "bob@example.org"
#define HIS  "203.0.113.9"
#define THEN 1773748800000000 /* 2026-03-17T12:00:00Z, the last step */

#define RC_LOGIN(time, user, ip)                                                                   \
	"[17-Mar-2026 " time " +0000]: <abcd1234> Successful login for " user " (ID: 1) from " ip  \
	" in session abcdabcdabcdabcd\n"

static const struct {
	const char *name, *mail, *other, *access;
	/* a letter a layer: o out (a log of it reaches beyond), u unknown, . not asked */
	const char *wanted;
} cases[] = {
    {"all of it",
     LOGIN("11:00:00", "a", ANA, HIS) END("11:01:00", "a", ANA) SENT("11:02:00", "a", ANA, HIS)
	 LOGIN("12:30:00", "a", BOB, "198.51.100.7") QUEUED("12:31:00", "a")
	     STORED("12:32:00", "a", BOB),
     "", WEB("12:40:00", "/?_task=mail&_action=list"), "ooooo."},
    {"mail's log ends, the web's goes on",
     LOGIN("11:00:00", "a", ANA, HIS) END("11:01:00", "a", ANA), "",
     WEB("12:40:00", "/?_task=mail&_action=list"), "uuouu."},
    {"the web's log alone", "", "", WEB("12:40:00", "/?_task=mail&_action=list"), "uuouu."},
    {"a web site that is no webmail", "", "", WEB("12:40:00", "/index.html"), "uuuuu."},
    {"no log of webmail: its sign-ins would show",
     LOGIN("11:00:00", "a", ANA, HIS) LOGIN("12:30:00", "a", BOB, "198.51.100.7"), "", "",
     "ououu."},
    {"Dovecot is quiet, its file goes on",
     LOGIN("11:00:00", "a", ANA, HIS) END("11:01:00", "a", ANA) QUEUED("12:31:00", "a"), "", "",
     "oooou."},
    {"the host that he used is silent, another speaks",
     LOGIN("11:00:00", "a", ANA, HIS) END("11:01:00", "a", ANA),
     LOGIN("12:30:00", "b", BOB, "198.51.100.7") END("12:31:00", "b", BOB), "", "uuuuu."},
    {"he was never seen on either", LOGIN("11:00:00", "a", BOB, "198.51.100.7"),
     LOGIN("12:30:00", "b", BOB, "198.51.100.7"), "", "ououu."},
    {"webmail's own list of sign-ins is quiet",
     LOGIN("11:00:00", "a", ANA, HIS) LOGIN("12:30:00", "a", BOB, "198.51.100.7"),
     RC_LOGIN("11:00:00", ANA, HIS), "", "ououu."},
    {"it goes on, Dovecot's log does not", LOGIN("11:00:00", "a", ANA, HIS),
     RC_LOGIN("12:30:00", BOB, "198.51.100.7"), "", "uuouu."},
    {"Postfix alone", QUEUED("12:31:00", "a"), "", "", "uuuou."},
};

static void put(const char *dir, const char *name, const char *text)
{
	char path[200];
	snprintf(path, sizeof path, "%s/%s", dir, name);
	FILE *f = fopen(path, "w");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static void nothing(void *ctx, enum input_trouble trouble, const char *path, uint64_t line,
		    const char *what, const char *remedy)
{
}

static struct response *response(struct arena *a)
{
	static const char *const layers[] = {"sign-in", "imap", "webmail", "submission", "filter"};
	struct response *p = arena_new(a, struct response);
	struct address ip;
	*list_add(&p->accounts) = SLICE(ANA);
	assert_true(address_parse(SLICE(HIS), &ip));
	*list_add(&p->sources) = ip;
	for (size_t i = 0; i < sizeof layers / sizeof *layers; i++)
		*list_add(&p->actions) =
		    (struct respond_action){.layer = slice_of(layers[i]), .state = ACTION_APPLIED};
	return p;
}

static void test_reach(void **state)
{
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char dir[] = "/tmp/tocsin-seen-XXXXXX", said[SEEN_LAYERS + 1] = "";
		struct arena a = {0};
		struct seen s;
		assert_non_null(mkdtemp(dir));
		put(dir, "mail.log", cases[i].mail);
		put(dir, "other.log", cases[i].other);
		put(dir, "access.log", cases[i].access);
		struct response *p = response(&a);
		const char *paths[] = {dir};
		assert_true(respond_seen(p, paths, 1, nothing, &s));
		for (int k = 0; k < SEEN_LAYERS; k++)
			said[k] = !s.layers[k].asked             ? '.'
				  : s.layers[k].reach_us >= THEN ? 'o'
								 : 'u';
		if (strcmp(said, cases[i].wanted) != 0)
			fail_msg("%s: %s, not %s", cases[i].name, said, cases[i].wanted);
		respond_seen_free(&s);
		list_free(&p->accounts);
		list_free(&p->sources);
		list_free(&p->actions);
		struct work w = {.arena = &a};
		RUN(&w, "rm", "-r", dir);
		arena_free(&a);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_reach)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
