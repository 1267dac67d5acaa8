#!/bin/sh
# Configures the mail host with sendmail and Courier, once, from inside it.
#   setup.sh LEVEL        (stock; there is no other); the laboratory is /lab
set -eu

. /lab/conf-common/host.sh

mailbox_owner

# sendmail: mail of the domain goes to maildrop, which knows the users from Courier.
cp /lab/conf-courier/sendmail.mc /etc/mail/sendmail.mc
install -d -m 755 /etc/mail/tls
install -m 600 /etc/ssl/private/ssl-cert-snakeoil.key /etc/mail/tls/key.pem
echo mail.interieur.example >/etc/mail/local-host-names
printf 'To:interieur.example\tRELAY\n' >/etc/mail/access
printf 'interieur.example\tmaildrop:interieur.example\n' >/etc/mail/mailertable
printf 'postmaster: root\n' >/etc/mail/aliases
m4 /etc/mail/sendmail.mc >/etc/mail/sendmail.cf
makemap hash /etc/mail/access </etc/mail/access
makemap hash /etc/mail/mailertable </etc/mail/mailertable
for place in /usr/lib/sasl2 /etc/sasl2 /etc/mail/sasl; do
	install -d $place
	printf 'pwcheck_method: auxprop\nauxprop_plugin: sasldb\nmech_list: PLAIN LOGIN\n' >$place/Sendmail.conf
done
echo 'DEFAULT="$HOME/Maildir"' >/etc/maildroprc

# Courier: users of a file, the addresses of both families.
sed -i 's/^authmodulelist=.*/authmodulelist="authuserdb"/' /etc/courier/authdaemonrc
