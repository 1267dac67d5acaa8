/*
 * loose.c - a JSON object into one run of text with its parts, and those into fields of rules.
 *
 * Laws: (1) every value stands once in the run, escapes resolved, so that all rules can look for
 *           all their texts in one pass; (2) a field is found by the number of its path: no name
 *           is compared while an event is judged; (3) memory is that of the largest event.
 */
#include "loose.h"
#include "paths.h"

#include <stdlib.h>

enum { PAD = SIGMA_PAD, SECONDS_MOST_DIGITS = 11, ARENA_KEPT = 1 << 18 };

/* One value of the event: where it stands in the run, and what it is. */
struct item {
	uint32_t from, to;
	enum sigma_kind kind;
};

/* A field's values: items in the order of the text. */
struct slot {
	uint64_t event;              /* of which this is */
	uint32_t count, first, last; /* links */
	struct sigma_value list;     /* of several values, once it was asked for */
};
struct link {
	uint32_t item, next;
};

struct loose {
	struct sigma_schema schema;
	struct paths paths;
	struct json_tape tape;
	struct arena arena; /* of the event at hand */
	struct out run;
	LIST(struct item) items;
	LIST(struct sigma_part) parts;
	LIST(struct link) links;
	LIST(struct slot) slots;
	struct sigma_parts whole;
	uint64_t event;
	slice source[3], narrowed[3]; /* product, category, service: the event's, the caller's */
	uint32_t time_item;
	unsigned time_rank;
};

/* --- the run of text --- */

static void put_unescaped(struct loose *l, slice text)
{
	static const char plain[256] = {['"'] = '"',  ['\\'] = '\\', ['/'] = '/',  ['b'] = '\b',
					['f'] = '\f', ['n'] = '\n',  ['r'] = '\r', ['t'] = '\t'};
	char *to = l->run.at + l->run.len;
	size_t n = 0;
	for (size_t i = 0; i < text.len;) {
		slice rest = slice_from(text, i);
		size_t run = slice_find(rest, '\\');
		memcpy(to + n, rest.at, run);
		n += run;
		i += run;
		if (i == text.len)
			break;
		char c = plain[(unsigned char)text.at[i + 1]];
		if (!c) { /* \u: rare */
			slice words = json_unescape(slice_from(text, i), &l->arena);
			memcpy(to + n, words.at, words.len);
			n += words.len;
			break;
		}
		to[n++] = c;
		i += 2;
	}
	l->run.len += n;
}

static uint32_t put(struct loose *l, slice text, bool escaped, enum sigma_kind kind)
{
	out_need(&l->run, text.len + PAD);
	uint32_t from = (uint32_t)l->run.len;
	if (escaped)
		put_unescaped(l, text);
	else if (text.len)
		memcpy(l->run.at + l->run.len, text.at, text.len);
	l->run.len += escaped ? 0 : text.len;
	*list_add(&l->items) = (struct item){from, (uint32_t)l->run.len, kind};
	l->run.at[l->run.len++] = '\0';
	return (uint32_t)l->items.len - 1;
}

/* --- fields --- */

static void bind(struct loose *l, int field, uint32_t item)
{
	struct slot *s = &l->slots.at[field];
	*list_add(&l->links) = (struct link){item, UINT32_MAX};
	uint32_t link = (uint32_t)l->links.len - 1;
	if (s->event != l->event)
		*s = (struct slot){.event = l->event, .first = link};
	else
		l->links.at[s->last].next = link;
	s->last = link;
	s->count++;
}

static slice item_text(const struct loose *l, uint32_t item)
{
	const struct item *i = &l->items.at[item];
	return (slice){l->run.at + i->from, i->to - i->from};
}

static void take_meaning(struct loose *l, const struct path *p, uint32_t item)
{
	if (p->meaning == MEANS_TIME) {
		if (p->rank < l->time_rank) {
			l->time_rank = p->rank;
			l->time_item = item;
		}
		return;
	}
	/* offsets, for the run may move; read when the event is whole */
	l->source[p->meaning - MEANS_PRODUCT] = (slice){NULL, item + 1};
}

