/* SPDX-License-Identifier: Apache-2.0 */
/* A member that is not known is left out: readers need not tell null from absent. */
#include "daemon/api/answers.h"

#include <errno.h>
#include <jansson.h>

#include "base/text.h"
#include "daemon/clock.h"
#include "daemon/ledger/actions.h"
#include "daemon/ledger/cases.h"
#include "daemon/ledger/events.h"
#include "daemon/ledger/holds.h"
#include "daemon/ledger/outbox.h"
#include "daemon/ledger/rollouts.h"
#include "event/event.h"

enum { HISTORY_BYTES_MAX = 64 << 20, HOLDS_BYTES_MAX = 1 << 20, CASE_BYTES_MAX = 64 << 20 };

static void json_freep(json_t **json) {
        json_decref(*json);
}
#define _cleanup_json_ _cleanup_(json_freep)

static void add_text(json_t *object, const char *key, const char *text) {
        if (!text_is_empty(text))
                json_object_set_new(object, key, json_string(text));
}

static void add_time(json_t *object, const char *key, usec_t instant) {
        char text[TIME_TEXT_MAX];

        if (instant != USEC_UNKNOWN)
                add_text(object, key, time_format_rfc3339(instant, text));
}

static void add_number(json_t *object, const char *key, uint64_t number) {
        json_object_set_new(object, key, json_integer((json_int_t) number));
}

static int write_json(const json_t *json, struct Buffer *buffer) {
        char *text = json_dumps(json, JSON_COMPACT);
        int r;

        if (!text)
                return -ENOMEM;
        r = buffer_append_text(buffer, text);
        free(text);
        return r;
}

static void rollout_add(json_t *object, const struct Rollout *rollout) {
        add_text(object, "deployment", rollout->deployment);
        add_number(object, "rollout", rollout->ordinal);
        add_text(object, "kind", rollout_kind_name(rollout->kind));
        add_text(object, "by", rollback_by_name(rollout->by));
        add_text(object, "task_definition", rollout->task_definition);
        add_text(object, "previous_task_definition", rollout->previous_task_definition);
        add_text(object, "service_revision", rollout->service_revision);
        add_text(object, "service_deployment", rollout->service_deployment);
        add_time(object, "started_at", rollout->started_at);
        json_object_set_new(object, "before_watch", json_boolean(rollout->before_watch));
}

/* counts, causes and judge, as in events. Written by us; should an older program's not parse, the
 * rest is told without. */
static int numbers_add(json_t *object, const char *text) {
        _cleanup_json_ json_t *numbers = text ? json_loads(text, 0, NULL) : NULL;

        return json_is_object(numbers) && json_object_update_missing(object, numbers) < 0 ? -ENOMEM
                                                                                          : 0;
}

static json_t *verdict_json(const struct Verdict *verdict) {
        json_t *object = json_object();
        char *numbers;

        add_text(object, "verdict", verdict_kind_name(verdict->kind));
        add_text(object, "cause", cause_name(verdict->cause));
        add_text(object, "summary", verdict->summary);
        add_time(object, "since", verdict->since);
        if (event_numbers_json(verdict, &numbers) >= 0) {
                (void) numbers_add(object, numbers);
                free(numbers);
        }
        return object;
}

static json_t *recorded_verdict_json(const struct RolloutRecord *record) {
        json_t *object = json_object();

        add_text(object, "verdict", verdict_kind_name(record->verdict));
        add_text(object, "cause", cause_name(record->cause));
        add_text(object, "summary", record->summary);
        add_time(object, "since", record->verdict_at);
        (void) numbers_add(object, record->numbers);
        return object;
}

