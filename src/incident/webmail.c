/*
 * webmail.c - a browser's requests and the IMAP sessions that they opened on the host itself.
 *
 * nginx stamps the second in which a request ended; the session lies within the request.  A request
 * that names a message, and the server's own event for that very message in that very second, prove
 * the opening together; the request alone makes it likely.
 */
#include "inquiry.h"

#include <stdlib.h>

#define BEFORE_US (2 * CLOCK_SECOND)

static bool in_second(const struct request *r, int64_t when)
{
	return when >= r->time_us - BEFORE_US &&
	       when < r->time_us + CLOCK_SECOND + CLOCK_SECOND / 10;
}

static bool same_account(const struct inquiry *q, const struct request *r, const struct seen *s)
{
	if (r->account.len)
		return slice_eq(r->account, s->account);
	return group_has_account(&q->groups.at[r->group], s->account);
}

static bool opens(const struct request *r)
{
	static const slice actions[] = {SLICE_INIT("show"), SLICE_INIT("preview"),
					SLICE_INIT("get"), SLICE_INIT("viewsource"),
					SLICE_INIT("compose")};
	for (size_t i = 0; i < sizeof actions / sizeof *actions; i++)
		if (slice_eq(r->action, actions[i]))
			return true;
	return false;
}

/* The server's event for the message that the request names. */
static const struct opened *event_of(const struct seen *s, const struct request *r)
{
	for (size_t i = 0; i < s->opened.len; i++) {
		const struct opened *o = &s->opened.at[i];
		if (o->uid == r->uid && o->kind == KIND_MESSAGE && slice_eq(o->folder, r->folder) &&
		    in_second(r, o->time_us))
			return o;
	}
	return NULL;
}

/*
 * In the victim's own session the intruder is the script: the run of requests around the finding
 * that leaves no pause a person would make.
 */
#define PAUSE_US (3 * CLOCK_SECOND)

/* Widens [from, to] over requests that follow one another within `pause`; returns how many lie in
 * it. */
static size_t widen(const struct inquiry *q, int group, int64_t pause, int64_t *from, int64_t *to)
{
	size_t n = 0;
	for (size_t i = q->requests.len; i-- > 0;) {
		const struct request *r = &q->requests.at[i];
		if (r->group == group && r->time_us < *from && *from - r->time_us <= pause)
			*from = r->time_us;
	}
	for (size_t i = 0; i < q->requests.len; i++) {
		const struct request *r = &q->requests.at[i];
		if (r->group == group && r->time_us > *to && r->time_us - *to <= pause)
			*to = r->time_us;
		n += r->group == group && r->time_us >= *from && r->time_us <= *to;
	}
	return n;
}

static void settle_burst(struct inquiry *q, int group)
{
	struct group *g = &q->groups.at[group];
	int64_t from = g->burst_from_us, to = g->burst_to_us;
	size_t n = widen(q, group, PAUSE_US, &from, &to);
	int64_t pace = n > 1 ? 4 * (to - from) / (int64_t)n : PAUSE_US;
	int64_t pause = pace > PAUSE_US ? PAUSE_US : pace < CLOCK_SECOND ? CLOCK_SECOND : pace;
	from = g->burst_from_us;
	to = g->burst_to_us;
	widen(q, group, pause, &from, &to);
	for (size_t i = 0; i < q->requests.len; i++) {
		struct request *r = &q->requests.at[i];
		if (r->group == group && (r->time_us < from || r->time_us > to))
			r->group = -1;
	}
	g->first_us = from;
	g->last_us = g->last_accepted_us = to;
}

void settle_bursts(struct inquiry *q)
{
	for (size_t i = 0; i < q->groups.len; i++)
		if (q->groups.at[i].known_network)
			settle_burst(q, (int)i);
}

/* --- one request, told by proxy and webmail --- */

enum { TWINS_MOST = 256 };
#define TWIN_US (3 * CLOCK_SECOND)

