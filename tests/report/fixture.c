/* fixture.c - see fixture.h. All names are of documentation ranges (RFC 2606, 5737). */
#include "fixture.h"

#include <stdio.h>

enum { MAIL_LOG, ACCESS_LOG, MAIL_LOG_1 };

static int64_t at(const char *iso)
{
	slice s = slice_of(iso);
	int64_t usec = CLOCK_NONE;
	bool zone;
	clock_parse_iso(&s, &usec, &zone);
	return usec;
}

static slice text(struct report *r, const char *s)
{
	return arena_copy(&r->arena, slice_of(s));
}

static struct address ip(const char *s)
{
	struct address a = {{0}};
	address_parse(slice_of(s), &a);
	return a;
}

static void cite(struct report *r, struct evidences *e, uint32_t input, uint64_t line,
		 const char *quote)
{
	*list_add(e) = (struct evidence){
	    .place = {line * 180, input, (uint32_t)strlen(quote), line},
	    .digest = digest_of(slice_of(quote)),
	    .quote = text(r, quote),
	};
}

static slice *texts(struct report *r, const char *const *from, size_t n)
{
	slice *to = arena_take(&r->arena, n * sizeof *to + 1);
	for (size_t i = 0; i < n; i++)
		to[i] = text(r, from[i]);
	return to;
}
#define TEXTS(r, ...)                                                                              \
	texts((r), (const char *const[]){__VA_ARGS__},                                             \
	      sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *))

static void add_input(struct report *r, const char *path, const char *host, int64_t bytes,
		      uint64_t records, uint64_t unrecognised, const char *format)
{
	struct input_row row = {
	    .path = text(r, path),
	    .has_digest = true,
	    .digest = digest_of(slice_of(path)),
	    .bytes = bytes,
	    .records = records,
	    .unrecognised = unrecognised,
	    .first_us = at("2026-03-12T05:25:01Z"),
	    .last_us = at("2026-03-19T06:02:44Z"),
	    .host = text(r, host),
	    .format_count = 1,
	};
	row.formats[0].name = text(r, format);
	row.formats[0].records = records - unrecognised;
	*list_add(&r->inputs) = row;
	r->records += records;
	r->recognised += records - unrecognised;
}

static void start(struct report *r)
{
	*r = (struct report){
	    .created_us = at("2026-03-19T06:10:00Z"),
	    .seconds = 21.3,
	};
	r->tool_version = text(r, "0.1.0");
}

static void add_inputs(struct report *r)
{
	r->hosts = 3;
	add_input(r, "mail1/mail.log", "mail1", 8123456789, 34812345, 9876, "dovecot");
	add_input(r, "mail2/access.log", "mail2", 1512345678, 6012345, 2301, "nginx");
	add_input(r, "mail1/mail.log.1.gz", "mail1", 164123456, 412345, 0, "postfix");
}

/* -------------------------------------------------------- the stolen password */

static const char login_line[] =
    "Mar 17 13:05:00 mail1 dovecot: imap-login: Login: user=<c.martin>, method=PLAIN, "
    "rip=203.0.113.147, lip=192.0.2.10, mpid=4711, TLS, session=<wQ7kbn0yLsnLAHGT>";
static const char logout_line[] =
    "Mar 17 13:10:45 mail1 dovecot: imap(c.martin)<4711><wQ7kbn0yLsnLAHGT>: Disconnected: Logged "
    "out in=2104 out=139208 deleted=0 expunged=0 trashed=0 hdr_count=55 hdr_bytes=20113 "
    "body_count=17 body_bytes=118034";
static const char sieve_line[] =
    "Mar 17 13:09:31 mail1 dovecot: managesieve(c.martin)<4733><ySp1cn0yM8nLAHGT>: script . saved";

