/*
 * blind.c - each rule against what occurred.
 *
 * A rule speaks of certain actions of certain modules: which, the engine tells when it is asked
 * whether the rule could hold if every field were there.  For each of these: did such events occur,
 * with the fields that the rule needs?  If none did: would the daemons at hand write them unasked?
 * Of fields only those count that a daemon writes when told to.
 */
#include "sight/part.h"
#include "sigma/sigma.h"

enum { PARTS_MOST = 64, DEPTH_MOST = 8 };

struct sighting {
	struct sight *v;
	struct sigma *sigma;
	const struct sight_kind *kind; /* whose fields count; NULL: all are there */
	bool unseen;                   /* no such event occurred: fields as daemons are shipped */
	uint64_t lacks[FIELD_WORDS];
};

/* What was found of one rule. */
struct finding_sight {
	bool seeing, happened, spoken; /* spoken: it speaks of events that we know */
	uint64_t lacks[FIELD_WORDS];
	const struct eye *eye; /* blind: of this action */
	bool there;            /* a daemon of the eye's is at hand */
	enum action action;
};

static bool is_fixed(void *ctx, int field)
{
	return field == F_ACTION || field == F_MODULE || field == F_CATEGORY;
}

/* Facts are made where their events are; and what daemons write unasked comes when it happens. */
static bool occurs(void *ctx, int field)
{
	const struct sighting *s = ctx;
	bool shipped;
	if (field >= FIELD_COUNT || strncmp(event_fields[field].name, "tocsin.", 7) == 0 ||
	    !eye_field(field, &shipped))
		return true;
	if (s->unseen)
		return shipped;
	return !s->kind || (s->kind->has[field >> 6] >> (field & 63) & 1);
}

static void lacks(void *ctx, int field)
{
	struct sighting *s = ctx;
	if (field < FIELD_COUNT)
		s->lacks[field >> 6] |= UINT64_C(1) << (field & 63);
}

static bool could(struct sighting *s, const struct sigma_rule *r, slice module, enum action action,
		  const struct sight_kind *kind)
{
	const struct sigma_sight sight = {occurs, is_fixed, lacks, s};
	struct event e;
	event_make(&e);
	event_text(&e, F_MODULE, module);
	event_act(&e, action, OUT_NONE);
	e.raw = SLICE("-");
	s->kind = kind;
	return sigma_could(s->sigma, r, &e, &sight);
}

/* Events that occurred: true as soon as one kind has all that the rule needs. */
static bool look_at_kinds(struct sighting *s, const struct sigma_rule *r, struct finding_sight *f)
{
	for (size_t i = 0; i < s->v->kinds.len; i++) {
		const struct sight_kind *k = &s->v->kinds.at[i];
		if (!could(s, r, k->module, k->action, NULL))
			continue;
		f->spoken = true;
		memset(s->lacks, 0, sizeof s->lacks);
		if (could(s, r, k->module, k->action, k))
			return f->seeing = f->happened = true;
		memcpy(f->lacks, s->lacks, sizeof f->lacks);
	}
	return false;
}

static bool module_is_there(const struct sight *v, const struct eye *e, slice *module)
{
	for (size_t i = 0; i < v->kinds.len; i++)
		if (v->kinds.at[i].module.len && eye_has_module(e, v->kinds.at[i].module)) {
			*module = v->kinds.at[i].module;
			return true;
		}
	return false;
}

/* A module of the row's own, where none is at hand: for rules that name one. */
static slice any_module(const struct eye *e)
{
	slice rest = slice_of(e->modules);
	slice_eat(&rest, " ");
	return rest.len ? slice_until(&rest, ' ') : SLICE("dovecot");
}

/* Nothing of the kind occurred: would it have been written? */
static void look_at_eyes(struct sighting *s, const struct sigma_rule *r, struct finding_sight *f)
{
	slice of_tenant;
	bool tenant = module_is_there(s->v, &tenant_eye, &of_tenant);
	for (int action = 0; action < ACTION_COUNT; action++) {
		const struct eye *e = eye_of((enum action)action);
		slice module = any_module(e);
		bool there = module_is_there(s->v, e, &module);
		if (!tenant && could(s, r, SLICE("m365"), (enum action)action, NULL) &&
		    !could(s, r, module, (enum action)action, NULL)) {
			f->spoken = true; /* of a tenant alone */
			f->eye = f->eye ? f->eye : &tenant_eye;
			f->action = (enum action)action;
			continue;
		}
		if (!could(s, r, module, (enum action)action, NULL))
			continue;
		f->spoken = true;
		memset(s->lacks, 0, sizeof s->lacks);
		s->unseen = true;
		bool written = could(s, r, module, (enum action)action, NULL);
		s->unseen = false;
		if (there && !e->asked && written)
			f->seeing = true;
		else if (there && !e->asked)
			memcpy(f->lacks, s->lacks, sizeof f->lacks);
		else if (!f->eye) {
			f->eye = e;
			f->there = there;
			f->action = (enum action)action;
		}
	}
}

