/* test_ask.c - who may see what: requests as browsers, programs and strangers send them. */
#include "console/part.h"

#include <setjmp.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

enum { NOW = 1795329420 };

static struct console_gate gate_of(void)
{
	struct console_gate g = {.where = "127.0.0.1:4004", .name = "guard.example:8443"};
	assert_true(sodium_init() >= 0);
	memset(g.key.b, 7, sizeof g.key.b);
	return g;
}

static struct console_ask ask_for(const char *path)
{
	return (struct console_ask){.method = SLICE("GET"),
				    .path = slice_of(path),
				    .host = SLICE("127.0.0.1:4004"),
				    .hosts = 1};
}

/* --- the head of a request, whoever sends it --- */

static const struct {
	const char *name, *method, *path, *host, *site;
	unsigned hosts;
	bool has_body;
	enum console_verdict want;
} heads[] = {
    {"a stranger", "GET", "/", "127.0.0.1:4004", NULL, 1, false, CONSOLE_STRANGER},
    {"HEAD", "HEAD", "/", "127.0.0.1:4004", NULL, 1, false, CONSOLE_STRANGER},
    {"POST", "POST", "/", "127.0.0.1:4004", NULL, 1, false, CONSOLE_BAD_METHOD},
    {"a method in small letters", "get", "/", "127.0.0.1:4004", NULL, 1, false, CONSOLE_BAD_METHOD},
    {"CONNECT", "CONNECT", "10.0.0.1:22", "127.0.0.1:4004", NULL, 1, false, CONSOLE_BAD_METHOD},
    {"a body", "GET", "/", "127.0.0.1:4004", NULL, 1, true, CONSOLE_BAD_REQUEST},
    {"no Host", "GET", "/", "", NULL, 0, false, CONSOLE_BAD_REQUEST},
    {"two Hosts", "GET", "/", "127.0.0.1:4004", NULL, 2, false, CONSOLE_BAD_REQUEST},
    {"a whole URL", "GET", "http://127.0.0.1/", "127.0.0.1:4004", NULL, 1, false,
     CONSOLE_BAD_REQUEST},
    {"no path", "GET", "", "127.0.0.1:4004", NULL, 1, false, CONSOLE_BAD_REQUEST},
    {"an empty Host", "GET", "/", "", NULL, 1, false, CONSOLE_BAD_HOST},
    {"a name that leads here", "GET", "/", "evil.example:4004", NULL, 1, false, CONSOLE_BAD_HOST},
    {"a name that begins as ours", "GET", "/", "guard.example.evil.example", NULL, 1, false,
     CONSOLE_BAD_HOST},
    {"our name at another port", "GET", "/", "guard.example", NULL, 1, false, CONSOLE_BAD_HOST},
    {"our name", "GET", "/", "Guard.Example:8443", NULL, 1, false, CONSOLE_STRANGER},
    {"a name that begins as an address", "GET", "/", "127.0.0.1.evil.example", NULL, 1, false,
     CONSOLE_BAD_HOST},
    {"localhost by any port", "GET", "/", "localhost:9999", NULL, 1, false, CONSOLE_STRANGER},
    {"localhost with a port that is none", "GET", "/", "localhost:80a", NULL, 1, false,
     CONSOLE_BAD_HOST},
    {"localhost under a name", "GET", "/", "localhost.evil.example", NULL, 1, false,
     CONSOLE_BAD_HOST},
    {"IPv6", "GET", "/", "[::1]:4004", NULL, 1, false, CONSOLE_STRANGER},
    {"IPv6 not closed", "GET", "/", "[::1", NULL, 1, false, CONSOLE_BAD_HOST},
    {"IPv6 and a name behind", "GET", "/", "[::1]evil.example", NULL, 1, false, CONSOLE_BAD_HOST},
    {"an @ before the name", "GET", "/", "127.0.0.1@evil.example", NULL, 1, false,
     CONSOLE_BAD_HOST},
    {"another page asks", "GET", "/", "127.0.0.1:4004", "cross-site", 1, false, CONSOLE_BAD_SITE},
    {"a page of another port asks", "GET", "/api/status", "localhost:4004", "same-site", 1, false,
     CONSOLE_BAD_SITE},
    {"our own page asks", "GET", "/", "127.0.0.1:4004", "same-origin", 1, false, CONSOLE_STRANGER},
    {"a person asks", "GET", "/", "127.0.0.1:4004", "none", 1, false, CONSOLE_STRANGER},
    {"the style is for all", "GET", "/style.css", "127.0.0.1:4004", "same-origin", 1, false,
     CONSOLE_PUBLIC},
    {"but not for other pages", "GET", "/style.css", "127.0.0.1:4004", "cross-site", 1, false,
     CONSOLE_BAD_SITE},
    {"a path that ends as the style", "GET", "/x/style.css", "127.0.0.1:4004", NULL, 1, false,
     CONSOLE_STRANGER},
    {"signed out already", "GET", "/leave", "127.0.0.1:4004", NULL, 1, false, CONSOLE_STRANGER},
    {"a link without anything", "GET", "/enter", "127.0.0.1:4004", NULL, 1, false,
     CONSOLE_STALE_LINK},
};

