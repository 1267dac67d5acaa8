#include "part.h"
const struct format format_auditd = {"auditd", "Linux audit", 'B'};