static bool same_request(const struct request *a, const struct request *b)
{
	return a->group == b->group && a->uid == b->uid && a->post == b->post &&
	       address_eq(&a->ip, &b->ip) && slice_eq(a->action, b->action) &&
	       slice_eq(a->task, b->task) && slice_eq(a->folder, b->folder) &&
	       slice_eq(a->part, b->part) && slice_eq(a->search, b->search);
}

/* Each line of one log has at most one twin in each other: the same thing asked twice is told
 * twice. */
static struct request *twin_of(struct inquiry *q, size_t i)
{
	const struct request *r = &q->requests.at[i];
	for (size_t k = 1; k <= i && k <= TWINS_MOST; k++) {
		struct request *other = &q->requests.at[i - k];
		if (llabs(r->time_us - other->time_us) > TWIN_US)
			break;
		if (!other->again && other->place.input != r->place.input &&
		    other->twin_input != r->place.input + 1 && same_request(r, other))
			return other;
	}
	return NULL;
}

/* The bytes are the greater count: SOGo counts none of what it streams. */
void settle_twins(struct inquiry *q)
{
	for (size_t i = 0; i < q->requests.len; i++) {
		struct request *r = &q->requests.at[i], *first = twin_of(q, i);
		if (!first)
			continue;
		first->twin_input = r->place.input + 1;
		first->bytes = r->bytes > first->bytes ? r->bytes : first->bytes;
		r->again = true;
	}
}

struct joined {
	struct seen *session;
	const struct opened *event;
};

static struct joined join(struct inquiry *q, const struct request *r)
{
	struct joined best = {0};
	for (size_t i = 0; i < q->seen.len; i++) {
		struct seen *s = q->seen.at[i];
		if (!s->local || !same_account(q, r, s))
			continue;
		const struct opened *o = event_of(s, r);
		if (o)
			return (struct joined){s, o};
		bool near = s->ended ? in_second(r, s->last_us) : in_second(r, s->first_us);
		if (near && (!best.session || s->bodies > best.session->bodies))
			best.session = s;
	}
	return best;
}

static enum access_how how_of(const struct request *r)
{
	if (slice_eq(r->action, SLICE("viewsource")))
		return HOW_WEBMAIL_SOURCE;
	return r->download ? HOW_WEBMAIL_DOWNLOAD : HOW_WEBMAIL_SHOW;
}

static void opened_message(struct inquiry *q, const struct request *r)
{
	struct joined j = join(q, r);
	bool proof = j.event && !j.event->hint;
	slice account = r->account.len ? r->account : j.session ? j.session->account : (slice){0};
	struct access a = {
	    .account = account,
	    .folder = r->folder.len ? r->folder : SLICE("INBOX"),
	    .uid = r->uid,
	    .part = r->part,
	    .bytes = UNKNOWN,
	    .time_us = r->time_us,
	    .kind = r->part.len ? KIND_ATTACHMENT : KIND_MESSAGE,
	    .how = how_of(r),
	    .certainty = proof || (r->named && r->stated) ? PROVEN
			 : account.len                    ? LIKELY
							  : POSSIBLE,
	    .source = r->ip,
	    .has_source = true,
	};
	struct access *got = add_access(q, r->group, &a, &r->place);
	got->times -= r->again && got->times > 1;
	if (!j.session)
		return;
	j.session->group = r->group;
	j.session->certainty = LIKELY;
	if (j.event)
		cite(&got->evidence, &j.event->place);
	else if (j.session->bodies > 0 && j.session->evidence.len)
		cite(&got->evidence, &j.session->evidence.at[j.session->evidence.len - 1].place);
}

/* --- archives: many things in one answer, of which none is named --- */

static struct access taken(const struct request *r, enum access_kind kind, enum certainty certainty)
{
	return (struct access){
	    .account = r->account,
	    .folder = r->folder,
	    .uid = UNKNOWN,
	    .bytes = UNKNOWN,
	    .time_us = r->time_us,
	    .kind = kind,
	    .how = HOW_WEBMAIL_EXPORT,
	    .certainty = r->account.len ? certainty : POSSIBLE,
	    .source = r->ip,
	    .has_source = true,
	};
}

