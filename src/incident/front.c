/*
 * front.c - addresses by which Microsoft's own machines stand before Exchange Online.
 *
 * A record of the tenant may name one of them instead of the client behind it, as after a proxied
 * request.  Then it is nobody's place: what was done is proven, from where it was done is not.
 * The list is the row "Exchange Online" of "Microsoft 365 URLs and IP address ranges"
 * (learn.microsoft.com/microsoft-365/enterprise/urls-and-ip-address-ranges).
 */
#include "inquiry.h"

static const char *const fronts[] = {
    "13.107.6.152/31",   "13.107.18.10/31",   "13.107.128.0/22",   "23.103.160.0/20",
    "40.96.0.0/13",      "40.104.0.0/15",     "52.96.0.0/14",      "131.253.33.215/32",
    "132.245.0.0/16",    "150.171.32.0/22",   "204.79.197.215/32", "2603:1006::/40",
    "2603:1016::/36",    "2603:1026::/36",    "2603:1036::/36",    "2603:1046::/36",
    "2603:1056::/36",    "2620:1ec:4::/48",   "2620:1ec:c::/48",   "2620:1ec:d::/48",
    "2620:1ec:8f0::/46", "2620:1ec:900::/46", "2620:1ec:a92::/48",
};

bool is_front(const struct group *g, const struct address *ip)
{
	struct cidr net;
	for (size_t i = 0; g->tenant && i < sizeof fronts / sizeof *fronts; i++)
		if (cidr_parse(slice_of(fronts[i]), &net) && cidr_holds(&net, ip))
			return true;
	return false;
}
