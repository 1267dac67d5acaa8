/*
 * word.h - eight bytes of text at a time, as one number; or sixteen, as bits.
 *
 * What a log line holds is short: names, numbers, addresses.  A call of memchr() costs as much as
 * forty bytes looked at here, and a loop over digits is left at a place that no processor guesses.
 * The first byte of the text is the lowest of the word, whatever the machine's own order.
 */
#ifndef TOCSIN_WORD_H
#define TOCSIN_WORD_H

#include <endian.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#define WORD_EACH(byte) (UINT64_C(0x0101010101010101) * (uint8_t)(byte))
#define WORD_HIGH       WORD_EACH(0x80)

static inline uint64_t word_load(const char *p)
{
	uint64_t w;
	memcpy(&w, p, sizeof w);
	return le64toh(w);
}

/* Sixteen bytes at once: a bit for each that is `c`, that of the first byte lowest. */
enum { BLOCK_BYTES = 16 };
static inline uint32_t block_mask(const char *p, char c)
{
#ifdef __SSE2__
	__m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)p);
	return (uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(bytes, _mm_set1_epi8(c)));
#else
	uint32_t mask = 0;
	for (int i = 0; i < BLOCK_BYTES; i++)
		mask |= (uint32_t)(p[i] == c) << i;
	return mask;
#endif
}

/* The same for what lies from `low` to `high`, both ASCII. */
static inline uint32_t block_between(const char *p, char low, char high)
{
#ifdef __SSE2__
	__m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)p);
	__m128i above = _mm_cmpgt_epi8(bytes, _mm_set1_epi8((char)(low - 1)));
	__m128i below = _mm_cmplt_epi8(bytes, _mm_set1_epi8((char)(high + 1)));
	return (uint32_t)_mm_movemask_epi8(_mm_and_si128(above, below));
#else
	uint32_t mask = 0;
	for (int i = 0; i < BLOCK_BYTES; i++)
		mask |= (uint32_t)(p[i] >= low && p[i] <= high) << i;
	return mask;
#endif
}

static inline uint32_t block_letters(const char *p)
{
	return block_between(p, 'a', 'z') | block_between(p, 'A', 'Z');
}

/* The same of two words, `low` being the first eight bytes. */
static inline uint32_t words_mask(uint64_t low, uint64_t high, char c)
{
#ifdef __SSE2__
	__m128i bytes = _mm_set_epi64x((int64_t)high, (int64_t)low);
	return (uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(bytes, _mm_set1_epi8(c)));
#else
	uint64_t words[2] = {htole64(low), htole64(high)};
	char text[BLOCK_BYTES];
	memcpy(text, words, sizeof text);
	return block_mask(text, c);
#endif
}

/* With '0' off all bytes: the high bits of those that are no digits, exact up to the first. */
static inline uint64_t word_no_digits(uint64_t w)
{
	return ((w + WORD_EACH(0x76)) | w) & WORD_HIGH;
}

/* The number that eight digits make, '0' taken off: pairs, then pairs of pairs. */
static inline uint32_t word_value(uint64_t w)
{
	const uint64_t pairs = UINT64_C(0x000000ff000000ff);
	w = w * 10 + (w >> 8);
	return (uint32_t)(((w & pairs) * (100 + (UINT64_C(1000000) << 32)) +
			   (w >> 16 & pairs) * (1 + (UINT64_C(10000) << 32))) >>
			  32);
}

/* The decimal number that begins a word, and its digits; if they are eight, more may follow. */
static inline uint32_t word_number(uint64_t w, size_t *digits)
{
	w ^= WORD_EACH('0');
	uint64_t other = word_no_digits(w);
	*digits = other ? (size_t)__builtin_ctzll(other) / 8 : 8;
	return *digits ? word_value(w << (64 - 8 * *digits)) : 0;
}

/* "hh:mm:ss" of a day, 60 as a leap second: its seconds, or -1. */
static inline int word_clock(uint64_t w)
{
	const uint64_t zeros = UINT64_C(0x30303a30303a3030); /* "00:00:00" */
	w ^= zeros;
	/* what is no digit, or not the colon, has a high bit after this */
	if (((w + UINT64_C(0x76767f76767f7676)) | w) & WORD_HIGH)
		return -1;
	w = w * 10 + (w >> 8);
	int hour = w & 0xff, minute = w >> 24 & 0xff, second = w >> 48 & 0xff;
	return hour < 24 && minute < 60 && second < 61 ? hour * 3600 + minute * 60 + second : -1;
}

/* ASCII letters of eight bytes in lower case. */
static inline uint64_t word_fold(uint64_t w)
{
	uint64_t low = w & ~WORD_HIGH;
	uint64_t upper = (low + WORD_EACH(0x80 - 'A')) ^ (low + WORD_EACH(0x7F - 'Z'));
	return w | (upper & ~w & WORD_HIGH) >> 2;
}

static inline uint32_t word_half(const char *p)
{
	uint32_t w;
	memcpy(&w, p, sizeof w);
	return le32toh(w);
}

/* Whether two runs of `n` bytes are the same, without a call; the last word may overlap. */
static inline bool word_same(const char *a, const char *b, size_t n)
{
	size_t i = 0;
	if (n >= 8) {
		for (; i + 8 < n; i += 8)
			if (word_load(a + i) != word_load(b + i))
				return false;
		return word_load(a + n - 8) == word_load(b + n - 8);
	}
	if (n >= 4)
		return word_half(a) == word_half(b) && word_half(a + n - 4) == word_half(b + n - 4);
	while (i < n && a[i] == b[i])
		i++;
	return i == n;
}

#endif
