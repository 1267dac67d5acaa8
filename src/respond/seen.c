/* seen.c - logs walked for one intruder. */
#include "respond/respond.h"

const char *const seen_names[SEEN_LAYERS] = {"sign-in", "mail", "webmail", "submission", "filter"};

struct watching {
	const struct response *p;
	struct street *street;
	struct seen *s;
};

/* What an action of an event means, if the server did what was asked. */
static const struct {
	enum action action;
	enum seen_layer layer;
} layer_of[] = {
    {ACT_LOGIN, SEEN_SIGN_IN},     {ACT_SESSION_END, SEEN_MAIL},
    {ACT_MAIL_OPENED, SEEN_MAIL},  {ACT_IMAP, SEEN_MAIL},
    {ACT_POP3, SEEN_MAIL},         {ACT_HTTP, SEEN_WEBMAIL},
    {ACT_MAIL_SENT, SEEN_WEBMAIL}, {ACT_SMTP_CLIENT, SEEN_SUBMISSION},
    {ACT_REDIRECT, SEEN_FILTER},
};
enum { ROWS = sizeof layer_of / sizeof *layer_of };

static bool is_accepted(const struct event *e)
{
	enum { REFUSED = 400 };
	if (e->action == ACT_LOGIN)
		return e->outcome == OUT_SUCCESS;
	if (e->action == ACT_SESSION_END)
		return event_get_number(e, F_DESTINATION_BYTES, 0) > 0;
	if (e->action == ACT_HTTP)
		return event_has(e, F_WEB_TASK) &&
		       event_get_number(e, F_STATUS, REFUSED) < REFUSED &&
		       !slice_eq(event_get(e, F_WEB_TASK), SLICE("login"));
	return e->outcome != OUT_FAILURE;
}

static bool is_of_account(const struct response *p, const struct event *e)
{
	slice user = event_get(e, F_USER);
	for (size_t i = 0; user.len && i < p->accounts.len; i++)
		if (user.len == p->accounts.at[i].len &&
		    strncasecmp(user.at, p->accounts.at[i].at, user.len) == 0)
			return true;
	return false;
}

static bool is_from_source(const struct response *p, const struct event *e)
{
	const struct address *ip = event_get_address(e, F_SOURCE_IP);
	for (size_t i = 0; ip && i < p->sources.len; i++)
		if (address_eq(ip, &p->sources.at[i]))
			return true;
	return false;
}

static void keep(struct watching *w, enum seen_layer layer, const struct event *e, int64_t now)
{
	const struct address *ip = event_get_address(e, F_SOURCE_IP);
	slice user = event_get(e, F_USER);
	w->s->layers[layer].last_us = now;
	if (layer != SEEN_WEBMAIL && now > w->s->last_us)
		w->s->last_us = now;
	w->s->layers[layer].account = arena_copy(&w->s->arena, user);
	w->s->layers[layer].path = slice_of(street_path(w->street, e->place.input));
	w->s->layers[layer].line = e->place.line;
	w->s->layers[layer].has_source = ip != NULL;
	if (ip)
		w->s->layers[layer].source = *ip;
}

static void on_event(void *ctx, struct event *e)
{
	struct watching *w = ctx;
	int64_t now = event_get_number(e, F_TIME, CLOCK_NONE);
	if (now == CLOCK_NONE)
		return;
	if (now > w->s->logs_end_us)
		w->s->logs_end_us = now;
	for (size_t i = 0; i < ROWS; i++)
		if (layer_of[i].action == e->action && is_accepted(e) &&
		    (is_from_source(w->p, e) || is_of_account(w->p, e)))
			keep(w, layer_of[i].layer, e, now);
}

static void keep_paths(struct seen *s)
{
	for (int i = 0; i < SEEN_LAYERS; i++)
		s->layers[i].path = arena_copy(&s->arena, s->layers[i].path);
}

bool respond_seen(const struct response *p, const char *const *paths, size_t n, input_note *note,
		  struct seen *s)
{
	struct street_options o = {0};
	*s = (struct seen){.last_us = CLOCK_NONE, .logs_end_us = CLOCK_NONE};
	for (int i = 0; i < SEEN_LAYERS; i++)
		s->layers[i].last_us = CLOCK_NONE;
	struct watching w = {p, street_open(paths, n, &o, note, NULL), s};
	street_walk(w.street, CLOCK_NONE, INT64_MAX, on_event, &w);
	bool fine = street_inputs(w.street) > 0 && s->logs_end_us != CLOCK_NONE;
	keep_paths(s);
	street_close(&w.street);
	return fine;
}

void respond_seen_free(struct seen *s)
{
	arena_free(&s->arena);
}
