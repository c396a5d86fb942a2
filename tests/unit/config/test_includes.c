/* SPDX-License-Identifier: Apache-2.0 */
/* Several files become one configuration, also where some of them are wrong. */
#include <errno.h>
#include <string.h>

#include "check_main.h"
#include "parsed.h"

START_TEST(joins_clusters_over_files) {
        static const char *const included[] = {
                HEAD "clusters: [{cluster: one, policy: team, services: [b, {service: t-*}]}]\n"
                     "policies: {team: {mode: enforce}}\n",
                HEAD "clusters: [{cluster: one, region: eu-west-1, role_arn: "
                     "'arn:aws:iam::1:role/r', policy: p, services: [c]}]\n",
        };
        struct Parsed parsed;
        const struct ConfigCluster *one;

        parse(&parsed, BASE FINE, included, 2, NULL, &ENVIRONMENT);
        ck_assert_msg(parsed.r == 0, "%s", buffer_text(&parsed.text));
        ck_assert_uint_eq(parsed.config->n_clusters, 1);
        one = parsed.config->clusters;
        ck_assert_uint_eq(one->n_services, 5);
        ck_assert_str_eq(one->role_arn, "arn:aws:iam::1:role/r");
        ck_assert_str_eq(one->services[2].name, "b");
        ck_assert_str_eq(one->services[2].policy->name, "team");
        ck_assert_str_eq(one->services[2].file, "a.yaml");
        ck_assert_str_eq(one->services[4].policy->name, "p");
        parsed_done(&parsed);
}
END_TEST

/* What an included file says wrong, and how it is told; main stays in force. */
static const struct {
        const char *name, *text, *expected;
} WRONG_INCLUDES[] = {
        {"a key of main", HEAD "discover: 5m\n",
         "a.yaml:2:1: unknown key \"discover\" in an "
         "included file"},
        {"not YAML", "{", "a.yaml:2:1: not valid YAML"},
        {"empty", "", "a.yaml: the file is empty"},
        {"policy again", HEAD "policies: {p: {}}\n",
         "a.yaml:2:12: policy \"p\" is here again, first at main.yaml:9:3; keep one"},
        {"receiver again", HEAD "receivers: {oncall: {type: webhook, url_file: x}}\n",
         "a.yaml:2:13: receiver \"oncall\" is here again, first at main.yaml:7:3"},
        {"service again", HEAD "clusters: [{cluster: one, services: [web]}]\n",
         "a.yaml:2:38: service \"web\" is here again, first at main.yaml:5:16"},
        {"same pattern", HEAD "clusters: [{cluster: one, services: [api-*]}]\n",
         "a.yaml:2:38: service \"api-*\" is here again, first at main.yaml:5:21"},
        {"dangling policy", HEAD "clusters: [{cluster: x, policy: q, services: [s]}]\n",
         "a.yaml:2:33: no policy \"q\""},
};

START_TEST(leaves_a_wrong_include_out) {
        const char *included[] = {WRONG_INCLUDES[_i].text};
        struct Parsed parsed;

        parse(&parsed, BASE FINE, included, 1, NULL, &ENVIRONMENT);
        ck_assert_msg(parsed.r == 0, "%s: refused\n%s", WRONG_INCLUDES[_i].name,
                      buffer_text(&parsed.text));
        ck_assert_msg(strstr(buffer_text(&parsed.text), WRONG_INCLUDES[_i].expected), "%s: got\n%s",
                      WRONG_INCLUDES[_i].name, buffer_text(&parsed.text));
        ck_assert_int_eq(parsed.includes[0].state, CONFIG_INCLUDE_LEFT_OUT);
        ck_assert(parsed.config->incomplete);
        ck_assert_int_eq(parsed.config->clusters[0].services[0].mode, MODE_ENFORCE);
        ck_assert_int_eq(parsed.config->clusters[0].services[1].mode, MODE_OBSERVE);
        parsed_done(&parsed);
}
END_TEST

START_TEST(uses_the_last_valid_include) {
        const char *included[] = {WRONG_INCLUDES[_i].text};
        struct Parsed parsed;

        parse(&parsed, BASE FINE, included, 1, HEAD "clusters: [{cluster: one, services: [old]}]\n",
              &ENVIRONMENT);
        ck_assert_int_eq(parsed.r, 0);
        ck_assert_int_eq(parsed.includes[0].state, CONFIG_INCLUDE_LAST_VALID);
        ck_assert(strstr(buffer_text(&parsed.text), WRONG_INCLUDES[_i].expected));
        ck_assert(!parsed.config->incomplete);
        ck_assert_str_eq(parsed.config->clusters[0].services[2].name, "old");
        ck_assert_int_eq(parsed.config->clusters[0].services[1].mode, MODE_ENFORCE);
        parsed_done(&parsed);
}
END_TEST

