/*
 * tenant_levers.c - an account of Microsoft 365: shut, its sessions void, what sends its mail away
 * and what reads it in its name taken out.
 *
 * Each looks first at what is there and keeps it; what is deleted is made anew by undo if it is not
 * there, so that twice is once.  Graph v1.0: user (accountEnabled, signInSessionsValidFromDateTime,
 * revokeSignInSessions), messageRule, oAuth2PermissionGrant, appRoleAssignment
 * (learn.microsoft.com/graph/api/resources).  An account that the tenant does not have is nothing
 * to do, and said so.
 */
#include "respond/graph.h"
#include "respond/pull.h"

#include <stdlib.h>

enum { NOT_FOUND = 404 };

bool tenant_able(struct work *w)
{
	struct graph g;
	return graph_open(w, &g);
}

/* --- the user --- */

/* 404 and *user NULL: the tenant does not know him. */
static long get_user(struct work *w, json_t **user)
{
	struct graph g;
	static const char tail[] = "?$select=id,accountEnabled,signInSessionsValidFromDateTime";
	*user = NULL;
	return graph_open(w, &g) ? graph_ask(w, &g, GRAPH_GET, graph_user(w, tail), NULL, user) : 0;
}

static slice text_in(struct work *w, const json_t *object, const char *key)
{
	return arena_copy(w->arena, slice_of(json_string_value(json_object_get(object, key))));
}

static bool unknown_there(struct out *how)
{
	out_text(how, "the tenant has no such account");
	return true;
}

/* --- shut --- */

bool tenant_off_prepare(struct work *w, struct out *saved)
{
	json_t *user;
	long status = get_user(w, &user);
	bool enabled = json_is_true(json_object_get(user, "accountEnabled"));
	json_decref(user);
	out_format(saved, "{\"enabled\":%s}", enabled ? "true" : "false");
	return status != 0;
}

static bool set_enabled(struct work *w, bool enabled)
{
	struct graph g;
	return graph_open(w, &g) &&
	       graph_ask(w, &g, GRAPH_PATCH, graph_user(w, ""),
			 json_pack("{s:b}", "accountEnabled", (int)enabled), NULL) != 0;
}

bool tenant_off_apply(struct work *w)
{
	return set_enabled(w, false);
}

bool tenant_off_undo(struct work *w)
{
	return !saved_flag(w, "enabled") || set_enabled(w, true);
}

enum closed tenant_off_closed(struct work *w, struct out *how)
{
	json_t *user;
	long status = get_user(w, &user);
	const json_t *enabled = json_object_get(user, "accountEnabled");
	enum closed c = json_is_false(enabled)  ? CLOSED_YES
			: json_is_true(enabled) ? CLOSED_NO
						: CLOSED_UNKNOWN;
	if (status == NOT_FOUND && unknown_there(how))
		c = CLOSED_YES;
	else
		out_text(how, c == CLOSED_YES  ? "sign-in is blocked in the tenant"
			      : c == CLOSED_NO ? "may sign in to the tenant"
					       : "the tenant does not tell");
	json_decref(user);
	return c;
}

/* --- sessions --- */

bool tenant_revoke_prepare(struct work *w, struct out *saved)
{
	json_t *user;
	long status = get_user(w, &user);
	out_text(saved, "{\"valid\":");
	out_json(saved, text_in(w, user, "signInSessionsValidFromDateTime"));
	out_text(saved, "}");
	json_decref(user);
	return status != 0;
}

/* The moment from which sessions are valid has moved: RFC 3339 in UTC sorts as text. */
static enum closed is_revoked(struct work *w, struct out *how)
{
	json_t *user;
	long status = get_user(w, &user);
	slice now = text_in(w, user, "signInSessionsValidFromDateTime");
	json_decref(user);
	if (!status)
		return CLOSED_UNKNOWN;
	if (status == NOT_FOUND)
		return unknown_there(how) ? CLOSED_YES : CLOSED_UNKNOWN;
	if (!now.len) {
		out_text(how, "the tenant does not tell since when sessions are valid");
		return CLOSED_UNKNOWN;
	}
	out_text(how, "sessions from before ");
	out_plain(how, now);
	out_text(how, " are void; an access token goes on for an hour at most");
	return slice_compare(now, saved_text(w, "valid")) > 0 ? CLOSED_YES : CLOSED_NO;
}

bool tenant_revoke_apply(struct work *w)
{
	struct out how = {.fd = -1};
	struct graph g;
	enum closed before = is_revoked(w, &how);
	out_close(&how);
	w->why[0] = 0;
	return before == CLOSED_YES ||
	       (graph_open(w, &g) &&
		graph_ask(w, &g, GRAPH_POST, graph_user(w, "/revokeSignInSessions"), NULL, NULL));
}

