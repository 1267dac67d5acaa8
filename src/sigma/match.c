/*
 * match.c - does a tree hold for the event at hand?
 *
 * Laws: (1) no memory is taken but for an expression that is first asked; (2) a leaf is tested at
 *           most once an event, however many rules share it; (3) a field that is not there fulfils
 *           only `null`, `exists: false` and what stands under `not`; (4) a number is its decimal
 *           text, an address its RFC 5952 text, a flag "true" or "false" (or 1 or 0) to a pattern.
 */
#include "index.h"

#include <stdlib.h>

slice value_text(const struct sigma_value *v, char room[VALUE_TEXT])
{
	if (v->kind == SIGMA_TEXT)
		return v->text;
	if (v->kind == SIGMA_FLAG)
		return v->number ? SLICE("true") : SLICE("false");
	if (v->kind == SIGMA_ADDRESS)
		return (slice){room, address_format(&v->address, room)};
	if (v->kind != SIGMA_NUMBER)
		return SLICE("");
	char *end = room + VALUE_TEXT, *p = end;
	uint64_t n = v->number < 0 ? -(uint64_t)v->number : (uint64_t)v->number;
	do
		*--p = (char)('0' + n % 10);
	while (n /= 10);
	if (v->number < 0)
		*--p = '-';
	return (slice){p, (size_t)(end - p)};
}

bool value_number(const struct sigma_value *v, int64_t *number)
{
	if (v->kind == SIGMA_NUMBER) {
		*number = v->number;
		return true;
	}
	if (v->kind != SIGMA_TEXT)
		return false;
	bool minus = slice_starts(v->text, SLICE("-"));
	if (!slice_is_number(slice_from(v->text, minus), number))
		return false;
	*number = minus ? -*number : *number;
	return true;
}

/* Digits, a point, an exponent; nothing else that strtod() takes. */
bool decimal_parse(slice text, double *value)
{
	char room[VALUE_TEXT], *end;
	if (text.len == 0 || text.len >= sizeof room)
		return false;
	for (size_t i = 0; i < text.len; i++)
		if (!memchr("0123456789+-.eE", text.at[i], 15))
			return false;
	memcpy(room, text.at, text.len);
	room[text.len] = '\0';
	*value = strtod(room, &end);
	return end == room + text.len && *value <= 1e300 && *value >= -1e300;
}

/* --- tests --- */

static bool pattern_test(struct sigma *s, const struct test *t, const struct sigma_value *v)
{
	char room[VALUE_TEXT];
	if (v->kind == SIGMA_NUMBER && t->is_number)
		return v->number == t->number;
	if (v->kind == SIGMA_FLAG && t->is_flag)
		return (v->number != 0) == t->flag;
	if (v->kind == SIGMA_ADDRESS && t->is_address)
		return address_eq(&v->address, &t->address);
	return pattern_holds(s, &t->pattern, value_text(v, room));
}

/* Whole numbers exactly, others as they are in binary. */
static bool compare_test(const struct test *t, const struct sigma_value *v)
{
	int64_t n;
	double d;
	if (value_number(v, &n))
		return n >= t->least && n <= t->most;
	if (v->kind != SIGMA_TEXT || !decimal_parse(v->text, &d))
		return false;
	return (!(t->flags & M_MORE) || d > t->bound) &&
	       (!(t->flags & M_MORE_EQUAL) || d >= t->bound) &&
	       (!(t->flags & M_LESS) || d < t->bound) &&
	       (!(t->flags & M_LESS_EQUAL) || d <= t->bound);
}

/* An address of IPv4 is in no network of IPv6, though it is held as one: not in ::/0. */
static bool in_network(const struct cidr *c, const struct address *a)
{
	enum { MAPPED = 96 };
	return (c->bits >= MAPPED || !address_is_v4(a)) && cidr_holds(c, a);
}

static bool cidr_test(const struct test *t, const struct sigma_value *v)
{
	struct address a;
	if (v->kind == SIGMA_ADDRESS)
		return in_network(&t->cidr, &v->address);
	return v->kind == SIGMA_TEXT && address_parse(v->text, &a) && in_network(&t->cidr, &a);
}

