/*
 * parts.c - a part of the watch in a unit of its own: what reads logs then needs no right to act.
 *
 * The service manager listens in a folder, a socket for each part, and starts one for a connection
 * (Accept=yes, systemd.socket(5)); orders and alerts are those that go to a child.  Either end
 * takes only root, or the user it is itself, for the other (SO_PEERCRED, unix(7)).
 */
#include "guard/part.h"
#include "base/socket.h"

#include <net/if.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <systemd/sd-daemon.h>
#include <time.h>
#include <unistd.h>

bool part_drain(int fd, int most_ms, void (*take)(void *ctx), void *ctx)
{
	struct timespec began, now;
	int64_t left = most_ms;
	shutdown(fd, SHUT_WR);
	clock_gettime(CLOCK_BOOTTIME, &began);
	while (left > 0) {
		struct pollfd p = {fd, POLLIN, 0};
		poll(&p, 1, (int)left);
		take(ctx);
		if (socket_is_gone(fd))
			return true;
		clock_gettime(CLOCK_BOOTTIME, &now);
		left = most_ms - ((now.tv_sec - began.tv_sec) * 1000 +
				  (now.tv_nsec - began.tv_nsec) / 1000000);
	}
	return false;
}

/* --- being one --- */

/* With PrivateNetwork=yes there is the loopback and nothing else. */
static bool is_without_network(void)
{
	struct if_nameindex *all = if_nameindex();
	bool alone = all && all[0].if_index && !all[1].if_index;
	if (all)
		if_freenameindex(all);
	return alone;
}

/* Who blocks and cuts, where this process does not see the host's network: a firewall of its own
 * would block nobody, and nobody would know. */
static bool somebody_blocks(const struct guard_options *o)
{
	char why[512] = "its unit gives it none, and no --parts";
	int fd = o->parts ? socket_part(o->parts, "blocker", why, sizeof why) : -1;
	if (fd >= 0)
		close(fd);
	else
		fprintf(stderr,
			"tocsin: the responder does not see the host's network, and the levers "
			"block and cut would do nothing: %s (or leave them out of \"levers\" in "
			"the policy)\n",
			why);
	return fd >= 0;
}

static int be_responder(const struct guard_options *o, int fd)
{
	bool on_network =
	    pull_wants(o->policy, SLICE("block")) || pull_wants(o->policy, SLICE("cut"));
	if (on_network && (o->parts || is_without_network()) && !somebody_blocks(o))
		return 2;
	hand_run(o, fd);
}

static int be_other(const struct guard_options *o, int fd, enum respond_other which,
		    respond_confine *confine)
{
	char why[512];
	if (respond_be(which, o->state, fd, confine, why, sizeof why))
		return 0;
	fprintf(stderr, "tocsin: %s\n", why);
	return 2;
}

static bool confine(enum sandbox_who who, char *why, size_t size)
{
	bool fine = sandbox_enter(who, SANDBOX_NOBODY, NULL, 0, why, size);
	if (fine && why[0])
		fprintf(stderr, "tocsin: it is less confined than it should be: %s\n", why);
	return fine;
}

static bool confine_blocker(char *why, size_t size)
{
	return confine(SANDBOX_BLOCKER, why, size);
}

static bool confine_envoy(char *why, size_t size)
{
	return confine(SANDBOX_SPEAKER, why, size);
}

static int be_blocker(const struct guard_options *o, int fd)
{
	return be_other(o, fd, RESPOND_BLOCKER, confine_blocker);
}

static int be_envoy(const struct guard_options *o, int fd)
{
	return be_other(o, fd, RESPOND_ENVOY, confine_envoy);
}

static int be_teller(const struct guard_options *o, int fd)
{
	struct tell_secrets s;
	char why[512];
	if (tell_read_secrets(o->policy, &s, why, sizeof why))
		tell_run(o->policy, fd, &s);
	fprintf(stderr, "tocsin: %s\n", why);
	return 2;
}

static int be_toucher(const struct guard_options *o, int fd)
{
	char why[512];
	touch_run(o, why, sizeof why);
	fprintf(stderr, "tocsin: %s\n", why);
	return 2;
}

static const struct part {
	const char *name;
	int (*run)(const struct guard_options *o, int fd);
	bool is_called; /* over a connection */
} parts[] = {
    {"responder", be_responder, true}, {"blocker", be_blocker, true},  {"envoy", be_envoy, true},
    {"teller", be_teller, true},       {"toucher", be_toucher, false},
};

static const struct part *part_named(const char *name)
{
	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
		if (strcmp(parts[i].name, name) == 0)
			return &parts[i];
	return NULL;
}

/* The connection that the service manager hands over; -1 with a message. */
static int connection(const char *name)
{
	int type = 0;
	socklen_t size = sizeof type;
	int n = sd_listen_fds(1), fd = SD_LISTEN_FDS_START;
	if (n != 1 || getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) != 0 ||
	    type != SOCK_SEQPACKET || sd_is_socket(fd, AF_UNIX, SOCK_SEQPACKET, 0) <= 0)
		fprintf(stderr,
			"tocsin: --part %s: the service manager hands it a connection (see "
			"tocsin-%s.socket)\n",
			name, name);
	else if (!socket_is_ours(fd))
		fprintf(stderr,
			"tocsin: --part %s: somebody connected who is neither root nor "
			"this user: he is not heard\n",
			name);
	else
		return fd;
	return -1;
}

int guard_part(const struct guard_options *o, const char *name)
{
	const struct part *p = part_named(name);
	if (!p) {
		fprintf(stderr,
			"tocsin: --part %s: there is no such part (responder, blocker, envoy, "
			"teller, toucher)\n",
			name);
		return 2;
	}
	sandbox_name(name);
	int fd = p->is_called ? connection(name) : -1;
	return p->is_called && fd < 0 ? 2 : p->run(o, fd);
}
