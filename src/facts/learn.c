/* learn.c - which event teaches what; accounts, their networks, and who guesses. */
#include "known.h"

static enum protocol_bit protocol_of(const struct event *e)
{
	slice p = event_get(e, F_PROTOCOL);
	if (slice_eq(p, SLICE("imap")))
		return P_IMAP;
	if (slice_eq(p, SLICE("pop3")))
		return P_POP3;
	if (slice_eq(p, SLICE("managesieve")))
		return P_SIEVE;
	if (slice_eq(p, SLICE("ssh")))
		return P_SSH;
	return slice_eq(p, SLICE("http")) ? P_WEB : P_SMTP;
}

/* The mail host talking to itself, or webmail's host: no habit of a person can be read from it. */
static bool is_local(const struct facts *f, const struct event *e, const struct address *ip)
{
	const struct address *server = event_get_address(e, F_DESTINATION_IP);
	return address_is_loopback(ip) || (server && address_eq(ip, server)) ||
	       facts_is_web_host(f, ip);
}

static void learn_domain(struct facts *f, slice account)
{
	size_t at = slice_find(account, '@');
	slice domain = slice_from(account, at + 1);
	if (at == account.len)
		f->bare_accounts = true;
	else if (f->domain && slice_eq(table_key(f->domain), domain))
		table_touch(f->domain);
	else
		f->domain = table_put(&f->domains, domain, NULL);
}

static void signed_in(struct facts *f, struct event *e, slice account, const struct address *ip,
		      int64_t now)
{
	learn_domain(f, account);
	session_started(f, e);
	serving_began(f, e);
	struct servant *servant =
	    event_has(e, F_MAIL_PID) ? servant_began(f, e, account, now) : NULL;
	master_sign_in(f, e, ip, now);
	if (is_local(f, e, ip)) {
		event_text(e, F_VIA, SLICE("local"));
		if (protocol_of(e) == P_IMAP)
			webmail_local_login(f, e, account, now);
		return;
	}
	if (webmail_wrote(e))
		webmail_stated_login(f, account, ip, now);
	enum protocol_bit protocol = protocol_of(e);
	sign_in(f, e, account, ip, protocol, now);
	if (servant) {
		servant->account = table_number(f->account) + 1;
		servant->habit = f->account->habits[0].number;
	}
	profile_session(f, e, account, now);
	if (protocol == P_SSH)
		host_shell(f, e, ip, now);
	if (protocol == P_IMAP && !slice_eq(event_get(e, F_NET_STATE), SLICE("known")))
		web_host_login(f, e, account, ip, now);
}

/* A program that syncs fetches headers of all and bodies beside them, for as long as it takes. */
static void state_pace(struct event *e, int64_t bodies, int64_t now)
{
	int64_t start = event_get_number(e, F_START, CLOCK_NONE);
	if (bodies <= 0 || bodies > INT32_MAX)
		return;
	if (start != CLOCK_NONE && now > start)
		event_number(e, F_SESSION_PACE, bodies * CLOCK_MINUTE / (now - start));
	int64_t headers = event_get_number(e, F_HEADER_COUNT, -1);
	if (headers >= 0 && headers <= INT32_MAX)
		event_number(e, F_HEADERS_PER_BODY, headers * 100 / bodies);
}

static void ended(struct facts *f, struct event *e, slice account, const struct address *ip,
		  int64_t now)
{
	session_ended(f, e, servant_ended(f, e), now);
	int64_t bodies =
	    event_get_number(e, F_BODY_COUNT, 0) + event_get_number(e, F_RETR_COUNT, 0);
	int64_t bytes = event_get_number(e, F_BODY_BYTES, 0) + event_get_number(e, F_RETR_BYTES, 0);
	/* Cyrus, and others, count all that was sent */
	if (!bodies && !bytes && !event_has(e, F_BODY_COUNT) && !event_has(e, F_RETR_COUNT) &&
	    !event_has(e, F_BODY_BYTES) && !event_has(e, F_RETR_BYTES))
		bytes = event_get_number(e, F_DESTINATION_BYTES, 0);
	int64_t total = event_get_number(e, F_TOTAL_COUNT, 0);
	if (total > 0 && event_has(e, F_RETR_COUNT))
		event_number(e, F_READ_SHARE, e->v[F_RETR_COUNT].number * 100 / total);
	state_pace(e, bodies, now);
	if (!ip || !account.len)
		return;
	if (is_local(f, e, ip)) {
		event_text(e, F_VIA, SLICE("local"));
		return;
	}
	struct who w = who_is(f, account, ip, now);
	add_reads(f, e, &w, (uint32_t)bodies, (uint64_t)bytes);
	profile_session(f, e, account, now);
	if (w.account && (event_has(e, F_RETR_COUNT) || event_has(e, F_RETR_BYTES)))
		event_text(e, F_PROTOCOL_STATE,
			   second_of(now) - w.account->pop3_s > DAY_S ? SLICE("known")
								      : SLICE("new"));
}

