/*
 * json.c - the report for programs: tocsin.report/1.
 *
 * Laws: (1) what is not known has no key; an empty list says "none", never "unknown";
 *       (2) times are UTC; (3) every string passes out_json(), so any log text parses again;
 *       (4) one object of a list stands on one line, so a report can be compared line by line.
 */
#include "parts.h"

/* Where we are: `first` until the open object or list has its first member. */
struct json {
	struct out *o;
	bool first;
};

static void comma(struct json *j)
{
	if (!j->first)
		out_char(j->o, ',');
	j->first = false;
}

static void key(struct json *j, const char *name)
{
	comma(j);
	out_char(j->o, '"');
	out_text(j->o, name);
	out_text(j->o, "\":");
}

static void open_as(struct json *j, char bracket)
{
	out_char(j->o, bracket);
	j->first = true;
}

static void shut(struct json *j, char bracket)
{
	out_char(j->o, bracket);
	j->first = false;
}

static void open_object(struct json *j, const char *name)
{
	key(j, name);
	open_as(j, '{');
}

static void open_list(struct json *j, const char *name)
{
	key(j, name);
	open_as(j, '[');
}

/* The next object of a list, on its own line. */
static void open_item(struct json *j)
{
	comma(j);
	out_char(j->o, '\n');
	open_as(j, '{');
}

static void put_text(struct json *j, const char *name, slice s)
{
	if (s.len == 0)
		return;
	key(j, name);
	out_json(j->o, s);
}

static void put_number(struct json *j, const char *name, int64_t n)
{
	key(j, name);
	out_number(j->o, n);
}

static void put_known(struct json *j, const char *name, int64_t n)
{
	if (n != UNKNOWN)
		put_number(j, name, n);
}

static void put_flag(struct json *j, const char *name, bool yes)
{
	key(j, name);
	out_text(j->o, yes ? "true" : "false");
}

static void put_time(struct json *j, const char *name, int64_t usec)
{
	if (usec == CLOCK_NONE)
		return;
	key(j, name);
	out_char(j->o, '"');
	out_time(j->o, usec);
	out_char(j->o, '"');
}

static void put_digest(struct json *j, const char *name, const struct digest *d)
{
	char hex[65];
	digest_hex(d, hex);
	put_text(j, name, slice_of(hex));
}

static void put_address(struct json *j, const char *name, bool has, const struct address *a)
{
	char text[ADDRESS_TEXT];
	if (has)
		put_text(j, name, (slice){text, address_format(a, text)});
}

static void put_certainty(struct json *j, const char *name, enum certainty c)
{
	put_text(j, name, slice_of(certainty_names[c]));
}

static void put_list(struct json *j, const char *name, const slice *at, size_t n)
{
	open_list(j, name);
	for (size_t i = 0; i < n; i++) {
		comma(j);
		out_json(j->o, at[i]);
	}
	shut(j, ']');
}

static void put_evidence(struct json *j, const struct evidences *e)
{
	open_list(j, "evidence");
	for (size_t i = 0; i < e->len; i++) {
		const struct place *p = &e->at[i].place;
		comma(j);
		open_as(j, '{');
		put_number(j, "input", p->input);
		put_number(j, "offset", (int64_t)p->offset);
		put_number(j, "length", p->length);
		put_number(j, "line", (int64_t)p->line);
		put_digest(j, "sha256", &e->at[i].digest);
		shut(j, '}');
	}
	shut(j, ']');
	if (e->more)
		put_number(j, "evidence_more", (int64_t)e->more);
}

static void put_secrets(struct json *j, uint32_t bits)
{
	open_list(j, "secrets");
	for (unsigned i = 0; i < SECRET_COUNT; i++)
		if (bits >> i & 1) {
			comma(j);
			out_json(j->o, slice_of(secret_names[i]));
		}
	shut(j, ']');
}

static void put_techniques(struct json *j, const char *const *tags)
{
	char id[TECHNIQUE_TEXT];
	open_list(j, "techniques");
	for (; tags && *tags; tags++)
		if (technique(*tags, id)) {
			comma(j);
			out_json(j->o, slice_of(id));
		}
	shut(j, ']');
}

