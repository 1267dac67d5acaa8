/* What a first block of bytes is taken for, and what names say of rotation. */
#include "room_of.h"

#include "input/room.h"

static const struct {
	const char *name;
	slice block;
	enum kind_is want;
} kinds[] = {
    {"nothing", SLICE_INIT(""), KIND_EMPTY},
    {"a line", SLICE_INIT("Mar 17 13:05:00 mail1 dovecot: started\n"), KIND_TEXT},
    {"one letter", SLICE_INIT("x"), KIND_TEXT},
    {"Latin 1 words",
     SLICE_INIT("le d\xe9"
		"fi \xe9t\xe9 pass\xe9 en f\xe9vrier\n"),
     KIND_TEXT},
    {"UTF-8 words", SLICE_INIT("\xe4\xbd\xa0\xe5\xa5\xbd \xc3\xa9\n"), KIND_TEXT},
    {"colours", SLICE_INIT("\x1b[31mred\x1b[0m\n"), KIND_TEXT},
    {"some rubbish in a log", SLICE_INIT("Mar 17 user=<\1\2\3\xff\xfe\x80> ok\n"), KIND_TEXT},
    {"a hole, then text", SLICE_INIT("\0\0\0\0\0\0\0\0\0\0\0\0Mar 17\n"), KIND_TEXT},
    {"only a hole", SLICE_INIT("\0\0\0\0\0\0\0\0"), KIND_TEXT},
    {"numbers in binary", SLICE_INIT("\1\0\0\0\2\0\0\0\3\0\0\0\4\0\0\0"), KIND_JUNK},
    {"bytes of all sorts", SLICE_INIT("\x8f\x02\xd1\x9a\xffK\x91\x03\xe0\x80"), KIND_JUNK},
    {"gzip", SLICE_INIT("\x1f\x8b\x08\0"), KIND_CODEC},
    {"cut after two bytes", SLICE_INIT("\x1f\x8b"), KIND_JUNK},
    {"bzip2", SLICE_INIT("BZh91AY&SY"), KIND_CODEC},
    {"a word like bzip2's", SLICE_INIT("BZh is a word\n"), KIND_TEXT},
    {"zip", SLICE_INIT("PK\3\4"), KIND_ARCHIVE},
    {"a word like zip's", SLICE_INIT("PKI started\n"), KIND_TEXT},
    {"journal", SLICE_INIT("LPKSHHRH\0\0"), KIND_JOURNAL},
    {"UTF-32, little end first", SLICE_INIT("\xff\xfe\0\0a\0\0\0"), KIND_STORE},
    {"UTF-32, big end first", SLICE_INIT("\0\0\xfe\xff\0\0\0a"), KIND_STORE},
    {"UTF-32 without a mark",
     SLICE_INIT("M\0\0\0a\0\0\0r\0\0\0 \0\0\0001\0\0\0007\0\0\0 \0\0\0a\0\0\0"), KIND_STORE},
    {"UTF-16, little end first",
     SLICE_INIT("\xff\xfe"
		"a\0\n\0"),
     KIND_TEXT},
    {"UTF-16, big end first", SLICE_INIT("\xfe\xff\0a\0\n"), KIND_TEXT},
    {"SQLite", SLICE_INIT("SQLite format 3\0"), KIND_OTHER},
};

static void test_kinds(void **state)
{
	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
		enum kind_is got = kind_of(kinds[i].block)->is;
		if (got != kinds[i].want)
			fail_msg("%s: got %d, want %d", kinds[i].name, got, kinds[i].want);
	}
}

/* wtmp: a boot, then sign-ins. */
static void test_sign_ins(void **state)
{
	char block[768] = {2};
	memcpy(block + 8, "~", 1);
	memcpy(block + 44, "reboot", 6);
	memcpy(block + 76, "6.1.0-40-amd64", 14);
	assert_int_equal(kind_of((slice){block, 768})->is, KIND_OTHER);
	assert_int_equal(kind_of((slice){block, 383})->is, KIND_JUNK);
	block[60] = 'x'; /* behind a name's end */
	assert_int_equal(kind_of((slice){block, 768})->is, KIND_JUNK);
	block[60] = 0;
	block[0] = 10;
	assert_int_equal(kind_of((slice){block, 768})->is, KIND_JUNK);
	block[0] = 7;
	block[2] = 1;
	assert_int_equal(kind_of((slice){block, 768})->is, KIND_JUNK);
}

static void test_tar(void **state)
{
	char block[512] = "mail.log";
	memcpy(block + 148, "0002023", 8); /* octal: mail.log and eight spaces */
	assert_int_equal(kind_of((slice){block, 512})->is, KIND_ARCHIVE);
	block[0] = 'n';
	assert_int_equal(kind_of((slice){block, 512})->is, KIND_JUNK);
}

static const struct {
	const char *path, *want;
} streams[] = {
    {"/var/log/mail.log", "/var/log/mail.log"},
    {"/var/log/mail.log.1", "/var/log/mail.log"},
    {"/var/log/mail.log.2.gz", "/var/log/mail.log"},
    {"/var/log/mail.log.12.xz", "/var/log/mail.log"},
    {"/var/log/mail.log-20260301", "/var/log/mail.log"},
    {"/var/log/mail.log-20260301.gz", "/var/log/mail.log"},
    {"/var/log/mail.log-2026030113.zst", "/var/log/mail.log"},
    {"/var/log/mail.log-20260301-1773741900.bz2", "/var/log/mail.log"},
    {"/var/log/mail.log-20260301-130500", "/var/log/mail.log"},
    {"/var/log/mail.log.2026-03-01.lz4", "/var/log/mail.log"},
    {"/var/log/mail-20260301.log", "/var/log/mail.log"},
    {"/var/log/mail-20260301.log.gz", "/var/log/mail.log"},
    {"/var/log/mail.1.log", "/var/log/mail.log"},
    {"/var/log/mail.log.old", "/var/log/mail.log"},
    {"/var/log/maillog", "/var/log/maillog"},
    {"/var/log/maillog.3", "/var/log/maillog"},
    {"/var/log.1/mail", "/var/log.1/mail"},
    {"/var/log/remote/192.0.2.7", "/var/log/remote/192.0.2.7"},
    {"/var/log/remote/192.0.2.7.log.1", "/var/log/remote/192.0.2.7.log"},
    {"1.gz", "1.gz"},
    {".gz", ".gz"},
    {"", ""},
    {"-", "-"},
    {"a.tar.gz//var/log/mail.log.1", "a.tar.gz//var/log/mail.log"},
};

static void test_streams(void **state)
{
	struct arena a = {0};
	for (size_t i = 0; i < sizeof streams / sizeof streams[0]; i++)
		assert_string_equal(stream_name(slice_of(streams[i].path), &a).at, streams[i].want);
	arena_free(&a);
}

static void test_names(void **state)
{
	assert_true(name_is_no_log(SLICE("networks.yaml")));
	assert_true(name_is_no_log(SLICE("truth.json")));
	assert_true(name_is_no_log(SLICE("catalogue.jsonl.gz")));
	assert_false(name_is_no_log(SLICE("audit.json")));
	assert_false(name_is_no_log(SLICE("mail.log")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_kinds), cmocka_unit_test(test_sign_ins),
	    cmocka_unit_test(test_tar),   cmocka_unit_test(test_streams),
	    cmocka_unit_test(test_names),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
