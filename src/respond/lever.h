/* lever.h - for the files of this room alone: a lever, and what it works with. */
#ifndef TOCSIN_RESPOND_LEVER_H
#define TOCSIN_RESPOND_LEVER_H

#include "respond/respond.h"

/* ON_FILTERED, ON_CONSENTED: accounts whose filters the incident changed, or in whose name an
 * application may act since.  ON_NAMED: on what the plan of an isolation names: a door, a network,
 * transports. */
enum lever_target { ON_HOST, ON_ACCOUNT, ON_FILTERED, ON_CONSENTED, ON_ADDRESS, ON_NAMED };

/* What a lever works with while it is pulled. */
struct work {
	struct arena *arena;
	const char *state_dir;
	slice incident;
	slice target;
	slice saved;               /* what prepare() wrote, for apply() and undo() */
	bool done_before;          /* another plan in force has done the same to the same target */
	struct others *others;     /* who does what this process may not (others.h); NULL */
	const struct graph *graph; /* opened already (graph.h); NULL: it is, where it is asked */
	struct webmail_seized *seized; /* sessions that are held (webmail.h); NULL: none are */
	int linger_ms,
	    hurry;      /* how long what is under way may be waited for; readable: no longer */
	char why[512];  /* of a failure, and what to do by hand */
	char note[200]; /* of a success: what a person should know; empty: nothing */
};

/* WHEN_TENANT: the incident came from a tenant's logs, or a way to one is configured.
 * WHEN_NAMED: in every plan that a person reads, and pulled only if he names it: it hits all. */
enum lever_when { WHEN_EVER, WHEN_FAST, WHEN_QUIET, WHEN_TENANT, WHEN_NAMED };

struct lever {
	const char *name, *layer;
	enum lever_target on;
	const char *effect, *hits, *lost; /* %s: the target */
	const char *by_hand;
	/* Can this host do it at all? False with w->why. */
	bool (*able)(struct work *w);
	/* Looks at what is there and writes to `saved`, a JSON object, what undo needs.
	 * Changes nothing. */
	bool (*prepare)(struct work *w, struct out *saved);
	bool (*apply)(struct work *w);
	bool (*undo)(struct work *w); /* NULL: cannot be taken back, and says so in `effect` */
	enum closed (*closed)(struct work *w, struct out *how);
	/* Is there such a thing on this host at all? If not, it is in no plan. NULL: always. */
	bool (*there)(struct work *w);
	enum lever_when when; /* is it planned */
};
extern const struct lever levers[]; /* in the order in which they are pulled; ends with no name */
extern const struct lever isolation_levers[]; /* the same for an isolation */
const struct lever *lever_named(slice name);  /* of both */
/* Could a plan have laid it on that?  What the journal says of targets ends in commands. */
bool lever_takes(const struct lever *l, slice target);

