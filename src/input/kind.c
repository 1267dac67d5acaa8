/*
 * kind.c - what a file is, told by its bytes and never by its name.
 *
 * Marks are those of the formats' own documents; the row's order is the order of trial.
 */
#include "room.h"

#include <archive.h>

static const char NOT_A_LOG[] = "nothing to do, unless it should have been a log";
static const char FROM_UTF_32[] = "turn it into UTF-8 first: iconv -f UTF-32 -t UTF-8";

#define MARK(lit) SLICE_INIT(lit)
static const struct kind kinds[] = {
    /* RFC 1952 2.3.1 */
    {"gzip", KIND_CODEC, 0, MARK("\x1f\x8b\x08"), NULL},
    /* the xz file format 2.1.1.1 */
    {"xz", KIND_CODEC, 0,
     MARK("\xfd"
	  "7zXZ\0"),
     archive_read_support_filter_xz},
    /* RFC 8878 3.1.1 */
    {"zstd", KIND_CODEC, 0, MARK("\x28\xb5\x2f\xfd"), archive_read_support_filter_zstd},
    /* LZ4 frame format: frame, legacy frame */
    {"lz4", KIND_CODEC, 0, MARK("\x04\x22\x4d\x18"), archive_read_support_filter_lz4},
    {"lz4", KIND_CODEC, 0, MARK("\x02\x21\x4c\x18"), archive_read_support_filter_lz4},
    /* pi, or its root for an empty one, behind BZh1 to BZh9 */
    {"bzip2", KIND_CODEC, 4, MARK("1AY&SY"), archive_read_support_filter_bzip2},
    {"bzip2", KIND_CODEC, 4, MARK("\x17\x72\x45\x38\x50\x90"), archive_read_support_filter_bzip2},
    /* APPNOTE.TXT 4.3.7, 4.3.16 (an archive of nothing) */
    {"zip", KIND_ARCHIVE, 0, MARK("PK\3\4"), archive_read_support_format_zip, true},
    {"zip", KIND_ARCHIVE, 0, MARK("PK\5\6"), archive_read_support_format_zip, true},
    /* 7zFormat.txt */
    {"7z", KIND_ARCHIVE, 0, MARK("7z\xbc\xaf\x27\x1c"), archive_read_support_format_7zip, true,
     true},
    /* logs, but not as text */
    {"a systemd journal", KIND_JOURNAL, 0, MARK("LPKSHHRH"),
     .remedy = "journalctl --file THIS -o json > journal.json, then name that"},
    {"a Windows event log", KIND_STORE, 0, MARK("ElfFile\0"),
     .remedy = "turn it into text first, for instance with evtx_dump -o jsonl"},
    {"UTF-32 text", KIND_STORE, 0, MARK("\xff\xfe\0\0"), .remedy = FROM_UTF_32},
    {"UTF-32 text", KIND_STORE, 0, MARK("\0\0\xfe\xff"), .remedy = FROM_UTF_32},
    {"UTF-16 text", KIND_TEXT, 0, MARK("\xff\xfe"), .wide = WIDE_LITTLE},
    {"UTF-16 text", KIND_TEXT, 0, MARK("\xfe\xff"), .wide = WIDE_BIG},
    {"a RAR archive", KIND_STORE, 0, MARK("Rar!\x1a\7"), .remedy = "unpack it first"},
    {"data of compress(1)", KIND_STORE, 0, MARK("\x1f\x9d"), .remedy = "uncompress it first"},
    {"an encrypted file of age", KIND_STORE, 0, MARK("age-encryption.org/"),
     .remedy = "decrypt it first"},
    /* no logs */
    {"an SQLite database", KIND_OTHER, 0, MARK("SQLite format 3\0")},
    {"a program", KIND_OTHER, 0,
     MARK("\x7f"
	  "ELF")},
    {"a PDF document", KIND_OTHER, 0, MARK("%PDF-")},
    {"a PNG picture", KIND_OTHER, 0, MARK("\x89PNG\r\n")},
    {"a JPEG picture", KIND_OTHER, 0, MARK("\xff\xd8\xff")},
    {"a network capture", KIND_OTHER, 0, MARK("\xd4\xc3\xb2\xa1")},
    {"a network capture", KIND_OTHER, 0, MARK("\x0a\x0d\x0d\x0a")},
    {"Berkeley DB", KIND_OTHER, 12, MARK("\x62\x31\x05\0")},
    {"Berkeley DB", KIND_OTHER, 12, MARK("\x61\x15\x06\0")},
    {"a geographic database", KIND_OTHER, 0, MARK("\xab\xcd\xefMaxMind.com")},
    {"figures of sysstat", KIND_OTHER, 0, MARK("\x96\xd5\x75\x21")}, /* sa.h, format 0x2175 */
    {"a binary log of MySQL", KIND_OTHER, 0, MARK("\xfe\x62\x69n")},
    {"figures of rrdtool", KIND_OTHER, 0, MARK("RRD\0")},
};

static const struct kind kind_tar = {"tar", KIND_ARCHIVE,
				     .enable = archive_read_support_format_tar};
