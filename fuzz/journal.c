/*
 * journal.c - any line as an entry of a journal.
 * Laws: an entry's parts lie within it, in their order; what is signed is all before the signature.
 */
#include "journal/journal.h"

#include <assert.h>

static bool lies_in(slice part, slice whole)
{
	return part.at >= whole.at && part.at + part.len <= whole.at + whole.len;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct journal_entry e;
	slice line = {(const char *)data, size}, signed_part, before, signature;
	if (!journal_parse(line, &e, &signed_part, &before, &signature))
		return 0;
	assert(lies_in(e.by, signed_part) && lies_in(e.what, signed_part));
	assert(lies_in(e.data, signed_part) && lies_in(before, signed_part));
	assert(signed_part.at == line.at && signature.at > signed_part.at + signed_part.len);
	assert(e.data.at + e.data.len <= before.at);
	return 0;
}
