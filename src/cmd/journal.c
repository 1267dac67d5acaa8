/* journal.c - tocsin journal: what was done, shown and checked. */
#include "cmd.h"
#include "journal/journal.h"

#include <stdio.h>
#include <string.h>

#define STATE_DIR "/var/lib/tocsin"

static bool show_entry(void *ctx, const struct journal_entry *e)
{
	struct out *o = ctx;
	out_format(o, "%llu ", (unsigned long long)e->number);
	out_time(o, e->time_us);
	out_text(o, " ");
	out_plain(o, e->by);
	out_text(o, " ");
	out_plain(o, e->what);
	out_text(o, " ");
	out_plain(o, e->data);
	out_text(o, "\n");
	return !o->error;
}

static int show(const char *state)
{
	char why[512];
	struct journal *j = journal_open(state, true, why, sizeof why);
	if (!j) {
		fprintf(stderr, "tocsin: %s\n", why);
		return EXIT_TROUBLE;
	}
	struct out o = {.fd = 1};
	bool fine = journal_each(j, show_entry, &o) || o.error;
	journal_close(&j);
	if (!said_all(&o))
		return EXIT_TROUBLE;
	return fine ? EXIT_FOUND
		    : complain("the journal cannot be read to its end",
			       "tocsin journal verify says where");
}

/* `head`: the hash of an entry that was noted elsewhere; it must still be in the chain. */
static int check(const char *state, const char *head)
{
	struct journal_state s;
	char hex[65];
	if (!journal_verify(state, &s)) {
		if (s.bad_line)
			printf("altered: %s/journal:%llu: %s\n", state,
			       (unsigned long long)s.bad_line, s.what);
		else
			fprintf(stderr, "tocsin: %s/journal: %s (name the folder with --state)\n",
				state, s.what);
		return s.bad_line ? EXIT_NONE : EXIT_TROUBLE;
	}
	digest_hex(&s.head, hex);
	if (head && strcmp(head, hex) != 0) {
		printf("altered: the last entry is %s, not %s: entries were cut off or added\n",
		       hex, head);
		return EXIT_NONE;
	}
	if (!s.entries) {
		printf("no entries: nothing was done yet, or all were cut off, which the journal "
		       "cannot tell by itself\n");
		return EXIT_FOUND;
	}
	printf("%llu entries, each signed and in its place; the last: %s\n"
	       "Note that hash elsewhere: whoever is root here could sign the file anew.\n",
	       (unsigned long long)s.entries, hex);
	return EXIT_FOUND;
}

static int cmd_journal(int argc, char **argv)
{
	const char *state = STATE_DIR, *head = NULL;
	const struct option_row rows[] = {{"state", OPT_TEXT, &state}, {"head", OPT_TEXT, &head}};
	int first = options_read(&command_journal, argc, argv, rows, 2);
	if (first <= 0)
		return first ? EXIT_TROUBLE : 0;
	if (argc - first > 1)
		return complain_surplus(&command_journal, argv[first + 1]);
	if (first < argc && strcmp(argv[first], "show") == 0)
		return show(state);
	if (first < argc && strcmp(argv[first], "verify") == 0)
		return check(state, head);
	return complain("say what to do with the journal", "tocsin journal show, verify");
}

const struct command command_journal = {
    "journal",
    cmd_journal,
    "show and check the journal of what was done",
    "show | verify",
    "Shows the journal of what tocsin did, or checks that nobody has changed it since: every "
    "entry\n"
    "is signed and holds the hash of the one before.\n"
    "Exit status: 0 it holds, 1 it was altered, 2 it could not be read.",
    "  --state DIR         where it lies (default: /var/lib/tocsin)\n"
    "  --head HASH         the last entry's hash as you noted it elsewhere\n"};
