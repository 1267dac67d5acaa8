/*
 * maildir.c - a tree of Maildirs: whose they are, their folders, their messages.
 *
 * A directory with cur/ and new/ is a Maildir (cr.yp.to/proto/maildir.html).  The outermost ones
 * are mailboxes; below them ".Work.2026" (Maildir++) and "Work/2026" (Dovecot's LAYOUT=fs) are
 * their folders.  The account is the directory's name, or that of the one above "Maildir"; with
 * "@" and the nearest name above it that has a dot, if there is one (example.org/ana).
 * Laws: (1) no link is followed, each one met is noted; (2) no deeper than DEPTH_MOST; (3) what
 * cannot be read is noted and costs itself only.
 */
#include "mailstore/store.h"

#include <dirent.h>
#include <errno.h>
#include <gmime/gmime.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

enum { DEPTH_MOST = 12, LIST_MOST = 256 << 20 };

struct walk {
	struct mailstore *m;
	struct out path; /* of the directory at hand, NUL-ended; its first `root` bytes are given */
	size_t root;
	struct out text; /* of the message at hand */
	size_t boxes;
	bool other_store; /* files of sdbox or mdbox were met */
};

static const char *const too_deep[] = {"directories nested too deep: not read",
				       "give this directory as a mail store of its own"};

/* A folder being read. */
struct folder {
	slice account, name;
	struct uidlist list;
};

static const char *path_of(const struct walk *w)
{
	return w->path.at;
}

static slice below_root(const struct walk *w)
{
	slice below = slice_from((slice){w->path.at, w->path.len}, w->root);
	slice_eat(&below, "/");
	return below;
}

/* Goes down by `name`; the answer is what leave() takes. */
static size_t enter(struct walk *w, const char *name)
{
	size_t before = w->path.len;
	out_char(&w->path, '/');
	out_text(&w->path, name);
	out_char(&w->path, 0);
	w->path.len--;
	return before;
}

static void leave(struct walk *w, size_t before)
{
	w->path.len = before;
	w->path.at[before] = 0;
}

static void note(const struct walk *w, const char *what, const char *remedy)
{
	store_note(w->m, path_of(w), 0, what, remedy);
}

static bool has(struct walk *w, const char *name)
{
	struct stat st;
	size_t before = enter(w, name);
	bool is = lstat(path_of(w), &st) == 0 && S_ISDIR(st.st_mode);
	leave(w, before);
	return is;
}

static bool is_maildir(struct walk *w)
{
	return has(w, "cur") && has(w, "new");
}

/* Calls `each` for the entries of the directory at hand, with the path set to each. */
static void for_entries(struct walk *w, void *ctx,
			void (*each)(struct walk *, void *ctx, const char *name, mode_t mode))
{
	DIR *dir = opendir(path_of(w));
	if (!dir) {
		note(w, strerror(errno), "give tocsin the right to read it");
		return;
	}
	for (struct dirent *e; (e = readdir(dir));) {
		struct stat st;
		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
			continue;
		size_t before = enter(w, e->d_name);
		if (lstat(path_of(w), &st) == 0)
			each(w, ctx, e->d_name, st.st_mode);
		else
			note(w, strerror(errno), "copy the store while it is at rest");
		leave(w, before);
	}
	closedir(dir);
}

/* ",W=1300" in the name of a message: RFC822.SIZE. */
static int64_t named_size(slice base)
{
	int64_t size;
	while (base.len) {
		slice word = slice_until(&base, ',');
		if (slice_eat(&word, "W=") && slice_is_number(word, &size))
			return size;
	}
	return -1;
}

/* "1772431200.M582726P271.mx": seconds, and microseconds where given. */
static int64_t named_time(slice base)
{
	int64_t seconds, usec = 0;
	if (!slice_number(&base, &seconds) || seconds > INT64_C(100000000000) ||
	    !slice_eat(&base, "."))
		return CLOCK_NONE;
	if (slice_eat(&base, "M") && slice_number(&base, &usec) && usec >= CLOCK_SECOND)
		usec = 0;
	return seconds * CLOCK_SECOND + usec / 1000 * 1000; /* a catalogue has milliseconds */
}

static void take_time(const struct walk *w, struct mail *mail)
{
	struct stat st;
	mail->delivered_us = named_time(maildir_base(mail->file));
	if (mail->delivered_us != CLOCK_NONE || lstat(path_of(w), &st) != 0)
		return;
	st.st_mtim.tv_nsec -= st.st_mtim.tv_nsec % 1000000; /* likewise */
	mail->delivered_us = clock_of(st.st_mtim);
	mail->delivered_by_mtime = mail->delivered_us != CLOCK_NONE;
}

