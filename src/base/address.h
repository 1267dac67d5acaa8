/*
 * address.h - IP addresses as sixteen bytes, IPv4 mapped into IPv6 (RFC 4291 2.5.5.2).
 */
#ifndef TOCSIN_ADDRESS_H
#define TOCSIN_ADDRESS_H

#include "slice.h"

struct address {
	uint8_t b[16];
};

enum { ADDRESS_TEXT = 46 }; /* room for the longest text, NUL included */

/* Dotted IPv4; IPv6 with or without brackets and %zone (dropped). The whole of `s` must be one. */
bool address_parse(slice s, struct address *a);
/* ADDRESS:PORT, IPv6 in brackets (RFC 3986 3.2.2); the port is 1 to 65535. */
bool address_parse_port(slice s, struct address *a, uint16_t *port);
/* RFC 5952 text, NUL at the end. Returns its length. */
size_t address_format(const struct address *a, char out[ADDRESS_TEXT]);
bool address_is_v4(const struct address *a);
bool address_is_loopback(const struct address *a);
bool address_is_private(const struct address *a); /* RFC 1918, 4193, 6598, 3927, loopback */
bool address_eq(const struct address *a, const struct address *b);

/* `a` with all but its first `bits` cleared; bits count in the 128 (an IPv4 /24 is 120). */
struct address address_mask(struct address a, unsigned bits);
/* The network by which habits are kept: /24 of IPv4, /48 of IPv6. */
struct address address_network(struct address a);

struct cidr {
	struct address net;
	unsigned bits; /* of 128 */
};
bool cidr_parse(slice s, struct cidr *c); /* a bare address is its own /128 */
bool cidr_holds(const struct cidr *c, const struct address *a);

#endif
