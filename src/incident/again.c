/*
 * again.c - the second walk: what suspected addresses, accounts and browsers did, event by event.
 * Nothing is concluded here; what is seen is kept, each with its place.
 */
#include "inquiry.h"

/* In the victim's own network only what is near the burst is looked at; settle_bursts() cuts it. */
static bool in_burst(const struct group *g, int64_t now)
{
	return !g->known_network || (now >= g->burst_from_us - 10 * CLOCK_MINUTE &&
				     now <= g->burst_to_us + 10 * CLOCK_MINUTE);
}

static void see_failure(struct inquiry *q, const struct event *e, slice account)
{
	struct suspect *who = NULL;
	int64_t now = e->v[F_TIME].number;
	int group = suspect_group(q, event_get_address(e, F_SOURCE_IP), account, now, &who);
	if (group < 0)
		return;
	struct group *g = &q->groups.at[group];
	/* The line is written when the client leaves: the session's own start is nearer the try,
	 * or the seconds that the line says it took. */
	int64_t start = now - event_get_number(e, F_DURATION, 0) / 1000, port;
	struct address from;
	dovecot_session_decode(event_get(e, F_SESSION), now, &start, &port, &from);
	touch_group(g, who, start < now && now - start < CLOCK_HOUR ? start : now);
	who->failures++;
	g->guesses++;
	g->guesses_before += g->login_us == CLOCK_NONE || g->login_joined;
	cite(&g->guess_evidence, &e->place);
	if (group_has_account(g, account))
		g->login_failed_before = g->login_us == CLOCK_NONE;
	else
		g->guesses_aside += account.len > 0;
	for (size_t i = 0; i < q->passwords.len; i++)
		q->passwords.at[i].count += slice_eq(q->passwords.at[i].account, account);
}

void first_sign_in(struct inquiry *q, struct group *g, const struct event *e, slice account)
{
	int64_t now = e->v[F_TIME].number;
	group_accepted(g, now);
	if (g->login_us != CLOCK_NONE && g->login_us <= now && !g->login_joined) {
		if (slice_eq(g->login_account, account))
			cite(&g->login_evidence, &e->place);
		return;
	}
	g->login_us = now;
	g->login_joined = event_get_number(e, F_JOINED, 0);
	g->login_account = keep_slice(q, account);
	g->login_mechanism = keep_slice(q, event_get(e, F_AUTH_METHOD));
	g->login_host = keep_slice(q, event_get(e, F_HOST));
	const struct address *ip = event_get_address(e, F_SOURCE_IP);
	g->has_login_ip = ip != NULL;
	if (ip)
		g->login_ip = *ip;
	g->login_evidence.len = 0;
	cite(&g->login_evidence, &e->place);
}

/* A sign-in whose session may tell what was read: webmail's are not. */
static bool is_mailbox(const struct event *e)
{
	slice protocol = event_get(e, F_PROTOCOL);
	return slice_eq(event_get(e, F_MODULE), SLICE("dovecot")) ||
	       slice_eq(protocol, SLICE("imap")) || slice_eq(protocol, SLICE("pop3"));
}

/* Who is let in by these reads no mail with it. */
static bool opens_mail(slice protocol)
{
	static const slice others[] = {SLICE_INIT("smtp"),  SLICE_INIT("submission"),
				       SLICE_INIT("smtps"), SLICE_INIT("managesieve"),
				       SLICE_INIT("sieve"), SLICE_INIT("ftp")};
	for (size_t i = 0; i < sizeof others / sizeof *others; i++)
		if (slice_eq_nocase(protocol, others[i]))
			return false;
	return true;
}

/*
 * True if records tell what is read after this sign-in: a session's end, or a webmail's requests.
 */
static bool is_counted(const struct inquiry *q, const struct event *e)
{
	slice module = event_get(e, F_MODULE), protocol = event_get(e, F_PROTOCOL);
	if (!opens_mail(protocol) || event_has(e, F_OPERATION)) /* of a tenant: scope_tenant() */
		return true;
	if (slice_eq(protocol, SLICE("http")))
		return q->web_requests &&
		       (event_has(e, F_JOINED) || slice_eq(module, SLICE("roundcube")) ||
			slice_eq(module, SLICE("sogo")) ||
			/* its URLs do not name what it shows: the mail server's counts must */
			(slice_eq(module, SLICE("horde")) && q->local_sessions));
	return is_mailbox(e) && event_has(e, F_SESSION);
}

