/*
 * tenant.c - what an intruder opened, set and sent in a tenant of Microsoft 365.
 *
 * Microsoft's own method for MailItemsAccessed (learn.microsoft.com/purview/audit-log-investigate-
 * accounts), with its words:
 *	bind     the record names messages: each of them was opened;
 *	sync     the record names a folder: every message in it is taken to be opened;
 *	throttle after a thousand records in a day there are none for 24 hours: a gap, behind which
 *	         all of the mailbox may have been opened;
 *	context  records that share address, client and session with the intruder's are his.
 *	         Three in four bear no session, so address and account decide, and the session
 *	         adds to them.
 * The same thing opened again within an hour leaves no second record: how often is a lower bound.
 * What Microsoft's own services read is nobody's reading.
 */
#include "inquiry.h"

/* ---- the second walk ---- */

/* A session that was seen with an intruder's address is his wherever it goes on. */
static int session_group(struct inquiry *q, const struct event *e, int group)
{
	slice session = event_get(e, F_SESSION);
	bool fresh;
	if (!session.len)
		return group;
	if (group < 0) {
		int *known = table_get(&q->tenant_sessions, session);
		return known ? *known : -1;
	}
	int *known = table_put(&q->tenant_sessions, session, &fresh);
	if (fresh)
		*known = group;
	return *known;
}

/* The directory's records bear no address: then account and time must do. */
static int account_group(struct inquiry *q, slice account, int64_t now)
{
	for (size_t i = 0; i < q->groups.len; i++) {
		const struct group *g = &q->groups.at[i];
		int64_t from = g->first_us != CLOCK_NONE ? g->first_us : g->first_finding_us;
		int64_t to = g->last_us != CLOCK_NONE ? g->last_us : g->last_finding_us;
		if (group_has_account(g, account) && now >= from - CLOCK_MINUTE &&
		    now <= to + CLOCK_HOUR)
			return (int)i;
	}
	return -1;
}

/* The account came from there before the intruder did. */
static bool is_own_place(struct inquiry *q, int group, slice account, const struct address *ip)
{
	int64_t since = ip ? facts_habit_since(q->facts, account, ip) : CLOCK_NONE;
	return since != CLOCK_NONE && since < q->groups.at[group].first_us;
}

static int act_group(struct inquiry *q, const struct event *e, slice account, enum certainty *sure)
{
	struct suspect *who = NULL;
	const struct address *ip = event_get_address(e, F_SOURCE_IP);
	int64_t now = e->v[F_TIME].number;
	int group = suspect_group(q, ip, account, now, &who);
	*sure = PROVEN;
	if (group >= 0) {
		touch_accepted(&q->groups.at[group], who, now);
		q->groups.at[group].tenant = true;
		return session_group(q, e, group);
	}
	*sure = LIKELY;
	group = session_group(q, e, -1);
	if (group >= 0 && is_own_place(q, group, account, ip)) /* a stolen token has two users */
		*sure = POSSIBLE;
	return group < 0 && !ip ? account_group(q, account, now) : group;
}

/* A mailbox is named by its owner's address, in whatever case. */
static slice mailbox_of(struct inquiry *q, const struct event *e, slice account)
{
	char room[ACCOUNT_MOST];
	slice owner = event_get(e, F_MAILBOX);
	return keep_slice(q, owner.len ? facts_account_key(owner, room) : account);
}

static void read_item(struct inquiry *q, const struct event *e, const struct mail_item *m,
		      const struct tenant_read *draft)
{
	bool sync = slice_eq(event_get(e, F_MAIL_ACCESS), SLICE("sync"));
	struct tenant_read *r = list_add(&q->tenant_reads);
	*r = *draft;
	r->folder = keep_slice(q, m->folder);
	r->message_id = sync ? (slice){0} : keep_slice(q, m->message_id);
	r->subject = keep_slice(q, m->subject);
	r->size = m->size > 0 ? m->size : UNKNOWN;
}

static void see_read(struct inquiry *q, const struct event *e, slice account)
{
	enum certainty sure;
	int group = act_group(q, e, account, &sure);
	if (group < 0)
		return;
	struct tenant_read draft = {.group = group,
				    .account = mailbox_of(q, e, account),
				    .time_us = e->v[F_TIME].number,
				    .certainty = e->outcome == OUT_FAILURE ? POSSIBLE : sure,
				    .place = e->place};
	if ((draft.has_ip = event_has(e, F_SOURCE_IP)))
		draft.ip = e->v[F_SOURCE_IP].address;
	for (size_t i = 0; i < e->item_count; i++)
		read_item(q, e, &e->items[i], &draft);
	if (!e->item_count) /* neither messages nor folder: something of the mailbox */
		read_item(q, e, &(struct mail_item){0}, &draft);
	q->tenant_no_session += !event_has(e, F_SESSION);
}

