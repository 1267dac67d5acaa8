/*
 * answer.c - tables that name their columns once, and what stands in no column of a line's: answers
 * of Log Analytics and of Data Explorer, whose rows are arrays; audit reports of Google as CSV.
 *
 *	{"tables":[{"name":"PrimaryResult","columns":[{"name":"TimeGenerated",...},...],"rows":[
 *	{"preview":false,"fields":["_time","host","_raw",...],"rows":[         Splunk, json_rows
 *	["2026-03-17T13:05:00Z","Exchange",...]                 a row, as the input cuts it off
 *
 * (learn.microsoft.com/azure/azure-monitor/logs/api/response-format; .../kusto/api/rest/response)
 *
 * Law: a row is read as the object that it stands for, {"TimeGenerated": "2026-03-17...", ...}, as
 * if it stood alone.
 */
#include "part.h"

#include "base/csv.h"
#include "base/json.h"

static bool add_name(struct format_answer *a, slice name)
{
	if (a->count == FORMAT_COLUMNS_MOST || name.len > sizeof a->names - a->len)
		return false;
	memcpy(a->names + a->len, name.at, name.len);
	a->len = (uint16_t)(a->len + name.len);
	a->end[a->count++] = a->len;
	return true;
}

static slice name_at(const struct format_answer *a, size_t i)
{
	size_t from = i ? a->end[i - 1] : 0;
	return (slice){a->names + from, a->end[i] - from};
}

/* ---- headers ---- */

/* "columns":[{"name":"x",...},...], "Columns":[{"ColumnName":"x",...}], "fields":["x",...] */
static bool read_columns(struct format_answer *a, slice text, struct arena *scratch)
{
	struct json_tape t = {.arena = scratch};
	struct json_fault fault;
	size_t used;
	if (!json_read_first(&t, text, &used, &fault) || t.at[0].kind != JSON_IS_ARRAY)
		return false;
	*a = (struct format_answer){.separator = '['};
	for (const struct json_node *n = json_first(&t, t.at); n; n = json_after(&t, t.at, n)) {
		bool bare = n->kind == JSON_IS_STRING;
		const struct json_node *name = bare ? n : json_get(&t, n, SLICE("name"));
		if (!name)
			name = json_get(&t, n, SLICE("ColumnName"));
		if (!name || name->kind != JSON_IS_STRING || !add_name(a, name->text))
			return false;
	}
	return a->count > 0;
}

/* The head of an answer, up to the bracket behind which its rows begin. */
static bool begins_rows(struct format_answer *a, slice record, struct arena *scratch)
{
	size_t at = slice_search(record, SLICE("\"columns\""));
	if (at == SIZE_MAX)
		at = slice_search(record, SLICE("\"Columns\""));
	if (at == SIZE_MAX) /* Splunk's output_mode=json_rows */
		at = slice_search(record, SLICE("\"fields\":["));
	if (at == SIZE_MAX)
		return false;
	slice rest = slice_from(record, at + sizeof "\"fields\"" - 1);
	rest = slice_from(rest, slice_find(rest, '['));
	return rest.len && read_columns(a, rest, scratch);
}

/* Names that no other export puts side by side: of Google's console, and of GAM. */
static bool is_google(const struct format_answer *a)
{
	static const slice sets[][3] = {
	    {SLICE_INIT("Event"), SLICE_INIT("Date"), SLICE_INIT("IP address")},
	    {SLICE_INIT("Event name"), SLICE_INIT("Date"), SLICE_INIT("IP address")},
	    {SLICE_INIT("actor.email"), SLICE_INIT("id.time"), SLICE_INIT("ipAddress")},
	};
	for (size_t s = 0; s < sizeof sets / sizeof *sets; s++) {
		size_t found = 0;
		for (size_t i = 0; i < a->count; i++)
			for (size_t k = 0; k < 3; k++)
				found += slice_eq_nocase(name_at(a, i), sets[s][k]);
		if (found == 3)
			return true;
	}
	return false;
}

