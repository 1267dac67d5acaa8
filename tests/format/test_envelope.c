/* Envelopes, clocks, New Year, journals, JSON. */
#include "expect.h"

#include "format/part.h"

#define LOGIN                                                                                      \
	"imap-login: Login: user=<ana>, method=PLAIN, rip=192.0.2.1, lip=192.0.2.2, mpid=18, TLS"
#define READ "event.action=login|user.name=ana|source.ip=192.0.2.1|"

static const struct expected envelopes[] = {
    {"rsyslog of Debian 12", "2026-03-17T13:05:00.123456+01:00 mail dovecot: " LOGIN,
     READ "@timestamp=2026-03-17T12:05:00.123Z|host.name=mail|process.name=dovecot"},
    {"west of Greenwich", "2026-03-17T13:05:00.1-05:30 mail dovecot: " LOGIN,
     READ "@timestamp=2026-03-17T18:35:00.100Z"},
    {"Z", "2026-03-17T13:05:00Z mail dovecot: " LOGIN, READ "@timestamp=2026-03-17T13:05:00.000Z"},
    {"nanoseconds", "2026-03-17T13:05:00.123456789Z mail dovecot: " LOGIN,
     READ "@timestamp=2026-03-17T13:05:00.123Z"},
    {"no zone", "2026-03-17T13:05:00 mail dovecot: " LOGIN,
     READ "@timestamp=2026-03-17T13:05:00.000Z"},
    {"journalctl -o short-iso", "2026-03-17T13:05:00+0100 mail dovecot[77]: " LOGIN,
     READ "@timestamp=2026-03-17T12:05:00.000Z|process.pid=77"},
    {"a space for T", "2026-03-17 13:05:00 mail dovecot: " LOGIN,
     READ "@timestamp=2026-03-17T13:05:00.000Z"},
    {"traditional", "Mar 17 13:05:00 mail dovecot[77]: " LOGIN,
     READ "@timestamp=2026-03-17T13:05:00.000Z|host.name=mail|process.pid=77"},
    {"day of one digit, padded", "Mar  7 13:05:00 mail dovecot: " LOGIN,
     READ "@timestamp=2026-03-07T13:05:00.000Z"},
    {"day of one digit", "Mar 7 13:05:00 mail dovecot: " LOGIN,
     READ "@timestamp=2026-03-07T13:05:00.000Z"},
    {"day with a zero", "Mar 07 13:05:00 mail dovecot: " LOGIN,
     READ "@timestamp=2026-03-07T13:05:00.000Z"},
    {"year behind the day", "Mar 17 2025 13:05:00 mail dovecot: " LOGIN,
     READ "@timestamp=2025-03-17T13:05:00.000Z|host.name=mail"},
    {"year in front", "2025 Mar 17 13:05:00 mail dovecot: " LOGIN,
     READ "@timestamp=2025-03-17T13:05:00.000Z"},
    {"weekday, year at the end", "Tue Mar 17 13:05:00 2025 mail dovecot: " LOGIN,
     READ "@timestamp=2025-03-17T13:05:00.000Z"},
    {"fraction", "Mar 17 13:05:00.250 mail dovecot: " LOGIN,
     READ "@timestamp=2026-03-17T13:05:00.250Z"},
    {"priority", "<22>Mar 17 13:05:00 mail dovecot: " LOGIN, READ "host.name=mail"},
    {"priority, no time", "<22>dovecot: " LOGIN, READ "!@timestamp|!host.name"},
    {"priority and ISO", "<22>2026-03-17T13:05:00Z mail dovecot: " LOGIN, READ "host.name=mail"},
    {"FreeBSD says the facility", "Mar 17 13:05:00 <mail.info> mail dovecot: " LOGIN,
     READ "host.name=mail"},
    {"no host", "Mar 17 13:05:00 dovecot: " LOGIN, READ "!host.name|process.name=dovecot"},
    {"host is an address", "Mar 17 13:05:00 2001:db8::1 dovecot: " LOGIN,
     READ "host.name=2001:db8::1"},
    {"RFC 5424",
     "<22>1 2026-03-17T13:05:00.123456+01:00 mail.example dovecot 77 - [a@1 "
     "x=\"y\\\"]\"][b] " LOGIN,
     READ "@timestamp=2026-03-17T12:05:00.123Z|host.name=mail.example|process.pid=77|"
	  "process.name=dovecot"},
    {"RFC 5424 with nothing known", "<22>1 - - dovecot - - - \xef\xbb\xbf" LOGIN,
     READ "!@timestamp|!host.name|!process.pid"},
    {"TAI64N",
     "@400000004c91b044077a9e94 imap-login: Info: Login: user=<ana>, rip=192.0.2.1, lip=::1",
     READ "@timestamp=2010-09-16T05:51:00.125Z"},
    {"journalctl -o short-unix", "1773749100.123456 mail dovecot[1]: " LOGIN,
     READ "@timestamp=2026-03-17T12:05:00.123Z"},
    {"journalctl -o short-full", "Tue 2026-03-17 13:05:00 CET mail dovecot[77]: " LOGIN,
     READ "@timestamp=2026-03-17T12:05:00.000Z|host.name=mail|process.pid=77"},
    {"short-full in summer", "Fri 2026-07-17 13:05:00 CEST mail dovecot[77]: " LOGIN,
     READ "@timestamp=2026-07-17T11:05:00.000Z|host.name=mail"},
    {"short-full in a zone of digits", "Tue 2026-03-17 13:05:00 -03 mail dovecot[77]: " LOGIN,
     READ "@timestamp=2026-03-17T16:05:00.000Z|host.name=mail"},
    {"a zone's name that two have", "Tue 2026-03-17 13:05:00 CST mail dovecot[77]: " LOGIN,
     READ "@timestamp=2026-03-17T13:05:00.000Z|host.name=mail"},
    {"journalctl -o with-unit", "Tue 2026-03-17 13:05:00 CET mail dovecot.service[77]: " LOGIN,
     READ "@timestamp=2026-03-17T12:05:00.000Z|host.name=mail|process.pid=77"},
    {"a zone behind a space", "2026-03-17 13:05:00 +0100 mail dovecot: " LOGIN,
     READ "@timestamp=2026-03-17T12:05:00.000Z|host.name=mail"},
    {"a zone behind the BSD clock", "Mar 17 13:05:00 EDT mail dovecot: " LOGIN,
     READ "@timestamp=2026-03-17T17:05:00.000Z|host.name=mail"},
    {"a host by a zone's name", "Mar 17 13:05:00 utc dovecot: " LOGIN,
     READ "@timestamp=2026-03-17T13:05:00.000Z|host.name=utc"},
    {"OpenWrt's logread -t",
     "Tue Mar 17 13:05:00 2026 [1773749100.123] mail.info dovecot[7]: " LOGIN,
     READ "@timestamp=2026-03-17T13:05:00.000Z|!host.name|process.pid=7"},
    {"AIX", "Mar 17 13:05:00 mx mail:info dovecot[7]: " LOGIN, READ "host.name=mx|process.pid=7"},
    {"AIX, forwarded",
     "Mar 17 13:05:00 mx auth|security:info Message forwarded from mail: dovecot[7]: " LOGIN,
     READ "host.name=mail|process.pid=7"},
    {"syslog-ng's chain of hosts", "Mar 17 13:05:00 s_src@mail/relay/192.0.2.9 dovecot: " LOGIN,
     READ "host.name=mail"},
    {"RFC 5424 without its priority", "2026-03-17T13:05:00+01:00 mail dovecot 77 - - " LOGIN,
     READ "host.name=mail|process.pid=77|process.name=dovecot"},
    {"macOS' log show",
     "2026-03-17 13:05:00.123456+0100 0x1a2b     Default     0x0    77     0    dovecot: " LOGIN,
     READ "@timestamp=2026-03-17T12:05:00.123Z|!host.name|process.pid=77"},
    {"Dovecot's own file",
     "Mar 17 13:05:00 imap-login: Info: Login: user=<ana>, rip=192.0.2.1, lip=::1",
     READ "@timestamp=2026-03-17T13:05:00.000Z|!host.name"},
    {"its own file, ISO",
     "2026-03-17 13:05:00 imap(a b)<1><s>: Info: Disconnected: Logged out in=1 out=2",
     "event.action=session-end|user.name=a b|source.bytes=1|!host.name"},
    {"its own file, 1.0",
     "dovecot: Mar 17 13:05:00 Info: IMAP(ana): Disconnected: Logged out bytes=5/6",
     "user.name=ana|source.bytes=5|@timestamp=2026-03-17T13:05:00.000Z"},
    {"no time at all", LOGIN, READ "!@timestamp|process.name=imap-login"},
    {"no time, but the program", "dovecot: " LOGIN, READ "process.name=dovecot"},
    {"named twice", "Mar 17 13:05:00 mail dovecot[4]: dovecot: " LOGIN, READ "process.pid=4"},
    {"a month of another language", "Mrz 17 13:05:00 mail dovecot: " LOGIN, READ "!@timestamp"},
    {"repeated",
     "Mar 17 13:05:00 mail sshd[1]: message repeated 5 times: [ Failed password for root from "
     "192.0.2.1 port 22 ssh2]",
     "event.action=login|event.outcome=failure|user.name=root|auth.attempts=5"},
    {"journal as JSON",
     "{\"__CURSOR\":\"s=1\",\"__REALTIME_TIMESTAMP\":\"1773749100123456\",\"_HOSTNAME\":\"mail\","
     "\"SYSLOG_IDENTIFIER\":\"dovecot\",\"_PID\":\"77\",\"PRIORITY\":\"6\",\"MESSAGE\":\"" LOGIN
     "\"}",
     READ "@timestamp=2026-03-17T12:05:00.123Z|host.name=mail|process.name=dovecot|process.pid=77"},
    {"journal as JSON without a tag",
     "{\"MESSAGE\":\"Failed password for r\\u00e9mi from 192.0.2.1 port 22 "
     "ssh2\",\"_COMM\":\"sshd\","
     "\"__REALTIME_TIMESTAMP\":\"1773749100123456\"}",
     "event.module=sshd|user.name=r\xc3\xa9mi"},
    {"rsyslog drops",
     "Mar 17 13:05:00 mail rsyslogd: imuxsock lost 45 messages from pid 123 due to "
     "rate-limiting",
     "event.module=syslog|event.action=log-suppressed|log.suppressed=45"},
    {"rsyslog begins to drop",
     "Mar 17 13:05:00 mail rsyslogd: imuxsock[pid 123]: begin to drop messages due to "
     "rate-limiting",
     "event.action=log-suppressed|!log.suppressed"},
    {"rsyslog tells how many it dropped",
     "Mar 17 13:05:00 mail rsyslogd: imuxsock[pid 901]: 512 messages lost due to rate-limiting",
     "event.action=log-suppressed|log.suppressed=512"},
    {"and how many it would have let by",
     "Mar 17 13:05:00 mail rsyslogd: imuxsock[pid: 51, name: /usr/sbin/x]: 7 messages lost due to "
     "rate-limiting (20000 allowed within 300 seconds)",
     "event.action=log-suppressed|log.suppressed=7"},
    {"journald drops",
     "Mar 17 13:05:00 mail systemd-journald[9]: Suppressed 1234 messages from dovecot.service",
     "event.action=log-suppressed|log.suppressed=1234"},
    {"rsyslog stops",
     "Mar 17 13:05:00 mail rsyslogd: [origin software=\"rsyslogd\" swVersion=\"8\" "
     "x-pid=\"1\" x-info=\"https://www.rsyslog.com\"] exiting on signal 15.",
     "event.action=daemon-stop"},
};

