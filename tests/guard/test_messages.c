/*
 * test_messages.c - what a reader or an engine that was taken over may say: what the next one takes
 * for sound, and no more.
 */
#include "guard/part.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static const struct guard_message good = {.kind = MESSAGE_FINDING, .level = 3};

static void test_messages_of_an_engine(void **state)
{
	struct guard_message m = good;
	assert_true(message_is_sound(&m, sizeof m));
	assert_false(message_is_sound(&m, sizeof m - 1));
	m.kind = MESSAGE_COUNT;
	assert_false(message_is_sound(&m, sizeof m));
	m = good;
	m.level = GUARD_LEVELS;
	assert_false(message_is_sound(&m, sizeof m));
	m = good;
	m.rule_len = sizeof m.rule + 1;
	assert_false(message_is_sound(&m, sizeof m));
	m = good;
	m.method_len = sizeof m.method + 1;
	assert_false(message_is_sound(&m, sizeof m));
	m = good;
	m.past = 2;
	assert_false(message_is_sound(&m, sizeof m));
	m = good;
	m.refused = 2;
	assert_false(message_is_sound(&m, sizeof m));
}

static void test_messages_of_a_reader(void **state)
{
	const struct reader_head fine = {.kind = READER_LINES, .uid = -1};
	struct reader_head h = fine;
	assert_true(reader_head_is_sound(&h));
	h.kind = READER_KINDS;
	assert_false(reader_head_is_sound(&h));
	h = fine;
	h.input = READER_INPUTS;
	assert_false(reader_head_is_sound(&h));
	h = fine;
	h.len = READER_CHUNK + 1;
	assert_false(reader_head_is_sound(&h));
	h = fine;
	h.uid = -2;
	assert_false(reader_head_is_sound(&h));
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_messages_of_an_engine),
					   cmocka_unit_test(test_messages_of_a_reader)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
