/* SPDX-License-Identifier: Apache-2.0 */
/* From a profile's name to what its credentials are made of. */
#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "aws/profile.h"
#include "base/macros.h"
#include "base/text.h"

static _printf_(2, 3) int refuse(char problem[AWS_PROFILE_PROBLEM_MAX], const char *format, ...) {
        va_list arguments;

        va_start(arguments, format);
        vsnprintf(problem, AWS_PROFILE_PROBLEM_MAX, format, arguments);
        va_end(arguments);
        return -EINVAL;
}

/* Words for what reading a file came to; passes other outcomes on. */
static int told_of_file(int r, const char *path, unsigned line,
                        char problem[AWS_PROFILE_PROBLEM_MAX]) {
        if (r == -EINVAL)
                refuse(problem,
                       "%.256s:%u: this line cannot be read: neither a [section] nor key = value",
                       path, line);
        else if (r == -E2BIG)
                refuse(problem, "%.256s has more than %u bytes", path, AWS_PROFILE_FILE_BYTES_MAX);
        return r;
}

static void take_text(char **to, char **from) {
        char *taken = *to;

        if (!*from)
                return;
        *to = *from;
        *from = taken; /* which its owner frees */
}

/* Where to sign in is in the session's section. */
static int load_sso_session(const struct AwsSharedFiles *files, struct AwsProfile *profile,
                            char problem[AWS_PROFILE_PROBLEM_MAX]) {
        struct AwsProfile session;
        unsigned line = 0;
        int r;

        if (aws_profile_init(&session, profile->sso_session) < 0)
                return refuse(problem, "profile %s: sso_session is longer than a name can be",
                              profile->name);
        r = files->config ? aws_profile_read_sso_session(&session, files->config,
                                                         files->config_size, &line)
                          : AWS_PROFILE_ABSENT;
        take_text(&profile->sso_start_url, &session.sso_start_url);
        take_text(&profile->sso_region, &session.sso_region);
        aws_profile_done(&session);
        if (r == AWS_PROFILE_ABSENT)
                return refuse(
                        problem,
                        "profile %s: %.256s has no section [sso-session %.100s], which it names",
                        profile->name, text_or_empty(files->config_path), profile->sso_session);
        return told_of_file(r, files->config_path, line, problem);
}

int aws_profile_load(const struct AwsSharedFiles *files, const char *name,
                     struct AwsProfile *profile, char problem[AWS_PROFILE_PROBLEM_MAX]) {
        int config = AWS_PROFILE_ABSENT, credentials = AWS_PROFILE_ABSENT;
        unsigned line = 0;

        if (aws_profile_init(profile, name) < 0) {
                *profile = (struct AwsProfile) {0};
                refuse(problem, "%.64s… is longer than a profile's name can be", name);
                return -ENAMETOOLONG;
        }
        if (files->config)
                config = aws_profile_read(profile, AWS_PROFILE_FILE_CONFIG, files->config,
                                          files->config_size, &line);
        if (config < 0)
                return told_of_file(config, files->config_path, line, problem);
        if (files->credentials)
                credentials = aws_profile_read(profile, AWS_PROFILE_FILE_CREDENTIALS,
                                               files->credentials, files->credentials_size, &line);
        if (credentials < 0)
                return told_of_file(credentials, files->credentials_path, line, problem);
        return MAX(config, credentials);
}

int aws_profile_load_services(const struct AwsSharedFiles *files, struct AwsProfile *profile,
                              char problem[AWS_PROFILE_PROBLEM_MAX]) {
        unsigned line = 0;
        int r = AWS_PROFILE_ABSENT;

        if (!profile->services)
                return 0;
        if (files->config)
                r = aws_profile_read_services(profile, files->config, files->config_size, &line);
        if (r == AWS_PROFILE_ABSENT)
                return refuse(problem,
                              "profile %s: %.256s has no section [services %.100s], which it names",
                              profile->name, text_or_empty(files->config_path), profile->services);
        return MIN(told_of_file(r, files->config_path, line, problem), 0);
}

static bool has_keys(const struct AwsProfile *profile) {
        return profile->access_key_id || profile->secret_access_key;
}

static bool is_assumed(const struct AwsProfile *profile) {
        return profile->role_arn && (profile->source_profile || profile->credential_source);
}

static int source_by_name(const struct AwsProfile *profile, enum AwsProfileSource *ret,
                          char problem[AWS_PROFILE_PROBLEM_MAX]) {
        static const struct {
                const char *name;
                enum AwsProfileSource source;
        } NAMES[] = {
                {"Environment", AWS_SOURCE_ENVIRONMENT},
                {"EcsContainer", AWS_SOURCE_CONTAINER},
                {"Ec2InstanceMetadata", AWS_SOURCE_METADATA},
        };

        for (size_t i = 0; i < ARRAY_SIZE(NAMES); i++)
                if (text_equal(NAMES[i].name, profile->credential_source)) {
                        *ret = NAMES[i].source;
                        return 0;
                }
        return refuse(
                problem,
                "profile %s: credential_source is %.64s: it is Environment, EcsContainer or Ec2InstanceMetadata",
                profile->name, profile->credential_source);
}

