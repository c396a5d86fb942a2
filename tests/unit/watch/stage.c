/* SPDX-License-Identifier: Apache-2.0 */
/* The stage's daemon: how it starts, is asked, and ends; and its ECS. */
#include "stage.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "check_main.h"
#include "config/parse.h"
#include "daemon/ledger/outbox.h"
#include "fakes.h"

#define CLUSTER_ARN "arn:aws:ecs:us-east-1:123456789012:cluster/c"
enum { TASKS_MAX = 400, ARENA_BYTES = 16 * 1024 * 1024 };

static const char CONFIG[] =
        "version: 1\n"
        "defaults: {region: us-east-1, policy: p, poll: {idle: 5s, active: 5s}}\n"
        "clusters: [{cluster: c, services: [web, api]}]\n"
        "receivers: {r: {type: webhook, url: 'http://127.0.0.1:1/'}}\n"
        "watcher: {notify: [r]}\n"
        "policies:\n"
        "  p:\n"
        "    mode: enforce\n"
        "    judge: {sustain: 10s, settle: 10s, survive_after: 40s, watch_after_success: 40s}\n";
static const char ROLLS_BACK[] = "    on_failed: [{rollback: auto, notify: [r]}]\n";

static void append_triggers(char *text, size_t size) {
        static const char *const triggers[] = {
                "started",          "succeeded",        "superseded",         "reverted",
                "recovered",        "rollback_started", "rollback_succeeded", "rollback_failed",
                "rollback_skipped", "remedy_started",   "remedy_succeeded",   "remedy_failed",
        };

        for (size_t i = 0; i < ARRAY_SIZE(triggers); i++)
                snprintf(text + strlen(text), size - strlen(text), "    on_%s: [{notify: [r]}]\n",
                         triggers[i]);
}

static void load_config(struct Stage *stage, const char *policy) {
        static const struct ConfigEnvironment environment = {.folder = "/",
                                                             .state_directory = "/",
                                                             .runtime_directory = "/"};
        struct ConfigErrors errors;
        char text[8192] = "";
        struct ConfigText main = {.name = "main.yaml", .text = text};

        snprintf(text, sizeof(text), "%s", CONFIG);
        append_triggers(text, sizeof(text));
        snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s%s",
                 strstr(policy, "on_failed:") ? "" : ROLLS_BACK, policy);
        main.size = strlen(text);
        config_errors_init(&errors);
        ck_assert_int_eq(config_parse(&main, NULL, 0, &environment, &stage->config, &errors), 0);
        config_errors_done(&errors);
}

void stage_init(struct Stage *stage, const char *policy) {
        static const char *const names[STAGE_SERVICES] = {"web", "api"};

        *stage = (struct Stage) {.now = STAGE_EPOCH, .mode = MODE_ENFORCE, .receiver_is_up = true};
        fakes_use(stage);
        temporary_directory_init(&stage->directory);
        load_config(stage, policy);
        for (size_t i = 0; i < STAGE_SERVICES; i++) {
                stage->services[i] = (struct StageService) {.name = names[i], .desired = 2};
                stage_deploy(stage, i, 1, (struct Behaviour) {});
                stage->services[i].deployments[0].created_at =
                        STAGE_EPOCH - USEC_PER_HOUR - i * USEC_PER_SEC;
        }
}

void stage_done(struct Stage *stage) {
        stage_stop_daemon(stage);
        config_unref(stage->config);
        temporary_directory_done(&stage->directory);
}

/* ---- the daemon ---- */

static struct WatchSettings settings_of(const struct Stage *stage) {
        return (struct WatchSettings) {.config = stage->config,
                                       .policy = stage->config->policies,
                                       .mode = stage->mode,
                                       .idle = STAGE_TICK,
                                       .active = STAGE_TICK};
}

static void start_watches(struct Stage *stage) {
        ck_assert_int_eq(watch_cluster_new(&stage->world, NULL, "c", NULL, &stage->cluster), 0);
        for (size_t i = 0; i < STAGE_SERVICES; i++)
                stage_add(stage, i);
}

