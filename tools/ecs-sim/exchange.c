/* SPDX-License-Identifier: Apache-2.0 */
/* An API call: faults, signature, permission, quota, answer, log. */
#include "exchange.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api.h"
#include "base/text.h"
#include "render.h"
#include "sts.h"

/* What stands before an operation's name, by service. */
static const struct {
        const char *service, *prefix; /* service NULL: ECS */
} TARGETS[] = {
        {NULL, "AmazonEC2ContainerServiceV20141113."},
        {"codedeploy", "CodeDeploy_20141006."},
        {"logs", "Logs_20140328."},
};
static const char JSON_TYPE[] = "application/x-amz-json-1.1";
static const char XML_TYPE[] = "text/xml";
static const char HTML[] = "<html><body><h1>Service Unavailable</h1></body></html>\n";

/* What is known about the call while it is answered. */
struct Exchange {
        struct Simulator *simulator;
        const struct Request *request;
        struct Reply *reply;
        int operation;                 /* index, -1 */
        bool query;                    /* protocol: a form in, XML out */
        char name[SIM_SHORT_NAME_MAX]; /* of the operation, as asked for */
        char access_key[SIM_NAME_MAX];
        char caller[ARN_MAX];
        usec_t now; /* with the skew */
        const struct FaultPlan *fault;
        json_t *parameters;
};

void reply_init(struct Reply *reply) {
        *reply = (struct Reply) {.status = 200, .content_type = JSON_TYPE};
        buffer_init(&reply->body, REPLY_BYTES_MAX);
}

void reply_done(struct Reply *reply) {
        buffer_done(&reply->body);
}

usec_t simulator_time(const struct Simulator *simulator, usec_t now) {
        double passed = now >= simulator->epoch ? (double) (now - simulator->epoch) : 0;

        return usec_add(simulator->epoch, (usec_t) (passed * simulator->speed));
}

int reply_json(struct Reply *reply, unsigned status, json_t *value) {
        char *text = json_dumps(value, JSON_COMPACT | JSON_REAL_PRECISION(16));
        int r;

        json_decref(value);
        if (!text)
                return -ENOMEM;
        reply->status = status;
        buffer_clear(&reply->body);
        r = buffer_append_text(&reply->body, text);
        free(text);
        return r;
}

/* Server faults are 5xx; everything else ECS answers is 400. */
static unsigned status_of(const char *code) {
        return text_equal(code, "ServerException") || text_equal(code, "InternalFailure") ? 500
                                                                                          : 400;
}

static int refuse(struct Exchange *exchange, unsigned status, const char *code,
                  const char *message) {
        struct Reply *reply = exchange->reply;

        reply->error = code;
        if (!exchange->query)
                return reply_json(reply, status,
                                  json_pack("{s:s, s:s}", "__type", code, "message", message));
        reply->status = status;
        reply->content_type = XML_TYPE;
        buffer_clear(&reply->body);
        return query_error(code, message, &reply->body);
}

static const char *header(const struct Exchange *exchange, const char *name) {
        return exchange->request->http.header(exchange->request->http.userdata, name);
}

static int find_of_service(const char *name, const char *service) {
        int operation = operation_find(name);

        if (operation < 0 || !operation_at(operation)->answer)
                return -1;
        return text_equal(operation_at(operation)->service, service) ? operation : -1;
}

static void find_operation(struct Exchange *exchange) {
        const char *target = header(exchange, "x-amz-target");
        const char *type = header(exchange, "content-type");
        char action[FORM_VALUE_MAX];

        exchange->operation = -1;
        for (size_t i = 0; target && i < ARRAY_SIZE(TARGETS); i++)
                if (text_starts_with(target, TARGETS[i].prefix)) {
                        snprintf(exchange->name, sizeof(exchange->name), "%.60s",
                                 target + strlen(TARGETS[i].prefix));
                        exchange->operation = find_of_service(exchange->name, TARGETS[i].service);
                        return;
                }
        if (type && text_starts_with(type, "application/x-www-form-urlencoded") &&
            form_value(text_or_empty(exchange->request->http.body), "Action", action)) {
                snprintf(exchange->name, sizeof(exchange->name), "%.60s", action);
                exchange->query = true;
                exchange->operation = operation_find(exchange->name);
                if (exchange->operation >= 0 && operation_at(exchange->operation)->answer)
                        exchange->operation = -1; /* it is not */
        }
}

