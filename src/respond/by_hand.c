/* by_hand.c - what a person does where a step cannot be taken back. */
#include "respond/lever.h"

static const struct {
	const char *lever, *what;
} undoing[] = {
    {"deny-list", "remove /etc/dovecot/conf.d/00-tocsin-deny.conf and /etc/dovecot/tocsin.deny, "
		  "then doveadm reload"},
    {"deny", "take the account's line out of /etc/dovecot/tocsin.deny"},
    {"masters", "take \"#tocsin# \" from before the lines of the passwd-file of master users, then "
		"doveadm auth cache flush"},
    {"app-passwords", "take \"#tocsin# \" from before the account's lines in the passwd-files "
		      "behind the first passdb, then doveadm auth cache flush"},
    {"refuse-list", "take the last line, smtpd_data_restrictions with tocsin_refuse, out of "
		    "/etc/postfix/main.cf; postfix reload"},
    {"refuse", "take the account's line out of /etc/postfix/tocsin_refuse; postfix reload"},
    {"webmail-off", "take out what stands between the comments of tocsin contain, webmail-off, in "
		    "the server's files; test and reload it"},
    {"webmail", "nothing has to be done: who wants his session back signs in anew"},
    {"filter", "doveadm sieve list -u ACCOUNT; doveadm sieve activate -u ACCOUNT SCRIPT"},
    {"copies", "take \"#tocsin# \" from before the account's lines in the maps; postmap; postfix "
	       "reload"},
    {"hold", "postqueue -p marks with ! what is held; postsuper -H QUEUE-ID lets it go"},
    {"block", "nft list table inet tocsin; nft delete element inet tocsin blocked4 { ADDRESS }; "
	      "after seven days it goes by itself"},
    {"tenant-off", "in PowerShell: Update-MgUser -UserId ACCOUNT -AccountEnabled:$true"},
    {"tenant-rules", "make the rules anew from what the evidence of the incident keeps"},
    {"tenant-consents", "let the owner grant the applications anew that are his"},
    {"patience", "take the lines between the comments of tocsin isolate, patience, out of "
		 "/etc/postfix/main.cf; postfix reload"},
    {"keep", "take the lines between the comments of tocsin isolate, keep, out of "
	     "/etc/postfix/main.cf; postfix reload; postsuper -H QUEUE-ID for what is held; "
	     "postqueue -f"},
    {"standby-list", "take the lines between the comments of tocsin isolate, standby, out of "
		     "/etc/postfix/main.cf; postfix reload"},
    {"carry", "take the account's line out of /etc/postfix/tocsin_standby; postfix reload"},
    {"admit", "nft list table inet tocsin shows the networks; they let in, and shut nobody out"},
    {"door", "nft delete table inet tocsin opens all doors, and forgets blocked addresses"},
};

slice respond_undo_by_hand(slice lever)
{
	for (size_t i = 0; i < sizeof undoing / sizeof *undoing; i++)
		if (slice_eq(slice_of(undoing[i].lever), lever))
			return slice_of(undoing[i].what);
	return (slice){0};
}
