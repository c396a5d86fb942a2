/* SPDX-License-Identifier: Apache-2.0 */
/* ecswatchctl judge: the verdict on recorded answers of the API. Files have no history, so the
 * service is taken to have stood as it is since the deployment's updatedAt. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "aws/response.h"
#include "base/buffer.h"
#include "base/text.h"
#include "config/config.h"
#include "event/event.h"
#include "judge/judge.h"
#include "tools/ecswatchctl/judge_commands.h"
#include "tools/ecswatchctl/print.h"
#include "words/arn.h"

enum { TASK_FILES_MAX = 1000, TASKS_MAX = 100000 };
static const size_t ARENA_MAX = (size_t) 512 << 20;

static const char USAGE[] =
        "usage: ecswatchctl judge --service describe-services.json [--tasks describe-tasks.json]…\n"
        "                         [--at TIME] [--policy FILE] [--json]\n"
        "The verdict on recorded answers, as `aws ecs describe-services` and `describe-tasks` "
        "print\n"
        "them. TIME is RFC 3339; it defaults to the newest instant in the files. FILE is a\n"
        "configuration; its only policy is taken, else that of the service.\n";

struct Options {
        const char *service, *policy;
        const char *tasks[TASK_FILES_MAX];
        size_t n_tasks;
        usec_t at;
        bool json;
};

struct Input {
        struct Arena *arena;
        struct DescribeServicesResponse services;
        struct TaskFacts *tasks;
        const char **running_ids;
        size_t n_tasks, n_running_ids;
        struct Config *config;
};

static int bad_file(const char *name, const char *problem) {
        fprintf(stderr, "ecswatchctl judge: %s: %s\n", name, problem);
        return EX_DATAERR;
}

/* The whole file, or the exit code's reason told. */
static int read_file(const char *name, size_t ceiling, struct Buffer *buffer) {
        FILE *file = fopen(name, "re");
        char part[65536];
        size_t n;
        int r = 0;

        if (!file)
                return bad_file(name, strerror(errno));
        buffer_init(buffer, ceiling);
        while (r >= 0 && (n = fread(part, 1, sizeof(part), file)) > 0)
                r = buffer_append(buffer, part, n);
        if (r >= 0 && ferror(file))
                r = -EIO;
        fclose(file);
        return r < 0 ? bad_file(name, r == -ENOBUFS ? "too long" : strerror(-r)) : EXIT_SUCCESS;
}

static int read_services(struct Input *input, const char *name) {
        _cleanup_(buffer_done) struct Buffer buffer = {0};
        struct EcsProblem problem = {{0}};
        int ret = read_file(name, ECS_RESPONSE_BYTES_MAX, &buffer);

        if (ret != EXIT_SUCCESS)
                return ret;
        if (ecs_describe_services_response(&(struct EcsBody) {buffer_text(&buffer), buffer.size},
                                           input->arena, &problem, &input->services) < 0)
                return bad_file(name, problem.text[0] ? problem.text : "too large");
        for (size_t i = 0; i < input->services.n_failures; i++)
                fprintf(stderr, "ecswatchctl judge: %s: %s\n",
                        text_or_empty(input->services.failures[i].arn),
                        text_or_empty(input->services.failures[i].reason));
        return EXIT_SUCCESS;
}

