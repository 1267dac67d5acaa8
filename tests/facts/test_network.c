/* test_network.c - networks.yaml: what it says of an address, and what is said of its mistakes. */
#include "story.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct notes {
	int count, line;
	char what[200], remedy[200];
};

static void on_note(void *ctx, const char *path, int line, const char *what, const char *remedy)
{
	struct notes *n = ctx;
	n->count++;
	n->line = line;
	snprintf(n->what, sizeof n->what, "%s", what);
	snprintf(n->remedy, sizeof n->remedy, "%s", remedy ? remedy : "");
	assert_true(path && *path);
}

static bool read_yaml(struct facts *f, slice text, struct notes *n)
{
	char path[] = "/tmp/tocsin-networks-XXXXXX";
	int fd = mkstemp(path);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text.at, text.len), text.len);
	close(fd);
	*n = (struct notes){0};
	bool fine = facts_networks(f, path, on_note, n);
	unlink(path);
	return fine;
}

#define YAML                                                                                       \
	"networks:\n"                                                                              \
	"  - {cidr: 198.51.0.0/16, name: Wide, country: NL, operator: Wide BV}\n"                  \
	"  - cidr: 198.51.100.0/24\n"                                                              \
	"    name: Office Paris\n"                                                                 \
	"    trusted: true\n"                                                                      \
	"    country: FR\n"                                                                        \
	"    operator: Example Telecom\n"                                                          \
	"  - {cidr: 198.51.100.64/30, name: Guests, trusted: no}\n"                                \
	"  - {cidr: 203.0.113.0/24, operator: Example Telecom, trusted: yes}\n"                    \
	"  - {cidr: 2001:db8::/32, name: Six}\n"                                                   \
	"  - {cidr: 192.0.2.9, name: One}\n"

static const struct {
	const char *ip, *name, *country, *operator_name;
	bool trusted, listed;
} wheres[] = {
    {"198.51.7.1", "Wide", "NL", "Wide BV", false, true},
    {"198.51.100.1", "Office Paris", "FR", "Example Telecom", true, true},
    {"198.51.100.66", "Guests", "", "", false, true},
    {"198.51.100.68", "Office Paris", "FR", "Example Telecom", true, true},
    {"203.0.113.255", "", "", "Example Telecom", true, true},
    {"2001:db8:ffff::1", "Six", "", "", false, true},
    {"192.0.2.9", "One", "", "", false, true},
    {"192.0.2.8", "", "", "", false, false},
    {"2001:db9::1", "", "", "", false, false},
};

static void longest_prefix(void **state)
{
	struct facts *f = facts_new();
	struct notes n;
	assert_true(read_yaml(f, SLICE(YAML), &n) && n.count == 0);
	for (size_t i = 0; i < sizeof wheres / sizeof *wheres; i++) {
		struct address a = story_address(wheres[i].ip);
		struct where w = facts_where(f, &a);
		if (!slice_eq(w.name, slice_of(wheres[i].name)) ||
		    !slice_eq(w.country, slice_of(wheres[i].country)) ||
		    !slice_eq(w.operator, slice_of(wheres[i].operator_name)) ||
		    w.trusted != wheres[i].trusted || w.listed != wheres[i].listed)
			fail_msg("%s: %.*s", wheres[i].ip, (int)w.name.len, w.name.at);
	}
	facts_free(&f);
}

#define HOSTILE                                                                                    \
	"networks:\n"                                                                              \
	"  - {cidr: 198.51.100.0/24, name: Office, trusted: true, country: FR, operator: Wide}\n"  \
	"  - {cidr: 198.51.100.7, hostile: true}\n"                                                \
	"  - {cidr: 203.0.113.0/26, name: Rented, operator: Rent BV, hostile: yes}\n"              \
	"suspects: [203.0.113.0/24, '2001:db8:bad::/48', Anna@example.org]\n"

static const struct {
	const char *ip, *name, *operator_name;
	bool trusted, hostile;
} hostiles[] = {
    {"198.51.100.6", "Office", "Wide", true, false},
    {"198.51.100.7", "Office", "Wide", false, true}, /* where it is, and that it is not trusted */
    {"203.0.113.9", "Rented", "Rent BV", false, true},
    {"203.0.113.99", "", "", false, true},
    {"2001:db8:bad:1::5", "", "", false, true},
    {"192.0.2.1", "", "", false, false},
};

