/* SPDX-License-Identifier: Apache-2.0 */
/* The poller over a clock and an AWS of the test's: whom one bad answer hides, and what a round
 * costs in calls. */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "check_main.h"
#include "daemon/poll/poll.h"
#include "fakes.h"

#define INTERVAL (30 * USEC_PER_SEC)
enum { SERVICES_MAX = 64 };

static const struct PollPace PACE = {INTERVAL, URGENCY_IDLE};

/* ---- who is watched ---- */

struct Watched {
        unsigned seen, unchanged, unseen;
        bool judged, settled, well;
};

static struct Watched watched[SERVICES_MAX];
static struct Poller *poller;
static struct PollCluster *cluster;
static struct PollService *services[SERVICES_MAX];
static size_t n_services;

static bool wants_unchanged(void *service) {
        const struct Watched *w = service;

        return !w->settled;
}

static void unchanged(void *service, usec_t at) {
        struct Watched *w = service;

        ck_assert(w->settled && at == EPOCH + fake_clock.now);
        w->unchanged++;
}

static bool needs_tasks(void *service, const struct ServiceFacts *facts, struct TaskNeeds *ret) {
        const struct Watched *w = service;

        (void) facts;
        *ret = (struct TaskNeeds) {.deployment = PRIMARY};
        return w->judged;
}

static enum TaskInterest task_interest(void *service, const char *task_arn, bool stopped) {
        const struct Watched *w = service;

        (void) task_arn;
        if (w->well)
                return stopped ? TASK_KNOWN : TASK_WELL;
        return TASK_WORTH_ASKING;
}

static void observed(void *service, struct Facts *facts) {
        struct Watched *w = service;

        w->seen++;
        facts_free(facts);
}

static void missing(void *service, usec_t at) {
        (void) service;
        (void) at;
        ck_abort_msg("nobody is missing");
}

static void unseen(void *service, const struct PollProblem *problem) {
        struct Watched *w = service;

        ck_assert_str_ne(problem->text, "");
        w->unseen++;
}

static void cluster_seen(void *userdata, usec_t at) {
        (void) userdata;
        (void) at;
}

static const struct PollHooks HOOKS = {
        .wants_unchanged = wants_unchanged,
        .unchanged = unchanged,
        .needs_tasks = needs_tasks,
        .task_interest = task_interest,
        .observed = observed,
        .missing = missing,
        .unseen = unseen,
        .cluster_seen = cluster_seen,
};

static void begin(size_t n) {
        char name[32];

        fakes_reset();
        memset(watched, 0, sizeof(watched));
        ck_assert_int_eq(poller_new(NULL, &HOOKS, 1, &poller), 0);
        ck_assert_int_eq(poll_cluster_new(poller, NULL, "c", NULL, &cluster), 0);
        for (size_t i = 0; i < n; i++) {
                snprintf(name, sizeof(name), "s%zu", i);
                ck_assert_int_eq(poll_service_new(cluster, name, &PACE, watched + i, services + i),
                                 0);
        }
        n_services = n;
}

static void end(void) {
        for (size_t i = 0; i < n_services; i++)
                poll_service_free(services[i]);
        poll_cluster_free(cluster);
        poller_free(poller);
}

/* Time passes; what is due is asked and answered at once. */
static void run(usec_t duration) {
        for (usec_t until = fake_clock.now + duration; fake_clock.now < until;
             fake_clock.now += USEC_PER_SEC) {
                if (fake_clock.due <= fake_clock.now)
                        fake_clock.handler(fake_clock.userdata);
                while (fake_aws.n_calls > 0)
                        fake_aws_answer(fake_aws.calls[0]);
        }
}

static const struct {
        const char *name, *bad;
        enum BadAnswer answer;
        bool others_seen; /* by everybody but s7, in every interval */
        unsigned most_calls;
} HIDDEN[] = {
        /* 25 services in 3 calls each 30 s, for 20 intervals: 60 calls; the culprit costs one more
         * each, and the halvings that find it. */
        {"nobody", NULL, BAD_DENIED, true, 66},
        {"denied", "s7", BAD_DENIED, true, 100},
        {"unreadable", "s7", BAD_UNREADABLE, true, 100},
        {"all denied", "*", BAD_DENIED, false, 180},
        {"in trouble", "s7", BAD_TRANSIENT, false, 66},
};

