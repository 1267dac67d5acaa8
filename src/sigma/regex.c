/*
 * regex.c - regular expressions in time linear to the text, by Vectorscan
 * (https://intel.github.io/hyperscan/dev-reference/compilation.html).
 *
 * Sigma's `re` is a subset of PCRE that an automaton can do (modifiers appendix 2.1.0, Regular
 * Expression).  Texts are bytes: what is not UTF-8 must not stop a match.  A bounded repeat is
 * written out by the compiler, so its size is counted before it is let in.
 */
#include "internal.h"

#include <hs.h>
#include <stdlib.h>

enum { NESTED_MOST = 128, REPEAT_MOST = 1 << 16 };

/* `{n}`, `{n,}` or `{n,m}` at the front of `s`: how often at most it repeats; 0 if it is no repeat.
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

/* What stands at the front without its repeat: an escape, a class, or one character. */
static void eat_atom(slice *s)
{
	bool class = s->at[0] == '[';
	*s = slice_from(*s, slice_starts(*s, SLICE("\\x")) ? 4 : s->at[0] == '\\' ? 2 : 1);
	if (!class)
		return;
	slice_eat(s, "^");
	slice_eat(s, "]");
	while (s->len && s->at[0] != ']')
		*s = slice_from(*s, s->at[0] == '\\' ? 2 : 1);
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

static bool compile(struct sigma *s, struct where at, const char *text, unsigned flags,
		    struct regex *r)
{
	hs_compile_error_t *error = NULL;
	unsigned hs = HS_FLAG_SINGLEMATCH | HS_FLAG_ALLOWEMPTY;
	hs |= flags & REGEX_CASELESS ? HS_FLAG_CASELESS : 0;
	hs |= flags & REGEX_LINES ? HS_FLAG_MULTILINE : 0;
	hs |= flags & REGEX_DOTALL ? HS_FLAG_DOTALL : 0;
	if (hs_compile(text, hs, HS_MODE_BLOCK, NULL, &r->database, &error) == HS_SUCCESS)
		return true;
	refuse(s, at, "an expression without look-around, back references or endless size",
	       "bad expression: %s", error && error->message ? error->message : "no reason given");
	hs_free_compile_error(error);
	return false;
}

static bool affordable(struct sigma *s, struct where at, slice text, unsigned flags)
{
	bool own = flags & REGEX_WRITTEN_OUT;
	uint64_t cost = positions(text);
	if (text.len > (own ? REGEX_WRITTEN_BYTES : REGEX_MOST) ||
	    cost > (own ? REGEX_WRITTEN_MOST : REGEX_POSITIONS_MOST))
		return refuse(
		    s, at,
		    own ? "fewer wildcards for one character"
			: "at most 4096 bytes and 512 atoms, repeats of groups written out",
		    "an expression that is too large");
	s->regex_positions += cost;
	return s->regex_positions <= REGEX_TOTAL_MOST ||
	       refuse(s, at, "at most 262144 atoms in all rules", "too many expressions");
}

struct regex *regex_new(struct sigma *s, struct where at, slice text, unsigned flags)
{
	struct regex *r = arena_new(&s->arena, struct regex);
	if (!affordable(s, at, text, flags) ||
	    !compile(s, at, arena_text(&s->arena, text), flags, r))
		return NULL;
	*list_add(&s->regexes) = r;
	size_t size = 0;
	hs_database_size(r->database, &size);
	s->regex_bytes += size;
	if (hs_alloc_scratch(r->database, &s->scratch) != HS_SUCCESS)
		abort();
	return r;
}

static int found(unsigned id, unsigned long long from, unsigned long long to, unsigned flags,
		 void *ctx)
{
	*(bool *)ctx = true;
	return 1;
}

bool regex_holds(struct sigma *s, const struct regex *r, slice text)
{
	bool yes = false;
	unsigned len = text.len > UINT32_MAX ? UINT32_MAX : (unsigned)text.len;
	hs_scan(r->database, text.at ? text.at : "", len, 0, s->scratch, found, &yes);
	return yes;
}

void regex_free(struct sigma *s)
{
	for (size_t i = 0; i < s->regexes.len; i++)
		hs_free_database(s->regexes.at[i]->database);
	list_free(&s->regexes);
	hs_free_scratch(s->scratch);
}
