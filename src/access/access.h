/*
 * access.h - who may sign in, from where, by which protocol: Dovecot's authentication policy.
 *
 *	struct access_rules rules;
 *	access_read(&rules, yaml, why, sizeof why);
 *	struct access *a = access_new(&rules);
 *	struct access_answer n = access_ask(a, &request, now_us);      before and after the password
 *	access_report(a, &request, now_us);                            how it went
 *
 * Dovecot asks before it looks at a password and after, and reports the outcome
 * (doc/wiki/Authentication.Policy.txt of 2.3): POST /?command=allow with a JSON object, answered by
 * {"status": 0 let in, -1 refused, n wait n seconds, "msg": ...}; POST /?command=report.
 *
 * Laws: (1) what is not known refuses nobody in posture normal: a mail server whose policy server
 * stumbles must go on; (2) in lockdown nobody comes in but whom the rules name; (3) passwords are
 * never seen: Dovecot sends a salted, truncated hash; (4) memory is bounded, and what is shed is
 * what was quiet longest.
 */
#ifndef TOCSIN_ACCESS_H
#define TOCSIN_ACCESS_H

#include "access/outbound.h"
#include "base/base.h"

enum posture { POSTURE_NORMAL, POSTURE_HEIGHTENED, POSTURE_LOCKDOWN };
extern const char *const posture_names[];

enum { ACCESS_NAMES_MOST = 1024, ACCESS_NETWORKS_MOST = 1024, ACCESS_PROTOCOLS_MOST = 8 };
enum { ACCESS_ACCOUNTS_MOST = 32 }; /* that are counted on which one password failed */

/* As the administrator wrote it; see tocsin-access(1). */
struct access_rules {
	enum posture posture;
	slice listen; /* 127.0.0.1:4001 */
	struct {
		slice *at;
		size_t len;
	} essential, denied, protocols;
	struct {
		struct cidr *at;
		size_t len;
	} networks;
	unsigned failures_most; /* by one address within failures_s */
	unsigned failures_s;
	unsigned delay_s;               /* beyond them: to wait, doubled at each further ten */
	struct outbound_rules outbound; /* what Postfix asks */
	unsigned accounts_most;         /* on which one password may fail, before it is a spray;
					 * up to ACCESS_ACCOUNTS_MOST, 0: any number */
	struct {
		slice state; /* where the journal of an isolation lies */
		unsigned days, percent;
	} reopened;       /* for so long after it was taken back, so much of every bound */
	unsigned percent; /* that is in force now; access_lower() */
	struct arena arena;
};
void access_usual(struct access_rules *r);
/* False with a message that begins with the line. */
bool access_read(struct access_rules *r, slice yaml, char *why, size_t size);
void access_rules_free(struct access_rules *r);
/* Of every bound of `r`, Postfix's too, `percent` is in force from now on. */
void access_lower(struct access_rules *r, unsigned percent);

struct access_request {
	slice login, password_hash, protocol;
	bool has_remote, success, after; /* after: the password was right */
	struct address remote;
};
/* From Dovecot's JSON; false with a message if it is none. */
bool access_parse(slice json, struct access_request *q, struct arena *a, char *why, size_t size);

struct access_answer {
	int status; /* 0 let in, -1 refused, else seconds to wait */
	const char *because;
};

struct access;
struct access *access_new(const struct access_rules *rules);
void access_free(struct access **a);
void access_use(struct access *a, const struct access_rules *rules); /* from now on; counts stay */
struct access_answer access_ask(struct access *a, const struct access_request *q, int64_t now_us);
void access_report(struct access *a, const struct access_request *q, int64_t now_us);

/* --- server.c --- */

/* When an isolation, or a part of it, was taken back last, by the journal in a folder; CLOCK_NONE:
 * never.  False with a message. */
typedef bool access_opened(const char *state, int64_t *when_us, char *why, size_t size);
/* Serves until SIGTERM; reads `path` again when it changes, and keeps the old rules while the new
 * ones are broken.  Exit status of the command. */
int access_serve(const char *path, access_opened *opened);

#endif
