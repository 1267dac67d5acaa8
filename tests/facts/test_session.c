/* test_session.c - ends without a start, mail on its way out, redirects, files read on the host. */
#include "story.h"

#include <stdio.h>

#define ANA " user=ana ip=192.0.2.7 proto=imap"

/* What is told after the first event at 0; what must have been emitted by the end. */
static const struct {
	const char *name;
	struct told rows[5];
	const char *emitted;
} ends[] = {
    {"the start is nowhere",
     {{500, "session-end sid=x start=400" ANA}, {511, "warning"}},
     "log-inconsistent ana 192.0.2.7 500\n"},
    {"ten seconds are waited", {{500, "session-end sid=x start=400" ANA}, {510, "warning"}}, ""},
    {"the start stands before",
     {{400, "login+ sid=x" ANA}, {500, "session-end sid=x start=400" ANA}, {600, "warning"}},
     ""},
    {"the start comes late",
     {{500, "session-end sid=x start=499" ANA}, {505, "login+ sid=x" ANA}, {600, "warning"}},
     ""},
    {"it comes too late",
     {{500, "session-end sid=x start=499" ANA}, {511, "login+ sid=x" ANA}, {600, "warning"}},
     "log-inconsistent ana 192.0.2.7 500\n"},
    {"another session's start",
     {{400, "login+ sid=y" ANA}, {500, "session-end sid=x start=400" ANA}, {600, "warning"}},
     "log-inconsistent ana 192.0.2.7 500\n"},
    {"an end for each start",
     {{400, "login+ sid=x" ANA},
      {450, "session-end sid=x start=400" ANA},
      {500, "session-end sid=x start=400" ANA},
      {600, "warning"}},
     "log-inconsistent ana 192.0.2.7 500\n"},
    {"it began before the records",
     {{500, "session-end sid=x start=-5" ANA}, {600, "warning"}},
     ""},
    {"in their first minute", {{500, "session-end sid=x start=59" ANA}, {600, "warning"}}, ""},
    {"a start after its end", {{500, "session-end sid=x start=501" ANA}, {600, "warning"}}, ""},
    {"no start is dated", {{500, "session-end sid=x" ANA}, {600, "warning"}}, ""},
    {"no address", {{500, "session-end sid=x start=400 user=ana"}, {600, "warning"}}, ""},
    {"no account", {{500, "session-end sid=x start=400 ip=192.0.2.7"}, {600, "warning"}}, ""},
    {"an id too long to keep",
     {{500, "session-end sid=0123456789012345678901234567890123456789x start=400" ANA},
      {600, "warning"}},
     ""},
    {"sign-ins that bear no id",
     {{300, "login+ module=dovecot" ANA},
      {500, "session-end sid=x start=400" ANA},
      {600, "warning"}},
     ""},
    {"its process tells of it",
     {{400, "login+ sid=x session.process.pid=7" ANA},
      {500, "session-end sid=x process.pid=7 start=400" ANA},
      {600, "warning"}},
     ""},
    {"its process, once",
     {{400, "login+ sid=x session.process.pid=7" ANA},
      {450, "session-end sid=x process.pid=7 start=400" ANA},
      {500, "session-end sid=x process.pid=7 start=400" ANA},
      {600, "warning"}},
     "log-inconsistent ana 192.0.2.7 500\n"},
    {"no process tells of it",
     {{400, "login+ sid=x session.process.pid=7" ANA},
      {500, "session-end sid=x start=400" ANA},
      {600, "warning"}},
     ""},
    {"another process does, and then again another",
     {{400, "login+ sid=x session.process.pid=7" ANA},
      {450, "session-end sid=x process.pid=8 start=400" ANA},
      {460, "login+ sid=y session.process.pid=8" ANA},
      {500, "session-end sid=y process.pid=9 start=460" ANA}},
     ""},
    {"its process serves the next one before",
     {{400, "login+ sid=x session.process.pid=7" ANA},
      {450, "login+ sid=y session.process.pid=7" ANA},
      {500, "session-end sid=x process.pid=8 start=400" ANA},
      {520, "session-end sid=y process.pid=7 start=450" ANA}},
     ""},
    {"two, in order",
     {{500, "session-end sid=x start=400" ANA},
      {501, "session-end sid=y start=400 user=ben ip=192.0.2.8"},
      {600, "warning"}},
     "log-inconsistent ana 192.0.2.7 500\nlog-inconsistent ben 192.0.2.8 501\n"},
};