/* Whose password it was, if one opens all mailboxes. */
static void see_master(struct inquiry *q, struct group *g, const struct event *e)
{
	slice master = facts_master_of(e);
	if (!master.len)
		return;
	if (!g->master.len)
		g->master = keep_slice(q, master);
	cite(&g->master_evidence, &e->place);
}

/* With auth_verbose Dovecot says beside the sign-in that a master user made it. */
static void see_check(struct inquiry *q, const struct event *e, slice account)
{
	char room[ACCOUNT_MOST];
	struct suspect *who = NULL;
	(void)account; /* the master's own */
	if (!event_has(e, F_USER_EFFECTIVE))
		return;
	slice opened = facts_account_key(e->v[F_USER_EFFECTIVE].text, room);
	int group =
	    suspect_group(q, event_get_address(e, F_SOURCE_IP), opened, e->v[F_TIME].number, &who);
	if (group >= 0)
		see_master(q, &q->groups.at[group], e);
}

static void see_login(struct inquiry *q, const struct event *e, slice account)
{
	struct suspect *who = NULL;
	const struct address *ip = event_get_address(e, F_SOURCE_IP);
	int64_t now = e->v[F_TIME].number;
	int group = suspect_group(q, ip, account, now, &who);
	if (group >= 0) {
		struct group *g = &q->groups.at[group];
		touch_accepted(g, who, now);
		group_add_account(q, g, account);
		first_sign_in(q, g, e, account);
		see_master(q, g, e);
		g->tenant |= event_has(e, F_OPERATION);
		if (!g->uncounted.len && !is_counted(q, e))
			g->uncounted = keep_slice(q, event_get(e, F_MODULE));
	} else if (!is_mailbox(e) && opens_mail(event_get(e, F_PROTOCOL))) {
		see_visitor(q, account, ip);
	}
	if (is_mailbox(e)) {
		forget_ended_session(q, e);
		struct seen *s = suspected_session(q, e, account);
		if (s)
			cite(&s->evidence, &e->place);
		remember_session_process(q, e, s);
	}
}

/* The incident to which a browser's request belongs. */
static int request_group(struct inquiry *q, const struct event *e, slice account)
{
	struct suspect *who = NULL;
	const struct address *ip = event_get_address(e, F_SOURCE_IP);
	int64_t now = e->v[F_TIME].number;
	int group = suspect_group(q, ip, account, now, &who);
	if (group >= 0) {
		touch_accepted(&q->groups.at[group], who, now);
		return group;
	}
	const struct suspect_row *row;
	size_t n = ip ? suspects_near(q, ip, &row) : 0;
	for (; n; n--, row++) {
		const struct group *g = &q->groups.at[row->group];
		if (g->known_network && address_eq(&suspect_of(q, row)->ip, ip) &&
		    in_burst(g, now) && (!account.len || group_has_account(g, account)) &&
		    (!g->agent.len || slice_eq(g->agent, event_get(e, F_USER_AGENT))))
			return (int)row->group;
	}
	return -1;
}

/* A phone that syncs is handed whole mailboxes, of which no URL names a message. */
static bool syncs(const struct event *e)
{
	static const slice others[] = {SLICE_INIT("Ping"), SLICE_INIT("FolderSync"),
				       SLICE_INIT("Provision"), SLICE_INIT("Settings")};
	if (!slice_eq(event_get(e, F_WEB_TASK), SLICE("activesync")))
		return false;
	for (size_t i = 0; i < sizeof others / sizeof *others; i++)
		if (slice_eq_nocase(event_get(e, F_WEB_ACTION), others[i]))
			return false;
	return true;
}

