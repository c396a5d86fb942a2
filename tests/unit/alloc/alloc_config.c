/* SPDX-License-Identifier: Apache-2.0 */
/* Every allocation of lib/config fails once. libyaml's are libyaml's own. */
#include <errno.h>
#include <string.h>

#include "alloc.h"
#include "config/parse.h"

static const struct ConfigEnvironment ENVIRONMENT = {.folder = "/f",
                                                     .state_directory = "/s",
                                                     .runtime_directory = "/r"};

static struct ConfigText text_of(const char *name, const char *text) {
        return (struct ConfigText) {name, text, strlen(text), NULL};
}

static int run_parse(void) {
        static const char MAIN[] =
                "version: 1\n"
                "defaults: {region: r, policy: p}\n"
                "policies: {p: {on_failed: [{when: {cause: [oom]}, notify: [h]}]}}\n"
                "receivers: {h: {type: webhook, url_file: u, secret_file: s}}\n"
                "clusters: [{cluster: c, services: [a, 'b*']}]\n";
        struct ConfigInclude included = {
                .now = text_of("i", "version: 1\nclusters: [{cluster: c, services: [d]}]\n"),
        };
        _cleanup_(config_errors_done) struct ConfigErrors errors = {};
        _cleanup_(config_unrefp) struct Config *config = NULL;
        struct ConfigText main = text_of("m", MAIN);

        return config_parse(&main, &included, 1, &ENVIRONMENT, &config, &errors);
}

/* Errors cost memory too: an unknown key, a wrong include that falls back, a copy of its error. */
static int run_errors(void) {
        static const char MAIN[] = "version: 1\npolicies: {p: {}}\nunknown: 1\n";
        struct ConfigInclude included = {
                .now = text_of("i", "version: 1\npolicies: {p: {}}\n"),
                .last_valid = text_of("i", "version: 1\n"),
        };
        _cleanup_(config_errors_done) struct ConfigErrors errors = {};
        _cleanup_(config_unrefp) struct Config *config = NULL;
        struct ConfigText main = text_of("m", MAIN);
        int r = config_parse(&main, &included, 1, &ENVIRONMENT, &config, &errors);

        return r == -EINVAL && errors.n == 2 ? 0 : r;
}

static int run_includes(void) {
        _cleanup_(arena_freep) struct Arena *arena = arena_new(64 * 1024);
        struct ConfigText main = text_of("m", "version: 1\ninclude: [a, b]\n");
        const char *const *patterns;
        size_t n;

        return arena ? config_includes(&main, arena, &patterns, &n) : -ENOMEM;
}

const struct AllocRow ALLOC_CONFIG[] = {
        {"config", run_parse},
        {"config with errors", run_errors},
        {"includes", run_includes},
        {NULL},
};
