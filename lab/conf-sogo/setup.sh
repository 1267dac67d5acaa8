#!/bin/sh
# Configures the mail host with OpenSMTPD, Dovecot and SOGo, once, from inside it.
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

# rsyslog: as shipped, but never the kernel log of the machine underneath, and
# no word about the jumps of the laboratory's clock.
sed -i '/imklog/d' /etc/rsyslog.conf
printf ':msg, contains, "Created dotlock file" stop\n:msg, contains, "Time moved forward" stop\n:msg, contains, "Time jumped forwards" stop\n' \
	>/etc/rsyslog.d/00-lab.conf
sed -i '1i $MaxMessageSize 64k' /etc/rsyslog.conf

cp /lab/smtpd.conf /etc/smtpd.conf
install -d /etc/smtpd                   # tables of a first line each: what they are is told by what they hold
echo postmaster@interieur.example >/etc/smtpd/addresses
echo 'postmaster@interieur.example d.blanchard@interieur.example' | tee /etc/smtpd/boxes >/etc/smtpd/accounts

# Dovecot: users of a file instead of those of the system.
sed -i 's/^!include auth-system/#!include auth-system/' /etc/dovecot/conf.d/10-auth.conf
cp /lab/dovecot.conf /etc/dovecot/conf.d/99-local.conf

# SOGo behind nginx, its tables in PostgreSQL.
cp /lab/nginx.conf /etc/nginx/sites-available/default
install -o root -g sogo -m 640 /lab/sogo.conf /etc/sogo/sogo.conf
rm -f /etc/cron.d/sogo
install -d -o postgres -g postgres -m 2775 /run/postgresql
pg_ctlcluster 17 main start
runuser -u postgres -- psql -q <<-'END'
	CREATE USER sogo PASSWORD 'sogo';
	CREATE DATABASE sogo OWNER sogo ENCODING 'UTF8' TEMPLATE template0;
	\c sogo
	SET ROLE sogo;
	CREATE TABLE sogo_users (c_uid text PRIMARY KEY, c_name text, c_password text, c_cn text, mail text);
END
pg_ctlcluster 17 main stop

# One administrator may sign in by ssh.
id operateur >/dev/null 2>&1 || useradd -u 1000 -m -s /bin/bash operateur
echo "operateur ALL=(ALL) NOPASSWD: ALL" >/etc/sudoers.d/operateur
echo 'operateur:Maintenance!2024' | chpasswd
