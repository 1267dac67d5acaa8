/* mail.c - what Dovecot and Postfix write. */
#include "gen.h"

#include <stdio.h>
#include <time.h>

/* ---- processes ---- */

static u32 last_pid = 61000;

static u32 new_pid(void)
{
	last_pid += between(1, 3);
	if (last_pid > 4194000)
		last_pid = 1200;
	return last_pid;
}

/* Postfix daemons serve one client at a time and go away after a hundred. */
struct daemons {
	u32 idle[512];
	u32 n;
};
static struct daemons smtpds, submitters, cleanups, lmtps, smtps, mailboxes;

static u32 take(struct daemons *d)
{
	return d->n ? d->idle[--d->n] : new_pid();
}

static void give(struct daemons *d, u32 pid)
{
	if (below(100) && d->n < COUNT(d->idle))
		d->idle[d->n++] = pid;
}

static u32 borrow(struct daemons *d)
{
	u32 pid = take(d);
	give(d, pid);
	return pid;
}

#define QMGR_PID 1187
static u32 anvil_pid = 1190;

/* ---- Dovecot ---- */

static const char *const service_name[] = {"imap", "pop3", "managesieve"};

bool auth_verbose;

static void write_login(const struct event *e, u64 t)
{
	struct out *o = line(t);
	LIT(o, "dovecot: "), str(o, service_name[e->service]);
	LIT(o, "-login: Login: user=<"), user(o, e->who), LIT(o, ">, method=PLAIN"), from_to(o, e);
	LIT(o, ", mpid="), num(o, e->pid),
	    put(o, local(e) ? ", secured" : ", TLS", local(e) ? 9 : 5);
	LIT(o, ", session=<"), session_id(o, e), chr(o, '>');
	done(o);
}

static void write_reason(struct out *o, const struct event *e)
{
	switch (local(e) ? 0 : e->style) {
	case 1:
		LIT(o, "Connection closed (IDLE running for 0.001 + waiting input for "),
		    num(o, e->lasts / SEC);
		chr(o, '.'), num(o, 100 + e->start % 900);
		LIT(o, " secs, 2 B in + 10 B out, state=wait-input)");
		break;
	case 2:
		LIT(o, "Connection closed (UID FETCH finished "), num(o, e->lasts / SEC / 3),
		    chr(o, '.'), num(o, 100 + e->start % 900);
		LIT(o, " secs ago)");
		break;
	case 3:
		LIT(o, "Inactivity - no input for 1800 secs");
		break;
	default:
		LIT(o, "Logged out");
	}
}

void write_end(const struct event *e, u64 t)
{
	struct out *o = line(t);
	LIT(o, "dovecot: "), str(o, service_name[e->service]), chr(o, '('), user(o, e->who),
	    LIT(o, ")<");
	num(o, e->pid), LIT(o, "><"), session_id(o, e), LIT(o, ">: Disconnected: ");
	u64 r = mix(e->start);
	if (e->service == POP3) {
		u32 del = e->style ? 0 : e->count; /* style: leaves mail on the server */
		u32 held = e->left;
		LIT(o, "Logged out top=0/0, retr="), num(o, e->count), chr(o, '/');
		num(o, e->bytes + (u64)e->count * 17), LIT(o, ", del="), num(o, del), chr(o, '/'),
		    num(o, held);
		LIT(o, ", size="),
		    num(o,
			held == e->count ? e->bytes : e->bytes + (u64)held * (20000 + r % 60000));
	} else if (e->service == SIEVE) {
		LIT(o, "Logged out bytes="), num(o, e->bytes), chr(o, '/'), num(o, 900 + r % 900);
	} else {
		u32 headers = e->count || r & 1 ? (u32)(r >> 8) % (4 + e->count / 4) : 0;
		u32 deleted = (r >> 24) % 9 == 0 && e->count < 40 ? 1 + (u32)(r >> 32) % 3 : 0;
		write_reason(o, e);
		LIT(o, " in="), num(o, 60 + r % 900 + (u64)e->count * 31);
		LIT(o, " out="), num(o, 800 + (r >> 10) % 9000 + e->bytes + e->bytes / 900 +
					    (u64)headers * 2400);
		LIT(o, " deleted="), num(o, deleted), LIT(o, " expunged="),
		    num(o, deleted & (u32)(r >> 40));
		LIT(o, " trashed="), num(o, 0), LIT(o, " hdr_count="), num(o, headers);
		LIT(o, " hdr_bytes="), num(o, (u64)headers * (700 + (r >> 12) % 2600));
		LIT(o, " body_count="), num(o, e->count), LIT(o, " body_bytes="), num(o, e->bytes);
	}
	done(o);
}

