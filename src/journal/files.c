/* files.c - what lies beside a journal: its keys, and its head. */
#include "journal/entry.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { HEX_KEY = 2 * crypto_sign_PUBLICKEYBYTES, HEAD_PLAIN = 20 + 1 + 64, SUM = 8 };
enum { HEAD_TEXT = HEAD_PLAIN + 1 + SUM + 1 };

bool file_write_all(int fd, const char *at, size_t len)
{
	for (size_t done = 0; done < len;) {
		ssize_t n = write(fd, at + done, len - done);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		done += (size_t)n;
	}
	return true;
}

bool file_put(int dir, const char *name, mode_t mode, const void *at, size_t len)
{
	char beside[64];
	snprintf(beside, sizeof beside, "%s.new", name);
	unlinkat(dir, beside, 0);
	int fd = regular_open(dir, beside, O_WRONLY | O_CREAT | O_EXCL, mode);
	bool fine = fd >= 0 && file_write_all(fd, at, len) && fsync(fd) == 0 &&
		    renameat(dir, beside, dir, name) == 0;
	int error = errno;
	if (fd >= 0)
		close(fd);
	if (!fine)
		unlinkat(dir, beside, 0);
	errno = error;
	return fine;
}

/* As the kernel lists locks (proc_locks(5)): "1: FLOCK ADVISORY WRITE 4711 fd:01:393 0 EOF". */
int64_t file_lock_holder(int fd)
{
	struct stat st;
	char row[256], kind[16] = "";
	long long pid, found = 0;
	unsigned long long inode;
	FILE *f = fstat(fd, &st) == 0 ? fopen("/proc/locks", "re") : NULL;
	while (f && !found && fgets(row, sizeof row, f))
		if (sscanf(row, "%*d: %15s %*s %*s %lld %*x:%*x:%llu", kind, &pid, &inode) == 3 &&
		    strcmp(kind, "FLOCK") == 0 && inode == st.st_ino && pid > 0)
			found = pid;
	if (f)
		fclose(f);
	return found;
}

/* --- keys --- */

bool keys_make(int dir, struct keys *k)
{
	crypto_sign_keypair(k->public, k->secret);
	return keys_put(dir, k);
}

/* The secret one last: where it is, all is. */
bool keys_put(int dir, const struct keys *k)
{
	char hex[HEX_KEY + 2];
	sodium_bin2hex(hex, sizeof hex, k->public, sizeof k->public);
	hex[HEX_KEY] = '\n';
	return file_put(dir, "journal.pub", 0644, hex, HEX_KEY + 1) &&
	       file_put(dir, "journal.key", 0600, k->secret, sizeof k->secret) && fsync(dir) == 0;
}

/* As long as `size`, or not at all. */
static bool read_file(int dir, const char *name, void *to, size_t size)
{
	int fd = regular_open(dir, name, O_RDONLY, 0);
	if (fd < 0)
		return false;
	ssize_t n = read(fd, to, size);
	int error = n < 0 ? errno : EINVAL;
	close(fd);
	errno = error;
	return n == (ssize_t)size;
}

bool keys_read_public(int dir, uint8_t key[crypto_sign_PUBLICKEYBYTES])
{
	char hex[HEX_KEY];
	size_t n = 0;
	if (!read_file(dir, "journal.pub", hex, sizeof hex))
		return false;
	bool fine =
	    sodium_hex2bin(key, crypto_sign_PUBLICKEYBYTES, hex, sizeof hex, NULL, &n, NULL) == 0 &&
	    n == crypto_sign_PUBLICKEYBYTES;
	errno = EINVAL;
	return fine;
}

bool keys_read_secret(int dir, uint8_t key[crypto_sign_SECRETKEYBYTES])
{
	return read_file(dir, "journal.key", key, crypto_sign_SECRETKEYBYTES);
}

/* --- the head --- */

static void put_sum(const char *text, char sum[65])
{
	struct digest d = digest_of((slice){text, HEAD_PLAIN});
	digest_hex(&d, sum);
}

bool head_write(int fd, const struct journal_head *h)
{
	char text[HEAD_TEXT + 1], hex[65], sum[65];
	digest_hex(&h->hash, hex);
	snprintf(text, sizeof text, "%020" PRIu64 " %s", h->entries, hex);
	put_sum(text, sum);
	snprintf(text + HEAD_PLAIN, sizeof text - HEAD_PLAIN, " %.*s\n", SUM, sum);
	return pwrite(fd, text, HEAD_TEXT, 0) == HEAD_TEXT;
}

/* Written over the former one, and not to its end: it notes nothing, as one that is behind. */
static bool is_torn(const char text[HEAD_TEXT])
{
	char sum[65];
	put_sum(text, sum);
	return text[HEAD_PLAIN] != ' ' || memcmp(text + HEAD_PLAIN + 1, sum, SUM) != 0;
}

bool head_read(int dir, struct journal_head *h)
{
	char text[HEAD_TEXT];
	int64_t n = 0;
	*h = (struct journal_head){0};
	bool has_sum = read_file(dir, "journal.head", text, HEAD_TEXT);
	if (!has_sum && !read_file(dir, "journal.head", text, HEAD_PLAIN + 1))
		return false; /* not one of before, either */
	if (has_sum && is_torn(text))
		return true;
	slice s = {text, HEAD_PLAIN}, number = slice_until(&s, ' ');
	bool fine =
	    slice_is_number(number, &n) && n >= 0 && digest_parse(slice_first(s, 64), &h->hash);
	h->entries = fine ? (uint64_t)n : 0;
	errno = EINVAL;
	return fine;
}
