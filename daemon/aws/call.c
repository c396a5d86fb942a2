/* SPDX-License-Identifier: Apache-2.0 */
/* One call: quota, credentials, signature, request, and whether to try again. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "aws/answer.h"
#include "aws/response.h"
#include "base/buffer.h"
#include "base/text.h"
#include "daemon/aws/signed.h"
#include "daemon/aws/world.h"
#include "daemon/clock.h"
#include "daemon/log.h"

#define TIMER_ACCURACY (1 * USEC_PER_MSEC)
/* One attempt; ECS answers within a second, or is in trouble. */
#define ATTEMPT_TIMEOUT (10 * USEC_PER_SEC)
#define QUOTA_USED_UP "our share of the API quota is used up"

enum { CALL_TEXT_MAX = AWS_ERROR_CODE_MAX + AWS_ERROR_MESSAGE_MAX + 64 };

struct AwsCall {
        struct AwsClient *client;
        enum AwsOperation operation;
        char *body;
        size_t body_size;
        usec_t began_at;
        usec_t deadline, attempt;
        usec_t ends_at; /* real monotonic; USEC_INFINITY until the quota lets its first attempt go
                         */
        usec_t gives_up_at; /* real monotonic: waiting for that; USEC_INFINITY: never */
        bool at_once;
        AwsCallback callback;
        void *userdata;

        struct ClockTimer timer; /* the next step, or the deadline while waiting */
        struct QuotaWaiter quota_waiter;
        struct ProviderWaiter credentials_waiter;
        struct HttpCall *http;
        bool granted; /* the quota's token is ours */
        unsigned attempts;
        unsigned retry_cost; /* of the last retry */
        bool renewed;        /* credentials were fetched anew */
        bool skew_tried;
        usec_t asked_at;
        usec_t date;
        char text[CALL_TEXT_MAX];
        bool delivering, doomed;
};

static void call_destroy(struct AwsCall *call) {
        http_call_free(call->http);
        quota_unwait(&call->quota_waiter);
        quota_end(&call->quota_waiter);
        waiter_unlink(&call->credentials_waiter);
        clock_timer_done(&call->timer);
        free(call->body);
        free(call);
}

struct AwsCall *aws_call_free(struct AwsCall *call) {
        if (!call)
                return NULL;
        if (call->delivering)
                call->doomed = true;
        else
                call_destroy(call);
        return NULL;
}

static void call_end(struct AwsCall *call, struct AwsAnswer *answer) {
        (void) clock_timer_set_real(&call->timer, USEC_INFINITY);
        quota_unwait(&call->quota_waiter);
        quota_end(&call->quota_waiter);
        waiter_unlink(&call->credentials_waiter);
        answer->text = call->text;
        answer->asked_at = call->asked_at;
        answer->date = call->date;
        answer->attempts = call->attempts;

        call_meter_count(&call->client->world->meter, call->operation, answer->outcome,
                         usec_sub(clock_real_monotonic(), call->began_at));
        call->delivering = true;
        call->callback(call->userdata, answer);
        call->delivering = false;
        if (call->doomed)
                call_destroy(call);
}

static void call_not_sent(struct AwsCall *call, bool denied, const char *what, const char *why) {
        struct AwsAnswer answer = {.outcome = AWS_NOT_SENT,
                                   .denied = denied,
                                   .transient = !denied,
                                   .body = ""};

        snprintf(call->text, sizeof(call->text), "%s: %s", what, why);
        call_end(call, &answer);
}

static usec_t attempt_timeout(const struct AwsCall *call) {
        return MIN(call->attempt, call->deadline);
}

/* Sets the timer that runs the next attempt. False: it could not have its full time before the
 * deadline, or there is to be none. */
static bool call_again_after(struct AwsCall *call, usec_t delay) {
        if (call->at_once || clock_real_monotonic() + delay + attempt_timeout(call) > call->ends_at)
                return false;
        call->gives_up_at = call->ends_at - attempt_timeout(call);
        call->granted = false;
        quota_end(&call->quota_waiter);
        return clock_timer_set_real(&call->timer, delay) >= 0;
}

static struct Quota *client_quota(struct AwsClient *client, enum AwsOperation operation) {
        return client->quota_set->quotas + quota_group(operation);
}

