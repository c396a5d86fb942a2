/* SPDX-License-Identifier: Apache-2.0 */
/* What DescribeServices said earlier, for the fault stale_describe. */
#pragma once

#include <jansson.h>

#include "base/time.h"

struct StaleAnswers;

struct StaleAnswers *stale_new(void);
void stale_free(struct StaleAnswers *answers); /* NULL is fine */

/* Remembers the last few answers about each service, of ten minutes. 0 or -ENOMEM. */
int stale_remember(struct StaleAnswers *answers, const char *arn, usec_t at, const json_t *shown);
/* The newest one that was given at least `age` ago, a new reference; NULL if there is none. */
json_t *stale_find(const struct StaleAnswers *answers, const char *arn, usec_t now, usec_t age);
