/*
 * regex.c - regular expressions in time linear to the text, by Vectorscan
 * (https://intel.github.io/hyperscan/dev-reference/compilation.html).
 *
 * Sigma's `re` is a subset of PCRE that an automaton can do (modifiers appendix 2.1.0, Regular
 * Expression).  A text beyond ASCII is looked at as UTF-8, where `.` is a character and letters of
 * all alphabets have two cases; one that is no UTF-8, as logs hold too, as bytes.  A bounded repeat
 * is written out by the compiler, so its size is counted before it is let in.
 */
#include "internal.h"

#include <hs.h>
#include <stdlib.h>

enum { NESTED_MOST = 128, REPEAT_MOST = 1 << 16 };

/*
 * `{n}`, `{n,}` or `{n,m}` at the front of `s`: how often at most it repeats; 0 if it is no repeat.
 */
static uint64_t repeat_of(slice *s)
{
	slice t = *s;
	int64_t least = 0, most = 0;
	if (!slice_eat(&t, "{") || !slice_number(&t, &least))
		return 0;
	most = least;
	if (slice_eat(&t, ",") && !slice_number(&t, &most))
		most = least + 1;
	if (!slice_eat(&t, "}"))
		return 0;
	*s = t;
	return most < 1 ? 1 : most > REPEAT_MOST ? REPEAT_MOST : (uint64_t)most;
}

/* "[:alpha:]", as it may stand in a class: its length, or 0. */
static size_t named_class(slice s)
{
	size_t n = 2;
	if (!slice_starts(s, SLICE("[:")))
		return 0;
	n += n < s.len && s.at[n] == '^';
	while (n < s.len && s.at[n] >= 'a' && s.at[n] <= 'z')
		n++;
	return slice_starts(slice_from(s, n), SLICE(":]")) ? n + 2 : 0;
}

/* What stands at the front without its repeat: an escape, a class, or one character. */
static void eat_atom(slice *s)
{
	bool class = s->at[0] == '[';
	*s = slice_from(*s, slice_starts(*s, SLICE("\\x")) ? 4 : s->at[0] == '\\' ? 2 : 1);
	if (!class)
		return;
	slice_eat(s, "^");
	slice_eat(s, "]");
	while (s->len && s->at[0] != ']') {
		size_t named = named_class(*s);
		*s = slice_from(*s, named ? named : s->at[0] == '\\' ? 2 : 1);
	}
	slice_eat(s, "]");
}

/*
 * What an expression costs to compile: its atoms, with bounded repeats of groups written out.  A
 * repeat of a single atom costs the compiler about a quarter of that.
 */
static uint64_t positions(slice s)
{
	uint64_t open[NESTED_MOST] = {0}, last = 0;
	size_t depth = 0;
	bool single = false;
	while (s.len && open[depth] <= REGEX_WRITTEN_MOST) {
		uint64_t times = repeat_of(&s);
		if (times) {
			uint64_t more = single ? (times + 2) / 4 : last * (times - 1);
			open[depth] += more;
			last += more;
			single = false;
		} else if (s.at[0] == '(') {
			if (++depth == NESTED_MOST)
				return UINT64_MAX;
			open[depth] = 0;
			s = slice_from(s, slice_starts(s, SLICE("(?:")) ? 3 : 1);
		} else if (memchr("*+?|", s.at[0], 4)) {
			s = slice_from(s, 1);
		} else if (s.at[0] == ')' && depth) {
			last = open[depth--];
			open[depth] += last;
			single = false;
			s = slice_from(s, 1);
		} else {
			eat_atom(&s);
			open[depth] += last = 1;
			single = true;
		}
	}
	return s.len ? UINT64_MAX : open[depth];
}

/* --- a text without which it cannot match --- */

struct run {
	char *text;
	size_t len, best_len;
	char *best;
	char mark;
};

static void run_end(struct run *r)
{
	for (size_t i = 0; i < r->len && !r->mark; i++)
		if ((r->text[i] | 32) < 'a' || (r->text[i] | 32) > 'z')
			r->mark = r->text[i];
	if (r->len > r->best_len) {
		memcpy(r->best, r->text, r->len);
		r->best_len = r->len;
	}
	r->len = 0;
}

/* Behind a group and all in it; false if it is not closed or gives white space another meaning. */
static bool skip_group(slice *s)
{
	size_t depth = 0;
	if (slice_starts(*s, SLICE("(?"))) {
		slice flags = slice_from(*s, 2);
		for (; flags.len && flags.at[0] >= 'a' && flags.at[0] <= 'z';
		     flags = slice_from(flags, 1))
			if (flags.at[0] == 'x')
				return false;
	}
	do {
		if (!s->len)
			return false;
		depth += s->at[0] == '(';
		depth -= s->at[0] == ')';
		eat_atom(s);
	} while (depth);
	return true;
}

