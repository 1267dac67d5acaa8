/*
 * test_scope.c - what was opened, changed and sent, with what certainty; what bounds it; what the
 * records do not show; and that nothing is called proven that no record names.
 */
#include "case.h"

#include <stdio.h>
#include <stdlib.h>

#define E1      "203.0.113.5"
#define DOVECOT " user=ana ip=" E1 " proto=imap module=dovecot"
#define COURIER " user=ana ip=" E1 " proto=imap module=courier"
#define CYRUS   " user=ana ip=" E1 " proto=pop3 module=cyrus"
#define LOGIN   "login+ sid=a" DOVECOT
#define END     "session-end sid=a" DOVECOT
#define OPENED  "mail-opened sid=a" DOVECOT " folder=INBOX"
#define BODY    " mail.reason=imap:fetch_body"
#define HEADER  " mail.reason=imap:fetch_header"
#define HIT     "stolen-password"
#define MAIL(folder, uid, size, delivered)                                                         \
	"{\"account\":\"ana\",\"folder\":\"" folder "\",\"uid\":" #uid ",\"size\":" #size          \
	",\"subject\":\"s" #uid "\",\"delivered\":\"" delivered "\"}\n"
#define OLD   "2026-02-01T00:00:00Z"
#define LATER "2026-03-01T12:00:00Z"

/* Sizes far apart: a sum singles out its messages. */
static const char wide[] = MAIL("INBOX", 1, 10007, OLD) MAIL("INBOX", 2, 23459, OLD)
    MAIL("INBOX", 3, 51413, OLD) MAIL("INBOX", 4, 99991, OLD) MAIL("INBOX", 5, 170003, OLD)
	MAIL("Sent", 6, 40009, OLD) MAIL("Sent", 7, 3001, OLD) MAIL("INBOX", 9, 777, LATER);
/* Sizes close together: any sum is met by chance. */
static const char narrow[] = MAIL("INBOX", 1, 1001, OLD) MAIL("INBOX", 2, 1010, OLD)
    MAIL("INBOX", 3, 1100, OLD) MAIL("INBOX", 4, 1003, OLD) MAIL("Sent", 5, 1205, OLD);

/* With line ends, which Courier counts as one byte each. */
#define LINED(folder, uid, size, lines)                                                            \
	"{\"account\":\"ana\",\"folder\":\"" folder "\",\"uid\":" #uid ",\"size\":" #size          \
	",\"lines\":" #lines ",\"subject\":\"s" #uid "\",\"delivered\":\"" OLD "\"}\n"
static const char lined[] =
    LINED("INBOX", 1, 1350, 23) LINED("INBOX", 2, 17840, 254) LINED("INBOX.Sent", 1, 57, 6);