void on_login(struct event *e, u64 t)
{
	e->pid = new_pid();
	if (local(e) && !below(150)) { /* daemons log by separate ways: the end can come first */
		write_end(e, t);
		write_login(e, t + 25);
		return;
	}
	write_login(e, t);
	e->kind = END;
	later(t + e->lasts, *e);
}

void on_fail(const struct event *e, u64 t)
{
	struct out *o = line(t);
	LIT(o, "dovecot: "), str(o, service_name[e->service]), LIT(o, "-login: Disconnected: ");
	if (e->style == 1 || local(e))
		LIT(o, "Aborted login by logging out");
	else if (e->style == 2)
		LIT(o, "Inactivity during authentication");
	else
		LIT(o, "Connection closed");
	LIT(o, " (auth failed, "), num(o, e->count), LIT(o, " attempts in "),
	    num(o, (t - e->start) / SEC);
	LIT(o, " secs): user=<");
	if (e->who == NOBODY)
		stranger(o, e->id);
	else
		user(o, e->who);
	LIT(o, ">, method=PLAIN"), from_to(o, e);
	put(o, local(e) ? ", secured" : ", TLS", local(e) ? 9 : 5);
	LIT(o, ", session=<"), session_id(o, e), chr(o, '>');
	done(o);
}

void on_auth_line(const struct event *e, u64 t)
{
	struct out *o = line(t);
	LIT(o, "dovecot: auth: passwd-file(");
	if (e->who == NOBODY)
		stranger(o, e->id);
	else
		user(o, e->who);
	chr(o, ','), address(o, &e->from);
	if (e->service != ASKED_BY_POSTFIX) /* which has no session */
		LIT(o, ",<"), session_id(o, e), chr(o, '>');
	str(o, e->who == NOBODY ? "): unknown user" : "): Password mismatch");
	done(o);
}

u16 any_port(void)
{
	return (u16)between(32768, 60999);
}

/* A client that connects at t, is let in, takes `count` messages and stays for a while. */
void session(u64 t, enum service service, u32 who, struct addr from, u32 count, u64 lasts, u8 style)
{
	struct event e = {.kind = LOGIN,
			  .service = service,
			  .who = who,
			  .from = from,
			  .port = any_port(),
			  .start = t,
			  .count = count,
			  .lasts = lasts,
			  .style = style,
			  .left = accounts[who].messages};
	e.bytes = service == SIEVE ? 40 + rnd() % 60 : messages_size(count);
	later(t + (local(&e) ? span(2000, 9000) : span(40000, 380000)), e);
}

/* A client that connects at t and is refused; the line comes when it leaves. */
void failure(u64 t, enum service service, u32 who, struct addr from, u32 attempts, u64 lasts,
	     u8 style)
{
	struct event e = {.kind = FAIL,
			  .service = service,
			  .who = who,
			  .from = from,
			  .port = any_port(),
			  .start = t,
			  .count = attempts,
			  .style = style,
			  .id = rnd()};
	later(t + lasts, e);
	e.kind = AUTH_LINE;
	for (u32 i = 0; auth_verbose && i < attempts; i++)
		later(t + lasts * (i + 1) / (attempts + 1), e);
}

/* ---- Postfix ---- */