static void ends_without_a_start(void **state)
{
	for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
		struct story s;
		story_start(&s);
		story_tell(&s, 0, "warning", "");
		for (const struct told *r = ends[i].rows; r->event; r++)
			story_tell(&s, r->at, r->event, "");
		story_emitted(&s, ends[i].name, ends[i].emitted);
		story_end(&s);
	}
}

/* Its sign-in was taken for the copy that it is; its end came when nobody remembered the first. */
static void a_session_told_again(void **state)
{
	struct story s;
	story_start(&s);
	story_tell(&s, 0, "warning", "");
	for (int told_again = 1; told_again >= 0; told_again--) {
		struct event copy = story_event(&s, 400, "login+ sid=x" ANA);
		story_tell(&s, 400, "login+ sid=x" ANA, "");
		story_tell(&s, 450, "session-end sid=x start=400" ANA, "");
		if (told_again)
			facts_copied(s.facts, &copy);
		story_tell(&s, 460,
			   told_again ? "session-end sid=x start=400" ANA
				      : "session-end sid=z start=400" ANA,
			   "");
		story_tell(&s, 600, "warning", "");
		story_emitted(&s, told_again ? "told again" : "another's",
			      told_again ? "" : "log-inconsistent ana 192.0.2.7 460\n");
	}
	story_end(&s);
}

static void take(void *ctx, const struct event *e)
{
	*(struct event *)ctx = *e;
}

static void what_an_orphan_says(void **state)
{
	struct story s;
	struct event got = {0};
	story_start(&s);
	story_tell(&s, 0, "warning", "");
	struct event end = story_event(&s, 500, "session-end sid=x start=400" ANA);
	facts_add(s.facts, &end, take, &got);
	struct event later = story_event(&s, 900, "warning");
	facts_add(s.facts, &later, take, &got);
	assert_int_equal(got.action, ACT_LOG_INCONSISTENT);
	assert_true(got.place.offset == end.place.offset && got.place.line == end.place.line);
	assert_int_equal(event_get_number(&got, F_START, 0), STORY_BEGAN + 400 * CLOCK_SECOND);
	assert_int_equal(event_get_number(&got, F_TIME, 0), STORY_BEGAN + 500 * CLOCK_SECOND);
	story_end(&s);
}

/* A flood of ends is bounded, and what is emitted is never more than there were. */
static void many_ends(void **state)
{
	struct story s;
	char words[80];
	story_start(&s);
	story_tell(&s, 0, "warning", "");
	for (int i = 0; i < 1000; i++) {
		snprintf(words, sizeof words, "session-end sid=s%d start=400" ANA, i);
		story_tell(&s, 500, words, "");
	}
	story_tell(&s, 600, "warning", "");
	size_t lines = 0;
	for (size_t i = 0; i < s.told.len; i++)
		lines += s.told.at[i] == '\n';
	assert_true(lines >= 10 && lines <= 1000);
	story_end(&s);
}

static const struct told redirects[] = {
    {0, "login+ user=ana@our.example ip=192.0.2.7 proto=imap", ""},
    {60, "redirect user=ana@our.example target=old@away.example",
     "to_external=1 target.state=known"}, /* too early to tell */
    {61, "redirect user=ana@our.example target=ben@OUR.example", "to_external=0"},
    {62, "redirect user=ana@our.example target=nowhere", "!to_external !target.state"},
    {63, "redirect target=x@away.example", "!to_external !target.state"},
    {DAYS(3), "redirect user=ana@our.example target=new@else.example",
     "to_external=1 target.state=new"},
    {DAYS(3) + 60, "redirect user=ana@our.example target=other@ELSE.example", "target.state=new"},
    {DAYS(3) + 60, "redirect user=ben@our.example target=x@away.example",
     "target.state=new"}, /* for ben */
    {DAYS(4), "redirect user=ana@our.example target=new@else.example", "target.state=known"},
    {DAYS(4), "redirect user=ana@our.example target=x@away.example", "target.state=known"},
};