/* Lines of one file without years, and the year that each gets. */
static const struct {
	const char *name;
	int year; /* of the first */
	const char *lines[6];
	const char *want[6];
} years[] = {
    {"one year",
     2026,
     {"Jan  2 00:00:00", "Mar  1 00:00:00", "Dec 31 00:00:00"},
     {"2026-01-02", "2026-03-01", "2026-12-31"}},
    {"New Year",
     2025,
     {"Dec 31 23:59:59", "Jan  1 00:00:00", "Mar  1 00:00:00"},
     {"2025-12-31", "2026-01-01", "2026-03-01"}},
    {"late lines of the old year",
     2025,
     {"Dec 31 23:59:59", "Jan  1 00:00:00", "Dec 31 23:59:59", "Jan  1 00:00:01",
      "Jan  1 00:00:00"},
     {"2025-12-31", "2026-01-01", "2025-12-31", "2026-01-01", "2026-01-01"}},
    {"small steps back",
     2026,
     {"Mar  2 00:00:00", "Mar  1 23:59:59", "Feb 28 00:00:00", "Mar  2 00:00:01"},
     {"2026-03-02", "2026-03-01", "2026-02-28", "2026-03-02"}},
    {"a long silence over New Year",
     2025,
     {"Sep 30 00:00:00", "Feb  1 00:00:00"},
     {"2025-09-30", "2026-02-01"}},
    {"a long silence within a year",
     2026,
     {"Jan 20 00:00:00", "Nov  1 00:00:00"},
     {"2026-01-20", "2026-11-01"}},
    {"two New Years",
     2024,
     {"Dec 31 00:00:00", "Jan  1 00:00:00", "Jun  1 00:00:00", "Dec 31 00:00:00",
      "Jan  1 00:00:00"},
     {"2024-12-31", "2025-01-01", "2025-06-01", "2025-12-31", "2026-01-01"}},
};

