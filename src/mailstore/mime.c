/*
 * mime.c - a message's identity, subject and parts, by GMime.
 *
 * Parts are numbered as IMAP numbers them (RFC 9051 6.4.5): children of the outermost multipart
 * are 1, 2, ..., nested ones 1.1; a body that is no multipart is 1; a message/rfc822 part 2 has
 * children 2.1, ...  Multiparts hold parts but are none.
 * Laws: (1) mime_read() and mime_secrets() walk alike, so the i-th part is the same in both;
 * (2) no deeper than DEPTH_MOST, no more than PARTS_MOST parts; (3) every string kept is UTF-8.
 */
#include "mailstore/store.h"

#include <gmime/gmime.h>
#include <stdio.h>

enum { DEPTH_MOST = 50, PARTS_MOST = 10000, NUMBER_MOST = 512, TEXT_MOST = 4096 };
enum { LOOK_MOST = 16 << 20 }; /* decoded bytes of one part that are searched for secrets */

struct number {
	char at[NUMBER_MOST];
	int len;
};

struct walk {
	void (*seen)(struct walk *w, const struct number *number, GMimeObject *part);
	void *ctx;
	size_t parts;
	int depth;
	bool too_many;
};

static struct number child_of(const struct number *of, int i)
{
	struct number n;
	n.len = snprintf(n.at, sizeof n.at, "%.*s%s%d", of->len, of->at, of->len ? "." : "", i);
	if (n.len >= NUMBER_MOST)
		n.len = NUMBER_MOST - 1;
	return n;
}

static void saw(struct walk *w, const struct number *number, GMimeObject *part)
{
	if (w->parts == PARTS_MOST) {
		w->too_many = true;
		return;
	}
	w->seen(w, number, part);
	w->parts++;
}

static void walk_body(struct walk *w, const struct number *number, GMimeObject *body);
static void walk_children(struct walk *w, const struct number *number, GMimeMultipart *multi);

static void walk_part(struct walk *w, const struct number *number, GMimeObject *part)
{
	bool deep = w->depth >= DEPTH_MOST;
	w->too_many |= deep && !GMIME_IS_PART(part);
	if (GMIME_IS_MULTIPART(part) && !deep) {
		walk_children(w, number, GMIME_MULTIPART(part));
		return;
	}
	saw(w, number, part);
	if (!GMIME_IS_MESSAGE_PART(part) || deep)
		return;
	GMimeMessage *message = g_mime_message_part_get_message(GMIME_MESSAGE_PART(part));
	w->depth++;
	walk_body(w, number, message ? g_mime_message_get_mime_part(message) : NULL);
	w->depth--;
}

static void walk_children(struct walk *w, const struct number *number, GMimeMultipart *multi)
{
	int count = g_mime_multipart_get_count(multi);
	w->depth++;
	for (int i = 0; i < count && w->parts < PARTS_MOST; i++) {
		struct number child = child_of(number, i + 1);
		walk_part(w, &child, g_mime_multipart_get_part(multi, i));
	}
	w->too_many |= w->parts == PARTS_MOST;
	w->depth--;
}

static void walk_body(struct walk *w, const struct number *number, GMimeObject *body)
{
	struct number first = child_of(number, 1);
	if (body && GMIME_IS_MULTIPART(body) && w->depth < DEPTH_MOST)
		walk_children(w, number, GMIME_MULTIPART(body));
	else if (body)
		walk_part(w, &first, body);
}

static GMimeParserOptions *parser_options(void)
{
	static const char *guesses[] = {"utf-8", "windows-1252", NULL};
	GMimeParserOptions *options = g_mime_parser_options_new();
	g_mime_parser_options_set_fallback_charsets(options, guesses);
	return options;
}

/* RFC 5322 2.2: a name of visible characters, and a colon. */
static bool is_header(slice line)
{
	size_t n = 0;
	while (n < line.len && line.at[n] > ' ' && line.at[n] < 0x7f && line.at[n] != ':')
		n++;
	return n > 0 && n < line.len && line.at[n] == ':';
}

