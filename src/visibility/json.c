/* json.c - visibility as JSON: tocsin.visibility/1. */
#include "visibility/part.h"

static void json_text(struct out *o, const char *key, slice text)
{
	if (!text.len)
		return;
	out_format(o, ",\"%s\":", key);
	out_json(o, text);
}

static void json_rules(const struct report *r, struct out *o)
{
	out_text(o, ",\"rules\":[");
	for (size_t i = 0; i < r->sight.rules.len; i++) {
		const struct sight_rule *rule = &r->sight.rules.at[i];
		out_format(o, "%s\n{\"state\":\"%s\",\"level\":\"%s\",\"happened\":%s",
			   i ? "," : "", rule->seeing ? "seeing" : "blind", rule->level,
			   rule->happened ? "true" : "false");
		json_text(o, "id", rule->id);
		json_text(o, "title", rule->title);
		json_text(o, "why", rule->why);
		json_text(o, "setting", rule->setting);
		out_text(o, "}");
	}
	out_text(o, "]");
}

static void json_sources(const struct report *r, struct out *o)
{
	out_text(o, "\"sources\":[");
	for (size_t i = 0; i < r->sight.sources.len; i++) {
		const struct sight_source *s = &r->sight.sources.at[i];
		out_format(o, "%s\n{\"path\":", i ? "," : "");
		out_json(o, map_path(r, i));
		out_format(o, ",\"records\":%llu,\"unrecognised\":%llu,\"hours\":[",
			   (unsigned long long)s->records, (unsigned long long)s->unknown);
		bool any = false;
		for (size_t h = 0; h < s->hours.len; h++) {
			if (!s->hours.at[h].records)
				continue;
			out_text(o, any ? ",{\"hour\":\"" : "{\"hour\":\"");
			out_time(o, (s->first_hour + (int64_t)h) * CLOCK_HOUR);
			out_format(o, "\",\"records\":%llu,\"unrecognised\":%llu}",
				   (unsigned long long)s->hours.at[h].records,
				   (unsigned long long)s->hours.at[h].unknown);
			any = true;
		}
		out_text(o, "]}");
	}
	out_text(o, "]");
}

static void json_drifts(const struct report *r, struct out *o)
{
	out_text(o, ",\"drift\":[");
	for (size_t i = 0; i < r->sight.drifts.len; i++) {
		const struct sight_drift *d = &r->sight.drifts.at[i];
		out_text(o, i ? ",\n{\"daemon\":" : "\n{\"daemon\":");
		out_json(o, d->daemon);
		out_text(o, ",\"from\":\"");
		out_time(o, d->from_us);
		out_format(o, "\",\"recognised_before\":%u,\"recognised_since\":%u,\"samples\":[",
			   d->before, d->since);
		for (size_t k = 0; k < d->sample_count; k++) {
			out_text(o, k ? "," : "");
			out_json(o, d->samples[k]);
		}
		out_text(o, "]}");
	}
	out_text(o, "]");
}

static void json_time(struct out *o, const char *key, int64_t us)
{
	if (us == CLOCK_NONE)
		return;
	out_format(o, ",\"%s\":\"", key);
	out_time(o, us);
	out_text(o, "\"");
}

static void json_gaps(const struct report *r, struct out *o)
{
	out_text(o, ",\"gaps\":[");
	for (size_t i = 0; i < r->gaps.len; i++) {
		const struct gap *g = &r->gaps.at[i];
		out_text(o, i ? ",\n{\"source\":" : "\n{\"source\":");
		out_json(o, g->source);
		json_time(o, "from", g->from_us);
		json_time(o, "to", g->to_us);
		json_text(o, "state", g->state.len ? g->state : g->kind);
		json_text(o, "certainty", slice_of(certainty_names[g->certainty]));
		json_text(o, "hides", g->hides);
		json_text(o, "remedy", g->remedy);
		out_text(o, "}");
	}
	out_text(o, "]");
}

void visibility_json(const struct report *r, struct out *o)
{
	out_text(o, "{\"schema\":\"tocsin.visibility/1\",");
	json_sources(r, o);
	json_rules(r, o);
	json_drifts(r, o);
	json_gaps(r, o);
	out_text(o, "}\n");
}
