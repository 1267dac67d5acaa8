/*
 * m365_messages.c - which messages a record names, and whether a person was at work at all.
 *
 * MailItemsAccessed (learn.microsoft.com/purview/audit-log-investigate-accounts): a record of type
 * bind names each message in Folders[].FolderItems[]; one of type sync names the folder in Item,
 * and stands for everything in it.  Other operations name theirs in Item or AffectedItems[].
 */
#include "m365.h"

enum { ITEMS_MOST = 1 << 16 };

struct gathering {
	struct m365_view *v;
	LIST(struct mail_item) items; /* in the arena */
};

static void add_item(struct gathering *g, const struct mail_item *item)
{
	if (g->items.len == ITEMS_MOST)
		return;
	if (g->items.len == g->items.room) {
		size_t room = g->items.room ? g->items.room * 2 : 8;
		struct mail_item *at = arena_take(g->v->scratch, room * sizeof *at);
		if (g->items.len)
			memcpy(at, g->items.at, g->items.len * sizeof *at);
		g->items.at = at;
		g->items.room = room;
	}
	g->items.at[g->items.len++] = *item;
}

/* "\\Inbox" is Inbox; what Exchange calls not available is not known. */
static slice folder_name(slice path)
{
	while (path.len && (path.at[0] == '\\' || path.at[0] == '/'))
		path = slice_from(path, 1);
	return slice_eq(path, SLICE("Not Available")) || slice_eq(path, SLICE("Unknown"))
		   ? (slice){0}
		   : path;
}

static slice folder_of(const struct m365_view *v, const struct json_tape *t,
		       const struct json_node *folder)
{
	slice path = folder_name(m365_member(v, t, folder, SLICE("Path")));
	return path.len ? path : folder_name(m365_member(v, t, folder, SLICE("Name")));
}

static void gather_item(struct gathering *g, const struct json_tape *t, const struct json_node *n,
			slice folder)
{
	const struct m365_view *v = g->v;
	const struct json_node *size = json_get(t, n, SLICE("SizeInBytes"));
	struct mail_item item = {
	    .folder = folder,
	    .message_id =
		part_unbracket(slice_trim(m365_member(v, t, n, SLICE("InternetMessageId")))),
	    .subject = m365_member(v, t, n, SLICE("Subject")),
	};
	if (!folder.len)
		item.folder = folder_of(v, t, json_get(t, n, SLICE("ParentFolder")));
	if (size)
		json_to_integer(size, &item.size);
	if (item.message_id.len || item.subject.len || item.folder.len)
		add_item(g, &item);
}

static void gather_folders(struct gathering *g)
{
	const struct json_tape *t;
	const struct json_node *box = m365_box(g->v, M365_FOLDERS, &t);
	for (const struct json_node *f = json_first(t, box); f; f = json_after(t, box, f)) {
		slice folder = folder_of(g->v, t, f);
		const struct json_node *items = json_get(t, f, SLICE("FolderItems"));
		if (!items || !json_first(t, items)) {
			add_item(g, &(struct mail_item){.folder = folder});
			continue;
		}
		for (const struct json_node *n = json_first(t, items); n;
		     n = json_after(t, items, n))
			gather_item(g, t, n, folder);
	}
}

/* Whom a message that is sent goes to: "a@x;b@y" */
static void set_recipients(struct m365_view *v, struct event *e)
{
	const struct json_tape *t;
	const struct json_node *item = m365_box(v, M365_ITEM, &t);
	const struct json_node *list = item ? json_get(t, item, SLICE("Recipients")) : NULL;
	struct out o = {.fd = -1};
	for (const struct json_node *n = json_first(t, list); n; n = json_after(t, list, n)) {
		slice address = n->kind == JSON_IS_OBJECT ? m365_member(v, t, n, SLICE("Address"))
							  : json_words(n, v->scratch);
		if (o.len && address.len)
			out_char(&o, ';');
		out_slice(&o, address);
	}
	if (o.len)
		event_text(e, F_TO, arena_copy(v->scratch, (slice){o.at, o.len}));
	out_close(&o);
}

static void gather_lists(struct gathering *g)
{
	const struct json_tape *t;
	const struct json_node *box = m365_box(g->v, M365_ITEMS, &t);
	for (const struct json_node *n = json_first(t, box); n; n = json_after(t, box, n))
		gather_item(g, t, n, (slice){0});
	box = m365_box(g->v, M365_ITEM, &t);
	if (box)
		gather_item(g, t, box, (slice){0});
}

/* The mailbox audit log's own lists: "<id>;<id>" */
static void gather_ids(struct gathering *g)
{
	slice ids = m365_text(g->v, M365_ITEM_IDS);
	slice folder = folder_name(m365_text(g->v, M365_FOLDER));
	while (ids.len) {
		slice id = slice_trim(slice_until(&ids, ';'));
		if (id.len)
			add_item(g, &(struct mail_item){.folder = folder,
							.message_id = part_unbracket(id)});
	}
	if (folder.len && !g->items.len)
		add_item(g, &(struct mail_item){.folder = folder});
}

