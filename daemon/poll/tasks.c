/* SPDX-License-Identifier: Apache-2.0 */
/* The task calls of one service in one round: all pages of STOPPED, all pages of RUNNING, then
 * DescribeTasks of those that have more to tell, then the task definition once.
 *
 * What cannot be had makes its source partial and never ends the round: the judge is told what it
 * does not see. `startedBy` is documented as a filter that stands alone, so tasks are listed by
 * service and kept by startedBy. */
#include <errno.h>
#include <string.h>

#include "aws/response.h"
#include "base/array.h"
#include "base/text.h"
#include "daemon/poll/internal.h"

enum {
        TASKS_MAX = 20000, /* of one service; ECS's quota is 5,000 running, an hour of a crash loop
                              on top */
        PAGES_MAX = 250,
        REQUEST_BYTES = 256 * 1024,
};

enum Stage { STAGE_STOPPED, STAGE_RUNNING, STAGE_DESCRIBE, STAGE_DEFINITION, STAGE_END };

struct TaskRound {
        struct PollService *service;
        struct Facts *facts;
        char *deployment, *task_definition;
        enum Stage stage;
        struct AwsCall *call;
        const char *next_token; /* in the facts' arena */
        unsigned pages;
        const char **to_describe;
        size_t n_to_describe, described, allocated;
        const char **well; /* asked about in turn */
        size_t n_well, well_allocated;
        const char **running;
        size_t n_running, running_allocated;
        struct TaskFacts *tasks;
        size_t n_tasks, tasks_allocated;
        TasksDone *done;
};

static void task_round_step(struct TaskRound *round);

void task_round_free(struct TaskRound *round) {
        if (!round)
                return;
        aws_call_free(round->call);
        facts_free(round->facts);
        free(round->to_describe);
        free(round->well);
        free(round->running);
        free(round->tasks);
        free(round->deployment);
        free(round->task_definition);
        round->service->task_round = NULL;
        free(round);
}

static usec_t task_round_now(const struct TaskRound *round) {
        return poll_cluster_now(round->service->cluster);
}

static struct SourceFacts *stage_source(struct TaskRound *round) {
        return round->stage == STAGE_STOPPED ? &round->facts->stopped_source
                                             : &round->facts->running_source;
}

static void source_failed(struct TaskRound *round, struct SourceFacts *source, bool denied,
                          const char *text) {
        if (source->completeness == SOURCE_PARTIAL)
                return;
        source->completeness = SOURCE_PARTIAL;
        source->denied = denied;
        source->problem = arena_copy(round->facts->arena, text);
}

/* The current stage cannot go on. */
static void stage_failed(struct TaskRound *round, bool denied, const char *text) {
        if (round->stage == STAGE_STOPPED || round->stage == STAGE_RUNNING) {
                source_failed(round, stage_source(round), denied, text);
        } else if (round->stage == STAGE_DESCRIBE) {
                source_failed(round, &round->facts->stopped_source, denied, text);
                source_failed(round, &round->facts->running_source, denied, text);
        }
        /* Without the task definition the judge goes by what the tasks show of their health. */
        round->next_token = NULL;
        round->stage++;
}

static int list_push(const char ***items, size_t *n, size_t *allocated, const char *text) {
        int r;

        r = array_reserve(items, allocated, *n + 1, sizeof(char *), TASKS_MAX);
        if (r < 0)
                return r;
        (*items)[(*n)++] = text;
        return 0;
}

static int note_listed(struct TaskRound *round, const char *task_arn) {
        const struct PollHooks *hooks = &round->service->cluster->poller->hooks;

        if (text_set_has(&round->service->foreign, task_arn))
                return 0;
        switch (hooks->task_interest(round->service->userdata, task_arn,
                                     round->stage == STAGE_STOPPED)) {
        case TASK_KNOWN: return 0;
        case TASK_WELL:
                return list_push(&round->well, &round->n_well, &round->well_allocated, task_arn);
        case TASK_WORTH_ASKING:
                return list_push(&round->to_describe, &round->n_to_describe, &round->allocated,
                                 task_arn);
        }
        return -EINVAL;
}

