/* SPDX-License-Identifier: Apache-2.0 */
/* Evidence as people read it: alike failures in one line, with the longest-lived as the example. */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "judge/evidence_fields.h"

/* Kinds of failures told apart while counting; rarer ones join the last. */
enum { GROUPS_MAX = 64 };

struct Group {
        const struct Attempt *example;
        uint64_t count;
        usec_t age;
};

/* Of one that is still stopping ECS does not say yet which container ended, and how. */
static bool names_container(const struct Attempt *attempt) {
        return attempt->row.container || attempt->row.has_exit_code;
}

static bool alike(const struct Attempt *a, const struct Attempt *b) {
        if (a->cause != b->cause || !text_equal(a->row.stop_code, b->row.stop_code))
                return false;
        return !names_container(b) || (text_equal(a->row.container, b->row.container) &&
                                       a->row.has_exit_code == b->row.has_exit_code &&
                                       a->row.exit_code == b->row.exit_code);
}

static void count_in(struct Group groups[GROUPS_MAX], size_t *n, const struct Attempt *attempt) {
        size_t i = 0;

        while (i < *n && !alike(groups[i].example, attempt))
                i++;
        if (i == GROUPS_MAX)
                i--;
        if (i == *n)
                groups[(*n)++] = (struct Group) {attempt, 0, attempt_lived(attempt)};
        groups[i].count += 1 + attempt->row.n_alike;
        if (attempt_lived(attempt) > groups[i].age && alike(groups[i].example, attempt) &&
            names_container(attempt) >= names_container(groups[i].example)) {
                groups[i].example = attempt;
                groups[i].age = attempt_lived(attempt);
        }
}

static void count_all(const struct Evidence *evidence, bool naming, struct Group groups[GROUPS_MAX],
                      size_t *n) {
        for (size_t i = 0; i < evidence->n_attempts; i++) {
                const struct Attempt *attempt = evidence->attempts[i];

                if (attempt_ended(attempt) && attempt_counts(evidence, attempt) &&
                    !cause_is_neutral(attempt->cause) && names_container(attempt) == naming)
                        count_in(groups, n, attempt);
        }
}

static bool before(const struct Group *a, const struct Group *b) {
        return a->age != b->age ? a->age > b->age : a->count > b->count;
}

/* Few enough to sort by insertion; stable, so that equal evidence gives equal lines. */
static void sort_groups(struct Group *groups, size_t n) {
        for (size_t i = 1; i < n; i++)
                for (size_t j = i; j > 0 && before(&groups[j], &groups[j - 1]); j--) {
                        struct Group moved = groups[j];

                        groups[j] = groups[j - 1];
                        groups[j - 1] = moved;
                }
}

static void cut_into(char *ret, size_t size, const char *text) {
        size_t length = text_cut_utf8(text_or_empty(text), size - 1);

        memcpy(ret, text_or_empty(text), length);
        ret[length] = '\0';
}

static void line_from_attempt(const struct Group *group, struct EvidenceLine *ret) {
        const struct AttemptRow *row = &group->example->row;

        *ret = (struct EvidenceLine) {
                .count = group->count,
                .cause = group->example->cause,
                .has_exit_code = row->has_exit_code,
                .exit_code = row->exit_code,
                .at = attempt_ended_at(group->example),
        };
        cut_into(ret->task, sizeof(ret->task), row->task_arn);
        cut_into(ret->container_instance, sizeof(ret->container_instance),
                 row->container_instance_arn);
        cut_into(ret->availability_zone, sizeof(ret->availability_zone), row->availability_zone);
        cut_into(ret->stop_code, sizeof(ret->stop_code), row->stop_code);
        cut_into(ret->container, sizeof(ret->container), row->container);
        cut_into(ret->stopped_reason, sizeof(ret->stopped_reason), row->stopped_reason);
        cut_into(ret->reason, sizeof(ret->reason), row->container_reason);
}

static bool is_told(const struct Evidence *evidence, const struct Signal *signal) {
        if (!signal_counts(evidence, signal))
                return false;
        return signal->meaning == SIGNAL_NATIVE || signal->meaning == SIGNAL_SAID ||
               (signal->meaning == SIGNAL_TROUBLE &&
                signal->row.created_at >= evidence_cleared_at(evidence));
}

/* One line a cause: the newest event of it. */
static size_t lines_from_signals(const struct Evidence *evidence, struct EvidenceLine *lines,
                                 size_t n, size_t room) {
        size_t first = n;

        for (size_t i = 0; i < evidence->n_signals; i++) {
                const struct Signal *signal = evidence->signals[i];
                size_t j = first;

                if (!is_told(evidence, signal))
                        continue;
                while (j < n && lines[j].cause != signal->cause)
                        j++;
                if (j == room)
                        continue;
                if (j == n)
                        lines[n++] = (struct EvidenceLine) {.cause = signal->cause};
                lines[j].count++;
                if (signal->row.created_at < lines[j].at)
                        continue;
                lines[j].at = signal->row.created_at;
                cut_into(lines[j].stopped_reason, sizeof(lines[j].stopped_reason),
                         signal->row.message);
        }
        return n;
}

size_t evidence_lines(const struct Evidence *evidence,
                      struct EvidenceLine lines[EVIDENCE_LINES_MAX]) {
        /* Events are few; they keep some room. */
        enum { ATTEMPT_LINES_MAX = EVIDENCE_LINES_MAX - 4 };
        struct Group groups[GROUPS_MAX];
        size_t n_groups = 0, n = 0;

        /* Those that tell less join those that tell more, which must be there by then. */
        count_all(evidence, true, groups, &n_groups);
        count_all(evidence, false, groups, &n_groups);
        sort_groups(groups, n_groups);
        while (n < n_groups && n < ATTEMPT_LINES_MAX) {
                line_from_attempt(&groups[n], &lines[n]);
                n++;
        }
        return lines_from_signals(evidence, lines, n, EVIDENCE_LINES_MAX);
}
