/* test_address.c - text to bytes and back; masks, networks, and what is no address. */
#include "base/base.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#define ROWS(t) (sizeof(t) / sizeof *(t))

/* want: RFC 5952 text; NULL: no address. */
static const struct {
	slice in;
	const char *want;
} texts[] = {
    {SLICE_INIT("192.0.2.7"), "192.0.2.7"},
    {SLICE_INIT("0.0.0.0"), "0.0.0.0"},
    {SLICE_INIT("255.255.255.255"), "255.255.255.255"},
    {SLICE_INIT("[192.0.2.7]"), "192.0.2.7"},
    {SLICE_INIT("::ffff:192.0.2.7"), "192.0.2.7"},
    {SLICE_INIT("2001:DB8:0:0:0:0:0:1"), "2001:db8::1"},
    {SLICE_INIT("2001:db8::1"), "2001:db8::1"},
    {SLICE_INIT("[2001:db8::1]"), "2001:db8::1"},
    {SLICE_INIT("IPv6:2001:db8::1"), "2001:db8::1"},
    {SLICE_INIT("[IPv6:2001:db8::1]"), "2001:db8::1"},
    {SLICE_INIT("fe80::1%eth0"), "fe80::1"},
    {SLICE_INIT("::"), "::"},
    {SLICE_INIT("::1"), "::1"},
    {SLICE_INIT("256.0.0.1"), NULL},
    {SLICE_INIT("1.2.3"), NULL},
    {SLICE_INIT("1.2.3.4.5"), NULL},
    {SLICE_INIT("1.2.3.4 "), NULL},
    {SLICE_INIT(" 1.2.3.4"), NULL},
    {SLICE_INIT("1..3.4"), NULL},
    {SLICE_INIT("1.2.3.0004"), NULL},
    {SLICE_INIT("1.2.3.4\0"), NULL},
    {SLICE_INIT("2001:db8::1\0"), NULL},
    {SLICE_INIT("2001:db8:::1"), NULL},
    {SLICE_INIT("2001:db8::1::"), NULL},
    {SLICE_INIT("2001:db8::g"), NULL},
    {SLICE_INIT("2001:db8::12345"), NULL},
    {SLICE_INIT("1:2:3:4:5:6:7:8:9"), NULL},
    {SLICE_INIT("[]"), NULL},
    {SLICE_INIT("["), NULL},
    {SLICE_INIT("%"), NULL},
    {SLICE_INIT(""), NULL},
    {SLICE_INIT("mail.example"), NULL},
    {SLICE_INIT("2001:db8:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000"), NULL},
};

static void parse_and_format(void **state)
{
	for (size_t i = 0; i < ROWS(texts); i++) {
		struct address a, again;
		char out[ADDRESS_TEXT] = "no address";
		bool fine = address_parse(texts[i].in, &a);
		size_t len = fine ? address_format(&a, out) : 0;
		if (fine != (texts[i].want != NULL) || (fine && strcmp(out, texts[i].want) != 0))
			fail_msg("%.*s: %s", (int)texts[i].in.len, texts[i].in.at, out);
		assert_int_equal(len, fine ? strlen(out) : 0);
		if (fine)
			assert_true(address_parse((slice){out, len}, &again) &&
				    address_eq(&a, &again));
	}
}

static void longest_text_fits(void **state)
{
	struct address a;
	char out[ADDRESS_TEXT];
	memset(a.b, 0xff, 16);
	assert_int_equal(address_format(&a, out), 39);
	assert_string_equal(out, "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff");
}

