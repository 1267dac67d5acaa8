/* nearest.c - of names that are known the one that was meant. */
#include "nearest.h"

enum { NEAR_LENGTH = 64 };

static unsigned least(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

/* Letters left out, put in, changed, or swapped with the next (optimal string alignment). */
static unsigned distance(slice a, slice b)
{
	unsigned rows[3][NEAR_LENGTH + 1];
	for (unsigned k = 0; k <= b.len; k++)
		rows[0][k] = k;
	for (size_t i = 1; i <= a.len; i++) {
		unsigned *row = rows[i % 3], *above = rows[(i + 2) % 3],
			 *before = rows[(i + 1) % 3];
		row[0] = (unsigned)i;
		for (size_t k = 1; k <= b.len; k++) {
			char x = (char)(a.at[i - 1] | 32), y = (char)(b.at[k - 1] | 32);
			row[k] = least(least(above[k], row[k - 1]) + 1, above[k - 1] + (x != y));
			if (i > 1 && k > 1 && x == (b.at[k - 2] | 32) && y == (a.at[i - 2] | 32))
				row[k] = least(row[k], before[k - 2] + 1);
		}
	}
	return rows[a.len % 3][b.len];
}

struct nearest nearest_to(slice wanted)
{
	unsigned most = wanted.len < 3 ? 0 : wanted.len < 6 ? 1 : wanted.len < 12 ? 2 : 3;
	return (struct nearest){.wanted = wanted, .distance = most + 1};
}

void nearest_offer(struct nearest *n, slice name)
{
	if (n->wanted.len > NEAR_LENGTH || name.len > NEAR_LENGTH || name.len == 0)
		return;
	size_t apart =
	    n->wanted.len > name.len ? n->wanted.len - name.len : name.len - n->wanted.len;
	if (apart >= n->distance)
		return;
	unsigned d = distance(n->wanted, name);
	if (d < n->distance) {
		n->distance = d;
		n->best = name;
	}
}
