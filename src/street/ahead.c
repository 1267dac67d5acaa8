/*
 * ahead.c - events and troubles from the thread that walks to the one that hears.
 *
 * They go in batches, each copied into the batch's own arena: what the walk decoded lies in a block
 * that it reads over, and in the memory of its decoders.  Of an event the record goes as it is, the
 * values of the fields that it has behind one another, and texts that are no part of the record.
 *
 * Laws: (1) at most BATCHES of them are under way, so memory does not grow with what is read;
 *       (2) a batch is one thread's at a time: the walk's until it is made, then the ear's until it
 *           was heard; `made` and `heard` alone say whose, under the lock;
 *       (3) who waits is woken when there is work for a while, not for each batch: ENOUGH to be
 *           heard, or but FEW left.  Waking costs as much as decoding a dozen lines.
 */
#include "ahead.h"

#include <pthread.h>
#include <stddef.h>
#include <stdlib.h>

/* OTHERS: room for an event's texts that are no part of its record; more is taken anew. */
enum { BATCHES = 16, ENOUGH = 8, FEW = 4, BATCH_BYTES = 1 << 15, OTHERS = 1 << 10 };

struct trouble {
	enum input_trouble kind;
	uint64_t line;
	const char *path, *what, *remedy;
};

enum { HEAD = offsetof(struct event, v) };

/* An event, or a trouble. */
struct parcel {
	struct parcel *next;
	const struct trouble *trouble; /* NULL: an event ... */
	char head[HEAD];               /* ... all of it in front of its values ... */
	union value v[];               /* ... and those that it has, in their order */
};

struct batch {
	struct arena memory;
	struct parcel *first, **last;
};

struct ahead {
	pthread_mutex_t lock;
	pthread_cond_t turned;
	struct batch batches[BATCHES];
	size_t made, heard; /* batches, since the walk began */
	bool ended;
	ahead_walk *walk;
	struct street *street;
};

/* --- what the walk says --- */

static void begin_batch(struct batch *b)
{
	arena_reset(&b->memory);
	b->first = NULL;
	b->last = &b->first;
}

/* The batch at hand is full: it goes, and the next one is waited for. */
static void send_batch(struct ahead *a)
{
	pthread_mutex_lock(&a->lock);
	a->made++;
	if (a->made - a->heard == ENOUGH)
		pthread_cond_signal(&a->turned);
	if (a->made - a->heard == BATCHES)
		while (a->made - a->heard > FEW)
			pthread_cond_wait(&a->turned, &a->lock);
	pthread_mutex_unlock(&a->lock);
	begin_batch(&a->batches[a->made % BATCHES]);
}

/* A parcel in the batch at hand. */
static struct parcel *new_parcel(struct ahead *a, size_t values, size_t bytes)
{
	struct batch *b = &a->batches[a->made % BATCHES];
	size_t size = sizeof(struct parcel) + values * sizeof(union value);
	if (b->first && size + bytes + OTHERS > (size_t)(b->memory.end - b->memory.at)) {
		send_batch(a);
		b = &a->batches[a->made % BATCHES];
	}
	struct parcel *p = arena_take(&b->memory, size);
	*b->last = p;
	b->last = &p->next;
	return p;
}

/* A text of an event whose record was copied. */
static slice moved(slice text, slice raw, slice copy, struct arena *to)
{
	size_t at = (size_t)((uintptr_t)text.at - (uintptr_t)raw.at);
	if (at < raw.len && text.len <= raw.len - at)
		return (slice){copy.at + at, text.len};
	return arena_copy(to, text);
}

static const struct mail_item *moved_items(const struct event *e, slice copy, struct arena *to)
{
	if (!e->item_count)
		return NULL;
	struct mail_item *items = arena_take(to, e->item_count * sizeof *items);
	for (size_t i = 0; i < e->item_count; i++)
		items[i] = (struct mail_item){moved(e->items[i].folder, e->raw, copy, to),
					      moved(e->items[i].message_id, e->raw, copy, to),
					      moved(e->items[i].subject, e->raw, copy, to),
					      e->items[i].size};
	return items;
}

