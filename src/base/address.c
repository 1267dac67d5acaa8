/* address.c - text to sixteen bytes and back; inet_ntop() writes IPv6. */
#include "address.h"

#include <arpa/inet.h>
#include <endian.h>

static const uint8_t v4_head[12] = {[10] = 0xff, [11] = 0xff};

enum { V4_SHORTEST = sizeof "0.0.0.0" - 1, V4_LONGEST = sizeof "255.255.255.255" - 1 };

/* A bit for each dot of seven to sixteen bytes; the last eight may overlap the first. */
static inline uint32_t dots(slice s)
{
	if (s.len < 8)
		return words_mask(word_half(s.at) | (uint64_t)word_half(s.at + 3) << 24, 0, '.');
	uint32_t mask = words_mask(word_load(s.at), word_load(s.at + s.len - 8), '.');
	return (mask & 0xff) | (mask >> 8) << (s.len - 8);
}

/* The number between two bytes of it, or 256 and more if they are no one to three digits. */
static inline uint32_t take_part(const char *text, unsigned from, unsigned to)
{
	unsigned begin = to < 4 ? 0 : to - 4, gap = (32 - 8 * (to - from)) & 31;
	uint32_t w = (word_half(text + begin) ^ 0x30303030) << (8 * (4 + begin - to) & 31);
	w = w >> gap << gap; /* the digits, the last one highest */
	uint32_t other = ((w + 0x76767676) | w) & 0x80808080;
	uint32_t n = (w >> 24) + (w >> 16 & 0xff) * 10 + (w >> 8 & 0xff) * 100;
	return to - from - 1 < 3 ? n | other : 256;
}

/*
 * Dotted quad without spaces, by hand: it stands in most log lines.  Without a branch on where the
 * dots are: nothing is harder to guess in a log than that.
 */
static bool parse_v4(slice s, uint8_t out[4])
{
	if (s.len < V4_SHORTEST || s.len > V4_LONGEST)
		return false;
	uint32_t first = dots(s), second = first & (first - 1), third = second & (second - 1);
	if (!third || third & (third - 1))
		return false;
	unsigned a = (unsigned)__builtin_ctz(first), b = (unsigned)__builtin_ctz(second),
		 c = (unsigned)__builtin_ctz(third);
	uint32_t p = take_part(s.at, 0, a), q = take_part(s.at, a + 1, b),
		 r = take_part(s.at, b + 1, c), t = take_part(s.at, c + 1, (unsigned)s.len);
	uint32_t four = htole32(p | q << 8 | r << 16 | t << 24);
	memcpy(out, &four, 4);
	return (p | q | r | t) < 256;
}

/* One to four hexadecimal digits off the front. */
static bool take_group(slice *s, uint16_t *group)
{
	uint32_t n = 0;
	size_t i = 0;
	for (; i < s->len && i < 4; i++) {
		unsigned digit = (unsigned)(s->at[i] - '0'),
			 letter = (unsigned)(s->at[i] | 32) - 'a';
		if (digit > 9 && letter > 5)
			break;
		n = n << 4 | (digit > 9 ? letter + 10 : digit);
	}
	*group = (uint16_t)n;
	*s = slice_from(*s, i);
	return i > 0;
}

enum { GROUPS = 8, NO_GAP = GROUPS + 1 };

/* What stands behind the last colon may be a dotted quad, in the place of two groups. */
static bool take_quad(slice s, uint16_t *groups)
{
	uint8_t v4[4];
	for (size_t i = 0; i + 1 < s.len; i++) /* RFC 3986 3.2.2: no 0 before another digit */
		if (s.at[i] == '0' && s.at[i + 1] != '.' && (i == 0 || s.at[i - 1] == '.'))
			return false;
	if (!parse_v4(s, v4))
		return false;
	groups[0] = (uint16_t)(v4[0] << 8 | v4[1]);
	groups[1] = (uint16_t)(v4[2] << 8 | v4[3]);
	return true;
}

/* RFC 4291 2.2; the groups, and which of them "::" stands before. */
static bool take_groups(slice s, uint16_t groups[GROUPS], size_t *count, size_t *gap)
{
	*count = 0;
	*gap = NO_GAP;
	if (slice_eat(&s, "::"))
		*gap = 0;
	while (s.len && *count < GROUPS) {
		slice before = s;
		if (!take_group(&s, &groups[*count]))
			return false;
		if (s.len && s.at[0] == '.' && *count + 2 <= GROUPS) {
			*count += 2;
			return take_quad(before, &groups[*count - 2]);
		}
		++*count;
		if (!s.len)
			break;
		if (!slice_eat(&s, ":") || !s.len)
			return false;
		if (s.at[0] == ':') {
			if (*gap != NO_GAP)
				return false;
			*gap = *count;
			s = slice_from(s, 1);
		}
	}
	return s.len == 0;
}

