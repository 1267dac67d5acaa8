/*
 * split.c - texts whose records are no lines: the elements of a JSON array, objects printed over
 * many lines, rows of a CSV file with line ends in their fields.
 *
 *	[{...}, {...}]    {"value": [{...}, ...]}    {\n  "a": 1\n}\n{\n ...    "a","b\nc"
 *	{...}NUL{...}NUL    {"values": [["1773749100000000000", "LINE"], ...]}
 *
 * Laws: (1) where a record ends is told by the bytes from its beginning on and by nothing before
 * it, so that a reader can begin at any of them; (2) what is no such record is a line, as
 * everywhere: a quote that is never closed, or a brace, costs the line in which it stands; (3) a
 * record is no longer than INPUT_LINE_MOST, a row with line ends no longer than ROW_MOST.
 */
#include "room.h"

enum {
	LOOK_AHEAD = 4096,  /* an envelope's array begins within so many bytes */
	LOOK_FAR = 1 << 16, /* and so many, where the names of columns stand before it */
	ENVELOPE_DEPTH = 8, /* and so deep */
	DEPTH_MOST = 64,    /* of braces */
	ROW_MOST = 1 << 18, /* bytes of a row with line ends in it */
	COLUMNS_LEAST = 4,
	NAME_MOST = 80,
	STAMP_LEAST = 10, /* digits of a time in seconds to nanoseconds */
	STAMP_MOST = 19,
};

static bool is_between(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == ',' || c == ']' ||
	       c == '}' || c == '\0';
}

static size_t skip_between(slice s, size_t at)
{
	while (at < s.len && is_between(s.at[at]))
		at++;
	return at;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static size_t skip_blank(slice s, size_t at)
{
	while (at < s.len && is_blank(s.at[at]))
		at++;
	return at;
}

enum scan { SCAN_WHOLE, SCAN_MORE, SCAN_BROKEN };

/* Behind the quote that closes a JSON string, `*at` behind the one that opened it. */
static enum scan pass_string(slice s, size_t *at)
{
	size_t i = *at;
	for (; i < s.len; i++) {
		while (i + BLOCK_BYTES <= s.len) {
			uint32_t mask = block_mask(s.at + i, '"') | block_mask(s.at + i, '\\') |
					block_mask(s.at + i, '\n');
			i += mask ? (size_t)__builtin_ctz(mask) : BLOCK_BYTES;
			if (mask)
				break;
		}
		if (i >= s.len || s.at[i] == '"')
			break;
		if (s.at[i] == '\n')
			return SCAN_BROKEN;
		i += s.at[i] == '\\';
	}
	*at = i + 1;
	return i < s.len ? SCAN_WHOLE : SCAN_MORE;
}

/* Behind the brace that closes the object which begins at `*at`. */
static enum scan pass_object(slice s, size_t *at)
{
	unsigned depth = 0;
	for (size_t i = *at; i < s.len;) {
		char c = s.at[i++];
		if (c == '"') {
			enum scan in = pass_string(s, &i);
			if (in != SCAN_WHOLE)
				return in;
		} else if (c == '{' || c == '[') {
			if (++depth > DEPTH_MOST)
				return SCAN_BROKEN;
		} else if ((c == '}' || c == ']') && --depth == 0) {
			*at = i;
			return SCAN_WHOLE;
		}
	}
	return SCAN_MORE;
}

/* What a record holds that lies in an array whose name others have, too; NULL ends a list. */
static const char *const lines[] = {"\"message\"", "\"_raw\"", "\"textPayload\"",
				    "\"utf8_payload\"", NULL};
static const char *const results[] = {"\"message\"", "\"_raw\"", "\"Timestamp\"", NULL};
static const char *const activities[] = {"\"admin#reports#activity\"", NULL};

/* Names under which exports keep the array of records: Graph, Event Hub, CloudTrail's kin, Elastic;
 * and others, which a record may have as well. */
static const struct {
	slice name;
	unsigned depth;
	const char *const *marks; /* NULL: none is needed */
} arrays[] = {
    {SLICE_INIT("hits"), 2, NULL},        {SLICE_INIT("value"), 1, NULL},
    {SLICE_INIT("records"), 1, NULL},     {SLICE_INIT("Records"), 1, NULL},
    {SLICE_INIT("Results"), 1, NULL},     /* Defender's advanced hunting */
    {SLICE_INIT("results"), 1, results},  /* Splunk; Graph's advanced hunting */
    {SLICE_INIT("logRecords"), 5, NULL},  /* OpenTelemetry's protocol */
    {SLICE_INIT("events"), 1, lines},     /* CloudWatch: filter-log-events; QRadar */
    {SLICE_INIT("logEvents"), 1, lines},  /* and its subscriptions */
    {SLICE_INIT("messages"), 1, lines},   /* Graylog */
    {SLICE_INIT("entries"), 1, lines},    /* Google Cloud */
    {SLICE_INIT("data"), 1, lines},       /* Datadog */
    {SLICE_INIT("items"), 1, activities}, /* Google's Reports API */
};

static bool carries(slice record, const char *const *marks)
{
	for (; *marks; marks++)
		if (slice_search(record, slice_of(*marks)) != SIZE_MAX)
			return true;
	return false;
}

static bool holds_records(slice key, unsigned depth, slice array)
{
	for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++)
		if (depth <= arrays[i].depth && slice_eq(key, arrays[i].name))
			return slice_starts(array, SLICE("{")) &&
			       (!arrays[i].marks || carries(array, arrays[i].marks));
	return false;
}