bool stage_start_daemon(struct Stage *stage) {
        const struct NotifyReceiver receiver = {.name = "r", .url = "http://127.0.0.1:1/"};
        struct NotifyParameters parameters = {.version = "1"};
        struct LedgerOpening opening;
        char path[256];

        snprintf(path, sizeof(path), "%s/ledger.db", stage->directory.path);
        if (ledger_open(path, stage->now, &opening, &stage->ledger) < 0)
                return false;
        ck_assert_ptr_nonnull(stage->ledger);
        ck_assert_int_ne(opening.outcome, LEDGER_REPLACED);
        parameters.ledger = stage->ledger;
        ck_assert_int_eq(notify_new(&parameters, &stage->notify), 0);
        ck_assert_int_eq(notify_set_receivers(stage->notify, &receiver, 1), 0);
        stage->world = (struct WatchWorld) {
                .ledger = stage->ledger,
                .notify = stage->notify,
                .config = stage->config,
                .source = "//host/ecswatchd",
                .dry_run = stage->dry_run,
        };
        stage->metrics = metrics_new();
        ck_assert_int_eq(watch_meter_register(&stage->world.meter, stage->metrics), 0);
        start_watches(stage);
        return true;
}

void stage_stop_daemon(struct Stage *stage) {
        if (!stage->ledger)
                return;
        for (size_t i = 0; i < STAGE_SERVICES; i++) {
                watch_free(stage->watches[i]);
                stage->watches[i] = NULL;
        }
        watch_cluster_free(stage->cluster);
        turn_done(&stage->world);
        metrics_free(stage->metrics);
        notify_free(stage->notify);
        ledger_free(stage->ledger);
        stage->ledger = NULL;
        fakes_forget();
}

void stage_restart(struct Stage *stage) {
        stage_stop_daemon(stage);
        ck_assert(stage_start_daemon(stage));
}

void stage_remove(struct Stage *stage, size_t service) {
        if (watch_retire(stage->watches[service])) {
                watch_free(stage->watches[service]);
                stage->watches[service] = NULL;
        }
}

void stage_add(struct Stage *stage, size_t service) {
        const struct WatchSettings settings = settings_of(stage);

        if (stage->watches[service])
                watch_configure(stage->watches[service], &settings);
        else
                ck_assert_int_eq(watch_new(stage->cluster, stage->services[service].name, &settings,
                                           &stage->watches[service]),
                                 0);
}

void stage_configure(struct Stage *stage, const char *policy) {
        struct Config *before = stage->config;

        load_config(stage, policy);
        stage->world.config = stage->config;
        for (size_t i = 0; i < STAGE_SERVICES; i++)
                stage_add(stage, i);
        config_unref(before);
}

/* ---- ECS ---- */

void stage_scale(struct Stage *stage, size_t service, int64_t desired) {
        stage->services[service].desired = desired;
        stage->services[service].scaled_at = stage->now;
}

void stage_deploy(struct Stage *stage, size_t service, unsigned revision,
                  struct Behaviour behaviour) {
        struct StageService *s = stage->services + service;
        struct StageDeployment *d = s->deployments + s->n_deployments;

        ck_assert_uint_lt(s->n_deployments, STAGE_DEPLOYMENTS_MAX);
        *d = (struct StageDeployment) {.created_at = stage->now, .behaviour = behaviour};
        snprintf(d->id, sizeof(d->id), "ecs-svc/%zu%03zu", service + 1, ++s->n_deployments);
        snprintf(d->task_definition, sizeof(d->task_definition),
                 "arn:aws:ecs:us-east-1:123456789012:task-definition/%s:%u", s->name, revision);
}

void stage_create(struct Stage *stage, size_t service, struct Behaviour behaviour) {
        struct StageService *s = stage->services + service;

        *s = (struct StageService) {.name = s->name, .desired = 2, .created_at = stage->now};
        stage_deploy(stage, service, 1, behaviour);
}

void stage_roll_back(struct Stage *stage, size_t service) {
        struct StageService *s = stage->services + service;

        s->deployments[s->n_deployments - 1].rolled_back = true;
}

const struct StageDeployment *stage_primary(const struct StageService *service) {
        const struct StageDeployment *d = service->deployments + service->n_deployments - 1;

        while (d->rolled_back)
                d--;
        return d;
}

void stage_service_deployment(const struct StageService *service, const struct StageDeployment *of,
                              char ret[160]) {
        snprintf(ret, 160, "arn:aws:ecs:us-east-1:123456789012:service-deployment/c/%s/sd%s",
                 service->name, text_after_last(of->id, '/'));
}

/* ECS completes it once its tasks run for two ticks. */
static bool completes(const struct StageDeployment *d) {
        return !d->behaviour.never_starts &&
               (d->behaviour.exits_after == 0 || d->behaviour.exits_after > 2 * STAGE_TICK);
}