static void add_entry(struct report *r, struct incident *in)
{
	in->entry = (struct entry){
	    .method = ENTRY_STOLEN,
	    .account = text(r, "c.martin"),
	    .has_source = true,
	    .source = ip("203.0.113.147"),
	    .time_us = at("2026-03-17T12:05:00Z"),
	    .certainty = LIKELY,
	    .because = text(r, "The first and only try was accepted, from a network never seen for "
			       "this account, and no failure came before it."),
	};
	cite(r, &in->entry.evidence, MAIL_LOG, 231044, login_line);
}

static void add_people(struct report *r, struct incident *in)
{
	*list_add(&in->sources) = (struct source){
	    .ip = ip("203.0.113.147"),
	    .network = text(r, "203.0.113.0/24"),
	    .country = text(r, "NL"),
	    .operator= text(r, "Example Hosting B.V."),
	    .first_us = at("2026-03-17T12:05:00Z"),
	    .last_us = at("2026-03-17T12:10:45Z"),
	    .certainty = PROVEN,
	};
	*list_add(&in->accounts) = (struct account){
	    .name = text(r, "c.martin"),
	    .compromised = PROVEN,
	    .first_us = at("2026-03-17T12:05:00Z"),
	    .last_us = at("2026-03-18T09:40:12Z"),
	};
	struct session_row s = {
	    .account = text(r, "c.martin"),
	    .protocol = text(r, "webmail"),
	    .id = text(r, "wQ7kbn0yLsnLAHGT"),
	    .has_source = true,
	    .source = ip("203.0.113.147"),
	    .first_us = at("2026-03-17T12:05:00Z"),
	    .last_us = at("2026-03-17T12:10:45Z"),
	    .bodies = 17,
	    .body_bytes = 118034,
	    .bytes_out = 139208,
	    .certainty = PROVEN,
	};
	cite(r, &s.evidence, MAIL_LOG, 231044, login_line);
	cite(r, &s.evidence, MAIL_LOG, 231391, logout_line);
	*list_add(&in->sessions) = s;
}

struct opened {
	int64_t uid;
	const char *subject, *part, *name;
	int64_t bytes;
	int second; /* after 13:05:00 */
	uint32_t secrets;
};
static const struct opened opened[] = {
    {330, "Accès VPN pour le nouveau poste", "", "", 4211, 21, 1 << SECRET_PASSWORD},
    {331, "Budget 2026, version finale", "", "", 8120, 34, 0},
    {331, "Budget 2026, version finale", "2", "budget-2026.xlsx", 38211, 41, 0},
    {335, "Re: Réunion du comité de direction", "", "", 3120, 58, 0},
    {338, "Organigramme et délégations", "", "", 5210, 77, 0},
    {338, "Organigramme et délégations", "2", "organigramme.pdf", 21044, 83, 0},
    {341, "RIB du prestataire", "", "", 2890, 101, 1 << SECRET_IBAN},
    {341, "RIB du prestataire", "2", "rib.pdf", 9120, 109, 1 << SECRET_IBAN},
    {344, "Mot de passe de la paie (à changer)", "", "", 2212, 131, 1 << SECRET_PASSWORD},
    {347, "Compte rendu du 12 mars", "", "", 4410, 150, 0},
    {347, "Compte rendu du 12 mars", "2", "cr-2026-03-12.docx", 11820, 158, 0},
    {352, "Liste des agents d'astreinte", "", "", 3318, 176, 0},
    {352, "Liste des agents d'astreinte", "2", "astreinte.csv", 2210, 181, 0},
    {355, "Fwd: 予算の件", "", "", 1920, 204, 0},
    {356, "Re: Fwd: mise à jour du pare-feu", "", "", 2110, 219, 0},
    {360, "Invitation : exercice de crise", "", "", 1754, 236, 0},
    {361, "Point hebdomadaire", "", "", 1411, 251, 0},
};

