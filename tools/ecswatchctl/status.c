/* SPDX-License-Identifier: Apache-2.0 */
/* ecswatchctl status: what is watched, and how it stands. */
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "base/macros.h"
#include "base/text.h"
#include "tools/ecswatchctl/client.h"
#include "tools/ecswatchctl/commands.h"
#include "tools/ecswatchctl/options.h"
#include "tools/ecswatchctl/print.h"
#include "tools/ecswatchctl/table.h"

enum { WATCH_SECONDS = 2, PATH_BYTES_MAX = 1536 };

static const struct Column COLUMNS[] = {
        {"CLUSTER", "cluster"},
        {"SERVICE", "service"},
        {"STATE", "state"},
        {"TASK DEFINITION", "rollout.task_definition"},
        {"VERDICT", "verdict.verdict"},
        {"CAUSE", "verdict.cause"},
        {"MODE", "mode"},
        {"STARTED", "rollout.started_at"},
        {"SUMMARY", "verdict.summary"},
};

static bool has_equal(const json_t *list, const json_t *value) {
        const json_t *each;
        size_t i;

        json_array_foreach(list, i, each) {
                if (json_equal(each, value))
                        return true;
        }
        return false;
}

/* What is said of many services alike, each once, below the table. */
static void print_once_each(const json_t *services, const char *member,
                            void (*print)(const json_t *value)) {
        json_t *printed = json_array(), *service, *value;
        size_t i;

        json_array_foreach(services, i, service) {
                value = json_object_get(service, member);
                if (!value || has_equal(printed, value))
                        continue;
                print(value);
                json_array_append(printed, value);
        }
        json_decref(printed);
}

static void print_inhibited(const json_t *value) {
        print_clean(stdout, text_or_empty(json_string_value(value)));
        putchar('\n');
}

static void print_waiting(const json_t *services) {
        const json_t *service;
        size_t i;

        json_array_foreach(services, i, service) {
                if (!json_object_get(service, "waits"))
                        continue;
                print_clean(stdout, text_of(service, "cluster"));
                putchar('/');
                print_clean(stdout, text_of(service, "service"));
                fputs(": ", stdout);
                print_clean(stdout, text_of(service, "waits"));
                putchar('\n');
        }
}

static void print_once(const struct Options *options, const json_t *answer) {
        const json_t *services =
                json_is_array(answer) ? answer : json_object_get(answer, "services");

        if (options->json)
                print_json(answer);
        else if (json_array_size(services) == 0)
                puts("nothing is watched");
        else {
                table_print(services, COLUMNS, ARRAY_SIZE(COLUMNS));
                print_once_each(services, "hold", print_hold);
                print_once_each(services, "inhibited", print_inhibited);
                print_waiting(services);
        }
        fflush(stdout);
}

int command_status(int argc, char **argv) {
        _cleanup_(buffer_done) struct Buffer path;
        struct Options options;
        json_t *answer;
        int r;

        buffer_init(&path, PATH_BYTES_MAX);
        if (!options_parse(argc, argv, &options))
                return EXIT_USAGE;
        if (buffer_append_text(&path, "/api/v1/services") < 0 ||
            options_query(&options, &path) < 0) {
                fprintf(stderr, "ecswatchctl: the name is too long\n");
                return EXIT_USAGE;
        }
        for (;;) {
                r = client_get(options.socket, buffer_text(&path), &answer);
                if (r != 0)
                        return r;
                if (options.watch && !options.json && isatty(STDOUT_FILENO))
                        fputs("\033[H\033[J", stdout); /* home, clear below */
                print_once(&options, answer);
                json_decref(answer);
                if (!options.watch || ferror(stdout))
                        return ferror(stdout) ? EXIT_NO : 0;
                sleep(WATCH_SECONDS);
        }
}
