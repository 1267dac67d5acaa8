/* children.c - the engine, started again where it ends; what it remembers, and who else ended. */
#include "guard/parent.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/* --- the engine --- */

static pid_t fork_child(struct guard *g, enum guard_child who)
{
	fflush(NULL);
	pid_t pid = fork();
	if (pid == 0) {
		sigset_t none;
		sigemptyset(&none);
		sigprocmask(SIG_SETMASK, &none, NULL);
		sandbox_name(who == CHILD_READER ? "reader" : "engine");
		guard_leave(g, who);
	}
	return pid;
}

static bool start_reader(struct guard *g, int *from_reader)
{
	int pair[2];
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
		return false;
	g->reader = fork_child(g, CHILD_READER);
	if (g->reader == 0) {
		close(pair[0]);
		reader_run(g->o, g->sockets, pair[1]);
	}
	close(pair[1]);
	*from_reader = pair[0];
	return g->reader > 0;
}

/* One that is started again reads all again, so that nothing is lost; what was told is not told
 * again. */
bool children_start_engine(struct guard *g)
{
	int pair[2], from_reader;
	if (!start_reader(g, &from_reader)) /* before there is anything that it must not hold */
		return false;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
		return false;
	g->engine = fork_child(g, CHILD_ENGINE);
	if (g->engine == 0) {
		close(pair[0]);
		engine_run(g->o, from_reader, pair[1], &g->kept);
	}
	g->kept.size = 0; /* whatever comes of it, the next one reads all */
	close(from_reader);
	close(pair[1]);
	g->from_engine = pair[0];
	return g->engine > 0;
}

static void end_one(pid_t *pid, int *status)
{
	if (*pid > 0 && kill(*pid, SIGKILL) == 0)
		waitpid(*pid, status, 0);
	*pid = 0;
}

void children_end_engine(struct guard *g)
{
	end_one(&g->engine, &g->engine_status);
	end_one(&g->reader, &g->reader_status);
	end_one(&g->keeper, &(int){0}); /* the memory is the next one's */
	close(g->from_engine);
	g->from_engine = -1;
}

/* The engine ended by itself.  It is started again, so many times an hour and no more: a record
 * that ends it would end it for ever. */
bool children_revive(struct guard *g)
{
	children_end_engine(g);
	if (g->o->until_quiet)
		return false;
	bool reader_ended =
	    WIFEXITED(g->engine_status) && WEXITSTATUS(g->engine_status) == ENGINE_READER_GONE;
	int ended = reader_ended ? g->reader_status : g->engine_status;
	if (reader_ended && WIFEXITED(ended) && WEXITSTATUS(ended) == READER_AGAIN) {
		fprintf(stderr, "tocsin: a folder of logs was made anew: it is read from its "
				"beginning\n");
		return children_start_engine(g);
	}
	if (WIFEXITED(ended) && WEXITSTATUS(ended) == ENGINE_ROTATED) {
		g->kept.rotations++;
		fprintf(stderr, "tocsin: a log was rotated before it was read: all are read from "
				"their beginning\n");
		return children_start_engine(g);
	}
	if (WIFEXITED(ended) && WEXITSTATUS(ended) == ENGINE_ANEW) {
		fprintf(stderr, "tocsin: what was remembered of an earlier run is of other logs: "
				"all are read from their beginning\n");
		return children_start_engine(g);
	}
	int64_t *oldest = &g->restarts_ms[g->status.restarts % RESTARTS_AN_HOUR];
	if (*oldest && guard_now_ms() - *oldest < HOUR_MS)
		return false;
	*oldest = guard_now_ms();
	g->status.restarts++;
	fprintf(stderr,
		"tocsin: the %s ended by itself (%s %d): it is started again and reads "
		"what came meanwhile (report this, with the newest lines of the logs)\n",
		reader_ended ? "reader" : "engine", WIFSIGNALED(ended) ? "signal" : "exit status",
		WIFSIGNALED(ended) ? WTERMSIG(ended) : WEXITSTATUS(ended));
	return children_start_engine(g);
}

/* --- what the engine remembers --- */

/* Beside the watch: a disk may be slow. */
void children_keep(struct guard *g, const struct guard_message *m)
{
	sigset_t none;
	if (g->kept.fd < 0 || g->keeper > 0)
		return;
	fflush(NULL);
	g->keeper = fork();
	if (g->keeper != 0)
		return;
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	sandbox_name("keeper");
	prctl(PR_SET_PDEATHSIG, SIGKILL); /* it holds the journal's lock as long as it lives */
	setpriority(PRIO_PROCESS, 0, 0);
	_exit(kept_write(&g->kept, g->o->state, g->journal, m->behind) ? 0 : 1);
}

/* The engine may write to its memory again. */
static void end_keeper(struct guard *g, int status)
{
	bool fine = WIFEXITED(status) && WEXITSTATUS(status) == 0;
	g->keeper = 0;
	if (!fine && !g->keep_failed)
		fprintf(stderr,
			"tocsin: %s/watch/engine.image cannot be written (%s): the next start "
			"reads all logs from their beginning\n",
			g->o->state, beat_remedy(g, ENOSPC));
	g->keep_failed = !fine;
	if (ftruncate(g->kept.fd, 0) != 0) /* memory that nobody needs now */
		return;
	if (g->from_engine >= 0)
		send(g->from_engine, "k", 1, MSG_NOSIGNAL | MSG_DONTWAIT);
}

void children_reap(struct guard *g)
{
	int status;
	for (pid_t pid; (pid = waitpid(-1, &status, WNOHANG)) > 0;) {
		if (pid == g->scanner)
			whole_end(g, status);
		if (pid == g->teller)
			teller_lost(g);
		if (pid == g->keeper)
			end_keeper(g, status);
		if (pid == g->lister)
			g->lister = 0;
		if (pid == g->hand)
			hand_lost(g);
		if (pid == g->console_pid)
			console_lost(g);
		if (pid == g->painter)
			console_painted(g, status);
		if (pid == g->toucher) {
			g->toucher = 0;
			fprintf(stderr, "tocsin: the process that sees who opens files ended by "
					"itself: that is not seen any more (report this, start "
					"the watch again)\n");
		}
		if (pid == g->reader) {
			g->reader_status = status; /* the engine notices, and says so */
			g->reader = 0;
		}
		if (pid != g->engine)
			continue;
		g->engine_status = status; /* what it said before is read first */
		g->engine = 0;
	}
}
