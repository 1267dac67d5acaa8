/*
 * pipeline_regex.c - expressions with captures, for pipelines alone: Vectorscan has none, and these
 * run over rules, not over events.  PCRE2 goes back and forth, so its tries are counted.
 */
#include "pipeline.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <stdlib.h>

struct capture {
	pcre2_code *code;
	pcre2_match_data *data;
	pcre2_match_context *limits;
};

void capture_free(struct capture *c)
{
	pcre2_match_data_free(c->data);
	pcre2_match_context_free(c->limits);
	pcre2_code_free(c->code);
	free(c);
}

struct capture *capture_new(struct yaml *y, const struct yaml_node *n)
{
	int error;
	size_t at;
	PCRE2_UCHAR said[128] = "";
	if (!yaml_scalar(n) || n->text.len > REGEX_MOST) {
		refuse(y->s, yaml_where(y, n), "an expression of at most 4096 bytes",
		       "not an expression");
		return NULL;
	}
	pcre2_code *code = pcre2_compile((PCRE2_SPTR)n->text.at, n->text.len,
					 PCRE2_UTF | PCRE2_NEVER_BACKSLASH_C, &error, &at, NULL);
	if (!code) {
		pcre2_get_error_message(error, said, sizeof said);
		refuse(y->s, yaml_where_in(y, n, at), "an expression of PCRE2 or Python", "%s",
		       (const char *)said);
		return NULL;
	}
	struct capture *c = must_alloc(sizeof *c);
	c->code = code;
	c->data = pcre2_match_data_create_from_pattern(code, NULL);
	c->limits = pcre2_match_context_create(NULL);
	if (!c->data || !c->limits)
		abort();
	pcre2_set_match_limit(c->limits, CAPTURE_WORK);
	pcre2_set_depth_limit(c->limits, CAPTURE_WORK);
	pcre2_set_heap_limit(c->limits, 1 << 12);
	return c;
}

static int match(const struct capture *c, slice text, size_t from, uint32_t options)
{
	return pcre2_match(c->code, (PCRE2_SPTR)(text.len ? text.at : ""), text.len, from, options,
			   c->data, c->limits);
}

bool capture_matches(const struct capture *c, slice text)
{
	return match(c, text, 0, PCRE2_ANCHORED) >= 0;
}

static slice group(const struct capture *c, slice text, uint32_t n)
{
	const size_t *at = pcre2_get_ovector_pointer(c->data);
	if (n >= pcre2_get_ovector_count(c->data) || at[2 * n] == PCRE2_UNSET ||
	    at[2 * n + 1] < at[2 * n])
		return SLICE("");
	return (slice){text.at + at[2 * n], at[2 * n + 1] - at[2 * n]};
}

size_t capture_names(const struct capture *c)
{
	uint32_t count = 0;
	pcre2_pattern_info(c->code, PCRE2_INFO_NAMECOUNT, &count);
	return count;
}

bool capture_named(const struct capture *c, slice text, size_t i, slice *name, slice *found)
{
	PCRE2_SPTR table;
	uint32_t size;
	if (pcre2_pattern_info(c->code, PCRE2_INFO_NAMETABLE, &table) ||
	    pcre2_pattern_info(c->code, PCRE2_INFO_NAMEENTRYSIZE, &size))
		return false;
	const unsigned char *entry = table + i * size; /* number, name, NUL */
	*name = slice_of((const char *)entry + 2);
	*found = group(c, text, (uint32_t)entry[0] << 8 | entry[1]);
	return true;
}

/* \1, \g<1>, \g<name>, \\ */
static slice reference(const struct capture *c, slice text, slice *with)
{
	int64_t n;
	char name[64];
	slice rest = *with;
	if (slice_number(&rest, &n) && n < 100) {
		*with = rest;
		return group(c, text, (uint32_t)n);
	}
	if (!slice_eat(&rest, "g<")) {
		slice plain = slice_first(*with, 1);
		*with = slice_from(*with, 1);
		return plain;
	}
	slice called = slice_until(&rest, '>');
	*with = rest;
	if (slice_is_number(called, &n))
		return group(c, text, n < 100 ? (uint32_t)n : 100);
	if (called.len >= sizeof name)
		return SLICE("");
	memcpy(name, called.at, called.len);
	name[called.len] = '\0';
	int number = pcre2_substring_number_from_name(c->code, (PCRE2_SPTR)name);
	return number > 0 ? group(c, text, (uint32_t)number) : SLICE("");
}

static void put(const struct capture *c, slice text, slice with, struct out *o)
{
	while (with.len) {
		slice plain = slice_first(with, slice_find(with, '\\'));
		out_slice(o, plain);
		with = slice_from(with, plain.len);
		if (with.len < 2) {
			out_slice(o, with);
			return;
		}
		with = slice_from(with, 1);
		out_slice(o, reference(c, text, &with));
	}
}

bool capture_replace(const struct capture *c, slice text, slice with, struct out *o)
{
	size_t from = 0, done = 0;
	int found = 0;
	while (from <= text.len && (found = match(c, text, from, 0)) >= 0) {
		const size_t *at = pcre2_get_ovector_pointer(c->data);
		size_t begin = at[0], end = at[1];
		if (end < begin || begin < done || o->len > PATTERN_MOST)
			return false;
		out_slice(o, (slice){text.at + done, begin - done});
		put(c, text, with, o);
		done = end;
		from = end + (end == begin);
		while (from < text.len && (text.at[from] & 0xC0) == 0x80)
			from++;
	}
	out_slice(o, slice_from(text, done));
	return found == PCRE2_ERROR_NOMATCH || found >= 0;
}
