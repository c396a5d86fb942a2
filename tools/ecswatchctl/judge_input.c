/* SPDX-License-Identifier: Apache-2.0 */
/* Every function says itself what is wrong with a file. */
#include "tools/ecswatchctl/judge_input.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "base/text.h"
#include "config/match.h"
#include "config/parse.h"
#include "words/arn.h"

enum { TASKS_MAX = 100000 };

int input_bad_file(const char *name, const char *problem) {
        fprintf(stderr, "ecswatchctl judge: %s: %s\n", name, problem);
        return EX_DATAERR;
}

/* The whole file, or the exit code's reason told. */
int input_read_file(const char *name, size_t ceiling, struct Buffer *buffer) {
        FILE *file = fopen(name, "re");
        char part[65536];
        size_t n;
        int r = 0;

        if (!file)
                return input_bad_file(name, strerror(errno));
        buffer_init(buffer, ceiling);
        while (r >= 0 && (n = fread(part, 1, sizeof(part), file)) > 0)
                r = buffer_append(buffer, part, n);
        if (r >= 0 && ferror(file))
                r = -EIO;
        fclose(file);
        return r < 0 ? input_bad_file(name, r == -ENOBUFS ? "too long" : strerror(-r))
                     : EXIT_SUCCESS;
}

int input_read_services(struct Input *input, const char *name) {
        _cleanup_(buffer_done) struct Buffer buffer = {0};
        struct EcsProblem problem = {{0}};
        int ret = input_read_file(name, ECS_RESPONSE_BYTES_MAX, &buffer);

        if (ret != EXIT_SUCCESS)
                return ret;
        if (ecs_describe_services_response(&(struct EcsBody) {buffer_text(&buffer), buffer.size},
                                           input->arena, &problem, &input->services) < 0)
                return input_bad_file(name, problem.text[0] ? problem.text : "too large");
        for (size_t i = 0; i < input->services.n_failures; i++)
                fprintf(stderr, "ecswatchctl judge: %s: %s\n",
                        text_or_empty(input->services.failures[i].arn),
                        text_or_empty(input->services.failures[i].reason));
        return EXIT_SUCCESS;
}

int input_read_tasks(struct Input *input, const char *name) {
        _cleanup_(buffer_done) struct Buffer buffer = {0};
        struct EcsProblem problem = {{0}};
        struct DescribeTasksResponse response;
        struct TaskFacts *tasks;
        const char **ids;
        int ret = input_read_file(name, ECS_RESPONSE_BYTES_MAX, &buffer);

        if (ret != EXIT_SUCCESS)
                return ret;
        if (ecs_describe_tasks_response(&(struct EcsBody) {buffer_text(&buffer), buffer.size},
                                        input->arena, &problem, &response) < 0)
                return input_bad_file(name, problem.text[0] ? problem.text : "too large");
        if (input->n_tasks + response.n_tasks > TASKS_MAX)
                return input_bad_file(name, "too many tasks");
        tasks = arena_alloc_array(input->arena, input->n_tasks + response.n_tasks, sizeof(*tasks));
        ids = arena_alloc_array(input->arena, input->n_tasks + response.n_tasks, sizeof(*ids));
        if (!tasks || !ids)
                return input_bad_file(name, "too large");

        if (input->n_tasks > 0)
                memcpy(tasks, input->tasks, input->n_tasks * sizeof(*tasks));
        if (input->n_running_ids > 0)
                memcpy(ids, input->running_ids, input->n_running_ids * sizeof(*ids));
        for (size_t i = 0; i < response.n_tasks; i++) {
                tasks[input->n_tasks++] = response.tasks[i];
                if (!text_equal(response.tasks[i].desired_status, "STOPPED"))
                        ids[input->n_running_ids++] = response.tasks[i].id;
        }
        input->tasks = tasks;
        input->running_ids = ids;
        return EXIT_SUCCESS;
}

int input_read_policy(struct Input *input, const char *name) {
        _cleanup_(buffer_done) struct Buffer buffer = {0};
        struct ConfigErrors errors;
        struct ConfigEnvironment environment = {.folder = "/",
                                                .state_directory = "/",
                                                .runtime_directory = "/",
                                                .region = "us-east-1"};
        int r, ret = input_read_file(name, CONFIG_TEXT_MAX, &buffer);

        if (ret != EXIT_SUCCESS)
                return ret;
        config_errors_init(&errors);
        r = config_parse(&(struct ConfigText) {.name = name,
                                               .text = buffer_text(&buffer),
                                               .size = buffer.size},
                         NULL, 0, &environment, &input->config, &errors);
        for (size_t i = 0; i < errors.n; i++) {
                _cleanup_(buffer_done) struct Buffer line = {0};

                buffer_init(&line, CONFIG_TEXT_MAX);
                if (config_error_format(&errors.items[i], &line) >= 0)
                        fprintf(stderr, "%s\n", buffer_text(&line));
        }
        config_errors_done(&errors);
        return r < 0 ? input_bad_file(name, "not a configuration") : EXIT_SUCCESS;
}

const struct Policy *input_policy_for(const struct Config *config, const char *cluster,
                                      const char *service) {
        const struct ConfigCandidate candidate = {.name = service}; /* saved answers have no tags */
        const struct ConfigService *match = NULL, *other = NULL;

        if (config->n_policies == 1)
                return &config->policies[0];
        for (size_t i = 0; i < config->n_clusters; i++)
                if (text_equal(config->clusters[i].name, cluster) &&
                    config_match_service(&config->clusters[i], &candidate, &match, &other) !=
                            CONFIG_MATCH_NONE)
                        return match->policy;
        return NULL;
}

usec_t input_newest_instant(const struct Input *input) {
        usec_t ret = USEC_UNKNOWN;

        for (size_t i = 0; i < input->services.n_services; i++) {
                const struct ServiceFacts *service = &input->services.services[i];

                ret = MAX(ret, service->created_at);
                for (size_t j = 0; j < service->n_deployments; j++)
                        ret = MAX(ret, MAX(service->deployments[j].created_at,
                                           service->deployments[j].updated_at));
                for (size_t j = 0; j < service->n_task_sets; j++)
                        ret = MAX(ret, service->task_sets[j].created_at);
                for (size_t j = 0; j < service->n_events; j++)
                        ret = MAX(ret, service->events[j].created_at);
        }
        for (size_t i = 0; i < input->n_tasks; i++) {
                const struct TaskFacts *task = &input->tasks[i];

                ret = MAX(ret, MAX(MAX(task->created_at, task->started_at),
                                   MAX(task->stopping_at, task->stopped_at)));
        }
        return ret;
}