enum { STREAM_DEPTH = 4 };

/* {"stream": {...}, "values": [["1773749100000000000", "LINE"], ...]} of Loki's HTTP API. */
static bool holds_pairs(slice key, unsigned depth, slice array)
{
	return depth <= STREAM_DEPTH && slice_eq(key, SLICE("values")) &&
	       slice_starts(array, SLICE("[")) &&
	       slice_starts(slice_from(array, skip_blank(array, 1)), SLICE("\""));
}

/* How far an envelope that begins at `at` is looked through. */
static size_t look_ahead(slice s, size_t at)
{
	static const slice names[] = {SLICE_INIT("\"tables\""), SLICE_INIT("\"Tables\""),
				      SLICE_INIT("\"name\""),   SLICE_INIT("\"TableName\""),
				      SLICE_INIT("\"schema\""), SLICE_INIT("\"@odata.context\"")};
	slice first = slice_from(s, skip_blank(s, at + 1));
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (slice_starts(first, names[i]))
			return LOOK_FAR;
	return LOOK_AHEAD;
}

/* "rows":[[...],...] of Log Analytics, "Rows" of Data Explorer: behind the names of columns. */
static bool holds_rows(slice key, slice array)
{
	return (slice_eq(key, SLICE("rows")) || slice_eq(key, SLICE("Rows"))) &&
	       slice_starts(array, SLICE("["));
}

/*
 * The first record in the envelope that begins at `at`; 0: it is none, but a record itself.
 * `*head`: the envelope is a record, too, up to where its rows begin.
 */
static size_t open_envelope(slice s, size_t at, bool *head)
{
	slice key = {0};
	unsigned depth = 0;
	*head = false;
	s = slice_first(s, at + look_ahead(s, at));
	for (size_t i = at; i < s.len;) {
		char c = s.at[i++];
		size_t from = i;
		if (c == '"') {
			if (pass_string(s, &i) != SCAN_WHOLE)
				return 0;
			if (skip_blank(s, i) < s.len && s.at[skip_blank(s, i)] == ':')
				key = (slice){s.at + from, i - 1 - from};
		} else if (c == '[') {
			slice array = slice_from(s, skip_blank(s, i));
			*head = holds_rows(key, array);
			if (*head)
				return i;
			if (holds_records(key, depth, array) || holds_pairs(key, depth, array))
				return (size_t)(array.at - s.at);
		}
		depth += (c == '{' || c == '[') - (c == '}' || c == ']');
		if (depth == 0 || depth > ENVELOPE_DEPTH)
			return 0;
	}
	return 0;
}

/* What is no record of its own kind: the line. */
static enum piece_is line_piece(slice s, size_t at, bool last, bool cut, struct piece *p)
{
	size_t len = 0;
	while (at + len < s.len && s.at[at + len] != '\n' && s.at[at + len] != '\0')
		len++;
	bool ends = at + len < s.len;
	if (!ends && !last)
		return PIECE_MORE;
	if (len > INPUT_LINE_MOST) {
		len = INPUT_LINE_MOST;
		ends = false;
		cut = true;
	}
	*p = (struct piece){at, at + len, at + len + ends, cut};
	return PIECE_WHOLE;
}

/* An object that the end of the input cuts off; not one whose brace was forgotten, for then others
 * would follow it. */
static bool is_last_of_all(slice rest)
{
	return rest.len <= INPUT_LINE_MOST && slice_search(rest, SLICE("\n{")) == SIZE_MAX &&
	       slice_search(rest, SLICE("\0{")) == SIZE_MAX;
}

