/* reader.c - texts for people, whose terminal may know no UTF-8. */
#include "cmd.h"

#include <stdlib.h>
#include <strings.h>

/*
 * The character set that the environment names (POSIX.1-2017, 8.2): the first of three that is set
 * and not empty.  None at all says nothing: then UTF-8, as Debian is installed.
 */
static bool knows_utf8(void)
{
	static const char *const names[] = {"LC_ALL", "LC_CTYPE", "LANG"};
	const char *locale = NULL;
	for (size_t i = 0; i < 3 && !(locale && *locale); i++)
		locale = getenv(names[i]);
	if (!locale || !*locale)
		return true;
	const char *set = strchr(locale, '.');
	return set && (strncasecmp(set, ".utf-8", 6) == 0 || strncasecmp(set, ".utf8", 5) == 0);
}

/* What our own signs become, each another; a letter of somebody's name is a ?. */
static char plain_sign(slice sign)
{
	static const struct {
		slice sign;
		char plain;
	} signs[] = {
	    {SLICE_INIT("·"), '.'}, {SLICE_INIT("▁"), '_'}, {SLICE_INIT("▂"), '-'},
	    {SLICE_INIT("▃"), '~'}, {SLICE_INIT("▄"), '+'}, {SLICE_INIT("▅"), '='},
	    {SLICE_INIT("▆"), 'o'}, {SLICE_INIT("▇"), '%'}, {SLICE_INIT("█"), '#'},
	    {SLICE_INIT("░"), '-'}, {SLICE_INIT("▒"), '+'}, {SLICE_INIT("▓"), '='},
	    {SLICE_INIT("…"), '~'},
	};
	for (size_t i = 0; i < sizeof signs / sizeof *signs; i++)
		if (slice_eq(signs[i].sign, sign))
			return signs[i].plain;
	return '?';
}

struct out reader_out(void)
{
	return (struct out){.fd = knows_utf8() ? 1 : -1};
}

bool reader_said(struct out *o)
{
	struct out plain = {.fd = 1};
	if (o->fd == 1)
		return said_all(o);
	for (slice rest = {o->at, o->len}; rest.len;) {
		slice before = rest;
		bool ascii = (unsigned char)*rest.at < 0x80;
		slice_point(&rest);
		out_char(&plain, ascii ? *before.at
				       : plain_sign(slice_first(before, before.len - rest.len)));
	}
	out_close(o);
	bool fine = said_all(&plain);
	o->error = plain.error;
	return fine;
}
