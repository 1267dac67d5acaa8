/*
 * dovecot_login.c - lines of the login services: sign-ins, failures, visits without a try, proxies.
 *
 *	MESSAGE: user=<NAME>, method=PLAIN, rip=A, lip=B, mpid=N, TLS, session=<ID>
 *
 * Laws: (1) NAME is the attacker's, up to 80 bytes of anything printable; so what follows it is
 * read from the last ", rip=" on, and NAME ends where the elements before that begin, seen from
 * the right; (2) only what stands before "user=<" decides the outcome.
 */
#include "dovecot.h"

/* What a refusal says in parentheses: "(auth failed, 3 attempts in 16 secs)". */
static const struct verdict {
	slice words;
	enum action action;
	enum result outcome;
} verdicts[] = {
    {SLICE_INIT("auth failed"), ACT_LOGIN, OUT_FAILURE},
    {SLICE_INIT("no auth attempts"), ACT_LOGIN_NONE, OUT_NONE},
    {SLICE_INIT("authorization failed"), ACT_LOGIN, OUT_FAILURE},
    {SLICE_INIT("user disabled"), ACT_LOGIN, OUT_FAILURE},
    {SLICE_INIT("password expired"), ACT_LOGIN, OUT_FAILURE},
    {SLICE_INIT("login disabled"), ACT_LOGIN, OUT_FAILURE},
    {SLICE_INIT("proxy dest auth"), ACT_LOGIN, OUT_FAILURE},
    {SLICE_INIT("auth_failed"), ACT_LOGIN, OUT_FAILURE},
};

static const struct verdict without_try = {{0}, ACT_LOGIN_NONE, OUT_NONE};
static const struct verdict counted = {{0}, ACT_LOGIN, OUT_FAILURE};

static const struct verdict *find_verdict(slice s)
{
	for (size_t i = 0; i < sizeof verdicts / sizeof *verdicts; i++)
		if (slice_starts(s, verdicts[i].words))
			return &verdicts[i];
	return NULL;
}

/* ", 3 attempts in 16 secs" behind the words, which may name a host first. */
static void read_attempts(slice s, struct event *e)
{
	int64_t n, seconds;
	s = slice_first(s, slice_find(s, ')'));
	while (s.len) {
		slice_until(&s, ',');
		slice_eat(&s, " ");
		slice t = s;
		if (!slice_number(&t, &n) || !slice_eat(&t, " attempts"))
			continue;
		event_number(e, F_AUTH_ATTEMPTS, n);
		if (slice_eat(&t, " in ") && slice_number(&t, &seconds) && seconds < 1000000)
			event_number(e, F_DURATION, seconds * 1000 * CLOCK_SECOND);
	}
}

/* "1 authentication attempts)", before 2.0. */
static bool read_counted(slice s, struct event *e)
{
	int64_t n;
	if (!slice_number(&s, &n) || !slice_eat(&s, " authentication attempts)"))
		return false;
	event_number(e, F_AUTH_ATTEMPTS, n);
	return true;
}

static const struct verdict *read_verdict(slice message, struct event *e)
{
	for (slice s = message; s.len;) {
		slice_until(&s, '(');
		const struct verdict *v = find_verdict(s);
		if (v && v->action == ACT_LOGIN)
			read_attempts(s, e);
		if (v)
			return v;
		if (read_counted(s, e))
			return &counted;
	}
	return &without_try;
}

/* One element behind the client's address. */
static void read_element(slice el, struct event *e)
{
	if (slice_eat(&el, "lip="))
		event_parse_address(e, F_DESTINATION_IP, el);
	else if (slice_eat(&el, "rport="))
		event_parse_number(e, F_SOURCE_PORT, el);
	else if (slice_starts(el, SLICE("TLS")) && !slice_starts(el, SLICE("TLS handshaking"))) {
		event_number(e, F_TLS, 1);
		if (slice_starts(el, SLICE("TLSv")))
			event_text(e, F_TLS_VERSION, slice_first(el, slice_find(el, ' ')));
	} else if (slice_eat(&el, "mpid="))
		event_parse_number(e, F_MAIL_PID, el);
	else if (slice_eat(&el, "session=<") && el.len > 1)
		event_text(e, F_SESSION, slice_first(el, slice_find(el, '>')));
}

