/*
 * catalogue.c - any bytes as a catalogue. Law: what is written of it, read again, writes the same.
 */
#include "mailstore/mailstore.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

static void quiet(void *ctx, const char *path, uint64_t line, const char *what, const char *remedy)
{
	assert(path && *what && *remedy);
}

/* The catalogue of the catalogue `text`; false: it is none. */
static bool again(slice text, struct out *o)
{
	char path[64];
	int fd = memfd_create("catalogue", MFD_CLOEXEC);
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	if (write(fd, text.at, text.len) < 0)
		abort();
	struct mailstore *m = mailstore_open(path, quiet, NULL);
	bool is = m && mailstore_catalogue(m, o);
	for (size_t i = 0; m && i < mailstore_count(m) && i < 100; i++) {
		const struct mail *mail = mailstore_mail(m, i);
		mailstore_find_message_id(m, mail->account, mail->message_id);
		mailstore_find_file(m, mail->file);
		const struct mail *found =
		    mailstore_find(m, mail->account, mail->folder, mail->uid);
		assert(!found || found->uid == mail->uid);
	}
	mailstore_close(&m);
	close(fd);
	return is;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct out first = {.fd = -1}, second = {.fd = -1};
	if (again((slice){(const char *)data, size}, &first)) {
		assert(again((slice){first.at, first.len}, &second));
		assert(slice_eq((slice){first.at, first.len}, (slice){second.at, second.len}));
	}
	out_close(&first);
	out_close(&second);
	return 0;
}
