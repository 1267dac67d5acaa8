/* reload.c - SIGHUP: all that is new, or nothing of it; and a look at it beforehand. */
#include "console/console.h"
#include "guard/parent.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static bool read_policy(const char *path, struct guard_policy *p)
{
	enum { POLICY_MOST = 1 << 20 };
	char why[512] = "";
	FILE *f = fopen(path, "re");
	char *text = must_alloc(POLICY_MOST + 1);
	size_t n = f ? fread(text, 1, POLICY_MOST + 1, f) : 0;
	bool fine = f && !ferror(f);
	if (!fine)
		snprintf(why, sizeof why, "%s", strerror(errno));
	fine = fine && guard_policy_read(p, (slice){text, n}, why, sizeof why);
	if (!fine)
		fprintf(stderr, "tocsin: %s: %s (the policy and rules of before stay in force)\n",
			path, why);
	if (f)
		fclose(f);
	free(text);
	return fine;
}

/* Tried in a child: what a rule file does to memory is not ours. */
static bool try_rules(struct guard *g)
{
	int status = -1;
	fflush(NULL);
	pid_t pid = fork();
	if (pid == 0) {
		journal_close(&g->journal);
		_exit(engine_could_run(g->o) ? 0 : 1);
	}
	bool fine = pid > 0 && waitpid(pid, &status, 0) == pid && WIFEXITED(status) &&
		    WEXITSTATUS(status) == 0;
	if (!fine)
		fprintf(stderr, "tocsin: the rules, networks or databases are broken (the policy "
				"and rules of before stay in force)\n");
	return fine;
}

static void use_policy(struct guard *g, struct guard_policy *fresh)
{
	g->own.policy = fresh;
	g->respond_looked_ns = -1; /* the days may be others */
	g->cap.most = fresh->alerts_an_hour;
	if (g->read_policy) {
		guard_policy_free(g->read_policy);
		free(g->read_policy);
	}
	g->read_policy = fresh;
	if (g->to_teller >= 0)
		close(g->to_teller); /* it delivers what waits, and ends */
	g->to_teller = -1;
	g->teller = 0;
	teller_start(g);
	hand_replace(g);
}

/* All that is new, or nothing of it. */
void guard_reload(struct guard *g)
{
	struct guard_policy *fresh = must_alloc(sizeof *fresh);
	struct tell_secrets s;
	char why[512];
	bool fine = true;
	if (g->o->policy_path) {
		fine = read_policy(g->o->policy_path, fresh);
		if (fine && tell_is_wanted(fresh) &&
		    !tell_read_secrets(fresh, &s, why, sizeof why)) {
			fprintf(stderr,
				"tocsin: %s (the policy and rules of before stay in force)\n", why);
			fine = false;
		}
	}
	fine = fine && try_rules(g);
	if (fine && g->o->policy_path) {
		use_policy(g, fresh);
	} else {
		guard_policy_free(fresh);
		free(fresh);
	}
	if (!fine)
		return;
	children_end_engine(g);
	children_start_engine(g);
	fprintf(stderr, "tocsin: policy and rules were read again and are in force\n");
}

static bool has_good_secrets(const struct guard_options *o)
{
	struct tell_secrets s;
	char why[512];
	if (!tell_is_wanted(o->policy) || tell_read_secrets(o->policy, &s, why, sizeof why))
		return true;
	fprintf(stderr, "tocsin: %s\n", why);
	return false;
}

static bool is_folder(const char *path, const char *remedy)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		fprintf(stderr, "tocsin: %s: %s (%s)\n", path, strerror(errno), remedy);
	else
		close(fd);
	return fd >= 0;
}

static bool has_paths(const struct guard_options *o)
{
	bool fine = true;
	for (size_t i = 0; i <= o->scan->path_count; i++) {
		const char *path = i < o->scan->path_count ? o->scan->paths[i] : o->journal;
		if (!path || access(path, R_OK) == 0)
			continue;
		fprintf(stderr, "tocsin: %s: %s (name a folder that is there, and be root)\n", path,
			strerror(errno));
		fine = false;
	}
	for (size_t i = 0; i < o->touched_count; i++)
		fine &= is_folder(o->touched[i], "name the folder with --touched");
	return fine;
}

/* Sockets are spelled as the reader wants them; whether one is free is known when it is taken. */
static bool has_sockets(const struct guard_options *o)
{
	char why[512];
	bool fine = true;
	for (size_t i = 0; i <= o->syslog_count; i++) {
		const char *where = i < o->syslog_count ? o->syslog[i] : o->http;
		if (!where || reader_socket_named(where, why, sizeof why))
			continue;
		fprintf(stderr, "tocsin: %s (see tocsin help watch)\n", why);
		fine = false;
	}
	return fine;
}

static bool has_console(const struct guard_options *o)
{
	char why[512];
	bool outside;
	if (!o->console || console_where(slice_of(o->console), &outside, why, sizeof why))
		return true;
	fprintf(stderr, "tocsin: --console %s: %s\n", o->console, why);
	return false;
}

/* The folder of the watch is made when it starts; what stands in its place would stop it. */
static bool has_state(const struct guard_options *o)
{
	return access(o->state, F_OK) != 0 || is_folder(o->state, "name a folder with --state");
}

static bool has_parts(const struct guard_options *o)
{
	static const char *const names[] = {"responder", "teller"};
	char path[4096];
	bool fine = true;
	for (size_t i = 0; o->parts && i < sizeof names / sizeof *names; i++) {
		snprintf(path, sizeof path, "%s/%s", o->parts, names[i]);
		if (access(path, F_OK) == 0)
			continue;
		fprintf(stderr, "tocsin: --parts: %s: %s (systemctl start tocsin-%s.socket)\n",
			path, strerror(errno), names[i]);
		fine = false;
	}
	return fine;
}

int guard_check(const struct guard_options *o)
{
	bool fine = has_good_secrets(o);
	fine &= has_paths(o);
	fine &= has_sockets(o);
	fine &= has_console(o);
	fine &= has_state(o);
	fine &= has_parts(o);
	fine &= engine_could_run(o);
	printf(fine ? "policy, rules, networks and paths are good\n"
		    : "the watch would not run, or not as it is meant\n");
	return fine ? 0 : 2;
}
