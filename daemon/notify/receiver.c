/* SPDX-License-Identifier: Apache-2.0 */
/* A URL may be a secret as a whole (many services put a token into the path), so none is ever
 * written into a problem's text. */
#include "daemon/notify/receiver.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/text.h"
#include "event/webhook.h"

enum { ANSWER_BYTES_MAX = 64 * 1024 };

void receiver_done(struct Receiver *receiver) {
        free(receiver->name);
        free(receiver->url);
        free(receiver->url_file);
        free(receiver->secret_file);
        *receiver = (struct Receiver) {0};
}

static int copy(const char *text, char **ret) {
        if (!text)
                return 0;
        *ret = strdup(text);
        return *ret ? 0 : -ENOMEM;
}

int receiver_init(struct Receiver *receiver, const struct NotifyReceiver *from) {
        int r;

        *receiver = (struct Receiver) {.insecure = from->insecure};
        r = copy(from->name, &receiver->name);
        if (r >= 0)
                r = copy(from->url, &receiver->url);
        if (r >= 0)
                r = copy(from->url_file, &receiver->url_file);
        if (r >= 0)
                r = copy(from->secret_file, &receiver->secret_file);
        if (r < 0)
                receiver_done(receiver);
        return r;
}

/* By number, not by how the name begins: 127.0.0.1.example.com is anybody's. */
static bool host_is_loopback(const char *host) {
        struct in_addr address;

        if (text_equal(host, "localhost") || text_equal(host, "[::1]"))
                return true;
        return inet_pton(AF_INET, host, &address) == 1 && ntohl(address.s_addr) >> 24 == 127;
}

bool receiver_url_is_allowed(const char *url, bool insecure) {
        CURLU *parsed = curl_url();
        char *scheme = NULL, *host = NULL;
        bool allowed = false;

        if (parsed && curl_url_set(parsed, CURLUPART_URL, url, 0) == CURLUE_OK &&
            curl_url_get(parsed, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK &&
            curl_url_get(parsed, CURLUPART_HOST, &host, 0) == CURLUE_OK)
                allowed = text_equal(scheme, "https") ||
                          (text_equal(scheme, "http") && (insecure || host_is_loopback(host)));
        curl_free(scheme);
        curl_free(host);
        curl_url_cleanup(parsed);
        return allowed;
}

/* The file's first line. */
static int file_read(const char *path, char *text, size_t size) {
        int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
        ssize_t n;
        int r;

        if (fd < 0)
                return -errno;
        n = read(fd, text, size);
        r = n < 0 ? -errno : (size_t) n == size ? -EFBIG : 0;
        close(fd);
        if (r < 0)
                return r;
        text[n] = '\0';
        text[strcspn(text, "\r\n")] = '\0';
        return text[0] == '\0' ? -ENODATA : 0;
}

static int url_read(const struct Receiver *receiver, char url[NOTIFY_FILE_MAX],
                    char problem[RECEIVER_PROBLEM_MAX]) {
        int r = 0;

        if (receiver->url_file)
                r = file_read(receiver->url_file, url, NOTIFY_FILE_MAX);
        else if ((size_t) snprintf(url, NOTIFY_FILE_MAX, "%s", text_or_empty(receiver->url)) >=
                 NOTIFY_FILE_MAX)
                r = -EFBIG;
        if (r < 0) {
                snprintf(problem, RECEIVER_PROBLEM_MAX, "cannot read the URL from %s: %s",
                         receiver->url_file ? receiver->url_file : "the configuration",
                         strerror(-r));
                return r;
        }
        if (!receiver_url_is_allowed(url, receiver->insecure)) {
                snprintf(problem, RECEIVER_PROBLEM_MAX,
                         "the URL is neither https nor http to loopback");
                return -EINVAL;
        }
        return 0;
}

static int signature_make(const struct Receiver *receiver, const struct OutboxRow *row,
                          uint64_t timestamp, char signature[WEBHOOK_SIGNATURE_SIZE],
                          char problem[RECEIVER_PROBLEM_MAX]) {
        char secret[NOTIFY_FILE_MAX];
        int r;

        r = file_read(receiver->secret_file, secret, sizeof(secret));
        if (r >= 0)
                r = webhook_sign(secret, row->event_id, timestamp, row->body, strlen(row->body),
                                 signature);
        explicit_bzero(secret, sizeof(secret));
        if (r < 0)
                snprintf(problem, RECEIVER_PROBLEM_MAX, "cannot sign with the secret in %s: %s",
                         receiver->secret_file,
                         r == -EINVAL ? "it is not whsec_ and base64" : strerror(-r));
        return r;
}

int receiver_send(const struct Receiver *receiver, struct HttpGlue *http,
                  const struct OutboxRow *row, const char *user_agent, usec_t now,
                  HttpCallback callback, void *userdata, char problem[RECEIVER_PROBLEM_MAX],
                  struct HttpCall **ret) {
        char url[NOTIFY_FILE_MAX], timestamp[32], signature[WEBHOOK_SIGNATURE_SIZE];
        uint64_t seconds = now / USEC_PER_SEC;
        struct HttpHeader headers[5] = {
                {"Content-Type", "application/cloudevents+json"},
                {"User-Agent", user_agent},
                {"webhook-id", row->event_id},
                {"webhook-timestamp", timestamp},
                {"webhook-signature", signature},
        };
        struct HttpRequest request = {
                .method = "POST",
                .url = url,
                .headers = headers,
                .n_headers = receiver->secret_file ? 5 : 2,
                .body = row->body,
                .body_size = strlen(row->body),
                .timeout = NOTIFY_TIMEOUT,
                .response_ceiling = ANSWER_BYTES_MAX,
                .allow_http = true, /* judged by receiver_url_is_allowed() */
        };
        int r;

        snprintf(timestamp, sizeof(timestamp), "%llu", (unsigned long long) seconds);
        r = url_read(receiver, url, problem);
        if (r >= 0 && receiver->secret_file)
                r = signature_make(receiver, row, seconds, signature, problem);
        if (r < 0)
                return r;

        r = http_call_start(http, &request, callback, userdata, ret);
        if (r < 0)
                snprintf(problem, RECEIVER_PROBLEM_MAX, "cannot send: %s", strerror(-r));
        return r;
}
