/* SPDX-License-Identifier: Apache-2.0 */
/* What a remedy would change, looked at just before: a container instance and its cluster's ACTIVE
 * ones, or an Auto Scaling group. */
#pragma once

#include "daemon/aws/client.h"
#include "words/policy.h"
#include "words/subject.h"

struct SubjectLook;

/* `subject` is borrowed until the look is freed; NULL when it could not be had, with `problem`. */
typedef void (*SubjectCallback)(void *userdata, const struct SubjectFacts *subject,
                                const char *problem);

struct SubjectQuestion { /* copied */
        enum ActionKind kind;
        const char *cluster; /* of a host: ARN */
        const char *target;  /* ARN, or the group's name */
};

/* The callback runs once, from the loop, unless it is freed before. 0 or a negative errno. */
int subject_look_start(struct AwsClient *client, const struct SubjectQuestion *question,
                       SubjectCallback callback, void *userdata, struct SubjectLook **ret);
struct SubjectLook *subject_look_free(struct SubjectLook *look); /* NULL is fine; NULL */
