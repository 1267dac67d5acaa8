/* fields.c - headers of CSV and W3C logs, and lines divided by them. */
#include "fields.h"

/* In lower case: products differ. */
static const struct {
	slice name;
	enum column column;
} names[] = {
    /* W3C extended log, as IIS and MailEnable write it */
    {SLICE_INIT("date"), COL_DATE},
    {SLICE_INIT("time"), COL_CLOCK},
    {SLICE_INIT("s-ip"), COL_SERVER},
    {SLICE_INIT("s-port"), COL_SERVER_PORT},
    {SLICE_INIT("c-ip"), COL_CLIENT},
    {SLICE_INIT("c-port"), COL_CLIENT_PORT},
    {SLICE_INIT("cs-username"), COL_USER},
    {SLICE_INIT("cs-method"), COL_METHOD},
    {SLICE_INIT("cs-uri-stem"), COL_STEM},
    {SLICE_INIT("cs-uri-query"), COL_QUERY},
    {SLICE_INIT("sc-status"), COL_STATUS},
    {SLICE_INIT("sc-bytes"), COL_BYTES_OUT},
    {SLICE_INIT("cs-bytes"), COL_BYTES_IN},
    {SLICE_INIT("cs(user-agent)"), COL_AGENT},
    {SLICE_INIT("cs(referer)"), COL_REFERRER},
    {SLICE_INIT("x-forwarded-for"), COL_FORWARDED},
    {SLICE_INIT("cs(x-forwarded-for)"), COL_FORWARDED},
    /* Exchange: IMAP4 and POP3 */
    {SLICE_INIT("datetime"), COL_WHEN},
    {SLICE_INIT("sessionid"), COL_SESSION},
    {SLICE_INIT("sip"), COL_SERVER},
    {SLICE_INIT("cip"), COL_CLIENT},
    {SLICE_INIT("user"), COL_USER},
    {SLICE_INIT("rpsize"), COL_BYTES_OUT},
    {SLICE_INIT("rqsize"), COL_BYTES_IN},
    {SLICE_INIT("command"), COL_COMMAND},
    {SLICE_INIT("parameters"), COL_PARAMETERS},
    {SLICE_INIT("context"), COL_CONTEXT},
    /* SMTP */
    {SLICE_INIT("date-time"), COL_WHEN},
    {SLICE_INIT("session-id"), COL_SESSION},
    {SLICE_INIT("local-endpoint"), COL_SERVER},
    {SLICE_INIT("remote-endpoint"), COL_CLIENT},
    {SLICE_INIT("event"), COL_EVENT},
    {SLICE_INIT("data"), COL_DATA},
    /* message tracking */
    {SLICE_INIT("client-ip"), COL_CLIENT},
    {SLICE_INIT("original-client-ip"), COL_TRUE_CLIENT},
    {SLICE_INIT("source"), COL_SOURCE},
    {SLICE_INIT("event-id"), COL_EVENT_ID},
    {SLICE_INIT("internal-message-id"), COL_QUEUE_ID},
    {SLICE_INIT("message-id"), COL_MESSAGE_ID},
    {SLICE_INIT("recipient-address"), COL_RECIPIENTS},
    {SLICE_INIT("recipient-count"), COL_RECIPIENT_COUNT},
    {SLICE_INIT("sender-address"), COL_SENDER},
    {SLICE_INIT("message-subject"), COL_SUBJECT},
    {SLICE_INIT("total-bytes"), COL_SIZE},
    /* HttpProxy */
    {SLICE_INIT("authenticateduser"), COL_USER},
    {SLICE_INIT("isauthenticated"), COL_SIGNED_IN},
    {SLICE_INIT("clientipaddress"), COL_CLIENT},
    {SLICE_INIT("useragent"), COL_AGENT},
    {SLICE_INIT("urlstem"), COL_STEM},
    {SLICE_INIT("urlquery"), COL_QUERY},
    {SLICE_INIT("httpstatus"), COL_STATUS},
    {SLICE_INIT("method"), COL_METHOD},
};

static enum column column_of(slice name)
{
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (slice_eq_nocase(names[i].name, name))
			return names[i].column;
	return COL_OTHER;
}

bool fields_header(struct format_state *st, slice line)
{
	slice s = slice_trim(line);
	if (!slice_eat(&s, "#Fields: "))
		return false;
	char divider = slice_find(s, ',') < s.len ? ',' : ' ';
	st->column_count = 0;
	st->column_divider = divider;
	while (s.len && st->column_count < FORMAT_COLUMNS_MOST)
		st->columns[st->column_count++] =
		    (uint8_t)column_of(slice_trim(slice_until(&s, divider)));
	return true;
}

/* One value off the front; in CSV a quoted one may hold the divider, and quotes doubled. */
static slice take_value(slice *s, char divider)
{
	if (divider != ',' || !slice_starts(*s, SLICE("\"")))
		return slice_until(s, divider);
	size_t i = 1;
	while (i < s->len) {
		i += slice_find(slice_from(*s, i), '"');
		if (i + 1 >= s->len || s->at[i + 1] != '"')
			break;
		i += 2;
	}
	size_t end = i + 1 < s->len ? i + 1 : s->len;
	slice value = slice_first(*s, end);
	*s = slice_from(*s, end);
	slice_until(s, divider);
	return value;
}

size_t fields_split(const uint8_t *columns, size_t count, size_t from, char divider, slice line,
		    slice values[COL_COUNT])
{
	size_t n = 0;
	for (size_t i = from; line.len; i++, n++) {
		slice value = take_value(&line, divider);
		if (i < count && !values[columns[i]].at)
			values[columns[i]] = value;
	}
	return n;
}

slice fields_unquote(slice value, struct arena *scratch)
{
	if (value.len < 2 || value.at[0] != '"' || value.at[value.len - 1] != '"')
		return value;
	value = (slice){value.at + 1, value.len - 2};
	if (slice_find(value, '"') == value.len)
		return value;
	char *out = arena_take(scratch, value.len);
	size_t n = 0;
	while (value.len) {
		size_t plain = slice_find(value, '"');
		plain += plain < value.len; /* with the quote, and past the one that doubles it */
		memcpy(out + n, value.at, plain);
		n += plain;
		value = slice_from(value, plain);
		slice_eat(&value, "\"");
	}
	return (slice){out, n};
}

void fields_user(struct event *e, slice user)
{
	size_t slash = slice_find(user, '\\');
	if (!user.len || slice_eq(user, SLICE("-")))
		return;
	if (slash < user.len)
		event_text(e, F_USER_ID, user);
	slice name = slash < user.len ? slice_from(user, slash + 1) : user;
	if (name.len)
		event_text(e, F_USER, name);
}
