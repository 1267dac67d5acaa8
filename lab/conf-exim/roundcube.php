
// What the laboratory adds to Debian's own file.
$config['plugins'] = [];
$config['log_logins'] = true;
$config['imap_host'] = 'localhost:143';
$config['smtp_host'] = 'tls://localhost:587';
$config['smtp_conn_options'] = ['ssl' => ['verify_peer' => false, 'verify_peer_name' => false]];
$config['mail_domain'] = 'interieur.example';
$config['language'] = 'fr_FR';
