/* Linux audit and sudo: the file, syslog, quoted and hexadecimal values. */
#include "expect.h"

#define STAMP "msg=audit(1364481363.243:24287): "

static const struct expected lines[] = {
    {"open",
     "type=SYSCALL " STAMP "arch=c000003e syscall=257 success=yes exit=3 a0=7fffd19c5592 items=1 "
     "ppid=2686 pid=3538 auid=1000 uid=33 comm=\"cat\" exe=\"/bin/cat\" key=\"mailstore\"",
     "@timestamp=2013-03-28T14:36:03.243Z|event.module=auditd|event.action=file-open|"
     "auditd.sequence=24287|auditd.key=mailstore|auditd.syscall=257|process.pid=3538|user.id=1000|"
     "process.name=cat|process.executable=/bin/cat|!event.outcome"},
    {"execve", "type=SYSCALL " STAMP "arch=c000003e syscall=59 comm=\"tar\" key=(null)",
     "event.action=command|!auditd.key"},
    {"path", "type=PATH " STAMP "item=0 name=\"/var/vmail/a\" inode=409248 nametype=NORMAL",
     "event.action=file-open|file.path=/var/vmail/a|file.inode=409248"},
    {"path in hexadecimal", "type=PATH " STAMP "item=0 name=2F61206222 inode=1",
     "file.path=/a b\""},
    {"path that looks like hexadecimal", "type=PATH " STAMP "item=0 name=\"2F61206222\" inode=1",
     "file.path=2F61206222"},
    {"no path", "type=PATH " STAMP "item=0 name=(null) inode=1", "!file.path|file.inode=1"},
    {"directory", "type=CWD " STAMP " cwd=\"/root\"",
     "event.action=message|process.working_directory=/root"},
    {"arguments", "type=EXECVE " STAMP "argc=3 a0=\"tar\" a1=612062 a2=\"x\"",
     "event.action=command|process.command_line=tar a b x"},
    {"proctitle", "type=PROCTITLE " STAMP "proctitle=746172006366", "process.command_line=tar cf"},
    {"sign-in",
     "type=USER_LOGIN " STAMP "pid=1 uid=0 auid=1000 ses=2 msg='op=login acct=\"root\" "
     "exe=\"/usr/sbin/sshd\" hostname=? addr=192.0.2.1 terminal=ssh res=failed'",
     "event.action=login|event.outcome=failure|user.name=root|source.ip=192.0.2.1"},
    {"sign-in of a name in hexadecimal",
     "type=USER_AUTH " STAMP "pid=1 msg='op=x acct=726F6F74 addr=? res=success'",
     "event.action=auth-check|event.outcome=success|user.name=root|!source.ip"},
    {"a name with fields in it cannot stand in quotes",
     "type=USER_LOGIN " STAMP "pid=1 msg='op=login acct=612220616464723D362E362E362E36 "
     "addr=192.0.2.1 res=failed'",
     "user.name=a\" addr=6.6.6.6|source.ip=192.0.2.1"},
    {"enriched",
     "type=SYSCALL " STAMP "syscall=257 auid=1000 key=\"k\"\x1d"
     "ARCH=x86_64 "
     "SYSCALL=openat AUID=\"ana\"",
     "auditd.syscall=257|user.id=1000|auditd.key=k"},
    {"node", "node=mail type=CWD " STAMP "cwd=\"/\"", "host.name=mail"},
    {"by syslog", "Mar 17 13:05:00 mail audispd: node=mail type=CWD " STAMP "cwd=\"/\"",
     "event.module=auditd|process.working_directory=/|@timestamp=2013-03-28T14:36:03.243Z"},
    {"by the kernel",
     "Mar 17 13:05:00 mail kernel: [12.3] audit: type=1300 "
     "audit(1364481363.243:24287): syscall=257 key=\"k\"",
     "event.module=auditd|auditd.key=k|auditd.sequence=24287"},
    {"sudo",
     "Mar 17 13:05:00 mail sudo: op : TTY=pts/0 ; PWD=/a ; USER=x ; USER=root ; "
     "COMMAND=/bin/cat a ; USER=b",
     "event.module=sudo|event.action=command|user.name=op|user.effective.name=root|"
     "process.working_directory=/a ; USER=x|process.command_line=/bin/cat a ; USER=b"},
    {"sudo refuses",
     "Mar 17 13:05:00 mail sudo:   op : 3 incorrect password attempts ; PWD=/a ; "
     "USER=root ; COMMAND=/bin/sh",
     "event.action=auth-check|event.outcome=failure|event.reason=3 incorrect password attempts"},
    {"no stamp", "type=PATH msg=item=0", "BROKEN|event.module=auditd|event.action=message"},
};

static void test_lines(void **state)
{
	expect_all(lines, sizeof lines / sizeof *lines);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_lines)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
