/*
 * password.c - which passwords are refused, for whom and from where; and at what rhythm.
 *
 * Dovecot logs a truncated hash of a refused password where auth_verbose_passwords=sha1:6 is set.
 * A device that was not told of a new password comes back with the one old one, at its own pace,
 * from where its owner signs in; who guesses brings others; who sprays takes one to many accounts.
 * The auth process's line of a try bears the hash; the login process's line of it follows.
 */
#include "known.h"

/* auth and its worker may both tell of one try. */
#define SAME_TRY_US (3 * CLOCK_SECOND)

static uint32_t hash_of(slice s)
{
	return (uint32_t)hash_bytes(s.at ? s.at : "", s.len) | 1;
}

uint64_t pair_hash(slice account, const struct address *net)
{
	return hash_bytes(net->b, sizeof net->b) * 31 + hash_bytes(account.at, account.len);
}

static slice trial_key(const uint64_t *hash)
{
	return (slice){(const char *)hash, sizeof *hash};
}

static struct trial *know_trial(struct facts *f, slice key, int64_t now)
{
	bool fresh;
	struct trial *t = table_put(&f->trials, key, &fresh);
	if (!fresh && now - t->last_us > GUESS_WINDOW_US)
		memset(t, 0, sizeof *t);
	t->last_us = now;
	return t;
}

static struct tried *know_tried(struct facts *f, slice key, int64_t now)
{
	bool fresh;
	struct tried *t = table_put(&f->tried, key, &fresh);
	if (!fresh && now - t->last_us > GUESS_WINDOW_US)
		memset(t, 0, sizeof *t);
	return t;
}

/* Either may be NULL. */
static void state_trial(struct event *e, const struct trial *t, const struct tried *passwords)
{
	uint32_t period, deviation;
	if (passwords) {
		event_number(e, F_PASSWORD_REPEATED, passwords->repeated);
		event_number(e, F_PASSWORD_DISTINCT, passwords->passwords.count);
	}
	if (!t || !rhythm_tell(&t->failures, &period, &deviation))
		return;
	event_number(e, F_FAILURE_PERIOD, period);
	event_number(e, F_FAILURE_DEVIATION, deviation);
}

static void count_tried(struct tried *t, uint32_t hash, int64_t now)
{
	t->repeated = hash == t->password ? t->repeated + 1 : 1;
	t->password = hash;
	t->last_us = now;
	few_add(&t->passwords, hash);
}

/* One password over many accounts, whatever the addresses. */
static void count_password(struct facts *f, struct event *e, slice password, slice account,
			   const struct address *net, int64_t now)
{
	bool fresh;
	struct password_known *p = table_put(&f->passwords, password, &fresh);
	if (!fresh && now - p->last_us > GUESS_WINDOW_US)
		memset(p, 0, sizeof *p);
	p->last_us = now;
	few_add(&p->accounts, hash_of(account));
	event_number(e, F_PASSWORD_ACCOUNTS, p->accounts.count);
	if (net)
		few_add(&p->networks, hash_of((slice){(const char *)net->b, 16}));
	if (p->networks.count)
		event_number(e, F_PASSWORD_NETWORKS, p->networks.count);
}

void password_refused(struct facts *f, struct event *e, slice account, const struct address *ip,
		      bool local, int64_t now)
{
	slice password = event_get(e, F_AUTH_PASSWORD_HASH);
	if (!account.len || !ip || password.len > NAME_MOST)
		return;
	struct address net = facts_network(f, ip);
	count_password(f, e, password, account, local ? NULL : &net, now);
	uint32_t hash = hash_of(password), session = hash_of(event_get(e, F_SESSION));
	if (local)
		return;
	if (is_wanted(f, F_SOURCE_PASSWORDS))
		ladder_password(f, e, ip, hash, now);
	if (!find_account(f, account))
		return; /* names that never signed in are the guesser's, not ours */
	uint64_t key = pair_hash(account, &net);
	struct tried *t = know_tried(f, trial_key(&key), now);
	bool again = t->password == hash && t->session == session && now - t->last_us < SAME_TRY_US;
	if (!again)
		count_tried(t, hash, now);
	t->session = session;
	state_trial(e, table_get(&f->trials, trial_key(&key)), t);
}

static const struct trial *find_trial(struct facts *f, slice account, const struct address *net)
{
	uint64_t key = pair_hash(account, net);
	return f->trials.len ? table_get(&f->trials, trial_key(&key)) : NULL;
}

void state_haste(struct facts *f, struct event *e, slice account, const struct address *net)
{
	const struct trial *t = find_trial(f, account, net);
	if (t)
		event_number(e, F_TRIAL_PACE, t->pace.most);
}

bool facts_guessed_at(struct facts *f, slice account, const struct address *ip)
{
	struct address net = facts_network(f, ip);
	const struct trial *t = account.len ? find_trial(f, account, &net) : NULL;
	return t && t->pace.most >= HASTE_LEAST;
}

void password_failed(struct facts *f, struct event *e, slice account, const struct address *net,
		     uint32_t tries, int64_t now)
{
	uint64_t key = pair_hash(account, net);
	bool asked = is_wanted(f, F_FAILURE_PERIOD) || is_wanted(f, F_FAILURE_DEVIATION) ||
		     is_wanted(f, F_TRIAL_PACE);
	struct trial *t = asked ? know_trial(f, trial_key(&key), now) : NULL;
	bool told = f->tried.len && table_get(&f->tried, trial_key(&key));
	struct tried *passwords = told ? know_tried(f, trial_key(&key), now) : NULL;
	if (t) {
		rhythm_beat(&t->failures, second_of(now));
		pace_add(&t->pace, now, tries);
	}
	if (passwords)
		passwords->last_us = now;
	state_trial(e, t, passwords && passwords->passwords.count ? passwords : NULL);
}