static void daemon_line(struct out *o, const char *name, u32 pid)
{
	LIT(o, "postfix/"), str(o, name), chr(o, '['), num(o, pid), LIT(o, "]: ");
}

static void queued(struct out *o, const struct event *e)
{
	queue_id(o, e->start, e->id), LIT(o, ": ");
}

/* Postfix writes delays with two significant digits and no zeros behind. Unit: 10 ms. */
static void delay(struct out *o, u32 v)
{
	num(o, v / 100);
	if (v >= 1000 || v % 100 == 0)
		return;
	chr(o, '.'), num(o, v % 100 / 10);
	if (v < 100 && v % 10)
		num(o, v % 10);
}

static void delays(struct out *o, u64 r)
{
	u32 a = (u32)(r % 60), b = (u32)(r >> 8) % 2, c = (u32)(r >> 16) % 30,
	    d = 1 + (u32)(r >> 24) % 70;
	LIT(o, ", delay="), delay(o, a + b + c + d), LIT(o, ", delays="), delay(o, a), chr(o, '/'),
	    delay(o, b);
	chr(o, '/'), delay(o, c), chr(o, '/'), delay(o, d);
}

/* The host that a client calls itself; one in six has no name. */
static void peer(struct out *o, const struct event *e, u32 d)
{
	if (fixed(10, d) % 6 == 0)
		LIT(o, "unknown");
	else
		str(o, d & 1 ? "mail." : "smtp-out."), domain(o, d);
	chr(o, '['), address(o, &e->from), chr(o, ']');
}

static void home_peer(struct out *o, const struct event *e)
{
	if (e->from.six || e->from.b[3] % 3 == 0) {
		LIT(o, "unknown[");
	} else {
		LIT(o, "host-");
		for (int i = 0; i < 4; i++)
			num(o, e->from.b[i]), chr(o, i < 3 ? '-' : '.');
		LIT(o, "isp.example[");
	}
	address(o, &e->from), chr(o, ']');
}

static void saved(struct out *o, const struct event *e)
{
	LIT(o, "lmtp("), user(o, e->who), LIT(o, ")<"), num(o, e->pid), LIT(o, "><"),
	    delivery_id(o, e), LIT(o, ">: ");
}

/* Who forwards, where to: habits of old, or what an intruder has set. */
u32 *forward_target; /* 0: nowhere */

static void target_name(struct out *o, u32 target)
{
	if (target >= INTRUDERS_TARGET)
		LIT(o, "archive."), num(o, target - INTRUDERS_TARGET),
		    LIT(o, "@boite-libre.example");
	else
		remote_person(o, fixed(11, target));
}

static void forwarded(const struct event *e, u64 t, u32 target)
{
	struct event out = {.kind = OUTBOUND,
			    .who = NOBODY,
			    .start = t,
			    .id = rnd() >> 2,
			    .lasts = e->id,
			    .every = e->id,
			    .bytes = e->bytes + 412,
			    .left = 1,
			    .count = target};
	later(t + span(4000, 30000), out);
}

