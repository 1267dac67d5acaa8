/*
 * json.c - a JSON text into nodes, in one pass over its bytes.
 *
 * Laws: (1) what is read lies in the text: every slice of a node is one of it;
 *       (2) time and nodes grow with the text, depth is bounded, nothing calls itself;
 *       (3) a text is read to its end or a fault says where it was left.
 *
 * Why not a library: bench/json/README.md has the figures.
 */
#include "json.h"

#include <math.h>
#include <stdlib.h>

struct walk {
	const char *at, *end, *start;
	struct json_tape *tape;
	struct json_fault *fault;
	unsigned depth;
	uint32_t open[JSON_DEPTH_MOST]; /* the containers that we are in */
	char close;                     /* of the innermost: '}' or ']' */
};

static bool wrong(struct walk *w, const char *why)
{
	*w->fault = (struct json_fault){why, (size_t)(w->at - w->start)};
	return false;
}

static bool cut_short(struct walk *w)
{
	return wrong(w, "the text ends here, in the middle of a value");
}

static void skip_white(struct walk *w)
{
	while (w->at < w->end &&
	       (*w->at == ' ' || *w->at == '\n' || *w->at == '\r' || *w->at == '\t'))
		w->at++;
}

/* Mostly there is none. */
static inline void skip_space(struct walk *w)
{
	if (w->at < w->end && (unsigned char)*w->at <= ' ')
		skip_white(w);
}

/* Bits of the sixteen bytes that need a look: quotes, backslashes, controls, all beyond ASCII. */
static inline uint32_t special_mask(const char *p)
{
#ifdef __SSE2__
	const __m128i v = _mm_loadu_si128((const __m128i *)(const void *)p);
	const __m128i quote = _mm_cmpeq_epi8(v, _mm_set1_epi8('"'));
	const __m128i slash = _mm_cmpeq_epi8(v, _mm_set1_epi8('\\'));
	const __m128i low = _mm_cmplt_epi8(v, _mm_set1_epi8(' ')); /* signed: 0x80 too */
	return (uint32_t)_mm_movemask_epi8(_mm_or_si128(_mm_or_si128(quote, slash), low));
#else
	uint32_t mask = 0;
	for (int i = 0; i < BLOCK_BYTES; i++)
		mask |= (uint32_t)(p[i] == '"' || p[i] == '\\' || (signed char)p[i] < ' ') << i;
	return mask;
#endif
}

/* What may stand behind a backslash alone. */
static const bool is_escape[256] = {['"'] = true, ['\\'] = true, ['/'] = true, ['b'] = true,
				    ['f'] = true, ['n'] = true,  ['r'] = true, ['t'] = true};

/* Up to what needs a look; escapes of one letter within a block, as of paths, are passed. */
static inline void to_special(struct walk *w, bool *escaped)
{
	for (; w->end - w->at >= BLOCK_BYTES; w->at += BLOCK_BYTES) {
		uint32_t mask = special_mask(w->at);
		while (mask) {
			unsigned i = (unsigned)__builtin_ctz(mask);
			if (w->at[i] != '\\' || i + 1 == BLOCK_BYTES ||
			    !is_escape[(uint8_t)w->at[i + 1]]) {
				w->at += i;
				return;
			}
			*escaped = true;
			mask &= ~(UINT32_C(3) << i);
		}
	}
	while (w->at < w->end && *w->at != '"' && *w->at != '\\' && (signed char)*w->at >= ' ')
		w->at++;
}

/* Past one escape, the backslash not yet taken. */
static bool pass_escape(struct walk *w)
{
	if (w->end - w->at < 2)
		return w->at = w->end, cut_short(w);
	char c = w->at[1];
	if (c != 'u') {
		if (!is_escape[(uint8_t)c])
			return wrong(w, "no such escape");
		w->at += 2;
		return true;
	}
	if (w->end - w->at < 6)
		return w->at = w->end, cut_short(w);
	for (int i = 2; i < 6; i++)
		if (hex_digit(w->at[i]) < 0)
			return wrong(w, "\\u wants four hexadecimal digits");
	w->at += 6;
	return true;
}

static bool pass_beyond_ascii(struct walk *w)
{
	slice rest = {w->at, (size_t)(w->end - w->at)};
	while (rest.len && rest.at[0] & 0x80) {
		w->at = rest.at;
		if (slice_point(&rest) < 0)
			return wrong(w, "no UTF-8");
	}
	w->at = rest.at;
	return true;
}