static struct TaskFacts task_of(const struct StageDeployment *d, size_t number, usec_t started_at,
                                usec_t now, struct Arena *arena) {
        const struct ContainerFacts dead = {.name = "app",
                                            .last_status = "STOPPED",
                                            .reason = d->behaviour.container_reason,
                                            .has_exit_code = true,
                                            .exit_code = 1};
        struct ContainerFacts *container;
        usec_t ends = usec_add(started_at, d->behaviour.exits_after);
        char arn[160];
        struct TaskFacts task = {
                .started_by = d->id,
                .task_definition = d->task_definition,
                .last_status = "RUNNING",
                .desired_status = "RUNNING",
                .created_at = started_at,
                .started_at = started_at,
                .container_instance_arn = d->behaviour.container_instance_arn,
        };

        snprintf(arn, sizeof(arn), "arn:aws:ecs:us-east-1:123456789012:task/c/%s-%zu",
                 text_after_last(d->id, '/'), number);
        task.arn = arena_copy(arena, arn);
        task.id = text_after_last(task.arn, '/');
        if (d->behaviour.exits_after > 0 && ends <= now) {
                task.last_status = task.desired_status = "STOPPED";
                task.stop_code = "EssentialContainerExited";
                task.stopped_reason = "Essential container in task exited";
                task.stopping_at = task.stopped_at = ends;
                container = arena_alloc(arena, sizeof(*container));
                *container = dead;
                task.containers = container;
                task.n_containers = 1;
        }
        return task;
}

/* As many as are desired; one that exits is replaced 5 s later. */
static size_t fill_tasks(const struct Stage *stage, const struct StageService *s,
                         struct TaskFacts *tasks, struct Arena *arena) {
        const struct StageDeployment *d = stage_primary(s);
        usec_t began = MAX(d->created_at, s->scaled_at);
        size_t n = 0;

        bool has_well = d->behaviour.well_on != NULL;

        if (d->behaviour.never_starts)
                return 0;
        if (has_well) {
                struct StageDeployment well = *d;

                well.behaviour =
                        (struct Behaviour) {.container_instance_arn = d->behaviour.well_on};
                tasks[n] = task_of(&well, n, began, stage->now, arena);
                tasks[n].started_by = d->id;
                tasks[n++].task_definition = d->task_definition;
        }
        for (usec_t at = began; at <= stage->now && n + (size_t) s->desired <= TASKS_MAX;
             at += d->behaviour.exits_after + STAGE_TICK) {
                for (int64_t i = has_well; i < s->desired; i++, n++)
                        tasks[n] = task_of(d, n, at, stage->now, arena);
                if (d->behaviour.exits_after == 0)
                        break;
        }
        return n;
}

static void fill_service(const struct Stage *stage, const struct StageService *s, size_t running,
                         struct DeploymentFacts *deployments, struct ServiceFacts *ret,
                         struct Arena *arena) {
        const struct StageDeployment *d = stage_primary(s);
        bool done =
                (completes(d) || s->desired == 0) && stage->now >= d->created_at + 2 * STAGE_TICK;
        char arn[160];

        snprintf(arn, sizeof(arn), "arn:aws:ecs:us-east-1:123456789012:service/c/%s", s->name);
        deployments[0] = (struct DeploymentFacts) {
                .id = d->id,
                .status = DEPLOYMENT_PRIMARY,
                .task_definition = d->task_definition,
                .created_at = d->created_at,
                .updated_at = d->created_at,
                .desired_count = s->desired,
                .running_count = (int64_t) running,
                .rollout_state = done ? ROLLOUT_COMPLETED : ROLLOUT_IN_PROGRESS,
        };
        *ret = (struct ServiceFacts) {
                .arn = arena_copy(arena, arn),
                .name = s->name,
                .cluster_arn = CLUSTER_ARN,
                .status = "ACTIVE",
                .task_definition = d->task_definition,
                .created_at = s->created_at != USEC_UNKNOWN ? s->created_at
                                                            : STAGE_EPOCH - 24 * USEC_PER_HOUR,
                .desired_count = s->desired,
                .running_count = (int64_t) running,
                .strategy = stage->strategy,
                .deployments = deployments,
                .n_deployments = 1,
        };
        stage_service_deployment(s, s->deployments + s->n_deployments - 1, arn);
        ret->current_service_deployment = arena_copy(arena, arn);
        if (!done && d > s->deployments) {
                deployments[1] = (struct DeploymentFacts) {
                        .id = d[-1].id,
                        .status = DEPLOYMENT_ACTIVE,
                        .task_definition = d[-1].task_definition,
                        .created_at = d[-1].created_at,
                        .desired_count = s->desired,
                        .running_count = s->desired,
                        .rollout_state = ROLLOUT_COMPLETED,
                };
                ret->n_deployments = 2;
                ret->running_count += s->desired;
        }
}

