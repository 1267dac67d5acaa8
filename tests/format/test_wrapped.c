/* Records within records: containers, collectors, exports as JSON and CSV; time from around. */
#include "expect.h"

#define LOGIN                                                                                      \
	"imap-login: Login: user=<ana>, method=PLAIN, rip=192.0.2.1, lip=192.0.2.2, mpid=18, TLS"
#define OWN  "Mar 17 13:05:00 imap-login: Info: Login: user=<ana>, rip=192.0.2.1, lip=::1"
#define LINE "Mar 17 13:05:00 mail dovecot: " LOGIN
#define READ "event.module=dovecot|event.action=login|user.name=ana|source.ip=192.0.2.1|"
#define AT12 "@timestamp=2026-03-17T12:05:00.000Z|"
#define AT13 "@timestamp=2026-03-17T13:05:00.000Z|"

static const struct expected envelopes[] = {
    {"a facility before the tag", "Mar 17 13:05:00 mail mail.info dovecot: " LOGIN,
     READ "host.name=mail|process.name=dovecot"},
    {"a facility in brackets", "2026-03-17T13:05:00Z mail [mail.info] dovecot[7]: " LOGIN,
     READ "host.name=mail|process.pid=7"},
    {"busybox, logread", "Tue Mar 17 13:05:00 2026 mail.info dovecot: " LOGIN,
     READ AT13 "!host.name"},
    {"Solaris", "Mar 17 13:05:00 mail dovecot[7]: [ID 197553 mail.info] " LOGIN, READ AT13},
    {"Solaris, no pid", "Mar 17 13:05:00 mail dovecot: [ID 197553 mail.info] " LOGIN, READ AT13},
    {"macOS", "Mar 17 13:05:00 mail dovecot[7] <Info>: " LOGIN, READ "process.pid=7"},
    {"macOS, log show --style syslog",
     "2026-03-17 13:05:00.5+0100  mail dovecot[7]: (libsystem_info.dylib) " LOGIN,
     READ "@timestamp=2026-03-17T12:05:00.500Z|process.pid=7"},
    {"RFC 5424 without its priority", "1 2026-03-17T13:05:00Z mail dovecot 77 - - " LOGIN,
     READ "host.name=mail|process.pid=77"},
    {"by way of a relay", "Mar 17 13:05:00 192.0.2.77 mail dovecot: " LOGIN, READ "host.name=mail"},
    {"no colon", "2026-03-17T13:05:00Z mail dovecot " LOGIN, READ "process.name=dovecot"},
    {"seconds since 1970", "1773749100 mail dovecot[1]: " LOGIN, READ AT12},
    {"a clock in brackets", "[2026-03-17T13:05:00+01:00] mail dovecot[1]: " LOGIN,
     READ AT12 "host.name=mail"},
    {"@cee", "Mar 17 13:05:00 mail dovecot[9]: @cee: {\"pri\":\"info\",\"msg\":\"" LOGIN "\"}",
     READ AT13 "host.name=mail|process.pid=9|process.name=dovecot"},
    {"a container's id as the tag", "Mar 17 13:05:00 node 3ab4c5d6e7f8[9]: " LOGIN, READ AT13},
    {"a container's name", "Mar 17 13:05:00 node mail-front-1[9]: " LOGIN, READ AT13},
    {"another program's words", "Mar 17 13:05:00 mail shop[9]: " LOGIN, "UNKNOWN|!user.name"},
    {"another program's words, a whole record",
     "Mar 17 13:05:00 mail shop: Mar 17 13:05:00 mail dovecot: " LOGIN, "UNKNOWN|!user.name"},
    {"another program's words, of audit",
     "Mar 17 13:05:00 mail shop: type=USER_LOGIN msg=audit(1773752700.1:7): acct=\"ana\" "
     "addr=192.0.2.1 res=success",
     "UNKNOWN|!user.name|!source.ip"},
    {"another program's words, collected",
     "{\"@timestamp\":\"2026-03-17T12:05:00Z\",\"program\":\"shop\",\"message\":\"" LOGIN "\"}",
     "UNKNOWN|!user.name"},
    {"a leap second", "2026-12-31T23:59:60Z mail dovecot: " LOGIN,
     READ "@timestamp=2027-01-01T00:00:00.000Z"},
};

