/*
 * eyes.c - which daemon writes what, unasked or when told, and the setting that tells it.
 *
 * Sources: the manuals of the daemons (doc.dovecot.org: mail_log and notify plugins, events and
 * event_exporter, auth_verbose_passwords; Roundcube's defaults.inc.php; postconf(5): header_checks;
 * audit.rules(7); Microsoft's page on MailItemsAccessed).
 */
#include "sight/part.h"

#define BOXES                                                                                      \
	" dovecot cyrus courier uwimap popd zimbra sogo kerio exchange hmailserver mailenable "
#define RELAYS " postfix exim sendmail opensmtpd qmail "
#define WEBS   " nginx apache lighttpd traefik caddy haproxy litespeed iis edge "
#define LOGINS                                                                                     \
	BOXES RELAYS "saslauthd roundcube sshd pam openvpn cpanel groupoffice directadmin "        \
		     "hestiacp squirrelmail snappymail mailu ispconfig plesk tine20 "              \
		     "openwebmail mailcow horde nextcloud domino smartermail baikal m365 webmin "  \
		     "froxlor ftpd su phpmyadmin stalwart maddy authelia keycloak authentik "      \
		     "lemonldap vimbadmin "
#define EXPORTER                                                                                   \
	"Dovecot: event_exporter and metric blocks for mail_opened, imap_command_finished, "       \
	"pop3_command_finished, managesieve_command_finished, as in man tocsin-scan"
#define MAIL_LOG "Dovecot: mail_plugins = $mail_plugins notify mail_log"

static const struct eye eyes[] = {
    {ACT_LOGIN, LOGINS, false, "give the log of the daemon that signs people in"},
    {ACT_AUTH_CHECK, " dovecot ", false, "Dovecot: auth_verbose = yes"},
    {ACT_LOGIN_NONE, LOGINS, false, "give the log of the daemon that signs people in"},
    {ACT_LOGOUT, LOGINS, false, "give the log of the mailbox server"},
    {ACT_SESSION_END, BOXES, false, "give the log of the mailbox server"},
    {ACT_SESSION_START, BOXES, false, "give the log of the mailbox server"},
    {ACT_CLIENT_ID, " dovecot ", true, "Dovecot: imap_id_log = *"},
    {ACT_MAIL_OPENED, " dovecot cyrus sogo m365 ", true, EXPORTER},
    {ACT_IMAP, " dovecot exchange hmailserver ", true, EXPORTER},
    {ACT_POP3, " dovecot exchange hmailserver ", true, EXPORTER},
    {ACT_MAIL_SAVE, " dovecot cyrus ", true, MAIL_LOG},
    {ACT_MAIL_COPY, " dovecot cyrus ", true, MAIL_LOG},
    {ACT_MAIL_DELETE, " dovecot cyrus m365 ", true, MAIL_LOG},
    {ACT_MAIL_EXPUNGE, " dovecot cyrus ", true, MAIL_LOG},
    {ACT_MAIL_FLAG, " dovecot ", true, MAIL_LOG},
    {ACT_FOLDER_CHANGE, " dovecot cyrus m365 ", true, MAIL_LOG},
    {ACT_DELIVERY, "", false, "give the log of the mailbox server"},
    {ACT_REDIRECT, " dovecot cyrus ", false, "give Dovecot's log: its lmtp writes redirects"},
    {ACT_SIEVE, " dovecot cyrus ", false, "give Dovecot's log"},
    {ACT_SCRIPT_SAVE, " dovecot m365 ", true, EXPORTER},
    {ACT_SCRIPT_ACTIVATE, " dovecot ", true, EXPORTER},
    {ACT_SCRIPT_DELETE, " dovecot ", true, EXPORTER},
    {ACT_MANAGESIEVE, " dovecot ", true, EXPORTER},
    {ACT_CONNECT, "", false, "give mail.log of the sending host"},
    {ACT_DISCONNECT, "", false, "give mail.log of the sending host"},
    {ACT_SMTP_CLIENT, RELAYS, false, "give mail.log of the sending host"},
    {ACT_SMTP_MESSAGE, RELAYS, false, "give mail.log of the sending host"},
    {ACT_SMTP_QUEUE, RELAYS, false, "give mail.log of the sending host"},
    {ACT_SMTP_PICKUP, RELAYS, false, "give mail.log of the sending host"},
    {ACT_SMTP_DELIVER, RELAYS, false, "give mail.log of the sending host"},
    {ACT_SMTP_REMOVE, RELAYS, false, "give mail.log of the sending host"},
    {ACT_SMTP_REJECT, RELAYS, false, "give mail.log of the sending host"},
    {ACT_SMTP_SUBJECT, " postfix ", true, "Postfix: header_checks with INFO for Subject:"},
    {ACT_MAIL_SENT, " roundcube horde m365 exchange ", true,
     "Roundcube: $config['smtp_log'] = true;"},
    {ACT_HTTP, WEBS, false, "give the access log of the webmail host"},
    {ACT_WEB_ERROR, "", false, "give the error log of the web server"},
    {ACT_FILE_OPEN, " auditd ", true,
     "auditctl -a always,exit -F arch=b64 -F dir=/var/vmail -F perm=r -F uid!=vmail -k mailstore"},
    {ACT_COMMAND, " sudo auditd ", false,
     "give auth.log with sudo's lines, or have commands audited: auditctl -a always,exit -F "
     "arch=b64 -S execve"},
    {ACT_DAEMON_START, "", false, "give the daemon's log"},
    {ACT_DAEMON_STOP, "", false, "give the daemon's log"},
    {ACT_LOG_SUPPRESSED, "", false, "give syslog or the journal of the host"},
    {ACT_LOG_INCONSISTENT, "", false, "give the log of the mailbox server"},
    {ACT_LOG_FORGED, "", false, "give the journal of the host: a plain file names no writer"},
    {ACT_LOG_ROTATED, "", false, "give syslog of the host"},
    {ACT_PASSWORD_CHANGE, " roundcube m365 cpanel plesk ", false,
     "give Roundcube's logs, or those of what changes passwords"},
    {ACT_MESSAGE, "", false,
     "give the other logs of the host: its audit log, a hosting panel's, all it runs"},
    {ACT_WARNING, "", false,
     "give the other logs of the host: its audit log, a hosting panel's, all it runs"},
    {0, NULL, false, NULL},
};

