/* output.c - reports on a terminal and into files. */
#include "base/regular.h"
#include "cmd.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

unsigned terminal_columns(void)
{
	struct winsize w;
	if (ioctl(1, TIOCGWINSZ, &w) != 0 || w.ws_col == 0)
		return 100;
	return w.ws_col < 60 ? 60 : w.ws_col > 100 ? 100 : w.ws_col;
}

static void complain_unwritten(const char *path, int error)
{
	const char *remedy = error == ENOENT   ? "make its directory first"
			     : error == ENOSPC ? "free some room"
			     : error == EISDIR ? "it is a directory: name a file in it"
			     : error == EACCES || error == EPERM || error == EROFS
				 ? "choose another place, or be root"
				 : "choose another place";
	struct out o = {.fd = 2};
	out_text(&o, "tocsin: ");
	out_plain(&o, slice_of(path));
	out_format(&o, ": the report cannot be written: %s (%s)\n", strerror(error), remedy);
	out_close(&o);
}

bool may_write(const char *path)
{
	char folder[4096];
	struct stat st;
	const char *slash = strrchr(path, '/');
	int error = 0;
	if (strcmp(path, "-") == 0)
		return true;
	snprintf(folder, sizeof folder, "%.*s", slash ? (int)(slash - path + 1) : 1,
		 slash ? path : ".");
	bool there = stat(path, &st) == 0;
	if (there && S_ISDIR(st.st_mode))
		error = EISDIR;
	else if (there && !S_ISREG(st.st_mode))
		error = faccessat(AT_FDCWD, path, W_OK, AT_EACCESS) != 0 ? errno : 0;
	else if (faccessat(AT_FDCWD, folder, W_OK | X_OK, AT_EACCESS) != 0)
		error = errno;
	if (error)
		complain_unwritten(path, error);
	return !error;
}

bool may_write_both(const char *json, const char *html)
{
	if (json && html && strcmp(json, html) == 0 && strcmp(json, "/dev/null") != 0)
		return complain("--json and --html name one place",
				"give each report a file of its own") < 0;
	return (!json || may_write(json)) && (!html || may_write(html));
}

/* Beside its place and moved there: whoever is stopped midway leaves the old report as it was. */
static bool write_beside(const char *path, write_out *write, const void *ctx)
{
	char fresh[4096];
	if (snprintf(fresh, sizeof fresh, "%s.part", path) >= (int)sizeof fresh) {
		errno = ENAMETOOLONG;
		return false;
	}
	unlink(fresh); /* of a run that was stopped; or a link, laid there by somebody else */
	int fd = regular_open(AT_FDCWD, fresh, O_WRONLY | O_CREAT | O_EXCL, 0640);
	if (fd < 0)
		return false;
	struct out o = {.fd = fd};
	write(ctx, &o);
	int error = out_close(&o) ? 0 : o.error;
	if (close(fd) != 0 && !error)
		error = errno;
	if (!error && rename(fresh, path) != 0)
		error = errno;
	if (error)
		unlink(fresh);
	errno = error;
	return !error;
}

/* Where nothing can be moved to. */
static bool write_through(const char *path, write_out *write, const void *ctx)
{
	bool standard = strcmp(path, "-") == 0;
	int fd = standard ? 1 : open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	struct out o = {.fd = fd};
	write(ctx, &o);
	bool fine = out_close(&o) || (standard && o.error == EPIPE);
	int error = o.error;
	if (!standard && close(fd) != 0 && fine) {
		fine = false;
		error = errno;
	}
	errno = error;
	return fine;
}

bool write_whole(const char *path, write_out *write, const void *ctx)
{
	struct stat st;
	bool through = strcmp(path, "-") == 0 || (stat(path, &st) == 0 && !S_ISREG(st.st_mode));
	if (through ? write_through(path, write, ctx) : write_beside(path, write, ctx))
		return true;
	complain_unwritten(path, errno);
	return false;
}
