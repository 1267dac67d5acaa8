#!/bin/sh
# Starts the daemons of the mail host, from inside it.
set -eu
mkdir -p /run/php /run/sshd /run/dovecot /run/apache2 /run/lock/apache2
rsyslogd
/usr/lib/postfix/configure-instance.sh - 2>/dev/null
postfix start >/dev/null 2>&1
dovecot
/usr/sbin/php-fpm8.2 --daemonize
apache2ctl start
/usr/sbin/sshd
