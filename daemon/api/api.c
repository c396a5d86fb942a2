/* SPDX-License-Identifier: Apache-2.0 */
/* Requests are answered where they arrive, from the event loop, so every answer shows one state.
 * None has a body: whoever sends one is told so before it is read. */
#include "daemon/api/api.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "daemon/api/answers.h"
#include "daemon/api/internal.h"
#include "daemon/clock.h"
#include "daemon/log.h"

#define KEEP_ALIVE (15 * USEC_PER_SEC)

static const struct Metric METRICS[_API_METRIC_COUNT] = {
        [METRIC_REQUESTS] = {"ecswatch_api_requests_total", NULL, "Requests to the HTTP API.",
                             METRIC_COUNTER, 0},
        [METRIC_STREAMS] = {"ecswatch_api_streams", NULL, "Clients of /api/v1/events.",
                            METRIC_GAUGE, 0},
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
                last = request_parameter(request, "after");
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
        const struct Route *route = route_find(path);

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

static int on_keep_alive(void *userdata) {
        struct Api *api = userdata;

        streams_keep_alive(&api->streams);
        api_wake(api);
        return clock_timer_set_real(&api->keep_alive, KEEP_ALIVE);
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
        r = clock_timer_init_real(&api->keep_alive, parameters->event, USEC_PER_SEC, on_keep_alive,
                                  api);
        if (r >= 0)
                r = clock_timer_set_real(&api->keep_alive, KEEP_ALIVE);
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
        clock_timer_done(&api->keep_alive);
        free(api);
}

void api_publish(struct Api *api, uint64_t sequence, const char *type, const char *body) {
        streams_publish(&api->streams, sequence, type, body);
        api_wake(api);
}
