/*
 * event.h - a fact in Elastic Common Schema field names, pointing back at its record.
 *
 *	event_clear(&e);
 *	event_act(&e, ACT_LOGIN, OUT_SUCCESS);
 *	event_text(&e, F_USER, name);             a slice of the record, or of the scratch arena
 *	if (event_has(&e, F_SOURCE_IP)) ... e.v[F_SOURCE_IP].address
 *
 * One list of fields makes the enum, the names, the JSON and what rules can see.  A field that a
 * record does not state is absent; it is never empty or zero for "unknown".
 * Names: https://www.elastic.co/guide/en/ecs/current/ecs-field-reference.html; what ECS has no
 * word for stands under mail.*, webmail.*, smtp.*, sieve.*; what tocsin adds under tocsin.*.
 */
#ifndef TOCSIN_EVENT_H
#define TOCSIN_EVENT_H

#include "base/base.h"

/* Where a record lies: the n-th input, byte offset and length without its line end, line from 1. */
struct place {
	uint64_t offset;
	uint32_t input;
	uint32_t length;
	uint64_t line;
};

enum field_kind { KIND_TEXT, KIND_NUMBER, KIND_ADDRESS, KIND_TIME, KIND_FLAG };

/* X(name in C, name in ECS, kind, what it says) */
#define EVENT_FIELDS(X)                                                                            \
	X(TIME, "@timestamp", TIME, "when, in UTC")                                                \
	X(MODULE, "event.module", TEXT, "the format that wrote it")                                \
	X(ACTION, "event.action", TEXT, "what happened, see ACTIONS in event.h")                   \
	X(CATEGORY, "event.category", TEXT, "ECS category")                                        \
	X(OUTCOME, "event.outcome", TEXT, "success or failure")                                    \
	X(REASON, "event.reason", TEXT, "why, in the daemon's words")                              \
	X(START, "event.start", TIME, "when the session began")                                    \
	X(DURATION, "event.duration", NUMBER, "nanoseconds")                                       \
	X(HOST, "host.name", TEXT, "host that wrote the record")                                   \
	X(PROCESS, "process.name", TEXT, "program")                                                \
	X(PID, "process.pid", NUMBER, "process id")                                                \
	X(EXECUTABLE, "process.executable", TEXT, "path of the program (audit)")                   \
	X(COMMAND_LINE, "process.command_line", TEXT, "its arguments (audit)")                     \
	X(DIRECTORY, "process.working_directory", TEXT, "its directory (audit)")                   \
	X(USER, "user.name", TEXT, "account")                                                      \
	X(USER_ID, "user.id", TEXT, "numeric id (audit: the login id)")                            \
	X(USER_EFFECTIVE, "user.effective.name", TEXT, "account acted for, by a master user")      \
	X(MAIL_PID, "session.process.pid", NUMBER, "process that serves the session (mpid)")       \
	X(SESSION, "session.id", TEXT, "the daemon's own; of Courier the client's port")           \
	X(SOURCE_IP, "source.ip", ADDRESS, "client address")                                       \
	X(SOURCE_PORT, "source.port", NUMBER, "client port")                                       \
	X(SOURCE_DOMAIN, "source.domain", TEXT, "client's host name as the server resolved it")    \
	X(SOURCE_BYTES, "source.bytes", NUMBER, "bytes from client to server")                     \
	X(DESTINATION_IP, "destination.ip", ADDRESS, "the server's own or next hop's address")     \
	X(DESTINATION_PORT, "destination.port", NUMBER, "and its port")                            \
	X(DESTINATION_DOMAIN, "destination.domain", TEXT, "and its name")                          \
	X(DESTINATION_BYTES, "destination.bytes", NUMBER, "bytes from server to client")           \
	X(PROTOCOL, "network.protocol", TEXT,                                                      \
	  "imap pop3 smtp submission lmtp managesieve http ssh")                                   \
	X(TLS, "tls.established", FLAG, "the connection was encrypted")                            \
	X(TLS_VERSION, "tls.version", TEXT, "protocol version")                                    \
	X(AUTH_METHOD, "auth.method", TEXT, "SASL mechanism")                                      \
	X(AUTH_ATTEMPTS, "auth.attempts", NUMBER, "tries in this connection")                      \
	X(AUTH_PASSWORD_HASH, "auth.password.hash", TEXT, "truncated hash of the given password")  \
	X(MESSAGE_ID, "email.message_id", TEXT, "Message-ID without its angle brackets")           \
	X(QUEUE_ID, "email.local_id", TEXT, "queue id")                                            \
	X(SUBJECT, "email.subject", TEXT, "subject")                                               \
	X(FROM, "email.from.address", TEXT, "envelope sender; empty for the null sender")          \
	X(TO, "email.to.address", TEXT, "envelope recipient")                                      \
	X(ORIGINAL_TO, "email.original_to.address", TEXT, "recipient before rewriting")            \
	X(FOLDER, "mail.folder", TEXT, "mailbox name, UTF-8")                                      \
	X(UID, "mail.uid", NUMBER, "IMAP UID (RFC 9051 2.3.1.1)")                                  \
	X(UIDS, "mail.uids", TEXT, "IMAP UID set of a command, as sent")                           \
	X(PART, "mail.part", TEXT, "MIME part as IMAP numbers it (RFC 9051 6.4.5)")                \
	X(SIZE, "mail.size", NUMBER, "bytes of the message (RFC822.SIZE)")                         \
	X(BODY_COUNT, "mail.body.count", NUMBER, "FETCH items that returned body data")            \
	X(BODY_BYTES, "mail.body.bytes", NUMBER, "and their bytes")                                \
	X(HEADER_COUNT, "mail.header.count", NUMBER, "FETCH items that returned headers")          \
	X(HEADER_BYTES, "mail.header.bytes", NUMBER, "and their bytes")                            \
	X(RETR_COUNT, "mail.retrieved.count", NUMBER, "POP3 messages retrieved")                   \
	X(RETR_BYTES, "mail.retrieved.bytes", NUMBER, "and their bytes, +OK lines included")       \
	X(TOP_COUNT, "mail.top.count", NUMBER, "POP3 TOP commands")                                \
	X(TOP_BYTES, "mail.top.bytes", NUMBER, "and their bytes")                                  \
	X(DELETED_COUNT, "mail.deleted.count", NUMBER, "messages deleted in the session")          \
	X(TOTAL_COUNT, "mail.total.count", NUMBER, "messages present")                             \
	X(TOTAL_BYTES, "mail.total.bytes", NUMBER, "bytes of the mailbox")                         \
	X(FLAGS, "mail.flags", TEXT, "IMAP flags")                                                 \
	X(READ_REASON, "mail.reason", TEXT, "Dovecot's reason code, e.g. imap:fetch_body")         \
	X(IMAP_COMMAND, "imap.command", TEXT, "command name")                                      \
	X(IMAP_ARGUMENTS, "imap.arguments", TEXT, "its arguments as logged")                       \
	X(RECIPIENTS, "smtp.recipients", NUMBER, "envelope recipients (nrcpt)")                    \
	X(SMTP_STATUS, "smtp.status", TEXT, "sent deferred bounced expired")                       \
	X(SMTP_DSN, "smtp.dsn", TEXT, "enhanced status code (RFC 3463)")                           \
	X(HELO, "smtp.helo", TEXT, "HELO or EHLO name")                                            \
	X(SIEVE_SCRIPT, "sieve.script", TEXT, "script name")                                       \
	X(SIEVE_TARGET, "sieve.target", TEXT, "where a redirect sends mail")                       \
	X(METHOD, "http.request.method", TEXT, "GET POST ...")                                     \
	X(STATUS, "http.response.status_code", NUMBER, "HTTP status")                              \
	X(RESPONSE_BYTES, "http.response.body.bytes", NUMBER, "bytes sent to the client")          \
	X(URL, "url.original", TEXT, "request target as sent")                                     \
	X(URL_PATH, "url.path", TEXT, "path of it")                                                \
	X(URL_QUERY, "url.query", TEXT, "query of it")                                             \
	X(REFERRER, "http.request.referrer", TEXT, "Referer")                                      \
	X(USER_AGENT, "user_agent.original", TEXT, "User-Agent, or IMAP ID name and version")      \
	X(WEB_TASK, "webmail.task", TEXT, "mail, settings ...: Roundcube's _task")                 \
	X(WEB_ACTION, "webmail.action", TEXT, "what was asked for, in Roundcube's words")          \
	X(WEB_DOWNLOAD, "webmail.download", FLAG, "the part was downloaded, not shown")            \
	X(WEB_NAMED, "webmail.named", FLAG,                                                        \
	  "user.name is whose mail the URL names, not who signed in at the web server")            \
	X(WEB_UNNAMED, "webmail.unnamed", FLAG,                                                    \
	  "it hands over messages that the request does not name")                                 \
	X(WEB_SEARCH, "webmail.search", TEXT, "words searched for")                                \
	X(FILE_PATH, "file.path", TEXT, "file opened (audit)")                                     \
	X(FILE_INODE, "file.inode", TEXT, "its inode")                                             \
	X(AUDIT_ID, "auditd.sequence", NUMBER,                                                     \
	  "audit event number; records of one event share it")                                     \
	X(AUDIT_KEY, "auditd.key", TEXT, "key of the audit rule")                                  \
	X(AUDIT_SYSCALL, "auditd.syscall", TEXT, "system call number or name")                     \
	X(AUDIT_TYPE, "auditd.type", TEXT, "type of the record: SYSCALL, EXECVE, PATH ...")        \
	X(AUDIT_CALL, "auditd.call", TEXT, "name of the system call")                              \
	X(AUDIT_A0, "auditd.a0", TEXT, "first argument: of a call in hexadecimal, of EXECVE text") \
	X(AUDIT_A1, "auditd.a1", TEXT, "second argument")                                          \
	X(AUDIT_A2, "auditd.a2", TEXT, "third argument")                                           \
	X(AUDIT_A3, "auditd.a3", TEXT, "fourth argument")                                          \
	X(AUDIT_A4, "auditd.a4", TEXT, "fifth argument")                                           \
	X(AUDIT_A5, "auditd.a5", TEXT, "sixth argument")                                           \
	X(AUDIT_A6, "auditd.a6", TEXT, "seventh argument")                                         \
	X(AUDIT_A7, "auditd.a7", TEXT, "eighth argument")                                          \
	X(AUDIT_NAMETYPE, "auditd.nametype", TEXT, "what was done to a file: CREATE, DELETE ...")  \
	X(AUDIT_UNIT, "auditd.unit", TEXT, "unit of systemd that was started or stopped")          \
	X(EFFECTIVE_ID, "user.effective.id", TEXT, "numeric id in force (audit: euid)")            \
	X(SUPPRESSED, "log.suppressed", NUMBER, "lines that the logger itself dropped")            \
	/* what a tenant of Microsoft 365 tells beyond that */                                     \
	X(OPERATION, "m365.operation", TEXT, "the operation in Microsoft's own words")             \
	X(WORKLOAD, "m365.workload", TEXT, "Exchange, AzureActiveDirectory, SharePoint ...")       \
	X(TENANT, "organization.id", TEXT, "the tenant")                                           \
	X(EVENT_ID, "event.id", TEXT, "the record's own id")                                       \
	X(ERROR_CODE, "error.code", TEXT, "why a sign-in was refused, as a number")                \
	X(APP_ID, "m365.app.id", TEXT, "application that acted for the user")                      \
	X(APP_NAME, "m365.app.name", TEXT, "and its name")                                         \
	X(SERVICE, "m365.service", FLAG, "a service of Microsoft acted, no person")                \
	X(APP_STATE, "tocsin.application.state", TEXT,                                             \
	  "of m365.app.id: known or new, to the mailboxes of this tenant")                         \
	X(CHANGED, "m365.changed", TEXT, "parameters and properties set, as name=value")           \
	X(ROLE, "m365.role", TEXT, "administrative role given or taken")                           \
	X(SCOPES, "m365.consent.scopes", TEXT, "what an application may do from now on")           \
	X(CONSENT_APP, "m365.consent.application", TEXT, "client id of that application")          \
	X(CONSENT_ALL, "m365.consent.for_all", FLAG, "and for everybody of the tenant")            \
	X(SIGN_IN_NEEDS, "m365.sign_in.requirement", TEXT, "single or multi factor")               \
	X(SIGN_IN_RISK, "m365.sign_in.risk", TEXT, "Microsoft's own guess: none low medium high")  \
	X(SIGN_IN_POLICY, "m365.sign_in.policy", TEXT,                                             \
	  "conditional access: success, failure, notApplied")                                      \
	X(TARGET_USER, "user.target.name", TEXT, "account, group or application acted upon")       \
	X(MAILBOX, "mail.mailbox", TEXT, "owner of the mailbox acted upon")                        \
	X(LOGON_TYPE, "mail.logon", TEXT, "owner, admin or delegate of that mailbox")              \
	X(MAIL_ACCESS, "mail.access", TEXT, "bind: these messages; sync: a whole folder")          \
	X(MAIL_THROTTLED, "mail.throttled", FLAG,                                                  \
	  "more than 1,000 such records: none for 24 hours")                                       \
	X(ITEM_COUNT, "mail.items.count", NUMBER, "messages or files the record is about")         \
	X(RULE_NAME, "mail.rule.name", TEXT, "name of an inbox or transport rule")                 \
	X(RULE_TO, "mail.rule.to", TEXT, "where it, or the mailbox, forwards to")                  \
	X(RULE_FOLDER, "mail.rule.folder", TEXT, "folder that it moves or copies mail to")         \
	X(RULE_WORDS, "mail.rule.words", TEXT, "words that it looks for")                          \
	X(RULE_FROM, "mail.rule.from", TEXT, "senders that it looks for")                          \
	X(RULE_DELETES, "mail.rule.deletes", FLAG, "it deletes what it meets")                     \
	X(RULE_READ, "mail.rule.marks_read", FLAG, "it marks what it meets as read")               \
	X(SENT_COPY, "mail.sent_copy", FLAG, "a copy was put into the folder of sent mail")        \
	X(RIGHTS, "mail.rights", TEXT, "rights to a mailbox given to another")                     \
	X(GRANTEE, "mail.grantee", TEXT, "and to whom")                                            \
	/* what tocsin knows beyond the record: written by facts, read by rules */                 \
	X(ACCOUNT, "tocsin.account", TEXT,                                                         \
	  "user.name in lower case, or the account that facts joined to the event")                \
	X(NET_STATE, "tocsin.network.state", TEXT, "known, new, early, first, learning: habit.c")  \
	X(NET_NAME, "tocsin.network.name", TEXT, "name in networks.yaml")                          \
	X(NET_TRUSTED, "tocsin.network.trusted", FLAG, "networks.yaml says trusted")               \
	X(NET_HOSTILE, "tocsin.network.hostile", FLAG, "networks.yaml or --suspect says hostile")  \
	X(NAMED, "tocsin.account.suspect", FLAG, "--suspect names the account")                    \
	X(NET_SHARED, "tocsin.network.shared", FLAG,                                               \
	  "three or more accounts are at home there: on two days, or before anywhere else")        \
	X(NET_ACCOUNTS, "tocsin.network.accounts", NUMBER,                                         \
	  "accounts that signed in from the network so far")                                       \
	X(AREA_ACCOUNTS, "tocsin.area.accounts", NUMBER,                                           \
	  "that are at home with this operator (unknown: in the /16, /32)")                        \
	X(NET_AGE, "tocsin.network.age", NUMBER, "seconds since the account first used it")        \
	X(ACCOUNT_AGE, "tocsin.account.age", NUMBER, "seconds since the account was first seen")   \
	X(COUNTRY, "source.geo.country_iso_code", TEXT, "country of the client address")           \
	X(OPERATOR, "source.as.organization.name", TEXT, "operator of its network")                \
	X(PROTOCOL_STATE, "tocsin.protocol.state", TEXT, "known or new, for this account")         \
	X(VIA, "tocsin.via", TEXT, "local: opened by the mail host itself, as webmail does")       \
	X(JOINED, "tocsin.joined", FLAG,                                                           \
	  "the account was found by a join, not stated in the record")                             \
	X(SOURCE_FAILED, "tocsin.source.failed_accounts", NUMBER,                                  \
	  "accounts the address failed on, 7 d")                                                   \
	X(SOURCE_FAILURES, "tocsin.source.failures", NUMBER, "its failures, 7 d")                  \
	X(SOURCE_HOURS, "tocsin.source.failure_hours", NUMBER, "hours in which it failed, 7 d")    \
	X(SOURCE_PACE, "tocsin.source.failure_pace", NUMBER, "most failures in 20 minutes, 7 d")   \
	X(SOURCE_SHARE, "tocsin.source.let_in", NUMBER,                                            \
	  "percent: accounts let in of those tried from there")                                    \
	X(SOURCE_CAME, "tocsin.source.came_in", NUMBER,                                            \
	  "percent: of the accounts it failed on, those let in there, before or since")            \
	X(SOURCE_PEOPLE, "tocsin.source.people", NUMBER,                                           \
	  "accounts that came in by this one address of their network, at least")                  \
	X(SOURCE_ACCOUNTS, "tocsin.source.new_accounts", NUMBER,                                   \
	  "accounts that it entered for the first time, 24 h")                                     \
	X(ACCOUNT_FAILURES, "tocsin.account.failures", NUMBER, "failures on the account, 24 h")    \
	X(TRIAL_PACE, "tocsin.account.failure_pace", NUMBER,                                       \
	  "most failures on it in 20 minutes from this network, 7 d")                              \
	X(READS, "tocsin.reads", NUMBER, "bodies read by account and network, 24 h")               \
	X(READS_HOUR, "tocsin.reads_hour", NUMBER, "bodies read by account and network, 1 h")      \
	X(READS_TIMES, "tocsin.reads_times_usual", NUMBER,                                         \
	  "reads_hour over reads_usual, if that is 5 or more")                                     \
	X(READ_BYTES, "tocsin.read_bytes", NUMBER, "and their bytes")                              \
	X(READ_BYTES_TIMES, "tocsin.read_bytes_times_usual", NUMBER,                               \
	  "read_bytes over read_bytes_usual (or 50 kB), where bodies are not counted")             \
	X(READS_USUAL, "tocsin.reads_usual", NUMBER,                                               \
	  "most bodies the account read in any earlier day")                                       \
	X(READ_SHARE, "tocsin.read_share", NUMBER, "retrieved of present, percent")                \
	X(DOWNLOADS, "tocsin.downloads", NUMBER,                                                   \
	  "attachments fetched by webmail from this network, 24 h")                                \
	X(WALK, "tocsin.webmail.walk", NUMBER, "distinct messages one browser opened in 5 min")    \
	X(WALK_FAST, "tocsin.webmail.walk_fast", NUMBER, "and in 20 s")                            \
	X(TO_EXTERNAL, "tocsin.to_external", FLAG, "the recipient's domain is not ours")           \
	X(TARGET_STATE, "tocsin.target.state", TEXT,                                               \
	  "known or new: has the account redirected there before")                                 \
	X(SENT_COUNT, "tocsin.sent", NUMBER, "outside recipients by account and network, 24 h")    \
	X(SENT_BYTES, "tocsin.sent_bytes", NUMBER,                                                 \
	  "bytes sent outside by account and network, 24 h")                                       \
	X(SHELL_PLACE, "tocsin.shell.place", TEXT,                                                 \
	  "where ssh sign-ins of the last 12 h came from: familiar or strange")                    \
	X(READER_STATE, "tocsin.reader.state", TEXT,                                               \
	  "known or new: has this program read the store on an earlier day")                       \
	X(MAILBOXES, "tocsin.mailboxes", NUMBER,                                                   \
	  "mailboxes that this login read on the host, 24 h")                                      \
	/* habits: days are 24 h; what is decayed is halved every 30 days; "known" is used before  \
	 * today */                                                                                \
	X(COUNTRY_STATE, "tocsin.country.state", TEXT,                                             \
	  "known, new, learning: has the account signed in from this country before")              \
	X(OPERATOR_STATE, "tocsin.operator.state", TEXT, "likewise from this operator's networks") \
	X(CLIENT, "tocsin.client", TEXT, "client without its version, from IMAP ID or User-Agent") \
	X(CLIENT_KIND, "tocsin.client.kind", TEXT,                                                 \
	  "browser desktop mobile webmail migration script, if tocsin knows it")                   \
	X(CLIENT_STATE, "tocsin.client.state", TEXT,                                               \
	  "known, new, learning: has the account used this client before")                         \
	X(CLIENT_AGE, "tocsin.client.age", NUMBER,                                                 \
	  "seconds since the account first used the client")                                       \
	X(CLIENT_ACCOUNTS, "tocsin.client.accounts", NUMBER,                                       \
	  "accounts that used the client before today")                                            \
	X(HOUR_SHARE, "tocsin.hour.share", NUMBER,                                                 \
	  "percent: of the hours in which the account signed in, those within one of this hour "   \
	  "of the day")                                                                            \
	X(WEEKDAY_SHARE, "tocsin.weekday.share", NUMBER,                                           \
	  "percent: of the hours in which it signed in, those on this day of the week; local as "  \
	  "above")                                                                                 \
	X(SIGN_INS, "tocsin.account.sign_ins", NUMBER,                                             \
	  "earlier hours with sign-ins, decayed, that these shares are of")                        \
	X(ACCOUNT_DAYS, "tocsin.account.days", NUMBER,                                             \
	  "earlier days on which the account signed in")                                           \
	X(ACCOUNT_IDLE, "tocsin.account.idle", NUMBER, "seconds since it last signed in")          \
	/* travel between the places of two sign-ins; trusted, shared and relaying networks are no \
	 * places */                                                                               \
	X(TRAVEL_SPEED, "tocsin.travel.speed", NUMBER,                                             \
	  "km/h that the account needed at least, from its last place to this")                    \
	X(TRAVEL_DISTANCE, "tocsin.travel.distance", NUMBER,                                       \
	  "km between the two at least: accuracy radii are off")                                   \
	X(TRAVEL_SECONDS, "tocsin.travel.seconds", NUMBER, "seconds between them")                 \
	X(TRAVEL_FROM, "tocsin.travel.from", TEXT,                                                 \
	  "country of the last place, and coordinates where known")                                \
	X(TRAVEL_TO, "tocsin.travel.to", TEXT, "country of this one, likewise")                    \
	X(TRAVEL_BASIS, "tocsin.travel.basis", TEXT,                                               \
	  "coordinates, or countries: between circles that hold each country")                     \
	/* totals against the account's own history */                                             \
	X(READS_DAY, "tocsin.reads_day", NUMBER, "bodies the account read from anywhere, 24 h")    \
	X(READ_BYTES_USUAL, "tocsin.read_bytes_usual", NUMBER,                                     \
	  "most bytes of bodies it read in any earlier day")                                       \
	X(SESSION_PACE, "tocsin.session.pace", NUMBER, "bodies a minute, over the session")        \
	X(HEADERS_PER_BODY, "tocsin.headers_per_body", NUMBER,                                     \
	  "percent: headers to bodies that the session fetched")                                   \
	X(SENT_HOUR, "tocsin.sent_hour", NUMBER, "outside recipients the account reached, 1 h")    \
	X(SENT_HOUR_USUAL, "tocsin.sent_hour_usual", NUMBER, "most in any hour of an earlier day") \
	X(SENT_DAY, "tocsin.sent_day", NUMBER, "outside recipients the account reached, 24 h")     \
	X(SENT_USUAL, "tocsin.sent_usual", NUMBER, "most in any earlier day")                      \
	X(SENT_NEW_SHARE, "tocsin.sent_new_share", NUMBER,                                         \
	  "percent of the day's that it never wrote to before today")                              \
	X(SENT_REFUSED, "tocsin.sent_refused", NUMBER,                                             \
	  "recipients of the account's mail that bounced, 24 h")                                   \
	X(SENT_REFUSED_SHARE, "tocsin.sent_refused_share", NUMBER,                                 \
	  "percent of those whose fate is known, 24 h")                                            \
	X(RECIPIENTS_USUAL, "tocsin.recipients_usual", NUMBER,                                     \
	  "most recipients of one message on an earlier day")                                      \
	X(SENT_COPIES, "tocsin.sent_copy.share", NUMBER,                                           \
	  "percent of the account's earlier messages whose copy was saved")                        \
	X(SENT_COPIES_OF, "tocsin.sent_copy.messages", NUMBER, "the messages behind that share")   \
	/* passwords by the truncated hash that Dovecot logs of refused ones */                    \
	X(PASSWORD_REPEATED, "tocsin.password.repeated", NUMBER,                                   \
	  "refusals in a row of this one password, by account and network")                        \
	X(PASSWORD_DISTINCT, "tocsin.password.distinct", NUMBER,                                   \
	  "distinct passwords refused there, by account and network, 7 d")                         \
	X(PASSWORD_ACCOUNTS, "tocsin.password.accounts", NUMBER,                                   \
	  "accounts on which this password was refused, 7 d")                                      \
	X(PASSWORD_NETWORKS, "tocsin.password.networks", NUMBER,                                   \
	  "networks from which it was tried, 7 d")                                                 \
	X(SOURCE_PASSWORDS, "tocsin.source.passwords", NUMBER,                                     \
	  "distinct passwords refused from the address, 7 d")                                      \
	X(FAILURE_PERIOD, "tocsin.failure.period", NUMBER,                                         \
	  "median seconds between the last failures, by account and network")                      \
	X(FAILURE_DEVIATION, "tocsin.failure.deviation", NUMBER,                                   \
	  "percent of it: median distance of those from the median")                               \
	/* failures by ever wider networks, 7 d */                                                 \
	X(LADDER_ADDRESS, "tocsin.ladder.address", NUMBER, "failures from the address itself")     \
	X(LADDER_64, "tocsin.ladder.64", NUMBER, "from its /64 (IPv6)")                            \
	X(LADDER_56, "tocsin.ladder.56", NUMBER, "from its /56 (IPv6)")                            \
	X(LADDER_48, "tocsin.ladder.48", NUMBER, "from its /48 (IPv6)")                            \
	X(LADDER_32, "tocsin.ladder.32", NUMBER, "from its /32 (IPv6)")                            \
	X(LADDER_24, "tocsin.ladder.24", NUMBER, "from its /24 (IPv4)")                            \
	X(LADDER_16, "tocsin.ladder.16", NUMBER, "from its /16 (IPv4)")                            \
	X(LADDER_ADDRESSES, "tocsin.ladder.addresses", NUMBER,                                     \
	  "addresses that failed in its /48 (IPv4: /24)")                                          \
	X(LADDER_ACCOUNTS, "tocsin.ladder.accounts", NUMBER, "accounts on which these failed")     \
	X(LADDER_LET_IN, "tocsin.ladder.let_in", NUMBER,                                           \
	  "accounts that ever signed in from the /48 (IPv4: /24)")                                 \
	/* an account's failures from networks that it never signed in from */                     \
	X(FAILED_WEEK, "tocsin.account.failed_week", NUMBER, "such failures, 7 d")                 \
	X(FAILED_DAYS, "tocsin.account.failed_days", NUMBER, "days of the last seven with any")    \
	X(FAILED_NETWORKS, "tocsin.account.failed_networks", NUMBER,                               \
	  "networks they came from, 7 d")                                                          \
	X(COMPANIONS, "tocsin.source.companions", NUMBER,                                          \
	  "other networks that failed on all accounts, three at least, that the address failed "   \
	  "on, 7 d")                                                                               \
	/* how one browser opens message after message at the webmail, the last two dozen of 5 min \
	 */                                                                                        \
	X(WALK_GAP, "tocsin.webmail.walk_gap", NUMBER, "median milliseconds between them")         \
	X(WALK_DEVIATION, "tocsin.webmail.walk_deviation", NUMBER,                                 \
	  "percent of it: median distance of the gaps from the median")                            \
	X(WALK_NEIGHBOURS, "tocsin.webmail.walk_neighbours", NUMBER,                               \
	  "percent whose UID is next to the one before")                                           \
	X(WALK_PARTS, "tocsin.webmail.parts", NUMBER,                                              \
	  "distinct parts one browser fetched in 5 min")                                           \
	/* who looks like an intruder and is none */                                               \
	X(MASTER, "tocsin.master", TEXT, "master user who signed in as the account")               \
	X(MASTER_STATE, "tocsin.master.state", TEXT,                                               \
	  "known or new: did the master come from this network on an earlier day")                 \
	X(MASTER_ACCOUNTS, "tocsin.master.accounts", NUMBER,                                       \
	  "accounts that the master opened, 24 h")                                                 \
	X(SIGN_IN_PERIOD, "tocsin.sign_in.period", NUMBER,                                         \
	  "seconds between sign-ins by account and network, a running mean")                       \
	X(SIGN_IN_DEVIATION, "tocsin.sign_in.deviation", NUMBER,                                   \
	  "percent of it: running distance of the gaps from that mean")                            \
	X(SIGN_IN_READS, "tocsin.sign_in.reads", NUMBER,                                           \
	  "bodies the account ever read from the network")                                         \
	/* conservation: what honest logs keep */                                                  \
	X(MESSAGE_ID_REPEATS, "tocsin.message_id.repeats", NUMBER,                                 \
	  "earlier queue ids with the same Message-ID, 24 h")                                      \
	X(ORPHAN_KEPT, "tocsin.orphan.kept", NUMBER,                                               \
	  "how often the same source had kept the law before it was broken")                       \
	X(ORPHAN, "tocsin.orphan", TEXT,                                                           \
	  "what another record should have said, and none does: session-start, session-end, "      \
	  "queue-origin, "                                                                         \
	  "delivery, connect, http-request; or what contradicts the line: session-id; law.c")      \
	/* who wrote the line, as the kernel told the journal or the log socket */                 \
	X(WRITER, "tocsin.writer", TEXT,                                                           \
	  "stranger: no process of the daemon wrote the line; what it says is left out")           \
	X(WRITER_CLAIM, "tocsin.writer.claim", TEXT, "event.action that a stranger's line claims") \
	X(WRITER_EXE, "tocsin.writer.executable", TEXT, "program that wrote a stranger's line")    \
	X(WRITER_UNIT, "tocsin.writer.unit", TEXT, "systemd unit that it ran in")