/* An event under way: whose, from where, when, and where what it brings to light goes. */
struct lesson {
	struct facts *f;
	struct event *e;
	slice account; /* none: empty */
	const struct address *ip;
	int64_t now;
	facts_emit *emit;
	void *ctx;
};

static void learn_login(const struct lesson *l)
{
	if (event_get_number(l->e, F_SERVICE, 0))
		return; /* nobody's habit */
	if (l->e->outcome == OUT_SUCCESS && l->account.len && l->ip)
		signed_in(l->f, l->e, l->account, l->ip, l->now);
	else if (l->e->outcome == OUT_FAILURE && l->ip && !is_local(l->f, l->e, l->ip) &&
		 tenant_guessed(l->e))
		failed(l->f, l->e, l->account, l->ip, l->now);
}

static void learn_client_id(const struct lesson *l)
{
	profile_client_id(l->f, l->e, l->account, l->now);
}

static void learn_password(const struct lesson *l)
{
	if (event_has(l->e, F_AUTH_PASSWORD_HASH))
		password_refused(l->f, l->e, l->account, l->ip,
				 l->ip && is_local(l->f, l->e, l->ip), l->now);
}

static void learn_smtp_client(const struct lesson *l)
{
	law_origin(l->f, l->e);
	if (!l->account.len || !l->ip)
		return;
	learn_domain(l->f, l->account);
	mail_client(l->f, l->e, l->account);
	if (!is_local(l->f, l->e, l->ip))
		sign_in(l->f, l->e, l->account, l->ip, P_SMTP, l->now);
}

static void learn_session_end(const struct lesson *l)
{
	ended(l->f, l->e, l->account, l->ip, l->now);
}

static void learn_pickup(const struct lesson *l)
{
	law_origin(l->f, l->e);
}

static void learn_message(const struct lesson *l)
{
	law_taken_in(l->f, l->e, l->now);
	copy_sent(l->f, l->e, l->now);
}

static void learn_saved(const struct lesson *l)
{
	copy_saved(l->f, l->e, l->account, l->now);
}

static void learn_connect(const struct lesson *l)
{
	law_connected(l->f, l->e);
}

static void learn_disconnect(const struct lesson *l)
{
	law_disconnected(l->f, l->e, l->now);
}

/* Zimbra names who asked for a message, from where, and not which: soap - GetMsgRequest. */
static void learn_words(const struct lesson *l)
{
	bool named = event_has(l->e, F_WEB_ACTION) && l->account.len && l->ip;
	if (!named || !slice_eq(event_get(l->e, F_MODULE), SLICE("zimbra")) ||
	    is_local(l->f, l->e, l->ip))
		return;
	struct who w = who_is(l->f, l->account, l->ip, l->now);
	add_reads(l->f, l->e, &w, slice_eq(l->e->v[F_WEB_ACTION].text, SLICE("show")), 0);
}

/* The same of its filters: what the account read from there before is told beside. */
static void learn_script(const struct lesson *l)
{
	if (!l->account.len || !l->ip || is_local(l->f, l->e, l->ip) ||
	    !slice_eq(event_get(l->e, F_MODULE), SLICE("zimbra")))
		return;
	struct who w = who_is(l->f, l->account, l->ip, l->now);
	add_reads(l->f, l->e, &w, 0, 0);
}

static void learn_warning(const struct lesson *l)
{
	servant_crashed(l->f, l->e);
}

/* SOGo's children come and go all day, and carry no mail. */
static void learn_restart(const struct lesson *l)
{
	if (slice_eq(event_get(l->e, F_MODULE), SLICE("sogo")))
		return;
	law_restarted(l->f, l->now);
}

static void learn_queue(const struct lesson *l)
{
	law_queued(l->f, l->e);
	mail_queue(l->f, l->e, l->now);
}

static void learn_delivery(const struct lesson *l)
{
	law_delivered(l->f, l->e);
	mail_deliver(l->f, l->e, l->now);
}

