/* SPDX-License-Identifier: Apache-2.0 */
/* Candidates are walked in the order of preference; the first that nothing speaks against is taken,
 * and every one before it leaves its reason. */
#include "judge/target.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/macros.h"
#include "base/text.h"
#include "words/arn.h"

static void refuse(struct TargetChoice *choice, const struct TargetCandidate *candidate,
                   const char *format, ...) _printf_(3, 4);

static void refuse(struct TargetChoice *choice, const struct TargetCandidate *candidate,
                   const char *format, ...) {
        char reason[DECISION_REASON_MAX];
        size_t used = strlen(choice->refusals);
        va_list arguments;

        va_start(arguments, format);
        vsnprintf(reason, sizeof(reason), format, arguments);
        va_end(arguments);

        snprintf(choice->refusals + used, sizeof(choice->refusals) - used, "%s%s: %s",
                 used > 0 ? "; " : "", arn_short_name(candidate->task_definition), reason);
}

static bool is_older_than(const struct TargetCandidate *candidate, usec_t max_age, usec_t now) {
        return candidate->proven_at == USEC_UNKNOWN ||
               usec_sub(now, candidate->proven_at) > max_age;
}

struct Walk { /* what all candidates are held against */
        const struct Rollout *rollout;
        bool same_will_do;
        usec_t max_age, now;
};

/* Everything but its status, which costs a call. `back`: how many task definitions ago. */
static bool is_refused(const struct TargetCandidate *candidate, const struct Walk *walk,
                       size_t back, struct TargetChoice *choice) {
        char text[TIME_TEXT_MAX];

        if (!walk->same_will_do &&
            text_equal(candidate->task_definition, walk->rollout->task_definition))
                refuse(choice, candidate,
                       "it is what failed, and UpdateService cannot change to the same task definition");
        else if (candidate->failed_under_us)
                refuse(choice, candidate, "it failed here before");
        else if (!candidate->good && candidate->unproven)
                refuse(choice, candidate,
                       "never proven good: it ran fewer tasks than desired when first seen");
        else if (!candidate->good)
                refuse(choice, candidate, "never proven good");
        else if (back > TARGET_REVISIONS_BACK_MAX)
                refuse(choice, candidate, "more than %d revisions back",
                       (int) TARGET_REVISIONS_BACK_MAX);
        else if (!candidate->source && is_older_than(candidate, walk->max_age, walk->now))
                refuse(choice, candidate, "older than safety.rollback.max_age (%s)",
                       duration_format(walk->max_age, text));
        else
                return false;
        return true;
}

static enum TargetOutcome consider(const struct TargetCandidate *candidate, const struct Walk *walk,
                                   size_t back, struct TargetChoice *choice) {
        if (!candidate->task_definition || is_refused(candidate, walk, back, choice))
                return TARGET_NONE;
        if (candidate->status && !text_equal(candidate->status, "ACTIVE")) {
                refuse(choice, candidate, "its task definition is %s", candidate->status);
                return TARGET_NONE;
        }

        choice->candidate = candidate;
        return candidate->status ? TARGET_CHOSEN : TARGET_ASK;
}

/* So far apart a service deployment and its deployment may say that they began. */
#define SAME_BEGINNING (60 * USEC_PER_SEC)

bool target_by_ecs(const struct ServiceDeploymentFacts *past, size_t n_past,
                   const struct Rollout *rollout, struct TargetCandidate *ret) {
        const struct ServiceDeploymentFacts *latest = NULL;

        for (size_t i = 0; i < n_past; i++) {
                const struct ServiceDeploymentFacts *one = past + i;

                if (one->status != SERVICE_DEPLOYMENT_SUCCESSFUL || !one->task_definition ||
                    usec_add(one->created_at, SAME_BEGINNING) >= rollout->started_at)
                        continue;
                if (!latest || one->created_at > latest->created_at)
                        latest = one;
        }
        if (!latest)
                return false;
        *ret = (struct TargetCandidate) {
                .task_definition = latest->task_definition,
                .good = true,
                .by_ecs = true,
                .proven_at = MAX(latest->finished_at, latest->created_at),
        };
        return true;
}

enum TargetOutcome target_choose(const struct TargetCandidate *candidates, size_t n_candidates,
                                 const struct Rollout *rollout, bool same_will_do, usec_t max_age,
                                 usec_t now, struct TargetChoice *ret) {
        const struct Walk walk = {rollout, same_will_do, max_age, now};
        enum TargetOutcome outcome;
        size_t i;

        *ret = (struct TargetChoice) {};
        for (i = 0; i < n_candidates; i++) {
                if (!candidates[i].source)
                        continue;
                outcome = consider(candidates + i, &walk, 1, ret);
                if (outcome != TARGET_NONE)
                        return outcome;
        }
        for (i = 0; i < n_candidates; i++) {
                if (candidates[i].source)
                        continue;
                outcome = consider(candidates + i, &walk, candidates[i].by_ecs ? 1 : i + 1, ret);
                if (outcome != TARGET_NONE)
                        return outcome;
        }
        return TARGET_NONE;
}
