/*
 * mmdb.h - writes a small geographic database, in the format of
 * https://maxmind.github.io/MaxMind-DB/ (version 2.0), for tests.
 */
#ifndef TOCSIN_TEST_MMDB_H
#define TOCSIN_TEST_MMDB_H

#include "base/base.h"

struct mmdb_row {
	const char *cidr; /* IPv4 */
	const char *country;
	double latitude, longitude;
	unsigned radius;           /* km; 0: the row has no location */
	const char *operator_name; /* NULL: none */
};
/* False if it cannot be written. */
bool mmdb_write(const char *path, const struct mmdb_row *rows, size_t n);

#endif
