/* SPDX-License-Identifier: Apache-2.0 */
/* Names, built-ins and matching of policies. */
#include "words/policy.h"

#include <fnmatch.h>

#include "base/macros.h"
#include "base/text.h"

static const char *const RULES[] = {
        [RULE_LIKELIHOOD] = "likelihood", [RULE_COUNT] = "count", [RULE_PERCENT] = "percent"};
static const char *const MODES[] = {
        [MODE_OBSERVE] = "observe", [MODE_CONFIRM] = "confirm", [MODE_ENFORCE] = "enforce"};
static const char *const NATIVES[] = {[NATIVE_DEFER] = "defer", [NATIVE_RACE] = "race"};
static const char *const METHODS[] = {
        [ROLLBACK_NEVER] = "never",
        [ROLLBACK_AUTO] = "auto",
        [ROLLBACK_STOP_DEPLOYMENT] = "stop_deployment",
        [ROLLBACK_UPDATE_SERVICE] = "update_service",
        [ROLLBACK_CODE_DEPLOY] = "code_deploy",
        [ROLLBACK_TASK_SET] = "task_set",
};
static const char *const ACTIONS[_ACTION_KIND_COUNT] = {
        [ACTION_ROLLBACK] = "rollback",
        [ACTION_QUIESCE] = "quiesce",
        [ACTION_DRAIN_HOST] = "drain_host",
        [ACTION_SCALE_OUT] = "scale_out",
};
static const char *const TRIGGERS[_POLICY_TRIGGER_COUNT] = {
        [ON_STARTED] = "started",
        [ON_SUCCEEDED] = "succeeded",
        [ON_FAILED] = "failed",
        [ON_STALLED] = "stalled",
        [ON_SUPERSEDED] = "superseded",
        [ON_REVERTED] = "reverted",
        [ON_RECOVERED] = "recovered",
        [ON_ROLLBACK_STARTED] = "rollback_started",
        [ON_ROLLBACK_SUCCEEDED] = "rollback_succeeded",
        [ON_ROLLBACK_FAILED] = "rollback_failed",
        [ON_ROLLBACK_SKIPPED] = "rollback_skipped",
        [ON_REMEDY_STARTED] = "remedy_started",
        [ON_REMEDY_SUCCEEDED] = "remedy_succeeded",
        [ON_REMEDY_FAILED] = "remedy_failed",
};

static bool index_of(const char *const *names, size_t n, const char *name, size_t *ret) {
        for (size_t i = 0; i < n; i++)
                if (text_equal(names[i], name)) {
                        *ret = i;
                        return true;
                }
        return false;
}

struct JudgeRule judge_rule_default(void) {
        return (struct JudgeRule) {
                .rule = RULE_LIKELIHOOD,
                .tolerate = 0.10,
                .confidence = 0.999,
                .failures = 3,
                .percent = 0.50,
                .sustain = 60 * USEC_PER_SEC,
                .settle = 60 * USEC_PER_SEC,
                .survive_after = 10 * USEC_PER_MINUTE,
                .placement_grace = 10 * USEC_PER_MINUTE,
                .stall_after = 30 * USEC_PER_MINUTE,
                .watch_after_success = 10 * USEC_PER_MINUTE,
                .act_within = USEC_PER_HOUR,
                .native_grace = 5 * USEC_PER_MINUTE,
                .learn = true,
        };
}

const char *rule_kind_name(enum RuleKind kind) {
        return RULES[kind];
}

const char *policy_mode_name(enum PolicyMode mode) {
        return MODES[mode];
}

const char *rollback_method_name(enum RollbackMethod method) {
        return METHODS[method];
}

const char *action_kind_name(enum ActionKind kind) {
        return ACTIONS[kind];
}

bool action_has_subject(enum ActionKind kind) {
        return kind == ACTION_DRAIN_HOST || kind == ACTION_SCALE_OUT;
}

const char *policy_trigger_name(enum PolicyTrigger trigger) {
        return TRIGGERS[trigger];
}

bool rule_kind_from_name(const char *name, enum RuleKind *ret) {
        size_t i;

        if (!index_of(RULES, ARRAY_SIZE(RULES), name, &i))
                return false;
        *ret = (enum RuleKind) i;
        return true;
}

bool policy_mode_from_name(const char *name, enum PolicyMode *ret) {
        size_t i;

        if (!index_of(MODES, ARRAY_SIZE(MODES), name, &i))
                return false;
        *ret = (enum PolicyMode) i;
        return true;
}

bool native_mode_from_name(const char *name, enum NativeMode *ret) {
        size_t i;

        if (!index_of(NATIVES, ARRAY_SIZE(NATIVES), name, &i))
                return false;
        *ret = (enum NativeMode) i;
        return true;
}

bool rollback_method_from_name(const char *name, enum RollbackMethod *ret) {
        size_t i;

        if (!index_of(METHODS, ARRAY_SIZE(METHODS), name, &i) || i == ROLLBACK_CODE_DEPLOY)
                return false;
        *ret = (enum RollbackMethod) i;
        return true;
}

bool policy_trigger_from_name(const char *name, enum PolicyTrigger *ret) {
        size_t i;

        if (!index_of(TRIGGERS, ARRAY_SIZE(TRIGGERS), name, &i))
                return false;
        *ret = (enum PolicyTrigger) i;
        return true;
}

bool policy_entry_names_cause(const struct PolicyEntry *entry, enum Cause cause) {
        for (size_t i = 0; i < entry->when.n_causes; i++)
                if (entry->when.causes[i] == cause)
                        return true;
        return false;
}

static bool when_matches(const struct PolicyWhen *when, enum Cause cause, const char *strategy,
                         const char *service) {
        bool found;
        size_t i;

        found = when->n_causes == 0;
        for (i = 0; i < when->n_causes && !found; i++)
                found = when->causes[i] == cause;
        if (!found)
                return false;

        if (when->n_strategies > 0 && !index_of(when->strategies, when->n_strategies, strategy, &i))
                return false;

        found = when->n_services == 0;
        for (i = 0; i < when->n_services && !found; i++)
                found = service && fnmatch(when->services[i], service, 0) == 0;
        return found;
}

const struct PolicyEntry *policy_entry_for(const struct Policy *policy, enum PolicyTrigger trigger,
                                           enum Cause cause, const char *strategy,
                                           const char *service) {
        for (size_t i = 0; i < policy->on[trigger].n_entries; i++) {
                const struct PolicyEntry *entry = policy->on[trigger].entries + i;

                if (when_matches(&entry->when, cause, strategy ? strategy : "ROLLING", service))
                        return entry;
        }
        return NULL;
}
