/*
 * case.c - from a report to those whom containment is about.
 *
 * The report may be altered, and names in it are the intruder's choice: what is no plain account or
 * address is left out and named, never handed to a program.
 */
#include "respond/case.h"

#include <jansson.h>
#include <stdio.h>

/* NAME_MOST: of a file of evidence that is named for an account, with what stands before */
enum { NAME_MOST = 220, PEOPLE_MOST = 1000 };

bool respond_is_account(slice s)
{
	if (s.len == 0 || s.len > NAME_MOST || s.at[0] == '-' || s.at[0] == '#')
		return false;
	for (size_t i = 0; i < s.len; i++) {
		unsigned char c = (unsigned char)s.at[i];
		if (c <= ' ' || c == 0x7f || strchr(":/\\\"'`$*?[]{}|;&<>()!%", c))
			return false;
	}
	return true;
}

bool respond_is_plain(slice s)
{
	struct address a;
	return respond_is_account(s) || address_parse(s, &a);
}

static slice text_of(struct arena *a, const json_t *object, const char *key)
{
	const json_t *v = json_object_get(object, key);
	if (!json_is_string(v))
		return (slice){0};
	return arena_copy(a, (slice){json_string_value(v), json_string_length(v)});
}

/* "possible" is no reason to lock a person out. */
static bool is_sure(slice certainty)
{
	return slice_eq(certainty, SLICE("proven")) || slice_eq(certainty, SLICE("likely"));
}

static bool is_in(const slice *list, size_t n, slice s)
{
	for (size_t i = 0; i < n; i++)
		if (slice_eq(list[i], s))
			return true;
	return false;
}

static void read_accounts(struct respond_case *c, struct arena *a, const json_t *list)
{
	for (size_t i = 0; i < json_array_size(list) && c->accounts.len < PEOPLE_MOST; i++) {
		const json_t *row = json_array_get(list, i);
		slice name = text_of(a, row, "name");
		bool sure = is_sure(text_of(a, row, "compromised"));
		if (is_in(c->accounts.at, c->accounts.len, name))
			continue;
		if (sure && respond_is_account(name))
			*list_add(&c->accounts) = name;
		else if (name.len)
			*list_add(&c->left_out) = name;
	}
}

/* Not the host itself, and no address that stands for many or for none. */
static bool is_blockable(const struct address *a)
{
	static const struct address none;
	struct address v4_none = {.b = {[10] = 0xff, [11] = 0xff}};
	bool multicast = address_is_v4(a) ? a->b[12] >= 224 : a->b[0] == 0xff;
	return !address_is_loopback(a) && !multicast && !address_eq(a, &none) &&
	       !address_eq(a, &v4_none);
}

static void read_sources(struct respond_case *c, struct arena *a, const json_t *list)
{
	for (size_t i = 0; i < json_array_size(list) && c->sources.len < PEOPLE_MOST; i++) {
		const json_t *row = json_array_get(list, i);
		slice ip = text_of(a, row, "ip");
		struct address address;
		bool sure = is_sure(text_of(a, row, "certainty"));
		if (sure && address_parse(ip, &address) && is_blockable(&address))
			*list_add(&c->sources) = address;
		else if (ip.len)
			*list_add(&c->left_out) = ip;
	}
}

static void read_changes(struct respond_case *c, struct arena *a, const json_t *list)
{
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *row = json_array_get(list, i);
		slice account = text_of(a, row, "account"), kind = text_of(a, row, "kind");
		bool filter =
		    slice_eq(kind, SLICE("forwarding-rule")) || slice_eq(kind, SLICE("filter"));
		/* else it may be the owner's own */
		bool sure = is_sure(text_of(a, row, "certainty")) && respond_is_account(account);
		if (filter && sure && json_is_true(json_object_get(row, "active")) &&
		    c->filtered.len < PEOPLE_MOST &&
		    !is_in(c->filtered.at, c->filtered.len, account))
			*list_add(&c->filtered) = account;
		if (slice_eq(kind, SLICE("consent")) && sure && c->consented.len < PEOPLE_MOST &&
		    !is_in(c->consented.at, c->consented.len, account))
			*list_add(&c->consented) = account;
	}
}

/* Is there a record of a tenant among those of a finding or a change? */
static bool is_from_tenant(const json_t *list, const json_t *inputs)
{
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *evidence = json_object_get(json_array_get(list, i), "evidence");
		for (size_t k = 0; k < json_array_size(evidence); k++) {
			json_int_t n = json_integer_value(
			    json_object_get(json_array_get(evidence, k), "input"));
			const json_t *input = n < 0 ? NULL : json_array_get(inputs, (size_t)n);
			if (json_object_get(json_object_get(input, "formats"), "m365"))
				return true;
		}
	}
	return false;
}

/* --- which addresses came to a host at all --- */

/* What others keep for an organisation: their records name addresses that may be their own front,
 * and that never came here. */
