/* event.c - the field list written out: names, kinds, JSON. */
#include "event.h"

const struct field_info event_fields[FIELD_COUNT] = {
#define AS_ROW(id, name, kind, about) [F_##id] = {name, KIND_##kind, about},
    EVENT_FIELDS(AS_ROW)
#undef AS_ROW
};

const struct action_info event_actions[ACTION_COUNT] = {
#define AS_ROW(id, name, category) [ACT_##id] = {SLICE_INIT(name), SLICE_INIT(category)},
    ACTIONS(AS_ROW)
#undef AS_ROW
};

/* A field's name as JSON has it, at one length for all: copied without a loop. */
enum { HEAD_MOST = 48 };
static const struct head {
	char text[HEAD_MOST];
	uint8_t len;
} heads[FIELD_COUNT] = {
#define AS_HEAD(id, name, kind, about) [F_##id] = {"\"" name "\":", sizeof name + 2},
    EVENT_FIELDS(AS_HEAD)
#undef AS_HEAD
};

int event_field(slice name)
{
	for (int f = 0; f < FIELD_COUNT; f++)
		if (slice_eq(name, slice_of(event_fields[f].name)))
			return f;
	return -1;
}

void event_act(struct event *e, enum action action, enum result outcome)
{
	e->action = action;
	e->outcome = outcome;
	event_text(e, F_ACTION, event_actions[action].name);
	event_drop(e, F_CATEGORY); /* what was said before holds no more */
	event_drop(e, F_OUTCOME);
	if (event_actions[action].category.len)
		event_text(e, F_CATEGORY, event_actions[action].category);
	if (outcome != OUT_NONE)
		event_text(e, F_OUTCOME,
			   outcome == OUT_SUCCESS ? SLICE("success") : SLICE("failure"));
}

static bool parse_number(slice text, int64_t *n)
{
	bool minus = slice_eat(&text, "-");
	bool fine = slice_is_number(text, n);
	*n = minus && fine ? -*n : *n;
	return fine;
}

bool event_parse(struct event *e, enum field f, slice text)
{
	bool zone, fine = true, yes = slice_eq(text, SLICE("true"));
	union value v = {.text = text};
	switch (event_fields[f].kind) {
	case KIND_TEXT:
		break;
	case KIND_NUMBER:
		fine = parse_number(text, &v.number);
		break;
	case KIND_FLAG:
		v.number = yes;
		fine = yes || slice_eq(text, SLICE("false"));
		break;
	case KIND_ADDRESS:
		fine = address_parse(text, &v.address);
		break;
	case KIND_TIME:
		fine = clock_parse_iso(&text, &v.number, &zone) && !text.len;
		break;
	}
	if (fine) {
		e->v[f] = v;
		event_mark(e, f);
	}
	return fine;
}

static void value_json(const struct event *e, enum field f, struct out *o)
{
	switch (event_fields[f].kind) {
	case KIND_TEXT:
		out_json(o, e->v[f].text);
		break;
	case KIND_NUMBER:
		out_number(o, e->v[f].number);
		break;
	case KIND_FLAG:
		out_text(o, e->v[f].number ? "true" : "false");
		break;
	case KIND_ADDRESS:
		out_room(o, ADDRESS_TEXT + 2);
		o->at[o->len] = '"';
		o->len += 1 + address_format(&e->v[f].address, o->at + o->len + 1);
		out_char(o, '"');
		break;
	case KIND_TIME:
		out_char(o, '"');
		out_time(o, e->v[f].number);
		out_char(o, '"');
		break;
	}
}

static void member_json(struct out *o, const char *name, slice text, const char **before)
{
	if (!text.len)
		return;
	out_text(o, *before);
	out_json(o, slice_of(name));
	out_char(o, ':');
	out_json(o, text);
	*before = ",";
}

static void items_json(const struct event *e, struct out *o)
{
	out_text(o, "\"mail.items\":");
	for (size_t i = 0; i < e->item_count; i++) {
		const struct mail_item *m = &e->items[i];
		const char *before = "{";
		out_char(o, i ? ',' : '[');
		member_json(o, "folder", m->folder, &before);
		member_json(o, "message_id", m->message_id, &before);
		member_json(o, "subject", m->subject, &before);
		if (m->size)
			out_format(o, "%s\"size\":%lld", before, (long long)m->size);
		else if (*before == '{')
			out_char(o, '{');
		out_char(o, '}');
	}
	out_text(o, "],");
}

/* Who names the act in words of his own is quoted: both, or his alone where the house has none. */
static void action_json(const struct event *e, struct out *o)
{
	if (!event_has(e, F_OPERATION)) {
		out_json(o, e->v[F_ACTION].text);
		return;
	}
	if (e->action != ACT_MESSAGE) {
		out_char(o, '[');
		out_json(o, e->v[F_ACTION].text);
		out_char(o, ',');
	}
	out_json(o, e->v[F_OPERATION].text);
	if (e->action != ACT_MESSAGE)
		out_char(o, ']');
}

static void field_json(const struct event *e, enum field f, struct out *o)
{
	out_room(o, HEAD_MOST);
	memcpy(o->at + o->len, heads[f].text, HEAD_MOST);
	o->len += heads[f].len;
	if (f == F_ACTION)
		action_json(e, o);
	else
		value_json(e, f, o);
	out_char(o, ',');
}

void event_json(const struct event *e, slice path, bool original, struct out *o)
{
	out_char(o, '{');
	for (int i = 0; i < FIELD_WORDS; i++)
		for (uint64_t has = e->has[i]; has; has &= has - 1)
			field_json(e, (enum field)(64 * i + __builtin_ctzll(has)), o);
	if (e->item_count)
		items_json(e, o);
	out_text(o, "\"log.file.path\":");
	out_json(o, path);
	out_text(o, ",\"log.offset\":");
	out_number(o, (int64_t)e->place.offset);
	out_text(o, ",\"log.line\":");
	out_number(o, (int64_t)e->place.line);
	if (original) {
		out_text(o, ",\"event.original\":");
		out_json(o, e->raw);
	}
	out_char(o, '}');
}
