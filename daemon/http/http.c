/* SPDX-License-Identifier: Apache-2.0 */
/* One call: its easy handle, its bytes, its outcome. */
#include "daemon/http/http.h"

#include <errno.h>
#include <string.h>

#include "daemon/http/glue.h"

#define DEFAULT_TIMEOUT (30 * USEC_PER_SEC)
#define DEFAULT_CONNECT_TIMEOUT (5 * USEC_PER_SEC)

enum { RESERVED_BYTES_MAX = 1024 * 1024 };

static void call_destroy(struct HttpCall *call) {
        glue_unlink(call);
        if (call->easy)
                curl_easy_cleanup(call->easy);
        for (struct curl_slist *header = call->headers; header; header = header->next)
                explicit_bzero(header->data, strlen(header->data)); /* session tokens */
        curl_slist_free_all(call->headers);
        buffer_done(&call->body);
        if (call->request_body)
                explicit_bzero(call->request_body, call->request_body_size);
        free(call->request_body);
        free(call);
}

struct HttpCall *http_call_free(struct HttpCall *call) {
        if (!call)
                return NULL;
        /* The callback still reads the response, which lives in the call. */
        if (call->delivering)
                call->doomed = true;
        else
                call_destroy(call);
        return NULL;
}

/* Once, where the answer says how long it is: else the bytes move at each doubling. A length that
 * is too large, or a lie, is met when the bytes come. */
static void call_reserve(struct HttpCall *call) {
        curl_off_t length = -1;

        if (call->body.allocated == 0 &&
            curl_easy_getinfo(call->easy, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length) ==
                    CURLE_OK &&
            length > 0 && length <= RESERVED_BYTES_MAX)
                (void) buffer_reserve(&call->body, (size_t) length);
}

static size_t on_body(char *data, size_t size, size_t count, void *userdata) {
        struct HttpCall *call = userdata;

        call_reserve(call);
        if (buffer_append(&call->body, data, size * count) < 0) {
                call->too_large = true;
                return 0; /* libcurl then ends the transfer with CURLE_WRITE_ERROR */
        }
        return size * count;
}

static int call_set_headers(struct HttpCall *call, const struct HttpRequest *request) {
        struct Buffer line;
        int r = 0;

        buffer_init(&line, 64 * 1024);
        for (size_t i = 0; i < request->n_headers && r >= 0; i++) {
                struct curl_slist *longer;

                buffer_clear(&line);
                r = buffer_append_format(&line, "%s: %s", request->headers[i].name,
                                         request->headers[i].value);
                if (r < 0)
                        break;
                longer = curl_slist_append(call->headers, buffer_text(&line));
                if (longer)
                        call->headers = longer;
                else
                        r = -ENOMEM;
        }
        /* libcurl would wait a second for "100 Continue" before it sends a large body. */
        if (r >= 0) {
                struct curl_slist *longer = curl_slist_append(call->headers, "Expect:");

                if (longer)
                        call->headers = longer;
                else
                        r = -ENOMEM;
        }
        buffer_wipe(&line);
        return r;
}

static int call_copy_body(struct HttpCall *call, const struct HttpRequest *request) {
        if (!request->body)
                return 0;
        call->request_body = malloc(request->body_size + 1);
        if (!call->request_body)
                return -ENOMEM;
        call->request_body_size = request->body_size;
        if (request->body_size > 0)
                memcpy(call->request_body, request->body, request->body_size);
        return 0;
}

static long to_ms(usec_t duration, usec_t otherwise) {
        return (long) ((duration > 0 ? duration : otherwise) / USEC_PER_MSEC);
}

