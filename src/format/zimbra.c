/*
 * zimbra.c - Zimbra's audit.log and mailbox.log (log4j pattern "%d %-5p [%t] [%z] %c{1} - %m%n").
 *
 *	TIME INFO  [thread] [name=U;oip=A;ua=...;] security - cmd=Auth; account=U; protocol=soap;
 *	TIME INFO  [thread] [oip=A;oport=1;...] SoapEngine - handler exception: authentication
 *	    failed for [U], account not found                              (in one line)
 *
 * com.zimbra.common.util.ZimbraLog: the context is NAME=VALUE; pairs, those that Zimbra makes
 * before `ua`, which is the client's text.  oip is the address that the proxy saw, of a list the
 * first as Zimbra has it; ip is the peer's.
 *
 * Laws: (1) the context ends at the last "] " before the category that ends in " - "; (2) the
 * account of a sign-in is that of the security line; the context names who is signed in already.
 */
#include "shape.h"

const struct format format_zimbra = {"zimbra", "Zimbra: audit, mailbox", 'E'};

static bool eat_level(slice *s)
{
	static const char *const levels[] = {"INFO ", "WARN ", "ERROR", "DEBUG", "TRACE", "FATAL"};
	for (size_t i = 0; i < sizeof levels / sizeof *levels; i++)
		if (slice_eat_n(s, levels[i], 5))
			return slice_eat(s, " [");
	return false;
}

/* NAME=VALUE; off the front of a context; ";;" is a semicolon in VALUE (ZimbraLog.encodeArg). */
static bool take_pair(slice *s, slice *name, slice *value)
{
	*name = slice_until(s, '=');
	size_t n = slice_find(*s, ';');
	while (n + 1 < s->len && s->at[n + 1] == ';')
		n += 2 + slice_find(slice_from(*s, n + 2), ';');
	*value = slice_first(*s, n);
	*s = slice_from(*s, n + 1);
	return name->len != 0;
}

static void read_context(slice s, struct event *e)
{
	slice name, value, peer = {0};
	struct address a;
	/* from the user agent on the client's text may imitate pairs */
	while (!event_has(e, F_USER_AGENT) && take_pair(&s, &name, &value)) {
		if (slice_eq(name, SLICE("oip")) && !event_has(e, F_SOURCE_IP)) {
			slice first = slice_first(value, slice_find(value, ','));
			if (address_parse(slice_trim(first), &a))
				event_address(e, F_SOURCE_IP, a);
		} else if (slice_eq(name, SLICE("ip")) && !peer.len) {
			peer = value;
		} else if (slice_eq(name, SLICE("name")) && !event_has(e, F_USER) && value.len) {
			event_text(e, F_USER, value);
		} else if (slice_eq(name, SLICE("ua")) && !event_has(e, F_USER_AGENT) &&
			   value.len) {
			event_text(e, F_USER_AGENT, value);
		} else if (slice_eq(name, SLICE("oproto")) && value.len) {
			event_text(e, F_PROTOCOL, value);
		}
	}
	if (peer.len && !event_has(e, F_SOURCE_IP))
		event_parse_address(e, F_SOURCE_IP, peer);
}

static const struct said messages[] = {
    {"handler exception: authentication failed for [{U}], {r}", ACT_LOGIN, OUT_FAILURE},
    {"handler exception: authentication failed for [{U}]", ACT_LOGIN, OUT_FAILURE},
    {"authentication failed for {U} (no such account)", ACT_LOGIN, OUT_FAILURE},
    {"authentication failed for [{U}], {r}", ACT_LOGIN, OUT_FAILURE},
    {"authorization failed for {v} (account not found)", ACT_LOGIN, OUT_FAILURE},
    {"authorization failed for {v} (authenticated user {U} has insufficient rights)", ACT_LOGIN,
     OUT_FAILURE},
    {"spnego auth failed: {r}", ACT_LOGIN, OUT_FAILURE},
    {"password changed for {U}", ACT_PASSWORD_CHANGE, OUT_SUCCESS},
    {"throttling LMTP connection for remote IP {a}", ACT_WARNING, OUT_NONE},
    {"too many IMAP requests from original remote ip {a} dropping connection", ACT_WARNING,
     OUT_NONE},
    {"too many IMAP requests from remote ip {a} dropping connection", ACT_WARNING, OUT_NONE},
    {"TCP:dropping connection for user {U} (server-initiated)", ACT_LOGOUT, OUT_NONE},
    {"NIO:dropping connection for user {U} (server-initiated)", ACT_LOGOUT, OUT_NONE},
    {"user {U} authenticated, mechanism={w} [TLS]", ACT_LOGIN, OUT_SUCCESS},
    {"user {U} authenticated, mechanism={w}", ACT_LOGIN, OUT_SUCCESS},
    {"Redirecting message to {t}.", ACT_REDIRECT, OUT_SUCCESS},
    {"dropping connection for user {U} {.}", ACT_LOGOUT, OUT_NONE},
    {"connected", ACT_CONNECT, OUT_NONE},
    {"closing idle connection", ACT_DISCONNECT, OUT_NONE},
    {"disconnected without authentication", ACT_LOGIN_NONE, OUT_NONE},
    {"quit from client", ACT_LOGOUT, OUT_NONE},
    {NULL, ACT_MESSAGE, OUT_NONE},
};

