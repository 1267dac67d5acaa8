/* Laws: what is accepted cites only its inputs and says where; what is refused says why, safely. */
#include "report/report.h"

#include <stdlib.h>

/* Whatever was loaded can be shown, and shows no control character. */
static void show(slice json)
{
	struct report r;
	char why[300];
	struct out o = {.fd = -1};
	const struct report_style style = {.columns = 80, .details = true};
	if (!report_load(json, &r, why, sizeof why))
		return;
	report_text(&r, &style, &o);
	for (size_t i = 0; i < o.len; i++)
		if ((unsigned char)o.at[i] < 0x20 && o.at[i] != '\n')
			abort();
	out_close(&o);
	report_free(&r);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct report_file f;
	char why[300] = "";
	show((slice){(const char *)data, size});
	if (report_read((slice){(const char *)data, size}, &f, why, sizeof why)) {
		for (size_t i = 0; i < f.citations.len; i++)
			if (f.citations.at[i].input >= f.inputs.len ||
			    f.citations.at[i].where.len == 0)
				abort();
		report_file_free(&f);
		return 0;
	}
	size_t n = strlen(why);
	if (n == 0)
		abort();
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)why[i] < 0x20)
			abort();
	return 0;
}