static void put_input(struct json *j, const struct input_row *in)
{
	open_item(j);
	put_text(j, "path", in->path);
	if (in->has_digest)
		put_digest(j, "sha256", &in->digest);
	put_known(j, "bytes", in->bytes);
	put_number(j, "records", (int64_t)in->records);
	put_number(j, "unrecognised", (int64_t)in->unrecognised);
	put_number(j, "broken", (int64_t)in->broken);
	put_time(j, "first", in->first_us);
	put_time(j, "last", in->last_us);
	put_text(j, "host", in->host);
	open_object(j, "formats");
	for (size_t i = 0; i < in->format_count; i++) {
		comma(j);
		out_json(j->o, in->formats[i].name);
		out_char(j->o, ':');
		out_number(j->o, (int64_t)in->formats[i].records);
	}
	shut(j, '}');
	shut(j, '}');
}

static void put_entry(struct json *j, const struct entry *e)
{
	open_object(j, "entry");
	put_text(j, "method", slice_of(entry_names[e->method]));
	put_text(j, "account", e->account);
	put_address(j, "source_ip", e->has_source, &e->source);
	put_time(j, "time", e->time_us);
	put_certainty(j, "certainty", e->certainty);
	put_text(j, "because", e->because);
	put_evidence(j, &e->evidence);
	shut(j, '}');
}

static void put_source(struct json *j, const struct source *s)
{
	open_item(j);
	put_address(j, "ip", true, &s->ip);
	put_text(j, "network", s->network);
	put_text(j, "country", s->country);
	put_text(j, "operator", s->operator);
	put_time(j, "first", s->first_us);
	put_time(j, "last", s->last_us);
	put_certainty(j, "certainty", s->certainty);
	shut(j, '}');
}

static void put_account(struct json *j, const struct account *a)
{
	open_item(j);
	put_text(j, "name", a->name);
	put_certainty(j, "compromised", a->compromised);
	put_certainty(j, "read", a->read);
	put_time(j, "first", a->first_us);
	put_time(j, "last", a->last_us);
	shut(j, '}');
}

static void put_session(struct json *j, const struct session_row *s)
{
	open_item(j);
	put_text(j, "account", s->account);
	put_text(j, "protocol", s->protocol);
	put_text(j, "id", s->id);
	put_address(j, "source_ip", s->has_source, &s->source);
	put_time(j, "first", s->first_us);
	put_time(j, "last", s->last_us);
	put_known(j, "bodies", s->bodies);
	put_known(j, "body_bytes", s->body_bytes);
	put_known(j, "bytes_out", s->bytes_out);
	put_certainty(j, "certainty", s->certainty);
	put_evidence(j, &s->evidence);
	shut(j, '}');
}

static void put_access(struct json *j, const struct access *a, size_t sessions)
{
	open_item(j);
	put_text(j, "account", a->account);
	put_text(j, "folder", a->folder);
	put_known(j, "uid", a->uid);
	put_text(j, "message_id", a->message_id);
	put_text(j, "subject", a->subject);
	put_text(j, "part", a->part);
	put_text(j, "name", a->name);
	put_known(j, "bytes", a->bytes);
	put_time(j, "time", a->time_us);
	put_text(j, "kind", slice_of(access_kind_names[a->kind]));
	put_text(j, "how", slice_of(access_how_names[a->how]));
	put_certainty(j, "certainty", a->certainty);
	if (a->times)
		put_number(j, "times", a->times);
	put_address(j, "source_ip", a->has_source, &a->source);
	if (a->session < sessions)
		put_number(j, "session", a->session);
	if (a->looked)
		put_secrets(j, a->secrets);
	put_evidence(j, &a->evidence);
	shut(j, '}');
}

static void put_total(struct json *j, const char *name, const struct total *t)
{
	open_object(j, name);
	put_known(j, "proven", t->proven);
	put_known(j, "at_most", t->at_most);
	shut(j, '}');
}

static void put_totals(struct json *j, const struct incident *in)
{
	open_object(j, "totals");
	put_total(j, "messages", &in->messages);
	put_total(j, "attachments", &in->attachments);
	put_total(j, "files", &in->files);
	put_total(j, "bytes_out", &in->bytes_out);
	shut(j, '}');
}

/* Opened messages that hold secrets, in all and by kind. */
static void put_secret_totals(struct json *j, const struct incident *in)
{
	if (!in->secret_messages)
		return;
	open_object(j, "secrets");
	put_number(j, "messages", (int64_t)in->secret_messages);
	for (unsigned i = 0; i < SECRET_COUNT; i++)
		if (in->secrets[i])
			put_number(j, secret_names[i], (int64_t)in->secrets[i]);
	shut(j, '}');
}