enum { V4 = 1, LOOP = 2, PRIVATE = 4 };
static const struct {
	const char *text;
	int is;
} kinds[] = {
    {"127.0.0.1", V4 | LOOP | PRIVATE},
    {"127.255.1.2", V4 | LOOP | PRIVATE},
    {"::1", LOOP | PRIVATE},
    {"::ffff:127.0.0.1", V4 | LOOP | PRIVATE},
    {"128.0.0.1", V4},
    {"10.0.0.1", V4 | PRIVATE},
    {"11.0.0.1", V4},
    {"172.15.255.255", V4},
    {"172.16.0.0", V4 | PRIVATE},
    {"172.31.255.255", V4 | PRIVATE},
    {"172.32.0.0", V4},
    {"192.168.0.1", V4 | PRIVATE},
    {"192.169.0.1", V4},
    {"100.63.255.255", V4},
    {"100.64.0.1", V4 | PRIVATE},
    {"100.128.0.1", V4},
    {"169.254.0.1", V4 | PRIVATE},
    {"fd00::1", PRIVATE},
    {"fc00::1", PRIVATE},
    {"fe00::1", 0},
    {"fe80::1", PRIVATE},
    {"febf::1", PRIVATE},
    {"fec0::1", 0},
    {"2001:db8::1", 0},
    {"::2", 0},
};

static struct address at(const char *text)
{
	struct address a;
	if (!address_parse(slice_of(text), &a))
		fail_msg("%s is no address", text);
	return a;
}

static void kinds_of_addresses(void **state)
{
	for (size_t i = 0; i < ROWS(kinds); i++) {
		struct address a = at(kinds[i].text);
		int is = (address_is_v4(&a) ? V4 : 0) | (address_is_loopback(&a) ? LOOP : 0) |
			 (address_is_private(&a) ? PRIVATE : 0);
		if (is != kinds[i].is)
			fail_msg("%s: %d, want %d", kinds[i].text, is, kinds[i].is);
	}
}

static const struct {
	const char *in;
	unsigned bits;
	const char *want;
} masks[] = {
    {"192.0.2.255", 128, "192.0.2.255"},
    {"192.0.2.255", 120, "192.0.2.0"},
    {"192.0.2.255", 121, "192.0.2.128"},
    {"192.0.2.255", 127, "192.0.2.254"},
    {"192.0.2.255", 97, "128.0.0.0"},
    {"192.0.2.255", 96, "0.0.0.0"},
    {"2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", 48, "2001:db8:ffff::"},
    {"2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", 63, "2001:db8:ffff:fffe::"},
    {"2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", 64, "2001:db8:ffff:ffff::"},
    {"2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", 65, "2001:db8:ffff:ffff:8000::"},
    {"2001:db8:ffff::1", 0, "::"},
    {"2001:db8:ffff::1", 200, "2001:db8:ffff::1"},
};

static void mask(void **state)
{
	for (size_t i = 0; i < ROWS(masks); i++) {
		struct address got = address_mask(at(masks[i].in), masks[i].bits);
		struct address want = at(masks[i].want);
		if (!address_eq(&got, &want))
			fail_msg("%s/%u", masks[i].in, masks[i].bits);
	}
	struct address v4 = address_network(at("192.0.2.77")), want4 = at("192.0.2.0");
	struct address v6 = address_network(at("2001:db8:1:2::3")), want6 = at("2001:db8:1::");
	assert_true(address_eq(&v4, &want4) && address_eq(&v6, &want6));
}

/* want NULL: it is no address with a port */
static const struct {
	slice in;
	const char *want;
	unsigned port;
} places[] = {
    {SLICE_INIT("127.0.0.1:4001"), "127.0.0.1", 4001},
    {SLICE_INIT("[::1]:1"), "::1", 1},
    {SLICE_INIT("[2001:db8::7]:65535"), "2001:db8::7", 65535},
    {SLICE_INIT("[192.0.2.7]:80"), "192.0.2.7", 80},
    {SLICE_INIT("2001:db8::1:80"), NULL, 0},
    {SLICE_INIT("::1"), NULL, 0},
    {SLICE_INIT("[::1]"), NULL, 0},
    {SLICE_INIT("[::1:80"), NULL, 0},
    {SLICE_INIT("127.0.0.1"), NULL, 0},
    {SLICE_INIT("127.0.0.1:"), NULL, 0},
    {SLICE_INIT("127.0.0.1:0"), NULL, 0},
    {SLICE_INIT("127.0.0.1:65536"), NULL, 0},
    {SLICE_INIT("127.0.0.1:-1"), NULL, 0},
    {SLICE_INIT("127.0.0.1:80 "), NULL, 0},
    {SLICE_INIT(":80"), NULL, 0},
    {SLICE_INIT("localhost:80"), NULL, 0},
    {SLICE_INIT(""), NULL, 0},
};

