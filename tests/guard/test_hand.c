/* test_hand.c - the responder takes orders of one shape, within the policy's brakes, each once. */
#include "guard/part.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

struct world {
	char state[64];
	struct guard_policy policy;
	struct scan_options scan;
	struct guard_options o;
	int fd;
	pid_t pid;
};

static void start(struct world *w)
{
	int pair[2];
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
	fflush(NULL);
	w->pid = fork();
	if (w->pid == 0) {
		close(pair[0]);
		hand_run(&w->o, pair[1]);
	}
	close(pair[1]);
	w->fd = pair[0];
}

/* A policy whose one lever does not exist: plans are made, nothing on this host is touched. */
static void begin(struct world *w)
{
	char why[256];
	*w = (struct world){.state = "/tmp/tocsin-hand-XXXXXX"};
	assert_non_null(mkdtemp(w->state));
	assert_true(guard_policy_read(&w->policy,
				      SLICE("contain:\n"
					    "  from: medium\n"
					    "  accounts-an-hour: 2\n"
					    "  never: [chief@x.example]\n"),
				      why, sizeof why));
	w->policy.levers[w->policy.lever_count++] = "none";
	static const struct scan_notes nobody = {0};
	w->o = (struct guard_options){.scan = &w->scan,
				      .notes = &nobody,
				      .state = w->state,
				      .policy = &w->policy,
				      .json = true};
	start(w);
}

static void finish(struct world *w)
{
	int status;
	close(w->fd);
	assert_int_equal(waitpid(w->pid, &status, 0), w->pid);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static void end(struct world *w)
{
	char words[128];
	finish(w);
	guard_policy_free(&w->policy);
	snprintf(words, sizeof words, "rm -r %s", w->state);
	assert_int_equal(system(words), 0);
}

static struct hand_order order_for(const char *account)
{
	struct hand_order o = {.decided_us = (int64_t)time(NULL) * CLOCK_SECOND,
			       .account_len = (uint8_t)strlen(account)};
	snprintf(o.account, sizeof o.account, "%s", account);
	return o;
}

static struct hand_result told(struct world *w, const struct hand_order *o, size_t size)
{
	struct hand_result r;
	assert_int_equal(send(w->fd, o, size, 0), size);
	assert_int_equal(recv(w->fd, &r, sizeof r, 0), sizeof r);
	return r;
}

static const struct {
	const char *account;
	bool contained;
	const char *why;
} cases[] = {
    {"ana@x.example", true, ""},           {"CHIEF@x.example", false, "spares"},
    {"ana;reboot", false, "cannot stand"}, {"-rf", false, "cannot stand"},
    {"ben@x.example", true, ""},           {"eve@x.example", false, "within an hour"},
};

static void test_brakes(void **state)
{
	struct world w;
	begin(&w);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct hand_order o = order_for(cases[i].account);
		struct hand_result r = told(&w, &o, sizeof o);
		if (r.contained != cases[i].contained || !strstr(r.why, cases[i].why))
			fail_msg("case %zu, %s: contained %d, \"%s\"", i, cases[i].account,
				 r.contained, r.why);
	}
	end(&w);
}

/* Whoever's sessions were ended can still be shut out, and is not for the other's sake. */
static void test_sessions(void **state)
{
	struct world w;
	char why[256] = "";
	begin(&w);
	struct hand_order o = order_for("ana@x.example");
	o.sessions = 1;
	assert_true(told(&w, &o, sizeof o).contained);
	o.sessions = 0;
	assert_true(told(&w, &o, sizeof o).contained);
	o.sessions = o.has_source = 1; /* an address is nothing to them */
	assert_string_not_equal(told(&w, &o, sizeof o).why, "");
	finish(&w);
	struct respond *r = respond_open(w.state, true, why, sizeof why);
	assert_non_null(r);
	assert_int_equal(respond_count(r), 2);
	struct response *p = respond_at(r, 0);
	assert_int_equal(p->mode, RESPOND_SESSIONS);
	for (size_t i = 0; i < p->actions.len; i++)
		assert_true(slice_eq(p->actions.at[i].lever, SLICE("webmail")) ||
			    slice_eq(p->actions.at[i].lever, SLICE("kick")));
	assert_true(p->actions.len > 0 && respond_at(r, 1)->actions.len > p->actions.len);
	respond_close(&r);
	start(&w);
	end(&w);
}

static void test_an_order_of_another_shape(void **state)
{
	struct world w;
	begin(&w);
	struct hand_order o = order_for("ana@x.example");
	assert_string_not_equal(told(&w, &o, sizeof o - 1).why, "");
	o.has_source = 7;
	assert_string_not_equal(told(&w, &o, sizeof o).why, "");
	o = order_for("ana@x.example");
	o.decided_us = -1;
	assert_string_not_equal(told(&w, &o, sizeof o).why, "");
	end(&w);
}

/* What was decided before a crash is done once, and counted over the restart. */
static void test_after_a_restart(void **state)
{
	struct world w;
	begin(&w);
	struct hand_order ana = order_for("ana@x.example"), ben = order_for("ben@x.example"),
			  eve = order_for("eve@x.example");
	assert_true(told(&w, &ana, sizeof ana).contained);
	finish(&w);
	start(&w);
	ana.again = ben.again = 1;
	assert_false(told(&w, &ana, sizeof ana).contained);
	assert_true(told(&w, &ben, sizeof ben).contained);
	assert_non_null(strstr(told(&w, &eve, sizeof eve).why, "within an hour"));
	end(&w);
}

/* Orders that wait when the parent is gone are carried out all the same. */
static void test_what_waits_is_finished(void **state)
{
	struct world w;
	char why[256];
	begin(&w);
	struct hand_order ana = order_for("ana@x.example"), ben = order_for("ben@x.example");
	send(w.fd, &ana, sizeof ana, 0);
	send(w.fd, &ben, sizeof ben, 0);
	finish(&w);
	struct respond *r = respond_open(w.state, true, why, sizeof why);
	assert_non_null(r);
	assert_int_equal(respond_count(r), 2);
	respond_close(&r);
	start(&w);
	end(&w);
}

/* Findings about one account come in swarms: each is answered, one plan is made at a time. */
static void test_a_swarm(void **state)
{
	struct world w;
	char why[256];
	begin(&w);
	struct hand_order ana = order_for("ana@x.example");
	for (int i = 0; i < 50; i++)
		assert_string_equal(told(&w, &ana, sizeof ana).why, "");
	finish(&w);
	struct respond *r = respond_open(w.state, true, why, sizeof why);
	assert_int_equal(respond_count(r), 1);
	respond_close(&r);
	start(&w);
	end(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_brakes),
					   cmocka_unit_test(test_sessions),
					   cmocka_unit_test(test_an_order_of_another_shape),
					   cmocka_unit_test(test_after_a_restart),
					   cmocka_unit_test(test_what_waits_is_finished),
					   cmocka_unit_test(test_a_swarm)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
