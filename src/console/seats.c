/*
 * seats.c - who is connected, and who gives way.
 *
 * When few seats are left the oldest without a session goes, so that nobody who only connects can
 * keep out who holds the key; a request that is not whole in time is ended, however slowly it
 * trickles; strangers together get so many answers a second.
 */
#include "serve.h"

#include <sys/socket.h>
#include <time.h>

enum {
	SEATS_KEPT = 16,
	YOUNG_MS = 50, /* whoever sat down just now may ask first */
	HEAD_MS = 10000,
	SEND_MS = 600000,
	STRANGERS_A_S = 50,
	STRANGERS_MOST = 200,
};

int64_t serve_ms(void)
{
	struct timespec t;
	clock_gettime(CLOCK_BOOTTIME, &t);
	return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

void seats_init(struct seats *all)
{
	for (size_t i = 0; i < SEATS; i++)
		all->at[i].fd = -1;
	all->purse = STRANGERS_MOST;
	all->purse_ms = serve_ms();
}

static void end_seat(struct seats *all, struct seat *s)
{
	if (s->ending)
		return;
	shutdown(s->fd, SHUT_RDWR); /* libmicrohttpd sees the end, and closes */
	s->ending = true;
	all->ending++;
}

static struct seat *oldest_stranger(struct seats *all)
{
	struct seat *oldest = NULL;
	for (size_t i = 0; i < SEATS; i++) {
		struct seat *s = &all->at[i];
		if (s->fd >= 0 && !s->trusted && !s->ending &&
		    (!oldest || s->since_ms < oldest->since_ms))
			oldest = s;
	}
	return oldest;
}

static bool are_full(const struct seats *all)
{
	return all->taken - all->ending > SEATS - SEATS_KEPT;
}

void seats_make_room(struct seats *all)
{
	struct seat *old;
	int64_t now = serve_ms();
	while (are_full(all) && (old = oldest_stranger(all)) && now - old->since_ms >= YOUNG_MS)
		end_seat(all, old);
}

struct seat *seats_take(struct seats *all, int fd)
{
	for (size_t i = 0; i < SEATS; i++) {
		if (all->at[i].fd >= 0)
			continue;
		all->at[i] = (struct seat){.fd = fd, .since_ms = serve_ms()};
		all->taken++;
		return &all->at[i];
	}
	return NULL;
}

void seats_leave(struct seats *all, struct seat *s)
{
	s->fd = -1;
	all->taken--;
	all->ending -= s->ending;
	all->left++;
}

void seats_end_overdue(struct seats *all)
{
	int64_t now = serve_ms();
	for (size_t i = 0; i < SEATS; i++) {
		struct seat *s = &all->at[i];
		int64_t most = !s->trusted ? HEAD_MS : s->busy ? SEND_MS : SEAT_IDLE_MS;
		if (s->fd >= 0 && now - s->since_ms > most)
			end_seat(all, s);
	}
}

bool seats_spend(struct seats *all)
{
	int64_t now = serve_ms(), more = (now - all->purse_ms) * STRANGERS_A_S / 1000;
	if (more > 0) {
		all->purse_ms = now;
		all->purse = more + all->purse > STRANGERS_MOST ? STRANGERS_MOST
								: all->purse + (unsigned)more;
	}
	if (!all->purse)
		return false;
	all->purse--;
	return true;
}

int seats_wait_ms(const struct seats *all)
{
	return !all->taken ? -1 : are_full(all) ? YOUNG_MS / 5 : 1000;
}
