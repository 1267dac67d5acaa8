/*
 * doveconf.c - the password databases, as doveconf(1) tells them.
 *
 * 2.3: passdb { driver = passwd-file  args = scheme=CRYPT username_format=%u /etc/dovecot/users };
 * 2.4: passdb NAME { driver = passwd-file  passwd_file_path = /etc/dovecot/users }, where the name
 * is the driver if none is told, and auth_username_format stands for username_format.
 */
#include "respond/rest.h"

static slice next_word(slice *s)
{
	while (s->len && s->at[0] == ' ')
		*s = slice_from(*s, 1);
	return slice_until(s, ' ');
}

/* Options, and a path behind them. */
static void read_args(slice args, struct passdb *p)
{
	while (args.len) {
		slice word = next_word(&args);
		if (slice_eat(&word, "username_format="))
			p->format = word;
		else if (word.len && word.at[0] == '/')
			p->path = word;
	}
}

static void read_setting(slice line, struct passdb *p)
{
	slice key = slice_trim(slice_until(&line, '=')), value = slice_trim(line);
	if (slice_eq(key, SLICE("driver")))
		p->driver = value;
	else if (slice_eq(key, SLICE("args")))
		read_args(value, p);
	else if (slice_eq(key, SLICE("passwd_file_path")))
		p->path = value;
	else if (slice_eq(key, SLICE("auth_username_format")))
		p->format = value;
	else if (slice_eq(key, SLICE("master")))
		p->master = slice_eq(value, SLICE("yes"));
	else if (slice_eq(key, SLICE("deny")))
		p->deny = slice_eq(value, SLICE("yes"));
}

/* "passdb {" or "passdb NAME {" opens one; blocks within it are passed over. */
void doveconf_passdbs(struct work *w, slice conf, struct passdbs *l)
{
	struct passdb *p = NULL;
	int depth = 0;
	while (conf.len) {
		slice line = slice_trim(slice_until(&conf, '\n'));
		bool opens = slice_ends(line, SLICE("{"));
		if (opens && depth++ == 0 && slice_starts(line, SLICE("passdb "))) {
			slice name = slice_from(slice_first(line, line.len - 1), 7);
			p = list_add(l);
			*p = (struct passdb){.driver = slice_trim(name)};
		} else if (slice_eq(line, SLICE("}")) && depth > 0 && --depth == 0)
			p = NULL;
		else if (p && !opens && depth == 1)
			read_setting(line, p);
	}
}

bool doveconf_read(struct work *w, struct passdbs *l)
{
	struct ran r = RUN(w, "doveconf", "-n");
	if (r.status != 0)
		return work_fail(w, "doveconf -n: exit status %d: %.*s", r.status,
				 (int)slice_first(r.err, 300).len, r.err.at ? r.err.at : "");
	doveconf_passdbs(w, r.out, l);
	return true;
}

/* Of a file: none that leads to another folder. */
static bool is_file_name(slice s)
{
	return !slice_eq(s, SLICE(".")) && !slice_eq(s, SLICE("..")) && slice_find(s, '/') == s.len;
}

slice doveconf_path(struct work *w, slice path, slice account)
{
	static const struct {
		slice name;
		char what;
	} variables[] = {{SLICE_INIT("%u"), 'u'},
			 {SLICE_INIT("%n"), 'n'},
			 {SLICE_INIT("%d"), 'd'},
			 {SLICE_INIT("%{user}"), 'u'},
			 {SLICE_INIT("%{user | username}"), 'n'},
			 {SLICE_INIT("%{user|username}"), 'n'},
			 {SLICE_INIT("%{user | domain}"), 'd'},
			 {SLICE_INIT("%{user|domain}"), 'd'}};
	struct out o = {.fd = -1};
	slice domain = account, local = slice_until(&domain, '@');
	bool fine = is_file_name(account) && is_file_name(local) && is_file_name(domain);
	while (fine && path.len) {
		slice plain = slice_first(path, slice_find(path, '%'));
		out_slice(&o, plain);
		path = slice_from(path, plain.len);
		fine = !path.len;
		for (size_t i = 0; !fine && i < sizeof variables / sizeof *variables; i++) {
			if (!slice_starts(path, variables[i].name))
				continue;
			out_slice(&o, variables[i].what == 'u'   ? account
				      : variables[i].what == 'n' ? local
								 : domain);
			path = slice_from(path, variables[i].name.len);
			fine = true;
		}
	}
	slice made = fine ? arena_copy(w->arena, (slice){o.at, o.len}) : (slice){0};
	out_close(&o);
	return made;
}
