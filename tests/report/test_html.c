/* test_html.c - the page as text: well nested, nothing foreign in it, every link with its end. */
#include "printed.h"
#include "report/web.h"

#include <stdarg.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

static void (*const fixtures[])(struct report *) = {fixture_stolen, fixture_quiet, fixture_empty,
						    fixture_hostile};
enum { FIXTURES = sizeof fixtures / sizeof *fixtures };

/* Takes the next tag off the front; false at the end. Attributes of ours hold no '>'. */
static bool next_tag(slice *s, slice *tag)
{
	slice_until(s, '<');
	if (!s->len)
		return false;
	*tag = slice_until(s, '>');
	return true;
}

static slice tag_name(slice tag)
{
	size_t n = 0;
	while (n < tag.len && tag.at[n] != ' ' && tag.at[n] != '/' && tag.at[n] != '\n')
		n++;
	return slice_first(tag, n);
}

static bool one_of(slice name, const char *const *names, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (slice_eq(name, slice_of(names[i])))
			return true;
	return false;
}
#define ONE_OF(name, ...)                                                                          \
	one_of((name), (const char *const[]){__VA_ARGS__},                                         \
	       sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *))

static bool stands_alone(slice tag)
{
	return slice_ends(tag, SLICE("/")) || ONE_OF(tag_name(tag), "!DOCTYPE", "meta", "br");
}

static void check_nesting(slice page, size_t fixture)
{
	slice open[64], tag;
	size_t depth = 0;
	while (next_tag(&page, &tag)) {
		if (stands_alone(tag))
			continue;
		if (tag.len && tag.at[0] == '/') {
			slice name = slice_from(tag, 1);
			if (!depth || !slice_eq(open[depth - 1], name))
				fail_msg("fixture %zu: </%.*s> closes <%.*s>", fixture,
					 (int)name.len, name.at,
					 depth ? (int)open[depth - 1].len : 0,
					 depth ? open[depth - 1].at : "");
			depth--;
		} else {
			assert_true(depth < 64);
			open[depth++] = tag_name(tag);
		}
	}
	assert_int_equal(depth, 0);
}

static void test_nesting(void **state)
{
	for (size_t i = 0; i < FIXTURES; i++) {
		struct out o = print_html(fixtures[i]);
		check_nesting(printed(o), i);
		out_close(&o);
	}
}

/* Only these elements and no handler: whatever the log said, it is not among them. */
static void test_elements(void **state)
{
	for (size_t i = 0; i < FIXTURES; i++) {
		struct out o = print_html(fixtures[i]);
		slice rest = printed(o), tag;
		while (next_tag(&rest, &tag)) {
			slice name =
			    tag_name(tag.len && tag.at[0] == '/' ? slice_from(tag, 1) : tag);
			if (!ONE_OF(name, "!DOCTYPE", "html", "head", "meta", "title", "style",
				    "body", "header", "main", "section", "article", "div", "p",
				    "span", "b", "i", "br", "a", "h1", "h2", "h3", "h4", "h5", "ul",
				    "ol", "li", "dl", "dt", "dd", "table", "caption", "thead",
				    "tbody", "tr", "th", "td", "pre", "code", "figure",
				    "figcaption", "svg", "defs", "pattern", "g", "path", "circle",
				    "line", "rect", "text", "use"))
				fail_msg("fixture %zu: <%.*s>", i, (int)tag.len, tag.at);
			if (slice_search(tag, SLICE(" on")) != SIZE_MAX ||
			    slice_search(tag, SLICE("javascript")) != SIZE_MAX ||
			    slice_search(tag, SLICE("http")) == 0 ||
			    slice_search(tag, SLICE(" src")) != SIZE_MAX)
				fail_msg("fixture %zu: <%.*s>", i, (int)tag.len, tag.at);
		}
		out_close(&o);
	}
}

static void test_bytes(void **state)
{
	for (size_t i = 0; i < FIXTURES; i++) {
		struct out o = print_html(fixtures[i]);
		assert_int_equal(control_byte(printed(o)), SIZE_MAX);
		assert_true(is_utf8(printed(o)));
		assert_int_equal(count_of(printed(o), "<script"), 0);
		assert_int_equal(count_of(printed(o), "url(") - count_of(printed(o), "url(#"), 0);
		assert_int_equal(count_of(printed(o), "@import"), 0);
		assert_int_equal(count_of(printed(o), "\xe2\x80\xae"), 0);
		assert_int_equal(count_of(printed(o), "default-src 'none'"), 1);
		out_close(&o);
	}
}

