/*
 * input-archive.c - any bytes as a file: told, unpacked, split.
 * Laws: records follow one another without overlap and never exceed their bound; a reader moved to
 * a record finds it again, and a quote of it holds its bytes.
 */
#include "input/input.h"

#include <assert.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

enum { RECORDS_MOST = 2000 };

static void check_again(struct input_set *set, size_t i, const struct record *e)
{
	struct arena a = {0};
	struct record again;
	slice quoted;
	struct input_reader *r = input_read(set, i, false);
	input_seek(r, e->offset, e->line);
	assert(input_next(r, &again) && again.offset == e->offset && again.line == e->line);
	assert(slice_eq(again.text, e->text));
	if (e->raw.len && input_quote(set, i, e->offset, (uint32_t)e->raw.len, &a, &quoted))
		assert(slice_eq(quoted, e->raw));
	struct input_citation cited;
	struct digest d = digest_of(e->raw);
	assert(input_cite(r, e->offset, e->line, (uint32_t)e->raw.len, &a, &cited));
	assert(cited.length == e->raw.len && memcmp(cited.digest.b, d.b, sizeof d.b) == 0);
	input_close(&r);
	arena_free(&a);
}

static void check_input(struct input_set *set, size_t i)
{
	struct record e;
	struct digest d;
	uint64_t line = 0, end = 0, n = 0;
	struct input_reader *r = input_read(set, i, true);
	while (n++ < RECORDS_MOST && input_next(r, &e)) {
		/* several elements of JSON may share a line, one row may have many */
		assert(e.line > 0 && e.line >= line && e.offset >= end);
		assert(e.text.len <= INPUT_LINE_MOST);
		line = e.line;
		end = e.offset + e.raw.len;
		if (n % 64 == 1)
			check_again(set, i, &e);
	}
	input_digest(r, &d);
	input_close(&r);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char path[32];
	int fd = memfd_create("fuzz", MFD_CLOEXEC);
	assert(fd >= 0 && write(fd, data, size) == (ssize_t)size);
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	struct input_limits limits = input_limits_usual;
	limits.bytes = limits.spool = 1 << 26; /* a run must not fill the disk */
	struct input_set *set =
	    input_open_within((const char *const[]){path}, 1, &limits, NULL, NULL);
	for (size_t i = 0; i < input_count(set); i++)
		check_input(set, i);
	input_set_close(&set);
	close(fd);
	return 0;
}
