/*
 * asker.c - asks `tocsin access` as Dovecot does: over connections that stay open, one request
 * after the other on each.
 *
 *	asker PORT CONNECTIONS SECONDS [RATE]
 *
 * Without RATE each connection asks again at once.  With it, requests become due in an even stream,
 * and the time of each counts from when it was due, so that a server that stalls is not spared.
 * Says: answers, answers a second, 50th, 99th, 99.9th percentile and longest in microseconds.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { CONNECTIONS_MOST = 256, TIMES_MOST = 8 << 20, ROOM = 4096 };

struct asking {
	int fd;
	int64_t due_ns; /* 0: idle */
	size_t got;
	char at[ROOM];
};

static int64_t now_ns(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * (int64_t)1000000000 + t.tv_nsec;
}

static void give_up(const char *what)
{
	fprintf(stderr, "asker: %s: %s\n", what, strerror(errno));
	exit(2);
}

static int connect_to(int port)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
	int one = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof to) != 0)
		give_up("connect");
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
	return fd;
}

/* What Dovecot 2.3 sends, of accounts and addresses that change. */
static void ask(struct asking *a, int64_t due)
{
	static unsigned n;
	char body[512], request[1024];
	n++;
	int len = snprintf(body, sizeof body,
			   "{\"device_id\":\"\",\"login\":\"user%u@example.org\",\"protocol\":"
			   "\"imap\",\"pwhash\":\"%04x\",\"remote\":\"198.51.%u.%u\",\"tls\":true}",
			   n % 5000, n % 4096, n / 256 % 256, n % 256);
	int all = snprintf(request, sizeof request,
			   "POST /?command=allow HTTP/1.1\r\nHost: 127.0.0.1:4001\r\nDate: Tue, 17 "
			   "Mar 2026 08:00:00 +0000\r\nUser-Agent: dovecot/auth-policy-client\r\n"
			   "Connection: Keep-Alive\r\nContent-Type: application/json\r\n"
			   "Content-Length: %d\r\n\r\n%s",
			   len, body);
	a->due_ns = due;
	a->got = 0;
	if (write(a->fd, request, (size_t)all) != all)
		give_up("write");
}

/* Is the answer whole? Its end is the end of its JSON. */
static int is_whole(struct asking *a)
{
	ssize_t n = read(a->fd, a->at + a->got, sizeof a->at - 1 - a->got);
	if (n <= 0)
		give_up("the server hung up");
	a->got += (size_t)n;
	a->at[a->got] = 0;
	char *body = strstr(a->at, "\r\n\r\n");
	return body && strstr(body, "\"}");
}

static int by_number(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
	return (x > y) - (x < y);
}

static void say(uint32_t *times, size_t n, double seconds)
{
	qsort(times, n, sizeof *times, by_number);
	printf("%zu answers, %.0f a second, us: 50%% %u, 99%% %u, 99.9%% %u, longest %u\n", n,
	       n / seconds, times[n / 2], times[n - 1 - n / 100], times[n - 1 - n / 1000],
	       times[n - 1]);
}

int main(int argc, char **argv)
{
	static struct asking all[CONNECTIONS_MOST];
	int connections = argc > 2 ? (int)strtol(argv[2], NULL, 10) : 0, ready = epoll_create1(0);
	double seconds = argc > 3 ? atof(argv[3]) : 0, rate = argc > 4 ? atof(argv[4]) : 0;
	uint32_t *times = malloc(TIMES_MOST * sizeof *times);
	size_t n = 0;
	if (connections < 1 || connections > CONNECTIONS_MOST || seconds <= 0 || !times)
		return fprintf(stderr, "asker PORT CONNECTIONS SECONDS [RATE]\n"), 2;
	for (int i = 0; i < connections; i++) {
		struct epoll_event e = {.events = EPOLLIN, .data.u32 = (uint32_t)i};
		all[i].fd = connect_to((int)strtol(argv[1], NULL, 10));
		epoll_ctl(ready, EPOLL_CTL_ADD, all[i].fd, &e);
	}
	int64_t began = now_ns(), end = began + (int64_t)(seconds * 1e9), now = began;
	int64_t step = rate > 0 ? (int64_t)(1e9 / rate) : 0, due = began;
	while (now < end && n < TIMES_MOST) {
		for (int i = 0; i < connections && (!step || due <= now); i++)
			if (!all[i].due_ns) {
				ask(&all[i], step ? due : now);
				due += step;
			}
		struct epoll_event e[64];
		int64_t left = step && due > now ? due - now : 0;
		struct timespec wait = {left / 1000000000, left % 1000000000};
		int got = epoll_pwait2(ready, e, 64, &wait, NULL);
		now = now_ns();
		for (int i = 0; i < got; i++) {
			struct asking *a = &all[e[i].data.u32];
			if (!is_whole(a))
				continue;
			times[n++] = (uint32_t)((now - a->due_ns) / 1000);
			a->due_ns = 0;
		}
	}
	if (n)
		say(times, n, (now - began) / 1e9);
	return n ? 0 : 2;
}
