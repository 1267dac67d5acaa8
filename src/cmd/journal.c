/* journal.c - tocsin journal: what was done, shown and checked. */
#include "cmd.h"
#include "journal/journal.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define STATE_DIR "/var/lib/tocsin"

static int complain_file(const char *state, const char *why)
{
	static const char remedy[] = "name the folder with --state";
	char path[4096];
	struct stat st;
	snprintf(path, sizeof path, "%s/journal", state);
	if (stat(state, &st) == 0)
		note_file(NULL, path, 0, why, remedy);
	else
		note_file(NULL, state, 0,
			  errno == ENOENT ? "there is no such folder" : strerror(errno), remedy);
	return EXIT_TROUBLE;
}

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

/* An altered journal is shown too: what it says is evidence, if no fact. */
static int show(const char *state)
{
	struct journal_state s;
	struct out o = {.fd = 1};
	bool holds = journal_verify(state, NULL, &s);
	bool fine = journal_show(state, show_entry, &o) || o.error;
	if (!fine)
		return complain_file(state, regular_why(errno));
	if (!said_all(&o))
		return EXIT_TROUBLE;
	if (!holds)
		fprintf(stderr,
			"tocsin: %s/journal:%llu: %s (nothing that is shown from there on is "
			"certain; tocsin journal verify)\n",
			state, (unsigned long long)s.bad_line, s.what);
	return holds ? EXIT_FOUND : EXIT_NONE;
}

static int say_altered(const char *state, const struct journal_state *s)
{
	if (!s->bad_line)
		return complain_file(state, s->what);
	printf("altered: %s/journal:%llu: %s\n"
	       "What stands before that line holds; from there on tocsin acts on nothing "
	       "that it says.\n"
	       "Next: see who could write there; tocsin journal renew goes on with what "
	       "holds.\n",
	       state, (unsigned long long)s->bad_line, s->what);
	return EXIT_NONE;
}

static void say_noted(const struct journal_state *s)
{
	uint64_t since = s->head.entries - s->noted_at;
	printf("Entry %llu has the hash that you noted: nothing up to it was changed",
	       (unsigned long long)s->noted_at);
	if (since)
		printf("; %llu came since", (unsigned long long)since);
	printf(".\n");
}

/* `head`: the hash of an entry that was noted elsewhere; it must still be in the chain. */
static int check(const char *state, const char *head)
{
	struct journal_state s;
	struct digest noted;
	char hex[65];
	if (head && !digest_parse(slice_of(head), &noted))
		return complain("--head is no hash", "64 hexadecimal digits, as verify, status "
						     "and alerts say them");
	if (!journal_verify(state, head ? &noted : NULL, &s))
		return say_altered(state, &s);
	digest_hex(&s.head.hash, hex);
	if (head && !s.noted_at) {
		printf("altered: no entry is %s any more: entries were cut off, or all were made "
		       "anew\n",
		       head);
		return EXIT_NONE;
	}
	if (!s.head.entries) {
		printf("no entries: nothing was done yet, or all were cut off, which the journal "
		       "cannot tell by itself\n");
		return EXIT_FOUND;
	}
	printf("%llu entries, each signed and in its place; the last: %s\n",
	       (unsigned long long)s.head.entries, hex);
	if (head)
		say_noted(&s);
	else
		printf("Note that hash elsewhere: whoever is root here could sign the file "
		       "anew.\n");
	return EXIT_FOUND;
}

static int renew(const char *state, bool yes)
{
	struct journal_renewed r;
	char why[1024];
	if (!agreed(yes, "Begin a new journal with what holds of this one"))
		return EXIT_TROUBLE;
	if (!journal_renew(state, &r, why, sizeof why)) {
		fprintf(stderr, "tocsin: %s\n", why);
		return EXIT_TROUBLE;
	}
	printf("A new journal was begun: %s.\n"
	       "The former one is kept as it was in %s/%s; %llu of its %llu entries hold, and are "
	       "copied.\n",
	       r.what, state, r.folder, (unsigned long long)r.held.entries,
	       (unsigned long long)r.lines);
	if (r.held.entries < r.lines)
		printf("Steps that only the others name may be in force, and are not known any "
		       "more:\n  tocsin journal show --state %s/%s\n  tocsin contain status\n",
		       state, r.folder);
	return EXIT_FOUND;
}

static int cmd_journal(int argc, char **argv)
{
	const char *state = STATE_DIR, *head = NULL;
	bool yes = false;
	const struct option_row rows[] = {
	    {"state", OPT_TEXT, &state}, {"head", OPT_TEXT, &head}, {"yes", OPT_FLAG, &yes}};
	int first = options_read(&command_journal, argc, argv, rows, 3);
	if (first <= 0)
		return first ? EXIT_TROUBLE : 0;
	if (argc - first > 1)
		return complain_surplus(&command_journal, argv[first + 1]);
	if (first < argc && strcmp(argv[first], "show") == 0)
		return show(state);
	if (first < argc && strcmp(argv[first], "verify") == 0)
		return check(state, head);
	if (first < argc && strcmp(argv[first], "renew") == 0)
		return renew(state, yes);
	static const char *const verbs[] = {"show", "verify", "renew", NULL};
	return complain_verb(&command_journal, first < argc ? argv[first] : NULL, verbs);
}

const struct command command_journal = {
    "journal",
    cmd_journal,
    "show and check the journal of what was done",
    "show | verify | renew",
    "Shows the journal of what tocsin did, or checks that nobody has changed it since: every "
    "entry\n"
    "is signed and holds the hash of the one before.  An altered journal is acted on by no "
    "command;\n"
    "renew sets it aside and begins one that names it, with the entries that hold.\n"
    "Exit status: 0 it holds, 1 it was altered, 2 it could not be read.",
    "  --state DIR         where it lies (default: /var/lib/tocsin)\n"
    "  --head HASH         verify: the hash of an entry as you noted it elsewhere\n"
    "  --yes               renew: do not ask\n"};
