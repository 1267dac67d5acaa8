/* Records that are no lines: elements of JSON, objects over many lines, rows with line ends in
 * them. */
#include "room_of.h"

#include <stdio.h>

#define HEAD "a,b,c,d\n"

static const struct {
	const char *name;
	slice bytes;
	const char *want;
} cases[] = {
    {"an array", SLICE_INIT("[{\"a\":1},{\"b\":\"}\"}]\n"), "1@1={\"a\":1}|1@9={\"b\":\"}\"}|"},
    {"an array over lines", SLICE_INIT("[\n {\"a\":\n1},\r\n {}\n]"), "2@3={\"a\":\n1}|4@15={}|"},
    {"an array a line", SLICE_INIT("[{\"a\":1}]\n[{\"b\":1}]\n"), "1@1={\"a\":1}|2@11={\"b\":1}|"},
    {"objects over lines", SLICE_INIT("{\n\"a\":[1]\n}\n{\n}\n"), "1@0={\n\"a\":[1]\n}|4@12={\n}|"},
    {"an object a line", SLICE_INIT("{\"a\":1}\nx\n"), "1@0={\"a\":1}|2@8=x|"},
    {"Graph's envelope", SLICE_INIT("{\"@odata.context\":\"x\",\"value\":[{\"a\":1},{\"b\":2}]}"),
     "1@31={\"a\":1}|1@39={\"b\":2}|"},
    {"Event Hub's, twice", SLICE_INIT("{\"records\":[{\"a\":1}]}\n{\"records\": [ {\"b\":2}]}"),
     "1@12={\"a\":1}|2@36={\"b\":2}|"},
    {"Elastic's", SLICE_INIT("{\"took\":1,\"hits\":{\"total\":2,\"hits\":[{\"a\":1}]}}"),
     "1@36={\"a\":1}|"},
    {"Loki's streams",
     SLICE_INIT("{\"data\":{\"result\":[{\"stream\":{},\"values\":[[\"1773749100\",\"a]\\\"\"],[\n"
		"\"1773749101\",\"b\",{\"c\":\"d\"}]]},{\"values\":[[\"1773749102\",\"e\"]]}]}}"),
     "1@43=\"1773749100\",\"a]\\\"\"|2@66=\"1773749101\",\"b\"|2@108=\"1773749102\",\"e\"|"},
    {"values that are no pairs", SLICE_INIT("[{\"values\":[\"1773749100\"]},{\"values\":[[1,2]]}]"),
     "1@1={\"values\":[\"1773749100\"]}|1@27={\"values\":[[1,2]]}|"},
    {"CloudWatch's", SLICE_INIT("{\"events\":[{\"message\":\"a\"},{\"b\":2}]}"),
     "1@11={\"message\":\"a\"}|1@27={\"b\":2}|"},
    {"CloudWatch's subscriptions",
     SLICE_INIT("{\"owner\":\"1\",\"logEvents\":[{\"message\":\"a\"}]}"),
     "1@26={\"message\":\"a\"}|"},
    {"events of a record are its own", SLICE_INIT("[{\"id\":1,\"events\":[{\"name\":\"a\"}]}]"),
     "1@1={\"id\":1,\"events\":[{\"name\":\"a\"}]}|"},
    {"GELF with its NULs", SLICE_INIT("{\"a\":1}\0{\"b\":\n2}\0"),
     "1@0={\"a\":1}|1@8={\"b\":\n2}|"},
    {"a brace that is never closed before a NUL", SLICE_INIT("{\"a\":1}\0{\"b\":[1\0{\"c\":1}\0"),
     "1@0={\"a\":1}|1@8={\"b\":[1!1@16={\"c\":1}|"},
    {"no envelope: a value of its own", SLICE_INIT("{\n\"x\":{\"value\":[{}]}}"),
     "1@0={\n\"x\":{\"value\":[{}]}}|"},
    {"a byte order mark", SLICE_INIT("\xef\xbb\xbf[{}]"), "1@4={}|"},
    {"quotes and braces in strings", SLICE_INIT("[{\"a\":\"\\\"}{\\\\\"},{}]"),
     "1@1={\"a\":\"\\\"}{\\\\\"}|1@16={}|"},
    {"cut at the end", SLICE_INIT("[{\"a\":1},{\"b\":"), "1@1={\"a\":1}|1@9={\"b\":!"},
    {"cut at the end, over lines", SLICE_INIT("[\n {\"a\":1},\n {\n  \"b\": {\n   \"c\":"),
     "2@3={\"a\":1}|3@13={\n  \"b\": {\n   \"c\":!"},
    {"a brace that is never closed costs its line", SLICE_INIT("[{}]\n{\"a\":[1,\n{\"b\":1}\n"),
     "1@1={}|2@5={\"a\":[1,!3@14={\"b\":1}|"},
    {"a string that never ends costs its line", SLICE_INIT("[{\"a\":\"x},\n{\"b\":1},\n{\"c\":1}]"),
     "1@1={\"a\":\"x},!2@11={\"b\":1}|3@20={\"c\":1}|"},
    {"a word between", SLICE_INIT("[{}\nerror: x\n{}]"), "1@1={}|2@4=error: x|3@13={}|"},
    {"a log of brackets is none", SLICE_INIT("[17-Mar] {\n}\n"), "1@0=[17-Mar] {|2@11=}|"},
    {"rows", SLICE_INIT(HEAD "1,2,3,4\r\n5,6,7,8"), "1@0=a,b,c,d|2@8=1,2,3,4|3@17=5,6,7,8|"},
    {"a row over lines", SLICE_INIT(HEAD "1,\"x\ny\"\"\n\",3,4\n5,,,\n"),
     "1@0=a,b,c,d|2@8=1,\"x\ny\"\"\n\",3,4|5@23=5,,,|"},
    {"the last row is over lines", SLICE_INIT(HEAD "1,2,3,\"x\ny\""),
     "1@0=a,b,c,d|2@8=1,2,3,\"x\ny\"|"},
    {"a quote that is never closed costs its line", SLICE_INIT(HEAD "1,\"x\n2,2,2,2\n3,,,\n"),
     "1@0=a,b,c,d|2@8=1,\"x|3@13=2,2,2,2|4@21=3,,,|"},
    {"one that another row's would close", SLICE_INIT(HEAD "1,\"x\n2,\"y\",2,2\n"),
     "1@0=a,b,c,d|2@8=1,\"x|3@13=2,\"y\",2,2|"},
    {"a quote within a field is a byte", SLICE_INIT(HEAD "1,x\"y,3,4\n5,6,7,8\n"),
     "1@0=a,b,c,d|2@8=1,x\"y,3,4|3@18=5,6,7,8|"},
    {"semicolons", SLICE_INIT("\"a\";\"b c\";c;d\n1;\"x\ny\";3;4\n"),
     "1@0=\"a\";\"b c\";c;d|2@14=1;\"x\ny\";3;4|"},
    {"behind the line of Export-Csv", SLICE_INIT("#TYPE x\n" HEAD "1,\"x\ny\",3,4\n"),
     "1@0=#TYPE x|2@8=a,b,c,d|3@16=1,\"x\ny\",3,4|"},
    {"an answer of Log Analytics",
     SLICE_INIT(
	 "{\"tables\":[{\"name\":\"x\",\"columns\":[{\"name\":\"a\"}],\"rows\":[[1,2,\"]\",null],"
	 "\n[\"b\",{},3,4]]},{\"name\":\"y\",\"columns\":[],\"rows\":[]}]}"),
     "1@0={\"tables\":[{\"name\":\"x\",\"columns\":[{\"name\":\"a\"}],\"rows\":[|1@56=[1,2,\"]\","
     "null]|2@"
     "72=[\"b\",{},3,4]|2@87={\"name\":\"y\",\"columns\":[],\"rows\":[]}|"},
    {"activities of Google, and not the events within",
     SLICE_INIT(
	 "{\"kind\":\"k\",\"items\":[{\"kind\":\"admin#reports#activity\",\"events\":[{\"name\":"
	 "\"a\"}]},\n{\"kind\":\"admin#reports#activity\",\"events\":[{\"name\":\"b\"}]}]}"),
     "1@21={\"kind\":\"admin#reports#activity\",\"events\":[{\"name\":\"a\"}]}|2@80={\"kind\":"
     "\"admin#reports#"
     "activity\",\"events\":[{\"name\":\"b\"}]}|"},
    {"a log with commas is none", SLICE_INIT("12:00 a, b, c, d \"x\ny\"\n"),
     "1@0=12:00 a, b, c, d \"x|2@20=y\"|"},
};

