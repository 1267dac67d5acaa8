/* test_hits.c - findings beyond what memory is given: whose give way; and who belongs together. */
#include "case.h"

#include <stdio.h>
#include <stdlib.h>

enum { MEDIUM = 2, HIGH = 3, ROOM_MOST = 4096, SMALL_MOST = ROOM_MOST / 2 };
static const char *const levels[] = {"informational", "low", "medium", "high"};

static struct address numbered(unsigned n)
{
	char text[40];
	snprintf(text, sizeof text, "10.%u.%u.%u", n >> 16 & 255, n >> 8 & 255, n & 255);
	return story_address(text);
}

/* A rule's finding about account and address number `who`; rules are letters. */
static struct hit hit_of(char rule, int level, unsigned who, double at, char room[20])
{
	static const char names[] = "a\0b\0c\0d\0e\0f\0g";
	const char *name = names + 2 * (rule - 'a');
	int64_t now = STORY_BEGAN + (int64_t)(at * CLOCK_SECOND);
	int len = snprintf(room, 20, "user%u", who);
	return (struct hit){.rule = (unsigned)rule,
			    .rule_id = name,
			    .title = name,
			    .description = "",
			    .level_name = levels[level],
			    .level = level,
			    .method = level >= HIGH ? "stolen-password" : NULL,
			    .account = {room, (size_t)len},
			    .has_source = true,
			    .source = numbered(who),
			    .network = NETWORK_NEW,
			    .first_us = now,
			    .time_us = now,
			    .count = 1};
}

static void tell(struct inquest *c, char rule, int level, unsigned who, double at)
{
	char room[20];
	struct hit h = hit_of(rule, level, who, at, room);
	inquiry_hit(c->inquiry, &h);
}

static void flood(struct inquest *c, char rule, int level, unsigned first, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		tell(c, rule, level, first + i, first + i);
}

static void conclude(struct inquest *c)
{
	int64_t from, to;
	inquiry_window(c->inquiry, &from, &to);
	inquiry_finish(c->inquiry);
}

static size_t kept_alone(const struct inquest *c, char rule)
{
	size_t n = 0;
	for (size_t i = 0; i < c->report.findings.len; i++)
		n += c->report.findings.at[i].rule_id.at[0] == rule;
	return n;
}

static uint64_t told_shed(const struct inquest *c, char rule)
{
	uint64_t n = 0;
	for (size_t i = 0; i < c->report.sheds.len; i++)
		if (c->report.sheds.at[i].rule_id.at[0] == rule)
			n += c->report.sheds.at[i].count;
	return n;
}

/* Floods one after another, and what is left of each rule; nothing else is. */
static const struct {
	const char *name;
	struct {
		char rule;
		int level;
		unsigned told;
		size_t kept;
	} rules[5];
} floods[] = {
    {"what fits is kept", {{'a', 2, 1000, 1000}, {'b', 0, 1048, 1048}}},
    {"one more does not", {{'a', 2, SMALL_MOST + 1, SMALL_MOST}}},
    {"the noisy one lets go of its own",
     {{'a', 2, 9000, 2018}, {'b', 2, 20, 20}, {'c', 1, 10, 10}}},
    {"and it may come last", {{'b', 2, 20, 20}, {'c', 1, 10, 10}, {'a', 2, 9000, 2018}}},
    {"two noisy ones share", {{'a', 2, 9000, 1024}, {'b', 2, 9000, 1024}}},
    {"low ones give way first", {{'a', 2, 1500, 1366}, {'b', 1, 9000, 682}}},
    {"and informational ones before", {{'a', 0, 9000, 512}, {'b', 2, 9000, 1536}}},
    {"one that needs less than its share has all of it",
     {{'a', 2, 9000, 974}, {'b', 2, 100, 100}, {'c', 2, 5000, 974}}},
};

static void noisy_rules(void **state)
{
	for (size_t i = 0; i < sizeof floods / sizeof *floods; i++) {
		struct inquest c;
		uint64_t lost = 0;
		inquest_start(&c, NULL);
		for (size_t k = 0; k < 5 && floods[i].rules[k].told; k++)
			flood(&c, floods[i].rules[k].rule, floods[i].rules[k].level,
			      10000 * (unsigned)k, floods[i].rules[k].told);
		conclude(&c);
		for (size_t k = 0; k < 5 && floods[i].rules[k].told; k++) {
			char rule = floods[i].rules[k].rule;
			size_t want = floods[i].rules[k].kept, got = kept_alone(&c, rule);
			uint64_t shed = told_shed(&c, rule);
			if (got + 1 < want || got > want + 1 ||
			    got + shed != floods[i].rules[k].told)
				fail_msg("%s: %c kept %zu, want %zu; shed %d", floods[i].name, rule,
					 got, want, (int)shed);
			lost += shed;
		}
		assert_int_equal(c.report.shed, lost);
		inquest_end(&c);
	}
}