START_TEST(hides_no_others) {
        begin(25);
        fake_aws.bad_name = HIDDEN[_i].bad;
        fake_aws.bad_answer = HIDDEN[_i].answer;
        run(20 * INTERVAL);
        ck_assert_msg(fake_aws.counts[ECS_DESCRIBE_SERVICES] <= HIDDEN[_i].most_calls,
                      "%s: %u calls, at most %u expected", HIDDEN[_i].name,
                      fake_aws.counts[ECS_DESCRIBE_SERVICES], HIDDEN[_i].most_calls);
        for (size_t i = 0; i < 25; i++) {
                bool seen = !HIDDEN[_i].bad || (HIDDEN[_i].others_seen && i != 7);

                if (seen)
                        ck_assert_msg(watched[i].seen >= 18 && watched[i].unseen == 0,
                                      "%s: s%zu was seen %u and unseen %u times", HIDDEN[_i].name,
                                      i, watched[i].seen, watched[i].unseen);
        }
        if (HIDDEN[_i].bad)
                ck_assert_msg(watched[7].seen == 0 && watched[7].unseen >= 18,
                              "%s: s7 was seen %u and unseen %u times", HIDDEN[_i].name,
                              watched[7].seen, watched[7].unseen);
        end();
}
END_TEST

START_TEST(takes_the_culprit_back) {
        begin(25);
        fake_aws.bad_name = "s7";
        fake_aws.bad_answer = BAD_DENIED;
        run(3 * INTERVAL);
        fake_aws.bad_name = NULL;
        run(2 * INTERVAL);
        fake_aws.counts[ECS_DESCRIBE_SERVICES] = watched[7].seen = 0;
        run(10 * INTERVAL);
        ck_assert_uint_ge(watched[7].seen, 9);
        ck_assert_uint_le(fake_aws.counts[ECS_DESCRIBE_SERVICES], 44); /* alone no longer */
        end();
}
END_TEST

START_TEST(sees_some_again_when_not_all_are_refused_any_more) {
        begin(10);
        fake_aws.bad_name = "*";
        fake_aws.bad_answer = BAD_DENIED;
        run(5 * INTERVAL);
        fake_aws.bad_name = "s7";
        run(20 * INTERVAL);
        ck_assert_uint_ge(watched[3].seen, 5);
        ck_assert_uint_eq(watched[7].seen, 0);
        end();
}
END_TEST

/* Two calls a second are our share. Somebody whose one look takes 22 calls leaves the half of it to
 * the others: four calls each 5 s. */
START_TEST(takes_no_more_than_half) {
        begin(2);
        watched[0].judged = watched[1].judged = true;
        fake_aws.n_of_large = 1000;
        for (size_t i = 0; i < 2; i++)
                poll_service_set_pace(services[i],
                                      &(struct PollPace) {5 * USEC_PER_SEC, URGENCY_JUDGING});
        for (usec_t until = fake_clock.now + 200 * USEC_PER_SEC; fake_clock.now < until;
             fake_clock.now += USEC_PER_SEC) {
                if (fake_clock.due <= fake_clock.now)
                        fake_clock.handler(fake_clock.userdata);
                for (unsigned share = 2; share > 0 && fake_aws.n_calls > 0; share--)
                        fake_aws_answer(fake_aws.calls[0]);
        }
        ck_assert_uint_ge(watched[1].seen, 30);
        ck_assert_uint_ge(watched[0].seen, 10);
        end();
}
END_TEST

START_TEST(describes_foreign_tasks_once) {
        begin(1);
        watched[0].judged = true;
        fake_aws.n_old_stopped = 400;
        fake_aws.n_old_running = 200;
        run(16 * INTERVAL);
        ck_assert_uint_ge(watched[0].seen, 15);
        /* 600 once, and the service's own two in each of the rounds. */
        ck_assert_msg(fake_aws.described_tasks <= 600 + 2 * 17,
                      "%u descriptions of 602 tasks in %u rounds", fake_aws.described_tasks,
                      watched[0].seen);
        end();
}
END_TEST

