/* SPDX-License-Identifier: Apache-2.0 */
/* A verdict is counted when it is told, which happens once; an action when the state into which it
 * came is recorded, since not every state is told. */
#include "daemon/watch/meter.h"

#include <stdio.h>

#include "base/text.h"

static const char VERDICTS[] = "ecswatch_verdicts_total";
static const char VERDICTS_HELP[] = "Verdicts by kind, and the failed ones by cause.";

static const struct {
        enum EventType type;
        const char *labels;
} OTHERS[METER_OTHERS] = {
        {EVENT_DEPLOYMENT_SUCCEEDED, "verdict=\"succeeded\",cause=\"\""},
        {EVENT_DEPLOYMENT_STALLED, "verdict=\"stalled\",cause=\"\""},
        {EVENT_DEPLOYMENT_SUPERSEDED, "verdict=\"superseded\",cause=\"\""},
        {EVENT_DEPLOYMENT_REVERTED, "verdict=\"reverted\",cause=\"\""},
};

int watch_meter_register(struct WatchMeter *meter, struct Metrics *metrics) {
        int r;

        for (enum Cause cause = CAUSE_NONE; cause < _CAUSE_COUNT; cause++) {
                char *labels = meter->labels[meter->n_failed];

                if (cause != CAUSE_NONE && !cause_is_verdict_cause(cause))
                        continue;
                snprintf(labels, METER_TEXT_MAX, "verdict=\"failed\",cause=\"%s\"",
                         cause_name(cause));
                meter->causes[meter->n_failed] = cause;
                meter->verdicts[meter->n_failed++] =
                        (struct Metric) {VERDICTS, labels, VERDICTS_HELP, METRIC_COUNTER, 0};
        }
        /* One table, so that the name's help is printed once. */
        for (size_t i = 0; i < ARRAY_SIZE(OTHERS); i++)
                meter->verdicts[meter->n_failed + i] =
                        (struct Metric) {VERDICTS, OTHERS[i].labels, VERDICTS_HELP, METRIC_COUNTER,
                                         0};
        for (size_t i = 0; i < METER_ACTIONS; i++) {
                char *labels = meter->labels[_CAUSE_COUNT + i];

                snprintf(labels, METER_TEXT_MAX, "action=\"%s\",state=\"%s\"",
                         action_kind_name((enum ActionKind)(i / METER_STATES)),
                         action_state_name((enum ActionState)(i % METER_STATES)));
                meter->actions[i] = (struct Metric) {
                        "ecswatch_actions_total", labels,
                        "Actions by the states into which they came: an intended one comes into others.",
                        METRIC_COUNTER, 0};
        }
        meter->inhibited = (struct Metric) {
                "ecswatch_inhibited", NULL,
                "Accounts and Regions in which nothing is rolled back for now (safety.inhibit).",
                METRIC_GAUGE, meter->inhibited.value};

        r = metrics_register(metrics, meter->verdicts, meter->n_failed + ARRAY_SIZE(OTHERS));
        if (r >= 0)
                r = metrics_register(metrics, meter->actions, METER_ACTIONS);
        if (r >= 0)
                r = metrics_register(metrics, &meter->inhibited, 1);
        meter->registered_with = metrics;
        return r;
}

static const char *field(const struct Told *told, const char *name) {
        for (size_t i = 0; i < told->n_fields; i++)
                if (text_equal(told->fields[i].name, name))
                        return told->fields[i].value;
        return "";
}

static void count_failed(struct WatchMeter *meter, const char *name) {
        enum Cause cause = CAUSE_NONE;

        (void) cause_from_name(name, &cause);
        for (size_t i = 0; i < meter->n_failed; i++)
                if (meter->causes[i] == cause)
                        meter->verdicts[i].value++;
}

void watch_meter_count(struct WatchMeter *meter, const struct Told *told) {
        if (told->type == EVENT_DEPLOYMENT_FAILED)
                count_failed(meter, field(told, "ECSWATCH_CAUSE"));
        for (size_t i = 0; i < ARRAY_SIZE(OTHERS); i++)
                if (told->type == OTHERS[i].type)
                        meter->verdicts[meter->n_failed + i].value++;
}

void watch_meter_action(struct WatchMeter *meter, enum ActionKind kind, enum ActionState state) {
        meter->in_turn[kind * METER_STATES + state]++;
}

void watch_meter_inhibited(struct WatchMeter *meter, size_t n) {
        meter->inhibited.value = (double) n;
}

void watch_meter_end_turn(struct WatchMeter *meter, bool recorded) {
        for (size_t i = 0; i < METER_ACTIONS; i++) {
                meter->actions[i].value += recorded ? meter->in_turn[i] : 0;
                meter->in_turn[i] = 0;
        }
}

void watch_meter_done(struct WatchMeter *meter) {
        if (!meter->registered_with)
                return;
        metrics_unregister(meter->registered_with, meter->verdicts);
        metrics_unregister(meter->registered_with, meter->actions);
        metrics_unregister(meter->registered_with, &meter->inhibited);
}