/* GMime refuses a message whose first line is no header; servers show it none the less. */
static slice without_junk(slice text)
{
	while (text.len) {
		slice rest = text, line = slice_trim(slice_until(&rest, '\n'));
		if (line.len == 0 || is_header(line))
			return text;
		text = rest;
	}
	return SLICE("\r\n");
}

/* NULL: GMime makes nothing of it. The message refers to `text`. */
static GMimeMessage *parse(slice text, GMimeParserOptions *options, GByteArray *bytes)
{
	text = without_junk(text);
	*bytes = (GByteArray){(guint8 *)(uintptr_t)text.at, (guint)text.len};
	GMimeStream *stream = g_mime_stream_mem_new();
	g_mime_stream_mem_set_owner(GMIME_STREAM_MEM(stream), FALSE);
	g_mime_stream_mem_set_byte_array(GMIME_STREAM_MEM(stream), bytes);
	GMimeParser *parser = g_mime_parser_new_with_stream(stream);
	g_mime_parser_set_persist_stream(parser, TRUE);
	GMimeMessage *message = g_mime_parser_construct_message(parser, options);
	g_object_unref(parser);
	g_object_unref(stream);
	return message;
}

/* `text` up to TEXT_MOST bytes as good UTF-8 (law 3); free with g_free(). */
static char *good_text(const char *text)
{
	size_t len = text ? strnlen(text, TEXT_MOST) : 0;
	while (len > 0 && len == TEXT_MOST && ((unsigned char)text[len] & 0xc0) == 0x80)
		len--;
	return g_utf8_make_valid(text ? text : "", (gssize)len);
}

static slice keep_text(struct mailstore *m, const char *text)
{
	char *good = good_text(text);
	slice kept = store_keep(m, slice_of(good));
	g_free(good);
	return kept;
}

/* As it stands in the message, since logs write it so: without folding and brackets. */
static slice keep_message_id(struct mailstore *m, GMimeMessage *message)
{
	GMimeHeaderList *headers = g_mime_object_get_header_list(GMIME_OBJECT(message));
	GMimeHeader *header = g_mime_header_list_get_header(headers, "Message-Id");
	slice id = slice_trim(slice_of(header ? g_mime_header_get_raw_value(header) : NULL));
	size_t open = slice_find(id, '<');
	if (open < id.len) {
		id = slice_from(id, open + 1);
		id = slice_until(&id, '>');
	}
	char *text = g_strndup(id.at ? id.at : "", id.len);
	slice kept = keep_text(m, text);
	g_free(text);
	return kept;
}

static char *type_of(GMimeObject *part)
{
	GMimeContentType *type = g_mime_object_get_content_type(part);
	char *name = type ? g_mime_content_type_get_mime_type(type) : NULL;
	char *small = g_ascii_strdown(name ? name : "", -1);
	char *good = good_text(small);
	g_free(name);
	g_free(small);
	return good;
}

static const char *name_of(GMimeObject *part)
{
	const char *name = g_mime_object_get_content_disposition_parameter(part, "filename");
	return name ? name : g_mime_object_get_content_type_parameter(part, "name");
}

/* Bytes that `part` has when its transfer encoding is undone; -1 if it is no leaf. */
static int64_t size_of(GMimeObject *part)
{
	GMimeDataWrapper *content =
	    GMIME_IS_PART(part) ? g_mime_part_get_content(GMIME_PART(part)) : NULL;
	if (!content)
		return -1;
	GMimeStream *nowhere = g_mime_stream_null_new();
	int64_t size = g_mime_data_wrapper_write_to_stream(content, nowhere);
	g_object_unref(nowhere);
	return size < 0 ? -1 : size;
}

struct reading {
	struct mailstore *m;
	LIST(struct mail_part) parts;
};

