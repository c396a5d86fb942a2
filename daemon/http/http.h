/* SPDX-License-Identifier: Apache-2.0 */
/* HTTP calls on the event loop: libcurl's multi interface on sd-event. Knows nothing of AWS. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <systemd/sd-event.h>

#include "base/macros.h"
#include "base/time.h"

struct HttpGlue;
struct HttpCall;

#define HTTP_RESPONSE_BYTES_MAX ((size_t) 64 * 1024 * 1024)

struct HttpOptions {           /* borrowed until http_glue_new() returns */
        const char *ca_bundle; /* AWS_CA_BUNDLE; NULL: the system's */
        const char *user_agent;
};

/* HTTPS_PROXY and NO_PROXY are libcurl's to read. 0, -ENOMEM or a negative errno of sd-event. */
int http_glue_new(sd_event *event, const struct HttpOptions *options, struct HttpGlue **ret);
/* Cancels the calls that are left; their callbacks do not run. NULL is fine. Not from a callback.
 */
void http_glue_free(struct HttpGlue *glue);
DEFINE_FREEP(struct HttpGlue, http_glue_free)

struct HttpHeader {
        const char *name, *value;
};

/* Everything is borrowed until http_call_start() returns. */
struct HttpRequest {
        const char *method; /* "GET", "POST", "PUT" */
        const char *url;
        const struct HttpHeader *headers;
        size_t n_headers;
        const void *body; /* NULL: none */
        size_t body_size;
        usec_t timeout;          /* real time, for everything; 0: 30 s */
        usec_t connect_timeout;  /* 0: 5 s */
        size_t response_ceiling; /* bytes; 0: HTTP_RESPONSE_BYTES_MAX */
        bool fresh_connection;   /* libcurl sends again by itself when a kept connection turns out
                                    dead: not for calls   that must not be made twice */
        bool allow_http; /* else only https; whether a plain URL is fit is the caller's to judge */
};

enum HttpOutcome {
        HTTP_ANSWERED, /* whatever the status; a redirect is an answer, and never followed */
        HTTP_NOT_SENT, /* resolve, connect or TLS failed: the other side cannot have acted */
        HTTP_TIMED_OUT,
        HTTP_BROKEN,    /* closed or damaged before the answer was whole */
        HTTP_TOO_LARGE, /* the answer crosses the ceiling */
};

struct HttpResponse {
        enum HttpOutcome outcome;
        const char *text;    /* what libcurl says, for people; "" when ANSWERED */
        bool may_have_acted; /* false only when the request surely did not get there */
        long status;
        const char *body; /* NUL-terminated besides, never NULL */
        size_t body_size;
        struct HttpCall *call; /* for http_response_header() */
};

/* First value of the header, in any case; NULL if there is none. Valid until the callback returns.
 */
const char *http_response_header(const struct HttpResponse *response, const char *name);

/* Exactly once, from the event loop, never before http_call_start() has returned; not after
 * http_call_free(). It may start calls and free this one, which must be freed afterwards anyway. */
typedef void (*HttpCallback)(void *userdata, const struct HttpResponse *response);

/* 0, -EINVAL (the URL cannot be used), -ENOMEM. */
int http_call_start(struct HttpGlue *glue, const struct HttpRequest *request, HttpCallback callback,
                    void *userdata, struct HttpCall **ret);
/* Cancels if it has not ended. NULL is fine; returns NULL. */
struct HttpCall *http_call_free(struct HttpCall *call);
