/* options.c - what all commands share: options, help, complaints. */
#include "cmd.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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

static int unknown_option(const struct command *c, const char *given, const struct option_row *rows,
			  size_t n)
{
	struct nearest near = nearest_to(slice_of(given));
	for (size_t i = 0; i < n; i++)
		nearest_offer(&near, slice_of(rows[i].name));
	fprintf(stderr, "tocsin %s: there is no option --%s", c->name, given);
	if (near.best.len)
		fprintf(stderr, "; did you mean --%s?", near.best.at);
	fprintf(stderr, " (tocsin help %s lists them)\n", c->name);
	return -1;
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

static void keep_value(const struct option_row *row, const char *value)
{
	if (row->kind == OPT_TEXT)
		*(const char **)row->value = value;
	else
		list_value(row->value, value);
}

/* One option at argv[*i]; false after a message. */
static bool read_option(const struct command *c, int argc, char **argv, int *i,
			const struct option_row *rows, size_t n)
{
	const char *name = argv[*i] + 2, *equals = strchr(name, '=');
	size_t len = equals ? (size_t)(equals - name) : strlen(name);
	const struct option_row *row = find_option(rows, n, name, len);
	if (!row)
		return unknown_option(c, name, rows, n) == 0;
	if (row->kind == OPT_FLAG) {
		*(bool *)row->value = true;
		return true;
	}
	if (!equals && *i + 1 >= argc) {
		fprintf(stderr, "tocsin %s: --%s needs a value (tocsin help %s)\n", c->name,
			row->name, c->name);
		return false;
	}
	keep_value(row, equals ? equals + 1 : argv[++*i]);
	return true;
}

/* Options may stand among the paths: paths are moved to the end, in their order. */
int options_read(const struct command *c, int argc, char **argv, const struct option_row *rows,
		 size_t n)
{
	char **paths = must_alloc((size_t)(argc + 1) * sizeof *paths);
	int count = 0, i = 1;
	for (; i < argc; i++) {
		if (strcmp(argv[i], "--") == 0) {
			i++;
			break;
		}
		if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) {
			command_tell(c);
			free(paths);
			return 0;
		}
		if (strncmp(argv[i], "--", 2) != 0)
			paths[count++] = argv[i];
		else if (!read_option(c, argc, argv, &i, rows, n)) {
			free(paths);
			return -1;
		}
	}
	while (i < argc)
		paths[count++] = argv[i++];
	memcpy(argv + (argc - count), paths, (size_t)count * sizeof *paths);
	free(paths);
	return argc - count;
}

static void note(const char *path, uint64_t line, const char *what, const char *remedy)
{
	struct out o = {.fd = 2};
	out_text(&o, "tocsin: ");
	out_plain(&o, slice_of(path));
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

bool read_whole(const char *path, struct arena *a, slice *text)
{
	struct out o = {.fd = -1};
	int fd = strcmp(path, "-") == 0 ? 0 : open(path, O_RDONLY | O_CLOEXEC);
	for (ssize_t n = 1; fd >= 0 && n > 0;) {
		out_need(&o, 65536);
		n = read(fd, o.at + o.len, o.room - o.len);
		if (n > 0)
			o.len += (size_t)n;
		if (n < 0)
			fd = -1;
	}
	if (fd > 0)
		close(fd);
	*text = arena_copy(a, (slice){o.at, o.len});
	free(o.at);
	return fd >= 0;
}

bool wants_colour(const char *when)
{
	if (when && strcmp(when, "always") == 0)
		return true;
	const char *term = getenv("TERM");
	return (!when || strcmp(when, "auto") == 0) && isatty(1) && !getenv("NO_COLOR") && term &&
	       strcmp(term, "dumb") != 0;
}
