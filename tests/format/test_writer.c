/* test_writer.c - lines in the journal: whose are they, and what is left of a stranger's. */
#include "expect.h"

/* What wrote a line that claims `module`; the line itself is one of each daemon. */
struct written {
	const char *name, *who, *program, *message;
	bool stranger;
};

#define LOGIN                                                                                      \
	"imap-login: Login: user=<ana@x.example>, method=PLAIN, rip=203.0.113.9, "                 \
	"lip=192.0.2.25, mpid=11, TLS, session=<INiMPDZNQJzAAAJG>"
#define SSHD       "Accepted password for ana from 203.0.113.9 port 4000 ssh2"
#define SMTPD      "connect from unknown[203.0.113.9]"
#define EXE(path)  "\"_EXE\":\"" path "\","
#define UNIT(name) "\"_SYSTEMD_UNIT\":\"" name "\","
#define UID(n)     "\"_UID\":\"" n "\","

static const struct written cases[] = {
    {"root, by whatever", UID("0") EXE("/usr/bin/logger"), "dovecot", LOGIN, false},
    {"nothing known", "", "dovecot", LOGIN, false},
    {"own program", UID("999") EXE("/usr/lib/dovecot/imap-login"), "dovecot", LOGIN, false},
    {"own program elsewhere", UID("999") EXE("/opt/dovecot/libexec/log"), "dovecot", LOGIN, false},
    {"own unit", UID("999") UNIT("dovecot.service"), "dovecot", LOGIN, false},
    {"logger of a user", UID("1000") EXE("/usr/bin/logger"), "dovecot", LOGIN, true},
    {"logger of a web server", UID("33") EXE("/usr/bin/logger"), "dovecot", LOGIN, true},
    {"a name like it in a home", UID("1000") EXE("/home/a/dovecot/log"), "dovecot", LOGIN, true},
    {"a name like it in /tmp", UID("33") EXE("/tmp/sshd"), "sshd", SSHD, true},
    {"not a beginning", UID("33") EXE("/usr/bin/notdovecot"), "dovecot", LOGIN, true},
    {"another daemon's unit", UID("33") UNIT("php8.2-fpm.service"), "sshd", SSHD, true},
    {"a user's manager", UID("1000") UNIT("user@1000.service"), "postfix/smtpd", SMTPD, true},
    {"the user alone", UID("1000"), "postfix/smtpd", SMTPD, true},
    {"a system account alone", UID("104"), "postfix/smtpd", SMTPD, false},
    {"nobody alone", UID("65534"), "sshd", SSHD, false},
    {"no user id", UID("x") EXE("/usr/bin/logger"), "sshd", SSHD, false},
    {"a program of no table", UID("1000") EXE("/usr/bin/logger"), "named", "running", false},
};

static void decode(const struct written *w, struct event *e, struct arena *scratch)
{
	struct format_state st;
	format_start(&st, NULL, 0);
	slice record =
	    arena_format(scratch,
			 "{\"__REALTIME_TIMESTAMP\":\"1773745200000000\",\"_HOSTNAME\":\"mail\",%s"
			 "\"SYSLOG_IDENTIFIER\":\"%s\",\"MESSAGE\":\"%s\"}",
			 w->who, w->program, w->message);
	format_decode(&st, record, e, scratch);
}

static void test_json(void **state)
{
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct arena scratch = {0};
		struct event e;
		decode(&cases[i], &e, &scratch);
		if ((e.action == ACT_LOG_FORGED) != cases[i].stranger)
			fail_msg("%s: %s", cases[i].name, cases[i].stranger ? "taken" : "marked");
		arena_free(&scratch);
	}
}

/* Nothing that the line says is left to hold against anybody. */
static void test_what_is_left(void **state)
{
	struct arena scratch = {0};
	struct event e;
	decode(&cases[5], &e, &scratch);
	assert_false(event_has(&e, F_USER));
	assert_false(event_has(&e, F_SOURCE_IP));
	assert_false(event_has(&e, F_SESSION));
	assert_int_equal(e.outcome, OUT_NONE);
	assert_true(slice_eq(event_get(&e, F_WRITER_CLAIM), SLICE("login")));
	assert_true(slice_eq(event_get(&e, F_WRITER_EXE), SLICE("/usr/bin/logger")));
	assert_true(slice_eq(event_get(&e, F_USER_ID), SLICE("1000")));
	assert_true(slice_eq(event_get(&e, F_HOST), SLICE("mail")));
	assert_int_equal(event_get_number(&e, F_TIME, 0), 1773745200000000);
	arena_free(&scratch);
}

/* journalctl -o export says the same. */
static void test_export(void **state)
{
	static const char *const lines[] = {"__REALTIME_TIMESTAMP=1773745200000000",
					    "_UID=1000",
					    "_EXE=/usr/bin/logger",
					    "_SYSTEMD_UNIT=session-3.scope",
					    "SYSLOG_IDENTIFIER=dovecot",
					    "MESSAGE=" LOGIN,
					    ""};
	struct arena scratch = {0};
	struct format_state st;
	struct event e;
	format_start(&st, NULL, 0);
	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
		format_decode(&st, slice_of(lines[i]), &e, &scratch);
	assert_int_equal(e.action, ACT_LOG_FORGED);
	assert_true(slice_eq(event_get(&e, F_WRITER_UNIT), SLICE("session-3.scope")));
	arena_free(&scratch);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_json),
					   cmocka_unit_test(test_what_is_left),
					   cmocka_unit_test(test_export)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