static const struct expected wrapped[] = {
    {"CRI", "2026-03-17T12:05:00.123456789Z stdout F " LINE, READ AT12 "host.name=mail"},
    {"CRI, the daemon's own clock", "2026-03-17T12:05:00.123456789Z stderr F " OWN,
     READ AT12 "!host.name"},
    {"CRI, no clock inside", "2026-03-17T12:05:00.5Z stdout F " LOGIN,
     READ "@timestamp=2026-03-17T12:05:00.500Z"},
    {"CRI over New Year", "2026-01-01T00:00:01.1Z stdout F Dec 31 23:59:59 mail dovecot: " LOGIN,
     READ "@timestamp=2025-12-31T23:59:59.000Z"},
    {"CRI, a request",
     "2026-03-17T12:05:00.1Z stdout F 192.0.2.9 - - [17/Mar/2026:13:05:00 +0100] \"GET /x "
     "HTTP/1.1\" 200 5 \"-\" \"UA\"",
     "event.action=http-request|" AT12 "source.ip=192.0.2.9"},
    {"Docker",
     "{\"log\":\"" LINE "\\n\",\"stream\":\"stdout\",\"time\":\"2026-03-17T12:05:00.5Z\"}",
     READ AT12},
    {"journalctl -o short-monotonic", "[   10.123456] mail dovecot[77]: " LOGIN,
     READ "!@timestamp|host.name=mail|process.pid=77"},
    {"journalctl -o short-delta", "[    8.123456 <    0.000100>] mail dovecot[77]: " LOGIN,
     READ "!@timestamp|host.name=mail"},
    {"a relay's clock, RFC 5424 without its priority",
     "Mar 17 13:05:01 relay 1 2026-03-17T13:05:00+01:00 mail dovecot 77 - - " LOGIN,
     READ AT12 "host.name=mail|process.pid=77"},
    {"CEF with the line itself",
     "CEF:0|Unix|Unix||x\\|y|syslog|Low| eventId=1 rawEvent=Mar 17 13:05:00 mail dovecot: "
     "imap-login: Login: user\\=<ana>, method\\=PLAIN, rip\\=192.0.2.1, lip\\=192.0.2.2, "
     "mpid\\=18, "
     "TLS cs1=x",
     READ AT13 "host.name=mail"},
    {"CEF with the daemon's words",
     "<134>Mar 17 13:06:00 collector CEF:0|Unix|Unix||5|dovecot|Low|rt=1773749100000 dvchost=mail "
     "dproc=dovecot msg=imap-login: Login: user\\=<ana>, rip\\=192.0.2.1, lip\\=192.0.2.2",
     READ AT12 "host.name=mail|process.name=dovecot"},
    {"CEF in a program's words is none",
     "Mar 17 13:05:00 mail thing: CEF:0|a|b|c|d|e|f|rawEvent=" LINE, "UNKNOWN|"},
    {"LEEF", "Mar 17 13:05:01 mail LEEF:1.0|Dovecot|imap|2.3|Login|src=192.0.2.1\tpayload=" LINE,
     READ AT13},
    {"LEEF 2.0 and its divider",
     "<13>1 2026-03-17T12:05:01Z mail LEEF:2.0|IBM|Syslog|1|log|x5E|devTime=x^payload=" LINE,
     READ AT13},
    {"syslog-ng's format-welf",
     "PROGRAM=dovecot PID=12 MESSAGE=\"" LOGIN "\" HOST=mail ISODATE=2026-03-17T13:05:00+01:00",
     READ AT12 "host.name=mail|process.pid=12"},
    {"an archive of Papertrail",
     "10000\t2026-03-17T12:05:00Z\t2026-03-17T12:05:02Z\t42\tmail\t192.0.2."
     "9\tMail\tInfo\tdovecot\t" LOGIN,
     READ AT12 "host.name=mail|process.name=dovecot"},
    {"Grafana's text", "1773749100123\t2026-03-17T12:05:00.123Z\t" LINE, READ AT12},
    {"logcli", "2026-03-17T12:05:00Z {file=\"/x y\", host=\"mail\"}   " LOGIN,
     READ AT12 "host.name=mail"},
    {"Fluent Bit's output", "[0] tail.0: [1773749100.500000000, {\"log\"=>\"" LINE "\"}]",
     READ AT12},
    {"Fluent Bit's newer output",
     "[0] tail.0: [[1773749100.500000000, {}], {\"log\"=>\"" LINE "\"}]", READ AT12},
    {"journalctl -o json-seq",
     "\x1e{\"__REALTIME_TIMESTAMP\":\"1773749100000000\",\"_HOSTNAME\":\"mail\","
     "\"SYSLOG_IDENTIFIER\":\"dovecot\",\"MESSAGE\":\"" LOGIN "\"}",
     READ AT12 "host.name=mail"},
    {"journalctl -o json-sse",
     "data: {\"__REALTIME_TIMESTAMP\":\"1773749100000000\",\"_HOSTNAME\":\"mail\","
     "\"SYSLOG_IDENTIFIER\":\"dovecot\",\"MESSAGE\":\"" LOGIN "\"}",
     READ AT12 "host.name=mail"},
    {"svlogd", "2026-03-17_13:05:00.12345 " LOGIN, READ "@timestamp=2026-03-17T13:05:00.123Z"},
    {"fluentd's file",
     "2026-03-17T13:05:00+01:00\tmail.info\t{\"host\":\"mail\",\"ident\":\"dovecot\",\"message\":"
     "\"" LOGIN "\"}",
     READ AT12 "host.name=mail|process.name=dovecot"},
    {"Fluent Bit's file", "mail.log: [1773749100.000000, {\"log\":\"" LINE "\"}]", READ AT12},
    {"a relay's clock and name", "<13>Mar 17 13:05:01 relay " LINE, READ AT13 "host.name=mail"},
    {"a program's words are no relayed line", "Mar 17 13:05:01 thing: " LINE, "UNKNOWN|"},
    {"nor behind its pid", "Mar 17 13:05:01 thing[9] " LINE, "UNKNOWN|"},
    {"Wazuh's archives.log", "2026 Mar 17 13:05:01 (mail) any->/var/log/mail.log " LINE, READ AT13},
    {"RSYSLOG_DebugFormat", "inputname: imuxsock rawmsg: '<22>" LINE "'", READ AT13},
    {"Elastic's fields",
     "{\"_index\":\"x\",\"fields\":{\"@timestamp\":[\"2026-03-17T12:05:00Z\"],\"message\":[\"" LINE
     "\"]}}",
     READ AT12},
    {"docker compose logs", "dovecot-1  | " OWN, READ AT13},
    {"docker compose logs, in colour", "\x1b[36mdovecot-1  |\x1b[0m " OWN, READ AT13},
    {"docker compose logs -t", "dovecot-1  | 2026-03-17T12:05:00.5Z " OWN, READ AT12},
    {"docker logs -t", "2026-03-17T12:05:00.5Z " OWN, READ AT12},
    {"docker's syslog driver", "<30>Mar 17 13:05:00 node1 mail/3ab[9]: " OWN,
     READ AT13 "host.name=node1"},
    {"kubectl logs --prefix --timestamps", "[pod/mail-0/dovecot] 2026-03-17T12:05:00.5Z " LINE,
     READ AT12 "host.name=mail"},
    {"GELF",
     "{\"version\":\"1.1\",\"host\":\"mail\",\"short_message\":\"" LOGIN
     "\",\"timestamp\":1773749100.307,\"_application_name\":\"dovecot\",\"_process_id\":\"77\"}",
     READ "@timestamp=2026-03-17T12:05:00.307Z|host.name=mail|process.pid=77"},
    {"Elastic, as exported",
     "{\"_index\":\"x\",\"_source\":{\"@timestamp\":\"2026-03-17T12:05:00.000Z\",\"message\":"
     "\"" LOGIN "\",\"host\":{\"name\":\"mail\"},\"agent\":{\"name\":\"no\"},\"process\":{\"name\":"
     "\"dovecot\",\"pid\":77}}}",
     READ AT12 "host.name=mail|process.name=dovecot|process.pid=77"},
    {"Elastic, the line itself is kept",
     "{\"message\":\"nothing\",\"event\":{\"original\":\"" LINE
     "\"},\"@timestamp\":\"2026-03-17T12:05:00Z\"}",
     READ AT12 "host.name=mail"},
    {"Loki",
     "{\"labels\":{\"job\":\"m\"},\"line\":\"" LINE "\",\"timestamp\":\"2026-03-17T12:05:00Z\"}",
     READ AT12},
    {"Loki's API", "\"1773749100307000000\",\"" LINE "\"", READ AT12},
    {"Loki's API, no clock in the line",
     "\"1773749100307000000\", \"dovecot: imap-login: Login: user=<a\\\"b>, rip=192.0.2.1, "
     "lip=::1\"",
     "user.name=a\"b|@timestamp=2026-03-17T12:05:00.307Z"},
    {"Splunk",
     "{\"preview\":false,\"result\":{\"_raw\":\"" LINE
     "\",\"_time\":\"2026-03-17T13:05:00.000+01:00\",\"host\":\"mail\",\"source\":\"/var/log/"
     "mail.log\"}}",
     READ AT12 "host.name=mail"},
    {"rsyslog's JSON",
     "{\"msg\":\" " LOGIN
     "\",\"timereported\":\"2026-03-17T13:05:00+01:00\",\"hostname\":\"mail\",\"syslogtag\":"
     "\"dovecot[3]:\"}",
     READ AT12 "host.name=mail|process.name=dovecot"},
    {"syslog-ng's JSON",
     "{\"PROGRAM\":\"dovecot\",\"PRIORITY\":\"info\",\"MESSAGE\":\"" LOGIN
     "\",\"HOST\":\"mail\",\"ISODATE\":\"2026-03-17T13:05:00+01:00\",\"PID\":\"33\"}",
     READ AT12 "host.name=mail|process.pid=33"},
    {"Wazuh", "{\"timestamp\":\"2026-03-17T12:05:00.000+0000\",\"full_log\":\"" LINE "\"}",
     READ AT12},
    {"Azure",
     "{\"TimeGenerated\":\"2026-03-17T12:05:00Z\",\"Computer\":\"mail\",\"ProcessName\":"
     "\"dovecot\",\"SyslogMessage\":\"" LOGIN "\"}",
     READ AT12 "host.name=mail"},
    {"escaped",
     "{\"message\":\"Mar 17 13:05:00 mail dovecot: imap-login: Login: user=<a\\\"n\\u00e9>, "
     "rip=192.0.2.1, lip=::1\"}",
     "user.name=a\"n\xc3\xa9|" AT13},
};

