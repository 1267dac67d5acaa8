/*
 * roundcube_url.c - what a Roundcube URL asks for (program/actions/mail, 1.4 to 1.7).
 *
 * Laws: (1) names and values mean what PHP makes of them: percent-decoded, dots and spaces in a
 *       name are underscores, of a name that comes twice the last value holds; (2) nothing is
 *       copied but values that were encoded, into `scratch`; (3) a query without Roundcube's names
 *       sets nothing.
 */
#include "web.h"

enum key { TASK, ACTION, UIDS, FOLDER, PART, DOWNLOAD, SEARCH, KEYS };

static const struct {
	slice name;
	enum key key;
} names[] = {
    {SLICE_INIT("_task"), TASK},      {SLICE_INIT("_action"), ACTION},
    {SLICE_INIT("_uid"), UIDS},       {SLICE_INIT("_mbox"), FOLDER},
    {SLICE_INIT("_part"), PART},      {SLICE_INIT("_download"), DOWNLOAD},
    {SLICE_INIT("_save"), DOWNLOAD},  {SLICE_INIT("_q"), SEARCH},
    {SLICE_INIT("_reply_uid"), UIDS}, {SLICE_INIT("_forward_uid"), UIDS},
    {SLICE_INIT("_draft_uid"), UIDS},
};

/* One byte at s[i]: plain, '+', %xx, or as servers escape it in logs, \xHH. Its length in *used. */
static char decoded_byte(slice s, size_t i, size_t *used)
{
	char c = s.at[i];
	size_t head = c == '%' ? 1 : c == '\\' && i + 1 < s.len && s.at[i + 1] == 'x' ? 2 : 0;
	*used = 1;
	if (head && i + head + 1 < s.len) {
		int high = hex_digit(s.at[i + head]), low = hex_digit(s.at[i + head + 1]);
		if (high >= 0 && low >= 0) {
			*used = head + 2;
			return (char)(high * 16 + low);
		}
	}
	return c == '+' ? ' ' : c;
}

slice web_decoded(slice s, struct arena *scratch)
{
	size_t plain = 0;
	while (plain < s.len && s.at[plain] != '%' && s.at[plain] != '+' && s.at[plain] != '\\')
		plain++;
	if (plain == s.len)
		return s;
	char *out = arena_take(scratch, s.len);
	size_t n = 0;
	for (size_t i = 0, used; i < s.len; i += used)
		out[n++] = decoded_byte(s, i, &used);
	return (slice){out, n};
}

/* ---- folder names: modified UTF-7 (RFC 3501 5.1.3) ---- */

