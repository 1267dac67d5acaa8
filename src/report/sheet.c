/*
 * sheet.c - the tables of a report: one row here is one column there, on the terminal and in HTML.
 * A cell that has nothing to say stays empty; a column of empty cells is not shown at all.
 */
#include "parts.h"

#include <stddef.h>
#include <stdlib.h>

/* CELL(name, type of a row, what is said of `row`) */
#define CELL(name, type, say)                                                                      \
	static void name(struct out *o, const struct when *w, const void *row_)                    \
	{                                                                                          \
		const struct type *row = row_;                                                     \
		say;                                                                               \
	}

static void known_count(struct out *o, int64_t n)
{
	if (n != UNKNOWN)
		say_exact(o, (uint64_t)n);
}

static void known_bytes(struct out *o, int64_t n)
{
	if (n != UNKNOWN)
		say_bytes(o, n);
}

/* ------------------------------------------------------------------ cells */

static void part_and_name(struct out *o, slice part, slice name)
{
	out_slice(o, part);
	if (part.len && name.len)
		out_text(o, NBSP);
	out_slice(o, name);
}

static void how_often(struct out *o, const struct access *a)
{
	say_words(o, slice_of(access_how_names[a->how]));
	if (a->times > 1)
		out_format(o, ", %u" NBSP "times", a->times);
}

CELL(access_time, access, say_time(o, w, row->time_us))
CELL(access_account, access, out_slice(o, row->account))
CELL(access_folder, access, out_slice(o, row->folder))
/* the server never gives out UID 0 (RFC 9051 2.3.1.1); without a UID the Message-ID has to do */
CELL(access_uid, access, known_count(o, row->uid))
CELL(access_id, access, out_slice(o, row->uid == UNKNOWN ? row->message_id : (slice){0}))
CELL(access_kind, access, say_words(o, slice_of(access_kind_names[row->kind])))
CELL(access_part, access, part_and_name(o, row->part, row->name))
CELL(access_subject, access, out_slice(o, row->subject))
CELL(access_bytes, access, known_bytes(o, row->bytes))
CELL(access_how, access, how_often(o, row))
CELL(access_source, access, say_address(o, row->has_source, &row->source))
CELL(access_certainty, access, out_text(o, certainty_names[row->certainty]))
CELL(access_secrets, access, say_secrets(o, row->secrets))

static const struct column access_columns[] = {
    {"Time", 0, access_time},
    {"Account", 0, access_account},
    {"Folder", 0, access_folder},
    {"UID", RIGHT, access_uid},
    {"Message-ID", FLEX | CODE, access_id},
    {"What", 0, access_kind},
    {"Subject", FLEX, access_subject},
    {"Part", FLEX, access_part},
    {"Size", RIGHT, access_bytes},
    {"How", SPARE, access_how},
    {"Source", SPARE | CODE, access_source},
    {"Certainty", MARK, access_certainty},
    {"Holds", FLEX, access_secrets},
};

CELL(session_when, session_row, say_span(o, w, row->first_us, row->last_us))
CELL(session_account, session_row, out_slice(o, row->account))
CELL(session_protocol, session_row, out_slice(o, row->protocol))
CELL(session_source, session_row, say_address(o, row->has_source, &row->source))
CELL(session_bodies, session_row, known_count(o, row->bodies))
CELL(session_body_bytes, session_row, known_bytes(o, row->body_bytes))
CELL(session_out, session_row, known_bytes(o, row->bytes_out))
CELL(session_certainty, session_row, out_text(o, certainty_names[row->certainty]))
CELL(session_id, session_row, out_slice(o, row->id))

static const struct column session_columns[] = {
    {"When", 0, session_when},
    {"Account", 0, session_account},
    {"Protocol", SPARE, session_protocol},
    {"Source", CODE, session_source},
    {"Bodies", RIGHT, session_bodies},
    {"Size", RIGHT, session_body_bytes},
    {"Out", RIGHT, session_out},
    {"Certainty", MARK, session_certainty},
    {"Session", SPARE | CODE, session_id},
};

CELL(change_time, change, say_time(o, w, row->time_us))
CELL(change_kind, change, say_words(o, row->kind))
CELL(change_account, change, out_slice(o, row->account))
CELL(change_target, change, out_slice(o, row->target))
CELL(change_active, change, out_text(o, row->active ? "still active" : "taken back"))
CELL(change_certainty, change, out_text(o, certainty_names[row->certainty]))

