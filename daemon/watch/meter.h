/* SPDX-License-Identifier: Apache-2.0 */
/* What was told and recorded, as numbers: verdicts by kind and cause, actions by what became of
 * them.
 */
#pragma once

#include <stdbool.h>

#include "daemon/ledger/actions.h"
#include "daemon/metrics.h"
#include "daemon/watch/told.h"
#include "words/cause.h"

enum {
        METER_OTHERS = 4,
        METER_STATES = ACTION_WOULD + 1,
        METER_ACTIONS = _ACTION_KIND_COUNT * METER_STATES, /* a kind after the other */
        METER_TEXT_MAX = 96,
};

struct WatchMeter {
        /* The failed ones by cause (CAUSE_NONE: none was found), then the others. */
        struct Metric verdicts[_CAUSE_COUNT + METER_OTHERS];
        enum Cause causes[_CAUSE_COUNT]; /* of the first `n_failed` */
        size_t n_failed;
        struct Metric actions[METER_ACTIONS];
        struct Metric inhibited;
        unsigned in_turn[METER_ACTIONS]; /* of actions, until the turn is recorded */
        char labels[_CAUSE_COUNT + METER_ACTIONS][METER_TEXT_MAX];
        struct Metrics *registered_with;
};

int watch_meter_register(struct WatchMeter *meter, struct Metrics *metrics);
void watch_meter_count(struct WatchMeter *meter, const struct Told *told);
/* An action came into that state in this turn, which watch_meter_end_turn() counts or forgets. */
void watch_meter_action(struct WatchMeter *meter, enum ActionKind kind, enum ActionState state);
/* In so many accounts and Regions the brake is on. */
void watch_meter_inhibited(struct WatchMeter *meter, size_t n);
void watch_meter_end_turn(struct WatchMeter *meter, bool recorded);
void watch_meter_done(struct WatchMeter *meter);
