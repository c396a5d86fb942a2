/* SPDX-License-Identifier: Apache-2.0 */
#include "words/inhibit.h"

struct InhibitRule inhibit_rule_default(void) {
        return (struct InhibitRule) {
                .services = 5,
                .any = 10,
                .within = 10 * USEC_PER_MINUTE,
                .hold = USEC_PER_MINUTE,
                .causes = 1u << CAUSE_CAPACITY | 1u << CAUSE_AWS_INTERNAL | 1u << CAUSE_IMAGE_PULL |
                          1u << CAUSE_RESOURCE_INIT,
        };
}

bool inhibit_rule_has(const struct InhibitRule *rule, enum Cause cause) {
        return rule->causes & 1u << cause;
}
