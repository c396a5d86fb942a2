/* SPDX-License-Identifier: Apache-2.0 */
/* The provider's cache and waiters, and the order of its sources. */
#include "daemon/aws/provider.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "daemon/aws/fetch.h"
#include "daemon/clock.h"
#include "daemon/log.h"

/* As the SDKs: fetched anew this long before they expire, used until they do. */
#define REFRESH_BEFORE (5 * USEC_PER_MINUTE)
#define FAILURE_REMEMBERED (5 * USEC_PER_SEC)
/* In an outage IMDS hands out what has expired; asking it more often gets nothing better. */
#define ASKED_AT_MOST_EVERY (15 * USEC_PER_SEC)
#define FILES_LOOKED_AT_EVERY (5 * USEC_PER_SEC)

struct CredentialsProvider {
        struct ProviderOptions options;
        struct AwsCredentials credentials;
        bool have;
        bool fetching;
        struct Fetch fetch;
        char problem[FETCH_PROBLEM_MAX]; /* of the last fetch, "" if it succeeded */
        usec_t asked_again_at;           /* real monotonic: not before, whatever came of it */
        usec_t files_looked_at;          /* real monotonic */
        struct LogRepeat stale;
        struct ProviderWaiters waiters;
        sd_event_source *told; /* tells the waiters from the loop */
};

/* One of them may free another, or wait again: those who come now are told the next time. */
static int on_told(sd_event_source *source, void *userdata) {
        struct CredentialsProvider *provider = userdata;
        size_t n = 0;

        (void) source;
        for (struct ProviderWaiter *w = provider->waiters.first; w; w = w->next)
                n++;
        while (n-- > 0 && provider->waiters.first) {
                struct ProviderWaiter *waiter = provider->waiters.first;

                waiter_unlink(waiter);
                waiter->ready(waiter->userdata);
        }
        return 0;
}

void provider_free(struct CredentialsProvider *provider) {
        if (!provider)
                return;
        fetch_done(&provider->fetch);
        while (provider->waiters.first)
                waiter_unlink(provider->waiters.first);
        sd_event_source_disable_unref(provider->told);
        aws_credentials_done(&provider->credentials);
        log_repeat_free(&provider->stale);
        free(provider);
}

static void provider_end_fetch(struct CredentialsProvider *provider, usec_t asked_again_after) {
        fetch_done(&provider->fetch);
        provider->fetching = false;
        provider->asked_again_at = clock_real_monotonic() + asked_again_after;
        (void) sd_event_source_set_enabled(provider->told, SD_EVENT_ONESHOT);
}

/* A step's credentials: of the last one those that were asked for, of another what the profile's
 * next role is assumed with. */
static void on_got(void *userdata, struct AwsCredentials *credentials) {
        struct CredentialsProvider *provider = userdata;
        struct Fetch *fetch = &provider->fetch;

        if (fetch->chain.n_roles > 0) {
                aws_credentials_done(&fetch->in_hand);
                fetch->in_hand = *credentials;
                *credentials = (struct AwsCredentials) {};
                fetch->skew_tried = false;
                fetch_by_role(fetch);
                return;
        }
        aws_credentials_done(&provider->credentials);
        provider->credentials = *credentials;
        *credentials = (struct AwsCredentials) {};
        provider->have = true;
        log_repeat_end(&provider->stale);
        provider->problem[0] = '\0';
        provider_end_fetch(provider, ASKED_AT_MOST_EVERY);
}

static void provider_failed(struct CredentialsProvider *provider, const char *problem) {
        snprintf(provider->problem, sizeof(provider->problem), "%s", problem);
        /* Without any, every call says why. */
        if (provider->have)
                log_repeat(&provider->stale, LOG_WARNING,
                           "Credentials cannot be fetched anew (%s): those from before are used on",
                           problem);
        provider_end_fetch(provider, FAILURE_REMEMBERED);
}

static void on_failed(void *userdata, const char *problem) {
        provider_failed(userdata, problem);
}

int provider_new(const struct ProviderOptions *options, struct CredentialsProvider **ret) {
        _cleanup_(provider_freep) struct CredentialsProvider *provider =
                calloc(1, sizeof(*provider));
        int r;

        if (!provider)
                return -ENOMEM;
        provider->options = *options;
        provider->fetch = (struct Fetch) {.options = &provider->options,
                                          .got = on_got,
                                          .failed = on_failed,
                                          .userdata = provider};
        r = sd_event_add_defer(options->event, &provider->told, on_told, provider);
        if (r < 0)
                return r;

        r = sd_event_source_set_enabled(provider->told, SD_EVENT_OFF);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(provider);
        return 0;
}

/* As the SDKs ask them; a role's provider has STS alone, which asks the base's. */
static const struct CredentialSource *const SOURCES[] = {
        &FROM_STS,          &FROM_ENVIRONMENT,     &FROM_NAMED_PROFILE,
        &FROM_WEB_IDENTITY, &FROM_DEFAULT_PROFILE, &FROM_CONTAINER,
        &FROM_METADATA,
};

static void provider_fetch(struct CredentialsProvider *provider) {
        provider->fetching = true;
        provider->fetch.files_read = false;
        provider->files_looked_at = clock_real_monotonic();
        for (size_t i = 0; i < ARRAY_SIZE(SOURCES); i++)
                if (SOURCES[i]->start(&provider->fetch))
                        return;
        provider_failed(
                provider,
                "no credentials: neither AWS_ACCESS_KEY_ID, nor a profile in the shared files, nor a web identity, nor a container endpoint, and the instance metadata service is switched off");
}

/* People rotate keys with an editor, and tools do with a rename: whoever waits for inotify to tell
 * of all the ways looks for a long time. */
static bool provider_files_changed(struct CredentialsProvider *provider) {
        usec_t now = clock_real_monotonic();

        if (!provider->fetch.files_read || provider->fetching ||
            now < provider->files_looked_at + FILES_LOOKED_AT_EVERY)
                return false;
        provider->files_looked_at = now;
        if (!shared_files_changed(provider->options.environment, &provider->fetch.files_stamp))
                return false;
        log_notice(
                "The shared AWS config or credentials file has changed: credentials are read anew");
        return true;
}

enum ProviderOutcome provider_get(struct CredentialsProvider *provider,
                                  struct ProviderWaiter *waiter, const struct AwsCredentials **ret,
                                  const char **ret_problem) {
        usec_t now = fetch_now(&provider->fetch);
        bool fresh;

        fresh = provider->have &&
                !aws_credentials_expire_within(&provider->credentials, now, REFRESH_BEFORE);
        if (provider_files_changed(provider) ||
            (!fresh && !provider->fetching && clock_real_monotonic() >= provider->asked_again_at))
                provider_fetch(provider);

        /* What has expired is only used while nothing newer can be on its way. */
        if (provider->have && (!provider->fetching ||
                               !aws_credentials_expire_within(&provider->credentials, now, 0))) {
                *ret = &provider->credentials;
                return PROVIDER_READY;
        }
        if (provider->fetching) {
                waiter_unlink(waiter);
                waiter_link(waiter, &provider->waiters);
                return PROVIDER_PENDING;
        }
        *ret_problem = provider->problem;
        return PROVIDER_FAILED;
}

void provider_expire(struct CredentialsProvider *provider) {
        provider->have = false;
        snprintf(
                provider->problem, sizeof(provider->problem),
                "AWS says that the credentials have expired; their source was asked a moment ago and is asked again in a few seconds");
        if (provider->options.base)
                provider_expire(provider->options.base);
}
