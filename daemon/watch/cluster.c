/* SPDX-License-Identifier: Apache-2.0 */
/* Seen, unseen, blind, sighted: one cluster. */
#include "daemon/watch/cluster.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "daemon/clock.h"
#include "daemon/log.h"

/* Longer than an idle interval. */
#define PASSING (45 * USEC_PER_SEC)

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

/* "arn:aws:ecs:…:cluster/NAME" becomes "arn:aws:ecs:…:service/NAME/SERVICE". */
static void source_of(const struct WatchCluster *cluster, const char *service, char *source,
                      size_t size) {
        const char *name = cluster->arn ? strstr(cluster->arn, ":cluster/") : NULL;

        if (!service)
                snprintf(source, size, "%s", cluster->arn ? cluster->arn : cluster->name);
        else if (name)
                snprintf(source, size, "%.*s:service/%s/%s", (int) (name - cluster->arn),
                         cluster->arn, name + strlen(":cluster/"), service);
        else
                snprintf(source, size, "%s/%s", cluster->name, service);
}

void watch_cluster_tell(struct WatchCluster *cluster, enum EventType type, const char *service,
                        const char *detail) {
        const struct Config *config = cluster->world->config;
        usec_t now = clock_realtime();
        char source[1024];
        const struct Event event = {
                .type = type,
                .time = now,
                .source = source,
                .counter = now / USEC_PER_SEC,
                .cluster_arn = cluster->arn,
                .service = service,
                .detail = detail,
        };

        source_of(cluster, service, source, sizeof(source));
        turn_tell(cluster->world, &event, config->watcher_notify, config->n_watcher_notify);
        (void) turn_commit(cluster->world);
}

void watch_cluster_known(struct WatchCluster *cluster, usec_t now) {
        if (cluster->known_since == USEC_UNKNOWN)
                cluster->known_since = now;
}

void watch_cluster_seen(struct WatchCluster *cluster, usec_t now) {
        char detail[256], text[TIME_TEXT_MAX];

        watch_cluster_known(cluster, now);
        if (cluster->blind) {
                snprintf(detail, sizeof(detail), "cluster %.100s can be seen again, after %s",
                         cluster->name,
                         duration_format(usec_sub(clock_monotonic(), cluster->unseen_since), text));
                watch_cluster_tell(cluster, EVENT_WATCHER_SIGHTED, NULL, detail);
        } else if (cluster->problem[0] != '\0') {
                log_notice("Cluster %s can be seen again", cluster->name);
        }
        cluster->seen_at = clock_monotonic();
        cluster->unseen_since = USEC_UNKNOWN;
        cluster->blind = false;
        cluster->told = true;
        cluster->problem[0] = '\0';
}

/* One call of several that fails is nothing to be told: the next one says it all. */
static bool is_passing(const struct WatchCluster *cluster, usec_t now) {
        return cluster->seen_at != USEC_UNKNOWN && now < usec_add(cluster->seen_at, PASSING);
}

void watch_cluster_unseen(struct WatchCluster *cluster, const struct PollProblem *problem) {
        usec_t now = clock_monotonic();
        char detail[768], text[TIME_TEXT_MAX];

        if (cluster->unseen_since == USEC_UNKNOWN)
                cluster->unseen_since = now;
        cluster->told = true;
        if (is_passing(cluster, now))
                return;
        /* Repeated at every round: said when it changes. */
        if (strncmp(cluster->problem, problem->text, sizeof(cluster->problem) - 1) != 0)
                log_warning("Cluster %s (%s) cannot be seen: %s; asking again at every interval",
                            cluster->name, cluster->region, problem->text);
        snprintf(cluster->problem, sizeof(cluster->problem), "%s", problem->text);
        if (cluster->blind || now - cluster->unseen_since < BLIND_AFTER)
                return;

        cluster->blind = true;
        snprintf(detail, sizeof(detail), "nothing is known of cluster %.100s for %s: %s",
                 cluster->name, duration_format(now - cluster->unseen_since, text),
                 cluster->problem);
        watch_cluster_tell(cluster, EVENT_WATCHER_BLIND, NULL, detail);
}