static void add_opened(struct report *r, struct incident *in, const struct opened *o)
{
	char line[400];
	int second = 5 * 60 + o->second;
	struct access a = {
	    .account = text(r, "c.martin"),
	    .folder = text(r, "INBOX"),
	    .uid = o->uid,
	    .subject = text(r, o->subject),
	    .part = text(r, o->part),
	    .name = text(r, o->name),
	    .bytes = o->bytes,
	    .time_us = at("2026-03-17T12:00:00Z") + second * CLOCK_SECOND,
	    .kind = *o->part ? KIND_ATTACHMENT : KIND_MESSAGE,
	    .how = *o->part ? HOW_WEBMAIL_DOWNLOAD : HOW_WEBMAIL_SHOW,
	    .certainty = PROVEN,
	    .times = o->uid == 344 ? 2 : 1,
	    .secrets = o->secrets,
	    .looked = true,
	    .source = ip("203.0.113.147"),
	    .has_source = true,
	};
	snprintf(
	    line, sizeof line,
	    "203.0.113.147 - - [17/Mar/2026:13:%02d:%02d +0100] \"GET /?_task=mail&_mbox=INBOX&"
	    "_uid=%d%s%s%s HTTP/2.0\" 200 %d \"https://mail2.example/\" \"Mozilla/5.0 (X11; Linux "
	    "x86_64; rv:128.0) Gecko/20100101 Firefox/128.0\"",
	    second / 60, second % 60, (int)o->uid, *o->part ? "&_part=" : "", o->part,
	    *o->part ? "&_action=get&_download=1" : "&_action=show", (int)o->bytes);
	cite(r, &a.evidence, ACCESS_LOG, 880000 + (uint64_t)o->second, line);
	a.evidence.more = o->uid == 344;
	*list_add(&in->accesses) = a;
}

static void add_listing(struct report *r, struct incident *in)
{
	struct access a = {
	    .account = text(r, "c.martin"),
	    .folder = text(r, "INBOX"),
	    .uid = UNKNOWN,
	    .bytes = 20113,
	    .time_us = at("2026-03-17T12:05:04Z"),
	    .kind = KIND_LISTING,
	    .how = HOW_WEBMAIL_LIST,
	    .certainty = LIKELY,
	    .times = 1,
	    .source = ip("203.0.113.147"),
	    .has_source = true,
	};
	cite(r, &a.evidence, ACCESS_LOG, 880004,
	     "203.0.113.147 - - [17/Mar/2026:13:05:04 +0100] \"GET "
	     "/?_task=mail&_action=list&_mbox=INBOX "
	     "HTTP/2.0\" 200 20113 \"https://mail2.example/\" \"Mozilla/5.0 (X11; Linux x86_64; "
	     "rv:128.0)\"");
	*list_add(&in->accesses) = a;
}

static void add_forwarding(struct report *r, struct incident *in)
{
	struct change c = {
	    .kind = text(r, "forwarding-rule"),
	    .account = text(r, "c.martin"),
	    .target = text(r, "dossier@boite-libre.example"),
	    .time_us = at("2026-03-17T12:09:31Z"),
	    .active = true,
	    .certainty = PROVEN,
	};
	cite(r, &c.evidence, MAIL_LOG, 231288, sieve_line);
	*list_add(&in->changes) = c;
	for (int i = 0; i < 5; i++) {
		char line[240];
		struct sent s = {
		    .account = text(r, "c.martin"),
		    .queue_id = arena_format(&r->arena, "4ZKq%dn2xQpz9rT", i + 3),
		    .message_id = arena_format(&r->arena, "20260318.%d@mail1.example", i + 1),
		    .subject = text(r, i % 2 ? "Re: Planning" : "Note de service"),
		    .to = TEXTS(r, "dossier@boite-libre.example"),
		    .to_count = 1,
		    .bytes = 4100 + 1717 * i,
		    .time_us = at("2026-03-17T15:20:11Z") + i * 4 * CLOCK_HOUR,
		    .external = true,
		    .certainty = PROVEN,
		};
		snprintf(line, sizeof line,
			 "Mar 18 0%d:20:11 mail1 postfix/smtp[99%d]: 4ZKq%dn2xQpz9rT: "
			 "to=<dossier@boite-libre.example>, "
			 "relay=mx.boite-libre.example[198.51.100.25]:25, "
			 "delay=0.6, dsn=2.0.0, status=sent (250 2.0.0 Ok)",
			 i, i, i + 3);
		cite(r, &s.evidence, MAIL_LOG, 240000 + (uint64_t)i * 311, line);
		*list_add(&in->sent) = s;
	}
}

