/* snapshot.c - the state that any step would change, kept first: a file each, and their digests. */
#include "respond/pull.h"

#include <stdio.h>

/* What is asked, and under which name its answer is kept. */
static const struct {
	const char *name;
	const char *argv[6];
} questions[] = {
    {"doveconf", {"doveconf", "-n"}},
    {"doveadm-who", {"doveadm", "who"}},
    {"postconf", {"postconf", "-n"}},
    {"master.cf", {"postconf", "-M"}},
    {"queue", {"postqueue", "-j"}},
    {"connections", {"ss", "-tnp"}},
    {"listening", {"ss", "-ltnp"}},
    {"processes", {"ps", "-eo", "pid,ppid,user,lstart,args"}},
    {"firewall", {"nft", "list", "ruleset"}},
    {"signed-in", {"who", "-a"}},
};
enum { QUESTIONS = sizeof questions / sizeof *questions };

bool snapshot_prepare(struct work *w, struct out *saved)
{
	out_text(saved, "{}");
	return true;
}

/* A program that is not there is said in the list, and is no failure. */
static bool ask(struct work *w, size_t i, struct out *list)
{
	char hex[65];
	if (!has_program(questions[i].argv[0])) {
		out_format(list, "no %s on this host: %s was not asked\n", questions[i].argv[0],
			   questions[i].name);
		return true;
	}
	struct ran r = run(w, questions[i].argv, (slice){0});
	slice kept = evidence_keep(w, questions[i].name, r.out);
	struct digest d = digest_of(r.out);
	digest_hex(&d, hex);
	out_format(list, "%s  %s\n", hex, questions[i].name);
	w->why[0] = 0;
	return kept.len > 0;
}

bool snapshot_apply(struct work *w)
{
	struct out list = {.fd = -1};
	bool fine = true;
	for (size_t i = 0; fine && i < QUESTIONS; i++)
		fine = ask(w, i, &list);
	fine = fine && evidence_keep(w, "SHA256SUMS", (slice){list.at, list.len}).len > 0;
	out_close(&list);
	return fine || (w->why[0] ? false : work_fail(w, "the evidence could not be kept"));
}

enum closed snapshot_closed(struct work *w, struct out *how)
{
	slice path = arena_format(w->arena, "%s/evidence/%.*s", w->state_dir, (int)w->incident.len,
				  w->incident.at);
	out_text(how, "kept in ");
	out_plain(how, path);
	return CLOSED_UNKNOWN; /* it shuts nothing */
}
