/* SPDX-License-Identifier: Apache-2.0 */
/* Calls to a server on loopback that is ECS and a credentials endpoint at once: what leaves at once
 * or not at all, and how often credentials are asked for. */
#include <microhttpd.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "check_main.h"
#include "daemon/aws/client.h"
#include "daemon/clock.h"

#define PATIENCE (20 * USEC_PER_SEC)

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER; /* answers of ECS wait for it */
static unsigned n_calls, n_fetches;                      /* of ECS, and of credentials */
static struct MHD_Daemon *server;
static char url[64], credentials_url[80];

static sd_event *event;
static struct HttpGlue *http;
static struct AwsEnvironment environment;
static struct AwsWorld *world;
static struct AwsClient *client;

/* They expired in 2020, as an instance's do while the metadata service is in trouble. */
static const char EXPIRED[] = "{\"AccessKeyId\": \"AKIDEXAMPLE\", \"SecretAccessKey\": \"secret\","
                              " \"Token\": \"token\", \"Expiration\": \"2020-01-01T00:00:00Z\"}";

static enum MHD_Result answer(void *cls, struct MHD_Connection *connection, const char *path,
                              const char *method, const char *version, const char *upload,
                              size_t *upload_size, void **state) {
        bool fetch = strcmp(path, "/credentials") == 0;
        const char *body = fetch ? EXPIRED : "{\"service\": {}}";
        static int seen;
        struct MHD_Response *response;
        enum MHD_Result r;

        (void) cls;
        (void) method;
        (void) version;
        (void) upload;
        if (!*state) {
                *state = &seen;
                return MHD_YES;
        }
        if (*upload_size > 0) {
                *upload_size = 0;
                return MHD_YES;
        }
        pthread_mutex_lock(&lock);
        if (fetch)
                n_fetches++;
        else
                n_calls++;
        pthread_mutex_unlock(&lock);
        if (!fetch) {
                pthread_mutex_lock(&gate);
                pthread_mutex_unlock(&gate);
        }
        response = MHD_create_response_from_buffer(strlen(body), (void *) body,
                                                   MHD_RESPMEM_PERSISTENT);
        r = MHD_queue_response(connection, 200, response);
        MHD_destroy_response(response);
        return r;
}

static void setup(void) {
        n_calls = n_fetches = 0;
        server = MHD_start_daemon(MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_THREAD_PER_CONNECTION,
                                  0, NULL, NULL, answer, NULL, MHD_OPTION_END);
        ck_assert_ptr_nonnull(server);
        snprintf(url, sizeof(url), "http://127.0.0.1:%u",
                 (unsigned) MHD_get_daemon_info(server, MHD_DAEMON_INFO_BIND_PORT)->port);
        snprintf(credentials_url, sizeof(credentials_url), "%s/credentials", url);
        ck_assert_int_ge(sd_event_new(&event), 0);
        ck_assert_int_eq(http_glue_new(event, &(struct HttpOptions) {.user_agent = "test"}, &http),
                         0);
        environment = (struct AwsEnvironment) {.metadata_disabled = true, .region = "us-east-1"};
}

static void teardown(void) {
        aws_client_free(client);
        aws_world_free(world);
        http_glue_free(http);
        sd_event_unref(event);
        MHD_stop_daemon(server);
}

static void begin(double api_share) {
        const struct AwsWorldOptions options = {.event = event,
                                                .http = http,
                                                .environment = &environment,
                                                .api_share = api_share};
        char problem[AWS_CLIENT_PROBLEM_MAX];

        ck_assert_int_eq(aws_world_new(&options, &world), 0);
        ck_assert_int_eq(aws_client_new(world, &(struct AwsClientOptions) {.endpoint_url = url},
                                        problem, &client),
                         0);
}

struct Outcome {
        bool done;
        enum AwsOutcome outcome;
        char text[256];
};

