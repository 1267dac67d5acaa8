/* options.c - what all commands share: options, help, complaints. */
#include "cmd.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

enum { WHOLE_MOST = 512 << 20 };

const struct command *command_named(const char *name)
{
	for (const struct command *const *c = commands; *c; c++)
		if (strcmp((*c)->name, name) == 0)
			return *c;
	return NULL;
}

void command_tell(const struct command *c)
{
	printf("usage: tocsin %s %s\n\n%s\n", c->name, c->usage, c->about);
	if (c->options)
		printf("\n%s", c->options);
}

/* One command line on its way into its rows. */
struct line {
	const struct command *c;
	const struct option_row *rows;
	size_t n;
	char **argv;
	int argc, i;
	uint64_t given; /* by row: an option that has its value */
};

static bool unknown_option(const struct line *l)
{
	char remedy[128], meant[64] = "";
	slice name = slice_of(l->argv[l->i]), bare;
	name = slice_first(name, slice_find(name, '='));
	for (bare = name; bare.len && *bare.at == '-';)
		bare = slice_from(bare, 1);
	struct nearest near = nearest_to(bare);
	for (size_t i = 0; i < l->n; i++)
		nearest_offer(&near, slice_of(l->rows[i].name));
	if (near.best.len)
		snprintf(meant, sizeof meant, "--%.*s", (int)near.best.len, near.best.at);
	snprintf(remedy, sizeof remedy, "tocsin help %s lists them%s", l->c->name,
		 slice_starts(name, SLICE("--")) ? "" : "; a file of that name: ./-...");
	complain_unknown(l->c->name, "option", name, slice_of(meant), remedy);
	return false;
}

static bool bad_option(const struct line *l, const struct option_row *row, const char *what)
{
	fprintf(stderr, "tocsin %s: --%s %s (tocsin help %s)\n", l->c->name, row->name, what,
		l->c->name);
	return false;
}

static const struct option_row *find_option(const struct option_row *rows, size_t n,
					    const char *name, size_t len)
{
	for (size_t i = 0; i < n; i++)
		if (strlen(rows[i].name) == len && memcmp(rows[i].name, name, len) == 0)
			return &rows[i];
	return NULL;
}

static void list_value(struct option_list *l, const char *value)
{
	l->at = must_realloc(l->at, (l->len + 1) * sizeof *l->at);
	l->at[l->len++] = value;
}

static bool is_when(const char *value)
{
	return strcmp(value, "always") == 0 || strcmp(value, "never") == 0 ||
	       strcmp(value, "auto") == 0;
}

static bool keep_value(struct line *l, const struct option_row *row, const char *value)
{
	uint64_t bit = 1ull << (row - l->rows);
	const char **text = row->value;
	if (!*value)
		return bad_option(l, row, "needs a value that is not empty");
	if (row->kind == OPT_LIST)
		return list_value(row->value, value), true;
	if ((l->given & bit) && strcmp(*text, value) != 0)
		return bad_option(l, row, "is given twice, and takes one value");
	if (row->kind == OPT_WHEN && !is_when(value))
		return bad_option(l, row, "is always, never or auto");
	l->given |= bit;
	*text = value;
	return true;
}

/* One option at argv[i]; false after a message. */
static bool read_option(struct line *l)
{
	const char *name = l->argv[l->i] + 2, *equals = strchr(name, '=');
	size_t len = equals ? (size_t)(equals - name) : strlen(name);
	const struct option_row *row = find_option(l->rows, l->n, name, len);
	if (!row)
		return unknown_option(l);
	if (row->kind == OPT_FLAG && equals)
		return bad_option(l, row, "takes no value");
	if (row->kind == OPT_FLAG)
		return *(bool *)row->value = true;
	if (!equals && l->i + 1 >= l->argc)
		return bad_option(l, row, "needs a value");
	return keep_value(l, row, equals ? equals + 1 : l->argv[++l->i]);
}

/* -x, but not - for standard input, nor a record of a log that begins so. */
static bool is_short_option(const char *word)
{
	return word[0] == '-' && word[1] && !strpbrk(word, " \t");
}

/* Options among the words, until --; words that are none go to `paths`. -1 after a message. */
static int read_words(struct line *l, char **paths, bool *help)
{
	int count = 0;
	for (; l->i < l->argc && !*help; l->i++) {
		char *word = l->argv[l->i];
		if (strcmp(word, "--") == 0) {
			l->i++;
			break;
		}
		bool option = strncmp(word, "--", 2) == 0;
		if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0)
			*help = true;
		else if (!option && is_short_option(word))
			return unknown_option(l), -1;
		else if (!option)
			paths[count++] = word;
		else if (!read_option(l))
			return -1;
	}
	return count;
}

/* Options may stand among the paths: paths are moved to the end, in their order. */
int options_read(const struct command *c, int argc, char **argv, const struct option_row *rows,
		 size_t n)
{
	struct line l = {.c = c, .rows = rows, .n = n, .argv = argv, .argc = argc, .i = 1};
	char **paths = must_alloc((size_t)(argc + 1) * sizeof *paths);
	bool help = false;
	int count = read_words(&l, paths, &help);
	if (help)
		command_tell(c);
	if (help || count < 0) {
		free(paths);
		return help ? 0 : -1;
	}
	while (l.i < argc)
		paths[count++] = argv[l.i++];
	memcpy(argv + (argc - count), paths, (size_t)count * sizeof *paths);
	free(paths);
	return argc - count;
}

