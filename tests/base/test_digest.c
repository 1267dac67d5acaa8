/* test_digest.c - SHA-256 against the examples of FIPS 180-4; hexadecimal there and back. */
#include "base/base.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

static const struct {
	slice in;
	const char *hex;
} known[] = {
    {SLICE_INIT(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
    {SLICE_INIT("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
    {SLICE_INIT("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
     "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
};

static void examples(void **state)
{
	for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
		char hex[65];
		struct digest d = digest_of(known[i].in), back;
		digest_hex(&d, hex);
		assert_string_equal(hex, known[i].hex);
		assert_true(digest_parse(slice_of(hex), &back));
		assert_memory_equal(&d, &back, sizeof d);
		for (size_t cut = 0; cut <= known[i].in.len; cut++) {
			struct digest_run *r = digest_start();
			digest_add(r, slice_first(known[i].in, cut));
			digest_add(r, slice_from(known[i].in, cut));
			struct digest run = digest_end(&r);
			assert_memory_equal(&d, &run, sizeof d);
			assert_null(r);
		}
	}
	struct digest none = digest_of((slice){0}), empty = digest_of(SLICE(""));
	assert_memory_equal(&none, &empty, sizeof none);
}

static void no_digests(void **state)
{
	struct digest d;
	char hex[66] = "BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD";
	assert_true(digest_parse(slice_of(hex), &d));
	assert_int_equal(d.b[0], 0xba);
	assert_false(digest_parse((slice){hex, 63}, &d));
	assert_false(digest_parse((slice){hex, 65}, &d));
	assert_false(digest_parse((slice){0}, &d));
	static const char wrong[] = "gG@`/: \x1a\x10\xc1";
	for (size_t i = 0; i < sizeof wrong; i++) {
		hex[40] = wrong[i];
		if (digest_parse((slice){hex, 64}, &d))
			fail_msg("byte %02x is taken for a digit", (unsigned char)wrong[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(examples),
	    cmocka_unit_test(no_digests),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
