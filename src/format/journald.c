/*
 * journald.c - records of systemd's journal: journalctl -o json (an object a line) and -o export
 * (a field a line, an empty line behind each record, fields with line ends in them length-prefixed:
 * https://systemd.io/JOURNAL_EXPORT_FORMATS/).
 *
 * Both become the envelope that syslog would have written, and the daemon's decoder reads the body.
 */
#include "part.h"

/* The fields that are kept; the first three as text. */
enum {
	HOST,
	PROGRAM,
	MESSAGE,
	TEXTS,
	EXE = TEXTS,
	UNIT,
	KEPT,
	PID = KEPT,
	UID,
	TIME,
	COMM,
	NOTHING
};

static int find_field(slice name)
{
	static const struct {
		slice name;
		int field;
	} fields[] = {
	    {SLICE_INIT("MESSAGE"), MESSAGE},
	    {SLICE_INIT("_HOSTNAME"), HOST},
	    {SLICE_INIT("SYSLOG_IDENTIFIER"), PROGRAM},
	    {SLICE_INIT("_COMM"), COMM},
	    {SLICE_INIT("_PID"), PID},
	    {SLICE_INIT("SYSLOG_PID"), PID},
	    {SLICE_INIT("_UID"), UID},
	    {SLICE_INIT("_EXE"), EXE},
	    {SLICE_INIT("_SYSTEMD_UNIT"), UNIT},
	    {SLICE_INIT("__REALTIME_TIMESTAMP"), TIME},
	    /* the sender's own clock is not taken: anybody can write to the journal's socket */
	};
	for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
		if (slice_eq(fields[i].name, name))
			return fields[i].field;
	return NOTHING;
}

static enum decoded decode(struct format_state *st, slice host, struct envelope *env,
			   const struct writer *w, struct event *e, struct arena *scratch)
{
	if (host.len)
		event_text(e, F_HOST, host);
	if (env->program.len)
		event_text(e, F_PROCESS, env->program);
	if (event_has(e, F_TIME))
		st->last_us = e->v[F_TIME].number;
	enum decoded d = format_body(st, env, e, scratch);
	if (d == DECODED_EVENT || d == DECODED_BROKEN)
		writer_judge(w, e, scratch);
	return d;
}

static int64_t uid_of(slice text)
{
	int64_t uid;
	return slice_is_number(text, &uid) && uid >= 0 ? uid : -1;
}

/* ---- json ---- */

enum decoded journald_json_decode(struct format_state *st, slice line, struct event *e,
				  struct arena *scratch)
{
	struct json j;
	struct json_member m;
	slice texts[KEPT] = {{0}}, comm = {0};
	struct writer w = {.uid = -1};
	bool ours = false;
	if (!json_open(&j, line))
		return DECODED_UNKNOWN;
	while (json_next(&j, &m)) {
		int f = find_field(m.key);
		if (f < KEPT)
			texts[f] = json_text(&m, scratch);
		else if (f == UID)
			w.uid = uid_of(json_text(&m, scratch));
		else if (f == COMM)
			comm = json_text(&m, scratch);
		else if (f == PID && !event_has(e, F_PID))
			event_parse_number(e, F_PID, m.value);
		else if (f == TIME)
			ours = event_parse_number(e, F_TIME, m.value);
	}
	if (!ours) {
		event_clear(e);
		return DECODED_UNKNOWN;
	}
	struct envelope env = {texts[PROGRAM].len ? texts[PROGRAM] : comm, texts[MESSAGE]};
	w.exe = texts[EXE];
	w.unit = texts[UNIT];
	return decode(st, texts[HOST], &env, &w, e, scratch);
}

/* ---- export ---- */

static char *room_of(struct format_journal *j, size_t *size)
{
	bool text = j->field < TEXTS;
	*size = text ? sizeof j->text[0] : sizeof j->who[0];
	return text ? j->text[j->field] : j->who[j->field - TEXTS];
}

static void keep(struct format_journal *j, slice text)
{
	size_t size, len = j->len[j->field];
	char *room = room_of(j, &size);
	size_t n = text.len < size - len ? text.len : size - len;
	if (n)
		memcpy(room + len, text.at, n);
	j->len[j->field] = (uint16_t)(len + n);
	j->cut |= n < text.len;
}

static void take_field(struct format_journal *j, int field, slice value)
{
	int64_t n;
	if (field < KEPT) {
		j->field = (uint8_t)field;
		j->len[field] = 0;
		keep(j, value);
	} else if (field == COMM && j->len[PROGRAM] == 0) {
		j->field = PROGRAM;
		keep(j, value);
	} else if (field == PID && slice_is_number(value, &n))
		j->pid = n;
	else if (field == TIME && slice_is_number(value, &n))
		j->usec = n;
	else if (field == UID)
		j->uid = uid_of(value);
}