static const struct {
	const char *name, *store;
	struct row rows[8];
	const char *want;
} cases[] = {
    /* stock logs: bodies and bytes are counted, nothing is named */
    {"a count without a mail store",
     NULL,
     {{100, LOGIN, HIT}, {200, END " bodies=3 bytes=600 destination.bytes=20000"}},
     "message ana  session-count possible x3|messages 0 of 3|files 0 of -1|attachments 0 of -1"
     "|session a ana 3 proven|what-was-opened possible: bodies were handed over 3 times, of "
     "messages that no record names; at most 3"
     "|did-data-leave proven: confirmed-loss: 20 KB|gap never-logged Dovecot's event exporter"
     "|gap never-logged audit|gap never-logged Postfix's log|!gap missing mail.log|gap missing the "
     "days before these records|from 100 to 200"},
    {"no body was read",
     NULL,
     {{100, LOGIN, HIT}, {200, END " bodies=0 bytes=0"}},
     "messages 0 of 0|!message ana|what-was-opened likely: no message by the records given"
     "|did-data-leave possible: suspected-loss"},
    /* other servers say less */
    {"bytes without a count",
     NULL,
     {{100, "login+ sid=a" COURIER, HIT}, {200, "session-end sid=a" COURIER " bytes=600"}},
     "message ana  session-count possible x1|messages 0 of -1|session a ana -1 proven"},
    {"Courier's bytes are those of the disk: a folder",
     lined,
     {{100, "login+ sid=a" COURIER, HIT}, {200, "session-end sid=a" COURIER " bytes=18913"}},
     "message ana INBOX 1 \"s1\" session-count likely x1|message ana INBOX 2 \"s2\" "
     "session-count likely x1|!message ana INBOX.Sent"},
    {"the whole mailbox",
     lined,
     {{100, "login+ sid=a" COURIER, HIT}, {200, "session-end sid=a" COURIER " bytes=18964"}},
     "message ana INBOX 2 \"s2\" session-count likely x1|message ana INBOX.Sent 1 \"s1\" "
     "session-count likely x1"},
    {"bytes that nothing makes are any of them",
     lined,
     {{100, "login+ sid=a" COURIER, HIT}, {200, "session-end sid=a" COURIER " bytes=19190"}},
     "message ana INBOX 1 \"s1\" session-count possible x1|message ana INBOX.Sent 1 \"s1\" "
     "session-count possible x1"},
    {"no bytes are no message",
     NULL,
     {{100, "login+ sid=a" COURIER, HIT}, {200, "session-end sid=a" COURIER " bytes=0"}},
     "messages 0 of 0|!message ana"},
    {"an end that counts nothing",
     NULL,
     {{100, "login+ sid=a" COURIER, HIT}, {200, "session-end sid=a" COURIER}},
     "messages 0 of -1|!message ana"},
    {"a client's port comes again",
     NULL,
     {{100, "login+ sid=a" COURIER, HIT},
      {200, "session-end sid=a" COURIER " bodies=2 bytes=600"},
      {300, "login+ sid=a" COURIER},
      {400, "session-end sid=a" COURIER " bodies=1 bytes=30"}},
     "messages 0 of 3|session a ana 2 proven|session a ana 1 proven"},
    {"what got its \\Seen is likely, and not all",
     NULL,
     {{100, "login+ sid=a" CYRUS, HIT},
      {150, "mail-flag sid=a" CYRUS " folder=INBOX uid=7 mail.flags=\\Seen"},
      {160, "mail-flag sid=a" CYRUS " folder=INBOX uid=8 mail.flags=\\Deleted"},
      {200, "session-end sid=a" CYRUS " destination.bytes=9000"}},
     "message ana INBOX 7 imap-fetch likely|messages 0 of -1|!message ana INBOX 8"},
    {"an end in two lines, one of them without a session",
     NULL,
     {{100, "login+ sid=a" CYRUS " process.pid=7", HIT},
      {200, "session-end module=cyrus process.pid=7 retr=3"},
      {200, "session-end sid=a module=cyrus process.pid=7 destination.bytes=9000"},
      {260, "session-end module=cyrus process.pid=7 retr=0"}},
     "messages 0 of 3|session a ana 3 proven"},
    {"the end is missing",
     NULL,
     {{100, LOGIN, HIT}, {200, "warning"}},
     "messages 0 of -1|gap missing mail.log: what a session of ana read|session a ana -1 proven"
     "|what-was-opened possible: messages that no record names; no upper bound"},
    {"two sessions add up",
     NULL,
     {{100, LOGIN, HIT},
      {200, END " bodies=3 bytes=600"},
      {300, "login+ sid=b" DOVECOT},
      {400, "session-end sid=b" DOVECOT " bodies=4 bytes=700"}},
     "messages 0 of 7|from 100 to 400"},
    {"POP3 counts what it hands over",
     NULL,
     {{100, "login+ sid=a user=ana ip=" E1 " proto=pop3 module=dovecot", HIT},
      {200, "session-end sid=a user=ana ip=" E1 " proto=pop3 module=dovecot retr=8 "
	    "mail.retrieved.bytes=9000 total=8"}},
     "messages 0 of 8|session a ana 8 proven|did-data-leave proven: confirmed-loss: 9.0 KB"},
    /* stock logs and the mail store: arithmetic, never proof */
    {"a sum singles out two",
     wide,
     {{100, LOGIN, HIT}, {200, END " bodies=2 bytes=74872"}},
     "message ana INBOX 2 \"s2\" session-count likely x1|message ana INBOX 3 \"s3\" session-count "
     "likely x1"
     "|!message ana INBOX 1|messages 0 of 2|what-was-opened likely: 2 messages"},
    {"a sum that nothing makes",
     wide,
     {{100, LOGIN, HIT}, {200, END " bodies=2 bytes=74873"}},
     "message ana INBOX 1 \"s1\" session-count possible x1|message ana Sent 7 \"s7\" session-count "
     "possible x1"
     "|!message ana INBOX 9|messages 0 of 2|what-was-opened possible"},
    {"delivered after the end: not read in it",
     wide,
     {{100, LOGIN, HIT}, {200, END " bodies=1 bytes=777"}},
     "!message ana INBOX 9|message ana INBOX 1 \"s1\" session-count possible x1"},
    {"delivered before the end",
     wide,
     {{HOURS(13), LOGIN, HIT}, {HOURS(13) + 9, END " bodies=1 bytes=777"}},
     "message ana INBOX 9 \"s9\" session-count likely x1|!message ana INBOX 1"},
    {"all of a folder",
     wide,
     {{100, LOGIN, HIT}, {200, END " bodies=2 bytes=43010"}},
     "message ana Sent 6 \"s6\" session-count likely x1|message ana Sent 7 \"s7\" session-count "
     "likely x1|!message ana INBOX"},
    {"all of a folder of like sizes",
     narrow,
     {{100, LOGIN, HIT}, {200, END " bodies=4 bytes=4114"}},
     "message ana INBOX 1 \"s1\" session-count likely x1|message ana INBOX 4 \"s4\" session-count "
     "likely x1|!message ana Sent"},
    {"a sum that chance would meet",
     narrow,
     {{100, LOGIN, HIT}, {200, END " bodies=2 bytes=2011"}},
     "message ana INBOX 1 \"s1\" session-count possible x1|message ana INBOX 3 \"s3\" "
     "session-count possible x1"
     "|messages 0 of 2|what-was-opened possible"},
    {"POP3: the line before each message counts too",
     wide,
     {{100, "login+ sid=a user=ana ip=" E1 " proto=pop3 module=dovecot", HIT},
      {200, "session-end sid=a user=ana ip=" E1 " proto=pop3 module=dovecot retr=1 "
	    "mail.retrieved.bytes=23477 total=5"}},
     "message ana INBOX 2 \"s2\" session-count likely x1|!message ana INBOX 1"},
    {"more than there are",
     narrow,
     {{100, LOGIN, HIT}, {200, END " bodies=9 bytes=9000"}},
     "message ana Sent 5 \"s5\" session-count possible x1|messages 0 of 9"},
    {"a store without the account",
     narrow,
     {{100, "login+ sid=a user=ben ip=" E1 " proto=imap module=dovecot", HIT},
      {200, "session-end sid=a user=ben ip=" E1 " proto=imap module=dovecot bodies=2 bytes=2011"}},
     "message ben  session-count possible x2|messages 0 of 2"},
    /* the server's own events name messages */
    {"events name what was opened",
     NULL,
     {{100, LOGIN, HIT},
      {110, OPENED " uid=4" BODY},
      {111, OPENED " uid=4" BODY},
      {112, OPENED " uid=5" HEADER},
      {113, OPENED " uid=4" HEADER},
      {200, END " bodies=2 bytes=600"}},
     "message ana INBOX 4 imap-fetch proven x2|listing ana INBOX 5 imap-fetch proven x1|messages 1 "
     "of 1"
     "|what-was-opened proven: 1 message; 1 further message was listed by subject|!gap "
     "never-logged Dovecot's"
     "|!message ana INBOX 5"},
    {"commands name parts and searches",
     NULL,
     {{100, LOGIN, HIT},
      {110, "imap-command sid=a" DOVECOT
	    " folder=INBOX imap.command=UID~FETCH imap.arguments=37~(BINARY.PEEK[2])"},
      {111, "imap-command sid=a" DOVECOT
	    " folder=INBOX imap.command=UID~FETCH imap.arguments=38~(FLAGS)"},
      {112, "imap-command sid=a" DOVECOT
	    " folder=INBOX imap.command=UID~FETCH imap.arguments=39~(BODY[HEADER])"},
      {113,
       "imap-command sid=a" DOVECOT " folder=INBOX imap.command=SEARCH imap.arguments=BODY~vpn"},
      {114, "imap-command sid=a" DOVECOT " folder=Sent imap.command=SEARCH imap.arguments=UNSEEN"},
      {200, END " bodies=1 bytes=9"}},
     "attachment ana INBOX 37 part 2 imap-fetch proven x1|search ana INBOX imap-search proven x1"
     "|!attachment ana INBOX 38|!attachment ana INBOX 39|!search ana Sent|attachments 1 of -1"},
    {"a reason that hands out nothing",
     NULL,
     {{100, LOGIN, HIT},
      {110, OPENED " uid=4 mail.reason=imap:search"},
      {200, END " bodies=0 bytes=0"}},
     "messages 0 of 0|!message ana|!listing ana"},
    {"a session from where nobody knows who is at home: the owner's, or his",
     NULL,
     {{100, LOGIN, HIT},
      {120, "login+ sid=h user=ana ip=192.0.2.7 proto=imap module=dovecot"},
      {130, "mail-opened sid=h user=ana ip=192.0.2.7 folder=INBOX uid=8" BODY},
      {140, "session-end sid=h user=ana ip=192.0.2.7 proto=imap bodies=50 bytes=5000"},
      {200, END " bodies=0 bytes=0"}},
     "messages 0 of 50|!message ana|!session h|source " E1 " proven|!source 192.0.2.7|gap "
     "never-logged whose sign-ins from other networks were: ana was used from 192.0.2.0/24"},
    {"named by the store too",
     wide,
     {{100, LOGIN, HIT}, {110, OPENED " uid=4" BODY}, {200, END " bodies=1 bytes=99991"}},
     "message ana INBOX 4 \"s4\" imap-fetch proven x1|messages 1 of 1"},
    /* what is missing */
    {"a start that is not in the log",
     NULL,
     {{0, "warning"},
      {500, "session-end sid=z start=400" DOVECOT " bodies=1 bytes=9"},
      {520, LOGIN, HIT},
      {600, END " bodies=0 bytes=0"}},
     "gap tampered mail.log: the sign-in of a session of ana|messages 0 of -1"},
    {"lines that the logger dropped",
     NULL,
     {{100, LOGIN, HIT}, {110, "log-suppressed log.suppressed=41"}, {200, END " bodies=0 bytes=0"}},
     "gap missing mail.log: the logger dropped 41 lines"},
    {"lines dropped, nobody says how many",
     NULL,
     {{100, LOGIN, HIT}, {90, "log-suppressed"}, {200, END " bodies=0 bytes=0"}},
     "gap missing mail.log: the logger dropped lines by its rate limit, it does not say how many"
     "|messages 0 of -1"},
    /* changed and sent */
    {"mail is forwarded since",
     NULL,
     {{100, LOGIN, HIT},
      {200, END " bodies=0 bytes=0"},
      {300, "redirect user=ana target=x@away.example"},
      {301, "redirect user=ana target=x@away.example"}},
     "change forwarding-rule ana x@away.example possible|incident critical"
     "|still-inside possible: a filter forwards mail of ana to x@away.example"
     "|did-data-leave possible: suspected-loss: 2 later mails were forwarded outside"},
    {"it was forwarded before",
     NULL,
     {{50, "redirect user=ana target=x@away.example"},
      {100, LOGIN, HIT},
      {200, END " bodies=0 bytes=0"}},
     "!change|still-inside : unknown: last accepted action"},
    {"another's filter",
     NULL,
     {{100, LOGIN, HIT},
      {200, END " bodies=0 bytes=0"},
      {300, "redirect user=ben target=x@away.example"}},
     "!change"},
    {"mail was sent",
     NULL,
     {{100, "smtp-client user=ana@our.example ip=" E1 " qid=Q1", HIT},
      {101, "smtp-queue qid=Q1 size=900"},
      {102, "smtp-deliver+ qid=Q1 to=x@away.example status=sent"},
      {103, "smtp-client user=ben@our.example ip=192.0.2.7 qid=Q2"},
      {104, "smtp-deliver+ qid=Q2 to=y@away.example status=sent"}},
     "sent ana@our.example x@away.example outside proven|!sent ben|!gap never-logged Postfix"
     "|did-data-leave proven: confirmed-loss: 1 mail sent to outside"},
    {"mail was sent to a colleague",
     NULL,
     {{100, "smtp-client user=ana@our.example ip=" E1 " qid=Q1", HIT},
      {102, "smtp-deliver+ qid=Q1 to=ben@our.example status=sent"}},
     "sent ana@our.example ben@our.example proven|did-data-leave possible: suspected-loss"},
    {"nothing closes the door",
     NULL,
     {{100, LOGIN, HIT}, {200, END " bodies=0 bytes=0"}},
     "still-inside : unknown: last accepted action 1 Mar 2026 00:03:20 UTC, records end 2 Mar"
     "|since-when proven: 1 Mar 2026 00:01:40 UTC|who-fits "},
};

