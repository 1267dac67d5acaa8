/* test_catalogue.c - catalogues read, broken and hostile ones too, and mails found in them. */
#include "scene.h"

#include <archive.h>
#include <archive_entry.h>
#include <stdlib.h>

#define LINE(account, folder, uid, rest)                                                           \
	"{\"account\":\"" account "\",\"folder\":\"" folder "\",\"uid\":" uid rest "}\n"

static const char small[] = LINE(
    "ana@example.org", "INBOX", "7",
    ",\"uidvalidity\":5,\"message_id\":\"<a7@x>\",\"subject\":\"R\\u00e9union\",\"size\":1234,"
    "\"delivered\":\"2026-03-17T12:05:00.250Z\",\"file\":\"cur/17.M1.mx,S=9:2,S\","
    "\"parts\":[{\"part\":\"1\",\"type\":\"text/plain\",\"size\":10},"
    "{\"part\":\"2\",\"name\":\"plan.pdf\",\"type\":\"application/pdf\",\"size\":900}],"
    "\"secrets\":[{\"kind\":\"password\",\"part\":\"1\"},{\"kind\":\"unknown\",\"part\":\"2\"},"
    "{\"kind\":\"iban\"}]") LINE("ana@example.org", "INBOX", "3", ",\"message_id\":\"a3@x\"")
    LINE("Ana@Example.org", "Envoy\\u00e9s", "7", ",\"delivered\":1773749100")
	LINE("bob", "INBOX", "7", ",\"parts\":[{\"part\":2}],\"secrets\":[]")
	    LINE("eve@example.org", "INBOX.Work.2026", "7", "")
		LINE("eve@example.net", "INBOX", "7", "") "{}\n";

static void fields(void **state)
{
	struct scene s;
	scene_start(&s);
	scene_put(&s, "c", SLICE(small));
	struct mailstore *m = scene_open(&s, "c");
	assert_non_null(m);
	assert_int_equal(s.notes.len, 0);
	assert_int_equal(mailstore_count(m), 7);
	const struct mail *mail = mailstore_find(m, SLICE("ana@example.org"), SLICE("INBOX"), 7);
	assert_non_null(mail);
	assert_int_equal(mail->uidvalidity, 5);
	assert_text(mail->message_id, "a7@x");
	assert_text(mail->subject, "R\303\251union");
	assert_int_equal(mail->size, 1234);
	assert_int_equal(mail->delivered_us, INT64_C(1773749100250000));
	assert_int_equal(mail->part_count, 2);
	assert_int_equal(mail->secrets, 1 << SECRET_PASSWORD | 1 << SECRET_IBAN);
	assert_true(mail->looked && mail->parts[1].opaque && !mail->parts[0].opaque);
	const struct mail_part *part = mail_part(mail, SLICE("2"));
	assert_text(part->name, "plan.pdf");
	assert_int_equal(part->size, 900);
	assert_true(mail_part_is_attachment(part));
	assert_false(mail_part_is_attachment(mail_part(mail, SLICE("1"))));
	assert_int_equal(mail_part(mail, SLICE("1"))->secrets, 1 << SECRET_PASSWORD);
	assert_null(mail_part(mail, SLICE("3")));
	const struct mail *bare = mailstore_find(m, SLICE("eve@example.net"), SLICE("INBOX"), 7);
	assert_int_equal(bare->size, -1);
	assert_int_equal(bare->uidvalidity, -1);
	assert_true(bare->delivered_us == CLOCK_NONE && !bare->looked);
	mailstore_close(&m);
	assert_null(m);
	scene_end(&s);
}

static const struct {
	const char *name, *account, *folder;
	int64_t uid;
	const char *want; /* account and folder of the mail found */
} finds[] = {
    {"as written", "ana@example.org", "INBOX", 7, "ana@example.org INBOX"},
    {"other case", "ANA@EXAMPLE.ORG", "inbox", 7, "ana@example.org INBOX"},
    {"without its domain", "ana", "INBOX", 7, "ana@example.org INBOX"},
    {"of another domain", "ana@example.com", "INBOX", 7, NULL},
    {"accounts differing in case are one", "ana", "Envoy\303\251s", 7,
     "ana@example.org Envoy\303\251s"},
    {"folder in modified UTF-7", "ana", "Envoy&AOk-s", 7, "ana@example.org Envoy\303\251s"},
    {"folder under INBOX", "ana", "INBOX.Envoy\303\251s", 7, "ana@example.org Envoy\303\251s"},
    {"with a domain the store lacks", "bob@example.org", "INBOX", 7, "bob INBOX"},
    {"two accounts of that local part", "eve", "INBOX", 7, NULL},
    {"other level sign, no prefix", "eve@example.org", "Work/2026", 7,
     "eve@example.org INBOX.Work.2026"},
    {"no such folder", "bob", "Sent", 7, NULL},
    {"no such UID", "bob", "INBOX", 8, NULL},
    {"UID unknown", "bob", "INBOX", -1, NULL},
    {"nobody", "mallory", "INBOX", 7, NULL},
    {"empty account", "", "INBOX", 7, NULL},
};

