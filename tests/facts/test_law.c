/* test_law.c - laws that honest logs keep: what breaks them, and what looks as if it did. */
#include "story.h"

#include <stdio.h>

#define MX " host.name=mx"

static int queue_number;

/* A message as a host of Postfix tells of it, but for the lines named in `without`. */
static void letter(struct story *s, double at, const char *from, const char *without)
{
	static const struct {
		char name;
		const char *line;
	} lines[] = {
	    {'k', "connect process.name=postfix/smtpd process.pid=77 ip=192.0.2.1"},
	    {'c', "smtp-client qid=Q%d ip=192.0.2.1 process.name=postfix/smtpd"},
	    {'i', "smtp-message qid=Q%d email.message_id=m%d@x.example"},
	    {'q', "smtp-queue qid=Q%d email.from.address=%s smtp.recipients=2"},
	    {'d', "disconnect process.name=postfix/smtpd process.pid=77 ip=192.0.2.1"},
	    {'t', "smtp-deliver qid=Q%d to=ben@our.example status=sent process.name=postfix/lmtp"},
	    {'u', "smtp-deliver qid=Q%d to=cem@our.example status=sent process.name=postfix/lmtp"},
	    {'r', "smtp-remove qid=Q%d process.name=postfix/qmgr"},
	};
	char words[260], line[200];
	queue_number++;
	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
		if (strchr(without, lines[i].name))
			continue;
		if (lines[i].name == 'q')
			snprintf(line, sizeof line, lines[i].line, queue_number, from);
		else if (lines[i].name == 'i')
			snprintf(line, sizeof line, lines[i].line, queue_number, queue_number);
		else if (strchr(lines[i].line, '%'))
			snprintf(line, sizeof line, lines[i].line, queue_number);
		else
			snprintf(line, sizeof line, "%s", lines[i].line);
		snprintf(words, sizeof words, "%s" MX, line);
		story_tell(s, at + (double)i / 10, words, "");
	}
}

static void honest(struct story *s, double at, int n)
{
	for (int i = 0; i < n; i++)
		letter(s, at + i * 60, "ana@our.example", "");
}

static void expect_told(struct story *s, const char *name, int n)
{
	int lines = 0;
	for (size_t i = 0; i < s->told.len; i++)
		lines += s->told.at[i] == '\n';
	if (lines != n)
		fail_msg("%s: %d told, not %d\n%.*s", name, lines, n, (int)s->told.len,
			 s->told.at ? s->told.at : "");
	s->told.len = 0;
}

static const struct {
	const char *name, *without, *from;
	int told;
} letters[] = {
    {"whole", "", "ana@our.example", 0},
    {"its client line was cut", "c", "ana@our.example", 1},
    {"the fate of one recipient was cut", "u", "ana@our.example", 1},
    {"its connect line was cut", "k", "ana@our.example", 1},
    {"all of its arrival was cut", "kci", "ana@our.example", 1}, /* the connection alone tells */
    {"a bounce has no client", "ckd", "", 0},
    {"a probe has no client", "ckd", "double-bounce@mx.example", 0},
};

static void cut_lines(void **state)
{
	for (size_t i = 0; i < sizeof letters / sizeof *letters; i++) {
		struct story s;
		story_start(&s);
		honest(&s, 0, 60);
		letter(&s, HOURS(8), letters[i].from, letters[i].without);
		story_tell(&s, HOURS(8) + 20, "warning", "");
		expect_told(&s, letters[i].name, letters[i].told);
		story_end(&s);
	}
}

/* What is emitted lives as long as the call: it is looked at there. */
struct wanted {
	struct story *s;
	const char *fields;
	int64_t start_us;
	int times;
};

static void look(void *ctx, const struct event *e)
{
	struct wanted *w = ctx;
	if (!story_is(w->s, e, w->fields, "told"))
		fail_msg("told");
	w->start_us = event_get_number(e, F_START, CLOCK_NONE);
	w->times++;
}

