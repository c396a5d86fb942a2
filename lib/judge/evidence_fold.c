/* SPDX-License-Identifier: Apache-2.0 */
/* How one row folds into evidence, whether it was just made from facts or comes from the ledger.
 * Answers may come late: what ended does not come alive again, known instants stay known. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/text.h"
#include "judge/classify.h"
#include "judge/evidence_fields.h"

static const size_t ATTEMPT_TEXTS[] = {
        offsetof(struct AttemptRow, task_arn),
        offsetof(struct AttemptRow, task_definition),
        offsetof(struct AttemptRow, last_status),
        offsetof(struct AttemptRow, desired_status),
        offsetof(struct AttemptRow, stop_code),
        offsetof(struct AttemptRow, stopped_reason),
        offsetof(struct AttemptRow, container),
        offsetof(struct AttemptRow, container_reason),
        offsetof(struct AttemptRow, container_instance_arn),
        offsetof(struct AttemptRow, availability_zone),
};
static const size_t SIGNAL_TEXTS[] = {
        offsetof(struct SignalRow, event_id),
        offsetof(struct SignalRow, message),
};

static const char **text_at(void *row, size_t offset) {
        return (const char **) ((char *) row + offset);
}

/* Copies the row's texts into one block and points the row at it. */
static int own_texts(void *row, const size_t *offsets, size_t n, char **ret) {
        size_t size = 1;
        char *block, *end;

        for (size_t i = 0; i < n; i++)
                if (*text_at(row, offsets[i]))
                        size += strlen(*text_at(row, offsets[i])) + 1;
        block = end = malloc(size);
        if (!block)
                return -ENOMEM;

        for (size_t i = 0; i < n; i++) {
                const char **text = text_at(row, offsets[i]);

                if (*text) {
                        size_t length = strlen(*text) + 1;

                        memcpy(end, *text, length);
                        *text = end;
                        end += length;
                }
        }
        *ret = block;
        return 0;
}

struct Attempt *evidence_find_attempt(const struct Evidence *evidence, const char *task_arn,
                                      size_t *ret_index) {
        size_t low = 0, high = evidence->n_attempts;

        while (low < high) {
                size_t middle = low + (high - low) / 2;
                int order = strcmp(evidence->attempts[middle]->row.task_arn, task_arn);

                if (order == 0) {
                        if (ret_index)
                                *ret_index = middle;
                        return evidence->attempts[middle];
                }
                if (order < 0)
                        low = middle + 1;
                else
                        high = middle;
        }
        if (ret_index)
                *ret_index = low;
        return NULL;
}

static usec_t earliest(usec_t a, usec_t b) {
        return a == USEC_UNKNOWN ? b : b == USEC_UNKNOWN ? a : MIN(a, b);
}

/* What is known of the task once `row` is believed besides `old`. */
static struct AttemptRow merge(const struct AttemptRow *old, const struct AttemptRow *row) {
        struct AttemptRow ret = *row;
        bool stale = (attempt_is_ended(old) && !attempt_is_ended(row)) ||
                     (text_equal(old->last_status, "STOPPED") &&
                      !text_equal(row->last_status, "STOPPED"));
        const struct AttemptRow *less = stale ? row : old;

        if (stale)
                ret = *old;
        for (size_t i = 0; i < ARRAY_SIZE(ATTEMPT_TEXTS); i++)
                if (!*text_at(&ret, ATTEMPT_TEXTS[i]))
                        *text_at(&ret, ATTEMPT_TEXTS[i]) =
                                *text_at((void *) less, ATTEMPT_TEXTS[i]);
        /* One container's words do not go with another's exit. */
        if (!text_equal(ret.container, less->container))
                ret.container_reason = (stale ? old : row)->container_reason;
        else if (!ret.has_exit_code && less->has_exit_code) {
                ret.has_exit_code = true;
                ret.exit_code = less->exit_code;
        }
        if (ret.health_status == HEALTH_UNKNOWN)
                ret.health_status = less->health_status;
        ret.created_at = earliest(old->created_at, row->created_at);
        ret.started_at = earliest(old->started_at, row->started_at);
        ret.stopping_at = earliest(old->stopping_at, row->stopping_at);
        ret.stopped_at = earliest(old->stopped_at, row->stopped_at);
        ret.healthy_at = earliest(old->healthy_at, row->healthy_at);
        ret.last_alive_at = MAX(old->last_alive_at, row->last_alive_at);
        ret.has_container_health_check |= old->has_container_health_check;
        ret.n_alike = MAX(old->n_alike, row->n_alike);
        ret.alike_until = MAX(old->alike_until, row->alike_until);
        return ret;
}

