/* csv.c - any bytes as a row. Law: its fields, quoted and joined again, read as the same fields. */
#include "base/base.h"

#include <assert.h>
#include <stdlib.h>

static void quote(struct out *o, slice field)
{
	out_char(o, '"');
	for (size_t i = 0; i < field.len; i++) {
		if (field.at[i] == '"')
			out_char(o, '"');
		out_char(o, field.at[i]);
	}
	out_char(o, '"');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena a = {0};
	struct out o = {.fd = -1};
	char *copy = malloc(size + 1);
	memcpy(copy, data, size);
	char separator = csv_separator((slice){copy, size});
	separator = separator ? separator : ',';
	struct csv first = csv_open((slice){copy, size}, separator);
	slice field, other;
	for (size_t n = 0; csv_next(&first, &field, &a); n++) {
		if (n)
			out_char(&o, separator);
		quote(&o, field);
	}
	first = csv_open((slice){copy, size}, separator);
	struct csv second = csv_open((slice){o.at, o.len}, separator);
	while (csv_next(&first, &field, &a))
		assert(csv_next(&second, &other, &a) && slice_eq(field, other));
	assert(!csv_next(&second, &other, &a) && !second.broken);
	out_close(&o);
	arena_free(&a);
	free(copy);
	return 0;
}
