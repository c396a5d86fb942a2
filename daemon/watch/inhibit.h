/* SPDX-License-Identifier: Apache-2.0 */
/* The brake over all watches: which services of an account and region have new failures, and
 * whether nothing is rolled back there meanwhile. */
#pragma once

#include <stdbool.h>

#include "judge/inhibit.h"

struct WatchWorld;

/* A failure of the service at `at` (AWS's time). Out of memory: it does not count. */
void inhibit_note(struct WatchWorld *world, const char *service_arn, enum Cause cause, usec_t at);

/* Weighs the account and region of `arn` (a service's or a cluster's) and tells when the brake goes
 * on or off, as a part of the turn. True: something was told. */
bool inhibit_check(struct WatchWorld *world, const char *arn, usec_t now);

/* Why nothing is rolled back there now, in words, until the next check; NULL: it may be. */
const char *inhibit_reason(struct WatchWorld *world, const char *arn);