/* "A, lip=B, mpid=N, TLS, session=<ID>": nothing of it is the client's. */
static void read_tail(slice tail, struct event *e)
{
	slice peer = slice_until(&tail, ',');
	if (!event_parse_address(e, F_SOURCE_IP, peer))
		event_parse_peer(e, F_SOURCE_IP, F_SOURCE_PORT, peer);
	while (slice_eat(&tail, " "))
		read_element(slice_until(&tail, ','), e);
}

/* "NAME>", or "NAME>, method=PLAIN" and its like. False if the bracket was never closed. */
static bool read_user(slice s, struct event *e)
{
	slice name = s, method = {0};
	if (slice_ends(s, SLICE(">"))) {
		name.len--;
	} else {
		name.len = slice_search_last(s, SLICE(">, "));
		if (name.len == SIZE_MAX)
			return false;
		part_first(slice_from(s, name.len), SLICE(", method="), ',', &method);
	}
	if (method.len)
		event_text(e, F_AUTH_METHOD, method);
	if (name.len)
		event_text(e, F_USER, name);
	return true;
}

/* Where the elements are: offsets, or SIZE_MAX. */
struct frame {
	size_t user;          /* behind "user=<" */
	size_t rip;           /* behind "rip=" */
	size_t end;           /* of what stands before the address's key */
	slice message, early; /* early: elements before the name */
};

static size_t find_user(slice text)
{
	for (size_t at = 0; at < text.len; at++) {
		at += slice_find(slice_from(text, at), '<');
		if (slice_ends(slice_first(text, at), SLICE("user=")))
			return at + 1;
	}
	return SIZE_MAX;
}

/*
 * Elements reordered by login_log_format_elements: some stand before the name, and are the server's
 * own words.  The address among them begins the tail; else they are read by themselves.
 */
static void find_early_elements(slice text, struct frame *f)
{
	static const slice keys[] = {SLICE_INIT(": rip="), SLICE_INIT(": session=<"),
				     SLICE_INIT(": method="), SLICE_INIT(": lip="),
				     SLICE_INIT(": mpid=")};
	size_t at = SIZE_MAX, rip = slice_search(f->message, SLICE("rip="));
	if (rip != SIZE_MAX) {
		f->rip = rip + 4;
		f->end = text.len;
	}
	for (size_t i = 0; i < sizeof keys / sizeof *keys && at == SIZE_MAX; i++)
		at = slice_search(f->message, keys[i]);
	if (at == SIZE_MAX)
		return;
	f->early = slice_from(f->message, at + 1);
	f->message = slice_first(f->message, at);
}

/* ": " and ", " off the end. */
static slice without_joint(slice s)
{
	while (s.len &&
	       (s.at[s.len - 1] == ' ' || s.at[s.len - 1] == ':' || s.at[s.len - 1] == ','))
		s.len--;
	return s;
}

/*
 * "proxy(NAME,host:port): MESSAGE: user=<NAME>, ...": the element that names who stands in the
 * parentheses, too; what another server answered stands before it.  SIZE_MAX if there is none.
 */
static size_t find_proxied(slice text, size_t end)
{
	enum { TRIES = 32 };
	static const slice mark = SLICE_INIT("user=<");
	slice inside = slice_from(text, sizeof "proxy(" - 1), before = slice_first(text, end);
	size_t close = slice_ends(before, SLICE(">")) ? before.len - 1
						      : slice_search_last(before, SLICE(">, "));
	for (size_t at = 0, n, i = 0; i < TRIES && close != SIZE_MAX; i++) {
		n = slice_search(slice_from(text, at), mark);
		at += n + mark.len;
		if (n == SIZE_MAX || at > close)
			break;
		slice name = {text.at + at, close - at}, rest = slice_from(inside, name.len);
		if (slice_starts(inside, name) && rest.len &&
		    (rest.at[0] == ',' || rest.at[0] == ')'))
			return at;
	}
	return SIZE_MAX;
}