static void on_answer(void *userdata, const struct AwsAnswer *from) {
        struct Outcome *outcome = userdata;

        outcome->done = true;
        outcome->outcome = from->outcome;
        snprintf(outcome->text, sizeof(outcome->text), "%s", from->text);
}

static struct Outcome call(bool at_once) {
        const struct AwsRequest request = {.operation = ECS_UPDATE_SERVICE,
                                           .body = "{}",
                                           .body_size = 2,
                                           .deadline = 10 * USEC_PER_SEC,
                                           .at_once = at_once};
        usec_t end = clock_real_monotonic() + PATIENCE;
        struct Outcome outcome = {};
        struct AwsCall *under_way;

        ck_assert_int_eq(aws_call_start(client, &request, on_answer, &outcome, &under_way), 0);
        while (!outcome.done) {
                ck_assert(clock_real_monotonic() < end);
                ck_assert_int_ge(sd_event_run(event, 10 * USEC_PER_MSEC), 0);
        }
        aws_call_free(under_way);
        return outcome;
}

static void run_until_fetched(void) {
        usec_t end = clock_real_monotonic() + PATIENCE;
        unsigned n = 0;

        while (n == 0) {
                ck_assert(clock_real_monotonic() < end);
                ck_assert_int_ge(sd_event_run(event, 10 * USEC_PER_MSEC), 0);
                pthread_mutex_lock(&lock);
                n = n_fetches;
                pthread_mutex_unlock(&lock);
        }
        for (unsigned i = 0; i < 20; i++)
                ck_assert_int_ge(sd_event_run(event, 10 * USEC_PER_MSEC), 0);
}

START_TEST(leaves_at_once_or_not_at_all_by_the_quota) {
        struct Outcome outcome;

        environment.access_key_id = "AKIDEXAMPLE";
        environment.secret_access_key = "secret";
        begin(0.01); /* one call, and the next after 20 s */
        outcome = call(true);
        ck_assert_int_eq(outcome.outcome, AWS_ANSWERED);
        outcome = call(true);
        ck_assert_int_eq(outcome.outcome, AWS_NOT_SENT);
        ck_assert_ptr_nonnull(strstr(outcome.text, "quota is used up"));
        ck_assert_uint_eq(n_calls, 1);
}
END_TEST

START_TEST(leaves_at_once_or_not_at_all_by_the_credentials) {
        struct Outcome outcome;

        environment.container_full_uri = credentials_url;
        begin(1);
        outcome = call(true);
        ck_assert_int_eq(outcome.outcome, AWS_NOT_SENT);
        ck_assert_ptr_nonnull(strstr(outcome.text, "credentials are being fetched"));
        ck_assert_uint_eq(n_calls, 0);
        run_until_fetched();
        outcome = call(true);
        ck_assert_int_eq(outcome.outcome, AWS_ANSWERED);
        ck_assert_uint_eq(n_calls, 1);
}
END_TEST

START_TEST(asks_once_in_a_while_whatever_is_handed_out) {
        environment.container_full_uri = credentials_url;
        begin(1);
        for (unsigned i = 0; i < 30; i++)
                ck_assert_int_eq(call(false).outcome, AWS_ANSWERED);
        ck_assert_uint_eq(n_calls, 30);
        ck_assert_uint_eq(n_fetches, 1);
}
END_TEST

static unsigned calls_seen(void) {
        unsigned n;

        pthread_mutex_lock(&lock);
        n = n_calls;
        pthread_mutex_unlock(&lock);
        return n;
}

static void run_for(usec_t duration) {
        usec_t end = clock_real_monotonic() + duration;

        while (clock_real_monotonic() < end)
                ck_assert_int_ge(sd_event_run(event, 10 * USEC_PER_MSEC), 0);
}

static void run_until_seen(unsigned n) {
        usec_t end = clock_real_monotonic() + PATIENCE;

        while (calls_seen() < n) {
                ck_assert(clock_real_monotonic() < end);
                run_for(10 * USEC_PER_MSEC);
        }
}

