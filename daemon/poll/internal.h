/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of this folder share. Private to daemon/poll. */
#pragma once

#include "aws/request.h"
#include "base/textset.h"
#include "daemon/metrics.h"
#include "daemon/poll/poll.h"
#include "schedule/due.h"

enum PollMetric { METRIC_ROUNDS, METRIC_LATE, _POLL_METRIC_COUNT };

struct Poller {
        sd_event *event;
        struct PollHooks hooks;
        struct Schedule *schedule;
        sd_event_source *timer;
        struct PollCluster *clusters;
        uint32_t next_group;
        struct Metric metrics[_POLL_METRIC_COUNT];
        struct Metrics *registered_with;
};

struct PollCluster {
        struct PollCluster *next;
        struct Poller *poller;
        struct AwsClient *client;
        char *name;
        void *userdata;
        uint32_t group;
        unsigned refused_whole; /* rounds in a row in which every service was refused */
        struct PollService *services;
        struct PollRound *rounds;
};

struct PollService {
        struct PollService *next;
        struct PollCluster *cluster;
        char *name;
        void *userdata;
        uint32_t member;
        bool alone; /* it was what made a call fail as a whole: asked in a call of its own */
        struct PollRound *round;      /* under way, else NULL */
        struct TaskRound *task_round; /* under way, else NULL */
        struct Arena *definition_arena;
        const struct TaskDefinitionFacts *definition; /* the last one asked, or NULL */
        /* Tasks of the service that are none of `foreign_to`: startedBy never changes. */
        struct TextSet foreign;
        char *foreign_to;
};

/* One DescribeServices call, or its halves, and what follows from it for each service. */
struct PollRound;

/* Starts the round of members that schedule_take() gave. 0 or -errno: then nothing is under way. */
int poll_round_start(struct PollCluster *cluster, struct PollService *const *services, size_t n);
void poll_round_free(struct PollRound *round); /* cancels */
void poll_round_forget(struct PollRound *round, struct PollService *service);
/* The task round of a service has ended: tell its owner (NULL: the facts are lost) and end the
 * round if it was the last. */
void poll_round_hand_over(struct PollRound *round, struct PollService *service,
                          struct Facts *facts);

/* The task calls of one service; takes the facts and hands them to hooks.observed at its end. */
struct TaskRound;

int task_round_start(struct PollService *service, struct Facts *facts,
                     const struct TaskNeeds *needs);
void task_round_free(struct TaskRound *round); /* cancels */

/* Back to the schedule; arms the timer anew. */
void poller_round_ended(struct PollCluster *cluster, const uint32_t *members, size_t n,
                        usec_t began);

/* One call of a round. */
int poll_call(struct PollCluster *cluster, enum EcsOperation operation, const struct Buffer *body,
              AwsCallback callback, void *userdata, struct AwsCall **ret);
/* The service name in a text or ARN that ECS answered is this service's. */
bool poll_service_is(const struct PollService *service, const char *name, const char *arn);