static struct AuthKey find_key(void *userdata, const char *access_key) {
        const struct Simulator *simulator = userdata;
        const struct Session *session = session_find(simulator->world, access_key);

        if (text_equal(access_key, simulator->access_key))
                return (struct AuthKey) {.secret = simulator->secret_key, .expires = USEC_INFINITY};
        if (session)
                return (struct AuthKey) {
                        .secret = session->secret_key,
                        .token = session->token,
                        .expires = session->expires,
                };
        return (struct AuthKey) {};
}

static void set_caller(struct Exchange *exchange) {
        const struct World *world = exchange->simulator->world;
        const struct Session *session = session_find(world, exchange->access_key);

        if (session)
                snprintf(exchange->caller, ARN_MAX, "arn:aws:sts::%.32s:assumed-role/%s/%s",
                         world->scenario->account, text_after_last(session->role, '/'),
                         session->name);
        else
                snprintf(exchange->caller, ARN_MAX, "arn:aws:iam::%.32s:user/ecs-sim",
                         world->scenario->account);
}

/* The protocols have names of their own for the same trouble. */
static const struct {
        const char *json, *query;
        unsigned query_status;
} AUTH_CODES[] = {
        [AUTH_MISSING] = {"MissingAuthenticationTokenException", "MissingAuthenticationToken", 403},
        [AUTH_INCOMPLETE] = {"IncompleteSignatureException", "IncompleteSignature", 400},
        [AUTH_UNKNOWN_KEY] = {"UnrecognizedClientException", "InvalidClientTokenId", 403},
        [AUTH_EXPIRED] = {"ExpiredTokenException", "ExpiredToken", 403},
        [AUTH_MISMATCH] = {"InvalidSignatureException", "SignatureDoesNotMatch", 403},
        [AUTH_SKEWED] = {"InvalidSignatureException", "SignatureDoesNotMatch", 403},
        [AUTH_NO_MEMORY] = {"InternalFailure", "InternalFailure", 500},
};

/* 0 goes on, 1 is refused. */
static int authenticate(struct Exchange *exchange) {
        struct AuthKeys keys = {.find = find_key, .userdata = exchange->simulator};
        char message[AUTH_MESSAGE_MAX];
        enum AuthOutcome outcome;
        int r;

        set_caller(exchange);
        if (exchange->simulator->no_auth)
                return 0;
        outcome = auth_check(&exchange->request->http, &keys, exchange->now, message);
        if (outcome == AUTH_GOOD)
                return 0;
        if (exchange->query)
                r = refuse(exchange, AUTH_CODES[outcome].query_status, AUTH_CODES[outcome].query,
                           message);
        else
                r = refuse(exchange, status_of(AUTH_CODES[outcome].json), AUTH_CODES[outcome].json,
                           message);
        return r < 0 ? r : 1;
}

static int deny(struct Exchange *exchange) {
        const char *service = operation_at(exchange->operation)->service;
        char message[ARN_MAX * 2];

        service = service ? service : "ecs";
        snprintf(message, sizeof(message),
                 "User: %s is not authorized to perform: %s:%s on resource: * because no "
                 "identity-based policy allows the %s:%s action",
                 exchange->caller, service, exchange->name, service, exchange->name);
        return refuse(exchange, exchange->query ? 403 : 400,
                      exchange->query ? "AccessDenied" : "AccessDeniedException", message);
}

static int answer_badly(struct Exchange *exchange, unsigned status) {
        struct Reply *reply = exchange->reply;

        reply->status = status;
        reply->content_type = "text/html";
        if (status >= 500)
                reply->error = "ServiceUnavailable";
        buffer_clear(&reply->body);
        return buffer_append_text(&reply->body, HTML);
}

static int fail_with_status(struct Exchange *exchange, unsigned status) {
        if (status != 500)
                return answer_badly(exchange, status);
        return refuse(exchange, 500, "ServerException",
                      "Service Unavailable. Please try again later.");
}