static int take_sso(const struct AwsSharedFiles *files, struct AwsProfile *profile,
                    enum AwsProfileSource *ret, char problem[AWS_PROFILE_PROBLEM_MAX]) {
        int r = profile->sso_session ? load_sso_session(files, profile, problem) : 0;

        if (r < 0)
                return r;
        if (!profile->sso_start_url || !profile->sso_region || !profile->sso_account_id ||
            !profile->sso_role_name)
                return refuse(
                        problem,
                        "profile %s: IAM Identity Center needs sso_start_url, sso_region, sso_account_id and sso_role_name",
                        profile->name);
        *ret = AWS_SOURCE_SSO;
        return 0;
}

/* Of the last profile: in the order of the SDKs. */
static int take_source(const struct AwsSharedFiles *files, struct AwsProfile *profile,
                       enum AwsProfileSource *ret, char problem[AWS_PROFILE_PROBLEM_MAX]) {
        if (profile->role_arn && profile->web_identity_token_file)
                *ret = AWS_SOURCE_WEB_IDENTITY;
        else if (profile->role_arn && !has_keys(profile))
                return refuse(
                        problem,
                        "profile %s: role_arn needs source_profile, credential_source or web_identity_token_file beside it",
                        profile->name);
        else if (profile->sso_session || profile->sso_start_url)
                return take_sso(files, profile, ret, problem);
        else if (profile->access_key_id && profile->secret_access_key)
                *ret = AWS_SOURCE_KEYS;
        else if (has_keys(profile))
                return refuse(
                        problem,
                        "profile %s has one of aws_access_key_id and aws_secret_access_key, and needs both",
                        profile->name);
        else if (profile->credential_process)
                *ret = AWS_SOURCE_PROCESS;
        else
                *ret = AWS_SOURCE_NONE;
        return 0;
}

/* One that was there before may only come again as the keys of a role of its own. */
static bool was_there(const struct AwsProfileChain *chain, const char *name) {
        for (size_t i = 0; i < chain->n_profiles; i++)
                if (text_equal(chain->profiles[i].name, name))
                        return true;
        return false;
}

static int check_role(const struct AwsProfile *profile, char problem[AWS_PROFILE_PROBLEM_MAX]) {
        uint64_t seconds;

        if (profile->source_profile && profile->credential_source)
                return refuse(problem,
                              "profile %s has both source_profile and credential_source: leave one",
                              profile->name);
        if (profile->mfa_serial)
                return refuse(
                        problem,
                        "profile %s: mfa_serial asks for a code that nobody is there to type; use a role without it",
                        profile->name);
        if (profile->duration_seconds &&
            text_parse_u64(profile->duration_seconds, 900, 43200, &seconds) < 0)
                return refuse(problem, "profile %s: duration_seconds is %.32s: it is 900 to 43200",
                              profile->name, profile->duration_seconds);
        return 0;
}

/* The next profile of the chain, by the name that `from` gives; NULL: the one that was asked for.
 */
static int chain_add(const struct AwsSharedFiles *files, struct AwsProfileChain *chain,
                     const char *name, const char *from, char problem[AWS_PROFILE_PROBLEM_MAX]) {
        struct AwsProfile *profile;
        bool again = was_there(chain, name);
        int r;

        if (chain->n_profiles == AWS_PROFILE_CHAIN_MAX)
                return refuse(problem, "profile %s: more than %u profiles lead to each other",
                              chain->profiles[0].name, AWS_PROFILE_CHAIN_MAX);
        profile = &chain->profiles[chain->n_profiles++];
        r = aws_profile_load(files, name, profile, problem);
        if (r == AWS_PROFILE_ABSENT && from)
                return refuse(problem,
                              "profile %s: its source_profile %s is in neither of the shared files",
                              from, name);
        if (r >= 0 && again && !(text_equal(name, from) && has_keys(profile)))
                return refuse(problem, "profile %s: its source_profile %s leads back to it", from,
                              name);
        return r;
}

static int chain_follow(const struct AwsSharedFiles *files, struct AwsProfileChain *chain,
                        char problem[AWS_PROFILE_PROBLEM_MAX]) {
        struct AwsProfile *last = &chain->profiles[0];
        int r;

        while (is_assumed(last) && (chain->n_profiles == 1 || !has_keys(last))) {
                chain->n_roles++;
                r = check_role(last, problem);
                if (r < 0)
                        return r;
                if (last->credential_source)
                        return source_by_name(last, &chain->source, problem);
                r = chain_add(files, chain, last->source_profile, last->name, problem);
                if (r < 0)
                        return r;
                last = &chain->profiles[chain->n_profiles - 1];
        }
        r = take_source(files, last, &chain->source, problem);
        if (r >= 0 && chain->source == AWS_SOURCE_NONE && chain->n_roles > 0)
                return refuse(problem, "profile %s: its source_profile %s has no credentials",
                              chain->profiles[chain->n_profiles - 2].name, last->name);
        return r;
}

int aws_profile_chain_load(const struct AwsSharedFiles *files, const char *name,
                           struct AwsProfileChain *ret, char problem[AWS_PROFILE_PROBLEM_MAX]) {
        struct AwsProfileChain chain = {0};
        int found, r;

        found = chain_add(files, &chain, name, NULL, problem);
        r = found >= 0 ? chain_follow(files, &chain, problem) : found;
        if (r < 0) {
                aws_profile_chain_done(&chain);
                return r == -ENOMEM ? r : -EINVAL;
        }
        *ret = chain;
        return found;
}

void aws_profile_chain_done(struct AwsProfileChain *chain) {
        for (size_t i = 0; i < chain->n_profiles; i++)
                aws_profile_done(&chain->profiles[i]);
        *chain = (struct AwsProfileChain) {0};
}
