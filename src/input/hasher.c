/*
 * hasher.c - SHA-256 on a second core: of one block while the next one is read and parsed.
 *
 * Law: the bytes of a block stay as they are until the next hasher_add() or hasher_end() returns.
 */
#include "room.h"

#include <pthread.h>
#include <stdlib.h>

struct hasher {
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t change;
	struct digest_run *run;
	slice work; /* len 0: none */
	bool stop;
};

static void *work(void *ctx)
{
	struct hasher *h = ctx;
	pthread_mutex_lock(&h->lock);
	for (;;) {
		while (!h->work.len && !h->stop)
			pthread_cond_wait(&h->change, &h->lock);
		if (!h->work.len)
			break;
		pthread_mutex_unlock(&h->lock);
		digest_add(h->run, h->work);
		pthread_mutex_lock(&h->lock);
		h->work.len = 0;
		pthread_cond_signal(&h->change);
	}
	pthread_mutex_unlock(&h->lock);
	return NULL;
}

struct hasher *hasher_start(void)
{
	struct hasher *h = must_alloc(sizeof *h);
	pthread_mutex_init(&h->lock, NULL);
	pthread_cond_init(&h->change, NULL);
	h->run = digest_start();
	if (pthread_create(&h->thread, NULL, work, h) != 0)
		abort();
	return h;
}

void hasher_add(struct hasher *h, slice block)
{
	pthread_mutex_lock(&h->lock);
	while (h->work.len)
		pthread_cond_wait(&h->change, &h->lock);
	h->work = block;
	pthread_cond_signal(&h->change);
	pthread_mutex_unlock(&h->lock);
}

struct digest hasher_end(struct hasher **h)
{
	pthread_mutex_lock(&(*h)->lock);
	(*h)->stop = true;
	pthread_cond_signal(&(*h)->change);
	pthread_mutex_unlock(&(*h)->lock);
	pthread_join((*h)->thread, NULL);
	pthread_cond_destroy(&(*h)->change);
	pthread_mutex_destroy(&(*h)->lock);
	struct digest d = digest_end(&(*h)->run);
	free(*h);
	*h = NULL;
	return d;
}
