/* SPDX-License-Identifier: Apache-2.0 */
/* The provider's cache and waiters, and the sources that need no network. */
#include "daemon/aws/provider.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "daemon/aws/provider_internal.h"
#include "daemon/clock.h"

/* As the SDKs: fetched anew this long before they expire, used until they do. */
#define REFRESH_BEFORE (5 * USEC_PER_MINUTE)
#define FAILURE_REMEMBERED (5 * USEC_PER_SEC)
/* In an outage IMDS hands out what has expired; asking it more often gets nothing better. */
#define ASKED_AT_MOST_EVERY (60 * USEC_PER_SEC)

/* One of them may free another, or wait again: those who come now are told the next time. */
static int on_told(sd_event_source *source, void *userdata) {
        struct CredentialsProvider *provider = userdata;
        size_t n = 0;

        (void) source;
        for (struct ProviderWaiter *w = provider->waiters; w; w = w->next)
                n++;
        while (n-- > 0 && provider->waiters) {
                struct ProviderWaiter *waiter = provider->waiters;

                provider_unwait(waiter);
                waiter->ready(waiter->userdata);
        }
        return 0;
}

int provider_new(const struct ProviderOptions *options, struct CredentialsProvider **ret) {
        _cleanup_(provider_freep) struct CredentialsProvider *provider =
                calloc(1, sizeof(*provider));
        int r;

        if (!provider)
                return -ENOMEM;
        provider->options = *options;
        r = sd_event_add_defer(options->event, &provider->told, on_told, provider);
        if (r < 0)
                return r;

        r = sd_event_source_set_enabled(provider->told, SD_EVENT_OFF);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(provider);
        return 0;
}

static void provider_end_fetch(struct CredentialsProvider *provider) {
        provider->call = http_call_free(provider->call);
        provider_unwait(&provider->base_waiter);
        free(TAKE_PTR(provider->metadata_token));
        free(TAKE_PTR(provider->role_name));
        provider->fetching = false;
}

void provider_free(struct CredentialsProvider *provider) {
        if (!provider)
                return;
        provider_end_fetch(provider);
        while (provider->waiters)
                provider_unwait(provider->waiters);
        sd_event_source_disable_unref(provider->told);
        aws_credentials_done(&provider->credentials);
        free(provider);
}

void provider_fetched(struct CredentialsProvider *provider, struct AwsCredentials *credentials) {
        provider_end_fetch(provider);
        aws_credentials_done(&provider->credentials);
        provider->credentials = *credentials;
        *credentials = (struct AwsCredentials) {};
        provider->have = true;
        provider->asked_again_at = clock_real_monotonic() + ASKED_AT_MOST_EVERY;
        provider->problem[0] = '\0';
        (void) sd_event_source_set_enabled(provider->told, SD_EVENT_ONESHOT);
}

