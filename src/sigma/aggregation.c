/*
 * aggregation.c - what stood behind `|` in conditions before version 2, as the correlation to write
 * in its place (correlation rules specification 2.1.0: Expression of Relationships In The
 * Condition of Sigma Rules).
 *
 *	count(user) by ip > 10    type: value_count, group-by: [ip],
 *	                          condition: {field: user, gt: 10}
 *	near other                type: temporal
 */
#include "internal.h"

#define ALONE "a correlation in a document of its own"

static const struct {
	const char *word, *type, *type_of_field;
} functions[] = {{"count", "event_count", "value_count"},
		 {"sum", "value_sum", "value_sum"},
		 {"avg", "value_avg", "value_avg"},
		 {"min", "value_percentile", "value_percentile"},
		 {"max", "value_percentile", "value_percentile"}};

static slice word(slice *s)
{
	size_t n = 0;
	*s = slice_trim(*s);
	while (n < s->len && (unsigned char)s->at[n] > ' ' && !strchr("()<>=,", s->at[n]))
		n++;
	slice w = slice_first(*s, n);
	*s = slice_trim(slice_from(*s, n));
	return w;
}

static const char *criterion(slice *s)
{
	static const struct {
		const char *sign, *name;
	} signs[] = {{">=", "gte"}, {"<=", "lte"}, {"==", "eq"},
		     {">", "gt"},   {"<", "lt"},   {"=", "eq"}};
	for (size_t i = 0; i < sizeof signs / sizeof *signs; i++)
		if (slice_eat_n(s, signs[i].sign, strlen(signs[i].sign)))
			return signs[i].name;
	return NULL;
}

static const char *counted(struct sigma *s, size_t which, slice rest)
{
	slice field = word(&rest), by = SLICE("");
	if (!slice_eat(&rest, ")"))
		return ALONE;
	slice before = rest;
	if (slice_eq_nocase(word(&rest), SLICE("by")))
		by = word(&rest);
	else
		rest = slice_trim(before);
	const char *how = criterion(&rest);
	slice number = word(&rest);
	const char *low =
	    slice_eq(slice_of(functions[which].word), SLICE("min"))   ? "percentile: 0, "
	    : slice_eq(slice_of(functions[which].word), SLICE("max")) ? "percentile: 100, "
								      : "";
	if (!how || !number.len)
		return ALONE;
	return arena_format(&s->arena,
			    ALONE
			    ": type: %s, %s%.*s%stimespan: ..., condition: {%s%.*s%s%s%s: %.*s}",
			    field.len ? functions[which].type_of_field : functions[which].type,
			    by.len ? "group-by: [" : "", (int)by.len, by.at, by.len ? "], " : "",
			    field.len ? "field: " : "", (int)field.len, field.at,
			    field.len ? ", " : "", low, how, (int)number.len, number.at)
	    .at;
}

bool is_aggregation(slice text)
{
	slice name = word(&text);
	for (size_t i = 0; i < sizeof functions / sizeof *functions; i++)
		if (slice_eq_nocase(name, slice_of(functions[i].word)))
			return slice_starts(text, SLICE("("));
	return false;
}

const char *aggregation_instead(struct sigma *s, slice text)
{
	slice name = word(&text);
	if (slice_eq_nocase(name, SLICE("near")))
		return ALONE ": type: temporal, rules: one for each search, timespan: ...";
	for (size_t i = 0; i < sizeof functions / sizeof *functions; i++)
		if (slice_eq_nocase(name, slice_of(functions[i].word)) && slice_eat(&text, "("))
			return counted(s, i, text);
	return ALONE;
}
