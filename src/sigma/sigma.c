/*
 * sigma.c - the public functions: files and directories in.
 *
 * Laws: (1) a rule that is refused leaves the others as they are; (2) files are read in the order
 *           of their names, so that rules have the same numbers in every run.
 */
#include "index.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SAY_ROOM = 512 };

/* --- complaints --- */

static void say(struct sigma *s, bool warning, struct where at, const char *expected,
		const char *format, va_list args)
{
	char what[SAY_ROOM];
	vsnprintf(what, sizeof what, format, args);
	if (s->note)
		s->note(s->note_ctx, warning, at.path, at.line, at.column, what, expected);
}

bool refuse(struct sigma *s, struct where at, const char *expected, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	say(s, false, at, expected, format, args);
	va_end(args);
	s->complaints++;
	return false;
}

void warn(struct sigma *s, struct where at, const char *expected, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	say(s, true, at, expected, format, args);
	va_end(args);
}

/* --- nearest names --- */

const char *nearest_say(struct sigma *s, const struct nearest *n, const char *otherwise)
{
	if (!n->best.len)
		return otherwise;
	return arena_format(&s->arena, "did you mean '%.*s'?", (int)n->best.len, n->best.at).at;
}

/* --- loading --- */

/* A UUID is the same in upper case (RFC 9562 4); what else a rule goes by is as it is written. */
static slice id_key(slice name, char room[UUID_LENGTH])
{
	if (!is_uuid(name))
		return name;
	for (size_t i = 0; i < UUID_LENGTH; i++)
		room[i] = (char)byte_fold((unsigned char)name.at[i]);
	return (slice){room, UUID_LENGTH};
}

struct rule *rule_called(struct sigma *s, slice name)
{
	char room[UUID_LENGTH];
	struct rule **found = table_get(&s->ids, id_key(name, room));
	return found ? *found : NULL;
}

static bool claim(struct sigma *s, struct rule *r, const char *what, const char *name)
{
	bool fresh;
	char room[UUID_LENGTH];
	struct rule **owner = table_put(&s->ids, id_key(slice_of(name), room), &fresh);
	if (fresh || *owner == r) {
		*owner = r;
		return true;
	}
	return refuse(s, r->at, "one of its own", "%s '%s' is taken by %s:%d", what, name,
		      (*owner)->public.path, (*owner)->at.line);
}

static bool claim_id(struct sigma *s, struct rule *r)
{
	return !*r->public.id || r->shares_id || claim(s, r, "id", r->public.id);
}

static void rule_free(struct rule *r)
{
	correlate_free(r);
	if (r->correlation)
		list_free(&r->correlation->aliases);
	list_free(&r->links);
}

void rule_add(struct yaml *y, const struct yaml_node *root)
{
	struct sigma *s = y->s;
	struct rule *r = arena_new(&s->arena, struct rule);
	if (rule_take(y, root, r) && claim_id(s, r) &&
	    (!*r->public.name || claim(s, r, "name", r->public.name)))
		*list_add(&s->rules) = r;
	else
		rule_free(r);
}

static bool io_trouble(struct sigma *s, const char *path)
{
	return refuse(s, (struct where){path, 0, 0}, s->wanted, "%s", strerror(errno));
}

static bool load_text(struct sigma *s, const char *path, int fd, size_t size, yaml_take *take)
{
	char *text = must_alloc(size + 1);
	size_t len = 0;
	ssize_t n = 1;
	while (len < size && (n = read(fd, text + len, size - len)) > 0)
		len += (size_t)n;
	size_t before = s->complaints;
	if (n < 0)
		io_trouble(s, path);
	else
		yaml_each(s, path, (slice){text, len}, take);
	free(text);
	return s->complaints == before;
}

static bool load_file(struct sigma *s, const char *path, yaml_take *take)
{
	struct stat st;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0 || fstat(fd, &st) < 0) {
		if (fd >= 0)
			close(fd);
		return io_trouble(s, path);
	}
	struct where at = {path, 0, 0};
	bool fine;
	if (!S_ISREG(st.st_mode))
		fine = refuse(s, at, s->wanted, "not a regular file");
	else if (st.st_size > FILE_MOST)
		fine = refuse(s, at, "at most 64 MiB", "too large");
	else
		fine = load_text(s, path, fd, (size_t)st.st_size, take);
	close(fd);
	return fine;
}

static int is_rules(const struct dirent *d)
{
	slice name = slice_of(d->d_name);
	if (d->d_name[0] == '.')
		return 0;
	return d->d_type == DT_DIR || slice_ends(name, SLICE(".yml")) ||
	       slice_ends(name, SLICE(".yaml"));
}

static bool load(struct sigma *s, const char *path, unsigned depth, yaml_take *take);

static bool load_directory(struct sigma *s, const char *path, unsigned depth, yaml_take *take)
{
	struct dirent **entries;
	bool fine = true;
	if (depth > FOLDERS_MOST)
		return refuse(s, (struct where){path, 0, 0}, "at most 32",
			      "directories nested too deep");
	int n = scandir(path, &entries, is_rules, alphasort);
	if (n < 0)
		return io_trouble(s, path);
	for (int i = 0; i < n; i++) {
		slice full = arena_format(&s->arena, "%s/%s", path, entries[i]->d_name);
		fine &= load(s, full.at, depth + 1, take);
		free(entries[i]);
	}
	free(entries);
	return fine;
}

