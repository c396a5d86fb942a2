/* SPDX-License-Identifier: Apache-2.0 */
/* One ECS cluster as it is watched: its client, and whether ECS lets us see it. */
#pragma once

#include "daemon/aws/client.h"
#include "daemon/poll/poll.h"
#include "daemon/watch/turn.h"

/* ECS has not answered, or not let us see, for this long: the watcher is blind there, and says so.
 */
#define BLIND_AFTER (5 * USEC_PER_MINUTE)

struct WatchCluster {
        struct WatchWorld *world;
        char *name, *region;
        char *arn; /* as ECS answers it; NULL before the first answer */
        struct AwsClient *client;
        struct PollCluster *poll;
        usec_t known_since;  /* AWS's time of the first answer about it: what is created later is
                                created under our eyes; USEC_UNKNOWN: none yet */
        usec_t seen_at;      /* monotonic: the last answer; USEC_UNKNOWN: none yet */
        usec_t unseen_since; /* monotonic: the first failure since; USEC_UNKNOWN: none */
        bool blind;
        bool told;         /* once answered, or its failure was told: it counts as ready */
        char problem[512]; /* the last, "" when seen */
};

/* `client` is taken over. 0 or a negative errno. */
int watch_cluster_new(struct WatchWorld *world, struct Poller *poller, const char *name,
                      struct AwsClient *client, struct WatchCluster **ret);
/* After its watches are freed. NULL is fine. */
void watch_cluster_free(struct WatchCluster *cluster);

/* ECS has answered about it, if only with a list of its services. */
void watch_cluster_known(struct WatchCluster *cluster, usec_t now);
void watch_cluster_seen(struct WatchCluster *cluster, usec_t now);
/* A service of it was not seen. It is said of the cluster only when nothing of it is seen for a
 * while. */
void watch_cluster_unseen(struct WatchCluster *cluster, const struct PollProblem *problem);
/* Tells watcher.blind or sighted. `service`: its name; NULL: the whole cluster. */
void watch_cluster_tell(struct WatchCluster *cluster, enum EventType type, const char *service,
                        const char *detail);
