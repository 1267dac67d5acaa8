/*
 * sandbox.c - who a process is from now on, which files it may name, whom it outlives.
 *
 * Files by Landlock: what a row does not say cannot be opened, made or removed, whoever owns it.
 * Logs belong to many, so those who read them keep the right to read (CAP_DAC_READ_SEARCH).
 */
#include "sandbox/part.h"

#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/landlock.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum files {
	NO_FILE,     /* none */
	READ_PATHS,  /* what lies below the paths is read */
	READ_ALL,    /* as its user may; none is written */
	WRITE_PATHS, /* the same, and files below the paths are written, made and put in place */
	ANY_FILE     /* Landlock would hide other processes too, as ptrace(2) has it */
};

enum { MANY = 1 << 30 };
enum { READS = 1u << CAP_DAC_READ_SEARCH };

static const struct row {
	enum files files;
	uint32_t capabilities;
	bool dies;     /* with its parent */
	unsigned open; /* files that it may have open; 0: as many as before; MANY: as it can */
} rows[SANDBOX_WHO] = {
    [SANDBOX_READER] = {READ_PATHS, READS, true, MANY},
    [SANDBOX_SERVING_READER] = {READ_PATHS, READS, true, MANY},
    [SANDBOX_ENGINE] = {NO_FILE, 0, true, 0},
    [SANDBOX_PAINTER] = {NO_FILE, 0, true, 0},
    [SANDBOX_CONSOLE] = {NO_FILE, 0, true, 256},
    [SANDBOX_TOUCHER] = {ANY_FILE, READS | 1u << CAP_SYS_PTRACE, true, 0},
    [SANDBOX_BLOCKER] = {READ_ALL, 1u << CAP_NET_ADMIN, false, 0},
    [SANDBOX_SPEAKER] = {READ_ALL, 0, false, 0},
    [SANDBOX_DOORMAN] = {WRITE_PATHS, READS | 1u << CAP_DAC_OVERRIDE, false, 0},
};

static void add_why(char *why, size_t size, const char *what)
{
	size_t n = strlen(why);
	snprintf(why + n, size - n, "%s%s", n ? "; " : "", what);
}

/* --- files --- */

enum {
	TO_READ = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR,
	TO_WRITE = TO_READ | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_MAKE_REG |
		   LANDLOCK_ACCESS_FS_REMOVE_FILE,
	OF_A_FILE = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE,
};

static bool is_folder(const char *path)
{
	struct stat st;
	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

static bool allow_path(int rules, const char *path, uint64_t access)
{
	struct landlock_path_beneath_attr a = {
	    .allowed_access = is_folder(path) ? access : access & OF_A_FILE,
	    .parent_fd = open(path, O_PATH | O_CLOEXEC),
	};
	bool fine = a.parent_fd >= 0 &&
		    syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &a, 0) == 0;
	if (a.parent_fd >= 0)
		close(a.parent_fd);
	return fine;
}

/* A file is rotated by name: the folder it lies in is what must stay readable. */
static bool allow_folder_of(int rules, const char *path, uint64_t access)
{
	char folder[4096];
	int n = snprintf(folder, sizeof folder, "%s", path);
	if (n < 0 || (size_t)n >= sizeof folder)
		return false;
	if (is_folder(path))
		return allow_path(rules, path, access);
	char *end = strrchr(folder, '/');
	if (!end)
		return allow_path(rules, ".", access);
	end[end == folder] = 0;
	return allow_path(rules, folder, access);
}

/* "=/etc/tocsin/networks.yaml": that and not what lies beside it; "+/var/tmp": files without a name
 * too (O_TMPFILE), for Landlock lets none be made there. */
static bool allow_named(int rules, const char *path, uint64_t access)
{
	if (path[0] == '=')
		allow_path(rules, path + 1, access);
	else if (path[0] == '+')
		allow_path(rules, path + 1, access | LANDLOCK_ACCESS_FS_WRITE_FILE);
	return path[0] == '=' || path[0] == '+' || allow_folder_of(rules, path, access);
}

