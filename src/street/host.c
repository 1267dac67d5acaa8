/*
 * host.c - what etc/ of a host's disk tells: its name, its zone, and where its mail lies.
 *
 * Laws: (1) nothing of the disk is executed, and no link is followed but to read its text: one that
 *           leads out of the disk would tell of this machine;
 *       (2) a zone that is not known stays unknown.
 *
 * hostname(5), localtime(5), RFC 8536 (files of zones).
 */
#include "host.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* --- name and zone --- */

static slice first_word(slice text)
{
	slice line = slice_until(&text, '\n');
	return slice_trim(slice_until(&line, '#'));
}

/* ../usr/share/zoneinfo/Europe/Paris */
static slice linked_zone(const struct host *h, struct arena *a)
{
	char to[PATH_MAX];
	ssize_t n = readlink(arena_format(a, "%s/etc/localtime", h->root).at, to, sizeof to);
	slice s = {to, n > 0 ? (size_t)n : 0};
	size_t at = slice_search(s, SLICE("zoneinfo/"));
	return at == SIZE_MAX ? (slice){"", 0} : arena_copy(a, slice_from(s, at + 9));
}

/* The rule behind the last table of a zone's file (RFC 8536 3.3), where no link names the zone. */
static slice copied_rule(const struct host *h, struct arena *a)
{
	slice file = disk_read(h, "etc/localtime", a);
	if (!slice_starts(file, SLICE("TZif")) || file.at[file.len - 1] != '\n')
		return (slice){"", 0};
	file.len--;
	const char *before = memrchr(file.at, '\n', file.len);
	return before ? slice_from(file, (size_t)(before - file.at) + 1) : (slice){"", 0};
}

static void learn_zone(struct host *h, struct arena *a)
{
	h->zone_name = linked_zone(h, a);
	h->zone_by = SLICE("etc/localtime");
	if (!h->zone_name.len) {
		h->zone_name = first_word(disk_read(h, "etc/timezone", a));
		h->zone_by = SLICE("etc/timezone");
	}
	h->zone = h->zone_name.len ? zone_open(h->zone_name) : NULL;
	slice rule = h->zone ? (slice){"", 0} : copied_rule(h, a);
	if (!rule.len || !(h->zone = zone_of_rule(rule)))
		return;
	h->zone_name = rule;
	h->zone_by = SLICE("etc/localtime");
}

/* --- where the mail lies --- */

static const char *const stores[] = {"var/vmail",      "var/mail/vhosts",     "var/mail/vmail",
				     "srv/vmail",      "home/vmail",          "var/spool/vmail",
				     "opt/vmail",      "var/qmail/mailnames", "var/lib/vmail",
				     "home/*/Maildir", "home/*/mail"};

struct storing {
	struct host *h;
	struct arena *arena;
	bool homes; /* a mailbox in each home */
};

static void take_store(void *ctx, const char *path, bool linked)
{
	const struct storing *to = ctx;
	struct stat st;
	if (to->h->store || linked || lstat(path, &st) != 0 || !S_ISDIR(st.st_mode))
		return;
	to->h->store = to->homes ? arena_format(to->arena, "%s/home", to->h->root).at
				 : arena_text(to->arena, slice_of(path));
}

static void learn_store(struct host *h, struct arena *a)
{
	for (size_t i = 0; !h->store && i < sizeof stores / sizeof *stores; i++) {
		struct storing to = {h, a, strchr(stores[i], '*') != NULL};
		input_below(h->root, stores[i], take_store, &to);
	}
}

/* --- all of it --- */

static void tell(const struct host *h, struct arena *a, input_note *note, void *ctx)
{
	if (!note)
		return;
	const char *zone = h->zone            ? ""
			   : h->zone_name.len ? ", which is not known here"
					      : "unknown";
	const char *by = h->zone_name.len ? " by " : "";
	slice told = arena_format(
	    a, "the disk of %.*s; clocks without a zone: %.*s%s%.*s%s%s%s",
	    h->name.len ? (int)h->name.len : 7, h->name.len ? h->name.at : "a host",
	    (int)h->zone_name.len, h->zone_name.at, by, h->zone_name.len ? (int)h->zone_by.len : 0,
	    h->zone_by.at, zone, h->store ? "; its mail lies in " : "", h->store ? h->store : "");
	note(ctx, INPUT_LEARNT, h->root, 0, told.at,
	     "--timezone and --mail-store outrank what it says");
}

struct host *hosts_learn(const struct input_set *set, struct arena *a, input_note *note, void *ctx,
			 size_t *n)
{
	*n = input_roots(set);
	struct host *h = must_alloc((*n + 1) * sizeof *h);
	for (size_t i = 0; i < *n; i++) {
		h[i].root = input_root(set, i);
		h[i].name = first_word(disk_read(&h[i], "etc/hostname", a));
		learn_zone(&h[i], a);
		learn_store(&h[i], a);
		tell(&h[i], a, note, ctx);
	}
	return h;
}

void hosts_free(struct host **h, size_t n)
{
	for (size_t i = 0; *h && i < n; i++)
		zone_close(&(*h)[i].zone);
	free(*h);
	*h = NULL;
}

const struct host *host_of(const struct host *h, size_t n, const char *path)
{
	const struct host *best = NULL;
	for (size_t i = 0; i < n; i++) {
		size_t len = strlen(h[i].root);
		bool inside = strncmp(path, h[i].root, len) == 0 &&
			      (path[len] == '/' || (len && h[i].root[len - 1] == '/'));
		if (inside && (!best || len > strlen(best->root)))
			best = &h[i];
	}
	return best;
}
