/* test_secrets.c - texts that hold secrets, and texts that only look so. */
#include "scene.h"
#include "mailstore/store.h"

#define BIT(kind) (1u << SECRET_##kind)

struct row {
	const char *name, *text;
	uint32_t want;
};

static void check(const struct row *rows, size_t n)
{
	size_t wrong = 0;
	for (size_t i = 0; i < n; i++) {
		uint32_t got = secrets_in(slice_of(rows[i].text));
		if (got == rows[i].want)
			continue;
		wrong++;
		print_error("%s: got %x, want %x\n", rows[i].name, got, rows[i].want);
	}
	assert_int_equal(wrong, 0);
}
#define CHECK(rows) check(rows, sizeof(rows) / sizeof *(rows))

static const struct row passwords[] = {
    {"en", "Login: bob\nPassword: Xk29!dfq\n", BIT(PASSWORD)},
    {"en, on the next line", "Password:\r\n\r\n   hunter22\r\n", BIT(PASSWORD)},
    {"en, said", "your password is hunter22, please change it", BIT(PASSWORD)},
    {"en, for something", "Password for the VPN: Sunny-Day7", BIT(PASSWORD)},
    {"en, letters under a login", "User: bob\nPassword: sunshine\n", BIT(PASSWORD)},
    {"en, digits", "password: 83920174", BIT(PASSWORD)},
    {"en, in a quoted reply", "> Password: Xk29!dfq", BIT(PASSWORD)},
    {"en, in bold", "**Password:** `Xk29!dfq`", BIT(PASSWORD)},
    {"en, plural", "Passwords: root Xk29!dfq / Toor2026!\n", 0},
    {"fr", "Mot de passe : Soleil2026", BIT(PASSWORD)},
    {"fr, narrow no-break space", "Mot de passe\u202f: Soleil2026!", BIT(PASSWORD)},
    {"fr, capitals", "MOT DE PASSE = SOLEIL2026", BIT(PASSWORD)},
    {"fr, short", "mdp: Azerty123!", BIT(PASSWORD)},
    {"fr, of something", "Le mot de passe du portail paie : soleil2026", BIT(PASSWORD)},
    {"fr, said", "votre mot de passe est Soleil2026.", BIT(PASSWORD)},
    {"fr, access code", "Code d\u2019acc\u00e8s : 4821#", BIT(PASSWORD)},
    {"fr, access code of digits", "Code d'acc\u00e8s : 482193", BIT(PASSWORD)},
    {"fr, pair", "Vos identifiants : c.martin / Tr4min!2026", BIT(PASSWORD)},
    {"fr, pair on lines", "Identifiants :\n c.martin\n Tr4min!2026\n", BIT(PASSWORD)},
    {"de", "Ihr Kennwort lautet: Wald#7788", BIT(PASSWORD)},
    {"de, Passwort", "Passwort: Sommer2026", BIT(PASSWORD)},
    {"de, pair", "Zugangsdaten: mueller / Sommer!26a", BIT(PASSWORD)},
    {"nl", "Het wachtwoord is Fiets!2026", BIT(PASSWORD)},
    {"es", "Contrase\u00f1a: Verano2026", BIT(PASSWORD)},
    {"es, decomposed", "Contrasen\u0303a: Verano2026", BIT(PASSWORD)},
    {"it", "La password \u00e8: Estate2026!", BIT(PASSWORD)},
    {"vi", "M\u1eadt kh\u1ea9u: Mua2026@he", BIT(PASSWORD)},
    {"vi, decomposed", "ma\u0323\u0302t kha\u0302\u0309u: Mua2026@he", BIT(PASSWORD)},
    {"vi, said", "m\u1eadt kh\u1ea9u l\u00e0 Mua2026@he", BIT(PASSWORD)},
    {"PIN", "PIN: 4821", BIT(PASSWORD)},
    {"PIN code", "Code PIN : 4821", BIT(PASSWORD)},
    {"variable", "export DB_PASSWORD=s3cr3tpw", BIT(PASSWORD)},
    {"camel case", "dbPassword = \"s3cr3tpw\"", BIT(PASSWORD)},
    {"JSON", "{\"user\": \"bob\", \"password\": \"s3cr3tpw\"}", BIT(PASSWORD)},
    {"XML", "<password>s3cr3tpw</password>", BIT(PASSWORD)},
    {"CSV", "site,login,password\nvpn,bob,Xk29dfq1\n", BIT(PASSWORD)},
    {"CSV, last column quoted", "\"site\";\"mot de passe\"\r\n\"vpn\";\"Xk29dfq1\"\r\n",
     BIT(PASSWORD)},
    {"table with bars", "| Login | Password |\n|---|---|\n| bob | Xk29dfq1 |\n", BIT(PASSWORD)},
    {"tab", "Password\tXk29dfq1", BIT(PASSWORD)},
    {"address of a service", "postgres://app:s3cr3tpw@db.example/x", BIT(PASSWORD)},
    {"two kinds", "mdp: Azerty123!  IBAN FR14 2004 1010 0505 0001 3M02 606",
     BIT(PASSWORD) | BIT(IBAN)},
};

