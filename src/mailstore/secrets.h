/*
 * secrets.h - what looks for secrets in folded text: for the files of this folder only.
 *
 * Text is folded first: letters lose their accents, odd spaces, quotes and dashes become plain
 * ones, invisible characters go.  Case stays, as the strength of a password shows in it.
 */
#ifndef TOCSIN_MAILSTORE_SECRETS_H
#define TOCSIN_MAILSTORE_SECRETS_H

#include "mailstore/store.h"

void fold_text(slice text, struct out *folded);

/* Each is linear, and knows no other. */
bool finds_password(slice text);
bool finds_labelled_token(slice text);
bool finds_token(slice text);
bool finds_key(slice text);
bool finds_iban(slice text);
bool finds_card(slice text);
bool finds_identity(slice text);
bool finds_reset_link(slice text);
bool finds_profile(slice text);

/* What characters a stretch is made of. */
struct shape {
	size_t lower, upper, digit;
	size_t joiner; /* - _ ' . / : what also joins words and dates */
	size_t symbol; /* all else, white space excepted */
	size_t kinds;  /* distinct characters, as far as 3 */
};
struct shape shape_of(slice s);

static inline bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}
static inline bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
static inline bool is_word(char c)
{
	return is_digit(c) || is_letter(c);
}
/* The character at `i`, which may be outside: then a space. */
static inline char char_at(slice s, size_t i)
{
	return i < s.len ? s.at[i] : ' ';
}

/* `word` stands at `i`, in any case. */
bool word_at(slice text, size_t i, slice word);
/* One of `n` words stands whole among the `window` characters before `at`. */
bool word_before(slice text, size_t at, size_t window, const slice *words, size_t n);
/* One of the places where `needle` stands passes `test`. */
bool any_place(slice text, slice needle, bool (*test)(slice text, size_t at));

#define COUNT(a) (sizeof(a) / sizeof *(a))

#endif