static void table_of_cases(void **state)
{
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct inquest c;
		inquest_start(&c, cases[i].store);
		inquest_hold(&c, cases[i].rows, sizeof cases[i].rows / sizeof *cases[i].rows);
		inquest_says(&c, cases[i].name, cases[i].want);
		inquest_end(&c);
	}
}

/* The law of incident.h: without the server's own events no message, part or list is proven. */
static void never_proven_by_counts(void **state)
{
	static const char *const stores[] = {NULL, wide, narrow};
	uint32_t seed = 5;
	for (int round = 0; round < 300; round++) {
		char end[160];
		struct row rows[] = {{100, LOGIN, HIT}, {200, end, NULL}};
		struct inquest c;
		seed = seed * 1664525 + 1013904223;
		snprintf(end, sizeof end, END " bodies=%u bytes=%u", (seed >> 8) % 9,
			 (seed >> 12) % 200000);
		inquest_start(&c, stores[round % 3]);
		inquest_hold(&c, rows, 2);
		const struct incident *x = &c.report.incidents.at[0];
		assert_int_equal(x->messages.proven + x->attachments.proven + x->files.proven, 0);
		assert_true(x->verdicts[Q_OPENED].certainty <= LIKELY);
		assert_int_equal(x->messages.at_most, (seed >> 8) % 9);
		for (size_t i = 0; i < x->accesses.len; i++)
			assert_true(x->accesses.at[i].certainty <= LIKELY);
		inquest_end(&c);
	}
}

