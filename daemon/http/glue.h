/* SPDX-License-Identifier: Apache-2.0 */
/* What the two files of this folder share. Private to daemon/http. */
#pragma once

#include <curl/curl.h>

#include "base/buffer.h"
#include "daemon/clock.h"
#include "daemon/http/http.h"

struct HttpGlue {
        sd_event *event;
        CURLM *multi;
        CURLSH *sessions; /* of TLS: a connection that is made again takes up the last one */
        struct ClockTimer timer;
        sd_event_source *ended; /* transfers that have ended wait for their turn */
        struct HttpCall *calls; /* linked into the multi */
        size_t n_begun; /* linked since libcurl acted last: it begins them all in one turn */
        struct HttpCall *waiting; /* to be linked, in this order */
        sd_event_source *begin;   /* links the next of them */
        char *ca_bundle, *user_agent;
        bool broken; /* the multi's state is unknown: fail all, begin anew */
};

struct HttpCall {
        struct HttpGlue *glue;
        struct HttpCall *next;
        bool linked, waiting;
        CURL *easy;
        struct curl_slist *headers; /* borrowed by libcurl until the transfer ends */
        char *request_body;         /* likewise */
        size_t request_body_size;
        struct Buffer body;
        bool too_large;
        char error[CURL_ERROR_SIZE];
        HttpCallback callback;
        void *userdata;
        bool delivering, doomed;
};

/* Adds to the multi, or to those that wait to be added to it. 0 or -ENOMEM. */
int glue_link(struct HttpGlue *glue, struct HttpCall *call);
/* Takes out of either; harmless when it is in none. */
void glue_unlink(struct HttpCall *call);
/* The transfer has ended and is unlinked: tell its owner. */
void call_deliver(struct HttpCall *call, CURLcode code);
