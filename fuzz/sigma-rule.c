/*
 * Law: whatever a rule file holds, it is loaded or refused with a place inside the file, and an
 * event can then be fed to what was loaded.
 */
#include "sigma/sigma.h"

#include <stdlib.h>

static int field(void *ctx, slice name)
{
	return name.len ? (unsigned char)name.at[0] % 4 : -1;
}

static void value(const void *event, int f, struct sigma_value *out)
{
	*out = ((const struct sigma_value *)event)[f];
}

static void note(void *ctx, bool warning, const char *path, int line, int column, const char *what,
		 const char *expected)
{
	if (!path || !what || line < 1 || line > *(int *)ctx + 1 || column < 1)
		abort();
}

static void hit(void *ctx, const struct sigma_hit *h)
{
	if (!h->rule || h->first > h->time || h->token_count > SIGMA_EVENTS_MOST)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct sigma_schema schema = {.field = field, .value = value, .key_field = -1};
	const struct sigma_value event[] = {{SIGMA_TEXT, .text = SLICE("a-b /c")},
					    {SIGMA_NUMBER, .number = 7},
					    {SIGMA_ADDRESS, .address = {{1}}},
					    {SIGMA_ABSENT}};
	slice text = {(const char *)data, size};
	struct sigma_token token = {{1}};
	int lines = 1;
	for (size_t i = 0; i < size; i++)
		lines += data[i] == '\n' || data[i] == '\r'; /* either ends a line (YAML 5.4) */
	struct sigma *s = sigma_new(&schema, note, &lines);
	sigma_load_text(s, "fuzz.yml", text);
	sigma_ready(s);
	for (int64_t i = 0; i < 4; i++)
		sigma_feed(s, event, i * CLOCK_MINUTE, &token, hit, NULL);
	sigma_time(s, INT64_MAX, hit, NULL);
	sigma_free(&s);
	return 0;
}
