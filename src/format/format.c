/*
 * format.c - the tables: which program's lines belong to which decoder, and whose lines have no
 * envelope.  Adding a format is one file, one row here, and one in formats.c.
 */
#include "part.h"

enum { POSTFIX = 1 }; /* its row */

/* By program of a syslog record, those of a mail host first.  `family`: any name that begins so. */
static const struct {
	slice program;
	body_decoder *decode;
	bool family;
} programs[] = {
    {SLICE_INIT("dovecot"), dovecot_decode, false},
    [POSTFIX] = {SLICE_INIT("postfix"), postfix_decode, true},
    {SLICE_INIT("exim"), exim_decode, true},
    {SLICE_INIT("imapd"), imapd_decode, false},
    {SLICE_INIT("imapd-ssl"), imapd_decode, false},
    {SLICE_INIT("pop3d"), imapd_decode, false},
    {SLICE_INIT("pop3d-ssl"), imapd_decode, false},
    {SLICE_INIT("courier"), courier_decode, true},
    {SLICE_INIT("esmtpd"), courier_decode, true},
    {SLICE_INIT("authdaemond"), courier_decode, true},
    {SLICE_INIT("authdaemon"), courier_decode, false},
    {SLICE_INIT("maildrop"), courier_decode, false},
    {SLICE_INIT("imaplogin"), courier_decode, false},
    {SLICE_INIT("pop3login"), courier_decode, false},
    {SLICE_INIT("submit"), courier_decode, false},
    {SLICE_INIT("cyrus"), cyrus_decode, true},
    {SLICE_INIT("ctl_"), cyrus_decode, true},
    {SLICE_INIT("cyr_"), cyrus_decode, true},
    {SLICE_INIT("cvt_cyrusdb"), cyrus_decode, true},
    {SLICE_INIT("lmtpunix"), cyrus_decode, false},
    {SLICE_INIT("lmtpproxyd"), cyrus_decode, false},
    {SLICE_INIT("pop3s"), cyrus_decode, false},
    {SLICE_INIT("timsieved"), cyrus_decode, false},
    {SLICE_INIT("sync_server"), cyrus_decode, false},
    {SLICE_INIT("sync_client"), cyrus_decode, false},
    {SLICE_INIT("squatter"), cyrus_decode, false},
    {SLICE_INIT("tls_prune"), cyrus_decode, false},
    {SLICE_INIT("idled"), cyrus_decode, false},
    {SLICE_INIT("notifyd"), cyrus_decode, false},
    {SLICE_INIT("imap"), cyrus_service_decode, false},
    {SLICE_INIT("imaps"), cyrus_service_decode, false},
    {SLICE_INIT("pop3"), cyrus_service_decode, false},
    {SLICE_INIT("lmtp"), cyrus_service_decode, false},
    {SLICE_INIT("lmtpd"), cyrus_service_decode, false},
    {SLICE_INIT("sieve"), cyrus_service_decode, false},
    {SLICE_INIT("nntpd"), cyrus_service_decode, false},
    {SLICE_INIT("master"), cyrus_service_decode, false},
    {SLICE_INIT("http"), cyrus_service_decode, false},
    {SLICE_INIT("https"), cyrus_service_decode, false},
    {SLICE_INIT("nntp"), cyrus_service_decode, false},
    {SLICE_INIT("mupdate"), cyrus_service_decode, false},
    {SLICE_INIT("reconstruct"), cyrus_service_decode, false},
    {SLICE_INIT("ipop3d"), ipop3d_decode, false},
    {SLICE_INIT("ipop2d"), ipop3d_decode, false},
    {SLICE_INIT("solid-pop3d"), solid_pop3d_decode, false},
    {SLICE_INIT("spop3d"), solid_pop3d_decode, false},
    {SLICE_INIT("popa3d"), popa3d_decode, false},
    {SLICE_INIT("teapop"), teapop_decode, true},
    {SLICE_INIT("perdition"), perdition_decode, true},
    {SLICE_INIT("in.imapproxyd"), imapproxy_decode, false},
    {SLICE_INIT("imapproxyd"), imapproxy_decode, false},
    {SLICE_INIT("imapproxy"), imapproxy_decode, false},
    {SLICE_INIT("in.qpopper"), qpopper_decode, false},
    {SLICE_INIT("qpopper"), qpopper_decode, true},
    {SLICE_INIT("popper"), qpopper_decode, false},
    {SLICE_INIT("in.popper"), qpopper_decode, false},
    {SLICE_INIT("gnu-imap4d"), mailutils_decode, false},
    {SLICE_INIT("gnu-pop3d"), mailutils_decode, false},
    {SLICE_INIT("imap4d"), mailutils_decode, false},
    {SLICE_INIT("kopano-gateway"), kopano_decode, true},
    {SLICE_INIT("zarafa-gateway"), kopano_decode, true},
    {SLICE_INIT("sendmail"), sendmail_decode, true},
    {SLICE_INIT("sm-"), sendmail_decode, true},
    {SLICE_INIT("smtpd"), opensmtpd_decode, false},
    {SLICE_INIT("qmail"), qmail_decode, true},
    {SLICE_INIT("vchkpw"), qmail_decode, true},
    {SLICE_INIT("rblsmtpd"), qmail_decode, false},
    {SLICE_INIT("vpopmail"), qmail_decode, false},
    {SLICE_INIT("tcpserver"), qmail_decode, false},
    {SLICE_INIT("splogger"), qmail_decode, false},
    {SLICE_INIT("rspamd"), rspamd_decode, true},
    {SLICE_INIT("/usr/sbin/amavisd"), amavis_decode, true},
    {SLICE_INIT("vm-pop3d"), vm_pop3d_decode, false},
    {SLICE_INIT("amavis"), amavis_decode, true},
    {SLICE_INIT("spamd"), spamassassin_decode, false},
    {SLICE_INIT("spampd"), spamassassin_decode, false},
    {SLICE_INIT("spamassassin"), spamassassin_decode, false},
    {SLICE_INIT("spamc"), spamassassin_decode, false},
    {SLICE_INIT("policyd-spf"), policyd_spf_decode, false},
    {SLICE_INIT("policyd-spf-python"), policyd_spf_decode, false},
    {SLICE_INIT("pyspf-milter"), policyd_spf_decode, false},
    {SLICE_INIT("policy-spf"), policyd_spf_decode, false},
    {SLICE_INIT("postfix-policyd-spf-perl"), policyd_spf_decode, false},
    {SLICE_INIT("postgrey"), postgrey_decode, false},
    {SLICE_INIT("sqlgrey"), postgrey_decode, false},
    {SLICE_INIT("milter-greylist"), postgrey_decode, false},
    {SLICE_INIT("greyd"), postgrey_decode, false},
    {SLICE_INIT("gld"), postgrey_decode, false},
    {SLICE_INIT("opendkim"), milter_decode, true},
    {SLICE_INIT("opendmarc"), milter_decode, true},
    {SLICE_INIT("clamav-milter"), milter_decode, true},
    {SLICE_INIT("clamd"), milter_decode, true},
    {SLICE_INIT("freshclam"), milter_decode, true},
    {SLICE_INIT("dkim-milter"), milter_decode, true},
    {SLICE_INIT("dk-filter"), milter_decode, true},
    {SLICE_INIT("dkim-filter"), milter_decode, true},
    {SLICE_INIT("dspam"), milter_decode, true},
    {SLICE_INIT("milter-"), milter_decode, true},
    {SLICE_INIT("clamsmtp"), milter_decode, true},
    {SLICE_INIT("spamass-milter"), milter_decode, true},
    {SLICE_INIT("dkimpy-milter"), milter_decode, true},
    {SLICE_INIT("openarc"), milter_decode, true},
    {SLICE_INIT("sid-filter"), milter_decode, true},
    {SLICE_INIT("postfwd"), milter_decode, true},
    {SLICE_INIT("cbpolicyd"), milter_decode, true},
    {SLICE_INIT("policyd"), milter_decode, false},
    {SLICE_INIT("sa-exim"), milter_decode, false},
    {SLICE_INIT("dkfilter"), milter_decode, true},
    {SLICE_INIT("mimedefang"), milter_decode, true},
    {SLICE_INIT("saslauthd"), saslauthd_decode, false},
    {SLICE_INIT("MailScanner"), mailscanner_decode, true},
    {SLICE_INIT("mailscanner"), mailscanner_decode, true},
    {SLICE_INIT("update.bad.phishing.sites"), mailscanner_decode, false},
    {SLICE_INIT("update.phishing.sites"), mailscanner_decode, false},
    {SLICE_INIT("update.virus.scanners"), mailscanner_decode, false},
    {SLICE_INIT("update_virus_scanners"), mailscanner_decode, false},
    {SLICE_INIT("sympa"), sympa_decode, false},
    {SLICE_INIT("wwsympa"), sympa_decode, false},
    {SLICE_INIT("archived"), sympa_decode, false},
    {SLICE_INIT("bounced"), sympa_decode, false},
    {SLICE_INIT("task_manager"), sympa_decode, false},
    {SLICE_INIT("bulk"), sympa_decode, false},
    {SLICE_INIT("sympasoap"), sympa_decode, false},
    {SLICE_INIT("mailman"), mailman_decode, true},
    {SLICE_INIT("fetchmail"), fetchmail_decode, true},
    {SLICE_INIT("mailu-fetchmail"), fetchmail_decode, false},
    {SLICE_INIT("Nextcloud"), nextcloud_syslog_decode, false},
    {SLICE_INIT("nextcloud"), nextcloud_syslog_decode, false},
    {SLICE_INIT("NextCloud"), nextcloud_syslog_decode, false},
    {SLICE_INIT("ownCloud"), nextcloud_syslog_decode, false},
    {SLICE_INIT("owncloud"), nextcloud_syslog_decode, false},
    {SLICE_INIT("getmail"), fetchmail_decode, true},
    {SLICE_INIT("roundcube"), roundcube_syslog_decode, false},
    {SLICE_INIT("sshd"), sshd_decode, true},
    {SLICE_INIT("ssh"), sshd_decode, false}, /* Debian's unit */
    {SLICE_INIT("sudo"), sudo_decode, false},
    {SLICE_INIT("nginx"), web_syslog_decode, false},
    {SLICE_INIT("apache"), web_syslog_decode, true},
    {SLICE_INIT("httpd"), web_syslog_decode, true},
    {SLICE_INIT("rsyslogd"), logger_decode, true},
    {SLICE_INIT("systemd"), logger_decode, false},
    {SLICE_INIT("systemd-journal"), logger_decode, true},
    {SLICE_INIT("journal"), logger_decode, false},
    {SLICE_INIT("logrotate"), logger_decode, false},
    {SLICE_INIT("syslog-ng"), logger_decode, false},
    {SLICE_INIT("audit"), auditd_syslog_decode, true},
    {SLICE_INIT("audispd"), auditd_syslog_decode, true},
    {SLICE_INIT("kernel"), auditd_syslog_decode, false},
    {SLICE_INIT("dovecot-auth"), pam_decode, false},
    {SLICE_INIT("sogod"), sogo_decode, false},
    {SLICE_INIT("HORDE"), horde_decode, false},
    {SLICE_INIT("IMP"), horde_decode, false},
    {SLICE_INIT("haproxy"), haproxy_decode, false},
    {SLICE_INIT("lighttpd"), lighttpd_decode, false},
    {SLICE_INIT("webmin"), sentence_decode, false},
    {SLICE_INIT("usermin"), sentence_decode, false},
    {SLICE_INIT("Froxlor"), sentence_decode, false},
    {SLICE_INIT("froxlor"), sentence_decode, false},
    {SLICE_INIT("pure-ftpd"), sentence_decode, false},
    {SLICE_INIT("proftpd"), sentence_decode, false},
    {SLICE_INIT("vsftpd"), sentence_decode, false},
    {SLICE_INIT("wu-ftpd"), sentence_decode, false},
    {SLICE_INIT("ftpd"), sentence_decode, false},
    {SLICE_INIT("suhosin"), sentence_decode, false},
    {SLICE_INIT("su"), sentence_decode, false},
    {SLICE_INIT("lfd"), sentence_decode, false},
    {SLICE_INIT("login"), sentence_decode, false},
    {SLICE_INIT("phpMyAdmin"), sentence_decode, false},
    {SLICE_INIT("openvpn"), sentence_decode, true},
    {SLICE_INIT("ovpn-"), sentence_decode, true},
    {SLICE_INIT("maddy"), maddy_decode, false},
    {SLICE_INIT("lemonldap-ng"), lemonldap_decode, true},
    {SLICE_INIT("LLNG"), lemonldap_decode, false},
    {SLICE_INIT("slapd"), slapd_decode, false},
    {SLICE_INIT("sssd"), lookup_decode, true},
    {SLICE_INIT("nslcd"), lookup_decode, false},
    {SLICE_INIT("krb5_child"), lookup_decode, false},
    {SLICE_INIT("ldap_child"), lookup_decode, false},
    {SLICE_INIT("fail2ban"), fail2ban_decode, true},
    {SLICE_INIT("iredapd"), iredapd_decode, false},
    {SLICE_INIT("stunnel"), small_decode, true},
    {SLICE_INIT("xinetd"), small_decode, false},
    {SLICE_INIT("inetd"), small_decode, false},
    {SLICE_INIT("dropbear"), small_decode, false},
    {SLICE_INIT("pvedaemon"), small_decode, false},
    {SLICE_INIT("pveproxy"), small_decode, false},
    {SLICE_INIT("pmg"), small_decode, true},
    {SLICE_INIT("sSMTP"), small_decode, false},
    {SLICE_INIT("ssmtp"), small_decode, false},
    {SLICE_INIT("msmtp"), small_decode, true},
    {SLICE_INIT("nullmailer"), small_decode, true},
    {SLICE_INIT("dma"), small_decode, false},
    {SLICE_INIT("haraka"), haraka_decode, true},
    {SLICE_INIT("systemd-logind"), sentence_decode, false},
    {SLICE_INIT("procmail"), milter_decode, false},
    {SLICE_INIT("dcc"), milter_decode, true},
};

