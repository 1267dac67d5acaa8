#!/bin/sh
# Starts the daemons of the mail host, from inside it.
set -eu
mkdir -p /run/sshd
install -d -o courier -g courier -m 755 /run/courier
install -d -o courier -g courier -m 750 /run/courier/authdaemon
install -d -o root -g root -m 755 /run/sendmail /run/sendmail/mta
rsyslogd
/usr/sbin/sshd
/usr/sbin/authdaemond start
for daemon in imapd imapd-ssl pop3d pop3d-ssl; do /usr/sbin/$daemon start; done
newaliases >/dev/null 2>&1 || true
/usr/sbin/sendmail-mta -L sm-mta -bd -q10m
