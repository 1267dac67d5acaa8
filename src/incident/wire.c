/*
 * wire.c - what clients asked for, of servers that log each command: Exchange's protocol logs,
 * hMailServer.
 *
 * SELECT says the folder of the FETCHes behind it.  A UID names a message; a number of FETCH or
 * RETR names one of the session alone, as "message 5".
 *
 * Laws: (1) what the server refused opened nothing; (2) where the answer stands in another record,
 * or nowhere, a command is a sign of reading and no proof; (3) a set without an end, or of more
 * than SET_MOST messages, makes what was read unbounded.
 */
#include "inquiry.h"

enum { SET_MOST = 5000 };

/* What a FETCH item hands out: BODY[], BODY.PEEK[2], BODY[HEADER], RFC822, BINARY[1]. */
struct asked {
	enum access_kind kind;
	slice part;
};

static bool ask_section(slice section, struct asked *a)
{
	bool number = section.len && section.at[0] >= '0' && section.at[0] <= '9';
	bool header = slice_search(section, SLICE("HEADER")) != SIZE_MAX ||
		      slice_search(section, SLICE("header")) != SIZE_MAX ||
		      slice_search(section, SLICE("MIME")) != SIZE_MAX;
	a->kind = header ? KIND_LISTING : number ? KIND_ATTACHMENT : KIND_MESSAGE;
	a->part = number && !header ? section : (slice){0};
	return true;
}

/* The item that hands out most; false: none hands out what a message says. */
static bool read_items(slice items, struct asked *a)
{
	bool any = false;
	struct asked one;
	for (size_t at; (at = slice_find(items, '[')) < items.len;) {
		slice section = slice_from(items, at + 1);
		section = slice_first(section, slice_find(section, ']'));
		ask_section(section, &one);
		if (!any || one.kind == KIND_MESSAGE || a->kind == KIND_LISTING)
			*a = one;
		any = true;
		items = slice_from(items, at + 1 + section.len);
	}
	for (slice rest = items; !any && rest.len;) {
		slice word = slice_until(&rest, ' ');
		while (word.len && (word.at[0] == '(' || word.at[0] == ')'))
			word = slice_from(word, 1);
		while (word.len && word.at[word.len - 1] == ')')
			word.len--;
		any = slice_eq_nocase(word, SLICE("RFC822")) ||
		      slice_eq_nocase(word, SLICE("RFC822.TEXT"));
		*a = (struct asked){.kind = KIND_MESSAGE};
	}
	return any;
}

static void add_one(struct inquiry *q, struct seen *s, const struct event *e, const struct asked *a,
		    int64_t number, bool uid, int64_t size)
{
	bool pop3 = e->action == ACT_POP3;
	slice name = arena_format(q->keep, "message %lld", (long long)number);
	*list_add(&s->opened) = (struct opened){
	    .folder = pop3 ? SLICE("INBOX") : s->folder,
	    .part = uid ? keep_slice(q, a->part) : name,
	    .uid = uid ? number : UNKNOWN,
	    .size = size,
	    .time_us = e->v[F_TIME].number,
	    .kind = uid || a->kind != KIND_ATTACHMENT ? a->kind : KIND_MESSAGE,
	    .how = pop3 ? HOW_POP3_RETR : HOW_IMAP_FETCH,
	    .hint = e->outcome != OUT_SUCCESS,
	    .place = e->place,
	};
}

/* 5, 5:7 or 5:*; false: no range that ends. */
static bool take_range(slice *set, int64_t *from, int64_t *to)
{
	slice range = slice_until(set, ',');
	if (!slice_number(&range, from))
		return false;
	*to = *from;
	if (slice_eat(&range, ":") && (!slice_number(&range, to) || range.len))
		return false;
	if (*to < *from) {
		int64_t least = *to;
		*to = *from;
		*from = least;
	}
	return range.len == 0 && *to - *from < SET_MOST;
}

static void see_set(struct inquiry *q, struct seen *s, const struct event *e, slice set,
		    const struct asked *a, bool uid)
{
	int64_t from, to, size = UNKNOWN;
	bool one = slice_find(set, ',') == set.len && slice_find(set, ':') == set.len;
	if (one && a->kind == KIND_MESSAGE)
		size = event_get_number(e, F_DESTINATION_BYTES, UNKNOWN);
	while (set.len) {
		if (!take_range(&set, &from, &to)) {
			if (s->group >= 0 && a->kind != KIND_LISTING)
				q->groups.at[s->group].unbounded = true;
			continue;
		}
		for (; from <= to && s->opened.len < SET_MOST; from++)
			add_one(q, s, e, a, from, uid, size);
		if (from <= to && s->group >= 0)
			q->groups.at[s->group].unbounded = true;
	}
}

bool is_wire(const struct event *e)
{
	slice module = event_get(e, F_MODULE);
	return slice_eq(module, SLICE("exchange")) || slice_eq(module, SLICE("hmailserver"));
}

void see_wire(struct inquiry *q, const struct event *e, struct seen *s)
{
	struct asked a = {.kind = KIND_MESSAGE};
	slice command = event_get(e, F_IMAP_COMMAND), rest = event_get(e, F_IMAP_ARGUMENTS);
	bool uid = slice_eq(command, SLICE("UID FETCH"));
	s->exporter = true;
	s->last_us = e->v[F_TIME].number;
	if (e->outcome == OUT_FAILURE)
		return;
	cite(&s->evidence, &e->place);
	if (event_has(e, F_FOLDER)) {
		s->folder = keep_slice(q, e->v[F_FOLDER].text);
		return;
	}
	slice set = slice_until(&rest, ' ');
	if (e->action == ACT_POP3)
		a.kind = slice_eq(command, SLICE("TOP")) ? KIND_LISTING : KIND_MESSAGE;
	else if ((!uid && !slice_eq(command, SLICE("FETCH"))) || !read_items(rest, &a))
		return;
	see_set(q, s, e, set, &a, uid);
}
