/*
 * exim_read.c - hosts, items and the lines of messages that come and go.
 *
 * Laws: (1) a client stands as name (helo) [address] at a known place; a HELO name has neither
 *       blanks nor parentheses unless helo_accept_junk_hosts lets them in, so the first address
 *       behind it is the one that Exim saw;
 *       (2) addresses with blanks are quoted (RFC 5321) and passed whole;
 *       (3) an ident string (RFC 1413) and the name in a certificate are the client's: where what
 *       follows them states a thing twice, nobody is said to have signed in.
 */
#include "exim.h"

static bool is_host_byte(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       c == '.' || c == '-' || c == '_' || c == ':' || c == '%';
}

/* How many bytes of a host stand from byte `n` on, sixteen at a time where there are so many. */
static inline size_t host_end(slice s, size_t n)
{
	for (; n + BLOCK_BYTES <= s.len; n += BLOCK_BYTES) {
		const char *p = s.at + n;
		uint32_t host = block_letters(p) | block_between(p, '0', ':') |
				block_between(p, '-', '.') | block_mask(p, '_') |
				block_mask(p, '%');
		if (host != UINT16_MAX)
			return n + (size_t)__builtin_ctz(~host);
	}
	while (n < s.len && is_host_byte(s.at[n]))
		n++;
	return n;
}

/* "[address]" off the front; one that is no address must look like a name at least. */
static bool take_bracket(slice *s, slice *inside)
{
	if (s->len == 0 || s->at[0] != '[')
		return false;
	size_t n = host_end(*s, 1);
	if (n == 1 || n >= s->len || s->at[n] != ']')
		return false;
	*inside = (slice){s->at + 1, n - 1};
	*s = slice_from(*s, n + 1);
	return true;
}

/* "(helo) " off the front. */
static bool take_helo(slice *s, slice *helo)
{
	size_t at = 1;
	for (slice ignored; at < s->len; at += 2) {
		size_t n = slice_search(slice_from(*s, at), SLICE(") ["));
		if (n == SIZE_MAX)
			return false;
		at += n;
		slice rest = slice_from(*s, at + 2);
		if (take_bracket(&rest, &ignored)) {
			*helo = (slice){s->at + 1, at - 1};
			*s = slice_from(*s, at + 2);
			return true;
		}
	}
	return false;
}

static bool take_name(slice *s, slice *name)
{
	size_t n = host_end(*s, 0);
	if (n == 0 || n == s->len || s->at[n] != ' ')
		return false;
	*name = slice_first(*s, n);
	*s = slice_from(*s, n + 1);
	slice_eat(s, "DS "); /* its DNS was signed */
	return true;
}

bool exim_take_host(slice *s, struct event *e, enum exim_side side)
{
	static const enum field fields[][3] = {
	    [EXIM_CLIENT] = {F_SOURCE_DOMAIN, F_SOURCE_IP, F_SOURCE_PORT},
	    [EXIM_NEXT_HOP] = {F_DESTINATION_DOMAIN, F_DESTINATION_IP, F_DESTINATION_PORT},
	};
	slice t = *s, name = {0}, helo = {0}, address;
	int64_t port;
	if (t.len && t.at[0] != '(' && t.at[0] != '[' && !take_name(&t, &name))
		return false;
	if ((t.len && t.at[0] == '(' && !take_helo(&t, &helo)) || !take_bracket(&t, &address))
		return false;
	if (name.len)
		event_text(e, fields[side][0], name);
	if (helo.len)
		event_text(e, F_HELO, helo);
	event_parse_address(e, fields[side][1], address);
	slice after = t;
	if (slice_eat(&after, ":") && slice_number(&after, &port)) {
		event_number(e, fields[side][2], port);
		t = after;
	}
	*s = t;
	return true;
}

static slice take_bytes(slice *s, size_t n)
{
	slice head = slice_first(*s, n);
	*s = slice_from(*s, n);
	return head;
}

