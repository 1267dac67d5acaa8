/*
 * incidents.c - which incidents the whole report holds: read by a process that can do nothing else,
 * for the report is made of what intruders wrote, and grows with it.
 */
#include "guard/parent.h"
#include "base/socket.h"

#include <fcntl.h>
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

/* One incident; the last message has no id and says how many there are. */
struct named {
	uint64_t count;
	char id[64], title[MESSAGE_TEXT];
};

/* --- the process that reads --- */

static void put_text(char *room, size_t size, const json_t *row, const char *key)
{
	const char *text = json_string_value(json_object_get(row, key));
	snprintf(room, size, "%s", text ? text : "");
}

static bool tell(int fd, const struct named *n)
{
	return send(fd, n, sizeof *n, MSG_NOSIGNAL) == (ssize_t)sizeof *n;
}

static bool read_out(int report, int fd)
{
	json_t *root = json_loadfd(report, 0, NULL);
	const json_t *list = json_object_get(root, "incidents");
	bool fine = json_is_array(list);
	for (size_t i = 0; fine && i < json_array_size(list); i++) {
		const json_t *row = json_array_get(list, i);
		struct named n = {.count = i};
		put_text(n.id, sizeof n.id, row, "id");
		put_text(n.title, sizeof n.title, row, "title");
		fine = !n.id[0] || tell(fd, &n);
	}
	return fine && tell(fd, &(struct named){.count = json_array_size(list)});
}

static void run_lister(int report, int fd)
{
	enum { LESS = 10 };
	char why[256];
	setpriority(PRIO_PROCESS, 0, LESS);
	sandbox_enter(SANDBOX_ENGINE, SANDBOX_NOBODY, NULL, 0, why, sizeof why);
	if (why[0])
		fprintf(stderr,
			"tocsin: what lists the incidents of the report is less confined than it "
			"should be: %s\n",
			why);
	_exit(read_out(report, fd) ? 0 : 2);
}

void incidents_start(struct guard *g, const char *path)
{
	int pair[2], report = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	incidents_end(g);
	if (report < 0 || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0) {
		if (report >= 0)
			close(report);
		return;
	}
	fflush(NULL);
	g->lister = fork();
	if (g->lister == 0) {
		sigset_t none;
		sigemptyset(&none);
		sigprocmask(SIG_SETMASK, &none, NULL);
		close(pair[0]);
		sandbox_name("lister");
		guard_leave(g, CHILD_OTHER);
		run_lister(report, pair[1]);
	}
	close(report);
	close(pair[1]);
	g->from_lister = pair[0];
}

/* --- the parent --- */

static bool is_sound(const struct named *n, ssize_t size)
{
	return size == (ssize_t)sizeof *n && memchr(n->id, 0, sizeof n->id) &&
	       memchr(n->title, 0, sizeof n->title);
}

static void say(struct guard *g, const struct named *n)
{
	struct out o = {.fd = 1};
	struct arena room = {0};
	struct digest d;
	bool fresh;
	slice key = arena_format(&room, "incident|%s|%s", n->id, n->title);
	table_put(&g->alike, finding_short_key(key, &d), &fresh);
	if (fresh && !g->o->json) {
		out_text(&o, "incident ");
		out_plain(&o, slice_of(n->id));
		out_text(&o, ": ");
		out_plain(&o, slice_of(n->title));
		out_format(&o, "\n  tocsin contain plan %s/report.json ", g->o->state);
		out_plain(&o, slice_of(n->id));
		out_text(&o, "\n");
	}
	out_close(&o);
	arena_free(&room);
}

static void take(struct guard *g, const struct named *n)
{
	if (n->id[0]) {
		say(g, n);
		return;
	}
	g->status.incidents = n->count;
	beat_write(g);
}

/* So many at once and no more: who reads what intruders wrote must not keep the parent busy. */
void incidents_take(struct guard *g)
{
	enum { AT_ONCE = 64 };
	struct named n;
	ssize_t size = 0;
	for (int i = 0; i < AT_ONCE; i++) {
		size = recv(g->from_lister, &n, sizeof n, MSG_DONTWAIT);
		if (size < 0 || !is_sound(&n, size))
			break;
		take(g, &n);
	}
	bool bad = size >= 0 && !is_sound(&n, size); /* or its end */
	if (bad || socket_is_gone(g->from_lister))
		incidents_end(g);
}

void incidents_end(struct guard *g)
{
	if (g->from_lister >= 0)
		close(g->from_lister);
	g->from_lister = -1;
	if (g->lister > 0)
		kill(g->lister, SIGKILL);
	g->lister = 0; /* children_reap() takes it */
}
