/* SPDX-License-Identifier: Apache-2.0 */
/* Clusters and watches in line with a configuration, over watches, clients and lists that are the
 * test's. */
#include "daemon/fleet/fleet.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "check_main.h"
#include "config/parse.h"
#include "fakes.h"

#define HEAD                                                         \
        "version: 1\n"                                               \
        "defaults: {region: us-east-1, policy: p}\n"                 \
        "policies: {p: {mode: enforce}, careful: {mode: confirm}}\n" \
        "clusters:\n"

static struct WatchWorld world;
static struct Fleet *fleet;
static char problem[AWS_CLIENT_PROBLEM_MAX];

static int configure(const char *clusters) {
        static const struct ConfigEnvironment environment = {"/", "/", "/"};
        char text[4096];
        struct ConfigText main = {.name = "main.yaml", .text = text};
        struct ConfigErrors errors;
        struct Config *config;
        int r;

        snprintf(text, sizeof(text), HEAD "%s", clusters);
        main.size = strlen(text);
        config_errors_init(&errors);
        ck_assert_int_eq(config_parse(&main, NULL, 0, &environment, &config, &errors), 0);
        config_errors_done(&errors);
        r = fleet_configure(fleet, config, problem);
        config_unref(config);
        return r;
}

static void begin(const char *clusters) {
        ck_assert_int_eq(fleet_new(&world, NULL, 1, &fleet), 0);
        ck_assert_int_eq(configure(clusters), 0);
}

static void end(void) {
        fleet_free(fleet);
        for (size_t i = 0; i < WATCHES_MAX; i++)
                ck_assert_ptr_null(watches[i]);
        ck_assert_uint_eq(n_clients, 0);
}

static struct Watch *find(const char *name) {
        for (size_t i = 0; i < WATCHES_MAX; i++)
                if (watches[i] && text_equal(watches[i]->name, name))
                        return watches[i];
        return NULL;
}

static unsigned count(void) {
        unsigned n = 0;

        for (size_t i = 0; i < WATCHES_MAX; i++)
                n += watches[i] != NULL;
        return n;
}

static char team_of_listed[16] = ""; /* what their tag says, of those whose tags are wanted */

/* ListServices: up to three names. */
static void list(const char *a, const char *b, const char *c) {
        const char *names[3] = {a, b, c};
        struct Discovery *discovery;
        size_t n = 0;

        on_timer(timer_userdata);
        ck_assert_ptr_nonnull(asked);
        discovery = asked;
        for (; n < 3 && names[n]; n++) {
                const struct DiscoveryOptions *options = &discovery->options;
                bool wanted =
                        options->wants_tags && options->wants_tags(options->userdata, names[n]);

                discovery->tags[n] = (struct Tag) {"team", team_of_listed};
                discovery->services[n] =
                        (struct DiscoveredService) {names[n], wanted ? &discovery->tags[n] : NULL,
                                                    wanted ? 1 : 0};
        }
        asked = NULL; /* it is the fleet's */
        discovery->options.callback(discovery->options.userdata, discovery->services, n, NULL);
}

/* ---- tests ---- */

START_TEST(watches_what_is_named) {
        begin("  - {cluster: c, services: [web, {service: api, policy: careful}]}\n");
        ck_assert_uint_eq(count(), 2);
        ck_assert_str_eq(find("web")->policy, "p");
        ck_assert_int_eq(find("api")->mode, MODE_CONFIRM);
        on_timer(timer_userdata);
        ck_assert_uint_eq(times_asked, 0); /* no pattern, no list */
        end();
}
END_TEST

START_TEST(a_reload_keeps_what_stays) {
        struct Watch *web;

        begin("  - {cluster: c, services: [web, api]}\n");
        web = find("web");
        ck_assert_int_eq(configure(
                                 "  - {cluster: c, services: [{service: web, policy: careful}]}\n"),
                         0);
        ck_assert_ptr_eq(find("web"), web);
        ck_assert_str_eq(web->policy, "careful");
        ck_assert_ptr_null(find("api"));
        ck_assert_uint_eq(n_clients, 1);
        end();
}
END_TEST

START_TEST(what_has_an_action_under_way_leaves_later) {
        begin("  - {cluster: c, services: [web, api]}\n");
        find("api")->is_busy = true;
        ck_assert_int_eq(configure("  - {cluster: d, services: [web]}\n"), 0);
        ck_assert_ptr_nonnull(find("api"));
        ck_assert(find("api")->is_retiring);
        ck_assert_uint_eq(n_clients, 2); /* its cluster stays with it */
        fleet_sweep(fleet);
        ck_assert_ptr_nonnull(find("api"));
        find("api")->is_busy = false;
        fleet_sweep(fleet);
        ck_assert_ptr_null(find("api"));
        ck_assert_int_eq(configure("  - {cluster: d, services: [web]}\n"), 0);
        ck_assert_uint_eq(n_clients, 1);
        end();
}
END_TEST

