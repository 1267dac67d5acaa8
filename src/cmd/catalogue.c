/* catalogue.c - tocsin catalogue: the inventory of a mail store. */
#include "cmd.h"
#include "mailstore/mailstore.h"

#include <errno.h>

/* What was left out was said; the status says that there is something. */
static void count_trouble(void *troubles, const char *path, uint64_t line, const char *what,
			  const char *remedy)
{
	++*(uint64_t *)troubles;
	note_file(NULL, path, line, what, remedy);
}

static int cmd_catalogue(int argc, char **argv)
{
	const struct command *c = &command_catalogue;
	int first = options_read(c, argc, argv, NULL, 0);
	if (first <= 0)
		return first ? EXIT_TROUBLE : 0;
	if (argc - first != 1)
		return complain("one mail store is needed",
				"tocsin catalogue /var/vmail > catalogue.jsonl");
	uint64_t troubles = 0;
	struct mailstore *store = mailstore_open(argv[first], count_trouble, &troubles);
	if (!store)
		return EXIT_TROUBLE;
	struct out o = {.fd = 1};
	mailstore_catalogue(store, &o);
	bool fine = said_all(&o);
	mailstore_close(&store);
	return fine && !troubles ? 0 : EXIT_TROUBLE;
}

const struct command command_catalogue = {
    "catalogue",
    cmd_catalogue,
    "list a mail store, message by message",
    "STORE",
    "Prints an inventory of a Maildir tree, one JSON object per message: folder, UID, subject,\n"
    "size, parts, and kinds of secrets (never their values), so that evidence can be analysed\n"
    "elsewhere: tocsin scan --mail-store FILE.\n"
    "Exit status: 0 all of it, 2 something could not be read or written.",
    NULL};
