/*
 * oracle.c - Oracle Communications Messaging Server, before: Sun Java System, iPlanet.
 *
 *	[30/Aug/2004:16:53:05 -0700] HOST imapd[77]: Account Notice: badlogin: [A:P] MECH U why
 *	<co ts=".." sc="tcp_submit" dr="+" ac="U" tr="TCP|SERVER|465|A|P" us="U" di="235 .."/>
 *	<en ts=".." sc="tcp_local" dc="ims-ms" ac="E" so="F" od="rfc822;T" mi="ID" .../>
 *	04-Sep-2002 01:00:06.49 HOST 1f627.3.3 tcp_local + O TCP|SERVER|25|A|P SMTP/name
 *	16-Feb-2007 14:54:13.72 tcp_local ims-ms EE 1 F rfc822;T U@ims-ms-daemon
 *
 * Words and codes as in its administrator's guide, "Managing Logging".  Its mailbox daemons are
 * Cyrus' of old, with an address and a port as one.
 *
 * Laws: (1) the store's fetch, append and expunge name a Message-ID, which is the sender's text:
 *           it comes last;
 *       (2) a name in a refused sign-in ends where the last of the reasons that are known begins:
 *           one before it is of the name.
 */
#include "web.h"
#include "words.h"

const struct format format_oracle = {
    "oracle", "Oracle (Sun, iPlanet) Messaging Server: IMAP, POP3, MTA", 'B'};

enum { ATTRIBUTES_MOST = 40, TOKENS_MOST = 16 };

/* ---- the message store ---- */

/* "[A:P] " or "[A] " off the front; the session is told by both. */
static bool take_client(slice *s, struct event *e)
{
	if (!slice_eat(s, "["))
		return false;
	slice peer = slice_until(s, ']');
	if (!event_parse_address(e, F_SOURCE_IP, peer))
		event_parse_peer(e, F_SOURCE_IP, F_SOURCE_PORT, peer);
	if (event_has(e, F_SOURCE_PORT))
		event_text(e, F_SESSION, peer);
	slice_eat(s, " ");
	return true;
}

/* [A:P] MECH U why */
static bool read_badlogin(slice rest, struct event *e)
{
	static const slice reasons[] = {
	    SLICE_INIT(" authentication failure"), SLICE_INIT(" Authentication failed"),
	    SLICE_INIT(" account disabled"),       SLICE_INIT(" user not found"),
	    SLICE_INIT(" user over quota"),        SLICE_INIT(" invalid user")};
	size_t end = SIZE_MAX;
	rest = slice_trim(rest);
	if (!take_client(&rest, e))
		return false;
	event_text(e, F_AUTH_METHOD, slice_until(&rest, ' '));
	for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++) {
		size_t at = slice_search_last(rest, reasons[i]);
		end = at != SIZE_MAX && (end == SIZE_MAX || at > end) ? at : end;
	}
	if (end == SIZE_MAX)
		end = slice_find(rest, ' ');
	if (end > 0)
		event_text(e, F_USER, slice_first(rest, end));
	if (rest.len > end + 1)
		event_text(e, F_REASON, slice_from(rest, end + 1));
	return true;
}

/* [A:P] U MECH[ 3 connections] */
static bool read_login(slice rest, struct event *e)
{
	if (!take_client(&rest, e))
		return false;
	if (slice_ends(rest, SLICE(" connections")))
		for (int i = 0; i < 2; i++)
			rest = slice_first(rest, slice_search_last(rest, SLICE(" ")));
	size_t blank = slice_search_last(rest, SLICE(" "));
	event_text(e, F_USER, slice_first(rest, blank));
	if (blank != SIZE_MAX)
		event_text(e, F_AUTH_METHOD, slice_from(rest, blank + 1));
	return true;
}

static slice take_last_word(slice *s)
{
	size_t blank = slice_search_last(*s, SLICE(" "));
	slice word = slice_from(*s, blank == SIZE_MAX ? 0 : blank + 1);
	*s = slice_first(*s, blank == SIZE_MAX ? 0 : blank);
	return word;
}