/* Of lines without an envelope, by their first byte ("0" stands for any digit, "" for any byte). */
static const struct {
	slice first;
	line_decoder *decode;
} lines[] = {
    {SLICE_INIT("{"), dovecot_json_decode},
    {SLICE_INIT("{"), journald_json_decode},
    {SLICE_INIT("{"), nextcloud_decode},
    {SLICE_INIT("{"), access_json_decode},
    {SLICE_INIT("{"), stalwart_json_decode},
    {SLICE_INIT("{"), portal_json_decode},
    {SLICE_INIT("{"), m365_json_decode},
    {SLICE_INIT("{"), google_decode},
    {SLICE_INIT("tn"), audit_file_decode},
    {SLICE_INIT("usepo"), roundcube_stdout_decode},
    {SLICE_INIT("t"), authelia_decode},
    {SLICE_INIT("["), roundcube_file_decode},
    {SLICE_INIT("[A"), apache_error_decode},
    {SLICE_INIT("["), panel_bracket_decode},
    {SLICE_INIT("["), php_fpm_decode},
    {SLICE_INIT("["), oracle_store_decode},
    {SLICE_INIT("["), envoy_decode},
    {SLICE_INIT("["), kerio_decode},
    {SLICE_INIT("["), domino_decode},
    {SLICE_INIT("["), smartermail_decode},
    {SLICE_INIT("<"), oracle_xml_decode},
    {SLICE_INIT("#"), fields_decode},
    {SLICE_INIT("\""), hmailserver_decode},
    {SLICE_INIT("hgw"), alb_decode},
    {SLICE_INIT("0"), cloudfront_decode},
    {SLICE_INIT("0"), caddy_console_decode},
    {SLICE_INIT("0"), directadmin_decode},
    {SLICE_INIT("0"), squirrelmail_decode},
    {SLICE_INIT("0"), mailenable_decode},
    {SLICE_INIT("0"), domino_decode},
    {SLICE_INIT("0"), oracle_mta_decode},
    {SLICE_INIT("0"), stunnel_file_decode},
    {SLICE_INIT("FS"), ispconfig_decode},
    {SLICE_INIT("0abcdef"), tine20_decode},
    {SLICE_INIT("0abcdef:"), iis_native_decode},
    {SLICE_INIT("0abcdef: C"), haproxy_file_decode},
    {SLICE_INIT("0"), nginx_error_decode},
    {SLICE_INIT(""), dovecot_line_decode},
    {SLICE_INIT(""), access_decode},
    {SLICE_INIT("thrmus"), ltsv_decode},
    {SLICE_INIT("JFMASOND"), assp_decode},
    {SLICE_INIT("dt"), fortimail_decode},
    {SLICE_INIT(""), exim_line_decode},
    {SLICE_INIT(""), m365_csv_decode},
};

