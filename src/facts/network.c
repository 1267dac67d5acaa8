/*
 * network.c - networks.yaml and MaxMind-format databases: whose network an address is in.
 *
 *	networks:
 *	  - cidr: 192.0.2.0/24
 *	    name: Office Paris
 *	    trusted: true
 *	    country: FR
 *	    operator: Example Telecom
 *	  - cidr: 203.0.113.147
 *	    hostile: true            # an intruder's, as is known from elsewhere
 *	suspects: [203.0.113.0/24, anna@example.org]     the same, and accounts that were used
 */
#include "known.h"

#include <errno.h>
#include <libfyaml.h>
#include <maxminddb.h>
#include <stdio.h>
#include <stdlib.h>

/* A database of places and one of operators are two files. */
enum { GEO_MOST = 4 };
struct geo {
	MMDB_s db[GEO_MOST];
	size_t count;
};

enum { NETWORKS_FILE_MOST = 4 << 20 };

static slice scalar(struct fy_node *map, const char *key)
{
	struct fy_node *n = fy_node_mapping_lookup_by_string(map, key, FY_NT);
	size_t len = 0;
	const char *text = n ? fy_node_get_scalar(n, &len) : NULL;
	return (slice){text, text ? len : 0};
}

/* The line of the entry's first key; libfyaml counts from 0. */
static int line_of(struct fy_node *n)
{
	struct fy_node_pair *first =
	    fy_node_is_mapping(n) ? fy_node_mapping_get_by_index(n, 0) : NULL;
	struct fy_node *key = first ? fy_node_pair_key(first) : n;
	struct fy_token *t = fy_node_is_scalar(key) ? fy_node_get_scalar_token(key) : NULL;
	const struct fy_mark *mark = t ? fy_token_start_mark(t) : NULL;
	return mark ? mark->line + 1 : 0;
}

static const char KEYS[] = "an entry has cidr, name, trusted, hostile, country, operator";

static bool is_key(slice key)
{
	static const slice keys[] = {SLICE_INIT("cidr"),     SLICE_INIT("name"),
				     SLICE_INIT("trusted"),  SLICE_INIT("country"),
				     SLICE_INIT("operator"), SLICE_INIT("hostile")};
	size_t i = 0;
	while (i < sizeof keys / sizeof *keys && !slice_eq(keys[i], key))
		i++;
	return i < sizeof keys / sizeof *keys;
}

/* A slip that would else be passed by: a network that was meant to be trusted, and is not. */
static bool check_keys(struct fy_node *map, const char *path, facts_note *note, void *ctx)
{
	struct fy_node_pair *pair;
	void *at = NULL;
	while ((pair = fy_node_mapping_iterate(map, &at))) {
		size_t len = 0;
		const char *key = fy_node_get_scalar(fy_node_pair_key(pair), &len);
		if (key && is_key((slice){key, len}))
			continue;
		char what[120];
		snprintf(what, sizeof what, "this entry has an unknown key: %.*s",
			 key ? (int)(len < 60 ? len : 60) : 0, key ? key : "");
		note(ctx, path, line_of(map), what, KEYS);
		return false;
	}
	return true;
}

/* False if it is neither of the words of YAML 1.1 and 1.2; no word at all is no. */
static bool truth(slice word, bool *is)
{
	static const slice yes[] = {SLICE_INIT("true"), SLICE_INIT("yes"), SLICE_INIT("on")},
			   no[] = {SLICE_INIT("false"), SLICE_INIT("no"), SLICE_INIT("off")};
	*is = false;
	for (size_t i = 0; i < 3; i++) {
		*is |= slice_eq_nocase(word, yes[i]);
		if (*is || slice_eq_nocase(word, no[i]))
			return true;
	}
	return word.len == 0;
}

