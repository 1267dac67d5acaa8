<?php
// The mailboxes of this host.
$servers['imap']['maildomain'] = 'interieur.example';
$servers['imap']['special_mboxes'] = array(IMP_Mailbox::MBOX_SENT => 'Sent');
$servers['imap']['smtp'] = array('auth' => true, 'host' => 'localhost', 'port' => 587);
