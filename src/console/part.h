/* part.h - for the files of this room alone. */
#ifndef TOCSIN_CONSOLE_PART_H
#define TOCSIN_CONSOLE_PART_H

#include "console/console.h"

/* --- key.c --- */

void key_hex(const struct console_key *k, char out[65]);
bool key_parse(slice hex, struct console_key *k);
/* Takes as long whether they are the same or not. */
bool key_same(const struct console_key *a, const struct console_key *b);
struct console_key key_random(void);
/* What a link that holds until `until_s` carries. */
struct console_key key_of_link(const struct console_key *k, int64_t until_s);

/* --- shelf.c: the views that the console has --- */

struct view {
	char name[CONSOLE_NAME], title[CONSOLE_TITLE];
	enum console_kind kind;
	const char *at;
	size_t len;
	uint64_t hash;
	unsigned refs;
	bool of_edition, fresh;
	int64_t given_ms;
};
enum { VIEWS_MOST = 1024, VIEW_MOST = 32 << 20, SHELF_MOST = 256 << 20 };
struct shelf {
	LIST(struct view *) views;
	size_t bytes;
	bool in_edition;
	uint64_t refused;
};
/* One message from the parent; false: it is gone. */
bool shelf_take(struct shelf *s, int fd, int64_t now_ms);
struct view *shelf_find(const struct shelf *s, slice name);
struct view *view_hold(struct view *v);
void view_let_go(struct view *v);

/* --- page.c: what the console itself writes --- */

extern const char console_css[], console_js[], console_icon[];
extern const size_t console_css_len, console_js_len, console_icon_len;
/* `here`: the path, that the menu marks it.  `silent_s`: since when the watch said nothing. */
void page_head(struct out *o, slice title, const char *here, int64_t silent_s);
void page_foot(struct out *o);
void page_notice(struct out *o, const char *title, const char *text);

/* --- say.c --- */

void say_moment(struct out *o, struct zone *z, int64_t usec);   /* <time>, in the zone and in UTC */
void say_clock_of(struct out *o, struct zone *z, int64_t usec); /* <time>, short */
void say_offset_of(struct out *o, struct zone *z, int64_t usec); /* UTC+01:00 */
void say_number(struct out *o, uint64_t n);
void say_length(struct out *o, int64_t usec); /* 3 h 20 min */
void put_html(struct out *o, const char *open, slice raw, const char *close);
void put_json(struct out *o, const char *name, slice raw); /* ,"name":"raw"; nothing if empty */
void put_json_time(struct out *o, const char *name, int64_t usec);

/* --- done.c --- */

struct done {
	size_t steps, applied, failed, waiting, undone;
	size_t plans;
	int64_t last_us;
	const struct response *measured; /* verified last, and nothing was done since; NULL */
};
bool done_is_about(const struct response *p, const struct incident *in);
struct done done_against(const struct console_files *f, const struct incident *in);
void done_say(struct out *o, const struct console_files *f, const struct done *d);

/* --- copy.c --- */

enum { COMMAND_MOST = 1024 };
void copy_report_path(const struct console_files *f, char path[COMMAND_MOST]);
/* The bare text of the command that plans. */
void copy_plan(struct out *o, const struct console_files *f, slice id);
/* Those that come next; or `all`. */
void copy_commands(struct out *o, const struct console_files *f, slice id, const struct done *d,
		   bool all);

/* --- cases.c, case.c, programs.c: views; `r`: NULL where there is no report to be read --- */

typedef void case_told(struct out *o, const struct console_files *f, const struct incident *in,
		       size_t number);
/* The worst first. */
void cases_each(const struct report *r, struct out *o, const struct console_files *f,
		case_told *on);
bool give_incidents(int fd, const struct console_files *f, const struct report *r);
bool give_incident(int fd, const struct console_files *f, const struct report *r, size_t i);
bool give_short(int fd, const struct console_files *f, const struct report *r);
bool give_parts(int fd, const struct console_files *f);

#endif
