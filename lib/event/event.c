/* SPDX-License-Identifier: Apache-2.0 */
/* An event's id, its journal fields and its one line. */
#include "event/event.h"

#include <errno.h>
#include <openssl/evp.h>
#include <stdio.h>

#include "base/buffer.h"
#include "base/text.h"
#include "event/text.h"
#include "words/arn.h"

enum { ID_INPUT_MAX = 8192, FIELD_MAX = 2048 };

static int id_input(const struct Event *event, struct Buffer *ret) {
        const struct Rollout *rollout = event->rollout;
        int r;

        r = buffer_append_format(ret, "%s\n%s\n", text_or_empty(event->source),
                                 text_or_empty(rollout ? rollout->deployment : event->subject));
        if (r >= 0 && rollout)
                r = buffer_append_format(ret, "%llu", (unsigned long long) rollout->ordinal);
        if (r >= 0)
                r = buffer_append_format(ret, "\n%s\n", event_type_name(event->type));
        if (r >= 0 && event_type_repeats(event->type))
                r = buffer_append_format(ret, "%llu", (unsigned long long) event->counter);
        return r;
}

int event_id(const struct Event *event, char ret[EVENT_ID_SIZE]) {
        _cleanup_(buffer_done) struct Buffer input = {};
        unsigned char digest[EVP_MAX_MD_SIZE];
        unsigned int size;
        int r;

        buffer_init(&input, ID_INPUT_MAX);
        r = id_input(event, &input);
        if (r < 0)
                return r;

        if (!EVP_Digest(input.data, input.size, digest, &size, EVP_sha256(), NULL))
                return -ENOMEM;
        for (unsigned int i = 0; i < size; i++)
                snprintf(ret + (size_t) 2 * i, 3, "%02x", digest[i]);
        return 0;
}

const char *event_line(const struct Event *event, struct Arena *arena) {
        const char *cluster = arn_short_name(text_or_empty(event->cluster_arn));
        char summary[EVENT_SUMMARY_MAX];

        return arena_format(arena, "%s%s%s%s%s: %s", cluster,
                            cluster[0] && event->service ? "/" : "", text_or_empty(event->service),
                            cluster[0] || event->service ? " " : "",
                            event_type_short_name(event->type), event_summary(event, summary));
}

struct Fields {
        struct Arena *arena;
        struct EventField *fields;
        size_t n;
        int r;
};

/* What is not known has no field. */
static void add(struct Fields *fields, const char *name, const char *value) {
        char clean[FIELD_MAX];

        if (fields->r < 0 || text_is_empty(value))
                return;
        event_text_clean(value, sizeof(clean) - 1, clean, sizeof(clean));
        value = arena_copy(fields->arena, clean);
        if (value)
                fields->fields[fields->n++] = (struct EventField) {name, value};
        else
                fields->r = -ENOMEM;
}

static void add_rollout(struct Fields *fields, const struct Rollout *rollout) {
        add(fields, "ECS_DEPLOYMENT", rollout->deployment);
        add(fields, "ECS_TASK_DEFINITION", arn_short_name(rollout->task_definition));
}

static void add_verdict(struct Fields *fields, const struct Verdict *verdict) {
        add(fields, "ECSWATCH_VERDICT", verdict_kind_name(verdict->kind));
        add(fields, "ECSWATCH_CAUSE", cause_name(verdict->cause));
}

static void add_action(struct Fields *fields, const struct EventAction *action) {
        add(fields, "ECSWATCH_ACTION", action->action);
        add(fields, "ECSWATCH_ACTION_STATE", action->state);
}

int event_journal_fields(const struct Event *event, struct Arena *arena,
                         struct EventField ret[EVENT_FIELDS_MAX], size_t *ret_n) {
        struct Fields fields = {.arena = arena, .fields = ret};
        char id[EVENT_ID_SIZE], priority[2] = {};
        const char *line = event_line(event, arena);
        int r;

        r = event_id(event, id);
        if (r < 0)
                return r;
        if (!line)
                return -ENOMEM;

        priority[0] = (char) ('0' + event_type_priority(event->type));
        add(&fields, "MESSAGE", line);
        add(&fields, "MESSAGE_ID", event_type_message_id(event->type));
        add(&fields, "PRIORITY", priority);
        add(&fields, "ECSWATCH_EVENT", event_type_short_name(event->type));
        add(&fields, "ECSWATCH_EVENT_ID", id);
        add(&fields, "ECS_CLUSTER", arn_short_name(event->cluster_arn));
        add(&fields, "ECS_SERVICE", event->service);
        if (event->rollout)
                add_rollout(&fields, event->rollout);
        if (event->verdict)
                add_verdict(&fields, event->verdict);
        if (event->action)
                add_action(&fields, event->action);
        if (fields.r < 0)
                return fields.r;

        *ret_n = fields.n;
        return 0;
}