static void see_request(struct inquiry *q, const struct event *e, slice user)
{
	bool stated = false, named = event_has(e, F_WEB_NAMED) && event_has(e, F_SOURCE_IP);
	slice account =
	    named ? facts_named_account(q->facts, &e->v[F_SOURCE_IP].address, user,
					e->v[F_TIME].number, &stated)
	    : event_has(e, F_SOURCE_IP)
		? facts_browser_account(q->facts, &e->v[F_SOURCE_IP].address,
					event_get(e, F_USER_AGENT), e->v[F_TIME].number, &stated)
		: (slice){0};
	if (suspects_shell(q) && event_has(e, F_WEB_TASK))
		saw_web_second(q, e->v[F_TIME].number);
	int group = request_group(q, e, account);
	bool mail = slice_eq(event_get(e, F_WEB_TASK), SLICE("mail"));
	if (mail)
		saw_owner(q, account, e->v[F_TIME].number);
	if (group < 0 && mail && (!account.len || any_group_has(q, account))) {
		saw_rival(q, e->v[F_TIME].number);
		see_visitor(q, account, event_get_address(e, F_SOURCE_IP));
	}
	if (group < 0 || e->outcome != OUT_SUCCESS || !event_has(e, F_WEB_TASK))
		return;
	group_accepted(&q->groups.at[group], e->v[F_TIME].number);
	q->groups.at[group].unbounded |= syncs(e) || q->requests.len == REQUESTS_MOST;
	if (q->requests.len == REQUESTS_MOST)
		return;
	*list_add(&q->requests) = (struct request){
	    .group = group,
	    .account = keep_slice(q, account),
	    .stated = stated,
	    .named = named,
	    .folder = keep_slice(q, event_get(e, F_FOLDER)),
	    .part = keep_slice(q, event_get(e, F_PART)),
	    .action = keep_slice(q, event_get(e, F_WEB_ACTION)),
	    .task = keep_slice(q, event_get(e, F_WEB_TASK)),
	    .search = keep_slice(q, event_get(e, F_WEB_SEARCH)),
	    .agent = keep_slice(q, event_get(e, F_USER_AGENT)),
	    .ip = e->v[F_SOURCE_IP].address,
	    .uid = event_get_number(e, F_UID, UNKNOWN),
	    .time_us = e->v[F_TIME].number,
	    .bytes = event_get_number(e, F_RESPONSE_BYTES, UNKNOWN),
	    .post = slice_eq(event_get(e, F_METHOD), SLICE("POST")),
	    .unnamed = event_has(e, F_WEB_UNNAMED),
	    .crowded = is_crowded(q, e->v[F_TIME].number),
	    .download = event_get_number(e, F_WEB_DOWNLOAD, 0) != 0,
	    .place = e->place,
	};
}

/* `count`: of the intruder's tries after it, those that failed. */
static void see_password(struct inquiry *q, const struct event *e, slice account)
{
	if (e->outcome != OUT_FAILURE && any_group_has(q, account))
		*list_add(&q->passwords) =
		    (struct lost){.from_us = e->v[F_TIME].number,
				  .to_us = e->v[F_TIME].number,
				  .account = keep_slice(q, account),
				  .ip = event_has(e, F_SOURCE_IP) ? e->v[F_SOURCE_IP].address
								  : (struct address){{0}},
				  .place = e->place};
}

static void see_script(struct inquiry *q, const struct event *e, slice account)
{
	if (!account.len || !any_group_has(q, account))
		return;
	struct suspect *who = NULL;
	const struct address *ip = event_get_address(e, F_SOURCE_IP);
	bool forwards = event_has(e, F_RULE_TO);
	struct script *s = list_add(&q->scripts);
	s->group = ip ? suspect_group(q, ip, account, e->v[F_TIME].number, &who) : -1;
	s->change = (struct change){
	    .kind = forwards ? SLICE("forwarding-rule") : SLICE("filter"),
	    .account = keep_slice(q, account),
	    .target = keep_slice(q, event_get(e, forwards ? F_RULE_TO : F_SIEVE_SCRIPT)),
	    .time_us = e->v[F_TIME].number};
	cite(&s->change.evidence, &e->place);
}

/* Zimbra says that a message was asked for, and by whom, and not which. */
static void see_asked(struct inquiry *q, const struct event *e, slice account)
{
	struct suspect *who = NULL;
	const struct address *ip = event_get_address(e, F_SOURCE_IP);
	int group = suspect_group(q, ip, account, e->v[F_TIME].number, &who);
	if (group < 0)
		return;
	touch_accepted(&q->groups.at[group], who, e->v[F_TIME].number);
	group_accepted(&q->groups.at[group], e->v[F_TIME].number);
	q->groups.at[group].asked += slice_eq(event_get(e, F_WEB_ACTION), SLICE("show"));
}

static bool is_login_id(const struct group *g, slice login, slice host)
{
	for (size_t i = 0; i < g->logins.len; i++)
		if (slice_eq(g->logins.at[i].login, login) &&
		    (!host.len || !g->logins.at[i].host.len ||
		     slice_eq(g->logins.at[i].host, host)))
			return true;
	return false;
}

