/*
 * auditd.c - records of Linux audit, from audit.log or by syslog.
 *
 *	[node=N ]type=SYSCALL msg=audit(1364481363.243:24287): arch=c000003e ... key="mail"
 *
 * Several records make one event; they share time and serial, here F_AUDIT_ID.  Each is decoded
 * alone: SYSCALL says who and by which rule, CWD and PATH say which file, so that both are
 * file-open.  A value in quotes is itself; an untrusted one that holds a space, quote or control
 * byte is written in hexadecimal without quotes (audit_log_untrustedstring() of the kernel).
 */
#include "part.h"

const struct format format_auditd = {"auditd", "Linux audit", 'B'};

enum what { SKIP, NUMBER, WORD, STRING, ADDRESS, RESULT, ARGUMENT };

/* By their first letter, for every pair of every record is looked up. */
struct key {
	slice name;
	enum what what;
	enum field field;
};

static const struct key of_capital_s[] = {
    {SLICE_INIT("SYSCALL"), WORD, F_AUDIT_CALL},
};
static const struct key of_a[] = {
    {SLICE_INIT("auid"), WORD, F_USER_ID},      {SLICE_INIT("acct"), STRING, F_USER},
    {SLICE_INIT("addr"), ADDRESS, F_SOURCE_IP}, {SLICE_INIT("a0"), ARGUMENT, F_AUDIT_A0},
    {SLICE_INIT("a1"), ARGUMENT, F_AUDIT_A1},   {SLICE_INIT("a2"), ARGUMENT, F_AUDIT_A2},
    {SLICE_INIT("a3"), ARGUMENT, F_AUDIT_A3},   {SLICE_INIT("a4"), ARGUMENT, F_AUDIT_A4},
    {SLICE_INIT("a5"), ARGUMENT, F_AUDIT_A5},   {SLICE_INIT("a6"), ARGUMENT, F_AUDIT_A6},
    {SLICE_INIT("a7"), ARGUMENT, F_AUDIT_A7},
};
static const struct key of_c[] = {
    {SLICE_INIT("cwd"), STRING, F_DIRECTORY},
    {SLICE_INIT("comm"), STRING, F_PROCESS},
};
static const struct key of_e[] = {
    {SLICE_INIT("exe"), STRING, F_EXECUTABLE},
    {SLICE_INIT("euid"), WORD, F_EFFECTIVE_ID},
};
static const struct key of_i[] = {
    {SLICE_INIT("inode"), WORD, F_FILE_INODE},
};
static const struct key of_k[] = {
    {SLICE_INIT("key"), STRING, F_AUDIT_KEY},
};
static const struct key of_n[] = {
    {SLICE_INIT("name"), STRING, F_FILE_PATH},
    {SLICE_INIT("nametype"), WORD, F_AUDIT_NAMETYPE},
};
static const struct key of_p[] = {
    {SLICE_INIT("pid"), NUMBER, F_PID},
    {SLICE_INIT("proctitle"), STRING, F_COMMAND_LINE},
};
static const struct key of_r[] = {
    {SLICE_INIT("res"), RESULT, F_OUTCOME},
};
static const struct key of_s[] = {
    {SLICE_INIT("syscall"), WORD, F_AUDIT_SYSCALL},
};
static const struct key of_u[] = {
    {SLICE_INIT("unit"), STRING, F_AUDIT_UNIT},
};

#define KEYS(of)                                                                                   \
	{                                                                                          \
		of, sizeof of / sizeof *of                                                         \
	}
static const struct {
	const struct key *at;
	size_t len;
} keys[128] = {
    ['S'] = KEYS(of_capital_s), ['a'] = KEYS(of_a), ['c'] = KEYS(of_c), ['e'] = KEYS(of_e),
    ['i'] = KEYS(of_i),         ['k'] = KEYS(of_k), ['n'] = KEYS(of_n), ['p'] = KEYS(of_p),
    ['r'] = KEYS(of_r),         ['s'] = KEYS(of_s), ['u'] = KEYS(of_u),
};

