/*
 * name.c - what names tell: which files are one log rotated, and what a walk passes by.
 *
 * Names of rotated logs: logrotate(8) (.N, dateext, dateformat, extension), cronolog-like dates.
 * Names never decide what a file holds (kind.c does), nor the order within a set (its records do).
 */
#include "room.h"

/* '#' is a digit.  Longer ones first: they are tried at the end of the name in this order. */
static const slice marks[] = {
    SLICE_INIT("-########-######"),     /* dateformat -%Y%m%d-%H%M%S */
    SLICE_INIT("-########-##########"), /* dateformat -%Y%m%d-%s */
    SLICE_INIT("-##########"),          /* dateext, hourly; or -%s */
    SLICE_INIT("-########"),            /* dateext */
    SLICE_INIT("_########"),
    SLICE_INIT(".########"),
    SLICE_INIT("-####-##-##"),
    SLICE_INIT("_####-##-##"),
    SLICE_INIT(".####-##-##"),
    SLICE_INIT(".####"),
    SLICE_INIT(".###"),
    SLICE_INIT(".##"),
    SLICE_INIT(".#"),
    SLICE_INIT(".gz"),
    SLICE_INIT(".xz"),
    SLICE_INIT(".zst"),
    SLICE_INIT(".bz2"),
    SLICE_INIT(".lz4"),
    SLICE_INIT(".old"),
};

/* `extension` of logrotate: mail-20260301.log is a piece of mail.log. */
static const slice kept_ends[] = {SLICE_INIT(".log"), SLICE_INIT(".jsonl"), SLICE_INIT(".json"),
				  SLICE_INIT(".txt")};

static bool ends_like(slice s, slice mark)
{
	if (s.len <= mark.len)
		return false;
	const char *end = s.at + s.len - mark.len;
	for (size_t i = 0; i < mark.len; i++)
		if (mark.at[i] == '#' ? end[i] < '0' || end[i] > '9' : end[i] != mark.at[i])
			return false;
	return true;
}

/* A stem without letters is no stem: 192.0.2.7 and 192.0.2.8 are two hosts, not one log. */
static bool is_stem(slice base)
{
	for (size_t i = 0; i < base.len; i++)
		if ((base.at[i] | 32) >= 'a' && (base.at[i] | 32) <= 'z')
			return true;
	return false;
}

static slice strip(slice base)
{
	for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++) {
		slice stem = slice_first(base, base.len - marks[i].len);
		if (ends_like(base, marks[i]) && is_stem(stem)) {
			base = stem;
			i = (size_t)-1; /* mail.log-20260301.1.gz: from the beginning */
		}
	}
	return base;
}

slice stream_name(slice path, struct arena *a)
{
	const char *slash = path.len ? memrchr(path.at, '/', path.len) : NULL;
	slice base = slash ? slice_from(path, (size_t)(slash + 1 - path.at)) : path;
	slice dir = slice_first(path, path.len - base.len), end = {"", 0};
	slice own = SLICE(".journal"); /* system@0005f1-....journal is a piece of system.journal */
	if (slice_ends(base, own) && memchr(base.at, '@', base.len))
		return arena_format(a, "%.*s%.*s.journal", (int)dir.len, dir.at,
				    (int)slice_find(base, '@'), base.at);
	base = strip(base);
	for (size_t i = 0; i < sizeof kept_ends / sizeof kept_ends[0]; i++)
		if (slice_ends(base, kept_ends[i]))
			end = slice_from(base, base.len - kept_ends[i].len);
	slice stem = strip(slice_first(base, base.len - end.len));
	return arena_format(a, "%.*s%.*s%.*s", (int)dir.len, dir.at, (int)stem.len, stem.at,
			    (int)end.len, end.at);
}

bool name_is_no_log(slice base)
{
	static const slice ends[] = {SLICE_INIT(".yaml"), SLICE_INIT(".yml"), SLICE_INIT(".md")};
	static const slice names[] = {SLICE_INIT("truth.json"), SLICE_INIT("catalogue.jsonl"),
				      SLICE_INIT("catalogue.jsonl.gz"),
				      /* of login(1), a slot for each user: mostly holes */
				      SLICE_INIT("lastlog"), SLICE_INIT("faillog"),
				      SLICE_INIT("tallylog")};
	for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++)
		if (slice_ends(base, ends[i]))
			return true;
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (slice_eq(base, names[i]))
			return true;
	return false;
}
