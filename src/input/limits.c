/* limits.c - what hostile input may cost, and how the user says otherwise. */
#include "room.h"

#include <stddef.h>

#define GIB (UINT64_C(1) << 30)

/* gzip ends at 1,032 bytes for one, xz and zstd go far beyond. */
const struct input_limits input_limits_usual = {
    .ratio = 5000,
    .bytes = 1024 * GIB,
    .spool = 64 * GIB,
    .depth = 4,
    .members = 1 << 20,
    .inputs = 1 << 18,
};

static const struct {
	slice name;
	size_t at;
} names[] = {
    {SLICE_INIT("ratio"), offsetof(struct input_limits, ratio)},
    {SLICE_INIT("bytes"), offsetof(struct input_limits, bytes)},
    {SLICE_INIT("spool"), offsetof(struct input_limits, spool)},
    {SLICE_INIT("depth"), offsetof(struct input_limits, depth)},
    {SLICE_INIT("members"), offsetof(struct input_limits, members)},
    {SLICE_INIT("inputs"), offsetof(struct input_limits, inputs)},
};

bool input_limit(struct input_limits *l, slice words)
{
	static const char units[] = "KMGT";
	slice value = words, name = slice_until(&value, '=');
	int64_t n;
	if (!slice_number(&value, &n) || n < 1)
		return false;
	const char *unit = value.len == 1 && value.at[0] ? strchr(units, value.at[0]) : NULL;
	if (value.len && !unit)
		return false;
	for (int i = unit ? (int)(unit - units) + 1 : 0; i > 0; i--)
		if (__builtin_mul_overflow(n, 1024, &n))
			return false;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (slice_eq(name, names[i].name)) {
			uint64_t limit = (uint64_t)n;
			memcpy((char *)l + names[i].at, &limit, sizeof limit);
			return true;
		}
	return false;
}