/* [A:P] U 2019/5/29 10:01:41 0:06:36 READ WRITTEN MAILBOXES */
static bool read_close(slice rest, struct event *e)
{
	if (!take_client(&rest, e))
		return false;
	slice out, in, words[3];
	take_last_word(&rest);
	out = take_last_word(&rest);
	in = take_last_word(&rest);
	for (int i = 0; i < 3; i++)
		words[i] = take_last_word(&rest);
	if (slice_find(words[2], '/') == words[2].len)
		return false;
	event_parse_number(e, F_SOURCE_BYTES, in);
	event_parse_number(e, F_DESTINATION_BYTES, out);
	if (slice_starts(rest, SLICE("[unauth")) || rest.len == 0)
		event_act(e, ACT_LOGIN_NONE, OUT_NONE);
	else
		event_text(e, F_USER, rest);
	return true;
}

/* U:FOLDER[:SIZE]:<ID> */
static bool read_message(slice rest, struct event *e)
{
	int64_t size;
	slice user = slice_until(&rest, ':');
	size_t id = slice_search(rest, SLICE(":<"));
	if (id == SIZE_MAX || !user.len)
		return false;
	event_text(e, F_USER, user);
	event_text(e, F_MESSAGE_ID, part_unbracket(slice_from(rest, id + 1)));
	slice folder = slice_first(rest, id);
	size_t colon = slice_search_last(folder, SLICE(":"));
	if (colon != SIZE_MAX && slice_is_number(slice_from(folder, colon + 1), &size)) {
		event_number(e, F_SIZE, size);
		folder = slice_first(folder, colon);
	}
	event_text(e, F_FOLDER, folder);
	return true;
}

/* "(id 77) badguy A now has 3 badness" and what else the proxies say of an address */
static bool read_proxy(slice rest, struct event *e)
{
	slice address;
	slice_until(&rest, ')');
	rest = slice_trim(rest);
	event_text(e, F_REASON, rest);
	if (part_first(rest, SLICE("user '"), '\'', &address) && address.len) {
		event_text(e, F_USER, address);
		return true;
	}
	event_act(e, ACT_WARNING, OUT_NONE);
	if (slice_starts(rest, SLICE("SSL negotiation failed")))
		event_act(e, ACT_TLS_START, OUT_FAILURE);
	if (part_first(rest, SLICE(" IP "), ':', &address) ||
	    part_first(rest, SLICE("badguy "), ' ', &address))
		event_parse_address(e, F_SOURCE_IP, slice_trim(address));
	return true;
}

static const struct wording store_rows[] = {
    WORDS("badlogin:", LOGIN, FAILURE, read_badlogin),
    WORDS("login ", LOGIN, SUCCESS, read_login),
    WORDS("close ", SESSION_END, NONE, read_close),
    WORDS("fetch:", MAIL_OPENED, NONE, read_message),
    WORDS("append:", MAIL_SAVE, NONE, read_message),
    WORDS("expunge:", MAIL_EXPUNGE, NONE, read_message),
    WORDS("delete:", MAIL_DELETE, NONE, read_message),
    WORDS("(id ", MESSAGE, NONE, read_proxy),
    WORDS("Log created", DAEMON_START, NONE, words_reason),
    WORDS("", MESSAGE, NONE, words_reason),
    END_OF_WORDS,
};

/* "Account Notice: " off the front */
static bool take_category(slice *s)
{
	static const char *const categories[] = {"General",  "Account", "LDAP",  "Network",
						 "Protocol", "Stats",   "Store", "Admin"};
	static const char *const levels[] = {"Debug", "Information", "Notice",   "Warning",
					     "Error", "Critical",    "Emergency"};
	slice t = *s, category = slice_until(&t, ' '), level = slice_until(&t, ':');
	bool known = false, graded = false;
	for (size_t i = 0; i < sizeof categories / sizeof *categories; i++)
		known |= slice_eq(category, slice_of(categories[i]));
	for (size_t i = 0; i < sizeof levels / sizeof *levels; i++)
		graded |= slice_eq(level, slice_of(levels[i]));
	if (known && graded)
		*s = slice_trim(t);
	return known && graded;
}

