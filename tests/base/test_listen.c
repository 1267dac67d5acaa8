/* test_listen.c - what lies at a path is replaced only if nobody holds it; IPv4 needs no IPv6. */
#include "base/base.h"
#include "base/listen.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

enum lies { NOTHING, LEFT, HELD, A_FILE, A_LINK };

static void lay(enum lies what, const char *path, int type, int *held)
{
	*held = -1;
	if (what == A_FILE)
		close(open(path, O_WRONLY | O_CREAT, 0600));
	else if (what == A_LINK)
		assert_int_equal(symlink("/dev/null", path), 0);
	else if (what != NOTHING)
		*held = listen_local(path, type);
	if (what == LEFT)
		close(*held);
	if (what != HELD)
		*held = -1;
}

static void test_local(void **state)
{
	static const struct {
		enum lies what;
		int type, other; /* of what lies there */
		int error;       /* 0: it is ours then */
	} cases[] = {
	    {NOTHING, SOCK_DGRAM, 0, 0},
	    {NOTHING, SOCK_STREAM, 0, 0},
	    {LEFT, SOCK_DGRAM, SOCK_DGRAM, 0},
	    {LEFT, SOCK_STREAM, SOCK_STREAM, 0},
	    {HELD, SOCK_DGRAM, SOCK_DGRAM, EADDRINUSE},
	    {HELD, SOCK_STREAM, SOCK_STREAM, EADDRINUSE},
	    {HELD, SOCK_DGRAM, SOCK_STREAM, EADDRINUSE},
	    {A_FILE, SOCK_DGRAM, 0, EEXIST},
	    {A_LINK, SOCK_STREAM, 0, EEXIST},
	};
	char dir[] = "/tmp/tocsin-listen-XXXXXX", path[64];
	struct stat st;
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof path, "%s/socket", dir);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		int held;
		lay(cases[i].what, path, cases[i].other, &held);
		int fd = listen_local(path, cases[i].type), error = errno;
		if ((fd >= 0) != !cases[i].error || (fd < 0 && error != cases[i].error))
			fail_msg("case %zu: %s", i, listen_why(error));
		assert_int_equal(lstat(path, &st), 0);
		assert_true(fd < 0 || (st.st_mode & 0777) == 0666);
		if (fd >= 0)
			close(fd);
		if (held >= 0)
			close(held);
		unlink(path);
	}
	rmdir(dir);
	char longer[200];
	memset(longer, 'a', sizeof longer);
	longer[sizeof longer - 1] = 0;
	assert_int_equal(listen_local(longer, SOCK_DGRAM), -1);
	assert_int_equal(errno, ENAMETOOLONG);
}

static void test_inet(void **state)
{
	static const struct {
		const char *address;
		int family;
	} cases[] = {{"127.0.0.1", AF_INET}, {"0.0.0.0", AF_INET}, {"::1", AF_INET6}};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct address a;
		struct sockaddr_storage at = {0};
		socklen_t len = sizeof at;
		int on = 0;
		socklen_t size = sizeof on;
		assert_true(address_parse(slice_of(cases[i].address), &a));
		int fd = listen_inet(&a, 0, SOCK_STREAM);
		if (fd < 0 && cases[i].family == AF_INET6)
			continue; /* a host without IPv6 */
		assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &len), 0);
		assert_int_equal(at.ss_family, cases[i].family);
		assert_int_equal(getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &on, &size), 0);
		assert_true(on);
		close(fd);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_local),
					   cmocka_unit_test(test_inet)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
