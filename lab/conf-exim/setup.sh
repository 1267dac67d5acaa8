#!/bin/sh
# Configures the mail host with Exim and Cyrus, once, from inside it.
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
for user in cyrus Debian-exim; do usermod -aG ssl-cert $user; done

# rsyslog: as shipped, but never the kernel log of the machine underneath.
sed -i '/imklog/d' /etc/rsyslog.conf
sed -i '1i $MaxMessageSize 64k' /etc/rsyslog.conf

# Exim: Debian's own configuration in pieces, and pieces beside them.
cd /etc/exim4/conf.d
cp /lab/exim-main main/000_local
cp /lab/exim-router router/450_local_cyrus
cp /lab/exim-transport transport/30_local_cyrus
cp /lab/exim-auth auth/30_local
[ "$level" = stock ] || cat /lab/exim-main-rich >>main/000_local
cd /

# Cyrus: addresses as user names, folders that everybody knows, TLS, the ports of the outside.
sed -i 's/^altnamespace: .*/altnamespace: yes/; s/^unixhierarchysep: .*/unixhierarchysep: yes/' /etc/imapd.conf
cat /lab/imapd.conf >>/etc/imapd.conf
[ "$level" = stock ] || cat /lab/imapd-rich.conf >>/etc/imapd.conf
sed -i 's/^\t#imaps\t\(.*imapd -s\)/\timaps\t\1/; s/^\t#pop3s\t\(.*pop3d -s\)/\tpop3s\t\1/; /^\tnntp\t/d; /^\thttp\t/d' /etc/cyrus.conf

# Roundcube on Apache, behind HAProxy.
cat /lab/roundcube.php >>/etc/roundcube/config.inc.php
[ "$level" = stock ] || printf "%s\n" "\$config['smtp_log'] = true;" >>/etc/roundcube/config.inc.php
cp /lab/apache.conf /etc/apache2/sites-available/000-default.conf
echo 'Listen 127.0.0.1:8080' >/etc/apache2/ports.conf
echo 'ServerName mail.interieur.example' >>/etc/apache2/apache2.conf
a2enmod -q remoteip
cat /lab/haproxy.cfg >>/etc/haproxy/haproxy.cfg

# One administrator may sign in by ssh.
id operateur >/dev/null 2>&1 || useradd -u 1000 -m -s /bin/bash operateur
echo "operateur ALL=(ALL) NOPASSWD: ALL" >/etc/sudoers.d/operateur
echo 'operateur:Maintenance!2024' | chpasswd
