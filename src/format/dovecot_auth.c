/*
 * dovecot_auth.c - lines of the auth service: each check of a password, with auth_verbose.
 *
 *	sql(NAME,A,<SESSION>): Password mismatch              2.0 to 2.3
 *	(NAME,A,sasl:plain)<SESSION>: sql: Password mismatch  2.4, behind "auth"
 *	conn unix:auth-worker (pid=1,uid=2): auth-worker<6>: pam(NAME,A): unknown user
 *
 * Laws: (1) NAME is the attacker's: of several places where it may end the last is taken, for what
 * follows is the daemon's; (2) with auth_verbose_passwords=plain a password follows, and then where
 * both could have written the address, none is taken; (3) a password in clear is never a field:
 * the text ends before it.
 */
#include "dovecot.h"

enum { NAME_MAX = 64 + 3 }; /* auth-request.c: MAX_LOG_USERNAME_LEN, and "..." */

static const slice failures[] = {
    SLICE_INIT("Password mismatch"),
    SLICE_INIT("password mismatch"),
    SLICE_INIT("unknown user"),
    SLICE_INIT("Unknown user"),
    SLICE_INIT("Attempted login with password having illegal chars"),
    SLICE_INIT("pam_authenticate() failed"),
    SLICE_INIT("pam_acct_mgmt() failed"),
    SLICE_INIT("invalid credentials"),
    SLICE_INIT("Invalid credentials"),
    SLICE_INIT("Authentication failure due to policy"),
    SLICE_INIT("Username character disallowed"),
    SLICE_INIT("user disabled"),
    SLICE_INIT("User disabled"),
    SLICE_INIT("User is disabled"),
    SLICE_INIT("User login disabled"),
    SLICE_INIT("Account expired"),
    SLICE_INIT("Password expired"),
    SLICE_INIT("password expired"),
    SLICE_INIT("oauth2 failed"),
    SLICE_INIT("Credentials not valid"),
    SLICE_INIT("Empty password not allowed"),
    SLICE_INIT("Master user lookup failed"),
    SLICE_INIT("Attempted master login with no "),
    SLICE_INIT("Login attempt with empty password"),
    SLICE_INIT("User found from deny passdb"),
    SLICE_INIT("User not authorized to log in as "),
    SLICE_INIT("user not authenticated"),
    SLICE_INIT("nopassword given and password is not empty"),
    SLICE_INIT("No password returned"),
    SLICE_INIT("Username not known"),
    SLICE_INIT("username not known"),
    SLICE_INIT("Invalid username"),
    SLICE_INIT("User unknown"),          /* checkpassword */
    SLICE_INIT("Login failed (status="), /* its program's answer */
    SLICE_INIT("Username+password combination too long"),
    SLICE_INIT("invalid password field"), /* a locked account of passwd or shadow */
    SLICE_INIT("Cached NULL password access"),
    SLICE_INIT("invalid response"), /* OTP */
    SLICE_INIT("Cross-realm authentication not supported"),
    SLICE_INIT("login user: "), /* whom a master may not become, and why */
    SLICE_INIT("Master user login attempt"),
    SLICE_INIT("[AUTHENTICATIONFAILED]"), /* of the IMAP server that passwords are tried at */
    SLICE_INIT("[EXPIRED]"),
    SLICE_INIT("policy: Authentication failure due to policy"),
};

/* "allow_nets check failed: ..." by the name of any field; from 2.4 on there are several */
static bool is_failed_check(slice message)
{
	size_t n = slice_find(message, ' ');
	return n && slice_starts(slice_from(message, n), SLICE(" check failed"));
}

static bool is_failure(slice message)
{
	if (is_failed_check(message))
		return true;
	for (size_t i = 0; i < sizeof failures / sizeof *failures; i++)
		if (slice_starts(message, failures[i]))
			return true;
	return false;
}

static bool is_word(slice s)
{
	for (size_t i = 0; i < s.len; i++)
		if (!((s.at[i] >= 'a' && s.at[i] <= 'z') || (s.at[i] >= '0' && s.at[i] <= '9') ||
		      s.at[i] == '-' || s.at[i] == '_'))
			return false;
	return s.len > 0;
}

/* ",LAST" off the end of `s`; false if there is no comma. */
static bool take_last(slice *s, slice *last)
{
	const char *p = s->len ? memrchr(s->at, ',', s->len) : NULL;
	if (!p)
		return false;
	size_t n = (size_t)(p - s->at);
	*last = slice_from(*s, n + 1);
	s->len = n;
	return true;
}

