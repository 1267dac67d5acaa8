#include "part.h"

enum decoded nginx_error_decode(struct format_state *st, slice line, struct event *e,
				struct arena *scratch)
{
	return DECODED_UNKNOWN;
}

enum decoded apache_error_decode(struct format_state *st, slice line, struct event *e,
				 struct arena *scratch)
{
	return DECODED_UNKNOWN;
}
