/*
 * group.c - the group of an event: its values, as the bytes of a key; and read from there.
 */
#include "correlate.h"

struct sigma_value occasion_value(struct sigma *s, const struct occasion *o, int field)
{
	struct sigma_value v = {SIGMA_ABSENT};
	if (field >= 0 && o->event)
		s->schema->value(o->event, field, &v);
	for (size_t i = 0; field >= 0 && !o->event && i < o->group_count; i++)
		if (o->group_numbers[i] == field)
			v = o->group[i];
	if (v.kind == SIGMA_LIST) /* of several values the first counts */
		return v.count ? v.items[0] : (struct sigma_value){SIGMA_ABSENT};
	return v;
}

/* A text that is the only way to write a number, or a flag. */
static struct sigma_value meaning_of(const struct sigma_value *v)
{
	struct sigma_value m = *v;
	char first = v->kind == SIGMA_TEXT && v->text.len ? v->text.at[0] : '\0';
	bool digit = first >= '0' && first <= '9';
	if (!digit && !memchr("-tf", first, 3))
		return m;
	bool yes = slice_eq(v->text, SLICE("true")), no = slice_eq(v->text, SLICE("false"));
	if (yes || no)
		m = (struct sigma_value){.kind = SIGMA_FLAG, .number = yes};
	slice digits = slice_from(v->text, first == '-');
	bool plain = digits.len && (digits.at[0] != '0' || v->text.len == 1);
	int64_t number;
	if (plain && value_number(v, &number))
		m = (struct sigma_value){.kind = SIGMA_NUMBER, .number = number};
	return m;
}

static slice bytes_of(const struct sigma_value *v, char text[GROUP_VALUE_MOST])
{
	slice bytes = {(const char *)&v->number, sizeof v->number};
	if (v->kind == SIGMA_ADDRESS)
		return (slice){(const char *)v->address.b, sizeof v->address.b};
	if (v->kind == SIGMA_TEXT)
		bytes = v->text;
	if (bytes.len <= GROUP_VALUE_MOST)
		return bytes;
	uint64_t hash = hash_bytes(bytes.at, bytes.len);
	memcpy(text, bytes.at, GROUP_VALUE_MOST - 17);
	text[GROUP_VALUE_MOST - 17] = '#';
	for (size_t i = 1; i <= 16; i++, hash >>= 4)
		text[GROUP_VALUE_MOST - i] = "0123456789abcdef"[hash & 15];
	return (slice){text, GROUP_VALUE_MOST};
}

/* A value as kind, length, bytes. Returns what was written, 0 if there is no value. */
static size_t put_value(char *at, const struct sigma_value *v)
{
	char text[GROUP_VALUE_MOST];
	if (v->kind == SIGMA_ABSENT || v->kind == SIGMA_NULL)
		return 0;
	struct sigma_value meaning = meaning_of(v);
	slice bytes = bytes_of(&meaning, text);
	at[0] = (char)meaning.kind;
	at[1] = (char)(bytes.len >> 8);
	at[2] = (char)bytes.len;
	if (bytes.len)
		memcpy(at + 3, bytes.at, bytes.len);
	return 3 + bytes.len;
}

static bool is_named(const struct named *n, const struct correlation *c, const int *fields)
{
	return n->fields && n->count == c->group_count &&
	       memcmp(n->fields, fields, n->count * sizeof *fields) == 0;
}

bool group_name(struct sigma *s, const struct correlation *c, const int *fields,
		const struct occasion *o, struct named *to)
{
	size_t len = 0;
	if (is_named(to, c, fields))
		return to->there;
	to->fields = fields;
	to->count = c->group_count;
	to->there = false;
	to->texts = 0;
	for (uint32_t i = 0; i < c->group_count; i++) {
		struct sigma_value v = occasion_value(s, o, fields[i]);
		size_t n = put_value(to->room + len, &v);
		if (!n)
			return false;
		to->texts |= (uint32_t)(v.kind == SIGMA_TEXT) << i;
		len += n;
	}
	to->key = (slice){to->room, len};
	return to->there = true;
}

void group_values(const struct group *g, struct values *out, uint32_t count)
{
	slice key = table_key(g);
	for (uint32_t i = 0; i < count; i++) {
		const unsigned char *p = (const unsigned char *)key.at;
		slice bytes = {key.at + 3, (size_t)p[1] << 8 | p[2]};
		struct sigma_value v = {.kind = (enum sigma_kind)p[0]};
		if (v.kind == SIGMA_TEXT)
			v.text = bytes;
		else if (v.kind == SIGMA_ADDRESS)
			memcpy(v.address.b, bytes.at, sizeof v.address.b);
		else
			memcpy(&v.number, bytes.at, sizeof v.number);
		if (v.kind != SIGMA_TEXT && g->texts >> i & 1)
			v = (struct sigma_value){SIGMA_TEXT, .text = value_text(&v, out->room[i])};
		out->at[i] = v;
		key = slice_from(key, 3 + bytes.len);
	}
}

bool value_hash(struct sigma *s, const struct reference *ref, uint32_t count,
		const struct occasion *o, uint64_t *hash)
{
	char room[KEY_ROOM];
	size_t len = 0;
	for (uint32_t i = 0; i < count; i++) {
		struct sigma_value v = occasion_value(s, o, ref->values[i]);
		size_t n = put_value(room + len, &v);
		if (!n)
			return false;
		len += n;
	}
	*hash = hash_bytes(room, len);
	return true;
}
