/*
 * view.c - a view on its way: a head with a cursor that must end exactly, and sealed memory.
 *
 * Head: version, what, kind (a byte each), name and title (two bytes of length, then bytes), size
 * and hash of the text (eight bytes each), in the byte order of the machine: both ends are one
 * program.
 */
#include "part.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

enum { VERSION = 1 };

/* --- the cursor: goes bad once, and stays bad --- */

struct cursor {
	const char *at, *end;
	bool bad;
};

static void take(struct cursor *c, void *to, size_t n)
{
	memset(to, 0, n);
	c->bad |= (size_t)(c->end - c->at) < n;
	if (c->bad)
		return;
	memcpy(to, c->at, n);
	c->at += n;
}

static slice take_text(struct cursor *c, size_t most)
{
	uint16_t len;
	take(c, &len, sizeof len);
	c->bad |= len > most || (size_t)(c->end - c->at) < len;
	if (c->bad)
		return (slice){0};
	slice s = {c->at, len};
	c->at += len;
	return s;
}

/* It becomes part of a path that people ask for, and of nothing else. */
static bool is_name(slice s)
{
	for (size_t i = 0; i < s.len; i++) {
		unsigned char c = (unsigned char)s.at[i], letter = c | 0x20;
		if (!(letter >= 'a' && letter <= 'z') && !(c >= '0' && c <= '9') && c != '-' &&
		    c != '.' && c != '_' && c != '/')
			return false;
	}
	return s.len > 0;
}

bool console_read_head(slice message, struct console_head *h)
{
	struct cursor c = {message.at, message.at + message.len, false};
	uint8_t version, what, kind;
	take(&c, &version, 1);
	take(&c, &what, 1);
	take(&c, &kind, 1);
	h->name = take_text(&c, CONSOLE_NAME - 1);
	h->title = take_text(&c, CONSOLE_TITLE - 1);
	take(&c, &h->size, sizeof h->size);
	take(&c, &h->hash, sizeof h->hash);
	h->what = (enum console_what)what;
	h->kind = (enum console_kind)kind;
	if (c.bad || c.at != c.end || version != VERSION || what >= CONSOLE_WHATS ||
	    kind >= CONSOLE_KINDS || slice_not_text(h->title) != h->title.len)
		return false;
	return what <= CONSOLE_ADD ? is_name(h->name) && h->size <= VIEW_MOST
				   : !h->name.len && !h->title.len && !h->size && !h->hash;
}

/* --- sending --- */

static void put(struct out *o, const void *at, size_t n)
{
	out_slice(o, (slice){at, n});
}

static void put_text(struct out *o, slice s, size_t most)
{
	uint16_t len = (uint16_t)(s.len < most ? s.len : most);
	put(o, &len, sizeof len);
	put(o, s.at, len);
}

static bool send_message(int fd, slice head, int memory, bool wait)
{
	union {
		struct cmsghdr head;
		char room[CMSG_SPACE(sizeof(int))];
	} control = {0};
	struct iovec v = {(void *)(uintptr_t)head.at, head.len};
	struct msghdr m = {.msg_iov = &v, .msg_iovlen = 1};
	ssize_t n;
	if (memory >= 0) {
		m.msg_control = &control;
		m.msg_controllen = sizeof control.room;
		struct cmsghdr *c = CMSG_FIRSTHDR(&m);
		*c = (struct cmsghdr){CMSG_LEN(sizeof(int)), SOL_SOCKET, SCM_RIGHTS};
		memcpy(CMSG_DATA(c), &memory, sizeof memory);
	}
	do
		n = sendmsg(fd, &m, MSG_NOSIGNAL | (wait ? 0 : MSG_DONTWAIT));
	while (n < 0 && errno == EINTR);
	return n == (ssize_t)head.len;
}

/* Nobody can change it any more: whoever reads it reads what was sent. */
static int seal(slice text)
{
	int fd = memfd_create("view", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	size_t at = 0;
	while (fd >= 0 && at < text.len) {
		ssize_t n = write(fd, text.at + at, text.len - at);
		if (n <= 0 && errno != EINTR)
			break;
		at += n > 0 ? (size_t)n : 0;
	}
	if (fd >= 0 && (at < text.len ||
			fcntl(fd, F_ADD_SEALS,
			      F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL) != 0)) {
		close(fd);
		return -1;
	}
	return fd;
}

static void write_head(struct out *o, enum console_what what, const struct console_view *v)
{
	const uint8_t first[] = {VERSION, (uint8_t)what, (uint8_t)v->kind};
	uint64_t size = v->text.len, hash = size ? hash_bytes(v->text.at, size) : 0;
	slice title = slice_first(v->title, CONSOLE_TITLE - 1);
	put(o, first, sizeof first);
	put_text(o, v->name, CONSOLE_NAME - 1);
	put_text(o, slice_first(title, slice_not_text(title)), CONSOLE_TITLE - 1);
	put(o, &size, sizeof size);
	put(o, &hash, sizeof hash);
}

bool console_give(int fd, const struct console_view *v, bool wait)
{
	struct out head = {.fd = -1};
	int memory = v->text.len <= VIEW_MOST ? seal(v->text) : -1;
	write_head(&head, v->of_edition ? CONSOLE_ADD : CONSOLE_PUT, v);
	bool given = memory >= 0 && send_message(fd, (slice){head.at, head.len}, memory, wait);
	if (memory >= 0)
		close(memory);
	out_close(&head);
	return given;
}

static bool give_mark(int fd, enum console_what what)
{
	struct out head = {.fd = -1};
	write_head(&head, what, &(struct console_view){0});
	bool given = send_message(fd, (slice){head.at, head.len}, -1, true);
	out_close(&head);
	return given;
}

bool console_begin(int fd)
{
	return give_mark(fd, CONSOLE_BEGIN);
}

bool console_end(int fd)
{
	return give_mark(fd, CONSOLE_END);
}
