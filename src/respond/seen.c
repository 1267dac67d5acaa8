/*
 * seen.c - logs walked for one intruder, and for how far each of them can speak.
 *
 * A log that ends before the last step, or is not there at all, does not say that he is out.  So
 * each layer has the sources that ever spoke of it: a format on a host.  A source reaches as far as
 * the newest record of it, or of the input in which it was met last: a daemon may be quiet where
 * others write to the same file.
 */
#include "respond/respond.h"

#include "base/table.h"

#include <stdio.h>

const char *const seen_names[SEEN_LAYERS] = {"sign-in",    "mail",   "webmail",
					     "submission", "filter", "tenant"};
/* What levers call it. */
static const char *const lever_layers[SEEN_LAYERS] = {"sign-in",    "imap",   "webmail",
						      "submission", "filter", "tenant"};

enum { SOURCES_MOST = 4096, KEY_MOST = 320, HIS_DAYS = 30 };

struct log_source {
	int64_t reach_us;
	uint32_t input;              /* where it was met last */
	unsigned layers;             /* bits: it speaks of them */
	int64_t his_us[SEEN_LAYERS]; /* the newest that was accepted; 0: none */
};

struct watching {
	const struct response *p;
	struct street *street;
	struct seen *s;
	struct table sources;
	LIST(int64_t) inputs; /* the newest record of each */
};

/* What an action of an event means, if the server did what was asked; `tells`: only that there is a
 * log of the layer. */
static const struct layer_row {
	enum action action;
	enum seen_layer layer;
	bool tells;
} layer_of[] = {{ACT_LOGIN, SEEN_SIGN_IN, false},
		{ACT_AUTH_CHECK, SEEN_SIGN_IN, true},
		{ACT_LOGIN_NONE, SEEN_SIGN_IN, true},
		{ACT_SESSION_END, SEEN_MAIL, false},
		{ACT_MAIL_OPENED, SEEN_MAIL, false},
		{ACT_IMAP, SEEN_MAIL, false},
		{ACT_POP3, SEEN_MAIL, false},
		{ACT_MAIL_COPY, SEEN_MAIL, false},
		{ACT_MAIL_DELETE, SEEN_MAIL, false},
		{ACT_MAIL_EXPUNGE, SEEN_MAIL, false},
		{ACT_MAIL_ACCESS, SEEN_MAIL, false},
		{ACT_MAIL_SEARCH, SEEN_MAIL, false},
		{ACT_MAIL_EXPORT, SEEN_MAIL, false},
		{ACT_CLOUD_FILE_OPEN, SEEN_MAIL, false},
		{ACT_CLOUD_FILE_GET, SEEN_MAIL, false},
		{ACT_CLOUD_FILE_SHARE, SEEN_MAIL, false},
		{ACT_HTTP, SEEN_WEBMAIL, false},
		{ACT_MAIL_SENT, SEEN_WEBMAIL, false},
		{ACT_SMTP_CLIENT, SEEN_SUBMISSION, false},
		{ACT_SMTP_QUEUE, SEEN_SUBMISSION, true},
		{ACT_SMTP_DELIVER, SEEN_SUBMISSION, true},
		{ACT_REDIRECT, SEEN_FILTER, false},
		{ACT_SCRIPT_SAVE, SEEN_FILTER, false},
		{ACT_SCRIPT_ACTIVATE, SEEN_FILTER, false},
		{ACT_MAIL_RULE, SEEN_FILTER, false},
		{ACT_MAIL_FORWARDING, SEEN_FILTER, false},
		{ACT_DELIVERY, SEEN_FILTER, true},
		{ACT_SIEVE, SEEN_FILTER, true},
		{ACT_APP_CONSENT, SEEN_SIGN_IN, false}};
enum { ROWS = sizeof layer_of / sizeof *layer_of };

/* A tenant is one layer, whatever is done there; a sign-in that webmail writes down itself speaks
 * of no other door. */
static enum seen_layer layer_in(const struct layer_row *row, const struct event *e)
{
	if (slice_eq(event_get(e, F_MODULE), SLICE("m365")))
		return SEEN_TENANT;
	bool web = row->layer == SEEN_SIGN_IN && slice_eq(event_get(e, F_PROTOCOL), SLICE("http"));
	return web ? SEEN_WEBMAIL : row->layer;
}

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
	if (e->action != ACT_HTTP && now > w->s->last_us)
		w->s->last_us = now;
	w->s->layers[layer].account = arena_copy(&w->s->arena, user);
	w->s->layers[layer].path = slice_of(street_path(w->street, e->place.input));
	w->s->layers[layer].line = e->place.line;
	w->s->layers[layer].has_source = ip != NULL;
	if (ip)
		w->s->layers[layer].source = *ip;
}