static bool add_row(struct facts *f, struct fy_node *n, const char *path, facts_note *note,
		    void *ctx)
{
	struct cidr cidr;
	bool trusted, hostile;
	if (fy_node_is_mapping(n) && !check_keys(n, path, note, ctx))
		return false;
	if (!fy_node_is_mapping(n) || !cidr_parse(scalar(n, "cidr"), &cidr)) {
		note(ctx, path, line_of(n), "this entry has no valid cidr",
		     "write for example  - cidr: 192.0.2.0/24");
		return false;
	}
	if (!truth(scalar(n, "trusted"), &trusted)) {
		note(ctx, path, line_of(n), "trusted is neither true nor false", "trusted: true");
		return false;
	}
	if (!truth(scalar(n, "hostile"), &hostile)) {
		note(ctx, path, line_of(n), "hostile is neither true nor false", "hostile: true");
		return false;
	}
	if (trusted && hostile) {
		note(ctx, path, line_of(n), "this network is both trusted and hostile",
		     "leave one of them out");
		return false;
	}
	struct network_row *row = list_add(&f->rows);
	*row = (struct network_row){
	    .cidr = cidr,
	    .name = arena_copy(&f->arena, scalar(n, "name")),
	    .country = arena_copy(&f->arena, scalar(n, "country")),
	    .operator= arena_copy(&f->arena, scalar(n, "operator")),
	    .trusted = trusted,
	    .hostile = hostile,
	};
	f->any_hostile |= hostile;
	return true;
}

/* Of two alike the hostile one first. */
static int longest_first(const void *a, const void *b)
{
	const struct network_row *x = a, *y = b;
	int d = (x->cidr.bits < y->cidr.bits) - (x->cidr.bits > y->cidr.bits);
	return d ? d : y->hostile - x->hostile;
}

static void sort_rows(struct facts *f)
{
	if (f->rows.len)
		qsort(f->rows.at, f->rows.len, sizeof *f->rows.at, longest_first);
}

/* What was meant for an address is none: it would be looked for in vain. */
static bool may_be_account(slice s)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz";
	bool any = false;
	for (size_t i = 0; i < s.len; i++) {
		if (strchr("/: ", s.at[i]))
			return false;
		any |= strchr(letters, s.at[i]) || (unsigned char)s.at[i] >= 0x80;
	}
	return any;
}

bool facts_suspect(struct facts *f, slice what)
{
	struct cidr cidr;
	char room[ACCOUNT_MOST];
	slice account = facts_account_key(what, room);
	if (cidr_parse(what, &cidr)) {
		*list_add(&f->rows) = (struct network_row){.cidr = cidr, .hostile = true};
		f->any_hostile = true;
		sort_rows(f);
		profile_places(f);
		return true;
	}
	if (!may_be_account(account))
		return false;
	*list_add(&f->named) = arena_copy(&f->arena, account);
	return true;
}

/* suspects: [203.0.113.147, anna@example.org] */
static bool read_suspects(struct facts *f, struct fy_node *root, const char *path, facts_note *note,
			  void *ctx)
{
	struct fy_node *list = fy_node_mapping_lookup_by_string(root, "suspects", FY_NT), *n;
	bool fine = !list || fy_node_is_sequence(list);
	void *at = NULL;
	if (!fine)
		note(ctx, path, line_of(list), "suspects is no list",
		     "suspects: [203.0.113.147, anna@example.org]");
	while (list && fine && (n = fy_node_sequence_iterate(list, &at))) {
		size_t len = 0;
		const char *text = fy_node_get_scalar(n, &len);
		if (text && facts_suspect(f, (slice){text, len}))
			continue;
		note(ctx, path, line_of(n), "this suspect is no address, no network, no account",
		     "write for example  suspects: [203.0.113.147, anna@example.org]");
		return false;
	}
	return fine;
}

static bool read_rows(struct facts *f, struct fy_document *doc, const char *path, facts_note *note,
		      void *ctx)
{
	struct fy_node *root = fy_document_root(doc), *n;
	struct fy_node *list = root && fy_node_is_mapping(root)
				   ? fy_node_mapping_lookup_by_string(root, "networks", FY_NT)
				   : NULL;
	if (!list || !fy_node_is_sequence(list)) {
		note(ctx, path, 1, "there is no list named networks",
		     "begin with the line  networks:  and list {cidr, name, trusted, country, "
		     "operator} below it");
		return false;
	}
	bool fine = true;
	void *at = NULL;
	while ((n = fy_node_sequence_iterate(list, &at)))
		fine &= add_row(f, n, path, note, ctx);
	fine &= read_suspects(f, root, path, note, ctx);
	sort_rows(f);
	return fine;
}

/* libfyaml prints its own complaints; they are taken instead. */
static struct fy_document *read_yaml(slice text, struct fy_diag **diag)
{
	struct fy_diag_cfg dc;
	fy_diag_cfg_default(&dc);
	dc.fp = NULL;
	*diag = fy_diag_create(&dc);
	if (!*diag)
		return NULL;
	fy_diag_set_collect_errors(*diag, true);
	struct fy_parse_cfg cfg = {.flags = FYPCF_QUIET, .diag = *diag};
	return fy_document_build_from_string(&cfg, text.at, text.len);
}

