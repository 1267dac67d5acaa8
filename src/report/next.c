/*
 * next.c - what to do now, from what the report knows: accounts, changes, secrets, open questions.
 * A command names an account only if its name means nothing to a shell: the name is the
 * intruder's text as much as any.
 */
#include "parts.h"

struct steps {
	next_step *step;
	void *ctx;
	enum step_is is;
	struct out text;
};

static void say_step(struct steps *s)
{
	s->step(s->ctx, s->is, (slice){s->text.at, s->text.len});
	s->text.len = 0;
}

static bool shell_safe(slice name)
{
	for (size_t i = 0; i < name.len; i++) {
		unsigned char c = (unsigned char)name.at[i], letter = c | 0x20;
		bool plain = (letter >= 'a' && letter <= 'z') || (c >= '0' && c <= '9') ||
			     c == '.' || c == '_' || c == '@' || c == '+' || (c == '-' && i > 0);
		if (!plain)
			return false;
	}
	return name.len > 0 && name.len <= 128;
}

static bool has_format(const struct report *r, slice name)
{
	for (size_t i = 0; i < r->inputs.len; i++)
		for (size_t k = 0; k < r->inputs.at[i].format_count; k++)
			if (slice_eq(r->inputs.at[i].formats[k].name, name))
				return true;
	return false;
}

/* At most so many names in one sentence. */
enum { NAMES_MOST = 6 };

static void names(struct out *o, const struct incident *in, enum certainty least)
{
	size_t n = 0;
	for (size_t i = 0; i < in->accounts.len; i++) {
		const struct account *a = &in->accounts.at[i];
		if (a->compromised < least || n++ >= NAMES_MOST)
			continue;
		out_text(o, n > 1 ? ", " : "");
		out_slice(o, a->name);
	}
	if (n > NAMES_MOST)
		out_format(o, " and %zu more", n - NAMES_MOST);
}

static const struct account *first_taken(const struct incident *in)
{
	for (size_t i = 0; i < in->accounts.len; i++)
		if (in->accounts.at[i].compromised >= LIKELY)
			return &in->accounts.at[i];
	return NULL;
}

static void say_time_of(struct out *o, const struct report_style *style, int64_t usec)
{
	struct when w = {.zone = style->zone, .first_us = usec, .last_us = usec, .mixed = true};
	say_time(o, &w, usec);
}

/* What the way in asks for besides new passwords. */
static void way_in(struct steps *s, const struct incident *in, const struct report_style *style)
{
	const struct entry *e = &in->entry;
	if (e->method == ENTRY_SHELL) {
		out_text(&s->text, "Keep a disk image of the mail host; then close the way into "
				   "it: password, SSH keys and jobs of ");
		out_slice(&s->text, e->account.len ? e->account : SLICE("whoever had a shell"));
		say_step(s);
		out_text(&s->text, "No step of containment shuts out who has a shell: tocsin "
				   "isolate plan, on the host, takes it off the network while "
				   "incoming mail is kept; it lists the steps and changes nothing");
		say_step(s);
	}
	if (e->method == ENTRY_WEBMAIL_SESSION || e->method == ENTRY_WEBMAIL_EXPLOIT) {
		out_text(&s->text, "Update the webmail; keep the message that was open when it "
				   "began as evidence, and let nobody open it again");
		if (e->time_us != CLOCK_NONE) {
			out_text(&s->text, " (");
			say_time_of(&s->text, style, e->time_us);
			out_text(&s->text, ")");
		}
		say_step(s);
	}
}

static void contain(struct steps *s, const struct report *r, const struct incident *in,
		    const struct report_style *style)
{
	const char *json = style->json_path;
	bool kept = json && strcmp(json, "-") != 0;
	if (!first_taken(in))
		return;
	out_text(&s->text, "To shut them out of every layer at once: ");
	if (!kept)
		out_text(&s->text, "tocsin scan --json report.json, then ");
	out_format(&s->text, "tocsin contain plan %s", kept ? json : "report.json");
	if (r->incidents.len > 1) {
		out_char(&s->text, ' ');
		out_slice(&s->text, in->id);
	}
	out_text(&s->text, "; it lists the steps and changes nothing");
	say_step(s);
}

