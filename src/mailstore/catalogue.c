/*
 * catalogue.c - a mail store as one JSON object a line: read and written.
 *
 * Laws: (1) a broken line costs itself only, and is noted with line and column; (2) a value of
 * another kind than the key wants costs its field only, and is noted; (3) no line above LINE_MOST
 * bytes is held; (4) what is written is read back the same.
 */
#include "mailstore/store.h"

#include <archive.h>
#include <archive_entry.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

enum { LINE_MOST = 4 << 20, BLOCK = 64 << 10 };

static const char mend[] = "mend or remove this line; all others were read";

struct reading {
	struct mailstore *m;
	const char *path;
	uint64_t line;
};

static void complain(const struct reading *r, const char *what)
{
	store_note(r->m, r->path, r->line, what, mend);
}

static void complain_key(const struct reading *r, const char *key, const char *wanted)
{
	char what[160];
	snprintf(what, sizeof what, "\"%s\" is not %s: taken as missing", key, wanted);
	complain(r, what);
}

static slice text_of(const json_t *value)
{
	return (slice){json_string_value(value), json_string_length(value)};
}

static slice get_text(const struct reading *r, const json_t *object, const char *key)
{
	const json_t *value = json_object_get(object, key);
	if (!value || json_is_null(value))
		return (slice){0};
	if (json_is_string(value))
		return text_of(value);
	complain_key(r, key, "a string");
	return (slice){0};
}

static int64_t get_number(const struct reading *r, const json_t *object, const char *key)
{
	const json_t *value = json_object_get(object, key);
	if (!value || json_is_null(value))
		return -1;
	if (json_is_integer(value) && json_integer_value(value) >= -1)
		return json_integer_value(value);
	complain_key(r, key, "a whole number");
	return -1;
}

/* RFC 3339, or seconds since 1970. */
static int64_t get_time(const struct reading *r, const json_t *object, const char *key)
{
	const json_t *value = json_object_get(object, key);
	int64_t usec;
	bool zone;
	if (!value || json_is_null(value))
		return CLOCK_NONE;
	if (json_is_string(value)) {
		slice text = text_of(value);
		if (clock_parse_iso(&text, &usec, &zone) && text.len == 0)
			return usec;
	} else if (json_is_number(value)) {
		double seconds = json_number_value(value);
		if (seconds > -1e11 && seconds < 1e12)
			return json_is_integer(value) ? json_integer_value(value) * CLOCK_SECOND
						      : (int64_t)(seconds * CLOCK_SECOND);
	}
	complain_key(r, key, "a time (RFC 3339)");
	return CLOCK_NONE;
}