static void note_yaml(struct fy_diag *diag, const char *path, facts_note *note, void *ctx)
{
	void *at = NULL;
	struct fy_diag_error *err = diag ? fy_diag_errors_iterate(diag, &at) : NULL;
	note(ctx, path, err ? err->line : 0, err ? err->msg : "it is empty, or no readable YAML",
	     "mend the file, or leave out --networks");
}

static bool read_file(const char *path, struct arena *a, slice *text, facts_note *note, void *ctx)
{
	FILE *file = fopen(path, "re");
	char *room = file ? arena_take(a, NETWORKS_FILE_MOST + 1) : NULL;
	size_t n = file ? fread(room, 1, NETWORKS_FILE_MOST + 1, file) : 0;
	bool bad = !file || ferror(file);
	if (bad)
		note(ctx, path, 0, strerror(errno), "check the path given to --networks");
	else if (n > NETWORKS_FILE_MOST)
		note(ctx, path, 0, "the file is larger than 4 MiB",
		     "keep to the networks that matter");
	if (file)
		fclose(file);
	*text = (slice){room, n};
	return !bad && n <= NETWORKS_FILE_MOST;
}

/* libfyaml 0.7 loops on some bytes that are not UTF-8, and more: refused before it sees them. */
static bool check_text(slice text, const char *path, facts_note *note, void *ctx)
{
	size_t at = slice_not_yaml(text);
	int line = 1;
	if (at == text.len)
		return true;
	for (size_t i = 0; i < at; i++)
		line += text.at[i] == '\n';
	if (text.at[at] == ':')
		note(ctx, path, line, "here a tab stands between two colons",
		     "use blanks, no tabs");
	else
		note(ctx, path, line, "here is a byte that is no UTF-8 text",
		     "save the file as UTF-8");
	return false;
}

static bool take_networks(struct facts *f, slice text, const char *path, facts_note *note,
			  void *ctx)
{
	struct fy_diag *diag = NULL;
	struct fy_document *doc = read_yaml(text, &diag);
	bool fine = doc != NULL;
	if (doc)
		fine = read_rows(f, doc, path, note, ctx);
	else
		note_yaml(diag, path, note, ctx);
	fy_document_destroy(doc);
	fy_diag_destroy(diag);
	return fine;
}

bool facts_networks(struct facts *f, const char *path, facts_note *note, void *ctx)
{
	struct arena room = {0};
	slice text;
	bool fine = read_file(path, &room, &text, note, ctx) && check_text(text, path, note, ctx) &&
		    take_networks(f, text, path, note, ctx);
	arena_free(&room);
	if (f->rows.len)
		profile_places(f);
	return fine;
}

bool facts_geo(struct facts *f, const char *path, facts_note *note, void *ctx)
{
	if (!f->geo)
		f->geo = must_alloc(sizeof *f->geo);
	struct geo *g = f->geo;
	if (g->count == GEO_MOST) {
		note(ctx, path, 0, "four databases are the most that are asked", "leave one out");
		return false;
	}
	int status = MMDB_open(path, MMDB_MODE_MMAP, &g->db[g->count]);
	if (status == MMDB_SUCCESS) {
		g->count++;
		profile_places(f);
		return true;
	}
	if (!g->count)
		geo_close(&f->geo);
	note(ctx, path, 0, MMDB_strerror(status), "give a MaxMind-format database (.mmdb)");
	return false;
}

void geo_close(struct geo **g)
{
	for (size_t i = 0; *g && i < (*g)->count; i++)
		MMDB_close(&(*g)->db[i]);
	free(*g);
	*g = NULL;
}

static void take_text(MMDB_lookup_result_s *found, const char *const *path, char *out, size_t room)
{
	MMDB_entry_data_s data;
	out[0] = '\0';
	if (MMDB_aget_value(&found->entry, &data, path) != MMDB_SUCCESS || !data.has_data ||
	    data.type != MMDB_DATA_TYPE_UTF8_STRING)
		return;
	size_t n = data.data_size < room - 1 ? data.data_size : room - 1;
	memcpy(out, data.utf8_string, n);
	out[n] = '\0';
}

static bool look_up(MMDB_s *db, const struct address *a, MMDB_lookup_result_s *found)
{
	char text[ADDRESS_TEXT];
	int gai, status;
	address_format(a, text);
	*found = MMDB_lookup_string(db, text, &gai, &status);
	return !gai && status == MMDB_SUCCESS && found->found_entry;
}

