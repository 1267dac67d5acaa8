/*
 * nft.c - a table of tocsin's own, and addresses dropped in it for a while.
 *
 * Nobody else's rules are touched; the table's chains come before the usual ones (priority -150),
 * and meet packets of open connections too.  When the last address is taken out and no door is shut
 * (doors.c), the table goes.  Through libnftables; its language is that of nft(8).
 */
#include "respond/others.h"
#include "respond/pull.h"

#include <nftables/libnftables.h>
#include <stdio.h>

#define EXPIRES "7d"

static const char table_commands[] =
    "add table inet tocsin\n"
    "add set inet tocsin blocked4 { type ipv4_addr; flags timeout; }\n"
    "add set inet tocsin blocked6 { type ipv6_addr; flags timeout; }\n"
    "add chain inet tocsin input { type filter hook input priority -150; policy accept; }\n"
    "add rule inet tocsin input ip saddr @blocked4 drop\n"
    "add rule inet tocsin input ip6 saddr @blocked6 drop\n";

bool nft_run(struct work *w, const char *commands, slice *said)
{
	struct nft_ctx *ctx = nft_ctx_new(NFT_CTX_DEFAULT);
	if (!ctx)
		return work_fail(w, "nftables: out of memory");
	nft_ctx_buffer_output(ctx);
	nft_ctx_buffer_error(ctx);
	bool fine = nft_run_cmd_from_buffer(ctx, commands) == 0;
	if (fine && said)
		*said = arena_copy(w->arena, slice_of(nft_ctx_get_output_buffer(ctx)));
	if (!fine)
		work_fail(w, "nftables: %.300s", nft_ctx_get_error_buffer(ctx));
	nft_ctx_free(ctx);
	return fine;
}

/* Sets of addresses, and chains of doors (doors.c): a table of ours has one of them at least. */
static bool is_ours(slice table)
{
	static const slice marks[] = {SLICE_INIT("set blocked"), SLICE_INIT("set essential"),
				      SLICE_INIT("chain door_")};
	for (size_t i = 0; i < sizeof marks / sizeof *marks; i++)
		if (slice_search(table, marks[i]) != SIZE_MAX)
			return true;
	return false;
}

bool nft_able(struct work *w)
{
	slice table;
	if (others_do(w))
		return others_ask(w, OTHER_BLOCK_ABLE, (slice){0}, NULL) != 0;
	if (!nft_run(w, "list tables", NULL))
		return false;
	bool fine = !nft_run(w, "list table inet tocsin", &table) || is_ours(table);
	w->why[0] = 0;
	return fine ||
	       work_fail(w, "somebody else's table inet tocsin is in this firewall: give it "
			    "another name");
}

/* The target as nft is to read it: parsed and written again, for it came out of a report. */
static bool element(struct work *w, const char *verb, const char *more, char room[160])
{
	struct address a;
	char text[ADDRESS_TEXT];
	if (!address_parse(w->target, &a))
		return work_fail(w, "not an address");
	address_format(&a, text);
	snprintf(room, 160, "%s element inet tocsin blocked%c { %s%s }", verb,
		 address_is_v4(&a) ? '4' : '6', text, more);
	return true;
}

static bool has_chain(struct work *w)
{
	return nft_run(w, "list chain inet tocsin input", NULL);
}

bool nft_is_blocked(struct work *w)
{
	char command[160];
	return element(w, "get", "", command) && nft_run(w, command, NULL);
}

bool nft_prepare(struct work *w, struct out *saved)
{
	enum { NO = 1, YES };
	long is = others_do(w)        ? others_ask(w, OTHER_IS_BLOCKED, w->target, NULL)
		  : nft_is_blocked(w) ? YES
				      : NO;
	if (!is)
		return false;
	out_format(saved, "{\"blocked\":%s}", is == YES ? "true" : "false");
	w->why[0] = 0;
	return true;
}

bool nft_apply(struct work *w)
{
	char command[160];
	if (others_do(w))
		return others_ask(w, OTHER_BLOCK, w->target, NULL) != 0;
	if (nft_is_blocked(w))
		return true;
	if (!has_chain(w) && !nft_run(w, table_commands, NULL))
		return false;
	return element(w, "add", " timeout " EXPIRES, command) && nft_run(w, command, NULL);
}

static bool holds(slice text, slice what)
{
	return slice_search(text, what) != SIZE_MAX;
}

/* A set without elements goes. */
static bool drop_set(struct work *w, const char *name)
{
	slice said, list = arena_format(w->arena, "list set inet tocsin %s", name);
	slice gone = arena_format(w->arena, "delete set inet tocsin %s", name);
	return !nft_run(w, arena_text(w->arena, list), &said) || holds(said, SLICE("elements =")) ||
	       nft_run(w, arena_text(w->arena, gone), NULL);
}

bool nft_tidy(struct work *w)
{
	slice said;
	if (!nft_run(w, "list table inet tocsin", &said)) {
		w->why[0] = 0;
		return true;
	}
	if (holds(said, SLICE("chain door_")))
		return true;
	if (!holds(said, SLICE("elements =")))
		return nft_run(w, "delete table inet tocsin", NULL);
	bool fine = drop_set(w, "essential4") && drop_set(w, "essential6");
	if (fine)
		w->why[0] = 0;
	return fine;
}

bool nft_undo(struct work *w)
{
	char command[160];
	if (saved_flag(w, "blocked"))
		return true;
	if (nft_is_blocked(w) && (!element(w, "delete", "", command) || !nft_run(w, command, NULL)))
		return false;
	return nft_tidy(w);
}

enum closed nft_closed(struct work *w, struct out *how)
{
	bool there = nft_is_blocked(w);
	w->why[0] = 0;
	out_text(how, there ? "in the set of blocked addresses"
			    : "not in the set of blocked "
			      "addresses");
	return there ? CLOSED_YES : CLOSED_NO;
}
