/* digest.c - SHA-256 by OpenSSL's EVP interface. */
#include "digest.h"
#include "arena.h"

#include <openssl/evp.h>
#include <openssl/sha.h>
#include <stdlib.h>

struct digest_run {
	EVP_MD_CTX *md;
};

struct digest digest_of(slice s)
{
	struct digest d;
	SHA256((const unsigned char *)(s.len ? s.at : ""), s.len, d.b);
	return d;
}

struct digest_run *digest_start(void)
{
	struct digest_run *r = must_alloc(sizeof *r);
	r->md = EVP_MD_CTX_new();
	if (!r->md || EVP_DigestInit_ex(r->md, EVP_sha256(), NULL) != 1)
		abort(); /* OpenSSL without SHA-256 is no OpenSSL */
	return r;
}

void digest_add(struct digest_run *r, slice s)
{
	EVP_DigestUpdate(r->md, s.at, s.len);
}

struct digest digest_end(struct digest_run **r)
{
	struct digest d = {{0}};
	EVP_DigestFinal_ex((*r)->md, d.b, NULL);
	EVP_MD_CTX_free((*r)->md);
	free(*r);
	*r = NULL;
	return d;
}

void digest_hex(const struct digest *d, char out[65])
{
	static const char digits[] = "0123456789abcdef";
	for (int i = 0; i < 32; i++) {
		out[2 * i] = digits[d->b[i] >> 4];
		out[2 * i + 1] = digits[d->b[i] & 15];
	}
	out[64] = '\0';
}

bool digest_parse(slice hex, struct digest *d)
{
	if (hex.len != 64)
		return false;
	for (int i = 0; i < 32; i++) {
		int high = hex_digit(hex.at[2 * i]), low = hex_digit(hex.at[2 * i + 1]);
		if (high < 0 || low < 0)
			return false;
		d->b[i] = (uint8_t)(high << 4 | low);
	}
	return true;
}
