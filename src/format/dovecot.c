#include "part.h"
const struct format format_dovecot = {"dovecot", "Dovecot", 'A'};
