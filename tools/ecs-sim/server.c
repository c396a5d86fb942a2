/* SPDX-License-Identifier: Apache-2.0 */
/* libmicrohttpd on one side, exchange() on the other. */
#include "server.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <microhttpd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "base/text.h"

enum {
        BODY_MAX = 4 * 1024 * 1024,
        STALLED_MAX = 256,
        CONNECTIONS_MAX = 512,
        HEADER_NAME_MAX = 128,
};

struct Server {
        struct MHD_Daemon *daemon;
        struct Simulator *simulator;
        struct Buffer errors;
        /* Suspended for ever; libmicrohttpd wants them back before it ends. */
        struct MHD_Connection *stalled[STALLED_MAX];
        size_t n_stalled;
        bool ending;
};

/* One request while it comes in. */
struct Incoming {
        struct Buffer body;
        bool too_long;
        bool stalled;
};

int server_parse_address(const char *text, struct sockaddr_storage *ret) {
        struct sockaddr_in *four = (struct sockaddr_in *) ret;
        struct sockaddr_in6 *six = (struct sockaddr_in6 *) ret;
        const char *colon = strrchr(text, ':');
        char host[64];
        uint64_t port;

        if (!colon || text_parse_u64(colon + 1, 0, UINT16_MAX, &port) < 0)
                return -EINVAL;
        snprintf(host, sizeof(host), "%.*s", (int) (colon - text), text);
        memset(ret, 0, sizeof(*ret));
        if (text_equal(host, "[::1]")) {
                six->sin6_family = AF_INET6;
                six->sin6_port = htons((uint16_t) port);
                six->sin6_addr = in6addr_loopback;
                return 0;
        }
        four->sin_family = AF_INET;
        four->sin_port = htons((uint16_t) port);
        if (inet_pton(AF_INET, text_equal(host, "localhost") ? "127.0.0.1" : host,
                      &four->sin_addr) != 1)
                return -EINVAL;
        return ntohl(four->sin_addr.s_addr) >> 24 == IN_LOOPBACKNET ? 0 : -EPERM;
}

static usec_t real_now(void) {
        struct timespec now;

        clock_gettime(CLOCK_REALTIME, &now);
        return (usec_t) now.tv_sec * USEC_PER_SEC + (usec_t) now.tv_nsec / 1000;
}

/* libmicrohttpd compares names without case. */
static const char *find_header(void *userdata, const char *name) {
        return MHD_lookup_connection_value(userdata, MHD_HEADER_KIND, name);
}

static const char *find_query(void *userdata, const char *name) {
        return MHD_lookup_connection_value(userdata, MHD_GET_ARGUMENT_KIND, name);
}

/* Half of the body, then the end of the connection: the length was promised in full. */
struct Half {
        char *bytes;
        size_t size;
};

static ssize_t read_half(void *userdata, uint64_t position, char *buffer, size_t room) {
        const struct Half *half = userdata;
        size_t end = half->size / 2;

        if (position >= end)
                return MHD_CONTENT_READER_END_WITH_ERROR;
        room = MIN(room, end - (size_t) position);
        memcpy(buffer, half->bytes + position, room);
        return (ssize_t) room;
}

static void free_half(void *userdata) {
        struct Half *half = userdata;

        free(half->bytes);
        free(half);
}

static struct MHD_Response *half_response(struct Reply *reply) {
        struct Half *half = calloc(1, sizeof(*half));
        struct MHD_Response *response;

        if (!half)
                return NULL;
        half->size = reply->body.size;
        half->bytes = buffer_take(&reply->body);
        response = MHD_create_response_from_callback(half->size, 4096, read_half, half, free_half);
        if (!response)
                free_half(half);
        return response;
}

static struct MHD_Response *whole_response(struct Reply *reply) {
        return MHD_create_response_from_buffer(reply->body.size,
                                               reply->body.data ? reply->body.data : (char[1]) {},
                                               MHD_RESPMEM_MUST_COPY);
}

static enum MHD_Result send_reply(struct MHD_Connection *connection, struct Reply *reply) {
        struct MHD_Response *response =
                reply->delivery == DELIVER_HALF ? half_response(reply) : whole_response(reply);
        char date[TIME_TEXT_MAX];
        enum MHD_Result result;

        if (!response)
                return MHD_NO;
        MHD_add_response_header(response, "Content-Type", reply->content_type);
        MHD_add_response_header(response, "Date", time_format_http_date(reply->date, date));
        if (reply->request_id[0])
                MHD_add_response_header(response, "x-amzn-RequestId", reply->request_id);
        result = MHD_queue_response(connection, reply->status, response);
        MHD_destroy_response(response);
        return result;
}

/* A reset, not an orderly end: the client must not take it for an empty answer. */
static enum MHD_Result reset(struct MHD_Connection *connection) {
        const union MHD_ConnectionInfo *info =
                MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
        struct linger now = {.l_onoff = 1, .l_linger = 0};