/* Whether this attempt's failure is followed by another attempt. */
static bool call_retries(struct AwsCall *call, enum AwsErrorClass class, bool no_answer) {
        unsigned cost = no_answer ? AWS_RETRY_COST_TIMEOUT : AWS_RETRY_COST;

        switch (class) {
        case AWS_ERROR_FINAL:
        case AWS_ERROR_DENIED: return false;
        case AWS_ERROR_EXPIRED_TOKEN:
                if (call->renewed)
                        return false;
                call->renewed = true;
                provider_expire(client_provider(call->client));
                return call_again_after(call, 0);
        case AWS_ERROR_CLOCK_SKEW:
                if (call->skew_tried || call->date == USEC_UNKNOWN)
                        return false;
                call->skew_tried = true;
                return call_again_after(call, 0);
        case AWS_ERROR_THROTTLED:
                bucket_slow(&client_quota(call->client, call->operation)->bucket,
                            clock_monotonic());
                break;
        case AWS_ERROR_TRANSIENT: break;
        }
        /* Whoever sends a call that changes something decides for himself whether it goes out
         * again. */
        if (aws_operation_changes(call->operation) || call->attempts >= AWS_ATTEMPTS_MAX ||
            !aws_retry_quota_take(&call->client->retry_quota, cost))
                return false;
        call->retry_cost = cost;
        return call_again_after(call,
                                aws_retry_delay(call->attempts, &call->client->world->random));
}

static const struct AwsUrl *endpoint_of(const struct AwsCall *call) {
        return call->client->endpoints + aws_operation_service(call->operation);
}

/* Something between us and AWS has answered; whether AWS heard of it is not known. */
static void call_answered_by_another(struct AwsCall *call, const struct HttpResponse *response) {
        struct AwsAnswer answer = {.outcome = AWS_UNCERTAIN, .transient = true, .body = ""};

        snprintf(call->text, sizeof(call->text),
                 "%s: HTTP status %ld of %s with an answer that is not AWS's",
                 aws_operation_name(call->operation), response->status, endpoint_of(call)->host);
        call_end(call, &answer);
}

static void call_answered(struct AwsCall *call, const struct HttpResponse *response) {
        struct AwsAnswer answer = {.outcome = AWS_ANSWERED,
                                   .body = response->body,
                                   .body_size = response->body_size};

        aws_retry_quota_succeeded(&call->client->retry_quota, call->retry_cost);
        call->text[0] = '\0';
        call_end(call, &answer);
}

static int read_error(const struct AwsCall *call, const struct HttpResponse *response,
                      struct AwsError *ret) {
        if (!aws_service_speaks_xml(aws_operation_service(call->operation)))
                return aws_error_from_json((int) response->status,
                                           http_response_header(response, "x-amzn-ErrorType"),
                                           response->body, response->body_size, ret);
        aws_error_from_xml((int) response->status, response->body, response->body_size, ret);
        return 0;
}

static void call_refused(struct AwsCall *call, const struct HttpResponse *response) {
        struct AwsAnswer answer = {.outcome = AWS_REFUSED, .body = ""};
        enum AwsErrorClass class;
        int r;

        r = read_error(call, response, &answer.error);
        if (r < 0) {
                call_not_sent(call, false, aws_operation_name(call->operation), strerror(-r));
                return;
        }
        class = aws_error_classify(&answer.error);
        if (call_retries(call, class, false))
                return;

        answer.denied = class == AWS_ERROR_DENIED || class == AWS_ERROR_EXPIRED_TOKEN;
        answer.transient = class == AWS_ERROR_TRANSIENT || class == AWS_ERROR_THROTTLED ||
                           (call->at_once && class == AWS_ERROR_CLOCK_SKEW) ||
                           (call->at_once && class == AWS_ERROR_EXPIRED_TOKEN);
        snprintf(call->text, sizeof(call->text), "%s: %s%s%s", aws_operation_name(call->operation),
                 answer.error.code, answer.error.message[0] != '\0' ? ": " : "",
                 answer.error.message);
        call_end(call, &answer);
}

static void call_unanswered(struct AwsCall *call, const struct HttpResponse *response) {
        struct AwsAnswer answer = {.outcome =
                                           response->may_have_acted ? AWS_UNCERTAIN : AWS_NOT_SENT,
                                   .transient = true,
                                   .body = ""};

        if (call_retries(call, AWS_ERROR_TRANSIENT, true))
                return;
        snprintf(call->text, sizeof(call->text), "%s: no answer of %s: %s",
                 aws_operation_name(call->operation), endpoint_of(call)->host, response->text);
        call_end(call, &answer);
}

static void on_response(void *userdata, const struct HttpResponse *response) {
        struct AwsCall *call = userdata;
        const char *date;

        call->http = http_call_free(call->http);
        date = response->outcome == HTTP_ANSWERED ? http_response_header(response, "Date") : NULL;
        /* What AWS refuses is numbered; a proxy's error page may have any date. */
        if (date && time_parse_http_date(date, &call->date) >= 0 &&
            (response->status / 100 == 2 || http_response_header(response, "x-amzn-RequestId")))
                client_told_date(call->client, call->date);

        if (response->outcome != HTTP_ANSWERED)
                call_unanswered(call, response);
        else if (response->status / 100 != 2)
                call_refused(call, response);
        else if (!aws_answer_is_own(call->operation, response->body, response->body_size))
                call_answered_by_another(call, response);
        else
                call_answered(call, response);
}

