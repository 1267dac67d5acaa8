/*
 * number.c - account, card and identity numbers, told from other numbers by their check digits.
 *
 * Laws: (1) a number without right check digits is never found; (2) where a check digit alone
 * leaves too much to chance (one in ten, one in eleven, one in twenty-three) its label must stand
 * before it; (3) a number inside a longer word, number or address is none.
 */
#include "mailstore/secrets.h"

enum { DIGITS_MOST = 34, LABEL_WINDOW = 90 };

/* Lengths by country: ISO 13616, the registry of SWIFT, release 99. */
static const struct {
	char country[2];
	size_t len;
} ibans[] = {
    {"AD", 24}, {"AE", 23}, {"AL", 28}, {"AT", 20}, {"AZ", 28}, {"BA", 20}, {"BE", 16}, {"BG", 22},
    {"BH", 22}, {"BI", 27}, {"BR", 29}, {"BY", 28}, {"CH", 21}, {"CR", 22}, {"CY", 28}, {"CZ", 24},
    {"DE", 22}, {"DJ", 27}, {"DK", 18}, {"DO", 28}, {"EE", 20}, {"EG", 29}, {"ES", 24}, {"FI", 18},
    {"FK", 18}, {"FO", 18}, {"FR", 27}, {"GB", 22}, {"GE", 22}, {"GI", 23}, {"GL", 18}, {"GR", 27},
    {"GT", 28}, {"HN", 28}, {"HR", 21}, {"HU", 28}, {"IE", 22}, {"IL", 23}, {"IQ", 23}, {"IS", 26},
    {"IT", 27}, {"JO", 30}, {"KW", 30}, {"KZ", 20}, {"LB", 28}, {"LC", 32}, {"LI", 21}, {"LT", 20},
    {"LU", 20}, {"LV", 21}, {"LY", 25}, {"MC", 27}, {"MD", 24}, {"ME", 22}, {"MK", 19}, {"MN", 20},
    {"MR", 27}, {"MT", 31}, {"MU", 30}, {"NI", 28}, {"NL", 18}, {"NO", 15}, {"OM", 23}, {"PK", 24},
    {"PL", 28}, {"PS", 29}, {"PT", 25}, {"QA", 29}, {"RO", 24}, {"RS", 22}, {"RU", 33}, {"SA", 24},
    {"SC", 31}, {"SD", 18}, {"SE", 24}, {"SI", 19}, {"SK", 24}, {"SM", 27}, {"SO", 23}, {"ST", 25},
    {"SV", 28}, {"TL", 23}, {"TN", 24}, {"TR", 26}, {"UA", 29}, {"VA", 22}, {"VG", 24}, {"XK", 20},
    {"YE", 30},
};

static size_t iban_length(slice s)
{
	for (size_t i = 0; i < COUNT(ibans); i++)
		if (slice_starts(s, (slice){ibans[i].country, 2}))
			return ibans[i].len;
	return 0;
}

/*
 * Takes `want` letters and digits off the front of `s` into `out`, single separators between them
 * left out.  False if there are fewer, or the word goes on behind them.
 */
static bool collect(slice s, size_t want, const char *separators, char *out)
{
	size_t n = 0, i = 0;
	for (; n < want && i < s.len; i++) {
		if (is_word(s.at[i]))
			out[n++] = s.at[i];
		else if (n == 0 || !is_word(s.at[i - 1]) || !strchr(separators, s.at[i]) ||
			 !s.at[i])
			return false;
	}
	return n == want && !is_word(char_at(s, i));
}

static bool all_digits(const char *at, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!is_digit(at[i]))
			return false;
	return true;
}

static int64_t number_of(const char *at, size_t n)
{
	int64_t value = 0;
	for (size_t i = 0; i < n; i++)
		value = value * 10 + (at[i] - '0');
	return value;
}

/* ISO 7064 MOD 97-10, the first four characters moved to the end. */
static bool iban_is_right(const char *iban, size_t len)
{
	unsigned rest = 0;
	for (size_t i = 0; i < len; i++) {
		char c = iban[(i + 4) % len];
		if (is_digit(c))
			rest = (rest * 10 + (unsigned)(c - '0')) % 97;
		else if (c >= 'A' && c <= 'Z')
			rest = (rest * 100 + (unsigned)(c - 'A' + 10)) % 97;
		else
			return false;
	}
	return rest == 1;
}