/* What is repeated any number of times, none included, need not be there: only `+` keeps it. */
static void take_repeat(slice *s, struct run *r)
{
	bool times = s->len > 1 && s->at[0] == '{' && s->at[1] >= '0' && s->at[1] <= '9';
	if (!s->len || (!times && !memchr("*+?", s->at[0], 3)))
		return;
	r->len -= s->at[0] != '+' && r->len;
	run_end(r);
	if (times)
		*s = slice_from(*s, slice_find(*s, '}'));
	*s = slice_from(*s, 1);
	if (s->len && (s->at[0] == '?' || s->at[0] == '+'))
		*s = slice_from(*s, 1);
}

/* An escape that stands for what one byte of it does not say: \x41, \Q, a reference. */
static bool is_long_escape(char c)
{
	bool letter = (c | 32) >= 'a' && (c | 32) <= 'z';
	return c & 0x80 || (c >= '0' && c <= '9') || (letter && !memchr("dDwWsSbBtnrAzZ", c, 14));
}

static bool take_plain(slice *s, struct run *r)
{
	char c = s->at[0], next = s->len > 1 ? s->at[1] : '\0';
	if (c == '(') {
		run_end(r);
		return skip_group(s);
	}
	if (c == ')' || (c == '\\' && is_long_escape(next)))
		return false;
	bool letter = (next | 32) >= 'a' && (next | 32) <= 'z';
	if (memchr("[.^$", c, 4) || (c == '\\' && letter) || c & 0x80)
		run_end(r); /* beyond ASCII a character is several bytes, and has another case */
	else
		r->text[r->len++] = c == '\\' ? next : c;
	eat_atom(s);
	return true;
}

/* One alternative, up to its bar. */
static bool take_branch(slice *s, struct run *r)
{
	while (s->len && s->at[0] != '|') {
		if (!take_plain(s, r))
			return false;
		take_repeat(s, r);
	}
	run_end(r);
	return true;
}

slice regex_needs(struct arena *a, slice text, char marks[MARKS_MOST], unsigned *count)
{
	char *room = arena_take(a, text.len);
	struct run r = {.text = must_alloc(text.len + 1), .best = room};
	unsigned branches = 0, marked = 0;
	bool fine;
	do {
		r.mark = 0;
		fine = take_branch(&text, &r);
		if (fine && r.mark && marked < MARKS_MOST)
			marks[marked++] = r.mark;
		branches++;
	} while (fine && text.len && slice_eat(&text, "|"));
	free(r.text);
	*count = fine && marked == branches ? marked : 0;
	return fine && branches == 1 ? (slice){room, r.best_len} : SLICE("");
}

/* What is not offered is told from what no flavour of expressions reads. */
static void complain(struct sigma *s, struct where at, hs_compile_error_t *error)
{
	const char *why = error && error->message ? error->message : "no reason given";
	bool foreign =
	    strstr(why, "upport") || strstr(why, "too large") || strstr(why, "reference");
	refuse(s, at,
	       foreign ? "an expression without look-around, back references or endless size"
		       : "an expression of PCRE; a backslash before signs that mean themselves",
	       "bad expression: %s", why);
	hs_free_compile_error(error);
}

static unsigned compiler_flags(unsigned flags)
{
	return HS_FLAG_SINGLEMATCH | HS_FLAG_ALLOWEMPTY |
	       (flags & REGEX_CASELESS ? HS_FLAG_CASELESS : 0) |
	       (flags & REGEX_LINES ? HS_FLAG_MULTILINE : 0) |
	       (flags & REGEX_DOTALL ? HS_FLAG_DOTALL : 0);
}

/* Read, and its automaton drawn, but not built. */
static bool is_sound(struct automaton *a, hs_compile_error_t **error)
{
	hs_expr_info_t *info = NULL;
	bool sound = hs_expression_info(a->text, a->flags, &info, error) == HS_SUCCESS;
	a->least = info ? info->min_width : 0;
	free(info);
	return sound;
}

/* What is sound and affordable compiles; should one not, that is said, and it holds for nothing. */
static bool compile(struct sigma *s, struct automaton *a, struct where at)
{
	hs_compile_error_t *error = NULL;
	size_t size = 0;
	a->refused =
	    hs_compile(a->text, a->flags, HS_MODE_BLOCK, NULL, &a->database, &error) != HS_SUCCESS;
	if (a->refused) {
		complain(s, at, error);
		return false;
	}
	hs_database_size(a->database, &size);
	s->regex_bytes += size;
	if (hs_alloc_scratch(a->database, &s->scratch) != HS_SUCCESS)
		abort();
	return true;
}

