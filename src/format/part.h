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
    auditd_syslog_decode, web_syslog_decode, logger_decode, sudo_decode, exim_decode;

/* Of whole lines without a syslog envelope; they set F_TIME themselves. */
typedef enum decoded line_decoder(struct format_state *st, slice line, struct event *e,
				  struct arena *scratch);
line_decoder roundcube_file_decode, roundcube_stdout_decode, access_decode, access_json_decode,
    nginx_error_decode, apache_error_decode, audit_file_decode, dovecot_json_decode,
    dovecot_line_decode, journald_json_decode, journald_export_decode, journald_verbose_decode,
    exim_file_decode, exim_line_decode, m365_json_decode, m365_csv_decode;
/* True for a record that may be of a log file of Exim's own: it begins with Exim's clock. */
bool exim_begins(slice record);
/* What no other format owns, in a file in which Exim has written before. */
enum decoded exim_rest_decode(struct format_state *st, slice record, struct event *e);

extern const struct format format_dovecot, format_postfix, format_roundcube, format_nginx,
    format_apache, format_sshd, format_auditd, format_pam, format_logger, format_sudo, format_exim,
    format_m365;

/* Other mail servers, and what filters for them. */
body_decoder imapd_decode, courier_decode, courier_mailbox_decode, cyrus_decode,
    cyrus_daemon_decode, cyrus_service_decode, uwimap_decode, ipop3d_decode, solid_pop3d_decode,
    popa3d_decode, teapop_decode, vm_pop3d_decode, qpopper_decode, mailutils_decode,
    perdition_decode, imapproxy_decode, kopano_decode, sendmail_decode, opensmtpd_decode,
    qmail_decode, rspamd_decode, amavis_decode, spamassassin_decode, policyd_spf_decode,
    postgrey_decode, milter_decode, saslauthd_decode, small_decode, haraka_decode,
    mailscanner_decode, sympa_decode, mailman_decode, fetchmail_decode;
line_decoder assp_decode, fortimail_decode, fortimail_dated_decode, rspamd_dated_decode,
    qmail_dated_decode, oracle_store_decode, oracle_xml_decode, oracle_mta_decode,
    stunnel_file_decode, haraka_dated_decode;
extern const struct format format_courier, format_cyrus, format_uwimap, format_popd,
    format_sendmail, format_opensmtpd, format_qmail, format_rspamd, format_amavis,
    format_spamassassin, format_policyd_spf, format_postgrey, format_milter, format_saslauthd,
    format_assp, format_fortimail, format_mailscanner, format_sympa, format_mailman,
    format_fetchmail, format_oracle, format_stunnel, format_inetd, format_dropbear, format_proxmox,
    format_mailer, format_haraka;

/* Webmail, groupware, panels, proxies, servers of Windows. */
body_decoder nextcloud_syslog_decode, sentence_decode, sogo_decode, horde_decode, haproxy_decode,
    lighttpd_decode;
line_decoder vsftpd_file_decode, openvpn_file_decode, panel_bracket_decode, directadmin_decode,
    hestiacp_decode, mailcow_decode, openwebmail_decode, litespeed_decode, plesk_decode,
    webmin_decode, squirrelmail_decode, tine20_decode, ispconfig_decode, zimbra_decode,
    horde_file_decode, haproxy_file_decode, kerio_decode, domino_dated_decode, domino_decode,
    hmailserver_decode, smartermail_decode, mailenable_decode, exchange_decode, iis_decode,
    fields_decode, columns_decode, iis_native_decode, nextcloud_decode, php_fpm_decode,
    lighttpd_file_decode;
/* Balancers, caches and meshes in front of a webmail. */
line_decoder caddy_console_decode, ltsv_decode, alb_decode, elb_decode, cloudfront_decode,
    envoy_decode, squid_decode;
extern const struct format format_edge;
/* Newer mail servers, portals in front of webmail, directories. */
body_decoder maddy_decode, lemonldap_decode, slapd_decode, lookup_decode, fail2ban_decode,
    iredapd_decode;
line_decoder stalwart_decode, stalwart_json_decode, maddy_dated_decode, authelia_decode,
    google_decode, keycloak_decode, portal_json_decode, vimbadmin_decode, fail2ban_file_decode;
