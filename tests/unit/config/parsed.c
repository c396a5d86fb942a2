/* SPDX-License-Identifier: Apache-2.0 */
#include "parsed.h"

#include <string.h>

#include "check_main.h"

const struct ConfigEnvironment ENVIRONMENT = {
        .folder = "/etc/ecswatch",
        .state_directory = "/var/lib/ecswatch",
        .runtime_directory = "/run/ecswatch",
};

struct ConfigText text_of(const char *name, const char *text) {
        return (struct ConfigText) {name, text, text ? strlen(text) : 0, NULL};
}

void parse(struct Parsed *parsed, const char *main, const char *const *included, size_t n,
           const char *last_valid, const struct ConfigEnvironment *environment) {
        static const char *const names[FILES_MAX] = {"a.yaml", "b.yaml", "c.yaml", "d.yaml"};
        struct ConfigText text = text_of("main.yaml", main);

        *parsed = (struct Parsed) {};
        for (size_t i = 0; i < n; i++) {
                parsed->includes[i].now = text_of(names[i], included[i]);
                parsed->includes[i].last_valid = text_of(names[i], last_valid);
        }
        config_errors_init(&parsed->errors);
        parsed->r = config_parse(&text, parsed->includes, n, environment, &parsed->config,
                                 &parsed->errors);
        buffer_init(&parsed->text, 1024 * 1024);
        for (size_t i = 0; i < parsed->errors.n; i++) {
                ck_assert_int_eq(config_error_format(parsed->errors.items + i, &parsed->text), 0);
                ck_assert_int_eq(buffer_append_char(&parsed->text, '\n'), 0);
        }
}

void parse_one(struct Parsed *parsed, const char *main) {
        parse(parsed, main, NULL, 0, NULL, &ENVIRONMENT);
}

void parsed_done(struct Parsed *parsed) {
        config_unref(parsed->config);
        config_errors_done(&parsed->errors);
        buffer_done(&parsed->text);
}
