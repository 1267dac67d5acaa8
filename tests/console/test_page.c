/* test_page.c - what the pages say: attacker's text is escaped, what is unknown is not said. */
#include "console/part.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#define EVIL "<script>alert(1)</script>\"'&\x1b[2J\xff"

static struct shelf shelf;
static int pair[2];

static int open_shelf(void **state)
{
	shelf = (struct shelf){0};
	return socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair);
}

static int close_shelf(void **state)
{
	for (size_t i = 0; i < shelf.views.len; i++)
		view_let_go(shelf.views.at[i]);
	list_free(&shelf.views);
	close(pair[0]);
	return close(pair[1]);
}

static void take_all(void)
{
	close(pair[0]);
	while (shelf_take(&shelf, pair[1], 1))
		;
	pair[0] = dup(pair[1]);
}

static slice text_of(const char *name)
{
	const struct view *v = shelf_find(&shelf, slice_of(name));
	if (!v)
		fail_msg("there is no view %s", name);
	return (slice){v->at, v->len};
}

static void says(const char *name, const char *what, bool wanted)
{
	if ((slice_search(text_of(name), slice_of(what)) != SIZE_MAX) != wanted)
		fail_msg("%s %s \"%s\":\n%.*s", name, wanted ? "lacks" : "holds", what,
			 (int)text_of(name).len, text_of(name).at);
}

/* No script of another's, no control character, no byte that is no text. */
static void is_clean(const char *name)
{
	slice text = text_of(name);
	assert_int_equal(slice_not_text(text), text.len);
	for (size_t i = 0; i < text.len; i++)
		assert_true((unsigned char)text.at[i] >= ' ' || text.at[i] == '\n');
	if (shelf_find(&shelf, slice_of(name))->kind == CONSOLE_HTML)
		says(name, "<script", false);
}

static void test_hostile_findings(void **state)
{
	const struct console_finding f = {.time_us = 1773749100 * CLOCK_SECOND,
					  .level = 9,
					  .title = SLICE(EVIL),
					  .account = SLICE(EVIL),
					  .rule = SLICE(EVIL),
					  .source = SLICE(EVIL)};
	const struct console_source s = {SLICE("/var/log/" EVIL), 1234567, CLOCK_NONE};
	const struct console_count c = {"files", EVIL, 3};
	const struct console_now n = {.now_us = 1773749200 * CLOCK_SECOND,
				      .beat_us = 1773749199 * CLOCK_SECOND,
				      .newest_us = CLOCK_NONE,
				      .lowered_until_us = CLOCK_NONE,
				      .past_read = true,
				      .trouble = EVIL,
				      .policy = EVIL,
				      .posture = "lockdown",
				      .posture_by = EVIL,
				      .posture_us = 1773745600 * CLOCK_SECOND,
				      .sources = &s,
				      .source_count = 1,
				      .newest = &f,
				      .newest_count = 1,
				      .counts = &c,
				      .count_count = 1};
	assert_true(console_tell_now(pair[0], &n));
	take_all();
	is_clean("now");
	is_clean("guard");
	is_clean("api/status");
	says("now", "&lt;script&gt;", true);
	says("now", "running, and well", true);
	says("now", "warn\">lockdown</span>, since ", true);
	says("api/status", "\"posture\":\"lockdown\"", true);
	says("now", "Newest record</dt><dd>unknown", true);
	says("guard", "1,234,567", true);
}

static void test_a_silent_engine(void **state)
{
	struct console_now n = {.now_us = 200 * CLOCK_SECOND,
				.beat_us = 100 * CLOCK_SECOND,
				.newest_us = CLOCK_NONE,
				.lowered_until_us = CLOCK_NONE,
				.past_read = true,
				.trouble = "",
				.policy = ""};
	assert_true(console_tell_now(pair[0], &n));
	take_all();
	says("now", "its engine is silent", true);
	says("now", "and well", false);
	says("api/status", "\"state\":\"silent\"", true);
	says("api/status", "newest_record", false);
}

#define REPORT_HEAD                                                                                \
	"{\"schema\":\"tocsin.report/1\",\"created\":\"2026-03-17T13:05:00.000Z\",\"inputs\":[],"

static void test_no_report(void **state)
{
	const struct console_files f = {.state = "/var/lib/tocsin"};
	assert_true(console_tell_files(pair[0], &f));
	take_all();
	says("incidents", "No report yet", true);
	says("incidents", "No incident", false);
	says("sight", "Not known before the first whole report", true);
	says("api/incidents", "\"incidents\":[]", true);
}

