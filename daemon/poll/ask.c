/* SPDX-License-Identifier: Apache-2.0 */
/* What every part of a round asks of its cluster. */
#include "base/text.h"
#include "daemon/poll/internal.h"
#include "words/arn.h"

/* All attempts of one call together, from when the quota lets it go. */
#define CALL_DEADLINE (30 * USEC_PER_SEC)

usec_t poll_cluster_now(const struct PollCluster *cluster) {
        return aws_client_now(cluster->client);
}

int poll_call(struct PollCluster *cluster, const struct PollRequest *from, AwsCallback callback,
              void *userdata, struct AwsCall **ret) {
        const struct AwsRequest request = {
                .operation = from->operation,
                .body = buffer_text(from->body),
                .body_size = from->body->size,
                .urgency = from->urgency,
                .party = cluster,
                .deadline = CALL_DEADLINE,
        };

        return aws_call_start(cluster->client, &request, callback, userdata, ret);
}

bool poll_service_is(const struct PollService *service, const char *name, const char *arn) {
        if (text_starts_with(service->name, "arn:"))
                return text_equal(service->name, arn);
        return text_equal(service->name, name ? name : arn ? arn_short_name(arn) : NULL);
}