/* A mail from outside for one account: e->port doubles as the number of the sending domain. */
void on_delivery(struct event *e, u64 t)
{
	struct out *o = line(t);
	u64 wait = span(2000, 20000);
	u32 d = e->port;

	switch (e->stage) {
	case 0:
		e->left = take(&smtpds);
		daemon_line(o, "smtpd", e->left), LIT(o, "connect from "), peer(o, e, d);
		wait = span(120000, 900000);
		break;
	case 1:
		e->start = t, e->id = rnd() >> 2;
		daemon_line(o, "smtpd", e->left), queued(o, e), LIT(o, "client="), peer(o, e, d);
		wait = span(30000, 160000);
		break;
	case 2:
		daemon_line(o, "cleanup", borrow(&cleanups)), queued(o, e), LIT(o, "message-id="),
		    message_id(o, e->id);
		wait = span(3000, 90000);
		break;
	case 3:
		daemon_line(o, "qmgr", QMGR_PID), queued(o, e), LIT(o, "from=<"),
		    remote_person(o, e->id);
		LIT(o, ">, size="), num(o, e->bytes), LIT(o, ", nrcpt=1 (queue active)");
		break;
	case 4:
		e->pid = take(&mailboxes);
		LIT(o, "dovecot: lmtp("), num(o, e->pid), LIT(o, "): Connect from local");
		break;
	case 5:
		daemon_line(o, "smtpd", e->left), LIT(o, "disconnect from "), peer(o, e, d);
		LIT(o, " ehlo=2 starttls=1 mail=1 rcpt=1 data=1 quit=1 commands=7");
		give(&smtpds, e->left);
		wait = span(8000, 60000);
		break;
	case 6:
		LIT(o, "dovecot: "), saved(o, e);
		if (forward_target[e->who]) {
			LIT(o, "sieve: msgid="), message_id(o, e->id),
			    LIT(o, ": redirect action: forwarded to <");
			target_name(o, forward_target[e->who]), chr(o, '>'), done(o);
			forwarded(e, t, forward_target[e->who]);
			o = line(t + 900);
			LIT(o, "dovecot: "), saved(o, e);
		}
		if (forward_target[e->who] || accounts[e->who].traits & FILTERS) {
			LIT(o, "sieve: msgid="), message_id(o, e->id),
			    LIT(o, ": stored mail into mailbox '");
			str(o, !forward_target[e->who] && e->id & 1 ? "Lists" : "INBOX"),
			    chr(o, '\'');
		} else {
			LIT(o, "msgid="), message_id(o, e->id), LIT(o, ": saved mail to INBOX");
		}
		break;
	case 7:
		daemon_line(o, "lmtp", borrow(&lmtps)), queued(o, e), LIT(o, "to=<"),
		    user(o, e->who);
		LIT(o, ">, relay=mail1.example.org[private/dovecot-lmtp]"), delays(o, e->id);
		LIT(o, ", dsn=2.0.0, status=sent (250 2.0.0 <"), user(o, e->who), LIT(o, "> "),
		    delivery_id(o, e);
		LIT(o, " Saved)");
		break;
	case 8:
		daemon_line(o, "qmgr", QMGR_PID), queued(o, e), LIT(o, "removed");
		break;
	default:
		LIT(o, "dovecot: lmtp("), num(o, e->pid),
		    LIT(o, "): Disconnect from local: Logged out (state=READY)");
		give(&mailboxes, e->pid);
	}
	done(o);
	if (e->stage++ < 9)
		later(t + wait, *e);
}

void delivery(u64 t, u32 who)
{
	double u = unit();
	u32 d = (u32)(u * u * 3000);
	struct event e = {.kind = DELIVERY,
			  .who = who,
			  .from = exchanger(d),
			  .port = (u16)d,
			  .bytes = message_size()};
	later(t, e);
}

