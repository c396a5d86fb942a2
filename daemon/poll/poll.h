/* SPDX-License-Identifier: Apache-2.0 */
/* Runs the rounds: batch -> calls -> Facts, by service. Knows what to ask, not what it means. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <systemd/sd-event.h>

#include "base/macros.h"
#include "base/time.h"
#include "daemon/aws/client.h"
#include "schedule/due.h"
#include "words/facts.h"

struct Poller;
struct PollCluster; /* one ECS cluster, seen through one client */
struct PollService; /* one service of it, by name or ARN */

/* Which tasks a round must bring for a service. Texts are borrowed until the round has ended. */
struct TaskNeeds {
        const char *deployment;      /* tasks whose startedBy is this */
        const char *task_definition; /* its description is asked once and kept */
};

/* Why a service could not be seen. */
struct PollProblem {
        bool denied;      /* a permission is missing */
        const char *text; /* for people; borrowed for the call */
};

/* All are called from the event loop, never from inside of a poller_ or poll_ function. `service`
 * and `cluster` are what the caller gave when it added them. */
struct PollHooks {
        /* Are facts wanted though the service is told in the very bytes of the last answer? */
        bool (*wants_unchanged)(void *service);
        /* It is, and they are not: ECS says what it said at the last `observed`. `now` is AWS's
         * time. */
        void (*unchanged)(void *service, usec_t now);
        /* DescribeServices has answered: does this service's round need tasks? */
        bool (*needs_tasks)(void *service, const struct ServiceFacts *facts, struct TaskNeeds *ret);
        /* ListTasks named this task: is there more to learn from DescribeTasks? Those that are
         * TASK_WELL share what one call takes, and what is left of the last one. */
        enum TaskInterest (*task_interest)(void *service, const char *task_arn, bool stopped);
        /* The round has ended; the facts are the callee's to free. */
        void (*observed)(void *service, struct Facts *facts);
        /* ECS says that it has no such service. `now` is AWS's time. */
        void (*missing)(void *service, usec_t now);
        /* ECS did not answer, or would not describe it. A call that is refused as a whole is halved
         * until the culprit stands alone, so the others of its call are seen. */
        void (*unseen)(void *service, const struct PollProblem *problem);
        /* DescribeServices answered for services of this cluster. */
        void (*cluster_seen)(void *cluster, usec_t now);
};

/* `seed` jitters, and is the digests': nobody else should know it. 0 or -errno. */
int poller_new(sd_event *event, const struct PollHooks *hooks, uint64_t seed, struct Poller **ret);
/* Registers how many calls it began and how late; `metrics` must outlive it. 0 or -ENOBUFS. */
struct Metrics;
int poller_add_metrics(struct Poller *poller, struct Metrics *metrics);
/* Every few seconds, and when there are other services: the calls that the idle ones want beside
 * those that the quotas give. Says once where their intervals are stretched, and once when they are
 * not any more. */
struct PollStretch {
        double times;      /* where it is most; 1: nowhere */
        usec_t interval;   /* from look to look there */
        const char *where; /* "REGION/ACCOUNT", "REGION"; NULL: nowhere */
};
void poller_balance(struct Poller *poller, struct PollStretch *ret);
/* After every service and cluster of it is freed. */
void poller_free(struct Poller *poller);
DEFINE_FREEP(struct Poller, poller_free)

/* `cluster` is a name or ARN. The client must outlive it. */
int poll_cluster_new(struct Poller *poller, struct AwsClient *client, const char *cluster,
                     void *userdata, struct PollCluster **ret);
void poll_cluster_free(struct PollCluster *cluster);

/* How often a service is asked about, and before whom. At URGENCY_IDLE nothing is awaited of it:
 * its interval is stretched where the quota does not give as many calls as all want. */
struct PollPace {
        usec_t interval;
        enum Urgency urgency;
};

/* `service`: name or ARN, copied. First asked within one interval. */
int poll_service_new(struct PollCluster *cluster, const char *service, const struct PollPace *pace,
                     void *userdata, struct PollService **ret);
/* Rounds under way forget it; its hooks are not called again. */
void poll_service_free(struct PollService *service);
DEFINE_FREEP(struct PollService, poll_service_free)

/* A shorter interval and a greater urgency take effect at once, also on what is under way. */
void poll_service_set_pace(struct PollService *service, const struct PollPace *pace);
void poll_service_make_due(struct PollService *service); /* asked again at once */
/* Somebody says that it has changed. Asked again soon, though never within a second of the last
 * time, however often it is said; one that is being judged only where it is `urgent`. */
void poll_service_hint(struct PollService *service, bool urgent);
/* When it is asked next, monotonic; USEC_UNKNOWN while it is being asked. */
usec_t poll_service_next(const struct PollService *service);

/* AWS's time now, by the answers to the cluster's client (aws/clock.h). USEC_UNKNOWN before the
 * first. */
usec_t poll_cluster_now(const struct PollCluster *cluster);