static const struct kind kind_text = {"text", KIND_TEXT};
static const struct kind kinds_wide[] = {
    [WIDE_LITTLE] = {"UTF-16 text", KIND_TEXT, .wide = WIDE_LITTLE},
    [WIDE_BIG] = {"UTF-16 text", KIND_TEXT, .wide = WIDE_BIG},
};
static const struct kind kind_quad = {"UTF-32 text", KIND_STORE, .remedy = FROM_UTF_32};
static const struct kind kind_empty = {"empty", KIND_EMPTY};
static const struct kind kind_sign_ins = {
    "sign-ins as login(1) keeps them", KIND_OTHER,
    .remedy = "last --file THIS shows them; those of sshd and PAM stand in auth.log too"};
static const struct kind kind_junk = {"binary data", KIND_JUNK, .remedy = NOT_A_LOG};

/*
 * POSIX ustar: bytes 148 to 155 of a header hold, in octal, the sum of all 512 with these eight
 * as spaces.  True of old tars as well, which have no mark.
 */
static bool is_tar(slice block)
{
	if (block.len < 512 || block.at[0] == '\0')
		return false;
	int64_t sum = 0, want = 0;
	for (size_t i = 0; i < 512; i++)
		sum += i - 148 < 8 ? ' ' : (unsigned char)block.at[i];
	slice field = {block.at + 148, 8};
	while (field.len && (*field.at == ' ' || *field.at == '0'))
		field = slice_from(field, 1);
	for (; field.len && *field.at >= '0' && *field.at <= '7'; field = slice_from(field, 1))
		want = want * 8 + (*field.at - '0');
	return sum == want;
}

/* Words, then nothing but NULs. */
static bool is_padded(slice field)
{
	size_t n = 0;
	while (n < field.len && field.at[n] >= ' ')
		n++;
	while (n < field.len && field.at[n] == '\0')
		n++;
	return n == field.len;
}

/*
 * wtmp, btmp and utmp lie in every /var/log.  utmp(5) of glibc: a type from 1 to 9, two bytes of
 * nothing, the process, the terminal (32), its id (4), the name (32), the host (256).
 */
static bool is_sign_ins(slice block)
{
	static const slice filler = SLICE_INIT("\0\0\0");
	return block.len >= 384 && block.at[0] >= 1 && block.at[0] <= 9 &&
	       slice_eq((slice){block.at + 1, 3}, filler) && is_padded((slice){block.at + 8, 32}) &&
	       is_padded((slice){block.at + 44, 32});
}

/*
 * Length of the well-formed UTF-8 sequence (RFC 3629 4, shortest forms loosely) at the front, or 0.
 */
static size_t utf8_length(slice s)
{
	unsigned char c = (unsigned char)s.at[0];
	size_t n = c < 0x80                ? 1
		   : c >= 0xc2 && c < 0xe0 ? 2
		   : (c & 0xf0) == 0xe0    ? 3
		   : c >= 0xf0 && c < 0xf5 ? 4
					   : 0;
	if (n > s.len)
		return 0;
	for (size_t i = 1; i < n; i++)
		if (((unsigned char)s.at[i] & 0xc0) != 0x80)
			return 0;
	return n;
}

static bool is_odd(unsigned char c)
{
	return (c < ' ' && !(c >= '\b' && c <= '\r') && c != 0x1b) || c == 0x7f;
}

/*
 * More than two bytes in five that no text holds.  Random bytes come to 58 %, a log of plain
 * Chinese in GBK stays below 30 %; whoever writes rubbish into a log cannot make us drop the log.
 * A run of NULs in front does not count: copytruncate and power cuts leave such holes.
 */
static bool is_junk(slice block)
{
	while (block.len && block.at[0] == '\0')
		block = slice_from(block, 1);
	size_t all = block.len, odd = 0;
	while (block.len) {
		size_t n = utf8_length(block);
		odd += n == 0 || is_odd((unsigned char)block.at[0]);
		block = slice_from(block, n ? n : 1);
	}
	return odd * 5 > all * 2;
}

static bool bears(slice block, const struct kind *k)
{
	return slice_starts(slice_from(block, k->at), k->mark);
}

/* Letters of UTF-32 without a mark: three bytes of four are NUL, the fourth is not. */
static bool is_quad(slice block)
{
	size_t n = block.len < 256 ? block.len & ~(size_t)3 : 256, letters[4] = {0};
	for (size_t i = 0; i < n; i++)
		letters[i & 3] += block.at[i] != '\0';
	return n >= 32 && letters[1] + letters[2] == 0 &&
	       (letters[0] ? letters[0] == n / 4 && !letters[3] : letters[3] == n / 4);
}

const struct kind *kind_of(slice block)
{
	if (block.len == 0)
		return &kind_empty;
	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
		if (bears(block, &kinds[i]))
			return &kinds[i];
	if (is_tar(block))
		return &kind_tar;
	if (is_quad(block))
		return &kind_quad;
	if (is_sign_ins(block))
		return &kind_sign_ins;
	if (wide_guess(block) != NARROW)
		return &kinds_wide[wide_guess(block)];
	return is_junk(block) ? &kind_junk : &kind_text;
}
