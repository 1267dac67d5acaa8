/*
 * queue.c - Postfix's queue read, and lists of it kept.
 *
 * Order is that of arrival: postqueue tells it in seconds, and within one the queue ids go up, for
 * they begin with the microseconds (mail_queue.h, short ids) or with the whole time (long ones).
 */
#include "respond/queue.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

int64_t time_now_s(void)
{
	struct timespec t;
	clock_gettime(CLOCK_REALTIME, &t);
	return t.tv_sec;
}

bool queue_is_on_hold(const struct queued *m)
{
	return slice_eq(m->queue, SLICE("hold"));
}

struct reading {
	struct arena *arena;
	struct queue_list *list;
	size_t bad;
};

static slice member(struct arena *a, const json_t *row, const char *key)
{
	const json_t *v = json_object_get(row, key);
	return json_is_string(v)
		   ? arena_copy(a, (slice){json_string_value(v), json_string_length(v)})
		   : (slice){0};
}

bool queue_is_id(slice s)
{
	for (size_t i = 0; i < s.len; i++) {
		char c = s.at[i];
		if (!((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z')))
			return false;
	}
	return s.len > 0 && s.len < 64 && !slice_eq(s, SLICE("ALL"));
}

static void on_line(void *ctx, slice line)
{
	struct reading *r = ctx;
	json_t *row = json_loadb(line.at, line.len, 0, NULL);
	struct queued m = {
	    .id = member(r->arena, row, "queue_id"),
	    .queue = member(r->arena, row, "queue_name"),
	    .arrived_s = json_integer_value(json_object_get(row, "arrival_time")),
	    .size = json_integer_value(json_object_get(row, "message_size")),
	};
	m.from_daemon = slice_eq(member(r->arena, row, "sender"), SLICE("MAILER-DAEMON"));
	json_decref(row);
	if (queue_is_id(m.id))
		*list_add(r->list) = m;
	else
		r->bad++;
}

static int by_arrival(const void *a, const void *b)
{
	const struct queued *x = a, *y = b;
	if (x->arrived_s != y->arrived_s)
		return x->arrived_s < y->arrived_s ? -1 : 1;
	return slice_compare(x->id, y->id);
}

/* Of a message that was told twice the later word holds: sorting is by id, then by `turn`. */
static void drop_twins(struct queue_list *l)
{
	size_t n = 0;
	for (size_t i = 0; i < l->len; i++)
		if (n == 0 || !slice_eq(l->at[n - 1].id, l->at[i].id))
			l->at[n++] = l->at[i];
		else if (l->at[i].turn > l->at[n - 1].turn)
			l->at[n - 1] = l->at[i];
	l->len = n;
}

void queue_sort(struct queue_list *l)
{
	if (l->len)
		qsort(l->at, l->len, sizeof *l->at, by_arrival);
	drop_twins(l);
}

static bool read_once(struct work *w, struct queue_list *l, int turn, bool *moves)
{
	size_t before = l->len;
	struct reading r = {w->arena, l, 0};
	*moves = false;
	if (!run_lines(w, (const char *const[]){"postqueue", "-j", NULL}, on_line, &r))
		return false;
	for (size_t i = before; i < l->len; i++) {
		l->at[i].turn = turn;
		*moves = *moves || slice_eq(l->at[i].queue, SLICE("active")) ||
			 slice_eq(l->at[i].queue, SLICE("incoming"));
	}
	return r.bad == 0 || work_fail(w, "postqueue -j: %zu lines that are no messages", r.bad);
}

bool queue_read(struct work *w, struct queue_list *l)
{
	const struct timespec pause = {.tv_nsec = 200000000};
	bool moves;
	if (!read_once(w, l, 0, &moves))
		return false;
	if (moves) {
		nanosleep(&pause, NULL);
		if (!read_once(w, l, 1, &moves))
			return false;
	}
	queue_sort(l);
	return true;
}

/* --- kept --- */

bool queue_keep(struct work *w, const char *name, const struct queue_list *l)
{
	struct out o = {.fd = -1};
	for (size_t i = 0; i < l->len; i++)
		out_format(&o, "%.*s %lld %lld\n", (int)l->at[i].id.len, l->at[i].id.at,
			   (long long)l->at[i].arrived_s, (long long)l->at[i].size);
	slice kept = evidence_keep(w, name, (slice){o.at, o.len});
	out_close(&o);
	return kept.len > 0;
}

bool queue_kept(struct work *w, const char *name, struct queue_list *l)
{
	slice text, path = evidence_path(w, name);
	if (!file_read(w, arena_text(w->arena, path), &text))
		return errno == ENOENT ||
		       work_fail(w, "%.*s: %s", (int)path.len, path.at, strerror(errno));
	while (text.len) {
		slice line = slice_until(&text, '\n');
		struct queued m = {.id = slice_until(&line, ' ')};
		if (queue_is_id(m.id) && slice_number(&line, &m.arrived_s) &&
		    slice_eat(&line, " ") && slice_number(&line, &m.size))
			*list_add(l) = m;
	}
	return true;
}

/* --- times --- */

int64_t postfix_seconds(slice text, int64_t unit)
{
	static const struct {
		char name;
		int64_t seconds;
	} units[] = {{'s', 1}, {'m', 60}, {'h', 3600}, {'d', 86400}, {'w', 604800}};
	enum { MOST = 1 << 20 };
	int64_t n = 0;
	if (!slice_number(&text, &n) || n > MOST || text.len > 1)
		return -1;
	for (size_t i = 0; text.len && i < sizeof units / sizeof *units; i++)
		if (units[i].name == text.at[0])
			return n * units[i].seconds;
	return text.len ? -1 : n * unit;
}
