/*
 * load.c - a JSON report as data again, for the writers of this room.
 *
 * Laws: (1) what the text does not say stays unknown, never empty or 0 under another name;
 *       (2) a member of another kind than the schema's is as if it were not there: the text may be
 *           anybody's, and nothing of it is trusted beyond being shown.
 * Evidence is not loaded: who checks it reads the file (report_read), and the logs.
 */
#include "parts.h"

#include <jansson.h>
#include <stdio.h>

enum member_kind {
	MEMBER_TEXT,
	MEMBER_TIME,
	MEMBER_NUMBER, /* int64_t, UNKNOWN if absent */
	MEMBER_COUNT,  /* uint64_t, 0 if absent */
	MEMBER_FLAG,
	MEMBER_CERTAINTY,
	MEMBER_ADDRESS, /* struct address */
	MEMBER_HAS,     /* bool: an address is there */
	MEMBER_KIND,    /* enum access_kind */
	MEMBER_HOW,
	MEMBER_METHOD, /* enum entry_method */
};
struct member {
	const char *key;
	enum member_kind kind;
	size_t at;
};
#define MEMBER(type, key, kind, name)                                                              \
	{                                                                                          \
		key, MEMBER_##kind, offsetof(struct type, name)                                    \
	}

static const struct member of_incident[] = {
    MEMBER(incident, "id", TEXT, id),
    MEMBER(incident, "title", TEXT, title),
    MEMBER(incident, "severity", TEXT, severity),
    MEMBER(incident, "first_malicious", TIME, first_us),
    MEMBER(incident, "last_malicious", TIME, last_us),
    MEMBER(incident, "first_finding", TIME, first_finding_us),
    {0},
};
static const struct member of_account[] = {
    MEMBER(account, "name", TEXT, name),
    MEMBER(account, "compromised", CERTAINTY, compromised),
    MEMBER(account, "read", CERTAINTY, read),
    MEMBER(account, "first", TIME, first_us),
    MEMBER(account, "last", TIME, last_us),
    {0},
};
static const struct member of_source[] = {
    MEMBER(source, "ip", ADDRESS, ip),
    MEMBER(source, "network", TEXT, network),
    MEMBER(source, "country", TEXT, country),
    MEMBER(source, "operator", TEXT, operator),
    MEMBER(source, "first", TIME, first_us),
    MEMBER(source, "last", TIME, last_us),
    MEMBER(source, "certainty", CERTAINTY, certainty),
    {0},
};
static const struct member of_session[] = {
    MEMBER(session_row, "account", TEXT, account),
    MEMBER(session_row, "protocol", TEXT, protocol),
    MEMBER(session_row, "id", TEXT, id),
    MEMBER(session_row, "source_ip", ADDRESS, source),
    MEMBER(session_row, "source_ip", HAS, has_source),
    MEMBER(session_row, "first", TIME, first_us),
    MEMBER(session_row, "last", TIME, last_us),
    MEMBER(session_row, "bodies", NUMBER, bodies),
    MEMBER(session_row, "body_bytes", NUMBER, body_bytes),
    MEMBER(session_row, "bytes_out", NUMBER, bytes_out),
    MEMBER(session_row, "certainty", CERTAINTY, certainty),
    {0},
};
static const struct member of_access[] = {
    MEMBER(access, "account", TEXT, account),
    MEMBER(access, "folder", TEXT, folder),
    MEMBER(access, "uid", NUMBER, uid),
    MEMBER(access, "message_id", TEXT, message_id),
    MEMBER(access, "subject", TEXT, subject),
    MEMBER(access, "part", TEXT, part),
    MEMBER(access, "name", TEXT, name),
    MEMBER(access, "bytes", NUMBER, bytes),
    MEMBER(access, "time", TIME, time_us),
    MEMBER(access, "kind", KIND, kind),
    MEMBER(access, "how", HOW, how),
    MEMBER(access, "certainty", CERTAINTY, certainty),
    MEMBER(access, "source_ip", ADDRESS, source),
    MEMBER(access, "source_ip", HAS, has_source),
    {0},
};
static const struct member of_change[] = {
    MEMBER(change, "kind", TEXT, kind),
    MEMBER(change, "account", TEXT, account),
    MEMBER(change, "target", TEXT, target),
    MEMBER(change, "time", TIME, time_us),
    MEMBER(change, "active", FLAG, active),
    MEMBER(change, "certainty", CERTAINTY, certainty),
    {0},
};
static const struct member of_sent[] = {
    MEMBER(sent, "account", TEXT, account),
    MEMBER(sent, "queue_id", TEXT, queue_id),
    MEMBER(sent, "message_id", TEXT, message_id),
    MEMBER(sent, "subject", TEXT, subject),
    MEMBER(sent, "bytes", NUMBER, bytes),
    MEMBER(sent, "time", TIME, time_us),
    MEMBER(sent, "external", FLAG, external),
    MEMBER(sent, "certainty", CERTAINTY, certainty),
    {0},
};
static const struct member of_gap[] = {
    MEMBER(gap, "source", TEXT, source),
    MEMBER(gap, "from", TIME, from_us),
    MEMBER(gap, "to", TIME, to_us),
    MEMBER(gap, "kind", TEXT, kind),
    MEMBER(gap, "state", TEXT, state),
    MEMBER(gap, "certainty", CERTAINTY, certainty),
    MEMBER(gap, "hides", TEXT, hides),
    MEMBER(gap, "remedy", TEXT, remedy),
    {0},
};
static const struct member of_rule[] = {
    MEMBER(finding, "id", TEXT, rule_id),
    MEMBER(finding, "title", TEXT, rule_title),
    MEMBER(finding, "level", TEXT, level),
    MEMBER(finding, "description", TEXT, description),
    {0},
};
static const struct member of_finding[] = {
    MEMBER(finding, "time", TIME, time_us),
    MEMBER(finding, "first", TIME, first_us),
    MEMBER(finding, "account", TEXT, account),
    MEMBER(finding, "source_ip", ADDRESS, source),
    MEMBER(finding, "source_ip", HAS, has_source),
    MEMBER(finding, "count", COUNT, count),
    {0},
};
static const struct member of_verdict[] = {
    MEMBER(verdict, "answer", TEXT, answer),
    MEMBER(verdict, "short_answer", TEXT, short_answer),
    MEMBER(verdict, "certainty", CERTAINTY, certainty),
    {0},
};
static const struct member of_entry[] = {
    MEMBER(entry, "method", METHOD, method),     MEMBER(entry, "account", TEXT, account),
    MEMBER(entry, "source_ip", ADDRESS, source), MEMBER(entry, "source_ip", HAS, has_source),
    MEMBER(entry, "time", TIME, time_us),        MEMBER(entry, "certainty", CERTAINTY, certainty),
    MEMBER(entry, "because", TEXT, because),     {0},
};
static const struct member of_total[] = {
    MEMBER(total, "proven", NUMBER, proven),
    MEMBER(total, "at_most", NUMBER, at_most),
    {0},
};
static const struct member of_input[] = {
    MEMBER(input_row, "path", TEXT, path),
    MEMBER(input_row, "bytes", NUMBER, bytes),
    MEMBER(input_row, "records", COUNT, records),
    MEMBER(input_row, "unrecognised", COUNT, unrecognised),
    MEMBER(input_row, "broken", COUNT, broken),
    MEMBER(input_row, "first", TIME, first_us),
    MEMBER(input_row, "last", TIME, last_us),
    MEMBER(input_row, "host", TEXT, host),
    {0},
};
static const struct member of_blind[] = {
    MEMBER(sight_rule, "id", TEXT, id),           MEMBER(sight_rule, "title", TEXT, title),
    MEMBER(sight_rule, "method", TEXT, method),   MEMBER(sight_rule, "why", TEXT, why),
    MEMBER(sight_rule, "setting", TEXT, setting), {0},
};
static const struct member of_drift[] = {
    MEMBER(sight_drift, "daemon", TEXT, daemon),
    MEMBER(sight_drift, "from", TIME, from_us),
    {0},
};
static const struct member of_shed[] = {
    MEMBER(shed_row, "id", TEXT, rule_id),
    MEMBER(shed_row, "title", TEXT, rule_title),
    MEMBER(shed_row, "level", TEXT, level),
    MEMBER(shed_row, "count", COUNT, count),
    {0},
};
static const struct member of_counters[] = {
    MEMBER(report, "records", COUNT, records),     MEMBER(report, "recognised", COUNT, recognised),
    MEMBER(report, "malformed", COUNT, malformed), MEMBER(report, "shed", COUNT, shed),
    MEMBER(report, "hosts", COUNT, hosts),         {0},
};

