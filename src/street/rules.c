/*
 * rules.c - Sigma rules over our events: what they see, where they lie, which pipelines fit them.
 */
#include "base/word.h"
#include "sigma/sigma.h"
#include "logsource.h"
#include "street.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { F_RECORD = FIELD_COUNT }; /* the record itself: where keywords are looked for */

/* --- what rules see of an event --- */

/* `ctx`: bits of the fields that are asked for, or NULL. */
static int rule_field(void *ctx, slice name)
{
	uint64_t *asked = ctx;
	int field = slice_eq(name, SLICE("event.original")) ? (int)F_RECORD : event_field(name);
	if (asked && field >= 0 && field < FIELD_COUNT)
		asked[field >> 6] |= UINT64_C(1) << (field & 63);
	return field;
}

static void record_value(const struct event *e, struct sigma_value *out)
{
	out->kind = e->raw.len ? SIGMA_TEXT : SIGMA_ABSENT;
	out->text = e->raw;
}

static void field_value(const void *event, int field, struct sigma_value *out)
{
	const struct event *e = event;
	if (field == F_RECORD) {
		record_value(e, out);
		return;
	}
	if (!event_has(e, (enum field)field)) {
		out->kind = SIGMA_ABSENT;
		return;
	}
	switch (event_fields[field].kind) {
	case KIND_TEXT:
		out->kind = SIGMA_TEXT;
		out->text = e->v[field].text;
		break;
	case KIND_ADDRESS:
		out->kind = SIGMA_ADDRESS;
		out->address = e->v[field].address;
		break;
	case KIND_FLAG:
		out->kind = SIGMA_FLAG;
		out->number = e->v[field].number;
		break;
	default:
		out->kind = SIGMA_NUMBER;
		out->number = e->v[field].number;
	}
}

static unsigned action_key(const void *event)
{
	return ((const struct event *)event)->action;
}

_Static_assert(FIELD_WORDS * 64 == SIGMA_PRESENT, "as events tell");

static const uint64_t *fields_there(const void *event)
{
	return ((const struct event *)event)->has;
}

static int action_of(slice text)
{
	for (int i = 0; i < ACTION_COUNT; i++)
		if (slice_eq_nocase(text, event_actions[i].name))
			return i;
	return -1;
}

static bool fits_source(const void *event, slice product, slice category, slice service)
{
	return logsource_is(event, product, category, service);
}

/* Fields of few values, of which rules ask often, and none that a client chooses. */
static const enum field kind_texts[] = {F_MODULE, F_OUTCOME, F_NET_STATE, F_AUDIT_NAMETYPE};
static const enum field kind_numbers[] = {F_NET_TRUSTED, F_NET_SHARED, F_STATUS};

static bool is_of_kind(int field)
{
	for (size_t i = 0; i < sizeof kind_texts / sizeof *kind_texts; i++)
		if (field == (int)kind_texts[i])
			return true;
	for (size_t i = 0; i < sizeof kind_numbers / sizeof *kind_numbers; i++)
		if (field == (int)kind_numbers[i])
			return true;
	return field == F_ACTION;
}

static uint64_t mixed(uint64_t kind, uint64_t more)
{
	kind = (kind ^ more) * UINT64_C(0x9E3779B97F4A7C15);
	return kind ^ kind >> 32;
}

/* Short words are numbers as they stand. */
static uint64_t mixed_text(uint64_t kind, slice text)
{
	if (text.len < 4 || text.len > 8)
		return hash_quick(text, kind);
	uint64_t head = word_half(text.at), tail = word_half(text.at + text.len - 4);
	return mixed(kind + text.len, head | tail << 32);
}

static uint64_t kind_of(const void *event)
{
	const struct event *e = event;
	uint64_t kind = e->action;
	for (size_t i = 0; i < sizeof kind_texts / sizeof *kind_texts; i++)
		if (event_has(e, kind_texts[i]))
			kind = mixed_text(kind + i, e->v[kind_texts[i]].text);
	for (size_t i = 0; i < sizeof kind_numbers / sizeof *kind_numbers; i++)
		if (event_has(e, kind_numbers[i]))
			kind = mixed(kind + i, (uint64_t)e->v[kind_numbers[i]].number);
	return kind;
}

static const char *const *field_names(void)
{
	static const char *const names[] = {
#define AS_ROW(id, name, kind, about) name,
		EVENT_FIELDS(AS_ROW)
#undef AS_ROW
				 "event.original",
			     NULL
	};
	return names;
}

