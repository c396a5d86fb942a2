/* SPDX-License-Identifier: Apache-2.0 */
/* What the daemon can be told to do; on the Unix socket only. Parameters are in the query. */
#include <errno.h>
#include <string.h>

#include "base/text.h"
#include "daemon/api/answers.h"
#include "daemon/api/internal.h"
#include "daemon/clock.h"

#define HOLD_LONGEST (3650 * USEC_PER_DAY)

static const char NOT_WATCHED[] =
        "nothing of that name is watched; `ecswatchctl status` lists what is";

int order_look(struct Request *request) {
        const struct ApiSource *source = &request->api->parameters.source;
        size_t n = source->look(source->userdata, request_parameter(request, "cluster"),
                                request_parameter(request, "service"));
        int r;

        if (n == 0)
                return request_refuse(request, MHD_HTTP_NOT_FOUND, NOT_WATCHED);
        r = buffer_append_format(&request->body, "{\"looking_at\":%zu}", n);
        return r < 0 ? r : MHD_HTTP_ACCEPTED;
}

/* ---- holds ---- */

/* NULL: the scope is one; else why not. */
static const char *read_scope(const struct Request *request, const char **ret_cluster,
                              const char **ret_service) {
        *ret_cluster = text_or_empty(request_parameter(request, "cluster"));
        *ret_service = text_or_empty(request_parameter(request, "service"));
        return text_is_empty(*ret_cluster) && !text_is_empty(*ret_service)
                       ? "a service is named with its cluster"
                       : NULL;
}

static const char *read_hold(const struct Request *request, struct Hold *ret) {
        const char *seconds = request_parameter(request, "for"), *problem;
        uint64_t length = 0;

        problem = read_scope(request, &ret->cluster, &ret->service);
        if (problem)
                return problem;
        ret->reason = request_parameter(request, "reason");
        if (!ret->reason)
                return "a hold has a reason";
        if (strlen(ret->reason) > HOLD_REASON_MAX || text_has_control(ret->reason) ||
            !text_is_utf8(ret->reason, strlen(ret->reason)))
                return "the reason is one line of at most 256 bytes of UTF-8";
        if (seconds && text_parse_u64(seconds, 1, HOLD_LONGEST / USEC_PER_SEC, &length) < 0)
                return "for is a number of seconds, at least 1 and at most ten years";
        ret->since = clock_realtime();
        ret->until = seconds ? ret->since + length * USEC_PER_SEC : USEC_UNKNOWN;
        return NULL;
}

int order_hold(struct Request *request) {
        const struct ApiSource *source = &request->api->parameters.source;
        char author[HOLD_AUTHOR_MAX];
        struct Hold hold = {.author = author};
        const char *problem = read_hold(request, &hold);
        int r;

        if (problem)
                return request_refuse(request, MHD_HTTP_BAD_REQUEST, problem);
        request_author(request, author);
        r = source->hold(source->userdata, &hold);
        if (r == -ENOENT)
                return request_refuse(request, MHD_HTTP_NOT_FOUND, NOT_WATCHED);
        if (r == -ENOBUFS)
                return request_refuse(request, MHD_HTTP_CONFLICT,
                                      "there are 1000 holds already; take some back");
        if (r >= 0)
                r = answer_hold(&hold, (size_t) r, &request->body);
        return r < 0 ? r : MHD_HTTP_OK;
}

int order_unhold(struct Request *request) {
        const struct ApiSource *source = &request->api->parameters.source;
        const char *cluster, *service, *problem = read_scope(request, &cluster, &service);
        int r;

        if (problem)
                return request_refuse(request, MHD_HTTP_BAD_REQUEST, problem);
        r = source->unhold(source->userdata, cluster, service);
        if (r == 0)
                return request_refuse(
                        request, MHD_HTTP_NOT_FOUND,
                        "there is no hold of exactly that scope; `ecswatchctl hold` lists them");
        if (r > 0)
                r = buffer_append_format(&request->body, "{\"taken_back\":%d}", r);
        return r < 0 ? r : MHD_HTTP_OK;
}

/* ---- approval ---- */

int order_approve(struct Request *request) {
        const struct ApiSource *source = &request->api->parameters.source;
        const char *cluster = request_parameter(request, "cluster");
        const char *service = request_parameter(request, "service");
        char author[HOLD_AUTHOR_MAX];
        int r;

        if (!cluster || !service)
                return request_refuse(request, MHD_HTTP_BAD_REQUEST,
                                      "cluster and service must be given");
        request_author(request, author);
        r = source->approve(source->userdata, cluster, service,
                            request_parameter(request, "deployment"), author,
                            request->problem_text);
        if (r == -ENOENT)
                return request_refuse(request, MHD_HTTP_NOT_FOUND, NOT_WATCHED);
        if (r == -ENODATA)
                return request_refuse(request, MHD_HTTP_CONFLICT, request->problem_text);
        if (r >= 0)
                r = buffer_append_text(&request->body, "{\"approved\":1}");
        return r < 0 ? r : MHD_HTTP_OK;
}
