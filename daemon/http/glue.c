/* SPDX-License-Identifier: Apache-2.0 */
/* libcurl's multi on sd-event. libcurl says which sockets and which moment it waits for; we tell it
 * when they come. No call of libcurl is made from inside of its callbacks: they only arrange event
 * sources. */
#include "daemon/http/glue.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>

#include "daemon/clock.h"
#include "daemon/log.h"

/* Few are waited for, and each may be what a call waits for. */
#define TIMER_ACCURACY ((usec_t) 1)
/* Of one host. What waits for one in libcurl waits blindly, and its time runs: calls of AWS are
 * held back before they get here (daemon/aws/quota.h), eight of each account and quota. */
#define CONNECTIONS_PER_HOST_MAX 256L

/* Where the other side is near, libcurl begins a transfer and reads all of its answer in one turn.
 * What has been begun goes before what has not. */
enum { BEGUN_A_TURN_MAX = 8, BEGIN_PRIORITY = SD_EVENT_PRIORITY_NORMAL + 1 };

static void glue_go_on(struct HttpGlue *glue);

static void glue_act(struct HttpGlue *glue, curl_socket_t fd, int events) {
        CURLMcode c;
        int running;

        glue->n_begun = 0;
        c = curl_multi_socket_action(glue->multi, fd, events, &running);
        if (c != CURLM_OK) {
                log_error("libcurl failed (%s): all HTTP calls under way fail",
                          curl_multi_strerror(c));
                glue->broken = true;
        }
        glue_go_on(glue);
}

static int on_io(sd_event_source *source, int fd, uint32_t revents, void *userdata) {
        int events = 0;

        (void) source;
        if (revents & (EPOLLIN | EPOLLHUP))
                events |= CURL_CSELECT_IN;
        if (revents & EPOLLOUT)
                events |= CURL_CSELECT_OUT;
        if (revents & EPOLLERR)
                events |= CURL_CSELECT_ERR;
        glue_act(userdata, fd, events);
        return 0;
}

static int on_timeout(void *userdata) {
        glue_act(userdata, CURL_SOCKET_TIMEOUT, 0);
        return 0;
}

static uint32_t epoll_events(int what) {
        return (what & CURL_POLL_IN ? EPOLLIN : 0u) | (what & CURL_POLL_OUT ? EPOLLOUT : 0u);
}

static int watch_socket(struct HttpGlue *glue, curl_socket_t fd, int what,
                        sd_event_source *source) {
        int r;

        if (source)
                return sd_event_source_set_io_events(source, epoll_events(what));
        r = sd_event_add_io(glue->event, &source, fd, epoll_events(what), on_io, glue);
        if (r < 0)
                return r;
        (void) sd_event_source_set_exit_on_failure(source, true);
        curl_multi_assign(glue->multi, fd, source); /* from here on nothing may fail */
        return 0;
}

/* Returning -1 would kill every transfer of the multi from inside of libcurl; we do it from
 * outside. */
static int on_curl_socket(CURL *easy, curl_socket_t fd, int what, void *userdata, void *socket) {
        struct HttpGlue *glue = userdata;
        int r;

        (void) easy;
        if (what == CURL_POLL_REMOVE) {
                sd_event_source_disable_unref(socket);
                return 0;
        }
        r = watch_socket(glue, fd, what, socket);
        if (r < 0) {
                log_error("Cannot watch a socket (%s): all HTTP calls under way fail",
                          strerror(-r));
                glue->broken = true;
        }
        return 0;
}

static int on_curl_timer(CURLM *multi, long timeout_ms, void *userdata) {
        struct HttpGlue *glue = userdata;

        (void) multi;
        if (clock_timer_set_real(&glue->timer, timeout_ms < 0
                                                       ? USEC_INFINITY
                                                       : (usec_t) timeout_ms * USEC_PER_MSEC) < 0)
                glue->broken = true;
        return 0;
}

