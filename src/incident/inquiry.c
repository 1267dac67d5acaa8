/* inquiry.c - what is logged at all, and the order of the conclusions. */
#include "inquiry.h"

#include <stdlib.h>

struct inquiry *inquiry_new(struct facts *facts, struct mailstore *store, struct report *report)
{
	struct inquiry *q = must_alloc(sizeof *q);
	q->facts = facts;
	q->store = store;
	q->report = report;
	q->keep = &report->arena;
	report->mail_store = store != NULL;
	hits_init(q);
	table_init(&q->sessions, sizeof(struct seen *), 0);
	table_init(&q->queues, sizeof(struct outgoing *), 0);
	table_init(&q->accounts, 0, 0);
	table_init(&q->accesses, sizeof(size_t), 0);
	table_init(&q->tenant_sessions, sizeof(int), HITS_MOST);
	table_init(&q->mailboxes, 0, MAILBOXES_MOST);
	table_init(&q->tellers, sizeof(int64_t), HITS_MOST);
	table_init(&q->forwarded, sizeof(int64_t), MAILBOXES_MOST);
	table_init(&q->owners, sizeof(int64_t), MAILBOXES_MOST);
	forged_init(q);
	quiet_init(q);
	q->web_from_us = CLOCK_NONE;
	q->rival_us = CLOCK_NONE;
	return q;
}

static void free_group(struct group *g)
{
	list_free(&g->accounts);
	list_free(&g->others);
	list_free(&g->ties);
	list_free(&g->mates);
	list_free(&g->hinted);
	list_free(&g->suspects);
	list_free(&g->logins);
	list_free(&g->login_evidence);
	list_free(&g->guess_evidence);
	list_free(&g->master_evidence);
	list_free(&g->told);
	list_free(&g->sound);
}

void inquiry_free(struct inquiry **qp)
{
	struct inquiry *q = *qp;
	if (!q)
		return;
	for (size_t i = 0; i < q->groups.len; i++)
		free_group(&q->groups.at[i]);
	for (size_t i = 0; i < q->seen.len; i++) {
		list_free(&q->seen.at[i]->opened);
		list_free(&q->seen.at[i]->evidence);
	}
	for (size_t i = 0; i < q->outgoing.len; i++) {
		list_free(&q->outgoing.at[i]->to);
		list_free(&q->outgoing.at[i]->evidence);
	}
	for (size_t i = 0; i < q->redirects.len; i++)
		list_free(&q->redirects.at[i].evidence);
	for (size_t i = 0; i < q->scripts.len; i++)
		list_free(&q->scripts.at[i].change.evidence);
	list_free(&q->groups);
	list_free(&q->suspects);
	list_free(&q->seen);
	list_free(&q->requests);
	list_free(&q->outgoing);
	list_free(&q->redirects);
	list_free(&q->files);
	list_free(&q->orphans);
	forged_free(q);
	list_free(&q->dropped);
	list_free(&q->shells);
	list_free(&q->web_seconds);
	list_free(&q->scripts);
	list_free(&q->tenant_reads);
	list_free(&q->tenant_changes);
	list_free(&q->standing);
	list_free(&q->throttles);
	list_free(&q->passwords);
	hits_free(q);
	table_free(&q->sessions);
	table_free(&q->queues);
	table_free(&q->accesses);
	table_free(&q->accounts);
	table_free(&q->tenant_sessions);
	table_free(&q->mailboxes);
	table_free(&q->forwarded);
	table_free(&q->tellers);
	table_free(&q->owners);
	quiet_free(q);
	arena_free(&q->own);
	free(q);
	*qp = NULL;
}

/* --- the first walk --- */

static bool is_of(const struct event *e, slice module)
{
	return slice_eq(event_get(e, F_MODULE), module);
}

static slice teller_key(const struct event *e)
{
	slice host = event_get(e, F_HOST);
	return host.len ? slice_first(host, ACCOUNT_MOST) : SLICE("-");
}

static void saw_opened(struct inquiry *q, const struct event *e)
{
	bool fresh;
	int64_t now = event_get_number(e, F_TIME, CLOCK_NONE);
	if (now == CLOCK_NONE)
		return;
	int64_t *since = table_put(&q->tellers, teller_key(e), &fresh);
	if (fresh || now < *since)
		*since = now;
}

