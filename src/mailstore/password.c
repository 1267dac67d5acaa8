/*
 * password.c - a password beside its label, in the languages of our readers.
 *
 * A label ("mot de passe") is followed by a sign (":") and a value whose shape is judged: the
 * nearer the sign stands to the label, the weaker the value may be.  In a table the value stands
 * under its label.
 * Laws: (1) each label costs a bounded number of steps; (2) sentences about passwords (policy,
 * expiry, length) are not passwords; (3) masks, blanks to fill in and examples are none.
 */
#include "mailstore/secrets.h"

enum label_kind {
	WORD,    /* of a password */
	NUMBER,  /* of a PIN or an access code: digits will do */
	PAIR,    /* of a name and a password together */
	API_KEY, /* of a token without a shape of its own */
};

/* Folded; a space stands for any run of spaces, "_" or "-". The longer before the shorter. */
static const struct label {
	slice word;
	enum label_kind kind;
} labels[] = {
    {SLICE_INIT("passphrase"), WORD},
    {SLICE_INIT("pass phrase"), WORD},
    {SLICE_INIT("password"), WORD},
    {SLICE_INIT("passwort"), WORD},
    {SLICE_INIT("passcode"), NUMBER},
    {SLICE_INIT("passwd"), WORD},
    {SLICE_INIT("parola d'ordine"), WORD},
    {SLICE_INIT("phrase de passe"), WORD},
    {SLICE_INIT("pass"), WORD},
    {SLICE_INIT("pwd"), WORD},
    {SLICE_INIT("psw"), WORD},
    {SLICE_INIT("pw"), WORD},
    {SLICE_INIT("pin code"), NUMBER},
    {SLICE_INIT("pin"), NUMBER},
    {SLICE_INIT("mots de passe"), WORD},
    {SLICE_INIT("mot de passe"), WORD},
    {SLICE_INIT("mdp"), WORD},
    {SLICE_INIT("mat khau"), WORD},
    {SLICE_INIT("mat ma"), WORD},
    {SLICE_INIT("ma truy cap"), NUMBER},
    {SLICE_INIT("ma pin"), NUMBER},
    {SLICE_INIT("kennwort"), WORD},
    {SLICE_INIT("wachtwoord"), WORD},
    {SLICE_INIT("contrasena"), WORD},
    {SLICE_INIT("clave de acceso"), WORD},
    {SLICE_INIT("clave"), WORD},
    {SLICE_INIT("code d'acces"), NUMBER},
    {SLICE_INIT("code secret"), NUMBER},
    {SLICE_INIT("code pin"), NUMBER},
    {SLICE_INIT("codigo de acceso"), NUMBER},
    {SLICE_INIT("codigo pin"), NUMBER},
    {SLICE_INIT("codice di accesso"), NUMBER},
    {SLICE_INIT("codice d'accesso"), NUMBER},
    {SLICE_INIT("codice pin"), NUMBER},
    {SLICE_INIT("access code"), NUMBER},
    {SLICE_INIT("zugangscode"), NUMBER},
    {SLICE_INIT("toegangscode"), NUMBER},
    {SLICE_INIT("pincode"), NUMBER},
    {SLICE_INIT("identifiants"), PAIR},
    {SLICE_INIT("credentials"), PAIR},
    {SLICE_INIT("login details"), PAIR},
    {SLICE_INIT("zugangsdaten"), PAIR},
    {SLICE_INIT("anmeldedaten"), PAIR},
    {SLICE_INIT("inloggegevens"), PAIR},
    {SLICE_INIT("aanmeldgegevens"), PAIR},
    {SLICE_INIT("credenciales"), PAIR},
    {SLICE_INIT("datos de acceso"), PAIR},
    {SLICE_INIT("credenziali"), PAIR},
    {SLICE_INIT("dati di accesso"), PAIR},
    {SLICE_INIT("thong tin dang nhap"), PAIR},
    {SLICE_INIT("api key"), API_KEY},
    {SLICE_INIT("apikey"), API_KEY},
    {SLICE_INIT("access key"), API_KEY},
    {SLICE_INIT("secret access key"), API_KEY},
    {SLICE_INIT("secret key"), API_KEY},
    {SLICE_INIT("client secret"), API_KEY},
    {SLICE_INIT("auth token"), API_KEY},
};

