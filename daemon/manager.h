/* SPDX-License-Identifier: Apache-2.0 */
/* The daemon's whole life: start, loop, reload, end. */
#pragma once

#include <stdbool.h>

#define MANAGER_DEFAULT_CONFIG "/etc/ecswatch/ecswatch.yaml"

struct ManagerOptions {
        const char *config_path;
        bool dry_run;
};

/* Runs until SIGTERM or SIGINT; SIGHUP reloads. The exit status: 0, 69 (EX_UNAVAILABLE) or 78
 * (EX_CONFIG). */
int manager_run(const struct ManagerOptions *options);