/* A mail that leaves: from the queue to one or more hosts. left: recipients still to be served. */
void on_outbound(struct event *e, u64 t)
{
	struct out *o = line(t);
	u64 wait = span(3000, 30000);

	if (e->stage == 0) {
		daemon_line(o, "pickup", 1201), queued(o, e), LIT(o, "uid=5000 from=<");
		remote_person(o, e->every), chr(o, '>');
	} else if (e->stage == 1) {
		daemon_line(o, "cleanup", borrow(&cleanups)), queued(o, e), LIT(o, "message-id="),
		    message_id(o, e->lasts);
	} else if (e->stage == 2) {
		daemon_line(o, "qmgr", QMGR_PID), queued(o, e), LIT(o, "from=<");
		if (e->who == NOBODY)
			remote_person(o, e->every);
		else
			user(o, e->who);
		LIT(o, ">, size="), num(o, e->bytes), LIT(o, ", nrcpt="), num(o, e->left),
		    LIT(o, " (queue active)");
		wait = span(200000, 1500000);
	} else if (e->stage == 3) {
		u64 rcpt = e->count ? fixed(11, e->count) : fixed(12, e->id + e->left);
		u32 d = (u32)(rcpt >> 40) % 3000;
		struct addr mx = exchanger(d);
		daemon_line(o, "smtp", borrow(&smtps)), queued(o, e), LIT(o, "to=<");
		if (e->count)
			target_name(o, e->count);
		else
			remote_person(o, rcpt);
		LIT(o, ">, relay=mx1.");
		if (e->count >= INTRUDERS_TARGET)
			LIT(o, "boite-libre.example");
		else
			domain(o, d);
		chr(o, '['), address(o, &mx), LIT(o, "]:25"), delays(o, mix(e->id + e->left));
		if (!e->count && rcpt % 60 == 0) {
			LIT(o, ", dsn=5.1.1, status=bounced (host mx1."), domain(o, d), chr(o, '['),
			    address(o, &mx);
			LIT(o, "] said: 550 5.1.1 user unknown (in reply to RCPT TO command))");
		} else {
			LIT(o, ", dsn=2.0.0, status=sent (250 2.0.0 Ok: queued as "),
			    hex(o, rcpt >> 20, 10, UPPER), chr(o, ')');
		}
		if (--e->left)
			e->stage--;
	} else {
		daemon_line(o, "qmgr", QMGR_PID), queued(o, e), LIT(o, "removed");
	}
	done(o);
	if (e->stage++ < 4)
		later(t + wait, *e);
}

void on_submission(struct event *e, u64 t)
{
	struct out *o = line(t);
	u64 wait = span(60000, 400000);

	if (e->stage == 0) {
		e->pid = take(&submitters);
		daemon_line(o, "submission/smtpd", e->pid), LIT(o, "connect from "),
		    home_peer(o, e);
	} else if (e->stage == 1) {
		daemon_line(o, "submission/smtpd", e->pid);
		struct event out = {.kind = OUTBOUND,
				    .stage = 1,
				    .who = e->who,
				    .start = t,
				    .id = rnd() >> 2,
				    .bytes = e->bytes,
				    .left = e->left};
		out.lasts = out.id | OWN_MAIL;
		queued(o, &out), LIT(o, "client="), home_peer(o, e),
		    LIT(o, ", sasl_method=PLAIN, sasl_username=");
		user(o, e->who);
		later(t + span(20000, 50000), out);
	} else {
		daemon_line(o, "submission/smtpd", e->pid), LIT(o, "disconnect from "),
		    home_peer(o, e);
		LIT(o, " ehlo=2 starttls=1 auth=1 mail=1 rcpt="), num(o, e->left),
		    LIT(o, " data=1 quit=1 commands=");
		num(o, 7 + e->left);
		give(&submitters, e->pid);
	}
	done(o);
	if (e->stage++ < 2)
		later(t + wait, *e);
}

void submission(u64 t, u32 who, struct addr from, u32 recipients)
{
	struct event e = {.kind = SUBMISSION,
			  .who = who,
			  .from = from,
			  .left = recipients,
			  .bytes = message_size()};
	later(t, e);
}

/* Somebody guesses at submission: connect, refused, gone. */
void on_sasl_fail(struct event *e, u64 t)
{
	if (e->stage == 1 && auth_verbose) {
		struct event a = *e;
		a.service = ASKED_BY_POSTFIX;
		on_auth_line(&a, t);
		t += 700;
	}
	struct out *o = line(t);
	if (e->stage == 0) {
		e->pid = take(&submitters);
		daemon_line(o, "submission/smtpd", e->pid), LIT(o, "connect from unknown["),
		    address(o, &e->from), chr(o, ']');
	} else if (e->stage == 1) {
		daemon_line(o, "submission/smtpd", e->pid), LIT(o, "warning: unknown["),
		    address(o, &e->from);
		str(o, e->style ? "]: SASL PLAIN authentication failed: "
				: "]: SASL LOGIN authentication failed: UGFzc3dvcmQ6");
	} else {
		daemon_line(o, "submission/smtpd", e->pid), LIT(o, "disconnect from unknown["),
		    address(o, &e->from);
		LIT(o, "] ehlo=2 starttls=1 auth=0/1 quit=1 commands=4/5");
		give(&submitters, e->pid);
	}
	done(o);
	if (e->stage++ < 2)
		later(t + span(300000, 3000000), *e);
}

