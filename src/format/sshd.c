#include "part.h"
const struct format format_sshd = {"sshd", "OpenSSH", 'F'};
