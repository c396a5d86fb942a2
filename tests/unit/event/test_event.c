/* SPDX-License-Identifier: Apache-2.0 */
/* Events as JSON, journal fields, summaries and ids. The hashes were computed by another program.
 */
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/text.h"
#include "check_main.h"
#include "event/event.h"
#include "event/text.h"

#define SERVICE_ARN "arn:aws:ecs:us-east-1:123456789012:service/my-cluster/my-app-service"
#define CLUSTER_ARN "arn:aws:ecs:us-east-1:123456789012:cluster/my-cluster"
#define TD(n) "arn:aws:ecs:us-east-1:123456789012:task-definition/my-app:" #n
#define FAILED_ID "28a7c792c6ee0fb95984cca91e14e8e532235e9bd0116e208f4fd4d082fb7348"
#define BLIND_ID "4a920b4763bc2af76bbe3c408f6d2332b37afa724734a40b290642e6f9d640c8"
#define AT (1795395723 * USEC_PER_SEC) /* 2026-11-23T01:02:03Z */

static const struct EventAction ACTION = {.action = "rollback",
                                          .method = "update_service",
                                          .to = TD(1),
                                          .state = "intended"};

struct Scene {
        struct Rollout rollout;
        struct Verdict verdict;
        struct EvidenceLine evidence[EVIDENCE_LINES_MAX];
        struct Event event;
};

static void scene_init(struct Scene *s, enum EventType type) {
        *s = (struct Scene) {
                .rollout = {.service_arn = SERVICE_ARN,
                            .deployment = "ecs-svc/1234",
                            .ordinal = 1,
                            .task_definition = TD(2),
                            .previous_task_definition = TD(1),
                            .started_at = AT - 200 * USEC_PER_SEC},
                .verdict = {.kind = VERDICT_FAILED,
                            .cause = CAUSE_APP_EXIT,
                            .counts = {.desired = 1, .attempts = 4, .failed = 4},
                            .numbers = {.rule = RULE_LIKELIHOOD,
                                        .score = 7.16703787691222,
                                        .threshold = 6.897704943128636,
                                        .sustained = true},
                            .causes = {{CAUSE_APP_EXIT, 4}},
                            .n_causes = 1,
                            .summary = "4 of 4 attempts failed: container app exited with code 1 "
                                       "after about 5 s"},
                .evidence = {{.count = 4,
                              .cause = CAUSE_APP_EXIT,
                              .task = "arn:aws:ecs:us-east-1:123456789012:task/my-cluster/"
                                      "0123456789abcdef0123456789abcdef",
                              .stop_code = "EssentialContainerExited",
                              .stopped_reason = "Essential container in task exited",
                              .container = "app",
                              .has_exit_code = true,
                              .exit_code = 1,
                              .at = AT - 5 * USEC_PER_SEC}},
        };
        s->event = (struct Event) {
                .type = type,
                .time = AT,
                .source = SERVICE_ARN,
                .cluster_arn = CLUSTER_ARN,
                .service = "my-app-service",
                .rollout = &s->rollout,
                .policy = "standard",
                .mode = MODE_ENFORCE,
                .verdict = &s->verdict,
                .evidence = s->evidence,
                .n_evidence = 1,
                .action = &ACTION,
        };
}

static json_t *parsed(const struct Event *event) {
        _cleanup_free_ char *text = NULL;
        json_error_t error;
        json_t *root;

        ck_assert_int_eq(event_json(event, &text), 0);
        ck_assert_uint_lt(strlen(text), EVENT_JSON_MAX);
        root = json_loads(text, JSON_REJECT_DUPLICATES, &error);
        ck_assert_msg(root, "%s: %s", error.text, text);
        ck_assert_msg(!strstr(text, "null"), "%s", text);
        return root;
}

/* "data.counts.failed"; NULL when absent. */
static const json_t *member(const json_t *root, const char *path) {
        char name[64];

        while (root && *path) {
                size_t n = strcspn(path, ".");

                snprintf(name, sizeof(name), "%.*s", (int) n, path);
                root = json_is_array(root) ? json_array_get(root, (size_t) (name[0] - '0'))
                                           : json_object_get(root, name);
                path += n + (path[n] == '.');
        }
        return root;
}

