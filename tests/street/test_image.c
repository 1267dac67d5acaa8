/* test_image.c - a judge whose memory went through an image in the middle of a day tells what one
 * that never ended tells, of each recording and wherever it was cut; and what was changed in it is
 * no judge at all. */
#include "facts/facts.h"
#include "street/street.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

enum { CUTS = 3, EACH = 3, PATH_ROOM = 1024 };

static void no_input(void *ctx, enum input_trouble kind, const char *path, uint64_t line,
		     const char *what, const char *remedy)
{
}
static void no_file(void *ctx, const char *path, uint64_t line, const char *what,
		    const char *remedy)
{
}
static void no_line(void *ctx, const char *path, int line, const char *what, const char *remedy)
{
}

struct run {
	struct judge *judge;
	struct out hits;
	uint64_t events;
	const uint64_t *cuts; /* before these events; the last is 0 */
};

static void on_hit(void *ctx, const struct hit *h, const struct event *e)
{
	struct run *r = ctx;
	char ip[ADDRESS_TEXT] = "-";
	if (h->has_source)
		address_format(&h->source, ip);
	out_format(&r->hits, "%s %lld %lld %llu %.*s %s\n", h->rule_id, (long long)h->time_us,
		   (long long)h->first_us, (unsigned long long)h->count, (int)h->account.len,
		   h->account.at ? h->account.at : "", ip);
}

static struct judge *fresh_judge(struct run *r)
{
	const struct scan_options o = {.paths = NULL};
	const struct scan_notes notes = {no_input, no_file, no_line};
	bool fine = true;
	struct judge *j = judge_open(&o, &notes, &fine);
	assert_true(fine);
	judge_tell(j, on_hit, NULL, r);
	return j;
}

static slice image_of(struct judge *j, int *fd)
{
	struct image im = {.writes = true};
	*fd = memfd_create("image", 0);
	im.out.fd = *fd;
	judge_image(j, &im);
	assert_true(out_close(&im.out) && !im.bad);
	off_t size = lseek(*fd, 0, SEEK_CUR);
	void *at = mmap(NULL, (size_t)size, PROT_READ | PROT_WRITE, MAP_SHARED, *fd, 0);
	assert_true(at != MAP_FAILED);
	return (slice){at, (size_t)size};
}

static bool read_image(struct judge *j, slice bytes)
{
	struct image im = {.rest = bytes};
	judge_image(j, &im);
	return !im.bad && !im.rest.len;
}

static void drop_image(slice bytes, int fd)
{
	munmap((void *)(uintptr_t)bytes.at, bytes.len);
	close(fd);
}

static void cut_here(struct run *r)
{
	int fd;
	slice bytes = image_of(r->judge, &fd);
	judge_close(&r->judge);
	r->judge = fresh_judge(r);
	assert_true(read_image(r->judge, bytes));
	drop_image(bytes, fd);
}

static void on_event(void *ctx, struct event *e)
{
	struct run *r = ctx;
	if (!event_has(e, F_MODULE))
		return;
	r->events++;
	if (*r->cuts && r->events == *r->cuts) {
		r->cuts++;
		cut_here(r);
	}
	judge_add(r->judge, e);
}

static uint64_t walk(const char *path, const uint64_t *cuts, struct out *hits)
{
	const struct street_options o = {.unknown_too = true};
	struct run r = {.hits = {.fd = -1}, .cuts = cuts};
	struct street *s = street_open(&path, 1, &o, no_input, NULL);
	r.judge = fresh_judge(&r);
	street_walk(s, CLOCK_NONE, INT64_MAX, on_event, &r);
	judge_time(r.judge, INT64_MAX);
	judge_close(&r.judge);
	street_close(&s);
	*hits = r.hits;
	return r.events;
}

static int by_number(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
	return (x > y) - (x < y);
}

static void same_with_cuts(const char *path, unsigned *dice)
{
	static const uint64_t none[] = {0};
	uint64_t cuts[CUTS + 1] = {0};
	struct out whole, cut;
	uint64_t n = walk(path, none, &whole);
	assert_true(n > CUTS);
	for (int i = 0; i < CUTS; i++)
		cuts[i] = 1 + (uint64_t)rand_r(dice) % n;
	qsort(cuts, CUTS, sizeof *cuts, by_number);
	for (int i = 1; i < CUTS; i++)
		cuts[i] += cuts[i] <= cuts[i - 1] ? cuts[i - 1] + 1 - cuts[i] : 0;
	walk(path, cuts, &cut);
	size_t at = 0; /* of the first line that differs */
	for (size_t i = 0; i < whole.len && i < cut.len && whole.at[i] == cut.at[i]; i++)
		at = whole.at[i] == '\n' ? i + 1 : at;
	if (!slice_eq((slice){whole.at, whole.len}, (slice){cut.at, cut.len}))
		fail_msg("%s, cut at %llu %llu %llu: %.200s and not %.200s", path,
			 (unsigned long long)cuts[0], (unsigned long long)cuts[1],
			 (unsigned long long)cuts[2], at < cut.len ? cut.at + at : "the end",
			 at < whole.len ? whole.at + at : "the end");
	out_close(&whole);
	out_close(&cut);
}

static void test_recordings(void **state)
{
	struct dirent **names;
	char path[PATH_ROOM];
	unsigned dice = 1;
	int n = scandir(SOURCES "/lab/recordings", &names, NULL, alphasort);
	assert_true(n > EACH);
	for (int i = 0; i < n; i++) {
		snprintf(path, sizeof path, "%s/lab/recordings/%s", SOURCES, names[i]->d_name);
		if (names[i]->d_name[0] != '.' && i % EACH == 0)
			same_with_cuts(path, &dice);
		free(names[i]);
	}
	free(names);
}

/* Each piece of it may be missing or other: it is refused, and nothing is followed anywhere. */
static void test_ruins(void **state)
{
	struct run r = {.hits = {.fd = -1}};
	int fd;
	unsigned dice = 2;
	r.judge = fresh_judge(&r);
	slice bytes = image_of(r.judge, &fd);
	for (int i = 0; i < 8; i++) {
		struct judge *j = fresh_judge(&r);
		assert_false(read_image(j, slice_first(bytes, (size_t)rand_r(&dice) % bytes.len)));
		judge_close(&j);
	}
	struct judge *other = fresh_judge(&r);
	*(char *)(uintptr_t)bytes.at ^= 1; /* of another build */
	assert_false(read_image(other, bytes));
	judge_close(&other);
	drop_image(bytes, fd);
	judge_close(&r.judge);
}

int main(void)
{
	setenv("TOCSIN_RULES", SOURCES "/rules", 1);
	setenv("TOCSIN_PIPELINES", SOURCES "/pipelines", 1);
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_recordings),
	    cmocka_unit_test(test_ruins),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
