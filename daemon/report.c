/* SPDX-License-Identifier: Apache-2.0 */
/* What is told of the program itself, beside its events. */
#include "daemon/report.h"

#include <stdio.h>
#include <string.h>

#include "config.h"
#include "daemon/clock.h"
#include "daemon/supervisor.h"

static const struct Metric METRICS[_REPORT_METRIC_COUNT + FLEET_STATES] = {
        [METRIC_BUILD] = {"ecswatch_build_info", "version=\"" ECSWATCH_VERSION "\"",
                          "Always 1; what runs is in the labels.", METRIC_GAUGE, 0},
        [METRIC_RELOAD_OK] = {"ecswatch_config_last_reload_successful", NULL,
                              "Whether the last reload, or the start, could use the configuration.",
                              METRIC_GAUGE, 1},
        [METRIC_RELOADED_AT] = {"ecswatch_config_last_reload_success_timestamp_seconds", NULL,
                                "When the configuration in force was read.", METRIC_GAUGE, 0},
#define STATE(i, name)                                                             \
        [_REPORT_METRIC_COUNT + (i)] = {"ecswatch_services", "state=\"" name "\"", \
                                        "Watched services by state, every 10 s.", METRIC_GAUGE, 0}
        STATE(WATCH_IDLE, "idle"),
        STATE(WATCH_WATCHING, "watching"),
        STATE(WATCH_LOOKING, "looking"),
        STATE(WATCH_ACTING, "acting"),
        STATE(WATCH_FOLLOWING, "following"),
        STATE(WATCH_FOLLOWING + 1, "unknown"),
};

int report_begin(struct Report *report, struct Metrics *metrics) {
        memcpy(report->metrics, METRICS, sizeof(METRICS));
        report->metrics[METRIC_BUILD].value = 1;
        report_reloaded(report);
        return metrics_register(metrics, report->metrics, ARRAY_SIZE(METRICS));
}

void report_reloaded(struct Report *report) {
        report->failed_reload[0] = '\0';
        report->metrics[METRIC_RELOAD_OK].value = 1;
        report->metrics[METRIC_RELOADED_AT].value =
                (double) clock_realtime() / (double) USEC_PER_SEC;
}

void report_failed_reload(struct Report *report, const char *why) {
        char time[TIME_TEXT_MAX];

        report->metrics[METRIC_RELOAD_OK].value = 0;
        snprintf(report->failed_reload, sizeof(report->failed_reload),
                 "; the reload at %s failed (%.300s), the configuration before is in force",
                 time_format_rfc3339(clock_realtime(), time), why);
}

void report_tell(struct Report *report) {
        const struct WatchWorld *world = report->world;
        struct PollStretch stretch = fleet_balance(report->fleet);
        char stretched[128] = "", interval[TIME_TEXT_MAX];
        bool degraded = turn_is_degraded(world);
        size_t states[FLEET_STATES], n = 0, undecided;

        fleet_count_states(report->fleet, states);
        for (size_t i = 0; i < FLEET_STATES; i++) {
                report->metrics[_REPORT_METRIC_COUNT + i].value = (double) states[i];
                n += states[i];
        }
        undecided = n - states[WATCH_IDLE] - states[FLEET_STATES - 1];
        if (stretch.where)
                snprintf(stretched, sizeof(stretched),
                         "; idle ones in %.60s every %s, as the API quota lets us", stretch.where,
                         duration_format(stretch.interval, interval));
        (void) supervisor_tell(
                "READY=1\nSTATUS=Watching %zu %s, %zu with a rollout under way%s%s%s%s%s", n,
                n == 1 ? "service" : "services", undecided, world->dry_run ? " (dry run)" : "",
                stretched, degraded ? "; the ledger cannot record: " : "",
                degraded ? world->problem : "", report->failed_reload);
}
