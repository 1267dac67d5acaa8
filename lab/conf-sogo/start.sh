#!/bin/sh
# Starts the daemons of the mail host, from inside it.
set -eu
mkdir -p /run/sshd /run/dovecot /run/nginx
install -d -o postgres -g postgres -m 2775 /run/postgresql
install -d -o sogo -g sogo -m 755 /run/sogo
rsyslogd
/usr/sbin/sshd
pg_ctlcluster 17 main start
memcached -d -u memcache -l 127.0.0.1
dovecot
smtpd
setpriv --reuid=sogo --regid=sogo --clear-groups sogod -WOWorkersCount 3 -WOPidFile /run/sogo/sogo.pid -WOLogFile /var/log/sogo/sogo.log
nginx