/* Of lines that begin with a time but have no program that is known, by what follows it. */
static const struct {
	slice first;
	line_decoder *decode;
} dated[] = {
    {SLICE_INIT(","), exchange_decode},
    {SLICE_INIT(""), iis_decode},
    {SLICE_INIT("IWEDTF"), zimbra_decode},
    {SLICE_INIT("HENICWAD"), horde_file_decode},
    {SLICE_INIT("IWEDT"), stalwart_decode},
    {SLICE_INIT("IWED"), keycloak_decode},
    {SLICE_INIT("INWECAD"), vimbadmin_decode},
    {SLICE_INIT("f"), fail2ban_file_decode},
    {SLICE_INIT("CWI"), mailcow_decode},
    {SLICE_INIT(":"), lighttpd_file_decode},
    {SLICE_INIT("["), vsftpd_file_decode},
    {SLICE_INIT("["), haraka_dated_decode},
    {SLICE_INIT("["), litespeed_decode},
    {SLICE_INIT("-"), openwebmail_decode},
    {SLICE_INIT("."), webmin_decode},
    {SLICE_INIT("E"), plesk_decode},
    {SLICE_INIT("SIPHLRsiphl"), domino_dated_decode},
    {SLICE_INIT(""), openvpn_file_decode},
    {SLICE_INIT(""), hestiacp_decode},
    {SLICE_INIT("#"), rspamd_dated_decode},
    {SLICE_INIT(""), qmail_dated_decode},
    {SLICE_INIT("0"), squid_decode},
    {SLICE_INIT(""), elb_decode},
    {SLICE_INIT(""), fortimail_dated_decode},
    {SLICE_INIT(""), maddy_dated_decode},
};