START_TEST(a_file_that_needs_a_left_out_one_is_left_out) {
        static const char *const included[] = {
                "{",
                HEAD "clusters: [{cluster: two, policy: of-a, services: [s]}]\n",
                HEAD "clusters: [{cluster: three, services: [s]}]\n",
        };
        struct Parsed parsed;

        parse(&parsed, BASE FINE, included, 3, NULL, &ENVIRONMENT);
        ck_assert_int_eq(parsed.r, 0);
        ck_assert_int_eq(parsed.includes[1].state, CONFIG_INCLUDE_LEFT_OUT);
        ck_assert_int_eq(parsed.includes[2].state, CONFIG_INCLUDE_USED);
        ck_assert_uint_eq(parsed.config->n_clusters, 2);
        ck_assert(strstr(buffer_text(&parsed.text), "b.yaml:2:35: no policy \"of-a\""));
        parsed_done(&parsed);
}
END_TEST

START_TEST(main_that_needs_a_left_out_file_is_invalid) {
        static const char *const included[] = {HEAD "policies: {q: {mode: on}}\n"};
        const char *main = HEAD "clusters: [{cluster: a, region: r, policy: q, services: [x]}]\n";
        struct Parsed parsed;

        parse(&parsed, main, included, 1, NULL, &ENVIRONMENT);
        ck_assert_int_eq(parsed.r, -EINVAL);
        ck_assert(strstr(buffer_text(&parsed.text), "main.yaml:2:44: no policy \"q\""));
        parsed_done(&parsed);

        parse(&parsed, main, included, 1, HEAD "policies: {q: {}}\n", &ENVIRONMENT);
        ck_assert_int_eq(parsed.r, 0);
        ck_assert_ptr_null(strstr(buffer_text(&parsed.text), "no policy"));
        parsed_done(&parsed);
}
END_TEST

START_TEST(tells_why_a_file_could_not_be_read) {
        struct ConfigInclude include = {.now = {.name = "a.yaml", .problem = "permission denied"}};
        struct ConfigText main = text_of("main.yaml", BASE FINE);
        struct ConfigErrors errors;
        struct Config *config = NULL;

        config_errors_init(&errors);
        ck_assert_int_eq(config_parse(&main, &include, 1, &ENVIRONMENT, &config, &errors), 0);
        ck_assert_uint_eq(errors.n, 1);
        ck_assert_str_eq(errors.items[0].message, "permission denied");
        ck_assert_int_eq(include.state, CONFIG_INCLUDE_LEFT_OUT);
        config_unref(config);
        config_errors_done(&errors);
}
END_TEST

START_TEST(reads_includes) {
        _cleanup_(arena_freep) struct Arena *arena = arena_new(1024 * 1024);
        struct ConfigText main = text_of("m", HEAD "include: [a/*.yaml, b.yaml]\n");
        const char *const *patterns;
        size_t n;

        ck_assert_int_eq(config_includes(&main, arena, &patterns, &n), 0);
        ck_assert_uint_eq(n, 2);
        ck_assert_str_eq(patterns[0], "a/*.yaml");
        main = text_of("m", HEAD "include: conf.d/*.yaml\n");
        ck_assert_int_eq(config_includes(&main, arena, &patterns, &n), 0);
        ck_assert_uint_eq(n, 1);
        ck_assert_str_eq(patterns[0], "conf.d/*.yaml");
        main = text_of("m", HEAD "\"\\x69nclude\": hidden.yaml\n");
        ck_assert_int_eq(config_includes(&main, arena, &patterns, &n), 0);
        ck_assert_uint_eq(n, 1);
        ck_assert_str_eq(patterns[0], "hidden.yaml");
        main = text_of("m", HEAD);
        ck_assert_int_eq(config_includes(&main, arena, &patterns, &n), 0);
        ck_assert_uint_eq(n, 0);
        main = text_of("m", "{");
        ck_assert_int_eq(config_includes(&main, arena, &patterns, &n), 0);
        ck_assert_uint_eq(n, 0);
}
END_TEST

Suite *test_suite(void) {
        SUITE_BEGIN("includes");
        tcase_add_test(tests, joins_clusters_over_files);
        ADD_ROWS(leaves_a_wrong_include_out, WRONG_INCLUDES);
        ADD_ROWS(uses_the_last_valid_include, WRONG_INCLUDES);
        tcase_add_test(tests, a_file_that_needs_a_left_out_one_is_left_out);
        tcase_add_test(tests, main_that_needs_a_left_out_file_is_invalid);
        tcase_add_test(tests, tells_why_a_file_could_not_be_read);
        tcase_add_test(tests, reads_includes);
        return suite;
}
