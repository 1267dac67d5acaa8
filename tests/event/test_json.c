/*
 * test_json.c - one event as one JSON object, whatever bytes it holds; names and numbers of fields.
 */
#include "event/event.h"

#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

static const struct place place = {.offset = 4294967296, .input = 2, .length = 9, .line = 7};

static struct event an_event(void)
{
	static struct event e;
	event_clear(&e);
	e.place = place;
	e.raw = SLICE("the line");
	return e;
}

static void expect_json(const struct event *e, slice path, bool original, const char *want)
{
	struct out o = {.fd = -1};
	event_json(e, path, original, &o);
	if (!slice_eq((slice){o.at, o.len}, slice_of(want)))
		fail_msg("got  %.*s\nwant %s", (int)o.len, o.at, want);
	out_close(&o);
}

static void nothing_but_its_place(void **state)
{
	struct event e = an_event();
	expect_json(&e, SLICE("mail.log"), false,
		    "{\"log.file.path\":\"mail.log\",\"log.offset\":4294967296,\"log.line\":7}");
}

static void each_kind(void **state)
{
	struct event e = an_event();
	struct address ip;
	assert_true(address_parse(SLICE("2001:db8::7"), &ip));
	event_act(&e, ACT_LOGIN, OUT_FAILURE);
	event_number(&e, F_TIME, INT64_C(1773752700123000));
	event_text(&e, F_USER, SLICE("ana\"<\xff"));
	event_address(&e, F_SOURCE_IP, ip);
	event_number(&e, F_SOURCE_PORT, 0);
	event_number(&e, F_DURATION, INT64_MAX);
	event_number(&e, F_TLS, 0);
	event_number(&e, F_JOINED, 1);
	event_text(&e, F_FROM, SLICE(""));
	expect_json(&e, SLICE("a\nb"), true,
		    "{\"@timestamp\":\"2026-03-17T13:05:00.123Z\",\"event.action\":\"login\","
		    "\"event.category\":\"authentication\",\"event.outcome\":\"failure\","
		    "\"event.duration\":9223372036854775807,"
		    "\"user.name\":\"ana\\\"<\xef\xbf\xbd\","
		    "\"source.ip\":\"2001:db8::7\",\"source.port\":0,\"tls.established\":false,"
		    "\"email.from.address\":\"\",\"tocsin.joined\":true,"
		    "\"log.file.path\":\"a\\nb\",\"log.offset\":4294967296,\"log.line\":7,"
		    "\"event.original\":\"the line\"}");
}

static void absent_again(void **state)
{
	struct event e = an_event();
	event_number(&e, F_UID, 5);
	event_text(&e, F_ORPHAN, SLICE("x"));
	assert_true(event_has(&e, F_UID) && event_has(&e, F_ORPHAN) && !event_has(&e, F_UIDS));
	event_drop(&e, F_UID);
	event_drop(&e, F_ORPHAN);
	assert_false(event_has(&e, F_UID) || event_has(&e, F_ORPHAN));
	assert_int_equal(event_get(&e, F_ORPHAN).len, 0);
	assert_int_equal(event_get_number(&e, F_UID, -1), -1);
	assert_null(event_get_address(&e, F_SOURCE_IP));
	nothing_but_its_place(state);
}

/* An action without a category or an outcome states none. */
static void acts(void **state)
{
	struct event e = an_event();
	event_act(&e, ACT_WARNING, OUT_NONE);
	assert_true(event_has(&e, F_ACTION) && !event_has(&e, F_CATEGORY) &&
		    !event_has(&e, F_OUTCOME));
	for (int a = 0; a < ACTION_COUNT; a++) {
		event_act(&e, (enum action)a, OUT_SUCCESS);
		assert_int_equal(e.action, a);
		assert_true(slice_eq(event_get(&e, F_ACTION), event_actions[a].name));
		for (int b = 0; b < a; b++)
			assert_false(slice_eq(event_actions[a].name, event_actions[b].name));
	}
}

/* Each field by its name, no name twice, and all of them at once in JSON that a reader takes. */
static void all_fields(void **state)
{
	struct event e = an_event();
	memset(e.v, 0, sizeof e.v);
	for (int f = 0; f < FIELD_COUNT; f++) {
		assert_int_equal(event_field(slice_of(event_fields[f].name)), f);
		assert_true(strlen(event_fields[f].about) > 0);
		if (event_fields[f].kind == KIND_TEXT)
			e.v[f].text = SLICE("\xe2\x80\xae\0\"\\\xc0\x80");
		event_mark(&e, (enum field)f);
	}
	assert_int_equal(event_field(SLICE("user.nam")), -1);
	assert_int_equal(event_field(SLICE("user.names")), -1);
	assert_int_equal(event_field(SLICE("")), -1);
	struct out o = {.fd = -1};
	event_json(&e, SLICE("mail.log"), true, &o);
	json_error_t error;
	json_t *j = json_loadb(o.at, o.len, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &error);
	if (!j)
		fail_msg("%s: %.*s", error.text, (int)o.len, o.at);
	assert_int_equal(json_object_size(j), FIELD_COUNT + 4);
	json_decref(j);
	out_close(&o);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(nothing_but_its_place),
	    cmocka_unit_test(each_kind),
	    cmocka_unit_test(absent_again),
	    cmocka_unit_test(acts),
	    cmocka_unit_test(all_fields),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
