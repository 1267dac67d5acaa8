/*
 * format.h - from a record to an event.
 *
 *	struct format_state st;
 *	format_start(&st, zone, year_of_last);
 *	switch (format_decode(&st, record, &e, &scratch)) ...
 *
 * A record is an envelope (syslog, journald, or none) around a body; a body belongs to one row of
 * `formats`.  Decoding copies nothing: fields are slices of the record, or, where text had to be
 * unescaped, of `scratch`, which the caller resets for each record.  No decoder keeps anything
 * about earlier records but what stands in format_state.
 */
#ifndef TOCSIN_FORMAT_H
#define TOCSIN_FORMAT_H

#include "event/event.h"

enum decoded {
	DECODED_UNKNOWN, /* no format owns it: counted, shown by decode --all */
	DECODED_EVENT,   /* e is filled; e->action may be ACT_MESSAGE: owned, bears on nothing */
	DECODED_PART,    /* a piece of a record of several lines; nothing yet */
	DECODED_BROKEN,  /* a format owns it and it is malformed: e has what could be read */
};

/* What a format proves about mail that was opened: class A names messages ... F nothing. */
struct format {
	const char *name, *about;
	char evidence; /* 'A' to 'F': see `tocsin formats` */
};
extern const struct format *const formats[]; /* ends with NULL */

enum { FORMAT_PROGRAMS_MOST = 250 };

/* A CSV file: what its columns mean, and a row that goes on in the next record. */
enum { FORMAT_COLUMNS = 64, FORMAT_PENDING = 1 << 15 };
struct format_table {
	uint8_t columns; /* 0: it is no such file */
	char separator;
	bool by_content; /* which column holds the line its first row will show */
	uint8_t role[FORMAT_COLUMNS], rank[FORMAT_COLUMNS];
};

enum { FORMAT_COLUMNS_MOST = 192, FORMAT_PEOPLE = 32 };

/* A program that lines were of, and its row in the table of programs. */
enum { FORMAT_TAGS = 32, FORMAT_TAG_MOST = 30, FORMAT_ROW_UNASKED = 255 };
struct format_tag {
	char text[FORMAT_TAG_MOST];
	uint8_t len; /* 0: none */
	uint8_t row; /* + 1; 0: it has none */
};

/* What one input carries from record to record. */
struct format_state {
	struct zone *zone; /* of wall clocks without a zone */
	int year;          /* of the next record without a year; 0: unknown */
	int64_t last_us;   /* time of the last record, to see New Year pass */
	int shape;         /* row of lines that owned the last one: tried first */
	int dated;         /* row of dated lines + 1, likewise; 0: the last was none */
	bool apache;       /* the last access line that showed whose it is was Apache's */
	bool exim;         /* the input is a log file of Exim's own */
	/* programs of the table by the first byte of their name: a row + 1, and the one after it */
	uint8_t programs[128], program_next[FORMAT_PROGRAMS_MOST];
	/*
	 * the last day that was read: its text up to the clock, and its midnight as if it were UTC
	 */
	char day_text[24];
	uint8_t day_len;
	int64_t day_us;
	/* the last host with the space behind it: one writes a file, as a rule */
	char host_text[48];
	uint8_t host_len;
	bool is_container; /* it is "stdout" or "stderr": a container's log (CRI) */
	/*
	 * what lay between clock and words of the last line that began with its day: "+01:00 host "
	 */
	struct format_head {
		char text[64];
		uint8_t len; /* 0: nothing is known */
		uint8_t zone_len, host_at, host_len;
		bool fraction;     /* six digits and a point stand before it */
		int64_t offset_us; /* of the zone in it, if zone_len */
	} head;
	bool begun;     /* a record was seen */
	bool behind;    /* DECODED_PART begins no record: a header, or the rest of one told */
	bool splunk;    /* the input is an answer of Splunk's in XML */
	bool collected; /* the last record was JSON of a collector, around another record */
	uint8_t depth;  /* of records within records */
	/* what was around the last record, from without to within; NULL behind the last */
	const char *coats[4];
	const struct format *forced; /* every record is of this format, or unknown; NULL: any */
	/* when the collector around the record says that it came, or CLOCK_NONE */
	int64_t stamp_us;
	int64_t left_us;       /* when the input was last written to; CLOCK_NONE: unknown */
	uint64_t no_such_time; /* clocks that show an hour which the zone skipped */
	/* the last offset from UTC, +01:00 */
	char offset_text[8];
	int64_t offset_us;
	/* the quarter of an hour that went through `zone` last, and what to add to reach UTC */
	int64_t quarter, quarter_shift_us;
	struct format_tag tags[FORMAT_TAGS];
	struct format_table table;
	/* the beginning of a record that goes on: a container's line cut in pieces, of stdout and
	 * of stderr, which interleave; a CSV row with line ends in a cell: the first */
	struct format_pending {
		uint32_t len;
		uint8_t lines;
		bool cut;
		char text[FORMAT_PENDING];
	} pending[2];
	/* who signs in or is signed in, by session: hMailServer says it in one line alone */
	struct format_person {
		int64_t session;
		uint8_t kind, len; /* len 0: nobody */
		char name[126];
	} people[FORMAT_PEOPLE];
	/* what the columns of CSV and W3C lines hold, by their last #Fields line; fields.h */
	uint8_t columns[FORMAT_COLUMNS_MOST], column_count;
	char column_divider; /* ',' or ' '; NUL: none was seen */
	/* what the columns of a CSV export of Microsoft 365 hold; the slots are its decoder's */
	struct format_tenant {
		uint8_t count;
		char separator;
		bool announced; /* by the line that Export-Csv puts in front of the header */
		uint8_t open;   /* lines since a row began that goes on: a cell with line ends */
		uint8_t slot[FORMAT_COLUMNS_MOST];
	} tenant;
	/* names of columns, one behind the other, of a table that answer.c reads */
	struct format_answer {
		uint8_t count;  /* 0: it is none */
		char separator; /* '[': rows are arrays of JSON */
		uint16_t len, end[FORMAT_COLUMNS_MOST];
		char names[6144];
	} answer;
	/* a record of journalctl -o export, kept from line to line until the empty one */
	struct format_journal {
		int64_t usec, pid, uid; /* uid -1: unknown */
		uint64_t binary_left;   /* bytes to come of a field whose length stands before it */
		uint8_t length_left;    /* bytes to come of that length */
		uint8_t field;
		bool open, cut;
		bool verbose; /* the input is journalctl -o verbose */
		uint16_t len[5];
		char text[3][4096]; /* host, program, message */
		char who[2][256];   /* executable, unit of the writer */
	} journal;
};

