<?php
// The configuration of each application as its own conf.xml has it by default, and the tables they want.
require '/usr/share/horde/lib/Application.php';
Horde_Registry::appInit('horde', array('authentication' => 'none', 'cli' => true));
foreach ($registry->listAllApps() as $app) {
    if ($app != 'horde' && file_exists($registry->get('fileroot', $app) . '/config/conf.xml')) {
        $config = new Horde_Config($app);
        $config->writePHPConfig(new Horde_Variables());
    }
}
$migration = new Horde_Core_Db_Migration();
foreach (array(false, true) as $last) {         // twice: one may want another's tables
    foreach ($migration->apps as $app) {
        try {
            $migration->getMigrator($app)->up();
        } catch (Exception $error) {
            if ($last) {
                throw $error;
            }
        }
    }
}