START_TEST(asks_about_those_that_are_well_in_turn) {
        unsigned rounds, least = 1000, most = 0;

        begin(1);
        watched[0].judged = watched[0].well = true;
        fake_aws.n_of_large = 1000;
        run(30 * INTERVAL);
        rounds = fake_aws.counts[ECS_DESCRIBE_SERVICES];
        ck_assert_uint_ge(rounds, 29);
        ck_assert_uint_eq(fake_aws.counts[ECS_DESCRIBE_TASKS], rounds);
        ck_assert_uint_eq(fake_aws.described_tasks, 100 * rounds);
        for (size_t i = 0; i < 1000; i++) {
                least = MIN(least, fake_aws.running_described[i]);
                most = MAX(most, fake_aws.running_described[i]);
        }
        ck_assert_uint_ge(least, 2);
        ck_assert_uint_le(most, least + 1);
        end();
}
END_TEST

/* Also of services that somebody hides at first, which are then asked in another call. */
START_TEST(reads_what_is_settled_when_it_changes) {
        begin(25);
        run(2 * INTERVAL);
        for (size_t i = 1; i < 25; i++)
                watched[i] = (struct Watched) {.settled = true};
        run(10 * INTERVAL);
        for (size_t i = 1; i < 25; i++)
                ck_assert_msg(watched[i].seen == 0 && watched[i].unchanged >= 9,
                              "s%zu was read %u times, and unchanged %u times", i, watched[i].seen,
                              watched[i].unchanged);
        ck_assert_uint_ge(watched[0].seen, 11);
        ck_assert_uint_eq(watched[0].unchanged, 0);

        fake_aws.more_of = "s3";
        watched[4].settled = false;
        run(10 * INTERVAL);
        ck_assert_uint_eq(watched[3].seen, 1);
        ck_assert_uint_ge(watched[3].unchanged, 17);
        ck_assert_uint_ge(watched[4].seen, 9);
        ck_assert_uint_eq(watched[5].seen, 0);
        end();
}
END_TEST

/* 64 services want seven calls in 30 s. */
START_TEST(stretches_the_idle_where_the_quota_is_short) {
        struct PollStretch stretch;

        begin(SERVICES_MAX);
        fake_aws.allowed = 1;
        poller_balance(poller, &stretch);
        ck_assert_double_eq(stretch.times, 1);
        ck_assert_ptr_null(stretch.where);
        ck_assert_str_eq(said, "");

        fake_aws.allowed = 0.1;
        for (unsigned i = 0; i < 3; i++) {
                poller_balance(poller, &stretch);
                ck_assert_double_eq_tol(stretch.times, 7 / 30.0 / 0.1, 1e-6);
                ck_assert_uint_eq(stretch.interval, 70 * USEC_PER_SEC);
                ck_assert_str_eq(stretch.where, "us-east-1");
                ck_assert_msg(!strstr(said, "64 idle services in us-east-1 ") == (i > 0), "%s",
                              said);
                said[0] = '\0';
        }
        run(20 * INTERVAL);
        for (size_t i = 0; i < SERVICES_MAX; i++)
                ck_assert_msg(watched[i].seen >= 7 && watched[i].seen <= 12,
                              "s%zu was seen %u times", i, watched[i].seen);

        fake_aws.allowed = 1;
        poller_balance(poller, &stretch);
        ck_assert_double_eq(stretch.times, 1);
        ck_assert_ptr_nonnull(strstr(said, "as often as configured again"));

        fake_aws.allowed = 0.1;
        fake_aws.throttled = true;
        poller_balance(poller, &stretch);
        ck_assert_ptr_nonnull(strstr(said, "AWS throttles us to 0.1;"));
        ck_assert_ptr_nonnull(strstr(said, "who else calls ECS"));
        end();
}
END_TEST

/* A round that waits for the quota, and one that is still to come. */
START_TEST(hurries_for_whom_somebody_waits) {
        begin(20);
        fake_clock.handler(fake_clock.userdata);
        ck_assert_uint_eq(fake_aws.n_calls, 1);
        ck_assert_int_eq(fake_aws.calls[0]->urgency, URGENCY_IDLE);
        poll_service_make_due(services[0]);
        poll_service_make_due(services[19]);
        fake_clock.handler(fake_clock.userdata);
        ck_assert_uint_eq(fake_aws.n_calls, 2);
        for (size_t i = 0; i < 2; i++)
                ck_assert_int_eq(fake_aws.calls[i]->urgency, URGENCY_JUDGING);
        while (fake_aws.n_calls > 0)
                fake_aws_answer(fake_aws.calls[0]);
        run(2 * INTERVAL);
        end();
}
END_TEST

/* Of two that are judged, the one that is about to be acted on: its tasks' calls, whether they are
 * still to come or wait already. */