static bool iban_at(slice text, size_t at)
{
	char iban[DIGITS_MOST];
	size_t len = iban_length(slice_from(text, at));
	return len && is_digit(char_at(text, at + 2)) && is_digit(char_at(text, at + 3)) &&
	       collect(slice_from(text, at), len, " -", iban) && iban_is_right(iban, len);
}

/* Of the first digits and the length: ISO/IEC 7812 ranges as the networks publish them. */
static const struct {
	int from, to; /* the first four digits */
	size_t least, most;
} issuers[] = {
    {4000, 4999, 13, 19},                                             /* Visa */
    {5100, 5599, 16, 16},                                             /* Mastercard */
    {2221, 2720, 16, 16}, {3400, 3499, 15, 15},                       /* American Express */
    {3700, 3799, 15, 15}, {6011, 6011, 16, 19},                       /* Discover */
    {6440, 6599, 16, 19}, {3528, 3589, 16, 19},                       /* JCB */
    {3000, 3059, 14, 19},                                             /* Diners Club */
    {3600, 3699, 14, 19}, {3800, 3999, 14, 19}, {5018, 5018, 16, 19}, /* Maestro */
    {5020, 5020, 16, 19}, {5038, 5038, 16, 19}, {5893, 5893, 16, 19},
    {6304, 6304, 16, 19}, {6759, 6763, 16, 19}, {6200, 6299, 16, 19}, /* UnionPay */
};

static bool luhn(const char *digits, size_t n)
{
	int sum = 0;
	for (size_t i = 0; i < n; i++) {
		int d = digits[n - 1 - i] - '0';
		d = i % 2 ? 2 * d : d;
		sum += d > 9 ? d - 9 : d;
	}
	return sum % 10 == 0;
}

static bool card_is_right(const char *digits, size_t n)
{
	int head = (int)number_of(digits, 4);
	for (size_t i = 0; i < COUNT(issuers); i++)
		if (head >= issuers[i].from && head <= issuers[i].to && n >= issuers[i].least &&
		    n <= issuers[i].most)
			return luhn(digits, n);
	return false;
}

static const slice card_words[] = {
    SLICE_INIT("card"),       SLICE_INIT("carte"),        SLICE_INIT("karte"),
    SLICE_INIT("kaart"),      SLICE_INIT("carta"),        SLICE_INIT("tarjeta"),
    SLICE_INIT("visa"),       SLICE_INIT("cb"),           SLICE_INIT("amex"),
    SLICE_INIT("mastercard"), SLICE_INIT("pan"),          SLICE_INIT("cc"),
    SLICE_INIT("maestro"),    SLICE_INIT("kreditkarte"),  SLICE_INIT("kreditkartennummer"),
    SLICE_INIT("creditcard"), SLICE_INIT("kartennummer"), SLICE_INIT("so the"),
};

/* Numbers of goods, not of money: these words before a number that looks like a card. */
static const slice order_words[] = {
    SLICE_INIT("order"),         SLICE_INIT("commande"), SLICE_INIT("bestellung"),
    SLICE_INIT("bestelling"),    SLICE_INIT("pedido"),   SLICE_INIT("ordine"),
    SLICE_INIT("invoice"),       SLICE_INIT("facture"),  SLICE_INIT("rechnung"),
    SLICE_INIT("factuur"),       SLICE_INIT("tracking"), SLICE_INIT("suivi"),
    SLICE_INIT("colis"),         SLICE_INIT("parcel"),   SLICE_INIT("shipment"),
    SLICE_INIT("reference"),     SLICE_INIT("ref"),      SLICE_INIT("sendungsnummer"),
    SLICE_INIT("bestellnummer"), SLICE_INIT("serial"),   SLICE_INIT("ticket"),
};

