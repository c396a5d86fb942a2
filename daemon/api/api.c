/* SPDX-License-Identifier: Apache-2.0 */
/* Requests are answered where they arrive, from the event loop, so every answer shows one state.
 * None has a body: whoever sends one is told so before it is read. */
#include "daemon/api/api.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "daemon/api/answers.h"
#include "daemon/api/listener.h"
#include "daemon/api/stream.h"
#include "daemon/clock.h"
#include "daemon/ledger/rollouts.h"
#include "daemon/log.h"
#include "daemon/metrics.h"

#define KEEP_ALIVE (15 * USEC_PER_SEC)

enum ApiMetric { METRIC_REQUESTS, METRIC_STREAMS, _API_METRIC_COUNT };

struct Api {
        struct ApiParameters parameters;
        struct Listener local, network;
        struct Streams streams;
        sd_event_source *keep_alive;
        struct Metric metrics[_API_METRIC_COUNT];
};

static const struct Metric METRICS[_API_METRIC_COUNT] = {
        [METRIC_REQUESTS] = {"ecswatch_api_requests_total", NULL, "Requests to the HTTP API.",
                             METRIC_COUNTER, 0},
        [METRIC_STREAMS] = {"ecswatch_api_streams", NULL, "Clients of /api/v1/events.",
                            METRIC_GAUGE, 0},
};

struct Request {
        struct Api *api;
        struct MHD_Connection *connection;
        struct Buffer body;
        const char *problem; /* detail of a status of 400 and above */
        const char *allow;   /* of status 405: the methods */
};

struct Route {
        const char *path, *content_type;
        /* The status, or a negative errno. */
        int (*answer)(struct Request *request);
        bool writes; /* POST, and on the Unix socket only */
};

static const char *parameter(const struct Request *request, const char *name) {
        const char *value =
                MHD_lookup_connection_value(request->connection, MHD_GET_ARGUMENT_KIND, name);

        return text_is_empty(value) ? NULL : value;
}

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
        request->problem = why ? why : "not ready";
        return MHD_HTTP_SERVICE_UNAVAILABLE;
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
        const struct ServicesQuery query = {.cluster = parameter(request, "cluster"),
                                            .service = parameter(request, "service")};
        int r;

        r = answer_services(&parameters->source, parameters->version, &query, &request->body);
        return r < 0 ? r : MHD_HTTP_OK;
}

static int request_deployments(struct Request *request) {
        const char *limit_text = parameter(request, "limit");
        uint64_t limit = API_HISTORY_DEFAULT;
        struct RolloutQuery query = {.cluster = parameter(request, "cluster"),
                                     .service = parameter(request, "service"),
                                     .deployment = parameter(request, "deployment")};
        int r;

        if (limit_text && text_parse_u64(limit_text, 1, API_HISTORY_MAX, &limit) < 0) {
                request->problem = "limit must be 1 to 1000";
                return MHD_HTTP_BAD_REQUEST;
        }
        query.limit = limit;
        r = answer_deployments(request->api->parameters.ledger, &query, &request->body);
        return r < 0 ? r : MHD_HTTP_OK;
}

static int request_story(struct Request *request) {
        const struct ApiParameters *parameters = &request->api->parameters;
        const struct RolloutQuery query = {.cluster = parameter(request, "cluster"),
                                           .service = parameter(request, "service"),
                                           .deployment = parameter(request, "deployment"),
                                           .limit = 1};
        int r;

        if (!query.cluster || !query.service) {
                request->problem = "cluster and service must be given";
                return MHD_HTTP_BAD_REQUEST;
        }
        r = answer_story(parameters->ledger, &parameters->source, &query, &request->body);
        if (r == 0)
                request->problem = "no such deployment is known";
        return r < 0 ? r : r == 0 ? MHD_HTTP_NOT_FOUND : MHD_HTTP_OK;
}

static int request_look(struct Request *request) {
        const struct ApiSource *source = &request->api->parameters.source;
        size_t n = source->look(source->userdata, parameter(request, "cluster"),
                                parameter(request, "service"));
        int r;

        if (n == 0) {
                request->problem = "nothing of that name is watched";
                return MHD_HTTP_NOT_FOUND;
        }
        r = buffer_append_format(&request->body, "{\"looking_at\":%zu}", n);
        return r < 0 ? r : MHD_HTTP_ACCEPTED;
}

