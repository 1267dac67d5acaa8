/*
 * secrets.c - kinds of secrets, and those of them that have a form of their own: private keys,
 * API tokens, reset links, VPN profiles.
 *
 * Laws: (1) nothing found is kept, copied or printed: the answer is bits; (2) linear in the text;
 * (3) what only looks alike (a key's first line in a manual, a link without its token) is not it.
 */
#include "mailstore/secrets.h"

const char *const secret_names[SECRET_COUNT] = {
#define AS_NAME(id, name, one, many, about) name,
    SECRETS(AS_NAME)
#undef AS_NAME
};

const char *const secret_texts[SECRET_COUNT][2] = {
#define AS_TEXT(id, name, one, many, about) {one, many},
    SECRETS(AS_TEXT)
#undef AS_TEXT
};

static const struct {
	enum secret kind;
	bool (*finds)(slice text);
} finders[] = {
    {SECRET_PASSWORD, finds_password}, {SECRET_KEY, finds_key},
    {SECRET_TOKEN, finds_token},       {SECRET_TOKEN, finds_labelled_token},
    {SECRET_IBAN, finds_iban},         {SECRET_CARD, finds_card},
    {SECRET_IDENTITY, finds_identity}, {SECRET_RESET, finds_reset_link},
    {SECRET_PROFILE, finds_profile},
};

uint32_t secret_bit(slice name)
{
	for (int kind = 0; kind < SECRET_COUNT; kind++)
		if (slice_eq(name, slice_of(secret_names[kind])))
			return 1u << kind;
	return 0;
}

uint32_t secrets_in(slice text)
{
	struct out folded = {.fd = -1};
	uint32_t found = 0;
	fold_text(text, &folded);
	for (size_t i = 0; i < COUNT(finders); i++)
		if (finders[i].finds((slice){folded.at, folded.len}))
			found |= 1u << finders[i].kind;
	if (folded.len)
		explicit_bzero(folded.at, folded.len);
	out_close(&folded);
	return found;
}

static bool is_base64(char c)
{
	return is_word(c) || c == '+' || c == '/' || c == '=';
}

static size_t base64_run(slice s)
{
	size_t n = 0;
	while (n < s.len && is_base64(s.at[n]))
		n++;
	return n;
}

/* Behind a key's first line: headers aside, a line of at least 32 characters of base64. */
static bool has_key_body(slice after)
{
	after = slice_first(after, 600);
	slice_until(&after, '\n');
	while (after.len && !slice_starts(after, SLICE("-----END"))) {
		slice line = slice_trim(slice_until(&after, '\n'));
		while (slice_eat(&line, ">") || slice_eat(&line, " "))
			;
		if (line.len >= 32 && base64_run(line) == line.len)
			return true;
	}
	return false;
}

static bool begins_key(slice text, size_t at)
{
	slice before = slice_first(text, at);
	before = slice_from(before, at > 40 ? at - 40 : 0);
	return slice_search(before, SLICE("BEGIN ")) != SIZE_MAX &&
	       has_key_body(slice_from(text, at));
}

static bool begins_putty_key(slice text, size_t at)
{
	return has_key_body(slice_from(text, at));
}

/* RFC 7468, RFC 4716, RFC 9580 6.2; PuTTY's own form. */
bool finds_key(slice text)
{
	return any_place(text, SLICE("PRIVATE KEY"), begins_key) ||
	       any_place(text, SLICE("PuTTY-User-Key-File-"), begins_putty_key);
}

/* What may stand in a token behind its prefix. */
enum alphabet { CAPITALS, WORDS, DASHED, DOTTED, HEX };

