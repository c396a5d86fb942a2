/* SPDX-License-Identifier: Apache-2.0 */
/* What every source needs, and the one that is the environment itself. */
#include "daemon/aws/fetch.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "daemon/clock.h"

void fetch_done(struct Fetch *fetch) {
        fetch->call = http_call_free(fetch->call);
        provider_unwait(&fetch->base_waiter);
        free(TAKE_PTR(fetch->metadata_token));
        free(TAKE_PTR(fetch->role_name));
        fetch->skew_tried = false;
}

void fetch_failed(struct Fetch *fetch, const char *format, ...) {
        char problem[FETCH_PROBLEM_MAX];
        va_list arguments;

        va_start(arguments, format);
        vsnprintf(problem, sizeof(problem), format, arguments);
        va_end(arguments);
        fetch->failed(fetch->userdata, problem);
}

usec_t fetch_now(const struct Fetch *fetch) {
        usec_t now = aws_clock_now(fetch->options->clock, clock_monotonic());

        return now == USEC_UNKNOWN ? clock_realtime() : now;
}

int read_small_file(const char *path, size_t ceiling, char **ret, size_t *ret_size) {
        int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
        struct Buffer text;
        char chunk[4096];
        ssize_t n;
        int r = 0;

        if (fd < 0)
                return -errno;
        buffer_init(&text, ceiling);
        r = buffer_append(&text, "", 0);
        while (r >= 0 && (n = read(fd, chunk, sizeof(chunk))) != 0)
                r = n < 0 ? -errno : buffer_append(&text, chunk, (size_t) n);
        close(fd);
        if (r < 0) {
                buffer_done(&text);
                return r;
        }
        *ret_size = text.size;
        *ret = buffer_take(&text);
        return 0;
}

static bool start_environment(struct Fetch *fetch) {
        const struct AwsEnvironment *e = fetch->options->environment;
        struct AwsCredentials credentials;
        int r;

        if (!e->access_key_id || !e->secret_access_key)
                return false;
        r = aws_credentials_make(e->access_key_id, e->secret_access_key, e->session_token,
                                 USEC_UNKNOWN, &credentials);
        if (r < 0)
                fetch_failed(fetch,
                             "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY cannot be used (%s)",
                             strerror(-r));
        else
                fetch->fetched(fetch->userdata, &credentials);
        return true;
}

const struct CredentialSource FROM_ENVIRONMENT = {"the environment", start_environment};

static bool start_web_identity(struct Fetch *fetch) {
        if (!fetch->options->environment->web_identity_token_file)
                return false;
        fetch_failed(fetch, "AWS_WEB_IDENTITY_TOKEN_FILE is not supported yet");
        return true;
}

const struct CredentialSource FROM_WEB_IDENTITY = {"a web identity", start_web_identity};