/* Types that bear on access; others are messages. */
static const struct type {
	slice name;
	enum action action;
	bool verdict; /* res= is the outcome of a sign-in */
} types[] = {
    {SLICE_INIT("SYSCALL"), ACT_FILE_OPEN, false},
    {SLICE_INIT("PATH"), ACT_FILE_OPEN, false},
    {SLICE_INIT("CWD"), ACT_MESSAGE, false},
    {SLICE_INIT("EXECVE"), ACT_COMMAND, false},
    {SLICE_INIT("FANOTIFY"), ACT_FILE_OPEN, false}, /* tocsin watch --touched writes these */
    {SLICE_INIT("1300"), ACT_FILE_OPEN, false},     /* the same two by number (linux/audit.h) */
    {SLICE_INIT("1302"), ACT_FILE_OPEN, false},
    {SLICE_INIT("PROCTITLE"), ACT_MESSAGE, false},
    {SLICE_INIT("USER_CMD"), ACT_COMMAND, false},
    {SLICE_INIT("USER_LOGIN"), ACT_LOGIN, true},
    {SLICE_INIT("USER_AUTH"), ACT_AUTH_CHECK, true},
    {SLICE_INIT("USER_ERR"), ACT_AUTH_CHECK, true},
    {SLICE_INIT("USER_START"), ACT_SESSION_START, true},
    {SLICE_INIT("USER_END"), ACT_SESSION_END, true},
    {SLICE_INIT("USER_LOGOUT"), ACT_LOGOUT, true},
    {SLICE_INIT("USER_ACCT"), ACT_MESSAGE, true},
    {SLICE_INIT("CRED_ACQ"), ACT_MESSAGE, true},
    {SLICE_INIT("CRED_REFR"), ACT_MESSAGE, true},
    {SLICE_INIT("CRED_DISP"), ACT_MESSAGE, true},
    {SLICE_INIT("USER_CHAUTHTOK"), ACT_PASSWORD_CHANGE, true},
    {SLICE_INIT("ADD_USER"), ACT_MESSAGE, true},
    {SLICE_INIT("DEL_USER"), ACT_MESSAGE, true},
    {SLICE_INIT("USER_MGMT"), ACT_MESSAGE, true},
    {SLICE_INIT("ANOM_LOGIN_FAILURES"), ACT_WARNING, true},
    {SLICE_INIT("DAEMON_START"), ACT_DAEMON_START, false},
    {SLICE_INIT("DAEMON_END"), ACT_DAEMON_STOP, false},
    {SLICE_INIT("DAEMON_ROTATE"), ACT_LOG_ROTATED, false},
};

static const struct type *find_type(slice name)
{
	static const struct type other = {{0}, ACT_MESSAGE, false};
	for (size_t i = 0; i < sizeof types / sizeof *types; i++)
		if (slice_eq(types[i].name, name))
			return &types[i];
	return &other;
}

/* The kernel alone writes types as numbers. */
static slice type_name(slice type)
{
	static const struct {
		slice number, name;
	} names[] = {{SLICE_INIT("1300"), SLICE_INIT("SYSCALL")},
		     {SLICE_INIT("1302"), SLICE_INIT("PATH")},
		     {SLICE_INIT("1307"), SLICE_INIT("CWD")},
		     {SLICE_INIT("1309"), SLICE_INIT("EXECVE")},
		     {SLICE_INIT("1327"), SLICE_INIT("PROCTITLE")}};
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (slice_eq(names[i].number, type))
			return names[i].name;
	return type;
}

static const struct key *find_key(slice name)
{
	size_t letter = name.len ? (uint8_t)name.at[0] & 127 : 0;
	for (size_t i = 0; i < keys[letter].len; i++)
		if (slice_eq(keys[letter].at[i].name, name))
			return &keys[letter].at[i];
	return NULL;
}

/* The kernel writes great letters; a word of small ones is a word. */
static int upper_hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* The bytes that `hex` stands for, NULs between arguments as spaces; `hex` itself if it is none. */
static slice unhex(slice hex, struct arena *scratch)
{
	if (hex.len < 2 || hex.len % 2)
		return hex;
	for (size_t i = 0; i < hex.len; i++)
		if (upper_hex(hex.at[i]) < 0)
			return hex;
	char *out = arena_take(scratch, hex.len / 2);
	for (size_t i = 0; i < hex.len / 2; i++) {
		int c = upper_hex(hex.at[2 * i]) << 4 | upper_hex(hex.at[2 * i + 1]);
		out[i] = (char)(c ? c : ' ');
	}
	return (slice){out, hex.len / 2};
}

