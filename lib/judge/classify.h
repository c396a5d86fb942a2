/* SPDX-License-Identifier: Apache-2.0 */
/* From ECS's words to causes: tables, a row a wording or stop code, which code, tests and
 * docs/causes.md share. Wording that no row knows stays "other" or "unknown", never dropped. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "words/cause.h"
#include "words/facts.h"
#include "words/rows.h"

enum TextKind {
        TEXT_ANY, /* where the text comes from is not known */
        TEXT_EVENT,
        TEXT_STOPPED_REASON,
        TEXT_CONTAINER_REASON,
        TEXT_STATUS_REASON,
        _TEXT_KIND_COUNT,
};

/* Case, kinds of apostrophes, articles, runs of white space and prefixes such as "(service X)" make
 * no difference; NULL reads as "". Not recognised: CAUSE_OTHER for events, status reasons and
 * TEXT_ANY, CAUSE_UNKNOWN for the reasons of tasks and containers. */
enum Cause classify_text(enum TextKind kind, const char *text);

/* Whether it cannot heal by itself: an image, secret, role or program that is not there or denied.
 * False for what blames the platform. */
bool classify_is_permanent(enum TextKind kind, const char *text);

enum { CONTAINER_NONE = (size_t) -1 };

struct TaskCause {
        enum Cause cause;
        size_t container; /* index in task->containers of the one that explains, or CONTAINER_NONE
                           */
};

/* Why a task stopped; of one that is not stopping CAUSE_NONE. */
struct TaskCause classify_task(const struct TaskFacts *task);

/* Of a task that is not RUNNING yet: the container that failed or is UNHEALTHY and that others may
 * wait for (dependsOn), or CONTAINER_NONE. */
size_t classify_waiting(const struct TaskFacts *task);

/* The same from what the ledger keeps of it. */
enum Cause classify_attempt(const struct AttemptRow *row);

bool attempt_is_permanent(const struct AttemptRow *row); /* as classify_is_permanent() */

/* Whether it stopped or is about to. */
bool attempt_is_ended(const struct AttemptRow *row);

const char *text_kind_name(enum TextKind kind); /* "event", "stopped_reason", …; "any" */
bool text_kind_from_name(const char *name, enum TextKind *ret);

/* What one row of the tables says, for docs and tests: the words ("*" stands for anything between
 * two parts, "^" and "$" anchor), or the stop code where `stop_code` is set. Wordings come tier by
 * tier, from 1 on. False past the last row. */
struct ClassifyRow {
        const char *words;
        unsigned kinds; /* bits by enum TextKind; 0 for a stop code */
        enum Cause cause;
        unsigned tier; /* 0 for a stop code */
        bool permanent, stop_code;
};
bool classify_row(size_t index, struct ClassifyRow *ret);