void on_reject(struct event *e, u64 t)
{
	struct out *o = line(t);
	if (e->stage == 0) {
		e->pid = take(&smtpds);
		daemon_line(o, "smtpd", e->pid), LIT(o, "connect from unknown["),
		    address(o, &e->from), chr(o, ']');
	} else if (e->stage == 1) {
		u64 r = e->id;
		daemon_line(o, "smtpd", e->pid), LIT(o, "NOQUEUE: reject: RCPT from unknown["),
		    address(o, &e->from);
		if (r & 1) {
			LIT(o, "]: 454 4.7.1 <"), remote_person(o, r),
			    LIT(o, ">: Relay access denied; from=<"), stranger(o, r >> 3);
			LIT(o, "> to=<"), remote_person(o, r);
		} else {
			LIT(o, "]: 550 5.1.1 <"), stranger(o, r | 3 << 17);
			LIT(o, ">: Recipient address rejected: User unknown in virtual mailbox "
			       "table; from=<");
			remote_person(o, r >> 5), LIT(o, "> to=<"), stranger(o, r | 3 << 17);
		}
		LIT(o, "> proto=ESMTP helo=<"), domain(o, (u32)(r >> 20) % 3000), chr(o, '>');
	} else {
		daemon_line(o, "smtpd", e->pid), LIT(o, "disconnect from unknown["),
		    address(o, &e->from);
		LIT(o, "] ehlo=1 mail=1 rcpt=0/1 quit=1 commands=3/4");
		give(&smtpds, e->pid);
	}
	done(o);
	if (e->stage++ < 2)
		later(t + span(200000, 2500000), *e);
}

/* Single lines of machines that come by. */
void on_chatter(const struct event *e, u64 t)
{
	struct out *o = line(t);
	u64 r = e->id;
	switch (e->style) {
	case 0:
		LIT(o,
		    "dovecot: imap-login: Disconnected: Connection closed (no auth attempts in "),
		    num(o, r % 4);
		LIT(o, " secs): user=<>"), from_to(o, e), LIT(o, ", TLS, session=<"),
		    session_id(o, e), chr(o, '>');
		break;
	case 1:
		LIT(o, "dovecot: imap-login: Disconnected: Connection closed: SSL_accept() failed: "
		       "error:0A000102:SSL routines::unsupported protocol (no auth attempts in 0 "
		       "secs): user=<>"),
		    from_to(o, e);
		LIT(o, ", TLS handshaking: SSL_accept() failed: error:0A000102:SSL "
		       "routines::unsupported protocol, session=<");
		session_id(o, e), chr(o, '>');
		break;
	case 2: {
		static const char month[12][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
						  "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
		time_t s = (time_t)(t / SEC + offset_at(t) * 3600 - 200);
		struct tm tm;
		char when[32];
		gmtime_r(&s, &tm);
		int n = snprintf(when, sizeof when, "%s %2d %02d:%02d:%02d", month[tm.tm_mon],
				 tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec);
		daemon_line(o, "anvil", anvil_pid),
		    LIT(o, "statistics: max connection count 1 for (smtp:");
		address(o, &e->from), LIT(o, ") at "), put(o, when, (size_t)n);
		break;
	}
	default:
		daemon_line(o, "smtpd", borrow(&smtpds)), LIT(o, "warning: hostname host"),
		    num(o, r % 900);
		LIT(o, ".net.example does not resolve to address "), address(o, &e->from);
		LIT(o, ": Name or service not known");
	}
	done(o);
}
