/* SPDX-License-Identifier: Apache-2.0 */
/* How many calls of each operation came to what, and how long they took. Private to daemon/aws. */
#pragma once

#include "daemon/aws/client.h"
#include "daemon/metrics.h"

enum { AWS_OUTCOMES = AWS_UNCERTAIN + 1, METER_LABELS_MAX = 80 };

struct CallMeter {
        struct Metric calls[_AWS_OPERATION_COUNT][AWS_OUTCOMES], seconds[_AWS_OPERATION_COUNT];
        char labels[_AWS_OPERATION_COUNT][AWS_OUTCOMES + 1][METER_LABELS_MAX];
        struct Metrics *registered_with;
};

void call_meter_init(struct CallMeter *meter);
void call_meter_count(struct CallMeter *meter, enum AwsOperation operation, enum AwsOutcome outcome,
                      usec_t took);
int call_meter_register(struct CallMeter *meter, struct Metrics *metrics);
void call_meter_done(struct CallMeter *meter);