START_TEST(one_that_comes_back_while_it_leaves_goes_on) {
        struct Watch *api;

        begin("  - {cluster: c, services: [web, api]}\n");
        api = find("api");
        api->is_busy = true;
        ck_assert_int_eq(configure("  - {cluster: c, services: [web]}\n"), 0);
        ck_assert_int_eq(configure("  - {cluster: c, services: [web, api]}\n"), 0);
        ck_assert_ptr_eq(find("api"), api);
        ck_assert(!api->is_retiring);
        ck_assert_uint_eq(count(), 2);
        end();
}
END_TEST

START_TEST(an_endpoint_that_may_not_be_used_changes_nothing) {
        begin("  - {cluster: c, services: [web]}\n");
        ck_assert_int_eq(
                configure(
                        "  - {cluster: e, services: [api]}\n"
                        "  - {cluster: d, endpoint_url: 'http://127.0.0.1:1', services: [x]}\n"
                        "  - {cluster: f, endpoint_url: 'https://refused.example', services: [y]}\n"),
                -EINVAL);
        ck_assert_ptr_nonnull(strstr(problem, "may not be used"));
        ck_assert_uint_eq(count(), 1);
        ck_assert_uint_eq(n_clients, 1);
        ck_assert_str_eq(find("web")->policy, "p");
        end();
}
END_TEST

START_TEST(one_name_in_two_regions_is_two) {
        begin("  - {cluster: 'arn:aws:ecs:us-east-1:123456789012:cluster/c', services: [web]}\n"
              "  - {cluster: 'arn:aws:ecs:eu-west-1:123456789012:cluster/c', services: [web]}\n");
        ck_assert_uint_eq(count(), 2);
        ck_assert_uint_eq(n_clients, 2);
        ck_assert_str_ne(clients[0].region, clients[1].region);
        end();
}
END_TEST

START_TEST(patterns_find_services) {
        begin("  - {cluster: c, services: ['api-*', {service: 'api-pay*', policy: careful}, web]}\n");
        ck_assert_uint_eq(count(), 1);
        list("api-users", "api-payments", "batch");
        ck_assert_uint_eq(count(), 3);
        ck_assert_str_eq(find("api-users")->policy, "p");
        ck_assert_str_eq(find("api-payments")->policy, "careful"); /* more letters */
        ck_assert_ptr_null(find("batch"));
        end();
}
END_TEST

/* One list may have skipped it; web is named, whatever lists say. */
START_TEST(what_two_lists_do_not_name_leaves) {
        begin("  - {cluster: c, services: ['api-*', web]}\n");
        list("api-a", "api-b", NULL);
        list("api-a", NULL, NULL);
        ck_assert_ptr_nonnull(find("api-b"));
        list("api-a", "api-b", NULL);
        list("api-a", NULL, NULL);
        ck_assert_ptr_nonnull(find("api-b"));
        list("api-a", NULL, NULL);
        ck_assert_ptr_null(find("api-b"));
        ck_assert_uint_eq(count(), 2);
        end();
}
END_TEST

START_TEST(a_list_that_cannot_be_had_changes_nothing) {
        begin("  - {cluster: c, services: ['api-*']}\n");
        list("api-a", NULL, NULL);
        for (unsigned i = 0; i < 3; i++) {
                on_timer(timer_userdata);
                asked->options.callback(asked->options.userdata, NULL, 0, "AccessDeniedException");
        }
        ck_assert_ptr_nonnull(find("api-a"));
        ck_assert_ptr_nonnull(
                strstr(logged, "its services cannot be listed (AccessDeniedException)"));
        end();
}
END_TEST

START_TEST(one_list_at_a_time) {
        begin("  - {cluster: c, services: ['api-*']}\n");
        on_timer(timer_userdata);
        on_timer(timer_userdata);
        ck_assert_uint_eq(times_asked, 1);
        ck_assert_int_eq(configure("  - {cluster: d, services: [web]}\n"), 0);
        ck_assert_ptr_null(asked); /* went with its cluster */
        end();
}
END_TEST

START_TEST(equally_good_patterns_are_only_observed) {
        begin("  - {cluster: c, services: ['api-*', '*-pay']}\n");
        list("api-pay", NULL, NULL);
        ck_assert_int_eq(find("api-pay")->mode, MODE_OBSERVE);
        ck_assert_ptr_nonnull(strstr(logged, "match it equally well"));
        logged[0] = '\0';
        list("api-pay", NULL, NULL);
        ck_assert_str_eq(logged, ""); /* said once */
        end();
}
END_TEST

