/*
 * levers.c - the table of levers, in the order in which they are pulled.
 *
 * Evidence first.  Then the way in is shut before sessions are cut, so that nobody comes back in
 * between; what leaves the host next; addresses last, for blocking them tells the intruder that he
 * was seen, and takes him out of view.
 */
#include "respond/pull.h"

#include <jansson.h>
#include <stdio.h>

const struct lever levers[] = {
    {"snapshot", "evidence", ON_HOST,
     "keeps configuration, sessions, queue, connections and firewall as they are now", "", "", "",
     NULL, snapshot_prepare, snapshot_apply, NULL, snapshot_closed},
    {"deny-list", "sign-in", ON_HOST,
     "Dovecot asks a list of denied accounts before it looks at any password", "", "",
     "add a passdb with deny = yes as the first one, then doveadm reload", dovecot_able,
     deny_list_prepare, deny_list_apply, deny_list_undo, deny_list_closed},
    {"deny", "sign-in", ON_ACCOUNT,
     "%s is refused at every sign-in: IMAP, POP3, ManageSieve, submission, webmail",
     "the owner, until there is a new password and this is undone",
     "further tries show only as failures", "lock the account where its password is kept",
     dovecot_able, deny_prepare, deny_apply, deny_undo, deny_closed},
    {"masters", "sign-in", ON_HOST,
     "every master user of Dovecot is refused: he would come in as an account that is denied",
     "programs that sign in as a master user, for backup or migration say", "",
     "put # before each line of the passwd-file of the passdb with master = yes", dovecot_able,
     masters_prepare, masters_apply, masters_undo, masters_closed, .there = masters_there,
     .when = WHEN_QUIET},
    {"app-passwords", "sign-in", ON_ACCOUNT,
     "puts the further passwords of %s to rest: they stay shut when the account alone is let in",
     "the owner's programs that use one", "",
     "put # before the account's line in each passwd-file behind the first passdb", dovecot_able,
     app_passwords_prepare, app_passwords_apply, app_passwords_undo, app_passwords_closed,
     .there = app_passwords_there},
    {"flush", "sign-in", ON_ACCOUNT, "Dovecot forgets that it knew the password of %s", "", "",
     "doveadm auth cache flush ACCOUNT", dovecot_able, NULL, flush_apply, NULL, NULL},
    {"refuse-list", "submission", ON_HOST,
     "Postfix asks a list of refused accounts before it takes a message", "", "",
     "add check_sasl_access to smtpd_data_restrictions, then postfix reload", postfix_able,
     refuse_list_prepare, refuse_list_apply, refuse_list_undo, refuse_list_closed},
    {"refuse", "submission", ON_ACCOUNT,
     "Postfix takes no message from %s, also in connections that are open", "the owner cannot send",
     "", "add the account to the map of check_sasl_access", postfix_able, refuse_prepare,
     refuse_apply, refuse_undo, refuse_closed},
    {"cut", "submission", ON_ADDRESS,
     "ends the connections by which %s hands in mail: they would go on with the old rules", "", "",
     "ss -K dst ADDRESS sport = :587, and 465; or kill the smtpd processes that ss -tnp names",
     NULL, NULL, cut_apply, NULL, cut_closed},
    {"webmail-off", "webmail", ON_HOST,
     "webmail's site answers 503 with Retry-After to all but the networks that webmail.yml lets in",
     "everybody who uses webmail; a certificate that renews by this site waits",
     "what the intruder tries next in webmail",
     "nginx: return 503; first in the site's server block, nginx -t, nginx -s reload; Apache: "
     "Redirect 503 / in its virtual host, apachectl configtest, apachectl graceful",
     site_able, site_prepare, site_apply, site_undo, site_closed, .there = site_there,
     .when = WHEN_NAMED},
    {"webmail", "webmail", ON_ACCOUNT, "ends the webmail sessions of %s",
     "the owner's own webmail session ends too", "",
     "delete the account's rows of Roundcube's table \"session\", or its keys in redis or "
     "memcached; or empty all of it: everybody signs in anew",
     roundcube_able, roundcube_prepare, roundcube_apply, roundcube_undo, roundcube_closed},
    {"kick", "imap", ON_ACCOUNT, "ends the IMAP, POP3 and ManageSieve sessions of %s",
     "the owner's programs are cut too, and cannot come back while the account is denied", "",
     "doveadm kick ACCOUNT", dovecot_able, NULL, kick_apply, NULL, kick_closed},
    {"filter", "filter", ON_FILTERED,
     "switches off the Sieve script of %s; the script is kept as evidence",
     "the owner's own filters rest too", "where the next mail would have gone",
     "doveadm sieve deactivate -u ACCOUNT", sieve_able, sieve_prepare, sieve_apply, sieve_undo,
     sieve_closed},
    {"copies", "queue", ON_ACCOUNT,
     "Postfix copies no more mail of %s to another domain (sender_bcc_maps, recipient_bcc_maps)",
     "an archive that the organisation keeps elsewhere", "where the copies would have gone",
     "put # before the account's line in these maps; postmap; postfix reload", postfix_able,
     copies_prepare, copies_apply, copies_undo, copies_closed, .there = copies_there},
    {"always-copy", "queue", ON_HOST, "Postfix copies every message to one address (always_bcc)",
     "", "", "if it is not yours: postconf -X always_bcc; postfix reload", always_copy_able, NULL,
     always_copy_apply, NULL, NULL, .there = always_copy_there},
    {"hold", "queue", ON_ACCOUNT, "holds the mail of %s that has not left yet",
     "honest mail of the owner in the queue waits too", "", "postsuper -h QUEUE-ID", postfix_able,
     hold_prepare, hold_apply, hold_undo, hold_closed},
    {"block", "network", ON_ADDRESS, "drops every packet from %s for seven days",
     "whoever else comes from this address",
     "what the intruder tries next from there; he sees that he was found and may come from "
     "elsewhere",
     "nft add rule inet filter input ip saddr ADDRESS drop", nft_able, nft_prepare, nft_apply,
     nft_undo, nft_closed, .when = WHEN_FAST},
    /* elsewhere, and slower: this host is shut by now */
    {"tenant-off", "tenant", ON_ACCOUNT, "Microsoft 365 refuses %s at every sign-in",
     "the owner, until there is a new password and this is undone", "",
     "in PowerShell: Connect-MgGraph -Scopes User.ReadWrite.All; Update-MgUser -UserId '%s' "
     "-AccountEnabled:$false",
     tenant_able, tenant_off_prepare, tenant_off_apply, tenant_off_undo, tenant_off_closed,
     .when = WHEN_TENANT},
    {"tenant-revoke", "tenant", ON_ACCOUNT,
     "Microsoft 365 voids every session and refresh token of %s; it cannot be taken back",
     "the owner's programs have to sign in anew", "",
     "in PowerShell: Connect-MgGraph -Scopes User.RevokeSessions.All; Revoke-MgUserSignInSession "
     "-UserId '%s'",
     tenant_able, tenant_revoke_prepare, tenant_revoke_apply, NULL, tenant_revoke_closed,
     .when = WHEN_TENANT},
    {"tenant-rules", "tenant", ON_FILTERED,
     "deletes the inbox rules of %s in Microsoft 365 that send mail on, hide or delete it; they "
     "are kept as evidence, and undo makes them anew",
     "such rules of the owner's own rest too", "where the next mail would have gone",
     "in PowerShell: Connect-MgGraph -Scopes MailboxSettings.ReadWrite; "
     "Get-MgUserMailFolderMessageRule -UserId '%s' -MailFolderId inbox | ConvertTo-Json -Depth 9 > "
     "inbox-rules.json; Remove-MgUserMailFolderMessageRule -UserId '%s' -MailFolderId inbox "
     "-MessageRuleId ID; and what Graph does not reach: Connect-ExchangeOnline; Set-Mailbox "
     "-Identity '%s' -ForwardingSmtpAddress $null -ForwardingAddress $null",
     tenant_able, tenant_rules_prepare, tenant_rules_apply, tenant_rules_undo, tenant_rules_closed,
     .when = WHEN_TENANT},
    {"tenant-consents", "tenant", ON_CONSENTED,
     "takes back what applications may do in the name of %s in Microsoft 365; kept as evidence, "
     "and undo grants it anew",
     "every application that the owner has let in asks anew", "",
     "in PowerShell: Connect-MgGraph -Scopes DelegatedPermissionGrant.ReadWrite.All, "
     "AppRoleAssignment.ReadWrite.All; Get-MgUserOauth2PermissionGrant -UserId '%s' -All | "
     "ForEach-Object { Remove-MgOauth2PermissionGrant -OAuth2PermissionGrantId $_.Id }; "
     "Get-MgUserAppRoleAssignment -UserId '%s' -All | ForEach-Object { "
     "Remove-MgUserAppRoleAssignment -UserId '%s' -AppRoleAssignmentId $_.Id }",
     tenant_able, tenant_consents_prepare, tenant_consents_apply, tenant_consents_undo,
     tenant_consents_closed, .when = WHEN_TENANT},
    {0},
};