        if (info)
                setsockopt(info->connect_fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
        return MHD_NO;
}

static enum MHD_Result stall(struct Server *server, struct Incoming *incoming,
                             struct MHD_Connection *connection) {
        if (server->n_stalled == STALLED_MAX)
                return reset(connection);
        server->stalled[server->n_stalled++] = connection;
        incoming->stalled = true;
        MHD_suspend_connection(connection);
        return MHD_YES;
}

static enum MHD_Result deliver(struct Server *server, struct Incoming *incoming,
                               struct MHD_Connection *connection, struct Reply *reply) {
        switch (reply->delivery) {
        case DELIVER:
        case DELIVER_HALF: return send_reply(connection, reply);
        case DELIVER_NOTHING: return reset(connection);
        case DELIVER_NEVER: return stall(server, incoming, connection);
        }
        return MHD_NO;
}

static void tell_errors(struct Server *server) {
        if (server->errors.size > 0)
                fprintf(stderr, "ecs-sim: %s", buffer_text(&server->errors));
        buffer_clear(&server->errors);
}

static enum MHD_Result answer(struct Server *server, struct Incoming *incoming,
                              struct MHD_Connection *connection, const char *url,
                              const char *method) {
        struct Request request = {
                .http = {.method = method,
                         .path = url,
                         .body = buffer_text(&incoming->body),
                         .body_size = incoming->body.size,
                         .header = find_header,
                         .userdata = connection},
                .query = find_query,
        };
        enum MHD_Result result;
        struct Reply reply;
        int r;

        reply_init(&reply);
        r = exchange(server->simulator, &request, real_now(), &server->errors, &reply);
        tell_errors(server);
        if (r < 0) {
                fprintf(stderr, "ecs-sim: a call could not be answered: %s\n", strerror(-r));
                reply.status = 500;
                buffer_clear(&reply.body);
        }
        result = deliver(server, incoming, connection, &reply);
        reply_done(&reply);
        return result;
}

static enum MHD_Result refuse_length(struct MHD_Connection *connection) {
        struct Reply reply;
        enum MHD_Result result;

        reply_init(&reply);
        reply.status = MHD_HTTP_CONTENT_TOO_LARGE;
        result = send_reply(connection, &reply);
        reply_done(&reply);
        return result;
}

static enum MHD_Result on_request(void *userdata, struct MHD_Connection *connection,
                                  const char *url, const char *method, const char *version,
                                  const char *data, size_t *size, void **state) {
        struct Server *server = userdata;
        struct Incoming *incoming = *state;

        (void) version;
        if (!incoming) {
                incoming = calloc(1, sizeof(*incoming));
                if (!incoming)
                        return MHD_NO;
                buffer_init(&incoming->body, BODY_MAX);
                *state = incoming;
                return MHD_YES;
        }
        if (incoming->stalled) /* resumed: the server is ending */
                return MHD_NO;
        if (*size > 0) {
                if (buffer_append(&incoming->body, data, *size) < 0)
                        incoming->too_long = true;
                *size = 0;
                return MHD_YES;
        }
        if (incoming->too_long)
                return refuse_length(connection);
        return answer(server, incoming, connection, url, method);
}

static void on_end(void *userdata, struct MHD_Connection *connection, void **state,
                   enum MHD_RequestTerminationCode code) {
        struct Incoming *incoming = *state;

        (void) userdata;
        (void) connection;
        (void) code;
        if (!incoming)
                return;
        buffer_done(&incoming->body);
        free(incoming);
        *state = NULL;
}

int server_new(struct Simulator *simulator, const struct sockaddr_storage *address,
               struct Server **ret) {
        _cleanup_(server_freep) struct Server *server = calloc(1, sizeof(*server));
        unsigned flags = MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_AUTO | MHD_ALLOW_SUSPEND_RESUME |
                         MHD_USE_SUPPRESS_DATE_NO_CLOCK |
                         (address->ss_family == AF_INET6 ? MHD_USE_IPv6 : 0);

        if (!server)
                return -ENOMEM;
        server->simulator = simulator;
        buffer_init(&server->errors, SCENARIO_ERRORS_MAX);
        errno = 0;
        server->daemon =
                MHD_start_daemon(flags, 0, NULL, NULL, on_request, server, MHD_OPTION_SOCK_ADDR,
                                 address, MHD_OPTION_NOTIFY_COMPLETED, on_end, NULL,
                                 MHD_OPTION_CONNECTION_LIMIT, (unsigned) CONNECTIONS_MAX,
                                 MHD_OPTION_END);
        if (!server->daemon)
                return errno > 0 ? -errno : -EADDRNOTAVAIL;

        *ret = TAKE_PTR(server);
        return 0;
}

void server_free(struct Server *server) {
        if (!server)
                return;

        if (server->daemon) {
                for (size_t i = 0; i < server->n_stalled; i++)
                        MHD_resume_connection(server->stalled[i]);
                MHD_stop_daemon(server->daemon);
        }
        buffer_done(&server->errors);
        free(server);
}

uint16_t server_port(const struct Server *server) {
        const union MHD_DaemonInfo *info =
                MHD_get_daemon_info(server->daemon, MHD_DAEMON_INFO_BIND_PORT);

        return info ? info->port : 0;
}
