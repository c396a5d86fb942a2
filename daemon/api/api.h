/* SPDX-License-Identifier: Apache-2.0 */
/* HTTP on the Unix socket, and read-only on loopback: health, metrics, services, history, events.
 * On the Unix socket, where the file's permissions say who may, services can be looked at at once
 * and held. Paths and members are in docs/http-api.md. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <systemd/sd-event.h>

#include "base/macros.h"
#include "base/time.h"
#include "daemon/ledger/ledger.h"
#include "words/decision.h"
#include "words/hold.h"
#include "words/policy.h"
#include "words/rollout.h"
#include "words/verdict.h"

struct Api;
struct Metrics;

/* One watched service as it is now. Texts are borrowed for the call; NULL is left out of the
 * answer. */
struct RolloutRecord;

struct ApiService {
        const char *cluster, *service; /* names */
        const char *cluster_arn, *service_arn, *account, *region;
        const char *state;     /* "idle", "watching", "looking", "acting", "following", "unknown" */
        const char *problem;   /* why nothing is known, or known only in part */
        const char *waits;     /* what a rollback that is to be decided about waits for */
        const char *inhibited; /* why nothing is rolled back in its account and region now */
        const char *policy;
        enum PolicyMode mode;
        const struct Rollout *rollout; /* the watched or last one; NULL: none yet */
        const struct Verdict *verdict; /* of that rollout, while it is judged; else NULL */
        /* As it is recorded: its verdict where it is not judged any more. NULL: it is not. */
        const struct RolloutRecord *record;
        const char *last_good; /* task definition's ARN */
        usec_t observed_at;    /* AWS's time of the last answer */
        usec_t next_look_at;   /* local time; USEC_UNKNOWN: it is being looked at */
};

typedef int (*ApiServiceVisitor)(void *userdata, const struct ApiService *service);

/* What the watching side tells. Called from the event loop; must not block. */
struct ApiSource {
        void *userdata;
        /* Calls the visitor for each service, in a stable order, and stops at its first negative
         * answer, which it returns. */
        int (*visit_services)(void *userdata, ApiServiceVisitor visitor, void *visitor_userdata);
        /* What is known of the attempts of the rollout that is being judged; the number of lines.
         */
        size_t (*evidence)(void *userdata, const char *cluster, const char *service,
                           struct EvidenceLine lines[EVIDENCE_LINES_MAX]);
        /* Asks ECS at once about the services of these names (NULL: all); how many they are. */
        size_t (*look)(void *userdata, const char *cluster, const char *service);
        /* Records a hold, in place of one of the same scope: how many services it holds; -ENOENT:
         * nothing of that name is watched; or another negative errno. */
        int (*hold)(void *userdata, const struct Hold *hold);
        /* Takes it back, of exactly this scope: how many there were (0 or 1), or -errno. */
        int (*unhold)(void *userdata, const char *cluster, const char *service);
        /* Somebody's yes to a rollback that waits for one (`mode: confirm`); `deployment` NULL:
         * whichever it is. 0; -ENOENT: nothing of that name is watched; -ENODATA: none waits, with
         * the reason; or another negative errno. */
        int (*approve)(void *userdata, const char *cluster, const char *service,
                       const char *deployment, const char *author,
                       char ret_problem[DECISION_REASON_MAX]);
        /* Whether the daemon is ready; else *ret_why says why not. /healthz needs no callback: it
         * is answered by the loop itself. */
        bool (*is_ready)(void *userdata, const char **ret_why);
};

struct ApiParameters { /* borrowed for the Api's life, but `socket` and `listen` */
        sd_event *event;
        struct Ledger *ledger;
        struct Metrics *metrics;
        struct ApiSource source;
        const char *version;
        int socket_fd;      /* from sd_listen_fds(), taken over; -1: bind `socket` */
        const char *socket; /* path; replaced if nobody answers there; mode 0660 */
        const char *listen; /* "127.0.0.1:9470", "[::1]:9470"; NULL or "": none. Loopback only */
};

enum {
        API_CONNECTIONS_MAX = 64,   /* each of the two sockets */
        API_STREAMS_MAX = 16,       /* clients of /api/v1/events, of both */
        API_STREAM_QUEUE_MAX = 256, /* events one of them may lag behind before it is closed */
        API_HISTORY_DEFAULT = 100,
        API_HISTORY_MAX = 1000,    /* limit= of /api/v1/deployments */
        API_ANSWER_MAX = 16 << 20, /* bytes of one answer */
};

/* 0, or a negative errno: -EADDRINUSE (somebody answers on `socket`, or `listen` is taken),
 * -EINVAL (`listen` is no address and port), -EPERM (it is not loopback), … */
int api_new(const struct ApiParameters *parameters, struct Api **ret);
/* NULL is fine. Open streams end; a socket that we bound is removed. */
void api_free(struct Api *api);
DEFINE_FREEP(struct Api, api_free)

/* Hands an event to the clients of /api/v1/events. `sequence` is the ledger's (outbox.h) and
 * becomes the stream's id; `body` is copied. Call it after the commit that made it durable. */
void api_publish(struct Api *api, uint64_t sequence, const char *type, const char *body);
