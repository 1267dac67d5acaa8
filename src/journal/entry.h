/* entry.h - for the files of this room alone: a journal's text and its lines. */
#ifndef TOCSIN_JOURNAL_ENTRY_H
#define TOCSIN_JOURNAL_ENTRY_H

#include "journal/journal.h"

/* All of a file from a byte on, in memory of the caller's; false: errno. */
bool entry_read_file(int fd, off_t from, slice *text);
/* The next line that is whole, without its end; what a crash cut short stays in `rest`. */
bool entry_next_line(slice *rest, slice *line);

#endif
