/* SPDX-License-Identifier: Apache-2.0 */
#include "judge/inhibit.h"

#include <stdio.h>

const char *inhibit_kind_name(enum InhibitKind kind) {
        static const char *const names[] = {
                [INHIBIT_NOTHING] = "",
                [INHIBIT_PLATFORM] = "platform",
                [INHIBIT_ANY] = "any",
        };

        return names[kind];
}

static bool is_new(const struct InhibitRule *rule, usec_t at, usec_t now) {
        return at != USEC_UNKNOWN && usec_add(at, rule->within) > now;
}

static enum InhibitKind kind_of(const struct InhibitRule *rule, const struct Inhibition *counted,
                                enum InhibitKind was) {
        if (rule->services > 0 && counted->n_platform >= rule->services)
                return INHIBIT_PLATFORM;
        if (rule->any > 0 && counted->n_any >= rule->any)
                return INHIBIT_ANY;
        if (was == INHIBIT_PLATFORM && rule->services > 0 && counted->n_platform > 0)
                return was;
        if (was == INHIBIT_ANY && rule->any > 0 && counted->n_any > 0)
                return was;
        return INHIBIT_NOTHING;
}

void inhibit_weigh(const struct InhibitRule *rule, const struct ServiceTrouble *troubles, size_t n,
                   enum InhibitKind was, usec_t now, struct Inhibition *ret) {
        *ret = (struct Inhibition) {};
        for (size_t i = 0; i < n; i++) {
                ret->n_platform += is_new(rule, troubles[i].platform_at, now);
                ret->n_any += is_new(rule, troubles[i].any_at, now);
        }
        ret->kind = kind_of(rule, ret, was);
}

void inhibit_explain(const struct InhibitRule *rule, const struct Inhibition *inhibition,
                     char ret[DECISION_REASON_MAX]) {
        bool platform = inhibition->kind == INHIBIT_PLATFORM;
        size_t n = platform ? inhibition->n_platform : inhibition->n_any;
        char within[TIME_TEXT_MAX];

        snprintf(ret, DECISION_REASON_MAX, "%zu service%s failed within %s%s", n, n == 1 ? "" : "s",
                 duration_format(rule->within, within),
                 platform ? " for causes of the platform" : "");
}
