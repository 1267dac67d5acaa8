/* test_table.c - against a plain array; entries that do not move; shedding by the CLOCK rule. */
#include "base/base.h"
#include "base/image.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

static uint32_t roll(uint32_t *seed, uint32_t below)
{
	*seed = *seed * 1664525 + 1013904223;
	return (*seed >> 8) % below;
}

/* Keys of 1 to 60 bytes, so that both ways of keeping them are walked. */
static slice key_of(uint32_t n, char room[80])
{
	int len = snprintf(room, 80, "%u%*s", n, (int)(n % 50), "");
	return (slice){room, (size_t)len};
}

enum { KEYS = 700, STEPS = 60000 };

static void same_as_an_array(void **state)
{
	static void *model[KEYS];
	static uint32_t value[KEYS];
	struct table t;
	uint32_t seed = 7, len = 0, drops = 0;
	char room[80];
	table_init(&t, sizeof(uint32_t), 0);
	for (uint32_t step = 1; step <= STEPS; step++) {
		uint32_t k = roll(&seed, KEYS), how = roll(&seed, 5);
		slice key = key_of(k, room);
		bool fresh = false;
		uint32_t *e = how < 2 ? table_put(&t, key, &fresh) : table_get(&t, key);
		assert_int_equal(fresh, how < 2 && !model[k]);
		if (fresh) {
			assert_int_equal(*e, 0);
			model[k] = e;
			*e = value[k] = step;
			len++;
		}
		assert_ptr_equal(e, model[k]);
		if (e) {
			assert_int_equal(*e, value[k]);
			assert_true(slice_eq(table_key(e), key));
			assert_ptr_equal(table_at(&t, table_number(e)), e);
		}
		if (how == 4) {
			assert_int_equal(table_remove(&t, key), model[k] != NULL);
		} else if (how == 3 && e) {
			table_drop(&t, e);
		}
		if (how >= 3 && model[k]) {
			model[k] = NULL;
			len--;
			drops++;
		}
		assert_int_equal(t.len, len);
	}
	assert_true(drops > 5000);
	uint32_t seen = 0;
	for (void *e = NULL; (e = table_next(&t, e)); seen++)
		assert_ptr_equal(model[strtoul(table_key(e).at, NULL, 10)], e);
	assert_int_equal(seen, len);
	assert_int_equal(t.shed_count, 0);
	table_free(&t);
}

static void odd_keys(void **state)
{
	struct table t;
	table_init(&t, 1, 0);
	assert_null(table_get(&t, SLICE("x"))); /* before there is anything */
	assert_false(table_remove(&t, SLICE("x")));
	assert_null(table_stalest(&t));
	assert_null(table_next(&t, NULL));
	assert_null(table_at(&t, 0));
	static const slice keys[] = {SLICE_INIT(""),
				     SLICE_INIT("\0"),
				     SLICE_INIT("\0\0"),
				     SLICE_INIT("a"),
				     SLICE_INIT("a\0"),
				     SLICE_INIT("123456789012345678901234"),
				     SLICE_INIT("1234567890123456789012345"),
				     SLICE_INIT("1234567890123456789012346")};
	enum { N = sizeof keys / sizeof *keys };
	for (size_t i = 0; i < N; i++) {
		bool fresh;
		*(uint8_t *)table_put(&t, keys[i], &fresh) = (uint8_t)i;
		assert_true(fresh);
	}
	for (size_t i = 0; i < N; i++)
		assert_int_equal(*(uint8_t *)table_get(&t, keys[i]), i);
	assert_int_equal(t.len, N);
	table_free(&t);
}

struct shed_log {
	char keys[8];
	size_t n;
};

static void on_shed(void *ctx, void *entry)
{
	struct shed_log *log = ctx;
	log->keys[log->n++] = table_key(entry).at[0];
}

/*
 * A bound of four: "abcd" are put, then the keys of `more`, each of which sheds one; `touched` are
 * asked for after the first of them.  By then the hand has been round once and has taken a.
 */
static const struct {
	const char *name, *touched, *more, *shed;
} clocks[] = {
    {"nobody is asked for: in the order of arrival", "", "efg", "abc"},
    {"one is asked for: spared", "b", "efg", "acd"},
    {"all are asked for: the hand goes round", "bcde", "efg", "aeb"},
    {"the newest comes last", "", "efghi", "abcde"},
};

