/*
 * visibility.h - what a scan saw and what not, drawn: a map of sources by hours, gaps, drift, and
 * each rule, seeing or blind (sight.h says which is which).
 *
 *	scan(&options, &notes, &report);
 *	visibility_text(&report, columns, colour, &out);   _json(), _html()
 */
#ifndef TOCSIN_VISIBILITY_H
#define TOCSIN_VISIBILITY_H

#include "incident/incident.h"

void visibility_text(const struct report *r, unsigned columns, bool colour, struct out *o);
void visibility_json(const struct report *r, struct out *o);
void visibility_html(const struct report *r, struct out *o);

#endif
