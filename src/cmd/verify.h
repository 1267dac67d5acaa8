/* verify.h - for the files of tocsin verify alone: which log is which, and where a record went. */
#ifndef TOCSIN_CMD_VERIFY_H
#define TOCSIN_CMD_VERIFY_H

#include "input/input.h"
#include "report/report.h"

/* What became of a cited record. */
enum fate { FATE_UNREAD, FATE_SAME, FATE_MOVED, FATE_ALTERED };

/* Citations of one input of the report, in order of their offsets. */
struct cited {
	const struct citation *at;
	size_t len;
	enum fate *fates;
	uint64_t *lines; /* of those that moved: where they stand now */
};

/*
 * The given input that holds these records, and their fates: that of the same name, if any of them
 * lies in it as cited; else the one in which most do, for logs are rotated, renamed and packed.
 * -1: none of that name, and none holds any.
 */
int verify_find(struct input_set *set, slice path, struct cited *c);

/* How a log is to what was scanned, as a whole. */
enum whole { WHOLE_SAME, WHOLE_GROWN, WHOLE_CHANGED, WHOLE_SHORTER, WHOLE_UNKNOWN };
enum whole verify_whole(struct input_set *set, size_t input, const struct input_row *row);

#endif