static void find(void **state)
{
	struct scene s;
	scene_start(&s);
	scene_put(&s, "c", SLICE(small));
	struct mailstore *m = scene_open(&s, "c");
	for (size_t i = 0; i < sizeof finds / sizeof finds[0]; i++) {
		char got[100] = "";
		const struct mail *mail = mailstore_find(m, slice_of(finds[i].account),
							 slice_of(finds[i].folder), finds[i].uid);
		if (mail)
			snprintf(got, sizeof got, "%.*s %.*s", (int)mail->account.len,
				 mail->account.at, (int)mail->folder.len, mail->folder.at);
		if (strcmp(got, finds[i].want ? finds[i].want : "") != 0)
			fail_msg("%s: got \"%s\"", finds[i].name, got);
	}
	mailstore_close(&m);
	scene_end(&s);
}

static void find_otherwise(void **state)
{
	struct scene s;
	size_t n;
	scene_start(&s);
	scene_put(&s, "c", SLICE(small));
	struct mailstore *m = scene_open(&s, "c");
	const struct mail *mail = mailstore_find_message_id(m, SLICE("ana"), SLICE("<a7@x>"));
	assert_int_equal(mail->uid, 7);
	assert_ptr_equal(mailstore_find_message_id(m, SLICE("ana"), SLICE("a7@x")), mail);
	assert_null(mailstore_find_message_id(m, SLICE("bob"), SLICE("a7@x")));
	assert_null(mailstore_find_message_id(m, SLICE("bob"), SLICE("")));
	assert_ptr_equal(mailstore_find_file(m, SLICE("17.M1.mx,S=9:2,RS")), mail);
	assert_ptr_equal(mailstore_find_file(m, SLICE("/var/vmail/new/17.M1.mx,S=9")), mail);
	assert_null(mailstore_find_file(m, SLICE("/var/vmail/new/")));
	const struct mail *const *all = mailstore_account(m, SLICE("ANA"), &n);
	assert_int_equal(n, 3);
	assert_text(all[0]->folder, "Envoy\303\251s");
	assert_int_equal(all[1]->uid, 3);
	assert_int_equal(all[2]->uid, 7);
	mailstore_account(m, SLICE("nobody"), &n);
	assert_int_equal(n, 0);
	mailstore_close(&m);
	scene_end(&s);
}

#define GOOD "{\"uid\":1}\n"
static const struct {
	const char *name;
	slice text;
	bool opens;
	size_t count;
	const char *noted;
} broken[] = {
    {"empty file", SLICE_INIT(""), true, 0, "c:0: no message"},
    {"a log", SLICE_INIT("Mar 17 12:00:00 mx postfix/qmgr[1]: removed\n"), false, 0, "c:1: "},
    {"binary", SLICE_INIT("\0\1\2\3"), false, 0, "c:1: "},
    {"line in the middle", SLICE_INIT(GOOD "{\"uid\":\n" GOOD), true, 2, "c:2: column 7: not JSON"},
    {"not an object", SLICE_INIT(GOOD "[1]\n" GOOD), true, 2, "c:2: column 1: not an object"},
    {"last line cut", SLICE_INIT(GOOD "{\"uid\":1"), true, 1, "c:2: column 8"},
    {"no last line feed", SLICE_INIT(GOOD "{\"uid\":2}"), true, 2, ""},
    {"CRLF and blank lines", SLICE_INIT("\r\n{\"uid\":1}\r\n\r\n"), true, 1, ""},
    {"byte order mark", SLICE_INIT("\xef\xbb\xbf" GOOD), true, 1, ""},
    {"UID a string", SLICE_INIT("{\"uid\":\"1\"}\n"), true, 1, "\"uid\" is not a whole number"},
    {"UID too large", SLICE_INIT("{\"uid\":99999999999999999999}\n" GOOD), true, 1, "c:1: "},
    {"parts a number", SLICE_INIT("{\"parts\":3}\n"), true, 1, "\"parts\" is not a list"},
    {"part a number", SLICE_INIT("{\"parts\":[3]}\n"), true, 1, "\"parts\" is not a list of"},
    {"strange kind", SLICE_INIT("{\"secrets\":[{\"kind\":\"x\"}]}\n"), true, 1, "\"kind\""},
    {"kinds alone", SLICE_INIT("{\"secrets\":[\"card\"]}\n"), true, 1, ""},
    {"nulls", SLICE_INIT("{\"uid\":null,\"parts\":null,\"size\":null}\n"), true, 1, ""},
    {"time of no kind", SLICE_INIT("{\"delivered\":\"soon\"}\n"), true, 1, "\"delivered\""},
    {"NUL in a string", SLICE_INIT("{\"subject\":\"a\\u0000b\"}\n"), true, 1, ""},
    {"not UTF-8", SLICE_INIT("{\"subject\":\"\xff\"}\n" GOOD), true, 1, "c:1: "},
};