static void take_value(struct loose *l, const struct json_node *n, const struct path *p)
{
	static const enum sigma_kind kinds[] = {
	    [JSON_IS_NULL] = SIGMA_NULL,   [JSON_IS_FALSE] = SIGMA_FLAG,
	    [JSON_IS_TRUE] = SIGMA_FLAG,   [JSON_IS_NUMBER] = SIGMA_NUMBER,
	    [JSON_IS_STRING] = SIGMA_TEXT, [JSON_IS_OBJECT] = SIGMA_TEXT,
	    [JSON_IS_ARRAY] = SIGMA_LIST};
	bool null = n->kind == JSON_IS_NULL, box = n->kind >= JSON_IS_OBJECT;
	slice text = null || n->kind == JSON_IS_ARRAY ? SLICE("") : n->text;
	uint32_t item = put(l, text, n->escaped, kinds[n->kind]);
	uint32_t fields = p->field_count - box; /* keywords are for what holds no others */
	for (uint32_t i = 0; i < fields; i++)
		bind(l, p->fields[i], item);
	if (p->meaning && !box)
		take_meaning(l, p, item);
	if (null || n->kind == JSON_IS_ARRAY)
		return;
	const struct item *it = &l->items.at[item];
	*list_add(&l->parts) = (struct sigma_part){it->from, it->to, p->fields, fields};
}

static void take_box(struct loose *l, const struct json_node *box, struct path *at)
{
	struct path **guess = &at->first;
	for (const struct json_node *n = json_first(&l->tape, box); n;
	     n = json_after(&l->tape, box, n)) {
		struct path *p = at;
		if (box->kind == JSON_IS_OBJECT) {
			p = paths_step(&l->paths, at, guess, json_name(n, &l->arena));
			guess = &p->next;
		}
		bool holds = n->kind >= JSON_IS_OBJECT;
		bool empty = holds && n->next == (uint32_t)(n - l->tape.at) + 1;
		if (!holds || (p->field_count > 1 && (n->kind == JSON_IS_OBJECT || empty)))
			take_value(l, n, p);
		if (holds)
			take_box(l, n, p);
	}
}

static void number(struct sigma_value *v)
{
	slice s = v->text;
	bool minus = slice_eat(&s, "-");
	int64_t n;
	if (!slice_is_number(s, &n) || (minus && n == 0))
		return; /* not whole, too great, or -0: a text */
	v->kind = SIGMA_NUMBER;
	v->number = minus ? -n : n;
}

static struct sigma_value item_value(const struct loose *l, uint32_t item)
{
	struct sigma_value v = {.kind = SIGMA_TEXT, .text = item_text(l, item)};
	switch (l->items.at[item].kind) {
	case SIGMA_NUMBER:
		number(&v);
		break;
	case SIGMA_FLAG:
		v = (struct sigma_value){SIGMA_FLAG, .number = v.text.at[0] == 't'};
		break;
	case SIGMA_NULL:
		v.kind = SIGMA_NULL;
		break;
	case SIGMA_LIST:
		v = (struct sigma_value){SIGMA_LIST, .items = NULL, .count = 0};
		break;
	default:
		break;
	}
	return v;
}

/* --- what the schema asks --- */

static int loose_field(void *ctx, slice name)
{
	struct loose *l = ctx;
	int field = paths_field(&l->paths, name);
	while ((int)l->slots.len <= field)
		list_add(&l->slots);
	return field;
}

static struct sigma_value list_of(struct loose *l, struct slot *s)
{
	struct sigma_value *items = arena_take(&l->arena, s->count * sizeof *items);
	size_t count = 0;
	for (uint32_t i = s->first; i != UINT32_MAX; i = l->links.at[i].next) {
		items[count] = item_value(l, l->links.at[i].item);
		count += items[count].kind != SIGMA_LIST;
	}
	s->list = (struct sigma_value){SIGMA_LIST, .items = items, .count = count};
	return s->list;
}

static void loose_value(const void *event, int field, struct sigma_value *out)
{
	struct loose *l = (struct loose *)(uintptr_t)event; /* the engine gives it back as it was */
	struct slot *s = &l->slots.at[field];
	out->kind = SIGMA_ABSENT;
	if (s->event != l->event)
		return;
	if (s->count == 1)
		*out = item_value(l, l->links.at[s->first].item);
	else
		*out = s->list.kind == SIGMA_LIST ? s->list : list_of(l, s);
}

