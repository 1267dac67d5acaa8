/*
 * rules.c - the administrator's words on who may sign in.
 *
 *	posture: normal               # heightened: only from networks, and essential accounts
 *	                              # lockdown: only essential accounts, from networks, by
 *protocols listen: 127.0.0.1:4001 networks: [192.0.2.0/24] essential: [garde@example.org]
 *	protocols: [imap, submission]
 *	denied: [ana@example.org]
 *	failures: 10                  # of one address in `within` seconds, then it waits
 *	within: 600
 *	delay: 2
 *	accounts-a-password: 5        # on which one password may fail within that time
 */
#include "access/access.h"

#include <libfyaml.h>
#include <stdio.h>

enum { FILE_MOST = 1 << 20 };

struct reading_access {
	struct access_rules *r;
	char *why;
	size_t size;
};

static bool refuse_at(struct reading_access *x, struct fy_node *n, const char *what)
{
	struct fy_token *t = n && fy_node_is_scalar(n) ? fy_node_get_scalar_token(n) : NULL;
	const struct fy_mark *mark = t ? fy_token_start_mark(t) : NULL;
	snprintf(x->why, x->size, "line %d: %s", mark ? mark->line + 1 : 1, what);
	return false;
}

static slice text_of(struct fy_node *n)
{
	size_t len = 0;
	const char *text = n && fy_node_is_scalar(n) ? fy_node_get_scalar(n, &len) : NULL;
	return (slice){text, text ? len : 0};
}

static bool read_posture(struct reading_access *x, struct fy_node *n, const void *row)
{
	for (int i = POSTURE_NORMAL; i <= POSTURE_LOCKDOWN; i++)
		if (slice_eq(text_of(n), slice_of(posture_names[i]))) {
			x->r->posture = (enum posture)i;
			return true;
		}
	return refuse_at(x, n, "a posture is normal, heightened or lockdown");
}

static bool read_text(struct reading_access *x, struct fy_node *n, const void *to)
{
	if (!text_of(n).len)
		return refuse_at(x, n, "a text is wanted here");
	x->r->listen = slice_of(arena_text(&x->r->arena, text_of(n)));
	return true;
}

static bool read_number(struct reading_access *x, struct fy_node *n, unsigned *to)
{
	int64_t number;
	if (!slice_is_number(text_of(n), &number) || number < 0 || number > 1000000)
		return refuse_at(x, n, "a number up to 1000000 is wanted here");
	*to = (unsigned)number;
	return true;
}

static bool read_names(struct reading_access *x, struct fy_node *n, slice **at, size_t *len)
{
	struct fy_node *item;
	void *walk = NULL;
	if (!fy_node_is_sequence(n))
		return refuse_at(x, n, "a list is wanted here: [a, b]");
	*at = arena_take(&x->r->arena, ACCESS_NAMES_MOST * sizeof **at);
	for (*len = 0; (item = fy_node_sequence_iterate(n, &walk));) {
		if (*len == ACCESS_NAMES_MOST || !text_of(item).len)
			return refuse_at(x, item, "up to 1024 texts are wanted here");
		(*at)[(*len)++] = arena_copy(&x->r->arena, text_of(item));
	}
	return true;
}

static bool read_networks(struct reading_access *x, struct fy_node *n)
{
	slice *names;
	size_t count;
	if (!read_names(x, n, &names, &count))
		return false;
	x->r->networks.at = arena_take(&x->r->arena, count * sizeof *x->r->networks.at);
	x->r->networks.len = count;
	for (size_t i = 0; i < count; i++)
		if (!cidr_parse(names[i], &x->r->networks.at[i])) {
			snprintf(x->why, x->size, "line 1: %.*s is no network (192.0.2.0/24)",
				 (int)slice_first(names[i], 60).len, names[i].at);
			return false;
		}
	return true;
}

