/* store.c - the store's life, its strings, and how mails are found. See store.h for its laws. */
#include "mailstore/store.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>

enum { BLOCK = 256 << 10, LOWER_MOST = 512 };

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* Names are looked up in small letters; one longer than any address (RFC 5321 4.5.3.1) is cut. */
static slice lower_name(slice name, char room[LOWER_MOST])
{
	size_t n = name.len < LOWER_MOST ? name.len : LOWER_MOST;
	for (size_t i = 0; i < n; i++)
		room[i] = lower(name.at[i]);
	return (slice){room, n};
}

slice store_keep(struct mailstore *m, slice s)
{
	if (s.len == 0)
		return (slice){0};
	if (s.len > BLOCK / 4)
		return arena_copy(&m->arena, s);
	if (s.len > m->room.len)
		m->room = (slice){arena_take(&m->arena, BLOCK), BLOCK};
	char *at = (char *)m->room.at;
	memcpy(at, s.at, s.len);
	m->room = slice_from(m->room, s.len);
	return (slice){at, s.len};
}

slice store_share(struct mailstore *m, slice s)
{
	return s.len ? table_key(table_put(&m->words, s, NULL)) : (slice){0};
}

static void add_local(struct mailstore *m, struct account_row *row)
{
	char room[LOWER_MOST];
	bool fresh;
	slice rest = lower_name(row->name, room);
	struct local_row *local = table_put(&m->locals, slice_until(&rest, '@'), &fresh);
	local->several = !fresh;
	local->row = row;
}

slice store_account(struct mailstore *m, slice name)
{
	char room[LOWER_MOST];
	bool fresh;
	struct account_row *row = table_put(&m->accounts, lower_name(name, room), &fresh);
	if (fresh) {
		row->name = store_keep(m, name);
		add_local(m, row);
	}
	return row->name;
}

struct mail *store_add(struct mailstore *m)
{
	struct mail *mail = list_add(&m->mails);
	mail->uidvalidity = mail->uid = mail->size = mail->lines = -1;
	mail->delivered_us = CLOCK_NONE;
	return mail;
}

struct mail_part *store_parts(struct mailstore *m, size_t n)
{
	return n ? arena_take(&m->arena, n * sizeof(struct mail_part)) : NULL;
}

void store_note(const struct mailstore *m, const char *path, uint64_t line, const char *what,
		const char *remedy)
{
	if (m->note)
		m->note(m->note_ctx, path, line, what, remedy);
}

slice message_id_bare(slice id)
{
	id = slice_trim(id);
	while (id.len >= 2 && id.at[0] == '<' && id.at[id.len - 1] == '>')
		id = slice_trim((slice){id.at + 1, id.len - 2});
	return id;
}

slice maildir_base(slice path)
{
	while (slice_find(path, '/') < path.len)
		slice_until(&path, '/');
	return slice_until(&path, ':');
}

static int compare_number(int64_t a, int64_t b)
{
	return (a > b) - (a < b);
}

static int compare_place(const struct mail *mail, slice folder, int64_t uid)
{
	int c = slice_compare(mail->folder, folder);
	return c ? c : compare_number(mail->uid, uid);
}

static int compare_mails(const void *x, const void *y)
{
	const struct mail *a = *(const struct mail *const *)x, *b = *(const struct mail *const *)y;
	int c = slice_compare(a->account, b->account);
	if (!c)
		c = compare_place(a, b->folder, b->uid);
	if (!c)
		c = compare_number(a->uidvalidity, b->uidvalidity);
	if (!c)
		c = slice_compare(a->file, b->file);
	return c ? c : (a > b) - (a < b);
}