static json_t *service_json(const struct ApiService *service) {
        json_t *object = json_object(), *rollout;

        add_text(object, "cluster", service->cluster);
        add_text(object, "cluster_arn", service->cluster_arn);
        add_text(object, "service", service->service);
        add_text(object, "service_arn", service->service_arn);
        add_text(object, "account", service->account);
        add_text(object, "region", service->region);
        add_text(object, "state", service->state);
        add_text(object, "problem", service->problem);
        add_text(object, "waits", service->waits);
        add_text(object, "inhibited", service->inhibited);
        add_text(object, "policy", service->policy);
        add_text(object, "mode", policy_mode_name(service->mode));
        add_text(object, "last_good", service->last_good);
        add_time(object, "observed_at", service->observed_at);
        add_time(object, "next_look_at", service->next_look_at);
        if (service->rollout) {
                rollout = json_object();
                rollout_add(rollout, service->rollout);
                json_object_set_new(object, "rollout", rollout);
        }
        if (service->verdict)
                json_object_set_new(object, "verdict", verdict_json(service->verdict));
        else if (service->record && service->record->summary)
                json_object_set_new(object, "verdict", recorded_verdict_json(service->record));
        return object;
}

static json_t *hold_json(const struct Hold *hold) {
        json_t *object = json_object();

        add_text(object, "cluster", hold->cluster);
        add_text(object, "service", hold->service);
        add_text(object, "reason", hold->reason);
        add_text(object, "author", hold->author);
        add_time(object, "since", hold->since);
        add_time(object, "until", hold->until);
        return object;
}

int answer_holds(struct Ledger *ledger, struct Buffer *buffer) {
        _cleanup_(arena_freep) struct Arena *arena = arena_new(HOLDS_BYTES_MAX);
        _cleanup_json_ json_t *answer = json_object();
        json_t *list = json_array();
        struct Hold *holds;
        size_t n = 0;
        int r = -ENOMEM;

        if (json_object_set_new(answer, "holds", list) >= 0 && arena)
                r = ledger_load_holds(ledger, clock_realtime(), arena, &holds, &n);
        for (size_t i = 0; i < n && r >= 0; i++)
                json_array_append_new(list, hold_json(holds + i));
        return r < 0 ? r : write_json(answer, buffer);
}

int answer_hold(const struct Hold *hold, size_t n_services, struct Buffer *buffer) {
        _cleanup_json_ json_t *answer = hold_json(hold);

        add_number(answer, "services", n_services);
        return write_json(answer, buffer);
}

struct ServicesVisit {
        const struct ServicesQuery *query;
        struct Hold *holds;
        size_t n_holds;
        usec_t now;
        json_t *services;
};

/* What holds it is said with the service. */
static json_t *visited_json(const struct ServicesVisit *visit, const struct ApiService *service) {
        const struct Hold *hold = hold_find(visit->holds, visit->n_holds, service->cluster,
                                            service->service, visit->now);
        json_t *object = service_json(service);

        if (hold)
                json_object_set_new(object, "hold", hold_json(hold));
        return object;
}

static int on_service(void *userdata, const struct ApiService *service) {
        struct ServicesVisit *visit = userdata;
        const struct ServicesQuery *query = visit->query;

        if ((query->cluster && !text_equal(query->cluster, service->cluster)) ||
            (query->service && !text_equal(query->service, service->service)))
                return 0;
        return json_array_append_new(visit->services, visited_json(visit, service)) < 0 ? -ENOMEM
                                                                                        : 0;
}

/* Appends them to the array. */
static int services_add(struct Ledger *ledger, const struct ApiSource *source,
                        const struct ServicesQuery *query, json_t *services) {
        _cleanup_(arena_freep) struct Arena *arena = arena_new(HOLDS_BYTES_MAX);
        struct ServicesVisit visit = {.query = query,
                                      .now = clock_realtime(),
                                      .services = services};
        int r;

        r = arena ? ledger_load_holds(ledger, visit.now, arena, &visit.holds, &visit.n_holds)
                  : -ENOMEM;
        return r < 0 ? r : source->visit_services(source->userdata, on_service, &visit);
}

int answer_services(struct Ledger *ledger, const struct ApiSource *source, const char *version,
                    const struct ServicesQuery *query, struct Buffer *buffer) {
        _cleanup_json_ json_t *answer = json_object();
        json_t *services = json_array();
        int r;

        add_text(answer, "version", version);
        if (json_object_set_new(answer, "services", services) < 0)
                return -ENOMEM;
        r = services_add(ledger, source, query, services);
        return r < 0 ? r : write_json(answer, buffer);
}