static int base64_digit(char c)
{
	static const char digits[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+,";
	const char *p = c ? strchr(digits, c) : NULL;
	return p ? (int)(p - digits) : -1;
}

/* The UTF-16 behind an '&', up to its '-', as UTF-8. False if it is malformed. */
static bool take_shifted(slice *s, char *out, size_t *n)
{
	uint32_t bits = 0, high = 0;
	int have = 0;
	for (int digit; s->len && (digit = base64_digit(s->at[0])) >= 0; *s = slice_from(*s, 1)) {
		bits = bits << 6 | (uint32_t)digit;
		have += 6;
		if (have < 16)
			continue;
		have -= 16;
		uint32_t unit = bits >> have & 0xffff;
		bool low = unit >= 0xdc00 && unit < 0xe000;
		if (low != (high != 0))
			return false;
		if (unit >= 0xd800 && unit < 0xdc00) {
			high = unit;
			continue;
		}
		*n += slice_put_point(
		    out + *n, low ? 0x10000 + ((high & 0x3ff) << 10) + (unit & 0x3ff) : unit);
		high = 0;
	}
	return high == 0 && slice_eat(s, "-");
}

/* The name in UTF-8; as it came if it is no modified UTF-7. */
slice web_folder_name(slice name, struct arena *scratch)
{
	if (slice_find(name, '&') == name.len)
		return name;
	char *out =
	    arena_take(scratch, name.len * 2); /* 16 of UTF-16 are 16 bits of base64 at least */
	size_t n = 0;
	for (slice s = name; s.len;) {
		char c = s.at[0];
		s = slice_from(s, 1);
		if (c != '&' || slice_eat(&s, "-"))
			out[n++] = c;
		else if (!take_shifted(&s, out, &n))
			return name;
	}
	return (slice){out, n};
}

/* ---- the query ---- */

/*
 * PHP's own reading of a name (php_register_variable_ex): "%5fuid", ".uid" and "_uid[]" are _uid.
 */
static slice php_name(slice name, struct arena *scratch)
{
	slice d = web_decoded(name, scratch);
	while (d.len && d.at[0] == ' ')
		d = slice_from(d, 1);
	d = slice_first(d, slice_find(d, '['));
	if (slice_find(d, '.') == d.len && slice_find(d, ' ') == d.len)
		return d;
	slice copy = arena_copy(scratch, d);
	char *p = (char *)copy.at;
	for (size_t i = 0; i < copy.len; i++)
		if (p[i] == '.' || p[i] == ' ')
			p[i] = '_';
	return copy;
}

/* True if `name` holds a byte that PHP changes. */
static bool is_odd(slice name)
{
	static const bool odd_bytes[256] = {
	    ['%'] = true, ['+'] = true, ['.'] = true, ['['] = true, ['\\'] = true, ['\0'] = true};
	for (size_t i = 0; i < name.len; i++)
		if (odd_bytes[(unsigned char)name.at[i]])
			return true;
	return false;
}

static enum key key_of(slice name)
{
	for (size_t i = 0; name.len > 1 && i < sizeof names / sizeof *names; i++)
		if (name.at[1] == names[i].name.at[1] && slice_eq(name, names[i].name))
			return names[i].key;
	return KEYS;
}

/* The next `name=value` off the front of a query: which key it is, and its value. */
static enum key next_field(slice *query, slice *value, struct arena *scratch)
{
	enum { LONGEST = 64 };
	*value = slice_until(query, '&');
	slice name = slice_first(*value, LONGEST);
	name.len = slice_find(name, '=');
	if (name.len < 2 || name.len == LONGEST)
		return KEYS;
	*value = slice_from(*value, name.len + 1);
	enum key key = key_of(name);
	return key == KEYS && is_odd(name) ? key_of(php_name(name, scratch)) : key;
}

/* 37; 37-INBOX of a search over folders; 37.2 for a message within one; else a list, or "*" */
static void read_uids(slice uids, slice *folder, struct event *e)
{
	int64_t uid;
	slice rest = uids;
	bool one = slice_number(&rest, &uid) && slice_find(uids, ',') == uids.len;
	size_t dash = slice_find(rest, '-');
	if (one && (rest.len == 0 || rest.at[0] == '.' || rest.at[0] == '-')) {
		event_number(e, F_UID, uid);
		if (dash + 1 < rest.len)
			*folder = slice_from(rest, dash + 1);
	} else if (uids.len) {
		event_text(e, F_UIDS, uids);
	}
}

static void set_if(struct event *e, enum field f, slice text)
{
	if (text.len)
		event_text(e, f, text);
}

void roundcube_query(slice query, struct event *e, struct arena *scratch)
{
	slice values[KEYS] = {{0}};
	while (query.len) {
		slice value;
		enum key key = next_field(&query, &value, scratch);
		if (key != KEYS)
			values[key] = value;
	}
	if (!values[TASK].at && !values[ACTION].at && !values[UIDS].at)
		return;
	for (int i = 0; i < KEYS; i++)
		if (values[i].len)
			values[i] = web_decoded(values[i], scratch);
	set_if(e, F_WEB_TASK, values[TASK]);
	set_if(e, F_WEB_ACTION, values[ACTION]);
	set_if(e, F_PART, values[PART]);
	set_if(e, F_WEB_SEARCH, values[SEARCH]);
	read_uids(values[UIDS], &values[FOLDER], e);
	set_if(e, F_FOLDER, web_folder_name(values[FOLDER], scratch));
	bool zip = slice_starts(values[ACTION], SLICE("plugin.zipdownload"));
	if (zip || (values[DOWNLOAD].len && !slice_eq(values[DOWNLOAD], SLICE("0"))))
		event_number(e, F_WEB_DOWNLOAD, 1);
}
