/*
 * dovecot.h - between the files of the Dovecot decoder.
 *
 * A reader gets what stands behind "imap(user)<pid><session>: " or "imap-login: "; the user, the
 * process id and the session id of such a prefix are in the event already.
 */
#ifndef TOCSIN_FORMAT_DOVECOT_H
#define TOCSIN_FORMAT_DOVECOT_H

#include "part.h"

typedef enum decoded dovecot_reader(slice text, struct event *e, struct arena *scratch);

dovecot_reader dovecot_read_login, dovecot_read_auth, dovecot_read_session, dovecot_read_end,
    dovecot_read_doveadm;
/* "ID sent: name=X, version=Y, ...": what the client says of itself. */
dovecot_reader dovecot_read_client_id;
/* A delivery or what a Sieve script did: "[sieve: ]msgid=...: ...". */
dovecot_reader dovecot_read_delivery;
/* The mail_log plugin's lines; DECODED_UNKNOWN if `text` is none. */
dovecot_reader dovecot_read_mail_log;
/* "... in=12 out=345", "... top=0/0, retr=2/99", "... bytes=1/2" behind a reason, *before; false if
 * there are none. */
bool dovecot_counters(slice text, struct event *e, slice *before);

#endif
