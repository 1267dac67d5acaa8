/*
 * meter: runs a command and says what it cost.
 *
 *   meter FILE COMMAND...     its standard output goes to FILE
 *   meter -first COMMAND...   its standard output is read here, to see when the first byte comes
 *
 * One JSON object on standard output. A program of its own because a child's peak memory starts at
 * its parent's, and a bench written in Python would lend its own to every tool.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static double seconds(struct timeval t)
{
	return (double)t.tv_sec + (double)t.tv_usec / 1e6;
}

static _Noreturn void die(const char *what)
{
	fprintf(stderr, "meter: %s: %s\n", what, strerror(errno));
	exit(2);
}

/* Reads everything; returns when the first byte came, or a negative number. */
static double drain(int fd, unsigned long long *bytes)
{
	static char buf[1 << 16];
	double first = -1;
	for (ssize_t n; (n = read(fd, buf, sizeof buf)) != 0;) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			break;
		if (first < 0)
			first = now();
		*bytes += (unsigned long long)n;
	}
	return first;
}

int main(int argc, char **argv)
{
	if (argc < 3)
		return fputs("usage: meter FILE|-first COMMAND...\n", stderr), 2;
	int watch = !strcmp(argv[1], "-first"), ends[2] = {-1, -1}, status;
	int out = watch ? -1 : open(argv[1], O_WRONLY | O_CREAT | O_TRUNC, 0644);
	if (watch ? pipe2(ends, O_CLOEXEC) : out < 0)
		die(argv[1]);

	double start = now(), first = -1;
	unsigned long long bytes = 0;
	pid_t child = fork();
	if (child < 0)
		die("fork");
	if (!child) {
		if (dup2(watch ? ends[1] : out, 1) < 0)
			die("dup2");
		execvp(argv[2], argv + 2);
		die(argv[2]);
	}
	struct rusage used;
	if (watch) {
		close(ends[1]);
		first = drain(ends[0], &bytes);
	}
	while (wait4(child, &status, 0, &used) < 0)
		if (errno != EINTR)
			die("wait4");
	double wall = now() - start;
	printf("{\"wall\": %.6f, \"cpu\": %.6f, \"rss_kib\": %ld, \"first\": %.6f, \"bytes\": "
	       "%llu, \"status\": %d}\n",
	       wall, seconds(used.ru_utime) + seconds(used.ru_stime), used.ru_maxrss,
	       first < 0 ? -1 : first - start, bytes,
	       WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
	return 0;
}
