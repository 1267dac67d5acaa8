/* merge.c - the streams of the street, the earliest first: a heap, for there may be thousands. */
#include "merge.h"

static bool is_before(const struct stream *a, const struct stream *b)
{
	return a->key != b->key ? a->key < b->key : a < b;
}

static void swap(struct stream **a, struct stream **b)
{
	struct stream *t = *a;
	*a = *b;
	*b = t;
}

void merge_add(struct merge *m, struct stream *t)
{
	size_t i = m->len++;
	m->at[i] = t;
	for (; i > 0 && is_before(m->at[i], m->at[(i - 1) / 2]); i = (i - 1) / 2)
		swap(&m->at[i], &m->at[(i - 1) / 2]);
}

struct stream *merge_first(const struct merge *m)
{
	return m->len ? m->at[0] : NULL;
}

struct stream *merge_take(struct merge *m)
{
	struct stream *first = merge_first(m);
	if (!first)
		return NULL;
	m->at[0] = m->at[--m->len];
	for (size_t i = 0, least; (least = 2 * i + 1) < m->len; i = least) {
		if (least + 1 < m->len && is_before(m->at[least + 1], m->at[least]))
			least++;
		if (!is_before(m->at[least], m->at[i]))
			break;
		swap(&m->at[least], &m->at[i]);
	}
	return first;
}