static int call_send(struct AwsCall *call, const struct AwsCredentials *credentials) {
        const struct AwsClient *client = call->client;
        enum AwsService service = aws_operation_service(call->operation);
        const struct SignedRequest request = {
                .endpoint = endpoint_of(call),
                .region = client->region,
                .service = aws_service_name(service),
                .now = call->skew_tried ? call->date : client_signing_time(client),
                .credentials = credentials,
                .content_type = aws_service_content_type(service),
                .target = aws_operation_target(call->operation),
                .body = call->body,
                .body_size = call->body_size,
                .timeout = attempt_timeout(call),
                .response_ceiling = ECS_RESPONSE_BYTES_MAX,
                .fresh_connection = aws_operation_changes(call->operation),
        };

        call->attempts++;
        call->asked_at = aws_client_now(client);
        return signed_request_start(client->world->options.http, &request, on_response, call,
                                    &call->http);
}

static void set_timer_at(struct AwsCall *call, usec_t at) {
        usec_t now = clock_real_monotonic();

        (void) clock_timer_set_real(&call->timer, at == USEC_INFINITY ? at : usec_sub(at, now));
}

/* False: it waits, or has ended. */
static bool call_take_token(struct AwsCall *call) {
        int r;

        set_timer_at(call, call->gives_up_at);
        r = quota_take(client_quota(call->client, call->operation), &call->quota_waiter);
        if (r < 0)
                call_not_sent(call, false, aws_operation_name(call->operation), strerror(-r));
        else if (r == 0 && call->at_once)
                call_not_sent(call, false, aws_operation_name(call->operation), QUOTA_USED_UP);
        return r > 0;
}

static void call_step(void *userdata) {
        struct AwsCall *call = userdata;
        const struct AwsCredentials *credentials;
        const char *problem;
        int r;

        if (!call->granted && !call_take_token(call))
                return;
        call->granted = true;
        if (call->ends_at == USEC_INFINITY)
                call->ends_at = clock_real_monotonic() + call->deadline;

        set_timer_at(call, call->ends_at); /* while it waits for credentials */
        switch (provider_get(client_provider(call->client), &call->credentials_waiter, &credentials,
                             &problem)) {
        case PROVIDER_PENDING:
                if (call->at_once)
                        call_not_sent(call, false, aws_operation_name(call->operation),
                                      "credentials are being fetched");
                return;
        case PROVIDER_FAILED:
                call_not_sent(call, true, aws_operation_name(call->operation), problem);
                return;
        case PROVIDER_READY: break;
        }

        (void) clock_timer_set_real(&call->timer,
                                    USEC_INFINITY); /* libcurl keeps the time from here */
        r = call_send(call, credentials);
        if (r < 0)
                call_not_sent(call, false, aws_operation_name(call->operation), strerror(-r));
}

static void on_granted(void *userdata) {
        struct AwsCall *call = userdata;

        call->granted = true;
        call_step(call);
}

static int on_timer(void *userdata) {
        struct AwsCall *call = userdata;

        if (call->quota_waiter.quota)
                call_not_sent(call, false, aws_operation_name(call->operation), QUOTA_USED_UP);
        else if (call->granted)
                call_not_sent(call, false, aws_operation_name(call->operation),
                              "no credentials in time");
        else
                call_step(call);
        return 0;
}

/* The first step runs from the loop: no callback may come before the call is its owner's. */
static int call_begin(struct AwsCall *call) {
        int r;

        r = clock_timer_init_real(&call->timer, call->client->world->options.event, TIMER_ACCURACY,
                                  on_timer, call);
        return r < 0 ? r : clock_timer_set_real(&call->timer, 0);
}

void aws_call_hurry(struct AwsCall *call, enum Urgency urgency) {
        quota_hurry(&call->quota_waiter, urgency);
}

int aws_call_start(struct AwsClient *client, const struct AwsRequest *request, AwsCallback callback,
                   void *userdata, struct AwsCall **ret) {
        struct AwsCall *call = calloc(1, sizeof(*call));
        int r;

        if (!call)
                return -ENOMEM;
        *call = (struct AwsCall) {
                .client = client,
                .operation = request->operation,
                .body = strndup(request->body, request->body_size),
                .body_size = request->body_size,
                .began_at = clock_real_monotonic(),
                .deadline = request->deadline,
                .attempt = request->attempt > 0 ? request->attempt : ATTEMPT_TIMEOUT,
                .ends_at = USEC_INFINITY,
                .gives_up_at = request->patience > 0 ? clock_real_monotonic() + request->patience
                                                     : USEC_INFINITY,
                .at_once = request->at_once,
                .callback = callback,
                .userdata = userdata,
                .quota_waiter = {.item = {.urgency = request->urgency,
                                          .party = request->party ? request->party : client},
                                 .granted = on_granted,
                                 .userdata = call},
                .credentials_waiter = {.ready = call_step, .userdata = call},
        };
        r = call->body ? call_begin(call) : -ENOMEM;
        if (r < 0) {
                call_destroy(call);
                return r;
        }
        *ret = call;
        return 0;
}
