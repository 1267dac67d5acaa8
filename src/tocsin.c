/* tocsin.c - the command table, nothing else. */
#include "cmd/cmd.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

const struct command *const commands[] = {
    &command_scan,    &command_decode,    &command_verify,   &command_catalogue,  &command_formats,
    &command_explain, &command_rules,     &command_match,    &command_visibility, &command_watch,
    &command_status,  &command_incidents, &command_incident, &command_access,     &command_contain,
    &command_isolate, &command_restore,   &command_journal,  &command_help,       NULL,
};

static int cmd_help(int argc, char **argv)
{
	const struct command *c = argc > 1 ? command_named(argv[1]) : NULL;
	if (argc > 1 && !c) {
		fprintf(stderr, "tocsin: there is no command %s (tocsin help lists them)\n",
			argv[1]);
		return EXIT_TROUBLE;
	}
	if (c) {
		command_tell(c);
		return 0;
	}
	puts("tocsin " TOCSIN_VERSION
	     " - after a break-in on a mail server: what was opened, by whom, "
	     "since when\n\nusage: tocsin COMMAND [OPTION]... [PATH]...\n");
	for (const struct command *const *each = commands; *each; each++)
		printf("  %-10s %s\n", (*each)->name, (*each)->brief);
	puts("\nBegin with: tocsin scan /var/log      More: tocsin help COMMAND, man tocsin");
	return 0;
}

const struct command command_help = {
    "help", cmd_help, "explain a command", "[COMMAND]", "Explains a command.", NULL};

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