static void look_at(struct sighting *s, const struct sigma_rule *r, struct finding_sight *f,
		    unsigned depth)
{
	const struct sigma_rule *parts[PARTS_MOST];
	size_t n = sigma_parts(s->sigma, r, parts, PARTS_MOST);
	if (n == 0 || depth == DEPTH_MOST) {
		if (!look_at_kinds(s, r, f) && !f->spoken)
			look_at_eyes(s, r, f);
		return;
	}
	bool all = sigma_needs_all_parts(s->sigma, r), seeing = all;
	for (size_t i = 0; i < n; i++) {
		struct finding_sight part = {0};
		look_at(s, parts[i], &part, depth + 1);
		f->happened |= part.happened;
		if (!part.seeing && !f->eye) {
			f->eye = part.eye;
			f->there = part.there;
			f->action = part.action;
		}
		for (int w = 0; w < FIELD_WORDS && !part.seeing; w++)
			f->lacks[w] |= part.lacks[w];
		seeing = all ? seeing && part.seeing : seeing || part.seeing;
	}
	f->seeing = seeing;
}

/* Why it is blind, in words, and what opens its eyes. */
static void say_why(struct sight *v, const struct finding_sight *f, struct sight_rule *row)
{
	struct out o = {.fd = -1};
	const char *setting = f->eye ? f->eye->setting : NULL;
	int named = 0;
	bool shipped;
	if (f->eye)
		out_format(&o, "nothing here writes %s", event_actions[f->action].name.at);
	for (int i = 0; i < FIELD_COUNT && !f->eye; i++) {
		if (!(f->lacks[i >> 6] >> (i & 63) & 1))
			continue;
		out_format(&o, "%s%s", named++ ? ", " : "never seen: ", event_fields[i].name);
		setting = setting ? setting : eye_field(i, &shipped);
	}
	if (o.len == 0)
		out_text(&o, "no log that it speaks of was given");
	row->why = arena_copy(&v->arena, (slice){o.at, o.len});
	bool log = f->eye ? !f->there : named == 0;
	row->needs = f->eye == &tenant_eye ? NEEDS_TENANT : log ? NEEDS_LOG : NEEDS_SETTING;
	row->setting = slice_of(
	    setting
		? setting
		: "give the other logs of the host: its audit log, a hosting panel's, all it runs");
	out_close(&o);
}

static void sight_rule(struct sighting *s, const struct sigma_rule *r)
{
	static const char *const levels[] = {"informational", "low", "medium", "high", "critical"};
	struct finding_sight f = {0};
	if (!r->enabled || !r->generate)
		return; /* it only feeds correlations, which are told */
	look_at(s, r, &f, 0);
	struct sight_rule *row = list_add(&s->v->rules);
	*row = (struct sight_rule){
	    .id = arena_copy(&s->v->arena, slice_of(r->id ? r->id : "")),
	    .title = arena_copy(&s->v->arena, slice_of(r->title ? r->title : "")),
	    .method = arena_copy(&s->v->arena, slice_of(r->custom_method ? r->custom_method : "")),
	    .level = levels[r->level],
	    .seeing = f.seeing,
	    .happened = f.happened,
	};
	s->v->seeing += f.seeing;
	s->v->blind += !f.seeing;
	if (!f.seeing)
		say_why(s->v, &f, row);
}

void sight_rules(struct sight *s, struct sigma *sigma)
{
	struct sighting looking = {.v = s, .sigma = sigma};
	for (size_t i = 0; i < sigma_count(sigma); i++)
		sight_rule(&looking, sigma_rule(sigma, i));
	find_unseen_ways(s);
	if (s->drift)
		drift_end(&s->drift, s);
}
