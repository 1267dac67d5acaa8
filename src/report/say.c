/* say.c - numbers, times and names as people read them. */
#include "parts.h"

/* ---------------------------------------------------------------- numbers */

void say_exact(struct out *o, uint64_t n)
{
	if (n >= 1000)
		say_exact(o, n / 1000);
	out_format(o, n >= 1000 ? ",%03u" : "%u", (unsigned)(n % 1000));
}

void say_count(struct out *o, uint64_t n)
{
	if (n < 1000000)
		say_exact(o, n);
	else if (n < 999950000)
		out_format(o, "%.1f" NBSP "million", (double)n / 1e6);
	else
		out_format(o, "%.1f" NBSP "billion", (double)n / 1e9);
}

void say_bytes(struct out *o, int64_t n)
{
	struct volume v = incident_volume(n);
	out_format(o, "%.*f" NBSP "%s", v.places, v.n, v.unit[0] ? v.unit : "B");
}

void say_seconds(struct out *o, double s)
{
	if (s < 0.1)
		out_text(o, "less than 0.1" NBSP "s");
	else if (s < 9.95)
		out_format(o, "%.1f" NBSP "s", s);
	else if (s < 120)
		out_format(o, "%.0f" NBSP "s", s);
	else
		out_format(o, "%.0f" NBSP "min" NBSP "%02u" NBSP "s", (s - (unsigned)s % 60) / 60,
			   (unsigned)s % 60);
}

void say_share(struct out *o, uint64_t part, uint64_t whole)
{
	unsigned hundredths = part < whole ? (unsigned)((long double)part * 10000 / whole) : 10000;
	if (part >= whole)
		out_text(o, "100" NBSP "%");
	else if (!part)
		out_text(o, "0" NBSP "%");
	else if (hundredths >= 9999)
		out_text(o, "99.99" NBSP "%");
	else
		out_format(o, "%u.%02u" NBSP "%%", hundredths / 100, hundredths % 100);
}

/* ------------------------------------------------------------------ times */

static int64_t offset_at(const struct when *w, int64_t usec)
{
	return w->zone ? zone_from_utc(w->zone, usec) - usec : 0;
}

static struct civil civil_at(const struct when *w, int64_t usec)
{
	return clock_to_civil(usec + offset_at(w, usec));
}

static void widen(struct when *w, int64_t usec)
{
	if (usec == CLOCK_NONE)
		return;
	if (w->first_us == CLOCK_NONE || usec < w->first_us)
		w->first_us = usec;
	if (w->last_us == CLOCK_NONE || usec > w->last_us)
		w->last_us = usec;
}

struct when when_of(const struct report *r, struct zone *zone)
{
	struct when w = {.zone = zone, .first_us = CLOCK_NONE, .last_us = CLOCK_NONE};
	for (size_t i = 0; i < r->inputs.len; i++) {
		widen(&w, r->inputs.at[i].first_us);
		widen(&w, r->inputs.at[i].last_us);
	}
	for (size_t i = 0; i < r->incidents.len; i++) {
		widen(&w, r->incidents.at[i].first_us);
		widen(&w, r->incidents.at[i].last_us);
	}
	if (w.first_us == CLOCK_NONE)
		return w;
	w.years = civil_at(&w, w.first_us).year != civil_at(&w, w.last_us).year;
	int64_t step = (w.last_us - w.first_us) / 1000 + 20 * CLOCK_DAY;
	for (int64_t at = w.first_us; !w.mixed && at < w.last_us; at += step)
		w.mixed = offset_at(&w, at) != offset_at(&w, w.last_us);
	return w;
}

static void say_offset(struct out *o, int64_t offset_us)
{
	int64_t minutes = (offset_us < 0 ? -offset_us : offset_us) / CLOCK_MINUTE;
	out_format(o, "%c%02d:%02d", offset_us < 0 ? '-' : '+', (int)(minutes / 60),
		   (int)(minutes % 60));
}

void say_zone(struct out *o, const struct when *w, int64_t usec)
{
	int64_t offset = offset_at(w, usec);
	out_text(o, "UTC");
	if (offset)
		say_offset(o, offset);
}

