/*
 * explain.c - a format that is forced upon a record, and how a record is read or nearly so.
 *
 * Both try a body as if another program had written it; only where no format owns it as it stands.
 */
#include "part.h"

enum { WORDS_TRIED = 40 };

/* Programs whose name says more than the one in the table. */
static const slice services[] = {
    SLICE_INIT("postfix/smtpd"),      SLICE_INIT("postfix/qmgr"),   SLICE_INIT("postfix/cleanup"),
    SLICE_INIT("postfix/smtp"),       SLICE_INIT("postfix/pickup"), SLICE_INIT("postfix/lmtp"),
    SLICE_INIT("postfix/virtual"),    SLICE_INIT("postfix/local"),  SLICE_INIT("postfix/bounce"),
    SLICE_INIT("postfix/postscreen"),
};

/* As `f` would read the body; `any` format if it is NULL, but what bears on something. */
static bool owns(struct format_state *st, slice program, slice body, const struct format *f,
		 struct event *e, struct arena *scratch)
{
	struct envelope env = {.program = program, .body = body};
	struct event before = *e;
	event_text(e, F_PROCESS, program);
	enum decoded d = format_body(st, &env, e, scratch);
	bool fits = (d == DECODED_EVENT || d == DECODED_BROKEN) &&
		    (!f || event_get(e, F_MODULE).at == f->name) && (f || e->action != ACT_MESSAGE);
	if (!fits)
		*e = before;
	return fits;
}

/* Body and whatever else the envelope knows, into a fresh event. */
static slice body_of(struct format_state *st, slice record, struct event *e)
{
	struct envelope env;
	event_clear(e);
	e->raw = record;
	if (envelope_open(st, record, e, &env))
		return env.body;
	event_clear(e);
	return record;
}

/* Some decoders take whatever their daemon writes: that says nothing of the words. */
static bool takes_anything(struct format_state *st, slice program, struct event *e,
			   struct arena *scratch)
{
	struct event none = *e;
	return owns(st, program, SLICE("lorem ipsum dolor sit amet"), NULL, &none, scratch);
}

/* The program that makes `body` a record of `f`, or of any format; empty: none. */
static slice program_of(struct format_state *st, slice body, const struct format *f,
			struct event *e, struct arena *scratch)
{
	enum { SERVICES = sizeof services / sizeof *services };
	for (size_t i = 0; i < SERVICES; i++)
		if (owns(st, services[i], body, f, e, scratch) && e->action != ACT_MESSAGE)
			return services[i];
	for (size_t i = 0; format_program(i).len; i++)
		if (owns(st, format_program(i), body, f, e, scratch) &&
		    (f || !takes_anything(st, format_program(i), e, scratch)))
			return format_program(i);
	return (slice){"", 0};
}

slice forced_program(struct format_state *st, slice record, const struct format *f, struct event *e,
		     struct arena *scratch)
{
	return program_of(st, body_of(st, record, e), f, e, scratch);
}

/* True if the words mean something to the forced format; else the event stays as it was. */
static bool means(struct format_state *st, slice body, struct event *e, struct arena *scratch)
{
	struct event before = *e;
	if (program_of(st, body, st->forced, e, scratch).len && e->action != ACT_MESSAGE)
		return true;
	*e = before;
	return false;
}

/*
 * A clock and no tag behind it: the first word may be the host, or the first of what the program
 * said.  That reading is right in which the words mean something; if neither does, it has no host.
 */
static enum decoded untagged_decode(struct format_state *st, const struct envelope *env,
				    struct event *e, struct arena *scratch)
{
	slice host = event_get(e, F_HOST), words = slice_trim(env->behind_time);
	size_t behind_host = (size_t)(host.at - words.at) + host.len;
	event_drop(e, F_HOST);
	event_drop(e, F_PROCESS);
	if (means(st, words, e, scratch))
		return DECODED_EVENT;
	event_text(e, F_HOST, host);
	if (means(st, slice_trim(slice_from(words, behind_host)), e, scratch))
		return DECODED_EVENT;
	event_drop(e, F_HOST);
	if (!program_of(st, words, st->forced, e, scratch).len)
		return DECODED_UNKNOWN;
	event_text(e, F_REASON, SLICE("no tag tells where its host ends and its words begin"));
	return DECODED_BROKEN;
}

/* No colon, bracket or space of a template ends its program. */
static bool is_untagged(const struct envelope *env)
{
	return !env->program.len || env->body.at == env->program.at + env->program.len;
}