static bool has_id(slice page, slice id)
{
	char needle[200];
	snprintf(needle, sizeof needle, " id=\"%.*s\"", (int)id.len, id.at);
	size_t n = count_of(page, needle);
	snprintf(needle, sizeof needle, " id=%.*s>", (int)id.len, id.at);
	return n + count_of(page, needle) == 1;
}

static void test_links(void **state)
{
	for (size_t i = 0; i < FIXTURES; i++) {
		struct out o = print_html(fixtures[i]);
		slice rest = printed(o), tag;
		while (next_tag(&rest, &tag)) {
			size_t at = slice_search(tag, SLICE("href=\""));
			if (at == SIZE_MAX)
				continue;
			slice target = slice_from(tag, at + strlen("href=\""));
			target = slice_until(&target, '"');
			if (target.at[0] != '#' || !has_id(printed(o), slice_from(target, 1)))
				fail_msg("fixture %zu: a link to %.*s", i, (int)target.len,
					 target.at);
		}
		out_close(&o);
	}
}

static const struct {
	const char *name;
	void (*fixture)(struct report *);
	const char *needle;
	size_t want;
} counts[] = {
    {"questions", fixture_stolen, "<article class=card", 6},
    {"rows of opened things", fixture_stolen, "<tr id=\"i1-access-", 18},
    {"quoted records", fixture_stolen, "<li id=\"e", 27},
    {"a record cited thrice stands once", fixture_stolen, "session=&lt;wQ7kbn0yLsnLAHGT&gt;</pre>",
     1},
    {"and links back thrice", fixture_stolen,
     "<a href=\"#i1-entry\">entry</a>, <a href=\"#i1-session-1\">session 1</a>, "
     "<a href=\"#i1-finding-1\">finding 1</a>",
     1},
    {"openings in the plot", fixture_stolen, "<use class=opened href=\"#m-opened\" y", 17},
    {"mails in the plot", fixture_stolen, "<use class=sent href=\"#m-sent\" y", 5},
    {"hypotheses", fixture_stolen, "<svg class=bar", 4},
    {"how to check it", fixture_stolen, "<code>tocsin verify report.json LOGS...</code>", 1},
    {"techniques", fixture_stolen, "T1114.003", 1},
    {"no incident", fixture_quiet, "<h1>No incident found</h1>", 1},
    {"and no plot", fixture_quiet, "<figure", 0},
    {"what gave way", fixture_quiet, "Shed findings of ", 6},
    {"and how often", fixture_quiet, "Many failed sign-ins\" (medium): 4,000.", 1},
    {"but its findings", fixture_quiet, "<tr id=\"finding-", 4},
    {"nothing read", fixture_empty, "No record was understood", 1},
    {"what three incidents share stands once", fixture_several, "known leaks. (all of them)", 1},
    {"and not with each of them", fixture_several, "<li>To settle", 0},
    {"gaps of all of them", fixture_several, "messages opened over plain IMAP have no names", 1},
    {"a gap of one stays there", fixture_several, "id=\"i2-gap\"", 1},
    {"and where there is none of its own", fixture_several,
     "<a href=\"#gap\">what was not seen</a>", 2},
    {"hostile classes", fixture_hostile, "<span class=\"severity low\">", 1},
};

static void test_counts(void **state)
{
	for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
		struct out o = print_html(counts[i].fixture);
		size_t got = count_of(printed(o), counts[i].needle);
		if (got != counts[i].want)
			fail_msg("%s: %zu, want %zu", counts[i].name, got, counts[i].want);
		out_close(&o);
	}
}

/* Thousands of openings: cut, and said so; the page stays one that a browser opens. */
static void test_large(void **state)
{
	struct report r;
	fixture_large(&r, 30000);
	struct out o = print_report(&r, report_html, (struct report_style){0});
	slice page = printed(o);
	assert_int_equal(count_of(page, "<tr id=\"i1-access-"), ROWS_MOST);
	assert_int_equal(count_of(page,
				  "The first 5,000 of 30,000 rows; the other 25,000 are in the "
				  "JSON report"),
			 1);
	assert_in_range(count_of(page, "<li id=\"e"), ROWS_MOST, QUOTES_MOST);
	assert_true(page.len < 8u << 20);
	check_nesting(page, 0);
	out_close(&o);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_nesting), cmocka_unit_test(test_elements),
	    cmocka_unit_test(test_bytes),   cmocka_unit_test(test_links),
	    cmocka_unit_test(test_counts),  cmocka_unit_test(test_large),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