/* --- where they lie --- */

/* Beside the build, in the tree that the program was installed or moved with, or as configured. */
static const char *data_path(const char *own, const char *name, char *room, size_t size)
{
	char exe[PATH_MAX];
	if (own)
		return own;
	ssize_t n = readlink("/proc/self/exe", exe, sizeof exe - 1);
	if (n > 0) {
		exe[n] = '\0';
		for (int up = 0; up < 3; up++) { /* build/src/tocsin, build/tocsin */
			char *slash = strrchr(exe, '/');
			if (!slash)
				break;
			*slash = '\0';
			snprintf(room, size, "%s/%s", exe, name);
			if (access(room, R_OK) == 0)
				return room;
			snprintf(room, size, "%s/share/tocsin/%s", exe, name);
			if (access(room, R_OK) == 0)
				return room;
		}
	}
	snprintf(room, size, "%s/%s", TOCSIN_DATADIR, name);
	return room;
}

const char *scan_rules_path(char *room, size_t size)
{
	return data_path(getenv("TOCSIN_RULES"), "rules", room, size);
}

const char *scan_pipelines_path(char *room, size_t size)
{
	return data_path(getenv("TOCSIN_PIPELINES"), "pipelines", room, size);
}

/* --- complaints --- */

void scan_note_rule(void *ctx, bool warning, const char *path, int line, int column,
		    const char *what, const char *expected)
{
	struct out o = {.fd = 2};
	out_text(&o, warning ? "tocsin: warning: " : "tocsin: ");
	out_plain(&o, slice_of(path));
	if (line > 0)
		out_format(&o, ":%d:%d", line, column);
	out_text(&o, ": ");
	out_plain(&o, slice_of(what));
	if (expected && *expected) {
		out_text(&o, " (");
		out_plain(&o, slice_of(expected));
		out_text(&o, ")");
	}
	out_text(&o, "\n");
	out_close(&o);
}

/* A collection of rules is for all the world: those that nothing here can meet are only counted. */
struct telling {
	size_t elsewhere, warnings;
};

static void tell(void *ctx, bool warning, const char *path, int line, int column, const char *what,
		 const char *expected)
{
	struct telling *t = ctx;
	if (warning && strcmp(what, SIGMA_ELSEWHERE) == 0)
		t->elsewhere++;
	else if (!warning)
		scan_note_rule(NULL, warning, path, line, column, what, expected);
	else if (strcmp(what, SIGMA_NO_RULE) != 0)
		t->warnings++;
}

static void tell_counts(const struct telling *t)
{
	if (t->elsewhere)
		fprintf(stderr,
			"tocsin: warning: %zu rules are for log sources that are not read here\n",
			t->elsewhere);
	if (t->warnings)
		fprintf(stderr,
			"tocsin: warning: rules ask for what no event has, %zu times (tocsin rules "
			"check PATH says where)\n",
			t->warnings);
}

/* --- all of it --- */

static struct sigma *new_rules(sigma_note *note, void *ctx, uint64_t *asked)
{
	const struct sigma_schema schema = {
	    .field = rule_field,
	    .ctx = asked,
	    .value = field_value,
	    .key_field = F_ACTION,
	    .key_count = ACTION_COUNT,
	    .key = action_key,
	    .key_of = action_of,
	    .present = fields_there,
	    .present_count = FIELD_COUNT,
	    .kind = kind_of,
	    .of_kind = is_of_kind,
	    .logsource = fits_source,
	    .occurs = logsource_occurs,
	    .field_names = field_names(),
	};
	char room[PATH_MAX + 16];
	struct sigma *s = sigma_new(&schema, note, ctx);
	sigma_pipeline(s, scan_pipelines_path(room, sizeof room));
	return s;
}

struct sigma *scan_rules_new(sigma_note *note, void *ctx)
{
	return new_rules(note, ctx, NULL);
}

void scan_rules_load(struct sigma *s, const char *const *paths, size_t n)
{
	char room[PATH_MAX + 16];
	for (size_t i = 0; i < n; i++)
		sigma_load(s, paths[i]);
	if (!n)
		sigma_load(s, scan_rules_path(room, sizeof room));
	sigma_ready(s);
}

struct sigma *scan_rules(const char *const *paths, size_t n, uint64_t *asked)
{
	struct telling told = {0};
	struct sigma *s = new_rules(tell, &told, asked);
	scan_rules_load(s, paths, n);
	tell_counts(&told);
	return s;
}