static bool pass_special(struct walk *w, bool *escaped)
{
	if (*w->at == '\\') {
		*escaped = true;
		return pass_escape(w);
	}
	return *w->at & 0x80 ? pass_beyond_ascii(w) : wrong(w, "a control character in a string");
}

static bool take_long_string(struct walk *w, slice *value, bool *escaped)
{
	const char *from = w->at;
	for (;;) {
		to_special(w, escaped);
		if (w->at == w->end)
			return cut_short(w);
		if (*w->at == '"')
			break;
		if (!pass_special(w, escaped))
			return false;
	}
	*value = (slice){from, (size_t)(w->at++ - from)};
	return true;
}

/* A string, its opening quote not yet taken; most end in the first block. */
static inline bool take_string(struct walk *w, slice *value, bool *escaped)
{
	const char *from = ++w->at;
	uint32_t mask = w->end - from >= BLOCK_BYTES ? special_mask(from) : 0;
	size_t n = mask ? (size_t)__builtin_ctz(mask) : 0;
	*escaped = false;
	if (!mask || from[n] != '"')
		return take_long_string(w, value, escaped);
	*value = (slice){from, n};
	w->at += n + 1;
	return true;
}

static bool pass_digits(struct walk *w)
{
	const char *from = w->at;
	while (w->at < w->end && *w->at >= '0' && *w->at <= '9')
		w->at++;
	return w->at > from || wrong(w, "a digit should stand here");
}

static bool next_is(struct walk *w, char a, char b)
{
	return w->at < w->end && (*w->at == a || *w->at == b);
}

static bool pass_number(struct walk *w)
{
	w->at += *w->at == '-';
	if (next_is(w, '0', '0'))
		w->at++;
	else if (!pass_digits(w))
		return false;
	if (next_is(w, '.', '.')) {
		w->at++;
		if (!pass_digits(w))
			return false;
	}
	if (next_is(w, 'e', 'E')) {
		w->at++;
		w->at += next_is(w, '+', '-');
		return pass_digits(w);
	}
	return true;
}

static bool pass_word(struct walk *w, slice word)
{
	slice rest = {w->at, (size_t)(w->end - w->at)};
	if (!slice_starts(rest, word))
		return wrong(w, "no JSON value begins so");
	w->at += word.len;
	return true;
}

static bool take_plain(struct walk *w, struct json_node *n)
{
	const char *from = w->at;
	bool fine;
	switch (*from) {
	case 't':
		n->kind = JSON_IS_TRUE;
		fine = pass_word(w, SLICE("true"));
		break;
	case 'f':
		n->kind = JSON_IS_FALSE;
		fine = pass_word(w, SLICE("false"));
		break;
	case 'n':
		n->kind = JSON_IS_NULL;
		fine = pass_word(w, SLICE("null"));
		break;
	default:
		n->kind = JSON_IS_NUMBER;
		fine = (*from == '-' || (*from >= '0' && *from <= '9')) ? pass_number(w)
									: pass_word(w, SLICE("-"));
	}
	n->text = (slice){from, (size_t)(w->at - from)};
	return fine;
}

static void more_room(struct json_tape *t)
{
	if (!t->arena) {
		t->at = list_grow(t->at, &t->room, sizeof *t->at);
		return;
	}
	size_t room = t->room ? t->room * 2 : 64;
	struct json_node *at = arena_take(t->arena, room * sizeof *at);
	if (t->len)
		memcpy(at, t->at, t->len * sizeof *at);
	t->at = at;
	t->room = room;
}

static inline struct json_node *new_node(struct json_tape *t)
{
	if (t->len == t->room)
		more_room(t);
	return &t->at[t->len++];
}

static bool enter(struct walk *w, struct json_node *n)
{
	if (w->depth == JSON_DEPTH_MOST)
		return wrong(w, "objects and arrays are nested too deeply (64)");
	bool object = *w->at == '{';
	n->kind = object ? JSON_IS_OBJECT : JSON_IS_ARRAY;
	w->close = object ? '}' : ']';
	n->text = (slice){w->at++, 0};
	w->open[w->depth++] = (uint32_t)(w->tape->len - 1);
	return true;
}

static void leave(struct walk *w)
{
	struct json_node *n = &w->tape->at[w->open[--w->depth]];
	n->text.len = (size_t)(w->at - n->text.at);
	n->next = (uint32_t)w->tape->len;
	if (w->depth)
		w->close = w->tape->at[w->open[w->depth - 1]].kind == JSON_IS_OBJECT ? '}' : ']';
}

