/* SPDX-License-Identifier: Apache-2.0 */
/* A stage for watches: the real watch, ledger and notify over a clock, a poller, an HTTP client and
 * an ECS that are the test's. Time stands still until stage_run() moves it. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/time.h"
#include "daemon/ledger/rollouts.h"
#include "daemon/watch/watch.h"
#include "schedule/queue.h"
#include "stage_ecs.h"
#include "temporary.h"
#include "words/subject.h"

#define S(seconds) ((usec_t) (seconds) *USEC_PER_SEC)
#define STAGE_EPOCH ((usec_t) 1790000000 * USEC_PER_SEC)
#define STAGE_TICK (5 * USEC_PER_SEC) /* every service is asked so often */

enum { STAGE_HOSTS = 4, STAGE_SERVICES = 2, STAGE_DELIVERIES_MAX = 256 };

enum { WEB, API }; /* the services */

/* Everything that left the daemon. */
struct StageDelivery {
        char id[65], type[64], subject[64], state[16];
        char log[64]; /* the first line of the first log in its evidence; "": none */
        unsigned count;
};

struct Stage {
        struct TemporaryDirectory directory;
        usec_t now; /* AWS's, and the machine's */
        struct StageService services[STAGE_SERVICES];
        enum Urgency urgencies[STAGE_SERVICES]; /* at which each is looked at next */
        struct StageDelivery deliveries[STAGE_DELIVERIES_MAX];
        size_t n_deliveries;
        struct {
                const char *arn; /* NULL: none */
                bool is_draining;
        } hosts[STAGE_HOSTS];
        struct GroupFacts group;
        bool subject_is_hidden;                 /* hosts and the group cannot be described */
        unsigned looks_back;                    /* ListServiceDeployments was asked */
        bool history_is_refused, history_hangs; /* and is not answered */
        char writes[1024]; /* "web->web:1 api stop web quiesce ": every call that changes something
                            */
        struct Config *config;
        struct Ledger *ledger; /* NULL while the daemon is down */
        struct Notify *notify;
        struct WatchWorld world;
        struct Metrics *metrics; /* of this life of the daemon */
        struct WatchCluster *cluster;
        struct Watch *watches[STAGE_SERVICES];
        bool dry_run;
        enum PolicyMode mode;
        bool target_is_hidden;      /* DescribeTaskDefinition is denied */
        bool deployment_hangs;      /* DescribeServiceDeployments is not answered */
        bool stops, stop_is_closed; /* StopServiceDeployment is there; it answers Conflict */
        bool update_hangs;    /* UpdateService is done, and its answer is lost with the daemon */
        bool receiver_is_up;  /* answers 200, else nothing */
        const char *strategy; /* of all services; NULL: ROLLING */
        const char *lifecycle_stage; /* of their service deployments */
        bool hook_waits;
        bool logs;       /* the containers log by awslogs */
        const char *log; /* what GetLogEvents leads to; NULL: AccessDeniedException */
        bool log_hangs;
        unsigned log_looks;
};

/* Two services, web and api, run revision 1 with two tasks each; the daemon is down. `policy`: more
 * lines of the policy, or ""; without `on_failed` among them it rolls back. */
void stage_init(struct Stage *stage, const char *policy);
/* The same with the usual policy, and the daemon has looked for ten seconds. */
void stage_begin(struct Stage *stage);
void stage_done(struct Stage *stage);
/* A reload: other lines of the policy. */
void stage_configure(struct Stage *stage, const char *policy);

/* False: the ledger cannot be opened now. */
bool stage_start_daemon(struct Stage *stage);
void stage_stop_daemon(struct Stage *stage);
void stage_restart(struct Stage *stage);

/* Out of the configuration, and into it. */
void stage_remove(struct Stage *stage, size_t service);
void stage_add(struct Stage *stage, size_t service);
/* One tick: what is under way is answered, every service is looked at. */
void stage_tick(struct Stage *stage);
void stage_run(struct Stage *stage, usec_t duration);

/* How often an event of that type (without "ecswatch.") about that service was delivered. */
unsigned stage_told(const struct Stage *stage, const char *type, const char *service);

/* Fails the test unless it was so often, with the daemon's log. */
void stage_assert_told(const struct Stage *stage, const char *type, const char *service,
                       unsigned times);
/* Fails the test unless it has sent this, and nothing else. */
void stage_assert_sent(const struct Stage *stage, const char *expected);
/* Ticks until it is told, once; a hundred ticks at most. */
void stage_run_until_told(struct Stage *stage, const char *type, const char *service);
/* Of whatever it tells. */
unsigned stage_count_told(const struct Stage *stage, const char *type);

/* What the ledger holds of the deployment's only rollout. */
struct RolloutRecord stage_record(const struct Stage *stage, const char *deployment,
                                  struct Arena *arena);

/* The daemon's last log lines, for a failed test. */
const char *stage_log(void);