extern const struct format format_google, format_postfixadmin, format_stalwart, format_maddy,
    format_authelia, format_keycloak, format_authentik, format_lemonldap, format_vimbadmin,
    format_directory, format_fail2ban, format_iredapd;
extern const struct format format_webmin, format_froxlor, format_ftpd, format_su, format_suhosin,
    format_phpmyadmin, format_openvpn, format_csf, format_cpanel, format_groupoffice,
    format_directadmin, format_hestiacp, format_squirrelmail, format_snappymail, format_mailu,
    format_ispconfig, format_plesk, format_tine20, format_openwebmail, format_mailcow,
    format_litespeed, format_sogo, format_zimbra, format_horde, format_haproxy, format_kerio,
    format_domino, format_hmailserver, format_smartermail, format_mailenable, format_exchange,
    format_iis, format_nextcloud, format_lighttpd, format_traefik, format_caddy, format_baikal,
    format_php_fpm;

/* " HOST last message repeated 3 times", which has no program. */
enum decoded logger_repeat(slice behind_time, struct event *e);
/* By any program. */
enum decoded horde_tagged_decode(slice body, struct event *e);
enum decoded roundcube_tagged_decode(slice body, struct event *e);
/* The n-th program of the table of programs; empty behind the last. */
slice format_program(size_t n);
/* A record that the forced format does not own as it stands: as if it were of its program. */
enum decoded forced_decode(struct format_state *st, slice record, struct event *e,
			   struct arena *scratch);
/* The same for one format: which program would make it own the record; empty: none. */
slice forced_program(struct format_state *st, slice record, const struct format *f, struct event *e,
		     struct arena *scratch);

/* Takes the envelope off: F_TIME, F_HOST, F_PROCESS, F_PID. False if the record has none. */
struct envelope {
	slice program, body;
	slice behind_time;      /* all that follows the clock */
	struct format_tag *tag; /* in the state: the program's, or NULL */
};
bool envelope_open(struct format_state *st, slice record, struct event *e, struct envelope *env);
/* "[HOST ]PROGRAM[PID]: body" without a clock, as journalctl -o cat and others leave it. */
bool envelope_bare(slice record, struct event *e, struct envelope *env);
/* Any known clock off the front, in UTC; digits without a zone go through st->zone. */
bool envelope_time(struct format_state *st, slice *s, int64_t *usec);
/* Who owns `env`, by its program; DECODED_UNKNOWN if nobody. */
enum decoded format_body(const struct format_state *st, const struct envelope *env, struct event *e,
			 struct arena *scratch);

/* wrapped.c: a record within a record, as collectors and exports write them. */
struct inner {
	const char *coat; /* what is around it, in words */
	slice text, host, program;
	int64_t pid;     /* -1: none */
	int64_t time_us; /* CLOCK_NONE: none */
	bool in_utc;     /* that time is sure of its zone */
	bool container;  /* the program is a container, whatever its name */
};
enum decoded inner_decode(struct format_state *st, const struct inner *in, struct event *e,
			  struct arena *scratch);
/* Whether a record begins here: with a priority or a known clock. */
bool inner_has_clock(struct format_state *st, slice text);
/* What no format owns: JSON of collectors, prefixes of containers, a record behind a second clock.
 */
enum decoded wrapped_decode(struct format_state *st, slice record, struct event *e,
			    struct arena *scratch);
/* A piece of a line; `last` if the line ends with it.  The other stream's lines may stand between
 * its pieces, and are none of it. */
enum decoded inner_piece(struct format_state *st, struct inner *in, bool errors, bool last,
			 struct event *e, struct arena *scratch);
/* collected.c: JSON of a collector; a stamp of Loki's and a line; a file of fluentd's; RFC 7464's
 * mark in front of an object (journalctl -o json-seq), or an event's of a server. */
line_decoder collected_decode, pair_decode, fluent_decode, sequence_decode, ruby_decode;
/* prefix.c: what grep, cat -n, stern, Windows collectors put in front of a line. */
line_decoder cut_out_decode;
/* " stdout F text" or " stderr P text", behind the clock. */
enum decoded cri_decode(struct format_state *st, slice text, struct event *e,
			struct arena *scratch);
/* {"msg": ...} behind @cee: */
enum decoded cee_decode(struct format_state *st, const struct envelope *env, struct event *e,
			struct arena *scratch);

