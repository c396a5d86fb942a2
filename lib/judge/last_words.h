/* SPDX-License-Identifier: Apache-2.0 */
/* Whose last words a failed verdict should have. */
#pragma once

#include "judge/evidence.h"
#include "words/facts.h"

enum { LOG_STREAM_MAX = 513 }; /* CloudWatch Logs' limit, and the NUL */

struct LastWords {
        const struct AttemptRow *row; /* the attempt's, until evidence is added */
        const char *container;
        const struct ContainerLogFacts *log;
        char stream[LOG_STREAM_MAX];
};

/* Of the failed attempts that ran: of the longest-lived one the container that explains its stop,
 * else the first essential one, where the task definition logs it by `awslogs` and its stream's
 * name is known. The name has the prefix, the container and the task; without a prefix it is the
 * container's Docker id, which nobody told. */
bool last_words_of(const struct Evidence *evidence, const struct TaskDefinitionFacts *definition,
                   struct LastWords *ret);
