/*
 * read.c - a report read back, for verify.
 *
 * Laws: (1) a report that is accepted has been understood whole: every list named "evidence",
 *           wherever it stands, is in the citations, and every citation points at an input;
 *       (2) two readings are no reading: duplicate keys are refused;
 *       (3) the text may be the intruder's own: it can end in an error, never in more.
 */
#include "parts.h"

#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { DEPTH_MOST = 64 };
static const size_t SIZE_MOST = (size_t)1 << 30;

/* A step from the top of the document: a key, or a place in a list. */
struct step {
	const struct step *up;
	const char *key;
	size_t index;
};

struct reading {
	struct report_file *f;
	char *why;
	size_t why_size;
};

/* Says why, made safe for a terminal, as the value may be anybody's. Always false. */
static bool refuse(struct reading *r, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
static bool refuse(struct reading *r, const char *format, ...)
{
	char raw[512];
	va_list ap;
	va_start(ap, format);
	int n = vsnprintf(raw, sizeof raw, format, ap);
	va_end(ap);
	struct out safe = {.fd = -1};
	out_plain(&safe, slice_of(n < 0 ? "the report cannot be read" : raw));
	snprintf(r->why, r->why_size, "%.*s", (int)safe.len, safe.at);
	out_close(&safe);
	return false;
}

/* Keys are cut: a long one above many citations would be memory without bound. */
static void write_path(struct out *o, const struct step *s)
{
	if (s->up)
		write_path(o, s->up);
	if (s->key)
		out_format(o, "%s%.60s", s->up ? "." : "", s->key);
	else
		out_format(o, "[%zu]", s->index);
}

static slice path_of(struct arena *a, const struct step *s)
{
	struct out o = {.fd = -1};
	write_path(&o, s);
	slice kept = arena_copy(a, (slice){o.at, o.len});
	out_close(&o);
	return kept;
}

static bool refuse_at(struct reading *r, const struct step *at, const char *what)
{
	slice where = path_of(&r->f->arena, at);
	return refuse(r, "%.*s: %s; the report was changed or cut: use the file as tocsin wrote it",
		      (int)slice_first(where, 200).len, where.at, what);
}

/* A whole number from 0 to `most`. */
static bool read_number(const json_t *object, const char *name, uint64_t most, uint64_t *n)
{
	const json_t *value = json_object_get(object, name);
	if (!json_is_integer(value) || json_integer_value(value) < 0)
		return false;
	*n = (uint64_t)json_integer_value(value);
	return *n <= most;
}

static slice text_of(const json_t *value)
{
	return json_is_string(value) ? (slice){json_string_value(value), json_string_length(value)}
				     : (slice){0};
}

static bool read_citation(struct reading *r, const json_t *value, const struct step *at)
{
	struct citation c = {0};
	uint64_t input = 0, length = 0;
	if (!json_is_object(value))
		return refuse_at(r, at, "no citation but something else");
	if (!read_number(value, "input", UINT32_MAX, &input) || input >= r->f->inputs.len)
		return refuse_at(r, at, "\"input\" names none of the inputs");
	if (!read_number(value, "offset", INT64_MAX, &c.offset))
		return refuse_at(r, at, "\"offset\" is no byte offset");
	if (!read_number(value, "length", UINT32_MAX, &length))
		return refuse_at(r, at, "\"length\" is no length in bytes");
	if (!read_number(value, "line", INT64_MAX, &c.line) || c.line == 0)
		return refuse_at(r, at, "\"line\" is no line number");
	if (!digest_parse(text_of(json_object_get(value, "sha256")), &c.digest))
		return refuse_at(r, at, "\"sha256\" is no SHA-256");
	c.input = (size_t)input;
	c.length = (uint32_t)length;
	c.where = path_of(&r->f->arena, at);
	*list_add(&r->f->citations) = c;
	return true;
}

static bool read_evidence(struct reading *r, const json_t *list, const struct step *at)
{
	if (!json_is_array(list))
		return refuse_at(r, at, "no list of citations");
	for (size_t i = 0; i < json_array_size(list); i++)
		if (!read_citation(r, json_array_get(list, i), &(struct step){at, NULL, i}))
			return false;
	return true;
}

/* Findings, and what is said to be proven or likely of sessions, things opened and mail sent. */
static bool is_claim(const json_t *value, const struct step *at)
{
	static const slice lists[] = {SLICE_INIT("sessions"), SLICE_INIT("accesses"),
				      SLICE_INIT("sent"), SLICE_INIT("findings")};
	slice sure = text_of(json_object_get(value, "certainty"));
	if (at->key || !at->up || !at->up->key || !json_is_object(value))
		return false;
	for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
		if (slice_eq(slice_of(at->up->key), lists[i]))
			return json_object_get(value, "rule") || slice_eq(sure, SLICE("proven")) ||
			       slice_eq(sure, SLICE("likely"));
	return false;
}

/* Everything below `value`, in the order of the text. */
static bool walk(struct reading *r, const json_t *value, const struct step *at, unsigned depth)
{
	if (depth > DEPTH_MOST)
		return refuse_at(r, at, "nested too deep");
	r->f->uncited +=
	    is_claim(value, at) && json_array_size(json_object_get(value, "evidence")) == 0;
	for (size_t i = 0; i < json_array_size(value); i++)
		if (!walk(r, json_array_get(value, i), &(struct step){at, NULL, i}, depth + 1))
			return false;
	const char *key;
	json_t *member;
	json_object_foreach((json_t *)value, key, member)
	{
		struct step here = {at, key, 0};
		bool fine = strcmp(key, "evidence") == 0 ? read_evidence(r, member, &here)
							 : walk(r, member, &here, depth + 1);
		if (!fine)
			return false;
	}
	return true;
}

static bool read_input(struct reading *r, const json_t *value, const struct step *at)
{
	struct input_row row = {.bytes = UNKNOWN, .first_us = CLOCK_NONE, .last_us = CLOCK_NONE};
	slice path = text_of(json_object_get(value, "path"));
	const json_t *digest = json_object_get(value, "sha256");
	uint64_t bytes;
	if (!json_is_object(value) || path.len == 0)
		return refuse_at(r, at, "an input without \"path\"");
	if (digest && !digest_parse(text_of(digest), &row.digest))
		return refuse_at(r, at, "\"sha256\" is no SHA-256");
	if (read_number(value, "bytes", INT64_MAX, &bytes))
		row.bytes = (int64_t)bytes;
	read_number(value, "records", INT64_MAX, &row.records);
	read_number(value, "unrecognised", INT64_MAX, &row.unrecognised);
	row.has_digest = digest != NULL;
	row.path = arena_copy(&r->f->arena, path);
	*list_add(&r->f->inputs) = row;
	return true;
}

static bool read_inputs(struct reading *r, const json_t *list)
{
	struct step top = {NULL, "inputs", 0};
	if (!json_is_array(list))
		return refuse_at(r, &top, "no list of inputs");
	for (size_t i = 0; i < json_array_size(list); i++)
		if (!read_input(r, json_array_get(list, i), &(struct step){&top, NULL, i}))
			return false;
	return true;
}

static bool read_schema(struct reading *r, const json_t *root)
{
	slice schema = text_of(json_object_get(root, "schema"));
	if (slice_eq(schema, SLICE("tocsin.report/1")))
		return true;
	if (slice_starts(schema, SLICE("tocsin.report/")))
		return refuse(
		    r,
		    "schema: \"%.*s\" is not \"tocsin.report/1\"; a tocsin of the version "
		    "that wrote this report can read it",
		    (int)slice_first(schema, 40).len, schema.at);
	return refuse(r, "schema: this is JSON but no report of tocsin; give the file that "
			 "\"tocsin scan --json FILE\" wrote");
}

static bool read_members(struct reading *r, const json_t *root)
{
	const char *key;
	json_t *member;
	json_object_foreach(
	    (json_t *)root, key,
	    member) if (!walk(r, member, &(struct step){NULL, key, 0}, 1)) return false;
	return true;
}

static json_t *parse(struct reading *r, slice json)
{
	json_error_t e;
	slice text = slice_trim(json);
	if (slice_starts(text, SLICE("<"))) {
		refuse(r,
		       "this is a page, not the report as data; give the file that \"tocsin scan "
		       "--json FILE\" wrote beside it");
		return NULL;
	}
	if (json.len > SIZE_MOST) {
		refuse(r, "the report has more than %zu bytes; is it the right file?", SIZE_MOST);
		return NULL;
	}
	/* log text may hold NUL, and so may the report that quotes it */
	json_t *root = json_loadb(json.at ? json.at : "", json.len,
				  JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &e);
	if (!root)
		refuse(r,
		       "line %d, column %d: %s; the report was changed or cut: use the file as "
		       "tocsin wrote it",
		       e.line, e.column, e.text);
	return root;
}

json_t *report_parse(slice json, char *why, size_t why_size)
{
	struct reading r = {NULL, why, why_size};
	json_t *root = parse(&r, json);
	if (root && !read_schema(&r, root)) {
		json_decref(root);
		return NULL;
	}
	return root;
}

bool report_read(slice json, struct report_file *f, char *why, size_t why_size)
{
	*f = (struct report_file){0};
	struct reading r = {f, why, why_size};
	json_t *root = parse(&r, json);
	bool fine = root && read_schema(&r, root) &&
		    read_inputs(&r, json_object_get(root, "inputs")) && read_members(&r, root);
	json_decref(root);
	if (!fine)
		report_file_free(f);
	return fine;
}

void report_file_free(struct report_file *f)
{
	list_free(&f->inputs);
	list_free(&f->citations);
	arena_free(&f->arena);
}
