/*
 * seek.c - where in a text a piece of a pattern stands.
 *
 * Laws: (1) time is linear in the text, whatever both hold; (2) nothing is read beyond the text.
 */
#include "internal.h"

static const uint16_t *fall_of(struct arena *a, slice text)
{
	uint16_t *fall = arena_take(a, text.len * sizeof *fall);
	for (size_t i = 1, k = 0; i < text.len; i++) {
		while (k && text.at[i] != text.at[k])
			k = fall[k - 1];
		k += text.at[i] == text.at[k];
		fall[i] = (uint16_t)k;
	}
	return fall;
}

struct piece piece_make(struct arena *a, slice text, bool cased)
{
	char *own = arena_take(a, text.len);
	for (size_t i = 0; i < text.len; i++)
		own[i] = cased ? text.at[i] : (char)byte_fold((unsigned char)text.at[i]);
	slice t = {own, text.len};
	return (struct piece){t, fall_of(a, t)};
}

/* Whole words, the last of them over some that were compared already. */
static inline bool same_words(const char *text, slice piece)
{
	size_t last = piece.len - 8;
	for (size_t i = 0; i < last; i += 8)
		if (word_fold(word_load(text + i)) != word_load(piece.at + i))
			return false;
	return word_fold(word_load(text + last)) == word_load(piece.at + last);
}

bool piece_same(const char *text, slice piece, bool cased)
{
	if (cased)
		return word_same(text, piece.at, piece.len);
	if (piece.len >= 8)
		return same_words(text, piece);
	for (size_t i = 0; i < piece.len; i++)
		if (byte_fold((unsigned char)text[i]) != (unsigned char)piece.at[i])
			return false;
	return true;
}

/* Knuth, Morris and Pratt's way: the rest of `text` behind the first place where the piece stands;
 * false if it stands nowhere. */
static bool seek_by_falls(slice *text, const struct piece *piece, bool cased)
{
	const char *end = text->at + text->len;
	size_t k = 0;
	for (const char *p = text->at; p < end; p++) {
		if (piece->text.len - k > (size_t)(end - p))
			return false;
		unsigned char c = (unsigned char)*p;
		char want = (char)(cased ? c : byte_fold(c));
		while (k && piece->text.at[k] != want)
			k = piece->fall[k - 1];
		k += piece->text.at[k] == want;
		if (k == piece->text.len) {
			*text = (slice){p + 1, (size_t)(end - p - 1)};
			return true;
		}
	}
	return false;
}

/* Sixteen bytes that are `c`, a bit each; of a letter in either case, and of some others too. */
static inline uint32_t bytes_like(const char *p, char c, char either)
{
#ifdef __SSE2__
	__m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)p);
	bytes = _mm_or_si128(bytes, _mm_set1_epi8(either));
	return (uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(bytes, _mm_set1_epi8(c)));
#else
	uint32_t mask = 0;
	for (int i = 0; i < BLOCK_BYTES; i++)
		mask |= (uint32_t)((p[i] | either) == c) << i;
	return mask;
#endif
}

static char either_case(char c, bool cased)
{
	return !cased && c >= 'a' && c <= 'z' ? 0x20 : 0;
}

/*
 * Where the first and the last byte of the piece stand all of it does, mostly: those two are looked
 * at everywhere, sixteen places at a time, and the whole a few times.  A text in which they stand
 * too often is somebody's trick: that is for seek_by_falls().  `room` is how much can be read.
 */
static bool seek_blocks(slice *text, const struct piece *piece, bool cased, size_t room)
{
	enum { TRIES = 16 };
	size_t len = piece->text.len, places = text->len - len + 1, tries = 0, i = 0;
	char first = piece->text.at[0], last = piece->text.at[len - 1];
	char first_either = either_case(first, cased), last_either = either_case(last, cased);
	for (; i < places && i + len - 1 + BLOCK_BYTES <= room; i += BLOCK_BYTES) {
		uint32_t mask = bytes_like(text->at + i, first, first_either) &
				bytes_like(text->at + i + len - 1, last, last_either);
		for (; mask; mask &= mask - 1) {
			size_t at = i + (size_t)__builtin_ctz(mask);
			if (at >= places)
				return false;
			if (piece_same(text->at + at, piece->text, cased)) {
				*text = slice_from(*text, at + len);
				return true;
			}
			if (++tries == TRIES) {
				*text = slice_from(*text, at + 1);
				return seek_by_falls(text, piece, cased);
			}
		}
	}
	*text = slice_from(*text, i < places ? i : text->len);
	return text->len >= len && seek_by_falls(text, piece, cased);
}

bool piece_seek(slice *text, const struct piece *piece, bool cased)
{
	enum { SHORT = 112 };
	char room[SHORT + BLOCK_BYTES];
	if (piece->text.len > text->len)
		return false;
	if (text->len > SHORT)
		return seek_blocks(text, piece, cased, text->len);
	memcpy(room, text->at, text->len);
	memset(room + text->len, 0, BLOCK_BYTES);
	slice copy = {room, text->len};
	if (!seek_blocks(&copy, piece, cased, text->len + BLOCK_BYTES))
		return false;
	*text = slice_from(*text, text->len - copy.len);
	return true;
}

bool holds_byte(slice text, const char *bytes, size_t count)
{
	size_t i = 0;
	for (; i + BLOCK_BYTES <= text.len; i += BLOCK_BYTES)
		for (size_t k = 0; k < count; k++)
			if (block_mask(text.at + i, bytes[k]))
				return true;
	for (; i < text.len; i++)
		if (memchr(bytes, text.at[i], count))
			return true;
	return false;
}
