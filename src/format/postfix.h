/* postfix.h - the readers of postfix_read.c, as the tables of postfix.c name them. */
#ifndef TOCSIN_FORMAT_POSTFIX_H
#define TOCSIN_FORMAT_POSTFIX_H

#include "format/part.h"

/*
 * Gets what follows the words that tell the kind of a line; false if that is malformed or cut off.
 */
typedef bool postfix_reader(slice rest, struct event *e);

postfix_reader postfix_read_action, postfix_read_any, postfix_read_client, postfix_read_content,
    postfix_read_delivery, postfix_read_disconnect, postfix_read_endpoint, postfix_read_endpoints,
    postfix_read_from, postfix_read_from_end, postfix_read_hop, postfix_read_listed,
    postfix_read_mail_client, postfix_read_message_id, postfix_read_nothing, postfix_read_pickup,
    postfix_read_proxied, postfix_read_queued, postfix_read_reason, postfix_read_stage,
    postfix_read_statistics, postfix_read_tls, postfix_read_unresolved, postfix_read_warned_client;

#endif
