/* incident.c - words of the report, and what it owns. */
#include "inquiry.h"

#include <stdlib.h>

const char *const certainty_names[] = {"", "excluded", "possible", "likely", "proven"};

const char *const entry_names[] = {
#define AS_ROW(id, name) name,
    ENTRY_METHODS(AS_ROW)
#undef AS_ROW
};

const char *const access_kind_names[] = {
#define AS_ROW(id, name) name,
    ACCESS_KINDS(AS_ROW)
#undef AS_ROW
};

const char *const access_how_names[] = {
#define AS_ROW(id, name) name,
    ACCESS_HOWS(AS_ROW)
#undef AS_ROW
};

const char *const question_ids[QUESTION_COUNT] = {"how-they-got-in", "since-when",
						  "what-was-opened", "did-data-leave",
						  "still-inside",    "who-fits"};

const char *const question_texts[QUESTION_COUNT] = {"How did they get in?", "Since when?",
						    "What was opened?",     "Did data leave?",
						    "Still inside?",        "Who fits?"};

/* Calls `on` for each list of evidence in an incident. */
static void each_evidence(struct incident *i, void (*on)(void *ctx, struct evidences *e), void *ctx)
{
	on(ctx, &i->entry.evidence);
	for (size_t k = 0; k < i->sessions.len; k++)
		on(ctx, &i->sessions.at[k].evidence);
	for (size_t k = 0; k < i->accesses.len; k++)
		on(ctx, &i->accesses.at[k].evidence);
	for (size_t k = 0; k < i->changes.len; k++)
		on(ctx, &i->changes.at[k].evidence);
	for (size_t k = 0; k < i->sent.len; k++)
		on(ctx, &i->sent.at[k].evidence);
	for (size_t k = 0; k < i->gaps.len; k++)
		on(ctx, &i->gaps.at[k].evidence);
	for (size_t k = 0; k < i->findings.len; k++)
		on(ctx, &i->findings.at[k].evidence);
}

static void each_report_evidence(struct report *r, void (*on)(void *, struct evidences *),
				 void *ctx)
{
	for (size_t k = 0; k < r->incidents.len; k++)
		each_evidence(&r->incidents.at[k], on, ctx);
	for (size_t k = 0; k < r->findings.len; k++)
		on(ctx, &r->findings.at[k].evidence);
	for (size_t k = 0; k < r->gaps.len; k++)
		on(ctx, &r->gaps.at[k].evidence);
}

struct cited {
	LIST(struct evidence *) all;
};

static void gather(void *ctx, struct evidences *e)
{
	struct cited *c = ctx;
	for (size_t i = 0; i < e->len; i++)
		*list_add(&c->all) = &e->at[i];
}

struct evidence **report_cited(struct report *r, size_t *n)
{
	struct cited c = {0};
	each_report_evidence(r, gather, &c);
	*n = c.all.len;
	return c.all.at;
}

static void drop(void *ctx, struct evidences *e)
{
	list_free(e);
}

void report_adopt(struct report *r, struct mailstore **store)
{
	r->store = *store;
	*store = NULL;
}

void report_free(struct report *r)
{
	if (r->store)
		mailstore_close(&r->store);
	each_report_evidence(r, drop, NULL);
	for (size_t k = 0; k < r->incidents.len; k++) {
		struct incident *i = &r->incidents.at[k];
		list_free(&i->sources);
		list_free(&i->accounts);
		list_free(&i->sessions);
		list_free(&i->accesses);
		list_free(&i->changes);
		list_free(&i->sent);
		list_free(&i->gaps);
		list_free(&i->findings);
		list_free(&i->hypotheses);
	}
	list_free(&r->incidents);
	list_free(&r->findings);
	list_free(&r->gaps);
	list_free(&r->inputs);
	list_free(&r->sheds);
	list_free(&r->suspects);
	sight_free(&r->sight);
	arena_free(&r->arena);
}

void cite(struct evidences *e, const struct place *p)
{
	for (size_t i = 0; i < e->len; i++)
		if (e->at[i].place.input == p->input && e->at[i].place.offset == p->offset)
			return;
	if (e->len >= CITED_MOST) {
		e->more++;
		return;
	}
	list_add(e)->place = *p;
}
