/* host.h - what the disk of a host tells about its logs: for the files of this room alone. */
#ifndef TOCSIN_STREET_HOST_H
#define TOCSIN_STREET_HOST_H

#include "incident/incident.h"
#include "input/input.h"

struct host {
	const char *root;  /* /mnt/evidence/mail1 */
	slice name;        /* by etc/hostname; empty: unknown */
	slice zone_name;   /* by etc/timezone or etc/localtime, or its rule; empty: unknown */
	struct zone *zone; /* NULL: unknown, or no zone of this machine's data */
	const char *store; /* where its mail lies; NULL: none was found */
	slice zone_by;
};

/* Of each disk among the inputs; what was learnt is noted (INPUT_LEARNT).  hosts_free() closes the
 * zones; texts are in `a`. */
struct host *hosts_learn(const struct input_set *set, struct arena *a, input_note *note, void *ctx,
			 size_t *n);
void hosts_free(struct host **h, size_t n);
/* The host on whose disk a path lies; NULL: none. */
const struct host *host_of(const struct host *h, size_t n, const char *path);
/* A file of the disk, or the first 256 KiB of it; empty: none. */
slice disk_read(const struct host *h, const char *name, struct arena *a);
/* Every file of the disk that fits a pattern (glob(7)), as long as `see` says so; its name begins
 * behind the root. */
typedef bool disk_see(const char *name, slice text, void *ctx);
bool disk_each(const struct host *h, const char *pattern, disk_see *see, void *ctx);
/* Where active Sieve scripts of the disks send mail. */
void hosts_scripts(const struct host *h, size_t n, struct inquiry *to);
/* What the settings of their daemons keep out of the logs, and send elsewhere. */
void hosts_gaps(const struct host *h, size_t n, struct report *r);

#endif
