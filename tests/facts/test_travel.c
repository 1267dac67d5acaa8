/* test_travel.c - places, the least distance between them, and what is no place. */
#include "mmdb.h"
#include "story.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static const struct mmdb_row world[] = {
    {"81.10.0.0/16", "FR", 48.86, 2.35, 20, "Office Line SA"},     /* Paris */
    {"81.20.0.0/16", "FR", 48.80, 2.13, 20, "Home Line SA"},       /* Versailles */
    {"81.30.0.0/16", "FR", 43.30, 5.37, 50, "Home Line SA"},       /* Marseille */
    {"90.10.0.0/16", "SG", 1.35, 103.82, 20, "Merlion Broadband"}, /* Singapore */
    {"90.20.0.0/16", "SG", 1.35, 103.82, 20, "Merlion Mobile"},
    {"90.30.0.0/16", "SG", 1.35, 103.82, 20, "Cheap VPS Ltd"},
    {"90.40.0.0/16", "SG", 0, 0, 0, "Merlion Fibre"},
    {"90.50.0.0/16", "DE", 0, 0, 0, "Nachbar Netz"},
    {"90.60.0.0/16", "JP", 0, 0, 0, NULL},
    {"90.70.0.0/16", "XX", 0, 0, 0, NULL},
    {"192.168.0.0/16", "SG", 1.35, 103.82, 20, "Nobody's"}, /* as a database should not have it */
};

#define ANA(ip) "login+ user=ana proto=imap ip=" ip
#define NONE    "!travel.speed !travel.distance !travel.from !travel.basis"

static const struct told far[] = {
    {0, ANA("81.10.1.1"), NONE},
    {HOURS(1), ANA("81.10.1.1"), NONE},
    {HOURS(3), ANA("90.10.1.1"),
     "travel.distance=10689 travel.seconds=7200 travel.speed=5344 travel.from=FR~48.9,2.4 "
     "travel.to=SG~1.4,103.8 travel.basis=coordinates source.geo.country_iso_code=SG"},
    {HOURS(3) + 60, ANA("90.10.1.7"), NONE}, /* there it stays */
    {HOURS(20), ANA("81.10.1.1"), "travel.speed=629"},
    {HOURS(20), ANA("90.10.1.1"), "travel.seconds=0 travel.speed=38481524"}, /* at once */
};

static const struct told near[] = {
    {0, ANA("81.10.1.1"), NONE},
    {60, ANA("81.20.1.1"), NONE}, /* within the radii */
    {120, ANA("81.30.1.1"), "travel.distance=590"},
};

/* Carriers, relays and rented servers: their customers are elsewhere. */
static const struct told no_places[] = {
    {0, ANA("81.10.1.1"), NONE},
    {60, ANA("90.20.1.1"), NONE},
    {120, ANA("90.30.1.1"), NONE},
    {180, ANA("192.168.7.7"), NONE},
    {180, ANA("90.70.1.1"), NONE},
    {180, ANA("127.0.0.1"), NONE},
    {240, ANA("81.10.1.1"), NONE},
    {300, ANA("90.20.1.1"), NONE},
    {3840, ANA("90.10.1.1"), "travel.seconds=3600"}, /* since it was last at a place */
};

/* Without coordinates: countries, if the circles that hold them lie apart. */
static const struct told countries[] = {
    {0, ANA("81.10.1.1"), NONE},
    {60, ANA("90.50.1.1"), NONE}, /* France touches Germany */
    {3660, ANA("90.40.1.1"),
     "travel.distance=9602 travel.from=DE travel.to=SG "
     "travel.basis=countries travel.speed=9602"},
    {7260, ANA("90.10.1.1"), NONE}, /* the same country, one of them not placed */
    {10860, ANA("90.60.1.1"), "travel.from=SG travel.to=JP travel.basis=countries"},
};

static void tell(const char *path, const char *name, const struct told *rows, size_t n)
{
	struct story s;
	story_start(&s);
	assert_true(facts_geo(s.facts, path, NULL, NULL));
	story_rows(&s, name, rows, n);
	story_end(&s);
}

static void journeys(void **state)
{
	char path[] = "/tmp/tocsin-mmdb-XXXXXX";
	int fd = mkstemp(path);
	assert_true(fd >= 0 && mmdb_write(path, world, sizeof world / sizeof *world));
	close(fd);
	tell(path, "far", far, sizeof far / sizeof *far);
	tell(path, "near", near, sizeof near / sizeof *near);
	tell(path, "no places", no_places, sizeof no_places / sizeof *no_places);
	tell(path, "countries", countries, sizeof countries / sizeof *countries);
	unlink(path);
}

/* No database: nothing is known of places. */
static void nowhere(void **state)
{
	struct story s;
	story_start(&s);
	story_tell(&s, 0, ANA("81.10.1.1"), NONE);
	story_tell(&s, 1, ANA("90.10.1.1"), NONE " !country.state !operator.state");
	story_end(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(journeys), cmocka_unit_test(nowhere)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
