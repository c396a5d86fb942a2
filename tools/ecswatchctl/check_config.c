/* SPDX-License-Identifier: Apache-2.0 */
/* ecswatchctl check-config: whether the daemon would take a configuration, and what it means. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "daemon/config_files.h"
#include "tools/ecswatchctl/commands.h"

enum { ERROR_BYTES_MAX = 64 * 1024 };

static bool tell_errors(const struct ConfigErrors *errors) {
        _cleanup_(buffer_done) struct Buffer line;
        bool any = false;

        buffer_init(&line, ERROR_BYTES_MAX);
        for (size_t i = 0; i < errors->n; i++) {
                buffer_clear(&line);
                if (config_error_format(errors->items + i, &line) == 0)
                        fprintf(stderr, "%s\n", buffer_text(&line));
                any |= !errors->items[i].is_warning;
        }
        if (errors->n_untold > 0)
                fprintf(stderr, "and %zu more\n", errors->n_untold);
        return any;
}

static void summarise_cluster(const struct ConfigCluster *cluster) {
        char idle[TIME_TEXT_MAX], active[TIME_TEXT_MAX];

        printf("cluster %s (%s)%s%s\n", cluster->name, cluster->region,
               cluster->role_arn ? " as " : "", text_or_empty(cluster->role_arn));
        for (size_t i = 0; i < cluster->n_services; i++) {
                const struct ConfigService *service = cluster->services + i;

                printf("  %s%s: policy %s, %s, asked every %s, %s while judging\n",
                       service->by == CONFIG_BY_PATTERN ? "pattern "
                       : service->by == CONFIG_BY_NAME  ? "service "
                                                        : "",
                       service->name, service->policy->name, policy_mode_name(service->mode),
                       duration_format(service->idle, idle),
                       duration_format(service->active, active));
        }
}

static void summarise(const struct ConfigFiles *files, const struct Config *config) {
        size_t services = 0;

        for (size_t i = 0; i < config->n_clusters; i++)
                services += config->clusters[i].n_services;
        printf("%s: valid, with %zu included; clusters %zu, services, patterns and tags %zu, policies "
               "%zu, receivers %zu\n",
               files->main.name, files->n_included, config->n_clusters, services,
               config->n_policies, config->n_receivers);
        for (size_t i = 0; i < config->n_clusters; i++)
                summarise_cluster(config->clusters + i);
        for (size_t i = 0; i < config->n_policies; i++)
                printf("policy %s: %s, rule %s\n", config->policies[i].name,
                       policy_mode_name(config->policies[i].mode),
                       rule_kind_name(config->policies[i].judge.rule));
        for (size_t i = 0; i < config->n_receivers; i++)
                printf("receiver %s: webhook%s\n", config->receivers[i].name,
                       config->receivers[i].secret_file.path ? ", signed" : "");
}

static int check(const char *path) {
        _cleanup_(config_errors_done) struct ConfigErrors errors = {};
        _cleanup_(config_unrefp) struct Config *config = NULL;
        _cleanup_(config_files_done) struct ConfigFiles files = {};
        bool wrong;
        int r;

        r = config_files_read(path, NULL, &files);
        if (r >= 0)
                r = config_parse(&files.main, files.included, files.n_included, &files.environment,
                                 &config, &errors);
        if (r < 0 && r != -EINVAL) {
                fprintf(stderr, "ecswatchctl: %s: %s\n", path, strerror(-r));
                return EXIT_CONFIG;
        }
        wrong = tell_errors(&errors) || r < 0;
        if (!wrong)
                summarise(&files, config);
        return wrong ? EXIT_CONFIG : 0;
}

int command_check_config(int argc, char **argv) {
        if (argc > 2 || (argc == 2 && argv[1][0] == '-')) {
                fprintf(stderr, "usage: ecswatchctl check-config [FILE]\n");
                return EXIT_USAGE;
        }
        return check(argc == 2 ? argv[1] : CONFIG_PATH_DEFAULT);
}
