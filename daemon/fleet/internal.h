/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of this folder share. services.c knows one cluster, fleet.c all of them; asked.c
 * answers the API and the manager. */
#pragma once

#include "base/textmap.h"
#include "base/textset.h"
#include "daemon/clock.h"
#include "daemon/fleet/fleet.h"
#include "daemon/log.h"
#include "daemon/poll/discover.h"

struct FleetCluster {
        struct Fleet *fleet;
        const struct ConfigCluster *config; /* in the configuration in force; NULL: leaving */
        char *key;
        struct WatchCluster *cluster;
        struct Watch **watches;
        size_t n_watches, allocated;
        struct TextMap by_name;      /* watches */
        struct Discovery *discovery; /* under way */
        struct Discovery *tagged;    /* the last one, where tags decide: it holds them */
        struct TextMap tags;         /* by name: struct DiscoveredService of `tagged` */
        usec_t discovered_at;        /* monotonic; 0: never */
        struct LogRepeat unlisted;
};

struct Fleet {
        struct WatchWorld *world;
        struct AwsWorld *aws;
        struct Poller *poller;
        struct Config *config;
        struct FleetCluster **clusters;
        size_t n_clusters, allocated;
        struct TextMap by_key; /* clusters */
        struct ClockTimer timer;
};

/* ---- services.c ---- */

void fleet_cluster_drop_watch(struct FleetCluster *fc, struct Watch *watch); /* frees it */

/* Those that are named are watched from now on; what patterns found stays until ListServices says
 * otherwise. 0 or a negative errno: not all of them. */
int fleet_cluster_configure(struct FleetCluster *fc);
/* Frees those that are wanted by nobody and have nothing under way. `listed`: the newest list of
 * the cluster's services; NULL: what patterns found before stays. */
void fleet_cluster_drop_unwanted(struct FleetCluster *fc, const struct TextSet *listed);
/* Frees those that retire and have nothing under way any more. */
void fleet_cluster_sweep(struct FleetCluster *fc);
/* Looks at the service, or for it. True: it is watched. */
bool fleet_cluster_hint(struct FleetCluster *fc, const struct FleetHint *hint);
void fleet_cluster_forget_tags(struct FleetCluster *fc);
/* Asks for the list of its services, where patterns or tags want it. */
void fleet_cluster_discover(struct FleetCluster *fc);
