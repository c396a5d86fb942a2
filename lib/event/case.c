/* SPDX-License-Identifier: Apache-2.0 */
/* A table of members for each struct; one walk writes them, one reads them. */
#include "event/case.h"

#include <errno.h>
#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/macros.h"
#include "base/text.h"
#include "event/event.h"

enum { VERSION = 1 };
#define DUMP_FLAGS (JSON_COMPACT | JSON_REAL_PRECISION(17)) /* as many digits as a double has */

enum MemberKind {
        MEMBER_TEXT,  /* const char *; absent: NULL */
        MEMBER_WHOLE, /* int64_t or uint64_t: counts, instants, durations; 0 is left out */
        MEMBER_SMALL, /* unsigned; 0 is left out */
        MEMBER_REAL,
        MEMBER_FLAG, /* false is left out */
        MEMBER_WORD, /* an enum of `n_names` */
};

struct Member {
        const char *name;
        enum MemberKind kind;
        size_t offset;
        const char *(*name_of)(unsigned value);
        unsigned n_names;
};

static const char *health_of(unsigned value) {
        return health_status_name((enum HealthStatus) value);
}

static const char *state_of(unsigned value) {
        return rollout_state_name((enum RolloutState) value);
}

static const char *rule_of(unsigned value) {
        return rule_kind_name((enum RuleKind) value);
}

static const char *kind_of(unsigned value) {
        return rollout_kind_name((enum RolloutKind) value);
}

static const char *by_of(unsigned value) {
        return rollback_by_name((enum RollbackBy) value);
}

#define AT(member) offsetof(struct Rollout, member)
static const struct Member ROLLOUT[] = {
        {"service_arn", MEMBER_TEXT, AT(service_arn)},
        {"service_created_at", MEMBER_WHOLE, AT(service_created_at)},
        {"deployment", MEMBER_TEXT, AT(deployment)},
        {"rollout", MEMBER_WHOLE, AT(ordinal)},
        {"kind", MEMBER_WORD, AT(kind), kind_of, ROLLOUT_ROLLBACK + 1},
        {"by", MEMBER_WORD, AT(by), by_of, BY_OTHER + 1},
        {"task_definition", MEMBER_TEXT, AT(task_definition)},
        {"previous_task_definition", MEMBER_TEXT, AT(previous_task_definition)},
        {"started_at", MEMBER_WHOLE, AT(started_at)},
};
#undef AT

#define AT(member) offsetof(struct JudgeRule, member)
static const struct Member RULE[] = {
        {"rule", MEMBER_WORD, AT(rule), rule_of, RULE_PERCENT + 1},
        {"tolerate", MEMBER_REAL, AT(tolerate)},
        {"confidence", MEMBER_REAL, AT(confidence)},
        {"failures", MEMBER_SMALL, AT(failures)},
        {"percent", MEMBER_REAL, AT(percent)},
        {"sustain", MEMBER_WHOLE, AT(sustain)},
        {"settle", MEMBER_WHOLE, AT(settle)},
        {"survive_after", MEMBER_WHOLE, AT(survive_after)},
        {"placement_grace", MEMBER_WHOLE, AT(placement_grace)},
        {"stall_after", MEMBER_WHOLE, AT(stall_after)},
        {"watch_after_success", MEMBER_WHOLE, AT(watch_after_success)},
        {"act_within", MEMBER_WHOLE, AT(act_within)},
        {"native_grace", MEMBER_WHOLE, AT(native_grace)},
        {"learn", MEMBER_FLAG, AT(learn)},
        {"learnt", MEMBER_REAL, AT(learnt)},
};
#undef AT

