/*
 * dovecot.c - sign-in denied, sessions cut.
 *
 * A passdb with deny = yes refuses the users that it knows, whatever the others say, if it stands
 * before them (Dovecot 2.3, doc/wiki/PasswordDatabase.txt); conf.d is read in the order of names,
 * so it stands in 00-tocsin-deny.conf.  Postfix and webmail sign in through Dovecot and are shut
 * with it.  The mechanisms are named so that a lookup without a password is not refused: mail for
 * the account still arrives.  2.4 says the same in other words (doc.dovecot.org/2.4,
 * core/config/auth/passdb).
 */
#include "respond/pull.h"

#include <errno.h>

#define DENY_CONF      "/etc/dovecot/conf.d/00-tocsin-deny.conf"
#define DENY_CONF_KEPT "00-tocsin-deny.conf"
#define DENY_LIST      "/etc/dovecot/tocsin.deny"

static const char deny_conf_2_3[] =
    "# Written by tocsin; `tocsin contain undo` takes it away.\n"
    "passdb {\n"
    "  driver = passwd-file\n"
    "  deny = yes\n"
    "  mechanisms = plain login cram-md5 digest-md5 scram-sha-1 "
    "scram-sha-256 apop otp skey ntlm rpa gssapi gss-spnego external "
    "oauthbearer xoauth2\n"
    "  args = username_format=%u " DENY_LIST "\n"
    "}\n";
static const char deny_conf_2_4[] =
    "# Written by tocsin; `tocsin contain undo` takes it away.\n"
    "passdb tocsin-deny {\n"
    "  driver = passwd-file\n"
    "  deny = yes\n"
    "  mechanisms_filter = plain login cram-md5 digest-md5 scram-sha-1 scram-sha-256 apop otp ntlm "
    "gssapi gss-spnego external oauthbearer xoauth2\n"
    "  passwd_file_path = " DENY_LIST "\n"
    "  auth_username_format = %{user}\n"
    "}\n";

/* What the version here calls it; NULL with w->why: none that is known. */
static const char *deny_conf(struct work *w)
{
	struct ran r = RUN(w, "dovecot", "--version");
	if (r.status == 0 && slice_starts(r.out, SLICE("2.3")))
		return deny_conf_2_3;
	if (r.status == 0 && slice_starts(r.out, SLICE("2.4")))
		return deny_conf_2_4;
	work_fail(w, "only Dovecot 2.3 and 2.4 are known here, this is %.*s",
		  (int)slice_find(slice_first(r.out, 20), '\n'), r.out.at ? r.out.at : "?");
	return NULL;
}

bool dovecot_able(struct work *w)
{
	if (!has_program("doveadm") || !file_exists("/etc/dovecot/conf.d"))
		return work_fail(w, "Dovecot with /etc/dovecot/conf.d is not on this host");
	return deny_conf(w) != NULL;
}

/* --- the list --- */

bool deny_list_prepare(struct work *w, struct out *saved)
{
	slice conf, kept = {0};
	if (file_exists(DENY_CONF)) {
		if (!file_must_read(w, DENY_CONF, &conf))
			return false;
		kept = evidence_keep(w, DENY_CONF_KEPT, conf);
		if (!kept.len)
			return false;
	}
	out_text(saved, "{\"conf\":");
	out_json(saved, kept);
	out_format(saved, ",\"list\":%s}", file_exists(DENY_LIST) ? "true" : "false");
	return true;
}

/* By another plan: then Dovecot has read it. */
static bool list_is_there(struct work *w, const char *conf)
{
	slice text;
	return w->done_before && file_exists(DENY_LIST) && file_read(w, DENY_CONF, &text) &&
	       slice_eq(text, slice_of(conf));
}

bool deny_list_apply(struct work *w)
{
	if (!file_exists(DENY_LIST) && !file_replace(w, DENY_LIST, (slice){0}, 0644))
		return false;
	const char *conf = deny_conf(w);
	if (conf && list_is_there(w, conf))
		return true;
	if (!conf || !file_replace(w, DENY_CONF, slice_of(conf), 0644))
		return false;
	if (RUN_FINE(w, "doveconf", "-n") && RUN_FINE(w, "doveadm", "reload"))
		return true;
	file_restore(w, DENY_CONF, saved_text(w, "conf"), DENY_CONF_KEPT);
	return false;
}

