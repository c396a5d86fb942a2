/* SPDX-License-Identifier: Apache-2.0 */
/* An event as JSON. Members stand in the order of docs/events.md; what is not known is absent. */
#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <string.h>

#include "base/macros.h"
#include "base/text.h"
#include "event/event.h"
#include "event/text.h"
#include "words/arn.h"

/* Names and ids are far shorter; a hostile one is cut, so that no event is lost to it. */
enum { TEXT_MAX = 1024, ENVELOPE_MAX = 8192 };
/* Digits that show two decimals as they were rounded: 7.17, not 7.1699999999999999. */
#define DUMP_FLAGS (JSON_COMPACT | JSON_REAL_PRECISION(15))

/* An object being filled; the first failure stays. */
struct Members {
        json_t *object;
        int r;
};

static void put(struct Members *members, const char *name, json_t *value) {
        if (json_object_set_new(members->object, name, value) < 0)
                members->r = -ENOMEM;
}

static void put_text(struct Members *members, const char *name, const char *text) {
        char clean[TEXT_MAX + 1];

        if (text_is_empty(text))
                return;
        event_text_clean(text, TEXT_MAX, clean, sizeof(clean));
        put(members, name, json_string(clean));
}

static void put_name(struct Members *members, const char *name, const char *arn) {
        put_text(members, name, arn_short_name(arn));
}

static void put_count(struct Members *members, const char *name, uint64_t count) {
        put(members, name, json_integer((json_int_t) MIN(count, (uint64_t) INT64_MAX)));
}

static void put_time(struct Members *members, const char *name, usec_t instant) {
        char text[TIME_TEXT_MAX];

        if (instant != USEC_UNKNOWN)
                put_text(members, name, time_format_rfc3339(instant, text));
}

/* JSON has no infinity; the ends of the range stand for it. */
static void put_rounded(struct Members *members, const char *name, double value, double parts) {
        if (isnan(value))
                return;
        put(members, name, json_real(round(fmax(fmin(value, 1e9), -1e9) * parts) / parts));
}

static void put_decimal(struct Members *members, const char *name, double value) {
        put_rounded(members, name, value, 100);
}

static void put_share(struct Members *members, const char *name, double value) {
        put_rounded(members, name, value, 10000);
}

static void put_part(struct Members *members, const char *name, const struct ArnPart *part) {
        char text[TEXT_MAX];

        put_text(members, name, arn_part_copy(part, text, sizeof(text)));
}

/* "account/region" where the source is no ARN. */
static void put_account(struct Members *members, const char *source) {
        const char *slash = source ? strchr(source, '/') : NULL;
        struct Arn arn;

        if (source && arn_parse(source, &arn)) {
                put_part(members, "account", &arn.account);
                put_part(members, "region", &arn.region);
        } else if (slash) {
                struct ArnPart account = {source, (size_t) (slash - source)};

                put_part(members, "account", &account);
                put_text(members, "region", slash + 1);
        }
}

static void put_rollout(struct Members *members, const struct Rollout *rollout) {
        put_text(members, "deployment", rollout->deployment);
        put_count(members, "rollout", rollout->ordinal);
        put_text(members, "kind", rollout_kind_name(rollout->kind));
        put_text(members, "by", rollback_by_name(rollout->by));
        put_time(members, "started_at", rollout->started_at);
        put_name(members, "task_definition", rollout->task_definition);
        put_name(members, "previous_task_definition", rollout->previous_task_definition);
        put_text(members, "service_deployment", rollout->service_deployment);
        put_text(members, "service_revision", rollout->service_revision);
}

/* Appends or sets what was filled; NULL after a failure, and the failure is passed on. */
static json_t *finish(struct Members *outer, struct Members *inner) {
        if (inner->r < 0) {
                outer->r = inner->r;
                json_decref(inner->object);
                return NULL;
        }
        return inner->object;
}

static void put_counts(struct Members *members, const struct VerdictCounts *counts) {
        struct Members inner = {json_object()};

        put_count(&inner, "desired", counts->desired);
        put_count(&inner, "running", counts->running);
        put_count(&inner, "pending", counts->pending);
        put_count(&inner, "attempts", counts->attempts);
        put_count(&inner, "failed", counts->failed);
        put_count(&inner, "alive", counts->alive);
        put_count(&inner, "survived", counts->survived);
        put_count(&inner, "neutral", counts->neutral);
        put(members, "counts", finish(members, &inner));
}