#define WEB    " ip=" E1 " agent=Firefox"
#define SHOW   "http-request+" WEB " method=GET task=mail do=show folder=INBOX"
#define STATED "login+ user=ana module=roundcube ip=" E1 " proto=http"
#define HOST   " sid=w user=ana ip=127.0.0.1 proto=imap module=dovecot"

static const struct {
	const char *name;
	struct row rows[8];
	const char *want;
} webmail[] = {
    {"a request alone is likely",
     {{100, STATED, HIT},
      {101, "http-request+" WEB " method=POST task=login"},
      {110, SHOW " uid=4"}},
     "message ana INBOX 4 webmail-show likely x1|messages 0 of 1"},
    {"a request and the server's event of that second are proof",
     {{100, STATED, HIT},
      {101, "http-request+" WEB " method=POST task=login"},
      {109, "login+" HOST},
      {110, "mail-opened folder=INBOX uid=4" BODY HOST},
      {110, SHOW " uid=4"},
      {110, "session-end bodies=1 bytes=500" HOST}},
     "message ana INBOX 4 webmail-show proven x1|messages 1 of 1"},
    {"the event of another message is none",
     {{100, STATED, HIT},
      {101, "http-request+" WEB " method=POST task=login"},
      {109, "login+" HOST},
      {110, "mail-opened folder=INBOX uid=5" BODY HOST},
      {110, SHOW " uid=4"},
      {110, "session-end bodies=1 bytes=500" HOST}},
     "message ana INBOX 4 webmail-show likely x1|messages 0 of 1|!message ana INBOX 5"},
    {"nor is one of another time; but it may be his, for no request tells",
     {{100, STATED, HIT},
      {101, "http-request+" WEB " method=POST task=login"},
      {120, "login+" HOST},
      {120, "mail-opened folder=INBOX uid=4" BODY HOST},
      {110, SHOW " uid=4"},
      {121, "session-end bodies=1 bytes=500" HOST}},
     "message ana INBOX 4 webmail-show likely x1|messages 0 of 2"},
    {"seen again with proof",
     {{100, STATED, HIT},
      {101, "http-request+" WEB " method=POST task=login"},
      {105, SHOW " uid=4"},
      {119, "login+" HOST},
      {120, "mail-opened folder=INBOX uid=4" BODY HOST},
      {120, SHOW " uid=4"},
      {121, SHOW " uid=5"}},
     "message ana INBOX 4 webmail-show proven x2|message ana INBOX 5 webmail-show likely "
     "x1|messages 1 of 2|what-was-opened proven: 1 message, 1 more likely"},
    {"a mail written in webmail",
     {{100, STATED, HIT},
      {101, "http-request+" WEB " method=POST task=login"},
      {110, "http-request+" WEB " method=POST task=mail do=send"},
      {110, "smtp-client user=ana ip=127.0.0.1 qid=Q1"},
      {111, "smtp-deliver+ qid=Q1 to=x@away.example status=sent"},
      {190, "smtp-client user=ana ip=127.0.0.1 qid=Q2"},
      {191, "smtp-deliver+ qid=Q2 to=y@away.example status=sent"}},
     "sent ana x@away.example outside likely|!sent ana y@away.example"},
    {"a script changed by webmail",
     {{100, STATED, HIT},
      {101, "http-request+" WEB " method=POST task=login"},
      {110, "http-request+" WEB " method=GET task=settings do=plugin.managesieve"},
      {111, "script-save user=ben sieve.script=other"},
      {111, "script-save user=ana sieve.script=main"},
      {300, "script-save user=ana sieve.script=later"}},
     "change filter ana main likely|!change filter ana later|!change filter ben"},
    {"an attachment, a list, a search, the address book",
     {{100, STATED, HIT},
      {101, "http-request+" WEB " method=POST task=login"},
      {110, "http-request+" WEB " task=mail do=get folder=INBOX uid=4 part=2 webmail.download=1"},
      {111, "http-request+" WEB " task=mail do=list folder=INBOX"},
      {112, "http-request+" WEB " task=mail do=search folder=INBOX webmail.search=vpn"},
      {113, "http-request+" WEB " task=addressbook do=export"},
      {114, "http-request-" WEB " task=mail do=show folder=INBOX uid=9"}},
     "attachment ana INBOX 4 part 2 webmail-download likely x1|listing ana INBOX webmail-list "
     "likely x1"
     "|search ana INBOX webmail-search likely x1|address-book ana  webmail-export likely x1"
     "|attachments 0 of 1|!message ana INBOX 9"},
    {"an answer of no bytes hands nothing over",
     {{100, STATED, HIT},
      {101, "http-request+" WEB " method=POST task=login"},
      {110, "http-request+" WEB " task=mail do=show folder=INBOX uid=4 http.response.body.bytes=0"},
      {111,
       "http-request+" WEB " task=mail do=show folder=INBOX uid=5 http.response.body.bytes=9"}},
     "!message ana INBOX 4|message ana INBOX 5 webmail-show likely x1"},
    {"a phone that syncs may have everything",
     {{100, STATED, HIT},
      {101, "http-request+" WEB " method=POST task=login"},
      {110, "http-request+" WEB " method=POST task=activesync do=Sync"}},
     "messages 0 of -1"},
    {"one that asks whether there is news",
     {{100, STATED, HIT},
      {101, "http-request+" WEB " method=POST task=login"},
      {110, "http-request+" WEB " method=POST task=activesync do=Ping"}},
     "messages 0 of 0"},
    {"a folder in one archive, whatever it held",
     {{100, STATED, HIT},
      {101, "http-request+" WEB " method=POST task=login"},
      {110,
       "http-request+" WEB " task=mail do=exportFolder folder=INBOX http.response.body.bytes=0"},
      {120, "http-request+" WEB " task=mail do=archiveAttachments folder=INBOX uid=4"}},
     "message ana INBOX webmail-export likely x1|attachment ana INBOX 4 webmail-export likely x1"},
    {"a filter saved by webmail, then mail forwarded",
     {{100, STATED, HIT},
      {101, "http-request+" WEB " method=POST task=login"},
      {110, "http-request+" WEB " method=POST task=settings do=plugin.managesieve-save"},
      {200, "redirect user=ana target=x@away.example"}},
     "change forwarding-rule ana x@away.example |still-inside likely: a filter forwards"},
};

