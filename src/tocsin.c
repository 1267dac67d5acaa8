/* tocsin.c - the command table, nothing else. */
#include "cmd/cmd.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

const struct command *const commands[] = {
    &command_scan,         &command_decode,  &command_verify,
    &command_catalogue,    &command_formats, &command_explain,
    &command_rules,        &command_match,   &command_visibility,
    &command_watch,        &command_status,  &command_incidents,
    &command_incident,     &command_access,  &command_contain,
    &command_isolate,      &command_restore, &command_journal,
    &command_check_config, &command_help,    NULL,
};

static int unknown_command(const char *name)
{
	struct nearest near = nearest_to(slice_of(name));
	for (const struct command *const *c = commands; *c; c++)
		nearest_offer(&near, slice_of((*c)->name));
	nearest_offer(&near, SLICE("--version"));
	nearest_offer(&near, SLICE("--help"));
	return complain_unknown(NULL, "command", slice_of(name), near.best,
				"tocsin help lists them");
}

static int cmd_help(int argc, char **argv)
{
	const struct command *c = argc > 1 ? command_named(argv[1]) : NULL;
	if (argc > 2)
		return complain_surplus(&command_help, argv[2]);
	if (argc > 1 && !c)
		return unknown_command(argv[1]);
	if (c && !c->usage)
		return c->run(2, (char *[]){argv[1], (char[]){"--help"}, NULL});
	if (c) {
		command_tell(c);
		return 0;
	}
	puts("tocsin " TOCSIN_VERSION
	     " - after a break-in on a mail server: what was opened, by whom, "
	     "since when\n\nusage: tocsin COMMAND [OPTION]... [PATH]...\n");
	for (const struct command *const *each = commands; *each; each++)
		printf("  %-12s %s\n", (*each)->name, (*each)->brief);
	puts("\nBegin with: tocsin scan /var/log      More: tocsin help COMMAND, man tocsin");
	return 0;
}

const struct command command_help = {
    "help", cmd_help, "explain a command", "[COMMAND]", "Explains a command.", NULL};

/*
 * A standard descriptor that was closed is taken by one that fails as it would have: else a report
 * or a journal would be opened in its place, and messages be written into it.
 */
static void hold_standard(void)
{
	for (int fd = 0; fd < 3; fd++)
		if (fcntl(fd, F_GETFD) < 0 && errno == EBADF)
			open("/dev/null", fd == 0 ? O_WRONLY : O_RDONLY);
}

/* Did all that was printed arrive?  Who reads no further wants no more: that is no failure. */
static int ended(int status)
{
	struct pollfd reader = {.fd = 1, .events = POLLOUT};
	bool fine = fflush(stdout) == 0 && !ferror(stdout);
	if (fine || (poll(&reader, 1, 0) == 1 && (reader.revents & POLLERR)))
		return status;
	return complain(OUTPUT_LOST);
}

int main(int argc, char **argv)
{
	hold_standard();
	signal(SIGPIPE, SIG_IGN);
	if (argc < 2) {
		cmd_help(0, argv);
		return EXIT_TROUBLE;
	}
	if (strcmp(argv[1], "--version") == 0 || strcmp(argv[1], "version") == 0) {
		puts("tocsin " TOCSIN_VERSION);
		return ended(0);
	}
	const char *name = argv[1];
	if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0)
		name = "help";
	const struct command *c = command_named(name);
	return c ? ended(c->run(argc - 1, argv + 1)) : unknown_command(name);
}
