/*
 * m365_settings.c - what an operation set: rules and where they send mail, rights, roles, consents.
 *
 * Exchange's cmdlets give it as Parameters, the directory as ModifiedProperties with the old and
 * the new value, Outlook's own rules as OperationProperties with RuleActions as JSON text.
 */
#include "m365.h"

enum { CHANGED_MOST = 4096, GRANTS_MOST = 64 };

struct setting {
	struct m365_view *v;
	struct event *e;
	struct out changed; /* kept in memory; copied into the arena at the end */
};

enum kind_of_setting { WORDS, SWITCH, ADDRESSES };

/* Parameters of cmdlets: learn.microsoft.com/powershell/module/exchange (New-InboxRule,
 * New-TransportRule, Set-Mailbox, Add-MailboxPermission ...). */
static const struct {
	slice name;
	enum field field;
	enum kind_of_setting kind;
} settings[] = {
    {SLICE_INIT("Name"), F_RULE_NAME, WORDS},
    {SLICE_INIT("RuleName"), F_RULE_NAME, WORDS},
    {SLICE_INIT("ForwardTo"), F_RULE_TO, ADDRESSES},
    {SLICE_INIT("ForwardAsAttachmentTo"), F_RULE_TO, ADDRESSES},
    {SLICE_INIT("RedirectTo"), F_RULE_TO, ADDRESSES},
    {SLICE_INIT("RedirectMessageTo"), F_RULE_TO, ADDRESSES},
    {SLICE_INIT("BlindCopyTo"), F_RULE_TO, ADDRESSES},
    {SLICE_INIT("CopyTo"), F_RULE_TO, ADDRESSES},
    {SLICE_INIT("AddToRecipients"), F_RULE_TO, ADDRESSES},
    {SLICE_INIT("ForwardingSmtpAddress"), F_RULE_TO, ADDRESSES},
    {SLICE_INIT("ForwardingAddress"), F_RULE_TO, ADDRESSES},
    {SLICE_INIT("JournalEmailAddress"), F_RULE_TO, ADDRESSES},
    {SLICE_INIT("SmartHosts"), F_RULE_TO, ADDRESSES},
    {SLICE_INIT("MoveToFolder"), F_RULE_FOLDER, WORDS},
    {SLICE_INIT("CopyToFolder"), F_RULE_FOLDER, WORDS},
    {SLICE_INIT("DestinationFolder"), F_RULE_FOLDER, WORDS},
    {SLICE_INIT("SubjectContainsWords"), F_RULE_WORDS, WORDS},
    {SLICE_INIT("BodyContainsWords"), F_RULE_WORDS, WORDS},
    {SLICE_INIT("SubjectOrBodyContainsWords"), F_RULE_WORDS, WORDS},
    {SLICE_INIT("HeaderContainsWords"), F_RULE_WORDS, WORDS},
    {SLICE_INIT("SubjectMatchesPatterns"), F_RULE_WORDS, WORDS},
    {SLICE_INIT("SubjectOrBodyMatchesPatterns"), F_RULE_WORDS, WORDS},
    {SLICE_INIT("RuleCondition"), F_RULE_WORDS, WORDS},
    {SLICE_INIT("From"), F_RULE_FROM, WORDS},
    {SLICE_INIT("FromAddressContainsWords"), F_RULE_FROM, WORDS},
    {SLICE_INIT("DeleteMessage"), F_RULE_DELETES, SWITCH},
    {SLICE_INIT("SoftDeleteMessage"), F_RULE_DELETES, SWITCH},
    {SLICE_INIT("MarkAsRead"), F_RULE_READ, SWITCH},
    {SLICE_INIT("AccessRights"), F_RIGHTS, WORDS},
    {SLICE_INIT("GrantSendOnBehalfTo"), F_GRANTEE, ADDRESSES},
    {SLICE_INIT("Trustee"), F_GRANTEE, ADDRESSES},
    {SLICE_INIT("Member"), F_GRANTEE, ADDRESSES},
    {SLICE_INIT("MemberUpn"), F_GRANTEE, ADDRESSES},
    {SLICE_INIT("Role.DisplayName"), F_ROLE, WORDS},
    {SLICE_INIT("ConsentAction.Permissions"), F_SCOPES, WORDS},
    {SLICE_INIT("DelegatedPermissionGrant.Scope"), F_SCOPES, WORDS},
    {SLICE_INIT("AppRole.Value"), F_SCOPES, WORDS},
    {SLICE_INIT("ConsentContext.OnBehalfOfAll"), F_CONSENT_ALL, SWITCH},
    {SLICE_INIT("TargetId.ServicePrincipalNames"), F_CONSENT_APP, WORDS},
};

