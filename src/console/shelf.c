/*
 * shelf.c - the views that the console has, each as it was given last.
 *
 * Laws: (1) a text is mapped only if it is sealed and as long as its head says; (2) no more than
 * VIEWS_MOST views and SHELF_MOST bytes, what is beyond is refused and counted; (3) a view that is
 * being sent stays until it is sent.
 */
#include "part.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

struct view *view_hold(struct view *v)
{
	v->refs++;
	return v;
}

void view_let_go(struct view *v)
{
	if (--v->refs)
		return;
	if (v->len)
		munmap((void *)(uintptr_t)v->at, v->len);
	free(v);
}

static size_t index_of(const struct shelf *s, slice name)
{
	size_t i = 0;
	while (i < s->views.len && !slice_eq(slice_of(s->views.at[i]->name), name))
		i++;
	return i;
}

struct view *shelf_find(const struct shelf *s, slice name)
{
	size_t i = index_of(s, name);
	return i < s->views.len ? s->views.at[i] : NULL;
}

static void drop(struct shelf *s, size_t i)
{
	struct view *v = s->views.at[i];
	s->bytes -= v->len;
	s->views.at[i] = s->views.at[--s->views.len];
	view_let_go(v);
}

static bool is_sealed(int fd, uint64_t size)
{
	const int wanted = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;
	int seals = fcntl(fd, F_GET_SEALS);
	return seals >= 0 && (seals & wanted) == wanted && lseek(fd, 0, SEEK_END) == (off_t)size;
}

static struct view *view_of(const struct console_head *h, int fd)
{
	void *at = NULL;
	if (fd < 0 || !is_sealed(fd, h->size))
		return NULL;
	if (h->size && (at = mmap(NULL, h->size, PROT_READ, MAP_SHARED, fd, 0)) == MAP_FAILED)
		return NULL;
	struct view *v = must_alloc(sizeof *v);
	memcpy(v->name, h->name.at, h->name.len); /* shorter than its room: see its head */
	if (h->title.len)
		memcpy(v->title, h->title.at, h->title.len);
	v->kind = h->kind;
	v->at = at;
	v->len = h->size;
	v->hash = h->hash;
	v->refs = 1;
	return v;
}

static void put(struct shelf *s, const struct console_head *h, int fd, int64_t now_ms)
{
	size_t i = index_of(s, h->name);
	size_t before = i < s->views.len ? s->views.at[i]->len : 0;
	struct view *v = NULL;
	if (i < VIEWS_MOST && s->bytes - before + h->size <= SHELF_MOST)
		v = view_of(h, fd);
	if (!v) {
		s->refused++;
		return;
	}
	v->of_edition = v->fresh = h->what == CONSOLE_ADD;
	v->given_ms = now_ms;
	if (i < s->views.len)
		drop(s, i);
	*list_add(&s->views) = v;
	s->bytes += v->len;
}

static void begin(struct shelf *s)
{
	s->in_edition = true;
	for (size_t i = 0; i < s->views.len; i++)
		s->views.at[i]->fresh = false;
}

static void end(struct shelf *s)
{
	for (size_t i = s->views.len; s->in_edition && i-- > 0;)
		if (s->views.at[i]->of_edition && !s->views.at[i]->fresh)
			drop(s, i);
	s->in_edition = false;
}

/* The descriptor that came along; of more than one none is wanted: -1. */
static int descriptor_of(struct msghdr *m)
{
	int fds[2] = {-1, -1}; /* more there is no room for */
	struct cmsghdr *c = CMSG_FIRSTHDR(m);
	if (c && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS &&
	    c->cmsg_len <= CMSG_LEN(sizeof fds))
		memcpy(fds, CMSG_DATA(c), c->cmsg_len - CMSG_LEN(0));
	if (fds[1] < 0)
		return fds[0];
	close(fds[0]);
	close(fds[1]);
	return -1;
}

bool shelf_take(struct shelf *s, int fd, int64_t now_ms)
{
	char room[CONSOLE_MESSAGE];
	union {
		struct cmsghdr head;
		char room[CMSG_SPACE(sizeof(int))];
	} control;
	struct iovec v = {room, sizeof room};
	struct msghdr m = {.msg_iov = &v,
			   .msg_iovlen = 1,
			   .msg_control = &control,
			   .msg_controllen = sizeof control.room};
	struct console_head h;
	ssize_t n = recvmsg(fd, &m, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
	if (n <= 0)
		return n < 0 && (errno == EINTR || errno == EAGAIN);
	int memory = descriptor_of(&m);
	if (m.msg_flags & MSG_TRUNC || !console_read_head((slice){room, (size_t)n}, &h))
		s->refused++;
	else if (h.what <= CONSOLE_ADD)
		put(s, &h, memory, now_ms);
	else
		(h.what == CONSOLE_BEGIN ? begin : end)(s);
	if (memory >= 0)
		close(memory);
	return true;
}