#define AT(member) offsetof(struct CaseAttempt, member)
static const struct Member ATTEMPT[] = {
        {"task", MEMBER_TEXT, AT(row.task_arn)},
        {"task_definition", MEMBER_TEXT, AT(row.task_definition)},
        {"last_status", MEMBER_TEXT, AT(row.last_status)},
        {"desired_status", MEMBER_TEXT, AT(row.desired_status)},
        {"stop_code", MEMBER_TEXT, AT(row.stop_code)},
        {"stopped_reason", MEMBER_TEXT, AT(row.stopped_reason)},
        {"health_status", MEMBER_WORD, AT(row.health_status), health_of, HEALTH_UNHEALTHY + 1},
        {"container", MEMBER_TEXT, AT(row.container)},
        {"reason", MEMBER_TEXT, AT(row.container_reason)},
        {"exited", MEMBER_FLAG, AT(row.has_exit_code)},
        {"exit_code", MEMBER_WHOLE, AT(row.exit_code)},
        {"container_instance", MEMBER_TEXT, AT(row.container_instance_arn)},
        {"availability_zone", MEMBER_TEXT, AT(row.availability_zone)},
        {"created_at", MEMBER_WHOLE, AT(row.created_at)},
        {"started_at", MEMBER_WHOLE, AT(row.started_at)},
        {"stopping_at", MEMBER_WHOLE, AT(row.stopping_at)},
        {"stopped_at", MEMBER_WHOLE, AT(row.stopped_at)},
        {"healthy_at", MEMBER_WHOLE, AT(row.healthy_at)},
        {"last_alive_at", MEMBER_WHOLE, AT(row.last_alive_at)},
        {"has_container_health_check", MEMBER_FLAG, AT(row.has_container_health_check)},
        {"alike", MEMBER_WHOLE, AT(row.n_alike)},
        {"alike_until", MEMBER_WHOLE, AT(row.alike_until)},
        {"vanished", MEMBER_FLAG, AT(vanished)},
};
#undef AT

#define AT(member) offsetof(struct SignalRow, member)
static const struct Member SIGNAL[] = {
        {"id", MEMBER_TEXT, AT(event_id)},
        {"message", MEMBER_TEXT, AT(message)},
        {"created_at", MEMBER_WHOLE, AT(created_at)},
};
#undef AT

#define AT(member) offsetof(struct CaseCounts, member)
static const struct Member COUNTS[] = {
        {"known", MEMBER_FLAG, AT(known)},
        {"at", MEMBER_WHOLE, AT(last.at)},
        {"service_desired", MEMBER_WHOLE, AT(last.service_desired)},
        {"service_running", MEMBER_WHOLE, AT(last.service_running)},
        {"desired", MEMBER_WHOLE, AT(last.desired)},
        {"running", MEMBER_WHOLE, AT(last.running)},
        {"pending", MEMBER_WHOLE, AT(last.pending)},
        {"failed_tasks", MEMBER_WHOLE, AT(last.failed_tasks)},
        {"is_primary", MEMBER_FLAG, AT(last.is_primary)},
        {"rollout_state", MEMBER_WORD, AT(last.rollout_state), state_of, ROLLOUT_FAILED + 1},
        {"rollout_state_reason", MEMBER_TEXT, AT(last.rollout_state_reason)},
        {"primary_in_a_row", MEMBER_WHOLE, AT(primary_in_a_row)},
        {"primary_at", MEMBER_WHOLE, AT(primary_at)},
        {"not_primary_at", MEMBER_WHOLE, AT(not_primary_at)},
        {"native_failed_at", MEMBER_WHOLE, AT(native_failed_at)},
        {"enough_since", MEMBER_WHOLE, AT(enough_since)},
        {"completed_since", MEMBER_WHOLE, AT(completed_since)},
        {"progress_at", MEMBER_WHOLE, AT(progress_at)},
};
#undef AT

#define AT(member) offsetof(struct CaseLook, member)
static const struct Member LOOK[] = {
        {"known", MEMBER_FLAG, AT(known)},
        {"complete", MEMBER_FLAG, AT(complete)},
        {"denied", MEMBER_FLAG, AT(denied)},
        {"asked_at", MEMBER_WHOLE, AT(asked_at)},
        {"answered_at", MEMBER_WHOLE, AT(answered_at)},
};
#undef AT

