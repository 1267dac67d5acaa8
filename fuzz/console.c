/*
 * console.c - any bytes as a message of a view, and as the head of a request, a field a line.
 * Laws: what is sound stays within its bounds and can be a path; nobody is shown anything, or let
 * in, or signed out, who has neither key nor session; a Host that is a name is refused.
 */
#include "console/console.h"

#include <assert.h>

static void read_view(slice message)
{
	struct console_head h;
	if (!console_read_head(message, &h))
		return;
	assert(h.what < CONSOLE_WHATS && h.kind < CONSOLE_KINDS);
	assert(h.name.len < CONSOLE_NAME && h.title.len < CONSOLE_TITLE);
	assert((h.what <= CONSOLE_ADD) == (h.name.len > 0));
	for (size_t i = 0; i < h.name.len; i++)
		assert((unsigned char)h.name.at[i] > ' ' && !strchr("\"'<>&?#%", h.name.at[i]));
	assert(slice_not_text(h.title) == h.title.len);
}

static void judge(slice text)
{
	static const char key[] =
	    "0000000000000000000000000000000000000000000000000000000000000000";
	struct console_gate g = {.where = "127.0.0.1:4004", .name = "guard.example"};
	struct console_ask q = {.hosts = 1, .cookies = 1, .bearers = 1};
	slice *const fields[] = {&q.method, &q.path,   &q.host, &q.cookie,
				 &q.site,   &q.bearer, &q.key,  &q.until};
	struct address a;
	for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
		*fields[i] = slice_until(&text, '\n');
	enum console_verdict v = console_judge(&g, &q, 1795329420);
	if (v == CONSOLE_SHOW)
		assert(slice_search(q.bearer, SLICE(key)) != SIZE_MAX);
	assert(v < CONSOLE_VERDICTS && v != CONSOLE_LEAVE);
	assert(v != CONSOLE_ENTER || q.key.len == sizeof key - 1);
	if (v == CONSOLE_SHOW || v == CONSOLE_STRANGER || v == CONSOLE_PUBLIC)
		assert(slice_search(q.host, SLICE("localhost")) != SIZE_MAX ||
		       slice_eq_nocase(q.host, SLICE("guard.example")) ||
		       slice_search(q.host, SLICE(":")) != SIZE_MAX || address_parse(q.host, &a) ||
		       q.host.len == 9);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	slice text = {(const char *)data, size};
	read_view(text);
	judge(text);
	return 0;
}
