/* SPDX-License-Identifier: Apache-2.0 */
/* What was told, as numbers: verdicts by kind and cause, actions by outcome. */
#pragma once

#include "daemon/metrics.h"
#include "daemon/watch/told.h"
#include "words/cause.h"

enum { METER_VERDICTS = 5, METER_STATES = 6, METER_TEXT_MAX = 96 };

struct ToldMeter {
        /* The failed ones by cause ("": none was found), then the others. */
        struct Metric failed[_CAUSE_COUNT + METER_VERDICTS];
        size_t n_failed;
        struct Metric actions[METER_STATES];
        char labels[_CAUSE_COUNT][METER_TEXT_MAX];
        struct Metrics *registered_with;
};

int told_meter_register(struct ToldMeter *meter, struct Metrics *metrics);
void told_meter_count(struct ToldMeter *meter, const struct Told *told);
void told_meter_done(struct ToldMeter *meter);