static void put_causes(struct Members *members, const struct Verdict *verdict) {
        json_t *causes = json_array();

        for (size_t i = 0; i < verdict->n_causes; i++) {
                struct Members inner = {json_object()};

                put_text(&inner, "cause", cause_name(verdict->causes[i].cause));
                put_count(&inner, "count", verdict->causes[i].count);
                if (json_array_append_new(causes, finish(members, &inner)) < 0)
                        members->r = -ENOMEM;
        }
        put(members, "causes", causes);
}

static void put_judge(struct Members *members, const struct RuleNumbers *numbers) {
        struct Members inner = {json_object()};

        put_text(&inner, "rule", rule_kind_name(numbers->rule));
        switch (numbers->rule) {
        case RULE_LIKELIHOOD:
                put_decimal(&inner, "score", numbers->score);
                put_decimal(&inner, "threshold", numbers->threshold);
                put(&inner, "sustained", json_boolean(numbers->sustained));
                if (numbers->learnt > 0) {
                        put_share(&inner, "tolerate", numbers->learnt);
                        put(&inner, "learnt", json_true());
                }
                break;
        case RULE_COUNT:
        case RULE_PERCENT:
                put_count(&inner, "failures", numbers->failures);
                put_count(&inner, "limit", numbers->limit);
                if (numbers->rule == RULE_PERCENT)
                        put_decimal(&inner, "percent", numbers->percent * 100);
                break;
        }
        put(members, "judge", finish(members, &inner));
}

/* Lines, a line feed between two, as an array. */
static json_t *lines_of(const char *text) {
        json_t *lines = json_array();

        while (lines && *text != '\0') {
                size_t size = strcspn(text, "\n");

                if (json_array_append_new(lines, json_stringn(text, size)) < 0) {
                        json_decref(lines);
                        return NULL;
                }
                text += size + (text[size] == '\n' ? 1 : 0);
        }
        return lines;
}

static void put_explanation(struct Members *members, const struct Verdict *verdict) {
        if (verdict->explanation[0] != '\0')
                put(members, "explanation", lines_of(verdict->explanation));
}

static bool is_doubted(enum VerdictKind kind) {
        return kind == VERDICT_FAILED || kind == VERDICT_STALLED || kind == VERDICT_REVERTED;
}

static void put_verdict(struct Members *members, const struct Verdict *verdict) {
        put_text(members, "verdict", verdict_kind_name(verdict->kind));
        put_text(members, "cause", cause_name(verdict->cause));
        if (verdict->vacuous)
                put(members, "vacuous", json_true());
        if (verdict->without_task_evidence)
                put(members, "without_task_evidence", json_true());
        put_counts(members, &verdict->counts);
        put_causes(members, verdict);
        put_judge(members, &verdict->numbers);
        if (is_doubted(verdict->kind))
                put_explanation(members, verdict);
}

static json_t *evidence_line(struct Members *outer, const struct EvidenceLine *line) {
        struct Members inner = {json_object()};

        put_count(&inner, "count", line->count);
        put_text(&inner, "task", line->task);
        put_text(&inner, "container_instance", line->container_instance);
        put_text(&inner, "availability_zone", line->availability_zone);
        put_text(&inner, "cause", cause_name(line->cause));
        put_text(&inner, "stop_code", line->stop_code);
        put_text(&inner, "stopped_reason", line->stopped_reason);
        put_text(&inner, "container", line->container);
        if (line->has_exit_code)
                put(&inner, "exit_code", json_integer((json_int_t) line->exit_code));
        put_text(&inner, "reason", line->reason);
        put_time(&inner, "at", line->at);
        if (line->log)
                put(&inner, "log", lines_of(line->log));
        return finish(outer, &inner);
}

static void put_evidence(struct Members *members, const struct Event *event, size_t n) {
        json_t *lines = json_array();

        for (size_t i = 0; i < n; i++)
                if (json_array_append_new(lines, evidence_line(members, event->evidence + i)) < 0)
                        members->r = -ENOMEM;
        put(members, "evidence", lines);
}

static void put_services(struct Members *members, const struct Event *event) {
        json_t *services = json_array();

        for (size_t i = 0; i < event->n_services; i++) {
                char clean[TEXT_MAX + 1];

                event_text_clean(event->services[i], TEXT_MAX, clean, sizeof(clean));
                if (json_array_append_new(services, json_string(clean)) < 0)
                        members->r = -ENOMEM;
        }
        put(members, "services", services);
}

