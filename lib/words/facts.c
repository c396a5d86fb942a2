/* SPDX-License-Identifier: Apache-2.0 */
#include "words/facts.h"

void facts_free(struct Facts *facts) {
        if (!facts)
                return;
        arena_free(facts->answer);
        arena_free(facts->arena);
}
