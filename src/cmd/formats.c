/* formats.c - tocsin formats: what is read, and what each can prove. */
#include "cmd.h"

#include <stdio.h>

int cmd_formats(int argc, char **argv)
{
	int first = options_read(command_named("formats"), argc, argv, NULL, 0);
	if (first <= 0)
		return first ? EXIT_TROUBLE : 0;
	puts("evidence: A names messages opened  B names them, headers only  C counts them\n"
	     "          D names folders  E sign-ins  F nothing about reading\n");
	for (const struct format *const *f = formats; *f; f++)
		printf("  %c  %-12s %s\n", (*f)->evidence, (*f)->name, (*f)->about);
	return 0;
}
