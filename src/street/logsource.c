/*
 * logsource.c - the log sources of the Sigma taxonomy
 * (https://github.com/SigmaHQ/sigma-specification, Taxonomy: Log Sources) as our modules and
 * actions.  A new one is a row.
 *
 * Law: a rule meets an event if some row holds all that the rule names of product, category and
 *      service, and the event is of that row.  So `product: linux` alone meets every Linux row; but
 *      what is Windows elsewhere is met here by those rules alone that name category or service.
 */
#include "logsource.h"

#include "format/format.h"

enum { ACTIONS_MOST = 12 };

struct source {
	slice product, category, service;
	const char *modules; /* names between spaces; empty: any */
	enum action actions[ACTIONS_MOST];
	size_t action_count; /* 0: any */
	enum field field;    /* must have `value` in it, unless that is NULL */
	const char *value;
};

#define ROW(product, category, service)                                                            \
	SLICE_INIT(product), SLICE_INIT(category), SLICE_INIT(service)
#define ANY       .action_count = 0
#define ONE(a)    .actions = {a}, .action_count = 1
#define TWO(a, b) .actions = {a, b}, .action_count = 2
#define WEB       TWO(ACT_HTTP, ACT_WEB_ERROR)
#define DOORS     " sshd sudo pam su "
#define HOST      " sshd sudo pam su syslog auditd "
#define SIGN_INS  TWO(ACT_LOGIN, ACT_AUTH_CHECK)

static const struct source sources[] = {
    {ROW("", "webserver", ""), "", WEB},
    {ROW("apache", "webserver", "access"), " apache ", ONE(ACT_HTTP)},
    {ROW("apache", "webserver", "error"), " apache ", ONE(ACT_WEB_ERROR)},
    {ROW("nginx", "webserver", "access"), " nginx ", ONE(ACT_HTTP)},
    {ROW("nginx", "webserver", "error"), " nginx ", ONE(ACT_WEB_ERROR)},
    {ROW("windows", "webserver", "iis"), " iis ", ANY},
    {ROW("", "proxy", ""), " squid ", ANY},
    {ROW("linux", "", "auth"), DOORS, ANY},
    {ROW("linux", "", "sshd"), " sshd ", ANY},
    {ROW("linux", "", "sudo"), " sudo ", ANY},
    {ROW("linux", "", "pam"), " pam ", ANY},
    {ROW("linux", "", "syslog"), " sshd sudo pam su syslog ", ANY},
    {ROW("linux", "", "auditd"), " auditd ", ANY},
    {ROW("linux", "process_creation", ""), " auditd sudo ", ONE(ACT_COMMAND)},
    {ROW("linux", "file_event", ""), " auditd ", ONE(ACT_FILE_OPEN), F_AUDIT_NAMETYPE, "CREATE"},
    {ROW("linux", "", "vsftpd"), " ftpd ", ANY},
    {ROW("m365", "", "audit"), " m365 ", ANY},
    {ROW("m365", "", "exchange"), " m365 ", ANY},
    {ROW("m365", "", "threat_management"), " m365 ", ANY},
    {ROW("m365", "", "threat_detection"), " m365 ", ANY},
    {ROW("azure", "", "signinlogs"), " m365 ", SIGN_INS},
    {ROW("azure", "", "auditlogs"), " m365 ", ANY},
    {ROW("azure", "", "riskdetection"), " m365 ", ANY},
    {ROW("azure", "", "pim"), " m365 ", ANY},
    {ROW("windows", "", "msexchange-management"), " exchange m365 ", ANY},
};
enum { SOURCES = sizeof sources / sizeof *sources };

static bool names(slice row, slice wanted)
{
	return !wanted.len || (row.len == wanted.len && slice_eq_nocase(row, wanted));
}

static bool row_names(const struct source *s, slice product, slice category, slice service)
{
	bool bare = !category.len && !service.len;
	return names(s->product, product) && names(s->category, category) &&
	       names(s->service, service) && !(bare && slice_eq(s->product, SLICE("windows")));
}

static bool is_among(const char *list, slice name)
{
	slice rest = slice_of(list);
	while (rest.len)
		if (slice_eq(slice_until(&rest, ' '), name) && name.len)
			return true;
	return !*list;
}

static bool row_has(const struct source *s, const struct event *e, slice module)
{
	bool acts = s->action_count == 0;
	for (size_t i = 0; i < s->action_count; i++)
		acts |= s->actions[i] == e->action;
	return acts && is_among(s->modules, module) &&
	       (!s->value || slice_eq(event_get(e, s->field), slice_of(s->value)));
}

bool logsource_is(const struct event *e, slice product, slice category, slice service)
{
	slice module = event_get(e, F_MODULE);
	bool own = !product.len || slice_eq(product, SLICE("mail")) || slice_eq(product, module);
	if (own && !category.len && (!service.len || slice_eq(service, module)))
		return true;
	for (size_t i = 0; i < SOURCES; i++)
		if (row_names(&sources[i], product, category, service) &&
		    row_has(&sources[i], e, module))
			return true;
	/* `product: nginx, category: webserver` */
	return own && !service.len && slice_eq(category, SLICE("webserver")) &&
	       (e->action == ACT_HTTP || e->action == ACT_WEB_ERROR);
}

static bool is_module(slice name)
{
	for (const struct format *const *f = formats; *f; f++)
		if (slice_eq(slice_of((*f)->name), name))
			return true;
	return false;
}

/* A row of a module that no format writes waits for one. */
static bool row_occurs(const struct source *s)
{
	slice rest = slice_of(s->modules);
	while (rest.len)
		if (is_module(slice_until(&rest, ' ')))
			return true;
	return !*s->modules;
}

bool logsource_occurs(slice product, slice category, slice service)
{
	bool own = !product.len || slice_eq(product, SLICE("mail")) || is_module(product);
	bool web = slice_eq(category, SLICE("webserver"));
	if (own && !category.len && (!service.len || is_module(service)))
		return true;
	for (size_t i = 0; i < SOURCES; i++)
		if (row_names(&sources[i], product, category, service) && row_occurs(&sources[i]))
			return true;
	return own && web && !service.len;
}
