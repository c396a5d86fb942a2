/* SPDX-License-Identifier: Apache-2.0 */
/* The log of API calls: the last ones in memory, all of them in a file. */
#pragma once

#include <jansson.h>
#include <stdint.h>
#include <stdio.h>

#include "base/time.h"

enum { CALLS_KEPT = 20000 };

struct CallLog {
        json_t *calls[CALLS_KEPT]; /* a ring */
        uint64_t n_calls;          /* ever; also the last sequence number */
        FILE *file;                /* NULL: none */
};

void call_log_done(struct CallLog *log);

/* Fills in `sequence`, takes over the reference. NULL (no memory for the entry): -ENOMEM. A file
 * that cannot be written: -EIO. */
int call_log_add(struct CallLog *log, json_t *call);

/* {"calls": […]}, those above `since`, and of one operation unless NULL. NULL: no memory. */
json_t *call_log_list(const struct CallLog *log, uint64_t since, const char *operation);
