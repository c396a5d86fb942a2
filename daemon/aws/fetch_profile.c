/* SPDX-License-Identifier: Apache-2.0 */
/* Credentials of a profile in the shared files, whatever it gets them from.
 * https://docs.aws.amazon.com/sdkref/latest/guide/file-format.html */
#include <errno.h>
#include <string.h>

#include "base/text.h"
#include "daemon/aws/fetch.h"

static void got_keys(struct Fetch *fetch, const struct AwsProfile *profile) {
        struct AwsCredentials credentials;
        int r;

        r = aws_credentials_make(profile->access_key_id, profile->secret_access_key,
                                 profile->session_token, USEC_UNKNOWN, &credentials);
        if (r < 0)
                fetch_failed(fetch, "profile %s: its keys cannot be used (%s)", profile->name,
                             strerror(-r));
        else
                fetch->got(fetch->userdata, &credentials);
}

/* credential_source names one of the others, which must be there then. */
static void start_named_source(struct Fetch *fetch, const struct AwsProfile *profile,
                               const struct CredentialSource *source) {
        if (!source->start(fetch))
                fetch_failed(fetch, "profile %s: credential_source is %s, and there is none here",
                             profile->name, profile->credential_source);
}

static void start_web_identity_of(struct Fetch *fetch, const struct AwsProfile *profile) {
        fetch_by_web_identity(fetch,
                              &(struct WebIdentity) {.token_file = profile->web_identity_token_file,
                                                     .role_arn = profile->role_arn,
                                                     .session_name = profile->role_session_name,
                                                     .duration_seconds =
                                                             profile->duration_seconds});
}

/* False: the profile names nothing. */
static bool start_chain(struct Fetch *fetch) {
        const struct AwsProfile *last = &fetch->chain.profiles[fetch->chain.n_profiles - 1];

        switch (fetch->chain.source) {
        case AWS_SOURCE_NONE: return false;
        case AWS_SOURCE_KEYS: got_keys(fetch, last); break;
        case AWS_SOURCE_PROCESS: fetch_by_process(fetch, last); break;
        case AWS_SOURCE_WEB_IDENTITY: start_web_identity_of(fetch, last); break;
        case AWS_SOURCE_SSO: fetch_by_sso(fetch, last); break;
        case AWS_SOURCE_ENVIRONMENT: start_named_source(fetch, last, &FROM_ENVIRONMENT); break;
        case AWS_SOURCE_CONTAINER: start_named_source(fetch, last, &FROM_CONTAINER); break;
        case AWS_SOURCE_METADATA: start_named_source(fetch, last, &FROM_METADATA); break;
        }
        return true;
}

static int load_chain(struct Fetch *fetch, const char *name, char problem[FETCH_PROBLEM_MAX]) {
        struct SharedFiles files;
        int r;

        r = shared_files_read(fetch->options->environment, &files, problem);
        fetch->files_read = true;
        fetch->files_stamp = files.stamp;
        if (r < 0)
                return r;

        r = aws_profile_chain_load(&files.files, name, &fetch->chain, problem);
        shared_files_done(&files);
        return r;
}

static bool start_profile(struct Fetch *fetch, const char *name, bool named) {
        char problem[FETCH_PROBLEM_MAX] = "";
        int r;

        r = load_chain(fetch, name, problem);
        if (r < 0)
                fetch_failed(fetch, "%s", problem[0] != '\0' ? problem : strerror(-r));
        else if (r == AWS_PROFILE_ABSENT && named)
                fetch_failed(fetch, "profile %s (AWS_PROFILE) is in neither of the shared files",
                             name);
        else
                return start_chain(fetch);
        return true;
}

static bool start_named_profile(struct Fetch *fetch) {
        const char *name = fetch->options->environment->profile;

        return name && start_profile(fetch, name, true);
}

static bool start_default_profile(struct Fetch *fetch) {
        return !fetch->options->environment->profile && start_profile(fetch, "default", false);
}

const struct CredentialSource FROM_NAMED_PROFILE = {"AWS_PROFILE", start_named_profile};
const struct CredentialSource FROM_DEFAULT_PROFILE = {"the default profile", start_default_profile};