/* Stems of words that make a sentence about passwords out of a label (law 2). */
static const slice about[] = {
    SLICE_INIT("polic"),      SLICE_INIT("length"),    SLICE_INIT("manager"),
    SLICE_INIT("expir"),      SLICE_INIT("reset"),     SLICE_INIT("hint"),
    SLICE_INIT("rule"),       SLICE_INIT("require"),   SLICE_INIT("strength"),
    SLICE_INIT("secur"),      SLICE_INIT("change"),    SLICE_INIT("update"),
    SLICE_INIT("history"),    SLICE_INIT("complex"),   SLICE_INIT("protect"),
    SLICE_INIT("tip"),        SLICE_INIT("hash"),      SLICE_INIT("minimum"),
    SLICE_INIT("maximum"),    SLICE_INIT("must"),      SLICE_INIT("should"),
    SLICE_INIT("never"),      SLICE_INIT("forgot"),    SLICE_INIT("lost"),
    SLICE_INIT("question"),   SLICE_INIT("generat"),   SLICE_INIT("vault"),
    SLICE_INIT("breach"),     SLICE_INIT("leak"),      SLICE_INIT("guide"),
    SLICE_INIT("best"),       SLICE_INIT("checker"),   SLICE_INIT("not"),
    SLICE_INIT("politi"),     SLICE_INIT("longueur"),  SLICE_INIT("gestionnaire"),
    SLICE_INIT("reinitial"),  SLICE_INIT("oubli"),     SLICE_INIT("regle"),
    SLICE_INIT("exigence"),   SLICE_INIT("chang"),     SLICE_INIT("modifi"),
    SLICE_INIT("conseil"),    SLICE_INIT("perdu"),     SLICE_INIT("renouvel"),
    SLICE_INIT("richtlinie"), SLICE_INIT("lange"),     SLICE_INIT("ablauf"),
    SLICE_INIT("zuruck"),     SLICE_INIT("vergess"),   SLICE_INIT("regel"),
    SLICE_INIT("sicher"),     SLICE_INIT("ander"),     SLICE_INIT("anforder"),
    SLICE_INIT("beleid"),     SLICE_INIT("lengte"),    SLICE_INIT("verlo"),
    SLICE_INIT("vergeten"),   SLICE_INIT("eisen"),     SLICE_INIT("wijzig"),
    SLICE_INIT("longitud"),   SLICE_INIT("caduc"),     SLICE_INIT("restablec"),
    SLICE_INIT("olvid"),      SLICE_INIT("requisit"),  SLICE_INIT("segur"),
    SLICE_INIT("cambi"),      SLICE_INIT("scad"),      SLICE_INIT("dimentic"),
    SLICE_INIT("sicur"),      SLICE_INIT("lunghezza"), SLICE_INIT("chinh sach"),
    SLICE_INIT("do dai"),     SLICE_INIT("het han"),   SLICE_INIT("quen"),
    SLICE_INIT("doi mat"),    SLICE_INIT("bao mat"),
};

/* Before "pass" and "clave", where these are no passwords. */
static const slice other_passes[] = {
    SLICE_INIT("boarding"), SLICE_INIT("ski"),    SLICE_INIT("day"),     SLICE_INIT("bus"),
    SLICE_INIT("train"),    SLICE_INIT("travel"), SLICE_INIT("transit"), SLICE_INIT("museum"),
    SLICE_INIT("season"),   SLICE_INIT("annual"), SLICE_INIT("palabra"), SLICE_INIT("palabras"),
    SLICE_INIT("digital"),
};

/* Before a label: what follows is shown, not given (law 3). */
static const slice example_words[] = {
    SLICE_INIT("example"), SLICE_INIT("exemple"), SLICE_INIT("beispiel"), SLICE_INIT("voorbeeld"),
    SLICE_INIT("ejemplo"), SLICE_INIT("esempio"), SLICE_INIT("vi du"),    SLICE_INIT("e.g"),
    SLICE_INIT("z.B"),     SLICE_INIT("sample"),  SLICE_INIT("strong"),
};

