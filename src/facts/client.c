/*
 * client.c - which program a User-Agent or an IMAP ID (RFC 2971) names, without its version.
 *
 * Names are their makers' own; the first row whose word occurs is taken.  What no row knows is
 * called by its first word.
 */
#include "known.h"

#include <stdio.h>

static const struct row {
	const char *word, *name; /* name NULL: the word */
	const char *kind;
} rows[] = {
    /* programs of those who move mail, and libraries of those who write their own */
    {"imapsync", NULL, "migration"},
    {"OfflineIMAP", NULL, "migration"},
    {"mbsync", NULL, "migration"},
    {"isync", NULL, "migration"},
    {"dsync", NULL, "migration"},
    {"imapcopy", NULL, "migration"},
    {"HeadlessChrome", NULL, "script"},
    {"PhantomJS", NULL, "script"},
    {"curl", NULL, "script"},
    {"Wget", NULL, "script"},
    {"python", NULL, "script"},
    {"imaplib", NULL, "script"},
    {"aiohttp", NULL, "script"},
    {"httpx", NULL, "script"},
    {"Go-http-client", NULL, "script"},
    {"okhttp", NULL, "script"},
    {"axios", NULL, "script"},
    {"undici", NULL, "script"},
    {"node-fetch", NULL, "script"},
    {"libwww-perl", NULL, "script"},
    {"Mail::IMAPClient", NULL, "script"},
    {"javamail", NULL, "script"},
    {"imapflow", NULL, "script"},
    {"go-imap", NULL, "script"},
    {"MailKit", NULL, "script"},
    /* mail programs */
    {"Thunderbird", NULL, "desktop"},
    {"Betterbird", NULL, "desktop"},
    {"iPhone Mail", NULL, "mobile"},
    {"iPad Mail", NULL, "mobile"},
    {"iOS Mail", NULL, "mobile"},
    {"Mac OS X Mail", NULL, "desktop"},
    {"Outlook-iOS", NULL, "mobile"},
    {"Outlook", NULL, "desktop"},
    {"com.android.email", NULL, "mobile"},
    {"com.samsung.android.email", NULL, "mobile"},
    {"com.google.android.gm", "Gmail on Android", "mobile"},
    {"K-9", NULL, "mobile"},
    {"FairEmail", NULL, "mobile"},
    {"AquaMail", NULL, "mobile"},
    {"Evolution", NULL, "desktop"},
    {"KMail", NULL, "desktop"},
    {"Kontact", NULL, "desktop"},
    {"Geary", NULL, "desktop"},
    {"Claws Mail", NULL, "desktop"},
    {"eM Client", NULL, "desktop"},
    {"NeoMutt", NULL, "desktop"},
    {"Mutt", NULL, "desktop"},
    {"Alpine", NULL, "desktop"},
    {"Roundcube", NULL, "webmail"},
    {"Horde", NULL, "webmail"},
    {"SnappyMail", NULL, "webmail"},
    {"RainLoop", NULL, "webmail"},
    {"SOGo", NULL, "webmail"},
    {"Nextcloud", NULL, "webmail"},
    {"SquirrelMail", NULL, "webmail"},
    /* browsers: most claim to be the others too, so the odd ones come first */
    {"Edg", "Edge", "browser"},
    {"OPR/", "Opera", "browser"},
    {"Vivaldi", NULL, "browser"},
    {"SamsungBrowser", NULL, "browser"},
    {"YaBrowser", NULL, "browser"},
    {"Firefox/", "Firefox", "browser"},
    {"FxiOS", "Firefox", "browser"},
    {"CriOS", "Chrome", "browser"},
    {"Chrome/", "Chrome", "browser"},
    {"Safari/", "Safari", "browser"},
    {"Trident/", "Internet Explorer", "browser"},
};

static const char *const systems[][2] = {
    {"Windows", "Windows"}, {"iPhone", "iPhone"}, {"iPad", "iPad"},   {"Android", "Android"},
    {"Macintosh", "Mac"},   {"CrOS", "ChromeOS"}, {"Linux", "Linux"},
};

enum { ROWS = sizeof rows / sizeof *rows, SYSTEMS = sizeof systems / sizeof *systems };

static uint8_t find_system(slice agent)
{
	uint8_t i = 0;
	while (i < SYSTEMS && slice_search(agent, slice_of(systems[i][0])) == SIZE_MAX)
		i++;
	return i;
}

/* A word with capitals or without: names are written both ways. */
static bool mentions(slice agent, const char *word)
{
	size_t n = strlen(word);
	char first = (char)(word[0] | 0x20);
	for (size_t i = 0; i + n <= agent.len; i++)
		if ((agent.at[i] | 0x20) == first &&
		    slice_eq_nocase((slice){agent.at + i, n}, (slice){word, n}))
			return true;
	return false;
}

static uint8_t find_row(slice agent)
{
	uint8_t i = 0;
	while (i < ROWS && !mentions(agent, rows[i].word))
		i++;
	return i;
}

/* Many have the same program: what its text says is looked for once in a while. */
static const struct agent *agent_of(struct facts *f, slice text)
{
	struct agent *a = &f->agents[hash_bytes(text.at, text.len) % AGENTS_KEPT];
	if (slice_eq((slice){a->text, a->len}, text))
		return a;
	memcpy(a->text, text.at, text.len);
	a->len = (uint16_t)text.len;
	a->row = find_row(text);
	a->system = find_system(text);
	return a;
}

static struct client browser_of(struct facts *f, const char *name, uint8_t system)
{
	struct client c = {slice_of(name), SLICE("browser")};
	if (system == SYSTEMS)
		return c;
	int n =
	    snprintf(f->client_room, sizeof f->client_room, "%s on %s", name, systems[system][1]);
	c.name = (slice){f->client_room, (size_t)n};
	return c;
}

/* Up to the version: a slash, or a space before a digit. */
static slice without_version(slice agent)
{
	size_t n = 0;
	while (n < agent.len && agent.at[n] != '/' &&
	       !(agent.at[n] == ' ' && n + 1 < agent.len && agent.at[n + 1] >= '0' &&
		 agent.at[n + 1] <= '9'))
		n++;
	return slice_first(agent, n < CLIENT_MOST ? n : CLIENT_MOST);
}

struct client client_of(struct facts *f, const struct event *e)
{
	slice text = slice_first(event_get(e, F_USER_AGENT), AGENT_MOST);
	if (!text.len)
		return (struct client){0};
	const struct agent *agent = agent_of(f, text);
	if (agent->row == ROWS)
		return (struct client){.name = without_version(text)};
	const struct row *r = &rows[agent->row];
	const char *name = r->name ? r->name : r->word;
	return strcmp(r->kind, "browser") == 0 ? browser_of(f, name, agent->system)
					       : (struct client){slice_of(name), slice_of(r->kind)};
}

slice client_kind(slice text)
{
	for (size_t i = 0; i < ROWS; i++)
		if (slice_eq(slice_of(rows[i].kind), text))
			return slice_of(rows[i].kind);
	return (slice){0};
}
