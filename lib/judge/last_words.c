/* SPDX-License-Identifier: Apache-2.0 */
/* https://docs.aws.amazon.com/AmazonECS/latest/developerguide/using_awslogs.html */
#include "judge/last_words.h"

#include <stdio.h>

#include "base/text.h"
#include "judge/evidence_fields.h"

/* What ended before the task was RUNNING may have said why, if it ever started. */
static bool said_something(const struct Attempt *attempt) {
        const struct AttemptRow *row = &attempt->row;

        if (attempt->cause == CAUSE_HOST_LOST || attempt->cause == CAUSE_AWS_INTERNAL)
                return false;
        return row->started_at != USEC_UNKNOWN ||
               (row->has_exit_code && text_is_empty(row->container_reason));
}

static const struct Attempt *longest_lived(const struct Evidence *evidence) {
        const struct Attempt *best = NULL;

        for (size_t i = 0; i < evidence->n_attempts; i++) {
                const struct Attempt *attempt = evidence->attempts[i];

                if (attempt_ended(attempt) && attempt_counts(evidence, attempt) &&
                    !cause_is_neutral(attempt->cause) && said_something(attempt) &&
                    (!best || attempt_lived(attempt) > attempt_lived(best)))
                        best = attempt;
        }
        return best;
}

static const char *container_of(const struct AttemptRow *row,
                                const struct TaskDefinitionFacts *definition) {
        if (row->container)
                return row->container;
        return definition->n_essential_containers > 0 ? definition->essential_containers[0] : NULL;
}

static const struct ContainerLogFacts *log_of(const struct TaskDefinitionFacts *definition,
                                              const char *container) {
        for (size_t i = 0; i < definition->n_logs; i++)
                if (text_equal(definition->logs[i].container, container))
                        return definition->logs + i;
        return NULL;
}

static bool name_stream(struct LastWords *words) {
        int n;

        n = snprintf(words->stream, sizeof(words->stream), "%s/%s/%s", words->log->stream_prefix,
                     words->container, text_after_last(words->row->task_arn, '/'));
        return n > 0 && (size_t) n < sizeof(words->stream);
}

bool last_words_of(const struct Evidence *evidence, const struct TaskDefinitionFacts *definition,
                   struct LastWords *ret) {
        const struct Attempt *attempt = longest_lived(evidence);

        if (!attempt || !definition)
                return false;
        *ret = (struct LastWords) {.row = &attempt->row,
                                   .container = container_of(&attempt->row, definition)};
        ret->log = ret->container ? log_of(definition, ret->container) : NULL;
        return ret->log && text_equal(ret->log->driver, "awslogs") &&
               !text_is_empty(ret->log->group) && !text_is_empty(ret->log->stream_prefix) &&
               name_stream(ret);
}
