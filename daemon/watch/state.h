/* SPDX-License-Identifier: Apache-2.0 */
/* What a watch keeps. Private to the files of this folder. */
#pragma once

#include "act/act.h"
#include "daemon/act/perform.h"
#include "daemon/act/service_deployment.h"
#include "daemon/act/subject.h"
#include "daemon/act/task_definition.h"
#include "daemon/ledger/actions.h"
#include "daemon/ledger/rollouts.h"
#include "daemon/log.h"
#include "daemon/poll/history.h"
#include "daemon/poll/log_look.h"
#include "daemon/watch/watch.h"
#include "judge/change.h"
#include "judge/course.h"
#include "judge/decide.h"
#include "judge/evidence.h"
#include "judge/judge.h"
#include "judge/learn.h"
#include "judge/restart.h"

enum { WATCH_STATUSES_MAX = 8, RECORD_ARENA_BYTES = 1024 * 1024 };

/* What DescribeTaskDefinition said of a possible target; asked anew for every decision. */
struct TargetStatus {
        char task_definition[TASK_DEFINITION_MAX];
        char status[32];
};

/* Works on the newest answer; `r` below 0: it cannot be worked on, for this reason. */
typedef void TurnTaker(struct Watch *watch, int r, usec_t now);

/* Goes on once what was looked for is known, or that it cannot be. */
typedef void LookTaker(struct Watch *watch, usec_t now);

enum Deciding {
        DECIDES_NOTHING,
        DECIDES,      /* the verdict is told with what is decided */
        DECIDES_TOLD, /* the verdict has been told: ECS goes first, or nothing can be recorded */
};

/* Room for working on an answer and for what follows from it; a settled watch has none. */
struct WatchWork {
        struct PendingChange pending, pending_before; /* before: as the turn began */
        struct HistoryLook *history; /* what came and went is being asked for; until then nothing
                                        is judged */
        TurnTaker *then;             /* takes the turn that it holds up */
        struct LogRepeat hidden;     /* that it could not be had */
        struct Evidence *kept; /* of a turn that could not be recorded: what ECS said stays true */
        bool rows_put;         /* the turn's transaction has the evidence's changes */
        struct Learnt learnt;  /* what the past taught when its judging began here */
        bool has_learnt;
        struct Verdict verdict; /* as judged at the newest observation */
        bool has_verdict;

        /* The decision about a failed or stalled verdict, from when it is reached until it is
         * final. */
        enum Deciding deciding;
        struct Verdict decided_verdict;
        struct LogRepeat hindered; /* why deciding or calling does not get on */
        struct Decision decision;
        struct TargetStatus statuses[WATCH_STATUSES_MAX];
        size_t n_statuses;
        struct TaskDefinitionLook *look;
        LookTaker *awaits; /* one of the looks below; NULL: none */
        /* What ECS completed before, where the ledger knows nothing to go back to. */
        struct HistoryLook *past_look; /* kept for what it found */
        const struct ServiceDeploymentFacts *past;
        size_t n_past;
        bool past_asked;
        char past_problem[256];
        /* How the service deployment stands, for the decision. */
        struct ServiceDeploymentLook *deployment_look; /* kept for what it found */
        const struct ServiceDeploymentFacts *deployment;
        bool deployment_asked;
        usec_t deployment_asked_at;
        char deployment_problem[256];

        /* What the longest-lived failed container wrote last, for the failed verdict. */
        struct LogLook *log_look;
        bool log_asked;
        struct LogRepeat unheard; /* that it cannot be had */

        /* What the remedy would change. */
        struct SubjectLook *subject_look; /* kept for what it found */
        bool subject_asked;
        usec_t subject_asked_at;
        const struct SubjectFacts *subject;
        char subject_problem[256];

        /* An action of ours on this rollout that is not finished; `action.id` 0: none. */
        struct ActionRecord action;
        char action_target[TASK_DEFINITION_MAX];
        enum ActionUntil action_until;
        char action_handle[HANDLE_MAX];
        struct Performance *performance;
};

struct Watch {
        struct WatchWorld *world;
        struct WatchCluster *cluster;
        struct PollService *poll;
        char *name;
        char account[32]; /* from the service's ARN; "" before the first answer */
        struct WatchSettings settings;
        bool retiring;
        unsigned unlisted;         /* lists of services in a row that did not name it */
        char *problem;             /* why nothing or only a part is known; NULL */
        usec_t unseen_since;       /* monotonic: it is not seen; USEC_UNKNOWN: it is */
        struct LogRepeat taskless; /* that we may not see its tasks */
        struct LogRepeat unseen;   /* that it is not, while others of its cluster are */
        bool blind;

        /* NULL: the watch is settled. Nothing is under way or undecided, and all that was answered
         * has been worked on and recorded: the same answer again would change nothing. */
        struct WatchWork *work;
        struct Facts *facts; /* the newest; NULL before the first answer, and while settled */
        char strategy[16];   /* of a settled one's service; "": none was told */
        usec_t seen_at;      /* AWS's time of the last answer; USEC_UNKNOWN: none */
        usec_t events_until; /* of its events the newest that the brake has heard of */
        usec_t started_at;   /* AWS's time when this program first saw the service */
        bool restored;       /* what follows is what the ledger holds, and what this turn changes */
        struct LogRepeat stuck; /* observations that could not be worked on */
        char *accounted; /* the newest service deployment of which all is known; NULL: none yet */

        /* The newest rollout; `record.id` 0: none. Its texts live in `record_arena`. */
        struct Arena *record_arena;
        struct RolloutRecord record;
        unsigned blamed;    /* its attempts that blame the code, as judged last in this process */
        const char *judged; /* of a rollback: the deployment that was rolled back; else its own */
        struct Evidence *evidence; /* NULL: it is not judged any more */
        bool rolls_back;           /* ECS goes back from it, as its service deployment says */
        usec_t native_failed_since, judged_since; /* see judge/decide.h */
        char *last_good;                          /* task definition; NULL: none */
        struct Calm calm;                         /* once it is proven: what the idle polls show */
        usec_t proving_since; /* after success: since when its tasks are watched; USEC_UNKNOWN: not
                                 yet, or there are none */
};