/* Equal but for last_alive_at. */
static bool same_attempt(const struct AttemptRow *a, const struct AttemptRow *b) {
        for (size_t i = 0; i < ARRAY_SIZE(ATTEMPT_TEXTS); i++)
                if (!text_equal(*text_at((void *) a, ATTEMPT_TEXTS[i]),
                                *text_at((void *) b, ATTEMPT_TEXTS[i])))
                        return false;
        return a->health_status == b->health_status && a->has_exit_code == b->has_exit_code &&
               a->exit_code == b->exit_code && a->created_at == b->created_at &&
               a->started_at == b->started_at && a->stopping_at == b->stopping_at &&
               a->stopped_at == b->stopped_at && a->healthy_at == b->healthy_at &&
               a->has_container_health_check == b->has_container_health_check;
}

static int set_row(struct Attempt *attempt, struct AttemptRow row) {
        char *texts;
        int r;

        r = own_texts(&row, ATTEMPT_TEXTS, ARRAY_SIZE(ATTEMPT_TEXTS), &texts);
        if (r < 0)
                return r;

        free(attempt->texts);
        attempt->texts = texts;
        attempt->row = row;
        attempt->cause = classify_attempt(&attempt->row);
        /* What ran was there. */
        attempt->permanent = row.started_at == USEC_UNKNOWN && attempt_is_permanent(&attempt->row);
        return 0;
}

static int insert_attempt(struct Evidence *evidence, const struct AttemptRow *row, bool fresh,
                          struct Attempt **ret) {
        _cleanup_free_ struct Attempt *attempt = NULL;
        size_t index;
        int r;

        *ret = NULL;
        if (fresh && evidence_has_forgotten(evidence, row))
                return 0;
        r = evidence_make_place(evidence);
        if (r <= 0)
                return r;
        r = array_reserve(&evidence->attempts, &evidence->attempts_allocated,
                          evidence->n_attempts + 1, sizeof(struct Attempt *),
                          EVIDENCE_ATTEMPTS_MAX);
        if (r < 0)
                return r;
        attempt = calloc(1, sizeof(*attempt));
        if (!attempt)
                return -ENOMEM;
        r = set_row(attempt, *row);
        if (r < 0)
                return r;

        attempt->changed = fresh;
        attempt->stored = !fresh;
        evidence->forgotten_until = MAX(evidence->forgotten_until, row->alike_until);
        attempt->stored_alive_at = row->last_alive_at;
        attempt->carried = evidence->ordinal > 1 && row->created_at < evidence->started_at;
        (void) evidence_find_attempt(evidence, row->task_arn, &index);
        memmove(&evidence->attempts[index + 1], &evidence->attempts[index],
                (evidence->n_attempts - index) * sizeof(struct Attempt *));
        evidence->n_attempts++;
        *ret = evidence->attempts[index] = TAKE_PTR(attempt);
        return 0;
}

int evidence_fold_attempt(struct Evidence *evidence, const struct AttemptRow *row, usec_t seen_at,
                          bool fresh) {
        struct Attempt *attempt = evidence_find_attempt(evidence, row->task_arn, NULL);
        int r;

        if (attempt) {
                struct AttemptRow merged = merge(&attempt->row, row);

                if (!same_attempt(&attempt->row, &merged)) {
                        r = set_row(attempt, merged);
                        if (r < 0)
                                return r;
                        attempt->changed |= fresh;
                }
                attempt->row.last_alive_at = merged.last_alive_at;
        } else {
                r = insert_attempt(evidence, row, fresh, &attempt);
                if (r < 0 || !attempt)
                        return r;
        }
        evidence->has_container_health_check |= row->has_container_health_check;
        attempt->vanished = false;
        attempt->seen_at = MAX(attempt->seen_at, seen_at);
        return 0;
}

/* The id after "deployment" where the message names one: 1 ours, 0 another's, -1 none. */
static int names_deployment(const char *message, const char *deployment) {
        const char *id = strstr(message, "ecs-svc/");
        size_t size = strlen(deployment);

        if (!id)
                return -1;
        return strncmp(id, deployment, size) == 0 && (id[size] < '0' || id[size] > '9');
}