static void say_day(struct out *o, const struct civil *c, bool year)
{
	static const char names[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	out_format(o, "%d" NBSP "%.3s", c->day, names + (c->month - 1) * 3);
	if (year)
		out_format(o, NBSP "%d", c->year);
}

static void say_clock(struct out *o, const struct when *w, int64_t usec, const struct civil *c)
{
	out_format(o, "%02d:%02d", c->hour, c->minute);
	if (!w->minutes)
		out_format(o, ":%02d", c->second);
	if (w->mixed)
		say_offset(o, offset_at(w, usec));
}

void say_time(struct out *o, const struct when *w, int64_t usec)
{
	if (usec == CLOCK_NONE)
		return;
	struct civil c = civil_at(w, usec);
	say_day(o, &c, w->years);
	out_text(o, NBSP);
	say_clock(o, w, usec, &c);
}

void say_hour(struct out *o, const struct when *w, int64_t usec)
{
	struct civil c = civil_at(w, usec);
	struct when rough = *w;
	rough.minutes = c.second == 0;
	say_clock(o, &rough, usec, &c);
}

void say_date(struct out *o, const struct when *w, int64_t usec)
{
	struct civil c = civil_at(w, usec);
	say_day(o, &c, false);
}

int64_t when_day(const struct when *w, int64_t usec)
{
	struct civil c = civil_at(w, usec);
	return clock_days(c.year, c.month, c.day);
}

void say_lasting(struct out *o, int64_t usec)
{
	static const struct {
		int64_t us;
		const char *name;
	} units[] = {
	    {CLOCK_DAY, "days"}, {CLOCK_HOUR, "h"}, {CLOCK_MINUTE, "min"}, {CLOCK_SECOND, "s"}};
	size_t i = 0;
	while (i < 3 && usec < 2 * units[i].us)
		i++;
	out_format(o, "%.0f" NBSP "%s", (double)usec / (double)units[i].us, units[i].name);
}

void say_span(struct out *o, const struct when *w, int64_t first, int64_t last)
{
	if (first == CLOCK_NONE) {
		if (last != CLOCK_NONE) {
			out_text(o, "until ");
			say_time(o, w, last);
		}
		return;
	}
	say_time(o, w, first);
	if (last == CLOCK_NONE || last / CLOCK_SECOND == first / CLOCK_SECOND)
		return;
	struct civil a = civil_at(w, first), b = civil_at(w, last);
	out_text(o, " to ");
	if (a.year == b.year && a.month == b.month && a.day == b.day)
		say_clock(o, w, last, &b);
	else
		say_time(o, w, last);
}

void say_stretch(struct out *o, const struct when *w)
{
	struct when rough = *w;
	rough.years = rough.minutes = true;
	say_time(o, &rough, w->first_us);
	out_text(o, " to ");
	rough.years = w->years;
	say_time(o, &rough, w->last_us);
	out_text(o, w->mixed ? "" : NBSP);
	if (!w->mixed)
		say_zone(o, w, w->last_us);
}

/* ------------------------------------------------------------------ names */

void say_address(struct out *o, bool has, const struct address *a)
{
	char text[ADDRESS_TEXT];
	if (has)
		out_slice(o, (slice){text, address_format(a, text)});
}

void say_secrets(struct out *o, uint32_t bits)
{
	const char *between = "";
	for (unsigned i = 0; i < SECRET_COUNT; i++)
		if (bits >> i & 1) {
			out_format(o, "%s%s", between, secret_texts[i][0]);
			between = ", ";
		}
}

void say_words(struct out *o, slice kind)
{
	while (kind.len) {
		size_t n = slice_find(kind, '-');
		out_slice(o, slice_first(kind, n));
		out_text(o, n < kind.len ? NBSP : "");
		kind = slice_from(kind, n + 1);
	}
}

const char *say_certainty(enum certainty c)
{
	return c == CERTAINTY_NONE ? "unknown" : certainty_names[c];
}

/* STIX 2.1 incident extension, confidentiality impact: the first word of "did data leave". */
static slice loss_word(slice answer)
{
	static const slice words[] = {
	    SLICE_INIT("none"),           SLICE_INIT("suspected-loss"),
	    SLICE_INIT("confirmed-loss"), SLICE_INIT("exploited-loss"),
	    SLICE_INIT("contained"),
	};
	size_t n = 0;
	while (n < answer.len &&
	       (answer.at[n] == '-' || (answer.at[n] >= 'a' && answer.at[n] <= 'z')))
		n++;
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (slice_eq(words[i], slice_first(answer, n)))
			return words[i];
	return (slice){0};
}

/* A unit of the sentences that the answers are made of, at the front of `s`. */
static bool is_unit(slice s)
{
	static const slice units[] = {SLICE_INIT("s"),   SLICE_INIT("min"),  SLICE_INIT("h"),
				      SLICE_INIT("day"), SLICE_INIT("days"), SLICE_INIT("KB"),
				      SLICE_INIT("MB"),  SLICE_INIT("GB"),   SLICE_INIT("TB"),
				      SLICE_INIT("%"),   SLICE_INIT("bytes")};
	size_t n = 0;
	while (n < s.len && s.at[n] != ' ' && s.at[n] != ';' && s.at[n] != ',')
		n++;
	for (size_t i = 0; i < sizeof units / sizeof *units; i++)
		if (slice_eq(slice_first(s, n), units[i]))
			return true;
	return false;
}

/* A number and its unit stay on one line. */
static void say_together(struct out *o, slice s)
{
	for (size_t i = 0; i < s.len; i++) {
		bool after_digit = i && s.at[i - 1] >= '0' && s.at[i - 1] <= '9';
		if (s.at[i] == ' ' && after_digit && is_unit(slice_from(s, i + 1)))
			out_text(o, NBSP);
		else
			out_char(o, s.at[i]);
	}
}

void say_loss(struct out *o, const struct incident *in)
{
	slice loss = loss_word(in->verdicts[Q_LEFT].answer);
	if (slice_eq(loss, SLICE("none")))
		loss = SLICE("no loss");
	say_words(o, loss.len ? loss : SLICE("loss unknown"));
}

void say_answer(struct out *o, const struct incident *in, enum question q)
{
	const struct verdict *v = &in->verdicts[q];
	slice text = v->short_answer.len ? v->short_answer : v->answer;
	slice loss = q == Q_LEFT ? loss_word(v->answer) : (slice){0};
	if (v->certainty == CERTAINTY_NONE)
		slice_eat(&text, "unknown: "); /* it stands beside the question already */
	say_words(o, loss);
	if (loss.len && slice_starts(text, loss))
		text = slice_from(text, loss.len);
	else if (loss.len)
		out_text(o, ": ");
	say_together(o, text.len || loss.len ? text : SLICE("the records do not tell"));
}

void say_accounts(struct out *o, const struct incident *in, size_t most)
{
	for (size_t i = 0; i < in->accounts.len && i < most; i++) {
		out_text(o, i ? ", " : "");
		out_slice(o, in->accounts.at[i].name);
	}
	if (in->accounts.len > most)
		out_format(o, " and %zu more", in->accounts.len - most);
}

static bool digits(const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (s[i] < '0' || s[i] > '9')
			return false;
	return true;
}

/* Sigma's tag for MITRE ATT&CK: attack.tNNNN or attack.tNNNN.NNN. */
bool technique(const char *tag, char out[TECHNIQUE_TEXT])
{
	slice s = slice_of(tag);
	if (!slice_eq_nocase(slice_first(s, 8), SLICE("attack.t")))
		return false;
	s = slice_from(s, 8);
	bool whole = s.len == 4 && digits(s.at, 4);
	bool sub = s.len == 8 && digits(s.at, 4) && s.at[4] == '.' && digits(s.at + 5, 3);
	if (!whole && !sub)
		return false;
	out[0] = 'T';
	memcpy(out + 1, s.at, s.len);
	out[1 + s.len] = '\0';
	return true;
}

void say_techniques(struct out *o, const char *const *tags)
{
	char id[TECHNIQUE_TEXT];
	const char *between = "";
	for (; tags && *tags; tags++)
		if (technique(*tags, id)) {
			out_format(o, "%s%s", between, id);
			between = " ";
		}
}
