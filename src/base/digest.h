/* digest.h - SHA-256 (FIPS 180-4), by OpenSSL, which uses the processor's own instructions. */
#ifndef TOCSIN_DIGEST_H
#define TOCSIN_DIGEST_H

#include "slice.h"

struct digest {
	uint8_t b[32];
};
struct digest digest_of(slice s);
void digest_hex(const struct digest *d, char out[65]);
bool digest_parse(slice hex, struct digest *d);

/* In pieces: start, add..., end (which frees it). */
struct digest_run;
struct digest_run *digest_start(void);
void digest_add(struct digest_run *r, slice s);
struct digest digest_end(struct digest_run **r);

#endif
