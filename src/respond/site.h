/* site.h - for the files of this room alone: a site of nginx or Apache, off and on again. */
#ifndef TOCSIN_RESPOND_SITE_H
#define TOCSIN_RESPOND_SITE_H

#include "respond/lever.h"

enum { SITE_ALLOW_MOST = 64 };

/*
 * STATE/webmail.yml:
 *	site: webmail.example.org                      # as server_name or ServerName has it
 *	allow: [198.51.100.0/24, 2001:db8:7::/48]      # may be left out: nobody is let in
 */
struct site_wish {
	slice name;
	struct cidr allow[SITE_ALLOW_MOST];
	size_t allow_count;
};
/* As server_name and ServerName have it: letters, digits, points, dashes. */
bool site_is_name(slice s);
/* False with w->why, which begins with the line. */
bool site_read(struct work *w, slice yaml, struct site_wish *s);

/* --- site_text.c: configuration as text --- */

/* A server block of nginx, a virtual host of Apache, that has the name: where it begins, and just
 * behind its brace or its opening line. */
struct site_block {
	size_t open, inside;
};
struct site_blocks {
	struct site_block *at;
	size_t len, room;
};
/* Each name that a block has, once it is whole. */
typedef void site_heard(void *ctx, slice name, const struct site_block *b, slice text);
typedef void site_each(slice text, site_heard *on, void *ctx);
site_each site_each_nginx, site_each_apache;
/* The blocks that have the name, whatever its case. */
void site_find(site_each *each, slice text, slice name, struct site_blocks *l);

/* What stands before and in each of the blocks while the site is off. */
typedef void site_say(const struct site_wish *s, struct out *before, struct out *inside);
site_say site_say_nginx, site_say_apache;

#define SITE_HEAD "\n# tocsin contain, webmail-off: undo takes this away\n"
#define SITE_TAIL "# tocsin contain, webmail-off: end\n"
bool site_is_off(slice text);
/* `text` with both in each block; nothing but what stands between head and tail is added. */
slice site_off(struct work *w, slice text, const struct site_blocks *l, slice before, slice inside);
/* Byte for byte what it was; false with w->why if a head or a tail is gone. */
bool site_on(struct work *w, slice text, slice *was);

/* The files that a dump of the configuration names, each once. */
struct site_paths {
	slice *at;
	size_t len, room;
};
typedef void site_paths_of(slice dump, struct site_paths *l);
site_paths_of site_paths_nginx, site_paths_apache;

/* --- site.c: the servers of this host --- */

typedef bool site_file(struct work *w, const char *path, slice text, site_each *each, void *ctx);
/* The files that a server reads, each once, whatever links lead to it; false if there is no such
 * server, or w->why, or `on` says so. */
struct web_server;
bool site_each_file(struct work *w, const struct web_server *v, site_file *on, void *ctx);
const struct web_server *site_server(size_t i, const char **name); /* NULL: no more */

#endif
