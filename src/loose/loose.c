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
	uint8_t kind; /* enum sigma_kind */
	bool box;     /* it holds others: keywords are not looked for in it */
};

/* A field's values: items in the order of the text. */
struct slot {
	uint64_t event;          /* of which this is */
	uint32_t count, item;    /* the only one, */
	uint32_t first, last;    /* or links */
	struct sigma_value list; /* of several values, once it was asked for */
};
struct link {
	uint32_t item, next;
};

struct loose {
	struct sigma_schema schema;
	struct paths paths;
	struct json_tape tape;
	struct arena arena; /* of the event at hand */
	const char *end;    /* of the bytes that can be read */
	size_t room;        /* of the run, that all values of the event may need */
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

/* Copies up to a backslash or the end, blocks at a time: `to` has room for one more, and so many
 * bytes of `text` can be read beyond its end. */
static inline size_t copy_plain(char *to, slice text)
{
	for (size_t i = 0; i < text.len; i += BLOCK_BYTES) {
		memcpy(to + i, text.at + i, BLOCK_BYTES);
		uint32_t mask = block_mask(text.at + i, '\\');
		size_t n = mask ? i + (size_t)__builtin_ctz(mask) : text.len;
		if (mask)
			return n < text.len ? n : text.len;
	}
	return text.len;
}

static inline void copy_wide(char *to, slice text)
{
	for (size_t i = 0; i < text.len; i += BLOCK_BYTES)
		memcpy(to + i, text.at + i, BLOCK_BYTES);
}

static size_t put_unescaped(struct loose *l, char *to, slice text)
{
	static const char plain[256] = {['"'] = '"',  ['\\'] = '\\', ['/'] = '/',  ['b'] = '\b',
					['f'] = '\f', ['n'] = '\n',  ['r'] = '\r', ['t'] = '\t'};
	size_t n = 0;
	for (;;) {
		size_t run = copy_plain(to + n, text);
		n += run;
		text = slice_from(text, run);
		if (!text.len)
			return n;
		char c = plain[(unsigned char)text.at[1]];
		if (!c) { /* \u: rare */
			slice words = json_unescape(text, &l->arena);
			memcpy(to + n, words.at, words.len);
			return n + words.len;
		}
		to[n++] = c;
		text = slice_from(text, 2);
	}
}

/* Blocks are read beyond the text where that is still the event's record. */
static size_t put_text(struct loose *l, char *to, slice text, bool escaped)
{
	if (text.at + text.len + BLOCK_BYTES > l->end) {
		slice words = escaped ? json_unescape(text, &l->arena) : text;
		if (words.len)
			memcpy(to, words.at, words.len);
		return words.len;
	}
	if (escaped)
		return put_unescaped(l, to, text);
	copy_wide(to, text);
	return text.len;
}

/* There is room for all values of the event, each once. */
static uint32_t put(struct loose *l, slice text, bool escaped, enum sigma_kind kind, bool box)
{
	if (box) /* what it holds comes again */
		out_need(&l->run, text.len + l->room);
	uint32_t from = (uint32_t)l->run.len;
	l->run.len += put_text(l, l->run.at + from, text, escaped);
	l->items.at[l->items.len] = (struct item){from, (uint32_t)l->run.len, (uint8_t)kind, box};
	l->run.at[l->run.len++] = '\0';
	return (uint32_t)l->items.len++;
}

/* --- fields --- */

static void bind_more(struct loose *l, struct slot *s, uint32_t item)
{
	uint32_t link = (uint32_t)l->links.len;
	if (s->count == 1) {
		*list_add(&l->links) = (struct link){s->item, UINT32_MAX};
		s->first = s->last = link++;
		s->list.kind = SIGMA_ABSENT;
	}
	*list_add(&l->links) = (struct link){item, UINT32_MAX};
	l->links.at[s->last].next = link;
	s->last = link;
	s->count++;
}

static inline void bind(struct loose *l, int field, uint32_t item)
{
	struct slot *s = &l->slots.at[field];
	if (s->event == l->event) {
		bind_more(l, s, item);
		return;
	}
	s->event = l->event;
	s->count = 1;
	s->item = item;
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
	uint32_t item = put(l, text, n->escaped, kinds[n->kind], box);
	for (uint32_t i = 0; i + 1 < p->field_count;
	     i++) /* the last is keywords': see words_of() */
		bind(l, p->fields[i], item);
	if (p->meaning && !box)
		take_meaning(l, p, item);
	if (null || n->kind == JSON_IS_ARRAY)
		return;
	const struct item *it = &l->items.at[item];
	l->parts.at[l->parts.len++] =
	    (struct sigma_part){it->from, it->to, p->fields, p->field_count - box};
}

static void take_box(struct loose *l, const struct json_node *box, struct path *at)
{
	struct path **guess = &at->first;
	for (const struct json_node *n = json_first(&l->tape, box); n;
	     n = json_after(&l->tape, box, n)) {
		struct path *p = at;
		if (box->kind == JSON_IS_OBJECT) {
			slice key = n->key_escaped ? json_name(n, &l->arena) : n->key;
			p = paths_step(&l->paths, at, guess, key);
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

/* What keywords are looked for in: all values that hold no others. */
static struct sigma_value words_of(struct loose *l, struct slot *s)
{
	size_t count = 0;
	if (s->event == l->event)
		return s->list;
	struct sigma_value *items = arena_take(&l->arena, l->items.len * sizeof *items);
	for (uint32_t i = 0; i < l->items.len; i++)
		if (!l->items.at[i].box)
			items[count++] = item_value(l, i);
	s->event = l->event;
	s->list = (struct sigma_value){SIGMA_LIST, .items = items, .count = count};
	if (count < 2)
		s->list = count ? items[0] : (struct sigma_value){SIGMA_ABSENT};
	return s->list;
}

static void loose_value(const void *event, int field, struct sigma_value *out)
{
	struct loose *l = (struct loose *)(uintptr_t)event; /* the engine gives it back as it was */
	struct slot *s = &l->slots.at[field];
	if (field == l->paths.keywords) {
		*out = words_of(l, s);
		return;
	}
	out->kind = SIGMA_ABSENT;
	if (s->event != l->event)
		return;
	if (s->count == 1)
		*out = item_value(l, s->item);
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

/* Of `list`, whose elements are of one size: see list_add(). */
#define list_room(list, n)                                                                         \
	do {                                                                                       \
		while ((list)->room < (n))                                                         \
			(list)->at = list_grow((list)->at, &(list)->room, sizeof *(list)->at);     \
	} while (0)

static void begin(struct loose *l, slice text, size_t used)
{
	if (l->paths.known.len > PATHS_MOST || l->paths.arena.total > PATHS_BYTES_MOST)
		paths_forget(&l->paths);
	if (l->arena.total > ARENA_KEPT)
		arena_reset(&l->arena); /* not for each event: what it frees is asked for again */
	l->run.len = l->items.len = l->parts.len = l->links.len = 0;
	l->event++;
	l->end = text.at + text.len;
	l->room = used + l->tape.len + PAD;
	out_need(&l->run, l->room);
	list_room(&l->items, l->tape.len);
	list_room(&l->parts, l->tape.len);
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
	begin(l, text, *used);
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
