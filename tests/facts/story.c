/* story.c - see story.h. */
#include "story.h"

#include <stdio.h>
#include <stdlib.h>

static const struct {
	const char *word;
	enum field field;
} shorts[] = {
    {"user", F_USER},
    {"ip", F_SOURCE_IP},
    {"proto", F_PROTOCOL},
    {"sid", F_SESSION},
    {"bodies", F_BODY_COUNT},
    {"bytes", F_BODY_BYTES},
    {"retr", F_RETR_COUNT},
    {"total", F_TOTAL_COUNT},
    {"server", F_DESTINATION_IP},
    {"module", F_MODULE},
    {"task", F_WEB_TASK},
    {"do", F_WEB_ACTION},
    {"agent", F_USER_AGENT},
    {"uid", F_UID},
    {"folder", F_FOLDER},
    {"part", F_PART},
    {"method", F_METHOD},
    {"start", F_START},
    {"qid", F_QUEUE_ID},
    {"to", F_TO},
    {"status", F_SMTP_STATUS},
    {"size", F_SIZE},
    {"target", F_SIEVE_TARGET},
    {"exe", F_EXECUTABLE},
    {"login", F_USER_ID},
    {"path", F_FILE_PATH},
    {"audit", F_AUDIT_ID},
    {"key", F_AUDIT_KEY},
    {"tries", F_AUTH_ATTEMPTS},
    {"hash", F_AUTH_PASSWORD_HASH},
};

static enum field field_of(slice name)
{
	char room[80];
	for (size_t i = 0; i < sizeof shorts / sizeof *shorts; i++)
		if (slice_eq(name, slice_of(shorts[i].word)))
			return shorts[i].field;
	int n = snprintf(room, sizeof room, "tocsin.%.*s", (int)name.len, name.at);
	int f = event_field((slice){room, (size_t)n});
	if (f < 0)
		f = event_field(name);
	if (f < 0)
		fail_msg("no field %.*s", (int)name.len, name.at);
	return (enum field)f;
}

struct address story_address(const char *text)
{
	struct address a;
	if (!address_parse(slice_of(text), &a))
		fail_msg("%s is no address", text);
	return a;
}

static int64_t moment(double at)
{
	return STORY_BEGAN + (int64_t)(at * 1e6);
}

static void set_field(struct story *s, struct event *e, enum field f, slice value)
{
	char *text = arena_text(&s->arena, value);
	for (char *p = text; (p = strchr(p, '~'));)
		*p = ' ';
	switch (event_fields[f].kind) {
	case KIND_TEXT:
		event_text(e, f, (slice){text, value.len});
		break;
	case KIND_ADDRESS:
		event_address(e, f, story_address(text));
		break;
	case KIND_TIME:
		event_number(e, f, moment(strtod(text, NULL)));
		break;
	default:
		event_number(e, f, strtoll(text, NULL, 10));
	}
}

static void act(struct event *e, slice word)
{
	bool good = slice_ends(word, SLICE("+")), bad = slice_ends(word, SLICE("-"));
	slice name = slice_first(word, word.len - (good || bad));
	for (int a = 0; a < ACTION_COUNT; a++)
		if (slice_eq(event_actions[a].name, name)) {
			event_act(e, (enum action)a,
				  good  ? OUT_SUCCESS
				  : bad ? OUT_FAILURE
					: OUT_NONE);
			return;
		}
	fail_msg("no action %.*s", (int)name.len, name.at);
}

struct event story_event(struct story *s, double at, const char *words)
{
	struct event e;
	slice rest = slice_of(words);
	memset(&e, 0, sizeof e);
	event_clear(&e);
	act(&e, slice_until(&rest, ' '));
	event_number(&e, F_TIME, moment(at));
	e.place = (struct place){.offset = ++s->line * 100, .length = 90, .line = s->line};
	while (rest.len) {
		slice value = slice_until(&rest, ' '), name = slice_until(&value, '=');
		if (name.len)
			set_field(s, &e, field_of(name), value);
	}
	return e;
}

static slice value_of(const struct event *e, enum field f, char room[64])
{
	switch (event_fields[f].kind) {
	case KIND_TEXT:
		return e->v[f].text;
	case KIND_ADDRESS:
		return (slice){room, address_format(&e->v[f].address, room)};
	case KIND_TIME:
		return (slice){room, clock_format(e->v[f].number, room)};
	default:
		return (slice){room, (size_t)snprintf(room, 64, "%lld", (long long)e->v[f].number)};
	}
}

/* A space cannot stand in a list of words: ~ is one. */
static bool is_wanted(slice got, slice wanted)
{
	if (got.len != wanted.len)
		return false;
	for (size_t i = 0; i < got.len; i++)
		if (got.at[i] != (wanted.at[i] == '~' ? ' ' : wanted.at[i]))
			return false;
	return true;
}

bool story_is(struct story *s, const struct event *e, const char *want, const char *name)
{
	slice rest = slice_of(want);
	bool fine = true;
	char room[64];
	while (rest.len) {
		slice value = slice_until(&rest, ' '), word = slice_until(&value, '=');
		bool absent = slice_eat(&word, "!");
		if (!word.len)
			continue;
		enum field f = field_of(word);
		slice got = event_has(e, f) ? value_of(e, f, room) : SLICE("(absent)");
		if (absent ? !event_has(e, f) : is_wanted(got, value))
			continue;
		print_error("%s: %s is %.*s, not %.*s\n", name, event_fields[f].name, (int)got.len,
			    got.at, (int)value.len, value.at);
		fine = false;
	}
	return fine;
}

static void on_emit(void *ctx, const struct event *e)
{
	struct story *s = ctx;
	char room[64];
	slice account = event_get(e, F_ACCOUNT);
	out_format(&s->told, "%.*s %.*s ", (int)e->v[F_ACTION].text.len, e->v[F_ACTION].text.at,
		   (int)account.len, account.at);
	if (event_has(e, F_SOURCE_IP))
		out_slice(&s->told, value_of(e, F_SOURCE_IP, room));
	out_format(&s->told, " %lld\n",
		   (long long)((e->v[F_TIME].number - STORY_BEGAN) / CLOCK_SECOND));
}

struct event story_tell(struct story *s, double at, const char *words, const char *want)
{
	struct event e = story_event(s, at, words);
	facts_add(s->facts, &e, on_emit, s);
	if (want && !story_is(s, &e, want, words))
		fail_msg("at %.3f: %s", at, words);
	return e;
}

void story_rows(struct story *s, const char *name, const struct told *rows, size_t n)
{
	bool fine = true;
	for (size_t i = 0; i < n; i++) {
		struct event e = story_event(s, rows[i].at, rows[i].event);
		char row[40];
		snprintf(row, sizeof row, "row %zu", i + 1);
		facts_add(s->facts, &e, on_emit, s);
		fine &= !rows[i].want || story_is(s, &e, rows[i].want, row);
	}
	if (!fine)
		fail_msg("%s", name);
}

void story_emitted(struct story *s, const char *name, const char *want)
{
	slice got = {s->told.at ? s->told.at : "", s->told.len};
	if (!slice_eq(got, slice_of(want)))
		fail_msg("%s: emitted\n%.*swant\n%s", name, (int)got.len, got.at, want);
	s->told.len = 0;
}

void story_start(struct story *s)
{
	*s = (struct story){.facts = facts_new(), .told = {.fd = -1}};
}

void story_end(struct story *s)
{
	facts_free(&s->facts);
	assert_null(s->facts);
	arena_free(&s->arena);
	out_close(&s->told);
}