/* What an incident rests on is kept, whether it came before the incident or after it. */
static void of_an_incident(void **state)
{
	enum { VICTIM = 60000, LATER = 60001 };
	struct inquest c;
	inquest_start(&c, NULL);
	flood(&c, 'a', 1, 0, 5000);
	tell(&c, 'a', 1, VICTIM, 5000);
	flood(&c, 'a', 1, 5001, 1000);
	tell(&c, 'b', HIGH, VICTIM, 6001);
	tell(&c, 'b', HIGH, LATER, 6002);
	flood(&c, 'a', 1, 6003, 10000);
	tell(&c, 'a', 1, LATER, 16003);
	flood(&c, 'a', 1, 16004, 10000);
	conclude(&c);
	assert_int_equal(c.report.incidents.len, 2);
	for (size_t i = 0; i < 2; i++)
		assert_int_equal(c.report.incidents.at[i].findings.len, 2);
	assert_int_equal(kept_alone(&c, 'a'), SMALL_MOST - 2);
	inquest_end(&c);
}

/* One that comes again and again is not the oldest, and its count goes on. */
static void repeated(void **state)
{
	struct inquest c;
	inquest_start(&c, NULL);
	tell(&c, 'a', MEDIUM, 60000, 0);
	for (unsigned i = 0; i < 20; i++) {
		flood(&c, 'a', MEDIUM, 1000 * i, 1000);
		tell(&c, 'a', MEDIUM, 60000, 1000 * i);
	}
	conclude(&c);
	uint64_t most = 0;
	for (size_t i = 0; i < c.report.findings.len; i++)
		if (c.report.findings.at[i].count > most)
			most = c.report.findings.at[i].count;
	assert_int_equal(most, 21);
	inquest_end(&c);
}

/* Small ones push out nothing that makes an incident; that has all the room if need be. */
static void high_ones(void **state)
{
	struct inquest c;
	inquest_start(&c, NULL);
	flood(&c, 'a', MEDIUM, 0, 3000);
	flood(&c, 'b', HIGH, 3000, 3000);
	flood(&c, 'a', MEDIUM, 6000, 3000);
	conclude(&c);
	assert_int_equal(c.report.incidents.len, 3000);
	assert_int_equal(told_shed(&c, 'b'), 0);
	assert_int_equal(kept_alone(&c, 'a'), ROOM_MOST - 3000);
	inquest_end(&c);

	inquest_start(&c, NULL);
	flood(&c, 'a', MEDIUM, 0, 100);
	flood(&c, 'b', HIGH, 100, 5000);
	flood(&c, 'a', MEDIUM, 5100, 50);
	conclude(&c);
	assert_int_equal(c.report.incidents.len, ROOM_MOST);
	assert_int_equal(told_shed(&c, 'b'), 5000 - ROOM_MOST);
	assert_int_equal(told_shed(&c, 'a'), 150);
	inquest_end(&c);
}

/* --- the same groups as pair by pair --- */

enum { CROWD = 120 };
struct crowd {
	struct hit hits[CROWD];
	char rooms[CROWD][20];
	int group[CROWD]; /* the last of it; -1: none */
};

static unsigned roll(uint32_t *seed, unsigned below)
{
	*seed = *seed * 1664525 + 1013904223;
	return (*seed >> 8) % below;
}

static bool is_shell(const struct hit *h)
{
	return h->method && strcmp(h->method, "server-shell") == 0;
}

static bool akin(struct inquest *c, const struct hit *a, const struct hit *b)
{
	int64_t apart = llabs(a->time_us - b->time_us);
	if (apart > 14 * CLOCK_DAY)
		return false;
	if (a->account.len && slice_eq(a->account, b->account))
		return true;
	if (is_shell(a) && is_shell(b))
		return apart < CLOCK_DAY;
	if (!a->has_source || !b->has_source)
		return a->login.len && slice_eq(a->login, b->login) && slice_eq(a->host, b->host);
	return address_eq(&a->source, &b->source) ||
	       facts_common_targets(c->story.facts, &a->source, &b->source) >= 2;
}