static void put_change(struct json *j, const struct change *c)
{
	open_item(j);
	put_text(j, "kind", c->kind);
	put_text(j, "account", c->account);
	put_text(j, "target", c->target);
	put_time(j, "time", c->time_us);
	put_flag(j, "active", c->active);
	put_certainty(j, "certainty", c->certainty);
	put_evidence(j, &c->evidence);
	shut(j, '}');
}

static void put_sent(struct json *j, const struct sent *s)
{
	open_item(j);
	put_text(j, "account", s->account);
	put_text(j, "queue_id", s->queue_id);
	put_text(j, "message_id", s->message_id);
	put_text(j, "subject", s->subject);
	put_list(j, "to", s->to, s->to_count);
	put_known(j, "bytes", s->bytes);
	put_time(j, "time", s->time_us);
	put_flag(j, "external", s->external);
	put_certainty(j, "certainty", s->certainty);
	put_evidence(j, &s->evidence);
	shut(j, '}');
}

static void put_gap(struct json *j, const struct gap *g)
{
	open_item(j);
	put_text(j, "source", g->source);
	put_time(j, "from", g->from_us);
	put_time(j, "to", g->to_us);
	put_text(j, "kind", g->kind);
	put_text(j, "state", g->state);
	put_certainty(j, "certainty", g->certainty);
	put_text(j, "hides", g->hides);
	put_text(j, "remedy", g->remedy);
	put_evidence(j, &g->evidence);
	shut(j, '}');
}

static void put_finding(struct json *j, const struct finding *f)
{
	open_item(j);
	open_object(j, "rule");
	put_text(j, "id", f->rule_id);
	put_text(j, "title", f->rule_title);
	put_text(j, "level", f->level);
	put_text(j, "description", f->description);
	shut(j, '}');
	put_techniques(j, f->tags);
	put_time(j, "time", f->time_us);
	put_time(j, "first", f->first_us);
	put_text(j, "account", f->account);
	put_address(j, "source_ip", f->has_source, &f->source);
	if (f->count)
		put_number(j, "count", (int64_t)f->count);
	put_evidence(j, &f->evidence);
	shut(j, '}');
}

static void put_verdict(struct json *j, const struct verdict *v, const char *question)
{
	open_item(j);
	put_text(j, "question", slice_of(question));
	put_text(j, "answer", v->answer);
	put_text(j, "short_answer", v->short_answer);
	put_certainty(j, "certainty", v->certainty);
	put_list(j, "because", v->because, v->because_count);
	put_list(j, "would_settle_it", v->would_settle, v->would_settle_count);
	shut(j, '}');
}

static void put_hypothesis(struct json *j, const struct hypothesis *h)
{
	open_item(j);
	put_text(j, "name", h->name);
	put_number(j, "weight", h->weight);
	put_list(j, "for", h->in_favour, h->for_count);
	put_list(j, "against", h->against, h->against_count);
	shut(j, '}');
}