static void test_heads(void **state)
{
	struct console_gate g = gate_of();
	for (size_t i = 0; i < sizeof heads / sizeof *heads; i++) {
		struct console_ask q = {.method = slice_of(heads[i].method),
					.path = slice_of(heads[i].path),
					.host = slice_of(heads[i].host),
					.site = slice_of(heads[i].site),
					.hosts = heads[i].hosts,
					.has_body = heads[i].has_body};
		enum console_verdict got = console_judge(&g, &q, NOW);
		if (got != heads[i].want)
			fail_msg("%s: got %d, want %d", heads[i].name, got, heads[i].want);
	}
}

/* --- links --- */

static enum console_verdict try_link(struct console_gate *g, int64_t until, const char *key,
				     int64_t now)
{
	char text[32];
	struct console_ask q = ask_for("/enter");
	snprintf(text, sizeof text, "%lld", (long long)until);
	q.until = slice_of(text);
	q.key = slice_of(key);
	return console_judge(g, &q, now);
}

static void test_links(void **state)
{
	struct console_gate g = gate_of();
	char link[CONSOLE_LINK], hex[65], other[65];
	struct console_key right = key_of_link(&g.key, NOW + 300);
	console_link(&g.key, "127.0.0.1:4004", NULL, NOW - 300, link);
	assert_non_null(strstr(link, "http://127.0.0.1:4004/enter?until="));
	key_hex(&right, hex);
	assert_non_null(strstr(link, hex));
	assert_int_equal(try_link(&g, NOW + 300, hex, NOW), CONSOLE_ENTER);
	assert_int_equal(try_link(&g, NOW + 300, hex, NOW + 301), CONSOLE_STALE_LINK);
	assert_int_equal(try_link(&g, NOW + 301, hex, NOW), CONSOLE_STALE_LINK);
	/* one made long before for a day far ahead holds no longer than others */
	right = key_of_link(&g.key, NOW + 86400);
	key_hex(&right, other);
	assert_int_equal(try_link(&g, NOW + 86400, other, NOW), CONSOLE_STALE_LINK);
	hex[10] = hex[10] == '0' ? '1' : '0';
	assert_int_equal(try_link(&g, NOW + 300, hex, NOW), CONSOLE_STALE_LINK);
	hex[63] = 0;
	assert_int_equal(try_link(&g, NOW + 300, hex, NOW), CONSOLE_STALE_LINK);
	console_link(&g.key, "unix:/run/tocsin/console", NULL, NOW, link);
	assert_non_null(strstr(link, "http://localhost:4004/enter?"));
	console_link(&g.key, "127.0.0.1:4004", "guard.example", NOW, link);
	assert_non_null(strstr(link, "https://guard.example/enter?"));
}

/* --- sessions --- */

static enum console_verdict with_cookie(struct console_gate *g, const char *path,
					const char *cookie, unsigned cookies, int64_t now)
{
	struct console_ask q = ask_for(path);
	q.cookie = slice_of(cookie);
	q.cookies = cookies;
	return console_judge(g, &q, now);
}

static void test_sessions(void **state)
{
	struct console_gate g = gate_of();
	char hex[65], one[256];
	struct console_key id = console_admit(&g, NOW);
	key_hex(&id, hex);
	snprintf(one, sizeof one, "a=b; tocsin=%s; c=d", hex);
	assert_int_equal(with_cookie(&g, "/", one, 1, NOW), CONSOLE_SHOW);
	assert_int_equal(with_cookie(&g, "/", one, 2, NOW), CONSOLE_STRANGER);
	assert_int_equal(with_cookie(&g, "/", one + 5, 1, NOW), CONSOLE_SHOW);
	assert_int_equal(with_cookie(&g, "/", one + 6, 1, NOW), CONSOLE_STRANGER);
	snprintf(one, sizeof one, "tocsin=%s; tocsin=%s", hex, hex);
	assert_int_equal(with_cookie(&g, "/", one, 1, NOW), CONSOLE_STRANGER);
	snprintf(one, sizeof one, "tocsin=%s", hex);
	assert_int_equal(with_cookie(&g, "/", one, 1, NOW + CONSOLE_IDLE_S), CONSOLE_SHOW);
	assert_int_equal(with_cookie(&g, "/", one, 1, NOW + 2 * CONSOLE_IDLE_S + 1),
			 CONSOLE_STRANGER);
	assert_int_equal(with_cookie(&g, "/", one, 1, NOW - 10), CONSOLE_STRANGER);
}

