/* access.c - tocsin access: decisions at sign-in, for Dovecot's authentication policy. */
#include "cmd.h"
#include "access/access.h"

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
	access_rules_free(&r);
	arena_free(&a);
	return fine ? EXIT_FOUND : EXIT_TROUBLE;
}

int cmd_access(int argc, char **argv)
{
	int first = options_read(command_named("access"), argc, argv, NULL, 0);
	if (first <= 0)
		return first ? EXIT_TROUBLE : 0;
	if (argc - first == 2 && strcmp(argv[first], "check") == 0)
		return check(argv[first + 1]);
	if (argc - first == 2 && strcmp(argv[first], "serve") == 0)
		return access_serve(argv[first + 1]);
	return complain("say what to do with which rules",
			"tocsin access check FILE, tocsin access serve FILE");
}
