/*
 * part.h - for the files of this room alone.
 *
 * A body decoder gets the text behind the envelope (for syslog: behind "program[pid]: ") with the
 * program's name and pid already in the event (F_PROCESS, F_PID, F_HOST, F_TIME when known).
 * It answers DECODED_EVENT for everything its daemon writes, also for lines that bear on nothing
 * (ACT_MESSAGE), DECODED_BROKEN when a known line is cut or malformed.
 *
 * Attackers choose user names, HELO names, mail addresses, subjects, URLs and user agents, and put
 * ` rip=192.0.2.1` into them.  Read such lines from a fixed frame: know which field comes last that
 * the attacker cannot write, and take keys from the right of his field, never from inside it.
 */
#ifndef TOCSIN_FORMAT_PART_H
#define TOCSIN_FORMAT_PART_H

#include "format/format.h"

typedef enum decoded body_decoder(slice program, slice body, struct event *e,
				  struct arena *scratch);

/* By program name of a syslog record: one row each in format.c. */
body_decoder dovecot_decode, postfix_decode, roundcube_syslog_decode, sshd_decode, pam_decode,
    auditd_syslog_decode, web_syslog_decode;

/* Of whole lines without a syslog envelope; they set F_TIME themselves. */
typedef enum decoded line_decoder(struct format_state *st, slice line, struct event *e,
				  struct arena *scratch);
line_decoder roundcube_file_decode, access_decode, nginx_error_decode, apache_error_decode,
    audit_file_decode, dovecot_file_decode, journald_json_decode;

extern const struct format format_dovecot, format_postfix, format_roundcube, format_nginx,
    format_apache, format_sshd, format_auditd, format_pam;

static inline void event_module(struct event *e, const struct format *f)
{
	event_text(e, F_MODULE, slice_of(f->name));
}

/* "key=value" values: */
bool event_parse_address(struct event *e, enum field f, slice text); /* sets it if `text` is one */
bool event_parse_number(struct event *e, enum field f, slice text);
/* What follows the LAST `key` (such as ", rip=") up to `end` or the end of the text. */
bool part_last(slice text, slice key, char end, slice *value);
/* What follows the first one. */
bool part_first(slice text, slice key, char end, slice *value);
/* <abc> without its brackets, if it has them. */
slice part_unbracket(slice s);
/* The syslog tag's shape: "postfix/submission/smtpd" is service "smtpd". */
slice part_basename(slice program);

#endif
