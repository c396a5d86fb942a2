/* SPDX-License-Identifier: Apache-2.0 */
/* Configuration files: the main one, and after a line "%%%" an included one. */
#include <string.h>

#include "base/macros.h"
#include "base/text.h"
#include "config/match.h"
#include "config/parse.h"
#include "fuzz.h"

static const char SEPARATOR[] = "\n%%%\n";

static const struct ConfigEnvironment ENVIRONMENT = {
        .folder = "/etc/ecswatch",
        .state_directory = "/var/lib/ecswatch",
        .runtime_directory = "/run/ecswatch",
        .region = "eu-west-1",
};

static void errors_check(const struct ConfigErrors *errors) {
        for (size_t i = 0; i < errors->n; i++) {
                const char *message = errors->items[i].message;

                FUZZ_CHECK(message[0] != '\0' && text_is_utf8(message, strlen(message)));
                FUZZ_CHECK(strpbrk(message, "\r\n\x1b") == NULL);
                FUZZ_CHECK(i == 0 ||
                           errors->items[i - 1].file_index <= errors->items[i].file_index);
        }
}

static void service_check(const struct ConfigCluster *cluster,
                          const struct ConfigService *service) {
        const struct ConfigService *found = NULL, *other = NULL;

        FUZZ_CHECK(service->policy && service->active >= USEC_PER_SEC);
        FUZZ_CHECK(service->idle >= service->active);
        FUZZ_CHECK((service->by == CONFIG_BY_TAG) == (service->n_tags > 0));
        if (service->by == CONFIG_BY_NAME) {
                const struct ConfigCandidate candidate = {.name = service->name};

                FUZZ_CHECK(config_match_service(cluster, &candidate, &found, &other) ==
                           CONFIG_MATCH_ONE);
                FUZZ_CHECK(found == service);
        }
}

static void config_check(const struct Config *config) {
        for (size_t i = 0; i < config->n_clusters; i++) {
                FUZZ_CHECK(config->clusters[i].name[0] != '\0' && config->clusters[i].region);
                for (size_t k = 0; k < config->clusters[i].n_services; k++)
                        service_check(config->clusters + i, config->clusters[i].services + k);
        }
        for (size_t i = 0; i < config->n_policies; i++)
                FUZZ_CHECK(config_policy(config, config->policies[i].name) == config->policies + i);
        for (size_t i = 0; i < config->n_watcher_notify; i++)
                FUZZ_CHECK(config_receiver(config, config->watcher_notify[i]));
        FUZZ_CHECK(config->ledger_path && config->api_socket);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        const char *text = (const char *) data;
        const char *split = size == 0 ? NULL : memmem(text, size, SEPARATOR, strlen(SEPARATOR));
        size_t rest = split ? size - (size_t) (split - text) - strlen(SEPARATOR) : 0;
        struct ConfigText main = {.name = "main", .text = text, .size = size - rest};
        struct ConfigInclude included = {.now = {.name = "included", .size = rest}};
        _cleanup_(config_errors_done) struct ConfigErrors errors = {};
        _cleanup_(config_unrefp) struct Config *config = NULL;
        int r;

        if (size == 0)
                return 0;
        if (split) {
                main.size = (size_t) (split - text);
                included.now.text = split + strlen(SEPARATOR);
        }
        r = config_parse(&main, &included, split ? 1 : 0, &ENVIRONMENT, &config, &errors);
        FUZZ_CHECK((r == 0) == (config != NULL));
        errors_check(&errors);
        if (r == 0)
                config_check(config);
        else
                FUZZ_CHECK(errors.n > 0);
        return 0;
}