static int glue_begin(struct HttpGlue *glue) {
        CURLMcode c = CURLM_OK;

        glue->multi = curl_multi_init();
        if (!glue->multi)
                return -ENOMEM;
        c |= curl_multi_setopt(glue->multi, CURLMOPT_SOCKETFUNCTION, on_curl_socket);
        c |= curl_multi_setopt(glue->multi, CURLMOPT_SOCKETDATA, glue);
        c |= curl_multi_setopt(glue->multi, CURLMOPT_TIMERFUNCTION, on_curl_timer);
        c |= curl_multi_setopt(glue->multi, CURLMOPT_TIMERDATA, glue);
        c |= curl_multi_setopt(glue->multi, CURLMOPT_MAX_HOST_CONNECTIONS,
                               CONNECTIONS_PER_HOST_MAX);
        glue->broken = false;
        return c == CURLM_OK ? 0 : -EINVAL;
}

static void glue_end(struct HttpGlue *glue) {
        /* Cleaning up tells the socket callback to remove the sources of the connections that are
         * kept. */
        curl_multi_cleanup(glue->multi);
        glue->multi = NULL;
}

/* After libcurl has lost its way: every call fails, and a new multi serves those that follow. */
static void glue_fail_all(struct HttpGlue *glue) {
        struct HttpCall *failed = NULL, *call;

        while ((call = glue->calls)) {
                glue_unlink(call);
                call->next = failed;
                failed = call;
        }
        glue_end(glue);
        if (glue_begin(glue) < 0) {
                log_error("libcurl cannot be started again: ending");
                sd_event_exit(glue->event, 1);
        }
        while ((call = failed)) {
                failed = call->next;
                call->next = NULL;
                call_deliver(call, CURLE_RECV_ERROR);
        }
}

/* Several transfers may have ended at once. What follows from one can take a while, so each has a
 * turn of the loop. */
static void glue_deliver(struct HttpGlue *glue) {
        struct CURLMsg *message;
        struct HttpCall *call;
        char *private = NULL;
        CURLcode code;
        int left;

        message = curl_multi_info_read(glue->multi, &left);
        if (!message)
                return;
        if (left > 0)
                (void) sd_event_source_set_enabled(glue->ended, SD_EVENT_ONESHOT);
        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &private);
        call = (struct HttpCall *) private;
        code = message->data.result;
        glue_unlink(call); /* the message is gone */
        call_deliver(call, code);
}

static void glue_go_on(struct HttpGlue *glue) {
        if (!glue->broken)
                glue_deliver(glue);
        if (glue->broken)
                glue_fail_all(glue);
}

static int on_ended(sd_event_source *source, void *userdata) {
        (void) source;
        glue_go_on(userdata);
        return 0;
}

static int glue_add(struct HttpGlue *glue, struct HttpCall *call) {
        if (curl_easy_setopt(call->easy, CURLOPT_SHARE, glue->sessions) != CURLE_OK ||
            curl_multi_add_handle(glue->multi, call->easy) != CURLM_OK)
                return -ENOMEM;
        glue->n_begun++;
        call->linked = true;
        call->next = glue->calls;
        glue->calls = call;
        return 0;
}

static int glue_wait(struct HttpGlue *glue, struct HttpCall *call) {
        struct HttpCall **last = &glue->waiting;
        int r;

        r = sd_event_source_set_enabled(glue->begin, SD_EVENT_ONESHOT);
        if (r < 0)
                return r;
        while (*last)
                last = &(*last)->next;
        *last = call;
        call->waiting = true;
        return 0;
}

int glue_link(struct HttpGlue *glue, struct HttpCall *call) {
        if (glue->waiting || glue->n_begun >= BEGUN_A_TURN_MAX)
                return glue_wait(glue, call);
        return glue_add(glue, call);
}

