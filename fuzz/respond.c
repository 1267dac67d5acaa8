/*
 * respond.c - any bytes as the report that a plan is made from.
 * Laws: what comes out may stand in a command, and addresses are nobody's own; a refusal says why.
 */
#include "respond/case.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct respond_case c;
	struct arena a = {0};
	char why[512] = "";
	if (!case_read(&c, &a, (slice){(const char *)data, size}, (slice){0}, why, sizeof why))
		assert(why[0]);
	for (size_t i = 0; i < c.accounts.len; i++)
		assert(respond_is_account(c.accounts.at[i]) && c.accounts.at[i].at[0] != '-');
	for (size_t i = 0; i < c.filtered.len; i++)
		assert(respond_is_account(c.filtered.at[i]));
	for (size_t i = 0; i < c.consented.len; i++)
		assert(respond_is_account(c.consented.at[i]));
	for (size_t i = 0; i < c.sources.len; i++)
		assert(!address_is_loopback(&c.sources.at[i]));
	case_free(&c);
	arena_free(&a);
	return 0;
}
