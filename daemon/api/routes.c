/* SPDX-License-Identifier: Apache-2.0 */
/* What can be asked for, and the table of all paths. */
#include "base/text.h"
#include "daemon/api/answers.h"
#include "daemon/api/internal.h"
#include "daemon/ledger/rollouts.h"

static int request_health(struct Request *request) {
        int r = buffer_append_text(&request->body, "ok\n");

        return r < 0 ? r : MHD_HTTP_OK;
}

static int request_ready(struct Request *request) {
        const struct ApiSource *source = &request->api->parameters.source;
        const char *why = NULL;
        int r;

        if (source->is_ready(source->userdata, &why)) {
                r = buffer_append_text(&request->body, "ready\n");
                return r < 0 ? r : MHD_HTTP_OK;
        }
        return request_refuse(request, MHD_HTTP_SERVICE_UNAVAILABLE, why ? why : "not ready");
}

static int request_metrics(struct Request *request) {
        struct Api *api = request->api;
        int r = 0;

        api->metrics[METRIC_STREAMS].value = api->streams.n;
        if (api->parameters.metrics)
                r = metrics_write(api->parameters.metrics, &request->body);
        return r < 0 ? r : MHD_HTTP_OK;
}

static int request_services(struct Request *request) {
        const struct ApiParameters *parameters = &request->api->parameters;
        const struct ServicesQuery query = {.cluster = request_parameter(request, "cluster"),
                                            .service = request_parameter(request, "service")};
        int r;

        r = answer_services(parameters->ledger, &parameters->source, parameters->version, &query,
                            &request->body);
        return r < 0 ? r : MHD_HTTP_OK;
}

static int request_deployments(struct Request *request) {
        const char *limit_text = request_parameter(request, "limit");
        uint64_t limit = API_HISTORY_DEFAULT;
        struct RolloutQuery query = {.cluster = request_parameter(request, "cluster"),
                                     .service = request_parameter(request, "service"),
                                     .deployment = request_parameter(request, "deployment")};
        int r;

        if (limit_text && text_parse_u64(limit_text, 1, API_HISTORY_MAX, &limit) < 0)
                return request_refuse(request, MHD_HTTP_BAD_REQUEST, "limit must be 1 to 1000");
        query.limit = limit;
        r = answer_deployments(request->api->parameters.ledger, &query, &request->body);
        return r < 0 ? r : MHD_HTTP_OK;
}

/* The newest one of a service, or the given one. */
static struct RolloutQuery one_deployment(struct Request *request) {
        return (struct RolloutQuery) {.cluster = request_parameter(request, "cluster"),
                                      .service = request_parameter(request, "service"),
                                      .deployment = request_parameter(request, "deployment"),
                                      .limit = 1};
}

static int request_story(struct Request *request) {
        const struct ApiParameters *parameters = &request->api->parameters;
        const struct RolloutQuery query = one_deployment(request);
        int r;

        if (!query.cluster || !query.service)
                return request_refuse(request, MHD_HTTP_BAD_REQUEST,
                                      "cluster and service must be given");
        r = answer_story(parameters->ledger, &parameters->source, &query, &request->body);
        if (r == 0)
                request->problem = "no such deployment is known";
        return r < 0 ? r : r == 0 ? MHD_HTTP_NOT_FOUND : MHD_HTTP_OK;
}

/* As `ecswatchctl judge --record` keeps it. */
static int request_case(struct Request *request) {
        const struct RolloutQuery query = one_deployment(request);
        int r;

        if (!query.cluster || !query.service)
                return request_refuse(request, MHD_HTTP_BAD_REQUEST,
                                      "cluster and service must be given");
        r = answer_case(request->api->parameters.ledger, &query, &request->body);
        if (r == 0)
                request->problem = "no failed or stalled verdict of such a deployment is recorded";
        return r < 0 ? r : r == 0 ? MHD_HTTP_NOT_FOUND : MHD_HTTP_OK;
}

static int request_holds(struct Request *request) {
        int r = answer_holds(request->api->parameters.ledger, &request->body);

        return r < 0 ? r : MHD_HTTP_OK;
}

static const struct Route ROUTES[] = {
        {"/healthz", "text/plain; charset=utf-8", request_health},
        {"/readyz", "text/plain; charset=utf-8", request_ready},
        {"/metrics", "text/plain; version=0.0.4; charset=utf-8", request_metrics},
        {"/api/v1/services", "application/json", request_services},
        {"/api/v1/deployments", "application/json", request_deployments},
        {"/api/v1/story", "application/json", request_story},
        {"/api/v1/case", "application/json", request_case},
        {"/api/v1/holds", "application/json", request_holds},
        {"/api/v1/hold", "application/json", order_hold, .writes = true},
        {"/api/v1/unhold", "application/json", order_unhold, .writes = true},
        {"/api/v1/approve", "application/json", order_approve, .writes = true},
        {"/api/v1/look", "application/json", order_look, .writes = true},
};

const struct Route *route_find(const char *path) {
        for (size_t i = 0; i < ARRAY_SIZE(ROUTES); i++)
                if (text_equal(path, ROUTES[i].path))
                        return &ROUTES[i];
        return NULL;
}
