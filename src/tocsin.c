/* tocsin.c - the command table, nothing else. */
#include "cmd/cmd.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

#define LIMIT_HELP                                                                                 \
	"  --limit WHAT=N      what hostile archives may cost: ratio=5000 bytes=1T spool=64G\n"    \
	"                      depth=4 members=1M inputs=256K, each the usual one\n"
#define READING_HELP                                                                               \
	"  --timezone ZONE     of clocks that name none: Europe/Paris, +01:00 (default: this "     \
	"machine's)\n"                                                                             \
	"  --timezone PATH=ZONE  the same for one source: a file, a folder, a pattern, "           \
	"HOST:PATH\n"                                                                              \
	"  --format NAME       every record is of that format (tocsin formats lists "              \
	"them)\n" LIMIT_HELP

const struct command commands[] = {
    {"scan", cmd_scan, "report a break-in: way in, since when, what was opened, did data leave",
     "[OPTION]... PATH...",
     "Reads the logs of mail hosts and reports how an intruder got in, since when, what was "
     "opened,\n"
     "whether data left, whether the intruder is still inside, and what the logs cannot say.\n"
     "PATH is a log, a directory of logs, an archive, or - for standard input; rotated and\n"
     "compressed ones are read in their order.  Exit status: 0 an incident was found, 1 none,\n"
     "2 something could not be read.",
     "  --json FILE         write the report as JSON (tocsin.report/1); - for standard output\n"
     "  --html FILE         write the report as one self-contained page\n"
     "  --mail-store PATH   a Maildir tree, or a catalogue made by tocsin catalogue: names "
     "messages\n"
     "  --networks FILE     networks.yaml: names, countries, operators of networks, which are "
     "trusted\n"
     "  --geo FILE          a MaxMind-format database of places or operators; may be given more "
     "than once\n"
     "  --state FILE        what is usual, kept from run to run; made if there is none\n"
     "  --rules PATH        Sigma rules instead of tocsin's own; may be given more than "
     "once\n" READING_HELP "  --details           also print every access, session and finding\n"
     "  --quiet             no report on the terminal, no progress\n"
     "  --color WHEN        always, never, auto\n"},
    {"decode", cmd_decode, "print each log record as one ECS JSON object", "[OPTION]... PATH...",
     "Prints one Elastic Common Schema JSON object per recognised record, in input order.",
     "  --all               also records that no format owns (event.module: unknown)\n"
     "  --original          add the record itself (event.original)\n"
     "  --count             print only how many\n" READING_HELP},
    {"verify", cmd_verify, "check every record that a report cites", "REPORT PATH...",
     "Re-reads every record that a JSON report cites and names those that were altered.\n"
     "PATHs are the logs of the report, at the place they lie now.\n"
     "Exit status: 0 all as cited, 1 something differs, 2 something could not be read.",
     LIMIT_HELP},
    {"catalogue", cmd_catalogue, "list a mail store, message by message", "STORE",
     "Prints an inventory of a Maildir tree, one JSON object per message: folder, UID, subject,\n"
     "size, parts, and kinds of secrets (never their values), so that evidence can be analysed\n"
     "elsewhere: tocsin scan --mail-store FILE.",
     NULL},
    {"formats", cmd_formats, "list the log formats that are read", "[--json]",
     "Lists the log formats that are read, what each can prove about mail that was opened, the\n"
     "envelopes and exports that may be around them, and the packings.",
     "  --json              the same as JSON\n"},
    {"explain", cmd_explain, "tell how a record is read, field by field", "[OPTION]... LINE",
     "Tells how a record is read: its envelope, its format, each field and the bytes it comes "
     "from;\n"
     "and if no format owns it, how near it came.  LINE is the record itself, FILE:NUMBER, FILE, "
     "or\n"
     "- for standard input.  Exit status: 0 it is read, 1 no format owns it, 2 no such line.",
     READING_HELP},
    {"rules", cmd_rules, "check, list, explain and test Sigma rules",
     "check|list|test [OPTION]... [PATH]... | explain [OPTION]... RULE EVENT",
     "check names what is wrong with rules, with file, line and column; list shows them; explain "
     "says\n"
     "why a rule matches an event or does not, leaf by leaf; test walks the examples beside them\n"
     "(NAME.examples).  Without PATH: tocsin's own.  RULE is an id, its first letters, a name, a\n"
     "title or a file; EVENT a record of a log, or JSON: itself, a file, or -.",
     "  --json              check, list, explain: JSON objects, one a line\n"
     "  --level LEVEL       list: that level and what is above\n"
     "  --tag TAG           list: rules with this tag, or one that begins with it (attack.t1110)\n"
     "  --logsource PARTS   list: rules of it; explain: what an event does not say;\n"
     "                      product=linux,service=sshd\n"
     "  --rules PATH        explain: where to look for RULE; may be given more than once\n"
     "  --pipeline PATH     check, explain: a processing pipeline, beside tocsin's own\n"
     "  --placeholders FILE check, explain: values of the rules' %placeholders%\n"
     "  --color WHEN        explain: always, never, auto\n"},
    {"match", cmd_match, "run Sigma rules over JSON events",
     "--rules PATH... [OPTION]... EVENTS...",
     "Prints one JSON object for each hit of a Sigma rule: rule.id, rule.title, level, line, and\n"
     "of correlations count, group and lines.  EVENTS are files of JSON objects of any shape, one\n"
     "a line or one behind the other; - is standard input.  Exit status: 0 hits, 1 none, 2 "
     "trouble.",
     "  --rules PATH          Sigma rules, a file or a directory; may be given more than once\n"
     "  --pipeline FILE       a processing pipeline: field names and log sources of the events\n"
     "  --placeholders FILE   YAML: values of the rules' %placeholders%, name: [value, ...]\n"
     "  --logsource PARTS     what events do not say: product=windows,service=sysmon\n"
     "  --plain               ask each rule by itself: slow, and the same hits\n"},
    {"visibility", cmd_visibility, "say what these logs can show, and what not",
     "[OPTION]... PATH...",
     "Draws each source hour by hour, and says of each rule whether it would see what it looks "
     "for\n"
     "in these logs: seeing, or blind, with the setting that would open its eyes.  Daemons whose\n"
     "lines are less and less understood are named with samples.\n"
     "Exit status: 0 every rule sees, 1 some are blind, 2 something could not be read.",
     "  --json FILE         as JSON; - for standard output\n"
     "  --html FILE         as one self-contained page\n"
     "  --rules PATH        Sigma rules instead of tocsin's own; may be given more than once\n"
     "  --networks FILE     networks.yaml\n"
     "  --timezone ZONE     of clocks that name none\n"},
    {"watch", cmd_watch, "follow logs, tell of an intruder as he comes, shut him out by policy",
     "[OPTION]... PATH...",
     "Reads logs as they stand, then follows them through rotation, and tells of each finding "
     "once.\n"
     "Logs are parsed by a process of its own that can read them and nothing else.  Whole reports\n"
     "are kept in the state folder; what may be done without asking stands in the policy.\n"
     "Ends with SIGTERM or SIGINT.  Exit status: 0 ended as asked, 2 it could not run.",
     "  --state DIR         journal, reports and evidence (default: /var/lib/tocsin)\n"
     "  --policy FILE       whom to tell, and what to do without asking (default: tell, do "
     "nothing)\n"
     "  --networks FILE     networks.yaml: names, countries, operators, which are trusted\n"
     "  --geo FILE          a MaxMind-format database\n"
     "  --rules PATH        Sigma rules instead of tocsin's own; may be given more than once\n"
     "  --timezone ZONE     of clocks that name none\n"
     "  --metrics FILE      counts for Prometheus, written every few seconds\n"
     "  --json              findings as JSON, one a line\n"
     "  --until-quiet       end once everything that is there has been read\n"},
    {"status", cmd_status, "say whether the watch runs and is well, and what is in force",
     "[OPTION]...",
     "Says whether tocsin watch runs, when its engine last gave a sign of life, what it follows, "
     "how\n"
     "far it is behind, what it found, and which responses are in force.\n"
     "Exit status: 0 running and well, 1 not, 2 it cannot be known.",
     "  --state DIR         folder of the watch (default: /var/lib/tocsin)\n"
     "  --json              as a JSON object\n"},
    {"incidents", cmd_incidents, "list the incidents that the watch found", "[OPTION]...",
     "Lists the incidents of the watch's last whole report, one a line.\n"
     "Exit status: 0 there are some, 1 none, 2 there is no report, or it cannot be read.",
     "  --state DIR         folder of the watch (default: /var/lib/tocsin)\n"
     "  --json              JSON objects, one a line\n"},
    {"incident", cmd_incident, "show one incident that the watch found", "[OPTION]... [ID]",
     "Shows one incident of the watch's last whole report, as tocsin scan would.\n"
     "Exit status: 0 it was shown, 2 there is no such incident, or no report.",
     "  --state DIR         folder of the watch (default: /var/lib/tocsin)\n"
     "  --details           also every access, session and finding\n"
     "  --follow            show it again whenever the watch knows more\n"
     "  --color WHEN        always, never, auto\n"},
    {"access", cmd_access, "decide at sign-in who may come in, from where, by which protocol",
     "check FILE | serve FILE",
     "Answers Dovecot's authentication policy requests by the rules in FILE: postures normal,\n"
     "heightened and lockdown, essential accounts, networks, addresses that fail too often, a\n"
     "password that is tried on many accounts.  The file is read again when it changes.\n"
     "Exit status: 0 good, or ended as asked; 2 the rules are broken, or it cannot serve.",
     NULL},
    {"contain", cmd_contain, "shut an intruder out of every layer, and take each step back",
     "plan REPORT [INCIDENT] | apply | verify | undo | status [INCIDENT]",
     "Plans from a JSON report how to shut the intruder out of this host, does it, measures that "
     "he is\n"
     "out, and takes every step back.  plan says of each step what it does, whom it hits besides "
     "the\n"
     "intruder and what it takes out of view; nothing is changed before apply.  All is written to "
     "the\n"
     "journal first (tocsin journal).  Exit status: 0 done, or contained; 1 verify found him "
     "inside;\n"
     "2 something failed or cannot be known.",
     "  --state DIR         journal and evidence (default: /var/lib/tocsin)\n"
     "  --mode MODE         fast: also blocks the addresses; quiet: they stay in view (default: "
     "fast)\n"
     "  --only LEVER        only these steps; may be given more than once\n"
     "  --logs PATH         verify: where to look for accepted actions; may be given more than "
     "once\n"
     "  --yes               do not ask\n"
     "  --dry-run           apply: say the steps, do none\n"},
    {"isolate", cmd_isolate, "shut this mail server but for what is needed; its mail is kept",
     "plan [OPTION]... | apply | status | verify",
     "Shuts IMAP, POP3, ManageSieve, submission and webmail of this host to all but essential\n"
     "networks.  Port 25 stays open: mail from outside is taken and kept in the queue, nothing is\n"
     "returned to its sender.  Essential accounts may be carried on by another server.  status "
     "counts\n"
     "down to the first bounce and the full disk.  tocsin restore takes all of it back.\n"
     "Exit status: 0 done, or isolated; 1 verify found it open, or nothing was planned; 2 "
     "something\n"
     "failed or cannot be known.",
     "  --state DIR         journal and evidence (default: /var/lib/tocsin)\n"
     "  --allow NETWORK     plan: may pass every door; may be given more than once\n"
     "  --close PORT        plan: shut this port as well, 22 say; may be given more than once\n"
     "  --deliver           plan: mail goes into the mailboxes as usual\n"
     "  --hold-outbound     plan: mail that would leave is kept too\n"
     "  --lifetime TIME     plan: how long mail may wait in the queue (default: 30d)\n"
     "  --standby HOST      plan: the server that carries on essential accounts; HOST:PORT\n"
     "  --essential ACCOUNT plan: an account that it carries on; may be given more than once\n"
     "  --only STEP         apply: only these steps, by lever or target; may be given more than "
     "once\n"
     "  --json              status: as JSON\n"
     "  --yes               do not ask\n"
     "  --dry-run           apply: say the steps, do none\n"},
    {"restore", cmd_restore, "open an isolated mail server again, and account for its mail",
     "[OPTION]...",
     "Takes the steps of tocsin isolate back: the standby first, then kept mail is delivered in "
     "the\n"
     "order of its arrival, then doors open, submission last.  Then every message is accounted "
     "for by\n"
     "its queue id: delivered, or still there.  May be done step by step, and again after a "
     "failure.\n"
     "Exit status: 0 done, 2 something failed.",
     "  --state DIR         journal and evidence (default: /var/lib/tocsin)\n"
     "  --only STEP         only these steps, by lever or target (keep, imap, submission); may be "
     "given\n"
     "                      more than once\n"
     "  --logs PATH         Postfix's logs, which say how a message left the queue; may be given "
     "more\n"
     "                      than once\n"
     "  --yes               do not ask\n"},
    {"journal", cmd_journal, "show and check the journal of what was done", "show | verify",
     "Shows the journal of what tocsin did, or checks that nobody has changed it since: every "
     "entry\n"
     "is signed and holds the hash of the one before.\n"
     "Exit status: 0 it holds, 1 it was altered, 2 it could not be read.",
     "  --state DIR         where it lies (default: /var/lib/tocsin)\n"
     "  --head HASH         the last entry's hash as you noted it elsewhere\n"},
    {"help", cmd_help, "explain a command", "[COMMAND]", "Explains a command.", NULL},
    {0},
};