static void make_crowd(struct crowd *w, uint32_t *seed)
{
	static const slice logins[] = {{0}, {0}, {0}, SLICE_INIT("1000"), SLICE_INIT("1001"), {0}};
	for (unsigned i = 0; i < CROWD; i++) {
		struct hit *h = &w->hits[i];
		bool high = roll(seed, 2);
		*h = hit_of('a', high ? HIGH : MEDIUM, roll(seed, 60), i * 40000.0, w->rooms[i]);
		h->rule = i;
		h->count = i + 1; /* tells which it is in the report */
		h->source = numbered(roll(seed, 40));
		h->has_source = roll(seed, 4) > 0;
		h->network = roll(seed, 2) ? NETWORK_NEW : NETWORK_KNOWN;
		h->login = logins[roll(seed, 6)];
		h->host = roll(seed, 2) ? SLICE("one") : SLICE("two");
		if (roll(seed, 3) == 0)
			h->account = (slice){0};
		if (high && roll(seed, 6) == 0)
			h->method = "server-shell";
	}
}

static void group_by_pairs(struct inquest *c, struct crowd *w)
{
	for (int i = 0; i < CROWD; i++) {
		w->group[i] = w->hits[i].level >= HIGH ? i : -1;
		for (int j = 0; j < i && w->group[i] >= 0; j++)
			if (w->group[j] >= 0 && akin(c, &w->hits[i], &w->hits[j]))
				for (int k = 0, from = w->group[j]; k < i; k++)
					w->group[k] = w->group[k] == from ? i : w->group[k];
	}
	for (int i = 0; i < CROWD; i++)
		for (int j = 0; j < CROWD && w->group[i] < 0; j++) {
			const struct hit *h = &w->hits[i], *f = &w->hits[j];
			bool same = f->has_source && address_eq(&h->source, &f->source);
			if (f->level >= HIGH && h->has_source &&
			    (same || h->network >= NETWORK_UNUSED) && akin(c, h, f))
				w->group[i] = w->group[j];
		}
}

static void told_groups(const struct inquest *c, int group[CROWD])
{
	for (int i = 0; i < CROWD; i++)
		group[i] = -1;
	for (size_t i = 0; i < c->report.incidents.len; i++) {
		const struct incident *x = &c->report.incidents.at[i];
		for (size_t k = 0; k < x->findings.len; k++)
			group[x->findings.at[k].count - 1] = (int)i;
	}
}

static void guess(struct inquest *c, uint32_t *seed)
{
	for (unsigned i = 0; i < 60; i++) {
		char words[100], ip[ADDRESS_TEXT];
		struct address a = numbered(roll(seed, 40));
		address_format(&a, ip);
		snprintf(words, sizeof words, "login- user=t%u ip=%s proto=imap", roll(seed, 12),
			 ip);
		story_tell(&c->story, i, words, "");
	}
}

static void as_pair_by_pair(void **state)
{
	static struct crowd w;
	uint32_t seed = 5;
	size_t joined = 0;
	for (int round = 0; round < 60; round++) {
		struct inquest c;
		int told[CROWD];
		inquest_start(&c, NULL);
		guess(&c, &seed);
		make_crowd(&w, &seed);
		for (int i = 0; i < CROWD; i++)
			inquiry_hit(c.inquiry, &w.hits[i]);
		conclude(&c);
		group_by_pairs(&c, &w);
		told_groups(&c, told);
		for (int i = 0; i < CROWD; i++) {
			assert_int_equal(told[i] < 0, w.group[i] < 0);
			joined += w.hits[i].level < HIGH && told[i] >= 0;
			for (int j = 0; j < i; j++)
				if ((told[i] == told[j]) != (w.group[i] == w.group[j]))
					fail_msg("round %d: %d and %d", round, i, j);
		}
		assert_in_range(c.report.incidents.len, 3, CROWD / 2);
		inquest_end(&c);
	}
	assert_true(joined > 100);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(noisy_rules),     cmocka_unit_test(of_an_incident),
	    cmocka_unit_test(repeated),        cmocka_unit_test(high_ones),
	    cmocka_unit_test(as_pair_by_pair),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
