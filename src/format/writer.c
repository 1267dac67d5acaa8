/*
 * writer.c - who wrote a line, against whom the line claims to be.
 *
 * Anybody with a shell can write to the log socket and call himself dovecot.  What he cannot write
 * is what the kernel tells of him: journald's fields that begin with an underscore
 * (systemd.journal-fields(7)), or the credentials of a datagram (unix(7), SCM_CREDENTIALS).  A line
 * is its daemon's own if root wrote it, a program of the daemon that lies where only root installs,
 * or a process of the daemon's unit.  Users run some of these programs themselves (sendmail,
 * dovecot-lda, sudo): they count as the daemon's.
 *
 * Where only the user id is known, it is a stranger's from 1000 on, where users begin
 * (login.defs(5), UID_MIN), and only in lines that no program writes in a user's name.
 */
#include "part.h"

enum { UID_MIN = 1000, NOBODY = 65534, BEGINNINGS = 5 };

/* Beginnings of a component of the program's path, and of the unit's name. */
static const struct own {
	slice module;
	slice parts[BEGINNINGS];
} owns[] = {
    {SLICE_INIT("dovecot"), {SLICE_INIT("dove")}},
    {SLICE_INIT("postfix"),
     {SLICE_INIT("postfix"), SLICE_INIT("postdrop"), SLICE_INIT("postqueue"), SLICE_INIT("postlog"),
      SLICE_INIT("sendmail")}},
    {SLICE_INIT("sshd"), {SLICE_INIT("ssh")}},
    {SLICE_INIT("exim"), {SLICE_INIT("exim")}},
    {SLICE_INIT("cyrus"), {SLICE_INIT("cyrus")}},
    {SLICE_INIT("sendmail"), {SLICE_INIT("sendmail"), SLICE_INIT("sm-mta")}},
    {SLICE_INIT("opensmtpd"), {SLICE_INIT("opensmtpd"), SLICE_INIT("smtpd")}},
    {SLICE_INIT("sudo"), {SLICE_INIT("sudo")}},
};

/* Where only root installs; a home or /tmp is none of them. */
static const slice grounds[] = {SLICE_INIT("/usr/"),      SLICE_INIT("/bin/"), SLICE_INIT("/sbin/"),
				SLICE_INIT("/lib"),       SLICE_INIT("/opt/"), SLICE_INIT("/snap/"),
				SLICE_INIT("/nix/store/")};

/* Lines about sessions and messages in transit: the daemon's processes alone write them. */
static const enum action daemon_alone[] = {ACT_LOGIN,       ACT_AUTH_CHECK,    ACT_LOGIN_NONE,
					   ACT_LOGOUT,      ACT_SESSION_START, ACT_SESSION_END,
					   ACT_CONNECT,     ACT_DISCONNECT,    ACT_TLS_START,
					   ACT_SMTP_CLIENT, ACT_SMTP_QUEUE,    ACT_SMTP_REMOVE};

static const struct own *own_of(slice module)
{
	for (size_t i = 0; i < sizeof owns / sizeof *owns; i++)
		if (slice_eq(owns[i].module, module))
			return &owns[i];
	return NULL;
}

static bool begins_as(const struct own *own, slice name)
{
	for (size_t i = 0; i < BEGINNINGS && own->parts[i].len; i++)
		if (slice_starts(name, own->parts[i]))
			return true;
	return false;
}

static bool is_own_program(const struct own *own, slice path)
{
	bool ground = false;
	for (size_t i = 0; i < sizeof grounds / sizeof *grounds; i++)
		ground |= slice_starts(path, grounds[i]);
	while (ground && path.len)
		if (begins_as(own, slice_until(&path, '/')))
			return true;
	return false;
}

static bool is_daemon_alone(enum action a)
{
	for (size_t i = 0; i < sizeof daemon_alone / sizeof *daemon_alone; i++)
		if (daemon_alone[i] == a)
			return true;
	return false;
}

static bool is_stranger(const struct writer *w, const struct event *e)
{
	const struct own *own = own_of(event_get(e, F_MODULE));
	if (!own || w->uid <= 0)
		return false;
	if (w->exe.len || w->unit.len)
		return !is_own_program(own, w->exe) && !begins_as(own, w->unit);
	return w->uid >= UID_MIN && w->uid != NOBODY && is_daemon_alone(e->action);
}

static bool is_kept(enum field f)
{
	return f == F_TIME || f == F_HOST || f == F_MODULE || f == F_PROCESS || f == F_PID;
}

/* What is left: when, which host, and who wrote it. */
void writer_judge(const struct writer *w, struct event *e, struct arena *scratch)
{
	slice claim = event_actions[e->action].name;
	if (!is_stranger(w, e))
		return;
	for (int f = 0; f < FIELD_COUNT; f++)
		if (!is_kept((enum field)f))
			event_drop(e, (enum field)f);
	e->item_count = 0;
	event_act(e, ACT_LOG_FORGED, OUT_NONE);
	event_text(e, F_WRITER, SLICE("stranger"));
	event_text(e, F_WRITER_CLAIM, claim);
	event_text(e, F_USER_ID, arena_format(scratch, "%lld", (long long)w->uid));
	if (w->exe.len)
		event_text(e, F_WRITER_EXE, w->exe);
	if (w->unit.len)
		event_text(e, F_WRITER_UNIT, w->unit);
}