static void through_webmail(void **state)
{
	for (size_t i = 0; i < sizeof webmail / sizeof *webmail; i++) {
		struct inquest c;
		inquest_start(&c, NULL);
		inquest_hold(&c, webmail[i].rows, sizeof webmail[i].rows / sizeof *webmail[i].rows);
		inquest_says(&c, webmail[i].name, webmail[i].want);
		inquest_end(&c);
	}
}

/* A script in the owner's own session: its address is the owner's, only the burst is not. */
static void the_owners_own_session(void **state)
{
	static const struct row rows[] = {
	    {100, STATED},
	    {101, "http-request+" WEB " method=POST task=login"},
	    {900, SHOW " uid=1"}, /* the owner reads */
	    {1000, SHOW " uid=2"},
	    {1001, SHOW " uid=3"},
	    {1002, SHOW " uid=4", "webmail-session-abuse known"},
	    {1003, SHOW " uid=5"},
	    {1100, SHOW " uid=6"}, /* and reads on */
	};
	struct inquest c;
	inquest_start(&c, NULL);
	inquest_hold(&c, rows, sizeof rows / sizeof *rows);
	inquest_says(
	    &c, "burst",
	    "incidents 1|entry webmail-session-abuse ana|from 1000 to 1003 finding 1002"
	    "|message ana INBOX 2 webmail-show likely x1|message ana INBOX 5 webmail-show likely x1"
	    "|!message ana INBOX 1|!message ana INBOX 6|messages 0 of 4|source " E1 " likely"
	    "|account ana likely|since-when likely|did-data-leave likely: confirmed-loss");
	inquest_end(&c);
}

