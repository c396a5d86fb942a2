/* SPDX-License-Identifier: Apache-2.0 */
/* GetLogEvents. */
#include "aws/decode.h"
#include "aws/response_logs.h"

#define AT(member) offsetof(struct LogEvent, member)
static const struct Member EVENT_MEMBERS[] = {
        {"message", MEMBER_TEXT, AT(message), .required = true},
};
#undef AT
static const struct Shape EVENT = {SHAPE(struct LogEvent, EVENT_MEMBERS)};

#define AT(member) offsetof(struct LogEventsResponse, member)
static const struct Member EVENTS_MEMBERS[] = {
        {"events", MEMBER_STRUCTS, AT(events), .required = true, .second = AT(n_events),
         .shape = &EVENT},
};
#undef AT
static const struct Shape EVENTS = {SHAPE(struct LogEventsResponse, EVENTS_MEMBERS)};

int cloudwatch_logs_get_log_events_response(const struct EcsBody *body, struct Arena *arena,
                                            struct EcsProblem *ret_problem,
                                            struct LogEventsResponse *ret) {
        return ecs_decode(body, &EVENTS, arena, ret_problem, ret);
}
