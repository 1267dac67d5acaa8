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

/* What the words of a refusal mean; the first row that is found counts. */
static const struct verdict {
	slice words;
	enum action action;
	enum result outcome;
} verdicts[] = {
    {SLICE_INIT("auth failed"), ACT_LOGIN, OUT_FAILURE},
    {SLICE_INIT("no auth attempts"), ACT_LOGIN_NONE, OUT_NONE},
    {SLICE_INIT(" authentication attempts)"), ACT_LOGIN, OUT_FAILURE},
    {SLICE_INIT("authorization failed"), ACT_LOGIN, OUT_FAILURE},
    {SLICE_INIT("user disabled"), ACT_LOGIN, OUT_FAILURE},
    {SLICE_INIT("password expired"), ACT_LOGIN, OUT_FAILURE},
    {SLICE_INIT("(login disabled"), ACT_LOGIN, OUT_FAILURE},
    {SLICE_INIT("proxy dest authentication failure"), ACT_LOGIN, OUT_FAILURE},
    {SLICE_INIT("Maximum number of connections"), ACT_MESSAGE, OUT_NONE},
};

static const struct verdict without_try = {{0}, ACT_LOGIN_NONE, OUT_NONE};

static const struct verdict *verdict_of(slice message)
{
	for (size_t i = 0; i < sizeof verdicts / sizeof *verdicts; i++)
		if (slice_search(message, verdicts[i].words) != SIZE_MAX)
			return &verdicts[i];
	return &without_try;
}

/* "(auth failed, 3 attempts in 16 secs)", or "(3 authentication attempts)". */
static void read_attempts(slice message, struct event *e)
{
	slice s;
	int64_t n, seconds;
	size_t at = slice_search(message, SLICE(" attempts"));
	if (at == SIZE_MAX || slice_search(message, SLICE("no auth")) != SIZE_MAX)
		return;
	if (slice_ends(slice_first(message, at), SLICE(" authentication")))
		at -= sizeof " authentication" - 1;
	size_t first = at;
	while (first > 0 && message.at[first - 1] >= '0' && message.at[first - 1] <= '9')
		first--;
	s = slice_from(message, first);
	if (!slice_number(&s, &n))
		return;
	event_number(e, F_AUTH_ATTEMPTS, n);
	if (slice_eat(&s, " attempts in ") && slice_number(&s, &seconds) && seconds < 1000000)
		event_number(e, F_DURATION, seconds * 1000 * CLOCK_SECOND);
}

/* One element behind the client's address. */
static void read_element(slice el, struct event *e)
{
	if (slice_eat(&el, "lip="))
		event_parse_address(e, F_DESTINATION_IP, el);
	else if (slice_starts(el, SLICE("TLS")) && !slice_starts(el, SLICE("TLS handshaking"))) {
		event_number(e, F_TLS, 1);
		if (slice_starts(el, SLICE("TLSv")))
			event_text(e, F_TLS_VERSION, slice_first(el, slice_find(el, ' ')));
	} else if (slice_eat(&el, "session=<") && el.len > 1)
		event_text(e, F_SESSION, slice_first(el, slice_find(el, '>')));
}

/* "A, lip=B, mpid=N, TLS, session=<ID>": nothing of it is the client's. */
static void read_tail(slice tail, struct event *e)
{
	event_parse_address(e, F_SOURCE_IP, slice_until(&tail, ','));
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
	size_t user; /* behind "user=<" */
	size_t rip;  /* behind "rip=" */
	size_t end;  /* of what stands before the address's key */
	slice message;
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

static bool find_frame(slice text, struct frame *f)
{
	*f = (struct frame){.rip = slice_search_last(text, SLICE(", rip="))};
	f->user = find_user(text);
	if (slice_starts(text, SLICE("ID sent: "))) { /* here all before the name is the client's */
		size_t last = slice_search_last(slice_first(text, f->rip), SLICE("user=<"));
		f->user = last == SIZE_MAX ? last : last + 6;
	}
	if (f->rip == SIZE_MAX && f->user == SIZE_MAX)
		f->rip = slice_search(text, SLICE(": rip="));
	if (f->rip == SIZE_MAX && f->user == SIZE_MAX)
		return false;
	f->end = f->rip == SIZE_MAX ? text.len : f->rip;
	f->rip = f->rip == SIZE_MAX ? f->rip : f->rip + 6;
	size_t head = f->user == SIZE_MAX ? f->end : f->user - 6;
	f->message = slice_first(text, head);
	size_t early = slice_search(f->message, SLICE("rip="));
	if (f->user != SIZE_MAX && early != SIZE_MAX && !slice_starts(text, SLICE("ID sent: "))) {
		f->rip = early + 4; /* elements reordered: the address before the name */
		f->end = text.len;
		f->message = slice_first(text, early);
	}
	while (f->message.len && strchr(": ,", f->message.at[f->message.len - 1]) &&
	       f->message.at[f->message.len - 1])
		f->message.len--;
	return true;
}

static bool read_frame(slice text, const struct frame *f, struct event *e)
{
	if (f->rip != SIZE_MAX)
		read_tail(slice_from(text, f->rip), e);
	if (f->user == SIZE_MAX)
		return true;
	if (f->end < f->user)
		return false;
	return read_user((slice){text.at + f->user, f->end - f->user}, e);
}

/*
 * "proxy(NAME,host:port): MESSAGE" from 2.3 on, "proxy(NAME): MESSAGE" before: the name is the one
 * that stands in the elements, which tells where it ends.
 */
static enum decoded read_proxy(slice m, struct event *e)
{
	slice name = event_get(e, F_USER), value;
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
		if (part_last(m, SLICE(", in="), ',', &value))
			event_parse_number(e, F_SOURCE_BYTES, value);
		if (part_last(m, SLICE(", out="), ')', &value))
			event_parse_number(e, F_DESTINATION_BYTES, value);
	}
	return DECODED_EVENT;
}

static void read_refusal(slice message, struct event *e)
{
	const struct verdict *v = verdict_of(message);
	event_act(e, v->action, v->outcome);
	event_text(e, F_REASON, message);
	if (v->action == ACT_LOGIN)
		read_attempts(message, e);
}

enum decoded dovecot_read_login(slice text, struct event *e, struct arena *scratch)
{
	struct frame f;
	event_act(e, ACT_MESSAGE, OUT_NONE);
	if (!find_frame(text, &f))
		return DECODED_UNKNOWN;
	bool whole = read_frame(text, &f, e);
	slice m = f.message;
	if (slice_eq(m, SLICE("Login")) || slice_eq(m, SLICE("Logged in")))
		event_act(e, ACT_LOGIN, OUT_SUCCESS);
	else if (slice_starts(m, SLICE("proxy(")))
		return read_proxy(m, e);
	else if (slice_eat(&m, "ID sent: ")) {
		event_act(e, ACT_CLIENT_ID, OUT_NONE);
		event_text(e, F_IMAP_ARGUMENTS, m);
	} else
		read_refusal(m, e);
	return whole ? DECODED_EVENT : DECODED_BROKEN;
}
