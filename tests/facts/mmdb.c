/* mmdb.c - see mmdb.h. */
#include "mmdb.h"

#include <endian.h>
#include <stdio.h>
#include <stdlib.h>

enum { NODES_MOST = 2000, NONE = 0xffffff, DATA = 0x800000 };

struct tree {
	uint32_t side[NODES_MOST][2]; /* a node; NONE; or DATA and an offset */
	uint32_t count;
};

enum type { TEXT = 2, DOUBLE = 3, UINT16 = 5, UINT32 = 6, MAP = 7 };

static void put_head(struct out *o, enum type t, size_t size)
{
	out_char(o, (char)(t << 5 | (size < 29 ? size : 29)));
	if (size >= 29)
		out_char(o, (char)(size - 29));
}

static void put_text(struct out *o, const char *text)
{
	put_head(o, TEXT, strlen(text));
	out_text(o, text);
}

static void put_double(struct out *o, double d)
{
	uint64_t bits;
	memcpy(&bits, &d, sizeof bits);
	bits = htobe64(bits);
	put_head(o, DOUBLE, 8);
	out_slice(o, (slice){(char *)&bits, 8});
}

static void put_number(struct out *o, enum type t, uint32_t n)
{
	uint32_t bits = htobe32(n);
	size_t size = t == UINT16 ? 2 : 4;
	put_head(o, t, size);
	out_slice(o, (slice){(char *)&bits + 4 - size, size});
}

static void put_row(struct out *o, const struct mmdb_row *r)
{
	put_head(o, MAP, 1 + (r->radius > 0) + (r->operator_name != NULL));
	put_text(o, "country");
	put_head(o, MAP, 1);
	put_text(o, "iso_code");
	put_text(o, r->country);
	if (r->radius) {
		put_text(o, "location");
		put_head(o, MAP, 3);
		put_text(o, "latitude");
		put_double(o, r->latitude);
		put_text(o, "longitude");
		put_double(o, r->longitude);
		put_text(o, "accuracy_radius");
		put_number(o, UINT16, r->radius);
	}
	if (r->operator_name) {
		put_text(o, "autonomous_system_organization");
		put_text(o, r->operator_name);
	}
}

static uint32_t new_node(struct tree *t)
{
	t->side[t->count][0] = t->side[t->count][1] = NONE;
	return t->count++;
}

/* IPv4 lies in the IPv6 tree below ninety-six zeros. */
static void put_network(struct tree *t, const struct cidr *c, uint32_t data)
{
	uint32_t node = 0;
	for (unsigned bit = 0; bit < c->bits; bit++) {
		int b = bit < 96 ? 0 : c->net.b[bit / 8] >> (7 - bit % 8) & 1;
		if (bit + 1 == c->bits) {
			t->side[node][b] = DATA | data;
			return;
		}
		if (t->side[node][b] == NONE)
			t->side[node][b] = new_node(t);
		node = t->side[node][b];
	}
}

static void put_tree(struct out *o, const struct tree *t)
{
	for (uint32_t i = 0; i < t->count * 2; i++) {
		uint32_t v = t->side[i / 2][i % 2];
		v = v == NONE ? t->count : v & DATA ? t->count + 16 + (v & ~DATA) : v;
		out_char(o, (char)(v >> 16));
		out_char(o, (char)(v >> 8));
		out_char(o, (char)v);
	}
	for (int i = 0; i < 16; i++)
		out_char(o, 0);
}

static void put_metadata(struct out *o, const struct tree *t)
{
	out_text(o, "\xab\xcd\xef"
		    "MaxMind.com");
	put_head(o, MAP, 9);
	put_text(o, "build_epoch");
	out_slice(o, SLICE("\x01\x02\x01")); /* a 64 bit number of one byte: 1 */
	put_text(o, "languages");
	out_slice(o, (slice){"\x00\x04", 2}); /* an array of none */
	put_text(o, "description");
	put_head(o, MAP, 0);
	put_text(o, "binary_format_major_version");
	put_number(o, UINT16, 2);
	put_text(o, "binary_format_minor_version");
	put_number(o, UINT16, 0);
	put_text(o, "database_type");
	put_text(o, "Test");
	put_text(o, "ip_version");
	put_number(o, UINT16, 6);
	put_text(o, "node_count");
	put_number(o, UINT32, t->count);
	put_text(o, "record_size");
	put_number(o, UINT16, 24);
}

bool mmdb_write(const char *path, const struct mmdb_row *rows, size_t n)
{
	struct tree *t = must_alloc(sizeof *t);
	struct out data = {.fd = -1}, all = {.fd = -1};
	struct cidr c;
	new_node(t);
	for (size_t i = 0; i < n; i++) {
		if (!cidr_parse(slice_of(rows[i].cidr), &c))
			return false;
		put_network(t, &c, (uint32_t)data.len);
		put_row(&data, &rows[i]);
	}
	put_tree(&all, t);
	out_slice(&all, (slice){data.at, data.len});
	put_metadata(&all, t);
	FILE *f = fopen(path, "we");
	bool fine = f && fwrite(all.at, 1, all.len, f) == all.len;
	fine &= f && fclose(f) == 0;
	out_close(&data);
	out_close(&all);
	free(t);
	return fine;
}
