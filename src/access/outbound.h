/*
 * outbound.h - what an account may send: Postfix's policy service.
 *
 *	struct outbound *o = outbound_new(&rules.outbound);
 *	while (outbound_parse(&bytes, &q, why, sizeof why) == OUTBOUND_REQUEST)
 *		struct outbound_answer n = outbound_ask(o, &q, now_us);
 *
 * Postfix asks for each recipient (state RCPT) and once more when a message is whole (state
 * END-OF-MESSAGE): lines name=value, an empty one at the end, answered by action=... and an empty
 * line (SMTPD_POLICY_README).  Of who signed in, messages, recipients, recipients that are new to
 * him and megabytes are counted; beyond a bound the message is held (HOLD, access(5)) or put off
 * (DEFER_IF_PERMIT), with the reason.  Who did not sign in is not judged: DUNNO.
 *
 * Laws: (1) nothing is refused for good: what is held can be released; (2) an account that is too
 * young has no habits, and its recipients are not called new; (3) memory is bounded.
 */
#ifndef TOCSIN_OUTBOUND_H
#define TOCSIN_OUTBOUND_H

#include "base/base.h"

enum { OUTBOUND_REQUEST_MOST = 16 << 10 };

/* 0: no bound. */
struct outbound_rules {
	slice listen;   /* 127.0.0.1:4002; empty: Postfix is not served */
	slice remember; /* a file of recipients that are known; empty: forgotten at the end */
	unsigned within_s, messages, recipients, new_recipients, megabytes;
	unsigned learn_days; /* for which an account's recipients are learnt before any is new */
	bool defer;          /* else hold */
	unsigned percent;    /* of each bound in force now; 0: all of it */
};
/* `percent` of a bound, at least 1; 0 stays none. */
unsigned outbound_bound(unsigned bound, unsigned percent);

struct outbound_request {
	slice state, account, recipient; /* into the bytes that were read */
	int64_t size, recipients;        /* 0: not told */
};
enum outbound_read { OUTBOUND_MORE, OUTBOUND_REQUEST, OUTBOUND_BROKEN };
/* One request off the front of `bytes`; MORE and BROKEN leave them. */
enum outbound_read outbound_parse(slice *bytes, struct outbound_request *q, char *why, size_t size);

enum outbound_action { OUTBOUND_DUNNO, OUTBOUND_HOLD, OUTBOUND_DEFER };
struct outbound_answer {
	enum outbound_action action;
	bool first;       /* of this account within this time: worth a line in the log */
	char because[96]; /* plain words, no name in them; empty: DUNNO */
};

struct outbound;
struct outbound *outbound_new(const struct outbound_rules *rules);
void outbound_free(struct outbound **o);
void outbound_use(struct outbound *o, const struct outbound_rules *rules);
struct outbound_answer outbound_ask(struct outbound *o, const struct outbound_request *q,
				    int64_t now_us);
/* What is known of recipients, as bytes to keep, and read again; false: no such bytes. */
void outbound_write(const struct outbound *o, struct out *to);
bool outbound_read(struct outbound *o, slice bytes);

#endif
