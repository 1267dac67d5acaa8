/*
 * wire.c - a client's command as servers that log each of them have it (Exchange, hMailServer):
 * which are about mail, and their names as IMAP (RFC 9051) and POP3 (RFC 1939) have them.
 *
 *	"uid", "FETCH 5:7 (FLAGS)"    imap.command=UID FETCH, imap.arguments=5:7 (FLAGS)
 *	"select", "INBOX"             imap.command=SELECT, mail.folder=INBOX
 *	"retr", "5"                   imap.command=RETR, imap.arguments=5
 */
#include "web.h"

static const struct verb {
	slice name, told;
	enum action action;
	bool folder; /* its first argument */
} verbs[] = {
    {SLICE_INIT("select"), SLICE_INIT("SELECT"), ACT_IMAP, true},
    {SLICE_INIT("examine"), SLICE_INIT("EXAMINE"), ACT_IMAP, true},
    {SLICE_INIT("fetch"), SLICE_INIT("FETCH"), ACT_IMAP, false},
    {SLICE_INIT("search"), SLICE_INIT("SEARCH"), ACT_IMAP, false},
    {SLICE_INIT("retr"), SLICE_INIT("RETR"), ACT_POP3, false},
    {SLICE_INIT("top"), SLICE_INIT("TOP"), ACT_POP3, false},
};

static const struct verb *find_verb(slice name)
{
	for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++)
		if (slice_eq_nocase(verbs[i].name, name))
			return &verbs[i];
	return NULL;
}

/* INBOX or "Sent Items", behind which EXAMINE and SELECT may have more. */
static slice take_mailbox(slice s)
{
	if (slice_eat(&s, "\""))
		return slice_first(s, slice_find(s, '"'));
	return slice_first(s, slice_find(s, ' '));
}

bool wire_command(slice command, slice arguments, struct event *e, struct arena *scratch)
{
	bool uid = slice_eq_nocase(command, SLICE("uid"));
	arguments = slice_trim(arguments);
	if (uid) {
		command = slice_until(&arguments, ' ');
		arguments = slice_trim(arguments);
	}
	const struct verb *v = find_verb(command);
	if (!v || (uid && v->folder))
		return false;
	bool fetch = slice_eq(v->told, SLICE("FETCH")), search = slice_eq(v->told, SLICE("SEARCH"));
	event_act(e, v->action, OUT_NONE);
	event_text(e, F_IMAP_COMMAND,
		   uid && fetch    ? SLICE("UID FETCH")
		   : uid && search ? SLICE("UID SEARCH")
				   : v->told);
	slice folder = v->folder ? take_mailbox(arguments) : (slice){0};
	if (folder.len)
		event_text(e, F_FOLDER, web_folder_name(folder, scratch));
	else if (arguments.len)
		event_text(e, F_IMAP_ARGUMENTS, arguments);
	if (uid && fetch)
		event_text(e, F_UIDS, slice_first(arguments, slice_find(arguments, ' ')));
	return true;
}