static void see_file(struct inquiry *q, const struct event *record, slice account)
{
	struct event completed = *record, *e = &completed;
	facts_file(q->facts, e);
	if (!event_has(e, F_FILE_PATH))
		return;
	for (size_t i = 0; i < q->groups.len; i++) {
		struct group *g = &q->groups.at[i];
		if (!is_login_id(g, event_get(e, F_USER_ID), event_get(e, F_HOST)) ||
		    !group_within(g, e->v[F_TIME].number))
			continue;
		touch_group(g, NULL, e->v[F_TIME].number);
		group_accepted(g, e->v[F_TIME].number);
		*list_add(&q->files) = (struct file_read){
		    (int)i, keep_slice(q, event_get(e, F_FILE_PATH)),
		    keep_slice(q, event_get(e, F_EXECUTABLE)), e->v[F_TIME].number, e->place};
	}
}

static void see_shell_login(struct inquiry *q, const struct event *e, slice account)
{
	if (event_has(e, F_SOURCE_IP))
		*list_add(&q->shells) =
		    (struct shell_login){keep_slice(q, account), e->v[F_SOURCE_IP].address,
					 e->v[F_TIME].number, e->place};
}

static void see_password_change(struct inquiry *q, const struct event *e, slice account)
{
	char whose[ACCOUNT_MOST];
	bool others = event_has(e, F_TARGET_USER);
	see_password(q, e, others ? facts_account_key(e->v[F_TARGET_USER].text, whose) : account);
}

static void see_sign_in(struct inquiry *q, const struct event *e, slice account)
{
	see_forged(q, e, account);
	if (e->outcome == OUT_FAILURE)
		see_failure(q, e, account);
	else if (slice_eq(event_get(e, F_PROTOCOL), SLICE("ssh")))
		see_shell_login(q, e, account);
	else if (e->outcome == OUT_SUCCESS)
		see_login(q, e, account);
}

/* What is kept of an event, by what was done; NULL: nothing. */
static void (*const sights[ACTION_COUNT])(struct inquiry *, const struct event *, slice account) = {
    [ACT_LOGIN] = see_sign_in,          [ACT_AUTH_CHECK] = see_check,
    [ACT_SESSION_END] = see_end,        [ACT_MAIL_OPENED] = see_opened,
    [ACT_IMAP] = see_command,           [ACT_POP3] = see_command,
    [ACT_MAIL_FLAG] = see_flag,         [ACT_HTTP] = see_request,
    [ACT_SMTP_CLIENT] = see_client,     [ACT_SMTP_MESSAGE] = see_smtp,
    [ACT_SMTP_QUEUE] = see_smtp,        [ACT_SMTP_DELIVER] = see_smtp,
    [ACT_SMTP_SUBJECT] = see_smtp,      [ACT_SMTP_REMOVE] = see_smtp,
    [ACT_REDIRECT] = see_redirect,      [ACT_MESSAGE] = see_asked,
    [ACT_SCRIPT_SAVE] = see_script,     [ACT_MAIL_FORWARDING] = see_script,
    [ACT_SCRIPT_ACTIVATE] = see_script, [ACT_SCRIPT_DELETE] = see_script,
    [ACT_FILE_OPEN] = see_file,         [ACT_PASSWORD_CHANGE] = see_password_change,
};

static bool is_tenants(const struct event *e)
{
	return event_has(e, F_OPERATION) && e->action != ACT_LOGIN;
}

bool inquiry_minds(const struct event *e)
{
	if (e->action == ACT_MESSAGE && !event_has(e, F_WEB_ACTION))
		return false; /* most of what daemons say */
	return event_has(e, F_TIME) && (sights[e->action] || is_tenants(e));
}

void inquiry_add(struct inquiry *q, const struct event *e)
{
	char room[ACCOUNT_MOST];
	if (!inquiry_minds(e))
		return;
	slice account = event_has(e, F_ACCOUNT) ? e->v[F_ACCOUNT].text : facts_account_of(e, room);
	if (is_tenants(e)) {
		if (e->action == ACT_PASSWORD_CHANGE)
			see_password_change(q, e, account);
		see_tenant(q, e, account);
	} else {
		sights[e->action](q, e, account);
	}
}
