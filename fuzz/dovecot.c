/*
 * Laws: whatever a client, an owner of folders, a sender or another server says, (1) the client's
 * address and the session are those that Dovecot wrote, or none; (2) a failure is no success, a
 * name is the whole name or none; (3) UID, size, folder and target of a redirect come from their
 * own places, or are left out.
 */
#include "common/line.h"

#define TAIL ", method=PLAIN, rip=192.0.2.1, lip=192.0.2.9, mpid=18, TLS, session=<abc>"

enum told { NAME = 1, FOLDER = 2, FAILS = 4, OTHERS = 8 }; /* what '@' is, and what is known */

static const struct {
	const char *line;
	size_t most; /* bytes of '@' that Dovecot writes */
	int told;
} rows[] = {
    {"imap-login: Login: user=<@>" TAIL, 80, NAME},
    {"imap-login: Disconnected (auth failed, 2 attempts in 9 secs): user=<@>" TAIL, 80,
     NAME | FAILS},
    {"pop3-login: Login aborted: Logged out (auth failed, 1 attempts in 2 secs) (auth_failed): "
     "user=<@>" TAIL,
     80, NAME | FAILS},
    {"imap-login: proxy(@,198.51.100.7:143): Login failed: NO x: user=<@>" TAIL, 80, NAME},
    {"imap-login: proxy(ana,198.51.100.7:143): Login failed: @: user=<ana>" TAIL, 300, OTHERS},
    {"imap-login: ID sent: name=@, version=1: user=<>, rip=192.0.2.1, lip=192.0.2.9, "
     "session=<abc>",
     300, 0},
    {"auth: sql(@,192.0.2.1,<abc>): Password mismatch", 64, NAME},
    {"auth: sql(ana,192.0.2.1,<abc>): Password mismatch (given password: @)", 128, OTHERS | FAILS},
    {"auth: oauth2(ana,192.0.2.1,<abc>): oauth2 failed: @", 300, OTHERS | FAILS},
    {"auth(@,192.0.2.1,sasl:plain)<abc>: sql: Password mismatch", 64, NAME},
    {"auth(ana,192.0.2.1,sasl:xoauth2)<abc>: oauth2: oauth2 failed: @", 300, OTHERS | FAILS},
    {"imap(ana)<1><abc>: expunge: box=@, uid=7, msgid=<m@s>, size=9", 64, FOLDER | OTHERS},
    {"imap(ana)<1><abc>: Mailbox @: expunge: box=@, uid=7, msgid=<m@s>, size=9", 64,
     FOLDER | OTHERS},
    {"imap(ana)<1><abc>: Mailbox @: UID 7: Opened mail because: full mail", 64, FOLDER | OTHERS},
    {"imap(ana)<1><abc>: Mailbox @: Mailbox created", 64, FOLDER | OTHERS},
    {"imap(ana)<1><abc>: Mailbox created: @", 64, FOLDER | OTHERS},
    {"imap(ana)<1><abc>: copy from @: box=Sent, uid=7, msgid=<m@s>, size=9", 64, OTHERS},
    {"imap(ana)<1><abc>: expunge: box=INBOX, uid=7, msgid=<@>, size=9", 80, OTHERS},
    {"lmtp(ana)<1><abc>: save: box=INBOX, uid=7, msgid=<m@s>, size=9, from=a@b, subject=@", 80,
     OTHERS},
};

/* The line with `text` for each '@' that is none of an address. */
static slice filled(const char *line, const char *text)
{
	struct out o = {.fd = -1};
	for (const char *p = line; *p; p++)
		if (*p == '@' && p[1] != 's' && p[1] != 'b')
			out_text(&o, text);
		else
			out_slice(&o, (slice){p, 1});
	slice s = arena_copy(&scratch, (slice){o.at, o.len});
	out_close(&o);
	return s;
}

static bool is_or_none(enum field f, const char *text)
{
	return !event_has(&e, f) || slice_eq(event_get(&e, f), slice_of(text));
}

static void test_row(size_t i, slice said)
{
	const char *text = printed_as(slice_trim(slice_first(said, rows[i].most)), "", '?', '~');
	slice body = filled(rows[i].line, text);
	decode(arena_format(&scratch, "Mar 17 13:05:00 m dovecot: %.*s", (int)body.len, body.at));
	must(came_from("192.0.2.1") && is_or_none(F_SESSION, "abc"));
	must(!(rows[i].told & NAME) || is_or_none(F_USER, text));
	must(!(rows[i].told & OTHERS) || is_or_none(F_USER, "ana"));
	must(!(rows[i].told & FOLDER) || is_or_none(F_FOLDER, text));
	must(!(rows[i].told & FAILS) || e.outcome == OUT_FAILURE || e.outcome == OUT_NONE);
	must(event_get_number(&e, F_UID, 7) == 7 && event_get_number(&e, F_SIZE, 9) == 9);
	must(!event_has(&e, F_SIEVE_TARGET));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	slice all = {(const char *)data, size};
	arena_reset(&scratch);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		test_row(i, all);
	return 0;
}
