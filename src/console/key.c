/*
 * key.c - the key of the console, and links that carry none.
 *
 * A link holds "until" and an HMAC-SHA256 (RFC 2104) of it with the key: what stays in the history
 * of a browser, or in a chat, lets nobody in ten minutes later.
 */
#include "part.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

enum { HEX = 2 * sizeof(struct console_key) };

void key_hex(const struct console_key *k, char out[65])
{
	sodium_bin2hex(out, 65, k->b, sizeof k->b);
}

bool key_parse(slice hex, struct console_key *k)
{
	size_t n = 0;
	const char *end = NULL;
	return hex.len == HEX &&
	       sodium_hex2bin(k->b, sizeof k->b, hex.at, hex.len, NULL, &n, &end) == 0 &&
	       n == sizeof k->b && end == hex.at + hex.len;
}

bool key_same(const struct console_key *a, const struct console_key *b)
{
	return sodium_memcmp(a->b, b->b, sizeof a->b) == 0;
}

struct console_key key_random(void)
{
	struct console_key k;
	randombytes_buf(k.b, sizeof k.b);
	return k;
}

struct console_key key_of_link(const struct console_key *k, int64_t until_s)
{
	char text[64];
	struct console_key mac;
	int n = snprintf(text, sizeof text, "tocsin console link %lld", (long long)until_s);
	_Static_assert(sizeof mac.b == crypto_auth_hmacsha256_BYTES &&
			   sizeof k->b == crypto_auth_hmacsha256_KEYBYTES,
		       "a key is an HMAC's key, and an HMAC");
	crypto_auth_hmacsha256(mac.b, (const unsigned char *)text, (unsigned long long)n, k->b);
	return mac;
}

void console_link(const struct console_key *k, const char *where, const char *name, int64_t now_s,
		  char out[CONSOLE_LINK])
{
	char hex[65];
	struct console_key mac = key_of_link(k, now_s + CONSOLE_LINK_S);
	bool is_unix = strncmp(where, "unix:", 5) == 0;
	key_hex(&mac, hex);
	snprintf(out, CONSOLE_LINK, "%s://%s/enter?until=%lld&key=%s", name ? "https" : "http",
		 name      ? name
		 : is_unix ? "localhost:4004"
			   : where,
		 (long long)(now_s + CONSOLE_LINK_S), hex);
}

/* --- its file --- */

static bool fail(const char *path, const char *what, char *why, size_t size)
{
	snprintf(why, size, "%s: %s", path, what);
	return false;
}

static bool make_file(const char *path, char *why, size_t size)
{
	struct console_key k = key_random();
	char hex[66];
	key_hex(&k, hex);
	hex[HEX] = '\n';
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	bool fine = fd >= 0 && write(fd, hex, HEX + 1) == HEX + 1 && fsync(fd) == 0;
	if (!fine)
		fail(path, strerror(errno), why, size);
	if (fd >= 0 && close(fd) == 0 && !fine)
		unlink(path);
	return fine;
}

static bool read_file(int fd, const char *path, struct console_key *k, char *why, size_t size)
{
	struct stat st;
	char hex[HEX + 2];
	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) || st.st_mode & 077 ||
	    (st.st_uid != 0 && st.st_uid != geteuid()))
		return fail(path,
			    "others than its owner can read or change it (chmod 600; remove it, "
			    "start the watch again, and there is a new one)",
			    why, size);
	ssize_t n = read(fd, hex, sizeof hex);
	if (n < HEX || !key_parse((slice){hex, HEX}, k))
		return fail(path,
			    "it is no key (remove it, start the watch again, and there is a new "
			    "one)",
			    why, size);
	return true;
}

bool console_key_read(const char *state, bool make, struct console_key *k, char *why, size_t size)
{
	char path[4096];
	if (sodium_init() < 0)
		return fail(state, "libsodium cannot be used", why, size);
	snprintf(path, sizeof path, "%s/console.key", state);
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0 && errno == ENOENT && make) {
		if (!make_file(path, why, size))
			return false;
		fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	}
	if (fd < 0)
		return fail(path, strerror(errno), why, size);
	bool fine = read_file(fd, path, k, why, size);
	close(fd);
	return fine;
}
