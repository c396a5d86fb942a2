/* SPDX-License-Identifier: Apache-2.0 */
/* Credentials of a profile in the shared files.
 * https://docs.aws.amazon.com/sdkref/latest/guide/file-format.html */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "daemon/aws/fetch.h"

static int read_profile_file(struct AwsProfile *profile, enum AwsProfileFile kind,
                             const char *named, const char *home, const char *usual,
                             char problem[FETCH_PROBLEM_MAX]) {
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
                snprintf(problem, FETCH_PROBLEM_MAX, "%.256s:%u: this line cannot be read", path,
                         line);
        else if (r < 0)
                snprintf(problem, FETCH_PROBLEM_MAX, "%.256s: %s", path, strerror(-r));
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
static bool start_profile(struct Fetch *fetch) {
        const struct AwsEnvironment *e = fetch->options->environment;
        const char *name = e->profile ? e->profile : "default";
        char problem[FETCH_PROBLEM_MAX] = "";
        struct AwsCredentials credentials;
        struct AwsProfile profile;
        bool done = true;
        int config, shared, r;

        if (aws_profile_init(&profile, name) < 0) {
                fetch_failed(fetch, "AWS_PROFILE is longer than a profile's name can be");
                return true;
        }
        config = read_profile_file(&profile, AWS_PROFILE_FILE_CONFIG, e->config_file, e->home,
                                   ".aws/config", problem);
        shared = config < 0 ? config
                            : read_profile_file(&profile, AWS_PROFILE_FILE_CREDENTIALS,
                                                e->shared_credentials_file, e->home,
                                                ".aws/credentials", problem);
        if (shared < 0) {
                fetch_failed(fetch, "%s", problem);
        } else if (profile.access_key_id && profile.secret_access_key) {
                r = aws_credentials_make(profile.access_key_id, profile.secret_access_key,
                                         profile.session_token, USEC_UNKNOWN, &credentials);
                if (r < 0)
                        fetch_failed(fetch, "profile %s: its keys cannot be used (%s)", name,
                                     strerror(-r));
                else
                        fetch->fetched(fetch->userdata, &credentials);
        } else if (unsupported_key(&profile)) {
                fetch_failed(fetch, "profile %s: %s is not supported yet", name,
                             unsupported_key(&profile));
        } else if (e->profile && config == AWS_PROFILE_ABSENT && shared == AWS_PROFILE_ABSENT) {
                fetch_failed(fetch, "profile %s (AWS_PROFILE) is in neither of the shared files",
                             name);
        } else {
                done = false;
        }
        aws_profile_done(&profile);
        return done;
}

const struct CredentialSource FROM_PROFILE = {"the shared files", start_profile};