static void add_gaps(struct report *r, struct incident *in)
{
	static const struct {
		const char *source, *from, *to, *kind, *hides, *remedy;
	} rows[] = {
	    {"Roundcube userlogins on mail2", NULL, NULL, "never-logged",
	     "which account each webmail request served is inferred from times, not read",
	     "log_logins = true"},
	    {"mail1/mail.log", "2026-03-14T01:00:00Z", "2026-03-14T01:35:00Z", "missing",
	     "35 minutes without one line where there are usually 900: sign-ins would not be seen",
	     ""},
	    {"Dovecot mail_opened on mail1", NULL, NULL, "never-logged",
	     "messages opened over plain IMAP have no names, only their number and bytes",
	     "an event exporter for mail_opened"},
	    {"mail2/access.log", "2026-03-12T05:25:01Z", "2026-03-12T06:00:00Z", "truncated",
	     "the first 35 minutes were rotated away", "rotate by size, keep 90 days"},
	    {"auditd on mail1", NULL, NULL, "never-logged",
	     "files read on the server itself would not be seen", "a watch on the mail store"},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct gap g = {
		    .source = text(r, rows[i].source),
		    .from_us = rows[i].from ? at(rows[i].from) : CLOCK_NONE,
		    .to_us = rows[i].to ? at(rows[i].to) : CLOCK_NONE,
		    .kind = text(r, rows[i].kind),
		    .hides = text(r, rows[i].hides),
		    .remedy = text(r, rows[i].remedy),
		};
		*list_add(&in->gaps) = g;
	}
}

static const char *const stolen_tags[] = {"attack.initial-access", "attack.t1078.003", NULL};
static const char *const forward_tags[] = {"attack.collection", "attack.t1114.003",
					   "attack.exfiltration", NULL};
static const char *const spray_tags[] = {"attack.credential-access", "attack.t1110.003", NULL};

static void add_finding(struct report *r, struct incident *in, const char *title, const char *level,
			const char *time, const char *const *tags, const char *quote, uint64_t line,
			uint64_t n)
{
	struct finding f = {
	    .rule_id = text(r, "5d1f0c8e-6f0d-4d0c-9a52-3f0f6b0c1d11"),
	    .rule_title = text(r, title),
	    .level = text(r, level),
	    .description = text(r, "Matches when the records say so."),
	    .tags = tags,
	    .time_us = at(time),
	    .first_us = at(time) - (n > 1 ? 40 * CLOCK_SECOND : 0),
	    .account = text(r, "c.martin"),
	    .has_source = true,
	    .source = ip("203.0.113.147"),
	    .count = n,
	};
	cite(r, &f.evidence, MAIL_LOG, line, quote);
	if (in)
		*list_add(&in->findings) = f;
	else
		*list_add(&r->findings) = f;
}

static void set_verdict(struct report *r, struct verdict *v, enum certainty c, const char *brief,
			const char *answer, const char *because, const char *settle)
{
	*v = (struct verdict){
	    .answer = text(r, answer),
	    .short_answer = text(r, brief),
	    .certainty = c,
	    .because = because ? TEXTS(r, because) : NULL,
	    .because_count = because != NULL,
	    .would_settle = settle ? TEXTS(r, settle) : NULL,
	    .would_settle_count = settle != NULL,
	};
}

