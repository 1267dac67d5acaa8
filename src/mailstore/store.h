/*
 * store.h - inside the mail store: for the files of this folder only.
 *
 * A store is filled once (catalogue_read() or maildir_read()), then ordered, then only looked up.
 * Laws: (1) every string lies in the store's own memory; accounts, folders, types and part numbers
 * once each; (2) `mails` does not move after store_order(); (3) two mails with the same account
 * name, whatever its case, have the same account slice.
 */
#ifndef TOCSIN_MAILSTORE_STORE_H
#define TOCSIN_MAILSTORE_STORE_H

#include "mailstore/mailstore.h"

/* A stretch of `order`, found by the account's name. */
struct account_row {
	slice name;
	size_t first, len;
};

/* The last account with that local part; `several`: it is not the only one. */
struct local_row {
	const struct account_row *row;
	bool several;
};

/* Numbers of mails in open addressing, by a hash of what they are looked up by. */
struct index {
	uint32_t *slots; /* place in `order` + 1; 0 is free */
	size_t mask;
};

struct mailstore {
	char *root;            /* of a Maildir tree; NULL for a catalogue */
	struct arena arena;    /* parts, and blocks for `keep` */
	slice room;            /* left in the current block of strings */
	struct table words;    /* strings that many mails share */
	struct table accounts; /* struct account_row by the name in small letters */
	struct table locals;   /* struct local_row by the local part of the name */
	LIST(struct mail) mails;
	const struct mail **order; /* by account, folder, UID, UIDVALIDITY, file */
	struct index by_message_id, by_file;
	mailstore_note *note; /* only while opening */
	void *note_ctx;
};

struct mailstore *store_new(mailstore_note *note, void *ctx); /* empty */
slice store_keep(struct mailstore *m, slice s);               /* a copy */
slice store_share(struct mailstore *m, slice s);              /* the one copy */
slice store_account(struct mailstore *m, slice name);
struct mail *store_add(struct mailstore *m); /* everything unknown; moves with the next */
struct mail_part *store_parts(struct mailstore *m, size_t n);
void store_note(const struct mailstore *m, const char *path, uint64_t line, const char *what,
		const char *remedy);
void store_order(struct mailstore *m);

/* File name of a message up to the flags: what stays when they change. */
slice maildir_base(slice path);

slice message_id_bare(slice id); /* without angle brackets */

/*
 * Names of folders.  The modified UTF-7 of RFC 3501 5.1.3 as UTF-8 into `room` (twice the name's
 * length always suffices); empty if it is not that.  folder_same() forgives what servers and logs
 * differ in: "." or "/" between levels, a leading "INBOX.", the case of INBOX, modified UTF-7.
 */
slice folder_decode(slice name, char *room);
bool folder_same(slice a, slice b);

/* Dovecot's list of UIDs; `rows` by maildir_base(). */
struct uidlist_row {
	int64_t uid, size; /* RFC822.SIZE, or -1 */
};
struct uidlist {
	int64_t uidvalidity;
	struct table rows;
};
uint64_t uidlist_take(struct uidlist *list, slice text); /* 0, or the first broken line */

/* Fillers. False: nothing of the kind; why has been noted. */
bool catalogue_read(struct mailstore *m, const char *path);
bool maildir_read(struct mailstore *m, const char *path);

/*
 * A message of a Maildir.  message_load() puts into `text` what IMAP would send: unpacked, each
 * line ended by CRLF (message_take() does that last step); NULL, or what is wrong.  mime_read()
 * takes out of it what `mail` is to know, mime_secrets() what secrets it holds; NULL, or what could
 * not be taken.
 */
void message_take(slice raw, struct out *text);
const char *message_load(const char *path, struct out *text);
const char *mime_read(struct mailstore *m, struct mail *mail, slice text);
void mime_secrets(struct mail *mail, slice text);

/* Parts of one message, in the order in which mail->parts has them, are looked into in turn. */
struct content {
	slice type, name, charset;
	slice bytes; /* decoded */
};
/* Bits of enum secret; sets `opaque` if its form is none of those that are read. */
uint32_t content_secrets(const struct content *c, bool *opaque);

/* What a reader sees of HTML or XML, and at its end the addresses of links. Linear. */
void markup_text(slice markup, struct out *text);
void markup_run(slice s, bool pre, struct out *o); /* text between tags: entities undone */
/* The text of an office document (a zip of XML); false if it is none. */
bool office_text(slice zip, struct out *text);

/* Bit of a secret by the name it has in reports; 0 if there is none. */
uint32_t secret_bit(slice name);

#endif