/* What goes wrong before anything is done. 0 goes on, 1 has been answered. */
static int strike_before(struct Exchange *exchange) {
        const struct FaultPlan *fault = exchange->fault;
        int r = 0;

        if (!fault)
                return 0;
        switch ((enum FaultKind) fault->kind) {
        case FAULT_THROTTLE:
                r = refuse(exchange, 400, exchange->query ? "Throttling" : "ThrottlingException",
                           "Rate exceeded");
                break;
        case FAULT_ERROR_5XX: r = fail_with_status(exchange, (unsigned) fault->status); break;
        case FAULT_STALL: exchange->reply->delivery = DELIVER_NEVER; break;
        case FAULT_RESET:
                if (fault->after)
                        return 0;
                exchange->reply->delivery = DELIVER_NOTHING;
                break;
        case FAULT_ACCESS_DENIED:
                set_caller(exchange);
                r = deny(exchange);
                break;
        case FAULT_EXPIRED_TOKEN:
                r = refuse(exchange, exchange->query ? 403 : 400,
                           exchange->query ? "ExpiredToken" : "ExpiredTokenException",
                           "The security token included in the request is expired");
                break;
        case FAULT_NOT_JSON: r = answer_badly(exchange, 200); break;
        case FAULT_TRUNCATE:
        case FAULT_STALE_DESCRIBE:
        case FAULT_CLOCK_SKEW: return 0;
        }
        return r < 0 ? r : 1;
}

static void strike_after(struct Exchange *exchange) {
        const struct FaultPlan *fault = exchange->fault;

        if (!fault)
                return;
        if (fault->kind == FAULT_RESET && fault->after)
                exchange->reply->delivery = DELIVER_NOTHING;
        if (fault->kind == FAULT_TRUNCATE)
                exchange->reply->delivery = DELIVER_HALF;
}

static int answer_query(struct Exchange *exchange) {
        const struct QueryCall call = {
                .world = exchange->simulator->world,
                .body = text_or_empty(exchange->request->http.body),
                .caller = exchange->caller,
        };
        struct QueryFailure failure;
        int r;

        exchange->reply->content_type = XML_TYPE;
        r = operation_at(exchange->operation)->query(&call, &exchange->reply->body, &failure);
        return r > 0 ? refuse(exchange, failure.status, failure.code, failure.message) : r;
}

static int answer_json(struct Exchange *exchange) {
        struct Simulator *simulator = exchange->simulator;
        struct Call call = {
                .world = simulator->world,
                .sim = simulator->world->sim,
                .answers = simulator->answers,
                .request = exchange->parameters,
                .caller = exchange->caller,
        };
        int r;

        if (exchange->fault && exchange->fault->kind == FAULT_STALE_DESCRIBE)
                call.stale_age = exchange->fault->age;
        if (!json_is_object(exchange->parameters))
                return refuse(exchange, 400, "SerializationException",
                              "The request is not a JSON object.");
        r = operation_answer(operation_at(exchange->operation), &call);
        if (r < 0)
                return r;
        if (r == 0)
                return call.response ? reply_json(exchange->reply, 200, call.response) : -ENOMEM;
        json_decref(call.response);
        if (r == CALL_FAILED)
                return refuse(exchange, status_of(call.code), call.code, call.message);
        return refuse(exchange, 400, sim_refusal_code((enum SimRefusal) r),
                      sim_refusal_text((enum SimRefusal) r));
}

static int answer(struct Exchange *exchange) {
        struct World *world = exchange->simulator->world;
        int r;

        if (!text_equal(exchange->request->http.method, "POST") || exchange->operation < 0)
                return refuse(exchange, 400,
                              exchange->query ? "InvalidAction" : "UnknownOperationException",
                              "The operation is not known.");
        r = strike_before(exchange);
        if (r != 0)
                return MIN(r, 0);
        r = authenticate(exchange);
        if (r != 0)
                return MIN(r, 0);
        if (world->denied[exchange->operation])
                return deny(exchange);
        if (!quota_take(&world->quota, operation_at(exchange->operation)->quota,
                        sim_now(world->sim)))
                return refuse(exchange, 400, "ThrottlingException", "Rate exceeded");
        r = exchange->query ? answer_query(exchange) : answer_json(exchange);
        strike_after(exchange);
        return r;
}

