/* outbound_server.h - for the files of this room alone: Postfix's connections. */
#ifndef TOCSIN_OUTBOUND_SERVER_H
#define TOCSIN_OUTBOUND_SERVER_H

#include "access/access.h"

#include <sys/socket.h>

struct outbound_server;
/* NULL with a message on stderr. */
struct outbound_server *outbound_serve(const struct outbound_rules *rules, const char *path);
void outbound_end(struct outbound_server **s); /* what is known is kept */
/* For poll(2): readable when there is something to do. */
int outbound_ready(const struct outbound_server *s);
void outbound_work(struct outbound_server *s, int64_t now_us);
/* Now and then: keeps what is known. */
void outbound_keep(struct outbound_server *s);
void outbound_take(struct outbound_server *s, const struct outbound_rules *rules);
uint64_t outbound_asked(const struct outbound_server *s);
uint64_t outbound_stopped(const struct outbound_server *s);

#endif