static void add_verdicts(struct report *r, struct incident *in)
{
	struct verdict *v = in->verdicts;
	set_verdict(r, &v[Q_HOW], LIKELY,
		    "Stolen password: first and only try accepted, 17 Mar 13:05:00, 203.0.113.147 "
		    "(Example Hosting, NL), never seen for c.martin before",
		    "The intruder signed in to c.martin with the right password at the first try.",
		    "No failed try for c.martin in the 30 days before, from any network.",
		    "Ask c.martin about phishing mails; look for the password in known leaks.");
	set_verdict(
	    r, &v[Q_SINCE], PROVEN, "17 Mar 13:05:00; first finding 13:05:00; 5 min 45 s inside",
	    "Since 17 March 2026 13:05:00.", "No earlier session came from this network.", NULL);
	set_verdict(
	    r, &v[Q_OPENED], PROVEN,
	    "12 messages, 5 attachments in INBOX; 43 more were listed by subject; 3 of the 12 "
	    "hold secrets: 2 passwords, 1 IBAN",
	    "Twelve messages and five attachments of c.martin were opened.",
	    "The server counted 17 bodies of 118,034 bytes; the requests name all 17.", NULL);
	set_verdict(r, &v[Q_LEFT], PROVEN,
		    "118 KB downloaded; 5 later mails forwarded to boite-libre.example",
		    "confirmed-loss: what was opened went to the intruder's browser.",
		    "The web server sent the bytes; the forwarding rule sent five later mails.",
		    NULL);
	set_verdict(r, &v[Q_INSIDE], LIKELY,
		    "the forwarding filter \".\" is active; last accepted action 18 Mar 09:20:11",
		    "The forwarding rule still sends mail outside.", "Nothing took the rule back.",
		    "The list of active Sieve scripts on mail1.");
	set_verdict(r, &v[Q_WHO], CERTAINTY_NONE,
		    "too little to tell; see 4 hypotheses in the report", "Too little to tell.",
		    NULL, "The operator's record of who rented 203.0.113.147 on 17 March.");
}