struct pair {
	slice key, value;
	bool quoted;
};

/* key=value, key="value" off the front, white space before and the quote of msg='...' aside. */
static bool take_pair(slice *s, struct pair *p)
{
	while (s->len && (s->at[0] == ' ' || s->at[0] == '\'' || s->at[0] == '\x1d'))
		*s = slice_from(*s, 1);
	size_t n = 0;
	while (n < s->len && s->at[n] != '=' && s->at[n] != ' ')
		n++;
	p->key = slice_first(*s, n);
	*s = slice_from(*s, n);
	p->value = (slice){s->at, 0};
	p->quoted = false;
	if (!slice_eat(s, "="))
		return s->len || n;
	if (slice_starts(*s, SLICE("'"))) /* msg='op=login acct=...': its pairs come next */
		return true;
	p->quoted = slice_eat(s, "\"");
	n = 0;
	while (n < s->len &&
	       (p->quoted ? s->at[n] != '"'
			  : s->at[n] != ' ' && s->at[n] != '\'' && s->at[n] != '\x1d'))
		n++;
	p->value = slice_first(*s, n);
	*s = slice_from(*s, n + p->quoted);
	return true;
}

static bool is_nothing(const struct pair *p)
{
	return p->value.len == 0 || (!p->quoted && (slice_eq(p->value, SLICE("(null)")) ||
						    slice_eq(p->value, SLICE("?"))));
}

/* What a record says beside its fields. */
struct record {
	const struct type *type;
	enum result outcome;
	slice arch, mode, nametype;
};

static bool is_call(const struct record *r)
{
	return slice_eq(r->type->name, SLICE("SYSCALL")) || slice_eq(r->type->name, SLICE("1300"));
}

static void note_pair(const struct pair *p, struct record *r)
{
	if (slice_eq(p->key, SLICE("arch")))
		r->arch = p->value;
	else if (slice_eq(p->key, SLICE("mode")))
		r->mode = p->value;
	else if (slice_eq(p->key, SLICE("nametype")))
		r->nametype = p->value;
}

static void set_pair(const struct pair *p, struct event *e, struct record *r, struct arena *scratch)
{
	note_pair(p, r);
	const struct key *k = find_key(p->key);
	if (!k || is_nothing(p) ||
	    (k->field < FIELD_COUNT && event_has(e, k->field) && k->field != F_PROCESS &&
	     k->field != F_PID))
		return;
	switch (k->what) {
	case NUMBER:
		event_parse_number(e, k->field, p->value);
		break;
	case ADDRESS:
		event_parse_address(e, k->field, p->value);
		break;
	case STRING:
		event_text(e, k->field, p->quoted ? p->value : unhex(p->value, scratch));
		break;
	case ARGUMENT: /* of a call a number, not a text in hexadecimal */
		event_text(e, k->field,
			   p->quoted || is_call(r) ? p->value : unhex(p->value, scratch));
		break;
	case RESULT:
		if (r->type->verdict)
			r->outcome =
			    slice_eq(p->value, SLICE("success")) ? OUT_SUCCESS : OUT_FAILURE;
		break;
	default:
		event_text(e, k->field, p->value);
	}
}

/* audit(1364481363.243:24287): off the front. */
static bool take_stamp(slice *s, struct event *e)
{
	int64_t seconds, millis, serial;
	if (!slice_eat(s, "audit(") || !slice_number(s, &seconds) || !slice_eat(s, ".") ||
	    !slice_number(s, &millis) || !slice_eat(s, ":") || !slice_number(s, &serial) ||
	    !slice_eat(s, ")") || seconds > INT64_C(1) << 40 || millis > 999)
		return false;
	slice_eat(s, ":");
	event_number(e, F_TIME, seconds * CLOCK_SECOND + millis * 1000);
	event_number(e, F_AUDIT_ID, serial);
	return true;
}

/* The arguments of EXECVE: a0="ls" a1=..., joined by spaces. */
static void join_arguments(slice s, struct event *e, struct arena *scratch)
{
	struct pair p;
	size_t room = s.len, n = 0;
	char *out = arena_take(scratch, room + 1);
	while (take_pair(&s, &p)) {
		if (p.key.len < 2 || p.key.at[0] != 'a' || p.key.at[1] < '0' || p.key.at[1] > '9')
			continue;
		slice text = p.quoted ? p.value : unhex(p.value, scratch);
		if (n + text.len + 1 > room)
			break;
		memcpy(out + n, text.at, text.len);
		out[n + text.len] = ' ';
		n += text.len + 1;
	}
	if (n)
		event_text(e, F_COMMAND_LINE, (slice){out, n - 1});
}

