/*
 * speed.c - events a second through Sigma rules, and what of it is JSON.
 *
 *	speed EVENTS.jsonl RULES...
 *
 * Rounds of: the JSON read alone; made into fields; judged as well.  They take turns in one run, so
 * that what slows the machine slows all of them; medians of five.
 */
#include "loose/loose.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { ROUNDS = 5, KINDS = 3 };

struct course {
	struct loose *loose;
	struct sigma *sigma;
	struct json_tape tape;
	slice text;
	size_t events, hits;
};

static double now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void hit(void *ctx, const struct sigma_hit *h)
{
	++*(size_t *)ctx;
}

static bool one(struct course *c, int kind, slice line)
{
	struct json_fault fault;
	size_t used;
	if (kind == 0)
		return json_read_first(&c->tape, line, &used, &fault);
	if (!loose_read(c->loose, line, &used, &fault))
		return false;
	if (kind == 2)
		sigma_feed(c->sigma, c->loose, loose_time(c->loose), NULL, hit, &c->hits);
	return true;
}

static double round_of(struct course *c, int kind)
{
	slice rest = c->text;
	double start = now();
	c->events = 0;
	while (rest.len) {
		slice line = slice_until(&rest, '\n');
		if (line.len && one(c, kind, line))
			c->events++;
	}
	return now() - start;
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

static slice read_file(const char *path)
{
	struct stat st;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) < 0)
		exit(2);
	char *text = must_alloc((size_t)st.st_size + 1);
	size_t len = 0;
	ssize_t n;
	while ((n = read(fd, text + len, (size_t)st.st_size - len)) > 0)
		len += (size_t)n;
	close(fd);
	return (slice){text, len};
}

int main(int argc, char **argv)
{
	static const char *const kinds[KINDS] = {"JSON alone", "and its fields", "and all rules"};
	double times[KINDS][ROUNDS];
	struct course c = {.loose = loose_new()};
	if (argc < 3)
		return 2;
	c.text = read_file(argv[1]);
	double start = now();
	c.sigma = sigma_new(loose_schema(c.loose), NULL, NULL);
	for (int i = 2; i < argc; i++)
		sigma_load(c.sigma, argv[i]);
	sigma_ready(c.sigma);
	printf("%zu rules loaded in %.3f s\n", sigma_count(c.sigma), now() - start);
	for (int r = 0; r < ROUNDS; r++)
		for (int k = 0; k < KINDS; k++)
			times[k][r] = round_of(&c, k);
	for (int k = 0; k < KINDS; k++)
		qsort(times[k], ROUNDS, sizeof **times, by_size);
	for (int k = 0; k < KINDS; k++)
		printf("%-15s %9.0f events/s %7.2f us an event %6.2f times the JSON\n", kinds[k],
		       (double)c.events / times[k][ROUNDS / 2],
		       times[k][ROUNDS / 2] * 1e6 / (double)c.events,
		       times[k][ROUNDS / 2] / times[0][ROUNDS / 2]);
	struct rusage usage;
	getrusage(RUSAGE_SELF, &usage);
	printf("%zu events, %zu hits a round, %zu KB of rules, %ld KB at most with the file\n",
	       c.events, c.hits / ROUNDS, sigma_bytes(c.sigma) / 1024, usage.ru_maxrss);
	sigma_free(&c.sigma);
	loose_free(&c.loose);
	json_free(&c.tape);
	free((void *)(uintptr_t)c.text.at);
	return 0;
}