static int take_listed(struct TaskRound *round, const struct ListResponse *listed) {
        int r = 0;

        for (size_t i = 0; i < listed->n_arns && r >= 0; i++) {
                if (round->stage == STAGE_RUNNING)
                        r = list_push(&round->running, &round->n_running, &round->running_allocated,
                                      text_after_last(listed->arns[i], '/'));
                if (r >= 0)
                        r = note_listed(round, listed->arns[i]);
        }
        return r;
}

static int compare_arns(const void *a, const void *b) {
        return strcmp(*(const char *const *) a, *(const char *const *) b);
}

/* The place of the first whose turn comes after that of `turn_of`, by their ARNs. */
static size_t next_turn(const struct TaskRound *round) {
        const char *turn_of = round->service->turn_of;
        size_t i = 0;

        while (turn_of && i < round->n_well && strcmp(round->well[i], turn_of) <= 0)
                i++;
        return i < round->n_well ? i : 0;
}

/* However many are well, they cost one call a round: a thousand tasks are gone through in ten. */
static int take_turns(struct TaskRound *round) {
        size_t left = ECS_DESCRIBE_TASKS_MAX - round->n_to_describe % ECS_DESCRIBE_TASKS_MAX;
        size_t n = MIN(left, round->n_well), first;
        char *turn_of;
        int r = 0;

        if (n == 0)
                return 0;
        qsort(round->well, round->n_well, sizeof(round->well[0]), compare_arns);
        first = next_turn(round);
        for (size_t i = 0; i < n && r >= 0; i++)
                r = list_push(&round->to_describe, &round->n_to_describe, &round->allocated,
                              round->well[(first + i) % round->n_well]);
        turn_of = strdup(round->well[(first + n - 1) % round->n_well]);
        if (r < 0 || !turn_of) {
                free(turn_of);
                return r < 0 ? r : -ENOMEM;
        }
        free(round->service->turn_of);
        round->service->turn_of = turn_of;
        return 0;
}

/* Both: 0, or what makes the stage fail, with words. */
static int parse_list(struct TaskRound *round, const struct AwsAnswer *answer,
                      struct EcsProblem *problem) {
        const struct EcsBody body = {answer->body, answer->body_size};
        struct ListResponse listed;
        int r;

        r = ecs_list_tasks_response(&body, round->facts->arena, problem, &listed);
        if (r < 0)
                return r;
        r = take_listed(round, &listed);
        if (r < 0)
                return r;

        round->next_token = listed.next_token;
        if (listed.next_token && ++round->pages < PAGES_MAX)
                return 0;

        if (listed.next_token)
                source_failed(round, stage_source(round), false, "more tasks than are asked for");
        else
                stage_source(round)->completeness = SOURCE_COMPLETE;
        stage_source(round)->answered_at = task_round_now(round);
        round->next_token = NULL;
        round->pages = 0;
        round->stage++;
        return round->stage == STAGE_DESCRIBE ? take_turns(round) : 0;
}

/* An older deployment's tasks are listed for an hour after they stopped, and while they run: each
 * is described once. Beyond the ceiling they are forgotten, and described once more. */
static void remember_foreign(struct PollService *service, const char *task_arn) {
        if (text_set_add(&service->foreign, task_arn, TASKS_MAX) == -ENOBUFS)
                text_set_clear(&service->foreign);
}

static int foreign_begin(struct PollService *service, const char *deployment) {
        char *copy;

        if (text_equal(service->foreign_to, deployment))
                return 0;
        copy = strdup(deployment);
        if (!copy)
                return -ENOMEM;
        text_set_clear(&service->foreign);
        free(service->foreign_to);
        service->foreign_to = copy;
        return 0;
}

