/*
 * shared.c - mail of others that was read with the password of one: shared folders, delegation.
 *
 * Whose password fell and whose mail was read are two things.  Where a record names the mailbox
 * (a tenant's, Cyrus' auditlog) its owner is as sure as what was opened in it; where only the
 * folder's name tells, by the namespaces that servers' handbooks give to the folders of others
 * (RFC 2342; Dovecot's "shared/%%u/", Cyrus' "Other Users.", Courier's "#shared."), likely at most.
 * Such an owner's own password is not known to have fallen: "possible", no more.
 */
#include "inquiry.h"

static const slice namespaces[] = {SLICE_INIT("shared"), SLICE_INIT("#shared"),
				   SLICE_INIT("users"),  SLICE_INIT("#users"),
				   SLICE_INIT("user"),   SLICE_INIT("other users")};

/* What stands behind the name of a namespace and its separator; empty: it is in none. */
static slice behind_namespace(slice folder, char *separator)
{
	for (size_t i = 0; i < sizeof namespaces / sizeof *namespaces; i++) {
		size_t n = namespaces[i].len;
		if (folder.len <= n + 1 || (folder.at[n] != '/' && folder.at[n] != '.') ||
		    !slice_eq_nocase(slice_first(folder, n), namespaces[i]))
			continue;
		*separator = folder.at[n];
		return slice_from(folder, n + 1);
	}
	return (slice){0};
}

/*
 * Whose folder it is that `account` sees under that name, and what its owner calls it; empty: his
 * own, or nobody's who is known here.  A name may hold the separator: the longest one that is known
 * counts.
 */
slice owner_of_folder(struct inquiry *q, slice account, slice folder, slice *own_name)
{
	char separator = '/';
	slice rest = behind_namespace(folder, &separator), found = {0};
	for (size_t n = 0; n < rest.len && n < ACCOUNT_MOST;) {
		n += slice_find(slice_from(rest, n), separator);
		slice owner = facts_account_like(q->facts, account, slice_first(rest, n));
		if (owner.len && !slice_eq(owner, account)) {
			found = owner;
			*own_name = slice_from(rest, n + 1);
		}
		n++;
	}
	if (found.len && !own_name->len)
		*own_name = SLICE("INBOX");
	return found;
}

static struct account *account_row(struct inquiry *q, struct incident *inc, slice name)
{
	for (size_t i = 0; i < inc->accounts.len; i++)
		if (slice_eq(inc->accounts.at[i].name, name))
			return &inc->accounts.at[i];
	struct account *a = list_add(&inc->accounts);
	*a = (struct account){.name = keep_slice(q, name),
			      .compromised = POSSIBLE,
			      .first_us = CLOCK_NONE,
			      .last_us = CLOCK_NONE};
	return a;
}

static void note_reading(struct account *a, const struct access *x, enum certainty sure)
{
	if (sure > a->read)
		a->read = sure;
	if (a->first_us == CLOCK_NONE || x->time_us < a->first_us)
		a->first_us = x->time_us;
	if (a->last_us == CLOCK_NONE || x->time_us > a->last_us)
		a->last_us = x->time_us;
}

/* Behind the accounts that were used, those of whom mail was read through them. */
void scope_owners(struct inquiry *q, int group)
{
	struct group *g = &q->groups.at[group];
	struct incident *inc = g->incident;
	for (size_t i = 0; i < inc->accesses.len; i++) {
		const struct access *x = &inc->accesses.at[i];
		bool content = x->kind == KIND_MESSAGE || x->kind == KIND_ATTACHMENT;
		slice own_name = {0}, owner = x->account;
		enum certainty sure = x->certainty;
		if (!content || sure < POSSIBLE || !owner.len)
			continue;
		if (group_has_account(g, owner)) {
			owner = owner_of_folder(q, x->account, x->folder, &own_name);
			sure = sure > LIKELY ? LIKELY : sure;
		}
		if (owner.len && !group_has_account(g, owner))
			note_reading(account_row(q, inc, owner), x, sure);
	}
}

enum { OWNERS_SAID = 6 };

void reason_owners(struct inquiry *q, const struct group *g, struct verdict *v)
{
	const struct incident *inc = g->incident;
	slice said = {0};
	size_t n = 0;
	for (size_t i = 0; i < inc->accounts.len; i++) {
		const struct account *a = &inc->accounts.at[i];
		if (a->read && n++ < OWNERS_SAID)
			said = arena_format(q->keep, "%.*s%s%.*s", SAY(said), said.len ? ", " : "",
					    SAY(a->name));
	}
	if (n > OWNERS_SAID)
		said = arena_format(q->keep, "%.*s and %zu more", SAY(said), n - OWNERS_SAID);
	if (n)
		because(q, v,
			arena_format(q->keep,
				     "among them is mail of %.*s, which another account may read "
				     "(shared folders, delegation): tell them, too",
				     SAY(said)));
}
