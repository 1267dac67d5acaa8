/*
 * test_maildir.c - trees of Maildirs: accounts, folders, UIDs, sizes, parts, secrets, round trip.
 */
#include "scene.h"
#include "mailstore/store.h"

#include <archive.h>
#include <archive_entry.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define HEAD  "From: a@x.example\nTo: b@x.example\nMessage-ID: <m1@x.example>\nSubject: s\n"
#define PLAIN HEAD "\nhello\n"

static void mailbox(const struct scene *s, const char *path)
{
	char full[256];
	static const char *const places[] = {"cur", "new", "tmp"};
	for (size_t i = 0; i < 3; i++) {
		snprintf(full, sizeof full, "%s/%s/", path, places[i]);
		scene_put(s, full, SLICE(""));
	}
}

static void put(const struct scene *s, const char *box, const char *file, slice text)
{
	char full[256];
	mailbox(s, box);
	snprintf(full, sizeof full, "%s/%s", box, file);
	scene_put(s, full, text);
}

static const struct {
	const char *box, *account, *folder;
} layouts[] = {
    {"t/ana/Maildir", "ana", "INBOX"},
    {"t/ana/Maildir/.Sent", "ana", "Sent"},
    {"t/ana/Maildir/.Projets.2026", "ana", "Projets.2026"},
    {"t/ana/Maildir/.Envoy&AOk-s", "ana", "Envoy\303\251s"},
    {"t/ana/Maildir/.R&-D", "ana", "R&D"},
    {"t/ana/Maildir/.&2D3eAA-", "ana", "\360\237\230\200"},
    {"t/ana/Maildir/.bad&AOk", "ana", "bad&AOk"},
    {"t/example.org/bob/Maildir", "bob@example.org", "INBOX"},
    {"t/example.org/c.martin", "c.martin@example.org", "INBOX"},
    {"t/example.org/c.martin/.Sent", "c.martin@example.org", "Sent"},
    {"t/dan", "dan", "INBOX"},
    {"t/eve/Work", "Work", "INBOX"},
    {"t/fay", "fay", "INBOX"},
    {"t/fay/Projets/2026", "fay", "Projets/2026"},
    {"t/mail/vmail/example.net/g/gus/Maildir", "gus@example.net", "INBOX"},
    {"t/hal@example.com/Maildir", "hal@example.com", "INBOX"},
};

static void layouts_of_trees(void **state)
{
	struct scene s;
	scene_start(&s);
	for (size_t i = 0; i < sizeof layouts / sizeof layouts[0]; i++)
		put(&s, layouts[i].box, "cur/1773749100.M1P1.mx:2,S", SLICE(PLAIN));
	struct mailstore *m = scene_open(&s, "t");
	assert_non_null(m);
	assert_int_equal(mailstore_count(m), sizeof layouts / sizeof layouts[0]);
	for (size_t i = 0; i < sizeof layouts / sizeof layouts[0]; i++) {
		const struct mail *found = NULL;
		for (size_t k = 0; k < mailstore_count(m); k++) {
			const struct mail *mail = mailstore_mail(m, k);
			if (slice_eq(mail->account, slice_of(layouts[i].account)) &&
			    slice_eq(mail->folder, slice_of(layouts[i].folder)))
				found = mail;
		}
		if (!found)
			fail_msg("%s: not %s %s", layouts[i].box, layouts[i].account,
				 layouts[i].folder);
	}
	mailstore_close(&m);
	m = scene_open(&s, "t/ana/Maildir");
	assert_text(mailstore_mail(m, 0)->account, "ana");
	mailstore_close(&m);
	m = scene_open(&s, "t/example.org");
	assert_text(mailstore_mail(m, 0)->account, "bob");
	mailstore_close(&m);
	scene_end(&s);
}