static void where_filters_send_mail(void **state)
{
	struct story s;
	story_start(&s);
	STORY(&s, "redirects", redirects);
	story_end(&s);
}

static const struct told posts[] = {
    {0, "login+ user=ana@our.example ip=192.0.2.7 proto=imap", ""},
    {1, "smtp-client user=ana@our.example ip=192.0.2.7 qid=A1 proto=submission",
     "account=ana@our.example protocol.state=new network.state=learning"},
    {2, "smtp-queue qid=A1 size=4096", "!account"},
    {3, "smtp-deliver qid=A1 to=x@away.example status=sent",
     "account=ana@our.example joined=1 to_external=1 ip=192.0.2.7 size=4096 sent=1 sent_bytes=4096 "
     "target.state=known"},
    {3, "smtp-deliver qid=A1 to=y@away.example status=sent", "sent=2 sent_bytes=8192"},
    {3, "smtp-deliver qid=A1 to=z@away.example status=deferred", "!account !sent"},
    {3, "smtp-deliver qid=A1 to=ben@our.example status=sent",
     "to_external=0 account=ana@our.example !sent !target.state"},
    {3, "smtp-deliver qid=A2 to=x@away.example status=sent", "!account !joined"},
    {3, "smtp-deliver to=x@away.example status=sent", "!account !joined"},
    {4, "smtp-client user=ana@our.example ip=127.0.0.1 qid=A3",
     "account=ana@our.example !network.state"},
    {5, "smtp-deliver qid=A3 to=x@away.example status=sent",
     "account=ana@our.example joined=1 to_external=1 !ip !sent"},
    {DAYS(3), "smtp-client user=ana@our.example ip=192.0.2.7 qid=A1", ""},
    {DAYS(3), "smtp-deliver qid=A1 to=x@new.example status=sent",
     "target.state=new sent=1 sent_bytes=0 !size"},
    {DAYS(3), "redirect user=ana@our.example target=x@away.example",
     "target.state=new"}, /* to write is not to redirect */
};

static void mail_on_its_way_out(void **state)
{
	struct story s;
	story_start(&s);
	STORY(&s, "posts", posts);
	story_end(&s);
}

#define M "path=/var/vmail/our.example"
static const struct told files[] = {
    {0, "file-open audit=7 exe=/usr/bin/tar login=1001 key=mailstore", "!mailboxes"},
    {0, "file-open audit=7 " M "/ana/cur/1.eml",
     "exe=/usr/bin/tar login=1001 key=mailstore joined=1 mailboxes=1 reader.state=new"},
    {0, "file-open audit=8 " M "/ana/cur/2.eml", "!exe !joined"}, /* another system call's */
    {1, "file-open audit=9 exe=/usr/bin/tar login=1001", ""},
    {1, "file-open audit=9 " M "/ana/new/3.eml", "exe=/usr/bin/tar mailboxes=1"},
    {2, "file-open audit=9 " M "/ben/cur/4.eml", "mailboxes=2"},
    {3, "file-open audit=9 exe=/usr/bin/cat login=1001 " M "/ben/cur/4.eml",
     "exe=/usr/bin/cat !joined mailboxes=1 reader.state=new"},
    {DAYS(1), "file-open audit=9 " M "/ben/cur/4.eml", "reader.state=known mailboxes=1"},
    {DAYS(1), "file-open " M "/ben/cur/4.eml", "!exe"}, /* no number to join by */
};

static void files_read_on_the_host(void **state)
{
	struct story s;
	story_start(&s);
	STORY(&s, "files", files);
	struct event e = story_event(&s, DAYS(1), "file-open audit=9 " M "/ben/cur/5.eml");
	facts_file(s.facts, &e);
	assert_true(
	    story_is(&s, &e, "exe=/usr/bin/tar login=1001 joined=1 !mailboxes", "second walk"));
	story_end(&s);
}

#define SMTPD " module=opensmtpd proto=smtp sid=s1"