static const struct {
        const char *path, *expected; /* NULL: absent */
} MEMBERS[] = {
        {"specversion", "\"1.0\""},
        {"id", "\"" FAILED_ID "\""},
        {"source", "\"" SERVICE_ARN "\""},
        {"type", "\"ecswatch.deployment.failed\""},
        {"subject", "\"ecs-svc/1234\""},
        {"time", "\"2026-11-23T01:02:03Z\""},
        {"datacontenttype", "\"application/json\""},
        {"data.version", "1"},
        {"data.cluster", "\"my-cluster\""},
        {"data.cluster_arn", "\"" CLUSTER_ARN "\""},
        {"data.service", "\"my-app-service\""},
        {"data.account", "\"123456789012\""},
        {"data.region", "\"us-east-1\""},
        {"data.deployment", "\"ecs-svc/1234\""},
        {"data.rollout", "1"},
        {"data.kind", "\"deploy\""},
        {"data.by", NULL},
        {"data.started_at", "\"2026-11-23T00:58:43Z\""},
        {"data.policy", "\"standard\""},
        {"data.mode", "\"enforce\""},
        {"data.task_definition", "\"my-app:2\""},
        {"data.previous_task_definition", "\"my-app:1\""},
        {"data.service_deployment", NULL},
        {"data.service_revision", NULL},
        {"data.verdict", "\"failed\""},
        {"data.cause", "\"app_exit\""},
        {"data.counts",
         "{\"desired\":1,\"running\":0,\"pending\":0,\"attempts\":4,\"failed\":4,\"alive\":0,"
         "\"survived\":0,\"neutral\":0}"},
        {"data.causes", "[{\"cause\":\"app_exit\",\"count\":4}]"},
        {"data.judge",
         "{\"rule\":\"likelihood\",\"score\":7.17,\"threshold\":6.9,\"sustained\":true}"},
        {"data.evidence.0.count", "4"},
        {"data.evidence.0.exit_code", "1"},
        {"data.evidence.0.stop_code", "\"EssentialContainerExited\""},
        {"data.evidence.0.container_instance", NULL},
        {"data.evidence.0.at", "\"2026-11-23T01:01:58Z\""},
        {"data.action",
         "{\"action\":\"rollback\",\"method\":\"update_service\",\"to\":\"my-app:1\","
         "\"state\":\"intended\"}"},
};

START_TEST(writes_the_contracts_members) {
        _cleanup_free_ char *text = NULL;
        const json_t *got;
        struct Scene s;
        json_t *root;

        scene_init(&s, EVENT_DEPLOYMENT_FAILED);
        root = parsed(&s.event);
        got = member(root, MEMBERS[_i].path);
        if (got)
                text = json_dumps(got, JSON_ENCODE_ANY | JSON_COMPACT | JSON_REAL_PRECISION(15));
        ck_assert_msg(text_equal(text, MEMBERS[_i].expected), "%s: got %s", MEMBERS[_i].path,
                      text ? text : "nothing");
        json_decref(root);
}
END_TEST

static const struct {
        struct RuleNumbers numbers;
        const char *expected;
} RULES[] = {
        {{.rule = RULE_LIKELIHOOD,
          .score = 8.19,
          .threshold = 6.9,
          .sustained = true,
          .learnt = 0.021249},
         "{\"rule\":\"likelihood\",\"score\":8.19,\"threshold\":6.9,\"sustained\":true,"
         "\"tolerate\":0.0212,\"learnt\":true}"},
        {{.rule = RULE_COUNT, .failures = 3, .limit = 3},
         "{\"rule\":\"count\",\"failures\":3,\"limit\":3}"},
        {{.rule = RULE_PERCENT, .failures = 5, .limit = 5, .percent = 0.5},
         "{\"rule\":\"percent\",\"failures\":5,\"limit\":5,\"percent\":50.0}"},
};

START_TEST(writes_each_rules_numbers) {
        _cleanup_free_ char *text = NULL;
        struct Scene s;
        json_t *root;

        scene_init(&s, EVENT_DEPLOYMENT_FAILED);
        s.verdict.numbers = RULES[_i].numbers;
        root = parsed(&s.event);
        text = json_dumps(member(root, "data.judge"), JSON_COMPACT | JSON_REAL_PRECISION(15));
        ck_assert_str_eq(text, RULES[_i].expected);
        json_decref(root);
}
END_TEST