static int call_set_up(struct HttpCall *call, const struct HttpRequest *request) {
        const struct HttpGlue *glue = call->glue;
        CURL *easy = call->easy;
        CURLcode c = CURLE_OK;

        c |= curl_easy_setopt(easy, CURLOPT_URL, request->url);
        c |= curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR,
                              request->allow_http ? "https,http" : "https");
        c |= curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request->method);
        c |= curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
        c |= curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
        c |= curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long) CURL_HTTP_VERSION_1_1);
        c |= curl_easy_setopt(easy, CURLOPT_HTTPHEADER, call->headers);
        c |= curl_easy_setopt(easy, CURLOPT_USERAGENT, glue->user_agent);
        c |= curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, to_ms(request->timeout, DEFAULT_TIMEOUT));
        c |= curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS,
                              to_ms(request->connect_timeout, DEFAULT_CONNECT_TIMEOUT));
        c |= curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
        c |= curl_easy_setopt(easy, CURLOPT_WRITEDATA, call);
        c |= curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, call->error);
        c |= curl_easy_setopt(easy, CURLOPT_PRIVATE, call);
        c |= curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, request->fresh_connection ? 1L : 0L);
        if (call->request_body) {
                c |= curl_easy_setopt(easy, CURLOPT_POSTFIELDS, call->request_body);
                c |= curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE,
                                      (curl_off_t) request->body_size);
        }
        /* Plain http goes to this machine and its link alone, which no proxy can reach. */
        if (strncmp(request->url, "http://", strlen("http://")) == 0)
                c |= curl_easy_setopt(easy, CURLOPT_NOPROXY, "*");
        if (glue->ca_bundle)
                c |= curl_easy_setopt(easy, CURLOPT_CAINFO, glue->ca_bundle);
        return c == CURLE_OK ? 0 : -EINVAL;
}

int http_call_start(struct HttpGlue *glue, const struct HttpRequest *request, HttpCallback callback,
                    void *userdata, struct HttpCall **ret) {
        struct HttpCall *call = calloc(1, sizeof(*call));
        int r;

        if (!call)
                return -ENOMEM;
        call->glue = glue;
        call->callback = callback;
        call->userdata = userdata;
        buffer_init(&call->body, request->response_ceiling > 0 ? request->response_ceiling
                                                               : HTTP_RESPONSE_BYTES_MAX);
        call->easy = curl_easy_init();
        r = call->easy ? 0 : -ENOMEM;
        if (r >= 0)
                r = call_set_headers(call, request);
        if (r >= 0)
                r = call_copy_body(call, request);
        if (r >= 0)
                r = call_set_up(call, request);
        if (r >= 0)
                r = glue_link(glue, call);
        if (r < 0) {
                call_destroy(call);
                return r;
        }
        *ret = call;
        return 0;
}

static bool surely_not_sent(CURL *easy, CURLcode code) {
        curl_off_t sent = 0;
        long request_bytes = 0;

        if (code == CURLE_COULDNT_RESOLVE_HOST || code == CURLE_COULDNT_RESOLVE_PROXY ||
            code == CURLE_COULDNT_CONNECT || code == CURLE_SSL_CONNECT_ERROR ||
            code == CURLE_PEER_FAILED_VERIFICATION || code == CURLE_SSL_CACERT_BADFILE ||
            code == CURLE_URL_MALFORMAT || code == CURLE_UNSUPPORTED_PROTOCOL)
                return true;
        curl_easy_getinfo(easy, CURLINFO_REQUEST_SIZE, &request_bytes);
        curl_easy_getinfo(easy, CURLINFO_SIZE_UPLOAD_T, &sent);
        return request_bytes == 0 && sent == 0;
}

static enum HttpOutcome outcome_of(const struct HttpCall *call, CURLcode code, bool not_sent) {
        if (code == CURLE_OK)
                return HTTP_ANSWERED;
        if (call->too_large)
                return HTTP_TOO_LARGE;
        if (not_sent)
                return HTTP_NOT_SENT;
        return code == CURLE_OPERATION_TIMEDOUT ? HTTP_TIMED_OUT : HTTP_BROKEN;
}

void call_deliver(struct HttpCall *call, CURLcode code) {
        bool not_sent = code != CURLE_OK && surely_not_sent(call->easy, code);
        struct HttpResponse response = {
                .outcome = outcome_of(call, code, not_sent),
                .text = "",
                .may_have_acted = !not_sent,
                .body = buffer_text(&call->body),
                .body_size = call->body.size,
                .call = call,
        };

        if (code != CURLE_OK)
                response.text = call->error[0] != '\0' ? call->error : curl_easy_strerror(code);
        if (call->too_large)
                response.text = "the answer is larger than is read";
        curl_easy_getinfo(call->easy, CURLINFO_RESPONSE_CODE, &response.status);

        call->delivering = true;
        call->callback(call->userdata, &response);
        call->delivering = false;
        if (call->doomed)
                call_destroy(call);
}

const char *http_response_header(const struct HttpResponse *response, const char *name) {
        struct curl_header *header;

        if (curl_easy_header(response->call->easy, name, 0, CURLH_HEADER, -1, &header) != CURLHE_OK)
                return NULL;
        return header->value;
}