static void note(const char *path, uint64_t line, const char *what, const char *remedy)
{
	struct out o = {.fd = 2};
	out_text(&o, "tocsin: ");
	out_plain(&o, slice_of(*path ? path : "\"\""));
	if (line)
		out_format(&o, ":%llu", (unsigned long long)line);
	out_text(&o, ": ");
	out_plain(&o, slice_of(what));
	if (remedy && *remedy) {
		out_text(&o, " (");
		out_plain(&o, slice_of(remedy));
		out_text(&o, ")");
	}
	out_text(&o, "\n");
	out_close(&o);
}

void note_input(void *ctx, enum input_trouble kind, const char *path, uint64_t line,
		const char *what, const char *remedy)
{
	if (kind != INPUT_SKIPPED)
		note(path, line, what, remedy);
}

void note_file(void *ctx, const char *path, uint64_t line, const char *what, const char *remedy)
{
	note(path, line, what, remedy);
}

void note_line(void *ctx, const char *path, int line, const char *what, const char *remedy)
{
	note(path, (uint64_t)(line > 0 ? line : 0), what, remedy);
}

int complain(const char *what, const char *remedy)
{
	fprintf(stderr, "tocsin: %s (%s)\n", what, remedy);
	return EXIT_TROUBLE;
}

int complain_unknown(const char *of, const char *kind, slice name, slice near, const char *remedy)
{
	struct out o = {.fd = 2};
	out_format(&o, "tocsin%s%s: there is no %s ", of ? " " : "", of ? of : "", kind);
	out_plain(&o, name);
	if (near.len) {
		out_text(&o, "; did you mean ");
		out_plain(&o, near);
		out_text(&o, "?");
	}
	out_format(&o, " (%s)\n", remedy);
	out_close(&o);
	return EXIT_TROUBLE;
}

int complain_verb(const struct command *c, const char *said, const char *const *verbs)
{
	struct out remedy = {.fd = -1};
	struct nearest near = nearest_to(slice_of(said ? said : ""));
	out_format(&remedy, "tocsin %s", c->name);
	for (size_t i = 0; verbs[i]; i++) {
		nearest_offer(&near, slice_of(verbs[i]));
		out_format(&remedy, "%s %s", i ? "," : "", verbs[i]);
	}
	out_format(&remedy, "; see tocsin help %s", c->name);
	out_char(&remedy, '\0');
	if (said)
		complain_unknown(c->name, "verb", slice_of(said), near.best, remedy.at);
	else
		complain("say what to do", remedy.at);
	out_close(&remedy);
	return EXIT_TROUBLE;
}

int complain_surplus(const struct command *c, const char *word)
{
	struct out o = {.fd = 2};
	out_format(&o, "tocsin %s: one word too many: ", c->name);
	out_plain(&o, slice_of(word));
	out_format(&o, " (tocsin help %s)\n", c->name);
	out_close(&o);
	return EXIT_TROUBLE;
}

bool said_all(struct out *o)
{
	if (out_close(o) || o->error == EPIPE)
		return true;
	complain(OUTPUT_LOST);
	return false;
}

bool may_end(int fd)
{
	struct stat st;
	if (fstat(fd, &st) != 0)
		return false;
	bool ends =
	    S_ISCHR(st.st_mode) ? isatty(fd) || st.st_rdev == makedev(1, 3) : !S_ISBLK(st.st_mode);
	errno = EFBIG;
	return ends;
}

bool read_whole(const char *path, struct arena *a, slice *text)
{
	struct out o = {.fd = -1};
	bool given = strcmp(path, "-") == 0;
	int fd = given ? 0 : open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd >= 0 && may_end(fd) ? 1 : -1;
	while (n > 0) {
		out_need(&o, 65536);
		do
			n = read(fd, o.at + o.len, o.room - o.len);
		while (n < 0 && errno == EINTR);
		o.len += n > 0 ? (size_t)n : 0;
		if (o.len > WHOLE_MOST) {
			n = -1;
			errno = EFBIG;
		}
	}
	int error = errno;
	if (fd >= 0 && !given)
		close(fd);
	*text = n < 0 ? (slice){0} : arena_copy(a, (slice){o.at, o.len});
	free(o.at);
	errno = error;
	return n == 0;
}

bool wants_colour(const char *when)
{
	if (when && strcmp(when, "always") == 0)
		return true;
	const char *term = getenv("TERM");
	const char *no = getenv("NO_COLOR"); /* no-color.org: an empty one does not count */
	return (!when || strcmp(when, "auto") == 0) && isatty(1) && !(no && *no) && term &&
	       strcmp(term, "dumb") != 0;
}

/* --- asking --- */

/* Only a person at a terminal can be asked; a script says --yes. */
bool agreed(bool yes, const char *what)
{
	char answer[16] = "";
	if (yes)
		return true;
	if (!isatty(0)) {
		complain("nobody is there to be asked", "add --yes, or --dry-run to see the steps");
		return false;
	}
	printf("\n%s? Type yes: ", what);
	fflush(stdout);
	return fgets(answer, sizeof answer, stdin) && strcmp(answer, "yes\n") == 0;
}
