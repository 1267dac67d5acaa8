/* graph.c - Microsoft Graph by libcurl: a token from a file, again where that helps, never for
 * long. */
#include "respond/graph.h"
#include "respond/others.h"
#include "settings/settings.h"

#include <ctype.h>
#include <curl/curl.h>
#include <errno.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/stat.h>
#include <time.h>

#define GRAPH_BASE "https://graph.microsoft.com/v1.0"
enum {
	ANSWER_MOST = 8 << 20,
	TRIES_MOST = 5,
	WAIT_MS_MOST = 60000,
	CONNECT_S = 10,
	WHOLE_S = 20,
	PAGES_MOST = 100,
	NEXT_MOST = 8192,
	TOKEN_MOST = 16384,
};

/* --- where and with what --- */

struct reading_graph {
	struct work *w;
	struct settings *s;
	slice *base, *token;
};

static bool on_graph_key(void *ctx, slice key, struct fy_node *key_node, struct fy_node *value)
{
	struct reading_graph *x = ctx;
	slice *to = slice_eq(key, SLICE("base"))    ? x->base
		    : slice_eq(key, SLICE("token")) ? x->token
						    : NULL;
	if (!to)
		return settings_wrong(x->s, key_node, "there is no \"%.*s\"; base and token are",
				      (int)slice_first(key, 40).len, key.at);
	*to = arena_copy(x->w->arena, settings_text(value));
	return to->len || settings_wrong(x->s, value, "a text is wanted");
}

/* The token travels to this host alone, and not in clear but within this one. */
static bool is_base(slice base)
{
	static const slice near[] = {SLICE_INIT("http://127.0.0.1"), SLICE_INIT("http://localhost"),
				     SLICE_INIT("http://[::1]")};
	if (slice_find(base, '@') < base.len) /* http://localhost:80@elsewhere */
		return false;
	if (slice_starts(base, SLICE("https://")) && base.len > 8)
		return true;
	for (size_t i = 0; i < sizeof near / sizeof *near; i++)
		if (slice_starts(base, near[i]) &&
		    (base.len == near[i].len || strchr(":/", base.at[near[i].len])))
			return true;
	return false;
}

bool graph_read(struct work *w, slice yaml, slice *base, slice *token_path)
{
	struct reading_graph x = {.w = w, .base = base, .token = token_path};
	*base = SLICE(GRAPH_BASE);
	*token_path = (slice){0};
	x.s = settings_open(yaml, w->why, sizeof w->why);
	bool fine = x.s && settings_each(x.s, settings_root(x.s), on_graph_key, &x);
	settings_close(&x.s);
	while (base->len && base->at[base->len - 1] == '/')
		base->len--;
	if (!fine)
		return false;
	if (!is_base(*base))
		return work_fail(w, "line 1: base: the token goes by https:// alone, or to this "
				    "host itself");
	return token_path->len || work_fail(w, "line 1: token: the file with the token is wanted");
}

static char *graph_yml(struct work *w)
{
	return arena_text(w->arena, arena_format(w->arena, "%s/graph.yml", w->state_dir));
}

bool graph_is_there(struct work *w)
{
	return w->state_dir && file_exists(graph_yml(w));
}

static bool read_token(struct work *w, slice path, slice *token)
{
	char *file = arena_text(w->arena, path);
	struct stat st;
	if (stat(file, &st) != 0 || !file_read(w, file, token))
		return work_fail(w, "the token of Microsoft Graph: %s: %s", file, strerror(errno));
	if (st.st_mode & (S_IRWXG | S_IRWXO))
		return work_fail(w, "others may read the token of Microsoft Graph: chmod 600 %s",
				 file);
	*token = slice_trim(*token);
	for (size_t i = 0; i < token->len; i++)
		if (token->at[i] <= ' ' || token->at[i] > '~')
			return work_fail(w, "%s holds more than a token", file);
	return (token->len > 0 && token->len <= TOKEN_MOST) ||
	       work_fail(w, "%s holds no token", file);
}

bool graph_open(struct work *w, struct graph *g)
{
	slice yaml, path;
	char *file = graph_yml(w), why[sizeof w->why];
	*g = w->graph ? *w->graph : (struct graph){0};
	if (w->graph)
		return true;
	if (!file_read(w, file, &yaml))
		return work_fail(w, "no way to Microsoft Graph is configured: %s: %s", file,
				 strerror(errno));
	if (graph_read(w, yaml, &g->base, &path))
		return others_do(w) || read_token(w, path, &g->token);
	memcpy(why, w->why, sizeof why);
	return work_fail(w, "%s: %.300s", file, why);
}

/* --- one request --- */

static const char *const verb_names[] = {"GET", "PATCH", "POST", "DELETE"};