static bool parse_v6(slice s, struct address *a)
{
	uint16_t groups[GROUPS];
	size_t count, gap;
	s = slice_first(s, slice_find(s, '%'));
	if (s.len < 2 || s.len >= ADDRESS_TEXT || !take_groups(s, groups, &count, &gap) ||
	    (gap == NO_GAP ? count != GROUPS : count >= GROUPS))
		return false;
	memset(a->b, 0, sizeof a->b);
	for (size_t i = 0; i < count; i++) {
		size_t at = i < gap ? i : i + GROUPS - count;
		a->b[2 * at] = (uint8_t)(groups[i] >> 8);
		a->b[2 * at + 1] = (uint8_t)groups[i];
	}
	return true;
}

bool address_parse(slice s, struct address *a)
{
	uint8_t v4[4];
	if (s.len >= 2 && s.at[0] == '[' && s.at[s.len - 1] == ']')
		s = (slice){s.at + 1, s.len - 2};
	if (s.len > 5 && memcmp(s.at, "IPv6:", 5) == 0) /* RFC 5321 4.1.3 */
		s = slice_from(s, 5);
	if (!parse_v4(s, v4))
		return parse_v6(s, a);
	memcpy(a->b, v4_head, 12);
	memcpy(a->b + 12, v4, 4);
	return true;
}

bool address_parse_port(slice s, struct address *a, uint16_t *port)
{
	int64_t n;
	size_t colon = slice_search_last(s, SLICE(":"));
	slice host = slice_first(s, colon);
	if (colon == SIZE_MAX || !slice_is_number(slice_from(s, colon + 1), &n) || n < 1 ||
	    n > UINT16_MAX)
		return false;
	*port = (uint16_t)n;
	bool bracketed = slice_starts(host, SLICE("[")) && slice_ends(host, SLICE("]"));
	return (bracketed || slice_find(host, ':') == host.len) && address_parse(host, a);
}

bool address_is_v4(const struct address *a)
{
	return memcmp(a->b, v4_head, 12) == 0;
}

static char *put_part(char *p, unsigned n)
{
	if (n >= 100)
		*p++ = (char)('0' + n / 100);
	if (n >= 10)
		*p++ = (char)('0' + n / 10 % 10);
	*p++ = (char)('0' + n % 10);
	return p;
}

size_t address_format(const struct address *a, char out[ADDRESS_TEXT])
{
	if (address_is_v4(a)) {
		char *p = put_part(out, a->b[12]);
		for (int i = 13; i < 16; i++) {
			*p++ = '.';
			p = put_part(p, a->b[i]);
		}
		*p = '\0';
		return (size_t)(p - out);
	}
	inet_ntop(AF_INET6, a->b, out, ADDRESS_TEXT);
	return strlen(out);
}

bool address_eq(const struct address *a, const struct address *b)
{
	return memcmp(a->b, b->b, 16) == 0;
}

bool address_is_loopback(const struct address *a)
{
	static const struct address one = {{[15] = 1}};
	return address_is_v4(a) ? a->b[12] == 127 : address_eq(a, &one);
}

bool address_is_private(const struct address *a)
{
	const uint8_t *v = a->b + 12;
	if (address_is_loopback(a))
		return true;
	if (!address_is_v4(a))
		return (a->b[0] & 0xfe) == 0xfc || (a->b[0] == 0xfe && (a->b[1] & 0xc0) == 0x80);
	return v[0] == 10 || (v[0] == 172 && (v[1] & 0xf0) == 16) || (v[0] == 192 && v[1] == 168) ||
	       (v[0] == 100 && (v[1] & 0xc0) == 64) || (v[0] == 169 && v[1] == 254);
}

static uint64_t keep_bits(unsigned bits)
{
	return bits == 0 ? 0 : bits >= 64 ? UINT64_MAX : ~(UINT64_MAX >> bits);
}

struct address address_mask(struct address a, unsigned bits)
{
	uint64_t half[2];
	memcpy(half, a.b, 16);
	half[0] &= htobe64(keep_bits(bits));
	half[1] &= htobe64(keep_bits(bits > 64 ? bits - 64 : 0));
	memcpy(a.b, half, 16);
	return a;
}

struct address address_network(struct address a)
{
	return address_mask(a, address_is_v4(&a) ? 120 : 48);
}

bool cidr_parse(slice s, struct cidr *c)
{
	size_t slash = slice_find(s, '/');
	int64_t bits = 0;
	if (!address_parse(slice_first(s, slash), &c->net))
		return false;
	bool v4 = address_is_v4(&c->net);
	if (slash == s.len)
		bits = v4 ? 32 : 128;
	else if (!slice_is_number(slice_from(s, slash + 1), &bits) || bits > (v4 ? 32 : 128))
		return false;
	c->bits = (unsigned)bits + (v4 ? 96 : 0);
	c->net = address_mask(c->net, c->bits);
	return true;
}

bool cidr_holds(const struct cidr *c, const struct address *a)
{
	unsigned whole = c->bits / 8, rest = c->bits % 8;
	if (memcmp(c->net.b, a->b, whole) != 0)
		return false;
	return rest == 0 || ((c->net.b[whole] ^ a->b[whole]) & (0xff00 >> rest) & 0xff) == 0;
}