static void uids_and_sizes(void **state)
{
	struct scene s;
	scene_start(&s);
	put(&s, "t/ana", "cur/1773749100.M582726P1.mx,S=79,W=85:2,S", SLICE(PLAIN));
	put(&s, "t/ana", "new/1773749101.M2P1.mx", SLICE(PLAIN));
	put(&s, "t/ana", "cur/1773749102.M3P1.mx,S=1,W=7:2,RS", SLICE(PLAIN));
	put(&s, "t/ana", "cur/nameless:2,", SLICE(PLAIN));
	put(&s, "t/ana", "cur/1773749103.M4P1.mx:2,", SLICE(PLAIN));
	put(&s, "t/ana", "dovecot-uidlist",
	    SLICE("3 V1772431202 N9 Gabc\n3 :1773749100.M582726P1.mx,S=79,W=85:2,\n"
		  "4 W85 :1773749101.M2P1.mx\nx\n5 G1 W9 :1773749102.M3P1.mx,S=1,W=7\n"));
	struct mailstore *m = scene_open(&s, "t");
	assert_true(scene_noted(&s, "t/ana/dovecot-uidlist:4: "));
	assert_true(scene_noted(&s, "1773749102.M3P1.mx,S=1,W=7:2,RS:0: another size"));
	const struct mail *mail = mailstore_find(m, SLICE("ana"), SLICE("INBOX"), 3);
	assert_int_equal(mail->size, 85);
	assert_int_equal(mail->uidvalidity, 1772431202);
	assert_int_equal(mail->delivered_us, INT64_C(1773749100582000));
	assert_false(mail->delivered_by_mtime);
	assert_text(mail->message_id, "m1@x.example");
	assert_int_equal(mailstore_find(m, SLICE("ana"), SLICE("INBOX"), 4)->size, 85);
	assert_int_equal(mailstore_find(m, SLICE("ana"), SLICE("INBOX"), 5)->size, 7);
	mail = mailstore_find_file(m, SLICE("/var/vmail/nameless:2,S"));
	assert_int_equal(mail->uid, -1);
	assert_true(mail->delivered_by_mtime && mail->delivered_us > 0);
	mail = mailstore_find_file(m, SLICE("1773749103.M4P1.mx"));
	assert_int_equal(mail->size, 85);
	assert_text(mail->file, "ana/cur/1773749103.M4P1.mx:2,");
	mailstore_close(&m);
	scene_end(&s);
}

/* The old form of the list. */
static void uidlist_version_1(void **state)
{
	struct scene s;
	scene_start(&s);
	put(&s, "t/ana", "cur/1.a.mx:2,S", SLICE(PLAIN));
	put(&s, "t/ana", "dovecot-uidlist", SLICE("1 77 9\n6 1.a.mx:2,\n"));
	struct mailstore *m = scene_open(&s, "t");
	const struct mail *mail = mailstore_find(m, SLICE("ana"), SLICE("INBOX"), 6);
	assert_non_null(mail);
	assert_int_equal(mail->uidvalidity, 77);
	mailstore_close(&m);
	scene_end(&s);
}

#define TYPE(t)  "Content-Type: " t "\n"
#define MULTI(b) TYPE("multipart/mixed; boundary=" b) "\n"
#define B64      "Content-Transfer-Encoding: base64\n"