slice exim_take_address(slice *s)
{
	size_t i = slice_find(*s, ' ');
	if (slice_find(slice_first(*s, i), '"') == i) /* as a rule */
		return take_bytes(s, i);
	i = 0;
	for (bool quoted = false; i < s->len && (quoted || s->at[i] != ' '); i++) {
		if (quoted && s->at[i] == '\\')
			i++;
		else if (s->at[i] == '"')
			quoted = !quoted;
	}
	return take_bytes(s, i);
}

/* KEY=value, KEY="value" (backslashes quote) or a bare word. */
struct item {
	slice key, value;
};

/* Where a key ends: a few bytes on. */
static inline size_t key_end(slice s)
{
	size_t n = 0;
	if (s.len >= BLOCK_BYTES) {
		uint32_t ends = block_mask(s.at, ' ') | block_mask(s.at, '=');
		if (ends)
			return (size_t)__builtin_ctz(ends);
	}
	while (n < s.len && s.at[n] != ' ' && s.at[n] != '=')
		n++;
	return n;
}

static inline bool take_first_item(slice *s, struct item *item)
{
	slice t = *s;
	if (t.len == 0)
		return false;
	size_t n = key_end(t);
	item->key = slice_first(t, n);
	item->value = (slice){t.at + n, 0};
	t = slice_from(t, n);
	if (slice_eat(&t, "=\"")) {
		n = slice_find(t, '"');
		if (slice_find(slice_first(t, n), '\\') < n) /* as a rule there is none */
			for (n = 0; n < t.len && t.at[n] != '"'; n++)
				n += t.at[n] == '\\';
		item->value = slice_first(t, n);
		t = slice_from(t, n + 1);
	} else if (slice_eat(&t, "=<")) {
		item->value = exim_take_address(&t);
		if (slice_ends(item->value, SLICE(">")))
			item->value.len--;
	} else if (slice_eat(&t, "=")) {
		item->value = slice_first(t, slice_find(t, ' '));
		t = slice_from(t, item->value.len);
	}
	*s = t;
	return true;
}

/* The same behind a blank. */
static bool take_item(slice *s, struct item *item)
{
	slice t = *s;
	if (!slice_eat(&t, " ") || !take_first_item(&t, item))
		return false;
	*s = t;
	return true;
}

/* login:ana[:a@b]: the authenticator, who it let in, and, with +smtp_mailauth, AUTH= of MAIL. */
static void set_user(struct event *e, slice value)
{
	event_text(e, F_AUTH_METHOD, slice_until(&value, ':'));
	slice user = slice_until(&value, ':');
	if (user.len)
		event_text(e, F_USER, user);
}

/* I=[192.0.2.1]:587: the server's own side; users sign in at 587 and 465 (RFC 8314) */
static void set_interface(struct event *e, slice value)
{
	slice inside;
	int64_t port;
	/* behind H= of a delivery it is where Exim came from: the destination is known */
	if (!take_bracket(&value, &inside) || event_has(e, F_DESTINATION_IP))
		return;
	event_parse_address(e, F_DESTINATION_IP, inside);
	if (!slice_eat(&value, ":") || !slice_number(&value, &port))
		return;
	event_number(e, F_DESTINATION_PORT, port);
	if (port == 587 || port == 465)
		event_text(e, F_PROTOCOL, SLICE("submission"));
}

static void set_tls(struct event *e, slice value)
{
	event_number(e, F_TLS, 1);
	event_text(e, F_TLS_VERSION, slice_until(&value, ':'));
}

static void set_sender(struct event *e, slice value)
{
	event_text(e, F_FROM, value);
}

/* What may stand between a client and what is said of him: keys of one letter, and longer ones. */
static const struct item_row {
	bool known;
	void (*set)(struct event *e, slice value);
} letter_rows[128] = {
    ['A'] = {true, set_user}, ['F'] = {true, set_sender}, ['I'] = {true, set_interface},
    ['K'] = {true, NULL},     ['L'] = {true, NULL},       ['P'] = {true, NULL},
    ['Q'] = {true, NULL},     ['R'] = {true, NULL},       ['S'] = {true, NULL},
    ['T'] = {true, NULL},     ['U'] = {true, NULL},       ['X'] = {true, set_tls},
};