/* As their makers document them; a length is that of what follows the prefix. */
static const struct {
	slice prefix;
	enum alphabet alphabet;
	size_t least, most;
} tokens[] = {
    {SLICE_INIT("AKIA"), CAPITALS, 16, 16}, /* AWS access keys, IAM identifiers */
    {SLICE_INIT("ASIA"), CAPITALS, 16, 16},
    {SLICE_INIT("ghp_"), WORDS, 36, 255}, /* GitHub */
    {SLICE_INIT("gho_"), WORDS, 36, 255},
    {SLICE_INIT("ghu_"), WORDS, 36, 255},
    {SLICE_INIT("ghs_"), WORDS, 36, 255},
    {SLICE_INIT("ghr_"), WORDS, 36, 255},
    {SLICE_INIT("github_pat_"), DASHED, 60, 255},
    {SLICE_INIT("glpat-"), DASHED, 20, 255}, /* GitLab */
    {SLICE_INIT("xoxb-"), DASHED, 24, 255},  /* Slack */
    {SLICE_INIT("xoxp-"), DASHED, 24, 255},
    {SLICE_INIT("xoxa-"), DASHED, 24, 255},
    {SLICE_INIT("xoxr-"), DASHED, 24, 255},
    {SLICE_INIT("xoxs-"), DASHED, 24, 255},
    {SLICE_INIT("xapp-"), DASHED, 24, 255},
    {SLICE_INIT("sk_live_"), WORDS, 24, 255}, /* Stripe */
    {SLICE_INIT("rk_live_"), WORDS, 24, 255},
    {SLICE_INIT("whsec_"), WORDS, 32, 255},
    {SLICE_INIT("AIza"), DASHED, 35, 35}, /* Google */
    {SLICE_INIT("GOCSPX-"), DASHED, 24, 64},
    {SLICE_INIT("ya29."), DASHED, 40, 2048},
    {SLICE_INIT("SG."), DOTTED, 60, 80}, /* SendGrid */
    {SLICE_INIT("npm_"), WORDS, 36, 36},
    {SLICE_INIT("pypi-"), DASHED, 80, 1024},
    {SLICE_INIT("hvs."), DASHED, 24, 255}, /* HashiCorp Vault */
    {SLICE_INIT("dop_v1_"), HEX, 64, 64},  /* DigitalOcean */
    {SLICE_INIT("shpat_"), HEX, 32, 32},   /* Shopify */
    {SLICE_INIT("hf_"), WORDS, 34, 40},    /* Hugging Face */
    {SLICE_INIT("sk-ant-"), DASHED, 80, 255},
    {SLICE_INIT("sk-proj-"), DASHED, 40, 255},
};

static bool in_alphabet(char c, enum alphabet alphabet)
{
	switch (alphabet) {
	case CAPITALS:
		return is_digit(c) || (c >= 'A' && c <= 'Z');
	case WORDS:
		return is_word(c);
	case DASHED:
		return is_word(c) || c == '-' || c == '_';
	case DOTTED:
		return is_word(c) || c == '-' || c == '_' || c == '.';
	case HEX:
		return is_digit(c) || (c >= 'a' && c <= 'f');
	}
	return false;
}

static size_t run_of(slice s, enum alphabet alphabet, size_t most)
{
	size_t n = 0;
	while (n < s.len && n <= most && in_alphabet(s.at[n], alphabet))
		n++;
	return n;
}

/* Not "AKIAXXXXXXXXXXXXXXXX", nor the vendors' own examples. */
static bool looks_random(slice token)
{
	struct shape shape = shape_of(token);
	return shape.kinds == 3 && shape.digit > 0 && shape.lower + shape.upper > 0 &&
	       !slice_ends(token, SLICE("EXAMPLE"));
}

static bool token_at(slice text, size_t at)
{
	for (size_t i = 0; i < COUNT(tokens); i++) {
		slice rest = slice_from(text, at);
		if (!slice_starts(rest, tokens[i].prefix))
			continue;
		rest = slice_from(rest, tokens[i].prefix.len);
		size_t n = run_of(rest, tokens[i].alphabet, tokens[i].most);
		if (n >= tokens[i].least && n <= tokens[i].most && !is_word(char_at(rest, n)) &&
		    looks_random(slice_first(rest, n)))
			return true;
	}
	return false;
}

/*
 * RFC 7519: three parts in base64url, the first a JSON object ("eyJ" is {").  One inside a link is
 * as a rule a newsletter's way to count clicks; a link that opens something is a reset link.
 */
static bool jwt_at(slice text, size_t at)
{
	slice rest = slice_from(text, at), part;
	if (!slice_starts(rest, SLICE("eyJ")) || memchr("/=&?%.", char_at(text, at - 1), 6))
		return false;
	slice token = slice_first(rest, run_of(rest, DOTTED, 8192));
	for (int i = 0; i < 3; i++) {
		part = slice_until(&token, '.');
		if (part.len < 16)
			return false;
	}
	return token.len == 0;
}

bool finds_token(slice text)
{
	for (size_t i = 0; i < text.len; i++) {
		bool starts = is_letter(text.at[i]) && (i == 0 || !is_word(text.at[i - 1]));
		if (starts && (jwt_at(text, i) || token_at(text, i)))
			return true;
	}
	return false;
}

enum { LINK_MOST = 2048 };

/* Words of addresses that let in without a password, or set a new one. */
static const slice reset_words[] = {
    SLICE_INIT("reset"),         SLICE_INIT("recover"),     SLICE_INIT("forgot"),
    SLICE_INIT("set-password"),  SLICE_INIT("newpassword"), SLICE_INIT("new-password"),
    SLICE_INIT("setpassword"),   SLICE_INIT("passwort"),    SLICE_INIT("kennwort"),
    SLICE_INIT("mot-de-passe"),  SLICE_INIT("motdepasse"),  SLICE_INIT("reinitialis"),
    SLICE_INIT("zuruecksetzen"), SLICE_INIT("wachtwoord"),  SLICE_INIT("contrasena"),
    SLICE_INIT("restablecer"),   SLICE_INIT("reimposta"),   SLICE_INIT("magic"),
    SLICE_INIT("one-time"),      SLICE_INIT("onetime"),     SLICE_INIT("passwordless"),
    SLICE_INIT("password/edit"), SLICE_INIT("dat-lai"),     SLICE_INIT("login-link"),
};