/* siem.c: CEF, LEEF, WELF, XML of Splunk, columns without a header. */
enum decoded siem_decode(struct format_state *st, slice record, struct event *e,
			 struct arena *scratch);

/* column.c: what members of JSON records and columns of CSV mean. */
enum role { ROLE_NONE, ROLE_TEXT, ROLE_TIME, ROLE_HOST, ROLE_PROGRAM, ROLE_PID };
struct meaning {
	enum role role;
	int rank; /* of two of one role the higher one counts */
};
struct meaning column_meaning(slice parent, slice name);
/* Puts a value where it belongs, unless something better is there. */
struct gathered {
	struct inner in;
	int rank[ROLE_PID + 1];
};
void gather(struct format_state *st, struct gathered *g, struct meaning m, slice value);
void gathered_init(struct gathered *g);
/* "5/18/2021 9:13:34 PM", "18.05.2021 21:13:34": digits of a program that knew its own country.
 * Which of day and month comes first must be told by the text, or the time is unknown. */
bool column_culture_time(slice s, int64_t *usec);
/* Clocks of exports: ISO 8601, seconds to nanoseconds since 1970, "Mar 17, 2026 @ 13:05:00.123". */
bool column_time(struct format_state *st, slice s, int64_t *usec, bool *in_utc);

/* Names of columns: part of no record, so that the first row has its own place. */
static inline enum decoded table_header(struct format_state *st)
{
	st->behind = true;
	return DECODED_PART;
}

/* answer.c: the header of a table, remembered; a row of it. */
bool answer_begins(struct format_state *st, slice record, struct arena *scratch);
enum decoded answer_decode(struct format_state *st, slice record, struct event *e,
			   struct arena *scratch);

/* csv.c */
bool csv_begins(struct format_state *st, slice record); /* a header: it is remembered */
enum decoded csv_decode(struct format_state *st, slice record, struct event *e,
			struct arena *scratch);

static inline void event_module(struct event *e, const struct format *f)
{
	event_text(e, F_MODULE, slice_of(f->name));
}

/*
 * JSON: members of an object one by one, nested objects entered (their members come as if they
 * were the outer one's), arrays as their text.  False at the end, or where the text is cut (`cut`).
 */
struct json {
	slice rest;
	bool cut;
	const slice *pass; /* nested objects of these names are passed by; set after json_open() */
	size_t pass_count;
};
struct json_member {
	slice key, value;   /* a string without its quotes, else the literal */
	bool text, escaped; /* a string; one that holds a backslash */
};
bool json_open(struct json *j, slice text); /* false if `text` does not begin with { */
bool json_next(struct json *j, struct json_member *m);
/* The same, but an object comes as a whole: its members as text, to be walked by themselves. */
bool json_next_whole(struct json *j, struct json_member *m, bool *object);
/* The string's bytes with escapes resolved, in `scratch` if there were any. */
slice json_text(const struct json_member *m, struct arena *scratch);

/* Dovecot's exported event: the object that begins `text`. */
enum decoded dovecot_event_decode(slice text, struct event *e, struct arena *scratch);
/* What a session id says that the line does not: F_START, F_SOURCE_PORT, F_SOURCE_IP. */
void dovecot_session(struct event *e, slice id);

/* "key=value" values: */
bool event_parse_address(struct event *e, enum field f, slice text); /* sets it if `text` is one */
bool event_parse_number(struct event *e, enum field f, slice text);
/* What follows the LAST `key` (such as ", rip=") up to `end` or the end of the text. */
bool part_last(slice text, slice key, char end, slice *value);
/* What follows the first one. */
bool part_first(slice text, slice key, char end, slice *value);
/* A:P, [A6]:P or A6:P, the port into `port`; false if it is none. */
bool event_parse_peer(struct event *e, enum field ip, enum field port, slice text);
/* Forgets what the envelope took for a host and a program: the line has neither. */
void event_no_origin(struct event *e);
/* <abc> without its brackets, if it has them. */
slice part_unbracket(slice s);
/* A daemon of Postfix's under a syslog_name of somebody's own: "mx1/submission/smtpd". */
bool postfix_owns(slice program);
/* The syslog tag's shape: "postfix/submission/smtpd" is service "smtpd". */
slice part_basename(slice program);

#endif
