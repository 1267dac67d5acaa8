# Postfix and Dovecot, as the hosts with Roundcube and with Horde have them; $level: stock or rich.

mailbox_owner

# Postfix: virtual users of Dovecot, submission with its passwords.
postconf -e 'myhostname = mail.interieur.example' 'mydestination = localhost' \
	'virtual_mailbox_domains = interieur.example' \
	'virtual_mailbox_maps = texthash:/etc/postfix/mailboxes' \
	'virtual_alias_maps = texthash:/etc/postfix/aliases' \
	'virtual_transport = lmtp:unix:private/dovecot-lmtp' \
	'smtpd_sasl_type = dovecot' 'smtpd_sasl_path = private/auth' \
	'smtp_tls_security_level = none'
postconf -M 'submission/inet=submission inet n - y - - smtpd'
postconf -P 'submission/inet/syslog_name=postfix/submission' \
	'submission/inet/smtpd_tls_security_level=encrypt' \
	'submission/inet/smtpd_sasl_auth_enable=yes' \
	'submission/inet/smtpd_tls_auth_only=yes' \
	'submission/inet/smtpd_recipient_restrictions=permit_sasl_authenticated,reject' \
	'submission/inet/smtpd_relay_restrictions=permit_sasl_authenticated,reject'
newaliases

# Dovecot: users of a file instead of those of the system.
sed -i 's/^!include auth-system/#!include auth-system/' /etc/dovecot/conf.d/10-auth.conf
cp /lab/conf/dovecot.conf /etc/dovecot/conf.d/99-local.conf
rm -f /etc/dovecot/conf.d/95-rich.conf
[ "$level" = stock ] || cp /lab/conf/dovecot-rich.conf /etc/dovecot/conf.d/95-rich.conf
