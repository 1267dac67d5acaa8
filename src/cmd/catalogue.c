/* catalogue.c - tocsin catalogue: the inventory of a mail store. */
#include "cmd.h"
#include "mailstore/mailstore.h"

#include <errno.h>

static int cmd_catalogue(int argc, char **argv)
{
	const struct command *c = &command_catalogue;
	int first = options_read(c, argc, argv, NULL, 0);
	if (first <= 0)
		return first ? EXIT_TROUBLE : 0;
	if (argc - first != 1)
		return complain("one mail store is needed",
				"tocsin catalogue /var/vmail > catalogue.jsonl");
	struct mailstore *store = mailstore_open(argv[first], note_file, NULL);
	if (!store)
		return EXIT_TROUBLE;
	struct out o = {.fd = 1};
	bool fine = mailstore_catalogue(store, &o);
	fine = out_close(&o) && fine;
	mailstore_close(&store);
	return fine ? 0 : complain("the catalogue cannot be written", "is the disk full?");
}

const struct command command_catalogue = {
    "catalogue",
    cmd_catalogue,
    "list a mail store, message by message",
    "STORE",
    "Prints an inventory of a Maildir tree, one JSON object per message: folder, UID, subject,\n"
    "size, parts, and kinds of secrets (never their values), so that evidence can be analysed\n"
    "elsewhere: tocsin scan --mail-store FILE.",
    NULL};