static const slice passed_keys[] = {
    SLICE_INIT("CV"),   SLICE_INIT("DN"), SLICE_INIT("SNI"),  SLICE_INIT("Ci"), SLICE_INIT("PRX"),
    SLICE_INIT("TFO"),  SLICE_INIT("PS"), SLICE_INIT("TFO*"), SLICE_INIT("L."), SLICE_INIT("L-"),
    SLICE_INIT("PRDR"), SLICE_INIT("L*"), SLICE_INIT("DKIM"),
};

static const struct item_row *item_row(slice key)
{
	static const struct item_row passed = {true, NULL};
	if (key.len == 1) {
		const struct item_row *row = &letter_rows[(unsigned char)key.at[0] & 127];
		return row->known && !(key.at[0] & 0x80) ? row : NULL;
	}
	for (size_t i = 0; i < sizeof passed_keys / sizeof *passed_keys; i++)
		if (slice_eq(key, passed_keys[i]))
			return &passed;
	return NULL;
}

/* SPF=fail and what later versions add; a host and an answer have places of their own. */
static bool is_passing(const struct item *item)
{
	size_t n = 0;
	while (n < item->key.len && item->key.at[n] >= 'A' && item->key.at[n] <= 'Z')
		n++;
	return n && n == item->key.len && item->value.len && !slice_eq(item->key, SLICE("H")) &&
	       !slice_eq(item->key, SLICE("C"));
}

void exim_take_items(slice *s, bool bare, struct event *e)
{
	struct item item;
	slice t = *s;
	for (; bare ? take_first_item(&t, &item) : take_item(&t, &item); bare = false) {
		const struct item_row *row = item_row(item.key);
		bool ends = slice_ends(item.value, SLICE(":")); /* "A=plain:ana: why" */
		if (!row && !is_passing(&item))
			return;
		item.value.len -= ends;
		if (row && row->set)
			row->set(e, item.value);
		if (ends)
			t = (slice){t.at - 1, t.len + 1};
		*s = t;
		if (ends)
			return;
	}
}

/* ---- messages that come ---- */

enum { SEEN_P = 1, SEEN_A = 2, SEEN_S = 4 };

static unsigned twice_of(slice key)
{
	return slice_eq(key, SLICE("P"))   ? SEEN_P
	       : slice_eq(key, SLICE("A")) ? SEEN_A
	       : slice_eq(key, SLICE("S")) ? SEEN_S
					   : 0;
}

/* a b c: as many recipients as there are */
static void count_recipients(slice s, struct event *e)
{
	int64_t n = 0;
	for (slice first = {0}; s.len; n++) {
		slice to = exim_take_address(&s);
		first = n ? first : to;
		slice_eat(&s, " ");
		event_text(e, F_TO, first);
	}
	if (n > 1)
		event_drop(e, F_TO);
	event_number(e, F_RECIPIENTS, n);
}

/* id=M T="S" from <F> for R...: the message's own text, of which nothing but itself is believed */
static void read_content(slice s, struct item *item, struct event *e)
{
	do {
		if (slice_eq(item->key, SLICE("id")) && item->value.len)
			event_text(e, F_MESSAGE_ID, item->value);
		else if (slice_eq(item->key, SLICE("T")))
			event_text(e, F_SUBJECT, item->value);
		if (slice_eat(&s, " from <")) {
			slice raw = exim_take_address(&s);
			(void)raw;
		}
		if (slice_eat(&s, " for ")) {
			count_recipients(s, e);
			return;
		}
	} while (take_item(&s, item));
}

