/* say.c - numbers, times and names as people read them. */
#include "parts.h"

static bool digits(const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (s[i] < '0' || s[i] > '9')
			return false;
	return true;
}

/* Sigma's tag for MITRE ATT&CK: attack.tNNNN or attack.tNNNN.NNN. */
bool technique(const char *tag, char out[TECHNIQUE_TEXT])
{
	slice s = slice_of(tag);
	if (!slice_eq_nocase(slice_first(s, 8), SLICE("attack.t")))
		return false;
	s = slice_from(s, 8);
	bool whole = s.len == 4 && digits(s.at, 4);
	bool sub = s.len == 8 && digits(s.at, 4) && s.at[4] == '.' && digits(s.at + 5, 3);
	if (!whole && !sub)
		return false;
	out[0] = 'T';
	memcpy(out + 1, s.at, s.len);
	out[1 + s.len] = '\0';
	return true;
}