static int parse_described(struct TaskRound *round, const struct AwsAnswer *answer,
                           struct EcsProblem *problem) {
        const struct EcsBody body = {answer->body, answer->body_size};
        struct DescribeTasksResponse described;
        int r;

        r = ecs_describe_tasks_response(&body, round->facts->arena, problem, &described);
        if (r < 0)
                return r;
        r = array_reserve(&round->tasks, &round->tasks_allocated,
                          round->n_tasks + described.n_tasks, sizeof(struct TaskFacts), TASKS_MAX);
        if (r < 0)
                return r;

        for (size_t i = 0; i < described.n_tasks; i++)
                if (text_equal(described.tasks[i].started_by, round->deployment))
                        round->tasks[round->n_tasks++] = described.tasks[i];
                else if (described.tasks[i].arn)
                        remember_foreign(round->service, described.tasks[i].arn);
        round->described +=
                MIN(round->n_to_describe - round->described, (size_t) ECS_DESCRIBE_TASKS_MAX);
        return 0;
}

static int parse_definition(struct TaskRound *round, const struct AwsAnswer *answer,
                            struct EcsProblem *problem) {
        const struct EcsBody body = {answer->body, answer->body_size};
        _cleanup_(arena_freep) struct Arena *arena = arena_new(1024 * 1024);
        struct TaskDefinitionFacts *definition;
        int r;

        definition = arena ? arena_alloc(arena, sizeof(*definition)) : NULL;
        if (!definition)
                return -ENOMEM;
        r = ecs_describe_task_definition_response(&body, arena, problem, definition);
        if (r < 0)
                return r;

        arena_free(round->service->definition_arena);
        round->service->definition_arena = TAKE_PTR(arena);
        round->service->definition = definition;
        round->stage++;
        return 0;
}

static void on_answer(void *userdata, const struct AwsAnswer *answer) {
        struct TaskRound *round = userdata;
        struct EcsProblem problem = {"out of memory"};
        int r = 0;

        round->call = aws_call_free(round->call);

        if (answer->outcome != AWS_ANSWERED)
                stage_failed(round, answer->denied, answer->text);
        else if (round->stage == STAGE_DESCRIBE)
                r = parse_described(round, answer, &problem);
        else if (round->stage == STAGE_DEFINITION)
                r = parse_definition(round, answer, &problem);
        else
                r = parse_list(round, answer, &problem);
        if (r < 0)
                stage_failed(round, false, problem.text);
        task_round_step(round);
}

static const struct ContainerLogFacts *copy_logs(const struct TaskDefinitionFacts *from,
                                                 struct Arena *arena) {
        struct ContainerLogFacts *copies = arena_alloc_array(arena, from->n_logs, sizeof(*copies));

        for (size_t i = 0; copies && i < from->n_logs; i++)
                copies[i] = (struct ContainerLogFacts) {
                        .container = arena_copy(arena, from->logs[i].container),
                        .driver = arena_copy(arena, from->logs[i].driver),
                        .group = arena_copy(arena, from->logs[i].group),
                        .region = arena_copy(arena, from->logs[i].region),
                        .stream_prefix = arena_copy(arena, from->logs[i].stream_prefix),
                };
        return copies;
}

/* The service's description outlives this round's facts, so the facts get their own copy. */
static const struct TaskDefinitionFacts *copy_definition(const struct TaskDefinitionFacts *from,
                                                         struct Arena *arena) {
        struct TaskDefinitionFacts *copy = arena_alloc(arena, sizeof(*copy));
        const char **names = arena_alloc_array(arena, from->n_essential_containers, sizeof(char *));

        if (!copy || !names)
                return NULL;
        *copy = *from;
        copy->logs = copy_logs(from, arena);
        if (!copy->logs)
                return NULL;
        copy->arn = arena_copy(arena, from->arn);
        copy->status = arena_copy(arena, from->status);
        for (size_t i = 0; i < from->n_essential_containers; i++)
                names[i] = arena_copy(arena, from->essential_containers[i]);
        copy->essential_containers = names;
        return copy;
}

static bool has_definition(const struct TaskRound *round) {
        return round->service->definition &&
               text_equal(round->service->definition->arn, round->task_definition);
}

