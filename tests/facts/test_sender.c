/* test_sender.c - what an account sends, and what a session fetches, against what is usual. */
#include "story.h"

#include <stdio.h>

#define ANA "ana@our.example"

/* One message to `n` recipients named name0.., at `at`. */
static struct event send_to(struct story *s, double at, const char *queue, const char *name, int n)
{
	char words[160];
	struct event e = {0};
	snprintf(words, sizeof words,
		 "smtp-client user=" ANA " ip=192.0.2.7 proto=submission qid=%s", queue);
	story_tell(s, at, words, "");
	snprintf(words, sizeof words, "smtp-queue qid=%s size=1000 smtp.recipients=%d", queue, n);
	story_tell(s, at + 1, words, "account=" ANA " joined=1");
	for (int i = 0; i < n; i++) {
		snprintf(words, sizeof words,
			 "smtp-deliver qid=%s to=%s%d@away.example status=sent", queue, name, i);
		e = story_tell(s, at + 2, words, "account=" ANA);
	}
	return e;
}

/* The newsletter goes out each Monday, to the same people. */
static void newsletter(void **state)
{
	struct story s;
	char queue[16];
	story_start(&s);
	story_tell(&s, 0, "login+ user=" ANA " ip=192.0.2.7 proto=imap", "");
	for (int week = 0; week < 4; week++) {
		snprintf(queue, sizeof queue, "N%d", week);
		struct event e = send_to(&s, DAYS(7 * week), queue, "reader", 50);
		assert_true(story_is(&s, &e,
				     week ? "sent_hour=50 sent_day=50 sent_hour_usual=50 "
					    "sent_usual=50 sent_new_share=0 sent_refused=0 "
					    "sent_refused_share=0"
					  : "sent_hour=50 !sent_usual !sent_hour_usual "
					    "!sent_new_share",
				     queue));
	}
	story_tell(&s, DAYS(28), "smtp-client user=" ANA " ip=192.0.2.7 qid=M", "");
	story_tell(&s, DAYS(28), "smtp-queue qid=M smtp.recipients=2", "recipients_usual=50");
	story_end(&s);
}

/* Somebody else has the password. */
static void burst(void **state)
{
	struct story s;
	char words[120];
	story_start(&s);
	story_tell(&s, 0, "login+ user=" ANA " ip=192.0.2.7 proto=imap", "");
	send_to(&s, 60, "A", "friend", 3);
	send_to(&s, DAYS(2), "B", "friend", 2);
	struct event e = send_to(&s, DAYS(4), "C", "victim", 40);
	assert_true(story_is(&s, &e,
			     "sent_hour=40 sent_hour_usual=3 sent_day=40 sent_usual=3 "
			     "sent_new_share=100 sent_refused_share=0",
			     "burst"));
	for (int i = 0; i < 40; i++) {
		snprintf(words, sizeof words,
			 "smtp-deliver qid=C to=none%d@away.example status=bounced", i);
		e = story_tell(&s, DAYS(4) + 3, words, "!sent");
	}
	assert_true(
	    story_is(&s, &e, "sent_refused=40 sent_refused_share=50 sent_day=40", "bounces"));
	story_tell(&s, DAYS(4) + HOURS(2), "smtp-deliver qid=C to=friend1@away.example status=sent",
		   "sent_hour=1 sent_day=41 sent_new_share=97"); /* one of 41 is a friend */
	story_tell(&s, DAYS(4) + HOURS(2),
		   "smtp-deliver qid=C to=late@away.example status=deferred",
		   "!sent_hour !account");
	story_tell(&s, DAYS(4) + HOURS(2), "smtp-deliver qid=C to=ben@our.example status=sent",
		   "sent_day=41"); /* a colleague is not outside */
	story_tell(&s, DAYS(4) + HOURS(2), "smtp-deliver qid=Z to=x@away.example status=sent",
		   "!sent_day");
	story_end(&s);
}

static const struct told sessions[] = {
    {60, "session-end user=ana ip=192.0.2.7 start=0 bodies=10 mail.header.count=2000",
     "session.pace=10 headers_per_body=20000"},
    {60, "session-end user=ana ip=192.0.2.7 start=30 bodies=100 mail.header.count=0",
     "session.pace=200 headers_per_body=0"},
    {60, "session-end user=ana ip=192.0.2.7 bodies=100", "!session.pace !headers_per_body"},
    {60, "session-end user=ana ip=192.0.2.7 start=30 bodies=0 mail.header.count=7",
     "!session.pace !headers_per_body"},
    {60, "session-end user=ana ip=192.0.2.7 start=30 retr=40", "session.pace=80"},
};

static const struct told reads[] = {
    {0, "login+ user=ana ip=192.0.2.7 proto=imap", ""},
    {60, "session-end user=ana ip=192.0.2.7 proto=imap bodies=6 bytes=20480", ""},
    {DAYS(2), "login+ user=ana ip=192.0.2.7 proto=imap", ""},
    {DAYS(3), "login+ user=ana ip=203.0.113.9 proto=imap", ""},
    {DAYS(3) + 60, "session-end user=ana ip=192.0.2.7 proto=imap bodies=2 bytes=2048", ""},
    {DAYS(3) + 90, "session-end user=ana ip=203.0.113.9 proto=imap bodies=5 bytes=4096",
     "reads=5 reads_day=7 reads_usual=6 read_bytes_usual=20480"},
};

static void totals(void **state)
{
	struct story s;
	story_start(&s);
	STORY(&s, "sessions", sessions);
	story_end(&s);
	story_start(&s);
	STORY(&s, "reads", reads);
	story_end(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(newsletter),
	    cmocka_unit_test(burst),
	    cmocka_unit_test(totals),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
