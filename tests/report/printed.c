/* printed.c - see printed.h. */
#include "printed.h"

struct out print_report(struct report *r,
			void (*print)(const struct report *, const struct report_style *,
				      struct out *),
			struct report_style style)
{
	struct out o = {.fd = -1};
	style.zone = zone_open(SLICE("Europe/Paris"));
	print(r, &style, &o);
	out_char(&o, '\0');
	zone_close(&style.zone);
	report_free(r);
	return o;
}

struct out print_text(void (*fixture)(struct report *), unsigned columns, bool details, bool colour)
{
	struct report r;
	fixture(&r);
	return print_report(&r, report_text,
			    (struct report_style){.columns = columns,
						  .details = details,
						  .colour = colour,
						  .html_path = "report.html",
						  .json_path = "report.json"});
}

struct out print_html(void (*fixture)(struct report *))
{
	struct report r;
	fixture(&r);
	return print_report(&r, report_html, (struct report_style){.json_path = "report.json"});
}

static void json(const struct report *r, const struct report_style *style, struct out *o)
{
	report_json(r, o);
}

struct out print_json(void (*fixture)(struct report *))
{
	struct report r;
	fixture(&r);
	return print_report(&r, json, (struct report_style){0});
}

/* RFC 3629, by its table of well-formed sequences. */
bool is_utf8(slice s)
{
	const unsigned char *p = (const unsigned char *)s.at, *end = p + s.len;
	while (p < end) {
		unsigned char c = *p++, low = 0x80, high = 0xbf;
		int more = c < 0x80                 ? 0
			   : c >= 0xc2 && c <= 0xdf ? 1
			   : (c & 0xf0) == 0xe0     ? 2
			   : c >= 0xf0 && c <= 0xf4 ? 3
						    : -1;
		if (more < 0)
			return false;
		low = c == 0xe0 ? 0xa0 : c == 0xf0 ? 0x90 : low;
		high = c == 0xed ? 0x9f : c == 0xf4 ? 0x8f : high;
		for (; more > 0; more--, low = 0x80, high = 0xbf)
			if (p == end || *p < low || *p++ > high)
				return false;
	}
	return true;
}

size_t control_byte(slice s)
{
	for (size_t i = 0; i < s.len; i++)
		if (((unsigned char)s.at[i] < 0x20 && s.at[i] != '\n') || s.at[i] == 0x7f)
			return i;
	return SIZE_MAX;
}

size_t count_of(slice s, const char *needle)
{
	size_t n = 0, at;
	for (; (at = slice_search(s, slice_of(needle))) != SIZE_MAX; n++)
		s = slice_from(s, at + strlen(needle));
	return n;
}
