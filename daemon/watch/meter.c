/* SPDX-License-Identifier: Apache-2.0 */
/* Events carry what is counted: nothing is told that is not counted, and nothing counted twice. */
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

static const struct {
        const char *state, *labels;
} STATES[METER_STATES] = {
        {"would", "action=\"rollback\",state=\"would\""},
        {"skipped", "action=\"rollback\",state=\"skipped\""},
        {"intended", "action=\"rollback\",state=\"intended\""},
        {"done", "action=\"rollback\",state=\"done\""},
        {"failed", "action=\"rollback\",state=\"failed\""},
        {"uncertain", "action=\"rollback\",state=\"uncertain\""},
};

int told_meter_register(struct ToldMeter *meter, struct Metrics *metrics) {
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
        for (size_t i = 0; i < ARRAY_SIZE(STATES); i++)
                meter->actions[i] = (struct Metric) {
                        "ecswatch_actions_total", STATES[i].labels,
                        "Actions by what was said of them: intended ones end as done, failed, skipped or uncertain.",
                        METRIC_COUNTER, 0};

        r = metrics_register(metrics, meter->verdicts, meter->n_failed + ARRAY_SIZE(OTHERS));
        if (r >= 0)
                r = metrics_register(metrics, meter->actions, METER_STATES);
        meter->registered_with = metrics;
        return r;
}

static const char *field(const struct Told *told, const char *name) {
        for (size_t i = 0; i < told->n_fields; i++)
                if (text_equal(told->fields[i].name, name))
                        return told->fields[i].value;
        return "";
}

static void count_failed(struct ToldMeter *meter, const char *name) {
        enum Cause cause = CAUSE_NONE;

        (void) cause_from_name(name, &cause);
        for (size_t i = 0; i < meter->n_failed; i++)
                if (meter->causes[i] == cause)
                        meter->verdicts[i].value++;
}

void told_meter_count(struct ToldMeter *meter, const struct Told *told) {
        const char *state = field(told, "ECSWATCH_ACTION_STATE");

        if (told->type == EVENT_DEPLOYMENT_FAILED)
                count_failed(meter, field(told, "ECSWATCH_CAUSE"));
        for (size_t i = 0; i < ARRAY_SIZE(OTHERS); i++)
                if (told->type == OTHERS[i].type)
                        meter->verdicts[meter->n_failed + i].value++;
        /* A deferred verdict says again what becomes of it; rollback.started says nothing new. */
        if (told->type == EVENT_ROLLBACK_STARTED)
                return;
        for (size_t i = 0; i < METER_STATES; i++)
                if (text_equal(STATES[i].state, state))
                        meter->actions[i].value++;
}

void told_meter_done(struct ToldMeter *meter) {
        if (!meter->registered_with)
                return;
        metrics_unregister(meter->registered_with, meter->verdicts);
        metrics_unregister(meter->registered_with, meter->actions);
}