/* Moves what was gathered into the facts. */
static int task_round_fill(struct TaskRound *round) {
        struct Facts *facts = round->facts;
        struct TaskFacts *tasks = arena_alloc_array(facts->arena, round->n_tasks, sizeof(*tasks));
        const char **running = arena_alloc_array(facts->arena, round->n_running, sizeof(*running));

        if (!tasks || !running)
                return -ENOMEM;
        if (round->n_tasks > 0)
                memcpy(tasks, round->tasks, round->n_tasks * sizeof(*tasks));
        if (round->n_running > 0)
                memcpy(running, round->running, round->n_running * sizeof(*running));
        facts->tasks = tasks;
        facts->n_tasks = round->n_tasks;
        facts->running_ids = running;
        facts->n_running_ids = round->n_running;
        if (has_definition(round))
                facts->task_definition = copy_definition(round->service->definition, facts->arena);
        return 0;
}

static void task_round_end(struct TaskRound *round) {
        struct PollService *service = round->service;
        TasksDone *done = round->done;
        struct Facts *facts = NULL;

        if (task_round_fill(round) >= 0)
                facts = TAKE_PTR(round->facts);
        task_round_free(round);
        done(service, facts);
}

static int stage_body(struct TaskRound *round, struct Buffer *body,
                      enum AwsOperation *ret_operation) {
        const char *cluster = round->service->cluster->name;
        struct EcsNames names = {
                .names = round->to_describe + round->described,
                .n_names = MIN(round->n_to_describe - round->described,
                               (size_t) ECS_DESCRIBE_TASKS_MAX),
        };

        switch (round->stage) {
        case STAGE_STOPPED:
        case STAGE_RUNNING:
                *ret_operation = ECS_LIST_TASKS;
                return ecs_list_tasks_body(cluster, round->facts->service.name,
                                           round->stage == STAGE_STOPPED ? "STOPPED" : "RUNNING",
                                           round->next_token, body);
        case STAGE_DESCRIBE:
                *ret_operation = ECS_DESCRIBE_TASKS;
                return ecs_describe_tasks_body(cluster, &names, body);
        case STAGE_DEFINITION:
                *ret_operation = ECS_DESCRIBE_TASK_DEFINITION;
                return ecs_describe_task_definition_body(round->task_definition, body);
        case STAGE_END: break;
        }
        return -EINVAL;
}

static int stage_ask(struct TaskRound *round) {
        struct Buffer body;
        struct PollRequest request = {.urgency = MAX(round->service->urgency, URGENCY_JUDGING),
                                      .body = &body};
        int r;

        if (round->stage <= STAGE_RUNNING && !round->next_token)
                stage_source(round)->asked_at = task_round_now(round);
        buffer_init(&body, REQUEST_BYTES);
        r = stage_body(round, &body, &request.operation);
        if (r >= 0)
                r = poll_call(round->service->cluster, &request, on_answer, round, &round->call);
        buffer_done(&body);
        return r;
}

/* Sends the next call, or ends the round when none is left. */
static void task_round_step(struct TaskRound *round) {
        int r;

        for (;;) {
                if (round->stage == STAGE_DESCRIBE && round->described == round->n_to_describe)
                        round->stage++;
                if (round->stage == STAGE_DEFINITION &&
                    (!round->task_definition || has_definition(round)))
                        round->stage++;
                if (round->stage == STAGE_END) {
                        task_round_end(round);
                        return;
                }
                r = stage_ask(round);
                if (r >= 0)
                        return;
                stage_failed(round, false, strerror(-r));
        }
}

void task_round_hurry(struct TaskRound *round, enum Urgency urgency) {
        if (round->call)
                aws_call_hurry(round->call, urgency);
}

int task_round_start(struct PollService *service, struct Facts *facts,
                     const struct TaskNeeds *needs, TasksDone *done) {
        struct TaskRound *round = calloc(1, sizeof(*round));

        if (!round)
                return -ENOMEM;
        round->service = service;
        round->done = done;
        service->task_round = round;
        round->deployment = strdup(needs->deployment);
        round->task_definition = needs->task_definition ? strdup(needs->task_definition) : NULL;
        if (!round->deployment || (needs->task_definition && !round->task_definition) ||
            foreign_begin(service, needs->deployment) < 0) {
                task_round_free(round);
                return -ENOMEM;
        }
        round->facts = facts;
        /* Never from inside of the caller: a stage that cannot even start ends the round at once.
         */
        task_round_step(round);
        return 0;
}