/* Records of one file, in their order; want NULL: PART, "": unknown. */
static const struct {
	const char *name;
	struct {
		const char *line, *want;
	} at[6];
} files[] = {
    {"a line in three pieces",
     {{"2026-03-17T12:05:00.1Z stdout P Mar 17 13:05:00 mail dove", NULL},
      {"2026-03-17T12:05:00.1Z stdout P cot: imap-login: Login: user=<an", NULL},
      {"2026-03-17T12:05:00.1Z stdout F a>, rip=192.0.2.1, lip=::1", READ AT12},
      {"2026-03-17T12:05:00.1Z stdout F " LINE, READ}}},
    {"Docker's pieces",
     {{"{\"log\":\"Mar 17 13:05:00 mail dovecot: imap-login: Lo\",\"stream\":\"stdout\",\"time\":"
       "\"2026-03-17T12:05:00.5Z\"}",
       NULL},
      {"{\"log\":\"gin: user=\\u003cana\\u003e, rip=192.0.2.1, lip=::1\\n\",\"stream\":\"stdout\","
       "\"time\":\"2026-03-17T12:05:00.5Z\"}",
       READ AT12}}},
    {"a line whose last words are those of a header",
     {{"{\"message\":\"2026-03-17T13:05:00.000+0100,mail1,/var/log/ mail1 dovecot: "
       "mail.log,ima\"}",
       "event.module=dovecot"}}},
    {"Graylog's CSV",
     {{"timestamp,source,message", NULL},
      {"2026-03-17T12:05:00.000Z,mail,\"" LINE "\"", READ AT12 "host.name=mail"},
      {"\"2026-03-17T12:05:00.000Z\",\"mail\",\"dovecot: imap-login: Login: user=<a\"\"b>, "
       "rip=192.0.2.1, lip=::1\"",
       "user.name=a\"b|" AT12}}},
    {"a CSV whose column for the line has no known name",
     {{"timestamp,host,site,entry of the log", NULL},
      {"2026-03-17T12:05:00.000Z,mail,two words,\"dovecot: " LOGIN "\"", READ AT12},
      {"2026-03-17T12:05:00.000Z,mail,a cell that is longer than what the log says and not "
       "so for the first row of the table and so it does not count at all,\"dovecot: " LOGIN "\"",
       READ AT12}}},
    {"Splunk's CSV, a cell with a line end",
     {{"\"_time\",host,source,\"_raw\"", NULL},
      {"\"2026-03-17T13:05:00.000+0100\",mail,/var/log/mail.log,\"" LINE, NULL},
      {"of two lines\"", READ AT12},
      {"\"2026-03-17T13:05:00.000+0100\",mail,/var/log/mail.log,\"" LINE "\"", READ AT12}}},
    {"a quote that is never closed",
     {{"_time;host;_raw", NULL},
      {"2026-03-17T13:05:00.000+0100;mail;\"open", NULL},
      {"2026-03-17T13:05:00.000+0100;mail;\"" LINE "\"", "BROKEN|" READ},
      {"2026-03-17T13:05:00.000+0100;mail;\"" LINE "\"", READ AT12}}},
    {"Kibana's CSV",
     {{"\"@timestamp\",\"_id\",\"_source.host.name\",\"_source.process.name\",\"_source.message\"",
       NULL},
      {"\"Mar 17, 2026 @ 13:05:00.123\",x,mail,dovecot,\"" LOGIN "\"",
       READ "@timestamp=2026-03-17T13:05:00.123Z|host.name=mail|process.name=dovecot"}}},
    {"tabs", {{"Time\tHost\tRaw", NULL}, {"1773749100\tmail\t" LINE, READ AT12}}},
    {"a row with too few cells", {{"a,b,message", NULL}, {LINE, ""}}},
    {"a row over lines that holds no line is nobody's",
     {{"id,client-ip,event", NULL},
      {"1,\"x", NULL},
      {"y\",192.0.2.1,", ""},
      {"1,2,\"" LINE "\"", READ}}},
    {"CRI, the other stream between the pieces of a line",
     {{"2026-03-17T12:05:00.5Z stdout P Mar 17 13:05:00 mail dovecot: imap-login: Login: "
       "user=<ana>",
       NULL},
      {"2026-03-17T12:05:00.5Z stderr P Mar 17 13:05:00 mail dovecot: imap-login: Login:", NULL},
      {"2026-03-17T12:05:00.6Z stdout F , method=PLAIN, rip=192.0.2.1, lip=192.0.2.2",
       "user.name=ana|source.ip=192.0.2.1"},
      {"2026-03-17T12:05:00.6Z stderr F  user=<bob>, rip=192.0.2.7, lip=192.0.2.2",
       "user.name=bob|source.ip=192.0.2.7"}}},
    {"Docker, likewise",
     {{"{\"log\":\"Mar 17 13:05:00 mail dovecot: imap-login: Login: "
       "user=<ana>\",\"stream\":\"stdout\","
       "\"time\":\"2026-03-17T12:05:00.5Z\"}",
       NULL},
      {"{\"log\":\"" LINE "\\n\",\"stream\":\"stderr\",\"time\":\"2026-03-17T12:05:00.5Z\"}", READ},
      {"{\"log\":\", rip=192.0.2.1, "
       "lip=192.0.2.2\\n\",\"stream\":\"stdout\",\"time\":\"2026-03-17T12:"
       "05:00.5Z\"}",
       "user.name=ana|source.ip=192.0.2.1"}}},
    {"an answer of Log Analytics",
     {{"{\"tables\":[{\"name\":\"PrimaryResult\",\"columns\":[{\"name\":\"TimeGenerated\",\"type\":"
       "\"datetime\"},{\"name\":\"Computer\",\"type\":\"string\"},{\"name\":\"ProcessName\"},{"
       "\"name\":"
       "\"SyslogMessage\"}],\"rows\":[",
       NULL},
      {"[\"2026-03-17T13:05:00.5Z\",\"mail\",\"dovecot\",\"" LOGIN "\"]",
       READ "host.name=mail|@timestamp=2026-03-17T13:05:00.500Z"},
      {"[\"2026-03-17T13:05:00Z\",null,\"x\"]", ""},
      {"[1,2", ""}}},
    {"of Data Explorer, with records of Microsoft's",
     {{"{\"Tables\":[{\"TableName\":\"Table_0\",\"Columns\":[{\"ColumnName\":\"TimeGenerated\"},{"
       "\"ColumnName\":\"OfficeWorkload\"},{\"ColumnName\":\"Operation\"},{\"ColumnName\":"
       "\"UserId\"},{"
       "\"ColumnName\":\"ClientIP\"},{\"ColumnName\":\"Parameters\"}],\"Rows\":[",
       NULL},
      {"[\"2026-03-17T13:05:00Z\",\"Exchange\",\"New-InboxRule\",\"ana\",\"192.0.2.1\",\"[{"
       "\\\"Name\\\":"
       "\\\"ForwardTo\\\",\\\"Value\\\":\\\"e@evil.example\\\"}]\"]",
       "event.module=m365|event.action=mail-rule|user.name=ana|source.ip=192.0.2.1|mail.rule.to=e@"
       "evil.example"}}},
    {"Entra's sign-ins, a few columns of them",
     {{"{\"tables\":[{\"columns\":[{\"name\":\"TimeGenerated\"},{\"name\":\"ResultType\"},{"
       "\"name\":"
       "\"UserPrincipalName\"},{\"name\":\"IPAddress\"},{\"name\":\"AppDisplayName\"},{\"name\":"
       "\"ClientAppUsed\"}],\"rows\":[",
       NULL},
      {"[\"2026-03-17T13:05:00Z\",\"50126\",\"ana\",\"192.0.2.1\",\"Outlook\",\"IMAP4\"]",
       "event.module=m365|event.action=login|event.outcome=failure|network.protocol=imap"}}},
    {"Google's audit page",
     {{"Event,Description,Date,User,IP address,Login type", NULL},
      {"Failed login,\"x, \"\"y\"\"\",2026-03-17T14:05:00+01:00,ana,192.0.2.1,Google password",
       "event.module=google|event.action=login|event.outcome=failure|user.name=ana|source.ip=192.0."
       "2.1|@timestamp=2026-03-17T13:05:00.000Z"},
      {"Successful login,x,2026-03-17T14:05:00+01:00,ana,192.0.2.1,",
       "event.action=login|event.outcome=success"}}},
    {"GAM's",
     {{"actor.email,id.time,ipAddress,name", NULL},
      {"ana,2026-03-17T13:05:00Z,192.0.2.1,login_failure",
       "event.module=google|event.outcome=failure"}}},
    {"Splunk's XML",
     {{"<?xml version='1.0' encoding='UTF-8'?>", NULL},
      {"<results preview='0'>", NULL},
      {"<field k='_raw'><v xml:space='preserve' trim='0'>Mar 17 13:05:00 mail dovecot: imap-login: "
       "Login: user=&lt;<sg h=\"1\">ana</sg>&gt;, rip=192.0.2.1, lip=192.0.2.2</v></field>",
       READ AT13},
      {"</results>", NULL}}},
    {"journalctl -o verbose",
     {{"Tue 2026-03-17 13:05:00.123456 CET [s=ab;i=1;b=ab;m=1;t=1;x=1]", NULL},
      {"    SYSLOG_IDENTIFIER=dovecot", NULL},
      {"    MESSAGE=" LOGIN, READ "@timestamp=2026-03-17T12:05:00.123Z|process.name=dovecot"},
      {"    _PID=12", NULL}}},
    {"Graylog's CSV leaves the host in front of the tag",
     {{"\"timestamp\",\"source\",\"message\"", NULL},
      {"\"2026-03-17T12:05:00Z\",\"mail\",\"mail dovecot: imap-login: Login: user=<ana>, "
       "rip=192.0.2.1, lip=192.0.2.2\"",
       READ AT12 "host.name=mail"}}},
    {"no header but at the beginning", {{LINE, READ}, {"time,host,message", ""}, {LINE, READ}}},
};