static void what_is_told(void *ctx, const struct event *e)
{
	struct story *s = ctx;
	if (!story_is(s, e,
		      "event.action=log-inconsistent orphan=queue-origin qid=LOST "
		      "host.name=mx",
		      "told"))
		fail_msg("told");
	assert_true(event_get_number(e, F_ORPHAN_KEPT, 0) >= 50);
	out_text(&s->told, "told\n");
}

static void an_orphan_in_full(void **state)
{
	struct story s;
	story_start(&s);
	honest(&s, 0, 70);
	story_tell(&s, HOURS(2), "smtp-message qid=LOST email.message_id=l@x.example" MX, "");
	story_tell(&s, HOURS(2),
		   "smtp-queue qid=LOST email.from.address=a@b.example smtp.recipients=1" MX, "");
	struct event e = story_event(&s, HOURS(2) + 11, "warning");
	facts_add(s.facts, &e, what_is_told, &s);
	story_emitted(&s, "once", "told\n");
	story_end(&s);
}

/* What honest hosts do. */
static void look_alikes(void **state)
{
	struct story s;
	story_start(&s);
	for (int i = 0; i < 40; i++) /* a host that never logs where mail comes from */
		letter(&s, HOURS(1) + i * 60, "ana@our.example", "ckd");
	expect_told(&s, "never kept", 0);
	story_end(&s);

	story_start(&s);
	letter(&s, 5, "ana@our.example", "ckd"); /* the records begin in the middle of it */
	honest(&s, 60, 60);
	expect_told(&s, "the beginning", 0);
	story_tell(&s, HOURS(3), "smtp-message qid=FWD" MX, ""); /* an alias, by local */
	story_tell(&s, HOURS(3),
		   "smtp-queue qid=FWD email.from.address=a@b.example smtp.recipients=1" MX, "");
	story_tell(&s, HOURS(3) + 1,
		   "smtp-deliver qid=Q3 to=x@y status=sent process.name=postfix/local "
		   "event.reason=forwarded~as~FWD" MX,
		   "");
	story_tell(&s, HOURS(3) + 2, "smtp-deliver qid=FWD to=z@y status=deferred" MX, "");
	story_tell(&s, HOURS(3) + 3, "smtp-remove qid=FWD process.name=postfix/postsuper" MX, "");
	story_tell(&s, HOURS(3) + 30, "warning", "");
	expect_told(&s, "alias, deleted by hand", 0);
	story_tell(&s, HOURS(4), "smtp-pickup qid=P" MX, "");
	story_tell(&s, HOURS(4), "smtp-message qid=P" MX, "");
	story_tell(&s, HOURS(4), "smtp-queue qid=P email.from.address=root@mx smtp.recipients=1" MX,
		   "");
	story_tell(&s, HOURS(4), "smtp-queue- qid=P email.from.address=root@mx" MX,
		   ""); /* expired */
	story_tell(&s, HOURS(4), "smtp-remove qid=P process.name=postfix/qmgr" MX, "");
	story_tell(&s, HOURS(9), "daemon-start" MX, "");
	story_tell(&s, HOURS(9) + 1,
		   "disconnect process.name=postfix/smtpd process.pid=99 ip=192.0.2.1" MX, "");
	story_tell(&s, HOURS(9) + 60, "warning", "");
	expect_told(&s, "expired; restarted", 0);
	story_end(&s);
}

/* Lines handed in late, in either order. */
static void late_halves(void **state)
{
	struct story s;
	story_start(&s);
	honest(&s, 0, 60);
	letter(&s, HOURS(2), "ana@our.example", "c");
	story_tell(&s, HOURS(2) + 5, "smtp-client qid=Q0 ip=192.0.2.1" MX, "");
	char words[80];
	snprintf(words, sizeof words, "smtp-client qid=Q%d ip=192.0.2.1" MX, queue_number);
	story_tell(&s, HOURS(2) + 5, words, "");
	letter(&s, HOURS(3), "ana@our.example", "u");
	snprintf(words, sizeof words, "smtp-deliver qid=Q%d to=cem@our.example status=sent" MX,
		 queue_number);
	story_tell(&s, HOURS(3) + 5, words, "");
	story_tell(&s, HOURS(4), "warning", "");
	expect_told(&s, "late", 0);
	story_end(&s);
}

