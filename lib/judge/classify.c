/* SPDX-License-Identifier: Apache-2.0 */
/* Matches ECS's texts with the table of wordings. */
#include "judge/classify.h"

#include <string.h>

#include "base/macros.h"
#include "base/text.h"
#include "judge/wordings.h"

/* ECS's reasons have at most 1,024 characters; the words that tell come first in longer events. */
enum { PLAIN_MAX = 2048 };

/* A text cut in the middle of a word still counts if this much of the words is left. */
enum { TRUNCATED_LEAST = 14 };

static const char *const KIND_NAMES[_TEXT_KIND_COUNT] = {
        [TEXT_ANY] = "any",
        [TEXT_EVENT] = "event",
        [TEXT_STOPPED_REASON] = "stopped_reason",
        [TEXT_CONTAINER_REASON] = "container_reason",
        [TEXT_STATUS_REASON] = "status_reason",
};

/* Lower case, single spaces, straight apostrophes. */
static size_t make_plain(const char *text, char plain[PLAIN_MAX]) {
        size_t n = 0;

        while (*text != '\0' && n < PLAIN_MAX - 1) {
                char c = *text;

                if (strncmp(text, "\xe2\x80\x98", 3) == 0 ||
                    strncmp(text, "\xe2\x80\x99", 3) == 0) {
                        c = '\'';
                        text += 2;
                } else if (c == '\n' || c == '\r' || c == '\t')
                        c = ' ';
                else if (c >= 'A' && c <= 'Z')
                        c = (char) (c - 'A' + 'a');
                text++;

                if (c != ' ' || (n > 0 && plain[n - 1] != ' '))
                        plain[n++] = c;
        }
        while (n > 0 && plain[n - 1] == ' ')
                n--;
        plain[n] = '\0';
        return n;
}

/* Where `part` begins in `text`; with `cut`, also where the text ends in the middle of it. */
static const char *find_part(const char *text, const char *part, size_t size, bool cut) {
        const char *found = memmem(text, strlen(text), part, size);
        size_t left = strlen(text);

        if (found || !cut)
                return found;
        for (size_t n = MIN(size - 1, left); n >= TRUNCATED_LEAST; n--)
                if (memcmp(text + left - n, part, n) == 0)
                        return text + left - n;
        return NULL;
}

static bool words_match(const char *words, const char *plain, bool cut) {
        bool anchored = *words == '^';
        const char *text = plain;

        words += anchored;
        for (;;) {
                size_t size = strcspn(words, "*$");
                const char *found = find_part(text, words, size, cut && words[size] == '\0');

                if (!found || (anchored && found != plain))
                        return false;
                anchored = false;
                text = found + MIN(size, strlen(found));
                words += size;
                if (*words == '\0')
                        return true;
                if (*words == '$')
                        return *text == '\0';
                words++;
        }
}

/* The row that recognises the text, or NULL. */
static const struct Wording *find_wording(enum TextKind kind, const char *text) {
        unsigned kinds = kind == TEXT_ANY ? ~0U : 1U << kind;
        char plain[PLAIN_MAX];

        if (text_is_empty(text) || make_plain(text, plain) == 0)
                return NULL;
        for (unsigned cut = 0; cut <= 1; cut++)
                for (size_t i = 0; i < N_WORDINGS; i++)
                        if ((WORDINGS[i].kinds & kinds) &&
                            words_match(WORDINGS[i].words, plain, cut))
                                return &WORDINGS[i];
        return NULL;
}

enum Cause classify_text(enum TextKind kind, const char *text) {
        const struct Wording *wording = find_wording(kind, text);

        if (wording)
                return wording->cause;
        return kind == TEXT_STOPPED_REASON || kind == TEXT_CONTAINER_REASON ? CAUSE_UNKNOWN
                                                                            : CAUSE_OTHER;
}

static enum Cause classify_stop_code(const char *code) {
        for (size_t i = 0; i < N_STOP_CODES; i++)
                if (text_equal(STOP_CODES[i].code, code))
                        return STOP_CODES[i].cause;
        return CAUSE_UNKNOWN;
}

bool attempt_is_ended(const struct AttemptRow *row) {
        static const char *const ENDING[] = {"DEACTIVATING", "STOPPING", "DEPROVISIONING",
                                             "STOPPED", "DELETED"};

        if (text_equal(row->desired_status, "STOPPED") || row->stopping_at != USEC_UNKNOWN ||
            row->stopped_at != USEC_UNKNOWN)
                return true;
        for (size_t i = 0; i < ARRAY_SIZE(ENDING); i++)
                if (text_equal(row->last_status, ENDING[i]))
                        return true;
        return false;
}

