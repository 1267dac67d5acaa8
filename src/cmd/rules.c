/* rules.c - tocsin rules: Sigma rules checked and listed. */
#include "cmd.h"
#include "sigma/sigma.h"

#include <stdio.h>
#include <string.h>

static const char *const levels[] = {"informational", "low", "medium", "high", "critical"};

static void list_rules(const struct sigma *s)
{
	for (size_t i = 0; i < sigma_count(s); i++) {
		const struct sigma_rule *r = sigma_rule(s, i);
		printf("%-13s %-36s %s\n", levels[r->level], r->id ? r->id : "-",
		       r->title ? r->title : "");
	}
}

int cmd_rules(int argc, char **argv)
{
	int first = options_read(command_named("rules"), argc, argv, NULL, 0);
	if (first <= 0)
		return first ? EXIT_TROUBLE : 0;
	const char *verb = first < argc ? argv[first] : "";
	const char *const *paths = (const char *const *)argv + first + 1;
	if (strcmp(verb, "test") == 0)
		return cmd_rules_test(paths, (size_t)(argc - first - 1));
	bool list = strcmp(verb, "list") == 0;
	if (!list && strcmp(verb, "check") != 0)
		return complain("say what to do with the rules",
				"tocsin rules check, tocsin rules list, tocsin rules test");
	struct sigma *s = scan_rules(paths, (size_t)(argc - first - 1));
	if (list)
		list_rules(s);
	else
		printf("%zu rules are good, %zu were refused\n", sigma_count(s), sigma_refused(s));
	int status = sigma_refused(s) ? EXIT_TROUBLE : 0;
	sigma_free(&s);
	return status;
}
