/* SPDX-License-Identifier: Apache-2.0 */
/* Which services of which account and region have new failures. */
#pragma once

#include <stdbool.h>

#include "judge/inhibit.h"

struct TroubledService {
        char *arn;
        struct ServiceTrouble trouble;
};

struct InhibitScope {
        char *name; /* "account/region" */
        struct TroubledService *services;
        size_t n_services, allocated;
        enum InhibitKind kind;
        char why[DECISION_REASON_MAX]; /* it is on, as last weighed */
        bool loaded;                   /* `kind` is the ledger's */
        usec_t kept_until; /* the brake was on at the start: so long at least it stays */
};

/* Plain value; zeroed is empty. */
struct Inhibitor {
        struct InhibitScope *scopes;
        size_t n_scopes, allocated;
};

/* Found, or made; NULL: out of memory. Valid until the next one is made. */
struct InhibitScope *inhibitor_scope(struct Inhibitor *inhibitor, const char *name);
struct ServiceTrouble *inhibitor_service(struct InhibitScope *scope, const char *arn);
/* Those whose last failure is not after `before`. */
void inhibitor_forget(struct InhibitScope *scope, usec_t before);
void inhibitor_done(struct Inhibitor *inhibitor);