static void test_a_report_that_is_none(void **state)
{
	const struct console_files f = {.state = "/var/lib/tocsin", .report = SLICE("{\"x\":")};
	assert_true(console_tell_files(pair[0], &f));
	take_all();
	says("incidents", "The report cannot be read", true);
	says("incidents", "No incident", false);
}

static void test_a_report_too_large(void **state)
{
	const struct console_files f = {.state = "/var/lib/tocsin", .too_large = true};
	assert_true(console_tell_files(pair[0], &f));
	take_all();
	says("incidents", "too large", true);
	says("incidents", "No incident", false);
	says("incidents", "No report yet", false);
}

static void test_no_incident(void **state)
{
	const struct console_files f = {.state = "/var/lib/tocsin",
					.report = SLICE(REPORT_HEAD "\"incidents\":[]}")};
	assert_true(console_tell_files(pair[0], &f));
	take_all();
	says("incidents", "<h1>No incident</h1>", true);
	says("incidents", "that is as much as they can say", true);
}

static void test_hostile_incident(void **state)
{
	const struct console_files f = {
	    .state = "/var/lib/it's here",
	    .report = SLICE(REPORT_HEAD
			    "\"incidents\":[{\"id\":\"T-1\",\"title\":\"<script>alert(1)</script>"
			    "\\u001b\",\"severity\":\"<b>\",\"accounts\":[{\"name\":\"<script>\","
			    "\"compromised\":\"proven\"}],\"accesses\":[{\"kind\":\"message\","
			    "\"how\":\"imap-fetch\",\"certainty\":\"proven\",\"subject\":"
			    "\"<script>alert(2)</script>\",\"account\":\"<script>\"}],"
			    "\"verdicts\":[{\"question\":\"how-they-got-in\",\"answer\":"
			    "\"<script>\",\"certainty\":\"likely\"}]}]}")};
	assert_true(console_tell_files(pair[0], &f));
	take_all();
	is_clean("incidents");
	is_clean("incident/T-1");
	is_clean("sight");
	is_clean("api/incidents");
	says("incident/T-1", "&lt;script&gt;alert(2)", true);
	says("incidents", "no: nothing was planned", true);
	says("incidents",
	     "tocsin contain plan --state &#39;/var/lib/it&#39;\\&#39;&#39;s here&#39;", true);
}

/* An id that could be no path is in the list, and has no page. */
static void test_an_id_that_is_no_name(void **state)
{
	const struct console_files f = {
	    .state = "/var/lib/tocsin",
	    .report = SLICE(REPORT_HEAD "\"incidents\":[{\"id\":\"a b\\\"><script>\"}]}")};
	console_tell_files(pair[0], &f);
	take_all();
	is_clean("incidents");
	assert_int_equal(shelf.refused, 2);
}

static void test_an_altered_journal(void **state)
{
	const struct console_files f = {.state = "/var/lib/tocsin",
					.altered = SLICE("line 3: <b>")};
	assert_true(console_tell_files(pair[0], &f));
	take_all();
	says("incidents", "A journal was altered", true);
	says("incidents", "line 3: &lt;b&gt;", true);
}

static void test_isolated(void **state)
{
	const struct queue_state q = {.messages = 1234,
				      .first_bounce_us = 1000 * CLOCK_SECOND + 3 * CLOCK_DAY,
				      .full_us = CLOCK_NONE};
	const struct console_files f = {
	    .state = "/var/lib/tocsin", .queue = &q, .now_us = 1000 * CLOCK_SECOND};
	assert_true(console_tell_files(pair[0], &f));
	take_all();
	says("incidents", "This server is isolated", true);
	says("incidents", "3&nbsp;d 0&nbsp;h", true);
	says("incidents", "Disk full", false);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_hostile_findings, open_shelf, close_shelf),
	    cmocka_unit_test_setup_teardown(test_a_silent_engine, open_shelf, close_shelf),
	    cmocka_unit_test_setup_teardown(test_no_report, open_shelf, close_shelf),
	    cmocka_unit_test_setup_teardown(test_a_report_that_is_none, open_shelf, close_shelf),
	    cmocka_unit_test_setup_teardown(test_a_report_too_large, open_shelf, close_shelf),
	    cmocka_unit_test_setup_teardown(test_no_incident, open_shelf, close_shelf),
	    cmocka_unit_test_setup_teardown(test_hostile_incident, open_shelf, close_shelf),
	    cmocka_unit_test_setup_teardown(test_an_id_that_is_no_name, open_shelf, close_shelf),
	    cmocka_unit_test_setup_teardown(test_an_altered_journal, open_shelf, close_shelf),
	    cmocka_unit_test_setup_teardown(test_isolated, open_shelf, close_shelf),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
