/*
 * webhost.c - which address is the webmail's own host, where it is not the mail host itself.
 *
 * Webmail signs in for everybody, so no habit of a person can be read from its address.  Two things
 * give it away: each sign-in that Roundcube's own log states goes with an IMAP sign-in of the same
 * account from there within the same seconds; and, of an address near the mail host, nearly all
 * sign-ins lie within somebody's webmail requests, while other people's do not.
 */
#include "known.h"

/* A webmail request lasts this long at most, and access lines bear its last second. */
#define REQUEST_US (3 * CLOCK_SECOND)

enum {
	STATED_LEAST = 2,  /* chance does it once */
	MATCHED_LEAST = 8, /* requests */
	OTHERS_LEAST = 8,  /* sign-ins from elsewhere that say how often chance does it */
};

bool facts_is_web_host(const struct facts *f, const struct address *ip)
{
	for (size_t i = 0; i < f->web_host_count; i++)
		if (address_eq(&f->web_hosts[i], ip))
			return true;
	return false;
}

static void recognise(struct facts *f, const struct address *ip)
{
	if (f->web_host_count < WEB_HOSTS_MOST && !facts_is_web_host(f, ip))
		f->web_hosts[f->web_host_count++] = *ip;
}

static struct web_host *candidate(struct facts *f, const struct address *ip, bool make)
{
	slice key = {(const char *)ip->b, 16};
	return make ? table_put(&f->hosts, key, NULL) : table_get(&f->hosts, key);
}

/* Within the house: a private address, or one beside the mail host's own. */
static bool is_near(const struct event *e, const struct address *ip)
{
	const struct address *server = event_get_address(e, F_DESTINATION_IP);
	unsigned bits = address_is_v4(ip) ? 120 : 64;
	if (address_is_private(ip))
		return true;
	if (!server || address_is_v4(server) != address_is_v4(ip))
		return false;
	struct address a = address_mask(*ip, bits), b = address_mask(*server, bits);
	return address_eq(&a, &b);
}

void web_host_login(struct facts *f, const struct event *e, slice account, const struct address *ip,
		    int64_t now)
{
	struct remote_login *r = &f->remote[f->remote_at++ % REMOTE_RING];
	*r = (struct remote_login){.us = now,
				   .account = hash_bytes(account.at, account.len),
				   .ip = *ip,
				   .near = is_near(e, ip)};
	struct web_host *h = r->near ? candidate(f, ip, false) : NULL;
	if (h)
		h->logins++;
	f->remote_logins++;
}

/* Every sign-in at the webmail is followed by one of the same account from the webmail's host. */
void web_host_stated(struct facts *f, slice account, const struct address *client, int64_t now)
{
	uint64_t hash = hash_bytes(account.at, account.len);
	size_t n = f->remote_at < REMOTE_RING ? f->remote_at : REMOTE_RING;
	f->statements++;
	for (size_t i = 1; i <= n; i++) {
		const struct remote_login *r = &f->remote[(f->remote_at - i) % REMOTE_RING];
		if (r->us < now - REQUEST_US)
			break;
		if (r->account != hash || address_eq(&r->ip, client) || r->us > now + CLOCK_SECOND)
			continue;
		struct web_host *h = candidate(f, &r->ip, true);
		if (!h->stated)
			h->statements = f->statements - 1;
		h->stated++;
		if (h->stated >= STATED_LEAST && h->stated * 2 > f->statements - h->statements)
			recognise(f, &r->ip);
		break;
	}
}

/* Nearly all of its sign-ins lie within requests, and far more than of those from elsewhere. */
static bool is_explained(const struct facts *f, const struct web_host *h)
{
	uint32_t others = f->remote_logins - h->logins, by_chance = f->remote_matched - h->matched;
	return h->matched >= MATCHED_LEAST && h->matched * 10 >= h->logins * 9 &&
	       others >= OTHERS_LEAST && by_chance * 3 <= others;
}

void web_host_request(struct facts *f, const struct address *client, int64_t now)
{
	size_t n = f->remote_at < REMOTE_RING ? f->remote_at : REMOTE_RING;
	for (size_t i = 1; i <= n; i++) {
		struct remote_login *r = &f->remote[(f->remote_at - i) % REMOTE_RING];
		if (r->us < now - REQUEST_US)
			break;
		if (r->matched || r->us >= now + CLOCK_SECOND || address_eq(&r->ip, client))
			continue;
		r->matched = true;
		f->remote_matched++;
		if (!r->near)
			continue;
		struct web_host *h = candidate(f, &r->ip, true);
		h->logins += !h->logins;
		h->matched++;
		if (is_explained(f, h))
			recognise(f, &r->ip);
	}
}
