/*
 * uidlist.c - Dovecot's dovecot-uidlist: which file of a folder has which UID.
 *
 * Version 3 begins "3 V<uidvalidity> N<next uid> ..." and goes on "<uid> [W<size>] ... :<file>";
 * version 1 is "1 <uidvalidity> <next uid>" and "<uid> <file>"
 * (doc.dovecot.org, "Maildir Mailbox Format", dovecot-uidlist).
 */
#include "mailstore/store.h"

/* "V5" among the words of `line` gives 5 for 'V'; -1 if it is not there. */
static int64_t lettered(slice line, char letter)
{
	int64_t value;
	while (line.len) {
		slice word = slice_until(&line, ' ');
		if (word.len && word.at[0] == letter &&
		    slice_is_number(slice_from(word, 1), &value))
			return value;
	}
	return -1;
}

static bool take_head(struct uidlist *list, slice line)
{
	slice version = slice_until(&line, ' ');
	if (slice_eq(version, SLICE("3")))
		list->uidvalidity = lettered(line, 'V');
	else if (!slice_eq(version, SLICE("1")) || !slice_number(&line, &list->uidvalidity))
		return false;
	return list->uidvalidity >= 0;
}

static bool take_file(struct uidlist *list, slice line)
{
	int64_t uid;
	if (!slice_number(&line, &uid) || uid <= 0 || !slice_eat(&line, " "))
		return false;
	size_t colon = slice_search(line, SLICE(":"));
	bool version3 = colon == 0 || (colon < line.len && line.at[colon - 1] == ' ');
	slice head = slice_first(line, version3 ? colon : 0);
	slice file = maildir_base(slice_from(line, version3 ? colon + 1 : 0));
	if (file.len == 0)
		return false;
	struct uidlist_row *row = table_put(&list->rows, file, NULL);
	*row = (struct uidlist_row){.uid = uid, .size = lettered(head, 'W')};
	return true;
}

uint64_t uidlist_take(struct uidlist *list, slice text)
{
	uint64_t number = 1, broken = 0;
	if (!take_head(list, slice_trim(slice_until(&text, '\n'))))
		return 1;
	for (; text.len; number++)
		if (!take_file(list, slice_until(&text, '\n')) && !broken)
			broken = number + 1;
	return broken;
}