struct exchange {
	struct out answer;
	bool too_long;
	long status, retry_after_s;
	char error[CURL_ERROR_SIZE];
};

static size_t take_answer(char *from, size_t size, size_t n, void *ctx)
{
	struct exchange *x = ctx;
	if (x->answer.len + size * n > ANSWER_MOST) {
		x->too_long = true;
		return 0;
	}
	out_slice(&x->answer, (slice){from, size * n});
	return size * n;
}

static struct curl_slist *heads_of(struct work *w, const struct graph *g, bool body)
{
	struct curl_slist *heads = curl_slist_append(NULL, "Accept: application/json");
	slice bearer =
	    arena_format(w->arena, "Authorization: Bearer %.*s", (int)g->token.len, g->token.at);
	heads = curl_slist_append(heads, arena_text(w->arena, bearer));
	return body ? curl_slist_append(heads, "Content-Type: application/json") : heads;
}

static CURLcode exchange_once(struct work *w, const struct graph *g, enum graph_verb verb,
			      const char *url, const char *body, struct exchange *x)
{
	curl_off_t after = 0;
	CURL *c = curl_easy_init();
	if (!c)
		return CURLE_OUT_OF_MEMORY;
	struct curl_slist *heads = heads_of(w, g, body != NULL);
	curl_easy_setopt(c, CURLOPT_URL, url);
	curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "https,http");
	curl_easy_setopt(c, CURLOPT_ERRORBUFFER, x->error);
	curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT, (long)CONNECT_S);
	curl_easy_setopt(c, CURLOPT_TIMEOUT, (long)WHOLE_S);
	curl_easy_setopt(c, CURLOPT_USERAGENT, "tocsin/" TOCSIN_VERSION);
	curl_easy_setopt(c, CURLOPT_HTTPHEADER, heads);
	curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, take_answer);
	curl_easy_setopt(c, CURLOPT_WRITEDATA, x);
	curl_easy_setopt(c, CURLOPT_CUSTOMREQUEST, verb_names[verb]);
	if (body || verb == GRAPH_POST)
		curl_easy_setopt(c, CURLOPT_POSTFIELDS, body ? body : "");
	CURLcode done = curl_easy_perform(c);
	curl_easy_getinfo(c, CURLINFO_RESPONSE_CODE, &x->status);
	curl_easy_getinfo(c, CURLINFO_RETRY_AFTER, &after);
	x->retry_after_s = after > WAIT_MS_MOST / 1000 ? WAIT_MS_MOST / 1000 + 1 : (long)after;
	curl_slist_free_all(heads);
	curl_easy_cleanup(c);
	return done;
}

/* --- again? --- */

/* What was not looked at may be asked again; what may have been done, only if twice is once. */
static bool is_worth_another(enum graph_verb verb, CURLcode done, const struct exchange *x)
{
	enum { TOO_MANY = 429, BUSY = 503, FAULTS = 500 };
	if (x->too_long)
		return false;
	if (done == CURLE_OK && (x->status == TOO_MANY || x->status == BUSY))
		return true;
	if (verb == GRAPH_POST)
		return done == CURLE_COULDNT_CONNECT || done == CURLE_COULDNT_RESOLVE_HOST;
	return done != CURLE_OK || x->status >= FAULTS;
}

static void sleep_ms(long ms)
{
	struct timespec t = {ms / 1000, ms % 1000 * 1000000};
	while (nanosleep(&t, &t) != 0 && errno == EINTR)
		;
}

/* --- what was answered --- */

/* {"error":{"code":"..","message":".."}} */
static slice error_of(struct work *w, slice answer)
{
	json_t *root = json_loadb(answer.at ? answer.at : "", answer.len, 0, NULL);
	const json_t *error = json_object_get(root, "error");
	const char *code = json_string_value(json_object_get(error, "code"));
	const char *message = json_string_value(json_object_get(error, "message"));
	slice said = arena_format(w->arena, "%.60s%s%.200s", code ? code : "",
				  code && message ? ": " : "", message ? message : "");
	json_decref(root);
	return said;
}

static const struct {
	long status;
	const char *remedy;
} remedies[] = {
    {401, "the token is refused: it has expired, or is another tenant's; write a new one"},
    {403, "the token may not do this: User.ReadWrite.All, User.RevokeSessions.All, "
	  "MailboxSettings.ReadWrite, DelegatedPermissionGrant.ReadWrite.All and "
	  "AppRoleAssignment.ReadWrite.All are needed"},
    {429, "it asks to come later; apply again then"},
};