/* Groups as they are printed on cards, with the same space or dash between. */
static bool card_grouped(slice s, const size_t *groups, size_t n)
{
	char digits[20];
	size_t len = 0, at = 0;
	char between = char_at(s, groups[0]);
	if (between != ' ' && between != '-')
		return false;
	for (size_t g = 0; g < n; at += groups[g] + 1, g++) {
		if (at + groups[g] > s.len || !all_digits(s.at + at, groups[g]) ||
		    (g > 0 && s.at[at - 1] != between))
			return false;
		memcpy(digits + len, s.at + at, groups[g]);
		len += groups[g];
	}
	return !is_word(char_at(s, at - 1)) && card_is_right(digits, len);
}

static bool card_at(slice text, size_t at)
{
	static const size_t fours[] = {4, 4, 4, 4}, amex[] = {4, 6, 5}, diners[] = {4, 6, 4};
	slice s = slice_from(text, at);
	size_t n = 0;
	while (n < s.len && n < 20 && is_digit(s.at[n]))
		n++;
	if (n == 4)
		return (card_grouped(s, fours, 4) || card_grouped(s, amex, 3) ||
			card_grouped(s, diners, 3)) &&
		       !word_before(text, at, 40, order_words, COUNT(order_words));
	return n >= 13 && n <= 19 && !is_word(char_at(s, n)) && card_is_right(s.at, n) &&
	       word_before(text, at, LABEL_WINDOW, card_words, COUNT(card_words));
}

/* France, NIR: 97 less the rest; 2A and 2B count as 19 and 18 (INSEE, decree 82-103). */
static bool nir_is_right(const char *s)
{
	char digits[15];
	memcpy(digits, s, 15);
	if (s[5] == '2' && (s[6] == 'A' || s[6] == 'B')) {
		digits[5] = '1';
		digits[6] = s[6] == 'A' ? '9' : '8';
	}
	int64_t month = number_of(digits + 3, 2), place = number_of(digits + 5, 2);
	return all_digits(digits, 15) && (s[0] == '1' || s[0] == '2') && month >= 1 &&
	       month <= 12 && place >= 1 && place != 96 &&
	       97 - number_of(digits, 13) % 97 == number_of(digits + 13, 2);
}

/* Germany, Steuer-ID: ISO 7064 MOD 11,10; of the first ten digits just one occurs again. */
static bool steuer_id_is_right(const char *s)
{
	int product = 10, times[10] = {0}, doubled = 0;
	for (int i = 0; i < 10; i++) {
		int sum = (s[i] - '0' + product) % 10;
		product = 2 * (sum ? sum : 10) % 11;
		times[s[i] - '0']++;
	}
	for (int d = 0; d < 10; d++)
		doubled += times[d] > 3 ? 10 : times[d] > 1;
	return s[0] != '0' && doubled == 1 && (11 - product) % 10 == s[10] - '0';
}

/* The Netherlands, BSN: weights 9 to 2 and -1, divisible by 11. */
static bool bsn_is_right(const char *s)
{
	int sum = -(s[8] - '0');
	for (int i = 0; i < 8; i++)
		sum += (9 - i) * (s[i] - '0');
	return sum % 11 == 0 && number_of(s, 9) > 0;
}

/* Belgium: 97 less the rest of the first nine digits, with a 2 before them if born from 2000 on. */
static bool rijksregister_is_right(const char *s)
{
	int64_t head = number_of(s, 9), key = number_of(s + 9, 2);
	return number_of(s + 2, 2) <= 12 && number_of(s + 4, 2) <= 31 &&
	       (97 - head % 97 == key || 97 - (head + 2000000000) % 97 == key);
}

/* Spain, DNI and NIE: a letter by the rest of 23; X, Y, Z count as 0, 1, 2. */
static bool dni_is_right(const char *s)
{
	char digits[8];
	memcpy(digits, s, 8);
	if (s[0] >= 'X' && s[0] <= 'Z')
		digits[0] = (char)(s[0] - 'X' + '0');
	return all_digits(digits, 8) &&
	       "TRWAGMYFPDXBNJZSQVHLCKE"[number_of(digits, 8) % 23] == (s[8] & ~0x20);
}

/* Italy, codice fiscale: the values of odd places (decree 23.12.1976), by digit or letter. */
static const unsigned char odd_values[26] = {1,  0,  5, 7, 9, 13, 15, 17, 19, 21, 2,  4,  18,
					     20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23};

