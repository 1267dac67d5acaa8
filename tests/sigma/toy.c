#include "toy.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

static const char *const names[] = {"action", "user", "host", "ip",   "peer",           "port",
				    "ok",     "line", "name", "when", "event.original", NULL};
static const char *const actions[] = {"login", "logout", "read", "send", NULL};

static int find(const char *const *in, slice name)
{
	for (int i = 0; in[i]; i++)
		if (slice_eq_nocase(slice_of(in[i]), name))
			return i;
	return -1;
}

static int toy_field(void *ctx, slice name)
{
	return find(names, name);
}

static void toy_value(const void *event, int field, struct sigma_value *out)
{
	*out = ((const struct toy_event *)event)->v[field];
}

static unsigned toy_key(const void *event)
{
	const struct toy_event *e = event;
	int key = e->v[TOY_ACTION].kind == SIGMA_TEXT ? find(actions, e->v[TOY_ACTION].text) : -1;
	return key < 0 ? 4 : (unsigned)key;
}

static const uint64_t *toy_present(const void *event)
{
	return ((const struct toy_event *)event)->has;
}

static int toy_key_of(slice text)
{
	return find(actions, text);
}

static bool toy_occurs(slice product, slice category, slice service)
{
	return product.len == 0 || slice_eq(product, SLICE("toy"));
}

/* The service is the host. */
static bool toy_logsource(const void *event, slice product, slice category, slice service)
{
	const struct toy_event *e = event;
	return toy_occurs(product, category, service) &&
	       (service.len == 0 || slice_eq(service, e->v[TOY_HOST].text));
}

const struct sigma_schema toy_schema = {.field = toy_field,
					.value = toy_value,
					.key_field = TOY_ACTION,
					.key_count = 5,
					.key = toy_key,
					.key_of = toy_key_of,
					.present = toy_present,
					.present_count = TOY_FIELDS,
					.logsource = toy_logsource,
					.occurs = toy_occurs,
					.field_names = names};
const struct sigma_schema toy_schema_unkeyed = {
    .field = toy_field, .value = toy_value, .key_field = -1, .field_names = names};

/* Of these fields, and so of the log source, which is told by the host. */
static bool toy_of_kind(int field)
{
	return field == TOY_ACTION || field == TOY_HOST || field == TOY_OK;
}

static uint64_t toy_kind(const void *event)
{
	const struct toy_event *e = event;
	uint64_t kind = 0;
	for (int f = 0; f < TOY_FIELDS; f++)
		if (toy_of_kind(f))
			kind = hash_quick(e->v[f].kind == SIGMA_TEXT ? e->v[f].text : SLICE(""),
					  kind + e->v[f].kind + (unsigned)e->v[TOY_OK].number * 8);
	return kind;
}

const struct sigma_schema toy_schema_kinds = {.field = toy_field,
					      .value = toy_value,
					      .key_field = -1,
					      .present = toy_present,
					      .present_count = TOY_FIELDS,
					      .kind = toy_kind,
					      .of_kind = toy_of_kind,
					      .logsource = toy_logsource,
					      .field_names = names};

static struct sigma_value value_of(enum toy_field f, slice text)
{
	struct sigma_value v = {.kind = SIGMA_TEXT, .text = text};
	struct address a;
	int64_t n;
	if (f == TOY_PORT && slice_is_number(text, &n))
		v = (struct sigma_value){.kind = SIGMA_NUMBER, .number = n};
	if (f == TOY_OK)
		v = (struct sigma_value){.kind = SIGMA_FLAG,
					 .number = slice_eq(text, SLICE("true"))};
	if ((f == TOY_IP || f == TOY_PEER) && address_parse(text, &a))
		v = (struct sigma_value){.kind = SIGMA_ADDRESS, .address = a};
	return v;
}

struct toy_event toy_event(slice text)
{
	struct toy_event e = {.v[TOY_RAW] = {.kind = SIGMA_TEXT, .text = text},
			      .has = {1 << TOY_RAW}};
	while (text.len) {
		slice value = slice_until(&text, ';');
		bool null = slice_find(value, '=') == value.len;
		int f = find(names, slice_until(&value, '='));
		assert_true(f >= 0);
		e.v[f] =
		    null ? (struct sigma_value){SIGMA_NULL} : value_of((enum toy_field)f, value);
		e.has[0] |= UINT64_C(1) << f;
	}
	return e;
}

void toy_note(void *ctx, bool warning, const char *path, int line, int column, const char *what,
	      const char *expected)
{
	struct toy_notes *n = ctx;
	int len =
	    snprintf(n->text + n->len, sizeof n->text - n->len, "%s %d:%d %s [%s]\n",
		     warning ? "warning" : "error", line, column, what, expected ? expected : "");
	assert_true(path && len > 0);
	n->len += (size_t)len < sizeof n->text - n->len ? (size_t)len : sizeof n->text - n->len - 1;
}

struct sigma *toy_rules(const char *text)
{
	struct toy_notes notes = {.len = 0};
	struct sigma *s = sigma_new(&toy_schema, toy_note, &notes);
	bool fine = sigma_load_text(s, "test.yml", slice_of(text));
	fine &= sigma_ready(s);
	if (!fine)
		fail_msg("refused: %s", notes.text);
	return s;
}

struct sigma *toy_rule(const struct sigma_schema *schema, const char *detection,
		       struct toy_notes *notes)
{
	char text[8192];
	*notes = (struct toy_notes){.len = 0};
	int len = snprintf(text, sizeof text,
			   "title: t\nid: 00000000-0000-4000-8000-000000000001\n"
			   "logsource: {product: toy}\ndetection:\n%s",
			   detection);
	assert_in_range(len, 1, sizeof text - 1);
	struct sigma *s = sigma_new(schema, toy_note, notes);
	sigma_load_text(s, "test.yml", slice_of(text));
	sigma_ready(s);
	return s;
}

static void count(void *ctx, const struct sigma_hit *hit)
{
	++*(unsigned *)ctx;
}

bool toy_hits(struct sigma *s, const char *event)
{
	unsigned hits = 0;
	struct toy_event e = toy_event(slice_of(event));
	sigma_feed(s, &e, 0, NULL, count, &hits);
	return hits > 0;
}
