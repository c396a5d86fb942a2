/* SPDX-License-Identifier: Apache-2.0 */
/* CloudWatch Logs' GetLogEvents. As in response.h: everything lives in `arena`, same outcomes.
 * https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_GetLogEvents.html */
#pragma once

#include "aws/response.h"

struct LogEvent {
        const char *message; /* may have several lines, and whatever the program wrote */
};

struct LogEventsResponse {
        const struct LogEvent *events; /* oldest first */
        size_t n_events;
};

int cloudwatch_logs_get_log_events_response(const struct EcsBody *body, struct Arena *arena,
                                            struct EcsProblem *ret_problem,
                                            struct LogEventsResponse *ret);