/* Quotation marks double in JSON; 16 lines full of them are above the ceiling. */
START_TEST(stays_below_the_ceiling) {
        _cleanup_free_ char *data = NULL;
        struct Scene s;
        json_t *root;
        size_t n;

        scene_init(&s, EVENT_DEPLOYMENT_FAILED);
        for (size_t i = 0; i < EVIDENCE_LINES_MAX; i++) {
                s.evidence[i] = s.evidence[0];
                memset(s.evidence[i].stopped_reason, '"', EVIDENCE_TEXT_MAX);
                memset(s.evidence[i].reason, i % 2 ? '\\' : '\xff', EVIDENCE_TEXT_MAX);
                s.evidence[i].count = 100 - i;
        }
        s.event.n_evidence = EVIDENCE_LINES_MAX;
        root = parsed(&s.event);
        n = json_array_size(member(root, "data.evidence"));
        ck_assert_uint_gt(n, 8);
        ck_assert_uint_lt(n, EVIDENCE_LINES_MAX);
        ck_assert_int_eq(json_integer_value(member(root, "data.evidence.0.count")), 100);
        ck_assert_uint_eq(json_string_length(member(root, "data.evidence.0.stopped_reason")),
                          EVIDENCE_TEXT_MAX);
        ck_assert_uint_le(json_string_length(member(root, "data.evidence.0.reason")),
                          EVIDENCE_TEXT_MAX);
        json_decref(root);

        ck_assert_int_eq(event_data_json(&s.event, &data), 0);
        ck_assert_uint_lt(strlen(data), EVENT_JSON_MAX);
}
END_TEST

