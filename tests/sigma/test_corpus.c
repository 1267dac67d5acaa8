/*
 * The project's own rules, and the public ones of SigmaHQ if they lie beside the source tree: do
 * they load?  All but those that need placeholders filled in.  TOCSIN_SIGMA_RULES names another
 * place for the latter.
 */
#include "toy.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <cmocka.h>

static const char *const folders[] = {"rules", "rules-compliance", "rules-emerging-threats",
				      "rules-placeholder", "rules-threat-hunting"};

struct tally {
	size_t placeholders, others;
};

static void note(void *ctx, bool warning, const char *path, int line, int column, const char *what,
		 const char *expected)
{
	struct tally *t = ctx;
	if (warning)
		return;
	if (strstr(what, "'expand'")) {
		t->placeholders++;
		return;
	}
	t->others++;
	print_message("%s:%d:%d: %s (%s)\n", path, line, column, what, expected);
}

static void test_load(void **state)
{
	const char *top = getenv("TOCSIN_SIGMA_RULES");
	struct tally tally = {0};
	struct sigma *s = sigma_new(&toy_schema, note, &tally);
	sigma_load(s, OWN_RULES);
	for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
		char path[4096];
		snprintf(path, sizeof path, "%s/%s", top ? top : SIGMA_RULES, folders[i]);
		if (access(path, R_OK) == 0)
			sigma_load(s, path);
	}
	sigma_ready(s);
	size_t loaded = sigma_count(s);
	size_t bytes = sigma_bytes(s);
	sigma_free(&s);
	print_message("%zu rules loaded, %zu need placeholders, %zu refused, %zu bytes\n", loaded,
		      tally.placeholders, tally.others, bytes);
	assert_int_equal(tally.others, 0);
	assert_true(loaded >= 20);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_load)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