static const struct Route ROUTES[] = {
        {"/healthz", "text/plain; charset=utf-8", request_health},
        {"/readyz", "text/plain; charset=utf-8", request_ready},
        {"/metrics", "text/plain; version=0.0.4; charset=utf-8", request_metrics},
        {"/api/v1/services", "application/json", request_services},
        {"/api/v1/deployments", "application/json", request_deployments},
        {"/api/v1/story", "application/json", request_story},
        {"/api/v1/look", "application/json", request_look, .writes = true},
};

static const char STREAM_PATH[] = "/api/v1/events";

static bool is_read(const char *method) {
        return text_equal(method, MHD_HTTP_METHOD_GET) || text_equal(method, MHD_HTTP_METHOD_HEAD);
}

static enum MHD_Result respond(struct Request *request, unsigned status, const char *content_type) {
        struct MHD_Response *response;
        enum MHD_Result queued;

        response = MHD_create_response_from_buffer(request->body.size,
                                                   (void *) buffer_text(&request->body),
                                                   MHD_RESPMEM_MUST_COPY);
        if (!response)
                return MHD_NO;
        MHD_add_response_header(response, "Content-Type", content_type);
        MHD_add_response_header(response, "Cache-Control", "no-store");
        MHD_add_response_header(response, "X-Content-Type-Options", "nosniff");
        if (status == MHD_HTTP_METHOD_NOT_ALLOWED)
                MHD_add_response_header(response, "Allow", request->allow);
        queued = MHD_queue_response(request->connection, status, response);
        MHD_destroy_response(response);
        return queued;
}

static enum MHD_Result respond_problem(struct Request *request, unsigned status) {
        buffer_clear(&request->body);
        if (answer_problem(status, MHD_get_reason_phrase_for(status), request->problem,
                           &request->body) < 0)
                return MHD_NO;
        return respond(request, status, "application/problem+json");
}

static enum MHD_Result respond_route(struct Request *request, const struct Route *route) {
        int status = route->answer(request);

        if (status < 0) {
                log_error("HTTP API: cannot answer %s: %s", route->path, strerror(-status));
                request->problem = strerror(-status);
                status = MHD_HTTP_INTERNAL_SERVER_ERROR;
        }
        return status < MHD_HTTP_BAD_REQUEST
                       ? respond(request, (unsigned) status, route->content_type)
                       : respond_problem(request, (unsigned) status);
}

/* The header wins: it is what a client that reconnects by itself sends. */
static enum MHD_Result respond_stream(struct Request *request, const char *method) {
        struct Api *api = request->api;
        const char *last =
                MHD_lookup_connection_value(request->connection, MHD_HEADER_KIND, "Last-Event-ID");
        uint64_t sequence = UINT64_MAX;

        if (text_is_empty(last))
                last = parameter(request, "after");
        if (last && text_parse_u64(last, 0, INT64_MAX, &sequence) < 0) {
                request->problem = "Last-Event-ID must be an id of this stream";
                return respond_problem(request, MHD_HTTP_BAD_REQUEST);
        }
        if (text_equal(method, MHD_HTTP_METHOD_HEAD))
                return respond(request, MHD_HTTP_OK, "text/event-stream");
        if (api->streams.n >= API_STREAMS_MAX) {
                request->problem = "too many clients read events already";
                return respond_problem(request, MHD_HTTP_SERVICE_UNAVAILABLE);
        }
        return stream_begin(&api->streams, request->connection, api->parameters.ledger, sequence);
}

static bool is_local(const struct Api *api, struct MHD_Connection *connection) {
        const union MHD_ConnectionInfo *info =
                MHD_get_connection_info(connection, MHD_CONNECTION_INFO_DAEMON);

        return info && info->daemon == api->local.server;
}

static enum MHD_Result respond_path(struct Request *request, const char *path, const char *method) {
        bool known = text_equal(path, STREAM_PATH);
        const struct Route *route = NULL;

        for (size_t i = 0; i < ARRAY_SIZE(ROUTES); i++)
                if (text_equal(path, ROUTES[i].path))
                        route = &ROUTES[i];
        if (!known && !route) {
                request->problem = "there is nothing here; see docs/http-api.md";
                return respond_problem(request, MHD_HTTP_NOT_FOUND);
        }
        if (route && route->writes ? !text_equal(method, MHD_HTTP_METHOD_POST) : !is_read(method)) {
                request->allow = route && route->writes ? "POST" : "GET, HEAD";
                request->problem = route && route->writes ? "only POST" : "only GET and HEAD";
                return respond_problem(request, MHD_HTTP_METHOD_NOT_ALLOWED);
        }
        if (route && route->writes && !is_local(request->api, request->connection)) {
                request->problem = "only on the Unix socket";
                return respond_problem(request, MHD_HTTP_FORBIDDEN);
        }
        return route ? respond_route(request, route) : respond_stream(request, method);
}

