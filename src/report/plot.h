/*
 * plot.h - the axis and the deeds of a timeline; private to this room.
 *
 * Intrusions are minutes of work between hours of nothing, so the axis leaves out long pauses: it
 * is a list of stretches, each as wide as it lasts, with a narrow band for every pause.
 */
#ifndef TOCSIN_REPORT_PLOT_H
#define TOCSIN_REPORT_PLOT_H

#include "web.h"

enum deed_kind { FAILURE, SIGN_IN, LISTED, OPENED, CHANGED, SENT, DEED_KINDS };

struct deed {
	int64_t us;
	enum deed_kind kind;
	uint32_t lane;
	int64_t bytes; /* that went out with it; UNKNOWN */
	bool leaves;   /* it may count as bytes out */
	slice what;    /* folder, subject or target, for the tooltip */
	uint64_t count;
};

enum { PAUSES_MOST = 16 };
struct stretch {
	int64_t first_us, last_us;
	double x, width; /* shares of the plot */
};
struct axis {
	struct stretch at[PAUSES_MOST + 1];
	size_t len;
};

/* Of at least one time; sorts them. */
struct axis axis_of(int64_t *times, size_t n);
double axis_x(const struct axis *a, int64_t usec); /* 0 to 1; between stretches, in the pause */

/* Calls `tick` for labels at least `apart` of the width apart. */
typedef void axis_tick(void *ctx, double x, int64_t usec);
void axis_ticks(const struct axis *a, const struct when *w, double apart, axis_tick *tick,
		void *ctx);

#endif
