/* image.c - what is remembered, as bytes. */
#include "image.h"
#include "arena.h"

#include <stdlib.h>

void image_bytes(struct image *im, void *at, size_t n)
{
	if (im->writes) {
		out_slice(&im->out, (slice){at, n});
		im->bad |= im->out.error != 0;
		return;
	}
	im->bad |= im->rest.len < n;
	if (im->bad) {
		memset(at, 0, n);
		return;
	}
	memcpy(at, im->rest.at, n);
	im->rest = slice_from(im->rest, n);
}

void image_mark(struct image *im, uint64_t word)
{
	uint64_t there = word;
	image_bytes(im, &there, sizeof there);
	im->bad |= there != word;
}

void image_list(struct image *im, void **at, size_t *n, size_t size, size_t most)
{
	uint64_t count = *n;
	image_bytes(im, &count, sizeof count);
	if (!im->writes) {
		im->bad |= count > most || count > im->rest.len / size;
		count = im->bad ? 0 : count;
		free(*at);
		*at = must_alloc((count + !count) * size);
		*n = count;
	}
	image_bytes(im, *at, count * size);
}