/* System calls that open files or start commands, by machine (linux/audit.h: AUDIT_ARCH_*). */
static const struct call {
	slice arch, number;
	enum action action;
} calls[] = {
    {SLICE_INIT("c000003e"), SLICE_INIT("257"), ACT_FILE_OPEN}, /* x86-64: openat */
    {SLICE_INIT("c000003e"), SLICE_INIT("2"), ACT_FILE_OPEN},   /* open */
    {SLICE_INIT("c000003e"), SLICE_INIT("437"), ACT_FILE_OPEN}, /* openat2 */
    {SLICE_INIT("c000003e"), SLICE_INIT("304"), ACT_FILE_OPEN}, /* open_by_handle_at */
    {SLICE_INIT("c000003e"), SLICE_INIT("59"), ACT_COMMAND},    /* execve */
    {SLICE_INIT("c000003e"), SLICE_INIT("322"), ACT_COMMAND},   /* execveat */
    {SLICE_INIT("c00000b7"), SLICE_INIT("56"), ACT_FILE_OPEN},  /* arm64: openat */
    {SLICE_INIT("c00000b7"), SLICE_INIT("437"), ACT_FILE_OPEN},
    {SLICE_INIT("c00000b7"), SLICE_INIT("265"), ACT_FILE_OPEN},
    {SLICE_INIT("c00000b7"), SLICE_INIT("221"), ACT_COMMAND},
    {SLICE_INIT("c00000b7"), SLICE_INIT("281"), ACT_COMMAND},
    {SLICE_INIT("40000003"), SLICE_INIT("5"), ACT_FILE_OPEN}, /* i386: open */
    {SLICE_INIT("40000003"), SLICE_INIT("295"), ACT_FILE_OPEN},
    {SLICE_INIT("40000003"), SLICE_INIT("437"), ACT_FILE_OPEN},
    {SLICE_INIT("40000003"), SLICE_INIT("11"), ACT_COMMAND},
};

/* Names of calls that rules ask for, where the record has the number alone. */
static const struct call_name {
	slice arch, number, name;
} call_names[] = {
    {SLICE_INIT("c000003e"), SLICE_INIT("59"), SLICE_INIT("execve")},
    {SLICE_INIT("c000003e"), SLICE_INIT("322"), SLICE_INIT("execveat")},
    {SLICE_INIT("c000003e"), SLICE_INIT("2"), SLICE_INIT("open")},
    {SLICE_INIT("c000003e"), SLICE_INIT("257"), SLICE_INIT("openat")},
    {SLICE_INIT("c000003e"), SLICE_INIT("41"), SLICE_INIT("socket")},
    {SLICE_INIT("c000003e"), SLICE_INIT("42"), SLICE_INIT("connect")},
    {SLICE_INIT("c000003e"), SLICE_INIT("99"), SLICE_INIT("sysinfo")},
    {SLICE_INIT("c000003e"), SLICE_INIT("101"), SLICE_INIT("ptrace")},
    {SLICE_INIT("c000003e"), SLICE_INIT("103"), SLICE_INIT("syslog")},
    {SLICE_INIT("c000003e"), SLICE_INIT("135"), SLICE_INIT("personality")},
    {SLICE_INIT("c000003e"), SLICE_INIT("175"), SLICE_INIT("init_module")},
    {SLICE_INIT("c000003e"), SLICE_INIT("313"), SLICE_INIT("finit_module")},
    {SLICE_INIT("c00000b7"), SLICE_INIT("221"), SLICE_INIT("execve")},
    {SLICE_INIT("c00000b7"), SLICE_INIT("281"), SLICE_INIT("execveat")},
    {SLICE_INIT("c00000b7"), SLICE_INIT("56"), SLICE_INIT("openat")},
    {SLICE_INIT("c00000b7"), SLICE_INIT("198"), SLICE_INIT("socket")},
    {SLICE_INIT("c00000b7"), SLICE_INIT("203"), SLICE_INIT("connect")},
};