/* A value, and for a member the key in front of it. */
static inline bool take_value(struct walk *w, struct json_node *n)
{
	skip_space(w);
	if (w->at == w->end)
		return cut_short(w);
	n->escaped = false;
	n->next = (uint32_t)w->tape->len;
	switch (*w->at) {
	case '"':
		n->kind = JSON_IS_STRING;
		return take_string(w, &n->text, &n->escaped);
	case '{':
	case '[':
		return enter(w, n);
	default:
		return take_plain(w, n);
	}
}

static inline bool take_key(struct walk *w, struct json_node *n)
{
	skip_space(w);
	if (w->at == w->end)
		return cut_short(w);
	if (*w->at != '"')
		return wrong(w, "a name in quotes should stand here");
	if (!take_string(w, &n->key, &n->key_escaped))
		return false;
	skip_space(w);
	if (w->at == w->end)
		return cut_short(w);
	if (*w->at != ':')
		return wrong(w, "a colon should stand here");
	w->at++;
	return true;
}

static inline bool take_node(struct walk *w, bool member)
{
	if (w->tape->len == JSON_NODES_MOST)
		return wrong(w, "more values than one record may hold (1,048,576)");
	struct json_node *n = new_node(w->tape);
	n->key = (slice){0};
	n->key_escaped = false;
	if ((!member || take_key(w, n)) && take_value(w, n))
		return true;
	w->tape->len--;
	return false;
}

/* What may stand behind a value: the end of what holds it, or a comma and the next one. */
static inline bool between(struct walk *w, bool first, bool *closed)
{
	skip_space(w);
	if (w->at == w->end)
		return cut_short(w);
	*closed = *w->at == w->close;
	if (*closed) {
		w->at++;
		leave(w);
		return true;
	}
	if (first)
		return true;
	if (*w->at != ',')
		return wrong(w, w->close == '}' ? "a comma or } should stand here"
						: "a comma or ] should stand here");
	w->at++;
	return true;
}

static bool walk_value(struct walk *w)
{
	if (!take_node(w, false))
		return false;
	bool first = true;
	while (w->depth) {
		bool closed;
		if (!between(w, first, &closed))
			return false;
		first = false;
		if (closed)
			continue;
		unsigned depth = w->depth;
		if (!take_node(w, w->close == '}'))
			return false;
		first = w->depth > depth;
	}
	return true;
}

bool json_read_first(struct json_tape *t, slice text, size_t *used, struct json_fault *f)
{
	struct walk w = {.at = text.at, .end = text.at + text.len, .start = text.at, .tape = t};
	w.fault = f;
	t->len = 0;
	*f = (struct json_fault){NULL, 0};
	bool fine = text.len > UINT32_MAX ? wrong(&w, "longer than 4 GiB") : walk_value(&w);
	while (w.depth)
		leave(&w);
	*used = (size_t)(w.at - w.start);
	return fine;
}

bool json_read(struct json_tape *t, slice text, struct json_fault *f)
{
	size_t used;
	if (!json_read_first(t, text, &used, f))
		return false;
	slice rest = slice_from(text, used);
	while (rest.len && memchr(" \n\r\t", rest.at[0], 4))
		rest = slice_from(rest, 1);
	if (rest.len)
		*f = (struct json_fault){"text behind the end of the value", text.len - rest.len};
	return rest.len == 0;
}

void json_free(struct json_tape *t)
{
	free(t->at);
	*t = (struct json_tape){0};
}

const struct json_node *json_get(const struct json_tape *t, const struct json_node *object,
				 slice name)
{
	const struct json_node *found = NULL;
	if (!object || object->kind != JSON_IS_OBJECT)
		return NULL;
	for (const struct json_node *n = json_first(t, object); n; n = json_after(t, object, n))
		if (slice_eq(n->key, name))
			found = n;
	return found;
}

/* ---- escapes ---- */

static uint32_t hex4(const char *p)
{
	uint32_t n = 0;
	for (int i = 0; i < 4; i++)
		n = n << 4 | (uint32_t)(hex_digit(p[i]) & 15);
	return n;
}

