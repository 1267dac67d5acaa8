/* part.h - for the files of this room alone. */
#ifndef TOCSIN_SANDBOX_PART_H
#define TOCSIN_SANDBOX_PART_H

#include "sandbox/sandbox.h"

/* calls.c: the filter of system calls; false if the kernel does not take it. */
bool sandbox_filter(enum sandbox_who who);

#endif