START_TEST(goes_first_where_a_call_is_about_to_be_made) {
        const struct PollPace judging = {5 * USEC_PER_SEC, URGENCY_JUDGING},
                              acting = {5 * USEC_PER_SEC, URGENCY_ACTION};

        begin(2);
        watched[0].judged = watched[1].judged = true;
        for (size_t i = 0; i < 2; i++)
                poll_service_set_pace(services[i], &judging);
        fake_clock.handler(fake_clock.userdata);
        ck_assert_int_eq(fake_aws.calls[0]->urgency, URGENCY_JUDGING);
        poll_service_set_pace(services[1], &acting);
        ck_assert_int_eq(fake_aws.calls[0]->urgency, URGENCY_ACTION);
        fake_aws_answer(fake_aws.calls[0]);
        ck_assert_uint_eq(fake_aws.n_calls, 2);
        ck_assert_int_eq(fake_aws.calls[0]->urgency, URGENCY_JUDGING);
        ck_assert_int_eq(fake_aws.calls[1]->urgency, URGENCY_ACTION);
        poll_service_set_pace(services[0], &acting);
        ck_assert_int_eq(fake_aws.calls[0]->urgency, URGENCY_ACTION);
        while (fake_aws.n_calls > 0)
                fake_aws_answer(fake_aws.calls[0]);
        end();
}
END_TEST

static unsigned calls_in(usec_t duration) {
        unsigned before = fake_aws.counts[ECS_DESCRIBE_SERVICES];

        run(duration);
        return fake_aws.counts[ECS_DESCRIBE_SERVICES] - before;
}

/* However often it is said, and never more than once a second. */
START_TEST(looks_where_somebody_hints) {
        begin(1);
        run(5 * USEC_PER_SEC);
        watched[0].seen = 0;
        for (unsigned i = 0; i < 100; i++)
                poll_service_hint(services[0], false);
        ck_assert_uint_eq(calls_in(USEC_PER_SEC), 1);
        for (unsigned i = 0; i < 100; i++)
                poll_service_hint(services[0], false);
        ck_assert_uint_eq(calls_in(5 * USEC_PER_SEC), 1);
        ck_assert_uint_eq(watched[0].seen, 2);

        /* Not where it is looked at all the time anyway, unless that matters. */
        poll_service_set_pace(services[0], &(struct PollPace) {5 * USEC_PER_SEC, URGENCY_JUDGING});
        run(6 * USEC_PER_SEC);
        ck_assert_uint_eq(calls_in(5 * USEC_PER_SEC), 1);
        poll_service_hint(services[0], false);
        ck_assert_uint_eq(calls_in(2 * USEC_PER_SEC), 0);
        poll_service_hint(services[0], true);
        ck_assert_uint_eq(calls_in(2 * USEC_PER_SEC), 1);
        end();
}
END_TEST

/* What is answered may be older than what was said. */
START_TEST(looks_again_where_somebody_hints_meanwhile) {
        begin(1);
        fake_clock.handler(fake_clock.userdata);
        ck_assert_uint_eq(fake_aws.n_calls, 1);
        poll_service_hint(services[0], false);
        fake_aws_answer(fake_aws.calls[0]);
        ck_assert_uint_eq(calls_in(3 * USEC_PER_SEC), 1);
        ck_assert_uint_eq(calls_in(5 * USEC_PER_SEC), 0);
        end();
}
END_TEST

Suite *test_suite(void) {
        SUITE_BEGIN("poll");
        ADD_ROWS(hides_no_others, HIDDEN);
        tcase_add_test(tests, stretches_the_idle_where_the_quota_is_short);
        tcase_add_test(tests, hurries_for_whom_somebody_waits);
        tcase_add_test(tests, goes_first_where_a_call_is_about_to_be_made);
        tcase_add_test(tests, looks_where_somebody_hints);
        tcase_add_test(tests, looks_again_where_somebody_hints_meanwhile);
        tcase_add_test(tests, takes_the_culprit_back);
        tcase_add_test(tests, reads_what_is_settled_when_it_changes);
        tcase_add_test(tests, sees_some_again_when_not_all_are_refused_any_more);
        tcase_add_test(tests, takes_no_more_than_half);
        tcase_add_test(tests, describes_foreign_tasks_once);
        tcase_add_test(tests, asks_about_those_that_are_well_in_turn);
        return suite;
}