/* --- one member --- */

static slice text_of(const json_t *v, struct arena *a)
{
	if (!json_is_string(v))
		return (slice){0};
	return arena_copy(a, (slice){json_string_value(v), json_string_length(v)});
}

static int64_t time_of(const json_t *v, struct arena *a)
{
	slice text = text_of(v, a);
	int64_t usec;
	bool has_zone;
	return clock_parse_iso(&text, &usec, &has_zone) ? usec : CLOCK_NONE;
}

static int word_of(slice word, const char *const *names, int count, int otherwise)
{
	for (int i = 0; i < count; i++)
		if (slice_eq(word, slice_of(names[i])))
			return i;
	return otherwise;
}

enum {
#define AS_COUNT(id, name) +1
	KIND_COUNT = 0 ACCESS_KINDS(AS_COUNT),
	HOW_COUNT = 0 ACCESS_HOWS(AS_COUNT),
	METHOD_COUNT = 0 ENTRY_METHODS(AS_COUNT),
#undef AS_COUNT
};

static void read_member(const json_t *v, enum member_kind kind, void *to, struct arena *a)
{
	struct address address = {0};
	switch (kind) {
	case MEMBER_TEXT:
		*(slice *)to = text_of(v, a);
		break;
	case MEMBER_TIME:
		*(int64_t *)to = time_of(v, a);
		break;
	case MEMBER_NUMBER:
		*(int64_t *)to = json_is_integer(v) ? json_integer_value(v) : UNKNOWN;
		break;
	case MEMBER_COUNT:
		*(uint64_t *)to = json_integer_value(v) > 0 ? (uint64_t)json_integer_value(v) : 0;
		break;
	case MEMBER_FLAG:
		*(bool *)to = json_is_true(v);
		break;
	case MEMBER_CERTAINTY:
		*(enum certainty *)to =
		    (enum certainty)word_of(text_of(v, a), certainty_names, PROVEN + 1, 0);
		break;
	case MEMBER_ADDRESS:
		if (address_parse(text_of(v, a), &address))
			*(struct address *)to = address;
		break;
	case MEMBER_HAS:
		*(bool *)to = address_parse(text_of(v, a), &address);
		break;
	case MEMBER_KIND:
		*(enum access_kind *)to = (enum access_kind)word_of(
		    text_of(v, a), access_kind_names, KIND_COUNT, KIND_MESSAGE);
		break;
	case MEMBER_HOW:
		*(enum access_how *)to = (enum access_how)word_of(text_of(v, a), access_how_names,
								  HOW_COUNT, HOW_IMAP_FETCH);
		break;
	case MEMBER_METHOD:
		*(enum entry_method *)to = (enum entry_method)word_of(text_of(v, a), entry_names,
								      METHOD_COUNT, ENTRY_UNKNOWN);
		break;
	}
}

