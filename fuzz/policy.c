/*
 * policy.c - any bytes as a policy.
 * Laws: a refusal names a line; what is accepted contains nobody unless it says from which level.
 */
#include "guard/guard.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct guard_policy p;
	char why[512] = "";
	slice yaml = {(const char *)data, size};
	bool fine = guard_policy_read(&p, yaml, why, sizeof why);
	assert(fine || strncmp(why, "line ", 5) == 0);
	if (fine && slice_search(yaml, SLICE("contain")) == SIZE_MAX &&
	    slice_search(yaml, SLICE("\\")) == SIZE_MAX)
		assert(p.contain_from > 4);
	assert(p.lever_count <= POLICY_LEVERS && p.never_count <= POLICY_NEVER);
	guard_policy_free(&p);
	return 0;
}
