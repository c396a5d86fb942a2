/* SPDX-License-Identifier: Apache-2.0 */
/* The little of STS that an ECS client needs: GetCallerIdentity and AssumeRole, Query and XML. */
#pragma once

#include "query.h"
#include "world.h"

QueryAnswer sts_caller_identity, sts_assume_role;

/* NULL if nobody was given that key. */
const struct Session *session_find(const struct World *world, const char *access_key);
