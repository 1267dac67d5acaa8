/* host.c - files of the mail store opened on the host itself, as the audit log tells. */
#include "known.h"

/* .../interieur.example/c.martin/Maildir/cur/1710..: the mailbox is what stands before cur, new. */
static slice mailbox_of(slice path)
{
	static const slice inside[] = {SLICE_INIT("/cur/"), SLICE_INIT("/new/"),
				       SLICE_INIT("/tmp/")};
	for (size_t i = 0; i < sizeof inside / sizeof *inside; i++) {
		size_t at = slice_search_last(path, inside[i]);
		if (at != SIZE_MAX)
			return slice_first(path, at);
	}
	return path;
}

/* A program, by its path and the login it belongs to. */
static slice reader_key(const struct event *e, char room[ACCOUNT_MOST])
{
	slice exe = slice_first(event_get(e, F_EXECUTABLE), 150);
	slice login = slice_first(event_get(e, F_USER_ID), 100);
	memcpy(room, exe.at ? exe.at : "", exe.len);
	room[exe.len] = '|';
	memcpy(room + exe.len + 1, login.at ? login.at : "", login.len);
	return (slice){room, exe.len + 1 + login.len};
}

/*
 * Records of one audit event share a number: the system call's names program, login and key, the
 * path's names the file, that of execve the arguments.  Answers false for the first, true for the
 * others, completed.
 */
static bool join_audit(struct facts *f, struct event *e)
{
	int64_t sequence = event_get_number(e, F_AUDIT_ID, -1);
	slice name = event_get(e, F_HOST);
	uint64_t host = hash_bytes(name.at ? name.at : "", name.len);
	if (!event_has(e, F_FILE_PATH) && !event_has(e, F_COMMAND_LINE)) {
		struct audited *a = &f->audited[f->audited_at++ % AUDITED_RING];
		a->sequence = sequence;
		a->host = host;
		name_keep(&a->exe, event_get(e, F_EXECUTABLE));
		name_keep(&a->login, event_get(e, F_USER_ID));
		name_keep(&a->key, event_get(e, F_AUDIT_KEY));
		return false;
	}
	for (size_t i = 0; i < AUDITED_RING && sequence >= 0 && !event_has(e, F_EXECUTABLE); i++) {
		const struct audited *a = &f->audited[i];
		if (a->sequence != sequence || a->host != host || !a->exe.len)
			continue;
		event_text(e, F_EXECUTABLE, name_of(&a->exe));
		event_text(e, F_USER_ID, name_of(&a->login));
		if (a->key.len)
			event_text(e, F_AUDIT_KEY, name_of(&a->key));
		event_number(e, F_JOINED, 1);
	}
	return true;
}

/* Nobody keeps a shell open for longer. */
#define SHELL_US (12 * CLOCK_HOUR)

void host_shell(struct facts *f, const struct event *e, const struct address *ip, int64_t now)
{
	f->shell_us = now;
	bool usual = slice_eq(event_get(e, F_NET_STATE), SLICE("known"));
	if (!usual && !event_get_number(e, F_NET_TRUSTED, 0) && !is_office(f, ip))
		f->strange_shell_us = now;
}

/*
 * Who runs a command is not always told by what names the sign-in (a number here, a name there):
 * all shells of the last hours together are familiar, or one of them is strange.
 */
static void state_shell(const struct facts *f, struct event *e, int64_t now)
{
	if (f->strange_shell_us != CLOCK_NONE && now - f->strange_shell_us < SHELL_US)
		event_text(e, F_SHELL_PLACE, SLICE("strange"));
	else if (f->shell_us != CLOCK_NONE && now - f->shell_us < SHELL_US)
		event_text(e, F_SHELL_PLACE, SLICE("familiar"));
}

void host_command(struct facts *f, struct event *e, int64_t now)
{
	if (event_has(e, F_AUDIT_ID))
		join_audit(f, e);
	state_shell(f, e, now);
}

/* What a program of one login has read on this host. */
void host_file_open(struct facts *f, struct event *e, int64_t now)
{
	char room[ACCOUNT_MOST];
	if (!join_audit(f, e))
		return;
	slice key = reader_key(e, room);
	bool fresh;
	struct reader *r = table_put(&f->readers, key, &fresh);
	if (fresh)
		r->first_us = r->day_us = now;
	if (now - r->day_us >= CLOCK_DAY) {
		r->day_us = now;
		r->boxes = 0;
		r->sketch = 0;
	}
	slice box = mailbox_of(event_get(e, F_FILE_PATH));
	uint64_t bit = UINT64_C(1) << (hash_bytes(box.at ? box.at : "", box.len) >> 58);
	r->boxes += !(r->sketch & bit);
	r->sketch |= bit;
	state_shell(f, e, now);
	event_number(e, F_MAILBOXES, r->boxes);
	event_text(e, F_READER_STATE,
		   now - r->first_us >= HABIT_NEW_US ? SLICE("known") : SLICE("new"));
}

void facts_file(struct facts *f, struct event *e)
{
	join_audit(f, e);
}

static slice known_account(struct facts *f, slice name)
{
	char room[ACCOUNT_MOST];
	struct account_known *a =
	    name.len ? table_get(&f->accounts, facts_account_key(name, room)) : NULL;
	return a ? table_key(a) : (slice){0};
}

static slice account_at(struct facts *f, slice domain, slice user)
{
	char room[2 * ACCOUNT_MOST + 1];
	slice account = known_account(f, user);
	if (account.len || domain.len + user.len + 1 > sizeof room || !domain.len)
		return account;
	memcpy(room, user.at ? user.at : "", user.len);
	room[user.len] = '@';
	memcpy(room + user.len + 1, domain.at, domain.len);
	return known_account(f, (slice){room, user.len + 1 + domain.len});
}

slice facts_account_like(struct facts *f, slice other, slice name)
{
	return account_at(f, slice_from(other, slice_find(other, '@') + 1), name);
}

slice facts_account_of_path(struct facts *f, slice path)
{
	slice account = {0}, before = {0}, rest = mailbox_of(path);
	while (rest.len) {
		slice folder = slice_until(&rest, '/'), found = account_at(f, before, folder);
		account = found.len ? found : account; /* the last names the mailbox */
		before = folder;
	}
	return account;
}
