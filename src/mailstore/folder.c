/* folder.c - names of folders as disks, servers and logs write them. */
#include "mailstore/store.h"

#include <glib.h>

enum { FOLDER_MOST = 1024 }; /* longer names are compared as they are */

/* RFC 3501 5.1.3: the base64 alphabet with "," for "/". */
static int base64_value(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == '+' ? 62 : c == ',' ? 63 : -1;
}

/* One UTF-16 unit; a pair is put when its second half comes. False: halves that do not fit. */
static bool put_unit(char **at, uint32_t unit, uint32_t *high)
{
	bool low = unit >= 0xdc00 && unit < 0xe000;
	if (low != (*high != 0))
		return false;
	if (unit >= 0xd800 && unit < 0xdc00) {
		*high = unit;
		return true;
	}
	uint32_t c = low ? 0x10000 + ((*high - 0xd800) << 10) + (unit - 0xdc00) : unit;
	*at += g_unichar_to_utf8(c, *at);
	*high = 0;
	return true;
}

/* What stands between "&" and "-". */
static bool put_shifted(char **at, slice code)
{
	uint32_t bits = 0, high = 0;
	int have = 0;
	for (size_t i = 0; i < code.len; i++) {
		int value = base64_value(code.at[i]);
		if (value < 0)
			return false;
		bits = bits << 6 | (uint32_t)value;
		have += 6;
		if (have < 16)
			continue;
		have -= 16;
		if (!put_unit(at, bits >> have & 0xffff, &high))
			return false;
		bits &= (1u << have) - 1;
	}
	return high == 0 && have < 6 && bits == 0;
}

slice folder_decode(slice name, char *room)
{
	char *at = room;
	while (name.len) {
		size_t plain = slice_find(name, '&');
		memcpy(at, name.at, plain);
		at += plain;
		name = slice_from(name, plain);
		if (!slice_eat(&name, "&"))
			break;
		if (slice_find(name, '-') == name.len)
			return (slice){0};
		slice code = slice_until(&name, '-');
		if (code.len == 0)
			*at++ = '&';
		else if (!put_shifted(&at, code))
			return (slice){0};
	}
	return (slice){room, (size_t)(at - room)};
}

static bool is_level(char c)
{
	return c == '.' || c == '/';
}

static slice without_inbox(slice name)
{
	bool inbox = name.len > 6 && slice_eq_nocase(slice_first(name, 5), SLICE("INBOX"));
	return inbox && is_level(name.at[5]) ? slice_from(name, 6) : name;
}

static bool same_spelled(slice a, slice b)
{
	a = without_inbox(a);
	b = without_inbox(b);
	if (slice_eq_nocase(a, SLICE("INBOX")))
		return slice_eq_nocase(b, SLICE("INBOX"));
	if (a.len != b.len)
		return false;
	for (size_t i = 0; i < a.len; i++)
		if (a.at[i] != b.at[i] && !(is_level(a.at[i]) && is_level(b.at[i])))
			return false;
	return true;
}

bool folder_same(slice a, slice b)
{
	char room[2][2 * FOLDER_MOST];
	if (same_spelled(a, b))
		return true;
	if (a.len > FOLDER_MOST || b.len > FOLDER_MOST)
		return false;
	slice plain_a = folder_decode(a, room[0]), plain_b = folder_decode(b, room[1]);
	return (plain_a.len && same_spelled(plain_a, b)) ||
	       (plain_b.len && same_spelled(a, plain_b));
}
