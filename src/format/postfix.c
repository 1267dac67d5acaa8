/*
 * postfix.c - the lines of Postfix's daemons, as its sources print them (smtpd.c, smtpd_check.c,
 * cleanup_message.c, log_adhoc.c, postscreen*.c; versions 2.3 to 3.11).
 *
 * Laws: every line of every daemon is owned, also where nothing in it bears on access; a daemon's
 * words mean what its own table says, whatever other daemons write.
 */
#include "postfix.h"

const struct format format_postfix = {"postfix", "Postfix: all daemons", 'D'};

/* A line begins with `head`; what follows goes to `read`. The last row of a table has no head. */
struct shape {
	slice head;
	enum action action;
	enum result outcome;
	postfix_reader *read;
};
/* clang-format off */
#define SHAPE(text, act, out, fn) {SLICE_INIT(text), ACT_##act, OUT_##out, postfix_##fn}
#define END_OF_SHAPES SHAPE("", MESSAGE, NONE, read_nothing)
/* clang-format on */

#define TLS_SHAPES                                                                                 \
	SHAPE("Anonymous TLS connection established ", TLS_START, SUCCESS, read_tls),              \
	    SHAPE("Untrusted TLS connection established ", TLS_START, SUCCESS, read_tls),          \
	    SHAPE("Trusted TLS connection established ", TLS_START, SUCCESS, read_tls),            \
	    SHAPE("Verified TLS connection established ", TLS_START, SUCCESS, read_tls)

static const struct shape smtpd_shapes[] = {
    SHAPE("connect from ", CONNECT, NONE, read_client),
    SHAPE("disconnect from ", DISCONNECT, NONE, read_disconnect),
    SHAPE("client=", SMTP_CLIENT, NONE, read_mail_client),
    TLS_SHAPES,
    SHAPE("reject: ", SMTP_REJECT, FAILURE, read_stage),
    SHAPE("milter-reject: ", SMTP_REJECT, FAILURE, read_stage),
    SHAPE("proxy-reject: ", SMTP_REJECT, FAILURE, read_proxied),
    SHAPE("lost connection after ", MESSAGE, NONE, read_from),
    SHAPE("timeout after ", MESSAGE, NONE, read_from),
    SHAPE("too many errors after ", WARNING, NONE, read_from),
    SHAPE("improper command pipelining after ", WARNING, NONE, read_from),
    SHAPE("bare <LF> received after ", WARNING, NONE, read_from),
    SHAPE("SSL_accept error from ", TLS_START, FAILURE, read_client),
    SHAPE("setting up TLS connection from ", MESSAGE, NONE, read_client),
    SHAPE("abort: ", TLS_START, FAILURE, read_from),
    SHAPE("reject_warning: ", SMTP_REJECT, NONE, read_stage),
    SHAPE("discard: ", SMTP_REJECT, NONE, read_stage),
    SHAPE("milter-discard: ", SMTP_REJECT, NONE, read_stage),
    SHAPE("hold: ", MESSAGE, NONE, read_stage),
    SHAPE("milter-hold: ", MESSAGE, NONE, read_stage),
    SHAPE("filter: ", MESSAGE, NONE, read_stage),
    SHAPE("redirect: ", MESSAGE, NONE, read_stage),
    SHAPE("prepend: ", MESSAGE, NONE, read_stage),
    SHAPE("permit: ", MESSAGE, NONE, read_stage),
    SHAPE("info: ", MESSAGE, NONE, read_stage),
    SHAPE("warn: ", MESSAGE, NONE, read_stage),
    SHAPE("bcc: ", MESSAGE, NONE, read_stage),
    SHAPE("delay: ", MESSAGE, NONE, read_stage),
    SHAPE("hangup: ", SMTP_REJECT, FAILURE, read_stage),
    SHAPE("using backwards-compatible default setting ", MESSAGE, NONE, read_from_end),
    SHAPE("proxy-accept: ", MESSAGE, NONE, read_proxied),
    SHAPE("TLS SNI ", MESSAGE, NONE, read_from),
    SHAPE("certificate verification failed for ", TLS_START, FAILURE, read_client),
    SHAPE("", MESSAGE, NONE, read_any),
};

