/* printed.h - what a writer wrote, and laws that hold of all of it. */
#ifndef TOCSIN_REPORT_PRINTED_H
#define TOCSIN_REPORT_PRINTED_H

#include "fixture.h"

/* NUL at the end; the caller frees it with out_close(). Times are of Europe/Paris. */
struct out print_text(void (*fixture)(struct report *), unsigned columns, bool details,
		      bool colour);
struct out print_html(void (*fixture)(struct report *));
struct out print_json(void (*fixture)(struct report *));
struct out print_report(struct report *r,
			void (*print)(const struct report *, const struct report_style *,
				      struct out *),
			struct report_style style);

bool is_utf8(slice s);
/* The first byte below 0x20 that is not a line end, or DEL; SIZE_MAX if there is none. */
size_t control_byte(slice s);
size_t count_of(slice s, const char *needle);
#define printed(o) ((slice){(o).at, (o).len - 1}) /* without its NUL */

#endif