static bool is_stamp(slice s)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.at[i] < '0' || s.at[i] > '9')
			return false;
	return s.len >= STAMP_LEAST && s.len <= STAMP_MOST;
}

/* "1773749100000000000", "LINE" and perhaps an object of labels, up to the bracket behind them. */
static enum scan pass_pair(slice s, size_t at, struct piece *p)
{
	size_t i = at + 1;
	enum scan is = pass_string(s, &i);
	if (is != SCAN_WHOLE || !is_stamp((slice){s.at + at + 1, i - at - 2}))
		return is == SCAN_MORE && s.len - at <= STAMP_MOST ? SCAN_MORE : SCAN_BROKEN;
	i = skip_blank(s, i);
	size_t line = i < s.len && s.at[i] == ',' ? skip_blank(s, i + 1) : i;
	if (line < s.len && (line == i || s.at[line] != '"'))
		return SCAN_BROKEN;
	i = line + 1;
	if (line >= s.len || (is = pass_string(s, &i)) != SCAN_WHOLE)
		return line >= s.len ? SCAN_MORE : is;
	*p = (struct piece){at, i, i, false};
	i = skip_blank(s, i);
	if (i < s.len && s.at[i] == ',') {
		i = skip_blank(s, i + 1);
		if (i < s.len && s.at[i] == '{' && (is = pass_object(s, &i)) != SCAN_WHOLE)
			return is;
	}
	i = skip_blank(s, i);
	p->behind = i;
	return i == s.len ? SCAN_MORE : s.at[i] == ']' ? SCAN_WHOLE : SCAN_BROKEN;
}

/* ["x", 1, null, ...]: a row of an answer, of as many values as tell it from a pair. */
static enum scan pass_row(slice s, size_t at, struct piece *p)
{
	size_t first = skip_blank(s, at + 1), end = at, values = 1;
	if (first < s.len && !memchr("\"-0123456789ntf", s.at[first], 15))
		return SCAN_BROKEN;
	enum scan is = pass_object(s, &end);
	if (is != SCAN_WHOLE)
		return is;
	for (size_t i = first; i < end; i++)
		if (s.at[i] == '"') {
			i++;
			pass_string(s, &i);
			i--;
		} else {
			values += s.at[i] == ',';
		}
	*p = (struct piece){at, end, end, false};
	return values >= COLUMNS_LEAST ? SCAN_WHOLE : SCAN_BROKEN;
}

/* What is no object: a pair of Loki's, or a line. */
static enum piece_is other_piece(slice s, size_t at, bool last, struct piece *p)
{
	enum scan is = s.at[at] == '"' ? pass_pair(s, at, p) : SCAN_BROKEN;
	if (is == SCAN_MORE && !last)
		return PIECE_MORE;
	if (is == SCAN_WHOLE && p->to - p->from <= INPUT_LINE_MOST)
		return PIECE_WHOLE;
	return line_piece(s, at, last, false, p);
}

static enum piece_is json_piece(slice s, bool last, struct piece *p)
{
	for (size_t at = 0;;) {
		bool head;
		at = skip_between(s, at);
		if (at == s.len)
			return last ? PIECE_NONE : PIECE_MORE;
		if (s.at[at] == '[') {
			enum scan row = pass_row(s, at, p);
			if (row == SCAN_MORE && !last && s.len - at < ROW_MOST)
				return PIECE_MORE;
			if (row == SCAN_WHOLE && p->to - p->from <= INPUT_LINE_MOST)
				return PIECE_WHOLE;
			at++;
			continue;
		}
		if (s.at[at] != '{')
			return other_piece(s, at, last, p);
		size_t end = at;
		bool seen = last || s.len - at >= look_ahead(s, at);
		enum scan is = seen ? SCAN_WHOLE : pass_object(s, &end);
		if (is == SCAN_MORE)
			return PIECE_MORE;
		size_t inner = is == SCAN_WHOLE ? open_envelope(s, at, &head) : 0;
		if (inner && head) {
			*p = (struct piece){at, inner, inner, false};
			return PIECE_WHOLE;
		}
		if (inner) {
			at = inner;
			continue;
		}
		if (seen)
			is = pass_object(s, &end);
		if (is == SCAN_MORE && !last)
			return PIECE_MORE;
		if (is == SCAN_MORE && is_last_of_all(slice_from(s, at))) {
			*p = (struct piece){at, s.len, s.len, true};
			return PIECE_WHOLE;
		}
		if (is != SCAN_WHOLE || end - at > INPUT_LINE_MOST)
			return line_piece(s, at, last, true, p);
		*p = (struct piece){at, end, end, false};
		return PIECE_WHOLE;
	}
}