static const struct row no_passwords[] = {
    {"mask", "Password: ********", 0},
    {"mask, then a word", "Password: ******** Hidden42", 0},
    {"mask of x", "Password: xxxxxxxx", 0},
    {"dots", "Mot de passe : ........", 0},
    {"blank to fill in", "Password: ____________", 0},
    {"blank in brackets", "Password: [your-password-1]", 0},
    {"template", "Password: {{user.password1}}", 0},
    {"variable", "password=$DB_PASSWORD", 0},
    {"shell variable", "password=${DB_PASSWORD1}", 0},
    {"policy", "Password policy: minimum 12 characters, 1 digit", 0},
    {"policy as a list", "Passwords: 12 characters, upper and lower case, 1 symbol", 0},
    {"policy, hyphen", "Your password is 8-character minimum", 0},
    {"policy named", "Password policy: ISO27001 and NIST800-63b", 0},
    {"policy, fr", "Politique de mot de passe : 12 caract\u00e8res, ANSSI2026", 0},
    {"policy, de", "Passwort-Richtlinie: BSI2026a gilt ab Mai", 0},
    {"policy, fr, rules", "Mot de passe : au moins 12 caract\u00e8res dont 1 chiffre", 0},
    {"expiry", "Your password expires: 2026-03-17", 0},
    {"expiry, fr", "Votre mot de passe expire le 17/03/2026 \u00e0 12h00", 0},
    {"changed", "Your password was changed on 17 March 2026 from 192.0.2.7", 0},
    {"changed, with sign", "Password changed: 2026-03-17T12:05:00Z", 0},
    {"forgotten", "Forgot your password? Click here: https://example.org/forgot", 0},
    {"manager", "Best password manager: 1Password wins in 2026", 0},
    {"sent otherwise", "Password: sent separately by SMS", 0},
    {"sentence", "Enter your password: then click Login2", 0},
    {"see", "Mot de passe : voir pi\u00e8ce jointe", 0},
    {"required", "Username: bob\nPassword: required\n", 0},
    {"example", "Example of a strong password: X8#kQ!2pLz", 0},
    {"example, fr", "par exemple mot de passe : X8#kQ!2pLz", 0},
    {"label alone", "Password", 0},
    {"label at the end", "Password:", 0},
    {"address", "Password: bob@example.org", 0},
    {"link", "Password: https://example.org/set1", 0},
    {"documented address", "https://user:password@example.org/", 0},
    {"file name", "password-protected archive: Report2026.pdf", 0},
    {"boarding pass", "Boarding pass: XK12PQ7", 0},
    {"keyword, es", "palabra clave: verano2026", 0},
    {"encompass", "compass: N45E12x9", 0},
    {"one time code", "Your verification code is 482193", 0},
    {"postcode", "Code postal : 75008", 0},
    {"table of policy", "Rule,Password,Notes\n1,length,must be long\n2,age,90 days\n", 0},
};

static void password_found(void **state)
{
	CHECK(passwords);
}

static void password_not_found(void **state)
{
	CHECK(no_passwords);
}

#define PEM_LINE "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj\n"
#define JWT                                                                                        \
	"eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIiwibmFtZSI6IkEifQ."         \
	"SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJV_adQssw5c"