static void from_a_shell(void **state)
{
#define V "/var/vmail/our.example/ana/cur/"
	static const struct row rows[] = {
	    {50, "login+ user=root ip=" E1 " proto=ssh module=sshd"},
	    {100, "file-open audit=7 exe=/usr/bin/tar login=1001"},
	    {100, "file-open audit=7 path=" V "1772323200.M1P1.host,S=5:2,S", "server-shell"},
	    {101, "file-open audit=7 path=" V "1772323201.M1P2.host,S=6:2,S"},
	    {102, "file-open audit=7 path=" V "dovecot.index.cache"},
	    {102, "file-open audit=7 path=" V "12345.tmp"},
	    {103, "file-open audit=8 exe=/usr/bin/cat login=1002"},
	    {103, "file-open audit=8 path=" V "1772323209.M1P9.host"},
	};
	struct inquest c;
	inquest_start(&c, NULL);
	inquest_hold(&c, rows, sizeof rows / sizeof *rows);
	inquest_says(
	    &c, "shell",
	    "incidents 1|incident critical|entry server-shell root " E1 " at 50 likely"
	    "|files 2 of 2|what-was-opened proven: 2 files of the mail store|since-when likely"
	    "|did-data-leave possible: suspected-loss: files were read|!gap never-logged audit"
	    "|source " E1 " likely|from 50 to 102");
	inquest_end(&c);
}