/* Of all that has no row: what only a tenant's audit log tells. */
const struct eye tenant_eye = {
    ACT_MESSAGE, " m365 ", false,
    "give the tenant's audit log (Search-UnifiedAuditLog) and sign-ins of Entra"};

const struct eye *eye_of(enum action action)
{
	for (const struct eye *e = eyes; e->setting; e++)
		if (e->action == action)
			return e;
	return &tenant_eye;
}

/* Whole words between spaces. */
bool eye_has_module(const struct eye *e, slice module)
{
	slice rest = slice_of(e->modules);
	if (!rest.len)
		return true;
	while (rest.len)
		if (module.len && slice_eq(slice_until(&rest, ' '), module))
			return true;
	return false;
}

static const struct {
	enum field field;
	bool shipped; /* daemons write it until they are told otherwise */
	const char *setting;
} fields[] = {
    {F_AUTH_PASSWORD_HASH, false, "Dovecot: auth_verbose_passwords = sha1:6"},
    {F_COUNTRY, false, "tocsin: --geo FILE, or countries in --networks"},
    {F_OPERATOR, false, "tocsin: --geo FILE, or operators in --networks"},
    {F_NET_NAME, false, "tocsin: --networks FILE"},
    {F_NET_TRUSTED, false, "tocsin: --networks FILE"},
    {F_SUBJECT, false, "Postfix: header_checks with INFO for Subject:"},
    {F_UID, false, EXPORTER},
    {F_USER_AGENT, true, "a log format of the web server that has the agent"},
    {F_RETR_COUNT, true, "Dovecot: pop3_logout_format as shipped, with retr=%r/%b"},
    {F_BODY_COUNT, true, "Dovecot: imap_logout_format as shipped, with body_count"},
    {F_SESSION, true, "Dovecot: login_log_format_elements as shipped, with session=<%{session}>"},
};

const char *eye_field(int field, bool *shipped)
{
	for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
		if ((int)fields[i].field == field) {
			*shipped = fields[i].shipped;
			return fields[i].setting;
		}
	return NULL;
}
