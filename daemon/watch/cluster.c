/* SPDX-License-Identifier: Apache-2.0 */
/* Seen, unseen, blind, sighted: one cluster. */
#include "daemon/watch/cluster.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "daemon/clock.h"
#include "daemon/log.h"

int watch_cluster_new(struct WatchWorld *world, struct Poller *poller, const char *name,
                      struct AwsClient *client, struct WatchCluster **ret) {
        struct WatchCluster *cluster = calloc(1, sizeof(*cluster));
        int r;

        if (!cluster)
                return -ENOMEM;
        cluster->world = world;
        cluster->name = strdup(name);
        cluster->region = strdup(aws_client_region(client));
        r = cluster->name && cluster->region
                    ? poll_cluster_new(poller, client, name, cluster, &cluster->poll)
                    : -ENOMEM;
        if (r < 0) {
                watch_cluster_free(cluster);
                return r;
        }
        cluster->client = client;
        *ret = cluster;
        return 0;
}

void watch_cluster_free(struct WatchCluster *cluster) {
        if (!cluster)
                return;
        poll_cluster_free(cluster->poll);
        aws_client_free(cluster->client);
        free(cluster->name);
        free(cluster->region);
        free(cluster->arn);
        free(cluster);
}

static void cluster_tell(struct WatchCluster *cluster, enum EventType type, const char *detail) {
        const struct Config *config = cluster->world->config;
        usec_t now = clock_realtime();
        const struct Event event = {
                .type = type,
                .time = now,
                .source = cluster->arn ? cluster->arn : cluster->name,
                .counter = now / USEC_PER_SEC,
                .cluster_arn = cluster->arn,
                .detail = detail,
        };

        world_tell(cluster->world, &event, config->watcher_notify, config->n_watcher_notify);
        (void) world_commit(cluster->world);
}

void watch_cluster_seen(struct WatchCluster *cluster, usec_t now) {
        char detail[256], text[TIME_TEXT_MAX];

        (void) now;
        if (cluster->blind) {
                snprintf(detail, sizeof(detail), "cluster %.100s can be seen again, after %s",
                         cluster->name,
                         duration_format(usec_sub(clock_monotonic(), cluster->unseen_since), text));
                cluster_tell(cluster, EVENT_WATCHER_SIGHTED, detail);
        } else if (cluster->problem[0] != '\0') {
                log_notice("Cluster %s can be seen again", cluster->name);
        }
        cluster->unseen_since = USEC_UNKNOWN;
        cluster->blind = false;
        cluster->told = true;
        cluster->problem[0] = '\0';
}

void watch_cluster_unseen(struct WatchCluster *cluster, const struct PollProblem *problem) {
        usec_t now = clock_monotonic();
        char detail[768], text[TIME_TEXT_MAX];

        /* Repeated at every round: said when it changes. */
        if (strncmp(cluster->problem, problem->text, sizeof(cluster->problem) - 1) != 0)
                log_warning("Cluster %s (%s) cannot be seen: %s; asking again at every interval",
                            cluster->name, cluster->region, problem->text);
        snprintf(cluster->problem, sizeof(cluster->problem), "%s", problem->text);
        cluster->told = true;
        if (cluster->unseen_since == USEC_UNKNOWN)
                cluster->unseen_since = now;
        if (cluster->blind || now - cluster->unseen_since < BLIND_AFTER)
                return;

        cluster->blind = true;
        snprintf(detail, sizeof(detail), "nothing is known of cluster %.100s for %s: %s",
                 cluster->name, duration_format(now - cluster->unseen_since, text),
                 cluster->problem);
        cluster_tell(cluster, EVENT_WATCHER_BLIND, detail);
}