static void read_object(const json_t *object, const struct member *rows, void *to, struct arena *a)
{
	for (; rows->key; rows++)
		read_member(json_object_get(object, rows->key), rows->kind, (char *)to + rows->at,
			    a);
}

/* --- lists --- */

#define READ_ALL(list, object, key, rows, a)                                                       \
	do {                                                                                       \
		const json_t *all_ = json_object_get((object), (key));                             \
		for (size_t i_ = 0; i_ < json_array_size(all_); i_++)                              \
			read_object(json_array_get(all_, i_), (rows), list_add(list), (a));        \
	} while (0)

static slice *read_texts(const json_t *list, size_t *count, struct arena *a)
{
	size_t n = json_array_size(list);
	slice *texts = n ? arena_take(a, n * sizeof *texts) : NULL;
	for (size_t i = 0; i < n; i++)
		texts[i] = text_of(json_array_get(list, i), a);
	*count = n;
	return texts;
}

static unsigned percent_of(const json_t *v)
{
	json_int_t n = json_integer_value(v);
	return n < 0 ? 0 : n > 100 ? 100 : (unsigned)n;
}

static void read_verdicts(struct incident *in, const json_t *list, struct arena *a)
{
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *row = json_array_get(list, i);
		int q = word_of(text_of(json_object_get(row, "question"), a), question_ids,
				QUESTION_COUNT, -1);
		if (q < 0)
			continue;
		struct verdict *v = &in->verdicts[q];
		read_object(row, of_verdict, v, a);
		v->because = read_texts(json_object_get(row, "because"), &v->because_count, a);
		v->would_settle =
		    read_texts(json_object_get(row, "would_settle_it"), &v->would_settle_count, a);
	}
}

