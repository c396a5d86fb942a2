/* SPDX-License-Identifier: Apache-2.0 */
/* What ECS said about one service in one round of API calls: dated and immutable. */
#pragma once

#include "base/arena.h"
#include "base/macros.h"
#include "words/service_facts.h"
#include "words/task_facts.h"

/* How much one source told in this round. */
enum Completeness { SOURCE_NOT_ASKED, SOURCE_COMPLETE, SOURCE_PARTIAL };

struct SourceFacts {
        enum Completeness completeness;
        usec_t asked_at;     /* AWS's time when the first call of the source left */
        usec_t answered_at;  /* AWS's time of the last answer */
        bool denied;         /* partial because a permission is missing */
        const char *problem; /* why partial, for people; else NULL */
};

struct Facts {
        struct Arena *arena;  /* owns the facts themselves and the tasks */
        struct Arena *answer; /* one reference on what `service` lives in, which a round's services
                                 share; or NULL */
        struct ServiceFacts service;
        struct SourceFacts service_source;
        /* Tasks whose startedBy is the watched rollout's id; both lists in one array, told apart by
         * desired_status. */
        const struct TaskFacts *tasks;
        size_t n_tasks;
        struct SourceFacts stopped_source, running_source;
        /* Ids of all tasks that ListTasks(RUNNING) named, so that one that vanished can be noticed.
         */
        const char *const *running_ids;
        size_t n_running_ids;
        const struct TaskDefinitionFacts *task_definition; /* NULL: not asked or not told */
};

void facts_free(struct Facts *facts); /* NULL is fine; drops both arenas */
DEFINE_FREEP(struct Facts, facts_free)
