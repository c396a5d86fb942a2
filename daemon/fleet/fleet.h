/* SPDX-License-Identifier: Apache-2.0 */
/* All clusters and services of the configuration in force, each with its watch. */
#pragma once

#include "daemon/aws/client.h"
#include "daemon/metrics.h"
#include "daemon/watch/watch.h"

struct Fleet;

/* Everything borrowed. 0 or a negative errno. */
int fleet_new(struct WatchWorld *world, struct AwsWorld *aws, uint64_t seed, struct Fleet **ret);
void fleet_free(struct Fleet *fleet); /* NULL is fine */
DEFINE_FREEP(struct Fleet, fleet_free)

/* Watches what `config` says, from now on: services that stay keep their rollouts' state, those
 * that are gone end theirs as superseded once no action is under way. `config` is referenced. 0;
 * -EINVAL with one line for people in `problem` (an endpoint that may not be used: nothing has
 * changed then); -ENOMEM. */
int fleet_configure(struct Fleet *fleet, struct Config *config,
                    char problem[AWS_CLIENT_PROBLEM_MAX]);

/* Somebody says that this service of ECS has changed: it is looked at soon, or looked for where a
 * pattern or a tag may mean it. What is said is not believed. True: it is watched. */
struct FleetHint {
        const char *region, *account; /* the account may be "" */
        const char *cluster, *service;
        bool urgent; /* also where it is looked at all the time */
};
bool fleet_hint(struct Fleet *fleet, const struct FleetHint *hint);

/* Of what it polls. 0 or -ENOBUFS. */
int fleet_add_metrics(struct Fleet *fleet, struct Metrics *metrics);
/* Services by state. */
enum { FLEET_STATES = WATCH_FOLLOWING + 2 }; /* the last: unknown */
void fleet_count_states(struct Fleet *fleet, size_t ret[FLEET_STATES]);

/* What the API asks of the fleet, which it borrows. */
struct ApiSource fleet_api_source(struct Fleet *fleet);
/* Frees those that have left the configuration and had an action under way that is finished now;
 * from time to time. */
void fleet_sweep(struct Fleet *fleet);
/* Every few seconds: idle services take no more calls than the quotas give; what that leads to. */
struct PollStretch fleet_balance(struct Fleet *fleet);
/* No call that changes AWS is under way. */
bool fleet_is_quiet(struct Fleet *fleet);
