#!/bin/sh
# Configures the mail host, once, from inside it.
#   setup.sh LEVEL        (stock or rich); the files of this folder are in /lab
set -eu
level=$1

echo interieur.example >/etc/mailname
ln -sf /usr/share/zoneinfo/Europe/Paris /etc/localtime
echo Europe/Paris >/etc/timezone
echo LANG=C.UTF-8 >/etc/default/locale
printf '127.0.0.1 localhost\n192.0.2.25 mail.interieur.example mail\n2001:db8:25::25 mail.interieur.example\n' >/etc/hosts
printf 'nameserver 203.0.113.53\n' >/etc/resolv.conf
printf 'passwd: files\ngroup: files\nshadow: files\nhosts: files dns\n' >/etc/nsswitch.conf
make-ssl-cert generate-default-snakeoil --force-overwrite >/dev/null 2>&1
rm -f /usr/sbin/policy-rc.d

groupadd -f -g 5000 vmail
id vmail >/dev/null 2>&1 || useradd -u 5000 -g 5000 -d /var/vmail -M -s /usr/sbin/nologin vmail
install -d -o vmail -g vmail -m 0750 /var/vmail

# rsyslog: as shipped, but never the kernel log of the machine underneath, and
# no word about the jumps of the laboratory's clock.
sed -i '/imklog/d' /etc/rsyslog.conf
printf ':msg, contains, "Created dotlock file" stop\n:msg, contains, "Time moved forwards" stop\n:msg, contains, "Time jumped forwards" stop\n' \
	>/etc/rsyslog.d/00-lab.conf
sed -i '1i $MaxMessageSize 64k' /etc/rsyslog.conf

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
cp /lab/dovecot.conf /etc/dovecot/conf.d/99-local.conf
rm -f /etc/dovecot/conf.d/95-rich.conf
[ "$level" = stock ] || cp /lab/dovecot-rich.conf /etc/dovecot/conf.d/95-rich.conf

# Roundcube behind nginx.
cp /lab/nginx.conf /etc/nginx/sites-available/default
cat /lab/roundcube.php >>/etc/roundcube/config.inc.php
[ "$level" = stock ] || printf "%s\n" "\$config['smtp_log'] = true;" >>/etc/roundcube/config.inc.php
cp /lab/php-pool.conf /etc/php/8.2/fpm/pool.d/zz-lab.conf

# One administrator may sign in by ssh.
id operateur >/dev/null 2>&1 || useradd -u 1000 -m -s /bin/bash operateur
echo "operateur ALL=(ALL) NOPASSWD: ALL" >/etc/sudoers.d/operateur
echo 'operateur:Maintenance!2024' | chpasswd