int cmd_help(int argc, char **argv)
{
	const struct command *c = argc > 1 ? command_named(argv[1]) : NULL;
	if (argc > 1 && !c) {
		fprintf(stderr, "tocsin: there is no command %s (tocsin help lists them)\n",
			argv[1]);
		return EXIT_TROUBLE;
	}
	if (c) {
		command_help(c);
		return 0;
	}
	puts("tocsin " TOCSIN_VERSION
	     " - after a break-in on a mail server: what was opened, by whom, "
	     "since when\n\nusage: tocsin COMMAND [OPTION]... [PATH]...\n");
	for (c = commands; c->name; c++)
		printf("  %-10s %s\n", c->name, c->brief);
	puts("\nBegin with: tocsin scan /var/log      More: tocsin help COMMAND, man tocsin");
	return 0;
}

int main(int argc, char **argv)
{
	signal(SIGPIPE, SIG_IGN);
	if (argc < 2) {
		cmd_help(0, argv);
		return EXIT_TROUBLE;
	}
	if (strcmp(argv[1], "--version") == 0 || strcmp(argv[1], "version") == 0) {
		puts("tocsin " TOCSIN_VERSION);
		return 0;
	}
	const char *name = argv[1];
	if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0)
		name = "help";
	const struct command *c = command_named(name);
	if (c)
		return c->run(argc - 1, argv + 1);
	fprintf(stderr, "tocsin: there is no command %s (tocsin help lists them)\n", name);
	return EXIT_TROUBLE;
}
