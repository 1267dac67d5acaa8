/*
 * qmail.c - qmail, netqmail, s/qmail with vpopmail, chkuser, rblsmtpd and tcpserver, through
 * splogger (a clock of its own before the text) or multilog.
 *
 *	info msg N: bytes B from <F> qp Q uid U       starting delivery D: msg N to remote T
 *	delivery D: success: ...                      end msg N
 *	vchkpw-smtp: password fail U:A                 tcpserver: pid P from A
 *
 * Law: a user is the client's text and A the last word of the line.
 */
#include "words.h"

const struct format format_qmail = {"qmail", "qmail, vpopmail, chkuser, tcpserver, rblsmtpd", 'D'};

/* N: bytes B from <F> qp Q uid U */
static bool read_info(slice rest, struct event *e)
{
	slice path;
	event_text(e, F_QUEUE_ID, slice_until(&rest, ':'));
	if (!slice_eat(&rest, " bytes "))
		return false;
	event_parse_number(e, F_SIZE, slice_until(&rest, ' '));
	if (!slice_eat(&rest, "from ") || !words_take_path(&rest, &path))
		return false;
	event_text(e, F_FROM, path);
	if (part_last(rest, SLICE(" uid "), ' ', &path))
		event_text(e, F_USER_ID, path);
	return true;
}

/* D: msg N to remote T */
static bool read_starting(slice rest, struct event *e)
{
	size_t msg = slice_search(rest, SLICE(": msg "));
	if (msg == SIZE_MAX)
		return false;
	rest = slice_from(rest, msg + 6);
	event_text(e, F_QUEUE_ID, slice_until(&rest, ' '));
	if (slice_eat(&rest, "to remote ") || slice_eat(&rest, "to local "))
		event_text(e, F_TO, rest);
	return true;
}

/* D: success: what the next hop said */
static bool read_result(slice rest, struct event *e)
{
	slice_until(&rest, ':');
	slice_eat(&rest, " ");
	slice status = slice_until(&rest, ':');
	event_text(e, F_SMTP_STATUS, status);
	event_text(e, F_REASON, slice_trim(rest));
	return true;
}

static bool read_message_id(slice rest, struct event *e)
{
	event_text(e, F_QUEUE_ID, slice_first(rest, slice_find(rest, ' ')));
	return true;
}

/* pid P from A, ok P host:A:port name:A::port */
static bool read_connection(slice rest, struct event *e)
{
	size_t from = slice_search(rest, SLICE(" from "));
	if (from != SIZE_MAX)
		words_address(slice_from(rest, from + 6), e, F_SOURCE_IP);
	return true;
}

/* P LOCAL:A:port NAME:A:USER:port: the client's last */
static bool read_ok(slice rest, struct event *e)
{
	size_t last = slice_search_last(rest, SLICE(" "));
	slice peer = slice_from(rest, last == SIZE_MAX ? rest.len : last + 1);
	slice name = slice_until(&peer, ':'), address = slice_until(&peer, ':');
	words_address(address, e, F_SOURCE_IP);
	if (name.len && event_has(e, F_SOURCE_IP))
		event_text(e, F_SOURCE_DOMAIN, name);
	return true;
}

/* "A pid P: 451 why", "LIST blocked A NAME -" */
static bool read_blocked(slice rest, struct event *e)
{
	size_t at = slice_search(rest, SLICE(" blocked "));
	if (at != SIZE_MAX)
		rest = slice_from(rest, at + 9);
	event_text(e, F_REASON, rest);
	words_address(slice_first(rest, slice_find(rest, ' ')), e, F_SOURCE_IP);
	return true;
}

/* from <F:U:relay> remote <HELO:NAME:A> rcpt <T> : why: chkuser */
static bool read_chkuser(slice rest, struct event *e)
{
	bool rejected = slice_starts(rest, SLICE("rejected"));
	size_t from = slice_search(rest, SLICE("from <"));
	slice sender, peer = slice_from(rest, from == SIZE_MAX ? rest.len : from + 5);
	event_text(e, F_REASON, rest);
	if (rejected)
		event_act(e, ACT_SMTP_REJECT, OUT_FAILURE);
	if (!words_take_path(&peer, &sender) || !slice_eat(&peer, " remote <"))
		return true;
	static const slice behind = SLICE_INIT("> rcpt <");
	size_t end = slice_search(peer, behind);
	slice head = slice_first(peer, end);
	size_t colon = slice_search_last(head, SLICE(":"));
	bool sure = end == slice_search_last(peer, behind); /* HELO or RCPT may hold it, too */
	if (sure && colon != SIZE_MAX)
		words_address(slice_from(head, colon + 1), e, F_SOURCE_IP);
	return true;
}

/* Reject::AUTH::Invalid_User: S:A:NAME P:.. H:.. F:.. T:.. ?~ 'USER': s/qmail.  The client writes
 * what follows H:, its name last. */