static const slice login_words[] = {
    SLICE_INIT("login"),          SLICE_INIT("username"),     SLICE_INIT("user"),
    SLICE_INIT("user name"),      SLICE_INIT("identifiant"),  SLICE_INIT("utilisateur"),
    SLICE_INIT("benutzer"),       SLICE_INIT("benutzername"), SLICE_INIT("gebruiker"),
    SLICE_INIT("gebruikersnaam"), SLICE_INIT("usuario"),      SLICE_INIT("utente"),
    SLICE_INIT("nome utente"),    SLICE_INIT("tai khoan"),    SLICE_INIT("account"),
    SLICE_INIT("compte"),         SLICE_INIT("konto"),        SLICE_INIT("id"),
};

/* Said of a password in its place. */
static const slice blanks[] = {
    SLICE_INIT("required"),     SLICE_INIT("hidden"),      SLICE_INIT("unchanged"),
    SLICE_INIT("changed"),      SLICE_INIT("optional"),    SLICE_INIT("forgotten"),
    SLICE_INIT("unknown"),      SLICE_INIT("password"),    SLICE_INIT("separately"),
    SLICE_INIT("enclosed"),     SLICE_INIT("attached"),    SLICE_INIT("redacted"),
    SLICE_INIT("confidential"), SLICE_INIT("inchange"),    SLICE_INIT("masque"),
    SLICE_INIT("obligatoire"),  SLICE_INIT("oublie"),      SLICE_INIT("separement"),
    SLICE_INIT("erforderlich"), SLICE_INIT("unverandert"), SLICE_INIT("vergessen"),
    SLICE_INIT("vereist"),      SLICE_INIT("ongewijzigd"), SLICE_INIT("requerido"),
    SLICE_INIT("richiesta"),    SLICE_INIT("forgot"),      SLICE_INIT("reset"),
    SLICE_INIT("notes"),        SLICE_INIT("comment"),
};

/* How far the sign is from the label. */
enum distance { BESIDE, SAID, APART };

/* Where the label ends that stands at `at`; 0 if it is not there. */
static size_t label_end(slice text, size_t at, slice word)
{
	for (size_t i = 0; i < word.len; i++) {
		if (word.at[i] != ' ') {
			if ((char_at(text, at) | 0x20) != word.at[i] &&
			    char_at(text, at) != word.at[i])
				return 0;
			at++;
			continue;
		}
		size_t from = at;
		while (at < from + 3 && memchr(" _-\t", char_at(text, at), 4) && at < text.len)
			at++;
		if (at == from)
			return 0;
	}
	at += (char_at(text, at) | 0x20) == 's'; /* more than one */
	return at <= text.len && !is_word(char_at(text, at)) ? at : 0;
}

/* A word begins at `i`: also the second one of "dbPassword". */
static bool begins_word(slice text, size_t i)
{
	char before = i ? text.at[i - 1] : ' ', c = text.at[i];
	return is_letter(c) &&
	       (!is_word(before) || (before >= 'a' && before <= 'z' && c >= 'A' && c <= 'Z'));
}

static bool is_about(slice gap)
{
	for (size_t i = 0; i < gap.len; i++)
		for (size_t w = 0; w < COUNT(about); w++)
			if ((i == 0 || !is_letter(gap.at[i - 1])) && word_at(gap, i, about[w]))
				return true;
	return false;
}

/* Words that stand for a sign; folded, with their spaces. */
static const slice verbs[] = {
    SLICE_INIT(" is "),     SLICE_INIT(" est "),     SLICE_INIT(" ist "), SLICE_INIT(" lautet "),
    SLICE_INIT(" luidt "),  SLICE_INIT(" es "),      SLICE_INIT(" e "),   SLICE_INIT(" la "),
    SLICE_INIT(" is now "), SLICE_INIT(" will be "),
};

static size_t verb_at(slice s, size_t i)
{
	size_t longest = 0;
	for (size_t v = 0; v < COUNT(verbs); v++)
		if (word_at(s, i, verbs[v]) && verbs[v].len > longest)
			longest = verbs[v].len;
	return longest;
}

