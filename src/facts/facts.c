/* facts.c - which event teaches what; accounts, their networks, and who guesses. */
#include "known.h"

#include <stdlib.h>

static const struct {
	size_t offset, size;
	uint32_t most;
} tables[] = {
#define TABLE(name, type, most)                                                                    \
	{                                                                                          \
		offsetof(struct facts, name), sizeof(type), most                                   \
	}
    TABLE(accounts, struct account_known, ACCOUNTS_MOST),
    TABLE(habits, struct habit, HABITS_MOST),
    TABLE(guessers, struct guesser, GUESSERS_MOST),
    TABLE(networks, struct network_known, NETWORKS_MOST),
    TABLE(areas, struct network_known, AREAS_MOST),
    TABLE(browsers, struct browser, BROWSERS_MOST),
    TABLE(sessions, int64_t, SESSIONS_MOST),
    TABLE(queues, struct queued, QUEUES_MOST),
    TABLE(targets, int64_t, TARGETS_MOST),
    TABLE(readers, struct reader, READERS_MOST),
    TABLE(domains, int64_t, DOMAINS_MOST),
    TABLE(hosts, struct web_host, HOSTS_MOST),
    TABLE(trials, struct trial, TRIALS_MOST),
    TABLE(passwords, struct password_known, PASSWORDS_MOST),
    TABLE(rungs, struct rung, RUNGS_MOST),
    TABLE(victims, struct victim, VICTIMS_MOST),
    TABLE(profiles, struct profile, ACCOUNTS_MOST),
    TABLE(clients, struct network_known, CLIENTS_MOST),
    TABLE(session_clients, struct session_client, SESSION_CLIENTS_MOST),
    TABLE(masters, struct master, MASTERS_MOST),
    TABLE(senders, struct sender, SENDERS_MOST),
    TABLE(recipients, int64_t, RECIPIENTS_MOST),
    TABLE(covered, struct covered, COVERED_MOST),
    TABLE(letters, struct letter, LETTERS_MOST),
    TABLE(peers, char, PEERS_MOST),
    TABLE(servants, struct servant, SERVANTS_MOST),
    TABLE(laws, struct law_count, LAWS_MOST),
    TABLE(message_ids, struct message_id, MESSAGE_IDS_MOST),
    TABLE(copies, int64_t, COPIES_MOST),
    TABLE(served, struct served, SERVED_MOST),
};
enum { TABLES = sizeof tables / sizeof *tables };

static struct table *table_of(const struct facts *f, size_t i)
{
	return (struct table *)((char *)(uintptr_t)f + tables[i].offset);
}

struct facts *facts_new(void)
{
	struct facts *f = must_alloc(sizeof *f);
	for (size_t i = 0; i < TABLES; i++)
		table_init(table_of(f, i), tables[i].size, tables[i].most);
	f->began_us = f->shell_us = f->strange_shell_us = CLOCK_NONE;
	f->request_us = CLOCK_NONE;
	return f;
}

void facts_free(struct facts **f)
{
	if (!*f)
		return;
	for (size_t i = 0; i < TABLES; i++)
		table_free(table_of(*f, i));
	state_close(&(*f)->state);
	list_free(&(*f)->rows);
	geo_close(&(*f)->geo);
	arena_free(&(*f)->arena);
	free(*f);
	*f = NULL;
}

uint64_t facts_shed(const struct facts *f)
{
	uint64_t n = f->orphans_shed;
	for (size_t i = 0; i < TABLES; i++)
		n += table_of(f, i)->shed_count;
	return n;
}

size_t facts_bytes(const struct facts *f)
{
	size_t n = sizeof *f + f->arena.total;
	for (size_t i = 0; i < TABLES; i++)
		n += table_of(f, i)->bytes;
	return n;
}

bool name_keep(struct name *n, slice s)
{
	n->len = s.len <= sizeof n->text ? (uint8_t)s.len : 0;
	memcpy(n->text, s.at ? s.at : "", n->len);
	return n->len > 0;
}

void facts_zone(struct facts *f, struct zone *z)
{
	f->zone = z;
}

slice facts_account_key(slice user, char room[ACCOUNT_MOST])
{
	user = slice_first(user, ACCOUNT_MOST);
	for (size_t i = 0; i < user.len; i++) {
		char c = user.at[i];
		room[i] = c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
	}
	return (slice){room, user.len};
}

/* --- events --- */

