/* facts.c - the tables of what is remembered. */
#include "known.h"

#include <stdlib.h>

/* `key`: the bytes of most keys, those of names in part. */
static const struct {
	size_t offset, key, size;
	uint32_t most;
} tables[] = {
#define TABLE(name, key, type, most)                                                               \
	{                                                                                          \
		offsetof(struct facts, name), key, sizeof(type), most                              \
	}
    TABLE(accounts, ACCOUNT_HERE, struct account_known, ACCOUNTS_MOST),
    TABLE(habits, HABIT_KEY, struct habit, HABITS_MOST),
    TABLE(beats, HABIT_KEY, struct beats, HABITS_MOST),
    TABLE(guessers_more, 8, struct guesser_more, GUESSERS_MOST),
    TABLE(guessers, GUESSER_KEY, struct guesser, GUESSERS_MOST),
    TABLE(networks, 8, struct network_known, NETWORKS_MOST),
    TABLE(areas, 16, struct network_known, AREAS_MOST),
    TABLE(browsers, 24, struct browser, BROWSERS_MOST),
    TABLE(walks, 24, struct walk, WALKS_MOST),
    TABLE(turns, 12, struct turn, TURNS_MOST),
    TABLE(sessions, 16, char, SESSIONS_MOST),
    TABLE(queues, 16, struct queued, QUEUES_MOST),
    TABLE(readers, 24, struct reader, READERS_MOST),
    TABLE(domains, 24, int64_t, DOMAINS_MOST),
    TABLE(hosts, 16, struct web_host, HOSTS_MOST),
    TABLE(trials, 8, struct trial, TRIALS_MOST),
    TABLE(tried, 8, struct tried, TRIALS_MOST),
    TABLE(passwords, 24, struct password_known, PASSWORDS_MOST),
    TABLE(rungs, 8, struct rung, RUNGS_MOST),
    TABLE(failed_places, 8, struct failed_place, PLACES_MOST),
    TABLE(failed_hints, 8, struct failed_hint, RUNGS_MOST),
    TABLE(victims, 4, struct victim, VICTIMS_MOST),
    TABLE(profiles, 32, struct profile, ACCOUNTS_MOST),
    TABLE(clients, 24, struct network_known, CLIENTS_MOST),
    TABLE(session_clients, 24, struct session_client, SESSION_CLIENTS_MOST),
    TABLE(masters, 24, struct master, MASTERS_MOST),
    TABLE(senders, 32, struct sender, SENDERS_MOST),
    TABLE(known_hosts, 16, struct host_known, KNOWN_HOSTS_MOST),
    TABLE(letters, 8, struct letter, LETTERS_MOST),
    TABLE(peers, 16, char, PEERS_MOST),
    TABLE(servants, 16, struct servant, SERVANTS_MOST),
    TABLE(laws, 8, struct law_count, LAWS_MOST),
    TABLE(message_ids, 8, struct message_id, MESSAGE_IDS_MOST),
    TABLE(copies, 8, int64_t, COPIES_MOST),
    TABLE(served, 32, struct served, SERVED_MOST),
    TABLE(unnamed, 8, struct unnamed, SERVED_MOST),
    TABLE(early, 8, int64_t, EARLY_MOST),
};
enum { TABLES = sizeof tables / sizeof *tables };

size_t facts_tables(void)
{
	return TABLES;
}

struct table *facts_table(const struct facts *f, size_t i)
{
	return (struct table *)((char *)(uintptr_t)f + tables[i].offset);
}

/* What is older than its window says nothing any more: to shed it is no loss. */
static void shed_of_week(void *ctx, void *entry)
{
	struct facts *f = ctx;
	int64_t last_us; /* such entries begin with it */
	memcpy(&last_us, entry, sizeof last_us);
	f->spent += f->newest_us - last_us > GUESS_WINDOW_US;
}

static void shed_guesser(void *ctx, void *entry)
{
	shed_of_week(ctx, entry);
	forget_guesser(ctx, entry);
}

static void shed_hint(void *ctx, void *entry)
{
	struct facts *f = ctx;
	uint32_t last_s = ((struct failed_hint *)entry)->last_s;
	f->spent += second_of(f->newest_us) > last_s + GUESS_WINDOW_S;
}

static void shed_of_day(void *ctx, void *entry)
{
	struct facts *f = ctx;
	f->spent += second_of(f->newest_us) >= ((struct message_id *)entry)->last_s + DAY_S;
}