static void set_arrival(struct event *e, const struct item *item, bool local)
{
	if (slice_eq(item->key, SLICE("S")))
		event_parse_number(e, F_SIZE, item->value);
	else if (local && slice_eq(item->key, SLICE("U")))
		event_text(e, F_USER_ID, item->value); /* the login of who called Exim */
	const struct item_row *row = item_row(item->key);
	if (row && row->set)
		row->set(e, item->value);
}

/* a@b H=.. U=.. P=.. X=.. A=.. S=.. id=.. T=".." from <..> for ..: the proof of a sign-in if A= */
bool exim_read_arrival(slice s, struct event *e)
{
	slice sender = exim_take_address(&s), after;
	struct item item;
	unsigned seen = 0;
	bool twice = false, client = false;
	event_text(e, F_FROM, part_unbracket(sender));
	for (after = s; take_item(&s, &item); after = s) {
		if (slice_eq(item.key, SLICE("H")) && !client && !(seen & SEEN_P)) {
			s = slice_from(after, 3);
			client = exim_take_host(&s, e, EXIM_CLIENT);
			continue;
		}
		if (slice_eq(item.key, SLICE("id")) || slice_eq(item.key, SLICE("T"))) {
			read_content(s, &item, e);
			break;
		}
		if (slice_eq(item.key, SLICE("for"))) {
			count_recipients(slice_from(after, 5), e);
			break;
		}
		twice |= seen & twice_of(item.key);
		twice |= slice_find(item.value, '"') < item.value.len;
		seen |= twice_of(item.key);
		set_arrival(e, &item, !client);
	}
	if (twice)
		event_drop(e, F_USER);
	bool known = (seen & SEEN_A) && !twice;
	event_act(e, client ? ACT_SMTP_CLIENT : ACT_SMTP_QUEUE, known ? OUT_SUCCESS : OUT_NONE);
	return seen & SEEN_P;
}

/* ---- messages that go ---- */

/* a@b [<c@d>], |command <c@d>, /file <c@d>, a@b: */
static void take_recipient(slice *s, struct event *e)
{
	slice to = *s;
	if (s->len && (s->at[0] == '|' || s->at[0] == '/')) {
		to = slice_first(*s, slice_search(*s, SLICE(" <")));
		*s = slice_from(*s, to.len);
	} else {
		to = exim_take_address(s);
	}
	if (slice_ends(to, SLICE(":")) && to.len > 1 && to.at[0] != ':') {
		to.len--;
		*s = (slice){s->at - 1, s->len + 1};
	}
	event_text(e, F_TO, to);
	if (slice_eat(s, " <")) {
		slice original = exim_take_address(s);
		if (slice_ends(original, SLICE(":"))) {
			original.len--;
			*s = (slice){s->at - 1, s->len + 1};
		}
		if (slice_ends(original, SLICE(">")))
			original.len--;
		event_text(e, F_ORIGINAL_TO, original);
	}
}

/* " R=.. T=.. S=..", " H=name [address]:port*" and what else there is before the outcome. */
static void take_route(slice *s, struct event *e)
{
	for (;;) {
		slice t = *s;
		exim_take_items(&t, false, e);
		if (slice_eat(&t, " H=") && exim_take_host(&t, e, EXIM_NEXT_HOP)) {
			slice_eat(&t, "*");
			*s = t;
			continue;
		}
		*s = t;
		return;
	}
}

static void set_reason(slice s, struct event *e)
{
	struct item item;
	if (slice_starts(s, SLICE(" C=\"")) && take_item(&s, &item)) {
		event_text(e, F_REASON, item.value);
		return;
	}
	slice_eat(&s, " ");
	slice_eat(&s, ":");
	s = slice_trim(s);
	if (s.len)
		event_text(e, F_REASON, s);
}

bool exim_read_delivery(slice s, struct event *e, const char *status, enum result outcome)
{
	event_act(e, ACT_SMTP_DELIVER, outcome);
	event_text(e, F_SMTP_STATUS, slice_of(status));
	take_recipient(&s, e);
	take_route(&s, e);
	set_reason(s, e);
	return event_get(e, F_TO).len > 0;
}