/* A session of the host itself whose sign-in was cut from the log, while a shell was open. */
static void orphan_of_a_shell(void **state)
{
	static const struct row rows[] = {
	    {0, "warning"},
	    {350, "login+ user=root ip=" E1 " proto=ssh module=sshd"},
	    {360, "file-open audit=7 exe=/usr/bin/tar login=1001"},
	    {360, "file-open audit=7 path=" V "1772323200.M1P1.host,S=5:2,S", "server-shell"},
	    {500, "session-end sid=z start=400 user=ben ip=127.0.0.1 proto=imap module=dovecot "
		  "bodies=3 bytes=9"},
	    {900, "warning"},
	};
	struct inquest c;
	inquest_start(&c, NULL);
	inquest_hold(&c, rows, sizeof rows / sizeof *rows);
	inquest_says(&c, "orphan",
		     "entry server-shell root|account ben proven|session z ben 3 likely"
		     "|gap tampered mail.log: the sign-in of a session of ben");
	inquest_end(&c);
}

/* Four records are cited for one claim, the others counted. */
static void many_records_of_one_thing(void **state)
{
	struct row rows[22] = {{100, LOGIN, HIT}, {200, END " bodies=20 bytes=600"}};
	struct inquest c;
	for (int i = 2; i < 22; i++)
		rows[i] = (struct row){100 + i, OPENED " uid=4" BODY, NULL};
	inquest_start(&c, NULL);
	inquest_hold(&c, rows, 22);
	inquest_says(&c, "twenty times",
		     "message ana INBOX 4 imap-fetch proven x20|messages 1 of 1");
	const struct access *a = &c.report.incidents.at[0].accesses.at[0];
	assert_int_equal(a->evidence.len, 4);
	assert_int_equal(a->evidence.more, 16);
	inquest_end(&c);
}