static const struct shape smtpd_warnings[] = {
    SHAPE("hostname ", WARNING, NONE, read_unresolved),
    SHAPE("SASL authentication failure: ", AUTH_CHECK, FAILURE, read_reason),
    SHAPE("SASL authentication problem: ", AUTH_CHECK, FAILURE, read_reason),
    SHAPE("non-SMTP command from ", WARNING, NONE, read_client),
    SHAPE("Illegal address syntax from ", WARNING, NONE, read_client),
    SHAPE("Connection rate limit exceeded: ", WARNING, NONE, read_from),
    SHAPE("Connection concurrency limit exceeded: ", WARNING, NONE, read_from),
    SHAPE("Message delivery request rate limit exceeded: ", WARNING, NONE, read_from),
    SHAPE("Recipient address rate limit exceeded: ", WARNING, NONE, read_from),
    SHAPE("AUTH command rate limit exceeded: ", WARNING, NONE, read_from),
    SHAPE("New TLS session rate limit exceeded: ", WARNING, NONE, read_from),
    SHAPE("Refusing STARTTLS request from ", WARNING, NONE, read_client),
    SHAPE("Refusing TLS service request from ", WARNING, NONE, read_client),
    SHAPE("Wrapper-mode request dropped from ", WARNING, NONE, read_client),
    SHAPE("BDAT request from ", WARNING, NONE, read_client),
    SHAPE("null BDAT request from ", WARNING, NONE, read_client),
    SHAPE("malformed BDAT command syntax from ", WARNING, NONE, read_client),
    SHAPE("don't know what EHLO features to announce to ", WARNING, NONE, read_client),
    SHAPE("bad ETRN ", WARNING, NONE, read_from_end),
    SHAPE("reject: ETRN ", WARNING, NONE, read_from_end),
    SHAPE("", WARNING, NONE, read_warned_client),
};

static const struct shape cleanup_shapes[] = {
    SHAPE("message-id=", SMTP_MESSAGE, NONE, read_message_id),
    SHAPE("info: ", SMTP_SUBJECT, NONE, read_content),
    SHAPE("warning: ", SMTP_SUBJECT, NONE, read_content),
    SHAPE("reject: ", SMTP_REJECT, FAILURE, read_content),
    SHAPE("milter-reject: ", SMTP_REJECT, FAILURE, read_stage),
    SHAPE("resent-message-id=", MESSAGE, NONE, read_message_id),
    SHAPE("discard: ", SMTP_REJECT, NONE, read_content),
    SHAPE("milter-discard: ", SMTP_REJECT, NONE, read_stage),
    SHAPE("hold: ", MESSAGE, NONE, read_content),
    SHAPE("milter-hold: ", MESSAGE, NONE, read_stage),
    SHAPE("redirect: ", MESSAGE, NONE, read_content),
    SHAPE("filter: ", MESSAGE, NONE, read_content),
    SHAPE("replace: ", MESSAGE, NONE, read_content),
    SHAPE("prepend: ", MESSAGE, NONE, read_content),
    SHAPE("strip: ", MESSAGE, NONE, read_content),
    SHAPE("delay: ", MESSAGE, NONE, read_content),
    SHAPE("to=<", SMTP_DELIVER, NONE, read_delivery),
    SHAPE("", MESSAGE, NONE, read_action),
};

static const struct shape queue_shapes[] = {
    SHAPE("from=<", SMTP_QUEUE, NONE, read_queued),
    SHAPE("removed", SMTP_REMOVE, NONE, read_nothing),
    SHAPE("to=<", SMTP_DELIVER, NONE, read_delivery),
    END_OF_SHAPES,
};

