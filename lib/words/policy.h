/* SPDX-License-Identifier: Apache-2.0 */
/* What a team wants judged and done: the values that the configuration becomes. All memory is the
 * Config's. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/time.h"
#include "words/cause.h"

enum RuleKind { RULE_LIKELIHOOD, RULE_COUNT, RULE_PERCENT };
enum PolicyMode { MODE_OBSERVE, MODE_CONFIRM, MODE_ENFORCE };
enum NativeMode { NATIVE_DEFER, NATIVE_RACE };
enum RollbackMethod {
        ROLLBACK_NEVER,
        ROLLBACK_AUTO,
        ROLLBACK_STOP_DEPLOYMENT,
        ROLLBACK_UPDATE_SERVICE,
        ROLLBACK_CODE_DEPLOY, /* what `auto` and `stop_deployment` are there; no key says it */
        ROLLBACK_TASK_SET,
};
/* What changes something in AWS; the names are the keys of an entry, and events'. All but the
 * rollback are remedies. */
enum ActionKind {
        ACTION_ROLLBACK,
        ACTION_QUIESCE,
        ACTION_DRAIN_HOST,
        ACTION_SCALE_OUT,
        _ACTION_KIND_COUNT,
};

struct JudgeRule {
        enum RuleKind rule;
        double tolerate;   /* a share: 0.10 */
        double confidence; /* a share: 0.999 */
        unsigned failures;
        double percent; /* a share: 0.50 */
        usec_t sustain, settle, survive_after, placement_grace, stall_after;
        usec_t watch_after_success, act_within, native_grace;
        bool learn;    /* from the past, see judge/learn.h */
        double learnt; /* a share below `tolerate`, or 0: nothing is; no key says it */
};

/* The built-ins of the contract: likelihood, 10 %, 99.9 %, 3, 50 %, 60 s, 60 s, 10 min, 10 min, 30
 * min, 10 min, 1 h, 5 min, learning. */
struct JudgeRule judge_rule_default(void);

/* What a verdict or a step may be answered with; the name is the key `on_<name>` and the event's
 * trigger. */
enum PolicyTrigger {
        ON_STARTED,
        ON_SUCCEEDED,
        ON_FAILED,
        ON_STALLED,
        ON_SUPERSEDED,
        ON_REVERTED,
        ON_RECOVERED,
        ON_ROLLBACK_STARTED,
        ON_ROLLBACK_SUCCEEDED,
        ON_ROLLBACK_FAILED,
        ON_ROLLBACK_SKIPPED,
        ON_REMEDY_STARTED,
        ON_REMEDY_SUCCEEDED,
        ON_REMEDY_FAILED,
        _POLICY_TRIGGER_COUNT,
};

struct PolicyWhen { /* every list that is not empty must match; any element does */
        const enum Cause *causes;
        size_t n_causes;
        const char *const *strategies; /* ROLLING, … */
        size_t n_strategies;
        const char *const *services; /* fnmatch patterns on the service's name */
        size_t n_services;
};

struct DrainHost {
        unsigned keep; /* of its cluster's container instances so many others stay ACTIVE */
};

struct ScaleOut { /* of an Auto Scaling group */
        const char *group;
        unsigned by, most; /* instances; never more than `most` are desired */
        usec_t cooldown;   /* between two of ours of that group */
};

struct PolicyEntry {
        struct PolicyWhen when;
        bool has_action;
        enum ActionKind action;
        enum RollbackMethod rollback; /* of ACTION_ROLLBACK */
        struct DrainHost drain_host;
        struct ScaleOut scale_out;
        const char *const *notify; /* receiver names */
        size_t n_notify;
};

struct Policy {
        const char *name;
        enum PolicyMode mode;
        usec_t confirm_within; /* MODE_CONFIRM: how long a rollback waits for somebody's yes */
        enum NativeMode native;
        struct JudgeRule judge;
        unsigned evidence_logs; /* last lines of a failed container's log; 0: they are not read */
        struct {
                const struct PolicyEntry *entries;
                size_t n_entries;
        } on[_POLICY_TRIGGER_COUNT];
};

const char *rule_kind_name(enum RuleKind kind);
const char *policy_mode_name(enum PolicyMode mode);
const char *rollback_method_name(enum RollbackMethod method); /* "auto", "update_service", … */
const char *action_kind_name(enum ActionKind kind);           /* "rollback", "quiesce" */
const char *policy_trigger_name(enum PolicyTrigger trigger); /* "started", "rollback_started", … */
/* It changes a host or a group, which is looked at apart from the service. */
bool action_has_subject(enum ActionKind kind);
bool rule_kind_from_name(const char *name, enum RuleKind *ret);
bool policy_mode_from_name(const char *name, enum PolicyMode *ret);
bool native_mode_from_name(const char *name, enum NativeMode *ret);
bool rollback_method_from_name(const char *name, enum RollbackMethod *ret); /* of a key */
bool policy_trigger_from_name(const char *name, enum PolicyTrigger *ret);

/* The first entry of the trigger whose `when` matches; NULL: nothing to do but the journal. */
const struct PolicyEntry *policy_entry_for(const struct Policy *policy, enum PolicyTrigger trigger,
                                           enum Cause cause, const char *strategy,
                                           const char *service);
/* Whether the entry's `when` names that cause. */
bool policy_entry_names_cause(const struct PolicyEntry *entry, enum Cause cause);