static slice protocol_of(slice program)
{
	bool pop = slice_starts(program, SLICE("pop")) || slice_starts(program, SLICE("Pop"));
	bool imap = slice_starts(program, SLICE("imap")) || slice_starts(program, SLICE("Imap"));
	return pop ? SLICE("pop3") : imap ? SLICE("imap") : (slice){0};
}

/* [30/Aug/2004:16:53:05 -0700] HOST imapd[77]: Account Notice: ... */
enum decoded oracle_store_decode(struct format_state *st, slice line, struct event *e,
				 struct arena *scratch)
{
	int64_t usec, pid;
	slice s = slice_from(line, 1), clock = slice_until(&s, ']');
	if (clock.len != sizeof "30/Aug/2004:16:53:05 -0700" - 1 || !slice_eat(&s, " "))
		return DECODED_UNKNOWN;
	slice host = slice_until(&s, ' '), tag = slice_until(&s, ' ');
	slice program = slice_first(tag, slice_find(tag, '[')),
	      number = slice_from(tag, program.len);
	if (!host.len || !slice_ends(tag, SLICE("]:")) || !take_category(&s) ||
	    !web_time(st, clock, &usec))
		return DECODED_UNKNOWN;
	event_number(e, F_TIME, usec);
	event_text(e, F_HOST, host);
	event_text(e, F_PROCESS, program);
	if (slice_eat(&number, "[") && slice_number(&number, &pid))
		event_number(e, F_PID, pid);
	slice protocol = protocol_of(program);
	if (protocol.len)
		event_text(e, F_PROTOCOL, protocol);
	return words_decode(&format_oracle, store_rows, s, e);
}

/* ---- the MTA ---- */

/* What an entry of its log says, however it is written; empty: unknown. */
struct entry {
	slice direction, action, transport, user, text, from, to, id, source;
};

/* TCP|SERVER|PORT|A|P */
static void read_transport(slice s, bool outbound, struct event *e)
{
	slice part[5];
	for (int i = 0; i < 5; i++)
		part[i] = slice_until(&s, '|');
	event_parse_address(e, outbound ? F_DESTINATION_IP : F_SOURCE_IP, part[3]);
	event_parse_number(e, outbound ? F_DESTINATION_PORT : F_SOURCE_PORT, part[4]);
	if (!outbound) {
		event_parse_address(e, F_DESTINATION_IP, part[1]);
		event_parse_number(e, F_DESTINATION_PORT, part[2]);
	}
}

/* What was answered: 235 or 535, at the beginning or behind a blank */
static enum result answer_of(slice text)
{
	bool good =
	    slice_starts(text, SLICE("2")) || slice_search(text, SLICE(" 235 ")) != SIZE_MAX;
	bool bad = slice_starts(text, SLICE("5")) || slice_starts(text, SLICE("4")) ||
		   slice_search(text, SLICE(" 535 ")) != SIZE_MAX ||
		   slice_search(text, SLICE(" 454 ")) != SIZE_MAX;
	return good == bad ? OUT_NONE : good ? OUT_SUCCESS : OUT_FAILURE;
}

/* O opened, C closed, X refused, Y could not, U a sign-in, S secured, B a bad command */
static void read_connection(const struct entry *n, struct event *e)
{
	char action = n->action.len ? n->action.at[0] : '\0';
	bool outbound = slice_eq(n->direction, SLICE("-"));
	event_act(e, ACT_MESSAGE, OUT_NONE);
	read_transport(n->transport, outbound, e);
	if (n->text.len)
		event_text(e, F_REASON, n->text);
	if (outbound)
		return;
	if (action == 'U') {
		event_act(e, ACT_LOGIN, answer_of(n->text));
		if (n->user.len)
			event_text(e, F_USER, n->user);
	} else if (action == 'O')
		event_act(e, ACT_CONNECT, OUT_NONE);
	else if (action == 'C')
		event_act(e, ACT_DISCONNECT, OUT_NONE);
	else if (action == 'X' || action == 'B')
		event_act(e, ACT_SMTP_REJECT, OUT_FAILURE);
	else if (action == 'S')
		event_act(e, ACT_TLS_START, OUT_SUCCESS);
}

