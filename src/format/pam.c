#include "part.h"
const struct format format_pam = {"pam", "PAM", 'F'};