bool names_messages(struct inquiry *q, const struct event *e)
{
	const int64_t *since = table_get(&q->tellers, teller_key(e));
	return since && *since <= event_get_number(e, F_TIME, CLOCK_NONE);
}

/* Else no session of anybody is known to be missing. */
static void saw_orphan(struct inquiry *q, const struct event *e)
{
	if (!slice_eq(event_get(e, F_ORPHAN), SLICE("session-start")))
		return;
	*list_add(&q->orphans) = (struct lost){
	    .from_us = event_get_number(e, F_START, e->v[F_TIME].number),
	    .to_us = e->v[F_TIME].number,
	    .count = 1,
	    .account = keep_slice(q, event_get(e, F_ACCOUNT)),
	    .session = keep_slice(q, event_get(e, F_SESSION)),
	    .ip = event_has(e, F_SOURCE_IP) ? e->v[F_SOURCE_IP].address : (struct address){{0}},
	    .place = e->place};
}

static void saw_suppressed(struct inquiry *q, const struct event *e)
{
	*list_add(&q->dropped) = (struct lost){.from_us = e->v[F_TIME].number,
					       .to_us = e->v[F_TIME].number,
					       .count = event_get_number(e, F_SUPPRESSED, UNKNOWN),
					       .place = e->place};
}

static void saw_request(struct inquiry *q, const struct event *e)
{
	int64_t now = event_get_number(e, F_TIME, CLOCK_NONE);
	q->web_requests |= event_has(e, F_WEB_TASK);
	if (now != CLOCK_NONE && (q->web_from_us == CLOCK_NONE || now < q->web_from_us))
		q->web_from_us = now;
}

/* An audit that watches other files says nothing of mail. */
static bool is_of_store(struct inquiry *q, slice path)
{
	return is_mail_file(path) || facts_account_of_path(q->facts, path).len;
}

/* What is logged at all decides what silence means. */
void inquiry_saw(struct inquiry *q, const struct event *e)
{
	if (event_has(e, F_OPERATION) && event_has(e, F_TIME))
		saw_tenant(q, e);
	saw_pause(q, e);
	switch (e->action) {
	case ACT_MAIL_OPENED:
		q->exporter = true;
		saw_opened(q, e);
		break;
	case ACT_IMAP:
	case ACT_POP3:
		q->wire |= is_wire(e);
		break;
	case ACT_SESSION_END:
		q->dovecot |= is_of(e, SLICE("dovecot"));
		q->courier |= is_of(e, SLICE("courier"));
		q->cyrus_audit |= is_of(e, SLICE("cyrus")) && event_has(e, F_DESTINATION_BYTES);
		q->local_sessions |= event_has(e, F_VIA);
		break;
	case ACT_LOGIN:
		q->cyrus |= is_of(e, SLICE("cyrus"));
		if (slice_eq(event_get(e, F_PROTOCOL), SLICE("http")) && !event_has(e, F_JOINED))
			q->web_logins |= e->outcome == OUT_SUCCESS;
		break;
	case ACT_HTTP:
		saw_request(q, e);
		break;
	case ACT_SMTP_CLIENT:
		q->postfix |= event_has(e, F_SIZE); /* Exim's line is both */
		break;
	case ACT_SMTP_QUEUE:
		q->postfix = true;
		break;
	case ACT_FILE_OPEN:
		q->audit = q->audit || is_of_store(q, event_get(e, F_FILE_PATH));
		break;
	case ACT_LOG_INCONSISTENT:
		saw_orphan(q, e);
		saw_forged(q, e);
		break;
	case ACT_REDIRECT:
		saw_redirect(q, e);
		break;
	case ACT_LOG_SUPPRESSED:
		saw_suppressed(q, e);
		break;
	default:
		break;
	}
}

