/* SPDX-License-Identifier: Apache-2.0 */
/* Inside of the API: what it knows, as JSON. Members are in docs/http-api.md. */
#pragma once

#include <stddef.h>

#include "base/buffer.h"
#include "daemon/api/api.h"

/* Each appends one JSON object. 0 or a negative errno (-ENOBUFS: larger than the buffer's
 * ceiling). */

struct ServicesQuery {
        const char *cluster, *service; /* NULL: all */
};
int answer_services(struct Ledger *ledger, const struct ApiSource *source, const char *version,
                    const struct ServicesQuery *query, struct Buffer *buffer);

struct RolloutQuery;
int answer_deployments(struct Ledger *ledger, const struct RolloutQuery *query,
                       struct Buffer *buffer);

/* One rollout as a story: its record, what was told of it, the evidence, and how the service stands
 * now. 1, or 0: there is no such rollout. */
int answer_story(struct Ledger *ledger, const struct ApiSource *source,
                 const struct RolloutQuery *query, struct Buffer *buffer);

/* What its failed or stalled verdict was made of (event/case.h). 1, or 0: there is none. */
int answer_case(struct Ledger *ledger, const struct RolloutQuery *query, struct Buffer *buffer);

/* Every hold in force, and one that has just begun to hold so many services. */
int answer_holds(struct Ledger *ledger, struct Buffer *buffer);
int answer_hold(const struct Hold *hold, size_t n_services, struct Buffer *buffer);

/* Problem details (RFC 9457). */
int answer_problem(unsigned status, const char *title, const char *detail, struct Buffer *buffer);