void provider_failed(struct CredentialsProvider *provider, const char *format, ...) {
        va_list arguments;

        provider_end_fetch(provider);
        va_start(arguments, format);
        vsnprintf(provider->problem, sizeof(provider->problem), format, arguments);
        va_end(arguments);
        provider->asked_again_at = clock_real_monotonic() + FAILURE_REMEMBERED;
        (void) sd_event_source_set_enabled(provider->told, SD_EVENT_ONESHOT);
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

static int read_profile_file(struct AwsProfile *profile, enum AwsProfileFile kind,
                             const char *named, const char *home, const char *usual,
                             char problem[PROVIDER_PROBLEM_MAX]) {
        _cleanup_free_ char *text = NULL;
        char path[4096];
        unsigned line = 0;
        size_t size;
        int r;

        if (!named && !home)
                return AWS_PROFILE_ABSENT;
        snprintf(path, sizeof(path), "%s%s%s", named ? named : home, named ? "" : "/",
                 named ? "" : usual);
        r = read_small_file(path, AWS_PROFILE_FILE_BYTES_MAX, &text, &size);
        if (r == -ENOENT || (r == -EACCES && !named))
                return AWS_PROFILE_ABSENT;
        if (r >= 0)
                r = aws_profile_read(profile, kind, text, size, &line);
        if (r == -EINVAL)
                snprintf(problem, PROVIDER_PROBLEM_MAX, "%.256s:%u: this line cannot be read", path,
                         line);
        else if (r < 0)
                snprintf(problem, PROVIDER_PROBLEM_MAX, "%.256s: %s", path, strerror(-r));
        return r;
}

/* What a profile may ask for and this version cannot do, by name: never another identity in
 * silence. */
static const char *unsupported_key(const struct AwsProfile *profile) {
        if (profile->credential_process)
                return "credential_process";
        if (profile->sso_session)
                return "IAM Identity Center (sso_session)";
        if (profile->web_identity_token_file)
                return "web_identity_token_file";
        if (profile->role_arn)
                return "role_arn in a profile (write role_arn at the cluster instead)";
        return NULL;
}

/* False: neither file has the profile, or it holds no credentials. */
static bool fetch_from_profile(struct CredentialsProvider *provider) {
        const struct AwsEnvironment *e = provider->options.environment;
        const char *name = e->profile ? e->profile : "default";
        char problem[PROVIDER_PROBLEM_MAX] = "";
        struct AwsCredentials credentials;
        struct AwsProfile profile;
        bool done = true;
        int config, shared, r;

        if (aws_profile_init(&profile, name) < 0) {
                provider_failed(provider, "AWS_PROFILE is longer than a profile's name can be");
                return true;
        }
        config = read_profile_file(&profile, AWS_PROFILE_FILE_CONFIG, e->config_file, e->home,
                                   ".aws/config", problem);
        shared = config < 0 ? config
                            : read_profile_file(&profile, AWS_PROFILE_FILE_CREDENTIALS,
                                                e->shared_credentials_file, e->home,
                                                ".aws/credentials", problem);
        if (shared < 0) {
                provider_failed(provider, "%s", problem);
        } else if (profile.access_key_id && profile.secret_access_key) {
                r = aws_credentials_make(profile.access_key_id, profile.secret_access_key,
                                         profile.session_token, USEC_UNKNOWN, &credentials);
                if (r < 0)
                        provider_failed(provider, "profile %s: its keys cannot be used (%s)", name,
                                        strerror(-r));
                else
                        provider_fetched(provider, &credentials);
        } else if (unsupported_key(&profile)) {
                provider_failed(provider, "profile %s: %s is not supported yet", name,
                                unsupported_key(&profile));
        } else if (e->profile && config == AWS_PROFILE_ABSENT && shared == AWS_PROFILE_ABSENT) {
                provider_failed(provider,
                                "profile %s (AWS_PROFILE) is in neither of the shared files", name);
        } else {
                done = false;
        }
        aws_profile_done(&profile);
        return done;
}

static bool fetch_from_environment(struct CredentialsProvider *provider) {
        const struct AwsEnvironment *e = provider->options.environment;
        struct AwsCredentials credentials;
        int r;

        if (!e->access_key_id || !e->secret_access_key)
                return false;
        r = aws_credentials_make(e->access_key_id, e->secret_access_key, e->session_token,
                                 USEC_UNKNOWN, &credentials);
        if (r < 0)
                provider_failed(provider,
                                "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY cannot be used (%s)",
                                strerror(-r));
        else
                provider_fetched(provider, &credentials);
        return true;
}

static void provider_fetch(struct CredentialsProvider *provider) {
        const struct AwsEnvironment *e = provider->options.environment;

        provider->fetching = true;
        if (provider->options.role_arn) {
                fetch_from_sts(provider);
                return;
        }
        if (fetch_from_environment(provider) || fetch_from_profile(provider))
                return;
        if (e->web_identity_token_file) {
                provider_failed(provider, "AWS_WEB_IDENTITY_TOKEN_FILE is not supported yet");
                return;
        }
        if (fetch_from_container(provider) || fetch_from_metadata(provider))
                return;
        provider_failed(
                provider,
                "no credentials: neither AWS_ACCESS_KEY_ID, nor a profile in the shared files, nor a container endpoint, and the instance metadata service is switched off");
}

static void provider_wait(struct CredentialsProvider *provider, struct ProviderWaiter *waiter) {
        struct ProviderWaiter **last = &provider->waiters;

        while (*last)
                last = &(*last)->next;
        waiter->provider = provider;
        waiter->next = NULL;
        *last = waiter;
}

usec_t provider_now(const struct CredentialsProvider *provider) {
        usec_t now = aws_clock_now(provider->options.clock, clock_monotonic());

        return now == USEC_UNKNOWN ? clock_realtime() : now;
}

enum ProviderOutcome provider_get(struct CredentialsProvider *provider,
                                  struct ProviderWaiter *waiter, const struct AwsCredentials **ret,
                                  const char **ret_problem) {
        usec_t now = provider_now(provider);
        bool fresh;

        fresh = provider->have &&
                !aws_credentials_expire_within(&provider->credentials, now, REFRESH_BEFORE);
        if (!fresh && !provider->fetching && clock_real_monotonic() >= provider->asked_again_at)
                provider_fetch(provider);

        /* What has expired is only used while nothing newer can be on its way. */
        if (provider->have && (!provider->fetching ||
                               !aws_credentials_expire_within(&provider->credentials, now, 0))) {
                *ret = &provider->credentials;
                return PROVIDER_READY;
        }
        if (provider->fetching) {
                provider_unwait(waiter);
                provider_wait(provider, waiter);
                return PROVIDER_PENDING;
        }
        *ret_problem = provider->problem;
        return PROVIDER_FAILED;
}

void provider_unwait(struct ProviderWaiter *waiter) {
        if (!waiter->provider)
                return;
        for (struct ProviderWaiter **p = &waiter->provider->waiters; *p; p = &(*p)->next)
                if (*p == waiter) {
                        *p = waiter->next;
                        break;
                }
        waiter->next = NULL;
        waiter->provider = NULL;
}

void provider_expire(struct CredentialsProvider *provider) {
        provider->have = false;
        snprintf(
                provider->problem, sizeof(provider->problem),
                "AWS says that the credentials have expired; their source was asked within the last minute and is asked again after it");
        if (provider->options.base)
                provider_expire(provider->options.base);
}