static void test_a_session_ends(void **state)
{
	struct console_gate g = gate_of();
	char hex[65], one[256];
	struct console_key id = console_admit(&g, NOW);
	key_hex(&id, hex);
	snprintf(one, sizeof one, "tocsin=%s", hex);
	for (int64_t t = 0; t <= CONSOLE_LONGEST_S; t += CONSOLE_IDLE_S / 2)
		assert_int_equal(with_cookie(&g, "/", one, 1, NOW + t), CONSOLE_SHOW);
	assert_int_equal(with_cookie(&g, "/", one, 1, NOW + CONSOLE_LONGEST_S + 1),
			 CONSOLE_STRANGER);
	id = console_admit(&g, NOW);
	key_hex(&id, hex);
	snprintf(one, sizeof one, "tocsin=%s", hex);
	assert_int_equal(with_cookie(&g, "/leave", one, 1, NOW), CONSOLE_LEAVE);
	assert_int_equal(with_cookie(&g, "/", one, 1, NOW), CONSOLE_STRANGER);
}

/* Nobody has the id of zeros that an empty place has. */
static void test_no_session(void **state)
{
	struct console_gate g = gate_of();
	char one[128] = "tocsin=";
	memset(one + 7, '0', 64);
	assert_int_equal(with_cookie(&g, "/", one, 1, NOW), CONSOLE_STRANGER);
}

static void test_sessions_are_bounded(void **state)
{
	struct console_gate g = gate_of();
	char hex[65], first[256], last[256];
	struct console_key id = console_admit(&g, NOW);
	key_hex(&id, hex);
	snprintf(first, sizeof first, "tocsin=%s", hex);
	for (int i = 0; i < CONSOLE_SESSIONS; i++)
		id = console_admit(&g, NOW + 1 + i);
	key_hex(&id, hex);
	snprintf(last, sizeof last, "tocsin=%s", hex);
	assert_int_equal(with_cookie(&g, "/", first, 1, NOW + 60), CONSOLE_STRANGER);
	assert_int_equal(with_cookie(&g, "/", last, 1, NOW + 60), CONSOLE_SHOW);
}

static void test_programs(void **state)
{
	struct console_gate g = gate_of();
	char hex[65], text[128];
	struct console_ask q = ask_for("/api/status");
	key_hex(&g.key, hex);
	snprintf(text, sizeof text, "bearer %s", hex);
	q.bearer = slice_of(text);
	q.bearers = 1;
	assert_int_equal(console_judge(&g, &q, NOW), CONSOLE_SHOW);
	q.bearers = 2;
	assert_int_equal(console_judge(&g, &q, NOW), CONSOLE_STRANGER);
	q.bearers = 1;
	q.bearer = slice_of(hex);
	assert_int_equal(console_judge(&g, &q, NOW), CONSOLE_STRANGER);
	text[7] = 'f';
	q.bearer = slice_of(text);
	assert_int_equal(console_judge(&g, &q, NOW), CONSOLE_STRANGER);
}

static const struct {
	const char *where;
	bool fine, outside;
} places[] = {
    {"127.0.0.1:4004", true, false},
    {"[::1]:4004", true, false},
    {"192.0.2.1:4004", true, true},
    {"0.0.0.0:80", true, true},
    {"unix:/run/tocsin/console", true, false},
    {"unix:console", false, false},
    {"localhost:4004", false, false},
    {"127.0.0.1", false, false},
    {"127.0.0.1:0", false, false},
    {"127.0.0.1:65536", false, false},
    {"", false, false},
};

static void test_places(void **state)
{
	char why[256];
	for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
		bool outside;
		bool fine = console_where(slice_of(places[i].where), &outside, why, sizeof why);
		if (fine != places[i].fine || (fine && outside != places[i].outside))
			fail_msg("%s: %d %d", places[i].where, fine, outside);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_heads),      cmocka_unit_test(test_links),
	    cmocka_unit_test(test_sessions),   cmocka_unit_test(test_a_session_ends),
	    cmocka_unit_test(test_no_session), cmocka_unit_test(test_sessions_are_bounded),
	    cmocka_unit_test(test_programs),   cmocka_unit_test(test_places),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
