/*
 * outbound.c - any bytes as what Postfix asks, and as what is kept of recipients.
 * Laws: what is read whole is read the same in pieces; only whole requests are taken off; a refusal
 * names a line; who did not sign in is never stopped; what is kept is read again.
 */
#include "access/access.h"

#include <assert.h>

static const struct outbound_rules rules = {
    .within_s = 60, .messages = 2, .recipients = 3, .new_recipients = 1, .megabytes = 1};

static size_t requests(slice bytes, struct outbound *o)
{
	struct outbound_request q;
	char why[128] = "";
	size_t n = 0;
	enum outbound_read r;
	while ((r = outbound_parse(&bytes, &q, why, sizeof why)) == OUTBOUND_REQUEST) {
		struct outbound_answer a = outbound_ask(o, &q, CLOCK_DAY);
		assert(q.account.len || a.action == OUTBOUND_DUNNO);
		assert((a.action == OUTBOUND_DUNNO) == !a.because[0]);
		n++;
	}
	assert(r != OUTBOUND_BROKEN || strncmp(why, "line ", 5) == 0);
	return n;
}

/* The first request, given byte by byte. */
static void in_pieces(slice text)
{
	struct outbound_request q;
	char why[128];
	slice whole = text;
	if (outbound_parse(&whole, &q, why, sizeof why) != OUTBOUND_REQUEST)
		return;
	slice first = slice_first(text, text.len - whole.len), part = first;
	assert(slice_ends(first, SLICE("\n\n")) || slice_eq(first, SLICE("\n")));
	part.len--;
	assert(outbound_parse(&part, &q, why, sizeof why) != OUTBOUND_REQUEST);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct outbound *o = outbound_new(&rules), *again = outbound_new(&rules);
	slice text = {(const char *)data, size};
	struct out kept = {.fd = -1};
	in_pieces(text);
	requests(text, o);
	outbound_write(o, &kept);
	assert(outbound_read(again, (slice){kept.at, kept.len}));
	outbound_read(again, text);
	outbound_free(&o);
	outbound_free(&again);
	out_close(&kept);
	return 0;
}