/* A webmail request per sign-in, for an hour; then somebody on the host; then a cron job's. */
static void webmail(void **state)
{
	struct story s;
	story_start(&s);
	for (int i = 0; i < 60; i++) {
		story_tell(&s, i * 60, "login+ user=ana ip=127.0.0.1 proto=imap", "");
		story_tell(&s, i * 60 + 0.5, "login+ user=cron ip=127.0.0.1 proto=imap", "");
		story_tell(
		    &s, i * 60 + 1,
		    "http-request+ ip=198.51.100.7 agent=Firefox method=GET task=mail do=list", "");
		story_tell(&s, i * 60 + 10, "login+ user=fetch ip=127.0.0.1 proto=imap", "");
	}
	story_emitted(&s, "requests for all of ana's, none for fetch's", "");
	story_tell(&s, 3600 + 60, "login+ user=ana ip=127.0.0.1 proto=imap", "");
	story_tell(&s, 3600 + 100,
		   "http-request+ ip=198.51.100.7 agent=Firefox method=GET task=mail do=list", "");
	story_tell(&s, 3600 + 101, "login+ user=fetch ip=127.0.0.1 proto=imap", "");
	story_tell(&s, 3600 + 200, "warning", "");
	story_emitted(&s, "no request in its time", "log-inconsistent ana  3660\n");
	story_tell(&s, HOURS(5), "login+ user=ana ip=127.0.0.1 proto=imap", "");
	story_tell(&s, HOURS(6), "login+ user=fetch ip=127.0.0.1 proto=imap", "");
	story_tell(&s, HOURS(7), "warning", "");
	story_emitted(&s, "the access log is silent", "");
	story_end(&s);
}

/* One process of Dovecot a session; numbers come round again. */
static void session(struct story *s, double at, int pid, const char *id, bool ends)
{
	char words[200];
	snprintf(words, sizeof words,
		 "login+ user=ana ip=192.0.2.7 proto=imap sid=%s session.process.pid=%d" MX, id,
		 pid);
	story_tell(s, at, words, "");
	snprintf(words, sizeof words,
		 "session-end user=ana ip=192.0.2.7 proto=imap sid=%s process.pid=%d" MX, id, pid);
	if (ends)
		story_tell(s, at + 20, words, "");
}

static void sessions(void **state)
{
	struct story s;
	char id[16];
	story_start(&s);
	for (int i = 0; i < 50; i++) {
		snprintf(id, sizeof id, "s%d", i);
		session(&s, i * 60, 100 + i % 5, id, true);
	}
	session(&s, HOURS(1), 100, "open", false); /* it may still be */
	session(&s, HOURS(2), 101, "next", true);
	story_tell(&s, HOURS(3), "warning", "");
	story_emitted(&s, "whole", "");
	session(&s, HOURS(4), 100, "later", false);
	struct event e = story_event(
	    &s, HOURS(4) + 11,
	    "session-end user=ana ip=192.0.2.7 proto=imap sid=later process.pid=100" MX);
	struct wanted end = {
	    &s,
	    "event.action=log-inconsistent orphan=session-end account=ana sid=open "
	    "ip=192.0.2.7 host.name=mx",
	    0, 0};
	facts_add(s.facts, &e, look, &end);
	assert_int_equal(end.times, 1);
	assert_true(end.start_us == STORY_BEGAN + HOURS(1) * CLOCK_SECOND);
	session(&s, HOURS(6), 100, "killed", false);
	story_tell(&s, HOURS(6) + 60,
		   "warning event.reason=service(imap):~child~100~killed~with~signal~9" MX, "");
	session(&s, HOURS(7), 100, "after", true);
	session(&s, HOURS(8), 100, "stopped", false);
	story_tell(&s, HOURS(8) + 60, "daemon-stop" MX, "");
	session(&s, HOURS(9), 100, "started", true);
	session(&s, HOURS(10), 100, "slow", false);
	session(&s, HOURS(11), 100, "quick", true);
	story_tell(&s, HOURS(11) + 25,
		   "session-end user=ana ip=192.0.2.7 proto=imap sid=slow process.pid=100" MX, "");
	story_tell(&s, HOURS(12), "warning", "");
	story_emitted(&s, "killed, stopped; too late", "log-inconsistent ana 192.0.2.7 39600\n");
	session(&s, HOURS(13), 100, "slow", false);
	session(&s, HOURS(14), 100, "quick", false);
	story_tell(&s, HOURS(14) + 5,
		   "session-end user=ana ip=192.0.2.7 proto=imap sid=slow process.pid=100" MX, "");
	story_tell(&s, HOURS(15), "warning", "");
	story_emitted(&s, "handed in late", "");
	story_end(&s);
}