/* `parts`: number, type, name, decoded size of each, one a line. */
static const struct {
	const char *name, *text, *subject, *parts;
} mimes[] = {
    {"no multipart", HEAD TYPE("text/plain") "\nhello\n", "s", "1 text/plain  7\n"},
    {"no header but subject", "Subject: s\n\nhello\n", "s", "1 text/plain  7\n"},
    {"two children",
     HEAD MULTI("b") "--b\n\none\n--b\n" TYPE("application/pdf; name=a.pdf") B64 "\nQUJD\n--b--\n",
     "s", "1 text/plain  3\n2 application/pdf a.pdf 3\n"},
    {"nested",
     HEAD MULTI("b") "--b\n" MULTI("c") "--c\n" TYPE("text/plain") "\nab\n--c\n" TYPE(
	 "text/html") "\n<p>\n--c--\n--b\n" TYPE("image/png") "Content-Disposition: attachment; "
							      "filename=\"p q.png\"\n" B64
							      "\nQUJDRA==\n--b--\n",
     "s", "1.1 text/plain  2\n1.2 text/html  3\n2 image/png p q.png 4\n"},
    {"message in a message",
     HEAD MULTI("b") "--b\n\nx\n--b\n" TYPE("message/rfc822") "\nSubject: in\n" MULTI(
	 "c") "--c\n\none\n--c\n\ntwo!\n--c--\n--b\n" TYPE("message/rfc822") "\nSubject: "
									     "in2\n\nplain\n--b--"
									     "\n",
     "s",
     "1 text/plain  1\n2 message/rfc822  -1\n2.1 text/plain  3\n2.2 text/plain  4\n"
     "3 message/rfc822  -1\n3.1 text/plain  5\n"},
    {"outermost a message",
     HEAD TYPE("message/rfc822") "\nSubject: in\n" MULTI("c") "--c\n\none\n--c--\n", "s",
     "1 message/rfc822  -1\n1.1 text/plain  3\n"},
    {"quoted-printable",
     HEAD TYPE("text/plain; charset=utf-8") "Content-Transfer-Encoding: "
					    "quoted-printable\n\ncaf=C3=A9 =\nx\n",
     "s", "1 text/plain  9\n"},
    {"broken base64", HEAD TYPE("application/zip; name=z.zip") B64 "\nQU!!!JD\n=#Q", "s",
     "1 application/zip z.zip 3\n"},
    {"encoded words",
     "Subject: =?utf-8?Q?R=C3=A9union?= =?iso-8859-1?B?6Q==?=\n" TYPE(
	 "text/plain; name=\"=?utf-8?Q?=C3=A9.txt?=\"") "\n\n",
     "R\303\251union\303\251", "1 text/plain \303\251.txt 2\n"},
    {"RFC 2231 name", "Subject: s\n" TYPE("a/b; name*0*=utf-8''caf%C3%A9; name*1=\".pdf\"") "\nx",
     "s", "1 a/b caf\303\251.pdf 1\n"},
    {"Latin-1 in a header", "Subject: caf\351\n\n", "caf\303\251", "1 text/plain  0\n"},
    {"8-bit junk", "\377\376\200\n\n\377", "", "1 text/plain  1\n"},
    {"type in capitals", "Subject: s\n" TYPE("TEXT/PLAIN") "\nx", "s", "1 text/plain  1\n"},
    {"boundary never met", HEAD MULTI("b") "text\n", "s", ""},
    {"last boundary missing", HEAD MULTI("b") "--b\n\none\n", "s", "1 text/plain  5\n"},
    {"empty", "", "", "1 text/plain  0\n"},
};

static void parts_numbered(void **state)
{
	for (size_t i = 0; i < sizeof mimes / sizeof mimes[0]; i++) {
		struct scene s;
		struct out got = {.fd = -1};
		scene_start(&s);
		put(&s, "t/ana", "cur/1.a.mx:2,S", slice_of(mimes[i].text));
		struct mailstore *m = scene_open(&s, "t");
		const struct mail *mail = mailstore_mail(m, 0);
		for (size_t k = 0; k < mail->part_count; k++) {
			const struct mail_part *part = &mail->parts[k];
			out_slice(&got, part->part);
			out_char(&got, ' ');
			out_slice(&got, part->type);
			out_char(&got, ' ');
			out_slice(&got, part->name);
			out_format(&got, " %d\n", (int)part->size);
		}
		if (!slice_eq((slice){got.at, got.len}, slice_of(mimes[i].parts)) ||
		    !slice_eq(mail->subject, slice_of(mimes[i].subject)))
			fail_msg("%s: got \"%.*s\" and\n%.*s", mimes[i].name,
				 (int)mail->subject.len, mail->subject.at, (int)got.len, got.at);
		out_close(&got);
		mailstore_close(&m);
		scene_end(&s);
	}
}

#define PASSWORD_CSV "login;password\nbob;Xk29dfq1\n"

