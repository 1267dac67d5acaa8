/*
 * mailstore.h - what lies in the mailboxes: names, sizes, parts, and where secrets lie.
 *
 *	struct mailstore *m = mailstore_open(path, note, ctx);       Maildir tree or catalogue
 *	const struct mail *mail = mailstore_find(m, account, folder, uid);
 *	mailstore_close(&m)
 *
 * A catalogue is one JSON object a line: account, folder, uidvalidity, uid, message_id, subject,
 * size (RFC822.SIZE: the message with CRLF line ends), delivered, parts [{part, name, type, size}],
 * file, secrets [{kind, part}]; every key may be missing.  It may be compressed (gz, xz, zst,
 * bz2, lz4).  Kind "unknown" marks a part that could not be looked into.
 * Everything handed out lives until mailstore_close().
 */
#ifndef TOCSIN_MAILSTORE_H
#define TOCSIN_MAILSTORE_H

#include "base/base.h"

/* Kinds of secrets; never their values. X(id, name in files, one of them, many, what it is) */
#define SECRETS(X)                                                                                 \
	X(PASSWORD, "password", "password", "passwords", "a password beside its label")            \
	X(KEY, "private-key", "private key", "private keys",                                       \
	  "a private key block (RFC 7468, OpenSSH, PGP)")                                          \
	X(TOKEN, "token", "API token", "API tokens", "an API token of a known shape")              \
	X(IBAN, "iban", "bank account", "bank accounts",                                           \
	  "a bank account number (ISO 13616, check digits right)")                                 \
	X(CARD, "card", "payment card", "payment cards",                                           \
	  "a payment card number (ISO/IEC 7812, Luhn digit right)")                                \
	X(IDENTITY, "identity", "identity number", "identity numbers",                             \
	  "a national identity number whose check digits are right")                               \
	X(RESET, "reset-link", "reset link", "reset links", "a password reset or sign-in link")    \
	X(PROFILE, "vpn-profile", "VPN profile", "VPN profiles",                                   \
	  "a VPN profile or configuration with credentials")

enum secret {
#define AS_ENUM(id, name, one, many, about) SECRET_##id,
	SECRETS(AS_ENUM)
#undef AS_ENUM
	    SECRET_COUNT
};
extern const char *const secret_names[SECRET_COUNT];
extern const char *const secret_texts[SECRET_COUNT][2]; /* one of them, many */

struct mail_part {
	slice part; /* as IMAP numbers it: 1, 2, 1.2 */
	slice name, type;
	int64_t size;     /* decoded bytes; -1 unknown */
	uint32_t secrets; /* bits of enum secret found in this part */
	bool opaque;      /* its form is not read here (PDF, image, archive): secrets unknown */
};

struct mail {
	slice account,
	    folder; /* folder in UTF-8, INBOX or with "/" or "." as the server shows it */
	int64_t uidvalidity, uid; /* -1 unknown */
	slice message_id;         /* without angle brackets */
	slice subject;            /* decoded, UTF-8 */
	int64_t size;             /* RFC822.SIZE; -1 unknown */
	int64_t lines;            /* line ends in those bytes, of two each; -1 unknown */
	int64_t delivered_us;     /* CLOCK_NONE unknown */
	slice file;
	struct mail_part *parts;
	size_t part_count;
	uint32_t secrets; /* of all parts and the subject together; see mailstore_secrets() */
	bool looked;      /* secrets have been looked for; false: `secrets` says nothing */
	bool delivered_by_mtime; /* delivered_us is the file's own time: its name has none */
};

typedef void mailstore_note(void *ctx, const char *path, uint64_t line, const char *what,
			    const char *remedy);

struct mailstore;
/* NULL if `path` is neither; why has been noted. */
struct mailstore *mailstore_open(const char *path, mailstore_note *note, void *ctx);
void mailstore_close(struct mailstore **m);
size_t mailstore_count(const struct mailstore *m);
const struct mail *mailstore_mail(const struct mailstore *m, size_t i);

/* By account (case-insensitive; with or without a domain if that leaves one), folder and UID. */
const struct mail *mailstore_find(struct mailstore *m, slice account, slice folder, int64_t uid);
const struct mail *mailstore_find_message_id(struct mailstore *m, slice account, slice message_id);
/* By the last part of its file name (audit records): the Maildir base name up to ':'. */
const struct mail *mailstore_find_file(struct mailstore *m, slice path);
/* All mails of an account, sorted by folder and UID; `n` may be 0. */
const struct mail *const *mailstore_account(struct mailstore *m, slice account, size_t *n);

/*
 * What secrets a mail holds, looked for at the first call and then remembered in `mail` and its
 * parts.  Of a catalogue, what it says.  When mail->looked stays false, nobody could look.
 */
uint32_t mailstore_secrets(struct mailstore *m, const struct mail *mail);

/* The part so numbered, or NULL. */
const struct mail_part *mail_part(const struct mail *mail, slice part);
/* True for parts that a person would call an attachment: they have a file name. */
bool mail_part_is_attachment(const struct mail_part *part);

/*
 * Which mails a session's end singles out: `count` bodies of together `bytes` bytes among
 * `candidates` (whole messages; each at most once).  Sizes add up exactly: an answer is an
 * inference from arithmetic, never proof.  Sizes below 0 (unknown) are no candidates.  Two
 * messages of one size, one of them chosen, are SEVERAL answers.
 */
enum subset { SUBSET_NONE, SUBSET_ONE, SUBSET_SEVERAL, SUBSET_TOO_MUCH_WORK };
enum { SUBSET_WORK_MOST = 20000000 }; /* steps before it gives up */
/* With SUBSET_ONE, `chosen` (room for `count`) has the indexes into `sizes`. */
enum subset subset_find(const int64_t *sizes, size_t n, size_t count, int64_t bytes,
			size_t *chosen);

/* Secrets in one decoded text: bits of enum secret. Linear in its length. */
uint32_t secrets_in(slice text);

/* Writes the catalogue, one line a message, secrets looked for: reads the whole store. */
bool mailstore_catalogue(struct mailstore *m, struct out *o);

#endif