#define AT(member) offsetof(struct Case, member)
static const struct Member EVIDENCE[] = {
        {"has_load_balancer", MEMBER_FLAG, AT(has_load_balancer)},
        {"early_success", MEMBER_FLAG, AT(early_success)},
        {"has_container_health_check", MEMBER_FLAG, AT(has_container_health_check)},
        {"health_check_grace_period", MEMBER_WHOLE, AT(grace)},
        {"reset_at", MEMBER_WHOLE, AT(reset_at)},
        {"forgotten_until", MEMBER_WHOLE, AT(forgotten_until)},
};
#undef AT

/* ---- writing ---- */

static json_t *value_of(const struct Member *member, const void *from) {
        const char *at = (const char *) from + member->offset;

        switch (member->kind) {
        case MEMBER_TEXT:
                return *(const char *const *) at ? json_string(*(const char *const *) at) : NULL;
        case MEMBER_WHOLE:
                return *(const int64_t *) at ? json_integer(*(const int64_t *) at) : NULL;
        case MEMBER_SMALL:
                return *(const unsigned *) at ? json_integer(*(const unsigned *) at) : NULL;
        case MEMBER_REAL: return json_real(*(const double *) at);
        case MEMBER_FLAG: return *(const bool *) at ? json_true() : NULL;
        case MEMBER_WORD: return json_string(member->name_of(*(const unsigned *) at));
        }
        return NULL;
}

/* A text that is no UTF-8 is left out; nothing that came through JSON is one. */
static json_t *object_of(const struct Member *members, size_t n, const void *from) {
        json_t *object = json_object();

        for (size_t i = 0; object && i < n; i++) {
                json_t *value = value_of(members + i, from);

                if (value)
                        json_object_set_new(object, members[i].name, value);
        }
        return object;
}

#define OBJECT_OF(members, from) object_of(members, ARRAY_SIZE(members), from)

static json_t *array_of(const struct Member *members, size_t n, const void *from, size_t size,
                        size_t count) {
        json_t *array = json_array();

        for (size_t i = 0; array && i < count; i++)
                json_array_append_new(array, object_of(members, n, (const char *) from + i * size));
        return array;
}

static json_t *evidence_of(const struct Case *of) {
        json_t *evidence = OBJECT_OF(EVIDENCE, of);

        json_object_set_new(evidence, "attempts",
                            array_of(ATTEMPT, ARRAY_SIZE(ATTEMPT), of->attempts,
                                     sizeof(of->attempts[0]), of->n_attempts));
        json_object_set_new(evidence, "events",
                            array_of(SIGNAL, ARRAY_SIZE(SIGNAL), of->signals,
                                     sizeof(of->signals[0]), of->n_signals));
        json_object_set_new(evidence, "counts", OBJECT_OF(COUNTS, &of->counts));
        json_object_set_new(evidence, "stopped", OBJECT_OF(LOOK, &of->stopped));
        json_object_set_new(evidence, "running", OBJECT_OF(LOOK, &of->running));
        return evidence;
}

static json_t *verdict_of(const struct Verdict *verdict) {
        json_t *object = json_object();
        _cleanup_(json_decrefp) json_t *numbers = NULL;
        char *text = NULL;

        if (event_numbers_json(verdict, &text) < 0) {
                json_decref(object);
                return NULL;
        }
        numbers = json_loads(text, 0, NULL);
        free(text);
        json_object_set_new(object, "verdict", json_string(verdict_kind_name(verdict->kind)));
        if (verdict->cause != CAUSE_NONE)
                json_object_set_new(object, "cause", json_string(cause_name(verdict->cause)));
        json_object_set_new(object, "summary", json_string(verdict->summary));
        json_object_set_new(object, "since", json_integer((json_int_t) verdict->since));
        json_object_update(object, numbers);
        /* The event's is rounded. */
        json_object_set_new(object, "score", json_real(verdict->numbers.score));
        return object;
}