static bool codice_is_right(const char *s)
{
	static const char form[] = "AAAAAA00A00A000A"; /* 0: a digit, or the letter for it */
	int sum = 0;
	for (int i = 0; i < 15; i++) {
		char c = is_letter(s[i]) ? (char)(s[i] & ~0x20) : s[i];
		if (form[i] == '0' ? is_letter(c) && !strchr("LMNPQRSTUV", c) : !is_letter(c))
			return false;
		int value = is_digit(c) ? c - '0' : c - 'A';
		sum += i % 2 ? value : odd_values[value];
	}
	return sum % 26 == (s[15] & ~0x20) - 'A';
}

/* Written 85.07.30-033.28 it needs no label: nothing else is. */
static bool rijksregister_form(slice s)
{
	static const char form[] = "00.00.00-000.00";
	for (size_t i = 0; i < sizeof form - 1; i++)
		if (form[i] == '0' ? !is_digit(char_at(s, i)) : char_at(s, i) != form[i])
			return false;
	return true;
}

static bool never(slice s)
{
	return false;
}

static bool always(slice s)
{
	return true;
}

/* `digits`: how many of the first characters must be digits. */
static const struct {
	size_t len, digits;
	const char *separators;
	bool (*is_right)(const char *s);
	bool (*speaks)(slice s); /* its form needs no label */
	slice labels[8];
} identities[] = {
    {15, 5, " .-", nir_is_right, always, {{0}}},
    {11,
     11,
     " /",
     steuer_id_is_right,
     never,
     {SLICE_INIT("steuer-id"), SLICE_INIT("steuerid"), SLICE_INIT("idnr"), SLICE_INIT("id-nr"),
      SLICE_INIT("steuer-identifikationsnummer"), SLICE_INIT("steueridentifikationsnummer"),
      SLICE_INIT("tin"), SLICE_INIT("steuer-idnr")}},
    {9,
     9,
     " .",
     bsn_is_right,
     never,
     {SLICE_INIT("bsn"), SLICE_INIT("burgerservicenummer"), SLICE_INIT("sofinummer"),
      SLICE_INIT("bsn-nummer")}},
    {11,
     11,
     " .-",
     rijksregister_is_right,
     rijksregister_form,
     {SLICE_INIT("rijksregisternummer"), SLICE_INIT("rijksregister"), SLICE_INIT("niss"),
      SLICE_INIT("insz"), SLICE_INIT("registre national"), SLICE_INIT("numero national"),
      SLICE_INIT("nationalregisternummer"), SLICE_INIT("national register")}},
    {9,
     0,
     " .-",
     dni_is_right,
     never,
     {SLICE_INIT("dni"), SLICE_INIT("nif"), SLICE_INIT("nie"),
      SLICE_INIT("documento nacional de identidad"), SLICE_INIT("d.n.i")}},
    {16, 0, " ", codice_is_right, always, {{0}}},
};

static bool identity_at(slice text, size_t at)
{
	char number[DIGITS_MOST];
	slice s = slice_from(text, at);
	for (size_t i = 0; i < COUNT(identities); i++) {
		size_t labels = 0;
		while (labels < 8 && identities[i].labels[labels].len)
			labels++;
		if (collect(s, identities[i].len, identities[i].separators, number) &&
		    all_digits(number, identities[i].digits) && identities[i].is_right(number) &&
		    (identities[i].speaks(s) ||
		     word_before(text, at, LABEL_WINDOW, identities[i].labels, labels)))
			return true;
	}
	return false;
}

/* Law 3: tries the places where a number may begin. */
static bool any_number(slice text, bool (*test)(slice text, size_t at))
{
	for (size_t i = 0; i < text.len; i++) {
		char before = i ? text.at[i - 1] : ' ';
		if (is_word(text.at[i]) && !is_word(before) && !memchr("-./_#%&?+@", before, 10) &&
		    test(text, i))
			return true;
	}
	return false;
}

bool finds_iban(slice text)
{
	return any_number(text, iban_at);
}

bool finds_card(slice text)
{
	return any_number(text, card_at);
}

bool finds_identity(slice text)
{
	return any_number(text, identity_at);
}
