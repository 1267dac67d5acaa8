#include "part.h"

const struct format format_roundcube = {"roundcube", "Roundcube", 'D'};

enum decoded roundcube_syslog_decode(slice program, slice body, struct event *e,
				     struct arena *scratch)
{
	return DECODED_UNKNOWN;
}

enum decoded roundcube_file_decode(struct format_state *st, slice line, struct event *e,
				   struct arena *scratch)
{
	return DECODED_UNKNOWN;
}
