/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of this folder share. Private to daemon/poll. */
#pragma once

#include "aws/request.h"
#include "aws/services_answer.h"
#include "base/textset.h"
#include "daemon/clock.h"
#include "daemon/metrics.h"
#include "daemon/poll/poll.h"

enum PollMetric { METRIC_ROUNDS, METRIC_LATE, METRIC_STRETCH, _POLL_METRIC_COUNT };

/* One account and Region. */
struct PollBudget {
        struct PollBudget *next;
        const char *key;        /* of aws_client_allowance() */
        size_t members;         /* idle services */
        double wanted, allowed; /* calls a second */
        double asks;            /* a second: how often a service is asked about */
        usec_t interval;        /* as configured, on the average */
        double stretch;
        bool throttled; /* AWS does not give what our share should be */
        bool told;
};

struct Poller {
        sd_event *event;
        struct PollHooks hooks;
        struct Schedule *schedule;
        struct ClockTimer timer;
        struct PollCluster *clusters;
        struct PollService **services; /* by their numbers in the schedule; NULL: none */
        size_t services_allocated;
        uint32_t next_group;
        uint64_t seed;
        struct PollBudget *budgets;
        struct Metric metrics[_POLL_METRIC_COUNT];
        struct Metrics *registered_with;
};

struct PollCluster {
        struct PollCluster *next, **back; /* what points at it */
        struct Poller *poller;
        struct AwsClient *client;
        char *name;
        void *userdata;
        uint32_t group;
        struct PollBudget *budget; /* NULL: not yet */
        unsigned refused_whole;    /* rounds in a row in which every service was refused */
        struct PollService *services;
        struct PollRound *rounds;
};

struct PollService {
        struct PollService *next, **back;
        struct PollCluster *cluster;
        char *name;
        void *userdata;
        uint32_t member;
        enum Urgency urgency;
        bool hurried;            /* its next call is at least URGENCY_JUDGING */
        bool hinted;             /* while under way: to be asked again */
        usec_t asked_at;         /* when its last round began; 0: never */
        struct EcsDigest digest; /* of what was observed last */
        bool alone; /* it was what made a call fail as a whole: asked in a call of its own */
        struct PollRound *round;      /* under way, else NULL */
        struct TaskRound *task_round; /* under way, else NULL */
        struct Arena *definition_arena;
        const struct TaskDefinitionFacts *definition; /* the last one asked, or NULL */
        /* Tasks of the service that are none of `foreign_to`: startedBy never changes. */
        struct TextSet foreign;
        char *foreign_to;
        char *turn_of; /* of those that are well, who was asked about last; NULL: nobody yet */
};

/* Each file calls only those before it: budget, ask, tasks, round, poll. */

/* ---- budget.c ---- */

void poll_budgets_free(struct Poller *poller);

/* ---- ask.c ---- */

/* One call of a round. */
struct PollRequest {
        enum AwsOperation operation;
        enum Urgency urgency;
        const struct Buffer *body;
};
int poll_call(struct PollCluster *cluster, const struct PollRequest *request, AwsCallback callback,
              void *userdata, struct AwsCall **ret);
/* The service name in a text or ARN that ECS answered is this service's. */
bool poll_service_is(const struct PollService *service, const char *name, const char *arn);

/* ---- tasks.c: the task calls of one service ---- */

struct TaskRound;

/* It has ended: the facts with their tasks, the callee's to free; NULL: they are lost. */
typedef void TasksDone(struct PollService *service, struct Facts *facts);

/* Takes the facts, unless it fails. 0 or -errno. */
int task_round_start(struct PollService *service, struct Facts *facts,
                     const struct TaskNeeds *needs, TasksDone *done);
void task_round_hurry(struct TaskRound *round, enum Urgency urgency);
void task_round_free(struct TaskRound *round); /* cancels */

/* ---- round.c: one DescribeServices call, or its halves, and what follows from it ---- */

struct PollRound;

/* Nothing is asked about these any more: back to the schedule with them. */
typedef void RoundEnded(struct PollCluster *cluster, const uint32_t *members, size_t n,
                        usec_t began);

/* Starts the round of members that schedule_take() gave. 0 or -errno: then nothing is under way. */
int poll_round_start(struct PollCluster *cluster, struct PollService *const *services, size_t n,
                     RoundEnded *ended);
void poll_round_free(struct PollRound *round); /* cancels */
void poll_round_forget(struct PollRound *round, struct PollService *service);
/* Somebody waits for this one of its services. */
void poll_round_hurry(struct PollRound *round, const struct PollService *service,
                      enum Urgency urgency);
