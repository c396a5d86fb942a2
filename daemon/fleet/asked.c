/* SPDX-License-Identifier: Apache-2.0 */
/* What the API and the manager ask about the watches, and what people say by the API. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "daemon/fleet/internal.h"
#include "daemon/ledger/holds.h"
#include "daemon/log.h"

/* ---- by name ---- */

typedef void (*WatchVisitor)(struct Watch *watch, void *userdata);

/* Of the services of these names (NULL or "": all); how many they are. */
static size_t each(struct Fleet *fleet, const char *cluster, const char *service,
                   WatchVisitor visit, void *userdata) {
        size_t n = 0;

        for (size_t i = 0; i < fleet->n_clusters; i++) {
                struct FleetCluster *fc = fleet->clusters[i];

                if (!text_is_empty(cluster) && !text_equal(cluster, fc->cluster->name))
                        continue;
                for (size_t k = 0; k < fc->n_watches; k++) {
                        if (!text_is_empty(service) &&
                            !text_equal(service, watch_name(fc->watches[k])))
                                continue;
                        if (visit)
                                visit(fc->watches[k], userdata);
                        n++;
                }
        }
        return n;
}

struct ServicesVisit {
        ApiServiceVisitor visitor;
        void *userdata;
        int r;
};

static void visit_service(struct Watch *watch, void *userdata) {
        struct ServicesVisit *visit = userdata;
        struct ApiService service;

        if (visit->r < 0)
                return;
        watch_describe(watch, &service);
        visit->r = visit->visitor(visit->userdata, &service);
}

static int visit_services(void *fleet, ApiServiceVisitor visitor, void *userdata) {
        struct ServicesVisit visit = {visitor, userdata, 0};

        each(fleet, NULL, NULL, visit_service, &visit);
        return visit.r;
}

struct EvidenceAnswer {
        struct EvidenceLine *lines;
        size_t n;
};

/* Of several clusters with that name the first that has any. */
static void read_evidence(struct Watch *watch, void *userdata) {
        struct EvidenceAnswer *answer = userdata;

        if (answer->n == 0)
                answer->n = watch_evidence(watch, answer->lines);
}

static size_t evidence(void *fleet, const char *cluster, const char *service,
                       struct EvidenceLine lines[EVIDENCE_LINES_MAX]) {
        struct EvidenceAnswer answer = {lines, 0};

        each(fleet, cluster, service, read_evidence, &answer);
        return answer.n;
}

static void look_at(struct Watch *watch, void *userdata) {
        (void) userdata;
        watch_look(watch);
}

static size_t look(void *fleet, const char *cluster, const char *service) {
        return each(fleet, cluster, service, look_at, NULL);
}

/* ---- holds ---- */

/* "shop/web", "shop", "everything". */
static void scope_format(const char *cluster, const char *service, char *ret, size_t size) {
        snprintf(ret, size, "%s%s%s", text_is_empty(cluster) ? "everything" : cluster,
                 text_is_empty(service) ? "" : "/", service);
}

/* A turn of its own, in which `r` came of the write. `r`, or why it is not recorded. */
static int end_order(struct Fleet *fleet, int r) {
        int committed;

        if (r < 0) {
                turn_abandon(fleet->world);
                return r;
        }
        committed = turn_commit(fleet->world);
        return committed < 0 ? committed : r;
}

static int hold(void *userdata, const struct Hold *wanted) {
        struct Fleet *fleet = userdata;
        size_t n = each(fleet, wanted->cluster, wanted->service, NULL, NULL);
        char scope[512], text[HOLD_TEXT_MAX];
        int r;

        if (n == 0 && !text_is_empty(wanted->cluster))
                return -ENOENT;
        r = end_order(fleet, ledger_put_hold(fleet->world->ledger, wanted));
        if (r < 0)
                return r;
        scope_format(wanted->cluster, wanted->service, scope, sizeof(scope));
        log_notice("%s is %s", scope, hold_format(wanted, text));
        return (int) n;
}

static int unhold(void *userdata, const char *cluster, const char *service) {
        struct Fleet *fleet = userdata;
        char scope[512];
        int n;

        n = end_order(fleet, ledger_drop_hold(fleet->world->ledger, cluster, service));
        if (n < 0)
                return n;
        scope_format(cluster, service, scope, sizeof(scope));
        if (n > 0)
                log_notice("%s is not held any more", scope);
        return n;
}

/* ---- approval ---- */

struct Approval {
        const char *deployment, *author;
        char *problem;
        bool approved;
        int r;
};

static void approve_one(struct Watch *watch, void *userdata) {
        struct Approval *approval = userdata;
        struct ApiService service;

        watch_describe(watch, &service);
        if (approval->deployment &&
            (!service.rollout || !text_equal(service.rollout->deployment, approval->deployment))) {
                snprintf(approval->problem, DECISION_REASON_MAX,
                         "%.200s is not the newest deployment of %.200s any more",
                         approval->deployment, service.service);
                approval->r = -ENODATA;
        } else
                approval->r = watch_approve(watch, approval->author, approval->problem);
        approval->approved = approval->approved || approval->r == 0;
}

static int approve(void *fleet, const char *cluster, const char *service, const char *deployment,
                   const char *author, char ret_problem[DECISION_REASON_MAX]) {
        struct Approval approval = {deployment, author, ret_problem, false, -ENOENT};

        each(fleet, cluster, service, approve_one, &approval);
        return approval.approved ? 0 : approval.r;
}

static bool is_ready(void *userdata, const char **ret_why) {
        const struct Fleet *fleet = userdata;

        if (!fleet->config) {
                *ret_why = "no configuration is loaded";
                return false;
        }
        for (size_t i = 0; i < fleet->n_clusters; i++)
                if (!fleet->clusters[i]->cluster->told && fleet->clusters[i]->n_watches > 0) {
                        *ret_why = "not every cluster has answered yet";
                        return false;
                }
        return true;
}

struct ApiSource fleet_api_source(struct Fleet *fleet) {
        return (struct ApiSource) {
                .userdata = fleet,
                .visit_services = visit_services,
                .evidence = evidence,
                .look = look,
                .hold = hold,
                .unhold = unhold,
                .approve = approve,
                .is_ready = is_ready,
        };
}

/* ---- for the manager ---- */

int fleet_add_metrics(struct Fleet *fleet, struct Metrics *metrics) {
        return poller_add_metrics(fleet->poller, metrics);
}

static void count_state(struct Watch *watch, void *userdata) {
        size_t *states = userdata;
        struct ApiService service;
        enum WatchState state = WATCH_IDLE;

        watch_describe(watch, &service);
        while (state <= WATCH_FOLLOWING && !text_equal(service.state, watch_state_name(state)))
                state++;
        states[state]++;
}

void fleet_count_states(struct Fleet *fleet, size_t ret[FLEET_STATES]) {
        memset(ret, 0, FLEET_STATES * sizeof(*ret));
        each(fleet, NULL, NULL, count_state, ret);
}

static void note_quiet(struct Watch *watch, void *userdata) {
        bool *quiet = userdata;

        *quiet = *quiet && watch_is_quiet(watch);
}

bool fleet_is_quiet(struct Fleet *fleet) {
        bool quiet = true;

        each(fleet, NULL, NULL, note_quiet, &quiet);
        return quiet;
}