bool deny_list_undo(struct work *w)
{
	if (!file_restore(w, DENY_CONF, saved_text(w, "conf"), DENY_CONF_KEPT))
		return false;
	if (!list_drop(w, DENY_LIST))
		return false;
	return RUN_FINE(w, "doveadm", "reload");
}

static enum closed list_is_asked(struct work *w)
{
	struct ran r = RUN(w, "doveconf", "-n");
	if (r.status != 0)
		return CLOSED_UNKNOWN;
	return slice_search(r.out, SLICE(DENY_LIST)) != SIZE_MAX ? CLOSED_YES : CLOSED_NO;
}

enum closed deny_list_closed(struct work *w, struct out *how)
{
	enum closed c = list_is_asked(w);
	out_text(how,
		 c == CLOSED_YES ? "doveconf names the list" : "doveconf does not name the list");
	return c;
}

/* --- one account --- */

static bool read_list(struct work *w, slice *list)
{
	*list = (slice){0};
	return file_read(w, DENY_LIST, list) || errno == ENOENT ||
	       work_fail(w, DENY_LIST ": %s", strerror(errno));
}

/* A line of a passwd-file: the user, and no password. */
static slice deny_line(struct work *w)
{
	return arena_format(w->arena, "%.*s:", (int)w->target.len, w->target.at);
}

bool deny_prepare(struct work *w, struct out *saved)
{
	slice list;
	if (!read_list(w, &list))
		return false;
	out_format(saved, "{\"denied\":%s,\"list\":%s,\"open\":%s}",
		   line_is_in(list, deny_line(w)) ? "true" : "false",
		   file_exists(DENY_LIST) ? "true" : "false",
		   list_is_open(list) ? "true" : "false");
	return true;
}

bool deny_apply(struct work *w)
{
	slice list, line = deny_line(w);
	if (!read_list(w, &list))
		return false;
	return line_is_in(list, line) ||
	       file_replace(w, DENY_LIST, line_added(w, list, line), 0644);
}

bool deny_undo(struct work *w)
{
	slice list;
	if (saved_flag(w, "denied"))
		return true;
	return read_list(w, &list) && list_put_back(w, DENY_LIST, list, deny_line(w));
}

enum closed deny_closed(struct work *w, struct out *how)
{
	slice list;
	if (!read_list(w, &list))
		return CLOSED_UNKNOWN;
	bool there = line_is_in(list, deny_line(w));
	out_text(how,
		 there ? "on the list of denied accounts" : "not on the list of denied accounts");
	return there ? list_is_asked(w) : CLOSED_NO;
}

/* --- sessions --- */

bool flush_apply(struct work *w)
{
	return RUN_FINE(w, "doveadm", "auth", "cache", "flush", arena_text(w->arena, w->target));
}

/* Sessions of the account, as `doveadm who` lists them: a line each that begins with its name. */
static int sessions(struct work *w)
{
	struct ran r = RUN(w, "doveadm", "who", arena_text(w->arena, w->target));
	slice rest = r.out;
	int n = 0;
	if (r.status != 0 && r.status != 68)
		return -1;
	while (rest.len) {
		slice line = slice_until(&rest, '\n');
		slice name = slice_until(&line, ' ');
		n += slice_eq(name, w->target);
	}
	return n;
}

bool kick_apply(struct work *w)
{
	enum { NO_USER = 68 }; /* sysexits.h: nobody to kick */
	struct ran r = RUN(w, "doveadm", "kick", arena_text(w->arena, w->target));
	return r.status == 0 || r.status == NO_USER ||
	       work_fail(w, "doveadm kick: exit status %d: %.*s", r.status,
			 (int)slice_first(r.err, 300).len, r.err.at ? r.err.at : "");
}

enum closed kick_closed(struct work *w, struct out *how)
{
	int n = sessions(w);
	if (n < 0)
		return CLOSED_UNKNOWN;
	out_format(how, "doveadm who: %d session%s", n, n == 1 ? "" : "s");
	return n ? CLOSED_NO : CLOSED_YES;
}
