/* SPDX-License-Identifier: Apache-2.0 */
/* ecswatchctl judge: the verdict on recorded answers of the API. Files have no history, so the
 * service is taken to have stood as it is since the deployment's updatedAt. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "base/text.h"
#include "event/event.h"
#include "judge/case.h"
#include "judge/judge.h"
#include "tools/ecswatchctl/judge_commands.h"
#include "tools/ecswatchctl/judge_input.h"
#include "tools/ecswatchctl/replay.h"
#include "words/arn.h"

enum { TASK_FILES_MAX = 1000 };
static const size_t ARENA_MAX = (size_t) 512 << 20;

static const char USAGE[] =
        "usage: ecswatchctl judge --service describe-services.json [--tasks describe-tasks.json]…\n"
        "                         [--at TIME] [--policy FILE] [--json | --record FILE]\n"
        "       ecswatchctl judge CLUSTER/SERVICE [--deployment ID] [--socket PATH] --record FILE\n"
        "       ecswatchctl judge --replay FILE [--policy FILE] [--json]\n"
        "The verdict on recorded answers, as `aws ecs describe-services` and `describe-tasks` "
        "print\n"
        "them. TIME is RFC 3339; it defaults to the newest instant in the files. --policy FILE is a\n"
        "configuration; its only policy is taken, else that of the service. --record writes down\n"
        "all that a verdict is made of: this one's, or of the daemon's last failed or stalled one.\n"
        "--replay makes it again, and says whether it is the same.\n";

struct JudgeOptions {
        const char *service, *policy, *record, *replay;
        const char *deployment, *socket;
        char *target; /* CLUSTER/SERVICE */
        const char *tasks[TASK_FILES_MAX];
        size_t n_tasks;
        usec_t at;
        bool json;
};

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

/* Of a service that is being deleted, or is, no deployment can succeed or fail any more. */
static void judge_deleted(const struct ServiceFacts *service, struct Verdict *verdict) {
        if (!text_equal(service->status, "DRAINING") && !text_equal(service->status, "INACTIVE"))
                return;
        verdict->kind = VERDICT_SUPERSEDED;
        verdict->cause = CAUSE_NONE;
        snprintf(verdict->summary, sizeof(verdict->summary), "the service %s deleted (%s)",
                 text_equal(service->status, "DRAINING") ? "is being" : "was", service->status);
}

static int record(const struct Evidence *evidence, const struct Rollout *rollout,
                  const struct JudgeRule *rule, const struct JudgeOptions *options,
                  const struct Verdict *verdict) {
        _cleanup_(arena_freep) struct Arena *arena = arena_new(ARENA_MAX);
        struct Case taken;

        if (!arena || case_take(evidence, rollout, rule, options->at, arena, &taken) < 0)
                return EX_OSERR;
        return record_judged(options->record, &taken, verdict);
}

static int judge_service(const struct Input *input, const struct JudgeOptions *options,
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
                policy = input_policy_for(input->config, arn_short_name(service->cluster_arn),
                                          service->name);
                if (!policy)
                        return input_bad_file(options->policy, "no policy for the service");
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
        if (options->record)
                return record(evidence, &rollout, &rule, options, &verdict);
        if (options->json)
                return print_event(evidence, service, &rollout, policy, &verdict, options->at);
        print_verdict(arn_short_name(service->cluster_arn), service->name, rollout.deployment,
                      &verdict);
        return EXIT_SUCCESS;
}

static int judge_files(struct Input *input, struct JudgeOptions *options) {
        int ret = input_read_services(input, options->service);

        for (size_t i = 0; ret == EXIT_SUCCESS && i < options->n_tasks; i++)
                ret = input_read_tasks(input, options->tasks[i]);
        if (ret == EXIT_SUCCESS && options->policy)
                ret = input_read_policy(input, options->policy);
        if (ret != EXIT_SUCCESS)
                return ret;

        if (options->record && input->services.n_services != 1)
                return input_bad_file(options->service, "--record is for one service");
        if (options->at == USEC_UNKNOWN)
                options->at = input_newest_instant(input);
        for (size_t i = 0; ret == EXIT_SUCCESS && i < input->services.n_services; i++)
                ret = judge_service(input, options, &input->services.services[i]);
        return ret;
}

/* Files are judged, the daemon's record is fetched, or a record is replayed. */
static bool is_one_of_three(const struct JudgeOptions *options) {
        bool asks = options->deployment || options->socket;

        if (options->service)
                return !options->target && !options->replay && !asks &&
                       !(options->json && options->record);
        if (options->n_tasks > 0 || options->at != USEC_UNKNOWN)
                return false;
        if (options->replay)
                return !options->target && !options->record && !asks;
        return options->target && options->record && !options->policy && !options->json;
}

static int fetch(const struct JudgeOptions *options) {
        struct Options asked = {.deployment = options->deployment, .socket = options->socket};

        options_take_target(options->target, &asked);
        return options_has_service(&asked, "judge") ? record_from_daemon(options->record, &asked)
                                                    : EX_USAGE;
}

/* EXIT_SUCCESS with a service to judge, or with `*ret_help`; EX_USAGE told. */
static int parse_options(int argc, char **argv, struct JudgeOptions *options, bool *ret_help) {
        static const struct option OPTIONS[] = {{"service", required_argument, NULL, 's'},
                                                {"tasks", required_argument, NULL, 't'},
                                                {"at", required_argument, NULL, 'a'},
                                                {"policy", required_argument, NULL, 'p'},
                                                {"json", no_argument, NULL, 'j'},
                                                {"record", required_argument, NULL, 'R'},
                                                {"replay", required_argument, NULL, 'P'},
                                                {"deployment", required_argument, NULL, 'd'},
                                                {"socket", required_argument, NULL, 'S'},
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
                case 'R': options->record = optarg; break;
                case 'P': options->replay = optarg; break;
                case 'd': options->deployment = optarg; break;
                case 'S': options->socket = optarg; break;
                case 'h': *ret_help = true; return EXIT_SUCCESS;
                default: fputs(USAGE, stderr); return EX_USAGE;
                }
        options->target = optind == argc - 1 ? argv[optind] : NULL;
        if (argc - optind <= 1 && is_one_of_three(options))
                return EXIT_SUCCESS;
        fputs(USAGE, stderr);
        return EX_USAGE;
}

int command_judge(int argc, char **argv) {
        static struct JudgeOptions options; /* too large for a stack */
        struct Input input = {0};
        bool help = false;
        int ret;

        options = (struct JudgeOptions) {0};
        ret = parse_options(argc, argv, &options, &help);
        if (ret != EXIT_SUCCESS)
                return ret;
        if (help) {
                fputs(USAGE, stdout);
                return EXIT_SUCCESS;
        }
        if (options.replay)
                return replay_file(options.replay, options.policy, options.json);
        if (options.target)
                return fetch(&options);
        input.arena = arena_new(ARENA_MAX);
        ret = input.arena ? judge_files(&input, &options) : EX_OSERR;
        config_unref(input.config);
        arena_free(input.arena);
        return ret;
}
