/* scope.c - from what was seen to what was opened, changed and sent. */
#include "inquiry.h"

#include <stdio.h>

enum { ACCESS_KEY = 1500 };

static slice access_key(int group, const struct access *a, char room[ACCESS_KEY])
{
	int n = snprintf(room, ACCESS_KEY, "%d|%d|%lld|", group, (int)a->kind, (long long)a->uid);
	size_t at = (size_t)n;
	const slice none = {0},
		    parts[] = {a->account, a->folder, a->part, a->uid < 0 ? a->name : none,
			       a->uid < 0 ? a->message_id : none};
	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
		slice p = slice_first(parts[i], 250);
		memcpy(room + at, p.at ? p.at : "", p.len);
		at += p.len;
		room[at++] = '|';
	}
	return (slice){room, at};
}

/* A folder that was made anew numbers its messages anew (UIDVALIDITY, RFC 3501 2.3.1.1): what came
 * in after the reading, or has another Message-ID than the record, was not what was read. */
static bool is_another(const struct access *a, const struct mail *m)
{
	bool later = m->delivered_us != CLOCK_NONE && a->time_us != CLOCK_NONE &&
		     m->delivered_us > a->time_us + CLOCK_MINUTE;
	return later ||
	       (a->message_id.len && m->message_id.len && !slice_eq(a->message_id, m->message_id));
}

/* Names, sizes and secrets from the mail store, where one was given. */
static void name_access(struct inquiry *q, struct group *g, struct access *a)
{
	const struct mail *m = NULL;
	slice own_name = {0}, owner = {0};
	if (q->store && a->uid >= 0)
		m = mailstore_find(q->store, a->account, a->folder, a->uid);
	if (q->store && a->uid >= 0 && !m)
		owner = owner_of_folder(q, a->account, a->folder, &own_name);
	if (owner.len)
		m = mailstore_find(q->store, owner, own_name, a->uid);
	else if (q->store && a->uid < 0 && a->message_id.len)
		m = mailstore_find_message_id(q->store, a->account, a->message_id);
	if (m && is_another(a, m)) {
		g->renumbered++;
		m = NULL;
	}
	a->looked = m != NULL;
	if (!m)
		return;
	a->message_id = m->message_id;
	a->subject = m->subject;
	uint32_t secrets = mailstore_secrets(q->store, m);
	const struct mail_part *p = a->part.len ? mail_part(m, a->part) : NULL;
	if (p) {
		a->name = p->name;
		if (p->size >= 0)
			a->bytes = p->size;
		a->secrets = p->secrets;
	} else if (!a->part.len) {
		if (m->size >= 0)
			a->bytes = m->size;
		a->secrets = secrets;
	}
}

/* One opening; the same thing opened again is counted, and its certainty can only rise. */
struct access *add_access(struct inquiry *q, int group, const struct access *new,
			  const struct place *p)
{
	char room[ACCESS_KEY];
	bool fresh;
	struct incident *inc = q->groups.at[group].incident;
	size_t *index = table_put(&q->accesses, access_key(group, new, room), &fresh);
	if (fresh) {
		*index = inc->accesses.len;
		struct access *a = list_add(&inc->accesses);
		*a = *new;
		a->times = 1;
		name_access(q, &q->groups.at[group], a);
	}
	struct access *a = &inc->accesses.at[*index];
	if (!fresh) {
		a->times++;
		if (new->time_us < a->time_us)
			a->time_us = new->time_us;
		if (new->certainty > a->certainty) {
			a->certainty = new->certainty;
			a->how = new->how;
		}
	}
	if (p)
		cite(&a->evidence, p);
	return a;
}

static void scope_opened(struct inquiry *q, int group, struct seen *s)
{
	for (size_t i = 0; i < s->opened.len; i++) {
		const struct opened *o = &s->opened.at[i];
		struct access a = {
		    .account = o->owner.len ? o->owner : s->account,
		    .folder = o->folder,
		    .uid = o->uid,
		    .part = o->kind == KIND_ATTACHMENT ? o->part : (slice){0},
		    .name = o->kind == KIND_SEARCH || o->uid < 0 ? o->part : (slice){0},
		    .bytes = o->size,
		    .time_us = o->time_us,
		    .kind = o->kind,
		    .how = o->how,
		    .certainty = o->hint && s->certainty > LIKELY ? LIKELY : s->certainty,
		    .source = s->ip,
		    .has_source = s->has_ip,
		    .session = s->row < 0 ? 0 : (uint32_t)s->row,
		};
		add_access(q, group, &a, &o->place);
	}
}

