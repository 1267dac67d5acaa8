/*
 * check.c - does a journal hold?
 *
 * Each line holds the hash of the one before, so that the last signature speaks for all of them:
 * hashes are computed and that one is checked; where it fails, each is, to name the first.
 */
#include "journal/entry.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

bool check_bad(struct journal_state *s, uint64_t line, const char *what)
{
	s->bad_line = line;
	snprintf(s->what, sizeof s->what, "%s", what);
	return false;
}

static bool is_signed(slice signed_part, slice hex, const uint8_t *key)
{
	uint8_t sign[crypto_sign_BYTES];
	size_t n = 0;
	return sodium_hex2bin(sign, sizeof sign, hex.at, hex.len, NULL, &n, NULL) == 0 &&
	       n == sizeof sign &&
	       crypto_sign_verify_detached(sign, (const uint8_t *)signed_part.at, signed_part.len,
					   key) == 0;
}

/* The head that was kept, where it lies among the lines that are read. */
static bool is_as_kept(struct journal_state *s)
{
	if (s->head.entries == s->kept.entries &&
	    memcmp(s->head.hash.b, s->kept.hash.b, sizeof s->kept.hash.b) != 0)
		return check_bad(s, s->head.entries,
				 "it is another entry than the one that journal.head noted");
	if (memcmp(s->head.hash.b, s->noted.b, sizeof s->noted.b) == 0)
		s->noted_at = s->head.entries;
	return true;
}

bool check_line(struct journal_state *s, slice line, const uint8_t *key)
{
	struct journal_entry e;
	slice signed_part, before, signature;
	struct digest link;
	uint64_t n = s->head.entries + 1;
	if (!journal_parse(line, &e, &signed_part, &before, &signature))
		return check_bad(s, n, "it is no entry of a journal");
	if (e.number != n)
		return check_bad(s, n,
				 "its number does not follow: entries were taken out or added");
	if (!digest_parse(before, &link) || memcmp(link.b, s->head.hash.b, sizeof link.b) != 0)
		return check_bad(s, n,
				 "it does not follow the line before: one of the two was changed");
	if (key && !is_signed(signed_part, signature, key))
		return check_bad(s, n, "its signature does not hold: the line was changed");
	const struct journal_head former = s->head;
	s->head = (struct journal_head){n, digest_of(line)};
	if (is_as_kept(s))
		return true;
	s->head = former;
	return false;
}

static bool is_last(slice rest)
{
	return slice_find(rest, '\n') == rest.len;
}

/* Each signature, or only the last one's. */
static bool walk(struct journal_state *s, slice text, const uint8_t *key, bool each)
{
	slice rest = text, line;
	bool fine = true;
	while (fine && entry_next_line(&rest, &line))
		fine = check_line(s, line, each || is_last(rest) ? key : NULL);
	return fine;
}

bool check_lines(struct journal_state *s, slice text, const uint8_t *key, bool at_end)
{
	const struct journal_state before = *s;
	if (!walk(s, text, key, false)) {
		*s = before;
		if (!walk(s, text, key, true))
			return false;
	}
	if (!at_end || s->kept.entries <= s->head.entries)
		return true;
	char what[sizeof s->what];
	snprintf(what, sizeof what,
		 "entries were cut off: journal.head noted %" PRIu64 ", and only %" PRIu64
		 " are left",
		 s->kept.entries, s->head.entries);
	return check_bad(s, s->head.entries + 1, what);
}

void check_say(const struct journal_state *s, const char *dir, char *why, size_t size)
{
	snprintf(why, size,
		 "%s/journal:%" PRIu64
		 ": %s (from there on nothing is believed, so nothing is done "
		 "or taken back; tocsin journal renew --state %s goes on with the %" PRIu64
		 " entries before it and keeps this file)",
		 dir, s->bad_line, s->what, dir, s->head.entries);
}

/* --- from outside --- */

static bool open_and_read(int dir, slice *text)
{
	int fd = dir < 0 ? -1 : regular_open(dir, "journal", O_RDONLY, 0);
	bool fine = fd >= 0 && entry_read_file(fd, 0, text);
	int error = errno;
	if (fd >= 0)
		close(fd);
	errno = error;
	return fine;
}

static bool verify_text(struct journal_state *s, slice text, const uint8_t *key)
{
	slice rest = text, line;
	while (entry_next_line(&rest, &line))
		;
	if (!check_lines(s, text, key, true))
		return false;
	return rest.len == 0 ||
	       check_bad(s, s->head.entries + 1, "the last line is cut short: a crash, or a hand");
}

static bool verify_in(int dir, struct journal_state *s)
{
	uint8_t key[crypto_sign_PUBLICKEYBYTES];
	slice text;
	/* before the entries: whoever writes meanwhile moves it on */
	bool has_head = head_read(dir, &s->kept);
	int head_error = errno;
	if (!open_and_read(dir, &text))
		return check_bad(s, 0, regular_why(errno));
	bool fine = true;
	if (sodium_init() < 0 || !keys_read_public(dir, key))
		fine = check_bad(s, 0, "journal.pub cannot be read: 64 hexadecimal digits");
	fine = fine && verify_text(s, text, key);
	if (fine && !has_head && text.len)
		fine = check_bad(s, s->head.entries,
				 head_error == ENOENT
				     ? "journal.head is gone: whether entries were cut off behind "
				       "it cannot be told"
				     : "journal.head cannot be read: whether entries were cut off "
				       "behind it cannot be told");
	entry_free(&text);
	return fine;
}

bool journal_verify(const char *dir, const struct digest *noted, struct journal_state *s)
{
	*s = (struct journal_state){0};
	if (noted)
		s->noted = *noted;
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return check_bad(s, 0, strerror(errno));
	bool fine = verify_in(fd, s);
	close(fd);
	return fine;
}

bool journal_show(const char *dir, journal_on *on, void *ctx)
{
	slice text, rest, line, signed_part, before, signature;
	struct journal_entry e;
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool fine = open_and_read(fd, &text);
	int error = errno;
	if (fd >= 0)
		close(fd);
	errno = error;
	if (!fine)
		return false;
	for (rest = text; fine && entry_next_line(&rest, &line);)
		fine = !journal_parse(line, &e, &signed_part, &before, &signature) || on(ctx, &e);
	entry_free(&text);
	return fine;
}
