/*
 * listen.h - sockets that wait for others: on an address of this host, or at a path.
 *
 * Both come close-on-exec, not blocking, and bound; of SOCK_STREAM they listen, with so many that
 * may wait as the kernel allows.  -1 and errno, which listen_why() puts in words.
 */
#ifndef TOCSIN_LISTEN_H
#define TOCSIN_LISTEN_H

#include "address.h"

/* IPv4 by a socket of IPv4, for a host may be without IPv6; one on [::] takes both. */
int listen_inet(const struct address *a, uint16_t port, int type);
/* At "127.0.0.1:4001" or "[::1]:4001", an address of the host itself, of SOCK_STREAM; EINVAL where
 * it is none. */
int listen_here(slice where);
/*
 * At a path, for everybody to connect (0666): who may enter the folder decides.  A socket that
 * nobody holds any more is replaced, as a kill -9 leaves it; one that somebody holds (EADDRINUSE),
 * and anything else (EEXIST), is left alone.  The path has room in a sockaddr_un: 107 bytes.
 */
int listen_local(const char *path, int type);
const char *listen_why(int error);

#endif