static void learn_removal(const struct lesson *l)
{
	law_removed(l->f, l->e);
	table_remove(&l->f->queues, event_get(l->e, F_QUEUE_ID));
}

static void learn_sent(const struct lesson *l)
{
	webmail_sent(l->f, l->e, l->account, l->ip, l->now);
}

static void learn_redirect(const struct lesson *l)
{
	mail_redirect(l->f, l->e, l->account);
}

static void learn_request(const struct lesson *l)
{
	webmail_request(l->f, l->e, l->emit, l->ctx);
}

static void learn_command(const struct lesson *l)
{
	host_command(l->f, l->e, l->now);
}

static void learn_file(const struct lesson *l)
{
	host_file_open(l->f, l->e, l->now);
}

/* What is learnt from an event, by what was done; NULL: nothing. */
static void (*const lessons[ACTION_COUNT])(const struct lesson *) = {
    [ACT_LOGIN] = learn_login,
    [ACT_CLIENT_ID] = learn_client_id,
    [ACT_AUTH_CHECK] = learn_password,
    [ACT_SMTP_CLIENT] = learn_smtp_client,
    [ACT_SESSION_END] = learn_session_end,
    [ACT_SMTP_PICKUP] = learn_pickup,
    [ACT_SMTP_MESSAGE] = learn_message,
    [ACT_MAIL_SAVE] = learn_saved,
    [ACT_MAIL_COPY] = learn_saved,
    [ACT_CONNECT] = learn_connect,
    [ACT_DISCONNECT] = learn_disconnect,
    [ACT_MESSAGE] = learn_words,
    [ACT_SCRIPT_SAVE] = learn_script,
    [ACT_MAIL_FORWARDING] = learn_script,
    [ACT_WARNING] = learn_warning,
    [ACT_DAEMON_START] = learn_restart,
    [ACT_DAEMON_STOP] = learn_restart,
    [ACT_SMTP_QUEUE] = learn_queue,
    [ACT_SMTP_DELIVER] = learn_delivery,
    [ACT_SMTP_REMOVE] = learn_removal,
    [ACT_REDIRECT] = learn_redirect,
    [ACT_MAIL_SENT] = learn_sent,
    [ACT_HTTP] = learn_request,
    [ACT_COMMAND] = learn_command,
    [ACT_FILE_OPEN] = learn_file,
};

/* The line names one address, and its session id another: it may have come from either. */
static void learn_other(const struct lesson *l, const struct address *ip)
{
	struct event copy = *l->e;
	if (copy.outcome == OUT_SUCCESS && l->account.len)
		sign_in(l->f, &copy, l->account, ip, protocol_of(&copy), l->now);
}

/* What waits for its other half, and has waited long enough. */
static void judge_waiting(struct facts *f, int64_t now, facts_emit *emit, void *ctx)
{
	if (f->orphan_count)
		session_orphans(f, now, emit, ctx);
	if (f->suspect_count)
		laws_judge(f, now, emit, ctx);
	if (f->unfiled_count)
		copies_judge(f, now, emit, ctx);
}

/* Whose session ends, where the line does not say. */
static void ending_client(struct facts *f, struct event *e)
{
	serving_ended(f, e);
	if (f->servants.len)
		servant_tells(f, e);
}

void facts_add(struct facts *f, struct event *e, facts_emit *emit, void *ctx)
{
	int64_t now = event_get_number(e, F_TIME, CLOCK_NONE);
	if (now == CLOCK_NONE)
		return;
	if (f->began_us == CLOCK_NONE) {
		f->began_us = f->since_us = now;
		state_load(f);
	}
	f->newest_us = now;
	judge_waiting(f, now, emit, ctx);
	if (e->action == ACT_SESSION_END)
		ending_client(f, e);
	facts_submission(f, e);
	facts_unnamed(f, e);
	struct lesson l = {f, e, {0}, event_get_address(e, F_SOURCE_IP), now, emit, ctx};
	if (event_has(e, F_USER)) {
		l.account = facts_account_of(e, f->account_room);
		event_text(e, F_ACCOUNT, l.account);
	}
	struct address other;
	if (tell_forged(f, e, &other, emit, ctx))
		learn_other(&l, &other);
	l.now = time_to_learn(f, e, now);
	if (event_has(e, F_OPERATION) && e->action != ACT_LOGIN)
		tenant_act(f, e, l.account, l.ip, now);
	if (lessons[e->action])
		lessons[e->action](&l);
}