static const struct shape deliver_shapes[] = {
    SHAPE("to=<", SMTP_DELIVER, NONE, read_delivery),
    TLS_SHAPES,
    SHAPE("connect to ", WARNING, NONE, read_hop),
    SHAPE("host ", MESSAGE, NONE, read_hop),
    SHAPE("lost connection with ", MESSAGE, NONE, read_hop),
    SHAPE("SSL_connect error to ", TLS_START, FAILURE, read_hop),
    SHAPE("certificate verification failed for ", TLS_START, FAILURE, read_hop),
    END_OF_SHAPES,
};

static const struct shape pickup_shapes[] = {
    SHAPE("uid=", SMTP_PICKUP, NONE, read_pickup),
    END_OF_SHAPES,
};

static const struct shape postscreen_shapes[] = {
    SHAPE("CONNECT from ", CONNECT, NONE, read_endpoints),
    SHAPE("CONNECT to ", MESSAGE, NONE, read_hop),
    SHAPE("DISCONNECT ", DISCONNECT, NONE, read_endpoint),
    SHAPE("reject: ", SMTP_REJECT, FAILURE, read_stage),
    TLS_SHAPES,
    SHAPE("PASS ", MESSAGE, NONE, read_endpoint),
    SHAPE("HANGUP ", MESSAGE, NONE, read_endpoint),
    SHAPE("PREGREET ", WARNING, NONE, read_endpoint),
    SHAPE("DNSBL rank ", WARNING, NONE, read_endpoint),
    SHAPE("BARE NEWLINE ", WARNING, NONE, read_endpoint),
    SHAPE("COMMAND ", WARNING, NONE, read_endpoint),
    SHAPE("NON-SMTP COMMAND ", WARNING, NONE, read_endpoint),
    SHAPE("cache ", MESSAGE, NONE, read_nothing),
    SHAPE("TLS handshake failed for ", TLS_START, FAILURE, read_endpoint),
    SHAPE("", MESSAGE, NONE, read_endpoint),
};

static const struct shape other_shapes[] = {
    SHAPE("statistics: ", MESSAGE, NONE, read_statistics),
    SHAPE("addr ", MESSAGE, NONE, read_listed),
    SHAPE("to=<", SMTP_DELIVER, NONE, read_delivery),
    SHAPE("daemon started ", DAEMON_START, NONE, read_nothing),
    SHAPE("starting the Postfix mail system", DAEMON_START, NONE, read_nothing),
    SHAPE("terminating on signal ", DAEMON_STOP, NONE, read_nothing),
    SHAPE("stopping the Postfix mail system", DAEMON_STOP, NONE, read_nothing),
    END_OF_SHAPES,
};

static const struct shape plain_warnings[] = {
    SHAPE("", WARNING, NONE, read_reason),
};

struct service {
	slice name;
	const struct shape *shapes, *warnings;
};

/* The busiest first. */
static const struct service services[] = {
    {SLICE_INIT("smtpd"), smtpd_shapes, smtpd_warnings},
    {SLICE_INIT("qmgr"), queue_shapes, plain_warnings},
    {SLICE_INIT("cleanup"), cleanup_shapes, smtpd_warnings},
    {SLICE_INIT("smtp"), deliver_shapes, plain_warnings},
    {SLICE_INIT("lmtp"), deliver_shapes, plain_warnings},
    {SLICE_INIT("postscreen"), postscreen_shapes, plain_warnings},
    {SLICE_INIT("local"), deliver_shapes, plain_warnings},
    {SLICE_INIT("pipe"), deliver_shapes, plain_warnings},
    {SLICE_INIT("virtual"), deliver_shapes, plain_warnings},
    {SLICE_INIT("pickup"), pickup_shapes, plain_warnings},
    {SLICE_INIT("error"), deliver_shapes, plain_warnings},
    {SLICE_INIT("retry"), deliver_shapes, plain_warnings},
    {SLICE_INIT("nqmgr"), queue_shapes, plain_warnings},
    {SLICE_INIT("oqmgr"), queue_shapes, plain_warnings},
    {SLICE_INIT("tlsproxy"), postscreen_shapes, plain_warnings},
};

static const struct service *service_of(slice name)
{
	static const struct service other = {SLICE_INIT(""), other_shapes, plain_warnings};
	for (size_t i = 0; i < sizeof services / sizeof *services; i++)
		if (slice_eq(name, services[i].name))
			return &services[i];
	return &other;
}