static const struct row forms[] = {
    {"PKCS #8", "-----BEGIN PRIVATE KEY-----\n" PEM_LINE "-----END PRIVATE KEY-----\n", BIT(KEY)},
    {"RSA, encrypted",
     "-----BEGIN RSA PRIVATE KEY-----\r\nProc-Type: 4,ENCRYPTED\r\nDEK-Info: "
     "AES-256-CBC,0\r\n\r\n" PEM_LINE,
     BIT(KEY)},
    {"OpenSSH", "-----BEGIN OPENSSH PRIVATE KEY-----\n" PEM_LINE, BIT(KEY)},
    {"PGP", "-----BEGIN PGP PRIVATE KEY BLOCK-----\nVersion: 1\n\n" PEM_LINE, BIT(KEY)},
    {"PuTTY", "PuTTY-User-Key-File-3: ssh-ed25519\nEncryption: none\n" PEM_LINE, BIT(KEY)},
    {"quoted", "> -----BEGIN PRIVATE KEY-----\n> " PEM_LINE, BIT(KEY)},
    {"public key", "-----BEGIN PUBLIC KEY-----\n" PEM_LINE, 0},
    {"certificate", "-----BEGIN CERTIFICATE-----\n" PEM_LINE, 0},
    {"key of a manual", "look for -----BEGIN PRIVATE KEY----- in your file, and then\nsend it\n",
     0},
    {"AWS", "key AKIA2OGYBAH6Q7VNBP3X here", BIT(TOKEN)},
    {"AWS, example", "key AKIAIOSFODNN7EXAMPLE here", 0},
    {"AWS, blank", "AKIAXXXXXXXXXXXXXXXX", 0},
    {"GitHub", "ghp_16C7e42F292c6912E7710c838347Ae178B4a", BIT(TOKEN)},
    {"Slack", "xoxb-17653672481-19874698323-pdFZKVeTuE8sk7oOcBrzbqgy", BIT(TOKEN)},
    {"Stripe", "sk_live_4eC39HqLyjWDarjtT1zdp7dc", BIT(TOKEN)},
    {"Stripe, test", "sk_test_4eC39HqLyjWDarjtT1zdp7dc", 0},
    {"Google", "AIzaSyD4k1jK9x8Q2mT0bVw7ZpLrN3cHs5FyGaE", BIT(TOKEN)},
    {"JWT", "Authorization: Bearer " JWT, BIT(TOKEN)},
    {"JWT in a newsletter's link", "https://click.example/unsubscribe/" JWT, 0},
    {"labelled", "client_secret = 9dKq2-Lm44xTz81Vb_0pQwErTy", BIT(TOKEN)},
    {"labelled, API key", "API key: 5f4dcc3b5aa765d61d8327deb882cf99", BIT(TOKEN)},
    {"hash", "SHA-256: 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", 0},
    {"tracking token", "https://x.example/o?u=9f86d081884c7d659a2feaa0c55a&id=77", 0},
    {"Message-ID", "<CAF9x2k_L3m8Qv+5f4dcc3b5aa765d61d8327@mail.example>", 0},
    {"UUID", "3f2504e0-4f89-11d3-9a0c-0305e82c3301", 0},
    {"reset", "https://x.example/reset?token=9f86d081884c7d659a2feaa0c55ad015", BIT(RESET)},
    {"reset in the path", "https://x.example/password/reset/9f86d081884c7d659a2f", BIT(RESET)},
    {"reset, fr", "https://x.example/mot-de-passe/nouveau?jeton=9f86d081884c7d659a2f", BIT(RESET)},
    {"magic link", "<https://x.example/auth/magic?code=Zk93hAa72bQpLm55Tr>", BIT(RESET)},
    {"reset without token", "https://x.example/forgot-password", 0},
    {"reset in a campaign", "https://c.example/t?u=9f86d081884c7d659a2f&utm_campaign=reset", 0},
    {"presets", "https://x.example/presets?token=9f86d081884c7d659a2feaa0c55ad015", 0},
    {"OpenVPN", "client\ndev tun\nremote vpn.example 1194\nauth-user-pass\n", BIT(PROFILE)},
    {"OpenVPN, inline key", "remote a 1\r\ndev tap0\r\n<tls-crypt>\r\n", BIT(PROFILE)},
    {"OpenVPN in a sentence", "set dev tun and remote to our auth-user-pass server", 0},
    {"OpenVPN, no credentials", "client\ndev tun\nremote vpn.example 1194\n", 0},
    {"WireGuard", "[Interface]\nPrivateKey = yAnz5TF+lXXJte14tji3zlMNq+hd2rYUIgJBgB3fBmk=\n",
     BIT(PROFILE)},
    {"WireGuard, blank", "[Interface]\nPrivateKey = <your private key>\n", 0},
    {"WireGuard, public", "[Peer]\nPublicKey = xTIBA5rboUvnH4htodjb6e697QjLERt1NAB4mZqp8Dg=\n", 0},
};

static void form_of_its_own(void **state)
{
	CHECK(forms);
}

