#include "part.h"

const struct format *const formats[] = {&format_dovecot, &format_postfix, &format_roundcube,
					&format_nginx,   &format_apache,  &format_sshd,
					&format_auditd,  &format_pam,     NULL};