/* What the file's name and the uidlist say; -1 if neither does. */
static int64_t told_size(const struct mail *mail, const struct uidlist_row *row)
{
	int64_t named = named_size(maildir_base(mail->file));
	return named < 0 && row ? row->size : named;
}

static int64_t count_lines(slice text)
{
	int64_t n = 0;
	while (text.len) {
		size_t end = slice_find(text, '\n');
		n += end < text.len;
		text = slice_from(text, end + 1);
	}
	return n;
}

static void take_content(struct walk *w, struct mail *mail, int64_t told)
{
	const char *wrong = message_load(path_of(w), &w->text);
	if (wrong) {
		mail->size = told;
		note(w, wrong, "look at this message by hand");
		return;
	}
	mail->size = told < 0 ? (int64_t)w->text.len : told;
	mail->lines = count_lines((slice){w->text.at, w->text.len});
	if (mail->size != (int64_t)w->text.len)
		note(w, "another size than its name says: changed since it was delivered",
		     "compare it with a backup");
	wrong = mime_read(w->m, mail, (slice){w->text.at, w->text.len});
	if (wrong)
		note(w, wrong, "look at this message by hand");
}

static void take_message(struct walk *w, void *ctx, const char *name, mode_t mode)
{
	struct folder *f = ctx;
	if (name[0] == '.' || S_ISDIR(mode))
		return;
	if (!S_ISREG(mode)) {
		note(w, "a link, device or socket where a message should be: not read",
		     "look at it by hand");
		return;
	}
	struct mail *mail = store_add(w->m);
	mail->account = f->account;
	mail->folder = f->name;
	mail->file = store_keep(w->m, below_root(w));
	const struct uidlist_row *row = table_get(&f->list.rows, maildir_base(mail->file));
	mail->uidvalidity = f->list.uidvalidity;
	mail->uid = row ? row->uid : -1;
	take_time(w, mail);
	take_content(w, mail, told_size(mail, row));
}

static void read_uidlist(struct walk *w, struct uidlist *list)
{
	struct stat st;
	size_t before = enter(w, "dovecot-uidlist");
	if (lstat(path_of(w), &st) == 0 && S_ISREG(st.st_mode) && st.st_size <= LIST_MOST) {
		gchar *text;
		gsize len;
		uint64_t broken = 0;
		if (g_file_get_contents(path_of(w), &text, &len, NULL)) {
			broken = uidlist_take(list, (slice){text, len});
			g_free(text);
		}
		if (broken)
			store_note(w->m, path_of(w), broken, "column 1: not a line of a uidlist",
				   "messages named there have no UID here");
	}
	leave(w, before);
}

static void read_folder(struct walk *w, slice account, slice name)
{
	static const char *const places[] = {"cur", "new"};
	struct folder f = {
	    .account = account, .name = store_share(w->m, name), .list.uidvalidity = -1};
	table_init(&f.list.rows, sizeof(struct uidlist_row), 0);
	read_uidlist(w, &f.list);
	for (size_t i = 0; i < 2; i++) {
		size_t before = enter(w, places[i]);
		for_entries(w, &f, take_message);
		leave(w, before);
	}
	table_free(&f.list.rows);
}

/* Where a folder stands in its mailbox: what its name is made from. */
struct box {
	slice account;
	size_t root; /* length of the mailbox's path */
	int depth;
};

/* "Work/2026" (LAYOUT=fs), or ".Work.2026" (Maildir++) without its first dot; UTF-8. */
static slice folder_name(struct walk *w, const struct box *box, struct out *room)
{
	slice name = slice_from((slice){w->path.at, w->path.len}, box->root + 1);
	slice_eat(&name, ".");
	out_need(room, 2 * name.len);
	slice plain = folder_decode(name, room->at);
	return plain.len ? plain : name;
}

/* Links to directories may hide mail; those to files (.dovecot.sieve) do not. */
static void note_link(const struct walk *w, mode_t mode)
{
	struct stat st;
	if (S_ISLNK(mode) && stat(path_of(w), &st) == 0 && S_ISDIR(st.st_mode))
		note(w, "a symbolic link: not followed", "give the place it points to as well");
}

static bool is_place(const char *name)
{
	return !strcmp(name, "cur") || !strcmp(name, "new") || !strcmp(name, "tmp");
}