static void tells_records_apart(void **state)
{
	struct bench *b = bench_open();
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct input_set *set = bench_set(b, bench_write(b, "a.log", cases[i].bytes));
		print_message("%s\n", cases[i].name);
		assert_string_equal(bench_records(b, set, 0), cases[i].want);
		input_set_close(&set);
	}
	bench_close(&b);
}

/* Law 1: a reader that begins at a record finds it, and the rest behind it. */
static void begins_anywhere(void **state)
{
	struct bench *b = bench_open();
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct input_set *set = bench_set(b, bench_write(b, "a.log", cases[i].bytes));
		struct input_reader *r = input_read(set, 0, false),
				    *other = input_read(set, 0, false);
		for (struct record e, again; input_next(r, &e);) {
			slice quoted;
			input_seek(other, e.offset, e.line);
			assert_true(input_next(other, &again));
			assert_true(slice_eq(e.text, again.text) && e.line == again.line);
			assert_true(
			    input_quote(set, 0, e.offset, (uint32_t)e.raw.len, &b->arena, &quoted));
			assert_true(slice_eq(quoted, e.raw));
		}
		input_close(&r);
		input_close(&other);
		input_set_close(&set);
	}
	bench_close(&b);
}

/* Elements and rows over the edges of blocks, and one that is longer than what is kept. */
static void over_the_edges_of_blocks(void **state)
{
	struct bench *b = bench_open();
	struct out o = {.fd = -1};
	out_text(&o, "[");
	for (int i = 0; i < 40000; i++)
		out_format(&o, "%s{\"n\":\n\"%*d\"}", i ? "," : "", i % 97, i);
	out_text(&o, ",\n{\"long\":\"");
	for (int i = 0; i < 3 * INPUT_LINE_MOST / 2; i++)
		out_char(&o, 'x');
	out_text(&o, "\"},\n{\"last\":1}]");
	struct input_set *set = bench_set(b, bench_write(b, "a.json", (slice){o.at, o.len}));
	struct input_reader *r = input_read(set, 0, false);
	struct record e = {0}, before;
	uint64_t n = 0, cut = 0;
	for (before = e; input_next(r, &e); before = e, n++) {
		cut += e.cut;
		assert_true(n > 40000 || slice_starts(e.text, n < 40000 ? SLICE("{\"n\":\n")
									: SLICE("{\"long\"")));
	}
	assert_true(slice_eq(before.text, SLICE("{\"last\":1}")));
	assert_true(cut == 1 && n >= 40002);
	input_close(&r);
	input_set_close(&set);
	out_close(&o);
	bench_close(&b);
}

/* Braces, quotes and nothing else: no more than so many bytes are looked at again and again. */
static void hostile_text_is_read_in_time(void **state)
{
	static const char *const pieces[] = {"{\n",        "{\"a\n", "[{,\n",
					     "{\"a\":[\n", "\"\n",   "{\"value\":["};
	struct bench *b = bench_open();
	for (size_t i = 0; i < sizeof pieces / sizeof *pieces; i++) {
		struct out o = {.fd = -1};
		out_text(&o, i == 4 ? HEAD : "[{\n");
		while (o.len < 4 << 20)
			out_text(&o, pieces[i]);
		struct input_set *set = bench_set(b, bench_write(b, "a", (slice){o.at, o.len}));
		struct input_reader *r = input_read(set, 0, false);
		uint64_t bytes = 0;
		for (struct record e; input_next(r, &e);)
			bytes += e.raw.len;
		assert_true(bytes > 0);
		input_close(&r);
		input_set_close(&set);
		out_close(&o);
	}
	bench_close(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(tells_records_apart),
	    cmocka_unit_test(begins_anywhere),
	    cmocka_unit_test(over_the_edges_of_blocks),
	    cmocka_unit_test(hostile_text_is_read_in_time),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