static bool read_sqmail(slice rest, struct event *e)
{
	slice address;
	bool sign_in = e->action == ACT_LOGIN;
	size_t name = slice_search(rest, SLICE(" ?~ '"));
	if (name == SIZE_MAX)
		name = slice_search(rest, SLICE(" ?= '"));
	event_text(e, F_REASON, rest);
	if (part_first(rest, SLICE(" S:"), ':', &address))
		words_address(address, e, F_SOURCE_IP);
	if (sign_in && name != SIZE_MAX && slice_ends(rest, SLICE("'")) && rest.len > name + 6)
		event_text(e, F_USER, (slice){rest.at + name + 5, rest.len - name - 6});
	return true;
}

/* "421 badiprbl: ip A rbl: LIST" and what other patches write */
static bool read_smtpd(slice rest, struct event *e)
{
	bool refused =
	    rest.len > 3 && (rest.at[0] == '4' || rest.at[0] == '5') && rest.at[3] == ' ';
	if (refused)
		event_act(e, ACT_SMTP_REJECT, OUT_FAILURE);
	event_text(e, F_REASON, rest);
	words_only_address(rest, SLICE(" ip "), " ,;:", e, F_SOURCE_IP);
	return true;
}

static const struct wording smtpd_rows[] = {
    WORDS("CHKUSER ", MESSAGE, NONE, read_chkuser),
    WORDS("Reject::AUTH", LOGIN, FAILURE, read_sqmail),
    WORDS("Reject::", SMTP_REJECT, FAILURE, read_sqmail),
    WORDS("Accept::AUTH", LOGIN, SUCCESS, read_sqmail),
    WORDS("Accept::", MESSAGE, NONE, read_sqmail),
    WORDS("", MESSAGE, NONE, read_smtpd),
    END_OF_WORDS,
};

/* "pid P ", as s/qmail's have it */
static void eat_pid(slice *s)
{
	int64_t pid;
	slice t = *s;
	if (slice_eat(&t, "pid ") && slice_number(&t, &pid) && slice_eat(&t, " "))
		*s = t;
}

static bool read_smtpd_line(slice rest, struct event *e)
{
	slice t = rest;
	if (slice_eat(&t, "[")) /* a pid of its own */
		slice_until(&t, ']');
	slice_eat(&t, ":");
	t = slice_trim(t);
	eat_pid(&t);
	words_decode(&format_qmail, smtpd_rows, t, e);
	return true;
}

/* (PLAIN) login success U:A, password fail (pass: 'P') U:A, vpopmail user not found U:A */
static bool read_vchkpw(slice rest, struct event *e)
{
	static const struct {
		slice words;
		enum result outcome;
	} results[] = {
	    {SLICE_INIT("login success"), OUT_SUCCESS},
	    {SLICE_INIT("password fail"), OUT_FAILURE},
	    {SLICE_INIT("vpopmail user not found"), OUT_FAILURE},
	    {SLICE_INIT("user not found"), OUT_FAILURE},
	    {SLICE_INIT("null password given"), OUT_FAILURE},
	    {SLICE_INIT("No user found"), OUT_FAILURE},
	    {SLICE_INIT("system user not found"), OUT_FAILURE},
	    {SLICE_INIT("system password fail"), OUT_FAILURE},
	    {SLICE_INIT("invalid user/domain characters"), OUT_FAILURE},
	    {SLICE_INIT("pop access denied"), OUT_FAILURE},
	    {SLICE_INIT("imap access denied"), OUT_FAILURE},
	    {SLICE_INIT("smtp access denied"), OUT_FAILURE},
	    {SLICE_INIT("webmail access denied"), OUT_FAILURE},
	};
	size_t colon = slice_search_last(rest, SLICE(":"));
	if (colon != SIZE_MAX)
		words_address(slice_from(rest, colon + 1), e, F_SOURCE_IP);
	slice name = slice_trim(slice_first(rest, colon));
	if (slice_starts(name, SLICE("("))) /* the method */
		name = slice_trim(slice_from(name, slice_find(name, ')') + 1));
	for (size_t i = 0; i < sizeof results / sizeof *results; i++) {
		if (!slice_starts(name, results[i].words))
			continue;
		event_act(e, ACT_LOGIN, results[i].outcome);
		name = slice_from(name, results[i].words.len);
		slice_eat(&name, ":");
		name = slice_trim(name);
		size_t end = slice_search_last(name, SLICE(") "));
		if (slice_starts(name, SLICE("(pass"))) /* the password that was given */
			name = slice_from(name, end == SIZE_MAX ? name.len : end + 2);
		if (name.len)
			event_text(e, F_USER, name);
		return true;
	}
	return true;
}

/* vchkpw-pop3: ... */
static bool read_vpopmail(slice rest, struct event *e)
{
	slice service = slice_until(&rest, ':');
	bool pop3 = slice_search(service, SLICE("pop3")) != SIZE_MAX;
	event_text(e, F_PROTOCOL,
		   pop3                                               ? SLICE("pop3")
		   : slice_search(service, SLICE("imap")) != SIZE_MAX ? SLICE("imap")
								      : SLICE("smtp"));
	return read_vchkpw(rest, e);
}