static void watch_shedding(struct facts *f)
{
	struct table *of_week[] = {&f->rungs,  &f->failed_places, &f->victims,
				   &f->trials, &f->tried,         &f->passwords};
	for (size_t i = 0; i < sizeof of_week / sizeof *of_week; i++) {
		of_week[i]->shed = shed_of_week;
		of_week[i]->shed_ctx = f;
	}
	f->failed_hints.shed = shed_hint;
	f->failed_hints.shed_ctx = f;
	f->guessers.shed = shed_guesser;
	f->guessers.shed_ctx = f;
	f->message_ids.shed = shed_of_day;
	f->message_ids.shed_ctx = f;
	f->servants.shed = servant_shed;
	f->servants.shed_ctx = f;
}

struct facts *facts_new(void)
{
	struct facts *f = must_alloc(sizeof *f);
	for (size_t i = 0; i < TABLES; i++)
		table_init_keyed(facts_table(f, i), tables[i].key, tables[i].size, tables[i].most);
	notches_init(&f->targets, TARGETS_MOST);
	notches_init(&f->recipients, RECIPIENTS_MOST);
	watch_shedding(f);
	memset(f->wanted, 0xff, sizeof f->wanted);
	f->began_us = f->shell_us = f->strange_shell_us = CLOCK_NONE;
	f->request_us = CLOCK_NONE;
	return f;
}

void facts_free(struct facts **f)
{
	if (!*f)
		return;
	servants_free(*f);
	for (size_t i = 0; i < TABLES; i++)
		table_free(facts_table(*f, i));
	notches_free(&(*f)->targets);
	notches_free(&(*f)->recipients);
	state_close(&(*f)->state);
	list_free(&(*f)->rows);
	list_free(&(*f)->named);
	geo_close(&(*f)->geo);
	arena_free(&(*f)->arena);
	free(*f);
	*f = NULL;
}

uint64_t facts_shed(const struct facts *f)
{
	uint64_t n = f->orphans_shed - f->spent + f->targets.shed_count + f->recipients.shed_count;
	for (size_t i = 0; i < TABLES; i++)
		n += facts_table(f, i)->shed_count;
	return n;
}

size_t facts_bytes(const struct facts *f)
{
	size_t n =
	    sizeof *f + f->arena.total + notches_bytes(&f->targets) + notches_bytes(&f->recipients);
	for (size_t i = 0; i < TABLES; i++)
		n += facts_table(f, i)->bytes;
	return n;
}

bool name_keep(struct name *n, slice s)
{
	n->len = s.len <= sizeof n->text ? (uint8_t)s.len : 0;
	memcpy(n->text, s.at ? s.at : "", n->len);
	return n->len > 0;
}

void facts_wants(struct facts *f, const uint64_t fields[FIELD_WORDS])
{
	memcpy(f->wanted, fields, sizeof f->wanted);
}

void facts_zone(struct facts *f, struct zone *z)
{
	f->zone = z;
}

/* A word whose bytes are 'A' to 'Z' has a high bit there; those of UTF-8 have none. */
static uint64_t capitals(uint64_t w)
{
	uint64_t low = w & ~WORD_HIGH;
	return (low + WORD_EACH(0x80 - 'A')) & ~(low + WORD_EACH(0x7f - 'Z')) & ~w & WORD_HIGH;
}

static bool has_capital(slice s)
{
	uint64_t any = 0;
	size_t i = 0;
	for (; i + 8 <= s.len; i += 8)
		any |= capitals(word_load(s.at + i));
	for (; i < s.len; i++)
		any |= s.at[i] >= 'A' && s.at[i] <= 'Z';
	return any != 0;
}

slice facts_account_key(slice user, char room[ACCOUNT_MOST])
{
	size_t i = 0;
	user = slice_first(user, ACCOUNT_MOST);
	if (user.len && !has_capital(user))
		return user; /* what was just copied is slow to read in other pieces */
	for (; i + 8 <= user.len; i += 8) {
		uint64_t w = word_load(user.at + i);
		w = htole64(w | capitals(w) >> 2);
		memcpy(room + i, &w, 8);
	}
	for (; i < user.len; i++) {
		char c = user.at[i];
		room[i] = c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
	}
	return (slice){room, user.len};
}

bool facts_domain_is_ours(struct facts *f, slice domain)
{
	char room[ACCOUNT_MOST];
	return table_get(&f->domains, facts_account_key(domain, room)) != NULL;
}

int64_t facts_since(const struct facts *f)
{
	return f->began_us == CLOCK_NONE ? CLOCK_NONE : f->since_us;
}
