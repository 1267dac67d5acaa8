/* message.c - messages of the engine, which parses hostile text and may have been taken over. */
#include "guard/guard.h"

bool message_is_sound(const struct guard_message *m, size_t size)
{
	enum { LEVEL_MOST = 4 };
	if (size != sizeof *m || m->kind >= MESSAGE_COUNT || m->level > LEVEL_MOST)
		return false;
	if (m->rule_len > sizeof m->rule || m->method_len > sizeof m->method)
		return false;
	/* the other lengths are bytes, and their rooms hold 256 */
	return m->past <= 1 && m->has_source <= 1 && m->known_place <= 1 && m->refused <= 1 &&
	       m->tenant <= 1 && m->since_kept <= m->past;
}
