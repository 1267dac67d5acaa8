/* Laws: what is accepted cites only its inputs and says where; what is refused says why, safely. */
#include "report/report.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct report_file f;
	char why[300] = "";
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