static void read_accesses(struct incident *in, const json_t *list, struct arena *a)
{
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *row = json_array_get(list, i), *secrets;
		struct access *x = list_add(&in->accesses);
		read_object(row, of_access, x, a);
		int64_t session = json_is_integer(json_object_get(row, "session"))
				      ? json_integer_value(json_object_get(row, "session"))
				      : -1;
		x->times = (uint32_t)json_integer_value(json_object_get(row, "times"));
		x->session = session < 0 || session > UINT32_MAX ? UINT32_MAX : (uint32_t)session;
		secrets = json_object_get(row, "secrets");
		x->looked = secrets != NULL;
		for (size_t k = 0; k < json_array_size(secrets); k++) {
			int bit = word_of(text_of(json_array_get(secrets, k), a), secret_names,
					  SECRET_COUNT, -1);
			x->secrets |= bit < 0 ? 0 : 1u << bit;
		}
	}
}

/* T1114.003, of the tag attack.t1114.003; technique() passes by what is none. */
static const char *const *read_tags(const json_t *list, struct arena *a)
{
	size_t n = json_array_size(list);
	const char **tags = arena_take(a, (n + 1) * sizeof *tags);
	for (size_t i = 0; i < n; i++) {
		slice id = slice_from(text_of(json_array_get(list, i), a), 1);
		tags[i] = arena_format(a, "attack.t%.*s", (int)slice_first(id, 16).len,
				       id.at ? id.at : "")
			      .at;
	}
	return tags;
}

static void read_findings(const json_t *list, struct finding *(*add)(void *), void *to,
			  struct arena *a)
{
	for (size_t i = 0; i < json_array_size(list); i++) {
		struct finding *f = add(to);
		read_object(json_array_get(list, i), of_finding, f, a);
		read_object(json_object_get(json_array_get(list, i), "rule"), of_rule, f, a);
		f->tags = read_tags(json_object_get(json_array_get(list, i), "techniques"), a);
	}
}

static struct finding *add_to_incident(void *to)
{
	return list_add(&((struct incident *)to)->findings);
}

static struct finding *add_to_report(void *to)
{
	return list_add(&((struct report *)to)->findings);
}

static void read_sent_to(struct incident *in, const json_t *list, struct arena *a)
{
	for (size_t i = 0; i < in->sent.len; i++)
		in->sent.at[i].to = read_texts(json_object_get(json_array_get(list, i), "to"),
					       &in->sent.at[i].to_count, a);
}

static void read_secrets(struct incident *in, const json_t *secrets)
{
	read_member(json_object_get(secrets, "messages"), MEMBER_COUNT, &in->secret_messages, NULL);
	for (unsigned i = 0; i < SECRET_COUNT; i++)
		read_member(json_object_get(secrets, secret_names[i]), MEMBER_COUNT,
			    &in->secrets[i], NULL);
}

static void read_totals(struct incident *in, const json_t *totals, struct arena *a)
{
	read_object(json_object_get(totals, "messages"), of_total, &in->messages, a);
	read_object(json_object_get(totals, "attachments"), of_total, &in->attachments, a);
	read_object(json_object_get(totals, "files"), of_total, &in->files, a);
	read_object(json_object_get(totals, "bytes_out"), of_total, &in->bytes_out, a);
}

static void read_hypotheses(struct incident *in, const json_t *list, struct arena *a)
{
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *row = json_array_get(list, i);
		struct hypothesis *h = list_add(&in->hypotheses);
		h->name = text_of(json_object_get(row, "name"), a);
		h->weight = (int)percent_of(json_object_get(row, "weight"));
		h->in_favour = read_texts(json_object_get(row, "for"), &h->for_count, a);
		h->against = read_texts(json_object_get(row, "against"), &h->against_count, a);
	}
}

