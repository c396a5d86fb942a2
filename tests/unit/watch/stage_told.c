/* SPDX-License-Identifier: Apache-2.0 */
/* What left the stage's daemon: what it told, and what it sent. */
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "check_main.h"
#include "fakes.h"
#include "stage.h"

static const char *text_member(const json_t *object, const char *name) {
        return text_or_empty(json_string_value(json_object_get(object, name)));
}

static const char *first_log_line(const json_t *event) {
        const json_t *lines = json_object_get(json_object_get(event, "data"), "evidence"), *line;
        size_t i;

        json_array_foreach(lines, i, line) {
                const json_t *log = json_object_get(line, "log");

                if (log)
                        return text_or_empty(json_string_value(json_array_get(log, 0)));
        }
        return "";
}

void stage_note_delivery(struct Stage *stage, const char *body) {
        json_t *event = json_loads(body, 0, NULL);
        const json_t *action = json_object_get(json_object_get(event, "data"), "action");
        const char *id = text_member(event, "id");
        struct StageDelivery *d = NULL;

        ck_assert_ptr_nonnull(event);
        for (size_t i = 0; i < stage->n_deliveries; i++)
                if (text_equal(stage->deliveries[i].id, id))
                        d = stage->deliveries + i;
        if (!d) {
                ck_assert_uint_lt(stage->n_deliveries, STAGE_DELIVERIES_MAX);
                d = stage->deliveries + stage->n_deliveries++;
                snprintf(d->id, sizeof(d->id), "%s", id);
                snprintf(d->type, sizeof(d->type), "%s",
                         text_member(event, "type") + strlen("ecswatch."));
                snprintf(d->subject, sizeof(d->subject), "%s", text_member(event, "subject"));
                snprintf(d->state, sizeof(d->state), "%s", text_member(action, "state"));
                snprintf(d->log, sizeof(d->log), "%s", first_log_line(event));
        }
        d->count++;
        json_decref(event);
}

unsigned stage_told(const struct Stage *stage, const char *type, const char *service) {
        unsigned n = 0;

        for (size_t i = 0; i < stage->n_deliveries; i++) {
                const struct StageDelivery *d = stage->deliveries + i;

                for (size_t k = 0; k < STAGE_SERVICES; k++)
                        if (text_equal(stage->services[k].name, service) &&
                            text_equal(d->type, type) &&
                            d->subject[strcspn(d->subject, "0123456789")] == (char) ('1' + k))
                                n += d->count;
        }
        return n;
}

unsigned stage_count_told(const struct Stage *stage, const char *type) {
        unsigned n = 0;

        for (size_t i = 0; i < stage->n_deliveries; i++)
                n += text_equal(stage->deliveries[i].type, type);
        return n;
}

void stage_assert_told(const struct Stage *stage, const char *type, const char *service,
                       unsigned times) {
        unsigned told = stage_told(stage, type, service);

        ck_assert_msg(told == times, "%s of %s was told %u times instead of %u; sent '%s'\n%s",
                      type, service, told, times, stage->writes, stage_log());
}

void stage_assert_sent(const struct Stage *stage, const char *expected) {
        ck_assert_msg(text_equal(stage->writes, expected), "sent '%s' instead of '%s'\n%s",
                      stage->writes, expected, stage_log());
}

void stage_run_until_told(struct Stage *stage, const char *type, const char *service) {
        for (unsigned i = 0; i < 100 && stage_told(stage, type, service) == 0; i++)
                stage_tick(stage);
        stage_assert_told(stage, type, service, 1);
}
