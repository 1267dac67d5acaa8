#!/bin/sh
# Configures the mail host with OpenSMTPD, Dovecot and SOGo, once, from inside it.
#   setup.sh LEVEL        (stock or rich); the laboratory is /lab
set -eu
level=$1

. /lab/conf-common/host.sh

mailbox_owner

cp /lab/conf-sogo/smtpd.conf /etc/smtpd.conf
install -d /etc/smtpd                   # tables of a first line each: what they are is told by what they hold
echo postmaster@interieur.example >/etc/smtpd/addresses
echo 'postmaster@interieur.example d.blanchard@interieur.example' | tee /etc/smtpd/boxes >/etc/smtpd/accounts

# Dovecot: users of a file instead of those of the system.
sed -i 's/^!include auth-system/#!include auth-system/' /etc/dovecot/conf.d/10-auth.conf
cp /lab/conf-sogo/dovecot.conf /etc/dovecot/conf.d/99-local.conf
[ "$level" = stock ] || cp /lab/conf-sogo/dovecot-rich.conf /etc/dovecot/conf.d/95-rich.conf

# SOGo behind nginx, its tables in PostgreSQL.
cp /lab/conf-sogo/nginx.conf /etc/nginx/sites-available/default
install -o root -g sogo -m 640 /lab/conf-sogo/sogo.conf /etc/sogo/sogo.conf
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
