/*
 * message.c - one file of a Maildir as IMAP would send it.
 *
 * Laws: (1) the length of what message_take() gives is RFC822.SIZE: bare line feeds have become
 * CRLF; (2) no message above MESSAGE_MOST bytes is held; (3) an address header holds no more than
 * COLONS_MOST colons: the address parser behind us calls itself at each one, and a hostile
 * "To: a:a:a:..." would overrun its stack, so further ones become spaces.
 */
#include "mailstore/store.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MESSAGE_MOST = 256 << 20, COLONS_MOST = 200, BLOCK = 64 << 10 };

static bool is_address_header(slice line)
{
	static const slice names[] = {SLICE_INIT("from"),     SLICE_INIT("to"),
				      SLICE_INIT("cc"),       SLICE_INIT("bcc"),
				      SLICE_INIT("reply-to"), SLICE_INIT("sender")};
	slice name = slice_trim(slice_first(line, slice_find(slice_first(line, 32), ':')));
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (slice_eq_nocase(name, names[i]))
			return true;
	return false;
}

/* Law 3; `at` is a line in the text given out. */
static void blunt(char *at, size_t len, int *colons)
{
	for (char *end = at + len; (at = memchr(at, ':', (size_t)(end - at))); at++)
		if (++*colons > COLONS_MOST)
			*at = ' ';
}

void message_take(slice raw, struct out *text)
{
	bool address = false;
	int colons = 0;
	while (raw.len) {
		size_t end = slice_find(raw, '\n'), from = text->len;
		bool ended = end < raw.len, bare = end == 0 || raw.at[end - 1] != '\r';
		out_slice(text, slice_first(raw, end));
		if (ended)
			out_slice(text, bare ? SLICE("\r\n") : SLICE("\n"));
		slice line = slice_first(raw, end);
		bool folded = line.len && (line.at[0] == ' ' || line.at[0] == '\t');
		if (!folded) {
			address = is_address_header(line);
			colons = 0;
		}
		if (address)
			blunt(text->at + from, line.len, &colons);
		raw = slice_from(raw, end + 1);
	}
}

static const char *read_file(const char *path, struct out *raw)
{
	struct stat st;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd < 0)
		return errno == ELOOP ? "a symbolic link: not followed" : strerror(errno);
	const char *wrong = NULL;
	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))
		wrong = "not a file";
	else if (st.st_size > MESSAGE_MOST)
		wrong = "larger than 256 MiB: not looked into";
	while (!wrong && raw->len <= MESSAGE_MOST) {
		out_need(raw, BLOCK);
		ssize_t n = read(fd, raw->at + raw->len, raw->room - raw->len);
		if (n == 0)
			break;
		if (n < 0 && errno != EINTR)
			wrong = strerror(errno);
		raw->len += n > 0 ? (size_t)n : 0;
	}
	close(fd);
	return wrong;
}

/* Dovecot's zlib plugin packs mails; its own lz4 framing is not read. */
static bool is_packed(slice raw)
{
	static const slice magics[] = {SLICE_INIT("\x1f\x8b\x08"), SLICE_INIT("BZh"),
				       SLICE_INIT("\xfd"
						  "7zXZ"),
				       SLICE_INIT("\x28\xb5\x2f\xfd")};
	for (size_t i = 0; i < sizeof magics / sizeof magics[0]; i++)
		if (slice_starts(raw, magics[i]))
			return true;
	return false;
}

static const char *unpack_into(struct archive *a, slice raw, struct out *text)
{
	struct archive_entry *entry;
	ssize_t n = -1;
	if (archive_read_open_memory(a, raw.at, raw.len) != ARCHIVE_OK ||
	    archive_read_next_header(a, &entry) != ARCHIVE_OK)
		return "packed, but damaged";
	while (text->len <= MESSAGE_MOST) {
		out_need(text, BLOCK);
		n = archive_read_data(a, text->at + text->len, text->room - text->len);
		if (n <= 0)
			break;
		text->len += (size_t)n;
	}
	return n < 0   ? "packed, but damaged"
	       : n > 0 ? "larger than 256 MiB when unpacked: not looked into"
		       : NULL;
}

static const char *unpack(slice raw, struct out *text)
{
	struct archive *a = archive_read_new();
	archive_read_support_filter_gzip(a);
	archive_read_support_filter_bzip2(a);
	archive_read_support_filter_xz(a);
	archive_read_support_filter_zstd(a);
	archive_read_support_format_raw(a);
	const char *wrong = unpack_into(a, raw, text);
	archive_read_free(a);
	return wrong;
}

const char *message_load(const char *path, struct out *text)
{
	struct out raw = {.fd = -1}, plain = {.fd = -1};
	const char *wrong = read_file(path, &raw);
	slice bytes = {raw.at, raw.len};
	text->len = 0;
	if (!wrong && (slice_starts(bytes, SLICE("CRYPTED\003\007")) ||
		       slice_starts(bytes, SLICE("Dovecot-LZ4"))))
		wrong = "encrypted or packed by Dovecot (mail_crypt, lz4): export it with "
			"doveadm backup";
	if (!wrong && is_packed(bytes)) {
		wrong = unpack(bytes, &plain);
		bytes = (slice){plain.at, plain.len};
	}
	if (!wrong)
		message_take(bytes, text);
	out_close(&raw);
	out_close(&plain);
	return wrong;
}