enum closed tenant_revoke_closed(struct work *w, struct out *how)
{
	return w->saved.len ? is_revoked(w, how) : CLOSED_NO;
}

/* --- lists of things that are deleted and made anew --- */

struct tenant_list {
	const char *name; /* of the file of evidence */
	const char *list; /* behind /users/NAME */
	bool (*is_meant)(const json_t *item);
	const char *delete_head;    /* NULL: behind /users/NAME, as `list` */
	const char *make;           /* NULL: as `list` */
	const char *const *written; /* the properties that make it anew */
};

static bool is_set(const json_t *object, const char *key)
{
	const json_t *v = json_object_get(object, key);
	return json_is_true(v) || json_is_string(v) || json_array_size(v) > 0;
}

/* A rule that sends on, hides or deletes; what sorts by colour is the owner's. */
static bool rule_is_meant(const json_t *rule)
{
	static const char *const acts[] = {"forwardTo", "forwardAsAttachmentTo", "redirectTo",
					   "delete",    "permanentDelete",       "moveToFolder",
					   "markAsRead"};
	for (size_t i = 0; i < sizeof acts / sizeof *acts; i++)
		if (is_set(json_object_get(rule, "actions"), acts[i]))
			return true;
	return false;
}

static bool any_is_meant(const json_t *item)
{
	return true;
}

static const char *const rule_keys[] = {"displayName", "sequence", "isEnabled", "conditions",
					"exceptions",  "actions",  NULL};
static const char *const grant_keys[] = {"clientId",   "consentType", "principalId",
					 "resourceId", "scope",       NULL};
static const char *const role_keys[] = {"principalId", "resourceId", "appRoleId", NULL};

static const struct tenant_list rules_list = {"inbox-rules", "/mailFolders/inbox/messageRules",
					      rule_is_meant, NULL,
					      NULL,          rule_keys},
				consent_lists[] = {{"consents", "/oauth2PermissionGrants",
						    any_is_meant, "/oauth2PermissionGrants",
						    "/oauth2PermissionGrants", grant_keys},
						   {"application-roles", "/appRoleAssignments",
						    any_is_meant, NULL, NULL, role_keys}};
enum { CONSENT_LISTS = sizeof consent_lists / sizeof *consent_lists };

static json_t *items_now(struct work *w, const struct tenant_list *l)
{
	struct graph g;
	json_t *all = graph_open(w, &g) ? graph_list(w, &g, graph_user(w, l->list)) : NULL;
	for (size_t i = json_array_size(all); i-- > 0;)
		if (!l->is_meant(json_array_get(all, i)))
			json_array_remove(all, i);
	return all;
}

static slice evidence_name(struct work *w, const struct tenant_list *l)
{
	return arena_format(w->arena, "tenant-%s-%.*s", l->name, (int)w->target.len, w->target.at);
}

static bool keep_items(struct work *w, const struct tenant_list *l, const json_t *items)
{
	char *text = json_dumps(items, JSON_INDENT(2));
	bool fine =
	    text &&
	    evidence_keep(w, arena_text(w->arena, evidence_name(w, l)), slice_of(text)).len > 0;
	free(text);
	return fine;
}

static json_t *kept_items(struct work *w, const struct tenant_list *l)
{
	slice text, path = evidence_path(w, arena_text(w->arena, evidence_name(w, l)));
	json_t *kept = NULL;
	if (file_read(w, arena_text(w->arena, path), &text))
		kept = json_loadb(text.at, text.len, 0, NULL);
	if (!json_is_array(kept))
		work_fail(w, "what was kept of the tenant is gone: %.*s", (int)path.len, path.at);
	return kept;
}

static bool prepare_list(struct work *w, const struct tenant_list *l)
{
	json_t *now = items_now(w, l);
	bool fine = now && keep_items(w, l, now);
	json_decref(now);
	return fine;
}

/* What makes it anew; two things that agree in this are one. */
static json_t *written_of(const struct tenant_list *l, const json_t *item)
{
	json_t *body = json_object();
	for (const char *const *key = l->written; *key; key++) {
		json_t *v = json_object_get(item, *key);
		if (v && !json_is_null(v))
			json_object_set(body, *key, v);
	}
	return body;
}

static bool is_among(const struct tenant_list *l, const json_t *items, const json_t *item)
{
	bool found = false;
	json_t *wanted = written_of(l, item);
	for (size_t i = 0; !found && i < json_array_size(items); i++) {
		json_t *other = written_of(l, json_array_get(items, i));
		found = json_equal(wanted, other);
		json_decref(other);
	}
	json_decref(wanted);
	return found;
}