static int read_tasks(struct Input *input, const char *name) {
        _cleanup_(buffer_done) struct Buffer buffer = {0};
        struct EcsProblem problem = {{0}};
        struct DescribeTasksResponse response;
        struct TaskFacts *tasks;
        const char **ids;
        int ret = read_file(name, ECS_RESPONSE_BYTES_MAX, &buffer);

        if (ret != EXIT_SUCCESS)
                return ret;
        if (ecs_describe_tasks_response(&(struct EcsBody) {buffer_text(&buffer), buffer.size},
                                        input->arena, &problem, &response) < 0)
                return bad_file(name, problem.text[0] ? problem.text : "too large");
        if (input->n_tasks + response.n_tasks > TASKS_MAX)
                return bad_file(name, "too many tasks");
        tasks = arena_alloc_array(input->arena, input->n_tasks + response.n_tasks, sizeof(*tasks));
        ids = arena_alloc_array(input->arena, input->n_tasks + response.n_tasks, sizeof(*ids));
        if (!tasks || !ids)
                return bad_file(name, "too large");

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

static int read_policy(struct Input *input, const char *name) {
        _cleanup_(buffer_done) struct Buffer buffer = {0};
        struct ConfigErrors errors;
        struct ConfigEnvironment environment = {.folder = "/",
                                                .state_directory = "/",
                                                .runtime_directory = "/",
                                                .region = "us-east-1"};
        int r, ret = read_file(name, CONFIG_TEXT_MAX, &buffer);

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
        return r < 0 ? bad_file(name, "not a configuration") : EXIT_SUCCESS;
}

/* The file's only policy, else the service's. NULL: neither. */
static const struct Policy *policy_for(const struct Config *config,
                                       const struct ServiceFacts *service) {
        const struct ConfigService *match = NULL, *other = NULL;

        if (config->n_policies == 1)
                return &config->policies[0];
        for (size_t i = 0; i < config->n_clusters; i++)
                if (text_equal(config->clusters[i].name, arn_short_name(service->cluster_arn)) &&
                    config_match_service(&config->clusters[i], service->name, &match, &other) !=
                            CONFIG_MATCH_NONE)
                        return match->policy;
        return NULL;
}

static usec_t newest_instant(const struct Input *input) {
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

/* What is watched: the PRIMARY deployment, else the newest task set. */
static bool find_rollout(const struct ServiceFacts *service, struct Rollout *ret,
                         usec_t *ret_settled_at, int64_t *ret_running) {
        const struct DeploymentFacts *primary = service_primary(service);
        const struct TaskSetFacts *set = service_newest_task_set(service);

        *ret = (struct Rollout) {
                .service_arn = service->arn,
                .service_created_at = service->created_at,
                .ordinal = 1,
                .kind = ROLLOUT_DEPLOY,
                .service_deployment = service->current_service_deployment,
        };
        if (primary) {
                ret->deployment = primary->id;
                ret->task_definition = primary->task_definition;
                ret->started_at = primary->created_at;
                *ret_settled_at = MAX(primary->created_at, primary->updated_at);
                *ret_running = primary->running_count;
        } else if (set) {
                ret->deployment = set->id;
                ret->task_definition = set->task_definition;
                ret->started_at = *ret_settled_at = set->created_at;
                *ret_running = set->running_count;
        }
        return ret->deployment;
}

/* Whether the files tell of every task that the rollout runs. */
static bool all_running_told(const struct Input *input, const char *deployment, int64_t running) {
        for (size_t i = 0; i < input->n_tasks; i++)
                running -= text_equal(input->tasks[i].last_status, "RUNNING") &&
                           text_equal(input->tasks[i].started_by, deployment);
        return running <= 0;
}

static int collect(struct Evidence *evidence, const struct Input *input, bool has_tasks,
                   const struct ServiceFacts *service, bool all_running, usec_t settled_at,
                   usec_t at) {
        struct SourceFacts denied = {SOURCE_PARTIAL, at, at, true, "no --tasks"};
        struct SourceFacts complete = {SOURCE_COMPLETE, at, at, false, NULL};
        struct SourceFacts partial = {SOURCE_PARTIAL, at, at, false, "not all in the files"};
        struct Facts facts = {
                .service = *service,
                .service_source = {SOURCE_COMPLETE, settled_at, settled_at, false, NULL},
        };
        int r;

        /* As it stood when it last changed, then as it stands. */
        facts.service.n_events = 0;
        if (settled_at < at) {
                r = evidence_add(evidence, &facts);
                if (r < 0)
                        return r;
        }
        facts.service.n_events = service->n_events;
        facts.service_source = complete;
        facts.stopped_source = has_tasks ? complete : denied;
        facts.running_source = !has_tasks ? denied : all_running ? complete : partial;
        facts.tasks = input->tasks;
        facts.n_tasks = input->n_tasks;
        facts.running_ids = input->running_ids;
        facts.n_running_ids = input->n_running_ids;
        return evidence_add(evidence, &facts);
}

static enum EventType event_type_of(enum VerdictKind kind) {
        switch (kind) {
        case VERDICT_SUCCEEDED: return EVENT_DEPLOYMENT_SUCCEEDED;
        case VERDICT_FAILED: return EVENT_DEPLOYMENT_FAILED;
        case VERDICT_STALLED: return EVENT_DEPLOYMENT_STALLED;
        case VERDICT_SUPERSEDED: return EVENT_DEPLOYMENT_SUPERSEDED;
        case VERDICT_REVERTED: return EVENT_DEPLOYMENT_REVERTED;
        case VERDICT_PROGRESSING: break;
        }
        return EVENT_DEPLOYMENT_STARTED;
}

static int print_event(const struct Evidence *evidence, const struct ServiceFacts *service,
                       const struct Rollout *rollout, const struct Policy *policy,
                       const struct Verdict *verdict, usec_t at) {
        struct EvidenceLine lines[EVIDENCE_LINES_MAX];
        struct Event event = {
                .type = event_type_of(verdict->kind),
                .time = at,
                .source = service->arn,
                .cluster_arn = service->cluster_arn,
                .service = service->name,
                .rollout = rollout,
                .policy = policy ? policy->name : "built-in",
                .mode = policy ? policy->mode : MODE_OBSERVE,
                .verdict = verdict,
                .evidence = lines,
                .n_evidence = evidence_lines(evidence, lines),
        };
        _cleanup_free_ char *text = NULL;
        int r = event_data_json(&event, &text);

        if (r < 0) {
                fprintf(stderr, "ecswatchctl judge: %s: %s\n", service->arn, strerror(-r));
                return EX_SOFTWARE;
        }
        puts(text);
        return EXIT_SUCCESS;
}

static void print_line(const struct ServiceFacts *service, const char *deployment,
                       const struct Verdict *verdict) {
        printf("%s/%s\t%s\t%s\t%s\t%s\n", text_or_empty(arn_short_name(service->cluster_arn)),
               text_or_empty(service->name), deployment, verdict_kind_name(verdict->kind),
               cause_name(verdict->cause), verdict->summary);
        print_lines("  ", verdict->explanation);
}

/* Of a service that is being deleted, or is, no deployment can succeed or fail any more. */
static void judge_deleted(const struct ServiceFacts *service, struct Verdict *verdict) {
        if (!text_equal(service->status, "DRAINING") && !text_equal(service->status, "INACTIVE"))
                return;
        verdict->kind = VERDICT_SUPERSEDED;
        verdict->cause = CAUSE_NONE;
        snprintf(verdict->summary, sizeof(verdict->summary), "the service %s deleted (%s)",
                 text_equal(service->status, "DRAINING") ? "is being" : "was", service->status);
}

static int judge_service(const struct Input *input, const struct Options *options,
                         const struct ServiceFacts *service) {
        _cleanup_(evidence_freep) struct Evidence *evidence = NULL;
        const struct Policy *policy = NULL;
        struct JudgeRule rule = judge_rule_default();
        struct Rollout rollout;
        struct Verdict verdict = {0};
        usec_t settled_at;
        int64_t running;
        bool found;
        int r;

        if (input->config) {
                policy = policy_for(input->config, service);
                if (!policy)
                        return bad_file(options->policy, "no policy for the service");
                rule = policy->judge;
        }
        found = find_rollout(service, &rollout, &settled_at, &running);
        r = evidence_new(&rollout, &evidence);
        if (r >= 0 && found)
                r = collect(evidence, input, options->n_tasks > 0, service,
                            all_running_told(input, rollout.deployment, running), settled_at,
                            options->at);
        if (r >= 0)
                r = judge_verdict(evidence, &rule, options->at, &verdict);
        if (r < 0) {
                fprintf(stderr, "ecswatchctl judge: %s\n", strerror(-r));
                return EX_OSERR;
        }
        if (!found)
                snprintf(verdict.summary, sizeof(verdict.summary), "no deployment to judge (%s)",
                         text_or_empty(service->status));
        judge_deleted(service, &verdict);
        if (options->json)
                return print_event(evidence, service, &rollout, policy, &verdict, options->at);
        print_line(service, text_or_empty(rollout.deployment), &verdict);
        return EXIT_SUCCESS;
}

static int judge_files(struct Input *input, struct Options *options) {
        int ret = read_services(input, options->service);

        for (size_t i = 0; ret == EXIT_SUCCESS && i < options->n_tasks; i++)
                ret = read_tasks(input, options->tasks[i]);
        if (ret == EXIT_SUCCESS && options->policy)
                ret = read_policy(input, options->policy);
        if (ret != EXIT_SUCCESS)
                return ret;

        if (options->at == USEC_UNKNOWN)
                options->at = newest_instant(input);
        for (size_t i = 0; ret == EXIT_SUCCESS && i < input->services.n_services; i++)
                ret = judge_service(input, options, &input->services.services[i]);
        return ret;
}

/* EXIT_SUCCESS with a service to judge, or with `*ret_help`; EX_USAGE told. */
static int parse_options(int argc, char **argv, struct Options *options, bool *ret_help) {
        static const struct option OPTIONS[] = {{"service", required_argument, NULL, 's'},
                                                {"tasks", required_argument, NULL, 't'},
                                                {"at", required_argument, NULL, 'a'},
                                                {"policy", required_argument, NULL, 'p'},
                                                {"json", no_argument, NULL, 'j'},
                                                {"help", no_argument, NULL, 'h'},
                                                {NULL, 0, NULL, 0}};
        int option;

        optind = 0;
        while ((option = getopt_long(argc, argv, "h", OPTIONS, NULL)) >= 0)
                switch (option) {
                case 's': options->service = optarg; break;
                case 't':
                        if (options->n_tasks == TASK_FILES_MAX) {
                                fputs("ecswatchctl judge: too many --tasks\n", stderr);
                                return EX_USAGE;
                        }
                        options->tasks[options->n_tasks++] = optarg;
                        break;
                case 'a':
                        if (time_parse_rfc3339(optarg, &options->at) >= 0)
                                break;
                        fprintf(stderr, "ecswatchctl judge: not an RFC 3339 time: %s\n", optarg);
                        return EX_USAGE;
                case 'p': options->policy = optarg; break;
                case 'j': options->json = true; break;
                case 'h': *ret_help = true; return EXIT_SUCCESS;
                default: fputs(USAGE, stderr); return EX_USAGE;
                }
        if (options->service && optind == argc)
                return EXIT_SUCCESS;
        fputs(USAGE, stderr);
        return EX_USAGE;
}

int command_judge(int argc, char **argv) {
        static struct Options options; /* too large for a stack */
        struct Input input = {0};
        bool help = false;
        int ret;

        options = (struct Options) {0};
        ret = parse_options(argc, argv, &options, &help);
        if (ret != EXIT_SUCCESS)
                return ret;
        if (help) {
                fputs(USAGE, stdout);
                return EXIT_SUCCESS;
        }
        input.arena = arena_new(ARENA_MAX);
        ret = input.arena ? judge_files(&input, &options) : EX_OSERR;
        config_unref(input.config);
        arena_free(input.arena);
        return ret;
}