/* The directory quotes its values once more: "\"Global Reader\"". */
static slice unquote(slice s)
{
	s = slice_trim(s);
	if (s.len >= 2 && s.at[0] == '"' && s.at[s.len - 1] == '"')
		return slice_from(slice_first(s, s.len - 1), 1);
	return s;
}

/* Several parameters may feed one field: they are joined. */
static void join(struct setting *s, enum field f, slice text)
{
	slice old = event_get(s->e, f);
	if (!text.len || slice_eq(old, text))
		return;
	if (old.len)
		text = arena_format(s->v->scratch, "%.*s;%.*s", (int)old.len, old.at, (int)text.len,
				    text.at);
	event_text(s->e, f, text);
}

/*
 * "[..] => [[Id: .., Scope: User.Read, ..], [Id: .., Scope: Mail.Read, ..]]; ": the scopes that
 * hold from now on, a grant for each service whose data it opens.
 */
static void join_scopes(struct setting *s, slice permissions)
{
	size_t now = slice_search(permissions, SLICE("=>"));
	slice rest = now == SIZE_MAX ? permissions : slice_from(permissions, now + 2);
	size_t at = slice_search(rest, SLICE("Scope:"));
	if (at == SIZE_MAX)
		join(s, F_SCOPES, slice_trim(permissions));
	for (size_t n = 0; at != SIZE_MAX && n < GRANTS_MOST; n++) {
		rest = slice_from(rest, at + 6);
		slice grant = slice_first(rest, slice_find(rest, ']'));
		join(s, F_SCOPES, slice_trim(slice_first(grant, slice_find(grant, ','))));
		at = slice_search(rest, SLICE("Scope:"));
	}
}

/* smtp:a@x, or "a name of any kind" [SMTP:a@x] */
static slice address_text(slice s)
{
	size_t named = slice_search(s, SLICE(" [SMTP:"));
	if (named != SIZE_MAX)
		return slice_first(slice_from(s, named + 7),
				   slice_find(slice_from(s, named + 7), ']'));
	if (s.len > 5 && slice_eq_nocase(slice_first(s, 5), SLICE("smtp:")))
		s = slice_from(s, 5);
	return s;
}

static void join_addresses(struct setting *s, enum field f, slice list)
{
	while (list.len)
		join(s, f, address_text(slice_trim(slice_until(&list, ';'))));
}

static void set(struct setting *s, enum field f, enum kind_of_setting kind, slice value)
{
	if (kind == SWITCH) {
		event_number(s->e, f, slice_eq_nocase(value, SLICE("True")));
		return;
	}
	if (f == F_CONSENT_APP && s->e->action != ACT_APP_CONSENT)
		return;
	if (f == F_SCOPES)
		join_scopes(s, value);
	else if (kind == ADDRESSES)
		join_addresses(s, f, value);
	else
		join(s, f, value);
}

static void seen(void *ctx, slice name, slice value)
{
	struct setting *s = ctx;
	value = unquote(value);
	if (s->changed.len < CHANGED_MOST && name.len) {
		if (s->changed.len)
			out_text(&s->changed, "; ");
		out_slice(&s->changed, slice_first(name, 256));
		out_char(&s->changed, '=');
		out_slice(&s->changed, slice_first(value, 512));
	}
	for (size_t i = 0; value.len && i < sizeof settings / sizeof *settings; i++)
		if (slice_eq(settings[i].name, name))
			set(s, settings[i].field, settings[i].kind, value);
}

