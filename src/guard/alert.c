/* alert.c - what is said of a finding, and how often: grouped, never a flood. */
#include "guard/part.h"

#include <stdio.h>
#include <unistd.h>

enum { HOUR_MS = 3600000, SOURCES_MOST = 4096, HIGH = 3 };

struct told {
	unsigned told;
	uint64_t held;
};

void alert_cap_init(struct alert_cap *c, unsigned most)
{
	*c = (struct alert_cap){.most = most};
	table_init(&c->sources, sizeof(struct told), SOURCES_MOST);
}

void alert_cap_free(struct alert_cap *c)
{
	table_free(&c->sources);
}

static void begin_hour(struct alert_cap *c, int64_t now_ms)
{
	unsigned most = c->most;
	alert_cap_free(c);
	alert_cap_init(c, most);
	c->began_ms = now_ms ? now_ms : 1;
}

bool alert_cap_takes(struct alert_cap *c, int level, slice source, int64_t now_ms)
{
	if (!c->began_ms || (now_ms - c->began_ms >= HOUR_MS && !c->held))
		begin_hour(c, now_ms);
	struct told *t = table_put(&c->sources, source.len ? source : SLICE("-"), NULL);
	bool low = level < HIGH;
	bool fits = c->told < c->most && t->told < c->most / 4 + 1 &&
		    (!low || c->told_low < (c->most + 1) / 2);
	if (fits) {
		c->told++;
		c->told_low += low;
		t->told++;
		return true;
	}
	c->held++;
	c->held_by_level[level]++;
	t->held++;
	return false;
}

/* --- what is said --- */

static void keep(char *room, size_t size, struct out *o)
{
	size_t n = o->len < size ? o->len : size - 1;
	if (n)
		memcpy(room, o->at, n);
	room[n] = 0;
	out_close(o);
}

void alert_write_finding(const struct guard_message *m, struct out *o)
{
	char ip[ADDRESS_TEXT];
	out_format(o, "{\"level\":\"%s\",\"time\":\"", guard_levels[m->level]);
	out_time(o, m->time_us);
	out_text(o, "\",\"rule\":{\"id\":");
	out_json(o, (slice){m->rule, m->rule_len});
	out_text(o, ",\"title\":");
	out_json(o, (slice){m->title, m->title_len});
	out_text(o, "}");
	if (m->account_len) {
		out_text(o, ",\"account\":");
		out_json(o, (slice){m->account, m->account_len});
	}
	if (m->has_source) {
		address_format(&m->source, ip);
		out_format(o, ",\"source_ip\":\"%s\"", ip);
	}
	if (m->path_len) {
		out_text(o, ",\"path\":");
		out_json(o, (slice){m->path, m->path_len});
		out_format(o, ",\"line\":%llu", (unsigned long long)m->line);
	}
	out_text(o, "}");
}

static void put_host(struct out *o)
{
	char host[256] = "";
	if (gethostname(host, sizeof host - 1) == 0)
		out_plain(o, slice_of(host));
}

/* Header text is ASCII: what is not has been written as \xNN (RFC 5322 allows no more). */
static void put_header(struct out *o, slice text)
{
	struct out plain = {.fd = -1};
	out_plain(&plain, text);
	for (size_t i = 0; i < plain.len; i++) {
		unsigned char c = (unsigned char)plain.at[i];
		if (c < 0x80)
			out_char(o, (char)c);
		else
			out_format(o, "\\x%02x", c);
	}
	out_close(&plain);
}

static void put_row(struct out *o, const char *name, slice text)
{
	if (!text.len)
		return;
	out_format(o, "%-8s ", name);
	out_plain(o, text);
	out_text(o, "\n");
}

static void put_witness(struct out *body, struct out *json, const char *name, const char *folder,
			const struct journal_head *h)
{
	char hex[65];
	if (!h->entries)
		return;
	digest_hex(&h->hash, hex);
	out_format(body, "%-8s %llu %s\n", folder, (unsigned long long)h->entries, hex);
	out_format(json, "%s\"%s\":{\"entries\":%llu,\"head\":\"%s\"}",
		   json->at[json->len - 1] == '{' ? "" : ",", name, (unsigned long long)h->entries,
		   hex);
}

