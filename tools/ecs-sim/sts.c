/* SPDX-License-Identifier: Apache-2.0 */
/* Temporary credentials in virtual time. */
#include "sts.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

static const usec_t LEAST_DURATION = 15 * USEC_PER_MINUTE;
static const usec_t MOST_DURATION = 12 * USEC_PER_HOUR;

#define NAMESPACE "https://sts.amazonaws.com/doc/2011-06-15/"

int sts_caller_identity(const struct QueryCall *call, struct Buffer *answer,
                        struct QueryFailure *ret_failure) {
        int r;

        (void) ret_failure;
        r = buffer_append_text(answer, "<GetCallerIdentityResponse xmlns=\"" NAMESPACE
                                       "\"><GetCallerIdentityResult>");
        r = r ?: query_element(answer, "Arn", call->caller);
        r = r ?: query_element(answer, "UserId", "AIDAEXAMPLE");
        r = r ?: query_element(answer, "Account", call->world->scenario->account);
        return r
                       ?: buffer_append_text(answer, "</GetCallerIdentityResult>" QUERY_METADATA
                                                     "</GetCallerIdentityResponse>\n");
}

const struct Session *session_find(const struct World *world, const char *access_key) {
        for (size_t i = 0; i < MIN(world->n_sessions, (size_t) SESSIONS_MAX); i++)
                if (text_equal(world->sessions[i].access_key, access_key))
                        return &world->sessions[i];
        return NULL;
}

static bool may_assume(const struct World *world, const char *role, const char *external_id) {
        const struct Scenario *scenario = world->scenario;

        if (scenario->any_role)
                return true;
        for (size_t i = 0; i < scenario->n_roles; i++)
                if (text_equal(scenario->roles[i].arn, role) &&
                    (!scenario->roles[i].external_id ||
                     text_equal(scenario->roles[i].external_id, external_id)))
                        return true;
        return false;
}

static struct Session *session_add(struct World *world, const char *role, const char *name,
                                   usec_t expires) {
        struct Session *session = &world->sessions[world->n_sessions++ % SESSIONS_MAX];
        unsigned long long a = sim_random(world->sim), b = sim_random(world->sim);

        *session = (struct Session) {.expires = expires};
        snprintf(session->access_key, sizeof(session->access_key), "ASIA%016llX", a);
        snprintf(session->secret_key, sizeof(session->secret_key), "%016llx%016llx", a ^ b, b);
        snprintf(session->token, sizeof(session->token), "token/%016llx+%016llx==", b, a);
        snprintf(session->role, sizeof(session->role), "%s", role);
        snprintf(session->name, sizeof(session->name), "%s", name);
        return session;
}

static int answer_session(const struct World *world, const struct Session *session,
                          struct Buffer *answer) {
        char assumed[SIM_NAME_MAX * 2], expires[TIME_TEXT_MAX];
        int r;

        snprintf(assumed, sizeof(assumed), "arn:aws:sts::%.32s:assumed-role/%s/%s",
                 world->scenario->account, text_after_last(session->role, '/'), session->name);
        r = buffer_append_text(answer, "<AssumeRoleResponse xmlns=\"" NAMESPACE
                                       "\"><AssumeRoleResult><AssumedRoleUser>");
        r = r ?: query_element(answer, "AssumedRoleId", "AROAEXAMPLE:session");
        r = r ?: query_element(answer, "Arn", assumed);
        r = r ?: buffer_append_text(answer, "</AssumedRoleUser><Credentials>");
        r = r ?: query_element(answer, "AccessKeyId", session->access_key);
        r = r ?: query_element(answer, "SecretAccessKey", session->secret_key);
        r = r ?: query_element(answer, "SessionToken", session->token);
        r = r
                    ?: query_element(answer, "Expiration",
                                     time_format_rfc3339(session->expires, expires));
        return r
                       ?: buffer_append_text(answer,
                                             "</Credentials></AssumeRoleResult>" QUERY_METADATA
                                             "</AssumeRoleResponse>\n");
}

int sts_assume_role(const struct QueryCall *call, struct Buffer *answer,
                    struct QueryFailure *ret_failure) {
        struct World *world = call->world;
        const char *body = call->body;
        char role[FORM_VALUE_MAX], name[FORM_VALUE_MAX], external_id[FORM_VALUE_MAX];
        char seconds[FORM_VALUE_MAX] = "3600";
        usec_t duration;
        uint64_t number;

        form_value(body, "DurationSeconds", seconds);
        if (!form_value(body, "RoleArn", role) || !text_starts_with(role, "arn:") ||
            strlen(role) >= SIM_NAME_MAX || !form_value(body, "RoleSessionName", name) ||
            strlen(name) < 2 || strlen(name) > 64 ||
            text_parse_u64(seconds, 0, 1000000, &number) < 0) {
                *ret_failure =
                        (struct QueryFailure) {"ValidationError",
                                               "RoleArn, RoleSessionName or DurationSeconds is not "
                                               "what it should be.",
                                               400};
                return 1;
        }
        duration = number * USEC_PER_SEC;
        if (duration < LEAST_DURATION || duration > MOST_DURATION) {
                *ret_failure = (struct QueryFailure) {"ValidationError",
                                                      "DurationSeconds is out of its range.", 400};
                return 1;
        }
        if (!may_assume(world, role,
                        form_value(body, "ExternalId", external_id) ? external_id : NULL)) {
                *ret_failure =
                        (struct QueryFailure) {"AccessDenied",
                                               "Not authorized to perform: sts:AssumeRole", 403};
                return 1;
        }
        return answer_session(world,
                              session_add(world, role, name,
                                          usec_add(sim_now(world->sim), duration)),
                              answer);
}