enum SignalMeaning signal_meaning(const struct Evidence *evidence, const struct SignalRow *row,
                                  enum Cause *ret_cause, bool *ret_names_rollout) {
        enum Cause cause = classify_text(TEXT_EVENT, row->message);
        int names;

        *ret_cause = cause;
        *ret_names_rollout = false;
        switch (cause) {
        case CAUSE_NATIVE_FAILURE:
                names = names_deployment(row->message, evidence->deployment);
                /* "rolling back to deployment X" condemns whatever is PRIMARY and is not X. */
                if (text_contains_ignoring_case(row->message, "rolling back to deployment"))
                        return names == 0 ? SIGNAL_NATIVE : SIGNAL_NOTHING;
                *ret_names_rollout = names == 1;
                return names == 0 ? SIGNAL_NOTHING : SIGNAL_NATIVE;
        case CAUSE_THROTTLED: return SIGNAL_THROTTLED;
        case CAUSE_STEADY: return SIGNAL_CLEARS;
        case CAUSE_PROGRESS:
                return text_contains_ignoring_case(row->message, "has started") ? SIGNAL_CLEARS
                                                                                : SIGNAL_NOTHING;
        case CAUSE_CAPACITY:
        case CAUSE_CONFIG:
        case CAUSE_IMAGE_PULL:
        case CAUSE_RESOURCE_INIT:
        case CAUSE_DISK_FULL:
        case CAUSE_AWS_INTERNAL:
        case CAUSE_APP_EXIT:
        case CAUSE_OOM:
        case CAUSE_UNKNOWN: return SIGNAL_TROUBLE;
        case CAUSE_CONTAINER_HEALTH:
        case CAUSE_LB_HEALTH:
        case CAUSE_HOST_BAD:
        case CAUSE_HOST_LOST:
        case CAUSE_OTHER: return SIGNAL_SAID;
        case CAUSE_NONE:
        case CAUSE_SCALE_IN:
        case CAUSE_USER_STOP:
        case _CAUSE_COUNT: break;
        }
        return SIGNAL_NOTHING;
}

static size_t signal_place(const struct Evidence *evidence, const char *id, bool *ret_found) {
        size_t low = 0, high = evidence->n_signals;

        *ret_found = false;
        while (low < high) {
                size_t middle = low + (high - low) / 2;
                int order = strcmp(evidence->signals[middle]->row.event_id, id);

                if (order == 0) {
                        *ret_found = true;
                        return middle;
                }
                if (order < 0)
                        low = middle + 1;
                else
                        high = middle;
        }
        return low;
}

static void forget_oldest_signal(struct Evidence *evidence) {
        size_t oldest = 0;

        for (size_t i = 1; i < evidence->n_signals; i++)
                if (evidence->signals[i]->row.created_at <
                    evidence->signals[oldest]->row.created_at)
                        oldest = i;
        free(evidence->signals[oldest]->texts);
        free(evidence->signals[oldest]);
        evidence->n_signals--;
        memmove(&evidence->signals[oldest], &evidence->signals[oldest + 1],
                (evidence->n_signals - oldest) * sizeof(struct Signal *));
}

int evidence_fold_signal(struct Evidence *evidence, const struct SignalRow *row, bool fresh) {
        _cleanup_free_ struct Signal *signal = NULL;
        bool found;
        size_t place;
        int r;

        (void) signal_place(evidence, row->event_id, &found);
        if (found)
                return 0;
        if (evidence->n_signals >= EVIDENCE_SIGNALS_MAX)
                forget_oldest_signal(evidence);
        r = array_reserve(&evidence->signals, &evidence->signals_allocated, evidence->n_signals + 1,
                          sizeof(struct Signal *), EVIDENCE_SIGNALS_MAX);
        if (r < 0)
                return r;
        signal = calloc(1, sizeof(*signal));
        if (!signal)
                return -ENOMEM;
        signal->row = *row;
        r = own_texts(&signal->row, SIGNAL_TEXTS, ARRAY_SIZE(SIGNAL_TEXTS), &signal->texts);
        if (r < 0)
                return r;

        signal->meaning = signal_meaning(evidence, row, &signal->cause, &signal->names_rollout);
        signal->changed = fresh;
        place = signal_place(evidence, row->event_id, &found);
        memmove(&evidence->signals[place + 1], &evidence->signals[place],
                (evidence->n_signals - place) * sizeof(struct Signal *));
        evidence->n_signals++;
        evidence->signals[place] = TAKE_PTR(signal);
        return 0;
}