static int dump(const json_t *json, char **ret) {
        *ret = json_dumps(json, DUMP_FLAGS | JSON_SORT_KEYS);
        return *ret ? 0 : -ENOMEM;
}

int case_verdict_json(const struct Verdict *verdict, char **ret) {
        _cleanup_(json_decrefp) json_t *object = verdict_of(verdict);

        return dump(object, ret);
}

int case_json(const struct Case *of, const struct Verdict *verdict, char **ret) {
        _cleanup_(json_decrefp) json_t *object = json_object();

        json_object_set_new(object, "version", json_integer(VERSION));
        json_object_set_new(object, "rollout", OBJECT_OF(ROLLOUT, &of->rollout));
        json_object_set_new(object, "at", json_integer((json_int_t) of->at));
        json_object_set_new(object, "rule", OBJECT_OF(RULE, &of->rule));
        json_object_set_new(object, "evidence", evidence_of(of));
        if (json_object_set_new(object, "verdict", verdict_of(verdict)) < 0)
                return -ENOMEM;
        *ret = json_dumps(object, DUMP_FLAGS);
        return *ret ? 0 : -ENOMEM;
}

/* ---- reading ---- */

struct Reading {
        struct Arena *arena;
        char *problem; /* "" while there is none */
        int r;
};

static void _printf_(2, 3) refuse(struct Reading *reading, const char *format, ...) {
        va_list arguments;

        if (reading->r < 0)
                return;
        reading->r = -EINVAL;
        va_start(arguments, format);
        vsnprintf(reading->problem, CASE_PROBLEM_MAX, format, arguments);
        va_end(arguments);
}

static bool read_word(const struct Member *member, const char *text, unsigned *ret) {
        for (unsigned i = 0; i < member->n_names; i++)
                if (text_equal(member->name_of(i), text)) {
                        *ret = i;
                        return true;
                }
        return false;
}

static void read_value(struct Reading *reading, const struct Member *member, const json_t *value,
                       void *to) {
        char *at = (char *) to + member->offset;
        bool fits = true;

        switch (member->kind) {
        case MEMBER_TEXT:
                fits = json_is_string(value);
                *(const char **) at = arena_copy(reading->arena, json_string_value(value));
                if (fits && !*(const char **) at)
                        reading->r = -ENOMEM;
                break;
        case MEMBER_WHOLE:
                fits = json_is_integer(value);
                *(int64_t *) at = json_integer_value(value);
                break;
        case MEMBER_SMALL:
                fits = json_is_integer(value) && json_integer_value(value) >= 0 &&
                       json_integer_value(value) <= INT32_MAX;
                *(unsigned *) at = fits ? (unsigned) json_integer_value(value) : 0;
                break;
        case MEMBER_REAL:
                fits = json_is_number(value);
                *(double *) at = json_number_value(value);
                break;
        case MEMBER_FLAG:
                fits = json_is_boolean(value);
                *(bool *) at = json_is_true(value);
                break;
        case MEMBER_WORD:
                fits = json_is_string(value) &&
                       read_word(member, json_string_value(value), (unsigned *) at);
                break;
        }
        if (!fits)
                refuse(reading, "\"%s\" is not what it should be", member->name);
}

static void read_members(struct Reading *reading, const char *what, const json_t *object,
                         const struct Member *members, size_t n, void *to) {
        if (!json_is_object(object)) {
                refuse(reading, "there is no \"%s\"", what);
                return;
        }
        for (size_t i = 0; i < n && reading->r >= 0; i++) {
                const json_t *value = json_object_get(object, members[i].name);

                if (value)
                        read_value(reading, members + i, value, to);
        }
}

#define READ_MEMBERS(reading, parent, what, members, to) \
        read_members(reading, what, json_object_get(parent, what), members, ARRAY_SIZE(members), to)