static void name_call(const struct record *r, struct event *e)
{
	slice number = event_get(e, F_AUDIT_SYSCALL);
	if (event_has(e, F_AUDIT_CALL) || !number.len)
		return;
	for (size_t i = 0; i < sizeof call_names / sizeof *call_names; i++)
		if (slice_eq(call_names[i].arch, r->arch) && slice_eq(call_names[i].number, number))
			event_text(e, F_AUDIT_CALL, call_names[i].name);
}

static enum action action_of_call(slice arch, slice number)
{
	for (size_t i = 0; i < sizeof calls / sizeof *calls; i++)
		if (slice_eq(calls[i].arch, arch) && slice_eq(calls[i].number, number))
			return calls[i].action;
	return ACT_MESSAGE;
}

/* A PATH record is a file's if it is neither a directory nor a file's parent. */
static enum action action_of_path(const struct record *r)
{
	bool directory = slice_starts(r->mode, SLICE("04"));
	return directory || slice_eq(r->nametype, SLICE("PARENT")) ? ACT_MESSAGE : ACT_FILE_OPEN;
}

static enum action action_of(const struct record *r, const struct event *e)
{
	if (is_call(r))
		return action_of_call(r->arch, event_get(e, F_AUDIT_SYSCALL));
	if (r->type->action == ACT_FILE_OPEN)
		return action_of_path(r);
	return r->type->action;
}

static enum decoded read_record(slice type, slice s, struct event *e, struct arena *scratch)
{
	struct record r = {.type = find_type(type)};
	struct pair p;
	event_module(e, &format_auditd);
	if (type.len)
		event_text(e, F_AUDIT_TYPE, type_name(type));
	if (!take_stamp(&s, e)) {
		event_act(e, ACT_MESSAGE, OUT_NONE);
		return DECODED_BROKEN;
	}
	slice pairs = s;
	while (take_pair(&s, &p))
		set_pair(&p, e, &r, scratch);
	if (slice_eq(r.type->name, SLICE("EXECVE")))
		join_arguments(pairs, e, scratch);
	name_call(&r, e);
	event_act(e, action_of(&r, e), r.outcome);
	return DECODED_EVENT;
}

/* "[node=N ]type=T msg=" off the front. */
static bool take_head(slice *s, struct event *e, slice *type)
{
	if (slice_eat(s, "node=")) {
		slice node = slice_until(s, ' ');
		if (!event_has(e, F_HOST) && node.len)
			event_text(e, F_HOST, node);
	}
	if (!slice_eat(s, "type="))
		return false;
	*type = slice_until(s, ' ');
	return slice_eat(s, "msg=");
}

/* "[12.3] audit: type=1300 audit(...): ...": the kernel itself, its types by number. */
static bool take_kernel_head(slice *s, slice *type)
{
	slice t = *s;
	if (!slice_eat(&t, "type="))
		return false;
	*type = slice_until(&t, ' ');
	*s = t;
	return slice_starts(t, SLICE("audit("));
}

enum decoded auditd_syslog_decode(slice program, slice body, struct event *e, struct arena *scratch)
{
	enum { HEAD = 64 };
	slice type, head = slice_first(body, HEAD);
	size_t node = slice_search(head, SLICE("node=")), at = slice_search(head, SLICE("type="));
	slice s = slice_from(body, node < at ? node : at), t = s;
	if (at != SIZE_MAX && take_kernel_head(&t, &type))
		return read_record(type, t, e, scratch);
	if (at != SIZE_MAX && take_head(&s, e, &type))
		return read_record(type, s, e, scratch);
	if (!slice_starts(program, SLICE("audi")))
		return DECODED_UNKNOWN;
	event_module(e, &format_auditd);
	event_act(e, ACT_MESSAGE, OUT_NONE);
	return DECODED_EVENT;
}

enum decoded audit_file_decode(struct format_state *st, slice line, struct event *e,
			       struct arena *scratch)
{
	slice type;
	if (!slice_starts(line, SLICE("type=")) && !slice_starts(line, SLICE("node=")))
		return DECODED_UNKNOWN;
	if (!take_head(&line, e, &type)) {
		event_clear(e);
		return DECODED_UNKNOWN;
	}
	return read_record(type, line, e, scratch);
}