/*
 * What lay in the folder then, as the store has it now: what was deleted since is not in it, what
 * came there from another folder is.  Of a choice within the folder each one is possible.
 */
static void took_folder(struct inquiry *q, const struct request *r, enum certainty certainty)
{
	struct access a = taken(r, KIND_MESSAGE, certainty);
	size_t n = 0, found = 0;
	const struct mail *const *all =
	    q->store ? mailstore_account(q->store, r->account, &n) : NULL;
	for (size_t i = 0; i < n; i++) {
		const struct mail *m = all[i];
		bool late =
		    m->delivered_us != CLOCK_NONE && m->delivered_us > r->time_us + CLOCK_SECOND;
		if (late || m->uid < 0 || !slice_eq(m->folder, r->folder))
			continue;
		a.uid = m->uid;
		add_access(q, r->group, &a, &r->place);
		found++;
	}
	if (!found)
		add_access(q, r->group, &a, &r->place);
	prove_folder(q, r);
}

/* All attachments of a message, which is not shown by it; whether there are any the store tells. */
static void took_attachments(struct inquiry *q, const struct request *r)
{
	struct access a = taken(r, KIND_ATTACHMENT, LIKELY);
	const struct mail *m = q->store && r->uid >= 0
				   ? mailstore_find(q->store, r->account, r->folder, r->uid)
				   : NULL;
	a.uid = r->uid;
	for (size_t i = 0; m && i < m->part_count; i++) {
		a.part = m->parts[i].part;
		if (m->parts[i].name.len)
			add_access(q, r->group, &a, &r->place);
	}
	if (!m)
		add_access(q, r->group, &a, &r->place);
}

static bool took_archive(struct inquiry *q, const struct request *r)
{
	if (slice_eq(r->action, SLICE("exportFolder")))
		took_folder(q, r, LIKELY);
	else if (slice_eq(r->action, SLICE("saveMessages")))
		took_folder(q, r, POSSIBLE);
	else if (slice_eq(r->action, SLICE("archiveAttachments")))
		took_attachments(q, r);
	else
		return false;
	return true;
}

/* Requests that show lists, search, or take the address book. */
static const struct {
	slice task, action;
	enum access_kind kind;
	enum access_how how;
} others[] = {
    {SLICE_INIT("mail"), SLICE_INIT("list"), KIND_LISTING, HOW_WEBMAIL_LIST},
    {SLICE_INIT("mail"), SLICE_INIT("search"), KIND_SEARCH, HOW_WEBMAIL_SEARCH},
    {SLICE_INIT("addressbook"), SLICE_INIT("export"), KIND_ADDRESS_BOOK, HOW_WEBMAIL_EXPORT},
};

static void other_request(struct inquiry *q, const struct request *r)
{
	for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
		if (!slice_eq(r->task, others[i].task) || !slice_eq(r->action, others[i].action))
			continue;
		struct access a = {
		    .account = r->account,
		    .folder = r->folder,
		    .uid = UNKNOWN,
		    .name = r->search,
		    .bytes = r->bytes,
		    .time_us = r->time_us,
		    .kind = others[i].kind,
		    .how = others[i].how,
		    .certainty = r->account.len ? LIKELY : POSSIBLE,
		    .source = r->ip,
		    .has_source = true,
		};
		add_access(q, r->group, &a, &r->place);
	}
}

void join_requests(struct inquiry *q)
{
	for (size_t i = 0; i < q->requests.len; i++) {
		const struct request *r = &q->requests.at[i];
		if (r->group < 0 || took_archive(q, r))
			continue;
		if (r->bytes == 0)
			continue; /* an answer of no bytes handed nothing over */
		if (r->uid >= 0 && opens(r))
			opened_message(q, r);
		else
			other_request(q, r);
	}
	for (size_t i = 0; i < q->requests.len; i++) { /* what those that name something left */
		const struct request *r = &q->requests.at[i];
		if (r->group >= 0 && !r->again && r->unnamed)
			join_post(q, r);
	}
}