bool work_fail(struct work *w, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* A string or list of strings of w->saved; empty if there is none. */
slice saved_text(const struct work *w, const char *key);
bool saved_flag(const struct work *w, const char *key);
typedef bool saved_on(struct work *w, slice item);
bool saved_each(struct work *w, const char *key, saved_on *on);

/* --- command.c: programs --- */

enum { COMMAND_SECONDS = 20, COMMAND_LINES_SECONDS = 300, COMMAND_OUTPUT_MOST = 8 << 20 };
struct ran {
	int status; /* exit status; -1: not started, killed, or out of time */
	slice out, err;
};
/* Starts `argv[0]`, looked for in the system's own folders, with a bare environment; waits. */
struct ran run(struct work *w, const char *const *argv, slice input);
#define RUN(w, ...) run((w), (const char *const[]){__VA_ARGS__, NULL}, (slice){0})
/* The same; any exit status but 0 is a failure with its words in w->why. */
bool run_fine(struct work *w, const char *const *argv);
#define RUN_FINE(w, ...) run_fine((w), (const char *const[]){__VA_ARGS__, NULL})
/* The same for what may be long, a queue say: each line as it comes, none kept. */
typedef void line_heard(void *ctx, slice line);
bool run_lines(struct work *w, const char *const *argv, line_heard *on, void *ctx);
/* The same with what it reads, and more words of its environment ("NAME=value", NULL behind the
 * last): a password stands in no argument, for those everybody can see. */
struct asked {
	const char *const *argv, *const *environment;
	slice input;
	int seconds;
};
bool ask_lines(struct work *w, const struct asked *a, line_heard *on, void *ctx);
bool has_program(const char *name);

/* --- file.c: files that belong to others --- */

/* All of a file; false with errno. ENOENT is for the caller to judge.  What is read may be kept and
 * written back: a link that others may have laid is not followed (place.h), no pipe waited for. */
bool file_read(struct work *w, const char *path, slice *text);
bool file_must_read(struct work *w, const char *path, slice *text); /* or w->why says it */
/* The same over any link, of what is looked at alone: never kept, never written. */
bool file_look(struct work *w, const char *path, slice *text);
/* Replaces it at once and on disk, owner, mode and a link that leads to it kept; `mode` for a new
 * one.  A link that others may have laid is not followed (place.h). */
bool file_replace(struct work *w, const char *path, slice text, unsigned mode);
bool file_exists(const char *path);
/* Into the incident's folder of evidence: saved as NAME, whole and readable by root alone; its path
 * in the arena, or an empty slice. */
slice evidence_keep(struct work *w, const char *name, slice text);
/* What evidence_keep() kept as NAME, by the path that it gave: of that only the incident's name
 * counts, so that no journal leads out of the folder of evidence, or to what another step kept. */
bool evidence_read(struct work *w, slice kept, const char *name, slice *text);
/* Where evidence_keep() puts NAME. */
slice evidence_path(const struct work *w, const char *name);
/* Makes `path` what it was: the bytes kept as NAME, or nothing at all. */
bool file_restore(struct work *w, const char *path, slice kept, const char *name);
bool file_remove(struct work *w, const char *path); /* twice is once */
slice text_joined(struct work *w, slice head, slice middle, slice tail);
/* Is `line` one of the lines of `text`? And `text` with or without it. */
bool line_is_in(slice text, slice line);
slice line_added(struct work *w, slice text, slice line);
slice line_removed(struct work *w, slice text, slice line);
/* A list of tocsin's own without the line, byte for byte as before (saved flag "open": its last
 * line had no end then); with no other left in it, and not there before (saved flag "list"), no
 * file at all. */
bool list_put_back(struct work *w, const char *path, slice text, slice line);
bool list_is_open(slice text);
/* Such a list goes if it was not there before; not while somebody's lines are in it. */
bool list_drop(struct work *w, const char *path);

/* --- nft.c: tocsin's own table --- */

bool nft_is_blocked(struct work *w);

/* Runs nft commands, all or none; their output in `said` if it is not NULL. */
bool nft_run(struct work *w, const char *commands, slice *said);
/* What nobody needs any more goes: the sets of essential networks, at last the table. */
bool nft_tidy(struct work *w);

/* --- maincf.c: lines of tocsin's own at the end of Postfix's main.cf --- */

/*
 * The first line of what postconf says of a parameter, `expanded` or as it stands; false with why.
 */
bool main_cf_value(struct work *w, const char *name, bool expanded, slice *value);
/* Keeps main.cf under the name of the block and writes members to `saved`: ,"kept":..,"block":.. */
bool main_cf_prepare(struct work *w, struct out *saved, const char *name, slice lines);
/* `names`: the parameters that the lines may set; NULL behind the last.  And a reload; twice is
 * once. */
bool main_cf_apply(struct work *w, const char *name, const char *const *names);
/* What is to be written, if it is no more than that. */
bool main_cf_block(struct work *w, const char *name, const char *const *names, slice *block);
/* Byte for byte as it was, or what somebody made of it since, without the block; and a reload. */
bool main_cf_undo(struct work *w, const char *name);
/*
 * `text` without the lines from the block's one comment to the other; false if only one is there.
 */
bool main_cf_without(struct work *w, slice text, const char *name, slice *rest);

#endif
