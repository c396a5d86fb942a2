/* SPDX-License-Identifier: Apache-2.0 */
/* Points at which a test kills the daemon (-Dtest_faults=true; else they are nothing): before and
 * after every commit, call and delivery. ECSWATCH_TEST_KILL_AT=N is the Nth that is passed. */
#pragma once

#include "config.h"

#if ECSWATCH_TEST_FAULTS
void fault_point(void);
#else
#define fault_point() ((void) 0)
#endif