/* A reload that narrows the patterns ends what they found, without a list. */
START_TEST(tags_find_services) {
        static const char TAGGED[] =
                "  - {cluster: c, services: [web, {tag: {team: payments}, exclude: [x*]}]}\n";
        struct Watch *api;

        begin(TAGGED);
        strcpy(team_of_listed, "payments");
        list("web", "api", "xtra");
        api = find("api");
        ck_assert_ptr_nonnull(api);
        ck_assert_uint_eq(count(), 2);
        /* A reload asks nobody, and knows the tags still. */
        ck_assert_int_eq(configure(TAGGED), 0);
        ck_assert_ptr_eq(find("api"), api);
        /* A list that skips it takes no tag away. */
        list("web", NULL, NULL);
        ck_assert_ptr_eq(find("api"), api);
        strcpy(team_of_listed, "search");
        list("web", "api", NULL);
        ck_assert_ptr_null(find("api"));
        ck_assert_ptr_nonnull(find("web"));
        end();
}
END_TEST

START_TEST(no_tags_are_asked_for_that_nobody_wants) {
        begin("  - {cluster: c, services: [web, '*']}\n");
        on_timer(timer_userdata);
        ck_assert_ptr_nonnull(asked);
        ck_assert_ptr_null(asked->options.wants_tags);
        end();
}
END_TEST

static bool hint(const char *region, const char *account, const char *cluster, const char *service,
                 bool urgent) {
        return fleet_hint(fleet, &(struct FleetHint) {region, account, cluster, service, urgent});
}

START_TEST(a_hint_finds_its_service) {
        begin("  - {cluster: c, region: eu-west-1, services: [web]}\n"
              "  - {cluster: 'arn:aws:ecs:eu-west-1:111122223333:cluster/d', services: [shop]}\n");
        ck_assert(hint("eu-west-1", "999", "c", "web", true)); /* nothing says whose c is */
        ck_assert_uint_eq(find("web")->hinted, 1);
        ck_assert(hint("eu-west-1", "", "c", "web", false));
        ck_assert_uint_eq(find("web")->hinted, 101);
        ck_assert(!hint("eu-west-2", "", "c", "web", true));
        ck_assert(!hint("eu-west-1", "", "c", "api", true));
        ck_assert(!hint("eu-west-1", "", "e", "web", true));
        ck_assert(hint("eu-west-1", "111122223333", "d", "shop", true));
        ck_assert(!hint("eu-west-1", "111122223334", "d", "shop", true));
        ck_assert_uint_eq(times_asked, 0);
        end();
}
END_TEST

/* It may be new; but made-up names must not make us list all the time. */
START_TEST(a_hint_at_an_unknown_service_looks_for_it) {
        begin("  - {cluster: c, region: eu-west-1, services: ['*']}\n");
        list("web", NULL, NULL);
        ck_assert_uint_eq(times_asked, 1);
        ck_assert(!hint("eu-west-1", "", "c", "api", true));
        ck_assert_uint_eq(times_asked, 1); /* the list is of just now */
        uptime += 10 * USEC_PER_SEC;
        ck_assert(!hint("eu-west-1", "", "c", "api", true));
        ck_assert_uint_eq(times_asked, 2);
        end();
}
END_TEST

START_TEST(a_narrower_pattern_lets_go) {
        begin("  - {cluster: c, services: ['api-*']}\n");
        list("api-a", "api-b", NULL);
        ck_assert_int_eq(configure("  - {cluster: c, services: ['api-a*']}\n"), 0);
        ck_assert_ptr_nonnull(find("api-a"));
        ck_assert_ptr_null(find("api-b"));
        end();
}
END_TEST

Suite *test_suite(void) {
        SUITE_BEGIN("fleet");
        tcase_add_test(tests, watches_what_is_named);
        tcase_add_test(tests, a_reload_keeps_what_stays);
        tcase_add_test(tests, what_has_an_action_under_way_leaves_later);
        tcase_add_test(tests, one_that_comes_back_while_it_leaves_goes_on);
        tcase_add_test(tests, an_endpoint_that_may_not_be_used_changes_nothing);
        tcase_add_test(tests, one_name_in_two_regions_is_two);
        tcase_add_test(tests, patterns_find_services);
        tcase_add_test(tests, what_two_lists_do_not_name_leaves);
        tcase_add_test(tests, a_list_that_cannot_be_had_changes_nothing);
        tcase_add_test(tests, one_list_at_a_time);
        tcase_add_test(tests, equally_good_patterns_are_only_observed);
        tcase_add_test(tests, tags_find_services);
        tcase_add_test(tests, no_tags_are_asked_for_that_nobody_wants);
        tcase_add_test(tests, a_hint_finds_its_service);
        tcase_add_test(tests, a_hint_at_an_unknown_service_looks_for_it);
        tcase_add_test(tests, a_narrower_pattern_lets_go);
        return suite;
}