static void test_years(void **state)
{
	struct arena scratch = {0};
	struct event *e = calloc(1, sizeof *e);
	for (size_t i = 0; i < sizeof years / sizeof *years; i++) {
		struct format_state st;
		format_start(&st, NULL, years[i].year);
		for (int j = 0; j < 6 && years[i].lines[j]; j++) {
			slice line =
			    arena_format(&scratch, "%s mail dovecot: x: y", years[i].lines[j]);
			char got[CLOCK_TEXT];
			format_decode(&st, line, e, &scratch);
			clock_format(e->v[F_TIME].number, got);
			got[10] = '\0';
			printf("%s, line %d\n", years[i].name, j + 1);
			assert_string_equal(got, years[i].want[j]);
		}
	}
	arena_free(&scratch);
	free(e);
}

static const struct {
	const char *name, *record, *last;
	int year; /* 0: the record has its own */
} firsts[] = {
    {"same year", "Mar 17 13:05:00 mail x: y", "2026-03-19T00:00:00Z", 2026},
    {"year before", "Nov 17 13:05:00 mail x: y", "2026-03-19T00:00:00Z", 2025},
    {"the last second", "Mar 19 00:00:00 mail x: y", "2026-03-19T00:00:00Z", 2026},
    {"ahead by a zone", "Mar 19 11:00:00 mail x: y", "2026-03-19T00:00:00Z", 2026},
    {"a leap day", "Feb 29 11:00:00 mail x: y", "2026-03-19T00:00:00Z", 2024},
    {"New Year's zone", "Jan  1 00:30:00 mail x: y", "2025-12-31T23:30:00Z", 2026},
    {"with a priority", "<22>Mar 17 13:05:00 mail x: y", "2026-03-19T00:00:00Z", 2026},
    {"has a year", "Mar 17 2020 13:05:00 mail x: y", "2026-03-19T00:00:00Z", 0},
    {"has a year behind", "Tue Mar 17 13:05:00 2020 mail x: y", "2026-03-19T00:00:00Z", 0},
    {"ISO", "2026-03-17T13:05:00Z mail x: y", "2026-03-19T00:00:00Z", 0},
    {"no time", "something else", "2026-03-19T00:00:00Z", 0},
};

