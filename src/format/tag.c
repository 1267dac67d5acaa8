/*
 * tag.c - host and program of a line of syslog, and the oddities that loggers put around them.
 */
#include "envelope.h"

enum { REMARK_MOST = 20 };

/* Bytes of a host's or program's name. */
static const bool name_byte[256] = {
    ['a' ... 'z'] = true, ['A' ... 'Z'] = true, ['0' ... '9'] = true, ['-'] = true, ['_'] = true,
    ['.'] = true,         ['/'] = true,         ['+'] = true,         ['@'] = true,
};

bool tag_is_name(slice s)
{
	for (size_t i = 0; i < s.len; i++)
		if (!name_byte[(uint8_t)s.at[i]])
			return false;
	return s.len > 0;
}

/* " [26818]:", as GNUstep's programs write behind their name */
static bool is_spaced_pid(slice s)
{
	int64_t pid;
	return s.len > 3 && s.at[0] == ' ' && s.at[1] == '[' && is_digit(s.at[2]) &&
	       (s = slice_from(s, 2), slice_number(&s, &pid)) && slice_starts(s, SLICE("]:"));
}

/* "sogod[151:153] ", process and thread, as GNUstep's own log has them: no host stands before it */
static bool is_threaded(slice word)
{
	int64_t number;
	slice_until(&word, '[');
	return slice_number(&word, &number) && slice_eat(&word, ":") &&
	       slice_number(&word, &number) && slice_eq(word, SLICE("]"));
}

/* "[pid]" off the front, or what else stands there up to the bracket. */
static void take_pid(slice *s, struct event *e)
{
	int64_t pid;
	slice t = slice_from(*s, 1);
	bool number = slice_number(&t, &pid);
	if (number && (t.len == 0 || t.at[0] == ']' || t.at[0] == ':'))
		event_number(e, F_PID, pid);
	slice_until(s, ']');
}

/*
 * What some put between the tag and the words: Solaris "[ID 197553 mail.info] ", others
 * "[mail.info] ", macOS "<Info>: " and "(libsystem_info.dylib) ".
 */
static void skip_remark(slice *s)
{
	char first = s->len ? s->at[0] : '\0';
	slice t = *s;
	if (first == '[' && slice_eat(&t, "[ID ")) {
		slice_until(&t, ']');
		*s = t;
	} else if (first == '<' && slice_find(slice_first(t, REMARK_MOST), '>') < REMARK_MOST) {
		slice_until(&t, '>');
		if (slice_eat(&t, ":"))
			*s = t;
	} else if (first == '(' && slice_eat(&t, "(lib")) {
		slice_until(&t, ')');
		*s = t;
	} else if (first == '[' && tag_is_facility(slice_first(t, slice_find(t, ' ')))) {
		slice_until(&t, ' ');
		*s = t;
	} else
		return;
	skip_spaces(s);
}

/* [pid] and the colon behind a program. */
static void end_tag(struct event *e, struct envelope *env)
{
	if (env->body.at[0] == '[')
		take_pid(&env->body, e);
	slice_eat(&env->body, ":");
	skip_spaces(&env->body);
	skip_remark(&env->body);
}

bool tag_take(slice s, struct event *e, struct envelope *env)
{
	size_t n = 0;
	if (slice_starts(s, SLICE("dovecot: "))) { /* half of a mail host's lines */
		env->program = slice_first(s, 7);
		env->body = slice_from(s, 9);
		skip_spaces(&env->body);
		skip_remark(&env->body);
		return true;
	}
	while (n < s.len && name_byte[(uint8_t)s.at[n]])
		n++;
	if (n == 0 || n == s.len)
		return false;
	env->program = slice_first(s, n);
	env->body = slice_from(s, n);
	if (env->body.at[0] == '(') {
		env->body = s;
		return true;
	}
	if (is_spaced_pid(env->body))
		env->body = slice_from(env->body, 1);
	if (env->body.at[0] != '[' && env->body.at[0] != ':')
		return false;
	if (env->body.at[0] == ':' && env->body.len > 1 && env->body.at[1] != ' ' &&
	    tag_is_facility(slice_first(s, slice_find(s, ' '))))
		return false;
	end_tag(e, env);
	return true;
}

/* HOST off the front; false where the first word is the tag itself. */
static bool take_host(struct format_state *st, slice *s, slice *host)
{
	size_t n = st->host_len;
	if (n == 0 || s->len <= n || !word_same(s->at, st->host_text, n)) {
		tag_skip_facility(s);
		n = slice_find(*s, ' ') + 1;
		if (n == 1 || n >= s->len || s->at[n - 2] == ':' ||
		    (slice_find(slice_first(*s, n), '(') < n &&
		     !slice_starts(*s, SLICE("(none) "))) || /* uname's, before it is set */
		    is_spaced_pid(slice_from(*s, n - 1)) ||
		    is_threaded(slice_first(*s, n - 1)))
			return false;
		st->host_len = n <= sizeof st->host_text ? (uint8_t)n : 0;
		memcpy(st->host_text, s->at, st->host_len);
		slice name = slice_first(*s, n - 1);
		st->is_container =
		    slice_eq(name, SLICE("stdout")) || slice_eq(name, SLICE("stderr"));
	}
	*host = tag_host_of_chain(slice_first(*s, n - 1));
	*s = slice_from(*s, n);
	skip_spaces(s);
	return true;
}

