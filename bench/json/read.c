/*
 * read.c - JSON lines read by the house's own reader and by jansson: MB a second on one core.
 *
 *	read FILE ours|leaves|jansson
 */
#include "base/json.h"

#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static struct json_tape tape;
static struct arena scratch;

static size_t by_ours(slice line)
{
	struct json_fault fault;
	return json_read(&tape, line, &fault) ? tape.len : 0;
}

static size_t by_leaves(slice line)
{
	struct json_fault fault;
	struct json_leaf *leaves;
	arena_reset(&scratch);
	return json_read(&tape, line, &fault) ? json_leaves(&tape, &leaves, &scratch) : 0;
}

static size_t by_jansson(slice line)
{
	json_t *value = json_loadb(line.at, line.len, 0, NULL);
	size_t n = json_object_size(value);
	json_decref(value);
	return n;
}

static const struct {
	const char *name;
	size_t (*read)(slice line);
} ways[] = {{"ours", by_ours}, {"leaves", by_leaves}, {"jansson", by_jansson}};

static slice whole(const char *path)
{
	struct stat st;
	int fd = open(path, O_RDONLY);
	if (fd < 0 || fstat(fd, &st) != 0)
		return (slice){0};
	void *at = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, fd, 0);
	close(fd);
	return at == MAP_FAILED ? (slice){0} : (slice){at, (size_t)st.st_size};
}

static double seconds(void)
{
	struct timespec t;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void measure(const char *name, size_t (*read)(slice), slice text)
{
	size_t bytes = text.len, lines = 0, values = 0, bad = 0;
	double from = seconds();
	while (text.len) {
		size_t got = read(slice_until(&text, '\n'));
		values += got;
		bad += got == 0;
		lines++;
	}
	double took = seconds() - from;
	printf("| %-8s | %6.0f | %9.0f | %zu | %zu |\n", name, (double)bytes / took / 1e6,
	       (double)lines / took, values, bad);
}

int main(int argc, char **argv)
{
	slice text = argc > 2 ? whole(argv[1]) : (slice){0};
	for (size_t i = 0; text.len && i < sizeof ways / sizeof *ways; i++)
		if (slice_eq(slice_of(argv[2]), slice_of(ways[i].name)))
			return measure(ways[i].name, ways[i].read, text), 0;
	fprintf(stderr, "usage: read FILE ours|leaves|jansson\n");
	return 2;
}
