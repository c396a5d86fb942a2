/* SPDX-License-Identifier: Apache-2.0 */
/* Service deployments and service revisions. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "api.h"
#include "base/text.h"
#include "render.h"

enum {
        ARNS_IN_CALL = 20,
        LIST_PAGE = 20,
};

static bool has_status(const json_t *statuses, const struct SimServiceDeployment *deployment) {
        const char *status = sim_service_deployment_status_name(deployment->status);
        const json_t *wanted;
        size_t i;

        if (json_array_size(statuses) == 0)
                return true;
        json_array_foreach(statuses, i,
                           wanted) if (text_equal(json_string_value(wanted), status)) return true;
        return false;
}

static bool is_within(const json_t *range, usec_t at) {
        const json_t *after = json_object_get(range, "after");
        const json_t *before = json_object_get(range, "before");
        double seconds = (double) at / (double) USEC_PER_SEC;

        return (!json_is_number(after) || seconds > json_number_value(after)) &&
               (!json_is_number(before) || seconds < json_number_value(before));
}

/* The newest first, as the API has it: the items' place is counted down from the end of time. */
int list_service_deployments(struct Call *call) {
        _cleanup_(items_done) struct Items items = {};
        struct SimCluster *cluster;
        struct SimService *service;
        int r;

        r = call_service(call, call_text(call, "service"), &cluster, &service);
        for (size_t i = 0; r == 0 && i < service->n_service_deployments; i++) {
                const struct SimServiceDeployment *deployment = service->service_deployments[i];

                if (has_status(call_value(call, "status"), deployment) &&
                    is_within(call_value(call, "createdAt"), deployment->created_at))
                        r = items_add(&items, USEC_INFINITY - deployment->created_at,
                                      deployment->id,
                                      render_service_deployment_brief(call->world, deployment));
        }
        return r != 0 ? r : call_page(call, &items, "serviceDeployments", LIST_PAGE);
}

/* "arn:…:kind/cluster/service/id" */
static struct SimService *service_of(const struct Call *call, const char *arn, const char *kind) {
        char cluster_name[SIM_NAME_MAX], service_name[SIM_NAME_MAX];
        const char *path = strstr(arn, kind);
        struct SimCluster *cluster;

        if (!path || strlen(arn) >= ARN_MAX)
                return NULL;
        path += strlen(kind);
        if (sscanf(path, "/%255[^/]/%255[^/]/", cluster_name, service_name) != 2)
                return NULL;
        cluster = sim_find_cluster(call->sim, cluster_name);
        return cluster ? sim_find_service(cluster, service_name) : NULL;
}

static struct SimServiceDeployment *find_deployment(const struct Call *call, const char *arn) {
        const struct SimService *service = service_of(call, arn, ":service-deployment");

        for (size_t i = 0; service && i < service->n_service_deployments; i++)
                if (text_equal(service->service_deployments[i]->id, text_after_last(arn, '/')))
                        return service->service_deployments[i];
        return NULL;
}

static int check_arns(struct Call *call, const json_t *arns) {
        const json_t *arn;
        size_t i;

        if (json_array_size(arns) == 0 || json_array_size(arns) > ARNS_IN_CALL)
                return call_invalid(call, "Between 1 and %d ARNs are expected.", ARNS_IN_CALL);
        json_array_foreach(arns, i,
                           arn) if (!json_is_string(arn)) return call_invalid(call,
                                                                              "An ARN is a text.");
        return 0;
}

int describe_service_deployments(struct Call *call) {
        const json_t *arns = call_value(call, "serviceDeploymentArns"), *arn;
        json_t *found, *failures;
        size_t i;
        int r;

        r = check_arns(call, arns);
        if (r != 0)
                return r;
        found = json_array();
        failures = json_array();
        json_array_foreach(arns, i, arn) {
                const struct SimServiceDeployment *deployment =
                        find_deployment(call, json_string_value(arn));

                if (deployment)
                        json_array_append_new(found,
                                              render_service_deployment(call->world, deployment));
                else
                        json_array_append_new(failures,
                                              render_failure(json_string_value(arn), "MISSING"));
        }
        call->response = json_pack("{s:o, s:o}", "serviceDeployments", found, "failures", failures);
        return 0;
}

static json_t *show_revision(const struct Call *call, const char *arn) {
        const struct SimService *service = service_of(call, arn, ":service-revision");

        for (size_t i = 0; service && i < service->n_revisions; i++)
                if (text_equal(service->revisions[i]->id, text_after_last(arn, '/')))
                        return render_revision(call->world, service, service->revisions[i]);
        return NULL;
}

int describe_service_revisions(struct Call *call) {
        const json_t *arns = call_value(call, "serviceRevisionArns"), *arn;
        json_t *found, *failures;
        size_t i;
        int r;

        r = check_arns(call, arns);
        if (r != 0)
                return r;
        found = json_array();
        failures = json_array();
        json_array_foreach(arns, i, arn) {
                json_t *shown = show_revision(call, json_string_value(arn));

                if (shown)
                        json_array_append_new(found, shown);
                else
                        json_array_append_new(failures,
                                              render_failure(json_string_value(arn), "MISSING"));
        }
        call->response = json_pack("{s:o, s:o}", "serviceRevisions", found, "failures", failures);
        return 0;
}

int stop_service_deployment(struct Call *call) {
        const char *arn = call_text(call, "serviceDeploymentArn");
        const char *type = call_text(call, "stopType");
        struct SimServiceDeployment *deployment = find_deployment(call, arn);
        int r;

        if (type && !text_equal(type, "ROLLBACK"))
                return call_invalid(call, "The valid values for stopType are ROLLBACK.");
        if (!deployment)
                return SIM_REFUSED_SERVICE_DEPLOYMENT_NOT_FOUND;
        r = sim_stop_service_deployment(call->sim, deployment);
        if (r != 0)
                return r;
        call->response = json_pack("{s:s}", "serviceDeploymentArn", arn);
        return 0;
}