static const struct {
	const char *name, *text;
	uint32_t want;
	bool opaque; /* of the last part */
} searched[] = {
    {"plain", HEAD "\nmdp: Azerty123!\n", 1 << SECRET_PASSWORD, false},
    {"nothing", HEAD "\nhello\n", 0, false},
    {"base64", HEAD B64 "\nbWRwOiBBemVydHkxMjMh\n", 1 << SECRET_PASSWORD, false},
    {"Latin-1", HEAD TYPE("text/plain; charset=iso-8859-1") "\nContrase\361a: Verano2026\n",
     1 << SECRET_PASSWORD, false},
    {"Latin-1 not declared", HEAD "\nContrase\361a: Verano2026\n", 1 << SECRET_PASSWORD, false},
    {"UTF-16",
     HEAD TYPE("text/plain; charset=utf-16le") B64
     "\nbQBkAHAAOgAgAEEAegBlAHIAdAB5ADEAMgAzACEACgA=\n",
     1 << SECRET_PASSWORD, false},
    {"unknown charset", HEAD TYPE("text/plain; charset=x-none") "\nmdp: Azerty123!\n",
     1 << SECRET_PASSWORD, false},
    {"HTML", HEAD TYPE("text/html") "\n<td>Password</td><td>Xk29dfq1</td>\n", 1 << SECRET_PASSWORD,
     false},
    {"link in HTML",
     HEAD TYPE(
	 "text/html") "\n<a href='https://x.example/reset?token=9f86d081884c7d659a2f'>x</a>\n",
     1 << SECRET_RESET, false},
    {"subject", "Subject: mdp: Azerty123!\n\nx\n", 1 << SECRET_PASSWORD, false},
    {"attached CSV", HEAD TYPE("application/octet-stream; name=l.csv") "\n" PASSWORD_CSV,
     1 << SECRET_PASSWORD, false},
    {"PDF", HEAD TYPE("application/pdf") "\n%PDF-1.4\nmdp: Azerty123!\n", 0, true},
    {"image", HEAD TYPE("image/png") "\n\211PNG\r\n\032\n", 0, true},
    {"PDF called text", HEAD TYPE("text/plain") "\n%PDF-1.4\nmdp: Azerty123!\n", 0, true},
    {"inside a forwarded message", HEAD TYPE("message/rfc822") "\nSubject: in\n\nmdp: Azerty123!\n",
     1 << SECRET_PASSWORD, false},
};

static void secrets_searched(void **state)
{
	for (size_t i = 0; i < sizeof searched / sizeof searched[0]; i++) {
		struct scene s;
		scene_start(&s);
		put(&s, "t/ana", "cur/1.a.mx:2,S", slice_of(searched[i].text));
		struct mailstore *m = scene_open(&s, "t");
		const struct mail *mail = mailstore_mail(m, 0);
		assert_false(mail->looked);
		uint32_t got = mailstore_secrets(m, mail);
		assert_true(mail->looked && mail->secrets == got);
		if (got != searched[i].want ||
		    mail->parts[mail->part_count - 1].opaque != searched[i].opaque)
			fail_msg("%s: got %x, want %x", searched[i].name, got, searched[i].want);
		mailstore_close(&m);
		scene_end(&s);
	}
}

/* A zip of two members, as office programs write them. */
static slice zip_of(char *room, size_t size, const char *const members[][2])
{
	size_t used = 0;
	struct archive *a = archive_write_new();
	archive_write_set_format_zip(a);
	archive_write_open_memory(a, room, size, &used);
	for (size_t i = 0; members[i][0]; i++) {
		struct archive_entry *entry = archive_entry_new();
		archive_entry_set_pathname(entry, members[i][0]);
		archive_entry_set_filetype(entry, AE_IFREG);
		archive_entry_set_size(entry, (int64_t)strlen(members[i][1]));
		archive_write_header(a, entry);
		archive_write_data(a, members[i][1], strlen(members[i][1]));
		archive_entry_free(entry);
	}
	archive_write_close(a);
	archive_write_free(a);
	return (slice){room, used};
}

static const struct {
	const char *name;
	const char *const members[3][2];
	const char *want; /* NULL: no office document */
} documents[] = {
    {"docx",
     {{"[Content_Types].xml", "<x>no</x>"},
      {"word/document.xml", "<w:p><w:r><w:t>Mot de </w:t></w:r><w:r><w:t>passe : </w:t></w:r>"
			    "<w:r><w:t>Xk29dfq1</w:t></w:r></w:p><w:p>b</w:p>"}},
     "Mot de passe : Xk29dfq1\nb\n\n"},
    {"xlsx, strings last",
     {{"xl/worksheets/sheet1.xml",
       "<row><c r=\"A1\" t=\"s\"><v>1</v></c><c r=\"C1\" t=\"s\"><v>0</v></c></row>"
       "<row><c r=\"A2\"><v>7</v></c><c r=\"C2\" t=\"inlineStr\"><is><t>Xk29dfq1</t></is></c>"
       "</row>"},
      {"xl/sharedStrings.xml",
       "<sst><si><t>Password</t></si><si><r><t>log</t></r><r><t>in</t></r></si></sst>"}},
     "login\t\tPassword\n7\t\tXk29dfq1\n"},
    {"xlsx, string out of range",
     {{"xl/worksheets/sheet1.xml", "<row><c t=\"s\"><v>99</v></c><c><v>a&amp;b</v></c></row>"}},
     "\ta&b\n"},
    {"odt",
     {{"content.xml", "<text:p>PIN<text:tab/>4821</text:p><text:p>x</text:p>"}},
     "PIN\t4821\nx\n\n"},
    {"a plain zip", {{"a.txt", "mdp: Azerty123!"}}, NULL},
};