bool geo_find(struct geo *g, const struct address *a, char country[4], char *operator_name,
	      size_t room)
{
	static const char *const iso[] = {"country", "iso_code", NULL};
	static const char *const asn[] = {"autonomous_system_organization", NULL};
	bool any = false;
	country[0] = operator_name[0] = '\0';
	for (size_t i = 0; i < g->count; i++) {
		MMDB_lookup_result_s found;
		if (!look_up(&g->db[i], a, &found))
			continue;
		any = true;
		if (!country[0])
			take_text(&found, iso, country, 4);
		if (!operator_name[0])
			take_text(&found, asn, operator_name, room);
	}
	return any;
}

static bool take_double(MMDB_lookup_result_s *found, const char *const *path, double *out)
{
	MMDB_entry_data_s data;
	if (MMDB_aget_value(&found->entry, &data, path) != MMDB_SUCCESS || !data.has_data)
		return false;
	if (data.type == MMDB_DATA_TYPE_DOUBLE)
		*out = data.double_value;
	else if (data.type == MMDB_DATA_TYPE_UINT16)
		*out = data.uint16;
	else
		return false;
	return true;
}

bool geo_coordinates(struct geo *g, const struct address *a, double *latitude, double *longitude,
		     double *radius)
{
	static const char *const lat[] = {"location", "latitude", NULL};
	static const char *const lon[] = {"location", "longitude", NULL};
	static const char *const km[] = {"location", "accuracy_radius", NULL};
	for (size_t i = 0; i < g->count; i++) {
		MMDB_lookup_result_s found;
		/* coordinates without a radius are sure of nothing */
		if (look_up(&g->db[i], a, &found) && take_double(&found, lat, latitude) &&
		    take_double(&found, lon, longitude) && take_double(&found, km, radius))
			return *latitude >= -90 && *latitude <= 90 && *longitude >= -180 &&
			       *longitude <= 180 && *radius >= 0;
	}
	return false;
}

static const struct network_row *row_from(const struct facts *f, const struct address *a, size_t i)
{
	for (; i < f->rows.len; i++)
		if (cidr_holds(&f->rows.at[i].cidr, a))
			return &f->rows.at[i];
	return NULL;
}

static const struct network_row *row_of(const struct facts *f, const struct address *a)
{
	return row_from(f, a, 0);
}

/* Of a hostile address that has no name the network around it says where it is. */
static const struct network_row *named_row(const struct facts *f, const struct address *a,
					   const struct network_row *row)
{
	while (row && row->hostile && !row->name.len && !row->country.len && !row->operator.len)
		row = row_from(f, a, (size_t)(row - f->rows.at) + 1);
	return row;
}

/* Whoever names a network means all of it, whatever else is said of its parts. */
bool is_hostile(const struct facts *f, const struct address *a)
{
	const struct network_row *row = f->any_hostile ? row_of(f, a) : NULL;
	while (row && !row->hostile)
		row = row_from(f, a, (size_t)(row - f->rows.at) + 1);
	return row != NULL;
}

bool is_named(const struct facts *f, slice account)
{
	for (size_t i = 0; i < f->named.len; i++)
		if (slice_eq(f->named.at[i], account))
			return true;
	return false;
}

struct where facts_where(struct facts *f, const struct address *a)
{
	const struct network_row *row = row_of(f, a);
	struct where w = {0};
	const struct network_row *named = named_row(f, a, row);
	if (named)
		w = (struct where){
		    .name = named->name, .country = named->country, .operator= named->operator};
	if (row) {
		w.listed = true;
		w.hostile = is_hostile(f, a);
		w.trusted = row->trusted && !w.hostile;
	}
	if (f->geo && (!w.country.len || !w.operator.len) &&
	    geo_find(f->geo, a, f->country, f->operator_name, sizeof f->operator_name)) {
		if (!w.country.len)
			w.country = slice_of(f->country);
		if (!w.operator.len)
			w.operator= slice_of(f->operator_name);
	}
	return w;
}

struct address facts_network(const struct facts *f, const struct address *a)
{
	const struct network_row *row = f->rows.len ? row_of(f, a) : NULL;
	unsigned usual = address_is_v4(a) ? 120 : 48;
	if (row && row->cidr.bits > usual)
		return row->cidr.net;
	return address_mask(*a, usual);
}
