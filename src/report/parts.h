/*
 * parts.h - what the files of this room share: how things are said, and which columns tables have.
 *
 * Cells and sayings are raw text: whoever prints them escapes them, once, for where they go.
 */
#ifndef TOCSIN_REPORT_PARTS_H
#define TOCSIN_REPORT_PARTS_H

#include "mailstore/mailstore.h"
#include "report/report.h"

/* ------------------------------------------------------------------ say.c */

enum { TECHNIQUE_TEXT = 12 };
/* "attack.t1110.003" is T1110.003; false for every other tag. */
bool technique(const char *tag, char out[TECHNIQUE_TEXT]);

#endif