static void add_row(struct inquiry *q, int group, struct seen *s)
{
	struct incident *inc = q->groups.at[group].incident;
	s->row = (int)inc->sessions.len;
	struct session_row *row = list_add(&inc->sessions);
	*row = (struct session_row){
	    .account = s->account,
	    .protocol = s->protocol,
	    .id = s->id,
	    .source = s->ip,
	    .has_source = s->has_ip,
	    .first_us = s->first_us,
	    .last_us = s->last_us,
	    .bodies = s->bodies,
	    .body_bytes = s->body_bytes,
	    .bytes_out = s->bytes_out,
	    .certainty = s->joined && s->certainty > LIKELY ? LIKELY : s->certainty,
	};
	for (size_t i = 0; i < s->evidence.len; i++)
		cite(&row->evidence, &s->evidence.at[i].place);
}

/* A session of Cyrus is over, and nothing says how much of the mailbox was read: all that lay in it
 * may have been. */
static bool uncounted(const struct seen *s)
{
	bool mailbox = slice_eq(s->protocol, SLICE("imap")) || slice_eq(s->protocol, SLICE("pop3"));
	return s->cyrus && mailbox && s->ended && s->bodies == UNKNOWN && s->body_bytes == UNKNOWN;
}

static void scope_sessions(struct inquiry *q, int group)
{
	for (size_t i = 0; i < q->seen.len; i++) {
		struct seen *s = q->seen.at[i];
		if (s->group != group || s->local)
			continue;
		add_row(q, group, s);
		scope_opened(q, group, s);
		if (!s->exporter && s->headers > 0)
			*(s->pop3 ? &q->groups.at[group].topped : &q->groups.at[group].headers) +=
			    (uint64_t)s->headers;
		if (!s->exporter &&
		    (s->has_counts ? s->bodies > 0
				   : uncounted(s) || (s->body_bytes > 0 && !s->opened.len)))
			bound_session(q, group, s);
	}
}

static void scope_files(struct inquiry *q, int group)
{
	for (size_t i = 0; i < q->files.len; i++) {
		const struct file_read *f = &q->files.at[i];
		if (f->group != group)
			continue;
		const struct mail *m = q->store ? mailstore_find_file(q->store, f->path) : NULL;
		if (!m && !is_mail_file(f->path))
			continue; /* folders, indexes */
		slice account = m ? m->account : facts_account_of_path(q->facts, f->path);
		struct access a = {
		    .account = keep_slice(q, account),
		    .folder = m ? m->folder : (slice){0},
		    .uid = m ? m->uid : UNKNOWN,
		    .name = f->path,
		    .bytes = m ? m->size : UNKNOWN,
		    .time_us = f->time_us,
		    .kind = KIND_FILE,
		    .how = HOW_FILE_READ,
		    .certainty = PROVEN,
		};
		struct access *got = add_access(q, group, &a, &f->place);
		got->name = f->path;
		group_add_account(q, &q->groups.at[group], account);
	}
}

/* --- what was changed --- */

static bool request_near(const struct inquiry *q, int group, slice account, slice action,
			 int64_t from, int64_t to, struct place *place)
{
	for (size_t i = 0; i < q->requests.len; i++) {
		const struct request *r = &q->requests.at[i];
		if (r->group != group || !slice_starts(r->action, action) || r->time_us < from ||
		    r->time_us > to || (account.len && !slice_eq(account, r->account)))
			continue;
		if (place)
			*place = r->place;
		return true;
	}
	return false;
}

static void scope_filters(struct inquiry *q, int group)
{
	struct incident *inc = q->groups.at[group].incident;
	for (size_t i = 0; i < q->requests.len; i++) {
		const struct request *r = &q->requests.at[i];
		if (r->group != group || !r->post || r->again ||
		    !slice_starts(r->action, SLICE("plugin.managesieve-save")))
			continue;
		struct change *c = list_add(&inc->changes);
		*c = (struct change){.kind = SLICE("filter"),
				     .account = r->account,
				     .time_us = r->time_us,
				     .active = true,
				     /* Roundcube answers 200 also where the filter was refused */
				     .certainty = LIKELY};
		cite(&c->evidence, &r->place);
	}
	for (size_t i = 0; i < q->scripts.len; i++) {
		const struct change *s = &q->scripts.at[i].change;
		bool his = q->scripts.at[i].group == group;
		if (!his &&
		    !request_near(q, group, s->account, SLICE("plugin.managesieve"),
				  s->time_us - 3 * CLOCK_SECOND, s->time_us + CLOCK_SECOND, NULL))
			continue;
		struct change *c = list_add(&inc->changes);
		*c = *s;
		c->evidence.at = NULL;
		c->evidence.len = c->evidence.room = 0;
		c->active = true;
		c->certainty =
		    LIKELY; /* the server took the request; what became of it none says */
		cite(&c->evidence, &s->evidence.at[0].place);
	}
}

