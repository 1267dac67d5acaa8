/*
 * webmail.c - a browser's requests and the IMAP sessions that they opened on the host itself.
 *
 * nginx stamps the second in which a request ended; the session lies within the request.  A request
 * that names a message, and the server's own event for that very message in that very second, prove
 * the opening together; the request alone makes it likely.
 */
#include "inquiry.h"

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
	    .certainty = j.event       ? PROVEN
			 : account.len ? LIKELY
				       : POSSIBLE,
	    .source = r->ip,
	    .has_source = true,
	};
	struct access *got = add_access(q, r->group, &a, &r->place);
	if (!j.session)
		return;
	j.session->group = r->group;
	j.session->certainty = LIKELY;
	if (j.event)
		cite(&got->evidence, &j.event->place);
	else if (j.session->bodies > 0 && j.session->evidence.len)
		cite(&got->evidence, &j.session->evidence.at[j.session->evidence.len - 1].place);
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
		if (r->uid >= 0 && opens(r))
			opened_message(q, r);
		else
			other_request(q, r);
	}
}
