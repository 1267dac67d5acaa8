/*
 * uidlist.c - any bytes as Dovecot's dovecot-uidlist.
 * Laws: a broken line lies within the text; every row has a UID, and a size that may be.
 */
#include "mailstore/store.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct uidlist list = {0};
	uint64_t lines = 1;
	for (size_t i = 0; i < size; i++)
		lines += data[i] == '\n';
	table_init(&list.rows, sizeof(struct uidlist_row), 0);
	assert(uidlist_take(&list, (slice){(const char *)data, size}) <= lines);
	for (struct uidlist_row *row = NULL; (row = table_next(&list.rows, row));)
		assert(row->uid > 0 && row->size >= -1 && table_key(row).len > 0);
	table_free(&list.rows);
	return 0;
}