enum { DATED = sizeof dated / sizeof *dated };

enum { PROGRAMS = sizeof programs / sizeof *programs, LINES = sizeof lines / sizeof *lines };

_Static_assert((int)PROGRAMS <= (int)FORMAT_PROGRAMS_MOST,
	       "the index of format_state has room for all");

void format_start(struct format_state *st, struct zone *zone, int year)
{
	*st = (struct format_state){.zone = zone,
				    .year = year,
				    .last_us = CLOCK_NONE,
				    .quarter = INT64_MIN,
				    .stamp_us = CLOCK_NONE,
				    .left_us = CLOCK_NONE};
	for (size_t i = PROGRAMS; i-- > 0;) { /* backwards: a row stands before those below it */
		uint8_t *first = &st->programs[(uint8_t)programs[i].program.at[0] & 127];
		st->program_next[i] = *first;
		*first = (uint8_t)(i + 1);
	}
}

slice format_program(size_t n)
{
	return n < PROGRAMS ? programs[n].program : (slice){"", 0};
}

/* The program's row + 1, or 0. */
static uint8_t find_row(const struct format_state *st, slice program)
{
	uint8_t row = program.len ? st->programs[(uint8_t)program.at[0] & 127] : 0;
	for (; row; row = st->program_next[row - 1]) {
		slice p = programs[row - 1].program;
		if (programs[row - 1].family ? slice_starts(program, p) : slice_eq(program, p))
			break;
	}
	return row || !postfix_owns(program) ? row : POSTFIX + 1;
}