/* SOAP requests that bear on an inquiry: soap - NAME elapsed=12 */
static const struct {
	slice name;
	enum action action;
	slice web_action;
} requests[] = {
    {SLICE_INIT("GetMsgRequest"), ACT_HTTP, SLICE_INIT("show")},
    {SLICE_INIT("GetConvRequest"), ACT_HTTP, SLICE_INIT("show")},
    {SLICE_INIT("SearchRequest"), ACT_HTTP, SLICE_INIT("search")},
    {SLICE_INIT("SearchConvRequest"), ACT_HTTP, SLICE_INIT("search")},
    {SLICE_INIT("SendMsgRequest"), ACT_HTTP, SLICE_INIT("send")},
    {SLICE_INIT("ModifyFilterRulesRequest"), ACT_SCRIPT_SAVE, SLICE_INIT("")},
    {SLICE_INIT("ChangePasswordRequest"), ACT_PASSWORD_CHANGE, SLICE_INIT("")},
};

static bool read_soap(slice s, struct event *e)
{
	slice name = slice_first(s, slice_find(s, ' '));
	if (!slice_ends(name, SLICE("Request")))
		return false;
	event_act(e, ACT_MESSAGE, OUT_NONE);
	for (size_t i = 0; i < sizeof requests / sizeof *requests; i++) {
		if (!slice_eq(requests[i].name, name))
			continue;
		/* a message is not named: nothing of it goes into the scope but that it was */
		event_act(e, requests[i].action == ACT_HTTP ? ACT_MESSAGE : requests[i].action,
			  OUT_NONE);
		if (requests[i].web_action.len)
			event_text(e, F_WEB_ACTION, requests[i].web_action);
	}
	return true;
}

/* Where an account's mail goes from now on: zimbraPrefMailForwardingAddress=A, or, set by an admin,
 * zimbraMailForwardingAddress=A; nothing stands there where it was taken back. */
static bool read_forwarding(slice s, char end, struct event *e)
{
	static const slice keys[] = {SLICE_INIT("zimbraPrefMailForwardingAddress="),
				     SLICE_INIT("; zimbraMailForwardingAddress=")};
	slice to;
	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
		if (part_first(s, keys[i], end, &to)) {
			event_act(e, ACT_MAIL_FORWARDING, OUT_SUCCESS);
			if (to.len)
				event_text(e, F_RULE_TO, to);
			return true;
		}
	return false;
}

/* cmd=Auth; account=U; protocol=soap; error=...; */
static void read_security(slice s, struct event *e)
{
	slice name, value, account = {0}, target = {0};
	slice error = {0}, command = {0}, protocol = {0}, all = s;
	bool whole = slice_ends(s, SLICE(";")); /* else a name in another message imitates it */
	while (take_pair(&s, &name, &value)) {
		name = slice_trim(name);
		if (slice_eq(name, SLICE("cmd")) && !command.len)
			command = value;
		else if ((slice_eq(name, SLICE("account")) ||
			  slice_eq(name, SLICE("accountName"))) &&
			 !account.len)
			account = value;
		else if (slice_eq(name, SLICE("name")) && !target.len)
			target = value;
		else if (slice_eq(name, SLICE("protocol")))
			protocol = value;
		else if (slice_eq(name, SLICE("error")) && !error.len)
			error = value;
	}
	bool login =
	    slice_ends(command, SLICE("Auth")) && !slice_eq(command, SLICE("DelegateAuth"));
	bool password = slice_ends(command, SLICE("Password"));
	if (password && !account.len) /* SetPassword by an administrator: name=U */
		account = target;
	event_act(e,
		  login      ? ACT_LOGIN
		  : password ? ACT_PASSWORD_CHANGE
			     : ACT_MESSAGE,
		  error.len || !whole ? OUT_FAILURE
		  : command.len       ? OUT_SUCCESS
				      : OUT_NONE);
	if (slice_eq(command, SLICE("DelegateAuth")) && account.len)
		event_text(e, F_USER_EFFECTIVE, account);
	else if (account.len)
		event_text(e, F_USER, account);
	if (protocol.len)
		event_text(e, F_PROTOCOL,
			   slice_starts(protocol, SLICE("soap")) ? SLICE("http") : protocol);
	if (error.len)
		event_text(e, F_REASON, error);
	else if (whole && slice_eq(command, SLICE("ModifyAccount")) &&
		 read_forwarding(all, ';', e) && part_first(all, SLICE(" name="), ';', &name))
		event_text(e, F_TARGET_USER, name);
}

