/* SPDX-License-Identifier: Apache-2.0 */
#include "words/hold.h"

#include <stdbool.h>
#include <stdio.h>

#include "base/text.h"

static usec_t hold_end(const struct Hold *hold) {
        return hold->until == USEC_UNKNOWN ? USEC_INFINITY : hold->until;
}

static bool hold_covers(const struct Hold *hold, const char *cluster, const char *service) {
        if (text_is_empty(hold->cluster))
                return true;
        return text_equal(hold->cluster, cluster) &&
               (text_is_empty(hold->service) || text_equal(hold->service, service));
}

const struct Hold *hold_find(const struct Hold *holds, size_t n_holds, const char *cluster,
                             const char *service, usec_t now) {
        const struct Hold *found = NULL;

        for (size_t i = 0; i < n_holds; i++)
                if (hold_covers(holds + i, cluster, service) && now < hold_end(holds + i) &&
                    (!found || hold_end(holds + i) > hold_end(found)))
                        found = holds + i;
        return found;
}

const char *hold_format(const struct Hold *hold, char ret[HOLD_TEXT_MAX]) {
        char until[TIME_TEXT_MAX] = "";

        if (hold->until != USEC_UNKNOWN)
                time_format_rfc3339(hold->until, until);
        snprintf(ret, HOLD_TEXT_MAX, "held by %.*s%s%s: %.*s", HOLD_AUTHOR_MAX, hold->author,
                 until[0] != '\0' ? " until " : "", until, HOLD_REASON_MAX, hold->reason);
        return ret;
}
