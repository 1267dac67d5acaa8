/* ask.c - a site asked by libcurl whether it is off; nothing is followed, and no certificate
 * believed: what is asked for is a status, and nothing is sent. */
#include "respond/ask.h"

#include <curl/curl.h>
#include <stdio.h>

enum { ASK_S = 5, UNAVAILABLE = 503, SENT_ON = 300, SENT_ON_END = 400 };
static const char *const schemes[] = {"https", "http"};
enum { SCHEMES = sizeof schemes / sizeof *schemes };

static size_t drop(char *from, size_t size, size_t n, void *ctx)
{
	return size * n;
}

static struct site_answer answer_of(CURL *c)
{
	struct site_answer a = {0};
	curl_off_t after = 0;
	const char *next = NULL;
	curl_easy_perform(c);
	curl_easy_getinfo(c, CURLINFO_RESPONSE_CODE, &a.status);
	curl_easy_getinfo(c, CURLINFO_RETRY_AFTER, &after);
	curl_easy_getinfo(c, CURLINFO_REDIRECT_URL, &next);
	a.retry_after = after > 0;
	a.to_https = a.status >= SENT_ON && a.status < SENT_ON_END && next &&
		     slice_starts(slice_of(next), SLICE("https://"));
	return a;
}

static struct site_answer ask_once(const char *url, bool here)
{
	struct site_answer a = {0};
	struct curl_slist *to = here ? curl_slist_append(NULL, "::127.0.0.1:") : NULL;
	CURL *c = curl_easy_init();
	if (c) {
		curl_easy_setopt(c, CURLOPT_URL, url);
		curl_easy_setopt(c, CURLOPT_CONNECT_TO, to);
		curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "https,http");
		curl_easy_setopt(c, CURLOPT_PROXY, "");
		curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
		curl_easy_setopt(c, CURLOPT_TIMEOUT, (long)ASK_S);
		curl_easy_setopt(c, CURLOPT_SSL_VERIFYPEER, 0L);
		curl_easy_setopt(c, CURLOPT_SSL_VERIFYHOST, 0L);
		curl_easy_setopt(c, CURLOPT_USERAGENT, "tocsin/" TOCSIN_VERSION);
		curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, drop);
		a = answer_of(c);
		curl_easy_cleanup(c);
	}
	curl_slist_free_all(to);
	return a;
}

/* Does anybody answer? */
static bool ask_all(struct work *w, slice name, bool here, struct site_answer all[SCHEMES])
{
	bool any = false;
	for (size_t i = 0; i < SCHEMES; i++) {
		slice url =
		    arena_format(w->arena, "%s://%.*s/", schemes[i], (int)name.len, name.at);
		all[i] = ask_once(arena_text(w->arena, url), here);
		any = any || all[i].status;
	}
	return any;
}

enum closed ask_judge(const struct site_answer *at, size_t n)
{
	bool off = false, https_answers = n && !at[0].to_https && at[0].status;
	for (size_t i = 0; i < n; i++) {
		const struct site_answer *a = &at[i];
		if (!a->status || (a->to_https && https_answers))
			continue;
		if (a->status != UNAVAILABLE && !a->to_https)
			return CLOSED_NO;
		off = off || (a->status == UNAVAILABLE && a->retry_after);
	}
	return off ? CLOSED_YES : CLOSED_UNKNOWN;
}

enum closed ask_site(struct work *w, slice name, struct out *how)
{
	struct site_answer all[SCHEMES];
	if (!ask_all(w, name, true, all))
		ask_all(w, name, false, all);
	for (size_t i = 0; i < SCHEMES; i++)
		if (all[i].status)
			out_format(how, "%s%s answers %ld%s", how->len ? ", " : "", schemes[i],
				   all[i].status, all[i].retry_after ? " with Retry-After" : "");
	enum closed c = ask_judge(all, SCHEMES);
	if (c == CLOSED_UNKNOWN)
		work_fail(w, "%s%.*s",
			  how->len ? "what the site answers is not from this step: "
				   : "the site answers neither by https nor by http",
			  (int)how->len, how->at ? how->at : "");
	return c;
}