static const struct column change_columns[] = {
    {"Time", 0, change_time},       {"Change", 0, change_kind},
    {"Account", 0, change_account}, {"Target", FLEX, change_target},
    {"State", 0, change_active},    {"Certainty", MARK, change_certainty},
};

static void recipients(struct out *o, const struct sent *s)
{
	enum { SHOWN = 3 };
	for (size_t i = 0; i < s->to_count && i < SHOWN; i++) {
		out_text(o, i ? ", " : "");
		out_slice(o, s->to[i]);
	}
	if (s->to_count > SHOWN)
		out_format(o, " and %zu more", s->to_count - SHOWN);
}

CELL(sent_time, sent, say_time(o, w, row->time_us))
CELL(sent_account, sent, out_slice(o, row->account))
CELL(sent_to, sent, recipients(o, row))
CELL(sent_subject, sent, out_slice(o, row->subject))
CELL(sent_bytes, sent, known_bytes(o, row->bytes))
CELL(sent_where, sent, out_text(o, row->external ? "outside" : "inside"))
CELL(sent_queue, sent, out_slice(o, row->queue_id))
CELL(sent_certainty, sent, out_text(o, certainty_names[row->certainty]))

static const struct column sent_columns[] = {
    {"Time", 0, sent_time},
    {"Account", 0, sent_account},
    {"To", FLEX, sent_to},
    {"Subject", FLEX, sent_subject},
    {"Size", RIGHT, sent_bytes},
    {"Where", 0, sent_where},
    {"Queue", SPARE | CODE, sent_queue},
    {"Certainty", MARK, sent_certainty},
};

CELL(finding_time, finding, say_time(o, w, row->time_us))
CELL(finding_level, finding, out_slice(o, row->level))
CELL(finding_title, finding, out_slice(o, row->rule_title))
CELL(finding_techniques, finding, say_techniques(o, row->tags))
CELL(finding_account, finding, out_slice(o, row->account))
CELL(finding_source, finding, say_address(o, row->has_source, &row->source))
CELL(finding_id, finding, out_slice(o, row->rule_id))
CELL(finding_count, finding, row->count > 1 ? say_exact(o, row->count) : (void)0)

static const struct column finding_columns[] = {
    {"Time", 0, finding_time},        {"Level", 0, finding_level},
    {"Rule", FLEX, finding_title},    {"Technique", SPARE, finding_techniques},
    {"Account", 0, finding_account},  {"Source", CODE, finding_source},
    {"Events", RIGHT, finding_count}, {"Rule id", SPARE | CODE, finding_id},
};

static void gap_span(struct out *o, const struct when *w, const struct gap *g)
{
	if (g->from_us == CLOCK_NONE && g->to_us == CLOCK_NONE)
		out_text(o, "the whole time");
	else
		say_span(o, w, g->from_us, g->to_us);
}

CELL(gap_when, gap, gap_span(o, w, row))
CELL(gap_source, gap, out_slice(o, row->source))
CELL(gap_kind, gap, say_words(o, row->kind))
CELL(gap_hides, gap, out_slice(o, row->hides))
CELL(gap_remedy, gap, out_slice(o, row->remedy))

static const struct column gap_columns[] = {
    {"Source", 0, gap_source},
    {"Gap", 0, gap_kind},
    {"When", 0, gap_when},
    {"What it hides", FLEX, gap_hides},
    {"What would have shown it", FLEX, gap_remedy},
};

CELL(source_ip, source, say_address(o, true, &row->ip))
CELL(source_network, source, out_slice(o, row->network))
CELL(source_operator, source, out_slice(o, row->operator))
CELL(source_country, source, out_slice(o, row->country))
CELL(source_span, source, say_span(o, w, row->first_us, row->last_us))
CELL(source_certainty, source, out_text(o, certainty_names[row->certainty]))

static const struct column source_columns[] = {
    {"Address", CODE, source_ip},
    {"Network", FLEX, source_network},
    {"Operator", FLEX, source_operator},
    {"Country", 0, source_country},
    {"Seen", 0, source_span},
    {"Certainty", MARK, source_certainty},
};

CELL(account_name, account, out_slice(o, row->name))
CELL(account_span, account, say_span(o, w, row->first_us, row->last_us))
CELL(account_certainty, account, out_text(o, certainty_names[row->compromised]))
CELL(account_read, account, out_text(o, certainty_names[row->read]))

static const struct column account_columns[] = {
    {"Account", FLEX, account_name},
    {"Used by the intruder", 0, account_span},
    {"Certainty", MARK, account_certainty},
    {"Read through another", MARK, account_read},
};

