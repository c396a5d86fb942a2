/* SPDX-License-Identifier: Apache-2.0 */
/* How the program stands, for `systemctl status` and for /metrics. */
#pragma once

#include "daemon/fleet/fleet.h"
#include "daemon/metrics.h"

enum ReportMetric { METRIC_BUILD, METRIC_RELOAD_OK, METRIC_RELOADED_AT, _REPORT_METRIC_COUNT };

struct Report {
        const struct WatchWorld *world; /* borrowed, as `fleet` */
        struct Fleet *fleet;
        struct Metric metrics[_REPORT_METRIC_COUNT + FLEET_STATES];
        char failed_reload[512]; /* as STATUS= says it until one works; "": none has failed */
};

/* The configuration is in force. `metrics` must not be written once the report is gone. 0 or
 * -ENOBUFS. */
int report_begin(struct Report *report, struct Metrics *metrics);
void report_reloaded(struct Report *report);
void report_failed_reload(struct Report *report, const char *why);
/* Counts anew and tells STATUS=, with READY=1 each time: the one that ends a start or a reload may
 * not have been read. */
void report_tell(struct Report *report);