static bool load(struct sigma *s, const char *path, unsigned depth, yaml_take *take)
{
	struct stat st;
	if (stat(path, &st) < 0)
		return io_trouble(s, path);
	s->in_folder = depth > 0;
	return S_ISDIR(st.st_mode) ? load_directory(s, path, depth, take)
				   : load_file(s, path, take);
}

bool sigma_load(struct sigma *s, const char *path)
{
	s->wanted = "a file or directory of rules";
	return load(s, arena_text(&s->arena, slice_of(path)), 0, document_take);
}

bool sigma_pipeline(struct sigma *s, const char *path)
{
	s->wanted = "a file or directory of pipelines";
	return load(s, arena_text(&s->arena, slice_of(path)), 0, pipeline_take);
}

bool sigma_pipeline_text(struct sigma *s, const char *name, slice text)
{
	size_t before = s->complaints;
	yaml_each(s, arena_text(&s->arena, slice_of(name)), text, pipeline_take);
	return s->complaints == before;
}

bool sigma_load_text(struct sigma *s, const char *name, slice text)
{
	size_t before = s->complaints;
	yaml_each(s, arena_text(&s->arena, slice_of(name)), text, document_take);
	return s->complaints == before;
}

bool sigma_placeholders(struct sigma *s, const char *path)
{
	s->wanted = "a file of placeholders: name: [value, ...]";
	return load_file(s, arena_text(&s->arena, slice_of(path)), placeholders_take);
}

/* --- life --- */

struct sigma *sigma_new(const struct sigma_schema *schema, sigma_note *note, void *ctx)
{
	struct sigma *s = must_alloc(sizeof *s);
	s->schema[0] = *schema;
	s->note = note;
	s->note_ctx = ctx;
	s->raw_field = schema->field(schema->ctx, SLICE("event.original"));
	s->newest = CLOCK_NONE;
	s->close_at = INT64_MAX;
	table_init(&s->leaves, sizeof(struct leaf *), 0);
	table_init(&s->ids, sizeof(struct rule *), 0);
	table_init(&s->placeholders, 2 * sizeof(void *), 0);
	return s;
}

/* Refused rules leave the list; those that stay get their numbers. */
static void settle(struct sigma *s)
{
	size_t kept = 0;
	for (size_t i = 0; i < s->rules.len; i++) {
		struct rule *r = s->rules.at[i];
		if (r->refused) {
			rule_free(r);
			continue;
		}
		r->public.number = (unsigned)kept;
		if (r->tree && !s->reasons)
			tree_order(r->tree);
		r->public.generate = !r->referred || r->generate_wanted;
		r->wanted = r->public.enabled && (r->public.generate || r->links.len > 0);
		s->rules.at[kept++] = r;
	}
	s->rules.len = kept;
}

void sigma_plainly(struct sigma *s)
{
	s->plain = true;
}

bool sigma_ready(struct sigma *s)
{
	size_t before = s->complaints;
	if (s->ready)
		return true;
	filters_apply(s);
	correlations_resolve(s);
	settle(s);
	buckets_fill(s);
	s->memo = must_alloc((s->leaf_count + 1) * sizeof *s->memo);
	if (!s->plain && index_pays(s))
		index_build(s);
	table_free(&s->leaves);
	s->ready = true;
	return s->complaints == before;
}

size_t sigma_count(const struct sigma *s)
{
	return s->rules.len;
}

const struct sigma_rule *sigma_rule(const struct sigma *s, size_t i)
{
	return i < s->rules.len ? &s->rules.at[i]->public : NULL;
}

size_t sigma_refused(const struct sigma *s)
{
	return s->complaints;
}

size_t sigma_bytes(const struct sigma *s)
{
	size_t bytes = sizeof *s + s->arena.total + s->regex_bytes + s->ids.bytes + s->leaves.bytes;
	bytes += s->leaf_count * sizeof *s->memo + (s->index ? index_bytes(s->index) : 0);
	bytes += courses_bytes(s) + recall_bytes(s);
	for (size_t i = 0; i < s->rules.len; i++)
		bytes += correlate_bytes(s->rules.at[i]);
	return bytes;
}

uint64_t sigma_lost(const struct sigma *s)
{
	uint64_t lost = 0;
	for (size_t i = 0; i < s->rules.len; i++)
		lost += s->rules.at[i]->public.shed + s->rules.at[i]->public.late;
	return lost;
}

void sigma_rest(struct sigma *s)
{
	for (size_t i = 0; i < s->rules.len; i++)
		correlate_free(s->rules.at[i]);
	courses_free(s);
	recall_free(s);
}

void sigma_free(struct sigma **s)
{
	struct sigma *it = *s;
	if (!it)
		return;
	for (size_t i = 0; i < it->rules.len; i++)
		rule_free(it->rules.at[i]);
	index_free(it);
	courses_free(it);
	recall_free(it);
	regex_free(it);
	list_free(&it->all_leaves);
	pipelines_free(it);
	list_free(&it->rules);
	list_free(&it->logsources);
	list_free(&it->closing);
	list_free(&it->filters);
	list_free(&it->fall);
	out_close(&it->compared[0]);
	out_close(&it->compared[1]);
	out_close(&it->folded.text);
	table_free(&it->leaves);
	table_free(&it->ids);
	table_free(&it->placeholders);
	free(it->memo);
	arena_free(&it->arena);
	free(it);
	*s = NULL;
}
