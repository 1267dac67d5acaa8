#!/bin/sh
# Configures the mail host, once, from inside it.
#   setup.sh LEVEL        (stock or rich); the laboratory is /lab
set -eu
level=$1

. /lab/conf-common/host.sh
. /lab/conf-common/postfix-dovecot.sh

# Roundcube behind nginx.
cp /lab/conf/nginx.conf /etc/nginx/sites-available/default
cat /lab/conf/roundcube.php >>/etc/roundcube/config.inc.php
[ "$level" = stock ] || printf "%s\n" "\$config['smtp_log'] = true;" >>/etc/roundcube/config.inc.php
cp /lab/conf/php-pool.conf /etc/php/8.2/fpm/pool.d/zz-lab.conf
