/*
 * journal.c - a file of systemd's journal, read by libsystemd (sd-journal(3)), as an object of JSON
 * for each record, the way journalctl -o json writes them.
 *
 * Only fields that tell who said what and when are written out; the cursor leads back to the record
 * with journalctl --cursor.  The same file makes the same bytes each time, so that offsets hold.
 */
#include "room.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <systemd/sd-journal.h>
#include <unistd.h>

enum { NAME_ROOM = 4096 };

struct journal {
	struct layer layer;
	sd_journal *j;
	int own; /* a copy, where the journal lies inside of another file; or -1 */
	struct out line;
	size_t given; /* of it */
	bool done;
};

static const char *const fields[] = {"_HOSTNAME",  "SYSLOG_IDENTIFIER", "_COMM",    "_PID",
				     "SYSLOG_PID", "_SYSTEMD_UNIT",     "_UID",     "_EXE",
				     "_TRANSPORT", "CONTAINER_NAME",    "PRIORITY", "MESSAGE"};

static void stop(struct journal *k, enum input_trouble t, const char *what, int error)
{
	char why[120];
	snprintf(why, sizeof why, "%s: %s", what, strerror(error < 0 ? -error : error));
	k->done = true;
	layer_fail(&k->layer, t, why);
}

static void put_field(sd_journal *j, struct out *o, const char *name)
{
	const void *data;
	size_t len, head = strlen(name) + 1;
	if (sd_journal_get_data(j, name, &data, &len) < 0 || len < head)
		return;
	out_text(o, ",\"");
	out_text(o, name);
	out_text(o, "\":");
	out_json(o, (slice){(const char *)data + head, len - head});
}

/* Its own time only: what the sender wrote as time anybody can write. */
bool input_journal_line(struct sd_journal *j, struct out *o)
{
	uint64_t usec;
	char *cursor = NULL;
	if (sd_journal_get_realtime_usec(j, &usec) < 0)
		return false;
	if (sd_journal_get_cursor(j, &cursor) < 0)
		cursor = NULL;
	out_text(o, "{\"__CURSOR\":");
	out_json(o, slice_of(cursor ? cursor : ""));
	out_format(o, ",\"__REALTIME_TIMESTAMP\":\"%llu\"", (unsigned long long)usec);
	for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
		put_field(j, o, fields[i]);
	out_text(o, "}\n");
	free(cursor);
	return true;
}

/* The next record; one that cannot be read is passed by, and told. */
static void fill(struct journal *k)
{
	k->line.len = k->given = 0;
	int r = sd_journal_next(k->j);
	if (r < 0)
		stop(k, INPUT_CUT, "the journal is damaged", r);
	else if (r == 0)
		k->done = true;
	else if (!input_journal_line(k->j, &k->line)) {
		k->line.len = 0;
		layer_fail(&k->layer, INPUT_CUT, "a record of the journal is damaged");
	}
}

static ssize_t journal_read(struct layer *l, char *to, size_t n)
{
	struct journal *k = (struct journal *)l;
	while (k->given == k->line.len && !k->done)
		fill(k);
	size_t left = k->line.len - k->given;
	n = n < left ? n : left;
	if (n)
		memcpy(to, k->line.at + k->given, n);
	k->given += n;
	return (ssize_t)n;
}

static void journal_close(struct layer *l)
{
	struct journal *k = (struct journal *)l;
	sd_journal_close(k->j);
	if (k->own >= 0)
		close(k->own);
	free(k->line.at);
}

/*
 * libsystemd wants a file that begins with the journal, and one that has a name when it is opened.
 */
static int file_of(struct journal *k, struct layer *below, char name[NAME_ROOM])
{
	name[0] = '\0';
	if (layer_is_whole_file(below))
		return layer_file_fd(below);
	k->own = spool_named(name, NAME_ROOM);
	if (k->own < 0 || !spool_whole(k->own, below)) {
		stop(k, INPUT_REFUSED, "no room to unpack the journal", errno);
		return -1;
	}
	return k->own;
}

static void open_journal(struct journal *k, int fd)
{
	int r = sd_journal_open_files_fd(&k->j, &fd, 1, 0);
	if (r >= 0)
		r = sd_journal_seek_head(k->j);
	if (r < 0)
		stop(k, INPUT_CUT, "the journal cannot be opened", r);
}

struct layer *layer_journal(struct layer *below)
{
	struct layer *l = layer_new(sizeof(struct journal), below);
	struct journal *k = (struct journal *)l;
	l->read = journal_read;
	l->close = journal_close;
	k->own = k->line.fd = -1;
	char name[NAME_ROOM];
	int fd = file_of(k, below, name);
	if (fd >= 0)
		open_journal(k, fd);
	if (name[0])
		unlink(name);
	return l;
}
