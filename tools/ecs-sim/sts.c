/* SPDX-License-Identifier: Apache-2.0 */
/* Temporary credentials in virtual time. */
#include "sts.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

static const usec_t LEAST_DURATION = 15 * USEC_PER_MINUTE;
static const usec_t MOST_DURATION = 12 * USEC_PER_HOUR;

#define NAMESPACE "https://sts.amazonaws.com/doc/2011-06-15/"
#define METADATA                                                                          \
        "<ResponseMetadata><RequestId>00000000-0000-4000-8000-000000000000</RequestId></" \
        "ResponseMetadata>"

static int nibble(char c) {
        if (c >= '0' && c <= '9')
                return c - '0';
        c = (char) tolower((unsigned char) c);
        return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static void decode(const char *from, size_t length, char value[FORM_VALUE_MAX]) {
        size_t used = 0;

        for (size_t i = 0; i < length && used < FORM_VALUE_MAX - 1; i++) {
                bool escaped = from[i] == '%' && i + 2 < length && nibble(from[i + 1]) >= 0 &&
                               nibble(from[i + 2]) >= 0;

                if (escaped) {
                        value[used++] = (char) (nibble(from[i + 1]) * 16 + nibble(from[i + 2]));
                        i += 2;
                } else {
                        value[used++] = from[i] == '+' ? ' ' : from[i];
                }
        }
        value[used] = '\0';
}

bool form_value(const char *body, const char *name, char value[FORM_VALUE_MAX]) {
        size_t length = strlen(name);

        for (const char *at = body; at && *at; at = strchr(at, '&')) {
                at += *at == '&';
                if (strncmp(at, name, length) == 0 && at[length] == '=') {
                        at += length + 1;
                        decode(at, strcspn(at, "&"), value);
                        return true;
                }
        }
        return false;
}

static int append_xml_text(struct Buffer *answer, const char *text) {
        int r = 0;

        for (; *text && r == 0; text++) {
                if (strchr("<>&\"'", *text) || (unsigned char) *text < 0x20)
                        r = buffer_append_format(answer, "&#%u;", (unsigned char) *text);
                else
                        r = buffer_append_char(answer, *text);
        }
        return r;
}

static int append_element(struct Buffer *answer, const char *name, const char *text) {
        int r;

        r = buffer_append_format(answer, "<%s>", name);
        if (r == 0)
                r = append_xml_text(answer, text);
        return r ?: buffer_append_format(answer, "</%s>", name);
}

int sts_error(const char *code, const char *message, struct Buffer *answer) {
        int r;

        r = buffer_append_text(answer,
                               "<ErrorResponse xmlns=\"" NAMESPACE "\"><Error><Type>Sender</Type>");
        r = r ?: append_element(answer, "Code", code);
        r = r ?: append_element(answer, "Message", message);
        return r ?: buffer_append_text(answer, "</Error></ErrorResponse>\n");
}

int sts_caller_identity(const struct World *world, const char *caller, struct Buffer *answer) {
        int r;

        r = buffer_append_text(answer, "<GetCallerIdentityResponse xmlns=\"" NAMESPACE
                                       "\"><GetCallerIdentityResult>");
        r = r ?: append_element(answer, "Arn", caller);
        r = r ?: append_element(answer, "UserId", "AIDAEXAMPLE");
        r = r ?: append_element(answer, "Account", world->scenario->account);
        return r
                       ?: buffer_append_text(answer, "</GetCallerIdentityResult>" METADATA
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
        r = r ?: append_element(answer, "AssumedRoleId", "AROAEXAMPLE:session");
        r = r ?: append_element(answer, "Arn", assumed);
        r = r ?: buffer_append_text(answer, "</AssumedRoleUser><Credentials>");
        r = r ?: append_element(answer, "AccessKeyId", session->access_key);
        r = r ?: append_element(answer, "SecretAccessKey", session->secret_key);
        r = r ?: append_element(answer, "SessionToken", session->token);
        r = r
                    ?: append_element(answer, "Expiration",
                                      time_format_rfc3339(session->expires, expires));
        return r
                       ?: buffer_append_text(answer, "</Credentials></AssumeRoleResult>" METADATA
                                                     "</AssumeRoleResponse>\n");
}

int sts_assume_role(struct World *world, const char *body, struct Buffer *answer,
                    struct StsFailure *ret_failure) {
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
                        (struct StsFailure) {"ValidationError",
                                             "RoleArn, RoleSessionName or DurationSeconds is not "
                                             "what it should be.",
                                             400};
                return 1;
        }
        duration = number * USEC_PER_SEC;
        if (duration < LEAST_DURATION || duration > MOST_DURATION) {
                *ret_failure = (struct StsFailure) {"ValidationError",
                                                    "DurationSeconds is out of its range.", 400};
                return 1;
        }
        if (!may_assume(world, role,
                        form_value(body, "ExternalId", external_id) ? external_id : NULL)) {
                *ret_failure =
                        (struct StsFailure) {"AccessDenied",
                                             "Not authorized to perform: sts:AssumeRole", 403};
                return 1;
        }
        return answer_session(world,
                              session_add(world, role, name,
                                          usec_add(sim_now(world->sim), duration)),
                              answer);
}