static slice forward_key(slice account, slice target, char room[2 * ACCOUNT_MOST + 1])
{
	account = slice_first(account, ACCOUNT_MOST);
	target = slice_first(target, ACCOUNT_MOST);
	memcpy(room, account.at ? account.at : "", account.len);
	room[account.len] = 0;
	memcpy(room + account.len + 1, target.at ? target.at : "", target.len);
	return (slice){room, account.len + 1 + target.len};
}

/* On the first walk: what the owner forwards since long ago is no intruder's doing. */
void saw_redirect(struct inquiry *q, const struct event *e)
{
	char room[ACCOUNT_MOST], key[2 * ACCOUNT_MOST + 1];
	slice account = event_has(e, F_ACCOUNT) ? e->v[F_ACCOUNT].text
						: facts_account_key(event_get(e, F_USER), room);
	bool fresh;
	if (!event_has(e, F_TIME) || !event_has(e, F_SIEVE_TARGET))
		return;
	int64_t *since =
	    table_put(&q->forwarded, forward_key(account, e->v[F_SIEVE_TARGET].text, key), &fresh);
	if (fresh || e->v[F_TIME].number < *since)
		*since = e->v[F_TIME].number;
}

int64_t forwarded_since(struct inquiry *q, slice account, slice target)
{
	char key[2 * ACCOUNT_MOST + 1];
	int64_t *since = table_get(&q->forwarded, forward_key(account, target, key));
	return since ? *since : CLOCK_NONE;
}

/* The filter that was saved last before a redirect began is what made it. */
static struct change *filter_before(struct incident *inc, slice account, int64_t time_us)
{
	struct change *best = NULL;
	for (size_t i = 0; i < inc->changes.len; i++) {
		struct change *c = &inc->changes.at[i];
		if (slice_eq(c->account, account) && !c->target.len && c->time_us <= time_us)
			best = c;
	}
	return best;
}

static void scope_redirects(struct inquiry *q, int group)
{
	struct group *g = &q->groups.at[group];
	for (size_t i = 0; i < q->redirects.len; i++) {
		struct redirected *r = &q->redirects.at[i];
		int64_t since = forwarded_since(q, r->account, r->target);
		if (!group_has_account(g, r->account) || r->first_us < g->first_us ||
		    (since != CLOCK_NONE && since < g->first_us))
			continue;
		struct change *c = filter_before(g->incident, r->account, r->first_us);
		bool saved = c != NULL;
		if (!saved) {
			c = list_add(&g->incident->changes);
			*c = (struct change){
			    .account = r->account, .time_us = r->first_us, .certainty = POSSIBLE};
		}
		c->kind = SLICE("forwarding-rule");
		c->used = true;
		c->target = r->target;
		c->active = true;
		if (saved && c->certainty < LIKELY)
			c->certainty = LIKELY;
		for (size_t k = 0; k < r->evidence.len; k++)
			cite(&c->evidence, &r->evidence.at[k].place);
		c->evidence.more += r->evidence.more;
	}
}

/* --- what was sent --- */

bool is_external(struct inquiry *q, slice to)
{
	size_t at = slice_find(to, '@');
	return at < to.len && !facts_domain_is_ours(q->facts, slice_from(to, at + 1));
}

static void add_sent(struct inquiry *q, int group, struct outgoing *o, enum certainty certainty)
{
	struct incident *inc = q->groups.at[group].incident;
	struct sent *s = list_add(&inc->sent);
	*s = (struct sent){.account = o->account,
			   .queue_id = o->queue_id,
			   .message_id = o->message_id,
			   .subject = o->subject,
			   .to = arena_take(q->keep, (o->to.len + 1) * sizeof(slice)),
			   .to_count = o->to.len,
			   .bytes = o->size,
			   .time_us = o->time_us,
			   .certainty = certainty};
	for (size_t i = 0; i < o->to.len; i++) {
		s->to[i] = o->to.at[i];
		s->external |= is_external(q, o->to.at[i]);
	}
	for (size_t i = 0; i < o->evidence.len; i++)
		cite(&s->evidence, &o->evidence.at[i].place);
}