static void named_as_an_intruders(void **state)
{
	struct facts *f = facts_new();
	struct notes n;
	assert_true(read_yaml(f, SLICE(HOSTILE), &n) && n.count == 0);
	for (size_t i = 0; i < sizeof hostiles / sizeof *hostiles; i++) {
		struct address a = story_address(hostiles[i].ip);
		struct where w = facts_where(f, &a);
		if (!slice_eq(w.name, slice_of(hostiles[i].name)) ||
		    !slice_eq(w.operator, slice_of(hostiles[i].operator_name)) ||
		    w.trusted != hostiles[i].trusted || w.hostile != hostiles[i].hostile)
			fail_msg("%s: %.*s", hostiles[i].ip, (int)w.name.len, w.name.at);
	}
	facts_free(&f);
}

static const struct {
	const char *what;
	bool fine;
} suspects[] = {
    {"203.0.113.147", true},
    {"2001:db8::/48", true},
    {"anna@example.org", true},
    {"anna", true},
    {"\xc3\xa9lise", true},
    {"203.0.113.300", false},
    {"203.0.113.0/33", false},
    {"2001:db8::zz", false},
    {"", false},
    {"12345", false},
    {"anna example", false},
    {"anna/x", false},
};

static void whom_one_may_name(void **state)
{
	struct facts *f = facts_new();
	for (size_t i = 0; i < sizeof suspects / sizeof *suspects; i++)
		if (facts_suspect(f, slice_of(suspects[i].what)) != suspects[i].fine)
			fail_msg("%s", suspects[i].what);
	facts_free(&f);
}

static const struct told never_usual[] = {
    {DAYS(6), "login+ user=anna@example.org ip=198.51.100.6 proto=imap",
     "network.state=known account.suspect=1 !network.hostile"},
    {DAYS(6) + 10, "login+ user=anna@example.org ip=198.51.100.7 proto=imap",
     "network.state=new network.hostile=1 network.shared=0 network.trusted=0"},
    {DAYS(6) + 20, "login+ user=ben ip=198.51.100.6 proto=imap", "!account.suspect"},
};

/* However long it was used, and by whomever. */
static void is_never_usual(void **state)
{
	struct story s;
	struct notes n;
	story_start(&s);
	assert_true(read_yaml(s.facts, SLICE(HOSTILE), &n));
	static const struct told before[] = {
	    {0, "login+ user=anna@example.org ip=198.51.100.7 proto=imap", ""},
	    {1, "login+ user=anna@example.org ip=198.51.100.6 proto=imap", ""},
	    {DAYS(1), "login+ user=anna@example.org ip=198.51.100.7 proto=imap", ""},
	    {DAYS(1) + 1, "login+ user=anna@example.org ip=198.51.100.6 proto=imap", ""},
	    {DAYS(2), "login+ user=anna@example.org ip=198.51.100.7 proto=imap", ""},
	    {DAYS(3), "login+ user=anna@example.org ip=198.51.100.6 proto=imap", ""},
	};
	STORY(&s, "before", before);
	STORY(&s, "never usual", never_usual);
	story_end(&s);
}

static const struct {
	const char *ip, *net;
} habits[] = {
    {"198.51.100.66", "198.51.100.64"}, /* a smaller network that is named */
    {"198.51.100.70", "198.51.100.0"},
    {"198.51.7.1", "198.51.7.0"}, /* a wider one does not make habits wider */
    {"192.0.2.9", "192.0.2.9"},
    {"192.0.2.8", "192.0.2.0"},
    {"2001:db8:1:2::3", "2001:db8:1::"},
};

static void networks_of_habits(void **state)
{
	struct facts *f = facts_new();
	struct notes n;
	assert_true(read_yaml(f, SLICE(YAML), &n));
	for (size_t i = 0; i < sizeof habits / sizeof *habits; i++) {
		struct address ip = story_address(habits[i].ip), net = facts_network(f, &ip);
		struct address want = story_address(habits[i].net);
		if (!address_eq(&net, &want))
			fail_msg("%s", habits[i].ip);
	}
	facts_free(&f);
}

static const struct told named[] = {
    {0, "login+ user=ana ip=198.51.100.1 proto=imap",
     "network.name=Office network.trusted=1 source.geo.country_iso_code=FR "
     "source.as.organization.name=Telecom"},
    {1, "login+ user=ben ip=198.51.100.1 proto=imap", ""},
    {2, "login+ user=ana ip=192.0.2.8 proto=imap", "!network.name !network.trusted"},
    {3, "login+ user=ana ip=198.51.100.65 proto=imap",
     "network.name=Guests network.trusted=0 network.accounts=1"},
    /* one operator's networks are one area, however far apart */
    {DAYS(3), "login+ user=cat ip=203.0.113.1 proto=imap", "network.accounts=1 area.accounts=2"},
    {DAYS(3), "login+ user=dan ip=198.51.7.1 proto=imap", "area.accounts=0"},
};

