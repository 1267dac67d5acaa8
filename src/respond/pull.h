/* pull.h - for the files of this room alone: what each lever's file gives to the table. */
#ifndef TOCSIN_RESPOND_PULL_H
#define TOCSIN_RESPOND_PULL_H

#include "respond/lever.h"

typedef bool lever_able(struct work *w), lever_apply(struct work *w), lever_undo(struct work *w);
typedef bool lever_prepare(struct work *w, struct out *saved);
typedef enum closed lever_closed(struct work *w, struct out *how);

lever_able dovecot_able, postfix_able, roundcube_able, sieve_able, nft_able;
lever_able tenant_able, masters_there, app_passwords_there, copies_there, always_copy_there,
    always_copy_able;
lever_prepare masters_prepare, app_passwords_prepare, copies_prepare;
lever_apply always_copy_apply, masters_apply, app_passwords_apply, copies_apply;
lever_undo masters_undo, app_passwords_undo, copies_undo;
lever_closed masters_closed, app_passwords_closed, copies_closed;
lever_prepare tenant_off_prepare, tenant_revoke_prepare, tenant_rules_prepare,
    tenant_consents_prepare;
lever_apply tenant_off_apply, tenant_revoke_apply, tenant_rules_apply, tenant_consents_apply;
lever_undo tenant_off_undo, tenant_rules_undo, tenant_consents_undo;
lever_closed tenant_off_closed, tenant_revoke_closed, tenant_rules_closed, tenant_consents_closed;
lever_prepare snapshot_prepare, deny_list_prepare, deny_prepare, refuse_list_prepare,
    refuse_prepare, roundcube_prepare, sieve_prepare, hold_prepare, nft_prepare;
lever_apply snapshot_apply, deny_list_apply, deny_apply, flush_apply, refuse_list_apply,
    refuse_apply, roundcube_apply, kick_apply, sieve_apply, hold_apply, nft_apply, cut_apply;
lever_undo deny_list_undo, deny_undo, refuse_list_undo, refuse_undo, roundcube_undo, sieve_undo,
    hold_undo, nft_undo;
lever_closed snapshot_closed, deny_list_closed, deny_closed, refuse_list_closed, refuse_closed,
    roundcube_closed, kick_closed, sieve_closed, hold_closed, nft_closed, cut_closed;

/* webmail's site */
lever_able site_able, site_there;
lever_prepare site_prepare;
lever_apply site_apply;
lever_undo site_undo;
lever_closed site_closed;

/* of an isolation */
lever_prepare patience_prepare, keep_prepare, standby_prepare, carry_prepare;
lever_apply admit_apply, door_apply, patience_apply, keep_apply, standby_apply, carry_apply;
lever_undo admit_undo, door_undo, patience_undo, keep_undo, standby_undo, carry_undo;
lever_closed admit_closed, door_closed, patience_closed, keep_closed, standby_closed, carry_closed;

slice door_name(size_t i);       /* the services that have one, in order; empty: no more */
bool door_is_port(slice target); /* any other port may be shut, but 25 */

#endif
