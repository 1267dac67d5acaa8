/* snapshot.c - the state that any step would change, kept first: a file each, and their digests. */
#include "respond/others.h"
#include "respond/pull.h"

#include <stdio.h>

/* What is asked, and under which name its answer is kept. */
static const struct {
	const char *name;
	const char *argv[6];
	enum other_act by; /* who sees the host's network, where this process does not */
} questions[] = {
    {"doveconf", {"doveconf", "-n"}},
    {"doveadm-who", {"doveadm", "who"}},
    {"postconf", {"postconf", "-n"}},
    {"master.cf", {"postconf", "-M"}},
    {"queue", {"postqueue", "-j"}},
    {"connections", {"ss", "-tnp"}, OTHER_CONNECTIONS},
    {"listening", {"ss", "-ltnp"}, OTHER_LISTENING},
    {"processes", {"ps", "-eo", "pid,ppid,user,lstart,args"}},
    {"firewall", {"nft", "list", "ruleset"}, OTHER_FIREWALL},
    {"signed-in", {"who", "-a"}},
};
enum { QUESTIONS = sizeof questions / sizeof *questions };

bool snapshot_prepare(struct work *w, struct out *saved)
{
	out_text(saved, "{}");
	return true;
}

static bool keep(struct work *w, size_t i, slice said, struct out *list)
{
	char hex[65];
	slice kept = evidence_keep(w, questions[i].name, said);
	struct digest d = digest_of(said);
	digest_hex(&d, hex);
	out_format(list, "%s  %s\n", hex, questions[i].name);
	w->why[0] = 0;
	return kept.len > 0;
}

/* Whom nobody answers is said in the list, as below. */
static bool ask_other(struct work *w, size_t i, struct out *list)
{
	slice said;
	if (others_ask(w, questions[i].by, (slice){0}, &said))
		return keep(w, i, said, list);
	out_format(list, "%s was not asked: ", questions[i].name);
	out_plain(list, slice_of(w->why));
	out_text(list, "\n");
	w->why[0] = 0;
	return true;
}

/* A program that is not there is said in the list, and is no failure. */
static bool ask(struct work *w, size_t i, struct out *list)
{
	if (questions[i].by && others_do(w))
		return ask_other(w, i, list);
	if (!has_program(questions[i].argv[0])) {
		out_format(list, "no %s on this host: %s was not asked\n", questions[i].argv[0],
			   questions[i].name);
		return true;
	}
	return keep(w, i, run(w, questions[i].argv, (slice){0}).out, list);
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