static void test_first_year(void **state)
{
	for (size_t i = 0; i < sizeof firsts / sizeof *firsts; i++) {
		struct civil c;
		int64_t last;
		bool zone;
		slice s = slice_of(firsts[i].last);
		printf("%s\n", firsts[i].name);
		assert_true(clock_parse_iso(&s, &last, &zone));
		bool yearless = format_yearless(slice_of(firsts[i].record), &c);
		assert_int_equal(yearless, firsts[i].year != 0);
		if (yearless)
			assert_int_equal(format_first_year(&c, last), firsts[i].year);
	}
}

/* The wall clock's zone, summer and winter, and on the two days between. */
static const struct expected zones[] = {
    {"winter", "Jan 17 13:05:00", "2026-01-17T12:05:00.000Z"},
    {"summer", "Jul 17 13:05:00", "2026-07-17T11:05:00.000Z"},
    {"before the jump", "Mar 29 01:59:59", "2026-03-29T00:59:59.000Z"},
    {"after the jump", "Mar 29 03:00:00", "2026-03-29T01:00:00.000Z"},
    {"before the second turn", "Oct 25 01:59:59", "2026-10-24T23:59:59.000Z"},
    {"after it", "Oct 25 03:00:00", "2026-10-25T02:00:00.000Z"},
};