/* "2", or 2 where a writer was careless. */
static slice get_part_number(const struct reading *r, const json_t *object, char room[24])
{
	const json_t *value = json_object_get(object, "part");
	if (!json_is_integer(value))
		return get_text(r, object, "part");
	int n = snprintf(room, 24, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
	return (slice){room, (size_t)n};
}

static void take_part(const struct reading *r, const json_t *object, struct mail_part *part)
{
	char room[24];
	part->part = store_share(r->m, get_part_number(r, object, room));
	part->name = store_keep(r->m, get_text(r, object, "name"));
	part->type = store_share(r->m, get_text(r, object, "type"));
	part->size = get_number(r, object, "size");
}

static void take_parts(const struct reading *r, const json_t *object, struct mail *mail)
{
	const json_t *list = json_object_get(object, "parts"), *value;
	size_t i;
	if (list && !json_is_array(list) && !json_is_null(list))
		complain_key(r, "parts", "a list");
	mail->parts = store_parts(r->m, json_array_size(list));
	json_array_foreach(list, i, value)
	{
		if (json_is_object(value))
			take_part(r, value, &mail->parts[mail->part_count++]);
		else
			complain_key(r, "parts", "a list of objects");
	}
}

static struct mail_part *own_part(struct mail *mail, slice part)
{
	for (size_t i = 0; part.len && i < mail->part_count; i++)
		if (slice_eq(mail->parts[i].part, part))
			return &mail->parts[i];
	return NULL;
}

/* {"kind": "password", "part": "2"}; kind "unknown" is a part whose form was not looked into. */
static void take_secret(const struct reading *r, const json_t *value, struct mail *mail)
{
	char room[24];
	slice kind = json_is_object(value) ? get_text(r, value, "kind") : text_of(value);
	slice number = json_is_object(value) ? get_part_number(r, value, room) : (slice){0};
	struct mail_part *part = own_part(mail, number);
	uint32_t bit = secret_bit(kind);
	bool opaque = slice_eq(kind, SLICE("unknown"));
	if (!bit && !opaque)
		complain_key(r, "kind", "a kind of secret known here");
	mail->secrets |= bit;
	if (part) {
		part->secrets |= bit;
		part->opaque |= opaque;
	}
}

static void take_secrets(const struct reading *r, const json_t *object, struct mail *mail)
{
	const json_t *list = json_object_get(object, "secrets"), *value;
	size_t i;
	mail->looked = json_is_array(list);
	if (list && !json_is_array(list) && !json_is_null(list))
		complain_key(r, "secrets", "a list");
	json_array_foreach(list, i, value) take_secret(r, value, mail);
}

static void take_mail(const struct reading *r, const json_t *object)
{
	struct mailstore *m = r->m;
	struct mail *mail = store_add(m);
	mail->account = store_account(m, get_text(r, object, "account"));
	mail->folder = store_share(m, get_text(r, object, "folder"));
	mail->uidvalidity = get_number(r, object, "uidvalidity");
	mail->uid = get_number(r, object, "uid");
	mail->message_id = store_keep(m, message_id_bare(get_text(r, object, "message_id")));
	mail->subject = store_keep(m, get_text(r, object, "subject"));
	mail->size = get_number(r, object, "size");
	mail->lines = get_number(r, object, "lines");
	mail->delivered_us = get_time(r, object, "delivered");
	mail->delivered_by_mtime = json_is_true(json_object_get(object, "delivered_by_mtime"));
	mail->file = store_keep(m, get_text(r, object, "file"));
	take_parts(r, object, mail);
	take_secrets(r, object, mail);
}

static void take_line(struct reading *r, slice line)
{
	json_error_t error;
	r->line++;
	line = slice_trim(line);
	if (line.len == 0)
		return;
	json_t *object = json_loadb(line.at, line.len, JSON_ALLOW_NUL, &error);
	char what[200];
	/* The library ends its reason with a piece of the line, which is not ours to repeat. */
	slice why = slice_of(error.text);
	size_t near = slice_search(why, SLICE(" near "));
	if (!object) {
		snprintf(what, sizeof what, "column %d: not JSON: %.*s", error.column,
			 (int)slice_first(why, near).len, why.at);
		complain(r, what);
	} else if (!json_is_object(object)) {
		complain(r, "column 1: not an object: {\"account\": ..., \"folder\": ...}");
	} else {
		take_mail(r, object);
	}
	json_decref(object);
}

/* Lines out of blocks: what is not yet ended by a line feed waits in `held`. */
struct lines {
	struct reading *r;
	struct out held;
	bool too_long; /* the current line is being dropped */
};

static void end_line(struct lines *l)
{
	if (l->too_long) {
		l->r->line++;
		complain(l->r, "longer than 4 MiB: left out");
	} else {
		take_line(l->r, (slice){l->held.at, l->held.len});
	}
	l->held.len = 0;
	l->too_long = false;
}

static void take_block(struct lines *l, slice block)
{
	while (block.len) {
		size_t end = slice_find(block, '\n');
		if (l->held.len + end > LINE_MOST)
			l->too_long = true;
		if (!l->too_long)
			out_slice(&l->held, slice_first(block, end));
		if (end < block.len)
			end_line(l);
		block = slice_from(block, end + 1);
	}
}

static struct archive *open_any(const char *path)
{
	struct archive *a = archive_read_new();
	struct archive_entry *entry;
	archive_read_support_filter_gzip(a); /* not _all: some of those start programs */
	archive_read_support_filter_bzip2(a);
	archive_read_support_filter_xz(a);
	archive_read_support_filter_zstd(a);
	archive_read_support_filter_lz4(a);
	archive_read_support_format_raw(a);
	archive_read_support_format_empty(a);
	if (archive_read_open_filename(a, path, BLOCK) == ARCHIVE_OK &&
	    archive_read_next_header(a, &entry) != ARCHIVE_FATAL)
		return a;
	archive_read_free(a);
	return NULL;
}

/* What a catalogue begins with; a byte order mark is forgiven. */
static bool looks_right(slice *block)
{
	slice_eat(block, "\xef\xbb\xbf");
	slice text = slice_trim(*block);
	return text.len == 0 || text.at[0] == '{';
}

static bool read_blocks(struct reading *r, struct archive *a)
{
	struct lines l = {.r = r, .held = {.fd = -1}};
	char *block = must_alloc(BLOCK);
	bool first = true, right = true;
	ssize_t n;
	while (right && (n = archive_read_data(a, block, BLOCK)) > 0) {
		slice text = {block, (size_t)n};
		if (first)
			right = looks_right(&text);
		first = false;
		if (right)
			take_block(&l, text);
	}
	if (right && (l.held.len || l.too_long))
		end_line(&l);
	if (right && n < 0)
		store_note(r->m, r->path, r->line + 1, "the file ends early or is damaged",
			   "copy it again; what came before was read");
	if (!right)
		store_note(r->m, r->path, 1, "column 1: neither a Maildir tree nor a catalogue",
			   "give the directory above the Maildirs, or what tocsin catalogue wrote");
	free(block);
	out_close(&l.held);
	return right;
}

bool catalogue_read(struct mailstore *m, const char *path)
{
	struct reading r = {.m = m, .path = path};
	struct archive *a = open_any(path);
	if (!a) {
		store_note(m, path, 0, "cannot be read", "check its rights, or copy it again");
		return false;
	}
	bool right = read_blocks(&r, a);
	archive_read_free(a);
	if (right && m->mails.len == 0)
		store_note(m, path, 0, "no message in this catalogue",
			   "write it again with tocsin catalogue");
	return right;
}

static void put_key(struct out *o, const char *key)
{
	if (o->at[o->len - 1] != '{' && o->at[o->len - 1] != '[')
		out_char(o, ',');
	out_json(o, slice_of(key));
	out_char(o, ':');
}

static void put_text(struct out *o, const char *key, slice text)
{
	if (text.len == 0)
		return;
	put_key(o, key);
	out_json(o, text);
}

static void put_number(struct out *o, const char *key, int64_t n)
{
	if (n < 0)
		return;
	put_key(o, key);
	out_number(o, n);
}

static void put_time(struct out *o, const char *key, int64_t usec)
{
	if (usec == CLOCK_NONE)
		return;
	put_key(o, key);
	out_char(o, '"');
	out_time(o, usec);
	out_char(o, '"');
}

/* An object of a list; the one before it ended in "}". */
static void put_open(struct out *o)
{
	if (o->at[o->len - 1] == '}')
		out_char(o, ',');
	out_char(o, '{');
}

static void put_parts(struct out *o, const struct mail *mail)
{
	if (mail->part_count == 0)
		return;
	put_key(o, "parts");
	out_char(o, '[');
	for (size_t i = 0; i < mail->part_count; i++) {
		const struct mail_part *part = &mail->parts[i];
		put_open(o);
		put_text(o, "part", part->part);
		put_text(o, "name", part->name);
		put_text(o, "type", part->type);
		put_number(o, "size", part->size);
		out_char(o, '}');
	}
	out_char(o, ']');
}

static void put_secret(struct out *o, const char *kind, slice part)
{
	put_open(o);
	put_text(o, "kind", slice_of(kind));
	put_text(o, "part", part);
	out_char(o, '}');
}

static void put_kinds(struct out *o, uint32_t secrets, slice part)
{
	for (int kind = 0; kind < SECRET_COUNT; kind++)
		if (secrets & 1u << kind)
			put_secret(o, secret_names[kind], part);
}

/* Those of no part lie in the subject, or where the catalogue read did not say. */
static void put_secrets(struct out *o, const struct mail *mail)
{
	if (!mail->looked)
		return;
	uint32_t rest = mail->secrets;
	put_key(o, "secrets");
	out_char(o, '[');
	for (size_t i = 0; i < mail->part_count; i++) {
		put_kinds(o, mail->parts[i].secrets, mail->parts[i].part);
		if (mail->parts[i].opaque)
			put_secret(o, "unknown", mail->parts[i].part);
		rest &= ~mail->parts[i].secrets;
	}
	put_kinds(o, rest, (slice){0});
	out_char(o, ']');
}

static void put_mail(struct out *o, const struct mail *mail)
{
	out_char(o, '{');
	put_text(o, "account", mail->account);
	put_text(o, "folder", mail->folder);
	put_number(o, "uidvalidity", mail->uidvalidity);
	put_number(o, "uid", mail->uid);
	put_text(o, "message_id", mail->message_id);
	put_text(o, "subject", mail->subject);
	put_number(o, "size", mail->size);
	put_number(o, "lines", mail->lines);
	put_time(o, "delivered", mail->delivered_us);
	if (mail->delivered_by_mtime) {
		put_key(o, "delivered_by_mtime");
		out_text(o, "true");
	}
	put_parts(o, mail);
	put_text(o, "file", mail->file);
	put_secrets(o, mail);
	out_text(o, "}\n");
}

bool mailstore_catalogue(struct mailstore *m, struct out *o)
{
	struct out line = {.fd = -1};
	for (size_t i = 0; i < mailstore_count(m); i++) {
		mailstore_secrets(m, mailstore_mail(m, i));
		line.len = 0;
		put_mail(&line, mailstore_mail(m, i));
		out_slice(o, (slice){line.at, line.len});
	}
	out_close(&line);
	return o->error == 0;
}