struct identity {
	slice user, session;
	struct address from;
	bool has_from;
};

/* NAME[,A][,sasl:M][,master][,<SESSION>], from the right. */
static bool read_identity(slice s, struct identity *id)
{
	slice last;
	if (slice_ends(s, SLICE(","))) /* a session without an id */
		s.len--;
	*id = (struct identity){.user = s};
	if (!take_last(&s, &last))
		return true;
	if (last.len > 2 && last.at[0] == '<' && last.at[last.len - 1] == '>') {
		id->session = part_unbracket(last);
		id->user = s;
		if (!take_last(&s, &last))
			return true;
	}
	while (slice_eq(last, SLICE("master")) ||
	       (slice_starts(last, SLICE("sasl:")) && is_word(slice_from(last, 5)))) {
		id->user = s;
		if (!take_last(&s, &last))
			return true;
	}
	id->has_from = address_parse(last, &id->from);
	if (id->has_from)
		id->user = s;
	return id->has_from && id->user.len <= NAME_MAX;
}

/* The first place from `at` on where "(NAME,A...)" may end; SIZE_MAX if there is none. */
static size_t next_end(slice s, size_t at, slice mark, struct identity *id)
{
	for (;;) {
		size_t n = slice_search(slice_from(s, at), mark);
		if (n == SIZE_MAX)
			return SIZE_MAX;
		if (read_identity(slice_first(s, at + n), id) && id->has_from)
			return at + n;
		at += n + 1;
	}
}

static size_t last_end(slice s, slice mark, struct identity *id)
{
	struct identity found;
	size_t last = SIZE_MAX, at = 0;
	while ((at = next_end(s, at, mark, &found)) != SIZE_MAX) {
		last = at++;
		*id = found;
	}
	return last;
}

/*
 * What quotes others behind these words: the server that a token was shown to, or the client.  An
 * end of an identity may be forged there.
 */
static bool quotes_others(slice message)
{
	static const slice heads[] = {SLICE_INIT("oauth2 failed"),
				      SLICE_INIT("login user: "),
				      SLICE_INIT("Username character disallowed"),
				      SLICE_INIT("Authentication failure due to policy"),
				      SLICE_INIT("policy: "),
				      SLICE_INIT("[")};
	for (size_t i = 0; i < sizeof heads / sizeof *heads; i++)
		if (slice_search(slice_first(message, 80), heads[i]) != SIZE_MAX)
			return true;
	return false;
}

/* Where the identity that begins `s` ends. False if it cannot be told (law 2). */
static bool find_end(slice s, slice mark, size_t *end, struct identity *id)
{
	struct identity other;
	size_t password = slice_search(s, SLICE("(given password: "));
	slice safe = password == SIZE_MAX ? s : slice_first(s, password);
	*end = last_end(safe, mark, id);
	size_t first = *end == SIZE_MAX ? *end : next_end(safe, 0, mark, &other);
	if (first != *end && quotes_others(slice_from(s, first + mark.len)))
		return false;
	if (password != SIZE_MAX && (next_end(s, password, SLICE("): "), &other) != SIZE_MAX ||
				     next_end(s, password, SLICE(")<"), &other) != SIZE_MAX))
		return false;
	if (*end == SIZE_MAX) { /* no address: a lookup by the delivery agent, or by Postfix */
		*end = slice_search(safe, mark);
		return *end != SIZE_MAX && read_identity(slice_first(s, *end), id);
	}
	return true;
}

/* The text without what the client gave as its password; a hash of it is kept. */
static slice without_password(slice message, struct event *e)
{
	slice hash = {0};
	if (part_last(message, SLICE(" (SHA1 of given password: "), ')', &hash) && hash.len)
		event_text(e, F_AUTH_PASSWORD_HASH, hash);
	size_t at = slice_search(message, SLICE(" (SHA1 of given password: "));
	size_t clear = slice_search(message, SLICE(" (given password: "));
	return slice_first(message, at < clear ? at : clear);
}

static void set_identity(const struct identity *id, struct event *e)
{
	if (id->user.len && !slice_eq(id->user, SLICE("?")))
		event_text(e, F_USER, id->user);
	if (id->session.len)
		event_text(e, F_SESSION, id->session);
	if (id->has_from)
		event_address(e, F_SOURCE_IP, id->from);
}

