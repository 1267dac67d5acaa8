/* webmail.h - for the files of this room alone: where Roundcube keeps its sessions, and how. */
#ifndef TOCSIN_RESPOND_WEBMAIL_H
#define TOCSIN_RESPOND_WEBMAIL_H

#include "respond/lever.h"

enum webmail_kind { WEBMAIL_SQLITE, WEBMAIL_MYSQL, WEBMAIL_PGSQL, WEBMAIL_REDIS, WEBMAIL_KINDS };

struct webmail_place {
	enum webmail_kind kind;
	slice path; /* SQLite's file; a socket of the others; empty: none */
	slice host, user, password, database;
	slice table;  /* of SQL; letters, digits and _ alone */
	int64_t port; /* 0: the usual one */
};

/* From what its config.inc.php and Debian's debian-db.php (perhaps empty) say; the last assignment
 * that is no comment holds.  False with w->why: nothing that can be reached, or no plain text. */
bool webmail_place(struct work *w, slice config, slice debian, struct webmail_place *p);
/* From the files of this host. */
bool webmail_find(struct work *w, struct webmail_place *p);

/* A session as it lies there: `vars` in base64.  Of redis, `vars` is the whole value and `changed`
 * the millisecond at which it expires (0: never). */
struct webmail_session {
	slice id, changed, ip, vars;
};
bool webmail_is_of(slice vars, slice account);

/* False stops, with w->why.  The session lives for the call. */
typedef bool session_heard(struct work *w, const struct webmail_session *s, void *ctx);
struct webmail_store {
	bool (*reach)(struct work *w, const struct webmail_place *p); /* is it there, and may we? */
	bool (*each)(struct work *w, const struct webmail_place *p, session_heard *on, void *ctx);
	/* Each, if it is still what `at` says: one that was written since is left, to be kept
	 * first.  All or none, but in redis, where each is one step; twice is once. */
	bool (*end)(struct work *w, const struct webmail_place *p, const struct webmail_session *at,
		    size_t n);
	bool (*put_back)(struct work *w, const struct webmail_place *p,
			 const struct webmail_session *at, size_t n);
	/* Who has the store open besides us, a line each that is nobody else's: a request has, from
	 * before it looks for its session until its end. */
	bool (*under_way)(struct work *w, const struct webmail_place *p, slice *lines);
};
/*
 * Where the sessions are a file of SQLite's they can be held whole: no request of webmail makes or
 * changes one while they are looked up, kept and ended; none loads one either, unless a WAL is
 * written, as Roundcube has it.  Whoever writes waits as long, some 10 ms.
 */
struct webmail_seized;
struct webmail_seized *webmail_seize(struct work *w); /* NULL: it could not be */
void webmail_let_go(struct webmail_seized **s);
/* Did anybody else write there since this was asked last? */
bool webmail_has_changed(struct webmail_seized *s);

extern const struct webmail_store webmail_sqlite, webmail_sql, webmail_redis;

#endif