/* Texts that may be gone when they are heard: all but those of event_act(), which are constants. */
static const bool fleeting[FIELD_COUNT] = {
#define AS_FLEETING(id, name, kind, about)                                                         \
	[F_##id] = KIND_##kind == KIND_TEXT && F_##id != F_ACTION && F_##id != F_CATEGORY &&       \
		   F_##id != F_OUTCOME,
    EVENT_FIELDS(AS_FLEETING)
#undef AS_FLEETING
};

static size_t count_fields(const struct event *e)
{
	size_t n = 0;
	for (size_t i = 0; i < FIELD_WORDS; i++)
		n += (size_t)__builtin_popcountll(e->has[i]);
	return n;
}

/* A street_event: of the walk's thread. */
static void say_event(void *ctx, struct event *e)
{
	struct ahead *a = ctx;
	struct parcel *p = new_parcel(a, count_fields(e), e->raw.len);
	struct arena *to = &a->batches[a->made % BATCHES].memory;
	slice raw = e->raw, copy = arena_copy(to, raw);
	union value *v = p->v;
	for (size_t i = 0; i < FIELD_WORDS; i++)
		for (uint64_t left = e->has[i]; left; left &= left - 1, v++) {
			size_t f = i * 64 + (size_t)__builtin_ctzll(left);
			*v = e->v[f];
			if (fleeting[f])
				v->text = moved(e->v[f].text, raw, copy, to);
		}
	e->items = moved_items(e, copy, to);
	e->body = moved(e->body, raw, copy, to);
	e->raw = copy;
	memcpy(p->head, e, HEAD);
}

void ahead_note(struct ahead *a, enum input_trouble kind, const char *path, uint64_t line,
		const char *what, const char *remedy)
{
	struct parcel *p = new_parcel(a, 0, 0);
	struct arena *to = &a->batches[a->made % BATCHES].memory;
	struct trouble *t = arena_new(to, struct trouble);
	*t = (struct trouble){kind, line, arena_text(to, slice_of(path)),
			      arena_text(to, slice_of(what)), arena_text(to, slice_of(remedy))};
	p->trouble = t;
}

static void *walk_ahead(void *ctx)
{
	struct ahead *a = ctx;
	a->walk(a->street, say_event, a);
	pthread_mutex_lock(&a->lock);
	a->made++; /* the last one, full or not */
	a->ended = true;
	pthread_cond_signal(&a->turned);
	pthread_mutex_unlock(&a->lock);
	return NULL;
}

/* --- what is heard --- */

static void hear_event(const struct parcel *p, struct event *e, const struct ahead_ear *ear)
{
	const union value *v = p->v;
	memcpy(e, p->head, HEAD);
	for (size_t i = 0; i < FIELD_WORDS; i++)
		for (uint64_t left = e->has[i]; left; left &= left - 1)
			e->v[i * 64 + (size_t)__builtin_ctzll(left)] = *v++;
	ear->event(ear->event_ctx, e);
}

static void hear_batch(const struct batch *b, struct event *e, const struct ahead_ear *ear)
{
	for (const struct parcel *p = b->first; p; p = p->next) {
		const struct trouble *t = p->trouble;
		if (!t)
			hear_event(p, e, ear);
		else if (ear->note)
			ear->note(ear->note_ctx, t->kind, t->path, t->line, t->what, t->remedy);
	}
}

/* Another batch was heard; true if there is a next one. */
static bool wait_for_batch(struct ahead *a)
{
	pthread_mutex_lock(&a->lock);
	if (a->made == a->heard)
		while (!a->ended && a->made - a->heard < ENOUGH)
			pthread_cond_wait(&a->turned, &a->lock);
	bool more = a->made > a->heard;
	pthread_mutex_unlock(&a->lock);
	return more;
}

static void batch_heard(struct ahead *a)
{
	pthread_mutex_lock(&a->lock);
	a->heard++;
	if (a->made - a->heard == FEW)
		pthread_cond_signal(&a->turned);
	pthread_mutex_unlock(&a->lock);
}

static void hear(struct ahead *a, const struct ahead_ear *ear)
{
	struct event *e = must_alloc(sizeof *e);
	while (wait_for_batch(a)) {
		hear_batch(&a->batches[a->heard % BATCHES], e, ear);
		batch_heard(a);
	}
	free(e);
}

bool ahead_run(struct ahead **of, ahead_walk *walk, struct street *s, const struct ahead_ear *ear)
{
	struct ahead *a = must_alloc(sizeof *a);
	pthread_t thread;
	*a = (struct ahead){.walk = walk, .street = s};
	pthread_mutex_init(&a->lock, NULL);
	pthread_cond_init(&a->turned, NULL);
	for (size_t i = 0; i < BATCHES; i++) {
		arena_take(&a->batches[i].memory, BATCH_BYTES); /* what a reset keeps */
		begin_batch(&a->batches[i]);
	}
	*of = a;
	bool runs = pthread_create(&thread, NULL, walk_ahead, a) == 0;
	if (runs) {
		hear(a, ear);
		pthread_join(thread, NULL);
	}
	*of = NULL;
	for (size_t i = 0; i < BATCHES; i++)
		arena_free(&a->batches[i].memory);
	pthread_cond_destroy(&a->turned);
	pthread_mutex_destroy(&a->lock);
	free(a);
	return runs;
}