static void read_folders(struct walk *w, void *ctx, const char *name, mode_t mode)
{
	struct box *box = ctx;
	note_link(w, mode);
	if (!S_ISDIR(mode))
		return;
	if (is_maildir(w)) {
		struct out room = {.fd = -1};
		read_folder(w, box->account, folder_name(w, box, &room));
		out_close(&room);
	} else if (is_place(name)) {
		return;
	}
	if (box->depth == DEPTH_MOST) {
		note(w, too_deep[0], too_deep[1]);
		return;
	}
	box->depth++;
	for_entries(w, box, read_folders);
	box->depth--;
}

/* The last name of `path`, taken off it. */
static slice last_name(slice *path)
{
	size_t end = path->len;
	while (end > 0 && path->at[end - 1] != '/')
		end--;
	slice name = slice_from(*path, end);
	path->len = end ? end - 1 : 0;
	return name;
}

static bool is_box_name(slice name)
{
	return slice_eq_nocase(name, SLICE("Maildir")) ||
	       slice_eq_nocase(name, SLICE(".maildir")) || slice_eq_nocase(name, SLICE("mail"));
}

/* The nearest name with a dot between the mailbox's own and the root of the tree. */
static slice domain_of(slice path, size_t root)
{
	while (path.len > root) {
		slice name = last_name(&path);
		if (name.len && name.at[0] != '.' && slice_find(name, '.') < name.len)
			return name;
	}
	return (slice){0};
}

/* See the top. Above the root only a Maildir given itself may look for its name. */
static slice account_of(const struct walk *w)
{
	slice path = {w->path.at, w->path.len};
	bool given = path.len == w->root;
	slice name = last_name(&path);
	if (is_box_name(name) && (given || path.len > w->root))
		name = last_name(&path);
	slice domain = slice_find(name, '@') < name.len ? (slice){0} : domain_of(path, w->root);
	struct out full = {.fd = -1};
	out_slice(&full, name);
	if (domain.len) {
		out_char(&full, '@');
		out_slice(&full, domain);
	}
	slice account = store_account(w->m, (slice){full.at, full.len});
	out_close(&full);
	return account;
}

static void read_box(struct walk *w)
{
	struct box box = {.account = account_of(w), .root = w->path.len};
	w->boxes++;
	read_folder(w, box.account, SLICE("INBOX"));
	for_entries(w, &box, read_folders);
}

/* What only Dovecot's own forms have (doc.dovecot.org, "dbox"). */
static bool is_dbox(const char *name)
{
	return !strcmp(name, "dbox-Mails") || !strcmp(name, "dovecot.map.index") ||
	       !strcmp(name, "dovecot.map.index.log");
}

static void find_boxes(struct walk *w, void *ctx, const char *name, mode_t mode)
{
	int *depth = ctx;
	w->other_store |= is_dbox(name);
	note_link(w, mode);
	if (!S_ISDIR(mode))
		return;
	if (is_maildir(w)) {
		read_box(w);
	} else if (*depth == DEPTH_MOST) {
		note(w, too_deep[0], too_deep[1]);
	} else {
		++*depth;
		for_entries(w, depth, find_boxes);
		--*depth;
	}
}

static void walk_tree(struct walk *w)
{
	static const char export[] =
	    "export it where Dovecot runs: doveadm backup -u USER maildir:/export/USER/Maildir";
	int depth = 0;
	if (is_maildir(w))
		read_box(w);
	else
		for_entries(w, &depth, find_boxes);
	if (w->other_store)
		note(w, "holds mail in another form than Maildir (sdbox or mdbox): not read",
		     export);
	else if (w->boxes == 0)
		note(w, "no Maildir (a directory with cur/ and new/) in this tree", export);
}

bool maildir_read(struct mailstore *m, const char *path)
{
	struct walk w = {.m = m, .path = {.fd = -1}, .text = {.fd = -1}};
	slice root = slice_of(path);
	char *real = realpath(path, NULL);
	if (real)
		root = slice_of(real);
	g_mime_init();
	out_slice(&w.path, root);
	out_char(&w.path, 0);
	w.root = --w.path.len;
	m->root = strdup(w.path.at);
	walk_tree(&w);
	out_close(&w.path);
	out_close(&w.text);
	free(real);
	return w.boxes > 0;
}

uint32_t mailstore_secrets(struct mailstore *m, const struct mail *mail)
{
	if (mail->looked || !m->root || !mail->file.len)
		return mail->secrets;
	struct mail *own = &m->mails.at[mail - m->mails.at];
	struct out path = {.fd = -1}, text = {.fd = -1};
	out_format(&path, "%s/%.*s", m->root, (int)mail->file.len, mail->file.at);
	out_char(&path, 0);
	own->looked = message_load(path.at, &text) == NULL;
	if (own->looked)
		mime_secrets(own, (slice){text.at, text.len});
	out_close(&path);
	out_close(&text);
	return own->secrets;
}