static bool run_line(struct format_state *st, const char *name, const char *line, const char *want,
		     struct event *e, struct arena *scratch)
{
	enum decoded d = format_decode(st, slice_of(line), e, scratch);
	slice items = slice_of(want);
	bool broken = want && slice_eat(&items, "BROKEN|"), fine;
	enum decoded wanted = !want       ? DECODED_PART
			      : broken    ? DECODED_BROKEN
			      : items.len ? DECODED_EVENT
					  : DECODED_UNKNOWN;
	fine = d == wanted;
	if (!fine)
		printf("%s: %d, not %d: %s\n", name, d, wanted, line);
	while (want && items.len)
		fine &= expect_item(e, slice_until(&items, '|'), name);
	return fine;
}

static void test_files(void **state)
{
	bool fine = true;
	struct arena scratch = {0};
	struct event *e = calloc(1, sizeof *e);
	struct zone *zone = zone_open(SLICE("UTC"));
	for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
		struct format_state *st = malloc(sizeof *st);
		format_start(st, zone, 2026);
		for (size_t j = 0; j < 6 && files[i].at[j].line; j++) {
			fine &= run_line(st, files[i].name, files[i].at[j].line,
					 files[i].at[j].want, e, &scratch);
			arena_reset(&scratch);
		}
		free(st);
	}
	zone_close(&zone);
	arena_free(&scratch);
	free(e);
	assert_true(fine);
}

