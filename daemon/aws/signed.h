/* SPDX-License-Identifier: Apache-2.0 */
/* One signed POST to any AWS service. Private to daemon/aws. */
#pragma once

#include "aws/credentials.h"
#include "aws/endpoint.h"
#include "daemon/http/http.h"

struct SignedRequest { /* borrowed for the call */
        const struct AwsUrl *endpoint;
        const char *region, *service; /* the signature's scope: "us-east-1", "ecs" */
        usec_t now;                   /* AWS's time, which the signature carries */
        const struct AwsCredentials *credentials;
        const char *content_type;
        const char *target; /* X-Amz-Target, or NULL */
        const char *body;
        size_t body_size;
        usec_t timeout; /* 0: HTTP's own */
        size_t response_ceiling;
        bool fresh_connection;
};

/* As http_call_start(). */
int signed_request_start(struct HttpGlue *http, const struct SignedRequest *request,
                         HttpCallback callback, void *userdata, struct HttpCall **ret);