static void test_zones(void **state)
{
	struct arena scratch = {0};
	struct event *e = calloc(1, sizeof *e);
	struct zone *paris = zone_open(SLICE("Europe/Paris"));
	struct format_state st;
	if (!paris)
		skip();
	for (size_t i = 0; i < sizeof zones / sizeof *zones; i++) {
		char got[CLOCK_TEXT];
		format_start(&st, paris, 2026);
		format_decode(&st, arena_format(&scratch, "%s mail x: y", zones[i].line), e,
			      &scratch);
		clock_format(e->v[F_TIME].number, got);
		printf("%s\n", zones[i].name);
		assert_string_equal(got, zones[i].want);
	}
	zone_close(&paris);
	arena_free(&scratch);
	free(e);
}

/* journalctl -o export: every record until its empty line is PART. */
static void test_export(void **state)
{
	static const struct {
		slice line;
		enum decoded want;
	} lines[] = {
	    {SLICE_INIT("__CURSOR=s=1"), DECODED_PART},
	    {SLICE_INIT("__REALTIME_TIMESTAMP=1773749100123456"), DECODED_PART},
	    {SLICE_INIT("_HOSTNAME=mail"), DECODED_PART},
	    {SLICE_INIT("_COMM=dovecot"), DECODED_PART},
	    {SLICE_INIT("OTHER"), DECODED_PART}, /* 11 bytes, and the length holds no line end */
	    {SLICE_INIT("\x0b\0\0\0\0\0\0\0_PID=1"), DECODED_PART},
	    {SLICE_INIT("four"), DECODED_PART},
	    {SLICE_INIT("MESSAGE"), DECODED_PART}, /* 10 bytes: the length is a line end itself */
	    {SLICE_INIT(""), DECODED_PART},
	    {SLICE_INIT("\0\0\0\0\0\0\0a: b\nMore"), DECODED_PART},
	    {SLICE_INIT(""), DECODED_EVENT},
	    {SLICE_INIT("Mar 17 13:05:00 mail dovecot: x: y"), DECODED_EVENT},
	};
	struct arena scratch = {0};
	struct event *e = calloc(1, sizeof *e);
	struct format_state st;
	format_start(&st, NULL, 2026);
	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
		enum decoded got = format_decode(&st, lines[i].line, e, &scratch);
		printf("line %zu\n", i + 1);
		assert_int_equal(got, lines[i].want);
		if (i == 10)
			assert_true(expect_item(e, SLICE("@timestamp=2026-03-17T12:05:00.123Z"),
						"export") &&
				    expect_item(e, SLICE("!process.pid"), "export") &&
				    expect_item(e, SLICE("host.name=mail"), "export"));
		arena_reset(&scratch);
	}
	arena_free(&scratch);
	free(e);
}

static const struct {
	const char *name, *text, *want; /* key=value of each member, and "!" where it was cut */
} objects[] = {
    {"flat", "{\"a\":1,\"b\":\"x\"}", "a=1|b=x|"},
    {"nothing", "{}", ""},
    {"spaces", "{ \"a\" : true , \"b\" : null }", "a=true|b=null|"},
    {"nested", "{\"a\":{\"b\":{\"c\":1}},\"d\":2}", "c=1|d=2|"},
    {"arrays", "{\"a\":[1,[\"]\",{\"x\":\"}\"}]],\"b\":2}", "a=1,[\"]\",{\"x\":\"}\"}]|b=2|"},
    {"escapes", "{\"a\":\"\\\"\\\\\\/\\n\\u00e9\\ud83d\\ude00\"}",
     "a=\"\\/\n\xc3\xa9\xf0\x9f\x98\x80|"},
    {"half of a pair", "{\"a\":\"\\ud83dx\"}", "a=\xef\xbf\xbdx|"},
    {"bad escape", "{\"a\":\"\\u12\\q\"}",
     "a=\xef\xbf\xbd"
     "12q|"},
    {"cut in a key", "{\"a\":1,\"b", "a=1|!"},
    {"cut behind a key", "{\"a\":1,\"b\":", "a=1|!"},
    {"cut in a string", "{\"a\":1,\"b\":\"x", "a=1|!"},
    {"cut in an array", "{\"a\":1,\"b\":[\"x\"", "a=1|!"},
    {"cut in an escape", "{\"a\":\"x\\", "!"},
};