/* The hour that Paris has twice, and the one that it has not at all. */
static const struct {
	const char *line, *want;
} turns[] = {
    {"Oct 25 01:59:00", "2026-10-24T23:59:00.000Z"},
    {"Oct 25 02:00:10", "2026-10-25T00:00:10.000Z"},
    {"Oct 25 02:30:00", "2026-10-25T00:30:00.000Z"},
    {"Oct 25 02:29:58", "2026-10-25T00:29:58.000Z"},
    {"Oct 25 02:59:59", "2026-10-25T00:59:59.000Z"},
    {"Oct 25 02:00:01", "2026-10-25T01:00:01.000Z"},
    {"Oct 25 02:16:00", "2026-10-25T01:16:00.000Z"},
    {"Oct 25 02:59:00", "2026-10-25T01:59:00.000Z"},
    {"Oct 25 03:00:00", "2026-10-25T02:00:00.000Z"},
};

static void test_turns(void **state)
{
	struct arena scratch = {0};
	struct event *e = calloc(1, sizeof *e);
	struct zone *paris = zone_open(SLICE("Europe/Paris"));
	struct format_state *st = malloc(sizeof *st);
	format_start(st, paris, 2026);
	for (size_t i = 0; paris && i < sizeof turns / sizeof *turns; i++) {
		char got[CLOCK_TEXT];
		format_decode(st, arena_format(&scratch, "%s mail dovecot: x: y", turns[i].line), e,
			      &scratch);
		clock_format(e->v[F_TIME].number, got);
		assert_string_equal(got, turns[i].want);
	}
	assert_int_equal(st->no_such_time, 0);
	format_decode(st, SLICE("Mar 28 2027 02:30:00 mail dovecot: x: y"), e, &scratch);
	assert_int_equal(st->no_such_time, paris != NULL);
	zone_close(&paris);
	arena_free(&scratch);
	free(st);
	free(e);
}

static void test_envelopes(void **state)
{
	expect_all(envelopes, sizeof envelopes / sizeof *envelopes);
}

static void test_wrapped(void **state)
{
	expect_all(wrapped, sizeof wrapped / sizeof *wrapped);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_envelopes),
	    cmocka_unit_test(test_wrapped),
	    cmocka_unit_test(test_files),
	    cmocka_unit_test(test_turns),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