/* A sign between label and value at `i`, and how many characters it takes. */
static size_t sign_at(slice s, size_t i)
{
	char c = char_at(s, i);
	if (c == '=' || c == '\t' || c == '|' || c == '>')
		return 1;
	if (c == '-' && char_at(s, i + 1) == '>')
		return 2;
	return c == ':' && char_at(s, i + 1) != '/' ? 1 : 0;
}

/*
 * Takes gap and sign off the front of `rest`, which begins behind the label.  False: a sentence
 * goes on without a sign, or is one about passwords.
 */
static bool take_sign(slice *rest, enum distance *distance)
{
	enum { GAP_MOST = 48 };
	bool plain = true; /* nothing but spaces and closing marks so far */
	for (size_t i = 0; i < GAP_MOST && i < rest->len; i++) {
		char c = rest->at[i];
		size_t sign = sign_at(*rest, i), verb = c == ' ' ? verb_at(*rest, i) : 0;
		if (sign || verb) {
			if (is_about(slice_first(*rest, i)))
				return false;
			*distance = sign && plain ? BESIDE : plain ? SAID : APART;
			*rest = slice_from(*rest, i + (sign ? sign : verb));
			return true;
		}
		if (memchr("\n!?;,\"'", c, 7) && !(plain && memchr("\"'", c, 2)))
			return false;
		plain = plain && memchr(" \"'*)]", c, 6);
	}
	return false;
}

/* Blanks, quotation marks and up to two line ends between sign and value. */
static slice skip_to_value(slice s)
{
	int lines = 0;
	while (s.len && !slice_starts(s, SLICE("***")) && memchr(" \t\r\n\"'*`=:>|", s.at[0], 12)) {
		lines += s.at[0] == '\n';
		if (lines > 2)
			return (slice){0};
		s = slice_from(s, 1);
	}
	return s;
}

/* The value at the front of `s`: to the next space, quotation mark or tag. */
static slice value_of(slice s)
{
	size_t n = 0;
	while (n < s.len && n < 129 && !memchr(" \t\r\n\"<|`", s.at[n], 8))
		n++;
	while (n > 0 && memchr(".,;:)*'", s.at[n - 1], 7))
		n--;
	return slice_first(s, n);
}

static bool is_placeholder(slice v)
{
	char first = v.at[0], last = v.at[v.len - 1];
	struct shape shape = shape_of(v);
	if (shape.kinds < 3 || (first == '[' && last == ']') || (first == '{' && last == '}') ||
	    (first == '(' && last == ')'))
		return true;
	if (slice_starts(v, SLICE("${")) || slice_starts(v, SLICE("{{")) ||
	    slice_starts(v, SLICE("%")) || slice_starts(v, SLICE("www.")))
		return true;
	if (first == '$' && shape.digit == 0)
		return true;
	return slice_search(v, SLICE("://")) != SIZE_MAX ||
	       slice_search(v, SLICE("***")) != SIZE_MAX ||
	       slice_search(v, SLICE("xxx")) != SIZE_MAX ||
	       slice_search(v, SLICE("XXX")) != SIZE_MAX ||
	       slice_search(v, SLICE("...")) != SIZE_MAX;
}

/* name@example.org: letters and dots behind the only "@". */
static bool is_address(slice v)
{
	size_t at = slice_find(v, '@');
	slice host = slice_from(v, at + 1);
	struct shape shape = shape_of(host);
	return at > 0 && at < v.len && slice_find(host, '.') < host.len && shape.symbol == 0 &&
	       shape.digit == 0 && shape.upper == 0;
}

static size_t run(slice v, size_t from, bool (*is)(char))
{
	while (from < v.len && is(v.at[from]))
		from++;
	return from;
}