enum Cause classify_attempt(const struct AttemptRow *row) {
        enum Cause by_code, by_text, by_container;

        if (!attempt_is_ended(row))
                return CAUSE_NONE;
        by_code = classify_stop_code(row->stop_code);
        by_text = classify_text(TEXT_STOPPED_REASON, row->stopped_reason);
        by_container = classify_text(TEXT_CONTAINER_REASON, row->container_reason);

        if (cause_is_neutral(by_text))
                return by_text;
        /* A person's reason is free text: it may hold any words. */
        if (by_code == CAUSE_USER_STOP || (by_code == CAUSE_HOST_LOST && by_text == CAUSE_UNKNOWN))
                return by_code;
        if (by_container == CAUSE_DISK_FULL)
                return by_container;
        /* These two sentences only say that the containers know. */
        if (by_text != CAUSE_APP_EXIT && by_text != CAUSE_UNKNOWN)
                return by_text;
        if (by_container != CAUSE_UNKNOWN && !cause_is_neutral(by_container))
                return by_container;
        return by_text != CAUSE_UNKNOWN ? by_text : by_code;
}

/* How well a container explains that its task stopped. A container that ECS ended because another
 * one had exited shows 143 or 137; so may the one that began it, hence a rank, not a rule. */
static unsigned container_rank(const struct ContainerFacts *container) {
        enum Cause cause = classify_text(TEXT_CONTAINER_REASON, container->reason);

        if (cause == CAUSE_DISK_FULL)
                return 8;
        if (cause != CAUSE_UNKNOWN)
                return 7;
        if (!container->has_exit_code)
                return text_is_empty(container->reason) ? 0 : 5;
        switch (container->exit_code) {
        case 0: return 2;
        case 137: return 3;
        case 143: return 1;
        default: return 6;
        }
}

static size_t unhealthy_container(const struct TaskFacts *task) {
        for (size_t i = 0; i < task->n_containers; i++)
                if (task->containers[i].health_status == HEALTH_UNHEALTHY)
                        return i;
        return CONTAINER_NONE;
}

static size_t explaining_container(const struct TaskFacts *task) {
        size_t best = CONTAINER_NONE;
        unsigned best_rank = 0;

        for (size_t i = 0; i < task->n_containers; i++) {
                unsigned rank = container_rank(&task->containers[i]);

                if (rank > best_rank) {
                        best = i;
                        best_rank = rank;
                }
        }
        return best;
}

struct TaskCause classify_task(const struct TaskFacts *task) {
        struct TaskCause ret = {CAUSE_NONE, explaining_container(task)};
        const struct ContainerFacts *container =
                ret.container == CONTAINER_NONE ? NULL : &task->containers[ret.container];

        ret.cause = classify_attempt(&(struct AttemptRow) {
                .last_status = task->last_status,
                .desired_status = task->desired_status,
                .stop_code = task->stop_code,
                .stopped_reason = task->stopped_reason,
                .container_reason = container ? container->reason : NULL,
                .stopping_at = task->stopping_at,
                .stopped_at = task->stopped_at,
        });
        /* ECS ended these: no container's exit explains it. */
        if (ret.cause == CAUSE_CONTAINER_HEALTH)
                ret.container = unhealthy_container(task);
        else if (ret.cause == CAUSE_NONE || ret.cause == CAUSE_LB_HEALTH ||
                 cause_is_neutral(ret.cause))
                ret.container = CONTAINER_NONE;
        return ret;
}

const char *text_kind_name(enum TextKind kind) {
        return KIND_NAMES[kind];
}

bool text_kind_from_name(const char *name, enum TextKind *ret) {
        for (size_t i = 0; i < _TEXT_KIND_COUNT; i++)
                if (text_equal(KIND_NAMES[i], name)) {
                        *ret = (enum TextKind) i;
                        return true;
                }
        return false;
}

bool classify_row(size_t index, struct ClassifyRow *ret) {
        if (index < N_WORDINGS)
                *ret = (struct ClassifyRow) {WORDINGS[index].words, WORDINGS[index].kinds,
                                             WORDINGS[index].cause, false};
        else if (index < N_WORDINGS + N_STOP_CODES)
                *ret = (struct ClassifyRow) {STOP_CODES[index - N_WORDINGS].code, 0,
                                             STOP_CODES[index - N_WORDINGS].cause, true};
        else
                return false;
        return true;
}
