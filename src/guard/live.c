/* live.c - systemd's journal as it grows, through libsystemd (sd-journal(3)): the same line of JSON
 * for each record as a scan of the same files reads. */
#include "guard/part.h"

#include <stdio.h>
#include <stdlib.h>
#include <systemd/sd-journal.h>

struct live_journal {
	sd_journal *j;
	struct out line;
};

/* What comes after the record that is newest now. */
static int seek_tail(sd_journal *j, int64_t *tail_us)
{
	uint64_t usec;
	*tail_us = 0;
	int r = sd_journal_seek_tail(j);
	if (r >= 0)
		r = sd_journal_previous(j);
	if (r == 0) /* it is empty */
		return sd_journal_seek_head(j);
	if (r > 0 && (r = sd_journal_get_realtime_usec(j, &usec)) >= 0)
		*tail_us = (int64_t)usec;
	return r;
}

struct live_journal *live_journal_open(const char *dir, int64_t *tail_us, char *why, size_t size)
{
	struct live_journal *l = must_alloc(sizeof *l);
	l->line.fd = -1;
	int r = sd_journal_open_directory(&l->j, dir, 0);
	if (r >= 0)
		r = sd_journal_get_fd(l->j); /* from here on it is watched */
	if (r >= 0)
		r = seek_tail(l->j, tail_us);
	if (r >= 0)
		return l;
	snprintf(why, size,
		 "%s: the journal cannot be followed: %s (name its folder: --journal "
		 "/var/log/journal)",
		 dir, strerror(-r));
	sd_journal_close(l->j);
	free(l);
	return NULL;
}

int live_journal_fd(struct live_journal *j)
{
	return sd_journal_get_fd(j->j);
}

void live_journal_look(struct live_journal *j)
{
	sd_journal_process(j->j);
}

bool live_journal_next(struct live_journal *j, slice *line)
{
	while (sd_journal_next(j->j) > 0) {
		j->line.len = 0;
		if (input_journal_line(j->j, &j->line)) {
			*line = (slice){j->line.at, j->line.len};
			return true;
		}
		fprintf(stderr, "tocsin: a record of the journal is damaged, and was passed by\n");
	}
	return false;
}