static const struct wording rows[] = {
    WORDS("new msg ", MESSAGE, NONE, read_message_id),
    WORDS("info msg ", SMTP_QUEUE, NONE, read_info),
    WORDS("starting delivery ", SMTP_DELIVER, NONE, read_starting),
    WORDS("delivery ", MESSAGE, NONE, read_result),
    WORDS("end msg ", SMTP_REMOVE, NONE, read_message_id),
    WORDS("bounce msg ", MESSAGE, NONE, read_message_id),
    WORDS("triple bounce", MESSAGE, NONE, NULL),
    WORDS("status: ", MESSAGE, NONE, NULL),
    WORDS("warning: ", WARNING, NONE, words_reason),
    WORDS("alert: ", WARNING, NONE, words_reason),
    WORDS("qmail-smtpd", MESSAGE, NONE, read_smtpd_line),
    WORDS("rblsmtpd: ", SMTP_REJECT, FAILURE, read_blocked),
    WORDS("vchkpw", MESSAGE, NONE, read_vpopmail),
    WORDS("tcpserver: pid ", CONNECT, NONE, read_connection),
    WORDS("tcpserver: ok ", MESSAGE, NONE, read_ok),
    WORDS("tcpserver: deny ", SMTP_REJECT, FAILURE, read_ok),
    WORDS("tcpserver: end ", DISCONNECT, NONE, NULL),
    WORDS("tcpserver: status: ", MESSAGE, NONE, NULL),
    WORDS("sslserver: pid ", CONNECT, NONE, read_connection),
    WORDS("sslserver: ok ", MESSAGE, NONE, read_ok),
    WORDS("sslserver: deny ", SMTP_REJECT, FAILURE, read_ok),
    WORDS("sslserver: end ", DISCONNECT, NONE, NULL),
    WORDS("sslserver: ", MESSAGE, NONE, NULL),
    WORDS("Reject::AUTH", LOGIN, FAILURE, read_sqmail),
    WORDS("Reject::", SMTP_REJECT, FAILURE, read_sqmail),
    WORDS("Accept::AUTH", LOGIN, SUCCESS, read_sqmail),
    WORDS("Accept::", MESSAGE, NONE, read_sqmail),
    WORDS("CHKUSER ", MESSAGE, NONE, read_chkuser),
    END_OF_WORDS,
};

/* splogger's clock: "1157519909.633171 " */
static void eat_clock(slice *s)
{
	int64_t n;
	slice t = *s;
	if (slice_number(&t, &n) && slice_eat(&t, ".") && slice_number(&t, &n) &&
	    slice_eat(&t, " "))
		*s = t;
}

/* A line of multilog's, whose program nobody says: by its words alone. */
enum decoded qmail_dated_decode(struct format_state *st, slice body, struct event *e,
				struct arena *scratch)
{
	slice_eat(&body, " ");
	return words_decode(&format_qmail, rows, body, e);
}

static const struct wording blocked_rows[] = {
    WORDS("", SMTP_REJECT, FAILURE, read_blocked),
    END_OF_WORDS,
};

static const struct wording vchkpw_rows[] = {
    WORDS("", MESSAGE, NONE, read_vchkpw),
    END_OF_WORDS,
};

static const struct wording tcpserver_rows[] = {
    WORDS("pid ", CONNECT, NONE, read_connection),
    WORDS("ok ", MESSAGE, NONE, read_ok),
    WORDS("deny ", SMTP_REJECT, FAILURE, read_ok),
    WORDS("end ", DISCONNECT, NONE, NULL),
    WORDS("", MESSAGE, NONE, NULL),
    END_OF_WORDS,
};

/* Programs that write under their own name; all others say it in the line. */
static const struct {
	slice program;
	const struct wording *rows;
} programs[] = {
    {SLICE_INIT("qmail-smtpd"), smtpd_rows},
    {SLICE_INIT("rblsmtpd"), blocked_rows},
    {SLICE_INIT("vchkpw"), vchkpw_rows},
    {SLICE_INIT("tcpserver"), tcpserver_rows},
};

enum decoded qmail_decode(slice program, slice body, struct event *e, struct arena *scratch)
{
	const struct wording *table = rows;
	event_text(e, F_PROTOCOL, SLICE("smtp"));
	eat_clock(&body);
	for (size_t i = 0; i < sizeof programs / sizeof *programs; i++)
		if (slice_starts(program, programs[i].program))
			table = programs[i].rows;
	if (table == smtpd_rows)
		eat_pid(&body);
	if (words_decode(&format_qmail, table, body, e) == DECODED_UNKNOWN) {
		event_module(e, &format_qmail);
		event_act(e, ACT_MESSAGE, OUT_NONE);
	}
	return DECODED_EVENT;
}
