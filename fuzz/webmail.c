/*
 * webmail.c - any bytes as Roundcube's configuration, and as a session.
 * Laws: a refusal says why; a table is letters, digits and _; SQLite's path is a whole one; a port
 * is one; whoever reads it twice reads the same.
 */
#include "respond/webmail.h"

#include <assert.h>
#include <ctype.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena a = {0};
	struct work w = {.arena = &a};
	struct webmail_place p, again;
	slice text = {(const char *)data, size};
	slice debian = slice_from(text, size / 2);
	bool fine = webmail_place(&w, text, debian, &p);
	assert(fine || w.why[0]);
	for (size_t i = 0; fine && i < p.table.len; i++)
		assert(isalnum((unsigned char)p.table.at[i]) || p.table.at[i] == '_');
	assert(!fine || (p.port >= 0 && p.port <= 65535));
	assert(!fine || p.kind != WEBMAIL_SQLITE || p.path.at[0] == '/');
	assert(webmail_place(&w, text, debian, &again) == fine);
	assert(!fine || (again.kind == p.kind && slice_eq(again.database, p.database)));
	webmail_is_of(text, SLICE("ana@example.org"));
	arena_free(&a);
	return 0;
}
