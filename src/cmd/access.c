/* access.c - tocsin access: decisions at sign-in, for Dovecot's authentication policy. */
#include "cmd.h"
#include "access/access.h"
#include "respond/respond.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static int check(const char *path)
{
	struct access_rules r;
	struct arena a = {0};
	char why[512];
	slice yaml;
	if (!read_whole(path, &a, &yaml)) {
		note_file(NULL, path, 0, strerror(errno), "give the file of rules");
		return arena_free(&a), EXIT_TROUBLE;
	}
	bool fine = access_read(&r, yaml, why, sizeof why);
	if (!fine)
		note_file(NULL, path, 0, why, "mend it");
	else
		printf("posture %s, %zu essential accounts, %zu networks, %zu denied\n",
		       posture_names[r.posture], r.essential.len, r.networks.len, r.denied.len);
	if (fine && r.outbound.listen.len)
		printf("outbound: %s beyond %u messages, %u recipients, %u new ones, %u megabytes "
		       "within %u s (0: no bound)\n",
		       r.outbound.defer ? "put off" : "held", r.outbound.messages,
		       r.outbound.recipients, r.outbound.new_recipients, r.outbound.megabytes,
		       r.outbound.within_s);
	access_rules_free(&r);
	arena_free(&a);
	return fine ? EXIT_FOUND : EXIT_TROUBLE;
}

static bool when_opened(const char *state, int64_t *when_us, char *why, size_t size)
{
	struct respond *r = respond_open(state, true, why, size);
	if (!r)
		return false;
	*when_us = respond_reopened(r);
	respond_close(&r);
	return true;
}

static int cmd_access(int argc, char **argv)
{
	int first = options_read(&command_access, argc, argv, NULL, 0);
	if (first <= 0)
		return first ? EXIT_TROUBLE : 0;
	if (argc - first == 2 && strcmp(argv[first], "check") == 0)
		return check(argv[first + 1]);
	if (argc - first == 2 && strcmp(argv[first], "serve") == 0)
		return access_serve(argv[first + 1], when_opened);
	static const char *const verbs[] = {"check", "serve", NULL};
	bool known = first < argc &&
		     (strcmp(argv[first], "check") == 0 || strcmp(argv[first], "serve") == 0);
	if (known && argc - first > 2)
		return complain_surplus(&command_access, argv[first + 2]);
	if (known)
		return complain("a file of rules is needed",
				"tocsin access check /etc/tocsin/access.yml");
	return complain_verb(&command_access, first < argc ? argv[first] : NULL, verbs);
}

const struct command command_access = {
    "access",
    cmd_access,
    BRIEF_ACCESS,
    "check FILE | serve FILE",
    "Answers Dovecot's authentication policy requests by the rules in FILE: postures normal,\n"
    "heightened and lockdown, essential accounts, networks, addresses that fail too often, a\n"
    "password that is tried on many accounts.  With `outbound` Postfix is answered too: what is\n"
    "beyond the bounds is held.  The file is read again when it changes.\n"
    "Exit status: 0 good, or ended as asked; 2 the rules are broken, or it cannot serve.",
    NULL};
