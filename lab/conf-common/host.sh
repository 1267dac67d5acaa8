# What all kinds of host have in common; their setup.sh reads this first.

echo interieur.example >/etc/mailname
ln -sf /usr/share/zoneinfo/Europe/Paris /etc/localtime
echo Europe/Paris >/etc/timezone
echo LANG=C.UTF-8 >/etc/default/locale
printf '127.0.0.1 localhost\n192.0.2.25 mail.interieur.example mail\n2001:db8:25::25 mail.interieur.example\n' >/etc/hosts
printf 'nameserver 203.0.113.53\n' >/etc/resolv.conf
printf 'passwd: files\ngroup: files\nshadow: files\nhosts: files dns\n' >/etc/nsswitch.conf
make-ssl-cert generate-default-snakeoil --force-overwrite >/dev/null 2>&1
rm -f /usr/sbin/policy-rc.d

# rsyslog: as shipped, but never the kernel log of the machine underneath, and
# no word of Dovecot's about the jumps of the laboratory's clock.
sed -i '/imklog/d' /etc/rsyslog.conf
sed -i '1i $MaxMessageSize 64k' /etc/rsyslog.conf
for remark in 'Created dotlock file' 'Time moved forward' 'Time jumped forwards'; do
	printf ':msg, contains, "%s" stop\n' "$remark"
done >/etc/rsyslog.d/00-lab.conf

# One administrator may sign in by ssh.
id operateur >/dev/null 2>&1 || useradd -u 1000 -m -s /bin/bash operateur
echo "operateur ALL=(ALL) NOPASSWD: ALL" >/etc/sudoers.d/operateur
echo 'operateur:Maintenance!2024' | chpasswd

# Whose all mailboxes are, where accounts are not those of the system.
mailbox_owner() {
	groupadd -f -g 5000 vmail
	id vmail >/dev/null 2>&1 || useradd -u 5000 -g 5000 -d /var/vmail -M -s /usr/sbin/nologin vmail
	install -d -o vmail -g vmail -m 0750 /var/vmail
}