static bool affordable(struct sigma *s, struct where at, slice text, bool written)
{
	uint64_t cost = positions(text);
	if (text.len > (written ? REGEX_WRITTEN_BYTES : REGEX_MOST) ||
	    cost > (written ? REGEX_WRITTEN_MOST : REGEX_POSITIONS_MOST))
		return refuse(
		    s, at,
		    written ? "fewer wildcards for one character"
			    : "at most 4096 bytes and 512 atoms, repeats of groups written out",
		    "an expression that is too large");
	s->regex_positions += cost;
	return s->regex_positions <= REGEX_TOTAL_MOST ||
	       refuse(s, at, "at most 262144 atoms in all rules", "too many expressions");
}

/* Of a byte, say, it cannot be: found out when a text has letters, as most have not. */
static bool has_letters(struct regex *r)
{
	hs_compile_error_t *error = NULL;
	if (r->unasked && !is_sound(&r->letters, &error))
		r->letters.text = NULL;
	hs_free_compile_error(error);
	r->unasked = false;
	return r->letters.text;
}

struct regex *regex_new(struct sigma *s, struct where at, slice text, unsigned flags)
{
	hs_compile_error_t *error = NULL;
	if (!affordable(s, at, text, false))
		return NULL;
	struct regex *r = arena_new(&s->arena, struct regex);
	r->at = at;
	r->beyond = beyond_ascii(text);
	r->bytes.text = r->letters.text = arena_text(&s->arena, text);
	r->bytes.flags = compiler_flags(flags);
	r->letters.flags = r->bytes.flags | HS_FLAG_UTF8;
	r->unasked = true;
	if (!is_sound(&r->bytes, &error)) {
		r->bytes.text = NULL; /* of \x{20ac}, say, it cannot be */
		if (!has_letters(r)) {
			complain(s, at, error);
			return NULL;
		}
	}
	hs_free_compile_error(error);
	*list_add(&s->regexes) = r;
	return r;
}

struct regex *regex_written(struct sigma *s, struct where at, slice bytes, unsigned flags)
{
	hs_compile_error_t *error = NULL;
	if (!affordable(s, at, bytes, true))
		return NULL;
	struct regex *r = arena_new(&s->arena, struct regex);
	r->at = at;
	r->bytes.flags = compiler_flags(flags);
	r->bytes.text = arena_text(&s->arena, bytes);
	if (!is_sound(&r->bytes, &error)) {
		complain(s, at, error);
		return NULL;
	}
	*list_add(&s->regexes) = r;
	return r;
}

static int found(unsigned id, unsigned long long from, unsigned long long to, unsigned flags,
		 void *ctx)
{
	*(bool *)ctx = true;
	return 1;
}

bool beyond_ascii(slice text)
{
	size_t i = 0;
	for (; i + 8 <= text.len; i += 8)
		if (word_load(text.at + i) & WORD_HIGH)
			return true;
	while (i < text.len && !(text.at[i] & 0x80))
		i++;
	return i < text.len;
}

static bool is_utf8(slice text)
{
	while (text.len)
		if (slice_point(&text) < 0)
			return false;
	return true;
}

/* Of a text that is all ASCII both say the same, but for letters of the expression that are not. */
static struct automaton *automaton_for(struct regex *r, slice text)
{
	if (!r->bytes.text)
		return &r->letters;
	if (!r->letters.text)
		return &r->bytes;
	bool letters = beyond_ascii(text) ? is_utf8(text) : r->beyond;
	return letters && has_letters(r) ? &r->letters : &r->bytes;
}

bool regex_holds(struct sigma *s, struct regex *r, slice text)
{
	bool yes = false;
	struct automaton *a = automaton_for(r, text);
	if (a == &r->letters && !r->bytes.text && !is_utf8(text))
		return false;
	if (text.len < a->least)
		return false;
	if (!a->database && (a->refused || !compile(s, a, r->at)))
		return false;
	unsigned len = text.len > UINT32_MAX ? UINT32_MAX : (unsigned)text.len;
	hs_scan(a->database, text.at ? text.at : "", len, 0, s->scratch, found, &yes);
	return yes;
}

void regex_free(struct sigma *s)
{
	for (size_t i = 0; i < s->regexes.len; i++) {
		hs_free_database(s->regexes.at[i]->bytes.database);
		hs_free_database(s->regexes.at[i]->letters.database);
	}
	list_free(&s->regexes);
	hs_free_scratch(s->scratch);
}