/* --- sources --- */

static struct log_source *source_of(struct watching *w, const struct event *e, int64_t now)
{
	char key[KEY_MOST];
	slice module = slice_first(event_get(e, F_MODULE), 60), host = event_get(e, F_HOST);
	int n = snprintf(key, sizeof key, "%.*s %.*s", (int)module.len, module.at ? module.at : "",
			 (int)slice_first(host, 250).len, host.at ? host.at : "");
	struct log_source *from = table_put(&w->sources, (slice){key, (size_t)n}, NULL);
	if (now > from->reach_us)
		from->reach_us = now;
	from->input = e->place.input;
	while (w->inputs.len <= e->place.input)
		*list_add(&w->inputs) = 0;
	if (now > w->inputs.at[e->place.input])
		w->inputs.at[e->place.input] = now;
	return from;
}

/* A web server's log is webmail's if it has requests of one. */
static bool speaks_of(const struct layer_row *row, const struct event *e)
{
	return row->action == e->action && (e->action != ACT_HTTP || event_has(e, F_WEB_TASK));
}

static void on_event(void *ctx, struct event *e)
{
	struct watching *w = ctx;
	int64_t now = event_get_number(e, F_TIME, CLOCK_NONE);
	if (now == CLOCK_NONE)
		return;
	if (now > w->s->logs_end_us)
		w->s->logs_end_us = now;
	struct log_source *from = source_of(w, e, now);
	for (size_t i = 0; i < ROWS; i++) {
		if (!speaks_of(&layer_of[i], e))
			continue;
		enum seen_layer layer = layer_in(&layer_of[i], e);
		from->layers |= 1u << layer;
		if (layer_of[i].tells || !is_accepted(e) ||
		    (!is_from_source(w->p, e) && !is_of_account(w->p, e)))
			continue;
		from->his_us[layer] = now;
		keep(w, layer, e, now);
	}
}

/* The least that his own sources reach; of a layer in which he was never seen, the most that any
 * does. */
static int64_t reach_of(const struct watching *w, int layer)
{
	int64_t his = INT64_MAX, any = CLOCK_NONE;
	for (const struct log_source *s = NULL;
	     (s = table_next(&w->sources, (void *)(uintptr_t)s));) {
		int64_t input = w->inputs.at[s->input];
		int64_t reach = input > s->reach_us ? input : s->reach_us;
		if (!(s->layers >> layer & 1))
			continue;
		any = reach > any ? reach : any;
		if (s->his_us[layer] > w->s->logs_end_us - HIS_DAYS * CLOCK_DAY && reach < his)
			his = reach;
	}
	return his == INT64_MAX ? any : his;
}

/* Is there a step on it in the plan? */
static bool is_asked(const struct response *p, int layer)
{
	for (size_t i = 0; i < p->actions.len; i++) {
		const struct respond_action *a = &p->actions.at[i];
		if (a->state != ACTION_UNDONE && (!a->refused.len || a->in_force) &&
		    slice_eq(a->layer, slice_of(lever_layers[layer])))
			return true;
	}
	return false;
}

static void measure_reach(struct watching *w)
{
	for (int i = 0; i < SEEN_LAYERS; i++) {
		w->s->layers[i].reach_us = reach_of(w, i);
		w->s->layers[i].asked = is_asked(w->p, i);
	}
	/* what webmail hands out it fetches with a sign-in */
	if (w->s->layers[SEEN_WEBMAIL].reach_us < w->s->layers[SEEN_SIGN_IN].reach_us)
		w->s->layers[SEEN_WEBMAIL].reach_us = w->s->layers[SEEN_SIGN_IN].reach_us;
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
	table_init(&w.sources, sizeof(struct log_source), SOURCES_MOST);
	street_walk(w.street, CLOCK_NONE, INT64_MAX, on_event, &w);
	bool fine = street_inputs(w.street) > 0 && s->logs_end_us != CLOCK_NONE;
	keep_paths(s);
	measure_reach(&w);
	street_close(&w.street);
	table_free(&w.sources);
	list_free(&w.inputs);
	return fine;
}

void respond_seen_free(struct seen *s)
{
	arena_free(&s->arena);
}