static const struct told ids[] = {
    {0, "smtp-message qid=A email.message_id=1@x.example", "message_id.repeats=0"},
    {60, "smtp-message qid=B email.message_id=1@x.example", "message_id.repeats=1"},
    {60, "smtp-message qid=C email.message_id=2@x.example", "message_id.repeats=0"},
    {60, "smtp-message qid=C", "!message_id.repeats"},
    {DAYS(2), "smtp-message qid=D email.message_id=1@x.example", "message_id.repeats=0"},
};

/* --- copies of what was sent --- */

static void post(struct story *s, double at, const char *id, bool saved)
{
	char words[160];
	snprintf(words, sizeof words, "smtp-client user=ana ip=192.0.2.7 qid=S%s", id);
	story_tell(s, at, words, "");
	snprintf(words, sizeof words, "smtp-message qid=S%s email.message_id=%s@x", id, id);
	story_tell(s, at, words, "");
	snprintf(words, sizeof words,
		 "mail-save user=ana proto=imap folder=Sent email.message_id=%s@x", id);
	if (saved)
		story_tell(s, at + 3, words, "");
}

static void unfiled(void **state)
{
	struct story s;
	char id[16];
	story_start(&s);
	post(&s, 0, "first", false);
	story_tell(&s, 1200, "warning", "");
	story_emitted(&s, "nothing tells that copies are logged", "");
	for (int i = 0; i < 9; i++) {
		snprintf(id, sizeof id, "%d", i);
		post(&s, HOURS(1) + i * 60, id, true);
	}
	story_tell(&s, HOURS(2), "warning", "");
	story_emitted(&s, "saved", "");
	story_tell(&s, HOURS(3) - 60, "mail-save user=ana proto=imap email.message_id=early@x", "");
	post(&s, HOURS(3), "early", false);
	post(&s, HOURS(3) + 60, "laid-down", false);
	story_tell(&s, HOURS(3) + 61, "mail-save user=ana proto=lmtp email.message_id=laid-down@x",
		   "");
	struct event e = story_event(&s, HOURS(4), "warning");
	struct wanted copy = {&s,
			      "event.action=mail-unfiled account=ana qid=Slaid-down ip=192.0.2.7 "
			      "sent_copy.share=90 sent_copy.messages=11",
			      0, 0};
	facts_add(s.facts, &e, look, &copy);
	assert_int_equal(copy.times, 1);
	story_end(&s);
}

static void same_ids(void **state)
{
	struct story s;
	story_start(&s);
	STORY(&s, "Message-IDs", ids);
	story_end(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(cut_lines),   cmocka_unit_test(an_orphan_in_full),
	    cmocka_unit_test(look_alikes), cmocka_unit_test(late_halves),
	    cmocka_unit_test(webmail),     cmocka_unit_test(sessions),
	    cmocka_unit_test(same_ids),    cmocka_unit_test(unfiled),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