/* A list of objects, each written by `put`. */
#define PUT_ALL(j, name, list, put, ...)                                                           \
	do {                                                                                       \
		open_list((j), (name));                                                            \
		for (size_t i_ = 0; i_ < (list)->len; i_++)                                        \
			put((j), &(list)->at[i_], ##__VA_ARGS__);                                  \
		shut((j), ']');                                                                    \
	} while (0)

static void put_incident(struct json *j, const struct incident *in)
{
	open_item(j);
	put_text(j, "id", in->id);
	put_text(j, "title", in->title);
	put_text(j, "severity", in->severity);
	put_time(j, "first_malicious", in->first_us);
	put_time(j, "last_malicious", in->last_us);
	put_time(j, "first_finding", in->first_finding_us);
	put_entry(j, &in->entry);
	PUT_ALL(j, "sources", &in->sources, put_source);
	PUT_ALL(j, "accounts", &in->accounts, put_account);
	PUT_ALL(j, "sessions", &in->sessions, put_session);
	PUT_ALL(j, "accesses", &in->accesses, put_access, in->sessions.len);
	put_totals(j, in);
	put_secret_totals(j, in);
	PUT_ALL(j, "changes", &in->changes, put_change);
	PUT_ALL(j, "sent", &in->sent, put_sent);
	PUT_ALL(j, "gaps", &in->gaps, put_gap);
	PUT_ALL(j, "findings", &in->findings, put_finding);
	open_list(j, "verdicts");
	for (int q = 0; q < QUESTION_COUNT; q++)
		put_verdict(j, &in->verdicts[q], question_ids[q]);
	shut(j, ']');
	PUT_ALL(j, "hypotheses", &in->hypotheses, put_hypothesis);
	shut(j, '}');
}

static void put_drift(struct json *j, const struct sight_drift *d)
{
	open_item(j);
	put_text(j, "daemon", d->daemon);
	put_time(j, "from", d->from_us);
	put_number(j, "recognised_before", d->before);
	put_number(j, "recognised_since", d->since);
	put_list(j, "samples", d->samples, d->sample_count);
	shut(j, '}');
}

/* Rules that could not see, and what would open their eyes; ways in of which all are blind. */
static void put_visibility(struct json *j, const struct sight *s)
{
	if (!s->seeing && !s->blind)
		return;
	open_object(j, "visibility");
	put_number(j, "seeing", (int64_t)s->seeing);
	put_number(j, "blind", (int64_t)s->blind);
	put_list(j, "unseen", s->unseen.at, s->unseen.len);
	open_list(j, "rules");
	for (size_t i = 0; i < s->rules.len; i++) {
		const struct sight_rule *r = &s->rules.at[i];
		if (r->seeing)
			continue;
		open_item(j);
		put_text(j, "id", r->id);
		put_text(j, "title", r->title);
		put_text(j, "level", slice_of(r->level));
		put_text(j, "why", r->why);
		put_text(j, "setting", r->setting);
		put_text(j, "needs", slice_of(sight_needs_names[r->needs]));
		put_text(j, "method", r->method);
		shut(j, '}');
	}
	shut(j, ']');
	PUT_ALL(j, "drift", &s->drifts, put_drift);
	shut(j, '}');
}

static void put_shed(struct json *j, const struct shed_row *s)
{
	open_item(j);
	put_text(j, "id", s->rule_id);
	put_text(j, "title", s->rule_title);
	put_text(j, "level", s->level);
	put_number(j, "count", (int64_t)s->count);
	shut(j, '}');
}

static void put_counters(struct json *j, const struct report *r)
{
	open_object(j, "counters");
	put_number(j, "records", (int64_t)r->records);
	put_number(j, "recognised", (int64_t)r->recognised);
	put_number(j, "malformed", (int64_t)r->malformed);
	put_number(j, "shed", (int64_t)r->shed);
	put_number(j, "hosts", (int64_t)r->hosts);
	shut(j, '}');
}

static void put_id(struct json *j, slice id)
{
	comma(j);
	out_json(j->o, id);
}

/* What was named with --suspect, and the incidents that name it. */
static void put_suspects(struct json *j, const struct report *r)
{
	if (!r->suspects.len)
		return;
	open_list(j, "suspects");
	for (size_t i = 0; i < r->suspects.len; i++) {
		open_item(j);
		put_text(j, "what", r->suspects.at[i]);
		open_list(j, "incidents");
		for (size_t k = 0; k < r->incidents.len; k++)
			if (incident_names(&r->incidents.at[k], r->suspects.at[i]))
				put_id(j, r->incidents.at[k].id);
		shut(j, ']');
		shut(j, '}');
	}
	shut(j, ']');
}

void report_json(const struct report *r, struct out *o)
{
	struct json j = {o, true};
	open_as(&j, '{');
	put_text(&j, "schema", SLICE("tocsin.report/1"));
	open_object(&j, "tool");
	put_text(&j, "name", SLICE("tocsin"));
	put_text(&j, "version", r->tool_version);
	shut(&j, '}');
	put_time(&j, "created", r->created_us);
	put_flag(&j, "mail_store", r->mail_store);
	PUT_ALL(&j, "inputs", &r->inputs, put_input);
	PUT_ALL(&j, "incidents", &r->incidents, put_incident);
	PUT_ALL(&j, "findings", &r->findings, put_finding);
	PUT_ALL(&j, "gaps", &r->gaps, put_gap);
	put_visibility(&j, &r->sight);
	put_suspects(&j, r);
	if (r->sheds.len)
		PUT_ALL(&j, "shed_findings", &r->sheds, put_shed);
	put_counters(&j, r);
	shut(&j, '}');
	out_char(o, '\n');
}