static const struct {
	enum action action;
	const char *kind;
} change_kinds[] = {
    {ACT_MAIL_RULE, "filter"},          {ACT_MAIL_FORWARDING, "forwarding-rule"},
    {ACT_TRANSPORT_RULE, "config"},     {ACT_DELEGATION, "delegation"},
    {ACT_APP_CONSENT, "consent"},       {ACT_APP_CREDENTIAL, "app-password"},
    {ACT_AUTH_METHOD_CHANGE, "config"}, {ACT_ROLE_CHANGE, "delegation"},
    {ACT_AUDIT_CHANGE, "config"},       {ACT_TRUST_CHANGE, "config"},
};

static slice change_kind(const struct event *e)
{
	for (size_t i = 0; i < sizeof change_kinds / sizeof *change_kinds; i++)
		if (change_kinds[i].action == e->action)
			return event_has(e, F_RULE_TO) ? SLICE("forwarding-rule")
						       : slice_of(change_kinds[i].kind);
	return (slice){0};
}

static slice change_target(const struct event *e)
{
	static const enum field fields[] = {F_RULE_TO, F_RULE_NAME, F_GRANTEE,
					    F_ROLE,    F_SCOPES,    F_TARGET_USER};
	for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
		if (event_has(e, fields[i]))
			return e->v[fields[i]].text;
	return (slice){0};
}

static bool takes_back(const struct event *e)
{
	slice operation = event_get(e, F_OPERATION);
	return slice_starts(operation, SLICE("Remove")) ||
	       slice_starts(operation, SLICE("Disable-")) ||
	       slice_starts(event_get(e, F_CHANGED), SLICE("RuleOperation=Remove"));
}

/* Who takes back a rule, takes back the last one of that name, or all if none is named. */
static void undo(struct inquiry *q, const struct event *e, slice account)
{
	slice name = event_get(e, F_RULE_NAME);
	for (size_t i = 0; i < q->tenant_changes.len; i++) {
		struct tenant_change *c = &q->tenant_changes.at[i];
		if (c->action == e->action && slice_eq(c->account, account) &&
		    (!name.len || slice_eq(c->name, name)))
			c->active = false;
	}
}

static void see_change(struct inquiry *q, const struct event *e, slice account)
{
	enum certainty sure;
	if (takes_back(e)) {
		undo(q, e, account);
		return;
	}
	int group = act_group(q, e, account, &sure);
	if (group < 0)
		return;
	*list_add(&q->tenant_changes) =
	    (struct tenant_change){.group = group,
				   .action = e->action,
				   .kind = change_kind(e),
				   .account = keep_slice(q, account),
				   .target = keep_slice(q, change_target(e)),
				   .name = keep_slice(q, event_get(e, F_RULE_NAME)),
				   .time_us = e->v[F_TIME].number,
				   .active = true,
				   .certainty = sure,
				   .place = e->place};
}

/* Files and searches: things that a record names one at a time. */
static void see_named(struct inquiry *q, const struct event *e, slice account)
{
	enum certainty sure;
	int group = act_group(q, e, account, &sure);
	bool search = e->action == ACT_MAIL_SEARCH;
	slice name = event_get(e, search ? F_WEB_SEARCH : F_FILE_PATH);
	if (group < 0 || (!search && !name.len))
		return;
	struct tenant_read *r = list_add(&q->tenant_reads);
	*r = (struct tenant_read){.group = group,
				  .account = keep_slice(q, account),
				  .name = keep_slice(q, name),
				  .file = !search,
				  .search = search,
				  .size = UNKNOWN,
				  .time_us = e->v[F_TIME].number,
				  .certainty = sure,
				  .place = e->place};
	if ((r->has_ip = event_has(e, F_SOURCE_IP)))
		r->ip = e->v[F_SOURCE_IP].address;
}

static bool has_sender(struct inquiry *q, const struct event *e)
{
	char room[ACCOUNT_MOST];
	slice from = facts_account_key(event_get(e, F_FROM), room);
	for (size_t i = 0; i < q->groups.len; i++)
		if (group_has_account(&q->groups.at[i], from))
			return true;
	return false;
}

static void add_recipient(struct inquiry *q, struct outgoing *o, slice to)
{
	for (size_t i = 0; i < o->to.len; i++)
		if (slice_eq_nocase(o->to.at[i], to))
			return;
	if (to.len)
		*list_add(&o->to) = keep_slice(q, to);
}