/* "8-character", "90days", "1Password"; "ISO27001", "SHA-256", "TLS1.2". */
static bool is_term(slice v)
{
	size_t digits = run(v, 0, is_digit), letters = run(v, 0, is_letter);
	if (digits > 0 && run(v, digits + (char_at(v, digits) == '-'), is_letter) == v.len)
		return true;
	if (letters == 0 || shape_of(v).lower > 0)
		return false;
	size_t end = run(v, letters + (char_at(v, letters) == '-'), is_digit);
	if (char_at(v, end) == '.' || char_at(v, end) == '-')
		end = run(v, end + 1, is_digit);
	return end == v.len;
}

/* More words on the same line: "8-character minimum, with ..." */
static bool goes_on(slice after)
{
	size_t words = 0;
	after = slice_first(after, 80);
	after = slice_first(after, slice_find(after, '\n'));
	for (size_t i = 0; i + 1 < after.len; i++)
		words += after.at[i] == ' ' && is_letter(after.at[i + 1]);
	return words >= 2;
}

static bool is_number(slice v, size_t least, size_t most)
{
	return v.len >= least && v.len <= most && run(v, 0, is_digit) == v.len;
}

/* Letters with digits or signs: what people choose, and what words are not. */
static bool is_mixed(struct shape s)
{
	size_t letters = s.lower + s.upper;
	return letters > 0 && (s.digit > 0 || s.symbol > 0);
}

/* Three kinds of characters: strong enough to need no sign beside it. */
static bool is_strong(slice v)
{
	struct shape s = shape_of(v);
	return v.len >= 8 && s.digit > 0 && s.lower > 0 && (s.upper > 0 || s.symbol > 0);
}

static bool is_blank_word(slice v)
{
	for (size_t i = 0; i < COUNT(blanks); i++)
		if (slice_eq_nocase(v, blanks[i]))
			return true;
	return false;
}

/* Beside its label, alone on its line, under a line that gives the name: letters will do. */
static bool is_weak_but_placed(slice text, size_t label, slice v)
{
	slice after = slice_first(slice_from(text, (size_t)(v.at - text.at) + v.len), 80);
	after = slice_first(after, slice_find(after, '\n'));
	return v.len >= 5 && shape_of(v).lower + shape_of(v).upper == v.len &&
	       slice_trim(after).len == 0 && !is_blank_word(v) &&
	       word_before(text, label, 160, login_words, COUNT(login_words));
}

/* `label`: where the label stands in `text`; `v` lies in `text` too. */
static bool is_password(slice text, size_t label, slice v, enum label_kind kind,
			enum distance distance)
{
	struct shape s = shape_of(v);
	slice after = slice_from(text, (size_t)(v.at - text.at) + v.len);
	bool keyed = v.len && memchr("#*", v.at[v.len - 1], 2); /* as doors want it */
	if (kind == NUMBER && distance != APART && is_number(slice_first(v, v.len - keyed), 4, 10))
		return true;
	if (v.len < 5 || v.len > 128 || is_placeholder(v) || is_address(v))
		return false;
	if (distance == BESIDE && kind == WORD && is_number(v, 5, 16))
		return true;
	if (distance == BESIDE && kind == WORD && is_weak_but_placed(text, label, v))
		return true;
	if (!is_mixed(s) || v.len < 6 || (is_term(v) && (distance != BESIDE || goes_on(after))))
		return false;
	if (s.digit == 0 && goes_on(after))
		return false; /* "must!" and the like */
	return distance != APART || (s.digit > 0 && s.lower > 0);
}

/* Name and password behind one label: among the next words is a strong one. */
static bool has_pair(slice rest)
{
	rest = slice_first(rest, 200);
	for (int words = 0; words < 8 && rest.len; words++) {
		rest = skip_to_value(rest);
		slice v = value_of(rest), head = v;
		size_t slash = slice_find(v, '/');
		if (v.len == 0)
			return false;
		rest = slice_from(rest, v.len);
		while (rest.len && !memchr(" \t\r\n", rest.at[0], 4))
			rest = slice_from(rest, 1);
		if (slash < v.len && slice_search(v, SLICE("://")) == SIZE_MAX)
			v = slice_from(v, slash + 1);
		if (v.len && is_strong(v) && !is_placeholder(v) && !is_address(head) && !is_term(v))
			return true;
	}
	return false;
}

