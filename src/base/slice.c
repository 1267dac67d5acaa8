/* slice.c - the longer half of slice.h. */
#include "slice.h"

size_t slice_search(slice s, slice needle)
{
	if (needle.len == 0)
		return 0;
	if (s.len < needle.len)
		return SIZE_MAX;
	const char *p = memmem(s.at, s.len, needle.at, needle.len);
	return p ? (size_t)(p - s.at) : SIZE_MAX;
}

size_t slice_search_last(slice s, slice needle)
{
	if (needle.len == 0)
		return s.len;
	for (size_t end = s.len; end >= needle.len;) {
		const char *p = memrchr(s.at, needle.at[0], end - needle.len + 1);
		if (!p)
			return SIZE_MAX;
		if (memcmp(p, needle.at, needle.len) == 0)
			return (size_t)(p - s.at);
		end = (size_t)(p - s.at) + needle.len - 1;
	}
	return SIZE_MAX;
}

static bool is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

slice slice_trim(slice s)
{
	while (s.len && is_space(s.at[0]))
		s = slice_from(s, 1);
	while (s.len && is_space(s.at[s.len - 1]))
		s.len--;
	return s;
}

static unsigned char lower(char c)
{
	return (unsigned char)(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
}

bool slice_eq_nocase(slice a, slice b)
{
	if (a.len != b.len)
		return false;
	for (size_t i = 0; i < a.len; i++)
		if (lower(a.at[i]) != lower(b.at[i]))
			return false;
	return true;
}

int slice_compare(slice a, slice b)
{
	size_t n = a.len < b.len ? a.len : b.len;
	int d = n ? memcmp(a.at, b.at, n) : 0;
	return d ? d : (a.len > b.len) - (a.len < b.len);
}

bool slice_number(slice *s, int64_t *value)
{
	int64_t n = 0;
	size_t i = 0;
	for (; i < s->len && s->at[i] >= '0' && s->at[i] <= '9'; i++)
		if (__builtin_mul_overflow(n, 10, &n) ||
		    __builtin_add_overflow(n, s->at[i] - '0', &n))
			return false;
	if (i == 0)
		return false;
	*s = slice_from(*s, i);
	*value = n;
	return true;
}

bool slice_is_number(slice s, int64_t *value)
{
	return slice_number(&s, value) && s.len == 0;
}
