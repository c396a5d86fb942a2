/* SPDX-License-Identifier: Apache-2.0 */
/* The files that `ecswatchctl judge` reads: recorded answers, and a configuration. */
#pragma once

#include "aws/response.h"
#include "base/arena.h"
#include "base/buffer.h"
#include "config/config.h"

struct Input {
        struct Arena *arena;
        struct DescribeServicesResponse services;
        struct TaskFacts *tasks;
        const char **running_ids;
        size_t n_tasks, n_running_ids;
        struct Config *config;
};

/* Those that return an int: EXIT_SUCCESS, or the exit code, after a sentence on standard error. */

int input_bad_file(const char *name, const char *problem);
/* The whole file; the buffer is the caller's to buffer_done(). */
int input_read_file(const char *name, size_t ceiling, struct Buffer *buffer);
int input_read_services(struct Input *input, const char *name);
int input_read_tasks(struct Input *input, const char *name);
int input_read_policy(struct Input *input, const char *name);

/* The file's only policy, else the service's; `cluster` and `service` are names. NULL: neither. */
const struct Policy *input_policy_for(const struct Config *config, const char *cluster,
                                      const char *service);
usec_t input_newest_instant(const struct Input *input);