static void place(void **state)
{
	for (size_t i = 0; i < ROWS(places); i++) {
		struct address a;
		uint16_t port;
		bool is = address_parse_port(places[i].in, &a, &port);
		struct address want = at(places[i].want ? places[i].want : "::");
		if (is != !!places[i].want ||
		    (is && (port != places[i].port || !address_eq(&a, &want))))
			fail_msg("%.*s", (int)places[i].in.len, places[i].in.at);
	}
}

/* in: inside; not: outside; both NULL: no network */
static const struct {
	slice text;
	unsigned bits;
	const char *in, *not ;
} cidrs[] = {
    {SLICE_INIT("192.0.2.0/24"), 120, "192.0.2.255", "192.0.3.0"},
    {SLICE_INIT("192.0.2.77/24"), 120, "192.0.2.1", "192.0.1.77"},
    {SLICE_INIT("192.0.2.128/25"), 121, "192.0.2.128", "192.0.2.127"},
    {SLICE_INIT("192.0.2.4/30"), 126, "192.0.2.7", "192.0.2.8"},
    {SLICE_INIT("192.0.2.7"), 128, "192.0.2.7", "192.0.2.6"},
    {SLICE_INIT("0.0.0.0/0"), 96, "255.1.2.3", "2001:db8::1"},
    {SLICE_INIT("2001:db8::/32"), 32, "2001:db8:ffff::1", "2001:db9::"},
    {SLICE_INIT("2001:db8::/33"), 33, "2001:db8:7fff::", "2001:db8:8000::"},
    {SLICE_INIT("::1"), 128, "::1", "::"},
    {SLICE_INIT("192.0.2.0/33"), 0, NULL, NULL},
    {SLICE_INIT("2001:db8::/129"), 0, NULL, NULL},
    {SLICE_INIT("192.0.2.0/"), 0, NULL, NULL},
    {SLICE_INIT("192.0.2.0/-1"), 0, NULL, NULL},
    {SLICE_INIT("192.0.2.0/24x"), 0, NULL, NULL},
    {SLICE_INIT("192.0.2.0/99999999999999999999"), 0, NULL, NULL},
    {SLICE_INIT("/24"), 0, NULL, NULL},
    {SLICE_INIT(""), 0, NULL, NULL},
};

static void cidr(void **state)
{
	for (size_t i = 0; i < ROWS(cidrs); i++) {
		struct cidr c;
		bool fine = cidr_parse(cidrs[i].text, &c);
		if (fine != (cidrs[i].in != NULL))
			fail_msg("%.*s: %d", (int)cidrs[i].text.len, cidrs[i].text.at, fine);
		if (!fine)
			continue;
		struct address in = at(cidrs[i].in), not = at(cidrs[i].not );
		if (c.bits != cidrs[i].bits || !cidr_holds(&c, &in) || cidr_holds(&c, &not ))
			fail_msg("%.*s: %u bits", (int)cidrs[i].text.len, cidrs[i].text.at, c.bits);
	}
	struct cidr all;
	struct address any = at("2001:db8::1");
	assert_true(cidr_parse(SLICE("::/0"), &all) && all.bits == 0 && cidr_holds(&all, &any));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(parse_and_format),
	    cmocka_unit_test(longest_text_fits),
	    cmocka_unit_test(kinds_of_addresses),
	    cmocka_unit_test(mask),
	    cmocka_unit_test(place),
	    cmocka_unit_test(cidr),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