/* What came since it was kept is kept too, before it goes. */
static bool keep_newer(struct work *w, const struct tenant_list *l, const json_t *now)
{
	json_t *kept = kept_items(w, l);
	bool more = false;
	for (size_t i = 0; kept && i < json_array_size(now); i++)
		if (!is_among(l, kept, json_array_get(now, i))) {
			json_array_append(kept, json_array_get(now, i));
			more = true;
		}
	bool fine = kept && (!more || keep_items(w, l, kept));
	json_decref(kept);
	return fine;
}

static bool delete_item(struct work *w, const struct tenant_list *l, const json_t *item)
{
	struct graph g;
	const char *id = json_string_value(json_object_get(item, "id"));
	slice key = graph_encoded(w, id);
	slice head = l->delete_head ? slice_of(l->delete_head) : graph_user(w, l->list);
	if (!id)
		return work_fail(w, "the tenant lists something without an id");
	slice path =
	    arena_format(w->arena, "%.*s/%.*s", (int)head.len, head.at, (int)key.len, key.at);
	return graph_open(w, &g) && graph_ask(w, &g, GRAPH_DELETE, path, NULL, NULL) != 0;
}

/* Up to the first that fails: a tenant that does not answer is asked again by a person. */
static bool delete_list(struct work *w, const struct tenant_list *l)
{
	json_t *now = items_now(w, l);
	bool fine = now && keep_newer(w, l, now), left = false;
	for (size_t i = 0; fine && i < json_array_size(now); i++) {
		const json_t *item = json_array_get(now, i);
		if (json_is_true(json_object_get(item, "isReadOnly")))
			left = true;
		else
			fine = delete_item(w, l, item);
	}
	json_decref(now);
	return fine &&
	       (!left || work_fail(w, "a rule may not be deleted by programs: do it in Outlook"));
}

static bool make_item(struct work *w, const struct tenant_list *l, const json_t *item)
{
	struct graph g;
	slice path = l->make ? slice_of(l->make) : graph_user(w, l->list);
	return graph_open(w, &g) &&
	       graph_ask(w, &g, GRAPH_POST, path, written_of(l, item), NULL) != 0;
}

static bool make_list(struct work *w, const struct tenant_list *l)
{
	json_t *kept = kept_items(w, l), *now = kept ? items_now(w, l) : NULL;
	bool fine = now != NULL;
	for (size_t i = 0; fine && i < json_array_size(kept); i++)
		if (!is_among(l, now, json_array_get(kept, i)))
			fine = make_item(w, l, json_array_get(kept, i));
	json_decref(kept);
	json_decref(now);
	return fine;
}

static enum closed list_closed(struct work *w, const struct tenant_list *l, const char *what,
			       struct out *how)
{
	json_t *now = items_now(w, l);
	size_t n = json_array_size(now);
	bool known = now != NULL;
	json_decref(now);
	if (!known)
		return CLOSED_UNKNOWN;
	out_format(how, "%s%zu %s", how->len ? ", " : "", n, what);
	return n ? CLOSED_NO : CLOSED_YES;
}

/* --- rules of the inbox --- */

bool tenant_rules_prepare(struct work *w, struct out *saved)
{
	out_text(saved, "{}");
	return prepare_list(w, &rules_list);
}

bool tenant_rules_apply(struct work *w)
{
	return delete_list(w, &rules_list);
}

bool tenant_rules_undo(struct work *w)
{
	return make_list(w, &rules_list);
}

enum closed tenant_rules_closed(struct work *w, struct out *how)
{
	return list_closed(w, &rules_list, "inbox rules send on, hide or delete", how);
}

/* --- what others may do in the account's name --- */

bool tenant_consents_prepare(struct work *w, struct out *saved)
{
	bool fine = true;
	for (int i = 0; fine && i < CONSENT_LISTS; i++)
		fine = prepare_list(w, &consent_lists[i]);
	out_text(saved, "{}");
	return fine;
}

bool tenant_consents_apply(struct work *w)
{
	bool fine = true;
	for (int i = 0; i < CONSENT_LISTS; i++)
		fine = delete_list(w, &consent_lists[i]) && fine;
	return fine;
}

bool tenant_consents_undo(struct work *w)
{
	bool fine = true;
	for (int i = 0; i < CONSENT_LISTS; i++)
		fine = make_list(w, &consent_lists[i]) && fine;
	return fine;
}

enum closed tenant_consents_closed(struct work *w, struct out *how)
{
	enum closed a = list_closed(w, &consent_lists[0], "consents", how);
	enum closed b = list_closed(w, &consent_lists[1], "application roles", how);
	if (a == CLOSED_NO || b == CLOSED_NO)
		return CLOSED_NO;
	return a == CLOSED_YES ? b : CLOSED_UNKNOWN;
}
