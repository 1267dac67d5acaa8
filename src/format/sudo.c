/*
 * sudo.c - commands run as somebody else.
 *
 *	ana : [3 incorrect password attempts ; ]TTY=pts/0 ; PWD=/ ; USER=root ; COMMAND=/bin/ls
 *
 * The command is the caller's text and comes last; the directory may hold " ; ", so it ends at the
 * last " ; USER=" before the first " ; COMMAND=".
 */
#include "part.h"

const struct format format_sudo = {"sudo", "sudo: commands run as somebody else", 'B'};

enum decoded sudo_decode(slice program, slice body, struct event *e, struct arena *scratch)
{
	if (pam_decode(program, body, e, scratch) != DECODED_UNKNOWN)
		return DECODED_EVENT;
	event_module(e, &format_sudo);
	slice s = slice_trim(body);
	size_t colon = slice_search(s, SLICE(" : ")),
	       command = slice_search(s, SLICE(" ; COMMAND="));
	if (colon == SIZE_MAX || command == SIZE_MAX || command < colon + 3) {
		event_act(e, ACT_MESSAGE, OUT_NONE);
		return DECODED_EVENT;
	}
	event_text(e, F_USER, slice_first(s, colon));
	event_text(e, F_COMMAND_LINE, slice_from(s, command + sizeof " ; COMMAND=" - 1));
	slice head = slice_first(slice_from(s, colon + 3), command - colon - 3);
	size_t user = slice_search_last(head, SLICE(" ; USER="));
	if (user != SIZE_MAX) {
		event_text(e, F_USER_EFFECTIVE, slice_from(head, user + sizeof " ; USER=" - 1));
		head = slice_first(head, user);
	}
	size_t pwd = slice_search(head, SLICE("PWD="));
	if (pwd != SIZE_MAX)
		event_text(e, F_DIRECTORY, slice_from(head, pwd + 4));
	bool plain = slice_starts(head, SLICE("TTY=")) || slice_starts(head, SLICE("PWD="));
	if (!plain) { /* refused: "user NOT in sudoers", "3 incorrect password attempts" */
		event_text(e, F_REASON, slice_first(head, slice_search(head, SLICE(" ; "))));
		event_act(e, ACT_AUTH_CHECK, OUT_FAILURE);
	} else {
		event_act(e, ACT_COMMAND, OUT_NONE);
	}
	return DECODED_EVENT;
}