static void put_action(struct Members *members, const struct EventAction *action) {
        struct Members inner = {json_object()};

        put_text(&inner, "action", action->action);
        put_text(&inner, "method", action->method);
        put_name(&inner, "to", action->to);
        put_text(&inner, "target", action->target);
        if (action->sets_desired)
                put(&inner, "desired", json_integer((json_int_t) action->desired));
        put_text(&inner, "state", action->state);
        put_text(&inner, "reason", action->reason);
        put_text(&inner, "deployment", action->deployment);
        put(members, "action", finish(members, &inner));
}

/* `data` with the first `n_evidence` lines; a new reference, or NULL out of memory. */
static json_t *event_data(const struct Event *event, size_t n_evidence) {
        struct Members members = {json_object()};
        char summary[EVENT_SUMMARY_MAX];

        put(&members, "version", json_integer(1));
        put_name(&members, "cluster", event->cluster_arn);
        put_text(&members, "cluster_arn", event->cluster_arn);
        put_text(&members, "service", event->service);
        put_account(&members, event->source);
        if (event->rollout)
                put_rollout(&members, event->rollout);
        if (event->type == EVENT_HOST_AT_RISK)
                put_text(&members, "container_instance", event->subject);
        if (event->n_services > 0)
                put_services(&members, event);
        if (event->policy) {
                put_text(&members, "policy", event->policy);
                put_text(&members, "mode", policy_mode_name(event->mode));
        }
        put_text(&members, "summary", event_summary(event, summary));
        if (event->verdict)
                put_verdict(&members, event->verdict);
        if (event->n_evidence > 0)
                put_evidence(&members, event, n_evidence);
        if (event->action)
                put_action(&members, event->action);

        if (members.r < 0) {
                json_decref(members.object);
                return NULL;
        }
        return members.object;
}

/* The most evidence with which `data` leaves room for the envelope. */
static int fitting_data(const struct Event *event, json_t **ret) {
        size_t n = MIN(event->n_evidence, (size_t) EVIDENCE_LINES_MAX);

        for (;;) {
                json_t *data = event_data(event, n);
                size_t size;

                if (!data)
                        return -ENOMEM;
                size = json_dumpb(data, NULL, 0, DUMP_FLAGS);
                if (size > 0 && size <= EVENT_JSON_MAX - ENVELOPE_MAX) {
                        *ret = data;
                        return 0;
                }
                json_decref(data);
                if (size == 0)
                        return -ENOMEM;
                if (n == 0)
                        return -E2BIG;
                n--;
        }
}

static int dump(const json_t *object, char **ret) {
        char *text = json_dumps(object, DUMP_FLAGS);

        if (!text)
                return -ENOMEM;
        *ret = text;
        return 0;
}

int event_numbers_json(const struct Verdict *verdict, char **ret) {
        _cleanup_(json_decrefp) json_t *object = json_object();
        struct Members members = {object};

        put_counts(&members, &verdict->counts);
        put_causes(&members, verdict);
        put_judge(&members, &verdict->numbers);
        put_explanation(&members, verdict);
        return members.r < 0 ? members.r : dump(object, ret);
}

int event_evidence_json(const struct EvidenceLine *lines, size_t n, char **ret) {
        const struct Event event = {.evidence = lines, .n_evidence = n};
        _cleanup_(json_decrefp) json_t *object = json_object();
        struct Members members = {object};

        put_evidence(&members, &event, n);
        return members.r < 0 ? members.r : dump(json_object_get(object, "evidence"), ret);
}

int event_log_json(const char *log, char **ret) {
        _cleanup_(json_decrefp) json_t *lines = lines_of(log);

        return lines ? dump(lines, ret) : -ENOMEM;
}

int event_data_json(const struct Event *event, char **ret) {
        _cleanup_(json_decrefp) json_t *data = NULL;
        int r;

        r = fitting_data(event, &data);
        if (r < 0)
                return r;

        return dump(data, ret);
}

int event_json(const struct Event *event, char **ret) {
        _cleanup_(json_decrefp) json_t *envelope = json_object();
        struct Members members = {envelope};
        char id[EVENT_ID_SIZE];
        json_t *data;
        int r;

        r = event_id(event, id);
        if (r < 0)
                return r;
        r = fitting_data(event, &data);
        if (r < 0)
                return r;

        put_text(&members, "specversion", "1.0");
        put_text(&members, "id", id);
        put_text(&members, "source", event->source);
        put_text(&members, "type", event_type_name(event->type));
        if (event->subject)
                put_text(&members, "subject", event->subject);
        else if (event->rollout)
                put_text(&members, "subject", event->rollout->deployment);
        put_time(&members, "time", event->time);
        put_text(&members, "datacontenttype", "application/json");
        put(&members, "data", data);
        return members.r < 0 ? members.r : dump(envelope, ret);
}
