/*
 * m365_who.c - who acted, and on whom: of the directory's records, of alerts, of guests.
 */
#include "m365.h"

/* {"user": {"userPrincipalName": ..., "ipAddress": ...}} or {"app": {"displayName": ...}} */
static void name_actor(struct m365_view *v)
{
	const struct json_tape *t;
	const struct json_node *box = m365_box(v, M365_ACTOR, &t);
	const struct json_node *user = box ? json_get(t, box, SLICE("user")) : NULL;
	const struct json_node *app = box ? json_get(t, box, SLICE("app")) : NULL;
	slice name = m365_member(v, t = box ? t : NULL, user, SLICE("userPrincipalName"));
	slice ip = m365_member(v, t, user, SLICE("ipAddress"));
	if (!name.len)
		name = m365_member(v, t, app, SLICE("displayName"));
	if (name.len)
		v->at[M365_USER].text = name;
	if (ip.len && !m365_has(v, M365_IP))
		v->at[M365_IP].text = ip;
}

static void name_target(struct m365_view *v)
{
	const struct json_tape *t;
	const struct json_node *box = m365_box(v, M365_TARGETS, &t);
	const struct json_node *first = json_first(t, box);
	if (!first || first->kind != JSON_IS_OBJECT)
		return;
	slice name = m365_member(v, t, first, SLICE("userPrincipalName"));
	if (!name.len)
		name = m365_member(v, t, first, SLICE("displayName"));
	const struct json_node *changes = json_get(t, first, SLICE("modifiedProperties"));
	v->at[M365_TARGET].text = name;
	if (changes && !m365_has(v, M365_MODIFIED))
		v->at[M365_MODIFIED] = (struct m365_value){{0}, changes, t};
}

/* An alert is written by no account; it names the one that it is about. */
static void name_alerted(struct m365_view *v)
{
	static const slice names[] = {SLICE_INIT("f3u"), SLICE_INIT("suid"), SLICE_INIT("trc")};
	const struct json_tape *t;
	if (!slice_eq(m365_text(v, M365_USER), SLICE("SecurityComplianceAlerts")))
		return;
	const struct json_node *box = m365_box(v, M365_DATA, &t);
	for (size_t i = 0; box && i < sizeof names / sizeof *names; i++) {
		slice name = m365_member(v, t, box, names[i]);
		if (slice_find(name, '@') < name.len) {
			v->at[M365_USER].text = name;
			return;
		}
	}
}

/* Who came by a link that was sent to him: urn:spo:guest#a@x */
static void name_guest(struct m365_view *v)
{
	slice name = m365_text(v, M365_USER);
	if (slice_starts(name, SLICE("urn:spo:guest#")))
		v->at[M365_USER].text = slice_from(name, 14);
}

void m365_who(struct m365_view *v)
{
	if (m365_has(v, M365_ACTOR))
		name_actor(v);
	if (m365_has(v, M365_TARGETS))
		name_target(v);
	if (m365_has(v, M365_DATA))
		name_alerted(v);
	name_guest(v);
}
