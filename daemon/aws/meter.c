/* SPDX-License-Identifier: Apache-2.0 */
/* A row an operation and outcome, all of them from the start: a counter that appears late cannot be
 * told from one that was reset. */
#include "daemon/aws/meter.h"

#include <stdio.h>

static const char *const OUTCOMES[AWS_OUTCOMES] = {
        [AWS_ANSWERED] = "answered",
        [AWS_REFUSED] = "refused",
        [AWS_NOT_SENT] = "not_sent",
        [AWS_UNCERTAIN] = "uncertain",
};

void call_meter_init(struct CallMeter *meter) {
        for (size_t i = 0; i < _AWS_OPERATION_COUNT; i++) {
                const char *operation = aws_operation_name((enum AwsOperation) i);

                for (size_t k = 0; k < AWS_OUTCOMES; k++) {
                        snprintf(meter->labels[i][k], METER_LABELS_MAX,
                                 "operation=\"%s\",outcome=\"%s\"", operation, OUTCOMES[k]);
                        meter->calls[i][k] =
                                (struct Metric) {"ecswatch_aws_calls_total", meter->labels[i][k],
                                                 "Calls of AWS's APIs, repetitions not counted.",
                                                 METRIC_COUNTER, 0};
                }
                snprintf(meter->labels[i][AWS_OUTCOMES], METER_LABELS_MAX, "operation=\"%s\"",
                         operation);
                meter->seconds[i] = (struct Metric) {
                        "ecswatch_aws_call_seconds_total", meter->labels[i][AWS_OUTCOMES],
                        "Time that these calls took, waiting for the quota and repetitions included.",
                        METRIC_COUNTER, 0};
        }
}

void call_meter_count(struct CallMeter *meter, enum AwsOperation operation, enum AwsOutcome outcome,
                      usec_t took) {
        meter->calls[operation][outcome].value++;
        meter->seconds[operation].value += (double) took / (double) USEC_PER_SEC;
}

int call_meter_register(struct CallMeter *meter, struct Metrics *metrics) {
        int r;

        meter->registered_with = metrics;
        r = metrics_register(metrics, &meter->calls[0][0],
                             (size_t) _AWS_OPERATION_COUNT * AWS_OUTCOMES);
        return r < 0 ? r : metrics_register(metrics, meter->seconds, _AWS_OPERATION_COUNT);
}

void call_meter_done(struct CallMeter *meter) {
        if (!meter->registered_with)
                return;
        metrics_unregister(meter->registered_with, &meter->calls[0][0]);
        metrics_unregister(meter->registered_with, meter->seconds);
}