static body_decoder *owner(const struct format_state *st, const struct envelope *env)
{
	uint8_t row = env->tag ? env->tag->row : FORMAT_ROW_UNASKED;
	if (row == FORMAT_ROW_UNASKED)
		row = find_row(st, env->program);
	if (env->tag)
		env->tag->row = row;
	return row ? programs[row - 1].decode : NULL;
}

/* "message repeated 3 times: [ ... ]" (rsyslog): the line itself, and how often. */
static bool unfold(slice *body, int64_t *times)
{
	slice s = *body;
	if (!slice_eat(&s, "message repeated ") || !slice_number(&s, times) ||
	    !slice_eat(&s, " times: [ ") || !slice_ends(s, SLICE("]")))
		return false;
	*body = slice_first(s, s.len - 1);
	return true;
}

/* By the row of its program, NULL: none has it; then by those that know their lines anywhere. */
static enum decoded read_body(body_decoder *decode, const struct envelope *env, struct event *e,
			      struct arena *scratch)
{
	slice body = e->body = env->body;
	int64_t times = 0;
	bool folded = body.len && body.at[0] == 'm' && unfold(&body, &times);
	enum decoded d = decode ? decode(env->program, body, e, scratch) : DECODED_UNKNOWN;
	if (d == DECODED_UNKNOWN)
		d = dovecot_decode(env->program, body, e, scratch);
	if (d == DECODED_UNKNOWN)
		d = pam_decode(env->program, body, e, scratch);
	if (d == DECODED_UNKNOWN) /* a web server's line by way of logger(1) */
		d = web_syslog_decode(env->program, body, e, scratch);
	if (d == DECODED_UNKNOWN && body.len && body.at[0] == '[')
		d = horde_tagged_decode(body, e);
	if (d == DECODED_UNKNOWN)
		d = roundcube_tagged_decode(body, e);
	if (folded && e->action == ACT_LOGIN && !event_has(e, F_AUTH_ATTEMPTS))
		event_number(e, F_AUTH_ATTEMPTS, times);
	return d;
}