static void scope_sent(struct inquiry *q, int group)
{
	for (size_t i = 0; i < q->outgoing.len; i++) {
		struct outgoing *o = q->outgoing.at[i];
		if (o->group == group)
			add_sent(q, group, o, o->inferred ? LIKELY : PROVEN);
		else if (o->local && request_near(q, group, o->account, SLICE("send"),
						  o->time_us - 3 * CLOCK_SECOND,
						  o->time_us + 3 * CLOCK_SECOND, NULL))
			add_sent(q, group, o, LIKELY);
	}
}

/* --- who and from where --- */

static void scope_sources(struct inquiry *q, int group)
{
	struct group *g = &q->groups.at[group];
	for (size_t i = 0; i < g->suspects.len; i++) {
		const struct suspect *s = &g->suspects.at[i];
		if (s->first_us == CLOCK_NONE && !g->known_network)
			continue;
		struct where w = facts_where(q->facts, &s->ip);
		*list_add(&g->incident->sources) = (struct source){
		    .ip = s->ip,
		    .network = keep_slice(q, w.name),
		    .country = keep_slice(q, w.country),
		    .operator= keep_slice(q, w.operator),
		    .first_us = g->known_network ? g->first_us : s->first_us,
		    .last_us = g->known_network ? g->last_us : s->last_us,
		    .certainty =
			is_house_door(g, &s->ip) || is_front(g, &s->ip) ? POSSIBLE
			: g->known_network || !s->accepted || !s->exclusive || rests_on_forged(g)
			    ? LIKELY
			    : PROVEN,
		};
	}
	if (g->method == ENTRY_SHELL && g->has_login_ip && !find_suspect(g, &g->login_ip)) {
		struct where w = facts_where(q->facts, &g->login_ip);
		*list_add(&g->incident->sources) = (struct source){
		    .ip = g->login_ip,
		    .network = keep_slice(q, w.name),
		    .country = keep_slice(q, w.country),
		    .operator= keep_slice(q, w.operator),
		    .first_us = g->login_us,
		    .last_us = g->login_us,
		    .certainty = g->shell_unsure ? POSSIBLE : LIKELY,
		};
	}
}

static void account_span(const struct incident *inc, struct account *a)
{
	for (size_t i = 0; i < inc->accesses.len; i++) {
		const struct access *x = &inc->accesses.at[i];
		if (!slice_eq(x->account, a->name) || x->certainty < LIKELY)
			continue;
		if (a->first_us == CLOCK_NONE || x->time_us < a->first_us)
			a->first_us = x->time_us;
		if (a->last_us == CLOCK_NONE || x->time_us > a->last_us)
			a->last_us = x->time_us;
	}
	for (size_t i = 0; i < inc->sessions.len; i++) {
		const struct session_row *x = &inc->sessions.at[i];
		if (!slice_eq(x->account, a->name))
			continue;
		if (a->first_us == CLOCK_NONE || x->first_us < a->first_us)
			a->first_us = x->first_us;
		if (x->last_us != CLOCK_NONE &&
		    (a->last_us == CLOCK_NONE || x->last_us > a->last_us))
			a->last_us = x->last_us;
	}
}

/* All that was let in came from where others come from too: it may have been the owner. */
static bool is_shared(const struct group *g)
{
	size_t accepted = 0;
	for (size_t i = 0; i < g->suspects.len; i++) {
		accepted += g->suspects.at[i].accepted;
		if (g->suspects.at[i].accepted && g->suspects.at[i].exclusive)
			return false;
	}
	return accepted > 0;
}

static void scope_accounts(struct inquiry *q, int group)
{
	struct group *g = &q->groups.at[group];
	for (size_t i = 0; i < g->accounts.len; i++) {
		struct account *a = list_add(&g->incident->accounts);
		*a = (struct account){.name = g->accounts.at[i],
				      .compromised =
					  g->login_joined || is_shared(g) ? LIKELY : PROVEN,
				      .first_us = CLOCK_NONE,
				      .last_us = CLOCK_NONE};
		if (slice_eq(a->name, g->login_account))
			a->first_us = a->last_us = g->login_us;
		account_span(g->incident, a);
		if (g->method == ENTRY_WEBMAIL_SESSION || g->method == ENTRY_CONSENT)
			a->compromised = LIKELY;
		a->compromised = sureness_of_account(g, a->name, a->compromised);
	}
	for (size_t i = 0; i < g->mates.len; i++)
		if (!group_has_account(g, g->mates.at[i]))
			*list_add(&g->incident->accounts) =
			    (struct account){.name = g->mates.at[i],
					     .compromised = POSSIBLE,
					     .first_us = CLOCK_NONE,
					     .last_us = CLOCK_NONE};
}

