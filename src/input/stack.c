/* stack.c - the layers of one input, opened, moved and closed together. */
#include "room.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

static const char AGAIN[] = "if logs are being rotated, run again";

static const char *remedy_of(int error)
{
	return error == EMFILE || error == ENFILE
		   ? "allow more open files: ulimit -n 65536, then run again"
		   : AGAIN;
}

/* Offsets and digests belong to the file that was there when the set was opened. */
static bool is_same(struct input_set *set, const struct input *in, int fd)
{
	struct stat st;
	if (fstat(fd, &st) == 0 && st.st_dev == in->dev && st.st_ino == in->ino)
		return true;
	note_refused(set, INPUT_CHANGED, in->info.path, "another file has taken its place", AGAIN);
	return false;
}

static struct layer *open_file(struct input_set *set, const struct input *in)
{
	if (!in->file)
		return layer_file_part(set->spool, in->kept_at, (uint64_t)in->size, &set->limits);
	int fd = open(in->file, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd < 0) {
		note_refused(set, INPUT_CHANGED, in->info.path, strerror(errno), remedy_of(errno));
		return NULL;
	}
	if (!is_same(set, in, fd)) {
		close(fd);
		return NULL;
	}
	struct layer *l = layer_file(fd, (uint64_t)in->size, &set->limits);
	layer_file_own(l);
	return l;
}

/* A tar is read from the member's own header on; zip and 7z find it from their directory. */
static void push_member(struct stack *s, const struct input *in)
{
	unsigned passed = in->archive->seeks ? 0 : in->member;
	if (passed)
		layer_skip_by(s->top, in->marks, in->head);
	s->top = s->tap = layer_archive(s->top, in->archive);
	struct member m;
	while (layer_next(s->top, &m))
		if (passed++ == in->member)
			return;
	layer_fail(s->top, INPUT_CHANGED, "its member is no longer there");
}

bool stack_open(struct input_set *set, const struct input *in, bool hash, struct stack *s)
{
	*s = (struct stack){0};
	s->top = s->tap = s->file = open_file(set, in);
	if (!s->file)
		return false;
	if (hash && !in->archive) /* a codec reads ahead when it is opened: the tap comes first */
		s->tap->tap = digest_start();
	if (in->codec)
		s->top = layer_codec(s->top, in->codec);
	if (in->archive)
		push_member(s, in);
	if (hash && in->archive)
		s->tap->tap = digest_start();
	if (in->inner)
		s->top = layer_codec(s->top, in->inner);
	return true;
}

bool stack_seek(struct input_set *set, const struct input *in, struct stack *s, uint64_t to)
{
	if (s->top && layer_is_file(s->top)) {
		layer_file_seek(s->top, to);
		return true;
	}
	if (!s->top || to < s->top->at) {
		stack_close(s);
		if (!stack_open(set, in, false, s))
			return false;
		if (layer_is_file(s->top))
			return stack_seek(set, in, s, to);
	}
	return layer_skip(s->top, to - s->top->at);
}

void stack_close(struct stack *s)
{
	while (s->top) {
		struct layer *below = s->top->below;
		if (s->top->tap)
			digest_end(&s->top->tap);
		layer_close(&s->top);
		s->top = below;
	}
	*s = (struct stack){0};
}
