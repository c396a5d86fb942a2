/* SPDX-License-Identifier: Apache-2.0 */
#include "config/match.h"

#include "check_main.h"
#include "parsed.h"

static const struct Tag TAGS[] = {{"team", "payments"}, {"tier", "1"}, {"empty", NULL}};

static const struct {
        const char *service;
        enum ConfigMatch match;
        const char *expected;
        size_t n_tags; /* of TAGS */
} MATCHES[] = {
        {"api-web", CONFIG_MATCH_ONE, "api-web"}, /* exact */
        {"api-x", CONFIG_MATCH_ONE, "api-*"},
        {"api-v2-x", CONFIG_MATCH_ONE, "api-v2-*"}, /* more literal characters */
        {"api-old-x", CONFIG_MATCH_ONE, "*"},       /* excluded there */
        {"zz", CONFIG_MATCH_ONE, "*"},
        {"ab-ba", CONFIG_MATCH_AMBIGUOUS, "ab-*"},
        {"api-web", CONFIG_MATCH_ONE, "api-web", 2},                  /* exact */
        {"api-v2-x", CONFIG_MATCH_ONE, "tag {team: payments}", 1},    /* before a pattern */
        {"zz", CONFIG_MATCH_ONE, "tag {team: payments, tier: 1}", 2}, /* more tags */
        {"old-x", CONFIG_MATCH_ONE, "tag {team: payments}", 3},       /* excluded there */
};

START_TEST(matches_services) {
        const struct ConfigService *entry = NULL, *other = NULL;
        enum ConfigMatch match;
        struct Parsed parsed;

        parse_one(&parsed, HEAD "defaults: {region: r, policy: p}\npolicies: {p: {}}\n"
                                "clusters: [{cluster: a, services: ['*', {service: api-*, exclude: "
                                "[api-old-*]}, api-v2-*, api-web, ab-*, '*-ba', {tag: {team: "
                                "payments}}, {tag: {tier: 1, team: payments}, exclude: [old-*]}, "
                                "{tag: {empty: x}}]}]\n");
        ck_assert_msg(parsed.r == 0, "%s", buffer_text(&parsed.text));
        match = config_match_service(parsed.config->clusters,
                                     &(struct ConfigCandidate) {MATCHES[_i].service, TAGS,
                                                                MATCHES[_i].n_tags},
                                     &entry, &other);
        ck_assert_int_eq(match, MATCHES[_i].match);
        ck_assert_str_eq(entry->name, MATCHES[_i].expected);
        ck_assert(!other == (match == CONFIG_MATCH_ONE));
        parsed_done(&parsed);
}
END_TEST

START_TEST(matches_nothing_else) {
        const struct ConfigService *entry = NULL, *other = NULL;
        struct Parsed parsed;

        parse_one(&parsed, BASE FINE);
        ck_assert_int_eq(parsed.r, 0);
        ck_assert_int_eq(config_match_service(parsed.config->clusters,
                                              &(struct ConfigCandidate) {.name = "webb"}, &entry,
                                              &other),
                         CONFIG_MATCH_NONE);
        ck_assert_ptr_null(entry);
        parsed_done(&parsed);
}
END_TEST

Suite *test_suite(void) {
        SUITE_BEGIN("match");
        ADD_ROWS(matches_services, MATCHES);
        tcase_add_test(tests, matches_nothing_else);
        return suite;
}
