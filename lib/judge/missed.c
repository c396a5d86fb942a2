/* SPDX-License-Identifier: Apache-2.0 */
/* A service deployment and a deployment are two records of one thing that do not name each other;
 * the task definition and the time tell which belong together. */
#include "judge/missed.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"

/* So far apart both may say that it began. */
#define SAME_TIME USEC_PER_MINUTE

#define EVENT_NAMES "(deployment "

struct Search {
        const struct MissedInput *input;
        const struct DeploymentFacts *primary;
        usec_t accounted_at; /* USEC_UNKNOWN: before all that is listed */
        bool is_known[MISSED_MAX];
};

static usec_t apart(usec_t a, usec_t b) {
        return a > b ? a - b : b - a;
}

/* The latest that it may be said to have begun: it waits while another one ends. */
static usec_t began_until(const struct ServiceDeploymentFacts *deployment) {
        usec_t at = deployment->created_at;

        if (deployment->started_at != USEC_UNKNOWN && deployment->started_at > at)
                at = deployment->started_at;
        return usec_add(at, SAME_TIME);
}

static bool may_be(const struct ServiceDeploymentFacts *deployment, const char *task_definition,
                   usec_t began_at) {
        return (!deployment->task_definition ||
                text_equal(deployment->task_definition, task_definition)) &&
               began_at >= usec_sub(deployment->created_at, SAME_TIME) &&
               began_at <= began_until(deployment);
}

/* The deployment is known: so is the one service deployment that is the nearest to it. */
static void mark(struct Search *search, const char *task_definition, usec_t began_at) {
        const struct ServiceDeploymentFacts *all = search->input->deployments;
        size_t n = search->input->n_deployments, nearest = n;

        for (size_t i = 0; i < n; i++)
                if (!search->is_known[i] && may_be(all + i, task_definition, began_at) &&
                    (nearest == n ||
                     apart(all[i].created_at, began_at) < apart(all[nearest].created_at, began_at)))
                        nearest = i;
        if (nearest < n)
                search->is_known[nearest] = true;
}

static bool is_known_id(const struct MissedInput *input, const char *id) {
        for (size_t i = 0; i < input->n_known; i++)
                if (text_equal(input->known[i].id, id))
                        return true;
        return false;
}

static void mark_known(struct Search *search) {
        const struct MissedInput *input = search->input;

        for (size_t i = 0; i < input->n_known; i++)
                mark(search, input->known[i].task_definition, input->known[i].created_at);
        if (!is_known_id(input, search->primary->id))
                mark(search, search->primary->task_definition, search->primary->created_at);
}

/* It is over: a newer one is PRIMARY, or an older one is again. Else the answer may be from before
 * it began. */
static bool is_over(const struct Search *search, const struct ServiceDeploymentFacts *deployment) {
        if (search->primary->created_at > deployment->created_at)
                return true;
        return service_deployment_rolls_back(deployment->status) ||
               deployment->status == SERVICE_DEPLOYMENT_STOPPED;
}

static bool is_missed(const struct Search *search, size_t i) {
        const struct ServiceDeploymentFacts *deployment = search->input->deployments + i;

        return !search->is_known[i] && deployment->task_definition &&
               deployment->created_at > search->input->watched->started_at &&
               deployment->created_at > search->accounted_at && is_over(search, deployment);
}

/* The unknown id that an event names in the deployment's time. */
static bool id_told(const struct MissedInput *input, usec_t since, usec_t until,
                    char ret[VERDICT_ID_MAX]) {
        for (size_t i = 0; i < input->service->n_events; i++) {
                const struct ServiceEvent *event = input->service->events + i;
                const char *at = event->message ? strstr(event->message, EVENT_NAMES) : NULL;

                if (!at || event->created_at < since || event->created_at >= until)
                        continue;
                at += strlen(EVENT_NAMES);
                snprintf(ret, VERDICT_ID_MAX, "%.*s", (int) strcspn(at, ")"), at);
                if (!is_known_id(input, ret) && !service_deployment_by_id(input->service, ret))
                        return true;
        }
        return false;
}

/* Until then nothing but the `i`th of the missed was PRIMARY, or what it went back to. */
static usec_t over_at(const struct Search *search, const struct Missed *missed, size_t n,
                      size_t i) {
        if (i + 1 < n)
                return missed[i + 1].deployment->created_at;
        return search->primary->created_at > missed[i].deployment->created_at
                       ? search->primary->created_at
                       : USEC_INFINITY;
}

static void name_missed(const struct Search *search, struct Missed *missed, size_t n) {
        for (size_t i = 0; i < n; i++) {
                const struct ServiceDeploymentFacts *deployment = missed[i].deployment;

                if (!id_told(search->input, deployment->created_at, over_at(search, missed, n, i),
                             missed[i].id))
                        snprintf(missed[i].id, sizeof(missed[i].id), MISSED_ID_PREFIX "%.80s",
                                 text_after_last(deployment->arn, '/'));
        }
}

static void add_missed(const struct ServiceDeploymentFacts *deployment, struct Missed *ret,
                       size_t n) {
        for (; n > 0 && ret[n - 1].deployment->created_at > deployment->created_at; n--)
                ret[n] = ret[n - 1];
        ret[n].deployment = deployment;
}

size_t missed_find(const struct MissedInput *input, struct Missed ret[MISSED_MAX]) {
        struct Search search = {.input = input, .primary = service_primary(input->service)};
        size_t n = 0;

        if (!search.primary || input->n_deployments > MISSED_MAX)
                return 0;
        for (size_t i = 0; i < input->n_deployments; i++)
                if (text_equal(input->deployments[i].arn, input->accounted))
                        search.accounted_at = input->deployments[i].created_at;
        mark_known(&search);
        for (size_t i = 0; i < input->n_deployments; i++)
                if (is_missed(&search, i))
                        add_missed(input->deployments + i, ret, n++);
        name_missed(&search, ret, n);
        return n;
}
