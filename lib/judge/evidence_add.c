/* SPDX-License-Identifier: Apache-2.0 */
/* From one observation to rows. Each part carries its own times, so the parts of a round and rounds
 * that overlap may come in any order. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "judge/classify.h"
#include "judge/evidence_fields.h"

static struct CountRow count_row(const struct Evidence *evidence, const struct Facts *facts) {
        const struct ServiceFacts *service = &facts->service;
        const struct DeploymentFacts *deployment =
                service_deployment_by_id(service, evidence->deployment);
        struct CountRow ret = {
                .at = facts->service_source.answered_at,
                .service_desired = service->desired_count,
                .service_running = service->running_count,
        };

        if (deployment) {
                ret.desired = deployment->desired_count;
                ret.running = deployment->running_count;
                ret.pending = deployment->pending_count;
                ret.failed_tasks = deployment->failed_tasks;
                ret.is_primary = deployment->status == DEPLOYMENT_PRIMARY;
                ret.rollout_state = deployment->rollout_state;
                ret.rollout_state_reason = deployment->rollout_state_reason;
                return ret;
        }
        for (size_t i = 0; i < service->n_task_sets; i++) {
                const struct TaskSetFacts *set = &service->task_sets[i];

                if (!text_equal(set->id, evidence->deployment))
                        continue;
                ret.desired = set->computed_desired_count;
                ret.running = set->running_count;
                ret.pending = set->pending_count;
                ret.is_primary = text_equal(set->status, "PRIMARY");
        }
        return ret;
}

static int add_service(struct Evidence *evidence, const struct Facts *facts) {
        const struct ServiceFacts *service = &facts->service;
        struct CountRow row;
        int r;

        if (facts->service_source.completeness != SOURCE_COMPLETE)
                return 0;
        evidence->has_load_balancer = service->has_load_balancer;
        evidence->early_success = service->early_success_enabled;
        evidence->grace =
                (usec_t) MAX(service->health_check_grace_period_seconds, 0) * USEC_PER_SEC;
        row = count_row(evidence, facts);
        r = evidence_fold_count(evidence, &row, true);
        if (r < 0)
                return r;
        return evidence_add_events(evidence, service);
}

static usec_t task_seen_at(const struct Facts *facts, const struct TaskFacts *task) {
        const struct SourceFacts *source = text_equal(task->desired_status, "STOPPED")
                                                   ? &facts->stopped_source
                                                   : &facts->running_source;

        return source->answered_at != USEC_UNKNOWN ? source->answered_at
                                                   : facts->service_source.answered_at;
}

static int add_task(struct Evidence *evidence, const struct Facts *facts,
                    const struct TaskFacts *task) {
        struct TaskCause why = classify_task(task);
        size_t index = why.cause == CAUSE_NONE ? classify_waiting(task) : why.container;
        const struct ContainerFacts *container =
                index == CONTAINER_NONE ? NULL : &task->containers[index];
        usec_t seen_at = task_seen_at(facts, task);
        bool alive = why.cause == CAUSE_NONE && text_equal(task->last_status, "RUNNING");
        struct AttemptRow row = {
                .task_arn = task->arn,
                .task_definition = task->task_definition,
                .last_status = task->last_status,
                .desired_status = task->desired_status,
                .stop_code = task->stop_code,
                .stopped_reason = task->stopped_reason,
                .health_status = task->health_status,
                .container_instance_arn = task->container_instance_arn,
                .availability_zone = task->availability_zone,
                .created_at = task->created_at,
                .started_at = task->started_at,
                .stopping_at = task->stopping_at,
                .stopped_at = task->stopped_at,
                .healthy_at =
                        alive && task->health_status == HEALTH_HEALTHY ? seen_at : USEC_UNKNOWN,
                .last_alive_at = alive ? seen_at : USEC_UNKNOWN,
                .has_container_health_check = evidence->has_container_health_check ||
                                              task->health_status != HEALTH_UNKNOWN,
        };

        /* Old records of running tasks lack startedAt; then it runs at least since it was seen. */
        if (alive && row.started_at == USEC_UNKNOWN)
                row.started_at = seen_at;
        if (container) {
                row.container = container->name;
                row.container_reason = container->reason;
                row.has_exit_code = container->has_exit_code;
                row.exit_code = container->exit_code;
        }
        /* Carried over from an earlier time of the same deployment and gone: tells nothing. */
        if (evidence->ordinal > 1 && task->created_at < evidence->started_at &&
            why.cause != CAUSE_NONE && !evidence_task_is_known(evidence, task->arn))
                return 0;
        return evidence_fold_attempt(evidence, &row, seen_at, true);
}