/* Names are mostly written as they are kept. */
void facts_hint(const struct facts *f, const struct event *e)
{
	const struct address *ip = event_get_address(e, F_SOURCE_IP);
	slice user = event_get(e, F_USER);
	if (e->action != ACT_LOGIN && e->action != ACT_SESSION_END && e->action != ACT_SMTP_CLIENT)
		return;
	if (user.len)
		table_hint(&f->accounts, user);
	if (ip && e->outcome == OUT_FAILURE)
		guess_hint(f, user, ip, table_hint);
}

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
	if (at < account.len)
		table_put(&f->domains, slice_from(account, at + 1), NULL);
	else
		f->bare_accounts = true;
}

bool facts_domain_is_ours(struct facts *f, slice domain)
{
	char room[ACCOUNT_MOST];
	return table_get(&f->domains, facts_account_key(domain, room)) != NULL;
}

static void signed_in(struct facts *f, struct event *e, slice account, const struct address *ip,
		      int64_t now)
{
	learn_domain(f, account);
	session_started(f, e);
	serving_began(f, e);
	if (event_has(e, F_MAIL_PID))
		law_session(f, e, account, now);
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
	session_ended(f, e, now);
	law_session_ended(f, e);
	int64_t bodies =
	    event_get_number(e, F_BODY_COUNT, 0) + event_get_number(e, F_RETR_COUNT, 0);
	int64_t bytes = event_get_number(e, F_BODY_BYTES, 0) + event_get_number(e, F_RETR_BYTES, 0);
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
	if (w.account && event_has(e, F_RETR_COUNT))
		event_text(e, F_PROTOCOL_STATE,
			   second_of(now) - w.account->pop3_s > DAY_S ? SLICE("known")
								      : SLICE("new"));
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
	if (f->orphan_count)
		session_orphans(f, now, emit, ctx);
	if (f->suspect_count)
		laws_judge(f, now, emit, ctx);
	if (f->unfiled_count)
		copies_judge(f, now, emit, ctx);
	slice account = {0};
	if (e->action == ACT_SESSION_END)
		serving_ended(f, e);
	if (event_has(e, F_USER)) {
		account = facts_account_key(e->v[F_USER].text, f->account_room);
		event_text(e, F_ACCOUNT, account);
	}
	const struct address *ip = event_get_address(e, F_SOURCE_IP);
	if (event_has(e, F_OPERATION) && e->action != ACT_LOGIN)
		tenant_act(f, e, account, ip, now);
	switch (e->action) {
	case ACT_LOGIN:
		if (event_get_number(e, F_SERVICE, 0))
			break; /* nobody's habit */
		if (e->outcome == OUT_SUCCESS && account.len && ip)
			signed_in(f, e, account, ip, now);
		else if (e->outcome == OUT_FAILURE && ip && !is_local(f, e, ip) &&
			 tenant_guessed(e))
			failed(f, e, account, ip, now);
		break;
	case ACT_CLIENT_ID:
		profile_client_id(f, e, account, now);
		break;
	case ACT_AUTH_CHECK:
		if (event_has(e, F_AUTH_PASSWORD_HASH))
			password_refused(f, e, account, ip, ip && is_local(f, e, ip), now);
		break;
	case ACT_SMTP_CLIENT:
		law_origin(f, e);
		if (account.len && ip) {
			learn_domain(f, account);
			mail_client(f, e, account);
			if (!is_local(f, e, ip))
				sign_in(f, e, account, ip, P_SMTP, now);
		}
		break;
	case ACT_SESSION_END:
		ended(f, e, account, ip, now);
		break;
	case ACT_SMTP_PICKUP:
		law_origin(f, e);
		break;
	case ACT_SMTP_MESSAGE:
		law_taken_in(f, e, now);
		copy_sent(f, e, now);
		break;
	case ACT_MAIL_SAVE:
	case ACT_MAIL_COPY:
		copy_saved(f, e, account, now);
		break;
	case ACT_CONNECT:
		law_connected(f, e);
		break;
	case ACT_DISCONNECT:
		law_disconnected(f, e, now);
		break;
	case ACT_WARNING:
		law_crashed(f, e);
		break;
	case ACT_DAEMON_START:
	case ACT_DAEMON_STOP:
		law_restarted(f, now);
		break;
	case ACT_SMTP_QUEUE:
		law_queued(f, e);
		mail_queue(f, e, now);
		break;
	case ACT_SMTP_DELIVER:
		law_delivered(f, e);
		mail_deliver(f, e, now);
		break;
	case ACT_SMTP_REMOVE:
		law_removed(f, e);
		table_remove(&f->queues, event_get(e, F_QUEUE_ID));
		break;
	case ACT_REDIRECT:
		mail_redirect(f, e, account);
		break;
	case ACT_HTTP:
		webmail_request(f, e, emit, ctx);
		break;
	case ACT_COMMAND:
		host_command(f, e, now);
		break;
	case ACT_FILE_OPEN:
		host_file_open(f, e, now);
		break;
	default:
		break;
	}
}