/* E came in, D delivered, Q put off, R returned, J refused; A behind it: the client signed in */
static void read_passage(const struct entry *n, struct event *e)
{
	static const struct {
		char code;
		enum action action;
		enum result outcome;
		slice status;
	} codes[] = {
	    {'E', ACT_SMTP_QUEUE, OUT_NONE, SLICE_INIT("")},
	    {'D', ACT_SMTP_DELIVER, OUT_SUCCESS, SLICE_INIT("sent")},
	    {'Q', ACT_SMTP_DELIVER, OUT_FAILURE, SLICE_INIT("deferred")},
	    {'R', ACT_SMTP_DELIVER, OUT_FAILURE, SLICE_INIT("bounced")},
	    {'K', ACT_SMTP_DELIVER, OUT_FAILURE, SLICE_INIT("bounced")},
	    {'J', ACT_SMTP_REJECT, OUT_FAILURE, SLICE_INIT("")},
	};
	slice address, user = n->user;
	bool signed_in =
	    n->action.len && n->action.at[0] == 'E' && slice_find(n->action, 'A') < n->action.len;
	event_act(e, ACT_MESSAGE, OUT_NONE);
	for (size_t i = 0; n->action.len && i < sizeof codes / sizeof *codes; i++)
		if (n->action.at[0] == codes[i].code) {
			event_act(e, codes[i].action, codes[i].outcome);
			if (codes[i].status.len)
				event_text(e, F_SMTP_STATUS, codes[i].status);
		}
	if (signed_in && user.len) {
		slice_eat(&user, "*"); /* before a name that SASL told */
		event_act(e, ACT_SMTP_CLIENT, OUT_SUCCESS);
		event_text(e, F_USER, user);
	}
	if (n->from.len)
		event_text(e, F_FROM, n->from);
	slice to = n->to;
	slice_eat(&to, "rfc822;");
	if (to.len)
		event_text(e, F_TO, to);
	if (n->id.len)
		event_text(e, F_MESSAGE_ID, part_unbracket(n->id));
	if (n->text.len)
		event_text(e, F_REASON, n->text);
	if (part_last(n->source, SLICE("["), ']', &address)) /* HELO comes first */
		words_address(address, e, F_SOURCE_IP);
}

static enum decoded told(struct event *e, int64_t usec)
{
	event_number(e, F_TIME, usec);
	event_text(e, F_PROTOCOL, SLICE("smtp"));
	event_module(e, &format_oracle);
	return DECODED_EVENT;
}

/* &lt; and its like resolved */
static slice plain(slice s, struct arena *scratch)
{
	static const struct {
		slice name;
		char is;
	} names[] = {{SLICE_INIT("&lt;"), '<'},
		     {SLICE_INIT("&gt;"), '>'},
		     {SLICE_INIT("&amp;"), '&'},
		     {SLICE_INIT("&quot;"), '"'},
		     {SLICE_INIT("&apos;"), '\''}};
	if (slice_find(s, '&') == s.len)
		return s;
	char *to = arena_take(scratch, s.len);
	size_t n = 0;
	for (; s.len;) {
		size_t i = 0, count = sizeof names / sizeof *names;
		while (i < count && !slice_starts(s, names[i].name))
			i++;
		to[n++] = i < count ? names[i].is : s.at[0];
		s = slice_from(s, i < count ? names[i].name.len : 1);
	}
	return (slice){to, n};
}

/* ts="2014-06-02T16:06:33.99" off the front, with the blank behind it */
static bool take_attribute(slice *s, slice *key, slice *value)
{
	slice t = *s;
	*key = slice_until(&t, '=');
	if (key->len != 2 || !slice_eat(&t, "\""))
		return false;
	size_t n = slice_find(t, '"');
	if (n == t.len)
		return false;
	*value = slice_first(t, n);
	*s = slice_trim(slice_from(t, n + 1));
	return true;
}