static void office_documents(void **state)
{
	for (size_t i = 0; i < sizeof documents / sizeof documents[0]; i++) {
		char room[4096];
		struct out o = {.fd = -1};
		slice zip = zip_of(room, sizeof room, documents[i].members);
		bool is = office_text(zip, &o);
		slice got = {o.at, o.len};
		if (is != (documents[i].want != NULL) ||
		    !slice_eq(got, slice_of(documents[i].want)))
			fail_msg("%s: got \"%.*s\"", documents[i].name, (int)got.len, got.at);
		for (size_t cut = 0; cut < zip.len; cut += 7)
			office_text(slice_first(zip, cut), &o);
		out_close(&o);
	}
}

static void repeat(struct out *o, const char *text, int times)
{
	for (int i = 0; i < times; i++)
		out_text(o, text);
}

/* What would overrun a stack, or a table, in careless hands. */
static void hostile(void **state)
{
	struct scene s;
	struct out o = {.fd = -1};
	scene_start(&s);
	repeat(&o, TYPE("multipart/mixed; boundary=b") "\n--b\n", 5000);
	put(&s, "t/ana", "cur/1.deep:2,", (slice){o.at, o.len});
	o.len = 0;
	repeat(&o, TYPE("message/rfc822") "\n", 5000);
	put(&s, "t/ana", "cur/2.messages:2,", (slice){o.at, o.len});
	o.len = 0;
	out_text(&o, MULTI("b"));
	repeat(&o, "--b\n\n", 20000);
	put(&s, "t/ana", "cur/3.many:2,", (slice){o.at, o.len});
	o.len = 0;
	out_text(&o, "To: ");
	repeat(&o, "a:", 400000);
	out_text(&o, "\n\nx");
	put(&s, "t/ana", "cur/4.groups:2,", (slice){o.at, o.len});
	o.len = 0;
	out_text(&o, "Subject: ");
	repeat(&o, "word \303\251", 200000);
	put(&s, "t/ana", "cur/5.long:2,", (slice){o.at, o.len});
	out_close(&o);
	struct mailstore *m = scene_open(&s, "t");
	assert_int_equal(mailstore_count(m), 5);
	assert_true(scene_noted(&s, "1.deep:2,:0: parts nested too deep"));
	assert_true(scene_noted(&s, "2.messages:2,:0: parts nested too deep"));
	assert_true(scene_noted(&s, "3.many:2,:0: parts nested too deep or too many"));
	assert_int_equal(mailstore_find_file(m, SLICE("3.many"))->part_count, 10000);
	assert_true(mailstore_find_file(m, SLICE("5.long"))->subject.len <= 4096);
	for (size_t i = 0; i < mailstore_count(m); i++)
		mailstore_secrets(m, mailstore_mail(m, i));
	mailstore_close(&m);
	scene_end(&s);
}

static void not_maildirs(void **state)
{
	struct scene s;
	char from[128], to[128];
	scene_start(&s);
	scene_put(&s, "empty/", SLICE(""));
	assert_null(scene_open(&s, "empty"));
	assert_true(scene_noted(&s, "empty:0: no Maildir"));
	scene_put(&s, "dbox/ana/mailboxes/INBOX/dbox-Mails/u.1", SLICE("x"));
	assert_null(scene_open(&s, "dbox"));
	assert_true(scene_noted(&s, "doveadm backup"));
	put(&s, "t/ana", "cur/1.a:2,", SLICE(PLAIN));
	put(&s, "elsewhere/bob", "cur/1.a:2,", SLICE(PLAIN));
	snprintf(from, sizeof from, "%s/elsewhere/bob", s.dir);
	snprintf(to, sizeof to, "%s/t/bob", s.dir);
	assert_int_equal(symlink(from, to), 0);
	snprintf(to, sizeof to, "%s/t/ana/cur/2.b:2,", s.dir);
	assert_int_equal(symlink("/etc/passwd", to), 0);
	struct mailstore *m = scene_open(&s, "t");
	assert_int_equal(mailstore_count(m), 1);
	assert_true(scene_noted(&s, "t/bob:0: a symbolic link"));
	assert_true(scene_noted(&s, "t/ana/cur/2.b:2,:0: a link"));
	mailstore_close(&m);
	scene_end(&s);
}