/* With its log, where it has one. */
static const struct TaskDefinitionFacts *definition_now(const struct StageDeployment *d,
                                                        struct Arena *arena) {
        static const char *const ESSENTIAL[] = {"app"};
        static const struct ContainerLogFacts LOG = {"app", "awslogs", "/ecs/app", "us-east-1",
                                                     "ecs"};
        struct TaskDefinitionFacts *definition = arena_alloc(arena, sizeof(*definition));

        *definition = (struct TaskDefinitionFacts) {.arn = d->task_definition,
                                                    .status = "ACTIVE",
                                                    .essential_containers = ESSENTIAL,
                                                    .n_essential_containers = 1,
                                                    .logs = &LOG,
                                                    .n_logs = 1};
        return definition;
}

static struct Facts *facts_now(const struct Stage *stage, size_t service) {
        const struct StageService *s = stage->services + service;
        struct Arena *arena = arena_new(ARENA_BYTES);
        struct Facts *facts = arena_alloc(arena, sizeof(*facts));
        struct TaskFacts *tasks = arena_alloc_array(arena, TASKS_MAX, sizeof(*tasks));
        struct DeploymentFacts *deployments = arena_alloc_array(arena, 2, sizeof(*deployments));
        const char **running = arena_alloc_array(arena, TASKS_MAX, sizeof(*running));
        const struct SourceFacts source = {.completeness = SOURCE_COMPLETE,
                                           .asked_at = stage->now,
                                           .answered_at = stage->now};
        struct TaskNeeds needs;
        size_t n, n_running = 0;

        n = fill_tasks(stage, s, tasks, arena);
        for (size_t i = 0; i < n; i++)
                if (text_equal(tasks[i].last_status, "RUNNING"))
                        running[n_running++] = tasks[i].id;
        facts->arena = arena;
        fill_service(stage, s, n_running, deployments, &facts->service, arena);
        facts->service_source = source;
        if (!WATCH_HOOKS.needs_tasks(stage->watches[service], &facts->service, &needs))
                return facts;
        facts->tasks = tasks;
        facts->n_tasks = n;
        facts->running_ids = running;
        facts->n_running_ids = n_running;
        facts->stopped_source = facts->running_source = source;
        if (s->partial)
                facts->stopped_source.completeness = SOURCE_PARTIAL;
        if (stage->logs)
                facts->task_definition = definition_now(stage_primary(s), arena);
        return facts;
}

/* Is the answer what it was last time? */
static bool is_unchanged(struct StageService *s, const struct ServiceFacts *facts) {
        char text[sizeof(s->answered)];
        int n = snprintf(text, sizeof(text), "%" PRIu64 " %" PRId64 " %" PRId64 " %s",
                         facts->created_at, facts->desired_count, facts->running_count,
                         facts->current_service_deployment);
        bool same;

        for (size_t i = 0; i < facts->n_deployments; i++) {
                const struct DeploymentFacts *d = facts->deployments + i;

                n += snprintf(text + n, sizeof(text) - (size_t) n, " %s %d %" PRId64, d->id,
                              d->rollout_state, d->running_count);
        }
        same = text_equal(text, s->answered);
        memcpy(s->answered, text, sizeof(text));
        return same;
}

static void observe(struct Stage *stage, size_t service) {
        struct StageService *s = stage->services + service;
        struct Watch *watch = stage->watches[service];
        bool wanted = WATCH_HOOKS.wants_unchanged(watch);
        struct Facts *facts = facts_now(stage, service);

        if (is_unchanged(s, &facts->service) && !wanted) {
                facts_free(facts);
                WATCH_HOOKS.unchanged(watch, stage->now);
        } else {
                WATCH_HOOKS.observed(watch, facts);
        }
}

