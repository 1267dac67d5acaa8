/*
 * leaks.c - linked to every target: the leaks that are not ours.
 * libfyaml 0.7.12 forgets 2 KiB for each quoted scalar of more than 64 pieces ("''" is a piece),
 * in fy_atom_format_text, and a buffer at some syntax errors.  Debian's build has no frame
 * pointers, so only its library can be named; a document that we forget is found by the unit tests,
 * which run without this.
 */
const char *__lsan_default_suppressions(void);

const char *__lsan_default_suppressions(void)
{
	return "leak:libfyaml.so\n";
}