static void passwords(struct steps *s, const struct report *r, const struct incident *in)
{
	const struct account *first = first_taken(in);
	if (!first)
		return;
	out_text(&s->text, "New password for ");
	names(&s->text, in, LIKELY);
	out_text(&s->text, "; then end their sessions, webmail's too");
	if (has_format(r, SLICE("dovecot")) && shell_safe(first->name)) {
		out_text(&s->text, " (doveadm kick ");
		out_slice(&s->text, first->name);
		out_text(&s->text, ")");
	}
	say_step(s);
}

static bool told_before(const struct incident *in, size_t i)
{
	const struct change *c = &in->changes.at[i];
	for (size_t k = 0; k < i; k++) {
		const struct change *d = &in->changes.at[k];
		if (d->active && slice_eq(c->kind, d->kind) && slice_eq(c->account, d->account) &&
		    slice_eq(c->target, d->target))
			return true;
	}
	return false;
}

static void changes(struct steps *s, const struct incident *in)
{
	size_t n = 0;
	for (size_t i = 0; i < in->changes.len; i++) {
		const struct change *c = &in->changes.at[i];
		if (!c->active || told_before(in, i) || n++ >= NAMES_MOST)
			continue;
		out_text(&s->text, n > 1 ? "; the " : "Take back the ");
		say_words(&s->text, c->kind);
		out_text(&s->text, " of ");
		out_slice(&s->text, c->account);
		if (c->target.len) {
			out_text(&s->text, " (");
			out_slice(&s->text, c->target);
			out_text(&s->text, ")");
		}
	}
	if (n > NAMES_MOST)
		out_format(&s->text, "; and %zu more", n - NAMES_MOST);
	if (n)
		say_step(s);
}

static const char *const rotations[SECRET_COUNT] = {
    [SECRET_PASSWORD] = "change passwords", [SECRET_KEY] = "replace private keys",
    [SECRET_TOKEN] = "revoke API tokens",   [SECRET_IBAN] = "warn the bank of account numbers",
    [SECRET_CARD] = "block payment cards",  [SECRET_IDENTITY] = "warn holders of identity numbers",
    [SECRET_RESET] = "void reset links",    [SECRET_PROFILE] = "reissue VPN profiles",
};

static void secrets(struct steps *s, const struct incident *in)
{
	const char *before = "Rotate what the opened messages hold: ";
	for (unsigned i = 0; i < SECRET_COUNT; i++) {
		if (!in->secrets[i])
			continue;
		out_text(&s->text, before);
		out_format(&s->text, "%s (%llu message%s)", rotations[i],
			   (unsigned long long)in->secrets[i], in->secrets[i] == 1 ? "" : "s");
		before = ", ";
	}
	if (s->text.len)
		say_step(s);
}

static bool is_open(const struct verdict *v)
{
	return v->certainty != PROVEN && v->certainty != EXCLUDED && v->would_settle_count;
}

/* What would settle the questions that are not proven, one for each. */
static void open_questions(struct steps *s, const struct incident *in)
{
	for (int q = 0; q < QUESTION_COUNT; q++) {
		const struct verdict *v = &in->verdicts[q];
		if (!is_open(v))
			continue;
		out_format(&s->text, "To settle \"%s\": ", question_texts[q]);
		out_slice(&s->text, v->would_settle[0]);
		s->is = STEP_SETTLES;
		say_step(s);
	}
}

void next_steps(const struct report *r, const struct incident *in, const struct report_style *style,
		next_step *step, void *ctx)
{
	struct steps s = {step, ctx, STEP_ACTS, {.fd = -1}};
	way_in(&s, in, style);
	passwords(&s, r, in);
	contain(&s, r, in, style);
	changes(&s, in);
	secrets(&s, in);
	open_questions(&s, in);
	s.is = STEP_ACTS;
	if (!r->mail_store && in->messages.proven > 0 && !is_open(&in->verdicts[Q_OPENED])) {
		out_text(&s.text, "Scan again with --mail-store PATH: it names subjects, parts and "
				  "the secrets they hold");
		say_step(&s);
	}
	out_close(&s.text);
}