enum decoded format_body(const struct format_state *st, const struct envelope *env, struct event *e,
			 struct arena *scratch)
{
	return read_body(owner(st, env), env, e, scratch);
}

static bool may_begin(slice first, char c)
{
	char kind = c >= '0' && c <= '9' ? '0' : c;
	return first.len == 0 || memchr(first.at, kind, first.len);
}

/* The rows from `first` up to `end`; the one that owns the line is remembered. */
static enum decoded format_dated(struct format_state *st, slice line, int first, int end,
				 struct event *e, struct arena *scratch)
{
	while (slice_eat(&line, " "))
		;
	for (int i = first; i < end && line.len; i++) {
		if (!may_begin(dated[i].first, line.at[0]))
			continue;
		enum decoded d = dated[i].decode(st, line, e, scratch);
		if (d != DECODED_UNKNOWN) {
			st->dated = i + 1;
			return d;
		}
	}
	return DECODED_UNKNOWN;
}

static enum decoded format_line(struct format_state *st, slice line, struct event *e,
				struct arena *scratch)
{
	if (line.len == 0)
		return DECODED_UNKNOWN;
	for (int i = 0; i < LINES; i++) {
		/* the row that took the last line first: a file holds one format */
		int row = i == 0 ? st->shape : i <= st->shape ? i - 1 : i;
		if (!may_begin(lines[row].first, line.at[0]))
			continue;
		enum decoded d = lines[row].decode(st, line, e, scratch);
		if (d != DECODED_UNKNOWN) {
			st->shape = row;
			return d;
		}
	}
	return DECODED_UNKNOWN;
}

/* Host and program without a clock, of a daemon that is known; its words may have a clock of their
 * own. */
static enum decoded decode_bare(struct format_state *st, slice record, struct event *e,
				struct arena *scratch)
{
	struct envelope env;
	if (!envelope_bare(record, e, &env) || !owner(st, &env)) {
		event_clear(e);
		e->raw = record;
		return DECODED_UNKNOWN;
	}
	enum decoded d = DECODED_UNKNOWN;
	if (env.body.len && may_begin(SLICE("0"), env.body.at[0])) {
		int shape = st->shape;
		d = format_line(st, env.body, e, scratch);
		st->shape = shape;
	}
	return d == DECODED_UNKNOWN ? format_body(st, &env, e, scratch) : d;
}

/* Under a header of columns a line is a clock and values: no other envelope, and no other owner,
 * unless it does not fit. */
static enum decoded decode_columns(struct format_state *st, slice record, struct event *e,
				   struct arena *scratch)
{
	slice s = record;
	int64_t usec;
	bool zone;
	if (record.len == 0 || !may_begin(SLICE("0"), record.at[0]) ||
	    !clock_parse_iso(&s, &usec, &zone) || s.len < 2 || s.at[0] != st->column_divider)
		return DECODED_UNKNOWN;
	event_number(e, F_TIME, usec); /* UTC, whatever the host's zone: see exchange.c */
	enum decoded d = columns_decode(st, slice_from(s, 1), e, scratch);
	if (d == DECODED_UNKNOWN) {
		event_clear(e);
		e->raw = record;
		return d;
	}
	st->last_us = usec;
	return d;
}

/* By the row that owned the last dated line; it is forgotten at the first that it does not. */
static enum decoded decode_dated_again(struct format_state *st, slice record, struct event *e,
				       struct arena *scratch)
{
	struct envelope env;
	int row = st->dated - 1;
	if (envelope_open(st, record, e, &env) && env.behind_time.at && !st->is_container &&
	    !owner(st, &env)) {
		enum decoded d = format_dated(st, env.behind_time, row, row + 1, e, scratch);
		if (d != DECODED_UNKNOWN)
			return d;
	}
	st->dated = 0;
	event_clear(e);
	e->raw = record;
	return DECODED_UNKNOWN;
}