/* Send names the message, the message trace whom it went to: joined by the message's own name. */
static void see_sent(struct inquiry *q, const struct event *e, slice account)
{
	enum certainty sure = CERTAINTY_NONE;
	bool trace = e->action == ACT_MESSAGE_TRACE;
	int group = trace ? -1 : act_group(q, e, account, &sure);
	if (!event_has(e, F_MESSAGE_ID) ||
	    (trace ? !has_sender(q, e) : group < 0 || sure == POSSIBLE))
		return;
	struct outgoing *o = outgoing_named(q, e->v[F_MESSAGE_ID].text, e->v[F_TIME].number);
	if (!trace) {
		o->account = mailbox_of(q, e, account);
		o->group = group;
		o->inferred = sure < PROVEN;
	}
	o->message_id = keep_slice(q, e->v[F_MESSAGE_ID].text);
	if (event_has(e, F_SUBJECT) && !o->subject.len)
		o->subject = keep_slice(q, e->v[F_SUBJECT].text);
	o->size = event_get_number(e, F_SIZE, o->size);
	for (slice to = event_get(e, F_TO); to.len;)
		add_recipient(q, o, slice_trim(slice_until(&to, ';')));
	cite(&o->evidence, &e->place);
}

void see_tenant(struct inquiry *q, const struct event *e, slice account)
{
	if (event_get_number(e, F_SERVICE, 0))
		return;
	bool failed = e->outcome == OUT_FAILURE;
	if (failed && e->action != ACT_MAIL_ACCESS) /* nothing was set, or taken back */
		return;
	switch (e->action) {
	case ACT_MAIL_ACCESS:
		see_read(q, e, account);
		break;
	case ACT_MAIL_SENT:
	case ACT_MESSAGE_TRACE:
		see_sent(q, e, account);
		break;
	case ACT_MAIL_SEARCH:
	case ACT_CLOUD_FILE_OPEN:
	case ACT_CLOUD_FILE_GET:
		see_named(q, e, account);
		break;
	default:
		if (change_kind(e).len)
			see_change(q, e, account);
	}
}

/* ---- what it adds up to ---- */

/* With the mail store at hand, a folder is what lay in it: delivered before, and still there. */
static void add_folder(struct inquiry *q, int group, const struct tenant_read *r,
		       const struct access *draft)
{
	size_t n = 0;
	const struct mail *const *mails =
	    q->store ? mailstore_account(q->store, r->account, &n) : NULL;
	for (size_t i = 0; i < n; i++) {
		const struct mail *m = mails[i];
		if (!slice_eq_nocase(m->folder, r->folder) ||
		    (m->delivered_us != CLOCK_NONE && m->delivered_us > r->time_us))
			continue;
		struct access a = *draft;
		a.kind = KIND_MESSAGE;
		a.folder = m->folder;
		a.uid = m->uid;
		a.name = (slice){0};
		add_access(q, group, &a, &r->place);
	}
}

static void add_read(struct inquiry *q, int group, const struct tenant_read *r)
{
	struct access a = {.account = r->account,
			   .folder = r->folder,
			   .uid = UNKNOWN,
			   .message_id = r->message_id,
			   .subject = r->subject,
			   .name = r->name,
			   .bytes = r->size,
			   .time_us = r->time_us,
			   .kind = r->file     ? KIND_FILE
				   : r->search ? KIND_SEARCH
					       : KIND_MESSAGE,
			   .how = r->file     ? HOW_CLOUD_FILE
				  : r->search ? HOW_CLOUD_SEARCH
					      : HOW_MAIL_ITEMS,
			   .certainty = r->certainty,
			   .source = r->ip,
			   .has_source = r->has_ip};
	if (!r->file && !r->search && !r->message_id.len) {
		a.kind = KIND_LISTING;
		a.how = HOW_MAIL_SYNC;
		a.certainty = LIKELY; /* that it was offered is proven, what was taken is not */
		a.name = r->folder.len ? SLICE("every message of the folder, synchronised")
				       : SLICE("messages that the record does not name");
		q->groups.at[group].unbounded = true;
		if (r->folder.len)
			add_folder(q, group, r, &a);
	}
	add_access(q, group, &a, &r->place);
}

/* A consent is told by several records, and given anew by each click. */
static struct change *same_consent(struct incident *inc, const struct tenant_change *t)
{
	for (size_t i = 0; i < inc->changes.len && slice_eq(t->kind, SLICE("consent")); i++) {
		struct change *c = &inc->changes.at[i];
		if (slice_eq(c->kind, t->kind) && slice_eq(c->account, t->account) &&
		    slice_eq(c->target, t->target) && c->active == t->active)
			return c;
	}
	return NULL;
}

static void add_change(struct inquiry *q, int group, const struct tenant_change *t)
{
	struct change *same = same_consent(q->groups.at[group].incident, t);
	if (same) {
		cite(&same->evidence, &t->place);
		return;
	}
	struct change *c = list_add(&q->groups.at[group].incident->changes);
	*c = (struct change){.kind = t->kind,
			     .account = t->account,
			     .target = t->target,
			     .time_us = t->time_us,
			     .active = t->active,
			     .certainty = t->certainty};
	cite(&c->evidence, &t->place);
}