/* Behind a quoted field that begins at `*at`: at the separator or the line's end. */
static enum scan pass_quoted(slice s, char separator, bool last, size_t *at)
{
	for (size_t i = *at + 1;; i += 2) {
		i += slice_find(slice_from(s, i), '"');
		if (i + 1 >= s.len) {
			*at = s.len;
			return last && i < s.len ? SCAN_WHOLE : last ? SCAN_BROKEN : SCAN_MORE;
		}
		char next = s.at[i + 1];
		if (next == '"')
			continue;
		*at = i + 1;
		return next == separator || next == '\n' || next == '\r' ? SCAN_WHOLE : SCAN_BROKEN;
	}
}

static enum piece_is csv_piece(slice s, char separator, bool last, struct piece *p)
{
	size_t at = 0;
	bool beyond = s.len > ROW_MOST;
	slice row = slice_first(s, ROW_MOST);
	if (s.len == 0)
		return last ? PIECE_NONE : PIECE_MORE;
	for (;;) {
		if (at < row.len && row.at[at] == '"') {
			enum scan is = pass_quoted(row, separator, last, &at);
			if (is == SCAN_MORE && !beyond)
				return PIECE_MORE;
			if (is != SCAN_WHOLE)
				return line_piece(s, 0, last, false, p);
		}
		slice rest = slice_from(row, at);
		size_t line = slice_find(rest, '\n'),
		       cell = slice_find(slice_first(rest, line), separator);
		if (cell < line) {
			at += cell + 1;
			continue;
		}
		bool ends = line < rest.len;
		if (!ends && beyond)
			return line_piece(s, 0, last, false, p);
		if (!ends && !last)
			return PIECE_MORE;
		*p = (struct piece){0, at + line, at + line + ends, false};
		return PIECE_WHOLE;
	}
}

enum piece_is split_piece(struct split split, slice s, bool last, struct piece *p)
{
	return split.separator ? csv_piece(s, split.separator, last, p) : json_piece(s, last, p);
}

/* ---- what the first bytes tell ---- */

static bool is_name_byte(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       (c && strchr(" _.-()[]@/#", c)) || (c & 0x80);
}

/* "Date (UTC)" with or without its quotes: letters first, no more than a name has. */
static bool is_column(slice cell)
{
	if (cell.len >= 2 && cell.at[0] == '"' && cell.at[cell.len - 1] == '"')
		cell = slice_from(slice_first(cell, cell.len - 1), 1);
	if (cell.len == 0 || cell.len > NAME_MOST || (cell.at[0] >= '0' && cell.at[0] <= '9'))
		return false;
	for (size_t i = 0; i < cell.len; i++)
		if (!is_name_byte(cell.at[i]))
			return false;
	return true;
}

/* The separator of a header of names; 0: the line is none. */
static char header_separator(slice line)
{
	char separator = csv_separator(line);
	size_t columns = 0;
	if (!separator)
		return 0;
	for (slice rest = line; rest.len; columns++)
		if (!is_column(slice_until(&rest, separator)))
			return 0;
	return columns >= COLUMNS_LEAST ? separator : 0;
}

static bool is_json(slice s)
{
	size_t at = skip_blank(s, 0), end;
	if (at < s.len && s.at[at] == '[') {
		at = skip_blank(s, at + 1);
		return at < s.len && s.at[at] == '{';
	}
	if (at == s.len || s.at[at] != '{')
		return false;
	bool head;
	if (open_envelope(s, at, &head))
		return true;
	enum scan is = pass_object(s, (end = at, &end));
	size_t line = at + slice_find(slice_from(s, at), '\n');
	if (is == SCAN_WHOLE && end < s.len && s.at[end] == '\0') /* GELF over TCP, as it came */
		return true;
	return line < s.len && (is == SCAN_MORE || (is == SCAN_WHOLE && end > line));
}

struct split split_of(slice block)
{
	slice_eat(&block, "\xef\xbb\xbf");
	slice header = slice_first(block, slice_find(block, '\n'));
	if (slice_starts(header, SLICE("#TYPE "))) /* Export-Csv says what it exports */
		header = slice_first(slice_from(block, header.len + 1),
				     slice_find(slice_from(block, header.len + 1), '\n'));
	if (header.len && header.at[header.len - 1] == '\r')
		header.len--;
	if (is_json(block))
		return (struct split){.on = true};
	char separator = header_separator(header);
	return (struct split){.on = separator != 0, .separator = separator};
}
