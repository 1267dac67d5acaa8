/*
 * m365.h - for the files of this format alone: a record of Microsoft 365 with its names resolved.
 *
 * The same facts come in many dresses: the unified audit log (Management Activity API, Search-
 * UnifiedAuditLog, Purview), the tables of Sentinel and Defender, Graph and Azure Monitor for
 * sign-ins, portals' CSV.  Names are looked up once (m365_names.c); what follows sees slots alone.
 *
 * Sources: learn.microsoft.com/office/office-365-management-api/office-365-management-activity-api-
 * schema; .../graph/api/resources/signin and directoryaudit; .../azure/azure-monitor/reference/
 * tables/officeactivity, signinlogs, auditlogs; .../purview/audit-log-investigate-accounts.
 */
#ifndef TOCSIN_FORMAT_M365_H
#define TOCSIN_FORMAT_M365_H

#include "part.h"

enum m365_slot {
	/* when; LATER: when it was stored, if nothing better is there */
	M365_TIME,
	M365_TIME_LATER,
	M365_OPERATION,
	M365_RESULT,
	M365_USER,
	M365_USER_NAMED, /* who, where M365_USER is an id or absent */
	M365_IP,
	M365_IP_MORE,
	M365_PORT,
	M365_WORKLOAD,
	M365_RECORD_TYPE,
	M365_TENANT,
	M365_ID,
	M365_MAILBOX,
	M365_LOGON_TYPE,
	M365_CLIENT_INFO,
	M365_USER_AGENT,
	M365_APP_ID,
	M365_CLIENT_APP_ID,
	M365_APP_NAME,
	M365_SESSION,
	M365_OBJECT,
	M365_USER_TYPE,
	M365_PARAMETERS,
	M365_MODIFIED,
	M365_EXTENDED,
	M365_PROPERTIES, /* OperationProperties */
	M365_EXTRA,
	M365_FOLDERS,
	M365_ITEM,
	M365_ITEMS,
	M365_ITEM_IDS, /* a list in one text: mailbox audit log */
	M365_FOLDER,
	M365_COUNT,
	M365_ERROR,
	M365_ERROR_TEXT,
	M365_CATEGORY,
	M365_STATUS,
	M365_COUNTRY,
	M365_LOCATION,
	M365_ACTOR,   /* initiatedBy */
	M365_TARGETS, /* targetResources */
	M365_TARGET,
	M365_CLIENT_APP,
	M365_NEEDS,
	M365_RISK,
	M365_POLICY,
	M365_MESSAGE_ID,
	M365_NETWORK_ID, /* Defender's own, of a message */
	M365_SENDER,
	M365_RECIPIENT,
	M365_SUBJECT,
	M365_SIZE,
	M365_FILE,
	M365_SITE,
	M365_PROGRAM,
	M365_CONTEXT, /* AppAccessContext */
	M365_DEVICE,
	M365_QUERY,
	M365_ACTIONS, /* of a rule of Outlook's */
	M365_SAVED,   /* a copy of what was sent */
	M365_DATA,    /* whom and what an alert is about */
	M365_INNER,   /* the record proper, in an envelope */
	M365_SLOTS
};

struct m365_value {
	slice text;                   /* what is no container: characters, escapes resolved */
	const struct json_node *node; /* NULL: of a CSV row */
	const struct json_tape *tape;
};

struct m365_view {
	struct m365_value at[M365_SLOTS];
	struct arena *scratch;
	bool broken; /* a part of it could not be read */
};

/* The slot of a column or member so named, letter case aside; M365_SLOTS: none. */
enum m365_slot m365_slot_of(slice name);
static inline slice m365_text(const struct m365_view *v, enum m365_slot s)
{
	return v->at[s].text;
}

static inline bool m365_has(const struct m365_view *v, enum m365_slot s)
{
	return v->at[s].text.len || v->at[s].node;
}

/* The container in a slot, also where it stands as JSON text in a string; NULL: there is none. */
const struct json_node *m365_box(struct m365_view *v, enum m365_slot s,
				 const struct json_tape **tape);
/* A member's characters; empty if it is absent, null or a container. */
slice m365_member(const struct m365_view *v, const struct json_tape *t,
		  const struct json_node *object, slice name);
/* The value of the pair so named in [{"Name": .., "Value": ..}, ...]. */
slice m365_pair(struct m365_view *v, enum m365_slot s, slice name);
/* Each pair; `wanted` is asked for each name (old values are left out). */
typedef void m365_pair_seen(void *ctx, slice name, slice value);
void m365_pairs(struct m365_view *v, enum m365_slot s, m365_pair_seen *seen, void *ctx);

/* Puts who acted, and on whom, in the slots of names and addresses. */
void m365_who(struct m365_view *v);
/* What the operation is in the house's words, and what it says beyond. */
void m365_operation(struct m365_view *v, struct event *e, slice operation);
/* Messages that the record names. */
void m365_messages(struct m365_view *v, struct event *e);
/* Rules, forwarding, rights, consents, roles: what was set. */
void m365_settings(struct m365_view *v, struct event *e);
/* True if the record is Microsoft's own service at work, as far as it says. */
bool m365_is_service(const struct m365_view *v, const struct event *e);

#endif
