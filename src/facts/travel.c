/*
 * travel.c - how fast an account would have travelled from its last place to this one.
 *
 * A place is where the geographic database puts an address: its coordinates, less sure by its
 * accuracy radius, which is taken off; else the country, as a circle that holds all of it.  So what
 * is told is the least distance, and countries that touch, or lie as near as their circles do, have
 * none.  No place are: networks of networks.yaml that are trusted, private addresses, webmail's and
 * the mail host's own, and operators whose name says that their customers are elsewhere (below).
 */
#include "known.h"

#include <math.h>
#include <stdio.h>

#define EARTH_KM 6371.0 /* mean radius */
#define DEGREE   (3.14159265358979323846 / 180)

struct place_on_earth {
	double latitude, longitude, radius;
	char country[3];
	bool exact;
};

/* Mobile carriers answer from a gateway far off; relays, VPNs and rented servers from anywhere. */
static const char *const elsewhere[] = {
    "mobile",     "wireless",    "cellular", "satellite", "starlink", "vpn",
    "proxy",      "relay",       "tor ",     "anonymous", "hosting",  "hosted",
    "datacenter", "data center", "cloud",    "server",    "vps",      "colo",
};

static bool says(slice name, const char *word)
{
	size_t n = strlen(word);
	for (size_t i = 0; i + n <= name.len; i++) {
		size_t k = 0;
		while (k < n && (name.at[i + k] | 0x20) == (word[k] | 0x20))
			k++;
		if (k == n)
			return true;
	}
	return false;
}

static bool is_elsewhere(slice operator_name)
{
	for (size_t i = 0; i < sizeof elsewhere / sizeof *elsewhere; i++)
		if (says(operator_name, elsewhere[i]))
			return true;
	return false;
}

static bool find_place(struct facts *f, const struct address *ip, struct place_on_earth *p)
{
	if (address_is_private(ip) || facts_is_web_host(f, ip))
		return false;
	struct where w = facts_where(f, ip);
	if ((w.listed && w.trusted) || w.country.len != 2 || is_elsewhere(w.operator) ||
	    is_elsewhere(w.name))
		return false;
	memcpy(p->country, w.country.at, 2);
	p->country[2] = '\0';
	/* networks.yaml outranks the database, which may put the network anywhere */
	p->exact = !w.listed && f->geo &&
		   geo_coordinates(f->geo, ip, &p->latitude, &p->longitude, &p->radius);
	return p->exact || country_circle(w.country, &p->latitude, &p->longitude, &p->radius);
}

static double apart(const struct place_on_earth *a, const struct place_on_earth *b)
{
	double dlat = (b->latitude - a->latitude) * DEGREE / 2,
	       dlon = (b->longitude - a->longitude) * DEGREE / 2;
	double h = sin(dlat) * sin(dlat) +
		   cos(a->latitude * DEGREE) * cos(b->latitude * DEGREE) * sin(dlon) * sin(dlon);
	return 2 * EARTH_KM * asin(fmin(1, sqrt(h))) - a->radius - b->radius;
}

static slice write_place(const struct place_on_earth *p, char *room, size_t size)
{
	int n = p->exact
		    ? snprintf(room, size, "%s %.1f,%.1f", p->country, p->latitude, p->longitude)
		    : snprintf(room, size, "%s", p->country);
	return (slice){room, n > 0 ? (size_t)n : 0};
}

static void state_travel(struct facts *f, struct event *e, const struct place_on_earth *from,
			 const struct place_on_earth *to, double km, int64_t seconds)
{
	event_number(e, F_TRAVEL_DISTANCE, (int64_t)km);
	event_number(e, F_TRAVEL_SECONDS, seconds);
	event_number(e, F_TRAVEL_SPEED, (int64_t)(km * 3600 / (double)(seconds > 0 ? seconds : 1)));
	event_text(e, F_TRAVEL_FROM, write_place(from, f->travel_from, sizeof f->travel_from));
	event_text(e, F_TRAVEL_TO, write_place(to, f->travel_to, sizeof f->travel_to));
	event_text(e, F_TRAVEL_BASIS,
		   from->exact && to->exact ? SLICE("coordinates") : SLICE("countries"));
}

static bool as_country(struct place_on_earth *p)
{
	p->exact = false;
	return country_circle((slice){p->country, 2}, &p->latitude, &p->longitude, &p->radius);
}

static void compare(struct facts *f, struct event *e, struct place_on_earth *from,
		    struct place_on_earth *to, int64_t seconds)
{
	if (from->exact != to->exact) {
		if (memcmp(from->country, to->country, 2) == 0 || !as_country(from) ||
		    !as_country(to))
			return;
	}
	double km = apart(from, to);
	if (km >= 1)
		state_travel(f, e, from, to, km, seconds);
}

/* At each sign-in; the same network as before costs a comparison. */
void travel_to(struct facts *f, struct event *e, const struct who *w)
{
	struct place_on_earth from, to;
	if (!f->has_places)
		return;
	struct profile_places *a = know_profile(f, w)->places;
	struct address before = address_network(a->last), here = address_network(*w->ip);
	bool same = a->last_s && address_eq(&before, &here);
	if (!same) {
		bool was = a->last_s && find_place(f, &a->last, &from);
		if (!find_place(f, w->ip, &to)) /* the last: the event's country is its */
			return;                 /* where it was last is not forgotten for this */
		if (was)
			compare(f, e, &from, &to, (int64_t)second_of(w->now) - (int64_t)a->last_s);
		a->last = *w->ip;
	}
	a->last_s = second_of(w->now);
}