enum decoded oracle_xml_decode(struct format_state *st, slice line, struct event *e,
			       struct arena *scratch)
{
	struct entry n = {0};
	slice s = line, key, value, when = {0}, reason = {0}, size = {0};
	int64_t usec;
	bool connection = slice_eat(&s, "<co ");
	if (!connection && !slice_eat(&s, "<en "))
		return DECODED_UNKNOWN;
	const struct {
		slice key, *value;
	} keys[] = {
	    {SLICE("ts"), &when},        {SLICE("dr"), &n.direction}, {SLICE("ac"), &n.action},
	    {SLICE("tr"), &n.transport}, {SLICE("us"), &n.user},      {SLICE("di"), &n.text},
	    {SLICE("re"), &reason},      {SLICE("so"), &n.from},      {SLICE("od"), &n.to},
	    {SLICE("mi"), &n.id},        {SLICE("ss"), &n.source},    {SLICE("sz"), &size},
	};
	for (int i = 0; i < ATTRIBUTES_MOST && take_attribute(&s, &key, &value); i++)
		for (size_t k = 0; k < sizeof keys / sizeof *keys; k++)
			if (slice_eq(keys[k].key, key) && !keys[k].value->len)
				*keys[k].value = plain(value, scratch);
	if (!when.len || !web_iso(st, when, &usec))
		return DECODED_UNKNOWN;
	if (!n.text.len)
		n.text = reason;
	if (connection && !n.text.len) /* there mi is a message of its own */
		n.text = n.id;
	if (connection)
		read_connection(&n, e);
	else
		read_passage(&n, e);
	return told(e, usec);
}

static bool is_code(slice s)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.at[i] < 'A' || s.at[i] > 'Z')
			return false;
	return s.len > 0 && s.len < 7;
}

/* CHANNEL + O TCP|... SMTP/x [text], or CHANNEL CHANNEL EE 1 F rfc822;T ... */
static bool read_words(slice s, struct entry *n, bool *connection)
{
	slice token[TOKENS_MOST], rest[TOKENS_MOST];
	size_t count = 0, i;
	int64_t size;
	while (s.len && count < TOKENS_MOST) {
		slice word = slice_until(&s, ' ');
		if (!word.len)
			continue;
		rest[count] = s;
		token[count++] = word;
	}
	for (i = 1; i + 1 < count && !is_code(token[i]); i++)
		;
	if (i + 1 >= count)
		return false;
	n->action = token[i];
	*connection = slice_search(token[i + 1], SLICE("|")) != SIZE_MAX;
	if (*connection) {
		n->direction = token[i - 1];
		n->transport = token[i + 1];
		n->text = slice_trim(rest[i + 1]);
		return slice_starts(n->transport, SLICE("TCP|"));
	}
	if (!slice_is_number(token[i + 1], &size) || i + 2 >= count)
		return false;
	bool sender = !slice_starts(token[i + 2], SLICE("rfc822;"));
	if (sender)
		n->from = token[i + 2];
	n->to = i + 2 + sender < count ? token[i + 2 + sender] : (slice){0};
	return slice_starts(n->to, SLICE("rfc822;"));
}

/* 04-Sep-2002 01:00:06.49 ... */
enum decoded oracle_mta_decode(struct format_state *st, slice line, struct event *e,
			       struct arena *scratch)
{
	enum { CLOCK = sizeof "04-Sep-2002 01:00:06.49" - 1 };
	struct entry n = {0};
	bool connection = false;
	int64_t usec;
	if (line.len < CLOCK + 20 || line.at[2] != '-' || line.at[6] != '-' || line.at[20] != '.' ||
	    line.at[CLOCK] != ' ' || !read_words(slice_from(line, CLOCK + 1), &n, &connection) ||
	    !web_time(st, slice_first(line, CLOCK), &usec))
		return DECODED_UNKNOWN;
	if (connection)
		read_connection(&n, e);
	else
		read_passage(&n, e);
	return told(e, usec);
}
