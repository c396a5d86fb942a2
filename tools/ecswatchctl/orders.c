/* SPDX-License-Identifier: Apache-2.0 */
/* What people may say to the daemon: hold and unhold (nothing is to be changed for now, of one
 * service, a cluster's, or all), approve. */
#include <stdio.h>

#include "base/macros.h"
#include "base/text.h"
#include "tools/ecswatchctl/client.h"
#include "tools/ecswatchctl/commands.h"
#include "tools/ecswatchctl/options.h"
#include "tools/ecswatchctl/print.h"
#include "tools/ecswatchctl/table.h"

enum { PATH_BYTES_MAX = 4096 };

static const struct Column COLUMNS[] = {
        {"CLUSTER", "cluster"}, {"SERVICE", "service"}, {"BY", "author"},
        {"SINCE", "since"},     {"UNTIL", "until"},     {"REASON", "reason"},
};

static void print_scope(const struct Options *options) {
        printf("%s%s%s", options->cluster ? options->cluster : "everything",
               options->service ? "/" : "", text_or_empty(options->service));
}

static int format_path(const char *path, const struct Options *options, struct Buffer *ret) {
        int r = buffer_append_text(ret, path);

        if (r >= 0)
                r = options_query(options, ret);
        if (r >= 0)
                r = options_append(ret, "deployment", options->deployment);
        if (r >= 0)
                r = options_append(ret, "reason", options->reason);
        if (r >= 0 && options->length > 0) {
                char seconds[32];

                snprintf(seconds, sizeof(seconds), "%llu",
                         (unsigned long long) MAX(options->length / USEC_PER_SEC, (usec_t) 1));
                r = options_append(ret, "for", seconds);
        }
        if (r < 0)
                fprintf(stderr, "ecswatchctl: the name or the reason is too long\n");
        return r;
}

/* 0 and the answer, or an exit code. */
static int order(const char *route, const struct Options *options, json_t **ret) {
        _cleanup_(buffer_done) struct Buffer path;

        buffer_init(&path, PATH_BYTES_MAX);
        if (format_path(route, options, &path) < 0)
                return EXIT_USAGE;
        return client_ask(options->socket, buffer_text(&path), CLIENT_POST, ret);
}

static int list_holds(const struct Options *options) {
        const json_t *holds;
        json_t *answer;
        int r;

        r = client_get(options->socket, "/api/v1/holds", &answer);
        if (r != 0)
                return r;
        holds = json_object_get(answer, "holds");
        if (options->json)
                print_json(answer);
        else if (json_array_size(holds) == 0)
                puts("nothing is held");
        else
                table_print(holds, COLUMNS, ARRAY_SIZE(COLUMNS));
        json_decref(answer);
        return 0;
}

static void print_held(const struct Options *options, const json_t *answer) {
        const char *until = json_string_value(json_object_get(answer, "until"));

        print_scope(options);
        printf(" is held%s%s by %s: %lld service(s) judged and told of, none changed\n",
               until ? " until " : "", text_or_empty(until),
               text_or_empty(json_string_value(json_object_get(answer, "author"))),
               json_integer_value(json_object_get(answer, "services")));
}

int command_hold(int argc, char **argv) {
        struct Options options;
        json_t *answer;
        int r;

        if (!options_parse(argc, argv, &options))
                return EXIT_USAGE;
        if (!options.reason && !options.cluster && options.length == 0)
                return list_holds(&options);
        if (!options.reason) {
                fprintf(stderr, "ecswatchctl: say why: ecswatchctl hold %s --reason TEXT\n",
                        options.cluster ? "CLUSTER[/SERVICE]" : "");
                return EXIT_USAGE;
        }
        r = order("/api/v1/hold", &options, &answer);
        if (r != 0)
                return r;
        if (options.json)
                print_json(answer);
        else
                print_held(&options, answer);
        json_decref(answer);
        return 0;
}

int command_unhold(int argc, char **argv) {
        struct Options options;
        json_t *answer;
        int r;

        if (!options_parse(argc, argv, &options))
                return EXIT_USAGE;
        r = order("/api/v1/unhold", &options, &answer);
        if (r != 0)
                return r;
        if (options.json)
                print_json(answer);
        else {
                print_scope(&options);
                puts(" is not held any more; what was decided meanwhile stays decided");
        }
        json_decref(answer);
        return 0;
}

int command_approve(int argc, char **argv) {
        struct Options options;
        json_t *answer;
        int r;

        if (!options_parse(argc, argv, &options) || !options_has_service(&options, "approve"))
                return EXIT_USAGE;
        r = order("/api/v1/approve", &options, &answer);
        if (r != 0)
                return r;
        if (options.json)
                print_json(answer);
        else
                printf("the rollback of %s/%s is approved; it begins once a last look agrees\n",
                       options.cluster, options.service);
        json_decref(answer);
        return 0;
}
