/*
 * master.c - master users, who sign in as others.
 *
 * Dovecot takes "account*master" where auth_master_user_separator is set (* by custom); its auth
 * events name both.  Backups and migrations do this from their own host every night; what tells an
 * intruder is a place that the master has not come from, and how many accounts it opens.
 */
#include "known.h"

/* account*master: both halves, or nothing. */
static bool split(slice user, slice *account, slice *master)
{
	size_t star = slice_find(user, '*');
	*account = slice_first(user, star);
	*master = star < user.len ? slice_from(user, star + 1) : (slice){0};
	return account->len > 0 && master->len > 0;
}

slice facts_account_of(const struct event *e, char room[ACCOUNT_MOST])
{
	slice user = event_get(e, F_USER), account, master;
	bool by_master = e->action == ACT_LOGIN && split(user, &account, &master);
	return facts_account_key(by_master ? account : user, room);
}

static bool find_master(const struct event *e, slice *account, slice *master)
{
	if (split(event_get(e, F_USER), account, master))
		return true;
	*account = event_get(e, F_USER_EFFECTIVE);
	*master = event_get(e, F_USER);
	return account->len && master->len && !slice_eq(*account, *master);
}

slice facts_master_of(const struct event *e)
{
	slice account, master;
	return find_master(e, &account, &master) ? master : (slice){0};
}

void master_sign_in(struct facts *f, struct event *e, const struct address *ip, int64_t now)
{
	slice account, master;
	char room[ACCOUNT_MOST + 16];
	if (!find_master(e, &account, &master))
		return;
	bool fresh;
	slice key = facts_account_key(master, room);
	event_text(e, F_MASTER, master);
	struct master *m = table_put(&f->masters, key, NULL);
	if (now - m->day_us >= CLOCK_DAY) {
		m->day_us = now;
		memset(&m->accounts, 0, sizeof m->accounts);
	}
	few_add(&m->accounts, (uint32_t)hash_bytes(account.at, account.len));
	event_number(e, F_MASTER_ACCOUNTS, m->accounts.count);
	struct address net = facts_network(f, ip);
	memmove(room, key.at, key.len);
	memcpy(room + key.len, net.b, 16);
	m = table_put(&f->masters, (slice){room, key.len + 16}, &fresh);
	if (fresh)
		m->first_us = now;
	event_text(e, F_MASTER_STATE,
		   now - m->first_us >= HABIT_NEW_US ? SLICE("known") : SLICE("new"));
}