static void take_part(struct walk *w, const struct number *number, GMimeObject *object)
{
	struct reading *r = w->ctx;
	struct mail_part *part = list_add(&r->parts);
	char *type = type_of(object);
	part->part = store_share(r->m, (slice){number->at, (size_t)number->len});
	part->type = store_share(r->m, slice_of(type));
	part->name = keep_text(r->m, name_of(object));
	part->size = size_of(object);
	g_free(type);
}

const char *mime_read(struct mailstore *m, struct mail *mail, slice text)
{
	GByteArray bytes;
	GMimeParserOptions *options = parser_options();
	GMimeMessage *message = parse(text, options, &bytes);
	struct reading r = {.m = m};
	struct walk w = {.seen = take_part, .ctx = &r};
	if (message) {
		mail->message_id = keep_message_id(m, message);
		mail->subject = keep_text(m, g_mime_message_get_subject(message));
		walk_body(&w, &(struct number){.len = 0}, g_mime_message_get_mime_part(message));
		g_object_unref(message);
	}
	mail->parts = store_parts(m, r.parts.len);
	mail->part_count = r.parts.len;
	if (r.parts.len)
		memcpy(mail->parts, r.parts.at, r.parts.len * sizeof *mail->parts);
	list_free(&r.parts);
	g_mime_parser_options_free(options);
	if (!message)
		return "not a message";
	return w.too_many ? "parts nested too deep or too many: the rest is not listed" : NULL;
}

/* The first LOOK_MOST decoded bytes of a leaf. */
static GByteArray *decode(GMimeObject *part, bool *cut)
{
	GByteArray *bytes = g_byte_array_new();
	GMimeDataWrapper *content = g_mime_part_get_content(GMIME_PART(part));
	GMimeStream *into = g_mime_stream_mem_new_with_byte_array(bytes);
	g_mime_stream_mem_set_owner(GMIME_STREAM_MEM(into), FALSE);
	if (content)
		g_mime_data_wrapper_write_to_stream(content, into);
	g_object_unref(into);
	*cut = bytes->len > LOOK_MOST;
	return bytes;
}

static uint32_t look_into(GMimeObject *object, bool *opaque)
{
	bool cut;
	char *type = type_of(object);
	GByteArray *bytes = decode(object, &cut);
	struct content c = {
	    .type = slice_of(type),
	    .name = slice_of(name_of(object)),
	    .charset = slice_of(g_mime_object_get_content_type_parameter(object, "charset")),
	    .bytes = slice_first((slice){(char *)bytes->data, bytes->len}, LOOK_MOST),
	};
	uint32_t found = content_secrets(&c, opaque);
	*opaque |= cut;
	g_byte_array_unref(bytes);
	g_free(type);
	return found;
}

static uint32_t subject_secrets(GMimeMessage *message)
{
	return message ? secrets_in(slice_of(g_mime_message_get_subject(message))) : 0;
}

static void search_part(struct walk *w, const struct number *number, GMimeObject *object)
{
	struct mail *mail = w->ctx;
	struct mail_part *part = w->parts < mail->part_count ? &mail->parts[w->parts] : NULL;
	if (!part)
		return; /* the file changed since it was read */
	if (GMIME_IS_PART(object))
		part->secrets = look_into(object, &part->opaque);
	else if (GMIME_IS_MESSAGE_PART(object))
		part->secrets =
		    subject_secrets(g_mime_message_part_get_message(GMIME_MESSAGE_PART(object)));
	mail->secrets |= part->secrets;
}

void mime_secrets(struct mail *mail, slice text)
{
	GByteArray bytes;
	GMimeParserOptions *options = parser_options();
	GMimeMessage *message = parse(text, options, &bytes);
	struct walk w = {.seen = search_part, .ctx = mail};
	mail->secrets = subject_secrets(message);
	if (message) {
		walk_body(&w, &(struct number){.len = 0}, g_mime_message_get_mime_part(message));
		g_object_unref(message);
	}
	g_mime_parser_options_free(options);
}
