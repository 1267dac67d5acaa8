// simd.cpp - the same lines by simdjson's DOM: parsed (`simdjson`), and walked to every value (`simdwalk`).
#include <cstdio>
#include <cstring>
#include <ctime>
#include <fstream>
#include <simdjson.h>
#include <sstream>

static size_t walk(simdjson::dom::element e)
{
	size_t n = 0;
	if (e.is_object()) {
		simdjson::dom::object object = e.get_object();
		for (auto member : object)
			n += walk(member.value);
		return n;
	}
	if (e.is_array()) {
		simdjson::dom::array array = e.get_array();
		for (auto element : array)
			n += walk(element);
		return n;
	}
	std::string_view text;
	return e.get(text) == simdjson::SUCCESS ? text.size() != SIZE_MAX : 1;
}

int main(int argc, char **argv)
{
	std::ifstream in(argv[1]);
	std::stringstream all;
	all << in.rdbuf();
	std::string text = all.str();
	size_t bytes = text.size(), lines = 0, values = 0, bad = 0;
	text.append(simdjson::SIMDJSON_PADDING, '\0'); // as our reader could keep behind its block
	bool walked = argc > 2 && std::strcmp(argv[2], "simdwalk") == 0;
	simdjson::dom::parser parser;
	timespec a, b;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &a);
	for (size_t at = 0; at < bytes; lines++) {
		size_t end = text.find('\n', at);
		end = end == std::string::npos ? bytes : end;
		simdjson::dom::element e;
		if (parser.parse(text.data() + at, end - at, false).get(e))
			bad++;
		else
			values += walked ? walk(e) : 1;
		at = end + 1;
	}
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &b);
	double took = double(b.tv_sec - a.tv_sec) + double(b.tv_nsec - a.tv_nsec) / 1e9;
	std::printf("| %-8s | %6.0f | %9.0f | %zu | %zu |\n", walked ? "simdwalk" : "simdjson", double(bytes) / took / 1e6,
	            double(lines) / took, values, bad);
}