static bool request_has_body(struct MHD_Connection *connection) {
        const char *length =
                MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Content-Length");

        return (length && !text_equal(length, "0")) ||
               MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Transfer-Encoding");
}

static enum MHD_Result on_request(void *userdata, struct MHD_Connection *connection,
                                  const char *path, const char *method, const char *version,
                                  const char *upload, size_t *upload_size, void **state) {
        static const char begun;
        struct Request request = {.api = userdata, .connection = connection};
        enum MHD_Result result;

        (void) version;
        (void) upload;
        (void) upload_size;
        buffer_init(&request.body, API_ANSWER_MAX);
        if (!*state && !request_has_body(connection)) {
                *state = (void *) &begun; /* libmicrohttpd keeps the connection only so */
                return MHD_YES;
        }
        request.api->metrics[METRIC_REQUESTS].value++;
        if (!*state) {
                *state = (void *) &begun;
                request.problem = "requests have no body";
                result = respond_problem(&request, MHD_HTTP_CONTENT_TOO_LARGE);
        } else
                result = respond_path(&request, path, method);
        buffer_done(&request.body);
        return result;
}

static void on_completed(void *userdata, struct MHD_Connection *connection, void **state,
                         enum MHD_RequestTerminationCode code) {
        (void) userdata;
        (void) connection;
        (void) code;
        *state = NULL;
}

static void api_wake(struct Api *api) {
        listener_wake(&api->local);
        listener_wake(&api->network);
}

static int on_keep_alive(sd_event_source *source, uint64_t time, void *userdata) {
        struct Api *api = userdata;

        (void) time;
        streams_keep_alive(&api->streams);
        api_wake(api);
        return clock_set_real_timer(source, KEEP_ALIVE);
}

static int api_listen(struct Api *api, const struct ApiParameters *parameters) {
        const struct ListenerCallbacks callbacks = {on_request, on_completed, api};
        const char *path = parameters->socket_fd < 0 ? parameters->socket : NULL;
        int fd = parameters->socket_fd, r;

        if (fd < 0 && !text_is_empty(path))
                fd = listener_bind_path(path);
        if (fd < 0 && !text_is_empty(path))
                return fd;
        if (fd >= 0) {
                r = listener_start(&api->local, parameters->event, fd, path, &callbacks);
                if (r < 0)
                        return r;
        }

        if (text_is_empty(parameters->listen))
                return 0;
        fd = listener_bind_address(parameters->listen);
        return fd < 0 ? fd : listener_start(&api->network, parameters->event, fd, NULL, &callbacks);
}

int api_new(const struct ApiParameters *parameters, struct Api **ret) {
        _cleanup_(api_freep) struct Api *api = calloc(1, sizeof(*api));
        int r;

        if (!api)
                return -ENOMEM;
        api->parameters = *parameters;
        api->parameters.socket = api->parameters.listen = NULL;
        memcpy(api->metrics, METRICS, sizeof(METRICS));
        r = clock_add_real_timer(parameters->event, &api->keep_alive, KEEP_ALIVE, USEC_PER_SEC,
                                 on_keep_alive, api);
        if (r >= 0 && parameters->metrics)
                r = metrics_register(parameters->metrics, api->metrics, _API_METRIC_COUNT);
        if (r >= 0)
                r = api_listen(api, parameters);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(api);
        return 0;
}

void api_free(struct Api *api) {
        if (!api)
                return;
        /* libmicrohttpd must not be stopped while connections are suspended. */
        streams_end(&api->streams);
        listener_run(&api->local);
        listener_run(&api->network);
        listener_stop(&api->local);
        listener_stop(&api->network);
        if (api->parameters.metrics)
                metrics_unregister(api->parameters.metrics, api->metrics);
        sd_event_source_disable_unref(api->keep_alive);
        free(api);
}

void api_publish(struct Api *api, uint64_t sequence, const char *type, const char *body) {
        streams_publish(&api->streams, sequence, type, body);
        api_wake(api);
}