enum decoded forced_decode(struct format_state *st, slice record, struct event *e,
			   struct arena *scratch)
{
	struct envelope env = {0};
	slice body = body_of(st, record, e);
	bool enveloped = body.at != record.at && envelope_open(st, record, e, &env);
	enum decoded d;
	if (enveloped && is_untagged(&env) && event_has(e, F_HOST))
		d = untagged_decode(st, &env, e, scratch);
	else
		d = program_of(st, body, st->forced, e, scratch).len ? DECODED_EVENT
								     : DECODED_UNKNOWN;
	/* what looked like a tag may be the first of the words: "warning: ..." */
	if (d == DECODED_EVENT && e->action == ACT_MESSAGE && env.program.len)
		means(st, slice_from(record, (size_t)(env.program.at - record.at)), e, scratch);
	if (d != DECODED_UNKNOWN)
		return d;
	event_drop(e, F_MODULE);
	event_drop(e, F_ACTION);
	return d;
}

/* --- how a record is read --- */

static const char *kind_of_clock(slice clock)
{
	char first = clock.at[0];
	if (first == '@')
		return "TAI64N";
	if (clock.len > 10 && clock.at[4] == '-')
		return clock.at[10] == 'T' ? "ISO 8601" : "ISO 8601 with a space";
	if (first >= '0' && first <= '9')
		return clock.len > 4 && clock.at[4] == ' ' ? "syslog, with a year in front"
							   : "seconds since 1970";
	bool year = clock.len > 16 && slice_search(clock, SLICE(" 20")) != SIZE_MAX;
	return year ? "syslog, with a year" : "syslog (RFC 3164), no year and no zone";
}

static void explain_envelope(struct format_state *st, slice record, struct format_explanation *x)
{
	struct event e;
	struct envelope env = {0};
	event_clear(&e);
	if (!envelope_open(st, record, &e, &env))
		return;
	slice s = record;
	if (s.len && s.at[0] == '<') {
		slice_until(&s, '>');
		x->priority = (slice){record.at, (size_t)(s.at - record.at)};
	}
	x->program = env.program;
	x->body = env.body;
	if (!event_has(&e, F_TIME) || env.behind_time.at <= s.at)
		return;
	x->clock = slice_trim((slice){s.at, (size_t)(env.behind_time.at - s.at)});
	slice_eat(&x->clock, "1 ");
	x->clock_kind = kind_of_clock(x->clock);
	char last = x->clock.at[x->clock.len - 1];
	x->zone_named =
	    last == 'Z' || x->clock.at[0] == '@' ||
	    (x->clock.len > 20 &&
	     (x->clock.at[x->clock.len - 6] == '+' || x->clock.at[x->clock.len - 6] == '-' ||
	      x->clock.at[x->clock.len - 5] == '+' || x->clock.at[x->clock.len - 5] == '-'));
}

/* Whether it would be read if it began at a later word: something unknown stands before it. */
static bool begins_later(struct format_state *st, slice record, struct format_explanation *x,
			 struct arena *scratch)
{
	slice s = record;
	for (int i = 0; i < WORDS_TRIED && s.len; i++) {
		slice_until(&s, ' ');
		enum decoded d = s.len ? format_decode(st, s, &x->event, scratch) : DECODED_UNKNOWN;
		if (d != DECODED_EVENT || x->event.action == ACT_MESSAGE)
			continue;
		x->from = (uint64_t)(s.at - record.at);
		x->nearest = format_named(event_get(&x->event, F_MODULE));
		return true;
	}
	return false;
}

void format_explain(struct format_state *st, slice record, struct format_explanation *x,
		    struct arena *scratch)
{
	*x = (struct format_explanation){0};
	x->decoded = format_decode(st, record, &x->event, scratch);
	memcpy(x->coats, st->coats, sizeof x->coats);
	if (x->decoded == DECODED_UNKNOWN)
		x->coats[0] = NULL; /* tried in vain */
	if (!x->coats[0])
		explain_envelope(st, record, x);
	if (x->decoded != DECODED_UNKNOWN)
		return;
	st->begun = true;
	if (begins_later(st, record, x, scratch))
		return;
	x->as_program = forced_program(st, record, NULL, &x->event, scratch);
	if (x->as_program.len)
		x->nearest = format_named(event_get(&x->event, F_MODULE));
}