static int add_tasks(struct Evidence *evidence, const struct Facts *facts) {
        int r;

        if (facts->task_definition && facts->task_definition->has_container_health_check)
                evidence->has_container_health_check = true;
        for (size_t i = 0; i < facts->n_tasks; i++) {
                const struct TaskFacts *task = &facts->tasks[i];

                if (!task->arn || !text_equal(task->started_by, evidence->deployment))
                        continue;
                r = add_task(evidence, facts, task);
                if (r < 0)
                        return r;
        }
        if (evidence->has_container_health_check)
                for (size_t i = 0; i < evidence->n_attempts; i++) {
                        struct Attempt *attempt = evidence->attempts[i];

                        attempt->changed |= !attempt->row.has_container_health_check;
                        attempt->row.has_container_health_check = true;
                }
        return 0;
}

static int compare_texts(const void *a, const void *b) {
        return strcmp(*(const char *const *) a, *(const char *const *) b);
}

/* What ListTasks(RUNNING) names is alive; what it does not name and nothing else in this round told
 * of is gone. Should it have stopped between the two lists, the next round tells. */
static int add_running_ids(struct Evidence *evidence, const struct Facts *facts) {
        const struct SourceFacts *source = &facts->running_source;
        _cleanup_free_ const char **ids = NULL;

        if (source->completeness != SOURCE_COMPLETE ||
            (evidence->running.known && source->answered_at < evidence->running.answered_at))
                return 0;
        ids = calloc(facts->n_running_ids + 1, sizeof(char *));
        if (!ids)
                return -ENOMEM;
        for (size_t i = 0; i < facts->n_running_ids; i++)
                ids[i] = text_after_last(facts->running_ids[i], '/');
        qsort(ids, facts->n_running_ids, sizeof(char *), compare_texts);

        for (size_t i = 0; i < evidence->n_attempts; i++) {
                struct Attempt *attempt = evidence->attempts[i];
                const char *id = text_after_last(attempt->row.task_arn, '/');

                if (attempt_ended(attempt))
                        continue;
                if (bsearch(&id, ids, facts->n_running_ids, sizeof(char *), compare_texts)) {
                        attempt->vanished = false;
                        attempt->seen_at = MAX(attempt->seen_at, source->answered_at);
                        if (text_equal(attempt->row.last_status, "RUNNING"))
                                attempt->row.last_alive_at =
                                        MAX(attempt->row.last_alive_at, source->answered_at);
                } else if (attempt->seen_at < source->asked_at)
                        attempt->vanished = true;
        }
        return 0;
}

static void add_round(struct Round *round, const struct SourceFacts *source) {
        if (source->completeness == SOURCE_NOT_ASKED ||
            (round->known && source->answered_at < round->answered_at))
                return;
        *round = (struct Round) {
                .known = true,
                .complete = source->completeness == SOURCE_COMPLETE,
                .denied = source->completeness == SOURCE_PARTIAL && source->denied,
                .asked_at = source->asked_at,
                .answered_at = source->answered_at,
        };
}

int evidence_add(struct Evidence *evidence, const struct Facts *facts) {
        int r;

        r = add_service(evidence, facts);
        if (r < 0)
                return r;
        r = add_tasks(evidence, facts);
        if (r < 0)
                return r;
        r = add_running_ids(evidence, facts);
        if (r < 0)
                return r;
        /* Last: until all of it is folded a round has not been seen. */
        add_round(&evidence->running, &facts->running_source);
        add_round(&evidence->stopped, &facts->stopped_source);
        return 0;
}