static void read_incident(struct incident *in, const json_t *row, struct arena *a)
{
	read_object(row, of_incident, in, a);
	READ_ALL(&in->accounts, row, "accounts", of_account, a);
	READ_ALL(&in->sources, row, "sources", of_source, a);
	READ_ALL(&in->sessions, row, "sessions", of_session, a);
	READ_ALL(&in->changes, row, "changes", of_change, a);
	READ_ALL(&in->sent, row, "sent", of_sent, a);
	READ_ALL(&in->gaps, row, "gaps", of_gap, a);
	read_sent_to(in, json_object_get(row, "sent"), a);
	read_accesses(in, json_object_get(row, "accesses"), a);
	read_findings(json_object_get(row, "findings"), add_to_incident, in, a);
	read_verdicts(in, json_object_get(row, "verdicts"), a);
	read_secrets(in, json_object_get(row, "secrets"));
	read_object(json_object_get(row, "entry"), of_entry, &in->entry, a);
	read_totals(in, json_object_get(row, "totals"), a);
	read_hypotheses(in, json_object_get(row, "hypotheses"), a);
}

/* --- what the logs could not show --- */

static void read_blind(struct sight *s, const json_t *list, struct arena *a)
{
	static const char *const levels[] = {"informational", "low", "medium", "high", "critical"};
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *row = json_array_get(list, i);
		struct sight_rule *rule = list_add(&s->rules);
		read_object(row, of_blind, rule, a);
		rule->level = levels[word_of(text_of(json_object_get(row, "level"), a), levels,
					     sizeof levels / sizeof *levels, 0)];
		rule->needs =
		    (enum sight_needs)word_of(text_of(json_object_get(row, "needs"), a),
					      sight_needs_names, SIGHT_NEEDS, NEEDS_SETTING);
	}
	s->blind = s->rules.len;
}

static void read_drifts(struct sight *s, const json_t *list, struct arena *a)
{
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *row = json_array_get(list, i),
			     *samples = json_object_get(row, "samples");
		struct sight_drift *d = list_add(&s->drifts);
		read_object(row, of_drift, d, a);
		d->before = percent_of(json_object_get(row, "recognised_before"));
		d->since = percent_of(json_object_get(row, "recognised_since"));
		for (size_t k = 0; k < json_array_size(samples) && k < DRIFT_SAMPLES; k++)
			d->samples[d->sample_count++] = text_of(json_array_get(samples, k), a);
	}
}

static void read_visibility(struct sight *s, const json_t *v, struct arena *a)
{
	const json_t *unseen = json_object_get(v, "unseen");
	uint64_t seeing = 0;
	read_member(json_object_get(v, "seeing"), MEMBER_COUNT, &seeing, a);
	s->seeing = (size_t)seeing;
	read_blind(s, json_object_get(v, "rules"), a);
	read_drifts(s, json_object_get(v, "drift"), a);
	for (size_t i = 0; i < json_array_size(unseen); i++)
		*list_add(&s->unseen) = text_of(json_array_get(unseen, i), a);
}

static void read_input_row(struct input_row *to, const json_t *row, struct arena *a)
{
	enum { FORMATS = sizeof to->formats / sizeof *to->formats };
	const char *name;
	json_t *records;
	read_object(row, of_input, to, a);
	json_object_foreach(json_object_get(row, "formats"), name, records)
	{
		if (to->format_count == FORMATS)
			break;
		to->formats[to->format_count].name = arena_copy(a, slice_of(name));
		read_member(records, MEMBER_COUNT, &to->formats[to->format_count++].records, a);
	}
}

bool report_load(slice json, struct report *r, char *why, size_t why_size)
{
	*r = (struct report){0};
	json_t *root = report_parse(json, why, why_size);
	if (!root)
		return false;
	struct arena *a = &r->arena;
	const json_t *inputs = json_object_get(root, "inputs");
	const json_t *incidents = json_object_get(root, "incidents");
	r->created_us = time_of(json_object_get(root, "created"), a);
	r->tool_version = text_of(json_object_get(json_object_get(root, "tool"), "version"), a);
	r->mail_store = json_is_true(json_object_get(root, "mail_store"));
	for (size_t i = 0; i < json_array_size(inputs); i++)
		read_input_row(list_add(&r->inputs), json_array_get(inputs, i), a);
	for (size_t i = 0; i < json_array_size(incidents); i++)
		read_incident(list_add(&r->incidents), json_array_get(incidents, i), a);
	READ_ALL(&r->gaps, root, "gaps", of_gap, a);
	READ_ALL(&r->sheds, root, "shed_findings", of_shed, a);
	read_findings(json_object_get(root, "findings"), add_to_report, r, a);
	read_visibility(&r->sight, json_object_get(root, "visibility"), a);
	read_object(json_object_get(root, "counters"), of_counters, r, a);
	json_decref(root);
	return true;
}
