#!/bin/sh
# Starts the daemons of the mail host, from inside it.
set -eu
mkdir -p /run/sshd /run/apache2 /run/haproxy /run/lock/apache2
install -d -o Debian-exim -g Debian-exim -m 750 /run/exim4
for folder in /run/cyrus /run/cyrus/proc /run/cyrus/lock; do install -d -o cyrus -g mail -m 755 $folder; done
install -d -o cyrus -g mail -m 750 /run/cyrus/socket
rsyslogd
/usr/sbin/sshd
update-exim4.conf
exim4 -bd -q30m
apache2ctl start
haproxy -D -f /etc/haproxy/haproxy.cfg -p /run/haproxy.pid
/usr/sbin/cyrmaster -d
