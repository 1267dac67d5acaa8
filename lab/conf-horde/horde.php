<?php
// What an administrator of webmail sets; all else is Debian's default, its log (syslog) as well.
$conf['secret_key'] = 'laboratoire';
$conf['cookie']['path'] = '/horde';
$conf['auth'] = array('admins' => array(), 'driver' => 'application', 'params' => array('app' => 'imp'),
                      'checkip' => true, 'checkbrowser' => true, 'list_users' => 'input');
$conf['sql'] = array('phptype' => 'sqlite', 'database' => '/var/lib/horde/horde.db', 'charset' => 'utf-8');
$conf['prefs'] = array('driver' => 'Sql', 'params' => array('driverconfig' => 'horde'));
$conf['mailer'] = array('type' => 'smtp', 'params' => array('auth' => true));     // where: as IMP has it