/*
 * A queue id and ": " off the front: upper hex, or, with enable_long_queue_ids, digits and
 * consonants (mail_queue.h). No word that a line begins with is spelt like that.
 */
static bool eat_queue_id(slice *s, slice *id)
{
	static const uint8_t kinds[256] = {['0' ... '9'] = 3, ['A'] = 1,         ['E'] = 1,
					   ['B' ... 'D'] = 3, ['F'] = 3,         ['G' ... 'H'] = 2,
					   ['J' ... 'N'] = 2, ['P' ... 'T'] = 2, ['V' ... 'Z'] = 2,
					   ['b' ... 'd'] = 2, ['f' ... 'h'] = 2, ['j' ... 'n'] = 2,
					   ['p' ... 't'] = 2, ['v' ... 'z'] = 2};
	size_t i = 0;
	uint8_t kind = 3;
	while (i < s->len && (kind & kinds[(unsigned char)s->at[i]]))
		kind &= kinds[(unsigned char)s->at[i++]];
	if (i < 5 || i + 1 >= s->len || s->at[i] != ':' || s->at[i + 1] != ' ')
		return false;
	*id = slice_first(*s, i);
	*s = slice_from(*s, i + 2);
	return true;
}

static bool eat_severity(slice *s)
{
	return slice_eat(s, "warning: ") || slice_eat(s, "error: ") || slice_eat(s, "fatal: ") ||
	       slice_eat(s, "panic: ");
}

static const struct shape *shape_of(const struct shape *rows, slice body)
{
	while (rows->head.len &&
	       (body.len == 0 || rows->head.at[0] != body.at[0] || !slice_starts(body, rows->head)))
		rows++;
	return rows;
}

/* postfix/submission/smtpd, postfix/smtps/smtpd: the ports where users sign in (RFC 8314) */
static slice protocol_of(slice program, slice name)
{
	slice parent =
	    part_basename(slice_first(program, program.len - name.len - (name.len < program.len)));
	bool users =
	    slice_starts(parent, SLICE("submission")) || slice_starts(parent, SLICE("smtps"));
	return users ? SLICE("submission") : SLICE("smtp");
}

bool postfix_owns(slice program)
{
	static const slice names[] = {
	    SLICE_INIT("anvil"),   SLICE_INIT("bounce"),  SLICE_INIT("defer"),
	    SLICE_INIT("discard"), SLICE_INIT("flush"),   SLICE_INIT("proxymap"),
	    SLICE_INIT("scache"),  SLICE_INIT("showq"),   SLICE_INIT("tlsmgr"),
	    SLICE_INIT("trace"),   SLICE_INIT("verify"),  SLICE_INIT("dnsblog"),
	    SLICE_INIT("spawn"),   SLICE_INIT("postlog"), SLICE_INIT("trivial-rewrite")};
	slice name = part_basename(program);
	if (name.len == program.len)
		return false;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (slice_eq(name, names[i]))
			return true;
	return service_of(name)->name.len > 0;
}

enum decoded postfix_decode(slice program, slice body, struct event *e, struct arena *scratch)
{
	slice id, name = part_basename(program);
	const struct service *service = service_of(name);
	event_module(e, &format_postfix);
	if (service->shapes == smtpd_shapes)
		event_text(e, F_PROTOCOL, protocol_of(program, name));
	bool warned = eat_severity(&body);
	if (eat_queue_id(&body, &id))
		event_text(e, F_QUEUE_ID, id);
	else
		slice_eat(&body, "NOQUEUE: ");
	const struct shape *shape = shape_of(warned ? service->warnings : service->shapes, body);
	event_act(e, shape->action, shape->outcome);
	if (shape->action == ACT_WARNING)
		event_text(e, F_REASON, body);
	bool whole = shape->read(slice_from(body, shape->head.len), e);
	return whole || shape->head.len == 0 ? DECODED_EVENT : DECODED_BROKEN;
}