/* Packed by Dovecot's zlib plugin, or encrypted by mail_crypt. */
static void packed_mails(void **state)
{
	static const unsigned char gz[] = {0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02,
					   0xff, 0x0b, 0x2e, 0x4d, 0xca, 0x4a, 0x4d, 0x2e, 0xb1,
					   0x52, 0x28, 0xe6, 0xe2, 0xaa, 0xe0, 0x02, 0x00, 0x65,
					   0x93, 0xf6, 0xf1, 0x0e, 0x00, 0x00, 0x00};
	struct scene s;
	scene_start(&s);
	put(&s, "t/ana", "cur/1.gz:2,", (slice){(const char *)gz, sizeof gz});
	put(&s, "t/ana", "cur/2.cut:2,", (slice){(const char *)gz, 15});
	put(&s, "t/ana", "cur/3.crypt,W=99:2,", SLICE("CRYPTED\003\007..."));
	struct mailstore *m = scene_open(&s, "t");
	assert_text(mailstore_find_file(m, SLICE("1.gz"))->subject, "s");
	assert_int_equal(mailstore_find_file(m, SLICE("1.gz"))->size, 17);
	assert_true(scene_noted(&s, "2.cut:2,:0: packed, but damaged"));
	assert_int_equal(mailstore_find_file(m, SLICE("2.cut"))->size, -1);
	assert_true(scene_noted(&s, "3.crypt,W=99:2,:0: encrypted"));
	assert_int_equal(mailstore_find_file(m, SLICE("3.crypt,W=99"))->size, 99);
	mailstore_close(&m);
	scene_end(&s);
}

/* The catalogue of a tree, opened again, writes itself. */
static void round_trip(void **state)
{
	struct scene s;
	struct out first = {.fd = -1}, second = {.fd = -1};
	scene_start(&s);
	for (size_t i = 0; i < sizeof mimes / sizeof mimes[0]; i++) {
		char file[64];
		snprintf(file, sizeof file, "cur/17737491%02d.M%dP1.mx:2,", (int)i, (int)i * 1000);
		put(&s, i % 2 ? "t/example.org/ana" : "t/bob/Maildir/.Envoy&AOk-s", file,
		    slice_of(mimes[i].text));
	}
	put(&s, "t/bob/Maildir", "cur/nameless:2,", slice_of(searched[0].text));
	put(&s, "t/bob/Maildir", "cur/pdf:2,", SLICE(HEAD TYPE("application/pdf") "\n%PDF-1.4\n"));
	put(&s, "t/bob/Maildir", "dovecot-uidlist", SLICE("3 V5 N9\n2 :nameless\n"));
	struct mailstore *m = scene_open(&s, "t");
	assert_true(mailstore_catalogue(m, &first));
	mailstore_close(&m);
	scene_put(&s, "c.jsonl", (slice){first.at, first.len});
	m = scene_open(&s, "c.jsonl");
	assert_int_equal(s.notes.len, 0);
	assert_int_equal(mailstore_count(m), 2 + sizeof mimes / sizeof mimes[0]);
	assert_true(mailstore_catalogue(m, &second));
	mailstore_close(&m);
	assert_int_equal(first.len, second.len);
	assert_memory_equal(first.at, second.at, first.len);
	slice text = {first.at, first.len};
	assert_true(slice_search(text, SLICE("{\"kind\":\"password\",\"part\":\"1\"}")) !=
		    SIZE_MAX);
	assert_true(slice_search(text, SLICE("{\"kind\":\"unknown\",\"part\":\"1\"}")) != SIZE_MAX);
	assert_true(slice_search(text, SLICE("Azerty123")) == SIZE_MAX);
	out_close(&first);
	out_close(&second);
	scene_end(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(layouts_of_trees),  cmocka_unit_test(uids_and_sizes),
	    cmocka_unit_test(uidlist_version_1), cmocka_unit_test(parts_numbered),
	    cmocka_unit_test(secrets_searched),  cmocka_unit_test(office_documents),
	    cmocka_unit_test(hostile),           cmocka_unit_test(not_maildirs),
	    cmocka_unit_test(packed_mails),      cmocka_unit_test(round_trip),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