static slice category_protocol(slice category)
{
	static const slice names[] = {SLICE_INIT("imap"), SLICE_INIT("pop"), SLICE_INIT("lmtp"),
				      SLICE_INIT("smtp")};
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (slice_starts(category, names[i]))
			return i == 1 ? SLICE("pop3") : names[i];
	return (slice){0};
}

/* A mechanism is capitals, digits and dashes: else a name that was refused imitates a sign-in. */
static bool is_mechanism(slice s)
{
	for (size_t i = 0; i < s.len; i++)
		if (!(s.at[i] >= 'A' && s.at[i] <= 'Z') && !(s.at[i] >= '0' && s.at[i] <= '9') &&
		    s.at[i] != '-')
			return false;
	return s.len > 0;
}

static void read_text(slice s, struct event *e)
{
	if (slice_starts(s, SLICE("Setting Preference attributes")) && read_forwarding(s, ',', e)) {
		slice to = event_get(e, F_RULE_TO);
		if (slice_ends(to, SLICE("]")))
			event_text(e, F_RULE_TO, slice_first(to, to.len - 1));
		return;
	}
	if (said_find(messages, s, e) && e->outcome == OUT_SUCCESS && e->action == ACT_LOGIN &&
	    !is_mechanism(event_get(e, F_AUTH_METHOD))) {
		event_act(e, ACT_MESSAGE, OUT_NONE);
		event_drop(e, F_OUTCOME);
		event_drop(e, F_USER);
		event_drop(e, F_AUTH_METHOD);
	}
}

/* category - message */
static void read_message(slice s, struct event *e)
{
	slice category = slice_until(&s, ' ');
	slice_eat(&s, "- ");
	slice protocol = category_protocol(category);
	if (protocol.len)
		event_text(e, F_PROTOCOL, protocol);
	event_act(e, ACT_MESSAGE, OUT_NONE);
	if (slice_eq(category, SLICE("security")))
		read_security(s, e);
	else if (slice_eq(category, SLICE("soap")))
		read_soap(s, e);
	else
		read_text(s, e);
	if (e->action == ACT_LOGIN && !event_has(e, F_PROTOCOL))
		event_text(e, F_PROTOCOL, SLICE("http"));
}

/*
 * /service/home/~/?id=330&part=2&disp=a, /home/U/Inbox?fmt=tgz (store UserServlet).  `id` is
 * Zimbra's own number of the item, which is no IMAP UID once it was moved: the message stays
 * unnamed.
 */
void zimbra_query(slice path, slice query, struct event *e, struct arena *scratch)
{
	static const slice whole[] = {SLICE_INIT("tgz"), SLICE_INIT("tar"), SLICE_INIT("zip"),
				      SLICE_INIT("csv")};
	slice part = web_decoded(web_query_value(query, SLICE("part")), scratch);
	slice form = web_query_value(query, SLICE("fmt"));
	bool all = false;
	if (!slice_starts(path, SLICE("/service/home/")) && !slice_starts(path, SLICE("/home/")))
		return;
	for (size_t i = 0; i < sizeof whole / sizeof *whole; i++)
		all |= slice_eq(form, whole[i]);
	if (!all && !web_query_value(query, SLICE("id")).len)
		return;
	event_text(e, F_WEB_TASK, SLICE("mail"));
	event_text(e, F_WEB_ACTION, all ? SLICE("export") : SLICE("get"));
	if (part.len)
		event_text(e, F_PART, part);
	if (all || slice_eq(web_query_value(query, SLICE("disp")), SLICE("a")))
		event_number(e, F_WEB_DOWNLOAD, 1);
}

/*
 * Where the context closes: the last ";] " with a category and " - " behind it, for the user agent
 * before it may imitate the end.  A name in the message may, too; but what Zimbra writes behind
 * that name is no success.
 */
static size_t context_end(slice s)
{
	size_t found = SIZE_MAX;
	for (size_t at = 0, next;
	     (next = slice_search(slice_from(s, at), SLICE("] "))) != SIZE_MAX;) {
		size_t end = at + next;
		slice after = slice_from(s, end + 2);
		size_t word = slice_find(after, ' ');
		if ((end == 0 || s.at[end - 1] == ';') &&
		    slice_starts(slice_from(after, word), SLICE(" - ")))
			found = end;
		at = end + 2;
	}
	return found;
}

enum decoded zimbra_decode(struct format_state *st, slice line, struct event *e,
			   struct arena *scratch)
{
	slice s = line;
	if (!eat_level(&s))
		return DECODED_UNKNOWN;
	size_t thread = slice_search(s, SLICE("] ")); /* no name of a thread holds that */
	if (thread == SIZE_MAX)
		return DECODED_UNKNOWN;
	s = slice_from(s, thread + 2);
	if (!slice_eat(&s, "["))
		return DECODED_UNKNOWN;
	size_t end = context_end(s);
	if (end == SIZE_MAX)
		return DECODED_UNKNOWN;
	event_no_origin(e);
	event_module(e, &format_zimbra);
	read_context(slice_first(s, end), e);
	read_message(slice_from(s, end + 2), e);
	return DECODED_EVENT;
}