static void put_witnesses(struct out *body, struct out *json, const struct alert_witness *w)
{
	if (!w->actions.entries && !w->findings.entries)
		return;
	out_text(body, "\nJournals there end so now; keep this, it shows whether they are changed "
		       "later\n(tocsin journal verify --head; for watch: --state "
		       "/var/lib/tocsin/watch):\n");
	json->len--; /* the brace that ends it */
	out_text(json, ",\"journals\":{");
	put_witness(body, json, "actions", "journal", &w->actions);
	put_witness(body, json, "findings", "watch", &w->findings);
	out_text(json, "}}");
}

void alert_compose(const struct guard_message *m, const struct alert_witness *w, struct alert *a)
{
	struct out subject = {.fd = -1}, body = {.fd = -1}, json = {.fd = -1};
	char ip[ADDRESS_TEXT] = "", when[CLOCK_TEXT];
	slice title = {m->title, m->title_len}, account = {m->account, m->account_len};
	if (m->has_source)
		address_format(&m->source, ip);
	out_format(&subject, "[tocsin] %s: ", guard_levels[m->level]);
	put_header(&subject, title);
	put_row(&body, "finding", title);
	put_row(&body, "level", slice_of(guard_levels[m->level]));
	put_row(&body, "time", (slice){when, clock_format(m->time_us, when)});
	put_row(&body, "account", account);
	put_row(&body, "source", slice_of(ip));
	put_row(&body, "log", (slice){m->path, m->path_len});
	out_text(&body, "host     ");
	put_host(&body);
	out_text(&body, "\n\nWhat is alike within an hour is not told again.\n"
			"More on that host: tocsin incidents; tocsin status\n");
	alert_write_finding(m, &json);
	put_witnesses(&body, &json, w);
	keep(a->subject, 200, &subject);
	keep(a->body, sizeof a->body, &body);
	keep(a->json, sizeof a->json, &json);
}

static size_t sources_held(const struct alert_cap *c)
{
	size_t n = 0;
	for (struct told *t = NULL; (t = table_next(&c->sources, t));)
		n += t->held > 0;
	return n;
}

bool alert_cap_ends(struct alert_cap *c, int64_t now_ms, struct alert *summary, uint64_t *held)
{
	struct out body = {.fd = -1}, json = {.fd = -1};
	if (!c->began_ms || now_ms - c->began_ms < HOUR_MS || !c->held)
		return false;
	*held = c->held;
	size_t sources = sources_held(c);
	snprintf(summary->subject, sizeof summary->subject,
		 "[tocsin] %llu more findings within an hour", (unsigned long long)c->held);
	out_format(&body, "%llu findings of %zu sources were not told one by one:\n",
		   (unsigned long long)c->held, sources);
	out_format(&json, "{\"summary\":{\"held_back\":%llu,\"sources\":%zu",
		   (unsigned long long)c->held, sources);
	for (int i = GUARD_LEVELS - 1; i >= 0; i--) {
		if (!c->held_by_level[i])
			continue;
		out_format(&body, "%-13s %llu\n", guard_levels[i],
			   (unsigned long long)c->held_by_level[i]);
		out_format(&json, ",\"%s\":%llu", guard_levels[i],
			   (unsigned long long)c->held_by_level[i]);
	}
	out_text(&body, "\nAll of them on that host: tocsin incidents\nhost          ");
	put_host(&body);
	out_text(&body, "\n");
	out_text(&json, "}}");
	keep(summary->body, sizeof summary->body, &body);
	keep(summary->json, sizeof summary->json, &json);
	c->began_ms = 0; /* the next one opens a new hour */
	c->held = 0;
	return true;
}

/* --- floods --- */

enum { FLOOD_AN_HOUR = 256 };

struct flood {
	int64_t began_us;
	unsigned kept;
	int worst;
};

void flood_init(struct table *floods)
{
	table_init(floods, sizeof(struct flood), SOURCES_MOST);
}

bool flood_takes(struct table *floods, slice source, int level, int64_t when_us)
{
	bool fresh;
	struct flood *f = table_put(floods, source.len ? source : SLICE("-"), &fresh);
	if (fresh || when_us - f->began_us >= CLOCK_HOUR || f->began_us - when_us >= CLOCK_HOUR)
		*f = (struct flood){when_us, 0, -1};
	bool takes = f->kept < FLOOD_AN_HOUR || level > f->worst;
	f->kept += takes;
	if (level > f->worst)
		f->worst = level;
	return takes;
}
