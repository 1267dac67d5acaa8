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

enum { ACTIONS_MOST = 2, MODULES_MOST = 6 }; /* modules: one more, which is empty */

struct source {
	slice product, category, service;
	slice modules[MODULES_MOST + 1]; /* ends with an empty one; none: any */
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
#define DOORS     SLICE_INIT("sshd"), SLICE_INIT("sudo"), SLICE_INIT("pam"), SLICE_INIT("su")
#define ON(name)                                                                                   \
	{                                                                                          \
		SLICE_INIT(name)                                                                   \
	}
#define SIGN_INS TWO(ACT_LOGIN, ACT_AUTH_CHECK)

static const struct source sources[] = {
    {ROW("", "webserver", ""), {{NULL, 0}}, WEB},
    {ROW("apache", "webserver", "access"), ON("apache"), ONE(ACT_HTTP)},
    {ROW("apache", "webserver", "error"), ON("apache"), ONE(ACT_WEB_ERROR)},
    {ROW("nginx", "webserver", "access"), ON("nginx"), ONE(ACT_HTTP)},
    {ROW("nginx", "webserver", "error"), ON("nginx"), ONE(ACT_WEB_ERROR)},
    {ROW("windows", "webserver", "iis"), ON("iis"), ANY},
    {ROW("", "proxy", ""), ON("squid"), ANY},
    {ROW("linux", "", "auth"), {DOORS}, ANY},
    {ROW("linux", "", "sshd"), ON("sshd"), ANY},
    {ROW("linux", "", "sudo"), ON("sudo"), ANY},
    {ROW("linux", "", "pam"), ON("pam"), ANY},
    {ROW("linux", "", "syslog"), {DOORS, SLICE_INIT("syslog")}, ANY},
    {ROW("linux", "", "auditd"), ON("auditd"), ANY},
    {ROW("linux", "process_creation", ""),
     {SLICE_INIT("auditd"), SLICE_INIT("sudo")},
     ONE(ACT_COMMAND)},
    {ROW("linux", "file_event", ""), ON("auditd"), ONE(ACT_FILE_OPEN), F_AUDIT_NAMETYPE, "CREATE"},
    {ROW("linux", "", "vsftpd"), ON("ftpd"), ANY},
    {ROW("m365", "", "audit"), ON("m365"), ANY},
    {ROW("m365", "", "exchange"), ON("m365"), ANY},
    {ROW("m365", "", "threat_management"), ON("m365"), ANY},
    {ROW("m365", "", "threat_detection"), ON("m365"), ANY},
    {ROW("azure", "", "signinlogs"), ON("m365"), SIGN_INS},
    {ROW("azure", "", "auditlogs"), ON("m365"), ANY},
    {ROW("azure", "", "riskdetection"), ON("m365"), ANY},
    {ROW("azure", "", "pim"), ON("m365"), ANY},
    {ROW("windows", "", "msexchange-management"),
     {SLICE_INIT("exchange"), SLICE_INIT("m365")},
     ANY},
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

static bool is_among(const slice *list, slice name)
{
	bool any = !list->len;
	for (; list->len; list++)
		any |= slice_eq(*list, name);
	return any;
}

static bool row_has(const struct source *s, const struct event *e, slice module)
{
	if (!is_among(s->modules, module))
		return false;
	bool acts = s->action_count == 0;
	for (size_t i = 0; i < s->action_count; i++)
		acts |= s->actions[i] == e->action;
	return acts && (!s->value || slice_eq(event_get(e, s->field), slice_of(s->value)));
}

bool logsource_is(const struct event *e, slice product, slice category, slice service)
{
	slice module = event_get(e, F_MODULE);
	bool own = !product.len || slice_eq(product, SLICE("mail")) || slice_eq(product, module);
	if (own && !category.len && (!service.len || slice_eq(service, module)))
		return true;
	for (size_t i = 0; i < SOURCES; i++)
		if (row_has(&sources[i], e, module) &&
		    row_names(&sources[i], product, category, service))
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
	bool any = !s->modules->len;
	for (const slice *m = s->modules; m->len; m++)
		any |= is_module(*m);
	return any;
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