bool inquiry_window(struct inquiry *q, int64_t *from_us, int64_t *to_us)
{
	make_groups(q);
	*from_us = INT64_MAX;
	*to_us = INT64_MAX - CLOCK_DAY;
	for (size_t i = 0; i < q->groups.len; i++)
		if (q->groups.at[i].look_us < *from_us)
			*from_us = q->groups.at[i].look_us;
	*from_us -= CLOCK_MINUTE;
	return q->groups.len > 0;
}

/* --- conclusions --- */

/* The rules are gone before the report is. */
static const char *const *keep_tags(struct inquiry *q, const char *const *tags)
{
	size_t n = 0;
	while (tags && tags[n])
		n++;
	const char **kept = arena_take(q->keep, (n + 1) * sizeof *kept);
	for (size_t i = 0; i < n; i++)
		kept[i] = arena_text(q->keep, slice_of(tags[i]));
	return kept;
}

static void add_finding(struct inquiry *q, const struct added_hit *a, struct finding *f)
{
	const struct hit *h = &a->hit;
	*f = (struct finding){
	    .rule_id = keep_slice(q, slice_of(h->rule_id)),
	    .rule_title = keep_slice(q, slice_of(h->title)),
	    .level = keep_slice(q, slice_of(h->level_name)),
	    .description = keep_slice(q, slice_of(h->description)),
	    .tags = keep_tags(q, h->tags),
	    .time_us = h->time_us,
	    .first_us = h->first_us,
	    .account = keep_slice(q, h->account),
	    .source = h->source,
	    .has_source = h->has_source,
	    .count = h->count,
	};
	for (size_t i = 0; i < h->place_count; i++)
		cite(&f->evidence, &h->places[i]);
}

static int finding_order(const void *a, const void *b)
{
	const struct finding *x = a, *y = b;
	if (x->time_us != y->time_us)
		return x->time_us < y->time_us ? -1 : 1;
	return slice_compare(x->rule_id, y->rule_id);
}

static void place_findings(struct inquiry *q)
{
	for (struct added_hit *a = NULL; (a = table_next(&q->hits, a));) {
		struct finding *f = a->group < 0
					? list_add(&q->report->findings)
					: list_add(&q->groups.at[a->group].incident->findings);
		add_finding(q, a, f);
	}
	struct report *r = q->report;
	if (r->findings.len)
		qsort(r->findings.at, r->findings.len, sizeof *r->findings.at, finding_order);
	for (size_t i = 0; i < r->incidents.len; i++)
		qsort(r->incidents.at[i].findings.at, r->incidents.at[i].findings.len,
		      sizeof(struct finding), finding_order);
}

static int access_order(const void *a, const void *b)
{
	const struct access *x = a, *y = b;
	if (x->time_us != y->time_us)
		return x->time_us < y->time_us ? -1 : 1;
	int d = slice_compare(x->account, y->account);
	d = d ? d : slice_compare(x->folder, y->folder);
	d = d ? d : (x->uid > y->uid) - (x->uid < y->uid);
	d = d ? d : slice_compare(x->part, y->part);
	return d ? d : (int)x->kind - (int)y->kind;
}

/* As they were opened, whichever record told of it. */
static void order_accesses(struct incident *inc)
{
	if (inc->accesses.len)
		qsort(inc->accesses.at, inc->accesses.len, sizeof *inc->accesses.at, access_order);
}

void inquiry_finish(struct inquiry *q)
{
	struct report *r = q->report;
	for (size_t i = 0; i < q->groups.len; i++)
		list_add(&r->incidents);
	for (size_t i = 0; i < q->groups.len; i++)
		q->groups.at[i].incident = &r->incidents.at[i];
	find_gaps(q);
	if (q->groups.len) {
		settle_others(q);
		settle_shells(q);
		settle_twins(q);
		settle_bursts(q);
		join_requests(q);
	}
	for (size_t i = 0; i < q->groups.len; i++)
		scope_group(q, (int)i);
	for (size_t i = 0; i < r->incidents.len; i++)
		order_accesses(&r->incidents.at[i]);
	place_findings(q);
	for (size_t i = 0; i < q->groups.len; i++) {
		incident_gaps(q, (int)i);
		weigh_origins(q, (int)i);
		judge_group(q, (int)i);
	}
	r->shed += facts_shed(q->facts) + tell_shed(q);
}
