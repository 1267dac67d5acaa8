/* decode FILE: one event a line, as `tocsin decode` prints it; for the corpus' score. */
#include "format/format.h"

#include <stdio.h>
#include <stdlib.h>

static slice read_all(const char *path)
{
	FILE *f = fopen(path, "rb");
	LIST(char) text = {0};
	int c;
	if (!f)
		exit(2);
	while ((c = getc(f)) != EOF)
		*list_add(&text) = (char)c;
	fclose(f);
	return (slice){text.at, text.len};
}

int main(int argc, char **argv)
{
	static struct format_state st;
	static struct event e;
	struct arena scratch = {0};
	struct out o = {.fd = 1};
	if (argc < 2)
		return 2;
	slice all = read_all(argv[1]), rest = all;
	format_start(&st, NULL, argc > 2 ? atol(argv[2]) : 0);
	for (uint64_t line = 1; rest.len; line++) {
		slice record = slice_until(&rest, '\n');
		enum decoded d = format_decode(&st, record, &e, &scratch);
		e.place = (struct place){.offset = (uint64_t)(record.at - all.at),
					 .length = (uint32_t)record.len,
					 .line = line};
		if (d == DECODED_EVENT || d == DECODED_BROKEN) {
			event_json(&e, slice_of(argv[1]), argc > 3, &o);
			out_char(&o, '\n');
		}
		arena_reset(&scratch);
	}
	arena_free(&scratch);
	free((char *)all.at);
	return out_close(&o) ? 0 : 2;
}
