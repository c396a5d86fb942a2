/* SPDX-License-Identifier: Apache-2.0 */
#include "config/config.h"

#include "base/text.h"

struct Config *config_ref(struct Config *config) {
        arena_ref(config->arena);
        return config;
}

void config_unref(struct Config *config) {
        if (config)
                arena_free(config->arena);
}

const struct Policy *config_policy(const struct Config *config, const char *name) {
        for (size_t i = 0; i < config->n_policies; i++)
                if (text_equal(config->policies[i].name, name))
                        return config->policies + i;
        return NULL;
}

const struct ConfigReceiver *config_receiver(const struct Config *config, const char *name) {
        for (size_t i = 0; i < config->n_receivers; i++)
                if (text_equal(config->receivers[i].name, name))
                        return config->receivers + i;
        return NULL;
}