static bool allow_files(int rules, enum files files, const char *const *paths, size_t n)
{
	bool fine = true;
	for (size_t i = 0; i < n; i++)
		fine &= allow_named(rules, paths[i], files == WRITE_PATHS ? TO_WRITE : TO_READ);
	if (files == READ_ALL || files == WRITE_PATHS)
		fine &= allow_path(rules, "/", TO_READ);
	if (files == READ_PATHS && n)
		allow_path(rules, "/usr/share/zoneinfo", TO_READ);
	return fine;
}

static bool landlock(enum files files, const char *const *paths, size_t n)
{
	struct landlock_ruleset_attr attr = {
	    .handled_access_fs = (LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1, /* all of version 1 */
	};
	int rules = (int)syscall(SYS_landlock_create_ruleset, &attr, sizeof attr, 0);
	if (rules < 0)
		return false;
	bool fine = allow_files(rules, files, paths, files == NO_FILE ? 0 : n);
	fine &= syscall(SYS_landlock_restrict_self, rules, 0) == 0; /* whatever is missing */
	close(rules);
	return fine;
}

/* --- users --- */

/* Of those that it has, what is not needed goes. */
static bool keep_capabilities(uint32_t capabilities)
{
	struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[2] = {{0}};
	if (syscall(SYS_capget, &head, data) != 0)
		return false;
	data[0].permitted &= capabilities;
	data[0].effective = data[0].permitted;
	data[0].inheritable = 0;
	data[1] = (struct __user_cap_data_struct){0};
	return syscall(SYS_capset, &head, data) == 0;
}

bool sandbox_be(uint32_t user, uint32_t capabilities)
{
	if (getuid() == 0 && user &&
	    (prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) != 0 || setgroups(0, NULL) != 0 ||
	     setresgid(user, user, user) != 0 || setresuid(user, user, user) != 0))
		return false;
	return keep_capabilities(capabilities);
}

/* --- all of it --- */

void sandbox_name(const char *name)
{
	char room[16];
	snprintf(room, sizeof room, "tocsin-%s", name);
	prctl(PR_SET_NAME, room, 0, 0, 0);
}

static bool limit_files(unsigned open)
{
	struct rlimit files;
	if (!open)
		return true;
	if (getrlimit(RLIMIT_NOFILE, &files) != 0)
		return false;
	if (files.rlim_max > open)
		files.rlim_max = open;
	files.rlim_cur = files.rlim_max;
	return setrlimit(RLIMIT_NOFILE, &files) == 0;
}

static bool give_up(const struct row *r, uint32_t user, char *why, size_t size)
{
	const struct rlimit none = {0, 0};
	setrlimit(RLIMIT_CORE, &none);
	if (!sandbox_be(user, r->capabilities))
		add_why(why, size, "it could not give up root");
	/* a change of user takes it away: only now */
	if (r->dies && prctl(PR_SET_PDEATHSIG, SIGKILL) != 0)
		add_why(why, size, "it may outlive its parent");
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		add_why(why, size, "no_new_privs is refused");
	if (!limit_files(r->open))
		add_why(why, size, "its open files cannot be limited");
	return !why[0];
}

/* The kernel's part: files and system calls. */
static bool shut(enum sandbox_who who, const char *const *paths, size_t n, char *why, size_t size)
{
	const struct row *r = &rows[who];
	if (r->files != ANY_FILE && !landlock(r->files, paths, n))
		add_why(why, size, "Landlock is not there (kernel 5.13 on)");
	bool fine = sandbox_filter(who);
	if (!fine)
		add_why(why, size, "seccomp is not there");
	return fine;
}

bool sandbox_enter(enum sandbox_who who, uint32_t user, const char *const *paths, size_t n,
		   char *why, size_t size)
{
	why[0] = 0;
	bool fine = give_up(&rows[who], user, why, size);
	return shut(who, paths, n, why, size) && fine;
}

bool sandbox_narrow(enum sandbox_who who, char *why, size_t size)
{
	why[0] = 0;
	return shut(who, NULL, 0, why, size);
}