enum field {
#define AS_ENUM(id, name, kind, about) F_##id,
	EVENT_FIELDS(AS_ENUM)
#undef AS_ENUM
	    FIELD_COUNT
};
enum { FIELD_WORDS = 4 };
_Static_assert(FIELD_COUNT <= FIELD_WORDS * 64, "a presence bit for each");

struct field_info {
	const char *name;
	enum field_kind kind;
	const char *about;
};
extern const struct field_info event_fields[FIELD_COUNT];
int event_field(slice name); /* -1 if there is none */

union value {
	slice text;
	int64_t number; /* also times (microseconds, UTC) and flags (0, 1) */
	struct address address;
};

/* X(name in C, event.action, event.category) */
#define ACTIONS(X)                                                                                 \
	X(MESSAGE, "message", "")                                                                  \
	X(LOGIN, "login", "authentication")                                                        \
	X(AUTH_CHECK, "auth-check", "authentication") /* the auth process's own line of a try */   \
	X(LOGIN_NONE, "login-none", "network")        /* left without trying a password */         \
	X(LOGOUT, "logout", "session")                                                             \
	X(SESSION_START, "session-start", "session")                                               \
	X(SESSION_END, "session-end", "session")                                                   \
	X(CLIENT_ID, "client-id", "session") /* IMAP ID */                                         \
	X(MAIL_OPENED, "mail-opened", "email")                                                     \
	X(IMAP, "imap-command", "email")                                                           \
	X(POP3, "pop3-command", "email")                                                           \
	X(MAIL_SAVE, "mail-save", "email")                                                         \
	X(MAIL_COPY, "mail-copy", "email")                                                         \
	X(MAIL_DELETE, "mail-delete", "email")                                                     \
	X(MAIL_EXPUNGE, "mail-expunge", "email")                                                   \
	X(MAIL_FLAG, "mail-flag", "email")                                                         \
	X(FOLDER_CHANGE, "folder-change", "email")                                                 \
	X(DELIVERY, "delivery", "email") /* into a mailbox */                                      \
	X(REDIRECT, "redirect", "email") /* by a Sieve script */                                   \
	X(SIEVE, "sieve-action", "email")                                                          \
	X(SCRIPT_SAVE, "script-save", "configuration")                                             \
	X(SCRIPT_ACTIVATE, "script-activate", "configuration")                                     \
	X(SCRIPT_DELETE, "script-delete", "configuration")                                         \
	X(MANAGESIEVE, "managesieve-command", "configuration")                                     \
	X(CONNECT, "connect", "network")                                                           \
	X(DISCONNECT, "disconnect", "network")                                                     \
	X(TLS_START, "tls-start", "network")                                                       \
	X(SMTP_CLIENT, "smtp-client", "email")   /* queue id meets its client */                   \
	X(SMTP_MESSAGE, "smtp-message", "email") /* queue id meets its Message-ID */               \
	X(SMTP_QUEUE, "smtp-queue", "email")     /* queue id meets sender, size, recipients */     \
	X(SMTP_PICKUP, "smtp-pickup", "email")   /* queue id meets its local user */               \
	X(SMTP_DELIVER, "smtp-deliver", "email") /* one recipient's fate */                        \
	X(SMTP_REMOVE, "smtp-remove", "email")                                                     \
	X(SMTP_REJECT, "smtp-reject", "email")                                                     \
	X(SMTP_SUBJECT, "smtp-header", "email") /* a header_checks INFO or WARN line */            \
	X(MAIL_SENT, "mail-sent", "email")      /* by webmail */                                   \
	X(HTTP, "http-request", "web")                                                             \
	X(WEB_ERROR, "web-error", "web")                                                           \
	X(PASSWORD_CHANGE, "password-change", "iam")                                               \
	X(FILE_OPEN, "file-open", "file")                                                          \
	X(COMMAND, "command", "process")                                                           \
	X(DAEMON_START, "daemon-start", "process")                                                 \
	X(DAEMON_STOP, "daemon-stop", "process")                                                   \
	X(LOG_SUPPRESSED, "log-suppressed", "host")                                                \
	X(LOG_INCONSISTENT, "log-inconsistent",                                                    \
	  "host")                           /* by facts: records contradict each other */          \
	X(LOG_FORGED, "log-forged", "host") /* a line that its daemon did not write; writer.c */   \
	X(MAIL_UNFILED, "mail-unfiled",                                                            \
	  "email") /* by facts: a message went out and no copy of it was saved */                  \
	X(MAIL_ACCESS, "mail-access", "email")                                                     \
	X(MAIL_RULE, "mail-rule", "configuration")                                                 \
	X(MAIL_FORWARDING, "mail-forwarding", "configuration")                                     \
	X(TRANSPORT_RULE, "transport-rule", "configuration")                                       \
	X(DELEGATION, "delegation", "iam")                                                         \
	X(APP_CONSENT, "app-consent", "iam")                                                       \
	X(APP_CREDENTIAL, "app-credential", "iam")                                                 \
	X(AUTH_METHOD_CHANGE, "auth-method-change", "iam")                                         \
	X(ACCOUNT_CHANGE, "account-change", "iam")                                                 \
	X(ROLE_CHANGE, "role-change", "iam")                                                       \
	X(AUDIT_CHANGE, "audit-change", "configuration")                                           \
	X(TRUST_CHANGE, "trust-change", "configuration") /* whose sign-ins a tenant believes */    \
	X(MAIL_SEARCH, "mail-search", "email")                                                     \
	X(MAIL_EXPORT, "mail-export", "email")                                                     \
	X(MESSAGE_TRACE, "message-trace", "email")                                                 \
	X(CLOUD_FILE_OPEN, "cloud-file-open", "file")                                              \
	X(CLOUD_FILE_GET, "cloud-file-download", "file")                                           \
	X(CLOUD_FILE_SHARE, "cloud-file-share", "file")                                            \
	X(ALERT, "alert", "intrusion_detection")                                                   \
	X(LOG_ROTATED, "log-rotated", "host")                                                      \
	X(WARNING, "warning", "")