static void run_until_done(const struct Outcome *outcome) {
        usec_t end = clock_real_monotonic() + PATIENCE;

        while (!outcome->done) {
                ck_assert(clock_real_monotonic() < end);
                run_for(10 * USEC_PER_MSEC);
        }
}

/* Tokens there are for a hundred; but each answer is held in memory. An action goes all the same.
 */
START_TEST(makes_eight_calls_at_once) {
        struct AwsRequest request = {.operation = ECS_DESCRIBE_SERVICES,
                                     .body = "{}",
                                     .body_size = 2,
                                     .deadline = 10 * USEC_PER_SEC};
        struct Outcome outcomes[20] = {}, urgent = {};
        struct AwsCall *calls[20], *action;

        environment.access_key_id = "AKIDEXAMPLE";
        environment.secret_access_key = "secret";
        begin(1);
        pthread_mutex_lock(&gate);
        for (unsigned i = 0; i < ARRAY_SIZE(calls); i++)
                ck_assert_int_eq(aws_call_start(client, &request, on_answer, &outcomes[i],
                                                &calls[i]),
                                 0);
        run_until_seen(8);
        run_for(100 * USEC_PER_MSEC);
        ck_assert_uint_eq(calls_seen(), 8);
        request.urgency = URGENCY_ACTION;
        ck_assert_int_eq(aws_call_start(client, &request, on_answer, &urgent, &action), 0);
        aws_call_free(calls[3]); /* whose place is free then */
        run_until_seen(9);
        pthread_mutex_unlock(&gate);
        for (unsigned i = 0; i < ARRAY_SIZE(calls); i++)
                if (i != 3) {
                        run_until_done(&outcomes[i]);
                        ck_assert_int_eq(outcomes[i].outcome, AWS_ANSWERED);
                        aws_call_free(calls[i]);
                }
        run_until_done(&urgent);
        aws_call_free(action);
}
END_TEST

/* Only looks are held back while so many are under way, whether they came first or not. */
START_TEST(an_action_waits_for_a_token_alone) {
        enum { TOKENS = 20 };
        struct AwsRequest request = {.operation = ECS_DESCRIBE_SERVICES,
                                     .body = "{}",
                                     .body_size = 2,
                                     .deadline = 10 * USEC_PER_SEC};
        struct Outcome outcomes[TOKENS + 2] = {};
        struct AwsCall *calls[TOKENS + 2];

        environment.access_key_id = "AKIDEXAMPLE";
        environment.secret_access_key = "secret";
        begin(0.2);
        pthread_mutex_lock(&gate);
        for (unsigned i = 0; i < ARRAY_SIZE(calls); i++) {
                request.urgency = i < TOKENS ? URGENCY_ACTION : URGENCY_JUDGING;
                if (i == TOKENS)
                        run_until_seen(TOKENS);
                ck_assert_int_eq(aws_call_start(client, &request, on_answer, &outcomes[i],
                                                &calls[i]),
                                 0);
        }
        aws_call_hurry(calls[TOKENS + 1], URGENCY_ACTION);
        run_until_seen(TOKENS + 1);
        run_for(USEC_PER_SEC);
        ck_assert_uint_eq(calls_seen(), TOKENS + 1);
        pthread_mutex_unlock(&gate);
        for (unsigned i = 0; i < ARRAY_SIZE(calls); i++) {
                run_until_done(&outcomes[i]);
                aws_call_free(calls[i]);
        }
}
END_TEST

Suite *test_suite(void) {
        SUITE_BEGIN("aws");
        tcase_add_checked_fixture(tests, setup, teardown);
        tcase_add_test(tests, leaves_at_once_or_not_at_all_by_the_quota);
        tcase_add_test(tests, leaves_at_once_or_not_at_all_by_the_credentials);
        tcase_add_test(tests, makes_eight_calls_at_once);
        tcase_add_test(tests, an_action_waits_for_a_token_alone);
        tcase_add_test(tests, asks_once_in_a_while_whatever_is_handed_out);
        return suite;
}
