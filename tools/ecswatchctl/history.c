/* SPDX-License-Identifier: Apache-2.0 */
/* ecswatchctl history: past deployments, newest first. */
#include <stdio.h>

#include "base/macros.h"
#include "tools/ecswatchctl/client.h"
#include "tools/ecswatchctl/commands.h"
#include "tools/ecswatchctl/options.h"
#include "tools/ecswatchctl/print.h"
#include "tools/ecswatchctl/table.h"

enum { PATH_BYTES_MAX = 1536 };

static const struct Column COLUMNS[] = {
        {"STARTED", "started_at"},
        {"CLUSTER", "cluster"},
        {"SERVICE", "service"},
        {"KIND", "kind"},
        {"TASK DEFINITION", "task_definition"},
        {"VERDICT", "verdict"},
        {"CAUSE", "cause"},
        {"DEPLOYMENT", "deployment"},
        {"SUMMARY", "summary"},
};

static int format_path(const struct Options *options, struct Buffer *path) {
        int r = buffer_append_format(path, "/api/v1/deployments?limit=%u", options->limit);

        return r < 0 ? r : options_query(options, path);
}

int command_history(int argc, char **argv) {
        _cleanup_(buffer_done) struct Buffer path;
        const json_t *deployments;
        struct Options options;
        json_t *answer;
        int r;

        buffer_init(&path, PATH_BYTES_MAX);
        if (!options_parse(argc, argv, &options))
                return EXIT_USAGE;
        if (format_path(&options, &path) < 0) {
                fprintf(stderr, "ecswatchctl: the name is too long\n");
                return EXIT_USAGE;
        }
        r = client_get(options.socket, buffer_text(&path), &answer);
        if (r != 0)
                return r;

        deployments = json_is_array(answer) ? answer : json_object_get(answer, "deployments");
        if (options.json)
                print_json(answer);
        else if (json_array_size(deployments) == 0)
                puts("no deployments are known");
        else
                table_print(deployments, COLUMNS, ARRAY_SIZE(COLUMNS));
        json_decref(answer);
        return 0;
}