/* ----------------------------------------------------------------- sheets */

#define COLUMNS(c)      c, sizeof(c) / sizeof *(c)
#define LIST_AT(member) offsetof(struct incident, member)

const struct sheet sheets[SHEET_COUNT] = {
    [SHEET_ACCESS] = {"What was opened", "access", COLUMNS(access_columns), sizeof(struct access),
		      LIST_AT(accesses), offsetof(struct access, evidence)},
    [SHEET_SESSION] = {"Sessions of the intruder", "session", COLUMNS(session_columns),
		       sizeof(struct session_row), LIST_AT(sessions),
		       offsetof(struct session_row, evidence)},
    [SHEET_CHANGE] = {"What was changed", "change", COLUMNS(change_columns), sizeof(struct change),
		      LIST_AT(changes), offsetof(struct change, evidence)},
    [SHEET_SENT] = {"What was sent", "sent", COLUMNS(sent_columns), sizeof(struct sent),
		    LIST_AT(sent), offsetof(struct sent, evidence)},
    [SHEET_FINDING] = {"Findings", "finding", COLUMNS(finding_columns), sizeof(struct finding),
		       LIST_AT(findings), offsetof(struct finding, evidence)},
    [SHEET_GAP] = {"What was not seen", "gap", COLUMNS(gap_columns), sizeof(struct gap),
		   LIST_AT(gaps), offsetof(struct gap, evidence)},
    [SHEET_SOURCE] = {"Sources", "source", COLUMNS(source_columns), sizeof(struct source),
		      LIST_AT(sources), NO_EVIDENCE},
    [SHEET_ACCOUNT] = {"Accounts", "account", COLUMNS(account_columns), sizeof(struct account),
		       LIST_AT(accounts), NO_EVIDENCE},
};

struct rows sheet_rows(const struct sheet *s, const struct incident *in)
{
	LIST(char) list; /* every list of an incident begins so */
	memcpy(&list, (const char *)in + s->list, sizeof list);
	return (struct rows){list.at, list.len};
}

const struct evidences *sheet_evidence(const struct sheet *s, const void *row)
{
	return s->evidence == NO_EVIDENCE ? NULL : (const void *)((const char *)row + s->evidence);
}

void say_head(struct out *o, const char *head)
{
	bool abbreviation = head[1] >= 'A' && head[1] <= 'Z';
	out_char(o, abbreviation ? head[0] : (char)(head[0] | 0x20));
	out_text(o, head + 1);
}

/* ------------------------------------------------------------------- gaps */

/* Somebody's hand in the logs first, then what should be there and is not. */
static int gap_rank(const struct gap *g)
{
	static const slice kinds[] = {SLICE_INIT("tampered"), SLICE_INIT("truncated"),
				      SLICE_INIT("missing"), SLICE_INIT("never-logged")};
	int rank = 0;
	while (rank < 4 && !slice_eq(kinds[rank], g->kind))
		rank++;
	return rank;
}

static int compare_gaps(const void *a, const void *b)
{
	const struct gap *x = a, *y = b;
	int d = gap_rank(x) - gap_rank(y);
	if (d == 0)
		d = (x->from_us > y->from_us) - (x->from_us < y->from_us);
	return d ? d : slice_compare(x->source, y->source);
}

struct gap *gaps_ranked(const struct gap *at, size_t n)
{
	struct gap *copy = must_alloc((n + 1) * sizeof *copy);
	if (n)
		memcpy(copy, at, n * sizeof *copy);
	qsort(copy, n, sizeof *copy, compare_gaps);
	return copy;
}

/* -------------------------------------------------------------- incidents */

int severity_rank(slice severity)
{
	static const char *const levels[] = {"critical", "high", "medium", "low"};
	int rank = 0;
	while (rank < 4 && !slice_eq(severity, slice_of(levels[rank])))
		rank++;
	return rank;
}

static int gravest_first(const void *a, const void *b)
{
	const struct incident *const *x = a, *const *y = b;
	int d = severity_rank((*x)->severity) - severity_rank((*y)->severity);
	return d ? d : (*x > *y) - (*x < *y);
}

const struct incident **incidents_ranked(const struct report *r)
{
	const struct incident **at = must_alloc((r->incidents.len + 1) * sizeof *at);
	for (size_t i = 0; i < r->incidents.len; i++)
		at[i] = &r->incidents.at[i];
	qsort(at, r->incidents.len, sizeof *at, gravest_first);
	return at;
}