void store_order(struct mailstore *m)
{
	m->order = must_alloc((m->mails.len + 1) * sizeof *m->order);
	for (size_t i = 0; i < m->mails.len; i++)
		m->order[i] = &m->mails.at[i];
	qsort(m->order, m->mails.len, sizeof *m->order, compare_mails);
	struct account_row *row = NULL;
	for (size_t i = 0; i < m->mails.len; i++) {
		if (!row || row->name.at != m->order[i]->account.at) {
			char room[LOWER_MOST];
			row = table_get(&m->accounts, lower_name(m->order[i]->account, room));
			row->first = i;
		}
		row->len++;
	}
}

/*
 * A name with a domain may be an account without one, and the other way round if only one account
 * has that local part.
 */
static const struct account_row *find_account(struct mailstore *m, slice name)
{
	char room[LOWER_MOST];
	slice key = lower_name(name, room);
	const struct account_row *row = table_get(&m->accounts, key);
	if (row)
		return row;
	slice local = slice_until(&key, '@');
	if (local.len < lower_name(name, room).len)
		return table_get(&m->accounts, local);
	const struct local_row *sole = table_get(&m->locals, local);
	return sole && !sole->several ? sole->row : NULL;
}

const struct mail *const *mailstore_account(struct mailstore *m, slice account, size_t *n)
{
	const struct account_row *row = find_account(m, account);
	*n = row ? row->len : 0;
	return row ? m->order + row->first : m->order;
}

/* The first mail of `row` that does not stand before folder and UID. */
static size_t lower_bound(const struct mailstore *m, const struct account_row *row, slice folder,
			  int64_t uid)
{
	size_t from = row->first, to = row->first + row->len;
	while (from < to) {
		size_t middle = from + (to - from) / 2;
		if (compare_place(m->order[middle], folder, uid) < 0)
			from = middle + 1;
		else
			to = middle;
	}
	return from;
}

/*
 * The name of the account's folder that a log calls `folder`; empty if there is none, or several.
 */
static slice find_folder(const struct mailstore *m, const struct account_row *row, slice folder)
{
	slice found = {0};
	size_t end = row->first + row->len, i = lower_bound(m, row, folder, INT64_MIN);
	if (i < end && slice_eq(m->order[i]->folder, folder))
		return m->order[i]->folder;
	for (i = row->first; i < end;) {
		slice here = m->order[i]->folder;
		if (folder_same(here, folder)) {
			if (found.at)
				return (slice){0};
			found = here;
		}
		i = lower_bound(m, row, here, INT64_MAX);
	}
	return found;
}

/* Where a folder was made anew UIDs repeat: the newest UIDVALIDITY, which stands last, is meant. */
const struct mail *mailstore_find(struct mailstore *m, slice account, slice folder, int64_t uid)
{
	const struct account_row *row = find_account(m, account);
	slice name = row && uid >= 0 && uid < INT64_MAX ? find_folder(m, row, folder) : (slice){0};
	if (!name.at)
		return NULL;
	size_t after = lower_bound(m, row, name, uid + 1);
	if (after == row->first || compare_place(m->order[after - 1], name, uid) != 0)
		return NULL;
	return m->order[after - 1];
}

/* What an index is looked up by. */
struct index_key {
	uint64_t (*hash)(const struct mail *);
	bool (*same)(const struct mail *, const struct mail *);
};

static uint64_t hash_message_id(const struct mail *mail)
{
	return hash_bytes(mail->message_id.at, mail->message_id.len) ^
	       (hash_bytes(mail->account.at, mail->account.len) << 1);
}

static bool same_message_id(const struct mail *a, const struct mail *b)
{
	return slice_eq(a->account, b->account) && slice_eq(a->message_id, b->message_id);
}

static uint64_t hash_file(const struct mail *mail)
{
	slice base = maildir_base(mail->file);
	return hash_bytes(base.at, base.len);
}

static bool same_file(const struct mail *a, const struct mail *b)
{
	return slice_eq(maildir_base(a->file), maildir_base(b->file));
}

static const struct index_key key_message_id = {hash_message_id, same_message_id},
			      key_file = {hash_file, same_file};