static bool is_plain(slice name)
{
	for (size_t i = 0; i < name.len; i++)
		if ((unsigned char)name.at[i] < ' ' || name.at[i] == '"' || name.at[i] == '\\')
			return false;
	return name.len > 0;
}

static bool names_columns(struct format_answer *a, slice record, struct arena *scratch)
{
	enum { HEADER_MOST = 4096 };
	slice_eat(&record, "\xef\xbb\xbf");
	char separator = record.len <= HEADER_MOST ? csv_separator(record) : '\0';
	bool may = slice_search(slice_first(record, HEADER_MOST), SLICE("IP")) != SIZE_MAX ||
		   slice_search(slice_first(record, HEADER_MOST), SLICE("ip")) != SIZE_MAX;
	struct csv row = csv_open(record, separator);
	slice name;
	if (!separator || !may)
		return false;
	*a = (struct format_answer){.separator = separator};
	while (csv_next(&row, &name, scratch))
		if (!is_plain(slice_trim(name)) || !add_name(a, slice_trim(name)))
			return false;
	return is_google(a);
}

/* Only an answer's own bracket, or the first record of an input, can begin a table. */
bool answer_begins(struct format_state *st, slice record, struct arena *scratch)
{
	struct format_answer *a = arena_new(scratch, struct format_answer);
	bool json = record.len && record.at[0] == '{' && record.at[record.len - 1] == '[';
	if (json ? !begins_rows(a, record, scratch)
		 : st->begun || !names_columns(a, record, scratch))
		return false;
	st->answer = *a;
	return true;
}

/* ---- rows ---- */

static void put_pair(struct out *o, const struct format_answer *a, size_t i)
{
	out_text(o, o->len > 1 ? ",\"" : "\"");
	out_slice(o, name_at(a, i));
	out_text(o, "\":");
}

/* ["x", 1, null, ...]: null says nothing */
static bool put_array(struct out *o, const struct format_answer *a, slice row,
		      struct arena *scratch)
{
	struct json_tape t = {.arena = scratch};
	struct json_fault fault;
	size_t i = 0;
	if (!json_read(&t, row, &fault) || t.at[0].kind != JSON_IS_ARRAY)
		return false;
	for (const struct json_node *n = json_first(&t, t.at); n && i < a->count;
	     n = json_after(&t, t.at, n), i++) {
		if (n->kind == JSON_IS_NULL)
			continue;
		put_pair(o, a, i);
		bool text = n->kind == JSON_IS_STRING;
		out_text(o, text ? "\"" : "");
		out_slice(o, n->text);
		out_text(o, text ? "\"" : "");
	}
	return true;
}

static bool put_cells(struct out *o, const struct format_answer *a, slice record,
		      struct arena *scratch)
{
	struct csv row = csv_open(record, a->separator);
	slice cell;
	for (size_t i = 0; i < a->count && csv_next(&row, &cell, scratch); i++) {
		if (!cell.len)
			continue;
		put_pair(o, a, i);
		out_json(o, cell);
	}
	return !row.broken && o->len > 1;
}

enum decoded answer_decode(struct format_state *st, slice record, struct event *e,
			   struct arena *scratch)
{
	const struct format_answer *a = &st->answer;
	struct out o = {.fd = -1};
	bool array = a->separator == '[';
	if (!record.len || array != (record.at[0] == '['))
		return DECODED_UNKNOWN;
	out_char(&o, '{');
	bool whole = array ? put_array(&o, a, record, scratch) : put_cells(&o, a, record, scratch);
	out_char(&o, '}');
	const struct inner in = {.coat = array ? "a row of an answer" : "a row of an export",
				 .text = arena_copy(scratch, (slice){o.at, o.len}),
				 .pid = -1,
				 .time_us = CLOCK_NONE};
	out_close(&o);
	return whole ? inner_decode(st, &in, e, scratch) : DECODED_UNKNOWN;
}
