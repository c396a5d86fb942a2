/* SPDX-License-Identifier: Apache-2.0 */
/* What was told, as numbers: verdicts by kind and cause, actions by outcome. */
#pragma once

#include "daemon/metrics.h"
#include "daemon/watch/told.h"
#include "words/cause.h"

enum { METER_OTHERS = 4, METER_STATES = 6, METER_TEXT_MAX = 96 };

struct ToldMeter {
        /* The failed ones by cause (CAUSE_NONE: none was found), then the others. */
        struct Metric verdicts[_CAUSE_COUNT + METER_OTHERS];
        enum Cause causes[_CAUSE_COUNT]; /* of the first `n_failed` */
        size_t n_failed;
        struct Metric actions[METER_STATES];
        char labels[_CAUSE_COUNT][METER_TEXT_MAX];
        struct Metrics *registered_with;
};

int told_meter_register(struct ToldMeter *meter, struct Metrics *metrics);
void told_meter_count(struct ToldMeter *meter, const struct Told *told);
void told_meter_done(struct ToldMeter *meter);