static char letter(char c, bool cased)
{
	return !cased && c >= 'A' && c <= 'Z' ? (char)(c | 32) : c;
}

/* Does `needle` stand in `text`, in time linear to both: Knuth-Morris-Pratt. */
static bool holds_text(struct sigma *s, slice text, slice needle, bool cased)
{
	uint32_t *fall;
	size_t k = 0;
	if (needle.len > text.len)
		return false;
	s->fall.len = 0;
	for (size_t i = 0; i < needle.len; i++) {
		*list_add(&s->fall) = 0;
		fall = s->fall.at;
		while (i && k && letter(needle.at[i], cased) != letter(needle.at[k], cased))
			k = fall[k - 1];
		k += i && letter(needle.at[i], cased) == letter(needle.at[k], cased);
		fall[i] = (uint32_t)k;
	}
	fall = s->fall.at;
	k = 0;
	for (size_t i = 0; i < text.len && k < needle.len; i++) {
		while (k && letter(text.at[i], cased) != letter(needle.at[k], cased))
			k = fall[k - 1];
		k += letter(text.at[i], cased) == letter(needle.at[k], cased);
	}
	return k == needle.len;
}

static bool same_text(slice a, slice b, bool cased)
{
	return cased ? slice_eq(a, b) : slice_eq_nocase(a, b);
}

/* The value against another's: equal, or with the other at its head, tail or anywhere. */
static bool compare_texts(struct sigma *s, const struct test *t, const struct sigma_value *v,
			  const struct sigma_value *other)
{
	char room[2][VALUE_TEXT];
	if (other->kind == SIGMA_ABSENT || other->kind == SIGMA_NULL)
		return false;
	slice mine = value_text(v, room[0]), its = value_text(other, room[1]);
	bool cased = t->flags & M_CASED;
	if (!cased && (beyond_ascii(mine) || beyond_ascii(its))) {
		mine = letters_fold(&s->compared[0], mine);
		its = letters_fold(&s->compared[1], its);
	}
	switch (t->flags & (M_HEAD | M_TAIL)) {
	case M_HEAD | M_TAIL:
		return holds_text(s, mine, its, cased);
	case M_HEAD:
		return mine.len >= its.len &&
		       same_text(slice_from(mine, mine.len - its.len), its, cased);
	case M_TAIL:
		return mine.len >= its.len && same_text(slice_first(mine, its.len), its, cased);
	}
	return same_text(mine, its, cased);
}

/* Of a list the first values count: each of one list with each of another takes too long. */
static bool field_test(struct sigma *s, const struct test *t, const struct sigma_value *v)
{
	enum { ITEMS_MOST = 64 };
	struct sigma_value other = {SIGMA_ABSENT};
	if (t->field >= 0)
		s->schema->value(s->event, t->field, &other);
	if (other.kind != SIGMA_LIST)
		return compare_texts(s, t, v, &other);
	for (size_t i = 0; i < other.count && i < ITEMS_MOST; i++)
		if (compare_texts(s, t, v, &other.items[i]))
			return true;
	return false;
}

static bool regex_test(struct sigma *s, const struct test *t, slice text)
{
	slice rest = text;
	return (!t->mark_count || holds_byte(text, t->marks, t->mark_count)) &&
	       (!t->needs.text.len || piece_seek(&rest, &t->needs, false)) &&
	       regex_holds(s, t->regex, text);
}

static bool test_one(struct sigma *s, const struct test *t, const struct sigma_value *v)
{
	bool there = v->kind != SIGMA_ABSENT && v->kind != SIGMA_NULL;
	char room[VALUE_TEXT];
	switch (t->kind) {
	case TEST_NEVER:
		return false;
	case TEST_NULL:
		return !there;
	case TEST_EXISTS:
		return (v->kind != SIGMA_ABSENT) == t->flag;
	case TEST_PATTERN:
		return there && pattern_test(s, t, v);
	case TEST_REGEX:
		return there && regex_test(s, t, value_text(v, room));
	case TEST_CIDR:
		return there && cidr_test(t, v);
	case TEST_COMPARE:
		return there && compare_test(t, v);
	case TEST_FIELD:
		return there && field_test(s, t, v);
	}
	return false;
}