static void list_remove(struct HttpCall **list, struct HttpCall *call) {
        while (*list && *list != call)
                list = &(*list)->next;
        if (*list)
                *list = call->next;
        call->next = NULL;
}

void glue_unlink(struct HttpCall *call) {
        if (call->waiting)
                list_remove(&call->glue->waiting, call);
        call->waiting = false;
        if (!call->linked)
                return;
        curl_multi_remove_handle(call->glue->multi, call->easy);
        curl_easy_setopt(call->easy, CURLOPT_SHARE, NULL); /* calls may outlive the glue */
        call->linked = false;
        list_remove(&call->glue->calls, call);
}

static int on_begin(sd_event_source *source, void *userdata) {
        struct HttpGlue *glue = userdata;

        glue->n_begun = 0;
        while (glue->waiting && glue->n_begun < BEGUN_A_TURN_MAX) {
                struct HttpCall *call = glue->waiting;

                glue_unlink(call);
                if (glue_add(glue, call) < 0)
                        call_deliver(call, CURLE_OUT_OF_MEMORY);
        }
        return glue->waiting ? sd_event_source_set_enabled(source, SD_EVENT_ONESHOT) : 0;
}

/* Runs when it is enabled, once. */
static int add_turn(struct HttpGlue *glue, sd_event_source **source, sd_event_handler_t handler,
                    int64_t priority) {
        int r;

        r = sd_event_add_defer(glue->event, source, handler, glue);
        if (r >= 0)
                r = sd_event_source_set_enabled(*source, SD_EVENT_OFF);
        if (r >= 0)
                r = sd_event_source_set_priority(*source, priority);
        if (r >= 0)
                (void) sd_event_source_set_exit_on_failure(*source, true);
        return r;
}

static int glue_add_sources(struct HttpGlue *glue) {
        int r;

        r = clock_timer_init_real(&glue->timer, glue->event, TIMER_ACCURACY, on_timeout, glue);
        if (r >= 0)
                r = add_turn(glue, &glue->ended, on_ended, SD_EVENT_PRIORITY_NORMAL);
        if (r >= 0)
                r = add_turn(glue, &glue->begin, on_begin, BEGIN_PRIORITY);
        return r;
}

int http_glue_new(sd_event *event, const struct HttpOptions *options, struct HttpGlue **ret) {
        _cleanup_(http_glue_freep) struct HttpGlue *glue = calloc(1, sizeof(*glue));
        int r;

        if (!glue)
                return -ENOMEM;
        glue->event = sd_event_ref(event);
        glue->user_agent = strdup(options->user_agent);
        glue->ca_bundle = options->ca_bundle ? strdup(options->ca_bundle) : NULL;
        if (!glue->user_agent || (options->ca_bundle && !glue->ca_bundle))
                return -ENOMEM;
        if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
                return -ENOMEM;

        glue->sessions = curl_share_init();
        if (!glue->sessions || curl_share_setopt(glue->sessions, CURLSHOPT_SHARE,
                                                 CURL_LOCK_DATA_SSL_SESSION) != CURLSHE_OK)
                return -ENOMEM;

        r = glue_add_sources(glue);
        if (r >= 0)
                r = glue_begin(glue);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(glue);
        return 0;
}

/* Calls, multi, the sources it leaves, timer, event: in this order. The owners of the calls free
 * them. */
void http_glue_free(struct HttpGlue *glue) {
        if (!glue)
                return;
        while (glue->calls)
                glue_unlink(glue->calls);
        while (glue->waiting)
                glue_unlink(glue->waiting);
        if (glue->multi)
                glue_end(glue);
        if (glue->sessions)
                curl_share_cleanup(glue->sessions);
        sd_event_source_disable_unref(glue->begin);
        sd_event_source_disable_unref(glue->ended);
        clock_timer_done(&glue->timer);
        sd_event_unref(glue->event);
        free(glue->ca_bundle);
        free(glue->user_agent);
        free(glue);
}
