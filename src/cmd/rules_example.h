/*
 * rules_example.h - examples beside rules: NAME.examples holds those of NAME.yml, a YAML document
 * each.
 *
 *	rule: brute_force               id or name; left out: the one before
 *	name: thirty tries in five minutes
 *	matches: true
 *	before: office-week             a history, or a list of them
 *	repeat: 30                      and {n} in the log is 1, 2, 3 ...
 *	every: 10s                      what is repeated comes so much later (s m h d)
 *	log: |
 *	    raw records, of any format, in time order
 *
 * `steps:` is a list of such pieces (log or events, repeat, every).  `events:` is a list of maps of
 * fields, which meet the rules without going through facts.  `recording: FOLDER`, beside the file,
 * stands for the logs in it.  `networks: |` is a networks.yaml, `timezone:` that of clocks without
 * one (UTC); records without a year are of 2026.
 * A document with `history: NAME` instead of `rule:` is what others name in `before:`; those of
 * history.examples in the same folder are for all its files.
 */
#ifndef TOCSIN_RULES_EXAMPLE_H
#define TOCSIN_RULES_EXAMPLE_H

#include "event/event.h"

struct example_step {
	slice log;             /* raw records; or: */
	struct event **events; /* without a time: that of the one before */
	size_t event_count;
	int64_t repeat, every_us;
	int line;
};
struct example_steps {
	struct example_step *at;
	size_t len, room;
};

struct example {
	slice rule, name, networks, zone;
	const char *recording; /* NULL: none */
	const char *path;
	int line;
	bool matches;
	struct example_steps steps;
};

struct example_history {
	slice name;
	struct example_steps steps;
};

struct examples {
	struct arena arena;
	LIST(struct example) list;
	LIST(struct example_history) histories;
	const char *folder; /* whose history.examples was read */
	size_t refused;     /* documents; each was noted on stderr */
};

/* Adds the examples of a file of rules; nothing if there are none beside it. */
void examples_read(struct examples *x, const char *rules_path);
/* The same of a file's text. */
void examples_read_text(struct examples *x, const char *path, slice text);
void examples_free(struct examples *x);

#endif