/* --- sums --- */

/* Anything that would tell of reading is among the records: without it silence is no calm. */
bool reads_are_logged(const struct inquiry *q, const struct group *g)
{
	return q->dovecot || q->courier || q->cyrus || q->exporter || q->wire || q->web_requests ||
	       (g->tenant && q->tenant_read_records);
}

/*
 * Records that would have shown a session may be missing: cut from the log, or of the web server.
 */
static bool may_miss_sessions(struct inquiry *q, const struct group *g)
{
	return begins_with_logs(q, g) || lines_are_lost_since(q, g->first_us - CLOCK_DAY) ||
	       g->uncounted.len || !reads_are_logged(q, g) ||
	       (q->local_sessions && !q->web_requests);
}

/* A session of his, or one that may be: what it read is within the upper bounds. */
static bool may_be_his(struct inquiry *q, int group, const struct seen *s)
{
	const struct group *g = &q->groups.at[group];
	return (s->group == group && !s->local) || is_others(q, g, s) ||
	       is_unexplained_session(q, g, s);
}

/* RFC 1939 7: TOP hands over as many lines as are asked for, all of them if so many are there. */
static int64_t most_topped(const struct seen *s)
{
	if (!s->pop3 || s->headers == 0 || (s->headers == UNKNOWN && s->top_bytes <= 0))
		return 0;
	return s->headers;
}

/* Whole messages were handed over, attachments and all: how many attachments, nothing counts. */
static bool whole_messages(struct inquiry *q, int group)
{
	const struct incident *inc = q->groups.at[group].incident;
	for (size_t i = 0; i < inc->accesses.len; i++)
		if (inc->accesses.at[i].how == HOW_MAIL_ITEMS ||
		    inc->accesses.at[i].how == HOW_WEBMAIL_SOURCE)
			return true;
	for (size_t i = 0; i < q->seen.len; i++)
		if (may_be_his(q, group, q->seen.at[i]) &&
		    (q->seen.at[i]->bodies != 0 || most_topped(q->seen.at[i]) != 0))
			return true;
	return false;
}

static int64_t unnamed(const struct seen *s)
{
	int64_t named = 0;
	for (size_t i = 0; i < s->opened.len; i++)
		named += s->opened.at[i].kind == KIND_MESSAGE;
	if (s->group < 0) /* nothing of it is among the accesses */
		return s->bodies > named ? s->bodies : named;
	return s->bodies > named ? s->bodies - named : 0;
}

/* An upper bound of distinct messages; UNKNOWN if any session leaves none. */
static int64_t most_messages(struct inquiry *q, int group)
{
	struct incident *inc = q->groups.at[group].incident;
	int64_t named = 0, counted = 0;
	for (size_t i = 0; i < inc->accesses.len; i++) {
		const struct access *a = &inc->accesses.at[i];
		if (a->kind != KIND_MESSAGE || a->certainty == EXCLUDED)
			continue;
		bool unnamed = a->uid < 0 && a->how == HOW_WEBMAIL_SHOW;
		named += unnamed ? a->times : a->how != HOW_BODY_COUNT;
	}
	for (size_t i = 0; i < q->seen.len; i++) {
		const struct seen *s = q->seen.at[i];
		if (!may_be_his(q, group, s))
			continue;
		if (s->exporter) { /* its end may count what its events, cut short, do not name */
			counted += unnamed(s);
			continue;
		}
		bool mailbox =
		    slice_eq(s->protocol, SLICE("imap")) || slice_eq(s->protocol, SLICE("pop3"));
		if (mailbox &&
		    (!s->ended || s->joined || (s->bodies == UNKNOWN && s->body_bytes != 0)))
			return UNKNOWN; /* it did not end, or its end does not say how many */
		if (most_topped(s) == UNKNOWN)
			return UNKNOWN;
		counted += (s->bodies > 0 ? s->bodies : 0) + most_topped(s);
	}
	return named +
	       counted; /* the store may have lost messages since: its number bounds nothing */
}