static void sheds_what_nobody_asked_for(void **state)
{
	for (size_t i = 0; i < sizeof clocks / sizeof *clocks; i++) {
		struct table t;
		struct shed_log log = {.n = 0};
		table_init(&t, 8, 4);
		t.shed = on_shed;
		t.shed_ctx = &log;
		for (const char *p = "abcd"; *p; p++)
			table_put(&t, (slice){p, 1}, NULL);
		for (const char *p = clocks[i].more; *p; p++) {
			bool fresh;
			uint64_t *e = table_put(&t, (slice){p, 1}, &fresh);
			assert_true(fresh && *e == 0);
			*e = 9;
			assert_int_equal(t.len, 4);
			for (const char *g = clocks[i].touched; *g && p == clocks[i].more; g++)
				table_get(&t, (slice){g, 1});
		}
		if (log.n != strlen(clocks[i].shed) || memcmp(log.keys, clocks[i].shed, log.n) != 0)
			fail_msg("%s: shed %.*s, want %s", clocks[i].name, (int)log.n, log.keys,
				 clocks[i].shed);
		assert_int_equal(t.shed_count, log.n);
		table_free(&t);
	}
}

/* A bound holds whatever comes, memory stays, and a key just put is always there. */
static void bound_holds(void **state)
{
	enum { MOST = 300 };
	struct table t;
	char room[80];
	uint32_t seed = 3;
	table_init(&t, 16, MOST);
	for (uint32_t i = 0; i < MOST; i++)
		table_put(&t, key_of(i, room), NULL);
	size_t bytes = t.bytes;
	for (uint32_t i = 0; i < 20000; i++) {
		slice key = key_of(MOST + roll(&seed, 5000), room);
		void *e = table_put(&t, key, NULL);
		assert_ptr_equal(table_get(&t, key), e);
		assert_true(t.len <= MOST && t.used <= MOST);
	}
	assert_true(t.shed_count > 15000);
	assert_true(t.bytes < bytes + MOST * 60);
	table_free(&t);
}

/* What a process that fills such a table says, and how it ends. */
static int fill_forgotten(struct table *t, char said[200])
{
	int ends[2], status;
	assert_int_equal(pipe(ends), 0);
	pid_t child = fork();
	if (child == 0) {
		dup2(ends[1], STDERR_FILENO);
		table_put(t, SLICE("a"), NULL);
		_exit(0);
	}
	close(ends[1]);
	ssize_t n = read(ends[0], said, 199);
	said[n > 0 ? n : 0] = 0;
	close(ends[0]);
	assert_int_equal(waitpid(child, &status, 0), child);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void forgotten_init_is_refused(void **state)
{
	char said[200];
	struct table never = {0}, freed;
	table_init(&freed, 8, 0);
	table_put(&freed, SLICE("a"), NULL);
	table_free(&freed);
	struct table *both[] = {&never, &freed};
	for (size_t i = 0; i < 2; i++) {
		assert_null(table_get(both[i], SLICE("a")));
		assert_null(table_next(both[i], NULL));
		assert_false(table_remove(both[i], SLICE("a")));
		assert_int_equal(fill_forgotten(both[i], said), 2);
		assert_non_null(strstr(said, "table_init()"));
	}
}

static slice image_of(struct table *t)
{
	struct image im = {.out = {.fd = -1}, .writes = true};
	image_table(&im, t);
	assert_false(im.bad);
	return (slice){im.out.at, im.out.len};
}

/* A table whose bound grew (with accounts, say) is read into one that has the first bound yet. */
static void grown_bound_is_remembered(void **state)
{
	struct table grown, fresh, unbounded;
	char room[80];
	table_init(&grown, sizeof(uint32_t), 64);
	table_init(&fresh, sizeof(uint32_t), 64);
	table_init(&unbounded, sizeof(uint32_t), 0);
	grown.most = 256;
	for (uint32_t i = 0; i < 200; i++)
		*(uint32_t *)table_put(&grown, key_of(i, room), NULL) = i;
	slice bytes = image_of(&grown);
	struct image im = {.rest = bytes};
	image_table(&im, &fresh);
	assert_false(im.bad);
	assert_int_equal(fresh.most, 256);
	for (uint32_t i = 0; i < 200; i++)
		assert_int_equal(*(uint32_t *)table_get(&fresh, key_of(i, room)), i);
	im = (struct image){.rest = bytes};
	image_table(&im, &unbounded);
	assert_true(im.bad);
	free((void *)bytes.at);
	table_free(&grown);
	table_free(&fresh);
	table_free(&unbounded);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(same_as_an_array),
	    cmocka_unit_test(odd_keys),
	    cmocka_unit_test(sheds_what_nobody_asked_for),
	    cmocka_unit_test(bound_holds),
	    cmocka_unit_test(forgotten_init_is_refused),
	    cmocka_unit_test(grown_bound_is_remembered),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