/* auth-request.c: behind the master's own name, whose mailbox his password opens. */
static void read_master(slice message, struct event *e)
{
	if (slice_eat(&message, "Master user logging in as ") && message.len)
		event_text(e, F_USER_EFFECTIVE, message);
}

static enum decoded read_check(slice message, struct event *e)
{
	read_master(message, e);
	event_act(e, ACT_AUTH_CHECK, is_failure(message) ? OUT_FAILURE : OUT_NONE);
	event_text(e, F_REASON, without_password(message, e));
	return DECODED_EVENT;
}

static bool gives_password(slice s)
{
	return slice_search(s, SLICE("(given password: ")) != SIZE_MAX;
}

/* Where name and address cannot be told: such lines, with a password in clear, are of failures. */
static enum decoded untold_failure(struct event *e)
{
	event_act(e, ACT_AUTH_CHECK, OUT_FAILURE);
	return DECODED_BROKEN;
}

static enum decoded untold(struct event *e, enum decoded d)
{
	event_act(e, ACT_MESSAGE, OUT_NONE);
	return d;
}

/* 2.4: "NAME,A,sasl:plain)[<pid>]<SESSION>: [request [7]: ]passwd-file: MESSAGE". */
static enum decoded read_modern(slice s, struct event *e)
{
	struct identity id;
	size_t end;
	slice inside;
	int64_t pid;
	if (!find_end(s, SLICE(")<"), &end, &id) &&
	    (end != SIZE_MAX || !find_end(s, SLICE("): "), &end, &id)))
		return end != SIZE_MAX || gives_password(s) ? untold_failure(e)
							    : untold(e, DECODED_BROKEN);
	s = slice_from(s, end + 1);
	while (slice_eat(&s, "<")) {
		inside = slice_until(&s, '>');
		if (slice_is_number(inside, &pid))
			event_number(e, F_PID, pid);
		else
			id.session = inside;
	}
	slice_eat(&s, ": ");
	slice_eat(&s, "Info: "), slice_eat(&s, "Error: ");
	if (slice_eat(&s, "request ["))
		slice_until(&s, ']'), slice_eat(&s, ": ");
	size_t colon = slice_search(s, SLICE(": "));
	if (colon != SIZE_MAX && is_word(slice_first(s, colon)))
		s = slice_from(s, colon + 2);
	set_identity(&id, e);
	return read_check(s, e);
}

/* "(304): " or "(default): " of the process, off the front. */
static bool take_instance(slice *s)
{
	slice t = slice_from(*s, 1);
	size_t n = slice_find(t, ')');
	if (s->len == 0 || s->at[0] != '(' || !is_word(slice_first(t, n)))
		return false;
	t = slice_from(t, n + 1);
	if (!slice_eat(&t, ": "))
		return false;
	*s = t;
	return true;
}

/* What stands for an instance may be the begin of a name in a line of 2.4. */
static bool may_be_modern(slice text)
{
	struct identity id;
	return next_end(slice_from(text, 1), 0, SLICE(")<"), &id) != SIZE_MAX;
}

enum decoded dovecot_read_auth(slice text, struct event *e, struct arena *scratch)
{
	slice s = text;
	bool instance = take_instance(&s);
	if (!instance && s.len && s.at[0] == '(')
		return read_modern(slice_from(s, 1), e);
	if (instance && may_be_modern(text))
		return gives_password(s) ? untold_failure(e) : untold(e, DECODED_BROKEN);
	slice_eat(&s, "Info: "), slice_eat(&s, "Error: ");
	if (slice_starts(s, SLICE("conn "))) {
		size_t at = slice_search(s, SLICE(": auth-worker<"));
		at = at == SIZE_MAX ? at : slice_search(s, SLICE(">: "));
		if (at == SIZE_MAX)
			return untold(e, DECODED_EVENT);
		s = slice_from(s, at + 3);
	}
	size_t open = slice_find(s, '(');
	struct identity id;
	size_t end;
	if (open == s.len || !is_word(slice_first(s, open)))
		return untold(e, DECODED_EVENT);
	slice database = slice_first(s, open);
	s = slice_from(s, open + 1);
	bool lookup = slice_starts(database, SLICE("userdb"));
	if (!find_end(s, SLICE("): "), &end, &id))
		return !lookup && (end != SIZE_MAX || gives_password(s))
			   ? untold_failure(e)
			   : untold(e, DECODED_BROKEN);
	set_identity(&id, e);
	if (lookup) /* a lookup: nobody gave a password */
		return untold(e, DECODED_EVENT);
	return read_check(slice_from(s, end + 3), e);
}