static bool part_fits(slice wanted, slice is)
{
	return wanted.len == 0 || is.len == 0 || slice_eq_nocase(wanted, is);
}

static bool loose_logsource(const void *event, slice product, slice category, slice service)
{
	const struct loose *l = event;
	return part_fits(product, l->source[0]) && part_fits(category, l->source[1]) &&
	       part_fits(service, l->source[2]);
}

static const struct sigma_parts *loose_parts(const void *event)
{
	return &((const struct loose *)event)->whole;
}

/* --- life --- */

struct loose *loose_new(void)
{
	struct loose *l = must_alloc(sizeof *l);
	paths_start(&l->paths);
	l->run.fd = -1;
	l->schema = (struct sigma_schema){.field = loose_field,
					  .ctx = l,
					  .value = loose_value,
					  .key_field = -1,
					  .logsource = loose_logsource,
					  .parts = loose_parts};
	return l;
}

const struct sigma_schema *loose_schema(struct loose *l)
{
	return &l->schema;
}

void loose_source(struct loose *l, slice product, slice category, slice service)
{
	l->narrowed[0] = product;
	l->narrowed[1] = category;
	l->narrowed[2] = service;
}

void loose_free(struct loose **l)
{
	struct loose *it = *l;
	if (!it)
		return;
	paths_free(&it->paths);
	json_free(&it->tape);
	arena_free(&it->arena);
	out_close(&it->run);
	list_free(&it->items);
	list_free(&it->parts);
	list_free(&it->links);
	list_free(&it->slots);
	free(it);
	*l = NULL;
}

size_t loose_bytes(const struct loose *l)
{
	return sizeof *l + paths_bytes(&l->paths) + l->tape.room * sizeof *l->tape.at +
	       l->arena.total + l->run.room + l->items.room * sizeof *l->items.at +
	       l->parts.room * sizeof *l->parts.at + l->links.room * sizeof *l->links.at +
	       l->slots.room * sizeof *l->slots.at;
}

/* --- an event --- */

static void begin(struct loose *l)
{
	if (l->paths.known.len > PATHS_MOST || l->paths.arena.total > PATHS_BYTES_MOST)
		paths_forget(&l->paths);
	if (l->arena.total > ARENA_KEPT)
		arena_reset(&l->arena); /* not for each event: what it frees is asked for again */
	l->run.len = l->items.len = l->parts.len = l->links.len = 0;
	l->event++;
	l->time_rank = UINT32_MAX;
	for (int i = 0; i < 3; i++)
		l->source[i] = (slice){NULL, 0};
}

static void finish(struct loose *l)
{
	for (int i = 0; i < 3; i++)
		l->source[i] = l->source[i].len ? item_text(l, (uint32_t)l->source[i].len - 1)
						: l->narrowed[i];
	out_need(&l->run, PAD);
	memset(l->run.at + l->run.len, 0, PAD);
	l->whole = (struct sigma_parts){{l->run.at, l->run.len}, l->parts.at, l->parts.len};
}

bool loose_read(struct loose *l, slice text, size_t *used, struct json_fault *fault)
{
	if (!json_read_first(&l->tape, text, used, fault))
		return false;
	if (l->tape.at[0].kind != JSON_IS_OBJECT) {
		*fault = (struct json_fault){"not a JSON object", 0};
		return false;
	}
	begin(l);
	take_box(l, &l->tape.at[0], l->paths.root);
	finish(l);
	return true;
}

/* Seconds since 1970, or thousandths and so on of them, told by their size. */
static int64_t time_of_number(slice text)
{
	int64_t n;
	slice whole = slice_until(&text, '.');
	if (!slice_is_number(whole, &n))
		return CLOCK_NONE;
	if (whole.len <= SECONDS_MOST_DIGITS)
		return n * CLOCK_SECOND;
	return whole.len <= 14 ? n * 1000 : whole.len <= 17 ? n : n / 1000;
}

int64_t loose_time(const struct loose *l)
{
	int64_t usec;
	bool zone;
	if (l->time_rank == UINT32_MAX)
		return CLOCK_NONE;
	slice text = item_text(l, l->time_item);
	return clock_parse_iso(&text, &usec, &zone) ? usec : time_of_number(text);
}