static bool read_value(struct reading_access *x, slice key, struct fy_node *key_node,
		       struct fy_node *n)
{
	struct access_rules *r = x->r;
	if (slice_eq(key, SLICE("posture")))
		return read_posture(x, n, NULL);
	if (slice_eq(key, SLICE("listen")))
		return read_text(x, n, NULL);
	if (slice_eq(key, SLICE("networks")))
		return read_networks(x, n);
	if (slice_eq(key, SLICE("essential")))
		return read_names(x, n, &r->essential.at, &r->essential.len);
	if (slice_eq(key, SLICE("denied")))
		return read_names(x, n, &r->denied.at, &r->denied.len);
	if (slice_eq(key, SLICE("protocols")))
		return read_names(x, n, &r->protocols.at, &r->protocols.len);
	if (slice_eq(key, SLICE("failures")))
		return read_number(x, n, &r->failures_most);
	if (slice_eq(key, SLICE("within")))
		return read_number(x, n, &r->failures_s);
	if (slice_eq(key, SLICE("delay")))
		return read_number(x, n, &r->delay_s);
	if (slice_eq(key, SLICE("accounts-a-password")))
		return read_number(x, n, &r->accounts_most);
	char what[128];
	snprintf(what, sizeof what, "there is no \"%.*s\" (see tocsin-access(1))",
		 (int)slice_first(key, 60).len, key.at ? key.at : "");
	return refuse_at(x, key_node, what);
}

static bool read_root(struct reading_access *x, struct fy_node *root)
{
	struct fy_node_pair *pair;
	void *walk = NULL;
	if (!root || !fy_node_is_mapping(root))
		return refuse_at(x, root, "keys and values are wanted, such as  posture: normal");
	while ((pair = fy_node_mapping_iterate(root, &walk)))
		if (!read_value(x, text_of(fy_node_pair_key(pair)), fy_node_pair_key(pair),
				fy_node_pair_value(pair)))
			return false;
	return true;
}

void access_usual(struct access_rules *r)
{
	*r = (struct access_rules){.listen = SLICE("127.0.0.1:4001"),
				   .failures_most = 10,
				   .failures_s = 600,
				   .delay_s = 2,
				   .accounts_most = 5};
}

/* Errors of the parser are collected, not printed: the first is what the reader mends. */
static struct fy_document *parse_yaml(slice yaml, char *why, size_t size)
{
	struct fy_diag_cfg dc;
	void *at = NULL;
	fy_diag_cfg_default(&dc);
	dc.fp = NULL;
	struct fy_diag *diag = fy_diag_create(&dc);
	if (!diag)
		return NULL;
	fy_diag_set_collect_errors(diag, true);
	struct fy_parse_cfg cfg = {.flags = FYPCF_QUIET, .diag = diag};
	struct fy_document *doc = fy_document_build_from_string(&cfg, yaml.at, yaml.len);
	struct fy_diag_error *e = doc ? NULL : fy_diag_errors_iterate(diag, &at);
	if (!doc)
		snprintf(why, size, "line %d: %s", e && e->line > 0 ? e->line : 1,
			 e && e->msg ? e->msg : "it is not YAML");
	fy_diag_destroy(diag);
	return doc;
}

bool access_read(struct access_rules *r, slice yaml, char *why, size_t size)
{
	struct reading_access x = {r, why, size};
	access_usual(r);
	if (!yaml.len || yaml.len > FILE_MOST || memchr(yaml.at, 0, yaml.len) ||
	    memchr(yaml.at, '&', yaml.len)) {
		snprintf(why, size, "line 1: no rules: empty, too long, or with NUL or anchors");
		return false;
	}
	struct fy_document *doc = parse_yaml(yaml, why, size);
	bool fine = doc && read_root(&x, fy_document_root(doc));
	fy_document_destroy(doc);
	if (fine && r->posture != POSTURE_NORMAL && !r->essential.len && !r->networks.len) {
		snprintf(why, size,
			 "line 1: this posture would let nobody in: name networks or "
			 "essential accounts");
		return false;
	}
	return fine;
}

void access_rules_free(struct access_rules *r)
{
	arena_free(&r->arena);
}
