/* formats.c - tocsin formats: what is read, what each can prove, what may be around it. */
#include "cmd.h"

#include <stdio.h>
#include <string.h>

enum { LINE_MOST = 100 };

static const struct format_coat packings[] = {
    {"gzip, bzip2, xz, zstd, lz4", "compressed files"},
    {"tar, zip, 7z", "archives, of compressed files and of archives too"},
    {"UTF-16, UTF-8 with a mark", "text of Windows; line ends of Windows"},
    {"a folder", "logs, rotated sets, disks of hosts (their logs are picked)"},
    {NULL, NULL}};

/* The text from column `left` on, in lines of 100. */
static void print_wrapped(const char *text, int left)
{
	int col = left;
	while (*text) {
		int n = (int)strcspn(text, " ");
		if (col > left && col + 1 + n > LINE_MOST) {
			printf("\n%*s", left, "");
			col = left;
		} else if (col > left) {
			putchar(' ');
			col++;
		}
		printf("%.*s", n, text);
		col += n;
		text += n;
		text += strspn(text, " ");
	}
	putchar('\n');
}

static void print_coats(const char *title, const struct format_coat *c, int width)
{
	printf("\n%s:\n", title);
	for (; c->name; c++) {
		printf("  %-*s  ", width, c->name);
		print_wrapped(c->about, width + 4);
	}
}

static void print_text(void)
{
	puts("evidence: A names messages opened  B names them, headers only  C counts them\n"
	     "          D names folders, or mail that passes  E sign-ins  F nothing\n");
	for (const struct format *const *f = formats; *f; f++) {
		printf("  %c  %-12s ", (*f)->evidence, (*f)->name);
		print_wrapped((*f)->about, 18);
	}
	print_coats("in these envelopes and exports", format_coats, 8);
	print_coats("packed as", packings, 26);
}

static void json_coats(struct out *o, const char *name, const struct format_coat *c)
{
	out_format(o, ",\n\"%s\":[", name);
	for (const struct format_coat *first = c; c->name; c++) {
		out_text(o, c == first ? "\n{\"name\":" : ",\n{\"name\":");
		out_json(o, slice_of(c->name));
		out_text(o, ",\"about\":");
		out_json(o, slice_of(c->about));
		out_text(o, "}");
	}
	out_text(o, "]");
}

static bool print_json(void)
{
	struct out o = {.fd = 1};
	out_text(&o, "{\"formats\":[");
	for (const struct format *const *f = formats; *f; f++) {
		out_text(&o, f == formats ? "\n{\"name\":" : ",\n{\"name\":");
		out_json(&o, slice_of((*f)->name));
		out_format(&o, ",\"evidence\":\"%c\",\"about\":", (*f)->evidence);
		out_json(&o, slice_of((*f)->about));
		out_text(&o, "}");
	}
	out_text(&o, "]");
	json_coats(&o, "envelopes", format_coats);
	json_coats(&o, "packings", packings);
	out_text(&o, "}\n");
	return said_all(&o);
}

static int cmd_formats(int argc, char **argv)
{
	bool json = false;
	const struct option_row rows[] = {{"json", OPT_FLAG, &json}};
	int first = options_read(&command_formats, argc, argv, rows, 1);
	if (first <= 0)
		return first ? EXIT_TROUBLE : 0;
	if (first < argc)
		return complain_surplus(&command_formats, argv[first]);
	if (json)
		return print_json() ? 0 : EXIT_TROUBLE;
	print_text();
	return 0;
}

const struct command command_formats = {
    "formats",
    cmd_formats,
    "list the log formats that are read",
    "[--json]",
    "Lists the log formats that are read, what each can prove about mail that was opened, the\n"
    "envelopes and exports that may be around them, and the packings.",
    "  --json              the same as JSON\n"};
