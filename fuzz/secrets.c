/* secrets.c - any bytes as text, HTML, office document. Law: known kinds only; markup shrinks. */
#include "mailstore/store.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const slice types[] = {SLICE_INIT("text/plain"), SLICE_INIT("text/html"),
				      SLICE_INIT("application/octet-stream")};
	slice text = {(const char *)data, size};
	struct out shown = {.fd = -1};
	markup_text(text, &shown);
	assert(shown.len <= size + 1);
	out_close(&shown);
	for (size_t i = 0; i < 3; i++) {
		bool opaque;
		struct content c = {.type = types[i], .bytes = text};
		uint32_t found = content_secrets(&c, &opaque);
		assert(found >> SECRET_COUNT == 0 && !(opaque && found));
	}
	assert(secrets_in(text) >> SECRET_COUNT == 0);
	return 0;
}