static json_t *action_json(const struct ActionRecord *action) {
        json_t *object = json_object();

        add_text(object, "action", action_kind_name(action->kind));
        if (action->kind == ACTION_ROLLBACK)
                add_text(object, "method", rollback_method_name(action->method));
        add_text(object, action->kind == ACTION_ROLLBACK ? "to" : "target", action->target);
        if (action->amount > 0)
                json_object_set_new(object, "desired", json_integer((json_int_t) action->amount));
        add_text(object, "state", action_state_name(action->state));
        add_text(object, "reason", action->reason);
        add_time(object, "intended_at", action->intended_at);
        add_time(object, "finished_at", action->finished_at);
        add_text(object, "deployment", action->resulting_deployment);
        return object;
}

static int actions_add(json_t *object, struct Ledger *ledger, struct Arena *arena,
                       int64_t rollout_id) {
        const struct ActionQuery query = {.rollout_id = rollout_id};
        struct ActionRecord *actions;
        json_t *array = json_array();
        size_t n;
        int r;

        if (json_object_set_new(object, "actions", array) < 0)
                return -ENOMEM;
        r = ledger_load_actions(ledger, &query, arena, &actions, &n);
        for (size_t i = 0; i < n && r >= 0; i++)
                r = json_array_append_new(array, action_json(&actions[i])) < 0 ? -ENOMEM : 0;
        return r;
}

/* Of a failed one, what its container wrote last. */
static int last_words_add(json_t *object, const struct RolloutRecord *record) {
        json_t *words = json_object();
        char *text = NULL;
        int r;

        if (json_object_set_new(object, "last_words", words) < 0)
                return -ENOMEM;
        add_text(words, "task", record->log_task);
        add_text(words, "container", record->log_container);
        r = event_log_json(record->log, &text);
        if (r >= 0)
                json_object_set_new(words, "log", json_loads(text, 0, NULL));
        free(text);
        return r;
}

static int record_json(struct Ledger *ledger, struct Arena *arena,
                       const struct RolloutRecord *record, json_t *object) {
        add_text(object, "cluster", record->cluster);
        add_text(object, "service", record->service);
        add_text(object, "service_arn", record->rollout.service_arn);
        rollout_add(object, &record->rollout);
        add_text(object, "policy", record->policy);
        add_text(object, "mode", policy_mode_name(record->mode));
        add_text(object, "approved_by", record->approved_by);
        add_text(object, "verdict", verdict_kind_name(record->verdict));
        add_text(object, "cause", cause_name(record->cause));
        add_text(object, "summary", record->summary);
        add_time(object, "verdict_at", record->verdict_at);
        if (numbers_add(object, record->numbers) < 0)
                return -ENOMEM;
        if (record->log && last_words_add(object, record) < 0)
                return -ENOMEM;
        add_time(object, "ended_at", record->ended_at);
        add_time(object, "last_good_at", record->last_good_at);
        add_time(object, "recovered_at", record->recovered_at);
        return actions_add(object, ledger, arena, record->id);
}

int answer_deployments(struct Ledger *ledger, const struct RolloutQuery *query,
                       struct Buffer *buffer) {
        _cleanup_(arena_freep) struct Arena *arena = arena_new(HISTORY_BYTES_MAX);
        _cleanup_json_ json_t *answer = json_object();
        struct RolloutRecord *records;
        json_t *array = json_array(), *object;
        size_t n;
        int r;

        if (json_object_set_new(answer, "deployments", array) < 0 || !arena)
                return -ENOMEM;
        r = ledger_load_rollouts(ledger, query, arena, &records, &n);
        for (size_t i = 0; i < n && r >= 0; i++) {
                object = json_object();
                if (json_array_append_new(array, object) < 0)
                        return -ENOMEM;
                r = record_json(ledger, arena, &records[i], object);
        }
        return r < 0 ? r : write_json(answer, buffer);
}

