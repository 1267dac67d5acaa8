/*
 * graph.h - for the files of this room alone: Microsoft Graph, asked with a token that somebody
 * else obtained.
 *
 * STATE/graph.yml:
 *	base: https://graph.microsoft.com/v1.0     # a national cloud has another
 *	token: /etc/tocsin/graph.token             # a file with the access token, for root alone
 *
 * Bounded: an answer of 8 MB, five tries, a minute of waiting in all.  429 and 503 are asked again
 * after Retry-After (learn.microsoft.com/graph/throttling), so are 500, 502, 504, a time-out and an
 * answer that was cut; what is done by POST is not, for it may have been
 * done: whoever asks looks first what is there.
 */
#ifndef TOCSIN_RESPOND_GRAPH_H
#define TOCSIN_RESPOND_GRAPH_H

#include "respond/lever.h"

#include <jansson.h>

struct graph {
	slice base, token;
};

/* False with w->why: not configured, or not as it must be. */
bool graph_open(struct work *w, struct graph *g);
bool graph_read(struct work *w, slice yaml, slice *base, slice *token_path);
bool graph_is_there(struct work *w); /* is there a graph.yml at all? */

enum graph_verb { GRAPH_GET, GRAPH_PATCH, GRAPH_POST /* is not repeated */, GRAPH_DELETE };
/* `path` behind the base; `body` may be NULL, and is not kept.  HTTP status 200 to 299, or 404;
 * anything else is a failure: 0 with w->why.  *said: the answer's JSON, or NULL; the caller's. */
long graph_ask(struct work *w, const struct graph *g, enum graph_verb verb, slice path,
	       json_t *body, json_t **said);
/* All pages of a list: an array of the caller's; NULL with w->why.  404: an empty one. */
json_t *graph_list(struct work *w, const struct graph *g, slice path);
/* What is asked of the envoy (others.h): looking, and what shuts; never what opens, or makes. */
long graph_serve(struct work *w, const struct graph *g, enum graph_verb verb, slice *said);
/* "/users/NAME" and what follows, the name encoded. */
slice graph_user(struct work *w, const char *tail);
slice graph_encoded(struct work *w, const char *text);

#endif