/* Of a form the parameters, without the version and such. */
static json_t *form_parameters(const char *body) {
        static const char *const NAMES[] = {"RoleArn",
                                            "RoleSessionName",
                                            "DurationSeconds",
                                            "ExternalId",
                                            "AutoScalingGroupName",
                                            "DesiredCapacity",
                                            "AutoScalingGroupNames.member.1"};
        json_t *parameters = json_object();
        char value[FORM_VALUE_MAX];

        for (size_t i = 0; i < ARRAY_SIZE(NAMES); i++)
                if (form_value(body, NAMES[i], value))
                        json_object_set_new(parameters, NAMES[i], json_string(value));
        return parameters;
}

static void read_parameters(struct Exchange *exchange) {
        const struct AuthRequest *http = &exchange->request->http;

        if (exchange->query)
                exchange->parameters = form_parameters(text_or_empty(http->body));
        else
                exchange->parameters =
                        json_loadb(text_or_empty(http->body), http->body_size,
                                   JSON_REJECT_DUPLICATES | JSON_DISABLE_EOF_CHECK, NULL);
}

static int log_call(struct Exchange *exchange) {
        struct World *world = exchange->simulator->world;
        struct Reply *reply = exchange->reply;
        bool answered = reply->delivery == DELIVER || reply->delivery == DELIVER_HALF;
        usec_t now = sim_now(world->sim);
        json_t *entry;

        entry = json_pack("{s:o, s:f, s:s, s:O?, s:s, s:i}", "at", render_time(now), "offset",
                          (double) (usec_sub(now, world->start) / USEC_PER_MSEC) / 1000.0,
                          "operation", exchange->name, "request", exchange->parameters,
                          "access_key", exchange->access_key, "status",
                          answered ? (int) reply->status : 0);
        if (reply->error)
                json_object_set_new(entry, "error", json_string(reply->error));
        if (exchange->fault)
                json_object_set_new(entry, "fault",
                                    json_string(fault_kind_name(
                                            (enum FaultKind) exchange->fault->kind)));
        return call_log_add(&world->calls, entry);
}

static int api_answer(struct Simulator *simulator, const struct Request *request,
                      struct Reply *reply) {
        struct World *world = simulator->world;
        struct Exchange exchange = {
                .simulator = simulator,
                .request = request,
                .reply = reply,
        };
        int64_t skew;
        int r;

        find_operation(&exchange);
        auth_access_key(request->http.header(request->http.userdata, "authorization"),
                        exchange.access_key, sizeof(exchange.access_key));
        read_parameters(&exchange);
        skew = world_skew_s(world, exchange.operation);
        exchange.fault = world_fault(world, exchange.operation);
        exchange.now = skew < 0 ? usec_sub(sim_now(world->sim), (usec_t) -skew * USEC_PER_SEC)
                                : usec_add(sim_now(world->sim), (usec_t) skew * USEC_PER_SEC);
        reply->date = exchange.now;
        r = answer(&exchange);
        if (r == 0)
                r = log_call(&exchange);
        json_decref(exchange.parameters);
        return r;
}

/* Ids of answers are not the simulation's: asking twice must not change what happens next. */
static void set_request_id(const struct World *world, struct Reply *reply) {
        snprintf(reply->request_id, sizeof(reply->request_id), "00000000-0000-4000-8000-%012llx",
                 (unsigned long long) world->calls.n_calls);
}

int exchange(struct Simulator *simulator, const struct Request *request, usec_t now,
             struct Buffer *errors, struct Reply *reply) {
        struct World *world = simulator->world;
        int r;

        r = world_advance(world, simulator_time(simulator, now), errors);
        if (r < 0)
                return r;
        reply->date = sim_now(world->sim);
        if (text_starts_with(request->http.path, "/_sim/"))
                return control_answer(simulator, request, reply);

        r = api_answer(simulator, request, reply);
        set_request_id(world, reply);
        return r;
}