static void broken_lines(void **state)
{
	for (size_t i = 0; i < sizeof broken / sizeof broken[0]; i++) {
		struct scene s;
		scene_start(&s);
		scene_put(&s, "c", broken[i].text);
		struct mailstore *m = scene_open(&s, "c");
		if ((m != NULL) != broken[i].opens)
			fail_msg("%s: opened: %d", broken[i].name, m != NULL);
		if (m && mailstore_count(m) != broken[i].count)
			fail_msg("%s: %zu mails", broken[i].name, mailstore_count(m));
		bool quiet = broken[i].noted[0] == 0;
		if (quiet ? s.notes.len > 0 : !scene_noted(&s, broken[i].noted))
			fail_msg("%s: noted: %.*s", broken[i].name, (int)s.notes.len, s.notes.at);
		mailstore_close(&m);
		scene_end(&s);
	}
}

static void no_such_file(void **state)
{
	struct scene s;
	scene_start(&s);
	assert_null(scene_open(&s, "nothing"));
	assert_true(scene_noted(&s, "nothing:0: No such file"));
	scene_end(&s);
}

/* Packed by the library that unpacks, in each way that a catalogue may come. */
static void packed(void **state)
{
	static int (*const filters[])(struct archive *) = {
	    archive_write_add_filter_gzip, archive_write_add_filter_xz,
	    archive_write_add_filter_zstd, archive_write_add_filter_bzip2,
	    archive_write_add_filter_lz4,
	};
	for (size_t i = 0; i < sizeof filters / sizeof filters[0]; i++) {
		struct scene s;
		char room[8192];
		size_t used;
		scene_start(&s);
		struct archive *a = archive_write_new();
		struct archive_entry *entry = archive_entry_new();
		archive_write_set_format_raw(a);
		filters[i](a);
		archive_write_open_memory(a, room, sizeof room, &used);
		archive_entry_set_filetype(entry, AE_IFREG);
		archive_write_header(a, entry);
		archive_write_data(a, small, sizeof small - 1);
		archive_write_close(a);
		scene_put(&s, "whole", (slice){room, used});
		scene_put(&s, "cut", (slice){room, used / 2});
		archive_entry_free(entry);
		archive_write_free(a);
		struct mailstore *m = scene_open(&s, "whole");
		assert_non_null(m);
		assert_int_equal(mailstore_count(m), 7);
		mailstore_close(&m);
		m = scene_open(&s, "cut");
		assert_true(s.notes.len > 0);
		mailstore_close(&m);
		scene_end(&s);
	}
}

static const char same_again[] = LINE("b", "INBOX", "1", ",\"size\":2") LINE("a", "Z", "2",
									     ",\"secrets\":[]")
    LINE("a", "Z", "1", ",\"delivered\":\"2026-03-17T12:05:00.250Z\",\"delivered_by_mtime\":true")
	LINE(
	    "a", "B", "9",
	    ",\"parts\":[{\"part\":\"1\",\"size\":0},{\"part\":\"2\",\"type\":\"a/b\"}],"
	    "\"secrets\":[{\"kind\":\"card\",\"part\":\"1\"},{\"kind\":\"unknown\",\"part\":\"2\"},"
	    "{\"kind\":\"token\"}]");
static const char sorted[] =
    "{\"account\":\"a\",\"folder\":\"B\",\"uid\":9,\"parts\":[{\"part\":\"1\",\"size\":0},"
    "{\"part\":\"2\",\"type\":\"a/b\"}],\"secrets\":[{\"kind\":\"card\",\"part\":\"1\"},"
    "{\"kind\":\"unknown\",\"part\":\"2\"},{\"kind\":\"token\"}]}\n"
    "{\"account\":\"a\",\"folder\":\"Z\",\"uid\":1,\"delivered\":\"2026-03-17T12:05:00.250Z\","
    "\"delivered_by_mtime\":true}\n"
    "{\"account\":\"a\",\"folder\":\"Z\",\"uid\":2,\"secrets\":[]}\n"
    "{\"account\":\"b\",\"folder\":\"INBOX\",\"uid\":1,\"size\":2}\n";

static void written_sorted(void **state)
{
	struct scene s;
	scene_start(&s);
	scene_put(&s, "c", SLICE(same_again));
	for (int round = 0; round < 2; round++) {
		struct out o = {.fd = -1};
		struct mailstore *m = scene_open(&s, "c");
		assert_true(mailstore_catalogue(m, &o));
		assert_text(((slice){o.at, o.len}), sorted);
		scene_put(&s, "c", (slice){o.at, o.len});
		out_close(&o);
		mailstore_close(&m);
	}
	scene_end(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(fields),         cmocka_unit_test(find),
	    cmocka_unit_test(find_otherwise), cmocka_unit_test(broken_lines),
	    cmocka_unit_test(no_such_file),   cmocka_unit_test(packed),
	    cmocka_unit_test(written_sorted),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