/* The rows of the array, each `size` bytes; NULL after a failure. */
static void *read_array(struct Reading *reading, const json_t *parent, const char *what,
                        const struct Member *members, size_t n, size_t size, size_t *ret_count) {
        const json_t *array = json_object_get(parent, what), *row;
        char *rows;
        size_t i;

        if (!json_is_array(array)) {
                refuse(reading, "there is no \"%s\"", what);
                return NULL;
        }
        rows = arena_alloc_array(reading->arena, json_array_size(array), size);
        if (!rows)
                reading->r = -ENOMEM;
        json_array_foreach(array, i, row) if (reading->r >= 0)
                read_members(reading, what, row, members, n, rows + i * size);
        *ret_count = json_array_size(array);
        return rows;
}

/* What nothing can be judged without. */
static void check(struct Reading *reading, const struct Case *of) {
        if (!of->rollout.deployment || of->at == USEC_UNKNOWN)
                refuse(reading, "it does not say which deployment was judged, and when");
        if (!(of->rule.tolerate > 0 && of->rule.tolerate < 1 && of->rule.confidence > 0 &&
              of->rule.confidence < 1 && of->rule.learnt >= 0 && of->rule.learnt < 1))
                refuse(reading, "its rule has shares that are none");
        for (size_t i = 0; i < of->n_attempts; i++)
                if (!of->attempts[i].row.task_arn)
                        refuse(reading, "an attempt has no task");
        for (size_t i = 0; i < of->n_signals; i++)
                if (!of->signals[i].event_id || !of->signals[i].message)
                        refuse(reading, "an event has no id or no message");
}

static void read_case(struct Reading *reading, const json_t *root, struct Case *ret) {
        const json_t *evidence = json_object_get(root, "evidence");
        const json_t *verdict = json_object_get(root, "verdict");
        char *text = NULL;

        READ_MEMBERS(reading, root, "rollout", ROLLOUT, &ret->rollout);
        ret->at = (usec_t) json_integer_value(json_object_get(root, "at"));
        READ_MEMBERS(reading, root, "rule", RULE, &ret->rule);
        READ_MEMBERS(reading, root, "evidence", EVIDENCE, ret);
        ret->attempts = read_array(reading, evidence, "attempts", ATTEMPT, ARRAY_SIZE(ATTEMPT),
                                   sizeof(ret->attempts[0]), &ret->n_attempts);
        ret->signals = read_array(reading, evidence, "events", SIGNAL, ARRAY_SIZE(SIGNAL),
                                  sizeof(ret->signals[0]), &ret->n_signals);
        READ_MEMBERS(reading, evidence, "counts", COUNTS, &ret->counts);
        READ_MEMBERS(reading, evidence, "stopped", LOOK, &ret->stopped);
        READ_MEMBERS(reading, evidence, "running", LOOK, &ret->running);
        if (reading->r >= 0)
                check(reading, ret);
        if (reading->r < 0 || !json_is_object(verdict))
                return;
        reading->r = dump(verdict, &text);
        ret->verdict = text ? arena_copy(reading->arena, text) : NULL;
        free(text);
}

int case_parse(const char *text, size_t size, struct Arena *arena, struct Case *ret,
               char problem[CASE_PROBLEM_MAX]) {
        struct Reading reading = {arena, problem, 0};
        json_error_t error;
        _cleanup_(json_decrefp) json_t *root = json_loadb(text, size, 0, &error);
        const json_t *version = json_object_get(root, "version");
        struct Case read = {};

        problem[0] = '\0';
        if (!root)
                refuse(&reading, "line %d, column %d: %s", error.line, error.column, error.text);
        else if (!json_is_integer(version))
                refuse(&reading, "no record of `ecswatchctl judge --record`");
        else if (json_integer_value(version) != VERSION)
                refuse(&reading, "a record of version %lld; this program reads version %d",
                       (long long) json_integer_value(version), VERSION);
        else
                read_case(&reading, root, &read);
        if (reading.r >= 0)
                *ret = read;
        return reading.r;
}