/* Where the name begins, if there is one; `client_id`: the client's text comes first. */
static size_t find_name(slice text, size_t rip, bool client_id)
{
	size_t proxied = SIZE_MAX;
	if (slice_starts(text, SLICE("proxy(")))
		proxied = find_proxied(text, rip == SIZE_MAX ? text.len : rip);
	if (proxied != SIZE_MAX || !client_id)
		return proxied != SIZE_MAX ? proxied : find_user(text);
	size_t at = slice_search_last(slice_first(text, rip), SLICE("user=<"));
	return at == SIZE_MAX ? at : at + 6;
}

static bool find_frame(slice text, struct frame *f)
{
	bool client_id = slice_starts(text, SLICE("ID sent: "));
	bool proxy = slice_starts(text, SLICE("proxy("));
	*f = (struct frame){.rip = slice_search_last(text, SLICE(", rip="))};
	f->user = find_name(text, f->rip, client_id);
	if (f->user == SIZE_MAX && (client_id || proxy))
		return false; /* cut off within what others wrote: an address there is theirs */
	if (f->rip == SIZE_MAX && f->user == SIZE_MAX)
		f->rip = slice_search(text, SLICE(": rip="));
	if (f->rip == SIZE_MAX && f->user == SIZE_MAX)
		return false;
	f->end = f->rip == SIZE_MAX ? text.len : f->rip;
	f->rip += f->rip == SIZE_MAX ? 0 : 6;
	f->message = slice_first(text, f->user == SIZE_MAX ? f->end : f->user - 6);
	if (f->user != SIZE_MAX && !client_id && !proxy &&
	    slice_find(f->message, '=') < f->message.len)
		find_early_elements(text, f);
	f->message = without_joint(f->message);
	return true;
}

static bool read_frame(slice text, const struct frame *f, struct event *e)
{
	for (slice early = f->early; slice_eat(&early, " ");)
		read_element(slice_until(&early, ','), e);
	if (f->rip != SIZE_MAX)
		read_tail(slice_from(text, f->rip), e);
	if (f->user == SIZE_MAX)
		return true;
	if (f->end < f->user)
		return false;
	return read_user((slice){text.at + f->user, f->end - f->user}, e);
}

/* "(3s idle, in=10, out=20+44, client output blocked)": 44 bytes more wait to be sent. */
static void read_amount(slice m, slice key, struct event *e, enum field f)
{
	size_t at = slice_search_last(m, key);
	slice rest = slice_from(m, at == SIZE_MAX ? m.len : at + key.len);
	int64_t n;
	if (slice_number(&rest, &n))
		event_number(e, f, n);
}

/*
 * "proxy(NAME,host:port): MESSAGE" from 2.3 on, "proxy(NAME): MESSAGE" before: the name is the one
 * that stands in the elements, which tells where it ends.
 */
static enum decoded read_proxy(slice m, struct event *e)
{
	slice name = event_get(e, F_USER);
	slice_eat(&m, "proxy(");
	event_act(e, ACT_LOGIN_NONE, OUT_NONE);
	if (!slice_starts(m, name))
		return DECODED_BROKEN;
	m = slice_from(m, name.len);
	size_t end = slice_search(m, SLICE("): "));
	if (end == SIZE_MAX)
		return DECODED_BROKEN;
	m = slice_from(m, end + 3);
	event_text(e, F_REASON, m);
	if (slice_starts(m, SLICE("Started proxying")) ||
	    slice_starts(m, SLICE("started proxying")))
		event_act(e, ACT_LOGIN, OUT_SUCCESS);
	else if (slice_starts(m, SLICE("Login failed")))
		event_act(e, ACT_LOGIN, OUT_FAILURE);
	else if (slice_starts(m, SLICE("Disconnected by")) ||
		 slice_starts(m, SLICE("disconnecting"))) {
		event_act(e, ACT_SESSION_END, OUT_NONE);
		read_amount(m, SLICE(", in="), e, F_SOURCE_BYTES);
		read_amount(m, SLICE(", out="), e, F_DESTINATION_BYTES);
	}
	return DECODED_EVENT;
}

/* The value of one key of an ID list, at its start or behind a comma. */
static slice id_value(slice list, slice key)
{
	slice value = {0};
	if (slice_starts(list, slice_from(key, 2)))
		part_first(list, slice_from(key, 2), ',', &value);
	else
		part_first(list, key, ',', &value);
	return value;
}