static void test_json(void **state)
{
	for (size_t i = 0; i < sizeof objects / sizeof *objects; i++) {
		struct arena a = {0};
		struct json j;
		struct json_member m;
		struct out o = {.fd = -1};
		assert_true(json_open(&j, slice_of(objects[i].text)));
		while (json_next(&j, &m)) {
			out_slice(&o, m.key);
			out_char(&o, '=');
			out_slice(&o, json_text(&m, &a));
			out_char(&o, '|');
		}
		if (j.cut)
			out_char(&o, '!');
		out_char(&o, '\0');
		printf("%s\n", objects[i].name);
		assert_string_equal(o.at, objects[i].want);
		out_close(&o);
		arena_free(&a);
	}
}

/* Lines of one file, the second read by what the first one was. */
static const char *const neighbours[] = {
    "2026-03-17T13:05:00.123456+01:00 mail dovecot: " LOGIN,
    "2026-03-17T13:05:07.000001+01:00 mail dovecot: " LOGIN,
    "2026-03-17T13:05:07.123456+02:00 mail dovecot: " LOGIN,
    "2026-03-17T13:05:07.123456Z mail dovecot: " LOGIN,
    "2026-03-17T13:05:07.123456+0100 mail dovecot: " LOGIN,
    "2026-03-17T13:05:07.123456+01:00 mails dovecot: " LOGIN,
    "2026-03-17T13:05:07.123456+01:00 mail postfix/smtpd[7]: connect from a[192.0.2.1]",
    "2026-03-17T13:05:07.123456+01:00  mail dovecot: " LOGIN,
    "2026-03-17T13:05:07.123456789+01:00 mail dovecot: " LOGIN,
    "2026-03-17T13:05:07.123+01:00 mail dovecot: " LOGIN,
    "2026-03-17T13:05:07+01:00 mail dovecot: " LOGIN,
    "2026-03-17T13:05:07 mail dovecot: " LOGIN,
    "2026-03-17T13:65:07.123456+01:00 mail dovecot: " LOGIN,
    "2026-03-17T13:05:07,123456+01:00 mail dovecot: " LOGIN,
    "2026-03-18T13:05:07.123456+01:00 mail dovecot: " LOGIN,
    "2026-03-17T13:05:07.123456+01:00 mail",
    "2026-03-17T13:05:07.123456+01:00 dovecot: " LOGIN,
    "2026-03-17T13:05:07.123456+01:00 [sshd] Connection closed by 192.0.2.1 port 4 [preauth]",
    "Mar 17 13:05:00 mail dovecot: " LOGIN,
    "Mar 17 13:05:08 mail postfix/smtpd[7]: connect from a[192.0.2.1]",
    "Mar 17 13:05:08 <mail.info> mail dovecot: " LOGIN,
    "Mar 17 13:05:08.123456 mail dovecot: " LOGIN,
    "<22>Mar 17 13:05:08 mail dovecot: " LOGIN,
    "dovecot: Mar 17 13:05:08 Info: " LOGIN,
};

static slice read_line(struct format_state *st, const char *line, struct out *o)
{
	struct arena scratch = {0};
	struct event e = {0};
	format_decode(st, slice_of(line), &e, &scratch);
	event_json(&e, SLICE(""), false, o);
	arena_free(&scratch);
	return (slice){o->at, o->len};
}

static void test_neighbours(void **state)
{
	enum { N = sizeof neighbours / sizeof *neighbours };
	static struct format_state st;
	for (size_t a = 0; a < N; a++)
		for (size_t b = 0; b < N; b++) {
			struct out alone = {.fd = -1}, first = {.fd = -1}, second = {.fd = -1};
			format_start(&st, NULL, 2026);
			slice wanted = read_line(&st, neighbours[b], &alone);
			format_start(&st, NULL, 2026);
			read_line(&st, neighbours[a], &first);
			if (!slice_eq(read_line(&st, neighbours[b], &second), wanted))
				fail_msg("%s\nbehind %s", neighbours[b], neighbours[a]);
			out_close(&alone);
			out_close(&first);
			out_close(&second);
		}
}

static void test_envelopes(void **state)
{
	expect_all(envelopes, sizeof envelopes / sizeof *envelopes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_envelopes),  cmocka_unit_test(test_years),
	    cmocka_unit_test(test_first_year), cmocka_unit_test(test_zones),
	    cmocka_unit_test(test_export),     cmocka_unit_test(test_json),
	    cmocka_unit_test(test_neighbours),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