static bool is_api_key(slice v)
{
	struct shape s = shape_of(v);
	return v.len >= 20 && s.digit >= 2 && s.lower + s.upper >= 2 && s.kinds == 3 &&
	       s.symbol <= 4 && !is_placeholder(v) && !is_address(v);
}

/* In a table the label is a whole cell, and its value stands in the same column below. */
static char cell_sign(slice text, size_t from, size_t to)
{
	while (from > 0 && (text.at[from - 1] == '"' || text.at[from - 1] == ' '))
		from--;
	while (to < text.len && (text.at[to] == '"' || text.at[to] == ' ' || text.at[to] == '\r'))
		to++;
	char before = from ? text.at[from - 1] : '\n', after = to < text.len ? text.at[to] : '\n';
	char sign = before != '\n' ? before : after;
	bool closed = after == '\n' || after == sign;
	return closed && memchr(",;\t|", sign, 4) ? sign : 0;
}

static bool has_value_below(slice text, size_t label, char sign)
{
	enum { LINE_MOST = 1024, ROWS = 3 };
	size_t from = label, column = 0;
	for (; from > 0 && text.at[from - 1] != '\n' && label - from < LINE_MOST; from--)
		column += text.at[from - 1] == sign;
	slice below = slice_first(slice_from(text, label), (ROWS + 1) * LINE_MOST);
	slice_until(&below, '\n');
	for (int row = 0; row < ROWS && below.len; row++) {
		slice line = slice_first(slice_until(&below, '\n'), LINE_MOST);
		for (size_t i = 0; i < column; i++)
			slice_until(&line, sign);
		slice cell = slice_trim(slice_until(&line, sign));
		slice v = value_of(skip_to_value(cell));
		if (v.len >= 6 && is_mixed(shape_of(v)) && !is_placeholder(v) && !is_address(v))
			return true;
	}
	return false;
}

/* Is the label shown in an example, or another word's second half? */
static bool is_disowned(slice text, size_t at, slice label)
{
	size_t line = at;
	while (line > 0 && at - line < 40 && text.at[line - 1] != '\n')
		line--;
	return word_before(text, at, at - line, example_words, COUNT(example_words)) ||
	       (label.len <= 5 && word_before(text, at, 12, other_passes, COUNT(other_passes)));
}

static bool has_value(slice text, size_t at, size_t end, const struct label *label)
{
	enum distance distance;
	slice rest = slice_from(text, end);
	char sign = cell_sign(text, at, end);
	if (is_disowned(text, at, label->word))
		return false;
	if (sign && label->kind != API_KEY && has_value_below(text, at, sign))
		return true;
	if (!take_sign(&rest, &distance))
		return false;
	if (label->kind == PAIR)
		return has_pair(rest);
	slice v = value_of(skip_to_value(rest));
	return label->kind == API_KEY ? is_api_key(v)
				      : is_password(text, at, v, label->kind, distance);
}

static bool any_label(slice text, bool api_keys)
{
	for (size_t i = 0; i < text.len; i++) {
		if (!begins_word(text, i))
			continue;
		for (size_t l = 0; l < COUNT(labels); l++) {
			if ((labels[l].kind == API_KEY) != api_keys)
				continue;
			size_t end = label_end(text, i, labels[l].word);
			if (end && has_value(text, i, end, &labels[l]))
				return true;
		}
	}
	return false;
}

/* RFC 3986 3.2.1: scheme://name:password@host */
static bool link_has_password(slice text, size_t at)
{
	slice link = slice_first(slice_from(text, at + 3), 200);
	size_t n = 0;
	while (n < link.len && !memchr(" \t\r\n\"'<>/", link.at[n], 9))
		n++;
	link = slice_first(link, n);
	size_t end = slice_find(link, '@');
	slice pair = slice_first(link, end);
	slice name = slice_until(&pair, ':');
	return end < link.len && name.len && pair.len >= 5 && !is_placeholder(pair) &&
	       !is_blank_word(pair);
}

bool finds_password(slice text)
{
	return any_label(text, false) || any_place(text, SLICE("://"), link_has_password);
}

bool finds_labelled_token(slice text)
{
	return any_label(text, true);
}