/* What Outlook's rules do: [{"ActionType":"Forward","Recipients":[..]}, ...] */
static void rule_action(struct setting *s, const struct json_tape *t, const struct json_node *n)
{
	const struct m365_view *v = s->v;
	slice type = m365_member(v, t, n, SLICE("ActionType"));
	const struct json_node *to = json_get(t, n, SLICE("Recipients"));
	for (const struct json_node *r = json_first(t, to); r; r = json_after(t, to, r))
		join_addresses(s, F_RULE_TO, json_words(r, v->scratch));
	if (slice_search(type, SLICE("Delete")) != SIZE_MAX)
		event_number(s->e, F_RULE_DELETES, 1);
	if (slice_eq(type, SLICE("MarkAsRead")))
		event_number(s->e, F_RULE_READ, 1);
	join(s, F_RULE_FOLDER, m365_member(v, t, n, SLICE("DestinationFolder")));
	join(s, F_RULE_FOLDER, m365_member(v, t, n, SLICE("TargetFolder")));
}

/* What a rule that is taken away did, it does no more. */
static void rule_actions(struct setting *s)
{
	const struct json_tape *t;
	struct m365_view *v = s->v;
	if (slice_starts(m365_pair(v, M365_PROPERTIES, SLICE("RuleOperation")), SLICE("Remove")))
		return;
	v->at[M365_ACTIONS] =
	    (struct m365_value){.text = m365_pair(v, M365_PROPERTIES, SLICE("RuleActions"))};
	const struct json_node *box = m365_box(v, M365_ACTIONS, &t);
	for (const struct json_node *n = json_first(t, box); n; n = json_after(t, box, n))
		if (n->kind == JSON_IS_OBJECT)
			rule_action(s, t, n);
}

/* Whom Identity and User mean depends on the cmdlet. */
static void set_parties(struct setting *s)
{
	slice mailbox = m365_pair(s->v, M365_PARAMETERS, SLICE("Identity"));
	slice user = m365_pair(s->v, M365_PARAMETERS, SLICE("User"));
	if (mailbox.len)
		event_text(s->e, F_TARGET_USER, mailbox);
	if (user.len && s->e->action == ACT_DELEGATION)
		join(s, F_GRANTEE, user);
}

/* A folder's rights: whose they become, and which, stand with the folder. */
static void set_member(struct setting *s)
{
	const struct json_tape *t;
	const struct m365_view *v = s->v;
	const struct json_node *item = m365_box(s->v, M365_ITEM, &t);
	const struct json_node *folder = item ? json_get(t, item, SLICE("ParentFolder")) : NULL;
	if (!folder)
		return;
	join(s, F_GRANTEE, m365_member(v, t, folder, SLICE("MemberUpn")));
	join(s, F_RIGHTS, m365_member(v, t, folder, SLICE("MemberRights")));
}

static void set_file(struct m365_view *v, struct event *e)
{
	slice workload = m365_text(v, M365_WORKLOAD), url = m365_text(v, M365_OBJECT);
	if (!slice_eq(workload, SLICE("SharePoint")) && !slice_eq(workload, SLICE("OneDrive")))
		return;
	if (slice_starts(url, SLICE("http"))) {
		event_text(e, F_URL, url);
		event_drop(e, F_TARGET_USER);
	}
	if (m365_text(v, M365_FILE).len)
		event_text(e, F_FILE_PATH, url.len ? url : m365_text(v, M365_FILE));
	if (m365_text(v, M365_TARGET).len)
		event_text(e, F_TARGET_USER, m365_text(v, M365_TARGET));
}

void m365_settings(struct m365_view *v, struct event *e)
{
	struct setting s = {.v = v, .e = e, .changed = {.fd = -1}};
	set_file(v, e);
	if (e->action == ACT_LOGIN || e->action == ACT_MAIL_ACCESS)
		return;
	m365_pairs(v, M365_PARAMETERS, seen, &s);
	m365_pairs(v, M365_MODIFIED, seen, &s);
	if (e->action == ACT_MAIL_RULE) {
		m365_pairs(v, M365_PROPERTIES, seen, &s);
		rule_actions(&s);
	}
	if (e->action == ACT_DELEGATION)
		set_member(&s);
	set_parties(&s);
	if (s.changed.len)
		event_text(e, F_CHANGED,
			   arena_copy(v->scratch, (slice){s.changed.at, s.changed.len}));
	out_close(&s.changed);
}