static void sum_bytes(struct inquiry *q, int group)
{
	struct incident *inc = q->groups.at[group].incident;
	int64_t out = 0, most = 0;
	/* nothing counts what a tenant's client or a shell took */
	bool open_end = q->groups.at[group].tenant || q->groups.at[group].method == ENTRY_SHELL;
	for (size_t i = 0; i < inc->sessions.len; i++) {
		const struct session_row *s = &inc->sessions.at[i];
		most += s->bytes_out > 0 ? s->bytes_out : 0;
		if (s->bytes_out >= 0)
			out += s->certainty == PROVEN ? s->bytes_out : 0;
		else if (!slice_eq(s->protocol, SLICE("managesieve")))
			open_end = true;
	}
	for (size_t i = 0; i < q->seen.len; i++) {
		const struct seen *s = q->seen.at[i];
		open_end |= may_be_his(q, group, s) &&
			    (s->cyrus || (s->group < 0 && s->bytes_out == UNKNOWN));
		most +=
		    s->group < 0 && s->bytes_out > 0 && may_be_his(q, group, s) ? s->bytes_out : 0;
	}
	for (size_t i = 0; i < q->requests.len; i++) {
		const struct request *r = &q->requests.at[i];
		open_end |= r->group == group && r->bytes == UNKNOWN;
		if (r->group == group && r->bytes > 0 && !r->again) {
			out += r->bytes;
			most += r->bytes;
		}
	}
	inc->bytes_out = (struct total){out, open_end ? UNKNOWN : most};
}

/* A message of which no more than the header was shown. */
static bool only_listed(struct inquiry *q, int group, const struct access *a)
{
	char room[ACCESS_KEY];
	struct access message = *a;
	message.kind = KIND_MESSAGE;
	return a->kind == KIND_LISTING && a->uid >= 0 &&
	       !table_get(&q->accesses, access_key(group, &message, room));
}

static void sum(struct inquiry *q, int group)
{
	struct incident *inc = q->groups.at[group].incident;
	struct total *of[] = {[KIND_MESSAGE] = &inc->messages,
			      [KIND_ATTACHMENT] = &inc->attachments,
			      [KIND_FILE] = &inc->files};
	for (size_t i = 0; i < inc->accesses.len; i++) {
		const struct access *a = &inc->accesses.at[i];
		inc->listed += only_listed(q, group, a);
		if (a->kind > KIND_FILE)
			continue;
		of[a->kind]->proven += a->certainty == PROVEN;
		of[a->kind]->at_most += a->certainty > EXCLUDED;
		bool opened = a->certainty >= LIKELY && a->kind != KIND_ATTACHMENT && a->secrets;
		inc->secret_messages += opened;
		for (int k = 0; opened && k < SECRET_COUNT; k++)
			inc->secrets[k] += a->secrets >> k & 1;
	}
	inc->messages.at_most = most_messages(q, group);
	if (q->groups.at[group].method == ENTRY_SHELL && !q->audit)
		inc->files.at_most = UNKNOWN; /* commands are told, what they read is not */
	sum_bytes(q, group);
	const struct group *g = &q->groups.at[group];
	if (may_miss_sessions(q, g) || g->unbounded || g->others_unbounded)
		inc->messages.at_most = inc->bytes_out.at_most = UNKNOWN;
	if (inc->messages.at_most == UNKNOWN || whole_messages(q, group) || inc->files.at_most)
		inc->attachments.at_most = UNKNOWN;
	if (!q->audit) /* nothing would have shown a file read on the host itself */
		inc->files.at_most = UNKNOWN;
}

void scope_group(struct inquiry *q, int group)
{
	struct group *g = &q->groups.at[group];
	if (g->first_us == CLOCK_NONE) {
		g->first_us = g->known_network ? g->burst_from_us : g->first_finding_us;
		g->last_us = g->last_finding_us;
	}
	if (!g->known_network && g->first_high_us < g->first_us)
		g->first_us = g->first_high_us; /* what it found is no later than itself */
	scope_sessions(q, group);
	scope_files(q, group);
	scope_tenant(q, group);
	scope_filters(q, group);
	scope_redirects(q, group);
	scope_standing(q, group);
	scope_sent(q, group);
	scope_sources(q, group);
	scope_accounts(q, group);
	scope_owners(q, group);
	sum(q, group);
}
