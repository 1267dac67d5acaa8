/*
 * access-policy.c - any bytes as rules, and as a request.
 * Laws: a refusal names a line; an account that is denied is never let in; in lockdown nobody is
 * let in whom the rules do not name.
 */
#include "access/access.h"

#include <assert.h>

static void ask(const struct access_rules *r, slice json)
{
	struct arena a = {0};
	struct access_request q;
	char why[128] = "";
	struct access *x = access_new(r);
	bool fine = access_parse(json, &q, &a, why, sizeof why);
	assert(fine || why[0]);
	access_report(x, &q, CLOCK_DAY);
	struct access_answer n = access_ask(x, &q, CLOCK_DAY);
	assert(n.status >= -1 && n.status < 60);
	if (r->posture == POSTURE_LOCKDOWN && n.status >= 0)
		assert(r->essential.len && (r->networks.len || address_is_loopback(&q.remote)));
	access_free(&x);
	arena_free(&a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct access_rules r;
	char why[512] = "";
	slice text = {(const char *)data, size};
	bool fine = access_read(&r, text, why, sizeof why);
	assert(fine || strncmp(why, "line ", 5) == 0);
	if (fine)
		ask(&r, text);
	access_rules_free(&r);
	access_read(&r, SLICE("posture: lockdown\nessential: [a]\nnetworks: [192.0.2.0/24]\n"), why,
		    sizeof why);
	ask(&r, text);
	access_rules_free(&r);
	return 0;
}