/* Of OpenSMTPD the session ties address, account and message, of sendmail the process. */
static const struct told handed_in[] = {
    {0, "connect ip=203.0.113.7" SMTPD, ""},
    {1, "login-" SMTPD " user=ana", "ip=203.0.113.7"},
    {2, "smtp-queue qid=Q0" SMTPD, "ip=203.0.113.7 !user"}, /* nobody is signed in yet */
    {3, "login+" SMTPD " user=ana", "ip=203.0.113.7 account=ana"},
    {4, "smtp-queue qid=Q1" SMTPD, "ip=203.0.113.7 user=ana account=ana"},
    {4, "smtp-queue qid=Q2 module=opensmtpd sid=s2", "!ip !user"},
    {10, "smtp-client+ module=sendmail process.name=sm-mta process.pid=7 user=ben ip=192.0.2.9",
     ""},
    {11, "smtp-queue qid=Q3 module=sendmail process.name=sm-mta process.pid=7 ip=192.0.2.9",
     "user=ben account=ben"},
    {11, "smtp-queue qid=Q4 module=sendmail process.name=sm-mta process.pid=7 ip=192.0.2.10",
     "!user"}, /* another client */
    {9000, "smtp-queue qid=Q5 module=sendmail process.name=sm-mta process.pid=7 ip=192.0.2.9",
     "!user"}, /* the number came again */
};

static void who_hands_in_mail(void **state)
{
	struct story s;
	story_start(&s);
	STORY(&s, "handed in", handed_in);
	struct event e = story_event(&s, 5, "smtp-queue qid=Q6" SMTPD);
	facts_submission(s.facts, &e);
	assert_true(story_is(&s, &e, "ip=203.0.113.7 user=ana", "second walk"));
	story_end(&s);
}

#define CAME(user, ip, sid) "login+ user=" user " ip=" ip " proto=imap module=dovecot sid=" sid
#define WENT(user)          "session-end user=" user " proto=imap module=dovecot"

static const struct told unnamed[] = {
    {0, CAME("ana", "192.0.2.7", "a0"), ""},
    {1, WENT("ana"), "!ip !sid"}, /* the first: nothing was remembered yet */
    {10, CAME("ana", "192.0.2.7", "a1"), ""},
    {11, WENT("ana"), "ip=192.0.2.7 sid=a1 joined=1"},
    {12, WENT("ana"), "!ip !sid !joined"}, /* it began before all that is known */
    /* two of one address: the address is sure */
    {20, CAME("ana", "192.0.2.7", "a2"), ""},
    {21, CAME("ana", "192.0.2.7", "a3"), ""},
    {22, WENT("ana"), "ip=192.0.2.7 joined=1"},
    /* and one of another, until all have ended */
    {23, CAME("ana", "203.0.113.5", "a4"), ""},
    {24, WENT("ana"), "!ip !sid"},
    {25, WENT("ana"), "!ip !sid"},
    {26, CAME("ana", "203.0.113.5", "a5"), ""},
    {27, WENT("ana"), "ip=203.0.113.5 sid=a5"},
    /* somebody else, another protocol, a day later */
    {30, CAME("ben", "203.0.113.5", "b1"), ""},
    {31, WENT("ana"), "!ip"},
    {32, "session-end user=ben proto=pop3 module=dovecot", "!ip"},
    {32 + DAYS(1), WENT("ben"), "!ip"},
};

static void ends_that_name_an_account_alone(void **state)
{
	struct story s;
	story_start(&s);
	STORY(&s, "unnamed", unnamed);
	struct event in = story_event(&s, 10, CAME("ana", "192.0.2.7", "a1")),
		     end = story_event(&s, 11, WENT("ana"));
	facts_unnamed(s.facts, &in);
	facts_unnamed(s.facts, &end);
	assert_true(story_is(&s, &end, "ip=192.0.2.7 sid=a1", "second walk"));
	story_end(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(ends_without_a_start),
	    cmocka_unit_test(a_session_told_again),
	    cmocka_unit_test(what_an_orphan_says),
	    cmocka_unit_test(many_ends),
	    cmocka_unit_test(where_filters_send_mail),
	    cmocka_unit_test(mail_on_its_way_out),
	    cmocka_unit_test(files_read_on_the_host),
	    cmocka_unit_test(who_hands_in_mail),
	    cmocka_unit_test(ends_that_name_an_account_alone),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
