/* check_config.c - tocsin check-config: what a watch would go by, looked at before it is started.
 */
#include "cmd.h"

#include <stdlib.h>
#include <string.h>

static int cmd_check_config(int argc, char **argv)
{
	char **words = must_alloc((size_t)(argc + 2) * sizeof *words);
	words[0] = (char[]){"watch"};
	words[1] = (char[]){"--check-config"};
	memcpy(words + 2, argv + 1, (size_t)argc * sizeof *words); /* and the NULL behind them */
	int status = command_named(words[0])->run(argc + 1, words);
	free(words);
	return status;
}

/* Its options are those of watch, whose help is its own. */
const struct command command_check_config = {
    "check-config", cmd_check_config, BRIEF_CHECK, NULL, NULL, NULL};