static long answered_badly(struct work *w, enum graph_verb verb, slice path, CURLcode done,
			   const struct exchange *x)
{
	const char *remedy = "";
	for (size_t i = 0; i < sizeof remedies / sizeof *remedies; i++)
		if (remedies[i].status == x->status)
			remedy = remedies[i].remedy;
	slice said = error_of(w, (slice){x->answer.at, x->answer.len});
	if (x->too_long)
		work_fail(w, "Microsoft Graph, %s %.*s: an answer of more than %d MB",
			  verb_names[verb], (int)path.len, path.at, ANSWER_MOST >> 20);
	else if (done != CURLE_OK)
		work_fail(w, "Microsoft Graph, %s %.*s: %s%s", verb_names[verb], (int)path.len,
			  path.at, x->error[0] ? x->error : curl_easy_strerror(done),
			  verb == GRAPH_POST ? "; whether it was done is unknown" : "");
	else
		work_fail(w, "Microsoft Graph, %s %.*s: it answered %ld%s%s%s%.*s",
			  verb_names[verb], (int)slice_first(path, 120).len, path.at, x->status,
			  *remedy ? ": " : "", remedy, said.len ? "; " : "", (int)said.len,
			  said.at);
	return 0;
}

/* Fine is 2xx with JSON or nothing, and 404; *cut: the JSON ends before it should. */
static long answered(const struct exchange *x, json_t **said, bool *cut)
{
	enum { FINE = 200, FINE_END = 300, NOT_THERE = 404 };
	if (x->status == NOT_THERE)
		return NOT_THERE;
	if (x->status < FINE || x->status >= FINE_END)
		return 0;
	*said = x->answer.len ? json_loadb(x->answer.at, x->answer.len, 0, NULL) : NULL;
	*cut = x->answer.len && !*said;
	return *cut ? 0 : x->status;
}

static long ask_url(struct work *w, const struct graph *g, enum graph_verb verb, const char *url,
		    slice path, const char *body, json_t **said)
{
	long waited = 0, wait = 250, status = 0;
	for (int tries = 1;; tries++) {
		struct exchange x = {.answer = {.fd = -1}};
		bool cut = false;
		CURLcode done = exchange_once(w, g, verb, url, body, &x);
		status = done == CURLE_OK ? answered(&x, said, &cut) : 0;
		bool again =
		    !status && (is_worth_another(verb, done, &x) || (cut && verb != GRAPH_POST));
		wait = x.retry_after_s > 0 ? x.retry_after_s * 1000 : wait * 2;
		again = again && tries < TRIES_MOST && waited + wait <= WAIT_MS_MOST;
		if (!status && !again && cut)
			work_fail(w, "Microsoft Graph, %s %.*s: its answer is no JSON, or was cut",
				  verb_names[verb], (int)slice_first(path, 120).len, path.at);
		else if (!status && !again)
			answered_badly(w, verb, path, done, &x);
		out_close(&x.answer);
		if (status || !again)
			return status;
		sleep_ms(wait);
		waited += wait;
	}
}

/* --- by another process --- */

/* A body is no part of what is asked: the envoy knows the one that shuts. */
static bool is_shut(const json_t *body)
{
	return json_object_size(body) == 1 &&
	       json_is_false(json_object_get(body, "accountEnabled"));
}

/* Shapes of paths, a segment without / and ? for each *; a question may follow what is read. */
static const struct {
	enum graph_verb verb;
	const char *shape, *body;
} served[] = {
    {GRAPH_GET, "/users/*", NULL},
    {GRAPH_GET, "/users/*/mailFolders/inbox/messageRules", NULL},
    {GRAPH_GET, "/users/*/oauth2PermissionGrants", NULL},
    {GRAPH_GET, "/users/*/appRoleAssignments", NULL},
    {GRAPH_PATCH, "/users/*", "{\"accountEnabled\":false}"},
    {GRAPH_POST, "/users/*/revokeSignInSessions", NULL},
    {GRAPH_DELETE, "/users/*/mailFolders/inbox/messageRules/*", NULL},
    {GRAPH_DELETE, "/oauth2PermissionGrants/*", NULL},
    {GRAPH_DELETE, "/users/*/appRoleAssignments/*", NULL},
};
enum { SERVED = sizeof served / sizeof *served };

/* Letters, digits, percent signs and what may stand in a segment (RFC 3986, 3.3); no "..". */
static bool is_segment(slice s)
{
	for (size_t i = 0; i < s.len; i++)
		if (!isalnum((unsigned char)s.at[i]) && !memchr("-._~%=@:!$&'()*+,;", s.at[i], 18))
			return false;
	return s.len > 0 && s.at[0] != '.';
}

