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

/* A word that was just written and says nothing. */
static bool ends_in_article(const char *plain, size_t n) {
        static const char *const ARTICLES[] = {"a", "an", "the"};

        for (size_t i = 0; i < ARRAY_SIZE(ARTICLES); i++) {
                size_t size = strlen(ARTICLES[i]);

                if (n >= size && memcmp(plain + n - size, ARTICLES[i], size) == 0 &&
                    (n == size || plain[n - size - 1] == ' '))
                        return true;
        }
        return false;
}

/* Lower case, single spaces, straight apostrophes, no articles. */
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

                if (c == ' ' && ends_in_article(plain, n))
                        while (n > 0 && plain[n - 1] != ' ')
                                n--;
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

/* Where the words begin in `plain`, or NULL. */
static const char *find_words(const char *words, const char *plain, bool cut) {
        bool anchored = *words == '^';
        const char *text = plain, *first = NULL;

        words += anchored;
        for (;;) {
                size_t size = strcspn(words, "*$");
                const char *found = find_part(text, words, size, cut && words[size] == '\0');

                if (!found || (anchored && found != plain))
                        return NULL;
                anchored = false;
                if (!first)
                        first = found;
                text = found + MIN(size, strlen(found));
                words += size;
                if (*words == '\0')
                        return first;
                if (*words == '$')
                        return *text == '\0' ? first : NULL;
                words++;
        }
}

static const char *find_last_words(const char *words, const char *plain) {
        const char *last = NULL, *found = find_words(words, plain, true);

        while (found) {
                last = found;
                found = *words == '^' ? NULL : find_words(words, found + 1, true);
        }
        return last;
}

static const struct Wording *find_first(const struct WordingTier *tier, unsigned kinds,
                                        const char *plain, bool cut) {
        for (size_t i = 0; i < tier->n; i++)
                if ((tier->rows[i].kinds & kinds) && find_words(tier->rows[i].words, plain, cut))
                        return &tier->rows[i];
        return NULL;
}

/* Of two that begin at the same place the longer one tells more. */
static const struct Wording *find_innermost(const struct WordingTier *tier, unsigned kinds,
                                            const char *plain) {
        const struct Wording *best = NULL;
        const char *best_at = NULL;

        for (size_t i = 0; i < tier->n; i++) {
                const struct Wording *row = &tier->rows[i];
                const char *at = row->kinds & kinds ? find_last_words(row->words, plain) : NULL;

                if (!at || (best && (at < best_at ||
                                     (at == best_at && strlen(row->words) <= strlen(best->words)))))
                        continue;
                best = row;
                best_at = at;
        }
        return best;
}

static unsigned bits_of(enum TextKind kind) {
        return kind == TEXT_ANY ? ~0U : 1U << kind;
}

/* "TaskFailedToStart: X" is read as X. */
static const char *skip_opening(const char *plain) {
        static const char OPENING[] = "taskfailedtostart: ";

        return text_starts_with(plain, OPENING) ? plain + strlen(OPENING) : plain;
}

/* The row that recognises the text, or NULL. */
static const struct Wording *find_wording(enum TextKind kind, const char *text) {
        const struct Wording *row = NULL;
        char whole[PLAIN_MAX];
        const char *plain;

        if (text_is_empty(text) || make_plain(text, whole) == 0)
                return NULL;
        plain = skip_opening(whole);
        for (unsigned cut = 0; cut <= 1; cut++)
                for (size_t i = 0; i < _WORDING_TIER_COUNT; i++) {
                        row = i == TIER_NAMES
                                      ? find_innermost(WORDING_TIERS + i, bits_of(kind), plain)
                                      : find_first(WORDING_TIERS + i, bits_of(kind), plain, cut);
                        if (row)
                                return row;
                }
        return NULL;
}

bool classify_is_permanent(enum TextKind kind, const char *text) {
        char plain[PLAIN_MAX];

        if (text_is_empty(text) || make_plain(text, plain) == 0)
                return false;
        for (size_t i = 0; i < _WORDING_TIER_COUNT; i++)
                for (size_t k = 0; k < WORDING_TIERS[i].n; k++) {
                        const struct Wording *row = &WORDING_TIERS[i].rows[k];

                        if (row->permanent && (row->kinds & bits_of(kind)) &&
                            find_words(row->words, plain, true))
                                return cause_blame(classify_text(kind, text)) == BLAME_CODE;
                }
        return false;
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

/* Nothing, or only that it failed to start; words that no row knows may say anything. */
static bool says_no_more(const struct AttemptRow *row) {
        return text_is_empty(row->stopped_reason) ||
               find_wording(TEXT_STOPPED_REASON, row->stopped_reason);
}

/* A container that others wait for ran and ended. 125 and 128 are docker's own, 137 and 143 signals
 * that may come from anybody. */
static bool is_own_exit(const struct AttemptRow *row) {
        return row->has_exit_code && row->exit_code != 0 && row->exit_code != 125 &&
               row->exit_code != 128 && row->exit_code != 137 && row->exit_code != 143;
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
        if (by_text == CAUSE_UNKNOWN && by_code == CAUSE_UNKNOWN && says_no_more(row) &&
            is_own_exit(row))
                return CAUSE_APP_EXIT;
        return by_text != CAUSE_UNKNOWN ? by_text : by_code;
}

bool attempt_is_permanent(const struct AttemptRow *row) {
        return cause_blame(classify_attempt(row)) == BLAME_CODE &&
               (classify_is_permanent(TEXT_STOPPED_REASON, row->stopped_reason) ||
                classify_is_permanent(TEXT_CONTAINER_REASON, row->container_reason));
}

/* How well a container explains that its task stopped. A container that ECS ended because another
 * one had exited shows 143 or 137; so may the one that began it, hence a rank, not a rule. */
static unsigned container_rank(const struct ContainerFacts *container) {
        const struct Wording *row = find_wording(TEXT_CONTAINER_REASON, container->reason);

        if (row && row->of_another)
                return 4;
        if (row && row->cause == CAUSE_DISK_FULL)
                return 8;
        if (row && row->cause != CAUSE_UNKNOWN)
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

size_t classify_waiting(const struct TaskFacts *task) {
        if (text_equal(task->last_status, "RUNNING") || task->started_at != USEC_UNKNOWN)
                return CONTAINER_NONE;
        for (size_t i = 0; i < task->n_containers; i++)
                if (task->containers[i].has_exit_code && task->containers[i].exit_code != 0)
                        return i;
        return unhealthy_container(task);
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
                .has_exit_code = container && container->has_exit_code,
                .exit_code = container ? container->exit_code : 0,
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
        for (size_t i = 0; i < _WORDING_TIER_COUNT; i++) {
                const struct WordingTier *tier = &WORDING_TIERS[i];

                if (index < tier->n) {
                        *ret = (struct ClassifyRow) {
                                .words = tier->rows[index].words,
                                .kinds = tier->rows[index].kinds,
                                .cause = tier->rows[index].cause,
                                .tier = (unsigned) i + 1,
                                .permanent = tier->rows[index].permanent,
                        };
                        return true;
                }
                index -= tier->n;
        }
        if (index >= N_STOP_CODES)
                return false;
        *ret = (struct ClassifyRow) {.words = STOP_CODES[index].code,
                                     .cause = STOP_CODES[index].cause,
                                     .stop_code = true};
        return true;
}
