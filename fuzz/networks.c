/*
 * networks.c - any bytes as networks.yaml, and as a database of places.
 * Laws: what is refused is named with a place and a remedy; what is read answers for every address,
 * with text only where a row stands.
 */
#include "facts/facts.h"

#include <assert.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

static void note(void *ctx, const char *path, int line, const char *what, const char *remedy)
{
	assert(path && line >= 0 && *what && remedy);
	*(int *)ctx += 1;
}

static void ask(struct facts *f, const char *text)
{
	struct address a;
	assert(address_parse(slice_of(text), &a));
	struct where w = facts_where(f, &a);
	assert(w.listed || (!w.trusted && w.name.len == 0));
	struct address network = facts_network(f, &a);
	struct address again = facts_network(f, &network);
	assert(address_eq(&network, &again));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char path[32];
	int notes = 0, fd = memfd_create("networks", MFD_CLOEXEC);
	assert(fd >= 0 && write(fd, data, size) == (ssize_t)size);
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	struct facts *f = facts_new();
	assert(facts_networks(f, path, note, &notes) || notes > 0);
	facts_geo(f, path, note, &notes);
	ask(f, "192.0.2.7");
	ask(f, "2001:db8::1");
	ask(f, "::ffff:203.0.113.9");
	facts_free(&f);
	close(fd);
	return 0;
}
