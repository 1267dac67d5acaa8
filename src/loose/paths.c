/* paths.c - what the path of a value means to rules, found out once a path. */
#include "paths.h"

#include <stdlib.h>

enum { NAME_ROOM = 1024, FIELDS_MOST = 8 };

/* Names of the time of an event, the best first. */
static const char *const times[] = {"@timestamp",
				    "timestamp",
				    "TimeCreated_SystemTime",
				    "UtcTime",
				    "TimeCreated",
				    "EventTime",
				    "eventTime",
				    "CreationTime",
				    "createdDateTime",
				    "activityDateTime",
				    "creationTime",
				    "time",
				    "_time",
				    "event_time",
				    "datetime",
				    "date",
				    NULL};

static const struct {
	const char *name;
	enum meaning meaning;
} meanings[] = {{"logsource.product", MEANS_PRODUCT},
		{"logsource.category", MEANS_CATEGORY},
		{"logsource.service", MEANS_SERVICE}};

static void start_tree(struct paths *p)
{
	p->root = arena_new(&p->arena, struct path);
	table_init(&p->known, sizeof(struct path *), 0);
}

void paths_start(struct paths *p)
{
	*p = (struct paths){.count = 0};
	table_init(&p->names, sizeof(int), 0);
	start_tree(p);
	p->keywords = paths_field(p, SLICE("event.original"));
}

void paths_forget(struct paths *p)
{
	table_free(&p->known);
	arena_reset(&p->arena);
	start_tree(p);
}

void paths_free(struct paths *p)
{
	table_free(&p->known);
	table_free(&p->names);
	arena_free(&p->arena);
}

size_t paths_bytes(const struct paths *p)
{
	return p->arena.total + p->names.bytes + p->known.bytes;
}

/* Paths that were learnt before this name was asked for do not know of it. */
int paths_field(struct paths *p, slice name)
{
	char room[NAME_ROOM];
	bool fresh;
	size_t len = 0;
	for (size_t i = 0; i < name.len && len < sizeof room; i++)
		if (name.at[i] != ' ')
			room[len++] = name.at[i];
	int *number = table_put(&p->names, (slice){room, len}, &fresh);
	if (!fresh)
		return *number;
	*number = p->count++;
	if (p->known.len)
		paths_forget(p);
	return *number;
}

/* --- names --- */

struct name {
	char text[NAME_ROOM];
	size_t len;
};

static void name_add(struct name *n, slice part, char between)
{
	if (n->len + part.len + 1 >= sizeof n->text)
		return;
	if (n->len)
		n->text[n->len++] = between;
	for (size_t i = 0; i < part.len; i++)
		if (part.at[i] != ' ')
			n->text[n->len++] = part.at[i];
}

/* The keys from below `top` (the root: NULL) down to `at`, joined by dots. */
static void name_path(struct name *n, const struct path *top, const struct path *at)
{
	if (!at || at == top || !at->parent)
		return;
	name_path(n, top, at->parent);
	name_add(n, at->key, '.');
}

static bool is_key(const struct path *at, const char *key)
{
	return at && slice_eq(at->key, slice_of(key));
}

/* The part of a Windows event in JSON in which a value lies: Event.System, Event.EventData ... */
static const struct path *windows_part(const struct path *at)
{
	for (; at->parent; at = at->parent)
		if (is_key(at->parent, "Event") && at->parent->parent &&
		    !at->parent->parent->parent &&
		    (is_key(at, "System") || is_key(at, "EventData") || is_key(at, "UserData")))
			return at;
	return NULL;
}

/* `Provider_Name` of System.Provider.#attributes.Name; of other values the last key. */
static void name_windows(struct name *n, const struct path *part, const struct path *at)
{
	if (is_key(at, "#text") && at->parent != part)
		at = at->parent;
	if (is_key(at->parent, "#attributes") && at->parent->parent != part)
		name_add(n, at->parent->parent->key, '_');
	name_add(n, at->key, '_');
}

struct found {
	int fields[FIELDS_MOST];
	uint32_t count;
};

static void offer(struct paths *p, struct path *at, const struct name *n, struct found *f)
{
	slice name = {n->text, n->len};
	const int *field = name.len ? table_get(&p->names, name) : NULL;
	for (unsigned i = 0; times[i]; i++)
		if (slice_eq(name, slice_of(times[i])) && !at->meaning) {
			at->meaning = MEANS_TIME;
			at->rank = i;
		}
	for (size_t i = 0; i < sizeof meanings / sizeof *meanings; i++)
		if (slice_eq(name, slice_of(meanings[i].name)))
			at->meaning = meanings[i].meaning;
	for (uint32_t i = 0; field && i < f->count; i++)
		if (f->fields[i] == *field)
			return;
	if (field && *field != p->keywords && f->count < FIELDS_MOST - 1)
		f->fields[f->count++] = *field;
}

static void find_out(struct paths *p, struct path *at)
{
	struct found f = {.count = 0};
	struct name whole = {.len = 0}, windows = {.len = 0};
	const struct path *part = windows_part(at);
	name_path(&whole, NULL, at);
	offer(p, at, &whole, &f);
	if (part && part != at) {
		name_windows(&windows, part, at);
		offer(p, at, &windows, &f);
	}
	f.fields[f.count++] = p->keywords;
	int *fields = arena_take(&p->arena, f.count * sizeof *fields);
	memcpy(fields, f.fields, f.count * sizeof *fields);
	at->fields = fields;
	at->field_count = f.count;
}

struct path *paths_learn(struct paths *p, struct path *parent, slice key)
{
	char room[NAME_ROOM];
	bool fresh;
	size_t len = key.len < sizeof room - sizeof parent ? key.len : sizeof room - sizeof parent;
	memcpy(room, &parent, sizeof parent);
	memcpy(room + sizeof parent, key.at, len);
	struct path **known = table_put(&p->known, (slice){room, sizeof parent + len}, &fresh);
	if (!fresh && slice_eq((*known)->key, key))
		return *known;
	struct path *at = arena_new(&p->arena, struct path);
	at->key = arena_copy(&p->arena, key);
	at->parent = parent;
	find_out(p, at);
	*known = at;
	return at;
}