static void look_at(struct Stage *stage, size_t service) {
        struct StageService *s = stage->services + service;

        if (s->denied) {
                WATCH_HOOKS.unseen(stage->watches[service],
                                   &(struct PollProblem) {.denied = true,
                                                          .text = "AccessDeniedException"});
                return;
        }
        WATCH_HOOKS.cluster_seen(stage->cluster, stage->now);
        if (s->gone || s->missing)
                WATCH_HOOKS.missing(stage->watches[service], stage->now);
        else
                observe(stage, service);
        s->missing = false;
}

void stage_tick(struct Stage *stage) {
        if (stage->ledger) {
                fakes_answer_aws();
                for (size_t i = 0; i < STAGE_SERVICES; i++)
                        if (stage->watches[i])
                                look_at(stage, i);
                fakes_answer_history();
                fakes_answer_http();
                notify_kick(stage->notify);
                turn_retry(&stage->world);
                for (size_t i = 0; i < STAGE_SERVICES; i++)
                        if (stage->watches[i] && watch_is_retired(stage->watches[i]))
                                stage_remove(stage, i);
        }
        stage->now += STAGE_TICK;
}

void stage_run(struct Stage *stage, usec_t duration) {
        for (usec_t end = stage->now + duration; stage->now < end;)
                stage_tick(stage);
}

/* ---- what left the daemon ---- */

static const char *text_member(const json_t *object, const char *name) {
        return text_or_empty(json_string_value(json_object_get(object, name)));
}

static const char *first_log_line(const json_t *event) {
        const json_t *lines = json_object_get(json_object_get(event, "data"), "evidence"), *line;
        size_t i;

        json_array_foreach(lines, i, line) {
                const json_t *log = json_object_get(line, "log");

                if (log)
                        return text_or_empty(json_string_value(json_array_get(log, 0)));
        }
        return "";
}

void stage_note_delivery(struct Stage *stage, const char *body) {
        json_t *event = json_loads(body, 0, NULL);
        const json_t *action = json_object_get(json_object_get(event, "data"), "action");
        const char *id = text_member(event, "id");
        struct StageDelivery *d = NULL;

        ck_assert_ptr_nonnull(event);
        for (size_t i = 0; i < stage->n_deliveries; i++)
                if (text_equal(stage->deliveries[i].id, id))
                        d = stage->deliveries + i;
        if (!d) {
                ck_assert_uint_lt(stage->n_deliveries, STAGE_DELIVERIES_MAX);
                d = stage->deliveries + stage->n_deliveries++;
                snprintf(d->id, sizeof(d->id), "%s", id);
                snprintf(d->type, sizeof(d->type), "%s",
                         text_member(event, "type") + strlen("ecswatch."));
                snprintf(d->subject, sizeof(d->subject), "%s", text_member(event, "subject"));
                snprintf(d->state, sizeof(d->state), "%s", text_member(action, "state"));
                snprintf(d->log, sizeof(d->log), "%s", first_log_line(event));
        }
        d->count++;
        json_decref(event);
}

unsigned stage_told(const struct Stage *stage, const char *type, const char *service) {
        unsigned n = 0;

        for (size_t i = 0; i < stage->n_deliveries; i++) {
                const struct StageDelivery *d = stage->deliveries + i;

                for (size_t k = 0; k < STAGE_SERVICES; k++)
                        if (text_equal(stage->services[k].name, service) &&
                            text_equal(d->type, type) &&
                            d->subject[strcspn(d->subject, "0123456789")] == (char) ('1' + k))
                                n += d->count;
        }
        return n;
}

unsigned stage_count_told(const struct Stage *stage, const char *type) {
        unsigned n = 0;

        for (size_t i = 0; i < stage->n_deliveries; i++)
                n += text_equal(stage->deliveries[i].type, type);
        return n;
}

void stage_assert_told(const struct Stage *stage, const char *type, const char *service,
                       unsigned times) {
        unsigned told = stage_told(stage, type, service);

        ck_assert_msg(told == times, "%s of %s was told %u times instead of %u; sent '%s'\n%s",
                      type, service, told, times, stage->writes, stage_log());
}

void stage_assert_sent(const struct Stage *stage, const char *expected) {
        ck_assert_msg(text_equal(stage->writes, expected), "sent '%s' instead of '%s'\n%s",
                      stage->writes, expected, stage_log());
}

void stage_run_until_told(struct Stage *stage, const char *type, const char *service) {
        for (unsigned i = 0; i < 100 && stage_told(stage, type, service) == 0; i++)
                stage_tick(stage);
        stage_assert_told(stage, type, service, 1);
}