static const struct lever *row_named(const struct lever *l, slice name)
{
	for (; l->name; l++)
		if (slice_eq(slice_of(l->name), name))
			return l;
	return NULL;
}

const struct lever *lever_named(slice name)
{
	const struct lever *l = row_named(levers, name);
	return l ? l : row_named(isolation_levers, name);
}

static bool is_line(slice s)
{
	for (size_t i = 0; i < s.len; i++)
		if ((unsigned char)s.at[i] < ' ' || s.at[i] == 0x7f)
			return false;
	return s.len > 0;
}

bool lever_takes(const struct lever *l, slice target)
{
	struct address a;
	switch (l->on) {
	case ON_HOST:
		return slice_eq(target, SLICE("host"));
	case ON_ADDRESS:
		return address_parse(target, &a);
	case ON_NAMED:
		return is_line(target);
	case ON_ACCOUNT:
	case ON_FILTERED:
	case ON_CONSENTED:
		break;
	}
	return respond_is_account(target);
}

const char *respond_lever(size_t i)
{
	return i < sizeof levers / sizeof *levers ? levers[i].name : NULL;
}

bool respond_is_for_person(slice lever)
{
	const struct lever *l = lever_named(lever);
	return l && l->when == WHEN_NAMED;
}

/* --- what prepare() kept --- */

static json_t *saved_json(const struct work *w)
{
	return json_loadb(w->saved.at ? w->saved.at : "", w->saved.len, 0, NULL);
}

slice saved_text(const struct work *w, const char *key)
{
	json_t *root = saved_json(w);
	const json_t *value = json_object_get(root, key);
	slice s =
	    json_is_string(value)
		? arena_copy(w->arena, (slice){json_string_value(value), json_string_length(value)})
		: (slice){0};
	json_decref(root);
	return s;
}

bool saved_flag(const struct work *w, const char *key)
{
	json_t *root = saved_json(w);
	bool is = json_is_true(json_object_get(root, key));
	json_decref(root);
	return is;
}

bool saved_each(struct work *w, const char *key, saved_on *on)
{
	json_t *root = saved_json(w);
	const json_t *list = json_object_get(root, key);
	bool fine = true;
	for (size_t i = 0; fine && i < json_array_size(list); i++) {
		const json_t *value = json_array_get(list, i);
		if (json_is_string(value))
			fine = on(w, (slice){json_string_value(value), json_string_length(value)});
	}
	json_decref(root);
	return fine;
}