/* The slot of the mail that is like `mail`, or the free one where it would go. */
static uint32_t *index_slot(const struct index *index, const struct mailstore *m,
			    const struct index_key *key, const struct mail *mail)
{
	size_t slot = key->hash(mail) & index->mask;
	while (index->slots[slot] && !key->same(m->order[index->slots[slot] - 1], mail))
		slot = (slot + 1) & index->mask;
	return &index->slots[slot];
}

/* Made at the first use: most stores are never asked. Of equal mails the first is kept. */
static void index_make(struct index *index, const struct mailstore *m, const struct index_key *key)
{
	size_t size = 16;
	while (size < 2 * m->mails.len)
		size *= 2;
	index->slots = must_alloc(size * sizeof *index->slots);
	index->mask = size - 1;
	for (size_t i = 0; i < m->mails.len; i++) {
		uint32_t *slot = index_slot(index, m, key, m->order[i]);
		if (!*slot)
			*slot = (uint32_t)(i + 1);
	}
}

static const struct mail *index_find(struct index *index, const struct mailstore *m,
				     const struct index_key *key, const struct mail *like)
{
	if (!index->slots)
		index_make(index, m, key);
	uint32_t place = *index_slot(index, m, key, like);
	return place ? m->order[place - 1] : NULL;
}

const struct mail *mailstore_find_message_id(struct mailstore *m, slice account, slice message_id)
{
	const struct account_row *row = find_account(m, account);
	message_id = message_id_bare(message_id);
	if (!row || message_id.len == 0)
		return NULL;
	struct mail like = {.account = row->name, .message_id = message_id};
	return index_find(&m->by_message_id, m, &key_message_id, &like);
}

const struct mail *mailstore_find_file(struct mailstore *m, slice path)
{
	if (maildir_base(path).len == 0)
		return NULL;
	return index_find(&m->by_file, m, &key_file, &(struct mail){.file = path});
}

size_t mailstore_count(const struct mailstore *m)
{
	return m->mails.len;
}

const struct mail *mailstore_mail(const struct mailstore *m, size_t i)
{
	return i < m->mails.len ? m->order[i] : NULL;
}

const struct mail_part *mail_part(const struct mail *mail, slice part)
{
	for (size_t i = 0; i < mail->part_count; i++)
		if (slice_eq(mail->parts[i].part, part))
			return &mail->parts[i];
	return NULL;
}

bool mail_part_is_attachment(const struct mail_part *part)
{
	return part->name.len > 0;
}

static bool fill(struct mailstore *m, const char *path)
{
	struct stat st;
	if (stat(path, &st) != 0) {
		store_note(m, path, 0, strerror(errno), "give a Maildir tree or a catalogue file");
		return false;
	}
	return S_ISDIR(st.st_mode) ? maildir_read(m, path) : catalogue_read(m, path);
}

struct mailstore *store_new(mailstore_note *note, void *ctx)
{
	struct mailstore *m = must_alloc(sizeof *m);
	m->note = note;
	m->note_ctx = ctx;
	table_init(&m->words, 1, 0);
	table_init(&m->accounts, sizeof(struct account_row), 0);
	table_init(&m->locals, sizeof(struct local_row), 0);
	return m;
}

struct mailstore *mailstore_open(const char *path, mailstore_note *note, void *ctx)
{
	struct mailstore *m = store_new(note, ctx);
	if (!fill(m, path)) {
		mailstore_close(&m);
		return NULL;
	}
	store_order(m);
	m->note = NULL;
	return m;
}

void mailstore_close(struct mailstore **pm)
{
	struct mailstore *m = *pm;
	*pm = NULL;
	if (!m)
		return;
	free(m->root);
	free(m->order);
	free(m->by_message_id.slots);
	free(m->by_file.slots);
	list_free(&m->mails);
	table_free(&m->words);
	table_free(&m->accounts);
	table_free(&m->locals);
	arena_free(&m->arena);
	free(m);
}