static void add_hypotheses(struct report *r, struct incident *in)
{
	static const struct {
		const char *name, *in_favour, *against;
		int weight;
	} rows[] = {
	    {"criminal", "quiet forwarding of one account's mail, rented server", "no ransom note",
	     40},
	    {"state", "chose documents, left soon", "no tool or network of a known group", 30},
	    {"activist", "a public body", "nothing was published", 20},
	    {"insider", "knew the password",
	     "foreign network, at a time when c.martin was signed in", 10},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		*list_add(&in->hypotheses) = (struct hypothesis){
		    .name = text(r, rows[i].name),
		    .weight = rows[i].weight,
		    .in_favour = TEXTS(r, rows[i].in_favour),
		    .for_count = 1,
		    .against = TEXTS(r, rows[i].against),
		    .against_count = 1,
		};
}

static void add_stolen(struct report *r, const char *id, const char *severity)
{
	struct incident in = {
	    .id = text(r, id),
	    .title = text(
		r, "One account used by an intruder through webmail; five documents downloaded"),
	    .severity = text(r, severity),
	    .first_us = at("2026-03-17T12:05:00Z"),
	    .last_us = at("2026-03-18T08:20:11Z"),
	    .first_finding_us = at("2026-03-17T12:05:00Z"),
	    .messages = {12, 55},
	    .attachments = {5, 9},
	    .files = {0, UNKNOWN},
	    .bytes_out = {139208, 139208},
	    .secret_messages = 3,
	};
	in.secrets[SECRET_PASSWORD] = 2;
	in.secrets[SECRET_IBAN] = 1;
	add_entry(r, &in);
	add_people(r, &in);
	add_listing(r, &in);
	for (size_t i = 0; i < sizeof opened / sizeof *opened; i++)
		add_opened(r, &in, &opened[i]);
	add_forwarding(r, &in);
	add_gaps(r, &in);
	add_finding(r, &in, "First sign-in from a new network, then many openings", "high",
		    "2026-03-17T12:05:00Z", stolen_tags, login_line, 231044, 1);
	add_finding(r, &in, "New forwarding to a foreign address", "critical",
		    "2026-03-17T12:09:31Z", forward_tags, sieve_line, 231288, 1);
	add_verdicts(r, &in);
	add_hypotheses(r, &in);
	*list_add(&r->incidents) = in;
}

void fixture_stolen(struct report *r)
{
	start(r);
	add_inputs(r);
	r->mail_store = true;
	add_stolen(r, "T-20260317-1", "critical");
	add_finding(
	    r, NULL, "Many failed sign-ins from one address", "low", "2026-03-13T02:11:09Z",
	    spray_tags,
	    "Mar 13 03:11:09 mail1 dovecot: imap-login: Disconnected (auth failed, 1 attempts): "
	    "user=<admin>, method=PLAIN, rip=198.51.100.7, lip=192.0.2.10",
	    88211, 614);
}

/* ------------------------------------------------------------------ others */

void fixture_quiet(struct report *r)
{
	start(r);
	add_inputs(r);
	r->malformed = 3;
	r->shed = 4120;
	for (int i = 0; i < 6; i++)
		*list_add(&r->sheds) =
		    (struct shed_row){.rule_id = text(r, "5f0c"),
				      .rule_title = text(r, "Many failed sign-ins"),
				      .level = text(r, i ? "low" : "medium"),
				      .count = i ? 1 + (uint64_t)(5 - i) : 4000};
	for (int i = 0; i < 3; i++)
		add_finding(r, NULL, "Many failed sign-ins from one address", "low",
			    "2026-03-13T02:11:09Z", spray_tags, login_line, 88211, 614);
	add_finding(r, NULL, "First sign-in from a new country", "medium", "2026-03-15T10:00:00Z",
		    stolen_tags, login_line, 90000, 1);
	*list_add(&r->gaps) = (struct gap){
	    .source = text(r, "Roundcube userlogins on mail2"),
	    .from_us = CLOCK_NONE,
	    .to_us = CLOCK_NONE,
	    .kind = text(r, "never-logged"),
	    .hides = text(r, "who was signed in to webmail is inferred from times, not read"),
	    .remedy = text(r, "log_logins = true"),
	};
}

void fixture_empty(struct report *r)
{
	start(r);
}

#define ESC "\x1b"
/* Terminal control, markup, a comment's end, bidi, bad UTF-8, C1 controls, zero width, NUL. */
const slice hostile_text = SLICE_INIT(
    "a" ESC "[2J" ESC "]0;x\a\r\n\t<script>alert(1)</script>\"'--></style></title><img src=x "
    "onerror=y>&#60;\xe2\x80\xae\xc0\xaf\xff\xfe\xed\xa0\x80\xc2\x9b"
    "31m\xe2\x80\x8b\0\x7f${x}%s%n javascript:x http://evil.example/ "
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
    "aaaaa"
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
    "aaaaa"
    "漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢"
    "字");

static const char *const hostile_tags[] = {
    "attack.t1\x1b[2", "attack.t1110.<b>", "attack.t1110", "\x1b", "", NULL};

static void poison(slice *s)
{
	*s = hostile_text;
}

static void poison_evidence(struct evidences *e)
{
	for (size_t i = 0; i < e->len; i++)
		poison(&e->at[i].quote);
}

static void poison_finding(struct finding *f)
{
	poison(&f->rule_id), poison(&f->rule_title), poison(&f->level), poison(&f->description);
	poison(&f->account);
	f->tags = hostile_tags;
	poison_evidence(&f->evidence);
}

static void poison_rows(struct incident *in)
{
	for (size_t i = 0; i < in->sources.len; i++)
		poison(&in->sources.at[i].network), poison(&in->sources.at[i].country),
		    poison(&in->sources.at[i].operator);
	for (size_t i = 0; i < in->accounts.len; i++)
		poison(&in->accounts.at[i].name);
	for (size_t i = 0; i < in->sessions.len; i++) {
		struct session_row *s = &in->sessions.at[i];
		poison(&s->account), poison(&s->protocol), poison(&s->id);
		poison_evidence(&s->evidence);
	}
	for (size_t i = 0; i < in->accesses.len; i++) {
		struct access *a = &in->accesses.at[i];
		poison(&a->account), poison(&a->folder), poison(&a->message_id);
		poison(&a->subject), poison(&a->part), poison(&a->name);
		poison_evidence(&a->evidence);
	}
	for (size_t i = 0; i < in->changes.len; i++) {
		struct change *c = &in->changes.at[i];
		poison(&c->kind), poison(&c->account), poison(&c->target);
		poison_evidence(&c->evidence);
	}
	for (size_t i = 0; i < in->sent.len; i++) {
		struct sent *s = &in->sent.at[i];
		poison(&s->account), poison(&s->queue_id), poison(&s->message_id);
		poison(&s->subject), poison(&s->to[0]);
		poison_evidence(&s->evidence);
	}
	for (size_t i = 0; i < in->gaps.len; i++) {
		struct gap *g = &in->gaps.at[i];
		poison(&g->source), poison(&g->kind), poison(&g->hides), poison(&g->remedy);
	}
	for (size_t i = 0; i < in->findings.len; i++)
		poison_finding(&in->findings.at[i]);
}

static void poison_incident(struct incident *in)
{
	poison(&in->id), poison(&in->title), poison(&in->severity);
	poison(&in->entry.account), poison(&in->entry.because);
	poison_evidence(&in->entry.evidence);
	poison_rows(in);
	for (int q = 0; q < QUESTION_COUNT; q++) {
		struct verdict *v = &in->verdicts[q];
		poison(&v->answer), poison(&v->short_answer);
		for (size_t i = 0; i < v->because_count; i++)
			poison(&v->because[i]);
		for (size_t i = 0; i < v->would_settle_count; i++)
			poison(&v->would_settle[i]);
	}
	for (size_t i = 0; i < in->hypotheses.len; i++) {
		struct hypothesis *h = &in->hypotheses.at[i];
		poison(&h->name), poison(&h->in_favour[0]), poison(&h->against[0]);
	}
}

void fixture_hostile(struct report *r)
{
	fixture_stolen(r);
	poison(&r->tool_version);
	for (size_t i = 0; i < r->inputs.len; i++)
		poison(&r->inputs.at[i].path), poison(&r->inputs.at[i].host);
	for (size_t i = 0; i < r->incidents.len; i++)
		poison_incident(&r->incidents.at[i]);
	for (size_t i = 0; i < r->findings.len; i++)
		poison_finding(&r->findings.at[i]);
	struct shed_row *s = list_add(&r->sheds);
	s->count = 1;
	poison(&s->rule_id), poison(&s->rule_title), poison(&s->level);
}

void fixture_several(struct report *r)
{
	fixture_stolen(r);
	r->incidents.at[0].severity = text(r, "high");
	add_stolen(r, "T-20260318-2", "critical");
	r->incidents.at[1].gaps.at[0].hides = text(r, "what only the second one misses");
	add_stolen(r, "T-20260319-3", "high");
}

void fixture_crowd(struct report *r)
{
	fixture_stolen(r);
	for (int i = 1; i < 60; i++)
		add_stolen(r, "T-20260317-2", "high");
}

void fixture_large(struct report *r, size_t accesses)
{
	fixture_stolen(r);
	struct incident *in = &r->incidents.at[0];
	for (size_t i = in->accesses.len; i < accesses; i++) {
		struct opened o = opened[i % (sizeof opened / sizeof *opened)];
		o.uid = (int64_t)i;
		o.second = (int)(i % 3000);
		add_opened(r, in, &o);
		in->accesses.at[i].evidence.at[0].place.offset = i * 200;
	}
}
