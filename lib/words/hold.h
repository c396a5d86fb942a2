/* SPDX-License-Identifier: Apache-2.0 */
/* A hold: somebody's word that nothing is to be changed, for a service, a cluster or everything.
 * Judging and telling go on. */
#pragma once

#include <stddef.h>

#include "base/time.h"

enum { HOLD_REASON_MAX = 256, HOLD_AUTHOR_MAX = 64, HOLD_TEXT_MAX = 512 };

/* Texts are borrowed and never NULL. Instants are the machine's own time, as people give it. */
struct Hold {
        const char *cluster; /* its name as configured; "": everything */
        const char *service; /* its name; "": all of the cluster */
        const char *reason, *author;
        usec_t since;
        usec_t until; /* USEC_UNKNOWN: until it is taken back */
};

/* The one that holds this service now, of several the one that lasts longest; NULL: none does. */
const struct Hold *hold_find(const struct Hold *holds, size_t n_holds, const char *cluster,
                             const char *service, usec_t now);

/* "held by alice until 2026-11-23T01:02:03Z: freeze", cut to HOLD_TEXT_MAX. Returns `ret`. */
const char *hold_format(const struct Hold *hold, char ret[HOLD_TEXT_MAX]);
