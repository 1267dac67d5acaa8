#include "part.h"

const struct format format_postfix = {"postfix", "Postfix", 'D'};

enum decoded postfix_decode(slice program, slice body, struct event *e, struct arena *scratch)
{
	return DECODED_UNKNOWN;
}