static void set_access(struct m365_view *v, struct event *e)
{
	slice type = m365_pair(v, M365_PROPERTIES, SLICE("MailAccessType"));
	if (!type.len)
		type = m365_pair(v, M365_PROPERTIES, SLICE("AttachmentAccessType"));
	slice throttled = m365_pair(v, M365_PROPERTIES, SLICE("IsThrottled"));
	if (slice_eq_nocase(type, SLICE("Bind")) ||
	    slice_eq(event_get(e, F_OPERATION), SLICE("MessageBind")))
		event_text(e, F_MAIL_ACCESS, SLICE("bind"));
	else if (slice_eq_nocase(type, SLICE("Sync")))
		event_text(e, F_MAIL_ACCESS, SLICE("sync"));
	if (throttled.len)
		event_number(e, F_MAIL_THROTTLED, slice_eq_nocase(throttled, SLICE("True")));
}

void m365_messages(struct m365_view *v, struct event *e)
{
	struct gathering g = {.v = v};
	gather_folders(&g);
	gather_lists(&g);
	gather_ids(&g);
	e->items = g.items.at;
	e->item_count = g.items.len;
	if (e->action == ACT_MAIL_ACCESS)
		set_access(v, e);
	if (e->action == ACT_MAIL_SENT)
		set_recipients(v, e);
	if (!event_parse_number(e, F_ITEM_COUNT, m365_text(v, M365_COUNT)) && g.items.len > 1)
		event_number(e, F_ITEM_COUNT, (int64_t)g.items.len);
	if (g.items.len == 0)
		return;
	const struct mail_item *first = &g.items.at[0];
	if (first->message_id.len)
		event_text(e, F_MESSAGE_ID, first->message_id);
	if (first->subject.len)
		event_text(e, F_SUBJECT, first->subject);
	if (first->folder.len)
		event_text(e, F_FOLDER, first->folder);
	if (first->size > 0)
		event_number(e, F_SIZE, first->size);
}

/* ---- services ---- */

/* Where Exchange Online's own servers speak to each other: (continent) 2603:1096, 10a6, 10b6. */
static bool is_microsofts_own(const struct address *a)
{
	static const uint8_t third[] = {0x96, 0xa6, 0xb6};
	return a->b[0] == 0x26 && a->b[1] == 0x03 && a->b[2] == 0x10 &&
	       memchr(third, a->b[3], sizeof third);
}

/* Applications of Microsoft that read mailboxes on their own: learn.microsoft.com/troubleshoot/
 * entra/entra-id/governance/verify-first-party-apps-sign-in. */
static const slice services[] = {
    SLICE_INIT("13937bba-652e-4c46-b222-3003f4d1ff97"), /* Substrate Context Service */
    SLICE_INIT("b6e65498-8dce-4d57-8de9-1269fcfcf6ce"), /* as observed with RESTSystem */
    SLICE_INIT("3c8e478f-21ca-493a-b87c-c7366d664d54"),
    SLICE_INIT("00000002-0000-0ff1-ce00-000000000000"), /* Exchange Online */
    SLICE_INIT("00000003-0000-0000-c000-000000000000"), /* Graph */
    SLICE_INIT("66a88757-258c-4c72-893c-3e8bed4d6899"), /* Office 365 search service */
    SLICE_INIT("fc780465-2017-40d4-a0c5-307022471b92"), /* Defender for Endpoint */
    SLICE_INIT("7b7531ad-5926-4f2d-8a1d-38495ad33e17"), /* Advanced Threat Protection */
    SLICE_INIT("26abc9a8-24f0-4b11-8234-e86ede698878"), /* SharePoint notification */
};

static bool is_service_app(slice id)
{
	for (size_t i = 0; i < sizeof services / sizeof *services; i++)
		if (slice_eq_nocase(id, services[i]))
			return true;
	return id.len == 0;
}

bool m365_is_service(const struct m365_view *v, const struct event *e)
{
	/* UserType: 3 a datacentre's administrator, 4 the system, 7 and 8 policies */
	static const slice kinds[] = {SLICE_INIT("3"), SLICE_INIT("4"),       SLICE_INIT("7"),
				      SLICE_INIT("8"), SLICE_INIT("DcAdmin"), SLICE_INIT("System")};
	const struct address *from = event_get_address(e, F_SOURCE_IP);
	bool theirs = !from || is_microsofts_own(from) || address_is_loopback(from);
	if (theirs && slice_eq(m365_text(v, M365_USER), SLICE("S-1-5-18"))) /* LocalSystem */
		return true;
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if (theirs && slice_eq(m365_text(v, M365_USER_TYPE), kinds[i]))
			return true;
	return theirs &&
	       slice_search(m365_text(v, M365_CLIENT_INFO), SLICE("RESTSystem")) != SIZE_MAX &&
	       is_service_app(m365_text(v, M365_CLIENT_APP_ID));
}