/* Of a list one value is enough; an empty one is like null. */
bool test_any(struct sigma *s, const struct test *t, const struct sigma_value *v)
{
	if (v->kind != SIGMA_LIST)
		return test_one(s, t, v);
	if (t->kind == TEST_EXISTS)
		return t->flag;
	for (size_t i = 0; i < v->count; i++)
		if (test_one(s, t, &v->items[i]))
			return true;
	return t->kind == TEST_NULL && v->count == 0;
}

static bool test_holds(struct sigma *s, const struct test *t, const struct sigma_value *v)
{
	for (; t; t = t->otherwise)
		if (test_any(s, t, v))
			return true;
	return false;
}

/* --- leaves --- */

/* ISO 8601 week: the week of the year's first Thursday is the first. */
static int week_of(int64_t usec)
{
	int64_t day = usec / CLOCK_DAY - (usec % CLOCK_DAY < 0);
	int64_t monday = day - (day % 7 + 10) % 7; /* 1970-01-01 was a Thursday */
	int year = clock_to_civil((monday + 3) * CLOCK_DAY).year;
	return (int)((monday + 3 - clock_days(year, 1, 1)) / 7) + 1;
}

/* As it is written: the hour of a zone is the hour there (modifiers appendix, Time Modifiers: no
 * conversion of zones).  A date alone has no hour. */
static bool time_written(slice text, int64_t *usec, bool *is_date)
{
	enum { DATE = 10, CLOCK = 19 };
	char room[] = "0000-00-00T00:00:00";
	slice written = {room, CLOCK}, rest = text;
	bool zone;
	*is_date = text.len == DATE;
	if (!*is_date && (text.len < CLOCK || !clock_parse_iso(&rest, usec, &zone)))
		return false;
	memcpy(room, text.at, *is_date ? DATE : CLOCK);
	return clock_parse_iso(&written, usec, &zone);
}

/* Since 1970, in seconds, or thousandths or millionths of them: told by its size. */
static int64_t time_counted(int64_t n)
{
	int64_t size = n < 0 ? -(n + 1) : n;
	return size < INT64_C(100000000000)      ? n * CLOCK_SECOND
	       : size < INT64_C(100000000000000) ? n * 1000
						 : n;
}

static void take_part(enum time_part part, struct sigma_value *v)
{
	int64_t usec = v->kind == SIGMA_NUMBER ? time_counted(v->number) : 0;
	bool is_date = false;
	if (v->kind == SIGMA_TEXT ? !time_written(v->text, &usec, &is_date)
				  : v->kind != SIGMA_NUMBER) {
		v->kind = SIGMA_ABSENT;
		return;
	}
	struct civil c = clock_to_civil(usec);
	int parts[] = {[PART_MINUTE] = c.minute, [PART_HOUR] = c.hour,   [PART_DAY] = c.day,
		       [PART_WEEK] = 0,          [PART_MONTH] = c.month, [PART_YEAR] = c.year};
	v->kind = is_date && part <= PART_HOUR ? SIGMA_ABSENT : SIGMA_NUMBER;
	v->number = part == PART_WEEK ? week_of(usec) : parts[part];
}

/* Nothing there that could be different: absent, null, or a list of no more than that. */
static bool is_nothing(const struct sigma_value *v)
{
	if (v->kind != SIGMA_LIST)
		return v->kind == SIGMA_ABSENT || v->kind == SIGMA_NULL;
	for (size_t i = 0; i < v->count; i++)
		if (!is_nothing(&v->items[i]))
			return false;
	return true;
}

/* Of a list of times each has its part; what is no time has none. */
static bool part_holds(struct sigma *s, const struct leaf *l, const struct test *t,
		       const struct sigma_value *v)
{
	struct sigma_value one = *v;
	if (v->kind == SIGMA_LIST) {
		for (size_t i = 0; i < v->count; i++)
			if (part_holds(s, l, t, &v->items[i]))
				return true;
		return false;
	}
	take_part(l->part, &one);
	return test_holds(s, t, &one);
}