/* Names and ids of any length and any bytes: nothing breaks, and what is said stays one thing. */
static void hostile_lengths(void **state)
{
	static const enum field fields[] = {
	    F_USER,    F_SESSION,    F_FOLDER,       F_QUEUE_ID, F_MESSAGE_ID,
	    F_TO,      F_USER_AGENT, F_SIEVE_TARGET, F_SUBJECT,  F_PART,
	    F_USER_ID, F_FILE_PATH,  F_WEB_SEARCH,   F_UIDS,     F_IMAP_ARGUMENTS};
	static const enum action actions[] = {ACT_LOGIN,       ACT_MAIL_OPENED, ACT_IMAP,
					      ACT_SESSION_END, ACT_SMTP_CLIENT, ACT_SMTP_QUEUE,
					      ACT_HTTP,        ACT_REDIRECT,    ACT_SMTP_DELIVER,
					      ACT_FILE_OPEN,   ACT_SCRIPT_SAVE};
	static char text[70000];
	for (size_t i = 0; i < sizeof text; i++)
		text[i] = (char)(i * 7 + i / 251);
	for (size_t len = 0; len < sizeof text; len = len * 3 + 1) {
		struct inquest c;
		inquest_start(&c, wide);
		struct event e[sizeof actions / sizeof *actions];
		for (size_t k = 0; k < sizeof actions / sizeof *actions; k++) {
			e[k] = story_event(&c.story, 100 + (double)k,
					   "login+ ip=" E1
					   " uid=4 bodies=3 bytes=900 task=mail do=show"
					   " method=POST status=sent audit=5 start=99" BODY);
			event_act(&e[k], actions[k], OUT_SUCCESS);
			for (size_t f = 0; f < sizeof fields / sizeof *fields; f++)
				event_text(&e[k], fields[f], (slice){text + f, len});
			struct event walked = e[k];
			facts_add(c.story.facts, &walked, NULL, NULL);
			inquiry_saw(c.inquiry, &walked);
			struct hit h = {.rule = (unsigned)k,
					.rule_id = "x",
					.title = "x",
					.description = "x",
					.level_name = "high",
					.method = "stolen-password",
					.level = 3,
					.account = event_get(&walked, F_ACCOUNT),
					.has_source = true,
					.network = NETWORK_NEW,
					.source = e[k].v[F_SOURCE_IP].address,
					.login = event_get(&walked, F_USER_ID),
					.agent = event_get(&walked, F_USER_AGENT),
					.first_us = walked.v[F_TIME].number,
					.time_us = walked.v[F_TIME].number,
					.count = UINT64_MAX};
			inquiry_hit(c.inquiry, &h);
		}
		int64_t from, to;
		assert_true(inquiry_window(c.inquiry, &from, &to));
		for (size_t k = 0; k < sizeof actions / sizeof *actions; k++)
			inquiry_add(c.inquiry, &e[k]);
		inquiry_finish(c.inquiry);
		assert_int_equal(c.report.incidents.len, 1);
		for (int k = 0; k < QUESTION_COUNT; k++)
			assert_true(c.report.incidents.at[0].verdicts[k].answer.len > 0);
		inquest_end(&c);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(table_of_cases),
	    cmocka_unit_test(never_proven_by_counts),
	    cmocka_unit_test(through_webmail),
	    cmocka_unit_test(the_owners_own_session),
	    cmocka_unit_test(from_a_shell),
	    cmocka_unit_test(orphan_of_a_shell),
	    cmocka_unit_test(many_records_of_one_thing),
	    cmocka_unit_test(hostile_lengths),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
