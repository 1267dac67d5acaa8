#!/bin/sh
# Configures the mail host with sendmail and Courier, once, from inside it.
#   setup.sh LEVEL        (stock; there is no other); the files of this folder are in /lab
set -eu

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

# rsyslog: as shipped, but never the kernel log of the machine underneath.
sed -i '/imklog/d' /etc/rsyslog.conf
sed -i '1i $MaxMessageSize 64k' /etc/rsyslog.conf

# sendmail: mail of the domain goes to maildrop, which knows the users from Courier.
cp /lab/sendmail.mc /etc/mail/sendmail.mc
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

# One administrator may sign in by ssh.
id operateur >/dev/null 2>&1 || useradd -u 1000 -m -s /bin/bash operateur
echo "operateur ALL=(ALL) NOPASSWD: ALL" >/etc/sudoers.d/operateur
echo 'operateur:Maintenance!2024' | chpasswd