/* dovecot.service, postfix@-.service: the program, as journalctl -o with-unit names it */
static slice of_unit(slice program)
{
	if (!slice_ends(program, SLICE(".service")))
		return program;
	size_t at = slice_find(program, '@'), dot = slice_find(program, '.');
	return slice_first(program, at < dot ? at : dot);
}

static void named(struct event *e, struct envelope *env)
{
	env->program = of_unit(env->program);
	if (env->program.len)
		event_text(e, F_PROCESS, env->program);
}

/* Where the tag of a program lies that was met before, or will. */
static struct format_tag *tag_place(struct format_state *st, slice program)
{
	return &st->tags[(program.len + (uint8_t)program.at[program.len - 1]) % FORMAT_TAGS];
}

/* tag_take() of a program that another line had: one comparison. */
static bool take_known_tag(struct format_state *st, slice s, struct event *e, struct envelope *env)
{
	if (s.len < 2 * BLOCK_BYTES)
		return false;
	const char *next = s.at + BLOCK_BYTES;
	uint32_t ends = block_mask(s.at, '[') | block_mask(s.at, ':');
	ends |= (block_mask(next, '[') | block_mask(next, ':')) << BLOCK_BYTES;
	slice program = {s.at, ends ? (size_t)__builtin_ctz(ends) : 0};
	if (program.len == 0)
		return false;
	struct format_tag *t = tag_place(st, program);
	if (!slice_eq((slice){t->text, t->len}, program))
		return false;
	env->tag = t;
	env->program = program;
	env->body = slice_from(s, program.len);
	end_tag(e, env);
	return true;
}

static void remember_tag(struct format_state *st, slice s, const struct envelope *env)
{
	size_t len = env->program.len;
	bool plain = env->program.at == s.at && len && len <= FORMAT_TAG_MOST && len < s.len &&
		     (s.at[len] == '[' || s.at[len] == ':');
	if (!plain)
		return;
	struct format_tag *t = tag_place(st, env->program);
	*t = (struct format_tag){.len = (uint8_t)len, .row = FORMAT_ROW_UNASKED};
	memcpy(t->text, s.at, len);
}

void tag_take_words(struct format_state *st, slice s, struct event *e, struct envelope *env)
{
	env->program = (slice){s.at, 0};
	env->body = s;
	if (slice_starts(s, SLICE("dovecot: ")))
		tag_take(s, e, env);
	else if (!take_known_tag(st, s, e, env)) {
		if (tag_take(s, e, env))
			remember_tag(st, s, env);
		else
			tag_take_odd(s, e, env);
	}
	named(e, env);
}

/* What follows the time: a host or none, a tag or none.  Where the words begin. */
const char *tag_take_origin(struct format_state *st, slice s, struct event *e, struct envelope *env)
{
	slice host;
	skip_spaces(&s);
	if (tag_skip_bracket(&s))
		skip_spaces(&s);
	if (tag_skip_unified(&s, e)) {
		tag_take_words(st, s, e, env);
		return s.at;
	}
	bool named = take_host(st, &s, &host);
	if (named)
		event_text(e, F_HOST, host);
	tag_take_words(st, s, e, env);
	if (named && host.len > 2 && host.at[0] == '[' && (host.at[1] | 32) >= 'a' &&
	    (host.at[1] | 32) <= 'z')
		event_drop(e,
			   F_HOST); /* metalog's program or somebody's level; an address is not */
	return s.at;
}

bool envelope_bare(slice record, struct event *e, struct envelope *env)
{
	slice s = record, host = {0};
	size_t n = slice_find(s, ' ');
	env->tag = NULL;
	if (n < s.len && n && s.at[n - 1] != ':' && slice_find(slice_first(s, n), '[') == n &&
	    !is_spaced_pid(slice_from(s, n))) {
		host = slice_first(s, n);
		s = slice_from(s, n + 1);
	}
	n = 0;
	while (n < s.len && name_byte[(uint8_t)s.at[n]])
		n++;
	size_t close = slice_search(slice_first(s, n + sizeof " [4194304]: "), SLICE("]: "));
	bool tagged = n && n < s.len && (s.at[n] == '[' || is_spaced_pid(slice_from(s, n)));
	if (!tagged || close == SIZE_MAX || !tag_take(s, e, env))
		return false;
	if (host.len)
		event_text(e, F_HOST, host);
	env->behind_time = (slice){0};
	named(e, env);
	return true;
}