/* The point of a \uXXXX, surrogate pairs joined (RFC 8259 7); half of one is U+FFFD. */
static uint32_t take_point(slice *s)
{
	uint32_t high = hex4(s->at + 2);
	*s = slice_from(*s, 6);
	if (high < 0xd800 || high > 0xdfff)
		return high;
	if (high > 0xdbff || s->len < 6 || s->at[0] != '\\' || s->at[1] != 'u')
		return 0xfffd;
	uint32_t low = hex4(s->at + 2);
	if (low < 0xdc00 || low > 0xdfff)
		return 0xfffd;
	*s = slice_from(*s, 6);
	return 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
}

static size_t put_escape(char *out, slice *s)
{
	static const char from[] = "bfnrt", to[] = "\b\f\n\r\t";
	if (s->len >= 6 && s->at[1] == 'u')
		return slice_put_point(out, take_point(s));
	char c = s->len > 1 ? s->at[1] : '\\';
	const char *p = c ? strchr(from, c) : NULL;
	out[0] = p ? to[p - from] : c;
	*s = slice_from(*s, 2);
	return 1;
}

slice json_unescape(slice text, struct arena *a)
{
	char *out = arena_take(a, text.len); /* six bytes of \uXXXX become three at most */
	size_t n = 0;
	while (text.len) {
		size_t plain = slice_find(text, '\\');
		memcpy(out + n, text.at, plain);
		n += plain;
		text = slice_from(text, plain);
		if (text.len)
			n += put_escape(out + n, &text);
	}
	return (slice){out, n};
}

slice json_words(const struct json_node *n, struct arena *a)
{
	return n->escaped ? json_unescape(n->text, a) : n->text;
}

slice json_name(const struct json_node *n, struct arena *a)
{
	return n->key_escaped ? json_unescape(n->key, a) : n->key;
}

/* ---- numbers ---- */

bool json_to_integer(const struct json_node *n, int64_t *value)
{
	slice s = n->text;
	int64_t v;
	bool minus = slice_eat(&s, "-");
	if (n->kind != JSON_IS_NUMBER)
		return false;
	if (minus && slice_eq(s, SLICE("9223372036854775808"))) {
		*value = INT64_MIN;
		return true;
	}
	if (!slice_is_number(s, &v))
		return false;
	*value = minus ? -v : v;
	return true;
}

/* No program of the house calls setlocale(): the point is a point. */
bool json_to_real(const struct json_node *n, double *value)
{
	char text[512];
	if (n->kind != JSON_IS_NUMBER || n->text.len >= sizeof text)
		return false;
	memcpy(text, n->text.at, n->text.len);
	text[n->text.len] = '\0';
	*value = strtod(text, NULL);
	return true;
}

/* ---- leaves ---- */

struct prefix {
	slice path;    /* with the dot behind it */
	uint32_t next; /* where it ends to hold */
};

static slice joined(slice path, slice key, slice end, struct arena *a)
{
	if (path.len == 0 && end.len == 0)
		return key;
	char *out = arena_take(a, path.len + key.len + end.len);
	if (path.len)
		memcpy(out, path.at, path.len);
	if (key.len)
		memcpy(out + path.len, key.at, key.len);
	memcpy(out + path.len + key.len, end.at, end.len);
	return (slice){out, path.len + key.len + end.len};
}

/* Of what stands in an array the path is the array's own, of which `path` ends with a dot. */
static slice leaf_path(const struct prefix *in, const struct json_node *n, struct arena *a)
{
	if (n->key.at)
		return joined(in->path, json_name(n, a), (slice){"", 0}, a);
	return in->path.len ? slice_first(in->path, in->path.len - 1) : in->path;
}

size_t json_leaves(const struct json_tape *t, struct json_leaf **leaves, struct arena *a)
{
	struct prefix in[JSON_DEPTH_MOST + 1] = {{{0}, UINT32_MAX}};
	struct json_leaf *out = arena_take(a, t->len * sizeof *out);
	size_t n = 0, depth = 0;
	for (uint32_t i = 0; i < t->len; i++) {
		const struct json_node *node = &t->at[i];
		while (i >= in[depth].next)
			depth--;
		if (node->kind < JSON_IS_OBJECT) {
			out[n++] = (struct json_leaf){leaf_path(&in[depth], node, a), node};
			continue;
		}
		slice path = in[depth].path;
		if (node->key.at)
			path = joined(path, json_name(node, a), SLICE("."), a);
		in[++depth] = (struct prefix){slice_first(path, JSON_PATH_MOST), node->next};
	}
	*leaves = out;
	return n;
}