enum action {
#define AS_ENUM(id, name, category) ACT_##id,
	ACTIONS(AS_ENUM)
#undef AS_ENUM
	    ACTION_COUNT
};
struct action_info {
	slice name, category;
};
extern const struct action_info event_actions[ACTION_COUNT];

enum result { OUT_NONE, OUT_SUCCESS, OUT_FAILURE };

/* One of several messages that a record names; what it does not say is empty, size 0. */
struct mail_item {
	slice folder, message_id, subject;
	int64_t size;
};

struct event {
	uint64_t has[FIELD_WORDS];
	enum action action; /* the same as F_ACTION, for switches */
	enum result outcome;
	struct place place;
	slice raw;  /* the record itself */
	slice body; /* the daemon's own words in it, behind any envelope; empty: all of it is */
	const struct mail_item *items; /* live as long as its texts */
	size_t item_count;
	union value v[FIELD_COUNT];
};

/* Of the record at hand, whose place and bytes stay: a format decodes it anew. */
static inline void event_clear(struct event *e)
{
	memset(e->has, 0, sizeof e->has);
	e->action = ACT_MESSAGE;
	e->outcome = OUT_NONE;
	e->body.len = 0;
	e->item_count = 0;
}

/* An event that no line states: it has no record of its own until its maker names one. */
static inline void event_make(struct event *e)
{
	event_clear(e);
	e->place = (struct place){0};
	e->raw = (slice){0};
}

