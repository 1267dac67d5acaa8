/* cmd.h - the commands: options in, room called, exit status out (grep's: 0 found, 1 none, 2
 * error). */
#ifndef TOCSIN_CMD_H
#define TOCSIN_CMD_H

#include "street/street.h"

enum { EXIT_FOUND = 0, EXIT_NONE = 1, EXIT_TROUBLE = 2 };

struct command {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *brief, *usage, *about; /* usage NULL: another program runs it */
	const char *options;               /* lines of help, each option with its meaning */
};
/* What `tocsin help` says of the commands that another program runs: elsewhere.c. */
#define BRIEF_ACCESS  "decide at sign-in who may come in, and how much an account may send"
#define BRIEF_CHECK   "look at policy, rules, networks, paths and sockets of a watch, and end"
#define BRIEF_CONTAIN "shut an intruder out of every layer, and take each step back"
#define BRIEF_ISOLATE "shut this mail server but for what is needed; its mail is kept"
#define BRIEF_RESTORE "open an isolated mail server again, and account for its mail"
#define BRIEF_STATUS  "say whether the watch runs and is well, and what is in force"
#define BRIEF_WATCH   "follow logs, tell of an intruder as he comes, shut him out by policy"

/* Each stands in its command's own file. */
extern const struct command command_scan, command_decode, command_verify, command_catalogue,
    command_formats, command_explain, command_rules, command_match, command_visibility,
    command_watch, command_status, command_incidents, command_incident, command_access,
    command_contain, command_isolate, command_restore, command_journal, command_check_config,
    command_help;
/* All of them, in the order of `tocsin help`; NULL ends them. */
extern const struct command *const commands[];

/*
 * Options of a command: --name VALUE or --name=VALUE, flags, then paths.  `kind` says where the
 * value goes; OPT_WHEN is a text: always, never, auto.  An unknown option names the nearest one.
 * One that takes a single value and is given two of them is refused: neither is lost silently.
 */
struct option_row {
	const char *name;
	enum { OPT_FLAG, OPT_TEXT, OPT_WHEN, OPT_LIST } kind;
	void *value; /* bool *, const char **, const char **, struct option_list * */
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
	const char *format_name, *threads;
	/* what they say, after reading_open() */
	struct zone *zone; /* NULL: none was given */
	struct source_zone *zones;
	size_t zone_count;
	const struct format *format;
	struct input_limits limits;
	bool ahead; /* as in street_options */
};
#define READING_ROWS(r)                                                                            \
	{"timezone", OPT_LIST, &(r)->zone_words}, {"format", OPT_TEXT, &(r)->format_name},         \
	{                                                                                          \
		"limit", OPT_LIST, &(r)->limit_words                                               \
	}
/* Their lines of help. */
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
#define THREADS_HELP                                                                               \
	"  --threads N         1: all in one; 2: read and judge side by side (default: 2 where "   \
	"there are cores)\n"
bool reading_open(struct log_reading *r); /* false after a message */
void reading_close(struct log_reading *r);
bool has_cores(void);                      /* this process may use more than one */
struct zone *zone_named(const char *name); /* NULL after a message */

const struct command *command_named(const char *name);
void command_tell(const struct command *c);

/* Troubles on stderr, each with its remedy: tocsin: PATH:LINE: what (remedy) */
void note_input(void *ctx, enum input_trouble kind, const char *path, uint64_t line,
		const char *what, const char *remedy);
void note_file(void *ctx, const char *path, uint64_t line, const char *what, const char *remedy);
void note_line(void *ctx, const char *path, int line, const char *what, const char *remedy);
/* False, with errno, for a device that never ends: a disk, /dev/zero; not for /dev/null. */
bool may_end(int fd);
/* All of a file, or of standard input for "-", into the arena, 512 MiB at most; false: errno. */
bool read_whole(const char *path, struct arena *a, slice *text);
int complain(const char *what, const char *remedy); /* EXIT_TROUBLE */
/* A name that is none; `near`: the one that was meant, or empty; `of`: its command, or NULL. */
int complain_unknown(const char *of, const char *kind, slice name, slice near, const char *remedy);
/* A command of several verbs (NULL ends them) was told none of them, or NULL. */
int complain_verb(const struct command *c, const char *said, const char *const *verbs);
/* A word that the command has no use for. */
int complain_surplus(const struct command *c, const char *word);
/* Only a person at a terminal can be asked; a script says --yes. */
bool agreed(bool yes, const char *what);
#define OUTPUT_LOST "standard output cannot be written", "is the disk full?"
/* Closes what went to standard output; false after a message, unless its reader had enough. */
bool said_all(struct out *o);
/*
 * For a text that people read, on standard output: where the environment names a character set that
 * is not UTF-8, it is kept, and reader_said() prints ASCII for it: false after a message, and with
 * `error` EPIPE if its reader had enough.
 */
struct out reader_out(void);
bool reader_said(struct out *o);
/* `when`: always, never, auto or NULL; then only on a terminal that wants it (NO_COLOR). */
bool wants_colour(const char *when);
/* Of standard output, as reports need it: 60 to 100, 100 if it is no terminal. */
unsigned terminal_columns(void);
/* Can a report be written to `path` later?  False after a message: better now than after an hour.
 */
bool may_write(const char *path);
/* The same of a report's two forms, NULL for none: not both to one place. */
bool may_write_both(const char *json, const char *html);
/*
 * All that `write` says goes to `path` (- is standard output), whole or not at all, but to what is
 * no file: a pipe, a device.  False after a message.
 */
typedef void write_out(const void *ctx, struct out *o);
bool write_whole(const char *path, write_out *write, const void *ctx);

#endif