static const struct row numbers[] = {
    {"IBAN, printed", "FR14 2004 1010 0505 0001 3M02 606", BIT(IBAN)},
    {"IBAN, plain", "iban:DE89370400440532013000.", BIT(IBAN)},
    {"IBAN, no-break spaces", "NL91\u00a0ABNA\u00a00417\u00a01643\u00a000", BIT(IBAN)},
    {"IBAN, wrong check", "DE88370400440532013000", 0},
    {"IBAN, too long", "DE893704004405320130001", 0},
    {"IBAN, no country", "QQ89370400440532013000", 0},
    {"IBAN in a path", "/DE89370400440532013000/", 0},
    {"IBAN inside a word", "xDE89370400440532013000", 0},
    {"card, printed", "4539 5787 6362 1486", BIT(CARD)},
    {"card, dashes and expiry", "5555-5555-5555-4444 12/27", BIT(CARD)},
    {"card, labelled", "Carte : 4539578763621486", BIT(CARD)},
    {"card, American Express", "3782 822463 10005", BIT(CARD)},
    {"card behind a number", "No 12 4539 5787 6362 1486", BIT(CARD)},
    {"card, not labelled", "4539578763621486", 0},
    {"card, wrong Luhn", "4539 5787 6362 1487", 0},
    {"card, no such issuer", "9539 5787 6362 1480", 0},
    {"order number", "Order 4539-5787-6362-1486", 0},
    {"order number, plain", "Your order 4539578763621486 has shipped", 0},
    {"identifier in a link", "https://x.example/c/4539-5787-6362-1486", 0},
    {"telephone", "+33 1 42 76 40 40, 0142764040, +49 30 18681-0", 0},
    {"time stamp", "20260317120500123", 0},
    {"NIR", "2 69 05 49 588 157 80", BIT(IDENTITY)},
    {"NIR, plain", "num\u00e9ro de s\u00e9cu 269054958815780", BIT(IDENTITY)},
    {"NIR, Corse-du-Sud", "1 85 07 2A 004 084 30", BIT(IDENTITY)},
    {"NIR, Haute-Corse", "285072B12304565", BIT(IDENTITY)},
    {"NIR, wrong key", "2 69 05 49 588 157 81", 0},
    {"NIR, month 13", "269134958815714", 0},
    {"Steuer-ID", "Steuer-ID: 86 095 742 719", BIT(IDENTITY)},
    {"Steuer-ID, not labelled", "86095742719", 0},
    {"Steuer-ID, wrong check", "Steuer-ID: 86095742718", 0},
    {"BSN", "BSN 111222333", BIT(IDENTITY)},
    {"BSN, not labelled", "klant 111222333", 0},
    {"BSN, wrong", "BSN 111222334", 0},
    {"Belgium, printed", "85.07.30-033.28", BIT(IDENTITY)},
    {"Belgium, labelled", "Rijksregisternummer: 85073003328", BIT(IDENTITY)},
    {"Belgium, born 2017", "NISS 17.07.30-033.84", BIT(IDENTITY)},
    {"Belgium, plain", "85073003328", 0},
    {"Belgium, wrong", "85.07.30-033.29", 0},
    {"DNI", "DNI: 12345678Z", BIT(IDENTITY)},
    {"DNI, dotted", "D.N.I. 12.345.678-Z", BIT(IDENTITY)},
    {"NIE", "NIE X1234567L", BIT(IDENTITY)},
    {"DNI, wrong letter", "DNI: 12345678A", 0},
    {"DNI, not labelled", "lote 12345678Z", 0},
    {"codice fiscale", "RSSMRA85T10A562S", BIT(IDENTITY)},
    {"codice fiscale, wrong", "RSSMRA85T10A562T", 0},
};

static void number(void **state)
{
	CHECK(numbers);
}

static const struct {
	const char *name, *markup, *want;
} pages[] = {
    {"entities", "<p>Mot de passe&nbsp;: caf&eacute;&#33;&#x41;</p>", "Mot de passe : café!A\n\n"},
    {"row of a table", "<tr><td><p>Password</p></td>\n<td>\n<p>X</p></td></tr>",
     "Password\tX\t\n\n"},
    {"style and script", "<style>p{a:b}</style>a<script>if (a<b) x</script >b", "ab\n"},
    {"comment", "a<!-- <p> -- > -->b", "ab\n"},
    {"open comment", "a<!-- b", "a\n"},
    {"word in two runs", "Pass<b>word</b>", "Password\n"},
    {"less than", "1 < 2 <3", "1 < 2 <3\n"},
    {"tag not closed", "a<b c", "a<b c\n"},
    {"link", "<a class=x href=\"https://x/?a=1&amp;b=2\">here</a>", "here\nhttps://x/?a=1&b=2\n"},
    {"unknown entity", "a &foo; & b&#xD800;", "a &foo; & b&#xD800;\n"},
    {"preformatted", "<pre>a\nb</pre>", "a\nb\n\n"},
};

static void markup(void **state)
{
	for (size_t i = 0; i < sizeof pages / sizeof pages[0]; i++) {
		struct out o = {.fd = -1};
		markup_text(slice_of(pages[i].markup), &o);
		slice got = {o.at, o.len};
		if (!slice_eq(got, slice_of(pages[i].want)))
			fail_msg("%s: got \"%.*s\"", pages[i].name, (int)got.len, got.at);
		out_close(&o);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(password_found),  cmocka_unit_test(password_not_found),
	    cmocka_unit_test(form_of_its_own), cmocka_unit_test(number),
	    cmocka_unit_test(markup),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