static inline bool event_has(const struct event *e, enum field f)
{
	return e->has[f >> 6] >> (f & 63) & 1;
}

static inline void event_mark(struct event *e, enum field f)
{
	e->has[f >> 6] |= UINT64_C(1) << (f & 63);
}

static inline void event_drop(struct event *e, enum field f)
{
	e->has[f >> 6] &= ~(UINT64_C(1) << (f & 63));
}

static inline void event_text(struct event *e, enum field f, slice text)
{
	e->v[f].text = text;
	event_mark(e, f);
}

static inline void event_number(struct event *e, enum field f, int64_t n)
{
	e->v[f].number = n;
	event_mark(e, f);
}

static inline void event_address(struct event *e, enum field f, struct address a)
{
	e->v[f].address = a;
	event_mark(e, f);
}

/* The text of a field, or an empty slice; likewise the number, or `otherwise`. */
static inline slice event_get(const struct event *e, enum field f)
{
	return event_has(e, f) ? e->v[f].text : (slice){0};
}

static inline int64_t event_get_number(const struct event *e, enum field f, int64_t otherwise)
{
	return event_has(e, f) ? e->v[f].number : otherwise;
}

static inline const struct address *event_get_address(const struct event *e, enum field f)
{
	return event_has(e, f) ? &e->v[f].address : NULL;
}

/* What happened and how it went; sets action, category and outcome, to constants. */
void event_act(struct event *e, enum action action, enum result outcome);

/*
 * A field from the text that event_json() writes of it; false: it is none of its kind, and absent.
 */
bool event_parse(struct event *e, enum field f, slice text);

/* One JSON object of all fields, log.* and, with `original`, event.original; no line end. */
void event_json(const struct event *e, slice path, bool original, struct out *o);

#endif
