/*
 * dovecot_service.c - lines of the services that serve who has signed in, take mail or hand it on:
 * which of them are ends, deliveries, the mail_log plugin's, relays.
 */
#include "dovecot.h"
#include "words.h"

/* "Connect from local", "Disconnect from 192.0.2.1: Logged out (state=READY)". */
static enum decoded read_connect(slice text, struct event *e, struct arena *scratch)
{
	bool comes = slice_eat(&text, "Connect from ");
	if (!comes)
		slice_eat(&text, "Disconnect from ");
	event_act(e, comes ? ACT_CONNECT : ACT_DISCONNECT, OUT_NONE);
	size_t n = slice_search(text, SLICE(": "));
	event_parse_address(e, F_SOURCE_IP, slice_first(text, n));
	return DECODED_EVENT;
}

/*
 * "Successfully relayed message: from=<A>, size=N, id=ID, nrcpt=N, reply=`...'" (submission), by
 * LMTP-like relays of each recipient: "from=<A>, to=<B>, size=N, id=ID, rcpt=1/3, reply=..."
 */
static enum decoded read_relayed(slice text, struct event *e, struct arena *scratch)
{
	slice value;
	bool failed = slice_starts(text, SLICE("Failed "));
	event_act(e, ACT_SMTP_QUEUE, failed ? OUT_FAILURE : OUT_NONE);
	slice_until(&text, '=');
	if (!words_take_path(&text, &value))
		return DECODED_BROKEN;
	event_text(e, F_FROM, value);
	if (slice_eat(&text, ", to=") && words_take_path(&text, &value))
		event_text(e, F_TO, value);
	if (part_first(text, SLICE(", size="), ',', &value))
		event_parse_number(e, F_SIZE, value);
	if (part_first(text, SLICE(", id="), ',', &value))
		event_text(e, F_QUEUE_ID, value);
	if (part_first(text, SLICE(", nrcpt="), ',', &value))
		event_parse_number(e, F_RECIPIENTS, value);
	return DECODED_EVENT;
}

/* "Sent message to <B> at A:P: 250 2.0.0 Ok (1/1 at 20 ms)" (LMTP that hands mail on) */
static enum decoded read_handed_on(slice text, struct event *e)
{
	bool sent = slice_eat(&text, "Sent message to ");
	slice to;
	if ((!sent && !slice_eat(&text, "Failed to send message to ")) ||
	    !words_take_path(&text, &to))
		return DECODED_UNKNOWN;
	event_act(e, ACT_SMTP_DELIVER, sent ? OUT_SUCCESS : OUT_FAILURE);
	event_text(e, F_TO, to);
	size_t reply = slice_search(text, SLICE(": "));
	if (reply == SIZE_MAX || !slice_eat(&text, " at "))
		return DECODED_BROKEN;
	event_parse_peer(e, F_DESTINATION_IP, F_DESTINATION_PORT, slice_first(text, reply - 4));
	event_text(e, F_REASON, slice_from(text, reply - 2));
	return DECODED_EVENT;
}

static const struct {
	slice words;
	dovecot_reader *read;
} messages[] = {
    {SLICE_INIT("Disconnected"), dovecot_read_end},
    {SLICE_INIT("msgid="), dovecot_read_delivery},
    {SLICE_INIT("sieve: "), dovecot_read_delivery},
    {SLICE_INIT("imapsieve: "), dovecot_read_delivery},
    {SLICE_INIT("from="), dovecot_read_delivery},
    {SLICE_INIT("subject="), dovecot_read_delivery},
    {SLICE_INIT("save"), dovecot_read_mail_log},
    {SLICE_INIT("Mailbox "), dovecot_read_mail_log},
    {SLICE_INIT("ID sent: "), dovecot_read_client_id},
    {SLICE_INIT("Connect from "), read_connect},
    {SLICE_INIT("Disconnect from "), read_connect},
    {SLICE_INIT("Logged out"), dovecot_read_end},
    {SLICE_INIT("Connection closed"), dovecot_read_end},
    {SLICE_INIT("Server shutting down"), dovecot_read_end},
    {SLICE_INIT("Successfully relayed message: "), read_relayed},
    {SLICE_INIT("Failed to relay message: "), read_relayed},
    {SLICE_INIT(""), dovecot_read_mail_log},
};

/*
 * "6bMzDBPKYmU/Q: sieve: msgid=": until 2.2 LMTP puts its session's id in front of a delivery, and
 * one that hands mail on still does, in brackets.
 */
static enum decoded read_in_session(slice text, struct event *e, struct arena *scratch)
{
	size_t n = slice_find(text, ':');
	slice id = slice_first(text, n), rest = slice_from(text, n + 2);
	bool delivery = slice_starts(rest, SLICE("msgid=")) || slice_starts(rest, SLICE("sieve: "));
	if (!n || slice_find(id, ' ') < n)
		return DECODED_UNKNOWN;
	enum decoded d =
	    delivery ? dovecot_read_delivery(rest, e, scratch) : read_handed_on(rest, e);
	if (d != DECODED_UNKNOWN)
		event_text(e, F_SESSION, part_unbracket(id));
	return d;
}

/* Reasons to end a session that stand alone, before 2.3 ("Too many invalid IMAP commands. in=1
 * out=2"): believed where nothing but counters follows plain words. */
static enum decoded read_other_end(slice text, struct event *e, struct arena *scratch)
{
	static const char marks[] = "=:<>'\"`/";
	size_t counters = 0;
	for (slice rest = text; rest.len;) {
		slice word = slice_until(&rest, ' ');
		size_t key = slice_find(word, '=');
		bool counter = key < word.len && slice_find(word, ':') == word.len;
		if (!counter && counters)
			return DECODED_UNKNOWN;
		for (size_t i = 0; !counter && i < sizeof marks - 1; i++)
			if (slice_find(word, marks[i]) < word.len)
				return DECODED_UNKNOWN;
		counters += counter;
	}
	slice before;
	if (!counters || !dovecot_counters(text, e, &before))
		return DECODED_UNKNOWN;
	return dovecot_read_end(text, e, scratch);
}

enum decoded dovecot_read_session(slice text, struct event *e, struct arena *scratch)
{
	size_t i = 0;
	while (!slice_starts(text, messages[i].words))
		i++;
	enum decoded d = messages[i].read(text, e, scratch);
	if (d == DECODED_UNKNOWN)
		d = read_in_session(text, e, scratch);
	return d == DECODED_UNKNOWN ? read_other_end(text, e, scratch) : d;
}