/* A record as it stands, nothing around it but an envelope. */
static enum decoded decode_plain(struct format_state *st, slice record, struct event *e,
				 struct arena *scratch)
{
	struct envelope env;
	if (st->journal.open || (record.len && record.at[0] == '_' && st->depth == 0)) {
		enum decoded d = journald_export_decode(st, record, e, scratch);
		if (d != DECODED_UNKNOWN)
			return d;
	}
	if (st->depth == 0 && (st->journal.verbose || slice_ends(record, SLICE("]")))) {
		enum decoded d = journald_verbose_decode(st, record, e, scratch);
		if (d != DECODED_UNKNOWN)
			return d;
	}
	if (st->column_count) {
		enum decoded d = decode_columns(st, record, e, scratch);
		if (d != DECODED_UNKNOWN)
			return d;
	}
	if (st->dated) { /* a file holds one format: what owned the last line, before all others */
		enum decoded d = decode_dated_again(st, record, e, scratch);
		if (d != DECODED_UNKNOWN)
			return d;
	}
	if (exim_begins(record)) {
		enum decoded d = exim_file_decode(st, record, e, scratch);
		if (d != DECODED_UNKNOWN)
			return d;
	}
	bool object = record.len && record.at[0] == '{'; /* no clock begins so */
	if (object || !envelope_open(st, record, e, &env)) {
		enum decoded d = format_line(st, record, e, scratch);
		if (d == DECODED_UNKNOWN)
			d = decode_bare(st, record, e, scratch);
		if (event_has(e, F_TIME))
			st->last_us = e->v[F_TIME].number;
		return d;
	}
	if (st->is_container)
		return cri_decode(st, env.behind_time, e, scratch);
	if (env.body.len && env.body.at[0] == '@')
		return cee_decode(st, &env, e, scratch);
	enum decoded d = DECODED_UNKNOWN;
	body_decoder *decode = owner(st, &env);
	if (env.behind_time.at && !decode)
		d = format_dated(st, env.behind_time, 0, DATED, e, scratch);
	if (d == DECODED_UNKNOWN)
		d = read_body(decode, &env, e, scratch);
	if (d == DECODED_UNKNOWN)
		d = logger_repeat(env.behind_time, e);
	if (d == DECODED_UNKNOWN && decode) /* whose words have names that others bear: "imap: " */
		d = maddy_dated_decode(st, slice_trim(env.behind_time), e, scratch);
	return d == DECODED_UNKNOWN && st->exim ? exim_rest_decode(st, record, e) : d;
}

/* A record that ends where rows begin, or the first of all, of letters. */
static bool answer_may_begin(const struct format_state *st, slice record)
{
	if (record.len == 0)
		return false;
	return record.at[record.len - 1] == '['
		   ? record.at[0] == '{'
		   : !st->begun && record.at[0] != '{' && slice_find(record, ' ') > 3 &&
			 slice_find(record, ',') < record.len;
}

enum decoded format_decode(struct format_state *st, slice record, struct event *e,
			   struct arena *scratch)
{
	event_clear(e);
	e->raw = record;
	st->behind = false;
	if (st->tenant.count && st->depth == 0) {
		/* first, for a column may look like the clock of an envelope */
		enum decoded row = m365_csv_decode(st, record, e, scratch);
		if (row != DECODED_UNKNOWN)
			return row;
		event_clear(e);
	}
	if (st->depth == 0 && answer_may_begin(st, record) && answer_begins(st, record, scratch))
		return table_header(st);
	if (st->answer.count && st->depth == 0) {
		enum decoded row = answer_decode(st, record, e, scratch);
		if (row != DECODED_UNKNOWN)
			return row;
		event_clear(e);
		e->raw = record;
	}
	if (st->table.columns && st->depth == 0)
		return csv_decode(st, record, e, scratch);
	if (st->depth == 0)
		st->coats[0] = NULL;
	enum decoded d = DECODED_UNKNOWN;
	if (st->collected && st->depth == 0 && record.len && record.at[0] == '{')
		d = collected_decode(st, record, e, scratch);
	if (d == DECODED_UNKNOWN)
		d = decode_plain(st, record, e, scratch);
	if (st->forced && d != DECODED_PART && event_get(e, F_MODULE).at != st->forced->name)
		d = forced_decode(st, record, e, scratch);
	if (d == DECODED_UNKNOWN)
		d = wrapped_decode(st, record, e, scratch);
	st->begun |= st->depth == 0 && record.len > 0;
	return d;
}
