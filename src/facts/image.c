/* image.c - all that facts remember, as bytes; what they were given is the caller's to give again.
 */
#include "known.h"

#include <stdlib.h>

/* What is not remembered, but given, or found again when it is asked for. */
static void keep_given(struct facts *f, const struct facts *given)
{
	f->arena = given->arena;
	memcpy(f->wanted, given->wanted, sizeof f->wanted);
	f->targets = given->targets;
	f->recipients = given->recipients;
	f->rows.at = given->rows.at;
	f->rows.len = given->rows.len;
	f->rows.room = given->rows.room;
	f->geo = given->geo;
	f->state = given->state;
	f->zone = given->zone;
	f->net_row = NULL;
	f->net = (struct address){{0}};
	f->host = NULL;
	f->account = NULL;
	f->domain = NULL;
	for (size_t i = 0; i < facts_tables(); i++)
		*facts_table(f, i) = *facts_table(given, i);
}

/* Texts of tables of the program lie elsewhere the next time. */
static void image_kinds(struct facts *f, struct image *im)
{
	for (struct session_client *s = NULL; (s = table_next(&f->session_clients, s));) {
		char text[16] = "";
		if (im->writes && s->kind.len < sizeof text && s->kind.len)
			memcpy(text, s->kind.at, s->kind.len);
		image_bytes(im, text, sizeof text);
		text[sizeof text - 1] = 0;
		if (!im->writes)
			s->kind = client_kind(slice_of(text));
	}
}

void facts_image(struct facts *f, struct image *im)
{
	struct facts *was = must_alloc(sizeof *was);
	*was = *f;
	image_mark(im, sizeof *f);
	image_bytes(im, was, sizeof *was);
	if (!im->writes && !im->bad) {
		keep_given(was, f);
		*f = *was;
	}
	free(was);
	for (size_t i = 0; i < facts_tables() && !im->bad; i++)
		image_table(im, facts_table(f, i));
	if (!im->bad)
		image_notches(im, &f->targets);
	if (!im->bad)
		image_notches(im, &f->recipients);
	if (!im->bad)
		image_kinds(f, im);
	servants_image(f, im);
}