static bool is_throttled(const struct inquiry *q, const struct group *g)
{
	for (size_t i = 0; i < q->throttles.len; i++)
		if (group_has_account(g, q->throttles.at[i].account))
			return true;
	return false;
}

/* What tells why so much, or so little, is known. */
void tenant_reasons(struct inquiry *q, const struct group *g, slice *why, size_t *n)
{
	size_t folders = synchronised_folders(g->incident);
	*n = 0;
	if (folders)
		why[(*n)++] =
		    SLICE("a mail program synchronised whole folders: every message in them is "
			  "taken to be opened");
	if (is_throttled(q, g))
		why[(*n)++] =
		    SLICE("so much was read that Exchange stopped recording it for 24 hours: "
			  "see what was not seen");
	if (q->tenant && !q->tenant_read_records)
		why[(*n)++] =
		    SLICE("the tenant's records given hold no MailItemsAccessed, which names what "
			  "is opened");
	if (q->tenant_no_session)
		why[(*n)++] =
		    SLICE("records of reading that bear no session are told apart by address "
			  "and account alone");
}

size_t synchronised_folders(const struct incident *inc)
{
	size_t n = 0;
	for (size_t i = 0; i < inc->accesses.len; i++)
		n += inc->accesses.at[i].how == HOW_MAIL_SYNC && inc->accesses.at[i].folder.len;
	return n;
}

void scope_tenant(struct inquiry *q, int group)
{
	struct group *g = &q->groups.at[group];
	for (size_t i = 0; i < q->tenant_reads.len; i++)
		if (q->tenant_reads.at[i].group == group)
			add_read(q, group, &q->tenant_reads.at[i]);
	for (size_t i = 0; i < q->tenant_changes.len; i++)
		if (q->tenant_changes.at[i].group == group)
			add_change(q, group, &q->tenant_changes.at[i]);
	/* an application reads from wherever it likes, in its own name */
	bool application = g->method == ENTRY_CONSENT;
	bool blind = !q->tenant_read_records || is_throttled(q, g) || application;
	for (size_t i = 0; g->tenant && i < g->accounts.len; i++)
		blind |= !is_recorded_mailbox(q, g->accounts.at[i]);
	if (q->tenant && blind)
		g->unbounded = true;
}

/* ---- the first walk, and gaps ---- */

/*
 * Auditing goes by licence and mailbox: of which nothing was ever recorded, silence says nothing.
 */
bool is_recorded_mailbox(struct inquiry *q, slice account)
{
	return table_get(&q->mailboxes, account) != NULL;
}

void saw_tenant(struct inquiry *q, const struct event *e)
{
	q->tenant = true;
	if (e->action != ACT_MAIL_ACCESS)
		return;
	q->tenant_read_records = true;
	table_put(&q->mailboxes, mailbox_of(q, e, event_get(e, F_ACCOUNT)), NULL);
	if (!event_get_number(e, F_MAIL_THROTTLED, 0))
		return;
	int64_t now = e->v[F_TIME].number;
	slice mailbox = mailbox_of(q, e, event_get(e, F_ACCOUNT));
	for (size_t i = 0; i < q->throttles.len; i++) {
		struct lost *t = &q->throttles.at[i];
		if (slice_eq(t->account, mailbox) && now >= t->from_us && now <= t->to_us) {
			t->to_us = now + CLOCK_DAY;
			t->count++;
			return;
		}
	}
	*list_add(&q->throttles) = (struct lost){.from_us = now,
						 .to_us = now + CLOCK_DAY,
						 .count = 1,
						 .account = mailbox,
						 .place = e->place};
}

void throttle_gaps(struct inquiry *q)
{
	for (size_t i = 0; i < q->throttles.len; i++) {
		const struct lost *t = &q->throttles.at[i];
		struct gap *g = list_add(&q->report->gaps);
		*g = (struct gap){
		    .source = arena_format(q->keep, "MailItemsAccessed of %.*s",
					   (int)t->account.len, t->account.at ? t->account.at : ""),
		    .from_us = t->from_us,
		    .to_us = t->to_us,
		    .kind = SLICE("missing"),
		    .state = SLICE("throttled"),
		    .certainty = PROVEN,
		    .hides = arena_format(
			q->keep,
			"which messages of %.*s were opened: it was throttled after 1,000 records, "
			"and for 24 hours Exchange writes none; all of its mail may have been "
			"opened",
			(int)t->account.len, t->account.at ? t->account.at : "")};
		cite(&g->evidence, &t->place);
	}
}