static const struct {
        const char *text;
        size_t limit;
        const char *expected;
} TEXTS[] = {
        {"plain", 10, "plain"},
        {"cut", 2, "cu"},
        {"a\nb\tc", 10, "a b c"},
        {"\xc3\xa9\xc3\xa9", 3, "\xc3\xa9"},
        {"a\xff"
         "b",
         10,
         "a\xef\xbf\xbd"
         "b"},
        {"a\xc3", 10, "a\xef\xbf\xbd"},
        {"\xed\xa0\x80", 20, "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
        {"\xff\xff", 5, "\xef\xbf\xbd"},
};

START_TEST(cleans_texts) {
        char got[32];

        event_text_clean(TEXTS[_i].text, TEXTS[_i].limit, got, sizeof(got));
        ck_assert_str_eq(got, TEXTS[_i].expected);
}
END_TEST

static const struct {
        enum EventType type;
        const char *detail, *expected;
} SUMMARIES[] = {
        {EVENT_DEPLOYMENT_STARTED, "was my-app:1",
         "my-app-service: deployment of my-app:2 started: was my-app:1"},
        {EVENT_DEPLOYMENT_SUCCEEDED, NULL, "the verdict's words"},
        {EVENT_DEPLOYMENT_FAILED, NULL, "the verdict's words"},
        {EVENT_DEPLOYMENT_STALLED, NULL, "the verdict's words"},
        {EVENT_DEPLOYMENT_SUPERSEDED, "deleted",
         "my-app-service: deployment of my-app:2 was superseded: deleted"},
        {EVENT_DEPLOYMENT_REVERTED, "ECS itself went back",
         "my-app-service: deployment of my-app:2 was reverted: ECS itself went back"},
        {EVENT_DEPLOYMENT_RECOVERED, NULL,
         "my-app-service: my-app:2 has recovered: the verdict's words"},
        {EVENT_ROLLBACK_STARTED, NULL,
         "rolling back my-app-service from my-app:2 to my-app:1: the verdict's words"},
        {EVENT_ROLLBACK_SUCCEEDED, "it runs",
         "my-app-service was rolled back from my-app:2 to my-app:1, and what deploys it still says my-app:2: it runs"},
        {EVENT_ROLLBACK_FAILED, "raced",
         "rolling back my-app-service from my-app:2 to my-app:1 failed: raced"},
        {EVENT_ROLLBACK_SKIPPED, "a hold is in force",
         "my-app-service is not rolled back from my-app:2: a hold is in force"},
        {EVENT_ROLLBACK_SUPERSEDED, "a newer one",
         "the rollback of my-app-service to my-app:1 was superseded: a newer one"},
        {EVENT_REMEDY_STARTED, NULL, "my-app-service: rollback has begun"},
        {EVENT_REMEDY_SUCCEEDED, "undo it by hand",
         "my-app-service: rollback was carried out: undo it by hand"},
        {EVENT_REMEDY_FAILED, "it is held", "my-app-service: rollback failed: it is held"},
        {EVENT_FLEET_INHIBITED, "6 services failed",
         "nothing is rolled back in my-cluster for now: 6 services failed"},
        {EVENT_FLEET_RELEASED, "none fails",
         "rollbacks are possible again in my-cluster: none fails"},
        {EVENT_HOST_AT_RISK, "disk", "container instance (unknown) of my-cluster is at risk: disk"},
        {EVENT_WATCHER_BLIND, "AccessDenied", "watcher is blind to my-cluster: AccessDenied"},
        {EVENT_WATCHER_SIGHTED, "after 6 min", "watcher sees my-cluster again: after 6 min"},
        {EVENT_WATCHER_DEGRADED, "ledger lost", "watcher is degraded: ledger lost"},
        {EVENT_WATCHER_HEARTBEAT, "5 services", "watcher is alive: 5 services"},
};

START_TEST(sums_up) {
        char got[EVENT_SUMMARY_MAX];
        struct Scene s;

        scene_init(&s, SUMMARIES[_i].type);
        s.event.detail = SUMMARIES[_i].detail;
        snprintf(s.verdict.summary, sizeof(s.verdict.summary), "the verdict's words");
        ck_assert_str_eq(event_summary(&s.event, got), SUMMARIES[_i].expected);
}
END_TEST

START_TEST(sums_up_every_type) {
        ck_assert_uint_eq(ARRAY_SIZE(SUMMARIES), _EVENT_TYPE_COUNT);
}
END_TEST

START_TEST(names_who_rolls_back) {
        char got[EVENT_SUMMARY_MAX];
        struct Scene s;

        scene_init(&s, EVENT_ROLLBACK_STARTED);
        s.rollout.kind = ROLLOUT_ROLLBACK, s.rollout.by = BY_ECS;
        s.rollout.task_definition = TD(1), s.rollout.previous_task_definition = TD(2);
        s.event.action = NULL, s.event.verdict = NULL;
        ck_assert_str_eq(event_summary(&s.event, got),
                         "ECS is rolling back my-app-service from my-app:2 to my-app:1");
}
END_TEST

START_TEST(identifies) {
        char a[EVENT_ID_SIZE], b[EVENT_ID_SIZE];
        struct Scene s;

        scene_init(&s, EVENT_DEPLOYMENT_FAILED);
        s.event.counter = 9; /* no part of it: this type does not repeat */
        ck_assert_int_eq(event_id(&s.event, a), 0);
        ck_assert_str_eq(a, FAILED_ID);
        s.rollout.ordinal = 2;
        ck_assert_int_eq(event_id(&s.event, b), 0);
        ck_assert_str_ne(a, b);

        s.event = (struct Event) {.type = EVENT_WATCHER_BLIND,
                                  .source = "123456789012/us-east-1",
                                  .counter = 7};
        ck_assert_int_eq(event_id(&s.event, a), 0);
        ck_assert_str_eq(a, BLIND_ID);
}
END_TEST

START_TEST(tells_of_a_host) {
        static const char *const SERVICES[] = {"web", "api"};
        char id[EVENT_ID_SIZE], other[EVENT_ID_SIZE];
        struct Scene s;
        json_t *root;

        scene_init(&s, EVENT_HOST_AT_RISK);
        s.event = (struct Event) {
                .type = EVENT_HOST_AT_RISK,
                .time = AT,
                .source = "arn:aws:ecs:us-east-1:123456789012:cluster/c",
                .cluster_arn = "arn:aws:ecs:us-east-1:123456789012:cluster/c",
                .subject = "arn:aws:ecs:us-east-1:123456789012:container-instance/c/0a1b",
                .services = SERVICES,
                .n_services = 2,
                .counter = 7,
                .detail = "23 attempts failed there"};
        root = parsed(&s.event);
        ck_assert_str_eq(json_string_value(member(root, "subject")), s.event.subject);
        ck_assert_str_eq(json_string_value(member(root, "data.container_instance")),
                         s.event.subject);
        ck_assert_str_eq(json_string_value(json_array_get(member(root, "data.services"), 1)),
                         "api");
        ck_assert_str_eq(json_string_value(member(root, "data.summary")),
                         "container instance 0a1b of c is at risk: 23 attempts failed there");
        ck_assert_int_eq(event_id(&s.event, id), 0);
        s.event.subject = "arn:aws:ecs:us-east-1:123456789012:container-instance/c/0a1c";
        ck_assert_int_eq(event_id(&s.event, other), 0);
        ck_assert_str_ne(id, other);
        json_decref(root);
}
END_TEST

START_TEST(tells_of_the_fleet) {
        static const char *const SERVICES[] = {"web", "api"};
        const struct Event event = {.type = EVENT_FLEET_INHIBITED,
                                    .time = AT,
                                    .source = "123456789012/us-east-1",
                                    .services = SERVICES,
                                    .n_services = 2,
                                    .detail = "6 services failed within 10 min"};
        json_t *root = parsed(&event);

        ck_assert_str_eq(json_string_value(member(root, "source")), event.source);
        ck_assert_str_eq(json_string_value(member(root, "data.account")), "123456789012");
        ck_assert_str_eq(json_string_value(member(root, "data.region")), "us-east-1");
        ck_assert_uint_eq(json_array_size(member(root, "data.services")), 2);
        ck_assert_str_eq(json_string_value(member(root, "data.summary")),
                         "nothing is rolled back in 123456789012/us-east-1 for now: 6 services "
                         "failed within 10 min");
        json_decref(root);
}
END_TEST

START_TEST(tells_of_the_watcher) {
        struct Scene s;
        json_t *root;

        scene_init(&s, EVENT_WATCHER_BLIND);
        s.event = (struct Event) {.type = EVENT_WATCHER_BLIND,
                                  .time = AT,
                                  .source = "123456789012/us-east-1",
                                  .detail = "no answer for 5 min"};
        root = parsed(&s.event);
        ck_assert_ptr_null(member(root, "subject"));
        ck_assert_ptr_null(member(root, "data.deployment"));
        ck_assert_str_eq(json_string_value(member(root, "data.account")), "123456789012");
        ck_assert_str_eq(json_string_value(member(root, "data.region")), "us-east-1");
        json_decref(root);
}
END_TEST

static const struct {
        const char *name, *value;
} FIELDS[] = {
        {"MESSAGE",
         "my-cluster/my-app-service deployment.failed: 4 of 4 attempts failed: container "
         "app exited with code 1 after about 5 s"},
        {"PRIORITY", "3"},
        {"MESSAGE_ID", "65f0971835b35e6887c06dc997bcf3e8"},
        {"ECS_CLUSTER", "my-cluster"},
        {"ECS_SERVICE", "my-app-service"},
        {"ECS_DEPLOYMENT", "ecs-svc/1234"},
        {"ECS_TASK_DEFINITION", "my-app:2"},
        {"ECSWATCH_EVENT", "deployment.failed"},
        {"ECSWATCH_EVENT_ID", FAILED_ID},
        {"ECSWATCH_VERDICT", "failed"},
        {"ECSWATCH_CAUSE", "app_exit"},
        {"ECSWATCH_ACTION", "rollback"},
        {"ECS_NO_SUCH", NULL},
};

START_TEST(fills_journal_fields) {
        _cleanup_(arena_freep) struct Arena *arena = arena_new(65536);
        struct EventField fields[EVENT_FIELDS_MAX];
        const char *got = NULL;
        struct Scene s;
        size_t n;

        scene_init(&s, EVENT_DEPLOYMENT_FAILED);
        ck_assert_int_eq(event_journal_fields(&s.event, arena, fields, &n), 0);
        for (size_t i = 0; i < n; i++)
                if (strcmp(fields[i].name, FIELDS[_i].name) == 0)
                        got = fields[i].value;
        ck_assert_msg(text_equal(got, FIELDS[_i].value), "%s: '%s'", FIELDS[_i].name,
                      got ? got : "(none)");
}
END_TEST

Suite *test_suite(void) {
        SUITE_BEGIN("event");
        ADD_ROWS(writes_the_contracts_members, MEMBERS);
        ADD_ROWS(writes_each_rules_numbers, RULES);
        tcase_add_test(tests, stays_below_the_ceiling);
        ADD_ROWS(cleans_texts, TEXTS);
        ADD_ROWS(sums_up, SUMMARIES);
        tcase_add_test(tests, sums_up_every_type);
        tcase_add_test(tests, names_who_rolls_back);
        tcase_add_test(tests, identifies);
        tcase_add_test(tests, tells_of_a_host);
        tcase_add_test(tests, tells_of_the_fleet);
        tcase_add_test(tests, tells_of_the_watcher);
        ADD_ROWS(fills_journal_fields, FIELDS);
        return suite;
}
