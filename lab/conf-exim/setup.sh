#!/bin/sh
# Configures the mail host with Exim and Cyrus, once, from inside it.
#   setup.sh LEVEL        (stock or rich); the laboratory is /lab
set -eu
level=$1

. /lab/conf-common/host.sh
for user in cyrus Debian-exim; do usermod -aG ssl-cert $user; done

# Exim: Debian's own configuration in pieces, and pieces beside them.
cd /etc/exim4/conf.d
cp /lab/conf-exim/exim-main main/000_local
cp /lab/conf-exim/exim-router router/450_local_cyrus
cp /lab/conf-exim/exim-transport transport/30_local_cyrus
cp /lab/conf-exim/exim-auth auth/30_local
[ "$level" = stock ] || cat /lab/conf-exim/exim-main-rich >>main/000_local
cd /

# Cyrus: addresses as user names, folders that everybody knows, TLS, the ports of the outside.
sed -i 's/^altnamespace: .*/altnamespace: yes/; s/^unixhierarchysep: .*/unixhierarchysep: yes/' /etc/imapd.conf
cat /lab/conf-exim/imapd.conf >>/etc/imapd.conf
[ "$level" = stock ] || cat /lab/conf-exim/imapd-rich.conf >>/etc/imapd.conf
sed -i 's/^\t#imaps\t\(.*imapd -s\)/\timaps\t\1/; s/^\t#pop3s\t\(.*pop3d -s\)/\tpop3s\t\1/; /^\tnntp\t/d; /^\thttp\t/d' /etc/cyrus.conf

# Roundcube on Apache, behind HAProxy.
cat /lab/conf-exim/roundcube.php >>/etc/roundcube/config.inc.php
[ "$level" = stock ] || printf "%s\n" "\$config['smtp_log'] = true;" >>/etc/roundcube/config.inc.php
cp /lab/conf-exim/apache.conf /etc/apache2/sites-available/000-default.conf
echo 'Listen 127.0.0.1:8080' >/etc/apache2/ports.conf
echo 'ServerName mail.interieur.example' >>/etc/apache2/apache2.conf
a2enmod -q remoteip
cat /lab/conf-exim/haproxy.cfg >>/etc/haproxy/haproxy.cfg
