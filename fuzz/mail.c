/*
 * mail.c - any bytes as a message. Laws: its size is that of its bytes with CRLF ends; every part
 * has a number, and no two the same; looking for secrets changes no part but its secrets.
 */
#include "mailstore/store.h"

#include <assert.h>
#include <gmime/gmime.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct out text = {.fd = -1};
	size_t bare = 0;
	for (size_t i = 0; i < size; i++)
		bare += data[i] == '\n' && (i == 0 || data[i - 1] != '\r');
	message_take((slice){(const char *)data, size}, &text);
	assert(text.len == size + bare);
	g_mime_init();
	struct mailstore *m = store_new(NULL, NULL);
	struct mail *mail = store_add(m);
	mime_read(m, mail, (slice){text.at, text.len});
	for (size_t i = 0; i < mail->part_count; i++) {
		assert(mail->parts[i].part.len > 0);
		assert(mail_part(mail, mail->parts[i].part) == &mail->parts[i]);
	}
	mime_secrets(mail, (slice){text.at, text.len});
	assert(mail->secrets >> SECRET_COUNT == 0);
	mailstore_close(&m);
	out_close(&text);
	return 0;
}
