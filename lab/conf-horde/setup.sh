#!/bin/sh
# Configures the mail host with Postfix, Dovecot and Horde on Apache, once, from inside it.
#   setup.sh LEVEL        (stock or rich); the laboratory is /lab
set -eu
level=$1

. /lab/conf-common/host.sh
. /lab/conf-common/postfix-dovecot.sh

# Apache hands PHP to php-fpm; Horde's alias is Debian's.
cp /lab/conf-horde/apache.conf /etc/apache2/sites-available/000-default.conf
echo 'ServerName mail.interieur.example' >>/etc/apache2/apache2.conf
a2enmod -q proxy_fcgi setenvif rewrite
a2enconf -q php8.2-fpm php-horde
cp /lab/conf-horde/php-pool.conf /etc/php/8.2/fpm/pool.d/zz-lab.conf

# Horde: Debian's file, what an administrator adds, its tables in SQLite, IMP's defaults written out.
cp /etc/horde/horde/conf.php.dist /etc/horde/horde/conf.php
cp /lab/conf-horde/horde.php /etc/horde/horde/conf.local.php
cp /lab/conf-horde/imp.php /etc/horde/imp/backends.local.php
install -d -o www-data -g www-data /var/lib/horde
php -d log_errors=0 /lab/conf-horde/tables.php >/dev/null
chown -R www-data:www-data /var/lib/horde /etc/horde/*/conf.php

# What PHP 8.2 no longer takes, and whoever runs this Horde mends: an empty file read, a method without a name.
cd /usr/share/php
sed -i 's/@fread(\$fp, filesize(\$this->cache_file))/stream_get_contents($fp)/' Net/DNS2/Cache/File.php
sed -i 's/new ReflectionMethod(\$this, \$action)/new ReflectionMethod($this, (string)$action)/' Horde/Core/Ajax/Application/Handler.php