/* Of plain words one must be the whole text: most lines of most rules. */
static bool is_word(const struct leaf *l, slice text)
{
	for (size_t i = 0; i < l->count; i++) {
		const struct pattern *p = &l->tests[i].pattern;
		if (p->pieces[0].text.len == text.len &&
		    piece_same(text.at, p->pieces[0].text, p->cased))
			return true;
	}
	return false;
}

static bool is_text(struct sigma *s, const struct leaf *l, slice text)
{
	for (size_t i = 0; i < l->count; i++)
		for (const struct test *t = &l->tests[i]; t; t = t->otherwise)
			if (pattern_holds(s, &t->pattern, text))
				return true;
	return false;
}

/* A short way for most leaves and most values; false: the long one. */
static inline bool leaf_quick(struct sigma *s, const struct leaf *l, const struct sigma_value *v,
			      bool *yes)
{
	*yes = false;
	if (v->kind == SIGMA_ABSENT || v->kind == SIGMA_NULL)
		return l->sort != LEAF_OTHER;
	if (l->sort == LEAF_RANGE && v->kind == SIGMA_NUMBER)
		*yes = v->number >= l->tests->least && v->number <= l->tests->most;
	else if (l->sort == LEAF_WORDS && v->kind == SIGMA_TEXT)
		*yes = is_word(l, v->text);
	else if (l->sort == LEAF_TEXTS && v->kind == SIGMA_TEXT)
		*yes = is_text(s, l, v->text);
	else
		return false;
	return true;
}

/* Any of them a time that has the part? */
static bool has_part(const struct leaf *l, const struct sigma_value *v)
{
	struct sigma_value one = *v;
	if (v->kind != SIGMA_LIST) {
		take_part(l->part, &one);
		return one.kind != SIGMA_ABSENT;
	}
	for (size_t i = 0; i < v->count; i++)
		if (has_part(l, &v->items[i]))
			return true;
	return false;
}

static bool leaf_test(struct sigma *s, const struct leaf *l)
{
	struct sigma_value v = {SIGMA_ABSENT};
	bool yes;
	if (l->field >= 0)
		s->schema->value(s->event, l->field, &v);
	if (leaf_quick(s, l, &v, &yes))
		return yes;
	bool parts = l->part != PART_NONE && v.kind == SIGMA_LIST;
	if (l->part != PART_NONE && !parts)
		take_part(l->part, &v);
	if (l->negated && (is_nothing(&v) || (parts && !has_part(l, &v))))
		return false; /* what is not there is not different either */
	yes = l->all;
	for (size_t i = 0; i < l->count && yes == l->all; i++)
		yes = parts ? part_holds(s, l, &l->tests[i], &v) : test_holds(s, &l->tests[i], &v);
	return yes != l->negated;
}

static inline bool known_leaf(struct sigma *s, const struct leaf *l)
{
	uint64_t *memo = &s->memo[l->number];
	if (*memo >> 1 != s->event_number)
		*memo = s->event_number << 1 | leaf_test(s, l);
	return *memo & 1;
}

bool leaf_holds(struct sigma *s, const struct leaf *l)
{
	return known_leaf(s, l);
}

bool tree_holds(struct sigma *s, const struct node *n)
{
	if (n->kind == NODE_LEAF)
		return known_leaf(s, n->leaf);
	if (n->kind == NODE_NOT)
		return !tree_holds(s, n->kids[0]);
	bool all = n->kind == NODE_ALL;
	for (uint32_t i = 0; i < n->count; i++) {
		const struct node *kid = n->kids[i];
		bool yes = kid->kind == NODE_LEAF ? known_leaf(s, kid->leaf) : tree_holds(s, kid);
		if (yes != all)
			return !all;
	}
	return all;
}

bool logsource_fits(struct sigma *s, struct logsource *l)
{
	if (!s->schema->logsource)
		return true;
	if (l->memo >> 1 != s->event_number)
		l->memo = s->event_number << 1 |
			  s->schema->logsource(s->event, l->product, l->category, l->service);
	return l->memo & 1;
}
