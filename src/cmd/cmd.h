/* cmd.h - the commands: options in, room called, exit status out (grep's: 0 found, 1 none, 2
 * error). */
#ifndef TOCSIN_CMD_H
#define TOCSIN_CMD_H

#include "street/street.h"

enum { EXIT_FOUND = 0, EXIT_NONE = 1, EXIT_TROUBLE = 2 };

typedef int command_run(int argc, char **argv);
command_run cmd_scan, cmd_decode, cmd_catalogue, cmd_verify, cmd_formats, cmd_explain, cmd_rules,
    cmd_match, cmd_contain, cmd_journal, cmd_watch, cmd_access, cmd_visibility, cmd_help,
    cmd_status, cmd_incidents, cmd_incident, cmd_isolate, cmd_restore;

struct command {
	const char *name;
	command_run *run;
	const char *brief, *usage, *about;
	const char *options; /* lines of help, each option with its meaning */
};
extern const struct command commands[];

/*
 * Options of a command: --name VALUE or --name=VALUE, flags, then paths.  `kind` says where the
 * value goes.  An unknown option names the nearest one.
 */
struct option_row {
	const char *name;
	enum { OPT_FLAG, OPT_TEXT, OPT_LIST } kind;
	void *value; /* bool *, const char **, struct option_list * */
};
struct option_list {
	const char **at;
	size_t len;
};
/* Returns the index of the first path, or -1 after a message (or 0 after --help). */
int options_read(const struct command *c, int argc, char **argv, const struct option_row *rows,
		 size_t n);
/* How inputs are read, as the user says: --timezone, --format, --limit. */
struct log_reading {
	struct option_list zone_words, limit_words;
	const char *format_name;
	/* what they say, after reading_open() */
	struct zone *zone; /* NULL: none was given */
	struct source_zone *zones;
	size_t zone_count;
	const struct format *format;
	struct input_limits limits;
};
#define READING_ROWS(r)                                                                            \
	{"timezone", OPT_LIST, &(r)->zone_words}, {"format", OPT_TEXT, &(r)->format_name},         \
	{                                                                                          \
		"limit", OPT_LIST, &(r)->limit_words                                               \
	}
bool reading_open(struct log_reading *r); /* false after a message */
void reading_close(struct log_reading *r);

const struct command *command_named(const char *name);
void command_help(const struct command *c);

/* Troubles on stderr, each with its remedy: tocsin: PATH:LINE: what (remedy) */
void note_input(void *ctx, enum input_trouble kind, const char *path, uint64_t line,
		const char *what, const char *remedy);
void note_file(void *ctx, const char *path, uint64_t line, const char *what, const char *remedy);
void note_line(void *ctx, const char *path, int line, const char *what, const char *remedy);
/* All of a file, or of standard input for "-", into the arena; false: errno. */
bool read_whole(const char *path, struct arena *a, slice *text);
int complain(const char *what, const char *remedy); /* EXIT_TROUBLE */
/* `when`: always, never, auto or NULL; then only on a terminal that wants it (NO_COLOR). */
bool wants_colour(const char *when);

#endif