/* Bytes of a length-prefixed field, with the line end that was between two records. */
static void take_binary(struct format_journal *j, slice s)
{
	static const char line_end[] = "\n";
	for (; j->length_left && s.len; s = slice_from(s, 1), j->length_left--)
		j->binary_left |= (uint64_t)(uint8_t)s.at[0] << (8 * (8 - j->length_left));
	if (j->length_left) { /* the length itself holds a line end */
		j->binary_left |= (uint64_t)'\n' << (8 * (8 - j->length_left));
		j->length_left--;
		return;
	}
	slice part = slice_first(s, j->binary_left);
	if (j->field < KEPT)
		keep(j, part);
	j->binary_left -= part.len;
	if (j->binary_left) {
		if (j->field < KEPT)
			keep(j, (slice){line_end, 1});
		j->binary_left--;
	}
}

/* The whole record, its texts in `scratch`. */
static enum decoded finish(struct format_state *st, struct event *e, struct arena *scratch)
{
	struct format_journal *j = &st->journal;
	slice texts[TEXTS];
	for (int i = 0; i < TEXTS; i++)
		texts[i] = arena_copy(scratch, (slice){j->text[i], j->len[i]});
	struct envelope env = {texts[PROGRAM], texts[MESSAGE]};
	const struct writer w = {j->uid, arena_copy(scratch, (slice){j->who[0], j->len[EXE]}),
				 arena_copy(scratch, (slice){j->who[1], j->len[UNIT]})};
	bool cut = j->cut;
	j->open = false;
	if (j->usec)
		event_number(e, F_TIME, j->usec);
	if (j->pid)
		event_number(e, F_PID, j->pid);
	enum decoded d = decode(st, texts[HOST], &env, &w, e, scratch);
	return cut && d == DECODED_EVENT ? DECODED_BROKEN : d;
}

static void start(struct format_journal *j)
{
	j->open = true;
	j->cut = false;
	j->usec = j->pid = 0;
	j->uid = -1;
	j->binary_left = 0;
	j->length_left = 0;
	memset(j->len, 0, sizeof j->len);
}

/* "Tue 2026-03-17 13:05:00.123456 CET [s=...;i=...]", the head of a record of -o verbose. */
static bool begins_verbose(struct format_state *st, slice line, int64_t *usec)
{
	slice t = line;
	size_t last = slice_ends(line, SLICE("]")) ? slice_search_last(line, SLICE(" ")) : SIZE_MAX;
	return last != SIZE_MAX && slice_starts(slice_from(line, last), SLICE(" [s=")) &&
	       envelope_time(st, &t, usec) && slice_starts(t, SLICE(" [s="));
}

/*
 * -o verbose, a field a line: its message is read with what stands before it, for nothing says
 * where a record ends.
 */
enum decoded journald_verbose_decode(struct format_state *st, slice line, struct event *e,
				     struct arena *scratch)
{
	struct format_journal *j = &st->journal;
	int64_t usec;
	slice s = line;
	if (begins_verbose(st, line, &usec)) {
		start(j);
		j->open = false;
		j->verbose = true;
		j->usec = usec;
		return DECODED_PART;
	}
	size_t n = slice_find(s, '=');
	if (!j->verbose || !slice_eat(&s, "    ") || n == line.len)
		return DECODED_UNKNOWN;
	slice name = slice_until(&s, '=');
	int field = find_field(name);
	take_field(j, field, s);
	if (field == MESSAGE)
		return finish(st, e, scratch);
	st->behind = true;
	return DECODED_PART;
}

enum decoded journald_export_decode(struct format_state *st, slice line, struct event *e,
				    struct arena *scratch)
{
	struct format_journal *j = &st->journal;
	if (!j->open) {
		if (!slice_starts(line, SLICE("__CURSOR=")) &&
		    !slice_starts(line, SLICE("__REALTIME_TIMESTAMP=")))
			return DECODED_UNKNOWN;
		start(j);
	}
	if (j->length_left || j->binary_left) {
		take_binary(j, line);
		return DECODED_PART;
	}
	if (line.len == 0)
		return finish(st, e, scratch);
	size_t n = slice_find(line, '=');
	int field = find_field(slice_first(line, n));
	if (n < line.len) {
		take_field(j, field, slice_from(line, n + 1));
		return DECODED_PART;
	}
	j->field = (uint8_t)field; /* a name alone: length and bytes follow */
	j->length_left = 8;
	j->binary_left = 0;
	if (field < KEPT)
		j->len[field] = 0;
	return DECODED_PART;
}
