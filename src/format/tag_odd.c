/*
 * tag_odd.c - what loggers put around host and tag beyond what RFC 3164 has, and tags without form.
 */
#include "envelope.h"

enum { FACILITY_MOST = 24 };

bool tag_is_facility(slice word)
{
	static const slice names[] = {
	    SLICE_INIT("mail"),   SLICE_INIT("auth"),   SLICE_INIT("authpriv"),
	    SLICE_INIT("daemon"), SLICE_INIT("kern"),   SLICE_INIT("user"),
	    SLICE_INIT("syslog"), SLICE_INIT("cron"),   SLICE_INIT("local0"),
	    SLICE_INIT("local1"), SLICE_INIT("local2"), SLICE_INIT("local3"),
	    SLICE_INIT("local4"), SLICE_INIT("local5"), SLICE_INIT("local6"),
	    SLICE_INIT("local7"), SLICE_INIT("news"),   SLICE_INIT("security"),
	    SLICE_INIT("audit"),
	};
	static const slice levels[] = {
	    SLICE_INIT("emerg"),  SLICE_INIT("alert"), SLICE_INIT("crit"),  SLICE_INIT("err"),
	    SLICE_INIT("error"),  SLICE_INIT("warn"),  SLICE_INIT("info"),  SLICE_INIT("warning"),
	    SLICE_INIT("notice"), SLICE_INIT("debug"), SLICE_INIT("panic"),
	};
	char divider = slice_find(word, '.') < word.len ? '.' : ':';
	if (slice_find(word, divider) == word.len)
		return false;
	if (word.len > 2 && (word.at[0] == '[' || word.at[0] == '<'))
		word = slice_first(slice_from(word, 1), word.len - 2);
	slice level = word, facility = slice_until(&level, divider);
	facility = slice_until(&facility, '|'); /* AIX: auth|security:info */
	bool known = false, graded = false;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		known |= slice_eq(facility, names[i]);
	for (size_t i = 0; known && i < sizeof levels / sizeof *levels; i++)
		graded |= slice_eq(level, levels[i]);
	return graded;
}

void tag_skip_facility(slice *s)
{
	size_t n = slice_find(slice_first(*s, FACILITY_MOST), ' ');
	if (n >= FACILITY_MOST || !tag_is_facility(slice_first(*s, n)))
		return;
	*s = slice_from(*s, n + 1);
	skip_spaces(s);
}

bool tag_skip_bracket(slice *s)
{
	slice t = *s;
	int64_t n;
	if (slice_eat(&t, "<")) {
		slice_until(&t, '>');
	} else if (!slice_eat(&t, "[") || !slice_number(&t, &n) || !slice_eat(&t, ".") ||
		   !slice_number(&t, &n) || !slice_eat(&t, "] "))
		return false;
	*s = t;
	return true;
}

bool tag_skip_unified(slice *s, struct event *e)
{
	enum { THREAD, TYPE, ACTIVITY, PID, TTL, COLUMNS };
	slice t = *s, column[COLUMNS];
	int64_t pid, ttl;
	if (!slice_starts(t, SLICE("0x")))
		return false;
	for (int i = 0; i < COLUMNS; i++) {
		column[i] = slice_until(&t, ' ');
		skip_spaces(&t);
	}
	if (!slice_starts(column[ACTIVITY], SLICE("0x")) || !t.len ||
	    !slice_is_number(column[PID], &pid) || !slice_is_number(column[TTL], &ttl))
		return false;
	event_number(e, F_PID, pid);
	*s = t;
	return true;
}

slice tag_host_of_chain(slice host)
{
	slice t = host, source = slice_until(&t, '@');
	if (source.len < host.len && t.len)
		host = t;
	size_t n = slice_find(host, '/');
	return n ? slice_first(host, n) : host;
}

static bool is_nil(slice s)
{
	return s.len == 1 && s.at[0] == '-';
}

/* [id key="value" ...]... or -, and the space behind (RFC 5424 6.3). */
static void skip_structured(slice *s)
{
	while (s->len && s->at[0] == '[') {
		size_t i = 1;
		for (bool quoted = false; i < s->len && (quoted || s->at[i] != ']'); i++) {
			if (quoted && s->at[i] == '\\')
				i++;
			else if (s->at[i] == '"')
				quoted = !quoted;
		}
		*s = slice_from(*s, i + 1);
	}
	slice_eat(s, "-");
	skip_spaces(s);
}

void tag_take_5424(slice s, struct event *e, struct envelope *env)
{
	int64_t pid;
	env->program = slice_until(&s, ' ');
	slice procid = slice_until(&s, ' ');
	slice_until(&s, ' ');
	skip_structured(&s);
	slice_eat(&s, "\xef\xbb\xbf");
	env->body = s;
	if (slice_is_number(procid, &pid))
		event_number(e, F_PID, pid);
	if (is_nil(env->program))
		env->program.len = 0;
	if (env->program.len)
		event_text(e, F_PROCESS, env->program);
}

/* "dovecot 77 - - words": RFC 5424 that somebody left without its priority and version. */
static bool is_5424(slice s)
{
	int64_t pid;
	slice app = slice_until(&s, ' '), procid = slice_until(&s, ' ');
	slice_until(&s, ' ');
	return app.len && s.len > 1 && (is_nil(procid) || slice_is_number(procid, &pid)) &&
	       (s.at[0] == '[' || slice_starts(s, SLICE("- ")));
}

/*
 * "[sshd] words" or "[sshd]: words", as metalog has it: no host, and what was taken for one is it.
 */
static void take_metalog(slice s, struct event *e, struct envelope *env)
{
	slice host = event_get(e, F_HOST), word = host.len ? host : slice_until(&s, ' ');
	if (slice_ends(word, SLICE(":")))
		word.len--;
	if ((!host.len && env->program.len) || word.len < 3 || word.at[0] != '[' ||
	    word.at[word.len - 1] != ']')
		return;
	word = (slice){word.at + 1, word.len - 2};
	if (!tag_is_name(word))
		return;
	event_drop(e, F_HOST);
	env->program = word;
	env->body = s;
}

/* "Message forwarded from HOST: ", as AIX writes in front of what others sent. */
static bool take_forwarded(slice *s, struct event *e)
{
	if (!slice_eat(s, "Message forwarded from "))
		return false;
	slice host = slice_until(s, ':');
	skip_spaces(s);
	if (host.len)
		event_text(e, F_HOST, host);
	return host.len > 0;
}

void tag_take_odd(slice s, struct event *e, struct envelope *env)
{
	static const slice known[] = {SLICE_INIT("dovecot "), SLICE_INIT("postfix/"),
				      SLICE_INIT("exim "),    SLICE_INIT("sendmail "),
				      SLICE_INIT("sshd "),    SLICE_INIT("roundcube "),
				      SLICE_INIT("iredapd ")};
	slice t = s;
	struct address relay;
	tag_skip_facility(&t);
	bool forwarded = take_forwarded(&t, e);
	if ((forwarded || t.len < s.len) && tag_take(t, e, env))
		return;
	if (is_5424(s)) {
		tag_take_5424(s, e, env);
		return;
	}
	t = s;
	slice host = event_get(e, F_HOST), own = slice_until(&t, ' ');
	bool twice = own.len && slice_eq(own, host); /* named by itself and by its relay */
	if ((twice || address_parse(host, &relay)) && tag_take(t, e, env)) {
		event_text(e, F_HOST, own);
		return;
	}
	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (slice_starts(s, known[i]) && t.len) {
			env->program = own;
			env->body = t;
		}
	take_metalog(s, e, env);
}