static int add_story_events(json_t *story, struct Ledger *ledger, struct Arena *arena,
                            const struct Rollout *rollout) {
        json_t *array = json_array(), *body;
        struct EventRecord *events;
        size_t n;
        int r;

        if (json_object_set_new(story, "events", array) < 0)
                return -ENOMEM;
        r = ledger_load_story(ledger, rollout->service_arn, rollout->deployment, arena, &events,
                              &n);
        for (size_t i = 0; i < n && r >= 0; i++) {
                body = json_loads(text_or_empty(events[i].body), 0, NULL);
                if (body && json_array_append_new(array, body) < 0)
                        r = -ENOMEM;
        }
        return r;
}

/* Of what is still being judged; what is over has its evidence in its events. */
static int add_story_evidence(json_t *story, const struct ApiSource *source,
                              const struct RolloutRecord *record) {
        struct EvidenceLine *lines = calloc(EVIDENCE_LINES_MAX, sizeof(*lines));
        char *text = NULL;
        size_t n;
        int r;

        if (!lines)
                return -ENOMEM;
        n = source->evidence(source->userdata, record->cluster, record->service, lines);
        r = event_evidence_json(lines, n, &text);
        free(lines);
        if (r < 0)
                return r;
        r = json_object_set_new(story, "evidence", json_loads(text, 0, NULL));
        free(text);
        return r < 0 ? -ENOMEM : 0;
}

static int add_story_service(json_t *story, struct Ledger *ledger, const struct ApiSource *source,
                             const struct RolloutRecord *record) {
        const struct ServicesQuery query = {record->cluster, record->service};
        _cleanup_json_ json_t *services = json_array();
        const json_t *service, *rollout;
        int r;

        r = services_add(ledger, source, &query, services);
        service = json_array_get(services, 0);
        rollout = json_object_get(service, "rollout");
        if (r >= 0 && service && json_object_set(story, "service", (json_t *) service) < 0)
                r = -ENOMEM;
        if (r >= 0 &&
            text_equal(json_string_value(json_object_get(rollout, "deployment")),
                       record->rollout.deployment) &&
            json_integer_value(json_object_get(rollout, "rollout")) ==
                    (json_int_t) record->rollout.ordinal)
                r = add_story_evidence(story, source, record);
        return r;
}

int answer_story(struct Ledger *ledger, const struct ApiSource *source,
                 const struct RolloutQuery *query, struct Buffer *buffer) {
        _cleanup_(arena_freep) struct Arena *arena = arena_new(HISTORY_BYTES_MAX);
        _cleanup_json_ json_t *story = json_object();
        json_t *object = json_object();
        struct RolloutRecord *records;
        size_t n;
        int r;

        if (json_object_set_new(story, "deployment", object) < 0 || !arena)
                return -ENOMEM;
        r = ledger_load_rollouts(ledger, query, arena, &records, &n);
        if (r < 0 || n == 0)
                return r;
        r = record_json(ledger, arena, records, object);
        if (r >= 0)
                r = add_story_events(story, ledger, arena, &records->rollout);
        if (r >= 0)
                r = add_story_service(story, ledger, source, records);
        if (r >= 0)
                r = write_json(story, buffer);
        return r < 0 ? r : 1;
}

int answer_case(struct Ledger *ledger, const struct RolloutQuery *query, struct Buffer *buffer) {
        _cleanup_(arena_freep) struct Arena *arena = arena_new(CASE_BYTES_MAX);
        struct RolloutRecord *records;
        const char *body = NULL;
        size_t n;
        int r;

        if (!arena)
                return -ENOMEM;
        r = ledger_load_rollouts(ledger, query, arena, &records, &n);
        if (r < 0 || n == 0)
                return r;
        r = ledger_find_case(ledger, records->id, arena, &body);
        if (r != LEDGER_FOUND)
                return MIN(r, 0);
        r = buffer_append_text(buffer, body);
        return r < 0 ? r : 1;
}

int answer_problem(unsigned status, const char *title, const char *detail, struct Buffer *buffer) {
        _cleanup_json_ json_t *problem = json_object();

        add_text(problem, "type", "about:blank");
        add_text(problem, "title", title);
        add_number(problem, "status", status);
        add_text(problem, "detail", detail);
        return write_json(problem, buffer);
}