static bool has_shape(slice path, const char *shape)
{
	slice wanted = slice_of(shape);
	while (wanted.len && path.len) {
		slice a = slice_until(&path, '/'), b = slice_until(&wanted, '/');
		if (slice_eq(b, SLICE("*")) ? !is_segment(a) : !slice_eq(a, b))
			return false;
	}
	return !wanted.len && !path.len;
}

static bool is_query(slice s)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.at[i] <= ' ' || s.at[i] > '~' || s.at[i] == '#')
			return false;
	return true;
}

static size_t served_by(enum graph_verb verb, slice path)
{
	slice before = slice_first(path, slice_find(path, '?')),
	      query = slice_from(path, before.len);
	for (size_t i = 0; i < SERVED; i++)
		if (served[i].verb == verb && has_shape(before, served[i].shape) &&
		    (!query.len || (verb == GRAPH_GET && is_query(query))))
			return i;
	return SERVED;
}

long graph_serve(struct work *w, const struct graph *g, enum graph_verb verb, slice *said)
{
	size_t i = served_by(verb, w->target);
	json_t *answer = NULL;
	if (i == SERVED) {
		work_fail(w, "this is no act of the envoy's; a person does it from a shell");
		return 0;
	}
	slice url = arena_format(w->arena, "%.*s%.*s", (int)g->base.len, g->base.at,
				 (int)w->target.len, w->target.at);
	long status =
	    ask_url(w, g, verb, arena_text(w->arena, url), w->target, served[i].body, &answer);
	char *text = answer ? json_dumps(answer, JSON_COMPACT) : NULL;
	*said = arena_copy(w->arena, slice_of(text));
	free(text);
	json_decref(answer);
	return status;
}

static long ask_envoy(struct work *w, enum graph_verb verb, slice path, const json_t *body,
		      json_t **said)
{
	slice text = {0};
	if (body && !is_shut(body)) {
		work_fail(w, "what opens again, or is made anew, a person does from a shell");
		return 0;
	}
	long status = others_ask(w, (enum other_act)(OTHER_GRAPH_GET + (int)verb), path, &text);
	if (status && said && text.len)
		*said = json_loadb(text.at, text.len, 0, NULL);
	return status;
}

long graph_ask(struct work *w, const struct graph *g, enum graph_verb verb, slice path,
	       json_t *body, json_t **said)
{
	if (said)
		*said = NULL;
	if (others_do(w)) {
		long done = ask_envoy(w, verb, path, body, said);
		json_decref(body);
		return done;
	}
	slice url = arena_format(w->arena, "%.*s%.*s", (int)g->base.len, g->base.at, (int)path.len,
				 path.at);
	char *text = body ? json_dumps(body, JSON_COMPACT) : NULL;
	json_t *answer = NULL;
	json_decref(body);
	long status = ask_url(w, g, verb, arena_text(w->arena, url), path, text, &answer);
	free(text);
	if (said)
		*said = answer;
	else
		json_decref(answer);
	return status;
}

/* The next page has a whole address; the token is sent to none but the base. */
static slice next_path(struct work *w, const struct graph *g, const json_t *page)
{
	const char *next = json_string_value(json_object_get(page, "@odata.nextLink"));
	slice s = slice_of(next);
	if (!next || !slice_starts(s, g->base) || s.len > NEXT_MOST)
		return (slice){0};
	s = slice_from(s, g->base.len);
	return s.len && s.at[0] == '/' ? arena_copy(w->arena, s) : (slice){0};
}

json_t *graph_list(struct work *w, const struct graph *g, slice path)
{
	json_t *all = json_array(), *page = NULL;
	for (int i = 0; path.len; i++) {
		long status = i < PAGES_MOST ? graph_ask(w, g, GRAPH_GET, path, NULL, &page) : 0;
		if (i == PAGES_MOST)
			work_fail(w, "Microsoft Graph: a list of more than %d pages", PAGES_MOST);
		bool elsewhere = json_object_get(page, "@odata.nextLink") != NULL;
		path = next_path(w, g, page);
		if (status && elsewhere && !path.len)
			status = work_fail(w, "Microsoft Graph: the next page lies elsewhere");
		json_array_extend(all, json_object_get(page, "value"));
		json_decref(page);
		page = NULL;
		if (!status)
			return json_decref(all), NULL;
	}
	return all;
}

slice graph_encoded(struct work *w, const char *text)
{
	char *encoded = curl_easy_escape(NULL, text ? text : "", 0);
	slice s = arena_copy(w->arena, slice_of(encoded));
	curl_free(encoded);
	return s;
}

slice graph_user(struct work *w, const char *tail)
{
	slice name = graph_encoded(w, arena_text(w->arena, w->target));
	return arena_format(w->arena, "/users/%.*s%s", (int)name.len, name.at, tail);
}
