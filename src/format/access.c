#include "part.h"

const struct format format_nginx = {"nginx", "nginx", 'C'};
const struct format format_apache = {"apache", "Apache httpd", 'C'};

enum decoded access_decode(struct format_state *st, slice line, struct event *e,
			   struct arena *scratch)
{
	return DECODED_UNKNOWN;
}

enum decoded web_syslog_decode(slice program, slice body, struct event *e, struct arena *scratch)
{
	return DECODED_UNKNOWN;
}