static bool is_of_tenant(const json_t *input)
{
	static const char *const theirs[] = {"m365", "google"};
	const json_t *all = json_object_get(input, "formats");
	size_t n = 0;
	for (size_t i = 0; i < sizeof theirs / sizeof *theirs; i++)
		n += json_object_get(all, theirs[i]) != NULL;
	return n > 0 && n == json_object_size(all);
}

static bool names_host(const json_t *row, const json_t *inputs)
{
	const json_t *evidence = json_object_get(row, "evidence");
	for (size_t k = 0; k < json_array_size(evidence); k++) {
		json_int_t n =
		    json_integer_value(json_object_get(json_array_get(evidence, k), "input"));
		const json_t *input = n < 0 ? NULL : json_array_get(inputs, (size_t)n);
		if (input && !is_of_tenant(input))
			return true;
	}
	return false;
}

static void note_host(struct respond_case *c, const json_t *row, const json_t *inputs)
{
	struct address a;
	if (!address_parse(slice_of(json_string_value(json_object_get(row, "source_ip"))), &a))
		return;
	for (size_t i = 0; i < c->sources.len; i++)
		if (c->elsewhere.at[i] && address_eq(&c->sources.at[i], &a) &&
		    names_host(row, inputs))
			c->elsewhere.at[i] = false;
}

/* Where a tenant's records brought the incident about, an address is this host's only if one of
 * the host's own records names it: what none speaks for may be a front of the tenant. */
static void read_elsewhere(struct respond_case *c, const json_t *incident, const json_t *inputs)
{
	static const char *const lists[] = {"findings", "sessions", "accesses", "sent", "changes"};
	for (size_t i = 0; i < c->sources.len; i++)
		*list_add(&c->elsewhere) = c->tenant;
	if (!c->tenant)
		return;
	note_host(c, json_object_get(incident, "entry"), inputs);
	for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
		const json_t *list = json_object_get(incident, lists[i]);
		for (size_t k = 0; k < json_array_size(list); k++)
			note_host(c, json_array_get(list, k), inputs);
	}
}

static const json_t *find_incident(const json_t *root, slice name)
{
	const json_t *list = json_object_get(root, "incidents");
	if (!name.len)
		return json_array_size(list) == 1 ? json_array_get(list, 0) : NULL;
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *row = json_array_get(list, i);
		const char *id = json_string_value(json_object_get(row, "id"));
		if (id && slice_eq(slice_of(id), name))
			return row;
	}
	return NULL;
}

static bool read_root(struct respond_case *c, struct arena *a, const json_t *root, slice incident,
		      char *why, size_t size)
{
	const char *schema = json_string_value(json_object_get(root, "schema"));
	if (!schema || strcmp(schema, "tocsin.report/1") != 0)
		return snprintf(why, size,
				"this is no report of tocsin (give the file that "
				"\"tocsin scan --json FILE\" wrote)"),
		       false;
	const json_t *row = find_incident(root, incident);
	if (!row && incident.len)
		return snprintf(why, size, "the report has no incident %.*s",
				(int)slice_first(incident, 60).len, incident.at),
		       false;
	if (!row)
		return snprintf(why, size, "the report has %zu incidents (name the one to contain)",
				json_array_size(json_object_get(root, "incidents"))),
		       false;
	c->incident = text_of(a, row, "id");
	c->title = text_of(a, row, "title");
	read_accounts(c, a, json_object_get(row, "accounts"));
	read_sources(c, a, json_object_get(row, "sources"));
	read_changes(c, a, json_object_get(row, "changes"));
	const json_t *inputs = json_object_get(root, "inputs");
	c->tenant = is_from_tenant(json_object_get(row, "findings"), inputs) ||
		    is_from_tenant(json_object_get(row, "changes"), inputs);
	read_elsewhere(c, row, inputs);
	return true;
}

bool case_is_incident(slice id)
{
	for (size_t i = 0; i < id.len; i++) {
		char c = id.at[i];
		if (!((c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
		      c == '-'))
			return false;
	}
	return id.len > 0 && id.len <= 64;
}

bool case_read(struct respond_case *c, struct arena *a, slice json, slice incident, char *why,
	       size_t size)
{
	json_error_t e;
	*c = (struct respond_case){0};
	json_t *root = json_loadb(json.at ? json.at : "", json.len,
				  JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &e);
	if (!root) {
		snprintf(why, size, "line %d, column %d: %s (the report was changed or cut)",
			 e.line, e.column, e.text);
		return false;
	}
	bool fine = read_root(c, a, root, incident, why, size);
	json_decref(root);
	if (fine && !case_is_incident(c->incident)) {
		snprintf(why, size, "the incident's name is not one that tocsin gives");
		fine = false;
	}
	if (!fine)
		case_free(c);
	return fine;
}

void case_free(struct respond_case *c)
{
	list_free(&c->accounts);
	list_free(&c->sources);
	list_free(&c->elsewhere);
	list_free(&c->filtered);
	list_free(&c->consented);
	list_free(&c->left_out);
}