static void said_of_sign_ins(void **state)
{
	struct story s;
	struct notes n;
	story_start(&s);
	assert_true(
	    read_yaml(s.facts,
		      SLICE("networks:\n"
			    "  - {cidr: 198.51.100.0/24, name: Office, trusted: true, country: FR, "
			    "operator: Telecom}\n"
			    "  - {cidr: 198.51.100.64/30, name: Guests}\n"
			    "  - {cidr: 203.0.113.0/24, operator: Telecom}\n"),
		      &n));
	STORY(&s, "named", named);
	story_end(&s);
}

static const struct {
	const char *name;
	slice text;
	int line;
	const char *what, *remedy; /* that must occur */
} mistakes[] = {
    {"a cidr that is none",
     SLICE_INIT("networks:\n  - cidr: 192.0.2.0/24\n  - cidr: 192.0.2.0/33\n    name: x\n"), 3,
     "no valid cidr", "cidr: 192.0.2.0/24"},
    {"no cidr", SLICE_INIT("networks:\n\n  - name: Office\n"), 3, "no valid cidr", "cidr:"},
    {"a word for an entry", SLICE_INIT("networks:\n  - office\n"), 2, "no valid cidr", "cidr:"},
    {"a list in a list", SLICE_INIT("networks:\n  - [a]\n"), 0, "no valid cidr", "cidr:"},
    {"no list", SLICE_INIT("networks: 192.0.2.0/24\n"), 1, "no list named networks", "networks:"},
    {"another key", SLICE_INIT("nets: []\n"), 1, "no list named networks", "networks:"},
    {"a bare list", SLICE_INIT("- cidr: 192.0.2.0/24\n"), 1, "no list named networks", "networks:"},
    {"trusted and hostile",
     SLICE_INIT("networks:\n  - {cidr: 192.0.2.0/24, trusted: true, hostile: true}\n"), 2,
     "both trusted and hostile", "leave one"},
    {"hostile is no truth", SLICE_INIT("networks:\n  - {cidr: 192.0.2.0/24, hostile: very}\n"), 2,
     "neither true nor false", "hostile: true"},
    {"a suspect that is none", SLICE_INIT("networks: []\nsuspects:\n  - 192.0.2.300\n"), 3,
     "no address, no network, no account", "suspects: ["},
    {"suspects that are no list", SLICE_INIT("networks: []\nsuspects: {a: b}\n"), 2,
     "suspects is no list", "suspects: ["},
    {"empty", SLICE_INIT(""), -1, "", "networks"},
    {"broken YAML", SLICE_INIT("networks:\n  - cidr: 192.0.2.0/24\n  - {cidr: [\n"), -2, "",
     "mend the file"},
    {"bytes", SLICE_INIT("\xff\xfe\x00\x01"), -1, "", ""},
};

static void mistakes_are_told(void **state)
{
	for (size_t i = 0; i < sizeof mistakes / sizeof *mistakes; i++) {
		struct facts *f = facts_new();
		struct notes n;
		bool fine = read_yaml(f, mistakes[i].text, &n);
		if (fine || !n.count || !strstr(n.what, mistakes[i].what) ||
		    !strstr(n.remedy, mistakes[i].remedy) || !n.remedy[0] ||
		    (mistakes[i].line >= 0 && n.line != mistakes[i].line) ||
		    (mistakes[i].line == -2 && n.line < 3))
			fail_msg("%s: fine %d, line %d: %s; %s", mistakes[i].name, fine, n.line,
				 n.what, n.remedy);
		facts_free(&f);
	}
}

static void files_that_are_not_there(void **state)
{
	struct facts *f = facts_new();
	struct notes n = {0};
	assert_false(facts_networks(f, "/nonexistent/networks.yaml", on_note, &n));
	assert_true(n.count == 1 && n.line == 0 && strstr(n.what, "No such file") &&
		    strstr(n.remedy, "--networks"));
	n = (struct notes){0};
	assert_false(facts_geo(f, "/nonexistent/country.mmdb", on_note, &n));
	assert_true(n.count == 1 && n.what[0] && strstr(n.remedy, ".mmdb"));
	n = (struct notes){0};
	assert_false(facts_geo(f, "/etc/passwd", on_note, &n));
	assert_true(n.count == 1 && n.what[0] && n.remedy[0]);
	struct address a = story_address("192.0.2.1"); /* nothing is known, nothing breaks */
	assert_false(facts_where(f, &a).listed);
	facts_free(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(longest_prefix),           cmocka_unit_test(networks_of_habits),
	    cmocka_unit_test(said_of_sign_ins),         cmocka_unit_test(mistakes_are_told),
	    cmocka_unit_test(files_that_are_not_there), cmocka_unit_test(named_as_an_intruders),
	    cmocka_unit_test(whom_one_may_name),        cmocka_unit_test(is_never_usual),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