enum decoded dovecot_read_client_id(slice text, struct event *e, struct arena *scratch)
{
	slice list = slice_from(text, sizeof "ID sent: " - 1);
	slice name = id_value(list, SLICE(", name=")),
	      version = id_value(list, SLICE(", version="));
	event_act(e, ACT_CLIENT_ID, OUT_NONE);
	event_text(e, F_IMAP_ARGUMENTS, list);
	if (name.len && version.len)
		event_text(e, F_USER_AGENT,
			   arena_format(scratch, "%.*s %.*s", (int)name.len, name.at,
					(int)version.len, version.at));
	else if (name.len)
		event_text(e, F_USER_AGENT, name);
	return DECODED_EVENT;
}

static void read_refusal(slice message, struct event *e)
{
	const struct verdict *v = read_verdict(message, e);
	event_text(e, F_REASON, message);
	if (slice_starts(message, SLICE("Maximum number of connections")))
		event_act(e, ACT_MESSAGE, OUT_NONE);
	else
		event_act(e, v->action, v->outcome);
}

/*
 * "Login: NAME [A]" (before 1.0), or elements of a login_log_format_elements of somebody's own,
 * "NAME, A, PLAIN": a name is believed in front of an address alone.
 */
static enum decoded read_bare_login(slice s, struct event *e)
{
	size_t open = slice_search_last(s, SLICE(" ["));
	slice name = s, address = {0};
	event_act(e, ACT_LOGIN, OUT_SUCCESS);
	if (open != SIZE_MAX && slice_ends(s, SLICE("]"))) {
		name = slice_first(s, open);
		address = (slice){s.at + open + 2, s.len - open - 3};
	} else {
		name = slice_until(&s, ',');
		slice_eat(&s, " ");
		address = slice_until(&s, ',');
	}
	bool named = !slice_starts(name, SLICE("user=")) || slice_eat(&name, "user=");
	if (event_parse_address(e, F_SOURCE_IP, address) && named && name.len)
		event_text(e, F_USER, name);
	return DECODED_EVENT;
}

/*
 * "access(tcpwrap): Client refused (rip=A)", "haproxy: Client timed out (rip=A)": words of the
 * service's own, no element of a client's.
 */
static enum decoded read_refused_early(slice text, struct event *e)
{
	slice address;
	if (!part_last(text, SLICE("(rip="), ')', &address) ||
	    !event_parse_address(e, F_SOURCE_IP, address))
		return DECODED_UNKNOWN;
	event_act(e, ACT_LOGIN_NONE, OUT_NONE);
	event_text(e, F_REASON, text);
	return DECODED_EVENT;
}

/* "Login: user=NAME, method=PLAIN", the name without its brackets, before ", rip=" */
static void read_open_name(slice m, struct event *e)
{
	slice name;
	event_act(e, ACT_LOGIN, OUT_SUCCESS);
	if (!event_has(e, F_USER) && part_first(m, SLICE(" user="), ',', &name) && name.len &&
	    name.at[0] != '<')
		event_text(e, F_USER, name);
}

enum decoded dovecot_read_login(slice text, struct event *e, struct arena *scratch)
{
	struct frame f;
	event_act(e, ACT_MESSAGE, OUT_NONE);
	if (!find_frame(text, &f))
		return slice_eat(&text, "Login: ") ? read_bare_login(text, e)
						   : read_refused_early(text, e);
	bool whole = read_frame(text, &f, e);
	slice m = f.message;
	if (slice_eq(m, SLICE("Login")) || slice_eq(m, SLICE("Logged in")))
		event_act(e, ACT_LOGIN, OUT_SUCCESS);
	else if (slice_starts(m, SLICE("Login: ")))
		read_open_name(m, e);
	else if (slice_starts(m, SLICE("proxy(")))
		return read_proxy(m, e);
	else if (slice_starts(m, SLICE("ID sent: ")))
		dovecot_read_client_id(m, e, scratch);
	else
		read_refusal(m, e);
	return whole ? DECODED_EVENT : DECODED_BROKEN;
}
