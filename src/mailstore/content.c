/*
 * content.c - one decoded part: which kind it is, its text in UTF-8, the secrets in it.
 *
 * Forms that are not read (PDF, images, archives, encrypted parts) are called opaque: that
 * nothing was found in them says nothing.
 */
#include "mailstore/store.h"

#include <gmime/gmime.h>

enum form { OPAQUE, PLAIN, MARKUP, OFFICE };

/* By type, or what it begins with. */
static const struct {
	slice type;
	enum form form;
} types[] = {
    {SLICE_INIT("text/html"), MARKUP},
    {SLICE_INIT("application/xhtml+xml"), MARKUP},
    {SLICE_INIT("text/"), PLAIN},
    {SLICE_INIT("message/"), PLAIN},
    {SLICE_INIT("application/json"), PLAIN},
    {SLICE_INIT("application/xml"), PLAIN},
    {SLICE_INIT("application/x-openvpn-profile"), PLAIN},
    {SLICE_INIT("application/x-pem-file"), PLAIN},
    {SLICE_INIT("application/x-sh"), PLAIN},
    {SLICE_INIT("application/sql"), PLAIN},
    {SLICE_INIT("application/x-yaml"), PLAIN},
    {SLICE_INIT("application/pgp-signature"), PLAIN},
    {SLICE_INIT("application/pgp-keys"), PLAIN},
    {SLICE_INIT("application/vnd.openxmlformats-officedocument."), OFFICE},
    {SLICE_INIT("application/vnd.oasis.opendocument."), OFFICE},
};

/* By the end of its name, where the type says nothing. */
static const struct {
	slice end;
	enum form form;
} ends[] = {
    {SLICE_INIT(".htm"), MARKUP},  {SLICE_INIT(".html"), MARKUP}, {SLICE_INIT(".docx"), OFFICE},
    {SLICE_INIT(".xlsx"), OFFICE}, {SLICE_INIT(".pptx"), OFFICE}, {SLICE_INIT(".odt"), OFFICE},
    {SLICE_INIT(".ods"), OFFICE},  {SLICE_INIT(".odp"), OFFICE},  {SLICE_INIT(".pdf"), OPAQUE},
};

static enum form form_by_name(slice name)
{
	for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
		slice tail = slice_from(name, name.len - ends[i].end.len);
		if (name.len > ends[i].end.len && slice_eq_nocase(tail, ends[i].end))
			return ends[i].form;
	}
	return PLAIN;
}

static enum form form_of(const struct content *c)
{
	for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
		if (slice_starts(c->type, types[i].type))
			return types[i].form;
	if (slice_starts(c->bytes, SLICE("PK\3\4")))
		return OFFICE;
	return form_by_name(c->name);
}

/* Text has no control characters but white space, form feed and escape. */
static bool looks_like_text(slice bytes)
{
	slice head = slice_first(bytes, 1024);
	for (size_t i = 0; i < head.len; i++) {
		unsigned char c = (unsigned char)head.at[i];
		if (c < 0x20 && !memchr("\t\n\r\f\033", c, 5))
			return false;
	}
	return !slice_starts(head, SLICE("%PDF-"));
}

static const char *charset_of(const struct content *c, char room[64])
{
	if (slice_starts(c->bytes, SLICE("\xff\xfe")) || slice_starts(c->bytes, SLICE("\xfe\xff")))
		return "UTF-16";
	if (c->charset.len == 0 || c->charset.len >= 64)
		return NULL;
	memcpy(room, c->charset.at, c->charset.len);
	room[c->charset.len] = 0;
	return g_mime_charset_iconv_name(room);
}

/*
 * UTF-8 by the declared charset, or else Latin-1 (which takes any byte); NULL if it is UTF-8
 * already.  Free with g_free().
 */
static char *to_utf8(const struct content *c, gsize *len)
{
	char room[64];
	gssize n = (gssize)c->bytes.len;
	const char *charset = charset_of(c, room);
	bool wide = charset && g_ascii_strncasecmp(charset, "utf-8", 5) != 0;
	char *text = wide ? g_convert(c->bytes.at, n, "UTF-8", charset, NULL, len, NULL) : NULL;
	if (text || g_utf8_validate(c->bytes.at, n, NULL))
		return text;
	return g_convert(c->bytes.at, n, "UTF-8", "ISO-8859-1", NULL, len, NULL);
}

static uint32_t markup_secrets(slice markup)
{
	struct out text = {.fd = -1};
	markup_text(markup, &text);
	uint32_t found = secrets_in((slice){text.at, text.len});
	out_close(&text);
	return found;
}

static uint32_t text_secrets(const struct content *c, enum form form, bool *opaque)
{
	gsize len;
	uint32_t found = 0;
	char *utf8 = to_utf8(c, &len);
	slice text = utf8 ? (slice){utf8, len} : c->bytes;
	*opaque = !looks_like_text(text);
	if (!*opaque)
		found = form == MARKUP ? markup_secrets(text) : secrets_in(text);
	g_free(utf8);
	return found;
}

static uint32_t office_secrets(slice zip, bool *opaque)
{
	struct out text = {.fd = -1};
	*opaque = !office_text(zip, &text);
	uint32_t found = secrets_in((slice){text.at, text.len});
	out_close(&text);
	return found;
}

uint32_t content_secrets(const struct content *c, bool *opaque)
{
	enum form form = form_of(c);
	*opaque = form == OPAQUE && c->bytes.len > 0;
	if (form == OPAQUE || c->bytes.len == 0)
		return 0;
	return form == OFFICE ? office_secrets(c->bytes, opaque) : text_secrets(c, form, opaque);
}