/* `year`: of the FIRST record without a year of its own, see format_first_year(). */
void format_start(struct format_state *st, struct zone *zone, int year);

/*
 * The year of the first record of an input whose records bear none, such that the last one is not
 * later than `last_us` (mtime of the file, or what neighbours say).
 * `wall` is the month and day and time of the first record as digits in some leap year.
 */
int format_first_year(const struct civil *first, int64_t last_us);
/* True if the record's own time bears no year; then `c` has its digits. */
bool format_yearless(slice record, struct civil *c);

enum decoded format_decode(struct format_state *st, slice record, struct event *e,
			   struct arena *scratch);
/* Whether later records need what the first one said (the header of a CSV file or of
 * W3C's extended format): then reading can
 * begin only there. */
static inline bool format_needs_start(const struct format_state *st)
{
	return st->table.columns > 0 || st->tenant.count > 0 || st->column_count > 0 ||
	       st->answer.count > 0;
}

/* writer.c: who wrote a line, as the kernel says; uid -1, empty: unknown. */
struct writer {
	int64_t uid;
	slice exe, unit;
};
/* If no process of the daemon wrote the line of this event: it becomes ACT_LOG_FORGED, and says
 * nothing else any more. */
void writer_judge(const struct writer *w, struct event *e, struct arena *scratch);

const struct format *format_named(slice name); /* NULL: there is none */

/* How a record is read: the pieces of its envelope, what is around it, what nearly fits. */
struct format_explanation {
	enum decoded decoded;
	struct event event;
	const char *coats[4];   /* as in format_state */
	const char *clock_kind; /* NULL: it begins with no clock that is known */
	slice priority, clock;  /* of the record; empty: none */
	slice program, body;    /* as the envelope names them; body.at NULL: no envelope */
	bool zone_named;        /* the clock says how far it is from UTC */
	/* if unknown: the format that would own it, */
	const struct format *nearest;
	slice as_program; /* were it of this program; empty: */
	uint64_t from;    /* if it began here */
};
void format_explain(struct format_state *st, slice record, struct format_explanation *x,
		    struct arena *scratch);

/* What records may be wrapped in: names and words for `tocsin formats`; ends with NULL. */
struct format_coat {
	const char *name, *about;
};
extern const struct format_coat format_coats[];

/*
 * What Dovecot's own session id tells: when the connection began, from which port and address.
 * Its clock wraps every nine years; `near_us` is a time after the connection, within 60 days.
 */
bool dovecot_session_decode(slice id, int64_t near_us, int64_t *start_us, int64_t *port,
			    struct address *from);

#endif