static const slice token_names[] = {
    SLICE_INIT("token"),       SLICE_INIT("code"),
    SLICE_INIT("key"),         SLICE_INIT("otp"),
    SLICE_INIT("ticket"),      SLICE_INIT("hash"),
    SLICE_INIT("reset_token"), SLICE_INIT("resettoken"),
    SLICE_INIT("oobcode"),     SLICE_INIT("auth"),
    SLICE_INIT("signature"),   SLICE_INIT("sig"),
    SLICE_INIT("jeton"),       SLICE_INIT("reset_password_token"),
    SLICE_INIT("secret"),
};

static bool is_link_token(slice s)
{
	struct shape shape = shape_of(s);
	return s.len >= 16 && shape.digit >= 2 && shape.lower + shape.upper > 0 && shape.kinds == 3;
}

/* name=value in the query, of those names that carry a token. */
static bool query_has_token(slice query)
{
	while (query.len) {
		slice value = slice_until(&query, '&');
		slice_eat(&value, "amp;");
		slice name = slice_until(&value, '=');
		for (size_t i = 0; i < COUNT(token_names); i++)
			if (slice_eq_nocase(name, token_names[i]) && is_link_token(value))
				return true;
	}
	return false;
}

/* Where a word for resetting ends in `path`; SIZE_MAX if none stands there. */
static size_t after_reset_word(slice path)
{
	for (size_t i = 0; i < path.len; i++)
		for (size_t w = 0; w < COUNT(reset_words); w++)
			if ((i == 0 || !is_letter(path.at[i - 1])) &&
			    word_at(path, i, reset_words[w]))
				return i + reset_words[w].len;
	return SIZE_MAX;
}

static bool is_reset_link(slice text, size_t at)
{
	slice link = slice_first(slice_from(text, at + 3), LINK_MOST);
	size_t n = 0;
	while (n < link.len && !memchr(" \t\r\n\"'<>)]", link.at[n], 10) &&
	       !slice_starts(slice_from(link, n), SLICE("://")))
		n++;
	link = slice_first(link, n);
	slice path = slice_until(&link, '?');
	path = slice_from(path, slice_find(path, '/'));
	size_t after = after_reset_word(path);
	if (after == SIZE_MAX)
		return false;
	for (slice rest = slice_from(path, after); rest.len;)
		if (is_link_token(slice_until(&rest, '/')))
			return true;
	return query_has_token(link);
}

bool finds_reset_link(slice text)
{
	return any_place(text, SLICE("://"), is_reset_link);
}

/* What a line of a VPN profile begins with, and what that shows. */
enum clue { REMOTE = 1, DEVICE = 2, AUTH = 4, WIREGUARD = 8, GROUP = 16 };

static const struct {
	slice head;
	enum clue clue;
} clues[] = {
    /* OpenVPN 2.6 manual, "Client options" and "INLINE FILE SUPPORT" */
    {SLICE_INIT("remote "), REMOTE},
    {SLICE_INIT("dev tun"), DEVICE},
    {SLICE_INIT("dev tap"), DEVICE},
    {SLICE_INIT("auth-user-pass"), AUTH},
    {SLICE_INIT("<auth-user-pass>"), AUTH},
    {SLICE_INIT("<key>"), AUTH},
    {SLICE_INIT("<pkcs12>"), AUTH},
    {SLICE_INIT("<secret>"), AUTH},
    {SLICE_INIT("<tls-auth>"), AUTH},
    {SLICE_INIT("<tls-crypt>"), AUTH},
    {SLICE_INIT("<tls-crypt-v2>"), AUTH},
    {SLICE_INIT("PrivateKey"), WIREGUARD}, /* wg(8): 32 bytes in base64 */
    {SLICE_INIT("enc_GroupPwd="), GROUP},  /* Cisco VPN client */
};

static bool is_wireguard_key(slice line)
{
	slice_until(&line, '=');
	line = slice_trim(line);
	return line.len == 44 && base64_run(line) == 44 && line.at[43] == '=';
}

static bool has_clue(slice line, size_t i)
{
	if (!slice_starts(line, clues[i].head))
		return false;
	if (clues[i].clue == WIREGUARD)
		return is_wireguard_key(line);
	return clues[i].clue != GROUP || line.len >= clues[i].head.len + 16;
}

bool finds_profile(slice text)
{
	unsigned seen = 0;
	while (text.len) {
		slice line = slice_trim(slice_until(&text, '\n'));
		for (size_t i = 0; i < COUNT(clues); i++)
			if (has_clue(line, i))
				seen |= clues[i].clue;
	}
	return (seen & (WIREGUARD | GROUP)) || (seen & 7) == (REMOTE | DEVICE | AUTH);
}
