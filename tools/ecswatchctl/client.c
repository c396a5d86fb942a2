/* SPDX-License-Identifier: Apache-2.0 */
/* HTTP to the daemon over its Unix socket. */
#include "tools/ecswatchctl/client.h"

#include <curl/curl.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/text.h"
#include "tools/ecswatchctl/commands.h"

#define SOCKET_DEFAULT "/run/ecswatch/ecswatch.sock"

/* The daemon answers at most 16 MiB (docs/http-api.md). */
enum { ANSWER_BYTES_MAX = 16 * 1024 * 1024, ANSWER_SECONDS_MAX = 30, URL_BYTES_MAX = 8192 };

static const char *find_socket(const char *given, char path[PATH_MAX]) {
        const char *runtime = getenv("XDG_RUNTIME_DIR");

        if (given)
                return given;
        if (!text_is_empty(getenv("ECSWATCH_SOCKET")))
                return getenv("ECSWATCH_SOCKET");
        if (!text_is_empty(runtime)) {
                snprintf(path, PATH_MAX, "%s/ecswatch/ecswatch.sock", runtime);
                if (access(path, F_OK) == 0)
                        return path;
        }
        return SOCKET_DEFAULT;
}

static size_t take_bytes(char *bytes, size_t size, size_t n, void *userdata) {
        return buffer_append(userdata, bytes, size * n) < 0 ? 0 : size * n;
}

static int tell_no_daemon(const char *socket, CURL *curl, CURLcode code) {
        long number = 0;

        curl_easy_getinfo(curl, CURLINFO_OS_ERRNO, &number);
        if (code != CURLE_COULDNT_CONNECT)
                fprintf(stderr, "ecswatchctl: %s: %s\n", socket, curl_easy_strerror(code));
        else if (number == EACCES || number == EPERM)
                fprintf(stderr,
                        "ecswatchctl: %s: permission denied; join the socket's group, or be root\n",
                        socket);
        else
                fprintf(stderr,
                        "ecswatchctl: no daemon answers at %s; start it (systemctl start ecswatchd), or name its socket with --socket or ECSWATCH_SOCKET\n",
                        socket);
        return EXIT_NO_DAEMON;
}

static int read_answer(const struct Buffer *body, long status, bool quiet, json_t **ret) {
        json_t *answer = json_loadb(buffer_text(body), body->size, JSON_REJECT_DUPLICATES, NULL);
        const char *detail;

        if (answer && (status == 200 || status == 202)) {
                *ret = answer;
                return 0;
        }
        detail = json_string_value(json_object_get(answer, "detail"));
        if (!quiet)
                fprintf(stderr, "ecswatchctl: the daemon answered %ld%s%s\n", status,
                        detail ? ": " : "", text_or_empty(detail));
        json_decref(answer);
        return EXIT_NO;
}

int client_ask(const char *socket, const char *path, unsigned flags, json_t **ret) {
        _cleanup_(buffer_done) struct Buffer body;
        char found[PATH_MAX], url[URL_BYTES_MAX];
        bool quiet = flags & CLIENT_QUIET;
        CURL *curl = curl_easy_init();
        long status = 0;
        CURLcode code;
        int r;

        buffer_init(&body, ANSWER_BYTES_MAX);
        if (!curl) {
                fprintf(stderr, "ecswatchctl: out of memory\n");
                return EXIT_NO;
        }
        socket = find_socket(socket, found);
        if (snprintf(url, sizeof(url), "http://localhost%s", path) >= (int) sizeof(url)) {
                fprintf(stderr, "ecswatchctl: what is asked for is too long\n");
                curl_easy_cleanup(curl);
                return EXIT_USAGE;
        }
        curl_easy_setopt(curl, CURLOPT_URL, url);
        curl_easy_setopt(curl, CURLOPT_UNIX_SOCKET_PATH, socket);
        curl_easy_setopt(curl, CURLOPT_NOPROXY, "*");
        curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
        curl_easy_setopt(curl, CURLOPT_TIMEOUT, (long) ANSWER_SECONDS_MAX);
        curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_bytes);
        curl_easy_setopt(curl, CURLOPT_WRITEDATA, &body);
        if (flags & CLIENT_POST)
                curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, "POST");

        code = curl_easy_perform(curl);
        curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
        if (code == CURLE_OK)
                r = read_answer(&body, status, quiet, ret);
        else
                r = quiet ? EXIT_NO_DAEMON : tell_no_daemon(socket, curl, code);
        curl_easy_cleanup(curl);
        return r;
}

int client_get(const char *socket, const char *path, json_t **ret) {
        return client_ask(socket, path, 0, ret);
}
